//! Fields that rules speak of: those that an attacker does not choose, and those whose names are known.

/// Paths whose values Wazuh or its administrator sets, whatever an event says.
pub(super) const ANCHORS: &[&str] = &[
    "rule.id",
    "rule.groups",
    "agent.id",
    "agent.name",
    "agent.ip",
    "location",
    "decoder.name",
];

/// Values of anchors that so many alerts have that a rule which rests on nothing else hides most of a network.
const COMMON: &[(&str, &[&str])] = &[
    ("location", &["EventChannel"]),
    (
        "decoder.name",
        &["json", "windows_eventchannel", "windows-eventchannel"],
    ),
    ("rule.groups", &["syslog", "windows"]),
];

/// The value that a condition on an anchor lets pass, and that most alerts of a kind have.
pub(super) fn common(path: &str, passes: impl Fn(&str) -> bool) -> Option<&'static str> {
    let (_, values) = COMMON.iter().find(|(anchor, _)| *anchor == path)?;
    values.iter().copied().find(|value| passes(value))
}

/// Paths that stock decoders and rules fill. Others exist, of decoders of one's own.
const KNOWN: &[&str] = &[
    "id",
    "timestamp",
    "full_log",
    "rule.level",
    "rule.description",
    "rule.firedtimes",
    "rule.frequency",
    "rule.mail",
    "rule.cve",
    "rule.gpg13",
    "rule.gdpr",
    "rule.hipaa",
    "rule.nist_800_53",
    "rule.pci_dss",
    "rule.tsc",
    "rule.mitre.id",
    "rule.mitre.tactic",
    "rule.mitre.technique",
    "manager.name",
    "cluster.name",
    "cluster.node",
    "decoder.parent",
    "predecoder.hostname",
    "predecoder.program_name",
    "predecoder.timestamp",
    "previous_output",
    "syscheck.path",
    "syscheck.event",
    "syscheck.mode",
    "syscheck.md5_after",
    "syscheck.sha1_after",
    "syscheck.sha256_after",
    "syscheck.size_after",
    "syscheck.uname_after",
    "syscheck.gname_after",
    "syscheck.audit.user.name",
    "syscheck.audit.process.name",
    "syscheck.value_name",
    "syscheck.changed_attributes",
    "data.srcip",
    "data.srcport",
    "data.srcuser",
    "data.dstip",
    "data.dstport",
    "data.dstuser",
    "data.url",
    "data.protocol",
    "data.action",
    "data.status",
    "data.id",
    "data.command",
    "data.file",
    "data.title",
    "data.uid",
    "data.pwd",
    "data.tty",
    "data.audit.command",
    "data.audit.exe",
    "data.audit.success",
    "data.audit.type",
    "data.audit.key",
    "data.audit.uid",
    "data.audit.auid",
    "data.audit.cwd",
    "data.audit.file.name",
    "data.audit.execve.a0",
    "data.audit.execve.a1",
    "data.win.system.eventID",
    "data.win.system.channel",
    "data.win.system.computer",
    "data.win.system.providerName",
    "data.win.system.message",
    "data.win.system.severityValue",
    "data.win.eventdata.image",
    "data.win.eventdata.originalFileName",
    "data.win.eventdata.commandLine",
    "data.win.eventdata.parentImage",
    "data.win.eventdata.parentCommandLine",
    "data.win.eventdata.targetFilename",
    "data.win.eventdata.targetObject",
    "data.win.eventdata.user",
    "data.win.eventdata.hashes",
    "data.win.eventdata.destinationIp",
    "data.win.eventdata.destinationPort",
    "data.win.eventdata.sourceIp",
    "data.win.eventdata.ipAddress",
    "data.win.eventdata.targetUserName",
    "data.win.eventdata.subjectUserName",
    "data.win.eventdata.logonType",
    "data.win.eventdata.serviceName",
    "data.win.eventdata.newProcessName",
    "data.win.eventdata.queryName",
    "data.win.eventdata.scriptBlockText",
    "data.vulnerability.cve",
    "data.vulnerability.severity",
    "data.vulnerability.package.name",
    "data.sca.policy",
    "data.sca.check.title",
    "data.sca.check.result",
    "data.aws.eventName",
    "data.aws.eventSource",
    "data.aws.sourceIPAddress",
    "data.aws.userIdentity.arn",
    "data.aws.userIdentity.userName",
    "data.office365.Operation",
    "data.office365.UserId",
    "data.office365.ClientIP",
    "data.virustotal.source.file",
    "data.alert.signature",
];

/// Whether a field holds sentences, lines or scripts: a stop at its end belongs to it, and a backslash makes it no path.
pub(super) fn is_prose(path: &str) -> bool {
    const LAST: &[&str] = &[
        "full_log",
        "previous_output",
        "message",
        "msg",
        "log",
        "text",
        "title",
        "description",
        "rationale",
        "remediation",
        "scriptBlockText",
        "payload",
    ];
    path.rsplit('.').next().is_some_and(|name| LAST.contains(&name))
}

/// Whether known fields stand below this one.
pub(super) fn is_above_others(path: &str) -> bool {
    ANCHORS
        .iter()
        .chain(KNOWN)
        .any(|name| name.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')))
}

/// Whether a value of this field mostly has several lines.
pub(super) fn has_lines(path: &str) -> bool {
    path == "previous_output"
        || ["message", "scriptBlockText"]
            .iter()
            .any(|name| path.ends_with(&format!(".{name}")))
}

/// Whether Windows writes a path of its own there, with backslashes.
pub(super) fn is_path_of_windows(path: &str) -> bool {
    const LAST: &[&str] = &[
        "image",
        "parentImage",
        "sourceImage",
        "targetImage",
        "imageLoaded",
        "targetFilename",
        "targetObject",
        "processName",
        "newProcessName",
        "parentProcessName",
    ];
    let name = path.strip_prefix("data.win.eventdata.");
    name.is_some_and(|name| LAST.contains(&name))
}

/// Whether the name of a file stands there, of a program or of what it wrote, and nothing else.
pub(super) fn is_file_of_windows(path: &str) -> bool {
    is_path_of_windows(path) && !path.ends_with(".targetObject")
}

/// Whether a command with its arguments stands there.
pub(super) fn is_command(path: &str) -> bool {
    const LAST: &[&str] = &[
        "command",
        "cmd",
        "cmdline",
        "commandline",
        "parentcommandline",
        "execve",
    ];
    let name = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    LAST.contains(&name.as_str())
}

/// The known field that was probably meant by a name which no stock decoder fills.
pub(super) fn nearest(path: &str) -> Option<&'static str> {
    let known = || ANCHORS.iter().chain(KNOWN).copied();
    if known().any(|name| name == path) {
        return None;
    }
    let (near, likeness) = known()
        .map(|name| (name, strsim::normalized_damerau_levenshtein(name, path)))
        .max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    // Below `data` anybody's decoder may fill anything; elsewhere Wazuh alone does.
    let least = if path.starts_with("data.") { 0.85 } else { 0.0 };
    (likeness >= least).then_some(near)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_field_is_told_from_one_of_a_decoder_of_ones_own() {
        assert_eq!(nearest("rules.id"), Some("rule.id"));
        assert_eq!(nearest("agent.nmae"), Some("agent.name"));
        assert_eq!(
            nearest("data.win.eventdata.comandLine"),
            Some("data.win.eventdata.commandLine")
        );
        for fine in ["rule.id", "data.win.eventdata.image", "data.acme_proxy.verdict"] {
            assert_eq!(nearest(fine), None, "{fine}");
        }
    }
}
