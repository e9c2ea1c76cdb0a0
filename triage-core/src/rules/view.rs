//! The evidence as the signals look at it: which words stand where, whatever product wrote them.

use std::{borrow::Cow, net::IpAddr};

use regex::Regex;

use crate::{Evidence, Fact, Origin, safe::is_internal};

/// Where a word stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A command line, script, service binary or task; quotes and carets left out.
    Command,
    /// The program that acted.
    Process,
    /// The program that started it, and its command line.
    Parent,
    /// The program that was acted on.
    Target,
    /// An account.
    User,
    /// A file.
    File,
    /// A registry key or value.
    Registry,
    /// What was asked of a web server, percent-decoded.
    Url,
    /// The raw log line and other long text.
    Log,
    /// What happened, in the word of a cloud or an application.
    Event,
    /// The rule's description.
    Title,
    /// The rule's groups.
    Group,
    /// `path=value`, whatever else it is.
    Field,
    /// What was worked out: `src:public`, `user:service`.
    Trait,
}

impl Place {
    const COUNT: usize = Self::Trait as usize + 1;
}

/// One word at its place.
pub(super) struct Entry {
    pub(super) place: Place,
    /// Lower case.
    pub(super) text: String,
    /// Index of the fact that says it; `None` where no fact does.
    pub(super) fact: Option<usize>,
}

/// Up to this level the author of a rule does not think of an attack.
const LOW_LEVEL: u8 = 6;

/// All words of one alert.
pub(super) struct View {
    entries: Vec<Entry>,
    /// The words of every place, one a line: most patterns match nowhere, and one look at all of them says so.
    joined: [String; Place::COUNT],
}

impl View {
    pub(super) fn new(evidence: &Evidence) -> Self {
        let mut view = Self {
            entries: Vec::new(),
            joined: Default::default(),
        };
        let fact_at = |end: &str| evidence.facts.iter().position(|fact| fact.path.ends_with(end));
        view.push(Place::Title, evidence.title.to_lowercase(), fact_at("rule.description"));
        if evidence.level.is_some_and(|level| level <= LOW_LEVEL) {
            view.push(Place::Trait, "rule:low".to_owned(), None);
        }
        let groups = evidence.groups.iter().map(|group| group.to_lowercase());
        for group in groups {
            view.push(Place::Group, group, fact_at("rule.groups"));
        }
        for (index, fact) in evidence.facts.iter().enumerate() {
            view.read(index, fact);
        }
        for entry in &mut view.entries {
            if entry.text.contains('\n') {
                entry.text = entry.text.replace('\n', " ");
            }
            let joined = &mut view.joined[entry.place as usize];
            joined.push_str(&entry.text);
            joined.push('\n');
        }
        view
    }

    /// Returns the first entry at a place that a pattern matches.
    pub(super) fn find(&self, place: Place, pattern: &Regex) -> Option<&Entry> {
        if !pattern.is_match(&self.joined[place as usize]) {
            return None;
        }
        let mut at_place = self.entries.iter().filter(|entry| entry.place == place);
        at_place.find(|entry| pattern.is_match(&entry.text))
    }

    fn push(&mut self, place: Place, text: String, fact: Option<usize>) {
        if !text.is_empty() {
            self.entries.push(Entry { place, text, fact });
        }
    }

    fn read(&mut self, index: usize, fact: &Fact) {
        let path = fact.path.to_lowercase();
        let value = ends_of(&fact.value).to_lowercase();
        let last = path.rsplit('.').next().unwrap_or(&path).to_owned();
        let here = Some(index);
        // Lists of the rule that are in the evidence itself already.
        if path.ends_with("rule.groups") {
            for group in value.split([',', ' ', '"', '[', ']']).filter(|group| !group.is_empty()) {
                self.push(Place::Group, group.to_owned(), here);
            }
        }
        self.push(Place::Field, format!("{path}={value}"), here);
        if let Some(request) = request(&value) {
            self.push(Place::Url, plain_url(request), here);
        }
        if fact.origin == Origin::Derived {
            self.push(Place::Command, plain_command(&value), here);
            self.push(Place::Url, plain_url(&value), here);
            return;
        }
        for place in places(&path, &last) {
            let text = match place {
                Place::Command => plain_command(&value),
                Place::Url => plain_url(&value),
                Place::File | Place::Registry | Place::Process | Place::Parent | Place::Target => {
                    value.replace('\\', "/").replace("//", "/")
                }
                _ => value.clone(),
            };
            self.push(*place, text, here);
        }
        self.traits(&path, &last, &value, index);
    }

    /// Works out what a value is, from where it stands.
    fn traits(&mut self, path: &str, last: &str, value: &str, index: usize) {
        let mut add = |name: &str| {
            self.entries.push(Entry {
                place: Place::Trait,
                text: name.to_owned(),
                fact: Some(index),
            });
        };
        let is_source = matches!(
            last,
            "srcip"
                | "src_ip"
                | "ipaddress"
                | "sourceipaddress"
                | "source_ip_address"
                | "clientip"
                | "actoripaddress"
                | "remoteip"
                | "srcaddr"
                | "ipaddressv4"
                | "callerip"
                | "client_ip"
                | "source_ip"
                | "sourceaddress"
                | "calleripaddress"
                | "invokedby"
        );
        if is_source && let Some(reach) = reach(value) {
            add(&format!("src:{reach}"));
        }
        let is_destination = matches!(last, "dstip" | "dest_ip" | "destinationip" | "dst_ip");
        if is_destination && let Some(reach) = reach(value) {
            add(&format!("dst:{reach}"));
        }
        if is_user(path, last) {
            let name = value.rsplit(['\\', '/']).next().unwrap_or(value);
            for kind in account_kinds(value, name) {
                add(&format!("user:{kind}"));
            }
            let is_actor = !last.starts_with("target") && !matches!(last, "dstuser" | "samaccountname" | "membername");
            if is_actor {
                for kind in account_kinds(value, name) {
                    add(&format!("actor:{kind}"));
                }
            }
        }
        // Numbers that Debian and Red Hat give to the accounts of web servers.
        if path.ends_with("audit.uid") && matches!(value, "33" | "48") {
            add("user:web");
            add("actor:web");
        }
        if last == "level" || last == "severity" {
            add(&format!("{last}:{value}"));
        }
    }
}

/// Says whether a path names something that is executed.
pub(crate) fn is_command(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let last = path.rsplit('.').next().unwrap_or(&path);
    places(&path, last).contains(&Place::Command)
}

fn places(path: &str, last: &str) -> &'static [Place] {
    match last {
        "parentcommandline" => &[Place::Command, Place::Parent],
        "commandline"
        | "command"
        | "cmd"
        | "cmdline"
        | "imagepath"
        | "servicefilename"
        | "taskcontent"
        | "taskcontentnew"
        | "scriptblocktext"
        | "payload"
        | "proctitle"
        | "arguments"
        | "args"
        | "hostapplication"
        | "actioncontent"
        | "possiblecause"
        | "commandlinetemplate"
        | "scripttext" => &[Place::Command],
        "details" | "newvalue" => &[Place::Command, Place::Registry],
        "parentimage" | "parentprocessname" => &[Place::Parent],
        // What a consumer of management events runs; elsewhere the word names an address.
        "destination" if path.contains("eventdata") => &[Place::Command],
        "image" | "newprocessname" | "exe" | "sourceimage" | "processname" | "originalfilename" => &[Place::Process],
        "targetimage" => &[Place::Target],
        "targetobject" | "value_name" | "objectvaluename" => &[Place::Registry],
        "path" if path.starts_with("syscheck") => &[Place::File, Place::Registry],
        "targetfilename" | "imageloaded" | "filename" | "file" | "relativetargetname" | "filepath" | "path" => {
            &[Place::File]
        }
        "url" | "uri" | "http_uri" | "request" | "query" => &[Place::Url],
        "http_user_agent" | "user_agent" | "useragent" => &[Place::Log, Place::Event],
        "full_log" | "previous_output" | "previous_log" | "message" | "title" | "description"
            if !path.starts_with("rule.") =>
        {
            &[Place::Log]
        }
        "status" | "action" if path.contains("docker") => &[Place::Event, Place::Command],
        "eventname" | "operation" | "action" | "type" | "eventtype" | "event_type" | "signature" | "category"
        | "threat_name" | "threatname" | "threat" | "attackname" | "methodname" | "operationname" | "protopayload"
        | "verb" => &[Place::Event],
        "name" if path.contains("process") || path.contains("audit.process") => &[Place::Process],
        _ if path.ends_with(".execve") => &[Place::Command],
        _ if is_user(path, last) => &[Place::User],
        _ => &[],
    }
}

fn is_user(path: &str, last: &str) -> bool {
    matches!(
        last,
        "user"
            | "username"
            | "srcuser"
            | "dstuser"
            | "subjectusername"
            | "targetusername"
            | "samaccountname"
            | "userid"
            | "uname_after"
            | "sourceuser"
            | "accountname"
            | "membername"
            | "parentuser"
            | "principalid"
            | "actor"
    ) || path.ends_with("user.name")
        || path.ends_with("azure.identity")
        || path.ends_with("useridentity.arn")
        || path.ends_with("useridentity.type")
        || path.ends_with("useridentity.username")
}

/// What a name says about an account. Weak knowledge: whoever makes accounts chooses names.
fn account_kinds(full: &str, name: &str) -> Vec<&'static str> {
    let mut kinds = Vec::new();
    let starts = |heads: &[&str]| heads.iter().any(|head| name.starts_with(head));
    if matches!(
        name,
        "www-data"
            | "apache"
            | "nginx"
            | "httpd"
            | "tomcat"
            | "http"
            | "nobody"
            | "php-fpm"
            | "iusr"
            | "defaultapppool"
    ) || full.contains("apppool")
        || full.contains("inetpub")
    {
        kinds.push("web");
    }
    if starts(&["mysql", "postgres", "mssql", "redis", "oracle", "mongodb"]) || full.contains("nt service\\mssql") {
        kinds.push("database");
    }
    if matches!(name, "system" | "local service" | "network service" | "localsystem") || full.contains("s-1-5-18") {
        kinds.push("system");
    }
    if matches!(name, "root" | "administrator" | "admin") || full.ends_with(":root") {
        kinds.push("root");
    }
    if name.ends_with('$') {
        kinds.push("machine");
    }
    if starts(&["svc-", "svc_", "svc.", "sa-", "service-", "srv-"]) || name.ends_with("-svc") {
        kinds.push("service");
    }
    let serves = starts(&["svc", "sa-", "sa_", "srv"]);
    let keeps = [
        "hr", "sync", "idm", "iam", "prov", "join", "onboard", "adconn", "aad", "ident",
    ];
    if serves && keeps.iter().any(|word| name.contains(word)) {
        kinds.push("keeper");
    }
    if starts(&[
        "adm.",
        "adm-",
        "adm_",
        "a-",
        "helpdesk",
        "hd-",
        "hd.",
        "hd_",
        "support",
        "it-",
        "itadmin",
        "ops",
        "sysadmin",
        "servicedesk",
    ]) || ["-adm", ".adm"].iter().any(|tail| name.ends_with(tail))
    {
        kinds.push("staff");
    }
    kinds
}

/// What a signal looks for stands at one of the ends; the middle of a long text is filling.
fn ends_of(text: &str) -> Cow<'_, str> {
    const HEAD: usize = 3_000;
    const TAIL: usize = 1_000;
    if text.len() <= HEAD + TAIL {
        return Cow::Borrowed(text);
    }
    let head = text.floor_char_boundary(HEAD);
    let tail = text.ceil_char_boundary(text.len() - TAIL);
    Cow::Owned(format!("{} {}", &text[..head], &text[tail..]))
}

/// The request in a line of an access log.
fn request(log: &str) -> Option<&str> {
    let (_, rest) = [
        "\"get ",
        "\"post ",
        "\"put ",
        "\"head ",
        "\"options ",
        "\"delete ",
        "\"patch ",
        "″get ",
        "″post ",
    ]
    .iter()
    .find_map(|method| log.split_once(method))?;
    rest.split_once(" http/").map(|(request, _)| request)
}

fn reach(value: &str) -> Option<&'static str> {
    let address = value
        .trim()
        .trim_start_matches("::ffff:")
        .split('%')
        .next()
        .unwrap_or(value);
    if address.ends_with(".amazonaws.com") || address == "aws internal" {
        return Some("cloud");
    }
    match address.parse::<IpAddr>().ok()? {
        IpAddr::V4(address) if address.is_loopback() => Some("loopback"),
        IpAddr::V4(address) if is_internal(address) => Some("internal"),
        IpAddr::V6(address) if address.is_loopback() => Some("loopback"),
        IpAddr::V6(address) if address.is_unique_local() || address.is_unicast_link_local() => Some("internal"),
        _ => Some("public"),
    }
}

/// Undoes what shells ignore: quotes, carets, doubled blanks and slashes.
fn plain_command(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        let c = match c {
            '"' | '\'' | '^' | '`' | '″' => continue,
            '\\' => '/',
            '›' => '>',
            '‹' => '<',
            '–' | '—' | '―' => '-',
            c if c.is_whitespace() => ' ',
            c => c,
        };
        if c == ' ' && out.ends_with(' ') {
            continue;
        }
        out.push(c);
    }
    out
}

/// Decodes `%27` and `+`, twice, as attackers encode.
fn plain_url(value: &str) -> String {
    let once = percent_decoded(&value.replace('+', " "));
    percent_decoded(&once).to_lowercase()
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        if let Some(byte) = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            out.push(byte);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
