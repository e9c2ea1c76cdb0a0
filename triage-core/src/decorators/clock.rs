//! The time, as a parameter.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::Call;

/// Tells the time to a decorator: the machine's monotonic clock by default, any function in a test.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Instant + Send + Sync>);

impl Clock {
    /// A clock that asks this function.
    pub fn new(now: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    pub(super) fn now(&self) -> Instant {
        (self.0)()
    }

    pub(super) fn since(&self, start: Instant) -> Duration {
        self.now().saturating_duration_since(start)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new(Instant::now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// The same call with what is left of its time.
pub(super) fn less(call: &Call, spent: Duration) -> Call {
    Call {
        budget: call.budget.map(|budget| budget.saturating_sub(spent)),
        ..call.clone()
    }
}
