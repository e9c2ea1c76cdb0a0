//! Why alerts cannot be taken in at the moment.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Why, by source; for as long as nothing shows that it has passed.
#[derive(Debug, Default)]
pub(super) struct Troubles(BTreeMap<usize, (Instant, String)>);

impl Troubles {
    /// A batch of this source could not be taken in; says whether that is news.
    pub(super) fn failed(&mut self, source: usize, why: String, now: Instant) -> bool {
        let is_known = self.0.get(&source).is_some_and(|(_, known)| *known == why);
        self.0.insert(source, (now, why));
        !is_known
    }

    /// A batch of this source was taken in.
    pub(super) fn passed(&mut self, source: usize) {
        self.0.remove(&source);
    }

    /// This source handed nothing over. It looks only every so often: before that, it may just not have looked again.
    pub(super) fn nothing(&mut self, source: usize, looks_every: Duration, now: Instant) {
        if self
            .0
            .get(&source)
            .is_some_and(|(at, _)| now.saturating_duration_since(*at) > looks_every)
        {
            self.0.remove(&source);
        }
    }

    /// There are so many sources now.
    pub(super) fn keep(&mut self, sources: usize) {
        self.0.retain(|source, _| *source < sources);
    }

    /// One of them, if there is any.
    pub(super) fn first(&self) -> Option<&str> {
        self.0.values().next().map(|(_, why)| why.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_lasts_until_a_batch_is_taken_or_the_source_has_looked_again_and_found_nothing() {
        let (begin, every) = (Instant::now(), Duration::from_secs(2));
        let mut troubles = Troubles::default();
        assert!(troubles.failed(0, "disk full".to_owned(), begin));
        troubles.nothing(0, every, begin + every);
        assert_eq!(troubles.first(), Some("disk full"), "it has not looked");
        troubles.passed(1);
        troubles.nothing(1, every, begin + every * 9);
        assert_eq!(troubles.first(), Some("disk full"), "of another source");
        assert!(!troubles.failed(0, "disk full".to_owned(), begin + every));
        troubles.nothing(0, every, begin + every * 2);
        assert!(troubles.first().is_some(), "it failed again");
        troubles.nothing(0, every, begin + every * 3);
        assert_eq!(troubles.first(), None);
        troubles.failed(0, "locked".to_owned(), begin);
        troubles.passed(0);
        assert_eq!(troubles.first(), None);
        troubles.failed(1, "of the tail".to_owned(), begin);
        troubles.keep(1);
        assert_eq!(troubles.first(), None, "there is no tail any more");
    }
}
