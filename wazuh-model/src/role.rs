//! What the name of a field says about its value, in every family of alerts.

use std::borrow::Cow;
use std::cell::RefCell;

use hashbrown::HashMap;

use crate::path;

/// Part that the value of a field plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Address; only if the value is one.
    Ip(Side),
    /// Port of an address.
    Port(Side),
    /// Name of a machine at one end.
    Host(Side),
    /// Account.
    User(Part),
    /// Windows domain of an account.
    UserDomain(Part),
    /// Name that was looked up or asked for.
    Domain,
    /// Name of the far end of a connection.
    Peer,
    /// Address or path of a web request.
    Url,
    /// Where something led, as a URL, as one without its scheme, or as a name alone; in a field for files, a file.
    Place,
    /// One hash, or Sysmon's list of them.
    Hash,
    /// Sender of a mail.
    Sender,
    /// Program, by its path.
    Image(Kin),
    /// Its command line.
    CommandLine(Kin),
    /// Its process id.
    ProcessId(Kin),
    /// Source text of a script.
    Script,
    /// Path of a file that was written, read or deleted.
    File,
    /// Key or value of the registry.
    Registry,
}

/// End of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Source,
    Destination,
    Unknown,
}

/// Part of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Acting,
    Target,
}

/// Which process of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kin {
    Own,
    Parent,
    Target,
}

/// The longest path of a field that is looked at, in bytes.
const LONGEST_PATH: usize = 512;

/// Most names that a thread remembers.
const MOST_KNOWN: usize = 2048;
/// The longest name that is remembered, in bytes.
const LONGEST_KNOWN: usize = 96;

thread_local! {
    /// What names mean that were asked for before. The alerts of one manager have a few hundred, and ask for each again and again.
    static KNOWN: RefCell<HashMap<Box<str>, Option<Role>>> = RefCell::default();
}

/// Says what the name of a field means; `None` for fields that say nothing about who did what to what.
pub(crate) fn role(path: &str) -> Option<Role> {
    // A third of the fields of most alerts, which need no memory.
    if path.starts_with("rule.") {
        return None;
    }
    if path.len() > LONGEST_KNOWN {
        return meaning(path);
    }
    KNOWN.with_borrow_mut(|known| {
        if let Some(role) = known.get(path) {
            return *role;
        }
        // Whoever chooses keys chooses no more than this much memory.
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        let role = meaning(path);
        known.insert(path.into(), role);
        role
    })
}

fn meaning(path: &str) -> Option<Role> {
    role_as_told(path::of_the_occasion(path))
}

/// The same of a field like others, wherever it stands.
pub(crate) fn role_as_told(path: &str) -> Option<Role> {
    // Fingerprints of handshakes and certificates look like hashes of files and are none.
    const MARKS: [&str; 5] = ["ja3", "ja4", "hassh", "tls.", "x509"];
    named(path).filter(|role| *role != Role::Hash || !MARKS.iter().any(|mark| path.contains(mark)))
}

fn named(path: &str) -> Option<Role> {
    // No name that means something is so deep; one that an attacker made would cost more than it says.
    if path.len() > LONGEST_PATH || says_nothing(path) {
        return None;
    }
    let mut path = path;
    let (parents, key) = loop {
        let (parents, key) = path.rsplit_once('.').unwrap_or(("", path));
        // An element of a list is called as the list is.
        if !is_number(key) {
            break (parents, key);
        }
        if !parents.contains('.') {
            return None;
        }
        path = parents;
    };
    // Each argument of a recorded call may hold what a command line holds.
    if path.starts_with("data.audit.execve.") {
        return Some(Role::Script);
    }
    if let Some(role) = exact(path) {
        return Some(role);
    }
    let parent = names_from_the_end(parents).next().unwrap_or("");
    let (key, parent) = (plain(key), plain(parent));
    by_name(&key, &parent).or_else(|| by_parts(&key, &parent))
}

/// Says whether a field for an address may hold a name instead: the SSH server and PAM look the other end up.
pub(crate) fn may_be_a_name(path: &str) -> bool {
    matches!(path::of_the_occasion(path), "data.srcip" | "data.dstip" | "data.rhost")
}

/// Says whether a field for a place or a file holds a file.
pub(crate) fn is_a_file(path: &str, text: &str) -> bool {
    path.ends_with("filename") && !text.contains('/')
}

/// Says whether a field or what it is below is named after where something came from.
pub(crate) fn is_of_a_source(path: &str) -> bool {
    names_from_the_end(path)
        .take(2)
        .any(|name| side(&plain(name)) == Side::Source)
}

/// Says whether a field tells what a source was translated into on the way: an address of the organisation's own, or the same once more.
/// A destination before or behind its translation is where something led.
pub(crate) fn is_translated_source(path: &str) -> bool {
    // The last is FortiGate's.
    const STARTS: [&str; 3] = ["natsrc", "natsource", "transip"];
    let mut names = names_from_the_end(path);
    let name = names.next().unwrap_or_default();
    let key = plain(name);
    let mut names = names.map(plain);
    let parent = names.next().unwrap_or_default();
    let end = if parent == "nat" {
        names.next().unwrap_or_default()
    } else if key.starts_with("natip") || key.starts_with("natport") {
        parent
    } else {
        Cow::default()
    };
    side(&end) == Side::Source
        || STARTS.iter().any(|start| key.starts_with(start))
        || (side(&key) == Side::Source && has_word_of_translation(name))
}

/// Says whether a field tells whom a proxy stands for, as whoever asked may have written himself.
pub(crate) fn is_forwarded(path: &str) -> bool {
    let name = plain(names_from_the_end(path).next().unwrap_or_default());
    name == "xff" || name.ends_with("forwardedip")
}

/// Says whether a field lists whom proxies stand for, and behind them who asked, as the audit log of Kubernetes has it.
pub(crate) fn ends_with_the_source(path: &str) -> bool {
    names_from_the_end(path).next() == Some("sourceIPs")
}

/// Says whether a field tells the near end of a tunnel, an address of the organisation's own: `locip`.
pub(crate) fn is_of_the_gateway(path: &str) -> bool {
    plain(names_from_the_end(path).next().unwrap_or_default()) == "locip"
}

/// Says whether a name has a word such as in `tran_src_ip`, `sourceTranslatedAddress` and `src_xlate_ip`.
fn has_word_of_translation(name: &str) -> bool {
    const WORDS: [&str; 7] = ["nat", "tran", "trans", "translated", "xlate", "xlated", "mapped"];
    let mut parts = name.split(|c: char| !c.is_ascii_alphanumeric());
    parts.any(|part| words(part).any(|word| WORDS.iter().any(|one| one.eq_ignore_ascii_case(word))))
}

/// The words of a name that sets them apart by capital letters: `sourceNATAddress` has three.
fn words(name: &str) -> impl Iterator<Item = &str> {
    let bytes = name.as_bytes();
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from;
        let begins = |at: &usize| {
            let after_small = !bytes[at - 1].is_ascii_uppercase();
            let before_small = bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase);
            bytes[*at].is_ascii_uppercase() && (after_small || before_small)
        };
        from = (start + 1..bytes.len()).find(begins).unwrap_or(bytes.len());
        (start < from).then(|| &name[start..from])
    })
}

/// The names in a path, the last first; the elements of a list have numbers instead.
fn names_from_the_end(path: &str) -> impl Iterator<Item = &str> {
    path.rsplit('.').filter(|name| !is_number(name))
}

pub(crate) fn is_number(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_digit())
}

/// Letters and digits of a name in lower case: `source_ip`, `sourceIp` and `SourceIP` are one name.
fn plain(name: &str) -> Cow<'_, str> {
    if name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
        return Cow::Borrowed(name);
    }
    let mut plain = String::with_capacity(name.len());
    let letters = name.bytes().filter(u8::is_ascii_alphanumeric);
    plain.extend(letters.map(|letter| char::from(letter.to_ascii_lowercase())));
    Cow::Owned(plain)
}

/// Parts of an alert that describe the rule, our own machines or reference material.
fn says_nothing(path: &str) -> bool {
    const OF_DATA: [&str; 12] = [
        "sca.",
        "win.system.",
        "vulnerability.",
        "aws.resource.",
        "aws.responseElements.",
        "aws.log_info.",
        "aws.tlsDetails.",
        "virustotal.permalink",
        "alert.metadata.",
        "decorations.",
        "docker.Actor.Attributes.",
        // The machine that CrowdStrike's sensor is on.
        "event.LocalIP",
    ];
    let Some((part, rest)) = path.split_once('.') else {
        return true;
    };
    match part {
        "rule" | "agent" | "manager" | "cluster" | "decoder" | "predecoder" | "wazuh" | "GeoLocation" | "observer"
        | "container" | "host" | "vulnerability" | "event" | "package" => true,
        "data" => OF_DATA.iter().any(|prefix| rest.starts_with(prefix)),
        _ => false,
    }
}

/// Fields whose name means something else elsewhere.
#[expect(
    clippy::match_same_arms,
    reason = "one line per family reads better than one per role"
)]
fn exact(path: &str) -> Option<Role> {
    use Kin::{Own, Parent};
    use Part::{Acting, Target};
    Some(match path {
        "data.office365.UserId" | "data.github.actor" | "data.user" | "data.azure.caller" | "data.identity" => {
            Role::User(Acting)
        }
        "data.smb.ntlmssp.user" => Role::User(Acting),
        "data.aws.userIdentity.arn" | "data.aws.userIdentity.type" => return None,
        "data.aws.service.action.dnsRequestAction.domain" => Role::Domain,
        "data.id.orig_h" => Role::Ip(Side::Source),
        "data.id.orig_p" => Role::Port(Side::Source),
        "data.id.resp_h" => Role::Ip(Side::Destination),
        "data.id.resp_p" => Role::Port(Side::Destination),
        "data.docker.Actor.ID" | "data.docker.id" => return None,
        "data.audit.exe" | "data.audit.process" => Role::Image(Own),
        "data.audit.command" | "data.command" | "data.osquery.columns.cmdline" => Role::CommandLine(Own),
        "data.audit.pid" | "data.pid" => Role::ProcessId(Own),
        "data.audit.file.name" | "data.audit.file" | "data.audit.directory.name" => Role::File,
        "data.audit.acct" => Role::User(Target),
        "data.audit.addr" => Role::Ip(Side::Source),
        "syscheck.audit.process.name" => Role::Image(Own),
        "syscheck.audit.process.id" => Role::ProcessId(Own),
        "syscheck.audit.process.parent_name" => Role::Image(Parent),
        "syscheck.audit.user.name" | "syscheck.audit.login_user.name" | "syscheck.audit.effective_user.name" => {
            Role::User(Acting)
        }
        "syscheck.path" => Role::File,
        "data.file" | "data.columns.path" | "data.virustotal.source.file" => Role::File,
        "data.http.url" | "data.url" => Role::Url,
        "data.http.hostname" | "data.tls.sni" | "data.dns.rrname" | "data.query" => Role::Domain,
        "data.win.eventdata.ipPort" => Role::Port(Side::Source),
        "data.win.eventdata.workstationName" | "data.win.eventdata.workstation" => Role::Host(Side::Source),
        "data.win.eventdata.application" => Role::Image(Own),
        "data.win.eventdata.direction" => return None,
        // Remote desktop puts its data elsewhere.
        "data.win.eventXML.user" => Role::User(Target),
        "data.win.eventXML.address" | "data.win.eventXML.param3" => Role::Ip(Side::Source),
        "process.executable" => Role::Image(Own),
        "process.name" => Role::Image(Own),
        "process.pid" => Role::ProcessId(Own),
        "process.parent.executable" | "process.parent.name" => Role::Image(Parent),
        "process.parent.command_line" => Role::CommandLine(Parent),
        "process.parent.pid" => Role::ProcessId(Parent),
        "Target.process.executable" | "Target.process.name" => Role::Image(Kin::Target),
        "user.name" | "source.user.name" | "client.user.name" | "process.user.name" | "user.effective.name" => {
            Role::User(Acting)
        }
        "user.domain" | "source.user.domain" | "client.user.domain" => Role::UserDomain(Acting),
        "user.target.name" | "destination.user.name" | "user.changes.name" => Role::User(Target),
        "user.target.domain" | "destination.user.domain" => Role::UserDomain(Target),
        // Other than the fields around them, these say which accounts and machines there are and not what they did.
        "related.user" | "related.hosts" => return None,
        "dns.question.name" | "url.domain" | "tls.client.server_name" => Role::Domain,
        "destination.domain" | "server.domain" => Role::Peer,
        "source.domain" | "client.domain" => Role::Host(Side::Source),
        "registry.data.strings" => Role::Script,
        "url.original" | "url.full" => Role::Url,
        "email.from.address" | "email.sender.address" => Role::Sender,
        "file.path" | "file.target_path" => Role::File,
        "registry.path" => Role::Registry,
        _ => return None,
    })
}

/// Fields whose name is clear wherever it stands; names without separators, in lower case.
fn by_name(key: &str, parent: &str) -> Option<Role> {
    use Kin::{Own, Parent, Target as Other};
    use Part::{Acting, Target};
    use Side::{Destination, Source};
    Some(match key {
        "srcuser" | "subjectusername" | "sourceuser" | "principalemail" | "initiatinguser" => Role::User(Acting),
        "user" | "detectionuser" if parent == "eventdata" => Role::User(Acting),
        "userprincipalname" if parent != "eventdata" => Role::User(Acting),
        // Who a call is about, not who made it; the session's issuer is a role and no user.
        "username" if parent == "requestparameters" => Role::User(Target),
        "username" if !matches!(parent, "eventdata" | "sessionissuer") => Role::User(Acting),
        "membername" | "targetusername" | "dstuser" | "targetuser" | "samaccountname" | "targetaccount" => {
            Role::User(Target)
        }
        "subjectdomainname" => Role::UserDomain(Acting),
        "targetdomainname" => Role::UserDomain(Target),
        "image" | "newprocessname" | "processname" | "sourceimage" | "exe" => Role::Image(Own),
        "parentimage" | "parentprocessname" => Role::Image(Parent),
        "targetimage" => Role::Image(Other),
        "commandline" | "processcommandline" | "cmdline" | "imagepath" | "servicefilename" => Role::CommandLine(Own),
        "parentcommandline" => Role::CommandLine(Parent),
        "processid" | "newprocessid" | "sourceprocessid" if parent == "eventdata" => Role::ProcessId(Own),
        "parentprocessid" => Role::ProcessId(Parent),
        "targetprocessid" => Role::ProcessId(Other),
        // What a script, a task, a registry value, a subscription or the mark of a download holds.
        "scriptblocktext" | "taskcontent" | "taskcontentnew" | "payload" | "contextinfo" | "details" | "contents"
        | "destination"
            if parent == "eventdata" =>
        {
            Role::Script
        }
        // The script that ran, or what Microsoft's virus scanner found.
        "path" if parent == "eventdata" => Role::File,
        "targetfilename" | "imageloaded" | "sourcefilename" | "filename" | "filepath" => Role::File,
        "targetobject" | "registrykey" => Role::Registry,
        // Of a cloud it is a name that was given to one's own service.
        "domainname" if parent == "requestparameters" => return None,
        // In what Microsoft has as evidence.
        "domainname" if matches!(parent, "useraccount" | "loggedonusers") => Role::UserDomain(Acting),
        "queryname" | "qname" | "rrname" | "sni" | "querydomain" | "domainname" => Role::Domain,
        "destinationhostname" | "desthostname" | "dsthostname" | "desthost" | "dsthost" | "dhost" => Role::Peer,
        "targetservername" => Role::Host(Destination),
        "sourcehostname" | "srchostname" | "srchost" | "remotehost" => Role::Host(Source),
        "data" if parent == "answers" => Role::Ip(Destination),
        // The last is what FortiGate translates a destination into; the source is `transip`.
        "queryresults" | "rdata" | "destips" | "dstips" | "tranip" | "locip" => Role::Ip(Destination),
        "url" | "requesturl" | "requesturi" | "uri" | "clickedurl" | "downloadurl" | "maliciousurl" | "threaturl"
        | "fileurl" => Role::Url,
        "sender"
        | "senderaddress"
        | "senderfromaddress"
        | "sendermailfromaddress"
        | "mailfrom"
        | "p1sender"
        | "p2sender"
        | "replyto"
        | "returnpath" => Role::Sender,
        "from" if matches!(parent, "smtp" | "email" | "mail") => Role::Sender,
        "emailaddress" if parent.contains("sender") => Role::Sender,
        "name" if parent == "file" => Role::File,
        // FortiGate's, of what it had looked at elsewhere.
        "analyticscksum" => Role::Hash,
        "rhost" | "remip" | "sourceips" | "srcips" | "clientips" | "xff" => Role::Ip(Source),
        "ipport" => Role::Port(Source),
        "ip" | "address" | "port" | "ipaddressv4" | "ipaddressv6" => {
            let side = side(parent);
            if key == "port" {
                Role::Port(side)
            } else {
                Role::Ip(side)
            }
        }
        _ => return None,
    })
}

/// Fields that are named after what is in them: `md5_after`, `clientIP`, `dest_port`.
fn by_parts(key: &str, parent: &str) -> Option<Role> {
    const NONE: [&str; 5] = ["version", "mask", "oid", "content", "cert"];
    // What Defender calls the last address of a machine is the organisation's own.
    let own = key.starts_with("last");
    let role = hash(key, parent).or_else(|| port(key)).or_else(|| ip(key, parent))?;
    let none = key.ends_with("before") || own || NONE.iter().any(|part| key.contains(part));
    (!none).then_some(role)
}

fn hash(key: &str, parent: &str) -> Option<Role> {
    let named = ["md5", "sha1", "sha256", "imphash"]
        .iter()
        .any(|name| key.contains(name));
    // A person, a picture of a container and a password have digests that are no hashes of files.
    let other = || key.contains("hash") && ["user", "image", "password"].iter().any(|whose| parent.contains(whose));
    ((named || matches!(key, "hash" | "hashes" | "filehash")) && !other()).then_some(Role::Hash)
}

fn port(key: &str) -> Option<Role> {
    if !key.ends_with("port") {
        return None;
    }
    match side(key) {
        Side::Unknown => None,
        side => Some(Role::Port(side)),
    }
}

fn ip(key: &str, parent: &str) -> Option<Role> {
    let named = key.ends_with("ip") || key.ends_with("addr") || key.contains("ipaddress") || key.ends_with("address");
    if !named {
        return None;
    }
    Some(Role::Ip(match side(key) {
        // Only a value that is an address counts, so an unclear name may be let through.
        Side::Unknown => side(parent),
        side => side,
    }))
}

fn side(name: &str) -> Side {
    const SOURCE: [&str; 10] = [
        "src",
        "source",
        "client",
        "caller",
        "remote",
        "actor",
        "attacker",
        "peer",
        "forwarded",
        "sender",
    ];
    // What is local to a machine that tells of a remote end.
    const DESTINATION: [&str; 6] = ["dst", "dest", "target", "server", "dns", "local"];
    if SOURCE.iter().any(|part| name.contains(part)) {
        Side::Source
    } else if DESTINATION.iter().any(|part| name.contains(part)) {
        Side::Destination
    } else if name == "ipaddress" {
        // Windows logons, Graph and most cloud logs mean the caller's.
        Side::Source
    } else {
        Side::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_has_one_role_in_every_family() {
        for path in [
            "data.srcip",
            "data.src_ip",
            "data.win.eventdata.sourceIp",
            "data.win.eventdata.ipAddress",
            "data.aws.sourceIPAddress",
            "data.office365.ClientIP",
            "data.office365.ActorIpAddress",
            "data.gcp.protoPayload.requestMetadata.callerIp",
            "data.ms-graph.ipAddress",
            "source.ip",
            "client.ip",
            "data.aws.srcaddr",
            "data.audit.addr",
            "data.aws.service.action.networkConnectionAction.remoteIpDetails.ipAddressV4",
            "data.parameters.alert.data.srcip",
            "data.parameters.alert.data.win.eventdata.ipAddress",
        ] {
            assert_eq!(role(path), Some(Role::Ip(Side::Source)), "{path}");
        }
        for path in [
            "data.dstip",
            "data.dest_ip",
            "data.win.eventdata.destinationIp",
            "destination.ip",
            "data.aws.dstaddr",
            "data.aws.service.action.networkConnectionAction.localIpDetails.ipAddressV4",
        ] {
            assert_eq!(role(path), Some(Role::Ip(Side::Destination)), "{path}");
        }
        for path in [
            "syscheck.md5_after",
            "data.win.eventdata.hashes",
            "data.virustotal.source.sha1",
            "file.hash.sha256",
        ] {
            assert_eq!(role(path), Some(Role::Hash), "{path}");
        }
    }

    #[test]
    fn elements_of_a_list_mean_what_the_list_means() {
        for (path, expected) in [
            ("dns.answers.0.data", Role::Ip(Side::Destination)),
            ("source.0.ip", Role::Ip(Side::Source)),
            ("data.attackers.12.ip", Role::Ip(Side::Source)),
            ("data.destination.0.1.port", Role::Port(Side::Destination)),
            ("data.files.0.sha256.1", Role::Hash),
        ] {
            assert_eq!(role(path), Some(expected), "{path}");
        }
        assert_eq!(role("data.users.0.hash"), None);
        assert!(is_of_a_source("data.source.0.name") && !is_of_a_source("data.source.name.x"));
    }

    #[test]
    fn only_hashes_of_handshakes_and_certificates_mean_nothing() {
        for path in ["data.tls.sni", "tls.client.server_name", "data.tls.ja3.sni"] {
            assert_eq!(role(path), Some(Role::Domain), "{path}");
        }
        for path in [
            "data.tls.ja3s.hash",
            "tls.client.hash.sha256",
            "tls.server.x509.sha1",
            "data.ja4.hash",
        ] {
            assert_eq!(role(path), None, "{path}");
        }
    }

    #[test]
    fn what_a_source_was_translated_into_is_told_from_the_ends_themselves() {
        for path in [
            "source.nat.ip",
            "source.nat.port",
            "data.source.0.nat.ip",
            "data.nat_source_ip",
            "data.natSrcPort",
            "source.nat_ip",
            "data.transip",
            "data.tran_src_ip",
            "data.translated_src_ip",
            "data.src_xlated_ip",
            "data.mapped-source-ip",
            "data.sourceTranslatedAddress",
            "data.SourceNATAddress",
            "data.tran_src_port",
        ] {
            assert!(is_translated_source(path), "{path}");
        }
        for path in [
            "source.ip",
            "destination.nat.ip",
            "destination.nat.port",
            "data.nat_dst_ip",
            "data.natDestPort",
            "data.tranip",
            "data.NATIP",
            "data.native_ip",
            "data.tran_dst_ip",
            "data.destinationTranslatedAddress",
            "data.translated_ip",
            "data.source_transaction_ip",
            "data.alternate_src_ip",
            "data.remappedSourceIp",
            "data.src_ip",
            "nat.ip",
            "nat",
        ] {
            assert!(!is_translated_source(path), "{path}");
        }
    }

    #[test]
    fn whom_a_proxy_stands_for_is_told_from_who_asked() {
        for path in ["data.xff", "data.http.xff.1", "data.forwarded_ip", "data.XForwardedIP"] {
            assert!(is_forwarded(path), "{path}");
        }
        for path in [
            "data.srcip",
            "data.forwarded",
            "data.forwarded_ip.port",
            "data.xff_count",
        ] {
            assert!(!is_forwarded(path), "{path}");
        }
        assert!(ends_with_the_source("data.sourceIPs.1") && !ends_with_the_source("data.srcips"));
    }

    #[test]
    fn a_name_means_the_same_when_it_is_asked_for_again_and_chosen_names_take_little_memory() {
        for n in 0..3 * MOST_KNOWN {
            for path in [
                format!("data.k{n}.srcip"),
                format!("data.k{n}.x{}", "x".repeat(n % 200)),
            ] {
                assert_eq!((role(&path), role(&path)), (meaning(&path), meaning(&path)));
            }
        }
        KNOWN.with_borrow(|known| {
            assert!(known.len() <= MOST_KNOWN && known.keys().all(|name| name.len() <= LONGEST_KNOWN));
        });
    }

    #[test]
    fn fields_about_ourselves_or_the_rule_have_no_role() {
        for path in [
            "agent.ip",
            "host.ip",
            "wazuh.agent.host.ip",
            "syscheck.md5_before",
            "data.vulnerability.reference",
            "data.tls.ja3.hash",
            "data.virustotal.permalink",
            "data.alert.metadata.",
            "data.aws.resource.instanceDetails.networkInterfaces.publicIp",
            "rule.description",
            "data.win.eventdata.fileVersion",
            "full_log",
            "data.win.system.message",
            "data.parameters.alert.agent.ip",
            "data.parameters.alert.rule.description",
            "data.parameters.alert.manager.ip",
            "data.parameters.alert.full_log",
        ] {
            assert_eq!(role(path), None, "{path}");
        }
    }
}
