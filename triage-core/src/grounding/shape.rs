//! From loose JSON to the fields of a draft: what may be read kindly is, and said; the rest is refused.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use super::{RejectReason, Rejection, Repair};
use crate::{Confidence, Disposition, Severity, safe::regex};

/// The fields of an answer, typed but not yet compared with the evidence.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// Field as the model wrote it, and what it shows.
    pub(super) evidence: Vec<(String, String)>,
    pub(super) summary: String,
    pub(super) if_benign: String,
    pub(super) if_malicious: String,
    pub(super) disposition: Option<Disposition>,
    pub(super) confidence: Option<Confidence>,
    pub(super) severity: Option<Severity>,
    /// Ids in the order given, upper case; `None` where no id could be read.
    pub(super) mitre: Vec<Option<String>>,
    pub(super) next_steps: Vec<String>,
    pub(super) questions: Vec<String>,
}

/// Reads an object, or says which field cannot be read.
pub(super) fn read(object: Map<String, Value>, repairs: &mut Vec<Repair>) -> Result<Shape, Rejection> {
    let mut shape = Shape::default();
    let mut unknown = 0;
    for (key, value) in object {
        match key.as_str() {
            "evidence" => shape.evidence = evidence(value, &mut unknown, repairs)?,
            "summary" => shape.summary = text("summary", value, repairs)?,
            "if_benign" => shape.if_benign = text("if_benign", value, repairs)?,
            "if_malicious" => shape.if_malicious = text("if_malicious", value, repairs)?,
            "verdict" => shape.disposition = Some(word("verdict", &value, disposition, repairs)?),
            "verdict_confidence" => shape.confidence = Some(confidence(&value, repairs)?),
            "severity" => shape.severity = Some(word("severity", &value, severity, repairs)?),
            "mitre" => shape.mitre = mitre(value, repairs)?,
            "next_steps" => shape.next_steps = list("next_steps", value, repairs)?,
            "questions" => shape.questions = list("questions", value, repairs)?,
            _ => unknown += 1,
        }
    }
    if unknown > 0 {
        repairs.push(Repair::UnknownKeys(unknown));
    }
    if shape.disposition.is_none() {
        return Err(RejectReason::Missing("verdict").into());
    }
    for (field, missing) in [
        ("verdict_confidence", shape.confidence.is_none()),
        ("severity", shape.severity.is_none()),
    ] {
        if missing {
            repairs.push(Repair::Missing(field));
        }
    }
    Ok(shape)
}

/// A closed word, whatever its case, blanks and hyphens.
fn word<T>(
    field: &'static str,
    value: &Value,
    known: impl Fn(&str) -> Option<T>,
    repairs: &mut Vec<Repair>,
) -> Result<T, Rejection> {
    let value = match value {
        Value::Array(items) if items.len() == 1 => {
            repairs.push(Repair::Coerced(field));
            &items[0]
        }
        value => value,
    };
    let Value::String(given) = value else {
        return Err(match value {
            Value::Null => RejectReason::Missing(field).into(),
            _ => RejectReason::Enum(field).into(),
        });
    };
    let parts = given.split(|c: char| c.is_whitespace() || matches!(c, '-' | '_'));
    let plain = parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_");
    let plain = plain.to_lowercase();
    let plain = plain.trim_end_matches(['.', '_']);
    let found = known(plain).ok_or(RejectReason::Enum(field))?;
    if plain != given {
        repairs.push(Repair::Coerced(field));
    }
    Ok(found)
}

fn disposition(word: &str) -> Option<Disposition> {
    Disposition::ALL
        .into_iter()
        .find(|disposition| disposition.as_str() == word)
}

fn severity(word: &str) -> Option<Severity> {
    Some(match word {
        "informational" | "info" | "none" => Severity::Informational,
        "low" => Severity::Low,
        "medium" | "moderate" => Severity::Medium,
        "high" => Severity::High,
        "critical" => Severity::Critical,
        _ => return None,
    })
}

/// Larger than any share and any percentage.
const OUT_OF_RANGE: f64 = 1e3;

/// A word, a share (`0.93`) or a percentage (`95%`, `95`).
fn confidence(value: &Value, repairs: &mut Vec<Repair>) -> Result<Confidence, Rejection> {
    const FIELD: &str = "verdict_confidence";
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => {
            let text = text.trim();
            let percent = text.strip_suffix('%').map(|digits| (digits.trim(), true));
            let (digits, percent) = percent.unwrap_or((text, false));
            // A share is told from a percentage by its size only where no sign says so: `120%` is neither.
            digits.parse::<f64>().ok().map(|number| match number / 100.0 {
                share if percent && share > 1.0 => OUT_OF_RANGE,
                share if percent => share,
                _ => number,
            })
        }
        _ => None,
    };
    let Some(number) = number else {
        let by_name = |plain: &str| {
            Some(match plain {
                "low" => Confidence::Low,
                "medium" | "moderate" => Confidence::Medium,
                "high" => Confidence::High,
                _ => return None,
            })
        };
        return word(FIELD, value, by_name, repairs);
    };
    let share = if number > 1.0 { number / 100.0 } else { number };
    if !(0.0..=1.0).contains(&share) {
        return Err(RejectReason::Enum(FIELD).into());
    }
    repairs.push(Repair::Coerced(FIELD));
    Ok(match share {
        share if share >= 0.8 => Confidence::High,
        share if share >= 0.5 => Confidence::Medium,
        _ => Confidence::Low,
    })
}

fn text(field: &'static str, value: Value, repairs: &mut Vec<Repair>) -> Result<String, Rejection> {
    match value {
        Value::String(text) => Ok(text),
        Value::Null => {
            repairs.push(Repair::Coerced(field));
            Ok(String::new())
        }
        Value::Array(items) if items.iter().all(Value::is_string) => {
            repairs.push(Repair::Coerced(field));
            Ok(items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "))
        }
        _ => Err(RejectReason::Type(field).into()),
    }
}

fn list(field: &'static str, value: Value, repairs: &mut Vec<Repair>) -> Result<Vec<String>, Rejection> {
    let items = match value {
        Value::Array(items) => items,
        Value::Null => {
            repairs.push(Repair::Coerced(field));
            return Ok(Vec::new());
        }
        Value::String(text) => {
            repairs.push(Repair::Coerced(field));
            return Ok(text
                .lines()
                .map(without_bullet)
                .filter(|line| !line.is_empty())
                .collect());
        }
        _ => return Err(RejectReason::Type(field).into()),
    };
    let mut texts = Vec::with_capacity(items.len());
    for item in items {
        match item {
            Value::String(text) => texts.push(text),
            // A model that explains its steps as objects: the first text is the step.
            Value::Object(object) => {
                let Some(text) = object.values().find_map(Value::as_str) else {
                    return Err(RejectReason::Type(field).into());
                };
                repairs.push(Repair::Coerced(field));
                texts.push(text.to_owned());
            }
            Value::Null => repairs.push(Repair::Coerced(field)),
            _ => return Err(RejectReason::Type(field).into()),
        }
    }
    Ok(texts)
}

fn without_bullet(line: &str) -> String {
    static BULLET: LazyLock<Regex> = LazyLock::new(|| regex(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+"));
    BULLET.replace(line, "").trim().to_owned()
}

fn evidence(value: Value, unknown: &mut usize, repairs: &mut Vec<Repair>) -> Result<Vec<(String, String)>, Rejection> {
    const FIELD: &str = "evidence";
    let items = match value {
        Value::Array(items) => items,
        Value::Null => {
            repairs.push(Repair::Coerced(FIELD));
            Vec::new()
        }
        value @ (Value::Object(_) | Value::String(_)) => {
            repairs.push(Repair::Coerced(FIELD));
            vec![value]
        }
        _ => return Err(RejectReason::Type(FIELD).into()),
    };
    let mut pairs = Vec::with_capacity(items.len());
    for item in items {
        match item {
            Value::Object(object) => {
                // The name that was asked for, or one that can only mean the same.
                let part = |names: [&'static str; 3]| {
                    let mut found = names
                        .into_iter()
                        .filter_map(|name| Some((name, object.get(name)?.as_str()?)));
                    found.next()
                };
                let Some((name, field)) = part(["field", "id", "path"]) else {
                    return Err(RejectReason::Type(FIELD).into());
                };
                let shows = part(["shows", "meaning", "why"]);
                if name != "field" || shows.is_some_and(|(name, _)| name != "shows") {
                    repairs.push(Repair::Coerced(FIELD));
                }
                *unknown += object.len() - 1 - usize::from(shows.is_some());
                pairs.push((
                    field.to_owned(),
                    shows.map_or_else(String::new, |(_, shows)| shows.to_owned()),
                ));
            }
            // `F03` or `F03: what it shows`.
            Value::String(text) => {
                repairs.push(Repair::Coerced(FIELD));
                let (field, shows) = text.split_once([':', '|', ' ']).unwrap_or((&text, ""));
                pairs.push((field.trim().to_owned(), shows.trim().to_owned()));
            }
            Value::Null => repairs.push(Repair::Coerced(FIELD)),
            _ => return Err(RejectReason::Type(FIELD).into()),
        }
    }
    Ok(pairs)
}

fn mitre(value: Value, repairs: &mut Vec<Repair>) -> Result<Vec<Option<String>>, Rejection> {
    const FIELD: &str = "mitre";
    static ID: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)\bT\d{4}(?:\.\d{1,4})?\b"));
    let items = match value {
        Value::Array(items) => items,
        Value::Null => {
            repairs.push(Repair::Coerced(FIELD));
            Vec::new()
        }
        value @ (Value::String(_) | Value::Object(_)) => {
            repairs.push(Repair::Coerced(FIELD));
            vec![value]
        }
        _ => return Err(RejectReason::Type(FIELD).into()),
    };
    let mut ids = Vec::new();
    for item in items {
        let text = match &item {
            Value::String(text) => text.as_str(),
            Value::Object(object) => {
                repairs.push(Repair::Coerced(FIELD));
                object
                    .values()
                    .filter_map(Value::as_str)
                    .find(|text| ID.is_match(text))
                    .unwrap_or("")
            }
            _ => "",
        };
        let found: Vec<String> = ID.find_iter(text).map(|id| id.as_str().to_uppercase()).collect();
        if found.is_empty() {
            ids.push(None);
            continue;
        }
        if found.len() > 1 || found[0] != text {
            repairs.push(Repair::Coerced(FIELD));
        }
        ids.extend(found.into_iter().map(Some));
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shape(value: Value) -> Result<Shape, RejectReason> {
        let Value::Object(object) = value else {
            panic!("an object")
        };
        read(object, &mut Vec::new()).map_err(|rejection| rejection.reason)
    }

    #[test]
    fn closed_words_are_read_in_any_dress_and_never_guessed() {
        for word in [
            "true_positive",
            "True Positive",
            "True  Positive",
            "true\u{a0}positive",
            "TRUE-POSITIVE",
            " true_positive. ",
        ] {
            assert_eq!(
                shape(json!({ "verdict": word })).unwrap().disposition,
                Some(Disposition::TruePositive),
                "{word}"
            );
        }
        for word in ["malicious", "benign", "tp", "true", ""] {
            assert_eq!(
                shape(json!({ "verdict": word })).unwrap_err(),
                RejectReason::Enum("verdict"),
                "{word}"
            );
        }
        assert_eq!(shape(json!({})).unwrap_err(), RejectReason::Missing("verdict"));
        assert_eq!(
            shape(json!({ "verdict": null })).unwrap_err(),
            RejectReason::Missing("verdict")
        );
        assert_eq!(
            shape(json!({ "verdict": 1 })).unwrap_err(),
            RejectReason::Enum("verdict")
        );
    }

    #[test]
    fn confidence_may_be_a_share_or_a_percentage_within_its_range() {
        let read = |value: Value| {
            shape(json!({ "verdict": "true_positive", "verdict_confidence": value })).map(|shape| shape.confidence)
        };
        assert_eq!(read(json!(0.93)), Ok(Some(Confidence::High)));
        assert_eq!(read(json!("95%")), Ok(Some(Confidence::High)));
        assert!(read(json!("120%")).is_err());
        assert_eq!(read(json!(60)), Ok(Some(Confidence::Medium)));
        assert_eq!(read(json!(0)), Ok(Some(Confidence::Low)));
        for value in [
            json!(1_000_000),
            json!(-1),
            json!("very"),
            json!("NaN"),
            json!(true),
            json!({}),
        ] {
            assert_eq!(
                read(value.clone()),
                Err(RejectReason::Enum("verdict_confidence")),
                "{value}"
            );
        }
    }

    #[test]
    fn lists_are_read_from_texts_and_nothing_else() {
        let steps = |value: Value| {
            shape(json!({ "verdict": "true_positive", "next_steps": value })).map(|shape| shape.next_steps)
        };
        assert_eq!(steps(json!("1. a\n- b")), Ok(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(steps(json!(null)), Ok(vec![]));
        assert_eq!(steps(json!([{ "step": "a" }])), Ok(vec!["a".to_owned()]));
        assert_eq!(steps(json!(7)), Err(RejectReason::Type("next_steps")));
    }

    #[test]
    fn keys_of_a_cited_fact_are_asked_for_or_counted() {
        let read = |item: Value| {
            let Value::Object(object) = json!({ "verdict": "true_positive", "severity": "low", "verdict_confidence": "low", "evidence": [item] })
            else {
                unreachable!("an object")
            };
            let mut repairs = Vec::new();
            let shape = read(object, &mut repairs).unwrap();
            assert_eq!(shape.evidence.len(), 1);
            (shape.evidence[0].1.clone(), repairs)
        };
        let coerced = Repair::Coerced("evidence");
        assert_eq!(read(json!({ "field": "F03", "shows": "x" })), ("x".into(), vec![]));
        assert_eq!(read(json!({ "field": "F03" })), (String::new(), vec![]));
        assert_eq!(
            read(json!({ "id": "F03", "shows": "x" })),
            ("x".into(), vec![coerced.clone()])
        );
        assert_eq!(read(json!({ "field": "F03", "why": "x" })), ("x".into(), vec![coerced]));
        assert_eq!(
            read(json!({ "field": "F03", "shows": "x", "value": "whoami", "id": "F03" })),
            ("x".into(), vec![Repair::UnknownKeys(2)])
        );
    }

    #[test]
    fn what_is_read_kindly_is_said() {
        for (field, value) in [
            ("verdict", json!(["true_positive"])),
            ("severity", json!(["low"])),
            ("mitre", json!([{ "id": "T1059.001", "name": "PowerShell" }])),
        ] {
            let mut object = Map::new();
            object.insert("verdict".into(), "true_positive".into());
            object.insert(field.into(), value);
            let mut repairs = Vec::new();
            read(object, &mut repairs).unwrap();
            assert!(repairs.contains(&Repair::Coerced(field)), "{field}: {repairs:?}");
        }
    }

    #[test]
    fn technique_ids_are_read_out_of_any_text() {
        let ids = |value: Value| {
            shape(json!({ "verdict": "true_positive", "mitre": value }))
                .unwrap()
                .mitre
        };
        let some = |id: &str| Some(id.to_owned());
        assert_eq!(ids(json!("T1059.001, t1105")), [some("T1059.001"), some("T1105")]);
        assert_eq!(
            ids(json!(["T1059.001 - PowerShell", "TA0002", 3])),
            [some("T1059.001"), None, None]
        );
        assert_eq!(ids(json!([{ "id": "T1105" }])), [some("T1105")]);
    }
}
