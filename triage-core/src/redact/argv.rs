//! Command lines that are given word by word: `["mysql", "-pX"]`, and `a0`, `a1` of the Linux audit log.

use std::ops::Range;

use super::mask::Masker;
use super::spans::{self, Span};
use super::{tools, variables};
use crate::text;

/// A mask may uncover another secret beside it; more rounds than this nobody needs.
const ROUNDS: usize = 4;

/// Stands between words that are remembered together; words that hold it are not.
const BETWEEN: char = '\u{1f}';

/// Masks the words of one command. `None` where nothing in them is secret; a word that stays is `None`, too.
pub(super) fn mask(masker: &Masker, words: &[&str]) -> Option<Vec<Option<String>>> {
    if words.len() < 2 {
        return None;
    }
    // Most lists are no commands, and the same in one alert after the other: groups of a rule, requirements.
    let is_told_apart = !words.iter().any(|word| word.contains(BETWEEN));
    let together = is_told_apart.then(|| words.join(BETWEEN.encode_utf8(&mut [0; 1])));
    if together.as_deref().is_some_and(|words| masker.knows_words(words)) {
        return None;
    }
    let masked = look(masker, words);
    if masked.is_none()
        && let Some(words) = together
    {
        masker.learn_words(&words);
    }
    masked
}

fn look(masker: &Masker, words: &[&str]) -> Option<Vec<Option<String>>> {
    // Without a switch or an assignment only the place behind a tool's name says something: such lists are often no command.
    let by_place = !words
        .iter()
        .any(|word| word.starts_with(['-', '/']) || word.contains('='));
    let mut masked: Vec<String> = words.iter().map(|word| text::normalise(word).into_owned()).collect();
    let mut changed = vec![false; words.len()];
    for round in 0..ROUNDS {
        let (line, places) = joined(&masked);
        let mut found = Vec::new();
        if by_place {
            tools::find(&line, &mut found);
            variables::follow(&line, &mut found);
        } else {
            if round == 0 {
                masker.text(&line, false)?;
            }
            found = masker.find(&line);
        }
        let found = spans::unite(&line, found);
        let mut again = false;
        for ((word, place), changed) in masked.iter_mut().zip(&places).zip(&mut changed) {
            let inside = within(&found, place);
            if !inside.is_empty() {
                *word = spans::apply(word, &inside, |kind| masker.name(kind));
                *changed = true;
                again = true;
            }
        }
        if !again {
            break;
        }
    }
    changed.contains(&true).then(|| {
        let words = masked.into_iter().zip(changed);
        words.map(|(word, changed)| changed.then_some(word)).collect()
    })
}

// One line as a shell would read it back, and where each word stands in it, without its quotes.
fn joined(words: &[String]) -> (String, Vec<Range<usize>>) {
    let mut line = String::new();
    let mut places = Vec::with_capacity(words.len());
    for word in words {
        if !line.is_empty() {
            line.push(' ');
        }
        let (open, close) = quotes(word);
        line.push_str(open);
        let start = line.len();
        line.push_str(word);
        places.push(start..line.len());
        line.push_str(close);
    }
    (line, places)
}

// Quotes that the word does not hold itself, so that nothing in it has to be escaped and every place stays where it is.
fn quotes(word: &str) -> (&'static str, &'static str) {
    let whole = !word.is_empty() && !word.contains(|c: char| c.is_whitespace() || matches!(c, ';' | '|' | '&'));
    if whole {
        return ("", "");
    }
    [("\"", "\""), ("'", "'"), ("“", "”"), ("«", "»")]
        .into_iter()
        .find(|(open, close)| !word.contains(open) && !word.contains(close))
        .unwrap_or(("", ""))
}

// The part of every span that lies in a word, in places of that word.
fn within(found: &[Span], place: &Range<usize>) -> Vec<Span> {
    found
        .iter()
        .filter(|span| span.start < place.end && span.end > place.start)
        .map(|span| Span {
            start: span.start.max(place.start) - place.start,
            end: span.end.min(place.end) - place.start,
            ..*span
        })
        .collect()
}
