//! The way to one IRIS, for a `doctor`: name, connection, certificate, key.

use std::net::{IpAddr, SocketAddr};
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
    if !reach(address, named, findings).await && !is_proxied(address) {
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
        Err(error) => ("iris", error.to_string(), what_to_do(&error).to_owned()),
    };
    findings.fail(check, format!("{address}: {error}"), fix);
    false
}

/// What to do where something answers at the end of the way, and not as IRIS does that takes the key.
fn what_to_do(error: &Error) -> &'static str {
    match error {
        Error::RateLimited { .. } | Error::Unavailable { .. } | Error::Timeout { .. } | Error::Torn { .. } => {
            "it may be starting, or busy: run doctor again; if it stays so, see its log (docker logs of its app, and of its proxy)"
        }
        Error::Network { .. } => "is it https or http there, and is that the port of IRIS? else see its log",
        Error::Forbidden { .. } | Error::CustomerDenied => {
            "IRIS, or what is in front of it, forbids it: see the groups of the account, and whom a proxy or firewall lets through"
        }
        _ => "is this the address of IRIS itself?",
    }
}

/// Whether a proxy may go there for us.
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

/// Name and connection. Where a proxy may go there for us, what is in this machine's way is no more than a warning: it may need neither.
async fn reach(address: &Url, named: &Named, findings: &mut Findings) -> bool {
    let found = match names(address, named).await {
        Ok((list, ways)) => {
            findings.ok("dns", list);
            connect(ways).await
        }
        Err(obstacle) => Err(obstacle),
    };
    match found {
        Ok(at) => {
            findings.ok("tcp", format!("{at} takes connections"));
            true
        }
        Err(Obstacle { check, what, fix }) if is_proxied(address) => {
            let fix = format!("{fix}; none of it matters where the proxy that the variables name goes there");
            findings.warn(check, what, fix);
            false
        }
        Err(Obstacle { check, what, fix }) => {
            findings.fail(check, what, fix);
            false
        }
    }
}

/// What is in the way.
struct Obstacle {
    check: &'static str,
    what: String,
    fix: String,
}

/// The addresses of its name, in words and as they are.
async fn names(address: &Url, named: &Named) -> Result<(String, Vec<SocketAddr>), Obstacle> {
    let host = address.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = address.port_or_known_default().unwrap_or(443);
    let obstacle = |what, fix| Obstacle {
        check: "dns",
        what,
        fix,
    };
    match timeout(CONNECT, lookup_host((host, port))).await {
        Ok(Ok(found)) => {
            let ways: Vec<SocketAddr> = found.collect();
            let list: Vec<String> = ways.iter().map(|at| at.ip().to_string()).collect();
            Ok((format!("{host} is {}", list.join(", ")), ways))
        }
        Ok(Err(error)) => Err(obstacle(
            format!("{host} has no address: {error}"),
            format!(
                "correct the host name in {}, or name resolution on this machine",
                named.address
            ),
        )),
        Err(_) => Err(obstacle(
            format!("nobody answers what {host} is"),
            "check the name servers of this machine".to_owned(),
        )),
    }
}

async fn connect(ways: Vec<SocketAddr>) -> Result<SocketAddr, Obstacle> {
    let mut what = "no address".to_owned();
    for at in ways {
        match timeout(CONNECT, TcpStream::connect(at)).await {
            Ok(Ok(_)) => return Ok(at),
            Ok(Err(error)) => what = format!("{at}: {error}"),
            Err(_) => what = format!("{at}: no answer in {} s", CONNECT.as_secs()),
        }
    }
    Err(Obstacle {
        check: "tcp",
        what,
        fix: "does IRIS run, is the port right, does a firewall stand between?".to_owned(),
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_doubted_only_where_what_answers_may_be_no_iris() {
        let doubted = |error: Error| what_to_do(&error).contains("the address of IRIS itself");
        for error in [
            Error::Timeout { sent: true },
            Error::Torn { status: 200 },
            Error::RateLimited { retry_after: None },
            Error::Unavailable {
                status: 503,
                retry_after: None,
            },
            Error::CustomerDenied,
        ] {
            assert!(!doubted(error));
        }
        assert!(doubted(Error::NotFound));
        let hint = String::new();
        assert!(doubted(Error::NotIris { status: 200, hint }));
    }
}
