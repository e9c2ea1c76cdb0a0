//! What a redactor does.

use serde::{Deserialize, Serialize};

use super::patterns::UserPattern;
use super::report::RedactorError;

/// What a redactor does. The defaults fit a model on this machine; for one elsewhere, switch `pseudonyms` on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RedactorSettings {
    /// Whether secrets are masked and looked for once more before anything is sent. Default true.
    pub secrets: bool,
    /// Whether names of people, machines and networks of our own get labels. Default false.
    pub pseudonyms: bool,
    /// DNS domains of our own, for pseudonyms.
    pub own_domains: Vec<String>,
    /// Bytes from which a value is shortened. Default 600.
    pub max_value_bytes: usize,
    /// Bytes of a shortened value that are kept at its start. Default 400.
    pub head_bytes: usize,
    /// Bytes of a shortened value that are kept at its end. Default 150.
    pub tail_bytes: usize,
    /// Bytes of all facts together; what helps least is left out. Default 2560, which is about 900 tokens.
    pub max_total_bytes: usize,
    /// Patterns of the user's own.
    pub patterns: Vec<UserPattern>,
}

impl Default for RedactorSettings {
    fn default() -> Self {
        Self {
            secrets: true,
            pseudonyms: false,
            own_domains: Vec::new(),
            max_value_bytes: 600,
            head_bytes: 400,
            tail_bytes: 150,
            max_total_bytes: 2560,
            patterns: Vec::new(),
        }
    }
}

impl RedactorSettings {
    /// Reads settings from TOML; what is not there keeps its default.
    pub fn from_toml(text: &str) -> Result<Self, RedactorError> {
        Ok(toml::from_str(text)?)
    }

    pub(super) fn check(&self) -> Result<(), RedactorError> {
        let refuse = |name, problem| Err(RedactorError::Size { name, problem });
        if self.max_value_bytes < 100 {
            return refuse("max_value_bytes", "is below 100: nothing could be told");
        }
        // The words of the cut need room too, or a shortened value would be shortened again.
        if self.head_bytes + self.tail_bytes + 32 > self.max_value_bytes {
            return refuse(
                "max_value_bytes",
                "is too small for head_bytes and tail_bytes: leave 32 more for naming the cut",
            );
        }
        if self.max_total_bytes < self.max_value_bytes {
            return refuse("max_total_bytes", "is below max_value_bytes: no long value would fit");
        }
        Ok(())
    }
}
