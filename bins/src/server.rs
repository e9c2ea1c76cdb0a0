//! Takes HTTP connections in the background: the webhook, and `/healthz` with its neighbours.

mod patient;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use patient::Patient;

/// Takes connections, so many at once and none for ever: whoever opens many and says nothing, or does not listen, keeps only other
/// clients waiting.
///
/// `patience` is how long a client may take for the head of a request and to take an answer, and how long its connection may lie idle.
/// A client that asks again and again keeps its connection as long as there is a place for others; when there is none, its next
/// answer is the last one.
pub(crate) async fn serve(listener: TcpListener, routes: Router, connections: usize, patience: Duration) {
    let free = Arc::new(Semaphore::new(connections));
    let places = Arc::clone(&free);
    let routes = routes.layer(map_response(move |mut answer: Response| {
        if places.available_permits() == 0 {
            let close = HeaderValue::from_static("close");
            answer.headers_mut().insert(header::CONNECTION, close);
        }
        std::future::ready(answer)
    }));
    while let Ok(place) = Arc::clone(&free).acquire_owned().await {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "cannot take a connection");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let service = TowerToHyperService::new(routes.clone());
        let stream = TokioIo::new(Patient::new(stream, patience));
        tokio::spawn(async move {
            let mut server = http1::Builder::new();
            server.timer(TokioTimer::new()).header_read_timeout(patience);
            if let Err(error) = server.serve_connection(stream, service).await {
                tracing::debug!(%error, "a connection broke off");
            }
            drop(place);
        });
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn a_connection_that_never_ends_its_head_is_closed() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, Router::new(), 64, Duration::from_millis(20)));
        for said in ["", "POST /findings HTTP/1.1\r\nX: "] {
            let mut sender = tokio::net::TcpStream::connect(address).await.unwrap();
            sender.write_all(said.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            let closed = tokio::time::timeout(PATIENCE, sender.read_to_end(&mut answer)).await;
            assert!(closed.is_ok(), "{said:?}");
        }
    }

    #[tokio::test]
    async fn a_client_that_asks_and_never_reads_is_let_go() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new().fallback(|| async { "x".repeat(1 << 20) });
        tokio::spawn(serve(listener, routes, 1, Duration::from_millis(50)));
        let deaf = tokio::net::TcpSocket::new_v4().unwrap();
        deaf.set_recv_buffer_size(4096).unwrap();
        let mut deaf = deaf.connect(address).await.unwrap();
        deaf.write_all(&b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(64))
            .await
            .unwrap();
        let mut sender = tokio::net::TcpStream::connect(address).await.unwrap();
        sender.write_all(b"GET / HTTP/1.0\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        let answered = tokio::time::timeout(PATIENCE, sender.read_to_end(&mut answer)).await;
        assert!(answered.is_ok() && answer.len() > 1 << 20, "{}", answer.len());
        drop(deaf);
    }

    #[tokio::test]
    async fn a_client_that_goes_on_asking_keeps_its_connection_only_while_there_is_room_for_others() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new().route("/metrics", axum::routing::get(|| async { "all well" }));
        tokio::spawn(serve(listener, routes, 3, PATIENCE));
        for (path, text) in [("/metrics", "all well"), ("/x", "404")] {
            let mut asker = tokio::net::TcpStream::connect(address).await.unwrap();
            for _ in 0..3 {
                let answer = ask(&mut asker, path).await;
                assert!(
                    answer.contains(text) && !answer.contains("connection: close"),
                    "{answer}"
                );
            }
            // Takes the last place but the one that is kept for whoever comes next.
            let silent = tokio::net::TcpStream::connect(address).await.unwrap();
            let told = async { while !ask(&mut asker, path).await.contains("connection: close") {} };
            tokio::time::timeout(PATIENCE, told).await.unwrap();
            assert_eq!(asker.read(&mut [0; 1]).await.unwrap(), 0);
            drop(silent);
        }
    }

    /// An answer whose length is below what fits into one packet.
    async fn ask(client: &mut tokio::net::TcpStream, path: &str) -> String {
        let request = format!(
            "GET {path} HTTP/1.1
Host: x

"
        );
        client.write_all(request.as_bytes()).await.unwrap();
        let mut answer = vec![0; 4096];
        let length = client.read(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer[..length]).to_lowercase()
    }

    #[tokio::test]
    async fn however_many_connect_only_so_many_are_taken_at_once() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, Router::new(), 2, PATIENCE));
        let mut silent = Vec::new();
        for _ in 0..2 {
            silent.push(tokio::net::TcpStream::connect(address).await.unwrap());
        }
        let mut sender = tokio::net::TcpStream::connect(address).await.unwrap();
        sender.write_all(b"GET / HTTP/1.0\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        let early = tokio::time::timeout(Duration::from_millis(50), sender.read_to_end(&mut answer)).await;
        assert!(early.is_err(), "it waits");
        drop(silent);
        sender.read_to_end(&mut answer).await.unwrap();
        assert!(
            answer.starts_with(b"HTTP/1.0 404"),
            "{}",
            String::from_utf8_lossy(&answer)
        );
    }
}
