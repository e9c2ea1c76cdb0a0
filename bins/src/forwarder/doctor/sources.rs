//! Where alerts come from besides the hook, and where the courier shows how it does.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use super::manager::LOOK;
use crate::findings::Findings;
use crate::forwarder::launch;
use crate::forwarder::place::Place;
use crate::forwarder::source::tail;
use crate::settings::Settings;

/// Longest wait for a listener on this machine.
const PATIENCE: Duration = Duration::from_secs(2);
/// How much of an answer is read: metrics begin with a name of ours.
const ANSWER: u64 = 16 << 10;

/// Whether the user that the courier works as can read what the tail reads.
pub(super) fn tail(settings: &Settings, findings: &mut Findings) {
    if !settings.tail.enabled {
        return;
    }
    let path = &settings.tail.path;
    let shown = path.display();
    match tail::can_be_read(path) {
        Ok(()) => findings.ok("tail", format!("{shown} and its folders can be read")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => findings.warn(
            "tail",
            format!("{shown} is not there: the tail waits for it"),
            "does the manager run, with <jsonout_output>yes</jsonout_output> in ossec.conf? else correct tail.path",
        ),
        Err(error) => {
            let message =
                format!("{shown}, or a folder that it or a dated file is in, cannot be read: {error}; the tail waits");
            let fix = if error.kind() == io::ErrorKind::PermissionDenied {
                "let the user that owns the state directory read logs/alerts and all folders in it"
            } else {
                LOOK
            };
            findings.fail("tail", message, fix);
        }
    }
}

/// Whether a courier that runs listens where the settings say.
pub(super) fn listeners(place: &Place, settings: &Settings, findings: &mut Findings) {
    let runs = launch::is_held(place.spool.root()).unwrap_or(false);
    let restart = "restart the courier where it was started before this was set; its log says why it cannot listen; where another program \
                   has the address, name another one";
    if let Some(address) = settings.webhook.listen.filter(|_| runs) {
        match get(address, "/findings") {
            Ok(answer) if answer.contains("\r\n\r\npost findings") => {
                findings.ok("webhook", format!("it listens on {address}"));
            }
            Ok(_) => findings.fail("webhook", format!("another program listens on {address}"), restart),
            Err(error) => findings.fail("webhook", format!("nobody listens on {address}: {error}"), restart),
        }
    }
    if let Some(address) = settings.health_listen.filter(|_| runs) {
        match get(address, "/metrics") {
            Ok(answer) if answer.contains("wazuh_iris_forwarder_") => {
                findings.ok("health", format!("the courier's metrics are on {address}"));
            }
            // Both read one file.
            Ok(_) => findings.warn(
                "health",
                format!("another program, maybe ai-worker, shows itself on {address} in the courier's place"),
                "name another address for one of them, such as by WAZUH_IRIS_HEALTH_LISTEN in its own unit, and restart it",
            ),
            Err(error) => findings.warn("health", format!("nobody listens on {address}: {error}"), restart),
        }
    }
}

/// What stands at a path there, as far as it comes in time.
fn get(mut address: SocketAddr, path: &str) -> io::Result<String> {
    // Whoever listens everywhere listens here.
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    // What has come by then is what it says.
    let _ = stream.take(ANSWER).read_to_end(&mut answer);
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
