//! The name of this worker in claim tags: few over all time, and never the same on two hosts or twice on one.

use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

use sha2::{Digest, Sha256};
use triage_core::workflow::WorkerId;

/// Workers on one host.
const MOST_SLOTS: u32 = 256;

/// A name that nobody else uses while it is held.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) id: WorkerId,
    /// Where workers of the same IRIS on this host see each other.
    pub(super) place: Place,
    _slot: UnixListener,
    _present: UnixListener,
}

/// Stands for one IRIS among the workers of a host.
#[derive(Debug, Clone)]
pub(super) struct Place(String);

impl Place {
    /// The place of the workers for the IRIS at this address.
    fn of(iris: &str) -> Self {
        let digest = Sha256::digest(iris.trim_end_matches('/').as_bytes());
        Self(format!("wazuh-iris/ai-worker/at/{}/", hex::encode(&digest[..6])))
    }

    /// Workers here besides the one of this name, whatever account they run under.
    ///
    /// A worker is here before it first reads an alert: of those who have read one by now, none is missed.
    pub(super) fn neighbours(&self, me: &WorkerId) -> Vec<WorkerId> {
        let sockets = std::fs::read_to_string("/proc/self/net/unix").unwrap_or_default();
        let here = format!(" @{}", self.0);
        let names = sockets
            .lines()
            .filter_map(|line| line.split_once(&here).map(|(_, name)| name.trim()));
        names
            .filter(|name| *name != me.as_str())
            .filter_map(|name| WorkerId::new(name).ok())
            .collect()
    }
}

impl Identity {
    /// The given name, or one of this machine and the first free slot on it.
    ///
    /// A slot is a socket name without a file: unlike a lock file it is the same for every user and for services that have a
    /// private `/tmp`, and it is free again as soon as its holder is gone.
    pub(super) fn take(given: Option<&str>, iris: &str) -> io::Result<Self> {
        if let Some(name) = given {
            return match socket(&slot(name)) {
                Ok(held) => Self::of(name, held, iris),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(io::Error::other(format!(
                    "a worker named `{name}` runs on this host already, and two of one name would take each other's claims for \
                     their own; give each worker its own name, or none"
                ))),
                Err(error) => Err(error),
            };
        }
        let machine = machine();
        for number in 0..MOST_SLOTS {
            let name = format!("{machine}-{number}");
            match socket(&slot(&name)) {
                Ok(held) => return Self::of(&name, held, iris),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other(format!(
            "{MOST_SLOTS} workers run on this host already"
        )))
    }

    fn of(name: &str, held: UnixListener, iris: &str) -> io::Result<Self> {
        let place = Place::of(iris);
        Ok(Self {
            id: WorkerId::new(name).map_err(io::Error::other)?,
            _slot: held,
            _present: socket(&format!("{}{name}", place.0))?,
            place,
        })
    }
}

fn slot(name: &str) -> String {
    format!("wazuh-iris/ai-worker/{name}")
}

/// Binds a socket that stands for a name; `AddrInUse` where another process holds it.
fn socket(name: &str) -> io::Result<UnixListener> {
    UnixListener::bind_addr(&SocketAddr::from_abstract_name(name)?)
}

/// Six hexadecimal digits of this machine.
fn machine() -> String {
    let mut hash = Sha256::new();
    for path in ["/etc/machine-id", "/proc/sys/kernel/hostname"] {
        hash.update(std::fs::read(path).unwrap_or_default());
        hash.update([0]);
    }
    hex::encode(&hash.finalize()[..3])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_workers_on_one_host_never_share_a_name() {
        let first = Identity::take(None, "").unwrap();
        let second = Identity::take(None, "").unwrap();
        assert_ne!(first.id, second.id);
    }

    #[test]
    fn workers_on_one_host_see_each_other() {
        let iris = "https://iris.example:8443";
        let me = Identity::take(None, iris).unwrap();
        let other = Identity::take(Some("next-door"), &format!("{iris}/")).unwrap();
        let _elsewhere = Identity::take(Some("elsewhere"), "https://other.example").unwrap();
        assert_eq!(me.place.neighbours(&me.id), std::slice::from_ref(&other.id));
        drop(other);
        assert!(me.place.neighbours(&me.id).is_empty());
    }

    #[test]
    fn a_given_name_is_taken_as_it_is_and_a_bad_one_is_refused() {
        assert_eq!(Identity::take(Some("triage-1"), "").unwrap().id.as_str(), "triage-1");
        assert!(Identity::take(Some("Triage 1"), "").is_err());
    }

    #[test]
    fn a_given_name_that_is_held_is_refused_until_it_is_free() {
        let held = Identity::take(Some("triage-held"), "").unwrap();
        let error = Identity::take(Some("triage-held"), "").unwrap_err();
        assert!(
            error.to_string().contains("`triage-held` runs on this host already"),
            "{error}"
        );
        drop(held);
        assert!(Identity::take(Some("triage-held"), "").is_ok());
    }
}
