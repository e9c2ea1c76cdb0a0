//! Looking after the queue: windows, texts, space, limits for the hook, and what the health server shows.

use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant, SystemTime};

use iris_client::CustomerId;

use super::road::Road;
use super::{Courier, UPKEEP};
use crate::forwarder::door::Door;
use crate::forwarder::hook::no_room;
use crate::forwarder::queue::{LIVE, Lane, QueueError, Trouble, Waits, micros};
use crate::forwarder::spool::{Limits, Room};
use crate::health::Metrics;

/// Most rounds of what is settled that go at once when room is short.
const EXPIRE_ROUNDS: usize = 20;
/// Most rules of a door that are shown with their own counts.
const MOST_REASONS: usize = 500;
/// How often the memory of noise reduction is bounded.
const BOUND: Duration = Duration::from_mins(1);
/// Most open windows; a row of each is about 300 bytes.
const MOST_WINDOWS: u64 = 100_000;
/// Most rules with their agents, and most origins of failures, that are remembered; about 100 bytes each.
const MOST_KEYS: u64 = 500_000;
/// How long after its time an answer that denies a customer still shows.
const DENIED_AGAIN: Duration = Duration::from_mins(1);

impl Courier {
    pub(super) fn upkeep(&mut self) {
        if self.last_upkeep.is_some_and(|at| at.elapsed() < UPKEEP) {
            return;
        }
        self.last_upkeep = Some(Instant::now());
        self.look_for_settings();
        let now_us = micros(SystemTime::now());
        if let Err(error) = self.grow_old() {
            tracing::error!(error = error.line(), "cannot look after the lanes");
        }
        self.keep_bounds(now_us);
        self.note_waits();
        self.digest(now_us);
        let bounds = &self.settings.spool;
        let (min_free_bytes, min_free_inodes) = (bounds.min_free_bytes, bounds.min_free_inodes);
        let limits = |queue_full| Limits {
            min_free_bytes,
            min_free_inodes,
            queue_full,
        };
        let looked_after = tokio::task::block_in_place(|| {
            let flush_us = self.flush_us();
            self.queue.close_windows(now_us, self.rules.storm_window(), flush_us)?;
            self.queue.expire(now_us, self.settings.spool.keep)?;
            // What is settled goes before an alert is turned away, whether the queue or its disk is full.
            let enough = self.settings.spool.max_bytes / 10 * 8;
            let room = limits(false).room(self.spool.root());
            let must_give = |size| size > enough || would_help(room, size);
            let is_pressed = must_give(self.queue.size()?);
            let mut rounds = 0..EXPIRE_ROUNDS;
            while must_give(self.queue.size()?) && rounds.next().is_some() && self.queue.make_room(now_us)? {}
            if is_pressed || self.queue.is_hollow()? {
                self.queue.give_back()?;
            }
            self.queue.size()
        });
        let known = Limits::read(self.spool.root());
        let is_full = match looked_after {
            Ok(size) => {
                self.neglected.passed(0);
                size >= self.settings.spool.max_bytes
            }
            Err(error) => {
                // The same words once, not at every look.
                let error = error.line();
                if self.neglected.failed(0, error.clone(), Instant::now()) {
                    tracing::error!(error, "cannot look after the queue");
                }
                known.queue_full
            }
        };
        // Also where the queue cannot be looked after: it may be a full disk that it cannot for.
        let limits = limits(is_full);
        let room = limits.room(self.spool.root());
        self.no_room = (room != Room::Enough).then(|| no_room(room, self.spool.root()));
        if limits != known
            && let Err(error) = limits.write(self.spool.root())
        {
            tracing::error!(%error, "cannot write the limits for the hook");
        }
        self.post(now_us);
    }

    /// Makes backlog of what has waited too long to be live; on the clock that nobody sets.
    fn grow_old(&mut self) -> Result<(), QueueError> {
        let last = self.queue.last_seq()?;
        if self.marks.back().is_none_or(|(_, mark)| *mark < last) {
            self.marks.push_back((Instant::now(), last));
        }
        let mut up_to = None;
        while let Some((_, mark)) = self.marks.front().filter(|(at, _)| at.elapsed() >= LIVE) {
            up_to = Some(*mark);
            self.marks.pop_front();
        }
        up_to.map_or(Ok(()), |mark| self.queue.age(mark))
    }

    /// Says once a day which allowlist rules hid most, and which will expire.
    fn digest(&mut self, now_us: i64) {
        if !self.digest.wants_counts(now_us) {
            return;
        }
        let Ok(reasons) = self.queue.reasons(Some(Door::Allowlisted), MOST_REASONS) else {
            return;
        };
        let counts = reasons.into_iter().map(|reason| (reason.why, reason.count)).collect();
        let hidden = self.digest.told(counts, now_us);
        if let Err(error) = self.queue.note(&self.digest.checkpoint()) {
            tracing::error!(
                error = error.line(),
                "cannot write down when the digest was told; the next courier tells it again"
            );
        }
        let Some(hidden) = hidden else { return };
        for (rule, count) in hidden {
            tracing::info!(
                rule,
                count,
                "allowlist rule {rule} hid {count} alerts since the last digest"
            );
        }
        super::error::warn(self.rules.allowlist());
    }

    /// Keeps what noise reduction remembers bounded.
    fn keep_bounds(&mut self, now_us: i64) {
        if self.last_bound.is_some_and(|at| at.elapsed() < BOUND) {
            return;
        }
        self.last_bound = Some(Instant::now());
        let keep_us = i64::try_from(self.settings.spool.keep.as_micros()).unwrap_or(i64::MAX / 16);
        let forget_us = now_us.saturating_sub(keep_us.saturating_mul(10).max(86_400_000_000));
        match tokio::task::block_in_place(|| self.queue.bound(now_us, forget_us, MOST_WINDOWS, MOST_KEYS)) {
            Ok(0) => {}
            Ok(closed) => tracing::warn!(
                closed,
                "too many windows are open; those that would close first tell their counts now"
            ),
            Err(error) => tracing::error!(error = error.line(), "cannot bound what noise reduction remembers"),
        }
    }

    /// Writes down why alerts wait, if that has changed: most were never tried, and who looks in from outside sees nothing else.
    pub(super) fn note_waits(&mut self) {
        let mut waits = Waits::default();
        for (destination, road) in &self.roads {
            if let Some(why) = road.breaker.last_failure() {
                let trouble = Trouble {
                    why: why.replace("\nhint: ", "; "),
                    keeps_all: !road.breaker.is_alive(),
                };
                waits.add(*destination, trouble);
            }
        }
        if waits == self.waits {
            return;
        }
        match self.queue.note_waits(&waits) {
            Ok(()) => self.waits = waits,
            Err(error) => tracing::debug!(
                error = error.line(),
                "cannot write down why alerts wait; it is tried again"
            ),
        }
    }

    /// Puts on the board whether alerts are taken in and delivered, as soon as that changes; the metrics follow.
    pub(super) fn post_readiness(&self) {
        if self.settings.health_listen.is_some() {
            self.board.ready_unless(self.not_ready(Instant::now()));
        }
    }

    /// Puts the state of now on the board.
    pub(super) fn post(&mut self, now_us: i64) {
        if self.settings.health_listen.is_none() {
            return;
        }
        let (counters, oldest) = match (self.queue.counters(), self.queue.oldest_waiting_us()) {
            (Ok(counters), Ok(oldest)) => (counters, oldest),
            (Err(error), _) | (_, Err(error)) => {
                self.uncounted = Some(error.line());
                return self.post_readiness();
            }
        };
        self.uncounted = None;
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
        let metrics = match self.sources.tail.as_ref().map(super::Tail::notes) {
            None => metrics,
            Some(notes) => metrics
                .gauge(
                    "wazuh_iris_forwarder_tail_behind_bytes",
                    "Bytes of alerts.json that are written and not read yet.",
                    notes.behind,
                )
                .gauge(
                    "wazuh_iris_forwarder_tail_paused",
                    "1 while the tail reads nothing: no room, or nobody has said where to deliver.",
                    notes.paused.into(),
                )
                .counter(
                    "wazuh_iris_forwarder_tail_cut_lines_total",
                    "Lines of alerts.json above 16 MiB, of which the beginning was taken.",
                    notes.cut,
                )
                .counter(
                    "wazuh_iris_forwarder_tail_lost_files_total",
                    "Files that were gone or damaged before they were read to their end.",
                    notes.lost_files,
                ),
        };
        let metrics = match self
            .receiver
            .as_ref()
            .map(crate::forwarder::source::webhook::Receiver::tally)
        {
            None => metrics,
            Some(tally) => metrics
                .counter(
                    "wazuh_iris_forwarder_webhook_stored_total",
                    "Findings that the webhook has stored.",
                    tally.stored.load(Relaxed),
                )
                .counter(
                    "wazuh_iris_forwarder_webhook_refused_total",
                    "Calls without the token, too large, or without a finding.",
                    tally.refused.load(Relaxed),
                )
                .counter(
                    "wazuh_iris_forwarder_webhook_turned_away_total",
                    "Calls that were asked to come again: no room, or nobody has said where IRIS is.",
                    tally.turned_away.load(Relaxed),
                ),
        };
        let metrics = self.of_rules(self.of_roads(metrics));
        self.board.post(self.not_ready(Instant::now()), metrics);
    }

    /// Why alerts are not taken in or not delivered, if any are not.
    pub(super) fn not_ready(&self, now: Instant) -> Option<String> {
        let failing = || {
            let mut breakers = self.roads.values().map(|road| &road.breaker);
            let failing = breakers.find(|breaker| breaker.is_failing())?;
            let why = failing.last_failure().unwrap_or("IRIS fails");
            // One that is alone needs no name.
            let named = failing.destination().filter(|_| self.roads.len() > 1);
            Some(named.map_or_else(|| why.to_owned(), |destination| format!("{destination}: {why}")))
        };
        let denied = || {
            let customer = self.roads.values().find_map(|road| self.denied(road, now))?.0;
            Some(format!(
                "the account may not create alerts for customer {customer}, and those wait: link it to that customer in IRIS, or name \
                 another one"
            ))
        };
        let trouble = self
            .troubles
            .first()
            .or(self.no_room.as_deref())
            .or(self.stuck.first())
            .or(self.deaf.first())
            .or(self.uncounted.as_deref());
        trouble.map(str::to_owned).or_else(failing).or_else(denied)
    }

    /// A customer for whom a destination takes no alerts until a person links the account to it.
    fn denied(&self, road: &Road, now: Instant) -> Option<CustomerId> {
        let target = road.target.as_ref()?;
        // A little longer than said, since it takes the next alert a while to be refused again.
        let lately = now.checked_sub(DENIED_AGAIN).unwrap_or(now);
        let by_rule = self.settings.forward.customers.iter().map(|rule| CustomerId(rule.id));
        std::iter::once(target.customer())
            .chain(by_rule)
            .find(|customer| target.denied_for(*customer, lately).is_some())
    }

    /// Whether a destination waits for a person, with all alerts or with those of a customer.
    pub(super) fn needs_a_person(&self, road: &Road, now: Instant) -> bool {
        road.breaker.needs_a_person() || self.denied(road, now).is_some()
    }

    /// How each destination does.
    fn of_roads(&self, metrics: Metrics) -> Metrics {
        let now = Instant::now();
        let names: Vec<String> = self.roads.keys().map(ToString::to_string).collect();
        let of = |value: &dyn Fn(&Road) -> u64| -> Vec<u64> { self.roads.values().map(value).collect() };
        let named = |values: Vec<u64>| names.iter().map(String::as_str).zip(values).collect::<Vec<_>>();
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        metrics
            .gauges(
                "wazuh_iris_forwarder_breaker",
                "Whether a destination may be tried: 0 yes, 1 with one alert, 2 not now.",
                "destination",
                named(of(&|road| match road.breaker.state(now) {
                    "closed" => 0,
                    "half-open" => 1,
                    _ => 2,
                })),
            )
            .gauges(
                "wazuh_iris_forwarder_needs_a_person",
                "Whether a destination waits for a key, a right, an address or the link to a customer.",
                "destination",
                named(of(&|road| u64::from(self.needs_a_person(road, now)))),
            )
            .gauges(
                "wazuh_iris_forwarder_pace",
                "Calls at once that a destination stands.",
                "destination",
                named(of(&|road| count(road.pace.limit()))),
            )
            .gauges(
                "wazuh_iris_forwarder_under_way",
                "Calls under way.",
                "destination",
                named(of(&|road| count(road.shelf.carriers() + road.telling))),
            )
    }

    /// What noise reduction does, and what waits in each lane.
    fn of_rules(&self, metrics: Metrics) -> Metrics {
        let depths = self.queue.depths().unwrap_or(Lane::ALL.map(|lane| (lane, 0)));
        let reasons = |door| self.queue.reasons(Some(door), MOST_REASONS).unwrap_or_default();
        let (gated, allowlisted) = (reasons(Door::Gated), reasons(Door::Allowlisted));
        metrics
            .gauges(
                "wazuh_iris_forwarder_lane_depth",
                "Alerts that are ready, by lane.",
                "lane",
                depths.map(|(lane, depth)| (lane.name(), depth)),
            )
            .gauge(
                "wazuh_iris_forwarder_open_windows",
                "Windows that repeats and storms fold into.",
                self.queue.open_windows().unwrap_or(0),
            )
            .counters(
                "wazuh_iris_forwarder_gated_total",
                "Alerts that the gate kept back, by rule; the busiest rules.",
                "rule",
                gated.iter().map(|reason| (reason.why.as_str(), reason.count)),
            )
            .counters(
                "wazuh_iris_forwarder_allowlisted_total",
                "Alerts hidden, by allowlist rule; the busiest rules.",
                "rule",
                allowlisted.iter().map(|reason| (reason.why.as_str(), reason.count)),
            )
    }
}

/// Whether a smaller queue would help against this want of room: not against one of inodes, and not where somebody else fills the disk.
fn would_help(room: Room, size: u64) -> bool {
    matches!(room, Room::Bytes { least, .. } if size > least / 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_settled_goes_only_where_that_gives_a_full_disk_room() {
        let bytes = Room::Bytes { free: 0, least: 1000 };
        assert!(would_help(bytes, 101));
        assert!(!would_help(bytes, 100), "somebody else filled it");
        let inodes = Room::Inodes { free: 0, least: 1000 };
        for room in [Room::Enough, Room::QueueFull, inodes] {
            assert!(!would_help(room, u64::MAX), "{room:?}");
        }
    }
}
