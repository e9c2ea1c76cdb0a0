//! What is news within a window although the key is the same.

use super::mask::same_command;
use super::varies::{ends_with, name_of};
use super::{same_address, same_name, source};
use crate::actors::UserPart;
use crate::{Actors, Alert, Endpoint, address, path};

/// Values by name, such as `("user", "root")`.
pub(super) type News = Vec<(&'static str, String)>;

/// Most values of one name that one alert brings: none may alone fill what a window remembers.
const MOST: usize = 4;

/// Ports from here on are given out for one connection.
const FIRST_PASSING_PORT: u16 = 32_768;

/// Accounts. Who acted and whom it was done to are told apart: whoever has acted is still a new target.
pub(super) fn users(actors: &Actors<'_>) -> News {
    let named = |part| match part {
        UserPart::Acting => "user",
        UserPart::Target => "target_user",
    };
    actors
        .users
        .iter()
        .map(|user| (named(user.part), user.name.to_string()))
        .collect()
}

/// The machine that an event is of, where one agent brings those of many: a collector of Windows events, a syslog server, the manager.
pub(super) fn machine(alert: &Alert) -> Option<(&'static str, String)> {
    const NAMES: [&str; 7] = [
        "data.win.system.computer",
        "predecoder.hostname",
        "data.devname",
        "data.dvchost",
        "data.device_name",
        "host.hostname",
        "host.name",
    ];
    let name = NAMES
        .iter()
        .find_map(|path| alert.text(path))
        .map(|name| same_name(&name));
    // Where the manager listens itself, the address of who sent the line.
    let sender = alert
        .location()
        .and_then(|place| Some(address::parse(place)?.0.to_string()));
    let machine = match (name.filter(|name| !name.is_empty()), sender) {
        (Some(name), Some(sender)) if name != sender => format!("{name} {sender}"),
        (Some(one), _) | (None, Some(one)) => one,
        (None, None) => return None,
    };
    Some(("machine", machine))
}

/// What was asked for: rights to an object or to a process.
pub(super) fn access(alert: &Alert) -> Option<(&'static str, String)> {
    ["data.win.eventdata.grantedAccess", "data.win.eventdata.accessMask"]
        .iter()
        .find_map(|path| alert.text(path))
        .map(|access| ("access", access.to_lowercase()))
}

/// How an account logged on, which service was asked for or installed, and with what rights a program runs.
pub(super) fn manner(alert: &Alert) -> News {
    [
        ("logon_type", "data.win.eventdata.logonType"),
        ("service", "data.win.eventdata.serviceName"),
        ("integrity", "data.win.eventdata.integrityLevel"),
    ]
    .into_iter()
    .filter_map(|(name, path)| Some((name, alert.text(path)?.into_owned())))
    .collect()
}

/// Where something came from, unless that is the machine that tells of it.
pub(super) fn far_source(alert: &Alert, actors: &Actors<'_>) -> Option<(&'static str, String)> {
    let initiated = alert.text("data.win.eventdata.initiated");
    if initiated.is_some_and(|initiated| initiated.eq_ignore_ascii_case("true")) {
        return None;
    }
    let source = source(actors)?;
    let agent = alert.agent();
    let own = |name: Option<&String>| name.is_some_and(|name| same_address(&same_name(name)) == source);
    let is_own = own(agent.and_then(|agent| agent.ip.as_ref()))
        || own(agent.and_then(|agent| agent.name.as_ref()))
        || address::parse(&source).is_some_and(|(ip, _)| ip.is_loopback());
    (!is_own).then_some(("source", source))
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
    all()
        .filter(|hash| hash.len() == longest)
        .take(MOST)
        .map(|hash| ("hash", hash.to_ascii_lowercase()))
        .collect()
}

/// Which machines it reached.
pub(super) fn destinations(actors: &Actors<'_>) -> impl Iterator<Item = (&'static str, String)> {
    let ends = actors.destinations.iter().filter_map(far_end).take(MOST);
    ends.map(|end| ("destination", end))
}

/// Whom and what it reached: machines, names, files, URLs.
pub(super) fn reached(actors: &Actors<'_>) -> News {
    let domains = actors.domains.iter().map(|name| same_name(name)).take(MOST);
    let files = actors.files.iter().map(ToString::to_string).take(MOST);
    let urls = actors.urls.iter().map(|url| same_url(url)).take(MOST);
    destinations(actors)
        .chain(domains.map(|name| ("domain", name)))
        .chain(files.map(|file| ("file", file)))
        .chain(urls.map(|url| ("url", url)))
        .collect()
}

/// The values that are news in the alert's own words, as far as [`users`], [`far_source`] and [`reached`] tell them.
pub(super) fn told<'a>(actors: &'a Actors<'_>) -> impl Iterator<Item = &'a str> {
    let users = actors.users.iter().map(|user| user.name.as_ref());
    let ends = actors
        .sources
        .iter()
        .take(1)
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

/// What a call to a cloud was about: the things that it names, where they are, and what it was told to do with them.
pub(super) fn asked_of_cloud(alert: &Alert) -> News {
    const NAMES: [(&str, &str); 8] = [
        ("resource", "data.gcp.protoPayload.resourceName"),
        ("resource", "data.github.repo"),
        ("resource", "data.github.user"),
        ("resource", "data.github.team"),
        ("resource", "data.office365.ObjectId"),
        ("resource", "data.azure.resourceId"),
        ("resource", "data.resourceId"),
        ("region", "data.aws.awsRegion"),
    ];
    const ENDS: [&str; 10] = [
        "name",
        "arn",
        "bucket",
        "repository",
        "secretId",
        "instanceId",
        "groupId",
        "keyId",
        "userId",
        "cidrIp",
    ];
    let mut news: News = NAMES
        .into_iter()
        .filter_map(|(name, path)| Some((name, alert.text(path)?.into_owned())))
        .collect();
    let mut add = |name: &'static str, below: &str, wanted: &dyn Fn(&str) -> bool| {
        let mut count = 0;
        if let Some(value) = alert.get(below) {
            path::visit(value, &mut |path, leaf| {
                if count < MOST && wanted(name_of(path)) {
                    let text = leaf.text(path).filter(|text| !text.is_empty());
                    count += usize::from(text.is_some());
                    // What a setting became may hold the time.
                    let value = |text: &str| {
                        if name == "parameter" {
                            same_command(text)
                        } else {
                            text.to_owned()
                        }
                    };
                    news.extend(text.map(|text| (name, value(&text))));
                }
            });
        }
    };
    // A name of a session is made up for each.
    let names = |name: &str| name != "roleSessionName" && ENDS.iter().any(|end| ends_with(name, end));
    add("resource", "data.aws.requestParameters", &names);
    add("resource", "data.office365.Target", &|name| name == "ID");
    add("parameter", "data.office365.Parameters", &|name| name == "Value");
    add("parameter", "data.office365.ModifiedProperties", &|name| {
        name == "NewValue"
    });
    add("parameter", "data.gcp.protoPayload.serviceData", &|name| {
        matches!(name, "action" | "role" | "member")
    });
    news
}

fn far_end(end: &Endpoint<'_>) -> Option<String> {
    let ip = end.ip.as_deref().map(same_address);
    let name = ip.or_else(|| end.host.as_deref().map(same_name));
    let port = end.port.filter(|port| *port < FIRST_PASSING_PORT);
    match (name, port) {
        (Some(name), Some(port)) => Some(format!("{name} {port}")),
        (None, Some(port)) => Some(format!("port {port}")),
        (name, None) => name,
    }
}

/// A URL whose query has no numbers: they tell the time and the session.
fn same_url(url: &str) -> String {
    url.split_once('?').map_or_else(
        || url.to_owned(),
        |(page, query)| format!("{page}?{}", same_command(query)),
    )
}
