//! Reads the Python literal that IRIS 2.4 puts into `message` where it means a validation error:
//! `{0: {'ioc_value': ['Missing data for required field.']}}`.

use std::collections::BTreeMap;

const DEEPEST: usize = 16;

/// Field to complaints, with the path joined by dots; `None` if the text is not such a literal.
pub(super) fn complaints(text: &str) -> Option<BTreeMap<String, Vec<String>>> {
    let mut reader = Reader { rest: text.trim() };
    let mut found = BTreeMap::new();
    if !reader.rest.starts_with('{') {
        return None;
    }
    reader.value("", &mut found, 0)?;
    (reader.rest.trim().is_empty() && !found.is_empty()).then_some(found)
}

/// The same from JSON, as IRIS 3 and the comment routes of 2.4 send it in `data`.
pub(super) fn complaints_of_json(value: &serde_json::Value) -> Option<BTreeMap<String, Vec<String>>> {
    let mut found = BTreeMap::new();
    collect(value, "", &mut found, 0);
    (value.is_object() && !found.is_empty()).then_some(found)
}

fn collect(value: &serde_json::Value, path: &str, found: &mut BTreeMap<String, Vec<String>>, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    match value {
        serde_json::Value::String(text) => found.entry(path.to_owned()).or_default().push(text.clone()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, path, found, depth + 1)),
        serde_json::Value::Object(map) => {
            for (key, item) in map {
                collect(item, &join(path, key), found, depth + 1);
            }
        }
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {}
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn value(&mut self, path: &str, found: &mut BTreeMap<String, Vec<String>>, depth: usize) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        self.rest = self.rest.trim_start();
        match self.rest.chars().next()? {
            '{' => self.dict(path, found, depth),
            '[' => self.list(path, found, depth),
            _ => {
                let text = self.atom()?;
                found.entry(path.to_owned()).or_default().push(text);
                Some(())
            }
        }
    }

    fn dict(&mut self, path: &str, found: &mut BTreeMap<String, Vec<String>>, depth: usize) -> Option<()> {
        self.take('{')?;
        loop {
            if self.take('}').is_some() {
                return Some(());
            }
            let key = self.atom()?;
            self.take(':')?;
            self.value(&join(path, &key), found, depth + 1)?;
            if self.take(',').is_none() {
                return self.take('}');
            }
        }
    }

    fn list(&mut self, path: &str, found: &mut BTreeMap<String, Vec<String>>, depth: usize) -> Option<()> {
        self.take('[')?;
        loop {
            if self.take(']').is_some() {
                return Some(());
            }
            self.value(path, found, depth + 1)?;
            if self.take(',').is_none() {
                return self.take(']');
            }
        }
    }

    /// A string in either kind of quotes, or a bare word or number.
    fn atom(&mut self) -> Option<String> {
        self.rest = self.rest.trim_start();
        let first = self.rest.chars().next()?;
        if first != '\'' && first != '"' {
            let end = self
                .rest
                .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '-')))
                .unwrap_or(self.rest.len());
            let (word, rest) = self.rest.split_at(end);
            self.rest = rest;
            return (!word.is_empty()).then(|| word.to_owned());
        }
        let mut text = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => text.push(chars.next()?.1),
                c if c == first => {
                    self.rest = &self.rest[at + 1..];
                    return Some(text);
                }
                c => text.push(c),
            }
        }
        None
    }

    fn take(&mut self, wanted: char) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(wanted)?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, Vec<String>)> {
        complaints(text).unwrap_or_default().into_iter().collect()
    }

    #[test]
    fn reads_what_marshmallow_prints() {
        let one = |field: &str, text: &str| (field.to_owned(), vec![text.to_owned()]);
        assert_eq!(
            read("{'alert_title': ['Not a valid string.']}"),
            [one("alert_title", "Not a valid string.")]
        );
        assert_eq!(read("{0: {'ioc_value': [\"it's\"]}}"), [one("0.ioc_value", "it's")]);
        assert_eq!(
            read("{'a': ['x'], 'b': ['y', 'z']}"),
            [one("a", "x"), ("b".to_owned(), vec!["y".to_owned(), "z".to_owned()])]
        );
    }

    #[test]
    fn anything_else_is_not_a_validation_error() {
        for text in [
            "",
            "{}",
            "{bad",
            "'ioc_type_id'",
            "Alert not found",
            "{'a': ['x']} and more",
            "{'a': ",
        ] {
            assert_eq!(complaints(text), None, "{text}");
        }
        assert_eq!(complaints(&"{'a':".repeat(1000)), None);
    }
}
