//! From the queue to IRIS: attempts are started up to the pace that IRIS stands, and written down when they report back.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::{Courier, CourierError};
use crate::forwarder::delivery::{self, Attempt};
use crate::forwarder::queue::{QueueError, Settlement, micros};
use crate::forwarder::spool::DestinationId;
use crate::forwarder::target::{Breaker, Target};

/// How long an alert waits whose failure may not be its own, in microseconds.
const OWN_ERROR_US: i64 = 60_000_000;

/// Refusals in every form after which an alert is parked although no other was delivered meanwhile.
const MOST_REFUSALS: u32 = 5;

/// An attempt that ended, with its task.
pub(super) type Ended = Result<(tokio::task::Id, Report), tokio::task::JoinError>;

/// What an attempt reports back.
pub(super) enum Report {
    Alert {
        seq: i64,
        destination: DestinationId,
        degraded: bool,
        attempt: Attempt,
        took: Duration,
    },
    Told {
        lead: i64,
        destination: DestinationId,
        told: Result<u64, iris_client::Error>,
    },
}

impl Courier {
    /// Starts attempts up to the pace that IRIS stands.
    pub(super) fn hand_out(&mut self) -> Result<(), CourierError> {
        let now_us = micros(SystemTime::now());
        let room = self.pace.limit().saturating_sub(self.attempts.len());
        if room == 0 {
            return Ok(());
        }
        let closed = self.closed(now_us);
        let due = match self.queue.due(now_us, room, &self.in_hand, &closed) {
            Err(QueueError::Damaged { seq }) => {
                // One text that cannot be unpacked must not stop the others.
                let error = "its stored text is damaged".to_owned();
                tracing::error!(entry = seq, "the stored text of entry {seq} is damaged; it is parked");
                return Ok(self.queue.settle(&[(seq, Settlement::Parked { error })], now_us)?);
            }
            other => other?,
        };
        for alert in due {
            let destination = alert.destination;
            let probing = self.breakers.get(&destination).is_some_and(Breaker::is_failing);
            if probing && !self.attempts.is_empty() {
                continue;
            }
            let Some(target) = self.target(destination, now_us) else {
                continue;
            };
            self.in_hand.insert(alert.seq);
            let mapping = Arc::clone(&self.mapping);
            let seq = alert.seq;
            let task = self.attempts.spawn(async move {
                let began = Instant::now();
                let attempt = delivery::deliver(&alert, &target, &mapping).await;
                Report::Alert {
                    seq,
                    destination,
                    degraded: alert.degraded,
                    attempt,
                    took: began.elapsed(),
                }
            });
            self.tasks.insert(task.id(), seq);
        }
        self.tell_counts(now_us, now_us)
    }

    /// Destinations that get nothing now: closed, or tried with one alert that is under way.
    fn closed(&self, now_us: i64) -> BTreeSet<DestinationId> {
        let busy = !self.attempts.is_empty();
        let closed = |breaker: &Breaker| breaker.allows(now_us, 1) == 0 || (breaker.is_failing() && busy);
        self.breakers
            .iter()
            .filter(|(_, breaker)| closed(breaker))
            .map(|(id, _)| *id)
            .collect()
    }

    /// Starts telling IRIS of folded alerts whose flush is due by then, where no delivery wants the room.
    pub(super) fn tell_counts(&mut self, now_us: i64, until_us: i64) -> Result<(), CourierError> {
        let room = self.pace.limit().saturating_sub(self.attempts.len());
        if room == 0 {
            return Ok(());
        }
        let closed = self.closed(now_us);
        for one in self.queue.untold(until_us, room)? {
            let destination = one.lead.destination;
            let given_up = until_us > now_us && self.untellable.contains(&one.lead.seq);
            if given_up || closed.contains(&destination) || self.telling.contains(&one.lead.seq) {
                continue;
            }
            let Some(target) = self.target(destination, now_us) else {
                continue;
            };
            self.telling.insert(one.lead.seq);
            let mapping = Arc::clone(&self.mapping);
            self.attempts.spawn(async move {
                let told = delivery::tell(one.iris_id, &one.lead, &target, &mapping).await;
                Report::Told {
                    lead: one.lead.seq,
                    destination,
                    told,
                }
            });
        }
        Ok(())
    }

    /// The target of a destination; a destination that cannot be used is closed for a while, and its alerts wait.
    pub(super) fn target(&mut self, id: DestinationId, now_us: i64) -> Option<Arc<Target>> {
        if let Some(target) = self.targets.get(&id) {
            return Some(Arc::clone(target));
        }
        match Target::open(self.spool.root(), id, &self.settings.iris) {
            Ok(target) => {
                let target = Arc::new(target);
                self.targets.insert(id, Arc::clone(&target));
                Some(target)
            }
            Err(error) => {
                self.breakers
                    .entry(id)
                    .or_default()
                    .failed(&error.to_string(), None, true, now_us, random());
                None
            }
        }
    }

    /// Writes down a report and all others that are there already.
    pub(super) fn write_down(&mut self, first: Ended) -> Result<(), CourierError> {
        let now_us = micros(SystemTime::now());
        self.last_work = Instant::now();
        let mut ended = vec![first];
        while let Some(next) = self.attempts.try_join_next_with_id() {
            ended.push(next);
        }
        let mut settlements = std::mem::take(&mut self.unsettled);
        for end in ended {
            let report = match end {
                Ok((task, report)) => {
                    self.tasks.remove(&task);
                    report
                }
                Err(error) => {
                    settlements.extend(self.broken_off(&error, now_us));
                    continue;
                }
            };
            match report {
                Report::Alert {
                    seq,
                    destination,
                    degraded,
                    attempt,
                    took,
                } => {
                    settlements.push((seq, self.settlement(seq, destination, degraded, attempt, took, now_us)));
                }
                Report::Told {
                    lead,
                    destination,
                    told,
                } => self.write_told(lead, destination, told, now_us)?,
            }
        }
        if settlements.is_empty() {
            return Ok(());
        }
        if let Err(error) = tokio::task::block_in_place(|| self.queue.settle(&settlements, now_us)) {
            // Kept, and written down with the next ones: what IRIS has must not be sent again for a locked file.
            self.in_hand.extend(settlements.iter().map(|(seq, _)| *seq));
            self.unsettled = settlements;
            return Err(error.into());
        }
        for (seq, _) in &settlements {
            self.in_hand.remove(seq);
        }
        Ok(())
    }

    /// An attempt that ended in an error of our own: its alert is tried again, and counts it.
    fn broken_off(&mut self, error: &tokio::task::JoinError, now_us: i64) -> Option<(i64, Settlement)> {
        let seq = self.tasks.remove(&error.id());
        tracing::error!(entry = seq, %error, "an attempt ended in an error of our own; please report it");
        let Some(seq) = seq else {
            // It was telling a count: that is looked at again at the next flush.
            self.telling.clear();
            return None;
        };
        let error = "an error of our own while it was delivered".to_owned();
        let again = Settlement::Again {
            due_us: now_us + OWN_ERROR_US,
            error,
            degraded: true,
            counts: true,
        };
        Some((seq, again))
    }

    pub(super) fn settlement(
        &mut self,
        seq: i64,
        destination: DestinationId,
        degraded: bool,
        attempt: Attempt,
        took: Duration,
        now_us: i64,
    ) -> Settlement {
        let breaker = self.breakers.entry(destination).or_default();
        match attempt {
            Attempt::Delivered { iris_id, told } => {
                breaker.succeeded();
                self.pace.answered(took);
                *self.delivered.entry(destination).or_default() += 1;
                self.first_failures.remove(&seq);
                tracing::debug!(entry = seq, alert.id = iris_id, "delivered entry {seq}");
                Settlement::Delivered { iris_id, told }
            }
            Attempt::AlertFailed { error, wait, degrade } => {
                breaker.succeeded();
                let delivered = self.delivered.get(&destination).copied().unwrap_or(0);
                self.first_failures.entry(seq).or_insert((delivered, 0));
                tracing::warn!(
                    entry = seq,
                    error,
                    degrade,
                    "IRIS did not take entry {seq}; it is tried again"
                );
                let wait_us = i64::try_from(wait.as_micros()).unwrap_or(i64::MAX / 4);
                // A new form begins to count anew.
                Settlement::Again {
                    due_us: now_us.saturating_add(wait_us),
                    error,
                    degraded: degrade,
                    counts: degrade == degraded,
                }
            }
            Attempt::DestinationFailed {
                error,
                wait,
                configuration,
            } => {
                breaker.failed(&error, wait, configuration, now_us, random());
                self.pace.refused();
                if configuration {
                    // A new key or address may stand in the file by then.
                    self.targets.remove(&destination);
                }
                Settlement::Again {
                    due_us: 0,
                    error,
                    degraded,
                    counts: false,
                }
            }
            Attempt::Refused { error } if !self.others_passed(seq, destination) => {
                // Nothing else has passed since this one first failed: it may be IRIS that fails, in the words of a refusal.
                let breaker = self.breakers.entry(destination).or_default();
                breaker.failed(&error, None, false, now_us, random());
                Settlement::Again {
                    due_us: now_us + OWN_ERROR_US,
                    error,
                    degraded,
                    counts: false,
                }
            }
            Attempt::Refused { error } => {
                self.breakers.entry(destination).or_default().succeeded();
                self.first_failures.remove(&seq);
                tracing::error!(
                    entry = seq,
                    error,
                    "IRIS refuses entry {seq} in every form; see `custom-iris spool show {seq}`"
                );
                Settlement::Parked { error }
            }
        }
    }

    /// Whether a refusal is about the alert: another was delivered to this destination since it first failed, or it was
    /// refused again and again while its destination was tried.
    fn others_passed(&mut self, seq: i64, destination: DestinationId) -> bool {
        let delivered = self.delivered.get(&destination).copied().unwrap_or(0);
        let (before, refusals) = self.first_failures.entry(seq).or_insert((delivered, 0));
        *refusals += 1;
        delivered > *before || *refusals >= MOST_REFUSALS
    }

    pub(super) fn write_told(
        &mut self,
        lead: i64,
        destination: DestinationId,
        told: Result<u64, iris_client::Error>,
        now_us: i64,
    ) -> Result<(), CourierError> {
        self.telling.remove(&lead);
        let flush_us = i64::try_from(self.settings.noise.flush_every.as_micros()).unwrap_or(i64::MAX / 4);
        let next_us = now_us.saturating_add(flush_us);
        match told {
            Ok(count) => self.queue.told(lead, Some(count), next_us)?,
            // Deleted by a person: there is nothing left to count in.
            Err(iris_client::Error::NotFound) => self.queue.told(lead, Some(u64::MAX >> 1), next_us)?,
            Err(error) => {
                if error.is_retryable() {
                    self.breakers.entry(destination).or_default().failed(
                        &error.to_string(),
                        error.retry_after(),
                        false,
                        now_us,
                        random(),
                    );
                } else {
                    tracing::warn!(entry = lead, %error, "cannot write the count of folded alerts into IRIS; it is tried again");
                    self.untellable.insert(lead);
                }
                self.queue.told(lead, None, next_us)?;
            }
        }
        Ok(())
    }
}

/// A number in 0..1 that differs between couriers; nothing depends on its quality.
fn random() -> f64 {
    f64::from(
        SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| since.subsec_nanos() % 1000),
    ) / 1000.0
}
