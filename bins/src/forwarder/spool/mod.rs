//! What the hook stores and the courier takes: pages of the ring, or a file per alert, complete or recognisably not.
//!
//! A file is created in place in `new/` under its final name, written with one header and synced once. There is no rename:
//! on ext4, XFS and btrfs a renamed file may come back under its draft name after a power cut, a file created in place does not.
//! The header carries length and checksum, so a file that a kill or a full disk cut short is never taken for an alert.

mod destination;
mod entry;
mod files;
mod limits;
pub(crate) mod ring;

use std::collections::BinaryHeap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub use destination::{Destination, DestinationId, Stamp};
pub(crate) use destination::{Key, Told};
pub use entry::{Entry, Unreadable};
use files::{adopt, make_own, read_all};
pub(crate) use files::{fill, open_file, open_folder, open_own, open_to_read};
pub use limits::{Limits, Room};
pub(crate) use ring::Reader;
use ring::{Appended, Waiting};

use super::launch;
use crate::short_path::ShortPath;

/// Size that the folder of stored entries has on common file systems with some dozens of them in it, in bytes.
const SOME_FILES: u64 = 4096;

/// The folder of stored entries.
const INBOX: &str = "new";

/// How old an incomplete file must be before it is taken for what a crash left, not for what a hook still writes.
const STILL_WRITING: Duration = Duration::from_mins(1);

/// The same while the process that made the file lives: a disk that stalls, or a clock that jumps, may hold a hook for longer, and
/// what it then finishes it acknowledges. Not for ever, because another process may have got its number.
const STALLED: Duration = Duration::from_hours(24);

/// The spool of one state directory.
#[derive(Debug, Clone)]
pub struct Spool {
    root: ShortPath,
}

/// What a look at one file found.
#[derive(Debug)]
pub enum Taken {
    /// A complete entry.
    Entry(Entry),
    /// A hook may still be writing it; look again later.
    Unfinished,
    /// It will never be complete; moved to `corrupt/`.
    Corrupt(Unreadable),
    /// Gone: somebody else has taken it.
    Gone,
}

impl Spool {
    /// The spool in this state directory, which need not exist yet.
    pub fn at(root: impl AsRef<Path>) -> Self {
        Self {
            root: ShortPath::of(root.as_ref()),
        }
    }

    /// The state directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of stored entries.
    pub fn inbox(&self) -> PathBuf {
        self.root.join(INBOX)
    }

    /// The folder of files that can never be read.
    pub fn corrupt(&self) -> PathBuf {
        self.root.join("corrupt")
    }

    /// Makes the folders, readable by their owner only; a parent that is missing is not made, because then the path is wrong.
    pub fn create(&self) -> io::Result<()> {
        for folder in [
            self.root.to_path_buf(),
            self.inbox(),
            self.corrupt(),
            self.root.join("destinations"),
            self.ring(),
        ] {
            match fs::DirBuilder::new().mode(0o700).create(&folder) {
                Ok(()) => {
                    let made = open_folder(&folder)?;
                    adopt(&made, folder.parent())?;
                    // The first alert must not be lost with its folder; without a journal, neither sync brings the other.
                    made.sync_all()?;
                    if let Some(Ok(parent)) = folder.parent().map(File::open) {
                        parent.sync_all()?;
                    }
                }
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// Stores an alert of a hook, in the ring if that can be done at once. When this returns, it survives a crash; when it fails, nothing
    /// is left behind.
    pub fn store(&self, entry: &Entry<impl AsRef<[u8]>>) -> io::Result<()> {
        let entry = entry.borrowed();
        match ring::append(&self.root, entry) {
            Appended::Stored => Ok(()),
            Appended::No => self.put_new(entry).map(drop),
            Appended::Failed(name) => self.put_as(Path::new(&name), entry),
            Appended::NoRing => {
                self.put_new(entry)?;
                self.may_make_ring();
                Ok(())
            }
        }
    }

    /// Makes the ring that a courier would have made, where hooks have stored some alerts and no courier runs. One that does run, and has
    /// made none, may be of a version that would not look there.
    #[cold]
    #[inline(never)]
    fn may_make_ring(&self) {
        if fs::metadata(ShortPath::within(&self.root, INBOX)).is_ok_and(|inbox| inbox.len() > SOME_FILES)
            && launch::is_held(&self.root).is_ok_and(|held| !held)
        {
            // It is a matter of speed only.
            let _ = ring::make(&self.root);
        }
    }

    /// Removes what somebody left who was killed while writing a small file anew.
    pub fn remove_drafts(&self) -> io::Result<()> {
        files::remove_drafts(&self.root)?;
        files::remove_drafts(&self.root.join("destinations"))
    }

    /// Mends the ring, if there is one, and sets aside one that cannot be used: for the courier that will look there.
    pub fn mend_ring(&self) -> io::Result<()> {
        ring::mend(self)
    }

    /// Makes the ring where there is none.
    pub fn make_ring(&self) -> io::Result<()> {
        ring::make(&self.root)
    }

    /// The folder of the ring.
    pub fn ring(&self) -> PathBuf {
        self.root.join("ring")
    }

    /// How many entries are stored and not taken away, pieces of files included.
    pub fn count(&self) -> io::Result<usize> {
        Ok(self.names()?.len() + self.in_ring()?.entries)
    }

    /// What lies in the ring.
    pub(crate) fn in_ring(&self) -> io::Result<Waiting> {
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", self.ring().display()));
        ring::waiting(&self.root).map_err(named)
    }

    /// Stores an alert in a file of its own. When this returns, it survives a crash; when it fails, nothing is left behind.
    ///
    /// The name begins with the time, so that names sort in the order of arrival.
    pub fn put(&self, entry: &Entry<impl AsRef<[u8]>>) -> io::Result<String> {
        self.put_new(entry.borrowed())
            .map(|name| name.to_string_lossy().into_owned())
    }

    fn put_new(&self, entry: Entry<&[u8]>) -> io::Result<ShortPath> {
        let name = new_name();
        self.put_as(&name, entry)?;
        Ok(name)
    }

    fn put_as(&self, name: &Path, entry: Entry<&[u8]>) -> io::Result<()> {
        let (path, file) = self.make(name)?;
        let written = write(&file, entry).and_then(|()| file.sync_data());
        if written.is_err() {
            // The courier would recognise the piece by its length, but a full disk should not be filled with pieces.
            let _ = fs::remove_file(&path);
        }
        written
    }

    /// Makes the file of an entry under its final name.
    fn make(&self, name: &Path) -> io::Result<(ShortPath, File)> {
        let inbox = ShortPath::within(&self.root, INBOX);
        let path = ShortPath::within(&inbox, name);
        let file = match make_own(&inbox, &path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.create()?;
                make_own(&inbox, &path)?
            }
            other => other?,
        };
        Ok((path, file))
    }

    /// Stores many alerts that share one sync. When this returns, they survive a crash; when it fails, some may be stored.
    pub fn put_all(&self, entries: &[Entry]) -> io::Result<()> {
        self.create()?;
        let mut written = Ok(());
        for entry in entries {
            let (path, file) = self.make(&new_name())?;
            written = write(&file, entry.borrowed());
            if written.is_err() {
                let _ = fs::remove_file(&path);
                break;
            }
        }
        // Also what came before the one that failed: its sender is told that it is stored.
        rustix::fs::syncfs(File::open(self.inbox())?)?;
        written
    }

    /// Lists the names of stored entries, oldest first.
    pub fn names(&self) -> io::Result<Vec<String>> {
        self.oldest("", usize::MAX)
    }

    /// Names of the oldest entries behind this name, at most so many, oldest first. Keeps no others in memory.
    pub fn oldest(&self, behind: &str, most: usize) -> io::Result<Vec<String>> {
        let mut names = BinaryHeap::new();
        let folder = match fs::read_dir(self.inbox()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?,
        };
        for file in folder {
            if let Ok(name) = file?.file_name().into_string()
                && name.as_str() > behind
            {
                names.push(name);
                if names.len() > most {
                    names.pop();
                }
            }
        }
        Ok(names.into_sorted_vec())
    }

    /// Reads one entry; what can never be read is moved aside, never deleted.
    pub fn take(&self, name: &str, now: SystemTime) -> io::Result<Taken> {
        let path = self.inbox().join(name);
        let (file, meta) = match open_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Taken::Gone),
            other => other?,
        };
        let unreadable = if meta.len() > Entry::LARGEST {
            Unreadable::TooLarge(meta.len())
        } else {
            match Entry::decode(&read_all(file, meta.len())?) {
                Ok(entry) => return Ok(Taken::Entry(entry)),
                Err(unreadable) => unreadable,
            }
        };
        let age = meta.modified().ok().and_then(|at| now.duration_since(at).ok());
        let patience = if is_being_written(name) { STALLED } else { STILL_WRITING };
        if age.is_none_or(|age| age < patience) {
            return Ok(Taken::Unfinished);
        }
        fs::rename(&path, self.corrupt().join(name))?;
        Ok(Taken::Corrupt(unreadable))
    }

    /// Removes an entry whose alert is safe in the queue.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.inbox().join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// A name that begins with the time, so that names sort in the order of arrival, and that no other process gives at that time.
fn new_name() -> ShortPath {
    static SEQUENCE: AtomicU32 = AtomicU32::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let sequence = SEQUENCE.fetch_add(1, Ordering::Relaxed);
    let (since, process) = (since.as_nanos(), std::process::id());
    ShortPath::written(format_args!("{since:020}-{process}-{sequence}"))
}

/// Whether the process that made this file may still live.
fn is_being_written(name: &str) -> bool {
    let mut parts = name.split('-');
    let (Some(at), Some(pid)) = (parts.next(), parts.next()) else {
        return false;
    };
    // It had begun in the ring, and its process is not known.
    if pid.starts_with("ring") {
        return true;
    }
    let is_pid = !pid.is_empty() && pid.bytes().all(|byte| byte.is_ascii_digit());
    at.len() == 20 && is_pid && Path::new("/proc").join(pid).exists()
}

fn write(mut file: &File, entry: Entry<&[u8]>) -> io::Result<()> {
    let header = entry.header();
    let mut slices = [io::IoSlice::new(&header), io::IoSlice::new(entry.bytes())];
    let mut rest = &mut slices[..];
    while !rest.is_empty() {
        match file.write_vectored(rest)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => io::IoSlice::advance_slices(&mut rest, written),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    fn spool() -> (tempfile::TempDir, Spool) {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::at(folder.path().join("state"));
        (folder, spool)
    }

    #[test]
    fn what_is_put_is_taken_byte_for_byte_and_in_order() {
        let (_folder, spool) = spool();
        for text in ["{\"a\":1}", "", "\0\u{fffd} not json"] {
            spool
                .put(&Entry::new(DestinationId::SETTINGS, text.as_bytes().to_vec()))
                .unwrap();
        }
        let names = spool.names().unwrap();
        let texts: Vec<_> = names
            .iter()
            .map(|name| match spool.take(name, SystemTime::now()).unwrap() {
                Taken::Entry(entry) => String::from_utf8(entry.bytes().to_vec()).unwrap(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(texts, ["{\"a\":1}", "", "\0\u{fffd} not json"]);
    }

    #[test]
    fn a_file_cut_anywhere_is_unfinished_while_young_and_set_aside_when_old() {
        let (_folder, spool) = spool();
        let name = spool
            .put(&Entry::new(DestinationId::SETTINGS, b"{\"id\":\"1.2\"}".to_vec()))
            .unwrap();
        let whole = fs::read(spool.inbox().join(&name)).unwrap();
        for length in 0..whole.len() {
            let cut = format!("cut-{length}");
            fs::write(spool.inbox().join(&cut), &whole[..length]).unwrap();
            assert!(
                matches!(spool.take(&cut, SystemTime::now()).unwrap(), Taken::Unfinished),
                "{length}"
            );
            let later = SystemTime::now() + Duration::from_secs(61);
            assert!(
                matches!(spool.take(&cut, later).unwrap(), Taken::Corrupt(_)),
                "{length}"
            );
            assert!(spool.corrupt().join(&cut).exists());
        }
    }

    #[test]
    fn what_a_living_hook_writes_is_not_set_aside_under_its_hands() {
        let (_folder, spool) = spool();
        let name = spool
            .put(&Entry::new(DestinationId::SETTINGS, b"{\"id\":\"1.2\"}".to_vec()))
            .unwrap();
        let path = spool.inbox().join(&name);
        File::options().write(true).open(&path).unwrap().set_len(20).unwrap();
        let after = |seconds| SystemTime::now() + Duration::from_secs(seconds);
        assert!(matches!(spool.take(&name, after(3600)).unwrap(), Taken::Unfinished));
        // Another process may have got its number: not for ever.
        assert!(matches!(spool.take(&name, after(90_000)).unwrap(), Taken::Corrupt(_)));
        let begun_in_the_ring = "01764412345678901000-ring0a1b2c3d-4097";
        fs::write(spool.inbox().join(begun_in_the_ring), b"W").unwrap();
        let look = |seconds| spool.take(begun_in_the_ring, after(seconds)).unwrap();
        assert!(matches!(look(3600), Taken::Unfinished));
        assert!(matches!(look(90_000), Taken::Corrupt(_)));
    }

    #[test]
    fn what_is_larger_than_any_entry_is_not_read_and_set_aside_when_old() {
        let (_folder, spool) = spool();
        spool.create().unwrap();
        let file = File::create(spool.inbox().join("0")).unwrap();
        file.set_len(1 << 40).unwrap();
        let after = |seconds| {
            spool
                .take("0", SystemTime::now() + Duration::from_secs(seconds))
                .unwrap()
        };
        assert!(matches!(after(0), Taken::Unfinished));
        assert!(matches!(after(61), Taken::Corrupt(Unreadable::TooLarge(_))));
    }

    #[test]
    fn one_flipped_bit_is_never_taken_for_an_alert() {
        let (_folder, spool) = spool();
        let name = spool
            .put(&Entry::new(DestinationId::SETTINGS, b"{\"id\":\"1.2\"}".to_vec()))
            .unwrap();
        let whole = fs::read(spool.inbox().join(&name)).unwrap();
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 0x10;
            assert!(Entry::decode(&flipped).is_err(), "byte {at}");
        }
    }

    #[test]
    fn what_root_stores_belongs_to_the_owner_of_the_folder() {
        if !rustix::process::geteuid().is_root() {
            println!("skipped: only root can give files away");
            return;
        }
        let (_folder, spool) = spool();
        spool.create().unwrap();
        std::os::unix::fs::chown(spool.inbox(), Some(12_345), Some(12_346)).unwrap();
        let name = spool.put(&Entry::new(DestinationId::SETTINGS, b"{}".to_vec())).unwrap();
        let meta = fs::metadata(spool.inbox().join(name)).unwrap();
        assert_eq!((meta.uid(), meta.gid()), (12_345, 12_346));
    }

    #[test]
    fn a_failed_put_leaves_nothing_behind() {
        let (folder, spool) = spool();
        fs::write(folder.path().join("state"), "a file where the folder should be").unwrap();
        assert!(spool.put(&Entry::new(DestinationId::SETTINGS, b"{}".to_vec())).is_err());
    }
}
