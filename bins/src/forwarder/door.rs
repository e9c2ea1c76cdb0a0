//! The ways out. Every alert that enters leaves by exactly one of them, and each is counted.

use serde::Serialize;

/// How an alert left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// An IRIS alert of its own.
    Delivered,
    /// Counted in the IRIS alert of an earlier one.
    Folded,
    /// Hidden by an allowlist rule.
    Allowlisted,
    /// Below the level gate.
    Gated,
    /// Seen before, by the same id.
    Repeated,
    /// Refused by IRIS in every form; kept for a person.
    Parked,
}

impl Door {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 6] = [
        Self::Delivered,
        Self::Folded,
        Self::Allowlisted,
        Self::Gated,
        Self::Repeated,
        Self::Parked,
    ];

    /// Its name in reports, metrics and the queue.
    pub fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Folded => "folded",
            Self::Allowlisted => "allowlisted",
            Self::Gated => "gated",
            Self::Repeated => "repeated",
            Self::Parked => "parked",
        }
    }
}

/// How many came in, left by each door, and are still here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Not settled yet.
    pub waiting: u64,
    /// Taken from the spool.
    pub received: u64,
    /// Left by [`Door::Delivered`].
    pub delivered: u64,
    /// Left by [`Door::Folded`].
    pub folded: u64,
    /// Left by [`Door::Allowlisted`].
    pub allowlisted: u64,
    /// Left by [`Door::Gated`].
    pub gated: u64,
    /// Left by [`Door::Repeated`].
    pub repeated: u64,
    /// Left by [`Door::Parked`].
    pub parked: u64,
}

impl Counters {
    /// The count of one door.
    pub fn of(&self, door: Door) -> u64 {
        match door {
            Door::Delivered => self.delivered,
            Door::Folded => self.folded,
            Door::Allowlisted => self.allowlisted,
            Door::Gated => self.gated,
            Door::Repeated => self.repeated,
            Door::Parked => self.parked,
        }
    }

    /// The count of one door, to be changed.
    pub fn of_mut(&mut self, door: Door) -> &mut u64 {
        match door {
            Door::Delivered => &mut self.delivered,
            Door::Folded => &mut self.folded,
            Door::Allowlisted => &mut self.allowlisted,
            Door::Gated => &mut self.gated,
            Door::Repeated => &mut self.repeated,
            Door::Parked => &mut self.parked,
        }
    }

    /// Whether nothing is missing and nothing is counted twice.
    pub fn add_up(&self) -> bool {
        let out: u64 = Door::ALL.iter().map(|door| self.of(*door)).sum();
        self.received == out + self.waiting
    }
}
