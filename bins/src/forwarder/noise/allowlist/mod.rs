//! Allowlist rules: what the owner of a network has said is expected here.
//!
//! A rule names who said so, why and until when, and can never touch an alert above its level. It must rest on at least one
//! condition about something that an attacker does not choose, such as the rule or the agent.

mod condition;
mod contents;
mod drive;
mod fields;
mod known;
mod lint;
mod matcher;
mod meant;
mod never;
mod path;
mod pattern;
mod probes;
mod reading;
mod roots;
mod rule;
mod shell;
mod slip;
mod spelling;
mod values;

#[cfg(test)]
mod tests;

use jiff::civil::Date;

use super::Subject;
use reading::Readings;
pub use rule::{Action, Rule};

/// A rule that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("allowlist rule `{rule}`: {problem}\nhint: {hint}")]
pub struct AllowlistError {
    at: usize,
    rule: String,
    problem: String,
    hint: &'static str,
}

impl AllowlistError {
    /// Which of the tables it is, counted from 0.
    pub fn at(&self) -> usize {
        self.at
    }
}

/// All rules, in the order of the file; the first that matches decides.
#[derive(Debug, Default)]
pub struct Allowlist {
    rules: Vec<Rule>,
}

impl Allowlist {
    /// Reads `[[allow]]` tables; one bad rule refuses them all, so that nobody believes in a rule that is not there.
    pub fn read(tables: &[toml::Table]) -> Result<Self, AllowlistError> {
        let rules: Vec<Rule> = tables
            .iter()
            .enumerate()
            .map(|(at, table)| Rule::read(at, table))
            .collect::<Result<_, _>>()?;
        let mut seen = std::collections::BTreeSet::new();
        if let Some((at, twice)) = rules.iter().enumerate().find(|(_, rule)| !seen.insert(rule.id())) {
            return Err(AllowlistError {
                at,
                rule: twice.id.clone(),
                problem: "this id stands twice".to_owned(),
                hint: "each rule is counted by its id; give it one of its own",
            });
        }
        Ok(Self { rules })
    }

    /// The rules.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rule that decides about this alert, if any.
    pub fn decides(&self, subject: &Subject<'_>) -> Option<&Rule> {
        self.first(subject, Readings::All, |rule| subject.level <= rule.max_level)
    }

    /// The rule that would decide about this alert were it not more severe than the rule may touch.
    pub fn would_decide(&self, subject: &Subject<'_>) -> Option<&Rule> {
        self.first(subject, Readings::All, |rule| subject.level > rule.max_level)
    }

    /// The rule that this alert fits as it is written; asked of one that no rule decides about, because it may be read in another way.
    pub fn fits_as_written(&self, subject: &Subject<'_>) -> Option<&Rule> {
        self.first(subject, Readings::AsWritten, |rule| subject.level <= rule.max_level)
    }

    /// The rule that decides about this alert, for who has not looked at it for anything else.
    pub(crate) fn decides_on(&self, alert: &wazuh_model::Alert, received_us: i64) -> Option<&Rule> {
        if self.rules.iter().all(|rule| rule.action == Action::Drop) {
            return None;
        }
        self.decides(&Subject::of(alert, received_us))
    }

    fn first(&self, subject: &Subject<'_>, readings: Readings, level: impl Fn(&Rule) -> bool) -> Option<&Rule> {
        if self.rules.is_empty() {
            return None;
        }
        let alert = subject.alert?;
        // Inactive after its day, whether that has passed for the event or for the one who looks at it.
        let day = day(subject.time_us.max(subject.received_us))?;
        let look = |path: &str| values::Values::at(alert, path);
        self.rules
            .iter()
            .find(|rule| level(rule) && day <= rule.expires && rule.condition.holds(&look, readings))
    }

    /// What somebody should look at, on this day: rules that have expired or soon will, fields that no decoder fills.
    pub fn warnings(&self, today: Date) -> Vec<String> {
        self.rules.iter().flat_map(|rule| rule.warnings(today)).collect()
    }
}

fn day(us: i64) -> Option<Date> {
    let time = jiff::Timestamp::from_microsecond(us).ok()?;
    Some(time.to_zoned(jiff::tz::TimeZone::UTC).date())
}
