//! Remembers texts in which nothing was found, a secret or an injection: most of an alert stands in the one before it, too.
//!
//! A text is remembered itself, not a hash of it, so that no text can be made that passes for another one. A text that held a secret is
//! never remembered.

use std::hash::BuildHasher;
use std::sync::{Mutex, PoisonError};

use hashbrown::{DefaultHashBuilder, HashTable};

/// Most bytes of one generation: what is asked for stays near the processor.
const MOST: usize = 1 << 19;
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

impl Question<'_> {
    fn hash(&self, hasher: &DefaultHashBuilder) -> u64 {
        hasher.hash_one((self.asked as u8, self.name, self.text))
    }
}

/// The same, kept.
#[derive(Debug)]
struct Kept {
    hash: u64,
    asked: Asked,
    /// Where the name ends.
    end: usize,
    /// Name and text.
    both: Box<str>,
}

impl Kept {
    fn is(&self, question: &Question<'_>) -> bool {
        self.asked == question.asked
            && self.end == question.name.len()
            && self.both.strip_prefix(question.name) == Some(question.text)
    }

    /// Its bytes, with what an entry of the table costs.
    fn bytes(&self) -> usize {
        self.both.len() + 64
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
    hasher: DefaultHashBuilder,
    new: HashTable<Kept>,
    old: HashTable<Kept>,
    bytes: usize,
}

impl Generations {
    fn keep(&mut self, kept: Kept, most: usize) {
        if self.bytes > most {
            self.old = std::mem::take(&mut self.new);
            self.bytes = 0;
        }
        self.bytes += kept.bytes();
        self.new.insert_unique(kept.hash, kept, |kept| kept.hash);
    }
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
        let mut known = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let hash = question.hash(&known.hasher);
        if known.new.find(hash, |kept| kept.is(&question)).is_some() {
            return true;
        }
        // Moved over, so that what is asked again and again is never forgotten.
        let Ok(found) = known.old.find_entry(hash, |kept| kept.is(&question)) else {
            return false;
        };
        let (kept, _) = found.remove();
        known.keep(kept, self.most);
        true
    }

    pub(crate) fn learn(&self, question: Question<'_>) {
        let Question { asked, name, text } = question;
        if name.len() + text.len() > LONGEST {
            return;
        }
        let mut known = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let hash = question.hash(&known.hasher);
        // Somebody else may have learnt it meanwhile.
        if known.new.find(hash, |kept| kept.is(&question)).is_some() {
            return;
        }
        let kept = Kept {
            hash,
            asked,
            end: name.len(),
            both: [name, text].concat().into(),
        };
        known.keep(kept, self.most);
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
        assert!((known.new.len() + known.old.len()) * 64 <= 2 * (MOST + LONGEST + 64));
    }

    #[test]
    fn what_is_asked_again_and_again_is_never_forgotten() {
        let known = Known::default();
        let usual = asked(Asked::Keyed, "location", "/var/log/auth.log");
        let seldom = asked(Asked::Keyed, "location", "/root/once");
        known.learn(usual);
        known.learn(seldom);
        for number in 0..100_000 {
            known.learn(asked(Asked::Masked, "", &format!("text number {number}")));
            if number % 1000 == 0 {
                assert!(known.holds(usual), "{number}");
            }
        }
        assert!(!known.holds(seldom));
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
