//! Whom to believe.

use std::{fmt, path::PathBuf, sync::Arc};

use rustls::{
    CertificateError, ClientConfig, ConfigBuilder, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme,
    WantsVerifier,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use rustls_platform_verifier::BuilderVerifierExt;
use sha2::{Digest, Sha256};

use crate::{Error, Result, spki::PublicKey};

/// How the server's certificate is checked.
///
/// The certificate that IRIS ships with is self-signed, names no host the way TLS wants it, and expired in 2022: neither the
/// system's roots nor a CA file make it acceptable. Pin its fingerprint, or give IRIS a certificate of your own.
///
/// ```
/// use iris_client::TlsMode;
/// let pin = TlsMode::Fingerprint("AB:CD".repeat(16));
/// assert!(!matches!(pin, TlsMode::Verify));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum TlsMode {
    /// By the roots of the operating system.
    #[default]
    Verify,
    /// By the CA certificates in this PEM file, and by nothing else.
    CaFile(PathBuf),
    /// By the SHA-256 of the certificate in hexadecimal, colons allowed, which alone decides: name, expiry, issuer and version are
    /// not looked at. `openssl x509 -noout -fingerprint -sha256` prints it.
    Fingerprint(String),
    /// Not at all. Whoever stands between can read the key and every alert.
    DangerousOff,
}

impl TlsMode {
    /// Builds what rustls wants.
    pub(crate) fn client_config(&self) -> Result<ClientConfig> {
        let provider = Arc::new(ring::default_provider());
        let builder = config_builder(provider.clone())?;
        let verifier: Arc<dyn ServerCertVerifier> = match self {
            Self::Verify => {
                let mut config = builder
                    .with_platform_verifier()
                    .map_err(|error| Error::configuration(format!("cannot read the roots of this system: {error}")))?
                    .with_no_client_auth();
                // The verifier is inside the configuration; it is wrapped so that a refusal tells the fingerprint.
                let inner = rustls_platform_verifier::Verifier::new(provider)
                    .map_err(|error| Error::configuration(format!("cannot read the roots of this system: {error}")))?;
                config
                    .dangerous()
                    .set_certificate_verifier(Arc::new(Telling(Arc::new(inner))));
                return Ok(config);
            }
            Self::CaFile(path) => Arc::new(Telling(by_ca_file(path, provider)?)),
            Self::Fingerprint(hex) => Arc::new(Pinned {
                sha256: parse_fingerprint(hex)?,
                provider,
            }),
            Self::DangerousOff => Arc::new(Unchecked { provider }),
        };
        Ok(builder
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth())
    }
}

/// For addresses without TLS.
pub(crate) fn trusting_nobody() -> Result<ClientConfig> {
    let builder = config_builder(Arc::new(ring::default_provider()))?;
    Ok(builder
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth())
}

fn config_builder(provider: Arc<CryptoProvider>) -> Result<ConfigBuilder<ClientConfig, WantsVerifier>> {
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::configuration(format!("cannot set up TLS: {error}")))
}

fn by_ca_file(path: &std::path::Path, provider: Arc<CryptoProvider>) -> Result<Arc<WebPkiServerVerifier>> {
    let cannot = |what: String| {
        Error::configuration(format!(
            "cannot use the CA file {}: {what}; give a PEM file with the certificate of the authority that signed IRIS's",
            path.display()
        ))
    };
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| cannot(error.to_string()))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| cannot(error.to_string()))?;
        roots.add(certificate).map_err(|error| cannot(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(cannot("it holds no certificate".to_owned()));
    }
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|error| cannot(error.to_string()))
}

fn parse_fingerprint(text: &str) -> Result<[u8; 32]> {
    let digits: String = text.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
    let mut sha256 = [0; 32];
    hex::decode_to_slice(&digits, &mut sha256).map_err(|_| {
        let what = match digits.chars().find(|c| !c.is_ascii_hexdigit()) {
            Some(stray) => format!("holds {stray:?}, which is no hexadecimal digit"),
            None => format!("has {} hexadecimal digits where SHA-256 has 64", digits.len()),
        };
        Error::configuration(format!(
            "the fingerprint {what}; print it with: openssl x509 -noout -fingerprint -sha256"
        ))
    })?;
    Ok(sha256)
}

fn fingerprint(certificate: &CertificateDer<'_>) -> [u8; 32] {
    Sha256::digest(certificate).into()
}

/// Why a certificate was refused, found again in the error that comes out of the HTTP client.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) reason: String,
    pub(crate) fingerprint: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (SHA-256 {})", self.reason, self.fingerprint)
    }
}

impl std::error::Error for Refused {}

fn refuse(reason: String, certificate: &CertificateDer<'_>) -> rustls::Error {
    rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(Refused {
        reason,
        fingerprint: hex::encode(fingerprint(certificate)),
    }))))
}

/// Lets another verifier decide, and puts the fingerprint into a refusal.
#[derive(Debug)]
struct Telling<V>(Arc<V>);

impl<V: ServerCertVerifier> ServerCertVerifier for Telling<V> {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.0
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            .map_err(|error| refuse(reason(&error), end_entity))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

fn reason(error: &rustls::Error) -> String {
    let rustls::Error::InvalidCertificate(error) = error else {
        return error.to_string();
    };
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired".to_owned(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "it is not valid yet".to_owned(),
        CertificateError::UnknownIssuer => "nobody known here has signed it".to_owned(),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is for another host name".to_owned()
        }
        CertificateError::BadEncoding => "it cannot be read".to_owned(),
        CertificateError::BadSignature => "its signature is wrong".to_owned(),
        CertificateError::Revoked => "it was revoked".to_owned(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "it is not meant for servers (its extended key usage)".to_owned()
        }
        // The verifier's own errors are known by their names only.
        CertificateError::Other(OtherError(other)) => match other.to_string().as_str() {
            "CaUsedAsEndEntity" => {
                "it is that of an authority (CA:TRUE), which signs others and is no server's: pin it, or give the \
                                    server one without that mark"
                    .to_owned()
            }
            "UnsupportedCertVersion" => {
                "it is not of X.509 version 3: pin it, or give the server one that is".to_owned()
            }
            other => format!("it cannot be used ({other})"),
        },
        other => other.to_string(),
    }
}

/// The pin alone decides; the handshake still proves that the server holds the key of the certificate.
#[derive(Debug)]
struct Pinned {
    sha256: [u8; 32],
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if fingerprint(end_entity) == self.sha256 {
            return Ok(ServerCertVerified::assertion());
        }
        Err(refuse("it is not the pinned one".to_owned(), end_entity))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        PublicKey::of(cert)?.verify_tls12(message, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        PublicKey::of(cert)?.verify_tls13(message, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[derive(Debug)]
struct Unchecked {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Unchecked {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_may_have_colons_and_spaces() {
        let plain = "ab".repeat(32);
        let colons = format!(" {} ", vec!["AB"; 32].join(":"));
        assert_eq!(parse_fingerprint(&plain).unwrap(), parse_fingerprint(&colons).unwrap());
    }

    #[test]
    fn a_wrong_fingerprint_or_ca_file_is_said_before_anything_is_sent() {
        let error = TlsMode::Fingerprint("ab:cd".to_owned()).client_config().unwrap_err();
        assert!(error.to_string().contains("4 hexadecimal digits"), "{error}");
        let stray = TlsMode::Fingerprint("ab".repeat(32) + "g").client_config().unwrap_err();
        assert!(stray.to_string().contains("holds 'g', which is no"), "{stray}");
        let error = TlsMode::CaFile("/nowhere/ca.pem".into()).client_config().unwrap_err();
        assert!(
            error.is_configuration() && error.to_string().contains("/nowhere/ca.pem"),
            "{error}"
        );
    }
}
