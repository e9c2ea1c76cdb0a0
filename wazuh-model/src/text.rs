//! Values as the text that a person would read.

use std::borrow::Cow;

use serde_json::Value;

use crate::json;

/// Gives a scalar as text; a list of scalars is joined with `, `. `None` for `null`, objects and mixed lists.
pub(crate) fn of(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Null | Value::Object(_) => None,
        Value::Bool(true) => Some(Cow::Borrowed("true")),
        Value::Bool(false) => Some(Cow::Borrowed("false")),
        Value::Number(number) if number.is_f64() => Some(Cow::Owned(json::number(number))),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Array(elements) => joined(elements),
    }
}

/// Joins a list of scalars with `, `; `None` if it is empty, or holds lists or objects. `null` elements are left out.
pub(crate) fn joined(elements: &[Value]) -> Option<Cow<'_, str>> {
    if let [Value::String(only)] = elements {
        return Some(Cow::Borrowed(only));
    }
    if !are_scalars(elements) {
        return None;
    }
    let texts: Vec<_> = elements.iter().filter_map(of).collect();
    Some(Cow::Owned(texts.join(", ")))
}

/// Says whether a list holds something, and no lists or objects.
pub(crate) fn are_scalars(elements: &[Value]) -> bool {
    !elements.is_empty() && !elements.iter().any(|element| element.is_array() || element.is_object())
}

/// Takes off the one layer of escapes that Wazuh leaves on `data.win.eventdata.*`: `C:\\Windows` becomes `C:\Windows`.
///
/// A value with a backslash that cannot have come from that layer (`C:\Windows`, made by hand or by another tool) is left as it is.
pub(crate) fn unescaped(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.contains('\\') {
        return text;
    }
    match unescape(&text) {
        Some(plain) => Cow::Owned(plain),
        None => text,
    }
}

fn unescape(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        let letter = rest[at + 1..].chars().next()?;
        // `C:\temp`: in escaped form a drive is always followed by two backslashes.
        if letter != '\\' && is_drive(&plain) {
            return None;
        }
        plain.push(match letter {
            '\\' | '"' | '/' => letter,
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'b' => '\u{8}',
            'f' => '\u{c}',
            _ => return None,
        });
        rest = &rest[at + 1 + letter.len_utf8()..];
    }
    plain.push_str(rest);
    Some(plain)
}

fn is_drive(before: &str) -> bool {
    let mut last = before.chars().rev();
    last.next() == Some(':')
        && last.next().is_some_and(|letter| letter.is_ascii_alphabetic())
        && !last.next().is_some_and(char::is_alphanumeric)
}

/// Cuts text to so many bytes, at a character boundary.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_layer_of_escapes_comes_off() {
        for (stored, plain) in [
            (r"C:\\Windows\\new\\table.exe", r"C:\Windows\new\table.exe"),
            (r#"\"C:\\a b.exe\" -x"#, r#""C:\a b.exe" -x"#),
            (r"\\\\srv\\share", r"\\srv\share"),
            (r"%%4481\r\n\t%%4483", "%%4481\r\n\t%%4483"),
            ("no backslash", "no backslash"),
        ] {
            assert_eq!(unescaped(stored.into()), plain);
        }
    }

    #[test]
    fn a_value_that_was_never_escaped_is_left_alone() {
        for plain in [
            r"C:\Windows\notepad.exe",
            r"C:\temp\new.exe",
            r"D:\t",
            r"ends with \",
            r#""C:\new" x"#,
        ] {
            assert_eq!(unescaped(plain.into()), plain);
        }
    }
}
