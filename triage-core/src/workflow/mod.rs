//! Many workers, one alert, once: the tag protocol, as prose and as pure functions.
//!
//! IRIS has no compare-and-set. An update replaces the whole tag string, the last writer wins, a request that was given
//! up may still be carried out at any later time, and there is no way to fence it. On such a server "read the tag, then
//! write the tag" hands one alert to several workers. The protocol here does not, and it asks neither for a bound on
//! network or server nor for clocks that agree.
//!
//! Nothing in this module reads a clock or sends anything. Every time is a [`Duration`](std::time::Duration) since any
//! fixed point, read from one monotonic clock that also runs while the machine sleeps (`CLOCK_BOOTTIME`).
//!
//! # Flow
//! One alert is `ai-pending`, then `ai-processing` with `ai-claim:<worker>.<0-f>` and `ai-try:<n>`, then `ai-reviewed`
//! or `ai-failed`.
//!
//! 1. List what is tagged, and show each alert to [`Watch::see`]. Leave an alert to the workers before you in its own
//!    order for a while ([`rank`], [`claim_delay`]): claims on the same alert become rare.
//! 2. Note the clock as *started*. Read the alert afresh, show it to the watch again, and ask [`next_step`].
//! 3. On [`Step::Claim`] or [`Step::TakeOver`]: take a token from [`Nonces`], begin [`Claim::started`], and send one update
//!    with [`claim_tags`] and [`Seen::owner_to_send`]. If it fails or times out, leave the alert alone.
//! 4. When the answer has come, [`Claim::posted`]: if *started* to now took [`Timing::settle`] or longer, the claim is void.
//! 5. Start the triage. At [`Settling::quiet_until`] note the clock, read again, [`Settling::confirm`]: on [`Lost`], abort.
//! 6. With a result, read again and ask [`Claimed::may_write`]; send note and tags of the [`WritePermit`] in one update,
//!    with the time left as its timeout. On failure ask again. Past the deadline abort, and write nothing.
//! 7. [`Step::Fail`] and [`Step::Complete`] are one update each, from the read that led to them.
//!
//! No step ever gives a claim back by writing `ai-pending`. Whoever cannot finish lets the claim lapse. Where the alert was not
//! to blame (the backend went away, the claim was void), one update with [`excused_tags`] says so: the claim stays and lapses,
//! and no observer counts it. A caller may do that for each token that it has given up, once; late or lost, it harms nothing.
//!
//! ```
//! use std::time::Duration;
//! use triage_core::workflow::*;
//!
//! let (names, timing) = (TagNames::default(), Timing::default());
//! timing.check()?;
//! let me = WorkerId::new("3f9a0c-0")?;
//! let (mut watch, mut nonces) = (Watch::new(timing.lease), Nonces::starting_at(7));
//! let clock = |seconds| Duration::from_secs(seconds); // readings of CLOCK_BOOTTIME
//!
//! // A fresh read asked at 100 s and answered at 101 s shows an alert that asks for a triage.
//! let tags = TagSet::parse("web,ai-pending");
//! let seen = Seen { tags: &tags, note_finished: false, owner_is_none: true };
//! let lapse = watch.see(4711, &tags, &names, clock(101)).lapse;
//! let Step::Claim { tries } = next_step(&seen, lapse, &names, &timing) else { unreachable!() };
//!
//! let token = nonces.token(4711, &me, &tags);
//! let written = claim_tags(&seen, &token, tries, &names);
//! assert_eq!(written.to_string(), "web,ai-processing,ai-claim:3f9a0c-0.7,ai-try:1");
//!
//! // The update is answered at 102 s; the second read, asked at 108 s, still shows the claim.
//! let settling = Claim::started(token, clock(100)).posted(clock(102), &timing)?;
//! assert!(settling.quiet_until() <= clock(108));
//! let fresh = Seen { tags: &written, ..seen };
//! let claimed = settling.confirm(&fresh, clock(108))?;
//!
//! // The verdict is there; a third read, just before it is written, shows what people did meanwhile.
//! let tags = TagSet::parse("web,ai-processing,ai-claim:3f9a0c-0.7,ai-try:1,seen-by-ann");
//! let fresh = Seen { tags: &tags, note_finished: false, owner_is_none: false };
//! let permit = claimed.may_write(clock(160), &fresh, &names)?;
//! assert_eq!(permit.tags(Outcome::Reviewed, &names).to_string(), "web,seen-by-ann,ai-reviewed");
//! assert_eq!(permit.owner_to_send(), None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Guarantees
//! - At most one worker holds a [`Claimed`] for an alert and is before its deadline.
//! - A finished block in the note ends the work, whatever the tags say, so a late claim that re-opens the tags leads to
//!   [`Step::Complete`] and not to a second triage.
//! - Tags that are not ours stay, and the owner stays, as the read just before each write showed them.
//! - An alert whose worker died is taken over after the lease; after [`Timing::max_tries`] lapsed claims it is given up.
//!
//! *Proof of the first.* Let *r* be the time at which the server served the read that showed an alert free, *c* the time at
//! which it committed the claim, *g* the time at which it served the second read. Suppose that A and B both win, and that A's
//! claim was committed first. Nobody writes a claim away but by another claim, so B, which saw the alert free, read before
//! A's commit: *r*(B) < *c*(A). A found its own token and no other in the second read, and its nonce tells it from A's
//! earlier requests, so B's commit came after that read: *c*(B) > *g*(A) ≥ *c*(A) + quiet. Hence *c*(B) − *r*(B) > quiet. But both
//! lie between B's *started* and B's answer, which were less than `settle` apart, and quiet is longer than `settle`.
//! Contradiction. ∎ A lapsed claim counts as free: its holder gave up at its deadline, which lies before the end of a
//! lease that began when the claim was first seen.
//!
//! The model check in `tests/claim_model.rs` drives these functions through every order of events within its bounds, and
//! shows what goes wrong when any one rule is left out; `docs/tag-protocol.md` holds its numbers.
//!
//! # Assumptions
//! - Clocks run at rates that differ by less than an eighth ([`Timing::quiet`]), and a clock does not stand still while
//!   its process waits. A virtual machine that is frozen with its clock breaks this.
//! - Every lease is longer than every deadline; [`Timing::check`] asks for twice as long.
//! - No two running workers share a [`WorkerId`], and an earlier request of the same worker for the same alert does not come
//!   in after fifteen others, or after a restart under the same nonce (one in sixteen).
//! - Claims are written by workers alone. A person who sets `ai-pending` while a worker is at it, or saves a dialog that
//!   was opened earlier, starts a second triage: one of the two results is dropped.
//!
//! # Caveats
//! - A final write that was sent in time and carried out a lease later cannot be stopped. The work is then done twice; the
//!   note still shows one block. An ideal compare-and-set with leases has the same gap.
//! - A void claim, or one whose worker died, keeps its alert waiting for one lease.
//! - Between a fresh read and the write made from it, what a person saves is overwritten: some ten milliseconds.
//! - Where results are comments, the caller must find its own record of completion for [`Seen::note_finished`].
//!
//! # Errors
//! [`Void`], [`Lost`] and [`Refusal`] each mean: leave this alert alone and go on. Only [`TagNamesError`], [`WorkerIdError`] and
//! [`TimingError`] are for a person, and name the setting to change.

mod claim;
mod names;
mod order;
mod rank;
mod step;
mod tags;
mod timing;
mod token;
mod watch;

pub use claim::{Claim, Claimed, Lost, Refusal, Settling, Void, WritePermit};
pub use names::{TagNames, TagNamesError};
pub use order::{Turns, Waiting};
pub use rank::{claim_delay, rank};
pub use step::{Outcome, Seen, Step, claim_tags, completed_tags, excused_tags, finished_tags, next_step};
pub use tags::TagSet;
pub use timing::{Timing, TimingError};
pub use token::{ClaimToken, Nonces, WorkerId, WorkerIdError};
pub use watch::{Lapse, Sighting, Watch};
