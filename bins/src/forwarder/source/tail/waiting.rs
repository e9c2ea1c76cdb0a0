//! What the tail waits for: room, and a word where IRIS is.

use super::Tail;
use crate::forwarder::spool::{DestinationId, Limits, Room};

impl Tail {
    pub(super) fn has_room(&mut self) -> bool {
        let room = Limits::read(&self.root).room(&self.root);
        let paused = room != Room::Enough;
        if !paused && self.notes.paused {
            tracing::info!("there is room again; the tail goes on");
        }
        self.notes.paused = paused;
        !paused
    }

    /// What is written from now on until it goes on is not looked at.
    pub(super) fn wait(&mut self) {
        self.waited = true;
        if let Some(open) = &mut self.open {
            open.at_end = false;
        }
    }

    /// Why it waits, if it does.
    pub(super) fn waits(&self) -> Option<String> {
        let why = if self.notes.paused {
            "there is too little room (spool.min_free_bytes, spool.min_free_inodes, spool.max_bytes); alerts.json keeps its alerts"
        } else if self.unnamed {
            "nobody has said where IRIS is, or which of several is meant; it goes on when the hook was called for the only <integration> \
             block, or when iris.base_url is set"
        } else {
            return None;
        };
        Some(format!("the tail waits at its checkpoint: {why}"))
    }

    /// Where the alerts go, if somebody has said it.
    pub(super) fn destination(&mut self) -> Option<DestinationId> {
        let destination = self.route.named_own();
        if destination.is_some() && self.unnamed {
            tracing::info!("the tail knows where IRIS is; it goes on");
        }
        self.unnamed = destination.is_none();
        destination
    }
}
