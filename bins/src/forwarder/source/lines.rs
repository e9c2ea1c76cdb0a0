//! Complete lines out of a stream that may end in the middle of one.

use std::io::{self, Read};

/// The longest line that is handed over whole, in bytes; Wazuh writes lines far above the 64 KiB that integratord passes on.
pub(crate) const LONGEST: usize = 16 << 20;
/// How many of the last bytes of what is thrown away are kept: enough to recognise the place.
pub(crate) const MARKER: usize = 64;
/// How much is read at once.
const CHUNK: usize = 1 << 16;

/// A line without its newline.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) bytes: Vec<u8>,
    /// It was longer; only its beginning is here.
    pub(crate) cut: bool,
    /// The last of the bytes that are not here.
    pub(crate) end: Vec<u8>,
    /// Bytes that it takes in the file, with its newline.
    pub(crate) length: u64,
}

/// Collects a line until its newline comes, however many reads that takes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lines {
    /// Read and not handed over yet, from `start` on.
    buffer: Vec<u8>,
    start: usize,
    /// How far the buffer has been looked through for a newline.
    searched: usize,
    /// Bytes of an overlong line that were read and thrown away, and the last of them.
    skipped: u64,
    thrown: Vec<u8>,
}

impl Lines {
    /// Gives the next complete line, reading as far as needed; `None` when the stream ends before one does.
    pub(crate) fn next(&mut self, stream: &mut impl Read) -> io::Result<Option<Line>> {
        loop {
            if let Some(at) = memchr::memchr(b'\n', &self.buffer[self.searched..]) {
                let end = self.searched + at;
                let line = self.take(end, 1);
                self.start = end + 1;
                self.searched = self.start;
                return Ok(Some(line));
            }
            self.searched = self.buffer.len();
            if self.buffer.len() - self.start > LONGEST {
                // Only its beginning is kept; the rest is counted, so that the next line begins where it does.
                let keep = self.start + LONGEST;
                self.skipped += (self.buffer.len() - keep) as u64;
                keep_last(&mut self.thrown, &self.buffer[keep..]);
                self.buffer.truncate(keep);
                self.searched = keep;
            }
            if self.start > CHUNK * 4 || self.start == self.buffer.len() {
                self.buffer.drain(..self.start);
                self.searched -= self.start;
                self.start = 0;
            }
            let before = self.buffer.len();
            self.buffer.resize(before + CHUNK, 0);
            let read = loop {
                match stream.read(&mut self.buffer[before..]) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => {
                        self.buffer.truncate(before);
                        return Err(error);
                    }
                    Ok(read) => break read,
                }
            };
            self.buffer.truncate(before + read);
            if read == 0 {
                if self.start == self.buffer.len() && self.buffer.capacity() > CHUNK * 8 {
                    // A long line has gone; its room need not be kept.
                    *self = Self::default();
                }
                return Ok(None);
            }
        }
    }

    /// Gives what is left behind the last newline of a stream that will not grow any more.
    pub(crate) fn rest(&mut self) -> Option<Line> {
        let end = self.buffer.len();
        (end > self.start).then(|| {
            let line = self.take(end, 0);
            self.start = end;
            self.searched = end;
            line
        })
    }

    /// What was read and not handed over, as far as it is kept.
    pub(crate) fn kept(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// How much was read and not handed over, and the last of it.
    pub(crate) fn ahead(&self) -> (u64, &[u8]) {
        let kept = self.kept();
        let last = if self.skipped > 0 {
            self.thrown.as_slice()
        } else {
            &kept[kept.len().saturating_sub(MARKER)..]
        };
        (kept.len() as u64 + self.skipped, last)
    }

    fn take(&mut self, end: usize, newline: u64) -> Line {
        let bytes = &self.buffer[self.start..end];
        let skipped = std::mem::take(&mut self.skipped);
        // An overlong line may end within the chunk that made it overlong.
        let (kept, over) = bytes.split_at(bytes.len().min(LONGEST));
        let mut thrown = std::mem::take(&mut self.thrown);
        keep_last(&mut thrown, over);
        Line {
            bytes: kept.to_vec(),
            cut: skipped > 0 || !over.is_empty(),
            end: thrown,
            length: bytes.len() as u64 + skipped + newline,
        }
    }
}

/// Keeps what a mark needs of bytes that are thrown away.
fn keep_last(thrown: &mut Vec<u8>, bytes: &[u8]) {
    thrown.extend_from_slice(&bytes[bytes.len().saturating_sub(MARKER)..]);
    let over = thrown.len().saturating_sub(MARKER);
    thrown.drain(..over);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_the_same_however_the_stream_is_cut_into_reads() {
        let text = b"one\n\ntwo and more\nlast";
        for size in 1..=text.len() {
            let mut lines = Lines::default();
            let mut found = Vec::new();
            for piece in text.chunks(size) {
                let mut stream = piece;
                while let Some(line) = lines.next(&mut stream).unwrap() {
                    found.push((String::from_utf8(line.bytes).unwrap(), line.length));
                }
            }
            let expected = [("one", 4), ("", 1), ("two and more", 13)].map(|(text, length)| (text.to_owned(), length));
            assert_eq!(found, expected, "{size}");
            let rest = lines.rest().unwrap();
            assert_eq!((rest.bytes.as_slice(), rest.length), (&b"last"[..], 4));
            assert!(lines.rest().is_none());
        }
    }

    #[test]
    fn an_endless_line_is_cut_in_bounded_memory_and_the_next_one_is_whole() {
        for length in [LONGEST - 1, LONGEST, LONGEST + 1, LONGEST + CHUNK, LONGEST * 3 + 17] {
            let mut stream = io::repeat(b'x').take(length as u64).chain(&b"\nnext\n"[..]);
            let mut lines = Lines::default();
            let line = lines.next(&mut stream).unwrap().unwrap();
            assert_eq!(
                (line.bytes.len(), line.cut, line.length),
                (length.min(LONGEST), length > LONGEST, length as u64 + 1)
            );
            assert!(lines.buffer.capacity() < LONGEST * 3, "{}", lines.buffer.capacity());
            assert_eq!(lines.next(&mut stream).unwrap().unwrap().bytes, b"next");
            assert!(lines.next(&mut stream).unwrap().is_none());
        }
    }
}
