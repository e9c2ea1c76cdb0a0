//! The courier: one resident process per state directory that takes in what hooks stored, judges it, and delivers it.
//!
//! One loop owns the queue; attempts run beside it and only report back. What an attempt came to is written down in one
//! transaction, so whatever is killed, an alert is either still waiting or counted at its door.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use futures_util::StreamExt;
use inotify::{Inotify, WatchMask};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use wazuh_model::Alert;

use super::delivery::{self, Attempt};
use super::door::{Counters, Door};
use super::launch::{self, Office};
use super::mapping::Mapping;
use super::noise::{Allowlist, Rules, Subject};
use super::pace::Pace;
use super::queue::{Arrival, Intake, Queue, QueueError, Settlement, micros};
use super::spool::{DestinationId, Entry, Limits, Spool, Taken};
use super::target::{Breaker, Target};
use crate::health::{Board, Metrics};
use crate::settings::Settings;

/// Entries per transaction: enough to share one sync, few enough to keep an alert's way short.
const BATCH: usize = 100;
/// How often the inbox is looked through even if nothing was announced.
const SCAN: Duration = Duration::from_secs(2);
/// How often limits, windows and space are looked after.
const UPKEEP: Duration = Duration::from_secs(5);
/// How long a self-started courier stays when there is nothing to do.
const IDLE: Duration = Duration::from_mins(5);
/// How long a stop waits for attempts under way.
const LEAVE: Duration = Duration::from_secs(25);

/// How long the courier runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stay {
    /// Until it is told to stop.
    Resident,
    /// Until there has been nothing to do for a while.
    WhileNeeded,
    /// Until everything is settled.
    UntilDrained,
}

/// Why the courier did not run.
#[derive(Debug, thiserror::Error)]
pub enum CourierError {
    /// Another one does.
    #[error("a courier runs already for {0}")]
    AlreadyRunning(PathBuf),
    /// The state directory cannot be used.
    #[error(
        "cannot use the state directory {path}: {source}\nhint: run `custom-iris install` as root, or set WAZUH_IRIS_STATE"
    )]
    State {
        /// Which directory.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The queue cannot be opened.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The allowlist cannot be used.
    #[error("{0}")]
    Allowlist(String),
    /// The redactor cannot be used.
    #[error(transparent)]
    Redactor(#[from] triage_core::RedactorError),
}

impl CourierError {
    /// The exit code: 75 already running, 78 configuration, 1 otherwise.
    pub fn code(&self) -> u8 {
        match self {
            Self::AlreadyRunning(_) => 75,
            Self::Allowlist(_) | Self::Redactor(_) => 78,
            Self::State { .. } | Self::Queue(_) => 1,
        }
    }
}

/// Loads the rules of noise reduction from the settings.
pub fn load_rules(settings: &Settings) -> Result<Rules, CourierError> {
    let mut tables = settings.noise.allow.clone();
    if let Some(path) = &settings.noise.allowlist {
        let wrong = |why: String| CourierError::Allowlist(format!("the allowlist {}: {why}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        let table: toml::Table = text
            .parse()
            .map_err(|error: toml::de::Error| wrong(error.message().to_owned()))?;
        if let Some(key) = table.keys().find(|key| *key != "allow") {
            return Err(wrong(format!(
                "the key `{key}` does not belong here; write [[allow]] rules"
            )));
        }
        for rule in table.get("allow").and_then(toml::Value::as_array).into_iter().flatten() {
            tables.extend(rule.as_table().cloned());
        }
    }
    let allowlist = Allowlist::read(&tables).map_err(|error| CourierError::Allowlist(error.to_string()))?;
    Ok(Rules::new(&settings.forward, &settings.noise, allowlist))
}

/// The courier at work.
pub struct Courier {
    spool: Spool,
    queue: Queue,
    settings: Settings,
    rules: Rules,
    mapping: Arc<Mapping>,
    office: Option<Office>,
    backlog: VecDeque<String>,
    targets: BTreeMap<DestinationId, Arc<Target>>,
    breakers: BTreeMap<DestinationId, Breaker>,
    pace: Pace,
    attempts: JoinSet<Report>,
    in_hand: BTreeSet<i64>,
    telling: BTreeSet<i64>,
    /// Leads whose counts IRIS would not take; a drain does not wait for them.
    untellable: BTreeSet<i64>,
    board: Board,
    last_scan: Option<Instant>,
    last_upkeep: Option<Instant>,
    last_work: Instant,
}

/// What an attempt reports back.
enum Report {
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
    /// Takes the office and opens the queue.
    pub fn open(spool: Spool, settings: Settings) -> Result<Self, CourierError> {
        let rules = load_rules(&settings)?;
        let mapping = Arc::new(Mapping::new(&settings.forward)?);
        let state = |source| CourierError::State {
            path: spool.root().to_owned(),
            source,
        };
        spool.create().map_err(state)?;
        let office = take_office(&spool).map_err(state)?;
        let Some(office) = office else {
            return Err(CourierError::AlreadyRunning(spool.root().to_owned()));
        };
        let queue = Queue::open(spool.root())?;
        Ok(Self {
            pace: Pace::new(settings.iris.concurrency),
            spool,
            queue,
            settings,
            rules,
            mapping,
            office: Some(office),
            backlog: VecDeque::new(),
            targets: BTreeMap::new(),
            breakers: BTreeMap::new(),
            attempts: JoinSet::new(),
            in_hand: BTreeSet::new(),
            telling: BTreeSet::new(),
            untellable: BTreeSet::new(),
            board: Board::new(),
            last_scan: None,
            last_upkeep: None,
            last_work: Instant::now(),
        })
    }

    /// Works until it may leave; returns the counters at that moment.
    pub async fn run(mut self, stay: Stay) -> Result<Counters, CourierError> {
        let state = |source| CourierError::State {
            path: self.spool.root().to_owned(),
            source,
        };
        let mut stop = signal(SignalKind::terminate()).map_err(state)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(state)?;
        let mut reload = signal(SignalKind::hangup()).map_err(state)?;
        let mut announced = watch(&self.spool).map_err(state)?;
        self.board.serve(self.settings.health_listen).await.map_err(state)?;
        loop {
            self.work()?;
            if self.may_leave(stay)? {
                return Ok(self.queue.counters()?);
            }
            let pause = self.pause()?;
            tokio::select! {
                Some(report) = self.attempts.join_next() => self.write_down(report.ok())?,
                Some(()) = announced.next() => self.last_scan = None,
                () = tokio::time::sleep(pause) => {}
                _ = stop.recv() => return self.leave().await,
                _ = interrupt.recv() => return self.leave().await,
                _ = reload.recv() => self.reload(),
            }
        }
    }

    /// One round: take in, look after the queue, hand out.
    fn work(&mut self) -> Result<(), CourierError> {
        self.scan();
        if let Err(error) = self.take_in() {
            // The alerts are safe in the spool; a full disk is no reason to stop delivering what is in the queue.
            tracing::error!(%error, "cannot take alerts into the queue; they wait in the spool");
            self.backlog.clear();
        }
        self.upkeep();
        self.hand_out()?;
        Ok(())
    }

    fn scan(&mut self) {
        if !self.backlog.is_empty() || self.last_scan.is_some_and(|at| at.elapsed() < SCAN) {
            return;
        }
        self.last_scan = Some(Instant::now());
        match self.spool.names() {
            Ok(names) => self.backlog = names.into(),
            Err(error) => tracing::error!(%error, "cannot list the spool"),
        }
    }

    /// Takes one batch from the spool into the queue, then unlinks it.
    fn take_in(&mut self) -> Result<(), QueueError> {
        let names: Vec<String> = self.backlog.drain(..self.backlog.len().min(BATCH)).collect();
        let mut entries = Vec::new();
        for name in names {
            match self.spool.take(&name, SystemTime::now()) {
                Ok(Taken::Entry(entry)) => entries.push((name, entry)),
                Ok(Taken::Unfinished | Taken::Gone) => {}
                Ok(Taken::Corrupt(why)) => {
                    tracing::error!(entry = name, %why, "an entry of the spool cannot be read; it is kept in corrupt/");
                }
                Err(error) => tracing::error!(entry = name, %error, "cannot read an entry of the spool"),
            }
        }
        if entries.is_empty() {
            return Ok(());
        }
        self.last_work = Instant::now();
        let parsed: Vec<_> = entries
            .iter()
            .map(|(_, entry)| Alert::from_slice(entry.bytes()).ok())
            .collect();
        let arrivals: Vec<_> = entries
            .iter()
            .zip(&parsed)
            .map(|((name, entry), alert)| arrival(name, entry, alert.as_ref()))
            .collect();
        let flush_us = i64::try_from(self.settings.noise.flush_every.as_micros()).unwrap_or(i64::MAX / 4);
        let taken = tokio::task::block_in_place(|| self.queue.take_in(&arrivals, &self.rules, flush_us))?;
        for ((name, _), intake) in entries.iter().zip(&taken) {
            if let Intake::Judged(decision) = intake {
                tracing::debug!(entry = name, ?decision, "took in {name}");
            }
            if let Err(error) = self.spool.remove(name) {
                tracing::error!(entry = name, %error, "cannot remove an entry that is safe in the queue");
            }
        }
        Ok(())
    }

    fn upkeep(&mut self) {
        if self.last_upkeep.is_some_and(|at| at.elapsed() < UPKEEP) {
            return;
        }
        self.last_upkeep = Some(Instant::now());
        let now_us = micros(SystemTime::now());
        let looked_after = tokio::task::block_in_place(|| {
            self.queue.close_windows(now_us)?;
            if self.queue.expire(now_us, self.settings.spool.keep)? {
                self.queue.give_back()?;
            }
            self.queue.size()
        });
        match looked_after {
            Ok(size) => {
                let bounds = &self.settings.spool;
                let limits = Limits {
                    min_free_bytes: bounds.min_free_bytes,
                    min_free_inodes: bounds.min_free_inodes,
                    queue_full: size >= bounds.max_bytes,
                };
                if limits != Limits::read(self.spool.root())
                    && let Err(error) = limits.write(self.spool.root())
                {
                    tracing::error!(%error, "cannot write the limits for the hook");
                }
            }
            Err(error) => tracing::error!(%error, "cannot look after the queue"),
        }
        self.post(now_us);
    }

    /// Puts the state of now on the board.
    fn post(&self, now_us: i64) {
        let (Ok(counters), Ok(oldest)) = (self.queue.counters(), self.queue.oldest_waiting_us()) else {
            return;
        };
        let age = oldest.map_or(0, |at| u64::try_from((now_us - at) / 1_000_000).unwrap_or(0));
        let metrics = Metrics::default()
            .counter(
                "wazuh_iris_forwarder_received_total",
                "Alerts taken from the spool.",
                counters.received,
            )
            .counters(
                "wazuh_iris_forwarder_settled_total",
                "Alerts by the door they left by; with the waiting ones they add up to the received ones.",
                "door",
                Door::ALL.map(|door| (door.name(), counters.of(door))),
            )
            .gauge(
                "wazuh_iris_forwarder_waiting",
                "Alerts that are not settled yet.",
                counters.waiting,
            )
            .gauge(
                "wazuh_iris_forwarder_oldest_waiting_seconds",
                "Age of the alert that has waited longest.",
                age,
            )
            .gauge(
                "wazuh_iris_forwarder_queue_bytes",
                "Size of the queue in use.",
                self.queue.size().unwrap_or(0),
            );
        let failing = self.breakers.values().find(|breaker| breaker.is_failing());
        self.board.post(
            failing.map(|breaker| breaker.last_failure().unwrap_or("IRIS fails").to_owned()),
            metrics,
        );
    }

    /// Starts attempts up to the pace that IRIS stands.
    fn hand_out(&mut self) -> Result<(), CourierError> {
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
    fn tell_counts(&mut self, now_us: i64, closed: &BTreeSet<DestinationId>) -> Result<(), CourierError> {
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
    fn target(&mut self, id: DestinationId, now_us: i64) -> Option<Arc<Target>> {
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
    fn write_down(&mut self, first: Option<Report>) -> Result<(), CourierError> {
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

    fn settlement(
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

    fn write_told(
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

    /// How long there is nothing to do.
    fn pause(&self) -> Result<Duration, CourierError> {
        if !self.backlog.is_empty() {
            return Ok(Duration::ZERO);
        }
        let mut pause = SCAN;
        if self.attempts.len() < self.pace.limit()
            && let Some(due_us) = self.queue.next_due_us()?
        {
            let now_us = micros(SystemTime::now());
            // What is due and was not handed out waits for its destination.
            let opens_us = self
                .breakers
                .values()
                .map(Breaker::closed_until_us)
                .filter(|at| *at > now_us)
                .min();
            let at = if due_us > now_us { Some(due_us) } else { opens_us };
            if let Some(at) = at {
                let wait = Duration::from_micros(u64::try_from(at.saturating_sub(now_us)).unwrap_or(0));
                pause = pause.min(wait.max(Duration::from_millis(1)));
            } else if self.attempts.is_empty() {
                pause = Duration::from_millis(1);
            }
        }
        Ok(pause)
    }

    /// Whether the courier may leave; a courier that gives up its office looks once more for what came meanwhile.
    fn may_leave(&mut self, stay: Stay) -> Result<bool, CourierError> {
        if stay == Stay::Resident || !self.attempts.is_empty() || !self.backlog.is_empty() {
            return Ok(false);
        }
        if self.queue.next_due_us()?.is_some() {
            return Ok(false);
        }
        // Nobody comes after a drain to tell the counts, so it tells them before their time.
        let until_us = if stay == Stay::UntilDrained {
            i64::MAX
        } else {
            micros(SystemTime::now())
        };
        let untold = self.queue.untold(until_us, BATCH)?;
        if untold.iter().any(|one| !self.untellable.contains(&one.lead.seq)) {
            self.tell_counts(until_us, &BTreeSet::new())?;
            return Ok(false);
        }
        if stay == Stay::WhileNeeded && self.last_work.elapsed() < IDLE {
            return Ok(false);
        }
        self.office = None;
        let waiting = self.spool.names().is_ok_and(|names| !names.is_empty());
        if !waiting {
            return Ok(true);
        }
        // Somebody stored an alert and found the office taken, or an unfinished entry lies there.
        let state = |source| CourierError::State {
            path: self.spool.root().to_owned(),
            source,
        };
        match take_office(&self.spool).map_err(state)? {
            Some(office) => self.office = Some(office),
            None => return Ok(true),
        }
        self.last_scan = None;
        Ok(stay == Stay::UntilDrained && self.only_unfinished())
    }

    /// Whether nothing but pieces of entries lies in the spool: they are not alerts yet, and a drain does not wait for them.
    fn only_unfinished(&self) -> bool {
        let names = self.spool.names().unwrap_or_default();
        names.iter().all(|name| {
            matches!(
                self.spool.take(name, SystemTime::now()),
                Ok(Taken::Unfinished | Taken::Gone)
            )
        })
    }

    /// Waits for what is under way, writes it down, and leaves; what waits is in the queue.
    async fn leave(mut self) -> Result<Counters, CourierError> {
        tracing::info!(
            under_way = self.attempts.len(),
            "stopping: waiting for attempts under way"
        );
        let until = tokio::time::Instant::now() + LEAVE;
        while let Ok(Some(report)) = tokio::time::timeout_at(until, self.attempts.join_next()).await {
            self.write_down(report.ok())?;
        }
        Ok(self.queue.counters()?)
    }

    /// Reads the rules again and keeps the old ones when the new are bad.
    fn reload(&mut self) {
        let environment = crate::home::environment();
        let home = crate::home::wazuh_home(&environment, std::env::current_exe().ok().as_deref());
        let settings = match Settings::load(&home, &environment) {
            Ok(settings) => settings,
            Err(error) => return tracing::error!(%error, "the settings cannot be read; the old ones stay"),
        };
        match (load_rules(&settings), Mapping::new(&settings.forward)) {
            (Ok(rules), Ok(mapping)) => {
                self.rules = rules;
                self.mapping = Arc::new(mapping);
                self.settings = settings;
                self.targets.clear();
                self.breakers.clear();
                tracing::info!("settings and rules are read anew");
            }
            (Err(error), _) => tracing::error!(%error, "the rules cannot be used; the old ones stay"),
            (_, Err(error)) => tracing::error!(%error, "the mapping cannot be used; the old one stays"),
        }
    }
}

/// Hooks hold the office for the blink of an eye to see whether it is free.
fn take_office(spool: &Spool) -> std::io::Result<Option<Office>> {
    for _ in 0..10 {
        if let Some(office) = launch::take_office(spool.root())? {
            return Ok(Some(office));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(None)
}

fn arrival<'a>(name: &'a str, entry: &'a Entry, alert: Option<&'a Alert>) -> Arrival<'a> {
    let received_us = i64::try_from(entry.received_us()).unwrap_or(i64::MAX);
    Arrival {
        name,
        destination: entry.destination(),
        uuid: alert.map_or_else(|| of_bytes(entry.bytes()), Alert::uuid),
        received_us,
        subject: alert.map(|alert| Subject::of(alert, received_us)),
        bytes: entry.bytes(),
    }
}

/// The id of what is no alert: of its bytes, so that the same text twice is one.
pub(super) fn of_bytes(bytes: &[u8]) -> uuid::Uuid {
    uuid::Uuid::new_v5(&wazuh_model::ALERT_NAMESPACE, bytes)
}

/// Announces finished entries; a scan finds what it misses.
fn watch(spool: &Spool) -> std::io::Result<impl futures_util::Stream<Item = ()> + Unpin + use<>> {
    let inotify = Inotify::init()?;
    inotify.watches().add(spool.inbox(), WatchMask::CLOSE_WRITE)?;
    Ok(Box::pin(inotify.into_event_stream([0; 4096])?.map(|_| ())))
}

/// A number in 0..1 that differs between couriers; nothing depends on its quality.
fn random() -> f64 {
    f64::from(
        SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| since.subsec_nanos() % 1000),
    ) / 1000.0
}
