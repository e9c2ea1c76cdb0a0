//! What the stars and question marks of a glob for commands may stand for, by who reads the command.

use super::evasion::hides_only;
use super::hides_value;

const LINE: &str = "data.win.eventdata.commandLine";
const SERVICE: &str = "data.win.eventdata.imagePath";

fn hides_all(cases: &[(&str, &str, &[&str])]) {
    for (path, matches, values) in cases {
        for value in *values {
            assert!(hides_value(path, matches, value), "{matches} on {value}");
        }
    }
}

#[test]
fn stars_share_no_variable_of_windows_or_of_cmd_wherever_they_stand() {
    hides_only(&[
        (
            SERVICE,
            r"{ glob = 'C:\Svc\?*_*.exe' }",
            r"C:\Svc\agent_100%.exe",
            &[r"C:\Svc\%a_b%.exe", r"C:\Svc\%X_%.exe", r"C:\Svc\a_%a+b%.exe"],
        ),
        (
            SERVICE,
            r"{ glob = '%SystemRoot%\System32\*' }",
            r"%SystemRoot%\System32\50%.exe -k netsvcs",
            &[r"%SystemRoot%\System32\%1a%.exe"],
        ),
        (
            "data.win.eventdata.details",
            r"{ glob = 'C:\Acme\*.exe' }",
            r"C:\Acme\a%%.exe",
            &[r"C:\Acme\%%a+b%%.exe"],
        ),
        (
            LINE,
            "{ glob = 'cmd.exe /c del ?*.tmp' }",
            "cmd.exe /c del a%.tmp",
            &["cmd.exe /c del %a+b%.tmp", "cmd.exe /c del %X%.tmp"],
        ),
        (
            LINE,
            r"{ glob = 'cmd.exe * C:\Scripts\*_*.bat' }",
            r"cmd.exe /v:on /c C:\Scripts\a!_b.bat",
            &[
                r"cmd.exe /v:on /c C:\Scripts\!a_b!.bat",
                r"cmd.exe /v:on /c C:\Scripts\x_!a+b!.bat",
            ],
        ),
        (
            LINE,
            r"{ glob = 'cmd.exe /c C:\Scripts\*' }",
            r"cmd.exe /c C:\Scripts\a.bat -w 10% -c 5% --format=%h-%s",
            &[r"cmd.exe /c C:\Scripts\%a b%", r"cmd.exe /c C:\Scripts\a.bat %a+b%"],
        ),
    ]);
}

#[test]
fn what_windows_reads_later_has_its_variables() {
    for (path, command) in [
        (LINE, "schtasks.exe /create /tr "),
        (LINE, "sc.exe create x binPath="),
        (LINE, "reg.exe add HKCU\\x /t REG_EXPAND_SZ /d "),
        (LINE, "winrs.exe -r:h "),
        (LINE, "explorer.exe "),
        ("data.win.eventdata.destination", ""),
        ("data.win.eventdata.newValue", ""),
    ] {
        hides_only(&[(
            path,
            &format!(r"{{ glob = '{command}C:\Scripts\*.exe' }}"),
            &format!(r"{command}C:\Scripts\x.exe"),
            &[&format!(r"{command}C:\Scripts\%X%.exe")],
        )]);
    }
    hides_all(&[(
        "data.win.eventdata.newValue",
        r"{ glob = 'C:\Acme\*' }",
        &["C:\\Acme\\bin;a=b"],
    )]);
}

#[test]
fn a_star_goes_over_no_path_within_an_argument() {
    for (rest, values, hostile) in [
        (
            r"powershell.exe -c Copy-Item C:\Temp\",
            &["x -Force:$true -A $false,$null -p a$$b"][..],
            &[
                "x ,$HOME",
                "x y,$HOME",
                "x ,~",
                "x -Destination:$HOME",
                "x .$null.",
                "x ,..",
                "x y,D:Finance",
            ][..],
        ),
        (
            r"cmd.exe /c rd /s /q C:\Temp\",
            &["x /t:1 a=b:1 {a:1,b:c} 10:30 --drive=C: v1.2.3"],
            &["x ,D:Finance", "x =D:Finance", "x y;D:Finance", "x D:"],
        ),
    ] {
        let matches = format!("{{ glob = '{rest}*' }}");
        for value in values {
            hides_all(&[(LINE, &matches, &[&[rest, value].concat()])]);
        }
        for value in hostile {
            let value = [rest, value].concat();
            assert!(!hides_value(LINE, &matches, &value), "{value}");
        }
    }
    let matches = "{ glob = 'sh -c \"rm -rf /data/cache/*\"' }";
    let command = |rest: &str| format!("sh -c \"rm -rf /data/cache/{rest}\"");
    for rest in ["x -v --name=a.b", "x host:~ '.*'", "x a:b,c .git"] {
        assert!(hides_value("data.command", matches, &command(rest)), "{rest}");
    }
    for rest in [
        "x {~,}",
        "x {$HOME,}",
        "x .$X.",
        "x .{.,}",
        "x .?",
        "x .[.]",
        "x .*",
        ".$@.",
    ] {
        assert!(!hides_value("data.command", matches, &command(rest)), "{rest}");
    }
    // Nobody reads these as a shell does.
    hides_all(&[(
        "data.command",
        "{ glob = '/usr/bin/find /data/*' }",
        &["/usr/bin/find /data/x -regex .*"],
    )]);
}

#[test]
fn a_sign_that_a_star_took_and_a_name_that_the_pattern_goes_on_with_are_a_variable() {
    hides_only(&[
        (
            "data.command",
            "{ glob = 'sh -c \"/opt/backup/*_daily.sh\"' }",
            "sh -c \"/opt/backup/a_daily.sh\"",
            &["sh -c \"/opt/backup/$_daily.sh\""],
        ),
        (
            LINE,
            r"{ glob = 'powershell.exe -Command C:\Scripts\*run.ps1' }",
            r"powershell.exe -Command C:\Scripts\a-run.ps1",
            &[r"powershell.exe -Command C:\Scripts\$run.ps1"],
        ),
    ]);
}

#[test]
fn a_star_may_stand_for_blanks_behind_the_name_of_a_shell() {
    hides_only(&[
        (
            LINE,
            r"{ glob = '**powershell*-File*C:\Scripts\*.ps1' }",
            r"powershell.exe -NoProfile -File C:\Scripts\x.ps1",
            &[r"powershell.exe -File C:\Scripts\$X.ps1"],
        ),
        (
            LINE,
            r"{ glob = 'cmd.exe*/c*C:\Scripts\*.exe' }",
            r"cmd.exe /d /c start C:\Scripts\x.exe",
            &[r"cmd.exe /c C:\Scripts\%X%.exe"],
        ),
        (
            LINE,
            r"{ glob = 'cmd*.exe /c C:\Scripts\*.exe' }",
            r"cmd.exe /c C:\Scripts\x.exe",
            &[r"cmd.exe /c C:\Scripts\%X%.exe"],
        ),
        (
            LINE,
            r"{ glob = '**cmd*/c*rd*C:\Temp\*' }",
            r"cmd /c rd C:\Temp\x /q",
            &[r"cmd /c rd C:\Temp\x D:Finance"],
        ),
    ]);
}

#[test]
fn a_star_behind_a_program_or_its_script_takes_whatever_they_are_given() {
    hides_all(&[
        (
            LINE,
            r"{ glob = '**\cmd.exe*' }",
            &[
                r"C:\Windows\System32\cmd.exe /c for %i in (a b) do echo %i",
                r"C:\Windows\System32\cmd.exe /c git log --format=%h-%s",
            ],
        ),
        (
            LINE,
            r"{ glob = 'C:\Program Files\Acme\defrag.exe*' }",
            &[r"C:\Program Files\Acme\defrag.exe C: -o"],
        ),
        (
            LINE,
            r#"{ glob = '**\Program Files\Acme\chk.exe"*' }"#,
            &[r#""C:\Program Files\Acme\chk.exe" C: /f"#],
        ),
        (
            LINE,
            r"{ glob = 'C:\Tools\v*\defrag.exe*' }",
            &[r"C:\Tools\v1\defrag.exe C: -o"],
        ),
        (
            LINE,
            r#"{ glob = 'powershell.exe -NoProfile -File "C:\My Check\disk.ps1"*' }"#,
            &[r#"powershell.exe -NoProfile -File "C:\My Check\disk.ps1" -Drive C:"#],
        ),
    ]);
    let matches = r"{ glob = 'cmd.exe /c del C:\Temp\a.exe*' }";
    assert!(!hides_value(LINE, matches, r"cmd.exe /c del C:\Temp\a.exe D:Finance"));
}

#[test]
fn what_is_no_command_has_no_variables() {
    let documents = "{ glob = 'https://acme.example/sites/A/Shared Documents/*' }";
    hides_all(&[
        (
            "data.office365.ObjectId",
            documents,
            &[
                "https://acme.example/sites/A/Shared Documents/~$Report.docx",
                "https://acme.example/sites/A/Shared Documents/Budget $5k.xlsx",
            ],
        ),
        (
            "data.aws.requestParameters.key",
            "{ glob = 'backups/Team A/*' }",
            &["backups/Team A/$RECYCLE.BIN"],
        ),
    ]);
    let matches = r"{ glob = 'cmd.exe /c C:\Scripts\*' }";
    assert!(!hides_value("data.note", matches, r"cmd.exe /c C:\Scripts\%X%.bat"));
}

#[test]
fn arguments_that_end_in_a_program_or_a_script_are_no_program() {
    for (matches, value) in [
        (
            r"{ glob = 'C:\Windows\System32\cmd /c del C:\Temp\a.exe*' }",
            r"C:\Windows\System32\cmd /c del C:\Temp\a.exe D:Finance",
        ),
        (
            r"{ glob = '**\icacls C:\Temp\a.exe*' }",
            r"C:\Windows\System32\icacls C:\Temp\a.exe D:Finance",
        ),
        (
            r"{ glob = 'cmd.exe /c del -file C:\x.ps1*' }",
            r"cmd.exe /c del -file C:\x.ps1 D:Finance",
        ),
    ] {
        assert!(!hides_value(LINE, matches, value), "{matches} takes {value}");
    }
    assert!(hides_value(
        LINE,
        r#"{ glob = '"**\defrag.exe"*' }"#,
        r#""C:\Windows\System32\defrag.exe" C: -o"#
    ));
}
