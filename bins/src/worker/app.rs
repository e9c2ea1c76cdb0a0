//! The worker's loop: look for work, take what there is room for, and wait.

use std::collections::BTreeSet;
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
/// Pause between looks of a drain that waits for alerts which others are ahead for.
const DRAIN_PAUSE: Duration = Duration::from_millis(200);

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
            waiting: self.tasks.len(),
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

    async fn take(&mut self, room: usize, poll: Duration, once: bool) -> Result<Found, WorkerError> {
        let desk = Arc::clone(&self.desk);
        let ranks = match self.ranks.take() {
            Some(ranks) => ranks,
            None => listing::severity_ranks(&desk.iris).await?,
        };
        let most = room.saturating_add(self.in_hand.len()).max(self.settings.max_per_cycle);
        let listed = listing::open_alerts(&desk.iris, &desk.names, &ranks, self.settings.page_size, most).await;
        self.ranks = Some(ranks);
        let listed = listed?;
        let workers = listing::workers(&listed, &desk.me);
        let now = clock::now();
        let (mut taken, mut waiting) = (0, 0);
        for alert in &listed {
            if self.in_hand.contains(&alert.id) {
                continue;
            }
            let sighting = locked(&desk.watch).see(number(alert.id), &alert.tags, &desk.names, now);
            // The listing has no notes: a finished one is found out by the fresh read.
            let seen = Seen {
                tags: &alert.tags,
                note_finished: false,
                owner_is_none: true,
            };
            let step = next_step(&seen, sighting.lapse, &desk.names, &desk.timing);
            match step {
                Step::Claim { .. } | Step::TakeOver { .. } | Step::Fail { .. } => {}
                Step::Complete | Step::Wait | Step::Skip => continue,
            }
            let place = rank(number(alert.id), &desk.me, &workers);
            let delay = claim_delay(place, desk.timing.settle);
            if sighting.lapse == Lapse::Running && sighting.unchanged < delay {
                waiting += 1;
                continue;
            }
            let cycle_full = !once && taken >= self.settings.max_per_cycle;
            if taken >= room || cycle_full {
                waiting += 1;
                continue;
            }
            taken += 1;
            self.in_hand.insert(alert.id);
            let (desk, reviewer, id) = (Arc::clone(&desk), Arc::clone(&self.reviewer), alert.id);
            self.tasks.spawn(async move { (id, desk.work_on(id, &reviewer).await) });
        }
        // With work waiting there is no sleeping: the end of a task wakes the loop.
        let pause = if waiting > 0 {
            poll.min(desk.timing.settle).min(Duration::from_secs(1))
        } else {
            poll
        };
        Ok(Found { taken, waiting, pause })
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
