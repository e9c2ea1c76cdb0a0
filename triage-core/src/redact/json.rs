//! Masks the strings of a JSON value in place.

use serde_json::{Map, Value};

use super::mask::Masker;
use super::spans;

/// Masks every string that holds a secret; returns how many were changed.
pub(super) fn redact(masker: &Masker, value: &mut Value) -> usize {
    visit(masker, "", value)
}

fn visit(masker: &Masker, name: &str, value: &mut Value) -> usize {
    match value {
        Value::String(text) => {
            if let Some(masked) = masked(masker, name, text) {
                *text = masked;
                return 1;
            }
            0
        }
        // A number under the name of a password is one: `"pin": 4711`.
        Value::Number(number) => {
            let digits = number.to_string();
            match Masker::secret_of(name, &digits) {
                Some(kind) if digits.len() >= 4 => {
                    *value = Value::String(format!("{}{kind}]", spans::MASK));
                    1
                }
                _ => 0,
            }
        }
        Value::Array(items) => list(masker, name, items),
        Value::Object(object) => fields(masker, object),
        Value::Null | Value::Bool(_) => 0,
    }
}

fn masked(masker: &Masker, name: &str, text: &str) -> Option<String> {
    if let Some(kind) = Masker::secret_of(name, text) {
        return Some(format!("{}{kind}]", spans::MASK));
    }
    masker.text(text, false)
}

fn fields(masker: &Masker, object: &mut Map<String, Value>) -> usize {
    // `{"name": "DB_PASSWORD", "value": "…"}`: environments of containers, parameters of cloud calls, registry values.
    let named = [
        "name",
        "key",
        "Name",
        "Key",
        "parameterKey",
        "ParameterKey",
        "option",
        "field",
        "value_name",
    ]
    .iter()
    .find_map(|key| object.get(*key).and_then(Value::as_str))
    .map(str::to_owned);
    let mut changed = 0;
    for (key, value) in object.iter_mut() {
        let is_value = matches!(
            key.as_str(),
            "value" | "Value" | "parameterValue" | "ParameterValue" | "data" | "content" | "default"
        );
        let name = named.as_deref().filter(|_| is_value).unwrap_or(key);
        changed += visit(masker, name, value);
    }
    changed
}

// `["mysql", "-pX"]` and `["--password", "X"]` are one command line, cut at its blanks.
fn list(masker: &Masker, name: &str, items: &mut [Value]) -> usize {
    let words: Option<Vec<&str>> = items
        .iter()
        .map(|item| {
            item.as_str()
                .filter(|word| !word.contains(char::is_whitespace) && !word.is_empty())
        })
        .collect();
    let is_command = words
        .as_ref()
        .is_some_and(|words| words.len() >= 2 && words.iter().any(|word| word.starts_with(['-', '/'])));
    if let (true, Some(words)) = (is_command, words)
        && let Some(line) = masker.text(&words.join(" "), false)
    {
        let masked: Vec<&str> = line.split(' ').collect();
        if masked.len() == items.len() {
            let masked: Vec<String> = masked.into_iter().map(str::to_owned).collect();
            let mut changed = 0;
            for (item, masked) in items.iter_mut().zip(masked) {
                if item.as_str() != Some(masked.as_str()) {
                    *item = Value::String(masked);
                    changed += 1;
                }
            }
            return changed;
        }
    }
    items.iter_mut().map(|item| visit(masker, name, item)).sum()
}
