//! What an event is about, where no field of its family tells it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use super::differs_each_time;
use super::line;
use super::link;
use super::machine::is_of_a_machine;
use super::mask::{masked_field, masked_line, same_command, same_path};
use super::named;
use super::names::{is_hash, is_measure, is_of_a_technique};
use super::news::{News, first, told};
use super::pods::with_sets;
use super::temporary;
use super::values::Values;
use super::varies::{ends_with, is_long_number, is_made_up_for_a_thing, name_of};
use super::{same_address, same_name};
use crate::role::{Kin, Part, Role, Side, role};
use crate::{Actors, Alert, Generation, path};

/// What a process did it to: the first of these that the event has.
pub(super) fn object(alert: &Alert, actors: &Actors<'_>) -> Option<String> {
    if let Some(script) = alert.text("data.win.eventdata.scriptBlockText") {
        return Some(same_command(&script));
    }
    if let Some(target) = actors.target.as_ref().and_then(|target| target.image.as_deref()) {
        return Some(same_path(target));
    }
    if let Some(file) = actors.files.first() {
        return Some(same_path(file));
    }
    if let Some(key) = actors.registry.first() {
        return Some(same_command(key));
    }
    let asked = ["data.win.eventdata.queryName", "dns.question.name"];
    if let Some(name) = asked.iter().find_map(|path| alert.text(path)) {
        return Some(same_name(&name));
    }
    // Who was talked to is never noise, and neither is the port.
    let far_end = actors.destinations.first();
    let name = far_end.and_then(|end| end.ip.as_deref().map(same_address));
    let name = name.or_else(|| far_end.and_then(|end| end.host.as_deref().map(same_name)));
    let Some(name) = name else {
        return actors.domains.first().map(|name| same_name(name));
    };
    let port = far_end.and_then(|end| end.port);
    Some(port.map_or_else(|| name.clone(), |port| format!("{name}:{port}")))
}

/// What was written to where a process wrote: into values of the registry, a task, the mark of a download.
pub(super) fn contents(alert: &Alert) -> Vec<Cow<'_, str>> {
    const FRAME: &str = "data.win.eventdata";
    const SCRIPT: &str = "data.win.eventdata.scriptBlockText";
    let mut contents = Vec::new();
    if let Some(event) = alert.get(FRAME) {
        path::visit_below(FRAME, event, &mut |path, leaf| {
            if path != SCRIPT && role(path) == Some(Role::Script) {
                contents.extend(leaf.text(path));
            }
        });
    }
    contents.extend(alert.text("registry.data.strings"));
    contents
}

/// The same without what varies, as one text.
pub(super) fn content(contents: &[Cow<'_, str>]) -> Option<String> {
    let texts: Vec<_> = contents.iter().map(|text| same_value(text)).collect();
    (!texts.is_empty()).then(|| texts.join(" "))
}

/// The digits of a number that was written into the registry.
fn number(text: &str) -> Option<&str> {
    let number = text
        .strip_prefix("DWORD (0x")
        .or_else(|| text.strip_prefix("QWORD (0x"))?;
    Some(number.trim_start_matches('0').trim_end_matches(')'))
}

/// A value that was written, without what varies. A number is a counter unless it is so small that it says on or off.
fn same_value(text: &str) -> String {
    if number(text).is_some_and(|number| number.len() <= 1) {
        text.to_owned()
    } else {
        same_command(text)
    }
}

/// Numbers that were written and are settings rather than counters: a port, a level, a set of switches.
pub(super) fn written(contents: &[Cow<'_, str>]) -> News {
    const LONGEST: usize = 5;
    let numbers = contents.iter().filter_map(|text| number(text));
    let settings = numbers.filter(|number| (2..=LONGEST).contains(&number.len()));
    first("written", settings.map(|number| format!("0x{}", number.to_lowercase())))
}

/// What an alert is about, and what is news in it.
#[derive(Debug, Default)]
pub(super) struct Subject {
    pub(super) text: Option<String>,
    /// By kind.
    news: BTreeMap<&'static str, Values>,
    beside: Option<Beside>,
}

/// What is told apart from all else that an alert says.
#[derive(Debug)]
enum Beside {
    /// Who logged on, and to which machine.
    Account,
    /// A command, and the machine.
    Command(String),
}

impl Subject {
    /// What an alert says beside an account and a machine.
    pub(super) fn beside_account(alert: &Alert, actors: &Actors<'_>) -> Self {
        let mut subject = Self {
            beside: Some(Beside::Account),
            ..Self::default()
        };
        subject.text = text(alert, actors, &mut subject);
        subject
    }

    /// What its fields say beside a command: neither that nor programs, whose names may be made up for one run.
    pub(super) fn beside_command(alert: &Alert, command: Option<&str>) -> Self {
        let mut subject = Self {
            beside: Some(Beside::Command(command.unwrap_or_default().to_owned())),
            ..Self::default()
        };
        let values = subject.values_of_event(alert);
        subject.text = (!values.is_empty()).then_some(values);
        subject
    }

    /// What its names, ids, ports and the like are, where the text leaves out their numbers or all of them.
    pub(super) fn news(&mut self) -> News {
        let of = |(kind, values): (&'static str, Values)| {
            let mut all = values.sorted();
            all.dedup();
            first(kind, all.into_iter())
        };
        std::mem::take(&mut self.news).into_iter().flat_map(of).collect()
    }

    fn tell(&mut self, news: impl IntoIterator<Item = (&'static str, String)>) {
        for (kind, value) in news {
            self.news.entry(kind).or_default().push(value);
        }
    }

    fn note(&mut self, path: &str, text: &str) -> Option<String> {
        let role = role(path);
        // Whoever it is the number of is news.
        let is_news = path == "data.win.eventdata.subjectUserSid" || role.is_some_and(is_told_as_news);
        if !is_news && let Some(link) = link::told(path, text) {
            self.tell([("url", link)]);
            return None;
        }
        // Made up for a container, which has a name; that of a volume is one.
        let is_of_a_container = path == "data.docker.Actor.ID" && is_hash(text);
        if is_news || is_of_a_container || self.is_apart(path, role) || differs_each_time(path, text) {
            return None;
        }
        // A text for people holds the command once more, and names of temporary files.
        if let Some(Beside::Command(command)) = &self.beside {
            // To look for a long command costs as much as it is long, whatever it is looked for in.
            let text = if command.is_empty() || text.len() < command.len() {
                Cow::Borrowed(text)
            } else {
                Cow::Owned(text.replace(command.as_str(), "*"))
            };
            let plain = temporary::without_names(&text);
            if plain != text {
                self.tell(temporary::names(&text).into_iter().map(|name| ("temporary", name)));
            }
            return self.note_value(path, &plain);
        }
        self.note_value(path, text)
    }

    /// Whether a field is told apart.
    fn is_apart(&self, path: &str, role: Option<Role>) -> bool {
        let of_a_command = || {
            matches!(
                role,
                Some(Role::Image(_) | Role::CommandLine(_) | Role::Script | Role::Registry)
            )
        };
        match &self.beside {
            None => false,
            Some(Beside::Account) => is_of_a_machine(path),
            // What started it, and which of many that are made all day it ran in.
            Some(Beside::Command(_)) => {
                is_of_a_machine(path)
                    || of_a_command()
                    || path.starts_with("process.parent.")
                    || path == "orchestrator.resource.id"
            }
        }
    }

    fn note_value(&mut self, path: &str, text: &str) -> Option<String> {
        let role = role(path);
        let text = with_sets(text);
        let text = text.as_ref();
        let news = named::in_field(path, text);
        let is_told = news.is_some();
        self.tell(news);
        // Which one is bounded, and which ones there are is not.
        if matches!(role, Some(Role::Port(_))) || (is_told && is_made_up_for_a_thing(path, text)) {
            return None;
        }
        let name = name_of(path);
        Some(if is_code(name, text) || is_of_a_technique(path, text) {
            format!("{name}={text}")
        } else {
            masked_field(path, text)
        })
    }

    fn values_of_event(&mut self, alert: &Alert) -> String {
        match alert.generation() {
            Generation::Four => self.values(alert, "data"),
            Generation::Five => self.values_of_a_finding(alert),
        }
    }

    /// The fields below a path that are neither news nor differ each time, without what varies in them.
    fn values(&mut self, alert: &Alert, below: &str) -> String {
        let mut values = Values::default();
        if let Some(value) = alert.get(below) {
            path::visit_below(below, value, &mut |path, leaf| {
                // The frame of an event of Windows says its fields once more.
                if path.starts_with("data.win.system.") {
                    return;
                }
                let Some(text) = leaf.text(path) else { return };
                // So does the text of a sensor, beside what its rule says.
                values.extend(
                    match alert.get("data.output_fields").filter(|_| path == "data.output") {
                        Some(fields) => self.note(path, &without_fields(&text, fields)),
                        None => self.note(path, &text),
                    },
                );
            });
        }
        values.sorted().join(" ")
    }

    /// The same of a finding of Wazuh 5, whose event stands at the top, beside what describes it.
    fn values_of_a_finding(&mut self, alert: &Alert) -> String {
        const DESCRIBE: [&str; 7] = ["wazuh", "@timestamp", "agent", "host", "related", "ecs", "tags"];
        const OF_EVENT: [&str; 5] = [
            "event.action",
            "event.code",
            "event.type",
            "event.reason",
            "event.outcome",
        ];
        let mut values = Values::default();
        path::visit(alert.body(), &mut |path, leaf| {
            let first = path.split('.').next().unwrap_or_default();
            let describes = DESCRIBE.contains(&first) || (first == "event" && !OF_EVENT.contains(&path));
            if !describes {
                values.extend(leaf.text(path).and_then(|text| self.note(path, &text)));
            }
        });
        values.sorted().join(" ")
    }
}

/// What an alert of no particular family is about: the narrowest names that it has, else all that its fields and its log line say,
/// without what varies and what is news.
pub(super) fn subject(alert: &Alert, actors: &Actors<'_>) -> Subject {
    let mut subject = Subject::default();
    subject.text = text(alert, actors, &mut subject);
    subject
}

fn text(alert: &Alert, actors: &Actors<'_>, subject: &mut Subject) -> Option<String> {
    // Names that are looked up together, the narrowest first. Each is a field of one kind of event and of no other: a name that any
    // log may have, such as `action`, is no subject alone.
    const NAMES: [&[&str]; 6] = [
        &["data.alert.signature_id", "data.alert.signature", "data.alert.action"],
        &["data.sca.check.id", "data.sca.check.result"],
        &["data.sca.policy_id", "data.sca.policy"],
        &["data.virustotal.source.file", "data.virustotal.description"],
        &["data.docker.Action", "data.docker.from"],
        &["data.osquery.name", "data.osquery.action"],
    ];
    let together = |paths: &&[&str]| {
        let texts: Vec<_> = paths
            .iter()
            // The event's own: a sensor's `rule.name` is not Wazuh's.
            .filter_map(|path| path::text(alert.body(), path))
            .filter(|text| !text.is_empty())
            .collect();
        (!texts.is_empty()).then(|| texts.join(" "))
    };
    if let Some(event) = alert.text("data.win.system.eventID") {
        let provider = alert.text("data.win.system.providerName").unwrap_or_default();
        return Some(format!("{event} {provider} {}", subject.values(alert, "data.win")));
    }
    if let Some(names) = NAMES.iter().find_map(together) {
        let columns = subject.values(alert, "data.columns");
        let osquery = subject.values(alert, "data.osquery.columns");
        return Some(format!("{names} {columns}{osquery}").trim_end().to_owned());
    }
    let values = subject.values_of_event(alert);
    let line = alert
        .full_log()
        .filter(|line| values.is_empty() || !is_taken_apart(alert, line));
    let line = line.map(|line| {
        subject.tell(line::told(line));
        masked_line(&without_news(line, actors))
    });
    let line = line.or_else(|| {
        let description = alert.rule().description.as_deref().filter(|_| values.is_empty());
        description.map(masked_line)
    });
    match line {
        Some(line) if values.is_empty() => Some(line),
        Some(line) => Some(format!("{line}\n{values}")),
        None => (!values.is_empty()).then_some(values),
    }
}

/// Whether a line is an object whose fields the alert has.
fn is_taken_apart(alert: &Alert, line: &str) -> bool {
    if alert.generation() == Generation::Five || !line.trim_start().starts_with('{') {
        return false;
    }
    let mut fields = 0;
    if let Some(data) = alert.get("data") {
        path::visit(data, &mut |_, _| fields += 1);
    }
    // An object in it has a name of its own. Decoders may also take a field or two and leave the rest.
    line.matches("\":").count() <= fields * 2
}

/// A line without what is news: a storm from one machine over many stays in one window.
fn without_news<'a>(line: &'a str, actors: &Actors<'_>) -> Cow<'a, str> {
    without(line, told(actors), "*")
}

/// A text without what its fields say.
fn without_fields<'a>(text: &'a str, fields: &Value) -> Cow<'a, str> {
    // Whoever sends more makes the text count.
    const MOST: usize = 64;
    let mut values = Vec::new();
    path::visit(fields, &mut |path, leaf| {
        if values.len() < MOST {
            values.extend(leaf.text(path).map(Cow::into_owned));
        }
    });
    // A program is a part of its command.
    values.sort_unstable_by_key(|value| std::cmp::Reverse(value.len()));
    // As what varies is masked, where the text says something else than the field.
    without(text, values.iter().map(String::as_str), "#")
}

fn without<'a, 'v>(line: &'a str, values: impl Iterator<Item = &'v str>, mark: &str) -> Cow<'a, str> {
    // Beyond this it counts as it stands.
    const HEAD: usize = 8_192;
    const SHORTEST: usize = 4;
    let (head, rest) = line.split_at(crate::text::cut(line, HEAD).len());
    let mut out = Cow::Borrowed(head);
    for value in values.filter(|value| !value.is_empty()) {
        if !out.contains(value) {
            continue;
        }
        out = Cow::Owned(if value.len() < SHORTEST {
            without_word(&out, value, mark)
        } else {
            out.replace(value, mark)
        });
    }
    match out {
        Cow::Borrowed(_) => Cow::Borrowed(line),
        Cow::Owned(head) => Cow::Owned(head + rest),
    }
}

/// A text without a word, where it stands alone: a short one may be a part of any other.
fn without_word(text: &str, word: &str, mark: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for (at, _) in text.match_indices(word) {
        let is_part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let after = at + word.len();
        if !is_part(text[..at].chars().next_back()) && !is_part(text[after..].chars().next()) {
            out.push_str(&text[end..at]);
            out.push_str(mark);
            end = after;
        }
    }
    out.push_str(&text[end..]);
    out
}

/// Whether what has this role is news in an alert, and no part of what it is about.
pub(super) fn is_told_as_news(role: Role) -> bool {
    match role {
        Role::User(_)
        | Role::Ip(_)
        | Role::Host(_)
        | Role::Port(Side::Source | Side::Destination)
        | Role::Domain
        | Role::Peer
        | Role::Url
        | Role::Hash
        | Role::File
        | Role::ProcessId(_)
        | Role::UserDomain(Part::Acting)
        | Role::Image(Kin::Parent)
        | Role::CommandLine(Kin::Parent) => true,
        Role::Port(Side::Unknown)
        | Role::UserDomain(Part::Target)
        | Role::Sender
        | Role::Image(_)
        | Role::CommandLine(_)
        | Role::Script
        | Role::Place
        | Role::Registry => false,
    }
}

/// Whether a field says how often or how much, which is no switch.
pub(super) fn is_amount(name: &str) -> bool {
    const ENDS: [&str; 17] = [
        "count", "cnt", "byte", "bytes", "pkt", "pkts", "packets", "size", "length", "attempt", "attempts", "retries",
        "total", "seconds", "_ms", "millis", "times",
    ];
    name.ends_with("Ms") || (ENDS.iter().any(|end| ends_with(name, end)) && !ends_with(name, "account"))
}

/// Whether the numbers of a field tell what happened and not how often: those of a code, of one of few kinds, and what says on or off.
fn is_code(name: &str, text: &str) -> bool {
    // Rights and attributes in a directory, by their GUIDs.
    const RIGHTS: &str = "properties";
    const ENDS: [&str; 16] = [
        "newuacvalue",
        "code",
        "status",
        "type",
        "eventid",
        "event_id",
        "logid",
        "threatid",
        "threat_id",
        "attackid",
        "signatureid",
        "signature_id",
        "ruleid",
        "rule_id",
        "policyid",
        "severity",
    ];
    // What has few kinds that are numbered.
    const KINDS: [&str; 10] = [
        "action",
        "result",
        "state",
        "mode",
        "direction",
        "reason",
        "outcome",
        "category",
        "proto",
        "protocol",
    ];
    const LONGEST: usize = 512;
    let switch = matches!(text, "0" | "1") && !is_amount(name);
    let kind = text.len() <= 3
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && KINDS.iter().any(|kind| ends_with(name, kind));
    // Sentences, and names that are given anew.
    let other =
        is_long_number(text) || text.starts_with('{') || text.contains(char::is_whitespace) || is_measure(text, "");
    switch
        || kind
        || ((!other && ENDS.iter().any(|end| ends_with(name, end))) || ends_with(name, RIGHTS)) && text.len() <= LONGEST
}
