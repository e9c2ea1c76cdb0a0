//! The conversation with one Ollama about one model, without anything about alerts.

use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use secrecy::{ExposeSecret, SecretString};
use serde_json::value::RawValue;
use tracing::Instrument;
use triage_core::TriageErrorKind::{BadOutput, Misconfigured, TooLarge, Unavailable};
use triage_core::{Meta, TriageError};

use crate::address::Address;
use crate::card::is_cloud_name;
use crate::chat::{AGAIN, ChatAnswer, ChatRequest, Message, Options, Part, Wire};
use crate::failure::{CUT_OFF, Peer, no_use};
use crate::inventory::Known;
use crate::reading::{Line, Patience, Took, each_line};
use crate::slots::Slots;
use crate::telemetry::{self, Asked};
use crate::timeouts::Timeouts;
use crate::transcript::Transcript;

const TEN_YEARS: u64 = 10 * 365 * 24 * 3600;

/// Everything that is the same in every call.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) model: String,
    pub(crate) options: Options,
    pub(crate) keep_alive: Duration,
    pub(crate) timeouts: Timeouts,
    pub(crate) allow_remote: Vec<String>,
    pub(crate) concurrency: usize,
}

/// One Ollama and one model on it.
///
/// Dropping the future of any call closes its connection, and Ollama stops generating at once. At most
/// [`OllamaBuilder::concurrency`](crate::OllamaBuilder::concurrency) chats run at once; the others wait here, because Ollama
/// lets any number wait in silence.
#[derive(Debug)]
pub struct OllamaClient {
    pub(crate) http: reqwest::Client,
    pub(crate) address: Address,
    pub(crate) setup: Setup,
    /// Kept to be hidden in what a server says.
    key: Option<SecretString>,
    slots: Slots,
    pub(crate) known: Mutex<Option<Known>>,
    pub(crate) warned: AtomicBool,
}

impl OllamaClient {
    pub(crate) fn new(http: reqwest::Client, address: Address, setup: Setup, key: Option<SecretString>) -> Self {
        Self {
            http,
            address,
            key,
            slots: Slots::new(setup.concurrency),
            setup,
            known: Mutex::new(None),
            warned: AtomicBool::new(false),
        }
    }

    /// Name of the model as it is asked for.
    pub fn model(&self) -> &str {
        &self.setup.model
    }

    /// Says whether alerts leave our own network: by the address, by the model's name, or because a person allowed it.
    pub fn is_remote(&self) -> bool {
        !self.address.is_local() || is_cloud_name(&self.setup.model) || self.may_be_remote()
    }

    pub(crate) fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Asks one question.
    ///
    /// # Errors
    /// The kind says whose fault it is; neither the message nor its causes hold a word of question or answer.
    pub async fn chat(&self, request: &ChatRequest) -> Result<ChatAnswer, TriageError> {
        let peer = self.peer(request);
        let limit = request.budget.unwrap_or(Duration::MAX).min(self.setup.timeouts.whole);
        let span = telemetry::span(&Asked {
            provider: "ollama",
            model: &self.setup.model,
            server: self.address.authority(),
            max_tokens: self.setup.options.num_predict,
            temperature: Some(self.setup.options.temperature),
            seed: self.setup.options.seed,
        });
        let call = self.converse(request, &peer);
        let answered = self.slots.run(limit, &peer, call).instrument(span.clone()).await;
        telemetry::record(&span, &answered);
        if matches!(&answered, Err(error) if error.kind == Misconfigured) {
            self.forget();
        }
        answered
    }

    async fn converse(&self, request: &ChatRequest, peer: &Peer<'_>) -> Result<ChatAnswer, TriageError> {
        let known = self.known().await?;
        let schema: &RawValue = serde_json::from_str(&request.schema)
            // The cause would quote the schema.
            .map_err(|_| peer.error(Misconfigured, "cannot be asked: the schema is not JSON"))?;
        let mut options = self.setup.options;
        if request.again {
            // Neither of them reloads the model.
            options.seed = options.seed.wrapping_add(1);
            options.temperature = options.temperature.max(AGAIN);
        }
        let wire = Wire {
            messages: vec![
                Message {
                    role: "system",
                    content: &request.system,
                },
                Message {
                    role: "user",
                    content: &request.user,
                },
            ],
            format: Some(schema),
            ..self.wire(&known, options)
        };
        let mut said = Transcript::default();
        let mut last = None;
        let ended = each_line(self.post("api/chat", &wire), self.patience(), peer, |line| {
            self.take(line, &mut said, &mut last, request)
        })
        .await?;
        let Some(last) = last.filter(|_| ended.in_order) else {
            // A model stuck on one token ends so, and so does an error that Ollama swallows before the first token.
            let kind = if said.is_empty() { Unavailable } else { BadOutput };
            return Err(peer.error(kind, "ended the answer without saying that it is done"));
        };
        let answer = self.finish(request, &known, &said, &last)?;
        Ok(answer.begun_after(ended.first_token))
    }

    /// Takes one line of the answer.
    fn take(
        &self,
        line: Line<'_>,
        said: &mut Transcript,
        last: &mut Option<Part>,
        request: &ChatRequest,
    ) -> Result<Took, TriageError> {
        if line.bytes.trim_ascii().is_empty() {
            return Ok(Took::Nothing);
        }
        // The parser's words quote what it read, so they are dropped.
        let part: Part = serde_json::from_slice(line.bytes).map_err(|_| self.peer(request).unreadable(line))?;
        if let Some(error) = &part.error {
            let peer = Peer {
                private: [&request.user, said.content(), said.thinking()],
                ..self.peer(request)
            };
            return Err(peer.broke_off(error));
        }
        if [&part.remote_host, &part.remote_model]
            .into_iter()
            .flatten()
            .any(|name| !name.trim().is_empty())
        {
            self.refuse_remote(&self.peer(request))?;
        }
        if let Some(piece) = &part.message {
            said.push(
                piece.content.as_deref().unwrap_or_default(),
                piece.thinking.as_deref().unwrap_or_default(),
            )?;
        }
        if part.done {
            *last = Some(part);
            return Ok(Took::End);
        }
        Ok(Took::Token)
    }

    fn finish(
        &self,
        request: &ChatRequest,
        known: &Known,
        said: &Transcript,
        last: &Part,
    ) -> Result<ChatAnswer, TriageError> {
        match last.done_reason.as_deref() {
            // Its brackets could be closed, and then a verdict would rest on half a thought.
            Some("length") => return Err(no_use(CUT_OFF)),
            Some("load" | "unload") => return Err(no_use("the model was loaded or unloaded and said nothing")),
            _ => {}
        }
        let text = said.object()?;
        let context = u64::from(self.setup.options.num_ctx);
        let prompt_tokens = last.prompt_eval_count;
        if prompt_tokens.is_some_and(|tokens| tokens >= context) {
            // Servers before 0.12.4 do not know `truncate`, and have cut away our instructions.
            let what = format!("cut the prompt to its context of {context} tokens");
            return Err(self.peer(request).error(TooLarge, &what));
        }
        let mut warnings = Vec::new();
        let bytes = (request.system.len() + request.user.len()) as u64;
        if prompt_tokens.is_some_and(|tokens| tokens.saturating_mul(8) < bytes) {
            warnings.push(format!(
                "the server read {} tokens of a prompt of {bytes} bytes: it may have cut the prompt",
                prompt_tokens.unwrap_or_default()
            ));
        }
        let meta = Meta {
            model: Some(self.setup.model.clone()),
            digest: known.digest.clone(),
            server: known
                .version
                .as_ref()
                .map(|version| format!("Ollama {}", version.text())),
            warnings,
            ..last.counts(!said.thinking().is_empty())
        };
        Ok(ChatAnswer::new(text, meta))
    }

    /// Loads the model with the very same options, then has it read the constant part, however long that takes: no deadline but
    /// a dead connection.
    ///
    /// # Errors
    /// As [`OllamaClient::chat`], but never `Timeout`.
    pub async fn warm_up(&self, system: &str, schema: &str) -> Result<(), TriageError> {
        let _slot = self.slots.wait(&self.bare_peer()).await?;
        let known = self.known().await?;
        let request = ChatRequest::new(system, "", schema);
        let patience = Patience {
            first: None,
            between: None,
        };
        let wire = self.wire(&known, self.setup.options);
        self.drain(&wire, patience, &request).await?;
        let schema: &RawValue = serde_json::from_str(schema).map_err(|_| {
            self.peer(&request)
                .error(Misconfigured, "cannot be asked: the schema is not JSON")
        })?;
        // One token of an answer: the server keeps what it read of the prompt, and would say now what it has against the schema.
        let options = Options {
            num_predict: 1,
            ..self.setup.options
        };
        let wire = Wire {
            messages: vec![
                Message {
                    role: "system",
                    content: system,
                },
                Message {
                    role: "user",
                    content: ".",
                },
            ],
            format: Some(schema),
            ..self.wire(&known, options)
        };
        self.drain(&wire, patience, &request).await
    }

    /// Asks for something whose words do not matter.
    async fn drain(&self, wire: &Wire<'_>, patience: Patience, request: &ChatRequest) -> Result<(), TriageError> {
        let mut said = Transcript::default();
        let mut last = None;
        let ended = each_line(self.post("api/chat", wire), patience, &self.peer(request), |line| {
            self.take(line, &mut said, &mut last, request)
        })
        .await
        .inspect_err(|error| {
            if error.kind == Misconfigured {
                self.forget();
            }
        })?;
        if ended.in_order {
            return Ok(());
        }
        Err(self
            .peer(request)
            .error(Unavailable, "stopped while the model was loading"))
    }

    fn wire(&self, known: &Known, options: Options) -> Wire<'_> {
        Wire {
            model: &self.setup.model,
            messages: Vec::new(),
            stream: true,
            // Unset means true where a model can think; elsewhere 0.12.4 refuses even `false`.
            think: known.card.think(),
            format: None,
            keep_alive: keep_alive(self.setup.keep_alive),
            truncate: false,
            options,
        }
    }

    fn patience(&self) -> Patience {
        Patience {
            first: Some(self.setup.timeouts.first_token),
            between: Some(self.setup.timeouts.between_tokens),
        }
    }

    pub(crate) fn post(&self, endpoint: &str, body: &impl serde::Serialize) -> RequestBuilder {
        self.http.request(Method::POST, self.address.at(endpoint)).json(body)
    }

    pub(crate) fn get(&self, endpoint: &str) -> RequestBuilder {
        self.http.request(Method::GET, self.address.at(endpoint))
    }
}

impl OllamaClient {
    /// The other side, before anything about an alert is sent.
    pub(crate) fn bare_peer(&self) -> Peer<'_> {
        Peer {
            name: "Ollama",
            origin: self.address.origin(),
            is_local: self.address.is_local(),
            model: &self.setup.model,
            pulls: true,
            private: [""; 3],
            key: self.key.as_ref().map_or("", |key| key.expose_secret().trim()),
            constant: "",
        }
    }

    /// The other side, with the question that its errors must not repeat.
    fn peer<'a>(&'a self, request: &'a ChatRequest) -> Peer<'a> {
        Peer {
            private: [&request.user, "", ""],
            constant: &request.system,
            ..self.bare_peer()
        }
    }
}

/// Writes how long a model stays loaded as Ollama reads it: whole seconds, or −1 for ever. A string without a unit is refused.
fn keep_alive(time: Duration) -> i64 {
    if time == Duration::MAX {
        return -1;
    }
    // Half a second must not become 0, which unloads at once.
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    // Ollama counts nanoseconds in 64 bits.
    i64::try_from(seconds.min(TEN_YEARS)).unwrap_or(-1)
}
