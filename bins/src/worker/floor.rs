//! The triager's slots: who waits for one, who holds one, and how long that takes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, SemaphorePermit};

use super::claiming::locked;
use super::clock;

/// Claims that may stand, besides those that the triager works on, while they settle or their results are written.
const MOST_ASIDE: usize = 32;
/// Weight of the last alert in the time that one typically takes.
const NEWEST: f64 = 0.2;

/// All slots of one triager.
#[derive(Debug)]
pub(super) struct Floor {
    slots: usize,
    permits: Semaphore,
    state: Mutex<State>,
    /// Told whenever there may be room for another claim.
    pub(super) changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    in_hand: usize,
    queued: usize,
    running: BTreeMap<u64, Duration>,
    next: u64,
    typical: Option<f64>,
}

/// What is under way at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Load {
    slots: usize,
    /// Alerts under work in whatever way.
    in_hand: usize,
    /// Of these, those that the triager has not begun.
    queued: usize,
    /// For how long the triager has had each of the others.
    running: Vec<Duration>,
    typical: Option<Duration>,
}

impl Load {
    /// How many alerts may be claimed now. `lead` is how long a claim takes until work on it may begin; `None` where that is at once.
    ///
    /// With a lead, as many are claimed as the slots can take when those claims have settled, by the time that alerts typically
    /// take: the triager does not wait for claims, and claims do not wait long for the triager.
    pub(super) fn room(&self, lead: Option<Duration>) -> usize {
        let idle = self.slots.saturating_sub(self.running.len());
        let wanted = match (lead, self.typical) {
            (None, _) | (_, None) => idle,
            (Some(lead), Some(typical)) => {
                let typical = typical.max(Duration::from_millis(1));
                let turns =
                    |free_for: Duration| 1 + usize::try_from(free_for.as_nanos() / typical.as_nanos()).unwrap_or(0);
                let left = self.running.iter().map(|spent| typical.saturating_sub(*spent));
                let busy: usize = left.filter_map(|left| lead.checked_sub(left)).map(turns).sum();
                idle.saturating_mul(turns(lead)).saturating_add(busy)
            }
        };
        let most = self.slots + MOST_ASIDE;
        let ahead = wanted.min(most).saturating_sub(self.queued);
        ahead.min(most.saturating_sub(self.in_hand))
    }
}

impl Floor {
    pub(super) fn new(slots: usize) -> Arc<Self> {
        let slots = slots.max(1);
        Arc::new(Self {
            slots,
            permits: Semaphore::new(slots),
            state: Mutex::default(),
            changed: Notify::new(),
        })
    }

    pub(super) fn slots(&self) -> usize {
        self.slots
    }

    pub(super) fn load(&self) -> Load {
        let now = clock::now();
        let state = locked(&self.state);
        Load {
            slots: self.slots,
            in_hand: state.in_hand,
            queued: state.queued,
            running: state.running.values().map(|since| now.saturating_sub(*since)).collect(),
            typical: state.typical.map(Duration::from_secs_f64),
        }
    }

    /// How long the triager typically has one alert, once that is known.
    pub(super) fn typical(&self) -> Option<Duration> {
        locked(&self.state).typical.map(Duration::from_secs_f64)
    }

    /// Takes an alert in hand; it leaves when the place is dropped.
    pub(super) fn enter(self: &Arc<Self>) -> Place {
        let mut state = locked(&self.state);
        state.in_hand += 1;
        state.queued += 1;
        Place {
            floor: Arc::clone(self),
            queued: true,
        }
    }
}

/// One alert in hand, from before its claim until its result is written.
#[derive(Debug)]
pub(super) struct Place {
    floor: Arc<Floor>,
    queued: bool,
}

impl Place {
    /// Waits for a slot and takes it.
    pub(super) async fn turn(&mut self) -> Turn<'_> {
        // Nobody closes it, so it cannot fail.
        let permit = self.floor.permits.acquire().await.ok();
        let mut state = locked(&self.floor.state);
        if self.queued {
            self.queued = false;
            state.queued -= 1;
        }
        let number = state.next;
        state.next += 1;
        state.running.insert(number, clock::now());
        drop(state);
        Turn {
            floor: &self.floor,
            number,
            _permit: permit,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = locked(&self.floor.state);
        state.in_hand -= 1;
        state.queued -= usize::from(self.queued);
        drop(state);
        self.floor.changed.notify_one();
    }
}

/// A slot that is held.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    floor: &'a Floor,
    number: u64,
    _permit: Option<SemaphorePermit<'a>>,
}

impl Turn<'_> {
    /// Counts how long the triager took, if it was really asked.
    pub(super) fn ended(self, asked: bool) {
        if !asked {
            return;
        }
        let mut state = locked(&self.floor.state);
        let Some(since) = state.running.get(&self.number) else {
            return;
        };
        let took = clock::now().saturating_sub(*since).as_secs_f64();
        state.typical = Some(state.typical.map_or(took, |old| old + (took - old) * NEWEST));
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        locked(&self.floor.state).running.remove(&self.number);
        self.floor.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(slots: usize, queued: usize, running: &[u64], typical: Option<u64>) -> Load {
        Load {
            slots,
            in_hand: queued + running.len(),
            queued,
            running: running.iter().copied().map(Duration::from_millis).collect(),
            typical: typical.map(Duration::from_millis),
        }
    }

    const LEAD: Option<Duration> = Some(Duration::from_millis(5625));

    #[test]
    fn where_work_begins_at_once_a_claim_needs_a_free_slot() {
        assert_eq!(load(1, 0, &[], Some(60_000)).room(None), 1);
        assert_eq!(load(1, 1, &[], Some(60_000)).room(None), 0);
        assert_eq!(load(1, 0, &[100], Some(10)).room(None), 0);
        assert_eq!(load(4, 1, &[100], None).room(None), 2);
    }

    #[test]
    fn a_slow_triager_gets_its_next_alert_when_it_is_about_to_be_free() {
        assert_eq!(load(1, 0, &[10_000], Some(60_000)).room(LEAD), 0);
        assert_eq!(load(1, 0, &[55_000], Some(60_000)).room(LEAD), 1);
        assert_eq!(load(1, 0, &[90_000], Some(60_000)).room(LEAD), 1);
        assert_eq!(load(1, 1, &[90_000], Some(60_000)).room(LEAD), 0);
        assert_eq!(load(2, 0, &[10_000], Some(60_000)).room(LEAD), 1);
    }

    #[test]
    fn a_fast_triager_has_as_many_claims_settling_as_it_can_take_meanwhile() {
        assert_eq!(load(1, 0, &[], Some(250)).room(LEAD), 23);
        assert_eq!(load(1, 20, &[0], Some(250)).room(LEAD), 2);
        assert_eq!(load(1, 0, &[], None).room(LEAD), 1, "nothing is known yet");
        assert_eq!(load(1, 0, &[], Some(0)).room(LEAD), 33, "bounded");
    }

    #[test]
    fn what_settles_and_is_written_is_bounded_too() {
        let mut load = load(64, 0, &[], Some(1));
        load.in_hand = 95;
        assert_eq!(load.room(None), 1);
        load.in_hand = 96;
        assert_eq!(load.room(None), 0);
    }

    #[tokio::test]
    async fn a_place_that_is_dropped_at_any_time_leaves_nothing_behind() {
        let floor = Floor::new(1);
        let (mut first, second) = (floor.enter(), floor.enter());
        assert_eq!((floor.load().queued, floor.load().in_hand), (2, 2));
        let turn = first.turn().await;
        assert_eq!((floor.load().queued, floor.load().running.len()), (1, 1));
        turn.ended(true);
        assert!(floor.typical().is_some());
        drop((first, second));
        let load = floor.load();
        assert_eq!((load.queued, load.in_hand, load.running.len()), (0, 0, 0));
        assert_eq!(floor.permits.available_permits(), 1);
    }
}
