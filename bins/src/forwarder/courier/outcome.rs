//! Who is to blame when IRIS does not take an alert: the alert, or IRIS.
//!
//! A server that fails does so in any words, those of a refusal too, and an alert may make it fail. What tells them apart is what
//! becomes of the others: an alert is degraded or parked only where others passed, and otherwise its destination is closed for a
//! while. So an IRIS that refuses everything, as after an upgrade, costs no alert.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant, SystemTime};

use super::road::Road;
use crate::forwarder::delivery::Attempt;
use crate::forwarder::queue::{Settlement, micros};

/// How long an alert waits whose failure may not be its own, in microseconds.
const OWN_ERROR_US: i64 = 60_000_000;
/// How much longer than its destination is closed an alert waits so that another one is tried first, in microseconds; and the
/// longest that it does.
const NEXT_US: i64 = 1_000_000;
const MOST_PAUSE_US: i64 = 500_000_000;
/// Failures of its own after which an alert is tried as plain text; after twice as many it is parked.
const MOST_FAILURES: u32 = 5;
/// Refusals after which an alert is taken to be the reason, if it is the only one that is refused and there is no other to compare
/// it with; and how long that must have gone on before it is parked, unless IRIS names what is wrong with it.
const LONE_REFUSALS: u32 = 5;
const LONE_PARKED: Duration = Duration::from_mins(10);

/// What alerts that IRIS does not take have been through.
#[derive(Debug, Default)]
pub(super) struct Trials {
    /// Alerts delivered since the start.
    delivered: u64,
    /// Failures of IRIS while it had an alert.
    failed: u64,
    refusals: BTreeMap<i64, Refusals>,
    failures: BTreeMap<i64, Failures>,
    /// How often the delivery of an alert broke off.
    broken: BTreeMap<i64, u32>,
    /// Alerts that were not taken since the last delivery; two are enough to know that there is not only one.
    lately: BTreeSet<i64>,
}

#[derive(Debug, Clone, Copy)]
struct Refusals {
    /// When it was refused first, and how many had been delivered by then.
    since: Instant,
    delivered: u64,
    count: u32,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    /// How many had been delivered, and how many calls had failed, when it failed last.
    delivered: u64,
    failed: u64,
    /// How many failures are its own.
    count: u32,
}

impl Trials {
    fn passed(&mut self, seq: i64) {
        self.delivered += 1;
        self.lately.clear();
        self.forget(seq);
    }

    fn forget(&mut self, seq: i64) {
        self.refusals.remove(&seq);
        self.failures.remove(&seq);
        self.broken.remove(&seq);
        self.lately.remove(&seq);
    }

    fn is_the_only_one(&self, seq: i64) -> bool {
        self.lately.iter().all(|other| *other == seq)
    }

    fn not_taken(&mut self, seq: i64) {
        if self.lately.len() < 2 {
            self.lately.insert(seq);
        }
    }

    /// Counts a refusal; says whether it is about the alert. Once others have passed since the first one, all are. Without any to
    /// compare it with it is believed late, and one that may be about anything only where IRIS has taken alerts before.
    fn is_refused_itself(&mut self, seq: i64, doubtful: bool, now: Instant, least: Duration) -> bool {
        self.not_taken(seq);
        let only = self.is_the_only_one(seq) && (self.delivered > 0 || !doubtful);
        let refusals = self.refusals.entry(seq).or_insert(Refusals {
            since: now,
            delivered: self.delivered,
            count: 0,
        });
        refusals.count += 1;
        let long = !doubtful || now.saturating_duration_since(refusals.since) >= least;
        self.delivered > refusals.delivered || (only && refusals.count > LONE_REFUSALS && long)
    }

    /// Counts a failure of IRIS while it had this alert; how many of its failures are its own by now, if this one is. It is if more
    /// have passed than failed since it failed last: of a server that comes and goes every alert fails now and then.
    fn fails_itself(&mut self, seq: i64) -> Option<u32> {
        self.not_taken(seq);
        self.failed += 1;
        let (delivered, failed) = (self.delivered, self.failed);
        let Some(failures) = self.failures.get_mut(&seq) else {
            let count = 0;
            self.failures.insert(
                seq,
                Failures {
                    delivered,
                    failed,
                    count,
                },
            );
            return None;
        };
        let (passed, others) = (delivered - failures.delivered, failed - 1 - failures.failed);
        (failures.delivered, failures.failed) = (delivered, failed);
        if passed > others {
            failures.count += 1;
            return Some(failures.count);
        }
        None
    }

    /// Whether an alert made IRIS fail before, and is the only one that does.
    fn is_suspect(&self, seq: i64) -> bool {
        self.failures.get(&seq).is_some_and(|failures| failures.count > 0) && self.is_the_only_one(seq)
    }
}

/// The moment at which an attempt is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) now: Instant,
    /// Microseconds since 1970.
    pub(super) now_us: i64,
    /// Between 0 and 1.
    pub(super) random: f64,
}

/// A number in 0..1 that differs between couriers; nothing depends on its quality.
pub(super) fn random() -> f64 {
    f64::from(
        SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| since.subsec_nanos() % 1000),
    ) / 1000.0
}

impl Moment {
    pub(super) fn of(time: SystemTime) -> Self {
        Self {
            now: Instant::now(),
            now_us: micros(time),
            random: random(),
        }
    }
}

impl Road {
    /// What an attempt means, for its alert and for this destination.
    pub(super) fn outcome(
        &mut self,
        seq: i64,
        degraded: bool,
        attempt: Attempt,
        took: Duration,
        at: Moment,
    ) -> Settlement {
        match attempt {
            Attempt::Delivered { iris_id, told } => {
                self.breaker.succeeded(at.now);
                self.pace.answered(took);
                self.trials.passed(seq);
                tracing::debug!(entry = seq, alert.id = iris_id, "delivered entry {seq}");
                Settlement::Delivered { iris_id, told }
            }
            Attempt::AlertFailed {
                error,
                wait,
                degrade,
                doubtful,
            } => {
                // Also where there is no doubt: whoever passes from now on shows that the next refusal is about the alert.
                let is_refusal = doubtful || degrade != degraded;
                let itself = !is_refusal || self.trials.is_refused_itself(seq, doubtful, at.now, Duration::ZERO);
                if doubtful && !itself {
                    self.close(&error, None, false, at);
                    return self.let_others_go_first(error, degraded, at);
                }
                self.breaker.succeeded(at.now);
                tracing::warn!(
                    entry = seq,
                    error,
                    degrade,
                    "IRIS did not take entry {seq}; it is tried again"
                );
                let wait_us = i64::try_from(wait.as_micros()).unwrap_or(i64::MAX / 4);
                Settlement::Again {
                    due_us: at.now_us.saturating_add(wait_us),
                    error,
                    degraded: degrade,
                    // The one after which it changes its form is not counted.
                    counts: degrade == degraded,
                }
            }
            Attempt::PutOff { error, wait } => {
                // A little longer than its reason holds.
                let wait_us = i64::try_from(wait.as_micros())
                    .unwrap_or(i64::MAX / 4)
                    .saturating_add(NEXT_US);
                put_off(error, degraded, at.now_us.saturating_add(wait_us))
            }
            Attempt::DestinationFailed {
                error,
                wait,
                configuration,
                reached,
            } => {
                // A server that names a time knows what is wrong, and it is not the alert.
                if reached && wait.is_none() {
                    if let Some(failures) = self.trials.fails_itself(seq) {
                        return self.failed_itself(seq, failures, error, degraded, at);
                    }
                    if self.trials.is_suspect(seq) {
                        // Nothing to compare it with; the next one that comes must not find the way closed because of it.
                        return put_off(error, degraded, at.now_us.saturating_add(OWN_ERROR_US));
                    }
                }
                self.close(&error, wait, configuration, at);
                if reached && wait.is_none() {
                    self.let_others_go_first(error, degraded, at)
                } else {
                    put_off(error, degraded, 0)
                }
            }
            Attempt::Refused { error, doubtful } => {
                if !self.trials.is_refused_itself(seq, doubtful, at.now, LONE_PARKED) {
                    self.close(&error, None, false, at);
                    return self.let_others_go_first(error, degraded, at);
                }
                self.breaker.succeeded(at.now);
                self.park(seq, error)
            }
        }
    }

    /// What becomes of an alert whose delivery broke off in an error of our own: it is tried as plain text, which needs less of it,
    /// and parked when that breaks off again and again.
    pub(super) fn broke_off(&mut self, seq: i64, at: Moment) -> Settlement {
        let error = "an error of our own while it was delivered".to_owned();
        let count = self.trials.broken.entry(seq).or_insert(0);
        *count += 1;
        if *count > MOST_FAILURES {
            return self.park(seq, error);
        }
        Settlement::Again {
            due_us: at.now_us.saturating_add(OWN_ERROR_US),
            error,
            degraded: true,
            counts: true,
        }
    }

    fn close(&mut self, error: &str, wait: Option<Duration>, configuration: bool, at: Moment) {
        self.breaker.failed(error, wait, configuration, at.now, at.random);
        self.pace.refused();
        if configuration {
            // A new key or address may stand in the file by then.
            self.target = None;
        }
    }

    /// Puts an alert off until its destination was tried with another one, where there is one.
    fn let_others_go_first(&self, error: String, degraded: bool, at: Moment) -> Settlement {
        let until = self.breaker.closed_until(at.now).unwrap_or(at.now);
        let pause = until.saturating_duration_since(at.now).as_micros();
        let wait_us = i64::try_from(pause).unwrap_or(MOST_PAUSE_US).min(MOST_PAUSE_US) + NEXT_US;
        put_off(error, degraded, at.now_us.saturating_add(wait_us))
    }

    /// An alert that IRIS fails on while it takes others: tried ever less often, then as plain text, then parked.
    fn failed_itself(&mut self, seq: i64, failures: u32, error: String, degraded: bool, at: Moment) -> Settlement {
        if degraded && failures >= 2 * MOST_FAILURES {
            return self.park(seq, error);
        }
        let wait_us = OWN_ERROR_US.saturating_mul(i64::from(failures.min(9)));
        Settlement::Again {
            due_us: at.now_us.saturating_add(wait_us),
            error,
            degraded: degraded || failures >= MOST_FAILURES,
            counts: true,
        }
    }

    fn park(&mut self, seq: i64, error: String) -> Settlement {
        self.trials.forget(seq);
        tracing::error!(
            entry = seq,
            error,
            "entry {seq} cannot be delivered in any form; see `custom-iris spool show {seq}`"
        );
        Settlement::Parked { error }
    }
}

/// It is tried again then, and this time does not count.
fn put_off(error: String, degraded: bool, due_us: i64) -> Settlement {
    Settlement::Again {
        due_us,
        error,
        degraded,
        counts: false,
    }
}
