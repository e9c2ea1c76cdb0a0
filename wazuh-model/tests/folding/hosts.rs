//! What programs did on a host: as whom, from where, under which names.

use serde_json::{Value, json};

use super::{assert_differ, assert_fold, decoded, event, field, of, pair, sysmon};

#[track_caller]
fn assert_news(alert: &Value, pointer: &str, one: &str, other: &str) {
    assert_differ(alert, pointer, one, other);
    let [one, other] = pair(alert, pointer, [json!(one), json!(other)]);
    assert_eq!(of(&one).key, of(&other).key, "many are bounded in one window");
}

#[test]
fn another_person_rule_or_call_that_the_audit_daemon_saw_is_news() {
    let opened = decoded(
        "auditd",
        json!({"audit": {"type": "SYSCALL", "id": "400", "syscall": "257", "success": "yes", "ppid": "1", "pid": "2", "auid": "1000", "uid": "1000",
            "euid": "1000", "gid": "1000", "egid": "1000", "ses": "3", "tty": "pts0", "command": "cat", "exe": "/usr/bin/cat", "key": "shadow",
            "cwd": "/root", "file": {"name": "/etc/shadow"}}}),
    );
    for (name, one, other) in [
        ("uid", "1000", "1001"),
        ("auid", "1000", "1001"),
        ("euid", "1000", "0"),
        ("egid", "1000", "42"),
        ("key", "shadow", "passwords"),
        ("syscall", "257", "263"),
    ] {
        assert_news(&opened, &format!("/data/audit/{name}"), one, other);
    }
    for (name, one, other) in [
        ("pid", "2", "3"),
        ("ses", "3", "4"),
        ("id", "400", "401"),
        ("tty", "pts0", "pts1"),
        ("cwd", "/root", "/home/bob"),
        ("auid", "1000", "4294967295"),
    ] {
        assert_fold(&opened, &format!("/data/audit/{name}"), one, other);
    }
}

#[test]
fn a_command_that_is_seen_from_another_folder_is_news() {
    let run = decoded(
        "auditd",
        json!({"audit": {"exe": "/usr/bin/bash", "cwd": "/home/bob", "execve": {"a0": "bash", "a1": "./x"}}}),
    );
    assert_news(&run, "/data/audit/cwd", "/home/bob", "/srv/evil");
    let sudo = decoded(
        "sudo",
        json!({"srcuser": "bob", "dstuser": "root", "tty": "pts/0", "pwd": "/home/bob", "command": "./run.sh"}),
    );
    assert_news(&sudo, "/data/pwd", "/home/bob", "/tmp/evil");
    assert_news(&sudo, "/data/pwd", "/tmp/good", "/tmp/evil");
    assert_fold(&sudo, "/data/pwd", "/tmp/tmp.aBcDeFgHiJ", "/tmp/tmp.kLmNoPqRsT");
    let absolute = decoded(
        "sudo",
        json!({"srcuser": "bob", "pwd": "/home/bob", "command": "/usr/bin/id"}),
    );
    assert_fold(&absolute, "/data/pwd", "/home/bob", "/srv");
    let batch = sysmon(
        1,
        json!({"image": r"C:\\Windows\\System32\\cmd.exe", "commandLine": "cmd /c run.bat", "currentDirectory": r"C:\\a\\"}),
    );
    assert_news(&batch, &field("currentDirectory"), r"C:\\a\\", r"C:\\b\\");
}

#[test]
fn a_name_that_somebody_chose_for_a_temporary_file_is_news() {
    let sudo = decoded("sudo", json!({"srcuser": "bob", "command": "x"}));
    assert_news(&sudo, "/data/command", "/tmp/a.sh", "/tmp/rootkit.sh");
    assert_fold(
        &sudo,
        "/data/command",
        "sh /tmp/tmp.aBcDeFgHiJ",
        "sh /tmp/tmp.kLmNoPqRsT",
    );
    let run_key = sysmon(
        13,
        json!({"image": r"C:\\Windows\\regedit.exe", "targetObject": r"HKU\\S-1-5-21-1\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\x", "details": "x"}),
    );
    assert_news(
        &run_key,
        &field("details"),
        r"C:\\Windows\\Temp\\good.exe",
        r"C:\\Windows\\Temp\\evil.exe",
    );
    let service = event(
        7045,
        "System",
        json!({"serviceName": "Updater", "imagePath": "x", "startType": "auto"}),
    );
    assert_news(
        &service,
        &field("imagePath"),
        r"C:\\Windows\\Temp\\good.exe",
        r"C:\\Windows\\Temp\\evil.exe",
    );
    let dropped = sysmon(11, json!({"image": r"C:\\a.exe", "targetFilename": "x"}));
    assert_news(
        &dropped,
        &field("targetFilename"),
        r"C:\\Windows\\Temp\\good.ps1",
        r"C:\\Windows\\Temp\\evil.ps1",
    );
    assert_fold(
        &dropped,
        &field("targetFilename"),
        r"C:\\Windows\\Temp\\xk3f.tmp",
        r"C:\\Windows\\Temp\\q7zp.tmp",
    );
    // The hash is that of the program, not of what it runs.
    let script = sysmon(
        1,
        json!({"image": r"C:\\p.exe", "commandLine": "x", "hashes": format!("SHA256={}", "aa".repeat(32))}),
    );
    assert_news(
        &script,
        &field("commandLine"),
        r"p.exe -File C:\\Windows\\Temp\\good.ps1",
        r"p.exe -File C:\\Windows\\Temp\\evil.ps1",
    );
}

#[test]
fn a_setting_that_was_written_is_news_and_a_counter_is_not() {
    let value = sysmon(
        13,
        json!({"image": r"C:\\Windows\\regedit.exe", "targetObject": r"HKLM\\System\\CurrentControlSet\\Control\\Terminal Server\\WinStations\\RDP-Tcp\\PortNumber", "details": "x"}),
    );
    assert_news(&value, &field("details"), "DWORD (0x00000d3d)", "DWORD (0x0000115c)");
    assert_fold(&value, &field("details"), "DWORD (0x6567a1b2)", "DWORD (0x6567a1b3)");
    let audited = event(
        4657,
        "Security",
        json!({"processName": r"C:\\reg.exe", "objectName": r"\\REGISTRY\\MACHINE\\RDP-Tcp", "objectValueName": "PortNumber", "newValue": "x"}),
    );
    assert_news(&audited, &field("newValue"), "3389", "4444");
    assert_fold(&audited, &field("newValue"), "1796000001", "1796000002");
}

#[test]
fn another_threat_in_the_same_file_is_news() {
    let found = event(
        1116,
        "Microsoft-Windows-Windows Defender/Operational",
        json!({"threat Name": "x", "action Name": "Not Applicable", "path": r"file:_C:\\a.exe", "process Name": r"C:\\Windows\\explorer.exe"}),
    );
    assert_news(
        &found,
        &field("threat Name"),
        "PUA:Win32/Toolbar",
        "HackTool:Win32/Mimikatz",
    );
    assert_news(&found, &field("action Name"), "Quarantine", "Allow");
}

#[test]
fn numbers_of_processes_and_times_in_commands_fold() {
    let command = sysmon(1, json!({"image": r"C:\\x.exe", "commandLine": "x"}));
    let sudo = decoded("sudo", json!({"srcuser": "bob", "dstuser": "root", "command": "x"}));
    for (one, other) in [
        ("/usr/bin/kill 4711", "/usr/bin/kill 812"),
        ("kill -9 4711", "kill -9 812"),
        ("/usr/bin/strace -p 4711", "/usr/bin/strace -p 812"),
        (
            r"C:\\Windows\\system32\\WerFault.exe -u -p 4008 -s 504",
            r"C:\\Windows\\system32\\WerFault.exe -u -p 812 -s 1300",
        ),
        (
            r"SearchProtocolHost.exe Global\\UsGthrFltPipeMssGthrPipe101_ Global\\UsGthrCtrlFltPipeMssGthrPipe101 1 -2147483646",
            r"SearchProtocolHost.exe Global\\UsGthrFltPipeMssGthrPipe112_ Global\\UsGthrCtrlFltPipeMssGthrPipe112 1 -2147483646",
        ),
        (
            "chrome.exe --type=renderer --renderer-client-id=17 --launch-time-ticks=12345 --field-trial-handle=1948,i,112233445566,778899001122",
            "chrome.exe --type=renderer --renderer-client-id=92 --launch-time-ticks=54321 --field-trial-handle=2012,i,665544332211,221100998877",
        ),
        (
            "a.exe --since 2026-11-29T04:00:01Z",
            "a.exe --since 2026-11-30T05:01:02Z",
        ),
        ("a.exe --since 2026-11-29T04:00:01", "a.exe --since 2026-11-30T05:01:02"),
        ("restore db-20261129T040001Z.bak", "restore db-20261130T050102Z.bak"),
        ("x --session q8Zt1xKp", "x --session m2Wr7yLb"),
    ] {
        for (alert, pointer) in [(&command, field("commandLine")), (&sudo, "/data/command".to_owned())] {
            assert_fold(alert, &pointer, one, other);
        }
    }
    for (one, other) in [
        ("nc -p 80", "nc -p 4444"),
        ("useradd --uid 1001 x", "useradd --uid 0 x"),
        ("kill 4711 && nc -l 80", "kill 4711 && nc -l 4444"),
        ("x --session admin1", "x --session backup1"),
    ] {
        assert_differ(&command, &field("commandLine"), one, other);
    }
}

#[test]
fn events_of_containers_fold_whatever_was_made_up_for_them() {
    let started = decoded(
        "json",
        json!({"docker": {"status": "start", "id": "aa", "from": "nginx:1.25", "Type": "container", "Action": "start",
            "Actor": {"ID": "aa", "Attributes": {"name": "web1", "image": "nginx:1.25"}}}}),
    );
    let name = "/data/docker/Actor/Attributes/name";
    assert_news(&started, name, "web1", "miner");
    assert_news(&started, name, "quirky_turing", "sad_hopper");
    assert_differ(&started, "/data/docker/from", "nginx:1.25", "xmrig:latest");
    assert_differ(&started, "/data/docker/Action", "start", "die");
    let ended = decoded(
        "json",
        json!({"docker": {"Type": "container", "Action": "die", "from": "x", "Actor": {"Attributes": {"name": "web", "exitCode": "x"}}}}),
    );
    assert_news(&ended, "/data/docker/Actor/Attributes/exitCode", "0", "137");
    assert_fold(
        &started,
        name,
        "k8s_app_web-7d9f8b6c5-x2x4z_shop_5770385f-c22a-43e0-bf4c-06f5698ffbd9_1",
        "k8s_app_web-6c4d7f9b8-q7r9t_shop_11111111-aaaa-43e0-bf4c-06f5698ffbd9_2",
    );
    assert_news(
        &started,
        name,
        "k8s_app_web-7d9f8b6c5-x2x4z_shop_5770385f-c22a-43e0-bf4c-06f5698ffbd9_1",
        "k8s_app_web-7d9f8b6c5-x2x4z_kube-system_5770385f-c22a-43e0-bf4c-06f5698ffbd9_1",
    );
    let entered = pair(
        &started,
        "/data/docker/Action",
        [json!("exec_create: sh"), json!("exec_create: sh")],
    );
    assert_news(&entered[0], name, "web1", "vault");
    let id = |digit: &str| digit.repeat(64);
    assert_fold(&entered[0], "/data/docker/Actor/ID", &id("a"), &id("b"));
    let mounted = decoded(
        "json",
        json!({"docker": {"Type": "volume", "Action": "mount", "Actor": {"ID": "x", "Attributes": {"container": "c", "destination": "/data", "driver": "local"}}}}),
    );
    assert_news(&mounted, "/data/docker/Actor/ID", "data", "/");
    assert_fold(&mounted, "/data/docker/Actor/ID", &id("a"), &id("b"));
    let attributes = "/data/docker/Actor/Attributes";
    assert_news(&mounted, &format!("{attributes}/destination"), "/data", "/host");
    assert_news(&mounted, &format!("{attributes}/container"), &id("c"), &id("d"));
    // Ids that are made up leave room for names.
    let kinds = of(&pair(
        &mounted,
        &format!("{attributes}/container"),
        [json!(id("c")), json!("c")],
    )[0])
    .distinct;
    assert!(!kinds.iter().any(|(kind, _)| *kind == "container"), "{kinds:?}");
}
