//! Ending when told to.

use std::time::Duration;

use super::{Courier, CourierError, Ended, Stay};
use crate::forwarder::launch;

/// How long a stop waits for attempts under way.
const LEAVE: Duration = Duration::from_secs(25);

impl Courier {
    /// Waits for what is under way, writes it down, and leaves; what waits is in the queue.
    pub(super) async fn leave(mut self, stay: Stay) -> Result<Ended, CourierError> {
        for road in self.roads.values() {
            road.shelf.clear();
        }
        tracing::info!(under_way = self.tasks.len(), "stopping: waiting for attempts under way");
        let until = tokio::time::Instant::now() + LEAVE;
        while let Ok(Some(ended)) = tokio::time::timeout_at(until, self.tasks.join_next_with_id()).await {
            self.ended(ended);
        }
        let written = self.write_down();
        let counters = self.queue.counters();
        // Where a courier stays until it is told to end, whoever told it says when there is another.
        if stay == Stay::WhileNeeded {
            self.hand_over().await;
        }
        written?;
        Ok(Ended {
            counters: counters?,
            left: None,
        })
    }

    /// Gives up the office, and starts another courier if somebody has stored an alert and found the office taken.
    async fn hand_over(&mut self) {
        // What is still under way must not go on beside the next one.
        self.tasks.shutdown().await;
        self.office = None;
        // What cannot be read needs a person, and no other courier that could not read it either.
        if self.sources.inbox.unreadable().is_some() {
            return;
        }
        if let Err(error) = launch::courier_if_none(self.spool.root()) {
            tracing::error!(%error, "cannot start the next courier; what is stored waits for the next alert");
        }
    }
}
