//! Values made to look like what a rule names, or unlike what its `not` excludes.

use super::*;

const IMAGE: &str = "data.win.eventdata.image";
const COMMAND_LINE: &str = "data.win.eventdata.commandLine";

/// Holds each rule to a value that it must hide and to those that it must not.
fn hides_only(cases: &[(&str, &str, &str, &[&str])]) {
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
