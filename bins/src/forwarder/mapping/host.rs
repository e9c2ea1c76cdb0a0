//! The machine that an alert is of, where an agent or the manager brings what others wrote.

use std::borrow::Cow;
use std::net::IpAddr;

use serde_json::Value;
use wazuh_model::Alert;

/// Where the machine that wrote a line is named, the surest first.
const NAMES: [&str; 8] = [
    "data.win.system.computer",
    "data.devname",
    "data.dvchost",
    "data.device_name",
    "predecoder.hostname",
    "agentless.host",
    "host.hostname",
    "host.name",
];

/// Where the machine is named that a sensor is on whose records the manager fetches: `CrowdStrike`, `SentinelOne`, Defender for Endpoint.
const SENSORS: [&str; 6] = [
    "data.event.ComputerName",
    "data.crowdstrike.event.ComputerName",
    "data.sentinelone.agentRealtimeInfo.agentComputerName",
    "data.agentRealtimeInfo.agentComputerName",
    "data.properties.DeviceName",
    "data.DeviceName",
];

/// The machine that wrote what the alert tells, if that is not the agent: a device that logs to the manager, a machine whose events a
/// collector has.
pub(super) fn reporting(alert: &Alert) -> Option<String> {
    let agent = alert.agent();
    let own = [
        agent.and_then(|agent| agent.name.as_deref()),
        agent.and_then(|agent| agent.ip.as_deref()),
        // Its own log lines the manager reads as agent 000.
        alert
            .manager()
            .filter(|_| agent.is_none_or(wazuh_model::Agent::is_manager)),
    ];
    let is_other = |name: &str| {
        !name.is_empty()
            && !name.eq_ignore_ascii_case("localhost")
            && !own.iter().flatten().any(|own| is_same(own, name))
    };
    let named = named(alert);
    // `user@host` is how the agentless scripts name it.
    let named = named.as_deref().map(|name| name.rsplit('@').next().unwrap_or(name));
    // Where the manager listens itself, the location is the address of who sent the line.
    let sender = alert.location().filter(|place| place.parse::<IpAddr>().is_ok());
    let parts = [named, sender].into_iter().flatten();
    let others: Vec<&str> = parts.map(str::trim).filter(|name| is_other(name)).collect();
    (!others.is_empty()).then(|| others.join(" "))
}

/// The machine that the title names.
pub(super) fn titled(alert: &Alert) -> Option<String> {
    let agent = alert.agent();
    let name = agent.and_then(|agent| agent.name.clone());
    // The manager's name says nothing of a device that logs to it.
    if name.is_none() || agent.is_some_and(wazuh_model::Agent::is_manager) {
        return match (reporting(alert), name) {
            (Some(other), Some(name)) if is_anybodys(alert) => Some(format!("{name}: {other}")),
            (other, name) => other.or(name),
        };
    }
    name
}

/// Says whether whoever wrote a line may have named any machine in it: one in JSON, which has the fields that its writer likes, from a
/// file or a program.
fn is_anybodys(alert: &Alert) -> bool {
    let is_sent = alert.location().is_some_and(|place| place.parse::<IpAddr>().is_ok());
    alert.decoder() == Some("json") && !is_sent && named(alert).is_some()
}

/// What is named as the machine that wrote a line; of what the manager fetches itself, the machine that a sensor is on.
fn named(alert: &Alert) -> Option<Cow<'_, str>> {
    let named = NAMES.iter().find_map(|path| alert.text(path));
    let is_fetched = alert.agent().is_some_and(wazuh_model::Agent::is_manager);
    named.or_else(|| {
        is_fetched
            .then(|| {
                SENSORS
                    .iter()
                    .find_map(|path| alert.text(path))
                    .or_else(|| in_evidence(alert))
            })
            .flatten()
    })
}

/// The machine in the evidence of an alert that Microsoft's Graph has.
fn in_evidence(alert: &Alert) -> Option<Cow<'_, str>> {
    let Value::Array(evidence) = alert.get("data.ms-graph.evidence")? else {
        return None;
    };
    let named = |name: &str| {
        let mut texts = evidence.iter().filter_map(|one| one.get(name)?.as_str());
        texts.find(|text| !text.trim().is_empty())
    };
    named("deviceDnsName").or_else(|| named("hostName")).map(Cow::Borrowed)
}

/// Says whether two names are of one machine: with its domain or without, in whatever case. Of addresses every part counts.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    fn short(name: &str) -> &str {
        if name.parse::<IpAddr>().is_ok() {
            return name;
        }
        name.split('.').next().unwrap_or_default()
    }
    short(one).eq_ignore_ascii_case(short(other))
}
