//! The lines, as they are written and read.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use triage_core::{Evidence, Redacted, TriageError, TriageErrorKind};

/// The version of the protocol that is spoken here.
pub(super) const VERSION: u32 = 1;
/// Longest first line, in bytes.
pub(super) const LONGEST_HELLO: usize = 4 << 10;
/// Longest answer, in bytes: a hundred times that of an honest one.
pub(super) const LONGEST_ANSWER: usize = 256 << 10;
/// Longest name that is taken over from a child, in characters.
const LONGEST_NAME: usize = 40;

/// What a child says first.
#[derive(Debug, Deserialize)]
pub(super) struct Hello {
    v: Vec<u32>,
    name: Option<String>,
    version: Option<String>,
}

impl Hello {
    /// Reads the first line; `None` when it is something else.
    pub(super) fn read(line: &[u8]) -> Option<Self> {
        serde_json::from_slice(line).ok()
    }

    pub(super) fn speaks(&self, version: u32) -> bool {
        self.v.contains(&version)
    }

    /// Its name and version, for the note.
    pub(super) fn server(&self) -> Option<String> {
        let tidy = |text: &str| -> String {
            let plain = |c: &char| c.is_ascii_alphanumeric() || " ._:/+-".contains(*c);
            text.chars().filter(plain).take(LONGEST_NAME).collect()
        };
        let parts: Vec<String> = [&self.name, &self.version]
            .into_iter()
            .flatten()
            .map(|text| tidy(text))
            .collect();
        Some(parts.join(" ").trim().to_owned()).filter(|name| !name.is_empty())
    }
}

/// One question.
#[derive(Serialize)]
pub(super) struct Request<'a> {
    pub(super) v: u32,
    /// Goes back with the answer, so that no answer is taken for another alert's.
    pub(super) id: u64,
    /// Time until the child is killed.
    pub(super) deadline_ms: Option<u128>,
    pub(super) evidence: &'a Redacted<Evidence>,
    /// The question as a model of ours is asked it, for children that ask one.
    pub(super) system: &'a str,
    pub(super) user: &'a str,
    pub(super) schema: &'a RawValue,
    /// Why the last answer about this alert was refused.
    pub(super) repair: Option<&'a str>,
}

impl Request<'_> {
    /// The line, with its end.
    pub(super) fn line(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut line = serde_json::to_vec(self)?;
        // A raw schema may have line ends between its words; inside a JSON string there are none.
        for byte in &mut line {
            if matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
        line.push(b'\n');
        Ok(line)
    }
}

/// What a child says to a question.
#[derive(Debug, Deserialize)]
pub(super) struct Reply {
    id: u64,
    answer: Option<Box<RawValue>>,
    error: Option<Complaint>,
}

#[derive(Debug, Deserialize)]
struct Complaint {
    kind: String,
    #[serde(default)]
    message: String,
    retry_after_seconds: Option<u64>,
}

/// A reply that keeps to the protocol.
#[derive(Debug)]
pub(super) enum Said {
    /// The answer's text, unchecked.
    Answer(String),
    /// A failure; the message is the child's own words and may hold anything.
    Failed(TriageError),
}

impl Reply {
    /// Reads a line that answers this question; `None` when it is something else.
    pub(super) fn read(line: &[u8], id: u64) -> Option<Said> {
        let reply: Self = serde_json::from_slice(line).ok()?;
        match reply {
            Self { id: said, .. } if said != id => None,
            Self {
                answer: Some(answer),
                error: None,
                ..
            } => Some(Said::Answer(text(&answer))),
            Self {
                answer: None,
                error: Some(complaint),
                ..
            } => complaint.error().map(Said::Failed),
            Self { .. } => None,
        }
    }
}

/// An answer may be the object itself, or text with the object in it, as models write it.
fn text(answer: &RawValue) -> String {
    serde_json::from_str::<String>(answer.get()).unwrap_or_else(|_| answer.get().to_owned())
}

impl Complaint {
    fn error(self) -> Option<TriageError> {
        let kind = match self.kind.as_str() {
            "unavailable" => TriageErrorKind::Unavailable,
            "busy" => TriageErrorKind::Busy,
            "timeout" => TriageErrorKind::Timeout,
            "bad_output" => TriageErrorKind::BadOutput,
            "too_large" => TriageErrorKind::TooLarge,
            "misconfigured" => TriageErrorKind::Misconfigured,
            _ => return None,
        };
        let error = TriageError::new(kind, self.message);
        Some(match self.retry_after_seconds {
            Some(wait) => error.after(Duration::from_secs(wait.min(86_400))),
            None => error,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_may_be_an_object_or_text() {
        for line in [r#"{"id":3,"answer":{"a":1}}"#, r#"{"v":1,"id":3,"answer":"{\"a\":1}"}"#] {
            let Some(Said::Answer(text)) = Reply::read(line.as_bytes(), 3) else {
                panic!("{line}");
            };
            assert_eq!(text, r#"{"a":1}"#);
        }
    }

    #[test]
    fn every_kind_of_error_is_data() {
        let kinds = [
            ("unavailable", TriageErrorKind::Unavailable),
            ("busy", TriageErrorKind::Busy),
            ("timeout", TriageErrorKind::Timeout),
            ("bad_output", TriageErrorKind::BadOutput),
            ("too_large", TriageErrorKind::TooLarge),
            ("misconfigured", TriageErrorKind::Misconfigured),
        ];
        for (word, kind) in kinds {
            let line = format!(r#"{{"id":1,"error":{{"kind":"{word}","message":"later","retry_after_seconds":7}}}}"#);
            let Some(Said::Failed(error)) = Reply::read(line.as_bytes(), 1) else {
                panic!("{line}");
            };
            assert_eq!((error.kind, error.retry_after), (kind, Some(Duration::from_secs(7))));
        }
    }

    #[test]
    fn what_is_not_an_answer_to_this_question_is_none() {
        for line in [
            r#"{"id":2,"answer":{}}"#,
            r#"{"answer":{}}"#,
            r#"{"id":1}"#,
            r#"{"id":1,"answer":{},"error":{"kind":"busy"}}"#,
            r#"{"id":1,"error":{"kind":"tired"}}"#,
            r#"{"id":1,"answer":{}} and more"#,
            "Traceback (most recent call last):",
            "",
        ] {
            assert!(Reply::read(line.as_bytes(), 1).is_none(), "{line}");
        }
    }

    #[test]
    fn a_child_says_which_versions_it_speaks_and_who_it_is() {
        let hello = Hello::read(br#"{"v":[1,2],"name":"acme\u001b[31m","version":"1.0"}"#).unwrap();
        assert!(hello.speaks(1) && !hello.speaks(3));
        assert_eq!(hello.server().as_deref(), Some("acme31m 1.0"));
        assert_eq!(Hello::read(br#"{"v":[1]}"#).unwrap().server(), None);
        assert!(Hello::read(b"Welcome to Acme").is_none());
    }
}
