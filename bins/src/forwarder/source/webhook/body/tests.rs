//! Bodies as senders write them, and as they should not.

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
        let (broken, whole): (Vec<_>, Vec<_>) = found.iter().partition(|bytes| bytes.windows(3).any(|w| w == b"x\"y"));
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
fn what_names_a_finding_and_is_no_json_is_stored_though_it_stands_alone() {
    let bad = r#"{"event":{"doc_id":"b1"},"wazuh":{"rule":{"id":"u1","title":"Ran "vssadmin" to delete","level":"critical"}}}"#;
    let over_lines = bad.replace(',', ",\n  ").replace(":{", ": {\n  ");
    let half = &bad[..40];
    for (body, expected) in [
        (bad.to_owned(), vec![bad]),
        (format!("\u{feff} {bad}\r\n"), vec![bad]),
        (format!("{bad}\n{bad}\n"), vec![bad, bad]),
        (format!("[\n{bad},\n{bad}\n]"), vec![&format!("{bad},"), bad]),
        (over_lines.clone(), vec![&over_lines]),
        (format!("{{\"a\":1}}\n{half}"), vec![r#"{"a":1}"#, half]),
    ] {
        let found = findings(body.as_bytes()).unwrap();
        let found: Vec<_> = found.iter().map(|bytes| String::from_utf8_lossy(bytes)).collect();
        assert_eq!(found, expected, "{body}");
    }
}

#[test]
fn findings_without_a_line_end_between_them_are_taken_apart() {
    let (one, two) = (finding(1), finding(2));
    let tricky = json!({ "wazuh": { "rule": {} }, "event": { "doc_id": "}{\\\"", "a": [[], {}] } });
    let over_lines = |finding: &Value| serde_json::to_string_pretty(finding).unwrap();
    for body in [
        format!("{one}{two}"),
        format!("{one} {two}\r\n"),
        format!("{one}{two},"),
        format!("{one}{two}}}"),
        format!("{}{}", over_lines(&one), over_lines(&two)),
        format!("{}\n{}\n", over_lines(&one), over_lines(&two)),
    ] {
        assert_eq!(ids(body.as_bytes()), ["1", "2"], "{body}");
    }
    let (one, two, tricky) = (one.to_string(), two.to_string(), tricky.to_string());
    let bad = r#"{"wazuh":{"title":"x"y"}}"#;
    for (body, expected) in [
        (format!("{tricky}{one}{tricky}"), vec![&*tricky, &one, &tricky]),
        (format!("{one}{bad}"), vec![&one, bad]),
        (format!(r#"{{"a":1}}{one}"#), vec![r#"{"a":1}"#, &one]),
        (format!("words\n{one}{two}"), vec!["words", &one, &two]),
    ] {
        let found = findings(body.as_bytes()).unwrap();
        let found: Vec<_> = found.iter().map(|bytes| String::from_utf8_lossy(bytes)).collect();
        assert_eq!(found, expected, "{body}");
    }
    let many = r#"{"wazuh":{}}"#.repeat(MOST + 1);
    assert_eq!(findings(many.as_bytes()).unwrap_err(), NotFindings::TooMany);
}

#[test]
fn what_is_no_json_and_may_hide_other_findings_is_refused() {
    let bad = r#"{"event":{"doc_id":"b1"},"wazuh":{"rule":{"title":"Ran "vssadmin" to delete"}}}"#;
    let (one, two) = (finding(1), finding(2));
    let source = |finding: &str| format!(r#"{{"_id":"x","_source":{finding}}}"#);
    let batch =
        |first: &str, second: &str| format!(r#"{{"ctx":{{"alerts":[{{"sample_documents":[{first},{second}]}}]}}}}"#);
    let long = bad.replace("delete", &"x".repeat(LONGEST_BROKEN));
    let as_text = json!({ "text": one.to_string() }).to_string();
    for body in [
        batch(bad, &one.to_string()),
        batch(&source(bad), &source(&one.to_string())),
        batch(&source(r#"{"a":"x"y"}"#), &source(r#"{"rule":{"id":1}}"#)),
        batch(bad, &as_text),
        batch(bad, &one.to_string()).replace(':', " : ").replace(',', ",\n"),
        format!("{one}{bad}{two}"),
        format!("{one}{}", batch(bad, &two.to_string())),
        long.clone(),
        format!("{one}{long}"),
    ] {
        let refused = findings(body.as_bytes()).unwrap_err();
        assert!(matches!(refused, NotFindings::NotJson { .. }), "{body}");
    }
    // Alone it is stored, be it wrapped.
    for body in [bad.to_owned(), batch(&source(bad), "null")] {
        assert_eq!(findings(body.as_bytes()).unwrap(), [body.into_bytes()]);
    }
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
        (b"{\"a\":1}\n{\"b\":", NotFindings::NotJson { line: 2 }),
        (b"{\"a\":1}{\"b\":2}", NotFindings::NotJson { line: 1 }),
        (b"Monitor \"wazuh\" is in alert", NotFindings::NotJson { line: 1 }),
        (b"[wazuh] rule 5 is in alert", NotFindings::NotJson { line: 1 }),
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
