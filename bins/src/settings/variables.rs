//! Variables that look like ours and are none.

use super::Environment;
use super::keys::{Form, KEYS, variable};

/// Beginnings of names that nobody else has.
const OURS: [&str; 3] = ["WAZUH_IRIS_", "AI_WORKER_", "AI_TAG_"];

/// Variables that say where things are, and are no settings.
const PLACES: [&str; 3] = ["WAZUH_IRIS_CONFIG", "WAZUH_IRIS_STATE", "WAZUH_IRIS_COURIER"];

/// One line on each variable that does not count, without its value. It is no error: the same environment may serve another version.
pub(super) fn unknown(environment: &Environment) -> Vec<String> {
    let names = environment
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, _)| name);
    let suspects: Vec<&String> = names
        .filter(|name| OURS.iter().any(|ours| name.starts_with(ours)))
        .collect();
    if suspects.is_empty() {
        return Vec::new();
    }
    let known = known();
    suspects
        .into_iter()
        .filter(|name| !known.contains(name))
        .map(|name| format!("the variable {name} is none that is read: {}", nearest(name, &known)))
        .collect()
}

fn known() -> Vec<String> {
    let mut known: Vec<String> = PLACES.map(str::to_owned).into();
    for key in KEYS.iter().filter(|key| key.form != Form::Tables) {
        for name in key
            .aliases
            .iter()
            .map(|alias| (*alias).to_owned())
            .chain([variable(key.name)])
        {
            if key.form == Form::Secret {
                known.push(format!("{name}_FILE"));
            }
            known.push(name);
        }
    }
    known
}

fn nearest(name: &str, known: &[String]) -> String {
    let best = known
        .iter()
        .map(|known| (strsim::levenshtein(name, known), known))
        .min();
    // The beginning is right, so it counts for nothing.
    let own = OURS.iter().find_map(|ours| name.strip_prefix(ours)).unwrap_or(name);
    match best {
        Some((distance, best)) if distance <= own.len() / 3 + 1 => format!("did you mean {best}?"),
        _ => "`custom-iris settings` lists all that exist".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(name: &str) -> Vec<String> {
        unknown(&Environment::from([(name.to_owned(), "S3CR3T".to_owned())]))
    }

    #[test]
    fn a_misspelt_variable_is_said_with_the_one_that_is_meant() {
        for (name, meant) in [
            (
                "WAZUH_IRIS_FORWARD_MINLEVEL",
                "did you mean WAZUH_IRIS_FORWARD_MIN_LEVEL?",
            ),
            ("WAZUH_IRIS_BOGUS", "`custom-iris settings` lists"),
            ("WAZUH_IRIS_CONFIGURATION_FILE_OF_OLD", "`custom-iris settings` lists"),
            ("AI_WORKER_POLL_SECOND", "did you mean AI_WORKER_POLL_SECONDS?"),
            (
                "WAZUH_IRIS_IRIS_BEARER_FIEL",
                "did you mean WAZUH_IRIS_IRIS_BEARER_FILE?",
            ),
            ("WAZUH_IRIS_CUSTOMER", "custom"),
        ] {
            let said = said(name);
            assert_eq!(said.len(), 1, "{name}");
            assert!(said[0].contains(name) && said[0].contains(meant), "{}", said[0]);
            assert!(!said[0].contains("S3CR3T"));
        }
    }

    #[test]
    fn variables_that_are_read_and_those_of_others_are_nothing_to_talk_about() {
        for name in [
            "WAZUH_IRIS_FORWARD_MIN_LEVEL",
            "AI_WORKER_POLL_SECONDS",
            "IRIS_BEARER_FILE",
            "WAZUH_IRIS_IRIS_BEARER_FILE",
            "WAZUH_IRIS_STATE",
            "OLLAMA_HOST",
            "IRIS_ANYTHING",
            "WAZUH_HOME",
        ] {
            assert_eq!(said(name), [""; 0], "{name}");
        }
        let empty = Environment::from([("WAZUH_IRIS_BOGUS".to_owned(), String::new())]);
        assert_eq!(unknown(&empty), [""; 0]);
    }
}
