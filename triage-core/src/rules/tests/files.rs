//! Files that changed, by who changed them and what they are called.

use super::*;

fn changed(path: &str, writer: &str) -> Disposition {
    let fields = [
        ("syscheck.path", path),
        ("syscheck.event", "modified"),
        ("syscheck.audit.process.name", writer),
    ];
    let groups = "ossec syscheck syscheck_file";
    said_under("Integrity checksum changed.", 7, groups, &fields)
}

#[test]
fn churn_is_what_programs_write_and_not_what_shells_fetchers_or_editors_do() {
    for (path, writer) in [
        ("/var/lib/logrotate/status", "/usr/sbin/logrotate"),
        ("/var/cache/nginx/7/a1", "/usr/sbin/nginx"),
        ("/etc/resolv.conf", "/usr/sbin/NetworkManager"),
    ] {
        assert!(changed(path, writer).is_benign(), "{path} {writer}");
    }
    for (path, writer) in [
        ("/etc/resolv.conf", "/usr/bin/bash"),
        ("/var/cache/man/.kw", "/usr/bin/man"),
        ("/var/cache/man/kw", "/usr/bin/curl"),
        ("/etc/passwd", "/usr/sbin/vipw"),
        ("/etc/group", "/usr/sbin/usermod"),
    ] {
        assert!(!changed(path, writer).is_benign(), "{path} {writer}");
    }
}

#[test]
fn what_a_server_runs_is_no_churn_whatever_folder_it_lies_in() {
    for path in [
        "/var/www/html/cache/x.pht",
        "/var/www/html/cache/x.phar",
        "/usr/lib/cgi-bin/logs/up.cgi",
        "/opt/tomcat/webapps/backup/x.war",
        "/srv/site/cache/x.cfm",
        r"c:\inetpub\wwwroot\logs\x.asmx",
    ] {
        assert!(!changed(path, "").is_benign(), "{path}");
    }
    for path in ["/var/www/html/uploads/x.pht", "/var/www/html/x.phtm"] {
        assert_eq!(changed(path, "/usr/sbin/apache2"), Disposition::TruePositive, "{path}");
    }
    for path in [
        "/var/www/html/cache/x.html",
        "/var/www/html/logs/up.log",
        "/opt/tomcat/webapps/backup/x.css",
    ] {
        assert!(changed(path, "").is_benign(), "{path}");
    }
}

#[test]
fn shared_memory_is_a_name_and_no_folder() {
    let found = |path: &str| {
        let log = format!("File '{path}' present on /dev. Possible hidden file.");
        let fields = [
            ("data.title", "File present on /dev."),
            ("data.file", path),
            ("full_log", log.as_str()),
        ];
        said_under(
            "Host-based anomaly detection event (rootcheck).",
            7,
            "ossec rootcheck",
            &fields,
        )
    };
    assert!(found("/dev/shm/PostgreSQL.1804289383").is_benign());
    for path in ["/dev/shm/pulse/.x/kinsing", "/dev/shm/mono/x", "/dev/shm/kworker"] {
        assert!(!found(path).is_benign(), "{path}");
    }
}

#[test]
fn a_browser_that_brings_an_installer_home_is_no_attack() {
    let wrote = |image: &str, file: &str| {
        let fields = [
            (EVENT, "11"),
            (IMAGE, image),
            ("data.win.eventdata.targetFilename", file),
        ];
        said_under(
            "Executable file dropped in folder used by malware",
            15,
            "sysmon windows",
            &fields,
        )
    };
    let chrome = r"C:\Program Files\Google\Chrome\Application\chrome.exe";
    let installer = r"C:\Users\e\Downloads\Setup.exe";
    assert_eq!(wrote(chrome, installer), Disposition::NeedsInvestigation);
    for (image, file) in [
        (r"C:\Users\e\AppData\Roaming\x.exe", installer),
        (chrome, r"C:\Users\Public\x.exe"),
        (chrome, r"C:\Users\e\Downloads\invoice.js"),
        (chrome, r"C:\Users\e\Downloads\invoice.pdf.exe"),
    ] {
        assert_eq!(wrote(image, file), Disposition::TruePositive, "{image} {file}");
    }
    let downloaded = |file: &str| {
        let file = format!(r"C:\Users\e\Downloads\{file}");
        let fields = [
            (EVENT, "11"),
            (IMAGE, chrome),
            ("data.win.eventdata.targetFilename", file.as_str()),
        ];
        said_of(3, "sysmon windows", &fields)
    };
    for file in ["report.pdf", "setup-1.2.exe", "photos.zip"] {
        assert!(downloaded(file).is_benign(), "{file}");
    }
    for file in ["invoice.pdf.exe", "invoice.iso", "invoice.vhdx", "invoice.lnk"] {
        assert!(!downloaded(file).is_benign(), "{file}");
    }
}

#[test]
fn a_value_that_loads_a_library_or_ends_a_record_is_no_churn() {
    let value = |key: &str, name: &str| {
        let fields = [
            ("syscheck.path", key),
            ("syscheck.value_name", name),
            ("syscheck.event", "modified"),
        ];
        let groups = "ossec syscheck syscheck_entry_modified syscheck_registry";
        said_under("Registry Value Integrity Checksum Changed", 5, groups, &fields)
    };
    let control = r"HKEY_LOCAL_MACHINE\System\CurrentControlSet\Control";
    let services = r"HKEY_LOCAL_MACHINE\System\CurrentControlSet\Services";
    assert!(value(&format!(r"{services}\W32Time\Config"), "LastKnownGoodTime").is_benign());
    for (key, name) in [
        (format!(r"{services}\W32Time\TimeProviders\Clock"), "DllName"),
        (format!(r"{control}\Print\Monitors\Port"), "Driver"),
        (format!(r"{control}\WMI\Autologger\EventLog-System"), "Start"),
        (format!(r"{services}\EventLog"), "Start"),
    ] {
        assert!(!value(&key, name).is_benign(), "{key}");
    }
}
