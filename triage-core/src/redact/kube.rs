//! Secrets of Kubernetes: every value below `data` and `stringData` of an object that is one, whatever it is called.

use serde_json::{Map, Value};

use super::spans::{self, Span};

/// What such an object keeps its values in.
pub(super) const HOLDERS: [&str; 2] = ["data", "stringData"];
/// Values of one object that are looked at.
const MOST_VALUES: usize = 64;

/// Whether this object is a secret.
pub(super) fn is_secret(object: &Map<String, Value>) -> bool {
    object.get("kind").and_then(Value::as_str) == Some("Secret")
}

/// Finds the values of secrets in JSON and YAML that stays text. Linear.
pub(super) fn find(text: &str, out: &mut Vec<Span>) {
    if !text.contains("Secret") || !says_kind(text) {
        return;
    }
    for name in HOLDERS {
        for (at, _) in text.match_indices(name) {
            let rest = &text[at + name.len()..];
            if text[..at].ends_with('"') {
                json(text, at + name.len(), out);
            } else if let Some(block) = rest.strip_prefix(":\n").or_else(|| rest.strip_prefix(":\r\n")) {
                let line = text[..at].rfind('\n').map_or(0, |line| line + 1);
                if text[line..at].bytes().all(|b| b == b' ') {
                    yaml(text, text.len() - block.len(), at - line, out);
                }
            }
        }
    }
}

// `kind: Secret`, `"kind":"Secret"`
fn says_kind(text: &str) -> bool {
    text.match_indices("Secret").any(|(at, word)| {
        let ends = text[at + word.len()..]
            .chars()
            .next()
            .is_none_or(|c| !c.is_alphanumeric());
        let before = text[..at].trim_end_matches('"').trim_end_matches(' ');
        let name = before
            .strip_suffix(':')
            .map(|before| before.trim_end_matches([' ', '"']));
        ends && name.is_some_and(|name| name.ends_with("kind"))
    })
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
