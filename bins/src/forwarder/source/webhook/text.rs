//! JSON that is taken apart as it stands: read into a tree it would lose what a key holds that stands twice.

use std::borrow::Cow;

use serde_json::Value;
use wazuh_model::Alert;

/// What a string says; anything else as it stands.
pub(super) fn plain(text: &[u8]) -> Cow<'_, [u8]> {
    let Some(within) = text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")) else {
        return Cow::Borrowed(text);
    };
    if memchr::memchr(b'\\', within).is_none() {
        return Cow::Borrowed(within);
    }
    match read(text) {
        Some(Value::String(text)) => Cow::Owned(text.into_bytes()),
        _ => Cow::Borrowed(text),
    }
}

/// The elements of a list, or the fields of an object with their keys, each as it stands in a text that can be read.
pub(super) fn parts(text: &[u8]) -> Vec<(Cow<'_, [u8]>, &[u8])> {
    let mut found = Vec::new();
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    let (mut begin, mut key) = (1, Cow::Borrowed(&b""[..]));
    for (at, &byte) in text.iter().enumerate() {
        if quoted {
            quoted = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        let ends = match byte {
            b'{' | b'[' => {
                depth += 1;
                false
            }
            b'}' | b']' => {
                depth -= 1;
                depth == 0
            }
            b',' => depth == 1,
            b':' if depth == 1 => {
                key = plain(text[begin..at].trim_ascii());
                begin = at + 1;
                false
            }
            _ => {
                quoted = byte == b'"';
                false
            }
        };
        if ends {
            let value = text[begin..at].trim_ascii();
            if !value.is_empty() {
                found.push((std::mem::take(&mut key), value));
            }
            begin = at + 1;
        }
    }
    found
}

/// The bytes of a text that can be read: without the commas that a template leaves behind what it repeats.
pub(super) fn readable(text: &[u8]) -> Option<Cow<'_, [u8]>> {
    if read(text).is_some() {
        return Some(Cow::Borrowed(text));
    }
    let text = without_last_commas(text)?;
    read(&text).is_some().then_some(Cow::Owned(text))
}

/// Reads a line of a list whose other lines may be broken: one element or several, without what stands around them.
pub(super) fn elements(line: &[u8]) -> Option<Cow<'_, [u8]>> {
    let line = line.strip_suffix(b",").unwrap_or(line);
    let line = line
        .strip_prefix(b"[")
        .or_else(|| line.strip_prefix(b","))
        .unwrap_or(line);
    let line = line.trim_ascii();
    let last = line.strip_suffix(b"]").unwrap_or(line).trim_ascii_end();
    let several = || readable(&[b"[", last, b"]"].concat()).map(|list| Cow::Owned(list.into_owned()));
    readable(line).or_else(|| readable(last)).or_else(several)
}

/// The objects that a text begins with, one behind the other as a template without line ends leaves them, and what stands behind the last
/// of them that can be read.
pub(super) fn objects(text: &[u8]) -> (Vec<Cow<'_, [u8]>>, &[u8]) {
    let mut found = Vec::new();
    let mut rest = behind_commas(text);
    while let Some(end) = end_of_object(rest)
        && let Some(object) = readable(&rest[..end])
    {
        found.push(object);
        rest = behind_commas(&rest[end..]);
    }
    (found, rest)
}

/// The object that a text begins with, if it can be read, and how long it is there.
pub(super) fn first_object(text: &[u8]) -> Option<(usize, Cow<'_, [u8]>)> {
    let end = end_of_object(text)?;
    Some((end, readable(&text[..end])?))
}

/// Most lines that are taken for such beginnings.
const MOST_BEGINNINGS: usize = 100_000;

/// Where lines begin an object, each with how far it is indented.
pub(super) fn beginnings(text: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut begin = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let around = line.iter().take_while(|byte| b"[, \t".contains(byte)).count();
        if line[around..].starts_with(b"{") {
            found.push((begin + around, around));
        }
        if found.len() == MOST_BEGINNINGS {
            break;
        }
        begin += line.len();
    }
    found
}

fn behind_commas(text: &[u8]) -> &[u8] {
    let blanks = text
        .iter()
        .take_while(|byte| byte.is_ascii_whitespace() || **byte == b',');
    &text[blanks.count()..]
}

/// How long the object is that a text begins with.
fn end_of_object(text: &[u8]) -> Option<usize> {
    if !text.starts_with(b"{") {
        return None;
    }
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    for (at, &byte) in text.iter().enumerate() {
        if quoted {
            quoted = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => quoted = byte == b'"',
        }
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
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
    let mut value = Alert::from_slice(&wrapped).ok()?.into_value();
    let object = value.as_object_mut()?;
    // Another key would mean that the text closed the object that it was put into.
    (object.len() == 1).then(|| object.remove("_")).flatten()
}
