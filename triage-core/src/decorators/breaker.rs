//! Leaves a backend alone that keeps failing.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;

use super::clock::Clock;
use crate::{About, Call, Draft, Evidence, Fault, Health, Redacted, TriageError, TriageErrorKind, Triager};

/// Longest rest, whoever asks for it.
const LONGEST_REST: Duration = Duration::from_hours(24);

/// Answers `Unavailable` by itself for a while after several faults of the backend in a row; then one call tries.
///
/// ```text
/// closed ─`faults` in a row→ open ─`rest`→ trying (one call) ─an answer→ closed
///                             ↑───────────────────┘ a fault or a timeout
/// ```
/// # Guarantees
/// - An error that is the alert's fault shows that the backend works, and ends the row; a timeout shows neither.
/// - The rest is as long as the backend asks for, where that is longer; at most a day.
/// - A trial that is dropped leaves the next call to try. Calls that began before the breaker opened change nothing.
#[derive(Debug)]
pub struct Breaker<T> {
    inner: T,
    faults: u32,
    rest: Duration,
    clock: Clock,
    circuit: Mutex<Circuit>,
}

#[derive(Debug, Default)]
struct Circuit {
    state: State,
    // Grows whenever the state changes: what an older call says is about another time.
    period: u64,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Closed { in_a_row: u32 },
    Open { until: Instant },
    Trying,
}

impl Default for State {
    fn default() -> Self {
        Self::Closed { in_a_row: 0 }
    }
}

impl Circuit {
    fn enter(&mut self, state: State) {
        self.state = state;
        self.period += 1;
    }
}

impl<T: Triager> Breaker<T> {
    /// Opens for `rest` after this many faults of the backend in a row; 0 is taken as 1.
    pub fn new(inner: T, faults: u32, rest: Duration) -> Self {
        Self {
            inner,
            faults: faults.max(1),
            rest,
            clock: Clock::default(),
            circuit: Mutex::default(),
        }
    }

    /// Tells the time by this clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Says whether calls are refused at this moment.
    pub fn is_open(&self) -> bool {
        self.refusal(&self.circuit()).is_some()
    }

    fn circuit(&self) -> MutexGuard<'_, Circuit> {
        self.circuit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // How long to stay away. A trial that is under way ends soon, or not at all.
    fn refusal(&self, circuit: &Circuit) -> Option<Duration> {
        match circuit.state {
            State::Closed { .. } => None,
            State::Open { until } => {
                let left = until.saturating_duration_since(self.clock.now());
                (!left.is_zero()).then_some(left)
            }
            State::Trying => Some(Duration::from_secs(1)),
        }
    }

    fn admit(&self) -> Result<u64, TriageError> {
        let mut circuit = self.circuit();
        if let Some(left) = self.refusal(&circuit) {
            let message = "the backend failed several times in a row and is left alone for a while";
            return Err(TriageError::new(TriageErrorKind::Unavailable, message).after(left));
        }
        if let State::Open { .. } = circuit.state {
            circuit.enter(State::Trying);
        }
        Ok(circuit.period)
    }

    fn settle(&self, period: u64, answer: &Result<Draft, TriageError>) {
        let mut circuit = self.circuit();
        if circuit.period != period {
            return;
        }
        let asked_for = answer.as_ref().err().and_then(|error| error.retry_after);
        // A server may ask for longer than a clock can tell.
        let until = self.clock.now() + self.rest.max(asked_for.unwrap_or_default()).min(LONGEST_REST);
        let kind = answer.as_ref().err().map(|error| error.kind);
        match (circuit.state, kind) {
            (State::Closed { .. }, Some(TriageErrorKind::Timeout)) => {}
            (State::Trying, Some(TriageErrorKind::Timeout)) => circuit.enter(State::Open { until }),
            (State::Closed { in_a_row }, Some(kind)) if kind.fault() == Fault::Backend => {
                if in_a_row + 1 >= self.faults {
                    circuit.enter(State::Open { until });
                } else {
                    circuit.state = State::Closed { in_a_row: in_a_row + 1 };
                }
            }
            (State::Trying, Some(kind)) if kind.fault() == Fault::Backend => circuit.enter(State::Open { until }),
            (State::Closed { .. }, _) => circuit.state = State::default(),
            (State::Trying | State::Open { .. }, _) => circuit.enter(State::default()),
        }
    }
}

/// Ends a trial that nobody waits for any more.
struct Trial<'a, T: Triager> {
    breaker: &'a Breaker<T>,
    period: u64,
}

impl<T: Triager> Drop for Trial<'_, T> {
    fn drop(&mut self) {
        let mut circuit = self.breaker.circuit();
        if circuit.period == self.period && matches!(circuit.state, State::Trying) {
            let until = self.breaker.clock.now();
            circuit.enter(State::Open { until });
        }
    }
}

#[async_trait]
impl<T: Triager> Triager for Breaker<T> {
    fn about(&self) -> About {
        self.inner.about()
    }

    async fn triage(&self, evidence: &Redacted<Evidence>, call: &Call) -> Result<Draft, TriageError> {
        let period = self.admit()?;
        let trial = Trial { breaker: self, period };
        let answer = self.inner.triage(evidence, call).await;
        self.settle(period, &answer);
        drop(trial);
        answer
    }

    async fn health(&self) -> Health {
        if self.is_open() {
            return Health::Down("the backend failed several times in a row and is left alone for a while".into());
        }
        self.inner.health().await
    }

    async fn warm_up(&self) -> Result<(), TriageError> {
        self.inner.warm_up().await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::doubles::{Gate, HandClock, answer, block_on, conforms, failure, is_pending};
    use super::*;
    use crate::testing::{ScriptedTriager, evidence};

    const REST: Duration = Duration::from_secs(30);

    fn breaker(
        script: impl IntoIterator<Item = Result<Draft, TriageError>>,
    ) -> (Breaker<Arc<ScriptedTriager>>, Arc<ScriptedTriager>, HandClock) {
        let (inner, time) = (Arc::new(ScriptedTriager::with(script)), HandClock::default());
        (
            Breaker::new(Arc::clone(&inner), 2, REST).clock(time.clock()),
            inner,
            time,
        )
    }

    fn call(breaker: &impl Triager) -> Result<Draft, TriageError> {
        block_on(breaker.triage(&evidence(), &Call::default()))
    }

    #[test]
    fn a_breaker_conforms() {
        conforms(&Breaker::new(crate::RuleTriager, 3, REST));
    }

    #[test]
    fn faults_in_a_row_open_it_and_one_good_trial_closes_it() {
        let down = || failure(TriageErrorKind::Unavailable);
        let (breaker, inner, time) = breaker([down(), answer(), down(), down(), answer(), down(), answer()]);
        for _ in 0..3 {
            let _ = call(&breaker);
        }
        assert!(!breaker.is_open());
        let _ = call(&breaker);
        assert!(breaker.is_open());
        time.advance(Duration::from_secs(10));
        let refused = call(&breaker).unwrap_err();
        assert_eq!(
            (refused.kind, refused.retry_after),
            (TriageErrorKind::Unavailable, Some(Duration::from_secs(20)))
        );
        assert!(matches!(block_on(breaker.health()), Health::Down(_)));
        assert_eq!(inner.calls().len(), 4);

        time.advance(Duration::from_secs(20));
        assert_eq!(block_on(breaker.health()), Health::Ready);
        call(&breaker).unwrap();
        // The row begins anew.
        assert!(call(&breaker).is_err());
        call(&breaker).unwrap();
    }

    #[test]
    fn a_failed_trial_opens_it_again_for_as_long_as_the_backend_asks() {
        let asks = Err(TriageError::new(TriageErrorKind::Busy, "wait").after(Duration::from_secs(90)));
        let down = || failure(TriageErrorKind::Misconfigured);
        let (breaker, _, time) = breaker([down(), down(), asks]);
        for _ in 0..2 {
            let _ = call(&breaker);
        }
        time.advance(REST);
        assert_eq!(call(&breaker).unwrap_err().kind, TriageErrorKind::Busy);
        time.advance(Duration::from_secs(89));
        assert!(breaker.is_open());
        time.advance(Duration::from_secs(1));
        assert!(!breaker.is_open());
    }

    #[test]
    fn a_backend_that_asks_for_eternity_gets_a_day() {
        let asks = Err(TriageError::new(TriageErrorKind::Busy, "wait").after(Duration::MAX));
        let (breaker, _, time) = breaker([failure(TriageErrorKind::Unavailable), asks]);
        for _ in 0..2 {
            let _ = call(&breaker);
        }
        assert!(breaker.is_open());
        time.advance(Duration::from_hours(24));
        assert!(!breaker.is_open());
    }

    #[test]
    fn what_an_alert_is_to_blame_for_does_not_open_it() {
        let down = || failure(TriageErrorKind::Unavailable);
        for kind in [TriageErrorKind::BadOutput, TriageErrorKind::TooLarge] {
            let (breaker, ..) = breaker([down(), failure(kind), down()]);
            for _ in 0..3 {
                let _ = call(&breaker);
            }
            assert!(!breaker.is_open(), "{kind:?}");
        }
        // A timeout says nothing about the backend: it neither counts nor ends the row.
        let (breaker, ..) = breaker([down(), failure(TriageErrorKind::Timeout), down()]);
        for _ in 0..2 {
            let _ = call(&breaker);
        }
        assert!(!breaker.is_open());
        let _ = call(&breaker);
        assert!(breaker.is_open());
    }

    #[test]
    fn one_call_tries_and_a_dropped_trial_leaves_it_to_the_next() {
        let (gate, time) = (Arc::new(Gate::default()), HandClock::default());
        let breaker = Breaker::new(Arc::clone(&gate), 1, REST).clock(time.clock());
        let (evidence, call) = (evidence(), Call::default());
        gate.fail_next(TriageErrorKind::Unavailable);
        block_on(breaker.triage(&evidence, &call)).unwrap_err();
        time.advance(REST);
        let mut trial = breaker.triage(&evidence, &call);
        assert!(is_pending(&mut trial));
        assert_eq!(
            block_on(breaker.triage(&evidence, &call)).unwrap_err().kind,
            TriageErrorKind::Unavailable
        );
        drop(trial);
        gate.open();
        block_on(breaker.triage(&evidence, &call)).unwrap();
        assert!(!breaker.is_open());
    }

    #[test]
    fn a_call_from_before_it_opened_does_not_close_it() {
        let (gate, time) = (Arc::new(Gate::default()), HandClock::default());
        let breaker = Breaker::new(Arc::clone(&gate), 1, REST).clock(time.clock());
        let (evidence, call) = (evidence(), Call::default());
        let mut early = breaker.triage(&evidence, &call);
        assert!(is_pending(&mut early));
        gate.fail_next(TriageErrorKind::Unavailable);
        block_on(breaker.triage(&evidence, &call)).unwrap_err();
        gate.open();
        block_on(early).unwrap();
        assert!(breaker.is_open());
    }
}
