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
    _slot: Option<UnixListener>,
}

impl Identity {
    /// The given name, or one of this machine and the first free slot on it.
    ///
    /// A slot is a socket name without a file: unlike a lock file it is the same for every user and for services that have a
    /// private `/tmp`, and it is free again as soon as its holder is gone.
    pub(super) fn take(given: Option<&str>) -> io::Result<Self> {
        if let Some(name) = given {
            let id = WorkerId::new(name).map_err(io::Error::other)?;
            return Ok(Self { id, _slot: None });
        }
        let machine = machine();
        for slot in 0..MOST_SLOTS {
            let name = format!("wazuh-iris/ai-worker/{machine}-{slot}");
            match UnixListener::bind_addr(&SocketAddr::from_abstract_name(name)?) {
                Ok(held) => {
                    let id = WorkerId::new(format!("{machine}-{slot}")).map_err(io::Error::other)?;
                    return Ok(Self { id, _slot: Some(held) });
                }
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other(format!(
            "{MOST_SLOTS} workers run on this host already"
        )))
    }
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
        let first = Identity::take(None).unwrap();
        let second = Identity::take(None).unwrap();
        assert_ne!(first.id, second.id);
    }

    #[test]
    fn a_given_name_is_taken_as_it_is_and_a_bad_one_is_refused() {
        assert_eq!(Identity::take(Some("triage-1")).unwrap().id.as_str(), "triage-1");
        assert!(Identity::take(Some("Triage 1")).is_err());
    }
}
