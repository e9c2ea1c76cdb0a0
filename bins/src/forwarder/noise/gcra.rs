//! The burst limit: GCRA, a token bucket that needs one timestamp per key and no timer.

use std::time::Duration;

/// So many in so long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    /// Time that one alert uses up, in microseconds.
    interval_us: i64,
    /// How far ahead the key may be, in microseconds.
    tolerance_us: i64,
}

impl Limit {
    /// `None` when `most` is 0: no limit.
    pub(super) fn new(most: u32, window: Duration) -> Option<Self> {
        if most == 0 {
            return None;
        }
        let window_us = i64::try_from(window.as_micros()).unwrap_or(i64::MAX / 4);
        let interval_us = window_us / i64::from(most);
        Some(Self {
            interval_us,
            tolerance_us: window_us - interval_us,
        })
    }

    /// Whether one more is within the limit at `now`, and the key's theoretical arrival time after it.
    pub(super) fn check(&self, arrival_us: Option<i64>, now_us: i64) -> (bool, i64) {
        self.check_keeping(arrival_us, now_us, 0)
    }

    /// The same, where so many hundredths of the limit are kept for others.
    pub(super) fn check_keeping(&self, arrival_us: Option<i64>, now_us: i64, kept: i64) -> (bool, i64) {
        let furthest = now_us.saturating_add(self.tolerance_us + self.interval_us);
        // A time further ahead than the limit can put it comes from a clock that was set back: begin anew.
        let arrival = arrival_us.filter(|at| *at <= furthest).unwrap_or(now_us).max(now_us);
        let tolerance_us = self.tolerance_us - (self.tolerance_us + self.interval_us) / 100 * kept;
        if arrival - now_us > tolerance_us {
            return (false, arrival);
        }
        (true, arrival + self.interval_us)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_pass_at_once_and_then_one_per_interval() {
        let limit = Limit::new(5, Duration::from_mins(5)).unwrap();
        let mut arrival = None;
        let mut pass = |now_s: i64| {
            let (allowed, at) = limit.check(arrival, now_s * 1_000_000);
            arrival = Some(at);
            allowed
        };
        assert!((0..5).all(|_| pass(1000)));
        assert!(!pass(1000));
        assert!(!pass(1059));
        assert!(pass(1060));
        assert!(!pass(1061));
    }

    #[test]
    fn what_is_kept_for_others_is_there_for_them() {
        let limit = Limit::new(10, Duration::from_mins(5)).unwrap();
        let mut arrival = None;
        let mut pass = |kept| {
            let (allowed, at) = limit.check_keeping(arrival, 1_000_000, kept);
            arrival = Some(at);
            allowed
        };
        assert_eq!((0..20).filter(|_| pass(20)).count(), 8);
        assert_eq!((0..20).filter(|_| pass(0)).count(), 2);
    }

    #[test]
    fn a_clock_set_back_does_not_silence_a_rule() {
        let limit = Limit::new(1, Duration::from_mins(5)).unwrap();
        let (_, ahead) = limit.check(None, 1_000_000_000_000);
        assert!(limit.check(Some(ahead), 1_000_000).0);
    }
}
