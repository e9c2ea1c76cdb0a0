//! What stands between us and the model: it compresses, it repeats keys, it has a status of its own for everything.

use llm_ollama::Ollama;
use secrecy::SecretString;
use triage_core::TriageErrorKind::{Busy, Misconfigured, Timeout, Unavailable};
use triage_core::{Health, Triager};

use crate::faults::{DONE, failure_of, patient, question, says};
use crate::server::{Server, Step, head, small, whole};

/// The first bytes of any gzip file, and then some.
const GZIP: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\xae\xe5\x02\x00\n\x43\xbf\xa6";

#[tokio::test]
async fn a_compressed_answer_is_the_proxys_fault_and_a_head_that_lies_is_none() {
    for framing in [
        "Content-Encoding: gzip\r\nConnection: close",
        "Content-Encoding: br\r\nConnection: close",
    ] {
        let steps = vec![head(200, "application/x-ndjson", framing), Step::Send(GZIP.to_vec())];
        let server = Server::ollama(move |_| steps.clone()).await;
        let error = failure_of(&patient(&server)).await;
        assert_eq!(error.kind, Misconfigured);
        assert!(error.message.contains("compresses"), "{}", error.message);

        let plain = format!("{}\n{DONE}\n", says("{}"));
        let lies = vec![
            head(200, "application/x-ndjson", framing),
            Step::Send(plain.into_bytes()),
        ];
        let server = Server::ollama(move |_| lies.clone()).await;
        assert_eq!(patient(&server).chat(&question()).await.unwrap().text, "{}");
    }
    let server = Server::start(|_| {
        vec![
            head(200, "application/json", "Content-Encoding: gzip\r\nConnection: close"),
            Step::Send(GZIP.to_vec()),
        ]
    })
    .await;
    let Health::Misconfigured(why) = Ollama::builder(&server.url).build().unwrap().health().await else {
        panic!("nothing can be read")
    };
    assert!(why.contains("compresses"), "{why}");
}

#[tokio::test]
async fn whatever_a_head_calls_an_answer_its_lines_count() {
    for kind in [
        "text/plain",
        "application/json",
        "text/html; charset=utf-8",
        "application/octet-stream",
    ] {
        let body = format!("{}\n{DONE}\n", says("{}"));
        let server = Server::ollama(move |_| whole(200, kind, body.as_bytes())).await;
        assert_eq!(patient(&server).chat(&question()).await.unwrap().text, "{}", "{kind}");
    }
    // And a page is a page, whatever it is called and whatever stands before it.
    for page in ["\n\n  <!DOCTYPE html>\n<html>", "\u{feff}<html>log in</html>"] {
        let server = Server::ollama(move |_| whole(200, "application/x-ndjson", page.as_bytes())).await;
        assert_eq!(failure_of(&patient(&server)).await.kind, Misconfigured, "{page:?}");
    }
}

#[tokio::test]
async fn a_key_that_a_server_repeats_is_not_repeated_by_us() {
    let key = "sk-s3cr3t-0123456789abcdef";
    for body in [
        format!(r#"{{"error":{{"message":"Incorrect API key provided: {key}. Find yours at example.com"}}}}"#),
        format!("no such key: Bearer {key}"),
        // Cut where our quote ends.
        format!(r#"{{"error":"{}{key}"}}"#, "x ".repeat(92)),
        format!(r#"{{"error":"{key}"}}"#),
    ] {
        for status in [401, 403, 500] {
            let body = body.clone();
            let server = Server::ollama(move |_| whole(status, "application/json", body.as_bytes())).await;
            let ollama = Ollama::builder(&server.url)
                .bearer(SecretString::from(key))
                .build()
                .unwrap();
            let error = failure_of(ollama.client()).await;
            let shown = format!("{error} {error:?}");
            for part in [key, "s3cr3t", "0123456789", "sk-s"] {
                assert!(!shown.contains(part), "{shown}");
            }
        }
    }
}

#[tokio::test]
async fn every_status_says_whose_fault_it_is() {
    for (status, kind) in [
        (301, Misconfigured),
        (308, Misconfigured),
        (400, Misconfigured),
        (401, Misconfigured),
        (403, Misconfigured),
        (404, Misconfigured),
        (407, Misconfigured),
        (408, Timeout),
        (429, Busy),
        (499, Unavailable),
        (500, Unavailable),
        (502, Unavailable),
        (504, Timeout),
        (520, Unavailable),
        (524, Timeout),
        (529, Busy),
    ] {
        for body in [
            "",
            "<html><body>no</body></html>",
            r#"{"error":"no"}"#,
            "\u{0}\u{1}",
            "{\"error\":",
        ] {
            let server = Server::ollama(move |_| whole(status, "text/html", body.as_bytes())).await;
            assert_eq!(failure_of(&patient(&server)).await.kind, kind, "{status} {body:?}");
        }
    }
}

#[tokio::test]
async fn a_path_in_front_of_ollama_is_kept() {
    let server = Server::start(|seen| match seen.path.strip_prefix("/gpu/1") {
        Some("/api/chat") => whole(
            200,
            "application/x-ndjson",
            format!("{}\n{DONE}\n", says("{}")).as_bytes(),
        ),
        Some(path) => small(path),
        None => whole(404, "text/plain", b"404 page not found"),
    })
    .await;
    for end in [
        "/gpu/1",
        "/gpu/1/",
        "/gpu/1/api",
        "/gpu/1/api/generate",
        "/gpu/1/api/chat/",
    ] {
        let client = Ollama::builder(&format!("{}{end}", server.url)).client().unwrap();
        assert_eq!(client.chat(&question()).await.unwrap().text, "{}", "{end}");
    }
    let wrong = Ollama::builder(&format!("{}/elsewhere", server.url)).client().unwrap();
    let error = failure_of(&wrong).await;
    assert_eq!(error.kind, Misconfigured);
    assert!(error.message.contains("no such API"), "{}", error.message);
}
