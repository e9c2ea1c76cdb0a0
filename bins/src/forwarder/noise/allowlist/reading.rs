//! What a value may be read as: as a path, as a web server reads it, as one of Java does. An attacker chooses the spelling, not the reader.

use std::borrow::Cow;

use super::contents::MARK;
use super::path::{self, MARKS, MARKS_OF_ROOTS, end_of_machine, resolved};

/// In how many of its readings a value must pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readings {
    /// What a rule names.
    All,
    /// What a `not` leaves out: in doubt, it is left out.
    One,
    /// What somebody who knows of no other reading would say.
    AsWritten,
}

impl Readings {
    /// Those that must pass within a `not`.
    pub(super) fn negated(self) -> Self {
        match self {
            Self::All => Self::One,
            Self::One => Self::All,
            Self::AsWritten => Self::AsWritten,
        }
    }
}

/// Whether a value passes in every way that it may be read, or, in doubt, in one of them.
pub(super) fn passes(value: &str, in_doubt: bool, test: impl Fn(&str) -> bool) -> bool {
    let readings = readings(value, in_doubt);
    if in_doubt {
        readings.iter().any(|reading| test(reading))
    } else {
        readings.iter().all(|reading| test(reading))
    }
}

/// Whether a value passes in doubt, in one of its readings and as one of those that a reader may take for it: without what it ignores
/// around and between words, without quotes, and with the other separators.
pub(super) fn any_spelling(value: &str, test: impl Fn(&str) -> bool) -> bool {
    let squeezed = value.split_whitespace().collect::<Vec<_>>().join(" ");
    let unquoted = |text: &str| {
        let bare = text.replace(['"', '\'', '^', '`'], "");
        bare.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let bare = unquoted(&squeezed);
    // PowerShell takes these for a hyphen, and those for quotes.
    let read = (!squeezed.is_ascii()).then(|| {
        let read = squeezed.replace(['\u{2013}', '\u{2014}', '\u{2015}'], "-");
        unquoted(&read.replace(QUOTES, ""))
    });
    let stopped = squeezed.trim_end_matches(path::IGNORED);
    let path = &value[end_of_machine(value)..];
    let mut spellings = vec![value];
    for spelling in [&squeezed, &bare, read.as_deref().unwrap_or(&bare), stopped, path] {
        if !spellings.contains(&spelling) {
            spellings.push(spelling);
        }
    }
    spellings.into_iter().any(|spelling| {
        test(spelling)
            || readings(spelling, true)
                .iter()
                .any(|reading| *reading != spelling && test(reading))
            || (spelling.contains('/') && test(&spelling.replace('/', "\\")))
            || (spelling.contains('\\') && test(&spelling.replace('\\', "/")))
    })
}

const QUOTES: [char; 7] = [
    '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}', '\u{201c}', '\u{201d}', '\u{201e}',
];

/// Whether a value leads up somewhere, so that what it leads to may not be what it looks like.
pub(super) fn leads_up(value: &str) -> bool {
    has_way_up(value) || decoded(value).is_some_and(|decoded| has_way_up(&decoded))
}

/// Whether a value leads to one place by one way and to another by another, as it is written or once its escapes are resolved.
pub(super) fn is_ambiguous(value: &str) -> bool {
    path::is_ambiguous(value)
        || decoded(value).is_some_and(|decoded| has_way_up(&decoded) && path::is_ambiguous(&decoded))
}

/// Whether two dots stand there by themselves, as they do not in `x..y` and in `wait...`.
pub(super) fn has_way_up(text: &str) -> bool {
    let belongs_to_a_name = |c: char| c == '.' || c.is_alphanumeric();
    text.match_indices("..").any(|(at, dots)| {
        !text[..at].ends_with(belongs_to_a_name) && !text[at + dots.len()..].starts_with(belongs_to_a_name)
    })
}

/// What a value may lead to: as a path, and as the path before a question.
fn readings(value: &str, in_doubt: bool) -> Vec<Cow<'_, str>> {
    let mut readings = vec![resolved(value)];
    add_servers(value, "", in_doubt, &mut readings);
    if let Some(at) = value.find(['?', '#']).filter(|_| value.contains('/')) {
        let (path, question) = value.split_at(at);
        readings.push(Cow::Owned(resolved(path).into_owned() + question));
        add_servers(path, question, in_doubt, &mut readings);
    }
    readings
}

/// The path as servers read it: with its escapes resolved, without its parameters, with slashes for backslashes. These only count for
/// certain where they hide a way up.
fn add_servers(path: &str, question: &str, in_doubt: bool, readings: &mut Vec<Cow<'_, str>>) {
    let mut add = |text: &str| {
        if in_doubt || has_way_up(text) {
            readings.push(Cow::Owned(resolved(text).into_owned() + question));
            if let Some(slashes) = with_slashes(text) {
                readings.push(Cow::Owned(resolved(&slashes).into_owned() + question));
            }
        }
    };
    if path.contains('\\') {
        add(path);
    }
    // Parameters are cut before the escapes are resolved, or after.
    if let Some(plain) = without_parameters(path) {
        add(&plain);
        if let Some(decoded) = decoded(&plain) {
            add(&decoded);
        }
    }
    if let Some(decoded) = decoded(path) {
        add(&decoded);
        if let Some(plain) = without_parameters(&decoded) {
            add(&plain);
        }
    }
}

/// A path of the web whose backslashes are slashes; `None` where it has none, or is none.
fn with_slashes(text: &str) -> Option<String> {
    (text.contains('\\') && is_of_the_web(text)).then(|| text.replace('\\', "/"))
}

fn is_of_the_web(text: &str) -> bool {
    text.starts_with('/') || end_of_machine(text) > 0
}

/// The path as servers of Java read it: of each name only what stands before a semicolon. `None` where there is none.
fn without_parameters(path: &str) -> Option<String> {
    if !path.contains(';') {
        return None;
    }
    let names: Vec<&str> = path
        .split('/')
        .map(|name| name.split(';').next().unwrap_or_default())
        .collect();
    Some(names.join("/"))
}

/// Most times that escapes are taken to be escaped themselves.
const MOST: usize = 3;

/// The text without the escapes of web addresses, however often they are escaped themselves; `None` where it has none.
fn decoded(value: &str) -> Option<String> {
    let mut text = once_decoded(value)?;
    for _ in 1..MOST {
        let Some(further) = once_decoded(&text) else { break };
        text = further;
    }
    Some(text)
}

fn once_decoded(value: &str) -> Option<String> {
    let bytes = value.as_bytes();
    let mut out = Vec::new();
    let mut from = 0;
    let mut found = false;
    while let Some(at) = bytes[from..].iter().position(|byte| *byte == b'%') {
        let at = from + at;
        out.extend_from_slice(&bytes[from..at]);
        from = if let Some(byte) = escaped(&bytes[at + 1..]) {
            found = true;
            out.push(byte);
            at + 3
        } else {
            out.push(b'%');
            at + 1
        };
    }
    out.extend_from_slice(&bytes[from..]);
    found.then(|| String::from_utf8_lossy(&out).into_owned())
}

/// The byte that two hexadecimal digits stand for.
fn escaped(after: &[u8]) -> Option<u8> {
    let digits = after.get(..2)?;
    digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
    u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
}

/// Whether a value has escapes that some servers read as dots and separators, and others refuse: `%u002e`, and UTF-8 that is longer
/// than it need be (`%c0%ae`), also as a log writes its bytes (`\xc0\xae`).
pub(super) fn has_strange_escapes(value: &str) -> bool {
    // What stands for the beginning of an argument or of contents stands in no value.
    if value.contains(MARKS) || value.contains(MARKS_OF_ROOTS) || value.contains(MARK) {
        return true;
    }
    if !value.contains(['%', '\\']) {
        return false;
    }
    let mut text = Cow::Borrowed(value);
    for _ in 0..MOST {
        if is_strange(&text) {
            return true;
        }
        let Some(further) = once_decoded(&text) else { break };
        text = Cow::Owned(further);
    }
    false
}

fn is_strange(text: &str) -> bool {
    let logged = is_of_the_web(text);
    text.match_indices(['%', '\\']).any(|(at, sign)| {
        let after = &text.as_bytes()[at + 1..];
        let after = match (sign, after.first()) {
            ("%", Some(b'u' | b'U')) => {
                return after
                    .get(1..5)
                    .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
            }
            ("%", _) => after,
            (_, Some(b'x' | b'X')) if logged => &after[1..],
            _ => return false,
        };
        // Bytes that begin no character, and those that begin a longer one than needed by what follows. Alone they are letters of
        // Latin-1: `m%fcller`.
        let next = || {
            let hex = match after.get(2..)? {
                [b'%', hex @ ..] => hex,
                [b'\\', b'x' | b'X', hex @ ..] if logged => hex,
                _ => return None,
            };
            escaped(hex)
        };
        match escaped(after) {
            Some(0xC0 | 0xC1) => true,
            Some(0xE0) => matches!(next(), Some(0x80..=0x9F)),
            Some(0xF0) => matches!(next(), Some(0x80..=0x8F)),
            Some(0xF8..=0xFF) => matches!(next(), Some(0x80..=0xBF)),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_that_servers_read_differently_are_told_from_those_they_do_not() {
        for strange in [
            "/a/%u002e%u002e/b",
            "/a/%C0%AE%c0%ae/b",
            "/a/%25c0%25ae/b",
            "/a/%e0%80%ae/b",
            "/a/%f0%80%80%ae/b",
            "/a/%f8%80%80%80%ae/b",
            "/a/%FC%80%80%80%80%AE/b",
            "/a/%25fe%2580%2580/b",
            r"/a/\xC0\xAE/b",
            r"/a/\xe0\x80\xae/b",
            r"/a/\xf8\x80\x80\x80\xae/b",
        ] {
            assert!(has_strange_escapes(strange), "{strange}");
        }
        for plain in [
            "/caf%c3%a9",
            "/caf%e9",
            "/m%fcller",
            "/%fc",
            "/m%fc%dfig",
            r"/m\xfcller",
            "/%e0%a4%95",
            "/100%",
            "%userprofile%",
            r"C:\xc0\a",
            r"C:\Users\u002e",
        ] {
            assert!(!has_strange_escapes(plain), "{plain}");
        }
    }
}
