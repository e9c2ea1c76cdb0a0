//! Sysmon: what processes did on a Windows machine.

use std::borrow::Cow;

use super::fields::Fields;
use crate::Alert;

/// One event of Sysmon. Times are UTC, as `2026-01-20 09:00:00.001`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sysmon<'a> {
    /// Event id.
    pub id: u64,
    /// When it happened, by the machine's clock.
    pub utc_time: Option<Cow<'a, str>>,
    /// Name that Sysmon's own configuration gave, often `technique_id=T1059.001,technique_name=…`.
    pub rule_name: Option<Cow<'a, str>>,
    /// The process that acted.
    pub process: SysmonProcess<'a>,
    /// What it did.
    pub event: SysmonEvent<'a>,
}

/// A process, as Sysmon names it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SysmonProcess<'a> {
    /// Path of the program.
    pub image: Option<Cow<'a, str>>,
    /// Process id; used again after the process ends.
    pub id: Option<u64>,
    /// Id that no other process on this machine ever has.
    pub guid: Option<Cow<'a, str>>,
    /// Account, as `DOMAIN\name`. Absent before Sysmon 13.30 in most events.
    pub user: Option<Cow<'a, str>>,
}

/// Hashes of a file, in hexadecimal; only those that Sysmon was told to compute.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hashes {
    /// MD5.
    pub md5: Option<String>,
    /// SHA-1.
    pub sha1: Option<String>,
    /// SHA-256.
    pub sha256: Option<String>,
    /// Hash of the imported functions.
    pub imphash: Option<String>,
}

/// What a process did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SysmonEvent<'a> {
    /// 1: it started.
    ProcessCreate {
        /// Command line.
        command_line: Option<Cow<'a, str>>,
        /// Folder that it started in.
        current_directory: Option<Cow<'a, str>>,
        /// Name that the maker gave the file; differs from the image when somebody renamed it.
        original_file_name: Option<Cow<'a, str>>,
        /// `Low`, `Medium`, `High`, `System`.
        integrity_level: Option<Cow<'a, str>>,
        /// Session of the log-on, the same in Windows security events.
        logon_id: Option<u64>,
        /// Hashes of the program.
        hashes: Hashes,
        /// The process that started it.
        parent: SysmonProcess<'a>,
        /// Command line of the process that started it.
        parent_command_line: Option<Cow<'a, str>>,
    },
    /// 3: it connected, or was connected to.
    NetworkConnection {
        /// `tcp` or `udp`.
        protocol: Option<Cow<'a, str>>,
        /// Whether the process itself began the connection.
        initiated: Option<bool>,
        /// Address of this end, or of the other when not initiated.
        source_ip: Option<Cow<'a, str>>,
        /// Port of the source.
        source_port: Option<u16>,
        /// Address of the far end.
        destination_ip: Option<Cow<'a, str>>,
        /// Name of the far end, by reverse look-up.
        destination_host: Option<Cow<'a, str>>,
        /// Port of the far end.
        destination_port: Option<u16>,
    },
    /// 6 (driver) and 7 (library): it loaded code.
    ImageLoad {
        /// Path of the library or driver.
        image_loaded: Option<Cow<'a, str>>,
        /// Its hashes.
        hashes: Hashes,
        /// Whether it carries a signature.
        signed: Option<bool>,
        /// Who signed it.
        signature: Option<Cow<'a, str>>,
        /// `Valid`, `Expired`, `Unavailable`, …
        signature_status: Option<Cow<'a, str>>,
        /// Name that the maker gave the file.
        original_file_name: Option<Cow<'a, str>>,
    },
    /// 8: it started a thread in another process.
    RemoteThread {
        /// The other process.
        target: SysmonProcess<'a>,
        /// Address that the thread starts at.
        start_address: Option<Cow<'a, str>>,
        /// Module that the address lies in; absent for code without a file.
        start_module: Option<Cow<'a, str>>,
        /// Function that the address belongs to.
        start_function: Option<Cow<'a, str>>,
    },
    /// 10: it opened another process.
    ProcessAccess {
        /// The other process.
        target: SysmonProcess<'a>,
        /// Rights as a bit mask: `0x10` reads memory, `0x1fffff` is everything.
        granted_access: Option<u64>,
        /// Modules and offsets of the call, separated by `|`; `UNKNOWN` is code without a file.
        call_trace: Option<Cow<'a, str>>,
    },
    /// 2 (time changed), 11 (created), 15 (stream), 23, 26 (deleted), 27-29 (executable made, shredded or blocked).
    File {
        /// Path.
        target_filename: Option<Cow<'a, str>>,
        /// When it was made, by its own time stamp.
        creation_utc_time: Option<Cow<'a, str>>,
        /// Hashes of its contents.
        hashes: Hashes,
        /// Contents of the stream (15), such as the zone that a download came from.
        contents: Option<Cow<'a, str>>,
        /// Whether it can be run (23).
        is_executable: Option<bool>,
        /// Whether Sysmon kept a copy (23).
        archived: Option<bool>,
    },
    /// 12 (key made or deleted), 13 (value set), 14 (renamed): it changed the registry.
    Registry {
        /// `CreateKey`, `DeleteKey`, `SetValue`, `RenameKey`, …
        event_type: Option<Cow<'a, str>>,
        /// Key or value, starting with `HKLM`, `HKU`, `HKCR`.
        target_object: Option<Cow<'a, str>>,
        /// What the value was set to; `Binary Data` stands for bytes.
        details: Option<Cow<'a, str>>,
        /// New name (14).
        new_name: Option<Cow<'a, str>>,
    },
    /// 17 and 18: it made or opened a named pipe.
    Pipe {
        /// `CreatePipe` or `ConnectPipe`.
        event_type: Option<Cow<'a, str>>,
        /// Name, without `\\.\pipe`.
        name: Option<Cow<'a, str>>,
    },
    /// 19-21: it made a permanent WMI subscription.
    Wmi {
        /// `WmiFilterEvent`, `WmiConsumerEvent`, `WmiBindingEvent`.
        event_type: Option<Cow<'a, str>>,
        /// `Created`, `Modified`, `Deleted`.
        operation: Option<Cow<'a, str>>,
        /// Name of the filter or consumer.
        name: Option<Cow<'a, str>>,
        /// Query of the filter, or what the consumer runs.
        what: Option<Cow<'a, str>>,
    },
    /// 22: it looked a name up.
    DnsQuery {
        /// Name.
        query: Option<Cow<'a, str>>,
        /// Windows error code; 0 is success, 9003 is "no such name".
        status: Option<u64>,
        /// Answers, separated by `;`.
        results: Option<Cow<'a, str>>,
    },
    /// 25: its memory does not match its file.
    ProcessTampering {
        /// `Image is replaced` (hollowing), `Image is locked for access` (herpaderping).
        kind: Option<Cow<'a, str>>,
    },
    /// Any other event, such as 5 (ended) or 255 (error).
    Other,
}

pub(super) fn read(alert: &Alert) -> Option<Sysmon<'_>> {
    let system = Fields::below(alert, "data.win.system")?;
    if !system.text("providerName").is_some_and(|name| name.contains("Sysmon")) {
        return None;
    }
    let id = system.number("eventID")?;
    let fields = Fields::below(alert, "data.win.eventdata")?;
    Some(Sysmon {
        id,
        utc_time: fields.text("utcTime"),
        rule_name: fields.text("ruleName"),
        process: process(&fields, id),
        event: event(&fields, id),
    })
}

fn event<'a>(fields: &Fields<'a>, id: u64) -> SysmonEvent<'a> {
    match id {
        1 => SysmonEvent::ProcessCreate {
            command_line: fields.text("commandLine"),
            current_directory: fields.text("currentDirectory"),
            original_file_name: fields.text("originalFileName"),
            integrity_level: fields.text("integrityLevel"),
            logon_id: fields.number("logonId"),
            hashes: hashes(fields),
            parent: SysmonProcess {
                image: fields.text("parentImage"),
                id: fields.number("parentProcessId"),
                guid: fields.text("parentProcessGuid"),
                user: fields.text("parentUser"),
            },
            parent_command_line: fields.text("parentCommandLine"),
        },
        3 => SysmonEvent::NetworkConnection {
            protocol: fields.text("protocol"),
            initiated: fields.flag("initiated"),
            source_ip: fields.text("sourceIp"),
            source_port: fields.port("sourcePort"),
            destination_ip: fields.text("destinationIp"),
            destination_host: fields.text("destinationHostname"),
            destination_port: fields.port("destinationPort"),
        },
        6 | 7 => SysmonEvent::ImageLoad {
            image_loaded: fields.text("imageLoaded"),
            hashes: hashes(fields),
            signed: fields.flag("signed"),
            signature: fields.text("signature"),
            signature_status: fields.text("signatureStatus"),
            original_file_name: fields.text("originalFileName"),
        },
        8 => SysmonEvent::RemoteThread {
            target: target(fields),
            start_address: fields.text("startAddress"),
            start_module: fields.text("startModule"),
            start_function: fields.text("startFunction"),
        },
        10 => SysmonEvent::ProcessAccess {
            target: target(fields),
            granted_access: fields.number("grantedAccess"),
            call_trace: fields.text("callTrace"),
        },
        2 | 11 | 15 | 23 | 26..=29 => SysmonEvent::File {
            target_filename: fields.text("targetFilename"),
            creation_utc_time: fields.text("creationUtcTime"),
            hashes: hashes(fields),
            contents: fields.text("contents"),
            is_executable: fields.flag("isExecutable"),
            archived: fields.flag("archived"),
        },
        12..=14 => SysmonEvent::Registry {
            event_type: fields.text("eventType"),
            target_object: fields.text("targetObject"),
            details: fields.text("details"),
            new_name: fields.text("newName"),
        },
        17 | 18 => SysmonEvent::Pipe {
            event_type: fields.text("eventType"),
            name: fields.text("pipeName"),
        },
        19..=21 => SysmonEvent::Wmi {
            event_type: fields.text("eventType"),
            operation: fields.text("operation"),
            name: fields.first(&["name", "consumer"]),
            what: fields.first(&["query", "destination", "filter"]),
        },
        22 => SysmonEvent::DnsQuery {
            query: fields.text("queryName"),
            status: fields.number("queryStatus"),
            results: fields.text("queryResults"),
        },
        25 => SysmonEvent::ProcessTampering {
            kind: fields.text("type"),
        },
        _ => SysmonEvent::Other,
    }
}

fn process<'a>(fields: &Fields<'a>, id: u64) -> SysmonProcess<'a> {
    if matches!(id, 8 | 10) {
        return SysmonProcess {
            image: fields.text("sourceImage"),
            id: fields.number("sourceProcessId"),
            guid: fields.first(&["sourceProcessGuid", "sourceProcessGUID"]),
            user: fields.text("sourceUser"),
        };
    }
    SysmonProcess {
        image: fields.text("image"),
        id: fields.number("processId"),
        guid: fields.text("processGuid"),
        user: fields.text("user"),
    }
}

fn target<'a>(fields: &Fields<'a>) -> SysmonProcess<'a> {
    SysmonProcess {
        image: fields.text("targetImage"),
        id: fields.number("targetProcessId"),
        guid: fields.first(&["targetProcessGuid", "targetProcessGUID"]),
        user: fields.text("targetUser"),
    }
}

/// Splits `SHA1=…,MD5=…`, or the single hash of old configurations.
fn hashes(fields: &Fields<'_>) -> Hashes {
    let mut hashes = Hashes::default();
    let list = fields.first(&["hashes", "hash"]).unwrap_or_default();
    for part in list.split(',') {
        let Some((name, value)) = part.split_once('=') else {
            continue;
        };
        let value = Some(value.trim().to_owned()).filter(|value| value.bytes().any(|byte| byte != b'0'));
        match name.trim().to_ascii_uppercase().as_str() {
            "MD5" => hashes.md5 = value,
            "SHA1" => hashes.sha1 = value,
            "SHA256" => hashes.sha256 = value,
            "IMPHASH" => hashes.imphash = value,
            _ => {}
        }
    }
    hashes
}
