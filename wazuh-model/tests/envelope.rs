//! What Wazuh says about an event is not taken from the event.

#![allow(clippy::unwrap_used, reason = "only tests")]

use wazuh_model::{Alert, Generation};

fn alert(text: &str) -> Alert {
    Alert::from_slice(text.as_bytes()).unwrap()
}

const ENVELOPE: [&str; 13] = [
    "id",
    "timestamp",
    "rule.id",
    "rule.level",
    "rule.groups",
    "rule.mitre.id",
    "agent.id",
    "agent.name",
    "agent.ip",
    "manager.name",
    "cluster.node",
    "location",
    "decoder.name",
];

#[test]
fn an_event_cannot_fill_what_a_finding_lacks() {
    let finding = alert(
        r#"{"id":"1","timestamp":"2031-01-20T09:02:17.037+0000","location":"EventChannel","full_log":"x","decoder":{"name":"sshd"},
            "rule":{"id":"5710","level":3,"groups":["sysmon"],"mitre":{"id":["T1"]}},"manager":{"name":"m"},
            "cluster":{"node":"n"},"agent":{"id":"001","name":"SRV-BKP-01","ip":"10.0.0.1"},"wazuh":{"rule":{"level":"high"}}}"#,
    );
    for path in ENVELOPE.into_iter().filter(|path| *path != "rule.level") {
        assert_eq!(finding.get(path), None, "{path}");
        assert_eq!(finding.text(path), None, "{path}");
    }
    assert_eq!(finding.text("rule.level").as_deref(), Some("high"));
    assert_eq!(
        (finding.manager(), finding.timestamp(), finding.time()),
        (None, None, None)
    );
    assert_eq!(finding.text("manager.name"), None);
}

#[test]
fn an_event_that_has_a_rule_with_a_level_does_not_make_a_finding_an_alert_of_the_generation_before() {
    for event in [
        r#""rule":{"level":0,"id":"7"},"#,
        r#""rule":{"level":"low"},"agent":{"id":"000"},"#,
        "",
    ] {
        let finding = alert(&format!(
            r#"{{{event}"wazuh":{{"rule":{{"level":"critical"}},"agent":{{"id":"9"}}}}}}"#
        ));
        assert_eq!(finding.generation(), Generation::Five, "{event}");
        assert_eq!(finding.rule().level, Some(15), "{event}");
        assert_eq!(finding.agent().unwrap().id.as_deref(), Some("9"), "{event}");
    }
    let four = alert(r#"{"rule":{"level":3,"id":"5715"},"data":{"wazuh":{"rule":{"level":"low"}}},"wazuh":"x"}"#);
    assert_eq!(four.generation(), Generation::Four);
}

#[test]
fn the_paths_of_an_alert_of_wazuh_4_are_its_own() {
    let four = alert(
        r#"{"id":"1","timestamp":"2026-01-20T09:02:17.037+0000","location":"EventChannel","decoder":{"name":"sshd"},
            "rule":{"id":"5710","level":3,"groups":["sysmon"],"mitre":{"id":["T1"]}},"manager":{"name":"m"},
            "cluster":{"node":"n"},"agent":{"id":"001","name":"SRV-BKP-01","ip":"10.0.0.1"}}"#,
    );
    for path in ENVELOPE {
        assert!(four.text(path).is_some(), "{path}");
    }
}

#[test]
fn a_rule_that_the_event_names_is_what_the_finding_is_about() {
    let finding = |name: &str| {
        alert(&format!(
            r#"{{"rule":{{"name":"{name}"}},"wazuh":{{"rule":{{"id":"u","level":"high"}}}}}}"#
        ))
    };
    assert_ne!(
        finding("ET SCAN a").fingerprint().key,
        finding("ET SCAN b").fingerprint().key
    );
}

#[test]
fn an_edited_alert_is_as_if_it_had_been_read_so_and_its_clones_keep_what_they_had() {
    let bytes = br#"{"id":"1","rule":{"id":"5710","level":5},"agent":{"name":"web-1"}}"#;
    let mut alert = Alert::from_slice(bytes).unwrap();
    // Read before the change: what was read must not stay.
    assert_eq!(
        (alert.rule().level, alert.agent().unwrap().name.as_deref()),
        (Some(5), Some("web-1"))
    );
    let before = alert.clone();
    alert.edit(|object| {
        object["rule"]["level"] = 12.into();
        object["agent"]["name"] = "web-2".into();
        true
    });
    assert_eq!(
        (alert.rule().level, alert.agent().unwrap().name.as_deref()),
        (Some(12), Some("web-2"))
    );
    assert_eq!(alert.value(), Alert::from_slice(alert.original()).unwrap().value());
    assert_eq!((before.rule().level, before.original()), (Some(5), &bytes[..]));

    let edited = alert.original().to_vec();
    alert.edit(|_| false);
    assert_eq!(alert.original(), edited);
    assert_eq!(alert.rule().level, Some(12));
    let shared = alert.clone();
    alert.edit(|_| false);
    assert_eq!(alert.value(), shared.value());
    alert.edit(|object| {
        *object = "no object".into();
        true
    });
    assert_eq!(alert.original(), b"{}");
    assert_eq!(shared.into_value()["rule"]["level"], 12);
}
