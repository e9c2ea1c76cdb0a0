//! From the queue to IRIS: attempts are started up to the pace that IRIS stands, and written down when they report back.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::{Courier, CourierError};
use crate::forwarder::delivery::{self, Attempt};
use crate::forwarder::queue::{Settlement, micros};
use crate::forwarder::spool::DestinationId;
use crate::forwarder::target::{Breaker, Target};

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
        let closed: BTreeSet<_> = self
            .breakers
            .iter()
            .filter(|(_, breaker)| {
                breaker.allows(now_us, room) == 0 || (breaker.is_failing() && !self.attempts.is_empty())
            })
            .map(|(id, _)| *id)
            .collect();
        let due = self.queue.due(now_us, room, &self.in_hand, &closed)?;
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
            self.attempts.spawn(async move {
                let began = Instant::now();
                let attempt = delivery::deliver(&alert, &target, &mapping).await;
                let (seq, degraded) = (alert.seq, alert.degraded);
                Report::Alert {
                    seq,
                    destination,
                    degraded,
                    attempt,
                    took: began.elapsed(),
                }
            });
        }
        self.tell_counts(now_us, &closed)
    }

    /// Starts telling IRIS of folded alerts where no delivery wants the room.
    pub(super) fn tell_counts(&mut self, now_us: i64, closed: &BTreeSet<DestinationId>) -> Result<(), CourierError> {
        let room = self.pace.limit().saturating_sub(self.attempts.len());
        if room == 0 {
            return Ok(());
        }
        for one in self.queue.untold(now_us, room)? {
            let destination = one.lead.destination;
            let given_up = now_us == i64::MAX && self.untellable.contains(&one.lead.seq);
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
    pub(super) fn write_down(&mut self, first: Option<Report>) -> Result<(), CourierError> {
        let now_us = micros(SystemTime::now());
        self.last_work = Instant::now();
        let mut settlements = Vec::new();
        let mut reports: Vec<Report> = first.into_iter().collect();
        while let Some(Ok(report)) = self.attempts.try_join_next() {
            reports.push(report);
        }
        for report in reports {
            match report {
                Report::Alert {
                    seq,
                    destination,
                    degraded,
                    attempt,
                    took,
                } => {
                    self.in_hand.remove(&seq);
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
        tokio::task::block_in_place(|| self.queue.settle(&settlements, now_us))?;
        Ok(())
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
                tracing::info!(entry = seq, alert.id = iris_id, "delivered entry {seq}");
                Settlement::Delivered { iris_id, told }
            }
            Attempt::AlertFailed { error, wait, degrade } => {
                breaker.succeeded();
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
                // A new key or address may stand in the file by then.
                self.targets.remove(&destination);
                Settlement::Again {
                    due_us: 0,
                    error,
                    degraded,
                    counts: false,
                }
            }
            Attempt::Refused { error } => {
                breaker.succeeded();
                tracing::error!(
                    entry = seq,
                    error,
                    "IRIS refuses entry {seq} in every form; see `custom-iris spool show {seq}`"
                );
                Settlement::Parked { error }
            }
        }
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
