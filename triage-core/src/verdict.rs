//! The words of a judgement.

use serde::{Deserialize, Serialize};

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
