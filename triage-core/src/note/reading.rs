//! What a block says, read back: for whoever compares it with what people found out later.

use std::sync::LazyLock;

use regex::Regex;

use super::{FINISHED, INDENT, blocks};
use crate::{Confidence, Disposition, Severity, safe::regex};

/// What a finished block says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reading {
    /// Whose verdict it is.
    pub source: Source,
    /// The verdict.
    pub disposition: Disposition,
    /// How sure it was.
    pub confidence: Confidence,
    /// How bad.
    pub severity: Severity,
    /// Who was asked, such as `ollama 0.1.0`.
    pub triager: String,
    /// The model, where the triager named one.
    pub model: Option<String>,
}

/// Whose verdict a block holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The triager's, checked.
    Triager,
    /// That of the rules, because the triager's answer was of no use.
    Rules,
    /// One that was given to the same evidence of another alert.
    Repeated,
}

/// Reads the first finished block of a note, or of a comment with its markdown marks taken away; `None` where there is none, or
/// where it was changed so far that it says no verdict.
pub fn read(note: &str) -> Option<Reading> {
    static VERDICT: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?m)^(Verdict|Rules say) +(false positive|benign positive|needs investigation|true positive) \(confidence (low|medium|high)\)",
        )
    });
    static SEVERITY: LazyLock<Regex> =
        LazyLock::new(|| regex(r"(?m)(?:^| {5})Severity +(informational|low|medium|high|critical)\b"));
    let note = note.replace("\r\n", "\n");
    let range = blocks(&note, &FINISHED).into_iter().next()?;
    let block = &note[range];
    let verdict = VERDICT.captures(block)?;
    let disposition = match &verdict[2] {
        "false positive" => Disposition::FalsePositive,
        "benign positive" => Disposition::BenignPositive,
        "true positive" => Disposition::TruePositive,
        _ => Disposition::NeedsInvestigation,
    };
    let confidence = match &verdict[3] {
        "high" => Confidence::High,
        "medium" => Confidence::Medium,
        _ => Confidence::Low,
    };
    let severity = SEVERITY.captures(block).map(|found| found[1].to_owned());
    let severity = match severity.as_deref()? {
        "critical" => Severity::Critical,
        "high" => Severity::High,
        "medium" => Severity::Medium,
        "low" => Severity::Low,
        _ => Severity::Informational,
    };
    let source = if &verdict[1] == "Rules say" {
        Source::Rules
    } else if block.contains(" same as alert #") {
        Source::Repeated
    } else {
        Source::Triager
    };
    let (triager, model) = makers(block);
    Some(Reading {
        source,
        disposition,
        confidence,
        severity,
        triager,
        model,
    })
}

/// The triager and its model, from the line that says who made the block.
fn makers(block: &str) -> (String, Option<String>) {
    let mut lines = block.lines().skip_while(|line| !line.starts_with("Made by "));
    let mut who = lines
        .next()
        .unwrap_or_default()
        .chars()
        .skip(INDENT)
        .collect::<String>();
    // A second line of it holds no counts; those begin anew.
    if let Some(more) = lines.next().filter(|line| !line.contains(" facts of ")) {
        who.push(' ');
        who.push_str(more.trim());
    }
    let mut parts = who.split(" | ").map(str::trim);
    let triager = parts.next().unwrap_or_default().to_owned();
    let model = parts
        .next()
        .filter(|part| !part.is_empty() && !part.starts_with("prompt ") && !part.starts_with("signal table"));
    (triager, model.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{alert, noted};
    use super::super::{NoteResult, merge};
    use super::*;
    use crate::{Draft, Meta, Outcome, Policy, RuleTriager, ground};

    fn meta(model: Option<&str>) -> Meta {
        Meta {
            model: model.map(str::to_owned),
            digest: model.map(|_| "sha256:78fad5d182a7c33065e153a5f8ba2107".to_owned()),
            server: Some("Ollama 0.33.0".to_owned()),
            prompt_version: Some("0123456789ab".to_owned()),
            ..Meta::default()
        }
    }

    #[test]
    fn every_verdict_reads_back_as_it_was_written() {
        for verdict in [
            "false_positive",
            "benign_positive",
            "needs_investigation",
            "true_positive",
        ] {
            for (severity, confidence) in [("low", "low"), ("informational", "medium"), ("critical", "high")] {
                let evidence = alert("scheduled_task_security");
                let text = format!(
                    r#"{{"evidence":[{{"field":"F01","shows":"the rule"}}],"if_benign":"work","if_malicious":"persistence","mitre":[],"next_steps":["Ask"],"questions":[],"severity":"{severity}","summary":"A task was made.","verdict":"{verdict}","verdict_confidence":"{confidence}"}}"#
                );
                let draft = Draft::new(text, meta(Some("qwen3:4b-instruct-2507-q4_K_M")));
                let outcome = ground(&draft, &evidence, &Policy::default());
                let (Outcome::Accepted(checked) | Outcome::Repaired(checked, _)) = &outcome else {
                    panic!("{outcome:?}")
                };
                let block = noted(NoteResult::Verdict(checked), &evidence, &draft.meta, None);
                for note in [
                    merge(Some("Called the user.\r\n"), &block),
                    merge(None, &block).replace('\n', "\r\n"),
                    block
                        .as_comment()
                        .replace('\\', "")
                        .replace("&colon;", ":")
                        .replace("  \n", "\n")
                        .replace('\u{a0}', " "),
                ] {
                    let reading = read(&note).unwrap();
                    assert_eq!(reading.disposition, checked.disposition(), "{note}");
                    assert_eq!(reading.severity, checked.severity(), "{note}");
                    assert_eq!(reading.confidence, checked.confidence(), "{note}");
                    assert_eq!(
                        reading.model.as_deref(),
                        Some("qwen3:4b-instruct-2507-q4_K_M"),
                        "{note}"
                    );
                    assert_eq!(
                        (reading.source, reading.triager.as_str()),
                        (Source::Triager, "ollama 0.1.0")
                    );
                }
            }
        }
    }

    #[test]
    fn a_stand_in_of_the_rules_and_a_repetition_are_told_apart() {
        let evidence = alert("scheduled_task_security");
        let rules = RuleTriager.verdict(&evidence, &Policy::default());
        let reason = "answer cut off";
        let fallback = noted(
            NoteResult::Fallback { reason, rules: &rules },
            &evidence,
            &meta(None),
            None,
        );
        let reading = read(fallback.as_str()).unwrap();
        assert_eq!((reading.source, reading.model), (Source::Rules, None));
        let mut draft = RuleTriager.draft(&evidence);
        draft.meta.warnings = vec!["same as alert #123, answered 7 s before; not asked again".to_owned()];
        let outcome = ground(&draft, &evidence, &Policy::default());
        let block = noted(
            NoteResult::Verdict(outcome.verdict().unwrap()),
            &evidence,
            &draft.meta,
            None,
        );
        assert_eq!(read(block.as_str()).unwrap().source, Source::Repeated, "{block}");
    }

    #[test]
    fn an_interim_block_says_nothing_and_is_replaced_by_a_finished_one() {
        let evidence = alert("scheduled_task_security");
        let rules = RuleTriager.verdict(&evidence, &Policy::default());
        let reason = "no model for 600 s";
        let interim = noted(
            NoteResult::Interim { reason, rules: &rules },
            &evidence,
            &meta(None),
            None,
        );
        let note = merge(Some("Mine."), &interim);
        assert!(
            super::super::interim_block(&note) && !super::super::finished_block(&note),
            "{note}"
        );
        assert_eq!(read(&note), None);
        let block = noted(NoteResult::Verdict(&rules), &evidence, &meta(None), None);
        let after = merge(Some(&note), &block);
        assert!(
            super::super::finished_block(&after) && !super::super::interim_block(&after),
            "{after}"
        );
        assert!(after.starts_with("Mine.\n\n== AI"), "{after}");
        assert_eq!(after.matches(":END:").count(), 1, "{after}");
    }

    #[test]
    fn what_people_write_is_no_verdict() {
        for note in [
            "",
            "Verdict     true positive (confidence high)",
            "== x [ait:v1:BEGIN:1]\nno verdict\n== [ait:v1:END:1]",
        ] {
            assert_eq!(read(note), None, "{note}");
        }
    }
}
