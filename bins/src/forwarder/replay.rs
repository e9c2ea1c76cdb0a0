//! Feeding files through the street: what was missed while something was switched off, or a test set.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::spool::{DestinationId, Entry, Limits, Room, Spool};
use crate::terminal::Failure;

/// Stores every line of the files, for the destination of the settings; returns how many.
pub(super) fn replay(files: &[PathBuf], spool: &Spool) -> Result<u64, Failure> {
    let mut stored = 0;
    for path in files {
        let failed =
            |error: io::Error| Failure::failed(format!("{}: {error}; {stored} alerts are stored", path.display()));
        let reader: Box<dyn BufRead> = if path == Path::new("-") {
            Box::new(BufReader::new(io::stdin()))
        } else {
            Box::new(BufReader::new(File::open(path).map_err(failed)?))
        };
        stored += lines(reader, spool).map_err(failed)?;
    }
    Ok(stored)
}

fn lines(mut reader: impl BufRead, spool: &Spool) -> io::Result<u64> {
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
        spool.put(&Entry::new(DestinationId::SETTINGS, text.to_vec()))?;
        stored += 1;
    }
}
