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

/// Whether a word was surely made up, though it stands where people write their names: it is hexadecimal, its numbers stand between
/// letters, or it is long and has nothing to speak in it.
pub(super) fn is_token(word: &str) -> bool {
    const LONG: usize = 16;
    const OF_LETTERS: usize = 24;
    const SPOKEN: usize = 4;
    if !is_made_up(word) {
        return false;
    }
    if word.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return word.len() >= OF_LETTERS;
    }
    let bytes = word.as_bytes();
    let turns = bytes
        .windows(2)
        .filter(|pair| pair[0].is_ascii_digit() && pair[1].is_ascii_alphabetic())
        .count();
    let is_said = || {
        word.split(|c: char| !c.is_ascii_alphabetic())
            .flat_map(joined)
            .any(|part| part.len() >= SPOKEN && is_spoken(part))
    };
    turns >= 2 || (turns == 1 && is_hexadecimal(word)) || (word.len() >= LONG && !is_said())
}

/// What a text begins with that was made up, if its name says so (`request_id=`).
pub(super) fn id_at_start(text: &str, is_named: impl Fn() -> bool) -> Option<&str> {
    const SHORTEST: usize = 8;
    let length = run(text, b"+/@");
    let end = text[length..].bytes().take(2).take_while(|byte| *byte == b'=').count();
    let word = &text[..length + end];
    // Most words are told at the first look.
    let may_be = word.len() >= SHORTEST && changes(word).nth(1).is_some();
    // Somebody keeps such a key.
    (may_be && is_named() && !word.starts_with("AKIA") && is_id(word)).then_some(word)
}

/// How many bytes at the start of a text are letters, digits, what joins them, or one of these.
pub(super) fn run(text: &str, more: &[u8]) -> usize {
    const LONGEST: usize = 128;
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') || more.contains(byte);
    text.bytes().take(LONGEST).take_while(is_part).count()
}

/// Whether a text may be what a request or a session was called, where a name says that it is.
fn is_id(text: &str) -> bool {
    const LONG: usize = 12;
    let plain = letters_and_digits(text);
    let count = |wanted: fn(&u8) -> bool| plain.bytes().filter(wanted).count();
    let is_mixed = || text.len() >= LONG && count(u8::is_ascii_digit) >= 2 && count(u8::is_ascii_alphabetic) >= 4;
    !words(text).any(is_spoken) && (is_random(&plain) || (is_mixed() && is_made_up(&plain)))
}

/// Whether nobody can have chosen a word, whatever stands before it: the more it says of how it was made, the shorter it may be.
pub(super) fn is_number_of_its_own(word: &str) -> bool {
    const WITH_DIGITS: usize = 12;
    const OF_ONE_CASE: usize = 14;
    const OF_LETTERS: usize = 20;
    let plain = letters_and_digits(word);
    let has_digits = plain.bytes().any(|byte| byte.is_ascii_digit());
    let shortest = match (plain.len() == word.len(), is_random(&plain)) {
        (true, true) if has_digits => WITH_DIGITS,
        (true, false) => OF_ONE_CASE,
        (_, true) => OF_LETTERS,
        (false, false) => return false,
    };
    word.len() >= shortest
        && changes(&plain).count() * if has_digits { 5 } else { 6 } >= plain.len()
        && is_made_up(&plain)
        && (is_full_of_numbers(&plain) || !is_worded(word))
}

/// Whether three numbers or more stand in a word, and a fifth of it is digits: whatever can be spoken between them is so by chance.
fn is_full_of_numbers(word: &str) -> bool {
    let numbers = word
        .split(|c: char| !c.is_ascii_digit())
        .filter(|number| !number.is_empty());
    numbers.clone().nth(2).is_some() && numbers.map(str::len).sum::<usize>() * 5 >= word.len()
}

fn letters_and_digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// Where a text changes between letters and digits, or from small letters to capitals.
fn changes(text: &str) -> impl Iterator<Item = usize> {
    let kind = |byte: u8| match byte {
        b'0'..=b'9' => 0,
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        _ => 3,
    };
    text.as_bytes().windows(2).enumerate().filter_map(move |(at, pair)| {
        let (one, other) = (kind(pair[0]), kind(pair[1]));
        // A word begins with a capital.
        (one != other && one != 3 && other != 3 && (one, other) != (2, 1)).then_some(at)
    })
}

/// Whether at least half of the letters are in words that can be spoken, each with a capital where it is joined: `UserLoggedOn`. Some words
/// turn up in letters that are long enough by chance.
fn is_worded(text: &str) -> bool {
    const SHORTEST: usize = 4;
    let is_of_one_case = |word: &str| {
        word.bytes().skip(1).all(|byte| byte.is_ascii_lowercase()) || word.bytes().all(|byte| byte.is_ascii_uppercase())
    };
    // By chance four consonants stand in a row too often.
    let is_easy = |word: &str| {
        word.split(|c: char| "aeiouyAEIOUY".contains(c))
            .all(|part| part.len() < 4)
    };
    let is_word = |word: &&str| word.len() >= SHORTEST && is_of_one_case(word) && is_spoken(word) && is_easy(word);
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

    #[test]
    fn what_was_made_up_is_found_at_the_start_of_a_text_and_names_are_not() {
        for text in [
            "q8Zt1xKpM2wR7yLb denied",
            "a8+Zt1xKp/m2wR7y== x",
            "YXNkZmdo@jk-lK3J4aDI",
            "aBqZtRxKpLmW x",
        ] {
            let end = text.find(' ').unwrap_or(text.len());
            assert_eq!(id_at_start(text, || true), Some(&text[..end]), "{text}");
            assert_eq!(id_at_start(text, || false), None, "{text}");
        }
        for text in [
            "denied",
            "GHSA-jfh8-c2jp-5v3r",
            "svc-backup-admin01",
            "web01",
            "UserLoggedOn",
            "token-expired-17",
            "AKIAI44QH8DHBEXAMPLE",
            "",
        ] {
            assert_eq!(id_at_start(text, || true), None, "{text}");
        }
        for word in ["4bRfGhJkLmNpQrS", "4AT4ND7T661739", "CHhAvVGS1DHFjwGM9"] {
            assert!(is_number_of_its_own(word), "{word}");
        }
        for word in [
            "SeImpersonatePrivilege",
            "GigabitEthernet1",
            "FIN-SRV-DB01-DC02-X3",
            "Win32Trojan",
            "ip-10-0-0-1",
            "PowerShell7Core2Azure4",
            "Microsoft-Windows-Sysmon",
        ] {
            assert!(!is_number_of_its_own(word), "{word}");
        }
    }
}
