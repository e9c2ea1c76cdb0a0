//! The way to one IRIS, for a `doctor`: name, connection, certificate, key.

use std::net::IpAddr;
use std::time::Duration;

use iris_client::{Error, IrisClient, TlsMode, Url};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use crate::findings::Findings;
use crate::forwarder::target;
use crate::settings::IrisSettings;

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// Where a person writes down what leads there.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) address: &'static str,
    pub(crate) key: &'static str,
    pub(crate) pin: &'static str,
}

/// Walks it until something is in the way; says whether IRIS answers at its end, and takes the key.
pub(crate) async fn is_open(
    client: &IrisClient,
    settings: &IrisSettings,
    named: &Named,
    findings: &mut Findings,
) -> bool {
    let address = client.base_url();
    if !is_proxied(address) && !reach(address, named, findings).await {
        return false;
    }
    certificate(address, settings, findings).await;
    let (check, error, fix) = match client.ping().await {
        Ok(()) => {
            findings.ok("key", format!("{address} answers, and takes the key"));
            return true;
        }
        Err(Error::Certificate { reason, .. }) => (
            "tls",
            format!("the certificate is not trusted: {reason}"),
            format!(
                "if the line above names the right certificate, put that {} into the settings",
                named.pin
            ),
        ),
        Err(error @ Error::Unauthorized) => (
            "key",
            error.to_string(),
            format!(
                "in IRIS: My settings of the service account → API key; put it into {}",
                named.key
            ),
        ),
        Err(error) => (
            "iris",
            error.to_string(),
            "is this the address of IRIS itself?".to_owned(),
        ),
    };
    findings.fail(check, format!("{address}: {error}"), fix);
    false
}

/// Whether a proxy may go there for us: then this machine needs neither the name nor a connection of its own.
fn is_proxied(address: &Url) -> bool {
    let is_near = address.host_str().is_some_and(|host| {
        let ip = host.trim_matches(['[', ']']).parse::<IpAddr>();
        host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
    });
    let named = [
        "HTTPS_PROXY",
        "https_proxy",
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
    ];
    !is_near
        && named
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|set| !set.is_empty()))
}

/// Name and connection.
async fn reach(address: &Url, named: &Named, findings: &mut Findings) -> bool {
    let host = address
        .host_str()
        .unwrap_or_default()
        .trim_matches(['[', ']'])
        .to_owned();
    let port = address.port_or_known_default().unwrap_or(443);
    let found = match timeout(CONNECT, lookup_host((host.as_str(), port))).await {
        Ok(Ok(found)) => found.collect::<Vec<_>>(),
        Ok(Err(error)) => {
            let fix = format!(
                "correct the host name in {}, or name resolution on this machine",
                named.address
            );
            findings.fail("dns", format!("{host} has no address: {error}"), fix);
            return false;
        }
        Err(_) => {
            findings.fail(
                "dns",
                format!("nobody answers what {host} is"),
                "check the name servers of this machine",
            );
            return false;
        }
    };
    let list: Vec<String> = found.iter().map(|at| at.ip().to_string()).collect();
    findings.ok("dns", format!("{host} is {}", list.join(", ")));
    let mut why = "no address".to_owned();
    for at in found {
        match timeout(CONNECT, TcpStream::connect(at)).await {
            Ok(Ok(_)) => {
                findings.ok("tcp", format!("{at} takes connections"));
                return true;
            }
            Ok(Err(error)) => why = format!("{at}: {error}"),
            Err(_) => why = format!("{at}: no answer in {} s", CONNECT.as_secs()),
        }
    }
    findings.fail(
        "tcp",
        why,
        "does IRIS run, is the port right, does a firewall stand between?",
    );
    false
}

/// The certificate, whether it is trusted or not, with the line that pins it.
async fn certificate(address: &Url, settings: &IrisSettings, findings: &mut Findings) {
    if address.scheme() != "https" {
        let fix = "use https: whoever listens on the way reads the key and every alert";
        return findings.warn("tls", format!("{address} is not encrypted"), fix);
    }
    // A pin that no certificate has: the refusal names the one that the server shows.
    let nobody = IrisClient::builder(address.as_str())
        .token("none".to_owned().into())
        .tls(TlsMode::Fingerprint("00".repeat(32)))
        .build();
    let Ok(client) = nobody else { return };
    if let Err(Error::Certificate {
        fingerprint: Some(pin), ..
    }) = client.ping().await
    {
        let how = match target::tls(settings) {
            TlsMode::Fingerprint(_) => "a pin decides",
            TlsMode::DangerousOff => "verification is OFF",
            TlsMode::CaFile(_) => "your CA file decides",
            TlsMode::Verify => "the roots of this system decide",
        };
        let message = format!("certificate SHA-256 {pin}; {how}; to pin it: iris.fingerprint = \"{pin}\"");
        if matches!(target::tls(settings), TlsMode::DangerousOff) {
            findings.warn(
                "tls",
                message,
                "pin the certificate, and remove iris.verify_ssl = false",
            );
        } else {
            findings.ok("tls", message);
        }
    }
}
