//! What our own program can say about a fact: things that a small model cannot work out, and a person need not.

use super::AlertFields;
use super::words;
use crate::decode::{self, Encoding};
use crate::text;

/// Most facts that are derived; the rest of the room is the alert's own.
const MAX_DERIVED: usize = 10;
/// Longest text that is decoded into a fact of its own, in bytes.
const MAX_DECODED: usize = 4096;

/// Facts of our own about the chosen ones, named `check.…`.
pub(super) fn facts(alert: &AlertFields, chosen: &[(String, String)]) -> Vec<(String, String)> {
    let mut derived = Derived::default();
    for (path, value) in chosen {
        let leaf = path.rsplit('.').next().unwrap_or(path).to_ascii_lowercase();
        explain(&mut derived, path, &leaf, value);
        unpack(&mut derived, path, &leaf, value);
    }
    audit_result(&mut derived, alert);
    derived.facts.truncate(MAX_DERIVED);
    derived.facts
}

#[derive(Default)]
struct Derived {
    facts: Vec<(String, String)>,
}

impl Derived {
    fn say(&mut self, name: &str, path: &str, text: &str) {
        let fact = (format!("check.{name}"), format!("{}: {text}", last_two(path)));
        if !self.facts.contains(&fact) {
            self.facts.push(fact);
        }
    }
}

fn explain(derived: &mut Derived, path: &str, leaf: &str, value: &str) {
    let known = match leaf {
        "logontype" => words::logon_type(value).map(|text| ("logon_type", text)),
        "status" | "substatus" | "failurecode" => words::status(value).map(|text| ("status", text)),
        "grantedaccess" => words::granted_access(value).map(|text| ("granted_access", text)),
        "id" if path == "data.id" => words::http_status(value).map(|text| ("http", text)),
        "http_status" | "status_code" | "statuscode" | "http_status_code" | "sc_status" => {
            words::http_status(value).map(|text| ("http", text))
        }
        _ if leaf.ends_with("sid") => words::well_known_sid(value).map(|text| ("sid", text)),
        _ if value.starts_with("%%") => words::message_constant(value).map(|text| ("meaning", text)),
        _ if is_address_field(leaf) && path != "agent.ip" => words::address_class(value).map(|text| ("address", text)),
        _ => None,
    };
    if let Some((name, text)) = known {
        derived.say(name, path, &format!("{} is {text}", value.trim()));
    }
}

fn is_address_field(leaf: &str) -> bool {
    leaf.contains("ip") && !leaf.contains("description")
        || leaf.contains("addr")
        || leaf == "host"
        || leaf == "sourceaddress"
}

fn unpack(derived: &mut Derived, path: &str, leaf: &str, value: &str) {
    let head = head(value, 64 * 1024);
    for blob in decode::blobs(head) {
        let how = match blob.encoding {
            Encoding::PowerShell => "an encoded PowerShell command; it stands decoded in [DECODED: ]",
            Encoding::Base64 => "Base64 text; it stands decoded in [DECODED: ]",
            Encoding::Bare => continue,
        };
        derived.say("encoding", path, &format!("holds {how}"));
    }
    let is_url = ["url", "uri", "query", "path", "request", "full_log"]
        .iter()
        .any(|name| leaf.contains(name));
    if is_url
        && let Some(plain) = decode::percent(head)
        && plain.len() <= MAX_DECODED
    {
        // Attackers encode twice, because filters decode once.
        let plain = decode::percent(&plain).unwrap_or(plain);
        if leaf != "full_log" {
            derived.say("url_decoded", path, &text::one_line(&text::normalise(&plain)));
        }
    }
}

// Windows says success or failure of an audited event only as a bit of `keywords`.
fn audit_result(derived: &mut Derived, alert: &AlertFields) {
    let Some((path, keywords)) = alert.fields.iter().find(|(path, _)| path == "data.win.system.keywords") else {
        return;
    };
    let bits = keywords
        .trim()
        .strip_prefix("0x")
        .and_then(|hex| u64::from_str_radix(hex, 16).ok())
        .unwrap_or(0);
    if bits & 0x0010_0000_0000_0000 != 0 {
        derived.say("audit", path, "Windows audited a failure");
    } else if bits & 0x0020_0000_0000_0000 != 0 {
        derived.say("audit", path, "Windows audited a success");
    }
}

fn last_two(path: &str) -> &str {
    path.rmatch_indices('.').nth(1).map_or(path, |(at, _)| &path[at + 1..])
}

fn head(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
