//! Proves that a cheap search for pieces lets no match of a pattern slip by.

use std::collections::{HashMap, VecDeque};

use aho_corasick::{
    Anchored,
    automaton::{Automaton as _, StateID},
    dfa::DFA,
};
use regex_automata::nfa::thompson::{Compiler, NFA, State};
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Repetition};

type Place = (regex_automata::util::primitives::StateID, StateID);

/// A text that the pattern matches and that holds none of the pieces, in any ASCII case; `None` is the proof that there is none.
///
/// Walks the pattern and the search for the pieces together. Conditions (`\b`, `^`) count as met and bounded repetitions as unbounded,
/// so a text may be named that does not match after all, but none that does is missed. Letters beyond ASCII count only in the form that
/// [`text::caseless`](crate::text::caseless) gives them: texts are normalised, and whoever uses pieces searches in that form.
pub(crate) fn escape(pattern: &str, pieces: &[impl AsRef<[u8]>]) -> Option<String> {
    let hir = wider(&regex_syntax::parse(pattern).expect("a constant pattern"));
    let nfa = Compiler::new().build_from_hir(&hir).expect("a constant pattern");
    let search = DFA::builder()
        .ascii_case_insensitive(true)
        .build(pieces.iter().map(AsRef::as_ref))
        .expect("constant pieces");
    let letters = letters(pieces);
    let start = search.start_state(Anchored::No).expect("it is built for both");
    let first = (nfa.start_anchored(), start);
    let mut came_from: HashMap<Place, Option<(Place, Option<u8>)>> = HashMap::from([(first, None)]);
    let mut queue = VecDeque::from([first]);
    while let Some(place) = queue.pop_front() {
        if matches!(nfa.state(place.0), State::Match { .. }) {
            return Some(text_to(place, &came_from));
        }
        for (next, byte) in steps(&nfa, place.0, &letters) {
            let found = byte.map_or(place.1, |byte| search.next_state(Anchored::No, place.1, byte));
            if !search.is_match(found) && !came_from.contains_key(&(next, found)) {
                came_from.insert((next, found), Some((place, byte)));
                queue.push_back((next, found));
            }
        }
    }
    None
}

fn text_to(place: Place, came_from: &HashMap<Place, Option<(Place, Option<u8>)>>) -> String {
    let (mut bytes, mut at) = (Vec::new(), place);
    while let Some((before, byte)) = came_from[&at] {
        bytes.extend(byte);
        at = before;
    }
    bytes.reverse();
    String::from_utf8_lossy(&bytes).into_owned()
}

// Bytes that move the search for pieces; all others are alike.
fn letters(pieces: &[impl AsRef<[u8]>]) -> [bool; 256] {
    let mut letters = [false; 256];
    for byte in pieces.iter().flat_map(AsRef::as_ref) {
        letters[usize::from(byte.to_ascii_lowercase())] = true;
        letters[usize::from(byte.to_ascii_uppercase())] = true;
    }
    letters
}

fn steps(
    nfa: &NFA,
    state: regex_automata::util::primitives::StateID,
    letters: &[bool; 256],
) -> Vec<(regex_automata::util::primitives::StateID, Option<u8>)> {
    let over = |start: u8, end: u8, next| {
        let mut other = (start..=end).filter(|&byte| !letters[usize::from(byte)]);
        let mut steps: Vec<_> = (start..=end)
            .filter(|&byte| letters[usize::from(byte)])
            .map(|byte| (next, Some(byte)))
            .collect();
        steps.extend(other.next().map(|byte| (next, Some(byte))));
        steps
    };
    match nfa.state(state) {
        State::ByteRange { trans } => over(trans.start, trans.end, trans.next),
        State::Sparse(sparse) => sparse
            .transitions
            .iter()
            .flat_map(|trans| over(trans.start, trans.end, trans.next))
            .collect(),
        State::Dense(dense) => (0..=255)
            .filter_map(|byte| Some((dense.matches_byte(byte)?, Some(byte))))
            .collect(),
        State::Look { next, .. } | State::Capture { next, .. } => vec![(*next, None)],
        State::Union { alternates } => alternates.iter().map(|&next| (next, None)).collect(),
        State::BinaryUnion { alt1, alt2 } => vec![(*alt1, None), (*alt2, None)],
        State::Fail | State::Match { .. } => Vec::new(),
    }
}

// A pattern that matches at least as much, and has fewer states.
fn wider(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Hir::empty(),
        HirKind::Literal(literal) => Hir::literal(literal.0.clone()),
        HirKind::Class(Class::Bytes(class)) => Hir::class(Class::Bytes(class.clone())),
        HirKind::Class(Class::Unicode(class)) => Hir::class(Class::Unicode(lower(class))),
        HirKind::Repetition(repetition) => {
            let optional = repetition.min == 0 && repetition.max == Some(1);
            let fixed = repetition.max == Some(repetition.min);
            Hir::repetition(Repetition {
                min: repetition.min,
                max: repetition.max.filter(|_| optional || fixed),
                greedy: repetition.greedy,
                sub: Box::new(wider(&repetition.sub)),
            })
        }
        HirKind::Capture(capture) => wider(&capture.sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(wider).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(wider).collect()),
    }
}

// Without what normalising takes away (the long s, the sign for kelvin), and without letters that have another form.
fn lower(class: &ClassUnicode) -> ClassUnicode {
    let mut kept = class.clone();
    let others = ('\u{80}'..='\u{2fff}')
        .filter(|&c| c == '\u{17f}' || !crate::text::caseless_letter(c).eq([c]))
        .map(|c| ClassUnicodeRange::new(c, c));
    kept.difference(&ClassUnicode::new(others));
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_match_without_a_piece_is_found_and_its_absence_proved() {
        assert_eq!(escape(r"(?i)\bab?c", &["ab"]), Some("AC".to_owned()));
        assert_eq!(escape(r"(?i)\bab{1,9}c", &["AB"]), None);
        assert_eq!(escape(r"x(?:pat|[a-z]{3})-", &["pat-"]).map(|text| text.len()), Some(5));
        assert_eq!(
            escape(r"(?:gh[po]_|github_)[A-Z]{30}", &["ghp_", "gho_", "github_"]),
            None
        );
    }
}
