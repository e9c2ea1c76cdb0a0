//! Remembers texts in which nothing was found, a secret or an injection: most of an alert stands in the one before it, too.
//!
//! A text is remembered itself, not a hash of it, so that no text can be made that passes for another one. A text that held a secret is
//! never remembered.

use std::hash::{Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use hashbrown::{Equivalent, HashSet};

/// Most bytes of one generation.
const MOST: usize = 1 << 20;
/// Longer texts are seldom the same twice.
const LONGEST: usize = 4096;

/// What was asked about a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Whether there is anything to mask or to decode.
    Shown,
    /// Whether there is anything to mask.
    Masked,
    /// The same, under the name of its field.
    Keyed,
    /// Whether its words, told apart, hold anything to mask as one command.
    Words,
    /// Whether it speaks to its reader.
    Flagged,
}

/// A question about a text, under the name of its field or none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'t> {
    pub(crate) asked: Asked,
    pub(crate) name: &'t str,
    pub(crate) text: &'t str,
}

impl Hash for Question<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u8(self.asked as u8);
        self.name.hash(state);
        self.text.hash(state);
    }
}

/// The same, kept.
#[derive(Debug, PartialEq, Eq)]
struct Kept {
    asked: Asked,
    /// Where the name ends.
    end: usize,
    /// Name and text.
    both: Box<str>,
}

impl Kept {
    fn question(&self) -> Question<'_> {
        let (name, text) = self.both.split_at(self.end);
        let asked = self.asked;
        Question { asked, name, text }
    }
}

impl Hash for Kept {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.question().hash(state);
    }
}

impl Equivalent<Kept> for Question<'_> {
    fn equivalent(&self, kept: &Kept) -> bool {
        let other = kept.question();
        (self.asked, self.name, self.text) == (other.asked, other.name, other.text)
    }
}

/// Texts that are known to be clean; two generations, of which the older is forgotten when the newer is full.
pub(crate) struct Known {
    most: usize,
    kept: Mutex<Generations>,
}

impl Default for Known {
    fn default() -> Self {
        Self::of(MOST)
    }
}

#[derive(Default)]
struct Generations {
    new: HashSet<Kept>,
    old: HashSet<Kept>,
    bytes: usize,
}

impl Known {
    /// Remembers so many bytes in each generation.
    pub(crate) fn of(most: usize) -> Self {
        let kept = Mutex::default();
        Self { most, kept }
    }

    pub(crate) fn holds(&self, question: Question<'_>) -> bool {
        if question.name.len() + question.text.len() > LONGEST {
            return false;
        }
        let known = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        known.new.contains(&question) || known.old.contains(&question)
    }

    pub(crate) fn learn(&self, question: Question<'_>) {
        let Question { asked, name, text } = question;
        if name.len() + text.len() > LONGEST {
            return;
        }
        let kept = Kept {
            asked,
            end: name.len(),
            both: [name, text].concat().into(),
        };
        let mut known = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if known.bytes > self.most {
            known.old = std::mem::take(&mut known.new);
            known.bytes = 0;
        }
        // With what an entry of the table costs.
        known.bytes += kept.both.len() + 48;
        known.new.insert(kept);
    }
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Known").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked<'t>(asked: Asked, name: &'t str, text: &'t str) -> Question<'t> {
        Question { asked, name, text }
    }

    #[test]
    fn a_text_is_known_under_its_own_name_and_question_only() {
        let known = Known::default();
        known.learn(asked(Asked::Keyed, "user", "bob"));
        assert!(known.holds(asked(Asked::Keyed, "user", "bob")));
        for other in [
            asked(Asked::Keyed, "password", "bob"),
            asked(Asked::Keyed, "use", "rbob"),
            asked(Asked::Masked, "user", "bob"),
            asked(Asked::Keyed, "user", "bo"),
        ] {
            assert!(!known.holds(other), "{other:?}");
        }
    }

    #[test]
    fn what_is_known_stays_bounded_and_what_is_asked_often_is_known_again() {
        let known = Known::default();
        for number in 0..100_000 {
            known.learn(asked(Asked::Masked, "", &format!("text number {number}")));
        }
        let known = known.kept.lock().unwrap();
        assert!(known.bytes <= MOST + LONGEST + 64);
        assert!((known.new.len() + known.old.len()) * 48 <= 2 * (MOST + LONGEST + 64));
    }

    #[test]
    fn a_long_text_is_not_remembered() {
        let known = Known::default();
        for (length, is_known) in [(LONGEST, true), (LONGEST + 1, false)] {
            let text = "x".repeat(length);
            known.learn(asked(Asked::Masked, "", &text));
            assert_eq!(known.holds(asked(Asked::Masked, "", &text)), is_known);
        }
    }
}
