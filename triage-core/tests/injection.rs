//! Payloads against the evidence: all are made harmless in form, none is deleted, most are flagged; honest alerts are not.

mod common;

use std::collections::BTreeMap;

use common::{cases_of, fields, labelled_alerts, lines, wazuh_corpus};
use triage_core::{Evidence, FlagKind, Redactor, RedactorSettings};

#[test]
fn every_payload_becomes_one_harmless_line_and_most_are_flagged() {
    let redactor = Redactor::new(RedactorSettings::default()).unwrap();
    let (mut strong, mut any, mut unflagged) = (0, 0, Vec::new());
    let mut payloads = lines("injection_corpus.jsonl");
    let steers = |payload: &serde_json::Value| {
        matches!(
            payload["technique"].as_str(),
            Some("override" | "multilingual" | "role" | "forgery" | "encoding")
        )
    };
    let of_the_corpus = payloads.len();
    payloads.extend(lines("injection_unseen.jsonl"));
    for (at, payload) in payloads.iter().enumerate() {
        let (field, value) = (payload["field"].as_str().unwrap(), payload["value"].as_str().unwrap());
        let alert = triage_core::AlertFields {
            title: "A rule".into(),
            rule_id: Some("1".into()),
            fields: vec![(field.to_owned(), value.to_owned())],
            ..triage_core::AlertFields::default()
        };
        let evidence = Evidence::from_fields(&alert);
        any += usize::from(!evidence.flags.is_empty());
        strong += usize::from(evidence.suspected_injection());
        if !evidence.suspected_injection() {
            unflagged.push(payload["technique"].as_str().unwrap().to_owned());
            assert!(at < of_the_corpus || !steers(payload), "not flagged: {payload}");
        }
        let redacted = redactor.redact(evidence).unwrap();
        for fact in &redacted.facts {
            assert!(
                !fact.value.contains("<|") && !fact.value.contains("[INST]") && !fact.value.contains("</s>"),
                "{}",
                fact.value
            );
            assert!(
                !fact.value.contains("<start_of_turn>") && !fact.value.contains("</think>"),
                "{}",
                fact.value
            );
            assert!(fact.value.chars().all(|c| !c.is_control()), "{}", fact.value);
            assert!(fact.value.len() <= 700, "{} bytes", fact.value.len());
        }
    }
    println!(
        "injection corpus: {} payloads, {any} flagged, {strong} of them strongly; not strongly: {unflagged:?}",
        payloads.len()
    );
    assert!(strong * 10 >= payloads.len() * 5 && any * 10 >= payloads.len() * 7);
}

#[test]
fn honest_alerts_are_hardly_ever_suspected() {
    let mut kinds: BTreeMap<FlagKind, Vec<String>> = BTreeMap::new();
    let unseen = lines("labelled_unseen.jsonl")
        .into_iter()
        .map(|line| (line["id"].as_str().unwrap().to_owned(), line["alert"].clone()));
    let alerts: Vec<_> = labelled_alerts()
        .into_iter()
        .chain(unseen)
        .filter(|(_, alert)| !alert.to_string().contains("Pentest"))
        .collect();
    let mut suspected = 0;
    for (id, alert) in &alerts {
        let evidence = Evidence::from_fields(&fields(alert));
        suspected += usize::from(evidence.suspected_injection());
        for flag in evidence.flags {
            kinds.entry(flag.kind).or_default().push(id.clone());
        }
    }
    println!(
        "labelled alerts: {} alerts, {suspected} suspected, {kinds:?}",
        alerts.len()
    );
    assert!(suspected * 20 <= alerts.len());
}

#[test]
fn alerts_of_real_systems_are_suspected_for_hidden_characters_only() {
    let Some(folder) = wazuh_corpus() else { return };
    let (mut alerts, mut suspected, mut wrongly) = (0, 0, Vec::new());
    for (file, line, alert) in cases_of(&folder) {
        let evidence = Evidence::from_fields(&fields(&alert));
        alerts += 1;
        suspected += usize::from(evidence.suspected_injection());
        let strong = evidence
            .flags
            .iter()
            .map(|flag| flag.kind)
            .filter(|kind| kind.is_strong());
        wrongly.extend(
            strong
                .filter(|&kind| kind != FlagKind::Hidden)
                .map(|kind| format!("{file}:{line} {kind:?}")),
        );
    }
    println!("wazuh corpus: {alerts} alerts, {suspected} suspected; {wrongly:?}");
    assert!(wrongly.len() * 200 <= alerts, "{wrongly:?}");
}

#[test]
fn what_an_analyst_decides_by_is_among_the_facts_that_are_sent() {
    let redactor = Redactor::new(RedactorSettings::default()).unwrap();
    let (mut wanted, mut missing) = (0, Vec::new());
    for case in lines("labelled_alerts.jsonl") {
        let redacted = redactor.redact(Evidence::from_fields(&fields(&case["alert"]))).unwrap();
        for path in case["label"]["key_evidence"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|path| path.as_str())
        {
            wanted += 1;
            if !redacted.facts.iter().any(|fact| fact.path == path) {
                missing.push(format!("{} {path}", case["id"]));
            }
        }
    }
    println!(
        "key evidence: {} of {wanted} sent; missing {missing:?}",
        wanted - missing.len()
    );
    assert!(missing.len() * 20 <= wanted, "{missing:?}");
}
