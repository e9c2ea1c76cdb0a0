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
        ] {
            assert_eq!(package("Package removed", &line), Disposition::TruePositive, "{line}");
        }
        let upgrade = format!("2026-03-02 08:00:01 upgrade {guard}:amd64 1.0 1.1");
        assert!(package("Package upgraded", &upgrade).is_benign(), "{guard}");
    }
    assert!(package("Package removed", "2026-03-02 08:00:01 remove cups:amd64 1.0 <none>").is_benign());
}

#[test]
fn so_is_an_installer_of_windows_or_a_command() {
    assert_eq!(
        installer("11724", "Product: Wazuh Agent -- Removal completed successfully."),
        Disposition::TruePositive
    );
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
    assert!(sudo("/usr/bin/apt remove cups").is_benign());
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
