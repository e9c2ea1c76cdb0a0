//! The triager that asks a child.

use std::collections::hash_map::RandomState;
use std::ffi::OsString;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use serde_json::value::RawValue;
use tokio::process::Command;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};
use triage_core::{
    About, Call, Draft, Evidence, Health, Meta, Prompt, PromptSettings, Redacted, TriageError, TriageErrorKind, Triager,
};

use super::child::{Broken, Child};
use super::restarts::Restarts;
use super::veil::Veil;
use super::wire::{Request, Said, VERSION};

/// How long a child's word that a person has to act is believed without asking again.
const RECALL: Duration = Duration::from_mins(1);
/// Longest message of a child that is repeated, in characters.
const LONGEST_MESSAGE: usize = 200;

/// Asks a program of one's own, in any language, through JSON lines.
///
/// # Guarantees
/// - The child sees `PATH` and the variables that are named, and nothing else of the environment.
/// - A child is asked one question at a time; what does not keep to the protocol is killed and replaced, the longer after the more
///   often that happened in a row, up to a minute.
/// - When a call is over its budget, or its future is dropped, the child and all that is still in its process group are killed.
///
/// # Caveats
/// - A child may send evidence anywhere; so the triager counts as remote unless a person says otherwise.
#[derive(Debug)]
pub struct CommandTriager {
    program: OsString,
    arguments: Vec<OsString>,
    variables: Vec<(String, SecretString)>,
    remote: bool,
    children: usize,
    start_limit: Duration,
    slots: Semaphore,
    idle: Mutex<Vec<Child>>,
    refusal: Mutex<Option<(Instant, String)>>,
    restarts: Mutex<Restarts>,
    asked: AtomicU64,
    key: RandomState,
}

impl CommandTriager {
    /// Names the program; nothing is started yet.
    pub fn new(program: impl Into<OsString>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            variables: Vec::new(),
            remote: true,
            children: 1,
            start_limit: Duration::from_secs(15),
            slots: Semaphore::new(1),
            idle: Mutex::default(),
            refusal: Mutex::default(),
            restarts: Mutex::default(),
            asked: AtomicU64::new(0),
            key: RandomState::new(),
        }
    }

    /// Sets its arguments.
    #[must_use]
    pub fn arguments<T: Into<OsString> + Clone>(mut self, arguments: &[T]) -> Self {
        self.arguments = arguments.iter().cloned().map(Into::into).collect();
        self
    }

    /// Adds a variable to its environment.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: SecretString) -> Self {
        self.variables.push((name.into(), value));
        self
    }

    /// Says whether it sends evidence out of the house; yes unless set.
    #[must_use]
    pub fn remote(mut self, remote: bool) -> Self {
        self.remote = remote;
        self
    }

    /// Sets how many children run at once; 1 unless set, and 0 is taken as 1.
    #[must_use]
    pub fn children(mut self, children: usize) -> Self {
        self.children = children.max(1);
        self.slots = Semaphore::new(self.children);
        self
    }

    /// Sets the longest wait for a child's first line; 15 s unless set.
    #[must_use]
    pub fn start_limit(mut self, limit: Duration) -> Self {
        self.start_limit = limit;
        self
    }

    async fn ask(
        &self,
        evidence: &Redacted<Evidence>,
        call: &Call,
        left: Option<Duration>,
    ) -> Result<Draft, TriageError> {
        let prompt = Prompt::new(evidence, &PromptSettings::default(), &self.block_id(evidence));
        let schema: &RawValue =
            serde_json::from_str(&prompt.schema).map_err(|_| unavailable("the schema is no JSON"))?;
        let request = Request {
            v: VERSION,
            id: self.asked.fetch_add(1, Ordering::Relaxed) + 1,
            deadline_ms: left.map(|left| left.as_millis()),
            evidence,
            system: prompt.system,
            user: &prompt.user,
            schema,
            repair: call.repair.as_deref(),
        };
        let line = request.line().map_err(|_| unavailable("the evidence is no JSON"))?;

        let veil = self.veil(Some(evidence));

        if let Some(mut child) = self.living() {
            match child.ask(&request, &line, veil.clone()).await {
                Ok(said) => return self.done(child, said, &veil),
                // It may have ended while nobody asked it anything: that is not this alert's doing.
                Err(Broken::Ended) => child.last_words().await,
                Err(broken) => {
                    child.last_words().await;
                    return Err(self.lost(failure(&broken)));
                }
            }
        }
        let mut child = self.start().await?;
        match child.ask(&request, &line, veil.clone()).await {
            Ok(said) => self.done(child, said, &veil),
            Err(broken) => {
                child.last_words().await;
                Err(self.lost(failure(&broken)))
            }
        }
    }

    /// Hides the alert's words and the program's secrets in what a child says.
    fn veil(&self, evidence: Option<&Evidence>) -> Veil {
        let secrets = self.variables.iter().map(|(_, value)| value.expose_secret());
        evidence.map(Veil::of).unwrap_or_default().and_secrets(secrets)
    }

    /// Counts a child that was of no use.
    fn lost(&self, error: TriageError) -> TriageError {
        locked(&self.restarts).failed(&error, Instant::now());
        error
    }

    /// Keeps the child for the next question, and gives what it said.
    fn done(&self, child: Child, said: Said, veil: &Veil) -> Result<Draft, TriageError> {
        locked(&self.restarts).answered();
        let server = child.server();
        match said {
            Said::Answer(text) => {
                locked(&self.idle).push(child);
                let meta = Meta {
                    server,
                    prompt_version: Some(Prompt::version().to_owned()),
                    ..Meta::default()
                };
                Ok(Draft::new(text, meta))
            }
            Said::Failed(mut error) => {
                let message = veil.over(&error.message, LONGEST_MESSAGE);
                error.message = format!("the command says: {}", or_nothing(&message));
                if error.kind == TriageErrorKind::Misconfigured {
                    // The child goes too: the next one reads again what a person has changed.
                    *locked(&self.refusal) = Some((Instant::now(), error.message.clone()));
                } else {
                    locked(&self.idle).push(child);
                }
                Err(error)
            }
        }
    }

    /// Takes a child that runs and waits; those that have ended are let go.
    fn living(&self) -> Option<Child> {
        let mut idle = locked(&self.idle);
        while let Some(child) = idle.pop() {
            if child.is_alive() {
                return Some(child);
            }
        }
        None
    }

    /// Starts a child and waits for its first line; not at once when the last ones were of no use.
    async fn start(&self) -> Result<Child, TriageError> {
        let refusal = locked(&self.restarts).refusal(Instant::now());
        match refusal {
            Some(refusal) => Err(refusal),
            None => self.greeted().await.map_err(|error| self.lost(error)),
        }
    }

    async fn greeted(&self) -> Result<Child, TriageError> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).env_clear();
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        for (name, value) in &self.variables {
            command.env(name, value.expose_secret());
        }
        let mut child = Child::spawn(command, self.veil(None)).map_err(|error| {
            let kind = match error.kind() {
                std::io::ErrorKind::NotFound | std::io::ErrorKind::PermissionDenied => TriageErrorKind::Misconfigured,
                _ => TriageErrorKind::Unavailable,
            };
            TriageError::new(
                kind,
                format!("cannot start the command {}: {error}", self.program.display()),
            )
        })?;
        let why = match timeout(self.start_limit, child.greet()).await {
            Ok(Ok(())) => return Ok(child),
            Ok(Err(Broken::Ended)) => {
                unavailable("the command ended before its first line; what it wrote to standard error is in the log")
            }
            Ok(Err(Broken::Stranger)) => misconfigured("the command does not speak version 1 of the protocol"),
            Ok(Err(Broken::Garbled | Broken::Endless)) => misconfigured(
                "the command's first line must be {\"v\":[1]}; nothing else may write to its standard output",
            ),
            Err(_) => unavailable("the command did not say its first line in time"),
        };
        child.last_words().await;
        Err(why)
    }

    /// Makes sure that a child runs, unless all are at work.
    async fn ready(&self) -> Result<(), TriageError> {
        let Ok(_slot) = self.slots.try_acquire() else {
            return Ok(());
        };
        let child = match self.living() {
            Some(child) => child,
            None => self.start().await?,
        };
        locked(&self.idle).push(child);
        Ok(())
    }

    /// Marks the facts with a word that nobody who writes an alert can guess; a repair has the same one.
    fn block_id(&self, evidence: &Evidence) -> String {
        let facts: Vec<_> = evidence.facts.iter().map(|fact| (&fact.path, &fact.value)).collect();
        format!("{:016x}", self.key.hash_one((&evidence.title, facts)))
    }
}

#[async_trait]
impl Triager for CommandTriager {
    fn about(&self) -> About {
        About::new("command", env!("CARGO_PKG_VERSION"))
            .remote(self.remote)
            .concurrency(self.children)
    }

    async fn triage(&self, evidence: &Redacted<Evidence>, call: &Call) -> Result<Draft, TriageError> {
        let begun = Instant::now();
        let limit = call.budget.unwrap_or(Duration::MAX);
        let Ok(slot) = timeout(limit, self.slots.acquire()).await else {
            // Not a timeout: this alert was never asked about.
            return Err(TriageError::new(
                TriageErrorKind::Busy,
                "no child of the command became free in time",
            ));
        };
        let _slot = slot.map_err(|error| unavailable("closed").caused_by(error))?;
        let waited = begun.elapsed();
        let left = call.budget.map(|budget| budget.saturating_sub(waited));
        let asked = self.ask(evidence, call, left);
        let done = match left {
            Some(left) => timeout(left, asked).await.unwrap_or_else(|_| {
                Err(TriageError::new(
                    TriageErrorKind::Timeout,
                    format!("the command did not answer within {} s", limit.as_secs()),
                ))
            }),
            None => asked.await,
        };
        done.map(|mut draft| {
            draft.meta.total = Some(begun.elapsed());
            draft.meta.queue = Some(waited);
            draft
        })
    }

    async fn health(&self) -> Health {
        let refusal = locked(&self.refusal).clone();
        if let Some((_, why)) = refusal.filter(|(when, _)| when.elapsed() < RECALL) {
            return Health::Misconfigured(why);
        }
        match self.ready().await {
            Ok(()) => Health::Ready,
            Err(error) if error.kind == TriageErrorKind::Misconfigured => Health::Misconfigured(error.message),
            Err(error) => Health::Down(error.message),
        }
    }

    async fn warm_up(&self) -> Result<(), TriageError> {
        self.ready().await
    }
}

/// Whose fault it is that a child is of no more use.
fn failure(broken: &Broken) -> TriageError {
    match broken {
        Broken::Ended => {
            unavailable("the command ended without an answer; what it wrote to standard error is in the log")
        }
        Broken::Garbled | Broken::Stranger => unavailable("the command's answer does not keep to the protocol"),
        Broken::Endless => TriageError::new(TriageErrorKind::BadOutput, "the command's answer has no end"),
    }
}

fn unavailable(message: &str) -> TriageError {
    TriageError::new(TriageErrorKind::Unavailable, message)
}

fn misconfigured(message: &str) -> TriageError {
    TriageError::new(TriageErrorKind::Misconfigured, message)
}

fn or_nothing(message: &str) -> &str {
    if message.is_empty() { "nothing" } else { message }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
