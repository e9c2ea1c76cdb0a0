//! One alert on the way that the worker takes it, with everything noted that a score needs.

use triage_core::note::{Block, NoteResult};
use triage_core::{
    AlertFields, Call, Disposition, Evidence, Meta, Outcome, Redacted, Repair, RuleTriager, Triager, Verdict, ground,
};

use super::answers::Source;
use crate::terminal::Failure;
use crate::worker::review::{Reviewer, note_of};

/// What judges.
pub(super) struct Bench {
    pub(super) reviewer: Reviewer,
    pub(super) source: Source,
}

/// What became of one alert.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) asked: Asked,
    /// The verdict of the triager without a model on the same facts; `None` where they must not be shown to anybody.
    pub(super) rules: Option<Disposition>,
    pub(super) level: Option<u8>,
    /// What the analyst would read.
    pub(super) note: Block,
}

/// What the triager said, and what was left of it.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// What it said before grounding and floors; `None` where nothing it said could be read.
    pub(super) said: Option<Disposition>,
    /// The checked verdict; `None` where the worker would write the fallback note.
    pub(super) verdict: Option<Verdict>,
    /// Why there is no verdict.
    pub(super) reason: Option<String>,
    /// Whether the first answer had the form of the schema.
    pub(super) schema_valid: bool,
    /// Whether everything that the usable answer named is in the alert.
    pub(super) grounded: bool,
    /// All calls for this alert together.
    pub(super) took_ms: f64,
    pub(super) prompt_tokens: u64,
    pub(super) output_tokens: u64,
    /// How the usable answer was made.
    pub(super) meta: Meta,
}

impl Judged {
    /// What the note says to an analyst; without a verdict somebody has to look.
    pub(super) fn disposition(&self) -> Disposition {
        self.asked
            .verdict
            .as_ref()
            .map_or(Disposition::NeedsInvestigation, Verdict::disposition)
    }
}

impl Bench {
    /// Redacts, asks, checks, asks once more where that may help, and writes the note.
    pub(super) async fn judge(&self, id: &str, fields: &AlertFields) -> Result<Judged, Failure> {
        let reviewer = &self.reviewer;
        let evidence = match reviewer.redactor.redact(Evidence::from_fields(fields)) {
            Ok(evidence) => evidence,
            // Something that looks like a secret is left: the worker shows this alert to nobody.
            Err(residual) => {
                let reason = residual.to_string();
                return Ok(Judged {
                    note: reviewer.without_facts(fields, &reason).block,
                    asked: Asked {
                        reason: Some(reason),
                        ..Asked::default()
                    },
                    rules: None,
                    level: fields.level,
                });
            }
        };
        let asked = self.ask(id, &evidence).await?;
        let rules = RuleTriager.verdict(&evidence, &reviewer.policy);
        let note = if let Some(verdict) = &asked.verdict {
            let about = reviewer.triager.about();
            note_of(NoteResult::Verdict(verdict), &evidence, &asked.meta, &about)
        } else {
            let result = NoteResult::Fallback {
                reason: asked.reason.as_deref().unwrap_or_default(),
                rules: &rules,
            };
            note_of(result, &evidence, &Meta::default(), &RuleTriager.about())
        };
        Ok(Judged {
            asked,
            rules: Some(rules.disposition()),
            level: fields.level,
            note,
        })
    }

    /// Asks at most twice, as the worker does.
    async fn ask(&self, id: &str, evidence: &Redacted<Evidence>) -> Result<Asked, Failure> {
        let mut asked = Asked::default();
        let mut call = Call::default();
        for attempt in 1..=2 {
            let answer = self.source.answer(id, evidence, attempt, &call).await?;
            asked.took_ms += answer.took_ms;
            let Some(draft) = answer.draft else {
                let reason = answer.error.unwrap_or_default();
                call = call.repairing(&reason);
                asked.reason = Some(reason);
                if answer.retry {
                    continue;
                }
                break;
            };
            asked.prompt_tokens += draft.meta.prompt_tokens.unwrap_or(0);
            asked.output_tokens += draft.meta.output_tokens.unwrap_or(0);
            let (verdict, repairs) = match ground(&draft, evidence, &self.reviewer.policy) {
                Outcome::Accepted(verdict) => (verdict, Vec::new()),
                Outcome::Repaired(verdict, repairs) => (verdict, repairs),
                Outcome::Rejected(rejection) => {
                    call = call.repairing(rejection.words_for_model());
                    asked.reason = Some(rejection.to_string());
                    if rejection.retry {
                        continue;
                    }
                    break;
                }
            };
            return Ok(Asked {
                said: Some(verdict.said()),
                verdict: Some(verdict),
                reason: None,
                schema_valid: attempt == 1 && !repairs.iter().any(is_form),
                grounded: !repairs.iter().any(is_invention),
                meta: draft.meta,
                ..asked
            });
        }
        Ok(asked)
    }
}

/// A mend of the form: the answer was not what the schema asks for.
fn is_form(repair: &Repair) -> bool {
    matches!(
        repair,
        Repair::Thought
            | Repair::Wrapped
            | Repair::CodeFence
            | Repair::Prose
            | Repair::UnknownKeys(_)
            | Repair::Coerced(_)
            | Repair::Missing(_)
            | Repair::TooMany(_)
            | Repair::Cut(_)
    )
}

/// Something was named that the alert does not hold.
fn is_invention(repair: &Repair) -> bool {
    matches!(
        repair,
        Repair::EvidenceDropped
            | Repair::Ungrounded
            | Repair::QuoteNotInAlert
            | Repair::UnknownIndicator(_)
            | Repair::UrlNotInAlert
            | Repair::MitreDropped
            | Repair::UnknownPlaceholder(_)
    )
}
