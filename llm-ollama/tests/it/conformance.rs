//! The contract of `Triager`, checked by the suite that plugin authors use, against servers that fill in whatever form they get.

use llm_ollama::Ollama;
use serde_json::{Map, Value, json};
use triage_core::testing::{conformance, evidence};
use triage_core::{Call, Outcome, Policy, Prompt, Triager, ground};

use crate::server::{Seen, Server, Step, recorded, recording, streamed};
#[cfg(feature = "openai")]
use crate::server::{chunk, head};

/// Fills in a form as a model does that has no idea but keeps to the grammar.
pub(crate) fn fill(schema: &Value) -> Value {
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    match schema["type"].as_str().unwrap() {
        "object" => {
            let fields = schema["properties"].as_object().unwrap();
            Value::Object(
                fields
                    .iter()
                    .map(|(name, form)| (name.clone(), fill(form)))
                    .collect::<Map<_, _>>(),
            )
        }
        "array" => (0..schema["minItems"].as_u64().unwrap_or(0))
            .map(|_| fill(&schema["items"]))
            .collect(),
        "string" => json!("PowerShell ran with a hidden window and asked for the user"),
        "integer" => schema["minimum"].clone(),
        other => panic!("the form has a {other}"),
    }
}

fn answer_of_ollama(seen: &Seen) -> Vec<Step> {
    let asked = seen.json();
    if asked["messages"] == json!([]) {
        return recorded(&recording("chat_load_only")["response"]);
    }
    let text = fill(&asked["format"]).to_string();
    let (one, two) = text.split_at(text.len() / 2);
    let says = |text: &str| json!({"message": {"content": text}, "done": false}).to_string();
    let last =
        r#"{"message":{"content":""},"done":true,"done_reason":"stop","prompt_eval_count":900,"eval_count":200}"#;
    streamed(&[&says(one), &says(two), last])
}

#[tokio::test]
async fn ollama_conforms() {
    let server = Server::ollama(answer_of_ollama).await;
    for concurrency in [1, 2] {
        let ollama = Ollama::builder(&server.url)
            .model("tiny-go")
            .concurrency(concurrency)
            .build()
            .unwrap();
        assert_eq!(conformance(&ollama).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_warm_up_reads_the_very_part_that_every_alert_begins_with() {
    let server = Server::ollama(answer_of_ollama).await;
    let ollama = Ollama::builder(&server.url).model("tiny-go").build().unwrap();
    ollama.warm_up().await.unwrap();
    ollama.triage(&evidence(), &Call::default()).await.unwrap();
    let sent: Vec<Value> = server.asked("/api/chat").iter().map(Seen::json).collect();
    assert_eq!(sent.len(), 3);
    assert_eq!(sent[1]["messages"][0], sent[2]["messages"][0]);
    assert!(sent[1]["messages"][0]["content"].as_str().unwrap().len() > 1000);
    // And is shown a form that has everything of a real one, so that a server says now what it has against it.
    let fields = |asked: &Value| {
        asked["format"]["properties"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(fields(&sent[1]), fields(&sent[2]));
}

#[tokio::test]
async fn a_draft_says_how_it_was_made_and_a_repair_repeats_the_whole_question() {
    let server = Server::ollama(answer_of_ollama).await;
    let ollama = Ollama::builder(&server.url).model("tiny-go").build().unwrap();
    let evidence = evidence();
    let draft = ollama.triage(&evidence, &Call::default()).await.unwrap();
    assert_eq!(draft.meta.prompt_version.as_deref(), Some(Prompt::version()));
    assert_eq!(draft.meta.model.as_deref(), Some("tiny-go"));
    assert!(!matches!(
        ground(&draft, &evidence, &Policy::default()),
        Outcome::Rejected(_)
    ));

    ollama
        .triage(&evidence, &Call::default().repairing("it cited F99"))
        .await
        .unwrap();
    let sent: Vec<Value> = server.asked("/api/chat").iter().map(Seen::json).collect();
    let text = |asked: &Value, message: usize| asked["messages"][message]["content"].as_str().unwrap().to_owned();
    assert_eq!(text(&sent[0], 0), text(&sent[1], 0));
    // Not only the constant part: the server need not read the facts again either.
    let repair = text(&sent[1], 1).strip_prefix(&text(&sent[0], 1)).unwrap().to_owned();
    assert!(repair.contains("it cited F99"), "{repair}");
    assert_eq!(sent[0]["format"], sent[1]["format"]);

    // Another process marks the facts with another word, so that no alert can be written to end them.
    let other = Ollama::builder(&server.url).model("tiny-go").build().unwrap();
    other.triage(&evidence, &Call::default()).await.unwrap();
    let third = server.asked("/api/chat")[2].json();
    assert_ne!(text(&sent[0], 1), text(&third, 1));
    assert_eq!(text(&sent[0], 0), text(&third, 0));
}

#[cfg(feature = "openai")]
#[tokio::test]
async fn the_openai_compatible_backend_conforms() {
    let server = Server::start(|seen| {
        if seen.path == "/v1/models" {
            return recorded(&recording("v1_models_ok")["response"]);
        }
        let text = fill(&seen.json()["response_format"]["json_schema"]["schema"]).to_string();
        let says = json!({"model": "m", "choices": [{"delta": {"content": text}, "finish_reason": null}]});
        let stop = json!({"model": "m", "choices": [{"delta": {}, "finish_reason": "stop"}]});
        let body = format!("data: {says}\n\ndata: {stop}\n\ndata: [DONE]\n\n");
        let head = head(200, "text/event-stream", "Transfer-Encoding: chunked");
        vec![head, chunk(body.as_bytes()), chunk(b"")]
    })
    .await;
    for concurrency in [1, 3] {
        let triager = llm_ollama::openai::OpenAi::builder(&server.url)
            .model("m")
            .concurrency(concurrency);
        assert_eq!(conformance(&triager.build().unwrap()).await, Vec::<String>::new());
    }
}
