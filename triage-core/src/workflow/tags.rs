//! The comma string in which IRIS keeps an alert's tags.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// The tags of one alert, as IRIS's comma string means them: trimmed, without empty ones, each once, in their order.
///
/// Every string is a tag set and every tag set prints as a string that reads back as the same set, so tags that others
/// made survive whatever they look like. Two sets are equal when they hold the same tags, in whatever order.
#[derive(Debug, Clone, Default)]
pub struct TagSet(Vec<String>);

impl TagSet {
    /// Reads IRIS's `alert_tags`; an alert without tags gives the empty set.
    pub fn parse(text: &str) -> Self {
        let mut known = BTreeSet::new();
        let each_once = split(text).filter(|tag| known.insert(*tag));
        Self(each_once.map(str::to_owned).collect())
    }

    /// Says whether exactly this tag is there: case counts, and `ai-pending-2` is not `ai-pending`.
    pub fn contains(&self, tag: &str) -> bool {
        self.0.iter().any(|own| own == tag)
    }

    /// Adds a tag at the end unless it is there. A text with commas adds each of its parts, as IRIS would read it.
    #[must_use]
    pub fn with(mut self, tag: &str) -> Self {
        for part in split(tag) {
            if !self.contains(part) {
                self.0.push(part.to_owned());
            }
        }
        self
    }

    /// Takes a tag away, if it is there.
    #[must_use]
    pub fn without(mut self, tag: &str) -> Self {
        self.0.retain(|own| own != tag);
        self
    }

    /// Keeps the tags that a rule wants.
    #[must_use]
    pub fn retain(mut self, mut keep: impl FnMut(&str) -> bool) -> Self {
        self.0.retain(|own| keep(own));
        self
    }

    /// Gives the tags in their order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Counts the tags.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Says whether there is no tag.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl PartialEq for TagSet {
    fn eq(&self, other: &Self) -> bool {
        // No tag is held twice, so equal sets have equal lengths.
        self.len() == other.len() && self.iter().collect::<BTreeSet<_>>() == other.iter().collect()
    }
}

impl Eq for TagSet {}

impl fmt::Display for TagSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, tag) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            f.write_str(tag)?;
        }
        Ok(())
    }
}

impl FromStr for TagSet {
    type Err = Infallible;
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::parse(text))
    }
}

impl From<&str> for TagSet {
    fn from(text: &str) -> Self {
        Self::parse(text)
    }
}

impl<T: AsRef<str>> FromIterator<T> for TagSet {
    fn from_iter<I: IntoIterator<Item = T>>(tags: I) -> Self {
        let mut known = BTreeSet::new();
        let mut each_once = Vec::new();
        for text in tags {
            for tag in split(text.as_ref()) {
                if known.insert(tag.to_owned()) {
                    each_once.push(tag.to_owned());
                }
            }
        }
        Self(each_once)
    }
}

/// Splits as IRIS does: at commas, each part stripped.
fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(|part| part.trim_matches(is_blank))
        .filter(|part| !part.is_empty())
}

/// Blank as Python's `str.strip` takes it, which knows four control characters more than Rust does.
fn is_blank(letter: char) -> bool {
    letter.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&letter)
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn blanks_empties_and_repeats_go_and_the_order_stays() {
        let tags = TagSet::parse(" b , a ,,\u{1f}b\u{1c}, c d ,\u{3000}e\u{3000},");
        assert_eq!(tags.to_string(), "b,a,c d,e");
        assert_eq!(tags.len(), 4);
        assert!(TagSet::parse(" ,, \t,").is_empty());
    }

    #[test]
    fn a_look_alike_is_another_tag() {
        let tags = TagSet::parse("ai-pending-2,AI-PENDING,not-ai-pending,ai_pending,аi-pending,ai-pending\u{200b}");
        assert!(
            !tags.contains("ai-pending"),
            "the fifth begins with a Cyrillic letter, the last ends with a joiner"
        );
        assert_eq!(tags.len(), 6);
    }

    #[test]
    fn order_does_not_make_a_difference_and_a_tag_does() {
        assert_eq!(TagSet::parse("a,b"), TagSet::parse("b, a,b"));
        assert_ne!(TagSet::parse("a,b"), TagSet::parse("a"));
        assert_ne!(TagSet::parse("a,b"), TagSet::parse("a,B"));
    }

    #[test]
    fn a_text_with_a_comma_adds_what_iris_would_read() {
        let tags = TagSet::default().with("a, b").with("b").with(" , ").with("c");
        assert_eq!(tags.to_string(), "a,b,c");
        assert_eq!(tags.without("b").to_string(), "a,c");
    }

    #[test]
    fn a_hundred_thousand_tags_are_read_in_one_pass() {
        let text = (0..100_000).map(|n| format!("t{n}")).collect::<Vec<_>>().join(",");
        let tags = TagSet::parse(&text);
        assert_eq!(tags.len(), 100_000);
        assert_eq!(tags, TagSet::parse(&text));
    }

    /// Tag strings as people, other tools and attackers leave them.
    pub(in super::super) fn hostile() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            any::<String>(),
            "[ \\t\\n,]{0,4}",
            Just("ai-pending".to_owned()),
            Just(" ai-pending ".to_owned()),
            Just("AI-Pending".to_owned()),
            Just("ai-pending-2".to_owned()),
            Just("ai-processing".to_owned()),
            Just("ai-claim:".to_owned()),
            "ai-claim:[a-z0-9-]{1,17}\\.[0-9a-g]{1,2}",
            "ai-try:[0-9a-]{0,5}",
            Just("\u{202e}gnidnep-ia".to_owned()),
            Just("\u{1f}\u{85}\u{a0}".to_owned()),
        ];
        prop::collection::vec(part, 0..8).prop_map(|parts| parts.join(","))
    }

    proptest! {
        #[test]
        fn whatever_is_read_prints_as_a_text_that_reads_back_the_same(text in hostile()) {
            let tags = TagSet::parse(&text);
            let again = TagSet::parse(&tags.to_string());
            prop_assert_eq!(&again, &tags);
            prop_assert_eq!(again.to_string(), tags.to_string());
        }

        #[test]
        fn adding_and_taking_a_tag_leaves_every_other_tag_in_its_place(text in hostile(), tag in "[a-z:.-]{1,12}") {
            let before = TagSet::parse(&text);
            let after = before.clone().with(&tag);
            prop_assert!(after.contains(&tag));
            prop_assert_eq!(after.without(&tag).to_string(), before.without(&tag).to_string());
        }

        #[test]
        fn tags_are_exactly_the_stripped_parts(text in hostile()) {
            let tags = TagSet::parse(&text);
            for part in text.split(',') {
                let part = part.trim_matches(is_blank);
                prop_assert!(part.is_empty() || tags.contains(part));
            }
            for tag in tags.iter() {
                prop_assert!(!tag.contains(',') && !tag.is_empty());
                prop_assert_eq!(tag, tag.trim_matches(is_blank));
            }
            let collected: TagSet = text.split(',').collect();
            prop_assert_eq!(collected.to_string(), tags.to_string());
        }
    }
}
