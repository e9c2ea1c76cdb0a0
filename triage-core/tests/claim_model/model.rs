//! One alert, its server and its workers as a state machine.

use stateright::{Model, Property};
use triage_core::workflow::{Lapse, Seen, Step, TagNames, TagSet, Timing, WorkerId, next_step};

use super::alert::{Alert, Book, GIVEN_UP, Stage, Tags};
use super::setup::{LeftOut, Person, Setup};
use super::state::{Action, Did, Phase, State, Worker};
use super::worker::{TICK, UNIT, now, ticks};

/// Properties that must hold in every state, in the order of `Setup::violated`.
pub const ALWAYS: [&str; 3] = ["at most one works", "the work is done once", "one result is written"];
pub const TAG_STAYS: &str = "a tag that a person set stays";
pub const FINISHED: &str = "the alert can be finished";
pub const TAKEN_OVER: &str = "a lapsed claim can be taken over";
pub const GIVES_UP: &str = "an alert can be given up";

/// The tag that a person adds.
const PERSONS_TAG: &str = "vip";

/// Longer than any age.
const FOR_EVER: u32 = 5_000;

/// One setup, ready to be checked.
pub struct ClaimModel {
    pub setup: Setup,
    pub book: Book,
    pub names: TagNames,
    pub timing: Timing,
    pub ids: Vec<WorkerId>,
    pending: Tags,
    /// Beyond these, one age is like another: of a claim or watch, and of a claim without answer.
    cap: u8,
    limit: u8,
}

impl ClaimModel {
    pub fn new(setup: Setup) -> Self {
        let names = TagNames::default();
        let book = Book::default();
        let (lease, deadline) = setup.lease.map_or((FOR_EVER, FOR_EVER), |(l, d)| (ticks(l), ticks(d)));
        let limit = if setup.left_out == Some(LeftOut::Strictness) {
            setup.limit + 1
        } else {
            setup.limit
        };
        Self {
            pending: book.number(&TagSet::parse(names.pending())),
            timing: Timing {
                settle: UNIT * (u32::from(limit) * (TICK - 1)),
                deadline: UNIT * deadline,
                lease: UNIT * lease,
                max_tries: setup.tries,
            },
            ids: (0..setup.workers)
                .map(|n| WorkerId::new(format!("w{n}")).unwrap())
                .collect(),
            cap: setup.lease.map_or(2 * setup.limit + setup.patience, |(l, d)| l.max(d)),
            limit,
            names,
            book,
            setup,
        }
    }

    /// Says whether the program would start with these intervals.
    pub fn is_accepted(&self) -> bool {
        self.timing.check().is_ok()
    }

    fn person(&self, state: &mut State) {
        let Alert { tags, block } = state.alert;
        let with_tag = |tags: Tags| self.book.number(&(*self.book.set(tags)).clone().with(PERSONS_TAG));
        match (self.setup.person, state.person) {
            (Person::SavesOldDialog, Did::Nothing) => state.person = Did::Opened { tags, block },
            (Person::SavesOldDialog, Did::Opened { tags, block }) => {
                let tags = with_tag(tags);
                state.alert = Alert { tags, block };
                state.person = Did::Done;
            }
            (Person::Tags, _) => {
                state.alert.tags = with_tag(tags);
                state.person = Did::Done;
            }
            (Person::AsksAgain, _) => {
                state.alert = Alert {
                    tags: self.pending,
                    block: None,
                };
                state.person = Did::Done;
            }
            _ => {}
        }
    }

    fn person_can_act(&self, state: &State) -> bool {
        state.person != Did::Done
            && match self.setup.person {
                Person::Nobody => false,
                Person::SavesOldDialog => true,
                Person::Tags => state.requests.is_empty(),
                Person::AsksAgain => state.alert.block.is_some(),
            }
    }

    fn tick(&self, state: &mut State, lag: bool) {
        let last = state.workers.len() - 1;
        for who in 0..state.workers.len() {
            if lag && who == last {
                continue;
            }
            let worker = &mut state.workers[who];
            if let Some((_, age)) = &mut worker.watch {
                *age = (*age + 1).min(self.cap);
            }
            match &mut worker.phase {
                Phase::Idle | Phase::Sent | Phase::Void { .. } => {}
                Phase::Working { .. } if self.setup.lease.is_none() => {}
                Phase::Posted { age, .. } => *age = (*age + 1).min(self.limit),
                Phase::Settling { age, quiet, .. } => {
                    // The one stays ahead of the other by what the claim took.
                    if *age < self.cap {
                        *age += 1;
                        *quiet += 1;
                    }
                }
                Phase::Working { nonce, age } => {
                    *age = (*age + 1).min(self.cap);
                    let (nonce, age) = (*nonce, *age);
                    if self.claimed(who, nonce, age).time_left(now()).is_none() {
                        state.workers[who].phase = Phase::Idle;
                        state.abandon();
                    }
                }
            }
        }
        state.lagged = lag;
        if self.setup.bound.is_some() {
            for request in state.requests.iter_mut().filter(|request| request.is_bounded()) {
                request.age += 1;
            }
        }
    }

    /// Says whether the alert is done: a block in the note, and tags that ask for nothing.
    pub fn is_finished(&self, state: &State) -> bool {
        state.alert.block.is_some() && self.is_quiet_alert(state)
    }

    /// Says whether nothing is left to do. A person may have saved the note as it was before the block came.
    pub fn is_settled(&self, state: &State) -> bool {
        let wiped = self.setup.person == Person::SavesOldDialog && state.person == Did::Done;
        (state.alert.block.is_some() || wiped) && self.is_quiet_alert(state)
    }

    /// Says whether the bounds of the setup leave a worker a claim.
    pub fn may_claim(&self, state: &State) -> bool {
        state.workers.iter().any(|worker| worker.posts < self.setup.posts)
    }

    fn is_quiet_alert(&self, state: &State) -> bool {
        let set = self.book.set(state.alert.tags);
        let seen = Seen {
            tags: &set,
            note_finished: state.alert.block.is_some(),
            owner_is_none: true,
        };
        next_step(&seen, Lapse::Running, &self.names, &self.timing) == Step::Skip
    }
}

impl Model for ClaimModel {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let idle = Worker {
            phase: Phase::Idle,
            posts: 0,
            crashes: 0,
            timeouts: 0,
            watch: None,
        };
        vec![State {
            alert: Alert {
                tags: self.pending,
                block: None,
            },
            requests: Vec::new(),
            workers: vec![idle; usize::from(self.setup.workers)],
            person: Did::Nothing,
            works: 0,
            abandoned: 0,
            results: 0,
            lagged: false,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for (who, worker) in state.workers.iter().enumerate() {
            match worker.phase {
                Phase::Idle => actions.push(Action::Look(who)),
                Phase::Posted { .. } | Phase::Sent if worker.timeouts < self.setup.timeouts => {
                    actions.push(Action::GiveUp(who));
                }
                Phase::Posted { .. } | Phase::Sent | Phase::Void { .. } => {}
                Phase::Settling { nonce, age, quiet } => {
                    if self.is_quiet(who, nonce, age, quiet) {
                        actions.push(Action::Confirm(who));
                    }
                }
                Phase::Working { .. } => {
                    actions.push(Action::Finish(who));
                    if self.left_out(LeftOut::NoWayBack) {
                        actions.push(Action::GiveBack(who));
                    }
                }
            }
            if self.setup.excuses && worker.phase.excusable().is_some() {
                actions.push(Action::Excuse(who));
            }
            if worker.crashes < self.setup.crashes && worker.phase != Phase::Idle {
                actions.push(Action::Crash(who));
            }
        }
        for (index, request) in state.requests.iter().enumerate() {
            if index > 0 && state.requests[index - 1] == *request {
                continue;
            }
            actions.push(match request.stage {
                Stage::Queued => Action::Select(index),
                Stage::Read { .. } => Action::Commit(index),
                Stage::Written => Action::Answer(index),
            });
        }
        if self.person_can_act(state) {
            actions.push(Action::Person);
        }
        let overdue = |bound: u8| {
            state
                .requests
                .iter()
                .any(|request| request.is_bounded() && request.age >= bound)
        };
        if !self.setup.bound.is_some_and(overdue) {
            actions.push(Action::Tick { lag: false });
            if self.setup.slow_clock && !state.lagged {
                actions.push(Action::Tick { lag: true });
            }
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Look(who) => self.look(&mut state, who),
            Action::Select(index) => {
                let Alert { tags, block } = state.alert;
                state.requests[index].stage = Stage::Read { tags, block };
            }
            Action::Commit(index) => state.commit(index),
            Action::Answer(index) => self.answer(&mut state, index),
            Action::GiveUp(who) => {
                state.workers[who].timeouts += 1;
                state.stop(who);
            }
            Action::Confirm(who) => self.confirm(&mut state, who),
            Action::Finish(who) => self.finish(&mut state, who),
            Action::GiveBack(who) => self.give_back(&mut state, who),
            Action::Excuse(who) => self.excuse(&mut state, who),
            Action::Crash(who) => {
                if matches!(state.workers[who].phase, Phase::Working { .. }) {
                    state.abandon();
                }
                state.workers[who].watch = None;
                state.workers[who].crashes += 1;
                state.stop(who);
            }
            Action::Person => self.person(&mut state),
            Action::Tick { lag } => self.tick(&mut state, lag),
        }
        state.requests.sort_unstable();
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let [one_works, done_once, one_result] = ALWAYS;
        vec![
            Property::always(one_works, |_, state: &State| {
                let works = |worker: &&Worker| matches!(worker.phase, Phase::Working { .. });
                state.workers.iter().filter(works).count() <= 1
            }),
            Property::always(done_once, |model: &Self, state: &State| {
                state.works <= 1 + state.abandoned + model.again(state)
            }),
            Property::always(one_result, |model: &Self, state: &State| {
                state.results <= 1 + model.again(state)
            }),
            Property::always(TAG_STAYS, |model: &Self, state: &State| {
                model.setup.person != Person::Tags
                    || state.person != Did::Done
                    || model.book.set(state.alert.tags).contains(PERSONS_TAG)
            }),
            Property::sometimes(FINISHED, |model: &Self, state: &State| model.is_finished(state)),
            Property::sometimes(TAKEN_OVER, |model: &Self, state: &State| {
                model.setup.lease.is_none() || model.setup.tries == 1 || state.works >= 2
            }),
            Property::sometimes(GIVES_UP, |model: &Self, state: &State| {
                model.setup.tries > 1 || state.alert.block.is_some_and(|block| block >= GIVEN_UP)
            }),
        ]
    }
}

impl ClaimModel {
    /// One more work and result is due when a person has asked again.
    fn again(&self, state: &State) -> u8 {
        u8::from(self.setup.person == Person::AsksAgain && state.person == Did::Done)
    }
}
