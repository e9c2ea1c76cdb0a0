//! What is done to accounts, by whose name ever.

use super::*;

fn by(event: &str, actor: &str, target: &str, more: &[(&str, &str)]) -> Disposition {
    let mut fields = vec![
        (EVENT, event),
        ("data.win.eventdata.subjectUserName", actor),
        ("data.win.eventdata.targetUserName", target),
    ];
    fields.extend(more);
    said_under("An account was changed", 5, "windows windows_security", &fields)
}

#[test]
fn care_of_accounts_is_closed_only_for_what_opens_nothing() {
    assert!(by("4738", "adm.keller", "p.nowak", &[]).is_benign());
    assert!(by("4728", "adm.keller", "Printer Users", &[]).is_benign());
    for (event, target, more) in [
        ("4722", "Guest", &[][..]),
        ("4756", "Organization Management", &[]),
        (
            "4738",
            "p.nowak",
            &[("data.win.eventdata.userAccountControl", "%%2096")],
        ),
    ] {
        assert!(!by(event, "adm.keller", target, more).is_benign(), "{target}");
    }
    let past = [("data.win.eventdata.sidHistory", "S-1-5-21-1-2-3-512")];
    assert_eq!(by("4738", "adm.keller", "p.nowak", &past), Disposition::TruePositive);
}

#[test]
fn the_own_password_is_that_of_the_same_account() {
    assert!(by("4723", "p.nowak", "p.nowak", &[]).is_benign());
    assert!(!by("4723", "p.nowak", "Administrator", &[]).is_benign());
    assert!(!by("4723", "p.nowak", "k.other", &[]).is_benign());
}

#[test]
fn a_right_password_from_the_internet_is_looked_at_though_it_was_refused() {
    let refused = |sub_status: &str, address: &str| {
        let fields = [
            (EVENT, "4625"),
            ("data.win.eventdata.targetUserName", "p.nowak"),
            ("data.win.eventdata.subStatus", sub_status),
            ("data.win.eventdata.ipAddress", address),
        ];
        let groups = "windows windows_security authentication_failed";
        said_under("Logon failure", 5, groups, &fields)
    };
    assert!(refused("0xc0000071", "10.9.1.4").is_benign());
    for sub_status in ["0xc000006f", "0xc0000070", "0xc0000071", "0xc0000072"] {
        assert!(!refused(sub_status, "203.0.113.9").is_benign(), "{sub_status}");
    }
}

#[test]
fn who_gives_the_keys_of_the_domain_and_keeps_no_accounts_is_an_attacker() {
    let given = |actor: &str| {
        let fields = [
            (EVENT, "4728"),
            ("data.win.eventdata.subjectUserName", actor),
            ("data.win.eventdata.targetUserName", "Domain Admins"),
        ];
        said_under("Domain Admins Group Changed", 12, "windows windows_security", &fields)
    };
    assert_eq!(given("p.nowak"), Disposition::TruePositive);
    assert_eq!(given("adm.keller"), Disposition::NeedsInvestigation);
}

#[test]
fn an_account_of_a_server_program_that_becomes_root_is_an_attack() {
    let became = |user: &str| {
        let fields = [("data.srcuser", user), ("data.dstuser", "root")];
        let groups = "syslog su authentication_success";
        said_under("User successfully changed UID to root.", 3, groups, &fields)
    };
    assert_eq!(became("www-data"), Disposition::TruePositive);
    assert_eq!(became("lund"), Disposition::NeedsInvestigation);
}
