//! The agent that an alert comes from.

use std::borrow::Cow;
use std::collections::HashSet;
use std::net::IpAddr;

use serde_json::Value;

use crate::path::child;
use crate::rule::owned;
use crate::{Alert, Generation, address, text};

/// The agent that an alert comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Agent {
    /// Id of three digits or more; `000` is a 4.x manager itself.
    pub id: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Address, IPv4 or IPv6, as the manager knows it. Absent for `000` and for agents registered with `any`.
    pub ip: Option<String>,
    /// Operating system, such as `Microsoft Windows 11 Pro`; 5.x only.
    pub os: Option<String>,
    /// Version of the agent; 5.x only.
    pub version: Option<String>,
    /// Agent groups; 5.x only.
    pub groups: Vec<String>,
}

impl Agent {
    /// Says whether this is the manager itself (agent `000`).
    pub fn is_manager(&self) -> bool {
        self.id.as_deref() == Some("000")
    }

    pub(crate) fn read(agent: &Value) -> Option<Self> {
        if agent.as_object().is_none_or(serde_json::Map::is_empty) {
            return None;
        }
        let (host, ip) = (child(agent, "host"), child(agent, "ip"));
        let ip = if ip.is_null() { child(host, "ip") } else { ip };
        let first = |value: &Value| value.get(0).map_or_else(|| owned(value), owned);
        let os = child(host, "os");
        Some(Self {
            id: owned(child(agent, "id")),
            name: owned(child(agent, "name")).or_else(|| owned(child(host, "hostname"))),
            ip: first(ip).filter(|ip| ip != "any"),
            os: owned(child(os, "full")).or_else(|| owned(child(os, "name"))),
            version: owned(child(agent, "version")),
            groups: match child(agent, "groups") {
                Value::Array(groups) => groups.iter().filter_map(text::of).map(Into::into).collect(),
                _ => Vec::new(),
            },
        })
    }
}

/// Every address of the machine. The manager knows one; others stand in a list where the agent tells of them.
pub(crate) fn addresses(alert: &Alert) -> HashSet<IpAddr> {
    let known = alert.agent().and_then(|agent| agent.ip.as_deref()).map(Cow::Borrowed);
    let list = match alert.generation() {
        Generation::Four => alert.text("host.ip"),
        // `host.ip` is the event's own there, and says what its writer likes.
        Generation::Five => alert.text("wazuh.agent.host.ip"),
    };
    let texts = [known, list];
    let words = texts.iter().flatten().flat_map(|text| text.split([',', ' ']));
    words.filter_map(address::parse).map(|(ip, _)| ip).collect()
}

/// The name that Windows gives the machine where it names domains of accounts: without its own domain, and cut as NetBIOS cuts it.
pub(crate) fn windows_name(alert: &Alert) -> Option<&str> {
    const LONGEST: usize = 15;
    let agent = || alert.agent().and_then(|agent| agent.name.as_deref());
    // A collector brings what other machines wrote.
    let name = match alert.generation() {
        Generation::Four => alert.text_of("data.win.system.computer").or_else(agent),
        Generation::Five => alert.text_of("wazuh.agent.host.hostname").or_else(agent),
    };
    let short = name?.split('.').next().unwrap_or_default();
    (!short.is_empty()).then(|| text::cut(short, LONGEST))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_generations_give_the_same_agent() {
        let four = Agent::read(&json!({"id": "005", "name": "WS-1", "ip": "10.0.0.1"})).unwrap();
        let five = Agent::read(
            &json!({"id": "005", "name": "WS-1", "host": {"ip": ["10.0.0.1", "fe80::1"], "os": {"name": "Ubuntu"}}}),
        )
        .unwrap();
        assert_eq!((&four.id, &four.name, &four.ip), (&five.id, &five.name, &five.ip));
        assert_eq!(five.os.as_deref(), Some("Ubuntu"));
    }

    #[test]
    fn an_agent_without_contents_is_no_agent() {
        assert_eq!(Agent::read(&json!(null)), None);
        assert_eq!(Agent::read(&json!({})), None);
        assert!(
            Agent::read(&json!({"id": "000", "name": "mgr", "ip": "any"}))
                .is_some_and(|agent| agent.is_manager() && agent.ip.is_none())
        );
    }
}
