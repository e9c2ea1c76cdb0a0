//! Wazuh's own alerts.json, from where it was left, whatever happens to it meanwhile.
//!
//! ```text
//! alerts.json ──a hard link──▶ 2026/Nov/ossec-alerts-28.json ─next day, or when too large─▶ …-28-001.json ─▶ … ─packed─▶ ….json.gz
//! ```
//!
//! A file is recognised by what is in it: the hash of its first line and of the bytes before the place that was reached. Device,
//! inode and dated name only say where to look first, because each may be given to another file. A file is read to its end before
//! the next one in the order of the dated names is opened, so a rotation, or several while nobody was reading, skips nothing.
//! A file that was cut to a shorter one is looked for under another name (logrotate's `copytruncate`), and read from its beginning.
//! Of a file of which nothing was read there is nothing to look for: copies that are younger than its beginning are read whole, and so
//! are those that were made after the one that was found. A line that begins at the end of a copy goes on in the file that was cut:
//! its first half is part of the place until then.
//!
//! The place is stored in the transaction that takes the alerts before it in. So nothing is missed and nothing comes twice when
//! the courier dies anywhere; and what is read again, after a file was restored, leaves by the door `repeated`.

mod copies;
mod cut;
mod dated;
mod days;
mod open;
mod place;
mod search;
mod start;
mod turn;
mod waiting;

#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::{Batch, Incoming, Route, Source};
use crate::forwarder::queue::{Checkpoint, micros};
use crate::forwarder::spool::DestinationId;
use copies::ReadCopy;
use open::{Open, Tally};
use place::{Mark, Place, Stream};
use turn::Turn;

/// Name of the checkpoint.
pub const CHECKPOINT: &str = "tail";
/// Lines of one batch, and about how many bytes: enough to share one sync.
const BATCH: usize = 500;
const BATCH_BYTES: usize = 512 << 10;
/// How often the file is looked at; Wazuh writes it once a second, or every 4 KiB.
const POLL: Duration = Duration::from_millis(250);
/// How many files are looked into for content that was moved away.
const LOOKED_INTO: usize = 200;

/// Where a tail begins that has never run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// With what is written from now on.
    End,
    /// With the beginning of today's file.
    Start,
}

/// What happened that people may want to know of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Notes {
    /// Lines that were longer than what is kept.
    pub cut: u64,
    /// Files that were gone before they were read to their end.
    pub lost_files: u64,
    /// Bytes that are written and not read yet.
    pub behind: u64,
    /// It waits for room, or for somebody to say where IRIS is.
    pub paused: bool,
}

/// Fails where this user cannot read the file, or look for what follows it, or read a dated one from the stored place on.
pub fn can_be_read(path: &Path, checkpoint: Option<&str>) -> io::Result<()> {
    let listed = dated::list(path)?;
    let place = checkpoint.and_then(|text| serde_json::from_str::<Place>(text).ok());
    let order = |name: &str| dated::order(name, &dated::prefix(path)?);
    if let Some(own) = place.and_then(|place| order(&place.name?)) {
        let folder = path.parent().unwrap_or(Path::new("."));
        for one in listed.iter().filter(|one| one.order >= own) {
            let (file, packed) = one.path(folder);
            match Stream::open(&file, packed) {
                // It was packed or taken away meanwhile.
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Stream::open(path, false).map(drop)
}

/// The tail of one alerts.json.
#[derive(Debug)]
pub struct Tail {
    path: PathBuf,
    /// The state directory, whose limits hold for this source too.
    root: PathBuf,
    from: From,
    route: Route,
    /// The number of the first line of a tail that knows of no other: of the clock, because names that an earlier one gave must not
    /// be given again.
    first_sequence: u64,
    /// What is stored; `None` when it has never run.
    place: Option<Place>,
    /// What was there at its first look, until a place is stored.
    first: Option<Place>,
    /// What is stored when the batch is.
    handed_over: Option<Place>,
    open: Option<Open>,
    more: bool,
    notes: Notes,
    /// It waits for somebody to say where IRIS is.
    unnamed: bool,
    /// What it has looked through in vain.
    in_vain: Option<search::Sight>,
    /// The copies that were read before the file that they were made of: none is read twice if it grows.
    copies: Vec<ReadCopy>,
    /// It waited, for room or a word where IRIS is, and has not looked for copies that were made meanwhile.
    waited: bool,
    /// What the open copy is a copy of, if that was open already: nothing else may lead to it.
    original: Option<Box<Open>>,
    /// What is opened when the batch is stored.
    turn: Option<Turn>,
    /// Why it cannot be seen whether alerts.json is another file by now.
    blind: Option<String>,
}

impl Tail {
    /// The tail of this file, from a stored checkpoint if there is one.
    pub fn new(path: PathBuf, root: PathBuf, from: From, route: Route, checkpoint: Option<&str>) -> Self {
        // What cannot be read any more is no reason to stay away.
        let place = checkpoint.and_then(|text| {
            serde_json::from_str(text)
                .inspect_err(|error| {
                    tracing::error!(
                        %error,
                        "the checkpoint of the tail is damaged; it begins with the beginning of alerts.json, and what it has read of that before \
                         leaves as `repeated`"
                    );
                })
                .ok()
        });
        let is_damaged = checkpoint.is_some() && place.is_none();
        let from = if is_damaged { From::Start } else { from };
        Self {
            path,
            root,
            from,
            route,
            first_sequence: u64::try_from(micros(SystemTime::now())).unwrap_or(0),
            place,
            first: None,
            handed_over: None,
            open: None,
            more: false,
            notes: Notes::default(),
            unnamed: false,
            in_vain: None,
            copies: Vec::new(),
            waited: false,
            original: None,
            turn: None,
            blind: None,
        }
    }

    /// Whether this is the tail of that file.
    pub fn is_of(&self, path: &Path) -> bool {
        self.path == path
    }

    /// From now on alerts go where this route says; the files in hand stay, some of which may have no name any more.
    pub fn go_by(&mut self, route: Route) {
        self.route = route;
    }

    /// What happened so far.
    pub fn notes(&self) -> Notes {
        let open = self.open.as_ref();
        let tally = open.map_or_else(Tally::default, |open| open.tally);
        Notes {
            cut: self.notes.cut + tally.cut,
            lost_files: self.notes.lost_files + tally.lost_files,
            behind: open.map_or(0, |open| open.stream.behind(open.place.offset)),
            paused: self.notes.paused || self.unnamed,
        }
    }

    fn count(&mut self, tally: Tally) {
        self.notes.cut += tally.cut;
        self.notes.lost_files += tally.lost_files;
    }

    /// Opens the file to go on with, if it is not open; `None` while there is none.
    fn opened(&mut self) -> io::Result<Option<&mut Open>> {
        if self.open.is_none() {
            self.open = match self.place.as_ref().or(self.first.as_ref()).cloned() {
                None => self.first_look(),
                Some(place) => match self.resume(&place) {
                    // It comes again when the place is stored that it is waited at.
                    Err(_) if self.place.is_none() => None,
                    resumed => resumed?,
                },
            };
        }
        Ok(self.open.as_mut())
    }

    /// alerts.json as it is now, from its beginning.
    fn current(&self, before: &Place, looked_us: i64) -> io::Result<Option<Open>> {
        match Stream::open(&self.path, false) {
            // Between two files there is none for a moment.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
            Ok(stream) => {
                let name = self.dated_name(&stream)?;
                let place = before.beginning(name, &stream, looked_us);
                Ok(Some(Open::at(stream, place, Mark::default())))
            }
        }
    }

    /// The dated name of an open file.
    fn dated_name(&self, stream: &Stream) -> io::Result<Option<String>> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let newest = dated::list(&self.path)?.into_iter().rev().filter(|dated| dated.plain);
        for dated in newest.take(LOOKED_INTO) {
            match fs::metadata(folder.join(&dated.name)) {
                Ok(meta) if (meta.dev(), meta.ino()) == (stream.device, stream.inode) => return Ok(Some(dated.name)),
                // Without its name, the days that follow would be passed over.
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Err(error),
                _ => {}
            }
        }
        Ok(None)
    }

    /// Reads up to a batch from the open file; `true` when it has reached the end of what is there.
    fn read(&mut self, destination: DestinationId, alerts: &mut Vec<Incoming>) -> io::Result<bool> {
        self.open.iter_mut().for_each(Open::begin_batch);
        let now_us = micros(SystemTime::now());
        let Some(open) = self.open.as_mut().filter(|open| !open.broken) else {
            return Ok(true);
        };
        open.at_end = false;
        let mut bytes = 0;
        while alerts.len() < BATCH && bytes < BATCH_BYTES {
            let line = match open.lines.next(&mut open.stream) {
                Ok(Some(line)) => line,
                Ok(None) => {
                    open.at_end = true;
                    return Ok(true);
                }
                // It will not get better, and the files behind it must not wait for it.
                Err(error) if open.stream.is_packed() => {
                    open.broken = true;
                    open.tally.lost_files += 1;
                    tracing::error!(%error, file = open.place.name.as_deref(), "a packed file is damaged; the tail goes on with the next");
                    return Ok(true);
                }
                Err(error) => return Err(error),
            };
            bytes += line.bytes.len();
            open.hand_over(line, true, destination, now_us, alerts);
        }
        Ok(false)
    }
}

impl Source for Tail {
    fn next(&mut self) -> io::Result<Batch> {
        self.look()
            .map_err(|error| io::Error::new(error.kind(), self.with_place(&error.to_string())))
    }

    fn taken(&mut self, batch: Batch) {
        if batch.checkpoint.is_some() {
            self.place = self.handed_over.take();
        }
        if let Some(open) = &mut self.open {
            let tally = std::mem::take(&mut open.tally);
            self.count(tally);
        }
        self.go_on();
    }

    fn again(&mut self, _batch: Batch) {
        self.go_back();
        self.more = false;
    }

    fn stuck(&self) -> Option<String> {
        let Some(why) = self.blind.as_ref() else {
            return self.waits();
        };
        Some(format!(
            "{}; the tail reads the file that it has open, and cannot see whether there is another",
            self.with_place(why)
        ))
    }

    fn has_more(&self) -> bool {
        self.more
    }

    fn poll_every(&self) -> Duration {
        POLL
    }
}

impl Tail {
    /// What is in the way, with the file unless it names one: it may be another than alerts.json that cannot be read.
    fn with_place(&self, why: &str) -> String {
        let folder = self.path.parent().unwrap_or(Path::new("")).display().to_string();
        if !folder.is_empty() && why.contains(&folder) {
            why.to_owned()
        } else {
            format!("{}: {why}", self.path.display())
        }
    }

    fn look(&mut self) -> io::Result<Batch> {
        (self.more, self.blind) = (false, None);
        let mut batch = Batch::default();
        let has_room = self.has_room();
        if !has_room && self.place.is_some() {
            self.wait();
            return Ok(batch);
        }
        let changed = match self.opened()? {
            Some(open) => open.is_as_it_was().map(|same| !same),
            // Nothing is there: whatever appears later is new, also after a restart.
            None => Ok(false),
        };
        // A file that cannot be read is opened anew.
        let cut = changed.inspect_err(|_| self.open = None)?;
        let destination = has_room.then(|| self.destination()).flatten();
        if cut {
            self.leave_cut(destination, &mut batch.alerts)?;
        } else if let Some(destination) = destination {
            self.step_back()?;
            // Looked at first: when alerts.json is another file, the old one is complete.
            let complete = self.open.as_ref().map_or(Ok(false), |open| self.has_moved_on(open));
            self.blind = complete.as_ref().err().map(ToString::to_string);
            let read = self.read(destination, &mut batch.alerts);
            if read.is_err() && batch.alerts.is_empty() {
                self.open = None;
            }
            let done = match (read, complete) {
                (Ok(true), Ok(true)) => self.finish(destination, &mut batch.alerts).map(|()| true),
                (read, _) => read,
            };
            match done {
                Ok(at_end) => self.more |= !batch.alerts.is_empty() || !at_end,
                Err(error) if batch.alerts.is_empty() => return Err(error),
                // What was read before is handed over; the error comes again.
                Err(_) => self.more = true,
            }
        } else {
            self.wait();
        }
        let next = self.turn.as_ref().map(|turn| &*turn.next);
        let mut now = match (next.or(self.open.as_ref()), &self.place) {
            (Some(open), _) => Some(open.checkpoint()),
            (None, None) => self.first.clone(),
            (None, Some(_)) => None,
        };
        let is_stored = |now: &Place| self.place.as_ref().is_some_and(|place| place.is_at(now));
        // Behind a turn, even where the place looks the same: an empty batch is neither taken nor given back.
        if let Some(place) = now.as_mut()
            && (!is_stored(place) || self.turn.is_some())
        {
            place.stored_us = micros(SystemTime::now());
            let state = now.as_ref().and_then(|place| serde_json::to_string(place).ok());
            batch.checkpoint = state.map(|state| Checkpoint {
                source: CHECKPOINT,
                state,
            });
            self.handed_over = now;
        }
        Ok(batch)
    }
}
