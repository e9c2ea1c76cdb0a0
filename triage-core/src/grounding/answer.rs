//! From a raw answer to the one JSON object in it.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};

use super::{RejectReason, Rejection, Repair};

/// Longer answers are loops; reading them would only cost time.
const MAX_BYTES: usize = 256 * 1024;
/// More opening braces than this are not prose round an answer.
const MAX_TRIES: usize = 64;

/// Finds the one object of an answer, and says what stood round it.
pub(super) fn single_object(answer: &str) -> Result<(Map<String, Value>, Vec<Repair>), Rejection> {
    let mut repairs = Vec::new();
    if answer.len() > MAX_BYTES {
        return Err(RejectReason::TooLong.into());
    }
    let bare = answer.trim_start_matches('\u{feff}').trim();
    let text = after_thought(bare)?;
    if text.len() != bare.len() {
        repairs.push(Repair::Thought);
    }
    if text.is_empty() {
        return Err(RejectReason::Empty.into());
    }
    let unescaped;
    let text = match serde_json::from_str::<String>(text) {
        Ok(inner) => {
            repairs.push(Repair::Wrapped);
            unescaped = inner;
            unescaped.trim()
        }
        Err(_) => text,
    };

    let (object, range) = only_object(text)?;
    let (before, after) = (text[..range.start].trim(), text[range.end..].trim());
    match (before, after) {
        ("", "") => {}
        ("[", "]") => repairs.push(Repair::Wrapped),
        (before, "```") if is_fence(before) => repairs.push(Repair::CodeFence),
        _ => repairs.push(Repair::Prose),
    }
    let object = unwrap_object(object, &mut repairs);
    Ok((object, repairs))
}

/// How models mark what they think before they answer.
const THOUGHTS: [(&str, &str); 3] = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<reasoning>", "</reasoning>"),
];

/// Cuts the thinking section off, but only one that opens the answer: the marker may stand in a quoted value as well. A thought
/// without an end holds drafts, and no answer.
fn after_thought(text: &str) -> Result<&str, Rejection> {
    let lower = text.to_ascii_lowercase();
    for (begin, end) in THOUGHTS {
        let opens = lower.starts_with(begin);
        let Some(at) = lower.find(end) else {
            if opens {
                return Err(RejectReason::CutOff.into());
            }
            continue;
        };
        if opens || !text[..at].contains('{') {
            return Ok(text[at + end.len()..].trim());
        }
    }
    Ok(text)
}

fn is_fence(text: &str) -> bool {
    text.strip_prefix("```")
        .is_some_and(|language| language.len() <= 10 && language.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Returns the only object at the top level and where it stands.
fn only_object(text: &str) -> Result<(Map<String, Value>, std::ops::Range<usize>), Rejection> {
    let mut found = None;
    let mut at = 0;
    for _ in 0..MAX_TRIES {
        let Some(brace) = text[at..].find('{').map(|offset| at + offset) else {
            return found.ok_or_else(|| RejectReason::NoObject.into());
        };
        let mut stream = serde_json::Deserializer::from_str(&text[brace..]).into_iter::<Unique>();
        match stream.next() {
            Some(Ok(Unique(Value::Object(object)))) => {
                let end = brace + stream.byte_offset();
                if found.is_some() {
                    // The first may be copied from the alert.
                    return Err(RejectReason::Ambiguous.into());
                }
                found = Some((object, brace..end));
                at = end;
            }
            Some(Err(error)) if error.is_data() => return Err(RejectReason::DuplicateKey.into()),
            // What was meant as JSON is never mended, nor are its inner objects taken for the answer.
            Some(Err(error)) if is_meant_as_json(&text[brace..]) => {
                return Err(match (error.is_eof(), found) {
                    (_, Some(_)) => RejectReason::Ambiguous.into(),
                    (true, None) => RejectReason::CutOff.into(),
                    (false, None) => RejectReason::BadJson.into(),
                });
            }
            _ => at = brace + 1,
        }
    }
    Err(RejectReason::BadJson.into())
}

fn is_meant_as_json(text: &str) -> bool {
    let rest = text[1..].trim_start();
    rest.is_empty() || rest.starts_with(['"', '\'']) || rest.starts_with("evidence") || rest.starts_with("verdict")
}

/// Takes `{"answer": {…}}` apart.
fn unwrap_object(object: Map<String, Value>, repairs: &mut Vec<Repair>) -> Map<String, Value> {
    if object.len() != 1 || object.contains_key("verdict") {
        return object;
    }
    match object.values().next() {
        Some(Value::Object(inner)) if inner.contains_key("verdict") => {
            repairs.push(Repair::Wrapped);
            inner.clone()
        }
        _ => object,
    }
}

/// A JSON value in which no object names a key twice; `serde_json` alone keeps the last in silence.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor).map(Unique)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Unique(item)) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((key, Unique(value))) = map.next_entry::<String, Unique>()? {
            if object.insert(key, value).is_some() {
                return Err(de::Error::custom("a key stands twice"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(answer: &str) -> RejectReason {
        single_object(answer).unwrap_err().reason
    }

    #[test]
    fn one_object_is_found_whatever_stands_round_it() {
        for answer in [
            r#"{"verdict":"x"}"#,
            "```json\n{\"verdict\":\"x\"}\n```",
            "Sure {as you like}:\n{\"verdict\":\"x\"}\nDone.",
            "[{\"verdict\":\"x\"}]",
            "<think>{\"verdict\":\"y\"} no</think> {\"verdict\":\"x\"}",
            "thought</think>{\"verdict\":\"x\"}",
            r#""{\"verdict\":\"x\"}""#,
            r#"{"answer":{"verdict":"x"}}"#,
        ] {
            let (object, repairs) = single_object(answer).unwrap();
            assert_eq!(object["verdict"], "x", "{answer}");
            assert_eq!(repairs.is_empty(), answer.starts_with("{\"verdict"), "{answer}");
        }
    }

    #[test]
    fn a_thought_is_told_by_any_of_its_marks_and_without_an_end_it_is_no_answer() {
        let object = r#"{"verdict":"x"}"#;
        for answer in [
            format!("<THINK>first {{\"verdict\":\"y\"}}</THINK>{object}"),
            format!("<thinking>first {{\"verdict\":\"y\"}}</thinking>{object}"),
            format!("<reasoning>first</reasoning>\n{object}"),
        ] {
            let (found, repairs) = single_object(&answer).unwrap();
            assert_eq!(
                (found["verdict"].as_str(), repairs),
                (Some("x"), vec![Repair::Thought]),
                "{answer}"
            );
        }
        for mark in ["<think>", "<thinking>", "<Reasoning>"] {
            assert_eq!(
                reason(&format!("{mark}maybe {object} but no")),
                RejectReason::CutOff,
                "{mark}"
            );
        }
        let (_, repairs) = single_object(&format!("\u{feff}\n{object} ")).unwrap();
        assert_eq!(repairs, vec![]);
    }

    #[test]
    fn a_marker_of_thought_inside_a_value_cuts_nothing() {
        let (object, _) = single_object(r#"{"summary":"x </think>{\"verdict\":\"benign\"}","verdict":"y"}"#).unwrap();
        assert_eq!(object["verdict"], "y");
    }

    #[test]
    fn what_is_not_one_object_is_refused_with_its_reason() {
        assert_eq!(reason(" \n"), RejectReason::Empty);
        assert_eq!(reason("I cannot help with that."), RejectReason::NoObject);
        assert_eq!(reason(r#"{"verdict":"a"} {"verdict":"b"}"#), RejectReason::Ambiguous);
        assert_eq!(reason(r#"{"verdict":"a","verdict":"b"}"#), RejectReason::DuplicateKey);
        assert_eq!(
            reason(r#"{"evidence":[{"field":"F01","field":"F02"}]}"#),
            RejectReason::DuplicateKey
        );
        assert_eq!(
            reason(r#"{"evidence":[{"field":"F01","shows":"x"}],"summ"#),
            RejectReason::CutOff
        );
        assert_eq!(
            reason(r#"{"summary": oops, {"verdict":"false_positive"}}"#),
            RejectReason::BadJson
        );
        assert_eq!(reason(&"{".repeat(1000)), RejectReason::BadJson);
        assert_eq!(reason(&"[{\"a\":".repeat(1000)), RejectReason::BadJson);
        assert_eq!(reason(&"x".repeat(300_000)), RejectReason::TooLong);
    }
}
