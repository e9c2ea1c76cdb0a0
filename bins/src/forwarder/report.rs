//! What people see of the queue.

use std::fmt;
use std::time::SystemTime;

use serde::Serialize;

use super::door::{Counters, Door};
use super::launch;
use super::queue::{Queue, QueueError, Reason, Row, micros};
use super::spool::Spool;

/// The state of the queue at one moment.
#[derive(Debug, Serialize)]
pub(super) struct Status {
    /// Process of the courier, while one runs.
    courier_pid: Option<u32>,
    #[serde(flatten)]
    counters: Counters,
    /// Stored by hooks and not taken in yet.
    spooled: usize,
    /// Files that can never be read.
    corrupt: usize,
    /// Age of the alert that has waited longest, in seconds.
    oldest_waiting_seconds: Option<i64>,
    /// Size of the queue in use, in bytes.
    bytes: u64,
    /// Busiest rules of the gate and the allowlist.
    reasons: Vec<Reason>,
}

impl Status {
    /// Reads everything at once.
    pub(super) fn read(queue: &Queue, spool: &Spool) -> Result<Self, QueueError> {
        let now_us = micros(SystemTime::now());
        Ok(Self {
            courier_pid: launch::holder(spool.root()),
            counters: queue.counters()?,
            spooled: spool.names().map_or(0, |names| names.len()),
            corrupt: std::fs::read_dir(spool.corrupt()).map_or(0, std::iter::Iterator::count),
            oldest_waiting_seconds: queue.oldest_waiting_us()?.map(|at| (now_us - at) / 1_000_000),
            bytes: queue.size()?,
            reasons: queue.reasons(None, 10)?,
        })
    }

    /// Before any courier has run.
    pub(super) fn empty(spooled: usize) -> Self {
        Self {
            courier_pid: None,
            counters: Counters::default(),
            spooled,
            corrupt: 0,
            oldest_waiting_seconds: None,
            bytes: 0,
            reasons: Vec::new(),
        }
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
            None => writeln!(f, "{:<12} {:>9}  no courier runs", "courier", "-")?,
        }
        writeln!(f, "{}", table(&self.counters))?;
        writeln!(
            f,
            "\n{:<12} {:>9}  stored by hooks, not taken in yet",
            "spooled", self.spooled
        )?;
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
        write!(f, "{:<12} {:>6} MiB  of the queue in use", "size", self.bytes >> 20)?;
        for reason in &self.reasons {
            let why = reason.why.replace(char::is_control, "\u{fffd}");
            write!(f, "\n  {} by {why}: {}", reason.door, reason.count)?;
        }
        Ok(())
    }
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
        shown(row.why.as_deref().or(Some(""))),
    )
}
