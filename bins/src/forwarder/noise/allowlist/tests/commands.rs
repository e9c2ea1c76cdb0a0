//! Command lines and lines of text, which are no paths.

use super::evasion::hides_only;
use super::*;

#[test]
fn commands_with_switches_and_web_addresses_fit_patterns_for_them() {
    for (path, matches, value) in [
        (
            "data.win.eventdata.commandLine",
            r"{ glob = 'C:\Windows\System32\schtasks.exe **' }",
            r"C:\Windows\System32\schtasks.exe /query /fo csv",
        ),
        (
            "data.win.eventdata.commandLine",
            r"{ prefix = 'C:\Windows\System32\schtasks.exe /' }",
            r"C:\Windows\System32\schtasks.exe /query",
        ),
        (
            "data.url",
            "{ prefix = 'https://proxy.example/health' }",
            "https://proxy.example/health/x",
        ),
        (
            "data.command",
            "{ glob = 'curl http://203.0.113.9/*' }",
            "curl http://203.0.113.9/x",
        ),
    ] {
        let matches = format!("\"{path}\" = {matches}");
        let rule = format!("{HEAD}[match]\n\"rule.id\" = \"100211\"\n{matches}");
        let warnings = allowlist(&rule).unwrap().warnings("2027-01-01".parse().unwrap());
        assert!(warnings.is_empty(), "{warnings:?}");
        let alert = serde_json::json!({
            "rule": {"id": "100211", "level": 5},
            "data": {"win": {"eventdata": {"commandLine": value.replace('\\', r"\\")}}, "url": value, "command": value},
        });
        assert!(hides(&matches, &alert.to_string()), "{matches} on {value}");
    }
}

#[test]
fn a_command_with_arguments_fits_patterns_for_it_and_one_that_walks_up_none() {
    for (matches, honest, hostile) in [
        (
            r"{ glob = 'cmd.exe /c C:\Scripts\*.bat' }",
            r"cmd.exe /c C:\Scripts\nightly.bat",
            r"cmd.exe /c C:\Scripts\..\Temp\evil.bat",
        ),
        (
            r"{ prefix = 'cmd.exe /c C:\Scripts\' }",
            r"cmd.exe /c C:\Scripts\nightly.bat /x",
            r"cmd.exe /c C:\Scripts\a\..\..\Temp\evil.bat",
        ),
        (
            r#"{ glob = '"cmd.exe" /c C:\Windows\Microsoft.NET\**\InstallUtil.exe **' }"#,
            r#""cmd.exe" /c C:\Windows\Microsoft.NET\Framework64\v4.0.30319\InstallUtil.exe /logfile= /u c:\x.dll"#,
            r#""cmd.exe" /c C:\Windows\Microsoft.NET\..\Temp\InstallUtil.exe /logfile= /u c:\x.dll"#,
        ),
        (
            r#"{ glob = 'msiexec.exe /i "C:\Windows\ccmcache\**" *' }"#,
            r#"msiexec.exe /i "C:\Windows\ccmcache\1a\x.msi" /qn"#,
            r#"msiexec.exe /i "C:\Windows\ccmcache\..\Temp\x.msi" /qn"#,
        ),
        (
            r"{ glob = '**\Scripts\nightly.bat' }",
            r"cmd.exe /c C:\Scripts\nightly.bat",
            r"cmd.exe /c C:\Temp\..\Scripts\nightly.bat",
        ),
        (
            r"{ glob = 'schtasks /run **' }",
            r"schtasks /run /tn \Backup\nightly",
            r"schtasks /run /tn \Backup\..\evil",
        ),
        (
            r"{ glob = 'cmd /c **' }",
            r"cmd /c C:\Scripts\x.bat",
            r"cmd /c C:\Scripts\..\x.bat",
        ),
        (
            r"{ glob = 'robocopy C:\Data \\nas\backup\** *' }",
            r"robocopy C:\Data \\nas\backup\a\b /MIR",
            r"robocopy C:\Data \\nas\backup\..\admin$\b /MIR",
        ),
        (r"{ glob = 'whoami *' }", "whoami /all", "whoami /all/../../evil"),
        (
            r"{ glob = 'C:\Tools\x.exe /a *' }",
            r"C:\Tools\x.exe /a /b",
            r"C:\Tools\x.exe /a x\b",
        ),
        (
            r"{ glob = 'sc.exe **' }",
            r"sc.exe \\server query IKEEXT",
            r"sc.exe \\..\server query IKEEXT",
        ),
        (
            r"{ glob = 'cmd.exe /c .\build.bat' }",
            r"cmd.exe /c .\build.bat",
            r"cmd.exe /c .\..\build.bat",
        ),
        (
            r#"{ glob = '"C:\Program Files\App\app.exe"*' }"#,
            r#""C:\Program Files\App\app.exe" "#,
            r#""C:\Program Files\App\app.exe \..\..\evil.exe"#,
        ),
        (
            r"{ glob = 'C:\Windows\System32\cmd.exe /c C:\Scripts\*' }",
            r"C:\Windows\System32\cmd.exe /c C:\Scripts\nightly.bat",
            r"C:\Windows \System32\cmd.exe /c C:\Scripts\nightly.bat",
        ),
    ] {
        let path = "data.win.eventdata.commandLine";
        assert!(hides_value(path, matches, honest), "{matches} on {honest}");
        assert!(!hides_value(path, matches, hostile), "{matches} on {hostile}");
    }
}

#[test]
fn arguments_that_walk_up_do_not_make_one_command_another() {
    for (path, matches, honest, hostile) in [
        (
            "data.win.eventdata.commandLine",
            r"{ glob = 'C:\Backup\**' }",
            r"C:\Tools\..\Backup\agent.exe --all",
            r"C:\Users\eve\mal.exe x\..\..\..\..\Backup\agent.exe",
        ),
        (
            "data.win.eventdata.commandLine",
            r#"{ prefix = '"C:\Backup\' }"#,
            r#""C:\Backup\bin\..\agent.exe" --all"#,
            r#""C:\Users\eve\mal.exe"x\..\..\..\..\Backup\agent.exe"#,
        ),
        (
            "data.command",
            r#"{ glob = "/opt/backup/*" }"#,
            "/opt/backup/bin/../agent --all",
            "/tmp/mal x/../../opt/backup/agent",
        ),
    ] {
        assert!(hides_value(path, matches, honest), "{matches} on {honest}");
        assert!(!hides_value(path, matches, hostile), "{matches} on {hostile}");
    }
}

#[test]
fn a_backslash_or_a_stop_in_a_line_of_text_does_not_make_it_another() {
    for (path, matches, honest, hostile) in [
        (
            "full_log",
            r#"{ glob = "** ; COMMAND=/usr/bin/apt update" }"#,
            r"sudo: CORP\jdoe : TTY=pts/0 ; PWD=/home/jdoe ; USER=root ; COMMAND=/usr/bin/apt update",
            r"sudo: CORP\jdoe : TTY=pts/0 ; PWD=/home/jdoe ; USER=root ; COMMAND=/usr/bin/../../tmp/apt update",
        ),
        (
            "full_log",
            r#"{ glob = "**kube-probe**" }"#,
            r"CORP\svc ran kube-probe.",
            r"CORP\svc ran cube-probe.",
        ),
        (
            "full_log",
            r#"{ glob = "**GET /health/*" }"#,
            r"CORP\svc GET /health/live.",
            r"CORP\svc GET /health/../admin.",
        ),
        (
            "data.win.system.message",
            r#"{ glob = "The ** service entered the stopped state." }"#,
            r"The CORP\svc service entered the stopped state.",
            r"The CORP\svc service entered the running state.",
        ),
        (
            "full_log",
            r#"{ glob = "** ; COMMAND=/usr/bin/apt update..." }"#,
            r"sudo: CORP\jdoe : TTY=pts/0 ; PWD=/home/jdoe ; COMMAND=/usr/bin/apt update...",
            r"sudo: CORP\jdoe : TTY=pts/0 ; PWD=/home/jdoe ; COMMAND=/usr/bin/../apt update...",
        ),
        (
            "full_log",
            r#"{ glob = "**GET /health/**" }"#,
            "GET /health/x..y HTTP/1.1",
            "GET /health/.. HTTP/1.1",
        ),
        (
            "full_log",
            r#"{ prefix = "GET /health" }"#,
            "GET /health HTTP/1.1",
            "GET \u{FDD0}health HTTP/1.1",
        ),
        (
            "data.command",
            r#"{ glob = "rm -rf /tmp/**" }"#,
            "rm -rf /tmp/x --force",
            "rm -rf /tmp/.. --force",
        ),
        (
            "data.sca.check.remediation",
            r#"{ glob = "Set the following UI path to Enabled: **" }"#,
            r"Set the following UI path to Enabled: Computer Configuration\Policies. Note: x\y.",
            r"Set the following UI path to Disabled: Computer Configuration\Policies. Note: x\y.",
        ),
        (
            "data.note",
            r#"{ glob = "* ; COMMAND=/usr/bin/apt update" }"#,
            r"jdoe at CORP : x ; COMMAND=/usr/bin/apt update",
            r"jdoe at CORP\x : x ; COMMAND=/usr/bin/apt update",
        ),
        (
            "data.note",
            r#"{ glob = "** ; COMMAND=/usr/bin/apt update" }"#,
            r"CORP\jdoe : x ; COMMAND=/usr/bin/apt update",
            r"CORP\jdoe : x ; COMMAND=/tmp\/usr/bin/apt update",
        ),
        (
            "data.command",
            r#"{ glob = "/usr/bin/find /tmp/**" }"#,
            r"/usr/bin/find /tmp/a -name \*.tmp",
            r"/usr/bin/find /tmp/../etc -name \*.tmp",
        ),
    ] {
        assert!(hides_value(path, matches, honest), "{matches} on {honest}");
        assert!(!hides_value(path, matches, hostile), "{matches} on {hostile}");
    }
}

#[test]
fn a_not_leaves_no_command_that_its_pattern_fits() {
    const PATH: &str = "data.win.eventdata.commandLine";
    let pattern = format!(r"'{PATH}' = {{ glob = 'cmd.exe*\Tools\x.exe' }}");
    let alert = |command: &str| alert_with(PATH, command);
    for command in ["cmd.exe\t/c C:\\Tools\\x.exe", "cmd.exe\t/c C:\\Tools\\.\\x.exe"] {
        assert!(hides(&pattern, &alert(command)), "{command}");
        assert!(!hides(&format!("not = {{ {pattern} }}"), &alert(command)), "{command}");
    }
    assert!(hides(
        &format!("not = {{ {pattern} }}"),
        &alert("cmd.exe\t/c C:\\Other\\x.exe")
    ));
}

#[test]
fn a_star_goes_over_no_variable_in_the_name_of_a_file() {
    const LINE: &str = "data.win.eventdata.commandLine";
    hides_only(&[
        (
            LINE,
            r"{ glob = 'cmd.exe /c C:\Scripts\*.bat' }",
            r"cmd.exe /c C:\Scripts\a 100%-b.bat",
            &[
                r"cmd.exe /c C:\Scripts\%X%.bat",
                r"cmd.exe /c C:\Scripts\!X!.bat",
                r"cmd.exe /c C:\Scripts\a%X:~0,2%.bat",
            ],
        ),
        (
            LINE,
            r"{ glob = 'cmd.exe /c C:\Scripts\*' }",
            r"cmd.exe /c C:\Scripts\a!b.bat /x 100% (y) $z",
            &[r"cmd.exe /c C:\Scripts\a.bat %USERPROFILE%"],
        ),
        (
            LINE,
            r"{ glob = 'powershell.exe -Command C:\Scripts\*.ps1' }",
            r"powershell.exe -Command C:\Scripts\a$.ps1",
            &[r"powershell.exe -Command C:\Scripts\$X.ps1"],
        ),
        (
            LINE,
            r"{ glob = 'powershell.exe -Command C:\Scripts\*' }",
            r"powershell.exe -Command C:\Scripts\a.ps1 -All $true -Confirm:$false",
            &[r"powershell.exe -Command C:\Scripts\$X.ps1 -All"],
        ),
        (
            "data.command",
            "{ glob = '/bin/sh -c /opt/jobs/*.sh' }",
            "/bin/sh -c /opt/jobs/a-$.sh",
            &["/bin/sh -c /opt/jobs/$X.sh", "/bin/sh -c /opt/jobs/a$X-1.sh"],
        ),
        (
            "data.command",
            "{ glob = '/opt/backup/*' }",
            "/opt/backup/run.sh --all $HOME",
            &["/opt/backup/$X --all"],
        ),
        (
            "data.win.eventdata.imagePath",
            r"{ glob = 'net.exe user CORP\*' }",
            r"net.exe user CORP\WS01$ /domain",
            &[r"net.exe user CORP\%X%"],
        ),
        (
            LINE,
            r"{ glob = 'C:\Tools\x.exe *' }",
            r"C:\Tools\x.exe %TEMP% $x !y! D:",
            &[r"C:\Tools\y.exe %TEMP%"],
        ),
        (
            LINE,
            "{ glob = 'curl.exe https://acme.example/*' }",
            "curl.exe https://acme.example/a%C3%A9%20b%C3%A9",
            &["curl.exe https://acme.test/a"],
        ),
    ]);
}

#[test]
fn a_star_goes_over_the_variables_of_no_shell_that_runs() {
    const LINE: &str = "data.win.eventdata.commandLine";
    hides_only(&[
        (
            LINE,
            r#"{ glob = '"C:\Program Files\Git\cmd\git.exe" log *' }"#,
            r#""C:\Program Files\Git\cmd\git.exe" log --format=%H%n%an -n 1"#,
            &[r"C:\Users\b\git.exe log -n 1"],
        ),
        (
            LINE,
            r"{ glob = 'C:\yt\yt-dlp.exe -o C:\v\*' }",
            r"C:\yt\yt-dlp.exe -o C:\v\%(title)s.%(ext)s %a_b%",
            &[r"C:\yt\yt-dlp.exe -o C:\w\x"],
        ),
        (
            LINE,
            r"{ glob = 'cmd.exe /c powershell -File C:\Scripts\*.ps1' }",
            r"cmd.exe /c powershell -File C:\Scripts\a.ps1",
            &[
                r"cmd.exe /c powershell -File C:\Scripts\%X%.ps1",
                r"cmd.exe /c powershell -File C:\Scripts\$X.ps1",
            ],
        ),
        (
            LINE,
            r"{ glob = 'powershell.exe -Command cmd/c C:\pwsh\*' }",
            r"powershell.exe -Command cmd/c C:\pwsh\a.ini",
            &[r"powershell.exe -Command cmd/c C:\pwsh\%X%"],
        ),
        (
            LINE,
            r"{ glob = '%ComSpec% /c C:\Scripts\*' }",
            r"%ComSpec% /c C:\Scripts\a.bat",
            &[r"%ComSpec% /c C:\Scripts\%X%"],
        ),
        (
            LINE,
            r"{ glob = 'C:\Tools\start.exe C:\Scripts\*.cmd' }",
            r"C:\Tools\start.exe C:\Scripts\a.cmd",
            &[r"C:\Tools\start.exe C:\Scripts\%X%.cmd"],
        ),
        (
            LINE,
            r"{ glob = 'cmd.exe /c C:\Scripts\?*.bat' }",
            r"cmd.exe /c C:\Scripts\100%.bat",
            &[
                r"cmd.exe /c C:\Scripts\%X%.bat",
                r"cmd.exe /c C:\Scripts\%a+b%.bat",
                r"cmd.exe /c C:\Scripts\%1a%.bat",
            ],
        ),
        (
            LINE,
            r"{ glob = 'cmd.exe /c C:\Scripts\backup_*_*.bat' }",
            r"cmd.exe /c C:\Scripts\backup_%%_b.bat",
            &[r"cmd.exe /c C:\Scripts\backup_%a_b%.bat"],
        ),
        (
            LINE,
            r"{ glob = 'cmd.exe /c C:\Scripts\?X?.bat' }",
            r"cmd.exe /c C:\Scripts\aXb.bat",
            &[r"cmd.exe /c C:\Scripts\%X%.bat"],
        ),
    ]);
}

#[test]
fn a_star_behind_a_path_goes_over_no_path_without_a_separator() {
    const LINE: &str = "data.win.eventdata.commandLine";
    hides_only(&[
        (
            LINE,
            r"{ glob = 'cmd.exe /c rd /s /q C:\Temp\*' }",
            r"cmd.exe /c rd /s /q C:\Temp\x y.z ~w /t:1",
            &[
                r"cmd.exe /c rd /s /q C:\Temp\x %USERPROFILE%",
                r"cmd.exe /c rd /s /q C:\Temp\x D:Finance",
                r#"cmd.exe /c rd /s /q C:\Temp\x "D:Finance""#,
                r"cmd.exe /c rd /s /q C:\Temp\x ..",
                r"cmd.exe /c rd /s /q C:\Temp\x .^.",
                r#"cmd.exe /c rd /s /q C:\Temp\x ."".""#,
                r"cmd.exe /c rd /s /q C:\Temp\x D^:Finance",
            ],
        ),
        (
            "data.command",
            "{ glob = '/bin/chmod -R 777 /data/cache/*' }",
            "/bin/chmod -R 777 /data/cache/x ..y x~ c:d",
            &[
                "/bin/chmod -R 777 /data/cache/x ..",
                "/bin/chmod -R 777 /data/cache/x \"..\"",
            ],
        ),
        (
            "data.command",
            "{ glob = '/bin/rm -rf /data/cache/*' }",
            "/bin/rm -rf /data/cache/x -v",
            &["/bin/rm -rf /data/cache/x ~root"],
        ),
        (
            LINE,
            r"{ glob = '**\defrag.exe*' }",
            r"C:\Windows\System32\defrag.exe C: -o",
            &[r"C:\Windows\System32\format.exe C:"],
        ),
        (
            LINE,
            r#"{ glob = '"C:\Program Files\x.exe"*' }"#,
            r#""C:\Program Files\x.exe" C: -o"#,
            &[r#""C:\Program Files\y.exe" C: -o"#],
        ),
        (
            "data.command",
            "{ glob = '/usr/bin/ls*' }",
            "/usr/bin/ls .. ~",
            &["/usr/bin/ls$X ~"],
        ),
        (
            LINE,
            r"{ glob = 'powershell.exe -c Remove-Item -Recurse C:\Temp\*' }",
            r"powershell.exe -c Remove-Item -Recurse C:\Temp\x -Force $True",
            &[r"powershell.exe -c Remove-Item -Recurse C:\Temp\x, $HOME"],
        ),
        (
            "data.command",
            "{ glob = 'sh -c \"chmod -R 777 /data/cache/*\"' }",
            "sh -c \"chmod -R 777 /data/cache/x $\"",
            &["sh -c \"chmod -R 777 /data/cache/x $HOME\""],
        ),
    ]);
}
