//! Why what waits waits, for who looks in from outside: most of it was never tried, because its destination takes nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Checkpoint, Queue, QueueError};
use crate::forwarder::spool::DestinationId;

/// The name that it stands under.
const NAME: &str = "troubles";

/// Why a destination does not take alerts, as the courier saw it last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// In the words of its log.
    pub why: String,
    /// Whether that keeps everything that waits for it: it may be one alert that IRIS fails with.
    pub keeps_all: bool,
}

/// The troubles of all destinations; of one that does well there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Waits(BTreeMap<String, Trouble>);

impl Waits {
    /// Adds that of a destination.
    pub fn add(&mut self, destination: DestinationId, trouble: Trouble) {
        self.0.insert(destination.to_string(), trouble);
    }

    /// That of a destination.
    pub fn of(&self, destination: DestinationId) -> Option<&Trouble> {
        self.0.get(&destination.to_string())
    }

    /// Why an alert waits for it, whose own last failure this is: what keeps all says more of now than that.
    pub fn why<'a>(&'a self, destination: DestinationId, own: Option<&'a str>) -> Option<&'a str> {
        let trouble = self.of(destination);
        let keeps_all = trouble.filter(|trouble| trouble.keeps_all);
        keeps_all
            .map(|trouble| trouble.why.as_str())
            .or(own)
            .or_else(|| trouble.map(|trouble| trouble.why.as_str()))
    }
}

impl Queue {
    /// Writes the troubles of now down in the place of those of before.
    pub fn note_waits(&mut self, waits: &Waits) -> Result<(), QueueError> {
        let state = serde_json::to_string(waits).unwrap_or_default();
        self.note(&Checkpoint { source: NAME, state })
    }

    /// The troubles that were written down last.
    pub fn waits_known(&self) -> Result<Waits, QueueError> {
        let state = self.checkpoint(NAME)?;
        Ok(state
            .and_then(|state| serde_json::from_str(&state).ok())
            .unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_all_says_more_than_what_an_alert_went_through_before_and_that_more_than_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        let mut queue = Queue::open(folder.path()).unwrap();
        let (away, fails) = (DestinationId::SETTINGS, DestinationId::of("https://iris", ""));
        let trouble = |why: &str, keeps_all| Trouble {
            why: why.to_owned(),
            keeps_all,
        };
        let mut waits = Waits::default();
        waits.add(away, trouble("no key", true));
        waits.add(fails, trouble("HTTP 500", false));
        queue.note_waits(&waits).unwrap();
        let waits = queue.waits_known().unwrap();
        assert_eq!(waits.why(away, Some("HTTP 400")), Some("no key"));
        assert_eq!(waits.why(fails, Some("HTTP 400")), Some("HTTP 400"));
        assert_eq!(waits.why(fails, None), Some("HTTP 500"));
        queue.note_waits(&Waits::default()).unwrap();
        assert_eq!(queue.waits_known().unwrap().why(away, None), None);
    }
}
