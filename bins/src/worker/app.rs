//! The worker's loop: look for work, take what there is room for, and wait.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use iris_client::{AlertId, Error};
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use triage_core::Health;
use triage_core::workflow::{Lapse, Nonces, Seen, Step, Watch, claim_delay, next_step, rank};

use super::breaker::Breaker;
use super::claiming::{Desk, Ending, locked, number};
use super::clock;
use super::listing::{self, SeverityRanks};
use super::review::Reviewer;
use crate::health::{Board, Metrics};
use crate::settings::WorkerSettings;

/// Pause after IRIS could not be reached.
const IRIS_PAUSE: Duration = Duration::from_secs(5);
/// Pause between lists of a drain.
const DRAIN_PAUSE: Duration = Duration::from_secs(2);

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
    tasks: JoinSet<(AlertId, Ending)>,
    in_hand: BTreeSet<AlertId>,
    /// Eligible at the last list, in order.
    candidates: VecDeque<AlertId>,
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
            in_hand: BTreeSet::new(),
            candidates: VecDeque::new(),
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
        let mut stop = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        loop {
            let found = match self.look(once).await {
                Ok(found) => found,
                Err(error) if once => return Err(error),
                Err(error) => {
                    self.report(&error.to_string());
                    Found {
                        taken: 0,
                        waiting: 0,
                        pause: IRIS_PAUSE,
                    }
                }
            };
            self.post(found.waiting);
            if once && found.taken == 0 && found.waiting == 0 && self.tasks.is_empty() {
                return Ok(self.tally);
            }
            tokio::select! {
                Some(done) = self.tasks.join_next() => self.finish(done),
                () = tokio::time::sleep(found.pause) => {}
                _ = stop.recv() => return Ok(self.leave().await),
                _ = interrupt.recv() => return Ok(self.leave().await),
            }
            while let Some(done) = self.tasks.try_join_next() {
                self.finish(done);
            }
        }
    }

    /// One look for work. Health is asked before anything is claimed.
    async fn look(&mut self, once: bool) -> Result<Found, WorkerError> {
        let poll = if once { DRAIN_PAUSE } else { self.settings.poll };
        let nothing = Found {
            taken: 0,
            waiting: self.candidates.len(),
            pause: poll,
        };
        let room = self.slots.saturating_sub(self.tasks.len());
        if room == 0 {
            return Ok(nothing);
        }
        if let Some(until) = self.breaker.open_until(clock::now()) {
            if once {
                return Err(WorkerError::NotReady(
                    "it failed too often in a row; see the log".to_owned(),
                ));
            }
            return Ok(Found {
                pause: until.saturating_sub(clock::now()).min(poll),
                ..nothing
            });
        }
        match self.reviewer.triager.health().await {
            Health::Ready => self.warm = true,
            Health::Cold if self.warm => {}
            Health::Cold => self.warm_up(once).await?,
            Health::Down(why) | Health::Misconfigured(why) => {
                self.warm = false;
                return Err(WorkerError::NotReady(why));
            }
        }
        self.reported = None;
        self.take(room, poll, once).await
    }

    /// Loads the model before the first claim, however long that takes.
    async fn warm_up(&mut self, once: bool) -> Result<(), WorkerError> {
        tracing::info!("the triager is cold; warming it up before the first claim");
        let warmed = self.reviewer.triager.warm_up().await;
        if let Err(error) = warmed {
            if !once {
                self.breaker.failed(clock::now());
            }
            return Err(WorkerError::NotReady(error.to_string()));
        }
        self.warm = true;
        Ok(())
    }

    /// Takes what there is room for from the last list, and makes a new one when that is used up or old.
    async fn take(&mut self, room: usize, poll: Duration, once: bool) -> Result<Found, WorkerError> {
        let used_up = self.candidates.is_empty() && self.tasks.is_empty();
        if used_up || clock::now() >= self.list_at {
            self.list(poll).await?;
        }
        let cycle = if once { usize::MAX } else { self.settings.max_per_cycle };
        let mut taken = 0;
        while taken < room.min(cycle) {
            let Some(id) = self.candidates.pop_front() else { break };
            if !self.in_hand.insert(id) {
                continue;
            }
            taken += 1;
            let (desk, reviewer) = (Arc::clone(&self.desk), Arc::clone(&self.reviewer));
            self.tasks.spawn(async move { (id, desk.work_on(id, &reviewer).await) });
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
        for alert in listed.iter().filter(|alert| !self.in_hand.contains(&alert.id)) {
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
            let place = rank(number(alert.id), &desk.me, &workers);
            let delay = claim_delay(place, desk.timing.settle);
            let rest = delay.saturating_sub(sighting.unchanged);
            if sighting.lapse == Lapse::Running && !rest.is_zero() {
                // Others go first with this one; whether they did is seen by another list.
                self.delayed += 1;
                self.list_at = self.list_at.min(now + rest);
                continue;
            }
            self.candidates.push_back(alert.id);
        }
        Ok(())
    }

    fn finish(&mut self, done: Result<(AlertId, Ending), tokio::task::JoinError>) {
        let (id, ending) = match done {
            Ok(done) => done,
            Err(error) => {
                tracing::error!(%error, "work on an alert ended in an error of our own; its claim lapses");
                self.tally.lapsed += 1;
                // Which alert it was is not known any more; the others are found again by the next look.
                if self.tasks.is_empty() {
                    self.in_hand.clear();
                }
                return;
            }
        };
        self.in_hand.remove(&id);
        match ending {
            Ending::Reviewed => {
                self.breaker.succeeded();
                self.tally.reviewed += 1;
            }
            Ending::Failed => {
                self.breaker.succeeded();
                self.tally.failed += 1;
            }
            Ending::Completed => self.tally.completed += 1,
            Ending::Left => self.tally.left += 1,
            Ending::Backend(error) => {
                self.tally.lapsed += 1;
                tracing::warn!(alert.id = %id, %error, "the triager failed on alert {id}; its claim lapses and it is taken up again");
                if self.breaker.failed(clock::now()) {
                    tracing::error!(%error, "the triager failed too often in a row; nothing is claimed for a while");
                }
            }
            Ending::Iris(error) => {
                self.tally.lapsed += 1;
                tracing::warn!(alert.id = %id, %error, "IRIS failed while alert {id} was worked on");
            }
        }
    }

    /// Finishes what is under way; what does not end within its deadline lapses.
    async fn leave(mut self) -> Tally {
        tracing::info!(under_way = self.tasks.len(), "stopping: finishing what is under way");
        while let Some(done) = self.tasks.join_next().await {
            self.finish(done);
        }
        self.tally
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
