//! What to do about a queue that cannot be used.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use rustix::fs::{Access, StatVfsMountFlags};

use crate::forwarder::place::{AS_WHOM, to_look};
use crate::forwarder::replay::quoted;

/// What SQLite needs beside a file that it only reads, in bytes; in less than this nothing can be done.
const LEAST: u64 = 1 << 20;

/// About one that was emptied.
pub(super) const AGAIN: &str = "\nhint: start the courier, or restart it: it makes the tables again. `custom-iris replay` the alerts.json of \
                                the days since something waited there: IRIS knows by its id what it has";

/// About one that is damaged.
const ANEW: &str = "stop the courier, move queue.db, queue.db-wal and queue.db-shm aside, start it again, and `custom-iris replay` the \
                    alerts.json of the days since something waited there: IRIS knows by its id what it has. With several <integration> \
                    blocks only what goes to the customer of the settings comes back, and what a block brought for another one may come \
                    for that, too";

/// About one that this user cannot look at.
pub(super) fn of_hidden(error: &io::Error) -> String {
    format!("\nhint: {}", to_look(error))
}

/// About one that SQLite cannot use. What SQLite says is the same for many reasons: what the file system says tells them apart.
pub(super) fn of(path: &Path, error: &rusqlite::Error) -> String {
    let hint = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => ANEW.to_owned(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another process has it for long; try again in a moment, and if it stays so, restart the courier".to_owned()
        }
        Some(ErrorCode::OutOfMemory) => "there is too little memory: free some, and try again".to_owned(),
        // Tables or columns are missing.
        Some(ErrorCode::Unknown) => {
            format!(
                "start the courier, or restart it: it brings an older queue to this version. If that does not help: {ANEW}"
            )
        }
        code => Obstacle::at(path).advice(path, code),
    };
    format!("\nhint: {hint}")
}

/// What is in the way at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Obstacle {
    Folder,
    ReadOnly,
    /// This file may not be read or written, or in this folder nothing may be made, by its own owner.
    Shut(PathBuf),
    /// This file belongs to somebody else than its folder, which is one's own.
    Foreign(PathBuf),
    /// Somebody else owns the folder.
    Stranger,
    Full,
    Unknown,
}

impl Obstacle {
    fn at(path: &Path) -> Self {
        let folder = path.parent().unwrap_or(path);
        let space = rustix::fs::statvfs(folder);
        if path.is_dir() {
            return Self::Folder;
        }
        if space
            .as_ref()
            .is_ok_and(|space| space.f_flag.contains(StatVfsMountFlags::RDONLY))
        {
            return Self::ReadOnly;
        }
        let beside = |suffix: &str| PathBuf::from(format!("{}{suffix}", path.display()));
        let (both, make) = (Access::READ_OK | Access::WRITE_OK, Access::WRITE_OK | Access::EXEC_OK);
        // The folder first: where that is shut, so is what lies in it.
        let places = [
            (folder.to_owned(), make),
            (path.to_owned(), both),
            (beside("-wal"), both),
            (beside("-shm"), both),
        ];
        let is_denied = |(place, wanted): &(PathBuf, Access)| {
            rustix::fs::access(place, *wanted).is_err_and(|error| error == rustix::io::Errno::ACCESS)
        };
        if let Some((denied, _)) = places.into_iter().find(is_denied) {
            return Self::of_denied(denied, folder, rustix::process::geteuid().as_raw());
        }
        match space {
            Ok(space) if space.f_bavail.saturating_mul(space.f_frsize) < LEAST || space.f_favail == 0 => Self::Full,
            _ => Self::Unknown,
        }
    }

    /// Whose mode or owner is in the way of this user.
    fn of_denied(denied: PathBuf, folder: &Path, user: u32) -> Self {
        let is_own = |place: &Path| place.metadata().is_ok_and(|meta| meta.uid() == user);
        if is_own(&denied) {
            let needed = if denied == folder { 0o700 } else { 0o600 };
            let mode = denied.metadata().map_or(0, |meta| meta.mode());
            // Its mode would let it: something else does not.
            return if mode & needed == needed {
                Self::Unknown
            } else {
                Self::Shut(denied)
            };
        }
        if is_own(folder) {
            Self::Foreign(denied)
        } else {
            Self::Stranger
        }
    }

    fn advice(&self, path: &Path, code: Option<ErrorCode>) -> String {
        let folder = path.parent().unwrap_or(path).display();
        match self {
            Self::Folder => {
                format!("that is a folder: move it aside, and restart the courier, which makes the file. {REPLAY}")
            }
            Self::ReadOnly => {
                format!(
                    "the file system of {folder} is mounted read-only: mount it writable; `dmesg` says whether errors of the disk made it so"
                )
            }
            Self::Shut(denied) => {
                let mode = if Some(denied.as_path()) == path.parent() {
                    "rwx"
                } else {
                    "rw"
                };
                format!("its mode is in the way: chmod u+{mode} {}", quoted(denied))
            }
            Self::Foreign(denied) => {
                let whole = path.parent().unwrap_or(path);
                format!(
                    "{} belongs to another user; as root: chown -h --reference={} {}",
                    denied.display(),
                    quoted(whole),
                    quoted(denied)
                )
            }
            Self::Stranger => format!("{AS_WHOM}; `custom-iris doctor` says whose it should be"),
            Self::Full => format!("there is no room at {folder}: make some there"),
            Self::Unknown if code == Some(ErrorCode::DiskFull) => {
                format!("make room at {folder}, or raise the quota of its user")
            }
            Self::Unknown if code == Some(ErrorCode::SystemIoFailure) => {
                format!(
                    "the disk may fail: see `dmesg`, and whether {path} can be copied; then restart the courier",
                    path = path.display()
                )
            }
            Self::Unknown => format!(
                "see what is at {folder}, and whether the process may open more files (ulimit -n); then restart the courier"
            ),
        }
    }
}

/// How what waited comes back.
const REPLAY: &str = "`custom-iris replay` the alerts.json of the days since something waited there";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_obstacle_has_an_advice_of_its_own() {
        let path = Path::new("/state/queue.db");
        let advice = |obstacle: Obstacle, code| obstacle.advice(path, code);
        for (obstacle, code, wanted) in [
            (Obstacle::Folder, None, "move it aside"),
            (
                Obstacle::ReadOnly,
                None,
                "/state is mounted read-only: mount it writable",
            ),
            (
                Obstacle::Foreign("/state/queue.db-wal".into()),
                None,
                "/state/queue.db-wal belongs to another user; as root: chown -h --reference=/state /state/queue.db-wal",
            ),
            (
                Obstacle::Shut("/state/queue.db".into()),
                None,
                "chmod u+rw /state/queue.db",
            ),
            (Obstacle::Shut("/state".into()), None, "chmod u+rwx /state"),
            (
                Obstacle::Shut("/my state/queue.db".into()),
                None,
                "chmod u+rw '/my state/queue.db'",
            ),
            (
                Obstacle::Stranger,
                None,
                "as the user that Wazuh runs as; `custom-iris doctor`",
            ),
            (Obstacle::Full, None, "no room at /state"),
            (Obstacle::Unknown, Some(ErrorCode::DiskFull), "quota"),
            (Obstacle::Unknown, Some(ErrorCode::SystemIoFailure), "dmesg"),
            (Obstacle::Unknown, Some(ErrorCode::CannotOpen), "ulimit -n"),
        ] {
            let said = advice(obstacle, code);
            assert!(said.contains(wanted), "{said}");
        }
    }

    #[test]
    fn what_is_ones_own_and_shut_what_is_anothers_and_what_the_mode_would_let_are_told_apart() {
        use std::os::unix::fs::PermissionsExt;
        let state = tempfile::tempdir().unwrap();
        let folder = state.path().join("state");
        std::fs::create_dir(&folder).unwrap();
        let path = folder.join("queue.db");
        std::fs::write(&path, "").unwrap();
        let owner = path.metadata().unwrap().uid();
        let mode = |place: &Path, mode| std::fs::set_permissions(place, std::fs::Permissions::from_mode(mode)).unwrap();
        let found = |denied: &Path, user| Obstacle::of_denied(denied.to_owned(), &folder, user);
        for (of_file, of_folder, in_file, in_folder) in [
            (
                0o400,
                0o500,
                Obstacle::Shut(path.clone()),
                Obstacle::Shut(folder.clone()),
            ),
            (
                0o000,
                0o600,
                Obstacle::Shut(path.clone()),
                Obstacle::Shut(folder.clone()),
            ),
            (0o600, 0o700, Obstacle::Unknown, Obstacle::Unknown),
        ] {
            mode(&path, of_file);
            mode(&folder, 0o700);
            assert_eq!(found(&path, owner), in_file);
            mode(&folder, of_folder);
            assert_eq!(found(&folder, owner), in_folder);
            assert_eq!(found(&folder, owner + 1), Obstacle::Stranger);
        }
        // One that cannot be looked at counts as another's.
        assert_eq!(
            found(&folder.join("queue.db-wal"), owner),
            Obstacle::Foreign(folder.join("queue.db-wal"))
        );
        assert_eq!(found(&path, owner + 1), Obstacle::Stranger);
    }

    #[test]
    fn what_sqlite_did_not_say_itself_moves_nothing_aside() {
        let said = of(Path::new("/nowhere/queue.db"), &rusqlite::Error::InvalidQuery);
        assert!(!said.contains("aside"), "{said}");
    }

    #[test]
    fn a_folder_in_its_place_and_a_well_one_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.db");
        assert_eq!(Obstacle::at(&path), Obstacle::Unknown);
        std::fs::create_dir(&path).unwrap();
        assert_eq!(Obstacle::at(&path), Obstacle::Folder);
    }
}
