//! What one key that stands twice in an object means.

use std::collections::{HashMap, HashSet};

use serde_json::map::Entry;
use serde_json::{Map, Value};

use super::canonical;

/// Later values of keys that were there already, kept until the object ends so that merging stays linear in its size.
#[derive(Default)]
pub(super) struct Repeats {
    // `None` in all but a handful of alerts: an empty map would cost more than the rest of a small object.
    later: Option<HashMap<String, Vec<Value>>>,
}

impl Repeats {
    pub(super) fn push(&mut self, key: &str, value: Value) {
        self.later
            .get_or_insert_default()
            .entry(key.to_owned())
            .or_default()
            .push(value);
    }

    /// Merges every later value into the first of its key.
    pub(super) fn merge_into(self, object: &mut Map<String, Value>) {
        for (key, values) in self.later.into_iter().flatten() {
            if let Some(first) = object.get_mut(&key) {
                merge(first, values);
            }
        }
    }
}

/// Concatenates arrays without repeats and merges objects; of anything else the first stands, as Wazuh's own library has it.
fn merge(first: &mut Value, later: Vec<Value>) {
    match first {
        Value::Array(array) => extend(array, later),
        Value::Object(object) => {
            let mut repeats = Repeats::default();
            for other in later {
                let Value::Object(other) = other else { continue };
                for (key, value) in other {
                    match object.entry(key) {
                        Entry::Vacant(entry) => {
                            entry.insert(value);
                        }
                        Entry::Occupied(entry) => repeats.push(entry.key(), value),
                    }
                }
            }
            repeats.merge_into(object);
        }
        _ => {}
    }
}

fn extend(array: &mut Vec<Value>, later: Vec<Value>) {
    // Compared as integratord prints them: `1` and `1.0` are one number there, and must be one here too.
    let mut seen: HashSet<String> = array.iter().map(canonical).collect();
    for other in later {
        let Value::Array(other) = other else { continue };
        for element in other {
            if seen.insert(canonical(&element)) {
                array.push(element);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::read_object;

    fn read(text: &str) -> serde_json::Value {
        serde_json::Value::Object(read_object(text.as_bytes()).unwrap())
    }

    #[test]
    fn arrays_of_one_key_are_joined_without_repeats() {
        let value = read(r#"{"gdpr":["IV_30.1.g"],"pci_dss":["2.2.4"],"gdpr":["IV_35.7.d","IV_30.1.g"],"gdpr":["x"]}"#);
        assert_eq!(
            value,
            json!({"gdpr": ["IV_30.1.g", "IV_35.7.d", "x"], "pci_dss": ["2.2.4"]})
        );
    }

    #[test]
    fn objects_of_one_key_are_merged_at_every_level() {
        let value = read(r#"{"a":{"b":{"x":1}},"a":{"b":{"x":2,"y":[1]}},"a":{"b":{"y":[1.0,2]}}}"#);
        assert_eq!(value, json!({"a": {"b": {"x": 1, "y": [1, 2]}}}));
    }

    #[test]
    fn of_values_that_cannot_be_merged_the_first_stands() {
        let value = read(r#"{"level":3,"level":15,"id":["1"],"id":"2","o":{"a":1},"o":[2],"n":null,"n":1}"#);
        assert_eq!(value, json!({"level": 3, "id": ["1"], "o": {"a": 1}, "n": null}));
    }

    #[test]
    fn a_line_of_nothing_but_one_repeated_key_is_read_in_linear_time() {
        let elements: Vec<_> = (0..100_000).map(|n| format!("\"k\":[{n}]")).collect();
        let line = format!("{{{}}}", elements.join(","));
        assert_eq!(read(&line)["k"].as_array().unwrap().len(), 100_000);
    }
}
