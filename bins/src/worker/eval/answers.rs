//! Where answers come from: the triager, or a file of what it said before.

use std::collections::HashMap;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use triage_core::{Call, Draft, Evidence, Fault, Redacted, TriageError, TriageErrorKind, Triager};

use crate::terminal::Failure;
use crate::worker::cases::read_cases;

/// How often a backend that fails is asked before the measurement ends.
const TRIES: u32 = 3;
/// Pause before it is asked again, where it names none.
const PAUSE: Duration = Duration::from_secs(2);

/// One answer, as it is stored: a line of the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Answer {
    /// The alert or payload, for people.
    pub(super) id: String,
    /// Names the facts that were asked about: only the same facts have the same answer.
    pub(super) evidence: String,
    /// 1, or 2 for the answer after a refusal.
    pub(super) attempt: u32,
    pub(super) took_ms: f64,
    /// The raw answer; `None` where the call failed by the alert's fault.
    pub(super) draft: Option<Draft>,
    /// Why there is none; holds no word of the alert.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
    /// Whether asking once more may help.
    #[serde(default)]
    pub(super) retry: bool,
}

/// Where answers come from.
pub(super) enum Source {
    /// The triager; what it says is stored where a file is given.
    Asking {
        triager: Arc<dyn Triager>,
        deadline: Duration,
        store: Option<Mutex<File>>,
    },
    /// What it said before.
    Replay(HashMap<(String, u32), Answer>),
}

impl Source {
    pub(super) fn asking(triager: Arc<dyn Triager>, deadline: Duration, store: Option<&Path>) -> Result<Self, Failure> {
        let create = |path: &Path| {
            File::create_new(path).map(Mutex::new).map_err(|error| {
                let hint = match error.kind() {
                    // They may have taken a model hours.
                    ErrorKind::AlreadyExists => "\nhint: name another file, or score these answers with --replay",
                    _ => "",
                };
                Failure::failed(format!("cannot write {}: {error}{hint}", path.display()))
            })
        };
        Ok(Self::Asking {
            triager,
            deadline,
            store: store.map(create).transpose()?,
        })
    }

    pub(super) fn replay(path: &Path) -> Result<Self, Failure> {
        let mut answers = HashMap::new();
        for case in read_cases(path)? {
            let answer: Answer = serde_json::from_value(case.value.clone()).map_err(|error| case.wrong(error))?;
            answers.insert((answer.evidence.clone(), answer.attempt), answer);
        }
        Ok(Self::Replay(answers))
    }

    /// Gives the answer about these facts.
    ///
    /// # Errors
    /// The backend failed and goes on failing, or there is no stored answer: a measurement with holes would be none.
    pub(super) async fn answer(
        &self,
        id: &str,
        evidence: &Redacted<Evidence>,
        attempt: u32,
        call: &Call,
    ) -> Result<Answer, Failure> {
        let name = digest(evidence);
        let (triager, deadline, store) = match self {
            Self::Replay(answers) => {
                return answers.get(&(name, attempt)).cloned().ok_or_else(|| {
                    Failure::failed(format!(
                        "there is no stored answer for attempt {attempt} at {id}\nhint: what is sent for it has changed since; ask again with --answers"
                    ))
                });
            }
            Self::Asking {
                triager,
                deadline,
                store,
            } => (triager, *deadline, store),
        };
        let begun = Instant::now();
        let said = ask(triager.as_ref(), evidence, call, deadline)
            .await
            .map_err(|error| Failure::failed(format!("the triager failed at {id}: {error}")))?;
        let took_ms = begun.elapsed().as_secs_f64() * 1000.0;
        let (draft, error) = match said {
            Ok(draft) => (Some(draft), None),
            Err(error) => (None, Some(error)),
        };
        let answer = Answer {
            id: id.to_owned(),
            evidence: name,
            attempt,
            took_ms,
            draft,
            retry: error
                .as_ref()
                .is_some_and(|error| error.kind == TriageErrorKind::BadOutput),
            error: error.map(|error| error.to_string()),
        };
        if let Some(store) = store {
            let line = serde_json::to_string(&answer).map_err(Failure::failed)?;
            let mut file = store.lock().unwrap_or_else(PoisonError::into_inner);
            writeln!(file, "{line}").map_err(|error| Failure::failed(format!("cannot store an answer: {error}")))?;
        }
        Ok(answer)
    }
}

/// Asks until there is an answer or the alert is at fault (inner error); the outer error is the backend's.
async fn ask(
    triager: &dyn Triager,
    evidence: &Redacted<Evidence>,
    call: &Call,
    deadline: Duration,
) -> Result<Result<Draft, TriageError>, TriageError> {
    let mut tries = 0;
    loop {
        tries += 1;
        let error = match tokio::time::timeout(deadline, triager.triage(evidence, call)).await {
            Ok(Ok(draft)) => return Ok(Ok(draft)),
            Ok(Err(error)) => error,
            Err(_) => TriageError::new(TriageErrorKind::Timeout, "no answer within the deadline"),
        };
        if error.kind.fault() == Fault::Alert {
            return Ok(Err(error));
        }
        if tries == TRIES || !error.kind.is_retryable() {
            return Err(error);
        }
        tokio::time::sleep(error.retry_after.unwrap_or(PAUSE)).await;
    }
}

/// Names what was asked about: sixteen hex digits of a digest of everything that a triager sees.
fn digest(evidence: &Redacted<Evidence>) -> String {
    let seen = serde_json::to_vec(evidence).unwrap_or_default();
    hex::encode(&Sha256::digest(seen)[..8])
}
