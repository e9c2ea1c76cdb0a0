//! Which log lines: a level, and levels of modules.

use super::{SettingsError, Source};

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Reads `log.filter`. What no level stands in would be a filter too, and let nothing through.
pub(super) fn filter(source: &Source) -> Result<String, SettingsError> {
    let text = source.optional("log.filter").unwrap_or_else(|| "info".to_owned());
    let is_level = |word: &str| LEVELS.iter().any(|level| level.eq_ignore_ascii_case(word));
    let is_module = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'-'))
    };
    let is_usable = |part: &str| match part.split_once('=') {
        None => is_level(part),
        Some((module, level)) => is_module(module.trim()) && is_level(level.trim()),
    };
    if text.split(',').all(|part| is_usable(part.trim())) {
        return Ok(text.replace(char::is_whitespace, ""));
    }
    let hint =
        "write error, warn, info, debug, trace or off, for a module after its name, such as warn,wazuh_iris=debug";
    Err(source.bad("log.filter", "a list of levels", hint.to_owned()))
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::EnvFilter;

    use super::*;
    use crate::settings::Environment;

    fn read(text: &str) -> Result<String, SettingsError> {
        let environment = Environment::from([("WAZUH_IRIS_LOG_FILTER".to_owned(), text.to_owned())]);
        filter(&Source::read(None, &environment).unwrap())
    }

    #[test]
    fn a_filter_is_made_of_levels_and_of_nothing_that_is_none() {
        for (text, filter) in [
            ("", "info"),
            ("debug", "debug"),
            ("WARN", "WARN"),
            (" warn , wazuh_iris = debug", "warn,wazuh_iris=debug"),
            (
                "info,wazuh_iris::forwarder=trace,hyper=off",
                "info,wazuh_iris::forwarder=trace,hyper=off",
            ),
        ] {
            let read = read(text).unwrap();
            assert_eq!(read, filter);
            EnvFilter::try_new(&read).unwrap();
        }
        for text in [
            "warning",
            "loud",
            "a=b=c,,",
            "info,",
            ",",
            "=debug",
            "wazuh_iris",
            "wazuh_iris=",
            "3",
            "info debug",
        ] {
            let said = read(text).unwrap_err().to_string();
            assert!(
                said.contains("WAZUH_IRIS_LOG_FILTER") && said.contains("hint: write error, warn"),
                "{said}"
            );
        }
    }
}
