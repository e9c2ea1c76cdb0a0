//! What the allowlist has hidden, told once a day.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::forwarder::queue::Checkpoint;

/// How often it is told, in microseconds.
const EVERY_US: i64 = 86_400_000_000;
/// How much a clock may be set back without notice, in microseconds.
const SLACK_US: i64 = 60_000_000;
/// How many rules are told of.
const TOLD: usize = 10;

/// What was told, and when; written down, so that a courier that comes and goes tells it once a day all the same.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Digest {
    /// In microseconds since 1970.
    at_us: i64,
    /// Counts by rule at that time; `None` before they were looked at.
    counts: Option<BTreeMap<String, u64>>,
}

impl Digest {
    /// Its name among the checkpoints.
    pub(super) const NAME: &str = "digest";

    /// Goes on from what was written down; what cannot be read begins anew.
    pub(super) fn resume(state: Option<&str>) -> Self {
        state
            .and_then(|state| serde_json::from_str(state).ok())
            .unwrap_or_default()
    }

    /// What is to be written down after each change.
    pub(super) fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            source: Self::NAME,
            state: serde_json::to_string(self).unwrap_or_default(),
        }
    }

    /// Whether the counts of now are wanted: to be told, or to have something to tell the difference from.
    pub(super) fn wants_counts(&self, now_us: i64) -> bool {
        // Last told in the future was so under a clock that was set back since.
        let is_due = now_us.saturating_sub(self.at_us) >= EVERY_US || self.at_us > now_us.saturating_add(SLACK_US);
        self.counts.is_none() || is_due
    }

    /// The rules that have hidden most since the last digest, and how many; `None` when it was only begun.
    pub(super) fn told(&mut self, counts: BTreeMap<String, u64>, now_us: i64) -> Option<Vec<(String, u64)>> {
        self.at_us = now_us;
        let before = self.counts.replace(counts)?;
        let now = self.counts.iter().flatten();
        let mut hidden: Vec<(String, u64)> = now
            .map(|(rule, count)| {
                (
                    rule.clone(),
                    count.saturating_sub(before.get(rule).copied().unwrap_or(0)),
                )
            })
            .filter(|(_, count)| *count > 0)
            .collect();
        hidden.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        hidden.truncate(TOLD);
        Some(hidden)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ten_rules_that_hid_most_since_the_last_digest_are_told() {
        let counts = |of: &dyn Fn(u64) -> u64| -> BTreeMap<String, u64> {
            (0..20).map(|rule| (format!("rule-{rule:02}"), of(rule))).collect()
        };
        let mut digest = Digest::default();
        assert!(digest.wants_counts(0));
        assert_eq!(
            digest.told(counts(&|_| 1000), 0),
            None,
            "what was before the start is not told"
        );
        assert!(!digest.wants_counts(0));
        let told = digest.told(counts(&|rule| 1000 + rule), 0).unwrap();
        assert_eq!(
            (told.len(), told[0].clone(), told[9].clone()),
            (10, ("rule-19".to_owned(), 19), ("rule-10".to_owned(), 10))
        );
        let mut next = counts(&|rule| 1000 + rule);
        next.insert("new".to_owned(), 3);
        assert_eq!(digest.told(next, 0).unwrap(), [("new".to_owned(), 3)]);
        assert_eq!(digest.told(BTreeMap::new(), 0).unwrap(), []);
    }

    #[test]
    fn a_day_without_anything_hidden_is_a_day_to_tell_from() {
        let mut digest = Digest::default();
        assert_eq!(digest.told(BTreeMap::new(), 0), None);
        assert!(!digest.wants_counts(0));
        let counts = BTreeMap::from([("first".to_owned(), 1)]);
        assert_eq!(digest.told(counts, 0).unwrap(), [("first".to_owned(), 1)]);
    }

    #[test]
    fn a_courier_that_comes_and_goes_tells_once_a_day() {
        let now_us = 1_768_900_000_000_000;
        let mut digest = Digest::resume(None);
        digest.told(BTreeMap::from([("backup".to_owned(), 5)]), now_us);
        let mut next = Digest::resume(Some(&digest.checkpoint().state));
        assert!(!next.wants_counts(now_us + EVERY_US - 1));
        assert!(next.wants_counts(now_us + EVERY_US));
        assert!(next.wants_counts(now_us - EVERY_US), "the clock was set back");
        let counts = BTreeMap::from([("backup".to_owned(), 7)]);
        assert_eq!(
            next.told(counts, now_us + EVERY_US).unwrap(),
            [("backup".to_owned(), 2)]
        );
        assert!(Digest::resume(Some("{")).wants_counts(now_us));
    }
}
