//! What is known about one alert, as numbered facts.

use serde::{Deserialize, Serialize};

/// What the world outside this crate says about one alert: the input of [`Evidence::from_fields`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertFields {
    /// Rule description, or the alert's title where there is no rule.
    pub title: String,
    /// Rule id.
    pub rule_id: Option<String>,
    /// Rule level, 0 to 16.
    pub level: Option<u8>,
    /// Rule groups.
    pub groups: Vec<String>,
    /// ATT&CK technique ids that the rule gives.
    pub mitre: Vec<String>,
    /// Dotted path and text of every leaf of the alert, in the alert's order.
    pub fields: Vec<(String, String)>,
}

/// Number of a fact, as a model cites it: `F01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactId(pub u16);

impl std::fmt::Display for FactId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "F{:02}", self.0)
    }
}

/// Who says a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The alert: written by an attacker, possibly.
    Alert,
    /// Our own program, derived from the alert.
    Derived,
}

/// One thing that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// Its number.
    #[serde(serialize_with = "id_as_text")]
    pub id: FactId,
    /// Dotted path in the alert, or a name of ours for a derived one.
    pub path: String,
    /// Its text.
    pub value: String,
    /// Who says it.
    pub origin: Origin,
}

fn id_as_text<S: serde::Serializer>(id: &FactId, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(id)
}

/// What is known about one alert: numbered facts in the order of their value for a decision.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// Rule description or title.
    pub title: String,
    /// Rule id.
    pub rule_id: Option<String>,
    /// Rule level, 0 to 16.
    pub level: Option<u8>,
    /// Rule groups.
    pub groups: Vec<String>,
    /// ATT&CK technique ids that the rule gives.
    pub mitre: Vec<String>,
    /// The facts.
    pub facts: Vec<Fact>,
}
