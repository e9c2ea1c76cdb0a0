//! Which alerts are taken, in which order, and when the list is made anew.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use iris_client::AlertId;
use triage_core::workflow::{Lapse, Seen, Step, Waiting, WorkerId, claim_delay, next_step, rank};

use super::{App, Found, WorkerError};
use crate::forwarder::target::detect;
use crate::worker::claiming::{Job, Mode, locked, number};
use crate::worker::clock;
use crate::worker::listing::{self, Listed};

/// Shortest pause between two lists.
const LIST_PAUSE: Duration = Duration::from_millis(250);
/// Workers for whose shares the list is made longer.
const MOST_SHARES: usize = 8;
/// Why a rule judges what the budget has no room for.
const OVER_BUDGET: &str = "the budget for this hour is used up";
/// Failures of the triager for one alert in a row after which the alert is to blame, if others went well meanwhile.
const EXCUSES: u32 = 3;

/// What the last list showed, and what of it is left.
#[derive(Debug)]
pub(super) struct LastList {
    /// Eligible for this worker.
    pub(super) candidates: Vec<Candidate>,
    /// Whether some were taken since.
    took_some: bool,
    /// Left to other workers, or alone, for a while.
    pub(super) delayed: usize,
    /// Waiting for a budget.
    pub(super) over_budget: usize,
    /// Alerts that asked for a triage, by IRIS's count.
    pub(super) asking: u64,
    /// Whether it showed all of them.
    complete: bool,
    /// Workers whose claims stood in it.
    at_work: Vec<WorkerId>,
    /// When it was made and the next one is due, on the worker's clock.
    listed_at: Duration,
    list_at: Duration,
}

impl Default for LastList {
    fn default() -> Self {
        Self {
            candidates: Vec::new(),
            took_some: false,
            delayed: 0,
            over_budget: 0,
            asking: 0,
            complete: true,
            at_work: Vec::new(),
            listed_at: Duration::ZERO,
            list_at: Duration::ZERO,
        }
    }
}

/// An alert that may be taken.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    waiting: Waiting,
    rule: Option<String>,
    /// Whether rules judge it, because the budget has no room for it and it has waited long enough.
    over_budget: bool,
}

impl App {
    /// Takes what there is room for from the last list, and makes a new one when that is used up or old.
    pub(super) async fn take(&mut self, most: usize, mode: &Mode, poll: Duration) -> Result<Found, WorkerError> {
        let now = clock::now();
        let all_taken = self.last.candidates.is_empty() && self.last.took_some && !self.last.complete;
        let used_up = all_taken || self.last.candidates.is_empty() && self.tasks.is_empty();
        // While there is something to take, only the poll makes the list anew: for what is worse and came later.
        let due = if self.last.candidates.is_empty() {
            self.last.list_at
        } else {
            self.last.listed_at + self.settings.poll
        };
        let listed = now >= due || used_up && now >= self.last.listed_at + LIST_PAUSE;
        if listed {
            self.list(mode, poll).await?;
        }
        // What was true when the list was made may have changed since all of it was done.
        let unknown = used_up && !listed;
        let cycle = if self.once {
            usize::MAX
        } else {
            self.settings.max_per_cycle
        };
        let mut taken = 0;
        let workers = self.workers();
        let lead = self.desk.in_company().then(|| self.desk.timing.quiet());
        while taken < most.min(cycle) {
            if self.desk.floor.load().room(lead) == 0 {
                break;
            }
            let Some(next) = self.choose(&workers) else {
                break;
            };
            let id = AlertId(i64::try_from(next.waiting.alert_id).unwrap_or(0));
            if self.in_hand.values().any(|other| *other == id) {
                continue;
            }
            // As the triager is now, and not as it was when the list was made.
            let mode = if next.over_budget {
                Mode::Rules(OVER_BUDGET.to_owned())
            } else {
                mode.clone()
            };
            if mode == Mode::Ask {
                let until = locked(&self.desk.budget).free_at(next.rule.as_deref(), clock::now());
                if let Some(until) = until {
                    self.last.over_budget += 1;
                    self.patience.wait_until(id, until.min(clock::now() + poll));
                    continue;
                }
            }
            taken += 1;
            self.last.took_some = true;
            self.begin(id, mode);
        }
        let all_taken = self.last.candidates.is_empty() && self.last.took_some && !self.last.complete;
        let next_list = if unknown || all_taken {
            self.last.listed_at + LIST_PAUSE
        } else {
            self.last.list_at
        };
        let pause = next_list.saturating_sub(clock::now()).min(poll);
        Ok(Found {
            taken,
            waiting: self.last.candidates.len() + self.last.delayed + usize::from(unknown || !self.last.complete),
            pause: pause.max(Duration::from_millis(10)),
        })
    }

    fn begin(&mut self, id: AlertId, mode: Mode) {
        // What was written before is not the answer to who asks now, and must not come back over a claim that lapses.
        self.results.take(id);
        let blamed = self.patience.tries(id) >= EXCUSES && self.patience.since(id) < self.succeeded_at;
        let job = Job {
            id,
            mode,
            excusable: !blamed,
            place: self.desk.floor.enter(),
        };
        let (desk, reviewer) = (Arc::clone(&self.desk), Arc::clone(&self.reviewer));
        let silence = Arc::clone(&self.silence);
        let task = self
            .tasks
            .spawn(async move { desk.work_on(job, &reviewer, &silence).await });
        self.in_hand.insert(task.id(), id);
    }

    /// Takes the alert whose turn it is off the list. Of the next few in order, as many as there are workers, a worker takes the one
    /// for which it comes first: so each starts elsewhere, and the order is kept but for these few.
    fn choose(&mut self, workers: &[WorkerId]) -> Option<Candidate> {
        let waiting: Vec<Waiting> = self.last.candidates.iter().map(|candidate| candidate.waiting).collect();
        let order = self.turns.order(&waiting);
        let window = order.iter().take(workers.len().max(1));
        let own = window
            .min_by_key(|alert| rank(alert.alert_id, &self.desk.me, workers))?
            .alert_id;
        self.turns.next(&waiting);
        let at = self
            .last
            .candidates
            .iter()
            .position(|candidate| candidate.waiting.alert_id == own)?;
        Some(self.last.candidates.swap_remove(at))
    }

    /// Workers that are known: those whose claims stand in the last list, those on this host, and this one.
    pub(super) fn workers(&self) -> Vec<WorkerId> {
        let mut workers = self.desk.here.neighbours(&self.desk.me);
        workers.extend(self.last.at_work.iter().cloned());
        workers.push(self.desk.me.clone());
        workers.sort_unstable();
        workers.dedup();
        workers
    }

    /// Lists what is eligible for this worker now, and says when to list again.
    async fn list(&mut self, mode: &Mode, poll: Duration) -> Result<(), WorkerError> {
        let desk = Arc::clone(&self.desk);
        if self.ranks.is_none() {
            for client in [&desk.iris, &desk.claims] {
                detect(client).await?;
            }
            self.ranks = Some(listing::severity_ranks(&desk.iris).await?);
        }
        let ranks = self.ranks.as_ref().unwrap_or(&super::NO_RANKS);
        // Of what is listed, only the share for which this worker comes first is taken at once.
        let share = self.workers().len().clamp(1, MOST_SHARES);
        let most = (desk.floor.slots().max(self.settings.max_per_cycle) + self.in_hand.len()) * share;
        let listing = listing::open_alerts(&desk.iris, &desk.names, ranks, self.settings.page_size, most).await?;
        let now = clock::now();
        self.last.at_work = listing::workers(&listing.alerts, &desk.me);
        if self.last.at_work.len() > 1 {
            *locked(&desk.company) = Some(now);
        }
        let workers = self.workers();
        self.last.asking = listing.asking;
        self.last.complete = listing.complete;
        self.last.candidates.clear();
        self.last.took_some = false;
        self.last.delayed = 0;
        self.last.over_budget = 0;
        self.last.listed_at = now;
        self.last.list_at = now + poll;
        let in_hand: BTreeSet<AlertId> = self.in_hand.values().copied().collect();
        for alert in listing.alerts.iter().filter(|alert| !in_hand.contains(&alert.id)) {
            self.consider(alert, mode, &workers, now);
        }
        tracing::debug!(
            listed = listing.alerts.len(),
            candidates = self.last.candidates.len(),
            delayed = self.last.delayed,
            next_ms = self.last.list_at.saturating_sub(now).as_millis(),
            "listed what asks for a triage"
        );
        self.say_how_long(workers.len());
        Ok(())
    }

    /// Puts an alert of the list among the candidates, or says when to look at it again.
    fn consider(&mut self, alert: &Listed, mode: &Mode, workers: &[WorkerId], now: Duration) {
        let desk = Arc::clone(&self.desk);
        let sighting = locked(&desk.watch).see(number(alert.id), &alert.tags, &desk.names, now);
        // The list has no notes: a finished one is found out by the fresh read.
        let seen = Seen {
            tags: &alert.tags,
            note_finished: false,
            owner_is_none: true,
        };
        match next_step(&seen, sighting.lapse, &desk.names, &desk.timing) {
            Step::Claim { .. } | Step::TakeOver { .. } | Step::Fail { .. } => {}
            Step::Complete | Step::Wait | Step::Skip => return,
        }
        if self.given_up.contains(&alert.id) {
            return;
        }
        let until = self.patience.until(alert.id, now);
        let budget = if *mode == Mode::Ask {
            locked(&desk.budget).free_at(alert.rule.as_deref(), now)
        } else {
            None
        };
        if let Some(free) = budget {
            self.last.over_budget += 1;
            match self.settings.rules_after {
                Some(after) if sighting.unchanged >= after => {}
                after => {
                    // What waits for the budget only is nothing that a drain waits for.
                    let later = after.map_or(free, |after| free.min(now + after.saturating_sub(sighting.unchanged)));
                    self.last.list_at = self.last.list_at.min(later.max(now + LIST_PAUSE));
                    return;
                }
            }
        }
        if let Some(until) = until {
            self.last.delayed += usize::from(!self.patience.is_waiting(alert.id));
            self.last.list_at = self.last.list_at.min(until);
            return;
        }
        let place = rank(number(alert.id), &desk.me, workers);
        let delay = claim_delay(place, desk.timing.settle);
        let rest = delay.saturating_sub(sighting.unchanged);
        if sighting.lapse == Lapse::Running && !rest.is_zero() {
            // Others go first with this one; whether they did is seen by another list.
            self.last.delayed += 1;
            self.last.list_at = self.last.list_at.min(now + rest.max(desk.timing.settle / 2));
            return;
        }
        self.last.candidates.push(Candidate {
            waiting: alert.waiting,
            rule: alert.rule.clone(),
            over_budget: budget.is_some(),
        });
    }
}
