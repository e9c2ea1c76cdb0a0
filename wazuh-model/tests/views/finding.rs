//! Findings of Wazuh 5.

use serde_json::{Value, json};
use wazuh_model::{Alert, Band, Generation, View};

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
