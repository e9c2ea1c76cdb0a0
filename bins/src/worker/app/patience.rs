//! Alerts that could not be worked on, and when each is tried again.

use std::collections::BTreeMap;
use std::time::Duration;

use iris_client::AlertId;

/// First pause of an alert; it doubles from try to try.
const FIRST: Duration = Duration::from_millis(500);
/// Longest pause of an alert.
const LONGEST: Duration = Duration::from_mins(1);
/// Alerts that are remembered; the one that is due first is forgotten first.
const MOST: usize = 1 << 16;

/// Pauses, one for each alert that failed.
#[derive(Debug, Default)]
pub(super) struct Patience {
    pauses: BTreeMap<AlertId, Pause>,
}

#[derive(Debug, Clone, Copy)]
struct Pause {
    tries: u32,
    /// When it was put off first.
    since: Duration,
    until: Duration,
    /// Whether it failed at nothing and only has to wait.
    waits: bool,
}

impl Patience {
    /// Puts an alert off; returns how many times in a row.
    pub(super) fn put_off(&mut self, id: AlertId, now: Duration) -> u32 {
        let tries = self.tries(id).saturating_add(1);
        let pause = FIRST.saturating_mul(1 << (tries - 1).min(16)).min(LONGEST);
        let pause = Pause {
            tries,
            since: self.pauses.get(&id).map_or(now, |pause| pause.since),
            until: now.saturating_add(pause),
            waits: false,
        };
        self.put(id, pause);
        tries
    }

    /// Leaves an alert alone until then; it has failed at nothing.
    pub(super) fn wait_until(&mut self, id: AlertId, until: Duration) {
        let (tries, since) = self
            .pauses
            .get(&id)
            .map_or((0, until), |pause| (pause.tries, pause.since));
        let pause = Pause {
            tries,
            since,
            until,
            waits: true,
        };
        self.put(id, pause);
    }

    fn put(&mut self, id: AlertId, pause: Pause) {
        self.pauses.insert(id, pause);
        if self.pauses.len() > MOST
            && let Some(first) = self
                .pauses
                .iter()
                .min_by_key(|(_, pause)| pause.until)
                .map(|(id, _)| *id)
        {
            self.pauses.remove(&first);
        }
    }

    /// Forgets an alert: work on it has got somewhere.
    pub(super) fn forget(&mut self, id: AlertId) {
        self.pauses.remove(&id);
    }

    /// How many times in a row an alert was put off.
    pub(super) fn tries(&self, id: AlertId) -> u32 {
        self.pauses.get(&id).map_or(0, |pause| pause.tries)
    }

    /// When an alert was put off first; never is long ago.
    pub(super) fn since(&self, id: AlertId) -> Duration {
        self.pauses.get(&id).map_or(Duration::ZERO, |pause| pause.since)
    }

    /// Whether an alert only waits, and has failed at nothing.
    pub(super) fn is_waiting(&self, id: AlertId) -> bool {
        self.pauses.get(&id).is_some_and(|pause| pause.waits)
    }

    /// Until when an alert is left alone, if that is in the future.
    pub(super) fn until(&self, id: AlertId, now: Duration) -> Option<Duration> {
        self.pauses
            .get(&id)
            .map(|pause| pause.until)
            .filter(|until| *until > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_doubles_up_to_a_minute_and_begins_anew_after_success() {
        let (mut patience, id, now) = (Patience::default(), AlertId(7), Duration::from_secs(1000));
        let waits: Vec<u128> = (1..=9)
            .map(|tries| {
                assert_eq!(patience.put_off(id, now), tries);
                patience.until(id, now).unwrap().saturating_sub(now).as_millis()
            })
            .collect();
        assert_eq!(waits, [500, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000]);
        assert_eq!(patience.until(id, now + LONGEST), None);
        patience.forget(id);
        assert_eq!(patience.put_off(id, now), 1);
    }

    #[test]
    fn it_remembers_so_many_and_forgets_what_is_due_first() {
        let mut patience = Patience::default();
        for id in 0..=MOST {
            let id = i64::try_from(id).unwrap();
            patience.put_off(AlertId(id), Duration::from_secs(id.unsigned_abs()));
        }
        assert_eq!(patience.pauses.len(), MOST);
        assert_eq!((patience.tries(AlertId(0)), patience.tries(AlertId(1))), (0, 1));
    }
}
