//! Files of this program in folders that the wazuh user owns, and where that user may have laid something else.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;

/// Nobody writes so long at a draft.
const OLD_DRAFT: Duration = Duration::from_mins(1);

/// How a folder is opened, and no link to one.
pub(super) const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// Makes a new file of a folder. It belongs to the owner of that, also when root makes it, who follows no link there.
///
/// Every alert that is stored comes along here: nothing is asked of the system that need not be.
pub(super) fn make_own(folder: &Path, path: &Path) -> io::Result<File> {
    if rustix::process::geteuid().is_root() {
        let owner = rustix::fs::lstat(folder)?;
        if owner.st_uid != 0 || !FileType::from_raw_mode(owner.st_mode).is_dir() {
            return make_for_owner(folder, path);
        }
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cold]
#[inline(never)]
fn make_for_owner(folder: &Path, path: &Path) -> io::Result<File> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    // By the folder's own handle: its owner may lay a link in its place at any moment.
    let opened =
        open_folder(folder).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", folder.display())))?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::openat(&opened, name, flags, Mode::RUSR | Mode::WUSR)?);
    let given = opened.metadata().and_then(|owner| give(&file, &owner));
    given.inspect_err(|_| {
        let _ = rustix::fs::unlinkat(&opened, name, AtFlags::empty());
    })?;
    Ok(file)
}

/// Gives a new file to the owner of its folder when root made it: what an administrator does by hand must not lock out the user
/// that Wazuh runs hook and courier as.
pub(super) fn adopt(file: &File, folder: Option<&Path>) -> io::Result<()> {
    let Some(folder) = folder.filter(|_| rustix::process::geteuid().is_root()) else {
        return Ok(());
    };
    give(file, &fs::metadata(folder)?)
}

fn give(file: &File, owner: &Metadata) -> io::Result<()> {
    if owner.uid() == 0 {
        return Ok(());
    }
    std::os::unix::fs::fchown(file, Some(owner.uid()), Some(owner.gid()))
}

/// Opens a folder that the wazuh user may have made, and no link: root is about to write there, or to give it away.
pub(crate) fn open_folder(path: &Path) -> io::Result<File> {
    rustix::fs::open(path, FOLDER, Mode::empty()).map(File::from).map_err(|error| {
        if fs::symlink_metadata(path).is_ok_and(|meta| meta.is_symlink()) {
            return io::Error::other(
                "it is a link, and root follows none that the wazuh user may have laid; put a directory, or a mount, in its place",
            );
        }
        io::Error::from(error)
    })
}

/// Opens a file of this program for writing, made where it is missing, in a folder that the wazuh user owns. Root follows no link
/// there and touches nothing that has another name elsewhere: what it opens it may give away.
pub(crate) fn open_own(path: &Path, mode: u32, append: bool) -> io::Result<File> {
    let root = rustix::process::geteuid().is_root();
    let mut flags = OFlags::WRONLY | OFlags::CREATE | OFlags::CLOEXEC;
    flags.set(OFlags::APPEND, append);
    // A pipe without reader would keep root waiting.
    flags.set(OFlags::NOFOLLOW | OFlags::NONBLOCK, root);
    let file = File::from(rustix::fs::open(path, flags, Mode::from_raw_mode(mode))?);
    if root {
        let meta = file.metadata()?;
        if !meta.is_file() || meta.nlink() != 1 {
            return Err(io::Error::other("it is not a file of its own"));
        }
    }
    adopt(&file, path.parent())?;
    Ok(file)
}

/// Opens a file for reading where anything may lie. A pipe without writer would keep whoever reads it waiting, deaf to signals, and
/// a link may show a device that never ends: what is no file cannot be read.
pub(crate) fn open_file(path: &Path) -> io::Result<(File, Metadata)> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Err(Errno::LOOP) => return Err(io::Error::other("it is a link")),
        opened => File::from(opened?),
    };
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    Ok((file, meta))
}

/// Opens a file for reading as the library does, with one call of the system less where that is musl.
pub(crate) fn open_to_read(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let opened = rustix::io::retry_on_intr(|| rustix::fs::open(path, flags, Mode::empty()));
    Ok(File::from(opened?))
}

/// Reads to the end, and says how much that was; nothing where there may be more than the place holds, which is full then.
pub(crate) fn fill(mut from: impl Read, place: &mut [u8]) -> io::Result<Option<usize>> {
    let mut length = 0;
    while length < place.len() {
        match from.read(&mut place[length..]) {
            Ok(0) => return Ok(Some(length)),
            Ok(more) => length += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Reads as much of an open file as there was when it was opened.
pub(super) fn read_all(file: File, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Rewrites a small file whole: draft, sync, rename, and sync of the directory, without which the rename may be lost.
pub(super) fn rewrite(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let draft = path.with_extension(format!("draft-{}", std::process::id()));
    // Never through a link that somebody else left there.
    let _ = fs::remove_file(&draft);
    let mut file = make_own(folder, &draft)?;
    let done = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&draft, path))
        .and_then(|()| File::open(folder)?.sync_all());
    if done.is_err() {
        let _ = fs::remove_file(&draft);
    }
    done
}

/// Removes drafts that somebody was killed over, who would have been done with each in a moment: a key may stand in one.
pub(super) fn remove_drafts(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_draft = Path::new(&name)
            .extension()
            .is_some_and(|ending| ending.as_encoded_bytes().starts_with(b"draft-"));
        let age = || entry.metadata()?.modified()?.elapsed().map_err(io::Error::other);
        if is_draft && age().is_ok_and(|age| age > OLD_DRAFT) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rustix::fs::CWD;

    use super::*;

    #[test]
    fn drafts_that_nobody_writes_any_more_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let old = std::time::SystemTime::now() - 2 * OLD_DRAFT;
        for (name, is_old) in [
            ("a.draft-7", true),
            ("b.draft-7", false),
            ("c.json", true),
            ("draft-7", true),
        ] {
            let file = File::create(folder.path().join(name)).unwrap();
            if is_old {
                file.set_modified(old).unwrap();
            }
        }
        remove_drafts(folder.path()).unwrap();
        let mut left: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        left.sort();
        assert_eq!(left, ["b.draft-7", "c.json", "draft-7"]);
    }

    #[test]
    fn what_is_no_file_of_its_own_is_neither_waited_for_nor_followed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("file"), "x").unwrap();
        assert_eq!(open_file(&at("file")).unwrap().1.len(), 1);
        rustix::fs::mknodat(CWD, at("pipe"), FileType::Fifo, Mode::RWXU, 0).unwrap();
        std::os::unix::fs::symlink("/dev/zero", at("zero")).unwrap();
        std::os::unix::fs::symlink(at("file"), at("link")).unwrap();
        fs::create_dir(at("folder")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        for name in ["pipe", "zero", "link", "folder", "socket"] {
            let error = open_file(&at(name)).unwrap_err();
            assert_ne!(error.kind(), io::ErrorKind::NotFound, "{name}");
        }
    }

    #[test]
    fn root_makes_and_rewrites_nothing_behind_a_link_to_a_folder() {
        if !rustix::process::geteuid().is_root() {
            println!("skipped: only root is kept from following links");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let (victim, link, own) = (
            folder.path().join("victim"),
            folder.path().join("link"),
            folder.path().join("own"),
        );
        fs::create_dir(&victim).unwrap();
        fs::create_dir(&own).unwrap();
        std::os::unix::fs::symlink(&victim, &link).unwrap();
        std::os::unix::fs::chown(&own, Some(12_345), Some(12_346)).unwrap();
        for done in [
            make_own(&link, &link.join("x")).map(drop),
            rewrite(&link.join("x"), b"x"),
        ] {
            let error = done.unwrap_err().to_string();
            assert!(error.contains("it is a link") && error.contains("/link"), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
        assert_eq!(fs::read_dir(&victim).unwrap().count(), 0);
        let missing = make_own(&own.join("missing"), &own.join("missing/x")).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        make_own(&own, &own.join("x")).unwrap();
        rewrite(&own.join("y"), b"y").unwrap();
        for name in ["x", "y"] {
            let meta = fs::metadata(own.join(name)).unwrap();
            assert_eq!((meta.uid(), meta.mode() & 0o777), (12_345, 0o600), "{name}");
        }
    }
}
