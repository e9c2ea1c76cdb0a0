//! The courier: one resident process per state directory that takes in what hooks stored, judges it, and delivers it.
//!
//! One loop owns the queue; attempts run beside it and only report back. What an attempt came to is written down in one
//! transaction, so whatever is killed, an alert is either still waiting or counted at its door.

mod digest;
mod drain;
mod error;
mod intake;
mod leave;
mod listen;
mod outcome;
mod outgoing;
mod pick;
mod reload;
mod road;
mod telling;
mod trouble;
mod upkeep;
mod watch;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use futures_util::StreamExt;
use inotify::{Inotify, WatchMask};
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::{JoinHandle, JoinSet};

use super::door::Counters;
use super::launch::{self, Office};
use super::mapping::Mapping;
use super::noise::Rules;
use super::queue::{LIVE, Queue, QueueError, Settlement, Waits, is_over, micros};
use super::source::webhook::Receiver;
use super::source::{Inbox, Route, Sources, Tail, tail};
use super::spool::{DestinationId, Spool};
use crate::health::Board;
use crate::settings::Settings;
use digest::Digest;
use drain::{Drain, Left};
use road::{Outbox, Road, Shelf};
use trouble::Troubles;

pub(super) use error::today;
pub use error::{CourierError, load_rules};
pub(crate) use intake::of_entry;
pub use watch::Watch;

/// How long a self-started courier stays when there is nothing to do.
const IDLE: Duration = Duration::from_mins(5);
/// How often limits, windows and space are looked after.
const UPKEEP: Duration = Duration::from_secs(5);
/// How long the courier waits when its queue cannot be used.
const RETRY: Duration = Duration::from_secs(2);
/// How long the courier has other things to do at most before it makes the ring, where there is none.
const RING: Duration = Duration::from_secs(10);
/// How long alerts are gathered in a stream of them: a few then share one sync, and no hook waits for a disk that is busy with each
/// alone.
const GATHER: Duration = Duration::from_millis(50);

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

/// The courier at work.
pub struct Courier {
    spool: Spool,
    queue: Queue,
    settings: Settings,
    rules: Rules,
    mapping: Arc<Mapping>,
    office: Option<Office>,
    sources: Sources,
    /// Which destinations are the same IRIS.
    route: Route,
    /// The webhook, once it listens.
    receiver: Option<Receiver>,
    /// What listens.
    servers: Vec<JoinHandle<()>>,
    /// Whether the health server is one of these.
    shows: bool,
    /// Why something does not listen that is to.
    deaf: Troubles,
    last_listened: Instant,
    roads: BTreeMap<DestinationId, Road>,
    tasks: JoinSet<()>,
    /// What each task does.
    jobs: BTreeMap<tokio::task::Id, Job>,
    last_carrier: u64,
    outbox: Arc<Outbox>,
    /// Alerts on a shelf, carried, or not written down yet.
    in_hand: BTreeSet<i64>,
    /// Leads whose counts are being told.
    telling: BTreeSet<i64>,
    /// Leads whose counts IRIS would not take; a drain does not wait for them.
    untellable: BTreeSet<i64>,
    /// Leads with whose counts IRIS failed.
    tell_failures: BTreeMap<i64, telling::Tries>,
    /// What attempts came to and could not be written down yet.
    unsettled: Vec<(i64, Settlement)>,
    /// The same of counts, in the order of their reports.
    unwritten: VecDeque<(i64, DestinationId, telling::Telling)>,
    /// Whether a source has handed anything over at the last look.
    took_in: bool,
    /// Whether alerts have come, or come back into line, since the shelves were filled.
    fresh: bool,
    /// When it was last taken for granted that some have.
    last_way: Option<Instant>,
    /// Up to which number alerts had come, and when that was; what is older than live becomes backlog.
    marks: VecDeque<(Instant, i64)>,
    board: Board,
    /// Why alerts cannot be taken in at the moment.
    troubles: Troubles,
    /// Why some are not, although others are.
    stuck: Troubles,
    /// Why nothing can be done at all at the moment.
    halted: Troubles,
    /// Why the queue cannot be looked after.
    neglected: Troubles,
    /// What there is too little room of.
    no_room: Option<String>,
    /// Why it could not be counted what waits, at the last look.
    uncounted: Option<String>,
    last_upkeep: Option<Instant>,
    last_told: Option<Instant>,
    last_bound: Option<Instant>,
    digest: Digest,
    /// What was last written down of why alerts wait.
    waits: Waits,
    /// Whether the settings are written anew, where nobody would say so.
    watch: Option<Watch>,
    last_work: Instant,
    last_taken_in: Option<Instant>,
    /// When the ring is made at the latest, until it was tried.
    ring_due: Option<Instant>,
    /// In a run that ends when everything is settled.
    drain: Option<Drain>,
}

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    /// The counters at that moment.
    pub counters: Counters,
    /// What a one-off run left behind because only a person can help, in one line.
    pub left: Option<String>,
}

/// What a task does.
#[derive(Debug)]
enum Job {
    Carry {
        destination: DestinationId,
        shelf: Arc<Shelf>,
        carrier: u64,
    },
    Tell {
        destination: DestinationId,
        lead: i64,
    },
}

impl Courier {
    /// Takes the office and opens the queue.
    pub fn open(spool: Spool, settings: Settings) -> Result<Self, CourierError> {
        let rules = load_rules(&settings)?;
        let mapping = Arc::new(Mapping::new(&settings.forward)?.under(Arc::clone(rules.allowlist())));
        let state = |source| CourierError::State {
            path: spool.root().to_owned(),
            source,
        };
        spool.create().map_err(state)?;
        let office = take_office(&spool).map_err(state)?;
        let Some(office) = office else {
            let path = spool.root().to_owned();
            let pid = launch::holder(&path).and_then(|holder| holder.pid);
            return Err(CourierError::AlreadyRunning { path, pid });
        };
        let queue = Queue::open(spool.root())?;
        if let Err(error) = spool.remove_drafts() {
            tracing::warn!(%error, "drafts of destinations may lie in {}, and keys in them", spool.root().display());
        }
        if let Err(error) = spool.mend_ring() {
            warn_of_no_ring(&error);
        }
        let tail = open_tail(&settings, &spool, &queue)?;
        let digest = Digest::resume(queue.checkpoint(Digest::NAME)?.as_deref());
        let queue_waits = queue.waits_known()?;
        error::warn(rules.allowlist());
        let mut courier = Self {
            receiver: None,
            servers: Vec::new(),
            shows: false,
            deaf: Troubles::default(),
            last_listened: Instant::now(),
            route: Route::new(spool.root().to_owned(), &settings),
            sources: Sources {
                inbox: Inbox::new(spool.clone()),
                tail,
            },
            spool,
            queue,
            settings,
            rules,
            mapping,
            office: Some(office),
            roads: BTreeMap::new(),
            tasks: JoinSet::new(),
            jobs: BTreeMap::new(),
            last_carrier: 0,
            outbox: Arc::default(),
            in_hand: BTreeSet::new(),
            telling: BTreeSet::new(),
            untellable: BTreeSet::new(),
            tell_failures: BTreeMap::new(),
            unsettled: Vec::new(),
            unwritten: VecDeque::new(),
            took_in: false,
            fresh: true,
            last_way: None,
            marks: VecDeque::new(),
            board: Board::new(),
            troubles: Troubles::default(),
            stuck: Troubles::default(),
            halted: Troubles::default(),
            neglected: Troubles::default(),
            no_room: None,
            uncounted: None,
            last_upkeep: None,
            last_told: None,
            last_bound: None,
            waits: queue_waits,
            digest,
            watch: None,
            last_work: Instant::now(),
            last_taken_in: None,
            ring_due: Some(Instant::now() + RING),
            drain: None,
        };
        // Put off by what the last one knew of its destination, which may be well again.
        courier.queue.call_back(i64::MAX)?;
        let live_us = i64::try_from(LIVE.as_micros()).unwrap_or(i64::MAX);
        // What has waited since before the last courier ended.
        if let Some(last) = courier
            .queue
            .last_waiting_before(micros(SystemTime::now()).saturating_sub(live_us))?
        {
            courier.queue.age(last)?;
        }
        Ok(courier)
    }

    /// Works until it may leave.
    pub async fn run(mut self, stay: Stay) -> Result<Ended, CourierError> {
        let mut stop = signal(SignalKind::terminate()).map_err(CourierError::System)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(CourierError::System)?;
        let mut reload = signal(SignalKind::hangup()).map_err(CourierError::System)?;
        let mut announced = announcements(&self.spool);
        if stay == Stay::UntilDrained {
            self.drain = Some(Drain::default());
        }
        self.listen().await;
        let outbox = Arc::clone(&self.outbox);
        let mut look_in_at: Option<Instant> = None;
        loop {
            if look_in_at.is_some_and(|at| at <= Instant::now()) {
                look_in_at = None;
                self.sources.inbox.announced();
            }
            if self.is_to_listen_again() {
                self.listen().await;
            }
            let pause = match self.round(stay) {
                Ok(None) => {
                    self.note_waits();
                    return Ok(Ended {
                        counters: self.queue.counters()?,
                        left: self.drain.and_then(|drain| drain.left),
                    });
                }
                Ok(Some(pause)) => {
                    self.halted.passed(0);
                    self.post_readiness();
                    pause
                }
                // The queue may be locked or the disk full; what waits is safe and is tried again.
                Err(error) => self.cannot_work(&error),
            };
            let look_in = look_in_at.map_or(pause, |at| at.saturating_duration_since(Instant::now()));
            tokio::select! {
                () = outbox.woken() => {}
                Some(ended) = self.tasks.join_next_with_id() => self.ended(ended),
                Some(()) = announced.next(), if look_in_at.is_none() => {
                    look_in_at = Some(Instant::now() + gathers(self.last_work.elapsed()));
                }
                () = tokio::time::sleep(pause.min(look_in)) => {}
                _ = stop.recv() => return self.leave(stay).await,
                _ = interrupt.recv() => return self.leave(stay).await,
                _ = reload.recv() => self.reload(),
            }
        }
    }

    /// Says why nothing can be done; the same words once, not at every round. Says when to try again.
    fn cannot_work(&mut self, error: &CourierError) -> Duration {
        let why = error.to_string().replace("\nhint: ", "; ");
        if self.halted.failed(0, why.clone(), Instant::now()) {
            tracing::error!(error = why, "the courier cannot work at the moment");
        }
        self.board
            .not_ready(format!("the courier cannot work at the moment: {why}"));
        RETRY
    }

    /// One round: take in, look after the queue, hand out. Says how long there is nothing to do; `None` to leave.
    fn round(&mut self, stay: Stay) -> Result<Option<Duration>, CourierError> {
        self.take_in();
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            self.ended(ended);
        }
        if self.is_to_write_down() {
            self.write_down()?;
        }
        self.upkeep();
        self.hand_out()?;
        if self.may_leave(stay)? {
            return Ok(None);
        }
        let pause = self.pause()?;
        if stay != Stay::UntilDrained {
            self.make_ring(pause)?;
        }
        Ok(Some(pause))
    }

    /// Whether it is time to write down what has been reported: while more is under way, that is done for many alerts together.
    fn is_to_write_down(&self) -> bool {
        self.outbox.due_in() == Some(Duration::ZERO)
            || self.tasks.is_empty()
            || !self.unsettled.is_empty()
            || !self.unwritten.is_empty()
    }

    /// Makes the ring that hooks are quicker with, once: when there is nothing else to do, or has been something for long.
    fn make_ring(&mut self, pause: Duration) -> Result<(), CourierError> {
        let Some(due) = self.ring_due else { return Ok(()) };
        let is_idle = !pause.is_zero() && self.tasks.is_empty() && !self.queue.waits()?;
        if is_idle || due <= Instant::now() {
            self.ring_due = None;
            if let Err(error) = tokio::task::block_in_place(|| self.spool.make_ring()) {
                warn_of_no_ring(&error);
            }
        }
        Ok(())
    }

    /// How long there is nothing to do, unless somebody reports or stores.
    fn pause(&self) -> Result<Duration, CourierError> {
        // What was announced beside what was just taken in. Where nothing could be, to look again at once would not help.
        if self.sources.have_more() || self.took_in && self.sources.inbox.is_due() {
            return Ok(Duration::ZERO);
        }
        let (now, now_us) = (Instant::now(), micros(SystemTime::now()));
        let mut pause = self.sources.poll_every();
        if self.watch.is_some() || self.deaf.first().is_some() {
            pause = pause.min(UPKEEP);
        }
        if let Some(due_in) = self.outbox.due_in() {
            pause = pause.min(due_in);
        }
        if let Some(due_us) = self.queue.next_due_us()? {
            let wait = if is_over(due_us, now_us) { 0 } else { due_us - now_us };
            pause = pause.min(Duration::from_micros(u64::try_from(wait).unwrap_or(0)));
        }
        for road in self.roads.values() {
            if let Some(until) = road.breaker.closed_until(now) {
                pause = pause.min(until - now);
            }
        }
        Ok(pause.max(Duration::from_millis(1)))
    }

    /// Whether the courier may leave; a courier that gives up its office looks once more for what came meanwhile.
    fn may_leave(&mut self, stay: Stay) -> Result<bool, CourierError> {
        let unwritten = !(self.unsettled.is_empty() && self.unwritten.is_empty() && self.outbox.due_in().is_none());
        // What cannot be read may show only behind what a source has handed over.
        let busy = !self.tasks.is_empty() || unwritten || self.sources.have_more() || self.took_in;
        if stay == Stay::Resident || busy {
            return Ok(false);
        }
        let mut left = self.left(Instant::now())?;
        if self.queue.waits()? && self.queue.counters()?.waiting > left.alerts {
            return Ok(false);
        }
        // Nobody comes after a drain to tell the counts, so it tells them before their time.
        let until_us = if stay == Stay::UntilDrained {
            i64::MAX
        } else {
            micros(SystemTime::now())
        };
        for destination in self.queue.untold_destinations()? {
            let is_left = left.destinations.contains(&destination);
            let road = self.roads.get(&destination);
            let is_unreadable = road.is_some_and(|road| road.unreadable.is_some());
            let passes_over = |lead: i64| !(is_left || is_unreadable) && self.untellable.contains(&lead);
            let has_untold = !self.queue.untold(destination, i64::MAX, 1, passes_over)?.is_empty();
            if is_left {
                left.counts |= has_untold;
                continue;
            }
            if is_unreadable {
                if has_untold {
                    left.leave_counts("the account may not read alerts in IRIS (give it alerts_read)");
                }
                continue;
            }
            if has_untold {
                self.tell_counts(micros(SystemTime::now()), until_us)?;
                return Ok(false);
            }
        }
        if stay == Stay::WhileNeeded && (self.is_needed_by_others() || self.last_work.elapsed() < IDLE) {
            return Ok(false);
        }
        let why = self.not_taken_in();
        if let Some(drain) = &mut self.drain {
            if !drain.may_end(why.is_some(), Instant::now()) {
                return Ok(false);
            }
            if let Some(why) = &why {
                left.leave_outside(self.sources.inbox.unreadable().unwrap_or(0), why.clone());
            }
        }
        self.give_up_office();
        // What is in the queue already keeps only a drain, which has to say what it leaves behind.
        let waiting = if stay == Stay::UntilDrained {
            self.spool.count().map_or(true, |count| count > 0)
        } else {
            self.sources.inbox.waits()
        };
        if !waiting {
            self.leave_behind(&left);
            return Ok(true);
        }
        // Somebody stored an alert and found the office taken, or an unfinished entry lies there. Without the office there may be another
        // courier at any moment, so no work is done without it.
        self.office = take_office(&self.spool).unwrap_or_else(|error| {
            tracing::error!(%error, "the courier ends: it cannot have its office again; the next alert starts another");
            let outside = self.spool.count().unwrap_or(0);
            left.leave_outside(outside, format!("cannot have the courier's office again: {error}"));
            None
        });
        if self.office.is_none() {
            self.leave_behind(&left);
            return Ok(true);
        }
        // Those who ask how it does go on asking.
        tokio::task::block_in_place(|| Handle::current().block_on(self.listen()));
        self.sources.inbox.announced();
        // What cannot be read has had its time, if it is known.
        let may_stay = |unreadable: usize| unreadable == 0 || why.is_some();
        let leaves = self.drain.is_some() && self.sources.inbox.unreadable().is_some_and(may_stay);
        if leaves {
            self.leave_behind(&left);
        }
        Ok(leaves)
    }

    /// Why alerts are not taken in, if any may wait outside.
    fn not_taken_in(&self) -> Option<String> {
        let known = self.troubles.first().or(self.stuck.first()).map(str::to_owned);
        let cannot_list = |error| format!("cannot list {}: {error}", self.spool.inbox().display());
        known
            .or_else(|| self.spool.names().err().map(cannot_list))
            .or_else(|| self.spool.in_ring().err().map(|error| format!("cannot read {error}")))
    }

    fn leave_behind(&mut self, left: &Left) {
        if let Some(drain) = &mut self.drain {
            drain.left = left.line();
        }
    }

    /// Whether alerts may come without a hook that would start a courier.
    fn is_needed_by_others(&self) -> bool {
        let webhook = &self.settings.webhook;
        self.sources.tail.is_some() || (webhook.listen.is_some() && webhook.token.is_some())
    }
}

/// The tail that the settings ask for, from where it was left.
fn open_tail(settings: &Settings, spool: &Spool, queue: &Queue) -> Result<Option<Tail>, QueueError> {
    if !settings.tail.enabled {
        return Ok(None);
    }
    let checkpoint = queue.checkpoint(tail::CHECKPOINT)?;
    let from = if settings.tail.from_start {
        tail::From::Start
    } else {
        tail::From::End
    };
    let path = settings.tail.path.clone();
    let root = spool.root().to_owned();
    let route = Route::new(root.clone(), settings);
    Ok(Some(Tail::new(path, root, from, route, checkpoint.as_deref())))
}

/// How long an alert that is announced waits for others: not at all when it comes by itself.
fn gathers(since_the_last: Duration) -> Duration {
    if since_the_last < GATHER {
        GATHER
    } else {
        Duration::ZERO
    }
}

fn warn_of_no_ring(error: &std::io::Error) {
    tracing::warn!(%error, "there is no ring in the spool; hooks store every alert in a file of its own, which takes longer");
}

/// Hooks hold the office for the blink of an eye to see whether it is free. Who holds it is written down for people: a full disk is no
/// reason to give it up.
fn take_office(spool: &Spool) -> std::io::Result<Option<Office>> {
    for _ in 0..10 {
        if let Some(office) = launch::take_office(spool.root())? {
            if let Err(error) = office.sign() {
                tracing::warn!(%error, "cannot write down which process is the courier");
            }
            return Ok(Some(office));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(None)
}

/// Announces finished entries. A scan finds what it misses, so the courier works without as well, a little later.
fn announcements(spool: &Spool) -> futures_util::stream::BoxStream<'static, ()> {
    let watch = || -> std::io::Result<_> {
        let inotify = Inotify::init()?;
        inotify.watches().add(spool.inbox(), WatchMask::CLOSE_WRITE)?;
        // It may be missing, as the ring may.
        let _ = inotify.watches().add(spool.ring(), WatchMask::CLOSE_WRITE);
        inotify.into_event_stream([0; 4096])
    };
    match watch() {
        // All that have come so far are one: each look finds everything.
        Ok(events) => events.ready_chunks(1024).map(|_| ()).boxed(),
        Err(error) => {
            tracing::warn!(%error, "new alerts are not announced (fs.inotify.max_user_instances?); they are looked for instead");
            futures_util::stream::pending().boxed()
        }
    }
}
