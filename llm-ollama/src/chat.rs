//! One question to `/api/chat` and its answer, as Ollama writes them.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use triage_core::Meta;

use crate::card::Think;

/// The least temperature of a second question: at 0 the same model says the same thing again.
pub(crate) const AGAIN: f64 = 0.3;

/// One question: a constant part, a part about the alert, and the form to fill in.
#[derive(Clone)]
#[non_exhaustive]
pub struct ChatRequest {
    /// The constant part, byte for byte the same in every call: what the server has read of it once, it need not read again.
    pub system: String,
    /// The part about the alert, and what was wrong with the last answer at its very end.
    pub user: String,
    /// JSON Schema of the answer, sent as it is written here: a re-ordered one makes the model answer before it reasons.
    pub schema: String,
    /// Time left for the whole call.
    pub budget: Option<Duration>,
    /// Whether the last answer was refused: another seed and some temperature, because the same ones end the same way.
    pub again: bool,
}

impl ChatRequest {
    /// A first question.
    pub fn new(system: impl Into<String>, user: impl Into<String>, schema: impl Into<String>) -> Self {
        Self {
            system: system.into(),
            user: user.into(),
            schema: schema.into(),
            budget: None,
            again: false,
        }
    }

    /// Bounds the whole call, below the client's own limit.
    #[must_use]
    pub fn within(mut self, budget: Option<Duration>) -> Self {
        self.budget = budget;
        self
    }

    /// Asks once more; `repair` says to the model what was wrong, after everything that was there before.
    #[must_use]
    pub fn again(mut self, repair: &str) -> Self {
        self.user.push_str("\n\n");
        self.user.push_str(repair);
        self.again = true;
        self
    }
}

impl fmt::Debug for ChatRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatRequest")
            .field("system_bytes", &self.system.len())
            .field("user_bytes", &self.user.len())
            .field("schema_bytes", &self.schema.len())
            .field("budget", &self.budget)
            .field("again", &self.again)
            .finish()
    }
}

/// One answer that holds one JSON object, unchecked otherwise.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct ChatAnswer {
    /// The object as the model wrote it.
    pub text: String,
    /// How it was made.
    pub meta: Meta,
    /// From the request, when a slot was free, to the first token, as it is seen from here.
    pub first_token: Option<Duration>,
}

impl ChatAnswer {
    pub(crate) fn new(text: String, meta: Meta) -> Self {
        Self {
            text,
            meta,
            first_token: None,
        }
    }

    pub(crate) fn begun_after(mut self, first_token: Option<Duration>) -> Self {
        self.first_token = first_token;
        self
    }
}

impl fmt::Debug for ChatAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatAnswer")
            .field("text_bytes", &self.text.len())
            .field("meta", &self.meta)
            .field("first_token", &self.first_token)
            .finish()
    }
}

/// The request as it is sent.
#[derive(Debug, Serialize)]
pub(crate) struct Wire<'a> {
    pub(crate) model: &'a str,
    pub(crate) messages: Vec<Message<'a>>,
    pub(crate) stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) think: Option<Think>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) format: Option<&'a RawValue>,
    pub(crate) keep_alive: i64,
    /// `false` always: the default cuts away the front of the prompt, our instructions, and says nothing.
    pub(crate) truncate: bool,
    pub(crate) options: Options,
}

/// One message of the conversation.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Message<'a> {
    pub(crate) role: &'static str,
    pub(crate) content: &'a str,
}

/// Options that are sent with every call, warm-up included: a different `num_ctx` or `num_thread` reloads the model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Options {
    pub(crate) num_ctx: u32,
    pub(crate) num_predict: u32,
    pub(crate) seed: u32,
    pub(crate) temperature: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) num_thread: Option<u32>,
}

/// One line of the answer. Every field may be missing, whatever the version.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Part {
    pub(crate) error: Option<Value>,
    pub(crate) message: Option<Said>,
    pub(crate) done: bool,
    pub(crate) done_reason: Option<String>,
    pub(crate) remote_host: Option<String>,
    pub(crate) remote_model: Option<String>,
    #[serde(deserialize_with = "count")]
    pub(crate) total_duration: Option<u64>,
    #[serde(deserialize_with = "count")]
    pub(crate) load_duration: Option<u64>,
    #[serde(deserialize_with = "count")]
    pub(crate) prompt_eval_count: Option<u64>,
    #[serde(deserialize_with = "count")]
    pub(crate) prompt_eval_duration: Option<u64>,
    #[serde(deserialize_with = "count")]
    pub(crate) eval_count: Option<u64>,
    #[serde(deserialize_with = "count")]
    pub(crate) eval_duration: Option<u64>,
}

/// What a line adds to the answer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Said {
    pub(crate) content: Option<String>,
    pub(crate) thinking: Option<String>,
}

/// Above it a counter is odd, whether it counts tokens or nanoseconds: a fortnight. So sums of them never overflow.
const LARGEST_COUNT: u64 = 1 << 50;

/// Reads a counter; an odd one is as good as none.
pub(crate) fn count<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    let count = Value::deserialize(from)?.as_u64();
    Ok(count.filter(|count| *count < LARGEST_COUNT))
}

impl Part {
    /// Gives the counters and times of the last line; `thought` says whether the model thought before it answered.
    pub(crate) fn counts(&self, thought: bool) -> Meta {
        let time = |nanos: Option<u64>| nanos.map(Duration::from_nanos);
        let parts: u64 = [self.load_duration, self.prompt_eval_duration, self.eval_duration]
            .iter()
            .flatten()
            .sum();
        Meta {
            prompt_tokens: self.prompt_eval_count,
            output_tokens: self.eval_count,
            load: time(self.load_duration),
            prompt: time(self.prompt_eval_duration),
            generate: time(self.eval_duration),
            // With a thought, the counters are those of the second of two calls, and the difference says nothing.
            queue: time(
                self.total_duration
                    .filter(|_| !thought)
                    .map(|total| total.saturating_sub(parts)),
            ),
            ..Meta::default()
        }
    }
}
