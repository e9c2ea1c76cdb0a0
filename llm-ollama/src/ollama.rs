//! The triager that asks a local model through Ollama.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use triage_core::{About, Call, Draft, Evidence, Health, Prompt, Redacted, TriageError, TriageErrorKind, Triager};

use crate::ask::Asker;
use crate::builder::OllamaBuilder;
use crate::client::OllamaClient;
use crate::setback::{Setback, of_warm_up};

/// Asks a local model through Ollama's `/api/chat`.
///
/// # Guarantees
/// - Alerts do not leave the server that is named, unless a person allowed the model by its name.
/// - Dropping the future closes the connection; Ollama stops generating at once.
#[derive(Debug)]
pub struct Ollama {
    client: OllamaClient,
    asker: Asker,
    setback: Setback,
    warmed: Mutex<Warmed>,
}

impl Ollama {
    /// Starts from an address: the server's base, or what `OLLAMA_URL` used to hold, which ends in `/api/generate`.
    pub fn builder(url: &str) -> OllamaBuilder {
        OllamaBuilder::new(url)
    }

    pub(crate) fn new(client: OllamaClient, asker: Asker) -> Self {
        Self {
            client,
            asker,
            setback: Setback::default(),
            warmed: Mutex::default(),
        }
    }

    /// Gives the conversation below, for questions that are not about alerts.
    pub fn client(&self) -> &OllamaClient {
        &self.client
    }

    pub(crate) fn asker(&self) -> &Asker {
        &self.asker
    }

    /// Says whether the model is in memory with our options.
    async fn temperature(&self) -> Result<Health, TriageError> {
        let loaded = self.client.loaded().await;
        let known = self.client.known().await?;
        let loaded = match loaded {
            Ok(loaded) => loaded,
            // A proxy that lets only some paths through: a call will show what is loaded.
            Err(error) if error.kind == TriageErrorKind::Misconfigured => return Ok(Health::Ready),
            Err(error) => return Err(error),
        };
        let warmed = *self.warmed.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(ours) = self.client.ours_among(&loaded, &known).await else {
            return Ok(if warmed == Warmed::Unlisted {
                Health::Ready
            } else {
                Health::Cold
            });
        };
        let wanted = u64::from(self.client.setup().options.num_ctx);
        let expected = match warmed {
            Warmed::To(context) => context,
            _ => known.card.context_length.map_or(wanted, |trained| trained.min(wanted)),
        };
        // Loaded by somebody else with another context: our first call would load it again.
        let fits = ours.context_length.is_none_or(|context| context == expected);
        Ok(if fits { Health::Ready } else { Health::Cold })
    }

    /// Remembers how the server lists the model right after a warm-up, so that health does not stay cold for ever where it rounds
    /// the context, or lists nothing.
    async fn note_listing(&self) {
        let Ok(loaded) = self.client.loaded().await else { return };
        let Ok(known) = self.client.known().await else { return };
        let ours = self.client.ours_among(&loaded, &known).await;
        let listing = match ours.map(|ours| ours.context_length) {
            Some(Some(context)) => Warmed::To(context),
            Some(None) => Warmed::Never,
            None => Warmed::Unlisted,
        };
        *self.warmed.lock().unwrap_or_else(PoisonError::into_inner) = listing;
    }
}

/// How the server listed the model after the last warm-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Warmed {
    /// There was none, or the server says nothing about contexts.
    #[default]
    Never,
    /// With this context.
    To(u64),
    /// Not at all.
    Unlisted,
}

#[async_trait]
impl Triager for Ollama {
    fn about(&self) -> About {
        About::new("ollama", env!("CARGO_PKG_VERSION"))
            .remote(self.client.is_remote())
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
        match self.temperature().await {
            Ok(health) => health,
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
        warmed?;
        self.note_listing().await;
        Ok(())
    }
}
