//! Seeing that the settings are written anew: a courier that a hook has started is nobody's to tell.

use std::path::PathBuf;

use super::Courier;
use crate::forwarder::spool::Stamp;
use crate::settings::{Settings, files_to_use};

/// What the files of the settings were before they were read, and at the last look.
pub struct Watch {
    in_force: Vec<File>,
    last: Vec<File>,
}

type File = (PathBuf, Option<Stamp>);

impl Watch {
    /// Looks at the places of the settings file, before that is read.
    pub fn begin() -> Self {
        let in_force = look(places());
        Self {
            last: in_force.clone(),
            in_force,
        }
    }

    /// Looks at the allowlist that the settings name, too, before that is read, and at no other.
    pub fn also_of(&mut self, settings: &Settings) {
        let named = files(settings);
        self.in_force.retain(|(path, _)| named.contains(path));
        for file in look(named) {
            if !self.in_force.iter().any(|(path, _)| *path == file.0) {
                self.in_force.push(file);
            }
        }
    }

    /// Whether they say something else, and said so at the last look: then whoever writes them is done. What they are now is in force
    /// from then on.
    fn have_changed(&mut self, settings: &Settings) -> bool {
        let now = look(files(settings));
        let is_done = now == self.last;
        self.last = now;
        if !is_done || self.last == self.in_force {
            return false;
        }
        self.in_force.clone_from(&self.last);
        true
    }
}

/// Where the settings file may be, whether it is there or not.
fn places() -> Vec<PathBuf> {
    let environment = crate::home::environment();
    let home = crate::home::wazuh_home(&environment, std::env::current_exe().ok().as_deref());
    files_to_use(&home, &environment)
}

/// All that these settings are read from.
fn files(settings: &Settings) -> Vec<PathBuf> {
    places().into_iter().chain(settings.noise.allowlist.clone()).collect()
}

fn look(files: Vec<PathBuf>) -> Vec<File> {
    let look = |path: PathBuf| {
        let stamp = Stamp::of(&path);
        (path, stamp)
    };
    files.into_iter().map(look).collect()
}

impl Courier {
    /// Goes by the settings from now on whenever they are written anew: for a courier that nobody knows of who could tell it.
    pub fn watch(&mut self, mut watch: Watch) {
        watch.also_of(&self.settings);
        self.watch = Some(watch);
    }

    /// Goes by the settings as they are now, if they were written anew. Bad ones are said once: until they change again, the old ones stay.
    pub(super) fn look_for_settings(&mut self) {
        let Some(watch) = &mut self.watch else { return };
        if !watch.have_changed(&self.settings) {
            return;
        }
        self.reload();
        if let Some(watch) = &mut self.watch {
            watch.also_of(&self.settings);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Source;

    #[test]
    fn settings_are_read_again_once_they_stay_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = Settings::parse(&Source::default()).unwrap();
        let allowlist = folder.path().join("allow.toml");
        settings.noise.allowlist = Some(allowlist.clone());
        let mut watch = Watch::begin();
        watch.also_of(&settings);
        let mut looks = |what: &str| {
            if !what.is_empty() {
                std::fs::write(&allowlist, what).unwrap();
            }
            watch.have_changed(&settings)
        };
        assert!(!looks("") && !looks(""), "nothing has changed");
        assert!(!looks("a") && !looks("ab"), "somebody may be writing");
        assert!(looks(""), "and is done");
        assert!(!looks(""), "once");
        std::fs::remove_file(&allowlist).unwrap();
        assert!(!looks(""));
        assert!(looks(""), "it is gone");
    }
}
