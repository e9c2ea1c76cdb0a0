//! From signals to an opinion.

use std::sync::LazyLock;

use regex::Regex;

use super::{
    table::TABLES,
    view::{Entry, Place, View},
};
use crate::{Disposition, Evidence, Severity, safe::regex};

/// One line of the table.
pub(super) struct Signal {
    /// Short name, for notes and floors.
    pub(super) name: &'static str,
    /// How much it speaks for an attack (above 0) or for ordinary work (below).
    pub(super) weight: i32,
    /// The technique that it shows; empty for none.
    pub(super) technique: &'static str,
    /// What it shows, in words for a note.
    pub(super) says: &'static str,
    /// What must hold, all of it.
    pub(super) when: &'static [Test],
    /// Whether it may close an alert without another that may: who acts, or from where, says little about what is done.
    pub(super) closes: bool,
}

/// One condition.
pub(super) enum Test {
    /// Some word at this place matches; for ordinary work only a word that nobody but the system, a product or the rule writes there.
    Has(Place, &'static str),
    /// No word at this place matches.
    Lacks(Place, &'static str),
    /// A field of one of these whole paths, in lower case and with `|` between them, holds this value, the whole of it.
    Is(&'static str, &'static str),
    /// No field of these paths holds this value.
    Isnt(&'static str, &'static str),
}

enum Look {
    /// At every word of a place.
    At(Place),
    /// At the words of a place that may speak for an alert.
    AtSure(Place),
    /// At the fields of these paths.
    In(Vec<&'static str>),
}

struct Compiled {
    signal: &'static Signal,
    tests: Vec<(bool, Look, Regex)>,
}

static COMPILED: LazyLock<Vec<Compiled>> = LazyLock::new(|| {
    let signals = TABLES.iter().flat_map(|table| table.iter());
    signals
        .map(|signal| Compiled {
            signal,
            tests: signal.when.iter().map(|test| compiled(signal.weight, test)).collect(),
        })
        .collect()
});

fn compiled(weight: i32, test: &Test) -> (bool, Look, Regex) {
    match *test {
        Test::Has(place, pattern) if weight < 0 => (true, Look::AtSure(place), by_line(pattern)),
        Test::Has(place, pattern) => (true, Look::At(place), by_line(pattern)),
        // What takes weight from an attack speaks for the alert too; a rule may repeat a field in its title, and a program carries
        // a second name that its maker chose.
        Test::Lacks(place @ (Place::Title | Place::Process), pattern) if weight > 0 => {
            (false, Look::AtSure(place), by_line(pattern))
        }
        Test::Lacks(place, pattern) => (false, Look::At(place), by_line(pattern)),
        Test::Is(paths, value) => (true, Look::In(paths.split('|').collect()), whole(value)),
        Test::Isnt(paths, value) => (false, Look::In(paths.split('|').collect()), whole(value)),
    }
}

fn whole(value: &str) -> Regex {
    regex(&ascii(&format!("^(?:{value})$")))
}

/// `^` and `$` are the ends of an entry, which is a line.
fn by_line(pattern: &str) -> Regex {
    regex(&ascii(&format!("(?m){pattern}")))
}

/// Takes `\w`, `\d` and `\b` for those of ASCII, in which all words of the table are: those of Unicode cost megabytes.
fn ascii(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() * 2);
    let mut in_class = false;
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            in_class = letter == '[' || in_class && letter != ']';
            out.push(letter);
            continue;
        }
        match (letters.next(), in_class) {
            (Some('w'), true) => out.push_str("a-z0-9_"),
            (Some('w'), false) => out.push_str("[a-z0-9_]"),
            (Some('d'), true) => out.push_str("0-9"),
            (Some('d'), false) => out.push_str("[0-9]"),
            (Some('b'), false) => out.push_str(r"(?-u:\b)"),
            (escaped, _) => {
                out.push('\\');
                out.extend(escaped);
            }
        }
    }
    out
}

/// A signal that was seen, and the facts that show it.
pub(crate) struct Seen {
    pub(super) signal: &'static Signal,
    pub(super) facts: Vec<usize>,
}

/// What the table makes of an alert.
pub(crate) struct Opinion {
    pub(crate) disposition: Disposition,
    pub(crate) severity: Severity,
    /// Strongest first.
    pub(super) seen: Vec<Seen>,
    /// How far the weights lean, for the confidence.
    pub(super) score: i32,
}

/// From this weight on a signal alone forbids to close.
const HOSTILE: i32 = 3;
/// From this sum of hostile weights on it is an attack, if little speaks against it.
const ATTACK: i32 = 5;
/// At this sum and below it is ordinary.
const ORDINARY: i32 = -2;

impl Opinion {
    /// Returns the strongest hostile signal, if it is strong enough to forbid closing.
    pub(crate) fn worst_signal(&self) -> Option<&'static str> {
        let worst = self.seen.iter().max_by_key(|seen| seen.signal.weight)?;
        (worst.signal.weight >= HOSTILE && self.disposition == Disposition::NeedsInvestigation)
            .then_some(worst.signal.name)
    }

    /// Returns the techniques of the hostile signals, strongest first.
    pub(crate) fn techniques(&self) -> Vec<&'static str> {
        let mut ids: Vec<&str> = Vec::new();
        for seen in self.seen.iter().filter(|seen| !seen.signal.technique.is_empty()) {
            if !ids.contains(&seen.signal.technique) {
                ids.push(seen.signal.technique);
            }
        }
        ids
    }
}

/// Forms an opinion.
pub(crate) fn opinion(evidence: &Evidence) -> Opinion {
    let view = View::new(evidence);
    let mut seen: Vec<Seen> = COMPILED.iter().filter_map(|compiled| see(compiled, &view)).collect();
    seen.sort_by_key(|seen| -seen.signal.weight.abs());

    let level = level_weight(evidence.level);
    let hostile: i32 = level.max(0) + seen.iter().map(|seen| seen.signal.weight.max(0)).sum::<i32>();
    let benign: i32 = level.min(0) + seen.iter().map(|seen| seen.signal.weight.min(0)).sum::<i32>();
    let score = hostile + benign;
    let strongest = seen.iter().map(|seen| seen.signal.weight).max().unwrap_or(0);
    let disposition = if hostile >= ATTACK && score >= ATTACK - 1 {
        Disposition::TruePositive
    } else if score <= ORDINARY && strongest < HOSTILE && seen.iter().any(closes) && tells_something(evidence) {
        ordinary(&seen)
    } else {
        Disposition::NeedsInvestigation
    };
    Opinion {
        disposition,
        severity: severity(disposition, score, evidence.level, &seen),
        seen,
        score,
    }
}

fn closes(seen: &Seen) -> bool {
    seen.signal.weight < 0 && seen.signal.closes
}

/// Says whether there is more than a rule to go by, and all of it was seen; of an alert whose facts had to be withheld there is not.
fn tells_something(evidence: &Evidence) -> bool {
    let of_rule = |path: &str| path.starts_with("rule.") || path == "title";
    !evidence.unread && evidence.facts.iter().any(|fact| !of_rule(&fact.path))
}

fn see(compiled: &Compiled, view: &View) -> Option<Seen> {
    let mut facts = Vec::new();
    for (wanted, look, pattern) in &compiled.tests {
        let (found, fact) = match look {
            Look::At(place) => told(view.find(*place, pattern)),
            Look::AtSure(place) => told(view.find_sure(*place, pattern)),
            Look::In(paths) => view.field(paths, pattern),
        };
        if found != *wanted {
            return None;
        }
        if let Some(fact) = fact
            && !facts.contains(&fact)
        {
            facts.push(fact);
        }
    }
    Some(Seen {
        signal: compiled.signal,
        facts,
    })
}

fn told(entry: Option<&Entry>) -> (bool, Option<usize>) {
    (entry.is_some(), entry.and_then(|entry| entry.fact))
}

/// Level is the rule author's guess, and a weak one below 12.
fn level_weight(level: Option<u8>) -> i32 {
    match level {
        Some(15..) => 5,
        Some(13 | 14) => 3,
        Some(12) => 2,
        Some(10 | 11) => 1,
        Some(0..=3) => -1,
        _ => 0,
    }
}

/// The rule fired on something else where a signal says so; otherwise it saw ordinary work.
fn ordinary(seen: &[Seen]) -> Disposition {
    let strongest = seen.iter().find(|seen| seen.signal.weight < 0);
    if strongest.is_some_and(|seen| seen.signal.name.starts_with("not_")) {
        Disposition::FalsePositive
    } else {
        Disposition::BenignPositive
    }
}

fn severity(disposition: Disposition, score: i32, level: Option<u8>, seen: &[Seen]) -> Severity {
    let refused = seen
        .iter()
        .any(|seen| matches!(seen.signal.name, "refused" | "blocked"));
    match disposition {
        Disposition::FalsePositive => Severity::Informational,
        Disposition::BenignPositive if score <= ORDINARY - 2 => Severity::Informational,
        Disposition::BenignPositive => Severity::Low,
        Disposition::NeedsInvestigation if level >= Some(12) || score >= ATTACK => Severity::High,
        Disposition::NeedsInvestigation if score <= 0 => Severity::Low,
        Disposition::NeedsInvestigation => Severity::Medium,
        Disposition::TruePositive if refused => Severity::Medium,
        Disposition::TruePositive if score >= ATTACK + 4 || level >= Some(14) => Severity::Critical,
        Disposition::TruePositive => Severity::High,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_line_of_the_table_compiles_and_names_what_exists() {
        let mut names = HashSet::new();
        for compiled in COMPILED.iter() {
            let signal = compiled.signal;
            assert!(names.insert(signal.name), "{} stands twice", signal.name);
            assert!(!signal.when.is_empty() && signal.weight != 0, "{}", signal.name);
            assert!(
                signal.technique.is_empty() || crate::mitre::technique_name(signal.technique).is_some(),
                "{}",
                signal.name
            );
            assert!((5..=100).contains(&signal.says.len()), "{}", signal.name);
        }
    }
}
