//! Where an alert is to go, as the hook was told.
//!
//! Several `<integration>` blocks may call the hook with different addresses, keys and options. An entry names its destination by
//! id; the key stands in one file per destination, readable by its owner only, and nowhere else.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use uuid::Uuid;

use super::files::{open_file, open_to_read, read_all, rewrite};
use crate::short_path::ShortPath;

/// How old the time of a destination's file may become while it is used.
const TOUCHED: Duration = Duration::from_hours(1);

/// The largest file, in bytes: the system lets nobody call a program with longer words, and `<options>` are cut before.
const LARGEST: u64 = 1 << 20;

/// Name of a destination: a `UUIDv5` of its address and options, so that a new key does not orphan what waits for the old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DestinationId(Uuid);

impl DestinationId {
    /// What the settings say, when the hook was told nothing.
    pub const SETTINGS: Self = Self(Uuid::nil());

    /// The destination of this address and these options.
    pub fn of(url: &str, options: &str) -> Self {
        let mut named = Short::from_slice(url.as_bytes());
        named.push(0);
        named.extend_from_slice(options.as_bytes());
        Self(Uuid::new_v5(&Uuid::NAMESPACE_URL, &named))
    }

    /// Every destination that the hook was told of.
    pub fn known(root: &Path) -> Vec<Self> {
        let files = std::fs::read_dir(root.join("destinations"))
            .into_iter()
            .flatten()
            .flatten();
        let id = |name: std::ffi::OsString| name.to_str()?.strip_suffix(".json")?.parse::<Uuid>().ok();
        let mut known: Vec<Self> = files.filter_map(|file| id(file.file_name())).map(Self).collect();
        known.sort_unstable();
        known
    }

    /// From its sixteen bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// Its sixteen bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

/// That a text is no name of a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "it is no destination\nhint: write one as `custom-iris doctor` names it, such as 6f1c2d3e-0a4b-5c6d-8e7f-9a0b1c2d3e4f, or `settings` for the IRIS of \
     the settings"
)]
pub struct NoDestination;

impl FromStr for DestinationId {
    type Err = NoDestination;

    /// As it is printed.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "settings" => Ok(Self::SETTINGS),
            text => text.parse().map(Self).map_err(|_| NoDestination),
        }
    }
}

impl fmt::Display for DestinationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::SETTINGS {
            f.write_str("settings")
        } else {
            self.0.fmt(f)
        }
    }
}

/// Bytes that stay where they are while they are few: see [`ShortPath`].
type Short = SmallVec<[u8; 384]>;

/// An `api_key` as a call has it: where the system keeps the arguments, or copied.
pub(crate) enum Key<'a> {
    /// Among the arguments.
    Given(&'a str),
    /// Put together of several.
    Copied(SecretString),
}

impl Key<'_> {
    pub(crate) fn expose(&self) -> &str {
        match self {
            Self::Given(key) => key,
            Self::Copied(key) => key.expose_secret(),
        }
    }
}

impl fmt::Debug for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

/// What one `<integration>` block says, for who only writes it down. Nobody is to print it.
pub(crate) struct Told<'a> {
    pub(crate) url: &'a str,
    pub(crate) key: Option<&'a str>,
    pub(crate) options: &'a str,
}

impl Told<'_> {
    fn id(&self) -> DestinationId {
        if self.url.is_empty() && self.key.is_none() && self.options.is_empty() {
            return DestinationId::SETTINGS;
        }
        DestinationId::of(self.url, self.options)
    }

    /// Stores it unless it is stored already, just so; the common case is one read.
    pub(crate) fn remember(&self, root: &Path) -> io::Result<DestinationId> {
        let id = self.id();
        if id == DestinationId::SETTINGS {
            return Ok(id);
        }
        let bytes = self.to_bytes()?;
        let path = file(root, id);
        if is_there(&path, &bytes) {
            return Ok(id);
        }
        rewrite(&path, &bytes)?;
        Ok(id)
    }

    fn to_bytes(&self) -> io::Result<Short> {
        let mut bytes = Short::new();
        let stored = Stored {
            url: self.url.into(),
            key: self.key.unwrap_or_default().into(),
            options: self.options.into(),
        };
        serde_json::to_writer(&mut bytes, &stored)?;
        Ok(bytes)
    }
}

/// What one `<integration>` block says.
#[derive(Debug, Clone)]
pub struct Destination {
    /// `hook_url`, empty when the block has none.
    pub url: String,
    /// `api_key`.
    pub key: Option<SecretString>,
    /// The text of `<options>`, meant to be JSON.
    pub options: String,
}

/// A file at one moment: another one means that it may say something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    inode: u64,
    changed: (i64, i64),
    length: u64,
}

impl Stamp {
    /// Looks at a file; `None` where none can be seen.
    pub fn of(path: &Path) -> Option<Self> {
        let meta = std::fs::metadata(path).ok()?;
        Some(Self {
            inode: meta.ino(),
            // Of the file, not of what it says: nobody sets it back.
            changed: (meta.ctime(), meta.ctime_nsec()),
            length: meta.len(),
        })
    }
}

#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    url: Cow<'a, str>,
    key: Cow<'a, str>,
    options: Cow<'a, str>,
}

impl Destination {
    /// Its name; what says nothing at all is the destination of the settings.
    pub fn id(&self) -> DestinationId {
        self.as_told().id()
    }

    /// Stores it unless it is stored already, just so; the common case is one read.
    pub fn remember(&self, root: &Path) -> io::Result<DestinationId> {
        self.as_told().remember(root)
    }

    fn as_told(&self) -> Told<'_> {
        Told {
            url: &self.url,
            key: self.key.as_ref().map(ExposeSecret::expose_secret),
            options: &self.options,
        }
    }

    /// Stores it as what another one says, too, which looks no more used than before.
    pub fn stand_in_for(&self, root: &Path, id: DestinationId) -> io::Result<()> {
        let used = Self::used(root, id).unwrap_or(SystemTime::UNIX_EPOCH);
        let path = file(root, id);
        rewrite(&path, &self.as_told().to_bytes()?)?;
        // With a later time it only looks more used than it is.
        let _ = open_file(&path).and_then(|(file, _)| file.set_modified(used));
        Ok(())
    }

    /// Whether both have one key, or none.
    pub fn has_the_key_of(&self, other: &Self) -> bool {
        let key = |of: &Self| of.key.as_ref().map(|key| key.expose_secret().to_owned());
        key(self) == key(other)
    }

    /// When it was last used, within an hour.
    pub fn used(root: &Path, id: DestinationId) -> io::Result<SystemTime> {
        std::fs::metadata(file(root, id))?.modified()
    }

    /// What tells its file from the one that it was before; nothing where there is none.
    pub fn stamp(root: &Path, id: DestinationId) -> Option<Stamp> {
        Stamp::of(&file(root, id))
    }

    /// Where it is stored.
    pub fn path(root: &Path, id: DestinationId) -> PathBuf {
        file(root, id).into()
    }

    /// Reads a stored one.
    pub fn recall(root: &Path, id: DestinationId) -> io::Result<Self> {
        if id == DestinationId::SETTINGS {
            return Ok(Self {
                url: String::new(),
                key: None,
                options: String::new(),
            });
        }
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "the destination file is damaged");
        let (file, meta) = open_file(&file(root, id))?;
        if meta.len() > LARGEST {
            return Err(damaged());
        }
        let stored: Stored<'_> = serde_json::from_slice(&read_all(file, meta.len())?)
            // serde's words may quote the file, and the file holds a key.
            .map_err(|_| damaged())?;
        let key = Some(stored.key.into_owned()).filter(|key| !key.is_empty());
        Ok(Self {
            url: stored.url.into_owned(),
            key: key.map(SecretString::from),
            options: stored.options.into_owned(),
        })
    }
}

/// Whether the file holds just that. It then gets the time of now if its own is older than an hour: that tells a destination in use
/// from one of a block that was changed.
fn is_there(path: &Path, bytes: &[u8]) -> bool {
    let Ok(file) = open_to_read(path) else { return false };
    let Ok(meta) = file.metadata() else { return false };
    if meta.len() != bytes.len() as u64 {
        return false;
    }
    let mut there = Short::from_elem(0, bytes.len());
    if (&file).read_exact(&mut there).is_err() || there[..] != *bytes {
        return false;
    }
    let now = SystemTime::now();
    let is_fresh = |at: SystemTime| now.duration_since(at).is_ok_and(|ago| ago < TOUCHED);
    if !meta.modified().is_ok_and(is_fresh) {
        // With an older time it only looks less used than it is.
        let _ = file.set_modified(now);
    }
    true
}

fn file(root: &Path, id: DestinationId) -> ShortPath {
    ShortPath::within(root, ShortPath::written(format_args!("destinations/{id}.json")))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::forwarder::spool::Spool;

    fn destination(key: &str) -> Destination {
        Destination {
            url: "https://iris:8443/alerts/add".into(),
            key: Some(key.to_owned().into()),
            options: "{}\n".into(),
        }
    }

    #[test]
    fn what_is_no_name_of_a_destination_is_told_with_what_to_write() {
        let id = DestinationId::of("https://iris.example", "");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("settings".parse(), Ok(DestinationId::SETTINGS));
        let error = "https://iris.example".parse::<DestinationId>().unwrap_err().to_string();
        assert!(
            error.contains("custom-iris doctor") && error.contains("`settings`"),
            "{error}"
        );
    }

    #[test]
    fn a_new_key_replaces_the_old_one_under_the_same_name() {
        let folder = tempfile::tempdir().unwrap();
        Spool::at(folder.path()).create().unwrap();
        let first = destination("old").remember(folder.path()).unwrap();
        let second = destination("new").remember(folder.path()).unwrap();
        assert_eq!(first, second);
        let key = Destination::recall(folder.path(), second).unwrap().key.unwrap();
        assert_eq!(key.expose_secret(), "new");
    }

    #[test]
    fn a_destination_in_use_has_the_time_of_its_last_hour_and_not_of_every_call() {
        let folder = tempfile::tempdir().unwrap();
        Spool::at(folder.path()).create().unwrap();
        let id = destination("k").remember(folder.path()).unwrap();
        let moved = |ago: Duration| {
            let at = SystemTime::now() - ago;
            File::open(file(folder.path(), id)).unwrap().set_modified(at).unwrap();
            destination("k").remember(folder.path()).unwrap();
            let used = Destination::used(folder.path(), id).unwrap();
            used.duration_since(at).unwrap_or_default()
        };
        assert!(moved(Duration::from_mins(59)) < Duration::from_mins(1));
        assert!(moved(Duration::from_mins(61)) >= Duration::from_hours(1));
    }

    #[test]
    fn only_its_owner_can_read_a_key() {
        let folder = tempfile::tempdir().unwrap();
        Spool::at(folder.path()).create().unwrap();
        let id = destination("k").remember(folder.path()).unwrap();
        let mode = std::fs::metadata(file(folder.path(), id)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_file_is_an_error_that_does_not_quote_it() {
        let folder = tempfile::tempdir().unwrap();
        Spool::at(folder.path()).create().unwrap();
        let id = destination("k").remember(folder.path()).unwrap();
        std::fs::write(file(folder.path(), id), r#"{"url":"u","key":"s3cr3t","options":7}"#).unwrap();
        let error = Destination::recall(folder.path(), id).unwrap_err();
        assert!(!format!("{error:?}").contains("s3cr3t"));
    }
}
