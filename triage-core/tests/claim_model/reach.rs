//! A search of our own: it checks the model checker's count, and that no state is a dead end.

use std::collections::HashMap;

use stateright::Model;

use super::model::ClaimModel;
use super::state::{Action, State};

/// What the search found.
pub struct Reach {
    /// States that can be reached.
    pub states: usize,
    /// States from which the alert can no longer come to rest, although a worker may still claim.
    pub dead_ends: usize,
    /// One of them, in the model's own words.
    pub example: Option<String>,
}

/// Visits every state, then goes backwards from those in which nothing is left to do.
///
/// With the worker's help alone: an end that needs a death, lost patience or a person to come about is a dead end.
pub fn explore(model: &ClaimModel) -> Reach {
    let mut numbers: HashMap<State, usize> = HashMap::new();
    let mut states: Vec<State> = Vec::new();
    let mut before: Vec<Vec<usize>> = Vec::new();
    let mut enter = |state: State, states: &mut Vec<State>, before: &mut Vec<Vec<usize>>| {
        *numbers.entry(state.clone()).or_insert_with(|| {
            states.push(state);
            before.push(Vec::new());
            states.len() - 1
        })
    };
    for state in model.init_states() {
        enter(state, &mut states, &mut before);
    }
    let mut next = 0;
    while next < states.len() {
        let state = states[next].clone();
        let mut actions = Vec::new();
        model.actions(&state, &mut actions);
        for action in actions {
            let Some(after) = model.next_state(&state, action) else {
                continue;
            };
            let number = enter(after, &mut states, &mut before);
            if !matches!(action, Action::Crash(_) | Action::GiveUp(_) | Action::Person) {
                before[number].push(next);
            }
        }
        next += 1;
    }
    let mut reaches: Vec<bool> = states.iter().map(|state| model.is_settled(state)).collect();
    let mut todo: Vec<usize> = (0..states.len()).filter(|number| reaches[*number]).collect();
    while let Some(number) = todo.pop() {
        for earlier in &before[number] {
            if !reaches[*earlier] {
                reaches[*earlier] = true;
                todo.push(*earlier);
            }
        }
    }
    let dead: Vec<usize> = (0..states.len())
        .filter(|number| !reaches[*number] && model.may_claim(&states[*number]))
        .collect();
    Reach {
        states: states.len(),
        dead_ends: dead.len(),
        example: dead.first().map(|number| {
            format!(
                "{:?} tags `{}`",
                states[*number],
                model.book.set(states[*number].alert.tags)
            )
        }),
    }
}
