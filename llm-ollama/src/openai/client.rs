//! The conversation with one OpenAI-compatible server about one model, without anything about alerts.

use std::time::Duration;

use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use tokio::time::timeout;
use tracing::Instrument;
use triage_core::TriageError;
use triage_core::TriageErrorKind::{BadOutput, Misconfigured, Unavailable};

use crate::address::Address;
use crate::chat::{AGAIN, ChatAnswer, ChatRequest, Message};
use crate::failure::Peer;
use crate::http;
use crate::openai::answer::Answer;
use crate::openai::builder::Structure;
use crate::openai::listed::Listed;
use crate::openai::wire::{Format, Named, StreamOptions, Wire};
use crate::reading::{Patience, SMALL_CALL, Took, each_line, seconds};
use crate::slots::Slots;
use crate::telemetry::{self, Asked};
use crate::timeouts::Timeouts;

/// A gateway's list of some thousand models.
const LONGEST_LIST: usize = 4 << 20;

/// Everything that is the same in every call.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) model: String,
    pub(crate) max_tokens: u32,
    pub(crate) completion_tokens: bool,
    pub(crate) seed: u32,
    pub(crate) temperature: Option<f64>,
    pub(crate) structure: Structure,
    pub(crate) strict: bool,
    pub(crate) extra: Map<String, Value>,
    pub(crate) timeouts: Timeouts,
    pub(crate) concurrency: usize,
    pub(crate) remote: bool,
}

/// One server and one model on it. Dropping the future of any call closes its connection.
#[derive(Debug)]
pub struct OpenAiClient {
    http: reqwest::Client,
    address: Address,
    setup: Setup,
    /// Kept to be hidden in what a server says.
    key: Option<SecretString>,
    slots: Slots,
}

impl OpenAiClient {
    pub(crate) fn new(http: reqwest::Client, address: Address, setup: Setup, key: Option<SecretString>) -> Self {
        Self {
            http,
            address,
            key,
            slots: Slots::new(setup.concurrency),
            setup,
        }
    }

    /// Name of the model as it is asked for.
    pub fn model(&self) -> &str {
        &self.setup.model
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
            provider: "openai",
            model: &self.setup.model,
            server: self.address.authority(),
            max_tokens: self.setup.max_tokens,
            temperature: self.setup.temperature,
            seed: self.setup.seed,
        });
        let patience = Patience {
            first: Some(self.setup.timeouts.first_token),
            between: Some(self.setup.timeouts.between_tokens),
        };
        let call = async {
            let mut answer = Answer::default();
            let asked = self.ask(request, request.again, &peer)?;
            let ended = each_line(asked, patience, &peer, |line| answer.take(line, &peer)).await?;
            Ok(answer.finish(&peer)?.begun_after(ended.first_token))
        };
        let answered = self.slots.run(limit, &peer, call).instrument(span.clone()).await;
        telemetry::record(&span, &answered);
        answered
    }

    /// Asks with the very same settings and hangs up at the first word, however long that takes: the server has loaded the model
    /// and read the constant part, and has said what it has against the settings.
    ///
    /// # Errors
    /// As [`OpenAiClient::chat`], but never `Timeout`.
    pub async fn warm_up(&self, system: &str, schema: &str) -> Result<(), TriageError> {
        let request = ChatRequest::new(system, ".", schema);
        let peer = self.peer(&request);
        let _slot = self.slots.wait(&peer).await?;
        let patience = Patience {
            first: None,
            between: None,
        };
        let mut answer = Answer::default();
        let ended = each_line(self.ask(&request, false, &peer)?, patience, &peer, |line| {
            let took = answer.take(line, &peer)?;
            Ok(if answer.has_begun() { Took::End } else { took })
        })
        .await?;
        if ended.in_order && answer.has_begun() {
            return Ok(());
        }
        // What it said whole, or nothing at all; an answer that is no use is an answer.
        match answer.finish(&peer) {
            Err(error) if error.kind != BadOutput => Err(error),
            _ => Ok(()),
        }
    }

    /// Asks which models there are, which shows whether the server is there and takes the key. Many gateways do not list what
    /// they accept, so a missing name proves nothing.
    ///
    /// # Errors
    /// The kind says what to do; `Busy` while llama-server loads.
    pub async fn check(&self) -> Result<(), TriageError> {
        self.listed().await.map(|_| ())
    }

    /// Gives what the server says about the model, where it lists it, or about the only one that it has.
    pub(crate) async fn listed(&self) -> Result<Option<Listed>, TriageError> {
        let peer = self.bare_peer();
        let call = async {
            let request = self.http.get(self.address.at("models"));
            let response = request.send().await.map_err(|error| peer.unreachable(error))?;
            let status = response.status();
            if status.is_success() {
                let body = http::body(response, LONGEST_LIST).await.unwrap_or_default();
                return Ok(Listed::among(&body, &self.setup.model));
            }
            // A server that lists nothing, or not to this key, can still answer; only these say that it will not.
            let telling = [
                StatusCode::UNAUTHORIZED,
                StatusCode::PROXY_AUTHENTICATION_REQUIRED,
                StatusCode::TOO_MANY_REQUESTS,
            ];
            if status.is_client_error() && !telling.contains(&status) {
                return Ok(None);
            }
            let headers = response.headers().clone();
            Err(peer.refused(status, &headers, &http::error_body(response).await))
        };
        let limit = SMALL_CALL + self.setup.timeouts.connect;
        timeout(limit, call)
            .await
            .unwrap_or_else(|_| Err(peer.error(Unavailable, &format!("did not answer within {}", seconds(limit)))))
    }

    /// Gives the tokens of one slot's context, which only llama-server tells.
    pub(crate) async fn context(&self) -> Option<u64> {
        let asked = self.http.get(self.address.beside("props")).send();
        let response = timeout(SMALL_CALL, asked).await.ok()?.ok()?.error_for_status().ok()?;
        let body = timeout(SMALL_CALL, http::body(response, LONGEST_LIST))
            .await
            .ok()?
            .ok()?;
        let props: Value = serde_json::from_slice(&body).ok()?;
        props.pointer("/default_generation_settings/n_ctx")?.as_u64()
    }

    fn ask(&self, request: &ChatRequest, again: bool, peer: &Peer<'_>) -> Result<reqwest::RequestBuilder, TriageError> {
        let setup = &self.setup;
        let schema: &RawValue = serde_json::from_str(&request.schema)
            // The cause would quote the schema.
            .map_err(|_| peer.error(Misconfigured, "cannot be asked: the schema is not JSON"))?;
        let response_format = match setup.structure {
            Structure::Schema => Some(Format::JsonSchema {
                json_schema: Named {
                    name: "triage",
                    strict: setup.strict,
                    schema,
                },
            }),
            Structure::Object => Some(Format::JsonObject),
            Structure::Prompt => None,
        };
        // A field that is given, even as nothing, is not ours: twice in one object it would mean whatever a server makes of it.
        let ours = |name: &str| !setup.extra.contains_key(name);
        let tokens = |name: &str, wanted: bool| (wanted && ours(name)).then_some(setup.max_tokens);
        let wire = Wire {
            model: &setup.model,
            messages: [
                Message {
                    role: "system",
                    content: &request.system,
                },
                Message {
                    role: "user",
                    content: &request.user,
                },
            ],
            stream: true,
            stream_options: ours("stream_options").then_some(StreamOptions { include_usage: true }),
            response_format,
            max_tokens: tokens("max_tokens", !setup.completion_tokens),
            max_completion_tokens: tokens("max_completion_tokens", setup.completion_tokens),
            temperature: setup
                .temperature
                .filter(|_| ours("temperature"))
                .map(|t| if again { t.max(AGAIN) } else { t }),
            seed: ours("seed").then(|| setup.seed.wrapping_add(u32::from(again))),
            extra: setup.extra.iter().filter(|(_, value)| !value.is_null()).collect(),
        };
        Ok(self.http.post(self.address.at("chat/completions")).json(&wire))
    }

    fn bare_peer(&self) -> Peer<'_> {
        Peer {
            name: "the model server",
            origin: self.address.origin(),
            is_local: self.address.is_local(),
            model: &self.setup.model,
            pulls: false,
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
