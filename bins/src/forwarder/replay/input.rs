//! The lines of files, one after the other, packed or not, with a bar that shows how far it is.

use std::fs::File;
use std::io::{self, BufReader, IsTerminal, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::vec;

use indicatif::{ProgressBar, ProgressStyle};

use super::foreign::{Foreign, HEAD};
use super::shown;
use crate::forwarder::source::{Lines, Members};
use crate::terminal::Failure;

/// What gzip begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A line that is not blank, without the blanks around it.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::forwarder) struct Text {
    pub(in crate::forwarder) bytes: Vec<u8>,
    /// It was longer than what is kept; only its beginning is here.
    pub(in crate::forwarder) cut: bool,
    /// No newline stands behind it, in a file that its writer may be at.
    pub(in crate::forwarder) unfinished: bool,
}

/// The files that are still to be read, and the one that is being read.
pub(in crate::forwarder) struct Input {
    files: vec::IntoIter<(PathBuf, Box<dyn Read>)>,
    open: Option<(PathBuf, Unpacked)>,
    lines: Lines,
    /// The command that reads them, for a hint.
    command: &'static str,
    /// What went wrong behind lines that were still to be handed over.
    failed: Option<Failure>,
    bar: ProgressBar,
}

impl Input {
    /// Opens all files at once, so that a name that is wrong, or a file without lines, is known before the first effect. Where root has
    /// become another user before, its shell can still open what this process cannot.
    pub(in crate::forwarder) fn open(
        files: &[PathBuf],
        command: &'static str,
        left_root: bool,
    ) -> Result<Self, Failure> {
        let mut total = Some(0);
        let mut opened: Vec<(PathBuf, Box<dyn Read>)> = Vec::new();
        for path in files {
            if path == Path::new("-") {
                total = None;
                opened.push((path.clone(), Box::new(io::stdin())));
                continue;
            }
            let failed = |error: io::Error| {
                let hint = match error.kind() {
                    io::ErrorKind::PermissionDenied if left_root => format!(
                        "\nhint: this works as uid {}; give it on standard input: custom-iris {command} - <{}",
                        rustix::process::geteuid().as_raw(),
                        quoted(path)
                    ),
                    _ => String::new(),
                };
                Failure::failed(format!("cannot read {}: {error}{hint}", path.display()))
            };
            let file = File::open(path).map_err(failed)?;
            let meta = file.metadata().map_err(failed)?;
            if meta.is_dir() {
                return Err(failed(io::Error::other("it is a directory")));
            }
            // A pipe gives its first bytes only once, and may not have any yet.
            let mut head = [0; HEAD];
            if meta.is_file() {
                let length = file.read_at(&mut head, 0).map_err(failed)?;
                if let Some(foreign) = Foreign::of(&head[..length]) {
                    return Err(failed(io::Error::other(foreign.refused(path, command))));
                }
            }
            total = total.map(|total: u64| total + meta.len());
            opened.push((path.clone(), Box::new(file)));
        }
        Ok(Self {
            files: opened.into_iter(),
            open: None,
            lines: Lines::default(),
            command,
            failed: None,
            bar: bar(total),
        })
    }

    /// The next lines that are not blank; `None` behind the last one. What stands before a damaged place is handed over first.
    pub(super) fn lines(&mut self, most: usize, bytes: usize) -> Result<Option<Vec<Text>>, Failure> {
        if let Some(failure) = self.failed.take() {
            return Err(failure);
        }
        let mut lines = Vec::new();
        let mut size = 0;
        while lines.len() < most && size < bytes {
            match self.next() {
                Ok(Some(line)) => {
                    size += line.bytes.len();
                    lines.push(line);
                }
                Ok(None) => break,
                Err(failure) if lines.is_empty() => return Err(failure),
                Err(failure) => {
                    self.failed = Some(failure);
                    break;
                }
            }
        }
        if lines.is_empty() {
            self.bar.finish_and_clear();
            return Ok(None);
        }
        Ok(Some(lines))
    }

    fn next(&mut self) -> Result<Option<Text>, Failure> {
        loop {
            if self.open.is_none() {
                let Some((path, stream)) = self.files.next() else {
                    return Ok(None);
                };
                let stream = Unpacked::new(self.bar.wrap_read(stream)).map_err(|error| failed(&path, &error))?;
                let stream =
                    stream.map_err(|foreign| failed(&path, &io::Error::other(foreign.refused(&path, self.command))))?;
                self.open = Some((path, stream));
            }
            let Some((path, stream)) = &mut self.open else {
                return Ok(None);
            };
            let next = self.lines.next(stream).map_err(|error| failed(path, &error))?;
            let unfinished = next.is_none() && path != Path::new("-") && matches!(stream, Unpacked::Plain(_));
            if next.is_none() {
                self.open = None;
            }
            let Some(line) = next.or_else(|| self.lines.rest()) else {
                continue;
            };
            let text = line.bytes.trim_ascii();
            if !text.is_empty() {
                return Ok(Some(Text {
                    bytes: text.to_vec(),
                    cut: line.cut,
                    unfinished,
                }));
            }
        }
    }
}

/// A path as a shell takes it.
pub(in crate::forwarder) fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,".contains(c);
    if path.chars().all(is_plain) {
        path
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!("cannot read {}: {error}", shown(path)))
}

/// A stream whose lines can be read.
pub(super) enum Unpacked {
    Plain(Box<dyn Read>),
    Packed(Box<Members<BufReader<Box<dyn Read>>>>),
}

impl Unpacked {
    /// Looks at what the stream begins with, not at its name: standard input has none.
    pub(super) fn new(mut stream: impl Read + 'static) -> io::Result<Result<Self, Foreign>> {
        let mut head = Vec::new();
        // A pipe may give a byte at a time.
        stream.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
        if let Some(foreign) = Foreign::of(&head) {
            return Ok(Err(foreign));
        }
        let packed = head.starts_with(&GZIP);
        let stream: Box<dyn Read> = Box::new(io::Cursor::new(head).chain(stream));
        Ok(Ok(if packed {
            Self::Packed(Box::new(Members::new(BufReader::with_capacity(1 << 16, stream))))
        } else {
            Self::Plain(stream)
        }))
    }
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Packed(stream) => stream.read(buffer),
        }
    }
}

/// On a terminal only; a program that reads our errors gets no bar.
fn bar(total: Option<u64>) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let (bar, template) = match total {
        Some(total) => (
            ProgressBar::new(total),
            "{bar:40} {percent:>3}% {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
        ),
        None => (ProgressBar::new_spinner(), "{spinner} {bytes}, {bytes_per_sec}"),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn all(files: &[PathBuf]) -> Vec<String> {
        let mut input = Input::open(files, "replay", false).unwrap();
        let mut all = Vec::new();
        while let Some(lines) = input.lines(2, 1 << 20).unwrap() {
            all.extend(lines.into_iter().map(|line| String::from_utf8(line.bytes).unwrap()));
        }
        all
    }

    #[test]
    fn packed_and_plain_files_are_read_in_turn_and_a_last_line_needs_no_newline() {
        let folder = tempfile::tempdir().unwrap();
        let (plain, packed, empty) = (
            folder.path().join("a.json"),
            folder.path().join("b"),
            folder.path().join("c"),
        );
        std::fs::write(&plain, "one\n\n  two  \r\nthree").unwrap();
        std::fs::write(&empty, "").unwrap();
        // Two members, as a file that was appended to has.
        let mut file = File::create(&packed).unwrap();
        for text in ["four\nfi", "ve\n"] {
            let mut packer = flate2::write::GzEncoder::new(&mut file, flate2::Compression::fast());
            packer.write_all(text.as_bytes()).unwrap();
            packer.finish().unwrap();
        }
        assert_eq!(all(&[plain, empty, packed]), ["one", "two", "three", "four", "five"]);
    }

    #[test]
    fn a_wrong_name_is_known_before_anything_is_read_and_a_broken_pack_is_told_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let good = folder.path().join("good");
        std::fs::write(&good, "one\n").unwrap();
        let missing = Input::open(&[good.clone(), folder.path().join("missing")], "replay", false)
            .err()
            .unwrap();
        assert!(missing.message.contains("missing"), "{}", missing.message);
        let broken = folder.path().join("broken.gz");
        std::fs::write(&broken, [0x1f, 0x8b, 8, 0, 0]).unwrap();
        let mut input = Input::open(&[broken], "replay", false).unwrap();
        let error = input.lines(10, 10).unwrap_err();
        assert!(error.message.contains("broken.gz"), "{}", error.message);
    }

    #[test]
    fn a_stream_that_gives_a_byte_at_a_time_is_unpacked_too() {
        struct Bytewise(io::Cursor<Vec<u8>>);
        impl Read for Bytewise {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let most = buffer.len().min(1);
                self.0.read(&mut buffer[..most])
            }
        }
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(b"one\ntwo\n").unwrap();
        for (bytes, expected) in [
            (packer.finish().unwrap(), "one\ntwo\n"),
            (b"one\n".to_vec(), "one\n"),
            (b"1".to_vec(), "1"),
            (Vec::new(), ""),
        ] {
            let mut text = String::new();
            let mut stream = Unpacked::new(Bytewise(io::Cursor::new(bytes))).unwrap().unwrap();
            stream.read_to_string(&mut text).unwrap();
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn what_has_no_newline_behind_it_is_unfinished_only_in_a_file_that_may_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let (plain, packed) = (folder.path().join("a.json"), folder.path().join("b"));
        std::fs::write(&plain, "one\ntwo").unwrap();
        let mut packer = flate2::write::GzEncoder::new(File::create(&packed).unwrap(), flate2::Compression::fast());
        packer.write_all(b"one\ntwo").unwrap();
        packer.finish().unwrap();
        for (file, expected) in [(plain, [false, true]), (packed, [false, false])] {
            let lines = Input::open(&[file], "replay", false)
                .unwrap()
                .lines(10, 1 << 20)
                .unwrap()
                .unwrap();
            assert_eq!(lines.iter().map(|line| line.unfinished).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn a_file_without_lines_is_known_before_anything_is_read_and_in_a_pipe_when_its_turn_comes() {
        let folder = tempfile::tempdir().unwrap();
        let (good, packed) = (folder.path().join("good"), folder.path().join("alerts.json.xz"));
        std::fs::write(&good, "one\n").unwrap();
        std::fs::write(&packed, b"\xfd7zXZ\0\0\x04").unwrap();
        let failure = Input::open(&[good, packed.clone()], "replay", false).err().unwrap();
        let hint = format!("unpack it: `xz -dc {} | custom-iris replay -`", packed.display());
        assert!(failure.message.contains(&hint), "{}", failure.message);
        let stream = File::open(&packed).unwrap();
        assert_eq!(Unpacked::new(stream).unwrap().err(), Foreign::of(b"\xfd7zXZ\0"));
    }

    #[test]
    fn a_path_in_a_hint_is_one_word_to_a_shell() {
        for (path, word) in [
            ("/var/ossec/logs/alerts-28.json.gz", "/var/ossec/logs/alerts-28.json.gz"),
            ("/tmp/old alerts", "'/tmp/old alerts'"),
            ("/tmp/it's;$(id)", r"'/tmp/it'\''s;$(id)'"),
        ] {
            assert_eq!(quoted(Path::new(path)), word);
        }
    }

    #[test]
    fn what_was_read_before_a_damaged_place_is_handed_over_and_then_the_damage_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let (plain, broken) = (folder.path().join("a.json"), folder.path().join("b.json.gz"));
        std::fs::write(&plain, "one\ntwo\nthree\n").unwrap();
        let mut packed = Vec::new();
        let mut packer = flate2::write::GzEncoder::new(&mut packed, flate2::Compression::fast());
        packer.write_all(b"four\nfive\n").unwrap();
        packer.finish().unwrap();
        // Whole, but for the sum at its end.
        let last = packed.len() - 5;
        packed[last] ^= 1;
        std::fs::write(&broken, packed).unwrap();
        let mut input = Input::open(&[plain, broken], "replay", false).unwrap();
        let lines = input.lines(500, 1 << 20).unwrap().unwrap();
        let lines: Vec<_> = lines.into_iter().map(|line| line.bytes).collect();
        assert_eq!(
            lines,
            ["one", "two", "three", "four", "five"].map(|line| line.as_bytes().to_vec())
        );
        let error = input.lines(500, 1 << 20).unwrap_err();
        assert!(error.message.contains("b.json.gz"), "{}", error.message);
    }
}
