//! What a line of a log says besides its text without numbers.

use super::mention;
use super::named::{is_name, port, port_of};
use super::news::{FIRST_PASSING_PORT, News};
use crate::address;

/// Ports below are those of services.
const FIRST_GIVEN_PORT: u16 = 1_024;

/// What a line says besides: names behind words such as `owner=` and before ones such as `added`, the ports that something listens on or
/// was sent to, and what it mentions.
pub(super) fn told(line: &str) -> News {
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
        } else {
            news.extend(mention::told(&words).map(|mention| ("mention", mention)));
        }
    }
    news
}

/// A word of a line, with those before it, the nearest first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words<'a> {
    pub(super) word: &'a str,
    pub(super) before: [&'a str; 4],
    /// Whether it stands in quotation marks alone.
    pub(super) quoted: bool,
}

impl<'a> Words<'a> {
    pub(super) fn of(line: &'a str) -> impl Iterator<Item = Self> {
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
    pub(super) fn port(&self) -> Option<u16> {
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
        let is_named = ["vlan", "priv-lvl", "vm"]
            .iter()
            .any(|name| self.before[0].eq_ignore_ascii_case(name));
        is_number && (is_named || is_right())
    }
}
