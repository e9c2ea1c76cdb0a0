//! Results that were written lately: IRIS's dialogs save a note as it was when they were opened, and may wipe one.

use std::collections::BTreeMap;
use std::time::Duration;

use iris_client::AlertId;

use super::review::Review;

/// Results that are remembered.
const MOST: usize = 256;
/// For how long.
const LONGEST: Duration = Duration::from_hours(2);

/// What was written, so that it can be written again, once.
#[derive(Debug, Default)]
pub(super) struct Results {
    written: BTreeMap<AlertId, Written>,
    looked_at: Duration,
}

#[derive(Debug)]
struct Written {
    review: Review,
    at: Duration,
}

impl Results {
    /// Remembers a result; the oldest goes where there is no room.
    pub(super) fn keep(&mut self, id: AlertId, review: Review, now: Duration) {
        if self.written.len() >= MOST
            && let Some(oldest) = self
                .written
                .iter()
                .min_by_key(|(_, written)| written.at)
                .map(|(id, _)| *id)
        {
            self.written.remove(&oldest);
        }
        if self.written.is_empty() {
            self.looked_at = now;
        }
        self.written.insert(id, Written { review, at: now });
    }

    /// Takes a result out: it is written again only once.
    pub(super) fn take(&mut self, id: AlertId) -> Option<Review> {
        self.written.remove(&id).map(|written| written.review)
    }

    /// Which alerts to look at again now; none where the last look was less than `every` ago.
    pub(super) fn due(&mut self, every: Duration, now: Duration) -> Vec<AlertId> {
        self.written.retain(|_, written| written.at + LONGEST > now);
        if self.written.is_empty() || self.looked_at + every > now {
            return Vec::new();
        }
        self.looked_at = now;
        self.written.keys().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::review::tests::review;
    use super::*;

    fn at(minutes: u64) -> Duration {
        Duration::from_mins(minutes)
    }

    #[test]
    fn results_are_looked_at_now_and_then_and_forgotten_after_a_while() {
        let mut results = Results::default();
        results.keep(AlertId(7), review(), at(100));
        assert!(results.due(at(5), at(104)).is_empty());
        assert_eq!(results.due(at(5), at(105)), [AlertId(7)]);
        assert!(results.due(at(5), at(109)).is_empty());
        assert_eq!(results.due(at(0), at(109)), [AlertId(7)]);
        assert!(results.due(at(5), at(220)).is_empty());
        assert!(results.take(AlertId(7)).is_none());
    }

    #[test]
    fn memory_is_bounded_and_a_result_is_given_out_once() {
        let mut results = Results::default();
        for number in 0..300 {
            results.keep(AlertId(number), review(), at(100 + number.unsigned_abs()));
        }
        assert_eq!(results.written.len(), MOST);
        assert!(results.take(AlertId(0)).is_none());
        assert!(results.take(AlertId(299)).is_some());
        assert!(results.take(AlertId(299)).is_none());
    }
}
