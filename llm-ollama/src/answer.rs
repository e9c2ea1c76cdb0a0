//! The one JSON object in what a model said.

use serde_json::Value;

/// Why an answer is no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unusable {
    Empty,
    NoObject,
    CutOff,
    Several,
}

impl Unusable {
    /// Says so to people and, in a repair, to the model.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "the answer was empty",
            Self::NoObject => "the answer held no JSON object",
            Self::CutOff => "the answer's JSON object was cut off",
            Self::Several => "the answer held more than one JSON object",
        }
    }
}

/// Finds the JSON object in an answer: in the content, after a thought that leaked into it, in the thinking, or split between
/// both. Prose and code fences round it are dropped.
pub(crate) fn object_in(content: &str, thinking: &str) -> Result<String, Unusable> {
    let whole = content.trim();
    // First, because a string in the object may hold `</think>`.
    if is_object(whole) {
        return Ok(whole.to_owned());
    }
    // The object as a JSON string: some gateways escape once too often.
    if let Ok(Value::String(inner)) = serde_json::from_str(whole) {
        return only_object(&inner).map(str::to_owned);
    }
    let split = format!("{thinking}{content}");
    let places = [
        content.rsplit_once("</think>").map_or("", |(_, after)| after),
        content,
        thinking,
        &split,
    ];
    let mut worst = Unusable::Empty;
    for place in places {
        match only_object(place) {
            Ok(object) => return Ok(object.to_owned()),
            Err(Unusable::Empty) => {}
            // The first place that says anything is where the answer was meant to be.
            Err(why) if worst == Unusable::Empty => worst = why,
            Err(_) => {}
        }
    }
    Err(worst)
}

fn is_object(text: &str) -> bool {
    text.starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// How many braces that open nothing are looked at: a model that writes more of them writes no answer.
const MOST_TRIES: usize = 100;

/// Finds the object, if there is exactly one: which of several is meant is nothing to guess about.
fn only_object(text: &str) -> Result<&str, Unusable> {
    if text.trim().is_empty() {
        return Err(Unusable::Empty);
    }
    let mut found = None;
    let mut at = 0;
    let mut tries = 0;
    while let Some(open) = text[at..].find('{') {
        let start = at + open;
        let mut values = serde_json::Deserializer::from_str(&text[start..]).into_iter::<Value>();
        match values.next() {
            Some(Ok(_)) => {
                let end = start + values.byte_offset();
                if found.replace(&text[start..end]).is_some() {
                    return Err(Unusable::Several);
                }
                at = end;
            }
            // An object that never ends would otherwise lend us one of its inner ones.
            Some(Err(error)) if error.is_eof() => return Err(Unusable::CutOff),
            Some(Err(_)) | None if tries < MOST_TRIES => {
                tries += 1;
                at = start + 1;
            }
            Some(Err(_)) | None => return Err(Unusable::NoObject),
        }
    }
    found.ok_or(Unusable::NoObject)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_object_is_found_wherever_a_model_puts_it() {
        for (content, thinking) in [
            (r#"{"a":1}"#, ""),
            (" \n{\"a\":1}\n ", ""),
            ("Here is the verdict:\n```json\n{\"a\":1}\n```\n", ""),
            ("We answer {x} with JSON. Maybe {\"b\":2}.\n</think>\n\n{\"a\":1}", ""),
            ("", r#"Sure: {"a":1}"#),
            ("1}", r#"{"a":"#),
            ("I am done.", r#"{"a":1}"#),
            (r#""{\"a\":1}""#, ""),
            (r#"[{"a":1}]"#, ""),
            ("{not json} but {\"a\":1}", ""),
        ] {
            assert_eq!(
                object_in(content, thinking).unwrap(),
                r#"{"a":1}"#,
                "{content:?} {thinking:?}"
            );
        }
    }

    #[test]
    fn an_end_of_thought_inside_a_string_splits_nothing() {
        let answer = r#"{"summary":"it ran </think>{} as SYSTEM"}"#;
        assert_eq!(object_in(answer, "").unwrap(), answer);
    }

    #[test]
    fn what_holds_no_single_object_is_refused_with_its_reason() {
        for (content, thinking, why) in [
            ("", "", Unusable::Empty),
            (" \n", "", Unusable::Empty),
            ("all fine", "", Unusable::NoObject),
            ("[1,2]", "", Unusable::NoObject),
            (r#"{"a":{"b":1},"c"#, "", Unusable::CutOff),
            (r#"{"a":1} or {"a":2}"#, "", Unusable::Several),
            ("null", "hm", Unusable::NoObject),
        ] {
            assert_eq!(
                object_in(content, thinking).unwrap_err(),
                why,
                "{content:?} {thinking:?}"
            );
        }
    }

    #[test]
    fn hostile_braces_cost_neither_time_nor_stack() {
        let braces = "{".repeat(200_000);
        assert_eq!(object_in(&braces, "").unwrap_err(), Unusable::NoObject);
        let nested = r#"{"a":"#.repeat(20_000);
        assert!(object_in(&nested, "").is_err());
    }
}
