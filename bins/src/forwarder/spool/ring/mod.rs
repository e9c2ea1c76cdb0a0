//! The quick way into the spool: one file, `ring/pages`, made once and written over and over.
//!
//! A new file costs the disk four writes (its bytes, its inode, its folder, the folder's inode) or a commit of the journal. Pages that
//! are there already cost one. So a hook puts an alert of a few pages here if it can, and into a file of its own if it cannot: when
//! there is no ring, when it is full, when another hook writes, when anything about it is odd. The ring is a matter of speed only.
//!
//! On disk: pages of 4 KiB. The first says what the file is and up to where the courier has taken it in. Every other begins with
//! a head of 16 bytes: the number of the page (which never comes again), the ring's tag, which page of its entry it is, and of how
//! many (0 of 0: nothing to be taken); then a piece of the entry, header and checksum included, as it would stand in a file of its own.
//! Page number `n` has the place `1 + n % pages`. Numbers are little-endian; a head of zeros, or of an earlier lap, is a free page.
//!
//! Hooks write one at a time, under a lock of the file that nobody waits for, behind the last page that has its number, and never over
//! a page that is not taken in. The courier reads without the lock; what it cannot read it looks at once more under the lock, where
//! no hook can still be writing it.

mod make;
mod reader;
#[cfg(test)]
mod tests;

use std::fs::{File, TryLockError};
use std::io::{self, IoSlice};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::Entry;
use super::entry::HEADER;
use super::files::FOLDER;
use crate::short_path::ShortPath;
pub(crate) use make::make;
pub(super) use make::mend;
pub(super) use reader::waiting;
pub(crate) use reader::{Reader, Waiting};

/// Size of a page, in bytes.
const PAGE: usize = 4096;
/// What stands before the piece of an entry in each.
const HEAD: usize = 16;
/// Bytes of an entry in one page.
const PIECE: usize = PAGE - HEAD;
/// Pages for entries: 16 MiB, some thousand alerts, where a courier at work has taken in each after some milliseconds.
const PAGES: u64 = 4096;
/// Most pages of one entry. What is larger has a file of its own, as it would be worth it.
const MOST: u8 = 16;

/// Pages that a ring may say it has.
const PLAUSIBLE: std::ops::RangeInclusive<u64> = 2 * MOST as u64..=1 << 20;

const MAGIC: [u8; 8] = *b"WIRSring";
const VERSION: u32 = 1;
/// Where the first page says up to where the pages are taken in: twice, so that a half-written number is none.
const TAKEN: usize = 24;
/// What of the first page says anything, in bytes.
const FIRST: usize = TAKEN + 16;

/// An open ring.
#[derive(Debug)]
struct Ring {
    file: File,
    tag: u32,
    /// Pages for entries.
    pages: u64,
}

/// What a page is, seen from the number that it would have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    /// It has this number: page `index` of an entry of `of` pages.
    Used { index: u8, of: u8 },
    /// It has this number, and nothing is in it.
    Void,
    /// It has an earlier number of the same place, or none.
    Free,
    /// Neither: the disk has damaged it.
    Damaged,
}

/// What became of an entry that was to be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Appended {
    /// It is stored and survives a crash.
    Stored,
    /// It is not; it needs a file of its own.
    No,
    /// Likewise: there is no ring.
    NoRing,
    /// It was written under this name, and may not survive. A file of this name is the same entry to the queue, should that have read it.
    Failed(String),
}

/// Appends an entry, if that can be done at once.
pub(super) fn append(root: &Path, entry: Entry<&[u8]>) -> Appended {
    match try_append(root, entry) {
        Ok(appended) => appended,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Appended::NoRing,
        // Why does not matter: a file of its own tells the same, and better.
        Err(_) => Appended::No,
    }
}

fn try_append(root: &Path, entry: Entry<&[u8]>) -> io::Result<Appended> {
    let pages = u8::try_from((HEADER + entry.bytes().len()).div_ceil(PIECE)).unwrap_or(u8::MAX);
    if pages > MOST {
        return Ok(Appended::No);
    }
    let file = open(root, OFlags::RDWR)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(Appended::No),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let Some((ring, Some(taken))) = Ring::of(file)? else {
        return Ok(Appended::No);
    };
    let first = ring.last(taken)? + 1;
    let numbers = first..first + u64::from(pages);
    if numbers.end - 1 > taken + ring.pages {
        return Ok(Appended::No);
    }
    for number in numbers.clone() {
        if ring.look(number)? != Page::Free {
            return Ok(Appended::No);
        }
    }
    let written = ring.write(first, pages, entry).and_then(|()| ring.file.sync_data());
    if written.is_ok() {
        return Ok(Appended::Stored);
    }
    for number in numbers {
        // A page that stays free must have none behind it that is not.
        if ring.void(number).is_err() {
            break;
        }
    }
    Ok(Appended::Failed(ring.name(first, entry)))
}

/// Where it is.
fn path(root: &Path) -> ShortPath {
    ShortPath::within(root, "ring/pages")
}

fn open(root: &Path, access: OFlags) -> io::Result<File> {
    let flags = access | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    if rustix::process::geteuid().is_root() {
        return open_as_root(&ShortPath::within(root, "ring"), flags);
    }
    Ok(File::from(rustix::fs::open(&*path(root), flags, Mode::empty())?))
}

/// Root follows no link that the wazuh user may have laid, and writes into nothing that has another name elsewhere.
fn open_as_root(folder: &Path, flags: OFlags) -> io::Result<File> {
    let folder = rustix::fs::open(folder, FOLDER, Mode::empty())?;
    let file = File::from(rustix::fs::openat(&folder, "pages", flags, Mode::empty())?);
    let meta = file.metadata()?;
    if !meta.is_file() || meta.nlink() != 1 {
        return Err(io::Error::other("it is not a file of its own"));
    }
    Ok(file)
}

impl Ring {
    /// A file that says that it is a ring, and up to where its pages are safe in the queue, where that can be told.
    fn of(file: File) -> io::Result<Option<(Self, Option<u64>)>> {
        let mut first = [0; FIRST];
        let read = match file.read_at(&mut first, 0) {
            Err(error) if is_of_the_disk(&error) => 0,
            read => read?,
        };
        if read < FIRST || first[..8] != MAGIC || first[8..12] != VERSION.to_le_bytes() {
            return Ok(None);
        }
        let word = |at: usize| u64::from_le_bytes(std::array::from_fn(|i| first[at + i]));
        let tag = u32::from_le_bytes(std::array::from_fn(|i| first[12 + i]));
        let (pages, taken) = (word(16), word(TAKEN));
        // Far from where adding to it would overflow.
        let is_told = taken == word(TAKEN + 8) && (pages.wrapping_sub(1)..u64::MAX / 2).contains(&taken);
        Ok(PLAUSIBLE
            .contains(&pages)
            .then(|| (Self { file, tag, pages }, is_told.then_some(taken))))
    }

    /// Remembers that all pages up to this one are safe in the queue. It need not be durable: the queue knows what it is handed twice.
    fn set_taken(&self, number: u64) -> io::Result<()> {
        let mut twice = [0; 16];
        twice[..8].copy_from_slice(&number.to_le_bytes());
        twice[8..].copy_from_slice(&number.to_le_bytes());
        self.file.write_all_at(&twice, TAKEN as u64)
    }

    /// The number of the last page that is written.
    fn last(&self, taken: u64) -> io::Result<u64> {
        let most = taken + self.pages;
        let (mut used, mut free, mut step) = (taken, most + 1, 1);
        while used + step < free {
            if self.is_used(used + step)? {
                used += step;
                step *= 2;
            } else {
                free = used + step;
            }
        }
        while free - used > 1 {
            let middle = used + (free - used) / 2;
            if self.is_used(middle)? {
                used = middle;
            } else {
                free = middle;
            }
        }
        Ok(used)
    }

    fn is_used(&self, number: u64) -> io::Result<bool> {
        Ok(matches!(self.look(number)?, Page::Used { .. } | Page::Void))
    }

    /// Looks at the page that this number would have.
    fn look(&self, number: u64) -> io::Result<Page> {
        let mut head = [0; HEAD];
        self.read(&mut head, self.place(number))?;
        Ok(self.page(number, &head))
    }

    /// Reads a page or the beginning of one. What the disk cannot read any more is a damaged page, and no reason to leave those behind it.
    fn read(&self, page: &mut [u8], at: u64) -> io::Result<()> {
        let read = self.file.read_exact_at(page, at);
        if matches!(&read, Err(error) if is_of_the_disk(error)) {
            page.fill(u8::MAX);
            return Ok(());
        }
        read.map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => io::Error::other("it has been cut short"),
            _ => error,
        })
    }

    fn page(&self, number: u64, head: &[u8]) -> Page {
        if head[..HEAD] == [0; HEAD] {
            return Page::Free;
        }
        let there = u64::from_le_bytes(std::array::from_fn(|i| head[i]));
        let (index, of) = (head[12], head[13]);
        let is_one = index < of && of <= MOST || index == 0 && of == 0;
        if head[8..12] != self.tag.to_le_bytes() || head[14..16] != [0; 2] || !is_one {
            return Page::Damaged;
        }
        if there == number {
            if of == 0 { Page::Void } else { Page::Used { index, of } }
        } else if there < number && (number - there).is_multiple_of(self.pages) {
            Page::Free
        } else {
            Page::Damaged
        }
    }

    /// Writes an entry into pages from this number on.
    fn write(&self, first: u64, pages: u8, entry: Entry<&[u8]>) -> io::Result<()> {
        let header = entry.header();
        let mut rest = entry.bytes();
        for (number, index) in (first..).zip(0..pages) {
            let head = self.head(number, index, pages);
            let header = if index == 0 { &header[..] } else { &[] };
            let (piece, behind) = rest.split_at(rest.len().min(PIECE - header.len()));
            rest = behind;
            let slices = [IoSlice::new(&head), IoSlice::new(header), IoSlice::new(piece)];
            if rustix::io::pwritev(&self.file, &slices, self.place(number))? < HEAD + header.len() + piece.len() {
                return Err(io::ErrorKind::WriteZero.into());
            }
        }
        Ok(())
    }

    /// Takes back what is in a page. Its number stays used: another entry under it might be taken for this one.
    ///
    /// Not inlined: its page on the stack would cost each call of the hook one.
    #[cold]
    #[inline(never)]
    fn void(&self, number: u64) -> io::Result<()> {
        // The whole page: one that cannot be read may be written.
        let mut page = [0; PAGE];
        page[..HEAD].copy_from_slice(&self.head(number, 0, 0));
        self.file.write_all_at(&page, self.place(number))
    }

    /// A name that no other entry has: the number never comes again in this ring, nor the time in another.
    fn name(&self, number: u64, entry: Entry<&[u8]>) -> String {
        let nanos = u128::from(entry.received_us()) * 1000;
        format!("{nanos:020}-ring{:08x}-{number}", self.tag)
    }

    /// Where the page of this number begins in the file.
    fn place(&self, number: u64) -> u64 {
        (1 + number % self.pages) * PAGE as u64
    }

    fn head(&self, number: u64, index: u8, of: u8) -> [u8; HEAD] {
        let mut head = [0; HEAD];
        head[..8].copy_from_slice(&number.to_le_bytes());
        head[8..12].copy_from_slice(&self.tag.to_le_bytes());
        head[12..14].copy_from_slice(&[index, of]);
        head
    }
}

/// Whether the disk cannot read a place any more.
fn is_of_the_disk(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::IO.raw_os_error())
}
