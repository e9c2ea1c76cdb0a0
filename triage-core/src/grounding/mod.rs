//! From a draft to a verdict: nothing that a triager says is believed before it was compared with the evidence.
//!
//! The order matters: one object, closed words, evidence, techniques, floors, severity, words.

mod advice;
mod answer;
mod echo;
mod indicator;
mod known;
mod outcome;
mod reading;
mod shape;
mod words;

use std::collections::{BTreeMap, BTreeSet};

pub use self::outcome::{Outcome, RejectReason, Rejection, Repair};
use self::{known::Known, shape::Shape, words::Words};
use crate::{
    Confidence, Disposition, Draft, Evidence, Fact, FactId, Redacted, Severity,
    floors::{self, FloorSettings},
    mitre::technique_name,
    rules::Opinion,
    safe::{clip, defang, note_safe},
    verdict::{Cited, GivenBy, Technique, Verdict, Warning},
};

const MAX_EVIDENCE: usize = 4;
const MAX_TECHNIQUES: usize = 3;
const MAX_STEPS: usize = 4;
const MAX_QUESTIONS: usize = 3;

/// How drafts are judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// What no triager may close.
    pub floors: FloorSettings,
}

/// What is known about one alert besides its evidence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aside {
    /// What text in the alert does to steer its reader, in our own words; anything here is a suspected injection.
    pub flags: Vec<String>,
    /// Pseudonyms of this alert and what they stand for: `HOST_1` → `WS-FIN-042`.
    pub labels: BTreeMap<String, String>,
}

impl Aside {
    /// Takes what the redactor left: strong flags, which honest logs do not raise, and the names behind the labels.
    pub fn of(evidence: &Redacted<Evidence>) -> Self {
        let strong = evidence.flags.iter().filter(|flag| flag.kind.is_strong());
        let kinds: BTreeSet<_> = strong.map(|flag| flag.kind).collect();
        Self {
            flags: kinds.into_iter().map(|kind| kind.words().to_owned()).collect(),
            labels: evidence.report().names.labels.clone(),
        }
    }
}

/// Checks a draft against the evidence it was made from.
///
/// Whatever the draft says, the verdict cites only facts that exist, names only techniques and indicators that exist, gives no
/// commands and no advice to hide the alert, and is not benign where a floor of the policy forbids it.
pub fn ground(draft: &Draft, evidence: &Redacted<Evidence>, policy: &Policy) -> Outcome {
    ground_beside(draft, evidence, &Aside::of(evidence), policy)
}

/// Checks a draft as [`ground`] does, with what is known besides the evidence given by the caller: for tests and for answers
/// that are checked long after they were made.
pub fn ground_beside(draft: &Draft, evidence: &Redacted<Evidence>, aside: &Aside, policy: &Policy) -> Outcome {
    match judge(draft, evidence, aside, policy) {
        Err(rejection) => Outcome::Rejected(rejection),
        Ok((verdict, repairs)) if repairs.is_empty() => Outcome::Accepted(verdict),
        Ok((verdict, repairs)) => Outcome::Repaired(verdict, repairs),
    }
}

/// The street: every step reads what the step before it made.
fn judge(
    draft: &Draft,
    evidence: &Evidence,
    aside: &Aside,
    policy: &Policy,
) -> Result<(Verdict, Vec<Repair>), Rejection> {
    let (object, mut repairs) = answer::single_object(&draft.answer)?;
    let shape = shape::read(object, &mut repairs)?;
    let opinion = crate::rules::opinion(evidence);
    let known = Known::new(evidence);
    let mut words = Words::new(&known, aside, &mut repairs);

    let cited = cited(&shape, evidence, aside, &mut words);
    let mitre = techniques(&shape, evidence, words.repairs);
    let said = shape.disposition.unwrap_or(Disposition::NeedsInvestigation);
    let (disposition, standing) = disposition(said, &cited, &mitre, evidence, aside, &opinion, policy, words.repairs);
    let severity = severity(&shape, disposition, !standing.is_empty(), &opinion, words.repairs);
    let raised_by = if said.is_benign() { standing } else { Vec::new() };
    let confidence = if cited.is_empty() || !raised_by.is_empty() {
        Confidence::Low
    } else {
        shape.confidence.unwrap_or(Confidence::Low)
    };

    let mut summary = words.sentence("summary", &shape.summary, 300);
    if summary.chars().count() < 10 {
        words.repairs.push(Repair::Missing("summary"));
        summary = fallback_summary(evidence);
    }
    let mut next_steps = words.steps("next_steps", &shape.next_steps, MAX_STEPS, 140);
    if next_steps.is_empty() {
        words.repairs.push(Repair::Missing("next_steps"));
        next_steps.push("Read the cited fields of the alert and decide by hand".to_owned());
    }
    let verdict = Verdict {
        disposition,
        said,
        confidence,
        severity,
        summary,
        if_benign: words.sentence("if_benign", &shape.if_benign, 160),
        if_malicious: words.sentence("if_malicious", &shape.if_malicious, 160),
        evidence: cited,
        mitre,
        next_steps,
        questions: words.steps("questions", &shape.questions, MAX_QUESTIONS, 120),
        warnings: Vec::new(),
        floors: raised_by,
    };
    outcome::dedup(&mut repairs);
    let warnings = warnings(&repairs, aside, draft);
    Ok((Verdict { warnings, ..verdict }, repairs))
}

/// Looks the cited facts up; what was not sent cannot be cited.
fn cited(shape: &Shape, evidence: &Evidence, aside: &Aside, words: &mut Words<'_>) -> Vec<Cited> {
    let mut cited: Vec<Cited> = Vec::new();
    for (field, shows) in &shape.evidence {
        let Some((fact, exact)) = find_fact(field, evidence) else {
            words.repairs.push(Repair::EvidenceDropped);
            continue;
        };
        if !exact {
            words.repairs.push(Repair::Coerced("evidence"));
        }
        if cited.iter().any(|earlier| earlier.fact == fact.id) {
            words.repairs.push(Repair::EvidenceMerged);
            continue;
        }
        if cited.len() == MAX_EVIDENCE {
            words.repairs.push(Repair::TooMany("evidence"));
            break;
        }
        cited.push(Cited {
            fact: fact.id,
            path: fact.path.clone(),
            value: words::restored(&fact.value, &aside.labels),
            shows: words.shows(shows, 120),
        });
    }
    cited
}

/// Finds a fact by number or by path, and says whether it was named exactly.
fn find_fact<'e>(field: &str, evidence: &'e Evidence) -> Option<(&'e Fact, bool)> {
    let field = field.trim();
    if let Some(fact) = evidence.facts.iter().find(|fact| fact.id.to_string() == field) {
        return Some((fact, true));
    }
    let number = field
        .trim_start_matches(['[', '(', '#'])
        .strip_prefix(['F', 'f'])
        .map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
    if let Some(digits) = number
        && let Ok(number) = digits.parse::<u16>()
        // `F03|commandLine` names fact 3, `F03a` names nothing.
        && !field[1..].trim_start_matches(['(', '#', 'F', 'f']).trim_start_matches(|c: char| c.is_ascii_digit()).starts_with(char::is_alphanumeric)
    {
        return evidence
            .facts
            .iter()
            .find(|fact| fact.id == FactId(number))
            .map(|fact| (fact, false));
    }
    let by_path = |same: &dyn Fn(&str) -> bool| {
        let mut found = evidence.facts.iter().filter(|fact| same(&fact.path));
        found.next().filter(|_| found.next().is_none())
    };
    by_path(&|path| path.eq_ignore_ascii_case(field))
        // The last part will do where only one path ends so.
        .or_else(|| {
            by_path(&|path| {
                path.rsplit('.')
                    .next()
                    .is_some_and(|last| last.eq_ignore_ascii_case(field))
            })
        })
        .map(|fact| (fact, false))
}

/// Keeps the techniques that exist, and says who named them.
fn techniques(shape: &Shape, evidence: &Evidence, repairs: &mut Vec<Repair>) -> Vec<Technique> {
    let by_rule = rule_techniques(evidence);
    let mut kept: Vec<Technique> = Vec::new();
    for id in &shape.mitre {
        let Some((id, name)) = id.as_ref().and_then(|id| Some((id, technique_name(id)?))) else {
            repairs.push(Repair::MitreDropped);
            continue;
        };
        if kept.iter().any(|earlier| earlier.id == *id) {
            repairs.push(Repair::Coerced("mitre"));
            continue;
        }
        if kept.len() == MAX_TECHNIQUES {
            repairs.push(Repair::TooMany("mitre"));
            break;
        }
        let given_by = if by_rule.contains(id) {
            GivenBy::Rule
        } else {
            GivenBy::Model
        };
        kept.push(Technique {
            id: id.clone(),
            name,
            given_by,
        });
    }
    kept
}

/// Returns the techniques that the rule itself names.
pub(crate) fn rule_techniques(evidence: &Evidence) -> Vec<String> {
    let facts = evidence.facts.iter().filter(|fact| fact.path == "rule.mitre.id");
    facts
        .flat_map(|fact| {
            fact.value
                .split([',', ' ', '"', '[', ']'])
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .chain(evidence.mitre.iter().cloned())
        .filter(|id| id.starts_with('T'))
        .collect()
}

/// Raises what was said to the floors, and returns those that stand, raised or not; without evidence nothing can be said but
/// that somebody must look.
#[expect(
    clippy::too_many_arguments,
    reason = "the one place where all that was learned meets"
)]
fn disposition(
    said: Disposition,
    cited: &[Cited],
    mitre: &[Technique],
    evidence: &Evidence,
    aside: &Aside,
    opinion: &Opinion,
    policy: &Policy,
    repairs: &mut Vec<Repair>,
) -> (Disposition, Vec<floors::Floor>) {
    let mut disposition = said;
    if cited.is_empty() {
        repairs.push(Repair::Ungrounded);
        disposition = Disposition::NeedsInvestigation;
    }
    let by_rule = rule_techniques(evidence);
    let named = by_rule
        .iter()
        .map(String::as_str)
        .chain(mitre.iter().map(|technique| technique.id.as_str()));
    let techniques: Vec<&str> = named.collect();
    let standing = floors::standing(evidence, &techniques, !aside.flags.is_empty(), opinion, &policy.floors);
    if !said.is_benign() || standing.is_empty() {
        return (disposition, standing);
    }
    repairs.push(Repair::Raised(standing[0].clone()));
    (Disposition::NeedsInvestigation, standing)
}

/// Keeps severity and verdict from contradicting each other.
fn severity(
    shape: &Shape,
    disposition: Disposition,
    floored: bool,
    opinion: &Opinion,
    repairs: &mut Vec<Repair>,
) -> Severity {
    // Where none was given, that of the rules is fitted as a given one would be.
    let said = shape.severity.unwrap_or(opinion.severity);
    let fitting = match disposition {
        Disposition::FalsePositive | Disposition::BenignPositive => said.min(Severity::Low),
        Disposition::TruePositive => said.max(Severity::Low),
        Disposition::NeedsInvestigation => said,
    };
    // What must not be closed must not be called harmless either; a severity that is not harmless is the triager's to judge, and
    // so is that of an attack that failed.
    let harmless = match shape.disposition {
        Some(Disposition::FalsePositive | Disposition::BenignPositive) => true,
        Some(Disposition::TruePositive) => {
            said == Severity::Informational || (fitting <= Severity::Low && opinion.severity >= Severity::High)
        }
        Some(Disposition::NeedsInvestigation) | None => fitting <= Severity::Low,
    };
    let fitting = if floored && harmless {
        fitting.max(opinion.severity)
    } else {
        fitting
    };
    if fitting != said && shape.severity.is_some() {
        repairs.push(Repair::SeverityAdjusted);
    }
    fitting
}

fn fallback_summary(evidence: &Evidence) -> String {
    let title = note_safe(&evidence.title);
    if title.is_empty() {
        return "The triager gave no usable summary".to_owned();
    }
    defang(&clip(&format!("Rule says: {title}"), 300))
}

fn warnings(repairs: &[Repair], aside: &Aside, draft: &Draft) -> Vec<Warning> {
    let mut warnings: Vec<Warning> = Vec::new();
    if !aside.flags.is_empty() {
        let kinds = aside.flags.join(", ").replace('_', " ");
        let text = format!("possible injection, text in the alert: {kinds}");
        warnings.push(Warning::new("suspected_injection", text));
    }
    let said = repairs.iter().filter_map(Repair::warning);
    warnings.extend(said);
    warnings.extend(
        draft
            .meta
            .warnings
            .iter()
            .map(|text| Warning::new("backend", clip(text, 200))),
    );
    warnings
}

#[cfg(test)]
mod tests;
