//! A failure that health cannot see from outside, kept until a warm-up has shown that it is over.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use triage_core::{Health, TriageError, TriageErrorKind};

/// How long a person is told before the backend is tried again.
const RECHECK: Duration = Duration::from_mins(1);

/// Remembers that a call found the backend misconfigured: a server that lists a model which it cannot load, or that refuses our
/// schema, looks ready. Without this the worker would claim one alert after the other.
#[derive(Debug, Default)]
pub(crate) struct Setback(Mutex<Option<(Instant, String)>>);

impl Setback {
    /// Takes the end of a call: misconfiguration is remembered, success clears it.
    pub(crate) fn note<T>(&self, ended: &Result<T, TriageError>) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match ended {
            Ok(_) => *last = None,
            Err(error) if error.kind == TriageErrorKind::Misconfigured => {
                *last = Some((Instant::now(), error.message.clone()));
            }
            Err(_) => {}
        }
    }

    /// Says what health it makes: misconfigured for a minute, then cold, so that a warm-up tries again.
    pub(crate) fn health(&self) -> Option<Health> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, why) = last.as_ref()?;
        Some(if since.elapsed() < RECHECK {
            Health::Misconfigured(why.clone())
        } else {
            Health::Cold
        })
    }
}

/// Names what went wrong with a warm-up. There is no alert in it: what does not fit then will never fit.
pub(crate) fn of_warm_up(error: TriageError) -> TriageError {
    if error.kind != TriageErrorKind::TooLarge {
        return error;
    }
    let text = format!(
        "{}; the context is too small for any alert: make it larger",
        error.message
    );
    TriageError::new(TriageErrorKind::Misconfigured, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_misconfiguration_is_told_for_a_minute_and_then_tried_again() {
        let setback = Setback::default();
        let failed = |kind| Err::<(), _>(TriageError::new(kind, "no schema"));
        setback.note(&failed(TriageErrorKind::Unavailable));
        assert_eq!(setback.health(), None);
        setback.note(&failed(TriageErrorKind::Misconfigured));
        assert_eq!(setback.health(), Some(Health::Misconfigured("no schema".into())));
        tokio::time::advance(RECHECK).await;
        assert_eq!(setback.health(), Some(Health::Cold));
        setback.note(&Ok(()));
        assert_eq!(setback.health(), None);
    }
}
