use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{
    AlertFields, Disposition, Redactor, RedactorSettings, Repair,
    fixtures::{self, Labelled},
};

/// What an analyst does with a verdict.
fn action(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::TruePositive => "escalate",
        Disposition::NeedsInvestigation => "review",
        Disposition::BenignPositive | Disposition::FalsePositive => "close",
    }
}

/// Macro-F1 over escalate, review and close.
fn macro_f1(pairs: &[(Disposition, Disposition)]) -> f64 {
    let classes = ["escalate", "review", "close"];
    let f1 = classes.map(|class| {
        let count = |wanted: bool, got: bool| {
            let hits = pairs
                .iter()
                .filter(|(label, said)| (action(*label) == class) == wanted && (action(*said) == class) == got);
            f64::from(u32::try_from(hits.count()).unwrap())
        };
        let (hit, missed, wrong) = (count(true, true), count(true, false), count(false, true));
        if hit == 0.0 {
            0.0
        } else {
            2.0 * hit / (2.0 * hit + missed + wrong)
        }
    });
    f1.iter().sum::<f64>() / 3.0
}

fn judged(alerts: &[Labelled]) -> Vec<(Disposition, Disposition)> {
    let verdict = |alert: &Labelled| {
        RuleTriager
            .verdict(&fixtures::evidence(&alert.alert), &Policy::default())
            .disposition()
    };
    alerts.iter().map(|alert| (alert.verdict, verdict(alert))).collect()
}

#[test]
fn it_beats_the_level_and_closes_no_serious_attack() {
    assert!(scored(&fixtures::labelled()) > 0.85);
}

#[test]
fn it_does_so_on_alerts_that_were_written_without_a_look_at_the_table() {
    let alerts = fixtures::labelled_in("labelled_unseen.jsonl");
    assert!(alerts.len() >= 200);
    assert!(scored(&alerts) > 0.80);
}

// Macro-F1; fails where a serious attack is closed.
fn scored(alerts: &[Labelled]) -> f64 {
    let pairs = judged(alerts);
    let mut matrix: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for (label, said) in &pairs {
        *matrix.entry((action(*label), action(*said))).or_default() += 1;
    }
    for (alert, (label, said)) in alerts.iter().zip(&pairs) {
        if action(*label) != action(*said) {
            let opinion = opinion(&fixtures::evidence(&alert.alert));
            let seen: Vec<_> = opinion
                .seen
                .iter()
                .map(|seen| (seen.signal.name, seen.signal.weight))
                .collect();
            println!(
                "{} {}: {label}, said {said} ({} {}): {seen:?}",
                alert.id, alert.kind, opinion.score, opinion.disposition
            );
        }
        let serious = *label == Disposition::TruePositive && matches!(alert.severity.as_str(), "high" | "critical");
        assert!(!(serious && said.is_benign()), "{} was closed", alert.kind);
    }
    let score = macro_f1(&pairs);
    println!(
        "macro-F1 {score:.3} on {} alerts, (label, said): {matrix:?}",
        alerts.len()
    );
    score
}

#[test]
fn its_own_words_pass_the_check_that_every_model_has_to_pass() {
    for alert in fixtures::labelled() {
        let evidence = fixtures::evidence(&alert.alert);
        match ground(&RuleTriager.draft(&evidence), &evidence, &Policy::default()) {
            Outcome::Accepted(verdict) => assert!(!verdict.evidence().is_empty(), "{}", alert.kind),
            Outcome::Repaired(_, repairs) => {
                let by_floor = |repair: &Repair| matches!(repair, Repair::Raised(_) | Repair::SeverityAdjusted);
                assert!(repairs.iter().all(by_floor), "{}: {repairs:?}", alert.kind);
            }
            Outcome::Rejected(rejection) => panic!("{}: {rejection}", alert.kind),
        }
    }
}

#[test]
fn it_says_the_same_every_time_and_names_what_it_saw() {
    let alerts = fixtures::labelled();
    let alert = alerts.iter().find(|alert| alert.kind == "comsvcs_minidump").unwrap();
    let evidence = fixtures::evidence(&alert.alert);
    assert_eq!(RuleTriager.draft(&evidence), RuleTriager.draft(&evidence));
    assert!(
        RuleTriager.explain(&evidence)[0].starts_with("lsass_dump (+7): "),
        "{:?}",
        RuleTriager.explain(&evidence)
    );
}

#[test]
fn soothing_words_of_the_attacker_change_nothing() {
    let alerts = fixtures::labelled();
    let alert = alerts.iter().find(|alert| alert.kind == "certutil_download").unwrap();
    for words in [
        " --job nightly-backup",
        " # approved by IT",
        " & vssadmin list shadows",
        " && ping 127.0.0.1",
        " eicar",
    ] {
        let field = "data.win.eventdata.commandLine";
        let command = alert.alert["data"]["win"]["eventdata"]["commandLine"].as_str().unwrap();
        let evidence = fixtures::evidence(&fixtures::with_payload(
            &alert.alert,
            field,
            &format!("{command}{words}"),
        ));
        assert_eq!(opinion(&evidence).disposition, Disposition::TruePositive, "{words}");
    }
}

proptest! {
    #[test]
    fn it_judges_any_evidence(
        title in any::<String>(),
        level in proptest::option::of(any::<u8>()),
        groups in proptest::collection::vec(any::<String>(), 0..3),
        fields in proptest::collection::vec(("[a-z.]{0,24}", any::<String>()), 0..6),
    ) {
        let fields = AlertFields { title, level, groups, fields, ..AlertFields::default() };
        let redactor = Redactor::new(RedactorSettings::default()).unwrap();
        if let Ok(evidence) = redactor.redact(crate::Evidence::from_fields(&fields)) {
            let verdict = RuleTriager.verdict(&evidence, &Policy::default());
            prop_assert!(!verdict.summary().is_empty() && !verdict.next_steps().is_empty());
        }
    }
}
