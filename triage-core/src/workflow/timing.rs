//! How long the parts of a claim may take.

use std::time::Duration;

/// Most claims that the tags can count.
const MOST_TRIES: u8 = 9;

/// The intervals of the protocol. All are measured on the worker's own clock; no two clocks need to agree on the time.
///
/// All workers of one IRIS should share them: each is safe by its own `settle` and `deadline` as long as every other's
/// `lease` is longer than its deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Limit on the time from the read that showed an alert free to the answer of the claim; at least as long passes
    /// again before the claim is looked at once more. `AI_WORKER_SETTLE_MS`.
    pub settle: Duration,
    /// Time from that first read in which a result is written, or never. `AI_WORKER_DEADLINE_SECONDS`.
    pub deadline: Duration,
    /// Time that a claim must have been seen unchanged before another worker takes over. `AI_WORKER_LEASE_SECONDS`.
    pub lease: Duration,
    /// Claims of one alert that may lapse before it is given up.
    pub max_tries: u8,
}

impl Default for Timing {
    /// Fits models on a CPU.
    fn default() -> Self {
        Self {
            settle: Duration::from_secs(5),
            deadline: Duration::from_mins(15),
            lease: Duration::from_mins(40),
            max_tries: 3,
        }
    }
}

impl Timing {
    /// Says whether claims are safe with these intervals, and if not, which setting to change.
    pub fn check(&self) -> Result<(), TimingError> {
        if self.settle.is_zero() {
            return Err(TimingError::NoSettle);
        }
        let claiming = self.settle.saturating_add(self.quiet());
        if self.deadline <= claiming {
            return Err(TimingError::ShortDeadline {
                deadline: self.deadline,
                claiming,
            });
        }
        if self.lease < self.deadline.saturating_mul(2) {
            return Err(TimingError::ShortLease {
                lease: self.lease,
                deadline: self.deadline,
            });
        }
        if !(1..=MOST_TRIES).contains(&self.max_tries) {
            return Err(TimingError::Tries {
                max_tries: self.max_tries,
            });
        }
        Ok(())
    }

    /// Gives the pause between the answer of the claim and the second read: an eighth more than [`Timing::settle`].
    ///
    /// The proof needs the pause on this worker's clock to be no shorter than the limit on any other's. With equal
    /// numbers a clock that is slow by a millionth would break it; with the eighth, clocks may differ in rate by 12 %.
    pub fn quiet(&self) -> Duration {
        self.settle.saturating_add(self.settle / 8)
    }
}

/// Why intervals are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimingError {
    /// Without a pause, two workers can hold one alert.
    #[error("setting `AI_WORKER_SETTLE_MS` is 0, and two workers could then take one alert: write 5000")]
    NoSettle,
    /// Every claim would be over before its work begins.
    #[error(
        "setting `AI_WORKER_DEADLINE_SECONDS` is {deadline:?}, and claiming alone may take {claiming:?}: \
         raise it or lower `AI_WORKER_SETTLE_MS`"
    )]
    ShortDeadline {
        /// As set.
        deadline: Duration,
        /// Longest time until work begins.
        claiming: Duration,
    },
    /// A worker could take over what another still works on.
    #[error(
        "setting `AI_WORKER_LEASE_SECONDS` is {lease:?}, which is less than twice `AI_WORKER_DEADLINE_SECONDS` \
         ({deadline:?}): raise the lease"
    )]
    ShortLease {
        /// As set.
        lease: Duration,
        /// As set.
        deadline: Duration,
    },
    /// The tags count from 1 to 9.
    #[error("the most claims that may lapse is {max_tries}: give a number from 1 to 9")]
    Tries {
        /// As set.
        max_tries: u8,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timing(settle_ms: u64, deadline: u64, lease: u64) -> Timing {
        Timing {
            settle: Duration::from_millis(settle_ms),
            deadline: Duration::from_secs(deadline),
            lease: Duration::from_secs(lease),
            max_tries: 3,
        }
    }

    #[test]
    fn the_defaults_are_safe() {
        assert_eq!(Timing::default().check(), Ok(()));
    }

    #[test]
    fn a_lease_of_less_than_two_deadlines_is_refused_and_says_which_setting() {
        assert_eq!(timing(5000, 900, 1800).check(), Ok(()));
        let error = timing(5000, 900, 1799).check().unwrap_err();
        assert!(error.to_string().contains("AI_WORKER_LEASE_SECONDS"), "{error}");
    }

    #[test]
    fn a_deadline_that_claiming_uses_up_is_refused() {
        assert!(matches!(
            timing(8000, 17, 100).check(),
            Err(TimingError::ShortDeadline { .. })
        ));
        assert_eq!(timing(8000, 18, 100).check(), Ok(()));
    }

    #[test]
    fn no_pause_and_no_tries_are_refused() {
        assert_eq!(timing(0, 900, 2400).check(), Err(TimingError::NoSettle));
        for max_tries in [0, 10] {
            let timing = Timing {
                max_tries,
                ..Timing::default()
            };
            assert_eq!(timing.check(), Err(TimingError::Tries { max_tries }));
        }
    }

    #[test]
    fn the_largest_numbers_are_refused_or_taken_and_never_overflow() {
        let endless = Timing {
            settle: Duration::MAX,
            deadline: Duration::MAX,
            lease: Duration::MAX,
            max_tries: 3,
        };
        assert!(matches!(endless.check(), Err(TimingError::ShortDeadline { .. })));
    }
}
