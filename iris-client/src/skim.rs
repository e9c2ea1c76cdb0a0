//! Finds a few members of one object in a long answer without reading the rest of it.
//!
//! A new alert is answered with all of it once more, and whoever sends thousands wants two short members. Brackets are counted and strings
//! passed over as a whole, up to where all members were found; an answer that was cut short, or says something twice up to there, is left
//! to the reader.

use memchr::memchr2;

/// Where the object stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// It is the answer.
    Whole,
    /// Under `data` in the answer.
    Data,
}

/// Gives the text of each of these members, if it has them; `None` where the answer has to be read to say what it holds. Of a member that
/// is no scalar it is the beginning only.
pub(crate) fn members<'a, const N: usize>(
    answer: &'a [u8],
    place: Place,
    names: [&str; N],
) -> Option<[Option<&'a [u8]>; N]> {
    let level = if place == Place::Whole { 1 } else { 2 };
    let mut found = [None; N];
    let mut is_there = place == Place::Whole;
    let (mut at, mut depth, mut times) = (0, 0_usize, 0);
    let answer = answer.trim_ascii();
    // What was cut short hardly ever ends so.
    if !answer.starts_with(b"{") || !answer.ends_with(b"}") {
        return None;
    }
    loop {
        match answer.get(at)? {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            b'"' => {
                let end = end_of_string(answer, at)?;
                let value = if depth <= level {
                    behind_colon(answer, end)
                } else {
                    None
                };
                let name = &answer[at + 1..end - 1];
                at = end;
                let Some(value) = value else { continue };
                if depth < level {
                    is_there = name == b"data";
                    times += usize::from(is_there);
                } else if is_there && let Some(wanted) = names.iter().position(|wanted| wanted.as_bytes() == name) {
                    if found[wanted].is_some() {
                        return None;
                    }
                    found[wanted] = Some(scalar(answer, value)?);
                    if found.iter().all(Option::is_some) {
                        return Some(found);
                    }
                }
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    let is_whole = at + 1 == answer.len();
    (is_whole && times <= 1).then_some(found)
}

/// Index behind the closing quote of the string that starts here.
fn end_of_string(answer: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += memchr2(b'"', b'\\', answer.get(at..)?)?;
        if answer[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// Index of the value behind a string, if the string is a name.
fn behind_colon(answer: &[u8], end: usize) -> Option<usize> {
    let next = |at: usize| Some(at + answer.get(at..)?.iter().position(|byte| !byte.is_ascii_whitespace())?);
    let colon = next(end).filter(|at| answer[*at] == b':')?;
    next(colon + 1)
}

fn scalar(answer: &[u8], start: usize) -> Option<&[u8]> {
    if answer[start] == b'"' {
        return Some(&answer[start..end_of_string(answer, start)?]);
    }
    let rest = &answer[start..];
    let ends = |byte: &u8| matches!(byte, b',' | b'}') || byte.is_ascii_whitespace();
    Some(&rest[..rest.iter().position(ends)?])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(answer: &str, place: Place) -> Option<[Option<String>; 2]> {
        let text = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
        members(answer.as_bytes(), place, ["id", "u"]).map(|found| found.map(|found| found.map(text)))
    }

    fn texts(id: &str, u: &str) -> [Option<String>; 2] {
        [id, u].map(|text| (!text.is_empty()).then(|| text.to_owned()))
    }

    #[test]
    fn members_are_found_whatever_stands_around_them() {
        for (answer, id, u) in [
            (r#"{"status": "success", "data": {"id": 7, "u": "x"}}"#, "7", r#""x""#),
            ("{\"data\" :\n{\"u\":null,\"id\" : 7\n} }\n", "7", "null"),
            (
                r#"{"data": {"t": "\"id\": 9, {[\\", "id": 7}, "message": "}"}"#,
                "7",
                "",
            ),
            (
                r#"{"id": 1, "data": {"a": {"id": 2}, "l": [{"id": 3}, "id"], "id": 7}, "u": 4}"#,
                "7",
                "",
            ),
            (
                r#"{"other": {"id": 1}, "data": {"u": "\u2033\\\""}}"#,
                "",
                r#""\u2033\\\"""#,
            ),
            (r#"{"data": [{"id": 1}]}"#, "", ""),
            (r#"{"data": "id"}"#, "", ""),
            (r#"{"data": {"id": {"id": 1}}}"#, r#"{"id":"#, ""),
        ] {
            assert_eq!(of(answer, Place::Data), Some(texts(id, u)), "{answer}");
        }
        assert_eq!(of(r#"{"data": {"u": 1}, "id": 7}"#, Place::Whole), Some(texts("7", "")));
    }

    #[test]
    fn an_answer_that_is_not_whole_or_says_something_twice_is_left_to_the_reader() {
        let whole = r#"{"status": "success", "data": {"id": 7, "u": "x", "t": "a\"b"}}"#;
        for end in 0..whole.len() - 1 {
            assert_eq!(of(&whole[..end], Place::Data), None, "{}", &whole[..end]);
        }
        let one = r#"{"status": "success", "data": {"id": 7, "t": "a\"b"}}"#;
        assert_eq!(of(&one[..one.len() - 1], Place::Data), None);
        for answer in [
            r#"{"data": {"id": 7, "id": 8}}"#,
            r#"{"data": {"id": 7}, "data": {}}"#,
            r#"{"data": {"id": 7}} {"data": {"id": 8}}"#,
            r#"{"data": {"id": 7}}}"#,
            r#"x{"data": {"id": 7}}"#,
            r#"[{"data": {"id": 7}}]"#,
            r#""{"#,
            "",
        ] {
            assert_eq!(of(answer, Place::Data), None, "{answer}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(answer in r#"[{}\[\]":, \\idu7]{0,60}"#, bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            for place in [Place::Whole, Place::Data] {
                let _ = of(&answer, place);
                let _ = members(&bytes, place, ["id", "u"]);
            }
        }
    }
}
