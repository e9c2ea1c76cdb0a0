//! The courier's memory: what has come, what waits, what became of it, and what noise reduction must remember.
//!
//! One process writes, in transactions that are synced when they commit. Counters change in the same transaction as the alert
//! they count, so they add up after a crash at any point.

mod advice;
mod counts;
mod delivery;
mod desk;
mod intake;
mod lane;
mod places;
mod report;
mod schema;
mod upkeep;
mod waits;

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OpenFlags, Transaction};
use zstd::bulk::{Compressor, Decompressor};

use super::launch;
use super::spool::{DestinationId, open_own};
pub use counts::{FoldReport, Untold};
#[cfg(test)]
pub(crate) use delivery::LONGEST_WAIT_US;
pub(crate) use delivery::is_over;
pub use delivery::{Due, Ready, Settlement};
pub(in crate::forwarder) use intake::Taking;
pub use intake::{Arrival, Checkpoint, Intake};
pub use lane::Lane;
pub(crate) use lane::{LIVE, Turns};
pub use report::{Reason, Row, Shown};
use schema::Tables;
pub use waits::{Trouble, Waits};

/// Why the queue could not do what was asked; the caller tries again later, nothing is half done.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// This user may not look whether it is there.
    #[error("cannot look at the queue {path}: {source}{}", advice::of_hidden(source))]
    Hidden {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The database refused: disk full, no permission, damaged.
    #[error("the queue {path}: {source}{}", advice::of(path, source))]
    Database {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// A newer program has brought it to a version that this one does not know.
    #[error(
        "the queue {path} was made by a newer program (its version is {version}, and this one knows up to {known}); nothing in it is changed\n\
         hint: use that one: install the newer custom-iris again, and restart the courier"
    )]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its version.
        version: u32,
        /// The last version that this program knows.
        known: u32,
    },
    /// It is there and has lost its tables.
    #[error(
        "the queue {path} is empty: what waited in it, and what is known of alerts that are out, is gone{}",
        advice::AGAIN
    )]
    Emptied {
        /// Which file.
        path: PathBuf,
    },
    /// A body that cannot be unpacked.
    #[error(
        "the stored text of alert {seq} is damaged\nhint: Wazuh's alerts.json has the alert; the other alerts of the queue are not touched"
    )]
    Damaged {
        /// Its number.
        seq: i64,
    },
}

impl QueueError {
    /// The same in one line, for a log.
    pub fn line(&self) -> String {
        self.to_string().replace("\nhint: ", "; ")
    }
}

/// The open queue.
#[derive(Debug)]
pub struct Queue {
    db: Connection,
    path: PathBuf,
    /// Where destinations lead, so far as it was asked.
    places: BTreeMap<DestinationId, Arc<str>>,
}

impl Queue {
    /// Opens the queue of a state directory for writing, and makes it where there is none.
    pub fn open(root: &Path) -> Result<Self, QueueError> {
        let path = root.join("queue.db");
        let is_new = path.symlink_metadata().is_err();
        let open = || {
            // Made by us before SQLite does, which would let others read it, and given to the owner of the folder: SQLite gives its
            // other files to the owner of this one. Never opened once SQLite has it: whatever closes any handle of a file gives up
            // all locks of the process on it, and without its lock whoever looks in from outside removes the log.
            drop(open_own(&path, 0o600, false));
            let mut db = Connection::open(&path)?;
            Ok((schema::prepare(&mut db)?, db))
        };
        match open() {
            Ok((Tables::Newer(version), _)) => Err(newer(path, version)),
            Ok((tables, db)) => {
                if tables == Tables::Made && !is_new {
                    let shown = path.display();
                    tracing::error!(
                        "{shown} was there and empty: if a courier had run by it, what waited in it is gone: `custom-iris replay` the \
                         alerts.json of the days since something waited there; IRIS knows by its id what it has"
                    );
                }
                Ok(Self::of(db, path))
            }
            Err(source) => {
                // As on a disk without room: it would pass for one that has lost its tables, and nothing is in it yet.
                if is_new {
                    for name in ["queue.db-wal", "queue.db-shm", "queue.db"] {
                        let _ = std::fs::remove_file(root.join(name));
                    }
                }
                Err(QueueError::Database { path, source })
            }
        }
    }

    /// A queue that ends with this process, for judging without consequences. It lives in a temporary file that SQLite deletes,
    /// and in memory as long as it is small.
    pub fn scratch() -> Result<Self, QueueError> {
        let path = PathBuf::new();
        let open = || {
            let mut db = Connection::open("")?;
            schema::prepare(&mut db)?;
            db.execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY;")?;
            Ok(db)
        };
        match open() {
            Ok(db) => Ok(Self::of(db, path)),
            Err(source) => Err(QueueError::Database { path, source }),
        }
    }

    /// Opens it for reading, beside the courier that writes; `None` when there is none yet, be it that a courier is just making it. One that
    /// stays without tables has lost them.
    pub fn look(root: &Path) -> Result<Option<Self>, QueueError> {
        let path = root.join("queue.db");
        match path.try_exists() {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(source) => return Err(QueueError::Hidden { path, source }),
        }
        let open = || {
            let db = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            db.execute_batch("PRAGMA busy_timeout = 5000; PRAGMA query_only = ON;")?;
            Ok(db)
        };
        match open() {
            Ok(db) if schema::is_unmade(&db) => {
                if is_being_made(root, &path) {
                    Ok(None)
                } else {
                    Err(QueueError::Emptied { path })
                }
            }
            Ok(db) => match schema::newer(&db) {
                Some(version) => Err(newer(path, version)),
                None => Ok(Some(Self::of(db, path))),
            },
            Err(source) => Err(QueueError::Database { path, source }),
        }
    }

    /// Fails at once while another has the queue locked.
    #[cfg(test)]
    pub(crate) fn wait_for_nobody(&self) {
        self.db.busy_timeout(std::time::Duration::ZERO).unwrap();
    }

    fn of(db: Connection, path: PathBuf) -> Self {
        Self {
            db,
            path,
            places: BTreeMap::new(),
        }
    }

    fn change<T>(
        &mut self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, QueueError> {
        let run = |db: &mut Connection| {
            let change = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            let done = work(&change)?;
            change.commit()?;
            Ok(done)
        };
        run(&mut self.db).map_err(|source| QueueError::Database {
            path: self.path.clone(),
            source,
        })
    }

    /// Keeps what the queue says as it is at this moment while it lives: many questions then take one lock of the file. Nothing can be
    /// changed meanwhile.
    pub fn hold(&self) -> Result<Transaction<'_>, QueueError> {
        self.ask(Connection::unchecked_transaction)
    }

    fn ask<'a, T>(&'a self, work: impl FnOnce(&'a Connection) -> rusqlite::Result<T>) -> Result<T, QueueError> {
        work(&self.db).map_err(|source| QueueError::Database {
            path: self.path.clone(),
            source,
        })
    }
}

fn newer(path: PathBuf, version: u32) -> QueueError {
    QueueError::Newer {
        path,
        version,
        known: schema::VERSION,
    }
}

/// Whether somebody may be at a queue without tables: a courier, or whoever has just made the file.
fn is_being_made(root: &Path, path: &Path) -> bool {
    const LONGEST: Duration = Duration::from_secs(5);
    let age = || path.metadata().ok()?.modified().ok()?.elapsed().ok();
    age().is_some_and(|age| age < LONGEST) || launch::is_held(root).unwrap_or(false)
}

/// When a count is told whose alert IRIS does not have yet.
const NEVER: i64 = i64::MAX;

/// Microseconds since 1970.
pub fn micros(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// What one transaction adds to the counters: each is written once, however many alerts it counts.
#[derive(Debug, Default)]
struct Tally(BTreeMap<&'static str, i64>);

impl Tally {
    fn add(&mut self, name: &'static str, count: i64) {
        *self.0.entry(name).or_default() += count;
    }

    fn write(self, db: &Connection) -> rusqlite::Result<()> {
        let mut add = db.prepare_cached(
            "INSERT INTO counter VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET count = count + ?2",
        )?;
        for (name, count) in self.0 {
            add.execute((name, count))?;
        }
        Ok(())
    }
}

thread_local! {
    // A context is hundreds of kilobytes to make ready, and an alert takes a moment.
    static PACKER: RefCell<Option<Compressor<'static>>> = RefCell::new(Compressor::new(PACKED).ok());
    static UNPACKER: RefCell<Option<Decompressor<'static>>> = RefCell::new(Decompressor::new().ok());
}

/// The level of zstd that alerts are packed at: five sixths of the size of one. Two thirds, at -1, take four times as long, and half, at 1,
/// five times, and twice as long to unpack; that is a twentieth of what an alert costs in all, and most stay here for a moment.
const PACKED: i32 = -7;

/// Largest text that a packed one may claim to hold; no source brings a larger alert.
const LARGEST: u64 = crate::settings::LARGEST_FINDING;

/// Only a broken allocator makes zstd fail; the alert stays where it came from then.
fn pack(bytes: &[u8]) -> rusqlite::Result<Vec<u8>> {
    let packed = PACKER.with_borrow_mut(|packer| packer.as_mut()?.compress(bytes).ok());
    packed.ok_or_else(|| rusqlite::Error::ToSqlConversionFailure("an alert cannot be packed".into()))
}

fn unpack(seq: i64, packed: &[u8]) -> Result<Vec<u8>, QueueError> {
    let length = zstd::zstd_safe::get_frame_content_size(packed).ok().flatten();
    let length = length
        .filter(|length| *length <= LARGEST)
        .and_then(|length| usize::try_from(length).ok());
    let text = length
        .and_then(|length| UNPACKER.with_borrow_mut(|unpacker| unpacker.as_mut()?.decompress(packed, length).ok()));
    text.ok_or(QueueError::Damaged { seq })
}
