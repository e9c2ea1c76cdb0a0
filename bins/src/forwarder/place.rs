//! Where this process works: Wazuh's folder, the state directory, the environment.

use std::path::PathBuf;

use super::spool::Spool;
use crate::home;
use crate::settings::{Environment, Settings};
use crate::terminal::Failure;

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

    /// Reads the settings that hold here.
    pub(super) fn settings(&self) -> Result<Settings, Failure> {
        Settings::load(&self.home, &self.environment).map_err(|error| Failure::configuration(error.to_string()))
    }
}
