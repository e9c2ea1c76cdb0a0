//! File integrity monitoring.

use std::borrow::Cow;

use super::fields::Fields;
use crate::Alert;

/// A file or a registry entry that changed. Times are the manager's local time without a zone, as `2026-01-20T13:26:18`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fim<'a> {
    /// Path of the file, or key of the registry (`HKEY_…`).
    pub path: Option<Cow<'a, str>>,
    /// `added`, `modified`, `deleted`.
    pub event: Option<Cow<'a, str>>,
    /// How it was noticed: `scheduled`, `realtime`, `whodata`.
    pub mode: Option<Cow<'a, str>>,
    /// Registry: `[x32]` or `[x64]`.
    pub arch: Option<Cow<'a, str>>,
    /// Registry: name of the value.
    pub value_name: Option<Cow<'a, str>>,
    /// Registry: type of the value, such as `REG_SZ`.
    pub value_type: Option<Cow<'a, str>>,
    /// Names of the attributes that changed.
    pub changed: Vec<Cow<'a, str>>,
    /// Difference of the contents, if it was asked for. May hold secrets.
    pub diff: Option<Cow<'a, str>>,
    /// Tags of the monitored folder.
    pub tags: Vec<Cow<'a, str>>,
    /// Other names of the same file.
    pub hard_links: Vec<Cow<'a, str>>,
    /// Attributes before; only those that changed.
    pub before: Attributes<'a>,
    /// Attributes after; of a deleted file the last known ones.
    pub after: Attributes<'a>,
    /// Who did it; only in mode `whodata`.
    pub who: Option<Whodata<'a>>,
}

/// Attributes of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attributes<'a> {
    /// Size in bytes.
    pub size: Option<u64>,
    /// Permissions: `rw-r--r--`, or an access list on Windows.
    pub perm: Option<Cow<'a, str>>,
    /// Id of the owner: a number, or a security id.
    pub uid: Option<Cow<'a, str>>,
    /// Id of the group.
    pub gid: Option<Cow<'a, str>>,
    /// Name of the owner.
    pub uname: Option<Cow<'a, str>>,
    /// Name of the group.
    pub gname: Option<Cow<'a, str>>,
    /// When the contents changed.
    pub mtime: Option<Cow<'a, str>>,
    /// Inode; wrong beyond 32 bits, Wazuh cuts it.
    pub inode: Option<Cow<'a, str>>,
    /// MD5.
    pub md5: Option<Cow<'a, str>>,
    /// SHA-1.
    pub sha1: Option<Cow<'a, str>>,
    /// SHA-256.
    pub sha256: Option<Cow<'a, str>>,
    /// Windows attributes, such as `HIDDEN`.
    pub attributes: Vec<Cow<'a, str>>,
}

/// Who changed a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Whodata<'a> {
    /// Account that the process runs as.
    pub user: Option<Cow<'a, str>>,
    /// Account that logged on, before `su` or `sudo`.
    pub login_user: Option<Cow<'a, str>>,
    /// Account whose rights the process has.
    pub effective_user: Option<Cow<'a, str>>,
    /// Group of the process.
    pub group: Option<Cow<'a, str>>,
    /// Path of the program.
    pub process: Option<Cow<'a, str>>,
    /// Process id.
    pub process_id: Option<u64>,
    /// Folder that the process works in.
    pub cwd: Option<Cow<'a, str>>,
    /// Path of the program that started it.
    pub parent: Option<Cow<'a, str>>,
    /// Process id of the program that started it.
    pub parent_id: Option<u64>,
}

impl Fim<'_> {
    /// Says whether it is a registry entry.
    pub fn is_registry(&self) -> bool {
        self.path.as_deref().is_some_and(|path| path.starts_with("HKEY_"))
    }
}

pub(super) fn read(alert: &Alert) -> Option<Fim<'_>> {
    let fields = Fields::below(alert, "syscheck")?;
    Some(Fim {
        path: fields.text("path"),
        event: fields.text("event"),
        mode: fields.text("mode"),
        arch: fields.text("arch"),
        value_name: fields.text("value_name"),
        value_type: fields.text("value_type"),
        changed: fields.list("changed_attributes"),
        diff: fields.text("diff"),
        tags: fields.list("tags"),
        hard_links: fields.list("hard_links"),
        before: attributes(&fields, "before"),
        after: attributes(&fields, "after"),
        who: Fields::below(alert, "syscheck.audit").map(|audit| whodata(&audit)),
    })
}

fn attributes<'a>(fields: &Fields<'a>, when: &str) -> Attributes<'a> {
    let name = |attribute: &str| format!("{attribute}_{when}");
    let text = |attribute: &str| fields.text(&name(attribute));
    Attributes {
        size: fields.number(&name("size")),
        perm: text("perm"),
        uid: text("uid"),
        gid: text("gid"),
        uname: text("uname"),
        gname: text("gname"),
        mtime: text("mtime"),
        inode: text("inode"),
        md5: text("md5"),
        sha1: text("sha1"),
        sha256: text("sha256"),
        attributes: fields.list(&name("attrs")),
    }
}

fn whodata<'a>(audit: &Fields<'a>) -> Whodata<'a> {
    Whodata {
        user: audit.text("user.name"),
        login_user: audit.text("login_user.name"),
        effective_user: audit.text("effective_user.name"),
        group: audit.text("group.name"),
        process: audit.text("process.name"),
        process_id: audit.number("process.id"),
        cwd: audit.text("process.cwd"),
        parent: audit.text("process.parent_name"),
        parent_id: audit.number("process.ppid"),
    }
}
