//! Which fields make alerts of a family the same, and which are news.

use super::mask::{same_command, same_path};
use super::news::{self, News};
use super::subject::{content, contents, object, subject, written};
use super::{Family, MISSING, cloud, fim, machine, payload, principal, session, source, told};
use crate::{Actors, Alert, View, path};

/// Parts of a key, and what is news within it.
pub(super) struct Template {
    pub(super) parts: Vec<(&'static str, String)>,
    pub(super) distinct: News,
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
    let users = news::users(actors).into_iter();
    let (parts, distinct) = match family {
        Family::Auth => (
            vec![("rule", rule), ("agent", agent), ("source", source(actors))],
            users
                .chain(news::sources(actors, 1))
                .chain(machine::machines(alert))
                .chain(news::manner(alert))
                .chain(news::rights(alert))
                .chain(news::destinations(actors))
                .chain(told::beside_account(alert, actors))
                .collect(),
        ),
        Family::Fim => file(alert, actors, vec![("rule", rule), ("agent", agent)]),
        Family::Process => process(alert, actors, vec![("rule", rule), ("agent", agent)]),
        Family::Vulnerability => {
            let cve = text("data.vulnerability.cve").or_else(|| text("vulnerability.id"));
            let package = text("data.vulnerability.package.name").or_else(|| text("package.name"));
            let severity = text("data.vulnerability.severity").or_else(|| text("vulnerability.severity"));
            let agent = agent.map(|agent| ("agent", agent));
            let severity = severity.map(|severity| ("severity", severity));
            (
                vec![("rule", rule), ("cve", cve), ("package", package)],
                agent.into_iter().chain(severity).collect(),
            )
        }
        Family::Web => {
            let status = status(alert).map(|status| class(&status));
            // Scans are answered otherwise.
            let given = matches!(status.as_deref(), Some("2xx" | "3xx"));
            (
                vec![
                    ("rule", rule),
                    ("agent", agent),
                    ("source", source(actors)),
                    ("status", status),
                ],
                users
                    .chain(news::sources(actors, 1))
                    .chain(machine::of_frame(alert))
                    .chain(payload::led_to(alert))
                    .chain(if given {
                        given_by_web(alert, actors)
                    } else {
                        News::new()
                    })
                    .collect(),
            )
        }
        Family::Cloud => {
            // Whoever has no name of his own is told by what he assumed.
            let users = users.map(|(name, user)| match session::without_session(&user) {
                Some((role, _)) => (name, role.to_owned()),
                None => (name, user),
            });
            let distinct = users
                .chain(named_session(alert))
                .chain(news::sources(actors, 0))
                .chain(cloud::asked(alert))
                .chain(cloud::reached(alert, actors))
                .chain(news::hashes(actors));
            let parts = vec![
                ("rule", rule),
                ("event", cloud_event(alert)),
                ("principal", cloud_principal(alert, actors)),
            ];
            (parts, distinct.collect())
        }
        Family::Default => {
            let mut subject = subject(alert, actors);
            let distinct = users
                .chain(news::sources(actors, 0))
                .chain(parent(actors))
                .chain(machine::machines(alert))
                .chain(news::reached(actors))
                .chain(news::hashes(actors))
                .chain(news::container(alert))
                .chain(news::answer(alert))
                .chain(news::conversation(alert))
                .chain(subject.news());
            (
                vec![("rule", rule), ("agent", agent), ("subject", subject.text)],
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

/// What a web server gave, and from where.
fn given_by_web(alert: &Alert, actors: &Actors<'_>) -> News {
    let mut news = machine::sites(alert);
    news.extend(news::destinations(actors));
    news.extend(news::request(alert, actors));
    news
}

type Parts = Vec<(&'static str, Option<String>)>;

/// What a file or an entry of the registry is told by: where it is. Which one it is and what became of it is news.
fn file(alert: &Alert, actors: &Actors<'_>, mut parts: Parts) -> (Parts, News) {
    let text = |path: &str| {
        let text = alert.text(path).filter(|text| !text.is_empty())?;
        Some(text.into_owned())
    };
    let path = text("syscheck.path").or_else(|| text("file.path"));
    let process = actors.process.as_ref().and_then(|process| process.image.as_deref());
    // A key of the registry holds the values as a directory holds the files.
    let registry = path.as_deref().is_some_and(|path| path.starts_with("HKEY_"));
    let file = path.clone().filter(|_| !registry);
    let value = text("syscheck.value_name");
    let state = fim::state(alert, value.as_deref().or(file.as_deref()));
    let distinct = news::users(actors)
        .into_iter()
        .chain(process.map(|process| ("process", process.to_owned())))
        .chain(value.map(|value| ("value", value)))
        .chain(file.map(|file| ("file", file)))
        .chain(state);
    let directory = if registry { path } else { path.as_deref().map(directory) };
    parts.push(("directory", directory));
    (parts, distinct.collect())
}

/// What a program is told by, beside the rule and the agent.
fn process(alert: &Alert, actors: &Actors<'_>, mut parts: Parts) -> (Parts, News) {
    let process = actors.process.as_ref();
    let command = process.and_then(|process| process.command_line.as_deref());
    let image = process
        .and_then(|process| process.image.as_deref())
        .or_else(|| command.map(program));
    // A script is itself, whichever program ran it: its event does not say.
    if image.is_some() || alert.get("data.win.eventdata.scriptBlockText").is_none() {
        parts.push(("image", image.map(same_path)));
    }
    // Only a process that starts has a command line; of another event it is what the process did that counts.
    parts.extend(command.map(|command| ("command", Some(same_command(command)))));
    // Without either of them the program alone says nothing; nor does the one word that any log may call a command.
    let bare = command.is_none() || (alert.get("data.command").is_some() && !is_of_a_shell(alert));
    let own = object(alert, actors);
    let mut told;
    let object = if bare && own.is_none() {
        told = news::reached(actors);
        let mut subject = subject(alert, actors);
        told.extend(subject.news());
        subject.text
    } else {
        told = told::beside_command(alert, actors);
        own
    };
    parts.extend(object.map(|object| ("object", Some(object))));
    let contents = contents(alert);
    parts.extend(content(&contents).map(|content| ("content", Some(content))));
    // A name for a temporary file says nothing of what is in it.
    let distinct = news::users(actors)
        .into_iter()
        .chain(parent(actors))
        .chain(news::hashes(actors))
        .chain(news::access(alert))
        .chain(news::manner(alert))
        .chain(news::arguments(alert, actors))
        .chain(written(&contents))
        .chain(news::temporary_names(alert, actors, &contents))
        .chain(news::folder(alert, actors))
        .chain(news::audited(alert))
        .chain(news::found(alert))
        .chain(news::container(alert))
        .chain(news::far_sources(alert, actors))
        .chain(machine::machines(alert))
        .chain(told);
    (parts, distinct.collect())
}

fn parent(actors: &Actors<'_>) -> Option<(&'static str, String)> {
    let image = actors.parent.as_ref()?.image.as_deref()?;
    Some(("parent", same_path(image)))
}

fn host(alert: &Alert) -> Option<String> {
    let agent = alert
        .agent()
        .and_then(|agent| agent.id.clone().or_else(|| agent.name.clone()));
    agent.or_else(|| alert.text_of("agentless.host").map(str::to_owned))
}

fn cloud_event(alert: &Alert) -> Option<String> {
    const NAMES: [&str; 14] = [
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
        "data.gcp.logName",
        "data.gcp.resource.type",
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
    // What tells of a state and not of a call has no action.
    let state = || {
        let text = |path| alert.text_of(path).filter(|text| !text.is_empty());
        text("event.code").or_else(|| text("event.dataset")).map(str::to_owned)
    };
    named.or_else(flat).or_else(state)
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
    let principal = named
        .or_else(|| unnamed_caller(alert))
        .or_else(|| principal(actors))
        .or_else(flat)
        .or_else(|| claimed(alert))
        .or_else(|| source(actors))
        .or_else(|| owner(alert))?;
    Some(match session::without_session(&principal) {
        Some((role, _)) => role.to_owned(),
        None => principal,
    })
}

/// Who called Amazon where no arn names him: from another account, or as somebody whom another service knows.
fn unnamed_caller(alert: &Alert) -> Option<String> {
    let identity = alert.get("data.aws.userIdentity")?;
    let text = |path: &str| path::text(identity, path).filter(|text| !text.is_empty());
    // A role is told by its id, and its session is news.
    let id = text("principalId").map(|id| id.split(':').next().unwrap_or_default().to_owned());
    let others = ["accountId", "onBehalfOf.userId", "userName"];
    let parts: Vec<_> = id
        .into_iter()
        .chain(others.into_iter().filter_map(|path| Some(text(path)?.into_owned())))
        .collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// Who called the management of Azure, by what his token claims, where no other field names him.
fn claimed(alert: &Alert) -> Option<String> {
    // The best first. Some names begin with that of a scheme: `http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn`.
    const NAMES: [&str; 6] = ["upn", "objectidentifier", "oid", "appid", "emailaddress", "name"];
    let claims = ["data.azure.identity.claims", "data.identity.claims"];
    let claims = claims.iter().find_map(|path| alert.get(path))?;
    let mut best: Option<(usize, String)> = None;
    path::visit(claims, &mut |path, leaf| {
        let name = path.rsplit(['/', '.']).next().unwrap_or_default();
        let Some(at) = NAMES.iter().position(|own| own.eq_ignore_ascii_case(name)) else {
            return;
        };
        if best.as_ref().is_none_or(|(rank, _)| at < *rank) {
            let text = leaf.text(path).filter(|text| !text.is_empty());
            best = text.map(|text| (at, text.into_owned())).or_else(|| best.take());
        }
    });
    best.map(|(_, text)| text)
}

/// What a finding or a log is of, where nobody has called: a machine, a resource, an account.
fn owner(alert: &Alert) -> Option<String> {
    const NAMES: [&str; 6] = [
        "data.aws.resourceId",
        "data.aws.elb",
        "data.aws.webaclId",
        "data.aws.account_id",
        "data.aws.accountId",
        "data.aws.awsAccountId",
    ];
    let machine = machine::machines(alert).into_iter().next().map(|(_, machine)| machine);
    machine.or_else(|| {
        NAMES
            .iter()
            .find_map(|path| alert.text(path))
            .map(std::borrow::Cow::into_owned)
    })
}

/// The session of an assumed role, where somebody has named it.
fn named_session(alert: &Alert) -> Option<(&'static str, String)> {
    let identity = alert.get("data.aws.userIdentity")?;
    let session = match path::text(identity, "arn") {
        Some(arn) => session::without_session(&arn)?.1,
        None => session::named(path::text(identity, "principalId")?.split_once(':')?.1),
    };
    Some(("session", session?))
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

/// Whether a command is a whole command line: of sudo and su.
pub(super) fn is_of_a_shell(alert: &Alert) -> bool {
    alert.decoder().is_some_and(|decoder| matches!(decoder, "sudo" | "su"))
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
