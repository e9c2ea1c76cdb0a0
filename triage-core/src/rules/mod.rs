//! The triager without a model: a readable table of signals, added up.

mod draft;
mod line;
mod signals;
mod table;
mod traits;
mod view;

use async_trait::async_trait;

pub(crate) use self::{
    signals::{Opinion, opinion},
    view::is_command,
};
use crate::{
    About, Call, Draft, Evidence, Meta, Outcome, Policy, Redacted, TriageError, TriageErrorKind, Triager, Verdict,
    ground,
};

/// Judges from rule level, groups, techniques, commands and outcome fields with a table of signals; no model, no state, no I/O.
///
/// It is the default where no model is set up, the fallback when a model's answer is unusable, and the baseline that a model
/// has to beat. Names and places that an attacker can choose only ever add suspicion of themselves; what speaks for an alert
/// has to be the whole of a field that the operating system, a product or the rule fills, under its whole path.
#[derive(Debug, Clone, Copy, Default)]
pub struct RuleTriager;

impl RuleTriager {
    /// Judges at once, and gives a draft as any triager does.
    pub fn draft(self, evidence: &Redacted<Evidence>) -> Draft {
        let meta = Meta {
            model: None,
            server: Some(concat!("signal table ", env!("CARGO_PKG_VERSION")).into()),
            ..Meta::default()
        };
        Draft::new(draft::answer(evidence, &opinion(evidence)), meta)
    }

    /// Names the signals that it saw, strongest first, each with its weight and what it shows: `lsass_dump (+7): …`.
    pub fn explain(self, evidence: &Redacted<Evidence>) -> Vec<String> {
        let seen = opinion(evidence).seen;
        seen.iter()
            .map(|seen| format!("{} ({:+}): {}", seen.signal.name, seen.signal.weight, seen.signal.says))
            .collect()
    }

    /// Judges at once, and grounds the draft: what a fallback note is made of.
    ///
    /// # Panics
    /// Never: an answer of our own is always one object of closed words, which the tests prove for every evidence.
    pub fn verdict(self, evidence: &Redacted<Evidence>, policy: &Policy) -> Verdict {
        match ground(&self.draft(evidence), evidence, policy) {
            Outcome::Accepted(verdict) | Outcome::Repaired(verdict, _) => verdict,
            Outcome::Rejected(_) => unreachable!("our own answer is one object of closed words"),
        }
    }
}

#[async_trait]
impl Triager for RuleTriager {
    fn about(&self) -> About {
        About::new("rules", env!("CARGO_PKG_VERSION")).concurrency(64)
    }

    async fn triage(&self, evidence: &Redacted<Evidence>, _call: &Call) -> Result<Draft, TriageError> {
        if evidence.facts.is_empty() && evidence.title.trim().is_empty() {
            return Err(TriageError::new(
                TriageErrorKind::BadOutput,
                "the alert holds neither a title nor a fact",
            ));
        }
        Ok(self.draft(evidence))
    }
}

#[cfg(test)]
mod tests;
