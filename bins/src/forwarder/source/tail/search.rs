//! Looking for content that was moved away: under its name, by its inode, then in whatever it may have been put into.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::dated::{self, Dated};
use super::place::{Place, Stream};
use super::{LOOKED_INTO, Open, Tail};
use crate::forwarder::queue::micros;

/// How long a search in vain need not be repeated while everything looks the same: a file that could not be read may be readable.
const HOLDS: Duration = Duration::from_mins(1);
/// How often it is looked through while files are being packed or moved.
const LOOKS: usize = 3;

/// What a search has seen.
#[derive(Debug)]
pub(super) struct Sight {
    seen: u64,
    at: Instant,
}

impl Sight {
    pub(super) fn new(seen: u64) -> Self {
        let at = Instant::now();
        Self { seen, at }
    }

    fn still_holds(&self, seen: u64) -> bool {
        self.seen == seen && self.at.elapsed() < HOLDS
    }
}

impl Tail {
    /// Finds the file that a place stands for, wherever it is by then, and goes there; `None` while there is nothing to go on with.
    pub(super) fn resume(&mut self, place: &Place) -> io::Result<Option<Open>> {
        // A copy that is made behind the look is younger than this.
        let looked_us = micros(SystemTime::now());
        let mut dated = dated::list(&self.path)?;
        if self.open.is_none()
            && let Some(open) = self.begin_rewritten(place, &dated, looked_us)?
        {
            return Ok(Some(open));
        }
        let sight = self.sight(place, &dated);
        let mut next = None;
        if !self.in_vain.as_ref().is_some_and(|before| before.still_holds(sight)) {
            next = self.find_while_moved(place, &mut dated)?;
            if next.is_none() {
                self.in_vain = Some(Sight::new(sight));
            }
        }
        if next.is_none() {
            next = self.go_on_without(place, &dated, looked_us)?;
        }
        let is_read = self.open.as_ref().is_some_and(|open| open.at_end);
        // Where there is none, the folder may come back with the file in it.
        if let Some(open) = next.as_mut().filter(|open| open.place.offset < place.offset)
            && !is_read
        {
            open.tally.lost_files += 1;
            tracing::warn!(
                file = place.name.as_deref().unwrap_or("alerts.json"),
                offset = place.offset,
                "the file that the tail was reading is gone or was cut; what was not read of it is lost, and the tail goes on with the next"
            );
        }
        Ok(next)
    }

    /// The file of the same name, or what comes behind it, where the content that a place stands for is nowhere.
    fn go_on_without(&self, place: &Place, dated: &[Dated], looked_us: i64) -> io::Result<Option<Open>> {
        // The name is there and holds something else: it was cut, or written anew.
        let same = dated.iter().find(|one| Some(&one.name) == place.name.as_ref());
        let next = match same.or_else(|| self.after(place, dated)) {
            None => self.written_since(place, dated)?,
            next => next,
        };
        let mut next = match next {
            Some(next) => self.begin(next, place, looked_us)?,
            None => self.current(place, looked_us)?,
        };
        if let Some(open) = &mut next {
            open.pass_over(place)?;
            open.place.carried.clone_from(&place.carried);
        }
        Ok(next)
    }

    /// Looks for the content that a place stands for, and once more if files were packed or moved meanwhile.
    fn find_while_moved(&self, place: &Place, dated: &mut Vec<Dated>) -> io::Result<Option<Open>> {
        let names = || -> BTreeSet<_> { self.siblings().into_iter().map(|(_, path, _)| path).collect() };
        for _ in 0..LOOKS {
            let before = names();
            if let Some(open) = self.find(place, dated)? {
                return Ok(Some(open));
            }
            let now = dated::list(&self.path)?;
            if names() == before && now == *dated {
                break;
            }
            *dated = now;
        }
        Ok(None)
    }

    /// Looks for the content that a place stands for: by name, by inode, then into what was written since.
    fn find(&self, place: &Place, dated: &[Dated]) -> io::Result<Option<Open>> {
        if let Some(begun) = place.begun_blank()
            && let Some(open) = self.copy_since(begun, place, dated)?
        {
            return Ok(Some(open));
        }
        let folder = self.folder();
        let named = dated.iter().filter(|one| Some(&one.name) == place.name.as_ref());
        let named = named.flat_map(|one| {
            let packed = (folder.join(format!("{}.gz", one.name)), true, Some(one.name.clone()));
            let plain = (folder.join(&one.name), false, Some(one.name.clone()));
            // Either may take the place of the other at this moment.
            if one.plain { [plain, packed] } else { [packed, plain] }
        });
        // Without content a place is only good for the file of its name, or for what was written since: nothing is known by which
        // another could be told from it.
        let is_blank = place.offset == 0 && (place.name.is_some() || place.begun_us > 0);
        let others = if is_blank { Vec::new() } else { self.newest(dated) };
        let same_inode = others.iter().filter(|(path, packed, _)| {
            !packed && fs::metadata(path).is_ok_and(|meta| (meta.dev(), meta.ino()) == (place.device, place.inode))
        });
        for (path, packed, name) in named.chain(same_inode.cloned()) {
            if let Some(open) = self.try_at(&path, packed, name, place)? {
                return Ok(Some(open));
            }
        }
        if place.offset == 0 {
            return Ok(None);
        }
        for (path, packed, name) in others {
            if let Some(open) = self.try_bystander(&path, packed, name, place)? {
                return Ok(Some(open));
            }
        }
        for (_, path, packed) in self.siblings() {
            if let Some(mut open) = self.try_bystander(&path, packed, None, place)? {
                open.place.name.clone_from(&place.name);
                open.place.is_copy = true;
                return Ok(Some(open));
            }
        }
        // The copy that held it is gone, or cannot be read: those that were made later hold what was written then.
        match place.begun() {
            Some(begun) => self.copy_since(begun, place, dated),
            None => Ok(None),
        }
    }

    /// alerts.json, and the newest of the dated files.
    pub(super) fn newest(&self, dated: &[Dated]) -> Vec<(PathBuf, bool, Option<String>)> {
        let current = (self.path.clone(), false, None);
        let newest = dated.iter().rev().map(|one| {
            let (path, packed) = one.path(self.folder());
            (path, packed, Some(one.name.clone()))
        });
        std::iter::once(current).chain(newest).take(LOOKED_INTO).collect()
    }

    /// What a search for this place would see.
    pub(super) fn sight(&self, place: &Place, dated: &[Dated]) -> u64 {
        let mut hash = DefaultHasher::new();
        (place.offset, &place.name, &place.first, &place.marker).hash(&mut hash);
        let named = place.name.as_ref().map(|name| self.folder().join(name));
        let others = self.newest(dated).into_iter().map(|(path, ..)| path);
        let siblings = self.siblings().into_iter().map(|(_, path, _)| path);
        for path in named.into_iter().chain(others).chain(siblings) {
            let meta = fs::metadata(&path).ok();
            let state = meta.map(|meta| (meta.dev(), meta.ino(), meta.len(), meta.ctime(), meta.ctime_nsec()));
            (path, state).hash(&mut hash);
        }
        hash.finish()
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// Files beside alerts.json that are called like it, the one that was written last first: where rotation by hand or by logrotate
    /// puts what it takes away.
    pub(super) fn siblings(&self) -> Vec<(SystemTime, PathBuf, bool)> {
        let (Some(folder), Some(own)) = (self.path.parent(), self.path.file_name().and_then(|name| name.to_str()))
        else {
            return Vec::new();
        };
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut found: Vec<(SystemTime, PathBuf, bool)> = entries
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let meta = entry.metadata().ok().filter(fs::Metadata::is_file)?;
                let is_one = name != own && name.starts_with(own.trim_end_matches(".json"));
                let packed = Path::new(&name).extension().is_some_and(|end| end == "gz");
                is_one.then(|| (meta.modified().unwrap_or(SystemTime::UNIX_EPOCH), entry.path(), packed))
            })
            .collect();
        // As long as the other form is there, the packed one is still being written.
        let plain: HashMap<_, _> = found.iter().map(|(at, path, _)| (path.clone(), *at)).collect();
        found
            .retain(|(at, path, packed)| !packed || plain.get(&path.with_extension("")).is_none_or(|plain| plain > at));
        found.sort_by(|a, b| b.cmp(a));
        found.truncate(LOOKED_INTO);
        found
    }

    /// A file that only might hold the content: when it cannot be opened, the others are still worth a look.
    pub(super) fn try_bystander(
        &self,
        path: &Path,
        packed: bool,
        name: Option<String>,
        place: &Place,
    ) -> io::Result<Option<Open>> {
        match self.try_at(path, packed, name, place) {
            // That is our own trouble, and passes.
            Err(error) if is_out_of_handles(&error) => Err(error),
            Err(error) => {
                tracing::debug!(%error, path = %path.display(), "the tail cannot look into a file");
                Ok(None)
            }
            found => found,
        }
    }

    fn try_at(&self, path: &Path, packed: bool, name: Option<String>, place: &Place) -> io::Result<Option<Open>> {
        let mut stream = match Stream::open(path, packed) {
            Ok(stream) => stream,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidInput) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        match stream.resume(place) {
            Ok(Some(mark)) => {
                let name = match name {
                    None => self.dated_name(&stream)?,
                    name => name,
                };
                let place = Place {
                    device: stream.device,
                    inode: stream.inode,
                    name,
                    is_copy: false,
                    passed_over: 0,
                    ..place.clone()
                };
                Ok(Some(Open::at(stream, place, mark)))
            }
            Ok(None) => Ok(None),
            // A packed file that is damaged, or still being written, is not the one.
            Err(error) if packed => {
                tracing::debug!(%error, path = %path.display(), "cannot read a packed file");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

fn is_out_of_handles(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let none = [Errno::MFILE, Errno::NFILE, Errno::NOMEM];
    Errno::from_io_error(error).is_some_and(|errno| none.contains(&errno))
}
