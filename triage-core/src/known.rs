//! Remembers texts in which nothing was found, a secret or an injection: most of an alert stands in the one before it, too.
//!
//! A text is remembered itself, not a hash of it, so that no text can be made that passes for another one. A text that held a secret is
//! never remembered.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// Most bytes of one generation.
const MOST: usize = 1 << 20;
/// Longer texts are seldom the same twice.
const LONGEST: usize = 4096;

/// What was asked about a text.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Asked {
    /// Whether there is anything to mask or to decode.
    Shown,
    /// Whether there is anything to mask.
    Masked,
    /// The same, under the name of its field.
    Keyed,
    /// Whether it speaks to its reader.
    Flagged,
}

/// A question about a text.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key(Box<[u8]>);

/// Texts that are known to be clean; two generations, of which the older is forgotten when the newer is full.
#[derive(Default)]
pub(crate) struct Known(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    new: HashSet<Key>,
    old: HashSet<Key>,
    bytes: usize,
}

impl Known {
    pub(crate) fn key(asked: Asked, name: &str, text: &str) -> Option<Key> {
        if name.len() + text.len() > LONGEST {
            return None;
        }
        let mut key = Vec::with_capacity(name.len() + text.len() + 3);
        key.push(asked as u8);
        // The length tells where the name ends, whatever it holds.
        key.extend(u16::try_from(name.len()).ok()?.to_le_bytes());
        key.extend(name.as_bytes());
        key.extend(text.as_bytes());
        Some(Key(key.into()))
    }

    pub(crate) fn holds(&self, key: Option<&Key>) -> bool {
        let Some(key) = key else { return false };
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.new.contains(key) || known.old.contains(key)
    }

    pub(crate) fn learn(&self, key: Option<Key>) {
        let Some(key) = key else { return };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.bytes > MOST {
            known.old = std::mem::take(&mut known.new);
            known.bytes = 0;
        }
        // With what an entry of the table costs.
        known.bytes += key.0.len() + 32;
        known.new.insert(key);
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

    #[test]
    fn a_text_is_known_under_its_own_name_and_question_only() {
        let known = Known::default();
        known.learn(Known::key(Asked::Keyed, "user", "bob"));
        assert!(known.holds(Known::key(Asked::Keyed, "user", "bob").as_ref()));
        for other in [
            Known::key(Asked::Keyed, "password", "bob"),
            Known::key(Asked::Keyed, "use", "rbob"),
            Known::key(Asked::Masked, "user", "bob"),
            Known::key(Asked::Keyed, "user", "bo"),
        ] {
            assert!(!known.holds(other.as_ref()), "{other:?}");
        }
    }

    #[test]
    fn what_is_known_stays_bounded_and_what_is_asked_often_is_known_again() {
        let known = Known::default();
        for number in 0..100_000 {
            known.learn(Known::key(Asked::Masked, "", &format!("text number {number}")));
        }
        let known = known.0.lock().unwrap();
        assert!(known.bytes <= MOST + LONGEST + 64);
        assert!((known.new.len() + known.old.len()) * 32 <= 2 * (MOST + LONGEST + 64));
    }

    #[test]
    fn a_long_text_is_not_remembered() {
        assert!(Known::key(Asked::Masked, "", &"x".repeat(LONGEST + 1)).is_none());
    }
}
