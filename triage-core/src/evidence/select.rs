//! Chooses which leaves of an alert become facts, and in which order.

use std::collections::HashMap;

use super::AlertFields;
use crate::text;

/// Length in bytes from which a list takes no further items.
const MAX_LIST: usize = 2048;

/// Path and whole text of what helps a decision, the most telling first.
pub(super) fn choose(alert: &AlertFields) -> Vec<(String, String)> {
    let about = About::read(alert);
    let title_path = if alert.rule_id.is_some() {
        "rule.description"
    } else {
        "title"
    };
    let mut chosen: Vec<(u8, String, String)> = vec![(0, title_path.to_owned(), alert.title.clone())];
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut places: HashMap<String, usize> = HashMap::new();

    for (path, value) in &alert.fields {
        let path = place(path);
        // Items of one list are one fact.
        if let Some(&at) = places.get(&path) {
            let text = &mut chosen[at].2;
            if is_arguments(&path) {
                // One line, as it was typed: an option and its value belong together, for a reader and for the redactor.
                if text.len() < MAX_LIST {
                    text.push(' ');
                    text.push_str(&argument(value));
                }
            } else if !says_nothing(value) && text != value && text.len() < MAX_LIST {
                text.push_str(", ");
                text.push_str(value.trim());
            }
            continue;
        }
        if says_nothing(value) {
            continue;
        }
        let Some(rank) = rank(&path, value, &about) else {
            continue;
        };
        // The same text under two names is one fact, unless it is so short that it may be chance. The name that ranks better stays.
        let is_part = tells_by_its_place(&path);
        if value.len() >= 6
            && !is_part
            && let Some(&at) = seen.get(value.as_str())
        {
            if chosen[at].0 > rank && at != 0 {
                (chosen[at].0, chosen[at].1) = (rank, path);
            }
            continue;
        }
        if !is_part {
            seen.insert(value.clone(), chosen.len());
        }
        places.insert(path.clone(), chosen.len());
        chosen.push((rank, path, value.clone()));
    }
    chosen.sort_by_key(|&(rank, ..)| rank);
    chosen.into_iter().map(|(_, path, value)| (path, value)).collect()
}

// Where a leaf belongs: items of a list to the list, arguments of a recorded call to the call.
fn place(path: &str) -> String {
    let path = without_indices(path);
    match path.rsplit_once('.') {
        Some((call, leaf)) if call.ends_with("execve") && is_argument_number(leaf) => call.to_owned(),
        _ => path,
    }
}

// Which program started which, and who did something to whom: each is known by where it stands, and two may be the same.
fn tells_by_its_place(path: &str) -> bool {
    const LEAVES: &str = "\
        execve exe image parentimage sourceimage targetimage newprocessname parentprocessname commandline parentcommandline \
        subjectusername targetusername srcuser dstuser";
    let leaf = path.rsplit('.').next().unwrap_or(path).to_ascii_lowercase();
    text::is_listed(LEAVES, &leaf)
}

fn is_argument_number(leaf: &str) -> bool {
    leaf.strip_prefix('a')
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

// Lists of the words of a command.
fn is_arguments(path: &str) -> bool {
    let leaf = path.rsplit('.').next().unwrap_or(path).to_ascii_lowercase();
    matches!(
        leaf.as_str(),
        "execve"
            | "args"
            | "argv"
            | "arguments"
            | "cmd"
            | "command"
            | "cmdline"
            | "entrypoint"
            | "command_line"
            | "commandline"
    )
}

fn argument(value: &str) -> String {
    let value = value.trim();
    if value.contains(char::is_whitespace) && !value.contains('"') {
        format!("\"{value}\"")
    } else {
        value.to_owned()
    }
}

/// A path without the numbers of list items: `a[3].b` and `a.3.b` are `a.b`.
pub(super) fn without_indices(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for segment in path.split('.') {
        let name = segment.split('[').next().unwrap_or_default();
        if name.is_empty() || name.bytes().all(|b| b.is_ascii_digit()) {
            continue;
        }
        if !out.is_empty() {
            out.push('.');
        }
        out.push_str(name);
    }
    out
}

// What the alert holds, where that decides about other fields.
struct About {
    eventdata: bool,
    decoded_data: bool,
    hash_matters: bool,
    agent: String,
}

impl About {
    fn read(alert: &AlertFields) -> Self {
        let has = |prefix: &str| alert.fields.iter().any(|(path, _)| path.starts_with(prefix));
        let agent = alert
            .fields
            .iter()
            .find(|(path, _)| path == "agent.name")
            .map(|(_, name)| name.to_ascii_lowercase());
        let known_bad = |group: &String| {
            let group = group.to_ascii_lowercase();
            ["virustotal", "malware", "misp", "threat", "maltiverse", "yara", "ioc"]
                .iter()
                .any(|word| group.contains(word))
        };
        Self {
            eventdata: has("data.win.eventdata."),
            decoded_data: has("data."),
            hash_matters: alert.groups.iter().any(known_bad),
            agent: agent.unwrap_or_default(),
        }
    }
}

fn says_nothing(value: &str) -> bool {
    let value = value.trim();
    value.is_empty()
        || matches!(
            value,
            "-" | "null" | "N/A" | "n/a" | "none" | "(null)" | "NULL" | "[]" | "{}" | "S-1-0-0" | "{}\n"
        )
}

// The lower, the more it decides. `None`: leave it out.
fn rank(path: &str, value: &str, about: &About) -> Option<u8> {
    let lower = path.to_ascii_lowercase();
    let leaf = lower.rsplit('.').next().unwrap_or(&lower);
    if let Some(rank) = known_place(&lower, leaf, value, about) {
        return rank;
    }
    if is_bookkeeping(&lower, leaf) || is_guid(value) {
        return None;
    }
    if is_hash(leaf, value) {
        return (about.hash_matters || lower.contains("virustotal") || lower.contains("malware")).then_some(52);
    }
    let rank = by_name(&lower, leaf);
    // A long text under a name that nobody knows is least trusted, whatever the name says.
    Some(if value.len() > 1200 && rank > 30 {
        rank.max(90)
    } else {
        rank
    })
}

#[expect(clippy::option_option, reason = "outer: is the place known; inner: is it of use")]
fn known_place(path: &str, leaf: &str, value: &str, about: &About) -> Option<Option<u8>> {
    let (top, rest) = path.split_once('.').unwrap_or((path, ""));
    Some(match top {
        "rule" => match rest {
            "frequency" => Some(66),
            "info" | "cve" => Some(64),
            _ => None,
        },
        "agent" => match rest {
            "name" => Some(2),
            "ip" => Some(3),
            _ if rest.starts_with("labels") => Some(68),
            _ => None,
        },
        "agentless" => Some(3),
        "manager" | "cluster" | "decoder" | "input" | "id" | "_id" | "@timestamp" | "geolocation" => None,
        "timestamp" => Some(80),
        "location" => Some(70),
        "predecoder" => match rest {
            "program_name" => Some(62),
            "hostname" if value.to_ascii_lowercase() != about.agent => Some(63),
            _ => None,
        },
        // A JSON log is its decoded data once more.
        "full_log" => (!about.decoded_data || !value.trim_start().starts_with('{')).then_some(96),
        "previous_output" => Some(97),
        "previous_log" => Some(95),
        "title" | "description" if rest.is_empty() => Some(94),
        "data" if path.starts_with("data.win.system.") => match leaf {
            "eventid" => Some(5),
            "channel" => Some(60),
            "providername" => Some(61),
            "computer" if !same_host(value, &about.agent) => Some(4),
            // With event data the message says everything a second time, in the host's language.
            "message" if !about.eventdata => Some(92),
            "severityvalue" if value != "INFORMATION" && value != "AUDIT_SUCCESS" => Some(67),
            _ => None,
        },
        _ => return None,
    })
}

fn same_host(computer: &str, agent: &str) -> bool {
    let computer = computer.to_ascii_lowercase();
    !agent.is_empty() && (computer == agent || computer.split('.').next() == agent.split('.').next())
}

// Numbers of records, threads and handles, versions of formats, and what auditors count: no analyst decides by it.
fn is_bookkeeping(path: &str, leaf: &str) -> bool {
    const PLACES: &str = "\
        data.aws.log_info data.aws.tlsdetails data.gcp.insertid .compliance. data.sca.scan_id \
        syscheck.inode data.office365.extendedproperties .metadata.created_at";
    const LEAVES: &str = "\
        processguid parentprocessguid sourceprocessguid targetprocessguid logonguid targetlogonguid \
        providerguid activityid scriptblockid eventrecordid threadid sourcethreadid newthreadid processid \
        parentprocessid sourceprocessid targetprocessid logonid subjectlogonid targetlogonid \
        targetlinkedlogonid utctime creationutctime previouscreationutctime terminalsessionid fileversion \
        version opcode keywords task messagenumber messagetotal eventversion requestid eventid_guid \
        recipientaccountid aws_account_id accountid managementevent eventcategory principalid \
        source_ip_address flow_id tx_id rev gid signature_id in_iface inode_after inode_before inode \
        mtime_after mtime_before uid_after uid_before gid_after gid_before references reference assigner \
        scan_id transmittedservices lmpackagename keylength impersonationlevel virtualaccount sourceisipv6 \
        destinationisipv6 sourceportname ppid destinationportname subjectusersid handleid transactionid \
        filterrtid layerrtid imphash x-amz-id-2 xmlns parent_cwd gname_after gname_before \
        bytestransferredin schemaversion";
    // `version` of a package is a finding, of a format it is noise.
    if leaf == "version" && (path.contains("package") || path == "data.version") {
        return false;
    }
    if leaf == "gid" && path == "data.gid" {
        return false;
    }
    text::is_listed(LEAVES, leaf) || PLACES.split(' ').any(|place| path.contains(place))
}

fn is_guid(value: &str) -> bool {
    let value = value.trim().trim_start_matches('{').trim_end_matches('}');
    value.len() == 36
        && value.bytes().enumerate().all(|(at, b)| {
            if matches!(at, 8 | 13 | 18 | 23) {
                b == b'-'
            } else {
                b.is_ascii_hexdigit()
            }
        })
}

fn is_hash(leaf: &str, value: &str) -> bool {
    let value = value.trim();
    let named = ["md5", "sha1", "sha256", "sha512", "hash"]
        .iter()
        .any(|word| leaf.contains(word));
    named && value.len() >= 32 && !value.contains(' ') || leaf == "hashes"
}

// By the words that products use for it. First match wins, so that `parentCommandLine` is a command and `userAgent` no user.
fn by_name(path: &str, leaf: &str) -> u8 {
    const WORDS: [(u8, &str); 15] = [
        (
            74,
            "calltrace privilegelist win_perm tagset tagspecification tags permissions",
        ),
        (90, "remediation rationale description_long"),
        (12, "parentcommandline parent_commandline"),
        (13, "parentimage parentprocess parent_name creatorprocess"),
        (14, "parentuser"),
        (
            10,
            "\
             commandline command_line scriptblocktext taskcontent imagepath servicefilename cmdline",
        ),
        (45, "useragent user_agent http_referrer referer"),
        (9, "eventname signature operation cve threat_name malware"),
        (
            11,
            "image command process exe script servicename taskname application program action",
        ),
        (
            7,
            "targetuser dstuser membersid membername samaccount targetsid newuser",
        ),
        (
            6,
            "\
             user account uname login upn principal subjectdomain targetdomain identity arn actor \
             owner identitytype",
        ),
        (
            20,
            "\
             srcip src_ip ipaddress sourceip clientip client_ip remoteip dstip dest_ip destinationip \
             destip address workstation hostname host url uri domain query dest srcport src_port \
             dstport port protocol proto country direction",
        ),
        (
            25,
            "\
             status result error fail reason outcome response success severity mfa logontype \
             grantedaccess score verdict category classification positives title integrity initiated \
             authenticationpackage logonprocess elevatedtoken attempts",
        ),
        (
            35,
            "\
             path file object registry value_name details event changed_attributes package directory \
             cwd pwd pipe rulename share relative source shell home tty diff mode",
        ),
        (
            40,
            "perm size service product company originalfilename name type id policy key value",
        ),
    ];
    // Web decoders put the answer's code into `data.id`.
    if path == "data.id" {
        return 24;
    }
    if path.contains("useridentity.") || path.contains("requestparameters.username") {
        return if matches!(leaf, "arn" | "username" | "type") {
            6
        } else {
            42
        };
    }
    if leaf == "description" || leaf == "product" || leaf == "company" {
        return 55;
    }
    for (rank, words) in WORDS {
        if words.split(' ').any(|word| leaf.contains(word)) {
            return rank;
        }
    }
    let parents = &path[..path.len() - leaf.len()];
    for (rank, words) in WORDS {
        if words.split(' ').any(|word| parents.contains(word)) {
            return rank + 10;
        }
    }
    58
}
