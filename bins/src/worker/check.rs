//! What validation makes of the raw answers in a file of cases.

use std::path::Path;

use serde_json::{Value, json};
use triage_core::note::NoteResult;
use triage_core::{
    About, Aside, Draft, Evidence, Fact, FactId, Meta, Origin, Outcome, Policy, Redacted, Redactor, RedactorSettings,
    RuleTriager, Triager, Verdict, ground_beside,
};

use super::cases::{Case, read_cases, text, texts};
use super::review::note_of;
use crate::terminal::{Failure, for_terminal, say};

/// Room for the facts of a case: they are as they were sent, so they are not cut again.
const LONGEST_VALUE: usize = 1 << 20;
const LONGEST_CASE: usize = 64 << 20;

/// Checks the `raw` answer of every case against its `fields`.
pub(super) fn cases(path: &Path, json: bool) -> Result<(), Failure> {
    let redactor = Redactor::new(RedactorSettings {
        // What was sent is redacted already.
        secrets: false,
        max_value_bytes: LONGEST_VALUE,
        max_total_bytes: LONGEST_CASE,
        ..RedactorSettings::default()
    })
    .map_err(Failure::failed)?;
    for case in read_cases(path)? {
        let evidence = redactor
            .redact(evidence(&case.value))
            .map_err(|error| case.wrong(error))?;
        let answer = answer(&case, &evidence);
        if json {
            say(&answer.to_string())?;
        } else {
            let line = format!(
                "{} {} {} {} {}",
                case.name(),
                text(&answer["outcome"]),
                text(&answer["verdict"]),
                text(&answer["reason"]),
                texts(&answer["warnings"]).join(" ")
            );
            say(&for_terminal(
                line.split_whitespace().collect::<Vec<_>>().join(" ").as_str(),
            ))?;
        }
    }
    Ok(())
}

/// What became of one answer.
fn answer(case: &Case, evidence: &Redacted<Evidence>) -> Value {
    let policy = Policy::default();
    let draft = Draft::new(text(&case.value["raw"]), Meta::default());
    let outcome = ground_beside(&draft, evidence, &aside(&case.value["context"]), &policy);
    let (word, reason, verdict) = match &outcome {
        Outcome::Accepted(verdict) => ("accept", None, Some(verdict)),
        Outcome::Repaired(verdict, repairs) => {
            let codes: Vec<String> = repairs.iter().map(ToString::to_string).collect();
            ("repair", Some(codes.join(",")), Some(verdict))
        }
        Outcome::Rejected(rejection) => ("reject", Some(rejection.reason.as_str().to_owned()), None),
    };
    let note = match &outcome {
        Outcome::Accepted(verdict) | Outcome::Repaired(verdict, _) => {
            let about = About::new("check-answer", env!("CARGO_PKG_VERSION"));
            note_of(NoteResult::Verdict(verdict), evidence, &draft.meta, &about)
        }
        // What analysts get in its place.
        Outcome::Rejected(rejection) => {
            let rules = RuleTriager.verdict(evidence, &policy);
            let reason = &rejection.to_string();
            let result = NoteResult::Fallback { reason, rules: &rules };
            note_of(result, evidence, &draft.meta, &RuleTriager.about())
        }
    };
    json!({
        "id": case.value["id"],
        "outcome": word,
        "reason": reason,
        "verdict": verdict.map(|verdict| verdict.disposition().as_str()),
        "severity": verdict.map(|verdict| verdict.severity().as_str()),
        "warnings": verdict.map(warnings).unwrap_or_default(),
        "note": note.as_str(),
    })
}

/// Every warning by its short name, the floors that raised the verdict first.
fn warnings(verdict: &Verdict) -> Vec<String> {
    let floors = verdict.floors().iter();
    floors
        .map(|floor| format!("raised_by_floor:{}", floor.code()))
        .chain(verdict.warnings().iter().map(|warning| warning.code.clone()))
        .collect()
}

fn aside(context: &Value) -> Aside {
    let labels = context["map"].as_object();
    Aside {
        flags: texts(&context["flags"]),
        labels: labels
            .into_iter()
            .flatten()
            .map(|(label, name)| (label.clone(), text(name)))
            .collect(),
    }
}

/// The facts of a case, `"F01": [path, value]`, with what the rule says taken from the paths that rules fill.
fn evidence(case: &Value) -> Evidence {
    let mut facts: Vec<Fact> = Vec::new();
    for (id, pair) in case["fields"].as_object().into_iter().flatten() {
        let number = id.trim_start_matches(|c: char| !c.is_ascii_digit()).parse();
        let next = facts.iter().map(|fact| fact.id.0).max().unwrap_or(0).saturating_add(1);
        let (path, value) = match pair {
            Value::Array(pair) => (
                pair.first().map_or_else(|| id.clone(), text),
                pair.get(1).map(text).unwrap_or_default(),
            ),
            value => (id.clone(), text(value)),
        };
        facts.push(Fact {
            id: FactId(number.unwrap_or(next)),
            origin: if path.starts_with("check.") {
                Origin::Derived
            } else {
                Origin::Alert
            },
            path,
            value,
        });
    }
    let of = |path: &str| {
        facts
            .iter()
            .find(|fact| fact.path == path)
            .map(|fact| fact.value.as_str())
    };
    let level = match &case["context"]["rule_level"] {
        Value::Null => of("rule.level").and_then(|level| level.trim().parse().ok()),
        given => text(given).trim().parse().ok(),
    };
    let title = of("rule.description").or_else(|| facts.first().map(|fact| fact.value.as_str()));
    let groups = of("rule.groups").unwrap_or_default();
    let groups = groups
        .split([',', ' ', '"', '[', ']'])
        .filter(|group| !group.is_empty());
    let (mut evidence, title) = (Evidence::default(), title.unwrap_or_default().to_owned());
    evidence.title = title;
    evidence.rule_id = of("rule.id").map(str::to_owned);
    evidence.level = level;
    evidence.groups = groups.map(str::to_owned).collect();
    evidence.facts = facts;
    evidence
}
