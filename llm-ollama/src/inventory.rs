//! What an Ollama says about itself and its models.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures_util::future::join;
use reqwest::RequestBuilder;
use serde::Deserialize;
use tokio::time::{Instant, timeout};
use tracing::warn;
use triage_core::TriageError;
use triage_core::TriageErrorKind::{Misconfigured, Unavailable};

use crate::card::{ModelCard, is_cloud_name, same_model};
use crate::client::OllamaClient;
use crate::failure::Peer;
use crate::http;
use crate::reading::{SMALL_CALL, seconds};
use crate::version::Version;

/// How long what a server said about itself is believed.
const CARD_LIFETIME: Duration = Duration::from_mins(5);
/// `/api/show` of a model with a long licence and many tensors.
const LONGEST_CARD: usize = 16 << 20;

/// Models in memory that are compared with ours by their weights.
const MOST_LOADED: usize = 8;

/// What the server said about itself and the model, and when.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) card: Arc<ModelCard>,
    pub(crate) version: Option<Version>,
    pub(crate) digest: Option<String>,
    pub(crate) since: Instant,
}

/// A model that the server holds in memory.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct Loaded {
    /// The name that loaded it, which may be another name of the same weights.
    #[serde(default)]
    pub name: String,
    /// Digest of the model.
    #[serde(default)]
    pub digest: Option<String>,
    /// Tokens of its context, as they really are.
    #[serde(default)]
    pub context_length: Option<u64>,
}

impl OllamaClient {
    /// Says what the server knows about the model; asked once in five minutes.
    ///
    /// # Errors
    /// `Misconfigured` when the model is missing, cannot complete text, or runs elsewhere without a person's word.
    pub async fn card(&self) -> Result<Arc<ModelCard>, TriageError> {
        Ok(self.known().await?.card)
    }

    pub(crate) async fn known(&self) -> Result<Known, TriageError> {
        let cached = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = cached.filter(|known| known.since.elapsed() < CARD_LIFETIME) {
            return Ok(known);
        }
        let peer = self.bare_peer();
        if is_cloud_name(&self.setup.model) {
            self.refuse_remote(&peer)?;
        }
        let card = Arc::new(self.show(&self.setup.model).await?);
        if card.remote_host.is_some() {
            self.refuse_remote(&peer)?;
        }
        if card.completes() == Some(false) {
            let what = format!("cannot use `{}`: it is no model that completes text", self.setup.model);
            return Err(peer.error(Misconfigured, &what));
        }
        let (version, digest) = join(self.version(), self.digest()).await;
        let known = Known {
            card,
            version: version.ok().flatten(),
            digest: digest.ok().flatten(),
            since: Instant::now(),
        };
        self.warn_once(known.version.as_ref());
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known.clone());
        Ok(known)
    }

    /// Asks `/api/show` about any model of the server.
    pub(crate) async fn show(&self, model: &str) -> Result<ModelCard, TriageError> {
        let body = self
            .small(self.post("api/show", &serde_json::json!({ "model": model })))
            .await?;
        ModelCard::read(&body).ok_or_else(|| self.bare_peer().error(Misconfigured, "is not at this address"))
    }

    /// Says which models are in memory.
    pub async fn loaded(&self) -> Result<Vec<Loaded>, TriageError> {
        #[derive(Deserialize)]
        struct Running {
            #[serde(default)]
            models: Option<Vec<Loaded>>,
        }
        let body = self.small(self.get("api/ps")).await?;
        let running: Running = serde_json::from_slice(&body)
            .map_err(|_| self.bare_peer().error(Misconfigured, "is not at this address"))?;
        Ok(running.models.unwrap_or_default())
    }

    /// Gives the entry of our model among those in memory, under whatever name it was loaded.
    pub(crate) async fn ours_among(&self, loaded: &[Loaded], known: &Known) -> Option<Loaded> {
        let same = |entry: &&Loaded| {
            same_model(&entry.name, &self.setup.model) || (entry.digest.is_some() && entry.digest == known.digest)
        };
        if let Some(entry) = loaded.iter().find(same) {
            return Some(entry.clone());
        }
        let weights = known.card.weights.as_ref()?;
        // A server holds a handful of models; one that lists thousands is not asked about each.
        for entry in loaded.iter().take(MOST_LOADED) {
            if self.show(&entry.name).await.ok()?.weights.as_ref() == Some(weights) {
                return Some(entry.clone());
            }
        }
        None
    }

    async fn version(&self) -> Result<Option<Version>, TriageError> {
        #[derive(Deserialize)]
        struct Answer {
            version: String,
        }
        let body = self.small(self.get("api/version")).await?;
        Ok(serde_json::from_slice::<Answer>(&body)
            .ok()
            .map(|answer| Version::new(&answer.version)))
    }

    async fn digest(&self) -> Result<Option<String>, TriageError> {
        #[derive(Deserialize)]
        struct Tags {
            models: Vec<Loaded>,
        }
        let body = self.small(self.get("api/tags")).await?;
        let models = serde_json::from_slice::<Tags>(&body)
            .map(|tags| tags.models)
            .unwrap_or_default();
        Ok(models
            .into_iter()
            .find(|model| same_model(&model.name, &self.setup.model))
            .and_then(|model| model.digest))
    }

    /// Makes a call that needs no model.
    async fn small(&self, request: RequestBuilder) -> Result<Vec<u8>, TriageError> {
        let peer = self.bare_peer();
        let call = async {
            let response = request.send().await.map_err(|error| peer.unreachable(error))?;
            let status = response.status();
            if !status.is_success() {
                let headers = response.headers().clone();
                return Err(peer.refused(status, &headers, &http::error_body(response).await));
            }
            let compressed = http::is_compressed(&response);
            let body = http::body(response, LONGEST_CARD)
                .await
                .map_err(|(_, error)| match error {
                    Some(error) => peer.unreachable(error),
                    None => peer.error(Misconfigured, "is not at this address: the answer has no end"),
                })?;
            if compressed && std::str::from_utf8(&body).is_err() {
                return Err(peer.compressed());
            }
            Ok(body)
        };
        let limit = SMALL_CALL + self.setup.timeouts.connect;
        timeout(limit, call)
            .await
            .unwrap_or_else(|_| Err(peer.error(Unavailable, &format!("did not answer within {}", seconds(limit)))))
    }

    /// Forgets what the server said, because it no longer holds.
    pub(crate) fn forget(&self) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(crate) fn refuse_remote(&self, peer: &Peer<'_>) -> Result<(), TriageError> {
        if self.may_be_remote() {
            return Ok(());
        }
        let what = format!(
            "would send alerts to another host: `{}` does not run here; choose a local model or allow this one by name",
            self.setup.model
        );
        Err(peer.error(Misconfigured, &what))
    }

    pub(crate) fn may_be_remote(&self) -> bool {
        self.setup
            .allow_remote
            .iter()
            .any(|name| same_model(name, &self.setup.model))
    }

    fn warn_once(&self, version: Option<&Version>) {
        let Some(complaint) = version.and_then(Version::complaint) else {
            return;
        };
        if !self.warned.swap(true, Ordering::Relaxed) {
            warn!(server.address = self.address.authority(), "{complaint}");
        }
    }
}
