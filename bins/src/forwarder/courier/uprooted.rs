//! What becomes of a courier whose files are taken away under it: what it wrote from then on nobody would find, so it gives back to the
//! spool what waits, and ends.

use std::path::PathBuf;
use std::time::Duration;

use super::{Courier, CourierError};
use crate::forwarder::spool::Entry;

/// How often what is under way is looked after while it is waited for.
const LOOK: Duration = Duration::from_millis(100);
/// Alerts that share one sync.
const BATCH: usize = 500;

impl Courier {
    /// Looks whether its lock and its queue still stand where everybody else looks for them; believed at the second look.
    pub(super) fn look_at_files(&mut self) {
        let root = self.spool.root();
        let gone = if self.office.as_ref().is_some_and(|office| !office.is_in_place()) {
            Some(root.join("courier.lock"))
        } else if self.queue.is_in_place() {
            None
        } else {
            Some(root.join("queue.db"))
        };
        let is_known = gone.is_some() && gone == self.missed;
        self.missed.clone_from(&gone);
        if is_known && self.uprooted.is_none() {
            // What a closed queue would remove may be that of another courier by now.
            if let Err(error) = self.queue.leave_log() {
                tracing::debug!(error = error.line(), "the log of the queue goes with it");
            }
            for road in self.roads.values() {
                road.shelf.clear();
            }
            self.uprooted = gone;
        }
    }

    /// Ends once nothing is under way any more.
    pub(super) fn end_uprooted(&mut self, path: PathBuf) -> Result<Option<Duration>, CourierError> {
        if !self.tasks.is_empty() {
            return Ok(Some(LOOK));
        }
        self.write_down()?;
        let mut back = 0;
        // Where only the lock is gone, the next courier finds the queue.
        let lost = if self.queue.is_in_place() {
            None
        } else {
            tokio::task::block_in_place(|| self.give_back(&mut back)).err()
        };
        Err(CourierError::Uprooted { path, back, lost })
    }

    /// Stores what waits anew, as hooks do: the next courier takes it in. IRIS knows by its id what it has already.
    fn give_back(&self, back: &mut u64) -> Result<(), String> {
        let mut last = 0;
        loop {
            let waiting = self.queue.waiting_behind(last, BATCH).map_err(|error| error.line())?;
            let Some(newest) = waiting.last() else { return Ok(()) };
            last = newest.seq;
            let entries: Vec<Entry> = waiting
                .into_iter()
                .map(|due| Entry::new(due.destination, due.bytes))
                .collect();
            self.spool.put_all(&entries).map_err(|error| error.to_string())?;
            *back += entries.len() as u64;
        }
    }
}
