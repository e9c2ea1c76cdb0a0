//! Fields that rules speak of: those that an attacker does not choose, and what stands in which.

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
    (
        "rule.groups",
        &[
            "syslog",
            "windows",
            "pci_dss_10.6.1",
            "gdpr_IV_35.7.d",
            "hipaa_164.312.b",
            "nist_800_53_AU.6",
            "tsc_CC7.2",
            "gpg13_4.3",
        ],
    ),
];

/// The value that a condition on an anchor lets pass, and that most alerts of a kind have.
pub(super) fn common(path: &str, passes: impl Fn(&str) -> bool) -> Option<&'static str> {
    let (_, values) = COMMON.iter().find(|(anchor, _)| *anchor == path)?;
    values.iter().copied().find(|value| passes(value))
}

/// Whether a field holds sentences, lines or scripts: a stop at its end belongs to it, and a backslash makes it no path.
pub(super) fn is_prose(path: &str) -> bool {
    const LAST: &[&str] = &[
        "full_log",
        "previous_output",
        "previous_log",
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

/// Whether a value of this field mostly has several lines.
pub(super) fn has_lines(path: &str) -> bool {
    matches!(path, "previous_output" | "previous_log" | "syscheck.diff")
        || ["message", "scriptBlockText", "taskContent", "taskContentNew"]
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

/// Whether names stand there in which a slash is a letter, and a backslash alone separates: of keys and values of the registry, and of pipes.
pub(super) fn has_slashes_in_names(path: &str) -> bool {
    matches!(path, "data.win.eventdata.targetObject" | "data.win.eventdata.pipeName")
}

/// Whether the name of a file stands there, of a program or of what it wrote, and nothing else.
pub(super) fn is_file_of_windows(path: &str) -> bool {
    is_path_of_windows(path) && !path.ends_with(".targetObject")
}

/// Whether the name of one file stands there, whatever the system, and nothing else.
pub(super) fn is_file(path: &str) -> bool {
    const OTHERS: &[&str] = &[
        "data.file",
        "data.virustotal.source.file",
        "data.win.eventdata.currentDirectory",
        "data.win.eventdata.fileName",
        "data.win.eventdata.filePath",
        "data.win.eventdata.objectName",
        "data.win.eventdata.relativeTargetName",
        "data.win.eventdata.shareLocalPath",
        "data.win.eventdata.sourceFilename",
        "data.osquery.columns.path",
        "dll.path",
        "file.path",
        "file.target_path",
        "process.executable",
        "process.parent.executable",
    ];
    is_file_of_windows(path) || is_file_of_an_agent(path) || OTHERS.contains(&path)
}

/// Whether a path stands there, and nothing beside it: a separator is one in every value.
pub(super) fn is_path(path: &str) -> bool {
    const OTHERS: &[&str] = &[
        "location",
        "data.win.eventdata.application",
        "data.win.eventdata.modifyingApplication",
        "data.win.eventdata.processPath",
        "data.win.eventdata.taskName",
    ];
    is_file(path) || OTHERS.contains(&path)
}

/// Whether the whole path of a file stands in each value there, from its drive or the root on.
pub(super) fn is_absolute(path: &str) -> bool {
    const OTHERS: &[&str] = &[
        "syscheck.path",
        "syscheck.audit.process.name",
        "data.audit.exe",
        "data.virustotal.source.file",
    ];
    is_file_of_windows(path) || OTHERS.contains(&path)
}

/// Whether an agent wrote the name of a file there as the system has it: on Unix, a backslash in one is a character like all others.
pub(super) fn is_file_of_an_agent(path: &str) -> bool {
    matches!(
        path,
        "syscheck.path"
            | "syscheck.audit.process.name"
            | "data.audit.exe"
            | "data.audit.cwd"
            | "data.audit.file.name"
            | "data.audit.directory.name"
    )
}

/// Whether an address stands there.
pub(super) fn is_address(path: &str) -> bool {
    const PARTS: &[&str] = &["addr", "host", "client", "remote", "forwarded", "dest", "peer"];
    let name = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let is_of_a_machine = PARTS.iter().any(|part| name.contains(part)) && !name.contains("version");
    name.ends_with("ip") || name.starts_with("ip") || is_of_a_machine || matches!(&*name, "src" | "dst" | "rhost")
}

/// Whether the program or the driver of a service stands there.
pub(super) fn is_of_a_service(path: &str) -> bool {
    let name = path.rsplit('.').next().unwrap_or_default();
    matches!(name, "imagePath" | "serviceFileName")
}

/// Whether Windows puts variables in when it uses what stands there: in a service, a value of the registry or a template of WMI.
pub(super) fn is_read_by_windows(path: &str) -> bool {
    let name = path.strip_prefix("data.win.eventdata.").unwrap_or_default();
    is_of_a_service(path) || ["details", "destination", "newValue"].contains(&name)
}

/// Whether a command with its arguments stands there, or one of its arguments, which may be a command itself.
pub(super) fn is_command(path: &str) -> bool {
    const LAST: &[&str] = &[
        "proctitle",
        "imagepath",
        "servicefilename",
        "hostapplication",
        "details",
        "args",
        "arguments",
    ];
    const ENDS: &[&str] = &["command", "cmd", "cmdline", "commandline"];
    let name = path.rsplit('.').next().unwrap_or_default();
    let name = name.to_ascii_lowercase().replace('_', "");
    LAST.contains(&&*name)
        // Of a consumer of WMI; elsewhere it is a machine or an account.
        || path == "data.win.eventdata.destination"
        || ENDS.iter().any(|end| name.ends_with(end)) || path.split('.').any(|part| part == "execve")
}
