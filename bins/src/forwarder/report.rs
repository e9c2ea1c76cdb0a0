//! What people see of the queue.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use serde::Serialize;

use super::courier::load_rules;
use super::door::{Counters, Door};
use super::launch;
use super::place::{Place, to_look};
use super::queue::{Queue, QueueError, Reason, Row, Waits, micros};
use crate::terminal::Failure;

/// The state of the queue at one moment.
#[derive(Debug, Serialize)]
pub(super) struct Status {
    /// Why none runs, if that matters.
    #[serde(skip)]
    no_courier: Option<String>,
    /// Whether a courier runs.
    #[serde(skip)]
    runs: bool,
    /// Its process, where it could write that down.
    courier_pid: Option<u32>,
    #[serde(flatten)]
    counters: Counters,
    /// Stored by hooks and not taken in yet.
    spooled: usize,
    /// Why what waits in the ring cannot be counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    ring_error: Option<String>,
    /// Files that can never be read.
    corrupt: usize,
    /// Age of the alert that has waited longest, in seconds.
    oldest_waiting_seconds: Option<i64>,
    /// Size of the queue in use, in bytes.
    bytes: u64,
    /// Busiest rules of the gate and the allowlist.
    reasons: Vec<Reason>,
    /// What waits for destinations that do not take it.
    #[serde(skip)]
    waits: Vec<String>,
}

/// What waits for each destination that does not take it, how much, and why, a line each.
pub(super) fn waits(queue: &Queue) -> Result<Vec<String>, QueueError> {
    let known = queue.waits_known().unwrap_or_default();
    let waiting = queue.waiting_destinations()?.into_iter();
    let line = |(destination, count)| {
        let trouble = known.of(destination)?;
        let which = if trouble.keeps_all { "" } else { "up to " };
        Some(format!(
            "{which}{count} for {destination}: {}",
            trouble.why.replace(char::is_control, " ")
        ))
    };
    Ok(waiting.filter_map(line).collect())
}

/// Why alerts wait.
pub(super) struct Why {
    waits: Waits,
    no_courier: Option<String>,
}

impl Why {
    /// As the courier saw it last.
    pub(super) fn of(queue: &Queue, place: &Place) -> Self {
        Self {
            // Without it, each has its own last failure still.
            waits: queue.waits_known().unwrap_or_default(),
            no_courier: launch::holder(place.spool.root()).is_none().then(|| no_courier(place)),
        }
    }

    /// Says it of an alert that waits, and of any other why it left.
    pub(super) fn say(&self, mut row: Row) -> Row {
        if row.door.is_some() {
            return row;
        }
        let why = self.waits.why(row.destination, row.why.as_deref());
        row.why = match (&self.no_courier, why) {
            (None, why) => why.map(str::to_owned),
            (Some(none), None) => Some(none.clone()),
            (Some(none), Some(why)) => Some(format!("{none}; when one ran: {why}")),
        };
        row
    }
}

/// Why nothing is delivered at all.
fn no_courier(place: &Place) -> String {
    let rules = |settings| load_rules(&settings).map(drop).map_err(|error| error.to_string());
    match place.load().map_err(|failure| failure.message).and_then(rules) {
        Ok(()) => "no courier runs (see `custom-iris doctor`)".to_owned(),
        Err(why) => format!("no courier runs, and none can start: {}", why.replace("\nhint: ", "; ")),
    }
}

impl Status {
    /// Reads everything at once; there is no queue before any courier has run.
    pub(super) fn read(queue: Option<&Queue>, place: &Place) -> Result<Self, Failure> {
        let spool = &place.spool;
        let cannot_list = |folder: PathBuf| {
            move |error| {
                Failure::failed(format!(
                    "cannot list {}: {error}\nhint: {}",
                    folder.display(),
                    to_look(&error)
                ))
            }
        };
        let files = spool.names().map_err(cannot_list(spool.inbox()))?.len();
        let ring = spool.in_ring();
        let corrupt = match std::fs::read_dir(spool.corrupt()) {
            Ok(files) => files.count(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(cannot_list(spool.corrupt())(error)),
        };
        let holder = launch::holder(spool.root());
        let mut status = Self {
            no_courier: None,
            runs: holder.is_some(),
            courier_pid: holder.and_then(|holder| holder.pid),
            counters: Counters::default(),
            spooled: files + ring.as_ref().map_or(0, |ring| ring.entries),
            ring_error: ring.err().map(|error| error.to_string()),
            corrupt,
            oldest_waiting_seconds: None,
            bytes: 0,
            reasons: Vec::new(),
            waits: Vec::new(),
        };
        if let Some(queue) = queue {
            status.ask(queue).map_err(Failure::failed)?;
        }
        if !status.runs && (status.counters.waiting > 0 || status.spooled > 0) {
            status.no_courier = Some(no_courier(place));
        }
        Ok(status)
    }

    fn ask(&mut self, queue: &Queue) -> Result<(), QueueError> {
        let now_us = micros(SystemTime::now());
        self.counters = queue.counters()?;
        self.oldest_waiting_seconds = queue.oldest_waiting_us()?.map(|at| seconds_since(at, now_us));
        self.bytes = queue.size()?;
        self.reasons = queue.reasons(None, 10)?;
        self.waits = waits(queue)?;
        Ok(())
    }

    /// One line of JSON.
    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.courier_pid {
            Some(pid) => writeln!(f, "{:<12} {pid:>9}  the courier's process", "courier")?,
            None if self.runs => writeln!(f, "{:<12} {:>9}  runs, its process is not known", "courier", "?")?,
            None => {
                let none = self.no_courier.as_deref().unwrap_or("no courier runs");
                writeln!(f, "{:<12} {:>9}  {none}", "courier", "-")?;
            }
        }
        writeln!(f, "{}", table(&self.counters))?;
        writeln!(
            f,
            "\n{:<12} {:>9}  stored by hooks, not taken in yet",
            "spooled", self.spooled
        )?;
        if let Some(error) = &self.ring_error {
            writeln!(f, "{:<12} {:>9}  not counted: {error}", "ring", "?")?;
        }
        if self.corrupt > 0 {
            writeln!(
                f,
                "{:<12} {:>9}  files that cannot be read, kept in corrupt/",
                "corrupt", self.corrupt
            )?;
        }
        if let Some(seconds) = self.oldest_waiting_seconds {
            writeln!(f, "{:<12} {seconds:>8}s  the longest wait", "oldest")?;
        }
        for waits in &self.waits {
            writeln!(f, "{:<12} {:>9}  {waits}", "waits", "")?;
        }
        write!(f, "{:<12} {:>6} MiB  of the queue in use", "size", self.bytes >> 20)?;
        for reason in &self.reasons {
            let why = reason.why.replace(char::is_control, "\u{fffd}");
            write!(f, "\n  {} by {why}: {}", reason.door, reason.count)?;
        }
        Ok(())
    }
}

/// For how long something has waited; a clock may have been set back since.
fn seconds_since(at_us: i64, now_us: i64) -> i64 {
    now_us.saturating_sub(at_us).max(0) / 1_000_000
}

/// The counters, one a line, with what each means.
pub(super) fn table(counters: &Counters) -> String {
    let mut lines = vec![format!("{:<12} {:>9}", "received", counters.received)];
    for door in Door::ALL {
        let means = match door {
            Door::Delivered => "an IRIS alert of its own",
            Door::Folded => "counted in the IRIS alert of an earlier one",
            Door::Allowlisted => "hidden by an allowlist rule",
            Door::Gated => "below the level gate",
            Door::Repeated => "seen before",
            Door::Parked => "refused by IRIS: `custom-iris spool list --door parked`",
        };
        lines.push(format!("{:<12} {:>9}  {means}", door.name(), counters.of(door)));
    }
    lines.push(format!("{:<12} {:>9}  not settled yet", "waiting", counters.waiting));
    if !counters.add_up() {
        lines.push("the counters do NOT add up: please report this".to_owned());
    }
    lines.join("\n")
}

/// One alert of a listing.
pub(super) fn row(row: &Row) -> String {
    let time =
        jiff::Timestamp::from_microsecond(row.received_us).map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    let shown = |text: Option<&str>| text.unwrap_or("-").replace(char::is_control, " ");
    format!(
        "{:>8}  {}  level {:>2}  rule {:<8} agent {:<8} {:<11} iris {:<8} tries {:<3} {}",
        row.seq,
        time.unwrap_or_default(),
        row.level,
        shown(row.rule.as_deref()),
        shown(row.agent.as_deref()),
        row.door.as_deref().unwrap_or("waiting"),
        row.iris_id.map_or_else(|| "-".to_owned(), |id| id.to_string()),
        row.attempts,
        shown(
            row.why
                .as_deref()
                .or(Some(if row.door.is_none() { "in line" } else { "" }))
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forwarder::queue::Trouble;
    use crate::forwarder::spool::{Destination, Entry, Spool};
    use crate::settings::Environment;

    #[test]
    fn a_courier_runs_whether_or_not_its_process_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place {
            environment: Environment::new(),
            home: folder.path().to_owned(),
            spool: Spool::at(folder.path()),
        };
        place.spool.create().unwrap();
        let first_line = || {
            let status = Status::read(None, &place).unwrap().to_string();
            status.lines().next().unwrap_or_default().to_owned()
        };
        assert!(first_line().ends_with("no courier runs"), "{}", first_line());
        let office = launch::take_office(folder.path()).unwrap().unwrap();
        assert!(first_line().ends_with("its process is not known"), "{}", first_line());
        office.sign().unwrap();
        assert!(
            first_line().contains(&std::process::id().to_string()),
            "{}",
            first_line()
        );
    }

    #[test]
    fn what_waits_says_why_and_first_of_all_that_no_courier_runs() {
        let folder = tempfile::tempdir().unwrap();
        let mut place = Place {
            environment: Environment::new(),
            home: folder.path().to_owned(),
            spool: Spool::at(folder.path()),
        };
        place.spool.create().unwrap();
        let told = Destination {
            url: "http://".to_owned(),
            key: None,
            options: String::new(),
        };
        let destination = told.remember(folder.path()).unwrap();
        place.spool.put(&Entry::new(destination, b"{}".to_vec())).unwrap();
        let row = |door: Option<&str>, why: Option<&str>| Row {
            seq: 1,
            uuid: uuid::Uuid::nil(),
            received_us: 0,
            level: 9,
            rule: None,
            agent: None,
            destination,
            door: door.map(str::to_owned),
            why: why.map(str::to_owned),
            iris_id: None,
            attempts: 0,
        };
        let mut queue = Queue::open(folder.path()).unwrap();
        let mut waits = Waits::default();
        let trouble = Trouble {
            why: "the API key of IRIS is missing".to_owned(),
            keeps_all: true,
        };
        waits.add(destination, trouble);
        queue.note_waits(&waits).unwrap();
        let said = |place: &Place, door, why| Why::of(&queue, place).say(row(door, why)).why;
        let status = |place: &Place| Status::read(Some(&queue), place).unwrap().to_string();
        let none = said(&place, None, None).unwrap();
        assert!(
            none.starts_with("no courier runs (see") && none.ends_with("is missing"),
            "{none}"
        );
        assert_eq!(
            said(&place, Some("parked"), Some("HTTP 400")).as_deref(),
            Some("HTTP 400")
        );
        place.environment.insert("IRIS_CID".to_owned(), "x".to_owned());
        let none = said(&place, None, None).unwrap();
        assert!(none.contains("none can start: setting `IRIS_CID` is `x`"), "{none}");
        assert!(
            status(&place).contains("none can start: setting `IRIS_CID` is `x`"),
            "{}",
            status(&place)
        );
        let _office = launch::take_office(folder.path()).unwrap().unwrap();
        let why = said(&place, None, Some("an older failure"));
        assert_eq!(why.as_deref(), Some("the API key of IRIS is missing"));
        assert!(!status(&place).contains("no courier"), "{}", status(&place));
    }

    #[test]
    fn what_came_by_a_clock_that_was_set_back_has_waited_for_no_time() {
        assert_eq!(seconds_since(1_000_000, 3_500_000), 2);
        assert_eq!(seconds_since(3_500_000, 1_000_000), 0);
    }
}
