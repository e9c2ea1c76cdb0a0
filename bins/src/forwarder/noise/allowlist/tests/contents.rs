//! Contents of a file other than its own, and patterns with colons of all kinds.

use super::evasion::hides_only;
use super::*;

const LINE: &str = "data.win.eventdata.commandLine";
const OBJECT: &str = "data.win.eventdata.objectName";

#[test]
fn a_colon_elsewhere_in_a_pattern_names_no_contents() {
    hides_only(&[
        (
            LINE,
            r"{ regex = '(?:powershell|pwsh)\.exe -File C:\\Scripts\\.*' }",
            r"pwsh.exe -File C:\Scripts\a.ps1",
            &[r"powershell.exe -File C:\Scripts\a:evil.ps1"],
        ),
        (
            OBJECT,
            r"{ regex = 'C:\\(?:Scripts|Tools)\\.*' }",
            r"C:\Tools\x.exe",
            &[r"C:\Tools\x.exe:evil.exe", r"C:\Tools\My Data:evil.exe"],
        ),
        (
            LINE,
            r"{ glob = 'schtasks.exe /create /tn * /tr C:\Scripts\* /sc daily /st ??:??' }",
            r"schtasks.exe /create /tn x /tr C:\Scripts\nightly.bat /sc daily /st 02:30",
            &[r"schtasks.exe /create /tn x /tr C:\Scripts\nightly.bat:evil.exe /sc daily /st 02:30"],
        ),
        (
            LINE,
            r"{ regex = 'C:\\Tools\\x\.exe --at=[0-9]+:[0-9]+ --in=C:\\Scripts\\[^\\ ]+' }",
            r"C:\Tools\x.exe --at=2:30 --in=C:\Scripts\a",
            &[r"C:\Tools\x.exe --at=2:30 --in=C:\Scripts\a:evil"],
        ),
        (
            LINE,
            r"{ glob = 'curl.exe http://*:8080/* -o C:\Temp\*' }",
            r"curl.exe http://proxy.example:8080/x -o C:\Temp\x",
            &[r"curl.exe http://proxy.example:8080/x -o C:\Temp\x:evil.exe"],
        ),
        (
            LINE,
            r"{ glob = 'csc.exe /out:C:\Windows\*' }",
            r"csc.exe /out:C:\Windows\a.exe",
            &[r"csc.exe /out:C:\Windows\Tracing:evil.exe"],
        ),
        (
            LINE,
            r"{ prefix = 'x.exe /at:2:30 C:\Scripts\' }",
            r"x.exe /at:2:30 C:\Scripts\a",
            &[r"x.exe /at:2:30 C:\Scripts\a:evil"],
        ),
    ]);
}

#[test]
fn a_pattern_that_names_contents_fits_them_and_no_others() {
    hides_only(&[
        (
            LINE,
            "{ glob = 'type **.exe:Zone.Identifier' }",
            r"type C:\Data\x.exe:Zone.Identifier",
            &[r"type C:\Data\x.exe:evil", r"type C:\Data:evil.exe:Zone.Identifier"],
        ),
        (
            OBJECT,
            "{ glob = '**.exe:Zone.Identifier' }",
            r"C:\Data\x.exe:Zone.Identifier",
            &[r"C:\Data\x.exe:evil", r"C:\Data:evil.exe:Zone.Identifier"],
        ),
        (
            LINE,
            r"{ regex = 'type C:\\Data\\(report|summary)_2026:Zone\.Identifier' }",
            r"type C:\Data\summary_2026:Zone.Identifier",
            &[r"type C:\Data\summary_2026:evil"],
        ),
        (
            LINE,
            r"{ regex = 'type C:\\Data\\[a-z]+:Zone\.Identifier' }",
            r"type C:\Data\x:Zone.Identifier",
            &[r"type C:\Data\x:y:Zone.Identifier"],
        ),
        (
            "data.win.eventdata.targetFilename",
            r"{ prefix = 'C:\Data\x.exe:Zone' }",
            r"C:\Data\x.exe:Zone.Identifier",
            &[r"C:\Data\x.exe:evil"],
        ),
        (
            LINE,
            "{ glob = '**:*' }",
            r"type C:\Data\x:y",
            &[r"type C:\Data\x:y C:\Data\x:y"],
        ),
    ]);
}

#[test]
fn names_with_blanks_commas_and_quotes_have_contents() {
    for (matches, honest, hostile) in [
        (
            r#"{ glob = 'wscript.exe "C:\ProgramData\*' }"#,
            r#"wscript.exe "C:\ProgramData\a.vbs" /x"#,
            &[
                r#"wscript.exe "C:\ProgramData\Acme data":evil.vbs"#,
                r#"wscript.exe "C:\ProgramData\Acme data: evil.vbs""#,
            ][..],
        ),
        (
            r"{ glob = 'wscript.exe C:\ProgramData\*' }",
            r"wscript.exe C:\ProgramData\a,b=c.vbs 10:30",
            &[
                r#"wscript.exe C:\ProgramData\a", "bc:evil.vbs"#,
                r"wscript.exe C:\ProgramData\a,bc:evil.vbs",
                r"wscript.exe C:\ProgramData\a=bc:evil.vbs",
            ],
        ),
        (
            r"{ glob = 'powershell.exe -File C:\Scripts\*' }",
            r"powershell.exe -File C:\Scripts\a,b.ps1",
            &[r"powershell.exe -File C:\Scripts\a,b.ps1:evil.ps1"],
        ),
        (
            "{ glob = 'wscript.exe ./Scripts/*' }",
            "wscript.exe ./Scripts/a.vbs",
            &["wscript.exe ./Scripts/a:evil.vbs"],
        ),
        (
            "{ glob = 'wscript.exe Scripts/*' }",
            "wscript.exe Scripts/a.vbs",
            &["wscript.exe Scripts/a.txt:evil.vbs"],
        ),
        (
            r"{ glob = 'C:\Program Files\*' }",
            r"C:\Program Files\a.exe 10:30",
            &[r"C:\Program Files\My Data:evil.exe"],
        ),
        (
            "{ glob = 'wscript.exe %TEMP%/x/*' }",
            "wscript.exe %TEMP%/x/a.vbs",
            &["wscript.exe %TEMP%/x/a:evil.vbs"],
        ),
        (
            "{ glob = 'wscript.exe //nas/share/*' }",
            "wscript.exe //nas/share/a.vbs",
            &["wscript.exe //nas/share/a:evil.vbs"],
        ),
        (
            r"{ glob = 'cscript.exe //nologo Scripts\*' }",
            r"cscript.exe //nologo Scripts\a.vbs",
            &[r"cscript.exe //nologo Scripts\a.txt:evil.vbs"],
        ),
    ] {
        hides_only(&[(LINE, matches, honest, hostile)]);
    }
}

#[test]
fn every_field_for_a_file_has_contents_behind_a_name_with_a_blank() {
    hides_only(&[
        (
            OBJECT,
            r"{ glob = 'C:\ProgramData\*' }",
            r"C:\ProgramData\My Data",
            &[r"C:\ProgramData\My Data:evil.exe"],
        ),
        (
            OBJECT,
            r"{ glob = '\REGISTRY\MACHINE\*' }",
            r"\REGISTRY\MACHINE\a:b",
            &[r"\REGISTRY\USER\a:b"],
        ),
        (
            "data.win.eventdata.relativeTargetName",
            r"{ glob = 'Public\*' }",
            r"Public\Data",
            &[r"Public\Data:evil.exe"],
        ),
        (
            "data.win.eventdata.relativeTargetName",
            "{ glob = '*' }",
            "My Data",
            &["My Data:evil.exe"],
        ),
        (
            "syscheck.path",
            r"{ glob = 'c:\programdata\*' }",
            r"c:\programdata\my data",
            &[r"c:\programdata\my data:evil.exe"],
        ),
        (
            "syscheck.path",
            r"{ glob = 'HKEY_LOCAL_MACHINE\Software\App\*' }",
            r"HKEY_LOCAL_MACHINE\Software\App\a:b c",
            &[r"HKEY_LOCAL_MACHINE\Software\Other\a:b c"],
        ),
        (
            "syscheck.path",
            r"{ glob = '[x64] HKEY_LOCAL_MACHINE\Software\App\*' }",
            r"[x64] HKEY_LOCAL_MACHINE\Software\App\a:b c",
            &[r"[x64] HKEY_LOCAL_MACHINE\Software\Other\a:b c"],
        ),
        ("syscheck.path", "{ glob = '/srv/*' }", r"/srv/a\b:c", &["/srw/a:b"]),
        (
            "process.executable",
            r"{ glob = 'C:\Program Files\*' }",
            r"C:\Program Files\R&D.exe",
            &[r"C:\Program Files\a.exe b:evil.exe"],
        ),
        (
            "file.path",
            "{ glob = '/srv/my files/*' }",
            "/srv/my files/a:b;c",
            &["/srv/my files/a/b"],
        ),
    ]);
}

#[test]
fn drives_of_a_list_and_words_of_powershell_are_no_contents() {
    for (path, matches, value) in [
        (
            "data.win.eventdata.callTrace",
            "{ glob = '**' }",
            r"C:\Windows\SYSTEM32\ntdll.dll+9d4c4|C:\Acme\agent.exe+1a2b",
        ),
        ("data.win.eventdata.details", r"{ prefix = 'C:\a;' }", r"C:\a;C:\b"),
        (
            LINE,
            r#"{ glob = 'powershell.exe -Command "$ErrorActionPreference=**' }"#,
            r#"powershell.exe -Command "$ErrorActionPreference='Stop'; & C:\Scripts\a.ps1; exit [int]::Parse(1)""#,
        ),
    ] {
        assert!(hides_value(path, matches, value), "{matches} on {value}");
    }
}

#[test]
fn a_regex_for_a_command_may_be_as_long_as_one_for_a_line() {
    for path in ["full_log", LINE] {
        let matches = "{ regex = 'x.{0,1000}' }";
        assert!(hides_value(path, matches, "xyz"), "{path}");
    }
}

#[test]
fn a_path_behind_a_program_has_contents_whatever_it_begins_with() {
    hides_only(&[
        (
            LINE,
            r"{ glob = 'wscript.exe C:\Scripts\*' }",
            r"wscript.exe C:\Scripts\O'Neil.vbs /x",
            &[
                r#"wscript.exe C:\Scripts\-'"a' b:evil.vbs""#,
                r#"wscript.exe C:\Scripts\'"' b:evil.vbs""#,
            ],
        ),
        (
            LINE,
            r"{ glob = 'wscript.exe Scripts\*' }",
            r"wscript.exe Scripts\a.vbs",
            &[
                r"wscript.exe Scripts\'.txt:evil.vbs",
                r#"wscript.exe Scripts\"".txt:evil.vbs"#,
                r#"wscript.exe Scripts\"a .txt:evil.vbs""#,
            ],
        ),
        (
            LINE,
            r"{ regex = 'C:\\Windows\\System32\\wscript(?:\.exe)? (?:[.%]\w*%?/)?[^ ]+' }",
            r"C:\Windows\System32\wscript.exe Scripts/a.vbs",
            &[
                r"C:\Windows\System32\wscript.exe ./Scripts/a:evil.vbs",
                r"C:\Windows\System32\wscript.exe %TEMP%/x/a:evil.vbs",
                r"C:\Windows\System32\wscript.exe Scripts/a.txt:evil.vbs",
                r"C:\Windows\System32\wscript ./Scripts/a:evil.vbs",
                r"C:\Windows\System32\wscript %TEMP%/x/a:evil.vbs",
                r"C:\Windows\System32\wscript Scripts/a.txt:evil.vbs",
            ],
        ),
        (
            LINE,
            "{ prefix = 'wscript.exe ' }",
            "wscript.exe https://proxy.example/a/b.vbs",
            &[
                "wscript.exe Scripts/a:evil.vbs",
                "wscript.exe Scripts/a.txt:1.vbs",
                "wscript.exe Scripts/a.txt:_evil.vbs",
                "wscript.exe Scripts/a:evil.vbs:$DATA",
                "wscript.exe Scripts/a:evil.vbs,b:c",
                r#"wscript.exe "My Scripts/a b:evil.vbs""#,
                "wscript.exe http://../Scripts/a:evil.vbs",
                r"wscript.exe http://..\Scripts/a:evil.vbs",
                r"wscript.exe C:\Scripts\a=b:evil",
                r"wscript.exe C:\Scripts\a=b:1.vbs",
            ],
        ),
    ]);
}

#[test]
fn ports_addresses_and_references_are_no_contents() {
    for (prefix, value) in [
        (
            "java.exe ",
            r"java.exe -javaagent:C:\jmx\a.jar=0.0.0.0:8080:C:\jmx\config.yml",
        ),
        ("app.exe ", r"app.exe AttachDbFilename=C:\db\x.mdf;Server=tcp:db,1433"),
        ("cmd.exe ", r"cmd.exe /c set PATH=C:\a;HOST=h:80"),
        ("app.exe ", r"app.exe --dir=C:\data,host:443 file.txt"),
        ("app.exe ", r#"app.exe {"path":"C:\data","user":"eve","time":"10:30"}"#),
        (
            "msedge.exe ",
            "msedge.exe --single-argument https://wiki.acme.example/w/index.php?title=File:Logo.png",
        ),
        (
            r"C:\Apps\msedge ",
            r"C:\Apps\msedge https://wiki.acme.example/w/index.php?title=File:Logo.png",
        ),
        ("docker.exe ", "docker.exe pull registry.example/org/app.web:release.x"),
        ("git.exe ", "git.exe push origin feature/a.b:main.x"),
        (
            r#""C:\Git\git.exe" "#,
            r#""C:\Git\git.exe" push origin feature/a.b:main.x"#,
        ),
        ("setspn.exe ", "setspn.exe -A HTTP/web01.acme.example:8080 web01"),
    ] {
        assert!(
            hides_value(LINE, &format!("{{ prefix = '{prefix}' }}"), value),
            "{value}"
        );
    }
    for command in [
        "git.exe x & wscript.exe Scripts/a:evil.vbs",
        r"wscript.exe x\git.exe Scripts/a:evil.vbs",
    ] {
        assert!(!hides_value(LINE, "{ glob = '**' }", command), "{command}");
    }
}

#[test]
fn a_list_in_the_name_of_a_file_hides_no_contents() {
    hides_only(&[
        (
            LINE,
            r"{ glob = 'rundll32.exe C:\ProgramData\Acme\*' }",
            r"rundll32.exe C:\ProgramData\Acme\a=b,c.dll,Start",
            &[
                r"rundll32.exe C:\ProgramData\Acme\a=b:1,Start",
                r"rundll32.exe C:\ProgramData\Acme\a,b:x,1Start",
                r#"rundll32.exe C:\ProgramData\Acme\a=b:"x",Start"#,
                r"rundll32.exe C:\ProgramData\Acme\a=b:1",
                r#"rundll32.exe "C:\ProgramData\Acme\a=b:1",Start"#,
            ],
        ),
        (
            LINE,
            r"{ glob = 'powershell.exe -File C:\Scripts\*' }",
            r"powershell.exe -File C:\Scripts\a=b.ps1",
            &[
                r"powershell.exe -File C:\Scripts\a=b:1",
                r"powershell.exe -File C:\Scripts\a;HOST=h:80",
            ],
        ),
        (
            LINE,
            r"{ glob = 'app.exe --load=C:\data*' }",
            r"app.exe --load=C:\data,HOST=h:80",
            &[
                r"app.exe --load=C:\data,HOST=h:80evil",
                r"app.exe --load=C:\data,HOST=h:80,Start",
                r#"app.exe --load=C:\data,HOST=h:"80""#,
                r"app.exe --load=C:\data,HOST=h:80::$DATA",
            ],
        ),
    ]);
}

#[test]
fn a_path_behind_a_relative_program_in_quotes_has_contents() {
    for begin in [r".\", r"%TEMP%\", r"\\nas\s\", r"~\", r"$env:TEMP\", "./", r"C:x\"] {
        hides_only(&[(
            LINE,
            &format!(r#"{{ glob = 'cmd.exe /c "Tools\run.exe {begin}*"' }}"#),
            &format!(r#"cmd.exe /c "Tools\run.exe {begin}b.bat""#),
            &[
                &format!(r#"cmd.exe /c "Tools\run.exe {begin}b:evil""#),
                &format!(r#"cmd.exe /c "Tools\run.exe {begin}b:evil.exe x""#),
            ],
        )]);
    }
    for sign in ["$b", "~b", "%b%", "$b~c"] {
        hides_only(&[(
            LINE,
            r#"{ glob = 'wscript.exe "Scripts\*"' }"#,
            &format!(r#"wscript.exe "Scripts\a {sign} c.vbs""#),
            &[&format!(r#"wscript.exe "Scripts\a {sign} c:evil.vbs""#)],
        )]);
    }
}

#[test]
fn a_name_before_a_slash_ends_in_any_sign_and_stands_in_any_quotes() {
    let signs = "!#$%&'()+,-.;=@[]^{}~`".chars().map(|c| format!("Scripts{c}/"));
    for begin in signs.chain([
        r#""Scripts"/"#.to_owned(),
        r#"S"cripts"/"#.to_owned(),
        r#""My Scripts"/"#.to_owned(),
    ]) {
        let command = format!("wscript.exe {begin}a.txt:evil.vbs");
        assert!(!hides_value(LINE, "{ prefix = 'wscript.exe ' }", &command), "{command}");
    }
    for begin in [
        r#"wscript.exe "Scripts (old)\"#,
        r#"wscript.exe "R&D Scripts\"#,
        r#"wscript.exe "Acme, Inc\"#,
        r#"wscript.exe "Acme; Inc/"#,
        "powershell.exe -Command gc 'My Scripts\\",
        r#"powershell.exe -Command "gc 'My Scripts\"#,
        "powershell.exe -Command gc 'Acme, Inc/",
    ] {
        hides_only(&[(
            LINE,
            &format!("{{ glob = '''{begin}*''' }}"),
            &format!("{begin}a b.vbs"),
            &[&format!("{begin}a b.txt:evil.vbs"), &format!("{begin}a b:evil.vbs")],
        )]);
    }
}

#[test]
fn a_web_address_hides_no_path_beside_it() {
    hides_only(&[
        (
            LINE,
            "{ glob = 'mshta.exe file://nas/apps/*' }",
            "mshta.exe file://nas/apps/a.hta",
            &[
                "mshta.exe file://nas/apps/a.txt:evil.hta",
                "mshta.exe file://nas/apps/a:evil",
            ],
        ),
        (
            LINE,
            "{ glob = 'mshta.exe file://localhost/C$/*' }",
            "mshta.exe file://localhost/C$/a.hta",
            &["mshta.exe file://localhost/C$/a.txt:evil.hta"],
        ),
        (
            LINE,
            "{ prefix = 'powershell.exe ' }",
            "powershell.exe iwr https://acme.example/w/index.php?title=File:Logo.png",
            &[
                "powershell.exe Get-Content http://x,Scripts/a.txt:evil.ps1",
                "powershell.exe $u='http://x';iex(gc('Scripts/a.txt:evil.ps1'))",
            ],
        ),
    ]);
}

#[test]
fn references_targets_and_sentences_are_no_contents() {
    for (program, arguments) in [
        ("cmd.exe ", "/c git show origin/main:package.json"),
        ("cmd.exe ", r#"/c "git show origin/feature.x:package.json""#),
        ("powershell.exe ", "-Command git show origin/main:version.txt"),
        ("bash.exe ", r#"-c "git show origin/main:version.txt""#),
        (
            r"C:\Program Files\Git\cmd\git.exe ",
            "show origin/feature.x:package.json",
        ),
        ("git.exe ", "show origin/main:a.json | more"),
        ("git.exe ", r#"-C "C:\r&d" show origin/main:a.json"#),
        ("cmd.exe ", "/c kubectl cp prod/web-0:app.log app.log"),
        ("bazel.exe ", "build app/x:y.exe"),
        (
            "cmd.exe ",
            r#"/c msg * "Maintenance 11/29/2026 at 10:30 see intranet.acme.local""#,
        ),
        (
            "eventcreate.exe ",
            r#"/t INFORMATION /id 1 /d "Backup 2026/11/29 10:30 done on srv.acme.local""#,
        ),
        (
            "msg.exe ",
            r#"* "Maintenance 11/29/2026 at 10:30 see intranet.acme.local""#,
        ),
        ("hg.exe ", r#"commit -m "src/main.rs: use a.b""#),
        ("hg.exe ", r#"commit -m "src/main.rs:10 use a.b""#),
        ("gh.exe ", r#"pr create --title "web/api: use json.net""#),
        ("cmd.exe ", "/c cd x && git show origin/main:package.json"),
        (
            "acme.exe ",
            r#"--note "Backup 2026/11/29 10:30 done on srv.acme.local""#,
        ),
        ("acme.exe ", r#"--note "Job of web/api: failed on srv.acme.local""#),
        (
            "powershell.exe ",
            "-Command Write-Host 'Maintenance 11/29/2026 at 10:30 see srv.acme.local'",
        ),
    ] {
        let (matches, command) = (format!("{{ prefix = '{program}' }}"), format!("{program}{arguments}"));
        assert!(hides_value(LINE, &matches, &command), "{command}");
    }
    for command in [
        r#"cmd.exe /c "git show x & wscript.exe Scripts/a:evil.vbs""#,
        "powershell.exe -File Scripts/a:evil.ps1 -Command git",
        r#"wscript.exe "Scripts/a: evil.vbs""#,
        "cmd.exe /c Scripts/a:evil.exe",
        r#"cmd.exe /c "Scripts/a:evil.exe""#,
        r#"cmd.exe /c "start Scripts/a:evil.exe""#,
        r#"wscript.exe "Scripts/a:evil x.vbs""#,
        "acme.exe Scripts/a.txt:evil.exe",
        r#"acme.exe "My Scripts/a.txt:evil.exe""#,
        "acme.exe Scripts/a:evil.exe",
        "python3.11.exe Scripts/a:evil.py",
        "diskshadow.exe /s scripts/a:evil.txt",
        r#"acme.exe "My Scripts/a:evil x.exe""#,
        "msbuild.exe /t:Build;git Scripts/a.txt:evil.proj",
        r#"msbuild.exe "/p:A=a&git" Scripts/a.txt:evil.proj"#,
        "java.exe -Da=(git -jar lib/a.txt:evil.jar",
        "pwsh.exe -WorkingDirectory git -File Scripts/a.txt:evil.ps1",
        "wsl.exe -u git wscript.exe Scripts/a.txt:evil.vbs",
        r#"cmd.exe /c Tools\git.exe"x\wscript.exe" Scripts/a.txt:evil.vbs"#,
        r#"cmd.exe /c "call Scripts/a:evil.cmd""#,
        r#"cmd.exe /c "cd x & Scripts/a:evil.exe""#,
    ] {
        assert!(!hides_value(LINE, "{ glob = '**' }", command), "{command}");
    }
}
