//! An Ollama that takes its time, counts who asks about what, and can be away.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// A model that judges every alert alike.
pub(crate) struct Ollama {
    server: MockServer,
    calls: Arc<Calls>,
}

#[derive(Default)]
struct Calls {
    /// By the number of the test rule.
    asked: Mutex<BTreeMap<u64, u32>>,
    failing: AtomicBool,
    warming: AtomicBool,
}

impl Ollama {
    /// Answers after a time that depends on the alert, in a way that looks random and is the same in every run.
    pub(crate) async fn between(least: Duration, most: Duration) -> Self {
        Self::start(least, most, Duration::ZERO).await
    }

    /// Needs this long until it has loaded its model.
    pub(crate) async fn loading(time: Duration) -> Self {
        Self::start(Duration::ZERO, Duration::ZERO, time).await
    }

    async fn start(least: Duration, most: Duration, warm_up: Duration) -> Self {
        let server = MockServer::start().await;
        let calls = Arc::new(Calls::default());
        let get = |at: &str, body: serde_json::Value| {
            Mock::given(method("GET"))
                .and(path(at))
                .respond_with(ResponseTemplate::new(200).set_body_json(body))
        };
        get("/api/version", json!({ "version": "0.33.0" })).mount(&server).await;
        get("/api/ps", json!({ "models": [] })).mount(&server).await;
        get("/api/tags", json!({ "models": [] })).mount(&server).await;
        let card =
            json!({ "template": "{{ .Prompt }}", "capabilities": ["completion"], "details": {}, "model_info": {} });
        Mock::given(method("POST"))
            .and(path("/api/show"))
            .respond_with(ResponseTemplate::new(200).set_body_json(card))
            .mount(&server)
            .await;
        Mock::given(method("POST"))
            .and(path("/api/chat"))
            .respond_with(Answers {
                least,
                most,
                warm_up,
                calls: Arc::clone(&calls),
            })
            .mount(&server)
            .await;
        Self { server, calls }
    }

    pub(crate) async fn after(time: Duration) -> Self {
        Self::between(time, time).await
    }

    pub(crate) fn url(&self) -> String {
        self.server.uri()
    }

    /// How often each alert was asked about.
    pub(crate) fn calls(&self) -> BTreeMap<u64, u32> {
        self.calls.asked.lock().unwrap().clone()
    }

    pub(crate) fn total(&self) -> u32 {
        self.calls().values().sum()
    }

    /// Whether a worker has begun to load the model.
    pub(crate) fn is_warming(&self) -> bool {
        self.calls.warming.load(Ordering::SeqCst)
    }

    /// Answers 503 to every question about an alert from now on, or no longer.
    pub(crate) fn fail(&self, failing: bool) {
        self.calls.failing.store(failing, Ordering::SeqCst);
    }
}

struct Answers {
    least: Duration,
    most: Duration,
    warm_up: Duration,
    calls: Arc<Calls>,
}

impl Respond for Answers {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let text = String::from_utf8_lossy(&request.body);
        let number = text.split("Test rule ").nth(1).and_then(|rest| {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<u64>().ok()
        });
        let Some(number) = number else {
            // The warm-up.
            self.calls.warming.store(true, Ordering::SeqCst);
            return line(self.warm_up);
        };
        *self.calls.asked.lock().unwrap().entry(number).or_default() += 1;
        if self.calls.failing.load(Ordering::SeqCst) {
            return ResponseTemplate::new(503).set_body_json(json!({ "error": "server busy" }));
        }
        let span = u64::try_from(self.most.abs_diff(self.least).as_millis()).unwrap() + 1;
        line(self.least + Duration::from_millis(number.wrapping_mul(7919) % span))
    }
}

/// One answer. It names a technique and an address that do not exist, and cites one fact that does.
fn line(after: Duration) -> ResponseTemplate {
    let answer = json!({
        "evidence": [{ "field": "F01", "shows": "the rule that fired" }],
        "if_benign": "a test", "if_malicious": "an attack", "mitre": ["T9999"],
        "next_steps": ["Look for 198.51.100.77 in the proxy log"], "questions": ["Who did this?"],
        "severity": "medium", "summary": "A test rule fired on a workstation.",
        "verdict": "needs_investigation", "verdict_confidence": "low"
    });
    let line = json!({
        "model": "phi4-mini:latest", "message": { "role": "assistant", "content": answer.to_string() },
        "done": true, "done_reason": "stop", "prompt_eval_count": 900, "eval_count": 120
    });
    ResponseTemplate::new(200)
        .set_body_raw(format!("{line}\n"), "application/x-ndjson")
        .set_delay(after)
}
