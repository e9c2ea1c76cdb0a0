//! How full the disk may become: the courier writes the limits down, the hook looks before it stores.

use std::borrow::Cow;
use std::io::{self, Read};
use std::path::Path;

use super::files::{fill, open_to_read, rewrite};
use crate::short_path::ShortPath;

/// Below or above these the hook stores nothing, so that a long outage never fills the manager's disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Least free bytes on the file system of the spool.
    pub min_free_bytes: u64,
    /// Least free inodes on it.
    pub min_free_inodes: u64,
    /// Whether the queue has reached its own largest size.
    pub queue_full: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            min_free_bytes: 100 << 20,
            min_free_inodes: 1000,
            queue_full: false,
        }
    }
}

/// Whether there is room for one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// Yes.
    Enough,
    /// Too few bytes are free.
    Bytes {
        /// Bytes free.
        free: u64,
        /// Bytes that must stay free.
        least: u64,
    },
    /// Too few inodes are free.
    Inodes {
        /// Inodes free.
        free: u64,
        /// Inodes that must stay free.
        least: u64,
    },
    /// The queue is as large as it may be.
    QueueFull,
}

impl Limits {
    /// Reads what the courier wrote; the defaults where it has written nothing. Three numbers, no parser of settings.
    pub fn read(root: &Path) -> Self {
        let mut place = [0; 64];
        let Ok(text) = read(&ShortPath::within(root, "limits"), &mut place) else {
            return Self::default();
        };
        let mut words = text.split_ascii_whitespace().map(str::parse::<u64>);
        match (words.next(), words.next(), words.next()) {
            (Some(Ok(min_free_bytes)), Some(Ok(min_free_inodes)), Some(Ok(full))) => Self {
                min_free_bytes,
                min_free_inodes,
                queue_full: full != 0,
            },
            _ => Self::default(),
        }
    }

    /// Writes them for the hooks to come.
    pub fn write(&self, root: &Path) -> io::Result<()> {
        let text = format!(
            "{} {} {}\n",
            self.min_free_bytes,
            self.min_free_inodes,
            u8::from(self.queue_full)
        );
        rewrite(&root.join("limits"), text.as_bytes())
    }

    /// How many bytes must be free on a disk of so many blocks: where none are at all, nothing can be stored, whatever was set. Some file
    /// systems tell no size.
    fn least(&self, blocks: u64) -> u64 {
        self.min_free_bytes.max(u64::from(blocks > 0))
    }

    /// Looks at the file system of the spool.
    pub fn room(&self, root: &Path) -> Room {
        if self.queue_full {
            return Room::QueueFull;
        }
        // A file system that does not tell is not a reason to lose an alert.
        let Ok(disk) = rustix::fs::statvfs(root) else {
            return Room::Enough;
        };
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        let least = self.least(disk.f_blocks);
        if free < least {
            return Room::Bytes { free, least };
        }
        // btrfs and some others have no fixed number of inodes and say 0 of 0.
        if disk.f_files > 0 && disk.f_favail < self.min_free_inodes {
            return Room::Inodes {
                free: disk.f_favail,
                least: self.min_free_inodes,
            };
        }
        Room::Enough
    }
}

fn read<'a>(path: &Path, place: &'a mut [u8]) -> io::Result<Cow<'a, str>> {
    Ok(match fill(open_to_read(path)?, place)? {
        Some(length) => Cow::Borrowed(str::from_utf8(&place[..length]).map_err(io::Error::other)?),
        None => Cow::Owned(by_hand(path)?),
    })
}

/// What somebody has written there, who needs more room than the courier; not all of what a link may show.
#[cold]
#[inline(never)]
fn by_hand(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    open_to_read(path)?.take(1 << 12).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_has_no_room_whatever_was_set() {
        let least = |min_free_bytes, blocks| {
            let limits = Limits {
                min_free_bytes,
                ..Limits::default()
            };
            limits.least(blocks)
        };
        assert_eq!((least(0, 9), least(7, 9), least(0, 0)), (1, 7, 0));
    }

    #[test]
    fn what_the_courier_writes_the_hook_reads() {
        let folder = tempfile::tempdir().unwrap();
        let limits = Limits {
            min_free_bytes: 7,
            min_free_inodes: 9,
            queue_full: true,
        };
        limits.write(folder.path()).unwrap();
        assert_eq!(Limits::read(folder.path()), limits);
        let by_hand = format!("{}7\n9\n1\n", " ".repeat(100));
        std::fs::write(folder.path().join("limits"), by_hand).unwrap();
        assert_eq!(Limits::read(folder.path()), limits);
        assert_eq!(limits.room(folder.path()), Room::QueueFull);
    }

    #[test]
    fn a_disk_with_too_little_room_is_named_with_its_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = Limits {
            min_free_bytes: u64::MAX,
            ..Limits::default()
        };
        assert!(matches!(bytes.room(folder.path()), Room::Bytes { least: u64::MAX, .. }));
    }
}
