//! Names of fields that stock decoders and rules fill. Others exist, of decoders of one's own.

use super::fields::ANCHORS;

/// Folders and what stands in each.
const KNOWN: &[(&str, &str)] = &[
    ("", "id timestamp full_log previous_output previous_log location"),
    (
        "rule",
        "level description firedtimes frequency mail info cve gpg13 gdpr hipaa nist_800_53 pci_dss tsc cis cis_csc_v7 cis_csc_v8 \
         iso_27001-2013 mitre_mitigations mitre_tactics mitre_techniques nist_sp_800-53 soc_2",
    ),
    ("rule.mitre", "id tactic technique"),
    ("manager", "name"),
    ("cluster", "name node"),
    ("agent", "labels group"),
    ("decoder", "parent ftscomment accumulate"),
    ("predecoder", "hostname program_name timestamp"),
    (
        "syscheck",
        "path event mode arch hard_links symbolic_path value_name value_type changed_attributes diff tags attrs_after attrs_before \
         size_after size_before perm_after perm_before win_perm_after win_perm_before uid_after uid_before gid_after gid_before \
         uname_after uname_before gname_after gname_before md5_after md5_before sha1_after sha1_before sha256_after sha256_before \
         mtime_after mtime_before inode_after inode_before",
    ),
    ("syscheck.audit.user", "id name"),
    ("syscheck.audit.group", "id name"),
    ("syscheck.audit.effective_user", "id name"),
    ("syscheck.audit.login_user", "id name"),
    ("syscheck.audit.process", "id name ppid cwd parent_name parent_cwd"),
    (
        "data",
        "srcip srcport srcuser dstip dstport dstuser url protocol action status id command file title uid gid pwd tty extra_data \
         system_name home shell user host port process program hostname domain method code size data type name version src_ip src_port dest_ip dest_port dst_ip dst_port proto app_proto event_type flow_id in_iface tx_id timestamp",
    ),
    (
        "data.audit",
        "command exe success type key id uid gid auid euid egid suid sgid fsuid fsgid pid ppid ses session syscall arch exit tty cwd a0 a1 \
         a2 a3 acct op res subj proctitle dev prom old_prom enforcing old_enforcing list srcip",
    ),
    ("data.audit.file", "name inode mode"),
    ("data.audit.directory", "name inode mode"),
    (
        "data.win.system",
        "eventID channel computer providerName providerGuid message severityValue processID threadID level task opcode version keywords \
         systemTime eventRecordID eventSourceName",
    ),
    (
        "data.win.eventdata",
        "image originalFileName commandLine parentImage parentCommandLine parentUser parentProcessGuid parentProcessId targetFilename \
         targetObject targetImage targetUser targetProcessId targetProcessGuid sourceImage sourceUser sourceProcessId sourceProcessGuid \
         sourceThreadId sourceIp sourcePort sourceHostname sourcePortName sourceIsIpv6 destinationIp destinationPort destinationHostname \
         destinationPortName destinationIsIpv6 imageLoaded imagePath user hashes hash ruleName utcTime processGuid processId processID processName \
         newProcessName newProcessId parentProcessName currentDirectory logonGuid logonId terminalSessionId integrityLevel company \
         description product fileVersion signature signatureStatus signed details eventType newName creationUtcTime \
         previousCreationUtcTime grantedAccess callTrace startAddress startFunction startModule newThreadId pipeName queryName \
         queryResults queryStatus device contents isExecutable archived configuration configurationFileHash state protocol initiated \
         operation eventNamespace name query type destination consumer filter clientInfo session ipAddress ipPort workstationName \
         workstation logonType logonProcessName authenticationPackageName lmPackageName keyLength status subStatus failureReason \
         transmittedServices elevatedToken virtualAccount restrictedAdminMode impersonationLevel targetUserName targetDomainName \
         targetUserSid targetSid targetLogonId targetLogonGuid targetLinkedLogonId targetServerName targetInfo \
         targetOutboundUserName targetOutboundDomainName subjectUserName subjectDomainName subjectUserSid subjectLogonId memberName \
         memberSid privilegeList samAccountName displayName userPrincipalName homeDirectory scriptPath profilePath userWorkstations \
         passwordLastSet accountExpires primaryGroupId allowedToDelegateTo oldUacValue newUacValue userAccountControl userParameters \
         sidHistory logonHours serviceName serviceSid serviceFileName serviceType serviceAccount startType accountName \
         ticketOptions ticketEncryptionType preAuthType certIssuerName certSerialNumber certThumbprint objectName objectServer objectType \
         objectValueName handleId accessList accessMask accessReason operationType properties additionalInfo objectDN objectGUID \
         objectClass attributeLDAPDisplayName attributeValue shareName shareLocalPath relativeTargetName taskName taskContent \
         taskContentNew scriptBlockText scriptBlockId path messageNumber messageTotal hostApplication hostName param application \
         direction sourceAddress destAddress destPort layerName layerRTID filterRTID remoteUserID remoteMachineID \
         mandatoryLabel tokenElevationType threatName severityName actionName categoryName processPath origin active profiles \
         modifyingUser modifyingApplication ruleId ruleAttr ruleStatus localAddresses remoteAddresses packageName service address",
    ),
    (
        "data.vulnerability",
        "cve severity title status type published updated reference rationale score enumeration assigner",
    ),
    (
        "data.vulnerability.package",
        "name version architecture condition source",
    ),
    (
        "data.sca",
        "type policy policy_id scan_id description file passed failed invalid score total_checks",
    ),
    (
        "data.sca.check",
        "id title result status reason description rationale remediation references command file process registry",
    ),
    (
        "data.aws",
        "eventName eventSource eventTime eventType eventID eventVersion eventCategory awsRegion sourceIPAddress source_ip_address userAgent \
         errorCode errorMessage requestID recipientAccountId readOnly managementEvent source severity type title description region \
         accountId account_id aws_account_id id action srcaddr dstaddr srcport dstport protocol interface_id log_status",
    ),
    (
        "data.aws.userIdentity",
        "arn userName type accountId accessKeyId principalId invokedBy",
    ),
    (
        "data.office365",
        "Operation UserId ClientIP ClientIPAddress Workload RecordType ResultStatus ObjectId UserType UserKey Id CreationTime Subscription \
         ActorIpAddress OrganizationId",
    ),
    (
        "data.virustotal",
        "found malicious positives total permalink scan_date sha1 description error",
    ),
    ("data.virustotal.source", "file md5 sha1 alert_id"),
    ("data.alert", "signature signature_id category severity action gid rev"),
    ("data.osquery", "name action pack calendarTime"),
    ("data.docker", "Action Actor Type from id status"),
    ("data.gcp", "insertId logName severity receiveTimestamp timestamp"),
    ("data.github", "action actor org repo"),
];

/// Folders whose names are the owner's or the event's own.
const OPEN: &[&str] = &["agent.labels", "GeoLocation", "data.audit.execve"];

/// What the common schema of Wazuh 5 begins its names with.
const SCHEMA: &[&str] = &[
    "@timestamp",
    "check",
    "client",
    "cloud",
    "container",
    "destination",
    "device",
    "dll",
    "dns",
    "ecs",
    "email",
    "error",
    "event",
    "file",
    "group",
    "host",
    "http",
    "input",
    "interface",
    "labels",
    "log",
    "message",
    "network",
    "observer",
    "orchestrator",
    "organization",
    "package",
    "policy",
    "process",
    "registry",
    "related",
    "server",
    "service",
    "source",
    "tags",
    "threat",
    "tls",
    "url",
    "user",
    "user_agent",
    "vulnerability",
    "wazuh",
];

/// Whether known fields stand below this one.
pub(super) fn is_above_others(path: &str) -> bool {
    let mut folders = KNOWN.iter().map(|(folder, _)| *folder).chain(OPEN.iter().copied());
    folders.any(|folder| is_at_or_below(folder, path))
        || ANCHORS
            .iter()
            .any(|anchor| *anchor != path && is_at_or_below(anchor, path))
}

/// The known field that was probably meant by a name which no stock decoder fills.
pub(super) fn nearest(path: &str) -> Option<String> {
    let first = path.split('.').next().unwrap_or_default();
    if known().any(|known| known == path)
        || SCHEMA.contains(&first)
        || OPEN.iter().any(|open| is_at_or_below(path, open))
    {
        return None;
    }
    // Below `data` anybody's decoder may fill anything; elsewhere Wazuh alone does.
    if first != "data" {
        let likeness = |known: &String| strsim::normalized_damerau_levenshtein(known, path);
        return known().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    }
    // Of names in one folder, which has most of a path in common, only these are compared.
    let (folder, name) = path.rsplit_once('.').unwrap_or(("", path));
    match KNOWN.iter().find(|(known, _)| *known == folder) {
        Some((_, names)) => slip(names.split(' '), name).map(|known| format!("{folder}.{known}")),
        None => known().find(|known| slip(std::iter::once(&**known), path).is_some()),
    }
}

/// The name that was meant by one which differs from it by a slip, and not by a number: `param1` is none for `param2`.
fn slip<'a>(names: impl Iterator<Item = &'a str>, written: &str) -> Option<&'a str> {
    let stem = |name: &str| name.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    let is_near = |known: &&str| {
        let most = match known.len().min(written.len()) {
            0..5 => 0,
            5..12 => 1,
            _ => 2,
        };
        known.eq_ignore_ascii_case(written)
            || (stem(known) != stem(written) && strsim::damerau_levenshtein(known, written) <= most)
    };
    names
        .filter(is_near)
        .min_by_key(|known| strsim::damerau_levenshtein(known, written))
}

fn known() -> impl Iterator<Item = String> {
    let below = |(folder, names): &(&str, &'static str)| {
        let folder = if folder.is_empty() {
            String::new()
        } else {
            format!("{folder}.")
        };
        names.split(' ').map(move |name| format!("{folder}{name}"))
    };
    ANCHORS
        .iter()
        .map(|anchor| (*anchor).to_owned())
        .chain(KNOWN.iter().flat_map(below))
}

/// Whether the first path is the second or stands below it.
fn is_at_or_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_field_is_told_from_one_of_a_decoder_of_ones_own() {
        for (misspelt, meant) in [
            ("rules.id", "rule.id"),
            ("agent.nmae", "agent.name"),
            ("data.win.eventdata.comandLine", "data.win.eventdata.commandLine"),
            ("data.win.eventdata.commandline", "data.win.eventdata.commandLine"),
            ("data.win.eventdatas.image", "data.win.eventdata.image"),
            ("data.srcIP", "data.srcip"),
            ("data.scrip", "data.srcip"),
            ("syscheck.pathh", "syscheck.path"),
        ] {
            assert_eq!(nearest(misspelt).as_deref(), Some(meant), "{misspelt}");
        }
        for fine in [
            "rule.id",
            "rule.info",
            "data.acme_proxy.verdict",
            "data.win.eventdata.image",
            "data.win.eventdata.sourcePort",
            "data.win.eventdata.sourceImage",
            "data.win.eventdata.targetImage",
            "data.win.eventdata.processName",
            "data.win.eventdata.parentProcessName",
            "data.win.eventdata.subjectUserSid",
            "data.win.eventdata.imagePath",
            "data.win.eventdata.param8",
            "data.win.eventdata.processID",
            "data.dst_ip",
            "data.audit.ppid",
            "data.audit.egid",
            "data.audit.exit",
            "data.audit.execve.a7",
            "syscheck.perm_after",
            "syscheck.win_perm_after",
            "syscheck.inode_before",
            "syscheck.diff",
            "syscheck.tags",
            "syscheck.audit.login_user.name",
            "GeoLocation.country_name",
            "previous_log",
            "agent.labels.env",
            "agent.labels.site.floor",
            "source.ip",
            "event.dataset",
            "process.command_line",
            "wazuh.agent.name",
            "@timestamp",
        ] {
            assert_eq!(nearest(fine), None, "{fine}");
        }
    }

    #[test]
    fn folders_are_told_from_fields() {
        for folder in [
            "rule",
            "data",
            "data.win",
            "data.win.eventdata",
            "agent",
            "syscheck.audit",
        ] {
            assert!(is_above_others(folder), "{folder}");
        }
        for field in ["rule.id", "full_log", "data.srcip", "dat"] {
            assert!(!is_above_others(field), "{field}");
        }
    }
}
