//! From a file that is read to its end to the next one.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::SystemTime;

use super::copies::ReadCopy;
use super::dated::{self, Dated, Order};
use super::place::{Mark, Place, Stream};
use super::{Open, Tail};
use crate::forwarder::queue::micros;
use crate::forwarder::source::Incoming;
use crate::forwarder::source::torn::is_whole;
use crate::forwarder::spool::DestinationId;

/// The way to the next file, until the batch that ends the one before it is stored.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) next: Box<Open>,
    /// It is what the copies were made of.
    to_original: bool,
}

impl Tail {
    /// Prepares the way from a file that is read to its end to the next one.
    pub(super) fn finish(&mut self, destination: DestinationId, alerts: &mut Vec<Incoming>) -> io::Result<()> {
        let Some(open) = &self.open else { return Ok(()) };
        // A copy that is made behind the look is younger than this.
        let looked_us = micros(SystemTime::now());
        let successor = self.successor(open, looked_us)?;
        let to_original = self.original.is_some() && successor.as_ref().is_none_or(|next| !next.place.is_copy);
        let Some(next) = (if to_original {
            self.original.as_deref()
        } else {
            successor.as_ref()
        }) else {
            return Ok(());
        };
        // An empty alerts.json that somebody made says nothing: the writer may still be at the old one.
        if next.stream.behind(0) == 0 && !next.stream.is_packed() && !self.has_moved_on(next)? {
            return Ok(());
        }
        let next = if to_original {
            self.original.take()
        } else {
            successor.map(Box::new)
        };
        let (Some(mut next), Some(open)) = (next, &mut self.open) else {
            return Ok(());
        };
        next.place.carried = Vec::new();
        if let Some(rest) = open.rest() {
            match open.half(&rest) {
                // The writer knows nothing of the cut: it writes the other half into the file that was cut. What stands before damage
                // has its other half behind it, and what is whole needs none.
                Some(half) if open.place.is_copy && !open.broken && !is_whole(&half) => {
                    open.mark.pass(&rest.bytes);
                    next.place.carried = half;
                }
                // A manager that died in the middle of a line does not finish it.
                _ => open.hand_over(rest, false, destination, micros(SystemTime::now()), alerts),
            }
        }
        next.place.sequence = open.place.sequence;
        if to_original {
            // The copies that were made until now are read.
            next.place.begun_us = looked_us;
        }
        self.turn = Some(Turn { next, to_original });
        self.more = true;
        Ok(())
    }

    /// Goes to the next file, when all of the one before it is safe.
    pub(super) fn go_on(&mut self) {
        let Some(turn) = self.turn.take() else { return };
        let read = self.open.replace(*turn.next);
        let is_copy = self.open.as_ref().is_some_and(|open| open.place.is_copy);
        match read {
            Some(read) if is_copy => self.copies.push(ReadCopy::of(&read)),
            _ => self.copies.clear(),
        }
    }

    /// Goes back to where the last batch began, with the same files in hand: some may have no name any more.
    pub(super) fn go_back(&mut self) {
        if let Some(turn) = self.turn.take()
            && turn.to_original
        {
            self.original = Some(turn.next);
        }
        // What cannot be read backwards is opened anew.
        if self.open.as_mut().is_some_and(|open| !open.go_back().unwrap_or(false)) {
            self.open = None;
        }
    }

    /// Whether alerts.json is another file than the open one by now; not while there is none.
    pub(super) fn has_moved_on(&self, open: &Open) -> io::Result<bool> {
        if open.stream.is_packed() {
            return Ok(true);
        }
        match fs::metadata(&self.path) {
            Ok(meta) => Ok((meta.dev(), meta.ino()) != (open.stream.device, open.stream.inode)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            // A folder that is closed now: the writer may be at another file for days.
            Err(error) => Err(error),
        }
    }

    /// The first dated file behind a place, if a place has a dated name.
    pub(super) fn after<'a>(&self, place: &Place, dated: &'a [Dated]) -> Option<&'a Dated> {
        let own = self.order_of(place)?;
        dated.iter().find(|one| one.order > own)
    }

    /// Where the dated name of a place stands in the order.
    pub(super) fn order_of(&self, place: &Place) -> Option<Order> {
        dated::order(place.name.as_deref()?, &dated::prefix(&self.path)?)
    }

    /// A dated file from its beginning; `None` when it has just been packed or taken away.
    pub(super) fn begin(&self, dated: &Dated, before: &Place, looked_us: i64) -> io::Result<Option<Open>> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let (path, packed) = dated.path(folder);
        match Stream::open(&path, packed) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
            Ok(stream) => {
                let place = before.beginning(Some(dated.name.clone()), &stream, looked_us);
                Ok(Some(Open::at(stream, place, Mark::default())))
            }
        }
    }

    /// Whether this is of the day of the open file, which was packed or taken away, and was begun anew.
    fn is_anew(&self, dated: &Dated, open: &Open) -> bool {
        if Some(&dated.name) != open.place.name.as_ref() || !dated.plain {
            return false;
        }
        let (path, _) = dated.path(self.path.parent().unwrap_or(Path::new(".")));
        let is_other = |meta: fs::Metadata| (meta.dev(), meta.ino()) != (open.stream.device, open.stream.inode);
        // Unpacked by somebody it is nothing new.
        let may_be = dated.is_second || !open.stream.is_packed();
        may_be && fs::metadata(path).is_ok_and(is_other)
    }

    /// What comes after a file that is finished: the next dated one, else alerts.json; after a copy what it is a copy of. Files without
    /// dated names are moved away as copies are.
    fn successor(&self, open: &Open, looked_us: i64) -> io::Result<Option<Open>> {
        let (dated, place) = (dated::list(&self.path)?, &open.place);
        if (place.is_copy || place.name.is_none())
            && let Some(next) = self.copy_after(open, &dated)?
        {
            return Ok(Some(next));
        }
        let cut = dated
            .iter()
            .find(|one| place.is_copy && Some(&one.name) == place.name.as_ref());
        let anew = dated.iter().find(|one| !place.is_copy && self.is_anew(one, open));
        match cut.or(anew).or_else(|| self.after(place, &dated)) {
            Some(next) => self.begin(next, place, looked_us),
            None => self.current(place, looked_us),
        }
    }
}
