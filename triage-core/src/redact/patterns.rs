//! Patterns that users add, in TOML.

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::report::RedactorError;

/// A pattern of the user's own.
///
/// ```toml
/// [[patterns]]
/// name = "badge"                      # becomes [REDACTED:badge]
/// regex = 'BADGE-([0-9a-f]{12})'      # the first group is masked; without a group, the whole match
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserPattern {
    /// What the mask says: lower-case letters, digits and hyphens, at most 32.
    pub name: String,
    /// A regular expression of the `regex` crate (linear time, no look-around).
    pub regex: String,
}

#[derive(Debug, Clone)]
pub(super) struct Compiled {
    pub(super) name: String,
    pub(super) regex: Regex,
}

/// Compiles a user's patterns and refuses those that would mask everything, nothing, or forge a mask.
pub(super) fn compile(patterns: &[UserPattern]) -> Result<Vec<Compiled>, RedactorError> {
    let mut compiled: Vec<Compiled> = Vec::with_capacity(patterns.len());
    for pattern in patterns {
        let refuse = |problem: &str| RedactorError::Pattern {
            name: pattern.name.chars().take(40).collect(),
            problem: problem.to_owned(),
        };
        let named = !pattern.name.is_empty()
            && pattern.name.len() <= 32
            && pattern
                .name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !named {
            return Err(refuse(
                "has a bad name: use lower-case letters, digits and hyphens, at most 32",
            ));
        }
        if compiled.iter().any(|other| other.name == pattern.name) {
            return Err(refuse("is there twice: give each its own name"));
        }
        let regex = regex::RegexBuilder::new(&pattern.regex).size_limit(1 << 20).build();
        let Ok(regex) = regex else {
            return Err(refuse(
                "is no regular expression of bounded size: look-around and back references are not supported",
            ));
        };
        if regex.is_match("") {
            return Err(refuse("matches the empty text: it would mask between all characters"));
        }
        if [
            "Failed password for root from 10.0.0.1",
            "powershell.exe -NoProfile",
            "the quick brown fox",
        ]
        .iter()
        .all(|text| masks_most(&regex, text))
        {
            return Err(refuse("masks ordinary text: make it say what the secret looks like"));
        }
        compiled.push(Compiled {
            name: pattern.name.clone(),
            regex,
        });
    }
    Ok(compiled)
}

fn masks_most(regex: &Regex, text: &str) -> bool {
    let masked: usize = regex
        .captures_iter(text)
        .filter_map(|found| found.get(1).or_else(|| found.get(0)))
        .map(|place| place.len())
        .sum();
    masked * 2 > text.len()
}
