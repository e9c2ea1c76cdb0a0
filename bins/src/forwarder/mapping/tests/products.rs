//! What firewalls, scanners, clouds and Windows call in their own way, and where a title names it.

use serde_json::{Value, json};

use super::mapped;
use super::titles::{assert_titles, of, windows};

/// An alert whose record came in under `data`.
fn fetched(data: impl Into<Value>) -> Value {
    let mut alert = of("Found", json!({ "data": data.into() }));
    alert["agent"] = json!({"id": "000", "name": "wazuh"});
    alert["manager"] = json!({"name": "wazuh"});
    alert["decoder"] = json!({"name": "json"});
    alert
}

#[test]
fn a_title_names_the_threat_that_a_product_found() {
    let ends = |mut data: Value| {
        data["srcip"] = json!("203.0.113.9");
        data["dstip"] = json!("10.1.1.20");
        of("IPS", json!({ "data": data }))
    };
    assert_titles(&[
        (
            ends(json!({"attack": "Apache.Log4j.RCE"})),
            "IPS | web01 | Apache.Log4j.RCE",
        ),
        (ends(json!({"virus": "EICAR_TEST"})), "IPS | web01 | EICAR_TEST"),
        (
            ends(json!({"protection_name": "Apache Log4j"})),
            "IPS | web01 | Apache Log4j",
        ),
        (
            ends(json!({"threat_id": "Apache Log4j(91991)"})),
            "IPS | web01 | Apache Log4j(91991)",
        ),
        (ends(json!({"threat_id": "(9999)"})), "IPS | web01 | 203.0.113.9"),
        (
            ends(json!({"attack": "true", "virus": "N/A"})),
            "IPS | web01 | 203.0.113.9",
        ),
    ]);
    let defender = of(
        "Defender",
        windows(json!({"threat Name": "Trojan:Win32/Emotet", "path": r"file:_C:\\a\\invoice.exe"})),
    );
    let mapped = mapped(&defender);
    assert_eq!(mapped.title, r"Wazuh: Defender | web01 | C:\a\invoice.exe");
    assert!(
        mapped
            .description
            .unwrap()
            .contains("\nSignature: Trojan:Win32/Emotet\n")
    );
}

#[test]
fn a_title_names_what_was_asked_of_windows_and_from_where() {
    let share = json!({"subjectUserName": "eve", "ipAddress": "10.1.4.77", "shareName": r"\\\\*\\ADMIN$"});
    let mut target = share.clone();
    target["relativeTargetName"] = json!(r"Temp\\evil.exe");
    let mut root = share.clone();
    root["relativeTargetName"] = json!(r"\\");
    let image = r"C:\\Windows\\explorer.exe";
    assert_titles(&[
        (
            of("Share", windows(share)),
            r"Share | web01 | \\*\ADMIN$ from 10.1.4.77",
        ),
        (of("Share", windows(root)), r"Share | web01 | \\*\ADMIN$ from 10.1.4.77"),
        (
            of("Share", windows(target)),
            r"Share | web01 | \\*\ADMIN$\Temp\evil.exe from 10.1.4.77",
        ),
        (
            of(
                "Access",
                windows(json!({"objectName": r"C:\\Finance\\pay.xlsx", "processName": image})),
            ),
            r"Access | web01 | C:\Finance\pay.xlsx",
        ),
        (
            of(
                "Key",
                windows(
                    json!({"objectName": r"\\REGISTRY\\MACHINE\\SOFTWARE\\Run", "objectValueName": "Up", "processName": image}),
                ),
            ),
            r"Key | web01 | \REGISTRY\MACHINE\SOFTWARE\Run\Up",
        ),
        (
            of(
                "DCSync",
                windows(json!({"objectName": "%{19195a5b-6da0-11d0-afd3-00c04fd930c9}", "subjectUserName": "eve"})),
            ),
            "DCSync | web01 | eve",
        ),
        (
            of(
                "Directory",
                windows(json!({"objectDN": "CN=AdminSDHolder,DC=corp", "subjectUserName": "eve"})),
            ),
            "Directory | web01 | CN=AdminSDHolder,DC=corp",
        ),
        (
            of(
                "Pipe",
                windows(json!({"pipeName": r"\\MSSE-1234-server", "image": r"C:\\x.exe"})),
            ),
            r"Pipe | web01 | \MSSE-1234-server",
        ),
        (
            of("Stick", windows(json!({"deviceDescription": "SanDisk"}))),
            "Stick | web01 | SanDisk",
        ),
        (
            of(
                "Changed",
                windows(json!({"new Value": r"HKLM\\Defender\\Exclusions\\Paths\\C:\\Temp = 0x0"})),
            ),
            r"Changed | web01 | HKLM\Defender\Exclusions\Paths\C:\Temp = 0x0",
        ),
    ]);
}

#[test]
fn what_a_subscription_runs_is_a_script_only_where_sysmon_tells_of_it() {
    let subscribed = |provider: &str| {
        let mut alert = of(
            "WMI",
            windows(json!({"destination": "powershell -enc AAAA", "user": "eve"})),
        );
        alert["data"]["win"]["system"]["providerName"] = json!(provider);
        alert
    };
    assert_titles(&[
        (
            subscribed("Microsoft-Windows-Sysmon"),
            "WMI | web01 | powershell -enc AAAA",
        ),
        (subscribed("Other"), "WMI | web01 | eve"),
    ]);
}

#[test]
fn a_title_names_calls_accounts_and_machines_as_each_cloud_has_them() {
    let client = json!({"ipAddress": "203.0.113.9"});
    assert_titles(&[
        (
            fetched(
                json!({"okta": {"actor": {"alternateId": "eve@test-org.com"}, "client": client, "eventType": "user.session.start",
                "target": [{"alternateId": "bob@test-org.com"}, {"alternateId": "Office 365"}]}}),
            ),
            "Found | wazuh | user.session.start bob@test-org.com by eve@test-org.com from 203.0.113.9",
        ),
        (
            fetched(
                json!({"gworkspace": {"actor": {"email": "eve@test-org.com"}, "ipAddress": "203.0.113.9",
                "events": [{"name": "suspicious_login"}]}}),
            ),
            "Found | wazuh | suspicious_login by eve@test-org.com from 203.0.113.9",
        ),
        (
            fetched(
                json!({"Caller": "eve@test-org.com", "CallerIpAddress": "203.0.113.9", "OperationName": "Create role assignment"}),
            ),
            "Found | wazuh | Create role assignment by eve@test-org.com from 203.0.113.9",
        ),
        (
            fetched(
                json!({"auditID": "a", "verb": "create", "user": {"username": "eve"}, "sourceIPs": ["203.0.113.9"],
                "objectRef": {"resource": "pods", "subresource": "exec", "namespace": "prod", "name": "web-1"}}),
            ),
            "Found | wazuh | create pods/exec prod/web-1 by eve from 203.0.113.9",
        ),
        (
            fetched(
                json!({"sentinelone": {"agentRealtimeInfo": {"agentComputerName": "WS-1"},
                "agentDetectionInfo": {"externalIp": "203.0.113.50"},
                "threatInfo": {"threatName": "Ransom.X", "processUser": "eve"}}}),
            ),
            "Found | wazuh: WS-1 | Ransom.X",
        ),
        (
            fetched(
                json!({"crowdstrike": {"event": {"ComputerName": "WS-1", "LocalIP": "203.0.113.50", "UserName": "eve"}}}),
            ),
            "Found | wazuh: WS-1 | eve",
        ),
        (
            fetched(
                json!({"properties": {"DeviceName": "WS-1", "AccountName": "eve", "RemoteUrl": "c2.evil-org.com"}}),
            ),
            "Found | wazuh: WS-1 | c2.evil-org.com",
        ),
        (
            fetched(json!({"misp": {"value": "c2.evil-org.com", "type": "domain"}})),
            "Found | wazuh | c2.evil-org.com",
        ),
    ]);
}

#[test]
fn a_whole_url_says_more_than_the_client_of_a_proxy() {
    let asked = |url: &str| of("Squid", json!({"data": {"srcip": "10.1.4.9", "url": url}}));
    assert_titles(&[
        (
            asked("http://evil-org.com/gate.php"),
            "Squid | web01 | http://evil-org.com/gate.php",
        ),
        (asked("/gate.php"), "Squid | web01 | 10.1.4.9"),
        (
            of(
                "URL",
                json!({"data": {"source_address": "10.1.4.9", "source_user": "eve", "url_filename": "evil-org.com/gate.php"}}),
            ),
            "URL | web01 | evil-org.com/gate.php",
        ),
        (
            of(
                "Log-on",
                json!({"data": {"srcip": "203.0.113.9", "srcuser": "eve", "url": "https://shop.test-org.com/"}}),
            ),
            "Log-on | web01 | eve from 203.0.113.9",
        ),
    ]);
}
