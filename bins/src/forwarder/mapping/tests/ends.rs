//! Which end of a connection a title names.

use serde_json::{Value, json};

use super::mapped;
use super::titles::{assert_titles, of, windows};

#[test]
fn the_machines_own_address_in_the_internet_is_no_far_end() {
    let with_ip = |mut alert: Value, ip: &str| {
        alert["agent"]["ip"] = json!(ip);
        alert
    };
    let out = json!({"image": "C:\\\\x\\\\evil.exe", "initiated": "true", "sourceIp": "8.8.4.4", "sourcePort": "50000",
        "destinationIp": "45.45.45.45", "destinationPort": "443", "user": "CORP\\\\eve"});
    let filtered = json!({"application": "\\\\device\\\\x\\\\evil.exe", "direction": "%%14593", "sourceAddress": "8.8.4.4",
        "sourcePort": "50000", "destAddress": "45.45.45.45", "destPort": "443"});
    let logon = |ip: &str| windows(json!({"targetUserName": "j.doe", "ipAddress": ip}));
    assert_titles(&[
        (
            with_ip(of("Out", windows(out.clone())), "8.8.4.4"),
            "Out | web01 | 45.45.45.45 port 443",
        ),
        (of("Out", windows(out)), "Out | web01 | 45.45.45.45 port 443"),
        (of("Out", windows(filtered)), "Out | web01 | 45.45.45.45 port 443"),
        (
            with_ip(of("Logon", logon("8.8.4.4")), "8.8.4.4"),
            "Logon | web01 | j.doe",
        ),
        (
            with_ip(of("Logon", logon("45.45.45.45")), "8.8.4.4"),
            "Logon | web01 | j.doe from 45.45.45.45",
        ),
        (
            of(
                "Scan",
                json!({"host": {"ip": ["10.0.0.5", "8.8.4.4"]}, "data": {"src_ip": "8.8.4.4", "dest_ip": "45.45.45.45"}}),
            ),
            "Scan | web01 | 45.45.45.45",
        ),
    ]);
}

/// A finding of agent `web01` with these fields beside.
fn finding(rule: &str, fields: Value) -> Value {
    let mut alert = json!({"wazuh": {"rule": {"id": "x", "title": rule, "level": "high"},
        "agent": {"id": "001", "name": "web01", "host": {"ip": ["10.0.0.5", "8.8.4.4"]}}}});
    if let Value::Object(fields) = fields {
        alert.as_object_mut().unwrap().extend(fields);
    }
    alert
}

#[test]
fn only_wazuh_says_which_addresses_the_machine_of_a_finding_has() {
    let login = |ip: &str, host: &str| {
        let fields = json!({"source": {"ip": ip}, "user": {"name": "eve"}, "host": {"ip": [host], "hostname": "x.evil.example"},
            "dns": {"question": {"name": "c2.evil.example"}}});
        finding("Login", fields)
    };
    let alert = login("203.0.113.9", "203.0.113.9");
    assert_titles(&[
        (alert.clone(), "Login | web01 | eve from 203.0.113.9"),
        (login("8.8.4.4", "203.0.113.9"), "Login | web01 | c2.evil.example"),
    ]);
    let mut iocs: Vec<_> = mapped(&alert).iocs.into_iter().map(|ioc| ioc.value).collect();
    iocs.sort_unstable();
    assert_eq!(iocs, ["203.0.113.9", "c2.evil.example"]);
}

#[test]
fn an_address_is_the_machines_own_however_it_is_spelled() {
    let ticket = |ip: &str| {
        let mut alert = of(
            "Ticket",
            windows(json!({"targetUserName": "j.doe", "ipAddress": ip, "ipPort": "50123"})),
        );
        alert["agent"]["ip"] = json!("10.0.0.1");
        alert
    };
    assert_titles(&[
        (ticket("::ffff:10.0.0.1"), "Ticket | web01 | j.doe"),
        (ticket("::ffff:127.0.0.1"), "Ticket | web01 | j.doe"),
        (ticket("::ffff:10.0.0.2"), "Ticket | web01 | j.doe from 10.0.0.2"),
    ]);
    let mut without_port = ticket("::ffff:10.0.0.2");
    without_port["data"]["win"]["eventdata"]["ipPort"] = Value::Null;
    let description = mapped(&without_port).description.unwrap();
    assert!(
        description.contains("\nSource: 10.0.0.2") && !description.contains("ipAddress"),
        "told once: {description}"
    );
}

#[test]
fn of_a_connection_that_was_opened_from_here_no_source_is_named() {
    let ends = |client: &str, direction: &str| {
        let fields = json!({"source": {"ip": "8.8.4.4"}, "client": {"ip": client}, "destination": {"ip": "46.46.46.46", "port": 443},
            "user": {"name": "eve"}, "network": {"direction": direction}});
        finding("Seen", fields)
    };
    let from_elsewhere = |destination: Value| {
        let fields = json!({"source": {"ip": "45.45.45.45"}, "destination": destination, "user": {"name": "eve"},
            "network": {"direction": "outbound"}});
        finding("Seen", fields)
    };
    let behind_an_own = |client: &str| {
        let mut alert = from_elsewhere(json!({"ip": "46.46.46.46"}));
        alert["client"] = json!({"ip": client});
        alert
    };
    let to_itself = |ip: &str| {
        let mut alert = of("To itself", json!({"data": {"dstip": "8.8.4.4", "dstport": "443"}}));
        alert["agent"]["ip"] = json!(ip);
        alert
    };
    let out =
        json!({"initiated": "true", "sourceIp": "8.8.4.4", "destinationIp": "45.45.45.45", "destinationPort": "443"});
    let answered = |event: Value| {
        let parameters = json!({"program": "firewall-drop", "alert": windows(event)});
        of(
            "Blocked",
            json!({"decoder": {"name": "ar_log_json"}, "data": {"command": "add", "parameters": parameters}}),
        )
    };
    let told_one_address = |beside: Value| {
        let mut alert = answered(json!({"initiated": "true"}));
        alert["data"]["parameters"]["alert"]["data"]["srcip"] = json!("45.45.45.45");
        let Value::Object(beside) = beside else { unreachable!() };
        let fields = alert["data"]["parameters"]["alert"]["data"].as_object_mut();
        fields.unwrap().extend(beside);
        alert
    };
    let inwards = json!({"initiated": "false", "sourceIp": "46.46.46.46", "destinationIp": "45.45.45.45"});
    assert_titles(&[
        (ends("10.0.0.5", "egress"), "Seen | web01 | 46.46.46.46 port 443"),
        (ends("10.0.0.5", "Outbound"), "Seen | web01 | 46.46.46.46 port 443"),
        (ends("45.45.45.45", "inbound"), "Seen | web01 | eve from 45.45.45.45"),
        // Whoever writes the event chooses what it says, and what stands first.
        (ends("45.45.45.45", "egress"), "Seen | web01 | eve from 45.45.45.45"),
        (behind_an_own("127.0.0.1"), "Seen | web01 | eve from 45.45.45.45"),
        (behind_an_own("10.0.0.50"), "Seen | web01 | eve from 45.45.45.45"),
        (from_elsewhere(json!({})), "Seen | web01 | eve from 45.45.45.45"),
        (
            from_elsewhere(json!({"ip": "8.8.4.4"})),
            "Seen | web01 | eve from 45.45.45.45",
        ),
        (
            from_elsewhere(json!({"ip": "46.46.46.46"})),
            "Seen | web01 | eve from 45.45.45.45",
        ),
        (to_itself("8.8.4.4"), "To itself | web01"),
        (to_itself("10.0.0.5"), "To itself | web01 | 8.8.4.4 port 443"),
        (answered(out), "Blocked | web01 | firewall-drop 45.45.45.45"),
        (
            told_one_address(json!({})),
            "Blocked | web01 | firewall-drop 45.45.45.45",
        ),
        (
            told_one_address(json!({"dstport": "443"})),
            "Blocked | web01 | firewall-drop 45.45.45.45",
        ),
        // That is what Wazuh hands on, whoever opened the connection.
        (answered(inwards), "Blocked | web01 | firewall-drop 45.45.45.45"),
    ]);
}

#[test]
fn the_name_that_a_client_of_tls_asks_for_stands_before_an_end_of_ones_own_only_if_it_leads_out() {
    let sensor = |from: &str, to: &str| {
        of(
            "Seen",
            json!({"data": {"src_ip": from, "dest_ip": to, "tls": {"sni": "x.example.org"}}}),
        )
    };
    let zeek = |to: &str| {
        of(
            "Seen",
            json!({"data": {"id.orig_h": "10.0.0.50", "id.resp_h": to, "server_name": "x.example.org"}}),
        )
    };
    let asked = |to: &str| {
        finding(
            "Seen",
            json!({"source": {"ip": "10.0.0.50"}, "destination": {"ip": to}, "tls": {"client": {"server_name": "x.example.org"}}}),
        )
    };
    assert_titles(&[
        (sensor("10.0.0.50", "45.45.45.45"), "Seen | web01 | x.example.org"),
        (zeek("45.45.45.45"), "Seen | web01 | x.example.org"),
        (asked("45.45.45.45"), "Seen | web01 | x.example.org"),
        (sensor("10.0.0.50", "10.0.0.9"), "Seen | web01 | 10.0.0.50"),
        (sensor("45.45.45.45", "10.0.0.5"), "Seen | web01 | 45.45.45.45"),
        (zeek("10.0.0.9"), "Seen | web01 | 10.0.0.50"),
        (asked("10.0.0.9"), "Seen | web01 | 10.0.0.50"),
        (
            of("Seen", json!({"data": {"tls": {"sni": "x.example.org"}}})),
            "Seen | web01 | x.example.org",
        ),
    ]);
}

#[test]
fn a_sensor_tells_of_connections_that_others_opened() {
    let seen = |fields: Value| {
        let mut alert = finding(
            "C2",
            json!({"network": {"direction": "outbound"}, "user": {"name": "eve"}}),
        );
        let Value::Object(fields) = fields else { unreachable!() };
        alert.as_object_mut().unwrap().extend(fields);
        alert
    };
    let client = json!({"ip": "10.0.0.50", "nat": {"ip": "8.8.4.4", "port": 1024}});
    let translated =
        json!({"source": client, "destination": {"ip": "45.45.45.45", "port": 443, "nat": {"ip": "46.46.46.46"}}});
    let nobody = json!({"source": client, "user": {}, "destination": {"ip": "45.45.45.45", "port": 443}});
    assert_titles(&[
        (
            seen(json!({"source": {"ip": "10.0.0.50"}, "destination": {"ip": "45.45.45.45", "port": 443}})),
            "C2 | web01 | 45.45.45.45 port 443",
        ),
        (seen(nobody), "C2 | web01 | 45.45.45.45 port 443"),
        (seen(translated), "C2 | web01 | 45.45.45.45 port 443"),
        (
            seen(
                json!({"source": {"ip": "10.0.0.50"}, "destination": {"ip": "10.0.0.53", "nat": {"ip": "45.45.45.45"}}}),
            ),
            "C2 | web01 | 45.45.45.45",
        ),
        (
            seen(json!({"source": {"ip": "10.0.0.50"}, "destination": {"domain": "c2.evil.example"}})),
            "C2 | web01 | c2.evil.example",
        ),
        // Where both are of the organisation, or the first is not, nothing leads out.
        (
            seen(json!({"source": {"ip": "10.0.0.50"}, "destination": {"ip": "10.0.0.60"}})),
            "C2 | web01 | eve from 10.0.0.50",
        ),
        (
            seen(json!({"source": {"ip": "46.46.46.46"}, "destination": {"ip": "45.45.45.45"}})),
            "C2 | web01 | eve from 46.46.46.46",
        ),
    ]);
}

#[test]
fn only_windows_itself_is_believed_that_it_opened_a_connection() {
    let event = |name: &str, value: &str| json!({"srcip": "45.45.45.45", "srcuser": "eve", "win": {"eventdata": {name: value}}});
    for (name, value) in [("initiated", "true"), ("direction", "%%14593")] {
        let line = json!({"decoder": {"name": "json"}, "data": event(name, value)});
        let beside = finding(
            "Seen",
            json!({"source": {"ip": "45.45.45.45"}, "user": {"name": "eve"}, "data": event(name, value)}),
        );
        let read = json!({"decoder": {"name": "windows_eventchannel"}, "data": event(name, value)});
        assert_titles(&[
            (of("Seen", line), "Seen | web01 | eve from 45.45.45.45"),
            (beside, "Seen | web01 | eve from 45.45.45.45"),
            (of("Seen", read), "Seen | web01 | eve"),
        ]);
    }
}

#[test]
fn the_title_of_a_response_names_what_wazuh_hands_its_program() {
    let response = |program: &str, data: Value| {
        let parameters = json!({"program": program, "alert": {"data": data}});
        of(
            "Answered",
            json!({"decoder": {"name": "ar_log_json"}, "data": {"command": "add", "parameters": parameters}}),
        )
    };
    let inwards =
        json!({"win": {"eventdata": {"initiated": "false", "sourceIp": "45.45.45.45", "destinationIp": "10.0.0.5"}}});
    let logon = json!({"srcip": "46.46.46.46", "win": {"eventdata": {"ipAddress": "45.45.45.45", "destinationIp": "10.0.0.9"}}});
    let login = json!({"srcip": "45.45.45.45", "srcuser": "root", "dstuser": "bob"});
    assert_titles(&[
        (
            response("netsh.exe", inwards.clone()),
            "Answered | web01 | netsh.exe 10.0.0.5",
        ),
        (
            response("my-block.py", inwards),
            "Answered | web01 | my-block.py 45.45.45.45",
        ),
        (
            response("active-response/bin/route-null", logon),
            "Answered | web01 | active-response/bin/route-null 45.45.45.45",
        ),
        (
            response(
                "firewall-drop",
                json!({"srcip": "45.45.45.45", "win": {"eventdata": {"ipAddress": "-"}}}),
            ),
            "Answered | web01 | firewall-drop 45.45.45.45",
        ),
        (
            response(r"active-response\bin\disable-account", login.clone()),
            r"Answered | web01 | active-response\bin\disable-account bob",
        ),
        (
            response("disable-account", json!({"srcip": "45.45.45.45", "srcuser": "root"})),
            "Answered | web01 | disable-account 45.45.45.45",
        ),
        (
            response("firewall-drop", login.clone()),
            "Answered | web01 | firewall-drop 45.45.45.45",
        ),
        (response("pf", login), "Answered | web01 | pf 45.45.45.45"),
    ]);
}

#[test]
fn an_address_of_no_end_is_not_where_somebody_came_from() {
    let firewall = |data: Value| of("Seen", json!({ "data": data }));
    let resolved = firewall(
        json!({"user": "eve", "srcip": "10.0.0.50", "dstip": "10.0.0.3", "qname": "x.example", "ipaddr": "45.45.45.45"}),
    );
    let description = mapped(&resolved).description.unwrap();
    assert!(description.contains("\nAddress: 45.45.45.45\n"), "{description}");
    assert!(!description.contains("Source: 45.45.45.45"), "{description}");
    assert_titles(&[
        (resolved, "Seen | web01 | eve from 10.0.0.50"),
        (
            firewall(json!({"user": "eve", "srcip": "10.0.0.50", "dstip": "10.0.0.53", "tranip": "45.45.45.45"})),
            "Seen | web01 | eve from 10.0.0.50",
        ),
        (
            firewall(json!({"srcip": "45.45.45.45", "dstip": "8.8.4.4", "tranip": "10.0.0.12"})),
            "Seen | web01 | 45.45.45.45",
        ),
        // Without an account it tells most.
        (
            firewall(json!({"srcip": "10.0.0.50", "dstip": "10.0.0.3", "ipaddr": "45.45.45.45"})),
            "Seen | web01 | 45.45.45.45",
        ),
        // Where no ends are told, it may be the far one.
        (
            firewall(json!({"user": "eve", "ip": "45.45.45.45"})),
            "Seen | web01 | eve from 45.45.45.45",
        ),
        (
            firewall(json!({"user": "eve", "ip": "45.45.45.45", "srcip": "10.0.0.50"})),
            "Seen | web01 | eve from 45.45.45.45",
        ),
        // A machine that talks to itself tells none; one that asks another does, and nobody came from the answer.
        (
            firewall(json!({"src_ip": "127.0.0.1", "dest_ip": "127.0.0.1", "user": "eve", "ip": "45.45.45.45"})),
            "Seen | web01 | eve from 45.45.45.45",
        ),
        (
            firewall(json!({"src_ip": "10.0.0.5", "dest_ip": "10.0.0.5", "user": "eve", "ip": "45.45.45.45"})),
            "Seen | web01 | eve from 45.45.45.45",
        ),
        (
            firewall(json!({"src_ip": "10.0.0.9", "dest_ip": "10.0.0.9", "user": "eve", "ip": "45.45.45.45"})),
            "Seen | web01 | eve from 45.45.45.45",
        ),
        (
            firewall(json!({"user": "eve", "srcip": "10.0.0.5", "dstip": "10.0.0.3", "ipaddr": "45.45.45.45"})),
            "Seen | web01 | 45.45.45.45",
        ),
    ]);
}

#[test]
fn no_address_that_a_client_writes_in_front_of_its_own_is_where_it_came_from() {
    let asked = |mut data: Value| {
        data["user"] = json!("eve");
        of("Seen", json!({ "data": data }))
    };
    let all = "8.8.8.8, x, 8.8.4.4, 45.45.45.45, 10.0.0.9";
    for data in [
        json!({"src_ip": "10.0.0.2", "http": {"xff": all}}),
        json!({"xff": all}),
        json!({"clientip": all}),
        json!({"clientip": "8.8.8.8, 45.45.45.45, 10.0.0.9"}),
        json!({"sourceIPs": ["8.8.8.8", "8.8.4.4", "45.45.45.45", "10.0.0.9"]}),
    ] {
        assert_titles(&[(asked(data), "Seen | web01 | eve from 45.45.45.45")]);
    }
}

#[test]
fn a_command_that_defender_found_stands_before_what_else_it_tells() {
    let found = |list: &str| of("Found", windows(json!({ "path": list })));
    let list = "CmdLine:_p.exe -c a; CmdLine:_b; amsi:_C:\\\\p.exe";
    assert_titles(&[
        (found(list), "Found | web01 | p.exe -c a"),
        (
            found(&format!("{list}; file:_C:\\\\a.ps1")),
            r"Found | web01 | C:\a.ps1",
        ),
    ]);
    let description = mapped(&found(list)).description.unwrap();
    for line in ["File: CmdLine:_b\n", r"File: amsi:_C:\p.exe"] {
        assert!(description.contains(line), "{description}");
    }
}

#[test]
fn the_machine_that_a_sensor_is_on_is_named_where_the_manager_has_it_from_a_cloud() {
    let fetched = |id: &str, data: Value| {
        let mut alert = of(
            "Detected",
            json!({"data": data, "decoder": {"name": "json"}, "location": "ms-graph"}),
        );
        alert["agent"] = json!({"id": id, "name": "wazuh-mgr"});
        alert["manager"] = json!({"name": "wazuh-mgr"});
        alert
    };
    let evidence = json!({"ms-graph": {"evidence": [{"userAccount": {"accountName": "eva", "domainName": "corp.test-org.com"}},
        {"deviceDnsName": ""}, {"deviceDnsName": "ws-1.corp.test-org.com", "hostName": "ws-1"}]}});
    let detection = json!({"event": {"ComputerName": "WS-2", "LocalIP": "10.0.0.50", "DetectName": "x"}});
    assert_titles(&[
        (
            fetched("000", evidence.clone()),
            "Detected | wazuh-mgr: ws-1.corp.test-org.com",
        ),
        (fetched("000", detection.clone()), "Detected | wazuh-mgr: WS-2 | x"),
        (
            fetched("000", json!({"ms-graph": {"evidence": [{"hostName": "ws-3"}]}})),
            "Detected | wazuh-mgr: ws-3",
        ),
        // Whoever writes on another machine may name any.
        (fetched("001", detection), "Detected | wazuh-mgr | x"),
        (
            fetched("000", json!({"ms-graph": {"evidence": "x"}})),
            "Detected | wazuh-mgr",
        ),
        (
            fetched("000", json!({"hostName": "x", "ComputerName": "y"})),
            "Detected | wazuh-mgr",
        ),
    ]);
    assert!(mapped(&fetched("000", evidence)).iocs.is_empty());
}
