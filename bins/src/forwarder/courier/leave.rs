//! Giving up the office: when told to end, and to leave.

use std::time::Duration;

use tokio::runtime::Handle;

use super::{Courier, CourierError, Ended, Stay};
use crate::forwarder::launch;

/// How long a stop waits for attempts under way.
const LEAVE: Duration = Duration::from_secs(25);

/// How long ago an alert may have been taken in whose hook counts on the courier that took it in.
const JUST_STORED: Duration = Duration::from_secs(1);

impl Courier {
    /// Waits for what is under way, writes it down, and leaves; what waits is in the queue.
    pub(super) async fn leave(mut self, stay: Stay) -> Result<Ended, CourierError> {
        let just_took_in = self.just_took_in();
        for road in self.roads.values() {
            road.shelf.clear();
        }
        tracing::info!(under_way = self.tasks.len(), "stopping: waiting for attempts under way");
        let until = tokio::time::Instant::now() + LEAVE;
        while let Ok(Some(ended)) = tokio::time::timeout_at(until, self.tasks.join_next_with_id()).await {
            self.ended(ended);
        }
        let written = self.write_down();
        self.note_waits();
        let counters = self.queue.counters();
        // What is still under way must not go on beside the next one.
        self.tasks.shutdown().await;
        self.give_up_office();
        // Where a courier stays until it is told to end, whoever told it says when there is another.
        let counters = written.and(counters.map_err(Into::into));
        let outside = self.spool.count().unwrap_or(0);
        let waiting = counters.as_ref().map_or(0, |counters| counters.waiting) + outside as u64;
        let left = (stay == Stay::UntilDrained && waiting > 0)
            .then(|| format!("told to end before everything was settled: {waiting} wait"));
        if stay == Stay::WhileNeeded {
            let waits = counters.as_ref().is_ok_and(|counters| counters.waiting > 0);
            self.hand_over(just_took_in && waits);
        }
        Ok(Ended {
            counters: counters?,
            left,
        })
    }

    /// Whether somebody may have stored an alert and found the office taken, perhaps by one that was told to end already.
    pub(super) fn just_took_in(&self) -> bool {
        self.last_taken_in.is_some_and(|at| at.elapsed() < JUST_STORED)
    }

    /// Whether somebody counts on another courier: whose alert was just taken in, or is still to be. What cannot be read needs a person,
    /// and no other courier that could not read it either.
    pub(super) fn is_counted_on(&self, just_taken_in: bool) -> bool {
        just_taken_in || self.sources.inbox.unreadable().is_none()
    }

    /// Starts another courier if somebody counts on one.
    fn hand_over(&self, just_taken_in: bool) {
        if !self.is_counted_on(just_taken_in) {
            return;
        }
        if let Err(error) = launch::courier_if_none(self.spool.root()) {
            tracing::error!(%error, "cannot start the next courier; what is stored waits for the next alert");
        }
    }

    /// Gives up the office. Whoever has it next listens in the same places, so they are free by then, and what a call that is under way
    /// would store afterwards nobody might look for.
    pub(super) fn give_up_office(&mut self) {
        let servers = std::mem::take(&mut self.servers);
        self.shows = false;
        servers.iter().for_each(tokio::task::JoinHandle::abort);
        if let Some(receiver) = &self.receiver {
            tokio::task::block_in_place(|| receiver.close());
        }
        if !servers.is_empty() {
            // A task that is told to end holds what it has until it has ended.
            tokio::task::block_in_place(|| Handle::current().block_on(futures_util::future::join_all(servers)));
        }
        if let Some(office) = self.office.take() {
            office.give_up();
        }
    }
}
