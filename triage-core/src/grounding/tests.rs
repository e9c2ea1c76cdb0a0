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
