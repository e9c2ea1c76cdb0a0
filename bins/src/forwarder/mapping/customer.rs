//! Whose alert it is, where one Wazuh watches several customers.

use std::net::IpAddr;

use serde_json::Value;
use wazuh_model::Alert;

use crate::settings::CustomerRule;

/// The customer of the first rule that fits, if one does.
pub(crate) fn of(alert: &Alert, rules: &[CustomerRule]) -> Option<i64> {
    rules.iter().find(|rule| fits(alert, rule)).map(|rule| rule.id)
}

/// Whether everything that a rule names fits; a list fits when one of it does.
fn fits(alert: &Alert, rule: &CustomerRule) -> bool {
    let any = |wanted: &[String], there: &dyn Fn() -> Vec<String>| {
        wanted.is_empty() || {
            let there = there();
            there
                .iter()
                .any(|value| wanted.iter().any(|pattern| glob(pattern, value)))
        }
    };
    let agent = || alert.agent().and_then(|agent| agent.name.clone()).into_iter().collect();
    // Wazuh 4 writes no groups into an alert; a label may carry them.
    let groups = || {
        let places = [
            "wazuh.agent.groups",
            "agent.groups",
            "agent.group",
            "agent.labels.group",
            "agent.labels.groups",
        ];
        places.iter().flat_map(|path| texts(alert.get(path))).collect()
    };
    any(&rule.agent_name, &agent)
        && any(&rule.agent_group, &groups)
        && any(&rule.rule_group, &|| alert.rule().groups.clone())
        && rule.agent_label.iter().all(|(name, wanted)| {
            any(wanted, &|| {
                let places = [format!("agent.labels.{name}"), format!("wazuh.agent.labels.{name}")];
                places.iter().flat_map(|path| texts(alert.get(path))).collect()
            })
        })
        && (rule.network.is_empty() || {
            let own = alert.agent().and_then(|agent| agent.ip.clone());
            let all = own.into_iter().chain(texts(alert.get("wazuh.agent.host.ip")));
            let mut all = all.filter_map(|text| text.parse::<IpAddr>().ok());
            all.any(|address| rule.network.iter().any(|network| network.contains(&address)))
        })
}

/// The texts of a value: of a list each, of a text with commas each part.
fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(items)) => items.iter().flat_map(|item| texts(Some(item))).collect(),
        Some(Value::String(text)) => text.split(',').map(|part| part.trim().to_owned()).collect(),
        Some(Value::Number(number)) => vec![number.to_string()],
        _ => Vec::new(),
    }
}

/// Whether a text fits a pattern with `*` and `?`, without regard to case. Linear in each star.
fn glob(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || *wanted == text[from] => {
                at += 1;
                from += 1;
            }
            _ => {
                // The last star takes one character more.
                let Some((star_at, taken)) = star else { return false };
                star = Some((star_at, taken + 1));
                at = star_at + 1;
                from = taken + 1;
            }
        }
    }
    pattern[at..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Settings, Source};

    fn rules(toml: &str) -> Vec<CustomerRule> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("s.toml");
        std::fs::write(&file, toml).unwrap();
        let source = Source::read(Some(&file), &crate::settings::Environment::new()).unwrap();
        Settings::parse(&source).unwrap().forward.customers
    }

    #[test]
    fn the_first_rule_that_fits_in_everything_it_names_decides() {
        let rules = rules(
            r#"
            [[customer]]
            id = 2
            agent_name = ["acme-*", "web0?"]
            network = "10.20.0.0/16"
            [[customer]]
            id = 3
            agent_label = { customer = "globex" }
            [[customer]]
            id = 4
            agent_group = ["dmz"]
            [[customer]]
            id = 5
            rule_group = "vpn"
            "#,
        );
        for (alert, expected) in [
            (r#"{"agent":{"name":"ACME-7","ip":"10.20.1.1"},"rule":{}}"#, Some(2)),
            (r#"{"agent":{"name":"web01","ip":"10.20.1.1"},"rule":{}}"#, Some(2)),
            (r#"{"agent":{"name":"acme-7","ip":"10.21.1.1"},"rule":{}}"#, None),
            (r#"{"agent":{"name":"web011","ip":"10.20.1.1"},"rule":{}}"#, None),
            (
                r#"{"agent":{"name":"x","labels":{"customer":"Globex"}},"rule":{"groups":["vpn"]}}"#,
                Some(3),
            ),
            (
                r#"{"agent":{"name":"x","labels":{"group":"default,dmz"}},"rule":{}}"#,
                Some(4),
            ),
            (
                r#"{"wazuh":{"agent":{"name":"x","groups":["dmz"]},"rule":{}}}"#,
                Some(4),
            ),
            (r#"{"agent":{"name":"x"},"rule":{"groups":["syslog","vpn"]}}"#, Some(5)),
            (r#"{"rule":{}}"#, None),
        ] {
            assert_eq!(
                of(&Alert::from_slice(alert.as_bytes()).unwrap(), &rules),
                expected,
                "{alert}"
            );
        }
    }

    #[test]
    fn stars_match_as_people_expect_and_hostile_patterns_cost_little() {
        assert!(glob("*", "") && glob("a*b*c", "aXbYc") && glob("a?c", "ABC") && glob("**x", "x"));
        assert!(!glob("a*", "ba") && !glob("", "a") && !glob("a?", "a"));
        // Many stars over a long text: only the last one is ever taken back.
        assert!(!glob(&("a*".repeat(200) + "b"), &"a".repeat(5000)));
    }
}
