//! What firewalls, scanners and clouds call in their own way.

use std::borrow::Cow;

use wazuh_model::Alert;

/// What a program on a machine calls the threat that it found there, with the places where it stands.
const ON_MACHINES: [&str; 7] = [
    // Microsoft's virus scanner.
    "data.win.eventdata.threat Name",
    // SentinelOne.
    "data.sentinelone.threatInfo.threatName",
    "data.threatInfo.threatName",
    // CrowdStrike.
    "data.crowdstrike.event.DetectName",
    "data.event.DetectName",
    // What the script for YARA in Wazuh's own documents writes.
    "data.yara_rule",
    "data.YARA.rule_name",
];

/// Gives the name of a threat.
pub(super) fn threat(alert: &Alert) -> Option<Cow<'_, str>> {
    let on_a_machine = || ON_MACHINES.iter().find_map(|path| named(alert, path));
    threat_on_the_way(alert).or_else(on_a_machine)
}

/// The same, where a firewall saw it between two machines.
pub(super) fn threat_on_the_way(alert: &Alert) -> Option<Cow<'_, str>> {
    // Check Point, Sophos.
    let of_others = || {
        let paths = ["data.protection_name", "data.threatname"];
        paths.iter().find_map(|path| named(alert, path))
    };
    let of_fortigate = || {
        alert.text("data.devname").or_else(|| alert.text("data.devid"))?;
        named(alert, "data.attack").or_else(|| named(alert, "data.virus"))
    };
    // `Log4j(91991)`; it has `(9999)` where it filters URLs, and others put numbers of their own there.
    let of_palo_alto = || {
        let threat = named(alert, "data.threat_id")?;
        let number = threat.strip_suffix(')')?.rsplit_once('(')?.1;
        number.bytes().all(|byte| byte.is_ascii_digit()).then_some(threat)
    };
    of_others().or_else(of_fortigate).or_else(of_palo_alto)
}

fn named<'a>(alert: &'a Alert, path: &str) -> Option<Cow<'a, str>> {
    alert.text(path).filter(|text| is_name(text))
}

/// Whether a text is a name, and not a yes, a no or a number.
fn is_name(text: &str) -> bool {
    const NO_NAMES: [&str; 17] = [
        "clean",
        "detected",
        "disabled",
        "enabled",
        "false",
        "n",
        "n/a",
        "no",
        "none",
        "not found",
        "null",
        "off",
        "on",
        "passed",
        "true",
        "unknown",
        "yes",
    ];
    let text = text.trim();
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let is_number = is_hex && text.bytes().any(|byte| byte.is_ascii_digit());
    text.contains(char::is_alphabetic) && !is_number && !NO_NAMES.iter().any(|no| no.eq_ignore_ascii_case(text))
}

/// What an interface was asked that has the call in several fields, or in one that others use, too.
pub(super) fn call(alert: &Alert) -> Option<Cow<'_, str>> {
    call_of_kubernetes(alert)
        .map(Cow::Owned)
        .or_else(|| call_of_azure(alert))
}

/// An activity in the tables of Azure's Log Analytics.
fn call_of_azure(alert: &Alert) -> Option<Cow<'_, str>> {
    alert.text("data.Caller")?;
    alert
        .text("data.OperationName")
        .or_else(|| alert.text("data.OperationNameValue"))
}

/// What Kubernetes was asked, as its audit log has it: `create pods/exec prod/web-1`.
fn call_of_kubernetes(alert: &Alert) -> Option<String> {
    let text = |name: &str| alert.text(&format!("data.{name}")).filter(|text| !text.is_empty());
    text("auditID")?;
    let mut call = format!("{} {}", text("verb")?, text("objectRef.resource")?);
    if let Some(part) = text("objectRef.subresource") {
        call.extend(["/", &part]);
    }
    if let Some(name) = text("objectRef.name") {
        let space = text("objectRef.namespace").map(|space| format!("{space}/"));
        call.extend([" ", space.as_deref().unwrap_or_default(), &name]);
    }
    Some(call)
}
