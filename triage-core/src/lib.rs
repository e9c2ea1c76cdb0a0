#![doc = include_str!("../README.md")]

mod evidence;
mod triager;
mod verdict;

pub mod workflow;

pub use evidence::{AlertFields, Evidence, Fact, FactId, Origin};
pub use triager::{About, Call, Draft, Fault, Health, Meta, Redacted, TriageError, TriageErrorKind, Triager};
pub use verdict::{Confidence, Disposition, Severity};
