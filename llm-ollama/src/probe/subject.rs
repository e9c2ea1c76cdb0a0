//! What can be probed: a model behind one of our backends.

use std::time::Duration;

use triage_core::{TriageError, Triager};

use crate::ask::Asker;
use crate::card::ModelCard;
use crate::chat::{ChatAnswer, ChatRequest};
use crate::ollama::Ollama;
#[cfg(feature = "openai")]
use crate::openai::{Listed, OpenAi};
use crate::version::Version;

/// The model of one of our triagers.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Subject<'a> {
    /// Behind Ollama.
    Ollama(&'a Ollama),
    /// Behind a server that speaks OpenAI's chat completions.
    #[cfg(feature = "openai")]
    OpenAi(&'a OpenAi),
}

impl<'a> From<&'a Ollama> for Subject<'a> {
    fn from(ollama: &'a Ollama) -> Self {
        Self::Ollama(ollama)
    }
}

#[cfg(feature = "openai")]
impl<'a> From<&'a OpenAi> for Subject<'a> {
    fn from(openai: &'a OpenAi) -> Self {
        Self::OpenAi(openai)
    }
}

/// What a server says about the model, before it is asked anything.
#[derive(Debug, Default)]
pub(crate) struct Identity {
    pub(crate) server: Option<String>,
    pub(crate) digest: Option<String>,
    pub(crate) card: Option<ModelCard>,
    pub(crate) complaint: Option<String>,
}

impl<'a> Subject<'a> {
    pub(crate) fn model(self) -> &'a str {
        match self {
            Self::Ollama(ollama) => ollama.client().model(),
            #[cfg(feature = "openai")]
            Self::OpenAi(openai) => openai.client().model(),
        }
    }

    /// The context that is asked for, where it can be.
    #[cfg_attr(
        not(feature = "openai"),
        expect(clippy::unnecessary_wraps, reason = "only the other backend has none")
    )]
    pub(crate) fn context_asked(self) -> Option<u32> {
        match self {
            Self::Ollama(ollama) => Some(ollama.client().setup().options.num_ctx),
            #[cfg(feature = "openai")]
            Self::OpenAi(_) => None,
        }
    }

    /// The longest that a call may take.
    pub(crate) fn limit(self) -> Duration {
        match self {
            Self::Ollama(ollama) => ollama.client().setup().timeouts.whole,
            #[cfg(feature = "openai")]
            Self::OpenAi(openai) => openai.client().setup().timeouts.whole,
        }
    }

    pub(crate) fn asker(self) -> &'a Asker {
        match self {
            Self::Ollama(ollama) => ollama.asker(),
            #[cfg(feature = "openai")]
            Self::OpenAi(openai) => openai.asker(),
        }
    }

    pub(crate) fn triager(self) -> &'a dyn Triager {
        match self {
            Self::Ollama(ollama) => ollama,
            #[cfg(feature = "openai")]
            Self::OpenAi(openai) => openai,
        }
    }

    pub(crate) async fn identify(self) -> Result<Identity, TriageError> {
        match self {
            Self::Ollama(ollama) => {
                let known = ollama.client().known().await?;
                let version = known.version.as_ref();
                Ok(Identity {
                    server: version.map(|version| version.text().to_owned()),
                    complaint: version.and_then(Version::complaint),
                    digest: known.digest.clone(),
                    card: Some((*known.card).clone()),
                })
            }
            #[cfg(feature = "openai")]
            Self::OpenAi(openai) => {
                let listed = openai.client().listed().await?;
                let card = ModelCard {
                    context_length: listed.as_ref().and_then(Listed::context),
                    parameter_size: listed.as_ref().and_then(Listed::size),
                    ..ModelCard::default()
                };
                Ok(Identity {
                    server: listed.and_then(|listed| listed.owned_by),
                    card: Some(card),
                    ..Identity::default()
                })
            }
        }
    }

    /// The context that the server really gives, once the model is loaded.
    pub(crate) async fn context_given(self) -> Option<u64> {
        match self {
            Self::Ollama(ollama) => {
                let client = ollama.client();
                let loaded = client.loaded().await.ok()?;
                let known = client.known().await.ok()?;
                client.ours_among(&loaded, &known).await?.context_length
            }
            #[cfg(feature = "openai")]
            Self::OpenAi(openai) => openai.client().context().await,
        }
    }

    pub(crate) async fn chat(self, request: &ChatRequest) -> Result<ChatAnswer, TriageError> {
        match self {
            Self::Ollama(ollama) => ollama.client().chat(request).await,
            #[cfg(feature = "openai")]
            Self::OpenAi(openai) => openai.client().chat(request).await,
        }
    }
}
