//! Where things are: Wazuh's folder, our state, the log that integratord's users read.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::settings::Environment;
use crate::short_path::ShortPath;

/// Wazuh's folder: `WAZUH_HOME`, else two levels above the executable if its folder is `integrations`, else `/var/ossec`.
pub fn wazuh_home(environment: &Environment, executable: Option<&Path>) -> PathBuf {
    wazuh_home_of(environment.get("WAZUH_HOME").map(OsStr::new), || {
        executable.map(ShortPath::of)
    })
    .into()
}

/// The same, for who has looked up the variable, and looks for the executable only where that is needed: the system takes longer to
/// tell its path than to store an alert's bytes.
pub(crate) fn wazuh_home_of(named: Option<&OsStr>, executable: impl FnOnce() -> Option<ShortPath>) -> ShortPath {
    if let Some(home) = named.filter(|home| !home.is_empty()) {
        return ShortPath::of(home);
    }
    // By bytes: the parts of a path are more code than the hook otherwise needs, and code costs page faults.
    let executable = executable();
    let executable = executable.as_ref().map_or(&[][..], |path| path.as_os_str().as_bytes());
    let mut parts = executable.rsplitn(3, |byte| *byte == b'/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(_), Some(b"integrations"), Some(home)) if !home.is_empty() => ShortPath::of(OsStr::from_bytes(home)),
        _ => ShortPath::of("/var/ossec"),
    }
}

/// The state directory: `WAZUH_IRIS_STATE`, else `queue/wazuh-iris` where `install` made it, else `logs/wazuh-iris`, which the
/// wazuh user can always make.
pub fn state_dir(environment: &Environment, home: &Path) -> PathBuf {
    state_dir_of(environment.get("WAZUH_IRIS_STATE").map(OsStr::new), home).into()
}

/// The same, for who has looked up the variable.
pub(crate) fn state_dir_of(named: Option<&OsStr>, home: &Path) -> ShortPath {
    if let Some(state) = named.filter(|state| !state.is_empty()) {
        return ShortPath::of(state);
    }
    let installed = ShortPath::within(home, INSTALLED);
    if installed.is_dir() {
        installed
    } else {
        ShortPath::within(home, "logs/wazuh-iris")
    }
}

/// Where `install` makes the state directory.
const INSTALLED: &str = "queue/wazuh-iris";

/// The state directory that `install` makes.
pub fn installed_state(home: &Path) -> PathBuf {
    home.join(INSTALLED)
}

/// The log that Wazuh's own integrations write to.
pub fn integrations_log(home: &Path) -> PathBuf {
    home.join("logs/integrations.log")
}

/// The environment as text; what is not UTF-8 is no setting of ours.
pub fn environment() -> Environment {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_home_is_found_from_the_place_of_the_hook() {
        let none = Environment::new();
        assert_eq!(
            wazuh_home(&none, Some(Path::new("/opt/w/integrations/custom-iris"))),
            Path::new("/opt/w")
        );
        assert_eq!(
            wazuh_home(&none, Some(Path::new("/usr/bin/custom-iris"))),
            Path::new("/var/ossec")
        );
        let named = Environment::from([("WAZUH_HOME".to_owned(), "/x".to_owned())]);
        assert_eq!(
            wazuh_home(&named, Some(Path::new("/opt/w/integrations/custom-iris"))),
            Path::new("/x")
        );
    }
}
