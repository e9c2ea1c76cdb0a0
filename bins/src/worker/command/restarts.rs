//! When a program that keeps failing is started again.

use std::time::Duration;

use tokio::time::Instant;
use triage_core::{TriageError, TriageErrorKind};

/// Pause after the second failure in a row; it doubles from failure to failure.
const FIRST: Duration = Duration::from_secs(1);
/// Longest pause.
const LONGEST: Duration = Duration::from_mins(1);

/// Children in a row that were of no use.
#[derive(Debug, Default)]
pub(super) struct Restarts {
    failures: u32,
    last: Option<(Instant, TriageErrorKind, String)>,
}

impl Restarts {
    /// Notes that a child died or broke the protocol.
    pub(super) fn failed(&mut self, error: &TriageError, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        self.last = Some((now, error.kind, error.message.clone()));
    }

    /// Notes that a child has answered.
    pub(super) fn answered(&mut self) {
        *self = Self::default();
    }

    /// Says what keeps a child from being started at this time, if anything does.
    pub(super) fn refusal(&self, now: Instant) -> Option<TriageError> {
        let (since, kind, message) = self.last.as_ref()?;
        let wait = self.pause().checked_sub(now.saturating_duration_since(*since))?;
        if wait.is_zero() {
            return None;
        }
        let text = format!(
            "{message} ({} times in a row; it is started again in {} s)",
            self.failures,
            wait.as_secs() + 1
        );
        Some(TriageError::new(*kind, text).after(wait))
    }

    /// A single failure is an accident, and its child is replaced at once.
    fn pause(&self) -> Duration {
        match self.failures {
            0 | 1 => Duration::ZERO,
            failures => FIRST.saturating_mul(1 << (failures - 2).min(16)).min(LONGEST),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_up_to_a_minute_and_ends_with_an_answer() {
        let mut restarts = Restarts::default();
        let died = TriageError::new(TriageErrorKind::Unavailable, "it ended");
        let mut now = Instant::now();
        let mut waits = Vec::new();
        for _ in 0..9 {
            restarts.failed(&died, now);
            let wait = restarts
                .refusal(now)
                .map_or(Duration::ZERO, |error| error.retry_after.unwrap());
            waits.push(wait.as_secs());
            now += wait;
            assert!(restarts.refusal(now).is_none(), "the pause is over");
        }
        assert_eq!(waits, [0, 1, 2, 4, 8, 16, 32, 60, 60]);
        restarts.failed(&died, now);
        let refusal = restarts.refusal(now).unwrap();
        assert_eq!(refusal.kind, TriageErrorKind::Unavailable);
        assert!(refusal.message.contains("it ended (10 times in a row"), "{refusal}");
        restarts.answered();
        assert!(restarts.refusal(now).is_none());
    }
}
