use serde_json::{Value, json};

use super::*;
use crate::{About, Meta, fixtures, note};

fn note_of(verdict: &Verdict, evidence: &Redacted<Evidence>) -> String {
    let input = note::NoteInput {
        result: note::NoteResult::Verdict(verdict),
        evidence,
        meta: &Meta::default(),
        about: &About::new("test", "1"),
        suffix: "9c1f",
        finished_at: "2026-01-20 09:14Z",
        folded: None,
    };
    note::render(&input).to_string()
}

/// What our own frame of a note holds anyway.
fn without_frame(note: &str) -> String {
    let lines: Vec<&str> = note.lines().collect();
    lines[1..lines.len() - 1].join("\n")
}

#[test]
fn every_case_of_the_validator_corpus_ends_as_it_should() {
    let mut counts = std::collections::BTreeMap::new();
    for case in fixtures::lines("validator_cases.jsonl") {
        let id = case["id"].as_str().unwrap();
        let (evidence, aside) = fixtures::validator_case(&case);
        let draft = Draft::new(case["raw"].as_str().unwrap(), Meta::default());
        let outcome = ground_beside(&draft, &evidence, &aside, &Policy::default());
        let word = match &outcome {
            Outcome::Accepted(_) => "accept",
            Outcome::Repaired(..) => "repair",
            Outcome::Rejected(_) => "reject",
        };
        assert_eq!(word, case["expect"], "{id}: {outcome:?}");
        *counts.entry(word).or_insert(0) += 1;
        for (key, wanted) in case["then"].as_object().unwrap() {
            assert!(
                holds(key, wanted, &outcome, &evidence),
                "{id}: {key} should be {wanted}: {outcome:?}"
            );
        }
    }
    println!("validator corpus: {counts:?}");
    assert_eq!(counts.values().sum::<i32>(), 34);
}

fn holds(key: &str, wanted: &Value, outcome: &Outcome, evidence: &Redacted<Evidence>) -> bool {
    if let Outcome::Rejected(rejection) = outcome {
        return match key {
            "reason" => wanted == rejection.reason.as_str(),
            "retry" => wanted == rejection.retry,
            _ => panic!("unknown expectation {key}"),
        };
    }
    let verdict = outcome.verdict().unwrap();
    let note = note_of(verdict, evidence);
    let inside = without_frame(&note);
    let codes: Vec<&str> = verdict.warnings().iter().map(|warning| warning.code.as_str()).collect();
    let text = wanted.as_str().unwrap_or("");
    match key {
        "verdict" => verdict.disposition().as_str() == text,
        "verdict_confidence" => verdict.confidence().as_str() == text,
        "next_steps" => json!(verdict.next_steps()) == *wanted,
        "next_steps_max" => verdict.next_steps().len() as u64 <= wanted.as_u64().unwrap(),
        "mitre" => {
            json!(
                verdict
                    .mitre()
                    .iter()
                    .map(|technique| &technique.id)
                    .collect::<Vec<_>>()
            ) == *wanted
        }
        "evidence" => {
            json!(
                verdict
                    .evidence()
                    .iter()
                    .map(|cited| cited.fact.to_string())
                    .collect::<Vec<_>>()
            ) == *wanted
        }
        "warn" => codes.contains(&text),
        "quote_ok" => !codes.contains(&"quote_not_in_alert"),
        "no_chars" => !inside.contains(|c| text.contains(c)),
        "no_text" => !inside.contains(text),
        "defanged" => !inside.contains("://") && !inside.contains("evil.example"),
        "single_line" => {
            !verdict.summary().contains('\n') && !note.lines().any(|line| line.trim_start().starts_with("[AI"))
        }
        "unknown_keys_dropped" => codes.contains(&format!("unknown_keys_dropped:{wanted}").as_str()),
        "restored" => wanted
            .as_array()
            .unwrap()
            .iter()
            .all(|name| verdict.summary().contains(name.as_str().unwrap())),
        _ => panic!("unknown expectation {key}"),
    }
}

/// Every label that a line may begin with.
const LABELS: [&str; 14] = [
    "",
    "Verdict",
    "Rules say",
    "Summary",
    "Evidence",
    "Benign if",
    "Hostile if",
    "ATT&CK",
    "Next",
    "Open",
    "Warnings",
    "Seen",
    "Made by",
    "Severity",
];

/// What no payload may do to a note: bring markup, a link, a line or a marker of its own.
fn assert_harmless(note: &str, what: &str) {
    let lines: Vec<&str> = note.lines().collect();
    assert!(lines.len() <= 25, "{what}: {} lines", lines.len());
    assert!(lines.iter().all(|line| line.chars().count() <= 80), "{what}: {note}");
    let inside = &lines[1..lines.len() - 1];
    for line in inside {
        let label: String = line.chars().take(12).collect();
        assert!(LABELS.contains(&label.trim_end()), "{what}: {line}");
    }
    let text = inside.join("\n");
    for mark in ["<", ">", "`", "\"", "](", "://", "[ait", "&#", "&lt"] {
        assert!(!text.contains(mark), "{what}: {mark} in {text}");
    }
    assert!(
        !text
            .chars()
            .any(|c| (c.is_control() && c != '\n') || crate::safe::is_unseen(c)),
        "{what}: {text:?}"
    );
    let bracketed = text.replace("[.]", "").replace("[:]", "");
    assert!(!bracketed.contains(['[', ']']), "{what}: {text}");
}

#[test]
#[cfg(feature = "testing")]
fn no_payload_in_an_attack_ends_in_a_benign_verdict_whatever_is_answered() {
    use crate::testing::EvilTriager;
    let payloads = fixtures::lines("injection_corpus.jsonl");
    let mut judged = 0;
    let mut closed = Vec::new();
    for alert in fixtures::labelled()
        .iter()
        .filter(|alert| alert.verdict == Disposition::TruePositive)
    {
        for payload in &payloads {
            let (field, value) = (payload["field"].as_str().unwrap(), payload["value"].as_str().unwrap());
            let evidence = fixtures::evidence(&fixtures::with_payload(&alert.alert, field, value));
            let outcome = ground(&EvilTriager.draft(&evidence), &evidence, &Policy::default());
            let verdict = outcome.verdict().expect("what obeys answers in form");
            let what = format!("{} in {}", payload["id"], alert.kind);
            if verdict.disposition().is_benign() {
                closed.push(what.clone());
            }
            assert_harmless(&note_of(verdict, &evidence), &what);
            judged += 1;
        }
    }
    println!("{judged} payloads in attacks, {} closed: {closed:?}", closed.len());
    assert!(closed.is_empty(), "{closed:?}");
}

#[test]
fn every_payload_stays_inside_its_line_of_the_note() {
    let alerts = fixtures::labelled();
    for payload in fixtures::lines("injection_corpus.jsonl") {
        let value = fixtures::cut(payload["value"].as_str().unwrap());
        let value = value.as_str();
        let host = alerts.iter().find(|alert| alert.kind == payload["host_alert"]).unwrap();
        let mut evidence = (*fixtures::evidence(&host.alert)).clone();
        // Not even the redactor's work is taken for granted.
        evidence.facts[0].value = value.to_owned();
        evidence.facts[0].path = value.to_owned();
        evidence.title = value.to_owned();
        let evidence = Redacted::new(evidence);
        for verdict in ["false_positive", "true_positive"] {
            let answer = json!({
                "evidence": [{ "field": "F01", "shows": value }, { "field": value, "shows": value }],
                "summary": value, "if_benign": value, "if_malicious": value, "verdict": verdict, "verdict_confidence": "high",
                "severity": "low", "mitre": [value], "next_steps": [value, value], "questions": [value], value: value,
            });
            let outcome = ground(
                &Draft::new(answer.to_string(), Meta::default()),
                &evidence,
                &Policy::default(),
            );
            let verdict = outcome
                .verdict()
                .unwrap_or_else(|| panic!("{}: {outcome:?}", payload["id"]));
            assert_harmless(&note_of(verdict, &evidence), payload["id"].as_str().unwrap());
        }
    }
}
