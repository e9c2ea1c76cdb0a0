//! ai-worker, the triage worker: any number of them, anywhere.
//!
//! ```text
//! iris_client::Alert ─workflow::next_step→ Step ─claiming→ Claimed
//!    ─fields::of→ Evidence ─Redactor::redact→ Redacted<Evidence> ─Triager::triage→ Draft ─ground→ Verdict
//!    ─note::render→ AlertPatch ─write→ done
//! ```

mod app;
mod breaker;
mod budget;
mod cases;
mod check;
mod claiming;
mod cli;
mod clock;
mod command;
mod doctor;
mod eval;
mod fields;
mod floor;
mod identity;
mod listing;
mod overwritten;
mod probe;
mod redact;
mod results;
mod review;
mod scorecard;
mod setup;
mod writing;

pub use app::{Tally, WorkerError};
pub use cli::{main, main_with};
pub use command::CommandTriager;
