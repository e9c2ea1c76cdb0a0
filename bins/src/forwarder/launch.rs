//! Who runs the courier: one process per state directory, started by the hook where nobody else does.

use std::ffi::OsStr;
use std::fs::{File, TryLockError};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use rustix::fs::{Mode, OFlags};

use super::spool::{open_file, open_own};
use crate::short_path::ShortPath;

/// Largest log of self-started couriers, in bytes.
const LARGEST_LOG: u64 = 10 << 20;

/// When a courier was last started; empty once one has given up its office.
const STARTED: &str = "courier.started";

/// The right to be the courier; released when it is dropped or its process ends, however it ends.
#[derive(Debug)]
pub struct Office {
    file: File,
    root: PathBuf,
}

/// Takes the office; `None` when another process holds it.
pub fn take_office(root: &Path) -> io::Result<Option<Office>> {
    let file = open_own(&root.join("courier.lock"), 0o600, false)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Office {
            file,
            root: root.to_owned(),
        })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Whether a courier holds the office. Looking is shared: two who look at once do not take each other for a courier, or an alert
/// stored at that moment would find none and start none.
pub fn is_held(root: &Path) -> io::Result<bool> {
    let path = ShortPath::within(root, "courier.lock");
    // It is there but for the first call of all. Following no link and waiting for no pipe's other end: see `open_own`.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match rustix::fs::open(&*path, flags, Mode::empty()) {
        Ok(file) => File::from(file),
        Err(_) => open_own(&path, 0o600, false)?,
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Whether a courier was started within the last second and has not left since; remembers that one is started now if none was.
///
/// A courier that cannot run (a bad setting, a full disk, an error of our own) ends at once: it is not started again for each of a
/// thousand alerts. One that leaves by itself or is told to takes that back: the next alert finds nobody and starts another.
fn started_lately(root: &Path) -> bool {
    let opened = open_own(&root.join(STARTED), 0o600, false);
    // Where this cannot be remembered, starting once too often is better than never.
    let Ok(file) = opened else { return false };
    let now = SystemTime::now();
    let before = file.metadata().ok().filter(|meta| meta.len() > 0);
    let age = before.and_then(|meta| now.duration_since(meta.modified().ok()?).ok());
    if age.is_some_and(|age| age < Duration::from_secs(1)) {
        return true;
    }
    // Its length says that it is not new, its time when.
    let _ = file.set_len(1).and_then(|()| file.set_modified(now));
    false
}

impl Office {
    /// Writes down who holds it, and by that when it read the settings.
    pub fn sign(&self) -> io::Result<()> {
        // A full disk may have no room for what would be written anew. The end of the line tells it from what stood there.
        let line = format!("{}\n", std::process::id());
        self.file.write_all_at(line.as_bytes(), 0)?;
        self.file.set_len(line.len() as u64)
    }

    /// Gives it up as a courier that got through: should it have been started a moment ago, a hook may start another at once.
    pub fn give_up(self) {
        // Where nobody has started one, there is nothing to take back.
        let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        if let Ok(marker) = rustix::fs::open(self.root.join(STARTED), flags, Mode::empty()) {
            let _ = File::from(marker).set_len(0);
        }
    }
}

/// Who holds the office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Holder {
    /// Its process, where it could be written down.
    pub(crate) pid: Option<u32>,
}

/// Who holds the office, if anybody does.
pub(crate) fn holder(root: &Path) -> Option<Holder> {
    let (mut file, _) = open_file(&root.join("courier.lock")).ok()?;
    // Shared: two who look at once do not take each other for a courier.
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let read = file.read_to_string(&mut text);
            let pid = read.ok().and_then(|_| text.lines().next()?.trim().parse().ok());
            Some(Holder { pid })
        }
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

/// When the holder of the office read its settings.
pub(crate) fn signed(root: &Path) -> Option<SystemTime> {
    root.join("courier.lock").metadata().ok()?.modified().ok()
}

/// Starts a detached courier unless one runs.
///
/// The hook has stored its alert before it looks here, and a courier that leaves looks once more after it gave up the office: so
/// either the hook finds the office free, or the courier finds the alert.
pub fn courier_if_none(root: &Path) -> io::Result<()> {
    if is_held(root)? { Ok(()) } else { start_courier(root) }
}

/// Not inlined: a call beside a courier that runs, as nearly all are, does not come here.
#[cold]
#[inline(never)]
fn start_courier(root: &Path) -> io::Result<()> {
    if started_lately(root) {
        return Ok(());
    }
    let log = open_own(&root.join("courier.log"), 0o600, true);
    // A log that nobody rotates begins anew before it becomes a burden.
    if let Ok(file) = &log
        && file.metadata().is_ok_and(|meta| meta.len() > LARGEST_LOG)
    {
        let _ = file.set_len(0);
    }
    let mut command = Command::new(this_program(std::env::current_exe()?));
    // It works in another folder than the hook, and is to find the same things there.
    for name in ["WAZUH_HOME", "WAZUH_IRIS_CONFIG"] {
        let given = std::env::var_os(name).filter(|path| !path.is_empty());
        if let Some(path) = given.and_then(|path| std::path::absolute(path).ok()) {
            command.env(name, path);
        }
    }
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

/// This program, or what an upgrade has put in its place: the name of one that is gone has a word more.
fn this_program(executable: PathBuf) -> PathBuf {
    match executable.as_os_str().as_bytes().strip_suffix(b" (deleted)") {
        Some(name) => PathBuf::from(OsStr::from_bytes(name)),
        None => executable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_only_looks_is_not_taken_for_a_courier() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_held(folder.path()).unwrap());
        let looker = File::open(folder.path().join("courier.lock")).unwrap();
        looker.try_lock_shared().unwrap();
        assert!(!is_held(folder.path()).unwrap());
        drop(looker);
        let office = take_office(folder.path()).unwrap().unwrap();
        assert!(is_held(folder.path()).unwrap());
        drop(office);
        assert!(!is_held(folder.path()).unwrap());
    }

    #[test]
    fn whoever_holds_the_office_is_known_by_its_first_line_and_seen_without() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        assert_eq!(holder(root), None);
        let office = take_office(root).unwrap().unwrap();
        assert_eq!(holder(root), Some(Holder { pid: None }));
        std::fs::write(root.join("courier.lock"), "12345678901234567890").unwrap();
        office.sign().unwrap();
        let pid = Some(std::process::id());
        assert_eq!(holder(root), Some(Holder { pid }));
        // As a reader may find it between the two steps.
        std::fs::write(root.join("courier.lock"), "4711\n901234567890").unwrap();
        assert_eq!(holder(root), Some(Holder { pid: Some(4711) }));
        drop(office);
        assert_eq!(holder(root), None);
    }

    #[test]
    fn a_courier_that_was_started_a_moment_ago_is_not_started_again() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!started_lately(folder.path()), "the first of all");
        assert!(started_lately(folder.path()));
        let marker = File::options()
            .write(true)
            .open(folder.path().join("courier.started"))
            .unwrap();
        marker.set_modified(SystemTime::now() - Duration::from_secs(2)).unwrap();
        assert!(!started_lately(folder.path()));
        // A clock that was set back must not keep a courier from starting for an hour.
        marker
            .set_modified(SystemTime::now() + Duration::from_hours(1))
            .unwrap();
        assert!(!started_lately(folder.path()));
    }

    #[test]
    fn a_courier_that_gave_up_its_office_keeps_none_from_being_started_however_short_its_life() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        assert!(!started_lately(root));
        let office = take_office(root).unwrap().unwrap();
        office.sign().unwrap();
        drop(office);
        assert!(started_lately(root), "it broke down");
        let office = take_office(root).unwrap().unwrap();
        assert!(started_lately(root), "the next one may, too");
        office.give_up();
        assert!(!is_held(root).unwrap());
        assert!(!started_lately(root));
        assert!(started_lately(root), "the next one is given its time, too");
    }

    #[test]
    fn after_an_upgrade_it_is_the_new_program_that_is_started() {
        for (executable, program) in [
            ("/w/integrations/custom-iris", "/w/integrations/custom-iris"),
            ("/w/integrations/custom-iris (deleted)", "/w/integrations/custom-iris"),
            ("/w (deleted)/custom-iris", "/w (deleted)/custom-iris"),
        ] {
            assert_eq!(this_program(PathBuf::from(executable)), Path::new(program));
        }
    }
}
