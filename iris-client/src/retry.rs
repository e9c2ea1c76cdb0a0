//! When a call is sent again, as a value: the mechanism is in the client, the numbers are here.

use std::time::Duration;

/// How often, and after how long, a read that failed for a passing reason is sent again.
///
/// Only reads: whether a write may be repeated is known to the caller alone (an add with our own `alert_uuid` may, an
/// escalation may not).
///
/// ```
/// # use std::time::Duration;
/// let policy = iris_client::RetryPolicy::default();
/// assert!(policy.delay_after(1, 0.5).is_some());
/// assert_eq!(iris_client::RetryPolicy::never().delay_after(1, 0.5), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a call is sent at most, the first time included.
    pub attempts: u32,
    /// Wait after the first failure, before jitter.
    pub base: Duration,
    /// Longest wait; a longer `Retry-After` of the server ends the call instead.
    pub cap: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 3,
            base: Duration::from_millis(200),
            cap: Duration::from_secs(5),
        }
    }
}

impl RetryPolicy {
    /// Sends every call once.
    pub const fn never() -> Self {
        Self {
            attempts: 1,
            base: Duration::ZERO,
            cap: Duration::ZERO,
        }
    }

    /// Says how long to wait after `attempt` (1 for the first) failed, or `None` when it was the last.
    ///
    /// `random` in 0..1 spreads the wait over its upper half, so that clients that failed together do not come back together.
    pub fn delay_after(&self, attempt: u32, random: f64) -> Option<Duration> {
        if attempt >= self.attempts {
            return None;
        }
        let doubled = self.base.saturating_mul(1 << (attempt - 1).min(16));
        Some(doubled.min(self.cap).mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap_and_end_with_the_last_attempt() {
        let policy = RetryPolicy {
            attempts: 5,
            base: Duration::from_millis(100),
            cap: Duration::from_millis(350),
        };
        let waits: Vec<_> = (1..=5).map(|attempt| policy.delay_after(attempt, 1.0)).collect();
        let ms = |n| Some(Duration::from_millis(n));
        assert_eq!(waits, [ms(100), ms(200), ms(350), ms(350), None]);
        assert_eq!(policy.delay_after(1, 0.0), ms(50));
    }
}
