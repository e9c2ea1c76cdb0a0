//! Whether two answers are the same, apart from ids that are made up, times, and SQL.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

static UUID: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").unwrap());
static TIME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?").unwrap());
static EPOCH: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b1[78]\d{8}\.\d+").unwrap());
static TUPLE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"tuple \(\d+,\d+\)").unwrap());

/// Made up by IRIS, or a word of its own that the sandbox does not repeat.
const ANY_TEXT: [&str; 6] = [
    "type_description",
    "description",
    "user_api_key",
    "creation_date",
    "last_update_date",
    "open_date",
];

/// The value with everything replaced that differs from run to run.
pub(crate) fn normal(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(normal_text(text)),
        Value::Array(items) => items.iter().map(normal).collect(),
        Value::Object(map) => {
            let mut out = Map::new();
            for (index, (key, item)) in map.iter().enumerate() {
                let item = match item {
                    Value::String(_) if ANY_TEXT.contains(&key.as_str()) => Value::from("<text>"),
                    other => normal(other),
                };
                let key = if EPOCH.is_match(key) {
                    format!("<epoch {index}>")
                } else {
                    key.clone()
                };
                out.insert(key, item);
            }
            Value::Object(out)
        }
        other => other.clone(),
    }
}

fn normal_text(text: &str) -> String {
    let text = text.split("\n\n[SQL:").next().unwrap_or_default();
    let text = UUID.replace_all(text, "<uuid>");
    // Times that a request chose are compared; those of a clock are of the year of the recording or of this run.
    let text = if text.contains("2026-11-22") {
        text
    } else {
        TIME.replace_all(&text, "<time>")
    };
    let text = EPOCH.replace_all(&text, "<epoch>");
    TUPLE.replace_all(&text, "tuple <place>").into_owned()
}

/// Says where two values differ; the order of keys and of unordered lists does not matter.
pub(crate) fn difference(path: &str, ours: &Value, theirs: &Value) -> Option<String> {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys() {
                if !b.contains_key(key) {
                    return Some(format!("{path}.{key} is ours alone"));
                }
            }
            b.iter().find_map(|(key, theirs)| match a.get(key) {
                Some(ours) => difference(&format!("{path}.{key}"), ours, theirs),
                None => Some(format!("{path}.{key} is missing")),
            })
        }
        (Value::Array(a), Value::Array(b)) => {
            if a.len() != b.len() {
                return Some(format!("{path} has {} entries instead of {}", a.len(), b.len()));
            }
            let pairs = a.iter().zip(b).enumerate();
            pairs
                .into_iter()
                .find_map(|(index, (a, b))| difference(&format!("{path}[{index}]"), a, b))
        }
        (a, b) if a == b => None,
        (a, b) => Some(format!("{path} is {a} instead of {b}")),
    }
}
