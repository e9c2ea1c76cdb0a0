//! Triagers that wrap triagers: each is an ordinary [`Triager`](crate::Triager), needs no runtime, and may be wrapped again.
//!
//! ```text
//! worker → Metered → Fallback ─→ Cached → Breaker → Limited → the backend
//!                             └→ RuleTriager
//! ```
//! This order asks the cache before anything waits, counts nothing but the backend's own faults in the breaker, and lets no call
//! wait for a permit while the breaker is open.
//!
//! The clock is a [`Clock`], so that every rest and every age can be tested without waiting.

mod breaker;
mod cached;
mod clock;
mod fallback;
mod limited;
mod metered;

#[cfg(test)]
mod doubles;

pub use breaker::Breaker;
pub use cached::{CacheSettings, Cached};
pub use clock::Clock;
pub use fallback::Fallback;
pub use limited::Limited;
pub use metered::{Bucket, Counts, Metered};
