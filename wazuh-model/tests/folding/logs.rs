//! Logs that a decoder took apart, or did not.

use serde_json::{Value, json};

use super::{assert_differ, assert_fold, decoded, field, folds, line, of, sysmon};

#[test]
fn a_name_that_any_log_has_is_no_subject_alone() {
    let firewall = decoded(
        "fortigate-firewall-v5",
        json!({"action": "detected", "attack": "SQL.Injection", "virus": "EICAR", "dstip": "10.1.1.1", "dstport": "443", "sessionid": "12", "logid": "0419016384", "srcport": "40001"}),
    );
    for (name, one, other) in [
        ("attack", "SQL.Injection", "Log4j"),
        ("virus", "EICAR", "Ransom"),
        ("dstip", "10.1.1.1", "10.1.1.2"),
        ("dstport", "22", "3389"),
        ("logid", "0419016384", "0211008192"),
    ] {
        assert_differ(&firewall, &format!("/data/{name}"), one, other);
    }
    for (name, one, other) in [("sessionid", "12", "13"), ("srcport", "40001", "40002")] {
        assert_fold(&firewall, &format!("/data/{name}"), one, other);
    }
    for data in [
        json!({"action": "update", "who": "readme"}),
        json!({"name": "edr-alert", "who": "PUA.Toolbar"}),
        json!({"title": "Malware detected", "who": r"C:\a.exe"}),
        json!({"package": "x", "who": "1"}),
        json!({"action": "Blocked", "domain": "a.example", "who": "x"}),
        json!({"type": "THREAT", "action": "alert", "who": "Log4j(91991)"}),
        json!({"command": "add", "who": "firewall-drop"}),
    ] {
        let alert = decoded("json", data);
        assert_differ(&alert, "/data/who", "one", "other");
    }
    let mail = decoded("json", json!({"action": "delivered", "sender": "a@evil.example"}));
    assert_differ(&mail, "/data/sender", "a@evil.example", "b@bad.example");
    let found = decoded(
        "rootcheck",
        json!({"title": "Trojaned version of file detected.", "file": "/bin/ls"}),
    );
    assert_differ(
        &found,
        "/data/title",
        "Trojaned version of file detected.",
        "Hidden file.",
    );
    assert_differ(&found, "/data/file", "/bin/ls", "/bin/ps");
}

#[test]
fn fields_of_a_log_in_json_fold_without_what_differs_each_time() {
    let log = |changes: Value| {
        let mut data = json!({"event": "login blocked", "enabled": "1", "event_id": "4625", "level": "3"});
        for (name, value) in changes.as_object().unwrap() {
            data[name] = value.clone();
        }
        json!({"rule": {"id": "1"}, "agent": {"id": "1"}, "decoder": {"name": "json"}, "full_log": data.to_string(), "data": data})
    };
    let one = log(
        json!({"time": "2026-11-29T04:00:01Z", "session_id": "q8Zt1xKp", "pid": "12", "took": "17ms", "latency": 0.5, "uid": "CHhAvVGS1DHFjwGM9"}),
    );
    for again in [
        json!({"time": "2026-11-29T04:00:02.5Z"}),
        json!({"session_id": "m2Wr7yLb"}),
        json!({"pid": "13"}),
        json!({"took": "18ms"}),
        json!({"latency": 12}),
        json!({"uid": "DIiBwWHT2EIGkxHN1"}),
    ] {
        let mut other = json!({"time": "2026-11-29T04:00:01Z", "session_id": "q8Zt1xKp", "pid": "12", "took": "17ms", "latency": 0.5, "uid": "CHhAvVGS1DHFjwGM9"});
        for (name, value) in again.as_object().unwrap() {
            other[name] = value.clone();
        }
        let other = log(other);
        assert!(folds(&one, &other), "{again} {:?} {:?}", of(&one), of(&other));
    }
    let traffic = decoded(
        "firewall",
        json!({"action": "deny", "srcip": "203.0.113.5", "sentpkt": "3", "latency_type": "17ms", "proto": "6"}),
    );
    for (name, one, other) in [("sentpkt", "3", "7"), ("latency_type", "17ms", "18ms")] {
        assert_fold(&traffic, &format!("/data/{name}"), one, other);
    }
    assert_differ(&traffic, "/data/proto", "6", "1");
    let one = log(json!({}));
    for other in [
        json!({"event": "login allowed"}),
        json!({"enabled": "0"}),
        json!({"event_id": "1102"}),
        json!({"user_id": "1001"}),
    ] {
        assert!(!folds(&one, &log(other.clone())), "{other}");
    }
    assert!(!folds(
        &log(json!({"user_id": "1001"})),
        &log(json!({"user_id": "1002"}))
    ));
    assert!(
        !folds(&log(json!({"granted": "x"})), &log(json!({"denied": "x"}))),
        "the name of a field counts"
    );
}

#[test]
fn numbers_that_are_names_count_in_lines() {
    for (one, other) in [
        (
            "scanner: host vulnerable to CVE-2021-44228",
            "scanner: host vulnerable to CVE-2017-0144",
        ),
        ("ids: ALERT sig MS17-010", "ids: ALERT sig MS08-067"),
        (
            "av: malware md5=44d88612fea8a8f36de82e1278abb02f found",
            "av: malware md5=e99a18c428cb38d5f260853678922e03 found",
        ),
        (
            "clamd: /srv/x: Eicar(44d88612fea8a8f36de82e1278abb02f:68) FOUND",
            "clamd: /srv/x: Eicar(e99a18c428cb38d5f260853678922e03:68) FOUND",
        ),
        ("app: granted to user101", "app: granted to user202"),
        ("app: granted to user 1001", "app: granted to user 1002"),
        ("app: user svc-01 logged in", "app: user svc-02 logged in"),
        (
            "app: login failure for user svc_01 from x",
            "app: login failure for user svc_02 from x",
        ),
        ("pve: user=svc_01@pve x", "pve: user=svc_02@pve x"),
        ("app: account=adm.jdoe.1 x", "app: account=adm.jdoe.2 x"),
        (r"app: User CORP\svc-01 x", r"app: User CORP\svc-02 x"),
        ("app: granted, uid=0", "app: granted, uid=1001"),
        ("job: ended with exit code 1", "job: ended with exit code 137"),
        ("asa %ASA-4-106023: deny", "asa %ASA-4-733100: deny"),
        ("edr: technique T1059.001", "edr: technique T1003.001"),
        ("edr: techniques T1059, T1003", "edr: techniques T1059, T1055"),
        ("auditd: uid change, mode 644", "auditd: uid change, mode 4755"),
        (
            "av: malware 44d88612fea8a8f36de82e1278abb02f found",
            "av: malware e99a18c428cb38d5f260853678922e03 found",
        ),
        (
            "app: seen da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "app: seen 0a4d55a8d778e5022fab701977c5d840bbc486d0",
        ),
    ] {
        assert!(!folds(&line(one), &line(other)), "{one}");
    }
    for (one, other) in [
        (
            "web: request_id=44d88612fea8a8f36de82e1278abb02f",
            "web: request_id=e99a18c428cb38d5f260853678922e03",
        ),
        (
            "vpn: handshake failed sid=q8Zt1xKp",
            "vpn: handshake failed sid=m2Wr7yLb",
        ),
        (
            "app: pid 1001 source port 4444 took 17ms",
            "app: pid 1002 source port 4445 took 18ms",
        ),
        ("app: conn5001 closed", "app: conn5002 closed"),
        ("mx: sent, delay=0.5", "mx: sent, delay=12"),
        ("db: id 44d88612", "db: id e99a18c4"),
        (
            "web: Cookie: PHPSESSID=44d88612fea8a8f36de82e1278abb02f",
            "web: Cookie: PHPSESSID=e99a18c428cb38d5f260853678922e03",
        ),
        (
            "web: traceparent: 00-44d88612fea8a8f36de82e1278abb02f-00f067aa0ba902b7-01",
            "web: traceparent: 00-e99a18c428cb38d5f260853678922e03-11f067aa0ba902b7-01",
        ),
        (
            "web: operation_Id=44d88612fea8a8f36de82e1278abb02f",
            "web: operation_Id=e99a18c428cb38d5f260853678922e03",
        ),
        (
            "web: etag da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "web: etag 0a4d55a8d778e5022fab701977c5d840bbc486d0",
        ),
        (
            "web: GET took reqid=44d88612fea8a8f36de82e1278abb02f",
            "web: GET took reqid=e99a18c428cb38d5f260853678922e03",
        ),
        ("mq: consumer group 14 moved", "mq: consumer group 15 moved"),
        ("job: status 33 ms", "job: status 47 ms"),
        ("app: user session-17 ended", "app: user session-18 ended"),
        ("app: user logged in, file-17 x", "app: user logged in, file-18 x"),
        ("disk: KB12 free", "disk: KB7 free"),
        ("db: usn7 and ora7 at T1007", "db: usn8 and ora9 at T1008"),
    ] {
        assert!(folds(&line(one), &line(other)), "{one}");
    }
}

#[test]
fn what_requests_sessions_and_mails_are_called_varies_in_lines_whatever_digits_it_is_in() {
    for (one, other) in [
        (
            "app: denied request_id=q8Zt1xKpM2wR7yLb",
            "app: denied request_id=Zz3kLm9QxW1rTb6Y",
        ),
        (
            "app: request aBqZtRxKpLmWvXuT denied",
            "app: request kTwQzHnRbVxPcJaM denied",
        ),
        (
            "ModSecurity: denied [unique_id \"YXNkZmdo@jk-lK3J4aDI@xQ1\"]",
            "ModSecurity: denied [unique_id \"ZqWkTm8o@vb-cR7N2tHY@pLw\"]",
        ),
        (
            "dovecot: imap-login: Disconnected: user=<>, session=<a8+Zt1xKp/m2wR7y>",
            "dovecot: imap-login: Disconnected: user=<>, session=<x/4Kq3vTn+k4Lx9c>",
        ),
        (
            "postfix/smtpd[100]: 4bRfGhJkLmNpQrS: reject: RCPT",
            "postfix/smtpd[101]: 4cTvBn2KzXwRqPd: reject: RCPT",
        ),
        (
            "sendmail[100]: 4AT4ND7T661739: ruleset=check_rcpt",
            "sendmail[101]: 4AT45N8A607710: ruleset=check_rcpt",
        ),
        (
            "1jInyX-0000gBylbrg-ihjs H=x rejected RCPT",
            "1kRmzQ-0000hTnWq4v-aB3x H=x rejected RCPT",
        ),
        (
            "mx exim[77]: 2026-11-29 10:00:01 1jInyX-0000gBylbrg-ihjs H=x rejected RCPT",
            "mx exim[78]: 2026-11-29 10:00:09 1kRmzQ-0000hTnWq4v-aB3x H=x rejected RCPT",
        ),
        (
            "2026-11-29 10:00:01 [77] 1jInyX-0000gBylbrg-ihjs H=x rejected RCPT",
            "2026-11-29 10:00:09 [78] 1kRmzQ-0000hTnWq4v-aB3x H=x rejected RCPT",
        ),
        (
            "2026-11-29 10:00:01 1jInyX-0000gBylbrg-ihjs TLS error on connection",
            "2026-11-29 10:00:09 1kRmzQ-0000hTnWq4v-aB3x TLS error on connection",
        ),
        (
            "mx exim[77]: 2026-11-29 10:00:01 [77] 1rBcDe-0001Ab-2C Message is frozen",
            "mx exim[78]: 2026-11-29 10:00:09 [78] 1rBcEf-000aXy-0T Message is frozen",
        ),
        (
            "2026-11-29 10:00:01 1rBcDe-0001Ab-2C => bob",
            "2026-11-29 10:00:09 1rBcEf-000aXy-0T => bob",
        ),
        (
            "mx postfix/smtpd: 4bRfGhJkLmNpQrS: reject: RCPT",
            "mx postfix/smtpd: 4cTvBn2KzXwRqPd: reject: RCPT",
        ),
        (
            "postfix/smtpd[100]: warning: 4bRfGhJkLmNpQrS: queue file size limit",
            "postfix/smtpd[101]: warning: 4cTvBn2KzXwRqPd: queue file size limit",
        ),
        (
            "mx sm-mta: 4AT4ND7T661739: ruleset=check_rcpt",
            "mx sm-mta: 4AT45N8A607710: ruleset=check_rcpt",
        ),
        (
            "1796000000.123\tCHhAvVGS1DHFjwGM9\t203.0.113.9\tx",
            "1796000009.456\tCq8Zt1xKpM2wR7yLb\t203.0.113.9\tx",
        ),
        (
            "2026-11-29 04:00:01 1jInyX-0000gBylbrg-ihjs H=x rejected RCPT",
            "2026-11-29 04:00:09 1kRmzQ-0000hTnWq4v-aB3x H=x rejected RCPT",
        ),
    ] {
        assert!(folds(&line(one), &line(other)), "{one}");
    }
}

#[test]
fn what_looks_made_up_and_is_called_nothing_stands() {
    let words = [
        (
            "ghp_",
            "q8Zt1xKpM2wR7yLbT4vN5cQ8mPj3uHs6oVgE",
            "x4Kq3vTnk4Lx9cQwZ7rBd2sFj8Hn1pGm5tYv",
        ),
        (
            "",
            "Y3VybCBodHRwOi8vMjAzLjAuMTEzLjkveC5zaAo=",
            "d2dldCBodHRwOi8vZXZpbC5leGFtcGxlL3IgLU8=",
        ),
        (
            "AAAAC3NzaC1lZDI1NTE5AAAAI",
            "Jq8Zt1xKpM2wR7yLbT4vN5cQ8mPj",
            "Dx4Zt7yKpM9wR1yLcT2vN8cQ1mPk",
        ),
        ("/tmp/", "q8Zt1xKpM2wR", "x4Kq3vTnk4Lx"),
        ("s3://bucket/", "q8Zt1xKpM2wR7yLb", "x4Kq3vTnk4Lx9cQw"),
        ("", "Win32Agent2Xb7Kq", "Win64Loader9Zt3Mn"),
        ("", "KtBQvXmLpZrNwTqXcVbKs", "HwRqTzXcVbNmKtBQvXmLp"),
    ];
    for (one, other) in [
        (
            "app[1]: 00ub1oNGT5WTBKOLGLNR granted admin",
            "app[1]: 00uc7xQRT8WBKPLHMNSZ granted admin",
        ),
        (
            "okta: actor: 00ub1oNGT5WTBKOLGLNR: granted super admin",
            "okta: actor: 00uc7xQRT8WBKPLHMNSZ: granted super admin",
        ),
        (
            "av: quarantined: 4bRfGhJkLmNpQrS: trojan",
            "av: quarantined: 4cTvBn2KzXwRqPd: trojan",
        ),
        (
            "key added for [bob]: 4bRfGhJkLmNpQrS",
            "key added for [bob]: 4cTvBn2KzXwRqPd",
        ),
    ] {
        assert!(!folds(&line(one), &line(other)), "{one}");
    }
    let alert = decoded(
        "json",
        json!({"event": "x", "detail": "x", "payload": "x", "image_tag": "x"}),
    );
    for (start, one, other) in words {
        for before in ["key added ", "powershell -enc ", "echo ", "found "] {
            let [one, other] = [one, other].map(|word| format!("app: {before}{start}{word} seen"));
            assert!(!folds(&line(&one), &line(&other)), "{one}");
            assert_differ(&alert, "/data/detail", &one, &other);
        }
        let [one, other] = [one, other].map(|word| format!("{start}{word}"));
        assert_differ(&alert, "/data/payload", &one, &other);
        assert_differ(&alert, "/data/image_tag", &one, &other);
    }
}

#[test]
fn numbers_that_are_names_count_in_commands() {
    let command = sysmon(
        1,
        json!({"image": r"C:\\Windows\\System32\\net.exe", "commandLine": "x"}),
    );
    assert_differ(
        &command,
        &field("commandLine"),
        "net user 1001 /add",
        "net user 1002 /add",
    );
    assert_differ(
        &command,
        &field("commandLine"),
        "pth /ntlm:44d88612fea8a8f36de82e1278abb02f",
        "pth /ntlm:e99a18c428cb38d5f260853678922e03",
    );
    assert_fold(
        &command,
        &field("commandLine"),
        "net stop 17960001",
        "net stop 17960002",
    );
    assert_fold(
        &command,
        &field("commandLine"),
        "MsiExec.exe -Embedding A2F1C3D4E5F60718293A4B5C6D7E8F90 E",
        "MsiExec.exe -Embedding 0011223344556677889900AABBCCDDEE E",
    );
}

#[test]
fn what_lacks_a_field_folds_without_time_and_numbers_of_processes_and_sessions() {
    let login = |line: Value, decoder: &str| json!({"rule": {"id": "1", "groups": ["authentication_failed"]}, "agent": {"id": "1"}, "decoder": {"name": decoder}, "full_log": line.to_string(), "data": line});
    let json_login = |time: &str, session: &str, user: &str, uid: u32| {
        login(
            json!({"ts": time, "session": session, "event": "login_failed", "account": user, "uid": uid}),
            "json",
        )
    };
    let one = json_login("2026-11-29T04:00:01Z", "q8Zt1xKp", "bob", 1001);
    assert!(!of(&one).is_complete());
    assert!(folds(
        &one,
        &json_login("2026-11-29T04:00:02Z", "m2Wr7yLb", "bob", 1001)
    ));
    assert!(folds(&one, &json_login("1796000000", "m2Wr7yLb", "bob", 1001)));
    assert!(!folds(
        &one,
        &json_login("2026-11-29T04:00:01Z", "q8Zt1xKp", "eve", 1001)
    ));
    assert!(!folds(
        &one,
        &json_login("2026-11-29T04:00:01Z", "q8Zt1xKp", "bob", 1002)
    ));
    assert!(!folds(
        &one,
        &json_login("2026-11-29T04:00:01Z", "rm -rf / it", "bob", 1001)
    ));

    let of_group = |group: &str, line: &str, program: &str| json!({"rule": {"id": "1", "groups": [group]}, "agent": {"id": "1"}, "full_log": line, "predecoder": {"program_name": program}});
    let of_nginx = |line: &str| json!({"rule": {"id": "1", "groups": ["nginx", "web"]}, "agent": {"id": "1"}, "decoder": {"name": "nginx-errorlog"}, "full_log": line, "data": {"srcip": "203.0.113.5", "url": "/x"}});
    let logged = |line: &str| of_group("authentication_success", line, "x");
    for (one, again, other) in [
        (
            logged(r#"Nov 29 04:00:01 web app[1]: {"time":"2026-11-29T04:00:01Z","pid":17,"who":"bob"}"#),
            logged(r#"Nov 29 04:00:09 web app[2]: {"time":"2026-11-29T04:00:09Z","pid":18,"who":"bob"}"#),
            logged(r#"Nov 29 04:00:01 web app[1]: {"time":"2026-11-29T04:00:01Z","pid":17,"who":"eve"}"#),
        ),
        (
            logged("Nov 29 04:00:01 web systemd-logind[612]: New session 4711 of user root."),
            logged("Nov 29 04:01:01 web systemd-logind[612]: New session 4712 of user root."),
            logged("Nov 29 04:00:01 web systemd-logind[612]: New session 4711 of user eve."),
        ),
        (
            logged(
                "type=USER_LOGIN msg=audit(1796000000.123:400): pid=100 uid=0 auid=1000 ses=1 msg='op=login acct=\"bob\"'",
            ),
            logged(
                "type=USER_LOGIN msg=audit(1796000009.456:407): pid=107 uid=0 auid=1000 ses=2 msg='op=login acct=\"bob\"'",
            ),
            logged(
                "type=USER_LOGIN msg=audit(1796000000.123:400): pid=100 uid=0 auid=1001 ses=1 msg='op=login acct=\"bob\"'",
            ),
        ),
        (
            of_nginx(r#"2026/11/29 04:00:01 [error] 612#612: *5001 open() "/var/www/x" failed, client: 203.0.113.5"#),
            of_nginx(r#"2026/11/29 04:00:09 [error] 613#614: *5002 open() "/var/www/x" failed, client: 203.0.113.5"#),
            of_nginx(r#"2026/11/29 04:00:01 [error] 612#612: *5001 open() "/var/www/y" failed, client: 203.0.113.5"#),
        ),
    ] {
        assert!(!of(&one).is_complete(), "{one}");
        assert!(folds(&one, &again), "{one}");
        assert!(!folds(&one, &other), "{other}");
    }
    // Without a line the fields are all that is said.
    let bare = |time: &str, user: &str| json!({"rule": {"id": "1", "groups": ["authentication_failed"]}, "agent": {"id": "1"}, "data": {"time": time, "account": user}});
    let one = bare("2026-11-29T04:00:01Z", "bob");
    assert!(folds(&one, &bare("2026-11-29T04:00:02Z", "bob")));
    assert!(!folds(&one, &bare("2026-11-29T04:00:01Z", "eve")));
}

#[test]
fn the_status_of_a_request_is_found_under_the_names_of_logs_in_json() {
    let request = |name: &str, status: &str| {
        let mut alert = decoded(
            "json",
            json!({"srcip": "203.0.113.5", "url": "/a", "id": "4f2a", "request_time": "0.001"}),
        );
        alert["rule"]["groups"] = json!(["web", "accesslog"]);
        alert["data"][name] = json!(status);
        alert
    };
    for name in ["status", "response", "status_code"] {
        let one = request(name, "404");
        assert!(of(&one).parts.contains(&("status", "4xx".to_owned())), "{:?}", of(&one));
        assert!(folds(&one, &request(name, "403")));
        assert!(!folds(&one, &request(name, "200")));
    }
}

#[test]
fn a_line_of_which_a_decoder_took_only_a_field_counts_whole() {
    let partly = |threat: &str| {
        let mut alert = decoded("x", json!({"action": "update"}));
        alert["full_log"] = json!(format!(r#"{{"action":"update","threat":"{threat}","a":"b","c":"d"}}"#));
        alert
    };
    assert!(folds(&partly("PUA.Toolbar"), &partly("PUA.Toolbar")));
    assert!(!folds(&partly("PUA.Toolbar"), &partly("Ransom.LockBit")));
}

#[test]
fn a_finding_of_wazuh_5_is_not_reduced_to_the_name_of_its_event() {
    let finding = json!({"wazuh": {"rule": {"id": "u", "level": "high"}, "agent": {"id": "1"}}, "@timestamp": "2026-11-29T04:00:01Z",
        "event": {"action": "detected", "code": "7", "doc_id": "a", "created": "2026-11-29T04:00:01Z"}, "threat": {"name": "SQL.Injection"},
        "destination": {"ip": "203.0.113.9", "port": 443}, "network": {"session_id": "q8Zt1xKp"}});
    assert_differ(&finding, "/threat/name", "SQL.Injection", "Log4j");
    assert_differ(&finding, "/event/action", "detected", "blocked");
    assert_differ(&finding, "/destination/ip", "203.0.113.9", "203.0.113.10");
    assert_fold(&finding, "/network/session_id", "q8Zt1xKp", "m2Wr7yLb");
    assert_fold(&finding, "/event/doc_id", "a", "b");
    assert_fold(&finding, "/@timestamp", "2026-11-29T04:00:01Z", "2026-11-29T04:00:02Z");
    let mut line = finding.clone();
    line["event"]["original"] = json!("x");
    assert_differ(
        &line,
        "/event/original",
        "Nov 29 04:00:01 fw: SQL.Injection from 203.0.113.5",
        "Nov 29 04:00:01 fw: Log4j from 203.0.113.5",
    );
    assert_fold(
        &line,
        "/event/original",
        "Nov 29 04:00:01 fw[7]: SQL.Injection",
        "Nov 29 04:00:02 fw[8]: SQL.Injection",
    );
}
