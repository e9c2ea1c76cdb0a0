//! `[[customer]]` tables: whose alert it is, where one Wazuh watches several customers.

use std::collections::BTreeMap;

use ipnet::IpNet;

use super::{SettingsError, Source};

/// One rule. Everything that it names must fit; of a list, one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerRule {
    /// Customer in IRIS.
    pub id: i64,
    /// Names of agents, with `*` and `?`.
    pub agent_name: Vec<String>,
    /// Groups of the agent.
    pub agent_group: Vec<String>,
    /// Labels of the agent: name to values.
    pub agent_label: BTreeMap<String, Vec<String>>,
    /// Networks of the agent's own address.
    pub network: Vec<IpNet>,
    /// Groups of the rule.
    pub rule_group: Vec<String>,
}

pub(super) fn customers(source: &Source) -> Result<Vec<CustomerRule>, SettingsError> {
    let tables = source.tables("customer").iter().enumerate();
    tables
        .map(|(at, table)| {
            one(table).map_err(|problem| SettingsError::BadValue {
                name: "customer".to_owned(),
                value: format!("number {}", at + 1),
                wanted: "a usable rule",
                hint: problem,
            })
        })
        .collect()
}

fn one(table: &toml::Table) -> Result<CustomerRule, String> {
    let mut rule = CustomerRule::default();
    let mut names_nothing = true;
    for (key, value) in table {
        match key.as_str() {
            "id" => {
                rule.id = value
                    .as_integer()
                    .filter(|id| *id > 0)
                    .ok_or("`id` is the number of a customer in IRIS")?;
                continue;
            }
            // For people.
            "name" => continue,
            "agent_name" => rule.agent_name = list(key, value)?,
            "agent_group" => rule.agent_group = list(key, value)?,
            "rule_group" => rule.rule_group = list(key, value)?,
            "network" => {
                let network = |text: &String| {
                    let one = || text.parse::<std::net::IpAddr>().map(IpNet::from);
                    text.parse()
                        .or_else(|_| one())
                        .map_err(|_| format!("`{text}` is no network such as 10.20.0.0/16"))
                };
                rule.network = list(key, value)?.iter().map(network).collect::<Result<_, _>>()?;
            }
            "agent_label" => {
                let labels = value.as_table().filter(|labels| !labels.is_empty());
                let labels = labels.ok_or("write agent_label = { name = \"value\" }")?;
                let read = labels
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), list(name, value)?)));
                rule.agent_label = read.collect::<Result<_, String>>()?;
            }
            other => {
                return Err(format!(
                    "there is no `{other}`; write id, name, agent_name, agent_group, agent_label, network, rule_group"
                ));
            }
        }
        names_nothing = false;
    }
    if rule.id == 0 {
        return Err("write id = and the number of the customer in IRIS".to_owned());
    }
    if names_nothing {
        return Err("say which alerts it is for; iris.customer_id is for all others".to_owned());
    }
    Ok(rule)
}

/// One text, or a list of them; never nothing, which would fit everything.
fn list(key: &str, value: &toml::Value) -> Result<Vec<String>, String> {
    let texts: Option<Vec<String>> = match value {
        toml::Value::String(text) => Some(vec![text.clone()]),
        toml::Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => None,
    };
    texts
        .filter(|texts| !texts.is_empty() && texts.iter().all(|text| !text.trim().is_empty()))
        .ok_or_else(|| format!("`{key}` wants a text or a list of texts"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_would_fit_everything_or_nothing_is_refused_with_what_to_write() {
        for (toml, says) in [
            ("agent_name = 'x'", "id ="),
            ("id = 2", "which alerts"),
            ("id = 2\nname = 'x'", "which alerts"),
            ("id = 0\nagent_name = 'x'", "number of a customer"),
            ("id = 2\nagent_name = []", "agent_name"),
            ("id = 2\nagent_name = ''", "agent_name"),
            ("id = 2\nnetwork = '10.0.0.0/99'", "no network"),
            ("id = 2\nagent_label = 'x'", "agent_label"),
            ("id = 2\nagent = 'x'", "there is no `agent`"),
        ] {
            let error = one(&toml.parse().unwrap()).unwrap_err();
            assert!(error.contains(says), "{toml}: {error}");
        }
        assert!(one(&"id = 2\nnetwork = ['10.0.0.1', '2001:db8::/32']".parse().unwrap()).is_ok());
    }
}
