//! Pairs of alerts: what is the same again folds, and what differs in what happened does not.

#![allow(clippy::unwrap_used, reason = "only tests")]

use serde_json::{Value, json};
use wazuh_model::{Alert, Fingerprint};

fn of(value: &Value) -> Fingerprint {
    Alert::from_slice(value.to_string().as_bytes()).unwrap().fingerprint()
}

/// Whether the second is counted in the first: it has the same key, and nothing that the first had not.
fn folds(one: &Value, other: &Value) -> bool {
    let (one, other) = (of(one), of(other));
    one.key == other.key && one.is_certain() && other.distinct.iter().all(|value| one.distinct.contains(value))
}

/// An alert with a field that is once this and once that.
fn pair(alert: &Value, pointer: &str, values: [Value; 2]) -> [Value; 2] {
    values.map(|value| {
        let mut alert = alert.clone();
        *alert.pointer_mut(pointer).unwrap() = value;
        alert
    })
}

#[track_caller]
fn assert_differ(alert: &Value, pointer: &str, one: &str, other: &str) {
    let [one, other] = pair(alert, pointer, [json!(one), json!(other)]);
    assert!(folds(&one, &one), "{one}");
    assert!(!folds(&one, &other), "{pointer}: {one} {other}");
}

#[track_caller]
fn assert_fold(alert: &Value, pointer: &str, one: &str, other: &str) {
    let [one, other] = pair(alert, pointer, [json!(one), json!(other)]);
    assert!(folds(&one, &other), "{pointer}: {:?} {:?}", of(&one), of(&other));
}

fn windows(event: u32, channel: &str, eventdata: Value) -> Value {
    json!({"rule": {"id": "1", "level": 10}, "agent": {"id": "1", "name": "collector"}, "decoder": {"name": "windows_eventchannel"}, "location": "EventChannel",
        "data": {"win": {"system": {"eventID": event.to_string(), "channel": channel, "providerName": "p", "computer": "WS1.corp.example", "eventRecordID": "1"}, "eventdata": eventdata}}})
}

fn sysmon(event: u32, eventdata: Value) -> Value {
    windows(event, "Microsoft-Windows-Sysmon/Operational", eventdata)
}

fn field(name: &str) -> String {
    format!("/data/win/eventdata/{name}")
}

/// An alert of a decoder that takes fields apart, with the line that it took apart.
fn decoded(decoder: &str, data: Value) -> Value {
    json!({"rule": {"id": "1", "level": 10}, "agent": {"id": "1"}, "decoder": {"name": decoder}, "location": "/var/log/x", "full_log": "x", "data": data})
}

fn line(text: &str) -> Value {
    json!({"rule": {"id": "1", "level": 10}, "agent": {"id": "1"}, "full_log": text})
}

#[test]
fn numbers_that_are_names_count_in_lines_and_commands() {
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
        ("app: granted, uid=0", "app: granted, uid=1001"),
        ("asa %ASA-4-106023: deny", "asa %ASA-4-733100: deny"),
        ("edr: technique T1059.001", "edr: technique T1003.001"),
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
        ("app: pid 1001 port 4444 took 17ms", "app: pid 1002 port 4445 took 18ms"),
        ("app: conn5001 closed", "app: conn5002 closed"),
        ("db: id 44d88612", "db: id e99a18c4"),
    ] {
        assert!(folds(&line(one), &line(other)), "{one}");
    }
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
    assert_fold(&command, &field("commandLine"), "net stop 1001", "net stop 1002");
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
