//! The schema of an answer, as text.

use serde_json::json;

use crate::{Disposition, FactId};

/// Free words: letters of European languages, and no character that markup, links or our own block need.
const WORDS: &str = "[A-Za-z0-9 .,;()'%+=_À-ɏ-]";

/// Writes the schema for these facts and techniques.
///
/// Properties stand in alphabetical order, because servers sort them and models write in that order; so the names are chosen to
/// put evidence first and the verdict last. Patterns are anchored and everything has an upper bound: anything else is silently
/// ignored by the servers, or lets a model run for ever.
pub(super) fn schema(facts: &[FactId], techniques: &[String]) -> String {
    let mut ids: Vec<String> = facts.iter().map(ToString::to_string).collect();
    if ids.is_empty() {
        // Servers refuse an enum of nothing; this number is no fact's, so nothing gets grounded by it.
        ids.push(FactId(0).to_string());
    }
    let verdicts: Vec<&str> = Disposition::ALL
        .iter()
        .map(|disposition| disposition.as_str())
        .collect();
    let schema = json!({
        "type": "object",
        "properties": {
            "evidence": {
                "type": "array", "minItems": 1, "maxItems": 4,
                "items": {
                    "type": "object",
                    "properties": { "field": { "type": "string", "enum": ids }, "shows": words(3, 120) },
                    "required": ["field", "shows"],
                    "additionalProperties": false
                }
            },
            "if_benign": words(3, 160),
            "if_malicious": words(3, 160),
            "mitre": { "type": "array", "minItems": 0, "maxItems": 3, "items": { "type": "string", "enum": techniques } },
            "next_steps": { "type": "array", "minItems": 1, "maxItems": 4, "items": words(3, 140) },
            "questions": { "type": "array", "minItems": 0, "maxItems": 3, "items": words(3, 120) },
            "severity": { "type": "string", "enum": ["informational", "low", "medium", "high", "critical"] },
            "summary": words(10, 300),
            "verdict": { "type": "string", "enum": verdicts },
            "verdict_confidence": { "type": "string", "enum": ["low", "medium", "high"] }
        },
        "required": ["evidence", "if_benign", "if_malicious", "mitre", "next_steps", "questions", "severity", "summary", "verdict", "verdict_confidence"],
        "additionalProperties": false
    });
    schema.to_string()
}

fn words(least: usize, most: usize) -> serde_json::Value {
    json!({ "type": "string", "minLength": least, "maxLength": most, "pattern": format!("^{WORDS}{{{least},{most}}}$") })
}
