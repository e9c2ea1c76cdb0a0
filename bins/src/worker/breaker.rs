//! Stops claiming when the triager fails again and again, so that a bad backend does not burn alerts.

use std::time::Duration;

/// Open after so many failures in a row, for a while.
#[derive(Debug)]
pub(super) struct Breaker {
    limit: u32,
    cooldown: Duration,
    failures: u32,
    open_until: Option<Duration>,
}

impl Breaker {
    pub(super) fn new(limit: u32, cooldown: Duration) -> Self {
        Self {
            limit: limit.max(1),
            cooldown,
            failures: 0,
            open_until: None,
        }
    }

    /// Until when nothing is claimed, if that is in the future.
    pub(super) fn open_until(&self, now: Duration) -> Option<Duration> {
        self.open_until.filter(|until| *until > now)
    }

    /// Whether it was opened and nothing has gone well since.
    pub(super) fn is_failing(&self) -> bool {
        self.failures >= self.limit
    }

    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
        self.open_until = None;
    }

    /// Counts a failure; says whether the breaker opened.
    pub(super) fn failed(&mut self, now: Duration) -> bool {
        self.failures += 1;
        // After a pause, one more failure is enough.
        let opens = self.failures >= self.limit;
        if opens {
            self.open_until = Some(now + self.cooldown);
        }
        opens
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_the_limit_and_again_after_one_more_failure() {
        let second = Duration::from_secs(1);
        let mut breaker = Breaker::new(2, second * 10);
        assert!(!breaker.failed(second));
        assert!(breaker.failed(second));
        assert_eq!(breaker.open_until(second * 5), Some(second * 11));
        assert_eq!(breaker.open_until(second * 11), None);
        assert!(breaker.failed(second * 11));
        breaker.succeeded();
        assert!(!breaker.failed(second * 12));
    }
}
