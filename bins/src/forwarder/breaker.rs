//! Whether a destination is worth trying.

use std::sync::Arc;
use std::time::{Duration, Instant};

/// The longest pauses, in seconds: while a person is waited for, while it is away, and while it answers other questions, at first, after
/// a few failures in a row, and after many.
const FOR_A_PERSON: f64 = 30.0;
const AWAY: f64 = 300.0;
const ALIVE_AT_FIRST: f64 = 0.1;
const ALIVE: f64 = 2.0;
const ALIVE_FOR_LONG: f64 = 15.0;
const FEW: u32 = 16;
const OFTEN: u32 = 64;

/// Closed for a growing while after failures, then tried with one alert. Runs on the clock that nobody sets.
#[derive(Debug, Default)]
pub struct Breaker {
    failures: u32,
    /// How many of them there were since it last answered any question.
    away: u32,
    closed_until: Option<Instant>,
    /// Until when the server asked not to be called.
    asked_until: Option<Instant>,
    /// Since when it waits for a person.
    person_since: Option<Instant>,
    reported: Option<String>,
    /// Which destination it is, for people.
    of: Option<Arc<str>>,
}

impl Breaker {
    /// One that names its destination in what it says.
    pub fn of(destination: Option<Arc<str>>) -> Self {
        Self {
            of: destination,
            ..Self::default()
        }
    }

    /// Names its destination.
    pub fn is_of(&mut self, destination: Arc<str>) {
        self.of = Some(destination);
    }

    /// Which destination it is, where that is known.
    pub fn destination(&self) -> Option<&str> {
        self.of.as_deref()
    }

    /// How many alerts may be tried at once now.
    pub fn allows(&self, now: Instant, most: usize) -> usize {
        if self.closed_until.is_some_and(|until| now < until) {
            0
        } else if self.failures > 0 {
            1
        } else {
            most
        }
    }

    /// When it may be tried again, while it is closed.
    pub fn closed_until(&self, now: Instant) -> Option<Instant> {
        self.closed_until.filter(|until| now < *until)
    }

    /// Whether the server has asked for a pause that is not over.
    pub fn is_asked_to_wait(&self, now: Instant) -> bool {
        self.asked_until.is_some_and(|until| now < until)
    }

    /// Whether it has failed since its last success.
    pub fn is_failing(&self) -> bool {
        self.failures > 0
    }

    /// Whether it waits for a person: a key, a right, an address.
    pub fn needs_a_person(&self) -> bool {
        self.person_since.is_some()
    }

    /// Since when it does.
    pub fn needs_a_person_since(&self) -> Option<Instant> {
        self.person_since
    }

    /// Whether it answered another question when it failed last.
    pub fn is_alive(&self) -> bool {
        self.failures > 0 && self.away == 0
    }

    /// Its state in one word: closed as a circuit is when all is well.
    pub fn state(&self, now: Instant) -> &'static str {
        match (self.is_failing(), self.closed_until(now)) {
            (false, _) => "closed",
            (true, Some(_)) => "open",
            (true, None) => "half-open",
        }
    }

    /// The last failure, for people.
    pub fn last_failure(&self) -> Option<&str> {
        self.reported.as_deref()
    }

    /// An attempt reached IRIS.
    pub fn succeeded(&mut self, now: Instant) {
        // It was under way when the server asked for a pause: that stands.
        if self.is_asked_to_wait(now) {
            return;
        }
        if self.failures > 0 {
            tracing::info!(
                failures = self.failures,
                destination = self.of.as_deref(),
                "IRIS is back"
            );
        }
        *self = Self::of(self.of.take());
    }

    /// An attempt did not: closes for a while, `random` in 0..1 spreads several couriers. If it is alive, the alert may be the reason,
    /// and the next one must not wait long: each of many such alerts makes others wait once.
    pub fn failed(
        &mut self,
        error: &str,
        wait: Option<Duration>,
        configuration: bool,
        alive: bool,
        now: Instant,
        random: f64,
    ) {
        // Those under way when it closed tell nothing new, unless the server says how long.
        let already = self.closed_until(now);
        if already.is_none() {
            self.failures = self.failures.saturating_add(1);
            self.away = if alive { 0 } else { self.away.saturating_add(1) };
        }
        if configuration {
            self.person_since.get_or_insert(now);
        } else if already.is_none() {
            self.person_since = None;
        }
        let most = match (alive, configuration) {
            (true, _) if self.failures <= FEW => ALIVE_AT_FIRST,
            (true, _) if self.failures <= OFTEN => ALIVE,
            (true, _) => ALIVE_FOR_LONG,
            (false, true) => FOR_A_PERSON,
            (false, false) => AWAY,
        };
        // Failures that the alerts themselves may be the reason of say nothing of how long an IRIS will be away.
        let doublings = if alive { self.failures } else { self.away }.min(10).saturating_sub(1);
        let grown = f64::from(1_u32 << doublings).min(most);
        // A server that says "at once" is asked again no sooner than one that says nothing.
        let own = grown * (0.5 + random / 2.0);
        let pause = wait.map_or(own, |wait| wait.as_secs_f64().clamp(own.min(1.0), 900.0));
        let until = now + Duration::from_secs_f64(pause);
        self.closed_until = match already {
            Some(already) if wait.is_none() => Some(already),
            Some(already) => Some(already.max(until)),
            None => Some(until),
        };
        if wait.is_some() {
            self.asked_until = self.closed_until;
        }
        // The same words once, not at every attempt of a long outage.
        if self.reported.as_deref() == Some(error) {
            return;
        }
        if configuration {
            tracing::error!(
                error,
                destination = self.of.as_deref(),
                "IRIS cannot be used until somebody acts; nothing is lost, alerts wait in the queue: see `custom-iris doctor`"
            );
        } else {
            tracing::warn!(
                error,
                destination = self.of.as_deref(),
                "IRIS cannot be used at the moment; alerts wait in the queue"
            );
        }
        self.reported = Some(error.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_destination_is_tried_ever_less_often_and_with_one_alert() {
        let mut breaker = Breaker::default();
        let mut now = Instant::now();
        assert_eq!(breaker.allows(now, 4), 4);
        let mut pauses = Vec::new();
        for _ in 0..12 {
            breaker.failed("refused", None, false, false, now, 1.0);
            assert_eq!((breaker.allows(now, 4), breaker.state(now)), (0, "open"));
            let until = breaker.closed_until(now).unwrap();
            pauses.push((until - now).as_secs());
            now = until;
            assert_eq!((breaker.allows(now, 4), breaker.state(now)), (1, "half-open"));
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        breaker.succeeded(now);
        assert_eq!((breaker.allows(now, 4), breaker.state(now)), (4, "closed"));
    }

    #[test]
    fn one_that_answers_other_questions_is_tried_with_the_next_alert_soon_and_that_makes_no_later_pause_long() {
        let mut breaker = Breaker::default();
        let mut now = Instant::now();
        let mut pauses = Vec::new();
        let mut fail = |alive| {
            breaker.failed("HTTP 500", None, alive, alive, now, 1.0);
            let until = breaker.closed_until(now).unwrap();
            pauses.push((until - now).as_millis());
            now = until;
            breaker.is_alive()
        };
        assert!((0..70).all(|_| fail(true)));
        assert!(!(0..3).any(|_| fail(false)));
        assert!(fail(true));
        assert!(!fail(false));
        let expected = [
            (100, 16),
            (2000, 48),
            (15_000, 6),
            (1000, 1),
            (2000, 1),
            (4000, 1),
            (15_000, 1),
            (1000, 1),
        ];
        let expected = expected
            .iter()
            .flat_map(|&(pause, times)| std::iter::repeat_n(pause, times));
        assert!(pauses.iter().copied().eq(expected), "{pauses:?}");
    }

    #[test]
    fn what_needs_a_person_is_looked_at_every_half_minute() {
        let mut breaker = Breaker::default();
        let began = Instant::now();
        let mut now = began;
        for _ in 0..12 {
            breaker.failed("the key is refused", None, true, false, now, 1.0);
            let until = breaker.closed_until(now).unwrap();
            assert!((until - now).as_secs() <= 30);
            now = until;
        }
        assert_eq!(breaker.needs_a_person_since(), Some(began));
        // One that was under way since before says nothing of the key.
        breaker.failed("the key is refused", None, true, false, now, 1.0);
        breaker.failed("no answer", None, false, false, now, 1.0);
        assert_eq!(breaker.needs_a_person_since(), Some(began));
        now = breaker.closed_until(now).unwrap();
        breaker.failed("no connection", None, false, false, now, 1.0);
        assert!(!breaker.needs_a_person());
    }

    #[test]
    fn four_that_were_under_way_count_as_one_failure() {
        let mut breaker = Breaker::default();
        let now = Instant::now();
        for _ in 0..4 {
            breaker.failed("no connection", None, false, false, now, 1.0);
        }
        assert_eq!((breaker.closed_until(now).unwrap() - now).as_secs(), 1);
        breaker.failed("slow down", Some(Duration::from_secs(9)), false, false, now, 1.0);
        assert_eq!((breaker.closed_until(now).unwrap() - now).as_secs(), 9);
    }

    #[test]
    fn a_wish_to_wait_is_obeyed_whatever_else_was_under_way() {
        let mut breaker = Breaker::default();
        let now = Instant::now();
        breaker.failed("slow down", Some(Duration::from_secs(30)), false, false, now, 1.0);
        breaker.succeeded(now + Duration::from_secs(1));
        let late = now + Duration::from_secs(29);
        assert_eq!((breaker.allows(late, 4), breaker.state(late)), (0, "open"));
        let over = now + Duration::from_secs(30);
        assert_eq!((breaker.allows(over, 4), breaker.state(over)), (1, "half-open"));
        breaker.succeeded(over);
        assert_eq!(breaker.allows(over, 4), 4);
        // A pause of its own ends with the first success.
        breaker.failed("no connection", None, false, false, now, 1.0);
        breaker.succeeded(now);
        assert_eq!(breaker.allows(now, 4), 4);
    }

    #[test]
    fn a_wish_to_wait_is_obeyed_and_an_absurd_one_is_capped() {
        let now = Instant::now();
        for (wish, pause) in [(0, 0.5), (7, 7.0), (315_360_000, 900.0)] {
            let mut breaker = Breaker::default();
            breaker.failed("slow down", Some(Duration::from_secs(wish)), false, false, now, 0.0);
            let closed = (breaker.closed_until(now).unwrap() - now).as_secs_f64();
            assert!((closed - pause).abs() < 1e-6, "{wish}: {closed}");
        }
    }
}
