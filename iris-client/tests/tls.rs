//! Whom the client believes, against a sandbox behind certificates.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::{io::Write, sync::Arc};

use iris_client::{Error, IrisClient, RetryPolicy, TlsMode, sandbox::Sandbox};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::{
    SupportedProtocolVersion,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer},
    sign::{CertifiedKey, SingleCertAndKey},
    version::{TLS12, TLS13},
};
use sha2::{Digest, Sha256};

struct Shown {
    iris: Sandbox,
    fingerprint: String,
}

/// A certificate like the one that IRIS ships with: self-signed, no name that TLS looks at, expired in 2022.
fn stock() -> (CertificateDer<'static>, KeyPair) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, "iriswebapp_nginx");
    params.not_before = date_time_ymd(2021, 12, 9);
    params.not_after = date_time_ymd(2022, 12, 9);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    (certificate.der().clone(), key)
}

/// A CA of our own, and a certificate of it for this name.
fn signed_for(name: &str) -> (String, CertificateDer<'static>, KeyPair) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec![name.to_owned()])
        .unwrap()
        .signed_by(&key, &ca)
        .unwrap();
    (ca.pem(), leaf.der().clone(), key)
}

async fn serve(certificate: CertificateDer<'static>, key: &KeyPair) -> Shown {
    let fingerprint = hex::encode(Sha256::digest(&certificate));
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let iris = Sandbox::builder().tls(config).start().await.unwrap();
    Shown { iris, fingerprint }
}

/// The same with version 1, as `openssl x509 -req -signkey` makes it: without a version, and without extensions. Its own signature is
/// that of the other; a pin does not look at it.
fn of_version_1(certificate: &[u8]) -> CertificateDer<'static> {
    let (signed, rest) = element(inner(certificate));
    let mut fields = Vec::new();
    let mut body = inner(signed);
    while !body.is_empty() {
        let (field, after) = element(body);
        if !matches!(field[0], 0xa0 | 0xa3) {
            fields.extend_from_slice(field);
        }
        body = after;
    }
    let whole = [sequence(&fields), rest.to_vec()].concat();
    sequence(&whole).into()
}

fn element(der: &[u8]) -> (&[u8], &[u8]) {
    let (head, length) = head(der);
    der.split_at(head + length)
}

fn inner(der: &[u8]) -> &[u8] {
    let (head, length) = head(der);
    &der[head..head + length]
}

fn head(der: &[u8]) -> (usize, usize) {
    let bytes = usize::from(der[1]).saturating_sub(0x80);
    if bytes == 0 {
        return (2, usize::from(der[1]));
    }
    let length = der[2..2 + bytes]
        .iter()
        .fold(0, |length, &byte| length << 8 | usize::from(byte));
    (2 + bytes, length)
}

fn sequence(inner: &[u8]) -> Vec<u8> {
    let length = u16::try_from(inner.len()).unwrap().to_be_bytes();
    [&[0x30, 0x82, length[0], length[1]], inner].concat()
}

/// Shows a certificate that rustls itself does not read.
async fn serve_unread(
    certificate: CertificateDer<'static>,
    key: &KeyPair,
    version: &'static SupportedProtocolVersion,
) -> Shown {
    let fingerprint = hex::encode(Sha256::digest(&certificate));
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let key = ring::sign::any_supported_type(&key).unwrap();
    let shown = SingleCertAndKey::from(CertifiedKey::new(vec![certificate], key));
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(shown));
    let iris = Sandbox::builder().tls(config).start().await.unwrap();
    Shown { iris, fingerprint }
}

fn client(shown: &Shown, tls: TlsMode) -> IrisClient {
    IrisClient::builder(&shown.iris.url())
        .token(shown.iris.token().into())
        .retry(RetryPolicy::never())
        .tls(tls)
        .build()
        .unwrap()
}

fn file(pem: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(pem.as_bytes()).unwrap();
    file
}

#[tokio::test]
async fn the_pin_alone_decides_about_an_expired_certificate_without_names() {
    let (certificate, key) = stock();
    let shown = serve(certificate, &key).await;
    client(&shown, TlsMode::Fingerprint(shown.fingerprint.clone()))
        .ping()
        .await
        .unwrap();

    let colons: Vec<_> = shown
        .fingerprint
        .as_bytes()
        .chunks(2)
        .map(|pair| String::from_utf8_lossy(pair).to_uppercase())
        .collect();
    client(&shown, TlsMode::Fingerprint(colons.join(":")))
        .ping()
        .await
        .unwrap();
}

#[tokio::test]
async fn the_pin_alone_decides_about_a_certificate_of_version_1() {
    for version in [&TLS12, &TLS13] {
        let (certificate, key) = stock();
        let shown = serve_unread(of_version_1(&certificate), &key, version).await;
        client(&shown, TlsMode::Fingerprint(shown.fingerprint.clone()))
            .ping()
            .await
            .unwrap();
        let error = client(&shown, TlsMode::Verify).ping().await.unwrap_err();
        assert!(
            matches!(
                &error,
                Error::Certificate {
                    fingerprint: Some(_),
                    ..
                }
            ),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn whoever_shows_the_pinned_certificate_without_its_key_is_refused() {
    for version in [&TLS12, &TLS13] {
        for of_version_1 in [of_version_1, |certificate: &[u8]| certificate.to_vec().into()] {
            let (certificate, _) = stock();
            let other = KeyPair::generate().unwrap();
            let shown = serve_unread(of_version_1(&certificate), &other, version).await;
            let error = client(&shown, TlsMode::Fingerprint(shown.fingerprint.clone()))
                .ping()
                .await
                .unwrap_err();
            assert!(matches!(&error, Error::Certificate { .. }), "{error:?}");
            assert!(!error.is_retryable() && error.is_configuration(), "{error:?}");
            assert_eq!(shown.iris.request_count(), 0);
        }
    }
}

#[tokio::test]
async fn another_certificate_than_the_pinned_one_is_refused_before_the_key_is_sent() {
    let (_, leaf, key) = signed_for("127.0.0.1");
    let shown = serve(leaf, &key).await;
    let error = client(&shown, TlsMode::Fingerprint("ab".repeat(32)))
        .ping()
        .await
        .unwrap_err();
    let Error::Certificate { reason, fingerprint } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(
        (reason.as_str(), fingerprint.as_ref()),
        ("it is not the pinned one", Some(&shown.fingerprint))
    );
    assert!(error.is_configuration() && !error.may_have_been_stored() && !error.is_retryable());
    assert_eq!(shown.iris.request_count(), 0);
}

#[tokio::test]
async fn the_system_refuses_the_stock_certificate_and_the_error_says_what_to_pin() {
    let (certificate, key) = stock();
    let shown = serve(certificate, &key).await;
    let error = client(&shown, TlsMode::Verify).ping().await.unwrap_err();
    let Error::Certificate { fingerprint, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(fingerprint.as_ref(), Some(&shown.fingerprint));
    assert!(error.to_string().contains(&shown.fingerprint), "{error}");
}

#[tokio::test]
async fn a_ca_file_decides_by_signature_name_and_time() {
    let (ca, leaf, key) = signed_for("127.0.0.1");
    let shown = serve(leaf, &key).await;
    let pem = file(&ca);
    client(&shown, TlsMode::CaFile(pem.path().into())).ping().await.unwrap();

    let (other, _, _) = signed_for("127.0.0.1");
    let pem = file(&other);
    let error = client(&shown, TlsMode::CaFile(pem.path().into()))
        .ping()
        .await
        .unwrap_err();
    assert!(matches!(&error, Error::Certificate { .. }), "{error:?}");

    let (ca, leaf, key) = signed_for("iris.example.org");
    let shown = serve(leaf, &key).await;
    let pem = file(&ca);
    let error = client(&shown, TlsMode::CaFile(pem.path().into()))
        .ping()
        .await
        .unwrap_err();
    let Error::Certificate { reason, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(reason, "it is for another host name");
}

#[tokio::test]
async fn the_stock_certificate_is_no_ca_file() {
    let (certificate, key) = stock();
    let pem = file(&format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        base64(&certificate)
    ));
    let shown = serve(certificate, &key).await;
    let error = client(&shown, TlsMode::CaFile(pem.path().into()))
        .ping()
        .await
        .unwrap_err();
    assert!(matches!(&error, Error::Certificate { .. }), "{error:?}");
}

#[tokio::test]
async fn off_means_off() {
    let (certificate, key) = stock();
    let shown = serve(certificate, &key).await;
    client(&shown, TlsMode::DangerousOff).ping().await.unwrap();
}

#[test]
fn a_ca_file_without_a_certificate_is_said_at_once() {
    let pem = file("no certificate\n");
    let built = IrisClient::builder("https://h")
        .token("key".into())
        .tls(TlsMode::CaFile(pem.path().into()))
        .build();
    assert!(built.unwrap_err().to_string().contains("holds no certificate"));
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let word = group
            .iter()
            .chain([0, 0].iter())
            .take(3)
            .fold(0_usize, |word, &byte| word << 8 | usize::from(byte));
        for place in 0..4 {
            out.push(if place > group.len() {
                '='
            } else {
                LETTERS[word >> (18 - 6 * place) & 63].into()
            });
        }
    }
    out
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_said_in_words() {
    // An authority's own certificate as that of a server, as one self-signed by a common recipe is.
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(certificate.pem().as_bytes()).unwrap();
    let shown = serve(certificate.der().clone(), &key).await;
    let client = IrisClient::builder(&shown.iris.url())
        .token(shown.iris.token().into())
        .tls(TlsMode::CaFile(file.path().to_owned()))
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    let error = client.ping().await.unwrap_err();
    assert!(matches!(error, Error::Certificate { .. }), "{error:?}");
    let said = error.to_string();
    assert!(
        said.contains("that of an authority (CA:TRUE)") && !said.contains("OtherError"),
        "{said}"
    );
}
