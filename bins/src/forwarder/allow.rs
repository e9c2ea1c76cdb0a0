//! `custom-iris allow`: what allowlist rules would do, before they do it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;
use wazuh_model::Alert;

use super::courier::{load_rules, today};
use super::noise::{Allowlist, Rule, Subject};
use super::queue::micros;
use crate::settings::Settings;
use crate::terminal::{Failure, for_terminal, say};

/// Examples that are shown of what a rule matches.
const EXAMPLES: usize = 3;

/// What one rule would have done.
#[derive(Debug, Serialize)]
struct Tried {
    rule: String,
    action: &'static str,
    /// Alerts that it decides about.
    matched: u64,
    /// Alerts that it does not touch because they are above its `max_level`.
    too_severe: u64,
    /// Alerts that no rule decides about, and that fit this one as they are written, but not in every way that they may be read.
    in_doubt: u64,
    /// Lines of the first few of those in doubt.
    doubts: Vec<String>,
    /// Lines of the first few that it decides about, as (file, line, rule of Wazuh).
    examples: Vec<String>,
    /// Those that somebody has labelled a true positive: a rule that drops one is refused.
    true_positives: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Report {
    read: u64,
    not_alerts: u64,
    hidden: u64,
    refused: bool,
    rules: Vec<Tried>,
}

/// The settings with these rules in the place of their own, where a file is given.
pub(super) fn settings(mut settings: Settings, rules: Option<PathBuf>) -> Settings {
    if let Some(rules) = rules {
        settings.noise.allow.clear();
        settings.noise.allowlist = Some(rules);
    }
    settings
}

/// Reads the rules as the courier would, and says what somebody should look at.
pub(super) fn check(settings: &Settings, json: bool) -> Result<(), Failure> {
    let rules = load_rules(settings).map_err(|error| Failure::configuration(error.to_string()))?;
    let warnings = rules.allowlist().warnings(today());
    if json {
        return say(&serde_json::json!({ "rules": rules.allowlist().len(), "warnings": warnings }).to_string());
    }
    for warning in &warnings {
        say(&format!("warning: {warning}"))?;
    }
    say(&format!(
        "{} rules, {} warnings",
        rules.allowlist().len(),
        warnings.len()
    ))
}

/// Lets the rules decide about old alerts, one a line; fails when one of them would drop a labelled true positive.
///
/// A line is an alert, or an object with `alert` and `label.verdict`, as `ai-worker eval` reads them.
pub(super) fn test(settings: &Settings, files: &[PathBuf], json: bool) -> Result<(), Failure> {
    let rules = load_rules(settings).map_err(|error| Failure::configuration(error.to_string()))?;
    let allowlist = rules.allowlist();
    let mut report = Report {
        read: 0,
        not_alerts: 0,
        hidden: 0,
        refused: false,
        rules: allowlist.rules().iter().map(Tried::of).collect(),
    };
    let at: BTreeMap<&str, usize> = allowlist
        .rules()
        .iter()
        .enumerate()
        .map(|(at, rule)| (rule.id(), at))
        .collect();
    for path in files {
        let failed = |error: io::Error| Failure::failed(format!("cannot read {}: {error}", path.display()));
        let reader: Box<dyn BufRead> = if path == Path::new("-") {
            Box::new(BufReader::new(io::stdin()))
        } else {
            Box::new(BufReader::new(File::open(path).map_err(failed)?))
        };
        for (number, line) in reader.split(b'\n').enumerate() {
            let line = line.map_err(failed)?;
            if !line.trim_ascii().is_empty() {
                let place = format!("{}:{}", path.display(), number + 1);
                report.take(&line, &place, allowlist, &at);
            }
        }
    }
    report.refused = report
        .rules
        .iter()
        .any(|rule| rule.action == "drop" && !rule.true_positives.is_empty());
    if json {
        say(&serde_json::to_string(&report).unwrap_or_default())?;
    } else {
        say(&for_terminal(&report.to_text()))?;
    }
    if report.refused {
        return Err(Failure::failed(
            "a rule would hide what was labelled a true positive\nhint: narrow the rule that is marked above",
        ));
    }
    Ok(())
}

impl Tried {
    fn of(rule: &Rule) -> Self {
        Self {
            rule: rule.id().to_owned(),
            action: rule.action().name(),
            matched: 0,
            too_severe: 0,
            in_doubt: 0,
            doubts: Vec::new(),
            examples: Vec::new(),
            true_positives: Vec::new(),
        }
    }
}

impl Report {
    fn take(&mut self, line: &[u8], place: &str, allowlist: &Allowlist, at: &BTreeMap<&str, usize>) {
        self.read += 1;
        let (bytes, verdict) = unwrap(line);
        let Ok(alert) = Alert::from_slice(&bytes) else {
            self.not_alerts += 1;
            return;
        };
        let subject = Subject::of(&alert, micros(std::time::SystemTime::now()));
        let what = || format!("{place} rule {} level {}", subject.storm(), subject.level);
        let index = |rule: Option<&Rule>| at.get(rule?.id()).copied();
        let Some(rule) = allowlist.decides(&subject) else {
            if let Some(at) = index(allowlist.would_decide(&subject)) {
                self.rules[at].too_severe += 1;
            }
            if let Some(at) = index(allowlist.fits_as_written(&subject)) {
                let tried = &mut self.rules[at];
                tried.in_doubt += 1;
                if tried.doubts.len() < EXAMPLES {
                    tried.doubts.push(what());
                }
            }
            return;
        };
        let Some(at) = index(Some(rule)) else { return };
        let tried = &mut self.rules[at];
        tried.matched += 1;
        self.hidden += u64::from(tried.action == "drop");
        let what = what();
        if tried.examples.len() < EXAMPLES {
            tried.examples.push(what.clone());
        }
        if verdict.as_deref() == Some("true_positive") {
            tried.true_positives.push(what);
        }
    }

    fn to_text(&self) -> String {
        let mut lines = vec![format!(
            "{} lines read, {} of them no alerts; {} would have been hidden",
            self.read, self.not_alerts, self.hidden
        )];
        for rule in &self.rules {
            lines.push(format!(
                "{} ({}): {} alerts; {} more are above its max_level",
                rule.rule, rule.action, rule.matched, rule.too_severe
            ));
            if rule.in_doubt > 0 {
                lines.push(format!(
                    "    {} fit it as they are written, but may be read in two ways, and are not touched:",
                    rule.in_doubt
                ));
                lines.extend(rule.doubts.iter().map(|doubt| format!("        {doubt}")));
            }
            lines.extend(rule.examples.iter().map(|example| format!("    {example}")));
            let refusal = if rule.action == "drop" {
                "REFUSED: hides"
            } else {
                "touches"
            };
            lines.extend(
                rule.true_positives
                    .iter()
                    .map(|example| format!("    {refusal} a true positive: {example}")),
            );
        }
        lines.join("\n")
    }
}

/// The alert of a line, and its verdict where it is labelled.
fn unwrap(line: &[u8]) -> (Vec<u8>, Option<String>) {
    if let Ok(labelled) = serde_json::from_slice::<Value>(line)
        && labelled["alert"].is_object()
        && labelled["rule"].is_null()
    {
        let verdict = labelled["label"]["verdict"].as_str().map(str::to_owned);
        return (labelled["alert"].to_string().into_bytes(), verdict);
    }
    (line.to_vec(), None)
}
