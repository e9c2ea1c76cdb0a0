//! What a record of Azure or Graph tells.

use super::content::{Place, is_measured, is_told_apart, plain};
use crate::fingerprint::varies::{ends_with, name_of};
use crate::{Alert, path};

/// Whether a record is of somebody who signed in, or called Entra or the management of Azure. Each resource logs in a form of its own.
pub(super) fn is_of_a_caller(alert: &Alert, below: &str) -> bool {
    const CATEGORIES: [&str; 4] = ["category", "Category", "CategoryValue", "category.value"];
    const OPERATIONS: [&str; 2] = ["operationName", "OperationName"];
    const CALLED: &str = "Administrative";
    const OF_ENTRA: [&str; 4] = [
        "targetResources",
        "TargetResources",
        "activityDisplayName",
        "initiatedBy",
    ];
    const OF_A_SIGN_IN: [&str; 4] = [
        "userPrincipalName",
        "UserPrincipalName",
        "properties.userPrincipalName",
        "properties.targetResources",
    ];
    // Others than Entra call what they log an audit, too.
    const AUDITS: [&str; 2] = ["AuditLogs", "Audit"];
    const IN_AN_AUDIT: [&str; 3] = [
        "properties.targetResources",
        "properties.initiatedBy",
        "properties.activityDisplayName",
    ];
    let Some(record) = alert.get(below) else { return true };
    let has = |path: &&str| path::get(record, path).is_some_and(|value| !value.is_null());
    let text = |path: &&str| path::text(record, path).filter(|text| !text.is_empty());
    if OF_ENTRA.iter().any(has) {
        return true;
    }
    let Some(category) = CATEGORIES.iter().find_map(text) else {
        let operation = OPERATIONS.iter().find_map(text);
        return operation.is_some_and(|name| name.starts_with("Sign-in")) || OF_A_SIGN_IN.iter().any(has);
    };
    let is_audit = || AUDITS.iter().any(|audit| category.eq_ignore_ascii_case(audit)) && IN_AN_AUDIT.iter().any(has);
    ends_with(&category, "SignInLogs") || category.eq_ignore_ascii_case(CALLED) || is_audit()
}

/// Whether a field is what the management was asked to do.
pub(super) fn is_of_the_request(path: &str) -> bool {
    const NAME: &str = "requestbody";
    let is_long_enough = |name: &&str| (NAME.len()..=NAME.len() + 1).contains(&name.len());
    path.split('.').filter(is_long_enough).any(|name| plain(name) == NAME)
}

/// Whether a field of what a resource logged says what happened, and not when, how long it took, by which of many machines it was written,
/// and with what program it was asked.
pub(super) fn is_told_of_a_resource(path: &str, place: Place) -> bool {
    // Whatever stands before them.
    const IDS: [&str; 5] = [
        "operationid",
        "eventdataid",
        "trackingid",
        "systemalertid",
        "vendororiginalid",
    ];
    const NAMES: [&str; 30] = [
        "trackingreference",
        "officeid",
        "itemid",
        "changeid",
        "cycleid",
        "containerid",
        "auditid",
        "resourceversion",
        "sequencegroupid",
        "sequencenumber",
        "connectionserialnumber",
        "noofconnectionrequests",
        "instanceid",
        "roleinstance",
        "pop",
        "tokenhash",
        "conditionsused",
        "cookie",
        "clientinfo",
        "referer",
        "referrer",
        "additionalinfo",
        "responsebody",
        "matchedconnections",
        "downloadrange",
        "affectedrows",
        "responserows",
        "requestcharge",
        "contentlengthheader",
        "alerturi",
    ];
    // What a token holds of itself; the rest is who called.
    const MADE_UP: [&str; 7] = ["uti", "iat", "nbf", "exp", "aio", "rh", "sid"];
    const CLAIMS: [&str; 3] = [".claims.", ".claimsd.", ".claim."];
    let plain = plain(path);
    let name = name_of(&plain);
    let is_of_the_token = || {
        let is_claim = CLAIMS.iter().any(|claims| plain.contains(claims));
        // A table may have a column for each: `C_Iat`.
        let column = || name_of(path).to_ascii_lowercase();
        (is_claim && MADE_UP.contains(&name)) || column().strip_prefix("c_").is_some_and(|name| MADE_UP.contains(&name))
    };
    let is_told_apart = || place == Place::Field && is_told_apart(path);
    !NAMES.contains(&name)
        && !IDS.iter().any(|id| name.ends_with(id))
        && !name.contains("useragent")
        && !name.ends_with("link")
        && !is_measured(name_of(path))
        && !is_of_the_token()
        && !plain.contains(".geocoordinates.")
        && !is_told_apart()
}

/// Whether a field of a record of Azure or Graph holds what the call was told, how somebody signed in, or what a finding rests on.
pub(super) fn is_told_to_azure(path: &str) -> bool {
    const BELOW: [&str; 14] = [
        "targetresources",
        "modifiedproperties",
        "requestbody",
        "resources",
        "additionaldetails",
        "devicedetail",
        "evidence",
        // Of findings in the form before evidence.
        "filestates",
        "hoststates",
        "userstates",
        "malwarestates",
        "registrykeystates",
        "networkconnections",
        "processes",
    ];
    const NAMES: [&str; 23] = [
        // What signs in may be no person.
        "appid",
        "serviceprincipalid",
        "serviceprincipalname",
        "serviceprincipalcredentialkeyid",
        "serviceprincipalcredentialthumbprint",
        "appdisplayname",
        "resourcedisplayname",
        "authenticationrequirement",
        "authenticationprotocol",
        "clientappused",
        "conditionalaccessstatus",
        "incomingtokentype",
        "crosstenantaccesstype",
        "risklevel",
        "riskstate",
        "riskdetail",
        "severity",
        "verdict",
        "detectorid",
        "threatdisplayname",
        "threatfamilyname",
        "actordisplayname",
        "mitretechniques",
    ];
    let name = plain(name_of(path));
    // Of a day.
    let is_of_browser = || name == "browser";
    NAMES.contains(&name.as_str())
        || name.starts_with("risklevel")
        || name.starts_with("riskeventtype")
        || (path.split('.').any(|name| BELOW.contains(&plain(name).as_str())) && !is_of_browser())
}
