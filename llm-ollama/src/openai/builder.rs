//! Settings of the OpenAI-compatible triager, checked before anything is sent.

use secrecy::SecretString;
use serde_json::{Map, Value};
use triage_core::TriageErrorKind::Misconfigured;
use triage_core::{PromptSettings, TriageError};

use crate::address::Address;
use crate::ask::Asker;
use crate::http;
use crate::openai::client::{OpenAiClient, Setup};
use crate::openai::triager::OpenAi;
use crate::timeouts::Timeouts;

/// How the server is made to answer with the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Structure {
    /// `json_schema`: the server holds the model to the form.
    #[default]
    Schema,
    /// `json_object`: the server holds it to JSON; the form stands in the prompt only.
    Object,
    /// Nothing: the form stands in the prompt only.
    Prompt,
}

/// Builds an [`OpenAi`].
#[derive(Debug, Clone)]
#[must_use]
pub struct OpenAiBuilder {
    url: String,
    setup: Setup,
    key: Option<SecretString>,
    ca_pem: Option<Vec<u8>>,
    prompt: PromptSettings,
}

/// Fields of the request that are ours, and that nobody may put something else into.
const OURS: &[&str] = &[
    "model",
    "messages",
    "stream",
    "response_format",
    "n",
    "tools",
    "functions",
];

impl OpenAiBuilder {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            setup: Setup {
                model: String::new(),
                max_tokens: 700,
                completion_tokens: false,
                seed: 7,
                temperature: Some(0.0),
                structure: Structure::default(),
                strict: true,
                extra: Map::new(),
                timeouts: Timeouts::default(),
                concurrency: 1,
                remote: true,
            },
            key: None,
            ca_pem: None,
            prompt: PromptSettings::default(),
        }
    }

    /// Names the model; there is no default.
    pub fn model(mut self, name: impl Into<String>) -> Self {
        name.into().trim().clone_into(&mut self.setup.model);
        self
    }

    /// Sets the key, sent as a bearer token.
    pub fn key(mut self, key: SecretString) -> Self {
        self.key = Some(key);
        self
    }

    /// Sets the most tokens of an answer; 700 unless set.
    pub fn max_tokens(mut self, tokens: u32) -> Self {
        self.setup.max_tokens = tokens;
        self
    }

    /// Sends that limit as `max_completion_tokens`, which OpenAI's reasoning models want and Ollama ignores; no unless set.
    pub fn completion_tokens(mut self, yes: bool) -> Self {
        self.setup.completion_tokens = yes;
        self
    }

    /// Sets the seed of the sampler; 7 unless set.
    pub fn seed(mut self, seed: u32) -> Self {
        self.setup.seed = seed;
        self
    }

    /// Sets the temperature, or leaves it to the server with `None`, as some models require; 0 unless set.
    pub fn temperature(mut self, temperature: impl Into<Option<f64>>) -> Self {
        self.setup.temperature = temperature.into();
        self
    }

    /// Sets how the server is made to answer with the form; by schema unless set.
    pub fn structure(mut self, structure: Structure) -> Self {
        self.setup.structure = structure;
        self
    }

    /// Sets `strict` of the schema; yes unless set.
    pub fn strict(mut self, strict: bool) -> Self {
        self.setup.strict = strict;
        self
    }

    /// Adds fields to every request, such as `{"chat_template_kwargs": {"enable_thinking": false}}`. They win over ours, and `null`
    /// leaves one of ours out, such as `seed` or `stream_options` for a server that knows neither.
    pub fn extra(mut self, fields: Map<String, Value>) -> Self {
        self.setup.extra = fields;
        self
    }

    /// Sets the limits for each part of a call.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.setup.timeouts = timeouts;
        self
    }

    /// Sets how many calls run at once; 1 unless set, and 0 is taken as 1.
    pub fn concurrency(mut self, calls: usize) -> Self {
        self.setup.concurrency = calls.max(1);
        self
    }

    /// Says that evidence stays on our own network. Only a person knows: a gateway on this host may pass it on.
    pub fn remote(mut self, remote: bool) -> Self {
        self.setup.remote = remote;
        self
    }

    /// Trusts these PEM certificates too, beside the operating system's.
    pub fn ca_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca_pem = Some(pem.into());
        self
    }

    /// Sets how the question about an alert is written: its size, and the language of the answer.
    pub fn prompt(mut self, settings: PromptSettings) -> Self {
        self.prompt = settings;
        self
    }

    /// Checks the settings and builds the triager; sends nothing.
    ///
    /// # Errors
    /// `Misconfigured`, with what to change.
    pub fn build(self) -> Result<OpenAi, TriageError> {
        let asker = Asker::new(self.prompt.clone());
        Ok(OpenAi::new(self.client()?, asker))
    }

    /// Builds the client alone, without anything about alerts.
    ///
    /// # Errors
    /// `Misconfigured`, with what to change.
    pub fn client(self) -> Result<OpenAiClient, TriageError> {
        let address = Address::parse(&self.url, &["/chat/completions", "/models"])?.or_path("v1");
        check(&self.setup)?;
        if !self.setup.remote && !address.is_local() {
            return refuse("the address is not on our own network, so evidence leaves it");
        }
        let http = http::client(
            &address,
            self.setup.timeouts.connect,
            self.key.as_ref(),
            self.ca_pem.as_deref(),
        )?;
        Ok(OpenAiClient::new(http, address, self.setup, self.key))
    }
}

fn check(setup: &Setup) -> Result<(), TriageError> {
    if setup.model.is_empty() {
        return refuse("no model is named");
    }
    if setup.max_tokens == 0 {
        return refuse("max_tokens is 0; set the most tokens of an answer");
    }
    if setup
        .temperature
        .is_some_and(|temperature| !temperature.is_finite() || temperature < 0.0)
    {
        return refuse("the temperature must be 0 or more");
    }
    if let Some(ours) = setup.extra.keys().find(|name| OURS.contains(&name.as_str())) {
        return refuse(&format!("the extra field `{ours}` is not yours to set"));
    }
    setup.timeouts.check()
}

fn refuse<T>(what: &str) -> Result<T, TriageError> {
    Err(TriageError::new(Misconfigured, what))
}
