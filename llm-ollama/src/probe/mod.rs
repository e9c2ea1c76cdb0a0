//! Measures one model on one machine, and says what to set or why not to use it.

mod advice;
mod report;
mod run;

pub use advice::Advice;
pub use report::{CaseReport, ProbeReport, SchemaUse};
pub use run::{Case, probe};
