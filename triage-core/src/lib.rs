#![doc = include_str!("../README.md")]

mod decode;
mod evidence;
mod flags;
mod redact;
mod text;
mod triager;
mod verdict;

pub mod workflow;

pub use evidence::{AlertFields, Evidence, Fact, FactId, MAX_FACTS, Origin};
pub use flags::{FlagKind, InjectionFlag};
pub use redact::{
    Names, RedactedText, RedactionReport, Redactor, RedactorError, RedactorSettings, ResidualSecret, UserPattern,
};
pub use triager::{About, Call, Draft, Fault, Health, Meta, Redacted, TriageError, TriageErrorKind, Triager};
pub use verdict::{Confidence, Disposition, Severity};
