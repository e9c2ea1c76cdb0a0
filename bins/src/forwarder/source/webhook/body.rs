//! The findings in a body: one, a list, one a line, or wrapped as `OpenSearch` wraps them.

use serde_json::Value;
use wazuh_model::Alert;

/// How deep findings may stand in what wraps them.
const DEEPEST: usize = 8;
/// Most findings of one body.
const MOST: usize = 10_000;

/// Why a body is refused, without its text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotFindings {
    #[error("the body is empty")]
    Empty,
    #[error("the body is neither JSON nor one JSON object a line (line {line})")]
    NotJson { line: usize },
    #[error(
        "there is no finding in the body: a finding has `wazuh` or `rule`, or stands in `_source`, in a list, or in \
         `hits`, `alerts`, `sample_documents`"
    )]
    None,
    #[error("there are more than {MOST} findings in the body")]
    TooMany,
}

/// Finds every finding, each as the bytes that are stored.
pub(super) fn findings(body: &[u8]) -> Result<Vec<Vec<u8>>, NotFindings> {
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body).trim_ascii();
    if body.is_empty() {
        return Err(NotFindings::Empty);
    }
    let mut found = Vec::new();
    if let Some(value) = read(body) {
        if is_finding(&value) {
            // As it came: nothing of it need be written anew.
            return Ok(vec![body.to_vec()]);
        }
        collect(value, 0, &mut found)?;
    } else {
        for (at, line) in body.split(|byte| *byte == b'\n').enumerate() {
            let line = line.trim_ascii();
            if line.is_empty() {
                continue;
            }
            let value = read(line).ok_or(NotFindings::NotJson { line: at + 1 })?;
            if is_finding(&value) {
                push(line.to_vec(), &mut found)?;
            } else {
                let before = found.len();
                collect(value, 0, &mut found)?;
                if found.len() == before {
                    return Err(NotFindings::None);
                }
            }
        }
    }
    if found.is_empty() {
        return Err(NotFindings::None);
    }
    Ok(found)
}

/// Reads any JSON as leniently as alerts are read.
fn read(text: &[u8]) -> Option<Value> {
    let wrapped = [b"{\"_\":", text, b"}"].concat();
    let mut value = Alert::from_slice(&wrapped).ok()?.value().clone();
    let object = value.as_object_mut()?;
    // Another key would mean that the text closed the object that it was put into.
    (object.len() == 1).then(|| object.remove("_")).flatten()
}

fn is_finding(value: &Value) -> bool {
    value["_source"].is_object() || value["wazuh"].is_object() || value["rule"].is_object()
}

fn collect(value: Value, depth: usize, found: &mut Vec<Vec<u8>>) -> Result<(), NotFindings> {
    if is_finding(&value) {
        return push(value.to_string().into_bytes(), found);
    }
    if depth == DEEPEST {
        return Ok(());
    }
    match value {
        Value::Array(items) => items.into_iter().try_for_each(|item| collect(item, depth + 1, found)),
        Value::Object(fields) => fields
            .into_iter()
            .try_for_each(|(_, field)| collect(field, depth + 1, found)),
        // A template may have put a document in as text.
        Value::String(text) if text.trim_start().starts_with(['{', '[']) => match read(text.as_bytes()) {
            Some(inner) => collect(inner, depth + 1, found),
            None => Ok(()),
        },
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn push(finding: Vec<u8>, found: &mut Vec<Vec<u8>>) -> Result<(), NotFindings> {
    if found.len() == MOST {
        return Err(NotFindings::TooMany);
    }
    found.push(finding);
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn finding(id: u32) -> Value {
        json!({ "@timestamp": "2026-08-21T10:00:00.000Z", "event": { "doc_id": id.to_string() }, "wazuh": { "rule": { "level": "high" } } })
    }

    fn ids(body: &[u8]) -> Vec<String> {
        findings(body)
            .unwrap()
            .iter()
            .map(|bytes| Alert::from_slice(bytes).unwrap().id().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn findings_are_found_in_every_form_that_senders_use() {
        let (one, two) = (finding(1), finding(2));
        let wrapped = json!({ "_index": "wazuh-findings-v5-security", "_id": "x", "_source": one });
        for body in [
            one.to_string(),
            serde_json::to_string_pretty(&one).unwrap(),
            wrapped.to_string(),
            format!("\u{feff}{one}\n"),
        ] {
            assert_eq!(ids(body.as_bytes()), ["1"], "{body}");
        }
        for body in [
            json!([one, two]).to_string(),
            format!("{one}\n\n{two}\r\n"),
            json!({ "hits": { "hits": [wrapped, { "_source": two }] } }).to_string(),
            json!({ "monitor": { "name": "m" }, "ctx": { "alerts": [{ "sample_documents": [wrapped] }, { "sample_documents": [{ "_source": two }] }] } })
                .to_string(),
            json!({ "text": one.to_string(), "more": json!([two]).to_string() }).to_string(),
        ] {
            assert_eq!(ids(body.as_bytes()), ["1", "2"], "{body}");
        }
    }

    #[test]
    fn one_finding_is_stored_byte_for_byte() {
        let body = b"{\"wazuh\" : {\"rule\":{}}, \"user\":\"\xff\"}";
        assert_eq!(findings(body).unwrap(), [body.to_vec()]);
    }

    #[test]
    fn what_is_no_finding_is_refused_whole_and_says_why() {
        for (body, expected) in [
            (&b" \n"[..], NotFindings::Empty),
            (b"Test message", NotFindings::NotJson { line: 1 }),
            (b"{\"wazuh\":{}}\n{\"wazuh\":", NotFindings::NotJson { line: 2 }),
            (b"{\"a\":1}", NotFindings::None),
            (b"[]", NotFindings::None),
            (b"1,\"wazuh\":{}", NotFindings::NotJson { line: 1 }),
            (b"{\"wazuh\":{}}\n{\"a\":1}", NotFindings::None),
        ] {
            assert_eq!(
                findings(body).unwrap_err(),
                expected,
                "{}",
                String::from_utf8_lossy(body)
            );
        }
        let many = format!("[{}{{\"rule\":{{}}}}]", "{\"rule\":{}},".repeat(MOST));
        assert_eq!(findings(many.as_bytes()).unwrap_err(), NotFindings::TooMany);
    }
}
