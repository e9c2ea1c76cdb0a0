//! The name of this worker in claim tags: few over all time, and never the same on two hosts or twice on one.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};

use sha2::{Digest, Sha256};
use triage_core::workflow::WorkerId;

/// Workers of one user on one host.
const MOST_SLOTS: u32 = 256;

/// A name that nobody else uses while it is held.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) id: WorkerId,
    _slot: Option<File>,
}

impl Identity {
    /// The given name, or one of this machine and the first free slot on it.
    pub(super) fn take(given: Option<&str>) -> io::Result<Self> {
        if let Some(name) = given {
            let id = WorkerId::new(name).map_err(io::Error::other)?;
            return Ok(Self { id, _slot: None });
        }
        let folder = std::env::temp_dir().join(format!("ai-worker-{}", rustix::process::getuid().as_raw()));
        match DirBuilder::new().mode(0o700).create(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        for slot in 0..MOST_SLOTS {
            let path = folder.join(format!("slot-{slot}"));
            let file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .open(path)?;
            if file.try_lock().is_ok() {
                let id = WorkerId::new(format!("{}-{slot}", machine())).map_err(io::Error::other)?;
                return Ok(Self { id, _slot: Some(file) });
            }
        }
        Err(io::Error::other(format!(
            "{MOST_SLOTS} workers run on this host already; set AI_WORKER_ID"
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
        let name = second.id.clone();
        drop(second);
        assert_eq!(
            Identity::take(None).unwrap().id,
            name,
            "a name that is free again is used again"
        );
    }
}
