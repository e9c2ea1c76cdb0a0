//! Servers that are not where they are looked for: the error says where that was, why, and what to do, and nothing private.

use llm_ollama::Ollama;
#[cfg(feature = "openai")]
use llm_ollama::openai::OpenAi;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use triage_core::{Health, Triager};

async fn down(triager: &impl Triager) -> String {
    match triager.health().await {
        Health::Down(why) => why,
        other => panic!("{other:?}"),
    }
}

async fn ollama(url: &str) -> String {
    down(&Ollama::builder(url).model("tiny-go").build().unwrap()).await
}

/// An address that nobody listens on.
async fn nobody() -> String {
    TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string()
}

/// A server that says this to whatever comes first.
async fn saying(words: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let _ = socket.read(&mut [0; 1024]).await;
            let _ = socket.write_all(words).await;
        }
    });
    address
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_named_with_the_cause_and_what_to_do() {
    let refusing = nobody().await;
    let plain = saying(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
    for (url, origin, why) in [
        (
            format!("http://{refusing}/hunter2"),
            format!("http://{refusing}:"),
            "refused",
        ),
        (
            "http://nosuch-7f3a91.internal".to_owned(),
            "http://nosuch-7f3a91.internal:80:".to_owned(),
            "lookup",
        ),
        (
            "nosuch-7f3a91.internal".to_owned(),
            "http://nosuch-7f3a91.internal:11434:".to_owned(),
            "lookup",
        ),
        (
            "https://nosuch-7f3a91.internal/".to_owned(),
            "https://nosuch-7f3a91.internal:443:".to_owned(),
            "lookup",
        ),
    ] {
        let said = ollama(&url).await;
        for words in [
            &*format!("cannot be reached at {origin} "),
            why,
            "`ollama serve`",
            "OLLAMA_URL",
        ] {
            assert!(said.contains(words), "{words}: {said}");
        }
        assert!(!said.contains("hunter2"), "{said}");
    }
    // Where this system trusts no authority at all, nothing is sent.
    if let Ok(built) = Ollama::builder(&format!("https://{plain}")).model("tiny-go").build() {
        let said = down(&built).await;
        assert!(
            said.contains(&format!("https://{plain}")) && said.contains("does not speak TLS"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn a_server_that_does_not_speak_http_is_named_with_the_cause() {
    // What a server for TLS says to one who begins with a line of text.
    let address = saying(b"\x15\x03\x01\x00\x02\x02\x46").await;
    let said = ollama(&format!("http://{address}")).await;
    assert!(
        said.starts_with(&format!("Ollama broke the connection at http://{address}: ")),
        "{said}"
    );
    assert!(!said.ends_with(": "), "{said}");
}

#[cfg(feature = "openai")]
#[tokio::test]
async fn another_server_is_not_told_to_be_ollama() {
    let address = nobody().await;
    let openai = OpenAi::builder(&format!("http://{address}/v1/hunter2"))
        .model("m")
        .build()
        .unwrap();
    let said = down(&openai).await;
    let begin = format!("the model server cannot be reached at http://{address}: ");
    assert!(said.starts_with(&begin) && said.contains("start it there"), "{said}");
    assert!(
        !said.to_lowercase().contains("ollama") && !said.contains("hunter2"),
        "{said}"
    );
}
