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
        (format!("{one}{bad}{two}"), vec![&one, &format!("{bad}{two}")]),
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

/// What a template makes that names the fields of one finding, each line as it stands in it.
fn of_template(id: u32, title: &str) -> String {
    format!(
        "{{\"event\": {{\"doc_id\": \"{id}\"}},\n \"wazuh\": {{\"agent\": {{\"id\": \"1\"}},\n           \"rule\": {{\"title\": \"{title}\",\n  \"level\": \"high\"}}}}}}\n"
    )
}

/// The ids of the findings that can be read, and how many texts are stored beside them.
fn read_and_texts(body: &str) -> (Vec<String>, usize) {
    let found = findings(body.as_bytes()).unwrap();
    assert!(found.iter().all(|text| !text.is_empty()), "{body}");
    let read: Vec<_> = found.iter().filter_map(|bytes| Alert::from_slice(bytes).ok()).collect();
    let ids = read.iter().map(|alert| alert.id().unwrap().to_owned()).collect();
    (ids, found.len() - read.len())
}

#[test]
fn a_broken_finding_costs_none_of_those_around_it() {
    let bad = "Ran \"vssadmin\" to delete";
    let all = |broken: &[u32]| -> String {
        let title = |id| if broken.contains(&id) { bad } else { "t" };
        (0..5).map(|id| of_template(id, title(id))).collect()
    };
    for broken in [&[0][..], &[1], &[4], &[0, 1], &[1, 3], &[2, 3, 4]] {
        let read: Vec<String> = (0..5)
            .filter(|id| !broken.contains(id))
            .map(|id| id.to_string())
            .collect();
        for body in [
            all(broken),
            all(broken).replace(bad, "a\"b"),
            format!("[\n{}]", all(broken).replace("}}}\n", "}}},\n")),
        ] {
            assert_eq!(read_and_texts(&body), (read.clone(), broken.len()), "{body}");
        }
    }
    // As a list over several lines, wrapped or not.
    let findings: Vec<Value> = (1..4).map(finding).collect();
    for list in [
        json!(findings),
        json!({ "ctx": { "alerts": [{ "sample_documents": findings }] } }),
    ] {
        let body = serde_json::to_string_pretty(&list)
            .unwrap()
            .replacen("high", "hi\"gh", 1);
        assert_eq!(read_and_texts(&body).0, ["2", "3"], "{body}");
    }
    // On one line those before it are read, and those behind it stand in the text.
    let (one, two) = (finding(1), finding(2));
    let bad = r#"{"wazuh":{"title":"x"y"}}"#;
    assert_eq!(
        read_and_texts(&format!("{one}{two}{bad}{two}")),
        (vec!["1".to_owned(), "2".to_owned()], 1)
    );
    assert_eq!(
        read_and_texts(&format!("{one}\n{two}{two}{bad}{two}\n")).0,
        ["1", "2", "2"]
    );
}

#[test]
fn a_long_broken_finding_is_stored_whole() {
    let bad = |filling: &str| format!(r#"{{"event":{{"original":"powershell "{filling}"}},"wazuh":{{"rule":{{}}}}}}"#);
    let long = bad(&"zż".repeat(12_000));
    let one = finding(1).to_string();
    let begin = "-----BEGIN PRIVATE KEY----- ".repeat(500);
    for (body, stored) in [
        (long.clone(), vec![long.clone()]),
        (format!("{one}\n{long}"), vec![one.clone(), long.clone()]),
        (format!("{one}{long}"), vec![one.clone(), long.clone()]),
        (bad(&begin), vec![bad(&begin)]),
        // What somebody wrote into it refuses nothing.
        (
            bad(r#"GET /"wazuh": "_source": x"#),
            vec![bad(r#"GET /"wazuh": "_source": x"#)],
        ),
    ] {
        let found = findings(body.as_bytes()).unwrap();
        let found: Vec<_> = found.iter().map(|bytes| String::from_utf8_lossy(bytes)).collect();
        assert_eq!(found, stored, "{body}");
    }
    // Nothing of one over many lines is lost.
    for body in [
        bad(&"z y x w\n".repeat(3000)),
        format!("{}\n", bad("z")).repeat(1000).replace(",\"wazuh", ",\n\"wazuh"),
    ] {
        let letters = |text: &[u8]| text.iter().filter(|byte| !byte.is_ascii_whitespace()).count();
        let found = findings(body.as_bytes()).unwrap();
        let stored: usize = found.iter().map(|text| letters(text)).sum();
        assert_eq!(stored, letters(body.as_bytes()), "{body}");
    }
}

#[test]
fn what_begins_an_object_at_every_line_is_looked_through_in_time() {
    let mut deeper = String::new();
    for depth in 0..2000 {
        deeper += &" ".repeat(depth);
        deeper += "{\"wazuh\n";
    }
    let flat = "{\"wazuh\n".repeat(9000);
    let closed = format!("{{\"wazuh\n{}x", "]".repeat(2 << 20));
    let begun = std::time::Instant::now();
    for body in [deeper, flat, closed] {
        assert!(findings(body.as_bytes()).is_ok());
    }
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
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
