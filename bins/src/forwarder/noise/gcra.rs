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

    /// Whether one more of this time is within the limit, and where the key stands after it.
    pub(super) fn check(&self, before: Option<Pace>, time_us: i64, now_us: i64) -> (bool, Pace) {
        self.check_keeping(before, time_us, now_us, 0)
    }

    /// The same, where so many hundredths of the limit are kept for others.
    pub(super) fn check_keeping(&self, before: Option<Pace>, time_us: i64, now_us: i64, kept: i64) -> (bool, Pace) {
        let window_us = self.tolerance_us + self.interval_us;
        // What lies further ahead of the wall clock than the limit can put it comes from one that was set back: begin anew. So does what
        // was not used for a window by the wall clock: nothing is used up any more, and the next backlog is older than the clock that the
        // last one left behind.
        let before = before.filter(|pace| {
            let furthest = now_us.saturating_add(window_us);
            pace.seen_us <= furthest
                && pace.arrival_us <= furthest.saturating_add(window_us)
                && now_us.saturating_sub(pace.seen_us) < window_us
        });
        let at_us = before.map_or(time_us, |pace| pace.clock_us(now_us).max(time_us));
        let arrival_us = before.map_or(at_us, |pace| pace.arrival_us.max(at_us));
        let allowed = arrival_us - at_us <= self.tolerance_us - window_us / 100 * kept;
        let pace = Pace {
            arrival_us: if allowed {
                arrival_us + self.interval_us
            } else {
                arrival_us
            },
            latest_us: at_us,
            seen_us: now_us,
        };
        (allowed, pace)
    }
}

/// Where a key stands: how far ahead it is, by a clock of its own.
///
/// That clock goes with the times of the events, so that a backlog is judged as it happened; but never back, and at least as fast
/// as the wall clock. So times that jump to and fro give nothing away, and a time that was wrong silences nothing for long. It ends when
/// it was not used for a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Theoretical arrival time, in microseconds since 1970.
    pub arrival_us: i64,
    /// What its clock showed when it was last used.
    pub latest_us: i64,
    /// When that was, on the wall clock.
    pub seen_us: i64,
}

impl Pace {
    fn clock_us(&self, now_us: i64) -> i64 {
        self.latest_us
            .saturating_add(now_us.saturating_sub(self.seen_us).max(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    #[test]
    fn so_many_pass_at_once_and_then_one_per_interval() {
        let limit = Limit::new(5, Duration::from_mins(5)).unwrap();
        let mut pace = None;
        let mut pass = |now_s: i64| {
            let (allowed, after) = limit.check(pace, now_s * SECOND, now_s * SECOND);
            pace = Some(after);
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
        let mut pace = None;
        let mut pass = |kept| {
            let (allowed, after) = limit.check_keeping(pace, SECOND, SECOND, kept);
            pace = Some(after);
            allowed
        };
        assert_eq!((0..20).filter(|_| pass(20)).count(), 8);
        assert_eq!((0..20).filter(|_| pass(0)).count(), 2);
    }

    #[test]
    fn times_that_jump_to_and_fro_give_no_more_than_the_wall_clock_does() {
        let limit = Limit::new(5, Duration::from_mins(5)).unwrap();
        let hour = 3600 * SECOND;
        let mut pace = None;
        let mut pass = |time_us: i64, now_us: i64| {
            let (allowed, after) = limit.check(pace, time_us, now_us);
            pace = Some(after);
            allowed
        };
        let now = 1000 * hour;
        assert_eq!(
            (0..2000)
                .filter(|n| pass(now - 9 * hour + (n + 1) % 2 * 4 * hour, now))
                .count(),
            5
        );
        // Both an hour later: by the wall clock another five.
        assert_eq!(
            (0..2000)
                .filter(|n| pass(now - 9 * hour + (n + 1) % 2 * 4 * hour, now + hour))
                .count(),
            5
        );
    }

    #[test]
    fn a_backlog_is_judged_as_it_happened_however_old_it_is_beside_the_last_one() {
        let limit = Limit::new(5, Duration::from_mins(5)).unwrap();
        let (day, now) = (86_400 * SECOND, 1_000_000 * SECOND);
        let (_, pace) = limit.check(None, now - 1200 * SECOND, now);
        let mut pace = Some(pace);
        let begins = now + day - 30_000 * SECOND;
        for number in 0..100 {
            let (allowed, after) = limit.check(pace, begins + number * 300 * SECOND, now + day);
            assert!(allowed, "number {number}");
            pace = Some(after);
        }
    }

    #[test]
    fn a_clock_set_back_does_not_silence_a_rule() {
        let limit = Limit::new(1, Duration::from_mins(5)).unwrap();
        let (_, ahead) = limit.check(None, 1_000_000 * SECOND, 1_000_000 * SECOND);
        assert!(limit.check(Some(ahead), SECOND, SECOND).0);
    }
}
