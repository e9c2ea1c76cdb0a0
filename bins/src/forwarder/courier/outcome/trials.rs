//! What alerts that IRIS does not take have been through, and what that says about each of them.
//!
//! Whatever is counted moves on at every refusal. Others that passed while an alert was refused before and after show once that the
//! refusal was about it, if more of them passed than were refused: of the many that an IRIS refuses which takes one now and then,
//! only the first to come after that one could seem to be at fault. One that is taken in the very form in which it was refused shows
//! that IRIS refuses what is good, and then nothing that was counted until then speaks against anybody.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// How often IRIS does not take an alert until it is taken to be the reason, if it is the only one and there is no other to compare it
/// with; and how long that must have gone on, unless IRIS names what is wrong with it.
pub(super) const LONE_REFUSALS: u32 = 5;
pub(super) const LONE_PARKED: Duration = Duration::from_mins(10);
/// How long where others were seen to pass by it before.
const LONE_PROVEN: Duration = Duration::from_secs(30);

/// Most alerts that are remembered as tried.
const MOST_TRIED: usize = 4096;

/// Failures of its own after which an alert is tried as plain text; after twice as many it is parked.
pub(super) const MOST_FAILURES: u32 = 5;

/// What alerts that IRIS does not take have been through.
#[derive(Debug, Default)]
pub(in crate::forwarder::courier) struct Trials {
    /// Alerts delivered since the start.
    delivered: u64,
    /// Refusals since the start.
    refused: u64,
    /// Failures of IRIS while it had an alert.
    failed: u64,
    refusals: BTreeMap<i64, Refusals>,
    failures: BTreeMap<i64, Failures>,
    /// How often the delivery of an alert broke off.
    broken: BTreeMap<i64, u32>,
    /// Alerts that were not taken since the last delivery, and of which nothing is known from before; two are enough to know that
    /// there is not only one.
    lately: BTreeSet<i64>,
    /// All that were tried and not taken since the last delivery: the others have their turn first.
    tried: BTreeSet<i64>,
    /// How many had been delivered when an alert was parked that nothing was compared with.
    alone: Option<u64>,
    /// Since when, and how often, IRIS answered and took nothing.
    idle: Option<(Instant, u32)>,
}

#[derive(Debug, Clone, Copy)]
struct Refusals {
    /// When it was refused first, or when others had last passed by it.
    since: Instant,
    count: u32,
    /// In which form, how many had been delivered, and how many had been refused, when it was refused last.
    degraded: bool,
    delivered: u64,
    refused: u64,
    /// How often others passed in between.
    proofs: u32,
    /// Whether IRIS has named what is wrong with it.
    is_named: bool,
}

/// What is known about an alert that was refused once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused {
    /// How many passed since it was refused before, and whether these are enough to show that this one is about the alert.
    pub(super) passed: u64,
    pub(super) is_shown: bool,
    /// How often that was so.
    pub(super) proofs: u32,
    /// How often it was refused.
    pub(super) count: u32,
    /// Whether IRIS has named what is wrong with it, in any form.
    pub(super) is_named: bool,
    /// Whether it has been refused for long with none beside it that might as well be the reason.
    pub(super) is_lone: bool,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    /// How many had been delivered, and how many calls had failed, when it failed last.
    delivered: u64,
    failed: u64,
    /// How many failures are its own.
    count: u32,
    /// Since when, and how often, it failed alone while IRIS answered another question.
    lone: Option<(Instant, u32)>,
    /// Whether the last that is its own is so because of that.
    is_alone: bool,
}

impl Trials {
    /// IRIS took an alert in this form.
    pub(super) fn passed(&mut self, seq: i64, degraded: bool) {
        self.delivered += 1;
        self.lately.clear();
        self.tried.clear();
        if self
            .refusals
            .get(&seq)
            .is_some_and(|refusals| refusals.degraded == degraded)
        {
            self.refusals.clear();
        }
        self.forget(seq);
    }

    /// An alert was tried and is not delivered.
    pub(super) fn missed(&mut self, seq: i64) {
        if self.tried.len() >= MOST_TRIED {
            self.tried.clear();
        }
        self.tried.insert(seq);
    }

    /// Those that were tried since the last delivery.
    pub(in crate::forwarder::courier) fn tried(&self) -> &BTreeSet<i64> {
        &self.tried
    }

    /// All were tried: the first has its turn again.
    pub(in crate::forwarder::courier) fn begin_round(&mut self) {
        self.tried.clear();
    }

    /// An alert is given up. Where there was none to compare it with, it may have been IRIS all the same: that is believed once, and
    /// again only when something has passed since.
    pub(super) fn parked(&mut self, seq: i64) {
        let refused = self.refusals.get(&seq).is_some_and(|refusals| refusals.proofs == 0);
        let failed = self.failures.get(&seq).is_some_and(|failures| failures.is_alone);
        if refused || failed {
            self.alone = Some(self.delivered);
        }
        self.forget(seq);
    }

    /// An alert is settled, or its count.
    pub(super) fn forget(&mut self, seq: i64) {
        self.idle = None;
        self.refusals.remove(&seq);
        self.failures.remove(&seq);
        self.broken.remove(&seq);
        self.lately.remove(&seq);
    }

    /// Since when IRIS has answered and taken nothing, although it was asked again and again.
    pub(in crate::forwarder::courier) fn takes_nothing_since(&self) -> Option<Instant> {
        self.idle
            .filter(|(_, tries)| *tries > LONE_REFUSALS)
            .map(|(since, _)| since)
    }

    /// IRIS is not there, or an alert goes on in another form.
    pub(super) fn begin_anew(&mut self) {
        self.idle = None;
    }

    fn answered(&mut self, now: Instant) {
        self.idle.get_or_insert((now, 0)).1 += 1;
    }

    fn is_the_only_one(&self, seq: i64) -> bool {
        let is_believed = self.alone.is_none_or(|delivered| self.delivered > delivered);
        is_believed && self.lately.iter().all(|other| *other == seq)
    }

    fn not_taken(&mut self, seq: i64) {
        let is_known = self.refusals.get(&seq).is_some_and(|refusals| refusals.proofs > 0);
        if self.lately.len() < 2 && !is_known {
            self.lately.insert(seq);
        }
    }

    /// Counts a refusal; says what is known. Without any other to compare it with an alert is believed to be the reason late: after a
    /// while where others were seen to pass by it, after so long where IRIS has taken any, and never else, unless IRIS names the reason.
    pub(super) fn refused(
        &mut self,
        seq: i64,
        degraded: bool,
        doubtful: bool,
        now: Instant,
        least: Duration,
    ) -> Refused {
        let (delivered, refused) = (self.delivered, self.refused);
        self.refused += 1;
        self.answered(now);
        let refusals = self.refusals.entry(seq).or_insert(Refusals {
            since: now,
            count: 0,
            degraded,
            delivered,
            refused,
            proofs: 0,
            is_named: false,
        });
        let passed = delivered - refusals.delivered;
        let is_shown = passed > refused - refusals.refused;
        refusals.count += 1;
        if is_shown {
            refusals.proofs += 1;
            refusals.since = now;
        }
        refusals.is_named |= !doubtful;
        (refusals.degraded, refusals.delivered, refusals.refused) = (degraded, delivered, self.refused);
        let Refusals {
            since,
            count,
            proofs,
            is_named,
            ..
        } = *refusals;
        self.not_taken(seq);
        let lasted = now.saturating_duration_since(since);
        let is_long = if proofs > 0 {
            is_named || lasted >= LONE_PROVEN
        } else {
            !doubtful || (delivered > 0 && lasted >= least)
        };
        Refused {
            passed,
            is_shown,
            proofs,
            count,
            is_named,
            is_lone: self.is_the_only_one(seq) && count > LONE_REFUSALS && is_long,
        }
    }

    /// Counts a failure of IRIS while it had this alert; how many of its failures are its own by now, if this one is. It is if more
    /// have passed than failed since it failed last: of a server that comes and goes every alert fails now and then.
    ///
    /// With none to compare it with, IRIS must have taken alerts before and have answered another question each time, and failures of
    /// a long time count as what leads to the next step.
    pub(super) fn failed(&mut self, seq: i64, is_alive: bool, now: Instant) -> Option<u32> {
        self.not_taken(seq);
        self.failed += 1;
        if is_alive {
            self.answered(now);
        } else {
            self.begin_anew();
        }
        let (delivered, failed) = (self.delivered, self.failed);
        let is_lone = is_alive && delivered > 0 && self.is_the_only_one(seq);
        let failures = self.failures.entry(seq).or_insert(Failures {
            delivered,
            failed: failed - 1,
            count: 0,
            lone: None,
            is_alone: false,
        });
        let (passed, others) = (delivered - failures.delivered, failed - 1 - failures.failed);
        (failures.delivered, failures.failed) = (delivered, failed);
        if passed > others {
            (failures.lone, failures.is_alone) = (None, false);
            failures.count += 1;
            return Some(failures.count);
        }
        if !is_lone {
            failures.lone = None;
            return None;
        }
        let (since, count) = failures.lone.get_or_insert((now, 0));
        *count += 1;
        if *count > LONE_REFUSALS && now.saturating_duration_since(*since) >= LONE_PARKED {
            (failures.lone, failures.is_alone) = (None, true);
            failures.count = (failures.count / MOST_FAILURES + 1) * MOST_FAILURES;
            return Some(failures.count);
        }
        None
    }

    /// Whether an alert made IRIS fail before, and is the only one that does.
    pub(super) fn is_suspect(&self, seq: i64) -> bool {
        self.failures.get(&seq).is_some_and(|failures| failures.count > 0) && self.is_the_only_one(seq)
    }

    /// Counts a delivery that broke off; says how many did.
    pub(super) fn broke_off(&mut self, seq: i64) -> u32 {
        let count = self.broken.entry(seq).or_insert(0);
        *count += 1;
        *count
    }
}
