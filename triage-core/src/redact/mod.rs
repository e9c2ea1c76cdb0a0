//! The only door to a triager: masks secrets, gives labels to names, makes every value one harmless line, then cuts.
//!
//! ```text
//! value ─normalise→ ─mask→ ─decode→ ─mask→ ─label names→ ─break markers→ one line ─detect what is left→ ─cut→ ─mask→
//! ```
//! Masking comes before cutting, because half a secret escapes every pattern, and after it, because what stays reads differently; before
//! decoding as well as after it, because a secret may be encoded inside and out.

mod argv;
mod console_forms;
mod cut;
mod fed;
mod json;
mod keyed;
mod keys;
mod kube;
mod mask;
mod pass;
mod patterns;
mod payload;
mod pem;
mod phrases;
mod plural;
mod pseudonyms;
mod quotes;
mod report;
mod residual;
mod settings;
mod spans;
mod sql;
mod tokens;
mod tool_forms;
mod tool_table;
mod tools;
mod urls;
mod value;
mod variables;
mod views;
mod words;

pub use patterns::UserPattern;
pub use pseudonyms::Names;
pub use report::{RedactionReport, RedactorError, ResidualSecret};
pub use settings::RedactorSettings;

use crate::evidence::{Evidence, Fact, FactId, Origin};
use crate::text;
use crate::triager::Redacted;
use mask::Masker;
use pass::Pass;
use pseudonyms::Labeller;

/// Bytes that a fact costs beyond its path and value: number, bars, line break.
const FACT_FRAME: usize = 6;
/// Shortest remainder of a value that is worth sending.
const LEAST_VALUE: usize = 40;
/// Longest path or group name; they come from the alert too.
const LONGEST_NAME: usize = 120;

/// Takes out of an alert what nobody else may read. Only a redactor can make a [`Redacted`] value.
///
/// Cheap to clone is not needed: make one and share it; it holds compiled patterns and no state.
#[derive(Debug)]
pub struct Redactor {
    settings: RedactorSettings,
    masker: Masker,
}

/// One text after redaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedactedText {
    /// The text.
    pub output: String,
    /// What the independent detector still sees in it; `None` is what it should be.
    pub residual: Option<&'static str>,
}

impl Redactor {
    /// Makes a redactor, or says which setting is wrong.
    pub fn new(settings: RedactorSettings) -> Result<Self, RedactorError> {
        settings.check()?;
        Ok(Self {
            masker: Masker::new(&settings.patterns)?,
            settings,
        })
    }

    /// Redacts an alert's evidence: the only way to a [`Redacted`] one. Redacting it once more changes nothing.
    ///
    /// # Errors
    /// A detector that shares no code with the masking rules found something: nothing may be sent then.
    pub fn redact(&self, mut evidence: Evidence) -> Result<Redacted<Evidence>, ResidualSecret> {
        let before = std::mem::take(&mut evidence.report);
        let labeller = self.settings.pseudonyms.then(|| {
            Labeller::new(
                &pseudonyms::names_in(&evidence, &self.settings.own_domains),
                &before.names,
            )
        });
        let mut pass = Pass::new(self.settings.secrets.then_some(&self.masker), labeller);

        for title in [&mut evidence.title, &mut evidence.own_title] {
            *title = pass.clean("", title);
            self.detect(title, None)?;
        }
        let names = evidence.groups.iter_mut().chain(&mut evidence.mitre);
        for name in names.chain(&mut evidence.rule_id) {
            *name = pass.clean_name(name, short_name);
            self.detect(name, None)?;
        }
        for fact in evidence.facts.iter_mut().chain(&mut evidence.rest) {
            fact.value = pass.clean(leaf(&fact.path), &fact.value);
            fact.path = pass.clean_name(&fact.path, |path| short_name(&path.replace(['|', ' '], "_")));
            self.detect(&fact.path, Some(fact.id))?;
            self.detect(&fact.value, Some(fact.id))?;
        }
        let cut = self.fit(&mut evidence, &mut pass)?;

        let (tally, labels) = pass.finish();
        let mut by_kind = before.by_kind;
        for (kind, count) in tally.by_kind {
            *by_kind.entry(kind).or_default() += count;
        }
        evidence.report = RedactionReport {
            masked: before.masked + tally.masked,
            by_kind,
            cut: before.cut + cut,
            sent: evidence
                .facts
                .iter()
                .filter(|fact| fact.origin == Origin::Alert)
                .count(),
            leaves: evidence.leaves,
            decoded: before.decoded + tally.decoded,
            flags: evidence.flags.clone(),
            names: labels.unwrap_or(before.names),
        };
        Ok(Redacted::new(evidence))
    }

    /// Masks the secrets in one text, and decodes what is encoded in it. Without either it comes back as it was.
    pub fn redact_text(&self, text: &str) -> String {
        if !self.settings.secrets {
            return text.to_owned();
        }
        self.masker.text(text, true).unwrap_or_else(|| text.to_owned())
    }

    /// Redacts one text as a fact would be, with these names as pseudonyms where given, and looks at it once more.
    pub fn inspect(&self, text: &str, names: Option<&Names>) -> RedactedText {
        let masked = self.redact_text(text);
        let output = match names {
            Some(names) => Labeller::new(names, &report::Pseudonyms::default()).label(&text::normalise(&masked)),
            None => masked,
        };
        let residual = residual::detect(&text::one_line(&text::normalise(&output)));
        RedactedText { output, residual }
    }

    /// Masks the secrets in every string of a JSON value, in place; what holds none stays byte for byte.
    ///
    /// The names of keys count (`"password": …`), and so do pairs such as `{"name": "DB_PASSWORD", "value": …}`. A key that holds a
    /// secret itself is masked; where two become the same, the second gets a number. Returns how many strings were changed.
    pub fn redact_json(&self, value: &mut serde_json::Value) -> usize {
        self.walk(json::Reach::Everything, value)
    }

    /// Masks only what its neighbours in a JSON value give away: the words of a command in a list, the value beside its name.
    ///
    /// For whoever takes a value apart into the single texts of [`AlertFields`](crate::AlertFields), where the rest is masked by
    /// [`Redactor::redact`]. Returns how many strings were changed.
    pub fn redact_neighbours(&self, value: &mut serde_json::Value) -> usize {
        self.walk(json::Reach::Neighbours, value)
    }

    fn walk(&self, reach: json::Reach, value: &mut serde_json::Value) -> usize {
        if self.settings.secrets {
            json::redact(&self.masker, reach, value)
        } else {
            0
        }
    }

    fn detect(&self, text: &str, fact: Option<FactId>) -> Result<(), ResidualSecret> {
        match residual::detect(text) {
            Some(kind) if self.settings.secrets => Err(ResidualSecret { kind, fact }),
            _ => Ok(()),
        }
    }

    // Derived facts first: they are short and ours. Then the alert's own in their order, as far as there is room. The title is what
    // the first fact says, and gets the room of a fact; it is counted once.
    fn fit(&self, evidence: &mut Evidence, pass: &mut Pass<'_>) -> Result<usize, ResidualSecret> {
        let settings = &self.settings;
        let mut cut = 0;
        let middle = |value: &str, most: usize| {
            let share = most.saturating_sub(32).min(settings.head_bytes + settings.tail_bytes);
            let head = share * settings.head_bytes / (settings.head_bytes + settings.tail_bytes).max(1);
            cut::middle(value, most, head, share - head)
        };
        for title in [&mut evidence.title, &mut evidence.own_title] {
            if let Some(short) = pass.shorten("", title, |title| middle(title, settings.max_value_bytes)) {
                *title = short;
                self.detect(title, None)?;
            }
        }
        let mut shorten = |fact: &mut Fact, most: usize| {
            if let Some(short) = pass.shorten(leaf(&fact.path), &fact.value, |value| middle(value, most)) {
                fact.value = short;
                cut += 1;
                self.detect(&fact.value, Some(fact.id))?;
            }
            Ok::<_, ResidualSecret>(())
        };
        let cost = |fact: &Fact| fact.path.len() + fact.value.len() + FACT_FRAME;
        let mut room = settings.max_total_bytes;
        let mut derived_room = settings.max_total_bytes / 3;
        let mut keep = vec![false; evidence.facts.len()];
        for (at, fact) in evidence
            .facts
            .iter_mut()
            .enumerate()
            .filter(|(_, fact)| fact.origin == Origin::Derived)
        {
            shorten(
                fact,
                settings.max_value_bytes.min(300.max(settings.max_value_bytes / 2)),
            )?;
            if cost(fact) <= derived_room {
                derived_room -= cost(fact);
                room -= cost(fact);
                keep[at] = true;
            }
        }
        for (at, fact) in evidence
            .facts
            .iter_mut()
            .enumerate()
            .filter(|(_, fact)| fact.origin == Origin::Alert)
        {
            shorten(fact, settings.max_value_bytes)?;
            let left = room.saturating_sub(fact.path.len() + FACT_FRAME);
            if fact.value.len() > left && left >= LEAST_VALUE + 64 {
                shorten(fact, left)?;
            }
            if cost(fact) <= room {
                room -= cost(fact);
                keep[at] = true;
            }
        }
        for fact in &mut evidence.rest {
            shorten(fact, settings.max_value_bytes)?;
        }
        let (kept, left): (Vec<_>, Vec<_>) = std::mem::take(&mut evidence.facts)
            .into_iter()
            .zip(keep)
            .partition(|&(_, keep)| keep);
        evidence.facts = kept.into_iter().map(|(fact, _)| fact).collect();
        let left = left.into_iter().map(|(fact, _)| fact);
        evidence.rest.extend(left.filter(|fact| fact.origin == Origin::Alert));
        Ok(cut)
    }
}

impl Redacted<Evidence> {
    /// What the redactor did.
    pub fn report(&self) -> &RedactionReport {
        &self.report
    }

    /// Writes the originals in the place of this alert's labels, whole tokens only.
    pub fn restore(&self, text: &str) -> String {
        pseudonyms::restore(&self.report.names, text)
    }

    /// Labels in a text that this alert never gave out: somebody made them up.
    pub fn unknown_labels(&self, text: &str) -> Vec<String> {
        if self.report.names.labels.is_empty() {
            Vec::new()
        } else {
            pseudonyms::unknown(&self.report.names, text)
        }
    }
}

fn leaf(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

fn short_name(name: &str) -> String {
    let end = spans::floor(name, LONGEST_NAME);
    name[..end].to_owned()
}

#[cfg(test)]
mod tests;
