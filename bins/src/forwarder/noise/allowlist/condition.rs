//! Conditions over the fields of an alert.

use super::fields::ANCHORS;
use super::matcher::Matcher;
use super::reading::Readings;
use super::values::Values;
use super::{probes, slip};

#[derive(Debug)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Field { path: String, matcher: Matcher },
}

impl Condition {
    pub(super) fn all(table: &toml::Table) -> Result<Self, String> {
        if table.is_empty() {
            return Err("an empty condition matches everything".to_owned());
        }
        let mut conditions = table
            .iter()
            .map(|(key, value)| Self::one(key, value))
            .collect::<Result<Vec<_>, _>>()?;
        // A long value is read only where everything else holds.
        conditions.sort_by_key(Self::cost);
        Ok(Self::All(conditions))
    }

    fn one(key: &str, value: &toml::Value) -> Result<Self, String> {
        let tables = || match value {
            toml::Value::Array(items) => items
                .iter()
                .map(|item| {
                    item.as_table()
                        .ok_or_else(|| format!("`{key}` wants a list of conditions"))
                        .and_then(Self::all)
                })
                .collect::<Result<Vec<_>, _>>(),
            _ => Err(format!("`{key}` wants a list of conditions")),
        };
        match key {
            "all" => match tables()? {
                none if none.is_empty() => Err("`all` of nothing matches everything".to_owned()),
                some => Ok(Self::All(some)),
            },
            "any" => match tables()? {
                none if none.is_empty() => Err("`any` of nothing never matches".to_owned()),
                some => Ok(Self::Any(some)),
            },
            "not" => match value {
                toml::Value::Table(table) => Ok(Self::Not(Box::new(Self::all(table)?))),
                _ => Err("`not` wants one condition; write not = { any = [{ … }, { … }] } for several".to_owned()),
            },
            path => {
                if let Some(instead) = slip::instead_of_key(path) {
                    return Err(instead);
                }
                let field = |matcher| Self::Field {
                    path: path.to_owned(),
                    matcher,
                };
                let tests = Matcher::read(path, value)?;
                Ok(Self::All(tests.into_iter().map(field).collect()))
            }
        }
    }

    /// How much it may take to tell whether it holds.
    fn cost(&self) -> usize {
        match self {
            Self::All(conditions) | Self::Any(conditions) => conditions.iter().map(Self::cost).max().unwrap_or(0),
            // In doubt a value is read in more ways.
            Self::Not(condition) => 4 + condition.cost(),
            Self::Field { path, .. } if ANCHORS.contains(&path.as_str()) => 0,
            Self::Field { matcher, .. } => match matcher {
                Matcher::Exact(_)
                | Matcher::Networks(_)
                | Matcher::Exists(_)
                | Matcher::Above(_)
                | Matcher::Below(_)
                | Matcher::Between(..) => 1,
                Matcher::Text { .. } => 2,
                Matcher::Path { .. } => 3,
            },
        }
    }

    /// Whether it holds. What may be read in two ways is for certain not what the rule names, nor what `not` leaves.
    pub(super) fn holds(&self, look: &impl Fn(&str) -> Values, readings: Readings) -> bool {
        match self {
            Self::All(conditions) => conditions.iter().all(|condition| condition.holds(look, readings)),
            Self::Any(conditions) => conditions.iter().any(|condition| condition.holds(look, readings)),
            Self::Not(condition) => !condition.holds(look, readings.negated()),
            Self::Field { path, matcher } => matcher.holds(&look(path), readings),
        }
    }

    /// Whether it can only hold when something holds that an attacker does not choose.
    pub(super) fn is_anchored(&self) -> bool {
        self.rests_on(&is_anchor) && self.tells_apart_together(probes::nearly_all_fit)
    }

    /// Whether what it rests on may well let most pass, all of it together.
    pub(super) fn is_wide(&self) -> bool {
        !self.tells_apart_together(probes::too_many_fit)
    }

    /// Whether conditions on one anchor that stand beside each other leave something out between them all.
    fn tells_apart_together(&self, too_much: TooMuch) -> bool {
        match self {
            Self::All(conditions) => {
                let mut anchored = conditions.iter().filter(|condition| condition.rests_on(&is_anchor));
                anchored.any(|condition| condition.tells_apart_together(too_much))
            }
            Self::Any(_) => !ANCHORS
                .iter()
                .any(|anchor| too_much(anchor, &|probe| self.lets_pass(anchor, probe))),
            Self::Not(_) | Self::Field { .. } => true,
        }
    }

    /// Whether a value of an anchor alone decides that it holds: all else that it asks may be as an attacker likes.
    fn lets_pass(&self, anchor: &str, value: &str) -> bool {
        match self {
            Self::All(conditions) => conditions.iter().all(|condition| condition.lets_pass(anchor, value)),
            Self::Any(conditions) => conditions.iter().any(|condition| condition.lets_pass(anchor, value)),
            Self::Not(_) => true,
            // Whoever lists names or networks has told them apart.
            Self::Field {
                matcher: Matcher::Exact(_) | Matcher::Networks(_),
                path,
            } => !ANCHORS.contains(&&**path),
            Self::Field { path, matcher } if path == anchor => matcher.holds(&Values::of(value), Readings::All),
            Self::Field { path, matcher } => !is_anchor(path, matcher),
        }
    }

    /// Conditions on what an attacker does not choose that let nearly everything pass, by field and matcher.
    pub(super) fn idle_anchors(&self) -> Vec<String> {
        if self.rests_on(&is_anchor) && !self.tells_apart_together(probes::nearly_all_fit) {
            return vec!["`any`, all of it together".to_owned()];
        }
        self.says()
            .iter()
            .filter(|said| ANCHORS.contains(&said.path) && !is_anchor(said.path, said.matcher))
            .map(|said| format!("`{}` ({})", said.path, said.matcher.name()))
            .collect()
    }

    /// Whether what it rests on is more than what most alerts have in common.
    pub(super) fn is_narrow(&self) -> bool {
        self.rests_on(&|path, matcher| is_anchor(path, matcher) && matcher.lets_pass_common(path).is_none())
    }

    fn rests_on(&self, counts: &impl Fn(&str, &Matcher) -> bool) -> bool {
        match self {
            Self::All(conditions) => conditions.iter().any(|condition| condition.rests_on(counts)),
            Self::Any(conditions) => conditions.iter().all(|condition| condition.rests_on(counts)),
            // "Not on that agent" still holds on every other.
            Self::Not(_) => false,
            Self::Field { path, matcher } => counts(path, matcher),
        }
    }

    /// The fields of a `not` that excludes only what all of them hold on, and does not say so by an `all`.
    pub(super) fn excluded_together(&self) -> Option<Vec<&str>> {
        match self {
            Self::Not(inner) => match &**inner {
                Self::All(conditions) if conditions.len() > 1 => {
                    Some(inner.says().into_iter().map(|said| said.path).collect())
                }
                other => other.excluded_together(),
            },
            Self::All(conditions) | Self::Any(conditions) => conditions.iter().find_map(Self::excluded_together),
            Self::Field { .. } => None,
        }
    }

    /// All that it says of fields.
    pub(super) fn says(&self) -> Vec<Said<'_>> {
        let mut said = Vec::new();
        self.gather(false, &mut said);
        said
    }

    fn gather<'a>(&'a self, excluded: bool, said: &mut Vec<Said<'a>>) {
        match self {
            Self::All(conditions) | Self::Any(conditions) => {
                for condition in conditions {
                    condition.gather(excluded, said);
                }
            }
            Self::Not(condition) => condition.gather(!excluded, said),
            Self::Field { path, matcher } => said.push(Said {
                path,
                matcher,
                excluded,
            }),
        }
    }
}

/// Tells whether too many values of an anchor fit.
type TooMuch = fn(&str, &dyn Fn(&str) -> bool) -> bool;

/// What a condition says of one field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said<'a> {
    pub(super) path: &'a str,
    pub(super) matcher: &'a Matcher,
    /// It stands in a `not`.
    pub(super) excluded: bool,
}

fn is_anchor(path: &str, matcher: &Matcher) -> bool {
    ANCHORS.contains(&path) && probes::tells_apart(path, matcher)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn what_costs_little_is_asked_first() {
        let table = r#"
            "data.url" = { glob = "/a/*" }
            "data.srcip" = { cidr = "10.0.0.0/8" }
            not = { "agent.name" = { glob = "web*" } }
            "full_log" = { regex = "x.*" }
            "rule.id" = "1"
        "#;
        let condition = Condition::all(&table.parse().unwrap()).unwrap();
        let asked = |values: &[(&str, &str)]| {
            let asked = RefCell::new(Vec::new());
            let look = |path: &str| {
                asked.borrow_mut().push(path.to_owned());
                let value = values.iter().find(|(at, _)| *at == path);
                value.map_or_else(Values::default, |(_, value)| Values::of(value))
            };
            assert!(!condition.holds(&look, Readings::All));
            asked.into_inner()
        };
        let most = [("rule.id", "1"), ("data.srcip", "10.1.2.3"), ("full_log", "xy")];
        assert_eq!(asked(&most), ["rule.id", "data.srcip", "full_log", "data.url"]);
        assert_eq!(asked(&[("rule.id", "2"), ("data.url", "/a/b")]), ["rule.id"]);
    }
}
