//! What firewalls, scanners and clouds call in their own way.

use std::borrow::Cow;

use wazuh_model::Alert;

/// What a product calls the threat that it found, with the places where it stands.
const THREATS: [&str; 13] = [
    // Microsoft's virus scanner.
    "data.win.eventdata.threat Name",
    // Palo Alto.
    "data.threat_id",
    // FortiGate.
    "data.attack",
    "data.virus",
    // Check Point.
    "data.protection_name",
    "data.protection",
    // Sophos.
    "data.threatname",
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

/// Gives the name of a threat. Palo Alto has `(9999)` where it filters URLs, and a field may hold a yes or a no.
pub(super) fn threat(alert: &Alert) -> Option<Cow<'_, str>> {
    const NO_NAMES: [&str; 8] = ["true", "false", "yes", "no", "none", "n/a", "unknown", "null"];
    let is_name = |text: &Cow<'_, str>| {
        let text = text.trim();
        text.contains(|c: char| c.is_alphabetic()) && !NO_NAMES.iter().any(|no| no.eq_ignore_ascii_case(text))
    };
    THREATS.iter().find_map(|path| alert.text(path).filter(is_name))
}

/// What Kubernetes was asked, as its audit log has it: `create pods/exec prod/web-1`.
pub(super) fn call_of_kubernetes(alert: &Alert) -> Option<String> {
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
