//! Alerts that IRIS does not stand, in the company of others, from a real queue and its shelf: whatever they do to it, the others pass
//! soon, none of them is parked, and each bad one is.

use std::collections::BTreeMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::forwarder::courier::road::{Carrier, FULL};
use crate::forwarder::noise::{Allowlist, Rules, Subject};
use crate::forwarder::queue::{Arrival, Queue, is_over};
use crate::forwarder::spool::DestinationId;
use crate::settings::{Environment, Settings, Source};

const CALL: Duration = Duration::from_millis(50);
const HANGS: Duration = Duration::from_secs(23);
const ASKED: Duration = Duration::from_secs(10);
/// The longest pause after a failure of an IRIS that answers.
const PAUSE: Duration = Duration::from_secs(2);
/// The same after many in a row.
const LONG_PAUSE: Duration = Duration::from_secs(15);
/// The longest pause after a failure of one that does not.
const AWAY: Duration = Duration::from_mins(5);

/// What an alert does to IRIS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ill {
    Breaks,
    Forbidden,
    Hangs,
    Busy,
    TooMany,
    /// IRIS is away for a while afterwards.
    Fells,
    Refused,
    /// By the name of a field, in both forms.
    Named,
}

const FAILING: [Ill; 6] = [
    Ill::Breaks,
    Ill::Forbidden,
    Ill::Hangs,
    Ill::Busy,
    Ill::TooMany,
    Ill::Fells,
];

impl Ill {
    fn takes(self) -> Duration {
        if self == Self::Hangs { HANGS } else { CALL }
    }

    /// For how long the others wait because of one try, at the most.
    fn costs(self) -> Duration {
        self.takes()
            + match self {
                Self::Busy => ASKED,
                Self::Fells => AWAY,
                _ => PAUSE,
            }
    }

    fn attempt(self, degraded: bool) -> Attempt {
        match self {
            Self::Refused if degraded => refused_in_every_form(),
            Self::Named => Attempt::Refused {
                error: "alert_title is wrong".to_owned(),
                doubtful: false,
            },
            Self::Refused => refused(true),
            Self::Busy => failed(Some(ASKED.as_secs())),
            Self::Fells => failed(None),
            Self::Breaks | Self::Hangs | Self::TooMany => failed_alive(),
            Self::Forbidden => {
                let mut attempt = failed_alive();
                if let Attempt::DestinationFailed { configuration, .. } = &mut attempt {
                    *configuration = true;
                }
                attempt
            }
        }
    }
}

/// What IRIS as a whole does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weather {
    Fine,
    Fails,
    Broken,
    Gone,
    Asks,
    Refuses,
}

impl Weather {
    fn attempt(self, degraded: bool) -> Option<Attempt> {
        match self {
            Self::Fine => None,
            Self::Fails => Some(failed_alive()),
            Self::Broken => Some(failed(None)),
            Self::Asks => Some(failed(Some(5))),
            Self::Refuses => Some(Ill::Refused.attempt(degraded)),
            Self::Gone => {
                let mut attempt = failed(None);
                if let Attempt::DestinationFailed { reached, .. } = &mut attempt {
                    *reached = false;
                }
                Some(attempt)
            }
        }
    }
}

/// A queue, and a courier that sends one alert at a time.
struct Street {
    desk: Desk,
    queue: Queue,
    rules: Rules,
    carrier: Option<Carrier>,
    in_hand: BTreeSet<i64>,
    ills: BTreeMap<i64, Ill>,
    /// When each came that waits.
    came: BTreeMap<i64, Instant>,
    next_arrival: Instant,
    weather: Weather,
    /// Since when IRIS works.
    fine_since: Instant,
    /// The longest that a good one waited while it did.
    longest: Duration,
    /// How many good ones were sent as plain text.
    plain: usize,
    calls: usize,
    /// What passed, in its order.
    passed: Vec<i64>,
    /// How often which new bad one of which level comes, and when the next one does.
    bad_stream: Option<(Duration, Ill, u8, Instant)>,
    /// With which good ones IRIS fails at first.
    flaky: Option<i64>,
    flaked: BTreeSet<i64>,
    /// Whether the courier's random numbers differ.
    is_random: bool,
}

impl Street {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("s.toml");
        std::fs::write(&file, "[noise]\nburst_max = 0\nfold_seconds = 0\n").unwrap();
        let settings = Settings::parse(&Source::read(Some(&file), &Environment::new()).unwrap()).unwrap();
        let desk = Desk::new();
        let now = desk.at.now;
        Self {
            desk,
            queue: Queue::scratch().unwrap(),
            rules: Rules::new(&settings.forward, &settings.noise, Allowlist::default()),
            carrier: None,
            in_hand: BTreeSet::new(),
            ills: BTreeMap::new(),
            came: BTreeMap::new(),
            next_arrival: now + Duration::from_hours(10_000),
            weather: Weather::Fine,
            fine_since: now,
            longest: Duration::ZERO,
            plain: 0,
            calls: 0,
            passed: Vec::new(),
            bad_stream: None,
            flaky: None,
            flaked: BTreeSet::new(),
            is_random: false,
        }
    }

    /// One comes, of this level, live or of long ago.
    fn come(&mut self, ill: Option<Ill>, level: u8, is_live: bool) {
        let name = Uuid::new_v4().to_string();
        let mut subject = Subject::for_test(&name, "001");
        subject.level = level;
        let now_us = crate::forwarder::queue::micros(SystemTime::now());
        let received_us = if is_live { now_us } else { 1 };
        (subject.received_us, subject.time_us, subject.paced_us) = (received_us, received_us, received_us);
        let arrival = Arrival {
            name: &name,
            destination: DestinationId::SETTINGS,
            same_server: Vec::new(),
            uuid: Uuid::new_v4(),
            received_us,
            subject: Some(subject),
            bytes: b"{}",
        };
        self.queue.take_in(&[arrival], None, &self.rules).unwrap();
        let seq = self.queue.last_seq().unwrap();
        self.came.insert(seq, self.desk.at.now);
        if let Some(ill) = ill {
            self.ills.insert(seq, ill);
        }
    }

    fn begin(&mut self, weather: Weather) {
        if weather == Weather::Fine && self.weather != Weather::Fine {
            self.fine_since = self.desk.at.now;
        }
        self.weather = weather;
    }

    /// Goes on for so long, with a good one so often, or until nothing waits.
    fn work(&mut self, time: Duration, every: Option<Duration>) {
        let until = self.desk.at.now + time;
        if let Some(every) = every {
            self.next_arrival = self.desk.at.now + every;
        }
        while self.desk.at.now < until && !(every.is_none() && self.came.is_empty()) {
            while let Some(every) = every.filter(|_| self.next_arrival <= self.desk.at.now) {
                self.next_arrival += every;
                if self.came.len() - self.bad_ones() < 120 {
                    self.come(None, 10, true);
                }
            }
            while let Some((every, ill, level, next)) = self.bad_stream.filter(|bad| bad.3 <= self.desk.at.now) {
                self.come(Some(ill), level, true);
                self.bad_stream = Some((every, ill, level, next + every));
            }
            let due = self.queue.next_due_us().unwrap();
            if due.is_some_and(|due_us| is_over(due_us, self.desk.at.now_us)) {
                self.queue.call_back(self.desk.at.now_us).unwrap();
            }
            self.fill();
            if !self.carry() {
                let opens = self.desk.road.breaker.closed_until(self.desk.at.now);
                let due = self.queue.next_due_us().unwrap().map(|due_us| {
                    let wait = due_us.saturating_sub(self.desk.at.now_us).max(0).unsigned_abs();
                    self.desk.at.now + Duration::from_micros(wait)
                });
                let next = until.min(if every.is_some() { self.next_arrival } else { until });
                let bad = self.bad_stream.map(|bad| bad.3);
                let next = opens.into_iter().chain(due).chain(bad).fold(next, Instant::min);
                self.desk.later((next - self.desk.at.now).max(Duration::from_millis(1)));
            }
        }
    }

    fn fill(&mut self) {
        let road = &mut self.desk.road;
        let (failing, busy) = (road.breaker.is_failing(), road.shelf.carriers() > 0);
        if road.breaker.allows(self.desk.at.now, 4) == 0 || (failing && busy) {
            return;
        }
        let shelf = std::sync::Arc::clone(&road.shelf);
        let picked = road.pick(&self.queue, DestinationId::SETTINGS, &self.in_hand, self.desk.at.now);
        for ready in picked.unwrap().into_iter().flatten() {
            let line = ready.line;
            let due = self.queue.unpack(ready.seq).unwrap();
            self.in_hand.insert(due.seq);
            shelf.put(line, due);
        }
    }

    /// Sends one from the shelf; says whether there was any.
    fn carry(&mut self) -> bool {
        let shelf = std::sync::Arc::clone(&self.desk.road.shelf);
        if self.carrier.is_none() {
            let (more, generation) = shelf.staff(1);
            self.carrier = (more > 0).then_some(Carrier {
                number: 1,
                generation,
                turned: 0,
            });
        }
        let Some(due) = self.carrier.and_then(|carrier| shelf.take(carrier)) else {
            return self.carrier.take().is_some();
        };
        let ill = self.ills.get(&due.seq).copied();
        let attempt = self.weather.attempt(due.degraded);
        let takes = if attempt.is_some() {
            CALL
        } else {
            ill.map_or(CALL, Ill::takes)
        };
        let attempt = attempt.or_else(|| ill.map(|ill| ill.attempt(due.degraded)));
        let is_flaky = ill.is_none() && self.flaky.is_some_and(|every| due.seq % every == 0);
        let flakes = is_flaky && self.flaked.insert(due.seq);
        let attempt = attempt.or_else(|| flakes.then(failed_alive));
        let attempt = attempt.unwrap_or(Attempt::Delivered {
            iris_id: Some(due.seq),
            told: 0,
        });
        self.desk.later(takes);
        self.calls += 1;
        if self.is_random {
            // Golden steps: nothing depends on their quality.
            self.desk.at.random = (self.desk.at.random + 0.618_033_988_75).fract();
        }
        if matches!(attempt, Attempt::DestinationFailed { .. }) {
            for seq in shelf.clear() {
                self.in_hand.remove(&seq);
            }
        }
        let at = self.desk.at;
        let settlement = self.desk.road.outcome(due.seq, due.degraded, attempt, takes, at);
        match &settlement {
            Settlement::Delivered { .. } => {
                let waited = at.now - self.came[&due.seq].max(self.fine_since);
                self.longest = self.longest.max(waited);
                self.plain += usize::from(due.degraded);
                self.passed.push(due.seq);
                self.came.remove(&due.seq);
            }
            Settlement::Parked { .. } => {
                assert!(ill.is_some(), "alert {} is good", due.seq);
                // What a carrier brings back as named was refused as plain text right after.
                assert!(due.degraded || ill == Some(Ill::Named), "{ill:?} as plain text first");
                self.came.remove(&due.seq);
            }
            Settlement::Again { .. } => {}
        }
        self.queue.settle(&[(due.seq, settlement)], at.now_us, 1).unwrap();
        self.in_hand.remove(&due.seq);
        true
    }

    fn bad_ones(&self) -> usize {
        self.came.keys().filter(|seq| self.ills.contains_key(seq)).count()
    }
}

fn cost(ills: &[Ill]) -> Duration {
    ills.iter().map(|ill| ill.costs()).sum()
}

#[test]
fn any_number_of_bad_ones_at_the_head_of_the_line_lets_the_others_pass_after_one_try_of_each() {
    for ill in FAILING {
        for number in [1, 2, 3, 6, 30] {
            let mut street = Street::new();
            (0..number).for_each(|_| street.come(Some(ill), 15, true));
            (0..270).for_each(|_| street.come(None, 10, true));
            let bound = cost(&vec![ill; number]) + ill.costs() + CALL * 270 * 2;
            street.work(bound, Some(Duration::from_hours(1)));
            assert_eq!(street.came.len(), number, "{number} of {ill:?}");
        }
    }
}

#[test]
fn a_hundred_that_iris_refuses_at_the_head_of_the_line_leave_the_others_most_of_the_time() {
    for ill in [Ill::Refused, Ill::Named] {
        for number in [1, 30, 100] {
            let mut street = Street::new();
            (0..number).for_each(|_| street.come(Some(ill), 15, true));
            (0..400).for_each(|_| street.come(None, 10, true));
            let calls = u32::try_from(number + 400).unwrap();
            street.work(CALL * calls * 2 + LONG_PAUSE, Some(Duration::from_hours(1)));
            assert_eq!(street.came.len() - street.bad_ones(), 0, "{number} of {ill:?}");
        }
    }
}

#[test]
fn bad_ones_that_all_wait_keep_one_that_comes_for_as_long_as_one_try_takes() {
    for ill in FAILING {
        for number in [1, 2, 6, 30] {
            let mut street = Street::new();
            street.come(None, 10, true);
            (0..number).for_each(|_| street.come(Some(ill), 15, true));
            let known = cost(&vec![ill; number]).max(Duration::from_mins(30));
            street.work(known, Some(Duration::from_hours(1)));
            street.longest = Duration::ZERO;
            street.work(Duration::from_hours(12), Some(Duration::from_mins(7)));
            assert!(
                street.longest <= (ill.costs() * 2).max(LONG_PAUSE) + CALL * 2,
                "{number} of {ill:?}: {:?}",
                street.longest
            );
            assert_eq!(street.bad_ones(), 0, "{number} of {ill:?} are parked");
        }
    }
}

#[test]
fn a_queue_of_nothing_but_bad_ones_does_not_keep_calling_iris() {
    let mut street = Street::new();
    (0..6).for_each(|_| street.come(Some(Ill::Breaks), 15, true));
    street.work(Duration::from_hours(1), Some(Duration::from_hours(9)));
    assert!(street.calls < 6 * 25, "{}", street.calls);
}

#[test]
fn after_an_outage_the_most_severe_go_first_again() {
    for weather in [
        Weather::Fails,
        Weather::Broken,
        Weather::Gone,
        Weather::Asks,
        Weather::Refuses,
    ] {
        let mut street = Street::new();
        street.come(None, 14, true);
        street.come(None, 14, true);
        (0..1000).for_each(|_| street.come(None, 8, true));
        street.begin(weather);
        street.work(Duration::from_mins(30), Some(Duration::from_hours(9)));
        street.begin(Weather::Fine);
        street.work(Duration::from_mins(10), Some(Duration::from_hours(9)));
        let last = street.passed.iter().rposition(|seq| *seq <= 2).unwrap();
        assert!(last <= 2 * FULL, "{weather:?}: {last} others before it");
    }
}

#[test]
fn an_endless_stream_of_new_bad_ones_leaves_the_others_most_of_the_time() {
    for (ill, level) in [
        (Ill::Breaks, 10),
        (Ill::Breaks, 12),
        (Ill::Forbidden, 15),
        (Ill::TooMany, 12),
    ] {
        let mut street = Street::new();
        street.bad_stream = Some((Duration::from_millis(830), ill, level, street.desk.at.now));
        street.work(Duration::from_mins(5), Some(Duration::from_secs(1)));
        assert!(
            street.longest < Duration::from_secs(5),
            "{ill:?} {level}: {:?}",
            street.longest
        );
        assert!(
            street.passed.len() > 5 * 60 - 10,
            "{ill:?} {level}: {}",
            street.passed.len()
        );
    }
}

#[test]
fn bad_ones_are_parked_although_iris_fails_with_a_good_one_now_and_then() {
    let mut street = Street::new();
    (0..5).for_each(|_| street.come(Some(Ill::Forbidden), 12, true));
    street.flaky = Some(50);
    street.work(Duration::from_hours(2), Some(Duration::from_secs(1)));
    assert_eq!(street.bad_ones(), 0);
    assert!(street.flaked.len() > 100 && street.plain == 0);
}

#[test]
fn what_makes_iris_fail_every_minute_parks_and_changes_no_alert() {
    for weather in [Weather::Fails, Weather::Broken] {
        let mut street = Street::new();
        street.is_random = true;
        for _ in 0..30 {
            street.begin(weather);
            street.work(Duration::from_secs(5), Some(Duration::from_millis(400)));
            street.begin(Weather::Fine);
            street.work(Duration::from_secs(55), Some(Duration::from_millis(400)));
        }
        assert_eq!(street.plain, 0, "{weather:?}");
    }
}

fn ill() -> impl Strategy<Value = Ill> {
    prop_oneof![
        Just(Ill::Breaks),
        Just(Ill::Forbidden),
        Just(Ill::Hangs),
        Just(Ill::Busy),
        Just(Ill::TooMany),
        Just(Ill::Refused),
        Just(Ill::Named),
    ]
}

fn weather() -> impl Strategy<Value = Weather> {
    prop_oneof![
        Just(Weather::Fails),
        Just(Weather::Broken),
        Just(Weather::Gone),
        Just(Weather::Asks),
        Just(Weather::Refuses),
    ]
}

fn outage() -> impl Strategy<Value = (Weather, Duration, Duration, Duration)> {
    let away = prop_oneof![1_u64..30_000, 30_000_u64..3_600_000];
    // Often so short that one alert passes, or a few.
    let there = prop_oneof![40_u64..200, 200_u64..5_000, 5_000_u64..600_000];
    let every = prop_oneof![500_u64..5_000, 5_000_u64..60_000];
    (weather(), away, there, every).prop_map(|(weather, away, there, every)| {
        let [away, there, every] = [away, there, every].map(Duration::from_millis);
        (weather, away, there, every)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn whatever_becomes_of_iris_no_good_one_is_parked_and_once_it_works_they_pass_soon_and_bad_ones_are_parked(
        good in 2_usize..60,
        bad in proptest::collection::vec((ill(), 8_u8..16, any::<bool>()), 0..30),
        outages in proptest::collection::vec(outage(), 0..16),
        every in 1_u64..30,
    ) {
        let mut street = Street::new();
        let kinds: Vec<Ill> = bad.iter().map(|(ill, _, _)| *ill).collect();
        for (ill, level, is_live) in bad {
            street.come(Some(ill), level, is_live);
        }
        (0..good).for_each(|number| street.come(None, 10, number % 3 > 0));
        for (weather, away, there, every) in outages {
            street.begin(weather);
            street.work(away, Some(every));
            street.begin(Weather::Fine);
            street.work(there, Some(every));
        }
        street.longest = Duration::ZERO;
        // What waits for its time because of the last outage, and every bad one until it is known again.
        let bound = Duration::from_mins(11) + cost(&kinds) * 3;
        let every = Duration::from_secs(every);
        street.work(bound, Some(every));
        prop_assert!(street.longest <= bound, "{:?}", street.longest);
        street.longest = Duration::ZERO;
        street.fine_since = street.desk.at.now;
        street.work(Duration::from_hours(2) + cost(&kinds) * 24, Some(every));
        prop_assert_eq!(street.bad_ones(), 0);
        let most = kinds.iter().map(|ill| ill.costs()).max().unwrap_or_default();
        prop_assert!(street.longest <= (most * 2).max(LONG_PAUSE) + Duration::from_secs(5), "{:?}", street.longest);
    }

    #[test]
    fn of_an_iris_that_fails_now_and_then_none_is_parked(
        good in 2_usize..80,
        share in 0_u64..90,
        weather in weather(),
        seed in any::<u64>(),
    ) {
        let mut street = Street::new();
        (0..good).for_each(|number| street.come(None, 10, number % 3 > 0));
        let mut numbers = seed;
        for _ in 0..1500 {
            // Knuth's numbers: nothing depends on their quality.
            numbers = numbers.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            street.begin(if (numbers >> 33) % 100 < share { weather } else { Weather::Fine });
            street.work(Duration::from_millis(700), Some(Duration::from_secs(2)));
        }
        // IRIS names what is wrong with one that it refuses, and that is believed when others pass.
        prop_assert!(street.plain == 0 || weather == Weather::Refuses, "{}", street.plain);
    }
}
