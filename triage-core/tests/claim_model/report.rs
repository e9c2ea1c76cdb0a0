//! Runs a setup and says what came of it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::num::NonZeroUsize;

use stateright::{Checker, HasDiscoveries, Model};

use super::alert::{GIVEN_UP, Kind, Request, Tags};
use super::model::{ALWAYS, ClaimModel, FINISHED, GIVES_UP, TAG_STAYS, TAKEN_OVER};
use super::setup::Setup;
use super::state::{Action, Phase, State};

/// What a run found.
pub struct Outcome {
    pub setup: Setup,
    /// Distinct states that were visited: all there are, unless the search ended with its counter-example.
    pub states: usize,
    /// Always-properties that some state violates, in the order of `Setup::violated`.
    pub violated: [bool; 3],
    /// Whether a person's tag was lost.
    pub tag_lost: bool,
    /// Whether every state that should be reachable was reached.
    pub alive: bool,
    /// The shortest way to the first violated property, one step a line.
    pub counter_example: Vec<String>,
    /// Whether the search ended before all states were visited.
    pub cut: bool,
}

/// Searches breadth first, so that a counter-example is as short as any. One that is expected ends the search.
pub fn check(setup: Setup) -> Outcome {
    let expected: BTreeSet<&'static str> = ALWAYS
        .into_iter()
        .zip(setup.violated)
        .filter_map(|(name, violated)| violated.then_some(name))
        .collect();
    // While one of them should hold, every state must be seen.
    let cut = setup.violated == [true; 3];
    // Two threads may find a longer way first.
    let threads = if expected.is_empty() {
        std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
    } else {
        1
    };
    let mut builder = ClaimModel::new(setup).checker().threads(threads);
    if cut {
        let mut all = expected;
        all.extend([FINISHED, TAKEN_OVER, GIVES_UP]);
        builder = builder.finish_when(HasDiscoveries::AllOf(all));
    }
    let checker = builder.spawn_bfs().join();
    let found = checker.discoveries();
    let violated = ALWAYS.map(|name| found.contains_key(name));
    let counter_example = ALWAYS.iter().find_map(|name| found.get(name)).map(|path| {
        let steps = path.clone().into_vec();
        steps
            .windows(2)
            .map(|pair| describe(checker.model(), &pair[0].0, pair[0].1.as_ref(), &pair[1].0))
            .collect()
    });
    Outcome {
        setup,
        states: checker.unique_state_count(),
        violated,
        tag_lost: found.contains_key(TAG_STAYS),
        alive: [FINISHED, TAKEN_OVER, GIVES_UP]
            .iter()
            .all(|name| found.contains_key(name)),
        counter_example: counter_example.unwrap_or_default(),
        cut,
    }
}

impl Outcome {
    /// Says whether everything came out as the setup says.
    pub fn is_as_expected(&self) -> bool {
        self.violated == self.setup.violated && !self.tag_lost && self.alive
    }

    /// Head of the table.
    pub const HEAD: &str = "\
| Run | Workers | States       | At most one works | Done once | One result | What it shows | Time |
|-----|---------|--------------|-------------------|-----------|------------|---------------|------|";

    /// One line of the table, without the time.
    pub fn line(&self) -> String {
        let [one, once, result] = self
            .violated
            .map(|violated| if violated { "violated" } else { "holds" });
        let states = format!("{}{}", group(self.states), if self.cut { "*" } else { "" });
        let Setup {
            name, workers, shows, ..
        } = self.setup;
        format!("| {name:<3} | {workers:<7} | {states:>12} | {one:<17} | {once:<9} | {result:<10} | {shows} |")
    }
}

/// Writes a number with a blank between thousands.
pub fn group(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

fn describe(model: &ClaimModel, before: &State, action: Option<&Action>, after: &State) -> String {
    let tags = |number: Tags| model.book.set(number).to_string();
    let request = |index: usize| {
        let Request { from, kind, .. } = before.requests[index];
        match kind {
            Kind::Claim(nonce) => format!("w{from}'s claim w{from}.{nonce}"),
            Kind::Result(block) if block >= GIVEN_UP => format!("w{from}'s giving up"),
            Kind::Result(_) => format!("w{from}'s result"),
            Kind::Excuse(nonce) => format!("w{from}'s excuse for w{from}.{nonce}"),
            Kind::Tidy => format!("w{from}'s putting right"),
            Kind::GiveBack => format!("w{from}'s way back"),
        }
    };
    let mut line = String::new();
    let written = match action {
        Some(Action::Look(who)) => match after.workers[*who].phase {
            Phase::Posted { nonce, .. } => {
                write!(
                    line,
                    "w{who}    reads `{}`, sends claim w{who}.{nonce}",
                    tags(before.alert.tags)
                )
            }
            _ => write!(line, "w{who}    reads `{}`", tags(before.alert.tags)),
        },
        Some(Action::Select(index)) => write!(line, "IRIS  SELECT for {}", request(*index)),
        Some(Action::Commit(index)) => {
            write!(
                line,
                "IRIS  COMMIT of {}: `{}`",
                request(*index),
                tags(after.alert.tags)
            )
        }
        Some(Action::Answer(index)) => {
            let who = usize::from(before.requests[*index].from);
            let then = match after.workers[who].phase {
                Phase::Idle | Phase::Void { .. } if matches!(before.workers[who].phase, Phase::Posted { .. }) => {
                    ": void"
                }
                Phase::Working { .. } => ": works",
                _ => "",
            };
            write!(line, "w{who}    has the answer of {}{then}", request(*index))
        }
        Some(Action::GiveUp(who)) => write!(line, "w{who}    gives up waiting"),
        Some(Action::Confirm(who)) => match after.workers[*who].phase {
            Phase::Working { .. } => write!(line, "w{who}    reads its own claim again: works"),
            _ => write!(line, "w{who}    reads `{}`: lost", tags(before.alert.tags)),
        },
        Some(Action::Finish(who)) => write!(line, "w{who}    sends its result"),
        Some(Action::GiveBack(who)) => write!(line, "w{who}    gives up and sends `ai-pending`"),
        Some(Action::Excuse(who)) => write!(line, "w{who}    gives up and says that the alert was not to blame"),
        Some(Action::Crash(who)) => write!(line, "w{who}    dies"),
        Some(Action::Person) => write!(line, "a person acts: `{}`", tags(after.alert.tags)),
        Some(Action::Tick { lag: false }) => write!(line, "      time passes"),
        Some(Action::Tick { lag: true }) => write!(line, "      time passes, the last worker's clock lags"),
        None => Ok(()),
    };
    written.expect("a string takes everything");
    line
}
