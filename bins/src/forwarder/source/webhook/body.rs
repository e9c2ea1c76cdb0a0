//! The findings in a body: one, a list, one a line, or wrapped as `OpenSearch` wraps them.

use std::borrow::Cow;

use super::text::{elements, parts, plain, readable};

/// How deep findings may stand in what wraps them.
const DEEPEST: usize = 32;
/// Most findings of one body.
const MOST: usize = 10_000;

/// Why a body is refused, without its text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotFindings {
    #[error("the body is empty")]
    Empty,
    #[error("the body is {0}: send JSON in UTF-8, as it is")]
    Encoded(&'static str),
    #[error("the body is neither JSON nor one JSON object a line (line {line})")]
    NotJson { line: usize },
    #[error(
        "there is no finding in the body: a finding has `wazuh`, or `rule` with `id` or `level`, or stands in `_source`, in a list, or in \
         `hits`, `alerts`, `sample_documents`"
    )]
    None,
    #[error("there are more than {MOST} findings in the body: send fewer at once")]
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
    if let Some(encoding) = encoding(body) {
        return Err(NotFindings::Encoded(encoding));
    }
    let mut found = Found::default();
    let mut bad_line = None;
    if let Some(text) = readable(body) {
        found.collect(&text, 0)?;
    } else {
        for (at, line) in body.split(|byte| *byte == b'\n').enumerate() {
            let line = line.trim_ascii();
            // What only closes, or lists, says nothing.
            if line.iter().all(|byte| b"[]}, \t".contains(byte)) {
                continue;
            }
            let mut own = Found::default();
            match readable(line).or_else(|| elements(line)) {
                Some(text) => own.collect(&text, 0)?,
                None => {
                    bad_line.get_or_insert(at + 1);
                }
            }
            if own.findings > 0 {
                found.append(own)?;
            } else {
                found.other(line.to_vec())?;
            }
        }
    }
    match bad_line {
        _ if found.findings > 0 => Ok(found.stored),
        Some(line) => Err(NotFindings::NotJson { line }),
        None => Err(NotFindings::None),
    }
}

/// What no JSON begins with, where its beginning says what it is.
fn encoding(body: &[u8]) -> Option<&'static str> {
    match *body {
        [0x1f, 0x8b, ..] => Some("packed (gzip)"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some("packed (zstd)"),
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("in UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, b'{' | b'[', ..] | [b'{' | b'[', 0, ..] => Some("in UTF-16"),
        _ => None,
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

    fn append(&mut self, other: Self) -> Result<(), NotFindings> {
        self.findings += other.findings;
        other.stored.into_iter().try_for_each(|bytes| self.other(bytes))
    }

    /// Looks into a JSON text that can be read.
    fn collect(&mut self, text: &[u8], depth: usize) -> Result<(), NotFindings> {
        match text.first() {
            // Whoever sent that meant something by it.
            Some(b'{' | b'[') if depth >= DEEPEST && names_a_finding(text) => self.other(text.to_vec()),
            Some(b'{') if depth < DEEPEST => self.object(text, depth),
            Some(b'[') if depth < DEEPEST => self.list(text, depth),
            Some(b'"') => {
                // A template may have put a document in as text.
                let text = plain(text);
                if !looks_like_json(&text) {
                    return Ok(());
                }
                match readable(text.trim_ascii()) {
                    Some(inner) => self.collect(&inner, depth + 1),
                    None => self.other(text.into_owned()),
                }
            }
            _ => Ok(()),
        }
    }

    /// A finding, or what wraps some. A monitor has a rule, too, and what sends for a manager names it: if there are findings in
    /// what it lists, these are meant.
    fn object(&mut self, text: &[u8], depth: usize) -> Result<(), NotFindings> {
        let fields = parts(text);
        let form = Form::of(&fields);
        // What makes it a finding is none beside it.
        let is_own = |key: &[u8]| form != Form::Wrapper && (key == b"rule" || key == b"wazuh");
        let (listed, others): (Vec<_>, Vec<_>) =
            fields
                .iter()
                .filter(|(key, _)| !is_own(key))
                .partition(|(key, value)| match form {
                    // A list of its own, of tags for one, holds what somebody wrote into a log.
                    Form::Finding => wraps(key),
                    // What it tells of, be it as text, is none beside it.
                    Form::Perhaps => wraps(key) || value.starts_with(b"[") || Form::of(&parts(value)) == Form::Finding,
                    Form::Wrapper => true,
                });
        let mut within = Self::default();
        for (_, value) in listed {
            within.collect(value, depth + 1)?;
        }
        if within.findings == 0 && form != Form::Wrapper {
            return self.finding(text.to_vec());
        }
        // Nothing else is stored of it then.
        for (_, value) in others {
            within.collect(value, depth + 1)?;
        }
        self.append(within)
    }

    /// In a list with findings everything was meant to be one.
    fn list(&mut self, text: &[u8], depth: usize) -> Result<(), NotFindings> {
        let items = parts(text);
        let mut each = Vec::new();
        for (_, item) in &items {
            let mut own = Self::default();
            own.collect(item, depth + 1)?;
            each.push(own);
        }
        let any = each.iter().any(|own| own.findings > 0);
        for ((_, item), own) in items.iter().zip(each) {
            if own.stored.is_empty() && any && !is_empty(item) {
                self.other(plain(item).into_owned())?;
            }
            self.append(own)?;
        }
        Ok(())
    }
}

/// What an object is by its own fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Finding,
    /// A finding, unless it wraps some.
    Perhaps,
    Wrapper,
}

impl Form {
    fn of(fields: &[(Cow<'_, [u8]>, &[u8])]) -> Self {
        let mut form = Self::Wrapper;
        for (key, value) in fields.iter().filter(|(_, value)| value.starts_with(b"{")) {
            let has = |names: &[&[u8]]| parts(value).iter().any(|(key, _)| names.contains(&&**key));
            match &**key {
                b"_source" => return Self::Finding,
                b"wazuh" if has(&[b"rule"]) => return Self::Finding,
                b"rule" if has(&[b"id", b"level"]) => return Self::Finding,
                b"wazuh" => form = Self::Perhaps,
                _ => {}
            }
        }
        form
    }
}

/// Whether what looks like a finding may hold others in this field, so that it is none itself: Wazuh writes no field of such a name.
fn wraps(key: &[u8]) -> bool {
    let names: [&[u8]; 4] = [b"hits", b"alerts", b"sample_documents", b"ctx"];
    names.contains(&key)
}

fn names_a_finding(text: &[u8]) -> bool {
    let names: [&[u8]; 3] = [b"_source", b"wazuh", b"rule"];
    names.iter().any(|name| memchr::memmem::find(text, name).is_some())
}

fn looks_like_json(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    let within = |rest: &[u8]| matches!(rest.trim_ascii_start().first(), Some(b'{' | b'[' | b'"'));
    // A log line may begin with a bracket too.
    text.starts_with(b"{") || text.strip_prefix(b"[").is_some_and(within)
}

fn is_empty(text: &[u8]) -> bool {
    match text.first() {
        Some(b'"') => plain(text).trim_ascii().is_empty(),
        Some(b'{' | b'[') => parts(text).is_empty(),
        _ => text == b"null",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use wazuh_model::Alert;

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
    fn what_somebody_wrote_into_a_log_takes_no_place_of_the_finding_that_tells_of_it() {
        let forged = r#"{"rule":{"id":1,"level":3}}"#;
        let told = json!({ "wazuh": { "rule": { "id": "u", "level": "high" } }, "tags": [forged, { "rule": { "id": 1 } }], "labels": [[forged]],
            "event": { "doc_id": "7", "original": forged } });
        assert_eq!(
            findings(told.to_string().as_bytes()).unwrap(),
            [told.to_string().into_bytes()]
        );
    }

    #[test]
    fn what_wraps_findings_is_none_though_it_has_a_rule_of_its_own() {
        let (one, two, three) = (finding(1), finding(2), finding(3));
        let four = json!({ "timestamp": "x", "id": "3", "rule": { "id": "5712", "level": 10 }, "data": { "rule": { "id": 1 }, "tags": ["a"] } });
        for body in [
            json!({ "rule": { "name": "m" }, "alerts": [one, two, three] }),
            json!({ "rule": { "id": "m", "level": 3 }, "alerts": [one, two, three] }),
            json!({ "wazuh": { "manager": "m" }, "events": [one, two, three] }),
            json!({ "wazuh": { "manager": "m" }, "first": one, "second": two, "third": three }),
            json!({ "wazuh": { "rule": { "level": "low" } }, "ctx": { "alerts": [{ "sample_documents": [one, two, three] }] } }),
            json!({ "_source": one, "alerts": [two, three] }),
            json!([{ "rule": { "name": "m" }, "hits": { "hits": [one, two] } }, four]),
        ] {
            let mut ids = ids(body.to_string().as_bytes());
            ids.sort();
            assert_eq!(ids, ["1", "2", "3"], "{body}");
        }
        // What a finding tells of is no finding beside it.
        let told = json!({ "wazuh": { "agent": { "id": "1" } }, "event": { "original": four.to_string(), "data": { "rule": { "id": 1 } } } });
        assert_eq!(
            findings(told.to_string().as_bytes()).unwrap(),
            [told.to_string().into_bytes()]
        );
        assert_eq!(
            findings(four.to_string().as_bytes()).unwrap(),
            [four.to_string().into_bytes()]
        );
    }

    #[test]
    fn a_key_that_stands_twice_in_what_wraps_findings_costs_none() {
        let (one, two, three) = (finding(1), finding(2), finding(3));
        for body in [
            format!(r#"{{"finding":{one},"finding":{two},"finding":{three}}}"#),
            format!(r#"{{"a":[{one}],"a":{two},"a":[{three},{three}]}}"#),
            format!(r#"{{"ctx":{{"alerts":{one}}},"ctx":{{"alerts":{two},"alerts":{{"_source":{three}}}}}}}"#),
            json!({ "text": format!(r#"{{"a":{one},"a":{two},"a" : {three}}}"#) }).to_string(),
        ] {
            let mut ids = ids(body.as_bytes());
            ids.dedup();
            assert_eq!(ids, ["1", "2", "3"], "{body}");
        }
        // An escaped key is the same key.
        assert_eq!(ids(br#"{"\u0077azuh":{"rule":{}},"event":{"doc_id":"7"}}"#), ["7"]);
    }

    #[test]
    fn findings_are_stored_byte_for_byte_whatever_wraps_them() {
        let bodies = [
            &br#"{ "rule" : {"level":3, "id":"1"}, "id":"}]\",", "a":1.50, "a":[ ] }"#[..],
            b"{\"wazuh\":{},\n \"u\":\"\xff\\\\\" , \"e\":{}}",
        ];
        let list = [b"{\"alerts\" : [ ", bodies[0], b" ,\n", bodies[1], b"] }"].concat();
        assert_eq!(findings(&list).unwrap(), bodies);
    }

    #[test]
    fn what_stands_too_deep_among_findings_is_stored_as_it_is() {
        let (one, two) = (finding(1), finding(2));
        let deep = |levels: usize, inner: &Value| format!("{}{inner}{}", "{\"a\":".repeat(levels), "}".repeat(levels));
        let body = |levels| format!(r#"{{"one":{one},"deep":{}}}"#, deep(levels, &two));
        assert_eq!(ids(body(20).as_bytes()), ["1", "2"]);
        let found = findings(body(60).as_bytes()).unwrap();
        assert_eq!(found.len(), 2);
        assert!(found[1].ends_with(b"}") && memchr::memmem::find(&found[1], two.to_string().as_bytes()).is_some());
        let none = format!(r#"{{"one":{one},"deep":{}}}"#, deep(60, &json!({ "words": 1 })));
        assert_eq!(findings(none.as_bytes()).unwrap().len(), 1, "it names none");
        assert_eq!(findings(deep(60, &two).as_bytes()).unwrap_err(), NotFindings::None);
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
            (b"\x1f\x8b\x08\0\0", NotFindings::Encoded("packed (gzip)")),
            (b"{\0\"\0w\0", NotFindings::Encoded("in UTF-16")),
            (b"\xfe\xff\0{\0\"", NotFindings::Encoded("in UTF-16")),
            (b"\xff\xfe\0\0{\0\0\0", NotFindings::Encoded("in UTF-32")),
            (b"Test message", NotFindings::NotJson { line: 1 }),
            (b"{\"a\":1}\n{\"wazuh\":", NotFindings::NotJson { line: 2 }),
            (br#"{"a":"{\"wazuh\":"}"#, NotFindings::None),
            (b"{\"a\":1}", NotFindings::None),
            (b"[]", NotFindings::None),
            (b"1,\"wazuh\":{}", NotFindings::NotJson { line: 1 }),
            (b"{\"b\":{}}\n{\"a\":1}", NotFindings::None),
            (br#"{"rule":{"name":"m"},"alerts":[]}"#, NotFindings::None),
        ] {
            assert_eq!(
                findings(body).unwrap_err(),
                expected,
                "{}",
                String::from_utf8_lossy(body)
            );
        }
        let many = format!("[{}{{\"wazuh\":{{}}}}]", "{\"wazuh\":{}},".repeat(MOST));
        assert_eq!(findings(many.as_bytes()).unwrap_err(), NotFindings::TooMany);
    }
}
