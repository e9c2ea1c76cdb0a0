//! What redaction makes of a text, and of a file of cases.

use std::path::Path;

use serde_json::{Value, json};
use triage_core::{Names, Redactor};

use super::cases::{read_cases, text, texts};
use crate::terminal::{Failure, for_terminal, read, say};

/// Prints a text without its secrets. Where a secret may be left, nothing of it is printed.
pub(super) fn one(redactor: &Redactor, path: &Path, json: bool) -> Result<(), Failure> {
    let input = String::from_utf8_lossy(&read(path)?).into_owned();
    let redacted = redactor.inspect(input.strip_suffix('\n').unwrap_or(&input), None);
    if json {
        let shown = json!({ "output": redacted.output, "residual": redacted.residual.is_some() });
        return say(&shown.to_string());
    }
    match redacted.residual {
        None => say(&for_terminal(&redacted.output)),
        Some(kind) => Err(Failure::failed(format!(
            "a secret of kind {kind} may be left; nothing is shown\nhint: add a pattern for it to the redaction settings"
        ))),
    }
}

/// Redacts the `input` of every case, with the names of its `context` as pseudonyms.
pub(super) fn cases(redactor: &Redactor, path: &Path, json: bool) -> Result<(), Failure> {
    for case in read_cases(path)? {
        let names = names(&case.value["context"]);
        let redacted = redactor.inspect(&text(&case.value["input"]), names.as_ref());
        let residual = redacted.residual.is_some();
        if json {
            say(&json!({ "id": case.value["id"], "output": redacted.output, "residual": residual }).to_string())?;
        } else {
            let word = if residual { "LEFT" } else { "ok" };
            say(&for_terminal(&format!("{} {word} {}", case.name(), redacted.output)))?;
        }
    }
    Ok(())
}

/// The names of a context; none of these keys, no pseudonyms.
fn names(context: &Value) -> Option<Names> {
    let known = ["users", "hosts", "domains", "netbios"];
    known.iter().any(|key| !context[key].is_null()).then(|| Names {
        users: texts(&context["users"]),
        hosts: texts(&context["hosts"]),
        domains: texts(&context["domains"]),
        netbios: texts(&context["netbios"]),
    })
}
