//! Where alerts come from besides the hook.

use std::net::SocketAddr;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

use super::{SettingsError, Source, choice};

/// Wazuh's own file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailSettings {
    /// Whether it is read.
    pub enabled: bool,
    /// The file; empty until Wazuh's folder is known.
    pub path: PathBuf,
    /// Whether the very first run begins with the beginning of the file.
    pub from_start: bool,
}

/// The largest finding that a setting may let in; the queue unpacks nothing larger.
pub(crate) const LARGEST_FINDING: u64 = 64 << 20;

/// The receiver for Wazuh 5.
#[derive(Debug, Clone)]
pub struct WebhookSettings {
    /// Where it listens; nowhere without an address.
    pub listen: Option<SocketAddr>,
    /// What a sender must show; there whenever there is an address.
    pub token: Option<SecretString>,
    /// Largest body.
    pub max_bytes: usize,
}

pub(super) fn tail(source: &Source) -> Result<TailSettings, SettingsError> {
    Ok(TailSettings {
        enabled: source.flag("tail.enabled")?,
        path: source.optional("tail.path").map(PathBuf::from).unwrap_or_default(),
        from_start: choice(source, "tail.from", &["end", "start"])? == 1,
    })
}

pub(super) fn webhook(source: &Source) -> Result<WebhookSettings, SettingsError> {
    let listen = source
        .optional("webhook.listen")
        .map(|text| {
            text.parse().map_err(|_| {
                let hint = "write 127.0.0.1:9465".to_owned();
                source.bad("webhook.listen", "an address and a port", hint)
            })
        })
        .transpose()?;
    let token = source.secret("webhook.token");
    let short = token.as_ref().is_none_or(|token| token.expose_secret().len() < 16);
    if listen.is_some() && short {
        return Err(SettingsError::BadValue {
            name: "webhook.token".to_owned(),
            // Never the token itself.
            value: if token.is_some() { "too short" } else { "" }.to_owned(),
            wanted: "a token of 16 characters or more",
            hint: "make one with `openssl rand -hex 32`, and give it here and to Wazuh as `Authorization: Bearer …`"
                .to_owned(),
        });
    }
    Ok(WebhookSettings {
        listen,
        token,
        max_bytes: super::number(source, "webhook.max_bytes", 1024..=LARGEST_FINDING)?,
    })
}
