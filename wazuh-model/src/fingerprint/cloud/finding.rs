//! What a finding of Wazuh 5 tells of a call to a cloud.

use super::azure::{is_told_of_a_resource, is_told_to_azure};
use super::content::{Place, is_measured, is_of_a_finding, is_of_the_record, plain};
use crate::fingerprint::subject::is_told_as_news;
use crate::fingerprint::varies::name_of;
use crate::role::role;

/// Whether a field says what a call was told and how it ended, and not who made it, when, with what program, and where it was read from.
pub(super) fn is_told(path: &str, place: Place) -> bool {
    const OF_EVENT: [&str; 4] = ["event.code", "event.type", "event.reason", "event.outcome"];
    // The others say who called, from where, and how it was recorded.
    const ASKED: [&str; 13] = [
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
    ];
    const SIGNED_IN: [&str; 2] = ["azure.signinlogs.", "azure.auditlogs."];
    let first = path.split('.').next().unwrap_or_default();
    let is_of_a_name = || path.starts_with("dns.question.") || path == "dns.response_code";
    if !(ASKED.contains(&first) || is_of_a_name()) || (first == "event" && !OF_EVENT.contains(&path)) {
        return false;
    }
    let is_told_apart = place == Place::Field && role(path).is_some_and(is_told_as_news);
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
