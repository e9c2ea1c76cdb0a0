//! What can be wrong with a setting, and what to write instead.

use std::io;
use std::path::{Path, PathBuf};

/// A setting that cannot be used; `Display` is two lines: what is wrong, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The settings file cannot be read.
    #[error("cannot read the settings file {path}: {source}\nhint: {}", readable(.source, "WAZUH_IRIS_CONFIG", .path))]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file that holds a secret cannot be read.
    #[error("cannot read the secret file {path} of `{name}`: {source}\nhint: {}", readable(.source, .name, .path))]
    SecretFile {
        /// The name as the user wrote it: a variable or a key.
        name: String,
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not TOML.
    #[error("the settings file {path} is not valid TOML: {message}\nhint: see docs/configuration.md for an example")]
    NotToml {
        /// Which file.
        path: PathBuf,
        /// What the parser says, with line and column.
        message: String,
    },
    /// A key that no part of the program reads.
    #[error("the settings file {path} has the key `{key}`, which does not exist\nhint: {hint}")]
    UnknownKey {
        /// Which file.
        path: PathBuf,
        /// Dotted name.
        key: String,
        /// The nearest name that exists.
        hint: String,
    },
    /// A value of the wrong form.
    #[error("setting `{name}` is `{value}`, which is not {wanted}\nhint: {hint}")]
    BadValue {
        /// The name as the user wrote it: a variable or a key.
        name: String,
        /// The value as the user wrote it (never a secret's).
        value: String,
        /// What it should be.
        wanted: &'static str,
        /// An example.
        hint: String,
    },
    /// A value that its user refuses, and that is not repeated: an address may hold a password.
    #[error("setting `{name}` cannot be used: {why}")]
    Unusable {
        /// The name as the user wrote it: a variable or a key.
        name: String,
        /// Why, and what to write.
        why: String,
    },
    /// A value that is needed and not there.
    #[error("setting `{key}` is missing\nhint: {hint}")]
    Missing {
        /// Dotted name.
        key: &'static str,
        /// How to give it.
        hint: String,
    },
}

/// What to do about a file that cannot be read and that this setting names.
fn readable(error: &io::Error, name: &str, path: &Path) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!("make that file, or name another one by `{name}`"),
        io::ErrorKind::PermissionDenied => {
            let user = rustix::process::geteuid();
            format!(
                "make it readable for the user that runs this program, and its folder, too: as root, chown {user} {}",
                path.display()
            )
        }
        _ => format!("it must be a file of text in UTF-8; `{name}` names it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_this_user_may_not_read_comes_with_the_command_that_helps() {
        let error = SettingsError::SecretFile {
            name: "webhook.token_file".to_owned(),
            path: "/etc/wazuh-iris/webhook.token".into(),
            source: io::ErrorKind::PermissionDenied.into(),
        };
        let said = error.to_string();
        let command = format!("chown {} /etc/wazuh-iris/webhook.token", rustix::process::geteuid());
        assert!(said.contains(&command), "{said}");
    }
}
