//! Whether what was tried worked.

use super::cloud::{codes, words};
use crate::Alert;

/// Whether what was tried worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It worked.
    Success,
    /// It was refused or failed.
    Failure,
}

/// Says whether what was tried worked: the event's own word first, then the rule's groups.
pub(super) fn outcome(alert: &Alert) -> Option<Outcome> {
    said(alert)
        .or_else(|| windows(alert))
        .or_else(|| cloud(alert))
        .or_else(|| web(alert))
        .or_else(|| groups(alert))
}

fn said(alert: &Alert) -> Option<Outcome> {
    ["event.outcome", "data.audit.success", "data.audit.res", "data.outcome"]
        .iter()
        .find_map(|path| word(alert, path))
}

fn windows(alert: &Alert) -> Option<Outcome> {
    let event = alert.text("data.win.system.eventID")?;
    if !alert
        .text_of("data.win.system.channel")?
        .eq_ignore_ascii_case("security")
    {
        return None;
    }
    match event.as_ref() {
        "4624" | "4648" | "4672" | "4778" | "4770" => Some(Outcome::Success),
        "4625" | "4771" | "4740" => Some(Outcome::Failure),
        // Kerberos and NTLM have one event for both.
        "4768" | "4769" | "4776" => {
            let status = alert.text("data.win.eventdata.status")?;
            let digits = status.trim_start_matches("0x");
            let failed = digits.bytes().any(|digit| digit != b'0');
            Some(if failed { Outcome::Failure } else { Outcome::Success })
        }
        _ => match alert.text_of("data.win.system.severityValue") {
            Some("AUDIT_SUCCESS") => Some(Outcome::Success),
            Some("AUDIT_FAILURE") => Some(Outcome::Failure),
            _ => None,
        },
    }
}

fn cloud(alert: &Alert) -> Option<Outcome> {
    if alert.text_of("data.aws.eventName").is_some() {
        let says = |path: &str| alert.text(path).is_some_and(|text| !text.is_empty() && text != "null");
        if says("data.aws.errorCode") {
            return Some(Outcome::Failure);
        }
        let word = words(alert).find_map(|text| meaning(&text));
        return word.or(Some(if says("data.aws.errorMessage") {
            Outcome::Failure
        } else {
            Outcome::Success
        }));
    }
    let code = codes(alert).find_map(|path| alert.text(path)?.parse::<i64>().ok());
    if code.is_some_and(|code| code != 0) {
        return Some(Outcome::Failure);
    }
    let mut told = [
        "data.office365.ResultStatus",
        "data.azure.status",
        "data.ms-graph.status.result",
        "data.ms-graph.result",
        "data.gcp.protoPayload.status.message",
    ]
    .into_iter()
    .chain(codes(alert));
    told.find_map(|path| word(alert, path)).or_else(|| {
        let has = |path: &str| alert.get(path).is_some_and(|value| !value.is_null());
        // Google's status is empty where all went well.
        if has("data.gcp.protoPayload.status.message") {
            return Some(Outcome::Failure);
        }
        let went_well = code.is_some()
            || has("data.gcp.protoPayload.methodName")
            || alert
                .get("data.ms-graph.status")
                .is_some_and(serde_json::Value::is_object);
        went_well.then_some(Outcome::Success)
    })
}

fn web(alert: &Alert) -> Option<Outcome> {
    let decoder = alert
        .decoder()
        .is_some_and(|decoder| decoder.starts_with("web-accesslog"));
    let status = if decoder {
        alert.text("data.id")
    } else {
        let answers = ["http.response.status_code", "data.gcp.httpRequest.status"];
        answers.iter().find_map(|path| alert.text(path))
    }?;
    match status.parse::<u16>().ok()? {
        200..=399 => Some(Outcome::Success),
        400..=599 => Some(Outcome::Failure),
        _ => None,
    }
}

fn groups(alert: &Alert) -> Option<Outcome> {
    let starts = |words: &[&str]| {
        alert
            .rule()
            .groups
            .iter()
            .any(|group| words.iter().any(|word| group.starts_with(word)))
    };
    if starts(&[
        "authentication_fail",
        "win_authentication_fail",
        "invalid_login",
        "login_denied",
        "access_denied",
    ]) {
        return Some(Outcome::Failure);
    }
    starts(&["authentication_success", "win_authentication_success"]).then_some(Outcome::Success)
}

fn word(alert: &Alert, path: &str) -> Option<Outcome> {
    meaning(&alert.text(path)?)
}

fn meaning(word: &str) -> Option<Outcome> {
    match word.to_lowercase().as_str() {
        "success" | "succeeded" | "true" | "yes" | "ok" | "accepted" | "passed" | "0" => Some(Outcome::Success),
        "failure" | "failed" | "fail" | "false" | "no" | "error" | "denied" | "blocked" | "timeout" => {
            Some(Outcome::Failure)
        }
        _ => None,
    }
}
