//! Every recorded exchange, sent again over a socket, ends as the recordings' index says.

use std::collections::BTreeMap;

use llm_ollama::{ChatRequest, Ollama, OllamaClient};
use serde_json::Value;

use crate::server::{Server, recorded, recording};

/// Recordings whose kind in the index is that of a file, not of the exchange; the facts page says what the exchange means.
const CUT_OFF: &[&str] = &["chat_stream_server_killed", "chat_stream_server_terminated"];
/// The index leaves these open: streams of which lines were left out, so that no object is left.
const ABRIDGED: &[&str] = &[
    "chat_gothink_stream_schema",
    "chat_schema_stream_ok",
    "chat_think_stream_schema",
    "chat_token_repeat_abort_stream",
];

#[tokio::test]
async fn every_recorded_answer_to_a_chat_ends_in_the_documented_kind() {
    let documented = index();
    let mut table = Vec::new();
    let mut wrong = Vec::new();
    for (name, kind) in &documented {
        let recording = recording(name);
        if recording["request"]["path"] != "/api/chat" {
            continue;
        }
        let got = outcome(name, &recording).await;
        let expected = match kind.as_str() {
            _ if CUT_OFF.contains(&name.as_str()) => "Unavailable",
            _ if ABRIDGED.contains(&name.as_str()) => "BadOutput",
            // Whether the object fits the form is for grounding to say; here it only has to be one.
            kind if kind.starts_with("(BadOutput") && got == "ok" => "ok",
            kind if kind.starts_with("(BadOutput") => "BadOutput",
            kind => kind,
        };
        table.push(format!("{name:<60} {:<14} {got}", recording["response"]["status"]));
        if got != expected {
            wrong.push(format!("{name}: expected {expected}, got {got}"));
        }
    }
    println!("{}\n{} recordings", table.join("\n"), table.len());
    assert_eq!(table.len(), 147);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
