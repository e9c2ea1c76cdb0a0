//! Masks the strings of a JSON value in place.

use std::borrow::Cow;
use std::collections::HashMap;
use std::iter;

use serde_json::{Map, Value};

use super::keys::Announces;
use super::mask::Masker;
use super::{argv, keys, kube, plural, spans, value, views};

/// Arguments of one recorded call that are looked at.
const MOST_ARGUMENTS: usize = 256;
/// Keys of fewer bytes and without a sign of a sentence hold no secret.
const SHORT_KEY: usize = 24;
/// What names the value beside it: environments of containers, parameters of cloud calls, registry values, headers.
const NAMES: &[&str] = &[
    "name",
    "key",
    "parameterkey",
    "option",
    "field",
    "value_name",
    "parameter",
    "param",
    "variable",
    "header",
    "property",
    "setting",
    "attribute",
    "label",
    "id",
    "type",
];
/// What holds the value beside its name.
const VALUES: &[&str] = &[
    "value",
    "parametervalue",
    "data",
    "content",
    "default",
    "val",
    "stringvalue",
];
/// What names a value of the registry, and what holds it or held it: of Sysmon, of Windows itself, of Wazuh.
const REGISTRY: &[(&str, &[&str])] = &[
    ("targetobject", &["details"]),
    ("objectvaluename", &["newvalue", "oldvalue"]),
    ("value_name", &["diff", "content_changes"]),
];
/// What says no more than the name of the object it stands in: `"password": {"current": …, "new": …}`.
const PARTS: &[&str] = &[
    "current",
    "new",
    "old",
    "previous",
    "plain",
    "plaintext",
    "cleartext",
    "text",
    "raw",
    "secret",
];
/// What names a program, and what holds its words beside it: tasks, containers, records of calls.
const PROGRAMS: &[&str] = &["command", "executable", "path", "image", "exe"];
const ARGUMENTS: &[&str] = &["args", "arguments", "params", "parameters", "argv"];
/// How keys begin that number the words of one command, and the one for the second word: of the Linux audit log, of agents that write lists as objects.
const NUMBERED: [(&str, &str); 4] = [("a", "a1"), ("", "1"), ("arg", "arg1"), ("argv", "argv1")];

/// Which strings are masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// All of them, and the keys.
    Everything,
    /// Those that their neighbours give away: they are lost once the value is taken apart into single texts.
    Neighbours,
}

/// Masks every string that holds a secret; returns how many were changed.
pub(super) fn redact(masker: &Masker, reach: Reach, value: &mut Value) -> usize {
    Walk { masker, reach }.visit(None, value)
}

struct Walk<'m> {
    masker: &'m Masker,
    reach: Reach,
}

impl Walk<'_> {
    fn visit(&self, name: Option<Name<'_>>, value: &mut Value) -> usize {
        match value {
            Value::String(_) | Value::Number(_) => self.scalar(name, value),
            Value::Array(items) => self.list(name, items),
            Value::Object(object) => self.fields(name, object),
            Value::Null | Value::Bool(_) => 0,
        }
    }

    fn scalar(&self, name: Option<Name<'_>>, value: &mut Value) -> usize {
        // `"tokens": ["…", "…"]`; numbers count them.
        if let Some(announces) = name.and_then(|name| name.each)
            && let Value::String(raw) = value
            && plural::hides(announces, raw)
        {
            *value = Value::String(format!("{}{}]", spans::MASK, announces.kind()));
            return 1;
        }
        let (text, beside) = name.map_or(("", false), |name| (name.text, name.beside));
        if self.reach == Reach::Neighbours && !beside {
            return 0;
        }
        let masked = match value {
            Value::String(raw) => self.masker.keyed(text, raw),
            // A number under the name of a password is one: `"pin": 4711`.
            Value::Number(number) => {
                let digits = number.to_string();
                Masker::secret_of(text, &digits)
                    .filter(|_| digits.len() >= 4)
                    .map(|kind| format!("{}{kind}]", spans::MASK))
            }
            _ => None,
        };
        let Some(masked) = masked else { return 0 };
        *value = Value::String(masked);
        1
    }

    fn fields(&self, of: Option<Name<'_>>, object: &mut Map<String, Value>) -> usize {
        let mut changed = self.arguments(object) + self.started(object) + kept(object);
        if self.reach == Reach::Everything {
            changed += self.keys(object);
        }
        let named = name_beside(object);
        let registry = registry_value(object);
        for (key, value) in object.iter_mut() {
            let is_value = is_one_of(VALUES, key);
            let beside = named.as_deref().filter(|_| is_value);
            let above = of.map(|of| of.text).filter(|of| {
                (is_value || is_one_of(PARTS, key))
                    && beside.is_none_or(|name| keys::announces(name).is_none())
                    && keys::announces(of).is_some()
            });
            let held = registry
                .as_ref()
                .filter(|(_, holders)| is_one_of(holders, key))
                .map(|(name, _)| name.as_str());
            let given = above.or(held).or(beside);
            let each = match value {
                Value::Array(_) | Value::Object(_) => plural::announces(key),
                _ => None,
            };
            let each_above = of.and_then(|of| of.each).filter(|_| !plural::is_about(key));
            let name = Name {
                text: given.unwrap_or(key),
                beside: given.is_some(),
                each: each.or(each_above),
            };
            changed += self.visit(Some(name), value);
        }
        changed
    }

    // Whoever chooses keys may write a secret into one. Two keys that become the same stay two.
    fn keys(&self, object: &mut Map<String, Value>) -> usize {
        let masked = |key: &str| {
            let plain = key.len() < SHORT_KEY
                && key
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'@'));
            if plain { None } else { self.masker.text(key, false) }
        };
        if object.keys().all(|key| masked(key).is_none()) {
            return 0;
        }
        let mut changed = 0;
        // Thousands may become the same: none counts from the start again.
        let mut numbers: HashMap<String, usize> = HashMap::new();
        for (key, value) in std::mem::take(object) {
            let Some(masked) = masked(&key) else {
                object.insert(key, value);
                continue;
            };
            changed += 1;
            let mut free = masked.clone();
            let number = numbers.entry(masked.clone()).or_insert(2);
            while object.contains_key(&free) {
                free = format!("{masked} {number}");
                *number += 1;
            }
            object.insert(free, value);
        }
        changed
    }

    // `{"a0": "mysql", "a1": "-pX"}` is a command line too.
    fn arguments(&self, object: &mut Map<String, Value>) -> usize {
        // So does each key for a second word, and few others: to look is quicker than to hash four.
        if !object.keys().any(|key| key.ends_with('1')) {
            return 0;
        }
        let Some((begin, _)) = NUMBERED.iter().find(|(_, one)| object.contains_key(*one)) else {
            return 0;
        };
        let keys: Vec<String> = (0..MOST_ARGUMENTS)
            .map(|number| format!("{begin}{number}"))
            .skip_while(|key| key.ends_with('0') && !object.contains_key(key))
            .take_while(|key| object.contains_key(key))
            .collect();
        let Some(words) = keys.iter().map(|key| word(&object[key])).collect::<Option<Vec<_>>>() else {
            return 0;
        };
        // The audit log writes a word that holds a blank in hexadecimal.
        let read = |word: Cow<'_, str>| match views::audit_word(&word) {
            Some(plain) if *begin == "a" => Cow::Owned(plain),
            _ => Cow::Owned(word.into_owned()),
        };
        let words: Vec<Cow<'_, str>> = words.into_iter().map(read).collect();
        let mut changed = 0;
        for (key, masked) in keys.iter().zip(self.command(&words)) {
            if let Some(masked) = masked {
                object.insert(key.clone(), Value::String(masked));
                changed += 1;
            }
        }
        changed
    }

    // `{"executable": "mysql", "params": "-uroot -pX"}`, `{"command": ["mysql"], "args": ["-pX"]}`
    fn started(&self, object: &mut Map<String, Value>) -> usize {
        let named = |names: &[&str]| object.keys().find(|key| is_one_of(names, key)).cloned();
        let Some(arguments) = named(ARGUMENTS) else { return 0 };
        let Some(program) = named(PROGRAMS) else { return 0 };
        let of_program: Vec<String> = match &object[&program] {
            Value::String(program) => vec![program.clone()],
            Value::Array(words) => words.iter().filter_map(word).map(Cow::into_owned).collect(),
            _ => return 0,
        };
        let Some(first) = of_program.first() else { return 0 };
        match &mut object[&arguments] {
            Value::String(line) => {
                let begin = format!("\"{first}\" ");
                let Some(masked) = self.masker.text(&format!("{begin}{line}"), false) else {
                    return 0;
                };
                let Some(masked) = masked.strip_prefix(&begin).filter(|masked| masked != line) else {
                    return 0;
                };
                *line = masked.to_owned();
                1
            }
            Value::Array(items) => {
                let Some(given) = items.iter().map(word).collect::<Option<Vec<_>>>() else {
                    return 0;
                };
                let skip = of_program.len();
                let words: Vec<Cow<'_, str>> = of_program.into_iter().map(Cow::Owned).chain(given).collect();
                let masked = self.command(&words);
                let mut changed = 0;
                for (item, masked) in items.iter_mut().zip(masked.into_iter().skip(skip)) {
                    if let Some(masked) = masked {
                        *item = Value::String(masked);
                        changed += 1;
                    }
                }
                changed
            }
            _ => 0,
        }
    }

    // `["mysql", "-pX"]` and `["--password", "X"]` are one command line, cut at its blanks.
    fn list(&self, name: Option<Name<'_>>, items: &mut [Value]) -> usize {
        let words: Option<Vec<Cow<'_, str>>> = items.iter().map(word).collect();
        let masked = words.map(|words| self.command(&words)).unwrap_or_default();
        let mut changed = 0;
        for (item, masked) in items.iter_mut().zip(masked.into_iter().chain(iter::repeat(None))) {
            let is_masked = masked.is_some();
            if let Some(masked) = masked {
                *item = Value::String(masked);
            }
            let inner = self.visit(name, item);
            changed += if is_masked { 1 } else { inner };
        }
        changed
    }

    fn command(&self, words: &[Cow<'_, str>]) -> Vec<Option<String>> {
        if words.len() < 2 {
            return Vec::new();
        }
        let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        // `["DB_PASSWORD", "X"]`: a header, an entry of an environment.
        if let [name, text] = words[..]
            && keys::announces(name).is_some()
            && value::looks_made(text, 6)
            && let Some(kind) = Masker::secret_of(name, text)
        {
            return vec![None, Some(format!("{}{kind}]", spans::MASK))];
        }
        argv::mask(self.masker, &words).unwrap_or_default()
    }
}

// What an object holds of which every value is a secret, or one by another field: Kubernetes, the `PASS` of FTP in Suricata.
fn kept(object: &mut Map<String, Value>) -> usize {
    let mut changed = 0;
    let mut mask = |value: &mut Value, kind: &str| {
        if let Value::String(text) = value
            && text.chars().any(char::is_alphanumeric)
            && !spans::is_masked(text)
        {
            *text = format!("{}{kind}]", spans::MASK);
            changed += 1;
        }
    };
    if kube::is_secret(object) {
        let holders = kube::HOLDERS;
        for (_, holder) in object.iter_mut().filter(|(key, _)| holders.contains(&key.as_str())) {
            let values = holder.as_object_mut().into_iter().flat_map(Map::values_mut);
            values.for_each(|value| mask(value, "secret"));
        }
    }
    if object.get("command").and_then(Value::as_str) == Some("PASS")
        && let Some(given) = object.get_mut("command_data")
    {
        mask(given, "password");
    }
    changed
}

/// What a value is called.
#[derive(Clone, Copy)]
struct Name<'n> {
    text: &'n str,
    /// Whether the name stands in a field of its own: `{"name": "DB_PASSWORD", "value": …}`.
    beside: bool,
    /// What each string in it is, if the name is one of several secrets.
    each: Option<Announces>,
}

fn name_beside(object: &Map<String, Value>) -> Option<String> {
    if object.len() < 2 {
        return None;
    }
    let mut names = object
        .iter()
        .filter(|(key, _)| is_one_of(NAMES, key))
        .filter_map(|(_, name)| name.as_str());
    let first = names.next()?;
    let announces = |name: &&str| keys::announces(name).is_some();
    let name = Some(first).into_iter().chain(names).find(announces).unwrap_or(first);
    Some(name.to_owned())
}

// The value of the registry that this object speaks of if its name announces a secret, and what holds it.
fn registry_value(object: &Map<String, Value>) -> Option<(String, &'static [&'static str])> {
    object.iter().find_map(|(key, path)| {
        let (_, holders) = REGISTRY.iter().find(|(name, _)| key.eq_ignore_ascii_case(name))?;
        let name = path.as_str()?.rsplit('\\').next()?;
        keys::announces(name).map(|_| (name.to_owned(), *holders))
    })
}

fn is_one_of(words: &[&str], key: &str) -> bool {
    words.iter().any(|word| key.eq_ignore_ascii_case(word))
}

// A scalar as a word of a command line.
fn word(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
