//! Private keys in text form: PEM, PGP, `PuTTY`, and their bodies without a head.

use std::sync::LazyLock;

use regex::Regex;

use super::spans::{self, Span};
use crate::ascii;

static BEGIN: LazyLock<Regex> = LazyLock::new(|| {
    ascii::compile(
        r"-{5}BEGIN OpenVPN Static key V1-{5}|(?:-{1,5} ?)?BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)? ?-{4,5}|Private-Lines: ?\d{1,3}|---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----",
    )
});
static END: LazyLock<Regex> =
    LazyLock::new(|| ascii::compile(r"-{4,5} ?END (?:(?:[A-Z0-9]+ ){0,4}PRIVATE KEY|OpenVPN Static key)"));
// The first bytes of OpenSSH, PKCS #8 and PKCS #1 keys in Base64, where somebody cut the head off.
static BODY: LazyLock<Regex> = LazyLock::new(|| {
    ascii::compile(
        r"b3BlbnNzaC1rZXktdjE[A-Za-z0-9+/=]{8,}|\bMII[A-Za-z0-9+/]{1,3}[IQg]BA[A-D][A-Za-z0-9+/]{12,}={0,2}(?:(?:\\r|\\n|[\r\n ]){1,4}[A-Za-z0-9+/]{40,}={0,2})*(?:(?:\\r|\\n|[\r\n ]){1,4}(?:[A-Za-z0-9+/]{20,}={0,2}|[A-Za-z0-9+/]{2,}={1,2}))?|\bMC4CAQAwBQYDK2Vw[A-Za-z0-9+/=]{20,}|\bMH[cg]CAQEE[A-Za-z0-9+/=]{30,}|\bMIG[HT]AgEAM[A-Za-z0-9+/=]{40,}",
    )
});

/// What a log may write before each line of a key, in bytes.
const LONGEST_PREFIX: usize = 80;
/// Fewest signs of a whole line of a key.
const LONG_WORD: usize = 32;

/// Finds the bodies of private keys. Their first and last lines stay: they say what it was. Linear.
pub(super) fn find(text: &str, out: &mut Vec<Span>) {
    if text.contains("KEY") || text.contains("Private-Lines") || text.contains("Static key") {
        let mut begins = BEGIN.find_iter(text).peekable();
        while let Some(begin) = begins.next() {
            // Not beyond the next one: a line full of first lines would be searched for an end once for each.
            let limit = begins.peek().map_or(text.len(), regex::Match::start);
            let end = body_end(&text[..limit], begin.end());
            push_body(text, begin.end(), end, out);
            if end == begin.end() || text[end..].starts_with('\n') || !text[..end].ends_with('\n') {
                logged_body(&text[..limit], begin.start(), begin.end(), out);
            }
        }
        let mut from = 0;
        for end in END.find_iter(text) {
            headless_body(text, from, end.start(), out);
            from = end.end();
        }
    }
    if text.contains("MI") || text.contains("MC4") || text.contains("MH") || text.contains("b3Blbn") {
        for body in BODY.find_iter(text) {
            out.push(Span::new(body.start(), body.end(), "private-key"));
        }
    }
}

// A key that went through a log: each of its lines stands behind what the first line stands behind, or something as short.
fn logged_body(text: &str, begin: usize, start: usize, out: &mut Vec<Span>) {
    // No further back than a prefix is long: many keys in one line would each look for its beginning.
    let from = spans::floor(text, begin.saturating_sub(LONGEST_PREFIX + 1));
    let line_start = match text[from..begin].rfind('\n') {
        Some(at) => from + at + 1,
        None if from == 0 => 0,
        None => return,
    };
    let prefix = &text[line_start..begin];
    if prefix.trim().is_empty() || prefix.len() > LONGEST_PREFIX {
        return;
    }
    let Some(first) = text[start..].find('\n') else { return };
    let mut at = start + first + 1;
    for line in text[at..].split_inclusive('\n') {
        if END.is_match(line) {
            return;
        }
        let inner = line.strip_prefix(prefix).map_or_else(
            || key_of(line, LONG_WORD).unwrap_or_default(),
            |inner| &inner[..words_of_key(inner)],
        );
        if inner.trim().is_empty() {
            return;
        }
        let from = at + (inner.as_ptr() as usize - line.as_ptr() as usize);
        push_body(text, from, from + inner.len(), out);
        at += line.len();
    }
}

// A key whose beginning was cut off: the lines before its last one.
fn headless_body(text: &str, from: usize, end: usize, out: &mut Vec<Span>) {
    let Some(last) = text[from..end].rfind('\n') else {
        return;
    };
    let mut at = from + last;
    // The last line of a key may be short; with no long one before it, it is a word of something else.
    let mut short = None;
    for line in text[from..at].rsplit('\n') {
        let start = at - line.len();
        let least = if at == from + last { 2 } else { LONG_WORD };
        let Some(word) = key_of(line, least) else { return };
        let word_start = start + line.trim_end().len() - word.len();
        let span = Span::new(word_start, word_start + word.len(), "private-key");
        if word.len() < LONG_WORD {
            short = Some(span);
        } else {
            out.extend(short.take());
            out.push(span);
        }
        at = start.saturating_sub(1).max(from);
    }
}

// The Base64 or hexadecimal at the end of a line of a key, with something short before it.
fn key_of(line: &str, least: usize) -> Option<&str> {
    let line = line.trim_end();
    let word = line.rsplit([' ', '\t', '|']).next()?;
    let key = word
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='));
    (key && word.len() >= least && line.len() - word.len() <= LONGEST_PREFIX).then_some(word)
}

// The body ends at the END line, or where something stands that no key holds: a cut key must not hide the rest of a command.
fn body_end(text: &str, start: usize) -> usize {
    let mut end = start;
    for line in text[start..].split_inclusive('\n') {
        if let Some(found) = END.find(line) {
            return end + found.start();
        }
        let kept = words_of_key(line);
        end += kept;
        if kept < line.len() {
            return end;
        }
    }
    end
}

// Bytes at the start of a line that may belong to a key: Base64 words, and header lines such as `Proc-Type: 4,ENCRYPTED`.
fn words_of_key(line: &str) -> usize {
    const HEADERS: [&str; 12] = [
        "Proc-Type:",
        "DEK-Info:",
        "Comment:",
        "Version:",
        "Encryption:",
        "Public-Lines:",
        "Private-Lines:",
        "Private-MAC:",
        "Private-Hash:",
        "Key-Derivation:",
        "Argon2-",
        "Subject:",
    ];
    if line.len() < 200 && HEADERS.iter().any(|header| line.trim_start().starts_with(header)) {
        return line.len();
    }
    let mut kept = 0;
    for word in line.split_inclusive([' ', '\n', '\t']) {
        let bare = word.trim();
        // `\n` as two characters, as in JSON, or the escape of a shell.
        let is_key = |b: &u8| {
            b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'\\' | b'"' | b'-' | b'_' | b',' | b':')
        };
        let key = bare.bytes().take_while(|b| is_key(b)).count();
        let long = key >= 12 || bare.is_empty() || bare.ends_with('=') || bare.starts_with('\\');
        if !long || key < bare.len() {
            // A key with something glued to its end is a key up to there.
            return kept
                + if key >= 12 {
                    word.len() - word.trim_start().len() + key
                } else {
                    0
                };
        }
        kept += word.len();
    }
    kept
}

fn push_body(text: &str, start: usize, end: usize, out: &mut Vec<Span>) {
    let body = &text[start..end];
    let first = body.len() - body.trim_start_matches(|c: char| c.is_whitespace() || c == '-').len();
    let last = body
        .trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '\\' | '"'))
        .len();
    // A literal `\n` before the body is not the body.
    let skip = if body[first.min(body.len())..].starts_with("\\n") {
        2
    } else {
        0
    };
    if first + skip < last && body[first + skip..last].chars().any(char::is_alphanumeric) {
        out.push(Span::new(start + first + skip, start + last, "private-key"));
    }
}
