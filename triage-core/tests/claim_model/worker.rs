//! What a worker does, asked of the crate's own functions. Its times are rebuilt from the ages in the state.

use std::time::Duration;

use triage_core::workflow::{
    Claim, ClaimToken, Claimed, Lapse, Nonces, Outcome, Seen, Settling, Step, TagSet, Watch, claim_tags,
    completed_tags, excused_tags, finished_tags, next_step,
};

use super::alert::{Alert, Block, GIVEN_UP, Kind, Tags};
use super::model::ClaimModel;
use super::setup::LeftOut;
use super::state::{Phase, State, Worker};

/// The one alert's id.
const ALERT: u64 = 1;

/// A tick is nine units, so that a `settle` of eight units a tick makes the pause, an eighth longer, whole ticks.
pub const UNIT: Duration = Duration::from_millis(1);
pub const TICK: u32 = 9;

/// The time of every state. Times before it are rebuilt from ages.
const NOW: u32 = 10_000;

impl ClaimModel {
    pub(super) fn left_out(&self, rule: LeftOut) -> bool {
        self.setup.left_out == Some(rule)
    }

    pub(super) fn token(&self, worker: usize, nonce: u8) -> ClaimToken {
        ClaimToken::new(self.ids[worker].clone(), nonce)
    }

    pub(super) fn seen<'a>(&self, tags: &'a TagSet, block: Block) -> Seen<'a> {
        Seen {
            tags,
            note_finished: block.is_some() && !self.left_out(LeftOut::Note),
            owner_is_none: true,
        }
    }

    /// Rebuilds a settling claim from its ages.
    pub(super) fn settling(&self, worker: usize, nonce: u8, age: u8, quiet: u8) -> Settling {
        Claim::started(self.token(worker, nonce), ago(age))
            .posted(ago(quiet), &self.timing)
            .expect("was in time")
    }

    /// Says whether the pause is over, by the clock that the settling claim gives.
    pub(super) fn is_quiet(&self, worker: usize, nonce: u8, age: u8, quiet: u8) -> bool {
        let settling = self.settling(worker, nonce, age, quiet);
        self.asked(&settling) >= settling.quiet_until()
    }

    /// The time at which a worker says that it sent the second read.
    pub(super) fn asked(&self, settling: &Settling) -> Duration {
        match self.setup.left_out {
            Some(LeftOut::Pause) => settling.quiet_until(),
            Some(LeftOut::Strictness) => now() + UNIT * TICK,
            _ => ago(self.setup.patience),
        }
    }

    /// Rebuilds a confirmed claim from its age. Which tags confirmed it does not matter any more.
    pub(super) fn claimed(&self, worker: usize, nonce: u8, age: u8) -> Claimed {
        let token = self.token(worker, nonce);
        let tags = TagSet::parse(&token.to_string());
        let settling = Claim::started(token, ago(age))
            .posted(ago(age), &self.timing)
            .expect("takes no time");
        let asked = settling.quiet_until();
        settling.confirm(&self.seen(&tags, None), asked).expect("stands alone")
    }

    /// Shows the alert to a worker's watch, rebuilt from what it remembers.
    pub(super) fn watch(&self, worker: &mut Worker, tags: Tags) -> Lapse {
        let set = self.book.set(tags);
        let held = set.contains(self.names.processing());
        if self.setup.lease.is_none() || !held {
            worker.watch = None;
            return Lapse::Running;
        }
        let mut watch = Watch::new(self.timing.lease);
        if let Some((remembered, age)) = worker.watch {
            watch.see(ALERT, &self.book.set(remembered), &self.names, ago(age));
        }
        let sighting = watch.see(ALERT, &set, &self.names, now());
        let age = sighting.unchanged.as_millis() / u128::from(TICK);
        worker.watch = Some((tags, u8::try_from(age).unwrap()));
        sighting.lapse
    }

    pub(super) fn look(&self, state: &mut State, who: usize) {
        let Alert { tags, block } = state.alert;
        let set = self.book.set(tags);
        let seen = self.seen(&set, block);
        let worker = &mut state.workers[who];
        let lapse = self.watch(worker, tags);
        let (kind, tags) = match next_step(&seen, lapse, &self.names, &self.timing) {
            Step::Claim { tries } | Step::TakeOver { tries } => {
                if worker.posts >= self.setup.posts {
                    return;
                }
                let token = if self.left_out(LeftOut::Nonce) {
                    self.token(who, 0)
                } else {
                    Nonces::starting_at(worker.posts).token(ALERT, &self.ids[who], &set)
                };
                let nonce = token.nonce();
                worker.posts += 1;
                worker.phase = Phase::Posted { nonce, age: 0 };
                (Kind::Claim(nonce), claim_tags(&seen, &token, tries, &self.names))
            }
            Step::Fail { .. } => {
                let block = GIVEN_UP + u8::try_from(who).unwrap();
                (Kind::Result(block), finished_tags(&set, Outcome::Failed, &self.names))
            }
            Step::Complete => (Kind::Tidy, completed_tags(&set, &self.names)),
            Step::Skip | Step::Wait => return,
        };
        worker.watch = None;
        let tags = self.book.number(&tags);
        state.send(who, kind, tags);
    }

    pub(super) fn answer(&self, state: &mut State, index: usize) {
        let request = state.requests.remove(index);
        let who = usize::from(request.from);
        let (Kind::Claim(_), Phase::Posted { nonce, age }) = (request.kind, state.workers[who].phase) else {
            state.workers[who].phase = Phase::Idle;
            return;
        };
        if self.left_out(LeftOut::SecondRead) {
            self.begin(state, who, nonce, age);
            return;
        }
        // Without the limit, a worker starts its clock only when the answer is there.
        let unlimited = self.left_out(LeftOut::Limit) || self.left_out(LeftOut::Pause);
        let age = if unlimited { 0 } else { age };
        let answered = Claim::started(self.token(who, nonce), ago(age)).posted(now(), &self.timing);
        state.workers[who].phase = match answered {
            Ok(_) => Phase::Settling { nonce, age, quiet: 0 },
            Err(_) if self.setup.excuses => Phase::Void { nonce },
            Err(_) => Phase::Idle,
        };
    }

    pub(super) fn begin(&self, state: &mut State, who: usize, nonce: u8, age: u8) {
        // Without deadlines, how old a claim is makes no difference.
        let age = if self.setup.lease.is_some() { age } else { 0 };
        state.workers[who].phase = Phase::Working { nonce, age };
        state.works = (state.works + 1).min(3);
    }

    pub(super) fn confirm(&self, state: &mut State, who: usize) {
        let Phase::Settling { nonce, age, quiet } = state.workers[who].phase else {
            return;
        };
        let set = self.book.set(state.alert.tags);
        let settling = self.settling(who, nonce, age, quiet);
        let asked = self.asked(&settling);
        let confirmed = settling.confirm(&self.seen(&set, state.alert.block), asked);
        // The deadline is asked of the crate with the true age.
        let in_time = self.claimed(who, nonce, age).time_left(now()).is_some();
        if confirmed.is_ok() && in_time {
            self.begin(state, who, nonce, age);
        } else {
            state.workers[who].phase = Phase::Idle;
        }
    }

    pub(super) fn finish(&self, state: &mut State, who: usize) {
        let Phase::Working { nonce, age } = state.workers[who].phase else {
            return;
        };
        let set = self.book.set(state.alert.tags);
        let permit = self
            .claimed(who, nonce, age)
            .may_write(now(), &self.seen(&set, state.alert.block), &self.names);
        let Ok(permit) = permit else {
            state.workers[who].phase = Phase::Idle;
            return;
        };
        let tags = self.book.number(&permit.tags(Outcome::Reviewed, &self.names));
        state.workers[who].phase = Phase::Sent;
        state.send(who, Kind::Result(u8::try_from(who).unwrap()), tags);
    }

    pub(super) fn excuse(&self, state: &mut State, who: usize) {
        let Some(nonce) = state.workers[who].phase.excusable() else {
            return;
        };
        if matches!(state.workers[who].phase, Phase::Working { .. }) {
            state.abandon();
        }
        state.workers[who].phase = Phase::Idle;
        let set = self.book.set(state.alert.tags);
        if state.alert.block.is_none()
            && let Some(tags) = excused_tags(&set, &self.token(who, nonce))
        {
            let tags = self.book.number(&tags);
            state.send(who, Kind::Excuse(nonce), tags);
        }
    }

    pub(super) fn give_back(&self, state: &mut State, who: usize) {
        let set = self.book.set(state.alert.tags);
        let foreign = (*set).clone().retain(|tag| !self.names.owns(tag));
        let tags = self.book.number(&foreign.with(self.names.pending()));
        state.workers[who].phase = Phase::Idle;
        state.abandon();
        state.send(who, Kind::GiveBack, tags);
    }
}

pub fn ticks(count: u8) -> u32 {
    u32::from(count) * TICK
}

pub fn now() -> Duration {
    UNIT * NOW
}

pub fn ago(age: u8) -> Duration {
    UNIT * (NOW - ticks(age))
}
