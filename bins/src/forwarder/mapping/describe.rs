//! The text that an analyst reads first.

use std::borrow::Cow;
use std::collections::HashSet;
use std::net::IpAddr;

use wazuh_model::{Actors, Alert, Endpoint, OwnNetworks, User, UserPart};

use super::neutral::{self, cut, shortened};
use super::{host, products, windows};
use crate::forwarder::noise;

/// The longest value in the description, in bytes; the whole is in the source content.
const LONGEST_VALUE: usize = 600;
/// The longest raw event.
const LONGEST_EVENT: usize = 4000;
/// The longest difference of a file.
const LONGEST_DIFFERENCE: usize = 1500;
/// Most lines of one kind, such as users or files.
const MOST_OF_A_KIND: usize = 5;
/// Most lines of what has no name here.
const MOST_DETAILS: usize = 30;
/// The longest of those.
const LONGEST_DETAIL: usize = 200;

/// What only some families have, with the places where it stands; the first that is there counts.
#[rustfmt::skip]
const SPECIFICS: &[(&str, &[&str])] = &[
    ("File event", &["syscheck.event"]),
    ("Changed", &["syscheck.changed_attributes"]),
    ("Registry value", &["syscheck.value_name"]),
    ("Registry data", &["data.win.eventdata.details"]),
    ("Hashes", &["data.win.eventdata.hashes", "syscheck.sha256_after", "syscheck.md5_after", "file.hash.sha256", "process.hash.sha256"]),
    ("Pipe", &["data.win.eventdata.pipeName"]),
    ("Attribute", &["data.win.eventdata.attributeLDAPDisplayName"]),
    ("Device", &["data.win.eventdata.deviceDescription"]),
    ("Setting", &["data.win.eventdata.new Value"]),
    ("Service", &["data.win.eventdata.serviceName"]),
    ("Task", &["data.win.eventdata.taskName"]),
    ("Script", &["data.win.eventdata.scriptBlockText"]),
    ("Member SID", &["data.win.eventdata.memberSid"]),
    ("Logon type", &["data.win.eventdata.logonType"]),
    ("Status", &["data.win.eventdata.status", "data.status", "data.aws.errorCode", "event.outcome"]),
    ("Sub status", &["data.win.eventdata.subStatus"]),
    ("Granted access", &["data.win.eventdata.grantedAccess"]),
    ("Signature", &["data.alert.signature", "data.aws.type"]),
    ("Listed", &["data.misp.value"]),
    ("API call", &["data.aws.eventName", "data.office365.Operation", "data.gcp.protoPayload.methodName", "data.azure.operationName", "data.ms-graph.title", "data.github.action", "data.okta.eventType", "data.gworkspace.events.0.name", "data.gworkspace.events.name", "event.action"]),
    ("API", &["data.aws.eventSource", "data.office365.Workload", "data.gcp.protoPayload.serviceName"]),
    ("Region", &["data.aws.awsRegion", "data.aws.region"]),
    ("Container", &["data.docker.Actor.Attributes.name"]),
    ("Image", &["data.docker.Actor.Attributes.image"]),
    ("Action", &["data.docker.Action", "data.action"]),
    ("Vulnerability", &["data.vulnerability.cve", "vulnerability.id"]),
    ("CVE severity", &["data.vulnerability.severity", "vulnerability.severity"]),
    ("Package", &["data.vulnerability.package.name", "data.package", "package.name"]),
    ("Version", &["data.vulnerability.package.version", "data.version", "package.version"]),
    ("Check", &["data.sca.check.title", "data.sca.policy", "data.title"]),
    ("Check result", &["data.sca.check.result"]),
    ("Found by", &["data.virustotal.positives"]),
    ("Report", &["data.virustotal.permalink"]),
    ("Query", &["data.osquery.name", "data.name"]),
    ("Port", &["data.osquery.columns.port", "data.columns.port"]),
];

/// What an alert is about, as labels and values in the order in which they are shown.
#[derive(Debug)]
pub(super) struct Picture<'a> {
    pub(super) alert: &'a Alert,
    pub(super) own: &'a OwnNetworks,
    /// Addresses of the machine itself.
    pub(super) machine: HashSet<IpAddr>,
    pub(super) actors: Actors<'a>,
    lines: Vec<(Cow<'static, str>, String)>,
}

impl<'a> Picture<'a> {
    /// Looks at an alert.
    pub(super) fn of(alert: &'a Alert, own: &'a OwnNetworks) -> Self {
        let actors = alert.actors();
        let mut picture = Self {
            alert,
            own,
            machine: alert.own_addresses(),
            actors: Actors::default(),
            lines: Vec::new(),
        };
        picture.put_response();
        for user in actors.users.iter().take(MOST_OF_A_KIND) {
            let label = match user.part {
                UserPart::Acting => "User",
                UserPart::Target => "Target user",
            };
            picture.put(label, name_of(user));
        }
        for group in actors.groups.iter().take(MOST_OF_A_KIND) {
            picture.put("Group", group.to_string());
        }
        for (label, ends) in [
            ("Source", &actors.sources),
            ("Destination", &actors.destinations),
            ("Address", &actors.addresses),
        ] {
            // The port alone that something came from says nothing.
            let says = |end: &&Endpoint<'_>| label == "Destination" || end.ip.is_some() || end.host.is_some();
            for end in ends.iter().filter(says).take(MOST_OF_A_KIND) {
                let port = end.port.map(|port| format!("port {port}"));
                let ip = end.shown_ip();
                let parts = [ip.as_deref(), end.host.as_deref(), port.as_deref()];
                picture.put(label, parts.into_iter().flatten().collect::<Vec<_>>().join(" "));
            }
        }
        for (process, image, command_line) in [
            (&actors.process, "Process", "Command line"),
            (&actors.parent, "Parent process", "Parent command line"),
            (&actors.target, "Target process", "Target command line"),
        ] {
            let Some(process) = process else { continue };
            let id = process
                .id
                .as_ref()
                .map(|id| format!(" (process {id})"))
                .unwrap_or_default();
            if let Some(path) = &process.image {
                picture.put(image, format!("{path}{id}"));
            }
            picture.put_any(command_line, process.command_line.as_deref());
        }
        for (label, values) in [
            ("File", &actors.files),
            ("Registry", &actors.registry),
            ("Domain", &actors.domains),
            ("URL", &actors.urls),
        ] {
            for value in values.iter().take(MOST_OF_A_KIND) {
                picture.put(label, value.to_string());
            }
        }
        let is_response = picture.told("Active response").is_some();
        for (label, paths) in SPECIFICS {
            // That of the message to the program.
            let is_none = |path: &&&str| is_response && **path == "data.version";
            let mut paths = paths.iter().filter(|path| !is_none(path));
            picture.put_any(label, paths.find_map(|path| alert.text(path)).as_deref());
        }
        picture.put_any("Threat", products::threat(alert).as_deref());
        picture.put_any("Object", windows::object(alert).as_deref());
        picture.put_any("Script", windows::consumer(alert).as_deref());
        picture.put_any("API call", products::call(alert).as_deref());
        picture.put_any("Service", windows::numbered_service(alert).as_deref());
        picture.actors = actors;
        picture
    }

    /// What a program did about another alert, and about which.
    fn put_response(&mut self) {
        let alert = self.alert;
        let text = |path: &str| alert.text(path);
        let Some(program) = text("data.parameters.program").filter(|_| alert.is_response()) else {
            return;
        };
        let what = text("data.command")
            .map(|what| format!(" ({what})"))
            .unwrap_or_default();
        let answered = join([
            text("data.parameters.alert.rule.id").as_deref(),
            text("data.parameters.alert.rule.description").as_deref(),
        ]);
        self.put("Active response", format!("{program}{what}"));
        self.put("Answers rule", answered);
    }

    /// Gives the first value under a label.
    pub(super) fn told(&self, label: &str) -> Option<&str> {
        let (_, value) = self.lines.iter().find(|(other, _)| other == label)?;
        Some(value)
    }

    fn put(&mut self, label: &'static str, value: String) {
        let told = self
            .lines
            .iter()
            .any(|(other, there)| *other == label && *there == value);
        if !value.trim().is_empty() && !told {
            self.lines.push((Cow::Borrowed(label), value));
        }
    }

    fn put_any(&mut self, label: &'static str, value: Option<&str>) {
        if let Some(value) = value {
            self.put(label, value.to_owned());
        }
    }

    /// Adds what has no label here, by its path, for alerts that bring no log line.
    fn put_details(&mut self, alert: &Alert) {
        let told = self.lines.len();
        let is_response = self.told("Active response").is_some();
        alert.any_leaf(|path, value| {
            // As `Endpoint::shown_ip` shows it.
            let plain = value.strip_prefix("::ffff:").unwrap_or(value);
            let known = self.lines[..told]
                .iter()
                .any(|(_, there)| *there == value || *there == plain);
            let value = value.trim();
            if !known && is_a_detail(path, is_response) && !value.is_empty() {
                let path = cut(path, LONGEST_DETAIL).into_owned();
                self.lines
                    .push((Cow::Owned(path), cut(value, LONGEST_DETAIL).into_owned()));
            }
            self.lines.len() - told == MOST_DETAILS
        });
    }
}

/// Whether a path is about the event, rather than about the rule, the machine or the way that it took.
fn is_a_detail(path: &str, is_response: bool) -> bool {
    const OTHERS: [&str; 16] = [
        "rule.",
        "agent.",
        "manager.",
        "cluster.",
        "decoder.",
        "predecoder.",
        "wazuh.",
        "host.",
        "input.",
        "observer.",
        "data.integration",
        "data.win.system.",
        "data.aws.log_info.",
        // Shown by itself.
        "syscheck.diff",
        "event.",
        "ecs.",
    ];
    const ANSWERED: [&str; 3] = ["rule.", "agent.", "manager."];
    let envelope = [
        "id",
        "timestamp",
        "@timestamp",
        "location",
        "full_log",
        "_index",
        "_id",
        "@version",
    ];
    let answered = path.strip_prefix("data.parameters.alert.").filter(|_| is_response);
    let says_how = answered.is_some_and(|path| ANSWERED.iter().any(|prefix| path.starts_with(prefix)));
    !says_how && !envelope.contains(&path) && !OTHERS.iter().any(|prefix| path.starts_with(prefix))
}

/// The name of an account with its domain.
pub(super) fn name_of(user: &User<'_>) -> String {
    match &user.domain {
        Some(domain) if !user.name.contains(['\\', '@']) => format!("{domain}\\{}", user.name),
        _ => user.name.to_string(),
    }
}

/// What the rule says, as it is on the machine: Wazuh writes paths of Windows with doubled backslashes into it.
pub(super) fn rule_text(alert: &Alert) -> Option<String> {
    let text = alert.rule().description.as_ref()?;
    Some(if alert.get("data.win").is_some() {
        text.replace("\\\\", "\\")
    } else {
        text.clone()
    })
}

/// What most descriptions need, in bytes.
const USUAL_SIZE: usize = 2048;

/// The description, as it may be shown; `indicators` says which of them are no IOCs, if any.
///
/// Only our own labels begin a line, whatever the alert says: a value is one line, and each line of the event is marked.
pub(super) fn describe(mut picture: Picture<'_>, storm: bool, indicators: &str) -> String {
    let alert = picture.alert;
    let mut text = String::with_capacity(USUAL_SIZE);
    if storm {
        text.push_str(
            "This rule fires more often on this agent than the burst limit lets through. Further alerts of it are counted in this \
             one; see the context.\n\n",
        );
    }
    let rule = alert.rule();
    let mut line = |name: &str, value: &str| {
        let value = shortened(neutral::line(value), LONGEST_VALUE);
        if !value.is_empty() {
            for part in [name, ": ", &value, "\n"] {
                text.push_str(part);
            }
        }
    };
    line("Rule", &join([rule.id.as_deref(), rule_text(alert).as_deref()]));
    let level = match (rule.level, noise::level(alert)) {
        (Some(level), _) => level.to_string(),
        (None, 0) => String::new(),
        (None, instead) => format!("cannot be read, counts as {instead}"),
    };
    line("Level", &level);
    line("Groups", &rule.groups.join(", "));
    line("Time", alert.timestamp().unwrap_or_default());
    if let Some(agent) = alert.agent() {
        let id = agent.id.as_ref().map(|id| format!("({id})"));
        line(
            "Agent",
            &join([agent.name.as_deref(), id.as_deref(), agent.ip.as_deref()]),
        );
    }
    line("Manager", &join([alert.manager(), alert.cluster_node()]));
    line("Reporting host", &host::reporting(alert).unwrap_or_default());
    line("Location", alert.location().unwrap_or_default());
    let mitre = &rule.mitre;
    line("ATT&CK", &mitre.ids.join(", "));
    line("Tactics", &mitre.tactics.join(", "));
    line("Techniques", &mitre.techniques.join(", "));
    // Of a Windows event the log line is all of it once more, as JSON in one line; the message is what Windows shows to people.
    let message = alert
        .get("data.win.system.message")
        .and_then(serde_json::Value::as_str)
        .map(unquoted)
        .filter(|message| !message.trim().is_empty());
    let event = message.or_else(|| alert.full_log());
    if event.is_none() {
        picture.put_details(alert);
    }
    for (name, value) in picture.lines {
        // A path is the alert's own text.
        let name = match name {
            Cow::Borrowed(label) => Cow::Borrowed(label),
            Cow::Owned(path) => Cow::Owned(neutral::line(&path).replace(':', " ")),
        };
        line(&name, &value);
    }
    line("Indicators", indicators);
    if let Some(difference) = alert.text("syscheck.diff").filter(|text| !text.trim().is_empty()) {
        text.push_str("\nDifference\n");
        quote(&difference, LONGEST_DIFFERENCE, &mut text);
    }
    if let Some(event) = event {
        text.push_str("\nEvent\n");
        quote(event, LONGEST_EVENT, &mut text);
    }
    text
}

/// Writes text of the alert's own, at most so much of it. IRIS shows no blanks at the beginning of a line, so that a mark sets it off.
pub(super) fn quote(own: &str, most: usize, out: &mut String) {
    // What is named grows, and is cut once more.
    let own = neutral::text(&cut(own, most));
    for line in shortened(own, most).trim_end().lines() {
        out.push_str(if line.is_empty() { "|" } else { "| " });
        out.push_str(line);
        out.push('\n');
    }
}

/// The message of an event of Windows, which Wazuh puts into quotation marks.
fn unquoted(message: &str) -> &str {
    let message = message.trim();
    let inner = message.strip_prefix('"').and_then(|message| message.strip_suffix('"'));
    inner.unwrap_or(message)
}

fn join<const N: usize>(parts: [Option<&str>; N]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
