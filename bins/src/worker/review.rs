//! One review: evidence, redaction, draft, grounding, note. Nothing here talks to IRIS.

use std::sync::Arc;
use std::time::Duration;

use triage_core::note::{self, Block, NoteInput, NoteResult};
use triage_core::workflow::Outcome;
use triage_core::{
    About, AlertFields, Call, Disposition, Draft, Evidence, Fault, Meta, Policy, Redacted, Redactor, RuleTriager,
    TriageError, TriageErrorKind, Triager, Verdict, ground,
};

use super::clock;
use super::fields::Subject;

/// Shortest pause before a backend is asked again within the same claim.
const BACKEND_PAUSE: Duration = Duration::from_secs(2);
/// Said of a triage that was ended at its deadline.
const LATE: &str = "the triager did not finish in time";

/// Who reviews, and by which rules.
pub(super) struct Reviewer {
    pub(super) triager: Arc<dyn Triager>,
    pub(super) redactor: Redactor,
    pub(super) policy: Policy,
}

/// A finished review.
#[derive(Debug, Clone)]
pub(super) struct Review {
    pub(super) block: Block,
    pub(super) outcome: Outcome,
    pub(super) disposition: Option<Disposition>,
    /// Why there is no verdict of the triager, in words that are safe to log.
    pub(super) reason: Option<String>,
    /// What was heard of the triager.
    pub(super) heard: Heard,
    /// Whether the answer was given to another alert before, so that the triager did nothing.
    pub(super) repeated: bool,
}

/// What was heard of the triager during a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// It answered at least once, whatever the answer was worth.
    Answer,
    /// It was asked and did not answer in time.
    Silence,
    /// Nothing: it was not asked, or refused to be.
    Nothing,
}

/// A draft that stood up to its checks.
struct Checked {
    verdict: Verdict,
    meta: Meta,
}

/// Why there is none.
enum Unusable {
    /// The alert's fault: it is finished with a fallback note that says why.
    Alert(String),
    /// The backend's fault: the claim is left to lapse.
    Backend(TriageError),
}

impl Reviewer {
    /// Reviews one alert until `deadline` on the worker's clock. An error is the backend's fault and says nothing of the alert.
    pub(super) async fn review(&self, subject: &Subject, deadline: Duration) -> Result<Review, TriageError> {
        let fields = &subject.fields;
        let evidence = match self.redactor.redact(Evidence::from_fields(fields)) {
            Ok(evidence) => evidence,
            // Something that looks like a secret is left: nothing of this alert is shown to anybody.
            Err(residual) => return Ok(self.without_facts(fields, &residual.to_string())),
        };
        let mut heard = Heard::Nothing;
        let drafted = tokio::select! {
            drafted = self.draft(&evidence, subject, deadline, &mut heard) => Some(drafted),
            () = clock::sleep_until(deadline) => None,
        };
        let reason = match drafted {
            Some(Ok(checked)) => return Ok(self.reviewed(&checked, &evidence)),
            Some(Err(Unusable::Backend(error))) => return Err(error),
            Some(Err(Unusable::Alert(reason))) => reason,
            None => {
                if heard == Heard::Nothing {
                    heard = Heard::Silence;
                }
                LATE.to_owned()
            }
        };
        Ok(Review {
            heard,
            ..self.fallback(&evidence, &reason)
        })
    }

    /// Judges by rules alone, because there is no triager to ask. With `interim`, until there is one.
    pub(super) fn by_rules(&self, fields: &AlertFields, reason: &str, interim: bool) -> Review {
        let evidence = match self.redactor.redact(Evidence::from_fields(fields)) {
            Ok(evidence) => evidence,
            Err(_) => self.bare(fields),
        };
        let mut review = self.fallback(&evidence, reason);
        if interim {
            let verdict = RuleTriager.verdict(&evidence, &self.policy);
            let result = NoteResult::Interim {
                reason,
                rules: &verdict,
            };
            review.block = note_of(result, &evidence, &Meta::default(), &RuleTriager.about());
        }
        review
    }

    /// Finishes an alert that must not be looked into: its workers died one after the other.
    pub(super) fn give_up(&self, reason: &str) -> Review {
        self.without_facts(&AlertFields::default(), reason)
    }

    /// Asks, checks, and asks once more when the answer was no use.
    async fn draft(
        &self,
        evidence: &Redacted<Evidence>,
        subject: &Subject,
        deadline: Duration,
        heard: &mut Heard,
    ) -> Result<Checked, Unusable> {
        let mut call = Call::within(left(deadline)).about(subject.label.clone(), subject.fingerprint.clone());
        let mut repaired = false;
        let mut pause = BACKEND_PAUSE;
        loop {
            call.budget = Some(left(deadline));
            let begun = clock::now();
            let answer = self.triager.triage(evidence, &call).await;
            // A second answer takes about as long as the first.
            let again = !repaired && clock::now().saturating_sub(begun) <= left(deadline);
            match &answer {
                Ok(_) => *heard = Heard::Answer,
                Err(error) if error.kind == TriageErrorKind::BadOutput => *heard = Heard::Answer,
                Err(error) if error.kind == TriageErrorKind::Timeout && *heard == Heard::Nothing => {
                    *heard = Heard::Silence;
                }
                Err(_) => {}
            }
            let error = match answer {
                Ok(draft) => match self.check(draft, evidence) {
                    Ok(checked) => return Ok(checked),
                    Err(rejection) if rejection.retry && again => {
                        repaired = true;
                        call = call.repairing(rejection.words_for_model());
                        continue;
                    }
                    Err(rejection) => return Err(Unusable::Alert(rejection.to_string())),
                },
                Err(error) => error,
            };
            match (error.kind.fault(), error.kind) {
                (Fault::Alert, TriageErrorKind::BadOutput) if again => {
                    repaired = true;
                    call = call.repairing(error.to_string());
                }
                (Fault::Alert, _) => return Err(Unusable::Alert(error.to_string())),
                (Fault::Backend, kind) => {
                    let wait = error.retry_after.unwrap_or(pause);
                    if !kind.is_retryable() || wait.saturating_mul(2) >= left(deadline) {
                        return Err(Unusable::Backend(error));
                    }
                    tracing::warn!(%error, wait_ms = wait.as_millis(), "the triager failed; it is asked again within the same claim");
                    tokio::time::sleep(wait).await;
                    pause = pause.saturating_mul(2);
                }
            }
        }
    }

    fn check(&self, draft: Draft, evidence: &Redacted<Evidence>) -> Result<Checked, triage_core::Rejection> {
        let verdict = match ground(&draft, evidence, &self.policy) {
            triage_core::Outcome::Accepted(verdict) => verdict,
            triage_core::Outcome::Repaired(verdict, repairs) => {
                tracing::debug!(repairs = repairs.len(), "the draft was repaired");
                verdict
            }
            triage_core::Outcome::Rejected(rejection) => return Err(rejection),
        };
        Ok(Checked {
            verdict,
            meta: draft.meta,
        })
    }

    fn reviewed(&self, checked: &Checked, evidence: &Redacted<Evidence>) -> Review {
        let result = NoteResult::Verdict(&checked.verdict);
        Review {
            block: note_of(result, evidence, &checked.meta, &self.triager.about()),
            outcome: Outcome::Reviewed,
            disposition: Some(checked.verdict.disposition()),
            reason: None,
            heard: Heard::Answer,
            repeated: checked.meta.repeated,
        }
    }

    /// The rule-based note, marked as what it is.
    fn fallback(&self, evidence: &Redacted<Evidence>, reason: &str) -> Review {
        let verdict = RuleTriager.verdict(evidence, &self.policy);
        let result = NoteResult::Fallback {
            reason,
            rules: &verdict,
        };
        Review {
            block: note_of(result, evidence, &Meta::default(), &RuleTriager.about()),
            outcome: Outcome::Failed,
            disposition: None,
            reason: Some(reason.to_owned()),
            heard: Heard::Nothing,
            repeated: false,
        }
    }

    /// A note that shows nothing of the alert but its rule.
    pub(super) fn without_facts(&self, fields: &AlertFields, reason: &str) -> Review {
        self.fallback(&self.bare(fields), reason)
    }

    /// What is left of an alert when nothing of it may be shown.
    fn bare(&self, fields: &AlertFields) -> Redacted<Evidence> {
        let bare = AlertFields {
            title: "alert".to_owned(),
            rule_id: fields.rule_id.clone(),
            level: fields.level,
            groups: fields.groups.clone(),
            mitre: fields.mitre.clone(),
            fields: Vec::new(),
        };
        match self.redactor.redact(Evidence::from_fields(&bare)) {
            Ok(evidence) => evidence,
            Err(_) => match self.redactor.redact(Evidence::default()) {
                Ok(evidence) => evidence,
                // Nothing is in it, so nothing can be left in it.
                Err(never) => unreachable!("an empty evidence holds a secret: {never}"),
            },
        }
    }
}

/// Writes the note of one alert, with a new marker and the time of now.
pub(super) fn note_of(result: NoteResult<'_>, evidence: &Redacted<Evidence>, meta: &Meta, about: &About) -> Block {
    let suffix = &uuid::Uuid::new_v4().simple().to_string()[..4];
    let finished_at = clock::stamp();
    note::render(&NoteInput {
        result,
        evidence,
        meta,
        about,
        suffix,
        finished_at: &finished_at,
        folded: None,
    })
}

fn left(deadline: Duration) -> Duration {
    deadline.saturating_sub(clock::now())
}

#[cfg(test)]
pub(super) mod tests {
    use triage_core::{RedactorSettings, testing};

    use super::*;

    /// Some review.
    pub(in super::super) fn review() -> Review {
        let reviewer = Reviewer {
            triager: Arc::new(RuleTriager),
            redactor: Redactor::new(RedactorSettings::default()).unwrap(),
            policy: Policy::default(),
        };
        reviewer.fallback(&testing::evidence(), "a test")
    }

    #[test]
    fn what_the_rules_say_meanwhile_does_not_count_as_finished() {
        let reviewer = Reviewer {
            triager: Arc::new(RuleTriager),
            redactor: Redactor::new(RedactorSettings::default()).unwrap(),
            policy: Policy::default(),
        };
        let fields = AlertFields {
            title: "Program started".to_owned(),
            ..AlertFields::default()
        };
        let interim = reviewer.by_rules(&fields, "no model for 600 s", true).block;
        let last = reviewer.by_rules(&fields, "no model for 600 s", false).block;
        assert!(note::interim_block(interim.as_str()) && !note::finished_block(interim.as_str()));
        assert!(note::finished_block(last.as_str()));
        assert!(interim.as_str().contains("no model for 600 s"), "{interim}");
    }
}
