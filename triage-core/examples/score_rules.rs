//! Scores the triager without a model on labelled alerts, against the baselines that only look at the level.
//!
//! `cargo run -p triage-core --example score_rules [FILE.jsonl] [--facts]`; one alert a line, with `alert` and `label`. Lines without
//! a label are counted by what became of them. `--facts` prints the facts and signals of what was judged otherwise than labelled.
#![allow(clippy::print_stdout, reason = "it prints a table")]

use std::{collections::BTreeMap, error::Error};

use serde_json::Value;
use triage_core::{
    AlertFields, Disposition, Evidence, Policy, Redacted, Redactor, RedactorSettings, RuleTriager, Severity,
};

#[path = "../tests/support/leaves.rs"]
mod leaves;

const CLASSES: [&str; 3] = ["escalate", "review", "close"];

struct Case {
    name: String,
    rule: u64,
    level: u8,
    label: Option<(Disposition, Severity, Vec<Disposition>)>,
    said: Disposition,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let with_facts = arguments.iter().any(|argument| argument == "--facts");
    arguments.retain(|argument| argument != "--facts");
    let bundled = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/labelled_alerts.jsonl");
    let file = arguments.first().map_or(bundled, String::as_str);

    let redactor = Redactor::new(RedactorSettings::default())?;
    let mut cases = Vec::new();
    for line in std::fs::read(file)?
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        let Ok(line) = serde_json::from_str::<Value>(&String::from_utf8_lossy(line)) else {
            continue;
        };
        let alert = if line["alert"].is_object() {
            &line["alert"]
        } else {
            &line
        };
        let evidence = redactor.redact(evidence(alert))?;
        let verdict = RuleTriager.verdict(&evidence, &Policy::default());
        let case = Case {
            name: format!(
                "{} {}",
                line["id"].as_str().unwrap_or("-"),
                line["kind"].as_str().unwrap_or("-")
            ),
            rule: alert["rule"]["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or(0),
            level: evidence.level.unwrap_or(0),
            label: label(&line["label"]),
            said: verdict.disposition(),
        };
        if with_facts
            && case
                .label
                .as_ref()
                .is_none_or(|(label, ..)| action(*label) != action(case.said))
        {
            print_facts(&case, &evidence, &verdict);
        }
        cases.push(case);
    }

    let all = |_: &Case| true;
    let said = |case: &Case| case.said;
    if cases.iter().all(|case| case.label.is_none()) {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for case in &cases {
            *counts.entry(action(case.said)).or_default() += 1;
        }
        println!("{} alerts without labels: {counts:?}", cases.len());
        return Ok(());
    }
    println!("| judge | alerts | macro-F1 (95 %) | high or critical attacks closed | benign escalated | acceptable |");
    println!("| --- | --- | --- | --- | --- | --- |");
    row("always true positive", &cases, all, |_| Disposition::TruePositive);
    row("level 12 and up, 4 and down", &cases, all, |case| {
        by_level(case.level, 12, 4)
    });
    row("level 10 and up, 5 and down", &cases, all, |case| {
        by_level(case.level, 10, 5)
    });
    row("rules", &cases, all, said);
    row("rules, even rule ids", &cases, |case| case.rule % 2 == 0, said);
    row("rules, odd rule ids", &cases, |case| case.rule % 2 == 1, said);
    println!();
    for case in &cases {
        if let Some((label, _, acceptable)) = &case.label
            && action(*label) != action(case.said)
        {
            let note = if acceptable.contains(&case.said) {
                " (acceptable)"
            } else {
                ""
            };
            println!("{}: {label}, said {}{note}", case.name, case.said);
        }
    }
    Ok(())
}

fn evidence(alert: &Value) -> Evidence {
    let rule = &alert["rule"];
    Evidence::from_fields(&AlertFields {
        title: rule["description"].as_str().unwrap_or("").to_owned(),
        rule_id: rule["id"].as_str().map(str::to_owned),
        level: rule["level"].as_u64().and_then(|level| u8::try_from(level).ok()),
        groups: leaves::texts(&rule["groups"]),
        mitre: leaves::texts(&rule["mitre"]["id"]),
        fields: leaves::leaves(alert),
    })
}

fn label(label: &Value) -> Option<(Disposition, Severity, Vec<Disposition>)> {
    let verdict = serde_json::from_value(label["verdict"].clone()).ok()?;
    let severity = serde_json::from_value(label["severity"].clone()).ok()?;
    let acceptable = serde_json::from_value(label["acceptable_verdicts"].clone()).unwrap_or_default();
    Some((verdict, severity, acceptable))
}

/// What an analyst does with a verdict.
fn action(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::TruePositive => CLASSES[0],
        Disposition::NeedsInvestigation => CLASSES[1],
        Disposition::BenignPositive | Disposition::FalsePositive => CLASSES[2],
    }
}

fn by_level(level: u8, escalate: u8, close: u8) -> Disposition {
    match level {
        level if level >= escalate => Disposition::TruePositive,
        level if level <= close => Disposition::BenignPositive,
        _ => Disposition::NeedsInvestigation,
    }
}

fn row(name: &str, cases: &[Case], take: impl Fn(&Case) -> bool, judge: impl Fn(&Case) -> Disposition) {
    let taken: Vec<&Case> = cases.iter().filter(|case| case.label.is_some() && take(case)).collect();
    let pairs: Vec<(&str, &str)> = taken
        .iter()
        .filter_map(|case| Some((action(case.label.as_ref()?.0), action(judge(case)))))
        .collect();
    let (mut serious, mut closed, mut benign, mut escalated, mut acceptable) = (0, 0, 0, 0, 0);
    for case in &taken {
        let Some((label, severity, accepted)) = &case.label else {
            continue;
        };
        let said = judge(case);
        if *label == Disposition::TruePositive && *severity >= Severity::High {
            serious += 1;
            closed += usize::from(said.is_benign());
        }
        if label.is_benign() {
            benign += 1;
            escalated += usize::from(said == Disposition::TruePositive);
        }
        acceptable += usize::from(accepted.contains(&said) || said == *label);
    }
    let (low, high) = interval(&pairs);
    println!(
        "| {name} | {} | {:.2} [{low:.2}-{high:.2}] | {closed} of {serious} | {escalated} of {benign} | {acceptable} |",
        pairs.len(),
        macro_f1(&pairs),
    );
}

fn macro_f1(pairs: &[(&str, &str)]) -> f64 {
    let f1 = CLASSES.map(|class| {
        let count = |wanted: bool, got: bool| {
            let hits = pairs
                .iter()
                .filter(|(label, said)| (*label == class) == wanted && (*said == class) == got)
                .count();
            f64::from(u32::try_from(hits).unwrap_or(u32::MAX))
        };
        let hit = count(true, true);
        if hit == 0.0 {
            0.0
        } else {
            2.0 * hit / (2.0 * hit + count(true, false) + count(false, true))
        }
    });
    f1.iter().sum::<f64>() / 3.0
}

/// The middle 95 % of two thousand samples drawn with replacement; the same ones at every run.
fn interval(pairs: &[(&str, &str)]) -> (f64, f64) {
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut draw = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((state >> 33) % below as u64).unwrap_or(0)
    };
    if pairs.is_empty() {
        return (0.0, 0.0);
    }
    let mut scores: Vec<f64> = (0..2000)
        .map(|_| {
            let sample: Vec<_> = pairs.iter().map(|_| pairs[draw(pairs.len())]).collect();
            macro_f1(&sample)
        })
        .collect();
    scores.sort_by(f64::total_cmp);
    (scores[49], scores[1949])
}

fn print_facts(case: &Case, evidence: &Redacted<Evidence>, verdict: &triage_core::Verdict) {
    println!(
        "== {} rule {} level {}: said {}, {}",
        case.name, case.rule, case.level, case.said, evidence.title
    );
    for fact in &evidence.facts {
        println!("   {} {} = {}", fact.id, fact.path, fact.value);
    }
    println!("   signals: {}", RuleTriager.explain(evidence).join(", "));
    println!("   floors: {:?}", verdict.floors());
}
