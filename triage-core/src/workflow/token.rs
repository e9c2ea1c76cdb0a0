//! Who holds a claim: worker, token, and the count of lapsed claims.

use std::collections::BTreeMap;
use std::fmt;

use super::TagSet;

const CLAIM: &str = "ai-claim:";
const TRY: &str = "ai-try:";

/// Name of one worker slot: 1 to 16 of `a`-`z`, `0`-`9` and `-`.
///
/// No two running workers of one IRIS may share it. It should come from a small set, because IRIS keeps every distinct
/// tag for ever.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkerId(String);

impl WorkerId {
    /// Takes a name.
    pub fn new(name: impl Into<String>) -> Result<Self, WorkerIdError> {
        let name = name.into();
        let letters = name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !letters || !(1..=16).contains(&name.len()) {
            return Err(WorkerIdError);
        }
        Ok(Self(name))
    }

    /// Gives the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WorkerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A worker's name that cannot stand in a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("setting `AI_WORKER_ID` must be 1 to 16 of the characters a-z, 0-9 and `-`")]
pub struct WorkerIdError;

/// What a claim writes into the tags: `ai-claim:<worker>.<0-f>`.
///
/// The nonce keeps a claim apart from the worker's own earlier requests, which may still be under way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClaimToken {
    worker: WorkerId,
    nonce: u8,
}

impl ClaimToken {
    /// Makes a token; of the nonce, the low four bits count.
    pub fn new(worker: WorkerId, nonce: u8) -> Self {
        Self {
            worker,
            nonce: nonce & 0x0f,
        }
    }

    /// Reads a tag, if it is a token.
    pub fn parse(tag: &str) -> Option<Self> {
        let (worker, nonce) = tag.strip_prefix(CLAIM)?.rsplit_once('.')?;
        let [digit @ (b'0'..=b'9' | b'a'..=b'f')] = *nonce.as_bytes() else {
            return None;
        };
        let nonce = (digit as char).to_digit(16)?;
        let worker = WorkerId::new(worker).ok()?;
        Some(Self::new(worker, u8::try_from(nonce).ok()?))
    }

    /// Says whose claim it is.
    pub fn worker(&self) -> &WorkerId {
        &self.worker
    }

    /// Gives the nonce, 0 to 15.
    pub fn nonce(&self) -> u8 {
        self.nonce
    }

    /// Says whether the tags hold this claim and no other.
    pub(super) fn is_alone_in(&self, tags: &TagSet) -> bool {
        let own = self.to_string();
        claims(tags).eq([own.as_str()])
    }
}

impl fmt::Display for ClaimToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{CLAIM}{}.{:x}", self.worker, self.nonce)
    }
}

/// Gives out nonces such that no two requests of this worker for the same alert share one until sixteen were made.
///
/// A counter over all alerts alone would give the sixteenth part of repeated claims the nonce of a request that may
/// still be under way.
#[derive(Debug, Clone)]
pub struct Nonces {
    next: u8,
    last: BTreeMap<u64, u8>,
}

impl Nonces {
    /// Alerts whose last nonce is remembered.
    const REMEMBERED: usize = 16_384;

    /// Starts at a random place, so that a restart does not repeat the nonces of the life before it.
    pub fn starting_at(random: u8) -> Self {
        Self {
            next: random & 0x0f,
            last: BTreeMap::new(),
        }
    }

    /// Makes the token of the next claim request for an alert; never one that its tags hold already.
    pub fn token(&mut self, alert_id: u64, worker: &WorkerId, tags: &TagSet) -> ClaimToken {
        let first = self.last.get(&alert_id).map_or(self.next, |last| last + 1);
        self.next = (self.next + 1) & 0x0f;
        let candidates = (0..16).map(|step| ClaimToken::new(worker.clone(), first + step));
        let fallback = ClaimToken::new(worker.clone(), first);
        let token = candidates
            .into_iter()
            .find(|token| !tags.contains(&token.to_string()))
            .unwrap_or(fallback);
        if self.last.len() >= Self::REMEMBERED && !self.last.contains_key(&alert_id) {
            // The oldest alert: its requests are the likeliest to be over.
            self.last.pop_first();
        }
        self.last.insert(alert_id, token.nonce);
        token
    }
}

/// Gives the tag that counts claims: `ai-try:<n>`.
pub(super) fn try_tag(tries: u8) -> String {
    format!("{TRY}{tries}")
}

/// Reads the count of claims; the highest where there are several, 0 where there is none.
pub(super) fn tries(tags: &TagSet) -> u8 {
    let counts = tags
        .iter()
        .filter_map(|tag| tag.strip_prefix(TRY))
        .filter_map(|count| count.parse().ok());
    counts.max().unwrap_or(0)
}

/// Says whether a tag claims; a token that no worker of ours could have written claims too.
pub(super) fn is_claim(tag: &str) -> bool {
    tag.starts_with(CLAIM)
}

pub(super) fn is_try(tag: &str) -> bool {
    tag.starts_with(TRY)
}

pub(super) fn claims(tags: &TagSet) -> impl Iterator<Item = &str> {
    tags.iter().filter(|tag| is_claim(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worker(name: &str) -> WorkerId {
        WorkerId::new(name).unwrap()
    }

    #[test]
    fn a_worker_is_named_by_what_a_tag_can_hold() {
        for good in ["a", "3f9a0c-0", "0123456789abcdef"] {
            assert_eq!(WorkerId::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "A", "a.b", "a,b", "ä", "a b", "0123456789abcdefg"] {
            assert_eq!(WorkerId::new(bad), Err(WorkerIdError), "{bad:?}");
        }
    }

    #[test]
    fn a_token_reads_back_as_it_was_written() {
        for nonce in 0..=15 {
            let token = ClaimToken::new(worker("3f9a0c-0"), nonce);
            assert_eq!(ClaimToken::parse(&token.to_string()), Some(token));
        }
        assert_eq!(ClaimToken::new(worker("w"), 0x1f).to_string(), "ai-claim:w.f");
    }

    #[test]
    fn what_no_worker_wrote_is_no_token() {
        for bad in [
            "ai-claim:",
            "ai-claim:w",
            "ai-claim:w.",
            "ai-claim:w.10",
            "ai-claim:w.A",
            "ai-claim:W.1",
            "w.1",
        ] {
            assert_eq!(ClaimToken::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_claim_beside_another_is_not_alone() {
        let token = ClaimToken::new(worker("w"), 1);
        assert!(token.is_alone_in(&TagSet::parse("x,ai-claim:w.1,ai-try:1")));
        assert!(!token.is_alone_in(&TagSet::parse("ai-claim:w.1,ai-claim:v.1")));
        assert!(!token.is_alone_in(&TagSet::parse("ai-claim:w.1,ai-claim:rubbish")));
        assert!(!token.is_alone_in(&TagSet::parse("ai-claim:w.2")));
        assert!(!token.is_alone_in(&TagSet::default()));
    }

    #[test]
    fn rubbish_in_the_count_counts_nothing() {
        assert_eq!(tries(&TagSet::parse("ai-try:,ai-try:x,ai-try:-1,ai-try:999")), 0);
        assert_eq!(tries(&TagSet::parse("ai-try:1,ai-try:3,ai-try:2")), 3);
    }

    #[test]
    fn sixteen_requests_for_one_alert_have_sixteen_nonces_however_many_others_are_made() {
        let mut nonces = Nonces::starting_at(250);
        let mut seen = std::collections::BTreeSet::new();
        for round in 0..16 {
            assert!(
                seen.insert(nonces.token(7, &worker("w"), &TagSet::default()).nonce()),
                "round {round}"
            );
            for other in 100..115 {
                nonces.token(other + round * 100, &worker("w"), &TagSet::default());
            }
        }
    }

    #[test]
    fn a_token_that_stands_in_the_tags_is_not_given_out_again() {
        let tags = TagSet::parse("ai-claim:w.0,ai-claim:w.1,ai-claim:v.2");
        assert_eq!(Nonces::starting_at(0).token(7, &worker("w"), &tags).nonce(), 2);
    }

    #[test]
    fn what_is_remembered_of_nonces_is_bounded() {
        let mut nonces = Nonces::starting_at(0);
        for alert in 0..20_000 {
            nonces.token(alert, &worker("w"), &TagSet::default());
        }
        assert_eq!(nonces.last.len(), Nonces::REMEMBERED);
    }
}
