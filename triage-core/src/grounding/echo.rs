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
    const LONGEST: usize = 60;
    // Short runs of characters, such as the zeros of a number, are no loop.
    const SHORTEST: usize = 24;
    let words: Vec<&str> = text.split_whitespace().collect();
    let by_words = first_loop(&words, LONGEST, |period| if period == 1 { TIMES + 1 } else { TIMES });
    if let Some((_, end)) = by_words {
        return Some(words[..end].join(" "));
    }
    // Not every script writes blanks.
    let chars: Vec<char> = text.chars().collect();
    let (start, end) = first_loop(&chars, LONGEST, |period| TIMES.max(SHORTEST.div_ceil(period)))?;
    (!is_in_a_number(&chars, start)).then(|| chars[..end].iter().collect())
}

/// Says whether a place is in a number that is written with as many digits as a digest or less.
fn is_in_a_number(chars: &[char], at: usize) -> bool {
    const DIGEST: usize = 128;
    // `2001:0db8:0000:…`, and ids of groups.
    let digit = |c: &&char| c.is_ascii_hexdigit() || matches!(c, ':' | '-');
    let before = chars[..at].iter().rev().take_while(digit).count();
    let after = chars[at..].iter().take_while(digit).count();
    let (first, last) = (at - before, at + after);
    let is_word = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric());
    before + after <= DIGEST
        && after > 0
        && chars[first..last].iter().any(char::is_ascii_alphanumeric)
        && !is_word(chars.get(last))
        && !is_word(first.checked_sub(1).and_then(|at| chars.get(at)))
}

/// Returns the first round of the first loop: of so many equal pieces in a row, two at least, as are asked for
/// pieces of that length.
fn first_loop<T: PartialEq>(items: &[T], longest: usize, times: impl Fn(usize) -> usize) -> Option<(usize, usize)> {
    for start in 0..items.len() {
        for period in 1..=longest {
            if (items.len() - start) / period < times(period) {
                continue;
            }
            // Most places differ at once.
            if items[start] != items[start + period] {
                continue;
            }
            let first = &items[start..start + period];
            let mut rounds = items[start..].chunks_exact(period).take(times(period));
            if rounds.all(|round| round == first) {
                return Some((start, start + period));
            }
        }
    }
    None
}

/// Returns the words of a text in lower case.
pub(super) fn words(text: &str) -> Vec<String> {
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
        let sentence = "This one sentence has as many as eighteen words in it and so it was never seen before.";
        assert_eq!(without_loop(&[sentence; 6].join(" ")).as_deref(), Some(sentence));
        assert_eq!(without_loop(&"safe,".repeat(200)).as_deref(), Some("safe,"));
        assert_eq!(
            without_loop(&"脚本被下载并执行".repeat(30)).as_deref(),
            Some("脚本被下载并执行")
        );
        assert_eq!(without_loop(&format!("the digest {}", "ab".repeat(64))), None);
        assert_eq!(
            without_loop("from 2001:0db8:0000:0000:0000:0000:0000:0005 it came"),
            None
        );
        assert!(without_loop(&"-".repeat(40)).is_some());
        assert_eq!(
            without_loop("id 00000000-0000-0000-0000-000000000000 and 0x0000000000000000"),
            None
        );
    }
}
