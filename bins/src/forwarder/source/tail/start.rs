//! Where a tail begins that has never run.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::dated::Dated;
use super::place::Place;
use super::{From, Open, Tail};
use crate::forwarder::queue::micros;

/// How far the clock that files are stamped by may lie behind the one that is asked: it goes in ticks, of which there are at least a
/// hundred in a second.
const FILE_CLOCK: Duration = Duration::from_millis(20);

impl Tail {
    /// The place of a tail that has never run.
    pub(super) fn nowhere(&self) -> Place {
        Place {
            sequence: self.first_sequence,
            begun_us: i64::try_from(self.first_sequence).unwrap_or(0),
            ..Place::default()
        }
    }

    /// Opens what is there at the first look of all. From then on the tail has a place, whatever can be read of it: what is written
    /// while it waits is to be read.
    pub(super) fn first_look(&mut self) -> Option<Open> {
        let open = self.begin_first();
        self.first = Some(match &open {
            Ok(Some(open)) => open.checkpoint(),
            Ok(None) => self.nowhere(),
            Err(_) => self.unread(),
        });
        open.ok().flatten()
    }

    fn begin_first(&self) -> io::Result<Option<Open>> {
        let looked_us = micros(SystemTime::now());
        let mut open = self.current(&self.nowhere(), looked_us)?;
        if let Some(open) = open.as_mut().filter(|_| self.from == From::End) {
            open.go_to_last_line(u64::MAX)?;
        }
        Ok(open)
    }

    /// The place of a tail that cannot read what is there.
    fn unread(&self) -> Place {
        let nowhere = self.nowhere();
        let Some(meta) = fs::metadata(&self.path).ok().filter(fs::Metadata::is_file) else {
            return nowhere;
        };
        Place {
            device: meta.dev(),
            inode: meta.ino(),
            passed_over: if self.from == From::End { meta.len() } else { 0 },
            ..nowhere
        }
    }

    /// The oldest of the dated files that were written since a place was taken of which nothing else is known.
    pub(super) fn written_since<'a>(&self, place: &Place, dated: &'a [Dated]) -> io::Result<Option<&'a Dated>> {
        let Some(begun) = place.begun_blank().filter(|_| place.name.is_none()) else {
            return Ok(None);
        };
        let begun = begun.checked_sub(FILE_CLOCK).unwrap_or(begun);
        let mut oldest = None;
        for one in dated.iter().rev() {
            let (path, _) = one.path(self.path.parent().unwrap_or(Path::new(".")));
            match fs::metadata(path).and_then(|meta| meta.modified()) {
                Ok(modified) if modified < begun => break,
                Ok(_) => oldest = Some(one),
                // Packed at this moment, or taken away.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(oldest)
    }
}

impl Open {
    /// Passes over what stood in the file before the first look, if it is still the same one.
    pub(super) fn pass_over(&mut self, place: &Place) -> io::Result<()> {
        let is_same = (self.stream.device, self.stream.inode) == (place.device, place.inode);
        let is_new = place
            .begun_blank()
            .is_some_and(|begun| self.stream.was_made_after(begun));
        if is_same && !is_new && self.stream.behind(0) >= place.passed_over {
            self.go_to_last_line(place.passed_over)?;
        }
        Ok(())
    }

    fn go_to_last_line(&mut self, end: u64) -> io::Result<()> {
        (self.place.offset, self.mark) = self.stream.seek_last_line(end)?;
        Ok(())
    }
}
