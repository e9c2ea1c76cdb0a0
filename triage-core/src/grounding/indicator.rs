//! Addresses, hashes, names and paths that a triager wrote.

use std::{net::Ipv6Addr, ops::Range, sync::LazyLock};

use regex::Regex;

use super::known::Known;
use crate::safe::{PUBLIC_SUFFIXES, is_product, regex};

/// Places that analysts are sent to whatever the alert is about.
const WELL_KNOWN: [&str; 33] = [
    "/etc/passwd",
    "/etc/shadow",
    "/etc/group",
    "/etc/hosts",
    "/etc/crontab",
    "/etc/cron.d",
    "/etc/sudoers",
    "/etc/sudoers.d",
    "/etc/ssh/sshd_config",
    "/root/.ssh/authorized_keys",
    "~/.ssh",
    "~/.ssh/authorized_keys",
    "~/.bash_history",
    "~/.bashrc",
    "~/.profile",
    "/etc/cron.hourly",
    "/etc/cron.daily",
    "/etc/cron.weekly",
    "/etc/cron.monthly",
    "/etc/systemd/system",
    "/var/spool/cron",
    "/var/spool/cron/crontabs",
    "/var/tmp",
    "/dev/shm",
    r"C:\Windows\System32",
    r"C:\Windows\Temp",
    r"C:\Users\Public",
    r"HKLM\Software\Microsoft\Windows\CurrentVersion\Run",
    r"HKLM\Software\Microsoft\Windows\CurrentVersion\RunOnce",
    r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run",
    r"HKCU\Software\Microsoft\Windows\CurrentVersion\RunOnce",
    // Any address, and where a cloud tells its machines who they are.
    "0.0.0.0",
    "169.254.169.254",
];

/// So is everything in this folder.
const LOGS: &str = "/var/log";

/// Last labels of names that only a company's own servers know.
const INNER_SUFFIXES: &str = "local|lan|internal|corp|intranet";

/// Returns where the text names a link, whatever its scheme, defanged or not; without a scheme, a name with a path behind it.
pub(super) fn links(text: &str) -> Vec<Range<usize>> {
    static LINK: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)\b[a-z][a-z0-9+-]{1,15}://[^\s<>]+|\b(?:h(?:tt|xx)ps?|ftps?|wss?|smb|ldaps?|file|ssh|tel|sms|callto|mailto|javascript|data|vbscript|skype|msteams|slack|magnet|ipfs|ms-[a-z-]+)\s?(?:\[:\]|:)(?:/{1,3}|[^\s/])[^\s<>]*|\bwww\.[^\s<>]+|\]\([^)\s]+\)|\b(?:[a-z0-9_-]+(?:\.|\[\.\]))+[a-z]{2,18}/[^\s<>]+",
        )
    });
    let is_path = |found: &regex::Match<'_>| {
        let scheme = found.as_str().contains(':') || found.as_str().starts_with("](");
        !scheme && text[..found.start()].ends_with(['/', '\\', '@', '.', '-', '_', '%', '$', '~'])
    };
    let links = LINK
        .find_iter(text)
        .filter(|found| !is_path(found) && !is_pair(found.as_str()));
    links.map(|found| found.range()).collect()
}

/// Says whether what looks like a link names two things, or a port: `auth.log/secure`, `ASP.NET/IIS`, `ssh:22`.
fn is_pair(link: &str) -> bool {
    static PORT: LazyLock<Regex> =
        LazyLock::new(|| regex(r"(?i)^(?:https?|ftps?|smb|ldaps?|ssh)\s?:\d{1,5}[.,;)!?]*$"));
    // None of these ends the name of a host.
    static FILE: LazyLock<Regex> =
        LazyLock::new(|| regex(r"(?i)^[a-z0-9_.-]+\.(?:exe|dll|log|conf|cfg|ini|evtx|json|xml|txt)$"));
    let name = link.split('/').next().unwrap_or_default();
    PORT.is_match(link) || FILE.is_match(name) || (name.len() < link.len() && is_product(name))
}

/// Returns the indicators in the text that the evidence does not hold as a whole.
pub(super) fn unknown(text: &str, known: &Known) -> Vec<Range<usize>> {
    static INDICATOR: LazyLock<Regex> = LazyLock::new(|| {
        regex(&format!(
            r#"(?ix)
            (?: (?-u:\b)\d{{1,3}} (?: (?:\.|\[\.\]) \d{{1,3}} ){{3}} (?: \.\d{{1,5}} )* (?: (?: :\d{{1,5}} )? /[a-z_~%.?][^\s,;'()|<>]* )? (?-u:\b) )  # IPv4, defanged too, with a path
            | (?: (?-u:\b)(?:[0-9a-f]{{128}}|[0-9a-f]{{96}}|[0-9a-f]{{64}}|[0-9a-f]{{40}}|[0-9a-f]{{32}})(?-u:\b) )                    # digests
            | (?: (?-u:\b)CVE-\d{{4}}-\d{{4,7}}(?-u:\b) )
            | (?: (?-u:\b)[a-z0-9._%+-]+@(?:[a-z0-9-]+\.)+[a-z]{{2,}}(?-u:\b) )                         # mail
            | (?P<windows> (?-u:\b)[a-z]:[\\/][^\s,;'()|<>]+                                    # Windows paths
                | \\\\[a-z0-9._$-]+\\[^\s,;'()|<>]+                                       # shares
                | (?-u:\b)(?:hklm|hkcu|hku|hkcr|hkey_[a-z_]+):?\\[^\s,;'()|<>]+ )                 # registry
            | (?: (?-u:\b) arn:aws[a-z-]*:[^\s,;'"()|<>]+ | (?-u:\b) (?-i:A[KS]IA[A-Z2-7]{{16}}) (?-u:\b) )     # cloud resources and keys
            | (?: (?-u:\b) S-1-5-21 (?: -\d{{1,10}} ){{3,4}} (?-u:\b) )                                 # accounts
            | (?: (?-u:\b) [0-9a-f]{{2}} (?: : [0-9a-f]{{2}} ){{5}} (?-u:\b) | (?-u:\b) [0-9a-f]{{2}} (?: - [0-9a-f]{{2}} ){{5}} (?-u:\b) )    # MAC
            | (?: (?-u:\b) [0-9a-f]{{8}} (?: - [0-9a-f]{{4}} ){{3}} - [0-9a-f]{{12}} (?-u:\b) )
            | (?: (?:^|[\s'"`“„«‘(\[=:,;<>|]) (?P<unix>(?:~[a-z0-9_-]*)?/(?:[\w.@+-]+/)+[\w.@+-]* | ~[a-z0-9_-]*/[\w.@+-]+) )  # Unix paths of two parts or more
            | (?: (?:%[a-z_()0-9]+% | \$env:[a-z_()0-9]+ | \$\{{?[a-z_]+\}}?) [\\/] [^\s,;'"()|<>]+ )  # below a variable
            | (?P<domain> (?-u:\b)(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?(?:\.|\[\.\]))+(?:{PUBLIC_SUFFIXES}|{INNER_SUFFIXES}|xn--[a-z0-9]+)(?-u:\b) )  # domains
            | (?P<six> [0-9a-f]{{0,4}}(?::[0-9a-f]{{0,4}}){{2,7}} (?: (?:\.\d{{1,3}}){{3}} )? )   # IPv6 or a time of day
            "#
        ))
    });
    let mut unknown = Vec::new();
    // Names and paths may reach beyond what was matched of them, into the next match.
    let mut read = 0;
    for found in INDICATOR.captures_iter(text) {
        let whole = found.get(0).expect("group 0 is the match");
        let mut range = found.name("unix").unwrap_or(whole).range();
        if range.start < read {
            continue;
        }
        if found.name("domain").is_some() {
            range.start = start_of_name(text, range.start).max(read);
        }
        if found.name("six").is_some() {
            let Some(six) = ipv6(text, range) else { continue };
            range = six;
        }
        if found.name("windows").is_some() {
            range.end = end_of_path(text, range.clone(), known);
        }
        read = range.end;
        if found.name("domain").is_some()
            && (is_product(&text[range.clone()])
                || text[range.clone()].eq_ignore_ascii_case("rc.local")
                || goes_on(&text[range.end..]))
        {
            continue;
        }
        let name = text[range.clone()].trim_end_matches(['.', ':', '!', '?', ',']);
        let name_alone = name.trim_end_matches(['\\', '/']);
        if !is_well_known(name_alone) && !known.holds_indicator(name_alone) {
            unknown.push(range.start..range.start + name.len());
        }
    }
    unknown
}

/// A name may begin with letters that no domain of old had: `münchen.example`. Scripts without blanks end before it.
fn start_of_name(text: &str, start: usize) -> usize {
    let inside = |c: char| c < '\u{2e80}' && (c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    let head = text[..start].trim_end_matches(inside);
    if text[head.len()..start].is_ascii() {
        start
    } else {
        head.len()
    }
}

fn is_well_known(name: &str) -> bool {
    let is_log = name
        .strip_prefix(LOGS)
        .is_some_and(|rest| rest.is_empty() || (rest.starts_with('/') && !rest.contains("..")));
    is_log || WELL_KNOWN.iter().any(|place| name.eq_ignore_ascii_case(place))
}

/// Returns where a Windows path ends: a folder may hold blanks where another follows (`C:\Program Files\x`), if it reads as one.
fn end_of_path(text: &str, path: Range<usize>, known: &Known) -> usize {
    static FOLDER: LazyLock<Regex> = LazyLock::new(|| regex(r#"^(?:\x20+[^\\/:*?"<>|,;'\s]+){1,5}\\[^\s,;'()|<>]*"#));
    static SENTENCE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)\b(?:and|or|to|from|in|by|on|with|as|via|then|was|were|is|are|of|for|at|under|into|ran|runs|started|starts|where|when|which|that)\x20",
        )
    });
    static FILE: LazyLock<Regex> = LazyLock::new(|| regex(r#"(?i)\.[a-z][a-z0-9]{1,4}["”]?$"#));
    let mut end = path.end;
    while let Some(folder) = FOLDER.find(&text[end..]) {
        let words = folder.as_str();
        let is_sentence = SENTENCE.is_match(words) && !words.to_ascii_lowercase().starts_with(" and settings\\");
        let last = words.rsplit(' ').next().unwrap_or_default();
        if is_sentence || FILE.is_match(&text[path.start..end]) || known.holds_token(last) {
            break;
        }
        end += folder.end();
    }
    end
}

/// Returns the addresses of version 6 in a text.
pub(super) fn six(text: &str) -> Vec<Ipv6Addr> {
    static SIX: LazyLock<Regex> =
        LazyLock::new(|| regex(r"(?i)[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:(?:\.\d{1,3}){3})?"));
    let found = SIX.find_iter(text).filter_map(|found| ipv6(text, found.range()));
    found.filter_map(|range| text[range].parse().ok()).collect()
}

/// Returns where the address in a run of groups is, if it is one and no time of day and no `::` of a program.
fn ipv6(text: &str, mut range: Range<usize>) -> Option<Range<usize>> {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | ']' | ')' | '>' | ':');
    // `src:fe80::1` begins behind its colon.
    if text[..range.start].ends_with(char::is_alphanumeric) {
        range.start += text[range.clone()].find(':')?;
    }
    let six = &text[range.clone()];
    if six.starts_with(':') && !six.starts_with("::") {
        range.start += 1;
    } else if text[..range.start].ends_with(inside) {
        return None;
    }
    let goes_on = text[range.end..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
    (!goes_on
        && text[range.clone()]
            .parse::<Ipv6Addr>()
            .is_ok_and(|six| !six.is_unspecified()))
    .then_some(range)
}

/// Says whether a would-be domain is a piece of a longer name: `java.io` in `java.io.File`.
fn goes_on(after: &str) -> bool {
    let rest = after.strip_prefix('.');
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// Returns the names that are no domain by their ending, but files or hosts to whoever is told to get or visit them.
pub(super) fn destinations(text: &str, known: &Known) -> Vec<Range<usize>> {
    static FETCH: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"(?i)(?:^\W*|[,;:]\s*|\b(?:and|then|to|please)\s+)(?:download|visit|browse|navigate|surf|install)\b")
    });
    static NAME: LazyLock<Regex> =
        LazyLock::new(|| regex(r"(?i)\b[a-z0-9_-]+(?:(?:\.|\[\.\])[a-z0-9_-]+)*(?:\.|\[\.\])[a-z]{2,18}\b"));
    if !FETCH.is_match(text) {
        return Vec::new();
    }
    let names = NAME.find_iter(text).map(|name| name.range());
    names.filter(|name| !known.holds_token(&text[name.clone()])).collect()
}

/// Returns where the text quotes: the ranges of the quotations, marks included, and the words between them.
pub(super) fn quotations(text: &str) -> Vec<(Range<usize>, &str)> {
    const MARKS: [(char, &[char]); 15] = [
        ('\'', &['\'']),
        ('"', &['"']),
        ('`', &['`']),
        ('“', &['”', '“']),
        ('„', &['“', '”']),
        ('‘', &['’']),
        ('«', &['»']),
        ('″', &['″']),
        ('‹', &['›']),
        ('»', &['«']),
        ('‚', &['‘', '’']),
        ('´', &['´', '`', '\'']),
        ('「', &['」']),
        ('『', &['』']),
        ('＂', &['＂']),
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
            // A quotation that lost its end is read up to its first word's; an apostrophe is none.
            let word = text[inner..].split(' ').next().unwrap_or_default();
            let word = word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')']);
            if !matches!(open, '\'' | '‘' | '´' | '‚' | '»') && word.chars().count() >= 2 {
                found.push((at..inner + word.len(), word));
                from = inner + word.len();
                continue;
            }
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
            value: concat!(
                r"C:\Windows\Temp\a.exe from 10.20.4.42 evil.example fe80::1 /opt/app/run.sh ",
                r"C:\Program Files\Acme Tools\acme.exe HKEY_LOCAL_MACHINE\Software\Acme\Run ",
                r"2001:0db8:0000:0000:0000:0000:0000:0005 ::ffff:10.20.4.43 http://203.0.113.66/a ACME\j.doe arn:aws:iam::210987654321:user/joan"
            )
            .into(),
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
        assert_eq!(
            unknown_in(r#"~/.ssh/id_rsa, %TEMP%\e.exe, $env:APPDATA/f.ps1, "/opt/evil/x" and file:/srv/www/y"#),
            [
                "~/.ssh/id_rsa",
                r"%TEMP%\e.exe",
                "$env:APPDATA/f.ps1",
                "/opt/evil/x",
                "/srv/www/y"
            ]
        );
        assert_eq!(
            unknown_in(r"under C:\Program Files\Evil Tools\x.exe, C:\Documents and Settings\x and HKLM:\Software\Evil"),
            [
                r"C:\Program Files\Evil Tools\x.exe",
                r"C:\Documents and Settings\x",
                r"HKLM:\Software\Evil"
            ]
        );
        assert_eq!(
            unknown_in("/etc/passwd.bak, /etc/passwd/../../tmp/evil, /dev/shm/x and /var/log/../../opt/x"),
            [
                "/etc/passwd.bak",
                "/etc/passwd/../../tmp/evil",
                "/dev/shm/x",
                "/var/log/../../opt/x"
            ]
        );
        assert_eq!(
            unknown_in("203.0.113.66/b, 203.0.113.66.1 and login-acme.NET or dc01.acme.local and xx.xn--p1ai"),
            [
                "203.0.113.66/b",
                "203.0.113.66.1",
                "login-acme.NET",
                "dc01.acme.local",
                "xx.xn--p1ai"
            ]
        );
        assert_eq!(
            unknown_in("arn:aws:iam::210987654321:role/other"),
            ["arn:aws:iam::210987654321:role/other"]
        );
        assert_eq!(
            unknown_in(
                "S-1-5-21-1004336348-1177238915-682003330-512 on 00:1a:2b:3c:4d:5e is 6b29fc40-ca47-1067-b31d-00dd010662da"
            )
            .len(),
            3
        );
        assert_eq!(
            unknown_in("脚本连接192.0.2.77和bad.example的服务器, münchen.example"),
            ["192.0.2.77", "bad.example", "münchen.example"]
        );
        let sha512 = "ab".repeat(64);
        assert_eq!(unknown_in(&format!("digest {sha512}")), [sha512.as_str()]);
        assert_eq!(
            unknown_in("home is cdn-sync.link, src:fe80::2, [2001:db8::7]"),
            ["cdn-sync.link", "fe80::2", "2001:db8::7"]
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
            "2001:db8::5 and 2001:0DB8:0:0:0:0:0:5 and ::ffff:10.20.4.43 and ::ffff:10.20.4.42",
            r"HKLM\Software\Acme\Run and HKLM:\Software\Acme",
            r"C:\Program Files\Acme Tools\acme.exe of ACME\j.doe, C:\Windows\Temp user ACME\j.doe and C:\Program Files",
            r"C:\Windows\Temp\a.exe and/or C:\Windows\Temp\ with other\names",
            "arn:aws:iam::210987654321:user/joan, account 210987654321",
            "203.0.113.66/a and http://203.0.113.66/a, 10.20.4.42/24",
            "/etc/sudoers, /etc/ssh/sshd_config and ~/.ssh in rc.local",
            "System.Net.WebClient, System.IO.File, java.io.File and data.in.path",
            "[Convert]::FromBase64String, Convert::ToBase64String and std::fs::read",
            "脚本连接10.20.4.42和evil.example的服务器",
            "an ASP.NET web shell",
            "see ~/.bash_history",
            "/tmp, /var/tmp and /dev/shm, /etc/cron.daily and /var/spool/cron, ~/.bashrc and /etc/systemd/system for new services",
            r"HKLM\Software\Microsoft\Windows\CurrentVersion\Run for persistence, C:\Users\Public and 169.254.169.254 or 0.0.0.0/0",
        ] {
            assert_eq!(unknown_in(text), Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn what_reaches_into_the_next_indicator_is_read_once() {
        assert_eq!(
            unknown_in(r"C:\Program Files\192.0.2.7\bad.example and 192.0.2.8é.bad.example"),
            [r"C:\Program Files\192.0.2.7\bad.example", "192.0.2.8", "é.bad.example"]
        );
    }

    #[test]
    fn apostrophes_are_not_quotations() {
        let words = |text| quotations(text).into_iter().map(|(_, words)| words).collect::<Vec<_>>();
        assert_eq!(words("the user's and the hosts' names"), Vec::<&str>::new());
        assert_eq!(words("uses '-w hidden' and \"iex\""), ["-w hidden", "iex"]);
        assert_eq!(words("„geheim“ ‘a b’"), ["geheim", "a b"]);
        assert_eq!(
            words("‹calc.exe› 「calc.exe」 ＂calc.exe＂ ‚calc.exe‘ ´calc.exe´ »calc.exe«"),
            ["calc.exe"; 6]
        );
        assert_eq!(words("runs \"calc.exe and more"), ["calc.exe"]);
        let found = quotations(" A`\"\"\u{c00}a \"“\"x ‹„‹b");
        assert!(found.windows(2).all(|two| two[0].0.end <= two[1].0.start), "{found:?}");
        assert_eq!(words("in the '90s a 5\" disk"), Vec::<&str>::new());
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
            "Open bit.ly/3xYz and sign in",
            "a[.]zip/x",
            "slack://channel",
            "magnet:?xt=abc",
            "ms-msdt:/id x",
            "tel:110",
            "http:2130706433",
            "ssh:root@host",
            "evil.net/IIS",
        ] {
            assert_eq!(links(text).len(), 1, "{text}");
        }
        for text in [
            "the file: it was read; data: none",
            "and/or TCP/IP, 10.0.0.0/8, v1.2/3",
            r"C:\Users\j.doe/x.txt and /etc/cron.daily/x and ../a.dir/b",
            "auth.log/secure, WINWORD.EXE/powershell.exe and ASP.NET/IIS on port ssh:22.",
        ] {
            assert!(links(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn what_a_reader_is_sent_to_fetch_is_a_destination_whatever_its_ending() {
        let known = Known::new(&Evidence {
            title: "invoice.ps1 was run".into(),
            ..Evidence::default()
        });
        let sent = |text| destinations(text, &known).len();
        assert_eq!(sent("Download the helper from helper.zip"), 1);
        assert_eq!(sent("Isolate the host and visit help.desk"), 1);
        assert_eq!(sent("Download invoice.ps1 to a sandbox"), 0);
        assert_eq!(sent("Look for the install of setup.exe"), 0);
    }
}
