//! Whose the ends, names and mailboxes of an alert are.

use std::net::IpAddr;

use crate::role::{Role, role};
use crate::{Alert, Generation, address, path};

/// The machine's own full name, and the domain that it lies in; `com` or `co.uk` alone would be none.
pub(super) fn domains_of_the_machine(alert: &Alert) -> Vec<&str> {
    let agent = alert.agent().and_then(|agent| agent.name.as_deref());
    // Where the manager fetched it, nobody on a machine may have named another.
    let fetched = || {
        alert.agent().filter(|agent| agent.is_manager())?;
        alert
            .text_of("data.properties.DeviceName")
            .or_else(|| alert.text_of("data.DeviceName"))
    };
    let names = match alert.generation() {
        Generation::Four => [
            alert.text_of("data.win.system.computer"),
            agent,
            alert.text_of("host.hostname"),
            fetched(),
        ],
        // What stands beside `wazuh` is the event's own, and says what its writer likes.
        Generation::Five => [agent, alert.text_of("wazuh.agent.host.hostname"), None, None],
    };
    let full = names.into_iter().flatten().filter(|name| name.contains('.'));
    full.flat_map(|name| {
        let domain = name.split_once('.').map(|(_, domain)| domain);
        [Some(name), domain.filter(|domain| !is_everybodys(domain))]
    })
    .flatten()
    .collect()
}

/// The domain of who acts in Microsoft 365, unless that is a guest, whose name has `#EXT#` in it, or the one who wrote a mail himself: then
/// he may be anybody.
pub(super) fn domain_of_the_mailboxes(alert: &Alert) -> Option<&str> {
    const RECORD: &str = "data.office365";
    let user = alert
        .text_of("data.office365.UserId")
        .filter(|user| !user.contains('#'))?
        .trim();
    let (_, domain) = user.rsplit_once('@')?;
    let mut wrote = false;
    path::visit_below(RECORD, alert.get(RECORD)?, &mut |path, leaf| {
        if role(path) == Some(Role::Sender)
            && let Some(text) = leaf.text(path)
        {
            wrote |= words_of_a_mail(&text).any(|word| word.eq_ignore_ascii_case(user));
        }
    });
    (!wrote).then_some(domain)
}

/// What can be addresses in a field of a mail: `"Eve" <eve@evil.example>`.
pub(super) fn words_of_a_mail(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || ",;:<>\"'()[]{}\\".contains(c))
}

/// Says whether people register their domains directly below this one: a host called `acme.co.uk` does not make `co.uk` its own.
fn is_everybodys(domain: &str) -> bool {
    const SECOND: [&str; 14] = [
        "ac", "co", "com", "edu", "go", "gob", "gouv", "gov", "mil", "ne", "net", "nom", "or", "org",
    ];
    let domain = domain.trim_end_matches('.');
    domain
        .split_once('.')
        .is_none_or(|(second, top)| top.len() == 2 && SECOND.iter().any(|one| one.eq_ignore_ascii_case(second)))
}

/// The ends of a connection that a sensor saw: packets are seen both ways. Where the sensor does not say which way, the server is
/// the end with the lower port; a client may choose a low one too.
pub(super) fn client_and_server(alert: &Alert) -> (Option<IpAddr>, Option<IpAddr>) {
    let first = |paths: [&str; 4]| paths.into_iter().find_map(|path| alert.text(path));
    let ip = |paths| address::parse(&first(paths)?).map(|(ip, _)| ip);
    let port = |paths| first(paths)?.parse::<u16>().ok();
    let source = ip(["data.src_ip", "data.srcip", "data.id.orig_h", "source.ip"]);
    let Some(destination) = ip(["data.dest_ip", "data.dstip", "data.id.resp_h", "destination.ip"]) else {
        return (source, None);
    };
    let (out, back) = ((source, Some(destination)), (Some(destination), source));
    if source.is_none() {
        return out;
    }
    match alert.text_of("data.direction") {
        Some("to_server") => return out,
        Some("to_client") => return back,
        _ => {}
    }
    let ports = (
        port(["data.src_port", "data.srcport", "data.id.orig_p", "source.port"]),
        port(["data.dest_port", "data.dstport", "data.id.resp_p", "destination.port"]),
    );
    match ports {
        (Some(from), Some(to)) if from < to => back,
        _ => out,
    }
}
