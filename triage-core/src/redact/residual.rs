//! Looks for secrets in what the rules made, with patterns of its own: where both agree that nothing is left, the text may leave.
//!
//! Narrower than the rules on purpose: a hit means that an alert gets no model, so it must be a real one.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};

use crate::ascii;

/// How much of a secret is looked at to judge it, in bytes.
const LONGEST: usize = 512;

const KINDS: [(&str, &str); 13] = [
    (
        "private key",
        r"BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-{4,5}\s*[A-Za-z0-9+/]{24,}",
    ),
    ("github token", r"\bgh[pousr]_[A-Za-z0-9]{36}\b"),
    ("gitlab token", r"\bglpat-[A-Za-z0-9_-]{20}\b"),
    ("slack token", r"\bxox[bpars]-\d{8,}-[A-Za-z0-9-]{16,}"),
    ("stripe key", r"\bsk_live_[A-Za-z0-9]{20,}"),
    ("google key", r"\bAIza[A-Za-z0-9_-]{35}\b"),
    (
        "web token",
        r"\beyJ[A-Za-z0-9_-]{12,}\.eyJ[A-Za-z0-9_-]{12,}\.[A-Za-z0-9_-]{16,}",
    ),
    ("crypt hash", r"\$(?:6|5|y)\$[A-Za-z0-9./]{4,16}\$[A-Za-z0-9./]{40,}"),
    (
        "url password",
        r"\b(?:https?|ftp|postgres(?:ql)?|mysql|mongodb|redis|amqp)://[A-Za-z0-9._-]{1,40}:[A-Za-z0-9!$%^*_+.-]{6,64}@[A-Za-z0-9.-]{3,}",
    ),
    ("sendgrid key", r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b"),
    ("npm token", r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("vault token", r"\bhvs\.[A-Za-z0-9_-]{24,}"),
    ("openai key", r"\bsk-(?:proj-)[A-Za-z0-9_-]{32,}"),
];

static SHAPES: LazyLock<RegexSet> = LazyLock::new(|| {
    RegexSet::new(KINDS.iter().map(|(_, pattern)| *pattern)).expect("constant patterns that a test compiles")
});
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    ascii::compile(
        r#"(?i)\b(?:password|passwd|passphrase|secret|api[_-]?key|access[_-]?token|auth[_-]?token|client[_-]?secret)["']?\s?[:=]\s?["']?([A-Za-z0-9+/=_.~-]{24,})"#,
    )
});

// What `NAMED` begins with.
const NAMES: [&str; 16] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "apikey",
    "api_key",
    "api-key",
    "accesstoken",
    "access_token",
    "access-token",
    "authtoken",
    "auth_token",
    "auth-token",
    "clientsecret",
    "client_secret",
    "client-secret",
];

/// The word at the end of a name that announces a secret here; [`begins_random`] says whether one follows.
pub(super) fn announces(name: &str) -> Option<&str> {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    NAMES.iter().find_map(|word| {
        let start = name.len().checked_sub(word.len())?;
        let known = name.get(start..).filter(|end| end.eq_ignore_ascii_case(word))?;
        (start == 0 || !is_word(name.as_bytes()[start - 1])).then_some(known)
    })
}

/// What a text still seems to hold. Linear.
pub(super) fn detect(text: &str) -> Option<&'static str> {
    if let Some(at) = SHAPES.matches(text).iter().next() {
        return Some(KINDS[at].0);
    }
    NAMED
        .captures_iter(text)
        // `…:secret:prod/db-AbCdEf` is the name of a secret in an ARN, not what it holds.
        .filter(|found| found.get(0).is_none_or(|whole| !text[..whole.start()].ends_with(':')))
        .filter_map(|found| found.get(1))
        .any(|value| begins_random(value.as_str()))
        .then_some("named secret")
}

/// Whether a text begins with what can only be a secret, whatever stands before the name that announces it.
pub(super) fn begins_random(text: &str) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=_.~-".contains(byte);
    // `:=` and `==` are one sign.
    let text = text.strip_prefix('=').unwrap_or(text);
    let run = text.bytes().take(LONGEST).take_while(is_part).count();
    run >= 24 && is_random(&text[..run])
}

fn is_random(value: &str) -> bool {
    let has = |test: fn(&u8) -> bool| value.as_bytes().iter().any(test);
    // What follows a slash, a dot or a tilde at its start is a place, not a secret.
    !value.starts_with(['/', '.', '~'])
        && !value.contains("//")
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
        && bits_per_character(value) >= 3.5
}

#[expect(clippy::cast_precision_loss, reason = "lengths of a few hundred")]
fn bits_per_character(text: &str) -> f64 {
    let mut counts = [0_usize; 256];
    for &byte in text.as_bytes() {
        counts[usize::from(byte)] += 1;
    }
    let all = text.len() as f64;
    counts
        .iter()
        .filter(|&&n| n > 0)
        .map(|&n| n as f64 / all)
        .map(|share| -share * share.log2())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_pattern() {
        let value = "aB3dE5gH7jK9".repeat(3);
        for name in NAMES {
            let text = format!("max-{}={value}", name.to_uppercase());
            assert_eq!(detect(&text), Some("named secret"), "{name}");
            assert!(announces(&text[..text.len() - value.len() - 1]).is_some(), "{name}");
            if !name.contains('-') {
                assert_eq!(announces(&format!("x{name}")), None);
            }
        }
    }
}
