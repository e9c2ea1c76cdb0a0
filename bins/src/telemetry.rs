//! Logs of long-running processes: to standard error, as text or JSON.

use tracing_subscriber::EnvFilter;

/// Starts logging; the settings hold no filter that cannot be read.
pub(crate) fn start(json: bool, filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
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
