//! The text that an analyst reads first.

use std::fmt::Write;

use wazuh_model::Alert;

use super::neutral::cut;

/// The longest value in the description, in bytes; the whole is in the source content.
const LONGEST_VALUE: usize = 600;
/// The longest raw event.
const LONGEST_EVENT: usize = 4000;

/// Artifacts worth a line, with the places where Wazuh's decoders put them; the first that is there counts.
const ARTIFACTS: &[(&str, &[&str])] = &[
    (
        "User",
        &[
            "data.win.eventdata.targetUserName",
            "data.win.eventdata.user",
            "data.dstuser",
            "data.audit.auid",
            "syscheck.audit.user.name",
            "data.aws.userIdentity.userName",
            "data.office365.UserId",
        ],
    ),
    (
        "Acting user",
        &[
            "data.win.eventdata.subjectUserName",
            "data.srcuser",
            "data.audit.uid",
            "data.aws.userIdentity.arn",
        ],
    ),
    (
        "Source",
        &[
            "data.srcip",
            "data.win.eventdata.ipAddress",
            "data.win.eventdata.sourceIp",
            "data.src_ip",
            "data.aws.sourceIPAddress",
            "data.office365.ClientIP",
        ],
    ),
    (
        "Destination",
        &["data.dstip", "data.win.eventdata.destinationIp", "data.dest_ip"],
    ),
    (
        "Destination port",
        &["data.dstport", "data.win.eventdata.destinationPort", "data.dest_port"],
    ),
    (
        "Process",
        &[
            "data.win.eventdata.image",
            "data.win.eventdata.newProcessName",
            "data.audit.exe",
            "syscheck.audit.process.name",
        ],
    ),
    (
        "Command line",
        &["data.win.eventdata.commandLine", "data.command", "data.audit.execve.a0"],
    ),
    (
        "Parent process",
        &["data.win.eventdata.parentImage", "data.win.eventdata.parentProcessName"],
    ),
    ("Parent command line", &["data.win.eventdata.parentCommandLine"]),
    (
        "File",
        &[
            "data.win.eventdata.targetFilename",
            "syscheck.path",
            "data.file",
            "data.virustotal.source.file",
        ],
    ),
    ("File event", &["syscheck.event"]),
    ("Registry", &["data.win.eventdata.targetObject"]),
    ("Hashes", &["data.win.eventdata.hashes", "syscheck.sha256_after"]),
    ("Service", &["data.win.eventdata.serviceName"]),
    ("URL", &["data.url", "data.http.url"]),
    ("Query", &["data.win.eventdata.queryName"]),
    ("Signature", &["data.alert.signature"]),
    (
        "API call",
        &[
            "data.aws.eventName",
            "data.office365.Operation",
            "data.gcp.protoPayload.methodName",
        ],
    ),
    ("Vulnerability", &["data.vulnerability.cve"]),
    ("Package", &["data.vulnerability.package.name"]),
    ("Check", &["data.sca.check.title", "data.sca.policy"]),
];

/// What the alert is about in a few words, for the title: a file, a command, a program, an address.
pub(super) fn headline(alert: &Alert) -> Option<String> {
    [
        "File",
        "Command line",
        "Process",
        "Registry",
        "API call",
        "Vulnerability",
        "Source",
    ]
    .into_iter()
    .find_map(|wanted| {
        let (_, paths) = ARTIFACTS.iter().find(|(name, _)| *name == wanted)?;
        value(alert, paths)
    })
}

/// The description, before it is neutralised.
pub(super) fn describe(alert: &Alert, storm: bool) -> String {
    let mut text = String::new();
    if storm {
        text.push_str(
            "This rule fires more often on this agent than the burst limit lets through. Further alerts of it are counted in this \
             one; see the context.\n\n",
        );
    }
    let rule = alert.rule();
    let mut line = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.trim().is_empty()) {
            // A value cannot begin a line: only our own labels do.
            let value = value.replace(['\n', '\r', '\t'], " ");
            let _ = writeln!(text, "{name}: {}", cut(value.trim(), LONGEST_VALUE));
        }
    };
    line("Rule", Some(join([rule.id.clone(), rule.description.clone()])));
    line("Level", rule.level.map(|level| level.to_string()));
    line("Groups", Some(rule.groups.join(", ")));
    line("Time", alert.timestamp().map(str::to_owned));
    if let Some(agent) = alert.agent() {
        line(
            "Agent",
            Some(join([
                agent.name.clone(),
                agent.id.clone().map(|id| format!("({id})")),
                agent.ip.clone(),
            ])),
        );
    }
    line(
        "Manager",
        Some(join([
            alert.manager().map(str::to_owned),
            alert.cluster_node().map(str::to_owned),
        ])),
    );
    line("Location", alert.location().map(str::to_owned));
    let mitre = &rule.mitre;
    line("ATT&CK", Some(mitre.ids.join(", ")));
    line("Tactics", Some(mitre.tactics.join(", ")));
    line("Techniques", Some(mitre.techniques.join(", ")));
    for (name, paths) in ARTIFACTS {
        line(name, value(alert, paths));
    }
    if let Some(event) = alert
        .full_log()
        .or_else(|| alert.get("data.win.system.message").and_then(serde_json::Value::as_str))
    {
        text.push_str("\nEvent\n");
        for line in cut(event.trim().trim_matches('"'), LONGEST_EVENT).lines() {
            let _ = writeln!(text, "  {}", line.trim_end());
        }
    }
    text
}

fn value(alert: &Alert, paths: &[&str]) -> Option<String> {
    paths
        .iter()
        .find_map(|path| alert.text(path))
        .map(std::borrow::Cow::into_owned)
        .filter(|value| !value.is_empty())
}

fn join<const N: usize>(parts: [Option<String>; N]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
