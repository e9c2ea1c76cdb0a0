//! What hosted services and gateways do to chat completions that no recording shows.

use llm_ollama::openai::OpenAi;
use secrecy::SecretString;
use serde_json::json;
use triage_core::TriageErrorKind::{self, BadOutput, Misconfigured, TooLarge, Unavailable};

use crate::openai::{STOP, client, failure_of, question, says, sse, tiny};
use crate::server::{Server, Step, head, whole};

async fn text_of(events: &[&str]) -> String {
    let steps = sse(events);
    let server = Server::start(move |_| steps.clone()).await;
    client(&server).chat(&question()).await.unwrap().text
}

#[tokio::test]
async fn events_of_a_gateways_own_do_no_harm_to_an_answer_that_ends() {
    // Azure's filters speak before the model and in between, without its name; so do counts of tokens.
    let before = r#"{"choices":[],"model":"","object":"","prompt_filter_results":[{"prompt_index":0}]}"#;
    let between =
        r#"{"choices":[{"content_filter_offsets":{"check_offset":1},"finish_reason":null,"index":0}],"model":""}"#;
    let usage = r#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2}}"#;
    assert_eq!(
        text_of(&[before, &says("{\"a\""), between, &says(":1}"), STOP, usage, "[DONE]"]).await,
        r#"{"a":1}"#
    );
    // Without an end, an event without a name is an error that was swallowed.
    assert_eq!(failure_of(sse(&[&says("{\"a\""), between])).await.kind, Unavailable);
}

#[tokio::test]
async fn words_in_parts_are_words() {
    let thought = r#"{"model":"m","choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"{\"no\":1} hm"}]}]}}]}"#;
    let text = r#"{"model":"m","choices":[{"delta":{"content":[{"type":"text","text":"{\"a\":"},{"type":"text","text":"1}"}]}}]}"#;
    assert_eq!(text_of(&[thought, text, STOP, "[DONE]"]).await, r#"{"a":1}"#);
    for name in ["reasoning_content", "reasoning", "thinking"] {
        let alone = json!({"model": "m", "choices": [{"delta": {"content": null, name: "{\"a\":1}"}}]}).to_string();
        assert_eq!(text_of(&[&alone, STOP, "[DONE]"]).await, r#"{"a":1}"#, "{name}");
    }
}

#[tokio::test]
async fn the_end_counts_although_the_connection_stays_open() {
    let body = format!("data: {}\n\ndata: {STOP}\n\ndata: [DONE]\n", says("{}"));
    let mut server = Server::start(move |_| {
        vec![
            head(200, "text/event-stream", "Connection: close"),
            Step::Send(body.clone().into_bytes()),
            Step::AwaitClose,
        ]
    })
    .await;
    assert_eq!(client(&server).chat(&question()).await.unwrap().text, "{}");
    assert_eq!(server.closed.recv().await.unwrap(), "/v1/chat/completions");
}

#[tokio::test]
async fn what_a_filter_withholds_is_this_alerts_business_and_not_the_backends() {
    let azure = r#"{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#;
    let openai = r#"{"error":{"message":"Invalid prompt: your prompt was flagged","type":"invalid_request_error","code":"invalid_prompt"}}"#;
    let deepseek =
        r#"{"error":{"message":"Content Exists Risk","type":"invalid_request_error","code":"invalid_request_error"}}"#;
    let dashscope =
        r#"{"error":{"message":"Input data may contain inappropriate content.","code":"data_inspection_failed"}}"#;
    let litellm = r#"{"error":{"message":{"error":"Violated guardrail policy","bedrock_guardrail_response":{"action":"GUARDRAIL_INTERVENED"}},"code":"400"}}"#;
    for body in [azure, openai, deepseek, dashscope, litellm] {
        assert_eq!(
            failure_of(whole(400, "application/json", body.as_bytes())).await.kind,
            BadOutput,
            "{body}"
        );
        assert_eq!(failure_of(sse(&[&says("{"), body])).await.kind, BadOutput, "{body}");
    }
}

#[tokio::test]
async fn what_llama_server_cannot_read_was_written_by_the_model() {
    let unread = r#"{"error":{"code":500,"message":"The model produced output that does not match the expected peg-native format","type":"server_error"}}"#;
    assert_eq!(failure_of(sse(&[&says("{"), unread])).await.kind, BadOutput);
    assert_eq!(
        failure_of(whole(500, "application/json", unread.as_bytes())).await.kind,
        BadOutput
    );
}

#[tokio::test]
async fn a_form_that_a_server_does_not_take_is_for_a_person_to_change() {
    for (status, body) in [
        (
            400,
            r#"{"error":{"message":"'response_format.type' must be 'json_object' or 'text'","param":"response_format"}}"#,
        ),
        (
            400,
            r#"{"error":{"message":"Invalid schema for response_format 'triage': 'maxLength' is not permitted.","type":"invalid_request_error"}}"#,
        ),
        (
            422,
            r#"{"detail":[{"loc":["body","response_format","type"],"msg":"response_format: Input should be 'text'","type":"literal_error"}]}"#,
        ),
    ] {
        let error = failure_of(whole(status, "application/json", body.as_bytes())).await;
        assert_eq!(error.kind, Misconfigured, "{body}");
        assert!(error.message.contains("loose, object or prompt"), "{}", error.message);
    }
    let other =
        r#"{"detail":[{"loc":["body","seed"],"msg":"Extra inputs are not permitted","type":"extra_forbidden"}]}"#;
    let error = failure_of(whole(422, "application/json", other.as_bytes())).await;
    assert_eq!(error.kind, Misconfigured);
    assert!(
        error.message.contains("Extra inputs are not permitted"),
        "{}",
        error.message
    );
}

#[tokio::test]
async fn errors_with_status_200_are_errors() {
    let body = |text: &str| text.to_owned();
    for (text, kind) in [
        (
            body(r#"{"error":{"message":"Provider returned error","code":502}}"#),
            Unavailable,
        ),
        (
            body(
                r#"{"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 5000"}"#,
            ),
            TooLarge,
        ),
        (body("Internal Server Error"), Unavailable),
        (body("{}"), BadOutput),
        (body("[]"), Unavailable),
    ] {
        let answered = failure_of(whole(200, "application/json", text.as_bytes())).await;
        assert_eq!(answered.kind, kind, "{text} {answered}");
    }
}

#[tokio::test]
async fn a_flood_without_an_end_is_refused() {
    for block in ["data: ", ": ping\n\n", "{"] {
        let block = block.repeat(1 << 14).into_bytes();
        let steps = vec![
            head(200, "text/event-stream", "Connection: close"),
            Step::Flood(block, 4096),
            Step::AwaitClose,
        ];
        let mut server = Server::start(move |_| steps.clone()).await;
        let error = client(&server).chat(&question()).await.unwrap_err();
        assert_eq!(error.kind, BadOutput, "{error}");
        assert_eq!(server.closed.recv().await.unwrap(), "/v1/chat/completions");
    }
}

#[tokio::test]
async fn a_key_that_a_server_repeats_is_not_repeated_by_us() {
    let key = "sk-s3cr3t-0123456789abcdef";
    let body = format!(r#"{{"error":{{"message":"Incorrect API key provided: {key}.","code":"invalid_api_key"}}}}"#);
    for path in ["/v1/models", "/v1/chat/completions"] {
        let body = body.clone();
        let server = Server::start(move |_| whole(401, "application/json", body.as_bytes())).await;
        let client = tiny(&server).key(SecretString::from(key)).client().unwrap();
        let error = match path {
            "/v1/models" => client.check().await.unwrap_err(),
            _ => client.chat(&question()).await.unwrap_err(),
        };
        assert_eq!(error.kind, Misconfigured);
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("s3cr3t") && !shown.contains("0123456789"), "{shown}");
    }
}

#[tokio::test]
async fn every_form_of_an_address_reaches_the_same_place() {
    for (end, expected) in [
        ("", "/v1/chat/completions"),
        ("/", "/v1/chat/completions"),
        ("/v1/", "/v1/chat/completions"),
        ("/v1/chat/completions", "/v1/chat/completions"),
        ("/v1/chat/completions/", "/v1/chat/completions"),
        // Groq, Azure and Google have theirs elsewhere.
        ("/openai/v1", "/openai/v1/chat/completions"),
        ("/v1beta/openai/", "/v1beta/openai/chat/completions"),
        ("/api/v3", "/api/v3/chat/completions"),
    ] {
        let steps = sse(&[&says("{}"), STOP, "[DONE]"]);
        let server = Server::start(move |_| steps.clone()).await;
        let client = OpenAi::builder(&format!("{}{end}", server.url))
            .model("m")
            .client()
            .unwrap();
        client.chat(&question()).await.unwrap();
        assert_eq!(server.asked(expected).len(), 1, "{end}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_the_key() {
    let other = Server::start(|_| Vec::new()).await;
    let to = format!("{}/v1/chat/completions", other.url);
    let server = Server::start(move |_| {
        let text = format!("HTTP/1.1 307 X\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
        vec![Step::Send(text.into_bytes())]
    })
    .await;
    let client = tiny(&server).key(SecretString::from("s3cret-key")).client().unwrap();
    let kind: TriageErrorKind = client.chat(&question()).await.unwrap_err().kind;
    assert_eq!(kind, Misconfigured);
    assert!(other.seen.lock().unwrap().is_empty());
}
