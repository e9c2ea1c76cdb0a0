//! Fixtures, and alerts as fields. Fixtures with made-up secrets are stored encoded, so that no scanner takes them for real ones.

#![allow(dead_code, reason = "each test file uses its part")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests: a broken fixture fails the test"
)]

use std::path::{Path, PathBuf};

use base64::Engine as _;
use serde_json::Value;
use triage_core::{AlertFields, Evidence};

/// JSON lines that are stored in Base64, one a line.
pub(crate) fn encoded_lines(name: &str) -> Vec<Value> {
    fixture(name)
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| base64::engine::general_purpose::STANDARD.decode(line).unwrap())
        .map(|line| serde_json::from_slice(&line).unwrap())
        .collect()
}

/// The labelled alerts: id and alert.
pub(crate) fn labelled_alerts() -> Vec<(String, Value)> {
    lines("labelled_alerts.jsonl")
        .into_iter()
        .map(|case| (case["id"].as_str().unwrap().to_owned(), case["alert"].clone()))
        .collect()
}

/// JSON lines as they are.
pub(crate) fn lines(name: &str) -> Vec<Value> {
    fixture(name)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn fixture(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

/// The folder of alerts of real systems, which is read in place; `None`, with the reason printed, where it is not there.
pub(crate) fn wazuh_corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("WAZUH_IRIS_CORPUS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus/wazuh"),
        PathBuf::from,
    );
    if folder.is_dir() {
        return Some(folder);
    }
    println!(
        "skipped: no corpus at {}; WAZUH_IRIS_CORPUS names another place",
        folder.display()
    );
    None
}

/// File, line and alert of every line of a corpus that is JSON.
pub(crate) fn cases_of(folder: &Path) -> Vec<(String, usize, Value)> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut cases = Vec::new();
    for file in files
        .iter()
        .filter(|file| file.extension().is_some_and(|e| e == "jsonl"))
    {
        let bytes = std::fs::read(file).unwrap();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        for (at, line) in bytes
            .split(|&b| b == b'\n')
            .enumerate()
            .filter(|(_, line)| !line.is_empty())
        {
            if let Ok(alert) = serde_json::from_str(&String::from_utf8_lossy(line)) {
                cases.push((name.clone(), at + 1, alert));
            }
        }
    }
    cases
}

/// Every leaf of a JSON value with its dotted path.
pub(crate) fn leaves(value: &Value) -> Vec<(String, String)> {
    let mut out = Vec::new();
    walk(value, String::new(), &mut out);
    out
}

fn walk(value: &Value, path: String, out: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                walk(
                    value,
                    if path.is_empty() {
                        key.clone()
                    } else {
                        format!("{path}.{key}")
                    },
                    out,
                );
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                walk(value, format!("{path}[{at}]"), out);
            }
        }
        Value::String(text) => out.push((path, text.clone())),
        other => out.push((path, other.to_string())),
    }
}

/// An alert as the evidence takes it; event data unescaped once more, as the conversion from Wazuh does.
pub(crate) fn fields(alert: &Value) -> AlertFields {
    let strings = |value: &Value| {
        value
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let rule = &alert["rule"];
    let fields = leaves(alert)
        .into_iter()
        .map(|(path, value)| {
            let value = if path.starts_with("data.win.eventdata.") {
                value.replace("\\\\", "\\").replace("\\\"", "\"")
            } else {
                value
            };
            (path, value)
        })
        .collect();
    AlertFields {
        title: rule["description"].as_str().unwrap_or_default().to_owned(),
        rule_id: rule["id"].as_str().map(str::to_owned),
        level: rule["level"].as_u64().and_then(|level| u8::try_from(level).ok()),
        groups: strings(&rule["groups"]),
        mitre: strings(&rule["mitre"]["id"]),
        fields,
    }
}

/// The evidence of an alert.
pub(crate) fn evidence(alert: &Value) -> Evidence {
    Evidence::from_fields(&fields(alert))
}
