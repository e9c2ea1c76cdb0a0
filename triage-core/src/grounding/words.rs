//! The free words of a draft, sentence by sentence.

use std::{borrow::Cow, collections::BTreeMap, sync::LazyLock};

use regex::Regex;

use super::{Aside, Repair, advice, echo, indicator, known::Known, reading};
use crate::safe::{clip, defang, is_unseen, note_safe, regex};

/// No honest answer is longer; more is only work.
pub(super) const MAX_READ: usize = 4_000;
/// A sentence of so many words that is said again is a loop.
const MIN_REPEATED: usize = 5;
/// More indicators than this in one text are not listed, and neither are more in one answer.
const MAX_LISTED: usize = 5;
const MAX_LISTED_IN_ALL: usize = 20;
/// Nobody writes a list of so many items; the rest is not read.
const MAX_ITEMS: usize = 50;

/// Cleans free words and writes down what it changed.
pub(super) struct Words<'a> {
    known: &'a Known,
    aside: &'a Aside,
    pub(super) repairs: &'a mut Vec<Repair>,
}

impl<'a> Words<'a> {
    pub(super) fn new(known: &'a Known, aside: &'a Aside, repairs: &'a mut Vec<Repair>) -> Self {
        Self { known, aside, repairs }
    }

    /// Cleans running text: an objectionable sentence is left out, the others stay.
    pub(super) fn sentence(&mut self, field: &'static str, text: &str, max: usize) -> String {
        let text = self.plain(field, text);
        let mut kept = String::new();
        let mut said = Vec::new();
        for sentence in sentences(&text) {
            let words = echo::words(sentence);
            if words.len() >= MIN_REPEATED && said.contains(&words) {
                self.repairs.push(Repair::Repetition);
                continue;
            }
            said.push(words);
            if let Some(repair) = self.objection(sentence, false) {
                self.repairs.push(repair);
                continue;
            }
            if !kept.is_empty() {
                kept.push(' ');
            }
            kept.push_str(sentence.trim());
        }
        let kept = self.without_unknown_indicators(&kept);
        self.finished(field, &kept, max)
    }

    /// Cleans what a fact is said to show: as running text, and what it quotes must occur.
    pub(super) fn shows(&mut self, text: &str, max: usize) -> String {
        let text = &clip(text, MAX_READ);
        let wrong: Vec<_> = indicator::quotations(text)
            .into_iter()
            .filter(|(_, words)| !self.known.holds_quote(words))
            .map(|(range, _)| range)
            .collect();
        if wrong.is_empty() {
            return self.sentence("evidence", text, max);
        }
        self.repairs.push(Repair::QuoteNotInAlert);
        let text = indicator::replace(text, &wrong, "(not in the alert)");
        self.sentence("evidence", &text, max)
    }

    /// Cleans a list whose items are carried out: an objectionable item is left out as a whole.
    pub(super) fn steps(&mut self, field: &'static str, items: &[String], most: usize, max: usize) -> Vec<String> {
        let mut kept: Vec<String> = Vec::new();
        if items.len() > MAX_ITEMS {
            self.repairs.push(Repair::TooMany(field));
        }
        for item in items.iter().take(MAX_ITEMS) {
            let text = self.plain(field, item);
            if text.trim().is_empty() {
                continue;
            }
            let objection = self
                .objection(&text, true)
                .or_else(|| sentences(&text).find_map(|part| self.objection(part, true)));
            if let Some(repair) = objection {
                self.repairs.push(repair);
                continue;
            }
            if !indicator::destinations(&text, self.known).is_empty() {
                self.repairs.push(Repair::UrlNotInAlert);
                continue;
            }
            let unknown = self.unknown_indicators(&text);
            if !unknown.is_empty() {
                self.list(unknown);
                continue;
            }
            let step = self.finished(field, text.trim_start_matches(['-', '*', '•', ' ']), max);
            if step.is_empty() || kept.contains(&step) {
                self.repairs.push(Repair::Repetition);
                continue;
            }
            if kept.len() == most {
                self.repairs.push(Repair::TooMany(field));
                break;
            }
            kept.push(step);
        }
        kept
    }

    /// One line without markup or loops, and notes what that took.
    fn plain(&mut self, field: &'static str, text: &str) -> String {
        static ENTITY: LazyLock<Regex> =
            LazyLock::new(|| regex(r"(?i)&(?:#x?[0-9a-f]|[a-z][a-z0-9]+;|(?:lt|gt|quot|amp|nbsp)\b)"));
        static TAG: LazyLock<Regex> = LazyLock::new(|| regex(r"<[/!?]?[A-Za-z][^<>]{0,300}>?|</?[A-Za-z]"));
        let acts = |c: char| {
            matches!(c, '<' | '>' | '`' | '[' | ']' | '\u{85}' | '\u{2028}' | '\u{2029}')
                || c.is_control()
                || is_unseen(c)
        };
        // What a careful triager has defanged is compared, and defanged again, like the rest.
        let mut text = without_defanging(&clip(text, MAX_READ)).into_owned();
        if text.chars().any(acts) || text.contains("{{") || text.contains("{%") || ENTITY.is_match(&text) {
            self.repairs.push(Repair::Characters(field));
        }
        if indicator::links(&text).is_empty() {
            text = TAG.replace_all(&text, " ").into_owned();
        }
        let text: String = text
            .chars()
            .filter(|c| !is_unseen(*c))
            .map(|c| if c.is_control() || c.is_whitespace() { ' ' } else { c })
            .collect();
        let text = text.trim();
        let Some(cut) = echo::without_loop(text) else {
            return text.to_owned();
        };
        self.repairs.push(Repair::Repetition);
        cut
    }

    /// Says what is wrong with a sentence as it is written, or as it is read: in plain letters, without marks, with names.
    fn objection(&self, sentence: &str, is_step: bool) -> Option<Repair> {
        let wrong = self.objection_as_written(sentence, is_step);
        if wrong.is_some() {
            return wrong;
        }
        let plain = reading::plain(sentence);
        let as_plain = || {
            let same = plain == sentence.trim();
            let wrong = (!same).then(|| self.objection_as_written(&plain, is_step)).flatten();
            wrong.or_else(|| (!same).then(|| self.hidden_indicator(sentence, &plain)).flatten())
        };
        let in_disguise = || {
            let mut read = reading::disguised(&plain).into_iter();
            read.find_map(|read| advice::objection_in_disguise(&read, is_step))
        };
        let with_names = || {
            let named = restored(sentence, &self.aside.labels);
            let same = named == sentence;
            (!same)
                .then(|| advice::objection_in_disguise(&named, is_step))
                .flatten()
        };
        as_plain().or_else(in_disguise).or_else(with_names)
    }

    /// An indicator that only shows in plain letters: `192。0。2。77`.
    fn hidden_indicator(&self, sentence: &str, plain: &str) -> Option<Repair> {
        let hidden = self.unknown_indicators(plain);
        (hidden.len() > self.unknown_indicators(sentence).len())
            .then(|| hidden.into_iter().next())
            .flatten()
    }

    fn objection_as_written(&self, sentence: &str, is_step: bool) -> Option<Repair> {
        let advice = if is_step {
            advice::objection_to_step(sentence, self.known)
        } else {
            advice::objection(sentence)
        };
        if advice.is_some() {
            return advice;
        }
        if let Some(repair) = echo::echo(sentence) {
            return Some(repair);
        }
        let mut links = indicator::links(sentence).into_iter();
        let foreign = links.any(|range| !self.is_own_link(&sentence[range]));
        foreign.then_some(Repair::UrlNotInAlert)
    }

    /// A link may be named where the alert holds it as it is; it is defanged all the same.
    fn is_own_link(&self, link: &str) -> bool {
        !link.starts_with("](")
            && self
                .known
                .holds_token(link.trim_end_matches(['.', ',', ')', ';', '!', '?', '\'', '"']))
    }

    fn unknown_indicators(&self, text: &str) -> Vec<Repair> {
        let mut found: Vec<Repair> = indicator::unknown(text, self.known)
            .into_iter()
            .map(|range| Repair::UnknownIndicator(clip(&note_safe(&text[range]), 80)))
            .collect();
        found.truncate(MAX_LISTED);
        found
    }

    /// Writes indicators down, up to a number that somebody would read.
    fn list(&mut self, unknown: Vec<Repair>) {
        let listed = |repair: &&Repair| matches!(repair, Repair::UnknownIndicator(_));
        let room = MAX_LISTED_IN_ALL.saturating_sub(self.repairs.iter().filter(listed).count());
        self.repairs.extend(unknown.into_iter().take(room));
    }

    fn without_unknown_indicators(&mut self, text: &str) -> String {
        self.list(self.unknown_indicators(text));
        indicator::replace(text, &indicator::unknown(text, self.known), "(not in the alert)")
    }

    /// Names restored, safe, short, defanged.
    fn finished(&mut self, field: &'static str, text: &str, max: usize) -> String {
        for label in labels(text).filter(|label| !self.aside.labels.contains_key(*label)) {
            if !self.known.holds_token(label) {
                self.repairs.push(Repair::UnknownPlaceholder(label.to_owned()));
            }
        }
        let safe = note_safe(&restored(text, &self.aside.labels));
        let short = clip(&safe, max);
        if short != safe {
            self.repairs.push(Repair::Cut(field));
        }
        defang(&short)
    }
}

/// Turns what was written so that nobody follows it into what it names.
fn without_defanging(text: &str) -> Cow<'_, str> {
    static DOT: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)(?:\[(?:\.|dot)\]|\((?:\.|dot)\)|\{(?:\.|dot)\})"));
    match DOT.replace_all(text, ".") {
        Cow::Borrowed(text) if !text.contains("[:]") => Cow::Borrowed(text),
        text => Cow::Owned(text.replace("[:]", ":")),
    }
}

/// Returns the sentences of a text; the stop stays with its sentence.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.trim().is_empty() {
            return None;
        }
        let end = rest
            .char_indices()
            .find(|(at, c)| matches!(c, '.' | '!' | '?' | ';' | '。') && rest[at + c.len_utf8()..].starts_with(' '))
            .map_or(rest.len(), |(at, c)| at + c.len_utf8());
        let (sentence, after) = rest.split_at(end);
        rest = after;
        Some(sentence)
    })
}

static LABEL: LazyLock<Regex> = LazyLock::new(|| regex(r"\b(?:USER|HOST|IP_INT|EMAIL|DOMAIN)_\d{1,4}\b"));

fn labels(text: &str) -> impl Iterator<Item = &str> {
    LABEL.find_iter(text).map(|label| label.as_str())
}

/// Puts the names of this alert back, whole labels only.
pub(super) fn restored(text: &str, names: &BTreeMap<String, String>) -> String {
    if names.is_empty() {
        return text.to_owned();
    }
    LABEL
        .replace_all(text, |found: &regex::Captures<'_>| {
            names.get(&found[0]).cloned().unwrap_or_else(|| found[0].to_owned())
        })
        .into_owned()
}
