//! Sessions of assumed roles: people name theirs, programs make them up.

use super::mask::{GUID, is_guid, is_hexadecimal, masked_line};
use super::pods::{set_of, without_made_up_end};
use super::temporary::is_spoken;
use super::token::is_token;

/// An assumed role without the session that it was assumed for, and the session where somebody has named it.
pub(super) fn without_session(arn: &str) -> Option<(&str, Option<String>)> {
    let role = arn.find(":assumed-role/").filter(|_| arn.starts_with("arn:"))? + ":assumed-role/".len();
    let at = role + arn[role..].find('/')?;
    Some((&arn[..at], named(&arn[at + 1..])))
}

/// A session without what was made up in it, if anything is left that somebody has named: `ci` of `ci-q8Zt1xKp`.
pub(super) fn named(session: &str) -> Option<String> {
    const SHORTEST: usize = 2;
    const HEXADECIMAL: usize = 6;
    const COUNTED: usize = 5;
    const LONG: usize = 12;
    const NOBODY: usize = 9;
    const OF_PROGRAMS: usize = 8;
    const PROGRAMS: [&str; 3] = ["session", "botocore", "sdk"];
    if session.contains('@') {
        return Some(session.to_lowercase());
    }
    let is_separator = |c: char| !c.is_alphanumeric();
    let without_end = |text: &str| text.trim_end_matches("-#").to_owned();
    let session = without_guids(session);
    let session = without_end(set_of(session.trim_end_matches("-#")).unwrap_or(&session));
    let mut plain = String::with_capacity(session.len());
    for part in session.split_inclusive(is_separator) {
        let word = part.trim_end_matches(is_separator);
        let is_long_number = word.len() >= COUNTED && word.bytes().all(|byte| byte.is_ascii_digit());
        let digits = || word.bytes().filter(u8::is_ascii_digit).count();
        let is_number = || word.len() >= OF_PROGRAMS && is_hexadecimal(word) && digits() >= 2;
        // `j0hnsm1th` alone is somebody.
        let is_token = || is_token(word) && (word.len() < session.len() || word.len() >= LONG || is_number());
        if is_long_number || is_token() {
            plain.push('#');
        } else {
            plain.push_str(&word.to_lowercase());
        }
        plain.push_str(&part[word.len()..]);
    }
    // What is left of the name of a pod.
    let pod = without_made_up_end(&plain, 5..=5);
    let plain = without_end(if pod.ends_with("-#") { pod } else { &plain });
    let is_word = |letters: &str| {
        let made_up = letters.len() >= HEXADECIMAL && is_hexadecimal(letters) && !is_spoken(letters);
        letters.chars().nth(SHORTEST - 1).is_some() && !made_up
    };
    // `A12345`, as many companies call their people.
    let is_number_of_somebody =
        |word: &str| word.starts_with(char::is_alphabetic) && word.bytes().any(|byte| byte.is_ascii_digit());
    let is_named = plain.split(|c: char| !c.is_alphabetic()).any(is_word)
        || plain.split(|c: char| !c.is_alphanumeric()).any(is_number_of_somebody);
    if !is_named {
        return None;
    }
    // `admin2` is another than `admin1`; programs count further, and count the time.
    let numbers = plain.split(|c: char| !c.is_ascii_digit());
    let is_counted =
        numbers.map(str::len).max() >= Some(NOBODY) || PROGRAMS.iter().any(|program| plain.contains(program));
    Some(if is_counted { masked_line(&plain) } else { plain })
}

fn without_guids(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if is_guid(rest) {
            out.push('#');
            rest = &rest[GUID..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}
