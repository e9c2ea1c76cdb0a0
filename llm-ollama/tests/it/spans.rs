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

/// Hears everything that this thread says, the libraries below included.
fn listen() -> (Log, tracing::subscriber::DefaultGuard) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_writer(move || writer.clone())
        .finish();
    (log, tracing::subscriber::set_default(subscriber))
}

#[test]
fn a_span_holds_counts_and_never_a_word() {
    alone("spans::in_a_process_that_logs");
}

#[test]
fn no_recording_brings_a_word_of_question_or_answer_into_a_log_or_an_error() {
    alone("spans::in_a_process_that_replays");
}

fn alone(test: &str) {
    // Whether a span is wanted is remembered for the whole process, and other tests want none.
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    let done = child.args(["--exact", test, "--ignored"]).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
#[ignore = "is run by the test above, in a process of its own"]
async fn in_a_process_that_logs() {
    let (log, _default) = listen();
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

/// Names of all recordings of an endpoint.
fn recordings_of(path: &str) -> Vec<(String, Value)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/ollama");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let names = files.filter(|file| file.extension().is_some_and(|end| end == "json"));
    names
        .map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned())
        .map(|name| (name.clone(), recording(&name)))
        .filter(|(_, recording)| recording["request"]["path"] == path)
        .collect()
}

/// The longest words of an answer as a model wrote it, whole or token by token.
fn words_of(response: &Value) -> Vec<String> {
    fn said(value: &Value) -> String {
        let text = |pointer: &str| {
            value
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        [
            "/message/content",
            "/message/thinking",
            "/choices/0/message/content",
            "/choices/0/delta/content",
        ]
        .map(text)
        .concat()
    }
    let lines = response["lines"].as_array().into_iter().flatten();
    let lines = lines.filter_map(|line| {
        let line = line.as_str()?;
        serde_json::from_str::<Value>(line.strip_prefix("data: ").unwrap_or(line)).ok()
    });
    let whole: String = lines
        .chain([response["body"].clone()])
        .map(|value| said(&value))
        .collect();
    let mut words: Vec<String> = whole
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.len() >= 7)
        .map(str::to_owned)
        .collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words.truncate(20);
    words
}

#[tokio::test]
#[ignore = "is run by a test above, in a process of its own"]
async fn in_a_process_that_replays() {
    let (log, _default) = listen();
    // Words of every log, such as `address`, are nobody's answer.
    let silent = Server::ollama(|_| whole(503, "text/plain", b"")).await;
    let ollama = Ollama::builder(&silent.url).model("tiny-go").client().unwrap();
    ollama.chat(&ChatRequest::new("", "", "{}")).await.unwrap_err();
    let ordinary = String::from_utf8(std::mem::take(&mut *log.0.lock().unwrap())).unwrap();

    let mut spans = 0;
    let mut words = 0;
    let mut check = |name: &str, response: &Value, errors: String, path: &str| {
        let text = String::from_utf8(std::mem::take(&mut *log.0.lock().unwrap())).unwrap();
        let closed = text.lines().filter(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            line["fields"]["message"] == "close" && line["span"]["name"] == "chat"
        });
        assert_eq!(closed.count(), 1, "{path} {name}");
        spans += 1;
        let mut answer = words_of(response);
        answer.retain(|word| !ordinary.contains(word));
        words += answer.len();
        let forbidden = answer.iter().map(String::as_str).chain(["canary", "s3cret"]);
        for word in forbidden {
            for said in text.lines().chain([errors.as_str()]) {
                assert!(!said.contains(word), "{path} {name}: {word} is in {said}");
            }
        }
    };
    let question = || ChatRequest::new("system-canary", "user-canary", r#"{"type":"object"}"#);
    for (name, recording) in recordings_of("/api/chat") {
        let response = recording["response"].clone();
        let server = Server::ollama({
            let response = response.clone();
            move |_| recorded(&response)
        })
        .await;
        let client = Ollama::builder(&server.url)
            .model("tiny-go")
            .bearer(SecretString::from("s3cret-key"));
        let answered = client.client().unwrap().chat(&question()).await;
        let errors = answered
            .err()
            .map(|error| format!("{error} {error:?}"))
            .unwrap_or_default();
        check(&name, &response, errors, "/api/chat");
    }
    #[cfg(feature = "openai")]
    for (name, recording) in recordings_of("/v1/chat/completions") {
        let response = recording["response"].clone();
        let server = Server::start({
            let response = response.clone();
            move |_| recorded(&response)
        })
        .await;
        let client = crate::openai::tiny(&server).key(SecretString::from("s3cret-key"));
        let answered = client.client().unwrap().chat(&question()).await;
        let errors = answered
            .err()
            .map(|error| format!("{error} {error:?}"))
            .unwrap_or_default();
        check(&name, &response, errors, "/v1/chat/completions");
    }
    println!("{spans} spans, {words} words looked for");
    assert!(spans >= 100 && words >= 20, "{spans} spans, {words} words");
}
