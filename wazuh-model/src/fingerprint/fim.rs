//! What became of a file or an entry of the registry.

use sha2::{Digest, Sha256};

use super::news::{News, hash};
use super::values;
use crate::{Alert, path};

/// What a change has made of it: rights, owner, contents, and which of its attributes are others. Each is told with the name of the
/// file, else what one had would be no news of another.
pub(super) fn state(alert: &Alert, name: Option<&str>) -> News {
    const OF_A_FILE: [(&str, [&str; 4]); 6] = [
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
    news.extend(CONTENTS.iter().find_map(text).map(|contents| ("contents", contents)));
    // It may hold a secret.
    news.extend(text(&"syscheck.diff").map(|lines| ("difference", hash([lines.as_str()].into_iter()))));
    let name = name.unwrap_or_default();
    news.into_iter()
        .map(|(kind, value)| (kind, format!("{name}: {value}")))
        .collect()
}
