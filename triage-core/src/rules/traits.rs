//! What is worked out about a value from where it stands: `src:public`, `user:service`.

use std::{net::IpAddr, sync::LazyLock};

use regex::Regex;

use super::line;
use crate::safe::{is_internal, regex};

/// A name of the harmless file by which scanners are tested, from its first letter on.
static TEST_FILE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(\{hex\})?((virus|win|dos|osx|unix|linux|file|test|malware|not-a-virus|os|multi|any|susp|win32|text)[:/._-]+)*eicar([-_. (/:][-_. ()/:a-z0-9]*)?$",
    )
});

/// The last word of a line of `ClamAV`, which says what was found: `/a/file: Name FOUND`.
static CLAM_FOUND: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"^(?:clamd(?:scan)?:|[a-z]{3} [a-z]{3} [ 0-9][0-9] [0-9:]{8} [0-9]{4} ->) .*: (\S*) found *$")
});

/// Fields in which scanners name what they found; nobody but their makers chooses such a name.
const NAME_OF_THREAT: [&str; 16] = [
    "data.win.eventdata.threat_name",
    "data.win.eventdata.threatname",
    "data.extra_data",
    "data.threat_name",
    "data.threatname",
    "data.threat",
    "data.threat.name",
    "data.virus",
    "data.virus_name",
    "data.virusname",
    "data.malware",
    "data.malware_name",
    "data.signature",
    "data.detection_name",
    "data.yara_rule",
    "data.yara.rule",
];

/// What nobody can give another file.
const TEST_FILE_HASHES: [&str; 3] = [
    "44d88612fea8a8f36de82e1278abb02f",
    "3395856ce81f2b7382dee72602f798b642f14140",
    "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f",
];

/// Gives every trait of a field, and whether it may speak for an alert.
pub(super) fn traits(path: &str, last: &str, value: &str) -> Vec<(String, bool)> {
    let mut traits = Vec::new();
    // An application may write a name of its users under any name of its own; products write theirs into a folder of their own.
    let own_folder = path.matches('.').count() >= 2;
    let is_source = matches!(
        last,
        "srcip"
            | "src_ip"
            | "ipaddress"
            | "sourceipaddress"
            | "source_ip_address"
            | "clientip"
            | "actoripaddress"
            | "remoteip"
            | "srcaddr"
            | "ipaddressv4"
            | "callerip"
            | "client_ip"
            | "source_ip"
            | "sourceaddress"
            | "calleripaddress"
            | "invokedby"
            | "sourceips"
            | "source_address"
            | "srcaddress"
            | "remip"
            | "remote_ip"
            | "remote_addr"
            | "rhost"
    );
    // A list of them is one fact.
    for reach in value.split(", ").filter(|_| is_source).filter_map(reach) {
        traits.push((
            format!("src:{reach}"),
            if reach == "cloud" {
                path.starts_with("data.aws.")
            } else {
                own_folder || matches!(path, "data.srcip" | "data.src_ip")
            },
        ));
    }
    let is_destination = matches!(last, "dstip" | "dest_ip" | "destinationip" | "dst_ip");
    if is_destination && let Some(reach) = reach(value) {
        traits.push((format!("dst:{reach}"), true));
    }
    if is_user(path, last) {
        let sure = own_folder || matches!(path, "data.srcuser" | "data.dstuser");
        let is_actor = !last.starts_with("target") && !matches!(last, "dstuser" | "samaccountname" | "membername");
        let name = value.rsplit(['\\', '/']).next().unwrap_or(value);
        for kind in account_kinds(value, name) {
            traits.push((format!("user:{kind}"), sure));
            if is_actor {
                traits.push((format!("actor:{kind}"), sure));
            }
        }
    }
    // Numbers that Debian and Red Hat give to the accounts of web servers.
    if path.ends_with("audit.uid") && matches!(value, "33" | "48") {
        traits.push(("user:web".to_owned(), true));
        traits.push(("actor:web".to_owned(), true));
    }
    if last == "level" || last == "severity" {
        traits.push((format!("{last}:{value}"), false));
    }
    if is_test_file(path, value) {
        traits.push(("threat:test".to_owned(), true));
    }
    traits
}

fn is_test_file(path: &str, value: &str) -> bool {
    let found = if path == "full_log" {
        let line = line::by_program(value).unwrap_or_else(|| value.to_owned());
        let name = CLAM_FOUND.captures(&line).and_then(|found| found.get(1));
        return name.is_some_and(|name| TEST_FILE.is_match(name.as_str()));
    } else if path.starts_with("data.virustotal.") || path.starts_with("syscheck.") {
        return TEST_FILE_HASHES.contains(&value.trim());
    } else if NAME_OF_THREAT.contains(&path) {
        value.trim()
    } else {
        return false;
    };
    TEST_FILE.is_match(found)
}

pub(super) fn is_user(path: &str, last: &str) -> bool {
    matches!(
        last,
        "user"
            | "username"
            | "srcuser"
            | "dstuser"
            | "subjectusername"
            | "targetusername"
            | "samaccountname"
            | "userid"
            | "uname_after"
            | "sourceuser"
            | "accountname"
            | "membername"
            | "parentuser"
            | "principalid"
            | "actor"
    ) || path.ends_with("user.name")
        || path.ends_with("azure.identity")
        || path.ends_with("useridentity.arn")
        || path.ends_with("useridentity.type")
        || path.ends_with("useridentity.username")
}

/// What a name says about an account. Weak knowledge: whoever makes accounts chooses names.
fn account_kinds(full: &str, name: &str) -> Vec<&'static str> {
    let mut kinds = Vec::new();
    let starts = |heads: &[&str]| heads.iter().any(|head| name.starts_with(head));
    if matches!(
        name,
        "www-data"
            | "apache"
            | "nginx"
            | "httpd"
            | "tomcat"
            | "http"
            | "nobody"
            | "php-fpm"
            | "iusr"
            | "defaultapppool"
    ) || full.contains("apppool")
        || full.contains("inetpub")
    {
        kinds.push("web");
    }
    if starts(&["mysql", "postgres", "mssql", "redis", "oracle", "mongodb"]) || full.contains("nt service\\mssql") {
        kinds.push("database");
    }
    if matches!(name, "system" | "local service" | "network service" | "localsystem") || full.contains("s-1-5-18") {
        kinds.push("system");
    }
    if matches!(name, "root" | "administrator" | "admin") || full.ends_with(":root") {
        kinds.push("root");
    }
    if name.ends_with('$') {
        kinds.push("machine");
    }
    if starts(&["svc-", "svc_", "svc.", "sa-", "service-", "srv-"]) || name.ends_with("-svc") {
        kinds.push("service");
    }
    let serves = starts(&["svc", "sa-", "sa_", "srv"]);
    let keeps = [
        "hr", "sync", "idm", "iam", "prov", "join", "onboard", "adconn", "aad", "ident",
    ];
    if serves && keeps.iter().any(|word| name.contains(word)) {
        kinds.push("keeper");
    }
    if starts(&[
        "adm.",
        "adm-",
        "adm_",
        "a-",
        "helpdesk",
        "hd-",
        "hd.",
        "hd_",
        "support",
        "it-",
        "itadmin",
        "ops",
        "sysadmin",
        "servicedesk",
    ]) || ["-adm", ".adm"].iter().any(|tail| name.ends_with(tail))
    {
        kinds.push("staff");
    }
    kinds
}

fn reach(value: &str) -> Option<&'static str> {
    let address = value
        .trim()
        .trim_start_matches("::ffff:")
        .split('%')
        .next()
        .unwrap_or(value);
    if address.ends_with(".amazonaws.com") || address == "aws internal" {
        return Some("cloud");
    }
    match address.parse::<IpAddr>().ok()? {
        IpAddr::V4(address) if address.is_loopback() => Some("loopback"),
        IpAddr::V4(address) if is_internal(address) => Some("internal"),
        IpAddr::V6(address) if address.is_loopback() => Some("loopback"),
        IpAddr::V6(address) if address.is_unique_local() || address.is_unicast_link_local() => Some("internal"),
        _ => Some("public"),
    }
}
