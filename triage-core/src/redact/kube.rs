//! Secrets of Kubernetes: every value below `data` and `stringData` of an object that is one, whatever it is called.

use serde_json::{Map, Value};

use super::spans::{self, Span};

/// What such an object keeps its values in.
pub(super) const HOLDERS: [&str; 2] = ["data", "stringData"];
/// Values of one object that are looked at.
const MOST_VALUES: usize = 64;

/// Whether this object is a secret. Each has a version of its own beside its kind.
pub(super) fn is_secret(object: &Map<String, Value>) -> bool {
    object.get("kind").and_then(Value::as_str) == Some("Secret")
        && object.get("apiVersion").is_some_and(Value::is_string)
}

/// Finds the values of secrets in JSON and YAML that stays text. Linear.
pub(super) fn find(text: &str, out: &mut Vec<Span>) {
    if !text.contains("Secret") {
        return;
    }
    // What somebody wrote into a text of its own holds no quote that ends it.
    if holds(text, "\"kind\"", "\"Secret\"") && holds(text, "\"apiVersion\"", "\"") {
        for name in HOLDERS {
            for (at, _) in text.match_indices(name).filter(|&(at, _)| text[..at].ends_with('"')) {
                json(text, at + name.len(), out);
            }
        }
    }
    let mut start = 0;
    let mut document = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" {
            manifest(text, document, start, out);
            document = start + line.len();
        }
        start += line.len();
    }
    manifest(text, document, text.len(), out);
}

// `"kind": "Secret"`
fn holds(text: &str, key: &str, value: &str) -> bool {
    text.match_indices(key).any(|(at, _)| {
        let behind = text[at + key.len()..].trim_start().strip_prefix(':');
        behind.is_some_and(|behind| behind.trim_start().starts_with(value))
    })
}

// One document of YAML; a line of it says that it is a secret.
fn manifest(text: &str, from: usize, to: usize, out: &mut Vec<Span>) {
    let document = &text[from..to];
    let says_kind = |line: &str| {
        let line = line.trim();
        let kind = line.strip_prefix("- ").unwrap_or(line).strip_prefix("kind: ");
        kind.is_some_and(|kind| kind.trim_matches(['"', '\'']) == "Secret")
    };
    if !document.lines().any(says_kind) {
        return;
    }
    let mut start = from;
    for line in document.split_inclusive('\n') {
        let inner = line.trim_start_matches(' ');
        if inner
            .trim_end()
            .strip_suffix(':')
            .is_some_and(|name| HOLDERS.contains(&name))
        {
            yaml(text, start + line.len(), line.len() - inner.len(), out);
        }
        start += line.len();
    }
}

// `":{"a":"X","b":"Y"}`: an object of texts and nothing else.
fn json(text: &str, at: usize, out: &mut Vec<Span>) {
    let place = |rest: &str| text.len() - rest.len();
    let step = |rest: &'_ str, sign: char| rest.trim_start().strip_prefix(sign).map(place);
    let mut found = Vec::new();
    let Some(mut at) = step(&text[at..], '"')
        .and_then(|at| step(&text[at..], ':'))
        .and_then(|at| step(&text[at..], '{'))
    else {
        return;
    };
    for _ in 0..MOST_VALUES {
        let Some(value) = string(text, at)
            .and_then(|(_, end)| step(&text[end..], ':'))
            .and_then(|at| string(text, at))
        else {
            return;
        };
        found.push(Span::new(value.0, value.1 - 1, "secret"));
        match step(&text[value.1..], ',') {
            Some(next) => at = next,
            None => break,
        }
    }
    out.extend(
        found
            .into_iter()
            .filter(|span| !spans::is_masked(&text[span.start..span.end])),
    );
}

// Where a text in quotes begins, and where it ends behind its quote.
fn string(text: &str, at: usize) -> Option<(usize, usize)> {
    let inner = text[at..].trim_start().strip_prefix('"')?;
    let start = text.len() - inner.len();
    let mut escaped = false;
    let end = inner.bytes().position(|b| {
        let ends = b == b'"' && !escaped;
        escaped = b == b'\\' && !escaped;
        ends
    })?;
    Some((start, start + end + 1))
}

// The lines that are further in than the name of the block: `  a: X`.
fn yaml(text: &str, from: usize, indent: usize, out: &mut Vec<Span>) {
    let mut start = from;
    for line in text[from..].split('\n').take(MOST_VALUES) {
        let inner = line.trim_start_matches(' ');
        if line.len() - inner.len() <= indent {
            return;
        }
        if let Some((name, value)) = inner.split_once(": ")
            && !name.contains(' ')
        {
            let begins = value.trim_start().trim_start_matches(['"', '\'']);
            let at = start + line.len() - begins.len();
            let value = begins.trim_end().trim_end_matches(['"', '\'']);
            if !value.is_empty() && !matches!(value, "|" | ">" | "|-" | ">-" | "{}") && !spans::is_masked(value) {
                out.push(Span::new(at, at + value.len(), "secret"));
            }
        }
        start += line.len() + 1;
    }
}
