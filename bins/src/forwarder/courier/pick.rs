//! Which alerts go next to a destination.
//!
//! The most severe first, of both lanes in turn, and while the destination fails one at a time. What stands at the head of the line may
//! be what makes it fail: whatever was not tried yet goes before what was, and a suspect does not go while anything else can, except for
//! one at a time once its next failure says something. So many that IRIS does not stand keep no other from it.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Instant;

use super::road::{FULL, LOW, Road};
use crate::forwarder::queue::{Lane, Queue, QueueError, Ready, Turns};
use crate::forwarder::spool::DestinationId;

/// What goes next, in its order.
#[derive(Debug)]
pub(super) struct Picked<'a> {
    turns: &'a mut Turns,
    room: usize,
    suspect: Option<Ready>,
    live: std::vec::IntoIter<Ready>,
    backlog: std::vec::IntoIter<Ready>,
}

impl Iterator for Picked<'_> {
    type Item = Ready;

    fn next(&mut self) -> Option<Ready> {
        self.room = self.room.checked_sub(1)?;
        if let Some(suspect) = self.suspect.take() {
            return Some(suspect);
        }
        match self.turns.next() {
            Lane::Live => self.live.next().or_else(|| self.backlog.next()),
            Lane::Backlog => self.backlog.next().or_else(|| self.live.next()),
        }
    }
}

/// The first of each lane.
struct Heads {
    live: Vec<Ready>,
    backlog: Vec<Ready>,
}

impl Heads {
    fn of(
        queue: &Queue,
        destination: DestinationId,
        most: usize,
        passed_over: &BTreeSet<i64>,
    ) -> Result<Self, QueueError> {
        Ok(Self {
            live: queue.ready(destination, Lane::Live, most, passed_over)?,
            backlog: queue.ready(destination, Lane::Backlog, most, passed_over)?,
        })
    }

    fn is_empty(&self) -> bool {
        self.live.is_empty() && self.backlog.is_empty()
    }
}

impl Road {
    /// Alerts for the shelf, as many as there is room for; none while enough lie there.
    pub(super) fn pick(
        &mut self,
        queue: &Queue,
        destination: DestinationId,
        in_hand: &BTreeSet<i64>,
        now: Instant,
    ) -> Result<Option<Picked<'_>>, QueueError> {
        let failing = self.breaker.is_failing();
        let full = if failing { 1 } else { FULL };
        let there = self.shelf.len();
        if there >= LOW.min(full) || self.shelf.is_heavy() {
            return Ok(None);
        }
        let mut room = full - there;
        let of = |most, passed_over: &_| Heads::of(queue, destination, most, passed_over);
        let mut tried = Cow::Borrowed(in_hand);
        if failing && !self.trials.tried().is_empty() {
            tried.to_mut().extend(self.trials.tried());
        }
        let mut suspect = None;
        let mut heads = of(room, &self.without_suspects(&tried))?;
        if !failing {
            suspect = self.suspect_in_turn(queue, destination, in_hand, now)?;
        }
        let is_idle = there == 0 && self.shelf.carriers() == 0;
        if heads.is_empty() && suspect.is_none() && is_idle {
            room = 1;
            heads = of(1, &tried)?;
            if heads.is_empty() && failing {
                self.trials.begin_round();
                heads = of(1, in_hand)?;
            }
        }
        Ok(Some(Picked {
            turns: &mut self.turns,
            room,
            suspect,
            live: heads.live.into_iter(),
            backlog: heads.backlog.into_iter(),
        }))
    }

    /// These and all suspects.
    pub(super) fn without_suspects<'a>(&self, passed_over: &'a BTreeSet<i64>) -> Cow<'a, BTreeSet<i64>> {
        let mut all = Cow::Borrowed(passed_over);
        let mut suspects = self.trials.suspects().peekable();
        if suspects.peek().is_some() {
            all.to_mut().extend(suspects);
        }
        all
    }

    /// The suspect whose turn it is, if one stands at the head of a lane and none is on its way.
    fn suspect_in_turn(
        &self,
        queue: &Queue,
        destination: DestinationId,
        in_hand: &BTreeSet<i64>,
        now: Instant,
    ) -> Result<Option<Ready>, QueueError> {
        let mut suspects = self.trials.suspects().peekable();
        let is_none = suspects.peek().is_none();
        if is_none || self.trials.is_at_rest(now) || suspects.any(|seq| in_hand.contains(&seq)) {
            return Ok(None);
        }
        let mut passed_over = in_hand.clone();
        passed_over.extend(self.trials.too_early());
        let heads = Heads::of(queue, destination, 1, &passed_over)?;
        let mut heads = heads.live.into_iter().chain(heads.backlog);
        Ok(heads.find(|ready| self.trials.suspects_it(ready.seq)))
    }
}
