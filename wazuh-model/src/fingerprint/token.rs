//! Words that nobody chose: programs make them up for one session, one request, one job.

use super::mask::is_hexadecimal;
use super::temporary::{is_spoken, joined};
use super::varies::words;

/// Whether a text is capitals and small letters in turn, with digits or without: `q8Zt1xKp`.
pub(super) fn is_random(text: &str) -> bool {
    const SHORTEST: usize = 8;
    let any = |wanted: fn(&u8) -> bool| text.bytes().any(|byte| wanted(&byte));
    text.len() >= SHORTEST
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && any(u8::is_ascii_uppercase)
        && any(u8::is_ascii_lowercase)
        && words(text).next().is_none()
        && !is_worded(text)
}

/// Whether a word was made up: it is random, or a digit stands before a letter, as in `3f9a1c`. Whoever numbers a name does so at its end
/// (`deb1984`), or calls something by a short name with a digit (`ec2user`).
pub(super) fn is_made_up(word: &str) -> bool {
    const SHORTEST: usize = 6;
    let mut digit = false;
    let is_mixed = word.len() >= SHORTEST
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && word.bytes().any(|byte| {
            digit |= byte.is_ascii_digit();
            digit && byte.is_ascii_alphabetic()
        });
    (is_mixed && (is_hexadecimal(word) || !begins_with_abbreviation(word))) || is_random(word)
}

/// Whether at least half of the letters are in words that can be spoken, each with a capital where it is joined: `UserLoggedOn`. Some words
/// turn up in letters that are long enough by chance.
fn is_worded(text: &str) -> bool {
    const SHORTEST: usize = 4;
    let is_word = |word: &&str| {
        word.len() >= SHORTEST && word.bytes().skip(1).all(|byte| byte.is_ascii_lowercase()) && is_spoken(word)
    };
    let parts = text.split(|c: char| !c.is_ascii_alphabetic());
    let spoken: usize = parts.flat_map(joined).filter(is_word).map(str::len).sum();
    spoken * 2 >= text.bytes().filter(u8::is_ascii_alphabetic).count()
}

/// Whether it is a word behind a short name with one digit in it: `ec2user`, `s3backup`.
fn begins_with_abbreviation(word: &str) -> bool {
    const LONGEST: usize = 2;
    let Some((before, after)) = word.split_once(|c: char| c.is_ascii_digit()) else {
        return false;
    };
    (1..=LONGEST).contains(&before.len())
        && after.len() > LONGEST
        && after.bytes().all(|byte| byte.is_ascii_alphabetic())
        && is_spoken(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_chose_is_told_from_names_with_numbers() {
        for word in [
            "3f9a1c",
            "0a1b2c3d4e5f60718",
            "q8zt1xkp",
            "20261129t040001z",
            "aBqZtRxKpLmW",
            "uBqZtRxKpLmWvXaTomoSxQrPzLkJhGfD",
        ] {
            assert!(is_made_up(word), "{word}");
        }
        for word in [
            "ad1234",
            "deb1984",
            "fab001",
            "DE0417",
            "admin1",
            "ec2user",
            "s3backup",
            "UserLoggedOn",
            "jane",
            "x2x4z",
            "1796000001",
            "",
        ] {
            assert!(!is_made_up(word), "{word}");
        }
    }
}
