//! What was measured.

use serde::Serialize;
use triage_core::TriageErrorKind;

use crate::card::ModelCard;
use crate::failure::CUT_OFF;
use crate::probe::advice::Advice;

/// What a probe found; every time is in seconds, every speed in tokens a second.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ProbeReport {
    /// Model as it was asked for.
    pub model: String,
    /// Version of the server, or what an OpenAI-compatible one calls itself.
    pub server: Option<String>,
    /// Digest of the model.
    pub digest: Option<String>,
    /// What the server says about the model.
    pub card: Option<ModelCard>,
    /// Context that was asked for, where it can be asked for.
    pub context_asked: Option<u32>,
    /// Context that the server really gives.
    pub context_given: Option<u64>,
    /// Loading the model, with reading the constant part of the prompt; short when it was loaded already.
    pub warm_up_seconds: Option<f64>,
    /// Reading a prompt that nobody has sent before, in tokens a second; by the wait for the first token, where the server does not tell.
    pub cold_prompt_speed: Option<f64>,
    /// Reading that prompt.
    pub cold_prompt_seconds: Option<f64>,
    /// Reading the same prompt with another end.
    pub warm_prompt_seconds: Option<f64>,
    /// How many times faster the second one was; a server that keeps what it has read makes this large.
    pub prefix_reuse: Option<f64>,
    /// Writing an answer, in tokens a second.
    pub generation_speed: Option<f64>,
    /// What the server does with a schema.
    pub schema: Option<SchemaUse>,
    /// What became of each canned question.
    pub cases: Vec<CaseReport>,
    /// What to set.
    pub advice: Option<Advice>,
    /// Why not to use this model here; empty when it may be used.
    pub refusals: Vec<String>,
    /// What to know all the same.
    pub remarks: Vec<String>,
}

impl ProbeReport {
    /// Says whether the model may be used.
    pub fn is_usable(&self) -> bool {
        self.refusals.is_empty()
    }
}

/// What a server does with a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SchemaUse {
    /// The answer has the form, in the order that was sent.
    Honoured,
    /// The answer has the form, in alphabetical order.
    Sorted,
    /// The answer does not have the form: only the prompt asks for it.
    Ignored,
}

/// What became of one question.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CaseReport {
    /// Name of the question.
    pub name: String,
    /// The whole call.
    pub seconds: f64,
    /// Tokens of the prompt.
    pub prompt_tokens: Option<u64>,
    /// Tokens of the answer.
    pub output_tokens: Option<u64>,
    /// Verdict of the answer.
    pub verdict: Option<String>,
    /// Whether hardly any analyst would say that; only of questions that leave no doubt.
    pub odd: bool,
    /// Why no answer came, or why it is no use; `None` when all went well.
    pub failure: Option<String>,
    /// Kind of the failure, when the call failed.
    #[serde(serialize_with = "kind_as_text")]
    pub kind: Option<TriageErrorKind>,
}

impl CaseReport {
    /// Says whether no answer came in time.
    pub(crate) fn is_late(&self) -> bool {
        self.kind == Some(TriageErrorKind::Timeout)
    }

    /// Says whether the answer did not fit into what it may have.
    pub(crate) fn is_cut_off(&self) -> bool {
        self.failure.as_deref() == Some(CUT_OFF)
    }
}

#[expect(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn kind_as_text<S: serde::Serializer>(kind: &Option<TriageErrorKind>, out: S) -> Result<S::Ok, S::Error> {
    match kind {
        Some(kind) => out.collect_str(&format_args!("{kind:?}")),
        None => out.serialize_none(),
    }
}
