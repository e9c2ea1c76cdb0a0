//! A model of several workers that claim one IRIS alert, driving the crate's own protocol functions.
//!
//! The alert, the requests under way and the workers are the state; every message, commit, answer, lost patience, death,
//! look of a person and tick of time is an action. What a worker does is asked of `triage_core::workflow`, never decided
//! here: the model rebuilds the worker's own times from the ages in its state and calls the same functions that the
//! executable calls.

#![allow(dead_code, unreachable_pub, reason = "the test and the example each use a part")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a model that fails must stop")]

mod alert;
mod model;
mod reach;
mod report;
mod setup;
mod state;
mod worker;

#[allow(unused_imports, reason = "the test and the example each use a part")]
pub use self::{
    model::ClaimModel,
    reach::{Reach, explore},
    report::{Outcome, check, group},
    setup::{ALIVE, LARGE, QUICK, Setup},
};
