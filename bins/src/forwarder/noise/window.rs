//! A fixed window from its first event, led by the IRIS alert in which its repeats are counted.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Subject, WindowId};

/// Name of the values that stand for what speaks to its reader.
const APPEAL: &str = "injection";

/// Values kept per name; more are not told apart, so that memory and the IRIS context stay bounded.
const MOST_VALUES: usize = 16;

/// Distinct values by name, such as users and sources.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Distinct(BTreeMap<String, BTreeSet<String>>);

impl Distinct {
    /// Takes values up; says whether one was new. A full set knows nothing new any more.
    pub fn take(&mut self, values: &[(String, String)]) -> bool {
        let mut new = false;
        for (name, value) in values {
            let set = self.0.entry(name.clone()).or_default();
            if set.len() < MOST_VALUES {
                new |= set.insert(value.clone());
            }
        }
        new
    }

    /// Whether a value would be new.
    fn has_news(&self, values: &[(String, String)]) -> bool {
        values.iter().any(|(name, value)| match self.0.get(name) {
            Some(set) => set.len() < MOST_VALUES && !set.contains(value),
            None => true,
        })
    }

    /// Names with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &BTreeSet<String>)> {
        self.0.iter().map(|(name, set)| (name.as_str(), set))
    }
}

/// An open window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Its row.
    pub id: WindowId,
    /// Time of its first event, in microseconds since 1970.
    pub opened_us: i64,
    /// How long it is open, in microseconds.
    pub length_us: i64,
    /// Highest level seen in it.
    pub max_level: u8,
    /// Distinct values seen in it.
    pub distinct: Distinct,
    /// Whether a success was seen in it.
    pub success: bool,
    /// Whether a success after failures went out although it was open.
    pub let_out: bool,
}

impl Window {
    /// The window that this alert opens.
    pub fn led_by(subject: &Subject<'_>, length: Duration) -> Self {
        let mut distinct = Distinct::default();
        distinct.take(&subject.distinct);
        Self {
            id: WindowId(0),
            opened_us: subject.paced_us,
            length_us: i64::try_from(length.as_micros()).unwrap_or(i64::MAX / 4),
            max_level: subject.level,
            distinct,
            success: subject.success,
            let_out: false,
        }
    }

    /// Whether an event of this time belongs into it. Events come a little out of order, so it reaches as far back as forward.
    pub fn holds(&self, time_us: i64) -> bool {
        time_us.saturating_sub(self.opened_us).saturating_abs() < self.length_us
    }

    /// Whether an event of this time belongs into it if it is a storm: also one from long before, for else times that jump to and fro
    /// would lead one storm after the other.
    pub fn covers(&self, time_us: i64) -> bool {
        time_us.saturating_sub(self.opened_us) < self.length_us
    }

    /// Whether an alert tells something that this window does not hold yet.
    pub fn news(&self, subject: &Subject<'_>) -> bool {
        self.is_worse(subject) || self.has_news(subject)
    }

    /// Whether an alert has a user, a source or the like that this window has not seen.
    pub fn has_news(&self, subject: &Subject<'_>) -> bool {
        self.distinct.has_news(&subject.distinct)
    }

    /// Whether something speaks to its reader that this window has not seen.
    pub fn is_appealed_anew(&self, appeal: Option<&str>) -> bool {
        appeal.is_some_and(|appeal| self.distinct.has_news(&[(APPEAL.to_owned(), appeal.to_owned())]))
    }

    /// Takes up what speaks to its reader.
    pub fn take_appeal(&mut self, appeal: Option<&str>) {
        if let Some(appeal) = appeal {
            self.distinct.take(&[(APPEAL.to_owned(), appeal.to_owned())]);
        }
    }

    /// Whether an alert is of an agent or from a source that this window, a storm, has not seen.
    pub fn is_elsewhere(&self, subject: &Subject<'_>) -> bool {
        self.distinct.has_news(&subject.place())
    }

    /// Whether an alert is worse than what this window holds: more severe, or a success after failures. In a storm every alert is new in
    /// some value, so values alone do not count there.
    pub fn is_worse(&self, subject: &Subject<'_>) -> bool {
        subject.level > self.max_level || (subject.success && !self.success)
    }

    /// Takes an alert's level, outcome and distinct values up.
    pub fn widen(&mut self, subject: &Subject<'_>) {
        self.max_level = self.max_level.max(subject.level);
        self.success |= subject.success;
        self.distinct.take(&subject.distinct);
    }

    /// Takes up what another window of the same alert has seen.
    pub fn absorb(&mut self, other: &Self) {
        self.max_level = self.max_level.max(other.max_level);
        self.success |= other.success;
        for (name, values) in &other.distinct.0 {
            for value in values {
                self.distinct.take(&[(name.clone(), value.clone())]);
            }
        }
    }
}
