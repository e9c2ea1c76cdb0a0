//! What one observer remembers of the claims that it sees.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{ClaimToken, TagNames, TagSet, token};

/// What has become of the claim that an alert's tags show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lapse {
    /// There is no claim, or it may still be alive.
    Running,
    /// The same claim stood there for a whole lease: nobody works under it.
    Lapsed,
    /// It lapsed, and this observer knows that the alert was not to blame ([`Watch::excuse`]).
    Excused,
}

/// What a look at an alert's tags adds to what was seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sighting {
    /// What has become of the claim.
    pub lapse: Lapse,
    /// For how long the alert has been seen in the same state: claimed by the same token, or free.
    pub unchanged: Duration,
}

/// Remembers which claim was seen on which alert, and since when on this observer's own clock.
///
/// A claim has lapsed when the very same tags were seen at both ends of a lease. Whoever wrote them gave up by its own
/// deadline long before, so no clocks are compared. A restart forgets everything, which only makes the observer wait.
///
/// # Caveats
/// - Memory is bounded. When it is full, an alert that was not seen for a lease makes room, then one without a claim;
///   what still does not fit is not remembered, so its claim does not lapse until there is room.
#[derive(Debug, Clone)]
pub struct Watch {
    lease: Duration,
    capacity: usize,
    alerts: BTreeMap<u64, Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    /// `None` while free.
    hold: Option<Hold>,
    since: Duration,
    last: Duration,
    excused: Option<ClaimToken>,
}

impl Watch {
    /// Alerts that are remembered unless said otherwise.
    const CAPACITY: usize = 16_384;

    /// Begins without any memory; claims lapse after this lease.
    pub fn new(lease: Duration) -> Self {
        Self::with_capacity(lease, Self::CAPACITY)
    }

    /// Begins without any memory and remembers at most so many alerts (at least one).
    pub fn with_capacity(lease: Duration, capacity: usize) -> Self {
        Self {
            lease,
            capacity: capacity.max(1),
            alerts: BTreeMap::new(),
        }
    }

    /// Takes in the tags of an alert as just read. `now` is the clock after the answer came.
    pub fn see(&mut self, alert_id: u64, tags: &TagSet, names: &TagNames, now: Duration) -> Sighting {
        let hold = Hold::of(tags, names);
        if !self.alerts.contains_key(&alert_id) && !self.make_room(hold.is_some(), now) {
            return Sighting {
                lapse: Lapse::Running,
                unchanged: Duration::ZERO,
            };
        }
        let entry = self
            .alerts
            .entry(alert_id)
            .or_insert_with(|| Entry::new(hold.clone(), now));
        if entry.hold != hold {
            entry.hold = hold;
            entry.since = now;
        }
        entry.last = now;
        let unchanged = now.saturating_sub(entry.since);
        Sighting {
            lapse: entry.lapse(unchanged, self.lease),
            unchanged,
        }
    }

    /// Remembers that a claim of this worker lapses through no fault of the alert: it was void, or the backend went away.
    ///
    /// When this observer comes to take it over, the claim is not counted against the alert.
    pub fn excuse(&mut self, alert_id: u64, token: &ClaimToken, now: Duration) {
        if !self.alerts.contains_key(&alert_id) && !self.make_room(true, now) {
            return;
        }
        let entry = self.alerts.entry(alert_id).or_insert_with(|| Entry::new(None, now));
        entry.excused = Some(token.clone());
    }

    /// Forgets an alert, once it is finished or gone.
    pub fn forget(&mut self, alert_id: u64) {
        self.alerts.remove(&alert_id);
    }

    /// Counts the alerts that are remembered.
    pub fn len(&self) -> usize {
        self.alerts.len()
    }

    /// Says whether no alert is remembered.
    pub fn is_empty(&self) -> bool {
        self.alerts.is_empty()
    }

    /// Makes room for one more alert, if there can be.
    fn make_room(&mut self, claimed: bool, now: Duration) -> bool {
        if self.alerts.len() < self.capacity {
            return true;
        }
        let lease = self.lease;
        let unseen = |entry: &Entry| now.saturating_sub(entry.last) >= lease;
        let mut victim = self.alerts.iter().find(|(_, entry)| unseen(entry));
        if victim.is_none() && claimed {
            victim = self.alerts.iter().find(|(_, entry)| entry.hold.is_none());
        }
        let Some((&alert_id, _)) = victim else {
            return false;
        };
        self.forget(alert_id);
        true
    }
}

impl Entry {
    fn new(hold: Option<Hold>, now: Duration) -> Self {
        Self {
            hold,
            since: now,
            last: now,
            excused: None,
        }
    }

    fn lapse(&self, unchanged: Duration, lease: Duration) -> Lapse {
        let Some(hold) = &self.hold else {
            return Lapse::Running;
        };
        if unchanged < lease {
            return Lapse::Running;
        }
        match &self.excused {
            Some(token) if hold.is_only(token) => Lapse::Excused,
            _ => Lapse::Lapsed,
        }
    }
}

/// The tags that hold an alert, in an order of their own: equal when the same claim holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hold(Vec<String>);

impl Hold {
    /// Finds what holds an alert. `ai-processing` alone holds too: another tool or a person may have set it.
    pub(super) fn of(tags: &TagSet, names: &TagNames) -> Option<Self> {
        let holds = |tag: &&str| token::is_claim(tag) || *tag == names.processing();
        if !tags.iter().any(|tag| holds(&tag)) {
            return None;
        }
        // With the count, so that a token that comes round again is still told apart.
        let parts = tags.iter().filter(|tag| holds(tag) || token::is_try(tag));
        let mut parts: Vec<String> = parts.map(str::to_owned).collect();
        parts.sort_unstable();
        Some(Self(parts))
    }

    fn is_only(&self, token: &ClaimToken) -> bool {
        let own = token.to_string();
        self.0.iter().filter(|tag| token::is_claim(tag)).eq([&own])
    }
}

#[cfg(test)]
mod tests {
    use super::super::WorkerId;
    use super::*;

    const LEASE: Duration = Duration::from_mins(10);
    const CLAIMED: &str = "ai-processing,ai-claim:a.1,ai-try:1";

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn see(watch: &mut Watch, alert_id: u64, tags: &str, seconds: u64) -> Lapse {
        watch
            .see(alert_id, &TagSet::parse(tags), &TagNames::default(), at(seconds))
            .lapse
    }

    #[test]
    fn a_claim_lapses_when_the_same_tags_were_seen_for_the_lease() {
        let mut watch = Watch::new(LEASE);
        assert_eq!(see(&mut watch, 1, CLAIMED, 10), Lapse::Running);
        assert_eq!(
            see(&mut watch, 1, "ai-try:1,x,ai-claim:a.1,ai-processing", 609),
            Lapse::Running
        );
        assert_eq!(see(&mut watch, 1, CLAIMED, 610), Lapse::Lapsed);
    }

    #[test]
    fn another_token_another_count_or_a_while_free_begins_the_lease_anew() {
        for between in [
            "ai-processing,ai-claim:a.2,ai-try:1",
            "ai-processing,ai-claim:a.1,ai-try:2",
            "ai-pending",
        ] {
            let mut watch = Watch::new(LEASE);
            see(&mut watch, 1, CLAIMED, 0);
            see(&mut watch, 1, between, 300);
            assert_eq!(see(&mut watch, 1, CLAIMED, 601), Lapse::Running, "{between}");
            assert_eq!(see(&mut watch, 1, CLAIMED, 1201), Lapse::Lapsed, "{between}");
        }
    }

    #[test]
    fn a_hold_without_a_token_and_a_token_that_is_none_lapse_too() {
        for tags in ["ai-processing", "ai-claim:", "ai-claim:W.x"] {
            let mut watch = Watch::new(LEASE);
            assert_eq!(see(&mut watch, 1, tags, 0), Lapse::Running, "{tags}");
            assert_eq!(see(&mut watch, 1, tags, 600), Lapse::Lapsed, "{tags}");
        }
    }

    #[test]
    fn what_is_free_never_lapses_and_says_for_how_long_it_was_free() {
        let mut watch = Watch::new(LEASE);
        let tags = TagSet::parse("ai-pending,ai-claims,ai-processing-2");
        watch.see(1, &tags, &TagNames::default(), at(0));
        let sighting = watch.see(1, &tags, &TagNames::default(), at(9000));
        assert_eq!(sighting.lapse, Lapse::Running);
        assert_eq!(sighting.unchanged, at(9000));
    }

    #[test]
    fn an_excused_claim_is_excused_only_while_it_stands_alone() {
        let token = ClaimToken::new(WorkerId::new("a").unwrap(), 1);
        let mut watch = Watch::new(LEASE);
        watch.excuse(1, &token, at(0));
        see(&mut watch, 1, "ai-pending", 1);
        see(&mut watch, 1, CLAIMED, 2);
        assert_eq!(see(&mut watch, 1, CLAIMED, 602), Lapse::Excused);
        let others = "ai-processing,ai-claim:b.1,ai-try:1";
        see(&mut watch, 1, others, 700);
        assert_eq!(see(&mut watch, 1, others, 1300), Lapse::Lapsed);
    }

    #[test]
    fn a_clock_that_goes_back_makes_nothing_lapse() {
        let mut watch = Watch::new(LEASE);
        see(&mut watch, 1, CLAIMED, 1000);
        assert_eq!(see(&mut watch, 1, CLAIMED, 5), Lapse::Running);
    }

    #[test]
    fn a_full_memory_lets_those_that_it_holds_lapse_before_it_takes_others() {
        let mut watch = Watch::with_capacity(LEASE, 2);
        for seconds in (0..=600).step_by(60) {
            for alert_id in 1..=50 {
                let lapse = see(&mut watch, alert_id, CLAIMED, seconds);
                assert_eq!(
                    lapse == Lapse::Lapsed,
                    seconds == 600 && alert_id <= 2,
                    "{alert_id} at {seconds}"
                );
            }
        }
        assert_eq!(watch.len(), 2);
        watch.forget(1);
        see(&mut watch, 3, CLAIMED, 700);
        assert_eq!(see(&mut watch, 3, CLAIMED, 1300), Lapse::Lapsed);
    }

    #[test]
    fn a_claimed_alert_takes_the_place_of_a_free_one_and_of_one_long_unseen() {
        let mut watch = Watch::with_capacity(LEASE, 1);
        see(&mut watch, 1, "ai-pending", 0);
        see(&mut watch, 2, CLAIMED, 1);
        assert_eq!(see(&mut watch, 2, CLAIMED, 601), Lapse::Lapsed);
        see(&mut watch, 3, CLAIMED, 1201);
        assert_eq!(see(&mut watch, 3, CLAIMED, 1801), Lapse::Lapsed);
        assert_eq!(watch.len(), 1);
    }
}
