//! Which log lines: a level, and levels of modules.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::Source;

/// Reads `log.filter`; lines from `info` on, and a sentence, where it says nothing that can be followed. How something is logged is no
/// reason to deliver nothing.
///
/// A word that is no level is a module to the filter, with all its lines: alone it lets nothing of ours through.
pub(super) fn filter(source: &Source) -> (String, Option<String>) {
    let Some(text) = source.optional("log.filter") else {
        return ("info".to_owned(), None);
    };
    let parts: Vec<String> = text.split(',').map(trimmed).filter(|part| !part.is_empty()).collect();
    let is_level = |part: &String| part.parse::<LevelFilter>().is_ok();
    let says_a_level = parts.iter().any(is_level) || (!parts.is_empty() && parts.iter().all(|part| part.contains('=')));
    let filter = parts.join(",");
    if says_a_level && EnvFilter::try_new(&filter).is_ok() {
        return (filter, None);
    }
    let sentence = "log.filter (WAZUH_IRIS_LOG_FILTER) is no list of levels and does not count, info does: write error, warn, info, debug, \
                    trace or off, for a module after its name, such as warn,wazuh_iris=debug";
    ("info".to_owned(), Some(sentence.to_owned()))
}

/// Without what stands for the eye around a module and its level.
fn trimmed(part: &str) -> String {
    match part.rsplit_once('=') {
        Some((module, level)) => format!("{}={}", module.trim(), level.trim()),
        None => part.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Environment, Settings};

    fn read(text: &str) -> (String, Vec<String>) {
        let environment = Environment::from([("WAZUH_IRIS_LOG_FILTER".to_owned(), text.to_owned())]);
        let settings = Settings::parse(&Source::read(None, &environment).unwrap()).unwrap();
        (settings.log_filter, settings.unknown)
    }

    #[test]
    fn what_a_filter_can_follow_is_followed() {
        for (text, filter) in [
            ("", "info"),
            ("debug", "debug"),
            ("WARN", "WARN"),
            ("3", "3"),
            ("info,", "info"),
            ("info,,hyper=off", "info,hyper=off"),
            ("warn,hyper", "warn,hyper"),
            ("wazuh_iris[{entry}]=debug", "wazuh_iris[{entry}]=debug"),
            (" warn , wazuh_iris = debug", "warn,wazuh_iris=debug"),
            (
                "info,wazuh_iris::forwarder=trace,hyper=off",
                "info,wazuh_iris::forwarder=trace,hyper=off",
            ),
        ] {
            assert_eq!(read(text), (filter.to_owned(), Vec::new()), "{text}");
        }
    }

    #[test]
    fn what_would_let_nothing_through_is_info_and_a_sentence() {
        for text in [
            "warning",
            "loud",
            "warning,hyper=off",
            "a=b=c,,",
            ",",
            "wazuh_iris",
            "info debug",
            "wazuh_iris=loud",
        ] {
            let (filter, said) = read(text);
            assert_eq!(filter, "info", "{text}");
            assert!(
                said.len() == 1 && said[0].contains("WAZUH_IRIS_LOG_FILTER") && said[0].contains("write error, warn"),
                "{said:?}"
            );
        }
    }
}
