//! What a rule writes, as an anchored regular expression. The case of paths of Windows does not matter: of what has a backslash.

use regex::{Regex, RegexBuilder};
use regex_syntax::hir::{Class, Dot, Hir, HirKind};

use super::reading::has_way_up;

/// The text and nothing else.
pub(super) fn exactly(text: &str, fold_case: bool) -> Result<Regex, String> {
    anchored(&regex::escape(text), fold_case || text.contains('\\'))
}

/// `*` and `?` stay within one path component, `**` does not.
pub(super) fn glob(text: &str, fold_case: bool) -> Result<Regex, String> {
    let mut pattern = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '*' if rest.peek() == Some(&'*') => {
                rest.next();
                pattern.push_str("(?s:.*)");
            }
            '*' => pattern.push_str(r"[^/\\]*"),
            '?' => pattern.push_str(r"[^/\\]"),
            other => push(&mut pattern, other),
        }
    }
    anchored(&pattern, fold_case || text.contains('\\'))
}

/// The text, and whatever may follow.
pub(super) fn prefix(text: &str, fold_case: bool) -> Result<Regex, String> {
    let mut pattern = String::new();
    for c in text.chars() {
        push(&mut pattern, c);
    }
    anchored(&(pattern + "(?s:.*)"), fold_case || text.contains('\\'))
}

/// The character itself, and of a separator also the one with which an argument begins.
fn push(pattern: &mut String, c: char) {
    match c {
        '/' => pattern.push_str(r"[/\x{FDD0}]"),
        '\\' => pattern.push_str(r"[\\\x{FDD1}]"),
        other => pattern.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
    }
}

/// A regular expression as the rule has it.
pub(super) fn regex(text: &str, fold_case: bool) -> Result<Regex, String> {
    let names_backslash = || regex_syntax::parse(text).is_ok_and(|pattern| names_backslash(&pattern));
    anchored(text, fold_case || names_backslash())
}

/// Whether a backslash is meant somewhere, and not merely among all that may stand there.
fn names_backslash(pattern: &Hir) -> bool {
    match pattern.kind() {
        HirKind::Literal(literal) => literal.0.contains(&b'\\'),
        HirKind::Class(Class::Unicode(class)) => {
            let few = class
                .ranges()
                .iter()
                .map(regex_syntax::hir::ClassUnicodeRange::len)
                .sum::<usize>()
                <= FEW;
            few && class
                .ranges()
                .iter()
                .any(|range| (range.start()..=range.end()).contains(&'\\'))
        }
        HirKind::Repetition(repetition) => names_backslash(&repetition.sub),
        HirKind::Capture(capture) => names_backslash(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(names_backslash),
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(Class::Bytes(_)) => false,
    }
}

/// A set of so few characters names each of them: `[\\/]`.
const FEW: usize = 4;

/// Whether whatever fits has a way up (`..`) in it.
pub(super) fn always_leads_up(pattern: &Regex) -> bool {
    parsed(pattern).is_some_and(|pattern| leads_up(&pattern))
}

fn leads_up(pattern: &Hir) -> bool {
    match pattern.kind() {
        HirKind::Literal(literal) => str::from_utf8(&literal.0).is_ok_and(has_way_up),
        HirKind::Repetition(repetition) => repetition.min > 0 && leads_up(&repetition.sub),
        HirKind::Capture(capture) => leads_up(&capture.sub),
        HirKind::Concat(parts) => parts.iter().any(leads_up),
        HirKind::Alternation(parts) => parts.iter().all(leads_up),
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(_) => false,
    }
}

/// Whether it ends in whatever may follow, but no further than the line goes: `.*`.
pub(super) fn ends_with_the_line(pattern: &Regex) -> bool {
    let Some(pattern) = parsed(pattern) else { return false };
    let last = match pattern.kind() {
        HirKind::Concat(parts) => parts.last().unwrap_or(&pattern),
        _ => &pattern,
    };
    matches!(last.kind(), HirKind::Repetition(repetition) if repetition.max.is_none() && is_dot(&repetition.sub))
}

/// Whether it stands for every character but that which ends a line.
fn is_dot(pattern: &Hir) -> bool {
    *pattern == Hir::dot(Dot::AnyCharExceptLF) || *pattern == Hir::dot(Dot::AnyCharExceptCRLF)
}

/// What a pattern of ours means, without its anchors.
fn parsed(pattern: &Regex) -> Option<Hir> {
    let inner = pattern.as_str().strip_prefix(START)?.strip_suffix(END)?;
    regex_syntax::parse(inner).ok()
}

const START: &str = r"\A(?:";
const END: &str = r")\z";

fn anchored(pattern: &str, fold_case: bool) -> Result<Regex, String> {
    RegexBuilder::new(&format!("{START}{pattern}{END}"))
        .case_insensitive(fold_case)
        .size_limit(1 << 20)
        .build()
        .map_err(|error| {
            format!(
                "the pattern is not valid: {}",
                error.to_string().lines().last().unwrap_or("")
            )
        })
}
