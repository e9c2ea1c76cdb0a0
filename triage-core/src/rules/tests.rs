use std::collections::BTreeMap;

use super::*;
use crate::{
    Disposition,
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
    let alerts = fixtures::labelled();
    let pairs = judged(&alerts);
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
    assert!(score > 0.6, "{score}");
}
