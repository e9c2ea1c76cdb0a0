//! What is known about one alert, as numbered facts.
//!
//! ```text
//! AlertFields ─select→ what helps a decision, in that order ─derive→ what our program can say ─flags→ what speaks to the reader
//! ```

mod derive;
mod select;
mod title;
mod words;

use serde::{Deserialize, Serialize};

use crate::flags::{self, InjectionFlag};
use crate::redact::RedactionReport;

/// Most facts that one alert gives; what is beyond it matters least.
pub const MAX_FACTS: usize = 40;
/// Most leaves beyond them that the table of signals looks at.
const MAX_REST: usize = 300;

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

impl Serialize for FactId {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
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
    pub id: FactId,
    /// Dotted path in the alert, or a name of ours, `check.…`, for a derived one.
    pub path: String,
    /// Its text.
    pub value: String,
    /// Who says it.
    pub origin: Origin,
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
    /// The facts: the alert's first, then what our program derived from them. Numbers may have gaps.
    pub facts: Vec<Fact>,
    /// What in the alert addresses the reader instead of telling what happened.
    pub flags: Vec<InjectionFlag>,
    /// What found no room among the facts: nobody is shown it, but whoever fills an alert must not push out of sight what speaks
    /// against it.
    #[serde(skip)]
    pub(crate) rest: Vec<Fact>,
    /// Says that not even the table of signals saw all leaves.
    #[serde(skip)]
    pub(crate) unread: bool,
    /// The title without the values of fields that the rule repeats in it, in lower case.
    #[serde(skip)]
    pub(crate) own_title: String,
    /// Leaves of the alert, whether they became facts or not.
    #[serde(skip)]
    pub(crate) leaves: usize,
    /// What the redactor did; empty before.
    #[serde(skip)]
    pub(crate) report: RedactionReport,
}

impl Evidence {
    /// Chooses what helps a decision, orders it by that value, numbers it, and adds what our own program can tell.
    ///
    /// Values are whole here: they are cut by the redactor, after masking, because a half secret escapes every pattern.
    /// The rule's description (or the title) is always the first fact, so that there is something to cite.
    pub fn from_fields(alert: &AlertFields) -> Self {
        let mut chosen = select::choose(alert);
        let derived = derive::facts(alert, &chosen);
        let room = MAX_FACTS.saturating_sub(derived.len()).max(1);
        let shown = chosen.len().min(room) + derived.len();
        let mut rest = chosen.split_off(room.min(chosen.len()));
        let unread = rest.len() > MAX_REST;
        rest.truncate(MAX_REST);

        let numbered = |(n, (path, value, origin)): (usize, (String, String, Origin))| Fact {
            id: FactId(u16::try_from(n + 1).unwrap_or(u16::MAX)),
            path,
            value,
            origin,
        };
        let of_alert = |(path, value)| (path, value, Origin::Alert);
        let mut facts: Vec<Fact> = chosen
            .into_iter()
            .map(of_alert)
            .chain(derived.into_iter().map(|(path, value)| (path, value, Origin::Derived)))
            .chain(rest.into_iter().map(of_alert))
            .enumerate()
            .map(numbered)
            .collect();
        let rest = facts.split_off(shown);
        Self {
            flags: flags::of_alert(alert, &facts),
            title: alert.title.clone(),
            rule_id: alert.rule_id.clone(),
            level: alert.level,
            groups: alert.groups.iter().map(|group| group.trim().to_owned()).collect(),
            mitre: alert.mitre.clone(),
            facts,
            rest,
            unread,
            own_title: title::own_words(alert),
            leaves: alert.fields.len(),
            report: RedactionReport::default(),
        }
    }

    /// The fact with this number.
    pub fn fact(&self, id: FactId) -> Option<&Fact> {
        self.facts.iter().find(|fact| fact.id == id)
    }

    /// Says whether something in the alert tries to steer whoever reads it; weak signs alone do not count.
    pub fn suspected_injection(&self) -> bool {
        self.flags.iter().any(|flag| flag.kind.is_strong())
    }
}

/// A path without the numbers of list items, as facts are named.
pub(crate) fn canonical(path: &str) -> String {
    select::without_indices(path)
}

#[cfg(test)]
mod tests;
