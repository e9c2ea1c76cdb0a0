//! Paths that the hook makes without an allocator: the first use of that touches more pages than all else that a call does.

use std::ffi::OsStr;
use std::fmt;
use std::io::Write;
use std::ops::Deref;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use smallvec::SmallVec;

/// Bytes of a path of common length; a longer one goes to the heap.
const COMMON: usize = 120;

/// A path that lies where its owner lies, unless it is long.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ShortPath(SmallVec<[u8; COMMON]>);

impl ShortPath {
    /// A copy of these bytes.
    pub(crate) fn of(path: impl AsRef<OsStr>) -> Self {
        Self(SmallVec::from_slice(path.as_ref().as_bytes()))
    }

    /// What is written so.
    pub(crate) fn written(what: fmt::Arguments<'_>) -> Self {
        let mut path = SmallVec::new();
        // Into memory: it does not fail.
        let _ = path.write_fmt(what);
        Self(path)
    }

    /// The path of this name in a folder; the name is none that begins at the root.
    pub(crate) fn within(folder: &Path, name: impl AsRef<OsStr>) -> Self {
        let mut path = Self::of(folder);
        if path.0.last().is_some_and(|last| *last != b'/') {
            path.0.push(b'/');
        }
        path.0.extend_from_slice(name.as_ref().as_bytes());
        path
    }
}

impl Deref for ShortPath {
    type Target = Path;

    fn deref(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.0))
    }
}

impl AsRef<Path> for ShortPath {
    fn as_ref(&self) -> &Path {
        self
    }
}

impl AsRef<OsStr> for ShortPath {
    fn as_ref(&self) -> &OsStr {
        self.as_os_str()
    }
}

impl From<ShortPath> for PathBuf {
    fn from(path: ShortPath) -> Self {
        path.to_path_buf()
    }
}

impl fmt::Debug for ShortPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_within_a_folder_is_what_the_library_makes_of_it() {
        let long = "f/".repeat(COMMON);
        for folder in ["", "/", "/var/ossec", "/var/ossec/", "here", &long] {
            for name in ["new", "queue/wazuh-iris", "\u{e4}"] {
                let folder = Path::new(folder);
                assert_eq!(*ShortPath::within(folder, name), *folder.join(name));
            }
        }
    }
}
