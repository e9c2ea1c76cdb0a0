//! What an alert offers to look for elsewhere.

mod known;
mod payload;
mod sockets;
mod whose;

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use serde_json::Value;

use self::whose::{client_and_server, domain_of_the_mailboxes, domains_of_the_machine, words_of_a_mail};
use crate::actors::{has_hash, is_nothing};
use crate::reading::Reading;
use crate::role::{
    Role, Side, ends_with_the_source, is_a_file, is_forwarded, is_of_the_gateway, is_translated_source, may_be_a_name,
};
use crate::url::{self, Host, MAX_URL, Url};
use crate::{Alert, OwnNetworks, Scope, address, agent, defender, domain, log_line, markup, path, scan, text, views};

/// Something to look for elsewhere: an indicator of compromise, if the alert is right.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Indicator {
    /// What it is.
    pub kind: IndicatorKind,
    /// Its value in one form: addresses canonical, names, hashes and mail addresses in lower case, domains as name servers are
    /// asked for them, URLs without a port that goes without saying, file names without folders.
    pub value: String,
    /// Where the address lies; `None` for what is no address.
    pub scope: Option<Scope>,
    /// Dotted path of the field that it was found in first, of which at most 256 bytes.
    pub path: String,
}

/// Kind of an indicator, as fine as IRIS tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum IndicatorKind {
    /// Address that something came from.
    IpSrc,
    /// Address that something went to.
    IpDst,
    /// Address at an unknown end.
    Ip,
    /// Domain or host name of the internet.
    Domain,
    /// Absolute URL.
    Url,
    /// MD5 of a file.
    Md5,
    /// SHA-1 of a file.
    Sha1,
    /// SHA-256 of a file.
    Sha256,
    /// Import hash of a Windows program.
    Imphash,
    /// Address of a mail's sender.
    Email,
    /// Name of a file, without its folder.
    Filename,
}

impl IndicatorKind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::IpSrc,
        Self::IpDst,
        Self::Ip,
        Self::Domain,
        Self::Url,
        Self::Md5,
        Self::Sha1,
        Self::Sha256,
        Self::Imphash,
        Self::Email,
        Self::Filename,
    ];

    /// Gives the name of the IOC type that every fresh IRIS has for it.
    pub fn iris_type_name(self) -> &'static str {
        match self {
            Self::IpSrc => "ip-src",
            Self::IpDst => "ip-dst",
            Self::Ip => "ip-any",
            Self::Domain => "domain",
            Self::Url => "url",
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Imphash => "imphash",
            Self::Email => "email",
            Self::Filename => "filename",
        }
    }
}

/// Most fields that are kept in case that no other names a source.
const MOST_TRANSLATED: usize = 16;
/// Longest [`Indicator::path`], in bytes: thousands may be found below one long name.
const MAX_PATH: usize = 256;

pub(crate) fn indicators(alert: &Alert, own: &OwnNetworks) -> Vec<Indicator> {
    let (client, server) = client_and_server(alert);
    let mut search = Search {
        own,
        machine: agent::addresses(alert),
        machines: OwnNetworks::new([], domains_of_the_machine(alert)),
        mailboxes: OwnNetworks::new([], domain_of_the_mailboxes(alert)),
        server,
        asks_for_names: asks_for_names(alert),
        client,
        new_file: is_new(alert),
        own_contents: own_contents(alert),
        named: Named::default(),
        seen: HashMap::new(),
        found: Vec::new(),
    };
    let reading = Reading::of(alert);
    let (mut translated, mut claims) = (Vec::new(), Claims::default());
    path::visit(alert.body(), &mut |path, leaf| {
        let (role, open) = (reading.role(path), may_hold_a_payload(path));
        let Some(text) = (role.is_some() || open).then(|| leaf.text(path)).flatten() else {
            return;
        };
        if open {
            search.payload(path, &text);
        }
        match role {
            Some(Role::Ip(_)) if is_forwarded(path) => claims.add(path, &text),
            Some(Role::Ip(side)) if ends_with_the_source(path) => {
                let (claimed, source) = text.rsplit_once(',').unwrap_or(("", &text));
                search.field(path, Role::Ip(side), source);
                claims.add(path, claimed);
            }
            Some(Role::Ip(_)) if is_of_the_gateway(path) => {}
            Some(Role::Place) => search.place(path, &text, alert),
            Some(Role::Ip(_)) if is_translated_source(path) && translated.len() == MOST_TRANSLATED => {}
            Some(Role::Ip(_)) if is_translated_source(path) => {
                translated.push((text::cut(path, MAX_PATH).to_owned(), text));
            }
            Some(role) => search.field(path, role, &text),
            None => {}
        }
    });
    let mut behind = HashSet::new();
    for (path, text) in &translated {
        if search.named.source {
            behind.extend(addresses_in(text).map(|(ip, _)| ip.to_string()));
        } else {
            search.field(path, Role::Ip(Side::Source), text);
        }
    }
    if let Some(name) = views::zeek_server_name(alert) {
        search.field("data.server_name", Role::Domain, &name);
    }
    if let Some(command) = views::docker_command(alert) {
        search.scan("data.docker.Action", &command);
    }
    if let Some(command) = log_line::command_of_cron(alert) {
        search.scan("full_log", command);
    }
    if let Some(matched) = log_line::matched_by_modsecurity(alert) {
        search.scan("full_log", &url::decoded(matched));
    }
    listed(alert, &mut search);
    request(alert, &mut search);
    forwarding(alert, &mut search);
    if !search.named.any {
        if let Some(source) = log_line::source(alert) {
            search.ip("full_log", source.ip, Side::Source);
        } else if let Some(client) = log_line::client_of_sql_server(alert) {
            search.ip("data.win.eventdata.data", client, Side::Source);
        } else if !search.named.host
            && let Some(client) = log_line::client_at_mark(alert)
        {
            search.ip("full_log", client, Side::Source);
        }
    }
    let is_foreign = |one: &Indicator| one.kind == IndicatorKind::IpSrc;
    if let Some((path, ip)) = claims.only()
        && !search.found.iter().any(is_foreign)
    {
        search.ip(path, ip, Side::Unknown);
    }
    // A list of all addresses has it, too.
    let is_translated = |one: &Indicator| one.kind == IndicatorKind::Ip && behind.contains(&one.value);
    search.found.retain(|one| !is_translated(one));
    answered(alert, &mut search);
    search.found
}

/// Whom proxies are said to stand for. Whoever asks may write that himself, and each proxy puts one behind: of several nobody can say
/// which is whose, and one alone was written by a proxy where there is one.
#[derive(Default)]
struct Claims {
    first: Option<(String, IpAddr)>,
    has_others: bool,
}

impl Claims {
    fn add(&mut self, path: &str, text: &str) {
        if self.has_others {
            return;
        }
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            match (address::parse(word), &self.first) {
                (Some((ip, _)), None) => self.first = Some((text::cut(path, MAX_PATH).to_owned(), ip)),
                (Some((ip, _)), Some((_, first))) if *first == ip => {}
                _ => self.has_others = true,
            }
        }
    }

    fn only(&self) -> Option<(&str, IpAddr)> {
        let (path, ip) = self.first.as_ref().filter(|_| !self.has_others)?;
        Some((path, *ip))
    }
}

/// The addresses in the text of a field for them.
fn addresses_in(text: &str) -> impl Iterator<Item = (IpAddr, Option<u16>)> {
    text.split([',', ';', ' ', '|']).filter_map(address::parse)
}

/// How file monitoring says that a file is new.
const NEW: [&str; 4] = ["added", "created", "creation", "create"];

/// Gives a field of the alert, or of the one that it answers.
fn own_or_of_the_occasion<'a>(alert: &'a Alert, path: &str) -> Option<&'a str> {
    let of_the_occasion = || alert.text_of(&format!("data.parameters.alert.{path}"));
    alert
        .text_of(path)
        .or_else(|| of_the_occasion().filter(|_| alert.is_response()))
}

/// Says whether file monitoring tells of a new file.
fn is_new(alert: &Alert) -> bool {
    let event = own_or_of_the_occasion(alert, "syscheck.event").or_else(|| alert.text_of("event.action"));
    event.is_some_and(|event| NEW.contains(&event))
}

/// Says whether file monitoring tells of what has the same hash by chance only: a value of the registry, which is `1` on every machine,
/// or a file that is of this machine alone.
fn own_contents(alert: &Alert) -> bool {
    let path = own_or_of_the_occasion(alert, "syscheck.path").or_else(|| alert.text_of("file.path"));
    path.is_some_and(|path| path.starts_with("HKEY_") || known::is_living(path, is_new(alert)))
}

/// Joins host and path of a request where a sensor or a proxy gives them apart.
fn request(alert: &Alert, search: &mut Search<'_>) {
    const PAIRS: [(&str, &str); 4] = [
        ("data.http.hostname", "data.http.url"),
        ("data.hostname", "data.url"),
        ("data.host", "data.uri"),
        ("url.domain", "url.path"),
    ];
    for (host, path) in PAIRS {
        // An access log names the organisation's own server; only who sees both ends can tell whose it is.
        let foreign = search.server.is_some_and(|server| !search.is_own(server));
        let unknown = search.server.is_none() && host == "data.http.hostname";
        if !foreign && !unknown {
            continue;
        }
        let (Some(host), Some(tail)) = (alert.text(host), alert.text(path)) else {
            continue;
        };
        if tail.starts_with('/') && tail.len() <= MAX_URL {
            search.url(path, &format!("http://{host}{tail}"));
        }
    }
}

/// Finds what a name led to where Zeek writes that beside the question: the last, since whoever owns the name chooses how many there are.
fn answered(alert: &Alert, search: &mut Search<'_>) {
    const MOST: usize = 8;
    if alert.text("data.query").is_none() || alert.text("data.id.resp_h").is_none() {
        return;
    }
    let Some(answers) = alert.text("data.answers") else {
        return;
    };
    for (ip, _) in addresses_in(&answers).take(MOST) {
        search.ip("data.answers", ip, Side::Destination);
    }
}

/// Finds what MISP has on its list, as its integration tells it: one value, or two of them (`invoice.exe|<hash>`, `192.0.2.1|443`).
fn listed(alert: &Alert, search: &mut Search<'_>) {
    const PATH: &str = "data.misp.value";
    let Some(value) = alert.text(PATH) else { return };
    let kind = alert.text("data.misp.type").unwrap_or_default();
    let parts = kind.split('|').count().min(2);
    for (word, kind) in value.splitn(parts, '|').zip(kind.split('|')) {
        if scan::hash_kind(word).is_some() {
            search.hashes(PATH, word);
        } else if word.contains("://") {
            search.urls(PATH, word);
        } else if kind.starts_with("ip") || matches!(kind, "domain" | "hostname") {
            search.name(PATH, &url::armed(word));
        } else if kind.starts_with("email") {
            search.email(PATH, word);
        } else if matches!(kind, "filename" | "attachment" | "malware-sample") && !word.is_empty() {
            search.add(IndicatorKind::Filename, known::last_name(word).to_owned(), None, PATH);
        }
    }
}

/// Fields for the far end of a connection.
const FAR_ENDS: [&str; 5] = [
    "data.dest_ip",
    "data.dstip",
    "data.id.resp_h",
    "destination.ip",
    "data.win.eventdata.destinationIp",
];

/// Says whether the far end was asked for names: at the port for that.
fn asks_for_names(alert: &Alert) -> bool {
    const PORTS: [&str; 6] = [
        "data.dest_port",
        "data.destination_port",
        "data.dstport",
        "data.id.resp_p",
        "destination.port",
        "data.win.eventdata.destinationPort",
    ];
    PORTS
        .iter()
        .filter_map(|path| alert.text(path))
        .any(|port| matches!(&*port, "53" | "853"))
}

/// Finds where a mailbox of Microsoft 365 is told to send its mail.
fn forwarding(alert: &Alert, search: &mut Search<'_>) {
    const NAMES: [&str; 6] = [
        "forwardto",
        "redirectto",
        "forwardasattachmentto",
        "forwardingsmtpaddress",
        "forwardingaddress",
        "ruleactions",
    ];
    for path in ["data.office365.Parameters", "data.office365.OperationProperties"] {
        let Some(Value::Array(parameters)) = alert.get(path) else {
            continue;
        };
        for parameter in parameters {
            let name = parameter["Name"].as_str().unwrap_or_default().to_ascii_lowercase();
            if NAMES.contains(&name.as_str())
                && let Some(value) = text::of(&parameter["Value"])
            {
                search.email(path, &value);
            }
        }
    }
}

/// Says whether whoever attacks a service may have written the field as a whole.
fn may_hold_a_payload(path: &str) -> bool {
    matches!(
        path,
        "full_log" | "event.original" | "user_agent.original" | "url.original"
    ) || path.starts_with("data.") && !path.starts_with("data.win.") && !path.starts_with("data.sca.")
}

struct Search<'a> {
    own: &'a OwnNetworks,
    /// Addresses of the machine itself.
    machine: HashSet<IpAddr>,
    /// Names and domains of the machine itself: they are the organisation's own.
    machines: OwnNetworks,
    /// The domain of the mailboxes: whoever writes from there is of the organisation.
    mailboxes: OwnNetworks,
    server: Option<IpAddr>,
    client: Option<IpAddr>,
    /// Whether the far end was asked for names.
    asks_for_names: bool,
    new_file: bool,
    /// Whether the hashes of file monitoring say nothing.
    own_contents: bool,
    named: Named,
    /// Where each value stands in `found`.
    seen: HashMap<(u8, String), usize>,
    found: Vec<Indicator>,
}

/// Which addresses fields named, of whomever.
#[derive(Default)]
struct Named {
    any: bool,
    /// One that something came from.
    source: bool,
    /// An end by its name instead.
    host: bool,
}

impl Search<'_> {
    fn field(&mut self, path: &str, role: Role, text: &str) {
        // Where the server is the organisation's own, the name that it is asked for is, too.
        let is_ones_own = match path {
            "data.http.hostname" | "url.domain" => self.server.is_some_and(|server| self.is_own(server)),
            // Every connection has one, and most sensors stand before one's own servers.
            "data.tls.sni" | "data.server_name" | "tls.client.server_name" => !self.leads_out(),
            _ => false,
        };
        if is_ones_own {
            return;
        }
        let may_be_a_host = match role {
            Role::Host(_) | Role::Peer => true,
            Role::Ip(_) => may_be_a_name(path) && address::parse(text).is_none(),
            _ => false,
        };
        self.named.host |= may_be_a_host && !is_nothing(text);
        match role {
            Role::Ip(side) => {
                for word in url::armed(text).split([',', ';', ' ', '|']) {
                    if let Some((ip, _)) = address::parse(word) {
                        self.named.any = true;
                        self.named.source |= side == Side::Source;
                        self.ip(path, ip, side);
                    } else if may_be_a_name(path) {
                        self.name(path, word);
                    }
                }
            }
            Role::Domain | Role::Peer => self.name(path, &url::armed(text)),
            Role::Url => self.requested(path, text),
            Role::CommandLine(_) | Role::Script => self.scan(path, text),
            Role::Hash if self.own_contents && is_of_the_monitored(path) => {}
            Role::Hash => self.hashes(path, text),
            Role::Sender => self.email(path, &url::armed(text)),
            Role::File if defender::is_list(path, text) => {
                for url in defender::urls(text) {
                    self.urls(path, url);
                }
                for command in defender::commands(text) {
                    self.scan(path, command);
                }
            }
            Role::File => self.file(path, text),
            // It takes more than its text to say where one leads.
            Role::Place
            | Role::Port(_)
            | Role::Host(_)
            | Role::User(_)
            | Role::UserDomain(_)
            | Role::Image(_)
            | Role::ProcessId(_)
            | Role::Registry => {}
        }
    }

    /// Finds what an attacker wrote into a field of any kind so that a program would fetch it: `${jndi:…}`, `() { :; }; …`.
    fn payload(&mut self, path: &str, text: &str) {
        // Both have one, and most texts have none.
        if !text.contains('{') {
            return;
        }
        let place = match path::of_the_occasion(path) {
            "full_log" | "event.original" => payload::Place::Line,
            _ => payload::Place::Field,
        };
        if text.contains("://") {
            for look_up in payload::look_ups(text, place) {
                self.places(path, look_up);
            }
        }
        for command in payload::behind_functions(text, place) {
            self.places(path, command);
            self.addresses(path, command);
        }
    }

    fn places(&mut self, path: &str, text: &str) {
        for url in url::all(text) {
            self.url(path, url);
        }
        for host in url::places(text) {
            self.host(path, host);
        }
    }

    /// Notes the addresses in a command.
    fn addresses(&mut self, path: &str, text: &str) {
        for (ip, _) in scan::addresses(text) {
            self.ip(path, ip, Side::Destination);
        }
    }

    /// Notes a name, or the address that stands in its place; either may have a port.
    fn name(&mut self, path: &str, text: &str) {
        if let Some((ip, _)) = address::parse(text) {
            self.named.any = true;
            self.ip(path, ip, Side::Destination);
            return;
        }
        let name = match text.rsplit_once(':') {
            Some((name, port)) if port.parse::<u16>().is_ok() => name,
            _ => text,
        };
        if let Some(name) = domain::public(name) {
            self.domain(path, name);
        }
    }

    /// Says whether the server is known to be somebody else's, and no foreign client asked it.
    fn leads_out(&self) -> bool {
        let is_foreign = |ip| !self.is_own(ip);
        self.server.is_some_and(is_foreign) && !self.client.is_some_and(is_foreign)
    }

    /// Says whether an address is the organisation's own, or nobody's.
    fn is_own(&self, ip: IpAddr) -> bool {
        !self.own.scope(ip).is_foreign() || self.machine.contains(&ip)
    }

    /// Notes an address, and says whether it is somebody else's.
    fn ip(&mut self, path: &str, ip: IpAddr, side: Side) -> bool {
        let scope = self.own.scope(ip);
        if self.is_own(ip) {
            return false;
        }
        // Everybody asks it; what for is the indicator.
        if self.asks_for_names && FAR_ENDS.contains(&path) && known::is_resolver(ip) {
            return true;
        }
        let kind = match side {
            Side::Source => IndicatorKind::IpSrc,
            Side::Destination => IndicatorKind::IpDst,
            Side::Unknown => IndicatorKind::Ip,
        };
        self.add(kind, ip.to_string(), Some(scope), path);
        true
    }

    /// Notes a name, and says whether it is somebody else's.
    fn domain(&mut self, path: &str, name: String) -> bool {
        if self.own.owns_domain(&name) || self.machines.owns_domain(&name) {
            return false;
        }
        self.add(IndicatorKind::Domain, name, None, path);
        true
    }

    fn scan(&mut self, path: &str, text: &str) {
        let text = markup::plain(text);
        let text = url::armed(&text);
        self.urls(path, &text);
        self.addresses(path, &text);
        for name in sockets::hosts(&text).filter_map(domain::public) {
            self.domain(path, name);
        }
    }

    fn urls(&mut self, path: &str, text: &str) {
        for url in url::all(text) {
            self.url(path, url);
        }
        for url in url::escaped(text) {
            self.url(path, &url);
        }
        for host in url::disputes(&url::decoded(text)) {
            self.host(path, host);
        }
    }

    /// Looks into a URL that was asked for: an absolute one is the place itself, in a query stands what a server is to fetch or run.
    fn requested(&mut self, path: &str, text: &str) {
        let text = url::armed(text);
        if !text.starts_with('/') {
            self.urls(path, &text);
            return;
        }
        let (before, query) = text.split_once('?').unwrap_or((&text, ""));
        self.urls(path, before);
        // An address is looked for in what can be a command; alone it may be whatever somebody searched for, or a folder.
        let plain = url::decoded(before);
        if may_be_a_command(&plain) {
            self.addresses(path, &plain);
        }
        for value in query.split('&') {
            let value = value.replace('+', " ");
            let plain = url::decoded(&value);
            self.urls(path, &plain);
            if may_be_a_command(&plain) || plain.contains(|c: char| c.is_whitespace() || c == ';') {
                self.addresses(path, &plain);
            }
        }
    }

    /// Notes where something led: of a URL without its scheme the host alone.
    fn place(&mut self, path: &str, text: &str, alert: &Alert) {
        let ip = |path: &str| address::parse(&alert.text(path)?).map(|(ip, _)| ip);
        let text = url::armed(text);
        let (host, behind) = text.split_at(text.find(['/', '?', '#']).unwrap_or(text.len()));
        if is_a_file(path, &text) {
            if has_hash(alert) {
                self.file(path, &text);
            } else if self.asks_for_names && ip("data.source_address").is_some_and(|ip| self.is_own(ip)) {
                self.name(path, &text);
            }
            return;
        }
        // Whoever asks from elsewhere asks for a name of the organisation's own.
        let leads_out = if path.ends_with("filename") {
            let is_own = |ip| self.is_own(ip);
            ip("data.source_address").is_some_and(is_own)
                && ip("data.destination_address").is_some_and(|ip| !is_own(ip))
        } else {
            let beside = path.rsplit_once('.').map(|(parent, _)| format!("{parent}.RemoteIP"));
            beside.and_then(|beside| ip(&beside)).is_none_or(|ip| !self.is_own(ip))
        };
        if !leads_out {
            return;
        }
        if host.ends_with(':') && behind.starts_with("//") {
            self.requested(path, &text);
        } else {
            self.name(path, host);
        }
    }

    fn url(&mut self, path: &str, url: &str) {
        let Some(url) = Url::read(url) else { return };
        if self.host(path, url.host) && url.text.len() <= MAX_URL {
            self.add(IndicatorKind::Url, url.text, None, path);
        }
    }

    /// Notes where a URL leads, and says whether that is somebody else's.
    fn host(&mut self, path: &str, host: Host) -> bool {
        match host {
            Host::Ip(ip) => self.ip(path, ip, Side::Destination),
            Host::Name(name) => self.domain(path, name),
        }
    }

    fn hashes(&mut self, path: &str, text: &str) {
        let field = named_hash(
            path.rsplit('.')
                .find(|key| !key.bytes().all(|byte| byte.is_ascii_digit())),
        );
        for word in text.split([',', ' ', ';', '|']) {
            let (name, digits) = word.split_once(['=', ':']).unwrap_or(("", word));
            let Some(looks) = scan::hash_kind(digits) else { continue };
            let named = if name.is_empty() { field } else { named_hash(Some(name)) };
            let kind = match named {
                // A digest of another kind with the same length is not what it looks like.
                None if !name.is_empty() => continue,
                None => looks,
                Some(IndicatorKind::Imphash) if looks == IndicatorKind::Md5 => IndicatorKind::Imphash,
                // One that was cut has the length of another.
                Some(named) if named != looks => continue,
                Some(named) => named,
            };
            self.add(kind, digits.to_ascii_lowercase(), None, path);
        }
    }

    fn email(&mut self, path: &str, text: &str) {
        for word in words_of_a_mail(text) {
            let Some((user, domain)) = word.split_once('@') else {
                continue;
            };
            let plain = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c);
            let Some(domain) = domain::public(domain) else {
                continue;
            };
            let foreign = !self.own.owns_domain(&domain) && !self.mailboxes.owns_domain(&domain);
            if foreign && !user.is_empty() && user.len() <= 64 && user.chars().all(plain) {
                let user = user.to_ascii_lowercase();
                self.add(IndicatorKind::Email, format!("{user}@{domain}"), None, path);
            }
        }
    }

    fn file(&mut self, path: &str, text: &str) {
        // Files that were merely changed, loaded or scanned have common names; only new ones say something elsewhere.
        let telling = match path::of_the_occasion(path) {
            "syscheck.path" | "file.path" => self.new_file && !text.starts_with("HKEY_"),
            "data.virustotal.source.file" => true,
            // Documents that people of the organisation work on.
            other if other.starts_with("data.office365.") => false,
            other => {
                let other = other.to_ascii_lowercase();
                other.ends_with("filename") || other.contains("attachments.")
            }
        };
        let name = known::last_name(text);
        // The mark that Windows puts on a file from elsewhere is on every such file; another stream is what somebody hid in one.
        let name = match without_type(name).rsplit_once(':') {
            Some((file, stream)) if stream.eq_ignore_ascii_case("Zone.Identifier") => file,
            _ => without_type(name),
        };
        // Windows PowerShell writes a file of random name at every start to learn whether scripts may run.
        let common = name.starts_with("__PSScriptPolicyTest_") || known::has_common_name(name);
        if telling && !name.is_empty() && name.len() <= 255 && !common {
            self.add(IndicatorKind::Filename, name.to_owned(), None, path);
        }
    }

    fn add(&mut self, kind: IndicatorKind, value: String, scope: Option<Scope>, path: &str) {
        // One address is one indicator, at whichever end it stood first; one file name is one, in whichever case.
        let class = match kind {
            IndicatorKind::IpSrc | IndicatorKind::IpDst | IndicatorKind::Ip => 0,
            IndicatorKind::Domain => 1,
            IndicatorKind::Url => 2,
            IndicatorKind::Md5 | IndicatorKind::Sha1 | IndicatorKind::Sha256 | IndicatorKind::Imphash => 3,
            IndicatorKind::Email => 4,
            IndicatorKind::Filename => 5,
        };
        let same = if kind == IndicatorKind::Filename {
            value.to_lowercase()
        } else {
            value.clone()
        };
        if let Some(known) = self.seen.get(&(class, same.clone())) {
            // A list of all addresses may stand before the fields that say at which end they were.
            if let Some(known) = self.found.get_mut(*known)
                && known.kind == IndicatorKind::Ip
            {
                known.kind = kind;
            }
            return;
        }
        self.seen.insert((class, same), self.found.len());
        self.found.push(Indicator {
            kind,
            value,
            scope,
            path: text::cut(path, MAX_PATH).to_owned(),
        });
    }
}

/// Says whether a shell would run a part of what was asked for.
fn may_be_a_command(text: &str) -> bool {
    // Behind one of these alone stand parameters: `/a;v=8.1.2.3`.
    let is_parted = text.contains([';', '&', '\n', '\r']);
    let has_words = || text.contains(|c: char| c.is_whitespace() || matches!(c, '+' | '{' | '<'));
    (is_parted && has_words()) || text.contains(['|', '`', '$'])
}

/// Says whether a hash is that of what file monitoring saw.
fn is_of_the_monitored(path: &str) -> bool {
    let path = path::of_the_occasion(path);
    ["syscheck.", "file.hash.", "registry."]
        .iter()
        .any(|start| path.starts_with(start))
}

/// The hash that a name names.
fn named_hash(name: Option<&str>) -> Option<IndicatorKind> {
    let name = name?.to_ascii_lowercase();
    let named = [
        ("imphash", IndicatorKind::Imphash),
        ("md5", IndicatorKind::Md5),
        ("sha256", IndicatorKind::Sha256),
        ("sha1", IndicatorKind::Sha1),
    ];
    named
        .into_iter()
        .find(|(part, _)| name.contains(part))
        .map(|(_, kind)| kind)
}

/// A name of Windows without the type of what it is of, which is data: `evil.exe::$DATA` is `evil.exe`.
fn without_type(name: &str) -> &str {
    const TYPE: &str = ":$DATA";
    let stem = name
        .len()
        .checked_sub(TYPE.len())
        .filter(|at| name.is_char_boundary(*at));
    match stem {
        Some(at) if name[at..].eq_ignore_ascii_case(TYPE) => name[..at].trim_end_matches(':'),
        _ => name,
    }
}
