//! Who is to blame when IRIS does not take an alert: the alert, or IRIS.
//!
//! A server that fails does so in any words, those of a refusal too, and an alert may make it fail. What tells them apart is what
//! becomes of the others: an alert is degraded or parked only where others passed, and otherwise its destination is closed for a
//! while. So an IRIS that refuses everything, as after an upgrade, costs no alert.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::road::Road;
use crate::forwarder::delivery::Attempt;
use crate::forwarder::queue::Settlement;

/// How long an alert waits whose failure may not be its own, in microseconds.
pub(super) const OWN_ERROR_US: i64 = 60_000_000;
/// How much longer than its destination is closed an alert waits so that another one is tried first, in microseconds; and the
/// longest that it does.
const NEXT_US: i64 = 1_000_000;
const MOST_PAUSE_US: i64 = 500_000_000;
/// Failures of its own after which an alert is tried as plain text; after twice as many it is parked.
const MOST_FAILURES: u32 = 5;
/// Refusals after which an alert is taken to be the reason, if it is the only one that is refused and there is no other to compare
/// it with; and how long that must have gone on before it is parked.
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
        self.lately.remove(&seq);
    }

    fn is_the_only_one(&self, seq: i64) -> bool {
        self.delivered > 0 && self.lately.iter().all(|other| *other == seq)
    }

    fn not_taken(&mut self, seq: i64) {
        if self.lately.len() < 2 {
            self.lately.insert(seq);
        }
    }

    /// Counts a refusal; says whether it is about the alert. Once others have passed since the first one, all are.
    fn is_refused_itself(&mut self, seq: i64, now: Instant, lone: Duration) -> bool {
        self.not_taken(seq);
        let only = self.is_the_only_one(seq);
        let refusals = self.refusals.entry(seq).or_insert(Refusals {
            since: now,
            delivered: self.delivered,
            count: 0,
        });
        refusals.count += 1;
        let long = now.saturating_duration_since(refusals.since) >= lone;
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
                if doubtful && !self.trials.is_refused_itself(seq, at.now, Duration::ZERO) {
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
            Attempt::PutOff { error } => put_off(error, degraded, at.now_us.saturating_add(OWN_ERROR_US)),
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
                if reached {
                    self.let_others_go_first(error, degraded, at)
                } else {
                    put_off(error, degraded, 0)
                }
            }
            Attempt::Refused { error } => {
                if !self.trials.is_refused_itself(seq, at.now, LONE_PARKED) {
                    self.close(&error, None, false, at);
                    return put_off(error, degraded, at.now_us.saturating_add(OWN_ERROR_US));
                }
                self.breaker.succeeded(at.now);
                self.park(seq, error)
            }
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
            "IRIS refuses entry {seq} in every form; see `custom-iris spool show {seq}`"
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A road on a clock of its own.
    struct Desk {
        road: Road,
        at: Moment,
    }

    impl Desk {
        fn new() -> Self {
            let at = Moment {
                now: Instant::now(),
                now_us: 1_768_900_000_000_000,
                random: 1.0,
            };
            Self { road: Road::new(4), at }
        }

        fn later(&mut self, by: Duration) {
            self.at.now += by;
            self.at.now_us += i64::try_from(by.as_micros()).unwrap();
        }

        fn report(&mut self, seq: i64, degraded: bool, attempt: Attempt) -> Settlement {
            self.road.outcome(seq, degraded, attempt, Duration::ZERO, self.at)
        }

        fn pass(&mut self, seq: i64) {
            let delivered = Attempt::Delivered {
                iris_id: Some(seq),
                told: 0,
            };
            self.report(seq, false, delivered);
        }

        fn is_open(&self) -> bool {
            self.road.breaker.allows(self.at.now, 4) > 0
        }

        /// Waits until the destination may be tried again.
        fn until_open(&mut self) {
            if let Some(until) = self.road.breaker.closed_until(self.at.now) {
                self.later(until - self.at.now);
            }
        }
    }

    fn failed(wait: Option<u64>) -> Attempt {
        Attempt::DestinationFailed {
            error: "HTTP 502".to_owned(),
            wait: wait.map(Duration::from_secs),
            configuration: false,
            reached: true,
        }
    }

    fn refused(degrade: bool) -> Attempt {
        Attempt::AlertFailed {
            error: "HTTP 400".to_owned(),
            wait: Duration::ZERO,
            degrade,
            doubtful: true,
        }
    }

    fn refused_in_every_form() -> Attempt {
        Attempt::Refused {
            error: "HTTP 400".to_owned(),
        }
    }

    fn is_charged(settlement: &Settlement) -> bool {
        match settlement {
            Settlement::Again { counts, degraded, .. } => *counts || *degraded,
            Settlement::Parked { .. } | Settlement::Delivered { .. } => true,
        }
    }

    #[test]
    fn a_long_outage_after_one_success_charges_no_alert_more_than_once() {
        let mut desk = Desk::new();
        for seq in 1..=4 {
            desk.report(seq, false, failed(None));
        }
        desk.until_open();
        desk.pass(9);
        let mut charged = 0;
        for _ in 0..200 {
            for seq in 1..=4 {
                let settlement = desk.report(seq, false, failed(None));
                charged += usize::from(is_charged(&settlement));
                assert!(!matches!(settlement, Settlement::Parked { .. }));
            }
            desk.until_open();
        }
        assert!(charged <= 4, "{charged}");
    }

    #[test]
    fn a_server_that_fails_three_times_of_four_parks_nothing() {
        let mut desk = Desk::new();
        for seq in 0..2000 {
            if seq % 4 == 0 {
                desk.pass(10_000 + seq);
            } else {
                let settlement = desk.report(seq % 5, true, failed(None));
                assert!(matches!(settlement, Settlement::Again { .. }), "{seq}");
            }
            desk.later(Duration::from_secs(20));
        }
    }

    #[test]
    fn an_alert_that_makes_iris_fail_while_others_pass_blocks_nothing_and_ends_parked() {
        let mut desk = Desk::new();
        let (mut degraded, mut tries) = (false, 0);
        loop {
            tries += 1;
            assert!(tries < 30);
            let settlement = desk.report(1, degraded, failed(None));
            if tries > 1 {
                assert!(desk.is_open(), "the others go on");
            }
            match settlement {
                Settlement::Again { degraded: form, .. } => degraded = form,
                Settlement::Parked { .. } => break,
                Settlement::Delivered { .. } => panic!("{settlement:?}"),
            }
            desk.until_open();
            desk.pass(100 + i64::from(tries));
        }
        assert!(degraded, "as plain text first");
        // With nothing to compare it with it is neither charged nor does it close the way.
        desk.report(2, false, failed(None));
        desk.until_open();
        desk.pass(200);
        assert!(is_charged(&desk.report(2, false, failed(None))));
        assert!(!is_charged(&desk.report(2, false, failed(None))) && desk.is_open());
        // Unless another one fails as well.
        desk.report(3, false, failed(None));
        desk.until_open();
        desk.report(2, false, failed(None));
        assert!(!desk.is_open());
    }

    #[test]
    fn a_time_that_the_server_names_is_kept_whatever_passed_meanwhile() {
        let mut desk = Desk::new();
        desk.report(1, false, failed(None));
        desk.until_open();
        desk.pass(2);
        let settlement = desk.report(1, false, failed(Some(120)));
        assert!(!is_charged(&settlement), "{settlement:?}");
        desk.later(Duration::from_secs(119));
        assert!(!desk.is_open());
    }

    #[test]
    fn an_iris_that_refuses_every_alert_alike_parks_none_and_changes_the_form_of_none() {
        for before in [0, 3] {
            let mut desk = Desk::new();
            for seq in 0..before {
                desk.pass(100 + seq);
            }
            // Whoever is due goes, the first in line first, as the courier does it.
            let mut due_us = [0_i64; 5];
            let mut tried = BTreeSet::new();
            for round in 0..100 {
                let Some(first) = (0..due_us.len()).find(|seq| due_us[*seq] <= desk.at.now_us) else {
                    desk.later(Duration::from_secs(1));
                    continue;
                };
                tried.insert(first);
                let attempt = if round % 2 == 0 {
                    refused(true)
                } else {
                    refused_in_every_form()
                };
                let settlement = desk.report(i64::try_from(first).unwrap(), false, attempt);
                assert!(!is_charged(&settlement) && !desk.is_open(), "{settlement:?}");
                if let Settlement::Again { due_us: due, .. } = settlement {
                    due_us[first] = due;
                }
                desk.until_open();
            }
            assert!(tried.len() >= 2, "{tried:?}");
        }
    }

    #[test]
    fn an_alert_that_is_refused_while_others_pass_is_sent_as_plain_text_and_then_parked() {
        let mut desk = Desk::new();
        assert!(!is_charged(&desk.report(1, false, refused(true))));
        desk.until_open();
        desk.pass(2);
        let settlement = desk.report(1, false, refused(true));
        assert!(
            matches!(settlement, Settlement::Again { degraded: true, .. }),
            "{settlement:?}"
        );
        assert!(desk.is_open());
        let settlement = desk.report(1, true, refused_in_every_form());
        assert!(matches!(settlement, Settlement::Parked { .. }), "{settlement:?}");
    }

    #[test]
    fn the_last_one_in_line_is_tried_as_plain_text_and_parked_late_though_none_is_left_to_compare_it_with() {
        let mut desk = Desk::new();
        desk.pass(2);
        let mut tries = 0;
        while !is_charged(&desk.report(1, false, refused(true))) {
            tries += 1;
            assert!(tries < 10);
            desk.until_open();
        }
        assert!(tries >= 5);
        let began = desk.at.now;
        while !matches!(desk.report(1, true, refused_in_every_form()), Settlement::Parked { .. }) {
            desk.later(Duration::from_mins(1));
            assert!(desk.at.now - began < Duration::from_mins(20));
        }
        assert!(desk.at.now - began > Duration::from_mins(8));
    }

    #[test]
    fn an_alert_of_a_customer_that_is_denied_closes_nothing() {
        let mut desk = Desk::new();
        let denied = Attempt::PutOff {
            error: "customer 7".to_owned(),
        };
        let settlement = desk.report(1, false, denied);
        assert!(!is_charged(&settlement) && desk.is_open(), "{settlement:?}");
    }
}
