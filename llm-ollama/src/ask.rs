//! Turns evidence into the question that a model is asked.

use triage_core::{Evidence, Redacted};

/// Constant part, part about the alert, and JSON Schema of the answer.
pub(crate) struct Question {
    pub(crate) system: &'static str,
    pub(crate) user: String,
    pub(crate) schema: String,
}

pub(crate) fn ask(evidence: &Redacted<Evidence>) -> Question {
    Question {
        system: constant().0,
        user: serde_json::to_string(evidence)
            .unwrap_or_default()
            .replace('<', "\\u003c"),
        schema: constant().1.to_owned(),
    }
}

/// Constant part and schema, which do not depend on an alert.
pub(crate) fn constant() -> (&'static str, &'static str) {
    (
        "You triage one Wazuh alert. Answer with one JSON object of the schema that you are given.",
        r#"{"type":"object"}"#,
    )
}
