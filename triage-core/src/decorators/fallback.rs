//! A second triager for when the first cannot be had.

use async_trait::async_trait;

use super::clock::{Clock, less};
use crate::{About, Call, Draft, Evidence, Fault, Health, Redacted, TriageError, Triager};

/// Asks the second triager when the first one's backend is at fault, and only then.
///
/// What is the alert's fault comes back as it is: a weaker second opinion must not hide that an alert breaks the first.
///
/// # Guarantees
/// - A draft of the second names both in [`Meta::warnings`](crate::Meta::warnings).
/// - [`About::remote`] holds if either is remote, and [`About::concurrency`] is what both can take.
///
/// # Errors
/// Where both fail, those of the second.
#[derive(Debug)]
pub struct Fallback<A, B> {
    first: A,
    second: B,
    clock: Clock,
}

impl<A: Triager, B: Triager> Fallback<A, B> {
    /// Asks `first`, and `second` where the backend of `first` is at fault.
    pub fn new(first: A, second: B) -> Self {
        Self {
            first,
            second,
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
impl<A: Triager, B: Triager> Triager for Fallback<A, B> {
    fn about(&self) -> About {
        let (first, second) = (self.first.about(), self.second.about());
        let (remote, concurrency) = (first.remote || second.remote, first.concurrency.min(second.concurrency));
        first.remote(remote).concurrency(concurrency)
    }

    async fn triage(&self, evidence: &Redacted<Evidence>, call: &Call) -> Result<Draft, TriageError> {
        let start = self.clock.now();
        let error = match self.first.triage(evidence, call).await {
            Err(error) if error.kind.fault() == Fault::Backend => error,
            answer => return answer,
        };
        let left = less(call, self.clock.since(start));
        let mut draft = self.second.triage(evidence, &left).await?;
        draft.meta.warnings.push(format!(
            "judged by {}, because {} could not be asked ({:?})",
            self.second.about().name,
            self.first.about().name,
            error.kind
        ));
        Ok(draft)
    }

    async fn health(&self) -> Health {
        match self.first.health().await {
            ready @ (Health::Ready | Health::Cold) => ready,
            Health::Down(_) | Health::Misconfigured(_) => self.second.health().await,
        }
    }

    async fn warm_up(&self) -> Result<(), TriageError> {
        let first = self.first.warm_up().await;
        // Both, because the second is needed at the worst of times.
        let second = self.second.warm_up().await;
        first.or(second)
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use super::super::doubles::{answer, block_on, conforms, failure};
    use super::*;
    use crate::{
        RuleTriager, TriageErrorKind,
        testing::{ScriptedTriager, evidence},
    };

    #[test]
    fn a_fallback_conforms_whichever_answers() {
        conforms(&Fallback::new(RuleTriager, ScriptedTriager::default()));
        conforms(&Fallback::new(ScriptedTriager::default(), RuleTriager));
    }

    #[test]
    fn the_second_answers_for_a_backend_at_fault_and_says_so() {
        for kind in [
            TriageErrorKind::Unavailable,
            TriageErrorKind::Busy,
            TriageErrorKind::Misconfigured,
        ] {
            let both = Fallback::new(ScriptedTriager::with([failure(kind)]), RuleTriager);
            let draft = block_on(both.triage(&evidence(), &Call::default())).unwrap();
            let warning = draft.meta.warnings.last().unwrap();
            assert!(warning.contains("judged by rules, because scripted"), "{warning}");
        }
    }

    #[test]
    fn what_is_the_alerts_fault_is_not_hidden() {
        for kind in [
            TriageErrorKind::Timeout,
            TriageErrorKind::BadOutput,
            TriageErrorKind::TooLarge,
        ] {
            let second = Arc::new(ScriptedTriager::with([answer()]));
            let both = Fallback::new(ScriptedTriager::with([failure(kind)]), Arc::clone(&second));
            let error = block_on(both.triage(&evidence(), &Call::within(Duration::from_secs(9)))).unwrap_err();
            assert_eq!((error.kind, second.calls().len()), (kind, 0));
        }
    }

    #[test]
    fn it_is_as_remote_as_either_and_as_ready_as_the_better() {
        struct Far;
        #[async_trait]
        impl Triager for Far {
            fn about(&self) -> About {
                About::new("far", "1").remote(true).concurrency(3)
            }
            async fn triage(&self, _: &Redacted<Evidence>, _: &Call) -> Result<Draft, TriageError> {
                answer()
            }
            async fn health(&self) -> Health {
                Health::Down("no line".into())
            }
            async fn warm_up(&self) -> Result<(), TriageError> {
                Err(TriageError::new(TriageErrorKind::Unavailable, "no line"))
            }
        }
        let both = Fallback::new(RuleTriager, Far);
        assert!(both.about().remote);
        assert_eq!(both.about().concurrency, 3);
        let both = Fallback::new(Far, RuleTriager);
        assert!(both.about().remote);
        assert_eq!(block_on(both.health()), Health::Ready);
        assert!(block_on(both.warm_up()).is_ok());
        assert!(matches!(block_on(Fallback::new(Far, Far).health()), Health::Down(_)));
        assert!(block_on(Fallback::new(Far, Far).warm_up()).is_err());
    }
}
