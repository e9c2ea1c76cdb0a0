//! Where alerts come from. Every source feeds the same street: what it hands over is judged and made durable, and only then
//! forgotten by it.

mod inbox;
mod kept;
mod lines;
mod members;
mod route;
mod stuck;
pub mod tail;
mod torn;
pub mod webhook;

use std::io;
use std::time::Duration;

use super::queue::Checkpoint;
use super::spool::DestinationId;

pub use inbox::Inbox;
pub(crate) use lines::Lines;
pub(crate) use members::Members;
pub use route::Route;
pub use tail::Tail;
pub(crate) use torn::{is_whole, texts};

/// One alert that a source hands over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// Its name: never given to another alert by any source. The same name again is the same alert, after a crash.
    pub name: String,
    /// Where it is to go.
    pub destination: DestinationId,
    /// When it came, in microseconds since 1970.
    pub received_us: i64,
    /// The bytes as they came.
    pub bytes: Vec<u8>,
    /// What makes it the same as another, if it is not an alert.
    pub known_by: KnownBy,
}

/// What makes two things the same that cannot be read as alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownBy {
    /// The name: two hooks may well have been given an empty file each.
    Name,
    /// The text: a line that is read again, or a body that is sent again, is the same.
    Text,
}

/// What a source hands over at once.
#[derive(Debug, Default)]
pub struct Batch {
    /// The alerts, in their order.
    pub alerts: Vec<Incoming>,
    /// Where the source goes on after a restart; stored in the transaction that takes the alerts in.
    pub checkpoint: Option<Checkpoint>,
}

impl Batch {
    /// Whether there is nothing to take in and nothing to remember.
    pub fn is_empty(&self) -> bool {
        self.alerts.is_empty() && self.checkpoint.is_none()
    }
}

/// All sources of one courier.
#[derive(Debug)]
pub struct Sources {
    /// What hooks, the webhook receiver and replays have stored.
    pub inbox: Inbox,
    /// Wazuh's own file, if the settings ask for it.
    pub tail: Option<Tail>,
}

impl Sources {
    /// One after the other.
    pub fn each(&mut self) -> impl Iterator<Item = &mut dyn Source> {
        let inbox: &mut dyn Source = &mut self.inbox;
        let tail = self.tail.as_mut().map(|tail| tail as &mut dyn Source);
        std::iter::once(inbox).chain(tail)
    }

    /// Whether more can be had at once from any of them.
    pub fn have_more(&self) -> bool {
        self.inbox.has_more() || self.tail.as_ref().is_some_and(Source::has_more)
    }

    /// How long the courier may sleep before it asks all again.
    pub fn poll_every(&self) -> Duration {
        let tail = self.tail.as_ref().map(Source::poll_every);
        tail.into_iter().fold(self.inbox.poll_every(), Duration::min)
    }
}

/// A place that alerts come from.
///
/// *Contract.* The courier calls `next`, takes the batch into the queue in one transaction, and then calls `taken`; when the
/// transaction fails it calls `again` instead, and `next` later gives the same alerts once more.
///
/// *Guarantees.* A source forgets an alert only in `taken`, so a kill at any point loses none. After a kill between the
/// transaction and `taken` a source may hand an alert over once more under the same name; the queue knows it.
///
/// *Caveats.* `next` is called on the courier's own loop: it reads what is there and never waits for more.
///
/// *Errors.* `next` fails for reasons that may pass; the courier says so and asks again later.
pub trait Source: Send {
    /// Hands over what has come, a bounded number of alerts and bytes; an empty batch when there is nothing.
    fn next(&mut self) -> io::Result<Batch>;

    /// The batch is safe in the queue.
    fn taken(&mut self, batch: Batch);

    /// The batch could not be taken in: nothing of it happened.
    fn again(&mut self, batch: Batch);

    /// What its last whole look could not hand over or forget, and what to do; it hands over the rest nevertheless.
    fn stuck(&self) -> Option<String> {
        None
    }

    /// Whether more can be had at once, without waiting.
    fn has_more(&self) -> bool;

    /// How long the courier may sleep before it asks again.
    fn poll_every(&self) -> Duration;
}
