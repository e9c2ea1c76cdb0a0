//! Masks the strings of a JSON value in place.

use serde_json::{Map, Value};

use super::mask::Masker;
use super::spans;

/// Arguments of one recorded call that are looked at.
const MOST_ARGUMENTS: usize = 256;

/// Masks every string that holds a secret; returns how many were changed.
pub(super) fn redact(masker: &Masker, value: &mut Value) -> usize {
    visit(masker, "", value)
}

fn visit(masker: &Masker, name: &str, value: &mut Value) -> usize {
    match value {
        Value::String(text) => {
            if let Some(masked) = masker.keyed(name, text) {
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

fn fields(masker: &Masker, object: &mut Map<String, Value>) -> usize {
    let mut changed = arguments(masker, object);
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

// `{"a0": "mysql", "a1": "-pX"}` of the Linux audit log is a command line too.
fn arguments(masker: &Masker, object: &mut Map<String, Value>) -> usize {
    let keys: Vec<String> = (0..MOST_ARGUMENTS)
        .map(|number| format!("a{number}"))
        .take_while(|key| object.contains_key(key))
        .collect();
    if keys.len() < 2 {
        return 0;
    }
    let words: Vec<String> = keys
        .iter()
        .filter_map(|key| object[key].as_str().map(str::to_owned))
        .collect();
    let Some(masked) = command(masker, &words) else {
        return 0;
    };
    let mut changed = 0;
    for (key, word) in keys.iter().zip(masked) {
        if object[key].as_str() != Some(word.as_str()) {
            object.insert(key.clone(), Value::String(word));
            changed += 1;
        }
    }
    changed
}

// `["mysql", "-pX"]` and `["--password", "X"]` are one command line, cut at its blanks.
fn list(masker: &Masker, name: &str, items: &mut [Value]) -> usize {
    let words: Option<Vec<String>> = items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
    if let Some(masked) = words.and_then(|words| command(masker, &words)) {
        let mut changed = 0;
        for (item, word) in items.iter_mut().zip(masked) {
            if item.as_str() != Some(word.as_str()) {
                *item = Value::String(word);
                changed += 1;
            }
        }
        return changed;
    }
    items.iter_mut().map(|item| visit(masker, name, item)).sum()
}

// The words of a command after masking; `None` where they are none, or nothing in them is secret.
fn command(masker: &Masker, words: &[String]) -> Option<Vec<String>> {
    let whole = |word: &String| !word.is_empty() && !word.contains(char::is_whitespace);
    let is_command = words.len() >= 2
        && words.iter().all(whole)
        && words
            .iter()
            .any(|word| word.starts_with(['-', '/']) || word.contains('='));
    if !is_command {
        return None;
    }
    let line = masker.text(&words.join(" "), false)?;
    let masked: Vec<String> = line.split(' ').map(str::to_owned).collect();
    (masked.len() == words.len()).then_some(masked)
}
