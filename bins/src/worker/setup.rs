//! From settings to a worker that can start.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use iris_client::{CustomerId, IrisClient};
use llm_ollama::openai::{OpenAi, Structure};
use secrecy::SecretString;
use tokio::sync::Semaphore;
use triage_core::decorators::{CacheSettings, Cached, Clock, Metered};
use triage_core::workflow::{TagNames, Timing};
use triage_core::{Policy, Redactor, RedactorSettings, RuleTriager, Triager};

use super::app::{App, memory};
use super::budget::Budget;
use super::claiming::Desk;
use super::clock;
use super::command::CommandTriager;
use super::floor::Floor;
use super::identity::Identity;
use super::review::Reviewer;
use crate::forwarder::target::tls;
use crate::settings::{CommandSettings, Settings, StructureChoice, TriagerChoice};

/// Claims of one alert that may lapse before it is given up.
const MOST_TRIES: u8 = 3;

/// Why a worker cannot start; the text says what to set.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct SetupError(String);

impl SetupError {
    fn of(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

fn missing(name: &str, hint: &str) -> SetupError {
    SetupError(format!("setting `{name}` is missing\nhint: {hint}"))
}

/// The client for IRIS.
pub(super) fn iris(settings: &Settings, concurrency: usize) -> Result<IrisClient, SetupError> {
    let iris = &settings.iris;
    let url = iris
        .base_url
        .as_deref()
        .ok_or_else(|| missing("iris.base_url", "set IRIS_BASE_URL=https://IRIS:8443"))?;
    let key = iris.bearer.clone().ok_or_else(|| {
        missing(
            "iris.bearer",
            "set IRIS_BEARER to the API key of the worker's IRIS account",
        )
    })?;
    IrisClient::builder(url)
        .token(key)
        .tls(tls(iris))
        .call_timeout(iris.timeout)
        .max_concurrency(concurrency)
        .customer(CustomerId(iris.customer))
        .build()
        .map_err(SetupError::of)
}

/// Who judges.
pub(super) fn triager(settings: &Settings) -> Result<Arc<dyn Triager>, SetupError> {
    match settings.worker.triager {
        TriagerChoice::Rules => Ok(Arc::new(RuleTriager)),
        TriagerChoice::Ollama => Ok(Arc::new(ollama(settings)?)),
        TriagerChoice::OpenAi => Ok(Arc::new(openai(settings)?)),
        TriagerChoice::Command => Ok(Arc::new(command(&settings.command)?)),
    }
}

/// The triager that asks Ollama.
pub(super) fn ollama(settings: &Settings) -> Result<llm_ollama::Ollama, SetupError> {
    let ollama = &settings.ollama;
    let timeouts = llm_ollama::Timeouts {
        first_token: ollama.first_token,
        between_tokens: ollama.between_tokens,
        whole: settings.worker.deadline,
        ..llm_ollama::Timeouts::default()
    };
    let mut builder = llm_ollama::Ollama::builder(&ollama.url)
        .model(&ollama.model)
        .num_ctx(ollama.num_ctx)
        .num_predict(ollama.num_predict)
        .num_thread(ollama.num_thread)
        .keep_alive(ollama.keep_alive)
        .timeouts(timeouts)
        .allow_remote(&ollama.allow_remote)
        .concurrency(ollama.concurrency);
    if let Some(key) = &ollama.bearer {
        builder = builder.bearer(key.clone());
    }
    if let Some(file) = &ollama.ca_file {
        builder = builder.ca_pem(certificates("ollama.ca_file", file)?);
    }
    builder.build().map_err(SetupError::of)
}

/// Reads a file of certificates that a setting names.
fn certificates(setting: &str, file: &Path) -> Result<Vec<u8>, SetupError> {
    let unreadable = |error| {
        let what = format!(
            "setting `{setting}` is {}, which cannot be read: {error}",
            file.display()
        );
        SetupError(format!("{what}\nhint: give a PEM file that this account may read"))
    };
    std::fs::read(file).map_err(unreadable)
}

/// The triager that asks an OpenAI-compatible server.
pub(super) fn openai(settings: &Settings) -> Result<OpenAi, SetupError> {
    let openai = &settings.openai;
    let url = openai
        .url
        .as_deref()
        .ok_or_else(|| missing("openai.url", "set WAZUH_IRIS_OPENAI_URL=http://127.0.0.1:8000/v1"))?;
    let model = openai
        .model
        .as_deref()
        .ok_or_else(|| missing("openai.model", "set WAZUH_IRIS_OPENAI_MODEL to a model of that server"))?;
    let timeouts = llm_ollama::Timeouts {
        first_token: openai.first_token,
        between_tokens: openai.between_tokens,
        whole: settings.worker.deadline,
        ..llm_ollama::Timeouts::default()
    };
    let mut builder = OpenAi::builder(url)
        .model(model)
        .remote(openai.remote)
        .structure(match openai.structure {
            StructureChoice::Schema | StructureChoice::Loose => Structure::Schema,
            StructureChoice::Object => Structure::Object,
            StructureChoice::Prompt => Structure::Prompt,
        })
        .strict(openai.structure != StructureChoice::Loose)
        .extra(openai.extra.clone())
        .max_tokens(openai.max_tokens)
        .completion_tokens(openai.reasoning)
        .timeouts(timeouts)
        .concurrency(openai.concurrency);
    if openai.reasoning {
        builder = builder.temperature(None);
    }
    if let Some(key) = &openai.key {
        builder = builder.key(key.clone());
    }
    if let Some(file) = &openai.ca_file {
        builder = builder.ca_pem(certificates("openai.ca_file", file)?);
    }
    builder.build().map_err(SetupError::of)
}

fn command(command: &CommandSettings) -> Result<CommandTriager, SetupError> {
    let program = command.program.as_deref().ok_or_else(|| {
        missing(
            "command.program",
            "set WAZUH_IRIS_COMMAND_PROGRAM to your program; docs/writing-a-triager.md says what it must do",
        )
    })?;
    let mut triager = CommandTriager::new(program)
        .arguments(&command.arguments)
        .remote(command.remote)
        .children(command.children)
        .start_limit(command.start);
    for name in &command.environment {
        let value = std::env::var(name).map_err(|_| {
            missing(
                name,
                "it is named in command.environment; set it for the worker, or leave it out",
            )
        })?;
        triager = triager.variable(name, SecretString::from(value));
    }
    Ok(triager)
}

/// The redactor; pseudonyms are on by default only when evidence leaves the house.
pub(super) fn redactor(settings: &Settings, remote: bool) -> Result<Redactor, SetupError> {
    let worker = &settings.worker;
    let redactor = RedactorSettings {
        secrets: worker.redact_secrets,
        pseudonyms: worker.pseudonyms.unwrap_or(remote),
        own_domains: worker.own_domains.clone(),
        max_total_bytes: worker.max_chars,
        ..RedactorSettings::default()
    };
    Redactor::new(redactor).map_err(SetupError::of)
}

/// What raises a verdict.
pub(super) fn policy(settings: &Settings) -> Policy {
    Policy {
        floors: settings.worker.floors.clone(),
    }
}

/// Everything that reviews.
pub(super) fn reviewer(settings: &Settings, triager: Arc<dyn Triager>) -> Result<Reviewer, SetupError> {
    let redactor = redactor(settings, triager.about().remote)?;
    Ok(Reviewer {
        triager,
        redactor,
        policy: policy(settings),
    })
}

/// How alerts are claimed.
fn protocol(settings: &Settings) -> Result<(Timing, TagNames), SetupError> {
    let (worker, tags) = (&settings.worker, &settings.tags);
    let timing = Timing {
        settle: worker.settle,
        deadline: worker.deadline,
        lease: worker.lease,
        max_tries: MOST_TRIES,
    };
    timing.check().map_err(SetupError::of)?;
    let names = TagNames::new(&tags.pending, &tags.processing, &tags.reviewed, &tags.failed).map_err(SetupError::of)?;
    Ok((timing, names))
}

/// Whether a worker could begin under these settings, so far as no server tells.
pub(super) fn check(settings: &Settings) -> Result<(), SetupError> {
    protocol(settings)?;
    redactor(settings, false).map(drop)
}

/// A worker with its name, which it holds as long as it lives.
pub(super) fn worker(settings: &Settings, triager: Arc<dyn Triager>) -> Result<(App, Identity), SetupError> {
    let worker = &settings.worker;
    let (timing, names) = protocol(settings)?;
    let iris_url = settings.iris.base_url.as_deref().unwrap_or_default();
    let identity = Identity::take(worker.id.as_deref(), iris_url)
        .map_err(|error| SetupError(format!("no worker name: {error}\nhint: set AI_WORKER_ID")))?;
    let (watch, nonces) = memory(timing.lease);
    let half = settings.iris.concurrency.div_ceil(2);
    let desk = Desk {
        iris: iris(settings, half)?,
        claims: iris(settings, half)?,
        claiming: Semaphore::new(half),
        me: identity.id.clone(),
        here: identity.place.clone(),
        company: Mutex::default(),
        names,
        timing,
        place: worker.result,
        review_later: worker.review_later,
        watch,
        nonces,
        owed: Mutex::default(),
        budget: Mutex::new(Budget::new(worker.budget_per_hour, worker.budget_per_rule)),
        floor: Floor::new(triager.about().concurrency),
    };
    let meter = Arc::new(Metered::new(triager));
    let asked: Arc<dyn Triager> = match worker.cache {
        Some(time) => {
            let settings = CacheSettings::default().time_to_live(time);
            Arc::new(Cached::new(Arc::clone(&meter), settings).clock(boottime()))
        }
        None => Arc::clone(&meter) as Arc<dyn Triager>,
    };
    let reviewer = reviewer(settings, asked)?;
    Ok((App::new(desk, reviewer, meter, worker.clone()), identity))
}

/// A clock for decorators that runs on while the machine sleeps: a verdict must not outlive its day in a suspended machine.
fn boottime() -> Clock {
    let (begun, boot) = (Instant::now(), clock::now());
    Clock::new(move || begun + clock::now().saturating_sub(boot))
}
