//! Who acts, and from where, closes nothing without a look at what is done.

use super::*;

const SHELL: &str = r"C:\Windows\System32\cmd.exe";

fn started(level: u8, user: &str, line: &str, image: &str, parent: &str) -> Disposition {
    let fields = [
        (EVENT, "1"),
        (COMMAND, line),
        (IMAGE, image),
        (PARENT, parent),
        ("data.win.eventdata.user", user),
    ];
    said_under("A process was started", level, "windows sysmon", &fields)
}

#[test]
fn a_name_of_the_help_desk_closes_no_command() {
    for (line, image) in [
        (r"wmic /node:fs02 os get version", r"C:\Windows\System32\wbem\WMIC.exe"),
        (
            r"bcdedit /set {current} safeboot minimal",
            r"C:\Windows\System32\bcdedit.exe",
        ),
        (r"copy C:\Intel\v.dll \\dc02\c$\Windows\System32\v.dll", SHELL),
        (r"C:\Intel\scan.exe -t 10.9.0.0/16", r"C:\Intel\scan.exe"),
    ] {
        for level in [3, 5, 7, 9] {
            assert!(
                !started(level, r"CORP\adm.keller", line, image, SHELL).is_benign(),
                "{level} {line}"
            );
        }
    }
    let lookup = r"net user j.brand /domain";
    assert!(started(3, r"CORP\hd-keller", lookup, r"C:\Windows\System32\net.exe", SHELL).is_benign());
}

#[test]
fn neither_does_the_folder_of_the_parent_or_the_name_of_a_service() {
    let remote = r"C:\Program Files (x86)\RemoteHelp\host.exe";
    for (user, parent) in [
        (r"NT AUTHORITY\SYSTEM", remote),
        (r"CORP\svc-backup", r"C:\Program Files\Backup\agent.exe"),
    ] {
        for line in [
            r"cmd.exe /c type C:\Intel\p.txt",
            r"wbadmin start backup -include:c:\windows\ntds -backuptarget:\\h\s",
        ] {
            assert!(!started(5, user, line, SHELL, parent).is_benign(), "{user} {line}");
        }
    }
}

#[test]
fn sudo_by_a_name_of_the_house_is_judged_by_its_command() {
    let sudo = |user: &str, command: &str| {
        let log = format!("Mar  2 08:00:01 app01 sudo: {user} : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND={command}");
        let fields = [("data.srcuser", user), ("data.command", command), ("full_log", &log)];
        said_under("Successful sudo to ROOT executed.", 3, "syslog sudo", &fields)
    };
    for user in ["ops", "ops-keller", "support", "sysadmin1"] {
        for command in [
            "/usr/bin/vim /etc/sudoers",
            "/usr/bin/crontab -e",
            "/usr/sbin/useradd eve",
            "/usr/bin/java -jar /srv/x.jar",
            "/usr/sbin/zfs destroy -r tank/backup",
            "/usr/bin/docker compose run -v /:/h x chroot /h",
            "/usr/bin/docker compose -f /srv/e/x.yml up -d",
            "/usr/bin/cat shadow /var/log/syslog",
        ] {
            assert!(!sudo(user, command).is_benign(), "{user} {command}");
        }
        for command in [
            "/usr/bin/systemctl restart nginx",
            "/usr/bin/docker compose logs -f web",
        ] {
            assert!(sudo(user, command).is_benign(), "{user} {command}");
        }
    }
}

#[test]
fn whoever_signs_up_under_such_a_name_closes_nothing() {
    for (path, name) in [("data.srcuser", "ops"), ("data.app.user", "support-me")] {
        let fields = [(path, name), ("data.command", "/opt/app/run --export all")];
        assert!(
            !said_under("Command executed", 5, "local app", &fields).is_benign(),
            "{path}"
        );
    }
}
