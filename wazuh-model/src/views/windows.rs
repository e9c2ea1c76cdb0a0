//! Windows event channels other than Sysmon's.

use std::borrow::Cow;

use super::fields::Fields;
use crate::{Alert, User, UserPart};

/// One event of a Windows channel.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Windows<'a> {
    /// Event id; it means nothing without the provider.
    pub id: u64,
    /// Channel, such as `Security`. The case varies.
    pub channel: Option<Cow<'a, str>>,
    /// Program that wrote the event.
    pub provider: Option<Cow<'a, str>>,
    /// Full name of the machine.
    pub computer: Option<Cow<'a, str>>,
    /// When it happened, by the machine's clock, in UTC.
    pub system_time: Option<Cow<'a, str>>,
    /// Number of the record in its log.
    pub record_id: Option<u64>,
    /// `AUDIT_SUCCESS`, `AUDIT_FAILURE`, `INFORMATION`, `WARNING`, `ERROR`.
    pub severity: Option<Cow<'a, str>>,
    /// The event as Windows words it, in the machine's language, in quotation marks. Says most of the event data again.
    pub message: Option<Cow<'a, str>>,
    /// What happened.
    pub event: WindowsEvent<'a>,
}

/// What happened on a Windows machine.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WindowsEvent<'a> {
    /// 4624, 4625, 4634, 4647, 4648, 4672: an account logged on or off, tried to, or got privileges.
    Logon(Logon<'a>),
    /// 4768-4771 (Kerberos), 4776 (NTLM): a domain controller checked an account.
    Credentials(Credentials<'a>),
    /// 4688: a process started.
    ProcessCreation(ProcessCreation<'a>),
    /// 4697 and 7045: a service was installed.
    Service(Service<'a>),
    /// 4698-4702: a scheduled task was made or changed.
    ScheduledTask(ScheduledTask<'a>),
    /// 4720-4726, 4738, 4740, 4767, 4781: an account was made, changed, locked or deleted.
    AccountChange(AccountChange<'a>),
    /// 4727-4735, 4737, 4754-4758: a group or its members changed.
    GroupChange(GroupChange<'a>),
    /// 1102 and 104: a log was cleared.
    LogCleared(LogCleared<'a>),
    /// 4103 and 4104: PowerShell ran a command or a script.
    PowerShell(PowerShell<'a>),
    /// Anything else: read `data.win.eventdata.*` through [`Alert::text`].
    Other,
}

/// An account, as Windows security events name it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Subject<'a> {
    /// Name; ends in `$` for a machine.
    pub name: Option<Cow<'a, str>>,
    /// Domain or machine.
    pub domain: Option<Cow<'a, str>>,
    /// Security id, such as `S-1-5-18` for the system itself.
    pub sid: Option<Cow<'a, str>>,
    /// Session of the log-on; `0x3e7` is the system's.
    pub logon_id: Option<u64>,
}

/// A log-on, a log-off, or a try.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Logon<'a> {
    /// Who asked for it: the system itself for most log-ons.
    pub subject: Subject<'a>,
    /// Who is logged on.
    pub target: Subject<'a>,
    /// 2 at the machine, 3 over the network, 4 batch, 5 service, 7 unlock, 8 network in clear text, 9 `runas /netonly`, 10 remote
    /// desktop, 11 cached.
    pub logon_type: Option<u64>,
    /// Address that it came from.
    pub ip: Option<Cow<'a, str>>,
    /// Port that it came from.
    pub port: Option<u16>,
    /// Name that the other machine gave itself: not to be trusted.
    pub workstation: Option<Cow<'a, str>>,
    /// `NTLM`, `Kerberos`, `Negotiate`.
    pub authentication_package: Option<Cow<'a, str>>,
    /// `NtLmSsp`, `User32`, `Advapi`, `seclogo`, …
    pub logon_process: Option<Cow<'a, str>>,
    /// Why it failed, as NTSTATUS: `0xc000006d` is a bad name or password.
    pub status: Option<u64>,
    /// Why exactly: `0xc0000064` no such user, `0xc000006a` bad password, `0xc0000234` locked, `0xc0000072` disabled.
    pub sub_status: Option<u64>,
    /// Why it failed, as a message number such as `%%2313`.
    pub failure_reason: Option<Cow<'a, str>>,
    /// Program that asked.
    pub process: Option<Cow<'a, str>>,
    /// Machine that the account is used on (4648).
    pub target_server: Option<Cow<'a, str>>,
    /// Privileges that the session has (4672), one a line.
    pub privileges: Option<Cow<'a, str>>,
    /// Whether the session runs with full administrator rights.
    pub elevated: Option<bool>,
}

/// A domain controller checked an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credentials<'a> {
    /// The account.
    pub target: Subject<'a>,
    /// Service that the ticket is for (4769).
    pub service: Option<Cow<'a, str>>,
    /// Address that asked.
    pub ip: Option<Cow<'a, str>>,
    /// Port that asked.
    pub port: Option<u16>,
    /// Machine that asked (4776).
    pub workstation: Option<Cow<'a, str>>,
    /// Result; 0 is success. Kerberos: `0x6` no such user, `0x12` disabled, `0x18` bad password. NTLM: as in [`Logon::sub_status`].
    pub status: Option<u64>,
    /// `0x11` and `0x12` are AES; `0x17` is RC4, which Kerberoasting asks for.
    pub ticket_encryption: Option<u64>,
    /// Options of the ticket, a bit mask.
    pub ticket_options: Option<u64>,
    /// Kind of pre-authentication (4768, 4771); 0 is none, which AS-REP roasting needs.
    pub pre_auth_type: Option<u64>,
}

/// A process started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProcessCreation<'a> {
    /// Who started it.
    pub subject: Subject<'a>,
    /// Whom it runs as, if that is somebody else.
    pub target: Subject<'a>,
    /// Path of the program.
    pub image: Option<Cow<'a, str>>,
    /// Process id.
    pub id: Option<u64>,
    /// Command line; absent unless a policy turns it on.
    pub command_line: Option<Cow<'a, str>>,
    /// Path of the program that started it.
    pub parent_image: Option<Cow<'a, str>>,
    /// Its process id.
    pub parent_id: Option<u64>,
    /// `%%1936` full, `%%1937` elevated, `%%1938` limited.
    pub token_elevation: Option<Cow<'a, str>>,
    /// Integrity level, as a security id.
    pub mandatory_label: Option<Cow<'a, str>>,
}

/// A service was installed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Service<'a> {
    /// Who installed it (4697).
    pub subject: Subject<'a>,
    /// Name.
    pub name: Option<Cow<'a, str>>,
    /// What it runs.
    pub command: Option<Cow<'a, str>>,
    /// `user mode service`, `kernel mode driver`; a number in 4697.
    pub service_type: Option<Cow<'a, str>>,
    /// `auto start`, `demand start`; a number in 4697.
    pub start_type: Option<Cow<'a, str>>,
    /// Account that it runs as.
    pub account: Option<Cow<'a, str>>,
}

/// A scheduled task was made or changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScheduledTask<'a> {
    /// Who did it.
    pub subject: Subject<'a>,
    /// Path and name.
    pub name: Option<Cow<'a, str>>,
    /// Definition, as XML.
    pub content: Option<Cow<'a, str>>,
}

/// An account was made, changed, locked or deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountChange<'a> {
    /// Who did it.
    pub subject: Subject<'a>,
    /// The account.
    pub target: Subject<'a>,
    /// Machine that the failed tries came from (4740).
    pub caller_computer: Option<Cow<'a, str>>,
    /// Name before (4781).
    pub old_name: Option<Cow<'a, str>>,
    /// Name after (4781).
    pub new_name: Option<Cow<'a, str>>,
    /// Account flags after, message numbers such as `%%2080`.
    pub user_account_control: Option<Cow<'a, str>>,
}

/// A group or its members changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupChange<'a> {
    /// Who did it.
    pub subject: Subject<'a>,
    /// The group.
    pub group: Subject<'a>,
    /// Who was added or removed, as a distinguished name; absent for local groups.
    pub member: Option<Cow<'a, str>>,
    /// Security id of who was added or removed.
    pub member_sid: Option<Cow<'a, str>>,
}

/// A log was cleared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogCleared<'a> {
    /// Who did it.
    pub subject: Subject<'a>,
    /// Log that was cleared (104); in 1102 it is `Security` and goes without saying.
    pub log: Option<Cow<'a, str>>,
}

/// PowerShell ran a command or a script.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PowerShell<'a> {
    /// Text of the script (4104), or this part of it.
    pub script: Option<Cow<'a, str>>,
    /// Id that all parts of a script share.
    pub script_block_id: Option<Cow<'a, str>>,
    /// Number of this part, from 1.
    pub part: Option<u64>,
    /// Number of parts.
    pub parts: Option<u64>,
    /// File that the script came from; absent for what was typed or decoded.
    pub path: Option<Cow<'a, str>>,
    /// Commands and parameters (4103).
    pub payload: Option<Cow<'a, str>>,
}

pub(super) fn read(alert: &Alert) -> Option<Windows<'_>> {
    let system = Fields::below(alert, "data.win.system")?;
    let id = system.number("eventID")?;
    let provider = system.text("providerName");
    let from = provider.as_deref().unwrap_or_default();
    let event = match Fields::below(alert, "data.win.eventdata") {
        _ if is_log_cleared(id, from) => WindowsEvent::LogCleared(log_cleared(alert)),
        Some(fields) => event(&fields, id, from),
        None => WindowsEvent::Other,
    };
    Some(Windows {
        id,
        channel: system.text("channel"),
        computer: system.text("computer"),
        system_time: system.text("systemTime"),
        record_id: system.number("eventRecordID"),
        severity: system.text("severityValue"),
        message: system.text("message"),
        event,
        provider,
    })
}

fn is_log_cleared(id: u64, provider: &str) -> bool {
    matches!(id, 1102 | 104) && provider.eq_ignore_ascii_case("Microsoft-Windows-Eventlog")
}

/// Clearing a log puts its data beside the event data; where Windows gave only words, who did it stands in the English ones.
fn log_cleared(alert: &Alert) -> LogCleared<'_> {
    let fields = Fields::below(alert, "data.win.logFileCleared").or_else(|| Fields::below(alert, "data.win.eventdata"));
    let mut cleared = fields.map_or_else(LogCleared::default, |fields| LogCleared {
        subject: subject(&fields),
        log: fields.text("channel"),
    });
    let message = alert.text_of("data.win.system.message").unwrap_or_default();
    let said = |label: &str| {
        let (_, after) = message.split_once(label)?;
        let word = after.split(['\r', '\n', '"']).next()?.trim();
        (!word.is_empty() && word != "-").then_some(Cow::Borrowed(word))
    };
    if cleared.subject.name.is_none() {
        cleared.subject.name = said("Account Name:");
        cleared.subject.domain = said("Domain Name:");
        cleared.subject.sid = said("Security ID:");
    }
    if cleared.log.is_none() {
        let named = said("The ").and_then(|rest| match rest {
            Cow::Borrowed(rest) => rest.strip_suffix(" log file was cleared."),
            Cow::Owned(_) => None,
        });
        cleared.log = named.map(Cow::Borrowed);
    }
    cleared
}

/// Gives who cleared a log, if only its words say so.
pub(crate) fn log_cleared_by(alert: &Alert) -> Option<User<'_>> {
    let system = Fields::below(alert, "data.win.system")?;
    if !is_log_cleared(system.number("eventID")?, &system.text("providerName")?) {
        return None;
    }
    let subject = log_cleared(alert).subject;
    Some(User {
        name: subject.name?,
        domain: subject.domain,
        part: UserPart::Acting,
        is_local: false,
    })
}

fn event<'a>(fields: &Fields<'a>, id: u64, provider: &str) -> WindowsEvent<'a> {
    if provider.eq_ignore_ascii_case("Service Control Manager") && id == 7045 {
        return WindowsEvent::Service(service(fields));
    }
    if provider.contains("PowerShell") && matches!(id, 4103 | 4104) {
        return WindowsEvent::PowerShell(PowerShell {
            script: fields.text("scriptBlockText"),
            script_block_id: fields.text("scriptBlockId"),
            part: fields.number("messageNumber"),
            parts: fields.number("messageTotal"),
            path: fields.text("path"),
            payload: fields.text("payload"),
        });
    }
    // The rest are events of the security channel, whose numbers no other provider has.
    match id {
        4624 | 4625 | 4634 | 4647 | 4648 | 4672 => WindowsEvent::Logon(logon(fields)),
        4768..=4771 | 4776 => WindowsEvent::Credentials(credentials(fields)),
        4688 => WindowsEvent::ProcessCreation(process_creation(fields)),
        4697 => WindowsEvent::Service(service(fields)),
        4698..=4702 => WindowsEvent::ScheduledTask(ScheduledTask {
            subject: subject(fields),
            name: fields.text("taskName"),
            content: fields.first(&["taskContent", "taskContentNew"]),
        }),
        4720 | 4722..=4726 | 4738 | 4740 | 4767 | 4781 => WindowsEvent::AccountChange(account_change(fields, id)),
        4727..=4735 | 4737 | 4754..=4758 => WindowsEvent::GroupChange(GroupChange {
            subject: subject(fields),
            group: target(fields),
            member: fields.text("memberName"),
            member_sid: fields.text("memberSid"),
        }),
        _ => WindowsEvent::Other,
    }
}

fn subject<'a>(fields: &Fields<'a>) -> Subject<'a> {
    Subject {
        name: fields.text("subjectUserName"),
        domain: fields.text("subjectDomainName"),
        sid: fields.text("subjectUserSid"),
        logon_id: fields.number("subjectLogonId"),
    }
}

fn target<'a>(fields: &Fields<'a>) -> Subject<'a> {
    Subject {
        name: fields.text("targetUserName"),
        domain: fields.text("targetDomainName"),
        sid: fields.first(&["targetUserSid", "targetSid"]),
        logon_id: fields.number("targetLogonId"),
    }
}

fn logon<'a>(fields: &Fields<'a>) -> Logon<'a> {
    Logon {
        subject: subject(fields),
        target: target(fields),
        logon_type: fields.number("logonType"),
        ip: fields.text("ipAddress"),
        port: fields.port("ipPort"),
        workstation: fields.text("workstationName"),
        authentication_package: fields.text("authenticationPackageName"),
        logon_process: fields.text("logonProcessName"),
        status: fields.number("status"),
        sub_status: fields.number("subStatus"),
        failure_reason: fields.text("failureReason"),
        process: fields.text("processName"),
        target_server: fields.text("targetServerName"),
        privileges: fields.text("privilegeList"),
        elevated: fields.flag("elevatedToken"),
    }
}

fn credentials<'a>(fields: &Fields<'a>) -> Credentials<'a> {
    Credentials {
        target: target(fields),
        service: fields.text("serviceName"),
        ip: fields.text("ipAddress"),
        port: fields.port("ipPort"),
        workstation: fields.text("workstation"),
        status: fields.number("status"),
        ticket_encryption: fields.number("ticketEncryptionType"),
        ticket_options: fields.number("ticketOptions"),
        pre_auth_type: fields.number("preAuthType"),
    }
}

fn process_creation<'a>(fields: &Fields<'a>) -> ProcessCreation<'a> {
    ProcessCreation {
        subject: subject(fields),
        target: target(fields),
        image: fields.text("newProcessName"),
        id: fields.number("newProcessId"),
        command_line: fields.text("commandLine"),
        parent_image: fields.text("parentProcessName"),
        parent_id: fields.number("processId"),
        token_elevation: fields.text("tokenElevationType"),
        mandatory_label: fields.text("mandatoryLabel"),
    }
}

fn service<'a>(fields: &Fields<'a>) -> Service<'a> {
    Service {
        subject: subject(fields),
        name: fields.text("serviceName"),
        command: fields.first(&["imagePath", "serviceFileName"]),
        service_type: fields.text("serviceType"),
        start_type: fields.first(&["startType", "serviceStartType"]),
        account: fields.first(&["accountName", "serviceAccount"]),
    }
}

fn account_change<'a>(fields: &Fields<'a>, id: u64) -> AccountChange<'a> {
    let mut target = target(fields);
    // In 4740 the field for the domain holds the machine that the tries came from.
    let caller_computer = if id == 4740 { target.domain.take() } else { None };
    AccountChange {
        subject: subject(fields),
        target,
        caller_computer,
        old_name: fields.text("oldTargetUserName"),
        new_name: fields.text("newTargetUserName"),
        user_account_control: fields.text("userAccountControl"),
    }
}
