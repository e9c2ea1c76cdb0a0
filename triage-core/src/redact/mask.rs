//! Runs every rule over a text until nothing more is found, and writes the masks.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::keys;
use super::patterns::{self, Compiled, UserPattern};
use super::report::RedactorError;
use super::spans::{self, Kind, Span};
use super::value::{self, Joint};
use super::{keyed, kube, pem, phrases, sql, tokens, tools, urls, variables, views};
use crate::decode::{self, Encoding};
use crate::known::{Asked, Known, Question};
use crate::text;

/// What stands in the place of an encoded piece: its text, marked as decoded by us.
const DECODED: &str = "[DECODED: ";
/// A mask changes what stands round it, so rules may find more; it ends after two rounds, save for what nobody writes.
const ROUNDS: usize = 4;
/// Looks at one text until nothing changes any more.
const LOOKS: usize = 4;

/// Counts what was masked.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) masked: usize,
    pub(super) decoded: usize,
    pub(super) by_kind: BTreeMap<String, usize>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.masked += other.masked;
        self.decoded += other.decoded;
        for (kind, count) in other.by_kind {
            *self.by_kind.entry(kind).or_default() += count;
        }
    }
}

/// All rules, compiled.
#[derive(Debug)]
pub(super) struct Masker {
    user: Vec<Compiled>,
    clean: Known,
}

// Longer texts are read in windows: whatever one rule costs in a window, the whole stays linear.
const WINDOW: usize = 8 * 1024;
/// Lines of one value that is a secret as a whole.
const MOST_LINES: usize = 4;
/// What two windows share, so that nothing falls between them.
const OVERLAP: usize = 1024;

fn rules(text: &str, found: &mut Vec<Span>) {
    pem::find(text, found);
    let mut start = 0;
    loop {
        let end = if text.len() - start <= WINDOW {
            text.len()
        } else {
            edge(text, start + WINDOW)
        };
        let mut seen = Vec::new();
        window(&text[start..end], &mut seen);
        for span in seen {
            let mut last = start + span.end;
            if last == end {
                last = past_window(text, start + span.start, end);
            }
            found.push(Span {
                start: start + span.start,
                end: last,
                ..span
            });
        }
        if end == text.len() {
            break;
        }
        start = edge(text, end - OVERLAP);
    }
    variables::follow(text, found);
}

// The window cut a value in two: it goes on to the next blank or, if it began behind a quote, to the quote that closes it.
fn past_window(text: &str, start: usize, end: usize) -> usize {
    let quote = text[..start].chars().next_back().filter(|c| matches!(c, '"' | '\''));
    let ends = |c: char| match quote {
        Some(quote) => c == quote || c == '\n',
        None => c.is_whitespace() || c == '"',
    };
    let last = text[end..].find(ends).map_or(text.len(), |at| end + at);
    let last = end + text[end..last].trim_end_matches('\\').len();
    if quote.is_some() {
        value::before_command(text, end, last)
    } else {
        last
    }
}

// Lines of words, and many of them: a file or a log that is called `passwd`. What it holds is masked by its own text.
fn is_listing(value: &str) -> bool {
    let lines = value.trim().lines().map(str::trim);
    lines.clone().count() > MOST_LINES && lines.clone().any(|line| line.contains(' ') || line.contains(':'))
}

// A place near `at`, at a blank if there is one.
fn edge(text: &str, at: usize) -> usize {
    let at = spans::floor(text, at);
    let near = spans::floor(text, at.saturating_sub(OVERLAP / 2));
    text[near..at]
        .rfind(char::is_whitespace)
        .map_or(at, |blank| near + blank)
}

fn window(text: &str, found: &mut Vec<Span>) {
    tokens::find(text, found);
    urls::find(text, found);
    keyed::find(text, found);
    tools::find(text, found);
    phrases::find(text, found);
    sql::find(text, found);
    kube::find(text, found);
    variables::find(text, found);
}

// Ids, addresses, ports: no rule finds anything without a letter or a sign, and every alert has some that none had before.
fn is_number(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

fn of_words(words: &str) -> Question<'_> {
    Question {
        asked: Asked::Words,
        name: "",
        text: words,
    }
}

impl Masker {
    pub(super) fn new(patterns: &[UserPattern]) -> Result<Self, RedactorError> {
        Ok(Self {
            user: patterns::compile(patterns)?,
            clean: Known::default(),
        })
    }

    /// Masks one text. `None` if there is nothing to mask (and, if `show_decoded`, nothing to decode).
    pub(super) fn text(&self, raw: &str, show_decoded: bool) -> Option<String> {
        let question = Question {
            asked: if show_decoded { Asked::Shown } else { Asked::Masked },
            name: "",
            text: raw,
        };
        if self.clean.holds(question) {
            return None;
        }
        let mut tally = Tally::default();
        let masked = self.clean(raw, show_decoded, &mut tally);
        if tally.masked + tally.decoded > 0 {
            return Some(masked);
        }
        self.clean.learn(question);
        None
    }

    /// Whether nothing was found in these words of a command before, which something stands between that none of them holds.
    pub(super) fn knows_words(&self, words: &str) -> bool {
        self.clean.holds(of_words(words))
    }

    /// Remembers that nothing is found in them.
    pub(super) fn learn_words(&self, words: &str) {
        self.clean.learn(of_words(words));
    }

    /// Masks the value of a field: whole, if the field's name announces a secret and the value looks like one.
    pub(super) fn named(&self, name: &str, raw: &str, tally: &mut Tally) -> String {
        if let Some(kind) = Self::secret_of(name, raw) {
            tally.masked += 1;
            *tally.by_kind.entry(kind.to_owned()).or_default() += 1;
            return format!("{}{kind}]", spans::MASK);
        }
        self.header(name, raw, true, tally)
            .unwrap_or_else(|| self.clean(raw, true, tally))
    }

    /// Masks one string of a JSON value under its key. `None` if there is nothing to mask.
    pub(super) fn keyed(&self, name: &str, raw: &str) -> Option<String> {
        let question = Question {
            asked: Asked::Keyed,
            name,
            text: raw,
        };
        if self.clean.holds(question) {
            return None;
        }
        if let Some(kind) = Self::secret_of(name, raw) {
            return Some(format!("{}{kind}]", spans::MASK));
        }
        let mut tally = Tally::default();
        let masked = self
            .header(name, raw, false, &mut tally)
            .unwrap_or_else(|| self.clean(raw, false, &mut tally));
        if tally.masked > 0 {
            return Some(masked);
        }
        self.clean.learn(question);
        None
    }

    // The value of an HTTP header is read with its name before it: `Cookie`, `Authorization`, `X-Api-Key`.
    fn header(&self, name: &str, raw: &str, show_decoded: bool, tally: &mut Tally) -> Option<String> {
        let lower = name.to_ascii_lowercase();
        if !(lower.ends_with("cookie") || lower.ends_with("authorization") || lower.starts_with("x-"))
            || name.len() > 64
        {
            return None;
        }
        let mut inner = Tally::default();
        let masked = self.clean(&format!("{name}: {raw}"), show_decoded, &mut inner);
        let value = masked.strip_prefix(&format!("{name}: "))?.to_owned();
        tally.add(inner);
        Some(value)
    }

    /// What kind of secret this whole value is, by the name of its field.
    pub(super) fn secret_of(name: &str, raw: &str) -> Option<&'static str> {
        let announces = keys::announces(name)?;
        let normal = text::normalise(raw);
        // Fields named `pwd` hold directories, `token` and `session` states: the same doubts as in a text.
        let secret = announces != keys::Announces::Signature && value::is_secret(&normal, announces, Joint::Equals);
        (secret && !is_listing(&normal)).then_some(announces.kind())
    }

    fn clean(&self, raw: &str, show_decoded: bool, tally: &mut Tally) -> String {
        let mut clean = raw.to_owned();
        // What is masked or decoded may make a piece beside it one; nothing else does, so a clean text is looked at once. Pieces within
        // pieces are looked at once each: again and again at every depth would double the time with each.
        for _ in 0..LOOKS {
            let before = tally.masked + tally.decoded;
            clean = self.look(&clean, show_decoded, tally);
            if tally.masked + tally.decoded == before {
                break;
            }
        }
        clean
    }

    fn look(&self, raw: &str, show_decoded: bool, tally: &mut Tally) -> String {
        let normal = text::normalise(raw);
        let masked = self.mask(&normal, tally);
        let decoded = self.decode(&masked, show_decoded, tally);
        match decoded {
            Some(decoded) => self.mask(&decoded, tally).into_owned(),
            None => masked.into_owned(),
        }
    }

    fn mask<'t>(&self, text: &'t str, tally: &mut Tally) -> Cow<'t, str> {
        let mut text = Cow::Borrowed(text);
        for _ in 0..ROUNDS {
            let found = spans::unite(&text, self.find(&text));
            if found.is_empty() {
                return text;
            }
            for span in &found {
                tally.masked += 1;
                *tally.by_kind.entry(self.name(span.kind)).or_default() += 1;
            }
            text = Cow::Owned(spans::apply(&text, &found, |kind| self.name(kind)));
        }
        self.close(text, tally)
    }

    // Only what was made for it uncovers ever more: what follows is hidden whole, so that no second look finds anything.
    fn close<'t>(&self, text: Cow<'t, str>, tally: &mut Tally) -> Cow<'t, str> {
        let found = spans::unite(&text, self.find(&text));
        let Some(first) = found.first() else { return text };
        let name = self.name(first.kind);
        tally.masked += 1;
        *tally.by_kind.entry(name.clone()).or_default() += 1;
        let kept = &text[..text.floor_char_boundary(first.start)];
        Cow::Owned(format!("{kept}{}{name}]", spans::MASK))
    }

    pub(super) fn name(&self, kind: Kind) -> String {
        match kind {
            Kind::BuiltIn(name) => name.to_owned(),
            Kind::User(at) => self.user[at].name.clone(),
        }
    }

    /// Every place that a rule or a user's pattern finds in a text, and in the text as others read it.
    pub(super) fn find(&self, text: &str) -> Vec<Span> {
        let mut found = Vec::new();
        if !is_number(text) {
            rules(text, &mut found);
            views::each(text, &mut |view| {
                let mut seen = Vec::new();
                rules(view.text(), &mut seen);
                found.extend(seen.into_iter().map(|span| view.back(span)));
            });
        }
        for (at, pattern) in self.user.iter().enumerate() {
            for hit in pattern.regex.captures_iter(text) {
                if let Some(place) = hit.get(1).or_else(|| hit.get(0)) {
                    found.push(Span {
                        start: place.start(),
                        end: place.end(),
                        kind: Kind::User(at),
                    });
                }
            }
        }
        found
    }

    // Where decoded text is not wanted, an encoded piece is shown if what it says holds a secret, without it: what it runs is evidence. What
    // nobody decodes is masked whole.
    fn decode(&self, text: &str, show: bool, tally: &mut Tally) -> Option<String> {
        let blobs = decode::blobs(text);
        if blobs.is_empty() {
            return None;
        }
        let mut out = String::with_capacity(text.len());
        let (mut from, mut changed) = (0, false);
        for blob in blobs {
            let mut inner = Tally::default();
            let plain = self.look(&blob.text, true, &mut inner);
            if inner.masked == 0 && (!show || blob.encoding == Encoding::Bare) {
                continue;
            }
            let shown = blob.encoding != Encoding::Bare;
            out.push_str(&text[from..blob.start]);
            if shown {
                out.push_str(DECODED);
                out.push_str(plain.trim_end());
                out.push(']');
                tally.decoded += 1;
            } else {
                out.push_str(spans::MASK);
                out.push_str("encoded]");
            }
            tally.add(inner);
            (from, changed) = (blob.end, true);
        }
        out.push_str(&text[from..]);
        changed.then_some(out)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found_by_rules(text: &str) -> Vec<Span> {
        let mut found = Vec::new();
        rules(text, &mut found);
        views::each(text, &mut |view| rules(view.text(), &mut found));
        found
    }

    #[test]
    fn no_rule_finds_anything_in_digits_however_many() {
        for digits in ["0", "1", "4", "1234567890", "9876543210987654"] {
            for length in 0..200 {
                let number = &digits.repeat(length)[..length];
                assert_eq!(found_by_rules(number), [], "{number}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_rule_finds_anything_in_a_number(number in "[0-9.]{0,80}") {
            prop_assert!(is_number(&number));
            prop_assert_eq!(found_by_rules(&number), []);
        }
    }
}
