//! One alert has one identity, however it was read.

#![allow(clippy::unwrap_used, reason = "only tests")]

mod corpus;

use std::fmt::Write as _;

use base64::Engine as _;
use proptest::prelude::*;
use serde_json::Value;
use wazuh_model::{ALERT_NAMESPACE, Alert};

/// JSON with everything that `serde_json::Value` would lose: order, repeated keys, the form of a number.
#[derive(Debug, Clone)]
enum Json {
    Word(&'static str),
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Prints it as analysisd or any other program might: blanks, escapes of characters that need none.
    fn raw(&self, escape: bool, out: &mut String) {
        match self {
            Self::Word(word) => out.push_str(word),
            Self::Number(number) => out.push_str(number),
            Self::Text(text) => quote(text, escape, out),
            Self::List(list) => {
                out.push_str("[ ");
                for (index, element) in list.iter().enumerate() {
                    out.push_str(if index > 0 { " , " } else { "" });
                    element.raw(escape, out);
                }
                out.push(']');
            }
            Self::Object(entries) => {
                out.push_str("{\n");
                for (index, (key, value)) in entries.iter().enumerate() {
                    out.push_str(if index > 0 { ",\n" } else { "" });
                    quote(key, escape, out);
                    out.push_str(" : ");
                    value.raw(escape, out);
                }
                out.push('}');
            }
        }
    }

    /// Prints it as integratord does: through a double, through C strings, order and repeated keys kept.
    fn by_integratord(&self, out: &mut String) {
        match self {
            Self::Word(word) => out.push_str(word),
            Self::Number(number) => out.push_str(&c_number(number.parse().unwrap())),
            Self::Text(text) => quote(text.split('\0').next().unwrap(), false, out),
            Self::List(list) => {
                out.push('[');
                for (index, element) in list.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    element.by_integratord(out);
                }
                out.push(']');
            }
            Self::Object(entries) => {
                out.push('{');
                for (index, (key, value)) in entries.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    quote(key.split('\0').next().unwrap(), false, out);
                    out.push(':');
                    value.by_integratord(out);
                }
                out.push('}');
            }
        }
    }
}

fn quote(text: &str, escape: bool, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c < ' ' || (escape && !c.is_ascii()) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}").unwrap();
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// C's `%1.15g`, or `%1.17g` where that is too short: written apart from the crate's own, from the shortest digits.
fn c_number(value: f64) -> String {
    if !value.is_finite() {
        return "null".to_owned();
    }
    let short = g(value, 15);
    let close = (short.parse::<f64>().unwrap() - value).abs()
        <= value.abs().max(short.parse::<f64>().unwrap().abs()) * f64::EPSILON;
    if close { short } else { g(value, 17) }
}

fn g(value: f64, digits: usize) -> String {
    let text = format!("{value:.*e}", digits - 1);
    let (mantissa, exponent) = text.split_once('e').unwrap();
    let exponent: i32 = exponent.parse().unwrap();
    let negative = mantissa.starts_with('-');
    let all: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let all = all.trim_end_matches('0');
    let all = if all.is_empty() { "0" } else { all };
    let body = if exponent < -4 || exponent >= i32::try_from(digits).unwrap() {
        let (first, rest) = all.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        format!(
            "{first}{point}{rest}e{}{:02}",
            if exponent < 0 { '-' } else { '+' },
            exponent.abs()
        )
    } else if exponent < 0 {
        format!("0.{}{all}", "0".repeat(usize::try_from(-exponent - 1).unwrap()))
    } else {
        let whole = usize::try_from(exponent).unwrap() + 1;
        if all.len() > whole {
            format!("{}.{}", &all[..whole], &all[whole..])
        } else {
            format!("{all}{}", "0".repeat(whole - all.len()))
        }
    };
    if negative { format!("-{body}") } else { body }
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        any::<u64>().prop_map(|n| n.to_string()),
        any::<f64>()
            .prop_filter("finite", |n| n.is_finite())
            .prop_map(|n| format!("{n:?}")),
        (-1_000_i32..1_000, 0_u32..400).prop_map(|(n, e)| format!("{n}e{e}")),
        (0_u32..10, 0_u64..1_000_000).prop_map(|(n, m)| format!("{n}.{m}0")),
        Just("-0".to_owned()),
        Just("-0.0".to_owned()),
        Just("12345678901234567890123".to_owned()),
    ]
}

fn json() -> impl Strategy<Value = Json> {
    let text = prop_oneof![".{0,12}", "[ab\0]{0,4}", "[a-c]{1,2}"];
    let leaf = prop_oneof![
        prop_oneof![Just("null"), Just("true"), Just("false")].prop_map(Json::Word),
        number().prop_map(Json::Number),
        text.prop_map(Json::Text),
    ];
    leaf.prop_recursive(4, 20, 4, |inner| {
        // Few keys, so that they repeat; some with a NUL, so that they repeat only for integratord.
        let key = prop_oneof!["[ab]{1}", "[ab]\0[ab]{0,1}", ".{0,4}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::List),
            prop::collection::vec((key, inner), 0..5).prop_map(Json::Object),
        ]
    })
}

fn both(entries: &[(String, Json)], escape: bool) -> (Alert, Alert) {
    let object = Json::Object(entries.to_vec());
    let (mut raw, mut again) = (String::new(), String::new());
    object.raw(escape, &mut raw);
    object.by_integratord(&mut again);
    (
        Alert::from_slice(raw.as_bytes()).unwrap(),
        Alert::from_slice(again.as_bytes()).unwrap(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn an_alert_is_itself_after_integratord_has_printed_it_again(
        data in json(),
        id in prop::option::of(json()),
        timestamp in prop::option::of(json()),
        node in prop::option::of(json()),
        rule in prop::option::of(json()),
        escape in any::<bool>(),
    ) {
        let wrap = |key: &str, inner: Json| Json::Object(vec![(key.to_owned(), inner)]);
        let mut entries = vec![("data".to_owned(), data)];
        entries.extend(id.map(|id| ("id".to_owned(), id)));
        entries.extend(timestamp.map(|timestamp| ("timestamp".to_owned(), timestamp)));
        entries.extend(node.map(|node| ("manager".to_owned(), wrap("name", node))));
        entries.extend(rule.map(|rule| ("rule".to_owned(), wrap("id", rule))));
        let (raw, again) = both(&entries, escape);
        prop_assert_eq!(raw.uuid(), again.uuid());
    }

    #[test]
    fn the_order_of_keys_is_no_part_of_an_identity(mut data in prop::collection::btree_map("[a-z]{1,3}", json(), 2..4)) {
        let forth: Vec<_> = data.clone().into_iter().collect();
        let back: Vec<_> = forth.iter().rev().cloned().collect();
        prop_assert_eq!(both(&forth, false).0.uuid(), both(&back, true).0.uuid());
        data.insert("zzzz".to_owned(), Json::Word("true"));
        let more: Vec<_> = data.into_iter().collect();
        prop_assert_ne!(both(&forth, false).0.uuid(), both(&more, false).0.uuid());
    }

    #[test]
    fn each_of_the_four_parts_makes_another_alert(parts in prop::array::uniform4("[a-z\"\n]{1,6}"), which in 0_usize..4) {
        let alert = |parts: &[String; 4]| {
            let value = serde_json::json!({"manager": {"name": parts[0]}, "id": parts[1], "timestamp": parts[2], "rule": {"id": parts[3]}});
            Alert::from_slice(value.to_string().as_bytes()).unwrap().uuid()
        };
        // A blank part counts as missing.
        prop_assume!(parts.iter().all(|part| !part.trim().is_empty()));
        let mut other = parts.clone();
        other[which].push('x');
        prop_assert_ne!(alert(&parts), alert(&other));
    }
}

#[test]
fn the_corpus_keeps_its_identities_and_no_two_alerts_share_one() {
    let mut seen = std::collections::HashMap::new();
    for (name, line) in corpus::all() {
        let alert = Alert::from_slice(&line).unwrap();
        if let Ok(value) = serde_json::from_slice::<Value>(&line) {
            let pretty = serde_json::to_vec_pretty(&value).unwrap();
            assert_eq!(Alert::from_slice(&pretty).unwrap().uuid(), alert.uuid(), "{name}");
        }
        let source = alert.source_ref();
        if let Some(other) = seen.insert(alert.uuid(), (name.clone(), source.clone(), alert.original().to_vec())) {
            assert_eq!(
                other.2,
                alert.original(),
                "{name} {source} and {} {} are one",
                other.0,
                other.1
            );
        }
    }
}

#[test]
fn the_corpus_keeps_its_identities_when_integratord_prints_it_again() {
    let mut hostile = corpus::fixture("hostile_lines.jsonl")
        .iter()
        .map(|case| {
            let bytes = base64::engine::general_purpose::STANDARD.decode(case["bytes_b64"].as_str().unwrap());
            ("hostile".to_owned(), bytes.unwrap())
        })
        .collect();
    let mut all = corpus::all();
    all.append(&mut hostile);
    let mut compared = 0;
    for (name, line) in all {
        // Bytes that are no UTF-8 pass through integratord, and are replaced whenever they are read.
        let text = String::from_utf8_lossy(&line);
        let Ok(json @ Json::Object(_)) = serde_json::from_str::<Json>(&text) else {
            continue;
        };
        let Ok(raw) = Alert::from_slice(&line) else { continue };
        let mut printed = String::new();
        json.by_integratord(&mut printed);
        let again = Alert::from_slice(printed.as_bytes()).unwrap();
        assert_eq!(raw.uuid(), again.uuid(), "{name}");
        assert_eq!(raw.source_ref(), again.source_ref(), "{name}");
        assert_eq!(raw.fingerprint().key, again.fingerprint().key, "{name}");
        compared += 1;
    }
    assert!(compared >= 60, "{compared}");
}

/// Reads JSON as integratord's library does: order and repeated keys stay.
impl<'de> serde::Deserialize<'de> for Json {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Json;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("JSON")
            }

            fn visit_unit<E>(self) -> Result<Json, E> {
                Ok(Json::Word("null"))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
                Ok(Json::Word(if value { "true" } else { "false" }))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
                Ok(Json::Number(value.to_string()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
                Ok(Json::Number(value.to_string()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
                Ok(Json::Number(format!("{value:?}")))
            }

            fn visit_str<E>(self, value: &str) -> Result<Json, E> {
                Ok(Json::Text(value.to_owned()))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
                let mut elements = Vec::new();
                while let Some(element) = list.next_element()? {
                    elements.push(element);
                }
                Ok(Json::List(elements))
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Json::Object(entries))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

#[test]
fn a_source_ref_ends_at_a_nul_as_integratords_strings_do() {
    let raw =
        Alert::from_slice(br#"{"manager":{"name":"m\u0000x"},"agent":{"id":"00\u00001"},"id":"1.2\u00003"}"#).unwrap();
    let again = Alert::from_slice(br#"{"manager":{"name":"m"},"agent":{"id":"00"},"id":"1.2"}"#).unwrap();
    assert_eq!(
        (raw.source_ref().as_str(), raw.source_ref()),
        ("m/00/1.2", again.source_ref())
    );
    let nameless = Alert::from_slice(br#"{"data":{"a":"x\u0000y"}}"#).unwrap();
    let again = Alert::from_slice(br#"{"data":{"a":"x"}}"#).unwrap();
    assert_eq!(nameless.source_ref(), again.source_ref());
}

#[test]
fn the_documented_recipe_gives_the_documented_id() {
    let line = br#"{"timestamp":"2026-01-20T09:02:17.037+0000","rule":{"id":"5710"},"manager":{"name":"mgr"},"id":"1768899737.107919"}"#;
    let name = r#"["mgr","1768899737.107919","2026-01-20T09:02:17.037+0000","5710"]"#;
    let namespace = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_DNS, b"wazuh-iris.alert");
    assert_eq!(ALERT_NAMESPACE, namespace);
    assert_eq!(
        Alert::from_slice(line).unwrap().uuid(),
        uuid::Uuid::new_v5(&namespace, name.as_bytes())
    );
}

#[test]
fn the_same_id_on_two_nodes_is_two_alerts() {
    let on = |node: &str| {
        let line = format!(
            r#"{{"timestamp":"t","rule":{{"id":"1"}},"manager":{{"name":"m"}},"cluster":{{"node":"{node}"}},"id":"1768899600.0"}}"#
        );
        Alert::from_slice(line.as_bytes()).unwrap()
    };
    assert_ne!(on("a").uuid(), on("b").uuid());
    assert_eq!(on("a").source_ref(), "a/-/1768899600.0");
}

#[test]
fn an_answer_of_the_indexer_is_the_alert_that_it_holds() {
    let line = r#"{"timestamp":"t","rule":{"id":"1","level":3},"manager":{"name":"m"},"id":"1.0","data":{"srcip":"203.0.113.1"}}"#;
    let wrapped = format!(r#"{{"_index":"wazuh-alerts-4.x-2026.01.20","_id":"x","_score":null,"_source":{line}}}"#);
    let (plain, wrapped) = (
        Alert::from_slice(line.as_bytes()).unwrap(),
        Alert::from_slice(wrapped.as_bytes()).unwrap(),
    );
    assert_eq!(plain.uuid(), wrapped.uuid());
    assert_eq!(plain.leaves(), wrapped.leaves());
    assert_eq!(wrapped.rule().level, Some(3));
}

#[test]
fn a_source_ref_is_short_and_on_one_line_whatever_the_alert_lacks() {
    let of = |line: &str| Alert::from_slice(line.as_bytes()).unwrap().source_ref();
    assert_eq!(
        of(r#"{"manager":{"name":"m"},"agentless":{"host":"root@fw1"},"id":"1.2"}"#),
        "m/root@fw1/1.2"
    );
    assert!(of("{}").starts_with("-/-/") && of("{}").len() == 12);
    let long = of(&format!(
        r#"{{"manager":{{"name":"a\nb"}},"id":"{}"}}"#,
        "é".repeat(900)
    ));
    assert!(long.starts_with("a b/-/é") && long.len() <= 200);
}
