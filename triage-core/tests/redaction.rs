//! The redactor against the cases of its corpus, against honest alerts, and against itself.

mod common;

use std::collections::BTreeMap;

use common::{cases_of, encoded_lines, labelled_alerts, leaves, wazuh_corpus};
use triage_core::{Names, Redactor, RedactorSettings};

fn redactor() -> Redactor {
    Redactor::new(RedactorSettings::default()).expect("the defaults are sound")
}

#[test]
fn every_case_of_the_corpus_hides_its_secret_and_keeps_the_evidence() {
    let redactor = redactor();
    let mut failures = Vec::new();
    let mut passed: BTreeMap<String, usize> = BTreeMap::new();
    let mut cases = encoded_lines("redaction_corpus.b64");
    cases.extend(encoded_lines("redaction_more.b64"));
    // Written by somebody who did not look at the rules: what failed at first became a rule by its meaning.
    cases.extend(encoded_lines("redaction_unseen.b64"));
    for case in &cases {
        let text = |key: &str| case[key].as_str().unwrap_or_default().to_owned();
        let names = case.get("context").map(names);
        let redacted = redactor.inspect(&text("input"), names.as_ref());
        let mut wrong = Vec::new();
        for secret in case["must_not_contain"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|v| v.as_str())
        {
            if redacted.output.contains(secret) {
                wrong.push(format!("leaks {secret:?}"));
            }
        }
        for kept in case["must_keep"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|v| v.as_str())
        {
            if !redacted.output.contains(kept) {
                wrong.push(format!("lost {kept:?}"));
            }
        }
        if let Some(kind) = redacted.residual {
            wrong.push(format!("detector: {kind}"));
        }
        if redactor.redact_text(&redacted.output) != redacted.output {
            wrong.push(format!("not idempotent: {}", redactor.redact_text(&redacted.output)));
        }
        if wrong.is_empty() {
            *passed.entry(text("class")).or_default() += 1;
        } else {
            failures.push(format!(
                "{} {}: {}\n   in  {}\n   out {}",
                text("id"),
                text("note"),
                wrong.join(", "),
                text("input"),
                redacted.output
            ));
        }
    }
    println!(
        "redaction corpus: {} of {} cases, {passed:?}",
        passed.values().sum::<usize>(),
        cases.len()
    );
    assert!(
        failures.is_empty(),
        "{} failures\n{}",
        failures.len(),
        failures.join("\n")
    );
    assert!(cases.len() >= 1_000);
}

#[test]
fn nothing_is_masked_in_honest_alerts() {
    let redactor = redactor();
    let (mut alerts, mut strings, mut masked) = (0, 0, Vec::new());
    for (id, alert) in labelled_alerts() {
        alerts += 1;
        let mut copy = alert.clone();
        redactor.redact_json(&mut copy);
        for ((path, before), (_, after)) in leaves(&alert).into_iter().zip(leaves(&copy)) {
            strings += 1;
            if before != after || redactor.redact_text(&before).contains("[REDACTED:") {
                masked.push(format!(
                    "{id} {path}: {before} -> {after} / {}",
                    redactor.redact_text(&before)
                ));
            }
        }
    }
    println!(
        "labelled alerts: {alerts} alerts, {strings} strings, {} masked",
        masked.len()
    );
    assert!(masked.is_empty(), "{}", masked.join("\n"));
    assert!(alerts >= 50);
}

#[test]
fn real_wazuh_alerts_lose_nothing_but_secrets_and_go_through_the_detector() {
    let Some(folder) = wazuh_corpus() else { return };
    let redactor = redactor();
    let (mut alerts, mut kinds) = (0, BTreeMap::<String, usize>::new());
    let mut samples = Vec::new();
    // Every fourth, because a build without optimisation is slow; WAZUH_IRIS_ALL takes them all.
    let step = if std::env::var_os("WAZUH_IRIS_ALL").is_some() {
        1
    } else {
        4
    };
    for (file, line, alert) in cases_of(&folder).into_iter().step_by(step) {
        alerts += 1;
        let redacted = redactor.redact(common::evidence(&alert));
        let redacted = redacted.unwrap_or_else(|error| panic!("{file}:{line}: {error}"));
        let again = redactor.redact((*redacted).clone()).unwrap();
        for (first, second) in redacted.facts.iter().zip(&again.facts) {
            assert_eq!(first, second, "{file}:{line}");
        }
        assert_eq!(again.report(), redacted.report(), "{file}:{line}");
        for (kind, count) in &redacted.report().by_kind {
            *kinds.entry(kind.clone()).or_default() += count;
        }
        for fact in redacted.facts.iter().filter(|fact| fact.value.contains("[REDACTED:")) {
            samples.push(format!("{file}:{line} {} {}", fact.path, fact.value));
        }
        let total: usize = redacted
            .facts
            .iter()
            .map(|fact| fact.path.len() + fact.value.len() + 6)
            .sum();
        assert!(total <= 2560, "{file}:{line}: {total} bytes");
    }
    println!("wazuh corpus: {alerts} alerts, masked {kinds:?}");
    if std::env::var_os("SHOW").is_some() {
        println!("{}", samples.join("\n"));
    }
    assert!(alerts > 500);
}

fn names(context: &serde_json::Value) -> Names {
    let list = |key: &str| {
        context[key]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|v| v.as_str())
            .map(str::to_owned)
            .collect()
    };
    Names {
        users: list("users"),
        hosts: list("hosts"),
        domains: list("domains"),
        netbios: list("netbios"),
    }
}
