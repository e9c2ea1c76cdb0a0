//! Logs: to standard error, as text or JSON.

use tracing_subscriber::EnvFilter;

use crate::settings::Settings;

/// What is logged where nobody says otherwise.
const USUAL: &str = "info";
/// What a command that ends by itself says beside its output: warnings, and what a triager's program writes to its standard error.
const BRIEF: &str = "warn,wazuh_iris::worker::command=info";

/// Starts the log of a long-running process, with what is odd about its settings.
pub(crate) fn start(settings: &Settings) {
    follow(settings.log_json, &settings.log_filter);
    for line in &settings.unknown {
        tracing::warn!("{line}");
    }
    for place in &settings.hidden {
        tracing::warn!("a settings file may be there, and this user cannot look: {place}");
    }
    if !settings.iris.verify && settings.iris.fingerprint.is_none() {
        tracing::warn!(
            "certificate verification is switched off (iris.verify_ssl); anybody on the way can read the API key"
        );
    }
}

/// Starts the log of a command that ends by itself: what its errors say is in the log must be there.
pub(crate) fn start_briefly(settings: &Settings) {
    let asked = Some(settings.log_filter.as_str()).filter(|filter| *filter != USUAL);
    follow(settings.log_json, asked.unwrap_or(BRIEF));
}

/// The settings hold no filter that cannot be read.
fn follow(json: bool, filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new(USUAL));
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // A second start in one process (tests) keeps the first.
    let _ = if json {
        logs.json().try_init()
    } else {
        logs.with_ansi(false).try_init()
    };
}
