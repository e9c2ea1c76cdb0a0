//! Which rule level becomes which severity of IRIS.

use std::collections::BTreeMap;

/// A severity of IRIS, by its name there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// `Informational`.
    Informational,
    /// `Low`.
    Low,
    /// `Medium`.
    Medium,
    /// `High`.
    High,
    /// `Critical`.
    Critical,
}

impl Severity {
    /// From the least to the worst.
    pub const ALL: [Self; 5] = [Self::Informational, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// Its name in IRIS.
    pub fn name(self) -> &'static str {
        match self {
            Self::Informational => "Informational",
            Self::Low => "Low",
            Self::Medium => "Medium",
            Self::High => "High",
            Self::Critical => "Critical",
        }
    }

    /// The severity that IRIS calls so.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|one| one.name().eq_ignore_ascii_case(name.trim()))
    }
}

/// From which level on each severity holds; a severity that is not named is not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeverityMap(BTreeMap<Severity, u8>);

impl SeverityMap {
    /// Reads pairs such as `High=10`; the message says what is wrong with them.
    pub(super) fn read(pairs: &[String]) -> Result<Self, String> {
        let mut map = BTreeMap::new();
        for pair in pairs {
            let (name, level) = pair.split_once('=').ok_or_else(|| format!("`{pair}` has no level"))?;
            let severity = Severity::of_name(name).ok_or_else(|| format!("IRIS has no severity `{}`", name.trim()))?;
            let level = level.trim().parse().ok().filter(|level| *level <= 16);
            let level = level.ok_or_else(|| format!("`{pair}` has no level from 0 to 16"))?;
            map.insert(severity, level);
        }
        Self::checked(map)
    }

    /// This map with other levels for some severities, as the options of an integration block give them.
    pub fn with(&self, others: &BTreeMap<String, u8>) -> Result<Self, String> {
        let mut map = self.0.clone();
        for (name, level) in others {
            let severity = Severity::of_name(name).ok_or_else(|| format!("IRIS has no severity `{name}`"))?;
            map.insert(severity, *level);
        }
        Self::checked(map)
    }

    fn checked(map: BTreeMap<Severity, u8>) -> Result<Self, String> {
        if map.is_empty() {
            return Err("no severity is named".to_owned());
        }
        if map.values().any(|level| *level > 16) {
            return Err("levels go from 0 to 16".to_owned());
        }
        // A worse severity from a lower level on would make the milder one unreachable.
        if !map.values().is_sorted() {
            return Err("a worse severity must not begin at a lower level".to_owned());
        }
        Ok(Self(map))
    }

    /// The severity of a level: the worst that holds from it or from a lower one on, else the mildest that is named.
    pub fn of(&self, level: u8) -> Severity {
        let holds = self.0.iter().rev().find(|(_, from)| level >= **from);
        let mildest = self.0.iter().next();
        holds
            .or(mildest)
            .map_or(Severity::Informational, |(severity, _)| *severity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<SeverityMap, String> {
        let pairs: Vec<String> = text
            .split(',')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect();
        SeverityMap::read(&pairs)
    }

    #[test]
    fn a_level_has_the_worst_severity_that_holds_for_it() {
        let map = read("Informational=0,Low=4,Medium=7,High=10,Critical=13").unwrap();
        let of = |level| map.of(level).name();
        assert_eq!(
            [of(0), of(3), of(4), of(9), of(10), of(12), of(13), of(16)],
            [
                "Informational",
                "Informational",
                "Low",
                "Medium",
                "High",
                "High",
                "Critical",
                "Critical"
            ]
        );
        let two = read("low=5, HIGH = 12").unwrap();
        assert_eq!(
            [two.of(0).name(), two.of(11).name(), two.of(12).name()],
            ["Low", "Low", "High"]
        );
        let block = map.with(&BTreeMap::from([("High".to_owned(), 9)])).unwrap();
        assert_eq!((block.of(9).name(), map.of(9).name()), ("High", "Medium"));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for bad in ["", "High", "High=17", "High=x", "Sev1=3", "High=5,Low=7"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
