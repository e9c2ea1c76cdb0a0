//! What the tests of the decorators wait with: a clock set by hand, and a triager that waits at a gate.

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use async_trait::async_trait;

use super::Clock;
use crate::{About, Call, Draft, Evidence, Meta, Redacted, TriageError, TriageErrorKind, Triager, testing};

/// Polls a future that waits for nothing but itself.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..100 {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
    panic!("the future waits for something else")
}

/// Polls once.
pub(super) fn is_pending<T>(future: &mut Pin<Box<dyn Future<Output = T> + Send + '_>>) -> bool {
    future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
        .is_pending()
}

pub(super) fn conforms(triager: &dyn Triager) {
    assert_eq!(block_on(testing::conformance(triager)), Vec::<String>::new());
}

pub(super) fn failure(kind: TriageErrorKind) -> Result<Draft, TriageError> {
    Err(TriageError::new(kind, "scripted"))
}

/// An answer that grounds in [`testing::evidence`].
pub(super) fn answer() -> Result<Draft, TriageError> {
    block_on(crate::RuleTriager.triage(&testing::evidence(), &Call::default()))
}

/// A clock that moves when it is told to.
#[derive(Clone)]
pub(super) struct HandClock(Arc<Mutex<Instant>>);

impl Default for HandClock {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }
}

impl HandClock {
    pub(super) fn clock(&self) -> Clock {
        let now = Arc::clone(&self.0);
        Clock::new(move || *now.lock().unwrap())
    }

    pub(super) fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

/// Keeps every call waiting until it is opened.
#[derive(Default)]
pub(super) struct Gate(Mutex<Inside>);

#[derive(Default)]
struct Inside {
    open: bool,
    running: usize,
    budgets: Vec<Option<Duration>>,
    fail: Option<TriageErrorKind>,
}

impl Gate {
    fn inside(&self) -> std::sync::MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    pub(super) fn open(&self) {
        self.inside().open = true;
    }
    pub(super) fn fail_next(&self, kind: TriageErrorKind) {
        self.inside().fail = Some(kind);
    }
    pub(super) fn entered(&self) -> usize {
        self.inside().budgets.len()
    }
    pub(super) fn running(&self) -> usize {
        self.inside().running
    }
    pub(super) fn budgets(&self) -> Vec<Option<Duration>> {
        self.inside().budgets.clone()
    }
}

struct Running<'a>(&'a Gate);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.inside().running -= 1;
    }
}

#[async_trait]
impl Triager for Gate {
    fn about(&self) -> About {
        About::new("gate", "test").concurrency(8)
    }

    async fn triage(&self, _evidence: &Redacted<Evidence>, call: &Call) -> Result<Draft, TriageError> {
        let fail = {
            let mut inside = self.inside();
            inside.running += 1;
            inside.budgets.push(call.budget);
            inside.fail.take()
        };
        let _running = Running(self);
        if let Some(kind) = fail {
            return Err(TriageError::new(kind, "the gate fails"));
        }
        std::future::poll_fn(|_| {
            if self.inside().open {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        Ok(Draft::new("{}", Meta::default()))
    }
}
