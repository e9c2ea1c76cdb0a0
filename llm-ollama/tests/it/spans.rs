//! What a log may hold: names, counts, times.

use std::io::Write;
use std::sync::{Arc, Mutex};

use llm_ollama::{ChatRequest, Ollama};
use secrecy::SecretString;
use serde_json::Value;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::server::{Server, recorded, recording, whole};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_span_holds_counts_and_never_a_word() {
    // Whether a span is wanted is remembered for the whole process, and other tests want none.
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    let done = child
        .args(["--exact", "spans::in_a_process_that_logs", "--ignored"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
#[ignore = "is run by the test above, in a process of its own"]
async fn in_a_process_that_logs() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(move || writer.clone())
        .finish();
    let _default = tracing::subscriber::set_default(subscriber);

    let answered = recording("chat_verdict_stream_ok");
    let server = Server::ollama(move |seen| {
        if String::from_utf8_lossy(&seen.body).contains("fail") {
            return whole(
                500,
                "application/json",
                &[br#"{"error":"near "#.as_slice(), &seen.body[..9], b"\"}"].concat(),
            );
        }
        recorded(&answered["response"])
    })
    .await;
    let client = Ollama::builder(&server.url)
        .model("tiny-go")
        .bearer(SecretString::from("s3cret-key"))
        .client()
        .unwrap();
    let answer = client
        .chat(&ChatRequest::new("system-canary", "user-canary", "{}"))
        .await
        .unwrap();
    client
        .chat(&ChatRequest::new("system-canary", "user-canary fail", "{}"))
        .await
        .unwrap_err();

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let spans: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|line| line["fields"]["message"] == "close" && line["span"]["name"] == "chat")
        .map(|line| line["span"].clone())
        .collect();
    assert_eq!(spans.len(), 2);
    let (good, bad) = (&spans[0], &spans[1]);
    assert_eq!(good["gen_ai.operation.name"], "chat");
    assert_eq!(good["gen_ai.provider.name"], "ollama");
    assert_eq!(good["gen_ai.request.model"], "tiny-go");
    assert_eq!(good["gen_ai.request.max_tokens"], 700);
    assert_eq!(
        (&good["gen_ai.usage.input_tokens"], &good["gen_ai.usage.output_tokens"]),
        (&95.into(), &121.into())
    );
    assert_eq!(bad["error.type"], "Unavailable");
    let word = answer.text.split_whitespace().max_by_key(|word| word.len()).unwrap();
    for secret in ["canary", "s3cret", word] {
        let line = text.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
}
