//! Odd spellings of addresses, which some programs read and others do not: `010.0.0.5`, `0x0a000005`, `10.5`.

use std::net::{IpAddr, Ipv4Addr};

/// Whether what is no address in a usual spelling may be this one. The name of a machine is none.
pub(super) fn may_be(text: &str, wanted: IpAddr) -> bool {
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
        (0, IpAddr::V6(_)) => false,
        // A time, or the address of a card.
        (2..=5, _) => text.contains("::") || text.contains(['.', '[']),
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
            "010.0.0.5:443",
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
        ] {
            assert!(!may_be(text, wanted), "{text}");
        }
        let loopback = "::1".parse().unwrap();
        assert!(may_be("[::0001", loopback));
        assert!(!may_be("web01", loopback) && !may_be("1", loopback));
    }
}
