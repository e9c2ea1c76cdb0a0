//! What Linux writes down: its audit daemon, and who logs on.

use std::borrow::Cow;

use super::fields::Fields;
use crate::{Alert, log_line};

/// A record of Linux's audit daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Audit<'a> {
    /// Type of the record, such as `SYSCALL`, `USER_AUTH`.
    pub kind: Option<Cow<'a, str>>,
    /// Key of the audit rule that matched.
    pub key: Option<Cow<'a, str>>,
    /// Path of the program.
    pub exe: Option<Cow<'a, str>>,
    /// Name of the process.
    pub command: Option<Cow<'a, str>>,
    /// Arguments of the program, joined by blanks; the first is its name.
    pub arguments: Option<String>,
    /// Folder that the process works in.
    pub cwd: Option<Cow<'a, str>>,
    /// Files that the call named.
    pub files: Vec<Cow<'a, str>>,
    /// Number of the system call, on the machine's architecture.
    pub syscall: Option<u64>,
    /// Whether the call worked.
    pub success: Option<bool>,
    /// Process id.
    pub pid: Option<u64>,
    /// Process id of the parent.
    pub ppid: Option<u64>,
    /// Id of the account that logged on; 4294967295 is nobody.
    pub auid: Option<u64>,
    /// Id of the account.
    pub uid: Option<u64>,
    /// Id of the account whose rights count.
    pub euid: Option<u64>,
    /// Account that a record about accounts names.
    pub account: Option<Cow<'a, str>>,
    /// Address that a log-on came from.
    pub address: Option<Cow<'a, str>>,
    /// Terminal.
    pub tty: Option<Cow<'a, str>>,
}

/// SSH, PAM, sudo and su.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Login<'a> {
    /// Program that wrote the line, such as `sshd`.
    pub program: Option<Cow<'a, str>>,
    /// Machine that wrote the line, by its own name.
    pub host: Option<Cow<'a, str>>,
    /// Account that came in or acted; for a failed SSH log-on whoever was tried.
    pub user: Option<Cow<'a, str>>,
    /// Account that was used or become.
    pub target_user: Option<Cow<'a, str>>,
    /// Address that it came from; from the log line where no decoder named it.
    pub source_ip: Option<Cow<'a, str>>,
    /// Port that it came from.
    pub source_port: Option<u16>,
    /// Id of the account.
    pub uid: Option<Cow<'a, str>>,
    /// Terminal.
    pub tty: Option<Cow<'a, str>>,
    /// Folder that `sudo` ran in.
    pub pwd: Option<Cow<'a, str>>,
    /// What `sudo` ran.
    pub command: Option<Cow<'a, str>>,
}

pub(super) fn audit(alert: &Alert) -> Option<Audit<'_>> {
    let fields = Fields::below(alert, "data.audit")?;
    Some(Audit {
        kind: fields.text("type"),
        key: fields.text("key"),
        exe: fields.text("exe"),
        command: fields.text("command"),
        arguments: arguments(&fields),
        cwd: fields.text("cwd"),
        files: fields
            .first(&["file.name", "file", "directory.name"])
            .into_iter()
            .chain(fields.text("file2.name"))
            .collect(),
        syscall: fields.number("syscall"),
        success: fields.flag("success").or_else(|| fields.flag("res")),
        pid: fields.number("pid"),
        ppid: fields.number("ppid"),
        auid: fields.number("auid"),
        uid: fields.number("uid"),
        euid: fields.number("euid"),
        account: fields.text("acct"),
        address: fields.first(&["addr", "srcip"]),
        tty: fields.text("tty"),
    })
}

/// Gives the arguments of a program that the audit daemon saw start.
pub(crate) fn audit_arguments(alert: &Alert) -> Option<String> {
    arguments(&Fields::below(alert, "data.audit")?)
}

/// Joins `execve.a0`, `execve.a1`, … up to the first that is missing.
fn arguments(fields: &Fields<'_>) -> Option<String> {
    let each = (0..1_000).map_while(|index| fields.text(&format!("execve.a{index}")));
    let joined = each.collect::<Vec<_>>().join(" ");
    (!joined.is_empty()).then_some(joined)
}

pub(super) fn login(alert: &Alert) -> Option<Login<'_>> {
    let programs = [
        "sshd",
        "pam",
        "sudo",
        "su",
        "login",
        "unix_chkpwd",
        "useradd",
        "usermod",
        "passwd",
        "groupadd",
    ];
    let program = alert.text("predecoder.program_name");
    let named = [alert.decoder(), program.as_deref()];
    let grouped = || {
        ["sshd", "pam", "sudo", "su"]
            .iter()
            .any(|group| alert.rule().in_group(group))
    };
    if !named.into_iter().flatten().any(|name| programs.contains(&name)) && !grouped() {
        return None;
    }
    let line = log_line::source(alert);
    let data = Fields::below(alert, "data").unwrap_or_else(|| Fields::whole(alert));
    Some(Login {
        program: program.or_else(|| alert.text("decoder.name")),
        host: alert.text("predecoder.hostname"),
        user: data.text("srcuser"),
        target_user: data.text("dstuser").or_else(|| {
            let unnamed = data.text("srcuser").is_none();
            unnamed.then(|| log_line::account(alert)).flatten().map(Cow::Borrowed)
        }),
        source_ip: data
            .first(&["srcip", "rhost"])
            .or_else(|| line.map(|line| Cow::Borrowed(line.text))),
        source_port: data.port("srcport").or_else(|| line.and_then(|line| line.port)),
        uid: data.text("uid"),
        tty: data.text("tty"),
        pwd: data.text("pwd"),
        command: data.text("command"),
    })
}
