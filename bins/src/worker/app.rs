//! The worker's loop: look for work, take what there is room for, and wait.

mod patience;
mod signals;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use iris_client::{AlertId, Error};
use serde::Serialize;
use tokio::task::{Id, JoinError, JoinSet};
use triage_core::Health;
use triage_core::workflow::{Lapse, Nonces, Seen, Step, Turns, Waiting, Watch, claim_delay, next_step, rank};

use self::patience::Patience;
use self::signals::Signals;
use super::breaker::Breaker;
use super::claiming::{Desk, Ending, Silence, locked, number};
use super::clock;
use super::listing::{self, SeverityRanks};
use super::review::Reviewer;
use crate::health::{Board, Metrics};
use crate::settings::WorkerSettings;

/// Pause after IRIS could not be reached.
const IRIS_PAUSE: Duration = Duration::from_secs(5);
/// Pause between lists of a drain.
const DRAIN_PAUSE: Duration = Duration::from_secs(2);
/// How often a drain tries one alert, or lists in vain in a row, before it gives up.
const DRAIN_TRIES: u32 = 5;
const DRAIN_LISTS: u32 = 4;

static NO_RANKS: SeverityRanks = SeverityRanks::new();

/// How many alerts ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// With a verdict.
    pub reviewed: u64,
    /// With a note that says why there is none.
    pub failed: u64,
    /// Done before; only the tags were put right.
    pub completed: u64,
    /// Left to another worker.
    pub left: u64,
    /// Not finished because the triager or IRIS failed; their claims lapse.
    pub lapsed: u64,
}

/// Why the worker ended.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The triager cannot be used; nothing was claimed.
    #[error("the triager is not ready: {0}")]
    NotReady(String),
    /// IRIS cannot be used.
    #[error("IRIS: {0}")]
    Iris(#[from] Error),
    /// A drain has ended, and alerts are left that it could not finish.
    #[error("{unfinished} alerts were not finished ({refused} of them could not be claimed); the log says why")]
    Unfinished {
        /// Alerts with a claim that lapses, or without one after several tries.
        unfinished: usize,
        /// Those without a claim.
        refused: usize,
        /// How the others ended.
        tally: Tally,
    },
    /// Signals cannot be caught.
    #[error("cannot start: {0}")]
    Start(#[from] std::io::Error),
}

/// The worker at work.
pub(super) struct App {
    pub(super) desk: Arc<Desk>,
    pub(super) reviewer: Arc<Reviewer>,
    pub(super) settings: WorkerSettings,
    slots: usize,
    breaker: Breaker,
    tasks: JoinSet<Ending>,
    /// Alerts under work, by task: a task that panics cannot say which one it had.
    in_hand: HashMap<Id, AlertId>,
    silence: Arc<Silence>,
    patience: Patience,
    /// IRIS refused this account or these settings for the last alert that was tried, until when nothing is taken.
    refused_until: Option<Duration>,
    /// What IRIS said then.
    refusal: Option<Error>,
    /// Ends when nothing is eligible.
    once: bool,
    /// Alerts of a drain that have lapsed and were not finished since.
    lapsed: BTreeSet<AlertId>,
    /// Alerts of a drain that were tried often enough.
    given_up: BTreeSet<AlertId>,
    /// Eligible at the last list.
    candidates: Vec<Waiting>,
    turns: Turns,
    /// Left to other workers for a while at the last list.
    delayed: usize,
    /// When the next list is due, on the worker's clock.
    list_at: Duration,
    ranks: Option<SeverityRanks>,
    warm: bool,
    reported: Option<String>,
    tally: Tally,
    pub(super) board: Board,
}

impl App {
    pub(super) fn new(desk: Desk, reviewer: Reviewer, settings: WorkerSettings) -> Self {
        Self {
            slots: reviewer.triager.about().concurrency.max(1),
            breaker: Breaker::new(settings.fail_limit, settings.cooldown),
            desk: Arc::new(desk),
            reviewer: Arc::new(reviewer),
            settings,
            tasks: JoinSet::new(),
            in_hand: HashMap::new(),
            silence: Arc::default(),
            patience: Patience::default(),
            refused_until: None,
            refusal: None,
            once: false,
            lapsed: BTreeSet::new(),
            given_up: BTreeSet::new(),
            candidates: Vec::new(),
            turns: Turns::new(),
            delayed: 0,
            list_at: Duration::ZERO,
            ranks: None,
            warm: false,
            reported: None,
            tally: Tally::default(),
            board: Board::new(),
        }
    }

    /// Works until it is told to stop, or, with `once`, until nothing is eligible.
    pub(super) async fn run(mut self, once: bool) -> Result<Tally, WorkerError> {
        let mut signals = Signals::catch()?;
        let mut in_vain = 0;
        self.once = once;
        loop {
            let found = tokio::select! {
                found = self.look() => found,
                () = signals.next() => return Ok(self.leave(signals).await.tally),
            };
            let found = match found {
                Ok(found) => {
                    in_vain = 0;
                    found
                }
                Err(error) => {
                    in_vain += 1;
                    let passes = matches!(&error, WorkerError::Iris(error) if error.is_retryable());
                    if once && !(passes && in_vain < DRAIN_LISTS) {
                        self.leave(signals).await;
                        return Err(error);
                    }
                    self.report(&error.to_string());
                    Found {
                        taken: 0,
                        // A drain that could not look has not found out that nothing is left.
                        waiting: self.candidates.len().max(usize::from(once)),
                        pause: if once { DRAIN_PAUSE } else { IRIS_PAUSE },
                    }
                }
            };
            self.post(found.waiting);
            if once && found.taken == 0 && found.waiting == 0 && self.tasks.is_empty() {
                return self.drained();
            }
            tokio::select! {
                Some(done) = self.tasks.join_next_with_id() => self.finish(done),
                () = tokio::time::sleep(found.pause) => {}
                () = signals.next() => return Ok(self.leave(signals).await.tally),
            }
            while let Some(done) = self.tasks.try_join_next_with_id() {
                self.finish(done);
            }
            if once && let Some(error) = self.refusal.take() {
                self.leave(signals).await;
                return Err(WorkerError::Iris(error));
            }
        }
    }

    /// What comes of a drain that found nothing more to do.
    fn drained(&self) -> Result<Tally, WorkerError> {
        let unfinished = self.lapsed.union(&self.given_up).count();
        if unfinished == 0 {
            return Ok(self.tally);
        }
        Err(WorkerError::Unfinished {
            unfinished,
            refused: self.given_up.difference(&self.lapsed).count(),
            tally: self.tally,
        })
    }

    /// One look for work. Health is asked before anything is claimed.
    async fn look(&mut self) -> Result<Found, WorkerError> {
        let poll = if self.once { DRAIN_PAUSE } else { self.settings.poll };
        let nothing = Found {
            taken: 0,
            waiting: self.candidates.len(),
            pause: poll,
        };
        let room = self.slots.saturating_sub(self.tasks.len());
        if room == 0 {
            return Ok(nothing);
        }
        let now = clock::now();
        if let Some(until) = self.refused_until.filter(|until| *until > now) {
            return Ok(Found {
                pause: until.saturating_sub(now),
                ..nothing
            });
        }
        if let Some(until) = self.breaker.open_until(now) {
            let why = "the triager failed too often in a row";
            if self.once {
                return Err(WorkerError::NotReady(format!("{why}; see the log")));
            }
            self.report(why);
            return Ok(Found {
                pause: until.saturating_sub(now).min(poll),
                ..nothing
            });
        }
        match self.reviewer.triager.health().await {
            Health::Ready if self.warm => {}
            Health::Ready | Health::Cold => self.warm_up().await?,
            Health::Down(why) | Health::Misconfigured(why) => {
                self.warm = false;
                return Err(WorkerError::NotReady(why));
            }
        }
        // One alert shows whether IRIS still refuses.
        let room = if self.refused_until.is_some() { 1 } else { room };
        let found = self.take(room, poll).await?;
        let idle = found.taken == 0 && found.waiting == 0 && self.tasks.is_empty();
        if self.refused_until.is_none() || idle {
            self.refused_until = None;
            self.reported = None;
        }
        Ok(found)
    }

    /// Loads the model before the first claim, however long that takes.
    async fn warm_up(&mut self) -> Result<(), WorkerError> {
        tracing::debug!("warming the triager up before anything is claimed");
        let warmed = self.reviewer.triager.warm_up().await;
        if let Err(error) = warmed {
            self.warm = false;
            if !self.once {
                self.breaker.failed(clock::now());
            }
            return Err(WorkerError::NotReady(error.to_string()));
        }
        self.warm = true;
        Ok(())
    }

    /// Takes what there is room for from the last list, and makes a new one when that is used up or old.
    async fn take(&mut self, room: usize, poll: Duration) -> Result<Found, WorkerError> {
        let used_up = self.candidates.is_empty() && self.tasks.is_empty();
        if used_up || clock::now() >= self.list_at {
            self.list(poll).await?;
        }
        let cycle = if self.once {
            usize::MAX
        } else {
            self.settings.max_per_cycle
        };
        let mut taken = 0;
        while taken < room.min(cycle) {
            let Some(next) = self.turns.next(&self.candidates) else {
                break;
            };
            self.candidates.retain(|other| other.alert_id != next.alert_id);
            let id = AlertId(i64::try_from(next.alert_id).unwrap_or(0));
            if self.in_hand.values().any(|other| *other == id) {
                continue;
            }
            taken += 1;
            let (desk, reviewer) = (Arc::clone(&self.desk), Arc::clone(&self.reviewer));
            let silence = Arc::clone(&self.silence);
            let task = self
                .tasks
                .spawn(async move { desk.work_on(id, &reviewer, &silence).await });
            self.in_hand.insert(task.id(), id);
        }
        let pause = self.list_at.saturating_sub(clock::now()).min(poll);
        Ok(Found {
            taken,
            waiting: self.candidates.len() + self.delayed,
            pause: pause.max(Duration::from_millis(10)),
        })
    }

    /// Lists what is eligible for this worker now, and says when to list again.
    async fn list(&mut self, poll: Duration) -> Result<(), WorkerError> {
        let desk = Arc::clone(&self.desk);
        if self.ranks.is_none() {
            self.ranks = Some(listing::severity_ranks(&desk.iris).await?);
        }
        let ranks = self.ranks.as_ref().unwrap_or(&NO_RANKS);
        let most = self.slots.max(self.settings.max_per_cycle) + self.in_hand.len();
        let listed = listing::open_alerts(&desk.iris, &desk.names, ranks, self.settings.page_size, most).await?;
        let workers = listing::workers(&listed, &desk.me);
        let now = clock::now();
        self.candidates.clear();
        self.delayed = 0;
        self.list_at = now + poll;
        let in_hand: BTreeSet<AlertId> = self.in_hand.values().copied().collect();
        for alert in listed.iter().filter(|alert| !in_hand.contains(&alert.id)) {
            let sighting = locked(&desk.watch).see(number(alert.id), &alert.tags, &desk.names, now);
            // The list has no notes: a finished one is found out by the fresh read.
            let seen = Seen {
                tags: &alert.tags,
                note_finished: false,
                owner_is_none: true,
            };
            match next_step(&seen, sighting.lapse, &desk.names, &desk.timing) {
                Step::Claim { .. } | Step::TakeOver { .. } | Step::Fail { .. } => {}
                Step::Complete | Step::Wait | Step::Skip => continue,
            }
            if self.given_up.contains(&alert.id) {
                continue;
            }
            if let Some(until) = self.patience.until(alert.id, now) {
                self.delayed += 1;
                self.list_at = self.list_at.min(until);
                continue;
            }
            let place = rank(number(alert.id), &desk.me, &workers);
            let delay = claim_delay(place, desk.timing.settle);
            let rest = delay.saturating_sub(sighting.unchanged);
            if sighting.lapse == Lapse::Running && !rest.is_zero() {
                // Others go first with this one; whether they did is seen by another list.
                self.delayed += 1;
                self.list_at = self.list_at.min(now + rest);
                continue;
            }
            self.candidates.push(alert.waiting);
        }
        Ok(())
    }

    fn finish(&mut self, done: Result<(Id, Ending), JoinError>) {
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
            Ending::Reviewed => {
                self.breaker.succeeded();
                self.tally.reviewed += 1;
                self.done(id);
            }
            Ending::Failed { answered } => {
                if answered {
                    self.breaker.succeeded();
                }
                self.tally.failed += 1;
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

    /// Takes up nothing more and finishes what is under way; what does not end within its deadline lapses. At another
    /// signal that lapses too.
    async fn leave(&mut self, mut signals: Signals) -> &Self {
        tracing::info!(under_way = self.tasks.len(), "stopping: finishing what is under way");
        self.desk.close();
        loop {
            tokio::select! {
                done = self.tasks.join_next_with_id() => match done {
                    Some(done) => self.finish(done),
                    None => return self,
                },
                () = signals.next() => {
                    tracing::warn!(under_way = self.tasks.len(), "stopping at once");
                    self.tasks.abort_all();
                }
            }
        }
    }

    /// Puts the state of now on the board.
    fn post(&self, waiting: usize) {
        let tally = &self.tally;
        let metrics = Metrics::default()
            .counters(
                "wazuh_iris_worker_alerts_total",
                "Alerts by how work on them ended.",
                "ending",
                [
                    ("reviewed", tally.reviewed),
                    ("failed", tally.failed),
                    ("completed", tally.completed),
                    ("left", tally.left),
                    ("lapsed", tally.lapsed),
                ],
            )
            .gauge(
                "wazuh_iris_worker_waiting",
                "Eligible alerts for which there was no room at the last look.",
                waiting as u64,
            )
            .gauge(
                "wazuh_iris_worker_under_way",
                "Alerts under work.",
                self.tasks.len() as u64,
            );
        self.board.post(self.reported.clone(), metrics);
    }

    /// Says the same words once.
    fn report(&mut self, words: &str) {
        if self.reported.as_deref() != Some(words) {
            tracing::error!(error = words, "no alert is claimed at the moment");
            self.reported = Some(words.to_owned());
        }
    }
}

/// What a look found.
struct Found {
    taken: usize,
    waiting: usize,
    pause: Duration,
}

/// What the desk remembers at the start.
pub(super) fn memory(lease: Duration) -> (Mutex<Watch>, Mutex<Nonces>) {
    let random = uuid::Uuid::new_v4().as_bytes()[0];
    (Mutex::new(Watch::new(lease)), Mutex::new(Nonces::starting_at(random)))
}
