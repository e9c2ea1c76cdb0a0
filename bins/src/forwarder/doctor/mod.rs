//! Checks an installation from the hook to IRIS; every line is ok, warn or fail, with what to do.

mod iris;
mod manager;
mod sources;
mod state;

use super::courier;
use super::place::Place;
use crate::findings::Findings;
use crate::settings::Settings;
use crate::terminal::{Failure, say};

/// Runs all checks and prints them; fails when one failed. Without settings that can be read, those that need none.
pub(super) fn run(place: &Place, json: bool, read_only: bool) -> Result<(), Failure> {
    let mut findings = Findings::default();
    let unread = match place.load() {
        Ok(settings) => {
            by_settings(place, &settings, read_only, &mut findings)?;
            None
        }
        Err(failure) => {
            without_settings(place, &failure, &mut findings);
            Some(failure)
        }
    };
    say(&if json { findings.to_json() } else { findings.to_string() })?;
    match (unread, findings.failed()) {
        (Some(failure), _) => Err(failure),
        (None, 0) => Ok(()),
        (None, 1) => Err(Failure::failed("one check failed")),
        (None, n) => Err(Failure::failed(format!("{n} checks failed"))),
    }
}

fn by_settings(place: &Place, settings: &Settings, read_only: bool, findings: &mut Findings) -> Result<(), Failure> {
    findings.settings(settings);
    let other = manager::without_hook(settings);
    let has_hook = manager::hook(place, other, findings);
    let blocks = manager::configuration(place, settings, findings);
    let is_called = has_hook && blocks.may_call();
    state(place, other.filter(|_| !is_called), findings);
    state::in_force(place, settings, findings);
    sources::tail(place, settings, findings);
    sources::listeners(place, settings, findings);
    match courier::load_rules(settings) {
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
    runtime.block_on(iris::destinations(place, settings, blocks, read_only, findings));
    Ok(())
}

fn without_settings(place: &Place, failure: &Failure, findings: &mut Findings) {
    let (message, fix) = failure
        .message
        .split_once("\nhint: ")
        .unwrap_or((&failure.message, "correct it: until then the courier does not start"));
    findings.fail("settings", message, fix);
    manager::hook(place, None, findings);
    state(place, None, findings);
}

/// What lies between the hook, or else the only way by which alerts come, and IRIS. Where the directory cannot be seen, a word on what lies
/// in it would be one on nothing.
fn state(place: &Place, only: Option<&str>, findings: &mut Findings) {
    if state::directory(place, findings) {
        state::courier(place, only, findings);
        state::spool(place, findings);
        state::corrupt(place, findings);
        state::queue(place, findings);
    }
}
