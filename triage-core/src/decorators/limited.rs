//! At most so many calls at once.

use async_lock::Semaphore;
use async_trait::async_trait;

use super::clock::{Clock, less};
use crate::{About, Call, Draft, Evidence, Health, Redacted, TriageError, TriageErrorKind, Triager};

/// Lets at most so many calls through at once; the others wait for a permit.
///
/// # Guarantees
/// - A call that is dropped, waiting or running, gives its permit back at once.
/// - The time spent waiting is taken off [`Call::budget`] and added to [`Meta::queue`](crate::Meta::queue).
///
/// # Errors
/// `Busy` when the whole budget went by before there was a permit: the alert is not to blame.
#[derive(Debug)]
pub struct Limited<T> {
    inner: T,
    most: usize,
    permits: Semaphore,
    clock: Clock,
}

impl<T: Triager> Limited<T> {
    /// Limits a triager to `most` calls at once; 0 is taken as 1.
    pub fn new(inner: T, most: usize) -> Self {
        let most = most.max(1);
        Self {
            inner,
            most,
            permits: Semaphore::new(most),
            clock: Clock::default(),
        }
    }

    /// Tells the time by this clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }
}

#[async_trait]
impl<T: Triager> Triager for Limited<T> {
    fn about(&self) -> About {
        let about = self.inner.about();
        let concurrency = about.concurrency.min(self.most);
        about.concurrency(concurrency)
    }

    async fn triage(&self, evidence: &Redacted<Evidence>, call: &Call) -> Result<Draft, TriageError> {
        let start = self.clock.now();
        let _permit = self.permits.acquire().await;
        let waited = self.clock.since(start);
        let call = less(call, waited);
        if !waited.is_zero() && call.budget.is_some_and(|left| left.is_zero()) {
            return Err(TriageError::new(
                TriageErrorKind::Busy,
                "no permit became free within the time of the call",
            ));
        }
        let mut draft = self.inner.triage(evidence, &call).await?;
        if !waited.is_zero() {
            *draft.meta.queue.get_or_insert_default() += waited;
        }
        Ok(draft)
    }

    async fn health(&self) -> Health {
        self.inner.health().await
    }

    async fn warm_up(&self) -> Result<(), TriageError> {
        self.inner.warm_up().await
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use super::super::doubles::{Gate, HandClock, block_on, conforms, is_pending};
    use super::*;
    use crate::testing::evidence;

    #[test]
    fn a_limited_triager_conforms() {
        conforms(&Limited::new(crate::RuleTriager, 1));
        conforms(&Limited::new(crate::RuleTriager, 2));
    }

    #[test]
    fn no_more_calls_run_than_allowed() {
        let gate = Arc::new(Gate::default());
        let limited = Limited::new(Arc::clone(&gate), 2);
        let (evidence, call) = (evidence(), Call::default());
        let mut calls: Vec<_> = (0..3).map(|_| limited.triage(&evidence, &call)).collect();
        assert!(calls.iter_mut().all(is_pending));
        assert_eq!((gate.entered(), gate.running()), (2, 2));
        gate.open();
        for call in calls {
            block_on(call).unwrap();
        }
        assert_eq!((gate.entered(), gate.running()), (3, 0));
    }

    #[test]
    fn a_dropped_call_gives_its_permit_to_the_next() {
        let gate = Arc::new(Gate::default());
        let limited = Limited::new(Arc::clone(&gate), 1);
        let (evidence, call) = (evidence(), Call::default());
        let mut running = limited.triage(&evidence, &call);
        let mut waiting = limited.triage(&evidence, &call);
        let mut last = limited.triage(&evidence, &call);
        assert!(is_pending(&mut running) && is_pending(&mut waiting) && is_pending(&mut last));
        drop(running);
        // A waiter that has been called and goes away must pass its turn on.
        drop(waiting);
        assert!(is_pending(&mut last));
        assert_eq!((gate.entered(), gate.running()), (2, 1));
    }

    #[test]
    fn waiting_is_taken_off_the_budget_and_reported() {
        let (gate, time) = (Arc::new(Gate::default()), HandClock::default());
        let limited = Limited::new(Arc::clone(&gate), 1).clock(time.clock());
        let evidence = evidence();
        let (ten, three) = (
            Call::within(Duration::from_secs(10)),
            Call::within(Duration::from_secs(3)),
        );
        let mut first = limited.triage(&evidence, &ten);
        let mut second = limited.triage(&evidence, &ten);
        let mut third = limited.triage(&evidence, &three);
        assert!(is_pending(&mut first) && is_pending(&mut second) && is_pending(&mut third));
        time.advance(Duration::from_secs(4));
        gate.open();
        assert_eq!(block_on(first).unwrap().meta.queue, None);
        assert_eq!(block_on(second).unwrap().meta.queue, Some(Duration::from_secs(4)));
        assert_eq!(block_on(third).unwrap_err().kind, TriageErrorKind::Busy);
        assert_eq!(
            gate.budgets(),
            [Some(Duration::from_secs(10)), Some(Duration::from_secs(6))]
        );
    }
}
