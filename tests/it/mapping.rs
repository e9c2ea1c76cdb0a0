//! What IRIS gets, for everything that is at hand: accepted whole, harmless where it is shown, without a secret.

use std::path::Path;

use base64::Engine as _;
use iris_client::NewAlert;
use iris_client::sandbox::Sandbox;
use proptest::prelude::*;
use serde_json::{Value, json};
use wazuh_iris::forwarder::delivery::{self, Attempt};
use wazuh_iris::forwarder::ids::Ids;
use wazuh_iris::forwarder::mapping::Mapping;
use wazuh_iris::forwarder::queue::Due;
use wazuh_iris::forwarder::spool::{Destination, DestinationId};
use wazuh_iris::forwarder::target::Target;
use wazuh_iris::settings::{Settings, Source};
use wazuh_model::Alert;

use crate::stage::{alert, labelled};

fn fixture(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

fn decoded(text: &str) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

fn hostile() -> Vec<Vec<u8>> {
    fixture("wazuh-model/tests/fixtures/hostile_lines.jsonl")
        .lines()
        .map(|line| {
            decoded(
                serde_json::from_str::<Value>(line).unwrap()["bytes_b64"]
                    .as_str()
                    .unwrap(),
            )
        })
        .collect()
}

struct Desk {
    settings: Settings,
    mapping: Mapping,
    target: Target,
}

impl Desk {
    fn new(toml: &str, url: &str, key: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("settings.toml");
        std::fs::write(&file, toml).unwrap();
        let source = Source::read(Some(&file), &wazuh_iris::settings::Environment::new()).unwrap();
        let settings = Settings::parse(&source).unwrap();
        let destination = Destination {
            url: url.to_owned(),
            key: Some(key.to_owned().into()),
            options: String::new(),
        };
        Self {
            mapping: Mapping::new(&settings.forward).unwrap(),
            target: Target::new(&destination, &settings.iris).unwrap(),
            settings,
        }
    }

    fn alone(toml: &str) -> Self {
        Self::new(toml, "https://iris.invalid", "key")
    }

    fn body(&self, bytes: &[u8], degraded: bool) -> NewAlert {
        delivery::body(
            &due(bytes, degraded),
            &self.target,
            &self.mapping,
            &Ids::of_a_fresh_server(),
        )
    }
}

fn due(bytes: &[u8], degraded: bool) -> Due {
    Due {
        seq: 1,
        destination: DestinationId::SETTINGS,
        uuid: Alert::from_slice(bytes).map_or_else(|_| uuid::Uuid::new_v4(), |alert| alert.uuid()),
        received_us: 0,
        bytes: bytes.to_vec(),
        storm: false,
        degraded,
        attempts: 0,
        folded: None,
    }
}

/// Every text that IRIS shows somewhere else than in the source content.
fn sinks(new: &NewAlert) -> Vec<String> {
    let mut body = serde_json::to_value(new).unwrap();
    body.as_object_mut().unwrap().remove("alert_source_content");
    let mut texts = Vec::new();
    collect(&body, &mut texts);
    texts
}

fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(fields) => fields.values().for_each(|field| collect(field, texts)),
        _ => {}
    }
}

fn assert_harmless(new: &NewAlert, what: &str) {
    for text in sinks(new) {
        assert!(
            !text.contains(['<', '>', '"', '\'', '`', '\0', '\u{202e}']),
            "{what}: {text}"
        );
    }
    // What a browser would decode brings markup and directions back. In IOC values an ampersand is part of an address.
    for text in [Some(&new.title), new.description.as_ref(), new.source_ref.as_ref()]
        .into_iter()
        .flatten()
    {
        let mut behind = text.split('&').skip(1);
        assert!(
            !behind.any(|rest| ["#6", "#x3", "#X3", "lt", "gt", "copy", "quot"]
                .iter()
                .any(|name| rest.starts_with(name))),
            "{what}: {text}"
        );
    }
    assert!(
        new.title.len() <= 2000 && !new.title.contains('\n'),
        "{what}: {}",
        new.title
    );
    assert!(new.source_ref.as_ref().is_none_or(|text| text.len() <= 2000), "{what}");
    for tag in new.tags.as_deref().unwrap_or_default().split(',') {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._:-".contains(&byte);
        assert!(!tag.is_empty() && tag.bytes().all(plain), "{what}: {tag}");
    }
}

/// An alert with this text wherever an attacker may write one, and where it takes more than that.
fn everywhere(text: &str) -> Value {
    json!({
        "timestamp": "2026-01-20T09:02:17.037+0000", "id": "1768899737.7", "location": text, "full_log": text, "previous_output": text,
        "rule": { "level": 10, "id": "100", "description": text, "groups": [text], "mitre": { "id": [text], "tactic": [text], "technique": [text] } },
        "agent": { "id": "005", "name": text, "ip": text, "labels": { "note": text } },
        "manager": { "name": text }, "decoder": { "name": text },
        "syscheck": { "path": text, "diff": text, "uname_after": text },
        "data": {
            "srcip": text, "dstuser": text, "srcuser": text, "url": text, "command": text, "file": text, "custom": text, "list": [text, { "a": text }],
            "win": { "eventdata": { "commandLine": text, "image": text, "parentImage": text, "hashes": text, "serviceName": text, "queryName": text },
                     "system": { "message": text } }
        },
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn every_alert_at_hand_is_accepted_whole_and_every_other_line_as_text() {
    let iris = Sandbox::builder().start().await.unwrap();
    let desk = Desk::new(
        "[forward]\ndashboard_url = \"https://wazuh.example\"\n",
        &iris.url(),
        iris.token(),
    );
    let mut lines: Vec<Vec<u8>> = labelled().iter().map(|alert| alert.to_string().into_bytes()).collect();
    lines.extend(hostile());
    lines.push(everywhere(&"long ".repeat(40_000)).to_string().into_bytes());
    lines.push(
        everywhere("a\u{0}b\u{1b}[31m\u{202e}\r\n<script>")
            .to_string()
            .into_bytes(),
    );
    for line in &lines {
        let attempt = delivery::deliver(&due(line, false), &desk.target, &desk.mapping).await;
        let shown = String::from_utf8_lossy(&line[..line.len().min(200)]);
        assert!(matches!(attempt, Attempt::Delivered { .. }), "{shown}: {attempt:?}");
        // And what IRIS might refuse nevertheless, as text.
        assert_harmless(&desk.body(line, false), &shown);
        assert_harmless(&desk.body(line, true), &shown);
    }
    let stored = iris.alerts();
    assert_eq!(stored.len(), lines.len());
    let unread = lines.iter().filter(|line| Alert::from_slice(line).is_err()).count();
    let as_text = stored.iter().filter(|alert| alert.has_tag("wazuh-unparsed")).count();
    assert_eq!((unread, as_text), (5, 5));
}

#[test]
fn no_payload_gets_markup_into_a_place_where_iris_shows_it() {
    let desk = Desk::alone("[forward]\ndashboard_url = \"https://wazuh.example\"\n");
    for line in fixture("triage-core/tests/fixtures/injection_corpus.jsonl").lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let alert = everywhere(case["value"].as_str().unwrap()).to_string();
        for degraded in [false, true] {
            let new = desk.body(alert.as_bytes(), degraded);
            assert_harmless(&new, &case["id"].to_string());
            // Nobody's text sets the workflow's tags.
            let tags: Vec<&str> = new
                .tags
                .as_deref()
                .unwrap()
                .split(',')
                .filter(|tag| tag.starts_with("ai-"))
                .collect();
            assert_eq!(tags, ["ai-pending"], "{}", case["id"]);
        }
    }
}

#[test]
fn no_secret_survives_in_any_part_of_the_body_wherever_it_stood() {
    let desk = Desk::alone("");
    let encoded = fixture("triage-core/tests/fixtures/redaction_corpus.b64");
    let mut looked_for = 0;
    for line in encoded.lines().filter(|line| !line.is_empty()) {
        let case: Value = serde_json::from_slice(&decoded(line)).unwrap();
        let input = case["input"].as_str().unwrap();
        let alert = everywhere(input).to_string();
        for bytes in [alert.as_bytes(), input.as_bytes()] {
            for degraded in [false, true] {
                let mut texts = Vec::new();
                collect(&serde_json::to_value(desk.body(bytes, degraded)).unwrap(), &mut texts);
                // Pseudonyms are the worker's; what is left are secrets.
                for secret in case["must_not_contain"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                {
                    if !case["context"].is_null() {
                        continue;
                    }
                    looked_for += 1;
                    for text in &texts {
                        assert!(!text.contains(secret), "{} (degraded: {degraded}): {text}", case["id"]);
                        assert!(
                            secret.len() < 8 || !text.contains(&secret.to_lowercase()),
                            "{} as a tag: {text}",
                            case["id"]
                        );
                    }
                }
            }
        }
    }
    assert!(looked_for > 100, "{looked_for}");
}

#[test]
fn a_large_alert_is_cut_to_valid_json_that_says_so() {
    let desk = Desk::alone("[forward]\nmax_content_bytes = 20000\n");
    let new = desk.body(everywhere(&"x".repeat(30_000)).to_string().as_bytes(), false);
    let content = new.source_content.unwrap();
    assert!(content.to_string().len() <= 20_000);
    assert_eq!(content["id"], "1768899737.7", "what is short stays");
    let cut = content["cut_by_wazuh_iris"]["cut"].to_string();
    assert!(cut.contains("full_log") && cut.contains("of 30000 bytes"), "{cut}");
}

#[test]
fn severities_customers_and_links_are_those_of_the_settings() {
    let desk = Desk::alone(
        "[forward]\nseverity = [\"Low=0\", \"Critical=10\"]\ndashboard_url = \"https://wazuh.example/\"\n\
         [[customer]]\nid = 7\nagent_name = \"WS-*\"\n",
    );
    let new = desk.body(alert(1).to_string().as_bytes(), false);
    // 6 is Critical on a fresh IRIS, 4 Low.
    assert_eq!((new.severity_id, new.customer.0), (6, 7));
    let link = new.source_link.unwrap();
    assert!(
        link.starts_with("https://wazuh.example/app/") && link.contains("1768899737.1"),
        "{link}"
    );
    let mut other = alert(1);
    other["rule"]["level"] = json!(9);
    other["agent"]["name"] = json!("web01");
    let new = desk.body(other.to_string().as_bytes(), false);
    assert_eq!((new.severity_id, new.customer.0), (4, desk.settings.iris.customer));
    // Also for the form that is sent when IRIS refuses an alert.
    assert_eq!(desk.body(alert(1).to_string().as_bytes(), true).customer.0, 7);
    // A block that names a customer and levels is above them.
    let block = Destination {
        url: "https://iris.invalid".to_owned(),
        key: Some("key".to_owned().into()),
        options: r#"{"customer_id": 9, "severity": {"Critical": 12, "High": 10}}"#.to_owned(),
    };
    let target = Target::new(&block, &desk.settings.iris).unwrap();
    let bytes = alert(1).to_string();
    let new = delivery::body(
        &due(bytes.as_bytes(), false),
        &target,
        &desk.mapping,
        &Ids::of_a_fresh_server(),
    );
    assert_eq!((new.severity_id, new.customer.0), (5, 9));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_text_anywhere_is_harmless(text in "\\PC{0,80}|[<>\"'`\\n\\r\\u{0}\\u{202e}\\\\,a-z]{0,80}|(&|#60|#x3c|lt|copy|;|\u{200b}|\u{0}){0,40}") {
        let desk = Desk::alone("[forward]\ndashboard_url = \"https://wazuh.example\"\n");
        let alert = everywhere(&text).to_string();
        for degraded in [false, true] {
            assert_harmless(&desk.body(alert.as_bytes(), degraded), &text);
        }
    }
}
