//! Faults that no server would record: each ends in time, and in the kind that says whose fault it is.

use std::time::Duration;

use futures_util::future::Either;
use llm_ollama::{ChatRequest, Ollama, OllamaClient, Timeouts};
use triage_core::TriageErrorKind::{self, BadOutput, Busy, Misconfigured, Timeout, Unavailable};
use triage_core::{Health, TriageError, Triager};

use crate::server::{Server, Step, chunk, head, outwait, recorded, recording, small, streamed, whole};

pub(crate) const DONE: &str =
    r#"{"message":{"content":""},"done":true,"done_reason":"stop","prompt_eval_count":40,"eval_count":3}"#;
pub(crate) const CANARY: &str = "canary-7f3a91";

pub(crate) fn says(text: &str) -> String {
    serde_json::json!({"message": {"role": "assistant", "content": text}, "done": false}).to_string()
}

pub(crate) fn begun() -> Step {
    head(200, "application/x-ndjson", "Transfer-Encoding: chunked")
}

/// Long limits: what ends here ends by itself.
pub(crate) fn patient(server: &Server) -> OllamaClient {
    Ollama::builder(&server.url).model("tiny-go").client().unwrap()
}

pub(crate) fn question() -> ChatRequest {
    ChatRequest::new("Be brief.", format!("run {CANARY}"), r#"{"type":"object"}"#)
}

pub(crate) async fn failure_of(client: &OllamaClient) -> TriageError {
    let error = client.chat(&question()).await.unwrap_err();
    let mut all = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(deeper) = cause {
        all.push_str(&deeper.to_string());
        cause = deeper.source();
    }
    assert!(!all.contains(CANARY) && !format!("{error:?}").contains(CANARY), "{all}");
    error
}

async fn kind_of(steps: Vec<Step>) -> TriageErrorKind {
    let server = Server::ollama(move |_| steps.clone()).await;
    failure_of(&patient(&server)).await.kind
}

#[tokio::test]
async fn a_server_that_never_answers_times_out_and_is_hung_up_on() {
    // Headers are no token.
    for steps in [vec![Step::AwaitClose], vec![begun(), Step::AwaitClose]] {
        let (mut server, asked) = Server::hanging(steps).await;
        let error = outwait(failure_of(&patient(&server)), asked).await;
        assert_eq!(error.kind, Timeout);
        assert!(
            error.message.contains("no first token within 600 s"),
            "{}",
            error.message
        );
        assert_eq!(server.closed.recv().await.unwrap(), "/api/chat");
    }
}

#[tokio::test]
async fn a_server_that_falls_silent_in_the_middle_times_out() {
    let line = format!("{}\n", says("{"));
    let mut server = Server::ollama(move |_| vec![begun(), chunk(line.as_bytes()), Step::AwaitClose]).await;
    let timeouts = Timeouts {
        between_tokens: Duration::from_millis(100),
        ..Timeouts::default()
    };
    let client = Ollama::builder(&server.url).timeouts(timeouts).client().unwrap();
    let error = failure_of(&client).await;
    assert_eq!(error.kind, Timeout);
    assert!(error.message.contains("nothing more for 100 ms"), "{}", error.message);
    assert_eq!(server.closed.recv().await.unwrap(), "/api/chat");
}

#[tokio::test]
async fn the_whole_call_ends_at_its_deadline() {
    let (mut server, asked) = Server::hanging(vec![Step::AwaitClose]).await;
    let client = patient(&server);
    let request = question().within(Some(Duration::from_mins(2)));
    let error = outwait(client.chat(&request), asked).await.unwrap_err();
    assert_eq!(error.kind, Timeout);
    assert!(
        error.message.contains("did not finish within 120 s"),
        "{}",
        error.message
    );
    assert_eq!(server.closed.recv().await.unwrap(), "/api/chat");
}

#[tokio::test]
async fn waiting_for_our_own_slot_is_not_the_alerts_fault() {
    let (server, asked) = Server::hanging(vec![Step::AwaitClose]).await;
    let client = patient(&server);
    let (long, short) = (question(), question().within(Some(Duration::from_mins(1))));
    // The first call is polled first, and takes the only slot.
    let (first, second) = (client.chat(&long), client.chat(&short));
    let both = futures_util::future::select(Box::pin(first), Box::pin(second));
    let Either::Right((ended, _)) = outwait(both, asked).await else {
        panic!("the first call has more time")
    };
    assert_eq!(ended.unwrap_err().kind, Busy);
}

#[tokio::test]
async fn a_warm_up_has_no_deadline() {
    let (mut server, mut asked) = Server::hanging(vec![Step::AwaitClose]).await;
    let client = patient(&server);
    let warming = client.warm_up("constant", "{}");
    tokio::pin!(warming);
    tokio::select! {
        _ = &mut warming => panic!("nothing answers"),
        _ = asked.recv() => {}
    }
    tokio::time::pause();
    let week = tokio::time::timeout(Duration::from_hours(7 * 24), &mut warming).await;
    tokio::time::resume();
    assert!(week.is_err(), "it ended by itself");
    // Its connection is still open.
    assert!(server.closed.try_recv().is_err());
}

#[tokio::test]
async fn dropping_the_call_closes_the_connection() {
    for steps in [
        vec![Step::AwaitClose],
        vec![begun(), chunk(b"{\"done\":false}\n"), Step::AwaitClose],
    ] {
        let (mut server, mut asked) = Server::hanging(steps).await;
        let client = patient(&server);
        let request = question();
        tokio::select! {
            _ = client.chat(&request) => panic!("nothing answers"),
            _ = asked.recv() => {}
        }
        assert_eq!(server.closed.recv().await.unwrap(), "/api/chat");
    }
}

#[tokio::test]
async fn bytes_may_be_cut_anywhere_even_within_a_character() {
    let lines = [
        says("{\"summary\":\"gr"),
        says("üße \u{1F600}"),
        says("\"}"),
        DONE.to_owned(),
    ]
    .join("\n")
        + "\n";
    for size in [1, 2, 3, 7] {
        let bytes = lines.clone();
        let server = Server::ollama(move |_| {
            let mut steps = vec![begun()];
            steps.extend(bytes.as_bytes().chunks(size).map(chunk));
            steps.push(chunk(b""));
            steps
        })
        .await;
        let answer = patient(&server).chat(&question()).await.unwrap();
        assert_eq!(answer.text, "{\"summary\":\"grüße \u{1F600}\"}");
        assert_eq!(
            (answer.meta.prompt_tokens, answer.meta.output_tokens),
            (Some(40), Some(3))
        );
    }
}

#[tokio::test]
async fn an_answer_that_ends_without_done_is_a_failure() {
    let text = says("{\"a\":1}");
    // In order: the server gave up on this answer.
    assert_eq!(kind_of(streamed(&[&text])).await, BadOutput);
    // In order and with nothing said: an error that was swallowed.
    assert_eq!(kind_of(streamed(&[])).await, Unavailable);
    // Not in order: the server died.
    assert_eq!(
        kind_of(vec![begun(), chunk(format!("{text}\n").as_bytes())]).await,
        Unavailable
    );
    assert_eq!(
        kind_of(vec![begun(), chunk(format!("{text}\n").as_bytes()), Step::Reset]).await,
        Unavailable
    );
    // A line that was torn.
    assert_eq!(
        kind_of(vec![begun(), chunk(&text.as_bytes()[..20]), chunk(b"")]).await,
        Unavailable
    );
    assert_eq!(kind_of(vec![Step::Reset]).await, Unavailable);
}

#[tokio::test]
async fn an_error_in_the_middle_of_an_answer_is_the_servers() {
    let error = r#"{"error":"an error was encountered while running the model: unexpected EOF"}"#;
    assert_eq!(kind_of(streamed(&[&says("{\"a\":"), error])).await, Unavailable);
    let too_long = r#"{"error":"the input length exceeds the context length"}"#;
    assert_eq!(kind_of(streamed(&[too_long])).await, TriageErrorKind::TooLarge);
}

#[tokio::test]
async fn an_error_never_repeats_the_question_or_the_answer() {
    let quoting = format!(r#"{{"error":"Failed to parse input at pos 0: run {CANARY}"}}"#);
    // `failure_of` looks for the words of the question in everything that the error says.
    assert_eq!(kind_of(streamed(&[&quoting])).await, BadOutput);
    assert_eq!(
        kind_of(whole(500, "application/json", quoting.as_bytes())).await,
        BadOutput
    );
    assert_eq!(
        kind_of(whole(400, "application/json", quoting.as_bytes())).await,
        Misconfigured
    );
    assert_eq!(
        kind_of(streamed(&[&format!("{{\"message\":\"{CANARY}\"}}")])).await,
        Unavailable
    );
    assert_eq!(kind_of(streamed(&[&format!("{CANARY} is no JSON")])).await, Unavailable);
    let (half, rest) = ("{\"x\":\"exfiltrated ", "payload\"}");
    let error = r#"{"error":"bad answer: exfiltrated payload"}"#;
    let server = Server::ollama(move |_| streamed(&[&says(half), &says(rest), error])).await;
    let message = failure_of(&patient(&server)).await.message;
    assert!(
        message.contains("bad answer") && !message.contains("exfil") && !message.contains("payload"),
        "{message}"
    );
}

#[tokio::test]
async fn web_pages_are_a_proxys_and_never_an_answer() {
    for (status, kind) in [
        (200, Misconfigured),
        (302, Misconfigured),
        (502, Unavailable),
        (503, Unavailable),
        (504, Timeout),
    ] {
        let page = whole(
            status,
            "text/html",
            b"<html>\r\n<head><title>login</title></head></html>\r\n",
        );
        assert_eq!(kind_of(page).await, kind, "{status}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Server::ollama(|_| Vec::new()).await;
    let to = format!("{}/api/chat", other.url);
    let server = Server::ollama(move |_| {
        vec![Step::Send(
            format!("HTTP/1.1 307 X\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n").into_bytes(),
        )]
    })
    .await;
    assert_eq!(failure_of(&patient(&server)).await.kind, Misconfigured);
    assert!(other.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_line_of_a_gigabyte_is_refused_after_a_megabyte() {
    let mut server = Server::ollama(|_| {
        vec![
            head(200, "application/x-ndjson", "Connection: close"),
            Step::Send(b"{\"message\":{\"content\":\"".to_vec()),
            Step::Flood(vec![b'a'; 1 << 20], 1024),
            Step::AwaitClose,
        ]
    })
    .await;
    let error = failure_of(&patient(&server)).await;
    assert_eq!(error.kind, BadOutput);
    assert!(error.message.contains("1 MiB"), "{}", error.message);
    // It could not send it all: the client had hung up.
    assert_eq!(server.closed.recv().await.unwrap(), "/api/chat");
}

#[tokio::test]
async fn an_answer_without_end_is_refused() {
    let mut lines = Vec::new();
    for n in 0..300 {
        lines.extend_from_slice(format!("{}\n", says(&format!("{n} ").repeat(1000))).as_bytes());
    }
    let server = Server::ollama(move |_| {
        vec![
            head(200, "application/x-ndjson", "Connection: close"),
            Step::Flood(lines.clone(), 100),
        ]
    })
    .await;
    let error = failure_of(&patient(&server)).await;
    assert_eq!(error.kind, BadOutput);
    assert!(error.message.contains("256 KiB"), "{}", error.message);
}

#[tokio::test]
async fn an_answer_in_the_thinking_is_found() {
    let whole = r#"{"message":{"content":"","thinking":"{\"a\":1}"},"done":false}"#;
    let split = [
        r#"{"message":{"content":"","thinking":"{\"a\":"},"done":false}"#,
        r#"{"message":{"content":"1}"},"done":false}"#,
    ];
    for lines in [vec![whole, DONE], vec![split[0], split[1], DONE]] {
        let lines: Vec<String> = lines.into_iter().map(str::to_owned).collect();
        let server = Server::ollama(move |_| streamed(&lines.iter().map(String::as_str).collect::<Vec<_>>())).await;
        assert_eq!(patient(&server).chat(&question()).await.unwrap().text, r#"{"a":1}"#);
    }
}

#[tokio::test]
async fn a_prompt_that_an_old_server_has_cut_is_too_large() {
    let cut = r#"{"message":{"content":"{}"},"done":true,"done_reason":"stop","prompt_eval_count":4096}"#;
    assert_eq!(kind_of(streamed(&[cut])).await, TriageErrorKind::TooLarge);
    let half = r#"{"message":{"content":"{}"},"done":true,"prompt_eval_count":51}"#;
    let server = Server::ollama(move |_| streamed(&[half])).await;
    let long = ChatRequest::new("Be brief.", "x".repeat(5000), "{}");
    let answer = patient(&server).chat(&long).await.unwrap();
    assert!(
        answer.meta.warnings[0].contains("51 tokens"),
        "{:?}",
        answer.meta.warnings
    );
}

#[tokio::test]
async fn an_odd_counter_is_as_good_as_none() {
    let odd = r#"{"message":{"content":"{}"},"done":true,"total_duration":7,"load_duration":18446744073709551615,"prompt_eval_duration":18446744073709551615,"eval_duration":-1,"prompt_eval_count":1e3,"eval_count":18446744073709551615}"#;
    let server = Server::ollama(move |_| streamed(&[odd])).await;
    let meta = patient(&server).chat(&question()).await.unwrap().meta;
    assert_eq!((meta.load, meta.output_tokens, meta.prompt_tokens), (None, None, None));
}

#[tokio::test]
async fn a_busy_server_says_when_to_come_back() {
    let busy = b"{\"error\":\"server busy, please try again.  maximum pending requests exceeded\"}";
    let server = Server::ollama(|_| whole(503, "application/json\r\nRetry-After: 9", busy)).await;
    let error = failure_of(&patient(&server)).await;
    assert_eq!((error.kind, error.retry_after), (Busy, Some(Duration::from_secs(9))));
}

#[tokio::test]
async fn nobody_listening_is_down_and_a_missing_model_says_what_to_run() {
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let ollama = Ollama::builder(&gone).build().unwrap();
    assert!(matches!(ollama.health().await, Health::Down(_)));
    assert_eq!(ollama.client().chat(&question()).await.unwrap_err().kind, Unavailable);

    let server = Server::start(|seen| match seen.path.as_str() {
        "/api/show" => recorded(&recording("show_not_found")["response"]),
        path => small(path),
    })
    .await;
    let ollama = Ollama::builder(&server.url).model("phi4-mini:latest").build().unwrap();
    let Health::Misconfigured(what) = ollama.health().await else {
        panic!("the model is missing")
    };
    assert!(what.contains("ollama pull phi4-mini:latest"), "{what}");
    assert_eq!(ollama.warm_up().await.unwrap_err().kind, Misconfigured);
    assert!(server.asked("/api/chat").is_empty());
}

#[tokio::test]
async fn a_refusal_that_health_cannot_see_makes_it_red_until_a_warm_up_succeeds() {
    let server = Server::ollama(|_| recorded(&recording("chat_load_truncated_model_file_500")["response"])).await;
    let ollama = Ollama::builder(&server.url).model("tiny-go").build().unwrap();
    assert_eq!(ollama.health().await, Health::Ready);
    assert_eq!(ollama.warm_up().await.unwrap_err().kind, Misconfigured);
    assert!(matches!(ollama.health().await, Health::Misconfigured(_)));
}

#[tokio::test]
async fn a_context_too_small_for_the_constant_part_is_no_alerts_fault() {
    let too_long = r#"{"error":{"code":400,"message":"request (1219 tokens) exceeds the available context size (1024 tokens)","type":"exceed_context_size_error","n_prompt_tokens":1219,"n_ctx":1024}}"#;
    let server = Server::ollama(move |_| whole(400, "application/json", too_long.as_bytes())).await;
    let ollama = Ollama::builder(&server.url).model("tiny-go").build().unwrap();
    let error = ollama.warm_up().await.unwrap_err();
    assert_eq!(error.kind, Misconfigured);
    assert!(error.message.contains("too small for any alert"), "{error}");
    assert!(matches!(ollama.health().await, Health::Misconfigured(_)));
}
