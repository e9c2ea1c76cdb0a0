//! Where the tail goes on, and how a file is recognised as the one it was reading.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, SystemTime};

use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::forwarder::source::Members;
use crate::forwarder::source::lines::MARKER;

/// How much of the first line counts.
pub(super) const FIRST: usize = 4096;

/// Where the tail goes on after a restart. Stored with the alerts before it, in one transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Device and inode of the file. Both may be given to another file later, so they are only a hint where to look.
    pub(super) device: u64,
    pub(super) inode: u64,
    /// Its dated name, where it has one: `2026/Nov/ossec-alerts-28.json`.
    pub(super) name: Option<String>,
    /// It is a copy that was made before the named file was cut: that file comes next, from its beginning.
    #[serde(default)]
    pub(super) is_copy: bool,
    /// Behind the last line that was taken in.
    pub(super) offset: u64,
    /// Hash of its first line.
    pub(super) first: String,
    /// Hash of the bytes before the offset.
    pub(super) marker: String,
    /// How many lines were handed over since the first start: the next one's name.
    pub(super) sequence: u64,
    /// When the file was begun, in microseconds since 1970: of a file without content nothing else is known. 0 where it is not known.
    #[serde(default)]
    pub(super) begun_us: i64,
    /// When this was stored, in microseconds since 1970: nothing that was written later to an earlier day was read. 0 where it is not known.
    #[serde(default)]
    pub(super) stored_us: i64,
    /// How long the file was at the first look, when it could not be opened: what stood in it before is not to be read.
    #[serde(default)]
    pub(super) passed_over: u64,
    /// The beginning of its first line, which stands at the end of the copy that was made before it was cut.
    #[serde(default, with = "hex", skip_serializing_if = "Vec::is_empty")]
    pub(super) carried: Vec<u8>,
}

impl Place {
    /// The beginning of a file that was looked for at a time.
    pub(super) fn beginning(&self, name: Option<String>, stream: &Stream, begun_us: i64) -> Self {
        Self {
            device: stream.device,
            inode: stream.inode,
            name,
            is_copy: false,
            offset: 0,
            first: String::new(),
            marker: String::new(),
            sequence: self.sequence,
            begun_us,
            stored_us: self.stored_us,
            passed_over: 0,
            carried: Vec::new(),
        }
    }

    /// The same, as if nothing were known of what is in the file.
    pub(super) fn blank(&self) -> Self {
        Self {
            offset: 0,
            first: String::new(),
            marker: String::new(),
            ..self.clone()
        }
    }

    /// Whether this is the same place, whenever each was stored.
    pub(super) fn is_at(&self, other: &Self) -> bool {
        let stored_us = other.stored_us;
        Self {
            stored_us,
            ..self.clone()
        } == *other
    }

    /// When the file was begun.
    pub(super) fn begun(&self) -> Option<SystemTime> {
        time(self.begun_us)
    }

    /// When a file was begun of which nothing is known but that.
    pub(super) fn begun_blank(&self) -> Option<SystemTime> {
        self.begun().filter(|_| self.offset == 0)
    }

    /// When this was stored.
    pub(super) fn stored(&self) -> Option<SystemTime> {
        time(self.stored_us)
    }
}

/// A time in microseconds since 1970, unless it is not known.
fn time(us: i64) -> Option<SystemTime> {
    let us = u64::try_from(us).ok().filter(|us| *us > 0)?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_micros(us))
}

/// What of a file's content is remembered to recognise it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Mark {
    first: Vec<u8>,
    first_complete: bool,
    last: Vec<u8>,
}

impl Mark {
    /// Takes note of bytes that are passed, in their order from the beginning of the file.
    pub(super) fn pass(&mut self, bytes: &[u8]) {
        if !self.first_complete {
            let end = memchr::memchr(b'\n', bytes);
            let line = &bytes[..end.unwrap_or(bytes.len())];
            let room = FIRST - self.first.len();
            self.first.extend_from_slice(&line[..line.len().min(room)]);
            self.first_complete = end.is_some() || self.first.len() == FIRST;
        }
        if bytes.len() >= MARKER {
            self.last.clear();
            self.last.extend_from_slice(&bytes[bytes.len() - MARKER..]);
        } else {
            self.last.extend_from_slice(bytes);
            let over = self.last.len().saturating_sub(MARKER);
            self.last.drain(..over);
        }
    }

    pub(super) fn first(&self) -> String {
        hash(&self.first)
    }

    pub(super) fn marker(&self) -> String {
        hash(&self.last)
    }

    /// The bytes of the first line.
    pub(super) fn first_line(&self) -> &[u8] {
        &self.first
    }

    /// The bytes that were passed last.
    pub(super) fn last(&self) -> &[u8] {
        &self.last
    }

    fn is_of(&self, place: &Place) -> bool {
        self.first() == place.first && self.marker() == place.marker
    }
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(&Sha256::digest(bytes)[..16])
}

/// A file that is read line by line, packed or not.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) device: u64,
    pub(super) inode: u64,
    source: Form,
}

#[derive(Debug)]
enum Form {
    Plain(File),
    Packed(Box<Members<io::BufReader<File>>>),
}

impl Stream {
    /// Opens a file at its beginning.
    ///
    /// # Errors
    /// It cannot be; the text names it.
    pub(super) fn open(path: &Path, packed: bool) -> io::Result<Self> {
        Self::begin(path, packed).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
    }

    fn begin(path: &Path, packed: bool) -> io::Result<Self> {
        // A pipe in its place would hold the courier up until somebody writes into it.
        let flags = OFlags::NONBLOCK.bits().cast_signed();
        let file = File::options().read(true).custom_flags(flags).open(path)?;
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        let source = if packed {
            Form::Packed(Box::new(Members::new(io::BufReader::new(file))))
        } else {
            Form::Plain(file)
        };
        Ok(Self {
            device: meta.dev(),
            inode: meta.ino(),
            source,
        })
    }

    /// Goes to a place that was stored, if this is the file that it was stored for.
    pub(super) fn resume(&mut self, place: &Place) -> io::Result<Option<Mark>> {
        let mut mark = Mark::default();
        if place.offset == 0 {
            return Ok(Some(mark));
        }
        if let Form::Plain(file) = &mut self.source {
            if file.metadata()?.len() < place.offset {
                return Ok(None);
            }
            // The beginning and the end of what was passed are enough.
            let head = place.offset.min(FIRST as u64 + 1);
            let tail = place.offset.saturating_sub(MARKER as u64).max(head);
            file.rewind()?;
            pass(file, head, &mut mark)?;
            file.seek(SeekFrom::Start(tail))?;
            pass(file, place.offset - tail, &mut mark)?;
        } else {
            // To unpack a file takes a second, and there may be hundreds: most are told by their first line.
            let head = place.offset.min(FIRST as u64 + 1);
            if pass(self, head, &mut mark)? < head || mark.first() != place.first {
                return Ok(None);
            }
            if pass(self, place.offset - head, &mut mark)? < place.offset - head {
                return Ok(None);
            }
        }
        Ok(mark.is_of(place).then_some(mark))
    }

    /// Goes to an offset; `false` where a packed file would have to be unpacked anew.
    pub(super) fn go_to(&mut self, offset: u64) -> io::Result<bool> {
        match &mut self.source {
            Form::Plain(file) => file.seek(SeekFrom::Start(offset)).map(|_| true),
            Form::Packed(_) => Ok(false),
        }
    }

    /// Finds the place behind the last complete line before an offset, or of what is there, and goes there.
    pub(super) fn seek_last_line(&mut self, before: u64) -> io::Result<(u64, Mark)> {
        let mut mark = Mark::default();
        let Form::Plain(file) = &mut self.source else {
            return Ok((0, mark));
        };
        let mut end = file.metadata()?.len().min(before);
        let mut chunk = vec![0; 1 << 16];
        let offset = loop {
            if end == 0 {
                break 0;
            }
            let begin = end.saturating_sub(chunk.len() as u64);
            let size = usize::try_from(end - begin).unwrap_or(chunk.len());
            file.seek(SeekFrom::Start(begin))?;
            file.read_exact(&mut chunk[..size])?;
            if let Some(at) = memchr::memrchr(b'\n', &chunk[..size]) {
                break begin + at as u64 + 1;
            }
            end = begin;
        };
        let head = offset.min(FIRST as u64 + 1);
        let tail = offset.saturating_sub(MARKER as u64).max(head);
        file.rewind()?;
        pass(file, head, &mut mark)?;
        file.seek(SeekFrom::Start(tail))?;
        pass(file, offset - tail, &mut mark)?;
        Ok((offset, mark))
    }

    /// Whether these bytes still stand before this offset; only a file that is not packed can change.
    pub(super) fn still_holds(&self, bytes: &[u8], offset: u64) -> io::Result<bool> {
        let Form::Plain(file) = &self.source else {
            return Ok(true);
        };
        let mut there = vec![0; bytes.len()];
        match file.read_exact_at(&mut there, offset.saturating_sub(bytes.len() as u64)) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
            Ok(()) => Ok(there == bytes),
        }
    }

    /// When it was written last.
    pub(super) fn modified(&self) -> io::Result<SystemTime> {
        self.file().metadata()?.modified()
    }

    /// Whether it is known to have been made since a time.
    pub(super) fn was_made_after(&self, time: SystemTime) -> bool {
        let made = self.file().metadata().and_then(|meta| meta.created());
        made.is_ok_and(|made| made > time)
    }

    fn file(&self) -> &File {
        match &self.source {
            Form::Plain(file) => file,
            Form::Packed(packed) => packed.get_ref().get_ref(),
        }
    }

    /// Bytes behind this offset that are there already.
    pub(super) fn behind(&self, offset: u64) -> u64 {
        match &self.source {
            Form::Plain(file) => file.metadata().map_or(0, |meta| meta.len().saturating_sub(offset)),
            Form::Packed(_) => 0,
        }
    }

    /// Whether it is packed, and so will not grow.
    pub(super) fn is_packed(&self) -> bool {
        matches!(self.source, Form::Packed(_))
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.source {
            Form::Plain(file) => file.read(buffer),
            Form::Packed(packed) => packed.read(buffer),
        }
    }
}

fn pass(stream: &mut impl Read, length: u64, mark: &mut Mark) -> io::Result<u64> {
    let mut limited = stream.take(length);
    let mut chunk = vec![0; 1 << 16];
    let mut passed = 0;
    loop {
        match limited.read(&mut chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
            Ok(0) => return Ok(passed),
            Ok(read) => {
                mark.pass(&chunk[..read]);
                passed += read as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn of_a_packed_file_with_another_first_line_only_the_beginning_is_unpacked() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, first: &str| {
            let path = folder.path().join(name);
            let mut packer = flate2::write::GzEncoder::new(File::create(&path).unwrap(), flate2::Compression::fast());
            writeln!(packer, "{first}").unwrap();
            for number in 0..20_000_u64 {
                writeln!(packer, "{}", hash(&number.to_le_bytes())).unwrap();
            }
            packer.finish().unwrap();
            path
        };
        let (own, other) = (write("own.gz", "one"), write("other.gz", "two"));
        let mut mark = Mark::default();
        let offset = pass(&mut Stream::open(&own, true).unwrap(), u64::MAX, &mut mark).unwrap();
        let place = Place {
            offset,
            first: mark.first(),
            marker: mark.marker(),
            ..Place::default()
        };
        let read = |path: &Path| {
            let mut stream = Stream::open(path, true).unwrap();
            let found = stream.resume(&place).unwrap().is_some();
            (found, stream.file().stream_position().unwrap())
        };
        let (found, position) = read(&own);
        assert!(found && position > 200_000, "{position}");
        let (found, position) = read(&other);
        assert!(!found && position <= 1 << 16, "{position}");
    }
}
