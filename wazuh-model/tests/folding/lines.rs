//! Names with numbers in them, and ports, in lines that no decoder took apart.

use serde_json::json;

use super::{assert_differ, decoded, folds, line, of};

#[test]
fn names_with_numbers_in_lines_are_news() {
    for (one, other) in [
        ("app: Failed password for jdoe1", "app: Failed password for jdoe2"),
        ("app: jdoe1 added to sudo", "app: jdoe2 added to sudo"),
        ("app: changed owner=admin1", "app: changed owner=admin2"),
        ("app: deleted by svc-app01.", "app: deleted by svc-app02."),
        ("app: new member jdoe1", "app: new member jdoe2"),
        (
            "usermod[7]: add 'svc01' to group 'sudo'",
            "usermod[9]: add 'svc02' to group 'sudo'",
        ),
        ("gpasswd[7]: delete 'svc01'", "gpasswd[9]: delete 'svc02'"),
    ] {
        assert_eq!(
            of(&line(one)).key,
            of(&line(other)).key,
            "many are bounded in one window"
        );
        assert!(!folds(&line(one), &line(other)), "{one}");
        assert!(folds(&line(one), &line(one)), "{one}");
    }
    for (one, other) in [
        ("app: waited for conn5001", "app: waited for conn5002"),
        ("app: done by worker-3", "app: done by worker-4"),
        ("squid[2311]: Starting new helpers", "squid[2399]: Starting new helpers"),
        (
            "squid: 1796000001.123 17 10.0.0.5 TCP_DENIED/403 33 GET http://a.example/x",
            "squid: 1796000009.456 18 10.0.0.5 TCP_DENIED/403 34 GET http://a.example/x",
        ),
        ("kernel: veth12 added to br", "kernel: veth13 added to br"),
        ("app: add route12", "app: add route13"),
        (
            "Nov 29 04:00:01 web usermod[2311]: add 'bob' to group 'sudo'",
            "Nov 29 04:00:09 web usermod[2399]: add 'bob' to group 'sudo'",
        ),
        (
            "useradd[2311]: new user: name=bob, UID=1001, GID=1001",
            "useradd[99]: new user: name=bob, UID=1001, GID=1001",
        ),
        ("userdel[7]: delete user 'bob'", "userdel[8]: delete user 'bob'"),
        ("app: waited for 17ms", "app: waited for 18ms"),
    ] {
        assert!(folds(&line(one), &line(other)), "{one}");
    }
}

#[test]
fn a_port_in_a_line_is_news_unless_it_is_that_of_a_source() {
    let listening = |port: &str| {
        line(&format!(
            "ossec: output: 'netstat listening ports':\ntcp 0.0.0.0:{port} 0.0.0.0:* 612/x\ntcp6 :::22 :::* 7/sshd"
        ))
    };
    assert!(!folds(&listening("80"), &listening("4444")));
    assert!(folds(&listening("80"), &listening("80")));
    for (one, other) in [
        ("tcp6 :::80 :::* 1/x", "tcp6 :::4444 :::* 1/x"),
        ("tcp [::]:80 x", "tcp [::]:4444 x"),
        ("LISTEN *:80 x", "LISTEN *:4444 x"),
        ("kernel: DROP SPT=40001 DPT=22 x", "kernel: DROP SPT=40001 DPT=3389 x"),
        ("fw: drop sport=40001 dport=22", "fw: drop sport=40001 dport=3389"),
        ("app: listening on port 22", "app: listening on port 4444"),
        (
            "app: listening on 0.0.0.0 port 22.",
            "app: listening on 0.0.0.0 port 4444.",
        ),
        ("app: connected to db port 5432", "app: connected to db port 3306"),
        ("app: dst port: 22", "app: dst port: 3389"),
        ("app: joined vlan 10", "app: joined vlan 20"),
        ("app: opened port 22/tcp", "app: opened port 4444/tcp"),
        ("app: tcp/22 opened", "app: tcp/4444 opened"),
        ("app: listening on :22", "app: listening on :4444"),
        ("app: ports 22 allowed", "app: ports 3389 allowed"),
        ("app: sent to 10.0.0.1:22", "app: sent to 10.0.0.1:3389"),
        ("ids: 203.0.113.9 to port 22", "ids: 203.0.113.9 to port 3389"),
        ("ids: from 203.0.113.9 to port 22", "ids: from 203.0.113.9 to port 3389"),
        ("ids: from 203.0.113.9 on port 22", "ids: from 203.0.113.9 on port 3389"),
        ("ids: from 203.0.113.9 at port 22", "ids: from 203.0.113.9 at port 3389"),
        (
            "ids: from 203.0.113.9 tcp port 22",
            "ids: from 203.0.113.9 tcp port 3389",
        ),
        ("ids: src=203.0.113.9 dst port=22", "ids: src=203.0.113.9 dst port=3389"),
        (
            "ids: source: 203.0.113.9, destination port: 22",
            "ids: source: 203.0.113.9, destination port: 3389",
        ),
        ("ids: client to port 22", "ids: client to port 3389"),
        ("tac: author priv-lvl=1", "tac: author priv-lvl=15"),
        ("app: privilege level 1 given", "app: privilege level 15 given"),
        ("app: user id 1001 entered", "app: user id 0 entered"),
    ] {
        assert!(!folds(&line(one), &line(other)), "{one}");
    }
    let scan = ["22", "3389"].map(|port| line(&format!("kernel: DROP SPT=40001 DPT={port} x")));
    assert_eq!(of(&scan[0]).key, of(&scan[1]).key, "a scan stays in one window");
    for (one, other) in [
        ("tcp 0.0.0.0:22 0.0.0.0:* 612/sshd", "tcp 0.0.0.0:22 0.0.0.0:* 613/sshd"),
        ("kernel: DROP SPT=40001 DPT=22 x", "kernel: DROP SPT=40002 DPT=22 x"),
        ("kernel: DROP SPT=443 DPT=40001 x", "kernel: DROP SPT=443 DPT=40002 x"),
        (
            "app: came from 203.0.113.9 port 1025",
            "app: came from 203.0.113.9 port 1026",
        ),
        (
            "app: closed by 203.0.113.9 port 1025",
            "app: closed by 203.0.113.9 port 1026",
        ),
        (
            "app: user bob 203.0.113.9 port 1025",
            "app: user bob 203.0.113.9 port 1026",
        ),
        (
            "app: peer 203.0.113.9 on port 1025 rejected",
            "app: peer 203.0.113.9 on port 1026 rejected",
        ),
        (
            "app: client 203.0.113.9 on port 1025 rejected",
            "app: client 203.0.113.9 on port 1026 rejected",
        ),
        (
            "app: closed by 203.0.113.9 on port 1025",
            "app: closed by 203.0.113.9 on port 1026",
        ),
        (
            "app: from 203.0.113.9 source port 1025",
            "app: from 203.0.113.9 source port 1026",
        ),
        ("app: source port: 1025", "app: source port: 1026"),
        ("app: log level 1", "app: log level 15"),
    ] {
        assert!(folds(&line(one), &line(other)), "{one}");
    }
    let hidden = decoded("rootcheck", json!({"title": "x"}));
    let title = |port: &str| format!("Port '{port}'(tcp) hidden. Kernel-level rootkit.");
    assert_differ(&hidden, "/data/title", &title("4444"), &title("8080"));
}

#[test]
fn a_port_behind_an_address_that_is_news_is_none_to_listen_on() {
    let failed = |port: &str| {
        let mut alert = line(&format!(
            "Nov 29 04:00:01 vpn openvpn[17]: 203.0.113.5:{port} TLS handshake failed"
        ));
        alert["rule"]["groups"] = json!(["authentication_failed"]);
        alert["data"] = json!({"srcip": "203.0.113.5"});
        alert
    };
    assert!(folds(&failed("50001"), &failed("1025")));
}

#[test]
fn a_port_that_may_be_of_either_end_is_news_where_it_is_that_of_a_service() {
    for (before, told) in [
        ("ids: connection from 203.0.113.9 on", ["22", "3389"]),
        ("ids: connection from 203.0.113.9 at", ["22", "445"]),
        ("named: query from 203.0.113.9 udp", ["53", "853"]),
    ] {
        let of = |port: &str| line(&format!("{before} port {port}"));
        assert!(!folds(&of(told[0]), &of(told[1])), "{before}");
        assert!(folds(&of("1025"), &of("1026")), "{before}");
    }
    let reached = |port: &str| line(&format!("ids: connection from 203.0.113.9 to port {port}"));
    assert!(!folds(&reached("4444"), &reached("4445")));
}

#[test]
fn a_file_a_machine_a_mailbox_and_a_name_that_a_line_mentions_are_news() {
    for (one, other) in [
        (
            "Nov 29 10:00:00 web clamd[7]: /srv/share/offer1.docm: Doc.Dropper.Agent FOUND",
            "Nov 29 10:00:00 web clamd[7]: /srv/share/offer2.docm: Doc.Dropper.Agent FOUND",
        ),
        (
            "Nov 29 10:00:00 web CRON[7]: (root) CMD (/opt/job1.sh)",
            "Nov 29 10:00:00 web CRON[9]: (root) CMD (/opt/job2.sh)",
        ),
        (
            "av: C:\\Users\\bob\\drop1.exe found",
            "av: C:\\Users\\bob\\drop2.exe found",
        ),
        ("app: ran /opt/x64/tool-c2-1.sh", "app: ran /opt/x64/tool-c2-2.sh"),
        (
            "proxy: GET http://c2-01.example/a.exe",
            "proxy: GET http://c2-02.example/a.exe",
        ),
        (
            "proxy: GET http://a.example/b1.exe?x=1",
            "proxy: GET http://a.example/b2.exe?x=1",
        ),
        (
            "proxy: GET http://bob@c2-01.example:80/",
            "proxy: GET http://bob@c2-02.example:80/",
        ),
        ("proxy: CONNECT c2-01.example:443", "proxy: CONNECT c2-02.example:443"),
        (
            "dnsmasq[7]: query[A] c2-01.example from 10.0.0.5",
            "dnsmasq[9]: query[A] c2-02.example from 10.0.0.5",
        ),
        ("vcenter: VM dc01 powered off", "vcenter: VM dc02 powered off"),
        ("app: host=web01 is down", "app: host=web02 is down"),
        ("mx: to=<jdoe1@corp.example>, x", "mx: to=<jdoe2@corp.example>, x"),
        ("mx: to=jdoe1@corp.local x", "mx: to=jdoe2@corp.local x"),
        (
            "app: log-on from jdoe1@corp.example",
            "app: log-on from jdoe2@corp.example",
        ),
        (
            "app: mailbox s123456@uni.example x",
            "app: mailbox s123457@uni.example x",
        ),
        (
            "proxy: GET http://evil1.duckdns.org/a",
            "proxy: GET http://evil2.duckdns.org/a",
        ),
        ("proxy: CONNECT c2-01.ngrok.io:443", "proxy: CONNECT c2-02.ngrok.io:443"),
        (
            "proxy: GET http://x1.000webhostapp.com/",
            "proxy: GET http://x2.000webhostapp.com/",
        ),
        (
            "proxy: CONNECT ec2-203-0-113-9.compute-1.amazonaws.com:443",
            "proxy: CONNECT ec2-203-0-113-8.compute-1.amazonaws.com:443",
        ),
        ("pve: destroy VM 101", "pve: destroy VM 102"),
        ("nas: share \"hr1\" was mounted", "nas: share \"hr2\" was mounted"),
        ("app: host \"dc01\" was joined", "app: host \"dc02\" was joined"),
        ("app: group \"admins1\" x", "app: group \"admins2\" x"),
        (
            "proxy: GET http://www.c2-01.co.uk/",
            "proxy: GET http://www.c2-02.co.uk/",
        ),
    ] {
        assert_eq!(
            of(&line(one)).key,
            of(&line(other)).key,
            "many are bounded in one window"
        );
        assert!(!folds(&line(one), &line(other)), "{one}");
        assert!(folds(&line(one), &line(one)), "{one}");
    }
}

#[test]
fn what_is_numbered_as_it_is_written_is_mentioned_in_vain() {
    for (one, other) in [
        (
            "logrotate: /var/log/app.log.1 done",
            "logrotate: /var/log/app.log.2 done",
        ),
        (
            "logrotate: /var/log/app-20261129.log",
            "logrotate: /var/log/app-20261130.log",
        ),
        ("app: rotated /var/log/app1.log", "app: rotated /var/log/app2.log"),
        (
            "bak: wrote /srv/bak/db-2026-11-29.zip",
            "bak: wrote /srv/bak/db-2026-11-30.zip",
        ),
        ("bak: wrote /srv/bak/db-202611.zip", "bak: wrote /srv/bak/db-202612.zip"),
        (
            "app: opened /srv/data/part-0017.dat",
            "app: opened /srv/data/part-0018.dat",
        ),
        ("ci: ran /builds/17/run.sh", "ci: ran /builds/18/run.sh"),
        ("app: /srv/up/7d9f8b6c5a12.jpg", "app: /srv/up/1d2f3b4c5a67.jpg"),
        ("app: ran /tmp/x17.sh", "app: ran /tmp/x18.sh"),
        (
            "app: GET http://a.example/orders/17",
            "app: GET http://a.example/orders/18",
        ),
        ("app: GET http://a.example/x?n=1", "app: GET http://a.example/x?n=2"),
        ("mysql: wrote binlog.000017", "mysql: wrote binlog.000018"),
        ("mx: message-id=<a17@mx.example>", "mx: message-id=<a18@mx.example>"),
        (
            "mx: Message-ID: <4711.a@mx.example>",
            "mx: Message-ID: <4712.a@mx.example>",
        ),
        ("mx: from <17.4@mx.example>", "mx: from <18.5@mx.example>"),
        (
            "systemd: Started user@1000.service",
            "systemd: Started user@1001.service",
        ),
        (
            "systemd: Started sshd@17-10.0.0.1:22-10.0.0.2:50001.service",
            "systemd: Started sshd@18-10.0.0.1:22-10.0.0.2:50002.service",
        ),
        ("app: \"requestId\":\"ab12\" x", "app: \"requestId\":\"ab13\" x"),
        ("app: \"thread\":\"main12\" x", "app: \"thread\":\"main13\" x"),
        ("app: [\"worker-3\"] x", "app: [\"worker-4\"] x"),
        ("app: comm=\"kworker/3:1\" x", "app: comm=\"kworker/5:2\" x"),
        ("sudo: tty='pts/3' x", "sudo: tty='pts/4' x"),
        ("app: session 'ab12' x", "app: session 'ab13' x"),
        ("app: job 'backup12' done", "app: job 'backup13' done"),
        ("app: index \"logs-2026.11.29\"", "app: index \"logs-2026.11.30\""),
        ("app: index \"logs-28\" x", "app: index \"logs-29\" x"),
        (
            "pg: savepoint \"sa_savepoint_1\" does not exist",
            "pg: savepoint \"sa_savepoint_2\" does not exist",
        ),
        (
            "pg: prepared statement \"stmt357\" x",
            "pg: prepared statement \"stmt358\" x",
        ),
        ("bak: Volume \"Vol0888\" x", "bak: Volume \"Vol0889\" x"),
        ("app: pod=\"default/web-3\" x", "app: pod=\"default/web-4\" x"),
        ("ci: Agent 'build-agent-15' x", "ci: Agent 'build-agent-16' x"),
        (
            "proxy: GET http://img3.cdn.example/x",
            "proxy: GET http://img4.cdn.example/x",
        ),
        (
            "proxy: GET http://ads.example/chunk3.js",
            "proxy: GET http://ads.example/chunk4.js",
        ),
        (
            "proxy: CONNECT edge3.cdn.example.co.uk:443",
            "proxy: CONNECT edge4.cdn.example.co.uk:443",
        ),
        (
            "dnsmasq[7]: query[A] ec2-3.cdn.example from 10.0.0.5",
            "dnsmasq[9]: query[A] ec2-4.cdn.example from 10.0.0.5",
        ),
        (
            "mx: sender <bounce-482377@news.example>",
            "mx: sender <bounce-482378@news.example>",
        ),
        (
            "mx: from=<bounce-17@news.example> x",
            "mx: from=<bounce-18@news.example> x",
        ),
        ("app: took '17ms' x", "app: took '18ms' x"),
        ("app: at \"10:00:01\" x", "app: at \"10:00:02\" x"),
        ("app: host 7d9f8b6c5a12 up", "app: host 1d2f3b4c5a67 up"),
        ("app: host shop-7d9f8b6c5-x2x4z up", "app: host shop-6c4d7f9b8-q7r9t up"),
        ("app: query 17 took 18ms", "app: query 19 took 20ms"),
        ("app: retry2 of item17, pid=99", "app: retry3 of item18, pid=98"),
    ] {
        assert!(
            folds(&line(one), &line(other)),
            "{:?} {:?}",
            of(&line(one)),
            of(&line(other))
        );
    }
}

#[test]
fn other_mails_and_machines_of_one_sender_are_mentioned_in_vain() {
    for (one, other) in [
        ("mx: In-Reply-To: <a17@mx.example>", "mx: In-Reply-To: <a18@mx.example>"),
        ("mx: References: <a17@mx.example>", "mx: References: <a18@mx.example>"),
        ("mx: Return-Path: <a17@mx.example>", "mx: Return-Path: <a18@mx.example>"),
        (
            "proxy: CONNECT a1.evil.duckdns.org:443",
            "proxy: CONNECT a2.evil.duckdns.org:443",
        ),
    ] {
        assert!(
            folds(&line(one), &line(other)),
            "{:?} {:?}",
            of(&line(one)),
            of(&line(other))
        );
    }
}
