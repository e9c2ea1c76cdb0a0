//! Names that products have for what nearly all others call otherwise. Folding does not go by them: it tells these fields apart as they
//! stand there.

use crate::role::{Kin, Part, Role, is_number};

/// Says what a product means by a field, wherever its record stands below `data`.
pub(super) fn role(path: &str) -> Option<Role> {
    let path = path.strip_prefix("data.")?;
    if path.starts_with("win.") {
        return None;
    }
    let mut names = path.rsplit('.').filter(|name| !is_number(name));
    let key = names.next()?;
    let parent = names.next().unwrap_or("");
    Some(match (parent, key) {
        // Okta, which has applications beside accounts there, and Google Workspace.
        ("actor", "alternateId" | "email")
        // Azure's activities in the tables of Log Analytics; Defender for Endpoint; SentinelOne.
        | (_, "Caller" | "InitiatingProcessAccountUpn" | "InitiatingProcessAccountName")
        | ("threatInfo", "processUser") => Role::User(Part::Acting),
        // Falco, whose names have dots in them.
        ("user", "name") if path == "output_fields.user.name" => Role::User(Part::Acting),
        ("proc", "name") if path == "output_fields.proc.name" => Role::Image(Kin::Own),
        ("properties", "InitiatingProcessFileName") => Role::Image(Kin::Own),
        // Okta, Defender for Endpoint, Palo Alto.
        ("target", "alternateId") | ("properties", "AccountName") | ("", "destination_user") => Role::User(Part::Target),
        // Defender for Endpoint, Palo Alto.
        (_, "RemoteUrl") | ("", "url_filename") => Role::Place,
        ("", "file_digest") => Role::Hash,
        _ => return None,
    })
}

/// Says whether such a field holds nothing of its kind: applications beside Okta's accounts, what programs call their caller, what Falco
/// does not know.
pub(crate) fn is_none(path: &str, text: &str) -> bool {
    match path.rsplit('.').next().unwrap_or(path) {
        "alternateId" | "Caller" => !text.contains('@'),
        _ => text == "<NA>" && path.starts_with("data.output_fields."),
    }
}

/// Says whether a field tells of the machine that a product's sensor is on, from within or as it looks from outside.
pub(super) fn is_of_the_machine(path: &str) -> bool {
    let mut names = path.rsplit('.');
    let (key, parent) = (names.next().unwrap_or(""), names.next().unwrap_or(""));
    match parent {
        "agentDetectionInfo" | "agentRealtimeInfo" => key == "externalIp" || key.starts_with("agentIp"),
        "event" => key == "LocalIP",
        _ => false,
    }
}
