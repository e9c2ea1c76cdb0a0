//! Our own limit of calls at once, and the deadline that waiting for it counts in.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};
use triage_core::TriageError;
use triage_core::TriageErrorKind::{Busy, Timeout, Unavailable};

use crate::chat::ChatAnswer;
use crate::failure::Peer;
use crate::reading::{after, seconds};

/// Calls that may run at once.
#[derive(Debug)]
pub(crate) struct Slots(Semaphore);

impl Slots {
    pub(crate) fn new(calls: usize) -> Self {
        Self(Semaphore::new(calls.clamp(1, Semaphore::MAX_PERMITS)))
    }

    /// Makes a call within a limit, once a slot is free, and notes how long both took.
    pub(crate) async fn run(
        &self,
        limit: Duration,
        peer: &Peer<'_>,
        call: impl Future<Output = Result<ChatAnswer, TriageError>>,
    ) -> Result<ChatAnswer, TriageError> {
        let started = Instant::now();
        let deadline = after(limit);
        let Ok(slot) = timeout_at(deadline, self.wait(peer)).await else {
            // Not a timeout: this alert was never asked about.
            return Err(peer.error(Busy, &format!("had no slot of ours free within {}", seconds(limit))));
        };
        let _slot = slot?;
        let waited = started.elapsed();
        let Ok(answered) = timeout_at(deadline, call).await else {
            return Err(peer.error(Timeout, &format!("did not finish within {}", seconds(limit))));
        };
        answered.map(|mut answer| {
            answer.meta.total = Some(started.elapsed());
            answer.meta.queue = Some(answer.meta.queue.unwrap_or_default() + waited);
            answer
        })
    }

    /// Waits for a slot, however long that takes.
    pub(crate) async fn wait(&self, peer: &Peer<'_>) -> Result<SemaphorePermit<'_>, TriageError> {
        self.0
            .acquire()
            .await
            .map_err(|_| peer.error(Unavailable, "is being shut down"))
    }
}
