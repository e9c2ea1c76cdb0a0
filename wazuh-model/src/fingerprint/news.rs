//! What is news within a window although the key is the same.

use std::borrow::Cow;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::mask::{same_command, same_path};
use super::names::is_hash;
use super::payload::payloads;
use super::{arguments, pods, temporary};
use super::{same_address, same_name};
use crate::actors::UserPart;
use crate::{Actors, Alert, Endpoint, address, path};

/// Values by name, such as `("user", "root")`.
pub(super) type News = Vec<(&'static str, String)>;

/// Most values of one name that one alert brings: none may alone fill what a window remembers.
pub(super) const MOST: usize = 4;

/// Ports from here on are given out for one connection.
pub(super) const FIRST_PASSING_PORT: u16 = 32_768;

/// The first values of a name, and one that stands for all the others: what is not told is news when it changes all the same.
pub(super) fn first(name: &'static str, mut values: impl Iterator<Item = String>) -> News {
    let mut news: News = values.by_ref().take(MOST).map(|value| (name, value)).collect();
    let mut rest: Vec<String> = values.collect();
    if !rest.is_empty() {
        // Nothing says that they stand in the same order again.
        rest.sort_unstable();
        news.push((
            name,
            format!("{} more, {}", rest.len(), hash(rest.iter().map(String::as_str))),
        ));
    }
    news
}

/// Eight digits for texts.
pub(super) fn hash<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    hex::encode(&hash.finalize()[..4])
}

/// Accounts, and where they are known. Who acted and whom it was done to are told apart: whoever has acted is still a new target.
pub(super) fn users(actors: &Actors<'_>) -> News {
    let of = |part| actors.users.iter().filter(move |user| user.part == part);
    let names = |part| of(part).map(|user| user.name.to_string());
    let domains = actors.users.iter().filter_map(|user| user.domain.as_deref());
    let mut domains: Vec<_> = domains.map(same_name).collect();
    domains.dedup();
    let mut news = first("user", names(UserPart::Acting));
    news.extend(first("target_user", names(UserPart::Target)));
    news.extend(first("user_domain", domains.into_iter()));
    news
}

/// Where something came from, but for so many that the key tells.
pub(super) fn sources(actors: &Actors<'_>, told: usize) -> News {
    first("source", near_ends(actors).skip(told).filter_map(near_end))
}

/// Where something came from, or may have come from.
fn near_ends<'v, 'a>(actors: &'v Actors<'a>) -> impl Iterator<Item = &'v Endpoint<'a>> {
    actors.sources.iter().chain(&actors.addresses)
}

/// The numbers that a command was given, with the word before each, and names with numbers of their own: [`same_command`] leaves them out.
/// Not those of processes and times.
pub(super) fn arguments(alert: &Alert, actors: &Actors<'_>) -> News {
    const LONGEST_SCRIPT: usize = 1_024;
    let command = actors
        .process
        .as_ref()
        .and_then(|process| process.command_line.as_deref());
    let script = alert.text("data.win.eventdata.scriptBlockText");
    let script = script.as_deref();
    let is_short = script.is_some_and(|script| script.len() <= LONGEST_SCRIPT);
    // Of a long script only what it may run as a program, byte by byte.
    let script = script.filter(|script| is_short || script.contains("0x"));
    let of_script = script.into_iter().flat_map(arguments::numbers);
    let of_script = of_script.filter(|number| is_short || number.contains(" 0x"));
    let mut news = first(
        "argument",
        command.into_iter().flat_map(arguments::numbers).chain(of_script),
    );
    // A window remembers so many of each kind, and no name is to fill it with numbers.
    let texts = command.into_iter().chain(script.filter(|_| is_short));
    news.extend(first("named", texts.flat_map(arguments::names)));
    news
}

/// Names that somebody chose for temporary files, which the key leaves out: of the command, of what it wrote, and of the files where no
/// hash says what is in them.
pub(super) fn temporary_names(alert: &Alert, actors: &Actors<'_>, contents: &[Cow<'_, str>]) -> News {
    let process = actors.process.as_ref();
    let image = process.and_then(|process| process.image.as_deref());
    let target = actors.target.as_ref().and_then(|target| target.image.as_deref());
    let files = [image, target, actors.files.first().map(AsRef::as_ref)];
    let of_files = || files.into_iter().flatten().flat_map(temporary::names);
    let command = process.and_then(|process| process.command_line.as_deref());
    let script = alert.text("data.win.eventdata.scriptBlockText");
    let folder = folder_of(alert, command);
    let texts = [command, script.as_deref(), folder.as_deref()].into_iter().flatten();
    let mut names: Vec<_> = texts
        .chain(contents.iter().map(AsRef::as_ref))
        .flat_map(temporary::names)
        .collect();
    if actors.hashes.is_empty() {
        names.extend(of_files());
    } else {
        let hashed: Vec<_> = of_files().collect();
        names.retain(|name| !hashed.contains(name));
    }
    names.sort_unstable();
    names.dedup();
    first("temporary", names.into_iter())
}

/// Where a process works, if its command names a file by where that is seen from.
pub(super) fn folder(alert: &Alert, actors: &Actors<'_>) -> Option<(&'static str, String)> {
    let process = actors.process.as_ref()?;
    let folder = folder_of(alert, process.command_line.as_deref())?;
    Some(("folder", same_path(&folder)))
}

fn folder_of<'a>(alert: &'a Alert, command: Option<&str>) -> Option<Cow<'a, str>> {
    const NAMES: [&str; 5] = [
        "data.pwd",
        "data.audit.cwd",
        "data.win.eventdata.currentDirectory",
        "process.working_directory",
        "data.cwd",
    ];
    let command = command.filter(|command| arguments::is_relative(command));
    command.and_then(|_| NAMES.iter().find_map(|path| alert.text(path)))
}

/// Whose numbers a process has, and what the audit daemon's rule watched for.
pub(super) fn audited(alert: &Alert) -> News {
    // Nobody has logged on.
    const UNSET: [&str; 3] = ["4294967295", "-1", "unset"];
    [
        ("auid", "data.audit.auid"),
        ("uid", "data.audit.uid"),
        ("euid", "data.audit.euid"),
        ("gid", "data.audit.gid"),
        ("egid", "data.audit.egid"),
        ("key", "data.audit.key"),
        ("syscall", "data.audit.syscall"),
        ("mode", "data.audit.file.mode"),
        ("uid", "data.osquery.columns.uid"),
        ("uid", "user.id"),
        ("uid", "process.user.id"),
        ("euid", "user.effective.id"),
    ]
    .into_iter()
    .filter_map(|(name, path)| Some((name, alert.text(path)?.into_owned())))
    .filter(|(_, text)| !text.is_empty() && !UNSET.contains(&text.as_str()))
    .collect()
}

/// What a scanner called what it found, and what it did with it.
pub(super) fn found(alert: &Alert) -> News {
    [
        ("threat", "data.win.eventdata.threat Name"),
        ("threat", "data.win.eventdata.threatName"),
        ("action", "data.win.eventdata.action Name"),
        ("action", "data.win.eventdata.actionName"),
    ]
    .into_iter()
    .filter_map(|(name, path)| Some((name, alert.text(path)?.into_owned())))
    .collect()
}

/// Which container an event is of, and what was brought together with it: a volume, a network.
pub(super) fn container(alert: &Alert) -> News {
    let Some(actor) = alert.get("data.docker.Actor") else {
        return News::new();
    };
    let text = |path: &str| path::text(actor, path).filter(|text| !text.is_empty());
    let of_volume = alert.text("data.docker.Type").is_some_and(|kind| kind == "volume");
    // Nobody has named a volume that is called by a hash.
    let volume = text("ID").filter(|id| of_volume && !is_hash(id));
    let name = text("Attributes.name").map(|name| pods::container(&name));
    // Apart from names: more are made up than a window remembers.
    let attached = text("Attributes.container");
    let is_made_up = attached.as_deref().is_some_and(is_hash);
    let kind = if is_made_up { "attached" } else { "container" };
    [
        ("container", name),
        (kind, attached.map(Cow::into_owned)),
        ("volume", volume.map(Cow::into_owned)),
        ("volume", text("Attributes.destination").map(Cow::into_owned)),
        ("exit", text("Attributes.exitCode").map(Cow::into_owned)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect()
}

/// How a request that a sensor saw was answered: by its method and the class of its status.
pub(super) fn answer(alert: &Alert) -> Option<(&'static str, String)> {
    let http = alert.get("data.http")?;
    let text = |path: &str| path::text(http, path).unwrap_or_default();
    let class = text("status").chars().take(1).collect::<String>();
    let answer = format!("{} {class}", text("http_method"));
    Some(("answer", answer.trim().to_owned())).filter(|(_, answer)| !answer.is_empty())
}

/// With whom and about what a conversation was that a sensor's signature met, as far as no role tells. What the one who began it makes up
/// is told apart from whom and what it was about: a window remembers so many of each.
pub(super) fn conversation(alert: &Alert) -> News {
    const MADE_UP: [&str; 12] = [
        "tls.sni",
        "tls.subject",
        "tls.ja3.hash",
        "smtp.helo",
        "smtp.mail_from",
        "email.from",
        "ftp.command",
        "ssh.client.software_version",
        "rdp.cookie",
        "snmp.community",
        "sip.uri",
        "tftp.file",
    ];
    const ABOUT: [&str; 9] = [
        "smtp.rcpt_to",
        "email.to",
        "email.attachment",
        "krb5.cname",
        "krb5.sname",
        "ftp.command_data",
        "smb.share",
        "smb.filename",
        "smb.named_pipe",
    ];
    let Some(data) = alert.get("data").filter(|data| data.get("alert").is_some()) else {
        return News::new();
    };
    // Another port for each transfer.
    let command = path::text(data, "ftp.command").unwrap_or_default();
    let opens = ["PORT", "EPRT"].iter().any(|name| command.eq_ignore_ascii_case(name));
    let of = |path: &&str| {
        let text = path::text(data, path).filter(|text| !text.is_empty())?;
        (!opens || *path != "ftp.command_data").then(|| format!("{path} {text}"))
    };
    let query = path::text(data, "pgsql.request.simple_query").map(|query| same_command(&query));
    let made_up = MADE_UP.iter().filter_map(of).chain(query).chain(payloads(data));
    let mut news = first("conversation", made_up);
    let calls = ["dcerpc", "smb.dcerpc"].iter().filter_map(|object| call(data, object));
    news.extend(first("victim", ABOUT.iter().filter_map(of).chain(calls)));
    news
}

/// Which procedure of another machine was called, by its interface and its number.
fn call(data: &Value, object: &str) -> Option<String> {
    const PARTS: [&str; 4] = ["interfaces.0.uuid", "interface.uuid", "opnum", "req.opnum"];
    let parts: Vec<_> = PARTS
        .iter()
        .filter_map(|part| path::text(data, &format!("{object}.{part}")))
        .collect();
    (!parts.is_empty()).then(|| format!("{object} {}", parts.join(" ")))
}

/// What was asked of a web server that gave it: the method, the page, and the names of what it was told.
pub(super) fn request(alert: &Alert, actors: &Actors<'_>) -> Option<(&'static str, String)> {
    const METHODS: [&str; 7] = [
        "data.protocol",
        "data.method",
        "data.http_method",
        "data.request_method",
        "data.http.http_method",
        "data.verb",
        "http.request.method",
    ];
    const PAGES: [&str; 5] = ["data.url", "data.http.url", "url.path", "url.original", "data.uri"];
    const MOST: usize = 4;
    let is_method = |text: &Cow<'_, str>| text.len() <= 16 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    let method = METHODS.iter().filter_map(|path| alert.text(path)).find(is_method);
    let page = PAGES.iter().find_map(|path| alert.text(path));
    let page = page.or_else(|| actors.urls.first().cloned())?;
    let (page, query) = page.split_once('?').unwrap_or((&page, ""));
    let mut names: Vec<_> = query
        .split('&')
        .filter_map(|one| one.split('=').next())
        .filter(|name| {
            (1..=32).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    names.truncate(MOST);
    let names = if names.is_empty() {
        String::new()
    } else {
        format!("?{}", names.join("&"))
    };
    Some((
        "request",
        format!("{} {}{names}", method.unwrap_or_default(), same_command(page))
            .trim_start()
            .to_owned(),
    ))
}

/// What was asked for: rights to an object or to a process.
pub(super) fn access(alert: &Alert) -> Option<(&'static str, String)> {
    ["data.win.eventdata.grantedAccess", "data.win.eventdata.accessMask"]
        .iter()
        .find_map(|path| alert.text(path))
        .map(|access| ("access", access.to_lowercase()))
}

/// How an account logged on and why it could not, which service was asked for or installed and as what, and with what rights and by whose
/// name a program runs.
pub(super) fn manner(alert: &Alert) -> News {
    of_windows(
        alert,
        &[
            ("logon_type", "logonType"),
            ("service", "serviceName"),
            ("service_type", "serviceType"),
            ("start", "startType"),
            ("start", "serviceStartType"),
            ("runs_as", "accountName"),
            ("runs_as", "serviceAccount"),
            ("integrity", "integrityLevel"),
            ("integrity", "mandatoryLabel"),
            ("elevation", "tokenElevationType"),
            ("signature", "signatureStatus"),
            ("function", "startFunction"),
            // The right password may be refused, too: it has expired, or the account is locked.
            ("status", "status"),
            ("sub_status", "subStatus"),
            ("encryption", "ticketEncryptionType"),
            ("package", "authenticationPackageName"),
            ("workstation", "workstationName"),
            ("outbound_user", "targetOutboundUserName"),
        ],
    )
}

/// With what an account logged on besides: its rights, what proved it, and which program asked.
pub(super) fn rights(alert: &Alert) -> News {
    of_windows(
        alert,
        &[
            ("privileges", "privilegeList"),
            ("elevated", "elevatedToken"),
            ("preauthentication", "preAuthType"),
            ("ticket_options", "ticketOptions"),
            ("logon_process", "logonProcessName"),
            ("process", "processName"),
        ],
    )
}

fn of_windows(alert: &Alert, fields: &[(&'static str, &str)]) -> News {
    let Some(event) = alert.get("data.win.eventdata") else {
        return News::new();
    };
    fields
        .iter()
        .filter_map(|(name, field)| {
            let text = path::text_of(event.get(field)?, "data.win.eventdata.x")?;
            let text = text.trim();
            if matches!(text, "" | "-") {
                return None;
            }
            let same = match *name {
                "workstation" => same_name(text),
                "process" => same_path(text),
                _ => text.to_owned(),
            };
            Some((*name, same))
        })
        .collect()
}

/// Where something came from, unless that is the machine that tells of it.
pub(super) fn far_sources(alert: &Alert, actors: &Actors<'_>) -> News {
    let initiated = alert.text("data.win.eventdata.initiated");
    if initiated.is_some_and(|initiated| initiated.eq_ignore_ascii_case("true")) {
        return News::new();
    }
    let agent = alert.agent();
    let own = |name: Option<&String>, source: &str| name.is_some_and(|name| same_address(&same_name(name)) == source);
    let is_own = |source: &String| {
        own(agent.and_then(|agent| agent.ip.as_ref()), source)
            || own(agent.and_then(|agent| agent.name.as_ref()), source)
            || address::parse(source).is_some_and(|(ip, _)| ip.is_loopback())
    };
    let far = near_ends(actors).filter_map(near_end).filter(|source| !is_own(source));
    first("source", far)
}

/// The hashes of files that say most: the longest that the event has.
pub(super) fn hashes(actors: &Actors<'_>) -> News {
    let all = || {
        actors
            .hashes
            .iter()
            .flat_map(|list| list.split(','))
            .map(|hash| hash.rsplit(['=', ':']).next().unwrap_or_default().trim())
            .filter(|hash| !hash.is_empty())
    };
    let longest = all().map(str::len).max().unwrap_or_default();
    let longest = all().filter(|hash| hash.len() == longest);
    first("hash", longest.map(str::to_ascii_lowercase))
}

/// Which machines it reached.
pub(super) fn destinations(actors: &Actors<'_>) -> News {
    let served = |end: &Endpoint<'_>| end.port.is_some_and(|port| port < FIRST_PASSING_PORT);
    let answers = near_ends(actors).any(served);
    first(
        "destination",
        actors.destinations.iter().filter_map(|end| far_end(end, answers)),
    )
}

/// Whom and what it reached: machines, names, files, URLs.
pub(super) fn reached(actors: &Actors<'_>) -> News {
    let mut news = destinations(actors);
    news.extend(first("domain", actors.domains.iter().map(|name| same_name(name))));
    news.extend(first("file", actors.files.iter().map(ToString::to_string)));
    news.extend(first("url", actors.urls.iter().map(|url| same_url(url))));
    news
}

/// The values that are news in the alert's own words, as far as [`users`], [`sources`] and [`reached`] tell them.
pub(super) fn told<'a>(actors: &'a Actors<'_>) -> impl Iterator<Item = &'a str> {
    let users = actors.users.iter().map(|user| user.name.as_ref());
    let ends = near_ends(actors)
        .take(MOST)
        .chain(actors.destinations.iter().take(MOST));
    let lists = [&actors.domains, &actors.files, &actors.urls];
    users
        .take(MOST)
        .chain(ends.filter_map(|end| end.ip.as_deref().or(end.host.as_deref())))
        .chain(
            lists
                .into_iter()
                .flat_map(|list| list.iter().take(MOST).map(AsRef::as_ref)),
        )
}

fn near_end(end: &Endpoint<'_>) -> Option<String> {
    let ip = end.ip.as_deref().map(same_address);
    ip.or_else(|| end.host.as_deref().map(same_name))
}

/// Where a connection led to. A port that was given out for it says nothing: one that is answered, from a port of a service.
fn far_end(end: &Endpoint<'_>, answers: bool) -> Option<String> {
    let port = end.port.filter(|port| !answers || *port < FIRST_PASSING_PORT);
    match (near_end(end), port) {
        (Some(name), Some(port)) => Some(format!("{name} {port}")),
        (None, Some(port)) => Some(format!("port {port}")),
        (name, None) => name,
    }
}

/// A URL whose query has no numbers: they tell the time and the session. A pod is told by its set.
pub(super) fn same_url(url: &str) -> String {
    let url = pods::in_url(url);
    url.split_once('?').map_or_else(
        || url.clone().into_owned(),
        |(page, query)| format!("{page}?{}", same_command(query)),
    )
}
