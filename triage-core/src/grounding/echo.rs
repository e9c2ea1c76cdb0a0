//! Words that a model copied from its prompt, or from itself.

use std::{collections::HashSet, sync::LazyLock};

use super::Repair;
use crate::prompt;

/// So many words in the order of the prompt are no coincidence.
const GRAM: usize = 8;
/// A whole sentence of the examples counts from this many words on.
const SHORT_SENTENCE: usize = 5;

struct Echoes {
    instructions: HashSet<u64>,
    examples: HashSet<u64>,
    sentences: HashSet<Vec<String>>,
}

static ECHOES: LazyLock<Echoes> = LazyLock::new(|| {
    let [instructions, examples] = prompt::constant_parts();
    Echoes {
        instructions: grams(&words(instructions)),
        examples: grams(&words(examples)),
        sentences: examples
            .split(['.', '"', '?', '|', '\n', '!'])
            .map(words)
            .filter(|words| words.len() >= SHORT_SENTENCE)
            .collect(),
    }
});

/// Says whether a sentence is one of the prompt's own.
pub(super) fn echo(sentence: &str) -> Option<Repair> {
    let words = words(sentence);
    if words.len() < SHORT_SENTENCE {
        return None;
    }
    if ECHOES.sentences.contains(&words) || grams(&words).iter().any(|gram| ECHOES.examples.contains(gram)) {
        return Some(Repair::ExampleEcho);
    }
    grams(&words)
        .iter()
        .any(|gram| ECHOES.instructions.contains(gram))
        .then_some(Repair::PromptEcho)
}

/// Cuts a text where it begins to repeat itself; `None` where it does not.
pub(super) fn without_loop(text: &str) -> Option<String> {
    const TIMES: usize = 4;
    const LONGEST: usize = 12;
    let words: Vec<&str> = text.split_whitespace().collect();
    for start in 0..words.len() {
        for period in 1..=LONGEST {
            let copies = (words.len() - start) / period;
            if copies < TIMES {
                break;
            }
            let times = if period == 1 { TIMES + 1 } else { TIMES };
            let first = &words[start..start + period];
            let repeats = words[start..]
                .chunks_exact(period)
                .take_while(|chunk| *chunk == first)
                .count();
            if repeats >= times {
                return Some(words[..start + period].join(" "));
            }
        }
    }
    None
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn grams(words: &[String]) -> HashSet<u64> {
    use std::hash::{DefaultHasher, Hash, Hasher};
    words
        .windows(GRAM)
        .map(|gram| {
            let mut hasher = DefaultHasher::new();
            gram.hash(&mut hasher);
            hasher.finish()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_of_an_example_and_of_the_instructions_is_recognised() {
        assert_eq!(
            echo("nightly backup agent listed SHADOW copies"),
            Some(Repair::ExampleEcho)
        );
        let [instructions, _] = prompt::constant_parts();
        let copied: Vec<&str> = instructions.split_whitespace().skip(20).take(14).collect();
        assert_eq!(echo(&copied.join(" ")), Some(Repair::PromptEcho));
        assert_eq!(
            echo("Hidden encoded PowerShell downloads and runs a remote script"),
            None
        );
    }

    #[test]
    fn a_loop_is_cut_at_its_first_round() {
        assert_eq!(
            without_loop(&format!("ok {}", "SAFE ".repeat(50))).as_deref(),
            Some("ok SAFE")
        );
        assert_eq!(
            without_loop(&"the host is fine and ".repeat(9)).as_deref(),
            Some("the host is fine and")
        );
        assert_eq!(without_loop("a b a b then more text follows here"), None);
        assert_eq!(without_loop("failed failed failed logons"), None);
    }
}
