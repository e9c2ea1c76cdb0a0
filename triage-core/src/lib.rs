#![doc = include_str!("../README.md")]

mod ascii;
#[cfg(test)]
mod covered;
mod decode;
mod evidence;
mod flags;
mod floors;
mod grounding;
mod known;
mod mitre;
mod redact;
mod rules;
mod safe;
mod text;
mod triager;
mod verdict;

#[cfg(test)]
mod fixtures;

pub mod decorators;
pub mod note;
pub mod prompt;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod workflow;

pub use evidence::{AlertFields, Evidence, Fact, FactId, MAX_FACTS, Origin};
pub use flags::{FlagKind, FlagScanner, InjectionFlag};
pub use floors::{Floor, FloorSettings};
pub use grounding::{Aside, Outcome, Policy, RejectReason, Rejection, Repair, ground, ground_beside};
pub use mitre::{attack_version, notice as mitre_notice, technique_name};
pub use prompt::{Prompt, PromptSettings};
pub use redact::{
    Names, RedactedText, RedactionReport, Redactor, RedactorError, RedactorSettings, ResidualSecret, UserPattern,
};
pub use rules::RuleTriager;
pub use safe::{clip, defang, note_safe};
pub use triager::{About, Call, Draft, Fault, Health, Meta, Redacted, TriageError, TriageErrorKind, Triager};
pub use verdict::{Cited, Confidence, Disposition, GivenBy, Severity, Technique, Verdict, Warning};
