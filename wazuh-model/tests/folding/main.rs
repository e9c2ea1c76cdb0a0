//! Pairs of alerts: what is the same again folds, and what differs in what happened does not.

#![allow(clippy::unwrap_used, reason = "only tests")]

mod amazon;
mod azure;
mod callers;
mod clouds;
mod files;
mod findings;
mod five;
mod hosts;
mod lines;
mod logs;
mod named;
mod pods;
mod reach;
mod records;
mod sessions;
mod told;
mod web;
mod windows;

use serde_json::{Value, json};
use wazuh_model::{Alert, Fingerprint};

fn of(value: &Value) -> Fingerprint {
    Alert::from_slice(value.to_string().as_bytes()).unwrap().fingerprint()
}

/// Whether the second is counted in the first: it has the same key, and nothing that the first had not.
fn folds(one: &Value, other: &Value) -> bool {
    let (one, other) = (of(one), of(other));
    one.key == other.key && one.is_certain() && other.distinct.iter().all(|value| one.distinct.contains(value))
}

/// An alert with a field that is once this and once that.
fn pair(alert: &Value, pointer: &str, values: [Value; 2]) -> [Value; 2] {
    values.map(|value| {
        let mut alert = alert.clone();
        *alert.pointer_mut(pointer).unwrap() = value;
        alert
    })
}

#[track_caller]
fn assert_differ(alert: &Value, pointer: &str, one: &str, other: &str) {
    let [one, other] = pair(alert, pointer, [json!(one), json!(other)]);
    assert!(folds(&one, &one), "{one}");
    assert!(!folds(&one, &other), "{pointer}: {one} {other}");
}

#[track_caller]
fn assert_fold(alert: &Value, pointer: &str, one: &str, other: &str) {
    let [one, other] = pair(alert, pointer, [json!(one), json!(other)]);
    assert!(folds(&one, &other), "{pointer}: {:?} {:?}", of(&one), of(&other));
}

fn event(id: u32, channel: &str, eventdata: Value) -> Value {
    let mut alert = json!({"rule": {"id": "1", "level": 10}, "agent": {"id": "1", "name": "collector"}, "decoder": {"name": "windows_eventchannel"}, "location": "EventChannel",
        "data": {"win": {"system": {"eventID": id.to_string(), "channel": channel, "providerName": "p", "computer": "WS1.corp.example", "eventRecordID": "1"}}}});
    alert["data"]["win"]["eventdata"] = eventdata;
    alert
}

fn security(id: u32, eventdata: Value) -> Value {
    event(id, "Security", eventdata)
}

fn sysmon(id: u32, eventdata: Value) -> Value {
    event(id, "Microsoft-Windows-Sysmon/Operational", eventdata)
}

fn field(name: &str) -> String {
    format!("/data/win/eventdata/{name}")
}

/// An alert of a decoder that takes fields apart, with the line that it took apart.
fn decoded(decoder: &str, data: Value) -> Value {
    let mut alert = json!({"rule": {"id": "1", "level": 10}, "agent": {"id": "1"}, "decoder": {"name": decoder}, "location": "/var/log/x", "full_log": "x"});
    alert["data"] = data;
    alert
}

fn line(text: &str) -> Value {
    json!({"rule": {"id": "1", "level": 10}, "agent": {"id": "1"}, "full_log": text})
}
