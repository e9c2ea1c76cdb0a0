//! Reads what IRIS answers, which is JSON as Python prints it.
//!
//! IRIS stores whatever JSON an alert carried, and gives back some that strict readers refuse: half of a surrogate pair
//! (`"\ud800"`), or nesting deeper than `serde_json` goes. One such alert must not make a whole page of alerts unreadable, so
//! what strict reading refuses is mended and read again: half pairs become U+FFFD, what lies too deep becomes `null`.

use serde::de::DeserializeOwned;

/// `serde_json` stops at 128; the envelope around an alert takes some.
const DEEPEST: usize = 120;

/// Reads a value strictly, then mended.
pub(crate) fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, serde_json::Error> {
    match serde_json::from_slice(bytes) {
        Ok(value) => Ok(value),
        Err(error) if error.is_data() => Err(error),
        Err(error) => mend(bytes, |_| '\u{fffd}').map_or(Err(error), |mended| serde_json::from_slice(&mended)),
    }
}

/// Reads a value as Python does, with half surrogate pairs replaced by what `stand_in` says.
#[cfg(feature = "sandbox")]
pub(crate) fn from_slice_with(bytes: &[u8], stand_in: fn(u16) -> char) -> Result<serde_json::Value, serde_json::Error> {
    match serde_json::from_slice(bytes) {
        Ok(value) => Ok(value),
        Err(error) => mend(bytes, stand_in).map_or(Err(error), |mended| serde_json::from_slice(&mended)),
    }
}

/// Mends what can be mended; `None` if there is nothing to mend.
fn mend(bytes: &[u8], stand_in: fn(u16) -> char) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut changed = false;
    let mut depth = 0_usize;
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        match bytes[at] {
            b'"' => {
                at = end_of_string(bytes, at);
                if depth <= DEEPEST {
                    changed |= mend_string(&bytes[start..at], stand_in, &mut out);
                }
                continue;
            }
            b'{' | b'[' => {
                depth += 1;
                if depth == DEEPEST + 1 {
                    out.extend_from_slice(b"null");
                    changed = true;
                }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == DEEPEST {
                    at += 1;
                    continue;
                }
            }
            _ => {}
        }
        if depth <= DEEPEST {
            out.push(bytes[at]);
        }
        at += 1;
    }
    changed.then_some(out)
}

/// Index behind the closing quote of the string that starts at `start`.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Copies a string with its quotes; replaces escapes of half surrogate pairs. Says whether it did.
fn mend_string(string: &[u8], stand_in: fn(u16) -> char, out: &mut Vec<u8>) -> bool {
    let mut changed = false;
    let mut at = 0;
    while at < string.len() {
        if string[at] != b'\\' {
            out.push(string[at]);
            at += 1;
            continue;
        }
        match (unit(string, at), unit(string, at + 6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => {
                out.extend_from_slice(&string[at..at + 12]);
                at += 12;
            }
            (Some(unit @ 0xD800..=0xDFFF), _) => {
                out.extend_from_slice(stand_in(unit).encode_utf8(&mut [0; 4]).as_bytes());
                changed = true;
                at += 6;
            }
            _ => {
                let end = (at + 2).min(string.len());
                out.extend_from_slice(&string[at..end]);
                at = end;
            }
        }
    }
    changed
}

/// The UTF-16 unit of a `\uXXXX` that starts here.
fn unit(string: &[u8], at: usize) -> Option<u16> {
    let escape = string.get(at..at + 6)?;
    let digits = escape.strip_prefix(b"\\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn half_a_surrogate_pair_becomes_a_replacement_character() {
        let value: Value = from_slice(br#"{"a":"x\ud800y","b":"\ud83d\ude00","c":"\\ud800","d":"\udc00"}"#).unwrap();
        assert_eq!(
            value,
            json!({"a": "x\u{fffd}y", "b": "😀", "c": "\\ud800", "d": "\u{fffd}"})
        );
    }

    #[test]
    fn what_lies_too_deep_is_left_out_and_the_rest_is_kept() {
        let deep = format!("{}1{}", "[\"]\",".repeat(500), "]".repeat(500));
        let value: Value = from_slice(format!("{{\"a\":{deep},\"b\":2}}").as_bytes()).unwrap();
        assert_eq!(value["b"], 2);
        assert_eq!(value["a"][0], "]");
        assert!(value["a"][1].is_array());
    }

    #[test]
    fn what_is_no_json_stays_an_error() {
        for text in ["", "<html>", "{\"a\":", "\"\\u12", "[[[[", "{\"a\":\"\\"] {
            assert!(from_slice::<Value>(text.as_bytes()).is_err(), "{text}");
        }
    }
}
