//! Guards that are taken away, and tools that let others in, are no routine of whoever carries it out.

use super::*;

fn package(title: &str, line: &str) -> Disposition {
    said_under(title, 7, "syslog dpkg yum", &[("full_log", line)])
}

fn installer(event: &str, product: &str) -> Disposition {
    let fields = [
        (EVENT, event),
        ("data.win.system.providerName", "MsiInstaller"),
        ("data.win.eventdata.data", product),
    ];
    said_under("The installer reports", 5, "windows windows_application", &fields)
}

#[test]
fn a_package_manager_that_removes_a_guard_is_an_attack() {
    for guard in [
        "wazuh-agent",
        "auditd",
        "falcon-sensor",
        "mdatp",
        "sentinelagent",
        "clamav-daemon",
        "osquery",
    ] {
        for line in [
            format!("2026-03-02 08:00:01 remove {guard}:amd64 1.0 <none>"),
            format!("Mar  2 08:00:01 db01 yum[22]: Erased: {guard}-7.1-1.x86_64"),
            format!("Remove: cups:amd64 (2.4), {guard}:amd64 (1.0)"),
        ] {
            assert_eq!(package("Package removed", &line), Disposition::TruePositive, "{line}");
        }
        let upgrade = format!("2026-03-02 08:00:01 upgrade {guard}:amd64 1.0 1.1");
        assert!(package("Package upgraded", &upgrade).is_benign(), "{guard}");
    }
    assert!(package("Package removed", "2026-03-02 08:00:01 remove cups:amd64 1.0 <none>").is_benign());
}

#[test]
fn so_is_a_command() {
    assert!(installer("11724", "Product: 7-Zip 23.01 -- Removal completed successfully.").is_benign());
    let sudo = |command: &str| {
        let fields = [("data.srcuser", "lund"), ("data.command", command)];
        said_under("Successful sudo to ROOT executed.", 3, "syslog sudo", &fields)
    };
    for command in [
        "/usr/bin/apt remove fail2ban rkhunter",
        "/usr/bin/apt-get -y purge apparmor",
        "/usr/bin/rpm -e sysmonforlinux",
    ] {
        assert_eq!(sudo(command), Disposition::TruePositive, "{command}");
    }
    for command in [
        "/usr/bin/apt remove rsyslog",
        "/usr/bin/apt-get -y purge ufw",
        "/usr/bin/dnf remove firewalld",
    ] {
        assert_eq!(sudo(command), Disposition::NeedsInvestigation, "{command}");
    }
    assert!(sudo("/usr/bin/apt remove cups").is_benign());
}

#[test]
fn what_guards_among_other_things_is_looked_at_and_no_attack() {
    for line in [
        "2026-03-02 08:00:01 remove rsyslog:amd64 8.2 <none>",
        "2026-03-02 08:00:01 remove ufw:all 0.36 <none>",
        "Mar  2 08:00:01 db01 dnf[22]: Removed: firewalld-1.3-1.noarch",
    ] {
        let said = package("Package removed", line);
        assert_eq!(said, Disposition::NeedsInvestigation, "{line}");
    }
    for product in [
        "Product: Wazuh Agent -- Removal completed successfully.",
        "ESET Endpoint Security, 11.0, 1033, 0, ESET",
        "CrowdStrike Windows Sensor, 7.10, 1033, 0, CrowdStrike, Inc.",
    ] {
        for event in ["11724", "1034"] {
            let said = installer(event, product);
            assert_eq!(said, Disposition::NeedsInvestigation, "{event} {product}");
        }
    }
}

#[test]
fn the_name_of_a_computer_or_of_a_person_is_no_product() {
    let on = |host: &str, event: &str, product: &str| {
        let computer = format!("{host}.corp.example");
        let fields = [
            ("agent.name", host),
            (EVENT, event),
            ("data.win.system.providerName", "MsiInstaller"),
            ("data.win.system.computer", computer.as_str()),
            ("data.win.eventdata.data", product),
        ];
        said_under("The installer reports", 3, "windows windows_application", &fields)
    };
    for (host, event, product) in [
        ("wazuh-win01", "1034", "Google Chrome, 120.0.1, 1033, 0, Google LLC"),
        (
            "wazuh-win01",
            "11724",
            "Product: Google Chrome -- Removal completed successfully.",
        ),
        ("pc-7", "1034", "Aider Desktop, 1.0, 1033, 0, Resetting Ltd"),
        ("tor-ws-042", "1033", "7-Zip 23.01, 23.01, 1033, 0, Igor Pavlov"),
        ("pc-7", "1040", r"C:\Users\john\Downloads\7z.msi"),
        (
            "pc-7",
            "11707",
            "Product: John Deere Service ADVISOR -- Installation completed successfully.",
        ),
    ] {
        assert!(on(host, event, product).is_benign(), "{host} {event} {product}");
    }
    for (host, line) in [
        ("wazuh-01", "Erased: cups-2.4-1.x86_64"),
        ("db01", "Erased: cups-2.4-1.x86_64 root@wazuh-01"),
        ("tor-web-01", "Installed: cups-2.4-1.x86_64"),
        ("john", "Installed: torch-2.1-1.x86_64"),
    ] {
        let line = format!("Mar  2 08:00:01 {host} yum[22]: {line}");
        assert!(package("Package changed", &line).is_benign(), "{line}");
    }
}

#[test]
fn a_guard_that_ends_is_looked_at() {
    let ended = |service: &str| {
        let line = format!("Mar  2 08:00:01 db01 systemd[1]: Stopped {service}");
        said_under("Systemd: Service stopped.", 5, "local systemd", &[("full_log", &line)])
    };
    assert!(ended("cups.service - CUPS Scheduler.").is_benign());
    assert!(!ended("auditd.service - Security Auditing Service.").is_benign());
    assert!(!ended("/var/tmp/.x/kworker.").is_benign());
}

#[test]
fn a_tool_that_lets_others_in_is_no_routine_whoever_installs_it() {
    for tool in ["tor", "john", "responder"] {
        for line in [
            format!("2026-03-02 08:00:01 install {tool}:amd64 <none> 1.0"),
            format!("2026-03-02 08:00:01 status installed {tool}:amd64 1.0"),
            format!("Mar  2 08:00:01 db01 yum[22]: Installed: {tool}-1.0-1.x86_64"),
        ] {
            assert!(!package("Package installed", &line).is_benign(), "{line}");
        }
        let command = format!("/usr/bin/apt install -y {tool}");
        let fields = [("data.srcuser", "lund"), ("data.command", command.as_str())];
        assert!(
            !said_under("Successful sudo to ROOT executed.", 3, "syslog sudo", &fields).is_benign(),
            "{tool}"
        );
    }
    for tool in ["ngrok", "cloudflared", "anydesk", "rclone", "bettercap", "proxychains4"] {
        let line = format!("2026-03-02 08:00:01 status installed {tool}:amd64 1.0");
        assert!(!package("Package installed", &line).is_benign(), "{tool}");
        let product = format!("Product: {tool} -- Installation completed successfully.");
        assert!(!installer("11707", &product).is_benign(), "{tool}");
        let command = format!("/usr/bin/apt install {tool}");
        let fields = [("data.srcuser", "lund"), ("data.command", command.as_str())];
        let sudo = said_under("Successful sudo to ROOT executed.", 3, "syslog sudo", &fields);
        assert!(!sudo.is_benign(), "{tool}");
    }
}
