//! What can be wrong with a setting, and what to write instead.

use std::path::PathBuf;

/// A setting that cannot be used; `Display` is two lines: what is wrong, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file is there and cannot be read.
    #[error(
        "cannot read the settings file {path}: {source}\nhint: make it readable for the user that runs this program"
    )]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
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
