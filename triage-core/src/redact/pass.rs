//! What every text of one alert goes through, until nothing changes any more: one pass, with its count and its labels.

use super::cut;
use super::mask::{Masker, Tally};
use super::pseudonyms::Labeller;
use super::report::Pseudonyms;
use crate::text;

/// Most changes of one text. A mask, a label, a broken marker or a cut puts what stands beside it into another light, once or twice.
const CHANGES: usize = 5;

/// One pass over one alert.
pub(super) struct Pass<'r> {
    // `None`: secrets stay.
    masker: Option<&'r Masker>,
    labeller: Option<Labeller>,
    tally: Tally,
}

impl<'r> Pass<'r> {
    pub(super) fn new(masker: Option<&'r Masker>, labeller: Option<Labeller>) -> Self {
        Self {
            masker,
            labeller,
            tally: Tally::default(),
        }
    }

    /// A text of the alert as it may be sent: one harmless line without secrets, with labels for names.
    pub(super) fn clean(&mut self, name: &str, value: &str) -> String {
        let harmless = self.harmless(name, value);
        let Some(labeller) = &mut self.labeller else {
            return harmless;
        };
        let labelled = text::break_markers(&labeller.label(&harmless)).into_owned();
        if labelled == harmless {
            return labelled;
        }
        settled(labelled, |text| self.again(name, text))
    }

    /// The same for a name, which then takes a form of its own.
    pub(super) fn clean_name(&mut self, name: &str, form: impl Fn(&str) -> String) -> String {
        let first = form(&self.clean("", name));
        if first == name {
            return first;
        }
        form(&settled(first, |text| form(&self.again("", text))))
    }

    /// Shortens a clean text if `cut` does. What stays stands in another context, and is looked at as it stands there.
    pub(super) fn shorten(&mut self, name: &str, value: &str, cut: impl Fn(&str) -> Option<String>) -> Option<String> {
        let short = cut(value)?;
        Some(settled(short, |text| {
            let looked = self.again(name, text);
            // Masks may make it too long once more.
            cut(&looked).unwrap_or(looked)
        }))
    }

    /// What was counted, and the labels that were given.
    pub(super) fn finish(self) -> (Tally, Option<Pseudonyms>) {
        (self.tally, self.labeller.map(Labeller::into_labels))
    }

    // A text that this pass made: the labels in it are ours.
    fn again(&mut self, name: &str, value: &str) -> String {
        let harmless = self.harmless(name, value);
        match &mut self.labeller {
            Some(labeller) => text::break_markers(&labeller.label_more(&harmless)).into_owned(),
            None => harmless,
        }
    }

    fn harmless(&mut self, name: &str, value: &str) -> String {
        settled(value.to_owned(), |text| {
            let masked = match self.masker {
                Some(masker) => masker.named(name, text, &mut self.tally),
                None => text::normalise(text).into_owned(),
            };
            text::one_line(&text::break_markers(&masked)).into_owned()
        })
    }
}

// Only what was made for it never comes to rest: nothing of it is sent.
fn settled(mut text: String, mut change: impl FnMut(&str) -> String) -> String {
    for _ in 0..CHANGES {
        let next = change(&text);
        if next == text {
            return text;
        }
        text = next;
    }
    cut::whole(&text)
}
