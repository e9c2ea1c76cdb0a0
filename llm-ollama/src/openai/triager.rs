//! The triager that asks an OpenAI-compatible server.

use async_trait::async_trait;
use triage_core::{About, Call, Draft, Evidence, Health, Prompt, Redacted, TriageError, TriageErrorKind, Triager};

use crate::ask::Asker;
use crate::openai::builder::OpenAiBuilder;
use crate::openai::client::OpenAiClient;
use crate::setback::{Setback, of_warm_up};

/// Asks any server that speaks OpenAI's chat completions.
#[derive(Debug)]
pub struct OpenAi {
    client: OpenAiClient,
    asker: Asker,
    setback: Setback,
}

impl OpenAi {
    /// Starts from an address: a host, a base such as `https://host/v1`, or the whole address of its chat completions.
    pub fn builder(url: &str) -> OpenAiBuilder {
        OpenAiBuilder::new(url)
    }

    pub(crate) fn new(client: OpenAiClient, asker: Asker) -> Self {
        Self {
            client,
            asker,
            setback: Setback::default(),
        }
    }

    /// Gives the conversation below, for questions that are not about alerts.
    pub fn client(&self) -> &OpenAiClient {
        &self.client
    }

    pub(crate) fn asker(&self) -> &Asker {
        &self.asker
    }
}

#[async_trait]
impl Triager for OpenAi {
    fn about(&self) -> About {
        About::new("openai", env!("CARGO_PKG_VERSION"))
            .remote(self.client.setup().remote)
            .concurrency(self.client.setup().concurrency)
    }

    async fn triage(&self, evidence: &Redacted<Evidence>, call: &Call) -> Result<Draft, TriageError> {
        let answer = self.client.chat(&self.asker.request(evidence, call)).await;
        self.setback.note(&answer);
        answer.map(|answer| self.asker.draft(evidence, answer))
    }

    async fn health(&self) -> Health {
        if let Some(health) = self.setback.health() {
            return health;
        }
        match self.client.check().await {
            Ok(()) => Health::Ready,
            Err(error) if error.kind == TriageErrorKind::Busy => Health::Cold,
            Err(error) if error.kind == TriageErrorKind::Misconfigured => Health::Misconfigured(error.message),
            Err(error) => Health::Down(error.message),
        }
    }

    async fn warm_up(&self) -> Result<(), TriageError> {
        let rehearsal = Prompt::rehearsal();
        let warmed = self
            .client
            .warm_up(rehearsal.system, &rehearsal.schema)
            .await
            .map_err(of_warm_up);
        self.setback.note(&warmed);
        warmed
    }
}
