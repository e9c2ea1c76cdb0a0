//! Who is to blame when IRIS does not take an alert: the alert, or IRIS.
//!
//! A server that fails does so in any words, those of a refusal too, and an alert may make it fail. What tells them apart is what
//! becomes of the others: an alert is parked only where others passed, and otherwise its destination is closed for a while. So an IRIS
//! that refuses everything, as after an upgrade, costs no alert. A refusal that names what is wrong with the alert is believed sooner, as
//! `trials.rs` says, and never of an IRIS that was not seen to take any; its plain text goes right after it, and only what is taken so
//! has changed its form.

#[cfg(test)]
mod tests;
mod trials;

use std::time::{Duration, Instant, SystemTime};

use super::road::Road;
use crate::forwarder::delivery::Attempt;
use crate::forwarder::queue::{Settlement, micros};
pub(super) use trials::Trials;
use trials::{LONE_PARKED, MOST_FAILURES, Refused};

/// How long an alert waits whose failure may not be its own, in microseconds.
const OWN_ERROR_US: i64 = 60_000_000;
/// How much longer than its destination is closed an alert waits so that another one is tried first; how often that is doubled if IRIS
/// fails with it again; and the longest that one waits which is refused, in microseconds.
const NEXT: Duration = Duration::from_secs(1);
const NEXT_US: i64 = 1_000_000;
const MOST_DOUBLINGS: u32 = 8;
const MOST_PAUSE_US: i64 = 500_000_000;
/// The longest that a destination is closed at a time, in microseconds.
const MOST_CLOSED_US: i64 = 900_000_000;
/// The longest that suspects rest because of the pause before, when the way is open again.
const MOST_REST: Duration = Duration::from_secs(2);
/// How often others must have passed between refusals of an alert, if none of them names what is wrong with it, until it is parked.
const MOST_PROOFS: u32 = 3;

/// The moment of an attempt.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// At which it came to something.
    pub(super) now: Instant,
    /// At which that is judged, in microseconds since 1970.
    pub(super) now_us: i64,
    /// Between 0 and 1.
    pub(super) random: f64,
}

/// Why a destination is closed for a while.
struct Failure {
    error: String,
    /// How long the server asked to wait.
    wait: Option<Duration>,
    /// Whether a person has to act.
    configuration: bool,
    /// Whether IRIS answers otherwise.
    alive: bool,
}

impl Failure {
    fn of_one_that_is_there(error: String, wait: Option<Duration>) -> Self {
        Self {
            error,
            wait,
            configuration: false,
            alive: true,
        }
    }
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
        if !matches!(attempt, Attempt::Delivered { .. }) {
            self.trials.missed(seq);
        }
        let settlement = self.judge(seq, degraded, attempt, took, at);
        if matches!(settlement, Settlement::Again { degraded: form, .. } if form != degraded) {
            self.trials.begin_anew();
        }
        settlement
    }

    /// What it means that the plain text was not taken right after the whole alert was refused by name, which then stays whole.
    pub(super) fn outcome_of_both(&mut self, seq: i64, attempt: Attempt, took: Duration, at: Moment) -> Settlement {
        let mut settlement = self.outcome(seq, true, attempt, took, at);
        self.trials.refused_whole(seq);
        if let Settlement::Again { degraded, .. } = &mut settlement {
            *degraded = false;
        }
        settlement
    }

    fn judge(&mut self, seq: i64, degraded: bool, attempt: Attempt, took: Duration, at: Moment) -> Settlement {
        match attempt {
            Attempt::Delivered { iris_id, told } => {
                self.breaker.succeeded(at.now);
                self.pace.answered(took);
                self.trials
                    .passed(seq, degraded, at.now.checked_sub(took).unwrap_or(at.now));
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
                if doubtful || degrade != degraded {
                    let refused = self.trials.refused(seq, degraded, doubtful, at.now, Duration::ZERO);
                    if doubtful && !(refused.is_shown || refused.is_lone) {
                        return self.wait_for_others(refused, error, degraded, took, at);
                    }
                }
                // One that may be about anything says nothing about IRIS, and its next form waits until others have had a chance to
                // pass.
                let wait = if doubtful {
                    wait.max(NEXT)
                } else {
                    self.breaker.succeeded(at.now);
                    wait
                };
                if degrade == degraded {
                    tracing::warn!(entry = seq, error, "IRIS did not take entry {seq}; it is tried again");
                } else {
                    tracing::warn!(
                        entry = seq,
                        error,
                        "IRIS does not take entry {seq} whole; its plain text goes instead"
                    );
                }
                Settlement::Again {
                    due_us: at.now_us.saturating_add(micros_of(wait)),
                    error,
                    degraded: degrade,
                    // The one after which it changes its form is not counted.
                    counts: degrade == degraded,
                }
            }
            Attempt::Unnumbered { error, wait, asked } => {
                // What IRIS said of the alert itself shows no less that it is there than what it said then shows that it fails.
                if asked.is_some() {
                    self.close(&Failure::of_one_that_is_there(error.clone(), asked), at);
                }
                Settlement::Again {
                    due_us: self.open_us(at).saturating_add(micros_of(wait)),
                    error,
                    degraded,
                    counts: true,
                }
            }
            Attempt::PutOff { error, wait, answered } => {
                if answered {
                    self.breaker.succeeded(at.now);
                }
                // A little longer than its reason holds.
                let wait_us = micros_of(wait).saturating_add(NEXT_US);
                put_off(error, degraded, at.now_us.saturating_add(wait_us))
            }
            Attempt::DestinationFailed {
                error,
                wait,
                configuration,
                reached,
                alive,
            } => {
                let failure = Failure {
                    error,
                    wait,
                    configuration,
                    alive,
                };
                if reached {
                    return self.failed_with_it(seq, degraded, failure, took, at);
                }
                self.trials.begin_anew();
                self.close(&failure, at);
                if configuration && wait.is_none() {
                    self.let_others_go_first(0, failure.error, degraded, at)
                } else {
                    put_off(failure.error, degraded, 0)
                }
            }
            Attempt::Refused { error, doubtful } => {
                let refused = self.trials.refused(seq, degraded, doubtful, at.now, LONE_PARKED);
                let enough = if refused.is_named { 1 } else { MOST_PROOFS };
                if !(refused.is_lone || (refused.is_shown && refused.proofs >= enough)) {
                    return self.wait_for_others(refused, error, degraded, took, at);
                }
                if !doubtful {
                    self.breaker.succeeded(at.now);
                }
                self.park(seq, error)
            }
        }
    }

    /// What becomes of an alert whose delivery broke off in an error of our own: it is tried as plain text, which needs less of it,
    /// and parked when that breaks off again and again.
    pub(super) fn broke_off(&mut self, seq: i64, at: Moment) -> Settlement {
        let error = "an error of our own while it was delivered".to_owned();
        if self.trials.broke_off(seq) > MOST_FAILURES {
            return self.park(seq, error);
        }
        Settlement::Again {
            due_us: at.now_us.saturating_add(OWN_ERROR_US),
            error,
            degraded: true,
            counts: true,
        }
    }

    fn close(&mut self, failure: &Failure, at: Moment) {
        let Failure {
            error,
            wait,
            configuration,
            alive,
        } = failure;
        self.breaker
            .failed(error, *wait, *configuration, *alive, at.now, at.random);
        self.pace.refused();
        if *configuration {
            // A new key or address may stand in the file by then.
            self.target = None;
        }
    }

    /// IRIS failed while it had this alert.
    fn failed_with_it(&mut self, seq: i64, degraded: bool, failure: Failure, took: Duration, at: Moment) -> Settlement {
        // What a person has to put right may be a right that was taken away just now: then one that is alone is not the reason.
        let may_be_alone = failure.alive && !failure.configuration;
        let failed = self.trials.failed(seq, degraded, may_be_alone, at.now);
        // The next one that comes must not find the way closed because of one that is known, if IRIS is there. A pause that the server
        // asks for is for all, and what waits for a person must show.
        let is_known = failed.is_known && (failure.alive || self.trials.is_suspect(seq)) && !failure.configuration;
        if failure.wait.is_some() || !(failed.own.is_some() || is_known) {
            self.close(&failure, at);
        }
        let closed = self.breaker.closed_until(at.now);
        let pause = closed.map_or(Duration::ZERO, |until| until - at.now);
        self.trials
            .rest(at.now + pause + rest_after(&failure, closed.is_some(), took, pause));
        if let Some(failures) = failed.own {
            return self.failed_itself(seq, failures, failure.error, degraded, at);
        }
        let own_us = NEXT_US << failed.tries.saturating_sub(1).min(MOST_DOUBLINGS);
        let least_us = if failed.is_known {
            own_us.max(spread(OWN_ERROR_US, at))
        } else {
            own_us
        };
        self.let_others_go_first(least_us, failure.error, degraded, at)
    }

    /// Puts an alert off until its destination was tried with another one, where there is one, and at least for so long.
    fn let_others_go_first(&self, least_us: i64, error: String, degraded: bool, at: Moment) -> Settlement {
        let due_us = self.open_us(at).saturating_add(NEXT_US);
        put_off(error, degraded, due_us.max(at.now_us.saturating_add(least_us)))
    }

    /// When the destination may be tried again, in microseconds since 1970.
    fn open_us(&self, at: Moment) -> i64 {
        let until = self.breaker.closed_until(at.now).unwrap_or(at.now);
        let pause = until.saturating_duration_since(at.now);
        at.now_us.saturating_add(micros_of(pause).min(MOST_CLOSED_US))
    }

    /// Puts off an alert that was refused and of which that is not enough: ever longer where others pass, so that more of them do, and
    /// for as long as it takes to try all that are refused, so that however many they are the others have most of the time. One that they
    /// were seen to pass by closes nothing for them.
    fn wait_for_others(
        &mut self,
        refused: Refused,
        error: String,
        degraded: bool,
        took: Duration,
        at: Moment,
    ) -> Settlement {
        let all_us = micros_of(took.saturating_mul(refused.known)).min(OWN_ERROR_US);
        let own_us = all_us.max(NEXT_US << refused.count.saturating_sub(2).min(9));
        if refused.proofs > 0 {
            return put_off(error, degraded, at.now_us.saturating_add(own_us.min(MOST_PAUSE_US)));
        }
        let failure = Failure::of_one_that_is_there(error, None);
        self.close(&failure, at);
        self.let_others_go_first(own_us.min(OWN_ERROR_US), failure.error, degraded, at)
    }

    /// An alert that IRIS fails on while it takes others: tried ever less often, then as plain text, then parked.
    fn failed_itself(&mut self, seq: i64, failures: u32, error: String, degraded: bool, at: Moment) -> Settlement {
        if degraded && failures >= 2 * MOST_FAILURES {
            return self.park(seq, error);
        }
        Settlement::Again {
            due_us: self
                .open_us(at)
                .saturating_add(spread(OWN_ERROR_US, at).saturating_mul(i64::from(failures.min(9)))),
            error,
            degraded: degraded || failures >= MOST_FAILURES,
            counts: true,
        }
    }

    fn park(&mut self, seq: i64, error: String) -> Settlement {
        self.trials.parked(seq);
        tracing::error!(
            entry = seq,
            error,
            "entry {seq} cannot be delivered in any form; see `custom-iris spool show {seq}`"
        );
        Settlement::Parked { error }
    }
}

/// What an attempt means at the place that a destination led to before: nothing for the one of now, which gets the alert, too. Otherwise
/// what repeats it here would be counted there.
pub(super) fn elsewhere(degraded: bool) -> Settlement {
    put_off(
        "its destination led elsewhere when it was tried".to_owned(),
        degraded,
        0,
    )
}

/// For how long the others go first once the way is open again. One that is away fails with whatever comes, so the most severe have been
/// tried, and only their turn is lost by a rest; else it leaves the others as much as the try took, and a little of what was waited.
fn rest_after(failure: &Failure, closed: bool, took: Duration, pause: Duration) -> Duration {
    let pause = pause.min(MOST_REST);
    match (failure.alive || !closed, failure.wait) {
        (true, _) => took + pause,
        (false, Some(_)) => pause,
        (false, None) => Duration::ZERO,
    }
}

/// Something between the half and the whole of it, so that no alert comes each time with what makes IRIS fail every minute.
fn spread(wait_us: i64, at: Moment) -> i64 {
    micros_of(Duration::from_micros(wait_us.unsigned_abs()).mul_f64(0.5 + at.random / 2.0))
}

fn micros_of(wait: Duration) -> i64 {
    i64::try_from(wait.as_micros()).unwrap_or(i64::MAX / 4)
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
