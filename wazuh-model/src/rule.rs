//! The rule that made an alert.

use std::collections::HashSet;

use serde_json::Value;

use crate::path::child;
use crate::{json, text};

/// The rule that made an alert. In a 5.x finding its description is the rule's title and its groups are the rule's tags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule {
    /// Id: a number in 4.x, a UUID in 5.x.
    pub id: Option<String>,
    /// Level, 0 to 16. A 5.x keyword is given as [`Band::level`].
    pub level: Option<u8>,
    /// What the rule says happened. Holds text of the event itself, so an attacker may have written part of it.
    pub description: Option<String>,
    /// Groups, without the blanks that some rule files leave around them.
    pub groups: Vec<String>,
    /// ATT&CK mapping of the rule. The lists differ in length: do not zip them.
    pub mitre: Mitre,
    /// How often the rule has fired since the manager started.
    pub firedtimes: Option<u64>,
    /// How many events a correlation rule waited for; `None` in other rules.
    pub frequency: Option<u64>,
}

/// ATT&CK mapping of a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mitre {
    /// Technique ids, such as `T1059.003`.
    pub ids: Vec<String>,
    /// Names of tactics.
    pub tactics: Vec<String>,
    /// Names of techniques.
    pub techniques: Vec<String>,
}

/// Level of a 5.x rule, and Wazuh's own map of 4.x levels to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Band {
    /// Levels up to 3.
    Informational,
    /// Levels 4 to 6.
    Low,
    /// Levels 7 to 9.
    Medium,
    /// Levels 10 to 13.
    High,
    /// Levels 14 to 16.
    Critical,
}

impl Band {
    /// Names the band of a 4.x level.
    pub fn of(level: u8) -> Self {
        match level {
            0..=3 => Self::Informational,
            4..=6 => Self::Low,
            7..=9 => Self::Medium,
            10..=13 => Self::High,
            _ => Self::Critical,
        }
    }

    /// Reads Wazuh's keyword, in any case.
    pub fn from_keyword(keyword: &str) -> Option<Self> {
        let bands = [Self::Informational, Self::Low, Self::Medium, Self::High, Self::Critical];
        bands
            .into_iter()
            .find(|band| band.keyword().eq_ignore_ascii_case(keyword.trim()))
    }

    /// Gives Wazuh's keyword.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// Gives the 4.x level that stands for the band.
    ///
    /// Within each band it is the level that 4.x users already hang something on: 3 is the lowest that is alerted on by default,
    /// 12 is "high importance" and is mailed, 15 is "severe attack, no chance of a false positive".
    pub fn level(self) -> u8 {
        match self {
            Self::Informational => 3,
            Self::Low => 5,
            Self::Medium => 8,
            Self::High => 12,
            Self::Critical => 15,
        }
    }
}

impl Rule {
    /// Names the level's band, by Wazuh's own map.
    pub fn band(&self) -> Option<Band> {
        self.level.map(Band::of)
    }

    /// Says whether the rule is in a group.
    pub fn in_group(&self, group: &str) -> bool {
        self.groups.iter().any(|own| own == group)
    }

    pub(crate) fn read(rule: &Value) -> Self {
        let [mitre, groups] = ["mitre", "groups"].map(|key| child(rule, key));
        let [tactic, technique] = ["tactic", "technique"].map(|key| child(mitre, key));
        let subtechnique = child(mitre, "subtechnique");
        Self {
            id: owned(child(rule, "id")),
            level: level(child(rule, "level")),
            description: owned(child(rule, "description")).or_else(|| owned(child(rule, "title"))),
            groups: self::groups(if groups.is_null() { child(rule, "tags") } else { groups }),
            mitre: Mitre {
                ids: several(&[child(mitre, "id"), child(technique, "id"), child(subtechnique, "id")]),
                tactics: several(&[tactic, child(tactic, "name")]),
                techniques: several(&[technique, child(technique, "name"), child(subtechnique, "name")]),
            },
            firedtimes: count(child(rule, "firedtimes")),
            frequency: count(child(rule, "frequency")),
        }
    }
}

/// Compliance lists as (framework, requirements).
pub(crate) fn compliance(rule: &Value) -> Vec<(String, Vec<String>)> {
    const OWN: [&str; 2] = ["groups", "tags"];
    let holder = if rule["compliance"].is_object() {
        &rule["compliance"]
    } else {
        rule
    };
    let Some(object) = holder.as_object() else {
        return Vec::new();
    };
    let lists = object
        .iter()
        .filter(|(key, value)| value.is_array() && !OWN.contains(&key.as_str()));
    lists.map(|(key, value)| (key.clone(), several(&[value]))).collect()
}

/// Reads a string or a number as text; blanks and empty text are nothing.
pub(crate) fn owned(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(json::number(number)),
        _ => None,
    }
}

/// So many are compared one by one.
const FEW: usize = 16;

/// Reads a list of scalars, or one scalar, from each of several places; without repeats.
fn several(places: &[&Value]) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    let mut seen = HashSet::new();
    let mut add = |value: &Value| {
        let Some(text) = owned(value) else { return };
        // Most lists hold a handful: to compare is faster than to hash then.
        if texts.len() < FEW {
            if texts.contains(&text) {
                return;
            }
        } else {
            if seen.is_empty() {
                seen.extend(texts.iter().cloned());
            }
            if !seen.insert(text.clone()) {
                return;
            }
        }
        texts.push(text);
    };
    for place in places {
        match place {
            Value::Array(elements) => elements.iter().for_each(&mut add),
            one => add(one),
        }
    }
    texts
}

fn groups(value: &Value) -> Vec<String> {
    // Rule files separate groups by commas; hand-made alerts keep them in one string.
    let mut groups: Vec<String> = match value {
        Value::String(list) => list.split(',').map(str::to_owned).collect(),
        other => several(&[other]),
    };
    for group in &mut groups {
        let trimmed = group.trim();
        if trimmed.len() < group.len() {
            *group = trimmed.to_owned();
        }
    }
    groups.retain(|group| !group.is_empty());
    groups
}

fn level(value: &Value) -> Option<u8> {
    let text = text::of(value)?;
    let text = text.trim();
    if let Some(band) = Band::from_keyword(text) {
        return Some(band.level());
    }
    let level: f64 = text.parse().ok()?;
    // Levels end at 16; a larger number is somebody's mistake that must not hide the alert.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "bounded just before"
    )]
    (level >= 0.0).then(|| level.min(255.0) as u8)
}

fn count(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_4x_rule_is_read_with_its_odd_types() {
        let value = json!({
            "id": 5710, "level": "5", "description": "x", "firedtimes": "7", "frequency": 8,
            "groups": ["syslog", "\n      authentication_failed", " "],
            "mitre": {"id": ["T1110", "T1021.004"], "tactic": ["Credential Access"], "technique": "Brute Force"},
            "pci_dss": ["10.2.4"], "iso_27001-2013": ["A.1"]
        });
        let rule = Rule::read(&value);
        assert_eq!((rule.id.as_deref(), rule.level), (Some("5710"), Some(5)));
        assert_eq!((rule.firedtimes, rule.frequency), (Some(7), Some(8)));
        assert_eq!(rule.groups, ["syslog", "authentication_failed"]);
        assert_eq!(rule.mitre.ids, ["T1110", "T1021.004"]);
        assert_eq!(rule.mitre.techniques, ["Brute Force"]);
        assert_eq!(
            compliance(&value)[1],
            ("iso_27001-2013".to_owned(), vec!["A.1".to_owned()])
        );
        assert!(rule.in_group("authentication_failed") && !rule.in_group("authentication"));
    }

    #[test]
    fn a_5x_rule_gives_the_same_view() {
        let value = json!({
            "id": "c06abe18-8ffe-484f-861f-522f1ef89699", "level": "high", "title": "t", "tags": ["attack.t1070.004"],
            "compliance": {"pci_dss": ["6.2"]},
            "mitre": {"tactic": {"id": ["TA0005"], "name": ["Stealth"]}, "technique": {"id": ["T1070"], "name": ["Indicator Removal"]},
                      "subtechnique": {"id": ["T1070.004"], "name": ["File Deletion"]}}
        });
        let rule = Rule::read(&value);
        assert_eq!(
            (rule.description.as_deref(), rule.level, rule.band()),
            (Some("t"), Some(12), Some(Band::High))
        );
        assert_eq!(rule.mitre.ids, ["T1070", "T1070.004"]);
        assert_eq!(
            (rule.mitre.tactics, rule.mitre.techniques.len()),
            (vec!["Stealth".to_owned()], 2)
        );
        assert_eq!(compliance(&value), [("pci_dss".to_owned(), vec!["6.2".to_owned()])]);
    }

    #[test]
    fn every_keyword_maps_into_wazuhs_own_band() {
        for (keyword, levels) in [
            ("informational", 1..=3),
            ("low", 4..=6),
            ("Medium", 7..=9),
            ("HIGH", 10..=13),
            ("critical", 14..=16),
        ] {
            let band = Band::from_keyword(keyword).unwrap();
            assert!(levels.contains(&band.level()));
            assert!(levels.clone().all(|level| Band::of(level) == band), "{keyword}");
        }
        assert_eq!(Band::from_keyword("severe"), None);
    }

    #[test]
    fn levels_that_are_no_levels_are_none_or_bounded() {
        for (value, expected) in [
            (json!(300), Some(255)),
            (json!(-1), None),
            (json!(12.0), Some(12)),
            (json!("twelve"), None),
            (json!({"a": 1}), None),
        ] {
            assert_eq!(level(&value), expected);
        }
    }
}
