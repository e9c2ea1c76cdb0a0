//! What is the same thing over again, and what is news.

#![allow(clippy::unwrap_used, reason = "only tests")]

mod corpus;

use proptest::prelude::*;
use serde_json::{Value, json};
use wazuh_model::{Alert, Family, Fingerprint, Outcome};

fn alert(value: &Value) -> Alert {
    Alert::from_slice(value.to_string().as_bytes()).unwrap()
}

fn of(value: &Value) -> Fingerprint {
    alert(value).fingerprint()
}

/// One alert of every family, complete.
fn families() -> Vec<(Family, Value)> {
    let base = |data: Value| {
        let mut alert = json!({"timestamp": "2026-01-20T09:02:17.037+0000", "id": "1768899737.1", "rule": {"id": "100", "level": 5, "firedtimes": 1, "groups": []},
            "agent": {"id": "005", "name": "WS-1"}, "manager": {"name": "m"}});
        for (key, value) in data.as_object().unwrap() {
            alert[key] = value.clone();
        }
        alert
    };
    let windows = |provider: &str, id: &str, data: Value| json!({"data": {"win": {"system": {"providerName": provider, "eventID": id, "channel": "Security", "eventRecordID": "1"}, "eventdata": data}}});
    vec![
        (
            Family::Auth,
            base(windows(
                "Microsoft-Windows-Security-Auditing",
                "4625",
                json!({"targetUserName": "j.doe", "ipAddress": "203.0.113.9", "processId": "0x1"}),
            )),
        ),
        (
            Family::Fim,
            base(
                json!({"syscheck": {"path": "/etc/passwd", "event": "modified", "audit": {"user": {"name": "root"}, "process": {"name": "/usr/bin/vim", "id": "1"}}}}),
            ),
        ),
        (
            Family::Process,
            base(windows(
                "Microsoft-Windows-Sysmon",
                "1",
                json!({"image": "C:\\\\a.exe", "commandLine": "a.exe --job 17", "processId": "4004", "utcTime": "2026-01-20 09:00:00.001", "user": "CORP\\\\u", "parentImage": "C:\\\\b.exe"}),
            )),
        ),
        (
            Family::Vulnerability,
            base(
                json!({"data": {"vulnerability": {"cve": "CVE-2024-3094", "package": {"name": "xz-utils", "version": "5.6.1"}}}}),
            ),
        ),
        (
            Family::Web,
            base(
                json!({"decoder": {"name": "web-accesslog"}, "data": {"srcip": "203.0.113.9", "url": "/a?id=1", "id": "404", "protocol": "GET"}}),
            ),
        ),
        (
            Family::Cloud,
            base(
                json!({"data": {"aws": {"eventName": "StopLogging", "userIdentity": {"arn": "arn:aws:iam::1:user/x", "userName": "x"}, "sourceIPAddress": "203.0.113.9", "eventID": "a"}}}),
            ),
        ),
        (
            Family::Default,
            base(
                json!({"full_log": "Jan 20 09:02:17 web01 prog[17]: disk 3 failed", "data": {"srcip": "203.0.113.9", "srcuser": "u"}}),
            ),
        ),
    ]
}

#[test]
fn every_family_is_told_apart_and_complete() {
    for (family, value) in families() {
        let fingerprint = of(&value);
        assert_eq!(fingerprint.family, family);
        assert!(fingerprint.is_complete(), "{fingerprint:?}");
        assert!(fingerprint.parts.iter().any(|part| *part == ("rule", "100".to_owned())));
    }
}

#[test]
fn what_is_news_does_not_change_the_key() {
    let changes: [(Family, &str, Value, (&str, &str)); 7] = [
        (
            Family::Auth,
            "/data/win/eventdata/targetUserName",
            json!("root"),
            ("target_user", "root"),
        ),
        (
            Family::Fim,
            "/syscheck/path",
            json!("/etc/shadow"),
            ("file", "/etc/shadow"),
        ),
        (
            Family::Fim,
            "/syscheck/audit/process/name",
            json!("/usr/bin/curl"),
            ("process", "/usr/bin/curl"),
        ),
        (
            Family::Process,
            "/data/win/eventdata/user",
            json!("CORP\\\\eve"),
            ("user", "CORP\\eve"),
        ),
        (Family::Vulnerability, "/agent/id", json!("077"), ("agent", "077")),
        (
            Family::Cloud,
            "/data/aws/sourceIPAddress",
            json!("198.51.100.1"),
            ("source", "198.51.100.1"),
        ),
        (
            Family::Default,
            "/data/srcip",
            json!("198.51.100.1"),
            ("source", "198.51.100.1"),
        ),
    ];
    for (family, pointer, new, (name, text)) in changes {
        let (_, mut value) = families().into_iter().find(|(own, _)| *own == family).unwrap();
        let before = of(&value);
        *value.pointer_mut(pointer).unwrap() = new;
        let after = of(&value);
        assert_eq!(before.key, after.key, "{family:?}");
        assert!(
            after.distinct.contains(&(name, text.to_owned())) && !before.distinct.contains(&(name, text.to_owned())),
            "{family:?}"
        );
    }
}

#[test]
fn what_makes_another_thing_changes_the_key() {
    let changes: [(Family, &str, Value); 10] = [
        (Family::Auth, "/data/win/eventdata/ipAddress", json!("198.51.100.1")),
        (Family::Auth, "/agent/id", json!("006")),
        (Family::Fim, "/syscheck/path", json!("/etc/ssh/sshd_config")),
        (
            Family::Process,
            "/data/win/eventdata/commandLine",
            json!("a.exe --wipe 17"),
        ),
        (Family::Process, "/data/win/eventdata/image", json!("C:\\\\z.exe")),
        (
            Family::Vulnerability,
            "/data/vulnerability/package/name",
            json!("liblzma5"),
        ),
        (Family::Web, "/data/id", json!("200")),
        (Family::Web, "/data/srcip", json!("198.51.100.1")),
        (
            Family::Cloud,
            "/data/aws/userIdentity/arn",
            json!("arn:aws:iam::1:user/y"),
        ),
        (
            Family::Default,
            "/full_log",
            json!("Jan 20 09:02:17 web01 prog[17]: fan 3 failed"),
        ),
    ];
    for (family, pointer, new) in changes {
        let (_, mut value) = families().into_iter().find(|(own, _)| *own == family).unwrap();
        let before = of(&value);
        *value.pointer_mut(pointer).unwrap() = new;
        assert_ne!(before.key, of(&value).key, "{family:?} {pointer}");
    }
}

#[test]
fn what_varies_from_run_to_run_does_not_change_the_key() {
    let changes: [(Family, &str, Value); 8] = [
        (Family::Auth, "/data/win/system/eventRecordID", json!("2")),
        (Family::Fim, "/syscheck/path", json!("/etc/shadow")),
        (
            Family::Process,
            "/data/win/eventdata/commandLine",
            json!("A.exe  --job 18"),
        ),
        (Family::Process, "/data/win/eventdata/processId", json!("5005")),
        (
            Family::Vulnerability,
            "/data/vulnerability/package/version",
            json!("5.6.0"),
        ),
        (Family::Web, "/data/url", json!("/b?id=2")),
        (Family::Cloud, "/data/aws/eventID", json!("b")),
        (
            Family::Default,
            "/full_log",
            json!("Jan 21 10:00:00 web02 prog[99]: disk 4 failed"),
        ),
    ];
    for (family, pointer, new) in changes {
        let (_, mut value) = families().into_iter().find(|(own, _)| *own == family).unwrap();
        let before = of(&value);
        *value.pointer_mut(pointer).unwrap() = new;
        assert_eq!(before.key, of(&value).key, "{family:?} {pointer}");
    }
}

#[test]
fn a_missing_field_is_a_group_of_its_own() {
    let (_, mut value) = families().swap_remove(0);
    let with = of(&value);
    value["data"]["win"]["eventdata"]
        .as_object_mut()
        .unwrap()
        .remove("ipAddress");
    let without = of(&value);
    assert_ne!(with.key, without.key);
    assert!(!without.is_complete() && without.parts.contains(&("source", "∅".to_owned())));
}

#[test]
fn what_lacks_a_field_is_the_same_only_where_all_that_it_says_is() {
    let session = |line: &str| json!({"rule": {"id": "5501", "groups": ["authentication_success"]}, "agent": {"id": "1"}, "full_log": line});
    let cron = |clock: &str, pid: u32, user: &str, uid: u32| {
        session(&format!(
            "Nov 26 {clock} web01 CRON[{pid}]: pam_unix(cron:session): session opened for user {user} by (uid={uid})"
        ))
    };
    let one = of(&cron("01:00:01", 4711, "root", 0));
    assert!(!one.is_complete() && one.is_certain());
    assert_eq!(one.key, of(&cron("01:01:01", 4802, "root", 0)).key);
    for other in [cron("01:01:01", 4802, "root", 1001), cron("01:01:01", 4802, "eve", 0)] {
        assert_ne!(one.key, of(&other).key, "{other}");
    }
    let service = |changes: Value| {
        let mut event = json!({"targetUserName": "svc", "logonType": "5", "ipAddress": "-", "targetLogonId": "0x3e7", "processId": "0x2d0"});
        for (name, value) in changes.as_object().unwrap() {
            event[name] = value.clone();
        }
        json!({"rule": {"id": "60106"}, "agent": {"id": "1"}, "data": {"win": {"system": {"eventID": "4624", "channel": "Security", "eventRecordID": changes.to_string()}, "eventdata": event}}})
    };
    let one = of(&service(json!({})));
    assert!(!one.is_complete() && one.is_certain());
    let again = json!({"targetLogonId": "0x9c1f", "processId": "0x4"});
    assert_eq!(one.key, of(&service(again)).key);
    for other in [
        json!({"logonType": "2"}),
        json!({"processName": r"C:\\x.exe"}),
        json!({"targetUserName": "eve"}),
    ] {
        assert_ne!(one.key, of(&service(other.clone())).key, "{other}");
    }
    let nothing = json!({"rule": {"id": "2502", "groups": ["authentication_failed"]}, "agent": {"id": "1"}});
    assert!(!of(&nothing).is_certain());
}

#[test]
fn another_program_of_a_temporary_name_is_news() {
    let start = |image: &str, hashes: &str| json!({"rule": {"id": "92213"}, "agent": {"id": "1"}, "data": {"win": {"system": {"eventID": "1"}, "eventdata": {"image": format!(r"C:\\Windows\\Temp\\{image}"), "commandLine": format!(r"C:\\Windows\\Temp\\{image}"), "hashes": hashes}}}});
    let one = of(&start("setup.exe", "MD5=11,SHA256=aa11"));
    let again = of(&start("xk3f.exe", "SHA256=AA11,MD5=11"));
    let other = of(&start("nc.exe", "MD5=22,SHA256=BB22"));
    assert_eq!((&one.key, &one.distinct), (&again.key, &again.distinct));
    assert_eq!(one.key, other.key);
    assert!(other.distinct.contains(&("hash", "bb22".to_owned())), "{other:?}");
}

#[test]
fn the_same_words_of_two_machines_are_two_things() {
    let logon = |computer: &str, location: &str| json!({"rule": {"id": "60106"}, "agent": {"id": "1"}, "location": location, "decoder": {"name": "windows_eventchannel"}, "data": {"win": {"system": {"eventID": "4624", "channel": "Security", "computer": computer}, "eventdata": {"targetUserName": "svc", "logonType": "5"}}}});
    assert_eq!(
        of(&logon("A.corp", "EventChannel")).key,
        of(&logon("A.corp", "EventChannel")).key
    );
    assert_ne!(
        of(&logon("A.corp", "EventChannel")).key,
        of(&logon("B.corp", "EventChannel")).key
    );
    let login = |location: &str, clock: &str| json!({"rule": {"id": "4335", "groups": ["authentication_success"]}, "agent": {"id": "000"}, "location": location, "full_log": format!("Jan 20 2026 {clock} fw %ASA-6-605005: Login permitted")});
    assert_eq!(
        of(&login("10.0.0.1", "09:02:17")).key,
        of(&login("10.0.0.1", "09:02:18")).key
    );
    assert_ne!(
        of(&login("10.0.0.1", "09:02:17")).key,
        of(&login("10.0.0.2", "09:02:17")).key
    );
}

#[test]
fn a_log_of_an_application_is_not_reduced_to_what_looks_like_an_event_of_windows() {
    let line = |user: &str| json!({"rule": {"id": "100300", "groups": ["authentication_success"]}, "agent": {"id": "1"}, "decoder": {"name": "json"}, "full_log": format!(r#"{{"did":"{user}","win":{{"eventdata":{{"a":"b"}}}}}}"#), "data": {"did": user, "win": {"eventdata": {"a": "b"}}}});
    let one = of(&line("backup"));
    assert!(one.is_certain() && !one.is_complete());
    assert_eq!(one.key, of(&line("backup")).key);
    assert_ne!(one.key, of(&line("wipe")).key);
}

#[test]
fn different_checks_signatures_and_groups_are_never_one_thing() {
    let check = |id: &str| json!({"rule": {"id": "19007"}, "agent": {"id": "1"}, "data": {"sca": {"type": "check", "check": {"id": id, "result": "failed"}}}});
    assert_ne!(of(&check("30020")).key, of(&check("30009")).key);
    let signature = |id: &str| json!({"rule": {"id": "86601"}, "agent": {"id": "1"}, "data": {"event_type": "alert", "src_ip": "203.0.113.9", "alert": {"signature_id": id}}});
    assert_ne!(of(&signature("2009582")).key, of(&signature("2009583")).key);
    let group = |sid: &str| json!({"rule": {"id": "60154"}, "agent": {"id": "1"}, "data": {"win": {"system": {"eventID": "4732", "channel": "Security"}, "eventdata": {"targetSid": sid, "targetUserName": "g"}}}});
    assert_ne!(of(&group("S-1-5-32-544")).key, of(&group("S-1-5-32-555")).key);
    let run_key = |path: &str| json!({"rule": {"id": "750"}, "agent": {"id": "1"}, "syscheck": {"path": path, "value_name": "x"}});
    assert_ne!(
        of(&run_key(r"HKEY_LOCAL_MACHINE\Software\Run")).key,
        of(&run_key(r"HKEY_LOCAL_MACHINE\Software\RunOnce")).key
    );
}

#[test]
fn how_an_address_or_a_name_is_spelled_does_not_change_the_key() {
    let logon = |ip: &str| json!({"rule": {"id": "60122"}, "agent": {"id": "1"}, "data": {"win": {"system": {"eventID": "4625", "channel": "Security"}, "eventdata": {"ipAddress": ip}}}});
    let host = |name: &str| json!({"rule": {"id": "60122"}, "agent": {"id": "1"}, "data": {"win": {"system": {"eventID": "4625", "channel": "Security"}, "eventdata": {"workstationName": name}}}});
    let call = |ip: &str| json!({"rule": {"id": "80202"}, "data": {"aws": {"eventName": "x", "sourceIPAddress": ip}}});
    let query = |name: &str| json!({"rule": {"id": "1"}, "agent": {"id": "1"}, "data": {"win": {"system": {"eventID": "22"}, "eventdata": {"image": "a.exe", "queryName": name, "queryResults": "203.0.113.9;"}}}});
    let connection = |ip: &str, name: &str| json!({"rule": {"id": "1"}, "agent": {"id": "1"}, "data": {"win": {"system": {"eventID": "3"}, "eventdata": {"image": "a.exe", "destinationIp": ip, "destinationHostname": name, "destinationPort": "443"}}}});
    for (one, other) in [
        (logon("::ffff:203.0.113.9"), logon("203.0.113.9")),
        (logon("2001:db8:0:0:0:0:0:1"), logon("2001:DB8::1")),
        (host("KALI"), host("kali")),
        (query("Evil.Example."), query("evil.example")),
        (connection("2001:db8:0:0:0:0:0:1", "a"), connection("2001:db8::1", "b")),
    ] {
        assert_eq!(of(&one).key, of(&other).key, "{one} {other}");
    }
    let news = |value: Value| of(&value).distinct;
    assert_eq!(news(call("::ffff:203.0.113.9")), news(call("203.0.113.9")));
    for (one, other) in [
        (query("a1.evil.example"), query("a2.evil.example")),
        (
            connection("10.0.0.1", "ip-10-0-0-1.ec2.internal"),
            connection("10.0.0.2", "ip-10-0-0-2.ec2.internal"),
        ),
    ] {
        assert_ne!(of(&one).key, of(&other).key, "{one} {other}");
    }
}

#[test]
fn fields_that_lie_flat_or_deeper_count_all_the_same() {
    let azure = |operation: &str, caller: &str| json!({"rule": {"id": "87801"}, "agent": {"id": "000"}, "location": "Azure", "data": {"azure_tag": "azure-log-analytics", "operationName": operation, "caller": caller, "callerIpAddress": "203.0.113.9"}});
    let one = of(&azure("Delete", "a@corp.example"));
    assert_eq!((one.family, one.is_complete()), (Family::Cloud, true));
    assert_ne!(one.key, of(&azure("Create", "a@corp.example")).key);
    assert_ne!(one.key, of(&azure("Delete", "b@corp.example")).key);
    let row = |name: &str, path: &str| json!({"rule": {"id": "24010"}, "agent": {"id": "1"}, "location": "osquery", "data": {"osquery": {"name": name, "action": "added", "columns": {"path": path, "label": path}}}});
    assert_eq!(of(&row("pack_a", "x")).key, of(&row("pack_a", "x")).key);
    assert_ne!(of(&row("pack_a", "x")).key, of(&row("pack_b", "x")).key);
    assert_ne!(of(&row("pack_a", "x")).key, of(&row("pack_a", "y")).key);
    let script = json!({"rule": {"id": "91809"}, "agent": {"id": "1"}, "data": {"win": {"system": {"eventID": "4104"}, "eventdata": {"scriptBlockText": "iex $x"}}}});
    assert!(of(&script).is_complete(), "a script has no image to miss");
}

#[test]
fn an_outcome_is_told_where_the_event_tells_it() {
    let windows = |id: &str, data: Value| json!({"data": {"win": {"system": {"eventID": id, "channel": "Security"}, "eventdata": data}}});
    for (value, expected) in [
        (windows("4624", json!({})), Some(Outcome::Success)),
        (windows("4625", json!({})), Some(Outcome::Failure)),
        (windows("4776", json!({"status": "0x0"})), Some(Outcome::Success)),
        (windows("4776", json!({"status": "0xc000006a"})), Some(Outcome::Failure)),
        (windows("4769", json!({"status": "0x1b"})), Some(Outcome::Failure)),
        (
            json!({"rule": {"groups": ["syslog", "sshd", "authentication_failed"]}}),
            Some(Outcome::Failure),
        ),
        (
            json!({"rule": {"groups": ["syslog", "sshd", "authentication_success"]}}),
            Some(Outcome::Success),
        ),
        (
            json!({"data": {"aws": {"eventName": "ConsoleLogin", "responseElements": {"ConsoleLogin": "Failure"}}}}),
            Some(Outcome::Failure),
        ),
        (
            json!({"data": {"aws": {"eventName": "StopLogging", "errorCode": "AccessDenied"}}}),
            Some(Outcome::Failure),
        ),
        (
            json!({"data": {"aws": {"eventName": "StopLogging", "responseElements": "null"}}}),
            Some(Outcome::Success),
        ),
        (
            json!({"data": {"office365": {"Operation": "UserLoginFailed", "ResultStatus": "Failed"}}}),
            Some(Outcome::Failure),
        ),
        (
            json!({"data": {"azure": {"resultType": "50126"}}}),
            Some(Outcome::Failure),
        ),
        (json!({"data": {"azure": {"resultType": 0}}}), Some(Outcome::Success)),
        (
            json!({"data": {"azure_tag": "a", "resultType": "50126"}}),
            Some(Outcome::Failure),
        ),
        (
            json!({"data": {"azure_tag": "a", "ResultType": "0"}}),
            Some(Outcome::Success),
        ),
        (json!({"data": {"resultType": "50126"}}), None),
        (
            json!({"data": {"ms-graph": {"status": {"errorCode": 50126}}}}),
            Some(Outcome::Failure),
        ),
        (
            json!({"data": {"ms-graph": {"status": {"errorCode": "0"}}}}),
            Some(Outcome::Success),
        ),
        (json!({"data": {"ms-graph": {"status": "new"}}}), None),
        (
            json!({"data": {"gcp": {"protoPayload": {"methodName": "x", "status": {"code": 7, "message": "PERMISSION_DENIED"}}}}}),
            Some(Outcome::Failure),
        ),
        (
            json!({"data": {"gcp": {"protoPayload": {"methodName": "x", "status": {}}}}}),
            Some(Outcome::Success),
        ),
        (
            json!({"data": {"gcp": {"protoPayload": {"methodName": "x"}}}}),
            Some(Outcome::Success),
        ),
        (
            json!({"data": {"office365": {"Operation": "UserLoggedIn", "ResultStatus": "Success", "ErrorNumber": "50126"}}}),
            Some(Outcome::Failure),
        ),
        (
            json!({"decoder": {"name": "web-accesslog"}, "data": {"id": "404", "url": "/", "srcip": "203.0.113.9"}}),
            Some(Outcome::Failure),
        ),
        (
            json!({"wazuh": {"rule": {"id": "x"}}, "event": {"outcome": "failure"}}),
            Some(Outcome::Failure),
        ),
        (
            json!({"wazuh": {"rule": {"id": "x"}}, "event": {"outcome": "unknown"}}),
            None,
        ),
        (json!({"data": {"srcip": "203.0.113.9"}}), None),
    ] {
        assert_eq!(of(&value).outcome, expected, "{value}");
    }
}

#[test]
fn keys_are_the_same_in_every_process_and_version() {
    // A window that is open while the program is replaced must still find its alerts.
    let (_, value) = families().swap_remove(3);
    assert_eq!(of(&value).key, "51dc7b831ab8dcd4");
}

#[test]
fn the_corpus_folds_as_its_families_should() {
    for (name, line) in corpus::real() {
        let fingerprint = Alert::from_slice(&line).unwrap().fingerprint();
        let expected = match name.as_str() {
            "lab_cloudtrail_stratus" => fingerprint.family == Family::Cloud,
            "lab_otrf_attack" => matches!(fingerprint.family, Family::Process | Family::Default | Family::Auth),
            _ => true,
        };
        assert!(expected, "{name} {fingerprint:?}");
    }
}

proptest! {
    #[test]
    fn time_place_in_the_log_and_counters_are_no_part_of_a_key(which in 0_usize..7, id in "[0-9]{10}\\.[0-9]{1,6}", fired in 1_u32..1000, level in 0_u8..17) {
        let (_, mut value) = families().swap_remove(which);
        let before = of(&value).key;
        value["id"] = json!(id);
        value["timestamp"] = json!("2026-02-02T00:00:00.000+0000");
        value["rule"]["firedtimes"] = json!(fired);
        value["rule"]["level"] = json!(level);
        value["previous_output"] = json!("more");
        value["manager"]["name"] = json!("other");
        prop_assert_eq!(before, of(&value).key);
    }

    #[test]
    fn another_rule_is_another_thing(which in 0_usize..7, rule in "[0-9]{1,6}") {
        prop_assume!(rule != "100");
        let (_, mut value) = families().swap_remove(which);
        let before = of(&value).key;
        value["rule"]["id"] = json!(rule);
        prop_assert_ne!(before, of(&value).key);
    }

    #[test]
    fn a_key_is_a_function_of_its_parts_whatever_stands_in_them(source in ".{0,30}", other in ".{0,30}") {
        let with = |source: &str| of(&json!({"rule": {"id": "1", "groups": ["authentication_failed"]}, "agent": {"id": "1"}, "data": {"aws_like": source, "srcip": "203.0.113.9", "dstuser": source}}));
        let (one, two) = (with(&source), with(&other));
        // Users are news, never a part.
        prop_assert_eq!(&one.key, &two.key);
        prop_assert_eq!(one.key.len(), 16);
        prop_assert!(one.key.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
