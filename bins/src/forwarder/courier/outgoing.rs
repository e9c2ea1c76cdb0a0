//! From the queue to IRIS: attempts are started up to the pace that IRIS stands, and written down when they report back.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::drain::without_its_number;
use super::outcome::{Moment, elsewhere, random};
use super::road::{Carrier, Road, carry};
use super::telling::Telling;
use super::{Courier, CourierError, Job};
use crate::forwarder::delivery::{Attempt, NotTold};
use crate::forwarder::queue::{QueueError, Settlement, is_over, micros};
use crate::forwarder::spool::DestinationId;
use crate::forwarder::target::Target;

/// How often is looked for something urgent that nobody announced.
const WAY: Duration = Duration::from_secs(2);

/// A task that ended.
pub(super) type Ended = Result<(tokio::task::Id, ()), tokio::task::JoinError>;

/// What a task reports back.
#[derive(Debug)]
pub(super) enum Report {
    Alert {
        seq: i64,
        destination: DestinationId,
        /// How often the destination had turned elsewhere when it was sent.
        turned: u32,
        /// The form in which it was sent.
        degraded: bool,
        /// The form that it had before: plain text may go right after the whole one was refused by name.
        was_degraded: bool,
        attempt: Attempt,
        /// When it was sent, and when that had come to something: it may be judged much later.
        began: Instant,
        ended: Instant,
        /// What lay ready and was not tried because this one failed.
        untried: Vec<i64>,
    },
    Told {
        lead: i64,
        destination: DestinationId,
        turned: u32,
        told: Result<u64, NotTold>,
    },
}

impl Courier {
    /// Fills shelves and puts carriers to work, as many as each IRIS stands.
    pub(super) fn hand_out(&mut self) -> Result<(), CourierError> {
        let now_us = micros(SystemTime::now());
        self.line_up(now_us)?;
        for destination in self.queue.ready_destinations()? {
            self.follow(destination);
            let now = Instant::now();
            let most = self.settings.iris.concurrency;
            let road = self.roads.entry(destination).or_insert_with(|| Road::new(most));
            let failing = road.breaker.is_failing();
            let busy = road.shelf.carriers() > 0;
            if road.breaker.is_asked_to_wait(now) {
                // Whoever was told so, perhaps about a count: carriers find nothing more, and what comes meanwhile is not behind it.
                for seq in road.shelf.clear() {
                    self.in_hand.remove(&seq);
                }
            }
            if road.breaker.allows(now, most) == 0 || (failing && busy) {
                continue;
            }
            let Some(target) = self.target(destination) else {
                continue;
            };
            if self.fresh {
                self.make_way(destination)?;
            }
            self.fill(destination, now)?;
            let Some(road) = self.roads.get_mut(&destination) else {
                continue;
            };
            let limit = if failing { 1 } else { road.pace.limit() };
            road.shelf.set_may_grow(limit < most);
            let (more, generation) = road.shelf.staff(limit);
            for _ in 0..more {
                self.last_carrier += 1;
                let number = self.last_carrier;
                let carrier = Carrier {
                    number,
                    generation,
                    turned: road.turned,
                };
                let (target, mapping, outbox) =
                    (Arc::clone(&target), Arc::clone(&self.mapping), Arc::clone(&self.outbox));
                let shelf = Arc::clone(&road.shelf);
                let task = self
                    .tasks
                    .spawn(carry(carrier, destination, shelf, target, mapping, outbox));
                self.jobs.insert(
                    task.id(),
                    Job::Carry {
                        destination,
                        shelf: Arc::clone(&road.shelf),
                        carrier: number,
                    },
                );
            }
        }
        self.fresh = false;
        self.tell_counts(now_us, now_us)
    }

    /// Puts what has waited long enough back in line, and sees whether what lies ready may not be the most urgent any more.
    pub(super) fn line_up(&mut self, now_us: i64) -> Result<(), CourierError> {
        if self.queue.next_due_us()?.is_some_and(|at| is_over(at, now_us)) {
            self.fresh |= self.queue.call_back(now_us)?;
        }
        // What a person puts back in line announces itself nowhere, and a way may have been closed when something came.
        if self.last_way.is_none_or(|at| at.elapsed() >= WAY) {
            self.last_way = Some(Instant::now());
            self.fresh = true;
            // Those too for which all is put off.
            let known: Vec<DestinationId> = self.roads.keys().copied().collect();
            for id in known {
                self.follow(id);
            }
        }
        Ok(())
    }

    /// Clears a shelf when something more urgent has come than what lies at its end.
    pub(super) fn make_way(&mut self, destination: DestinationId) -> Result<(), CourierError> {
        let Some(road) = self.roads.get(&destination) else {
            return Ok(());
        };
        let (Some(last), Some(new)) = (
            road.shelf.least_urgent(),
            self.queue
                .most_urgent(destination, &road.without_suspects(&self.in_hand))?,
        ) else {
            return Ok(());
        };
        if new < last {
            for seq in road.shelf.clear() {
                self.in_hand.remove(&seq);
            }
        }
        Ok(())
    }

    /// Fills a shelf.
    pub(super) fn fill(&mut self, destination: DestinationId, now: Instant) -> Result<(), CourierError> {
        let Some(road) = self.roads.get_mut(&destination) else {
            return Ok(());
        };
        let shelf = Arc::clone(&road.shelf);
        let _held = self.queue.hold()?;
        let Some(picked) = road.pick(&self.queue, destination, &self.in_hand, now)? else {
            return Ok(());
        };
        for ready in picked {
            let line = ready.line;
            match self.queue.unpack(ready.seq) {
                Ok(due) => {
                    self.in_hand.insert(due.seq);
                    shelf.put(line, due);
                }
                Err(QueueError::Damaged { seq }) => {
                    // One text that cannot be unpacked must not stop the others.
                    let error = "its stored text is damaged".to_owned();
                    tracing::error!(entry = seq, "the stored text of entry {seq} is damaged; it is parked");
                    self.in_hand.insert(seq);
                    self.unsettled.push((seq, Settlement::Parked { error }));
                }
                Err(error) => return Err(error.into()),
            }
            if shelf.is_heavy() {
                break;
            }
        }
        Ok(())
    }

    /// The target of a destination; a destination that cannot be used is closed for a while, and its alerts wait.
    pub(super) fn target(&mut self, id: DestinationId) -> Option<Arc<Target>> {
        let most = self.settings.iris.concurrency;
        let road = self.roads.entry(id).or_insert_with(|| Road::new(most));
        if let Some(target) = &road.target {
            return Some(Arc::clone(target));
        }
        match Target::open(self.spool.root(), id, &self.settings.iris) {
            Ok(target) => {
                if let Err(why) = self.settings.forward.severity.with(target.severity()) {
                    tracing::warn!(
                        destination = %id,
                        "the severities in <options> of an <integration> contradict forward.severity and do not count ({why}): name \
                         there every severity that is in the way, too"
                    );
                }
                let target = Arc::new(target);
                road.target = Some(Arc::clone(&target));
                Some(target)
            }
            Err(error) => {
                road.breaker
                    .failed(&error.to_string(), None, true, false, Instant::now(), random());
                None
            }
        }
    }

    /// Writes down what has been reported, in one transaction.
    pub(super) fn write_down(&mut self) -> Result<(), CourierError> {
        let reports = self.outbox.empty();
        if reports.is_empty() && self.unsettled.is_empty() && self.unwritten.is_empty() {
            return Ok(());
        }
        let at = Moment::of(SystemTime::now());
        let now_us = at.now_us;
        self.last_work = Instant::now();
        let mut settlements = std::mem::take(&mut self.unsettled);
        settlements.reserve(reports.len());
        for report in reports {
            match report {
                Report::Alert {
                    seq,
                    destination,
                    turned,
                    degraded,
                    was_degraded,
                    attempt,
                    began,
                    ended,
                    untried,
                } => {
                    for seq in untried {
                        self.in_hand.remove(&seq);
                    }
                    let mut attempt = attempt;
                    if let Some(drain) = &mut self.drain {
                        attempt = without_its_number(attempt);
                        drain.note(seq, destination, &attempt);
                    }
                    let most = self.settings.iris.concurrency;
                    let road = self.roads.entry(destination).or_insert_with(|| Road::new(most));
                    let at = Moment { now: ended, ..at };
                    let took = ended.saturating_duration_since(began);
                    let is_taken = matches!(attempt, Attempt::Delivered { .. });
                    let settlement = if turned != road.turned {
                        // What the former place refused, the one of now may take.
                        elsewhere(was_degraded)
                    } else if degraded && !was_degraded && !is_taken {
                        // One that does not take the plain text either may refuse everything, as one of another version does: it stays
                        // whole.
                        road.outcome_of_both(seq, attempt, took, at)
                    } else {
                        road.outcome(seq, degraded, attempt, took, at)
                    };
                    settlements.push((seq, settlement));
                }
                Report::Told {
                    lead,
                    destination,
                    turned,
                    told,
                } => {
                    let is_of_now = self.roads.get(&destination).is_none_or(|road| road.turned == turned);
                    let telling = match told {
                        // Of the place that it led to before: nothing of the one of now.
                        Err(_) if !is_of_now => Telling::NotYet,
                        Ok(count) if !is_of_now => Telling::Told(count),
                        told => self.telling(lead, destination, told, at.now),
                    };
                    self.unwritten.push_back((lead, destination, telling));
                }
            }
        }
        let flush_us = self.flush_us();
        if let Err(error) = tokio::task::block_in_place(|| self.queue.settle(&settlements, now_us, flush_us)) {
            // Kept, and written down with the next ones: what IRIS has must not be sent again for a locked file.
            self.unsettled = settlements;
            return Err(error.into());
        }
        for (seq, _) in &settlements {
            self.in_hand.remove(seq);
        }
        // One is forgotten when it is written: what cannot be written is written later, and not told again meanwhile.
        while let Some(&(lead, destination, telling)) = self.unwritten.front() {
            self.write_telling(lead, destination, telling, now_us)?;
            self.unwritten.pop_front();
            self.telling.remove(&lead);
            if let Some(road) = self.roads.get_mut(&destination) {
                road.telling = road.telling.saturating_sub(1);
            }
            // There may be more to tell.
            self.last_told = None;
        }
        Ok(())
    }

    pub(super) fn flush_us(&self) -> i64 {
        i64::try_from(self.settings.noise.flush_every.as_micros()).unwrap_or(i64::MAX / 4)
    }

    /// A task that ended. When it broke off, what it had in hand is tried again, and the alert that it carried counts it.
    pub(super) fn ended(&mut self, ended: Ended) {
        let (id, error) = match ended {
            Ok((id, ())) => (id, None),
            Err(error) => (error.id(), Some(error)),
        };
        let job = self.jobs.remove(&id);
        let Some(error) = error else { return };
        tracing::error!(?job, %error, "an attempt ended in an error of our own; please report it");
        match job {
            Some(Job::Carry {
                destination,
                shelf,
                carrier,
            }) => {
                let at = Moment::of(SystemTime::now());
                if let Some(road) = self.roads.get_mut(&destination)
                    && let Some(seq) = shelf.lost(carrier)
                {
                    self.unsettled.push((seq, road.broke_off(seq, at)));
                }
            }
            Some(Job::Tell { destination, lead }) => {
                self.untellable.insert(lead);
                // In its turn behind the others.
                self.unwritten.push_back((lead, destination, Telling::NotYet));
            }
            None => {}
        }
    }
}
