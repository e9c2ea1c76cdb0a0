//! The OpenAI-compatible backend over real sockets.

use std::time::Duration;

use llm_ollama::openai::{OpenAi, OpenAiBuilder, OpenAiClient, Structure};
use llm_ollama::{ChatRequest, Timeouts};
use secrecy::SecretString;
use serde_json::{Value, json};
use triage_core::TriageErrorKind::{self, BadOutput, Busy, Misconfigured, Timeout, Unavailable};
use triage_core::{Health, TriageError, Triager};

use crate::server::{Server, Step, chunk, head, outwait, recorded, recording, whole};

const SCHEMA: &str = r#"{"type":"object","properties":{"zeta":{},"alpha":{}}}"#;
const CANARY: &str = "canary-7f3a91";

/// Says how the client ends a conversation that goes as recorded.
pub(crate) async fn outcome(recording: &Value) -> Result<String, TriageErrorKind> {
    let mut response = recording["response"].clone();
    if let Some(lines) = response["lines"].as_array_mut() {
        lines.retain(|line| !line.as_str().unwrap().starts_with("..."));
    }
    let server = Server::start(move |_| recorded(&response)).await;
    client(&server)
        .chat(&question())
        .await
        .map(|answer| answer.text)
        .map_err(|error| error.kind)
}

pub(crate) fn tiny(server: &Server) -> OpenAiBuilder {
    OpenAi::builder(&server.url).model("tiny")
}

pub(crate) fn client(server: &Server) -> OpenAiClient {
    tiny(server).client().unwrap()
}

pub(crate) fn question() -> ChatRequest {
    ChatRequest::new("Be brief.", format!("run {CANARY}"), SCHEMA)
}

pub(crate) fn sse(events: &[&str]) -> Vec<Step> {
    let mut steps = vec![head(200, "text/event-stream", "Transfer-Encoding: chunked")];
    steps.extend(
        events
            .iter()
            .map(|event| chunk(format!("data: {event}\n\n").as_bytes())),
    );
    steps.push(chunk(b""));
    steps
}

pub(crate) fn says(text: &str) -> String {
    json!({"model": "tiny", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]}).to_string()
}

pub(crate) const STOP: &str = r#"{"model":"tiny","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;

pub(crate) async fn failure_of(steps: Vec<Step>) -> TriageError {
    let server = Server::start(move |_| steps.clone()).await;
    let error = client(&server).chat(&question()).await.unwrap_err();
    assert!(!format!("{error:?}").contains(CANARY), "{error:?}");
    error
}

#[tokio::test]
async fn what_is_sent_is_what_was_set() {
    let server = Server::start(|_| recorded(&recording("llamaserver_v1_chat_json_schema_stream_ok")["response"])).await;
    let extra = json!({"chat_template_kwargs": {"enable_thinking": false}});
    let client = tiny(&server)
        .key(SecretString::from("s3cret-key"))
        .max_tokens(400)
        .seed(3)
        .extra(extra.as_object().unwrap().clone())
        .client()
        .unwrap();
    let answer = client.chat(&question()).await.unwrap();
    let sent = &server.asked("/v1/chat/completions")[0];
    assert!(
        sent.head
            .to_ascii_lowercase()
            .contains("authorization: bearer s3cret-key")
    );
    assert!(!format!("{client:?}").contains("s3cret"));
    assert_eq!(
        sent.json(),
        json!({
            "model": "tiny",
            "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": format!("run {CANARY}")}],
            "stream": true,
            "stream_options": {"include_usage": true},
            "response_format": {"type": "json_schema", "json_schema": {
                "name": "triage", "strict": true, "schema": serde_json::from_str::<Value>(SCHEMA).unwrap(),
            }},
            "max_tokens": 400,
            "temperature": 0.0,
            "seed": 3,
            "chat_template_kwargs": {"enable_thinking": false},
        })
    );
    // Byte for byte: in another order the model would answer before it reasons.
    assert!(String::from_utf8(sent.body.clone()).unwrap().contains(SCHEMA));
    let meta = answer.meta;
    assert_eq!(
        (meta.model.as_deref(), meta.server.as_deref()),
        (Some("tiny-native.gguf"), Some("b11669-Debian"))
    );
    assert_eq!((meta.prompt_tokens, meta.output_tokens), (Some(136), Some(96)));
    assert_eq!(
        (meta.prompt.unwrap().as_micros(), meta.generate.unwrap().as_micros()),
        (1288, 34_834)
    );
}

#[tokio::test]
async fn a_form_that_a_server_does_not_know_can_be_left_to_the_prompt() {
    for (structure, format) in [
        (Structure::Object, json!({"type": "json_object"})),
        (Structure::Prompt, Value::Null),
    ] {
        let server = Server::start(|_| sse(&[&says("{}"), STOP, "[DONE]"])).await;
        let client = tiny(&server)
            .structure(structure)
            .completion_tokens(true)
            .temperature(None)
            .client()
            .unwrap();
        client.chat(&question()).await.unwrap();
        let sent = server.asked("/v1/chat/completions")[0].json();
        assert_eq!(sent["response_format"], format);
        assert_eq!(
            (&sent["max_completion_tokens"], &sent["max_tokens"]),
            (&json!(700), &Value::Null)
        );
        assert!(sent.get("temperature").is_none());
    }
}

#[tokio::test]
async fn fields_of_ones_own_win_and_nothing_leaves_one_out() {
    let server = Server::start(|_| sse(&[&says("{}"), STOP, "[DONE]"])).await;
    let extra = json!({"seed": null, "stream_options": null, "temperature": 0.6, "max_tokens": 99, "top_k": 20});
    let client = tiny(&server)
        .extra(extra.as_object().unwrap().clone())
        .client()
        .unwrap();
    client.chat(&question()).await.unwrap();
    let body = String::from_utf8(server.asked("/v1/chat/completions")[0].body.clone()).unwrap();
    for field in ["\"temperature\":0.6", "\"max_tokens\":99", "\"top_k\":20"] {
        assert!(body.contains(field), "{body}");
    }
    for name in ["temperature", "max_tokens"] {
        assert_eq!(body.matches(&format!("\"{name}\":")).count(), 1, "{body}");
    }
    assert!(!body.contains("seed") && !body.contains("stream_options"), "{body}");
}

#[tokio::test]
async fn only_a_reason_and_an_end_together_are_an_answer() {
    let text = says("{\"a\":1}");
    let fine = Server::start({
        let text = text.clone();
        move |_| sse(&[&text, STOP, "[DONE]"])
    })
    .await;
    assert_eq!(client(&fine).chat(&question()).await.unwrap().text, "{\"a\":1}");
    assert_eq!(failure_of(sse(&[&text, STOP])).await.kind, Unavailable);
    assert_eq!(failure_of(sse(&[&text, "[DONE]"])).await.kind, BadOutput);
    assert_eq!(failure_of(sse(&[&text])).await.kind, BadOutput);
    assert_eq!(failure_of(sse(&[])).await.kind, Unavailable);
    for reason in ["length", "content_filter", "tool_calls", "odd"] {
        let stop = STOP.replace("\"stop\"", &format!("\"{reason}\""));
        assert_eq!(
            failure_of(sse(&[&text, &stop, "[DONE]"])).await.kind,
            BadOutput,
            "{reason}"
        );
    }
    let refusal = r#"{"model":"m","choices":[{"delta":{"refusal":"I cannot"},"finish_reason":"stop"}]}"#;
    assert_eq!(failure_of(sse(&[refusal, "[DONE]"])).await.kind, BadOutput);
    // Without the blank line after the last word, and with comments and foreign fields in between.
    let close = Server::start(move |_| {
        let body = format!(": ping\n\nid: 1\ndata: {text}\r\n\r\n: ping\n\ndata: {STOP}\n\ndata: [DONE]");
        whole(200, "text/event-stream", body.as_bytes())
    })
    .await;
    assert_eq!(client(&close).chat(&question()).await.unwrap().text, "{\"a\":1}");
}

#[tokio::test]
async fn errors_in_a_stream_are_seen_in_each_of_their_forms() {
    let begun = says("{\"a\":");
    let inner = format!(r#"{{"code":500,"message":"failed near {CANARY}","type":"server_error"}}"#);
    for event in [
        format!(r#"{{"error":{inner}}}"#),
        format!(r#"{{"object":"error","message":"failed near {CANARY}","code":500}}"#),
    ] {
        assert_eq!(failure_of(sse(&[&begun, &event])).await.kind, Unavailable);
    }
    let own_field = format!("data: {begun}\n\nerror: {inner}\n\n");
    let error = failure_of(whole(200, "text/event-stream", own_field.as_bytes())).await;
    assert_eq!(error.kind, Unavailable);
    assert!(error.message.contains("broke off"), "{}", error.message);
}

#[tokio::test]
async fn a_server_that_does_not_stream_is_understood() {
    let body = json!({"model": "m", "choices": [{"message": {"content": "{\"a\":1}"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 2}});
    let pretty = serde_json::to_string_pretty(&body).unwrap();
    let server = Server::start(move |_| whole(200, "application/json", pretty.as_bytes())).await;
    let answer = client(&server).chat(&question()).await.unwrap();
    assert_eq!(
        (answer.text.as_str(), answer.meta.prompt_tokens),
        ("{\"a\":1}", Some(9))
    );
    let mut odd = body.clone();
    odd["usage"] = json!({"prompt_tokens": 9.5, "completion_tokens": u64::MAX});
    odd["timings"] = json!({"prompt_ms": 1e22, "predicted_ms": -1});
    let server = Server::start(move |_| whole(200, "application/json", odd.to_string().as_bytes())).await;
    let meta = client(&server).chat(&question()).await.unwrap().meta;
    assert_eq!((meta.output_tokens, meta.prompt, meta.generate), (None, None, None));
    let torn = &body.to_string().into_bytes()[..40];
    assert_eq!(failure_of(whole(200, "application/json", torn)).await.kind, Unavailable);
    assert_eq!(
        failure_of(whole(200, "text/html", b"<html>login</html>")).await.kind,
        Misconfigured
    );
}

#[tokio::test]
async fn silence_times_out_and_hangs_up() {
    let head = head(200, "text/event-stream", "Connection: close");
    for steps in [vec![Step::AwaitClose], vec![head.clone(), Step::AwaitClose]] {
        let (mut server, asked) = Server::hanging(steps).await;
        let error = outwait(client(&server).chat(&question()), asked).await.unwrap_err();
        assert_eq!(error.kind, Timeout);
        assert_eq!(server.closed.recv().await.unwrap(), "/v1/chat/completions");
    }
    let begun = vec![
        head,
        Step::Send(format!("data: {}\n\n", says("{")).into_bytes()),
        Step::AwaitClose,
    ];
    let mut server = Server::start(move |_| begun.clone()).await;
    let between_tokens = Duration::from_millis(100);
    let timeouts = Timeouts {
        between_tokens,
        ..Timeouts::default()
    };
    let error = tiny(&server)
        .timeouts(timeouts)
        .client()
        .unwrap()
        .chat(&question())
        .await
        .unwrap_err();
    assert_eq!(error.kind, Timeout);
    assert!(error.message.contains("nothing more for 100 ms"), "{}", error.message);
    assert_eq!(server.closed.recv().await.unwrap(), "/v1/chat/completions");
}

#[tokio::test]
async fn a_warm_up_asks_as_a_chat_does_and_hangs_up_at_the_first_word() {
    let mut server = Server::start(|_| {
        vec![
            head(200, "text/event-stream", "Connection: close"),
            Step::Send(format!("data: {}\n\n", says("{")).into_bytes()),
            Step::AwaitClose,
        ]
    })
    .await;
    let triager = tiny(&server).build().unwrap();
    triager.warm_up().await.unwrap();
    assert_eq!(server.closed.recv().await.unwrap(), "/v1/chat/completions");
    let sent = server.asked("/v1/chat/completions")[0].json();
    assert_eq!(sent["max_tokens"], 700);

    let silent = Server::start(|_| sse(&[])).await;
    assert_eq!(
        tiny(&silent).build().unwrap().warm_up().await.unwrap_err().kind,
        Unavailable
    );
    let cut = Server::start(|_| recorded(&recording("llamaserver_v1_chat_length")["response"])).await;
    tiny(&cut).build().unwrap().warm_up().await.unwrap();
}

#[tokio::test]
async fn health_is_what_the_list_of_models_says_until_a_call_knows_better() {
    let refused = r#"{"error":{"message":"Invalid API Key","type":"authentication_error","code":401}}"#;
    let loading = r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#;
    for (status, body, expected) in [
        (200, "{}", "Ready"),
        (404, "nothing here", "Ready"),
        // A key that may ask and not list.
        (
            403,
            r#"{"error":{"message":"Missing scopes: api.model.read"}}"#,
            "Ready",
        ),
        (401, refused, "Misconfigured"),
        (503, loading, "Cold"),
        (502, "<html>", "Down"),
    ] {
        let server = Server::start(move |_| whole(status, "application/json", body.as_bytes())).await;
        let health = format!("{:?}", tiny(&server).build().unwrap().health().await);
        assert!(health.starts_with(expected), "{status}: {health}");
    }
    let server = Server::start(|seen| match seen.path.as_str() {
        "/v1/models" => recorded(&recording("v1_models_ok")["response"]),
        _ => recorded(&recording("v1_chat_model_not_found_404")["response"]),
    })
    .await;
    let triager = tiny(&server).build().unwrap();
    assert_eq!(triager.health().await, Health::Ready);
    let error = triager.warm_up().await.unwrap_err();
    assert_eq!(error.kind, Misconfigured);
    assert!(
        error.message.contains("`tiny`") && !error.message.contains("pull"),
        "{}",
        error.message
    );
    assert!(matches!(triager.health().await, Health::Misconfigured(_)));
}

#[tokio::test]
async fn a_busy_server_is_busy() {
    let server = Server::start(|_| recorded(&recording("v1_chat_server_busy_503")["response"])).await;
    let error = client(&server).chat(&question()).await.unwrap_err();
    assert_eq!(error.kind, Busy);
    assert!(error.retry_after.is_some());
}

#[test]
fn evidence_is_taken_to_leave_the_house_unless_a_person_says_otherwise() {
    let local = || OpenAi::builder("http://127.0.0.1:8080").model("m");
    assert!(local().build().unwrap().about().remote);
    assert!(!local().remote(false).build().unwrap().about().remote);
    let hosted = OpenAi::builder("https://llm.example.com/v1").model("m");
    assert!(
        hosted
            .remote(false)
            .build()
            .unwrap_err()
            .message
            .contains("own network")
    );
}

#[test]
fn settings_that_cannot_work_are_refused_before_anything_is_sent() {
    let base = || OpenAi::builder("http://127.0.0.1:8080/v1/chat/completions").model("m");
    let refused = |builder: OpenAiBuilder| builder.build().unwrap_err().message;
    assert!(refused(OpenAi::builder("http://127.0.0.1")).contains("model"));
    assert!(refused(base().max_tokens(0)).contains("max_tokens"));
    assert!(refused(base().temperature(-1.0)).contains("temperature"));
    let ours = json!({"messages": []});
    assert!(refused(base().extra(ours.as_object().unwrap().clone())).contains("`messages`"));
    let key = SecretString::from("k");
    assert!(refused(OpenAi::builder("http://llm.example.com").model("m").key(key)).contains("https"));
}
