//! Settings of the Ollama triager, checked before anything is sent.

use std::time::Duration;

use secrecy::SecretString;
use triage_core::TriageErrorKind::Misconfigured;
use triage_core::{PromptSettings, TriageError};

use crate::address::Address;
use crate::ask::Asker;
use crate::chat::Options;
use crate::client::{OllamaClient, Setup};
use crate::http;
use crate::ollama::Ollama;
use crate::timeouts::Timeouts;

/// The model that is asked unless another one is named: small enough for a CPU, does not think aloud, MIT licence.
pub const DEFAULT_MODEL: &str = "phi4-mini:latest";

/// Builds an [`Ollama`].
#[derive(Debug, Clone)]
#[must_use]
pub struct OllamaBuilder {
    url: String,
    setup: Setup,
    bearer: Option<SecretString>,
    ca_pem: Option<Vec<u8>>,
    prompt: PromptSettings,
}

impl OllamaBuilder {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            setup: Setup {
                model: DEFAULT_MODEL.to_owned(),
                options: Options {
                    num_ctx: 4096,
                    num_predict: 700,
                    seed: 7,
                    temperature: 0.0,
                    num_thread: None,
                },
                keep_alive: Duration::from_mins(30),
                timeouts: Timeouts::default(),
                allow_remote: Vec::new(),
                concurrency: 1,
            },
            bearer: None,
            ca_pem: None,
            prompt: PromptSettings::default(),
        }
    }

    /// Names the model; `phi4-mini:latest` unless set.
    pub fn model(mut self, name: impl Into<String>) -> Self {
        name.into().trim().clone_into(&mut self.setup.model);
        self
    }

    /// Sets the context in tokens, prompt and answer together; 4096 unless set. Another value than the loaded one reloads the
    /// model.
    pub fn num_ctx(mut self, tokens: u32) -> Self {
        self.setup.options.num_ctx = tokens;
        self
    }

    /// Sets the most tokens of an answer; 700 unless set.
    pub fn num_predict(mut self, tokens: u32) -> Self {
        self.setup.options.num_predict = tokens;
        self
    }

    /// Sets how long the model stays loaded after a call; 30 min unless set, [`Duration::MAX`] for ever. Shorter than the pause
    /// between alerts means that every alert waits for a load.
    pub fn keep_alive(mut self, time: Duration) -> Self {
        self.setup.keep_alive = time;
        self
    }

    /// Sets the seed of the sampler; 7 unless set.
    pub fn seed(mut self, seed: u32) -> Self {
        self.setup.options.seed = seed;
        self
    }

    /// Sets the temperature; 0 unless set, so that the same alert is judged the same way.
    pub fn temperature(mut self, temperature: impl Into<f64>) -> Self {
        self.setup.options.temperature = temperature.into();
        self
    }

    /// Sets the limits for each part of a call.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.setup.timeouts = timeouts;
        self
    }

    /// Sets the key for a proxy before Ollama; Ollama itself knows no keys.
    pub fn bearer(mut self, key: SecretString) -> Self {
        self.bearer = Some(key);
        self
    }

    /// Trusts these PEM certificates too, beside the operating system's.
    pub fn ca_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca_pem = Some(pem.into());
        self
    }

    /// Allows these models to run elsewhere than on the server that is asked, as Ollama's cloud models do.
    pub fn allow_remote<S: AsRef<str>>(mut self, models: &[S]) -> Self {
        self.setup.allow_remote = models.iter().map(|name| name.as_ref().to_owned()).collect();
        self
    }

    /// Sets how many chats run at once; 1 unless set, and 0 is taken as 1.
    pub fn concurrency(mut self, calls: usize) -> Self {
        self.setup.concurrency = calls.max(1);
        self
    }

    /// Sets the threads that Ollama uses; its own choice unless set. On a shared host, one less than the physical cores.
    pub fn num_thread(mut self, threads: impl Into<Option<u32>>) -> Self {
        self.setup.options.num_thread = threads.into();
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
    pub fn build(self) -> Result<Ollama, TriageError> {
        let asker = Asker::new(self.prompt.clone());
        Ok(Ollama::new(self.client()?, asker))
    }

    /// Builds the client alone, without anything about alerts.
    ///
    /// # Errors
    /// `Misconfigured`, with what to change.
    pub fn client(self) -> Result<OllamaClient, TriageError> {
        let address = Address::of_ollama(&self.url)?;
        check(&self.setup)?;
        let http = http::client(
            &address,
            self.setup.timeouts.connect,
            self.bearer.as_ref(),
            self.ca_pem.as_deref(),
        )?;
        Ok(OllamaClient::new(http, address, self.setup, self.bearer))
    }
}

fn check(setup: &Setup) -> Result<(), TriageError> {
    let refuse = |what: &str| Err(TriageError::new(Misconfigured, what));
    let options = setup.options;
    if setup.model.is_empty() {
        return refuse("no model is named");
    }
    if options.num_predict == 0 {
        // On one of Ollama's two paths 0 means no limit.
        return refuse("num_predict is 0, which Ollama takes as no limit; set the most tokens of an answer");
    }
    if options.num_predict >= options.num_ctx {
        return refuse("num_predict leaves no room for the prompt: it must be less than num_ctx");
    }
    if !options.temperature.is_finite() || options.temperature < 0.0 {
        return refuse("the temperature must be 0 or more");
    }
    if setup.keep_alive.is_zero() {
        return refuse("keep_alive is 0, which unloads the model after every call and turns a warm-up into an unload");
    }
    setup.timeouts.check()
}
