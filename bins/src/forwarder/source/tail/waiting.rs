//! What the tail waits for: room, and a word where IRIS is.

use super::Tail;
use crate::forwarder::spool::{DestinationId, Limits, Room};

impl Tail {
    pub(super) fn has_room(&mut self) -> bool {
        let room = Limits::read(&self.root).room(&self.root);
        let paused = room != Room::Enough;
        if paused && !self.notes.paused {
            tracing::error!(
                ?room,
                "the tail waits at its checkpoint until there is room again; alerts.json keeps its alerts"
            );
        }
        if !paused && self.notes.paused {
            tracing::info!("there is room again; the tail goes on");
        }
        self.notes.paused = paused;
        !paused
    }

    /// Where the alerts go, if somebody has said it.
    pub(super) fn destination(&mut self) -> Option<DestinationId> {
        let destination = self.route.named_own();
        if destination.is_none() && !self.unnamed {
            tracing::error!(
                "the tail waits at its checkpoint: nobody has said where IRIS is, or which of several is meant; it goes on when the hook \
                 was called for the only <integration> block, or when iris.base_url is set"
            );
        }
        if destination.is_some() && self.unnamed {
            tracing::info!("the tail knows where IRIS is; it goes on");
        }
        self.unnamed = destination.is_none();
        destination
    }
}
