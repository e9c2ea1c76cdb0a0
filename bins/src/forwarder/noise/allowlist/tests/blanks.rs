//! Names of blanks only, and blanks beside separators: names like all others, or where an argument of a command ends.

use super::evasion::{excludes_only, hides_only};
use super::*;

#[test]
fn a_name_of_blanks_is_a_name() {
    hides_only(&[
        (
            "data.win.eventdata.image",
            r"{ glob = 'C:\Windows\System32\svchost.exe' }",
            r"C:\Windows\.\System32\svchost.exe",
            &[
                "C:\\\u{a0}\\Windows\\System32\\svchost.exe",
                "C:\\\u{2003}\\Windows\\System32\\svchost.exe",
                "C:\\Windows\\\u{3000}\\\u{3000}\\System32\\svchost.exe",
                "C:\\Windows\\x\\..\u{a0}\\System32\\svchost.exe",
                r"C:\ \Windows\System32\svchost.exe",
            ],
        ),
        (
            "data.win.eventdata.image",
            r"{ glob = 'C:\Windows\**' }",
            r"C:\Windows\System32\svchost.exe",
            &[
                "C:\\Windows\\System32\u{a0}\\svchost.exe",
                "C:\\Windows\u{2003}\\svchost.exe",
            ],
        ),
        (
            "data.file",
            "{ glob = '/opt/cache/*' }",
            "/opt/cache/x",
            &[
                "/opt/cache/ /x",
                "/opt/cache/\u{a0}/x",
                "/opt/cache/. /x",
                "/opt/cache/a/.. /x",
            ],
        ),
        (
            "data.audit.exe",
            "{ glob = '/usr/bin/*' }",
            "/usr/bin/id",
            &["/usr/bin/ /x"],
        ),
        (
            "data.url",
            "{ glob = '/health/*' }",
            "/health/live",
            &["/health/ /admin", "/health/. /admin"],
        ),
    ]);
    let not = r"not = { 'data.win.eventdata.image' = { glob = 'C:\Users\**' } }";
    let users = alert_with("data.win.eventdata.image", "C:\\\u{a0}\\Users\\x.exe");
    assert!(!hides(not, &users));
}

#[test]
fn an_argument_that_ends_in_a_slash_does_not_swallow_the_next() {
    const COMMAND: &str = "data.command";
    const COMMAND_LINE: &str = "data.win.eventdata.commandLine";
    hides_only(&[
        (
            COMMAND,
            "{ glob = '/usr/bin/rm -rf /opt/cache/*' }",
            "/usr/bin/rm -rf /opt/cache/x",
            &[
                "/usr/bin/rm -rf /opt/cache/ /etc",
                "/usr/bin/rm -rf /opt/cache/. /etc",
                "/usr/bin/rm -rf /opt/cache/// /etc",
                "/usr/bin/rm -rf /opt/cache/ / etc",
                "/usr/bin/rm -rf /opt/cache/a/ ../x",
                "/usr/bin/rm -rf /opt/cache/a/ /../x",
            ],
        ),
        (
            COMMAND,
            "{ glob = '/usr/bin/bash /opt/*/run.sh' }",
            "/usr/bin/bash /opt/app/run.sh",
            &["/usr/bin/bash /opt/. /tmp/run.sh", "/usr/bin/bash /opt/ /tmp/run.sh"],
        ),
        (
            COMMAND,
            "{ glob = 'rm -rf /opt/cache/*' }",
            "rm -rf /opt/cache/x -v",
            &["rm -rf /opt/cache/x /etc", "rm -rf /opt/cache/ /etc"],
        ),
        (
            COMMAND,
            "{ glob = 'rm -rf /data*' }",
            "rm -rf /data1",
            &["rm -rf /data1 /etc"],
        ),
        (
            COMMAND,
            "{ glob = 'rm -rf ./cache/*' }",
            "rm -rf ./cache/x",
            &["rm -rf ./cache/x /etc"],
        ),
        (
            COMMAND,
            r"{ glob = 'rm -rf /opt/a\*/*' }",
            r"rm -rf /opt/a\*/x",
            &[r"rm -rf /opt/a\*/x /etc"],
        ),
        (
            COMMAND_LINE,
            r"{ glob = 'rm.exe -rf /opt/cache/*' }",
            r"rm.exe -rf /opt/cache/x -v",
            &[r"rm.exe -rf /opt/cache/x /etc"],
        ),
        (
            COMMAND_LINE,
            r"{ glob = 'C:\cygwin\bin\rm.exe -rf /opt\cache\*' }",
            r"C:\cygwin\bin\rm.exe -rf /opt/cache/x -v",
            &[r"C:\cygwin\bin\rm.exe -rf /opt/cache/x /etc"],
        ),
        (
            COMMAND_LINE,
            r"{ glob = 'csc.exe /out:C:\build\*' }",
            r"csc.exe /out:C:\build\a.exe /debug",
            &[r"csc.exe /out:C:\build\a\b.exe"],
        ),
        (
            COMMAND_LINE,
            "{ glob = 'schtasks /query*' }",
            "schtasks /query /fo csv",
            &["schtasks /run /tn x"],
        ),
        (
            COMMAND_LINE,
            "{ glob = 'msbuild.exe C:/build/*' }",
            "msbuild.exe C:/build/a.sln /t:Build",
            &["msbuild.exe C:/build/a/b.sln /t:Build"],
        ),
        (
            COMMAND_LINE,
            "{ glob = 'csc.exe /out:C:/build/*' }",
            "csc.exe /out:C:/build/a.exe /debug",
            &["csc.exe /out:C:/build/a/b.exe"],
        ),
        (
            COMMAND_LINE,
            "{ glob = 'cscript.exe //nologo*' }",
            "cscript.exe //nologo x.vbs /a",
            &["cscript.exe //b x.vbs"],
        ),
        (
            COMMAND,
            "{ glob = '/usr/bin/rsync -a /data/backup' }",
            "/usr/bin/rsync -a /data//backup",
            &["/usr/bin/rsync -a /data/ /backup"],
        ),
    ]);
}

#[test]
fn a_command_whose_arguments_end_in_slashes_fits_its_own_text() {
    for (matches, command) in [
        (
            "{ glob = '/usr/bin/rsync -a /data/ /backup/' }",
            "/usr/bin/rsync -a /data/ /backup/",
        ),
        ("{ glob = '/usr/bin/cp -a /a/. /b/*' }", "/usr/bin/cp -a /a/. /b/c"),
        (
            "{ glob = '/usr/bin/sed -i s/a/b/ /etc/x' }",
            "/usr/bin/sed -i s/a/b/ /etc/x",
        ),
        (
            "{ glob = '/usr/bin/find / /opt -name x' }",
            "/usr/bin/find / /opt -name x",
        ),
        (
            "{ glob = '/usr/bin/find / ** -delete' }",
            "/usr/bin/find / /opt -name x -delete",
        ),
        (
            "{ glob = '/usr/bin/rm -rf /tmp/build-*/ /tmp/x-*/' }",
            "/usr/bin/rm -rf /tmp/build-1/ /tmp/x-2/",
        ),
        ("{ prefix = '/usr/bin/ls / ' }", "/usr/bin/ls / -la"),
    ] {
        assert!(hides_value("data.command", matches, command), "{matches}");
        let rule = format!("{HEAD}[match]\n\"rule.id\" = \"1\"\n\"data.command\" = {matches}");
        let warnings = allowlist(&rule).unwrap().warnings("2027-01-01".parse().unwrap());
        assert!(warnings.is_empty(), "{matches}: {warnings:?}");
    }
}

#[test]
fn a_slash_begins_a_switch_only_in_a_command_of_windows_and_behind_no_path_of_unix() {
    const LINE: &str = "data.win.eventdata.commandLine";
    hides_only(&[
        (
            LINE,
            "{ glob = 'rm.exe -rf ./cache/*' }",
            "rm.exe -rf ./cache/x -v",
            &["rm.exe -rf ./cache/x /etc"],
        ),
        (
            LINE,
            r#"{ glob = 'rm.exe -rf "/opt/cache/*' }"#,
            r#"rm.exe -rf "/opt/cache/x" -v"#,
            &[r#"rm.exe -rf "/opt/cache/x" /etc"#],
        ),
        (
            LINE,
            "{ glob = 'tar.exe --directory=/opt/cache/*' }",
            "tar.exe --directory=/opt/cache/x -v",
            &["tar.exe --directory=/opt/cache/x /etc"],
        ),
        (
            LINE,
            "{ glob = 'rm.exe -rf ~/cache/*' }",
            "rm.exe -rf ~/cache/x",
            &["rm.exe -rf ~/cache/x /etc"],
        ),
        (
            LINE,
            "{ glob = 'rm.exe -rf cache/*' }",
            "rm.exe -rf cache/x",
            &["rm.exe -rf cache/x /etc"],
        ),
        (
            "data.osquery.columns.cmdline",
            "{ glob = 'rm -rf cache*' }",
            "rm -rf cache1 -v",
            &["rm -rf cache1 /etc"],
        ),
        (
            "data.osquery.columns.cmdline",
            "{ glob = '/opt/mono/x.exe *' }",
            "/opt/mono/x.exe -a",
            &["/opt/mono/x.exe /etc"],
        ),
    ]);
    for (path, glob, command) in [
        (
            LINE,
            r"net.exe use Z: \\nas\backup /user:CORP\*",
            r"net.exe use Z: \\nas\backup /user:CORP\svc /persistent:no",
        ),
        (
            LINE,
            r"runas.exe /user:CORP\*",
            r"runas.exe /user:CORP\svc /savecred cmd.exe",
        ),
        (
            LINE,
            r"cmdkey.exe /add:srv /user:CORP\*",
            r"cmdkey.exe /add:srv /user:CORP\svc /pass:x",
        ),
        (LINE, r"csc.exe /out:build\*", r"csc.exe /out:build\a.exe /debug"),
        (
            LINE,
            r"robocopy.exe C:\a D:\b /log:logs\*",
            r"robocopy.exe C:\a D:\b /log:logs\a.txt /mir",
        ),
        (
            LINE,
            r"xcopy.exe C:\a D:\b /exclude:lists\*",
            r"xcopy.exe C:\a D:\b /exclude:lists\a.txt /y",
        ),
        (
            "process.command_line",
            r"C:\Windows\System32\whoami.exe *",
            r"C:\Windows\System32\whoami.exe /all",
        ),
        (
            "process.command_line",
            r#""C:\Program Files\App\app.exe" *"#,
            r#""C:\Program Files\App\app.exe" /all"#,
        ),
        (
            "data.osquery.columns.cmdline",
            "schtasks.exe /query *",
            "schtasks.exe /query /fo csv",
        ),
        (
            "data.osquery.columns.cmdline",
            r"\\nas\tools\x.exe *",
            r"\\nas\tools\x.exe /a",
        ),
    ] {
        let matches = format!("{{ glob = '{glob}' }}");
        assert!(hides_value(path, &matches, command), "{glob} on {command}");
    }
}

#[test]
fn a_switch_may_follow_a_path_with_slashes_of_a_program_of_windows() {
    const LINE: &str = "data.win.eventdata.commandLine";
    hides_only(&[
        (
            LINE,
            "{ glob = 'MSBuild.exe src/*' }",
            "MSBuild.exe src/App.sln /t:Build /m /p:Configuration=Release",
            &["MSBuild.exe src/App.sln /opt/x.proj", "MSBuild.exe src/a/b.sln /m"],
        ),
        (
            LINE,
            "{ glob = 'cmd.exe /c ./tools/* /m' }",
            "cmd.exe /c ./tools/x.exe /q /m",
            &["cmd.exe /c ./tools/x.exe /srv/y /m"],
        ),
        (
            "process.command_line",
            "{ glob = 'cmd.exe /c tools/*' }",
            "cmd.exe /c tools/x.exe /q",
            &["cmd.exe /c tools/x.exe /srv.txt"],
        ),
        (
            LINE,
            "{ glob = 'cmd.exe /c rm -rf cache/*' }",
            "cmd.exe /c rm -rf cache/x -v",
            &["cmd.exe /c rm -rf cache/x /etc"],
        ),
        (
            LINE,
            r"{ glob = 'Python3.exe cache/*' }",
            r"Python3.exe cache/x.py -v",
            &[r"Python3.exe cache/x.py /Users"],
        ),
        (
            LINE,
            "{ glob = 'x.exe /srv/cache/*' }",
            "x.exe /srv/cache/x -v",
            &["x.exe /srv/cache/x /etc"],
        ),
    ]);
}

#[test]
fn a_second_path_is_no_switch_whatever_the_program_and_the_first_path() {
    const LINE: &str = "data.win.eventdata.commandLine";
    for (glob, honest, hostile) in [
        (
            "powershell.exe -Command Remove-Item -Recurse -Force cache/*",
            "powershell.exe -Command Remove-Item -Recurse -Force cache/x -Verbose",
            &["powershell.exe -Command Remove-Item -Recurse -Force cache/x, /Windows"][..],
        ),
        (
            "pwsh.exe -c del cache/*",
            "pwsh.exe -c del cache/x",
            &["pwsh.exe -c del cache/x, /Users"],
        ),
        (
            r"powershell.exe Copy-Item src/* D:\dst",
            r"powershell.exe Copy-Item src/a D:\dst",
            &[r"powershell.exe Copy-Item src/a, /Users D:\dst"],
        ),
        (
            r"powershell.exe Remove-Item C:\cache\*",
            r"powershell.exe Remove-Item C:\cache\x -Force",
            &[
                r"powershell.exe Remove-Item C:\cache\x, /Windows",
                r"powershell.exe Remove-Item C:\cache\x, \Windows",
            ],
        ),
        (
            "restic.exe backup data/*",
            "restic.exe backup data/x",
            &["restic.exe backup data/x /data"],
        ),
        (
            "acme-backup.exe data/*",
            "acme-backup.exe data/x /q",
            &["acme-backup.exe data/x /Users"],
        ),
        (
            r"acme-backup.exe /c C:\data\*",
            r"acme-backup.exe /c C:\data\x /q",
            &[
                r"acme-backup.exe /c C:\data\x /Users",
                r"acme-backup.exe /c C:\data\x \Users",
                r"acme-backup.exe /c C:\data\x /windows:a",
            ],
        ),
        (
            "rm*.exe -rf cache/*",
            "rm.exe -rf cache/x",
            &["rm.exe -rf cache/x /data"],
        ),
        (
            "tools/*.exe -rf tmp/*",
            "tools/rm.exe -rf tmp/x",
            &["tools/rm.exe -rf tmp/x /Users"],
        ),
        (
            "cmd.exe /c * -rf cache/*",
            "cmd.exe /c rm -rf cache/x",
            &["cmd.exe /c rm -rf cache/x /Users"],
        ),
        (
            r"rm.exe -rf C:\cache\*",
            r"rm.exe -rf C:\cache\x",
            &[r"rm.exe -rf C:\cache\x /Windows"],
        ),
        (
            "rm.exe -rf C:/cache/*",
            "rm.exe -rf C:/cache/x",
            &["rm.exe -rf C:/cache/x /etc"],
        ),
        (
            "cmd.exe /c tools/rm -rf tmp*",
            "cmd.exe /c tools/rm -rf tmp1",
            &["cmd.exe /c tools/rm -rf tmp1 /data"],
        ),
        (
            r"cmd.exe /c C:\cygwin\bin\rm -rf cache/*",
            r"cmd.exe /c C:\cygwin\bin\rm -rf cache/x",
            &[r"cmd.exe /c C:\cygwin\bin\rm -rf cache/x /Data"],
        ),
        (
            r#""C:\Program Files\Git\bin\sh" -c "rm -rf cache/*""#,
            r#""C:\Program Files\Git\bin\sh" -c "rm -rf cache/x""#,
            &[r#""C:\Program Files\Git\bin\sh" -c "rm -rf cache/x /Data""#],
        ),
        (
            r#""C:\Program Files\Git\usr\bin\rm.exe" -rf cache/*"#,
            r#""C:\Program Files\Git\usr\bin\rm.exe" -rf cache/x"#,
            &[r#""C:\Program Files\Git\usr\bin\rm.exe" -rf cache/x /Data"#],
        ),
        (
            r#"cmd.exe /c "cd x&&rm -rf cache/*""#,
            r#"cmd.exe /c "cd x&&rm -rf cache/x""#,
            &[r#"cmd.exe /c "cd x&&rm -rf cache/x /Data""#],
        ),
    ] {
        hides_only(&[(LINE, &format!("{{ glob = '{glob}' }}"), honest, hostile)]);
    }
    excludes_only(&[(
        LINE,
        "{ glob = 'rm.exe *' }",
        &["ls.exe x /Users"],
        &["rm.exe x /Users", "rm.exe x /data", r"rm.exe /q x \Users"],
    )]);
}

#[test]
fn switches_with_digits_and_in_quotes_are_switches() {
    const LINE: &str = "data.win.eventdata.commandLine";
    for (glob, command) in [
        ("cl.exe src/*", "cl.exe src/main.c /W4 /O2"),
        ("MSBuild.exe src/*", "MSBuild.exe src/a.sln /flp1:logfile=x.log /m"),
        (
            "MSBuild.exe src/*",
            r#"MSBuild.exe src/a.sln "/p:Configuration=Release" /m"#,
        ),
        ("MSBuild.exe *", r#"MSBuild.exe "/p:Configuration=Release" a.sln /m"#),
        (
            r"MSBuild.exe C:\git\*",
            r#"MSBuild.exe C:\git\a.sln "/p:Configuration=Release" /m"#,
        ),
        (
            r"robocopy.exe C:\git\* D:\java\*",
            r"robocopy.exe C:\git\a D:\java\b /mir /r:1",
        ),
        (r"setup.exe C:\x\*", r"setup.exe C:\x\a.cfg /quiet /install"),
        (
            "powershell.exe -Command schtasks *",
            "powershell.exe -Command schtasks /query",
        ),
        (r"x.exe * /Users", r"x.exe a /Users"),
        (
            r"msiexec.exe /i C:\Install\PowerShell*",
            r"msiexec.exe /i C:\Install\PowerShell-7.msi /qn",
        ),
        ("msiexec.exe /i node*", "msiexec.exe /i node-v20.msi /qn"),
        (
            r"acme.exe install C:\Packages\*",
            r"acme.exe install C:\Packages\a.msi /quiet",
        ),
        ("choco.exe install acme*", "choco.exe install acme-agent /y"),
        ("cmd.exe /c install*", "cmd.exe /c install.cmd /quiet"),
        (
            r"C:\Deploy\git*.exe /DIR=*",
            r"C:\Deploy\git-2.4.exe /DIR=x /VERYSILENT",
        ),
        (
            r"C:\Temp\python-*.exe /quiet*",
            r"C:\Temp\python-3.12.1.exe /quiet /norestart",
        ),
        ("python-*.exe *", "python-3.12.1.exe /quiet /norestart"),
        ("python*", "python-3.12.1.exe /quiet"),
        ("MSBuild.exe docker*", "MSBuild.exe docker-compose.dcproj /t:Build"),
        (r"cmd.exe /c rmdir C:\Temp\*", r"cmd.exe /c rmdir C:\Temp\build_1 /s /q"),
        (
            r#"C:\Windows\System32\find.exe "error" C:\logs\*"#,
            r#"C:\Windows\System32\find.exe "error" C:\logs\a.log /c"#,
        ),
        (
            "powershell.exe -Command schtasks*",
            "powershell.exe -Command schtasks /run /tn Backup",
        ),
        (
            r"powershell.exe -Command Start-Process C:\Deploy\*",
            r"powershell.exe -Command Start-Process C:\Deploy\setup.exe /quiet",
        ),
        (
            r"powershell.exe -File C:\Scripts\*",
            r"powershell.exe -File C:\Scripts\a.ps1 /silent",
        ),
        (r"python.exe C:\Scripts\*", r"python.exe C:\Scripts\a.py /all"),
        ("docker.exe run *", "docker.exe run acme ls /var"),
        ("wsl.exe *", "wsl.exe df /home"),
        ("setup.exe *", "setup.exe /root=x /quiet"),
    ] {
        assert!(
            hides_value(LINE, &format!("{{ glob = '{glob}' }}"), command),
            "{glob} on {command}"
        );
    }
}
