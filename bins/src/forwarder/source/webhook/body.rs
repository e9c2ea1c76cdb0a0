//! The findings in a body: one, a list, one a line, or wrapped as `OpenSearch` wraps them.

use std::borrow::Cow;

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
///
/// What stands where a finding should, among others that are, is stored as it is: the sender is told once, for all of them.
pub(super) fn findings(body: &[u8]) -> Result<Vec<Vec<u8>>, NotFindings> {
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body).trim_ascii();
    if body.is_empty() {
        return Err(NotFindings::Empty);
    }
    let mut found = Found::default();
    let mut bad_line = None;
    if let Some((text, value)) = readable(body) {
        if is_finding(&value) {
            // As it came: nothing of it need be written anew.
            return Ok(vec![text.into_owned()]);
        }
        found.collect(&value, 0)?;
    } else {
        for (at, line) in body.split(|byte| *byte == b'\n').enumerate() {
            let line = line.trim_ascii();
            // What only closes, or lists, says nothing.
            if line.iter().all(|byte| b"[]}, \t".contains(byte)) {
                continue;
            }
            match readable(line).or_else(|| elements(line)) {
                Some((text, value)) if is_finding(&value) => found.finding(text.into_owned())?,
                Some((_, value)) => {
                    let before = found.findings;
                    found.collect(&value, 0)?;
                    if found.findings == before {
                        found.other(line.to_vec())?;
                    }
                }
                None => {
                    bad_line.get_or_insert(at + 1);
                    found.other(line.to_vec())?;
                }
            }
        }
    }
    match bad_line {
        _ if found.findings > 0 => Ok(found.stored),
        Some(line) => Err(NotFindings::NotJson { line }),
        None => Err(NotFindings::None),
    }
}

/// What is to be stored, in its order.
#[derive(Debug, Default)]
struct Found {
    stored: Vec<Vec<u8>>,
    /// How many of these are findings.
    findings: usize,
}

impl Found {
    fn finding(&mut self, bytes: Vec<u8>) -> Result<(), NotFindings> {
        self.findings += 1;
        self.other(bytes)
    }

    fn other(&mut self, bytes: Vec<u8>) -> Result<(), NotFindings> {
        if self.stored.len() == MOST {
            return Err(NotFindings::TooMany);
        }
        self.stored.push(bytes);
        Ok(())
    }

    fn collect(&mut self, value: &Value, depth: usize) -> Result<(), NotFindings> {
        if is_finding(value) {
            return self.finding(to_bytes(value));
        }
        match value {
            Value::Array(items) if depth < DEEPEST => self.list(items, depth),
            Value::Object(fields) if depth < DEEPEST => {
                fields.values().try_for_each(|field| self.collect(field, depth + 1))
            }
            // A template may have put a document in as text.
            Value::String(text) if looks_like_json(text) => match readable(text.as_bytes()) {
                Some((_, inner)) if depth < DEEPEST => self.collect(&inner, depth + 1),
                Some(_) => Ok(()),
                None => self.other(to_bytes(value)),
            },
            _ => Ok(()),
        }
    }

    /// In a list with findings everything was meant to be one.
    fn list(&mut self, items: &[Value], depth: usize) -> Result<(), NotFindings> {
        let mut each = Vec::new();
        for item in items {
            let mut own = Self::default();
            own.collect(item, depth + 1)?;
            each.push(own);
        }
        let any = each.iter().any(|own| own.findings > 0);
        for (item, own) in items.iter().zip(each) {
            if own.stored.is_empty() && any && !is_empty(item) {
                self.other(to_bytes(item))?;
            }
            self.findings += own.findings;
            own.stored.into_iter().try_for_each(|bytes| self.other(bytes))?;
        }
        Ok(())
    }
}

fn looks_like_json(text: &str) -> bool {
    let text = text.trim_start();
    let within = |rest: &str| rest.trim_start().starts_with(['{', '[', '"']);
    // A log line may begin with a bracket too.
    text.starts_with('{') || text.strip_prefix('[').is_some_and(within)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn to_bytes(value: &Value) -> Vec<u8> {
    match value {
        Value::String(text) => text.clone().into_bytes(),
        other => other.to_string().into_bytes(),
    }
}

/// Reads a text, and gives the bytes that can be read: without the commas that a template leaves behind what it repeats.
fn readable(text: &[u8]) -> Option<(Cow<'_, [u8]>, Value)> {
    if let Some(value) = read(text) {
        return Some((Cow::Borrowed(text), value));
    }
    let text = without_last_commas(text)?;
    let value = read(&text)?;
    Some((Cow::Owned(text), value))
}

/// Reads a line of a list whose other lines may be broken: one element or several, without what stands around them.
fn elements(line: &[u8]) -> Option<(Cow<'_, [u8]>, Value)> {
    let line = line.strip_suffix(b",").unwrap_or(line);
    let line = line
        .strip_prefix(b"[")
        .or_else(|| line.strip_prefix(b","))
        .unwrap_or(line);
    let line = line.trim_ascii();
    let last = line.strip_suffix(b"]").unwrap_or(line).trim_ascii_end();
    let several = || {
        let list = [b"[", last, b"]"].concat();
        readable(&list).map(|(_, value)| (Cow::Borrowed(last), value))
    };
    readable(line).or_else(|| readable(last)).or_else(several)
}

/// The text without commas behind the last element of a list or an object, if there are any.
fn without_last_commas(text: &[u8]) -> Option<Vec<u8>> {
    let mut kept: Vec<u8> = Vec::with_capacity(text.len());
    let (mut quoted, mut escaped) = (false, false);
    for &byte in text {
        if quoted {
            quoted = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else {
            quoted = byte == b'"';
            if matches!(byte, b']' | b'}')
                && let Some(before) = kept.trim_ascii_end().strip_suffix(b",")
            {
                kept.truncate(before.len());
            }
        }
        kept.push(byte);
    }
    (kept.len() < text.len()).then_some(kept)
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
    fn what_stands_among_findings_is_stored_as_it_is() {
        let good = r#"{"wazuh":{"rule":{"level":"high"}}}"#;
        let bad = r#"{"wazuh":{"title":"x"y"}}"#;
        let text = Value::from(bad);
        for (body, expected) in [
            (
                format!(r#"[{good}, {{"event":{{"doc_id":"2"}}}}, {text}, null, {{}}, "", "words", 7]"#),
                vec![good, r#"{"event":{"doc_id":"2"}}"#, bad, "words", "7"],
            ),
            (
                format!(r#"{{"name":"m","tags":["a",1],"note":"[x] y","alerts":[{{"docs":[{text},{good}]}}]}}"#),
                vec![bad, good],
            ),
            (format!(r#"{{"one":{text},"two":{good}}}"#), vec![bad, good]),
            (
                format!("{good}\n{bad}\n[\n{{\"a\":1}}\nwords\n{good}"),
                vec![good, bad, r#"{"a":1}"#, "words", good],
            ),
        ] {
            let found = findings(body.as_bytes()).unwrap();
            let found: Vec<_> = found.iter().map(|bytes| String::from_utf8_lossy(bytes)).collect();
            assert_eq!(found, expected, "{body}");
        }
    }

    #[test]
    fn elements_of_a_list_with_a_line_each_are_findings_though_one_is_broken() {
        let (one, two, three) = (finding(1), finding(2), finding(3));
        let bad = r#"{"wazuh":{"title":"x"y"}}"#;
        for body in [
            format!("[\n{one},\n{bad},\n{two},\n{three}\n]"),
            format!("[{one},\n{bad},\n{two},\n{three}]"),
            format!("[ {one}\r\n, {bad}\r\n, {two}\r\n, {three} ]\r\n"),
            format!("[{one}, {two},\n{bad},\n{three},\n]"),
            format!("{one},\n{bad},\n{two}, {three},\n"),
        ] {
            let found = findings(body.as_bytes()).unwrap();
            let (broken, whole): (Vec<_>, Vec<_>) =
                found.iter().partition(|bytes| bytes.windows(3).any(|w| w == b"x\"y"));
            let ids: Vec<_> = whole
                .iter()
                .map(|bytes| Alert::from_slice(bytes).unwrap().id().unwrap().to_owned())
                .collect();
            assert_eq!(
                (broken.len(), ids),
                (1, ["1", "2", "3"].map(str::to_owned).to_vec()),
                "{body}"
            );
        }
    }

    #[test]
    fn what_a_template_that_loops_leaves_behind_the_last_element_is_no_fault() {
        let (one, two) = (finding(1), finding(2));
        let tricky = json!({ "wazuh": { "rule": {} }, "event": { "doc_id": ",]\\\",}" } });
        for body in [
            format!("[{one},{two},]"),
            format!("[\n {one},\n {two},\n]\n"),
            format!("{{\"ctx\":{{\"alerts\":[{{\"sample_documents\":[{one},{two}, ],}},],}}}}"),
            format!("{one},{two},"),
            format!("{one},\n{two},"),
            json!({ "text": format!("[{one},{two},]") }).to_string(),
        ] {
            assert_eq!(ids(body.as_bytes()), ["1", "2"], "{body}");
        }
        let found = findings(format!("[{tricky},]").as_bytes()).unwrap();
        assert_eq!(found, [tricky.to_string().into_bytes()]);
        assert_eq!(findings(b"[,]").unwrap_err(), NotFindings::None);
    }

    #[test]
    fn what_is_no_finding_is_refused_whole_and_says_why() {
        for (body, expected) in [
            (&b" \n"[..], NotFindings::Empty),
            (b"Test message", NotFindings::NotJson { line: 1 }),
            (b"{\"a\":1}\n{\"wazuh\":", NotFindings::NotJson { line: 2 }),
            (br#"{"a":"{\"wazuh\":"}"#, NotFindings::None),
            (b"{\"a\":1}", NotFindings::None),
            (b"[]", NotFindings::None),
            (b"1,\"wazuh\":{}", NotFindings::NotJson { line: 1 }),
            (b"{\"b\":{}}\n{\"a\":1}", NotFindings::None),
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
