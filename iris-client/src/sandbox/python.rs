//! Values as Python prints them: IRIS puts them into histories and error messages.

use std::fmt::Write;

use serde_json::Value;

/// What a JSON column is read back as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dict {
    /// As it came in with a request.
    Plain,
    /// As it came out of the database.
    Ordered,
}

/// `str(value)`.
pub(super) fn text(value: &Value, dict: Dict) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => {
            let mut out = String::new();
            print(other, dict, &mut out);
            out
        }
    }
}

/// `repr(text)` of a string.
pub(super) fn repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

/// `type(value).__name__`.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// `not value`.
pub(super) fn is_falsy(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(yes) => !yes,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

fn print(value: &Value, dict: Dict, out: &mut String) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Number(number) => {
            let _ = write!(out, "{number}");
        }
        Value::String(text) => out.push_str(&repr(text)),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                print(item, dict, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push_str(if dict == Dict::Ordered { "OrderedDict([" } else { "{" });
            for (i, (key, item)) in map.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                if dict == Dict::Ordered {
                    let _ = write!(out, "({}, ", repr(key));
                    print(item, dict, out);
                    out.push(')');
                } else {
                    let _ = write!(out, "{}: ", repr(key));
                    print(item, dict, out);
                }
            }
            out.push_str(if dict == Dict::Ordered { "])" } else { "}" });
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn prints_like_python() {
        let value = json!({"ai": {"verdict": "it's", "n": [1, null, true]}});
        assert_eq!(
            text(&value, Dict::Plain),
            r#"{'ai': {'verdict': "it's", 'n': [1, None, True]}}"#
        );
        assert_eq!(
            text(&value, Dict::Ordered),
            r#"OrderedDict([('ai', OrderedDict([('verdict', "it's"), ('n', [1, None, True])]))])"#
        );
        assert_eq!(repr("a\n'\"\\"), r#"'a\n\'"\\'"#);
    }
}
