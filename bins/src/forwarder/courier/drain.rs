//! When a one-off run ends although something waits: when only a person can help what is left.
//!
//! An IRIS that is away is waited for, as it comes back by itself. A key, a right or an address does not change by itself, nor does an
//! IRIS that answers and takes nothing; they are given a while, because a server that is being started may look like that. What is
//! forbidden may be only what stands at the head of the line, if IRIS answers otherwise: then all have their turn first.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::{Duration, Instant};

use super::road::Road;
use super::{Courier, CourierError};
use crate::forwarder::delivery::Attempt;
use crate::forwarder::redirect::key_to_renew;
use crate::forwarder::spool::{Destination, DestinationId};

/// How long a destination is tried that cannot be used until somebody acts, and a source that alerts cannot be taken from.
const FOR_A_PERSON: Duration = Duration::from_mins(1);
/// How long one that answers and takes nothing; longer than it takes to find out about the last alert in line.
const TAKES_NOTHING: Duration = Duration::from_mins(30);
/// How long the pause before IRIS is asked once more for the number of an alert that it has: about a minute after the first.
const LONG_LOOK: Duration = Duration::from_secs(64);

/// What a one-off run knows of alerts that wait for a person.
#[derive(Debug, Default)]
pub(super) struct Drain {
    put_off: BTreeMap<i64, DestinationId>,
    /// Why the last of them was put off.
    why: String,
    /// Since when nothing is left to do, and alerts may wait that cannot be taken in.
    blocked_since: Option<Instant>,
    /// What was left when the run ended, for people.
    pub(super) left: Option<String>,
}

impl Drain {
    /// What became of an alert.
    pub(super) fn note(&mut self, seq: i64, destination: DestinationId, attempt: &Attempt) {
        if let Attempt::PutOff { error, .. } = attempt {
            self.put_off.insert(seq, destination);
            self.why.clone_from(error);
        } else {
            self.put_off.remove(&seq);
        }
    }

    /// Whether it may end: nothing keeps alerts from being taken in, or something has for long enough.
    pub(super) fn may_end(&mut self, is_blocked: bool, now: Instant) -> bool {
        if !is_blocked {
            self.blocked_since = None;
            return true;
        }
        let since = *self.blocked_since.get_or_insert(now);
        now.saturating_duration_since(since) >= FOR_A_PERSON
    }

    /// The settings may have changed: all are tried again.
    pub(super) fn begin_anew(&mut self) {
        self.put_off.clear();
    }
}

/// What becomes of an attempt where somebody waits for the end: IRIS has the alert, and its number is worth a minute.
pub(super) fn without_its_number(attempt: Attempt) -> Attempt {
    match attempt {
        Attempt::Unnumbered { wait, .. } if wait >= LONG_LOOK => Attempt::Delivered { iris_id: None, told: 0 },
        attempt => attempt,
    }
}

/// What only a person can help.
#[derive(Debug, Default)]
pub(super) struct Left {
    /// How many alerts.
    pub(super) alerts: u64,
    /// Whether there are counts that cannot be told, too.
    pub(super) counts: bool,
    /// How many are known that cannot be taken in, if there may be any.
    outside: Option<usize>,
    /// Destinations that cannot be used.
    pub(super) destinations: BTreeSet<DestinationId>,
    whys: BTreeSet<String>,
}

impl Left {
    /// Alerts may wait that cannot be taken in, so many of them known.
    pub(super) fn leave_outside(&mut self, count: usize, why: String) {
        self.outside = Some(count);
        self.whys.insert(why);
    }

    /// There are counts that cannot be told.
    pub(super) fn leave_counts(&mut self, why: &str) {
        self.counts = true;
        self.whys.insert(why.to_owned());
    }

    /// One line that says how many wait, why, and what to do; `None` when nothing is left.
    pub(super) fn line(&self) -> Option<String> {
        let alerts = self
            .alerts
            .saturating_add(u64::try_from(self.outside.unwrap_or(0)).unwrap_or(u64::MAX));
        let what = match (alerts, self.counts) {
            (0, false) if self.outside.is_some() => "the sources of alerts are not empty".to_owned(),
            (0, false) => return None,
            (0, true) => "counts of folded alerts wait".to_owned(),
            (1, _) => "1 alert waits".to_owned(),
            (alerts, _) => format!("{alerts} alerts wait"),
        };
        let whys: Vec<&str> = self.whys.iter().map(String::as_str).collect();
        let line = format!(
            "{what} until somebody acts: {}; nothing is lost, run this again afterwards",
            whys.join("; ")
        );
        Some(line.replace(char::is_control, " "))
    }
}

impl Courier {
    /// What of all that waits only a person can help; nothing in a run that stays.
    pub(super) fn left(&self, now: Instant) -> Result<Left, CourierError> {
        let mut left = Left::default();
        let Some(drain) = &self.drain else {
            return Ok(left);
        };
        for (destination, road) in &self.roads {
            let Some(mut why) = hopeless(road, now) else { continue };
            let waiting = self.queue.waiting_for(*destination)?;
            if may_take_others(road, waiting, now) {
                continue;
            }
            // By what it says: it may stand in for another.
            let told = Destination::recall(self.spool.root(), *destination).ok();
            let leads_to = told.as_ref().map_or(*destination, Destination::id);
            let to_renew = told.and_then(|told| key_to_renew(self.spool.root(), &self.settings, *destination, &told));
            if waiting > 0 && self.route.clone().is_of_before(leads_to) {
                let _ = write!(
                    why,
                    ", and no block of ossec.conf names it any more: `custom-iris spool move {destination} NEW` lets them go to another \
                     destination, which `custom-iris doctor` names"
                );
            } else if let Some(fix) = to_renew {
                let _ = write!(why, "; {fix}");
            }
            left.alerts += waiting;
            left.destinations.insert(*destination);
            left.whys.insert(why);
        }
        let put_off = drain
            .put_off
            .values()
            .filter(|destination| !left.destinations.contains(destination))
            .count();
        if put_off > 0 {
            left.alerts += u64::try_from(put_off).unwrap_or(u64::MAX);
            left.whys.insert(format!(
                "{} (link it to that customer in IRIS, or name another one)",
                drain.why
            ));
        }
        Ok(left)
    }
}

fn has_lasted(since: Option<Instant>, patience: Duration, now: Instant) -> bool {
    since.is_some_and(|at| now.saturating_duration_since(at) >= patience)
}

/// Whether what is forbidden may be some alerts only, as something in front of IRIS does it: there are others that had no turn yet.
fn may_take_others(road: &Road, waiting: u64, now: Instant) -> bool {
    let sinces = [road.breaker.needs_a_person_since(), road.trials.takes_nothing_since()];
    let was_long = sinces.iter().any(|since| has_lasted(*since, TAKES_NOTHING, now));
    road.breaker.is_alive() && !was_long && !road.trials.had_their_turn(waiting)
}

/// Why a destination cannot be used until somebody acts, if that has been so for long enough.
fn hopeless(road: &Road, now: Instant) -> Option<String> {
    let is_over = |since, patience| has_lasted(since, patience, now);
    let said = road.breaker.last_failure().unwrap_or("it says nothing");
    if is_over(road.breaker.needs_a_person_since(), FOR_A_PERSON) {
        Some(format!("{said} (see `custom-iris doctor`)"))
    } else if is_over(road.trials.takes_nothing_since(), TAKES_NOTHING) {
        Some(format!(
            "IRIS answers and takes none of them: {said} (see `custom-iris spool list` and `custom-iris doctor`)"
        ))
    } else {
        None
    }
}
