//! Which quote closes which: as a shell pairs them, and as they face where a command stands within quotes and its own were not escaped.

use super::spans;
use super::value::{self, Closing, Quote};

/// Longest switch that a quote is glued to, in bytes.
const LONGEST_SWITCH: usize = 48;

/// How far behind an opening quote of a command the closing one is looked for, in bytes.
pub(super) const FARTHEST: usize = 8 * 1024;

/// How quotes are paired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pairing {
    /// The next one closes.
    Shell,
    /// One before a word opens, one behind a word closes, on the same line: `ran "net user bob "two words" /add" as root`.
    Facing,
}

impl Pairing {
    /// Finds the quote that closes what was opened before `inside`; places are counted from there.
    pub(super) fn close(self, line: &str, inside: usize, quote: &Quote) -> Option<Closing> {
        if self == Self::Facing && quote.style().1 == '"' {
            facing(line, inside, quote.style().0)
        } else {
            value::closing_quote_within(&line[inside..], quote, farthest(quote))
        }
    }

    /// How long the quote at `at` is if it closes what nothing in this line opened: a command ends there.
    pub(super) fn lone_close(self, line: &str, at: usize) -> Option<usize> {
        if self == Self::Shell || !line[at..].starts_with(['"', '\\']) {
            return None;
        }
        let quote = value::opening_quote(&line[at..]).filter(|quote| quote.style().1 == '"')?;
        let face = Face::of(line, at, at + quote.len);
        (face == Face::Closing).then_some(quote.len)
    }
}

/// How far behind this opening quote the closing one is looked for, in bytes. An apostrophe may open nothing at all, and would take that of
/// a secret far behind it for its own: there is no second reading of those as there is of `"`.
pub(super) fn farthest(quote: &Quote) -> usize {
    if quote.style().1 == '"' {
        FARTHEST
    } else {
        value::LONGEST
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Face {
    Opening,
    Closing,
    /// Letters on both sides.
    Within,
}

impl Face {
    // Of a quote that stands between these places, with its backslashes.
    fn of(line: &str, start: usize, end: usize) -> Self {
        let behind = line[end..].chars().next();
        if behind.is_none_or(|c| c.is_whitespace() || matches!(c, ',' | ';' | ':' | ')' | ']' | '}')) {
            return Self::Closing;
        }
        let before = line[..start].chars().next_back();
        let signs = ['=', ':', ',', ';', '(', '[', '{', '|', '&', '<', '>', '"', '\''];
        if before.is_none_or(|c| c.is_whitespace() || signs.contains(&c)) {
            return Self::Opening;
        }
        if behind.is_some_and(|c| matches!(c, '|' | '&' | '<' | '>')) {
            return Self::Closing;
        }
        // `-p"two words"`
        let near = &line[spans::ceil(line, start.saturating_sub(LONGEST_SWITCH))..start];
        let word = near.rsplit(char::is_whitespace).next().unwrap_or_default();
        if word.trim_start_matches(['"', '\\']).starts_with('-') {
            return Self::Opening;
        }
        Self::Within
    }
}

// The quote with as many backslashes that closes, unless another one opens before it: then the first opened nothing of this line.
// Between those with more backslashes stands a word of what is quoted.
fn facing(line: &str, inside: usize, backslashes: usize) -> Option<Closing> {
    let (mut slashes, mut nested) = (0, false);
    for (at, c) in line[inside..].char_indices().take_while(|&(at, _)| at < FARTHEST) {
        match c {
            '\n' => return None,
            '\\' => {
                slashes += 1;
                continue;
            }
            '"' => {}
            _ => {
                slashes = 0;
                continue;
            }
        }
        let own = std::mem::take(&mut slashes);
        let face = Face::of(line, inside + at - own, inside + at + 1);
        if own < backslashes {
            return None;
        }
        if own > backslashes && (nested || face == Face::Opening) {
            nested = face != Face::Closing;
            continue;
        }
        // A path may end with a backslash: `"C:\\dir\\" x`.
        return (face != Face::Opening).then_some(Closing {
            start: at - own.min(backslashes),
            end: at + 1,
        });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(line: &str) -> Option<&str> {
        let at = line.find('"').unwrap();
        let start = line[..at].rfind(|c| c != '\\').map_or(0, |before| before + 1);
        let quote = value::opening_quote(&line[start..])?;
        let inside = start + quote.len;
        let close = Pairing::Facing.close(line, inside, &quote)?;
        Some(&line[inside..inside + close.start])
    }

    #[test]
    fn a_quote_is_closed_by_one_that_faces_it() {
        for (line, inner) in [
            ("\"two words\" x", Some("two words")),
            ("-p\"two words\" x", Some("two words")),
            ("\"\" x", Some("")),
            ("\"net user \"two words\" x\"", None),
            ("\"-p\"two words\" x\"", None),
            ("\"a\nb\"", None),
            ("\"C:\\dir\\\" x", Some("C:\\dir\\")),
            (
                "\"net user \\\"two words\\\" x\"}",
                Some("net user \\\"two words\\\" x"),
            ),
            ("\\\"two words\\\" x", Some("two words")),
        ] {
            assert_eq!(quoted(line), inner, "{line}");
        }
    }
}
