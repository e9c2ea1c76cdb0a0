//! Seeing that the settings are written anew: a courier that a hook has started is nobody's to tell.

use std::path::PathBuf;

use super::Courier;
use crate::forwarder::spool::Stamp;
use crate::settings::{Settings, files_to_use};

/// What the files of the settings were when they were read, and at the last look.
pub(super) struct Watch {
    in_force: Vec<File>,
    last: Vec<File>,
}

type File = (PathBuf, Option<Stamp>);

impl Watch {
    pub(super) fn new(settings: &Settings) -> Self {
        let in_force = look(settings);
        Self {
            last: in_force.clone(),
            in_force,
        }
    }

    /// Whether they say something else, and said so at the last look: then whoever writes them is done.
    fn have_changed(&mut self, settings: &Settings) -> bool {
        let now = look(settings);
        let is_done = now == self.last;
        self.last = now;
        is_done && self.last != self.in_force
    }
}

/// The places of the settings file, whether it is there or not, and the allowlist that it names.
fn look(settings: &Settings) -> Vec<File> {
    let environment = crate::home::environment();
    let home = crate::home::wazuh_home(&environment, std::env::current_exe().ok().as_deref());
    let files = files_to_use(&home, &environment)
        .into_iter()
        .chain(settings.noise.allowlist.clone());
    files
        .map(|path| {
            let stamp = Stamp::of(&path);
            (path, stamp)
        })
        .collect()
}

impl Courier {
    /// Goes by the settings as they are now, if they were written anew. Bad ones are said once: until they change again, the old ones stay.
    pub(super) fn look_for_settings(&mut self) {
        let Some(watch) = &mut self.watch else { return };
        if watch.have_changed(&self.settings) {
            self.reload();
            self.watch = Some(Watch::new(&self.settings));
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
        let mut watch = Watch::new(&settings);
        let mut looks = |what: &str| {
            if !what.is_empty() {
                std::fs::write(&allowlist, what).unwrap();
            }
            watch.have_changed(&settings)
        };
        assert!(!looks("") && !looks(""), "nothing has changed");
        assert!(!looks("a") && !looks("ab"), "somebody may be writing");
        assert!(looks(""), "and is done");
        watch = Watch::new(&settings);
        assert!(!watch.have_changed(&settings));
        std::fs::remove_file(&allowlist).unwrap();
        assert!(!watch.have_changed(&settings));
        assert!(watch.have_changed(&settings), "it is gone");
    }
}
