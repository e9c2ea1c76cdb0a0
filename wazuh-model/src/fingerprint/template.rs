//! Which fields make alerts of a family the same, and which are news.

use super::mask::{masked_line, same_command, same_path};
use super::{Family, MISSING, principal, same_address, same_name, source};
use crate::role::role;
use crate::{Actors, Alert, View, path};

/// Parts of a key, and what is news within it.
pub(super) struct Template {
    pub(super) parts: Vec<(&'static str, String)>,
    pub(super) distinct: Vec<(&'static str, String)>,
}

pub(super) fn template(family: Family, alert: &Alert, actors: &Actors<'_>) -> Template {
    let rule = alert.rule().id.clone();
    let agent = host(alert);
    let text = |path: &str| {
        alert
            .text(path)
            .map(std::borrow::Cow::into_owned)
            .filter(|text| !text.is_empty())
    };
    let parent = actors.parent.as_ref().and_then(|parent| parent.image.as_deref());
    let users = || actors.users.iter().map(|user| ("user", user.name.to_string()));
    let (parts, distinct) = match family {
        Family::Auth => (
            vec![("rule", rule), ("agent", agent), ("source", source(actors))],
            users().collect(),
        ),
        Family::Fim => {
            let path = text("syscheck.path").or_else(|| text("file.path"));
            let process = actors
                .process
                .as_ref()
                .and_then(|process| process.image.as_deref())
                .map(str::to_owned);
            // A key of the registry holds the values as a directory holds the files.
            let registry = path.as_deref().is_some_and(|path| path.starts_with("HKEY_"));
            let file = path.clone().filter(|_| !registry);
            let distinct = users()
                .chain(process.map(|process| ("process", process)))
                .chain(text("syscheck.value_name").map(|value| ("value", value)))
                .chain(file.map(|file| ("file", file)));
            let directory = if registry { path } else { path.as_deref().map(directory) };
            (
                vec![("rule", rule), ("agent", agent), ("directory", directory)],
                distinct.collect(),
            )
        }
        Family::Process => {
            let process = actors.process.as_ref();
            let command = process.and_then(|process| process.command_line.as_deref());
            let image = process
                .and_then(|process| process.image.as_deref())
                .or_else(|| command.map(program));
            let mut parts = vec![("rule", rule), ("agent", agent)];
            // A script is itself, whichever program ran it: its event does not say.
            if image.is_some() || alert.get("data.win.eventdata.scriptBlockText").is_none() {
                parts.push(("image", image.map(same_path)));
            }
            // Only a process that starts has a command line; of another event it is what the process did that counts.
            parts.extend(command.map(|command| ("command", Some(same_command(command)))));
            parts.extend(object(alert, actors).map(|object| ("object", Some(object))));
            // A name for a temporary file says nothing of what is in it.
            let distinct = users()
                .chain(parent.map(|parent| ("parent", same_path(parent))))
                .chain(hash(alert).map(|hash| ("hash", hash)));
            (parts, distinct.collect())
        }
        Family::Vulnerability => {
            let cve = text("data.vulnerability.cve").or_else(|| text("vulnerability.id"));
            let package = text("data.vulnerability.package.name").or_else(|| text("package.name"));
            let agent = agent.map(|agent| ("agent", agent));
            (
                vec![("rule", rule), ("cve", cve), ("package", package)],
                agent.into_iter().collect(),
            )
        }
        Family::Web => {
            let status = status(alert).map(|status| class(&status));
            (
                vec![
                    ("rule", rule),
                    ("agent", agent),
                    ("source", source(actors)),
                    ("status", status),
                ],
                users().collect(),
            )
        }
        Family::Cloud => {
            let distinct = users().chain(source(actors).map(|source| ("source", source)));
            let parts = vec![
                ("rule", rule),
                ("event", cloud_event(alert)),
                ("principal", cloud_principal(alert, actors)),
            ];
            (parts, distinct.collect())
        }
        Family::Default => {
            let distinct = users().chain(source(actors).map(|source| ("source", source)));
            (
                vec![("rule", rule), ("agent", agent), ("subject", subject(alert))],
                distinct.collect(),
            )
        }
    };
    let parts = parts
        .into_iter()
        .map(|(name, value)| (name, value.unwrap_or_else(|| MISSING.to_owned())));
    Template {
        parts: parts.collect(),
        distinct,
    }
}

fn host(alert: &Alert) -> Option<String> {
    let agent = alert
        .agent()
        .and_then(|agent| agent.id.clone().or_else(|| agent.name.clone()));
    agent.or_else(|| alert.text_of("agentless.host").map(str::to_owned))
}

/// The longest hash of a program's file that the event has.
fn hash(alert: &Alert) -> Option<String> {
    const NAMES: [&str; 4] = [
        "data.win.eventdata.hashes",
        "data.win.eventdata.hash",
        "process.hash.sha256",
        "process.hash.md5",
    ];
    let hashes = NAMES.iter().find_map(|path| alert.text(path))?;
    let longest = hashes
        .split(',')
        .map(|hash| hash.rsplit('=').next().unwrap_or_default().trim())
        .max_by_key(|hash| hash.len())?;
    (!longest.is_empty()).then(|| longest.to_ascii_lowercase())
}

/// What a process did it to: the first of these that the event has.
fn object(alert: &Alert, actors: &Actors<'_>) -> Option<String> {
    if let Some(script) = alert.text("data.win.eventdata.scriptBlockText") {
        return Some(same_command(&script));
    }
    if let Some(target) = actors.target.as_ref().and_then(|target| target.image.as_deref()) {
        return Some(same_path(target));
    }
    if let Some(file) = actors.files.first() {
        return Some(same_path(file));
    }
    if let Some(key) = actors.registry.first() {
        return Some(same_command(key));
    }
    let asked = ["data.win.eventdata.queryName", "dns.question.name"];
    if let Some(name) = asked.iter().find_map(|path| alert.text(path)) {
        return Some(same_name(&name));
    }
    // Who was talked to is never noise, and neither is the port.
    let far_end = actors.destinations.first();
    let name = far_end.and_then(|end| end.ip.as_deref().map(same_address));
    let name = name.or_else(|| far_end.and_then(|end| end.host.as_deref().map(same_name)));
    let Some(name) = name else {
        return actors.domains.first().map(|name| same_name(name));
    };
    let port = far_end.and_then(|end| end.port);
    Some(port.map_or_else(|| name.clone(), |port| format!("{name}:{port}")))
}

fn cloud_event(alert: &Alert) -> Option<String> {
    const NAMES: [&str; 12] = [
        "data.aws.eventName",
        "data.aws.type",
        "data.office365.Operation",
        "data.gcp.protoPayload.methodName",
        "data.gcp.jsonPayload.queryName",
        "data.azure.operationName",
        "data.ms-graph.activityDisplayName",
        "data.ms-graph.title",
        "data.ms-graph.eventType",
        "data.github.action",
        "data.aws.source",
        "event.action",
    ];
    let named = NAMES
        .iter()
        .find_map(|path| alert.text(path))
        .map(std::borrow::Cow::into_owned);
    // Azure writes its fields into `data` itself.
    let flat = || match alert.view() {
        View::Azure(azure) => azure.operation.or(azure.category).map(std::borrow::Cow::into_owned),
        _ => None,
    };
    named.or_else(flat)
}

fn cloud_principal(alert: &Alert, actors: &Actors<'_>) -> Option<String> {
    // The arn also tells the account and the assumed role; a user name may be in several accounts.
    const NAMES: [&str; 4] = [
        "data.aws.userIdentity.arn",
        "data.aws.userIdentity.invokedBy",
        "data.aws.resource.accessKeyDetails.userName",
        "data.aws.resource.instanceDetails.instanceId",
    ];
    let named = NAMES
        .iter()
        .find_map(|path| alert.text(path))
        .map(std::borrow::Cow::into_owned);
    let flat = || match alert.view() {
        View::Azure(azure) => azure.caller.map(std::borrow::Cow::into_owned),
        _ => None,
    };
    named
        .or_else(|| principal(actors))
        .or_else(flat)
        .or_else(|| source(actors))
}

/// What an alert of no particular family is about: the narrowest names that it has, else its log line without what varies.
fn subject(alert: &Alert) -> Option<String> {
    // Names that are looked up together, the narrowest first.
    const NAMES: [&[&str]; 10] = [
        &["data.alert.signature_id", "data.alert.signature"],
        &["data.sca.check.id", "data.sca.check.result"],
        &["data.sca.policy_id", "data.sca.policy"],
        &["data.virustotal.source.file", "data.virustotal.description"],
        &[
            "data.docker.Action",
            "data.docker.Actor.Attributes.name",
            "data.docker.from",
        ],
        &["data.package", "data.dpkg_status"],
        &["data.title", "data.file"],
        &["data.name", "data.action"],
        &["data.osquery.name", "data.osquery.action"],
        &["event.action", "event.code", "rule.name"],
    ];
    let together = |paths: &&[&str]| {
        let texts: Vec<_> = paths
            .iter()
            // The event's own: a sensor's `rule.name` is not Wazuh's.
            .filter_map(|path| path::text(alert.body(), path))
            .filter(|text| !text.is_empty())
            .collect();
        (!texts.is_empty()).then(|| texts.join(" "))
    };
    if let Some(event) = alert.text("data.win.system.eventID") {
        let provider = alert.text("data.win.system.providerName").unwrap_or_default();
        return Some(format!("{event} {provider} {}", values(alert, "data.win.eventdata")));
    }
    if let Some(names) = NAMES.iter().find_map(together) {
        return Some(
            format!(
                "{names} {}{}",
                values(alert, "data.columns"),
                values(alert, "data.osquery.columns")
            )
            .trim_end()
            .to_owned(),
        );
    }
    let line = alert.full_log().or(alert.rule().description.as_deref());
    line.map(masked_line)
}

/// The values below a path that play no part of their own, without what varies.
fn values(alert: &Alert, below: &str) -> String {
    let mut values = Vec::new();
    if let Some(value) = alert.get(below) {
        path::visit(value, &mut |path, leaf| {
            if role(&format!("{below}.{path}")).is_none() {
                values.extend(leaf.text(path).map(|text| masked_line(&text)));
            }
        });
    }
    values.join(" ")
}

/// The status of an answer, by the names of web servers' own logs and of those in JSON.
fn status(alert: &Alert) -> Option<String> {
    const NAMES: [&str; 7] = [
        "data.status",
        "data.status_code",
        "data.response",
        "data.response_code",
        "data.http.status",
        "data.http_status",
        "data.sc-status",
    ];
    let text = |path: &str| {
        let text = alert.text(path).filter(|text| !text.is_empty())?;
        Some(text.into_owned())
    };
    let is_status = |text: &String| text.len() == 3 && matches!(text.as_bytes()[0], b'1'..=b'5');
    // Of a log in JSON the id may be that of the request.
    let own = text("data.id");
    let said = || NAMES.iter().find_map(|path| text(path).filter(is_status));
    let own_is_status = own.as_ref().is_some_and(is_status);
    if own_is_status { own.clone() } else { said().or(own) }.or_else(|| text("http.response.status_code"))
}

/// First digit of a status: `404` becomes `4xx`.
fn class(status: &str) -> String {
    match status.as_bytes() {
        [first @ b'1'..=b'5', _, _] => format!("{}xx", char::from(*first)),
        _ => status.to_owned(),
    }
}

fn directory(path: &str) -> String {
    match path.rfind(['/', '\\']) {
        Some(0) => path[..1].to_owned(),
        Some(at) => path[..at].to_owned(),
        None => path.to_owned(),
    }
}

/// The first word of a command line, or what stands in its first quotation marks.
fn program(command: &str) -> &str {
    let command = command.trim_start();
    match command.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().unwrap_or_default(),
        None => command.split_whitespace().next().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_what_holds_the_file() {
        for (path, expected) in [
            ("/etc/passwd", "/etc"),
            ("/x", "/"),
            (r"C:\a\b.txt", r"C:\a"),
            ("x", "x"),
        ] {
            assert_eq!(directory(path), expected);
        }
    }
}
