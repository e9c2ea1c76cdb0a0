//! What the allowlist has hidden, told once a day.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How often it is told.
const EVERY: Duration = Duration::from_hours(24);
/// How many rules are told of.
const TOLD: usize = 10;

/// What was told, and when.
#[derive(Debug)]
pub(super) struct Digest {
    last: Instant,
    /// Counts by rule at that time; `None` before they were looked at.
    counts: Option<BTreeMap<String, u64>>,
}

impl Digest {
    pub(super) fn new() -> Self {
        Self {
            last: Instant::now(),
            counts: None,
        }
    }

    /// Whether the counts of now are wanted: to be told, or to have something to tell the difference from.
    pub(super) fn wants_counts(&self) -> bool {
        self.counts.is_none() || self.last.elapsed() >= EVERY
    }

    /// The rules that have hidden most since the last digest, and how many; `None` when it was only begun.
    pub(super) fn told(&mut self, counts: BTreeMap<String, u64>) -> Option<Vec<(String, u64)>> {
        self.last = Instant::now();
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
        let mut digest = Digest::new();
        assert!(digest.wants_counts());
        assert_eq!(
            digest.told(counts(&|_| 1000)),
            None,
            "what was before the start is not told"
        );
        assert!(!digest.wants_counts());
        let told = digest.told(counts(&|rule| 1000 + rule)).unwrap();
        assert_eq!(
            (told.len(), told[0].clone(), told[9].clone()),
            (10, ("rule-19".to_owned(), 19), ("rule-10".to_owned(), 10))
        );
        let mut next = counts(&|rule| 1000 + rule);
        next.insert("new".to_owned(), 3);
        assert_eq!(digest.told(next).unwrap(), [("new".to_owned(), 3)]);
        assert_eq!(digest.told(BTreeMap::new()).unwrap(), []);
    }

    #[test]
    fn a_day_without_anything_hidden_is_a_day_to_tell_from() {
        let mut digest = Digest::new();
        assert_eq!(digest.told(BTreeMap::new()), None);
        assert!(!digest.wants_counts());
        let counts = BTreeMap::from([("first".to_owned(), 1)]);
        assert_eq!(digest.told(counts).unwrap(), [("first".to_owned(), 1)]);
    }
}
