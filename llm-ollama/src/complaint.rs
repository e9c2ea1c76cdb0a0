//! What a server complains of, taken out of its wrappings.

use serde_json::Value;

/// What an error body says, taken out of its wrappings.
#[derive(Debug, Default)]
pub(crate) struct Complaint {
    pub(crate) text: String,
    /// Error type, where there is one: `exceed_context_size_error`.
    pub(crate) class: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) prompt_tokens: Option<u64>,
    pub(crate) context: Option<u64>,
    pub(crate) is_page: bool,
}

impl Complaint {
    pub(crate) fn read(body: &[u8]) -> Self {
        if let Ok(value) = serde_json::from_slice::<Value>(body) {
            return Self::of(&value);
        }
        // What is no text is nothing to repeat: a compressed body, or a cut that went through a character.
        let text = std::str::from_utf8(body).unwrap_or_default().trim().to_owned();
        let is_page = is_page(body);
        Self {
            text,
            is_page,
            ..Self::default()
        }
    }

    pub(crate) fn of(value: &Value) -> Self {
        let mut said = Self::default();
        said.unwrap(value, 0);
        said
    }

    /// Goes down through `error` and `message`, and through JSON that was made a string on the way.
    fn unwrap(&mut self, value: &Value, depth: usize) {
        match value {
            Value::String(text) => {
                let inner = if depth < 8 {
                    serde_json::from_str::<Value>(text).ok().filter(Value::is_object)
                } else {
                    None
                };
                match inner {
                    Some(inner) => self.unwrap(&inner, depth + 1),
                    None => text.trim().clone_into(&mut self.text),
                }
            }
            Value::Object(fields) => {
                let text_of = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
                self.class = text_of("type").or(self.class.take());
                self.code = text_of("code").or(self.code.take());
                self.prompt_tokens = fields
                    .get("n_prompt_tokens")
                    .and_then(Value::as_u64)
                    .or(self.prompt_tokens);
                self.context = fields.get("n_ctx").and_then(Value::as_u64).or(self.context);
                let inner = ["error", "message", "detail", "msg"]
                    .iter()
                    .find_map(|name| fields.get(*name));
                if let Some(inner) = inner.filter(|_| depth < 8) {
                    self.unwrap(inner, depth + 1);
                }
            }
            // FastAPI's list of complaints; the first says enough.
            Value::Array(list) => {
                if let Some(first) = list.first().filter(|_| depth < 8) {
                    self.unwrap(first, depth + 1);
                }
            }
            _ => {}
        }
    }

    /// Says whether a filter for contents refused the prompt.
    pub(crate) fn is_filtered(&self) -> bool {
        let names = [&self.class, &self.code];
        let by_name = names.into_iter().flatten().any(|name| {
            [
                "content_filter",
                "content_policy_violation",
                "invalid_prompt",
                "data_inspection_failed",
            ]
            .contains(&name.to_ascii_lowercase().as_str())
        });
        // Azure, OpenAI, DeepSeek, DashScope, and the guardrails of LiteLLM.
        let said = [
            "content management policy",
            "content policy",
            "content exists risk",
            "inappropriate content",
            "violated guardrail",
        ];
        let text = self.text.to_ascii_lowercase();
        by_name || said.iter().any(|words| text.contains(words))
    }

    /// Says whether llama-server's parser gave up on what the model wrote: it is the server that complains, and not its fault.
    pub(crate) fn blames_the_model(&self) -> bool {
        let text = self.text.to_ascii_lowercase();
        text.contains("failed to parse input at pos") || text.contains("model produced output")
    }

    /// Says whether it is the form of the answer that a server does not take.
    pub(crate) fn names_the_form(&self) -> bool {
        let text = self.text.to_ascii_lowercase();
        [
            "response_format",
            "json_schema",
            "structured output",
            "guided",
            "grammar",
            "schema",
        ]
        .iter()
        .any(|word| text.contains(word))
    }

    pub(crate) fn is_too_long(&self) -> bool {
        let class = [&self.class, &self.code].into_iter().flatten();
        if class
            .into_iter()
            .any(|name| matches!(&**name, "exceed_context_size_error" | "context_length_exceeded"))
        {
            return true;
        }
        let text = self.text.to_ascii_lowercase();
        // Go's words for a time that is over, and a context that finds no room in the machine.
        if text.contains("deadline exceeded") || text.contains("memory") {
            return false;
        }
        // vLLM, Anthropic, Google and text-generation-inference do not call it a context.
        let said = [
            "longer than the maximum model length",
            "prompt is too long",
            "exceeds the maximum number of tokens",
            "`inputs` tokens",
        ];
        said.iter().any(|words| text.contains(words))
            || text.contains("context")
                && [
                    "exceed",
                    "longer than",
                    "too long",
                    "too large",
                    "maximum context length",
                    "overflow",
                ]
                .iter()
                .any(|word| text.contains(word))
    }

    pub(crate) fn numbers(&self) -> String {
        match (self.prompt_tokens, self.context) {
            (Some(prompt), Some(context)) => format!(": the prompt has {prompt} tokens, the context holds {context}"),
            _ => ": the prompt does not fit the context".to_owned(),
        }
    }

    pub(crate) fn names_a_model(&self) -> bool {
        let text = self.text.to_ascii_lowercase();
        text.contains("model") && (text.contains("not found") || text.contains("not exist"))
    }

    /// Says whether a 500 is about what a person has set up, and not about the server's state.
    pub(crate) fn is_for_ever(&self) -> bool {
        const STATE: &[&str] = &[
            "memory",
            "terminated",
            "timed out",
            "unexpected",
            "connection",
            "resource limitations",
        ];
        const SETUP: &[&str] = &[
            "invalid format",
            "must be of type",
            "invalid json schema",
            "invalid option",
            "file magic",
            "unknown model architecture",
            "incompatible",
            "exceeds file size",
            "not found",
            "no such file",
            "permission denied",
            "not support",
            "unsupported",
            "unable to load model",
            "error loading model",
        ];
        let text = self.text.to_ascii_lowercase();
        !STATE.iter().any(|word| text.contains(word)) && SETUP.iter().any(|word| text.contains(word))
    }
}

/// Says whether bytes are a web page, whatever stands before it.
pub(crate) fn is_page(bytes: &[u8]) -> bool {
    let bytes = bytes.trim_ascii_start();
    bytes
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(bytes)
        .trim_ascii_start()
        .starts_with(b"<")
}
