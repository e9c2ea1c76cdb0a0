//! Making the ring, and making it anew when it is none.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::OFlags;

use super::super::files::make_own;
use super::super::{Limits, Spool};
use super::{MAGIC, PAGE, PAGES, PLAUSIBLE, Ring, TAKEN, VERSION, is_of_the_disk, open, path};

/// How many times its own size must be free on the disk before it is made, beside what must stay free anyway: it is for speed, and other
/// things need room more.
const TIMES_FREE: u64 = 8;

/// Makes the ring of a state directory where there is none. A failure leaves an empty file, which no hook tries to make again.
pub(crate) fn make(root: &Path) -> io::Result<()> {
    make_of(root, PAGES)
}

pub(super) fn make_of(root: &Path, pages: u64) -> io::Result<()> {
    let least = (TIMES_FREE * size(pages)).saturating_add(Limits::read(root).min_free_bytes);
    if rustix::fs::statvfs(root).is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) < least) {
        return Err(io::ErrorKind::StorageFull.into());
    }
    let spool = Spool::at(root);
    spool.create()?;
    match make_own(&spool.ring(), &path(root)) {
        Ok(file) => fill(&file, pages, &spool.ring()),
        // Somebody else was quicker.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Size of the file, in bytes.
fn size(pages: u64) -> u64 {
    (1 + pages) * PAGE as u64
}

/// Writes every page once, so that to write it again allocates nothing; the first one last, because it makes a ring of the file.
fn fill(file: &File, pages: u64, folder: &Path) -> io::Result<()> {
    if !lock(file) {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    let filled = write_pages(file, pages).and_then(|()| File::open(folder)?.sync_all());
    if filled.is_err() {
        let _ = file.set_len(0);
    }
    filled
}

fn write_pages(file: &File, pages: u64) -> io::Result<()> {
    let (zeros, size) = (vec![0; 256 * PAGE], size(pages));
    let mut at = 0;
    while at < size {
        let length = usize::try_from(size - at).map_or(zeros.len(), |rest| rest.min(zeros.len()));
        file.write_all_at(&zeros[..length], at)?;
        at += length as u64;
    }
    file.sync_all()?;
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let micros = since.as_micros().to_le_bytes();
    let tag = u32::from_le_bytes(std::array::from_fn(|i| micros[i]));
    file.write_all_at(&first_page(tag, pages, pages - 1), 0)?;
    file.sync_all()
}

/// The first page: the whole of it, because one that cannot be read may be written.
fn first_page(tag: u32, pages: u64, taken: u64) -> [u8; PAGE] {
    let mut first = [0; PAGE];
    first[..8].copy_from_slice(&MAGIC);
    first[8..12].copy_from_slice(&VERSION.to_le_bytes());
    first[12..16].copy_from_slice(&tag.to_le_bytes());
    first[16..24].copy_from_slice(&pages.to_le_bytes());
    for at in [TAKEN, TAKEN + 8] {
        first[at..at + 8].copy_from_slice(&taken.to_le_bytes());
    }
    first
}

/// Writes the first page anew from what the others say, beside a copy of all as it was: damage may have hidden some from that. Says whether
/// they say anything.
fn recover(spool: &Spool, file: &File) -> io::Result<bool> {
    let Some(ring) = by_its_length(file)? else {
        return Ok(false);
    };
    let oldest = ring.oldest()?;
    let copy = aside(spool);
    if let Err(error) = fs::copy(path(spool.root()), &copy) {
        // It is a precaution. By the first page as it is, pages that are well would be set aside.
        let _ = fs::remove_file(&copy);
        tracing::warn!(%error, "cannot keep a copy of the ring of the spool");
    }
    file.write_all_at(&first_page(ring.tag, ring.pages, oldest - 1), 0)?;
    file.sync_data()?;
    let copy = copy.display();
    tracing::error!(%copy, "the first page of the ring of the spool is damaged: it is read from its page {oldest} on");
    Ok(true)
}

/// The ring that the pages themselves tell of.
fn by_its_length(file: &File) -> io::Result<Option<Ring>> {
    let pages = (file.metadata()?.len() / PAGE as u64).saturating_sub(1);
    if PLAUSIBLE.contains(&pages) {
        Ring::by_its_pages(file.try_clone()?, pages)
    } else {
        Ok(None)
    }
}

/// Whether the first page says something else than the others do.
fn is_contradicted(ring: &Ring, file: &File) -> io::Result<bool> {
    if file.metadata()?.len() == size(ring.pages) && ring.fitting(1)? > 0 {
        return Ok(false);
    }
    let Some(other) = by_its_length(file)? else {
        return Ok(false);
    };
    Ok(other.fitting(u64::MAX)? > ring.fitting(u64::MAX)?)
}

/// Where what cannot be used is kept.
fn aside(spool: &Spool) -> PathBuf {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    spool.corrupt().join(format!("{:020}-ring", since.as_nanos()))
}

/// For a courier that begins: mends the ring, and sets aside what lies there and is none. Where there is no ring then, it makes none.
pub(in super::super) fn mend(spool: &Spool) -> io::Result<()> {
    let root = spool.root();
    let file = match open(root, OFlags::RDWR) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    if !lock(&file) {
        return Err(io::Error::other("a hook stands still while it writes into it"));
    }
    if let Some((ring, taken)) = Ring::of(file.try_clone()?)? {
        // A first page that is damaged may still look like one.
        if is_contradicted(&ring, &file)? && recover(spool, &file)? {
            return Ok(());
        }
        // What was cut off reads as free pages.
        if file.metadata()?.len() < size(ring.pages) {
            file.set_len(size(ring.pages))?;
        }
        // What is handed over twice, the queue knows, and else IRIS.
        return match taken {
            Some(_) => Ok(()),
            None => ring.set_taken(ring.oldest()? - 1),
        };
    }
    // The first page is written last, so a making that was cut short has nothing in it.
    if is_blank(&file)? {
        return fs::remove_file(path(root));
    }
    if recover(spool, &file)? {
        return Ok(());
    }
    let aside = aside(spool);
    fs::rename(path(root), &aside)?;
    tracing::error!(path = %aside.display(), "the ring of the spool cannot be used; it is kept in corrupt/ and made anew");
    Ok(())
}

/// Waits a little for whoever has it: hooks take it for the blink of an eye, also to see that it is no ring.
fn lock(file: &File) -> bool {
    (0..10).any(|_| {
        let locked = file.try_lock().is_ok();
        if !locked {
            std::thread::sleep(Duration::from_millis(20));
        }
        locked
    })
}

fn is_blank(mut file: &File) -> io::Result<bool> {
    let mut bytes = vec![0; 256 * PAGE];
    loop {
        let read = match file.read(&mut bytes) {
            Err(error) if is_of_the_disk(&error) => return Ok(false),
            read => read?,
        };
        match read {
            0 => return Ok(true),
            read if bytes[..read].iter().any(|byte| *byte != 0) => return Ok(false),
            _ => {}
        }
    }
}
