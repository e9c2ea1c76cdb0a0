//! What an alert happened on.

use crate::Alert;

/// A machine that an alert happened on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Asset {
    /// Name of the agent, or of the agentless host.
    pub name: String,
    /// Its address, as the manager knows it.
    pub ip: Option<String>,
    /// Its operating system.
    pub os: Option<Os>,
    /// Id of the agent; `None` for an agentless host.
    pub agent_id: Option<String>,
}

/// An operating system, as far as an alert shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Os {
    /// Windows.
    Windows,
    /// Linux, or a Unix that IRIS has no type for.
    Linux,
    /// macOS.
    MacOs,
}

pub(crate) fn assets(alert: &Alert) -> Vec<Asset> {
    let agent = alert.agent().filter(|agent| !agent.is_manager());
    let asset = match agent {
        Some(agent) => agent.name.clone().or_else(|| agent.id.clone()).map(|name| Asset {
            name,
            ip: agent.ip.clone(),
            os: os(alert),
            agent_id: agent.id.clone(),
        }),
        // With an agent there is no agentless host, and the manager's own alerts are about no asset.
        None => alert.text_of("agentless.host").map(|host| Asset {
            // `user@host` is how the agentless scripts name it.
            name: host.rsplit_once('@').map_or(host, |(_user, host)| host).to_owned(),
            ip: None,
            os: None,
            agent_id: None,
        }),
    };
    asset.into_iter().collect()
}

/// Guesses the system: 5.x says it, 4.x shows it in what the agent reports.
fn os(alert: &Alert) -> Option<Os> {
    let said = alert
        .agent()
        .and_then(|agent| agent.os.clone())
        .or_else(|| alert.text_of("wazuh.agent.host.os.type").map(str::to_owned));
    if let Some(said) = said {
        let said = said.to_lowercase();
        return Some(match () {
            () if said.contains("windows") => Os::Windows,
            () if said.contains("mac") || said.contains("darwin") => Os::MacOs,
            () => Os::Linux,
        });
    }
    // A line in JSON has the fields that its writer likes.
    let is_of_windows = || alert.decoder().is_none_or(|decoder| decoder == "windows_eventchannel");
    if (alert.get("data.win").is_some() && is_of_windows())
        || alert.location() == Some("EventChannel")
        || alert.rule().in_group("windows")
    {
        return Some(Os::Windows);
    }
    let text = |path: &&str| alert.text_of(path);
    let found = |path: &str| alert.text_of(path).filter(|_| alert.decoder() == Some("rootcheck"));
    let answered = || alert.text_of("data.parameters.program").filter(|_| alert.is_response());
    let told = || PATHS.iter().filter_map(text).find_map(os_of_a_path);
    // The agent says where it reads; what is read there may have been written by anybody.
    let read = alert.location().and_then(|place| match os_of_a_path(place) {
        // On macOS, osquery has its log where it has it on Linux.
        Some(Os::Linux) if place.contains("osquery") => told().filter(|os| *os == Os::MacOs).or(Some(Os::Linux)),
        os => os,
    });
    read.or_else(told)
        .or_else(|| answered().and_then(os_of_a_path))
        .or_else(|| found("data.file").and_then(os_of_a_path))
        .or_else(|| {
            alert
                .text_of("data.vulnerability.package.name")
                .and_then(os_of_a_package)
        })
        .or_else(|| NAMES.iter().filter_map(text).find_map(os_named_in))
        .or_else(|| found("data.title").and_then(os_named_in))
}

/// Where an agent names a place on its own machine. What a mailbox, a sensor or a cloud names may lie on any other.
const PATHS: [&str; 5] = [
    "syscheck.path",
    "data.virustotal.source.file",
    "data.sca.check.registry",
    "data.osquery.columns.path",
    "data.columns.path",
];

/// Where the system is named that something is for.
const NAMES: [&str; 3] = ["data.sca.policy", "data.sca.policy_id", "data.sca.file"];

fn os_of_a_path(path: &str) -> Option<Os> {
    const OF_MACOS: [&str; 5] = ["/Library/", "/Users/", "/private/", "/Applications/", "/System/"];
    if path.starts_with('/') {
        let mac = OF_MACOS.iter().any(|folder| path.starts_with(folder));
        return Some(if mac { Os::MacOs } else { Os::Linux });
    }
    let bytes = path.as_bytes();
    let drive =
        bytes.len() > 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' && matches!(bytes[2], b'\\' | b'/');
    // A location may also be a command, with what a shell reads in it: `netstat -tan | sed 's/\(.*\)/\1/'`.
    let relative = path.contains('\\') && !path.contains(['/', '|', '\'', '"', '$']);
    let program = path.len() > 4 && path.to_ascii_lowercase().ends_with(".exe");
    match path {
        "macos" => Some(Os::MacOs),
        "journald" => Some(Os::Linux),
        _ if drive || relative || program || path.starts_with("HKEY_") => Some(Os::Windows),
        _ => None,
    }
}

/// Packages of a Linux have no blanks in their names; what the others have is called as people call it, and much is called the same on
/// both. Where nothing tells of macOS it is Windows, which far more machines have. How many bits a package has is told there only.
fn os_of_a_package(name: &str) -> Option<Os> {
    const OF_WINDOWS: [&str; 8] = [
        "windows",
        "(x64",
        "(x86",
        "64-bit)",
        "32-bit)",
        " .net ",
        "visual c++",
        "webview2",
    ];
    const OF_MACOS: [&str; 2] = [".app", " for mac"];
    let lower = name.to_lowercase();
    if OF_WINDOWS.iter().any(|word| lower.contains(word)) {
        return Some(Os::Windows);
    }
    if OF_MACOS.iter().any(|end| lower.ends_with(end)) {
        return Some(Os::MacOs);
    }
    let is_for_people = name.trim().contains(' ') && !name.contains(',');
    os_named_in(name).or_else(|| is_for_people.then_some(Os::Windows))
}

fn os_named_in(text: &str) -> Option<Os> {
    let text = text.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match () {
        () if has(&["windows", "microsoft ", "cis_win", "sca_win"]) => Some(Os::Windows),
        () if has(&["macos", "mac os", "os x", "apple "]) => Some(Os::MacOs),
        () if has(&["linux", "ubuntu", "debian", "unix"]) => Some(Os::Linux),
        () => None,
    }
}
