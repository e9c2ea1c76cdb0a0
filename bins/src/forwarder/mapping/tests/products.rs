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
    let fortigate = |field: &str, name: &str| ends(json!({"devname": "FGT", field: name}));
    assert_titles(&[
        (
            fortigate("attack", "Apache.Log4j.RCE"),
            "IPS | web01 | Apache.Log4j.RCE from 203.0.113.9",
        ),
        (
            fortigate("virus", "EICAR_TEST"),
            "IPS | web01 | EICAR_TEST from 203.0.113.9",
        ),
        (fortigate("virus", "Clean"), "IPS | web01 | 203.0.113.9"),
        (fortigate("attack", "detected"), "IPS | web01 | 203.0.113.9"),
        // Anybody may call a field so.
        (ends(json!({"attack": "Apache.Log4j.RCE"})), "IPS | web01 | 203.0.113.9"),
        (
            ends(json!({"protection_name": "Apache Log4j"})),
            "IPS | web01 | Apache Log4j from 203.0.113.9",
        ),
        (ends(json!({"protection": "disabled"})), "IPS | web01 | 203.0.113.9"),
        (
            ends(json!({"threat_id": "Apache Log4j(91991)"})),
            "IPS | web01 | Apache Log4j(91991) from 203.0.113.9",
        ),
        (ends(json!({"threat_id": "(9999)"})), "IPS | web01 | 203.0.113.9"),
        (ends(json!({"threat_id": "a26842be4711"})), "IPS | web01 | 203.0.113.9"),
        (
            ends(json!({"threat_id": "Apache Log4j(91991)", "url_filename": "login.php"})),
            "IPS | web01 | Apache Log4j(91991) from 203.0.113.9",
        ),
        (ends(json!({"url_filename": "login.php"})), "IPS | web01 | 203.0.113.9"),
    ]);
    // What the rule says is not said again, and whom it saw within says more than what it calls it.
    let mut said = fortigate("attack", "Apache.Log4j.RCE");
    said["rule"]["description"] = json!("FortiGate: Apache.Log4j.RCE");
    let mut within = fortigate("attack", "MS.SMB.EternalBlue");
    within["data"]["srcip"] = json!("10.1.4.9");
    let mut by_user = within.clone();
    by_user["data"]["user"] = json!("bob");
    assert_titles(&[
        (said, "FortiGate: Apache.Log4j.RCE | web01 | 203.0.113.9"),
        (within, "IPS | web01 | 10.1.4.9"),
        (by_user, "IPS | web01 | bob from 10.1.4.9"),
    ]);
    let defender = of(
        "Defender",
        windows(json!({"threat Name": "Trojan:Win32/Emotet", "path": r"file:_C:\\a\\invoice.exe"})),
    );
    let mapped = mapped(&defender);
    assert_eq!(mapped.title, r"Wazuh: Defender | web01 | C:\a\invoice.exe");
    assert!(mapped.description.unwrap().contains("\nThreat: Trojan:Win32/Emotet\n"));
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
                "Access",
                windows(
                    json!({"objectName": r"\\Device\\HarddiskVolume2\\Windows\\System32\\lsass.exe", "processName": r"C:\\Temp\\mimikatz.exe"}),
                ),
            ),
            r"Access | web01 | \Device\HarddiskVolume2\Windows\System32\lsass.exe by C:\Temp\mimikatz.exe",
        ),
        (
            of(
                "Account",
                windows(json!({"objectName": "S-1-5-21-1-2-3-500", "subjectUserName": "eve"})),
            ),
            "Account | web01 | eve",
        ),
        (
            of(
                "Pipe",
                windows(json!({"pipeName": r"\\lsass", "image": r"C:\\Temp\\evil.exe"})),
            ),
            r"Pipe | web01 | \lsass by C:\Temp\evil.exe",
        ),
        (
            of(
                "Pipe",
                windows(json!({"pipeName": "<Anonymous Pipe>", "image": r"C:\\Temp\\evil.exe"})),
            ),
            r"Pipe | web01 | C:\Temp\evil.exe",
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
            "Directory | web01 | CN=AdminSDHolder,DC=corp by eve",
        ),
        (
            of(
                "Pipe",
                windows(json!({"pipeName": r"\\MSSE-1234-server", "image": r"C:\\x.exe"})),
            ),
            r"Pipe | web01 | \MSSE-1234-server by C:\x.exe",
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
        (asked("robots.txt"), "Squid | web01 | 10.1.4.9"),
        (asked("login.php?u=1"), "Squid | web01 | 10.1.4.9"),
        (asked("api.v1.users:list"), "Squid | web01 | 10.1.4.9"),
        (asked("a.b(c)/d"), "Squid | web01 | 10.1.4.9"),
        (asked("c2.evil-org.com:443"), "Squid | web01 | c2.evil-org.com:443"),
        (
            of(
                "Log-on",
                json!({"data": {"srcip": "10.1.4.9", "dstuser": "eve", "url": "https://wiki.test-org.com/login"}}),
            ),
            "Log-on | web01 | eve from 10.1.4.9",
        ),
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

#[test]
fn nobody_takes_himself_out_of_a_title_by_what_he_chooses() {
    let asked = |name: &str, operation: &str| {
        fetched(json!({"ipAddress": "203.0.113.9", "okta": {"actor": {"alternateId": name}, "eventType": operation}}))
    };
    for alert in [
        asked(&format!("{}@x.org", "e".repeat(200)), "user.session.start"),
        asked("eve@test-org.com", &"x".repeat(200)),
    ] {
        let title = mapped(&alert).title;
        assert!(title.ends_with("from 203.0.113.9"), "{title}");
        assert!(
            title.contains(" by eve@t") || title.contains("user.session.start by eeee"),
            "{title}"
        );
    }
    let mut target = asked("eve@test-org.com", "user.x");
    target["data"]["okta"]["target"] = json!([{"alternateId": format!("{}@x.org", "a\u{1}".repeat(40))}]);
    let title = mapped(&target).title;
    assert!(
        title.contains(" by eve@test-org") && title.ends_with("from 203.0.113.9"),
        "{title}"
    );
    let long = "AWSReservedSSO_AdministratorAccess_0123456789abcdef@x.org";
    let title = mapped(&asked(long, "CreateAccessKeyOfAll")).title;
    assert!(title.contains("by AWSReservedSSO_AdministratorAccess_"), "{title}");
    assert_titles(&[
        // Any program may call a field so, and Microsoft's stream of events calls each of them `Publish`.
        (
            fetched(json!({"operationName": "Publish", "ipAddress": "203.0.113.9", "user": "eve"})),
            "Found | wazuh | eve from 203.0.113.9",
        ),
        (
            fetched(json!({"Caller": "App.Login(User)", "ipAddress": "203.0.113.9", "user": "eve"})),
            "Found | wazuh | eve from 203.0.113.9",
        ),
        // The last of these is the balancer.
        (
            fetched(
                json!({"auditID": "a", "verb": "list", "user": {"username": "system:anonymous"},
                "sourceIPs": ["203.0.113.9", "10.0.0.1"], "objectRef": {"resource": "secrets"}}),
            ),
            "Found | wazuh | list secrets by system:anonymous from 203.0.113.9",
        ),
        (
            fetched(
                json!({"output_fields": {"container.name": "host", "user.name": "<NA>", "proc.name": "<NA>"}, "srcip": "203.0.113.9"}),
            ),
            "Found | wazuh | 203.0.113.9",
        ),
        // The account is the program's, and came from nowhere.
        (
            fetched(json!({"output_fields": {"user.name": "root", "proc.name": "curl"}, "srcip": "203.0.113.9"})),
            "Found | wazuh | 203.0.113.9",
        ),
        (
            fetched(
                json!({"properties": {"InitiatingProcessFileName": "a.exe", "InitiatingProcessAccountName": "eve",
                "RemoteIP": "203.0.113.66", "RemoteUrl": "c2.evil-org.com"}}),
            ),
            "Found | wazuh | 203.0.113.66",
        ),
        (
            fetched(json!({"properties": {"AccountName": "backdoor", "InitiatingProcessAccountName": "eve"}})),
            "Found | wazuh | backdoor",
        ),
    ]);
}
