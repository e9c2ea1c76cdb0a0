//! The evidence as the signals look at it: which words stand where, whatever product wrote them.

use std::{borrow::Cow, sync::LazyLock};

use regex::Regex;

use super::{
    line,
    traits::{is_user, traits},
};
use crate::{Evidence, Fact, Origin, safe::regex};

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
    /// The raw log line and other long text: never a reason to be calm, because it holds what anybody told a program.
    Log,
    /// `program: message`, where a log line begins with the head that the logging service of the system writes.
    Line,
    /// What happened, in the word of a cloud or an application.
    Event,
    /// The rule's description.
    Title,
    /// The rule's groups.
    Group,
    /// `path=value`, whatever else it is: never a reason to be calm, because a value can look like another field.
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
    /// The system, a product or the rule wrote it here, so that it may speak for an alert.
    sure: bool,
}

/// One field of the alert under its whole path, both in lower case.
struct Field {
    path: String,
    value: String,
    fact: Option<usize>,
}

/// Groups of rules that look at requests to web servers and applications.
static OF_REQUESTS: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^(web|accesslog|appsec|web_attack|sql_?injection|modsecurity|waf|iis|apache|nginx)$"));

/// Up to this level the author of a rule does not think of an attack.
const LOW_LEVEL: u8 = 6;

/// From this level on he has said that it is one.
const HIGH_LEVEL: u8 = 13;

/// All words of one alert.
pub(super) struct View {
    entries: Vec<Entry>,
    fields: Vec<Field>,
    /// The words of every place, one a line: most patterns match nowhere, and one look at all of them says so.
    joined: [String; Place::COUNT],
}

impl View {
    pub(super) fn new(evidence: &Evidence) -> Self {
        let mut view = Self {
            entries: Vec::new(),
            fields: Vec::new(),
            joined: Default::default(),
        };
        let fact_at = |path: &str| evidence.facts.iter().position(|fact| fact.path == path);
        let described = fact_at("rule.description");
        let title = evidence.title.to_lowercase();
        let own = evidence.own_title.clone();
        if own != title {
            view.push(Place::Title, title, described, false);
        }
        view.push(Place::Title, own, described, true);
        if evidence.level.is_some_and(|level| level <= LOW_LEVEL) {
            view.push(Place::Trait, "rule:low".to_owned(), None, true);
        }
        if evidence.level.is_some_and(|level| level >= HIGH_LEVEL) {
            view.push(Place::Trait, "rule:high".to_owned(), None, true);
        }
        if is_about_oneself(evidence) {
            view.push(Place::Trait, "user:self".to_owned(), None, true);
        }
        for group in &evidence.groups {
            view.push(Place::Group, group.to_lowercase(), None, true);
        }
        let is_web = evidence
            .groups
            .iter()
            .any(|group| OF_REQUESTS.is_match(&group.to_lowercase()));
        let shown = evidence
            .facts
            .iter()
            .enumerate()
            .map(|(index, fact)| (Some(index), fact));
        for (index, fact) in shown.chain(evidence.rest.iter().map(|fact| (None, fact))) {
            let path = fact.path.to_lowercase();
            view.read(index, fact, &path, is_hearsay(&path, evidence));
            if is_web && is_sent(&path) {
                let sent = plain_url(&ends_of(&fact.value).to_lowercase());
                view.push(Place::Url, sent, index, false);
            }
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

    /// Returns the first entry at a place that a pattern matches, among those that may speak for an alert.
    ///
    /// What was executed and what was asked for may stand in several fields, of which the caller chose some: all have to match.
    pub(super) fn find_sure(&self, place: Place, pattern: &Regex) -> Option<&Entry> {
        if !pattern.is_match(&self.joined[place as usize]) {
            return None;
        }
        let mut sure = self.entries.iter().filter(|entry| entry.place == place && entry.sure);
        if matches!(place, Place::Command | Place::Url) {
            let first = sure.next()?;
            return (pattern.is_match(&first.text) && sure.all(|entry| pattern.is_match(&entry.text))).then_some(first);
        }
        sure.find(|entry| pattern.is_match(&entry.text))
    }

    /// Says whether a field holds this whole value under one of these whole paths, and which fact shows it.
    pub(super) fn field(&self, paths: &[&str], value: &Regex) -> (bool, Option<usize>) {
        let mut fields = self.fields.iter().filter(|field| paths.contains(&field.path.as_str()));
        let found = fields.find(|field| value.is_match(&field.value));
        (found.is_some(), found.and_then(|field| field.fact))
    }

    fn push(&mut self, place: Place, text: String, fact: Option<usize>, sure: bool) {
        if !text.is_empty() {
            self.entries.push(Entry {
                place,
                text,
                fact,
                sure,
            });
        }
    }

    fn read(&mut self, here: Option<usize>, fact: &Fact, path: &str, is_hearsay: bool) {
        let value = ends_of(&fact.value).to_lowercase();
        let last = path.rsplit('.').next().unwrap_or(path);
        // What nobody has read speaks for nothing.
        let is_cut = value.contains("[cut ");
        self.push(Place::Field, format!("{path}={value}"), here, false);
        if let Some(request) = request(&value) {
            self.push(Place::Url, plain_url(request), here, false);
        }
        if fact.origin == Origin::Derived {
            self.push(Place::Command, plain_command(&value), here, false);
            self.push(Place::Url, plain_url(&value), here, false);
            return;
        }
        if path == "full_log"
            && let Some(line) = line::by_program(&value)
        {
            if let Some(job) = line::planned(&line) {
                self.push(Place::Command, plain_command(job), here, false);
            }
            self.push(Place::Line, line, here, !is_cut);
        }
        for place in places(path, last) {
            let text = match place {
                Place::Command => plain_command(&by_statement(last, &value)),
                Place::Url => plain_url(&value),
                Place::File | Place::Registry | Place::Process | Place::Parent | Place::Target => {
                    value.replace('\\', "/").replace("//", "/")
                }
                _ => value.clone(),
            };
            self.push(*place, text, here, !is_cut && !is_hearsay && is_sure(*place, last));
        }
        for (name, sure) in traits(path, last, &value) {
            self.push(Place::Trait, name, here, sure);
        }
        self.fields.push(Field {
            path: path.to_owned(),
            value: value.replace('\n', " "),
            fact: here,
        });
    }
}

/// Says whether a word may speak for an alert: who acts chooses the line of the parent, names in a program, and what a client says
/// of itself.
fn is_sure(place: Place, last: &str) -> bool {
    match place {
        Place::Log | Place::Field => false,
        Place::Command => last != "parentcommandline",
        Place::Process => last != "originalfilename",
        Place::Event => !matches!(last, "http_user_agent" | "user_agent" | "useragent"),
        _ => true,
    }
}

/// Says whether a field of an alert about requests may hold what the client sent, besides the address that it asked for.
fn is_sent(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or(path);
    path.starts_with("data.")
        && !matches!(last, "useragent" | "user_agent" | "http_user_agent")
        && !places(path, last).contains(&Place::Url)
}

/// Says whether Windows names one account as who acted and as who was acted on.
fn is_about_oneself(evidence: &Evidence) -> bool {
    let name = |leaf: &str| {
        let mut facts = evidence.facts.iter();
        facts
            .find(|fact| fact.path == format!("data.win.eventdata.{leaf}"))
            .map(|fact| fact.value.to_lowercase())
    };
    name("subjectUserName").is_some_and(|actor| name("targetUserName") == Some(actor))
}

/// Says whether a better witness stands beside a field: a program chooses its own name and the line that it was started with, but
/// not the call or the file that the system records.
fn is_hearsay(path: &str, evidence: &Evidence) -> bool {
    let witness: &[&str] = match path.rsplit('.').next() {
        Some("command") if path == "data.audit.command" => &[".execve"],
        Some("parentcommandline") => &[".parentimage", ".parentprocessname"],
        _ => return false,
    };
    let mut paths = evidence
        .facts
        .iter()
        .chain(&evidence.rest)
        .map(|fact| fact.path.to_lowercase());
    paths.any(|path| witness.iter().any(|end| path.ends_with(end)))
}

/// A script and a command line with `;` between their lines.
fn by_statement<'a>(last: &str, value: &'a str) -> Cow<'a, str> {
    // The redactor makes one line of a value, and shows where it broke.
    const BREAKS: [char; 3] = ['\n', '\r', '⏎'];
    let is_script = matches!(last, "scriptblocktext" | "scripttext" | "commandline" | "command");
    let value = if is_script {
        value.trim_matches(|c: char| c.is_whitespace() || BREAKS.contains(&c))
    } else {
        value
    };
    if is_script && value.contains(BREAKS) {
        Cow::Owned(value.replace(BREAKS, " ; "))
    } else {
        Cow::Borrowed(value)
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
