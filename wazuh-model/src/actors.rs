//! Who did what to what.

use std::borrow::Cow;
use std::net::IpAddr;

use crate::reading::{Reading, products};
use crate::role::{Kin, Part, Role, Side, is_a_file, is_forwarded, is_translated_source, may_be_a_name};
use crate::{Alert, Scope, address, agent, defender, log_line, markup, path, url, views};

/// Longest list. An attacker may write lists into an alert, and each entry is compared with those before it.
const MAX_LIST: usize = 256;

/// Who and what an alert is about, in the words of the alert: nothing here is normalised, and private addresses are not left out.
///
/// Every list is without repeats, in the alert's order, and ends after 256 entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Actors<'a> {
    /// Accounts.
    pub users: Vec<User<'a>>,
    /// Groups of accounts that were made, changed or deleted.
    pub groups: Vec<Cow<'a, str>>,
    /// Where something came from.
    pub sources: Vec<Endpoint<'a>>,
    /// Where something went to.
    pub destinations: Vec<Endpoint<'a>>,
    /// Addresses of which nothing says at which end they were, beside others for both ends: what a name was resolved to, a gateway. Where
    /// only one end is told, or none, they stand among the sources.
    pub addresses: Vec<Endpoint<'a>>,
    /// The program that acted.
    pub process: Option<Process<'a>>,
    /// The program that started it.
    pub parent: Option<Process<'a>>,
    /// The program that it acted on (Sysmon 8 and 10).
    pub target: Option<Process<'a>>,
    /// Files that were written, read, loaded or deleted, by their paths.
    pub files: Vec<Cow<'a, str>>,
    /// Keys and values of the registry.
    pub registry: Vec<Cow<'a, str>>,
    /// Names that were looked up or connected to.
    pub domains: Vec<Cow<'a, str>>,
    /// Absolute URLs, and the paths of requests to a web server.
    pub urls: Vec<Cow<'a, str>>,
    /// Hashes of files, each as it stands there: `44d8…`, or a list such as `MD5=44d8…,SHA256=275a…`.
    pub hashes: Vec<Cow<'a, str>>,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct User<'a> {
    /// Name, as it stands there: `j.doe`, `CORP\j.doe`, `j.doe@corp.example`.
    pub name: Cow<'a, str>,
    /// Windows domain, where it stands in a field of its own.
    pub domain: Option<Cow<'a, str>>,
    /// What the account did.
    pub part: UserPart,
    /// Whether the account is known to be of this machine alone: its domain is the machine's own name.
    pub is_local: bool,
}

/// What an account did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UserPart {
    /// It acted.
    Acting,
    /// Something was done to it or with it: it was logged on to, changed, become.
    Target,
}

/// One end of a connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoint<'a> {
    /// Address, in the form of the alert.
    pub ip: Option<Cow<'a, str>>,
    /// Name of the machine.
    pub host: Option<Cow<'a, str>>,
    /// Port.
    pub port: Option<u16>,
}

impl Endpoint<'_> {
    /// Gives the address in its canonical form: `::ffff:10.0.0.1` is `10.0.0.1`.
    pub fn address(&self) -> Option<IpAddr> {
        address::parse(self.ip.as_deref()?).map(|(ip, _)| ip)
    }

    /// Gives the address as it is shown to people: in the form of the alert, but `::ffff:10.0.0.1`, as Windows writes what came by IPv4 to a
    /// socket for both, is `10.0.0.1`.
    pub fn shown_ip(&self) -> Option<Cow<'_, str>> {
        let ip = self.ip.as_deref()?;
        Some(match self.address() {
            Some(IpAddr::V4(plain)) if ip.contains("::") => Cow::Owned(plain.to_string()),
            _ => Cow::Borrowed(ip),
        })
    }
}

/// A program that ran.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Process<'a> {
    /// Path of the program.
    pub image: Option<Cow<'a, str>>,
    /// Command line.
    pub command_line: Option<Cow<'a, str>>,
    /// Process id, decimal or (Windows security events) `0x…`.
    pub id: Option<Cow<'a, str>>,
}

impl Actors<'_> {
    /// Gives the first account that is no machine account and no built-in one, else the first.
    pub fn user(&self) -> Option<&User<'_>> {
        let person = |user: &&User<'_>| !user.is_built_in();
        let target = |user: &&User<'_>| user.part == UserPart::Target;
        let users = || self.users.iter().filter(person);
        users()
            .find(|user| !target(user))
            .or_else(|| users().next())
            .or_else(|| self.users.first())
    }
}

impl User<'_> {
    /// Says whether the account belongs to the operating system: `SYSTEM`, `LOCAL SERVICE`, machine accounts such as `WS-1$`. Those are
    /// of a domain or a workgroup; a local account that is called so was made to be taken for one.
    pub fn is_built_in(&self) -> bool {
        const NAMES: [&str; 6] = [
            "SYSTEM",
            "LOCAL SERVICE",
            "NETWORK SERVICE",
            "ANONYMOUS LOGON",
            "LOCALSYSTEM",
            "-",
        ];
        let name = self.name.rsplit('\\').next().unwrap_or_default();
        (name.ends_with('$') && !self.is_local) || NAMES.iter().any(|built_in| built_in.eq_ignore_ascii_case(name))
    }
}

pub(crate) fn actors(alert: &Alert) -> Actors<'_> {
    read(alert, Reading::of(alert))
}

/// The same as far as the names of fields and the marks of a line tell. Folding goes by these: what is read out of values besides may hold
/// a part of what tells two alerts apart.
pub(crate) fn actors_by_names(alert: &Alert) -> Actors<'_> {
    read(alert, Reading::by_names(alert))
}

fn read(alert: &Alert, reading: Reading) -> Actors<'_> {
    let mut actors = Actors::default();
    let event = alert
        .text("data.win.system.eventID")
        .and_then(|event| event.parse::<u16>().ok());
    let about_a_group = event.is_some_and(changes_a_group);
    let is_lockout = event == Some(LOCKOUT);
    // What it is told to do with the alert that it answers (`add`) is no command line.
    let is_response = reading.is_response();
    let (mut unclear, mut translated, mut forwarded) = (Vec::new(), Vec::new(), Vec::new());
    path::visit(alert.body(), &mut |path, leaf| {
        let Some(role) = reading.role(path) else {
            return;
        };
        let Some(text) = leaf.text(path) else { return };
        if is_forwarded(path) {
            forwarded.push(text);
            return;
        }
        if let Role::Ip(side @ (Side::Source | Side::Destination)) = role
            && !is_translated_source(path)
            && let Some(mut several) = several_addresses(&text)
        {
            // The last was written by the nearest proxy, the first by whoever asked.
            if side == Side::Source && !reading.is_by_names() {
                several.reverse();
            }
            for ip in several {
                actors.ip(side, Cow::Owned(ip.to_string()));
            }
            return;
        }
        let role = in_text(role, path, &text, alert);
        // What a firewall has no hash of is the page of a server.
        let is_a_page = || role == Role::Place && is_a_file(path, &text);
        if is_no_value(&text, role, path, reading) || is_a_page() || (is_response && path == "data.command") {
            return;
        }
        let of_a_group = about_a_group && !path.ends_with("memberName");
        match role {
            Role::User(Part::Target) if of_a_group => add(&mut actors.groups, text),
            Role::UserDomain(Part::Target) if of_a_group => {}
            Role::UserDomain(Part::Target) if is_lockout => actors.note(Role::Host(Side::Source), text),
            // There is room for so many only, and most of what stands there may be none.
            Role::Ip(Side::Unknown) if address::parse(&text).is_none() => {
                // Those are all that other fields tell.
                if path.ends_with("related.ip") {
                    return;
                }
                for ip in several_addresses(&text).unwrap_or_default() {
                    add(&mut unclear, Cow::Owned(ip.to_string()));
                }
            }
            Role::Ip(_) if is_translated_source(path) => add(&mut translated, text),
            Role::Port(_) if is_translated_source(path) => {}
            Role::Ip(Side::Unknown) if path.ends_with("destination.nat.ip") => actors.ip(Side::Destination, text),
            Role::Ip(Side::Unknown) => add(&mut unclear, text),
            // To folding all that stands beside a command tells alerts apart.
            Role::File if defender::is_list(path, &text) => {
                if reading.is_by_names() && defender::has_command(&text) {
                    actors.note(role, Cow::Owned(defender::without_numbers(&text)));
                } else {
                    actors.found_by_defender(&text, reading);
                }
            }
            role => actors.note(role, text),
        }
    });
    if actors.sources.iter().all(|source| source.ip.is_none()) {
        for text in translated {
            actors.ip(Side::Source, text);
        }
    } else if !translated.is_empty() {
        // A list of all addresses has it, too.
        let ip = |text: &Cow<'_, str>| address::parse(text).map(|(ip, _)| ip);
        let behind: Vec<_> = translated.iter().filter_map(ip).collect();
        unclear.retain(|text| !ip(text).is_some_and(|ip| behind.contains(&ip)));
    }
    actors.ips_at_some_end(unclear, alert);
    actors.told_in_parts(alert);
    if actors.sources.is_empty()
        && let Some(source) = log_line::source(alert)
    {
        actors.ip(Side::Source, Cow::Borrowed(source.text));
        if let Some(end) = actors.sources.first_mut() {
            end.port = end.port.or(source.port);
        }
    }
    if actors.users.is_empty()
        && let Some(account) = log_line::account(alert)
    {
        actors.user_named(Cow::Borrowed(account), Part::Target);
    }
    if !reading.is_by_names() {
        actors.client_of_the_line(alert);
        actors.command_of_cron(alert);
    }
    actors.forwarded(&forwarded, reading);
    // An assumed role and the root account have no user name; whom a call is about is another account.
    if !actors.users.iter().any(|user| user.part == UserPart::Acting)
        && let Some(arn) = alert.text("data.aws.userIdentity.arn")
    {
        actors.user_named(arn, Part::Acting);
    }
    actors.mark_local_users(alert);
    actors
}

/// What a field means that may hold one thing or another.
fn in_text(role: Role, path: &str, text: &str, alert: &Alert) -> Role {
    match role {
        Role::Place if is_a_file(path, text) && has_hash(alert) => Role::File,
        Role::Ip(side) if may_be_a_name(path) && address::parse(text).is_none() => Role::Host(side),
        role => role,
    }
}

/// Whether a firewall has the hash of a file that went through it.
pub(crate) fn has_hash(alert: &Alert) -> bool {
    let is_hash = |digest: &str| digest.len() >= 32 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    alert.text_of("data.file_digest").is_some_and(is_hash)
}

/// Says whether a text stands where there is no value.
pub(crate) fn is_nothing(text: &str) -> bool {
    matches!(text, "" | "-" | "null" | "(null)" | "N/A" | "n/a" | "(none)")
}

/// The same of a field. An account may be called by a word for nothing, and folding tells alerts apart by what stands there.
fn is_no_value(text: &str, role: Role, path: &str, reading: Reading) -> bool {
    let is_of_an_account = matches!(role, Role::User(_) | Role::UserDomain(_));
    if !reading.is_by_names() && products::is_none(path, text) {
        return true;
    }
    if is_of_an_account && path::of_the_occasion(path).starts_with("data.win.eventdata.") {
        return matches!(text, "" | "-");
    }
    is_nothing(text) && !(reading.is_by_names() && matches!(text, "N/A" | "n/a" | "(none)"))
}

/// The addresses of a list that has nothing but addresses, and more than one: a port may be that of any.
fn several_addresses(text: &str) -> Option<Vec<IpAddr>> {
    if !text.contains(',') {
        return None;
    }
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    let ips: Option<Vec<_>> = words.map(|word| address::parse(word).map(|(ip, _)| ip)).collect();
    ips.filter(|ips| ips.len() > 1)
}

/// The Windows event of an account that is locked: its domain is the machine from where too many passwords were tried.
const LOCKOUT: u16 = 4740;

/// Says whether the target of a Windows event is a group: created, deleted or changed, or its members.
fn changes_a_group(event: u16) -> bool {
    matches!(event, 4727..=4735 | 4737 | 4744..=4762 | 4764 | 4783..=4792 | 4799)
}

impl<'a> Actors<'a> {
    fn note(&mut self, role: Role, text: Cow<'a, str>) {
        match role {
            Role::User(part) => self.user_named(text, part),
            Role::UserDomain(part) => {
                let part = user_part(part);
                let waiting = |user: &&mut User<'_>| user.part == part && user.domain.is_none();
                if let Some(user) = self.users.iter_mut().find(waiting) {
                    user.domain = Some(text);
                }
            }
            Role::Ip(side) => self.ip(side, text),
            Role::Host(side) => {
                if let Some(end) = end(self.side(side), |end| end.host.is_none()) {
                    end.host = Some(text);
                }
            }
            Role::Port(side @ (Side::Source | Side::Destination)) => {
                if let Ok(port) = text.parse()
                    && port > 0
                    && let Some(end) = end(self.side(side), |end| end.port.is_none())
                {
                    end.port = Some(port);
                }
            }
            Role::Peer => {
                if let Some(end) = end(&mut self.destinations, |end| end.host.is_none()) {
                    end.host = Some(text.clone());
                }
                add(&mut self.domains, text);
            }
            Role::Url => add(&mut self.urls, text),
            Role::Place if text.contains('/') => add(&mut self.urls, text),
            Role::Domain | Role::Place => add(&mut self.domains, text),
            Role::File if text.starts_with("HKEY_") => add(&mut self.registry, text),
            Role::File => add(&mut self.files, text),
            Role::Registry => add(&mut self.registry, text),
            Role::Image(kin) => {
                let process = self.kin(kin);
                // A full path says more than the bare name that some families also give.
                if process.image.as_ref().is_none_or(|image| !image.contains(['/', '\\'])) {
                    process.image = Some(text);
                }
            }
            Role::CommandLine(kin) => {
                self.urls_in(&text);
                self.kin(kin).command_line.get_or_insert(text);
            }
            Role::ProcessId(kin) => {
                self.kin(kin).id.get_or_insert(text);
            }
            Role::Script => match markup::before_and_in_actions(&text) {
                // What a task does says more than what is told of it, which stands first.
                Some((before, actions)) => {
                    self.urls_in(&actions);
                    self.urls_in(&before);
                }
                None => self.urls_in(&text),
            },
            Role::Hash => add(&mut self.hashes, text),
            // A port of no side may be that of either end.
            Role::Sender | Role::Port(Side::Unknown) => {}
        }
    }

    fn found_by_defender(&mut self, list: &str, reading: Reading) {
        for file in defender::files(list) {
            add(&mut self.files, Cow::Owned(file.to_owned()));
        }
        for command in defender::commands(list) {
            self.note(Role::CommandLine(Kin::Own), Cow::Owned(command.to_owned()));
        }
        for url in defender::urls(list) {
            add(&mut self.urls, Cow::Owned(url.to_owned()));
        }
        if !reading.is_by_names() {
            for other in defender::others(list).take(MAX_LIST) {
                add(&mut self.files, Cow::Owned(other));
            }
        }
    }

    fn urls_in(&mut self, text: &str) {
        for url in url::all(&markup::plain(text)) {
            add(&mut self.urls, Cow::Owned(url.to_owned()));
        }
    }

    fn user_named(&mut self, name: Cow<'a, str>, part: Part) {
        let part = user_part(part);
        let known = self.users.iter().any(|user| user.name == name && user.part == part);
        if !known && self.users.len() < MAX_LIST {
            let (domain, is_local) = (None, false);
            self.users.push(User {
                name,
                domain,
                part,
                is_local,
            });
        }
    }

    /// Tells accounts of this machine from those of a domain. Only Windows has both.
    fn mark_local_users(&mut self, alert: &Alert) {
        if !self.users.iter().any(|user| user.name.ends_with('$')) {
            return;
        }
        let Some(machine) = agent::windows_name(alert) else {
            return;
        };
        for user in &mut self.users {
            let in_name = user.name.rsplit_once('\\').map(|(domain, _)| domain);
            let domain = in_name.or(user.domain.as_deref());
            user.is_local = domain.is_some_and(|domain| domain.eq_ignore_ascii_case(machine));
        }
    }

    fn ip(&mut self, side: Side, text: Cow<'a, str>) {
        let Some((ip, port)) = address::parse(&text) else {
            // Several: whom a proxy stands for, and every proxy on the way, of which the nearest wrote the last.
            if side == Side::Source && text.contains(',') {
                for one in text.rsplit(',').take(MAX_LIST) {
                    self.ip(side, Cow::Owned(one.trim().to_owned()));
                }
            }
            return;
        };
        if ip.is_unspecified() {
            return;
        }
        let text = without_port(text, ip, port);
        let ends = self.side(side);
        if ends.iter().any(|end| end.ip.as_ref() == Some(&text)) {
            return;
        }
        if let Some(end) = end(ends, |end| end.ip.is_none()) {
            end.ip = Some(text);
            end.port = end.port.or(port);
        }
    }

    /// Notes what no field tells alone.
    fn told_in_parts(&mut self, alert: &'a Alert) {
        if let Some(name) = views::zeek_server_name(alert) {
            self.note(Role::Domain, name);
        }
        if let Some(arguments) = views::audit_arguments(alert) {
            self.kin(Kin::Own).command_line = Some(Cow::Owned(arguments));
        }
        if let Some(command) = views::docker_command(alert) {
            self.urls_in(&command);
            self.kin(Kin::Own).command_line.get_or_insert(command);
        }
        if self.files.is_empty()
            && let Some(file) = views::rootcheck_file(alert)
        {
            add(&mut self.files, Cow::Borrowed(file));
        }
        if self.users.is_empty()
            && let Some(user) = views::log_cleared_by(alert)
        {
            self.users.push(user);
        }
    }

    /// Notes the client that a line tells, where no field tells an end.
    fn client_of_the_line(&mut self, alert: &Alert) {
        let ends = || self.sources.iter().chain(&self.destinations);
        if ends().any(|end| end.ip.is_some()) {
            return;
        }
        // A field with a name says where it was.
        let is_named = ends().any(|end| end.host.is_some());
        let client =
            log_line::client_of_sql_server(alert).or_else(|| log_line::client_at_mark(alert).filter(|_| !is_named));
        if let Some(client) = client {
            self.ip(Side::Source, Cow::Owned(client.to_string()));
        }
    }

    /// Notes what cron ran, which stands in its line alone.
    fn command_of_cron(&mut self, alert: &'a Alert) {
        if self.process.is_none()
            && self.sources.is_empty()
            && let Some(command) = log_line::command_of_cron(alert)
        {
            self.note(Role::CommandLine(Kin::Own), Cow::Borrowed(command));
        }
    }

    /// Notes whom a proxy stands for, behind all other sources, as whoever asks may claim it. Shown is the last of a list that may be
    /// somebody's, for the nearest proxy wrote it; to folding counts the first, for the others are proxies.
    fn forwarded(&mut self, lists: &[Cow<'_, str>], reading: Reading) {
        let parse = |word: &str| address::parse(word.trim()).map(|(ip, _)| ip);
        let told = if reading.is_by_names() {
            lists.first().and_then(|list| parse(list.split(',').next()?))
        } else {
            let words = || lists.iter().rev().flat_map(|list| list.rsplit(','));
            let ips = || words().take(MAX_LIST).filter_map(parse);
            ips().find(|ip| Scope::of(*ip).is_foreign()).or_else(|| ips().next())
        };
        let Some(ip) = told.filter(|ip| !ip.is_unspecified()) else {
            return;
        };
        let is_told = |end: &Endpoint<'_>| end.ip.is_some() || end.host.is_some();
        if !self.sources.iter().any(is_told) {
            self.ip(Side::Source, Cow::Owned(ip.to_string()));
        } else if self.sources.len() < MAX_LIST && self.sources.iter().all(|end| end.address() != Some(ip)) {
            let (ip, host, port) = (Some(Cow::Owned(ip.to_string())), None, None);
            self.sources.push(Endpoint { ip, host, port });
        }
    }

    /// Notes addresses of which nothing says where they stood: behind those of which something does, and unless they are among them.
    /// No port or name of another field is theirs.
    fn ips_at_some_end(&mut self, texts: Vec<Cow<'a, str>>, alert: &Alert) {
        if texts.is_empty() {
            return;
        }
        let ends = self.sources.iter().chain(&self.destinations);
        let mut known: Vec<_> = ends.filter_map(Endpoint::address).collect();
        // Where the machine talks to itself, that tells no end of anything else.
        let own = agent::addresses(alert);
        let is_told = |ends: &[Endpoint<'_>]| {
            let mut ips = ends.iter().filter_map(Endpoint::address);
            ips.any(|ip| !ip.is_loopback())
        };
        let is_of_others = known.iter().any(|ip| !own.contains(ip));
        let are_apart = known.iter().any(|ip| known.first() != Some(ip));
        let list = if is_told(&self.sources) && is_told(&self.destinations) && is_of_others && are_apart {
            &mut self.addresses
        } else {
            &mut self.sources
        };
        for text in texts {
            let Some((ip, port)) = address::parse(&text) else {
                continue;
            };
            if !ip.is_unspecified() && !known.contains(&ip) && list.len() < MAX_LIST {
                known.push(ip);
                let (ip, host) = (Some(without_port(text, ip, port)), None);
                list.push(Endpoint { ip, host, port });
            }
        }
    }

    fn side(&mut self, side: Side) -> &mut Vec<Endpoint<'a>> {
        match side {
            Side::Source | Side::Unknown => &mut self.sources,
            Side::Destination => &mut self.destinations,
        }
    }

    fn kin(&mut self, kin: Kin) -> &mut Process<'a> {
        match kin {
            Kin::Own => &mut self.process,
            Kin::Parent => &mut self.parent,
            Kin::Target => &mut self.target,
        }
        .get_or_insert_default()
    }
}

/// An address in the form of the alert, but for the port and the brackets around it.
fn without_port(text: Cow<'_, str>, ip: IpAddr, port: Option<u16>) -> Cow<'_, str> {
    if port.is_none() && !text.starts_with('[') {
        return text;
    }
    Cow::Owned(ip.to_string())
}

/// Gives the first end that still lacks what was found, else a new one; none when there are too many.
fn end<'v, 'a>(ends: &'v mut Vec<Endpoint<'a>>, lacks: impl Fn(&Endpoint<'a>) -> bool) -> Option<&'v mut Endpoint<'a>> {
    let index = ends.iter().position(lacks).unwrap_or(ends.len());
    if index == MAX_LIST {
        return None;
    }
    if index == ends.len() {
        ends.push(Endpoint::default());
    }
    ends.get_mut(index)
}

fn add<'a>(list: &mut Vec<Cow<'a, str>>, text: Cow<'a, str>) {
    if list.len() < MAX_LIST && !list.contains(&text) {
        list.push(text);
    }
}

fn user_part(part: Part) -> UserPart {
    match part {
        Part::Acting => UserPart::Acting,
        Part::Target => UserPart::Target,
    }
}
