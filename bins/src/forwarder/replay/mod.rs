//! Feeding files through the street: what was missed while something was switched off, or a test set.

mod input;

use std::path::Path;

use serde::Serialize;
use wazuh_model::Alert;

use super::courier::load_rules;
use super::noise::{Decision, Rules, Subject};
use super::queue::{Arrival, Intake, Queue, micros};
use super::source::Route;
use super::spool::{DestinationId, Entry, Limits, Room, Spool};
use crate::settings::Settings;
use crate::terminal::Failure;

pub(super) use input::Input;

/// Lines that share one sync, and about how many bytes.
const BATCH: usize = 500;
const BATCH_BYTES: usize = 4 << 20;

/// What would become of the lines of files.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Forecast {
    received: u64,
    forward: u64,
    folded: u64,
    allowlisted: u64,
    gated: u64,
    repeated: u64,
    /// Lines that are not one JSON object.
    parked: u64,
}

impl Forecast {
    pub(super) fn to_json(self) -> String {
        serde_json::to_string(&self).unwrap_or_default()
    }
}

impl std::fmt::Display for Forecast {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{:>10}  lines", self.received)?;
        for (count, what) in [
            (self.forward, "would become IRIS alerts"),
            (self.folded, "would be counted in one of these"),
            (self.allowlisted, "are hidden by your allowlist"),
            (self.gated, "are below the level gate"),
            (self.repeated, "are in the files more than once"),
        ] {
            writeln!(f, "{count:>10}  {what}")?;
        }
        write!(
            f,
            "{:>10}  are not one JSON object; each text of those would be delivered once",
            self.parked
        )
    }
}

/// Where replayed alerts go: where everything goes that no hook brings.
pub(super) fn destination(settings: &Settings, spool: &Spool) -> Result<DestinationId, Failure> {
    if let Some(destination) = Route::new(spool.root().to_owned(), settings).named_own() {
        return Ok(destination);
    }
    Err(Failure::configuration(
        match DestinationId::known(spool.root()).as_slice() {
            [] => "nobody has said where IRIS is\nhint: set iris.base_url and iris.bearer",
            _ => {
                "the hook knows several destinations\nhint: set iris.base_url to the one that is meant; `custom-iris doctor` names those that no block uses"
            }
        },
    ))
}

/// Stores every line of the files, and counts them: what is stored stays so when a file turns out to be damaged.
pub(super) fn replay(
    mut input: Input,
    destination: DestinationId,
    spool: &Spool,
    stored: &mut u64,
) -> Result<(), Failure> {
    loop {
        let failed = |error: &dyn std::fmt::Display| Failure::failed(format!("{error}; {stored} alerts are stored"));
        let next = input
            .lines(BATCH, BATCH_BYTES)
            .map_err(|error| failed(&error.message))?;
        let Some(lines) = next else { return Ok(()) };
        if Limits::read(spool.root()).room(spool.root()) != Room::Enough {
            return Err(failed(
                &"the disk or the queue is too full; see `custom-iris spool status`",
            ));
        }
        let count = lines.len() as u64;
        let entry = |line| Entry::new(destination, line).known_by_text();
        let entries: Vec<Entry> = lines.into_iter().map(entry).collect();
        spool.put_all(&entries).map_err(|error| failed(&error))?;
        *stored += count;
    }
}

/// Judges every line of the files as the courier would, in a queue that ends with this process. Sends and stores nothing.
pub(super) fn forecast(mut input: Input, settings: &Settings) -> Result<Forecast, Failure> {
    let rules = load_rules(settings).map_err(|error| Failure::configuration(error.to_string()))?;
    let mut queue = Queue::scratch().map_err(Failure::failed)?;
    let mut forecast = Forecast::default();
    while let Some(lines) = input.lines(BATCH, BATCH_BYTES)? {
        judge(&lines, &mut queue, &rules, &mut forecast)?;
    }
    Ok(forecast)
}

fn judge(lines: &[Vec<u8>], queue: &mut Queue, rules: &Rules, forecast: &mut Forecast) -> Result<(), Failure> {
    let now_us = micros(std::time::SystemTime::now());
    let alerts: Vec<Alert> = lines.iter().filter_map(|line| Alert::from_slice(line).ok()).collect();
    let names: Vec<String> = (forecast.received..)
        .take(alerts.len())
        .map(|number| number.to_string())
        .collect();
    let arrivals: Vec<Arrival<'_>> = alerts
        .iter()
        .zip(&names)
        .map(|(alert, name)| Arrival {
            name,
            destination: DestinationId::SETTINGS,
            same_server: Vec::new(),
            uuid: alert.uuid(),
            received_us: now_us,
            subject: Some(Subject::of(alert, now_us)),
            // Nobody will ask for the text.
            bytes: b"",
        })
        .collect();
    let taken = queue.take_in(&arrivals, None, rules).map_err(Failure::failed)?;
    forecast.received += lines.len() as u64;
    forecast.parked += (lines.len() - alerts.len()) as u64;
    for intake in taken {
        let count = match intake {
            Intake::Judged(Decision::Forward { .. }) => &mut forecast.forward,
            Intake::Judged(Decision::Fold(_)) => &mut forecast.folded,
            Intake::Judged(Decision::Allow(_)) => &mut forecast.allowlisted,
            Intake::Judged(Decision::Gate) => &mut forecast.gated,
            Intake::Judged(Decision::Repeat) | Intake::Known => &mut forecast.repeated,
            Intake::Judged(Decision::Park(_)) => &mut forecast.parked,
        };
        *count += 1;
    }
    Ok(())
}

/// Names a file in a message.
fn shown(path: &Path) -> String {
    if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    }
}
