//! One span a call, with the names that OpenTelemetry gives to such calls: counts and settings, never a word.

use tracing::{Span, field, info_span};
use triage_core::TriageError;

use crate::chat::ChatAnswer;

/// What is known before a call.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) provider: &'static str,
    pub(crate) model: &'a str,
    pub(crate) server: &'a str,
    pub(crate) max_tokens: u32,
    pub(crate) temperature: Option<f64>,
    pub(crate) seed: u32,
}

/// Opens the span of one call.
pub(crate) fn span(asked: &Asked<'_>) -> Span {
    info_span!(
        "chat",
        otel.name = format_args!("chat {}", asked.model),
        otel.kind = "client",
        gen_ai.operation.name = "chat",
        gen_ai.provider.name = asked.provider,
        gen_ai.output.r#type = "json",
        gen_ai.request.model = asked.model,
        gen_ai.request.max_tokens = asked.max_tokens,
        gen_ai.request.temperature = asked.temperature,
        gen_ai.request.seed = asked.seed,
        gen_ai.response.model = field::Empty,
        gen_ai.usage.input_tokens = field::Empty,
        gen_ai.usage.output_tokens = field::Empty,
        server.address = asked.server,
        error.r#type = field::Empty,
    )
}

/// Writes into the span how the call ended.
pub(crate) fn record(span: &Span, answered: &Result<ChatAnswer, TriageError>) {
    match answered {
        Ok(answer) => {
            span.record("gen_ai.response.model", answer.meta.model.as_deref());
            span.record("gen_ai.usage.input_tokens", answer.meta.prompt_tokens);
            span.record("gen_ai.usage.output_tokens", answer.meta.output_tokens);
        }
        Err(error) => {
            span.record("error.type", field::debug(error.kind));
        }
    }
}
