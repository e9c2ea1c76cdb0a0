//! An opinion in the words of a draft, with the schema that every triager answers in.

use serde_json::{Map, Value, json};

use super::signals::{Opinion, Seen};
use crate::{Disposition, Evidence, FactId, mitre::technique_name};

const MAX_EVIDENCE: usize = 4;

/// Writes the answer. No value of the alert gets into it: only our own words and numbers of facts.
pub(super) fn answer(evidence: &Evidence, opinion: &Opinion) -> String {
    let hostile: Vec<&Seen> = opinion.seen.iter().filter(|seen| seen.signal.weight > 0).collect();
    let ordinary: Vec<&Seen> = opinion.seen.iter().filter(|seen| seen.signal.weight < 0).collect();
    let leading = if opinion.disposition.is_benign() {
        &ordinary
    } else {
        &hostile
    };

    let mut answer = Map::new();
    answer.insert("evidence".into(), cited(evidence, opinion));
    answer.insert(
        "if_benign".into(),
        json!(story(&ordinary, "ordinary work that the rule is not meant for")),
    );
    answer.insert(
        "if_malicious".into(),
        json!(story(
            &hostile,
            "an early or quiet part of an attack that one alert does not show"
        )),
    );
    answer.insert("mitre".into(), json!(techniques(evidence, opinion)));
    answer.insert("next_steps".into(), json!(next_steps(evidence, opinion)));
    answer.insert("questions".into(), json!(questions(opinion)));
    answer.insert("severity".into(), json!(opinion.severity.as_str()));
    answer.insert("summary".into(), json!(summary(leading)));
    answer.insert("verdict".into(), json!(opinion.disposition.as_str()));
    answer.insert("verdict_confidence".into(), json!(confidence(opinion)));
    Value::Object(answer).to_string()
}

/// Cites the facts of the strongest signals first; where none was seen, the rule itself.
fn cited(evidence: &Evidence, opinion: &Opinion) -> Value {
    let mut cited: Vec<(FactId, &str)> = Vec::new();
    let leaning = |seen: &&Seen| (seen.signal.weight < 0) == opinion.disposition.is_benign();
    let seen = opinion
        .seen
        .iter()
        .filter(leaning)
        .chain(opinion.seen.iter().filter(|seen| !leaning(seen)));
    for (seen, index) in seen.flat_map(|seen| seen.facts.iter().map(move |index| (seen, *index))) {
        let Some(fact) = evidence.facts.get(index) else {
            continue;
        };
        if cited.len() < MAX_EVIDENCE && cited.iter().all(|(earlier, _)| *earlier != fact.id) {
            cited.push((fact.id, seen.signal.says));
        }
    }
    if cited.is_empty()
        && let Some(fact) = evidence.facts.first()
    {
        cited.push((fact.id, "what the alert says first, no signal of the table was seen"));
    }
    cited
        .iter()
        .map(|(id, shows)| json!({ "field": id.to_string(), "shows": shows }))
        .collect()
}

fn story(seen: &[&Seen], otherwise: &str) -> String {
    seen.first().map_or(otherwise, |seen| seen.signal.says).to_owned()
}

/// Signals know better than rules; what the rule says comes after.
fn techniques(evidence: &Evidence, opinion: &Opinion) -> Vec<String> {
    if opinion.disposition.is_benign() {
        return Vec::new();
    }
    let mut ids: Vec<String> = opinion.techniques().into_iter().map(str::to_owned).collect();
    ids.extend(crate::grounding::rule_techniques(evidence));
    let mut kept: Vec<String> = Vec::new();
    for id in ids.into_iter().filter(|id| technique_name(id).is_some()) {
        if kept.len() < 3 && !kept.contains(&id) {
            kept.push(id);
        }
    }
    kept
}

fn summary(leading: &[&Seen]) -> String {
    let mut summary = String::from("Judged by a table of signals, without a model.");
    match leading {
        [] => summary.push_str(" No signal of the table was seen, so level and rule are all there is."),
        [first] => {
            summary.push(' ');
            summary.push_str(&sentence(first.signal.says));
        }
        [first, second, ..] => {
            summary.push(' ');
            summary.push_str(&sentence(first.signal.says));
            summary.push(' ');
            summary.push_str(&sentence(second.signal.says));
        }
    }
    summary
}

fn sentence(says: &str) -> String {
    let mut letters = says.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string())
        .unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

fn confidence(opinion: &Opinion) -> &'static str {
    match (opinion.disposition, opinion.score) {
        (Disposition::TruePositive, 8..) => "high",
        (Disposition::TruePositive, _) => "medium",
        (disposition, score) if disposition.is_benign() && score <= -5 => "medium",
        _ => "low",
    }
}

/// What a person checks, by what the alert is about.
fn next_steps(evidence: &Evidence, opinion: &Opinion) -> Vec<&'static str> {
    let has = |ends: &[&str]| {
        let mut paths = evidence.facts.iter().map(|fact| fact.path.to_lowercase());
        paths.any(|path| ends.iter().any(|end| path.ends_with(end)))
    };
    let group = |part: &str| evidence.groups.iter().any(|group| group.to_lowercase().contains(part));
    let mut steps = Vec::new();
    if opinion.disposition == Disposition::TruePositive {
        steps.push("Decide whether the host or the account must be isolated");
    }
    if has(&["commandline", "parentimage", ".command"]) {
        steps.push("Look at the parent process and at what the same account ran before and after");
    }
    if group("authentication") || has(&["logontype"]) {
        steps.push("Look for a successful logon from the same source after this time");
    }
    if group("syscheck") {
        steps.push("Compare the file with a known good copy and find out who wrote it");
    }
    if group("web") || group("accesslog") {
        steps.push("Look for other requests of the same source and for answers with status 200");
    }
    if has(&["eventname", "useridentity.type", ".operation"]) {
        steps.push("Look for other calls of the same identity in the hours around this one");
    }
    if group("vulnerability") {
        steps.push("Find out whether the package is reachable and when a fixed version can be installed");
    }
    if steps.is_empty() {
        steps.push("Look for other alerts of the same host around this time");
    }
    steps.truncate(4);
    steps
}

fn questions(opinion: &Opinion) -> Vec<&'static str> {
    match opinion.disposition {
        Disposition::TruePositive => vec!["Does anybody on the team know of this activity"],
        Disposition::NeedsInvestigation => vec!["Can the owner of the host or account confirm that this was intended"],
        Disposition::BenignPositive | Disposition::FalsePositive => Vec::new(),
    }
}
