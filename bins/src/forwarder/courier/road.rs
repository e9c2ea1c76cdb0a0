//! The way to one destination: whether it is open, how much goes at once, and what lies ready.
//!
//! Carriers are tasks that take from the shelf by themselves, so that none of them waits while the courier takes in or writes down.
//! What lies on the shelf is in the queue, too: clearing a shelf loses nothing.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::outcome::Trials;
use super::outgoing::Report;
use crate::forwarder::breaker::Breaker;
use crate::forwarder::delivery::{self, Attempt};
use crate::forwarder::mapping::Mapping;
use crate::forwarder::pace::Pace;
use crate::forwarder::queue::{Due, Turns};
use crate::forwarder::spool::DestinationId;
use crate::forwarder::target::{Denied, Target};

/// Alerts on a full shelf: enough for carriers while the courier is busy, few enough for a new severe one to be near the front.
pub(super) const FULL: usize = 128;
/// A shelf with so few is filled.
pub(super) const LOW: usize = 64;
/// Reports that wait for no others: whatever lies there is written down together, because each changes the same few pages of the queue, and
/// each time those are written anew.
const MANY: usize = 96;
/// How long a report waits for others, while more are to come.
const SOON: Duration = Duration::from_millis(50);
/// Most bytes on a shelf, unpacked; a shelf may hold one alert of any size.
pub(super) const MOST_BYTES: usize = 2 << 20;

/// One destination.
#[derive(Debug)]
pub(super) struct Road {
    pub(super) breaker: Breaker,
    pub(super) pace: Pace,
    pub(super) turns: Turns,
    pub(super) target: Option<Arc<Target>>,
    /// Where it leads, and how often that has changed.
    pub(super) place: Option<Arc<str>>,
    pub(super) turned: u32,
    pub(super) shelf: Arc<Shelf>,
    /// Alerts that it did not take.
    pub(super) trials: Trials,
    /// Counts that are being told.
    pub(super) telling: usize,
    /// That the account may not read alerts, which a count needs.
    pub(super) unreadable: Option<Denied>,
}

impl Road {
    pub(super) fn new(most: usize) -> Self {
        Self {
            breaker: Breaker::default(),
            pace: Pace::new(most),
            turns: Turns::default(),
            target: None,
            place: None,
            turned: 0,
            shelf: Arc::default(),
            trials: Trials::default(),
            telling: 0,
            unreadable: None,
        }
    }

    /// Leads to another place: nothing that the former one has said, or says yet, is of this one. The numbers of what lay ready.
    pub(super) fn turn(&mut self, most: usize) -> Vec<i64> {
        let ready = self.begin_anew(most);
        self.trials = Trials::default();
        self.shelf = Arc::default();
        self.turned += 1;
        ready
    }

    /// Forgets what is known of the place that it leads to; what is under way ends as it began. The numbers of what lay ready.
    pub(super) fn begin_anew(&mut self, most: usize) -> Vec<i64> {
        self.target = None;
        self.breaker = Breaker::of(self.place.clone());
        self.trials.end_rest();
        self.unreadable = None;
        self.pace = Pace::new(most);
        self.shelf.renew()
    }
}

/// Who takes alerts from a shelf.
#[derive(Debug, Clone, Copy)]
pub(super) struct Carrier {
    pub(super) number: u64,
    /// Of the settings that it began under.
    pub(super) generation: u64,
    /// How often its destination had turned elsewhere.
    pub(super) turned: u32,
}

/// What lies ready for one destination, and who carries what.
#[derive(Debug, Default)]
pub(super) struct Shelf(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// With the line of each.
    ready: VecDeque<(u8, Due)>,
    /// How many bytes these have.
    bytes: usize,
    carriers: usize,
    limit: usize,
    /// Whether more may be at work once answers are quick.
    may_grow: bool,
    /// Who carries which alert.
    carrying: BTreeMap<u64, i64>,
    /// How often the settings were read anew: who began under older ones carries nothing more.
    generation: u64,
}

impl Shelf {
    fn state(&self) -> MutexGuard<'_, State> {
        // A carrier that panicked holds no lock; even so the state is whole between any two lines here.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many lie ready.
    pub(super) fn len(&self) -> usize {
        self.state().ready.len()
    }

    /// Whether as many bytes lie ready as may; then something lies there.
    pub(super) fn is_heavy(&self) -> bool {
        self.state().bytes >= MOST_BYTES
    }

    /// How many carriers are at work.
    pub(super) fn carriers(&self) -> usize {
        self.state().carriers
    }

    /// Puts one at the end.
    pub(super) fn put(&self, line: u8, due: Due) {
        let mut state = self.state();
        state.bytes += due.bytes.len();
        state.ready.push_back((line, due));
    }

    /// The least urgent line that lies ready.
    pub(super) fn least_urgent(&self) -> Option<u8> {
        self.state().ready.iter().map(|(line, _)| *line).max()
    }

    /// Takes everything away that nobody carries yet; its numbers.
    pub(super) fn clear(&self) -> Vec<i64> {
        let mut state = self.state();
        state.bytes = 0;
        state.ready.drain(..).map(|(_, due)| due.seq).collect()
    }

    /// Takes everything away, and sends every carrier home when it has delivered what it carries: it knows older settings.
    pub(super) fn renew(&self) -> Vec<i64> {
        self.state().generation += 1;
        self.clear()
    }

    /// Sets whether more carriers may be at work than now once answers are quick: then each answer counts.
    pub(super) fn set_may_grow(&self, may_grow: bool) {
        self.state().may_grow = may_grow;
    }

    /// Sets how many carriers may be at work, and counts in those that are to come, of which generation; surplus ones leave by
    /// themselves.
    pub(super) fn staff(&self, limit: usize) -> (usize, u64) {
        let mut state = self.state();
        state.limit = limit;
        let more = limit.saturating_sub(state.carriers).min(state.ready.len());
        state.carriers += more;
        (more, state.generation)
    }

    /// Hands a carrier its next alert; `None` when it may leave.
    pub(super) fn take(&self, carrier: Carrier) -> Option<Due> {
        let mut state = self.state();
        state.carrying.remove(&carrier.number);
        let next = (state.carriers <= state.limit && carrier.generation == state.generation)
            .then(|| state.ready.pop_front())
            .flatten();
        let Some((_, due)) = next else {
            state.carriers = state.carriers.saturating_sub(1);
            return None;
        };
        state.bytes -= due.bytes.len();
        state.carrying.insert(carrier.number, due.seq);
        Some(due)
    }

    /// A carrier broke down; what it carried.
    pub(super) fn lost(&self, carrier: u64) -> Option<i64> {
        let mut state = self.state();
        state.carriers = state.carriers.saturating_sub(1);
        state.carrying.remove(&carrier)
    }
}

/// Where carriers report to: many reports are read at once, or all of them soon.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    reports: Mutex<Reports>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct Reports {
    all: Vec<Report>,
    /// When the first of them came.
    since: Option<Instant>,
    /// Whether one of them is not to wait.
    urgent: bool,
}

impl Reports {
    fn due_in(&self) -> Option<Duration> {
        let since = self.since?;
        let waits = !self.urgent && self.all.len() < MANY;
        Some(if waits {
            SOON.saturating_sub(since.elapsed())
        } else {
            Duration::ZERO
        })
    }
}

impl Outbox {
    fn reports(&self) -> MutexGuard<'_, Reports> {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn put(&self, report: Report, urgent: bool) {
        self.put_all([report], urgent);
    }

    /// Puts several that are to be read together.
    pub(super) fn put_all(&self, some: impl IntoIterator<Item = Report>, urgent: bool) {
        let mut reports = self.reports();
        // Whoever is woken by the first sees to it that it is read soon.
        let is_first = reports.all.is_empty();
        reports.all.extend(some);
        reports.since.get_or_insert_with(Instant::now);
        reports.urgent |= urgent;
        if is_first || reports.due_in() == Some(Duration::ZERO) {
            self.wake.notify_one();
        }
    }

    /// Wakes the courier, be there reports or not.
    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }

    /// As if the first report had come then.
    #[cfg(test)]
    pub(super) fn set_since(&self, since: Instant) {
        self.reports().since = Some(since);
    }

    /// When what lies there is to be read; `None` where nothing does.
    pub(super) fn due_in(&self) -> Option<Duration> {
        self.reports().due_in()
    }

    /// All reports so far.
    pub(super) fn empty(&self) -> Vec<Report> {
        std::mem::take(&mut *self.reports()).all
    }

    /// Waits until there is a reason to look.
    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }
}

/// Carries alerts from a shelf to its destination until there is nothing more to carry.
pub(super) async fn carry(
    carrier: Carrier,
    destination: DestinationId,
    shelf: Arc<Shelf>,
    target: Arc<Target>,
    mapping: Arc<Mapping>,
    outbox: Arc<Outbox>,
) {
    while let Some(due) = shelf.take(carrier) {
        let began = Instant::now();
        let (refusal, attempt) = delivery::deliver_in_any_form(&due, &target, &mapping).await;
        let failed = matches!(
            attempt,
            Attempt::DestinationFailed { .. } | Attempt::Unnumbered { asked: Some(_), .. }
        );
        // The others would fail as well; the courier decides when the next one is tried. Not so where it refuses: what is refused is
        // answered at once, and the sooner others pass or are refused, too, the sooner it is known which of the two is at fault.
        let untried = if failed { shelf.clear() } else { Vec::new() };
        let ended = Instant::now();
        let is_taken = matches!(attempt, Attempt::Delivered { .. });
        let report = |degraded, attempt, untried| Report::Alert {
            seq: due.seq,
            destination,
            turned: carrier.turned,
            degraded,
            was_degraded: due.degraded,
            attempt,
            began,
            ended,
            untried,
        };
        let degraded = due.degraded || refusal.is_some();
        let refusal = refusal
            .filter(|_| is_taken)
            .map(|refusal| report(false, refusal, Vec::new()));
        let reports = refusal.into_iter().chain([report(degraded, attempt, untried)]);
        // What is not taken may close the destination, and each answer counts while the pace is to be found: both are read in the next round.
        outbox.put_all(reports, !is_taken || shelf.state().may_grow);
        if shelf.len() < LOW {
            outbox.wake();
        }
    }
    // The courier may be waiting for the last one to leave.
    outbox.wake();
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use iris_client::sandbox::{Fault, Sandbox};

    use super::*;
    use crate::forwarder::spool::Destination;
    use crate::settings::{Settings, Source};

    fn due(seq: i64) -> Due {
        Due {
            seq,
            destination: DestinationId::SETTINGS,
            uuid: uuid::Uuid::from_u128(seq.unsigned_abs().into()),
            received_us: 0,
            bytes: Vec::new(),
            storm: false,
            degraded: false,
            attempts: 0,
            folded: None,
        }
    }

    #[test]
    fn reports_are_read_together_unless_one_is_urgent_or_has_waited_long_enough() {
        let report = || Report::Told {
            lead: 1,
            destination: DestinationId::SETTINGS,
            turned: 0,
            told: Ok(1),
        };
        let outbox = Outbox::default();
        let is_woken = |outbox: &Outbox| outbox.woken().now_or_never().is_some();
        let is_due = |outbox: &Outbox| outbox.due_in() == Some(Duration::ZERO);
        assert_eq!(outbox.due_in(), None);
        outbox.put(report(), false);
        assert!(is_woken(&outbox), "to come back soon");
        // As if no time had passed, however busy the machine is.
        outbox.set_since(Instant::now() + Duration::from_mins(1));
        for _ in 2..MANY {
            outbox.put(report(), false);
        }
        assert!(!is_due(&outbox) && !is_woken(&outbox));
        outbox.put(report(), false);
        assert!(is_due(&outbox) && is_woken(&outbox));
        assert_eq!(outbox.empty().len(), MANY);
        assert_eq!(outbox.due_in(), None);
        outbox.put(report(), true);
        assert!(is_due(&outbox));
        outbox.empty();
        outbox.put(report(), false);
        assert!(!outbox.reports().urgent, "what was urgent is read");
        outbox.set_since(Instant::now().checked_sub(SOON).unwrap());
        assert!(is_due(&outbox));
    }

    #[test]
    fn who_began_under_older_settings_carries_nothing_more() {
        let shelf = Shelf::default();
        let carrier = |number, (more, generation)| {
            assert_eq!(more, 1);
            Carrier {
                number,
                generation,
                turned: 0,
            }
        };
        shelf.put(0, due(1));
        shelf.put(0, due(2));
        let old = carrier(1, shelf.staff(1));
        assert_eq!(shelf.take(old).map(|due| due.seq), Some(1));
        assert_eq!(shelf.renew(), [2]);
        shelf.put(0, due(2));
        assert_eq!(shelf.staff(1).0, 0, "it still carries the first one");
        assert!(shelf.take(old).is_none());
        let new = carrier(2, shelf.staff(1));
        assert_eq!(shelf.take(new).map(|due| due.seq), Some(2));
    }

    /// What a carrier reports that finds so many alerts on its shelf, once the destination is known and this goes wrong, or nothing.
    async fn reports_of_a_carrier(alerts: i64, may_grow: bool, fault: Option<Fault>) -> Arc<Outbox> {
        let iris = Sandbox::builder().start().await.unwrap();
        let settings = Settings::parse(&Source::default()).unwrap();
        let destination = Destination {
            url: iris.url(),
            key: Some(iris.token().to_owned().into()),
            options: String::new(),
        };
        let target = Arc::new(Target::new(&destination, &settings.iris).unwrap());
        let mapping = Arc::new(Mapping::new(&settings.forward).unwrap());
        delivery::deliver(&due(1), &target, &mapping).await;
        if let Some(fault) = fault {
            iris.fault(fault);
        }
        let (shelf, outbox) = (Arc::new(Shelf::default()), Arc::new(Outbox::default()));
        (1..=alerts).for_each(|seq| shelf.put(0, due(seq)));
        shelf.set_may_grow(may_grow);
        let (_, generation) = shelf.staff(1);
        let carrier = Carrier {
            number: 1,
            generation,
            turned: 0,
        };
        carry(
            carrier,
            DestinationId::SETTINGS,
            shelf,
            target,
            mapping,
            Arc::clone(&outbox),
        )
        .await;
        outbox
    }

    #[tokio::test]
    async fn what_is_taken_waits_for_others_once_the_pace_is_found_and_what_is_not_taken_does_not() {
        for may_grow in [false, true] {
            let outbox = reports_of_a_carrier(2, may_grow, None).await;
            assert_eq!(outbox.reports().urgent, may_grow);
            assert_eq!(outbox.empty().len(), 2);
        }
        let outbox = reports_of_a_carrier(2, false, Some(Fault::tag_race().on("/alerts/add").skip(1))).await;
        assert!(outbox.reports().urgent);
        let reports = outbox.empty();
        let [
            Report::Alert { attempt: first, .. },
            Report::Alert { attempt: second, .. },
        ] = &reports[..]
        else {
            panic!("{reports:?}");
        };
        assert!(matches!(first, Attempt::Delivered { .. }), "{first:?}");
        assert!(matches!(second, Attempt::AlertFailed { .. }), "{second:?}");
    }

    #[tokio::test]
    async fn a_pause_that_the_server_asks_for_when_it_is_asked_for_a_number_ends_the_round_of_a_carrier() {
        let fault = Fault::unavailable(Some(Duration::from_mins(10))).on("/alerts/filter");
        let reports = reports_of_a_carrier(3, false, Some(fault)).await.empty();
        let [Report::Alert { attempt, untried, .. }] = &reports[..] else {
            panic!("{reports:?}");
        };
        assert!(
            matches!(attempt, Attempt::Unnumbered { asked: Some(_), .. }),
            "{attempt:?}"
        );
        assert_eq!(untried, &[2, 3]);
    }
}
