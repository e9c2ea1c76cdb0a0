//! What follows from how work on an alert ended.

use iris_client::{AlertId, Error};
use tokio::task::{Id, JoinError};

use super::{App, DRAIN_TRIES, IRIS_PAUSE};
use crate::worker::claiming::{Ending, locked};
use crate::worker::clock;
use crate::worker::review::{Heard, Review};

impl App {
    pub(super) fn finish(&mut self, done: Result<(Id, Ending), JoinError>) {
        let task = match &done {
            Ok((task, _)) => *task,
            Err(error) => error.id(),
        };
        let Some(id) = self.in_hand.remove(&task) else {
            return;
        };
        let ending = match done {
            Ok((_, ending)) => ending,
            Err(error) => {
                tracing::error!(alert.id = %id, %error, "work on alert {id} ended in an error of our own; its claim lapses");
                self.lapse(id);
                self.breaker.failed(clock::now());
                return;
            }
        };
        match ending {
            Ending::Reviewed(review) => {
                self.tally.reviewed += 1;
                if review.repeated {
                    self.tally.repeated += 1;
                    locked(&self.desk.budget).give_back(id);
                } else {
                    self.breaker.succeeded();
                    self.succeeded_at = clock::now();
                }
                self.done(id);
                self.keep(id, review);
            }
            Ending::Failed(review) => {
                if review.heard == Heard::Answer {
                    self.breaker.succeeded();
                    self.succeeded_at = clock::now();
                }
                self.tally.failed += 1;
                self.done(id);
                self.keep(id, review);
            }
            Ending::Interim => {
                self.tally.interim += 1;
                self.done(id);
            }
            Ending::Completed => {
                self.tally.completed += 1;
                self.done(id);
            }
            Ending::Left => {
                self.tally.left += 1;
                self.put_off(id);
            }
            Ending::Waits(until) => self.patience.wait_until(id, until),
            Ending::Backend(error) => {
                self.lapse(id);
                tracing::warn!(alert.id = %id, %error, "the triager failed on alert {id}; its claim lapses and it is taken up again");
                if self.breaker.failed(clock::now()) {
                    tracing::error!(%error, "the triager failed too often in a row; nothing is claimed for a while");
                }
            }
            Ending::Unclaimed(error) => {
                tracing::warn!(alert.id = %id, %error, "alert {id} could not be claimed");
                self.put_off(id);
                self.refused(error);
            }
            Ending::Iris(error) => {
                tracing::warn!(alert.id = %id, %error, "IRIS failed while alert {id} was worked on");
                self.lapse(id);
                self.refused(error);
            }
        }
    }

    fn done(&mut self, id: AlertId) {
        self.patience.forget(id);
        self.lapsed.remove(&id);
        self.given_up.remove(&id);
        self.refused_until = None;
    }

    fn keep(&mut self, id: AlertId, review: Review) {
        if self.settings.recheck.is_some() && !self.restored.contains(&id) {
            self.results.keep(id, review, clock::now());
        }
    }

    /// Looks at the results of the last hours again, by few requests, and writes once more what was wiped out of a note.
    pub(super) async fn recheck(&mut self, at_end: bool) {
        let Some(every) = self.settings.recheck else { return };
        let every = if at_end { std::time::Duration::ZERO } else { every };
        let due = self.results.due(every, clock::now());
        let most = ids_at_once(self.settings.page_size);
        for page in due.chunks(usize::try_from(most).unwrap_or(1)) {
            let wiped = match self.desk.wiped(page, most).await {
                Ok(wiped) => wiped,
                Err(error) => {
                    tracing::debug!(%error, "could not look at earlier results again");
                    return;
                }
            };
            for id in wiped {
                let in_hand = self.in_hand.values().any(|other| *other == id);
                let Some(review) = self.results.take(id).filter(|_| !in_hand) else {
                    continue;
                };
                match self.desk.restore(id, &review).await {
                    Ok(written) => {
                        self.tally.restored += u64::from(written);
                        self.restored.insert(id);
                    }
                    Err(error) => {
                        tracing::warn!(alert.id = %id, %error, "could not write the result of alert {id} again");
                        self.results.keep(id, review, clock::now());
                    }
                }
            }
        }
        while self.restored.len() > super::MOST_RESTORED {
            self.restored.pop_first();
        }
    }

    /// Leaves an alert alone for a while, and in a drain for good after some tries.
    fn put_off(&mut self, id: AlertId) {
        let tries = self.patience.put_off(id, clock::now());
        if self.once && tries >= DRAIN_TRIES {
            tracing::error!(alert.id = %id, tries, "alert {id} is given up");
            self.given_up.insert(id);
        }
    }

    fn lapse(&mut self, id: AlertId) {
        self.tally.lapsed += 1;
        if self.once {
            self.lapsed.insert(id);
        }
        // Where no claim stands, it would be taken again at once.
        self.put_off(id);
    }

    /// IRIS itself is the obstacle where it refuses the account or the settings: every alert would fare the same.
    fn refused(&mut self, error: Error) {
        if error.is_configuration() {
            self.report(&format!("IRIS: {error}"));
            self.refused_until = Some(clock::now() + IRIS_PAUSE);
            self.refusal = Some(error);
        }
    }
}

/// Ids that one request names: they stand in its first line, which gunicorn bounds to 4,094 bytes.
const MOST_IDS: u32 = 200;

fn ids_at_once(page_size: u32) -> u32 {
    page_size.clamp(1, MOST_IDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ids_of_one_request_fit_into_its_first_line() {
        assert_eq!([0, 30, 1000].map(ids_at_once), [1, 30, 200]);
        // Ids of ten digits, each with an escaped comma, leave room for the rest of the line.
        assert!(ids_at_once(1000) * (10 + 3) < 3000);
    }
}
