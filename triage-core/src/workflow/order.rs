//! Which alert comes next.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::time::Duration;

use crate::Severity;

/// An alert that waits for a triage, as far as its turn depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Its id in IRIS.
    pub alert_id: u64,
    /// How bad it is said to be.
    pub severity: Severity,
    /// For how long it has waited.
    pub age: Duration,
}

/// Puts waiting alerts into an order: the worst first, among these the oldest, and every fourth turn the oldest of all.
///
/// Severity alone would let a steady stream of critical alerts keep the others waiting for ever. With every fourth turn
/// by age, an alert with *n* older ones before it has its turn within 4 (*n* + 1) turns, whatever arrives meanwhile.
#[derive(Debug, Clone, Copy, Default)]
pub struct Turns {
    taken: u8,
}

impl Turns {
    /// Every so many turns, age alone decides.
    pub const BY_AGE: u8 = 4;

    /// Begins with a turn by severity.
    pub fn new() -> Self {
        Self::default()
    }

    /// Chooses the next alert and counts the turn; `None` if nothing waits.
    pub fn next(&mut self, waiting: &[Waiting]) -> Option<Waiting> {
        let next = if self.is_by_age() {
            waiting.iter().min_by_key(|alert| by_age(alert))
        } else {
            waiting.iter().min_by_key(|alert| by_severity(alert))
        };
        self.taken = (self.taken + u8::from(next.is_some())) % Self::BY_AGE;
        next.copied()
    }

    /// Puts alerts into the order in which repeated [`Turns::next`] would choose them; counts no turn.
    pub fn order(&self, waiting: &[Waiting]) -> Vec<Waiting> {
        let mut turns = *self;
        let mut worst: BTreeSet<_> = waiting
            .iter()
            .enumerate()
            .map(|(at, alert)| (by_severity(alert), at))
            .collect();
        let mut oldest: BTreeSet<_> = waiting
            .iter()
            .enumerate()
            .map(|(at, alert)| (by_age(alert), at))
            .collect();
        let mut ordered = Vec::with_capacity(waiting.len());
        loop {
            let first = if turns.is_by_age() {
                oldest.first().map(|(_, at)| *at)
            } else {
                worst.first().map(|(_, at)| *at)
            };
            let Some(at) = first else {
                return ordered;
            };
            let alert = waiting[at];
            worst.remove(&(by_severity(&alert), at));
            oldest.remove(&(by_age(&alert), at));
            ordered.push(alert);
            turns.taken = (turns.taken + 1) % Self::BY_AGE;
        }
    }

    fn is_by_age(self) -> bool {
        self.taken == Self::BY_AGE - 1
    }
}

/// The lower id first where the ages are equal: it came first.
fn by_age(alert: &Waiting) -> (Reverse<Duration>, u64) {
    (Reverse(alert.age), alert.alert_id)
}

fn by_severity(alert: &Waiting) -> (Reverse<Severity>, Reverse<Duration>, u64) {
    let (age, alert_id) = by_age(alert);
    (Reverse(alert.severity), age, alert_id)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn waiting(alert_id: u64, severity: Severity, age: u64) -> Waiting {
        Waiting {
            alert_id,
            severity,
            age: Duration::from_secs(age),
        }
    }

    fn ids(ordered: &[Waiting]) -> Vec<u64> {
        ordered.iter().map(|alert| alert.alert_id).collect()
    }

    #[test]
    fn the_worst_come_first_and_among_equals_the_oldest() {
        let alerts = [
            waiting(1, Severity::Low, 100),
            waiting(2, Severity::Critical, 10),
            waiting(3, Severity::Critical, 20),
            waiting(4, Severity::High, 5),
        ];
        assert_eq!(ids(&Turns::new().order(&alerts)), [3, 2, 4, 1]);
    }

    #[test]
    fn every_fourth_turn_is_the_oldest_of_all() {
        let mut alerts: Vec<Waiting> = (10..18).map(|id| waiting(id, Severity::Critical, 100 - id)).collect();
        alerts.push(waiting(1, Severity::Informational, 500));
        alerts.push(waiting(2, Severity::Low, 400));
        assert_eq!(
            ids(&Turns::new().order(&alerts)),
            [10, 11, 12, 1, 13, 14, 15, 2, 16, 17]
        );
    }

    #[test]
    fn where_all_is_equal_the_lower_id_comes_first() {
        let alerts = [3, 1, 2].map(|id| waiting(id, Severity::Medium, 7));
        assert_eq!(ids(&Turns::new().order(&alerts)), [1, 2, 3]);
    }

    #[test]
    fn a_turn_without_alerts_does_not_count() {
        let mut turns = Turns::new();
        for _ in 0..3 {
            assert_eq!(turns.next(&[]), None);
        }
        let alerts = [waiting(1, Severity::Low, 500), waiting(2, Severity::High, 1)];
        assert_eq!(turns.next(&alerts).map(|alert| alert.alert_id), Some(2));
    }

    fn severity() -> impl Strategy<Value = Severity> {
        prop::sample::select(vec![
            Severity::Informational,
            Severity::Low,
            Severity::Medium,
            Severity::High,
            Severity::Critical,
        ])
    }

    proptest! {
        #[test]
        fn an_order_holds_each_alert_once_as_single_turns_choose_them(
            alerts in prop::collection::vec((severity(), 0u64..50), 0..40),
            taken in 0u8..Turns::BY_AGE,
        ) {
            let mut alerts: Vec<Waiting> =
                alerts.into_iter().zip(1..).map(|((severity, age), id)| waiting(id, severity, age)).collect();
            let mut turns = Turns { taken };
            let ordered = turns.order(&alerts);
            let mut single = Vec::new();
            while let Some(alert) = turns.next(&alerts) {
                alerts.retain(|other| other.alert_id != alert.alert_id);
                single.push(alert);
            }
            prop_assert_eq!(ordered, single);
        }

        /// However many worse alerts arrive at every turn, one with n older ones before it is chosen within 4 (n + 1) turns.
        #[test]
        fn no_alert_starves(
            older in prop::collection::vec(severity(), 0..12),
            own in severity(),
            arrivals in prop::collection::vec(prop::collection::vec(severity(), 0..4), 52),
            taken in 0u8..Turns::BY_AGE,
        ) {
            let bound = usize::from(Turns::BY_AGE) * (older.len() + 1);
            let mut alerts: Vec<Waiting> =
                older.into_iter().zip(1..).map(|(severity, id)| waiting(id, severity, 2000 - id)).collect();
            alerts.push(waiting(500, own, 1000));
            let mut turns = Turns { taken };
            let mut id = 1000;
            for arriving in arrivals.iter().take(bound) {
                for severity in arriving {
                    id += 1;
                    alerts.push(waiting(id, *severity, 900));
                }
                let chosen = turns.next(&alerts).unwrap();
                if chosen.alert_id == 500 {
                    return Ok(());
                }
                alerts.retain(|alert| alert.alert_id != chosen.alert_id);
            }
            prop_assert!(false, "not chosen within {} turns", bound);
        }
    }
}
