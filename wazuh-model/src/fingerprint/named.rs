//! Names with numbers in them: the key leaves the numbers out, and which name it was is news.

use super::line::Words;
use super::mask::{is_guid, is_hexadecimal};
use super::news::{FIRST_PASSING_PORT, hash};
use super::temporary;
use super::token::{id_at_start, is_made_up, is_random};
use super::varies::{ends_with, has_an_id, is_somebody, is_thing, name_of, thing_of};
use crate::address;

/// The longest name, in bytes.
pub(super) const LONGEST: usize = 128;

/// What words say that is counted by the programs that write it: their numbers are no names.
pub(super) const COUNTED: [&str; 19] = [
    "thread",
    "exec",
    "worker",
    "pool",
    "conn",
    "connection",
    "job",
    "task",
    "session",
    "sess",
    "request",
    "req",
    "span",
    "trace",
    "proc",
    "veth",
    "tmp",
    "batch",
    "event",
];

/// What the name of a field and its value say that the key, which leaves numbers out, does not: which account, machine or thing it is,
/// which port, which number was written.
pub(super) fn in_field(path: &str, text: &str) -> Option<(&'static str, String)> {
    // What became of an attribute of a directory, whatever that is. Times are numbers there.
    if ends_with(name_of(path), "attributeValue") {
        return (!text.is_empty() && !is_time_of_directory(text)).then(|| ("attribute", value(text)));
    }
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    // What has no numbers stands in the key, unless nobody chose it.
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        let told = is_random(text).then(|| kind_of_id(path)).flatten();
        return told.map(|kind| (kind, format!("{path} {text}")));
    }
    let mut name = name_of(path).to_ascii_lowercase();
    name.retain(|c| c.is_ascii_alphanumeric());
    if name.ends_with("ports") {
        return ports(path, &name, text).map(|ports| ("port", format!("{name} {ports}")));
    }
    if let Some(port) = port(text).filter(|_| name.ends_with("port")) {
        let passing = is_passing_port(path, &name) || port >= FIRST_PASSING_PORT;
        let told = path.contains("listen") || !passing;
        return told.then(|| ("port", format!("{name} {port}")));
    }
    // `10.0.0.1:5000->203.0.113.9:443`, as sensors call a connection.
    if let Some((_, far_end)) = text.rsplit_once("->")
        && let Some(port) = port_of(far_end)
    {
        return Some(("port", format!("{name} {port}")));
    }
    let is_number = text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_digit());
    let few = is_number && text.len() <= 5;
    if few && matches!(name.as_str(), "vlan" | "vlanid" | "newvalue") {
        return Some(("name", format!("{name} {text}")));
    }
    if COUNTED
        .iter()
        .any(|counted| name.ends_with(counted) || is_name_of(counted, &name))
    {
        return None;
    }
    let told = || Some(("name", format!("{name} {text}")));
    if is_numbered_path(text) {
        return told();
    }
    if text.contains(char::is_whitespace) {
        let port = Words::of(text).find_map(|words| words.port());
        if let Some(port) = port {
            return Some(("port", format!("{name} {port}")));
        }
        // `Tier 0 Admins`; whoever writes a mail chooses its subject.
        return if name != "subject" && names_somebody(&name) && is_title(text) {
            told()
        } else {
            None
        };
    }
    if let Some(kind) = kind_of_id(path) {
        return Some((kind, format!("{path} {text}")));
    }
    if (is_number && is_numbered(&name) && !path.ends_with("process.entity_id"))
        || (names_somebody(&name) && begins_a_name(text) && !(name == "sid" && is_made_up_id(text)))
        || is_name(text)
    {
        return told();
    }
    None
}

/// Where the id of a thing is told, apart from names and from that of somebody: programs make up more ids than a window remembers.
fn kind_of_id(path: &str) -> Option<&'static str> {
    thing_of(path).map(|thing| if is_somebody(thing) { "somebody" } else { "thing" })
}

/// Whether a value counts the time since 1601 or how long something lasts, which is negative, or is written as `20261129040001.0Z`.
fn is_time_of_directory(text: &str) -> bool {
    const SHORTEST: usize = 12;
    let digits = text
        .strip_suffix('Z')
        .map_or(text, |text| text.strip_suffix(".0").unwrap_or(text));
    let digits = digits.strip_prefix('-').unwrap_or(digits);
    digits.len() >= SHORTEST && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// A value, or a hash of a long one.
fn value(text: &str) -> String {
    const LONGEST: usize = 64;
    if text.len() <= LONGEST {
        text.to_owned()
    } else {
        hash([text].into_iter())
    }
}

/// The ports of a list, `443, 5000-5010`, but for those that were given out for one connection.
fn ports(path: &str, name: &str, text: &str) -> Option<String> {
    const OTHERS: [&str; 6] = ["airports", "exports", "imports", "reports", "supports", "transports"];
    // How many there are, and what was given out for connections.
    const NONE: [&str; 12] = [
        "src", "source", "client", "peer", "remote", "used", "free", "total", "num", "max", "avail", "scanned",
    ];
    const MOST: usize = 4;
    let is_none = NONE.iter().any(|part| name.contains(part));
    if is_none || OTHERS.iter().any(|other| name.ends_with(other)) || is_passing_port(path, name.strip_suffix('s')?) {
        return None;
    }
    let is_told = |digits: &&str| port(digits).is_some_and(|port| port < FIRST_PASSING_PORT);
    let numbers = || {
        text.split(|c: char| !c.is_ascii_digit())
            .filter(|digits| !digits.is_empty())
    };
    if numbers().nth(MOST).is_some() {
        return None;
    }
    let mut told: Vec<_> = numbers().filter(is_told).collect();
    // Nothing says that they stand in the same order again.
    told.sort_unstable();
    told.dedup();
    (!told.is_empty()).then(|| told.join(" "))
}

/// Whether a field is a port that was given out for one connection: that of a source, or one made up by who translates addresses. Sensors
/// call the first by whatever ends in `sport` and is no name of a service.
fn is_passing_port(path: &str, name: &str) -> bool {
    const SERVICES: [&str; 24] = [
        "https", "ldaps", "imaps", "pops", "pop3s", "ftps", "tftps", "smtps", "ircs", "telnets", "mqtts", "amqps",
        "rtsps", "sips", "xmpps", "dns", "mdns", "tls", "nfs", "cifs", "redis", "postgres", "access", "address",
    ];
    const TRANSLATED: [&str; 4] = ["xlateport", "xlatedport", "translatedport", "ephemeralport"];
    // Of what is reached behind it somebody has chosen it.
    let of_nat = name.ends_with("natport") && !["dst", "dest"].iter().any(|end| name.contains(end));
    let stem = name.strip_suffix("port").unwrap_or(name);
    let of_source = stem.ends_with('s') && !SERVICES.iter().any(|service| stem.ends_with(service));
    let mut parents = path.rsplit('.').skip(1);
    let below_translated = name == "port"
        && parents.next().is_some_and(|parent| {
            let parent = parent.to_ascii_lowercase();
            ["nat", "xlat", "translat"]
                .iter()
                .any(|start| parent.starts_with(start))
        })
        && !parents.any(|parent| parent.eq_ignore_ascii_case("destination"));
    of_source || of_nat || name == "transport" || TRANSLATED.contains(&name) || below_translated
}

/// Whether a field names an account, a group or a thing that may be known by its number alone, or what somebody may do.
fn is_numbered(name: &str) -> bool {
    const ENDS: [&str; 4] = ["login", "accesslevel", "privilegelevel", "accountnumber"];
    is_thing(name) || name.strip_suffix("id").is_some_and(has_an_id) || ENDS.iter().any(|end| ends_with(name, end))
}

/// Whether a value is a file by its path, with a number in its name that somebody chose: `/var/www/html/shell1.php`.
pub(super) fn is_numbered_path(text: &str) -> bool {
    const OF_SYSTEM: [&str; 4] = ["/proc/", "/sys/", "/dev/", "/run/"];
    const DIGITS: usize = 4;
    const HEXADECIMAL: usize = 8;
    let bytes = text.as_bytes();
    let of_windows = bytes.first().is_some_and(u8::is_ascii_alphabetic) && bytes.get(1..3) == Some(br":\");
    let is_path = of_windows || (text.starts_with('/') && !OF_SYSTEM.iter().any(|start| text.starts_with(start)));
    let is_extension = |end: &str| (1..=5).contains(&end.len()) && end.bytes().any(|byte| byte.is_ascii_alphabetic());
    let is_chosen = |word: &str| {
        let is_short = |digits: &str| digits.len() <= DIGITS;
        word.split(|c: char| !c.is_ascii_digit()).all(is_short)
            && !is_made_up(word)
            && !(word.len() >= HEXADECIMAL && is_hexadecimal(word))
    };
    is_path
        && text
            .rsplit(['/', '\\'])
            .next()
            .and_then(|file| file.rsplit_once('.'))
            .is_some_and(|(_, end)| is_extension(end))
        && text.split(|c: char| !c.is_ascii_alphanumeric()).all(is_chosen)
        && temporary::without_names(text) == text
}

/// Whether words are a name: a few, that begin with a letter, with short numbers.
fn is_title(text: &str) -> bool {
    const WORDS: usize = 8;
    const DIGITS: usize = 4;
    text.starts_with(char::is_alphabetic)
        && text.split_whitespace().count() <= WORDS
        && text
            .split(|c: char| !c.is_ascii_digit())
            .all(|digits| digits.len() <= DIGITS)
}

/// `threadname` of a `thread`.
fn is_name_of(counted: &str, name: &str) -> bool {
    name.strip_suffix("name").is_some_and(|name| name.ends_with(counted))
}

/// That behind an address, unless it was given out for a connection.
pub(super) fn port_of(end: &str) -> Option<u16> {
    let (host, digits) = end.rsplit_once(':')?;
    let port = port(digits).filter(|port| *port < FIRST_PASSING_PORT)?;
    address::parse(host).map(|_| port)
}

pub(super) fn port(text: &str) -> Option<u16> {
    text.parse().ok().filter(|port| *port > 0)
}

/// Whether a field names an account, a machine, or another thing whose name somebody chose; by its name without separators.
pub(super) fn names_somebody(name: &str) -> bool {
    const ENDS: [&str; 34] = [
        "email",
        "sender",
        "recipient",
        "upn",
        "owner",
        "login",
        "principal",
        "actor",
        "member",
        "subject",
        "host",
        "hostname",
        "computer",
        "device",
        "machine",
        "database",
        "role",
        "group",
        "bucket",
        "asset",
        "assetid",
        "entityid",
        "policy",
        "signature",
        "malware",
        "threat",
        "alertname",
        "vlan",
        "tenant",
        "realm",
        "repository",
        "schema",
        "zone",
        "domain",
    ];
    matches!(name, "to" | "from" | "db" | "sid") || ENDS.iter().any(|end| ends_with(name, end))
}

/// Whether all of a value was made up for a session.
pub(super) fn is_made_up_id(text: &str) -> bool {
    id_at_start(text, || true).is_some_and(|id| id.len() == text.len())
}

/// Whether a value may be a name where its field says that it is one: it begins with a letter, or is that of a mailbox, and was not
/// made up.
fn begins_a_name(text: &str) -> bool {
    const HEXADECIMAL: usize = 8;
    let made_up = is_guid(text) || (text.len() >= HEXADECIMAL && is_hexadecimal(text));
    !made_up && (text.starts_with(char::is_alphabetic) || text.contains('@'))
}

/// Whether a value is a name whatever its field is called: it begins with a letter, and consists of words, most of them with no more
/// than a short number.
pub(super) fn is_name(text: &str) -> bool {
    const SHORTEST: usize = 2;
    const DIGITS: usize = 4;
    let mail = text.contains('@');
    let most = if mail { DIGITS + 2 } else { DIGITS };
    let (mut word, mut number) = (false, false);
    let sound = text.len() <= LONGEST
        && (mail || text.starts_with(char::is_alphabetic))
        && text.split(|c: char| !c.is_alphanumeric()).all(|part| {
            let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
            let digits = part.len() - letters.len();
            word |= letters.chars().nth(SHORTEST - 1).is_some();
            number |= digits > 0;
            digits <= most
                && letters.chars().all(char::is_alphabetic)
                && !COUNTED.iter().any(|counted| counted.eq_ignore_ascii_case(letters))
        });
    sound && word && number
}
