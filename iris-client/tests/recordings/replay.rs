//! Replays the recordings against the sandbox.

use std::{collections::HashMap, time::Duration};

use iris_client::{
    CustomerId,
    sandbox::{Fault, Sandbox, User},
};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use crate::{
    compare::{difference, normal},
    decode::decode_all,
    fixture::Recording,
};

/// What the sandbox does not follow, and why.
const EXCUSED: [(u32, &str); 0] = [];

struct Replay {
    iris: Sandbox,
    http: Client,
    keys: HashMap<String, String>,
}

#[tokio::test]
async fn the_sandbox_answers_every_recorded_request_as_the_real_server_did() {
    let iris = Sandbox::builder().without_service_account().start().await.unwrap();
    let keys = HashMap::from([("admin".to_owned(), iris.admin_token().to_owned())]);
    let mut replay = Replay {
        iris,
        http: http(),
        keys,
    };
    let recordings = Recording::all();
    let mut differing = Vec::new();
    let mut replayed = 0;
    for recording in recordings.iter().filter(|recording| recording.no() < 900) {
        replay.prepare(recording.no()).await;
        let answer = replay.send(recording).await.unwrap();
        match check(recording, answer).await {
            Ok(body) => {
                replay.remember_key(recording, &body);
                replayed += 1;
            }
            Err(why) => differing.push(format!("{}: {why}", recording.file)),
        }
    }
    for recording in recordings.iter().filter(|recording| recording.no() >= 900) {
        match outage(recording).await {
            Ok(()) => replayed += 1,
            Err(why) => differing.push(format!("{}: {why}", recording.file)),
        }
    }
    let reasons: Vec<_> = EXCUSED
        .iter()
        .map(|(number, why)| format!("{number:03}: {why}"))
        .collect();
    let (decoded, without_answer) = decode_all().await;
    println!(
        "{decoded} recordings decoded, {replayed} replayed, {} excused ({}); {without_answer} holds no answer to decode",
        EXCUSED.len(),
        if reasons.is_empty() {
            "none".to_owned()
        } else {
            reasons.join("; ")
        }
    );
    differing.retain(|one| {
        !EXCUSED
            .iter()
            .any(|(number, _)| one.starts_with(&format!("{number:03}_")))
    });
    assert!(
        differing.is_empty(),
        "{} differ:\n{}",
        differing.len(),
        differing.join("\n")
    );
    assert_eq!(replayed + EXCUSED.len(), recordings.len());
}

impl Replay {
    /// What happened on the real server between two recordings without being recorded.
    async fn prepare(&self, number: u32) {
        match number {
            // An alert of the other customer, number 28.
            107 => self.add("admin", json!({"alert_title": "tenant B alert", "alert_severity_id": 4, "alert_status_id": 2, "alert_customer_id": 2})).await,
            132 => {
                let body = json!({"alert_title": "SSH brute force", "alert_severity_id": 4, "alert_status_id": 2,
                    "alert_customer_id": 1, "alert_note": "rt", "alert_tags": "ai-pending"});
                self.add("svc_rw", body).await;
            }
            133 => {
                for _ in 0..3 {
                    self.add("svc_rw", json!({"alert_title": "b", "alert_severity_id": 4, "alert_status_id": 2, "alert_customer_id": 1})).await;
                }
            }
            // The alerts were removed, and ten others made, and one of the other customer.
            140 => {
                self.iris.reset_alerts();
                let tags = [
                    json!("ai-pending"), json!("ai-pending,wazuh"), json!("wazuh,ai-pending-2"), json!("AI-PENDING"), json!("aiXpending"),
                    json!("ai_pending"), json!("ai-pending, x"), json!("x,ai-pending"), json!(null), json!(""),
                ];
                for (i, tags) in tags.into_iter().enumerate() {
                    let body = json!({"alert_title": format!("T{i}"), "alert_description": format!("Desc {i}"), "alert_source": "Wazuh",
                        "alert_source_ref": format!("wazuh:10000{i}.{i}"), "alert_severity_id": 4 + i % 2, "alert_status_id": 2,
                        "alert_customer_id": 1, "alert_tags": tags, "alert_source_event_time": format!("2026-11-22T10:00:0{i}")});
                    self.add("svc_rw", body).await;
                }
                let body = json!({"alert_title": "other tenant", "alert_severity_id": 4, "alert_status_id": 2, "alert_customer_id": 2,
                    "alert_tags": "ai-pending"});
                self.add("admin", body).await;
            }
            209 => {
                for _ in 0..2 {
                    self.add("svc_rw", Recording::number(40).request.body.unwrap()).await;
                }
            }
            _ => {}
        }
    }

    async fn add(&self, account: &str, body: Value) {
        let url = format!("{}/alerts/add", self.iris.url());
        let answer = self
            .http
            .post(url)
            .bearer_auth(&self.keys[account])
            .json(&body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    }

    async fn send(&self, recording: &Recording) -> reqwest::Result<Response> {
        send(
            &self.http,
            &self.iris.url(),
            recording,
            self.keys.get(&recording.account),
        )
        .await
    }

    fn remember_key(&mut self, recording: &Recording, body: &Value) {
        if recording.request.path == "/manage/users/add" {
            let data = &body["data"];
            let login = data["user_login"].as_str().unwrap().to_owned();
            self.keys
                .insert(login, data["user_api_key"].as_str().unwrap().to_owned());
        }
    }
}

async fn send(http: &Client, base: &str, recording: &Recording, key: Option<&String>) -> reqwest::Result<Response> {
    let request = &recording.request;
    let method = Method::from_bytes(request.method.as_bytes()).unwrap();
    let mut call = http.request(method, format!("{base}{}", request.path));
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let query: Vec<(&String, String)> = request.query.iter().map(|(name, value)| (name, text(value))).collect();
    call = call.query(&query);
    for (name, value) in &request.headers {
        let value = value
            .as_str()
            .unwrap()
            .replace("<API_KEY>", key.map_or("", String::as_str));
        call = call.header(name, value);
    }
    if let Some(body) = recording.sent() {
        call = call.body(body);
    }
    call.send().await
}

/// A client that does nothing by itself.
fn http() -> Client {
    // Fails where another test was first, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().unwrap()
}

/// Status, kind of content, session cookie, body.
async fn check(recording: &Recording, answer: Response) -> Result<Value, String> {
    let wanted = recording.response.status.unwrap();
    let status = answer.status().as_u16();
    let kind = answer
        .headers()
        .get("content-type")
        .map_or_else(String::new, |kind| kind.to_str().unwrap().to_owned());
    let cookie = answer.headers().contains_key("set-cookie");
    let bytes = answer.bytes().await.map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if status != wanted {
        return Err(format!("status {status} instead of {wanted}: {text}"));
    }
    let wanted_kind = recording.content_type();
    if kind.split(';').next() != wanted_kind.split(';').next() {
        return Err(format!("content type {kind} instead of {wanted_kind}"));
    }
    // Those from 901 on went through a proxy that dropped the cookie.
    if recording.no() < 900 && cookie != recording.response.headers.contains_key("set-cookie") {
        return Err(format!("session cookie: {cookie}"));
    }
    let Some(theirs) = &recording.response.body else {
        let title = |page: &str| {
            page.split_once("<title>")
                .map(|(_, rest)| rest.split("</title>").next().unwrap().trim().to_owned())
        };
        let raw = recording.response.body_raw.clone().unwrap_or_default();
        return if title(&text) == title(&raw) {
            Ok(Value::Null)
        } else {
            Err(format!("page: {text}"))
        };
    };
    // A lone surrogate in an answer is compared as text.
    let ours: Value = serde_json::from_slice(&bytes).map_err(|error| format!("{error}: {text}"))?;
    let (mut a, mut b) = (normal(&ours), normal(theirs));
    if recording.request.path.ends_with("-status/list") || recording.request.path.ends_with("severities/list") {
        sort(&mut a);
        sort(&mut b);
    }
    difference("", &a, &b).map_or(Ok(ours), Err)
}

/// Lists that come unordered.
fn sort(value: &mut Value) {
    if let Some(items) = value["data"].as_array_mut() {
        items.sort_by_key(Value::to_string);
    }
}

/// Recordings of outages: the sandbox has them as faults.
async fn outage(recording: &Recording) -> Result<(), String> {
    let mut builder = Sandbox::builder().user(User::new("svc_rw").customers(&[CustomerId(1)]));
    if recording.no() == 911 {
        builder = builder.service_time(Duration::from_millis(100));
    }
    let iris = builder.start().await.unwrap();
    let http = http();
    let key = iris.token().to_owned();
    let minimal =
        json!({"alert_title": "outage", "alert_severity_id": 4, "alert_status_id": 2, "alert_customer_id": 1});
    let add = |body: Value| {
        let (http, url, key) = (http.clone(), format!("{}/alerts/add", iris.url()), key.clone());
        async move { http.post(url).bearer_auth(key).json(&body).send().await.unwrap() }
    };
    match recording.no() {
        901 => {
            add(minimal.clone()).await;
            add(minimal.clone()).await;
        }
        906 => {
            for _ in 0..3 {
                add(minimal.clone()).await;
            }
            iris.fault(Fault::server_error());
            assert_eq!(add(minimal.clone()).await.status(), 500);
            iris.clear_faults();
        }
        902..=905 => iris.fault(Fault::server_error()),
        907 => {
            iris.fault(Fault::refuse());
            let refused = wait_until_refused(&http, &iris.url()).await;
            return if refused {
                Ok(())
            } else {
                Err("still listening".to_owned())
            };
        }
        908 => iris.fault(Fault::bad_gateway()),
        909 => {
            let gave_up = http
                .post(format!("{}/alerts/add", iris.url()))
                .bearer_auth(&key)
                .json(recording.request.body.as_ref().unwrap());
            iris.fault(Fault::close().after_commit().once());
            assert!(gave_up.send().await.is_err());
        }
        910 => {
            let mut big = recording.clone();
            big.request.body_raw = Some(format!("\"{}\"", "x".repeat(101 << 20)));
            // The answer may come while the body is still being sent, which breaks the sending: both are what nginx does.
            return match send(&http, &iris.url(), &big, Some(&key)).await {
                Ok(answer) => check(recording, answer).await.map(drop),
                Err(_) => Err("the answer was lost".to_owned()),
            };
        }
        911 => {
            let body = recording.request.body.clone().unwrap();
            let answers = futures_util::future::join_all((0..8).map(|_| add(body.clone()))).await;
            let mut losers = Vec::new();
            let mut winners = 0;
            for answer in answers {
                if answer.status() == 200 {
                    winners += 1;
                } else {
                    losers.push(answer);
                }
            }
            assert_eq!(
                (winners, iris.alert_count()),
                (1, 1),
                "one wins, and what loses is not stored"
            );
            return check(recording, losers.pop().unwrap()).await.map(drop);
        }
        _ => {}
    }
    let answer = send(&http, &iris.url(), recording, Some(&key))
        .await
        .map_err(|error| error.to_string())?;
    check(recording, answer).await.map(drop)
}

async fn wait_until_refused(http: &Client, url: &str) -> bool {
    for _ in 0..200 {
        if let Err(error) = http.get(format!("{url}/api/ping")).send().await
            && error.is_connect()
        {
            return true;
        }
        tokio::task::yield_now().await;
    }
    false
}
