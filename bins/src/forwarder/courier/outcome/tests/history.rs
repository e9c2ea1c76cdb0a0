//! Any history of outages in the words of a refusal: no good alert is parked, and each bad one is found out once IRIS works.

use proptest::prelude::*;

use super::*;

/// How long one call takes.
const CALL: Duration = Duration::from_millis(50);
/// Attempts that a bad alert is found out in once IRIS works.
const SOON: u32 = 12;
/// Most that wait at a time, so that a long outage is not a long test.
const MOST: usize = 40;

#[derive(Debug, Clone)]
struct Waiting {
    seq: i64,
    is_bad: bool,
    degraded: bool,
    due_us: i64,
    attempts: u32,
}

/// For how long IRIS refuses everything and then works, and how often an alert comes meanwhile.
#[derive(Debug, Clone)]
struct Turn {
    away: Duration,
    there: Duration,
    every: Duration,
}

fn turn() -> impl Strategy<Value = Turn> {
    let away = prop_oneof![1_u64..30_000, 30_000_u64..7_200_000];
    // Often so short that one alert passes, or a few.
    let there = prop_oneof![40_u64..200, 200_u64..5_000, 5_000_u64..600_000];
    let every = prop_oneof![500_u64..5_000, 5_000_u64..60_000];
    (away, there, every).prop_map(|(away, there, every)| Turn {
        away: Duration::from_millis(away),
        there: Duration::from_millis(there),
        every: Duration::from_millis(every),
    })
}

/// A courier that sends one alert at a time, what has just come first.
struct Street {
    desk: Desk,
    waiting: Vec<Waiting>,
    next_seq: i64,
    next_arrival: Instant,
    /// Whether IRIS works from now on.
    is_over: bool,
}

impl Street {
    fn new(good: u32, bad: u32) -> Self {
        let desk = Desk::new();
        let mut street = Self {
            next_arrival: desk.at.now,
            desk,
            waiting: Vec::new(),
            next_seq: 0,
            is_over: false,
        };
        (0..good).for_each(|_| street.come(false));
        (0..bad).for_each(|_| street.come(true));
        street
    }

    fn come(&mut self, is_bad: bool) {
        self.next_seq += 1;
        self.waiting.push(Waiting {
            seq: self.next_seq,
            is_bad,
            degraded: false,
            due_us: 0,
            attempts: 0,
        });
    }

    /// Goes on until then.
    fn work(&mut self, is_there: bool, until: Instant, every: Duration) -> Result<(), TestCaseError> {
        self.next_arrival = self.next_arrival.min(self.desk.at.now + every);
        while self.desk.at.now < until {
            while self.next_arrival <= self.desk.at.now {
                self.next_arrival += every;
                if self.waiting.len() < MOST {
                    self.come(false);
                }
            }
            let now_us = self.desk.at.now_us;
            let next = self.waiting.iter().rposition(|one| one.due_us <= now_us);
            match next.filter(|_| self.desk.is_open()) {
                Some(place) => self.attempt(place, is_there)?,
                None => self.wait(until),
            }
        }
        Ok(())
    }

    /// Waits until something comes, is due, or may be tried, or until then.
    fn wait(&mut self, until: Instant) {
        let now_us = self.desk.at.now_us;
        let due_us = self
            .waiting
            .iter()
            .map(|one| one.due_us)
            .filter(|due_us| *due_us > now_us);
        let due = due_us.map(|due_us| self.desk.at.now + Duration::from_micros((due_us - now_us).unsigned_abs()));
        let opens = self.desk.road.breaker.closed_until(self.desk.at.now);
        let next = due.chain(opens).fold(until.min(self.next_arrival), Instant::min);
        self.desk.later(next - self.desk.at.now);
    }

    fn attempt(&mut self, place: usize, is_there: bool) -> Result<(), TestCaseError> {
        self.desk.later(CALL);
        let one = self.waiting[place].clone();
        let attempt = match (is_there && !one.is_bad, one.degraded) {
            (true, _) => Attempt::Delivered {
                iris_id: Some(one.seq),
                told: 0,
            },
            (false, false) => refused(true),
            (false, true) => refused_in_every_form(),
        };
        match self.desk.report(one.seq, one.degraded, attempt) {
            Settlement::Again { due_us, degraded, .. } => {
                let entry = &mut self.waiting[place];
                (entry.due_us, entry.degraded) = (due_us, degraded);
                entry.attempts += 1;
                return Ok(());
            }
            Settlement::Parked { .. } => {
                prop_assert!(one.is_bad, "alert {} is good", one.seq);
                prop_assert!(!self.is_over || one.attempts < SOON, "after {} attempts", one.attempts);
            }
            Settlement::Delivered { .. } => {}
        }
        self.waiting.remove(place);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_history_of_outages_parks_what_is_good_and_what_is_bad_is_parked_once_iris_works(
        good in 2_u32..12,
        bad in 0_u32..4,
        turns in proptest::collection::vec(turn(), 1..12),
    ) {
        let mut street = Street::new(good, bad);
        for turn in turns {
            let until = street.desk.at.now + turn.away;
            street.work(false, until, turn.every)?;
            let until = street.desk.at.now + turn.there;
            street.work(true, until, turn.every)?;
        }
        street.is_over = true;
        street.waiting.iter_mut().for_each(|one| one.attempts = 0);
        let until = street.desk.at.now + Duration::from_hours(2);
        street.work(true, until, Duration::from_secs(5))?;
        for one in &street.waiting {
            prop_assert!(!one.is_bad, "alert {} still waits after {} attempts", one.seq, one.attempts);
        }
    }
}
