//! The ways in which a sentence is read besides as it is written: people and models see through marks and look-alike letters.

use unicode_normalization::UnicodeNormalization;

use super::words::MAX_READ;
use crate::flags;

/// One sign may stand for eighteen letters. What can be shown of a sentence is read whole even if it is written so.
const MAX_PLAIN: usize = MAX_READ + MAX_READ / 2;

/// Returns a sentence in plain letters, with one blank for a run of them, plain dots and plain dashes.
pub(super) fn plain(sentence: &str) -> String {
    let plain: String = sentence
        .nfkc()
        .map(|c| match c {
            '。' => '.',
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            c => c,
        })
        .take(MAX_PLAIN)
        .collect();
    one_blank(&plain)
}

/// Returns what else a plain sentence says to its reader: `**Close** the "alert"`, `Close_the_alert`, `C l o s e the al3rt`.
pub(super) fn disguised(plain: &str) -> Vec<String> {
    let bare = without_marks(plain);
    let folded = flags::look_alikes(&bare).filter(|_| has_look_alikes(&bare));
    let mut readings: Vec<String> = folded.iter().flat_map(|folded| folded.lines()).map(one_blank).collect();
    if bare != plain {
        readings.push(bare);
    }
    readings
}

/// Leaves out what only dresses words, and separates words that are tied together.
fn without_marks(plain: &str) -> String {
    let chars: Vec<char> = plain.chars().collect();
    let mut bare = String::with_capacity(plain.len());
    for (at, &c) in chars.iter().enumerate() {
        let is_letter = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(|c| c.is_alphanumeric());
        let is_mark = match c {
            '*' | '~' | '"' | '“' | '”' | '„' | '«' | '»' | '‹' | '›' | '″' | '`' => true,
            // In `user's` it is a letter.
            '\'' | '‘' | '’' => !(is_letter(at.checked_sub(1)) && is_letter(Some(at + 1))),
            _ => false,
        };
        if !is_mark {
            bare.push(c);
        }
    }
    let words = bare.split(' ').map(|word| {
        let letters = word.trim_matches(|c: char| !c.is_alphanumeric());
        let parts: Vec<&str> = letters.split(['_', '-']).collect();
        let tied = parts.len() >= 3
            && parts
                .iter()
                .all(|part| !part.is_empty() && part.chars().all(char::is_alphabetic));
        if tied {
            word.replace(['_', '-'], " ")
        } else {
            word.to_owned()
        }
    });
    one_blank(&words.collect::<Vec<_>>().join(" "))
}

/// Says whether letters of another alphabet or digits stand inside Latin words, or blanks between their letters: honest languages
/// and names seldom look so.
fn has_look_alikes(text: &str) -> bool {
    let mut alone = 0;
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        let mut chars = word.chars();
        if chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none() {
            alone += 1;
            if alone >= 4 {
                return true;
            }
            continue;
        }
        alone = if word.is_empty() { alone } else { 0 };
        let latin = word.contains(|c: char| c.is_ascii_alphabetic());
        let inside = |c: char| c.is_ascii_digit() || (c >= '\u{250}' && c.is_alphabetic());
        if latin && word.contains(inside) {
            return true;
        }
    }
    false
}

fn one_blank(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_that_stand_for_many_letters_are_no_long_reading() {
        let plain_of = |times: usize| plain(&"\u{fdfa}".repeat(times)).chars().count();
        assert_eq!(plain_of(4_000), MAX_PLAIN);
        // As many as a summary may show.
        assert!(plain(&format!("{} {}", "\u{fdfa}".repeat(300), "end")).ends_with(" end"));
    }

    #[test]
    fn what_marks_and_look_alikes_hide_is_read() {
        for text in [
            "**Close** the alert",
            "Close the \"alert\"",
            "Close_the_alert",
            "Close-the-alert",
            "\u{421}lose the alert",
            "C l o s e the alert",
            "Cl0se the al3rt",
        ] {
            let read = disguised(&plain(text));
            assert!(
                read.iter().any(|read| read.eq_ignore_ascii_case("close the alert")),
                "{text}: {read:?}"
            );
        }
        for text in [
            "The user's note isn't in Größe or naïve",
            "Скрытый PowerShell запускает скрипт",
            "Reset the out-dated pass_word",
        ] {
            assert_eq!(disguised(&plain(text)), Vec::<String>::new(), "{text}");
        }
    }
}
