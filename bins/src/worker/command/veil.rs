//! Keeps an alert's words out of what a child says in words of its own: log lines and error messages.

use std::collections::BTreeSet;
use std::fmt;

use triage_core::Evidence;

/// Shortest word that is hidden, in characters.
const SHORTEST: usize = 4;

/// Shortest value of a variable that is taken for a secret, in characters: `ACME_MODE=quick` is none.
const SHORTEST_SECRET: usize = 8;

/// The words of one alert, and the secrets of the program.
#[derive(Default, Clone)]
pub(super) struct Veil {
    words: BTreeSet<String>,
}

impl Veil {
    /// Hides what this evidence says.
    pub(super) fn of(evidence: &Evidence) -> Self {
        let facts = evidence.facts.iter().map(|fact| fact.value.as_str());
        let texts = facts.chain([evidence.title.as_str()]);
        // Whole, such as an address, and in parts, such as the name in a path.
        let words = texts.flat_map(|text| text.split(|c| !in_word(c)));
        let all = words.flat_map(|word| word.split(|c: char| !c.is_alphanumeric()).chain([word]));
        Self {
            words: all.filter(|word| is_long(word)).map(str::to_lowercase).collect(),
        }
    }

    /// Hides these values too, in whole and in words.
    pub(super) fn and_secrets<'a>(mut self, values: impl IntoIterator<Item = &'a str>) -> Self {
        let words = values.into_iter().flat_map(|value| value.split(|c| !in_word(c)));
        let secrets = words.filter(|word| word.chars().nth(SHORTEST_SECRET - 1).is_some());
        self.words.extend(secrets.map(str::to_lowercase));
        self
    }

    /// Gives the text in one line, at most so many characters, with a `*` in place of each hidden word.
    pub(super) fn over(&self, text: &str, most: usize) -> String {
        let mut out = String::new();
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(|c| !in_word(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            out.push_str(if self.hides(word) { "*" } else { word });
            let Some(mark) = after.chars().next() else { break };
            out.push(if mark.is_control() { ' ' } else { mark });
            rest = &after[mark.len_utf8()..];
        }
        let cut = out.char_indices().nth(most).map_or(out.len(), |(at, _)| at);
        out.truncate(cut);
        out.trim().to_owned()
    }

    /// A word that is one of the alert's, a part of one or around one: `user=alice1` is cut elsewhere than the child's `alice`.
    fn hides(&self, word: &str) -> bool {
        let word = word.to_lowercase();
        is_long(&word)
            && self
                .words
                .iter()
                .any(|hidden| hidden.contains(&word) || word.contains(hidden.as_str()))
    }
}

impl fmt::Debug for Veil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Veil").field("words", &self.words.len()).finish()
    }
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || ".-_@:/\\".contains(c)
}

fn is_long(word: &str) -> bool {
    word.chars().nth(SHORTEST - 1).is_some()
}

#[cfg(test)]
mod tests {
    use triage_core::testing::evidence;

    use super::*;

    #[test]
    fn words_of_the_alert_are_hidden_and_others_stay() {
        let veil = Veil::of(&evidence());
        let said = veil.over(
            "KeyError: 'canary-7f3a91' in line 7\nset ACME_KEY; C:\\whoami WS-042:",
            200,
        );
        assert_eq!(said, "KeyError: '*' in line 7 set ACME_KEY; * *");
    }

    #[test]
    fn a_programs_secrets_are_hidden_too_and_are_not_in_debug() {
        let veil = Veil::default().and_secrets(["sk-S3cr3t-0123456789", "quick"]);
        let said = veil.over("quick: 401 for Bearer sk-S3cr3t-0123456789, or s3cr3t-0123", 200);
        assert_eq!(said, "quick: 401 for Bearer *, or *");
        assert_eq!(format!("{veil:?}"), "Veil { words: 1 }");
    }

    #[test]
    fn a_text_is_cut_at_a_character_and_holds_no_control_character() {
        let veil = Veil::default();
        assert_eq!(veil.over("\u{1b}[31mäöü\t!", 7), "[31mäö");
        assert_eq!(veil.over("", 5), "");
    }
}
