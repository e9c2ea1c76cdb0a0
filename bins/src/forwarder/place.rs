//! Where this process works: Wazuh's folder, the state directory, the environment.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use nix::unistd::{Gid, Uid, setgid, setgroups, setuid};

use super::install::wazuh_user;
use super::spool::Spool;
use crate::home;
use crate::settings::{Environment, Settings};
use crate::terminal::{self, Failure};

/// Who may look into the state directory.
pub(super) const AS_WHOM: &str = "run this as root, or as the user that Wazuh runs as";

/// What to do where something in the state directory cannot be looked at.
pub(super) fn to_look(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => AS_WHOM,
        _ => to_use(error),
    }
}

/// What to do where the state directory cannot be used.
pub(super) fn to_use(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::ReadOnlyFilesystem => {
            "mount its file system writable; `dmesg` says whether errors of the disk made it read-only"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room there",
        io::ErrorKind::NotADirectory => {
            "something that is no folder is in its place: move that aside, or set WAZUH_IRIS_STATE; `custom-iris install` as root makes the folder"
        }
        // Our own words, which say what to do.
        io::ErrorKind::Other => "then try again",
        _ => "run `custom-iris install` as root, or set WAZUH_IRIS_STATE to a directory that the wazuh user may write",
    }
}

/// Where this process works.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) environment: Environment,
    pub(super) home: PathBuf,
    pub(super) spool: Spool,
}

impl Place {
    /// Finds it from the environment and the executable's own path.
    pub(super) fn find() -> Self {
        let environment = home::environment();
        let home = home::wazuh_home(&environment, std::env::current_exe().ok().as_deref());
        let state = home::state_dir(&environment, &home);
        let spool = Spool::at(std::path::absolute(&state).unwrap_or(state));
        Self {
            environment,
            home,
            spool,
        }
    }

    /// Becomes the user that hook and courier run as, when root runs this; says whether it did.
    ///
    /// That user owns the folder: it could lay a link where root then writes. And what root leaves there, it could not use.
    pub(super) fn leave_root(&self) -> Result<bool, Failure> {
        if !rustix::process::geteuid().is_root() {
            return Ok(false);
        }
        let root = self.spool.root();
        // Who has laid a link there, before the owner of what it shows.
        let owner = [fs::symlink_metadata(root), fs::metadata(root)]
            .into_iter()
            .flatten()
            .find(|meta| meta.uid() != 0)
            .map(|meta| (meta.uid(), meta.gid()));
        let made = root.exists();
        let Some((uid, gid)) = owner.or_else(|| (!made).then(|| wazuh_user(&self.home)).flatten()) else {
            return Ok(false);
        };
        let (user, group) = (Uid::from_raw(uid), Gid::from_raw(gid));
        setgroups(&[group])
            .and_then(|()| setgid(group))
            .and_then(|()| setuid(user))
            .map(|()| true)
            .map_err(|error| {
                let error = io::Error::from(error);
                Failure::failed(format!("cannot become uid {uid}, who owns {}: {error}", root.display()))
            })
    }

    /// The place where `install` makes the state directory, if it counts and this user cannot tell whether that is there.
    pub(super) fn hidden(&self) -> Option<(PathBuf, io::Error)> {
        let installed = home::installed_state(&self.home);
        let is_asked = self.environment.get("WAZUH_IRIS_STATE").is_none_or(String::is_empty);
        let error = fs::metadata(&installed).err().filter(|_| is_asked)?;
        (error.kind() != io::ErrorKind::NotFound).then_some((installed, error))
    }

    /// Fails where this user may not see which directory is meant: in another one, nothing would be there.
    pub(super) fn is_seen(&self) -> Result<(), Failure> {
        match self.hidden() {
            Some((path, error)) if error.kind() == io::ErrorKind::PermissionDenied => Err(Failure::failed(format!(
                "cannot look at {}: {error}\nhint: {AS_WHOM}",
                path.display()
            ))),
            _ => Ok(()),
        }
    }

    /// Reads the settings that hold here, and says on standard error where there may be others.
    pub(super) fn settings(&self) -> Result<Settings, Failure> {
        let settings = self.load()?;
        terminal::warn_of_hidden(&settings);
        Ok(settings)
    }

    /// The same, for who says that in another way.
    pub(super) fn load(&self) -> Result<Settings, Failure> {
        Settings::load(&self.home, &self.environment).map_err(|error| Failure::configuration(error.to_string()))
    }
}
