//! Patterns of which each is tried only where one of its pieces occurs: honest text costs one pass.

use std::sync::LazyLock;

use super::FlagKind;
use crate::ascii::Pattern;
use crate::text;
use aho_corasick::AhoCorasick;

/// Something a text may say, and what it is a sign of.
#[derive(Debug)]
pub(super) struct Sign {
    pub(super) kind: FlagKind,
    /// Whatever the pattern matches holds one of these, set off by semicolons, in lower case.
    pub(super) pieces: &'static str,
    /// Capitals and small letters are alike, and bounds behind `[^…]` count bytes.
    pub(super) pattern: &'static str,
}

pub(super) const fn sign(kind: FlagKind, pieces: &'static str, pattern: &'static str) -> Sign {
    Sign { kind, pieces, pattern }
}

type LazyPattern = LazyLock<Pattern, Box<dyn FnOnce() -> Pattern + Send>>;

/// A list of signs, ready to search for.
pub(super) struct Signs {
    list: &'static [Sign],
    pieces: AhoCorasick,
    // The sign that each piece belongs to.
    of: Vec<usize>,
    patterns: Vec<LazyPattern>,
}

impl Signs {
    pub(super) fn new(list: &'static [Sign]) -> Self {
        assert!(list.len() <= 64, "they are marked in the bits of one number");
        let (mut pieces, mut of) = (Vec::new(), Vec::new());
        for (at, sign) in list.iter().enumerate() {
            for piece in sign.pieces.split(';').flat_map(with_any_blank) {
                pieces.push(piece);
                of.push(at);
            }
        }
        let lazy =
            |sign: &'static Sign| -> LazyPattern { LazyLock::new(Box::new(|| Pattern::new(&caseless(sign.pattern)))) };
        Self {
            list,
            pieces: AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .build(pieces)
                .expect("a constant list that a test builds"),
            of,
            patterns: list.iter().map(lazy).collect(),
        }
    }

    /// Adds the kind of every sign in a text.
    pub(super) fn search(&self, text: &str, kinds: &mut Vec<FlagKind>) {
        let mut wanted = 0_u64;
        let all = u64::MAX >> (64 - self.list.len());
        // The patterns know the capitals of every alphabet, the search for pieces those of ASCII only.
        let lower = text::caseless(text);
        for piece in self.pieces.find_overlapping_iter(lower.as_deref().unwrap_or(text)) {
            wanted |= 1 << self.of[piece.pattern().as_usize()];
            if wanted == all {
                break;
            }
        }
        for (at, (sign, pattern)) in self.list.iter().zip(&self.patterns).enumerate() {
            if wanted & (1 << at) != 0 && !kinds.contains(&sign.kind) && pattern.is_match(text) {
                kinds.push(sign.kind);
            }
        }
    }
}

fn caseless(pattern: &str) -> String {
    format!("(?i){pattern}")
}

/// A blank in a piece is any blank.
fn with_any_blank(piece: &str) -> Vec<String> {
    let mut pieces = vec![piece.to_owned()];
    if piece.contains(' ') {
        pieces.extend(["\t", "\n", "\r"].map(|blank| piece.replace(' ', blank)));
    }
    pieces
}

#[cfg(test)]
impl Signs {
    /// Signs that match some text without any of their pieces, with that text.
    pub(super) fn escapes(&self) -> Vec<(&'static str, String)> {
        let escape = |sign: &Sign| {
            let pieces: Vec<_> = sign.pieces.split(';').flat_map(with_any_blank).collect();
            crate::covered::escape(crate::ascii::compile(&caseless(sign.pattern)).as_str(), &pieces)
        };
        self.list
            .iter()
            .filter_map(|sign| Some((sign.pattern, escape(sign)?)))
            .collect()
    }
}
