//! Everything that Wazuh writes is read, and nothing of it is lost.

#![allow(clippy::unwrap_used, reason = "only tests")]

mod corpus;

use base64::Engine as _;
use serde_json::Value;
use wazuh_model::{Alert, OwnNetworks, ParseError};

#[test]
fn every_alert_of_every_corpus_is_read_and_keeps_its_bytes() {
    for (name, line) in corpus::all() {
        let alert = Alert::from_slice(&line).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(alert.original(), line);
        assert!(alert.rule().id.is_some() && alert.rule().level.is_some(), "{name}");
        assert!(alert.time().is_some() && alert.id().is_some(), "{name}");
    }
}

#[test]
fn the_value_is_what_serde_json_reads_once_broken_utf8_is_replaced() {
    let mut compared = 0;
    for (name, line) in corpus::all() {
        let Ok(mut expected) = serde_json::from_str::<Value>(&String::from_utf8_lossy(&line)) else {
            continue;
        };
        let mut value = Alert::from_slice(&line).unwrap().value().clone();
        if value["location"] == "rootcheck" {
            // Keys stand twice there, and `serde_json` keeps the last.
            (expected["rule"], value["rule"]) = (Value::Null, Value::Null);
        }
        assert_eq!(value, expected, "{name}");
        compared += 1;
    }
    assert!(compared >= 50);
}

#[test]
fn no_requirement_of_a_repeated_key_is_lost() {
    let line = br#"{"rule":{"id":"516","level":3,"gdpr":["IV_30.1.g"],"pci_dss":["2.2.4"],"gdpr":["IV_35.7.d"]},"location":"rootcheck"}"#;
    let alert = Alert::from_slice(line).unwrap();
    let lists = alert.compliance();
    let gdpr = lists.iter().find(|(name, _)| name == "gdpr").unwrap();
    assert_eq!(gdpr.1, ["IV_30.1.g", "IV_35.7.d"]);
    for (name, line) in corpus::real() {
        let alert = Alert::from_slice(&line).unwrap();
        if alert.location() != Some("rootcheck") {
            continue;
        }
        // Every string of the raw rule is in the rule that was read.
        let raw = String::from_utf8(line).unwrap();
        let rule = &raw[raw.find("\"rule\":").unwrap() + 7..raw.find("\"agent\":").unwrap()];
        let read = alert.value()["rule"].to_string();
        for text in rule.split('"').skip(1).step_by(2) {
            assert!(read.contains(&format!("\"{text}\"")), "{name}: {text}");
        }
    }
}

#[test]
fn hostile_lines_are_read_unless_they_are_not_one_object() {
    for case in corpus::fixture("hostile_lines.jsonl") {
        let id = case["id"].as_str().unwrap();
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(case["bytes_b64"].as_str().unwrap())
            .unwrap();
        let result = Alert::from_slice(&bytes);
        match id {
            "HL-03" | "HL-04" => assert!(matches!(result, Err(ParseError::NotJson { .. })), "{id}"),
            "HL-10" => assert_eq!(result.unwrap_err(), ParseError::Empty),
            "HL-16" | "HL-18" => assert_eq!(result.unwrap_err(), ParseError::NotAnObject),
            _ => exercise(&result.unwrap_or_else(|error| panic!("{id}: {error}"))),
        }
    }
}

#[test]
fn an_error_never_quotes_the_alert() {
    for broken in [
        &b"{\"token\":\"s3cret\""[..],
        b"s3cret",
        b"{\"s3cret\" 1}",
        b"alertdate='s3cret'",
        b"[\"s3cret\"]",
    ] {
        let error = Alert::from_slice(broken).unwrap_err();
        assert!(
            !error.to_string().contains("s3cret") && !format!("{error:?}").contains("s3cret"),
            "{error}"
        );
    }
}

#[test]
fn debug_prints_no_contents() {
    let alert = Alert::from_slice(br#"{"rule":{"id":"1","description":"s3cret"},"agent":{"name":"s3cret"}}"#).unwrap();
    assert!(!format!("{alert:?}").contains("s3cret"));
}

#[test]
fn types_that_nobody_expects_break_no_view() {
    let odd = [
        "null",
        "1",
        "\"x\"",
        "[]",
        "{}",
        "[{}]",
        "true",
        "{\"a\":[1,{}]}",
        "[[1]]",
        "1e400",
    ];
    let keys = [
        "rule",
        "agent",
        "manager",
        "cluster",
        "id",
        "timestamp",
        "decoder",
        "location",
        "full_log",
        "data",
        "syscheck",
        "agentless",
        "wazuh",
        "_source",
        "event",
        "@timestamp",
    ];
    for value in odd {
        for key in keys {
            exercise(&Alert::from_slice(format!("{{\"{key}\":{value}}}").as_bytes()).unwrap());
            let inner = format!(
                "{{\"data\":{{\"{key}\":{value},\"win\":{value},\"aws\":{value}}},\"rule\":{{\"{key}\":{value},\"mitre\":{value}}}}}"
            );
            exercise(&Alert::from_slice(inner.as_bytes()).unwrap());
        }
    }
}

fn exercise(alert: &Alert) {
    let _ = (
        alert.time(),
        alert.source_ref(),
        alert.uuid(),
        alert.leaves(),
        alert.assets(),
        alert.actors(),
        alert.fingerprint(),
    );
    let _ = alert.indicators(&OwnNetworks::none());
    let _ = (
        alert.manager(),
        alert.cluster_node(),
        alert.location(),
        alert.decoder(),
        alert.full_log(),
    );
}
