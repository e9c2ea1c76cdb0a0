//! One claim, from the read that shows an alert free to the permission to write its result.

use std::time::Duration;

use super::{ClaimToken, Outcome, Seen, TagNames, TagSet, Timing, finished_tags, token};

/// A claim whose request is about to be sent, or is under way.
///
/// If the request fails or times out, drop this and leave the alert alone: the server may still carry it out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[must_use]
pub struct Claim {
    token: ClaimToken,
    started: Duration,
}

impl Claim {
    /// Begins a claim. `started` is the clock before the read was sent that showed the alert free.
    pub fn started(token: ClaimToken, started: Duration) -> Self {
        Self { token, started }
    }

    /// Says what the tags are to hold.
    pub fn token(&self) -> &ClaimToken {
        &self.token
    }

    /// Takes the answer of the claim request. `answered` is the clock after it came.
    ///
    /// A claim that took [`Timing::settle`] or longer is void: another may have claimed, looked, and begun meanwhile.
    pub fn posted(self, answered: Duration, timing: &Timing) -> Result<Settling, Void> {
        let took = answered.checked_sub(self.started);
        match took {
            Some(took) if took < timing.settle => Ok(Settling {
                quiet_until: answered.saturating_add(timing.quiet()),
                deadline: self.started.saturating_add(timing.deadline),
                token: self.token,
            }),
            _ => Err(Void {
                took,
                limit: timing.settle,
            }),
        }
    }
}

/// A claim that took too long to count. It stays in the tags and lapses; the worker goes on to other alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("the claim took {took:?} from read to answer, and is void from {limit:?} on")]
pub struct Void {
    /// From the read to the answer; `None` if the clock went back.
    pub took: Option<Duration>,
    /// As set.
    pub limit: Duration,
}

/// A claim that was answered in time and must now stand undisturbed for a while.
///
/// The triage may start meanwhile; its result counts once the claim is confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[must_use]
pub struct Settling {
    token: ClaimToken,
    quiet_until: Duration,
    deadline: Duration,
}

impl Settling {
    /// Says what the tags are to hold.
    pub fn token(&self) -> &ClaimToken {
        &self.token
    }

    /// Gives the time on this worker's clock from which on the alert may be read again.
    pub fn quiet_until(&self) -> Duration {
        self.quiet_until
    }

    /// Gives the time on this worker's clock at which the result must have been sent.
    pub fn deadline(&self) -> Duration {
        self.deadline
    }

    /// Takes the second read. `asked` is the clock before that read was sent.
    pub fn confirm(self, fresh: &Seen<'_>, asked: Duration) -> Result<Claimed, Lost> {
        if asked < self.quiet_until {
            return Err(Lost::Early);
        }
        if fresh.note_finished {
            return Err(Lost::Finished);
        }
        if !self.token.is_alone_in(fresh.tags) {
            return Err(Lost::Gone);
        }
        Ok(Claimed {
            token: self.token,
            deadline: self.deadline,
        })
    }
}

/// Why a claim did not stand. Abort the triage and leave the alert alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Lost {
    /// Another claim, or a person, replaced it.
    #[error("the claim was replaced")]
    Gone,
    /// The note holds a finished block.
    #[error("the alert was finished meanwhile")]
    Finished,
    /// The read came too early to prove anything: the caller's mistake.
    #[error("the claim was read before it had settled")]
    Early,
}

/// A claim that no other worker shares.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[must_use]
pub struct Claimed {
    token: ClaimToken,
    deadline: Duration,
}

impl Claimed {
    /// Says what the tags were seen to hold.
    pub fn token(&self) -> &ClaimToken {
        &self.token
    }

    /// Gives the time left for triage and write; `None` once the triage must be aborted.
    pub fn time_left(&self, now: Duration) -> Option<Duration> {
        self.deadline.checked_sub(now).filter(|left| !left.is_zero())
    }

    /// Asks whether a result may be written over what a fresh read shows. Ask again before each attempt.
    ///
    /// A foreign claim in the fresh read does not hinder. Before the deadline it is a late claim that is void, or one
    /// that came about because a person set the tags back; its owner reads the note before it writes, and stops.
    pub fn may_write(&self, now: Duration, fresh: &Seen<'_>, names: &TagNames) -> Result<WritePermit, Refusal> {
        if self.time_left(now).is_none() {
            return Err(Refusal::Deadline);
        }
        if fresh.note_finished {
            return Err(Refusal::AlreadyReviewed);
        }
        let asked_for = |tag: &str| names.owns(tag) && !token::is_try(tag);
        if !fresh.tags.iter().any(asked_for) {
            return Err(Refusal::Withdrawn);
        }
        Ok(WritePermit {
            deadline: self.deadline,
            tags: fresh.tags.clone(),
            owner: fresh.owner_to_send(),
        })
    }
}

/// Why a result must not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Too late: another worker may have taken over. The claim lapses.
    #[error("the deadline of the claim has passed")]
    Deadline,
    /// The note holds a finished block. Drop the result.
    #[error("the alert was finished by another worker")]
    AlreadyReviewed,
    /// A person took every tag of ours away. Drop the result.
    #[error("the request for a triage was withdrawn")]
    Withdrawn,
}

/// The permission to send one result: note, tags and owner in one request, made from the same fresh read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct WritePermit {
    deadline: Duration,
    tags: TagSet,
    owner: Option<i64>,
}

impl WritePermit {
    /// Gives the time within which the request must be answered; use it as the request's timeout.
    pub fn time_left(&self, now: Duration) -> Option<Duration> {
        self.deadline.checked_sub(now).filter(|left| !left.is_zero())
    }

    /// Gives the tags to write: those of the fresh read, ours replaced by the outcome.
    pub fn tags(&self, outcome: Outcome, names: &TagNames) -> TagSet {
        finished_tags(&self.tags, outcome, names)
    }

    /// Gives the `alert_owner_id` to send, or `None` to send none. See [`Seen::owner_to_send`].
    pub fn owner_to_send(&self) -> Option<i64> {
        self.owner
    }
}

#[cfg(test)]
mod tests {
    use super::super::WorkerId;
    use super::*;

    const OWN: &str = "x,ai-processing,ai-claim:me.1,ai-try:1";

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn claim() -> Claim {
        Claim::started(ClaimToken::new(WorkerId::new("me").unwrap(), 1), at(100))
    }

    fn settling() -> Settling {
        claim().posted(at(101), &Timing::default()).unwrap()
    }

    fn claimed() -> Claimed {
        confirm(OWN, false).unwrap()
    }

    fn confirm(tags: &str, note_finished: bool) -> Result<Claimed, Lost> {
        let settling = settling();
        let asked = settling.quiet_until();
        settling.confirm(&seen(&TagSet::parse(tags), note_finished), asked)
    }

    fn seen(tags: &TagSet, note_finished: bool) -> Seen<'_> {
        Seen {
            tags,
            note_finished,
            owner_is_none: true,
        }
    }

    fn may_write(now: u64, tags: &str, note_finished: bool) -> Result<WritePermit, Refusal> {
        claimed().may_write(
            at(now),
            &seen(&TagSet::parse(tags), note_finished),
            &TagNames::default(),
        )
    }

    #[test]
    fn a_claim_is_void_from_the_limit_on_and_when_the_clock_went_back() {
        let timing = Timing::default();
        assert!(claim().posted(Duration::from_nanos(104_999_999_999), &timing).is_ok());
        assert_eq!(claim().posted(at(105), &timing).unwrap_err().took, Some(at(5)));
        assert_eq!(claim().posted(at(99), &timing).unwrap_err().took, None);
    }

    #[test]
    fn the_pause_counts_from_the_answer_and_the_deadline_from_the_first_read() {
        assert_eq!(settling().quiet_until(), at(101) + Duration::from_millis(5625));
        assert_eq!(settling().deadline(), at(1000));
    }

    #[test]
    fn a_claim_that_stands_alone_after_the_pause_is_confirmed() {
        assert_eq!(claimed().token().to_string(), "ai-claim:me.1");
    }

    #[test]
    fn a_look_before_the_pause_is_over_confirms_nothing() {
        let tags = TagSet::parse(OWN);
        let settling = settling();
        let early = settling.quiet_until().checked_sub(Duration::from_nanos(1)).unwrap();
        assert_eq!(settling.confirm(&seen(&tags, false), early), Err(Lost::Early));
    }

    #[test]
    fn a_claim_that_was_replaced_joined_removed_or_overtaken_is_lost() {
        for tags in [
            "ai-processing,ai-claim:you.1,ai-try:1",
            "ai-processing,ai-claim:me.2,ai-try:1",
            "ai-pending",
            "",
        ] {
            assert_eq!(confirm(tags, false), Err(Lost::Gone), "{tags}");
        }
        assert_eq!(confirm("ai-claim:me.1,ai-claim:you.1", false), Err(Lost::Gone));
        assert_eq!(confirm(OWN, true), Err(Lost::Finished));
    }

    #[test]
    fn nothing_is_written_from_the_deadline_on() {
        assert!(may_write(999, OWN, false).is_ok());
        assert_eq!(may_write(1000, OWN, false), Err(Refusal::Deadline));
        assert_eq!(claimed().time_left(at(998)), Some(at(2)));
        assert_eq!(claimed().time_left(at(1000)), None);
    }

    #[test]
    fn nothing_is_written_over_a_finished_block_whatever_the_tags_say() {
        assert_eq!(may_write(500, OWN, true), Err(Refusal::AlreadyReviewed));
    }

    #[test]
    fn nothing_is_written_where_a_person_took_all_our_tags_away() {
        for tags in ["", "x,y", "ai-try:1", "AI-PENDING"] {
            assert_eq!(may_write(500, tags, false), Err(Refusal::Withdrawn), "{tags}");
        }
    }

    #[test]
    fn a_result_is_written_although_the_tags_show_something_else_of_ours() {
        for tags in [
            "ai-processing,ai-claim:you.3,ai-try:1",
            "ai-pending",
            "ai-reviewed",
            "ai-failed",
            "ai-claim:",
        ] {
            assert!(may_write(500, tags, false).is_ok(), "{tags}");
        }
    }

    #[test]
    fn a_permit_keeps_what_others_tagged_and_who_owns_the_alert() {
        let permit = may_write(500, "b,ai-processing,a,ai-claim:me.1,ai-try:2,ai-pending-2", false).unwrap();
        assert_eq!(
            permit.tags(Outcome::Reviewed, &TagNames::default()).to_string(),
            "b,a,ai-pending-2,ai-reviewed"
        );
        assert_eq!(permit.owner_to_send(), Some(-1));
        assert_eq!(permit.time_left(at(990)), Some(at(10)));
        assert_eq!(permit.time_left(at(1001)), None);
    }
}
