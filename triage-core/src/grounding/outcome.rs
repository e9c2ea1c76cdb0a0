//! What became of a draft, as data.

use crate::{Verdict, floors::Floor, verdict::Warning};

/// What became of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing had to be changed.
    Accepted(Verdict),
    /// Usable after these changes.
    Repaired(Verdict, Vec<Repair>),
    /// Not usable.
    Rejected(Rejection),
}

impl Outcome {
    /// Returns the verdict, if there is one.
    pub fn verdict(&self) -> Option<&Verdict> {
        match self {
            Self::Accepted(verdict) | Self::Repaired(verdict, _) => Some(verdict),
            Self::Rejected(_) => None,
        }
    }

    /// Returns the word for metrics: `accepted`, `repaired` or `rejected`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Accepted(_) => "accepted",
            Self::Repaired(..) => "repaired",
            Self::Rejected(_) => "rejected",
        }
    }
}

/// Why a draft is not usable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejection {
    /// What is wrong.
    pub reason: RejectReason,
    /// Whether asking once more, with the reason, may help.
    pub retry: bool,
}

impl From<RejectReason> for Rejection {
    fn from(reason: RejectReason) -> Self {
        Self {
            reason,
            retry: reason.is_worth_a_retry(),
        }
    }
}

impl std::fmt::Display for Rejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.reason.fmt(f)
    }
}

impl Rejection {
    /// Says in one line what to do better, for [`crate::Call::repairing`]. Holds no word of the answer.
    pub fn words_for_model(&self) -> String {
        match self.reason {
            RejectReason::Empty => "the answer was empty".into(),
            RejectReason::NoObject => "the answer held no JSON object".into(),
            RejectReason::BadJson => "the answer was not valid JSON".into(),
            RejectReason::CutOff => "the answer was cut off, write less".into(),
            RejectReason::Ambiguous => "the answer held more than one JSON object".into(),
            RejectReason::DuplicateKey => "a key stood twice in one object".into(),
            RejectReason::TooLong => "the answer was far too long".into(),
            RejectReason::Missing(field) => format!("the field {field} was missing"),
            RejectReason::Type(field) => format!("the field {field} had the wrong type"),
            RejectReason::Enum(field) => format!("the field {field} was not one of the allowed words"),
        }
    }
}

/// What is wrong with a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RejectReason {
    /// Nothing was said.
    Empty,
    /// Words, but no object: a refusal, mostly.
    NoObject,
    /// An object that is no JSON.
    BadJson,
    /// An object that ends in the middle.
    CutOff,
    /// More than one object; one of them may be copied from the alert.
    Ambiguous,
    /// A key stands twice in one object.
    DuplicateKey,
    /// Longer than anything that can be meant.
    TooLong,
    /// A field without which nothing is said.
    Missing(&'static str),
    /// A field of a kind that cannot be read.
    Type(&'static str),
    /// A word that is not in the closed list.
    Enum(&'static str),
}

impl RejectReason {
    /// Returns the word for metrics and for programs, such as `ambiguous`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NoObject => "no_object",
            Self::BadJson => "bad_json",
            Self::CutOff => "cut_off",
            Self::Ambiguous => "ambiguous",
            Self::DuplicateKey => "duplicate_key",
            Self::TooLong => "too_long",
            Self::Missing(_) => "missing",
            Self::Type(_) => "type",
            Self::Enum(_) => "enum",
        }
    }

    fn is_worth_a_retry(self) -> bool {
        match self {
            // A loop at temperature 0 loops again, and costs minutes on a CPU.
            Self::TooLong => false,
            Self::Empty
            | Self::NoObject
            | Self::BadJson
            | Self::CutOff
            | Self::Ambiguous
            | Self::DuplicateKey
            | Self::Missing(_)
            | Self::Type(_)
            | Self::Enum(_) => true,
        }
    }
}

impl std::fmt::Display for RejectReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("empty answer"),
            Self::NoObject => f.write_str("answer without a JSON object"),
            Self::BadJson => f.write_str("answer is not JSON"),
            Self::CutOff => f.write_str("answer cut off"),
            Self::Ambiguous => f.write_str("ambiguous answer: more than one object"),
            Self::DuplicateKey => f.write_str("a key stands twice"),
            Self::TooLong => f.write_str("answer too long"),
            Self::Missing(field) => write!(f, "field {field} is missing"),
            Self::Type(field) => write!(f, "field {field} has the wrong type"),
            Self::Enum(field) => write!(f, "field {field} is not an allowed word"),
        }
    }
}

/// What had to be changed in a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repair {
    /// A thinking section was cut off.
    Thought,
    /// The object was taken out of a list, a string or another object.
    Wrapped,
    /// A code fence was taken off.
    CodeFence,
    /// Prose round the object was left out.
    Prose,
    /// So many keys that nobody asked for were left out.
    UnknownKeys(usize),
    /// A field was read kindly.
    Coerced(&'static str),
    /// A field was missing and was filled with the careful default.
    Missing(&'static str),
    /// More items than the field takes.
    TooMany(&'static str),
    /// A text was cut to its length.
    Cut(&'static str),
    /// Characters that could act or forge a line were replaced.
    Characters(&'static str),
    /// A fact was cited that does not exist.
    EvidenceDropped,
    /// A fact was cited twice.
    EvidenceMerged,
    /// Nothing that exists was cited.
    Ungrounded,
    /// A quotation is not in the alert.
    QuoteNotInAlert,
    /// An address, hash, name or path is not in the alert.
    UnknownIndicator(String),
    /// A link was taken out.
    UrlNotInAlert,
    /// What is no technique, or a revoked one, was left out.
    MitreDropped,
    /// A command to paste was taken out.
    CommandInStep,
    /// Advice to close, hide or except the alert was taken out.
    SuppressAdvice,
    /// A telephone number was taken out.
    PhoneNumber,
    /// A request for secrets was taken out.
    CredentialRequest,
    /// Words that look like a line of our own note were taken out.
    ForgedLine,
    /// A sentence of the worked examples was taken out.
    ExampleEcho,
    /// A sentence of the instructions was taken out.
    PromptEcho,
    /// A loop was cut.
    Repetition,
    /// A pseudonym that this alert does not have.
    UnknownPlaceholder(String),
    /// The severity contradicted the verdict.
    SeverityAdjusted,
    /// A floor raised the verdict.
    Raised(Floor),
}

impl Repair {
    /// Returns the name for metrics and programs, such as `mitre_dropped` or `unknown_indicator:192.0.2.77`.
    pub fn code(&self) -> String {
        match self {
            Self::Thought => "thought".into(),
            Self::Wrapped => "wrapped".into(),
            Self::CodeFence => "code_fence".into(),
            Self::Prose => "prose".into(),
            Self::UnknownKeys(count) => format!("unknown_keys_dropped:{count}"),
            Self::Coerced(field) => format!("coerced:{field}"),
            Self::Missing(field) => format!("missing:{field}"),
            Self::TooMany(field) => format!("too_many:{field}"),
            Self::Cut(field) => format!("cut:{field}"),
            Self::Characters(field) => format!("characters:{field}"),
            Self::EvidenceDropped => "evidence_dropped".into(),
            Self::EvidenceMerged => "evidence_merged".into(),
            Self::Ungrounded => "ungrounded".into(),
            Self::QuoteNotInAlert => "quote_not_in_alert".into(),
            Self::UnknownIndicator(indicator) => format!("unknown_indicator:{indicator}"),
            Self::UrlNotInAlert => "url_not_in_alert".into(),
            Self::MitreDropped => "mitre_dropped".into(),
            Self::CommandInStep => "command_in_step".into(),
            Self::SuppressAdvice => "suppress_advice".into(),
            Self::PhoneNumber => "phone_number".into(),
            Self::CredentialRequest => "credential_request".into(),
            Self::ForgedLine => "forged_line".into(),
            Self::ExampleEcho => "example_echo".into(),
            Self::PromptEcho => "prompt_echo".into(),
            Self::Repetition => "repetition".into(),
            Self::UnknownPlaceholder(label) => format!("unknown_placeholder:{label}"),
            Self::SeverityAdjusted => "severity_adjusted".into(),
            Self::Raised(floor) => format!("raised_by_floor:{}", floor.code()),
        }
    }

    /// Returns what an analyst has to know of it; `None` for what only mends the form. Raised verdicts have a line of their own.
    pub(super) fn warning(&self) -> Option<Warning> {
        let text = match self {
            Self::Thought
            | Self::Wrapped
            | Self::CodeFence
            | Self::Prose
            | Self::Coerced(_)
            | Self::TooMany(_)
            | Self::Cut(_)
            | Self::EvidenceMerged
            | Self::Missing("next_steps")
            | Self::Raised(_) => return None,
            Self::UnknownKeys(count) => format!("{count} fields that nobody asked for were left out"),
            Self::Missing(field) => format!("the triager gave no usable {}", field.replace('_', " ")),
            Self::Characters(field) => format!(
                "markup or control characters were taken out of {}",
                field.replace('_', " ")
            ),
            Self::EvidenceDropped => "the triager cited a field that does not exist".into(),
            Self::Ungrounded => "the triager cited nothing that exists, so a person must look".into(),
            Self::QuoteNotInAlert => "a quotation is not in the alert and was taken out".into(),
            Self::UnknownIndicator(indicator) => {
                format!("the triager named {indicator}, which is not in the alert")
            }
            Self::UrlNotInAlert => "a link was taken out".into(),
            Self::MitreDropped => "a technique that does not exist was left out".into(),
            Self::CommandInStep => "a command was taken out of the steps".into(),
            Self::SuppressAdvice => "advice to close or hide the alert was taken out".into(),
            Self::PhoneNumber => "a telephone number was taken out".into(),
            Self::CredentialRequest => "a request for credentials was taken out".into(),
            Self::ForgedLine => "words that imitate this note were taken out".into(),
            Self::ExampleEcho => "a sentence copied from a worked example was taken out".into(),
            Self::PromptEcho => "a sentence copied from the instructions was taken out".into(),
            Self::Repetition => "a repetition was cut".into(),
            Self::UnknownPlaceholder(label) => format!("{label} stands for nothing in this alert"),
            Self::SeverityAdjusted => "the severity was fitted to the verdict".into(),
        };
        Some(Warning::new(self.code(), text))
    }
}

impl std::fmt::Display for Repair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.code())
    }
}

/// Says everything once, in the order in which it was found.
pub(super) fn dedup(repairs: &mut Vec<Repair>) {
    let mut seen: Vec<Repair> = Vec::with_capacity(repairs.len());
    repairs.retain(|repair| {
        let new = !seen.contains(repair);
        if new {
            seen.push(repair.clone());
        }
        new
    });
}
