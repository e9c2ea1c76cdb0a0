//! A worker between IRIS and model servers that misbehave, each in its own way: what becomes of the alert.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::backends::{ANSWER, pending};
use crate::stage::text;

const END: &str =
    r#"{"message":{"content":""},"done":true,"done_reason":"stop","prompt_eval_count":900,"eval_count":200}"#;

/// How a server answers the question about an alert; the connection is closed behind it.
#[derive(Clone)]
enum Way {
    Says(Vec<u8>),
    /// Says this and nothing more, until the worker hangs up.
    ThenSilence(Vec<u8>),
    /// Says this, then one byte after the other, until the worker hangs up.
    ThenDrips(Vec<u8>),
    /// Says this, then this block without end.
    ThenFloods(Vec<u8>, Vec<u8>),
}

use Way::{Says, ThenDrips, ThenFloods, ThenSilence};

fn head(status: u16, more: &str) -> String {
    format!("HTTP/1.1 {status} X\r\nConnection: close\r\n{more}\r\n")
}

fn says(content: &str) -> String {
    json!({"model": "m", "message": {"role": "assistant", "content": content}, "done": false}).to_string()
}

fn lines(lines: &[&str]) -> Way {
    let body = lines.join("\n");
    Says(format!("{}{body}\n", head(200, "Content-Type: application/x-ndjson\r\n")).into_bytes())
}

fn page(status: u16) -> Way {
    Says((head(status, "Content-Type: text/html\r\n") + "<html><body>proxy</body></html>").into_bytes())
}

/// Starts a model server that is in order up to the question; every further question is answered in the last way.
fn server(ways: Vec<Way>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/api/generate", listener.local_addr().unwrap());
    let (ways, asked) = (Arc::new(ways), Arc::new(AtomicUsize::new(0)));
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let (mut socket, ways, asked) = (socket.unwrap(), Arc::clone(&ways), Arc::clone(&asked));
            std::thread::spawn(move || {
                // The worker hangs up where it has had enough.
                let _ = serve(&mut socket, &ways, &asked);
            });
        }
    });
    url
}

fn serve(socket: &mut TcpStream, ways: &[Way], asked: &AtomicUsize) -> std::io::Result<()> {
    let (path, body) = read(socket)?;
    let details = json!({"family": "llama"});
    let small = match path.as_str() {
        "/api/version" => json!({"version": "0.33.0"}),
        "/api/tags" | "/api/ps" => json!({"models": [{"name": "m:latest", "digest": "6f", "context_length": 4096}]}),
        "/api/show" => json!({"template": "{{ .Prompt }}", "capabilities": ["completion"], "details": details}),
        _ => Value::Null,
    };
    if small != Value::Null {
        return write!(socket, "{}{small}", head(200, "Content-Type: application/json\r\n"));
    }
    let question = body["messages"][1]["content"].as_str().is_some_and(|user| user != ".");
    if !question {
        return writeln!(socket, "{}{END}", head(200, ""));
    }
    let number = asked.fetch_add(1, Ordering::Relaxed);
    match &ways[number.min(ways.len() - 1)] {
        Says(bytes) => socket.write_all(bytes),
        ThenSilence(bytes) => {
            socket.write_all(bytes)?;
            socket.read_to_end(&mut Vec::new()).map(|_| ())
        }
        ThenDrips(bytes) => {
            socket.write_all(bytes)?;
            loop {
                socket.write_all(b"x")?;
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        ThenFloods(bytes, block) => {
            socket.write_all(bytes)?;
            loop {
                socket.write_all(block)?;
            }
        }
    }
}

fn read(socket: &mut TcpStream) -> std::io::Result<(String, Value)> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        socket.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    socket.read_exact(&mut body)?;
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    Ok((path, serde_json::from_slice(&body).unwrap_or_default()))
}

/// Lets a worker drain one alert with this server; gives the workflow tag that the alert has then, and what the worker said.
async fn tag_after(ways: Vec<Way>) -> (String, String) {
    let stage = pending().await;
    let output = stage
        .worker_command(&["--once"])
        .env("OLLAMA_URL", server(ways))
        .env("OLLAMA_MODEL", "m")
        .env("OLLAMA_TIMEOUT", "1")
        .env("WAZUH_IRIS_OLLAMA_FIRST_TOKEN_SECONDS", "2")
        .env("AI_WORKER_DEADLINE_SECONDS", "5")
        .env("AI_WORKER_LEASE_SECONDS", "12")
        .env("AI_WORKER_SETTLE_MS", "300")
        .output()
        .unwrap();
    let alert = stage.iris.alerts().remove(0);
    let mut found = ["ai-pending", "ai-processing", "ai-reviewed", "ai-failed"].map(|tag| (tag, alert.has_tag(tag)));
    found.sort_by_key(|(_, has)| !has);
    assert!(found[0].1 && !found[1].1, "exactly one of them: {:?}", alert.tags);
    (found[0].0.to_owned(), text(&output))
}

async fn all_end_in(tag: &str, ways: Vec<(&str, Vec<Way>)>) {
    for (name, ways) in ways {
        let (ended, said) = tag_after(ways).await;
        assert_eq!(ended, tag, "{name}: {said}");
        // An answer's words are in the note, and nowhere else.
        assert!(!said.contains("Judged by"), "{name}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_found_however_it_comes() {
    let fenced = format!("Sure:\n```json\n{ANSWER}\n```\nI hope that helps.");
    let leaked = format!("Hm, {{maybe}}.\n</think>\n\n{ANSWER}");
    let thought = json!({"message": {"content": "", "thinking": ANSWER}, "done": false}).to_string();
    let mislabelled = head(200, "Content-Type: text/html\r\nContent-Encoding: gzip\r\n");
    all_end_in(
        "ai-reviewed",
        vec![
            ("plain", vec![lines(&[&says(ANSWER), END])]),
            ("fenced", vec![lines(&[&says(&fenced), END])]),
            ("after a thought", vec![lines(&[&says(&leaked), END])]),
            ("in the thought", vec![lines(&[&thought, END])]),
            ("with blank lines", vec![lines(&["", &says(ANSWER), "", END])]),
            (
                "with a head that lies",
                vec![Says(format!("{mislabelled}{}\n{END}\n", says(ANSWER)).into_bytes())],
            ),
            (
                "at the second try",
                vec![lines(&[&says("I cannot."), END]), lines(&[&says(ANSWER), END])],
            ),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_no_use_ends_in_the_note_of_the_rules() {
    let begun = format!("{}{}\n", head(200, ""), says("{"));
    let twice = says(&format!("{ANSWER}{ANSWER}"));
    let cut = END.replace("stop", "length");
    all_end_in(
        "ai-failed",
        vec![
            ("two objects", vec![lines(&[&twice, END])]),
            ("nothing", vec![lines(&[END])]),
            ("cut off", vec![lines(&[&says(&ANSWER[..100]), &cut])]),
            ("no end", vec![lines(&[&says(ANSWER)])]),
            ("not done", vec![lines(&[&says(ANSWER), r#"{"done":false}"#])]),
            ("no first token", vec![ThenSilence(Vec::new())]),
            ("a head and no token", vec![ThenSilence(head(200, "").into_bytes())]),
            ("silence in the middle", vec![ThenSilence(begun.clone().into_bytes())]),
            ("a drip", vec![ThenDrips(begun.into_bytes())]),
            (
                "a line without end",
                vec![ThenFloods(head(200, "").into_bytes(), vec![b'a'; 1 << 16])],
            ),
            (
                "words without end",
                vec![ThenFloods(
                    head(200, "").into_bytes(),
                    format!("{}\n", says(&"word ".repeat(50))).into_bytes(),
                )],
            ),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_the_servers_fault_is_not_charged_to_the_alert() {
    let broken = r#"{"error":"llama runner process has terminated: signal: killed"}"#;
    let busy = head(503, "") + r#"{"error":"server busy, please try again.  maximum pending requests exceeded"}"#;
    let elsewhere =
        json!({"remote_host": "https://ollama.com:443", "message": {"content": ANSWER}, "done": false}).to_string();
    let gzip = [
        head(200, "Content-Encoding: gzip\r\n").as_bytes(),
        b"\x1f\x8b\x08\x00\xff\xfe",
    ]
    .concat();
    let mut ways = vec![
        ("an error in the middle", vec![lines(&[&says("{"), broken])]),
        ("an error before", vec![lines(&[broken])]),
        ("busy", vec![Says(busy.into_bytes())]),
        ("another host", vec![lines(&[&elsewhere, END])]),
        ("compressed", vec![Says(gzip)]),
        ("nonsense", vec![lines(&["not JSON"])]),
        ("a web page", vec![page(200)]),
    ];
    for (status, name) in [
        (301, "301"),
        (401, "401"),
        (403, "403"),
        (404, "404"),
        (429, "429"),
        (502, "502"),
        (503, "503"),
    ] {
        ways.push((name, vec![page(status)]));
    }
    all_end_in("ai-processing", ways).await;
}
