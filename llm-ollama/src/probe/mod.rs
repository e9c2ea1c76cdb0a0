//! Measures one model on one machine, and says what to set or why not to use it.

mod advice;
mod canned;
mod report;
mod run;
mod subject;

pub use advice::Advice;
pub use canned::canned;
pub use report::{CaseReport, ProbeReport, SchemaUse};
pub use run::{Case, probe};
pub use subject::Subject;
