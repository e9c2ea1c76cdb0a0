//! Odd spellings of addresses, which some programs read and others do not: `010.0.0.5`, `0x0a000005`, `10.5`.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};

/// The value with a dot for what names of machines have in its place in other scripts: `10。0。0。5`.
pub(super) fn with_usual_dots(value: &str) -> Cow<'_, str> {
    if value.is_ascii() {
        return Cow::Borrowed(value);
    }
    Cow::Owned(value.replace(['\u{ff0e}', '\u{3002}', '\u{ff61}'], "."))
}

/// Whether an address stands in a value as a rule has it, within no longer one: `10.0.0.5.443`, `10.0.0.5-10.0.0.9`.
pub(super) fn holds(value: &str, written: &str) -> bool {
    let is_v6 = written.contains(':');
    let goes_on = |c: char| c.is_ascii_digit() || (is_v6 && (c.is_ascii_hexdigit() || c == ':'));
    let value = if is_v6 {
        Cow::Owned(value.to_ascii_lowercase())
    } else {
        Cow::Borrowed(value)
    };
    value
        .match_indices(&written.to_ascii_lowercase())
        .any(|(at, text)| !value[..at].ends_with(goes_on) && !value[at + text.len()..].starts_with(goes_on))
}

/// What stands before a port of any kind, or for an address in the name of a machine: `010.0.0.5:https`, `[2001:db8::1]:https`,
/// `2001-db8--1.ipv6-literal.net`.
pub(super) fn without_port(text: &str) -> Option<Cow<'_, str>> {
    const LITERAL: &str = ".ipv6-literal.net";
    if let Some((host, _)) = text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        return Some(Cow::Borrowed(host));
    }
    let end = text.len().saturating_sub(LITERAL.len());
    if text.get(end..).is_some_and(|end| end.eq_ignore_ascii_case(LITERAL)) {
        let host = text[..end].to_ascii_lowercase();
        return Some(Cow::Owned(host.replace('-', ":").replace('s', "%")));
    }
    let (host, port) = text.split_once(':')?;
    (!port.contains(':')).then_some(Cow::Borrowed(host))
}

/// Whether what is no address in a usual spelling may be this one. The name of a machine is none.
pub(super) fn may_be(text: &str, wanted: IpAddr) -> bool {
    // The root of all names ends in one.
    let text = text.trim_end_matches('.');
    let of_an_address = |c: char| c.is_ascii_hexdigit() || "xX.:%[]".contains(c);
    // Those of other scripts are read as digits, too.
    if text.contains(|c: char| !c.is_ascii() && c.is_numeric()) {
        return true;
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || c == '[' || c == ':') && !text.contains(':') {
        return false;
    }
    if text.contains("::") && text.contains('%') {
        return true;
    }
    if !text.chars().all(of_an_address) {
        return false;
    }
    match (text.matches(':').count(), wanted) {
        (0, IpAddr::V4(wanted)) => is_v4(text, wanted),
        // What stands before a port is read without it.
        (0, IpAddr::V6(_)) | (1, _) => false,
        (2..=5, IpAddr::V4(wanted)) if text.split(':').any(|part| part.contains('.') && is_v4(part, wanted)) => true,
        // A time, or the address of a card.
        (2..=5, _) => text.contains("::"),
        _ => true,
    }
}

/// Whether these are its numbers as `inet_aton` reads them: up to four, of which the last stands for all that is left, and each also in
/// octal or hexadecimal digits. What is too large for its place may be cut.
fn is_v4(text: &str, wanted: Ipv4Addr) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let [first @ .., last] = &parts[..] else { return false };
    let octets = wanted.octets();
    let Some(left) = octets.get(first.len()..).filter(|left| !left.is_empty()) else {
        return false;
    };
    let rest = left.iter().fold(0, |rest, octet| rest << 8 | u64::from(*octet));
    let is = |part: &str, number: u64, bytes: usize| {
        let cut = |read: u64| read & ((1 << (8 * bytes)) - 1);
        numbers(part).into_iter().flatten().any(|read| cut(read) == number)
    };
    first.iter().zip(octets).all(|(part, octet)| is(part, octet.into(), 1)) && is(last, rest, left.len())
}

/// What a number may be read as.
fn numbers(part: &str) -> [Option<u64>; 3] {
    let hex = part.strip_prefix("0x").or_else(|| part.strip_prefix("0X"));
    [
        part.parse().ok(),
        part.strip_prefix('0')
            .and_then(|octal| u64::from_str_radix(octal, 8).ok()),
        hex.and_then(|hex| u64::from_str_radix(hex, 16).ok()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_spelling_of_an_address_is_told_from_another_and_from_a_name() {
        let wanted = "10.0.0.5".parse().unwrap();
        for text in [
            "010.0.0.5",
            "012.0.0.5",
            "0x0a000005",
            "0XA.0x0.0.5",
            "167772165",
            "10.5",
            "10.0.5",
            "266.0.0.5",
            "0x0a000005.",
            "[::ffff:10.0.0.05]",
            "\u{ff11}\u{ff10}.0.0.5",
        ] {
            assert!(may_be(text, wanted), "{text}");
        }
        for text in [
            "",
            "-",
            "web01",
            "m\u{fc}ller",
            "db01",
            "face",
            "8.9.2",
            "10.0.19041.1",
            "010.0.0.6",
            "167772166",
            "10.6",
            "20261129",
            "10.0.0.0.5",
            "10.0.0.5-beta",
            "10:30:00",
            "00:11:22:33:44:55",
            "host:443",
            "cafe:80",
            "10:30:00.123",
        ] {
            assert!(!may_be(text, wanted), "{text}");
        }
        let loopback = "::1".parse().unwrap();
        assert!(may_be("[::0001", loopback));
        assert!(!may_be("web01", loopback) && !may_be("1", loopback));
    }
}
