//! How work ended.

use iris_client::Error;
use serde::Serialize;

/// How many alerts ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// With a verdict.
    pub reviewed: u64,
    /// Of these, with the verdict on the same thing before, so that the triager was not asked.
    pub repeated: u64,
    /// With a note that says why there is none.
    pub failed: u64,
    /// With a rule-based note until the triager can be asked.
    pub interim: u64,
    /// Done before; only the tags were put right.
    pub completed: u64,
    /// Left to another worker.
    pub left: u64,
    /// Not finished because the triager or IRIS failed; their claims lapse.
    pub lapsed: u64,
    /// Results that were wiped out of their notes and written once more.
    pub restored: u64,
}

impl Tally {
    /// Every count with its name.
    pub(super) fn endings(&self) -> [(&'static str, u64); 8] {
        [
            ("reviewed", self.reviewed),
            ("repeated", self.repeated),
            ("failed", self.failed),
            ("interim", self.interim),
            ("completed", self.completed),
            ("left", self.left),
            ("lapsed", self.lapsed),
            ("restored", self.restored),
        ]
    }
}

/// Why the worker ended.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The triager cannot be used; nothing was claimed.
    #[error("the triager is not ready: {0}")]
    NotReady(String),
    /// IRIS cannot be used.
    #[error("IRIS: {0}")]
    Iris(#[from] Error),
    /// A drain has ended, and alerts are left that it could not finish.
    #[error("{unfinished} alerts were not finished ({refused} of them could not be claimed); the log says why")]
    Unfinished {
        /// Alerts with a claim that lapses, or without one after several tries.
        unfinished: usize,
        /// Those without a claim.
        refused: usize,
        /// How the others ended.
        tally: Tally,
    },
    /// Signals cannot be caught.
    #[error("cannot start: {0}")]
    Start(#[from] std::io::Error),
}
