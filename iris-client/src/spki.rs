//! The public key of a certificate, of whatever version: what checks certificates knows version 3 only, and a pin needs no more than the key.

use rustls::{
    CertificateError, DigitallySignedStruct, Error, PeerMisbehaved,
    client::danger::HandshakeSignatureValid,
    crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key},
    pki_types::{CertificateDer, SubjectPublicKeyInfoDer},
};

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
/// Where a certificate of version 1 has nothing.
const VERSION: u8 = 0xa0;

/// A `SubjectPublicKeyInfo`.
pub(crate) struct PublicKey<'a> {
    whole: &'a [u8],
    algorithm: &'a [u8],
    key: &'a [u8],
}

impl<'a> PublicKey<'a> {
    /// Reads it out of a certificate.
    pub(crate) fn of(certificate: &'a CertificateDer<'_>) -> Result<Self, Error> {
        find(certificate).ok_or(Error::InvalidCertificate(CertificateError::BadEncoding))
    }

    /// Checks that the server holds the private key, as TLS 1.2 proves it.
    pub(crate) fn verify_tls12(
        &self,
        message: &[u8],
        signed: &DigitallySignedStruct,
        known: &WebPkiSupportedAlgorithms,
    ) -> Result<HandshakeSignatureValid, Error> {
        // In this version a scheme does not say which curve the key is on.
        let algorithm = known
            .mapping
            .iter()
            .filter(|(scheme, _)| *scheme == signed.scheme)
            .flat_map(|(_, algorithms)| *algorithms)
            .find(|algorithm| algorithm.public_key_alg_id().as_ref() == self.algorithm)
            .ok_or(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme)?;
        algorithm
            .verify_signature(self.key, message, signed.signature())
            .map(|()| HandshakeSignatureValid::assertion())
            .map_err(|_| Error::InvalidCertificate(CertificateError::BadSignature))
    }

    /// The same as TLS 1.3 proves it.
    pub(crate) fn verify_tls13(
        &self,
        message: &[u8],
        signed: &DigitallySignedStruct,
        known: &WebPkiSupportedAlgorithms,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature_with_raw_key(message, &SubjectPublicKeyInfoDer::from(self.whole), signed, known)
    }
}

fn find(certificate: &[u8]) -> Option<PublicKey<'_>> {
    let (certificate, _) = take(certificate, SEQUENCE)?;
    let (signed, _) = take(certificate.inner, SEQUENCE)?;
    let mut body = signed.inner;
    if let Some((_, after)) = take(body, VERSION) {
        body = after;
    }
    // Serial number, algorithm of the signature, issuer, validity, subject.
    for tag in [INTEGER, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE] {
        (_, body) = take(body, tag)?;
    }
    let (info, _) = take(body, SEQUENCE)?;
    let (algorithm, after) = take(info.inner, SEQUENCE)?;
    let (key, _) = take(after, BIT_STRING)?;
    // The first byte counts bits that are not used.
    let (0, key) = key.inner.split_first()? else {
        return None;
    };
    Some(PublicKey {
        whole: info.whole,
        algorithm: algorithm.inner,
        key,
    })
}

struct Element<'a> {
    whole: &'a [u8],
    inner: &'a [u8],
}

// The first element, if it has this tag, and what follows it.
fn take(der: &[u8], tag: u8) -> Option<(Element<'_>, &[u8])> {
    let (&first, after) = der.split_first()?;
    let (&length, mut after) = after.split_first()?;
    if first != tag {
        return None;
    }
    let mut count = usize::from(length);
    if length >= 0x80 {
        let bytes = usize::from(length & 0x7f);
        // A certificate in a handshake has at most 16 MiB.
        if !(1..=3).contains(&bytes) {
            return None;
        }
        let (digits, rest) = after.split_at_checked(bytes)?;
        count = digits.iter().fold(0, |count, &digit| count << 8 | usize::from(digit));
        after = rest;
    }
    let (inner, rest) = after.split_at_checked(count)?;
    Some((
        Element {
            whole: &der[..der.len() - rest.len()],
            inner,
        },
        rest,
    ))
}
