//! The four tags that people see and may rename.

use super::TagSet;
use super::token;

/// Longest name that is accepted, in characters.
const LONGEST: usize = 64;

/// The tags that say where an alert stands; one set of names for all workers and the forwarder of one IRIS.
///
/// The tags `ai-claim:…` and `ai-try:…` are part of the protocol and cannot be renamed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagNames {
    pending: String,
    processing: String,
    reviewed: String,
    failed: String,
}

impl TagNames {
    /// Takes other names than the usual ones, after checking that they cannot be confused.
    pub fn new(
        pending: impl Into<String>,
        processing: impl Into<String>,
        reviewed: impl Into<String>,
        failed: impl Into<String>,
    ) -> Result<Self, TagNamesError> {
        let names = Self {
            pending: pending.into(),
            processing: processing.into(),
            reviewed: reviewed.into(),
            failed: failed.into(),
        };
        names.check()?;
        Ok(names)
    }

    /// Asks for a triage.
    pub fn pending(&self) -> &str {
        &self.pending
    }

    /// Shows that a worker has it.
    pub fn processing(&self) -> &str {
        &self.processing
    }

    /// Shows that the note holds a verdict.
    pub fn reviewed(&self) -> &str {
        &self.reviewed
    }

    /// Shows that no verdict came about; the note says why.
    pub fn failed(&self) -> &str {
        &self.failed
    }

    /// Says whether a tag belongs to the protocol; all others are foreign and are never touched.
    pub fn owns(&self, tag: &str) -> bool {
        tag == self.pending
            || tag == self.processing
            || tag == self.reviewed
            || tag == self.failed
            || token::is_claim(tag)
            || token::is_try(tag)
    }

    fn each(&self) -> [(&'static str, &str); 4] {
        [
            ("AI_TAG_PENDING", &self.pending),
            ("AI_TAG_PROCESSING", &self.processing),
            ("AI_TAG_REVIEWED", &self.reviewed),
            ("AI_TAG_FAILED", &self.failed),
        ]
    }

    fn check(&self) -> Result<(), TagNamesError> {
        let each = self.each();
        for (index, (setting, name)) in each.into_iter().enumerate() {
            if TagSet::parse(name).iter().ne([name]) {
                return Err(TagNamesError::NotOneTag { setting });
            }
            if name.chars().count() > LONGEST || !name.chars().all(is_harmless) {
                return Err(TagNamesError::Unsafe { setting });
            }
            if token::is_claim(name) || token::is_try(name) {
                return Err(TagNamesError::Reserved { setting });
            }
            for (other, earlier) in &each[..index] {
                // IRIS finds tags whatever their case, so names that differ only by it would be confused.
                if earlier.to_lowercase() == name.to_lowercase() {
                    return Err(TagNamesError::Same { setting, other });
                }
            }
        }
        Ok(())
    }
}

impl Default for TagNames {
    fn default() -> Self {
        Self {
            pending: "ai-pending".to_owned(),
            processing: "ai-processing".to_owned(),
            reviewed: "ai-reviewed".to_owned(),
            failed: "ai-failed".to_owned(),
        }
    }
}

/// IRIS puts tags into its pages as markup, and into its history.
fn is_harmless(letter: char) -> bool {
    letter == ' ' || letter.is_alphanumeric() || "._:/+@#=-".contains(letter)
}

/// Why names for the tags are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TagNamesError {
    /// It is empty, holds a comma, or begins or ends with a blank.
    #[error("setting `{setting}` is not one tag: give a name without commas and without blanks around it")]
    NotOneTag {
        /// Name of the setting.
        setting: &'static str,
    },
    /// It is too long or holds a character that IRIS's pages do not show as it is.
    #[error("setting `{setting}` is no name for a tag: use at most 64 letters, digits, blanks and `._:/+@#=-`")]
    Unsafe {
        /// Name of the setting.
        setting: &'static str,
    },
    /// It begins like a tag that the protocol itself writes.
    #[error("setting `{setting}` begins with `ai-claim:` or `ai-try:`, which the workers write themselves")]
    Reserved {
        /// Name of the setting.
        setting: &'static str,
    },
    /// Two names are the same, but for upper and lower case.
    #[error("settings `{other}` and `{setting}` name the same tag: give each its own")]
    Same {
        /// Name of the setting.
        setting: &'static str,
        /// The setting that has the name already.
        other: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_names_pass_their_own_check() {
        assert_eq!(TagNames::default().check(), Ok(()));
    }

    #[test]
    fn names_that_cannot_be_one_tag_are_refused_by_their_setting() {
        for bad in ["", " ", "a,b", " a", "a\t"] {
            let error = TagNames::new("p", "w", bad, "f").unwrap_err();
            assert_eq!(
                error,
                TagNamesError::NotOneTag {
                    setting: "AI_TAG_REVIEWED"
                },
                "{bad:?}"
            );
        }
    }

    #[test]
    fn markup_and_endless_names_are_refused() {
        for bad in ["<b>", "a\"b", "a'b", "a&b", "a\u{0}b", "a\u{202e}b", &"x".repeat(65)] {
            let error = TagNames::new(bad, "w", "r", "f").unwrap_err();
            assert_eq!(
                error,
                TagNamesError::Unsafe {
                    setting: "AI_TAG_PENDING"
                },
                "{bad:?}"
            );
        }
        assert!(TagNames::new("KI offen", "KI läuft", "KI geprüft", "KI gescheitert").is_ok());
    }

    #[test]
    fn names_that_would_be_confused_are_refused() {
        let error = TagNames::new("ai", "b", "AI", "d").unwrap_err();
        assert_eq!(
            error.to_string(),
            "settings `AI_TAG_PENDING` and `AI_TAG_REVIEWED` name the same tag: give each its own"
        );
        let error = TagNames::new("a", "ai-claim:x", "c", "d").unwrap_err();
        assert_eq!(
            error,
            TagNamesError::Reserved {
                setting: "AI_TAG_PROCESSING"
            }
        );
    }
}
