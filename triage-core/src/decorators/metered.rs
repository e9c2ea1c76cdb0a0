//! Counts what comes of calls.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;

use super::clock::Clock;
use crate::{About, Call, Draft, Evidence, Health, Redacted, TriageError, TriageErrorKind, Triager};

/// Upper bounds of the histogram, in seconds: from a rule set to a large model on a small processor.
const BOUNDS: [u64; 10] = [1, 2, 5, 10, 20, 40, 80, 160, 320, 640];

/// Counts calls by what came of them, and how long they took.
///
/// # Guarantees
/// Every call that began is counted once: as a draft, an error of its kind, dropped, or running.
#[derive(Debug)]
pub struct Metered<T> {
    inner: T,
    clock: Clock,
    counts: Mutex<Counts>,
}

/// What came of the calls so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Calls that gave a draft.
    pub drafts: u64,
    /// Calls that failed with `Unavailable`.
    pub unavailable: u64,
    /// Calls that failed with `Busy`.
    pub busy: u64,
    /// Calls that failed with `Timeout`.
    pub timeout: u64,
    /// Calls that failed with `BadOutput`.
    pub bad_output: u64,
    /// Calls that failed with `TooLarge`.
    pub too_large: u64,
    /// Calls that failed with `Misconfigured`.
    pub misconfigured: u64,
    /// Calls that the caller gave up: a deadline, or the end of the process.
    pub dropped: u64,
    /// Calls that are under way.
    pub running: u64,
    /// Tokens of prompts, as far as the backend says.
    pub prompt_tokens: u64,
    /// Tokens of answers, as far as the backend says.
    pub output_tokens: u64,
    /// Time of all calls that gave a draft.
    pub time: Duration,
    /// The longest of them.
    pub longest: Duration,
    within: [u64; BOUNDS.len()],
}

/// How many drafts took at most this long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// The bound.
    pub at_most: Duration,
    /// Drafts within it, those of the smaller bounds included.
    pub drafts: u64,
}

impl Counts {
    /// Returns how many calls failed with this kind.
    pub fn errors(&self, kind: TriageErrorKind) -> u64 {
        match kind {
            TriageErrorKind::Unavailable => self.unavailable,
            TriageErrorKind::Busy => self.busy,
            TriageErrorKind::Timeout => self.timeout,
            TriageErrorKind::BadOutput => self.bad_output,
            TriageErrorKind::TooLarge => self.too_large,
            TriageErrorKind::Misconfigured => self.misconfigured,
        }
    }

    /// Returns the cumulative histogram of the time that drafts took, shortest bound first.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> + '_ {
        BOUNDS.iter().zip(self.within).map(|(&seconds, drafts)| Bucket {
            at_most: Duration::from_secs(seconds),
            drafts,
        })
    }

    fn add(&mut self, answer: &Result<Draft, TriageError>, took: Duration) {
        let draft = match answer {
            Ok(draft) => draft,
            Err(error) => {
                *match error.kind {
                    TriageErrorKind::Unavailable => &mut self.unavailable,
                    TriageErrorKind::Busy => &mut self.busy,
                    TriageErrorKind::Timeout => &mut self.timeout,
                    TriageErrorKind::BadOutput => &mut self.bad_output,
                    TriageErrorKind::TooLarge => &mut self.too_large,
                    TriageErrorKind::Misconfigured => &mut self.misconfigured,
                } += 1;
                return;
            }
        };
        self.drafts += 1;
        self.prompt_tokens += draft.meta.prompt_tokens.unwrap_or_default();
        self.output_tokens += draft.meta.output_tokens.unwrap_or_default();
        self.time += took;
        self.longest = self.longest.max(took);
        for (bound, within) in BOUNDS.iter().zip(&mut self.within) {
            *within += u64::from(took <= Duration::from_secs(*bound));
        }
    }
}

impl<T: Triager> Metered<T> {
    /// Counts from now on.
    pub fn new(inner: T) -> Self {
        Self {
            inner,
            clock: Clock::default(),
            counts: Mutex::default(),
        }
    }

    /// Tells the time by this clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Returns the counts as they are at this moment, all of the same moment.
    pub fn counts(&self) -> Counts {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One call under way; counted as dropped unless it ends.
struct Running<'a, T: Triager> {
    of: &'a Metered<T>,
    start: Instant,
    ended: bool,
}

impl<T: Triager> Running<'_, T> {
    fn end(mut self, answer: &Result<Draft, TriageError>) {
        let took = self.of.clock.since(self.start);
        self.of.lock().add(answer, took);
        self.ended = true;
    }
}

impl<T: Triager> Drop for Running<'_, T> {
    fn drop(&mut self) {
        let mut counts = self.of.lock();
        counts.running -= 1;
        counts.dropped += u64::from(!self.ended);
    }
}

#[async_trait]
impl<T: Triager> Triager for Metered<T> {
    fn about(&self) -> About {
        self.inner.about()
    }

    async fn triage(&self, evidence: &Redacted<Evidence>, call: &Call) -> Result<Draft, TriageError> {
        self.lock().running += 1;
        let running = Running {
            of: self,
            start: self.clock.now(),
            ended: false,
        };
        let answer = self.inner.triage(evidence, call).await;
        running.end(&answer);
        answer
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
    use std::sync::Arc;

    use super::super::doubles::{Gate, HandClock, answer, block_on, conforms, failure, is_pending};
    use super::*;
    use crate::testing::{ScriptedTriager, evidence};

    #[test]
    fn a_metered_triager_conforms() {
        conforms(&Metered::new(crate::RuleTriager));
    }

    #[test]
    fn every_call_is_counted_once_by_what_came_of_it() {
        let kinds = [
            TriageErrorKind::Unavailable,
            TriageErrorKind::Busy,
            TriageErrorKind::Timeout,
            TriageErrorKind::BadOutput,
            TriageErrorKind::TooLarge,
            TriageErrorKind::Misconfigured,
        ];
        let mut draft = answer().unwrap();
        (draft.meta.prompt_tokens, draft.meta.output_tokens) = (Some(900), Some(80));
        let script: Vec<_> = kinds.into_iter().map(failure).chain([Ok(draft), answer()]).collect();
        let metered = Metered::new(ScriptedTriager::with(script));
        for _ in 0..8 {
            let _ = block_on(metered.triage(&evidence(), &Call::default()));
        }
        let counts = metered.counts();
        assert!(kinds.into_iter().all(|kind| counts.errors(kind) == 1), "{counts:?}");
        assert_eq!((counts.drafts, counts.dropped, counts.running), (2, 0, 0));
        assert_eq!((counts.prompt_tokens, counts.output_tokens), (900, 80));
    }

    #[test]
    fn durations_are_those_of_drafts_and_a_dropped_call_is_no_draft() {
        let (gate, time) = (Arc::new(Gate::default()), HandClock::default());
        let metered = Metered::new(Arc::clone(&gate)).clock(time.clock());
        let (evidence, call) = (evidence(), Call::default());
        let mut dropped = metered.triage(&evidence, &call);
        let mut ended = metered.triage(&evidence, &call);
        assert!(is_pending(&mut dropped) && is_pending(&mut ended));
        assert_eq!(metered.counts().running, 2);
        time.advance(Duration::from_secs(7));
        drop(dropped);
        gate.open();
        block_on(ended).unwrap();
        let counts = metered.counts();
        assert_eq!((counts.drafts, counts.dropped, counts.running), (1, 1, 0));
        assert_eq!(
            (counts.time, counts.longest),
            (Duration::from_secs(7), Duration::from_secs(7))
        );
        let buckets: Vec<u64> = counts.buckets().map(|bucket| bucket.drafts).collect();
        assert_eq!(buckets, [0, 0, 0, 1, 1, 1, 1, 1, 1, 1]);
    }
}
