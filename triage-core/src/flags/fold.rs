//! Reads through disguises: look-alike letters, digits for letters, shuffled letters, escapes.

use std::fmt::Write as _;

use unicode_normalization::char::{decompose_canonical, is_combining_mark};

/// The text with look-alike letters and digits read as the Latin letters they stand for, in lower case. `None` if nothing changes.
pub(super) fn look_alikes(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let mut out = String::with_capacity(lower.len());
    for word in lower.split_inclusive(|c: char| c.is_whitespace()) {
        let letters = word.chars().filter(|c| c.is_alphabetic()).count();
        // A number stays a number; only in a word is a digit a letter.
        let digits = word.chars().filter(char::is_ascii_digit).count();
        let leet = letters >= 2 && digits > 0 && digits <= letters + 2;
        for c in word.chars() {
            // `verdi̇ct`, `vérdict`: what is set above or below a letter changes nothing for who reads it.
            if is_combining_mark(c) && out.ends_with(|c: char| c.is_ascii_alphabetic()) {
                continue;
            }
            let c = bare(c);
            match plain(c) {
                Some(letter) => out.push(letter),
                None if leet => out.push(leet_letter(c)),
                None => out.push(c),
            }
        }
    }
    // Letters with blanks or dots between them: `i g n o r e`.
    let joined = join_single_letters(&out);
    if joined.is_none() && out == lower {
        return None;
    }
    if let Some(joined) = joined {
        let _ = write!(out, "\n{joined}");
    }
    Some(out)
}

/// Says whether two or more words of the vocabulary stand there with their inner letters shuffled: people and models read them.
pub(super) fn scrambled_instruction(text: &str) -> bool {
    const WORDS: [&str; 14] = [
        "ignore",
        "previous",
        "instructions",
        "disregard",
        "benign",
        "verdict",
        "positive",
        "override",
        "harmless",
        "assistant",
        "classify",
        "analyst",
        "system",
        "instruction",
    ];
    if text.len() < 12 {
        return false;
    }
    let (mut scrambled, mut exact) = (0, 0);
    for word in text
        .split(|c: char| !c.is_ascii_alphabetic())
        .filter(|word| (6..=12).contains(&word.len()))
    {
        let word = word.to_ascii_lowercase();
        if WORDS.contains(&word.as_str()) {
            exact += 1;
        } else if WORDS.iter().any(|known| same_letters(known, &word)) {
            scrambled += 1;
        }
    }
    scrambled >= 2 || scrambled >= 1 && exact >= 2
}

/// JavaScript and C escapes (`\u0069`, `\x69`) decoded. `None` if there are none.
pub(super) fn unescaped(text: &str) -> Option<String> {
    if !text.contains("\\u") && !text.contains("\\x") {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut changed = false;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let escape = &rest[at..];
        let digits = match escape.as_bytes().get(1) {
            Some(b'u') => 4,
            Some(b'x') => 2,
            _ => 0,
        };
        let code = escape
            .get(2..2 + digits)
            .filter(|hex| digits > 0 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
        if let Some(c) = code
            .and_then(|hex| u32::from_str_radix(hex, 16).ok())
            .and_then(char::from_u32)
        {
            out.push(c);
            rest = &escape[2 + digits..];
            changed = true;
        } else {
            out.push('\\');
            rest = &escape[1..];
        }
    }
    out.push_str(rest);
    changed.then_some(out)
}

/// Character references of HTML (`&lt;`, `&#105;`) read. `None` if there are none.
pub(super) fn entities(text: &str) -> Option<String> {
    if !text.contains('&') || !text.contains(';') {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut changed) = (text, false);
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let reference = &rest[at + 1..];
        let name = reference.as_bytes().iter().take(9).position(|&b| b == b';');
        let c = name.and_then(|end| match &reference[..end] {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "quot" => Some('"'),
            "nbsp" => Some(' '),
            number => {
                let number = number.strip_prefix('#')?;
                let code = number
                    .strip_prefix(['x', 'X'])
                    .map_or_else(|| number.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok());
                code.and_then(char::from_u32)
            }
        });
        if let (Some(c), Some(end)) = (c, name) {
            out.push(c);
            rest = &reference[end + 1..];
            changed = true;
        } else {
            out.push('&');
            rest = reference;
        }
    }
    out.push_str(rest);
    changed.then_some(out)
}

/// A text written backwards, where a word of an instruction stands in it so. `None` otherwise.
pub(super) fn reversed(text: &str) -> Option<String> {
    if text.len() < 12 || text.len() > 4096 {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    [
        "erongi",
        "snoitcurtsni",
        "tcidrev",
        "ngineb",
        "suoiverp",
        "dragersid",
        "evitisop",
    ]
    .iter()
    .any(|word| lower.contains(word))
    .then(|| lower.chars().rev().collect())
}

/// ROT13 of a text that holds no common word as it stands. `None` for short or plain text.
pub(super) fn rot13(text: &str) -> Option<String> {
    if text.len() < 16 || text.len() > 4096 {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    // `vtaber`, `vafgehpgvba`, `irqvpg`, `oravta`: what an instruction looks like in ROT13.
    if !["vtaber", "vafgehpgvba", "irqvpg", "oravta", "cerivbhf", "qvfertneq"]
        .iter()
        .any(|word| lower.contains(word))
    {
        return None;
    }
    let turn = |c: char, first: u8| char::from(first + (c as u8 - first + 13) % 26);
    Some(
        lower
            .chars()
            .map(|c| if c.is_ascii_lowercase() { turn(c, b'a') } else { c })
            .collect(),
    )
}

fn same_letters(known: &str, word: &str) -> bool {
    if known.len() != word.len() || known.as_bytes()[0] != word.as_bytes()[0] {
        return false;
    }
    let sorted = |text: &str| {
        let mut letters = text.as_bytes().to_vec();
        letters.sort_unstable();
        letters
    };
    sorted(known) == sorted(word)
}

fn join_single_letters(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut run = String::new();
    let mut found = false;
    for token in text.split([' ', '.', '-', '_', '*', '\n']) {
        let mut chars = token.chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) if c.is_alphanumeric() => run.push(c),
            (None, _) => {}
            _ => {
                found |= run.chars().count() >= 5;
                if !run.is_empty() {
                    let _ = write!(out, "{run} ");
                    run.clear();
                }
                let _ = write!(out, "{token} ");
            }
        }
    }
    found |= run.chars().count() >= 5;
    out.push_str(&run);
    found.then_some(out)
}

// The letter without its accents; a syllable of several letters stays.
fn bare(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    let (mut base, mut whole) = (None, false);
    decompose_canonical(c, |part| {
        whole |= base.is_some() && !is_combining_mark(part);
        base.get_or_insert(part);
    });
    base.filter(|_| !whole).unwrap_or(c)
}

fn leet_letter(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        '8' => 'b',
        '9' => 'g',
        c => c,
    }
}

/// The Latin letter that a small letter of another alphabet looks like, or a letter in a frame.
pub(super) fn plain(c: char) -> Option<char> {
    const FRAMED: [u32; 4] = [0x1_f130, 0x1_f150, 0x1_f170, 0x1_f1e6];
    if let Some(first) = FRAMED
        .into_iter()
        .find(|first| (*first..first + 26).contains(&u32::from(c)))
    {
        return char::from_digit(10 + u32::from(c) - first, 36);
    }
    Some(match c {
        'а' | 'α' | 'ɑ' | 'ａ' | 'ᴀ' => 'a',
        'в' | 'ь' | 'ƅ' | 'ʙ' => 'b',
        'с' | 'ϲ' | 'ᴄ' => 'c',
        'ԁ' | 'ɗ' | 'ᴅ' => 'd',
        'е' | 'ё' | 'є' | 'ε' | 'ҽ' | 'ᴇ' => 'e',
        'ƒ' | 'ꜰ' => 'f',
        'ɡ' | 'ց' | 'ǥ' | 'ɢ' => 'g',
        'һ' | 'հ' | 'н' | 'ʜ' => 'h',
        'і' | 'ι' | 'ı' | 'ӏ' | 'ї' | 'í' | 'ì' | 'ɪ' => 'i',
        'ј' | 'ϳ' | 'ᴊ' => 'j',
        'к' | 'κ' | 'ᴋ' => 'k',
        'ⅼ' | 'ʟ' | 'ᴌ' => 'l',
        'м' | 'ⅿ' | 'ᴍ' => 'm',
        'ո' | 'п' | 'ɴ' | 'η' | 'ռ' => 'n',
        'о' | 'ο' | 'օ' | 'σ' | 'ө' | 'ö' | 'ó' | 'ᴏ' => 'o',
        'р' | 'ρ' | 'ᴘ' => 'p',
        'ԛ' | 'զ' | 'ꞯ' => 'q',
        'г' | 'ɾ' | 'ʀ' => 'r',
        'ѕ' | 'ꜱ' | 'ʂ' => 's',
        'т' | 'τ' | 'ţ' | 'ᴛ' => 't',
        'υ' | 'ս' | 'μ' | 'ц' | 'ᴜ' => 'u',
        'ѵ' | 'ν' | 'ᴠ' => 'v',
        'ԝ' | 'ω' | 'ա' | 'ѡ' | 'ᴡ' => 'w',
        'х' | 'χ' | '×' => 'x',
        'у' | 'γ' | 'ү' | 'ყ' | 'ʏ' => 'y',
        'ᴢ' | 'ʐ' => 'z',
        _ => return None,
    })
}
