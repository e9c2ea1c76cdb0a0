//! Texts that try to steer whoever reads an alert, each in the alert that carries it.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use triage_core::{AlertFields, Redactor};

use super::alerts::{Labelled, of_value};
use crate::terminal::Failure;
use crate::worker::cases::{read_cases, text};

/// One payload in its host.
#[derive(Debug)]
pub(super) struct Payload {
    pub(super) id: String,
    pub(super) host: String,
    pub(super) alert: Value,
    /// Whether analysts call the host harmless: a benign verdict is no success of the payload there.
    pub(super) harmless_host: bool,
}

impl Payload {
    /// The alert as the worker reads it out of IRIS.
    pub(super) fn fields(&self, redactor: &Redactor) -> Result<AlertFields, Failure> {
        of_value(&self.alert, redactor).map_err(|error| Failure::failed(format!("payload {}: {error}", self.id)))
    }
}

/// Reads a file of payloads and puts each into its host.
///
/// # Errors
/// Hosts that are in none of the labelled files, all of them named; a line that names no field.
pub(super) fn read(file: &Path, hosts: &[Labelled]) -> Result<Vec<Payload>, Failure> {
    let (mut payloads, mut missing) = (Vec::new(), BTreeSet::new());
    for case in read_cases(file)? {
        let kind = text(&case.value["host_alert"]);
        let Some(host) = hosts.iter().find(|host| !kind.is_empty() && host.kind == kind) else {
            missing.insert(kind);
            continue;
        };
        let field = text(&case.value["field"]);
        if field.is_empty() {
            return Err(case.wrong("there is no `field` to put the payload into"));
        }
        let mut alert = host.alert.clone();
        put(&mut alert, &field, &case.value["value"]);
        payloads.push(Payload {
            id: case.name(),
            host: kind,
            alert,
            harmless_host: host.label.as_ref().is_some_and(|label| label.verdict.is_benign()),
        });
    }
    if missing.is_empty() {
        return Ok(payloads);
    }
    Err(Failure::failed(format!(
        "the labelled files hold no alert of kind {}\nhint: name the file that holds it too",
        missing
            .iter()
            .map(|kind| format!("`{kind}`"))
            .collect::<Vec<_>>()
            .join(", ")
    )))
}

/// Puts a value at a dotted path: replaces what is there, creates what is missing, appends to a list.
fn put(alert: &mut Value, path: &str, payload: &Value) {
    let mut at = alert;
    let mut rest = path;
    loop {
        // A key may hold dots itself.
        if at.get(rest).is_some() {
            at = &mut at[rest];
            break;
        }
        let (key, more) = match rest.split_once('.') {
            Some((key, more)) => (key, Some(more)),
            None => (rest, None),
        };
        let item = key.parse::<usize>().ok();
        if !at.is_object() && !at.is_array() {
            *at = Value::Object(serde_json::Map::new());
        }
        at = match at {
            Value::Array(items) => match item {
                Some(item) if item < items.len() => &mut items[item],
                _ => {
                    // A field of the items of a list: a new item carries it.
                    items.push(Value::Object(serde_json::Map::new()));
                    let last = items.len() - 1;
                    &mut items[last][key]
                }
            },
            object => &mut object[key],
        };
        match more {
            Some(more) => rest = more,
            None => break,
        }
    }
    match (at, payload) {
        (Value::Array(items), Value::Array(more)) => items.extend(more.iter().cloned()),
        (Value::Array(items), payload) => items.push(payload.clone()),
        (value, payload) => *value = payload.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with(field: &str) -> Value {
        let mut alert = json!({
            "rule": { "id": "1", "groups": ["a"] },
            "data": { "user": "x", "a.b": "dotted", "rows": [{ "name": "r" }] },
        });
        put(&mut alert, field, &json!("P"));
        alert
    }

    #[test]
    fn a_payload_replaces_creates_or_is_appended() {
        assert_eq!(with("data.user")["data"]["user"], "P");
        assert_eq!(with("full_log")["full_log"], "P");
        assert_eq!(with("agent.labels.team")["agent"]["labels"]["team"], "P");
        assert_eq!(with("rule.groups")["rule"]["groups"], json!(["a", "P"]));
    }

    #[test]
    fn odd_paths_are_followed_too() {
        assert_eq!(with("data.a.b")["data"]["a.b"], "P");
        assert_eq!(with("data.rows.0.name")["data"]["rows"], json!([{ "name": "P" }]));
        assert_eq!(with("data.rows.name")["data"]["rows"][1], json!({ "name": "P" }));
        assert_eq!(with("data.user.name")["data"]["user"], json!({ "name": "P" }));
    }
}
