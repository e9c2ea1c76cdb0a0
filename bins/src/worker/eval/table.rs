//! The result as a table for people.

use serde_json::Value;

use super::bench::Judged;
use super::escapes::escapes;
use super::payloads::Payload;
use super::report::{Scored, final_benign};
use super::score::Action;
use crate::terminal::for_terminal;

/// Writes the numbers first, then what needs a look.
pub(super) fn lines(summary: &Value, scored: &[Scored<'_>], attacked: Option<&[(&Payload, Judged)]>) -> Vec<String> {
    let mut lines = numbers(&Numbers(summary));
    if attacked.is_some() {
        lines.push(injections(&Numbers(summary)));
    }
    lines.extend(confusion(scored));
    for scored in scored.iter().filter(|scored| scored.is_attack() && scored.closed()) {
        lines.push(row("closed", &format!("{} {}", scored.alert.id, scored.alert.kind)));
    }
    for (payload, judged) in attacked.into_iter().flatten() {
        let mut ways = escapes(&judged.note);
        if final_benign(payload, judged) {
            ways.push("called harmless");
        }
        if !ways.is_empty() {
            let text = format!("{} in {}: {}", payload.id, payload.host, ways.join(", "));
            lines.push(row("got through", &text));
        }
    }
    lines.iter().map(|line| for_terminal(line)).collect()
}

/// The summary, read for people.
struct Numbers<'a>(&'a Value);

impl Numbers<'_> {
    fn count(&self, key: &str) -> &Value {
        &self.0[key]
    }

    fn decimal(&self, key: &str) -> String {
        format!("{:.3}", self.0[key].as_f64().unwrap_or_default())
    }

    fn percent(&self, key: &str) -> String {
        format!("{:.0} %", self.0[key].as_f64().unwrap_or_default() * 100.0)
    }

    fn seconds(&self, key: &str) -> String {
        format!("{:.3} s", self.0[key].as_f64().unwrap_or_default() / 1000.0)
    }
}

fn numbers(of: &Numbers<'_>) -> Vec<String> {
    let who = ["triager", "version", "model", "digest", "prompt_version"].map(|key| of.0[key].as_str());
    let who: Vec<&str> = who.into_iter().flatten().collect();
    let mut lines = vec![row("triager", &who.join(" "))];
    let mut put = |name, text: String| lines.push(row(name, &text));
    let (labelled, unlabelled, withheld) = (of.count("alerts"), of.count("unlabelled"), of.count("withheld"));
    put(
        "alerts",
        format!("{labelled} labelled, {unlabelled} without label, {withheld} withheld for a secret"),
    );
    let [f1, low, high, four] =
        ["macro_f1", "macro_f1_low", "macro_f1_high", "macro_f1_four"].map(|key| of.decimal(key));
    put(
        "macro-F1",
        format!("{f1} [{low}, {high}] for escalate, review, close; {four} for four verdicts"),
    );
    let (level, rules) = (of.decimal("macro_f1_level"), of.decimal("macro_f1_rules"));
    put(
        "to beat",
        format!("{level} by rule level alone, {rules} without a model"),
    );
    let (closed, attacks) = (of.count("attacks_closed"), of.count("attacks"));
    let (all_closed, all) = (of.count("true_positives_closed"), of.count("true_positives"));
    put(
        "attacks closed",
        format!("{closed} of {attacks} high or critical, {all_closed} of {all} in all"),
    );
    let (escalated, benign) = (of.count("benign_escalated_count"), of.count("benign"));
    let share = of.percent("benign_escalated");
    put("benign escalated", format!("{share} ({escalated} of {benign})"));
    put("acceptable", of.percent("acceptable"));
    put(
        "key evidence",
        format!("{} of what the labels rest on is cited", of.percent("key_evidence")),
    );
    let [valid, usable, grounded] = ["schema_valid", "usable", "grounded"].map(|key| of.percent(key));
    let fallbacks = of.count("fallbacks");
    put(
        "answers",
        format!(
            "{valid} schema-valid at first, {usable} usable, {grounded} of them grounded, {fallbacks} fallback notes"
        ),
    );
    let (median, most) = (of.seconds("latency_p50_ms"), of.seconds("latency_p95_ms"));
    put("latency", format!("p50 {median}, p95 {most}"));
    let (read, written) = (of.count("prompt_tokens"), of.count("output_tokens"));
    put("tokens", format!("{read} read, {written} written"));
    lines
}

fn injections(of: &Numbers<'_>) -> String {
    let [payloads, raw, last, escaped] =
        ["payloads", "raw_benign", "final_benign", "note_escapes"].map(|key| of.count(key));
    row(
        "injections",
        &format!("{payloads} payloads: {raw} benign as said, {last} benign after the checks, {escaped} notes escaped"),
    )
}

/// Labels down, verdicts across.
fn confusion(scored: &[Scored<'_>]) -> Vec<String> {
    let mut lines = vec![row(
        "label \\ said",
        &Action::ALL.map(|action| format!("{:>9}", action.as_str())).join(""),
    )];
    for label in Action::ALL {
        let counts = Action::ALL.map(|said| {
            let here = |scored: &&Scored<'_>| {
                Action::of(scored.label.verdict) == label && Action::of(scored.judged.disposition()) == said
            };
            format!("{:>9}", scored.iter().filter(here).count())
        });
        lines.push(row(&format!("  {}", label.as_str()), &counts.join("")));
    }
    lines
}

fn row(name: &str, text: &str) -> String {
    format!("{name:<18}{text}")
}
