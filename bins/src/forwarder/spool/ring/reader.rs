//! How the courier takes out of the ring what hooks have put in.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use rustix::fs::OFlags;

use super::super::files::rewrite;
use super::super::{Entry, Unreadable};
use super::{HEAD, MOST, PAGE, PIECE, Page, Ring, open, path};

/// The courier's place in the ring of a state directory.
#[derive(Debug)]
pub(crate) struct Reader {
    root: PathBuf,
    corrupt: PathBuf,
    at: Option<Place>,
    /// Whether the last entries were as many as were asked for.
    has_more: bool,
    /// Why it cannot be read or written, while it cannot.
    trouble: Option<String>,
}

#[derive(Debug)]
struct Place {
    ring: Ring,
    /// Device and inode: whether it is still the same file.
    file: (u64, u64),
    /// The last page that was handed over.
    at: u64,
    /// The last page that is safe in the queue.
    safe: u64,
    /// The last page that hooks know to be safe.
    marked: u64,
    /// The last page that was written when the ring was opened. A free page before it is one that the disk has lost.
    written: u64,
}

/// What stands behind a place.
#[derive(Debug)]
enum Next {
    /// It and its last page.
    Entry(Entry, u64),
    /// A page that was taken back.
    Void,
    /// Nothing, or nothing yet.
    Nothing,
    /// Something that is no entry; whether a hook may still be writing it only the lock tells.
    Unreadable(Unreadable),
    /// A page that was written and is not there any more.
    Lost,
}

impl Reader {
    /// A reader of the ring in this state directory, which need not exist.
    pub(crate) fn new(root: &Path, corrupt: PathBuf) -> Self {
        Self {
            root: root.to_owned(),
            corrupt,
            at: None,
            has_more: false,
            trouble: None,
        }
    }

    /// The next entries with their names, at most so many, and no more once they have so many bytes.
    pub(crate) fn next(&mut self, most: usize, most_bytes: usize) -> Vec<(String, Entry)> {
        let (mut entries, mut bytes) = (Vec::new(), 0);
        let read = self.read(most, most_bytes, &mut entries, &mut bytes);
        self.trouble = read.err().map(|error| error.to_string());
        self.has_more = entries.len() == most || bytes >= most_bytes;
        if entries.is_empty() && self.at.as_ref().is_some_and(|place| place.at > place.safe) {
            // There was nothing that the queue has to hold first.
            self.taken();
        }
        entries
    }

    fn read(
        &mut self,
        most: usize,
        most_bytes: usize,
        entries: &mut Vec<(String, Entry)>,
        bytes: &mut usize,
    ) -> io::Result<()> {
        self.find()?;
        let Some(place) = &mut self.at else { return Ok(()) };
        let marked = place.mark();
        while entries.len() < most && *bytes < most_bytes {
            match place.next()? {
                Next::Entry(entry, last) => {
                    *bytes += entry.bytes().len();
                    entries.push((place.ring.name(place.at + 1, entry.borrowed()), entry));
                    place.at = last;
                }
                Next::Void => place.at += 1,
                Next::Nothing => break,
                Next::Unreadable(_) | Next::Lost => {
                    if !place.pass_over(&self.corrupt)? {
                        break;
                    }
                }
            }
        }
        // It is for hooks only: what can be read does not wait for it.
        marked
    }

    /// Whether more can be had at once.
    pub(crate) fn has_more(&self) -> bool {
        self.has_more
    }

    /// What was handed over is safe in the queue.
    pub(crate) fn taken(&mut self) {
        let Some(place) = &mut self.at else { return };
        place.safe = place.at;
        if let Err(error) = place.mark() {
            self.trouble = Some(error.to_string());
        }
    }

    /// What was handed over is to be handed over again.
    pub(crate) fn again(&mut self) {
        self.has_more = false;
        if let Some(place) = &mut self.at {
            place.at = place.safe;
        }
    }

    /// Whether an entry is there to be taken, or something that must be set aside.
    pub(crate) fn waits(&self) -> io::Result<bool> {
        let Some(mut place) = Place::open(&self.root, OFlags::RDONLY)? else {
            return Ok(false);
        };
        if let Some(at) = self.at.as_ref().filter(|at| at.file == place.file) {
            (place.at, place.written) = (at.safe, at.written);
        }
        loop {
            match place.next()? {
                Next::Nothing => return Ok(false),
                Next::Entry(..) | Next::Lost => return Ok(true),
                // Under the lock of a hook it may be an alert that is not stored yet.
                Next::Unreadable(_) if place.ring.file.try_lock().is_ok() => return Ok(true),
                Next::Unreadable(_) | Next::Void => place.at += 1,
            }
        }
    }

    /// What keeps it from being read or written, and what to do, in one line.
    pub(crate) fn stuck(&self) -> Option<String> {
        let (path, why) = (path(&self.root), self.trouble.as_ref()?);
        Some(format!(
            "{} cannot be used: {why}; see who owns it, and restart the courier",
            path.display()
        ))
    }

    /// Opens the ring, anew when another file has its name.
    fn find(&mut self) -> io::Result<()> {
        let there = match rustix::fs::stat(&*path(&self.root)) {
            Ok(meta) => Some((meta.st_dev, meta.st_ino)),
            Err(rustix::io::Errno::NOENT) => None,
            Err(error) => return Err(error.into()),
        };
        if self.at.as_ref().map(|place| place.file) != there {
            // What is closed after writing is announced to the courier itself, again and again where it is no ring.
            self.at = match Place::open(&self.root, OFlags::RDONLY)? {
                Some(_) => Place::open(&self.root, OFlags::RDWR)?,
                None => None,
            };
        }
        Ok(())
    }
}

/// What lies in a ring and is not taken in.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    pub(crate) entries: usize,
    /// Since when the oldest of them waits, in time since 1970.
    pub(crate) since: Option<Duration>,
}

/// What waits in the ring of a state directory.
pub(in super::super) fn waiting(root: &Path) -> io::Result<Waiting> {
    let mut waiting = Waiting::default();
    let Some(mut place) = Place::open(root, OFlags::RDONLY)? else {
        return Ok(waiting);
    };
    loop {
        match place.next()? {
            Next::Entry(entry, last) => {
                waiting.entries += 1;
                waiting.since = waiting.since.or(entry.received().duration_since(UNIX_EPOCH).ok());
                place.at = last;
            }
            Next::Nothing => return Ok(waiting),
            Next::Void | Next::Unreadable(_) | Next::Lost => place.at += 1,
        }
    }
}

impl Place {
    /// Where the courier goes on; `None` where there is no ring, or none yet.
    fn open(root: &Path, access: OFlags) -> io::Result<Option<Self>> {
        let file = match open(root, access) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        let meta = file.metadata()?;
        let mut ring = Ring::of(file.try_clone()?)?;
        // The courier may be writing just that.
        for _ in 0..2 {
            if matches!(ring, Some((_, None))) {
                ring = Ring::of(file.try_clone()?)?;
            }
        }
        let Some((ring, safe)) = ring else {
            return Ok(None);
        };
        let unknown = || io::Error::other("it does not say what is taken in; a courier that starts mends it");
        let safe = safe.ok_or_else(unknown)?;
        Ok(Some(Self {
            file: (meta.dev(), meta.ino()),
            at: safe,
            safe,
            marked: safe,
            written: ring.written(safe)?,
            ring,
        }))
    }

    /// Tells hooks which pages they may write again.
    fn mark(&mut self) -> io::Result<()> {
        if self.marked < self.safe {
            self.ring.set_taken(self.safe)?;
            self.marked = self.safe;
        }
        Ok(())
    }

    /// Looks at what stands behind the place, which stays where it is.
    fn next(&self) -> io::Result<Next> {
        let first = self.at + 1;
        if first > self.safe + self.ring.pages {
            return Ok(Next::Nothing);
        }
        let of = match self.ring.look(first)? {
            Page::Used { index: 0, of } => of,
            Page::Used { .. } => return Ok(Next::Unreadable(Unreadable::Foreign)),
            Page::Damaged => return Ok(Next::Unreadable(Unreadable::Checksum)),
            Page::Void => return Ok(Next::Void),
            Page::Free if first < self.written => return Ok(Next::Lost),
            Page::Free => return Ok(Next::Nothing),
        };
        let mut bytes = Vec::with_capacity(usize::from(of) * PIECE);
        let mut page = [0; PAGE];
        for (index, number) in (0..of).zip(first..) {
            self.ring.read(&mut page, self.ring.place(number))?;
            if self.ring.page(number, &page) != (Page::Used { index, of }) {
                let want = usize::from(of) * PIECE;
                return Ok(Next::Unreadable(Unreadable::Short {
                    have: bytes.len(),
                    want,
                }));
            }
            bytes.extend_from_slice(&page[HEAD..]);
        }
        Ok(match Entry::decode_first(&bytes) {
            Ok(entry) => Next::Entry(entry, self.at + u64::from(of)),
            Err(unreadable) => Next::Unreadable(unreadable),
        })
    }

    /// Sets aside what is no entry, unless a hook is writing it. Says whether the place is behind it now, or it has become an entry.
    fn pass_over(&mut self, corrupt: &Path) -> io::Result<bool> {
        if self.ring.file.try_lock().is_err() {
            return Ok(false);
        }
        let passed = self.set_aside(corrupt);
        self.ring.file.unlock()?;
        passed.map(|()| true)
    }

    fn set_aside(&mut self, corrupt: &Path) -> io::Result<()> {
        match self.next()? {
            // The hook that was writing it has finished.
            Next::Entry(..) | Next::Void | Next::Nothing => {}
            Next::Lost => {
                self.ring.void(self.at + 1)?;
                tracing::error!(page = self.at + 1, "the disk has lost a page of the ring of the spool");
                self.at += 1;
            }
            Next::Unreadable(why) => {
                let (mut bytes, mut page) = (Vec::new(), [0; PAGE]);
                let first = self.at + 1;
                let mut behind = first;
                // With it, the pages that go on without a beginning.
                while behind - first < u64::from(MOST) {
                    self.ring.read(&mut page, self.ring.place(behind))?;
                    let goes_on = match self.ring.page(behind, &page) {
                        Page::Used { index, .. } => index > 0 || behind == first,
                        Page::Damaged => behind == first,
                        Page::Void | Page::Free => false,
                    };
                    if !goes_on {
                        break;
                    }
                    bytes.extend_from_slice(&page[HEAD..]);
                    behind += 1;
                }
                let name = format!("{first:020}-ring{:08x}", self.ring.tag);
                keep(corrupt, &name, &bytes)?;
                tracing::error!(entry = name, %why, "an entry of the spool cannot be read; it is kept in corrupt/");
                for number in first..behind {
                    self.ring.void(number)?;
                }
                self.at = behind - 1;
            }
        }
        Ok(())
    }
}

impl Ring {
    /// The last page that has its number, wherever it stands behind this one.
    fn written(&self, taken: u64) -> io::Result<u64> {
        let mut last = taken;
        for number in taken + 1..=taken + self.pages {
            if self.is_used(number)? {
                last = number;
            }
        }
        Ok(last)
    }

    /// The lowest number that a page has of those that still count: of the lap that has most pages, because damage may give one any.
    pub(super) fn oldest(&self) -> io::Result<u64> {
        let mut numbers = Vec::new();
        for at in 0..self.pages {
            let mut head = [0; HEAD];
            self.read(&mut head, self.place(at))?;
            let number = number(&head);
            if matches!(self.page(number, &head), Page::Used { .. } | Page::Void)
                && number % self.pages == at
                && (self.pages..u64::MAX / 2).contains(&number)
            {
                numbers.push(number);
            }
        }
        numbers.sort_unstable();
        let in_lap = |first: &u64| numbers.partition_point(|number| *number < first + self.pages);
        // Of two with as many, the earlier one: damage mostly makes a number larger, and then sets nothing but its own page aside.
        let oldest = (0..numbers.len()).rev().max_by_key(|at| in_lap(&numbers[*at]) - at);
        Ok(oldest.map_or(self.pages, |at| numbers[at]))
    }

    /// How many pages are those of this ring, counted up to `most`. The file may be shorter than it.
    pub(super) fn fitting(&self, most: u64) -> io::Result<u64> {
        let there = (self.file.metadata()?.len() / PAGE as u64).saturating_sub(1);
        let mut fitting = 0;
        for at in 0..there.min(self.pages) {
            let mut head = [0; HEAD];
            self.read(&mut head, self.place(at))?;
            let number = number(&head);
            let is_used = matches!(self.page(number, &head), Page::Used { .. } | Page::Void);
            fitting += u64::from(is_used && number % self.pages == at);
            if fitting == most {
                break;
            }
        }
        Ok(fitting)
    }

    /// The ring that a file of so many pages holds, by the tag that most of them have; `None` where they have none.
    pub(super) fn by_its_pages(file: File, pages: u64) -> io::Result<Option<Self>> {
        let mut tags = BTreeMap::new();
        let mut ring = Self { file, tag: 0, pages };
        for at in 0..pages {
            let mut head = [0; HEAD];
            ring.read(&mut head, ring.place(at))?;
            ring.tag = u32::from_le_bytes(std::array::from_fn(|i| head[8 + i]));
            let number = number(&head);
            if number % pages == at && matches!(ring.page(number, &head), Page::Used { .. } | Page::Void) {
                *tags.entry(ring.tag).or_insert(0) += 1;
            }
        }
        let most = tags.into_iter().max_by_key(|(_, count)| *count);
        Ok(most.map(|(tag, _)| Self { tag, ..ring }))
    }
}

/// The number that a head says.
fn number(head: &[u8; HEAD]) -> u64 {
    u64::from_le_bytes(std::array::from_fn(|i| head[i]))
}

fn keep(corrupt: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let path = corrupt.join(name);
    let kept = rewrite(&path, bytes).or_else(|_| {
        fs::create_dir_all(corrupt)?;
        rewrite(&path, bytes)
    });
    kept.map_err(|error| io::Error::new(error.kind(), format!("{} cannot be written: {error}", path.display())))
}
