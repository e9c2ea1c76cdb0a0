//! What one run of the model check looks at.

/// A rule of the protocol that is left out, to show what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// Works as soon as the claim is answered: the swap that everybody writes first.
    SecondRead,
    /// Reads again at once.
    Pause,
    /// Pauses, but counts a claim however long it took.
    Limit,
    /// Counts a claim that took exactly as long as the pause.
    Strictness,
    /// Writes the same token with every claim.
    Nonce,
    /// Decides by the tags whether the work is done.
    Note,
    /// Keeps claims: gives them back by writing `ai-pending`.
    NoWayBack,
}

/// What a person does to the alert meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Person {
    /// Nothing.
    Nobody,
    /// Adds a tag at a moment when no request is under way.
    Tags,
    /// Opens IRIS's dialog at any time, and at any later time saves it: note and tags as they were, and a tag more.
    SavesOldDialog,
    /// Takes the finished block out of the note and sets `ai-pending`, once.
    AsksAgain,
}

/// One run: who takes part, what may go wrong, which rule is left out. All times are in ticks.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Short name, to run it alone.
    pub name: &'static str,
    /// What it shows.
    pub shows: &'static str,
    /// Workers, at most 4.
    pub workers: u8,
    /// Claim requests that each worker may send.
    pub posts: u8,
    /// Times that each worker may die and come back without any memory.
    pub crashes: u8,
    /// Times that each worker may give up waiting for an answer; the request lives on.
    pub timeouts: u8,
    /// Limit on read to answer. The pause is as long: the shortest that the proof allows.
    pub limit: u8,
    /// Ticks that the pause is longer than the limit.
    pub patience: u8,
    /// Whether the last worker's clock may run at half speed.
    pub slow_clock: bool,
    /// Lease and deadline; without, no claim lapses and no deadline passes.
    pub lease: Option<(u8, u8)>,
    /// Claims that may lapse.
    pub tries: u8,
    /// Ticks within which the server carries out what is not a claim; without, it may take for ever.
    pub bound: Option<u8>,
    /// Whether a worker that has claimed may give up at any time, because its backend went away or its claim is void, and say so.
    pub excuses: bool,
    /// The rule that is left out.
    pub left_out: Option<LeftOut>,
    /// What a person does.
    pub person: Person,
    /// Which of the always-properties are violated: [one works, done once, one result].
    pub violated: [bool; 3],
}

const PLAIN: Setup = Setup {
    name: "",
    shows: "",
    workers: 2,
    posts: 1,
    crashes: 0,
    timeouts: 0,
    limit: 2,
    patience: 0,
    slow_clock: false,
    lease: None,
    tries: 3,
    bound: None,
    excuses: false,
    left_out: None,
    person: Person::Nobody,
    violated: [false; 3],
};

/// The runs that are searched for dead ends.
pub const ALIVE: &[Setup] = &[
    Setup {
        name: "A1",
        shows: "claims that lapse and are void",
        posts: 2,
        limit: 1,
        lease: Some((4, 2)),
        bound: Some(1),
        tries: 2,
        ..PLAIN
    },
    Setup {
        name: "A2",
        shows: "deaths and lost answers",
        crashes: 1,
        timeouts: 1,
        limit: 1,
        lease: Some((4, 2)),
        bound: Some(1),
        tries: 1,
        ..PLAIN
    },
    Setup {
        name: "A3",
        shows: "a person saves an old dialog",
        limit: 1,
        lease: Some((4, 2)),
        bound: Some(1),
        tries: 1,
        person: Person::SavesOldDialog,
        violated: [true; 3],
        ..PLAIN
    },
];

/// The runs that fit into `cargo test`.
pub const QUICK: &[Setup] = &[
    Setup {
        name: "N1",
        shows: "the naive swap: two workers hold one alert",
        left_out: Some(LeftOut::SecondRead),
        violated: [true; 3],
        ..PLAIN
    },
    Setup {
        name: "N2",
        shows: "reading one's own token back at once does not help",
        left_out: Some(LeftOut::Pause),
        violated: [true; 3],
        ..PLAIN
    },
    Setup {
        name: "N3",
        shows: "a pause does not help while a request may take longer than it",
        left_out: Some(LeftOut::Limit),
        violated: [true; 3],
        ..PLAIN
    },
    Setup {
        name: "S1",
        shows: "the protocol: requests that were given up live on for ever",
        posts: 2,
        timeouts: 2,
        ..PLAIN
    },
    Setup {
        name: "S2",
        shows: "the protocol with three workers",
        workers: 3,
        timeouts: 1,
        ..PLAIN
    },
    Setup {
        name: "S3",
        shows: "three workers, two claims each, every answer is waited for",
        workers: 3,
        posts: 2,
        ..PLAIN
    },
    Setup {
        name: "E1",
        shows: "a limit that equals the pause is one tick too long",
        posts: 2,
        timeouts: 2,
        left_out: Some(LeftOut::Strictness),
        violated: [true; 3],
        ..PLAIN
    },
    Setup {
        name: "E2",
        shows: "without a nonce, a worker's own late request looks like its claim",
        posts: 2,
        timeouts: 2,
        left_out: Some(LeftOut::Nonce),
        violated: [true; 3],
        ..PLAIN
    },
    Setup {
        name: "C1",
        shows: "one clock at half speed, the pause as long as the limit",
        posts: 2,
        timeouts: 2,
        slow_clock: true,
        violated: [true; 3],
        ..PLAIN
    },
    Setup {
        name: "C2",
        shows: "one clock at half speed, the pause twice as long",
        posts: 2,
        timeouts: 2,
        slow_clock: true,
        patience: 2,
        ..PLAIN
    },
    Setup {
        name: "L1",
        shows: "deaths and leases; a final write may come in after the lease",
        timeouts: 1,
        crashes: 1,
        lease: Some((6, 5)),
        violated: [false, true, true],
        ..PLAIN
    },
    Setup {
        name: "L2",
        shows: "as L1, final writes carried out before the lease is over",
        timeouts: 1,
        crashes: 1,
        lease: Some((8, 5)),
        bound: Some(2),
        ..PLAIN
    },
    Setup {
        name: "L3",
        shows: "a lease shorter than the work",
        timeouts: 1,
        lease: Some((3, 6)),
        violated: [true; 3],
        ..PLAIN
    },
    Setup {
        name: "L4",
        shows: "one clock at half speed, the lease as long as the deadline",
        lease: Some((9, 8)),
        slow_clock: true,
        patience: 2,
        violated: [true; 3],
        ..PLAIN
    },
    Setup {
        name: "L5",
        shows: "one clock at half speed, the lease twice the deadline, as is required",
        lease: Some((16, 8)),
        slow_clock: true,
        patience: 2,
        violated: [false, true, true],
        ..PLAIN
    },
    Setup {
        name: "L6",
        shows: "as required by the settings' check: everything that is claimed holds",
        timeouts: 1,
        crashes: 1,
        lease: Some((10, 5)),
        bound: Some(4),
        ..PLAIN
    },
    Setup {
        name: "F1",
        shows: "an alert whose claims lapse too often is given up",
        crashes: 1,
        lease: Some((8, 5)),
        bound: Some(2),
        tries: 1,
        ..PLAIN
    },
    Setup {
        name: "D1",
        shows: "completion read from the tags: a late claim re-opens a finished alert",
        posts: 2,
        lease: Some((6, 4)),
        bound: Some(2),
        left_out: Some(LeftOut::Note),
        violated: [false, true, true],
        ..PLAIN
    },
    Setup {
        name: "D2",
        shows: "as D1, completion read from the note: one work, one result",
        posts: 2,
        lease: Some((6, 4)),
        bound: Some(2),
        ..PLAIN
    },
    Setup {
        name: "U1",
        shows: "giving a claim back: the late write re-opens an alert that another works on",
        posts: 2,
        lease: Some((6, 5)),
        left_out: Some(LeftOut::NoWayBack),
        violated: [true; 3],
        ..PLAIN
    },
    Setup {
        name: "B1",
        shows: "a backend goes away: the claim is excused, however late that is written",
        limit: 1,
        excuses: true,
        lease: Some((4, 2)),
        bound: Some(1),
        ..PLAIN
    },
    Setup {
        name: "B2",
        shows: "as B1, with deaths and lost answers",
        timeouts: 1,
        crashes: 1,
        limit: 1,
        excuses: true,
        lease: Some((4, 2)),
        bound: Some(1),
        ..PLAIN
    },
    Setup {
        name: "P1",
        shows: "a person tags the alert while no request is under way: the tag stays",
        timeouts: 1,
        crashes: 1,
        lease: Some((8, 5)),
        bound: Some(2),
        person: Person::Tags,
        ..PLAIN
    },
    Setup {
        name: "P2",
        shows: "a person saves an old dialog over a claim: two may work, as is documented",
        lease: Some((8, 5)),
        bound: Some(2),
        posts: 2,
        person: Person::SavesOldDialog,
        violated: [true; 3],
        ..PLAIN
    },
    Setup {
        name: "P3",
        shows: "a person asks again: the alert is worked on once more, by one",
        lease: Some((8, 5)),
        bound: Some(2),
        posts: 2,
        person: Person::AsksAgain,
        ..PLAIN
    },
];

/// The runs that want an optimised build.
pub const LARGE: &[Setup] = &[
    Setup {
        name: "S4",
        shows: "four workers",
        workers: 4,
        ..PLAIN
    },
    Setup {
        name: "S5",
        shows: "two workers, three claims each, requests given up",
        posts: 3,
        timeouts: 2,
        ..PLAIN
    },
    Setup {
        name: "L7",
        shows: "three workers, deaths, short intervals",
        workers: 3,
        crashes: 1,
        limit: 1,
        lease: Some((4, 2)),
        bound: Some(1),
        ..PLAIN
    },
    Setup {
        name: "D3",
        shows: "as D2, longer lease",
        workers: 3,
        lease: Some((8, 5)),
        bound: Some(2),
        ..PLAIN
    },
    Setup {
        name: "D4",
        shows: "as D3, two workers, two claims each, requests given up",
        posts: 2,
        timeouts: 2,
        lease: Some((8, 5)),
        bound: Some(2),
        ..PLAIN
    },
];
