//! One chat completion, as it is asked for and as it comes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use triage_core::Meta;

use crate::chat::{Message, count};

/// The request as it is sent.
#[derive(Debug, Serialize)]
pub(crate) struct Wire<'a> {
    pub(crate) model: &'a str,
    pub(crate) messages: [Message<'a>; 2],
    pub(crate) stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stream_options: Option<StreamOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) response_format: Option<Format<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seed: Option<u32>,
    #[serde(flatten)]
    pub(crate) extra: BTreeMap<&'a String, &'a Value>,
}

/// Asks for token counts in a stream.
#[derive(Debug, Serialize)]
pub(crate) struct StreamOptions {
    pub(crate) include_usage: bool,
}

/// What the answer has to look like.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Format<'a> {
    JsonSchema { json_schema: Named<'a> },
    JsonObject,
}

/// A schema with the name that the protocol wants.
#[derive(Debug, Serialize)]
pub(crate) struct Named<'a> {
    pub(crate) name: &'static str,
    pub(crate) strict: bool,
    pub(crate) schema: &'a RawValue,
}

/// One event of a stream, or a whole answer where a server does not stream.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Part {
    pub(crate) error: Option<Value>,
    pub(crate) object: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) system_fingerprint: Option<String>,
    #[serde(deserialize_with = "list")]
    pub(crate) choices: Vec<Choice>,
    pub(crate) usage: Option<Usage>,
    pub(crate) timings: Option<Timings>,
}

/// One of the answers; we ask for one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Choice {
    pub(crate) index: Option<u64>,
    pub(crate) delta: Option<Said>,
    pub(crate) message: Option<Said>,
    pub(crate) finish_reason: Option<String>,
}

/// What an event adds to the answer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Said {
    pub(crate) content: Option<Content>,
    // Three names for a thought: vLLM and DeepSeek, OpenRouter, Ollama.
    pub(crate) reasoning_content: Option<String>,
    pub(crate) reasoning: Option<String>,
    pub(crate) thinking: Option<String>,
    pub(crate) refusal: Option<String>,
}

/// Words as they are, or in parts, as some servers write them.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Content {
    Text(String),
    Parts(Vec<Piece>),
}

/// One part of an answer: text, or a thought.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Piece {
    text: Option<String>,
    thinking: Option<Vec<Piece>>,
}

impl Said {
    pub(crate) fn content(&self) -> Cow<'_, str> {
        match &self.content {
            None => Cow::Borrowed(""),
            Some(Content::Text(text)) => Cow::Borrowed(text),
            Some(Content::Parts(parts)) => parts.iter().filter_map(|part| part.text.as_deref()).collect(),
        }
    }

    pub(crate) fn thought(&self) -> Cow<'_, str> {
        let names = [&self.reasoning_content, &self.reasoning, &self.thinking];
        if let Some(thought) = names.into_iter().flatten().find(|thought| !thought.is_empty()) {
            return Cow::Borrowed(thought);
        }
        let Some(Content::Parts(parts)) = &self.content else {
            return Cow::Borrowed("");
        };
        let thoughts = parts.iter().flat_map(|part| part.thinking.iter().flatten());
        thoughts.filter_map(|part| part.text.as_deref()).collect()
    }
}

/// Token counts.
#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(default)]
pub(crate) struct Usage {
    #[serde(deserialize_with = "count")]
    pub(crate) prompt_tokens: Option<u64>,
    #[serde(deserialize_with = "count")]
    pub(crate) completion_tokens: Option<u64>,
}

/// Times in milliseconds, which only llama-server gives.
#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(default)]
pub(crate) struct Timings {
    pub(crate) prompt_ms: Option<f64>,
    pub(crate) predicted_ms: Option<f64>,
}

impl Timings {
    /// Writes them where they belong.
    pub(crate) fn note(&self, meta: &mut Meta) {
        let time = |ms: Option<f64>| {
            let time = Duration::try_from_secs_f64(ms? / 1000.0).ok()?;
            // An odd one is as good as none, and would overflow a sum.
            Some(time).filter(|time| *time < Duration::from_hours(24 * 365))
        };
        meta.prompt = time(self.prompt_ms);
        meta.generate = time(self.predicted_ms);
    }
}

/// Reads a list that some servers write as `null` when it is empty.
fn list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Choice>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}
