//! Telling IRIS how many were folded into an alert, and what it means when that fails.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::outcome::random;
use super::outgoing::Report;
use super::road::Road;
use super::{Courier, CourierError, Job};
use crate::forwarder::delivery::{self, NotTold};
use crate::forwarder::spool::DestinationId;
use crate::forwarder::target::Denied;

/// How often is looked for counts to tell.
const TELL: Duration = Duration::from_millis(200);
/// Failures of its own after which a drain does not wait for a count.
const MOST_TRIES: u32 = 5;

/// Counts of one destination that IRIS may not take, each for a reason of its own; of more than these IRIS is the reason.
const MOST_OWN: usize = 3;

/// What became of the count of an alert.
#[derive(Debug, Clone, Copy)]
pub(super) enum Telling {
    /// IRIS was told of so many.
    Told(u64),
    /// It is told later.
    NotYet,
    /// IRIS does not show the alert.
    Missing,
    /// IRIS, or what is in front of it, answers and does not take this count.
    NotTaken,
    /// The account may not read alerts.
    Unreadable,
    /// That was said of another one just now.
    StillUnreadable,
}

/// How often IRIS failed with one count while it did well otherwise, and until when that is not tried again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tries {
    destination: DestinationId,
    count: u32,
    not_before: Instant,
}

impl Courier {
    /// Starts telling IRIS of folded alerts whose flush is due by then. Beside deliveries one at a time: a long backlog must not
    /// keep the counts of today from the analysts, nor they the backlog.
    pub(super) fn tell_counts(&mut self, now_us: i64, until_us: i64) -> Result<(), CourierError> {
        if until_us <= now_us && self.last_told.is_some_and(|at| at.elapsed() < TELL) {
            return Ok(());
        }
        self.last_told = Some(Instant::now());
        for destination in self.queue.untold_destinations()? {
            self.follow(destination);
            let most = self.settings.iris.concurrency;
            let road = self.roads.entry(destination).or_insert_with(|| Road::new(most));
            let busy = road.shelf.carriers() > 0;
            let limit = if busy || road.breaker.is_failing() {
                1
            } else {
                road.pace.limit()
            };
            let open = road.breaker.allows(Instant::now(), limit) > 0 && !(road.breaker.is_failing() && busy);
            let room = limit.saturating_sub(road.telling);
            let now = Instant::now();
            let denied = road.unreadable.is_some_and(|denied| denied.holds_for(now).is_some());
            if !open || room == 0 || denied {
                continue;
            }
            // However many of those are the first in line, they keep nobody from being told.
            let passes_over = |lead: i64| {
                let given_up = until_us > now_us && self.untellable.contains(&lead);
                let tries = self.tell_failures.get(&lead);
                given_up || self.telling.contains(&lead) || tries.is_some_and(|tries| tries.not_before > now)
            };
            for one in self.queue.untold(destination, until_us, room, passes_over)? {
                let lead = one.lead.seq;
                // An alert may lead more than one window.
                if self.telling.contains(&lead) {
                    continue;
                }
                let Some(target) = self.target(destination) else {
                    break;
                };
                self.telling.insert(lead);
                let mut turned = 0;
                if let Some(road) = self.roads.get_mut(&destination) {
                    road.telling += 1;
                    turned = road.turned;
                }
                let (mapping, outbox) = (Arc::clone(&self.mapping), Arc::clone(&self.outbox));
                let task = self.tasks.spawn(async move {
                    let told = delivery::tell(one.iris_id, &one.lead, &target, &mapping).await;
                    let report = Report::Told {
                        lead,
                        destination,
                        turned,
                        told,
                    };
                    outbox.put(report, true);
                });
                self.jobs.insert(task.id(), Job::Tell { destination, lead });
            }
        }
        Ok(())
    }

    /// What an attempt to tell a count means, for the count and for its destination.
    pub(super) fn telling(
        &mut self,
        lead: i64,
        destination: DestinationId,
        told: Result<u64, NotTold>,
        now: Instant,
    ) -> Telling {
        let most = self.settings.iris.concurrency;
        let road = self.roads.entry(destination).or_insert_with(|| Road::new(most));
        let failed = match told {
            Ok(count) => {
                road.breaker.succeeded(now);
                road.unreadable = None;
                self.forget_count(lead);
                return Telling::Told(count);
            }
            Err(failed) => failed,
        };
        let error = &failed.error;
        if matches!(error, iris_client::Error::NotFound) {
            // Of one that went to another place it was said once, for all of them.
            if self.untellable.insert(lead) && !self.is_of_before(lead) {
                tracing::warn!(
                    entry = lead,
                    "IRIS does not show the alert of entry {lead}, in which repeats are counted: it was deleted, or the account may \
                     not see it any more; the count waits, and further repeats become an alert of their own"
                );
            }
            return Telling::Missing;
        }
        if failed.unreadable {
            if road.unreadable.is_none() {
                tracing::error!(
                    %destination,
                    "the account may not read alerts in IRIS: counts of folded alerts cannot be written into them; give it alerts_read"
                );
            }
            let denied = road.unreadable.get_or_insert(Denied::new(now));
            let is_known = denied.holds_for(now).is_some();
            denied.said(now);
            return if is_known {
                Telling::StillUnreadable
            } else {
                Telling::Unreadable
            };
        }
        // Of an IRIS that is not there at all the count is not the reason.
        if failed.alive && failed.has_reached() {
            road.pace.refused();
            self.count_failure(lead, destination, error, now);
            self.given_up_some_day(destination, error)
        } else if error.is_retryable() || error.is_configuration() {
            let (wait, person) = (error.retry_after(), error.is_configuration());
            road.breaker
                .failed(&error.to_string(), wait, person, false, now, random());
            if person {
                road.target = None;
            }
            Telling::NotYet
        } else {
            if self.untellable.insert(lead) {
                tracing::warn!(entry = lead, %error, "cannot write the count of folded alerts into IRIS; it is tried again");
            }
            self.count_failure(lead, destination, error, now);
            self.given_up_some_day(destination, error)
        }
    }

    /// What becomes of a count that IRIS did not take: it is given up some day where it is the reason. What a person can put right, and
    /// what befalls many counts at once, is not about this one.
    fn given_up_some_day(&self, destination: DestinationId, error: &iris_client::Error) -> Telling {
        let alike = self
            .tell_failures
            .values()
            .filter(|tries| tries.destination == destination);
        let is_own = !error.is_configuration() && alike.take(MOST_OWN + 1).count() <= MOST_OWN;
        if is_own { Telling::NotTaken } else { Telling::NotYet }
    }

    /// Whether an alert is where its destination led before, as far as the queue can say.
    fn is_of_before(&self, lead: i64) -> bool {
        self.queue.is_of_before(lead).unwrap_or(false)
    }

    /// It is told or given up.
    fn forget_count(&mut self, lead: i64) {
        self.untellable.remove(&lead);
        self.tell_failures.remove(&lead);
    }

    /// IRIS fails with this count and does well otherwise: it is tried ever less often and closes the way for nothing.
    fn count_failure(&mut self, lead: i64, destination: DestinationId, error: &iris_client::Error, now: Instant) {
        let tries = self.tell_failures.entry(lead).or_insert(Tries {
            destination,
            count: 0,
            not_before: now,
        });
        tries.count = tries.count.saturating_add(1);
        tries.not_before = now + Duration::from_secs(1 << tries.count.min(10).saturating_sub(1));
        if tries.count >= MOST_TRIES && self.untellable.insert(lead) {
            tracing::warn!(
                entry = lead,
                tries = tries.count,
                %error,
                "IRIS fails whenever it is told how many were folded into the alert of entry {lead}; the count is kept and tried again, \
                 and nothing waits for it"
            );
        }
    }

    pub(super) fn write_telling(
        &mut self,
        lead: i64,
        destination: DestinationId,
        telling: Telling,
        now_us: i64,
    ) -> Result<(), CourierError> {
        let next_us = now_us.saturating_add(self.flush_us());
        match telling {
            Telling::Told(count) => self.queue.told(lead, Some(count), next_us)?,
            Telling::NotYet => self.queue.told(lead, None, next_us)?,
            Telling::StillUnreadable => {}
            Telling::Unreadable => {
                let given_up = self.queue.unreadable(destination, now_us)?;
                if given_up > 0 {
                    tracing::error!(
                        %destination,
                        given_up,
                        "the account has not been able to read alerts for a day: {given_up} repeats are told nowhere"
                    );
                }
            }
            Telling::NotTaken => {
                let given_up = self.queue.not_taken(lead, now_us, next_us)?;
                if given_up > 0 {
                    self.forget_count(lead);
                    tracing::error!(
                        entry = lead,
                        given_up,
                        "IRIS has not taken the count of the alert of entry {lead} for a day: {given_up} repeats of it are told nowhere, \
                         and further ones become an alert of their own"
                    );
                }
            }
            Telling::Missing => {
                let given_up = self.queue.missing(lead, now_us, next_us)?;
                if given_up > 0 && self.is_of_before(lead) {
                    self.forget_count(lead);
                    tracing::debug!(
                        entry = lead,
                        given_up,
                        "{given_up} repeats of entry {lead} are told nowhere"
                    );
                } else if given_up > 0 {
                    self.forget_count(lead);
                    tracing::error!(
                        entry = lead,
                        given_up,
                        "the alert of entry {lead} has been missing in IRIS for a day: {given_up} repeats of it are told nowhere"
                    );
                }
            }
        }
        Ok(())
    }
}
