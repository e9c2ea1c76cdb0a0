//! Feeding files through the street: what was missed while something was switched off, or a test set.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::spool::{DestinationId, Entry, Limits, Room, Spool};
use crate::settings::Settings;
use crate::terminal::Failure;

/// Where replayed alerts go: to the destination of the settings, else to the only one that the hook was told of.
pub(super) fn destination(settings: &Settings, spool: &Spool) -> Result<DestinationId, Failure> {
    if settings.iris.base_url.is_some() {
        return Ok(DestinationId::SETTINGS);
    }
    match DestinationId::known(spool.root()).as_slice() {
        [only] => Ok(*only),
        [] => Err(Failure::configuration(
            "nobody has said where IRIS is\nhint: set iris.base_url and iris.bearer",
        )),
        _ => Err(Failure::configuration(
            "the hook knows several destinations\nhint: set iris.base_url to the one that is meant",
        )),
    }
}

/// Stores every line of the files; returns how many.
pub(super) fn replay(files: &[PathBuf], destination: DestinationId, spool: &Spool) -> Result<u64, Failure> {
    let mut stored = 0;
    for path in files {
        let failed =
            |error: io::Error| Failure::failed(format!("{}: {error}; {stored} alerts are stored", path.display()));
        let reader: Box<dyn BufRead> = if path == Path::new("-") {
            Box::new(BufReader::new(io::stdin()))
        } else {
            Box::new(BufReader::new(File::open(path).map_err(failed)?))
        };
        stored += lines(reader, destination, spool).map_err(failed)?;
    }
    Ok(stored)
}

fn lines(mut reader: impl BufRead, destination: DestinationId, spool: &Spool) -> io::Result<u64> {
    let mut stored = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(stored);
        }
        let text = line.trim_ascii();
        if text.is_empty() {
            continue;
        }
        if Limits::read(spool.root()).room(spool.root()) != Room::Enough {
            return Err(io::Error::other(
                "the disk or the queue is too full; see `custom-iris spool status`",
            ));
        }
        spool.put(&Entry::new(destination, text.to_vec()))?;
        stored += 1;
    }
}
