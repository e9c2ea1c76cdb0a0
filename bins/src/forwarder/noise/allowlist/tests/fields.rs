//! What a pattern means by the field that it is for: the name of a file, a command, an address.

use super::evasion::{excludes_only, hides_only};
use super::*;

#[test]
fn a_star_stays_in_its_command_wherever_commands_stand() {
    for path in [
        "data.command",
        "data.osquery.columns.cmdline",
        "data.audit.execve.a2",
        "data.audit.proctitle",
        "process.command_line",
        "process.parent.args",
    ] {
        hides_only(&[(
            path,
            "{ glob = '/opt/backup/*' }",
            "/opt/backup/run.sh",
            &["/opt/backup/run.sh;nc evil 4444", "/opt/backup/$(nc evil)"],
        )]);
    }
    for path in [
        "data.win.eventdata.commandLine",
        "data.win.eventdata.processCommandLine",
        "data.win.eventdata.imagePath",
        "data.win.eventdata.serviceFileName",
        "data.win.eventdata.details",
        "data.win.eventdata.hostApplication",
        "data.win.eventdata.destination",
        "process.parent.command_line",
    ] {
        hides_only(&[(
            path,
            r"{ glob = 'C:\Scripts\*' }",
            r"C:\Scripts\a.bat",
            &[r"C:\Scripts\a.bat & evil"],
        )]);
    }
}

#[test]
fn parentheses_end_a_star_where_the_pattern_names_powershell() {
    hides_only(&[
        (
            "data.win.eventdata.commandLine",
            r"{ glob = 'PowerShell.exe -Command C:\Scripts\*' }",
            r"powershell.exe -Command C:\Scripts\a.ps1 -All $true",
            &[
                r"powershell.exe -Command C:\Scripts\a.ps1 (iex evil)",
                r"powershell.exe -Command C:\Scripts\$(evil)",
            ],
        ),
        (
            "data.win.eventdata.commandLine",
            r"{ glob = 'pwsh -File C:\Program Files (x86)\?\*' }",
            r"pwsh -File C:\Program Files (x86)\a\b.ps1",
            &[r"pwsh -File C:\Program Files (x86)\(\b.ps1"],
        ),
    ]);
}

#[test]
fn signs_of_a_shell_are_letters_in_the_name_of_a_file() {
    hides_only(&[
        (
            "syscheck.path",
            r"{ glob = 'C:\Program Files\App\*' }",
            r"c:\program files\app\at&t $x;.ini",
            &[r"c:\program files\app\b\x.ini"],
        ),
        (
            "syscheck.path",
            "{ glob = '/srv/my share/*.txt' }",
            "/srv/my share/R&D #1 50%.txt",
            &["/srv/my share/x/R&D.txt"],
        ),
        (
            "data.win.eventdata.targetFilename",
            r"{ glob = 'C:\Program Files\App\*' }",
            r"C:\Program Files\App\R&D.txt",
            &[r"C:\Program Files\Other\R&D.txt"],
        ),
    ]);
}

#[test]
fn a_backslash_is_a_letter_in_the_name_of_a_file_of_unix() {
    hides_only(&[
        (
            "syscheck.path",
            "{ glob = '/etc/systemd/system/*' }",
            r"/etc/systemd/system/dev-disk-by\x2duuid-1.swap",
            &[r"/etc/systemd/system/a/dev\x2d1.swap", r"/etc/systemd/system/..\..\x"],
        ),
        (
            "data.audit.exe",
            "{ glob = '/opt/a?b/*.bin' }",
            r"/opt/a\b/x\y.bin",
            &[r"/opt/a\\b/x.bin"],
        ),
        ("data.file", "{ glob = '/opt/*' }", "/opt/x", &[r"/opt/x\y"]),
    ]);
    excludes_only(&[(
        "syscheck.path",
        "{ glob = '/etc/systemd/system/*' }",
        &["/etc/passwd"],
        &[r"/etc/systemd/system/dev\x2d1.swap"],
    )]);
}

#[test]
fn a_name_in_the_registry_ends_in_what_it_likes() {
    const OBJECT: &str = "data.win.eventdata.targetObject";
    hides_only(&[
        (
            OBJECT,
            r"{ glob = 'HKLM\SOFTWARE\**' }",
            r"HKLM\SOFTWARE\VMware, Inc.\VMware Tools\x",
            &[r"HKLM\SYSTEM\VMware, Inc.\x", r"HKLM\SOFTWARE\a.\..\..\SYSTEM\x"],
        ),
        (
            OBJECT,
            r"{ glob = 'HKLM\SOFTWARE\VMware, Inc.\*' }",
            r"HKLM\SOFTWARE\VMware, Inc.\VMware Tools.",
            &[
                r"HKLM\SOFTWARE\VMware, Inc\VMware Tools",
                r"HKLM\SOFTWARE\VMware, Inc.\a\b",
            ],
        ),
        (
            "syscheck.path",
            r"{ glob = '[x64] HKEY_LOCAL_MACHINE\Software\*\Run' }",
            r"[x64] HKEY_LOCAL_MACHINE\Software\Acme, Inc. \Run",
            &[r"[x64] HKEY_LOCAL_MACHINE\System\Acme, Inc. \Run"],
        ),
        (
            "data.win.eventdata.objectName",
            r"{ glob = '\REGISTRY\MACHINE\SOFTWARE\**' }",
            r"\REGISTRY\MACHINE\SOFTWARE\Acme, Inc.\x",
            &[
                r"\REGISTRY\MACHINE\SYSTEM\Acme, Inc.\x",
                r"C:\REGISTRY\MACHINE\SOFTWARE\Acme, Inc.\x",
            ],
        ),
        (
            "syscheck.path",
            r"{ glob = 'c:\programdata\**' }",
            r"c:\programdata\acme, inc\x",
            &[r"c:\programdata\acme, inc.\x", r"c:\programdata \x"],
        ),
    ]);
    excludes_only(&[(
        OBJECT,
        r"{ glob = '**\CurrentVersion\Run\*' }",
        &[r"HKLM\SOFTWARE\VMware, Inc.\VMware Tools\x"],
        &[r"HKLM\SOFTWARE\Acme, Inc.\CurrentVersion\Run\x"],
    )]);
}

#[test]
fn a_slash_is_a_letter_in_the_registry_and_in_the_name_of_a_pipe() {
    const OBJECT: &str = "data.win.eventdata.targetObject";
    hides_only(&[
        (
            OBJECT,
            r"{ glob = 'HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WINEVT\Channels\*\Enabled' }",
            r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WINEVT\Channels\Microsoft-Windows-Sysmon/Operational\Enabled",
            &[
                r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WINEVT\Channels\a\b\Enabled",
                r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WINEVT\Channels\a/..\..\Run\Enabled",
            ],
        ),
        (
            "data.win.eventdata.objectName",
            r"{ glob = '\REGISTRY\MACHINE\SOFTWARE\*\x' }",
            r"\REGISTRY\MACHINE\SOFTWARE\a/b\x",
            &[r"\REGISTRY\MACHINE\SOFTWARE\a\b\x"],
        ),
        (
            "syscheck.path",
            r"{ glob = '[x64] HKEY_LOCAL_MACHINE\Software\*' }",
            r"[x64] HKEY_LOCAL_MACHINE\Software\a/b",
            &[r"[x64] HKEY_LOCAL_MACHINE\Software\a\b"],
        ),
        (
            "syscheck.path",
            r"{ glob = 'c:\tools\*' }",
            r"c:\tools\x.exe",
            &[r"c:\tools\a/x.exe"],
        ),
    ]);
    excludes_only(&[
        (
            OBJECT,
            r"{ glob = '**\CurrentVersion\Run\*' }",
            &[r"HKU\S-1-5-21-1\Software\Microsoft\Windows\CurrentVersion\Runner\Upd/ater"],
            &[
                r"HKU\S-1-5-21-1\Software\Microsoft\Windows\CurrentVersion\Run\Upd/ater",
                r"HKU\S-1-5-21-1\Software\Microsoft\Windows\CurrentVersion\Run\a\b",
            ],
        ),
        (
            "data.win.eventdata.pipeName",
            r"{ glob = '\MSSE-*-server' }",
            &[r"\MSSE-1-client"],
            &[r"\MSSE-1/2-server", r"\MSSE-1-server"],
        ),
        (
            "data.win.eventdata.objectName",
            r"{ glob = '**\CurrentVersion\Run\*' }",
            &[r"\REGISTRY\MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Run"],
            &[r"\REGISTRY\MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Run\Upd/ater"],
        ),
        (
            "syscheck.path",
            r"{ glob = '**\CurrentVersion\Run\*' }",
            &[r"HKEY_LOCAL_MACHINE\Software\Microsoft\Windows\CurrentVersion\Run\a\b"],
            &[r"HKEY_LOCAL_MACHINE\Software\Microsoft\Windows\CurrentVersion\Run\Upd/ater"],
        ),
    ]);
}

#[test]
fn a_not_excludes_an_address_in_every_form() {
    excludes_only(&[
        (
            "data.srcip",
            "'10.0.0.1'",
            &[
                "10.0.0.10",
                "::ffff:10.0.0.10",
                "64:ff9b:1::10.0.0.10",
                "2001:0:a00:1::f5ff:fff5",
                "-",
                "",
                "db01",
                "10.0.0.2, 10.0.0.3",
                "010.0.0.2",
            ],
            &[
                "10.0.0.1",
                "::ffff:10.0.0.1",
                "10.0.0.1:443",
                "[::ffff:10.0.0.1]:443",
                "64:ff9b::10.0.0.1",
                " 10.0.0.1",
                "64:ff9b:1::10.0.0.1",
                "64:ff9b:1:2:3:4:10.0.0.1",
                "fe80::5efe:10.0.0.1",
                "2001:0:c000:201::f5ff:fffe",
                "2001:db8:1:2:200:5efe:10.0.0.1",
                "010.000.000.001",
                "167772161",
                "0x0a000001",
                "10.1",
                "10.0.0.1/32",
                "10.0.0.1,203.0.113.1",
                "203.0.113.1, 010.0.0.1",
                "http://010.0.0.1/x",
            ],
        ),
        (
            "data.srcip",
            "{ in = ['10.0.0.1', '10.0.0.2'] }",
            &["10.0.0.3:443"],
            &["10.0.0.2:443"],
        ),
        (
            "data.srcip",
            "{ cidr = '10.0.0.0/8' }",
            &["::ffff:0:11.1.2.3", "fe80::5efe:11.1.2.3", "-", " "],
            &["::ffff:0:10.1.2.3", "fe80::5efe:10.1.2.3"],
        ),
        (
            "data.srcip",
            "'2001:db8::1'",
            &["2001:db8::2"],
            &["2001:DB8:0:0::1", "2001:db8::1%eth0", "[2001:db8::1]:443"],
        ),
    ]);
}

#[test]
fn a_version_is_no_address_that_cannot_be_read() {
    excludes_only(&[
        (
            "data.vulnerability.package.version",
            "'8.9.1.1'",
            &["8.9.2-1ubuntu1", "8.9.1.10"],
            &["8.9.1.1", " 8.9.1.1"],
        ),
        (
            "data.win.eventdata.fileVersion",
            "{ in = ['10.0.0.1'] }",
            &["10.0.19041.1 (WinBuild.160101.0800)"],
            &["10.0.0.1"],
        ),
        (
            "data.clientVersion",
            "'10.0.0.1'",
            &["10.0.0.10-beta"],
            &["10.0.0.1", "10.0.0.1-beta"],
        ),
        (
            "data.x_forwarded_for",
            "'10.0.0.1'",
            &["10.0.0.2"],
            &["10.0.0.1", "010.0.0.1", "10.0.0.2, 10.0.0.1"],
        ),
        (
            "data.win.eventdata.clientName",
            "'10.0.0.1'",
            &["-", "10.0.0.2"],
            &["010.0.0.1", "0x0a000001"],
        ),
        (
            "data.win.eventdata.ipAddress",
            "'10.0.0.1'",
            &["-", "10.0.0.2", "LOCAL"],
            &["10.0.0.1", "::ffff:10.0.0.1", "010.0.0.1"],
        ),
    ]);
}

#[test]
fn an_address_is_excluded_in_every_field_and_the_name_of_a_machine_in_none() {
    for path in [
        "data.win.eventdata.workstationName",
        "data.win.eventdata.workstation",
        "data.win.eventdata.targetServerName",
        "data.win.eventdata.destinationHostname",
        "predecoder.hostname",
        "data.server",
        "data.gateway",
        "data.nasIPv4",
        "data.callingStationId",
    ] {
        excludes_only(&[(
            path,
            "{ in = ['fw01', '10.0.0.5', '::1'] }",
            &[
                "web01",
                "db01",
                "WS-01",
                "update.acme.example",
                "00:11:22:33:44:55",
                "10.0.0.6",
                "-",
                "dc1:389",
                "db01:1433",
                "cafe:80",
                "10.0.0.6:100000",
                "10.0.0.6:https",
                "10.0.0.6.443",
                "210.0.0.5",
                "10.0.0.50",
                "fe80::1%eth0",
                "10:30:00.123",
            ],
            &[
                "fw01",
                "10.0.0.5",
                "010.0.0.5",
                "0x0a000005",
                "0x0a000005.",
                "167772165",
                "::0001",
                "10.0.0.5.443",
                "10.0.0.5:https",
                "010.0.0.5:https",
                "010.0.0.5:443:80",
                "0:010.0.0.5:443",
                "10.0.0.5]",
                "10.0.0.5-10.0.0.9",
                "10.0.0.5_443",
                "10\u{ff0e}0\u{ff0e}0\u{ff0e}5",
                "10\u{3002}0\u{3002}0\u{3002}5",
            ],
        )]);
    }
    excludes_only(&[(
        "data.srcip",
        "'2001:db8::1'",
        &["2001:db8::1f", "[2001:db8::2]:https", "2001-db8--2.ipv6-literal.net"],
        &[
            "[2001:db8::1]:https",
            "[2001:DB8:0::1]:https",
            "2001:db8::1.443",
            "2001-db8--1.ipv6-literal.net",
            "2001-db8--1s4.ipv6-literal.net",
        ],
    )]);
}

#[test]
fn commands_with_accounts_and_lists_of_paths_are_hidden() {
    const LINE: &str = "data.win.eventdata.commandLine";
    for (path, matches, value) in [
        (LINE, "{ prefix = 'icacls ' }", r"icacls C:\Data /grant CORP\svc:F"),
        (LINE, "{ regex = 'sqlcmd .*' }", r"sqlcmd -S srv\inst -U CORP\svc:x"),
        (LINE, "{ glob = 'docker run **' }", r"docker run -v C:\data:C:\data img"),
        (
            "data.command",
            "{ glob = '/usr/bin/chown **' }",
            r"/usr/bin/chown CORP\svc:users /srv/x",
        ),
    ] {
        assert!(hides_value(path, matches, value), "{matches} on {value}");
    }
    for (matches, value) in [
        ("{ prefix = 'start ' }", r"start C:\Windows\Tracing:evil.exe"),
        (
            r"{ glob = 'csc.exe /out:C:\Windows\*' }",
            r"csc.exe /out:C:\Windows\Tracing:evil.exe",
        ),
        (
            r"{ glob = 'robocopy.exe C:\a C:\b /log:C:\Windows\*' }",
            r"robocopy.exe C:\a C:\b /log:C:\Windows\Tracing:evil.exe",
        ),
    ] {
        assert!(!hides_value(LINE, matches, value), "{matches} on {value}");
    }
}

#[test]
fn elements_of_a_list_of_windows_are_read_as_a_single_value_is() {
    for (image, expected) in [
        (serde_json::json!([r"C:\\Backup\\agent.exe"]), true),
        (
            serde_json::json!([r"C:\\Backup\\agent.exe", r"C:\\Backup\\b.exe"]),
            true,
        ),
        (serde_json::json!([r"C:\\Backup\\agent.exe", r"C:\\Temp\\b.exe"]), false),
    ] {
        let alert = serde_json::json!({
            "rule": {"id": "100211", "level": 5},
            "data": {"win": {"eventdata": {"image": image}}},
        });
        let matches = r"'data.win.eventdata.image' = { in = ['C:\Backup\agent.exe', 'C:\Backup\b.exe'] }";
        assert_eq!(hides(matches, &alert.to_string()), expected, "{alert}");
    }
}
