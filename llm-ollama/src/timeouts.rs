//! How long each part of a call may take.

use std::time::Duration;

use triage_core::{TriageError, TriageErrorKind};

/// Limits for the parts of one call. They are apart because a model that loads is silent for minutes, while one that writes
/// is not.
///
/// ```
/// use llm_ollama::Timeouts;
/// use std::time::Duration;
///
/// let patient = Timeouts { first_token: Duration::from_mins(20), ..Timeouts::default() };
/// assert!(patient.first_token > patient.between_tokens);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// TCP and TLS; 5 s.
    pub connect: Duration,
    /// From the request to the first token: waiting for a slot, loading the model and reading the prompt, because the server
    /// sends nothing, not even headers, before it; 600 s. A limit shorter than the load ends every load, for ever.
    pub first_token: Duration,
    /// Silence between two tokens; 60 s.
    pub between_tokens: Duration,
    /// The whole call, the wait for a free slot of ours included; 900 s. A shorter [`triage_core::Call::budget`] wins.
    pub whole: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_token: Duration::from_mins(10),
            between_tokens: Duration::from_mins(1),
            whole: Duration::from_mins(15),
        }
    }
}

impl Timeouts {
    pub(crate) fn check(&self) -> Result<(), TriageError> {
        let limits = [self.connect, self.first_token, self.between_tokens, self.whole];
        if limits.iter().any(Duration::is_zero) {
            return Err(TriageError::new(
                TriageErrorKind::Misconfigured,
                "a timeout of 0 fails every call",
            ));
        }
        Ok(())
    }
}
