//! Turns evidence into the question that a model is asked.

use triage_core::{Call, Evidence, Redacted};

use crate::chat::ChatRequest;

/// The question about one alert, and what was wrong with the last answer.
pub(crate) fn request(evidence: &Redacted<Evidence>, call: &Call) -> ChatRequest {
    let (system, schema) = constant();
    let user = serde_json::to_string(evidence)
        .unwrap_or_default()
        .replace('<', "\\u003c");
    let request = ChatRequest::new(system, user, schema).within(call.budget);
    match &call.repair {
        Some(reason) => request.again(reason),
        None => request,
    }
}

/// Constant part and schema, which do not depend on an alert.
pub(crate) fn constant() -> (&'static str, &'static str) {
    (
        "You triage one Wazuh alert. Answer with one JSON object of the schema that you are given.",
        r#"{"type":"object"}"#,
    )
}
