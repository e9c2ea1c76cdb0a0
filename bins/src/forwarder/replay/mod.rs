//! Feeding files through the street: what was missed while something was switched off, or a test set.

mod content;
mod foreign;
mod input;

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use wazuh_model::Alert;

use super::courier::load_rules;
use super::hook::cannot_write;
use super::noise::{Decision, Rules, Subject};
use super::queue::{Arrival, Intake, Queue, micros};
use super::source::{Route, texts};
use super::spool::{DestinationId, Entry, Limits, Room, Spool};
use crate::settings::Settings;
use crate::terminal::Failure;

pub(super) use content::expect_alerts;
pub(super) use foreign::Foreign;
pub(super) use input::{Input, Text, quoted};

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
            [] => {
                "nobody has said where IRIS is\nhint: wait for the first alert of the <integration> block, which says it, or set iris.base_url \
                 and iris.bearer"
            }
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
    let mut odd = Odd::default();
    let done = store_all(&mut input, destination, spool, stored, &mut odd);
    odd.say();
    done
}

fn store_all(
    input: &mut Input,
    destination: DestinationId,
    spool: &Spool,
    stored: &mut u64,
    odd: &mut Odd,
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
        let entry = |line: Text| Entry::new(destination, line.bytes).cut(line.cut).known_by_text();
        let entries: Vec<Entry> = lines
            .into_iter()
            .flat_map(Text::pieces)
            .filter(|line| odd.take(line))
            .map(entry)
            .collect();
        spool
            .put_all(&entries)
            .map_err(|error| failed(&cannot_write(&error, spool.root())))?;
        *stored += entries.len() as u64;
    }
}

impl Text {
    /// The texts that a line is handed over as, the same as the tail makes of it.
    fn pieces(self) -> Vec<Self> {
        let Self { bytes, cut, unfinished } = self;
        let texts = texts(bytes);
        let last = texts.len().saturating_sub(1);
        let piece = |(at, bytes)| Self {
            bytes,
            cut: cut && at == last,
            unfinished: unfinished && at == last,
        };
        texts.into_iter().enumerate().map(piece).collect()
    }
}

/// Lines that are not stored as they stand.
#[derive(Debug, Default)]
struct Odd {
    cut: u64,
    unfinished: u64,
}

impl Odd {
    /// Takes note of a line; `false` where it is not to be stored: the writer of the file is in the middle of it.
    fn take(&mut self, line: &Text) -> bool {
        self.cut += u64::from(line.cut);
        let unfinished = line.unfinished && !line.cut && Alert::from_slice(&line.bytes).is_err();
        self.unfinished += u64::from(unfinished);
        !unfinished
    }

    fn say(&self) {
        let say = |count: u64, what: &str| {
            if count > 0 {
                let _ = writeln!(io::stderr(), "warning: {count} {what}");
            }
        };
        say(
            self.cut,
            "lines are longer than 16 MiB; only their beginning goes to IRIS, as text",
        );
        say(
            self.unfinished,
            "files end in the middle of a line, which is left out: replay them again when it is written",
        );
    }
}

/// Judges every line of the files as the courier would, in a queue that ends with this process. Sends and stores nothing.
pub(super) fn forecast(mut input: Input, settings: &Settings) -> Result<Forecast, Failure> {
    let rules = load_rules(settings).map_err(|error| Failure::configuration(error.to_string()))?;
    let mut queue = Queue::scratch().map_err(Failure::failed)?;
    let mut forecast = Forecast::default();
    let mut odd = Odd::default();
    while let Some(lines) = input.lines(BATCH, BATCH_BYTES)? {
        for line in lines.iter().filter(|line| line.cut) {
            odd.take(line);
        }
        judge(&lines, &mut queue, &rules, &mut forecast)?;
    }
    odd.say();
    Ok(forecast)
}

fn judge(lines: &[Text], queue: &mut Queue, rules: &Rules, forecast: &mut Forecast) -> Result<(), Failure> {
    let now_us = micros(std::time::SystemTime::now());
    let whole = lines.iter().filter(|line| !line.cut);
    let alerts: Vec<Alert> = whole.filter_map(|line| Alert::from_slice(&line.bytes).ok()).collect();
    // An object of which only the beginning is kept: its text goes out, past all doors.
    let cut = lines
        .iter()
        .filter(|line| line.cut && line.bytes.starts_with(b"{"))
        .count();
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
    forecast.parked += (lines.len() - alerts.len() - cut) as u64;
    forecast.forward += cut as u64;
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;
    use crate::forwarder::spool::Taken;
    use crate::settings::Source;

    fn file(folder: &Path, bytes: &[u8]) -> Input {
        let path: PathBuf = folder.join("alerts.json");
        fs::write(&path, bytes).unwrap();
        Input::open(&[path], "replay", false).unwrap()
    }

    /// A whole alert, one that is longer than what is kept, and half of one.
    fn lines() -> Vec<u8> {
        let alert = r#"{"id":"1","rule":{"level":12,"id":"5"}}"#;
        let long = format!(
            r#"{{"id":"2","rule":{{"level":12,"id":"5"}},"full_log":"{}"}}"#,
            "x".repeat(17 << 20)
        );
        format!("{alert}\n{long}\n{{\"id\":\"3\",\"ru").into_bytes()
    }

    #[test]
    fn an_object_that_is_too_long_goes_out_and_half_a_line_counts_as_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::parse(&Source::default()).unwrap();
        let forecast = forecast(file(folder.path(), &lines()), &settings).unwrap();
        let expected = Forecast {
            received: 3,
            forward: 2,
            parked: 1,
            ..Forecast::default()
        };
        assert_eq!(forecast, expected);
        let text = "x".repeat(17 << 20);
        let forecast = super::forecast(file(folder.path(), text.as_bytes()), &settings).unwrap();
        assert_eq!((forecast.received, forecast.parked), (1, 1));
    }

    #[test]
    fn half_a_line_of_a_file_that_is_being_written_is_left_out_and_what_is_cut_is_marked() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::at(folder.path().join("state"));
        spool.create().unwrap();
        let mut stored = 0;
        let replayed = replay(
            file(folder.path(), &lines()),
            DestinationId::SETTINGS,
            &spool,
            &mut stored,
        );
        assert!(replayed.is_ok());
        let cut = |name: &String| match spool.take(name, std::time::SystemTime::now()).unwrap() {
            Taken::Entry(entry) => entry.is_cut(),
            other => panic!("{other:?}"),
        };
        assert_eq!(stored, 2);
        assert_eq!(
            spool.names().unwrap().iter().map(cut).collect::<Vec<_>>(),
            [false, true]
        );
        // What is whole needs no newline.
        let whole = file(folder.path(), br#"{"id":"4","rule":{"level":12,"id":"5"}}"#);
        assert!(replay(whole, DestinationId::SETTINGS, &spool, &mut stored).is_ok());
        assert_eq!(stored, 3);
    }

    #[test]
    fn half_an_alert_in_front_of_a_whole_one_is_stored_as_two_and_counts_as_a_line_that_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::parse(&Source::default()).unwrap();
        let spool = Spool::at(folder.path().join("state"));
        spool.create().unwrap();
        let alert = |id: u32| format!(r#"{{"timestamp":"x","id":"{id}","rule":{{"level":12,"id":"{id}"}}}}"#);
        let (one, two) = (alert(1), alert(2));
        let half = &one[..20];
        for (text, expected, stores) in [
            (format!("{half}{two}\n"), (1, 0, 1), vec![half, &two]),
            // At the end of a file: only what has no end waits for it.
            (format!("{half}{two}"), (1, 0, 1), vec![half, &two]),
            (format!("{half}{half}"), (1, 0, 1), vec![]),
            (format!("{one}{two}\n"), (1, 0, 1), vec![&one, &two]),
            (format!(" {one} \r\n\t garbage\r\n\n"), (2, 1, 1), vec![&one, "garbage"]),
        ] {
            let forecast = forecast(file(folder.path(), text.as_bytes()), &settings).unwrap();
            assert_eq!(
                (forecast.received, forecast.forward, forecast.parked),
                expected,
                "{text}"
            );
            let mut stored = 0;
            assert!(
                replay(
                    file(folder.path(), text.as_bytes()),
                    DestinationId::SETTINGS,
                    &spool,
                    &mut stored
                )
                .is_ok()
            );
            let mut taken = Vec::new();
            for name in spool.names().unwrap() {
                let Taken::Entry(entry) = spool.take(&name, std::time::SystemTime::now()).unwrap() else {
                    panic!("it is an entry");
                };
                taken.push(String::from_utf8(entry.into_bytes()).unwrap());
                spool.remove(&name).unwrap();
            }
            assert_eq!(
                (stored, taken),
                (stores.len() as u64, stores.into_iter().map(str::to_owned).collect()),
                "{text}"
            );
        }
    }
}
