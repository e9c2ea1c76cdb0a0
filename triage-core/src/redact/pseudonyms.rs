//! Labels in the place of people, machines and networks of our own: `USER_1`, `HOST_2`, `IP_INT_1`, reversible for one alert.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use regex::Regex;

use super::report::Pseudonyms;
use crate::ascii;
use crate::evidence::Evidence;
use crate::text;

/// Names that are known to be our own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Account names, without their domain.
    pub users: Vec<String>,
    /// Names of machines, short or with their domain.
    pub hosts: Vec<String>,
    /// DNS domains.
    pub domains: Vec<String>,
    /// NetBIOS names of domains, as in `CORP\user`.
    pub netbios: Vec<String>,
}

static LABEL: LazyLock<Regex> = LazyLock::new(|| ascii::compile(r"(?i)\b(USER|HOST|IP_INT|EMAIL|DOMAIN)_(\d{1,6})\b"));
static EMAIL: LazyLock<Regex> =
    LazyLock::new(|| ascii::compile(r"(?i)[\p{L}0-9._%+$-]{1,64}@([a-z0-9-]+(?:\.[a-z0-9-]+){1,8})"));
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    ascii::compile(r"(?i)(?:::ffff:)?\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}")
});
static HOME: LazyLock<Regex> = LazyLock::new(|| {
    ascii::compile(r#"(?i)[\\/](?:users|home|documents and settings)[\\/]{1,4}([^\\/\s"'<>|:*?]{2,64})"#)
});

/// Accounts that every system has: which one acted is evidence, and names nobody.
const BUILT_IN: &str = "\
    root|administrator|admin|system|local service|network service|localservice|networkservice|\
    localsystem|guest|nobody|daemon|www-data|apache|nginx|mysql|postgres|anonymous logon|anonymous|\
    krbtgt|defaultapppool|public|default|all users|default user|ubuntu|ec2-user|sshd|bin|sys|sync|mail|\
    backup|user|users|everyone|service|ossec|wazuh|test|dwm-1|dwm-2|umfd-0|umfd-1|defaultaccount|\
    wdagutilityaccount";
const NO_DOMAIN: &str = "\
    nt authority|builtin|nt service|iis apppool|window manager|font driver host|workgroup|\
    nt virtual machine|microsoftaccount";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Class {
    User,
    Host,
    Address,
    Email,
    Domain,
}

impl Class {
    fn prefix(self) -> &'static str {
        match self {
            Self::User => "USER",
            Self::Host => "HOST",
            Self::Address => "IP_INT",
            Self::Email => "EMAIL",
            Self::Domain => "DOMAIN",
        }
    }
}

/// The labels of one alert while they are given out.
pub(super) struct Labeller {
    known: Vec<(String, Class)>,
    automaton: Option<AhoCorasick>,
    domains: Vec<String>,
    // Lower-cased original → label.
    given: HashMap<(Class, String), String>,
    counts: HashMap<Class, usize>,
    labels: BTreeMap<String, String>,
    // Labels of an earlier pass over the same evidence. One given out in this pass cannot stand in the text yet.
    ours: HashSet<String>,
}

impl Labeller {
    /// Knows these names, and goes on with labels that were given before.
    pub(super) fn new(names: &Names, before: &Pseudonyms) -> Self {
        let domains: Vec<String> = names
            .domains
            .iter()
            .map(|d| d.trim().trim_matches('.').to_lowercase())
            .filter(|d| d.len() >= 3)
            .collect();
        let mut known: Vec<(String, Class)> = Vec::new();
        for host in &names.hosts {
            let host = host.trim().trim_end_matches('$');
            if host.len() >= 2
                && !matches!(host.to_lowercase().as_str(), "localhost" | "-")
                && host.parse::<IpAddr>().is_err()
            {
                known.push((host.to_owned(), Class::Host));
            }
        }
        known.extend(
            names
                .users
                .iter()
                .map(|user| user.trim())
                .filter(|user| is_personal(user))
                .map(|user| (user.to_owned(), Class::User)),
        );
        known.extend(domains.iter().map(|domain| (domain.clone(), Class::Domain)));
        let netbios = names
            .netbios
            .iter()
            .filter(|name| name.len() >= 2 && !NO_DOMAIN.split('|').any(|none| name.eq_ignore_ascii_case(none)));
        known.extend(netbios.map(|name| (name.clone(), Class::Domain)));
        known.retain(|(name, _)| !before.labels.contains_key(name));
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .build(
                known
                    .iter()
                    .map(|(name, _)| text::caseless_in_place(name).unwrap_or_else(|| name.clone())),
            )
            .ok()
            .filter(|_| !known.is_empty());
        let mut labeller = Self {
            known,
            automaton,
            domains,
            given: HashMap::new(),
            counts: HashMap::new(),
            labels: BTreeMap::new(),
            ours: HashSet::new(),
        };
        for (label, original) in &before.labels {
            labeller.remember(label, original);
        }
        labeller
    }

    /// Writes labels in the place of names. Labels that stand there already and are not ours are broken first.
    pub(super) fn label(&mut self, text: &str) -> String {
        let broken = LABEL.replace_all(text, |found: &regex::Captures<'_>| {
            if self.ours.contains(&found[0]) {
                found[0].to_owned()
            } else {
                format!("{}-{}", &found[1], &found[2])
            }
        });
        self.label_more(&broken)
    }

    /// Writes labels in the place of names in a text that went through [`Labeller::label`] and was changed since: labels in it are ours.
    pub(super) fn label_more(&mut self, text: &str) -> String {
        let places = self.places(text);
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for (start, end, class) in places {
            if start < from || self.labels.contains_key(&text[start..end]) {
                continue;
            }
            out.push_str(&text[from..start]);
            out.push_str(&self.give(class, &text[start..end]));
            from = end;
        }
        out.push_str(&text[from..]);
        out
    }

    /// The labels given out.
    pub(super) fn into_labels(self) -> Pseudonyms {
        Pseudonyms { labels: self.labels }
    }

    fn places(&self, text: &str) -> Vec<(usize, usize, Class)> {
        let mut places = Vec::new();
        for found in EMAIL.captures_iter(text) {
            let domain = found[1].to_lowercase();
            if self.is_own_domain(&domain)
                && let Some(whole) = found.get(0)
            {
                places.push((whole.start(), whole.end(), Class::Email));
            }
        }
        for found in ADDRESS.find_iter(text) {
            if is_internal(text, found.start(), found.end()) {
                places.push((found.start(), found.end(), Class::Address));
            }
        }
        let folded = text::caseless_in_place(text);
        let folded = folded.as_deref().unwrap_or(text);
        let names = self.automaton.iter().flat_map(|automaton| automaton.find_iter(folded));
        for found in names {
            let class = self.known[found.pattern().as_usize()].1;
            if let Some((start, end, class)) = self.whole_name(text, found.start(), found.end(), class) {
                places.push((start, end, class));
            }
        }
        // The longest of what begins at one place wins: a mail address before the user in it.
        places.sort_by_key(|&(start, end, _)| (start, usize::MAX - end));
        places
    }

    // A name is a whole word; a host takes its domain along, and a domain the unknown host before it.
    fn whole_name(&self, text: &str, start: usize, end: usize, class: Class) -> Option<(usize, usize, Class)> {
        let before = text[..start]
            .chars()
            .next_back()
            .filter(|_| !ends_with_escape(&text[..start]));
        let after = &text[end..];
        let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        let next = after.chars().next();
        let goes_on = |rest: &str| rest.chars().next().is_some_and(char::is_alphanumeric);
        if next.is_some_and(|c| c.is_alphanumeric() || c == '_') || next == Some('-') && goes_on(&after[1..]) {
            return None;
        }
        if class == Class::Domain && text[start..end].contains('.') {
            if before == Some('.') {
                let host = text[..start - 1]
                    .char_indices()
                    .rev()
                    .take_while(|&(_, c)| word(c) || c == '.')
                    .last()
                    .map(|(at, _)| at);
                return host
                    .filter(|_| next != Some('.') || !goes_on(&after[1..]))
                    .map(|at| (at, end, Class::Host));
            }
            let longer = next == Some('.') && goes_on(&after[1..]);
            return (!before.is_some_and(word) && before != Some('@') && !longer).then_some((start, end, class));
        }
        if class == Class::Domain && before == Some('.') {
            return self.ends_profile(&text[..start - 1]).then_some((start, end, class));
        }
        if before.is_some_and(word) || before == Some('.') {
            return None;
        }
        if class == Class::Host {
            let rest = after.to_lowercase_prefix(64);
            let domain = self.domains.iter().find(|domain| {
                rest.strip_prefix('.')
                    .is_some_and(|rest| rest.starts_with(domain.as_str()))
            });
            let end = domain.map_or(end, |domain| end + 1 + domain.len());
            return text.is_char_boundary(end).then_some((start, end, class));
        }
        // The directory of a profile: `j.doe.CORP`.
        let profile = class == Class::User
            && matches!(before, Some('\\' | '/'))
            && self.known.iter().any(|(name, class)| {
                *class == Class::Domain
                    && after
                        .get(1..=name.len())
                        .is_some_and(|rest| rest.eq_ignore_ascii_case(name))
            });
        // A script or a file called after its user.
        let file = class == Class::User && matches!(before, Some('\\' | '/')) && is_ending(after);
        if next == Some('.') && goes_on(&after[1..]) && !profile && !file || next == Some('@') && class == Class::Domain
        {
            return None;
        }
        Some((start, end, class))
    }

    // Whether a text ends with the directory or the name of a user: `C:\Users\j.doe` before `.CORP`.
    fn ends_profile(&self, text: &str) -> bool {
        self.known.iter().any(|(name, class)| {
            *class == Class::User
                && text.len() > name.len()
                && text
                    .get(text.len() - name.len()..)
                    .is_some_and(|end| end.eq_ignore_ascii_case(name))
                && text[..text.len() - name.len()].ends_with(['\\', '/'])
        })
    }

    fn is_own_domain(&self, domain: &str) -> bool {
        self.domains.iter().any(|own| {
            domain == own
                || domain
                    .strip_suffix(own.as_str())
                    .is_some_and(|rest| rest.ends_with('.'))
        })
    }

    fn give(&mut self, class: Class, original: &str) -> String {
        let mut key = original.to_lowercase();
        if class == Class::Host {
            // With and without its domain it is the same machine.
            if let Some(short) = self.domains.iter().find_map(|domain| {
                key.strip_suffix(domain.as_str())
                    .and_then(|rest| rest.strip_suffix('.'))
            }) {
                key.truncate(short.len());
            }
        }
        if class == Class::Address {
            key = key.replace("::ffff:", "");
        }
        if let Some(label) = self.given.get(&(class, key.clone())) {
            return label.clone();
        }
        let count = self.counts.entry(class).or_default();
        *count += 1;
        let label = format!("{}_{count}", class.prefix());
        self.given.insert((class, key), label.clone());
        self.labels.insert(label.clone(), original.to_owned());
        label
    }

    fn remember(&mut self, label: &str, original: &str) {
        let classes = [Class::User, Class::Host, Class::Address, Class::Email, Class::Domain];
        let Some((prefix, number)) = label.rsplit_once('_') else {
            return;
        };
        let (Some(&class), Ok(number)) = (
            classes.iter().find(|class| class.prefix() == prefix),
            number.parse::<usize>(),
        ) else {
            return;
        };
        let count = self.counts.entry(class).or_default();
        *count = (*count).max(number);
        self.given.insert((class, original.to_lowercase()), label.to_owned());
        self.labels.insert(label.to_owned(), original.to_owned());
        self.ours.insert(label.to_owned());
    }
}

// `.cmd`: the ending of a file, and no more of a name behind it.
fn is_ending(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('.') else {
        return false;
    };
    let letters = rest.bytes().take(5).take_while(u8::is_ascii_alphanumeric).count();
    (2..=4).contains(&letters)
        && !rest[letters..].starts_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-'))
}

// `CORP%5Cj.doe`: the digits of an escape are no part of a name.
fn ends_with_escape(text: &str) -> bool {
    let bytes = text.as_bytes();
    matches!(bytes, [.., b'%', high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
}

trait LowercasePrefix {
    fn to_lowercase_prefix(&self, most: usize) -> String;
}

impl LowercasePrefix for str {
    fn to_lowercase_prefix(&self, most: usize) -> String {
        self.chars().take(most).collect::<String>().to_lowercase()
    }
}

/// Writes the originals in the place of this alert's labels, whole tokens only.
pub(super) fn restore(names: &Pseudonyms, text: &str) -> String {
    LABEL
        .replace_all(text, |found: &regex::Captures<'_>| {
            names
                .labels
                .get(&found[0])
                .cloned()
                .unwrap_or_else(|| found[0].to_owned())
        })
        .into_owned()
}

/// Labels in a text that this alert never gave out.
pub(super) fn unknown(names: &Pseudonyms, text: &str) -> Vec<String> {
    let mut unknown: Vec<String> = LABEL
        .find_iter(text)
        .map(|found| found.as_str().to_owned())
        .filter(|label| !names.labels.contains_key(label))
        .collect();
    unknown.sort_unstable();
    unknown.dedup();
    unknown
}

/// Collects the names that the fields of an alert give as names.
pub(super) fn names_in(evidence: &Evidence, own_domains: &[String]) -> Names {
    let mut names = Names {
        domains: own_domains.to_vec(),
        ..Names::default()
    };
    for fact in &evidence.facts {
        let leaf = fact.path.rsplit('.').next().unwrap_or(&fact.path).to_ascii_lowercase();
        // As it will stand in the text: a name may hold what is broken there.
        let normal = text::normalise(&fact.value);
        let normal = text::break_markers(&normal);
        let value = normal.trim();
        for home in HOME.captures_iter(value) {
            names.users.push(home[1].to_owned());
        }
        if value.len() > 128 || value.is_empty() {
            continue;
        }
        // Only where the manager or the agent itself says so: a host name in a request is the attacker's word.
        if matches!(
            fact.path.as_str(),
            "agent.name" | "predecoder.hostname" | "data.win.system.computer"
        ) {
            add_host(&mut names, value);
        } else if leaf == "workstationname" || leaf == "workstation" {
            add_host(&mut names, value.split('.').next().unwrap_or(value));
        } else if is_user_field(&fact.path.to_ascii_lowercase(), &leaf) {
            for one in value.split(", ") {
                add_user(&mut names, one);
            }
        } else if leaf.ends_with("domainname") && !value.contains('.') && value.len() > 1 {
            names.netbios.push(value.to_owned());
        }
    }
    names
}

fn is_user_field(path: &str, leaf: &str) -> bool {
    let named = ["user", "uname", "account", "login", "upn", "membername", "owner"]
        .iter()
        .any(|word| leaf.contains(word));
    let other = [
        "agent", "sid", "id", "count", "type", "group", "guid", "domain", "data", "control",
    ]
    .iter()
    .any(|word| leaf.ends_with(word))
        && leaf != "userid";
    named && !other || path.ends_with("user.name") || path.ends_with("useridentity.username")
}

fn add_host(names: &mut Names, value: &str) {
    if value.contains(char::is_whitespace) {
        return;
    }
    let (short, domain) = value
        .split_once('.')
        .map_or((value, None), |(short, domain)| (short, Some(domain)));
    if short.bytes().all(|b| b.is_ascii_digit()) {
        return;
    }
    names.hosts.push(short.to_owned());
    if let Some(domain) = domain.filter(|domain| domain.contains('.')) {
        names.domains.push(domain.to_owned());
    }
}

fn add_user(names: &mut Names, value: &str) {
    let value = value.split('(').next().unwrap_or(value).trim();
    let (domain, user) = value
        .rsplit_once('\\')
        .map_or((None, value), |(domain, user)| (Some(domain), user));
    if let Some(domain) = domain.filter(|domain| !domain.is_empty() && domain.len() <= 32) {
        names.netbios.push(domain.trim_end_matches('\\').to_owned());
    }
    let user = user.split('@').next().unwrap_or(user);
    if let Some(machine) = user.strip_suffix('$') {
        names.hosts.push(machine.to_owned());
    } else if user.len() <= 64 && !user.contains(['/', ':', ';', '<', '|']) {
        names.users.push(user.to_owned());
    }
}

fn is_personal(user: &str) -> bool {
    user.chars().count() >= 2
        && !user.bytes().all(|b| b.is_ascii_digit())
        && user != "-"
        && !BUILT_IN.split('|').any(|name| user.eq_ignore_ascii_case(name))
        && !user.ends_with('$')
}

fn is_internal(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].chars().next_back();
    let mut after = text[end..].chars();
    let (next, second) = (after.next(), after.next());
    if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | ':'))
        || next.is_some_and(|c| c.is_alphanumeric() || c == '_')
    {
        return false;
    }
    if next == Some('.') && second.is_some_and(|c| c.is_ascii_digit()) {
        return false;
    }
    match text[start..end]
        .to_ascii_lowercase()
        .trim_start_matches("::ffff:")
        .parse::<IpAddr>()
    {
        Ok(IpAddr::V4(ip)) => {
            let [a, b, ..] = ip.octets();
            ip.is_private()
                || a == 100 && (64..128).contains(&b)
                || ip.is_link_local() && ip.octets() != [169, 254, 169, 254]
        }
        Ok(IpAddr::V6(ip)) => ip.segments()[0] & 0xfe00 == 0xfc00 || ip.segments()[0] & 0xffc0 == 0xfe80,
        Err(_) => false,
    }
}
