//! What alerts that IRIS does not take have been through, and what that says about each of them.
//!
//! Whatever is counted moves on at every refusal. Others that passed while an alert was refused before and after show once that the
//! refusal was about it, if more of them passed than were refused: of the many that an IRIS refuses which takes one now and then,
//! only the first to come after that one could seem to be at fault. One that is taken in the very form in which it was refused shows
//! that IRIS refuses what is good, and then nothing that was counted until then speaks against anybody.
//!
//! The same holds of alerts with which IRIS fails, except that a failure may keep the way closed or a call busy for long. So a suspect,
//! with which it failed before, lets all others go first until trying it again can say something, and then has its turns one at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// How often IRIS does not take an alert until it is taken to be the reason, if it is the only one and there is no other to compare it
/// with; and how long that must have gone on, unless IRIS names what is wrong with it.
pub(super) const LONE_REFUSALS: u32 = 5;
pub(super) const LONE_PARKED: Duration = Duration::from_mins(10);
/// How long where IRIS fails with it as plain text, too, and answers otherwise: its database may be full.
const LONE_FAILED: Duration = Duration::from_hours(24);
/// How long where others were seen to pass by it before.
const LONE_PROVEN: Duration = Duration::from_secs(30);

/// How many must pass for each that IRIS fails with and takes later, so that it is not IRIS that fails with another again and again.
const HARDLY_EVER: u64 = 8;

/// Most alerts that are remembered as tried, as refused, or as suspects.
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
    /// Alerts with which IRIS failed for the first time. How often the same ones fail says nothing of the others.
    suspected: u64,
    /// How often one was taken in the very form in which IRIS had failed with it.
    cleared: u64,
    /// Until when no suspect is tried, if there is anything else: what it takes to try them is shared with the others.
    rest: Option<Instant>,
    refusals: BTreeMap<i64, Refusals>,
    failures: BTreeMap<i64, Failures>,
    /// How often the delivery of an alert broke off.
    broken: BTreeMap<i64, u32>,
    /// Alerts that were not taken since the last delivery, and of which nothing is known from before; two are enough to know that
    /// there is not only one.
    lately: BTreeSet<i64>,
    /// All that were tried and not taken since the last delivery: the others have their turn first.
    tried: BTreeSet<i64>,
    /// Whether all had their turn since the last delivery.
    is_round_over: bool,
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
    /// Whether it was refused whole, and as plain text.
    forms: [bool; 2],
    /// When it was refused last, how many had been delivered by then or were on their way and passed later, and how many had been
    /// refused.
    at: Instant,
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
    /// How many are known to be refused.
    pub(super) known: u32,
    /// Whether IRIS has named what is wrong with it, in any form.
    pub(super) is_named: bool,
    /// Whether it has been refused for long with none beside it that might as well be the reason.
    pub(super) is_lone: bool,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    /// When it failed last, in which form, how many had been delivered by then or were on their way and passed later, how many had come
    /// under suspicion, and how often one had been cleared of it.
    at: Instant,
    degraded: bool,
    delivered: u64,
    suspected: u64,
    cleared: u64,
    /// How many failures are its own, and how many there were since the last of them.
    count: u32,
    tries: u32,
    /// Since when, and how often, it failed alone while IRIS answered another question.
    lone: Option<(Instant, u32)>,
    /// Whether the last that is its own is so because of that.
    is_alone: bool,
}

/// What is known about an alert with which IRIS failed once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Failed {
    /// How many failures are its own by now, if this one is.
    pub(super) own: Option<u32>,
    /// Whether some of them are.
    pub(super) is_known: bool,
    /// How many of them were not since.
    pub(super) tries: u32,
}

impl Trials {
    /// IRIS took an alert in this form that was sent then. It has not passed by those that were refused or failed while it was on its way.
    pub(super) fn passed(&mut self, seq: i64, degraded: bool, began: Instant) {
        self.delivered += 1;
        for refusals in self.refusals.values_mut().filter(|refusals| refusals.at > began) {
            refusals.delivered += 1;
        }
        for failures in self.failures.values_mut().filter(|failures| failures.at > began) {
            failures.delivered += 1;
        }
        self.lately.clear();
        self.tried.clear();
        self.is_round_over = false;
        if self
            .refusals
            .get(&seq)
            .is_some_and(|refusals| refusals.forms[usize::from(degraded)])
        {
            self.refusals.clear();
        }
        let failures = self.failures.get(&seq);
        if failures.is_some_and(|failures| failures.degraded == degraded) {
            self.cleared += 1;
            self.failures.retain(|_, failures| failures.count > 0);
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

    /// Those with which IRIS failed.
    pub(in crate::forwarder::courier) fn suspects(&self) -> impl Iterator<Item = i64> {
        self.failures.keys().copied()
    }

    /// Whether IRIS failed with this one.
    pub(in crate::forwarder::courier) fn suspects_it(&self, seq: i64) -> bool {
        self.failures.contains_key(&seq)
    }

    /// Whether suspects are to let others go first for a while, all of them.
    pub(in crate::forwarder::courier) fn is_at_rest(&self, now: Instant) -> bool {
        self.rest.is_some_and(|until| now < until)
    }

    /// Suspects of which another failure would say nothing yet.
    pub(in crate::forwarder::courier) fn too_early(&self) -> impl Iterator<Item = i64> {
        let is_early = |failures: &Failures| !failures.are_outweighed(self.delivered, self.suspected);
        self.failures
            .iter()
            .filter(move |(_, failures)| is_early(failures))
            .map(|(seq, _)| *seq)
    }

    /// All were tried: the first has its turn again.
    pub(in crate::forwarder::courier) fn begin_round(&mut self) {
        self.tried.clear();
        self.is_round_over = true;
    }

    /// Whether all that wait, so many, had their turn since the last delivery.
    pub(in crate::forwarder::courier) fn had_their_turn(&self, waiting: u64) -> bool {
        self.is_round_over || u64::try_from(self.tried.len()).is_ok_and(|tried| tried >= waiting)
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
        self.tried.remove(&seq);
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
    /// while where others were seen to pass by it, after so long where IRIS has taken any, sooner if IRIS names the reason, and never
    /// where it has taken none: each of many short runs would give one up.
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
        if !self.refusals.contains_key(&seq) {
            make_room(&mut self.refusals, |refusals| refusals.proofs > 0);
        }
        let refusals = self.refusals.entry(seq).or_insert(Refusals {
            since: now,
            count: 0,
            forms: [false; 2],
            at: now,
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
        refusals.at = now;
        refusals.forms[usize::from(degraded)] = true;
        (refusals.delivered, refusals.refused) = (delivered, self.refused);
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
            delivered > 0 && (!doubtful || lasted >= least)
        };
        Refused {
            passed,
            is_shown,
            proofs,
            count,
            known: u32::try_from(self.refusals.len()).unwrap_or(u32::MAX),
            is_named,
            is_lone: self.is_the_only_one(seq) && count > LONE_REFUSALS && is_long,
        }
    }

    /// An alert whose plain text was refused had been refused whole right before, and IRIS has named what is wrong with it.
    pub(super) fn refused_whole(&mut self, seq: i64) {
        if let Some(refusals) = self.refusals.get_mut(&seq) {
            refusals.forms[usize::from(false)] = true;
            refusals.is_named = true;
        }
    }

    /// Counts a failure of IRIS while it had this alert; says whether it is the alert's own. It is if more have passed than came under
    /// suspicion since it failed last, and hardly any was cleared: of a server that comes and goes every alert fails now and then, and
    /// passes later.
    ///
    /// With none to compare it with, IRIS must have taken alerts before and have answered another question each time, and failures of
    /// a long time count as what leads to the next step.
    pub(super) fn failed(&mut self, seq: i64, degraded: bool, is_alive: bool, now: Instant) -> Failed {
        self.not_taken(seq);
        if is_alive {
            self.answered(now);
        } else {
            self.begin_anew();
        }
        if !self.failures.contains_key(&seq) {
            self.suspected += 1;
            make_room(&mut self.failures, |failures| failures.count > 0);
        }
        let (delivered, suspected, cleared) = (self.delivered, self.suspected, self.cleared);
        let is_lone = is_alive && delivered > 0 && self.is_the_only_one(seq);
        let failures = self.failures.entry(seq).or_insert(Failures {
            at: now,
            degraded,
            delivered,
            suspected,
            cleared,
            count: 0,
            tries: 0,
            lone: None,
            is_alone: false,
        });
        let is_shown =
            failures.are_outweighed(delivered, suspected) && failures.is_clear(delivered, suspected, cleared);
        (failures.at, failures.degraded, failures.cleared) = (now, degraded, cleared);
        (failures.delivered, failures.suspected) = (delivered, suspected);
        let own = if is_shown {
            (failures.lone, failures.is_alone) = (None, false);
            failures.count += 1;
            Some(failures.count)
        } else if is_lone {
            failures.alone_again(now, degraded)
        } else {
            failures.lone = None;
            None
        };
        failures.tries = if own.is_some() {
            0
        } else {
            failures.tries.saturating_add(1)
        };
        Failed {
            own,
            is_known: failures.count > 0,
            tries: failures.tries,
        }
    }

    /// No suspect has its turn until then.
    pub(super) fn rest(&mut self, until: Instant) {
        self.rest = Some(until);
    }

    /// They need not wait any longer.
    pub(in crate::forwarder::courier) fn end_rest(&mut self) {
        self.rest = None;
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

/// Forgets alerts of which too little is known to matter, where there are too many: then it is IRIS.
fn make_room<T>(known: &mut BTreeMap<i64, T>, matters: impl Fn(&T) -> bool) {
    if known.len() >= MOST_TRIED {
        known.retain(|_, what| matters(what));
    }
    if known.len() >= MOST_TRIED {
        known.clear();
    }
}

impl Failures {
    /// Whether more have passed since than came under suspicion.
    fn are_outweighed(&self, delivered: u64, suspected: u64) -> bool {
        delivered - self.delivered > suspected - self.suspected
    }

    /// Whether what was cleared since says nothing: none was, or so few that IRIS hardly ever fails with what is good.
    fn is_clear(&self, delivered: u64, suspected: u64, cleared: u64) -> bool {
        let (passed, cleared) = (delivered - self.delivered, cleared - self.cleared);
        cleared == 0 || passed > HARDLY_EVER * (suspected - self.suspected + cleared)
    }

    /// It failed with no other beside it; how many are its own, if that has been so for long enough.
    fn alone_again(&mut self, now: Instant, degraded: bool) -> Option<u32> {
        let least = if degraded { LONE_FAILED } else { LONE_PARKED };
        let (since, count) = self.lone.get_or_insert((now, 0));
        *count += 1;
        if *count <= LONE_REFUSALS || now.saturating_duration_since(*since) < least {
            return None;
        }
        (self.lone, self.is_alone) = (None, true);
        self.count = (self.count / MOST_FAILURES + 1) * MOST_FAILURES;
        Some(self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_refused_ones_are_remembered_than_matter_and_those_that_others_passed_by_are() {
        let mut trials = Trials::default();
        let now = Instant::now();
        let refuse = |trials: &mut Trials, seq| trials.refused(seq, false, true, now, Duration::ZERO);
        refuse(&mut trials, 1);
        trials.passed(2, false, now);
        assert!(refuse(&mut trials, 1).is_shown);
        for seq in 3..20_000 {
            refuse(&mut trials, seq);
        }
        assert!(trials.refusals.len() <= MOST_TRIED, "{}", trials.refusals.len());
        assert_eq!(refuse(&mut trials, 1).proofs, 1);
    }
}
