//! Which fields make alerts of a family the same, and which are news.

use super::{Family, MISSING, principal, source};
use crate::{Actors, Alert};

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
    let parent = actors
        .parent
        .as_ref()
        .and_then(|parent| parent.image.as_deref())
        .map(same_path);
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
            let distinct = users().chain(process.map(|process| ("process", process)));
            let directory = path.as_deref().map(directory);
            (
                vec![("rule", rule), ("agent", agent), ("directory", directory)],
                distinct.collect(),
            )
        }
        Family::Process => {
            let process = actors.process.as_ref();
            let image = process.and_then(|process| process.image.as_deref()).map(same_path);
            let command = process
                .and_then(|process| process.command_line.as_deref())
                .map(same_command);
            // Without a command line it is what the process did that makes two events the same.
            let object = object(alert, actors);
            let command = command.or_else(|| object.as_ref().map(|_| "-".to_owned()));
            let object = object.unwrap_or_else(|| "-".to_owned());
            (
                vec![
                    ("rule", rule),
                    ("agent", agent),
                    ("image", image),
                    ("command", command),
                    ("object", Some(object)),
                ],
                users().chain(parent.map(|parent| ("parent", parent))).collect(),
            )
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
            let status = text("data.id")
                .or_else(|| text("http.response.status_code"))
                .map(|status| class(&status));
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
            let distinct = source(actors).map(|source| ("source", source)).into_iter();
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
    if let Some(key) = actors.registry.first().or(actors.domains.first()) {
        return Some(same_command(key));
    }
    let end = actors.destinations.first()?;
    let name = end.ip.as_ref().or(end.host.as_ref())?;
    Some(
        end.port
            .map_or_else(|| name.to_string(), |port| format!("{name}:{port}")),
    )
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
    NAMES
        .iter()
        .find_map(|path| alert.text(path))
        .map(std::borrow::Cow::into_owned)
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
    named.or_else(|| principal(actors)).or_else(|| source(actors))
}

/// What an alert of no particular family is about: the narrowest name that it has, else its log line without what varies.
fn subject(alert: &Alert) -> Option<String> {
    const NAMES: [&str; 14] = [
        "data.alert.signature_id",
        "data.sca.check.id",
        "data.sca.policy_id",
        "data.sca.policy",
        "data.virustotal.source.file",
        "data.virustotal.description",
        "data.docker.Action",
        "data.name",
        "data.title",
        "data.win.system.eventID",
        "data.dpkg_status",
        "data.status",
        "data.command",
        "data.integration",
    ];
    let name = NAMES.iter().find_map(|path| alert.text(path).map(|text| (*path, text)));
    let Some((path, name)) = name else {
        return alert
            .full_log()
            .map(same_line)
            .or_else(|| alert.rule().description.as_deref().map(same_line));
    };
    // Two names together where one alone says too little.
    let more = match path {
        "data.title" => alert.text("data.file"),
        "data.docker.Action" => alert
            .text("data.docker.Actor.Attributes.name")
            .or_else(|| alert.text("data.docker.from")),
        "data.dpkg_status" => alert.text("data.package"),
        "data.win.system.eventID" => alert.text("data.win.system.providerName"),
        _ => None,
    };
    let name = same_line(&name);
    Some(more.map_or_else(|| name.clone(), |more| format!("{name} {}", same_line(&more))))
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

/// A path without what varies: lower case, temporary names and numbers as `#`.
fn same_path(path: &str) -> String {
    same_command(path)
}

/// A line of a log without what varies: numbers as `#`.
fn same_line(line: &str) -> String {
    masked(line)
}

/// A command without what varies: lower case, single blanks, numbers, GUIDs, long hexadecimal words and temporary names as `#`.
fn same_command(command: &str) -> String {
    masked(&without_temporary_names(&command.to_lowercase()))
}

/// Replaces what stands directly below a folder for temporary files, except its extension.
fn without_temporary_names(command: &str) -> String {
    const FOLDERS: [&str; 5] = ["\\temp\\", "/tmp/", "\\tmp\\", "/var/tmp/", "/dev/shm/"];
    let mut out = String::with_capacity(command.len());
    let mut rest = command;
    while let Some((at, folder)) = FOLDERS
        .iter()
        .filter_map(|folder| Some((rest.find(folder)?, *folder)))
        .min()
    {
        let start = at + folder.len();
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let length = rest
            .find(|c: char| c.is_whitespace() || "\\/\"',;|&<>()".contains(c))
            .unwrap_or(rest.len());
        let name = &rest[..length];
        if !name.is_empty() {
            out.push('#');
            let folder = rest[length..].starts_with(['/', '\\']);
            if let Some((_, extension)) = name.rsplit_once('.')
                && !folder
                && extension.len() <= 5
            {
                out.push('.');
                out.push_str(extension);
            }
        }
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}

/// Replaces numbers, GUIDs and hexadecimal words of eight digits or more by `#`, and runs of blanks by one.
fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.trim();
    while let Some(first) = rest.chars().next() {
        if is_guid(rest) {
            mask(&mut out);
            rest = &rest[GUID..];
            continue;
        }
        let length = if first.is_alphanumeric() {
            rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at(length);
        if first.is_whitespace() {
            out.push(' ');
            rest = after.trim_start();
            continue;
        }
        rest = after;
        let hexadecimal = word.len() >= 8
            && word.bytes().all(|byte| byte.is_ascii_hexdigit())
            && word.bytes().any(|byte| byte.is_ascii_digit());
        let number = word
            .strip_prefix("0x")
            .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if hexadecimal || number {
            mask(&mut out);
        } else {
            without_digits(word, &mut out);
        }
    }
    out
}

fn without_digits(word: &str, out: &mut String) {
    for letter in word.chars() {
        if letter.is_ascii_digit() {
            mask(out);
        } else {
            out.push(letter);
        }
    }
}

/// Writes `#` once for a whole run.
fn mask(out: &mut String) {
    if !out.ends_with('#') {
        out.push('#');
    }
}

/// Length of a GUID in bytes.
const GUID: usize = 36;

fn is_guid(text: &str) -> bool {
    let Some(guid) = text.as_bytes().get(..GUID) else {
        return false;
    };
    let fits = |(at, byte): (usize, &u8)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    guid.iter().enumerate().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_varies_between_runs_of_one_command_is_masked() {
        for (one, other) in [
            (
                r"C:\Windows\System32\svchost.exe -k netsvcs -p 4711",
                r"c:\windows\system32\SVCHOST.EXE  -k netsvcs -p 12",
            ),
            (
                r#""C:\a.exe" {5770385F-C22A-43E0-BF4C-06F5698FFBD9}"#,
                r#""C:\a.exe" {11111111-aaaa-43e0-bf4c-06f5698ffbd9}"#,
            ),
            (
                r"C:\Users\x\AppData\Local\Temp\xk3f.tmp /s",
                r"C:\Users\x\AppData\Local\Temp\aaaq.tmp /s",
            ),
            ("sh /tmp/tmp.Ab12/run.sh", "sh /tmp/tmp.Zz99/run.sh"),
            (
                "x --id 0x3e7 --sha d12041b8d3c993c9",
                "x --id 0xff --sha 0f2041b8d3c993cf",
            ),
        ] {
            assert_eq!(same_command(one), same_command(other));
        }
        assert_ne!(same_command("net user bob /add"), same_command("net user eve /add"));
        assert_ne!(same_command("whoami"), same_command("whoami /all"));
    }

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
