//! Who runs the courier: one process per state directory, started by the hook where nobody else does.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::spool::adopt;

/// Largest log of self-started couriers, in bytes.
const LARGEST_LOG: u64 = 10 << 20;

/// The right to be the courier; released when it is dropped or its process ends, however it ends.
#[derive(Debug)]
pub struct Office {
    _file: File,
}

/// Takes the office; `None` when another process holds it.
pub fn take_office(root: &Path) -> io::Result<Option<Office>> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(root.join("courier.lock"))?;
    adopt(&file, Some(root))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Office { _file: file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Starts a detached courier unless one runs.
///
/// The hook has stored its alert before it looks here, and a courier that leaves looks once more after it gave up the office: so
/// either the hook finds the office free, or the courier finds the alert.
pub fn courier_if_none(root: &Path) -> io::Result<()> {
    match take_office(root)? {
        None => return Ok(()),
        // Free again, for the courier that is about to start.
        Some(office) => drop(office),
    }
    let log = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(root.join("courier.log"));
    // A log that nobody rotates begins anew before it becomes a burden.
    if let Ok(file) = &log
        && file.metadata().is_ok_and(|meta| meta.len() > LARGEST_LOG)
    {
        let _ = file.set_len(0);
    }
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["deliver", "--self-started"])
        .env("WAZUH_IRIS_STATE", root)
        // integratord waits for the end of its pipe: the courier must not hold it.
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log.map_or_else(|_| Stdio::null(), Stdio::from))
        .current_dir("/")
        // `deliver --self-started` makes itself a session, which only a process that leads no group may do.
        .spawn()?;
    Ok(())
}
