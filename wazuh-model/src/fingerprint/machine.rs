//! The machine that an event is of, where one agent brings those of many: a collector of Windows events, a syslog server, the manager.

use std::collections::HashSet;

use super::mask::{is_guid, is_hexadecimal};
use super::news::{News, first};
use super::pods::set_of;
use super::varies::name_of;
use super::{same_address, same_name};
use crate::role::{is_of_a_source, role};
use crate::{Alert, address, path};

/// Every machine that the frame of an event and its fields name.
pub(super) fn machines(alert: &Alert) -> News {
    let frame = of_frame(alert);
    let mut names = named(alert, &|name| is_machine(name) || is_number(name));
    names.retain(|name| frame.as_ref().is_none_or(|(_, own)| own != name));
    let mut news: News = frame.into_iter().collect();
    news.extend(first("machine", names.into_iter()));
    news
}

/// What a request says that it is for: whoever sends it writes that, so it is news only where something was given.
pub(super) fn sites(alert: &Alert) -> News {
    first(
        "site",
        named(alert, &|name| is_machine(name) || ends(name, "domain")).into_iter(),
    )
}

/// The machine by the frame of an event alone.
pub(super) fn of_frame(alert: &Alert) -> Option<(&'static str, String)> {
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

/// What such fields of an event hold, each once.
fn named(alert: &Alert, wanted: &dyn Fn(&str) -> bool) -> Vec<String> {
    const LONGEST: usize = 128;
    let (mut names, mut seen) = (Vec::new(), HashSet::new());
    // An event of Windows says in its frame which it is of.
    let Some(data) = alert.get("data").filter(|data| data.get("win").is_none()) else {
        return names;
    };
    path::visit_below("data", data, &mut |path, leaf| {
        let name = name_of(path);
        if !wanted(name) || is_of_another(path) {
            return;
        }
        let Some(text) = leaf.text(path) else { return };
        let text = text.trim();
        // The places of devices and of interfaces have paths.
        if matches!(text, "" | "-" | "null") || text.len() > LONGEST || text.contains('/') {
            return;
        }
        // Containers are called so, and are made anew.
        let made_up = is_guid(text) || (text.len() >= 8 && is_hexadecimal(text));
        if made_up && !is_number(name) {
            return;
        }
        let machine = same_address(&same_name(set_of(text).unwrap_or(text)));
        if seen.insert(machine.clone()) {
            names.push(machine);
        }
    });
    names
}

/// Whether a field tells which machine an event is of.
pub(super) fn is_of_a_machine(path: &str) -> bool {
    let name = name_of(path);
    (is_machine(name) || is_number(name)) && !is_of_another(path)
}

/// Whether a field tells of a machine that the event is not of.
fn is_of_another(path: &str) -> bool {
    role(path).is_some() || is_of_a_source(path) || path::is_of_the_occasion(path)
}

/// Whether a field is the name of a machine.
fn is_machine(name: &str) -> bool {
    const ENDS: [&str; 12] = [
        "host",
        "hostname",
        "computer",
        "computername",
        "device",
        "devicename",
        "devname",
        "dnsname",
        "servername",
        "endpoint",
        "machine",
        "machinename",
    ];
    ENDS.iter().any(|end| ends(name, end)) || is(name, "server")
}

/// Whether a field is what a machine is known by instead of its name.
fn is_number(name: &str) -> bool {
    const ENDS: [&str; 5] = ["deviceid", "machineid", "sensorid", "hostidentifier", "nasidentifier"];
    ENDS.iter().any(|end| ends(name, end))
        || is(name, "aid")
        || is(name, "devid")
        || is(name, "agentid")
        || is(name, "hostid")
}

/// Whether the letters and digits of a name end so, in whatever case.
fn ends(name: &str, end: &str) -> bool {
    let mut letters = name.bytes().rev().filter(u8::is_ascii_alphanumeric);
    end.bytes()
        .rev()
        .all(|byte| letters.next().is_some_and(|own| own.eq_ignore_ascii_case(&byte)))
}

fn is(name: &str, whole: &str) -> bool {
    let letters = name.bytes().filter(u8::is_ascii_alphanumeric);
    letters.map(|byte| byte.to_ascii_lowercase()).eq(whole.bytes())
}
