//! What is silence although bytes come: drips, signs of life, a speaker who has not said a word.

use std::time::Duration;

use llm_ollama::{Ollama, Timeouts};
use triage_core::TriageErrorKind::{Timeout, Unavailable};

use crate::faults::{DONE, begun, failure_of, patient, question, says};
use crate::server::{Server, Step, chunk, head, outwait, streamed};

const SHORT: Duration = Duration::from_millis(200);

/// Long enough for nothing but the limit that is looked at.
fn limits(first_token: Duration, between_tokens: Duration) -> Timeouts {
    Timeouts {
        first_token,
        between_tokens,
        ..Timeouts::default()
    }
}

const LONG: Duration = Duration::from_mins(10);

#[tokio::test]
async fn a_drip_of_bytes_is_no_token() {
    let line = format!("{}\n", says("{"));
    // Behind a first token: the next line never ends. Before one: neither does the first.
    for (before, timeouts, what) in [
        (line.as_str(), limits(LONG, SHORT), "nothing more for 200 ms"),
        ("", limits(SHORT, LONG), "no first token within 200 ms"),
    ] {
        let steps = vec![
            head(200, "application/x-ndjson", "Connection: close"),
            Step::Send(before.as_bytes().to_vec()),
            Step::Drip(b"a".to_vec()),
        ];
        let mut server = Server::ollama(move |_| steps.clone()).await;
        let client = Ollama::builder(&server.url).timeouts(timeouts).client().unwrap();
        let error = failure_of(&client).await;
        assert_eq!(error.kind, Timeout);
        assert!(error.message.contains(what), "{}", error.message);
        assert_eq!(server.closed.recv().await.unwrap(), "/api/chat");
    }
}

#[tokio::test]
async fn blank_lines_that_keep_a_connection_open_are_no_token() {
    let steps = vec![
        head(200, "application/x-ndjson", "Connection: close"),
        Step::Drip(b"\n".to_vec()),
    ];
    let mut server = Server::ollama(move |_| steps.clone()).await;
    let timeouts = limits(SHORT, LONG);
    let client = Ollama::builder(&server.url).timeouts(timeouts).client().unwrap();
    let error = failure_of(&client).await;
    assert_eq!(error.kind, Timeout);
    assert!(error.message.contains("no first token"), "{}", error.message);
    assert_eq!(server.closed.recv().await.unwrap(), "/api/chat");

    // One blank line, then the load goes on: the patience for a first token holds, not that between two.
    let (server, asked) = Server::hanging(vec![begun(), chunk(b"\n"), Step::AwaitClose]).await;
    let error = outwait(failure_of(&patient(&server)), asked).await;
    assert!(
        error.message.contains("no first token within 600 s"),
        "{}",
        error.message
    );
    // And they do no harm to an answer.
    let server = Server::ollama(|_| streamed(&["", "\r", &says("{}"), "", DONE])).await;
    assert_eq!(patient(&server).chat(&question()).await.unwrap().text, "{}");
}

#[tokio::test]
async fn a_body_that_ends_before_its_length_is_a_broken_connection() {
    let text = format!("{}\n", says("{\"a\":1}"));
    let server = Server::ollama(move |_| {
        let framing = format!("Content-Length: {}", text.len() + 100);
        vec![
            head(200, "application/x-ndjson", &framing),
            Step::Send(text.clone().into_bytes()),
        ]
    })
    .await;
    assert_eq!(failure_of(&patient(&server)).await.kind, Unavailable);
}

#[cfg(feature = "openai")]
mod openai {
    use super::*;
    use crate::openai::{STOP, sse, tiny};

    #[tokio::test]
    async fn comments_and_a_role_are_no_token() {
        let role = r#"data: {"model":"tiny","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#;
        for block in [
            ": ping\n\n",
            "\n",
            "event: ping\ndata: {\"choices\":[]}\n\n",
            &format!("{role}\n\n"),
        ] {
            let steps = vec![
                head(200, "text/event-stream", "Connection: close"),
                Step::Drip(block.as_bytes().to_vec()),
            ];
            let mut server = Server::start(move |_| steps.clone()).await;
            let client = tiny(&server).timeouts(limits(SHORT, LONG)).client().unwrap();
            let error = client.chat(&question()).await.unwrap_err();
            assert_eq!(error.kind, Timeout, "{block}");
            assert!(error.message.contains("no first token within"), "{}", error.message);
            assert_eq!(server.closed.recv().await.unwrap(), "/v1/chat/completions");
        }
    }

    #[tokio::test]
    async fn a_model_that_reasons_in_silence_has_the_patience_for_a_first_token() {
        // The role comes at once, the first word after minutes.
        let role = r#"{"model":"tiny","choices":[{"delta":{"role":"assistant","content":""},"finish_reason":""}]}"#;
        let events = [role, &crate::openai::says("{}"), STOP, "[DONE]"];
        let server = Server::start({
            let steps = sse(&events);
            move |_| steps.clone()
        })
        .await;
        let client = tiny(&server).client().unwrap();
        assert_eq!(client.chat(&question()).await.unwrap().text, "{}");

        let mut steps = sse(&[role]);
        steps.pop();
        steps.push(Step::AwaitClose);
        let (server, asked) = Server::hanging(steps).await;
        let client = tiny(&server).client().unwrap();
        let error = outwait(client.chat(&question()), asked).await.unwrap_err();
        assert!(
            error.message.contains("no first token within 600 s"),
            "{}",
            error.message
        );
    }
}
