//! The worker's loop: look for work, take what there is room for, and wait.

mod endings;
mod intake;
mod patience;
mod post;
mod signals;
mod tally;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use iris_client::{AlertId, Error};
use tokio::task::{Id, JoinSet};
use triage_core::Health;
use triage_core::decorators::Metered;
use triage_core::workflow::{Nonces, Turns, Watch};

use self::intake::LastList;
use self::patience::Patience;
use self::signals::Signals;
pub use self::tally::{Tally, WorkerError};
use super::breaker::Breaker;
use super::claiming::{Desk, Ending, Mode, Silence, locked};
use super::clock;
use super::listing::SeverityRanks;
use super::results::Results;
use super::review::Reviewer;
use crate::health::Board;
use crate::settings::WorkerSettings;

/// The triager as it is metered.
pub(super) type Meter = Arc<Metered<Arc<dyn triage_core::Triager>>>;

/// Pause after IRIS could not be reached.
const IRIS_PAUSE: Duration = Duration::from_secs(5);
/// Pause between lists of a drain.
const DRAIN_PAUSE: Duration = Duration::from_secs(2);
/// How often a drain tries one alert, or lists in vain in a row, before it gives up.
const DRAIN_TRIES: u32 = 5;
const DRAIN_LISTS: u32 = 4;
/// Alerts that are remembered because their result was written a second time.
const MOST_RESTORED: usize = 4096;

static NO_RANKS: SeverityRanks = SeverityRanks::new();

/// The worker at work.
pub(super) struct App {
    pub(super) desk: Arc<Desk>,
    pub(super) reviewer: Arc<Reviewer>,
    pub(super) settings: WorkerSettings,
    meter: Meter,
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
    last: LastList,
    turns: Turns,
    known_workers: usize,
    /// When the log last said how long the queue will take.
    said_at: Option<Duration>,
    /// When the triager last gave an answer.
    succeeded_at: Duration,
    /// Since when the triager cannot be asked.
    away_since: Option<Duration>,
    results: Results,
    /// Alerts whose result was written a second time: never a third.
    restored: BTreeSet<AlertId>,
    ranks: Option<SeverityRanks>,
    warm: bool,
    reported: Option<String>,
    tally: Tally,
    pub(super) board: Board,
}

impl App {
    pub(super) fn new(desk: Desk, reviewer: Reviewer, meter: Meter, settings: WorkerSettings) -> Self {
        Self {
            meter,
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
            last: LastList::default(),
            turns: Turns::new(),
            known_workers: 1,
            said_at: None,
            succeeded_at: Duration::ZERO,
            away_since: None,
            results: Results::default(),
            restored: BTreeSet::new(),
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
                        waiting: self.last.candidates.len().max(usize::from(once)),
                        pause: if once { DRAIN_PAUSE } else { IRIS_PAUSE },
                    }
                }
            };
            self.post(found.waiting);
            if once && found.taken == 0 && found.waiting == 0 && self.tasks.is_empty() {
                self.recheck(true).await;
                return self.drained();
            }
            let floor = Arc::clone(&self.desk.floor);
            tokio::select! {
                Some(done) = self.tasks.join_next_with_id() => self.finish(done),
                () = floor.changed.notified() => {}
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
            waiting: self.last.candidates.len(),
            pause: poll,
        };
        self.recheck(false).await;
        let lead = self.desk.in_company().then(|| self.desk.timing.quiet());
        let room = self.desk.floor.load().room(lead);
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
        let spent = locked(&self.desk.budget).free_at(None, now);
        if let Some(until) = spent.filter(|_| self.settings.rules_after.is_none()) {
            // The list is made all the same, so that it is known how many wait.
            self.take(0, &Mode::Ask, poll).await?;
            if self.refused_until.is_none() {
                self.reported = None;
            }
            let pause = until.saturating_sub(now).min(poll);
            return Ok(Found {
                taken: 0,
                waiting: 0,
                pause,
            });
        }
        let mode = match self.ready(now).await {
            Ok(()) => {
                // One that says it is ready and then only fails is away all the same.
                if !self.breaker.is_failing() {
                    self.away_since = None;
                }
                Mode::Ask
            }
            Err(Away { why, until }) => {
                let since = *self.away_since.get_or_insert(now);
                let away = clock::now().saturating_sub(since);
                match self.settings.rules_after {
                    Some(after) if away >= after => {
                        self.report(&format!("the triager is not ready: {why}"));
                        Mode::Rules(format!("no triager for {} s", away.as_secs()))
                    }
                    Some(after) if self.once => {
                        let pause = after.saturating_sub(away).min(poll);
                        return Ok(Found {
                            taken: 0,
                            waiting: 1,
                            pause,
                        });
                    }
                    _ if until.is_some() && !self.once => {
                        self.report(&why);
                        let pause = until.unwrap_or(now).saturating_sub(now).min(poll);
                        return Ok(Found { pause, ..nothing });
                    }
                    _ => return Err(WorkerError::NotReady(why)),
                }
            }
        };
        // One alert shows whether IRIS still refuses.
        let room = if self.refused_until.is_some() { 1 } else { room };
        let by_rules = mode != Mode::Ask;
        let found = self.take(room, &mode, poll).await?;
        let idle = found.taken == 0 && found.waiting == 0 && self.tasks.is_empty();
        if self.refused_until.is_none() || idle {
            self.refused_until = None;
            if !by_rules {
                self.reported = None;
            }
        }
        Ok(found)
    }

    /// Says whether the triager can be asked now, and loads its model where that is needed.
    async fn ready(&mut self, now: Duration) -> Result<(), Away> {
        if let Some(until) = self.breaker.open_until(now) {
            let why = "the triager failed too often in a row".to_owned();
            return Err(Away {
                why: if self.once { format!("{why}; see the log") } else { why },
                until: Some(until),
            });
        }
        match self.reviewer.triager.health().await {
            Health::Ready if self.warm => Ok(()),
            Health::Ready | Health::Cold => self.warm_up().await,
            Health::Down(why) | Health::Misconfigured(why) => {
                self.warm = false;
                Err(Away { why, until: None })
            }
        }
    }

    /// Loads the model before the first claim, however long that takes.
    async fn warm_up(&mut self) -> Result<(), Away> {
        tracing::debug!("warming the triager up before anything is claimed");
        let warmed = self.reviewer.triager.warm_up().await;
        if let Err(error) = warmed {
            self.warm = false;
            if !self.once {
                self.breaker.failed(clock::now());
            }
            return Err(Away {
                why: error.to_string(),
                until: None,
            });
        }
        self.warm = true;
        Ok(())
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
}

/// Why the triager cannot be asked, and until when for certain.
struct Away {
    why: String,
    until: Option<Duration>,
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

#[cfg(test)]
mod tests;
