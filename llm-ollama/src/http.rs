//! The HTTP client below both backends: no redirects, no proxy to our own network, bounded bodies.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, HeaderMap, HeaderValue};
use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, pem::PemObject};
use rustls_platform_verifier::{BuilderVerifierExt, Verifier};
use secrecy::{ExposeSecret, SecretString};
use triage_core::{TriageError, TriageErrorKind};

use crate::address::Address;

/// What is read of an error's body.
const LONGEST_ERROR: usize = 64 * 1024;

/// Builds the client for one server.
pub(crate) fn client(
    address: &Address,
    connect: Duration,
    bearer: Option<&SecretString>,
    ca_pem: Option<&[u8]>,
) -> Result<reqwest::Client, TriageError> {
    if bearer.is_some() && !address.is_local() && !address.is_encrypted() {
        return Err(misconfigured("the key would travel in the clear: use https"));
    }
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls(address, ca_pem)?)
        // An alert goes where a person said, and nowhere that a server says.
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(connect)
        // Warming up has no deadline; this ends it when the other host is gone.
        .tcp_keepalive(Duration::from_secs(30))
        // One call a minute gains nothing from a kept connection, and a stale one fails.
        .pool_max_idle_per_host(0)
        .default_headers(headers(bearer)?)
        .user_agent(concat!("wazuh-iris/", env!("CARGO_PKG_VERSION")));
    if address.is_local() {
        // HTTP_PROXY would carry alerts for our own network somewhere else.
        builder = builder.no_proxy();
    }
    builder
        .build()
        .map_err(|error| misconfigured("the HTTP client cannot be built").caused_by(error.without_url()))
}

fn headers(bearer: Option<&SecretString>) -> Result<HeaderMap, TriageError> {
    let mut headers = HeaderMap::new();
    if let Some(bearer) = bearer {
        let mut value = HeaderValue::try_from(format!("Bearer {}", bearer.expose_secret().trim()))
            .map_err(|_| misconfigured("the key holds a character that cannot be sent"))?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    Ok(headers)
}

fn tls(address: &Address, ca_pem: Option<&[u8]>) -> Result<ClientConfig, TriageError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| misconfigured("TLS cannot be set up").caused_by(error))?;
    let no_roots = |error: rustls::Error| misconfigured("TLS has no roots to trust: give a CA file").caused_by(error);
    if !address.is_encrypted() {
        // Without redirects it is never used, and a container without root certificates can still speak plain HTTP.
        return Ok(builder
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth());
    }
    let Some(pem) = ca_pem else {
        return Ok(builder
            .with_platform_verifier()
            .map_err(no_roots)?
            .with_no_client_auth());
    };
    let extra: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|error| misconfigured("the CA file is not PEM").caused_by(error))?;
    if extra.is_empty() {
        return Err(misconfigured("the CA file holds no certificate"));
    }
    let verifier = Verifier::new_with_extra_roots(extra, provider).map_err(no_roots)?;
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

/// Says whether the head calls the body compressed, which we do not ask for; some heads lie.
pub(crate) fn is_compressed(response: &reqwest::Response) -> bool {
    let coding = response.headers().get(CONTENT_ENCODING);
    coding.is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// Reads an error's body as far as it matters; what breaks on the way is left out.
pub(crate) async fn error_body(response: reqwest::Response) -> Vec<u8> {
    body(response, LONGEST_ERROR).await.unwrap_or_else(|(read, _)| read)
}

/// Reads a body of at most `most` bytes. The error holds what had been read.
pub(crate) async fn body(
    mut response: reqwest::Response,
    most: usize,
) -> Result<Vec<u8>, (Vec<u8>, Option<reqwest::Error>)> {
    let mut read = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(piece)) if read.len() + piece.len() > most => {
                read.extend_from_slice(&piece[..most - read.len()]);
                return Err((read, None));
            }
            Ok(Some(piece)) => read.extend_from_slice(&piece),
            Ok(None) => return Ok(read),
            Err(error) => return Err((read, Some(error))),
        }
    }
}

fn misconfigured(what: &str) -> TriageError {
    TriageError::new(TriageErrorKind::Misconfigured, what)
}
