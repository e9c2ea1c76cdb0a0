//! What the tests of this crate read: labelled alerts, payloads and raw answers.

use std::sync::LazyLock;

use serde_json::Value;

use crate::{AlertFields, Aside, Disposition, Evidence, Fact, FactId, Origin, Redacted, Redactor, RedactorSettings};

#[path = "../tests/support/leaves.rs"]
mod leaves;

/// One alert that analysts have judged.
pub(crate) struct Labelled {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) alert: Value,
    pub(crate) verdict: Disposition,
    pub(crate) severity: String,
}

pub(crate) fn lines(name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) fn labelled() -> Vec<Labelled> {
    labelled_in("labelled_alerts.jsonl")
}

pub(crate) fn labelled_in(name: &str) -> Vec<Labelled> {
    let lines = lines(name);
    lines
        .into_iter()
        .map(|line| Labelled {
            id: line["id"].as_str().unwrap().to_owned(),
            kind: line["kind"].as_str().unwrap().to_owned(),
            verdict: serde_json::from_value(line["label"]["verdict"].clone()).unwrap(),
            severity: line["label"]["severity"].as_str().unwrap().to_owned(),
            alert: line["alert"].clone(),
        })
        .collect()
}

/// Every payload: those of the corpus, and those written without a look at the patterns.
pub(crate) fn payloads() -> Vec<Value> {
    let mut payloads = lines("injection_corpus.jsonl");
    payloads.extend(lines("injection_unseen.jsonl"));
    payloads
}

/// An alert on the way that every alert goes: its leaves, chosen, numbered and redacted.
pub(crate) fn evidence(alert: &Value) -> Redacted<Evidence> {
    static REDACTOR: LazyLock<Redactor> = LazyLock::new(|| Redactor::new(RedactorSettings::default()).unwrap());
    REDACTOR.redact(Evidence::from_fields(&fields(alert))).unwrap()
}

fn fields(alert: &Value) -> AlertFields {
    let rule = &alert["rule"];
    AlertFields {
        title: rule["description"].as_str().unwrap_or("").to_owned(),
        rule_id: rule["id"].as_str().map(str::to_owned),
        level: rule["level"].as_u64().and_then(|level| u8::try_from(level).ok()),
        groups: leaves::texts(&rule["groups"]),
        mitre: leaves::texts(&rule["mitre"]["id"]),
        fields: leaves::leaves(alert),
    }
}

/// Keeps head and tail, as the redactor does.
pub(crate) fn cut(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= 600 {
        return text.to_owned();
    }
    let (head, tail) = (&chars[..400], &chars[chars.len() - 150..]);
    format!(
        "{} [cut {}] {}",
        head.iter().collect::<String>(),
        chars.len() - 550,
        tail.iter().collect::<String>()
    )
}

/// Evidence and asides of one case of the validator's corpus.
pub(crate) fn validator_case(case: &Value) -> (Redacted<Evidence>, Aside) {
    let mut facts: Vec<Fact> = Vec::new();
    for (id, pair) in case["fields"].as_object().unwrap() {
        facts.push(Fact {
            id: FactId(id[1..].parse().unwrap()),
            path: pair[0].as_str().unwrap().to_owned(),
            value: pair[1].as_str().unwrap().to_owned(),
            origin: Origin::Alert,
        });
    }
    let context = &case["context"];
    let aside = Aside {
        flags: serde_json::from_value(context["flags"].clone()).unwrap_or_default(),
        labels: serde_json::from_value(context["map"].clone()).unwrap_or_default(),
    };
    let evidence = Evidence {
        title: facts[0].value.clone(),
        level: context["rule_level"]
            .as_u64()
            .and_then(|level| u8::try_from(level).ok()),
        facts,
        ..Evidence::default()
    };
    (Redacted::new(evidence), aside)
}

/// Puts a text where a payload travels: replaces a value, creates what is missing, appends to a list.
pub(crate) fn with_payload(alert: &Value, field: &str, payload: &str) -> Value {
    let mut alert = alert.clone();
    let mut at = &mut alert;
    for key in field.split('.') {
        if !at.is_object() {
            *at = Value::Object(serde_json::Map::new());
        }
        at = &mut at[key];
    }
    match at {
        Value::Array(items) => items.push(payload.into()),
        value => *value = payload.into(),
    }
    alert
}
