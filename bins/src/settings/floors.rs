//! What no triager may close, as somebody set it.

use triage_core::FloorSettings;

use super::error::SettingsError;
use super::source::Source;

/// Reads the floors; a name that does not exist is an error, because a floor that is meant to be off would stay on.
pub(super) fn parse(source: &Source) -> Result<FloorSettings, SettingsError> {
    let level = source.number("worker.floor_level", 0..=16)?;
    let mut floors = FloorSettings {
        level: u8::try_from(level).ok().filter(|&level| level > 0),
        techniques: source.list("worker.floor_techniques"),
        ..FloorSettings::default()
    };
    let known = |id: &str| triage_core::technique_name(id).is_some();
    if let Some(unknown) = floors.techniques.iter().find(|id| !known(id)) {
        let hint = format!("`{unknown}` is no technique of ATT&CK; write ids such as T1003 or T1505.003");
        return Err(source.bad("worker.floor_techniques", "a list of technique ids", hint));
    }
    for name in source.list("worker.floors_off") {
        let floor = match name.as_str() {
            "suspected_injection" => &mut floors.suspected_injection,
            "success_after_failures" => &mut floors.success_after_failures,
            "rule_triager" => &mut floors.rule_triager,
            "hostile_signal" => &mut floors.hostile_signal,
            "doubtful_text" => &mut floors.doubtful_text,
            "cut_command" => &mut floors.cut_command,
            _ => {
                let hint = format!(
                    "`{name}` is none; they are suspected_injection, success_after_failures, rule_triager, hostile_signal, \
                     doubtful_text and cut_command"
                );
                return Err(source.bad("worker.floors_off", "a list of floors", hint));
            }
        };
        *floor = false;
    }
    Ok(floors)
}

#[cfg(test)]
mod tests {
    use super::super::{Environment, Settings};

    fn settings(pairs: &[(&str, &str)]) -> Result<Settings, super::SettingsError> {
        let pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::load(std::path::Path::new("/nowhere"), &pairs.collect::<Environment>())
    }

    #[test]
    fn floors_are_those_we_recommend_until_somebody_says_otherwise() {
        assert_eq!(
            settings(&[]).unwrap().worker.floors,
            triage_core::FloorSettings::default()
        );
        let set = settings(&[
            ("WAZUH_IRIS_WORKER_FLOOR_LEVEL", "0"),
            ("WAZUH_IRIS_WORKER_FLOOR_TECHNIQUES", "T1003, T1486"),
            ("WAZUH_IRIS_WORKER_FLOORS_OFF", "cut_command"),
        ])
        .unwrap()
        .worker
        .floors;
        assert_eq!(set.level, None);
        assert_eq!(set.techniques, ["T1003", "T1486"]);
        assert!(!set.cut_command && set.suspected_injection);
    }

    #[test]
    fn what_does_not_exist_is_named() {
        for (name, value) in [
            ("WAZUH_IRIS_WORKER_FLOOR_TECHNIQUES", "T9999"),
            ("WAZUH_IRIS_WORKER_FLOORS_OFF", "injections"),
        ] {
            let error = settings(&[(name, value)]).unwrap_err().to_string();
            assert!(error.contains(value), "{error}");
        }
    }
}
