//! Which Ollama it is, and what is wrong with some of them.

use std::fmt;

/// Version of a server, such as `0.33.0-rc2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    text: String,
    numbers: Option<[u32; 3]>,
}

impl Version {
    pub(crate) fn new(text: &str) -> Self {
        let text: String = text
            .trim_start_matches('v')
            .chars()
            .filter(char::is_ascii_graphic)
            .take(40)
            .collect();
        let mut parts = text
            .split(['-', '+'])
            .next()
            .unwrap_or_default()
            .split('.')
            .map(|part| part.parse().ok());
        let mut next = || parts.next().flatten();
        let numbers = [next(), next(), next()];
        let numbers = if let [Some(major), Some(minor), Some(patch)] = numbers {
            Some([major, minor, patch])
        } else {
            None
        };
        Self { text, numbers }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Says what a person should know about this version.
    pub(crate) fn complaint(&self) -> Option<String> {
        // A build from source calls itself 0.0.0.
        let numbers = self.numbers.filter(|numbers| *numbers != [0, 0, 0])?;
        let why = if numbers < [0, 5, 0] {
            "it has no schemas: answers are checked, but many will be refused"
        } else if numbers == [0, 12, 4] {
            "0.12.4 refuses to switch thinking off for some models"
        } else if numbers < [0, 12, 4] {
            "it cuts a long prompt and does not say so"
        } else if numbers < [0, 12, 6] {
            "it reports early errors as answers"
        } else {
            return None;
        };
        Some(format!("Ollama {self} is old: {why}; update to 0.12.6 or later"))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_versions_are_complained_about_and_odd_ones_are_not() {
        let complaint = |text: &str| Version::new(text).complaint();
        for old in ["0.4.7", "0.5.12", "v0.12.3", "0.12.4", "0.12.5"] {
            assert!(complaint(old).is_some(), "{old}");
        }
        for fine in ["0.12.6", "0.33.0-rc2+src", "1.0.0", "0.0.0", "", "main", "0.1"] {
            assert!(complaint(fine).is_none(), "{fine}");
        }
    }
}
