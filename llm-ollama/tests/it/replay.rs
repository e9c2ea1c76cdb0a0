//! Every recorded exchange, sent again over a socket, ends as the recordings' index says.

use std::collections::BTreeMap;

use llm_ollama::{ChatRequest, Ollama, OllamaClient};
use serde_json::Value;
use triage_core::Triager;

use crate::server::{Server, recorded, recording, small};

/// Recordings whose kind in the index is that of a file, not of the exchange; the facts page says what the exchange means.
const CUT_OFF: &[&str] = &["chat_stream_server_killed", "chat_stream_server_terminated"];
/// The index leaves these open: streams of which lines were left out, so that no object is left.
const ABRIDGED: &[&str] = &[
    "chat_gothink_stream_schema",
    "chat_schema_stream_ok",
    "chat_think_stream_schema",
    "chat_token_repeat_abort_stream",
];

/// What each recording of `/v1/chat/completions` means for a client that wants one JSON object; the index leaves it open.
#[cfg(feature = "openai")]
const COMPLETIONS: &[(&str, &str)] = &[
    ("llamaserver_v1_chat_bad_schema_400", "Misconfigured"),
    ("llamaserver_v1_chat_json_schema_ok", "ok"),
    ("llamaserver_v1_chat_json_schema_stream_ok", "ok"),
    ("llamaserver_v1_chat_key_ok", "BadOutput"),
    ("llamaserver_v1_chat_length", "BadOutput"),
    ("llamaserver_v1_chat_malformed_400", "Misconfigured"),
    ("llamaserver_v1_chat_max_completion_tokens", "BadOutput"),
    ("llamaserver_v1_chat_no_key_401", "Misconfigured"),
    ("llamaserver_v1_chat_ok", "BadOutput"),
    ("llamaserver_v1_chat_too_long_400", "TooLarge"),
    ("v1_chat_bad_schema_400", "Misconfigured"),
    ("v1_chat_json_object_ok", "ok"),
    ("v1_chat_json_schema_missing_schema_ignored", "BadOutput"),
    ("v1_chat_json_schema_ok", "ok"),
    ("v1_chat_length", "BadOutput"),
    ("v1_chat_max_completion_tokens_ignored", "BadOutput"),
    ("v1_chat_model_not_found_404", "Misconfigured"),
    ("v1_chat_no_messages_400", "Misconfigured"),
    ("v1_chat_ok", "BadOutput"),
    ("v1_chat_prompt_too_long", "BadOutput"),
    ("v1_chat_server_busy_503", "Busy"),
    ("v1_chat_stream_ok", "BadOutput"),
    ("v1_chat_stream_runner_killed", "Unavailable"),
    ("v1_chat_token_repeat_abort", "BadOutput"),
    ("v1_chat_token_repeat_abort_stream", "BadOutput"),
    ("v1_chat_verdict_ok", "ok"),
    ("v1_chat_verdict_stream_ok", "ok"),
];

/// What the client makes of what a server says about itself.
const SMALL: &[(&str, &str)] = &[
    ("derived_show_remote_model", "Misconfigured"),
    ("ps_empty", "Cold"),
    ("ps_loaded", "Ready"),
    ("ps_num_ctx_clamped", "Cold"),
    ("show_cloud_disabled_403", "Misconfigured"),
    ("show_model_missing", "Misconfigured"),
    ("show_not_found", "Misconfigured"),
    ("show_ok", "Ready"),
    ("show_thinking_capability", "Ready"),
    ("tags_ok", "Ready"),
    ("version_ok", "Ready"),
];

/// Endpoints that the client never asks, and why.
const UNASKED: &[(&str, &str)] = &[
    (
        "/api/generate",
        "the chat endpoint is asked instead, whatever the address ends in",
    ),
    ("/api/pull", "a person gets a model"),
    ("/", "health asks for what it needs"),
    ("/api/nope", "no such endpoint"),
    ("/nope", "no such endpoint"),
    ("/api/status", "the model's own card says where it runs"),
    ("/health", "the list of models says it"),
    (
        "/v1/models",
        "only its status matters: gateways do not list what they accept",
    ),
    ("/v1/models/nope", "the chat says it"),
];

#[tokio::test]
async fn every_recording_ends_in_the_documented_kind_or_is_never_asked_for() {
    let mut table = Vec::new();
    let mut wrong = Vec::new();
    for (name, kind) in &index() {
        let recording = recording(name);
        let path = recording["request"]["path"].as_str().unwrap();
        let (got, expected) = match path {
            "/api/chat" => {
                let got = outcome(name, &recording).await;
                let expected = documented(name, kind, &got);
                (got, expected)
            }
            "/v1/chat/completions" => completion(name, &recording).await,
            "/api/show" | "/api/ps" | "/api/tags" | "/api/version" => {
                (health(path, &recording).await, listed(SMALL, name))
            }
            path => (
                format!("not asked: {}", listed(UNASKED, path)),
                format!("not asked: {}", listed(UNASKED, path)),
            ),
        };
        table.push(format!(
            "{name:<62} {path:<22} {:<4} {got}",
            recording["response"]["status"]
        ));
        if got != expected {
            wrong.push(format!("{name}: expected {expected}, got {got}"));
        }
    }
    println!(
        "{}\n{} recordings, {} of them wrong",
        table.join("\n"),
        table.len(),
        wrong.len()
    );
    assert_eq!(table.len(), 217);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn documented(name: &str, kind: &str, got: &str) -> String {
    match kind {
        _ if CUT_OFF.contains(&name) => "Unavailable",
        _ if ABRIDGED.contains(&name) => "BadOutput",
        // Whether the object fits the form is for grounding to say; here it only has to be one.
        kind if kind.starts_with("(BadOutput") && got == "ok" => "ok",
        kind if kind.starts_with("(BadOutput") => "BadOutput",
        kind => kind,
    }
    .to_owned()
}

fn listed(list: &[(&str, &str)], name: &str) -> String {
    list.iter()
        .find(|(listed, _)| *listed == name)
        .map_or("unexplained", |(_, kind)| kind)
        .to_owned()
}

#[cfg(feature = "openai")]
async fn completion(name: &str, recording: &Value) -> (String, String) {
    let got = crate::openai::outcome(recording).await;
    (
        got.map_or_else(|kind| format!("{kind:?}"), |_| "ok".to_owned()),
        listed(COMPLETIONS, name),
    )
}

#[cfg(not(feature = "openai"))]
#[expect(clippy::unused_async, reason = "its twin with the feature waits")]
async fn completion(_: &str, _: &Value) -> (String, String) {
    let unasked = || "needs the feature openai".to_owned();
    (unasked(), unasked())
}

/// Says what health makes of one recorded answer among otherwise good ones.
async fn health(path: &str, recording: &Value) -> String {
    let (path, response) = (path.to_owned(), recording["response"].clone());
    let server = Server::start(move |seen| {
        if seen.path == path {
            recorded(&response)
        } else {
            small(&seen.path)
        }
    })
    .await;
    let health = Ollama::builder(&server.url)
        .model("tiny-go")
        .build()
        .unwrap()
        .health()
        .await;
    format!("{health:?}").split('(').next().unwrap().to_owned()
}

/// Says how the client ends a conversation that goes as recorded.
async fn outcome(name: &str, recording: &Value) -> String {
    let mut response = recording["response"].clone();
    let cut_off = CUT_OFF.contains(&name);
    if let Some(lines) = response["lines"].as_array_mut() {
        // Marks of lines that were left out of the file.
        lines.retain(|line| !line.as_str().unwrap().starts_with("..."));
    }
    let server = Server::ollama(move |_| {
        let mut steps = recorded(&response);
        if cut_off {
            // The server was killed: the last chunk, which ends the body in order, never came.
            steps.pop();
        }
        steps
    })
    .await;
    match client(&server)
        .chat(&ChatRequest::new("Be brief.", "an alert", r#"{"type":"object"}"#))
        .await
    {
        Ok(answer) => {
            assert!(
                serde_json::from_str::<Value>(&answer.text).unwrap().is_object(),
                "{name}"
            );
            "ok".to_owned()
        }
        Err(error) => format!("{:?}", error.kind),
    }
}

fn client(server: &Server) -> OllamaClient {
    Ollama::builder(&server.url).model("tiny-go").client().unwrap()
}

/// Reads names and kinds from the recordings' own index.
fn index() -> BTreeMap<String, String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/ollama/INDEX.md");
    let text = std::fs::read_to_string(path).unwrap();
    let mut kinds = BTreeMap::new();
    // A web page in an answer brings its line ends with it.
    let rows = text.split("\n| ").skip(1).filter(|row| !row.starts_with("name "));
    for row in rows.map(|row| format!("| {row}")) {
        let name = row.split('|').nth(1).unwrap().trim();
        // The answer's column may hold a bar; the kind is the third from the right.
        let kind = row.trim_end().trim_end_matches('|').rsplit('|').nth(2).unwrap().trim();
        kinds.insert(name.to_owned(), kind.to_owned());
    }
    kinds
}
