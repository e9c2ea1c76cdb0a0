//! Alerts that analysts have judged.

use std::path::PathBuf;

use serde_json::Value;
use triage_core::{AlertFields, Disposition, Redactor};

use crate::terminal::Failure;
use crate::worker::cases::{Case, read_cases, text, texts};
use crate::worker::fields;

/// One alert of a labelled file.
#[derive(Debug)]
pub(super) struct Labelled {
    pub(super) id: String,
    /// What payloads name their host by.
    pub(super) kind: String,
    pub(super) alert: Value,
    /// What an analyst said; an alert without it is a host only.
    pub(super) label: Option<Label>,
}

/// What an analyst said of an alert.
#[derive(Debug, Clone)]
pub(super) struct Label {
    pub(super) verdict: Disposition,
    pub(super) serious: bool,
    /// Verdicts that honest analysts differ about; the verdict itself always is one.
    pub(super) acceptable: Vec<Disposition>,
    /// Paths that the verdict rests on.
    pub(super) key_evidence: Vec<String>,
}

impl Labelled {
    /// The alert as the worker reads it out of IRIS.
    pub(super) fn fields(&self, redactor: &Redactor) -> Result<AlertFields, Failure> {
        of_value(&self.alert, redactor).map_err(|error| Failure::failed(format!("alert {}: {error}", self.id)))
    }
}

/// Reads labelled files.
///
/// # Errors
/// A line without an alert, or with a verdict that is no word of ours: it would be missing from the score.
pub(super) fn read(files: &[PathBuf]) -> Result<Vec<Labelled>, Failure> {
    let mut alerts = Vec::new();
    for file in files {
        for case in read_cases(file)? {
            alerts.push(of_case(&case)?);
        }
    }
    Ok(alerts)
}

fn of_case(case: &Case) -> Result<Labelled, Failure> {
    let alert = &case.value["alert"];
    if !alert.is_object() {
        return Err(case.wrong("there is no `alert` object in this line"));
    }
    let label = &case.value["label"];
    let label = match &label["verdict"] {
        Value::Null => None,
        word => {
            let verdict = disposition(&text(word)).ok_or_else(|| {
                case.wrong(
                    "`label.verdict` is none of true_positive, needs_investigation, benign_positive, false_positive",
                )
            })?;
            let mut acceptable = vec![verdict];
            acceptable.extend(
                texts(&label["acceptable_verdicts"])
                    .iter()
                    .filter_map(|word| disposition(word)),
            );
            Some(Label {
                verdict,
                serious: matches!(
                    text(&label["severity"]).to_ascii_lowercase().as_str(),
                    "high" | "critical"
                ),
                acceptable,
                key_evidence: texts(&label["key_evidence"]),
            })
        }
    };
    Ok(Labelled {
        id: case.name(),
        kind: text(&case.value["kind"]),
        alert: alert.clone(),
        label,
    })
}

/// The alert of Wazuh that a JSON value is.
pub(super) fn of_value(alert: &Value, redactor: &Redactor) -> Result<AlertFields, wazuh_model::ParseError> {
    let alert = wazuh_model::Alert::from_slice(alert.to_string().as_bytes())?;
    Ok(fields::of_wazuh(&alert, None, redactor))
}

fn disposition(word: &str) -> Option<Disposition> {
    let word = word.trim().to_ascii_lowercase().replace([' ', '-'], "_");
    Disposition::ALL
        .into_iter()
        .find(|disposition| disposition.as_str() == word)
}
