//! Where alerts come from besides the hook, and where the courier shows how it does.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::manager::LOOK;
use crate::findings::Findings;
use crate::forwarder::launch;
use crate::forwarder::place::Place;
use crate::forwarder::queue::Queue;
use crate::forwarder::source::tail;
use crate::settings::Settings;

/// Longest wait for a listener on this machine.
const PATIENCE: Duration = Duration::from_secs(2);
/// How much of an answer is read.
const ANSWER: usize = 256 << 10;

/// Whether the user that the courier works as can read what the tail reads.
pub(super) fn tail(place: &Place, settings: &Settings, findings: &mut Findings) {
    if !settings.tail.enabled {
        return;
    }
    let path = &settings.tail.path;
    let shown = path.display();
    let queue = Queue::look(place.spool.root()).ok().flatten();
    let checkpoint = queue.and_then(|queue| queue.checkpoint(tail::CHECKPOINT).ok().flatten());
    match tail::can_be_read(path, checkpoint.as_deref()) {
        Ok(()) => findings.ok("tail", format!("{shown} and its folders can be read")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => findings.warn(
            "tail",
            format!("{shown} is not there: the tail waits for it"),
            "does the manager run, with <jsonout_output>yes</jsonout_output> in ossec.conf? else correct tail.path",
        ),
        Err(error) => {
            let message = format!(
                "{shown}, a dated file that comes next, or a folder of these cannot be read: {error}; the tail waits, or reads on in the file that it has open, and in none that follows"
            );
            let fix = if error.kind() == io::ErrorKind::PermissionDenied {
                "let the user that owns the state directory read logs/alerts and all folders in it"
            } else {
                LOOK
            };
            findings.fail("tail", message, fix);
        }
    }
}

/// Whether a courier that runs listens where the settings say, and what it says of itself there.
pub(super) fn listeners(place: &Place, settings: &Settings, findings: &mut Findings) {
    let runs = launch::is_held(place.spool.root()).unwrap_or(false);
    let restart = "restart the courier where it was started before this was set; its log says why it cannot listen; where another program \
                   has the address, name another one";
    let silent = |address| format!("{address} takes connections and does not answer now");
    let again =
        "run doctor again; if it stays so, see in the courier's log what it does, and who has the address (ss -ltnp)";
    if let Some(address) = settings.webhook.listen.filter(|_| runs) {
        match get(address, "/findings") {
            Ok(answer) if answer.contains("\r\n\r\npost findings") => {
                findings.ok("webhook", format!("it listens on {address}"));
            }
            Ok(answer) if answer.is_empty() => findings.warn("webhook", silent(address), again),
            Ok(_) => findings.fail("webhook", format!("another program listens on {address}"), restart),
            Err(error) => findings.fail("webhook", format!("nobody listens on {address}: {error}"), restart),
        }
    }
    if let Some(address) = settings.health_listen.filter(|_| runs) {
        match get(address, "/metrics") {
            Ok(answer) if answer.contains("wazuh_iris_forwarder_") => {
                findings.ok("health", format!("the courier's metrics are on {address}"));
                if let Some(refused) = refused(&answer).filter(|_| settings.webhook.listen.is_some()) {
                    findings.warn(
                        "webhook",
                        format!("it has refused {refused} calls since the courier began: for their token, their size or what they sent"),
                        "the answer says why, and the courier's log once for each reason; nothing of these calls went to IRIS",
                    );
                }
                let answer = get(address, "/readyz").unwrap_or_default();
                if let Some((_, why)) = answer.split_once("\r\n\r\nnot ready: ") {
                    findings.warn(
                        "ready",
                        format!("the courier says: {}", why.lines().next().unwrap_or_default()),
                        "put that right; the courier's log says more",
                    );
                }
            }
            Ok(answer) if answer.is_empty() => findings.warn("health", silent(address), again),
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

/// How many calls of the webhook the metrics say were refused, if any.
fn refused(metrics: &str) -> Option<u64> {
    let count = |line: &str| {
        line.strip_prefix("wazuh_iris_forwarder_webhook_refused_total ")?
            .trim()
            .parse()
            .ok()
    };
    metrics.lines().find_map(count).filter(|count| *count > 0)
}

/// What stands at a path there, as far as it comes in time: all in all, since a byte a second is no answer either.
fn get(mut address: SocketAddr, path: &str) -> io::Result<String> {
    let end = Instant::now() + PATIENCE;
    // Whoever listens everywhere listens here.
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let mut answer = Vec::new();
    // What has come by then is what it says.
    if stream.write_all(request.as_bytes()).is_ok() {
        let mut piece = [0; 4096];
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || answer.len() >= ANSWER {
                break;
            }
            stream.set_read_timeout(Some(left))?;
            match stream.read(&mut piece) {
                Ok(0) => break,
                Ok(length) => answer.extend_from_slice(&piece[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn calls_that_were_refused_stand_in_the_metrics() {
        let name = "wazuh_iris_forwarder_webhook_refused_total";
        let metrics = |count| {
            format!("HTTP/1.1 200 OK\r\n\r\n# HELP {name} Calls.\n# TYPE {name} counter\n{name} {count}\nx 3\n")
        };
        assert_eq!(refused(&metrics(7)), Some(7));
        assert_eq!(refused(&metrics(0)), None);
        assert_eq!(refused("x 3\n"), None);
    }

    #[test]
    fn who_says_nothing_or_a_byte_at_a_time_is_heard_for_as_long_as_doctor_waits() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        assert_eq!(get(silent.local_addr().unwrap(), "/").unwrap(), "");
        let slow = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = slow.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = slow.accept().unwrap();
            while stream.write_all(b"x").is_ok() {
                thread::sleep(PATIENCE / 20);
            }
        });
        let begun = Instant::now();
        assert!(get(address, "/").unwrap().starts_with("xx"));
        assert!(begun.elapsed() < PATIENCE * 3, "{:?}", begun.elapsed());
    }
}
