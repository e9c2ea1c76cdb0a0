//! The one trait that an AI layer implements, and what passes through it.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::Evidence;

/// Judges one alert from redacted evidence: a local model, a hosted one, a rule set, a queue of people.
///
/// # Contract
/// - `triage` sees nothing but [`Redacted`] evidence and answers with a [`Draft`]: raw, unchecked words. Checking is not the
///   triager's work; the worker grounds every draft in the evidence before anybody reads it.
/// - `triage` may be called again for the same alert; it keeps no state between calls.
/// - Up to [`About::concurrency`] calls run at once on the same value.
///
/// # Guarantees
/// - The worker asks [`Triager::health`] before it claims an alert, and calls [`Triager::warm_up`] before the first call.
/// - When [`Call::repair`] is set, the last draft for this alert was refused for the reason given; the worker asks once more only.
///
/// # Caveats
/// - Dropping the future must leave nothing running: the worker enforces its deadline that way.
///
/// # Errors
/// Say whose fault it is with [`TriageErrorKind`]: what is the backend's fault must not be charged to the alert.
#[async_trait]
pub trait Triager: Send + Sync + 'static {
    /// Says who judges, for the note, the logs and the scheduler.
    fn about(&self) -> About;

    /// Judges one alert.
    async fn triage(&self, evidence: &Redacted<Evidence>, call: &Call) -> Result<Draft, TriageError>;

    /// Says cheaply whether a call would find its backend; asked before every claim.
    async fn health(&self) -> Health {
        Health::Ready
    }

    /// Makes the backend ready for the first call, however long that takes: loads a model, starts a child.
    async fn warm_up(&self) -> Result<(), TriageError> {
        Ok(())
    }
}

#[async_trait]
impl<T: Triager + ?Sized> Triager for std::sync::Arc<T> {
    fn about(&self) -> About {
        (**self).about()
    }
    async fn triage(&self, evidence: &Redacted<Evidence>, call: &Call) -> Result<Draft, TriageError> {
        (**self).triage(evidence, call).await
    }
    async fn health(&self) -> Health {
        (**self).health().await
    }
    async fn warm_up(&self) -> Result<(), TriageError> {
        (**self).warm_up().await
    }
}

/// A value that went through the redactor. Nothing outside this crate can make one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Redacted<T>(T);

impl<T> Redacted<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(value)
    }
}

impl<T> std::ops::Deref for Redacted<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

/// Who judges.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct About {
    /// Short name for logs and metrics, such as `ollama`.
    pub name: String,
    /// Version of the implementation, not of the model.
    pub version: String,
    /// Whether evidence leaves this machine's own network; pseudonyms are on by default then.
    pub remote: bool,
    /// How many calls may run at once; at least 1.
    pub concurrency: usize,
}

impl About {
    /// Describes a local triager that takes one call at a time.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            version: version.into(),
            remote: false,
            concurrency: 1,
        }
    }

    /// Says whether evidence leaves this machine's own network.
    #[must_use]
    pub fn remote(mut self, remote: bool) -> Self {
        self.remote = remote;
        self
    }

    /// Sets how many calls may run at once; 0 is taken as 1.
    #[must_use]
    pub fn concurrency(mut self, concurrency: usize) -> Self {
        self.concurrency = concurrency.max(1);
        self
    }
}

/// What one call may take, and what came of the call before it.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Call {
    /// Time left for the whole call. The worker drops the future when it is over; a backend may use it to plan.
    pub budget: Option<Duration>,
    /// Why the last draft for this alert was refused, in words for the model; `None` on the first call.
    pub repair: Option<String>,
    /// What is asked about, in words for people, such as `alert #123`. Never shown to a model.
    pub subject: Option<String>,
    /// What the whole alert is the same thing as: a fingerprint. Evidence is a choice of it, so equal evidence alone does not tell.
    pub fingerprint: Option<String>,
}

impl Call {
    /// A first call with this much time.
    pub fn within(budget: Duration) -> Self {
        Self {
            budget: Some(budget),
            ..Self::default()
        }
    }

    /// Says what is asked about, and what it is the same thing as.
    #[must_use]
    pub fn about(mut self, subject: Option<String>, fingerprint: Option<String>) -> Self {
        self.subject = subject;
        self.fingerprint = fingerprint;
        self
    }

    /// Asks again after a draft was refused.
    #[must_use]
    pub fn repairing(mut self, reason: impl Into<String>) -> Self {
        self.repair = Some(reason.into());
        self
    }
}

/// A triager's answer before anything in it has been checked. Only [`crate::ground`] turns it into a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Draft {
    /// The answer as it came, meant to hold one JSON object of the schema that the prompt asks for.
    pub answer: String,
    /// How it was made.
    pub meta: Meta,
}

impl Draft {
    /// A draft from raw text.
    pub fn new(answer: impl Into<String>, meta: Meta) -> Self {
        Self {
            answer: answer.into(),
            meta,
        }
    }
}

/// How a draft was made; every field is optional because no backend knows them all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Meta {
    /// Model name as the backend calls it, such as `phi4-mini:latest`.
    pub model: Option<String>,
    /// Digest of the model's weights.
    pub digest: Option<String>,
    /// Name and version of the server, such as `Ollama 0.33.0`.
    pub server: Option<String>,
    /// Hash of the prompt's constant part.
    pub prompt_version: Option<String>,
    /// Tokens of the prompt, cached ones included.
    pub prompt_tokens: Option<u64>,
    /// Tokens of the answer.
    pub output_tokens: Option<u64>,
    /// The whole call.
    pub total: Option<Duration>,
    /// Loading the model.
    pub load: Option<Duration>,
    /// Waiting for a free slot of the backend.
    pub queue: Option<Duration>,
    /// Reading the prompt.
    pub prompt: Option<Duration>,
    /// Writing the answer.
    pub generate: Option<Duration>,
    /// What the backend wants an analyst to know, in our own words, never the model's.
    pub warnings: Vec<String>,
    /// Whether this is the answer to an earlier question, given once more.
    pub repeated: bool,
}

/// Whether a call would find its backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// Ready for a call.
    Ready,
    /// Reachable, but the first call will wait (a model must load).
    Cold,
    /// Not reachable; may come back by itself. Says why.
    Down(String),
    /// Will not come back until a person acts. Says what to do.
    Misconfigured(String),
}

/// Whose fault a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The alert's: trying another alert would work.
    Alert,
    /// The backend's: every alert would fail.
    Backend,
}

/// What went wrong, by what the worker can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TriageErrorKind {
    /// The backend cannot be reached or died; back off.
    Unavailable,
    /// The backend has too much to do; wait.
    Busy,
    /// The call took too long.
    Timeout,
    /// The backend answered, and the answer is no use (cut off, empty, looping).
    BadOutput,
    /// The evidence does not fit the model's context.
    TooLarge,
    /// A person has to act (model missing, key wrong); nothing is retried until health says otherwise.
    Misconfigured,
}

impl TriageErrorKind {
    /// Says whose fault it is. A timeout is charged to the alert; the worker treats several in a row as the backend's.
    pub fn fault(self) -> Fault {
        match self {
            Self::Unavailable | Self::Busy | Self::Misconfigured => Fault::Backend,
            Self::Timeout | Self::BadOutput | Self::TooLarge => Fault::Alert,
        }
    }

    /// Says whether the same call may end better when it is made once more.
    pub fn is_retryable(self) -> bool {
        match self {
            Self::Unavailable | Self::Busy | Self::Timeout | Self::BadOutput => true,
            Self::TooLarge | Self::Misconfigured => false,
        }
    }
}

/// A call that gave no draft.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct TriageError {
    /// What went wrong.
    pub kind: TriageErrorKind,
    /// Safe to log: never holds the prompt or the answer.
    pub message: String,
    /// When the backend said to come back.
    pub retry_after: Option<Duration>,
    /// What caused it.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl TriageError {
    /// An error of this kind.
    pub fn new(kind: TriageErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            retry_after: None,
            source: None,
        }
    }

    /// Keeps what caused it.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Says when to come back.
    #[must_use]
    pub fn after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }
}
