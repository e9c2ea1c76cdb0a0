//! The leaves of a Wazuh alert, for tests and examples that have no Wazuh crate.

use serde_json::Value;

/// Dotted path and text of every leaf; event data of Windows is unescaped once more, as Wazuh escapes it once too often.
pub(crate) fn leaves(alert: &Value) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    collect("", alert, &mut fields);
    fields
}

/// The texts of a list.
pub(crate) fn texts(list: &Value) -> Vec<String> {
    let items = list.as_array().map_or(&[][..], Vec::as_slice);
    items
        .iter()
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}

fn collect(path: &str, value: &Value, fields: &mut Vec<(String, String)>) {
    let join = |key: &str| {
        if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}.{key}")
        }
    };
    match value {
        Value::Object(object) => object
            .iter()
            .for_each(|(key, value)| collect(&join(key), value, fields)),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(&join(&index.to_string()), item, fields);
            }
        }
        leaf => {
            let mut text = leaf.as_str().map_or_else(|| leaf.to_string(), str::to_owned);
            if path.contains("win.eventdata") {
                text = text.replace("\\\\", "\\").replace("\\\"", "\"");
            }
            fields.push((path.to_owned(), text));
        }
    }
}
