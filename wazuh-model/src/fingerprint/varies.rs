//! Fields that differ each time the same thing happens: times, and numbers of processes, sessions and requests.

use super::mask::{is_guid, is_hexadecimal};
use super::token::is_random;

/// Whether a field differs each time the same thing happens, by the last word of its name and by its value.
pub(super) fn differs_each_time(path: &str, text: &str) -> bool {
    const ENDS: [&str; 17] = [
        "logonid",
        "logonguid",
        "processid",
        "processguid",
        "threadid",
        "sessionid",
        "requestid",
        "traceid",
        "spanid",
        "correlationid",
        "transactionid",
        "connectionid",
        "flowid",
        "recordid",
        "handleid",
        "callid",
        "communityid",
    ];
    const NAMES: [&str; 17] = [
        "pid",
        "ppid",
        "tid",
        "ses",
        "session",
        "seq",
        "sequence",
        "srcport",
        "sport",
        "sourceport",
        "clientport",
        "ipport",
        "count",
        "counter",
        "duration",
        "elapsed",
        "nonce",
    ];
    // Programs call things by it; addresses in memory say nothing.
    if name_of(path) == "callTrace" {
        return true;
    }
    let name = plain_name(path);
    let numbered = NAMES.contains(&name.as_str()) || ENDS.iter().any(|end| name.ends_with(end));
    if is_made_up(&name, text) && !names_a_thing(path) {
        return true;
    }
    // Whoever chooses the text of a session must not hide a sentence or a name there.
    let number = || (text.bytes().any(|byte| byte.is_ascii_digit()) && words(text).all(is_kind)) || is_random(text);
    (numbered && text.len() <= 128 && !text.contains(char::is_whitespace) && number()) || is_time(&name, text)
}

/// Whether a field is the id of a thing that was made up for it, `00ub0oNGTSWTBKOLGLNR`: which thing it is may be news, and makes no key.
pub(super) fn is_made_up_for_a_thing(path: &str, text: &str) -> bool {
    names_a_thing(path) && is_made_up(&plain_name(path), text)
}

/// The last word of a path, in small letters and digits alone.
fn plain_name(path: &str) -> String {
    let mut name = name_of(path).to_ascii_lowercase();
    name.retain(|c| c.is_ascii_alphanumeric());
    name
}

/// Whether a word in a number of a session or the like says only what it is the number of: `sess-4711`.
fn is_kind(word: &str) -> bool {
    const KINDS: [&str; 13] = [
        "sess",
        "session",
        "conn",
        "connection",
        "request",
        "trace",
        "span",
        "proc",
        "process",
        "flow",
        "handle",
        "call",
        "thread",
    ];
    KINDS.iter().any(|kind| kind.eq_ignore_ascii_case(word))
}

/// Somebody, or whom or what something was done to; each may have an id by which it is known, and keeps it.
const SOMEBODY: [&str; 14] = [
    "target",
    "user",
    "actor",
    "account",
    "group",
    "role",
    "owner",
    "member",
    "principal",
    "subject",
    "author",
    "tenant",
    "customer",
    "employee",
];

/// What else may have one.
const THINGS: [&str; 12] = [
    "object",
    "resource",
    "asset",
    "entity",
    "device",
    "computer",
    "host",
    "vm",
    "application",
    "app",
    "policy",
    "project",
];

/// What has an id, too, and may be counted where its name stands alone.
const THINGS_WITH_IDS: [&str; 23] = [
    "team",
    "org",
    "organization",
    "repo",
    "repository",
    "node",
    "server",
    "instance",
    "workspace",
    "domain",
    "permission",
    "badge",
    "door",
    "zone",
    "site",
    "client",
    "image",
    "volume",
    "cluster",
    "key",
    "secret",
    "certificate",
    "service",
];

/// Whether a name ends in that of an account or of another thing that is known by a number.
pub(super) fn is_thing(name: &str) -> bool {
    is_somebody(name) || THINGS.iter().any(|thing| ends_with(name, thing))
}

/// Whether what comes before `id` in a name is a thing.
pub(super) fn has_an_id(name: &str) -> bool {
    is_thing(name) || THINGS_WITH_IDS.iter().any(|thing| ends_with(name, thing))
}

/// Whether a thing is somebody, or whom or what something was done to.
pub(super) fn is_somebody(thing: &str) -> bool {
    SOMEBODY.iter().any(|one| ends_with(thing, one))
}

/// Whether a field is the id of an account or of another thing, and not of the event: `target.id`, `owner_id`.
fn names_a_thing(path: &str) -> bool {
    thing_of(path).is_some()
}

/// What a field is the id of, where it is that of an account or of another thing: `target` of `target.id`, `owner` of `owner_id`.
pub(super) fn thing_of(path: &str) -> Option<&str> {
    let mut names = path
        .rsplit('.')
        .filter(|name| !name.bytes().all(|byte| byte.is_ascii_digit()));
    let id = names.next()?;
    let of = ["uuid", "uid", "id"]
        .iter()
        .find(|end| ends_with(id, end))
        .map_or("", |end| id[..id.len() - end.len()].trim_end_matches(['_', '-']));
    // `uid`, whatever it is the number of.
    if of.is_empty() {
        // Kubernetes makes one up for each that it makes.
        let thing = names.next().filter(|name| is_thing(name) && *name != "involvedObject");
        return thing.filter(|_| matches!(id.to_ascii_lowercase().as_str(), "id" | "uid"));
    }
    // Sensors call processes so.
    (has_an_id(of) && !ends_with(of, "entity")).then_some(of)
}

/// Whether a value is a name of the event itself that was made up for it, as sensors and clouds give.
fn is_made_up(name: &str, text: &str) -> bool {
    const NAMES: [&str; 12] = [
        "dthash",
        "id",
        "uid",
        "fuid",
        "alertid",
        "messageid",
        "msgid",
        "insertid",
        "docid",
        "eventuuid",
        "eventid",
        "logid",
    ];
    let count = |wanted: fn(&u8) -> bool| text.bytes().filter(wanted).count();
    // A mail is named so, with the machine that named it.
    let mail = matches!(name, "messageid" | "msgid");
    let word = text.bytes().all(|byte| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'_')
            || (mail && matches!(byte, b'.' | b'@' | b'<' | b'>'))
            || (name == "id" && byte == b'@')
    });
    // That of a container may have a letter or two.
    let is_digest = || is_hexadecimal(text) && count(u8::is_ascii_alphabetic) > 0 && count(u8::is_ascii_digit) > 0;
    // What sensors make up for a process; others name machines there.
    if name == "entityid" {
        return is_of_a_process(text);
    }
    // Of a sensor that names every connection and every file.
    if ["fuid", "fuids", "uids"].iter().any(|end| name.ends_with(end)) {
        return text.split(", ").all(|one| is_made_up("uid", one));
    }
    if !NAMES.contains(&name) {
        return false;
    }
    // What has a number of its own for each kind has a short one.
    if matches!(name, "eventid" | "logid") && (is_guid(text) || is_long_number(text) || is_random(text)) {
        return true;
    }
    (12..=128).contains(&text.len())
        && word
        // Accounts and advisories have such names too: `svc-backup-admin01`, `GHSA-jfh8-c2jp-5v3r`.
        && (mail || words(text).next().is_none())
        && ((count(u8::is_ascii_digit) >= 2 && count(u8::is_ascii_alphabetic) >= 4) || is_random(text) || is_digest())
}

/// Whether an id was made up for a process, in whatever digits: `01HF3Z8K6QJ4T5X7Y8Z9`, `q8zt1xkp-m2wr7ylb`. That of a machine consists of
/// letters with a number at the end: `FIN-SRV-DB01`.
fn is_of_a_process(text: &str) -> bool {
    const SEPARATORS: [char; 5] = ['+', '/', '=', '_', '-'];
    let letters = |part: &str| part.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    let is_name = |part: &str| letters(part).bytes().all(|byte| byte.is_ascii_alphabetic());
    let count = |wanted: fn(&u8) -> bool| text.bytes().filter(wanted).count();
    let plain: String = text.chars().filter(|c| !SEPARATORS.contains(c)).collect();
    let is_named = text.contains('-') && text.split('-').all(is_name);
    is_random(text)
        || ((12..=128).contains(&text.len())
            && plain.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && !is_named
            && words(text).next().is_none()
            && ((count(u8::is_ascii_digit) >= 2 && count(u8::is_ascii_alphabetic) >= 4) || is_random(&plain)))
}

pub(super) fn is_long_number(text: &str) -> bool {
    text.len() > 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The words in a name that somebody chose: letters in one case, and digits behind them at most. Hexadecimal is none.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    const SHORTEST: usize = 4;
    let is_word = |part: &&str| {
        let mut letters = part.bytes().skip(1);
        part.len() >= SHORTEST
            && part.bytes().all(|byte| byte.is_ascii_alphabetic())
            && !part.bytes().all(|byte| byte.is_ascii_hexdigit())
            && (letters.all(|letter| letter.is_ascii_lowercase()) || part.bytes().all(|byte| byte.is_ascii_uppercase()))
    };
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .map(|part| part.trim_end_matches(|c: char| c.is_ascii_digit()))
        .filter(is_word)
}

/// The last word of a path that is no number of a list.
pub(super) fn name_of(path: &str) -> &str {
    let mut names = path.rsplit('.');
    names
        .find(|name| !name.bytes().all(|byte| byte.is_ascii_digit()))
        .unwrap_or(path)
}

/// Whether a name ends so, in whatever case.
pub(super) fn ends_with(name: &str, end: &str) -> bool {
    let at = name.len().checked_sub(end.len());
    at.and_then(|at| name.get(at..))
        .is_some_and(|own| own.eq_ignore_ascii_case(end))
}

/// Whether a value is a time: by itself, as a date with a clock, or as its name says.
fn is_time(name: &str, text: &str) -> bool {
    let text = text.trim();
    let whole = text.get(..10).is_some_and(is_date)
        && text[10..].starts_with(['T', ' '])
        && text
            .get(11..13)
            .is_some_and(|hour| hour.bytes().all(|byte| byte.is_ascii_digit()))
        && text[13..].starts_with(':')
        && consists_of_time(text);
    let named = matches!(name, "ts" | "date")
        || [
            "time",
            "timestamp",
            "datetime",
            "timelocal",
            "iso8601",
            "createdat",
            "updatedat",
            "loggedat",
            "receivedat",
        ]
        .iter()
        .any(|end| name.ends_with(end));
    whole || is_compact_time(text) || (named && consists_of_time(text))
}

/// Whether a text is a date and a clock without separators: `20261129T040001Z`.
fn is_compact_time(text: &str) -> bool {
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('T')
        .is_some_and(|(date, clock)| digits(date, 8) && digits(clock.strip_suffix('Z').unwrap_or(clock), 6))
}

/// Whether a text has numbers, and no words but those of a time.
fn consists_of_time(text: &str) -> bool {
    const ZONES: [&str; 7] = ["T", "Z", "AM", "PM", "UTC", "GMT", "CET"];
    let mut words = text
        .split(|c: char| !c.is_ascii_alphabetic())
        .filter(|word| !word.is_empty());
    text.len() <= 64
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().all(|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(
                    byte,
                    b' ' | b'-' | b'/' | b':' | b'.' | b',' | b'+' | b'[' | b']' | b'@'
                )
        })
        && words.all(|word| ZONES.contains(&word) || MONTHS.iter().chain(&DAYS).any(|name| word.starts_with(name)))
}

pub(super) const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
pub(super) const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Whether a word is a whole date in numbers: `2026-01-20`, `20/01/2026`.
pub(super) fn is_date(word: &str) -> bool {
    let separators = |first: usize, second: usize| {
        word.len() == 10
            && word.bytes().enumerate().all(|(at, byte)| {
                if at == first || at == second {
                    matches!(byte, b'-' | b'/')
                } else {
                    byte.is_ascii_digit()
                }
            })
    };
    separators(4, 7) || separators(2, 5)
}

/// Whether a word is the time of a day, whatever follows its seconds: a fraction, a zone.
pub(super) fn is_clock(word: &str) -> bool {
    let Some((clock, rest)) = word.as_bytes().split_at_checked(8) else {
        return false;
    };
    let digits = |at: usize| clock[at..at + 2].iter().all(u8::is_ascii_digit);
    digits(0)
        && clock[2] == b':'
        && digits(3)
        && clock[5] == b':'
        && digits(6)
        && !rest.first().is_some_and(u8::is_ascii_digit)
        && rest
            .iter()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b':' | b'+' | b'-' | b'Z'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_numbers_of_processes_sessions_and_requests_differ_each_time() {
        for (path, text) in [
            ("targetLogonId", "0x3e7"),
            ("processId", "0x2d0"),
            ("processGuid", "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}"),
            ("callTrace", r"C:\windows\SYSTEM32\ntdll.dll+9d104|C:\x.dll+1"),
            ("http.request_id", "q8Zt1xKp"),
            ("pid", "4711"),
            ("ts", "1796000000.123"),
            ("ts", "2026-11-29T04:00:01"),
            ("anything", "2026-11-29T04:00:01.5Z"),
            ("anything", "20261129T040001Z"),
            ("anything", "2026-11-29 04:00:01,123"),
            ("time_local", "29/Nov/2026:04:00:01 +0000"),
            ("request_time", "0.002"),
            ("created_at", "1796000000"),
            ("timestamp", "Nov 29, 2026 @ 04:00:01.123"),
            ("timestamp", "29 November 2026 4:00 AM"),
            ("uid", "CHhAvVGS1DHFjwGM9"),
            ("id", "01HF3Z8K6QJ4T5X7Y8Z9ABCDEF"),
            ("id", "5770385f-c22a-43e0-bfac-06f5698ffbd9"),
            ("id", "20261129-q8zt-1xkp7a"),
            ("id", "123b1612dd27"),
            ("message_id", "<20261129.4711.q8zt@mx1.corp.example>"),
            ("session", "sess-4711"),
            ("request_id", "aBqZtRxKpLmW"),
            ("uid", "CHhAvVGSxDHFjwGMQ"),
            ("eventId", "5770385f-c22a-43e0-bfac-06f5698ffbd9"),
            ("event_id", "65f2c0ffee1234567890abcd"),
            ("log_id", "q8Zt1xKp"),
            ("event_id", "1796000000123456"),
        ] {
            assert!(differs_each_time(path, text), "{path}={text}");
        }
        for (path, text) in [
            ("session", "rm -rf / of root"),
            ("uid", "1001"),
            ("user_id", "1796000000"),
            ("update", "7"),
            ("update", "firewall-policy"),
            ("time", "never"),
            ("anything", "2026-11-29T04:00:01 was deleted"),
            ("event_id", "4625"),
            ("logid", "0419016384"),
            ("eventid", "AUTH-4625"),
            ("entityId", "srv-fin-01"),
            ("session", "UserLoggedOn"),
            ("session", "root1"),
            ("uid", "JohnSmithAdmin"),
            ("processid", "nginx1"),
            ("sessionid", "vpn-admin-1"),
            ("target.id", "00u1a2b3c4d5e6f7g8h9"),
            ("data.target.0.id", "00u1a2b3c4d5e6f7g8h9"),
            ("id", "4f2a"),
            ("id", "deadbeefcafe"),
            ("uid", "john.smith1985"),
            ("uid", "svc-backup-admin01"),
            ("uid", "administrator01"),
            ("id", "GHSA-jfh8-c2jp-5v3r"),
            ("session", "user-logged-on"),
            ("session", "root-shell-opened1"),
            ("rule_id", "01HF3Z8K6QJ4T5X7Y8Z9ABCDEF"),
            ("device_id", "01HF3Z8K6QJ4T5X7Y8Z9ABCDEF"),
            ("id", "remove the user 1001"),
            ("sid", "S-1-5-32-544"),
            ("anything", "2001:12:34:5678::1"),
            ("anything", "1796000000"),
        ] {
            assert!(!differs_each_time(path, text), "{path}={text}");
        }
    }
}
