//! Entries that are safe in the queue and cannot be removed from the spool.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::stuck::Stuck;

/// How many names are remembered; others are handed over again, and the queue knows them.
const MOST: usize = 10_000;
/// How often their removal is tried again at most.
const TRY_AGAIN: Duration = Duration::from_secs(2);

/// Their names: handing them over again would be work at every look, and a run that is to end would never see the end of it.
#[derive(Debug, Default)]
pub(super) struct Kept {
    names: BTreeSet<String>,
    why: Stuck,
    tried: Option<Instant>,
}

impl Kept {
    /// This one is in the queue and cannot be removed.
    pub(super) fn add(&mut self, name: String, error: &io::Error) {
        if !self.is_full() && !self.names.contains(&name) {
            self.why.add(&name, error);
            self.names.insert(name);
        }
    }

    /// Whether this is one of them.
    pub(super) fn holds(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Whether no more names are remembered: then the folder is the reason, and what else lies there shares it.
    pub(super) fn is_full(&self) -> bool {
        self.names.len() >= MOST
    }

    /// Removes those that can be removed by now.
    pub(super) fn try_again(&mut self, now: Instant, remove: impl Fn(&str) -> io::Result<()>) {
        let lately = |at| now.saturating_duration_since(at) < TRY_AGAIN;
        if self.names.is_empty() || self.tried.is_some_and(lately) {
            return;
        }
        self.tried = Some(now);
        let mut why = Stuck::default();
        self.names.retain(|name| {
            let removed = remove(name);
            if let Err(error) = &removed {
                why.add(name, error);
            }
            removed.is_err()
        });
        self.why = why;
    }

    /// One line that says how many there are, and what to do; nothing where there are none.
    pub(super) fn line(&self, root: &Path) -> Option<String> {
        self.why.line("cannot be removed, though taken in", root)
    }

    /// As if their removal had not been tried for a while.
    #[cfg(test)]
    pub(super) fn make_due(&mut self) {
        self.tried = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_removed_by_now_is_forgotten_and_no_name_is_remembered_beyond_the_limit() {
        let (begin, root) = (Instant::now(), Path::new("/state"));
        let denied = || io::Error::from(io::ErrorKind::PermissionDenied);
        let mut kept = Kept::default();
        for number in 0..=MOST {
            kept.add(number.to_string(), &denied());
        }
        assert!(kept.is_full() && kept.holds("0") && !kept.holds(&MOST.to_string()));
        let odd = |name: &str| {
            if name.ends_with(['1', '3', '5', '7', '9']) {
                Ok(())
            } else {
                Err(denied())
            }
        };
        kept.try_again(begin, odd);
        assert!(kept.holds("0") && !kept.holds("1") && !kept.is_full());
        kept.try_again(begin, |_| Ok(()));
        assert!(kept.holds("0"), "tried a moment ago");
        let said = kept.line(root).unwrap();
        assert!(
            said.contains("1000 files") && said.contains("cannot be removed"),
            "{said}"
        );
        kept.try_again(begin + TRY_AGAIN, |_| Ok(()));
        assert_eq!((kept.holds("0"), kept.line(root)), (false, None));
    }
}
