//! JSON as Wazuh really writes it: read strictly first, leniently when that fails.

mod lenient;
mod merge;
mod print;
mod strict;

use serde_json::{Map, Value};

use crate::ParseError;

pub(crate) use print::{canonical, number};

/// Levels of nesting that stay a structure. What lies deeper is kept as JSON text in a string.
///
/// `serde_json` gives up at 128. Eight levels are left for whoever puts the alert into another document.
pub const MAX_DEPTH: usize = 120;

/// How strings are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strings {
    /// As they are.
    Whole,
    /// Up to the first NUL, which is all that integratord's C strings keep.
    UpToNul,
}

/// Reads one JSON object: lossy UTF-8, duplicate keys merged.
pub(crate) fn read_object(bytes: &[u8]) -> Result<Map<String, Value>, ParseError> {
    let (start, body) = trim(bytes);
    if body.is_empty() {
        return Err(ParseError::Empty);
    }
    let value = match strict::read(body) {
        Ok(value) => value,
        Err(_) if body.starts_with(b"alertdate='") => return Err(ParseError::IntegratordText),
        Err(_) => {
            read_leniently(body, Strings::Whole).map_err(|fault| not_json(bytes, start + fault.at, fault.what))?
        }
    };
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(ParseError::NotAnObject),
    }
}

/// Reads one JSON object as integratord's own library does: its strings end at a NUL.
pub(crate) fn read_as_integratord(bytes: &[u8]) -> Option<Value> {
    read_leniently(trim(bytes).1, Strings::UpToNul).ok()
}

fn read_leniently(body: &[u8], strings: Strings) -> Result<Value, lenient::Fault> {
    lenient::Reader::new(body, strings).document()
}

/// Takes blanks, NUL bytes and byte order marks off both ends; also says how many bytes came off the front.
fn trim(bytes: &[u8]) -> (usize, &[u8]) {
    let mut rest = bytes;
    loop {
        let blank = rest.iter().take_while(|byte| is_blank(**byte)).count();
        rest = &rest[blank..];
        match rest.strip_prefix(b"\xef\xbb\xbf") {
            Some(after) => rest = after,
            None => break,
        }
    }
    let start = bytes.len() - rest.len();
    let end = rest.iter().rev().take_while(|byte| is_blank(**byte)).count();
    (start, &rest[..rest.len() - end])
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0)
}

fn not_json(bytes: &[u8], offset: usize, what: &'static str) -> ParseError {
    let before = &bytes[..offset.min(bytes.len())];
    let line_start = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |newline| newline + 1);
    #[expect(clippy::naive_bytecount, reason = "errors are rare and lines are short")]
    let newlines = before.iter().filter(|byte| **byte == b'\n').count();
    ParseError::NotJson {
        offset,
        line: newlines + 1,
        column: before.len() - line_start + 1,
        what,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_where_and_what_but_never_quotes() {
        let error = read_object(b"\xef\xbb\xbf{\"a\":1,\n \"secret\" 2}").unwrap_err();
        let ParseError::NotJson {
            offset,
            line,
            column,
            what,
        } = &error
        else {
            panic!("{error:?}")
        };
        assert_eq!((*offset, *line, *column, *what), (21, 2, 11, "no `:` after a key"));
        assert!(!error.to_string().contains("secret"));
    }

    #[test]
    fn integratords_text_form_is_told_apart_with_the_remedy() {
        let error = read_object(b"alertdate='2026 Jan 20 09:02:17'\nalertlocation='x'\n").unwrap_err();
        assert_eq!(error, ParseError::IntegratordText);
        assert!(error.to_string().contains("<alert_format>json</alert_format>"));
    }

    #[test]
    fn blanks_marks_and_nul_bytes_around_an_object_do_not_matter() {
        let object = read_object(b"\0\0 \xef\xbb\xbf\r\n{\"a\":1}\n\0\0").unwrap();
        assert_eq!(Value::Object(object), serde_json::json!({"a": 1}));
        for empty in [&b""[..], b"\0\0\0\0", b" \n", b"\xef\xbb\xbf"] {
            assert_eq!(read_object(empty).unwrap_err(), ParseError::Empty);
        }
    }

    #[test]
    fn other_json_is_not_an_object() {
        for other in [&b"[]"[..], b"null", b"1", b"\"x\"", b"[{\"a\":1}]", b"1e999"] {
            assert_eq!(read_object(other).unwrap_err(), ParseError::NotAnObject);
        }
    }
}
