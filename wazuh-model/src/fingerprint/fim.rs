//! What became of a file or an entry of the registry.

use sha2::{Digest, Sha256};

use super::news::{News, hash};
use super::values;
use crate::{Alert, path};

/// Ends of names of what runs or is loaded, or shown by a web server that may run it.
pub(super) const PROGRAMS: [&str; 33] = [
    "sh", "bash", "zsh", "bashrc", "profile", "py", "pl", "rb", "php", "phtml", "jsp", "jspx", "asp", "aspx", "ashx",
    "cgi", "js", "jar", "war", "so", "ko", "exe", "dll", "sys", "scr", "ps1", "psm1", "bat", "cmd", "vbs", "hta",
    "lnk", "htaccess",
];

/// What happened to it, and what that has made of it: rights, owner, contents, and which of its attributes are others. Each is told with the name of the
/// file, else what one had would be no news of another.
pub(super) fn state(alert: &Alert, name: Option<&str>) -> News {
    const OF_A_FILE: [(&str, [&str; 4]); 7] = [
        // What it was when it was deleted stands in the same fields as what it was changed to.
        ("event", ["syscheck.event", "event.action", "event.type", ""]),
        (
            "permissions",
            ["syscheck.perm_after", "file.mode", "file.permissions", ""],
        ),
        ("attributes", ["syscheck.attrs_after", "file.attributes", "", ""]),
        (
            "owner",
            ["syscheck.uname_after", "syscheck.uid_after", "file.owner", "file.uid"],
        ),
        (
            "group",
            ["syscheck.gname_after", "syscheck.gid_after", "file.group", "file.gid"],
        ),
        ("type", ["syscheck.value_type", "registry.data.type", "", ""]),
        ("changed", ["syscheck.changed_attributes", "", "", ""]),
    ];
    // The first says most.
    const CONTENTS: [&str; 6] = [
        "syscheck.sha256_after",
        "syscheck.sha1_after",
        "syscheck.md5_after",
        "file.hash.sha256",
        "file.hash.sha1",
        "file.hash.md5",
    ];
    let text = |path: &&str| {
        let text = (!path.is_empty()).then(|| alert.text(path)).flatten()?;
        (!text.is_empty()).then(|| text.into_owned())
    };
    let mut news: News = OF_A_FILE
        .iter()
        .filter_map(|(kind, paths)| {
            let mut texts: Vec<_> = paths.iter().filter_map(text).collect();
            // A list, of which nothing says that it comes in the same order again.
            if *kind == "changed" {
                texts = texts
                    .iter()
                    .flat_map(|list| list.split(", "))
                    .map(str::to_owned)
                    .collect();
                texts.sort_unstable();
            }
            (!texts.is_empty()).then(|| (*kind, texts.join(" ")))
        })
        .collect();
    if let Some(list) = alert.get("syscheck.win_perm_after") {
        let mut rights = Sha256::new();
        path::visit(list, &mut |path, leaf| {
            if let Some(text) = leaf.text(path) {
                values::add(&mut rights, &format!("{path}={text}"));
            }
        });
        news.push(("permissions", hex::encode(&rights.finalize()[..4])));
    }
    if !is_written_often(alert) {
        news.extend(CONTENTS.iter().find_map(text).map(|contents| ("contents", contents)));
        // It may hold a secret.
        news.extend(text(&"syscheck.diff").map(|lines| ("difference", hash([lines.as_str()].into_iter()))));
    }
    let name = name.unwrap_or_default();
    news.into_iter()
        .map(|(kind, value)| (kind, format!("{name}: {value}")))
        .collect()
}

/// Whether programs may write there all day: then other contents are the same over again. Not so what the system or a program is made
/// of, who may log on, and what runs or is loaded.
fn is_written_often(alert: &Alert) -> bool {
    const SYSTEM: [&str; 14] = [
        "/etc/",
        "/bin/",
        "/sbin/",
        "/lib/",
        "/lib64/",
        "/usr/",
        "/boot/",
        "/root/",
        "/opt/",
        "/system/",
        "/library/",
        "c:\\windows\\",
        "c:\\program files",
        "c:\\programdata\\microsoft\\windows\\start menu\\",
    ];
    const WITHIN: [&str; 9] = [
        "/.ssh/",
        "\\.ssh\\",
        "/cron",
        "/systemd/",
        "\\startup\\",
        "\\tasks\\",
        "/www/",
        "/htdocs/",
        "\\wwwroot\\",
    ];
    const LOGS: [&str; 4] = ["log", "tmp", "cache", "pid"];
    let Some(path) = alert.text("syscheck.path").or_else(|| alert.text("file.path")) else {
        return false;
    };
    let path = path.to_lowercase();
    if path.starts_with("hkey_") {
        // Texts name programs and places, numbers and bytes count and remember.
        let kind = alert
            .text("syscheck.value_type")
            .or_else(|| alert.text("registry.data.type"));
        return kind.is_some_and(|kind| !kind.to_ascii_uppercase().contains("SZ"));
    }
    let file = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let ends_in = |names: &[&str]| file.rsplit_once('.').is_some_and(|(_, end)| names.contains(&end));
    let of_the_system = SYSTEM.iter().any(|start| path.starts_with(start)) && !ends_in(&LOGS);
    !(of_the_system || WITHIN.iter().any(|folder| path.contains(folder)) || ends_in(&PROGRAMS))
}
