//! Names with numbers in them: the key leaves the numbers out, and which name it was is news.

use super::mask::{is_guid, is_hexadecimal};
use super::news::{FIRST_PASSING_PORT, News, hash};
use super::temporary;
use super::token::{id_at_start, is_made_up, is_random};
use super::varies::{ends_with, has_an_id, is_somebody, is_thing, name_of, thing_of};
use crate::address;

/// The longest name, in bytes.
const LONGEST: usize = 128;

/// Ports below are those of services.
const FIRST_GIVEN_PORT: u16 = 1_024;

/// What words say that is counted by the programs that write it: their numbers are no names.
const COUNTED: [&str; 19] = [
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
    let of_source = ["src", "source", "client"].iter().any(|side| name.contains(side));
    if of_source || OTHERS.iter().any(|other| name.ends_with(other)) || is_passing_port(path, name.strip_suffix('s')?) {
        return None;
    }
    let is_told = |digits: &&str| port(digits).is_some_and(|port| port < FIRST_PASSING_PORT);
    let mut told: Vec<_> = text.split(|c: char| !c.is_ascii_digit()).filter(is_told).collect();
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
fn is_numbered_path(text: &str) -> bool {
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

/// What a line says besides: names behind words such as `owner=` and before ones such as `added`, and the ports that something listens
/// on or was sent to.
pub(super) fn in_line(line: &str) -> News {
    const HEAD: usize = 4_096;
    const BEFORE: [&str; 5] = ["for", "owner", "by", "login", "member"];
    // Without quotation marks all kinds of things are.
    const BEFORE_QUOTED: [&str; 2] = ["add", "delete"];
    const BEHIND: [&str; 10] = [
        "added", "removed", "deleted", "created", "locked", "unlocked", "disabled", "enabled", "promoted", "granted",
    ];
    const PORTS: [&str; 8] = [
        "dpt",
        "dport",
        "dstport",
        "dst_port",
        "destport",
        "dest_port",
        "destinationport",
        "destination_port",
    ];
    const LISTENING: [&str; 4] = ["0.0.0.0:", ":::", "[::]:", "*:"];
    let is_one_of = |words: &[&str], word: &str| words.iter().any(|one| one.eq_ignore_ascii_case(word));
    let line = crate::text::cut(line, HEAD);
    let mut news = News::new();
    for mark in LISTENING {
        for (at, _) in line.match_indices(mark) {
            let after = &line[at + mark.len()..];
            let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            news.extend(port(&after[..digits]).map(|port| ("port", format!("listening {port}"))));
        }
    }
    for words in Words::of(line) {
        let (word, before) = (words.word, words.before[0]);
        let is_before = is_one_of(&BEFORE, before) || (words.quoted && is_one_of(&BEFORE_QUOTED, before));
        if is_before && is_name(word) {
            news.push(("name", format!("{} {word}", before.to_ascii_lowercase())));
        } else if is_one_of(&BEHIND, word) && is_name(before) {
            news.push(("name", format!("{before} {}", word.to_ascii_lowercase())));
        } else if is_one_of(&PORTS, before) {
            let port = port(word).filter(|port| *port < FIRST_PASSING_PORT);
            news.extend(port.map(|port| ("port", format!("destination {port}"))));
        } else if let Some(port) = words.port() {
            news.push(("port", format!("port {port}")));
        } else if words.is_setting() {
            news.push(("name", format!("{} {word}", before.to_ascii_lowercase())));
        }
    }
    news
}

/// A word of a line, with those before it, the nearest first.
#[derive(Debug, Clone, Copy)]
struct Words<'a> {
    word: &'a str,
    before: [&'a str; 4],
    /// Whether it stands in quotation marks alone.
    quoted: bool,
}

impl<'a> Words<'a> {
    fn of(line: &'a str) -> impl Iterator<Item = Self> {
        let ends = |c: char| c.is_whitespace() || matches!(c, '=' | '"' | '\'' | ',' | ';' | '(' | ')' | '[' | ']');
        let mut before = [""; 4];
        let mut opened = None;
        line.split_inclusive(ends).filter_map(move |part| {
            let end = part.chars().next_back().filter(|c| ends(*c));
            let quoted = matches!(end, Some('"' | '\'')) && opened == end;
            opened = end;
            let word = part[..part.len() - end.map_or(0, char::len_utf8)].trim_matches(['.', ':']);
            if word.is_empty() {
                return None;
            }
            let words = Self { word, before, quoted };
            before = [word, before[0], before[1], before[2]];
            Some(words)
        })
    }

    /// The port that it is, unless that of a source: `listening on port 4444`, `Port '4444'`.
    fn port(&self) -> Option<u16> {
        const SOURCES: [&str; 8] = ["from", "src", "source", "client", "peer", "remote", "sport", "by"];
        const TARGETS: [&str; 5] = ["to", "on", "at", "dst", "destination"];
        const REACHED: [&str; 4] = ["to", "dst", "dest", "destination"];
        const PEERS: [&str; 4] = ["peer", "client", "remote", "by"];
        // What is attacked most often, of ports that clients are given, too.
        const SERVICES: [u16; 8] = [1433, 3306, 3389, 5432, 5985, 5986, 8080, 8443];
        let is_one_of = |words: &[&str], word: &str| words.iter().any(|one| one.eq_ignore_ascii_case(word));
        let [name, near, far, beyond] = self.before;
        // `tcp/22`, `:22` behind `listening on`, `10.0.0.1:22` behind `to`.
        let protocols = ["tcp", "udp"];
        let (first, second) = self.word.split_once('/').unwrap_or((self.word, ""));
        if protocols.iter().any(|protocol| protocol.eq_ignore_ascii_case(first)) {
            return port(second).filter(|port| *port < FIRST_PASSING_PORT);
        }
        if name.eq_ignore_ascii_case("on") && near.eq_ignore_ascii_case("listening") {
            return port(self.word);
        }
        if self.word.contains(':') && is_one_of(&REACHED, name) {
            return port_of(self.word);
        }
        if !is_one_of(&["port", "ports"], name) {
            return None;
        }
        let of_a_source = || {
            // Behind an address it is most often that of whoever came.
            let behind_address = address::parse(near).is_some() && !is_one_of(&TARGETS, far);
            // `peer 203.0.113.9 on port 1025`.
            let of_a_peer =
                near.eq_ignore_ascii_case("on") && is_one_of(&PEERS, beyond) && address::parse(far).is_some();
            is_one_of(&SOURCES, near) || is_one_of(&SOURCES, far) || behind_address || of_a_peer
        };
        // `from 203.0.113.9 to port 22`, `src=203.0.113.9 dst port=22`.
        if !is_one_of(&REACHED, near) && of_a_source() {
            return None;
        }
        // `from 203.0.113.9 on port 22` may be either end.
        let may_be_of_a_source = is_one_of(&["on", "at", "tcp", "udp"], near)
            && is_one_of(&SOURCES, beyond)
            && address::parse(far).is_some();
        let is_told = |port: &u16| {
            if may_be_of_a_source {
                *port < FIRST_GIVEN_PORT || SERVICES.contains(port)
            } else {
                *port < FIRST_PASSING_PORT
            }
        };
        port(first).filter(is_told)
    }

    /// Whether it is the number of a network, of somebody, or of what he may do.
    fn is_setting(&self) -> bool {
        const LONGEST: usize = 5;
        let is_number = self.word.len() <= LONGEST && self.word.bytes().all(|byte| byte.is_ascii_digit());
        let is =
            |name: &str, of: &str| self.before[0].eq_ignore_ascii_case(name) && self.before[1].eq_ignore_ascii_case(of);
        let is_right = || is("level", "privilege") || is("level", "access") || is("id", "user") || is("id", "group");
        let is_named = ["vlan", "priv-lvl"]
            .iter()
            .any(|name| self.before[0].eq_ignore_ascii_case(name));
        is_number && (is_named || is_right())
    }
}

/// That behind an address, unless it was given out for a connection.
fn port_of(end: &str) -> Option<u16> {
    let (host, digits) = end.rsplit_once(':')?;
    let port = port(digits).filter(|port| *port < FIRST_PASSING_PORT)?;
    address::parse(host).map(|_| port)
}

fn port(text: &str) -> Option<u16> {
    text.parse().ok().filter(|port| *port > 0)
}

/// Whether a field names an account, a machine, or another thing whose name somebody chose; by its name without separators.
fn names_somebody(name: &str) -> bool {
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
fn is_name(text: &str) -> bool {
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
