//! The file that is being read, and what becomes of its lines.

use std::io;

use super::place::{Mark, Place, Stream};
use crate::forwarder::source::lines::{LONGEST, Line, Lines};
use crate::forwarder::source::torn::{is_whole, texts};
use crate::forwarder::source::{Incoming, KnownBy};
use crate::forwarder::spool::DestinationId;

/// The longest half of a line that is carried from one file into the next, in the checkpoint: Wazuh's lines are far shorter.
const CARRIED: usize = 1 << 20;

/// The file that is being read.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) stream: Stream,
    pub(super) lines: Lines,
    pub(super) mark: Mark,
    /// Behind the last line that was handed over.
    pub(super) place: Place,
    /// It is damaged, and that has been said: there is nothing more in it.
    pub(super) broken: bool,
    /// At the last look it was read to its end.
    pub(super) at_end: bool,
    /// What is to be counted when the batch is stored.
    pub(super) tally: Tally,
    /// Where it was before anything was handed over of it for the batch that is not stored yet.
    before: Option<Before>,
}

/// What is counted, once however often a batch is given back.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    /// Lines that were longer than what is kept.
    pub(super) cut: u64,
    /// Files that were gone before they were read to their end.
    pub(super) lost_files: u64,
}

/// Where a batch was begun.
#[derive(Debug)]
struct Before {
    tally: Tally,
    place: Place,
    mark: Mark,
    /// What had been read by then, where it cannot be read a second time.
    lines: Option<Lines>,
}

impl Open {
    pub(super) fn at(stream: Stream, place: Place, mark: Mark) -> Self {
        Self {
            stream,
            lines: Lines::default(),
            mark,
            place,
            broken: false,
            at_end: false,
            tally: Tally::default(),
            before: None,
        }
    }

    /// Begins a batch here.
    pub(super) fn begin_batch(&mut self) {
        self.before = Some(Before {
            tally: self.tally,
            place: self.place.clone(),
            mark: self.mark.clone(),
            lines: None,
        });
    }

    /// Begins a batch of what was read of a file that was cut.
    pub(super) fn begin_batch_of_cut(&mut self) {
        self.begin_batch();
        if let Some(before) = &mut self.before {
            before.lines = Some(self.lines.clone());
        }
    }

    /// Goes back to where the batch was begun; `false` where that cannot be done.
    pub(super) fn go_back(&mut self) -> io::Result<bool> {
        let Some(before) = self.before.take() else {
            return Ok(true);
        };
        self.lines = match before.lines {
            Some(lines) => lines,
            None if self.stream.go_to(before.place.offset)? => {
                self.at_end = false;
                Lines::default()
            }
            None => return Ok(false),
        };
        (self.place, self.mark, self.tally) = (before.place, before.mark, before.tally);
        Ok(true)
    }

    /// What is left behind the last newline of a file that will not grow any more.
    pub(super) fn rest(&mut self) -> Option<Line> {
        let rest = self.lines.rest();
        rest.or_else(|| (!self.place.carried.is_empty()).then(Line::default))
    }

    /// Whether what is left behind the last newline may go on in the next file, and is short enough for a checkpoint.
    pub(super) fn ends_in_half(&self) -> bool {
        let length = self.place.carried.len() as u64 + self.lines.ahead().0;
        let half = || [self.place.carried.as_slice(), self.lines.kept()].concat();
        length > 0 && length <= CARRIED as u64 && !is_whole(&half())
    }

    /// This rest as the first half of a line that may go on in the next file; `None` if it is too long for a checkpoint.
    pub(super) fn half(&self, rest: &Line) -> Option<Vec<u8>> {
        let half = [self.place.carried.as_slice(), &rest.bytes].concat();
        (!rest.cut && half.len() <= CARRIED).then_some(half)
    }

    pub(super) fn hand_over(
        &mut self,
        line: Line,
        newline: bool,
        destination: DestinationId,
        now_us: i64,
        alerts: &mut Vec<Incoming>,
    ) {
        self.mark.pass(&line.bytes);
        self.mark.pass(&line.end);
        if newline {
            self.mark.pass(b"\n");
        }
        self.place.offset += line.length;
        if line.cut {
            self.tally.cut += 1;
            tracing::warn!(
                length = line.length,
                "a line of alerts.json is too long; its beginning is delivered as text"
            );
        }
        for bytes in joined(std::mem::take(&mut self.place.carried), line.bytes) {
            alerts.push(Incoming {
                name: format!("tail-{:020}", self.place.sequence),
                destination,
                received_us: now_us,
                bytes,
                known_by: KnownBy::Text,
            });
            self.place.sequence += 1;
        }
    }

    /// Whether what was read of the file still stands in it.
    pub(super) fn is_as_it_was(&self) -> io::Result<bool> {
        let (ahead, last) = self.lines.ahead();
        let first = self.mark.first_line();
        // Alerts of one kind end alike and may be equally long, so the end alone does not tell a file from its successor.
        Ok(self.stream.still_holds(first, first.len() as u64)?
            && self.stream.still_holds(self.mark.last(), self.place.offset)?
            && self.stream.still_holds(last, self.place.offset + ahead)?)
    }

    /// The place behind what was handed over, as it is stored.
    pub(super) fn checkpoint(&self) -> Place {
        let (first, marker) = if self.place.offset == 0 {
            (String::new(), String::new())
        } else {
            (self.mark.first(), self.mark.marker())
        };
        Place {
            first,
            marker,
            ..self.place.clone()
        }
    }
}

/// A line whose beginning stands at the end of another file is one; if the two do not belong together, both are handed over.
fn joined(carried: Vec<u8>, line: Vec<u8>) -> Vec<Vec<u8>> {
    if carried.is_empty() {
        return texts(line);
    }
    if carried.len() + line.len() <= LONGEST {
        let parts = texts([carried.as_slice(), &line].concat());
        if parts.len() > 1 || parts.iter().all(|part| is_whole(part)) {
            return parts;
        }
    }
    let mut parts = texts(carried);
    parts.extend(texts(line));
    parts
}
