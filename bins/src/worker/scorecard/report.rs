//! The scorecard as a table, as JSON, and as metrics.

use std::fmt::Write;

use serde_json::{Value, json};

use super::score::{Compared, Score, Scorecard};

/// Rules and models that the table shows.
const MOST_ROWS: usize = 20;

/// For people.
pub(super) fn table(card: &Scorecard, days: u32, worst: usize) -> String {
    let mut text = format!(
        "{} alerts with a triage in {days} days, {} resolved by an analyst, {} compared\n",
        card.finished,
        card.resolved,
        card.all.all()
    );
    if card.all.all() == 0 {
        text.push_str(
            "nothing to compare: analysts' resolutions (true positive, false positive, legitimate) are what counts",
        );
        return text;
    }
    let head = format!(
        "{:<32} {:>8} {:>22} {:>7} {:>12} {:>13} {:>12}",
        "", "compared", "agreement (95 %)", "missed", "false alarms", "open, attack", "open, benign"
    );
    let _ = writeln!(text, "\n{head}\n{}", row("all", &card.all));
    for (title, rows) in [("by model", &card.models), ("by rule", &card.rules)] {
        let _ = writeln!(text, "\n{title}");
        for (name, score) in rows.iter().take(MOST_ROWS) {
            let _ = writeln!(text, "{}", row(name, score));
        }
        if rows.len() > MOST_ROWS {
            let _ = writeln!(text, "and {} more; --json shows all", rows.len() - MOST_ROWS);
        }
    }
    if card.disagreements.is_empty() {
        text.push_str("\nno costly disagreement");
        return text;
    }
    let _ = writeln!(text, "\ncostly disagreements, the worst first");
    for compared in card.disagreements.iter().take(worst) {
        let _ = writeln!(
            text,
            "alert {:<7} rule {:<10} we: {} ({} confidence)   analyst: {}   {}",
            compared.alert,
            compared.rule,
            compared.ours.word(),
            compared.confidence,
            compared.analyst.word(),
            compared.model
        );
    }
    if card.disagreements.len() > worst {
        let _ = writeln!(text, "and {} more", card.disagreements.len() - worst);
    }
    text.truncate(text.trim_end().len());
    text
}

fn row(name: &str, score: &Score) -> String {
    let agreement = score.agreement().map_or_else(
        || "-".to_owned(),
        |(share, low, high)| format!("{:.0} % ({:.0} to {:.0})", share * 100.0, low * 100.0, high * 100.0),
    );
    let name: String = name.chars().take(32).collect();
    format!(
        "{name:<32} {:>8} {agreement:>22} {:>7} {:>12} {:>13} {:>12}",
        score.all(),
        score.missed,
        score.false_alarms,
        score.open_attacks,
        score.open_benign
    )
}

/// For machines.
pub(super) fn json(card: &Scorecard) -> String {
    let rows = |rows: &[(String, Score)], what: &str| -> Vec<Value> {
        rows.iter()
            .map(|(name, score)| {
                let mut row = counts(score);
                row[what] = json!(name);
                row
            })
            .collect()
    };
    let disagreements: Vec<Value> = card.disagreements.iter().map(disagreement).collect();
    json!({
        "finished": card.finished,
        "resolved": card.resolved,
        "all": counts(&card.all),
        "models": rows(&card.models, "model"),
        "rules": rows(&card.rules, "rule"),
        "disagreements": disagreements,
    })
    .to_string()
}

fn counts(score: &Score) -> Value {
    let agreement = score.agreement();
    json!({
        "compared": score.all(),
        "agreed": score.agreed,
        "missed": score.missed,
        "false_alarms": score.false_alarms,
        "open_attacks": score.open_attacks,
        "open_benign": score.open_benign,
        "agreement": agreement.map(|(share, ..)| share),
        "agreement_low": agreement.map(|(_, low, _)| low),
        "agreement_high": agreement.map(|(.., high)| high),
    })
}

fn disagreement(compared: &Compared) -> Value {
    json!({
        "alert_id": compared.alert,
        "rule": compared.rule,
        "model": compared.model,
        "ours": compared.ours.word(),
        "confidence": compared.confidence,
        "severity": compared.severity,
        "analyst": compared.analyst.word(),
    })
}

/// For Prometheus, by way of a file.
pub(super) fn metrics(card: &Scorecard) -> String {
    let mut text = String::new();
    for (what, rows) in [("model", &card.models), ("rule", &card.rules)] {
        let name = format!("wazuh_iris_scorecard_{what}_alerts");
        let _ = writeln!(
            text,
            "# HELP {name} Alerts with a verdict and an analyst's resolution.\n# TYPE {name} gauge"
        );
        for (value, score) in rows {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"");
            for (outcome, count) in [
                ("agreed", score.agreed),
                ("missed", score.missed),
                ("false_alarm", score.false_alarms),
                ("open_attack", score.open_attacks),
                ("open_benign", score.open_benign),
            ] {
                let _ = writeln!(text, "{name}{{{what}=\"{value}\",outcome=\"{outcome}\"}} {count}");
            }
        }
    }
    text.truncate(text.trim_end().len());
    text
}

#[cfg(test)]
mod tests {
    use triage_core::Confidence;

    use super::super::collect::Collected;
    use super::super::score::{Analyst, Ours, tests::compared};
    use super::*;

    fn card() -> Scorecard {
        Scorecard::of(Collected {
            finished: 5,
            resolved: 3,
            compared: vec![
                compared(7, Ours::Benign, Analyst::AttackWithImpact, Confidence::High),
                compared(8, Ours::Benign, Analyst::Benign, Confidence::Low),
            ],
        })
    }

    #[test]
    fn the_table_says_what_was_compared_and_names_the_missed_attack() {
        let text = table(&card(), 30, 20);
        assert!(
            text.starts_with("5 alerts with a triage in 30 days, 3 resolved by an analyst, 2 compared\n"),
            "{text}"
        );
        assert!(
            text.ends_with(
                "alert 7       rule 5701       we: benign (high confidence)   analyst: attack with impact   m"
            ),
            "{text}"
        );
        assert!(table(&Scorecard::default(), 30, 20).contains("nothing to compare"));
    }

    #[test]
    fn machines_get_counts_and_shares() {
        let value: Value = serde_json::from_str(&json(&card())).unwrap();
        assert_eq!(value["all"]["missed"], 1);
        assert_eq!(value["all"]["agreement"], 0.5);
        assert_eq!(value["disagreements"][0]["alert_id"], 7);
        let metrics = metrics(&card());
        assert!(
            metrics.contains("wazuh_iris_scorecard_model_alerts{model=\"m\",outcome=\"missed\"} 1\n"),
            "{metrics}"
        );
    }
}
