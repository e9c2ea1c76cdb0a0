//! What the redactor did to one alert.

use std::collections::BTreeMap;

use crate::evidence::FactId;
use crate::flags::InjectionFlag;

/// What the redactor did to one alert; names and numbers only, never text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RedactionReport {
    /// Secrets masked.
    pub masked: usize,
    /// Secrets masked, by what they were, such as `password` or `github`.
    pub by_kind: BTreeMap<String, usize>,
    /// Values that were shortened.
    pub cut: usize,
    /// Facts of the alert that are sent.
    pub sent: usize,
    /// Leaves that the alert had.
    pub leaves: usize,
    /// Encoded pieces that were replaced by what they say.
    pub decoded: usize,
    /// What in the alert addresses its reader.
    pub flags: Vec<InjectionFlag>,
    pub(crate) names: Pseudonyms,
}

/// The labels of one alert and what they stand for. Never leaves the process.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Pseudonyms {
    pub(crate) labels: BTreeMap<String, String>,
}

impl std::fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pseudonyms({})", self.labels.len())
    }
}

/// A detector that shares nothing with the rules found a secret in what they made: nothing may be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a secret of kind {kind} may be left in {}; nothing was sent", place(*fact))]
#[non_exhaustive]
pub struct ResidualSecret {
    /// What it looks like.
    pub kind: &'static str,
    /// The fact it stands in; `None` for the title.
    pub fact: Option<FactId>,
}

fn place(fact: Option<FactId>) -> String {
    fact.map_or_else(|| "the title".to_owned(), |id| format!("fact {id}"))
}

/// Settings that make no redactor.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RedactorError {
    /// A user's pattern is refused. Says which one and why.
    #[error("redaction pattern `{name}` {problem}")]
    Pattern {
        /// Its name.
        name: String,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// A size makes no sense. Says which one.
    #[error("redaction setting `{name}` {problem}")]
    Size {
        /// Its name.
        name: &'static str,
        /// What is wrong, and what to do.
        problem: &'static str,
    },
    /// The settings are not TOML of the expected form.
    #[error("redaction settings cannot be read")]
    Toml(#[from] toml::de::Error),
}
