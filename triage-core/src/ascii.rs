//! Compiles patterns so that their classes mean ASCII: smaller by two orders of magnitude, and never off the fast path of the engine.

use regex::Regex;

/// Compiles a constant pattern. `\w`, `\d`, `\s`, `\S` and `\b` mean ASCII; the texts are normalised, so no other blank occurs. `\l` is `\w`
/// and everything beyond ASCII: names of people have such letters.
pub(crate) fn compile(pattern: &str) -> Regex {
    Regex::new(&rewritten(pattern, Excluding::Signs)).expect("a constant pattern that a test compiles")
}

/// A pattern whose classes of what is not wanted (`[^"']`) and of letters (`\l`) go by bytes, so that a bound of hundreds costs hundreds of states and not
/// thousands: most of the memory of all patterns together. What it finds begins and ends between signs all the same.
#[derive(Debug)]
pub(crate) struct Pattern(regex::bytes::Regex);

impl Pattern {
    /// Compiles a constant pattern; bounds behind `[^…]` and `\l` count bytes.
    pub(crate) fn new(pattern: &str) -> Self {
        let pattern = rewritten(pattern, Excluding::Bytes);
        Self(regex::bytes::Regex::new(&pattern).expect("a constant pattern that a test compiles"))
    }

    /// How many groups it has, the whole match among them.
    #[cfg(test)]
    pub(crate) fn groups(&self) -> usize {
        self.0.captures_len()
    }

    /// Whether it matches anywhere.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text.as_bytes())
    }

    /// The first match that begins here or behind it; what stands before it counts for `\b`.
    pub(crate) fn captures_at<'t>(&self, text: &'t str, from: usize) -> Option<Groups<'t>> {
        if from > text.len() {
            return None;
        }
        let found = self.0.captures_at(text.as_bytes(), from)?;
        Some(Groups { text, found })
    }

    /// All matches, one after the other.
    pub(crate) fn captures_iter<'t>(&self, text: &'t str) -> impl Iterator<Item = Groups<'t>> {
        let found = self.0.captures_iter(text.as_bytes());
        found.map(move |found| Groups { text, found })
    }
}

/// The groups of one match.
#[derive(Debug)]
pub(crate) struct Groups<'t> {
    text: &'t str,
    found: regex::bytes::Captures<'t>,
}

impl<'t> Groups<'t> {
    /// What a group holds, if it took part.
    pub(crate) fn get(&self, at: usize) -> Option<Group<'t>> {
        let found = self.found.get(at)?;
        // A bound may end a group in the middle of a sign, and the next match may begin there.
        let start = self.text.ceil_char_boundary(found.start());
        let end = self.text.floor_char_boundary(found.end()).max(start);
        Some(Group {
            text: &self.text[start..end],
            start,
        })
    }

    /// The first group that took part, without the whole match.
    pub(crate) fn first(&self) -> Option<Group<'t>> {
        (1..self.found.len()).find_map(|at| self.get(at))
    }
}

/// A piece of the text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Group<'t> {
    text: &'t str,
    start: usize,
}

impl<'t> Group<'t> {
    pub(crate) fn as_str(&self) -> &'t str {
        self.text
    }

    pub(crate) fn start(&self) -> usize {
        self.start
    }

    pub(crate) fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// What a class that excludes some ASCII signs is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Excluding {
    Signs,
    Bytes,
}

fn rewritten(pattern: &str, excluding: Excluding) -> String {
    let mut out = String::with_capacity(pattern.len() * 2);
    // Where the class begins that is being read.
    let mut class_at = None;
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let escaped = chars.next().unwrap_or('\\');
                let class = match escaped {
                    'w' => "0-9A-Za-z_",
                    'l' if excluding == Excluding::Bytes => LETTERS_BY_BYTES,
                    'l' => r"0-9A-Za-z_\x{80}-\x{10ffff}",
                    'd' => "0-9",
                    's' => r"\t\n\r ",
                    'S' => r"^\t\n\r ",
                    'b' => {
                        out.push_str(r"(?-u:\b)");
                        continue;
                    }
                    other => {
                        out.extend(['\\', other]);
                        continue;
                    }
                };
                if class_at.is_some() {
                    out.push_str(class);
                } else {
                    let begin = out.len();
                    out.extend(["[", class, "]"]);
                    by_bytes(&mut out, begin, excluding);
                }
            }
            '[' if class_at.is_none() => {
                class_at = Some(out.len());
                out.push('[');
            }
            // A bracket is only itself inside a class of ours where it is escaped.
            ']' if class_at.is_some() => {
                out.push(']');
                by_bytes(&mut out, class_at.take().unwrap_or_default(), excluding);
            }
            other => out.push(other),
        }
    }
    out
}

const LETTERS_BY_BYTES: &str = r"0-9A-Za-z_\x80-\xff";

/// Makes the class at the end of a pattern one of bytes, if it only says which ASCII signs it excludes, or holds all letters.
fn by_bytes(out: &mut String, begin: usize, excluding: Excluding) {
    let class = &out[begin..];
    let wide = class.starts_with("[^") || class.contains(LETTERS_BY_BYTES);
    if excluding == Excluding::Bytes && wide && class.is_ascii() {
        out.insert_str(begin, "(?-u:");
        out.push(')');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_mean_ascii_in_and_out_of_brackets() {
        let pattern = compile(r"\b[\w.]+\s\S+");
        assert_eq!(pattern.as_str(), r"(?-u:\b)[0-9A-Za-z_.]+[\t\n\r ][^\t\n\r ]+");
        assert!(pattern.is_match("a.b é"));
    }

    #[test]
    fn letters_are_those_of_every_alphabet() {
        for text in ["bjørn:x", "müller:x", "оля:x", "bob:x"] {
            let found = Pattern::new(r"^[\l.]{1,64}:(\w)$").captures_iter(text).next();
            assert_eq!(
                found.and_then(|groups| groups.first()).map(|group| group.as_str()),
                Some("x")
            );
            assert!(compile(r"^\l+:[^\l]*\w$").is_match(text));
        }
    }

    #[test]
    fn what_a_class_of_bytes_finds_begins_and_ends_between_signs() {
        let text = "k=ééééé k=日本語 k=a";
        let found = |pattern| -> Vec<(usize, String)> {
            let pattern = Pattern::new(pattern);
            let groups = pattern
                .captures_iter(text)
                .map(|groups| groups.first().expect("it took part"));
            groups.map(|group| (group.start(), group.as_str().to_owned())).collect()
        };
        let all: Vec<_> = compile(r"k=([^\s]{1,64})")
            .captures_iter(text)
            .map(|found| (found.get(1).expect("it took part").start(), found[1].to_owned()))
            .collect();
        assert_eq!(found(r"k=([^\s]{1,64})"), all);
        assert_eq!(found(r"k=(\S{1,64})"), all);
        let cut: Vec<String> = found(r"k=([^\s]{1,5})").into_iter().map(|(_, text)| text).collect();
        assert_eq!(cut, ["éé", "日", "a"]);
        // Each piece begins where the last one was cut, in the middle of a sign or not.
        assert!(
            found(r"([^\s]{1,3})")
                .iter()
                .all(|(start, _)| text.is_char_boundary(*start))
        );
    }
}
