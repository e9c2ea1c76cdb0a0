//! What a record of Azure or Graph tells.

use crate::fingerprint::varies::name_of;

/// Whether a field of a record of Azure or Graph holds what the call was told, how somebody signed in, or what a finding rests on.
pub(super) fn is_told_to_azure(path: &str) -> bool {
    const BELOW: [&str; 7] = [
        "targetresources",
        "modifiedproperties",
        "requestbody",
        "resources",
        "additionaldetails",
        "devicedetail",
        "evidence",
    ];
    const NAMES: [&str; 13] = [
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
    ];
    let plain = |name: &str| {
        let mut name = name.to_ascii_lowercase();
        name.retain(|c| c != '_');
        name
    };
    let name = plain(name_of(path));
    // Of a day.
    let is_of_browser = || name == "browser";
    NAMES.contains(&name.as_str())
        || name.starts_with("risklevel")
        || (path.split('.').any(|name| BELOW.contains(&plain(name).as_str())) && !is_of_browser())
}
