//! What stands beside who logged on and beside a command.

use serde_json::{Value, json};

use super::{assert_differ, assert_fold, decoded, event, field, folds, line, of, pair, security, sysmon};

fn logged_on(data: Value) -> Value {
    let mut alert = decoded("json", data);
    alert["rule"]["groups"] = json!(["authentication_success"]);
    alert
}

#[test]
fn what_a_log_on_says_besides_is_news() {
    for (name, one, other) in [
        ("role", "viewer", "owner"),
        ("app", "wiki", "vault"),
        ("service", "sshd", "vpn"),
        ("mfa", "totp", "none"),
        ("tenant", "dev", "prod"),
        ("port", "22", "3389"),
    ] {
        let alert =
            logged_on(json!({"event": "login", "user": "bob", "srcip": "203.0.113.9", "request_id": "x", name: "x"}));
        assert_differ(&alert, &format!("/data/{name}"), one, other);
        assert_fold(&alert, "/data/request_id", "q8Zt1xKp", "m2Wr7yLb");
        let [one, other] = pair(&alert, &format!("/data/{name}"), [json!(one), json!(other)]);
        assert_eq!(of(&one).key, of(&other).key, "many are bounded in one window");
    }
    let firewall = |profile: &str, user: &str| {
        let text =
            format!("logid=\"0100032001\" user=\"{user}\" action=\"login\" profile=\"{profile}\" srcip=203.0.113.9");
        let mut alert =
            logged_on(json!({"srcip": "203.0.113.9", "srcuser": user, "profile": profile, "sessionid": "17"}));
        alert["full_log"] = json!(text);
        alert
    };
    assert!(folds(&firewall("prof_admin", "bob"), &firewall("prof_admin", "bob")));
    assert!(!folds(&firewall("prof_admin", "bob"), &firewall("super_admin", "bob")));
    // Whoever tries many names is told by them alone.
    let tried = |user: &str| {
        let mut alert = line(&format!(
            "Nov 29 04:00:01 web sshd[7]: Failed password for {user} from 203.0.113.9 port 51234 ssh2"
        ));
        alert["rule"]["groups"] = json!(["authentication_failed"]);
        alert["data"] = json!({"srcip": "203.0.113.9", "dstuser": user});
        alert
    };
    let told = |user: &str| {
        let distinct = of(&tried(user)).distinct;
        distinct.into_iter().find(|(kind, _)| *kind == "told")
    };
    assert_eq!(told("root"), told("bob"));
    assert_eq!(told("root"), told("x"));
    assert!(told("root").is_some());
}

#[test]
fn where_somebody_logged_on_is_news() {
    for (name, one, other) in [
        ("url", "/owa/", "/ecp/"),
        ("url", "https://wiki.example/login", "https://vault.example/login"),
        ("query_domain", "wiki.example", "vault.example"),
        (
            "sha256",
            "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
            "b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2",
        ),
    ] {
        let mut alert = logged_on(json!({"user": "bob", "srcip": "203.0.113.9", "msg": "login ok", name: "x"}));
        assert_differ(&alert, &format!("/data/{name}"), one, other);
        let [first, second] = pair(&alert, &format!("/data/{name}"), [json!(one), json!(other)]);
        assert_eq!(of(&first).key, of(&second).key, "many are bounded in one window");
        // Its line says the same once more.
        let [first, second] = [first, second].map(|mut alert| {
            alert["full_log"] = json!(alert["data"].to_string());
            alert
        });
        assert!(folds(&first, &first) && !folds(&first, &second), "{first} {second}");
        alert["rule"]["groups"] = json!(["authentication_failed"]);
        assert_differ(&alert, &format!("/data/{name}"), one, other);
    }
    let asked = logged_on(json!({"user": "bob", "srcip": "203.0.113.9", "url": "x"}));
    for (one, other) in [
        ("/login?t=1796000000&n=17", "/login?t=1796000900&n=18"),
        (
            "/login;jsessionid=q8Zt1xKpM2wR7yLb",
            "/login;jsessionid=Zz3kLm9QxW1rTb6Y",
        ),
        (
            "/authorize?client_id=wiki&state=q8Zt1xKpM2wR7yLb&nonce=5770385f-c22a-43e0-bfac-06f5698ffbd9",
            "/authorize?client_id=wiki&state=Zz3kLm9QxW1rTb6Y&nonce=11111111-c22a-43e0-bfac-06f5698ffbd9",
        ),
    ] {
        assert_fold(&asked, "/data/url", one, other);
    }
    // What an application makes up is not always as others do.
    for (one, other) in [
        (
            "https://sso.example/SSO?SAMLRequest=fZJ%2BKq8Z%3D&RelayState=x9",
            "https://sso.example/SSO?SAMLRequest=aQ1%2FTm2W%3D&RelayState=b4",
        ),
        ("/login;jsessionid=0A1B2C.node1", "/login;jsessionid=9F8E7D.node2"),
        ("/login?next=%2Fitem%2Fabc", "/login?next=%2Fitem%2Fxyz"),
        ("/login?execution=e1s2", "/login?execution=e2s1"),
        ("/item/17/login#a", "/item/18/login#b"),
        ("/cb/q8Zt1xKpM2wR7yLb.node1", "/cb/Zz3kLm9QxW1rTb6Y.node1"),
    ] {
        assert_fold(&asked, "/data/url", one, other);
    }
    let long = |c: &str| format!("/cb/{}", c.repeat(129));
    assert_fold(&asked, "/data/url", &long("a"), &long("b"));
    for (one, other) in [
        ("sess_q8zt1xkpm2wr7ylbzz3klm9qxw", "sess_zz3klm9qxw1rtb6yq8zt1xkpm2"),
        ("krb5cc_1000_aBcDeF", "krb5cc_1001_xYzUvW"),
    ] {
        let asked = logged_on(json!({"user": "bob", "srcip": "203.0.113.9", "file": "x"}));
        assert_fold(&asked, "/data/file", one, other);
    }
}

#[test]
fn with_what_rights_an_account_of_windows_logged_on_is_news() {
    for (id, name, one, other) in [
        (4672, "privilegeList", "SeChangeNotifyPrivilege", "SeDebugPrivilege"),
        (4768, "preAuthType", "2", "0"),
        (4769, "ticketOptions", "0x40810000", "0x40800000"),
        (4624, "elevatedToken", "%%1843", "%%1842"),
        (4624, "processName", r"C:\\a.exe", r"C:\\b.exe"),
    ] {
        let alert = security(
            id,
            json!({"targetUserName": "bob", "subjectUserName": "bob", "ipAddress": "203.0.113.9", name: "x"}),
        );
        assert_differ(&alert, &field(name), one, other);
    }
}

#[test]
fn as_what_a_service_was_installed_and_how_a_library_is_signed_is_news() {
    for (name, one, other) in [
        ("accountName", "LocalService", "LocalSystem"),
        ("serviceType", "user mode service", "kernel mode driver"),
        ("startType", "demand start", "auto start"),
    ] {
        let installed = event(
            7045,
            "System",
            json!({"serviceName": "a", "imagePath": r"C:\\a.exe", name: "x"}),
        );
        assert_differ(&installed, &field(name), one, other);
    }
    let loaded = sysmon(
        7,
        json!({"image": r"C:\\a.exe", "imageLoaded": r"C:\\x.dll", "signatureStatus": "x"}),
    );
    assert_differ(&loaded, &field("signatureStatus"), "Valid", "Revoked");
    let injected = sysmon(
        8,
        json!({"sourceImage": r"C:\\a.exe", "targetImage": r"C:\\b.exe", "startFunction": "x"}),
    );
    assert_differ(&injected, &field("startFunction"), "LoadLibraryA", "LoadLibraryW");
}

#[test]
fn what_a_sensor_says_beside_a_command_is_news() {
    let falco = decoded(
        "json",
        json!({"priority": "Notice", "rule": "Terminal shell in container", "output": "04:00:01.123: shell (cmdline=bash container=3ad7b26ded6d)",
            "output_fields": {"container.id": "3ad7b26ded6d", "k8s.ns.name": "dev", "k8s.pod.name": "web", "proc.cmdline": "bash", "user.name": "root", "fd.name": "/etc/a", "evt.time": 1_796_000_000_123_u64}}),
    );
    assert_differ(
        &falco,
        "/data/rule",
        "Terminal shell in container",
        "Read sensitive file",
    );
    assert_differ(&falco, "/data/priority", "Notice", "Critical");
    for (name, one, other) in [
        ("k8s.ns.name", "dev", "prod"),
        ("k8s.pod.name", "web", "vault"),
        ("fd.name", "/etc/a", "/etc/shadow"),
        ("user.name", "root", "www"),
    ] {
        assert_differ(&falco, &format!("/data/output_fields/{name}"), one, other);
    }
    assert_fold(
        &falco,
        "/data/output",
        "04:00:01.123: shell (cmdline=bash container=3ad7b26ded6d)",
        "05:11:02.456: shell (cmdline=bash container=7fa1b26d0e6d)",
    );
    // What stands only in the text counts, whatever fields there are.
    let mut opened = decoded(
        "json",
        json!({"rule": "Sensitive file", "output": "x", "output_fields": {"proc.cmdline": "cat x", "user.name": "root", "proc.pid": 17}}),
    );
    for fields in [opened["data"]["output_fields"].clone(), json!({}), json!(null)] {
        opened["data"]["output_fields"] = fields;
        let text = |file: &str| format!("04:00:01.123: Sensitive file {file} opened (command=cat x pid=17)");
        assert_differ(
            &opened,
            "/data/output",
            &text("/etc/shadow"),
            &text("/root/.ssh/id_rsa"),
        );
        assert_fold(
            &opened,
            "/data/output",
            &text("/etc/shadow"),
            &text("/etc/shadow").replace("04:00:01.123", "05:11:02.456"),
        );
    }
    for (one, other) in [
        ("/tmp/rootkit", "/tmp/miner"),
        ("10.0.0.1:5000->203.0.113.9:443", "10.0.0.1:5001->203.0.113.9:4444"),
    ] {
        assert_differ(&falco, "/data/output_fields/fd.name", one, other);
    }
    for (one, other) in [
        ("/tmp/tmp.aBcDeFgHiJ", "/tmp/tmp.kLmNoPqRsT"),
        ("10.0.0.1:5000->203.0.113.9:443", "10.0.0.1:5001->203.0.113.9:443"),
        ("10.0.0.1:443->203.0.113.9:50001", "10.0.0.1:443->203.0.113.9:50002"),
    ] {
        assert_fold(&falco, "/data/output_fields/fd.name", one, other);
    }
    // The text says what its fields say, and pods are called by their set and what was made up for each.
    let spawned = |pod: &str| {
        decoded(
            "json",
            json!({"rule": "Terminal shell in container", "output": format!("shell (cmdline=bash pod={pod}) at {pod}"), "msg": format!("shell in {pod} (pod={pod})"),
                "output_fields": {"k8s.pod.name": pod, "proc.cmdline": "bash"}}),
        )
    };
    assert!(folds(
        &spawned("shop-7d9f8b6c5-x2x4z"),
        &spawned("shop-6c4d7f9b8-q7r9t")
    ));
    assert!(!folds(
        &spawned("shop-7d9f8b6c5-x2x4z"),
        &spawned("vault-6c4d7f9b8-q7r9t")
    ));
    let falcon = decoded(
        "json",
        json!({"metadata": {"offset": 1}, "event": {"ComputerName": "WS1", "UserName": "svc", "CommandLine": "cmd.exe /c whoami", "DetectName": "x",
            "PatternDispositionDescription": "x", "ProcessId": 17, "LocalIP": "x", "url": "x"}}),
    );
    for (name, one, other) in [
        ("DetectName", "PUP", "Credential dumping"),
        (
            "PatternDispositionDescription",
            "Prevention, process was blocked",
            "Detection",
        ),
        ("ComputerName", "WS1", "DC1"),
        ("LocalIP", "10.0.0.5", "10.0.0.9"),
        ("url", "http://a.example/x", "http://b.example/x"),
    ] {
        assert_differ(&falcon, &format!("/data/event/{name}"), one, other);
    }
    assert_fold(&falcon, "/data/event/ProcessId", "17", "18");
    // A command and a text that holds it may have names of temporary files.
    let run = |name: &str| {
        decoded(
            "json",
            json!({"exe": "/bin/sh", "command_line": format!("sh /tmp/{name}/run.sh"), "args": format!("/tmp/{name}/run.sh"), "msg": format!("ran sh /tmp/{name}/run.sh")}),
        )
    };
    assert!(folds(&run("tmp.aBcDeFgHiJ"), &run("tmp.kLmNoPqRsT")));
}

#[test]
fn the_far_port_of_a_connection_is_news_whatever_the_near_one_is() {
    let falco = decoded(
        "json",
        json!({"rule": "Unexpected connection", "output_fields": {"proc.cmdline": "nginx", "fd.name": "x"}}),
    );
    assert_differ(
        &falco,
        "/data/output_fields/fd.name",
        "10.0.0.1:53->203.0.113.9:4444",
        "10.0.0.1:53->203.0.113.9:5555",
    );
    assert_fold(
        &falco,
        "/data/output_fields/fd.name",
        "10.0.0.1:711->10.0.0.9:2049",
        "10.0.0.1:812->10.0.0.9:2049",
    );
}

#[test]
fn what_a_finding_of_wazuh_5_says_beside_a_command_is_news() {
    let finding = |integration: &str| {
        json!({"@timestamp": "2026-11-29T04:00:01Z", "wazuh": {"rule": {"id": "u", "level": "high"}, "agent": {"id": "1"}, "integration": {"name": integration}},
        "event": {"action": "blocked", "category": ["process"], "doc_id": "a"}, "rule": {"name": "Mimikatz"}, "message": "04:00:01 stopped x y",
        "process": {"command_line": "x y", "executable": "/opt/x", "pid": 4711, "entity_id": "q8Zt1xKpM2wR7yLb", "start": "2026-11-29T04:00:01Z", "parent": {"pid": 17, "executable": "/bin/sh", "args": ["sh", "x"]}},
        "orchestrator": {"resource": {"id": "x", "name": "shop"}},
        "threat": {"technique": {"id": "T1003"}}, "container": {"name": "web", "id": "3ad7b26ded6d"}, "url": {"original": "http://a.example/x"},
        "file": {"path": "/opt/z"}, "destination": {"ip": "203.0.113.9", "port": 443}, "user": {"name": "bob"}})
    };
    let sensor = finding("falcon");
    for (pointer, one, other) in [
        ("/event/action", "blocked", "allowed"),
        ("/rule/name", "Mimikatz", "Ransomware"),
        ("/url/original", "http://a.example/x", "http://b.example/x"),
        ("/threat/technique/id", "T1003", "T1486"),
        ("/threat/technique/id", "T1003.001", "T1003.002"),
        ("/container/name", "web", "vault"),
        ("/orchestrator/resource/name", "shop", "vault"),
        ("/message", "stopped x y", "x y was let go"),
        ("/destination/ip", "203.0.113.9", "203.0.113.10"),
        ("/user/name", "bob", "eve"),
    ] {
        assert_differ(&sensor, pointer, one, other);
    }
    for (pointer, one, other) in [
        ("/@timestamp", "2026-11-29T04:00:01Z", "2026-11-29T05:11:02Z"),
        ("/event/doc_id", "a", "b"),
        ("/message", "04:00:01 stopped x y", "05:11:02 stopped x y"),
        ("/process/entity_id", "q8Zt1xKpM2wR7yLb", "Zz3kLm9QxW1rTb6Y"),
        ("/process/start", "2026-11-29T04:00:01Z", "2026-11-29T05:11:02Z"),
        ("/container/id", "3ad7b26ded6d", "7fa1b26d0e6d"),
        ("/process/parent/args/1", "job-q8Zt1xKp", "job-m2Wr7yLb"),
        (
            "/orchestrator/resource/id",
            "5770385f-c22a-43e0-bfac-06f5698ffbd9",
            "0b1c2d3e-aaaa-4bbb-8ccc-123456789abc",
        ),
    ] {
        assert_fold(&sensor, pointer, one, other);
    }
    for (one, other) in [(4711, 4712), (17, 18)] {
        let [mut one, mut other] = [(sensor.clone(), one), (sensor.clone(), other)].map(|(mut finding, pid)| {
            finding["process"]["pid"] = json!(pid);
            finding
        });
        assert!(folds(&one, &other));
        (one["process"]["parent"]["pid"], other["process"]["parent"]["pid"]) = (json!(1), json!(2));
        assert!(folds(&one, &other));
    }
    // Their own fields say it.
    assert_fold(&finding("windows"), "/message", "x", "y");
}
