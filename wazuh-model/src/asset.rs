//! What an alert happened on.

use crate::Alert;

/// A machine that an alert happened on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Asset {
    /// Name of the agent, or of the agentless host.
    pub name: String,
    /// Its address, as the manager knows it.
    pub ip: Option<String>,
    /// Its operating system.
    pub os: Option<Os>,
    /// Id of the agent; `None` for an agentless host.
    pub agent_id: Option<String>,
}

/// An operating system, as far as an alert shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Os {
    /// Windows.
    Windows,
    /// Linux, or a Unix that IRIS has no type for.
    Linux,
    /// macOS.
    MacOs,
}

pub(crate) fn assets(alert: &Alert) -> Vec<Asset> {
    let agent = alert.agent().filter(|agent| !agent.is_manager());
    let asset = match agent {
        Some(agent) => agent.name.clone().or_else(|| agent.id.clone()).map(|name| Asset {
            name,
            ip: agent.ip.clone(),
            os: os(alert),
            agent_id: agent.id.clone(),
        }),
        // With an agent there is no agentless host, and the manager's own alerts are about no asset.
        None => alert.text_of("agentless.host").map(|host| Asset {
            // `user@host` is how the agentless scripts name it.
            name: host.rsplit_once('@').map_or(host, |(_user, host)| host).to_owned(),
            ip: None,
            os: None,
            agent_id: None,
        }),
    };
    asset.into_iter().collect()
}

/// Guesses the system: 5.x says it, 4.x shows it in what the agent reports.
fn os(alert: &Alert) -> Option<Os> {
    let said = alert
        .agent()
        .and_then(|agent| agent.os.clone())
        .or_else(|| alert.text_of("wazuh.agent.host.os.type").map(str::to_owned));
    if let Some(said) = said {
        let said = said.to_lowercase();
        return Some(match () {
            () if said.contains("windows") => Os::Windows,
            () if said.contains("mac") || said.contains("darwin") => Os::MacOs,
            () => Os::Linux,
        });
    }
    if alert.get("data.win").is_some() || alert.location() == Some("EventChannel") {
        return Some(Os::Windows);
    }
    let path = alert.text_of("syscheck.path").or_else(|| alert.location())?;
    let bytes = path.as_bytes();
    let drive =
        bytes.len() > 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' && matches!(bytes[2], b'\\' | b'/');
    match path {
        _ if drive || path.starts_with("HKEY_") => Some(Os::Windows),
        "macos" => Some(Os::MacOs),
        _ if path.starts_with("/Library/") || path.starts_with("/Users/") || path.starts_with("/private/") => {
            Some(Os::MacOs)
        }
        "journald" => Some(Os::Linux),
        _ if path.starts_with('/') => Some(Os::Linux),
        _ => None,
    }
}
