//! The words of a judgement.

use serde::{Deserialize, Serialize};

use crate::{
    FactId,
    floors::Floor,
    safe::{defang, note_safe},
};

/// What an alert is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// The rule fired on something that is not what it looks for.
    FalsePositive,
    /// The rule is right, and what happened is legitimate.
    BenignPositive,
    /// The alert alone does not tell.
    NeedsInvestigation,
    /// An attack.
    TruePositive,
}

/// How sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Confidence {
    Low,
    Medium,
    High,
}

/// How bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Severity {
    Informational,
    Low,
    Medium,
    High,
    Critical,
}

impl Disposition {
    /// All of them, the most hostile first.
    pub const ALL: [Self; 4] = [
        Self::TruePositive,
        Self::NeedsInvestigation,
        Self::BenignPositive,
        Self::FalsePositive,
    ];

    /// Returns the word that the schema uses, such as `true_positive`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FalsePositive => "false_positive",
            Self::BenignPositive => "benign_positive",
            Self::NeedsInvestigation => "needs_investigation",
            Self::TruePositive => "true_positive",
        }
    }

    /// Returns whether an analyst who believes this would close the alert.
    pub fn is_benign(self) -> bool {
        matches!(self, Self::FalsePositive | Self::BenignPositive)
    }
}

impl Confidence {
    /// Returns the word that the schema uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl Severity {
    /// Returns the word that the schema uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl std::fmt::Display for Disposition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.as_str().replace('_', " "))
    }
}

impl std::fmt::Display for Confidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A fact that a verdict rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cited {
    /// Number of the fact.
    #[serde(serialize_with = "id_as_text")]
    pub fact: FactId,
    /// Its path.
    pub path: String,
    /// Its value as the evidence holds it, names restored. Written by whoever caused the alert: make it safe before showing it.
    pub value: String,
    /// What it shows, in the triager's checked words; may be empty.
    pub shows: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn id_as_text<S: serde::Serializer>(id: &FactId, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(id)
}

/// Who named a technique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GivenBy {
    /// The Wazuh rule.
    Rule,
    /// The triager.
    Model,
}

/// An ATT&CK technique that exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Technique {
    /// Its id, such as `T1059.001`.
    pub id: String,
    /// Its name in the table of this crate.
    pub name: &'static str,
    /// Who named it.
    pub given_by: GivenBy,
}

/// What a reader of the verdict has to know about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// Short name for programs, such as `mitre_dropped` or `unknown_indicator:192.0.2.77`.
    pub code: String,
    /// One line for people, safe for a note and defanged.
    pub text: String,
}

impl Warning {
    pub(crate) fn new(code: impl Into<String>, text: impl AsRef<str>) -> Self {
        Self {
            code: code.into(),
            text: defang(&note_safe(text.as_ref())),
        }
    }
}

/// A judgement that was checked against the evidence. Only [`crate::ground`] makes one; it is advice, never an action.
///
/// Every text in it is one line, safe for a note, and defanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub(crate) disposition: Disposition,
    pub(crate) said: Disposition,
    pub(crate) confidence: Confidence,
    pub(crate) severity: Severity,
    pub(crate) summary: String,
    pub(crate) if_benign: String,
    pub(crate) if_malicious: String,
    pub(crate) evidence: Vec<Cited>,
    pub(crate) mitre: Vec<Technique>,
    pub(crate) next_steps: Vec<String>,
    pub(crate) questions: Vec<String>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) floors: Vec<Floor>,
}

impl Verdict {
    /// Returns what the alert is.
    pub fn disposition(&self) -> Disposition {
        self.disposition
    }

    /// Returns what the triager said, before grounding and floors.
    pub fn said(&self) -> Disposition {
        self.said
    }

    /// Returns how sure the triager is.
    pub fn confidence(&self) -> Confidence {
        self.confidence
    }

    /// Returns how bad it is. Advice: the severity of the IRIS alert is never touched.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// Returns what happened, in one or two sentences.
    pub fn summary(&self) -> &str {
        &self.summary
    }

    /// Returns the best harmless explanation; may be empty.
    pub fn if_benign(&self) -> &str {
        &self.if_benign
    }

    /// Returns the best hostile explanation; may be empty.
    pub fn if_malicious(&self) -> &str {
        &self.if_malicious
    }

    /// Returns the facts that it rests on; empty when nothing the triager cited exists.
    pub fn evidence(&self) -> &[Cited] {
        &self.evidence
    }

    /// Returns the techniques, at most three.
    pub fn mitre(&self) -> &[Technique] {
        &self.mitre
    }

    /// Returns what to check next, one to four lines.
    pub fn next_steps(&self) -> &[String] {
        &self.next_steps
    }

    /// Returns what nobody but a person can answer, at most three lines.
    pub fn questions(&self) -> &[String] {
        &self.questions
    }

    /// Returns what a reader has to know about this verdict.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Returns what raised it above what the triager said.
    pub fn floors(&self) -> &[Floor] {
        &self.floors
    }
}
