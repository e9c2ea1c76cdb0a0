//! Names with numbers in them, ports, ids and counters.

use serde_json::{Value, json};

use super::{assert_differ, assert_fold, decoded, folds, of, pair};

#[track_caller]
fn assert_news(alert: &Value, pointer: &str, one: &str, other: &str) {
    assert_differ(alert, pointer, one, other);
    let [one, other] = pair(alert, pointer, [json!(one), json!(other)]);
    assert_eq!(of(&one).key, of(&other).key, "many are bounded in one window");
}

fn logged(name: &str) -> (Value, String) {
    (
        decoded("json", json!({"event": "changed", name: "x"})),
        format!("/data/{name}"),
    )
}

#[test]
fn a_name_with_a_number_in_a_field_is_news() {
    for (name, one, other) in [
        ("email", "jdoe1@corp.example", "jdoe2@corp.example"),
        ("recipient", "100123@corp.example", "100124@corp.example"),
        ("sender", "jdoe1@corp.example", "jdoe2@corp.example"),
        ("to", "jdoe1@corp.example", "jdoe2@corp.example"),
        ("upn", "jdoe1@corp.example", "jdoe2@corp.example"),
        ("owner", "admin1", "admin2"),
        ("login", "jdoe1", "jdoe2"),
        ("principal", "svc-app01", "svc-app02"),
        ("actor", "u1234567", "u1234568"),
        ("member", "jdoe1", "jdoe2"),
        ("subject", "jdoe1", "jdoe2"),
        ("host", "web01", "web02"),
        ("hostname", "dc1", "dc2"),
        ("computer", "WS-0017", "WS-0018"),
        ("device", "fw1", "fw2"),
        ("database", "crm1", "payroll2"),
        ("role", "tier1", "tier0"),
        ("group", "admins1", "admins2"),
        ("bucket", "logs2025", "logs2026"),
        ("asset_id", "srv-fin-01", "srv-fin-02"),
        ("policy", "P12", "P13"),
        ("signature", "Log4j2", "Log4j3"),
        ("malware", "Emotet.A1", "Emotet.A2"),
        ("threat", "W32.Agent1", "W32.Agent2"),
        ("alert_name", "Beacon1", "Beacon2"),
        ("vlan", "vlan10", "vlan20"),
        ("vlan", "10", "20"),
        ("sid", "PROD1", "PROD2"),
        ("group", "Tier 0 Admins", "Tier 1 Admins"),
        ("alert_name", "Beacon 1 seen", "Beacon 2 seen"),
        ("owner", "1001", "1002"),
        ("asset_id", "20017", "20018"),
        ("whatever", "svc-backup01", "svc-backup02"),
        ("entityId", "srv-fin-01", "srv-fin-02"),
        ("entityId", "FIN-SRV-DB01", "FIN-SRV-DC02"),
        ("https_port", "443", "4444"),
        ("processid", "nginx1", "mimikatz1"),
        ("sessionid", "vpn-admin-1", "vpn-root-2"),
    ] {
        let (alert, pointer) = logged(name);
        assert_differ(&alert, &pointer, one, other);
    }
    let (alert, pointer) = logged("host");
    assert_news(&alert, &pointer, "web01", "web02");
    let by_okta = decoded(
        "json",
        json!({"event": "user.account.lock", "target": [{"id": "x", "type": "User"}], "id": "x"}),
    );
    assert_news(
        &by_okta,
        "/data/target/0/id",
        "00ub0oNGTSWTBKOLGLNR",
        "00uttidj01jqL21aM1d6",
    );
    assert_differ(&by_okta, "/data/target/0/id", "uBqZtRxKpLmWvX", "kTwQzHnRbVxPcJ");
    assert_fold(&by_okta, "/data/id", "00ub0oNGTSWTBKOLGLNR", "00uttidj01jqL21aM1d6");
    let (alert, pointer) = logged("entity_id");
    for (one, other) in [
        ("uW4sKyWvnwNwnHqi", "Z8mQ2pTnRk4vLx9c=="),
        ("01HF3Z8K6QJ4T5X7Y8Z9ABCDEF", "01HF3Z8K6QM2W7R9Y1L4TVNBKD"),
        ("q8zt1xkp4m2wr7yl", "7k2m9q4xb1vt6zrp"),
        ("4f-Zt1xKp_m2wR7y", "_8Kq-3vTnRk4Lx9c"),
        ("a8+Zt1xKp/m2wR7y", "x/4Kq3vTn+k4Lx9c"),
    ] {
        assert_fold(&alert, &pointer, one, other);
    }
}

#[test]
fn a_thing_that_is_known_by_a_number_or_an_id_is_news() {
    for name in [
        "owner_id",
        "ownerId",
        "member_id",
        "group_id",
        "role_id",
        "author_id",
        "entity_id",
        "host_id",
        "vm_id",
        "device_id",
        "target_id",
        "customer_id",
        "employee_id",
        "project_id",
        "tenant_id",
        "object_id",
        "app_id",
        "policy_id",
        "access_level",
        "privilegeLevel",
        "team_id",
        "nodeId",
        "server_id",
        "key_id",
        "account_number",
    ] {
        let (alert, pointer) = logged(name);
        assert_differ(&alert, &pointer, "17", "99");
    }
    for name in ["owner_id", "tenantId", "user_uuid"] {
        let (alert, pointer) = logged(name);
        assert_news(
            &alert,
            &pointer,
            "5770385f-c22a-43e0-bfac-06f5698ffbd9",
            "11111111-c22a-43e0-bfac-06f5698ffbd9",
        );
    }
    // However many ids fill what a window remembers of them, there is room for names.
    let (alert, pointer) = logged("object_id");
    let [one, other] = pair(
        &alert,
        &pointer,
        [json!("5770385f-c22a-43e0-bfac-06f5698ffbd9"), json!("svc1")],
    );
    for told in [of(&one), of(&other)] {
        let kinds: Vec<_> = told.distinct.iter().map(|(kind, _)| *kind).collect();
        assert!(kinds.contains(&"thing") && !kinds.contains(&"name"), "{told:?}");
    }
    // And for ids of whoever acted, or whom it was done to.
    let (alert, pointer) = logged("owner_id");
    let [owner, _] = pair(&alert, &pointer, [json!("1001"), json!("1002")]);
    assert!(of(&owner).distinct.iter().any(|(kind, _)| *kind == "somebody"));
    let (alert, pointer) = logged("owner");
    let [named, _] = pair(&alert, &pointer, [json!("svc1"), json!("svc2")]);
    assert!(of(&named).distinct.iter().any(|(kind, _)| *kind == "name"));
    for name in ["offset", "level", "uptime", "ticket_id", "node", "service"] {
        let (alert, pointer) = logged(name);
        assert_fold(&alert, &pointer, "17", "99");
    }
}

#[test]
fn a_file_with_a_number_in_its_name_is_news_and_one_that_was_made_up_is_not() {
    for name in ["path", "yara_scanned_file"] {
        let (alert, pointer) = logged(name);
        for (one, other) in [
            ("/var/www/html/shell1.php", "/var/www/html/shell2.php"),
            (r"C:\Program Files\a17.exe", r"C:\Program Files\a18.exe"),
            ("/srv/q1/setup.exe", "/srv/q2/setup.exe"),
        ] {
            assert_news(&alert, &pointer, one, other);
        }
        for (one, other) in [
            ("/api/orders/17", "/api/orders/18"),
            ("/proc/4711/exe.so", "/proc/4712/exe.so"),
            ("/var/log/app-20261129.log", "/var/log/app-20261130.log"),
            ("/srv/up/7d9f8b6c5a12.jpg", "/srv/up/1d2f3b4c5a67.jpg"),
            ("/tmp/x17.sh", "/tmp/x18.sh"),
        ] {
            assert_fold(&alert, &pointer, one, other);
        }
    }
}

#[test]
fn where_a_link_leads_is_news() {
    for name in ["link", "maliciousLink", "download_link", "phishingLink", "emailLink"] {
        let (alert, pointer) = logged(name);
        for (one, other) in [
            ("https://news.example/", "http://198.51.100.7/login/drop.exe"),
            ("https://news.example/", "http://news.example/"),
            ("https://news.example/a.pdf", "https://news.example/drop.exe"),
            ("https://c2-01.example/a", "https://c2-02.example/a"),
        ] {
            assert_news(&alert, &pointer, one, other);
        }
        assert_fold(
            &alert,
            &pointer,
            "https://news.example/17?t=1",
            "https://news.example/18?t=2",
        );
        assert_fold(
            &alert,
            &pointer,
            "https://news.example/a?data=05%7C02%7Cabc",
            "https://news.example/a?data=07%7C01%7Cxyz",
        );
    }
    for name in [
        "consoleLink",
        "FalconHostLink",
        "incident_link",
        "viewLink",
        "logsLink",
        "evidenceLink",
        "detailsLink",
        "searchLink",
        "results_link",
    ] {
        let (alert, pointer) = logged(name);
        assert_news(&alert, &pointer, "https://console.example/a", "https://evil.example/a");
        assert_fold(
            &alert,
            &pointer,
            "https://console.example/q8Zt1xKp?a=%3D",
            "https://console.example/m2Wr7yLb?b=%2F",
        );
    }
    // Beside a command and beside an account, too.
    let mut opened = decoded(
        "json",
        json!({"user": "bob", "srcip": "203.0.113.9", "command_line": "firefox x", "exe": "/usr/bin/firefox", "link": "x"}),
    );
    for groups in [json!([]), json!(["authentication_success"])] {
        opened["rule"]["groups"] = groups;
        assert_differ(&opened, "/data/link", "https://news.example/", "https://evil.example/");
    }
}

#[test]
fn what_only_looks_like_a_name_folds() {
    for (name, one, other) in [
        ("thread", "http-nio-8080-exec-3", "http-nio-8080-exec-7"),
        ("thread_name", "pool-1-thread-17", "pool-1-thread-18"),
        ("connection", "conn5001", "conn5002"),
        (
            "trace",
            "Root=1-67891233-abcdef012345678912345678",
            "Root=1-67891299-bcdef0123456789123456789",
        ),
        ("took", "17ms", "18ms"),
        ("artifact", "backup-20261129-0400", "backup-20261130-0500"),
        ("hostname", "7d9f8b6c5a12", "1d2f3b4c5a67"),
        ("sessionid", "sess-4711", "sess-4712"),
        ("session", "q8Zt1xKp", "mWzqXLbk"),
        ("pod", "shop-7d9f8b6c5-x2x4z", "shop-6c4d7f9b8-q7r9t"),
        (
            "eventId",
            "5770385f-c22a-43e0-bfac-06f5698ffbd9",
            "11111111-c22a-43e0-bfac-06f5698ffbd9",
        ),
        ("event_id", "65f2c0ffee1234567890abcd", "75f2c0ffee1234567890abce"),
        ("log_id", "q8Zt1xKp", "m2Wr7yLb"),
        ("incident_id", "q8Zt1xKpM2wR7yLbT4vN5c", "Zz3kLm9QxW1rTb6YpDh7sK"),
        ("record_uuid", "q8Zt1xKpM2wR7yLbT4vN5c", "Zz3kLm9QxW1rTb6YpDh7sK"),
        ("msg_id", "<aBqZtRxKpLmW@mx.example>", "<kTwQzHnRbVxP@mx.example>"),
        ("sid", "q8Zt1xKpM2wR7yLbT4vN5c", "Zz3kLm9QxW1rTb6YpDh7sK"),
        ("jti", "q8Zt1xKpM2wR7yLbT4vN5c", "Zz3kLm9QxW1rTb6YpDh7sK"),
        ("csrf", "q8Zt1xKpM2wR7yLbT4vN5c", "Zz3kLm9QxW1rTb6YpDh7sK"),
        ("job_id", "01HF3Z8K6QJ4T5X7Y8Z9ABCDEF", "01HF3Z8K6QM2W7R9Y1L4TVNBKD"),
        (
            "cert_chain_fuids",
            "FGrBOUTp7tBqHtJvaY, F9xqODtLMulxluWx2M",
            "F2LshZpcc5ZSG7m545, FdeEc2TfGGFukuewyP",
        ),
        ("conn_uids", "C53yyD3HyP3MRJgN8Z", "CvDwR6wMTrVFbLd9Rb"),
        (
            "dtHash",
            "0f2041b8d3c993cf0f2041b8d3c993cf0f2041b8d3c993cf0f2041b8d3c993cf",
            "d12041b8d3c993c9d12041b8d3c993c9d12041b8d3c993c9d12041b8d3c993c9",
        ),
        ("id", "q8Zt1xKpM2wR@7yLbT4vN5c", "Zz3kLm9QxW1r@Tb6YpDh7sK"),
        ("threatId", "1234567890123456789", "9876543210987654321"),
        (
            "consoleLink",
            "https://console.example/17",
            "https://console.example/18?x=y",
        ),
        ("bytes", "0", "1"),
        ("attempt", "0", "1"),
        ("repeatcnt", "0", "1"),
        ("sentpkt", "0", "1"),
        ("subject", "Invoice 17", "Invoice 18"),
        ("message", "waited 17 of 20", "waited 18 of 20"),
        ("size", "1", "0"),
        ("latency_ms", "1", "0"),
    ] {
        let (alert, pointer) = logged(name);
        assert_fold(&alert, &pointer, one, other);
    }
    for (name, one, other) in [
        ("event_id", "4625", "1102"),
        ("enabled", "0", "1"),
        ("log_id", "0419016384", "0211008192"),
    ] {
        let (alert, pointer) = logged(name);
        assert_differ(&alert, &pointer, one, other);
    }
}

#[test]
fn whoever_logs_on_is_news_whatever_his_field_is_called() {
    let mut login = decoded(
        "json",
        json!({"event": "login failed", "srcip": "203.0.113.5", "account": "bob", "login": "jdoe1", "session": "q8Zt1xKp",
            "ts": "2026-11-29T04:00:01Z", "pid": "17"}),
    );
    login["rule"]["groups"] = json!(["authentication_failed"]);
    assert_news(&login, "/data/account", "bob", "eve");
    assert_news(&login, "/data/login", "jdoe1", "jdoe2");
    for (name, one, other) in [
        ("session", "q8Zt1xKp", "m2Wr7yLb"),
        ("ts", "2026-11-29T04:00:01Z", "2026-11-29T04:00:09Z"),
        ("pid", "17", "18"),
    ] {
        assert_fold(&login, &format!("/data/{name}"), one, other);
    }
    let tried = |line: &str| {
        let mut alert = super::line(line);
        alert["rule"]["groups"] = json!(["authentication_failed"]);
        alert["data"] = json!({"srcip": "203.0.113.5"});
        alert
    };
    let one = tried("Nov 29 04:00:01 mx imapd[17]: LOGIN FAILED, name=bob, from 203.0.113.5 port 50001");
    assert!(folds(
        &one,
        &tried("Nov 29 04:00:09 mx imapd[18]: LOGIN FAILED, name=bob, from 203.0.113.5 port 50002")
    ));
    assert!(!folds(
        &one,
        &tried("Nov 29 04:00:01 mx imapd[17]: LOGIN FAILED, name=eve, from 203.0.113.5 port 50001")
    ));
}

#[test]
fn a_port_that_something_listens_on_or_that_was_reached_is_news() {
    for (name, one, other) in [
        ("port", "80", "4444"),
        ("listen_port", "80", "50050"),
        ("local_port", "80", "4444"),
        ("vport", "80", "4444"),
        ("ldaps_port", "636", "4444"),
        ("accessPort", "443", "4444"),
        ("cdport", "443", "3389"),
        ("dst_nat_port", "443", "3389"),
        ("localPorts", "4444", "3389"),
        ("open_ports", "80,443", "80,4444"),
        ("ports", "5000-5010", "5000-6010"),
    ] {
        let (alert, pointer) = logged(name);
        assert_news(&alert, &pointer, one, other);
    }
    for name in ["port", "srcport", "src_port", "client_port"] {
        let (alert, pointer) = logged(name);
        assert_fold(&alert, &pointer, "51234", "51235");
    }
    let (alert, pointer) = logged("open_ports");
    assert_fold(&alert, &pointer, "80,443,51234", "80,443,51235");
    assert_fold(&alert, &pointer, "1,2,3,4,5", "1,2,3,4,6");
    for (one, other) in [
        (json!([80, 443]), json!([443, 80])),
        (json!([80, 51234]), json!([80, 51235])),
    ] {
        let [one, other] = pair(&alert, &pointer, [one, other]);
        assert!(folds(&one, &other), "{one} {other}");
    }
    for name in [
        "src_ports",
        "sourcePorts",
        "client_ports",
        "xlate_ports",
        "peer_ports",
        "remotePorts",
        "used_ports",
        "free_ports",
        "total_ports",
        "num_ports",
        "scanned_ports",
        "reports",
        "failedImports",
    ] {
        let (alert, pointer) = logged(name);
        assert_fold(&alert, &pointer, "23456,1025", "17001,2048");
    }
    // What was given out by a source or for it.
    for name in [
        "transport",
        "transsport",
        "csport",
        "ssport",
        "postnatsport",
        "mappedsport",
        "translatedsport",
        "xlatesport",
        "post_nat_port",
        "ephemeral_port",
    ] {
        let (alert, pointer) = logged(name);
        assert_fold(&alert, &pointer, "23456", "17001");
    }
    let translated = decoded(
        "json",
        json!({"source": {"ip": "203.0.113.9", "nat": {"port": "x"}}, "event": "nat"}),
    );
    assert_fold(&translated, "/data/source/nat/port", "23456", "17001");
    // A high one is passing where a service is at the other end.
    let connected = decoded(
        "json",
        json!({"event": "connected", "local_port": "x", "remote_port": "443"}),
    );
    assert_fold(&connected, "/data/local_port", "51234", "51235");
    let row = decoded(
        "json",
        json!({"osquery": {"name": "listening_ports", "action": "added", "columns": {"address": "0.0.0.0", "port": "80", "protocol": "6", "pid": "12"}}}),
    );
    assert_news(&row, "/data/osquery/columns/port", "80", "4444");
    assert_fold(&row, "/data/osquery/columns/pid", "12", "13");
}
