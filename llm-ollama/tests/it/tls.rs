//! Certificates: one that is not trusted is a person's business, not a broken line.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use llm_ollama::{ChatRequest, Ollama};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, Stream};
use triage_core::{Health, TriageErrorKind, Triager};

use crate::server::recording;

/// Starts a server with a certificate of its own; gives its address and that certificate.
fn start() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            // A client that does not trust the certificate hangs up here.
            let _ = answer(&mut Stream::new(&mut connection, &mut socket));
        }
    });
    (url, made.cert.pem())
}

fn answer(stream: &mut impl ReadWrite) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body)?;
    let name = match head.split(' ').nth(1).unwrap() {
        "/api/show" => "show_ok",
        "/api/ps" => "ps_loaded",
        "/api/tags" => "tags_ok",
        "/api/version" => "version_ok",
        _ => "chat_verdict_ok",
    };
    let body = recording(name)["response"]["body"].to_string();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    stream.flush()
}

trait ReadWrite: Read + Write {}
impl<T: Read + Write> ReadWrite for T {}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_for_a_person_to_settle() {
    let (url, _) = start();
    let built = Ollama::builder(&url).model("tiny-go").build();
    // Where the operating system trusts nobody at all, it is said before anything is sent.
    let Ok(ollama) = built else {
        assert_eq!(built.unwrap_err().kind, TriageErrorKind::Misconfigured);
        return;
    };
    let Health::Misconfigured(what) = ollama.health().await else {
        panic!("nobody vouches for it")
    };
    assert!(what.contains("certificate") && what.contains("CA"), "{what}");
}

#[tokio::test]
async fn a_certificate_of_our_own_ca_is_trusted_when_it_is_given() {
    let (url, pem) = start();
    let ollama = Ollama::builder(&url).model("tiny-go").ca_pem(pem).build().unwrap();
    assert_eq!(ollama.health().await, Health::Ready);
    ollama.client().chat(&ChatRequest::new("", "", "{}")).await.unwrap();
    for nonsense in ["", "no PEM at all"] {
        let error = Ollama::builder(&url).ca_pem(nonsense).build().unwrap_err();
        assert_eq!(error.kind, TriageErrorKind::Misconfigured);
    }
}
