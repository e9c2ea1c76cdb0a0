//! Commands that a shell makes others of.

use super::evasion::excludes_only;

#[test]
fn a_not_excludes_what_a_shell_may_make_of_a_command() {
    excludes_only(&[
        (
            "data.command",
            "{ glob = '**/root/**' }",
            &[
                "/bin/sh -c cat /srv/x",
                r"find / -name \*.c -exec rm {} \;",
                "echo a b!",
            ],
            &[
                "/bin/sh -c cat /root/x",
                "/bin/sh -c cat $HOME/x",
                "/bin/sh -c cat ~/x",
                "/bin/sh -c cat ~root/x",
                r"/bin/sh -c cat /ro\ot/x",
                "/bin/sh -c cat /ro\\\not/x",
                "/bin/sh -c cat /ro''ot/x",
                "/bin/sh -c cat /r$@oot/x",
                "/bin/sh -c cat /roo[t]/x",
                r"/bin/sh -c cat $'/\x72oot/x'",
                "/bin/sh -c cat /`echo root`/x",
                "cmd.exe /c type %cd%/x",
            ],
        ),
        (
            "data.audit.execve.a2",
            "{ glob = '**cat /etc/shadow**' }",
            &["cat /etc/hosts"],
            &[
                "cat /etc/shadow",
                r"c\at /etc/shadow",
                "cat${IFS}/etc/shadow",
                "cat /etc/sh?dow",
                r"c''\at  /etc/shadow",
            ],
        ),
        (
            "data.win.eventdata.commandLine",
            r"{ glob = '**\Users\**' }",
            &[r"cmd /c C:\Tools\x.exe /?", r"robocopy \\nas\backup$ D:\a *.txt"],
            &[
                r"cmd /c !TEMP!\x",
                r"powershell $HOME\x",
                r"powershell ~\x",
                "powershell gc Env:TEMP",
                r"powershell gc C:\Us$null'ers'\x",
                "cmd /c for %i in (C:\\Us) do type %iers\\x",
            ],
        ),
        (
            "data.win.eventdata.commandLine",
            "{ glob = '**mimikatz**' }",
            &[
                "cmd /c git log --format=%h-%s",
                "cmd /c start https://acme.example/M%C3%BCller",
            ],
            &[
                r#"cmd /v /c "set 1=mimi&!1!katz""#,
                r#"cmd /c "set a+b=mimi&call %a+b%katz""#,
                "cmd /c for %1 in (mimi) do %1katz",
                "cmd /c start http://a.example/&mi%cd:*2=m%ikatz.exe",
                "cmd /c rem://&%FACE%katz",
            ],
        ),
        (
            "data.command",
            "'/usr/bin/id'",
            &["/usr/bin/ip"],
            &["/usr/bin/id", r"/usr/bin/i\d", "$x"],
        ),
    ]);
    // No command: no shell reads it.
    excludes_only(&[("data.srcuser", "'root'", &["$HOME", "~", "ro?t"], &["root"])]);
}
