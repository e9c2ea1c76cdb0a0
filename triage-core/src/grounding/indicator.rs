//! Addresses, hashes, names and paths that a triager wrote.

use std::{net::Ipv6Addr, ops::Range, sync::LazyLock};

use regex::Regex;

use super::known::Known;
use crate::safe::{PUBLIC_SUFFIXES, regex};

/// Folders that analysts are sent to whatever the alert is about.
const WELL_KNOWN: [&str; 3] = ["/var/log", "/etc/passwd", "/etc/shadow"];

/// Returns where the text names a link, whatever its scheme, defanged or not.
pub(super) fn links(text: &str) -> Vec<Range<usize>> {
    static LINK: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)\b(?:h(?:tt|xx)ps?|ftps?|wss?|smb|ldaps?|file|ssh|tel|mailto|javascript|data|vbscript)\s?(?:\[:\]|:)(?:/{1,3}|[^\s/])[^\s<>]*|\bwww\.[^\s<>]+|\]\([^)\s]+\)",
        )
    });
    LINK.find_iter(text).map(|found| found.range()).collect()
}

/// Returns the indicators in the text that the evidence does not hold as a whole.
pub(super) fn unknown(text: &str, known: &Known) -> Vec<Range<usize>> {
    static INDICATOR: LazyLock<Regex> = LazyLock::new(|| {
        regex(&format!(
            r"(?ix)
            (?: \b\d{{1,3}} (?: (?:\.|\[\.\]) \d{{1,3}} ){{3}} \b )                       # IPv4, defanged too
            | (?: \b(?:[0-9a-f]{{64}}|[0-9a-f]{{40}}|[0-9a-f]{{32}})\b )                    # digests
            | (?: \bCVE-\d{{4}}-\d{{4,7}}\b )
            | (?: \b[a-z0-9._%+-]+@(?:[a-z0-9-]+\.)+[a-z]{{2,}}\b )                         # mail
            | (?: \b[a-z]:[\\/][^\s,;'()|<>]+ )                                           # Windows paths
            | (?: \\\\[a-z0-9._$-]+\\[^\s,;'()|<>]+ )                                     # shares
            | (?: \b(?:hklm|hkcu|hku|hkey_[a-z_]+)\\[^\s,;'()|<>]+ )                      # registry
            | (?: (?:^|[\s'(=]) (?P<unix>/(?:[\w.@+-]+/)+[\w.@+-]*) )                       # Unix paths of two parts or more
            | (?: \b(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?(?:\.|\[\.\]))+(?:{PUBLIC_SUFFIXES})\b )  # domains
            | (?P<six> [0-9a-f]{{0,4}}(?::[0-9a-f]{{0,4}}){{2,7}} )                         # IPv6 or a time of day
            "
        ))
    });
    let mut unknown = Vec::new();
    for found in INDICATOR.captures_iter(text) {
        let whole = found.get(0).expect("group 0 is the match");
        let exact = found.name("unix").unwrap_or(whole);
        if found
            .name("six")
            .is_some_and(|six| six.as_str().parse::<Ipv6Addr>().is_err())
        {
            continue;
        }
        let name = exact.as_str().trim_end_matches(['.', ':', '!', '?', ',']);
        let is_well_known = WELL_KNOWN.iter().any(|folder| name.starts_with(folder));
        if !is_well_known && !known.holds_token(name.trim_end_matches(['\\', '/'])) {
            unknown.push(exact.start()..exact.start() + name.len());
        }
    }
    unknown
}

/// Returns where the text quotes: the ranges of the quotations, marks included, and the words between them.
pub(super) fn quotations(text: &str) -> Vec<(Range<usize>, &str)> {
    const MARKS: [(char, &[char]); 8] = [
        ('\'', &['\'']),
        ('"', &['"']),
        ('`', &['`']),
        ('“', &['”', '“']),
        ('„', &['“', '”']),
        ('‘', &['’']),
        ('«', &['»']),
        ('″', &['″']),
    ];
    let mut found = Vec::new();
    let mut from = 0;
    while let Some((at, open)) = text[from..]
        .char_indices()
        .map(|(at, c)| (from + at, c))
        .find(|(at, c)| MARKS.iter().any(|(mark, _)| mark == c) && opens(text, *at))
    {
        let inner = at + open.len_utf8();
        let closers = MARKS
            .iter()
            .find(|(mark, _)| *mark == open)
            .map_or(&[][..], |(_, closers)| closers);
        let close = text[inner..]
            .char_indices()
            .map(|(offset, c)| (inner + offset, c))
            .find(|(end, c)| closers.contains(c) && !text[end + c.len_utf8()..].starts_with(char::is_alphanumeric));
        let Some((end, closer)) = close else {
            from = inner;
            continue;
        };
        if text[inner..end].trim().chars().count() >= 2 {
            found.push((at..end + closer.len_utf8(), &text[inner..end]));
        }
        from = end + closer.len_utf8();
    }
    found
}

/// A mark after a letter is an apostrophe, as in `user's`.
fn opens(text: &str, at: usize) -> bool {
    !text[..at].ends_with(char::is_alphanumeric)
}

/// Replaces ranges, given in order and not overlapping.
pub(super) fn replace(text: &str, ranges: &[Range<usize>], with: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for range in ranges {
        out.push_str(&text[from..range.start]);
        out.push_str(with);
        from = range.end;
    }
    out.push_str(&text[from..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Evidence, Fact, FactId, Origin};

    fn unknown_in(text: &str) -> Vec<&str> {
        let fact = Fact {
            id: FactId(1),
            path: "data.x".into(),
            value: r"C:\Windows\Temp\a.exe from 10.20.4.42 evil.example fe80::1 /opt/app/run.sh".into(),
            origin: Origin::Alert,
        };
        let known = Known::new(&Evidence {
            facts: vec![fact],
            ..Evidence::default()
        });
        unknown(text, &known).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn what_the_alert_does_not_name_is_found() {
        assert_eq!(unknown_in("Beacon to 192.0.2.77."), ["192.0.2.77"]);
        assert_eq!(
            unknown_in("Seen 192[.]0[.]2[.]77 and 10.20.4.4"),
            ["192[.]0[.]2[.]77", "10.20.4.4"]
        );
        assert_eq!(
            unknown_in("CVE-2024-3094 in d41d8cd98f00b204e9800998ecf8427e"),
            ["CVE-2024-3094", "d41d8cd98f00b204e9800998ecf8427e"]
        );
        assert_eq!(
            unknown_in("ask it@corp.example about bad.example or fe80::2"),
            ["it@corp.example", "bad.example", "fe80::2"]
        );
        assert_eq!(
            unknown_in(r"look at C:\Temp\x.exe or (/opt/other/x)"),
            [r"C:\Temp\x.exe", "/opt/other/x"]
        );
    }

    #[test]
    fn what_the_alert_names_and_what_is_no_indicator_is_left() {
        for text in [
            "10.20.4.42, evil.example and C:/Windows/Temp/a.exe",
            r"the folder C:\Windows\Temp\",
            "/opt/app/run.sh at 09:14:22 and/or TCP/IP, e.g. j.doe, see /var/log/auth.log",
            "version 10.0.19041.746",
            "fe80::1",
        ] {
            assert_eq!(unknown_in(text), Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn apostrophes_are_not_quotations() {
        let words = |text| quotations(text).into_iter().map(|(_, words)| words).collect::<Vec<_>>();
        assert_eq!(words("the user's and the hosts' names"), Vec::<&str>::new());
        assert_eq!(words("uses '-w hidden' and \"iex\""), ["-w hidden", "iex"]);
        assert_eq!(words("„geheim“ ‘a b’"), ["geheim", "a b"]);
        assert_eq!(words("'don't stop' it"), ["don't stop"]);
    }

    #[test]
    fn links_are_found_in_every_dress() {
        for text in [
            "https://a.example/x",
            "hxxp[:]//a.b",
            "www.a.example",
            "![x](a)",
            "mailto:a@b.c",
            "javascript:alert(1)",
        ] {
            assert_eq!(links(text).len(), 1, "{text}");
        }
        assert!(links("the file: it was read; data: none").is_empty());
    }
}
