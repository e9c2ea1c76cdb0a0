//! What a finding of Wazuh 5 tells of a call to a cloud.

use super::azure::{is_told_of_a_resource, is_told_to_azure};
use super::content::{Place, is_measured, is_of_a_finding, is_of_the_record, is_told_apart, plain};
use crate::fingerprint::varies::name_of;

/// Whether a field says what a call was told and how it ended, and not who made it, when, with what program, and where it was read from.
pub(super) fn is_told(path: &str, place: Place) -> bool {
    const OF_EVENT: [&str; 4] = ["event.code", "event.type", "event.reason", "event.outcome"];
    // The others say who called, from where, and how it was recorded.
    const ASKED: [&str; 22] = [
        "aws",
        "azure",
        "gcp",
        "o365",
        "office365",
        "github",
        "http",
        "url",
        "rule",
        "event",
        "error",
        "orchestrator",
        "message",
        "group",
        "user",
        "cloud",
        "process",
        "service",
        "policy",
        "container",
        "device",
        "threat",
    ];
    // What else is known of a machine changes: its addresses, how long it has run.
    const NAMED: [&str; 9] = [
        "source.domain",
        "host.name",
        "host.hostname",
        "host.id",
        "host.domain",
        "email.to",
        "email.to.address",
        "faas.name",
        "dns.response_code",
    ];
    // Both are told apart.
    const APART: [&str; 2] = ["cloud.region", "cloud.account.id"];
    // Of a process, of somebody and of an indicator.
    const VARIES: [&str; 8] = [
        ".thread.",
        ".risk.",
        ".env_vars",
        ".working_directory",
        ".sightings",
        ".ephemeral_id",
        ".pid",
        ".uptime",
    ];
    const SIGNED_IN: [&str; 2] = ["azure.signinlogs.", "azure.auditlogs."];
    let first = path.split('.').next().unwrap_or_default();
    let is_asked = ASKED.contains(&first) && !APART.contains(&path) && !VARIES.iter().any(|part| path.contains(part));
    let is_named = || NAMED.contains(&path) || path.starts_with("dns.question.");
    if !(is_asked || is_named()) || (first == "event" && !OF_EVENT.contains(&path)) {
        return false;
    }
    let is_told_apart = place == Place::Field && is_told_apart(path);
    let plain = plain(path);
    if is_told_apart || is_of_the_call(path, &plain) {
        return false;
    }
    if SIGNED_IN.iter().any(|start| path.starts_with(start)) {
        return is_told_to_azure(path);
    }
    if is_below_told(path) {
        return true;
    }
    let name = name_of(path);
    match first {
        "aws" if !path.starts_with("aws.cloudtrail.") => !is_of_a_finding(path) && !is_measured(name),
        "azure" => is_told_of_a_resource(path, place),
        "o365" | "office365" | "github" => !is_of_the_record(name) && !is_measured(name),
        _ => !is_measured(name),
    }
}

/// Whether a field is what a call was told, which each holds in one place, as it was told.
pub(super) fn is_below_told(path: &str) -> bool {
    const TOLD: [&str; 5] = [
        "requestparameters",
        "requestbody",
        "parameters",
        "modifiedproperties",
        "servicedata",
    ];
    path.starts_with("gcp.audit.request.") || plain(path).split('.').any(|name| TOLD.contains(&name))
}

/// Whether a field says with what and from where a call was made, what was answered, or where its record was kept.
fn is_of_the_call(path: &str, plain: &str) -> bool {
    const ASIDE: &str = "additionaleventdata";
    const BELOW: [&str; 9] = [
        "responseelements",
        "sessioncontext",
        "tlsdetails",
        "claims",
        "geo",
        "geolocation",
        "as",
        "useragent",
        "insightdetails",
    ];
    const KEPT: [&str; 8] = [
        "aws.s3.",
        "aws.cloudwatch.",
        "gcp.audit.response.",
        "gcp.audit.operation.",
        "http.request.id",
        "http.request.referrer",
        "client.session.",
        "source.session.",
    ];
    const NAMES: [&str; 8] = [
        "sec",
        "us",
        "sharedeventid",
        "numresponseitems",
        "eventversion",
        "loginto",
        "mobileversion",
        "referrer",
    ];
    let name = name_of(plain);
    // What else a service says of a call: how much was sent, by what cipher.
    let is_aside = || {
        name != ASIDE && !name.contains("mfa") && name != "credentialtype" && plain.split('.').any(|name| name == ASIDE)
    };
    KEPT.iter().any(|start| path.starts_with(start))
        || NAMES.contains(&name)
        || name.contains("useragent")
        || plain.split('.').any(|name| BELOW.contains(&name))
        || is_aside()
}
