//! Checks an installation from the hook to IRIS; every line is ok, warn or fail, with what to do.

mod iris;
mod manager;
mod state;

use super::courier;
use super::place::Place;
use crate::findings::Findings;
use crate::terminal::{Failure, say};

/// Runs all checks and prints them; fails when one failed.
pub(super) fn run(place: &Place, json: bool, read_only: bool) -> Result<(), Failure> {
    let settings = place.load()?;
    let mut findings = Findings::default();
    findings.settings(&settings);
    manager::hook(place, &mut findings);
    let blocks = manager::configuration(place, &settings, &mut findings);
    // Where that cannot be seen, a word on what lies in it would be one on nothing.
    if state::directory(place, &mut findings) {
        state::courier(place, &mut findings);
        state::spool(place, &mut findings);
        state::corrupt(place, &mut findings);
        state::queue(place, &mut findings);
    }
    match courier::load_rules(&settings) {
        Ok(_) => findings.ok("rules", "the gate and the allowlist can be used"),
        Err(error) => findings.fail(
            "rules",
            error.to_string(),
            "correct that rule; the courier refuses the whole set",
        ),
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("cannot start: {error}")))?;
    runtime.block_on(iris::destinations(place, &settings, blocks, read_only, &mut findings));
    say(&if json { findings.to_json() } else { findings.to_string() })?;
    match findings.failed() {
        0 => Ok(()),
        1 => Err(Failure::failed("one check failed")),
        n => Err(Failure::failed(format!("{n} checks failed"))),
    }
}
