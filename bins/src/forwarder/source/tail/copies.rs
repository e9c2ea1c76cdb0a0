//! Copies that were made before alerts.json was cut, of which nothing but their time is known.

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::SystemTime;

use super::dated::{self, Dated};
use super::place::{Mark, Place, Stream};
use super::{Open, Tail};
use crate::forwarder::queue::micros;

/// How much is looked through for an alert: two of the longest.
const HEAD: u64 = 1 << 18;

/// A copy that was read. Its inode is another's when it is deleted; its first line stays when it grows.
#[derive(Debug)]
pub(super) struct ReadCopy {
    inode: (u64, u64),
    first: String,
}

impl ReadCopy {
    pub(super) fn of(open: &Open) -> Self {
        Self {
            inode: (open.stream.device, open.stream.inode),
            first: open.mark.first(),
        }
    }
}

impl Tail {
    /// The first copy that was made since a time, to be read whole before the file that the place names: it holds what was written
    /// meanwhile and cut. What is in it from before leaves as `repeated`.
    /// A copy in which nothing stands but what was read before the place is none of them.
    pub(super) fn copy_since(&self, since: SystemTime, place: &Place, dated: &[Dated]) -> io::Result<Option<Open>> {
        let inode = |path: &Path| fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()));
        let siblings = self.siblings().into_iter().rev();
        let mut younger = siblings.filter(|(modified, ..)| *modified > since).peekable();
        if younger.peek().is_none() {
            return Ok(None);
        }
        // Moved away and not copied, it is still one of these.
        let others = self.newest(dated);
        let known: Vec<_> = others.iter().filter_map(|(path, ..)| inode(path)).collect();
        for (_, path, packed) in younger.filter(|(_, path, _)| is_rotated(path, &self.path)) {
            if inode(&path).is_some_and(|inode| known.contains(&inode)) {
                continue;
            }
            let Some(candidate) = Candidate::of(&path, packed)?.filter(Candidate::holds_alerts) else {
                continue;
            };
            if candidate.is_read_by(place) || self.copies.iter().any(|read| candidate.is(read)) {
                continue;
            }
            if let Some(mut open) = self.try_bystander(&path, packed, None, &place.blank())? {
                tracing::info!(path = %path.display(), "a copy of alerts.json was made while nobody was reading; it is read whole");
                open.place.name.clone_from(&place.name);
                open.place.is_copy = true;
                return Ok(Some(open));
            }
        }
        Ok(None)
    }

    /// Goes to what was copied and cut while the tail waited in front of the first line of the open file: by what is read of it no cut
    /// can be seen.
    pub(super) fn step_back_to_copies(&mut self) -> io::Result<()> {
        let Some(open) = self.open.as_ref().filter(|open| !open.place.is_copy) else {
            return Ok(());
        };
        if self.waited
            && open.lines.ahead().0 == 0
            && let Some(begun) = open.place.begun_blank()
            && let Some(copy) = self.copy_since(begun, &open.place, &dated::list(&self.path)?)?
        {
            self.original = self.open.replace(copy).map(Box::new);
        } else {
            self.original = None;
        }
        self.waited = false;
        Ok(())
    }

    /// The copy that was made after one that is finished, when the same file was cut several times while nobody was reading.
    pub(super) fn copy_after(&self, copy: &Open, dated: &[Dated]) -> io::Result<Option<Open>> {
        let made = copy.stream.modified()?;
        let place = Place {
            // Stored in whole microseconds, and not to be taken for its own successor.
            begun_us: micros(made).saturating_add(1),
            ..copy.checkpoint()
        };
        self.copy_since(made, &place, dated)
    }
}

/// What may be a copy, as far as it was looked into.
struct Candidate {
    inode: (u64, u64),
    head: Vec<u8>,
    /// How long it is, if that is known: a packed one is not unpacked for it.
    length: Option<u64>,
}

impl Candidate {
    /// Looks into a file; `None` where there is none.
    ///
    /// # Errors
    /// It cannot be opened although it has a name that rotation gives.
    fn of(path: &Path, packed: bool) -> io::Result<Option<Self>> {
        let stream = match Stream::open(path, packed) {
            Ok(stream) => stream,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidInput) => {
                return Ok(None);
            }
            Err(error) => {
                let told =
                    "it may be a copy that was made while nobody was reading: let the tail read it, or move it away";
                return Err(io::Error::new(error.kind(), format!("{error}; {told}")));
            }
        };
        let inode = (stream.device, stream.inode);
        let length = (!stream.is_packed()).then(|| stream.behind(0));
        let mut head = Vec::new();
        // What is damaged further behind is still a copy.
        let read = stream.take(HEAD).read_to_end(&mut head);
        let is_whole = read.is_ok_and(|read| (read as u64) < HEAD);
        let length = length.or_else(|| is_whole.then_some(head.len() as u64));
        Ok(Some(Self { inode, head, length }))
    }

    /// Whether it holds alerts: where other programs keep their places beside alerts.json, they do not. The first line may be the second
    /// half of an alert.
    fn holds_alerts(&self) -> bool {
        self.head
            .split(|byte| *byte == b'\n')
            .any(|line| line.first() == Some(&b'{') && memchr::memmem::find(line, b"\"timestamp\"").is_some())
    }

    fn is(&self, read: &ReadCopy) -> bool {
        self.inode == read.inode && self.first() == read.first
    }

    /// Whether it is the beginning of what was read before a place.
    fn is_read_by(&self, place: &Place) -> bool {
        self.length.is_some_and(|length| length <= place.offset) && self.first() == place.first
    }

    fn first(&self) -> String {
        let mut mark = Mark::default();
        mark.pass(&self.head);
        mark.first()
    }
}

/// Whether it is called as rotation calls what it takes away: with a number or a date behind the name (`alerts.json.1`,
/// `alerts.json-20261129`) or within it (`alerts-20261129.json`), packed or not. Others write beside alerts.json too, be it alerts that
/// they have picked out of it.
fn is_rotated(path: &Path, own: &Path) -> bool {
    let name = |path: &Path| Some(path.file_name()?.to_str()?.to_owned());
    let (Some(name), Some(own)) = (name(path), name(own)) else {
        return false;
    };
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let (stem, end) = own.split_at(own.rfind('.').unwrap_or(own.len()));
    let behind = name.strip_prefix(own.as_str());
    let within = name.strip_prefix(stem).and_then(|rest| rest.strip_suffix(end));
    behind.into_iter().chain(within).any(is_number_or_date)
}

fn is_number_or_date(text: &str) -> bool {
    let digits = text.strip_prefix(['.', '-', '_']).unwrap_or_default();
    let is_within = |byte: u8| byte.is_ascii_digit() || b".-_:T".contains(&byte);
    digits.starts_with(|first: char| first.is_ascii_digit()) && digits.bytes().all(is_within)
}
