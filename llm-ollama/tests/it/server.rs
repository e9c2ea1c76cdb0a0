//! A server that answers exactly the bytes it is told to, and says what it was asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// One request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// One thing the server does after it has read a request.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Send(Vec<u8>),
    /// Sends one block so many times.
    Flood(Vec<u8>, usize),
    /// Sends one block again and again, with a pause, until the client closes the connection; reports that.
    Drip(Vec<u8>),
    /// Waits until the client closes the connection, and reports that.
    AwaitClose,
    /// Closes with a reset instead of an orderly end.
    Reset,
}

/// A running server; it stops with the test's runtime.
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) seen: Arc<Mutex<Vec<Seen>>>,
    pub(crate) closed: mpsc::UnboundedReceiver<String>,
}

impl Server {
    pub(crate) async fn start(answer: impl Fn(&Seen) -> Vec<Step> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (report, closed) = mpsc::unbounded_channel();
        let (answer, log) = (Arc::new(answer), Arc::clone(&seen));
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (answer, log, report) = (Arc::clone(&answer), Arc::clone(&log), report.clone());
                tokio::spawn(async move {
                    let _ = serve(socket, &*answer, &log, &report).await;
                });
            }
        });
        Self { url, seen, closed }
    }

    /// A server for the small calls, with this answer to `/api/chat`.
    pub(crate) async fn ollama(chat: impl Fn(&Seen) -> Vec<Step> + Send + Sync + 'static) -> Self {
        Self::start(move |seen| match seen.path.as_str() {
            "/api/chat" => chat(seen),
            path => small(path),
        })
        .await
    }

    /// A server that does this with a chat and says so, for calls that end by themselves while it hangs.
    pub(crate) async fn hanging(steps: Vec<Step>) -> (Self, mpsc::UnboundedReceiver<()>) {
        let (asked, waiting) = mpsc::unbounded_channel();
        let server = Self::start(move |seen| {
            if !seen.path.contains("/chat") {
                return small(&seen.path);
            }
            asked.send(()).unwrap();
            steps.clone()
        })
        .await;
        (server, waiting)
    }

    pub(crate) fn asked(&self, path: &str) -> Vec<Seen> {
        self.seen
            .lock()
            .unwrap()
            .iter()
            .filter(|seen| seen.path == path)
            .cloned()
            .collect()
    }
}

async fn serve(
    mut socket: TcpStream,
    answer: &(impl Fn(&Seen) -> Vec<Step> + Send + Sync),
    log: &Mutex<Vec<Seen>>,
    report: &mpsc::UnboundedSender<String>,
) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if socket.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
    let length = head
        .lines()
        .find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length:")
                .map(|n| n.trim().parse().unwrap())
        })
        .unwrap_or(0);
    while bytes.len() < head_end + length {
        if socket.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
    }
    let seen = Seen {
        path: head.split(' ').nth(1).unwrap().to_owned(),
        body: bytes[head_end..].to_vec(),
        head,
    };
    log.lock().unwrap().push(seen.clone());
    for step in answer(&seen) {
        match step {
            Step::Send(bytes) => {
                socket.write_all(&bytes).await?;
                socket.flush().await?;
            }
            Step::Flood(block, times) => {
                for _ in 0..times {
                    if socket.write_all(&block).await.is_err() {
                        let _ = report.send(seen.path.clone());
                        return Ok(());
                    }
                }
            }
            Step::Drip(block) => {
                let mut pause = tokio::time::interval(Duration::from_millis(10));
                loop {
                    pause.tick().await;
                    if socket.write_all(&block).await.is_err() {
                        let _ = report.send(seen.path.clone());
                        return Ok(());
                    }
                }
            }
            Step::AwaitClose => {
                let mut rest = [0; 64];
                while matches!(socket.read(&mut rest).await, Ok(read) if read > 0) {}
                let _ = report.send(seen.path.clone());
                return Ok(());
            }
            Step::Reset => {
                socket.set_zero_linger()?;
                return Ok(());
            }
        }
    }
    socket.shutdown().await
}

pub(crate) fn recording(name: &str) -> Value {
    let path = format!("{}/tests/fixtures/ollama/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// What a real Ollama says about itself.
pub(crate) fn small(path: &str) -> Vec<Step> {
    let name = match path {
        "/api/show" => "show_ok",
        "/api/tags" => "tags_ok",
        "/api/ps" => "ps_loaded",
        "/api/version" => "version_ok",
        _ => "unknown_path_404",
    };
    recorded(&recording(name)["response"])
}

/// Answers as a recording says, on the wire as well: line by line in chunks where it was a stream.
pub(crate) fn recorded(response: &Value) -> Vec<Step> {
    let status = response["status"].as_u64().unwrap();
    let kind = response["headers"]["Content-Type"].as_str().unwrap_or("text/plain");
    if let Some(lines) = response["lines"].as_array() {
        let mut lines: Vec<&str> = lines.iter().map(|line| line.as_str().unwrap()).collect();
        // The last one is what came after the last line end.
        let rest = lines.pop().unwrap();
        let mut steps = vec![head(status, kind, "Transfer-Encoding: chunked")];
        steps.extend(lines.iter().map(|line| chunk(format!("{line}\n").as_bytes())));
        if !rest.is_empty() {
            steps.push(chunk(format!("{rest}\n").as_bytes()));
        }
        steps.push(chunk(b""));
        return steps;
    }
    let body = match &response["body"] {
        Value::Null => response["body_raw"].as_str().unwrap().as_bytes().to_vec(),
        body => serde_json::to_vec(body).unwrap(),
    };
    whole(status, kind, &body)
}

pub(crate) fn whole(status: u64, kind: &str, body: &[u8]) -> Vec<Step> {
    vec![
        head(status, kind, &format!("Content-Length: {}", body.len())),
        Step::Send(body.to_vec()),
    ]
}

pub(crate) fn head(status: u64, kind: &str, framing: &str) -> Step {
    Step::Send(format!("HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{framing}\r\n\r\n").into_bytes())
}

/// One chunk; an empty one ends the body in order.
pub(crate) fn chunk(bytes: &[u8]) -> Step {
    let mut framed = format!("{:x}\r\n", bytes.len()).into_bytes();
    framed.extend_from_slice(bytes);
    framed.extend_from_slice(b"\r\n");
    Step::Send(framed)
}

/// A streamed answer of these lines, ended in order.
pub(crate) fn streamed(lines: &[&str]) -> Vec<Step> {
    let mut steps = vec![head(200, "application/x-ndjson", "Transfer-Encoding: chunked")];
    steps.extend(lines.iter().map(|line| chunk(format!("{line}\n").as_bytes())));
    steps.push(chunk(b""));
    steps
}

/// Waits until a server has got a call, then lets time pass until the call ends: nothing is slept through.
pub(crate) async fn outwait<T>(call: impl Future<Output = T>, mut asked: mpsc::UnboundedReceiver<()>) -> T {
    tokio::pin!(call);
    tokio::select! {
        _ = &mut call => panic!("ended although nothing answers"),
        _ = asked.recv() => {}
    }
    tokio::time::pause();
    let ended = call.await;
    tokio::time::resume();
    ended
}
