//! Fields that stand in a text.

use serde_json::{Map, Value};

use crate::json;

/// The fields that a text holds, if it does: as JSON, or as Java writes what it has read, `{userName=eve, tags=[{key=a, value=b}]}`.
pub(super) fn within(text: &str) -> Option<Value> {
    let text = text.trim();
    if !text.starts_with(['{', '[']) {
        return None;
    }
    if text.contains("\":") {
        // Only an object can be read by itself.
        let read = if text.starts_with('{') {
            json::read_object(text.as_bytes())
        } else {
            json::read_object(format!(r#"{{"list":{text}}}"#).as_bytes())
        };
        if let Ok(object) = read {
            return Some(Value::Object(object));
        }
    }
    text.contains('=').then(|| written_by_java(text))
}

/// One entry of a list for each field, since a name may stand there more than once. What looks like a field between quotation marks has no
/// name: neither may whoever writes there call a thing by one, nor hide the next behind a mark that ends nowhere.
fn written_by_java(text: &str) -> Value {
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut quoted = false;
    for part in text.split(", ") {
        let (names, value) = names_before(part);
        let in_quotes = quoted && !names.is_empty();
        quoted ^= is_odd(part);
        if in_quotes {
            fields.push((String::new(), part.to_owned()));
            continue;
        }
        match (names.is_empty(), fields.last_mut()) {
            // The next of a list, or a sentence that goes on.
            (true, Some((_, last))) => {
                last.push_str(", ");
                last.push_str(value);
            }
            _ => fields.push((names, value.to_owned())),
        }
    }
    let closed = |value: String| value.trim_end_matches(['}', ']']).to_owned();
    let entry = |(name, value): (String, String)| Value::Object(Map::from_iter([(name, Value::String(closed(value)))]));
    Value::Array(fields.into_iter().map(entry).collect())
}

/// Whether the quotation marks in a text that no backslash stands before are odd in number.
fn is_odd(text: &str) -> bool {
    let (mut odd, mut escaped) = (false, false);
    for byte in text.bytes() {
        odd ^= byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
    }
    odd
}

/// The names that a part begins with, joined by dots, and what stands behind them: `{tags=[{key=a` is `tags.key` and `a`.
fn names_before(part: &str) -> (String, &str) {
    const DEEPEST: usize = 8;
    let mut names = String::new();
    let mut rest = part;
    for depth in 0..DEEPEST {
        let inner = rest.trim_start_matches(['{', '[']);
        // Only what is below a name has names of its own.
        if depth > 0 && inner.len() == rest.len() {
            break;
        }
        let Some((name, value)) = inner.split_once('=').filter(|(name, _)| is_name(name)) else {
            break;
        };
        if !names.is_empty() {
            names.push('.');
        }
        names.push_str(name);
        rest = value;
    }
    (names, rest)
}

fn is_name(text: &str) -> bool {
    const LONGEST: usize = 64;
    (1..=LONGEST).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_in_a_text_are_read_as_those_beside_it() {
        assert_eq!(within(r#"{"a":{"b":"c"}}"#), Some(json!({"a": {"b": "c"}})));
        assert_eq!(within(r#"[{"a":"b"}]"#), Some(json!({"list": [{"a": "b"}]})));
        assert_eq!(
            within("{userName=eve, policyArn=arn:aws:iam::aws:policy/AdministratorAccess}"),
            Some(json!([{"userName": "eve"}, {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}]))
        );
        assert_eq!(
            within("{tags=[{key=a, value=b}, {key=c, value=d}], names=[x, y], text=1=1}"),
            Some(
                json!([{"tags.key": "a"}, {"value": "b"}, {"key": "c"}, {"value": "d"}, {"names": "[x, y"}, {"text": "1=1"}])
            )
        );
    }

    #[test]
    fn what_looks_like_a_field_between_quotation_marks_has_no_name() {
        assert_eq!(
            within(r#"{name=p, document={"Agent":"a, marker=b"}, "Action":"c", "Text":"\", d"}, last=e}"#),
            Some(json!([
                {"name": "p"},
                {"document": r#"{"Agent":"a"#},
                {"": r#"marker=b"}, "Action":"c", "Text":"\", d""#},
                {"last": "e"},
            ]))
        );
        assert_eq!(
            within(r#"{token=5", policyArn=a}"#),
            Some(json!([{"token": "5\""}, {"": "policyArn=a"}]))
        );
    }

    #[test]
    fn a_text_without_fields_has_none() {
        for text in ["", "GET /a?b=c", "{}", "[x, y]", "a=b, c=d"] {
            assert_eq!(within(text), None, "{text}");
        }
        assert_eq!(within("[1=1]"), Some(json!([{"1": "1"}])));
    }
}
