//! Everything that decides what can happen next.

use super::alert::{Alert, Block, GIVEN_UP, Kind, Request, Stage, Tags};

/// One worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Worker {
    pub phase: Phase,
    pub posts: u8,
    pub crashes: u8,
    /// Answers that it gave up waiting for.
    pub timeouts: u8,
    /// The tags that the watch remembers, and for how long.
    pub watch: Option<(Tags, u8)>,
}

/// Where a worker is. `age` counts from the read that began the claim, on the worker's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    Idle,
    Posted {
        nonce: u8,
        age: u8,
    },
    Settling {
        nonce: u8,
        age: u8,
        quiet: u8,
    },
    Working {
        nonce: u8,
        age: u8,
    },
    /// The claim was void, and its worker may still say that the alert was not to blame.
    Void {
        nonce: u8,
    },
    Sent,
}

impl Phase {
    /// The claim that may be excused in this phase.
    pub fn excusable(self) -> Option<u8> {
        match self {
            Self::Settling { nonce, .. } | Self::Working { nonce, .. } | Self::Void { nonce } => Some(nonce),
            Self::Idle | Self::Posted { .. } | Self::Sent => None,
        }
    }
}

/// What a person has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Did {
    Nothing,
    Opened { tags: Tags, block: Block },
    Done,
}

/// Everything that decides what can happen next, and what the properties ask about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    pub alert: Alert,
    pub requests: Vec<Request>,
    pub workers: Vec<Worker>,
    pub person: Did,
    /// Claims that were confirmed; of these, ended without a result; verdicts committed, and what
    /// replaced one. Each up to 3.
    pub works: u8,
    pub abandoned: u8,
    pub results: u8,
    /// Whether the slow clock has just been left out.
    pub lagged: bool,
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// An idle worker reads the alert and does what the protocol says.
    Look(usize),
    /// The server reads the alert for a request.
    Select(usize),
    /// The server commits a request.
    Commit(usize),
    /// The answer of a request reaches its worker.
    Answer(usize),
    /// A worker gives up waiting.
    GiveUp(usize),
    /// A worker reads again after the pause.
    Confirm(usize),
    /// A worker has a result, reads again and sends it.
    Finish(usize),
    /// A worker gives its claim back.
    GiveBack(usize),
    /// A worker gives its work up and says that the alert was not to blame.
    Excuse(usize),
    /// A worker dies and starts again.
    Crash(usize),
    /// A person acts.
    Person,
    /// Time passes for all, or for all but the slow clock.
    Tick { lag: bool },
}

impl State {
    /// Says whether a worker waits for the answer of a request.
    pub fn is_awaited(&self, request: &Request) -> bool {
        match (request.kind, self.workers[usize::from(request.from)].phase) {
            (Kind::Claim(sent), Phase::Posted { nonce, .. }) => sent == nonce,
            (Kind::Result(block), Phase::Sent) => block < GIVEN_UP,
            _ => false,
        }
    }

    /// Sends a request.
    pub fn send(&mut self, who: usize, kind: Kind, tags: Tags) {
        let request = Request {
            from: u8::try_from(who).unwrap(),
            kind,
            tags,
            stage: Stage::Queued,
            age: 0,
        };
        // The same once more changes nothing, unless it is waited for.
        let is_same = |other: &Request| other.from == request.from && other.kind == kind && other.tags == tags;
        if matches!(kind, Kind::Claim(_)) || !self.requests.iter().any(is_same) {
            self.requests.push(request);
        }
    }

    /// Lets the server commit a request that it has read the alert for.
    pub fn commit(&mut self, index: usize) {
        let request = self.requests[index];
        let Stage::Read { tags, block } = request.stage else {
            return;
        };
        let stood = self.alert.block.is_some_and(|block| block < GIVEN_UP);
        self.alert.commit(&request, tags, block);
        // That two give an alert up changes nothing, but a giving up must not replace a verdict.
        if matches!(request.kind, Kind::Result(block) if block < GIVEN_UP || stood) {
            self.results = (self.results + 1).min(3);
        }
        self.requests[index].stage = Stage::Written;
        self.requests[index].age = 0;
        if !self.is_awaited(&request) {
            self.requests.remove(index);
        }
    }

    /// Sends a worker back to the start, and drops the answers that it no longer waits for.
    pub fn stop(&mut self, who: usize) {
        self.workers[who].phase = Phase::Idle;
        self.requests
            .retain(|request| usize::from(request.from) != who || request.stage != Stage::Written);
    }

    /// Counts a confirmed claim that ends without a result.
    pub fn abandon(&mut self) {
        self.abandoned = (self.abandoned + 1).min(3);
    }
}
