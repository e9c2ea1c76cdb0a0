//! An inventory query is no event, but what it finds may be one.

use super::*;

fn query(name: &str, columns: &[(&str, &str)]) -> Disposition {
    let mut fields = vec![
        ("data.osquery.name".to_owned(), name.to_owned()),
        ("data.osquery.action".to_owned(), "added".to_owned()),
    ];
    fields.extend(
        columns
            .iter()
            .map(|(column, value)| (format!("data.osquery.columns.{column}"), (*value).to_owned())),
    );
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(path, value)| (path.as_str(), value.as_str()))
        .collect();
    said_under(&format!("osquery: {name} query result"), 3, "osquery", &fields)
}

#[test]
fn what_no_attack_changes_is_closed() {
    assert!(query("uptime", &[("days", "4")]).is_benign());
    assert!(query("pack_it-compliance_os_version", &[("name", "Ubuntu")]).is_benign());
    assert!(!query("deb_packages", &[("name", "ngrok")]).is_benign());
    assert!(!query("programs", &[("name", "AnyDesk")]).is_benign());
    assert!(!query("deb_packages", &[("name", "tor"), ("version", "0.4")]).is_benign());
    assert!(!query("deb_packages", &[("path", "/usr/sbin/tor")]).is_benign());
    for (column, value) in [
        ("user", "john"),
        ("path", "/home/john/x"),
        ("hostname", "tor-web-01"),
        ("name", "tortoise"),
    ] {
        assert!(query("deb_packages", &[(column, value)]).is_benign(), "{column}");
    }
    assert!(!query("authorized_keys", &[("key_file", "/root/.ssh/authorized_keys")]).is_benign());
    assert!(
        !query(
            "chrome_extensions",
            &[("name", "Ad Helper"), ("from_webstore", "false")]
        )
        .is_benign()
    );
}

#[test]
fn what_starts_where_anybody_writes_or_hides_is_an_attack() {
    let found = [
        query("listening_ports", &[("port", "4444"), ("path", "/var/tmp/.k/kworker")]),
        query("suid_bin", &[("path", "/dev/shm/bash"), ("username", "root")]),
        query("startup_items", &[("name", "x"), ("path", r"C:\Users\Public\x.exe")]),
        query("kernel_modules", &[("name", "diamorphine"), ("status", "Live")]),
        query("users", &[("username", "sysd"), ("uid", "0")]),
    ];
    assert_eq!(found, [Disposition::TruePositive; 5]);
    assert!(!query("users", &[("username", "root"), ("uid", "0")]).is_benign());
    let port = query("listening_ports", &[("port", "443"), ("path", "/usr/sbin/nginx")]);
    assert_eq!(port, Disposition::NeedsInvestigation);
}
