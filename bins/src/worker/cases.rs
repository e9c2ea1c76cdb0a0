//! Files of cases: one JSON object a line.

use std::path::Path;

use serde_json::Value;

use crate::terminal::{Failure, read};

/// One line of such a file.
#[derive(Debug)]
pub(super) struct Case {
    /// Where it stands, for messages: `file:line`.
    pub(super) place: String,
    pub(super) value: Value,
}

impl Case {
    /// Says what is wrong with this line.
    pub(super) fn wrong(&self, what: impl std::fmt::Display) -> Failure {
        Failure::failed(format!("{}: {what}", self.place))
    }

    /// Names the case for people; its place, where it has no id.
    pub(super) fn name(&self) -> String {
        match &self.value["id"] {
            Value::Null => self.place.clone(),
            id => text(id),
        }
    }
}

/// Reads a file of cases, or standard input where the path is `-`. Blank lines are left out.
///
/// # Errors
/// A line that is not one JSON object, with its number: a case that is passed over would be a case that passed.
pub(super) fn read_cases(path: &Path) -> Result<Vec<Case>, Failure> {
    let bytes = read(path)?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut cases = Vec::new();
    for (line, at) in bytes.split(|byte| *byte == b'\n').zip(1..) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let place = format!("{}:{at}", path.display());
        match object(line.trim_ascii()) {
            Ok(value) => cases.push(Case { place, value }),
            Err(problem) => return Err(Failure::failed(format!("{place}: {problem}"))),
        }
    }
    Ok(cases)
}

/// Reads one object strictly, and where that fails as alerts are read: payloads hold lone surrogates and broken UTF-8 on purpose.
fn object(line: &[u8]) -> Result<Value, String> {
    match serde_json::from_slice::<Value>(line) {
        Ok(value) if value.is_object() => return Ok(value),
        Ok(_) => return Err("this line is not a JSON object".to_owned()),
        Err(_) => {}
    }
    wazuh_model::Alert::from_slice(line)
        .map(|read| read.value().clone())
        .map_err(|error| format!("this line is not a JSON object: {error}"))
}

/// Gives a value as text: a string as it is, nothing for null, everything else as JSON.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Gives the texts of a list; one text alone is a list of one.
pub(super) fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().map(text).collect(),
        other => vec![text(other)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_are_no_cases_and_a_broken_surrogate_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cases.jsonl");
        let lines = "\u{feff}{\"id\":1,\"new\":{}}\r\n\n   \n{\"id\":\"x\",\"value\":\"a\\ud800b\"}";
        std::fs::write(&file, lines).unwrap();
        let cases = read_cases(&file).unwrap();
        let names: Vec<String> = cases.iter().map(Case::name).collect();
        assert_eq!(names, ["1", "x"]);
        assert!(cases[1].value["value"].as_str().unwrap().starts_with('a'));
    }

    #[test]
    fn a_line_that_is_no_object_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cases.jsonl");
        for bad in ["[1]", "{\"id\":", "word"] {
            std::fs::write(&file, format!("{{}}\n\n{bad}\n")).unwrap();
            let failure = read_cases(&file).unwrap_err();
            assert_eq!(failure.code, 1);
            assert!(failure.message.contains("cases.jsonl:3: "), "{}", failure.message);
        }
    }
}
