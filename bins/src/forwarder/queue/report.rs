//! What people and programs ask the queue.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use rusqlite::{ErrorCode, OptionalExtension, params};
use serde::Serialize;
use uuid::Uuid;

use super::schema::{TEXT, has_texts};
use super::{Lane, Queue, QueueError, unpack};
use crate::forwarder::door::{Counters, Door};
use crate::forwarder::spool::DestinationId;

/// How often one rule of the gate or the allowlist took an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// The door.
    pub door: String,
    /// Rule id of Wazuh (gated) or of the allowlist (allowlisted).
    pub why: String,
    /// How often.
    pub count: u64,
}

/// One alert in a listing; no text of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its number in the queue.
    pub seq: i64,
    /// Its id.
    pub uuid: Uuid,
    /// When it came, in microseconds since 1970.
    pub received_us: i64,
    /// Rule level.
    pub level: u8,
    /// Rule id.
    pub rule: Option<String>,
    /// Agent.
    pub agent: Option<String>,
    /// Where it is to go, or went.
    #[serde(skip)]
    pub destination: DestinationId,
    /// How it left; `None` while it waits.
    pub door: Option<String>,
    /// Why, or the last error while it waits.
    pub why: Option<String>,
    /// Number in IRIS.
    pub iris_id: Option<i64>,
    /// How often it was tried.
    pub attempts: u32,
}

/// When the oldest came of those that were put off.
pub(super) const OLDEST_PUT_OFF: &str = "SELECT min(received_us) FROM alert WHERE door IS NULL AND due_us > 0";

/// What a listing says of each alert `a`.
const LISTED: &str = "
    a.seq, a.uuid, a.received_us, a.level, a.rule, a.agent, a.door, coalesce(a.why, a.last_error), a.iris_id, a.attempts, a.destination";

/// One alert with its text, where that is still kept.
pub type Shown = (Row, Option<Vec<u8>>);

impl Queue {
    /// All counters, consistent with each other.
    pub fn counters(&self) -> Result<Counters, QueueError> {
        self.ask(|db| {
            // One statement, so that a courier at work cannot change one count between two reads.
            let mut query = db.prepare_cached("SELECT name, count FROM counter")?;
            let mut rows = query.query([])?;
            let mut counters = Counters::default();
            while let Some(row) = rows.next()? {
                let (name, count): (String, u64) = (row.get(0)?, row.get(1)?);
                match name.as_str() {
                    "received" => counters.received = count,
                    "waiting" => counters.waiting = count,
                    name => {
                        if let Some(door) = Door::ALL.into_iter().find(|door| door.name() == name) {
                            *counters.of_mut(door) = count;
                        }
                    }
                }
            }
            Ok(counters)
        })
    }

    /// Fails where its pages are damaged, as far as that can be seen in this time: of a large queue it looks at a part.
    pub fn check(&self, longest: Duration) -> Result<(), QueueError> {
        let interrupt = self.db.get_interrupt_handle();
        let (done, waiting) = mpsc::channel::<()>();
        let watch = thread::spawn(move || {
            if waiting.recv_timeout(longest) == Err(RecvTimeoutError::Timeout) {
                interrupt.interrupt();
            }
        });
        let checked = self.ask(
            |db| match db.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0)) {
                Ok(said) if said == "ok" => Ok(()),
                Ok(said) => {
                    let damaged = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
                    Err(rusqlite::Error::SqliteFailure(damaged, Some(said.replace('\n', " "))))
                }
                Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => Ok(()),
                Err(error) => Err(error),
            },
        );
        drop(done);
        let _ = watch.join();
        checked
    }

    /// The busiest rules of the gate and the allowlist, or of one of them.
    pub fn reasons(&self, door: Option<Door>, most: usize) -> Result<Vec<Reason>, QueueError> {
        self.ask(|db| {
            db.prepare_cached(
                "SELECT door, why, count FROM reason WHERE ?1 IS NULL OR door = ?1 ORDER BY count DESC, door, why LIMIT ?2",
            )?
                .query_map(params![door.map(Door::name), most], |row| {
                    Ok(Reason {
                        door: row.get(0)?,
                        why: row.get(1)?,
                        count: row.get(2)?,
                    })
                })?
                .collect()
        })
    }

    /// Whether anything of this destination is still to be told: an alert that waits or is parked, or a count.
    pub fn waits_for(&self, destination: DestinationId) -> Result<bool, QueueError> {
        self.ask(|db| {
            for of in [
                "alert WHERE door IS NULL AND due_us = 0",
                "alert WHERE door IS NULL AND due_us > 0",
                "alert WHERE door = 'parked'",
                "window WHERE folded > told",
            ] {
                if db
                    .prepare(&format!("SELECT 1 FROM {of} AND destination = ?1"))?
                    .exists([destination.as_bytes()])?
                {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }

    /// Every destination that alerts wait for, and how many.
    pub fn waiting_destinations(&self) -> Result<Vec<(DestinationId, u64)>, QueueError> {
        self.ask(|db| {
            db.prepare_cached("SELECT destination, count(*) FROM alert WHERE door IS NULL GROUP BY destination")?
                .query_map([], |row| Ok((DestinationId::from_bytes(row.get(0)?), row.get(1)?)))?
                .collect()
        })
    }

    /// When the alert that has waited longest came, in microseconds since 1970.
    ///
    /// Looks at the ends of each line only: they are in the order of arrival, or in its reverse.
    pub fn oldest_waiting_us(&self) -> Result<Option<i64>, QueueError> {
        let destinations = self.ready_destinations()?;
        self.ask(|db| {
            let mut oldest: Option<i64> = db.prepare_cached(OLDEST_PUT_OFF)?.query_row([], |row| row.get(0))?;
            for destination in destinations {
                for (lane, order) in [(Lane::Live, "turn"), (Lane::Backlog, "turn DESC")] {
                    for line in lane.lines() {
                        let first: Option<i64> = db
                            .prepare_cached(&format!(
                                "SELECT received_us FROM alert
                                 WHERE door IS NULL AND due_us = 0 AND destination = ?1 AND line = ?2
                                 ORDER BY {order} LIMIT 1"
                            ))?
                            .query_row(params![destination.as_bytes(), line], |row| row.get(0))
                            .optional()?;
                        oldest = oldest.into_iter().chain(first).min();
                    }
                }
            }
            Ok(oldest)
        })
    }

    /// How many are ready in each lane, over all destinations. Counts the rows: for a report, not for every turn.
    pub fn depths(&self) -> Result<[(Lane, u64); 2], QueueError> {
        self.ask(|db| {
            let mut query = db.prepare_cached(
                "SELECT count(*) FROM alert WHERE door IS NULL AND due_us = 0 AND line BETWEEN ?1 AND ?2",
            )?;
            let mut depth = |lane: Lane| {
                let (first, last) = lane.lines().into_inner();
                query
                    .query_row([first, last], |row| row.get(0))
                    .map(|count: u64| (lane, count))
            };
            Ok([depth(Lane::Live)?, depth(Lane::Backlog)?])
        })
    }

    /// Windows that are open now.
    pub fn open_windows(&self) -> Result<u64, QueueError> {
        self.ask(|db| db.query_row("SELECT count(*) FROM window WHERE open = 1", [], |row| row.get(0)))
    }

    /// The newest alerts that left by this door, or that wait.
    pub fn list(&self, door: Option<Door>, most: usize) -> Result<Vec<Row>, QueueError> {
        self.ask(|db| {
            db.prepare(&format!(
                "SELECT {LISTED} FROM alert a WHERE door IS ?1 ORDER BY seq DESC LIMIT ?2"
            ))?
            .query_map(params![door.map(Door::name), most], listed)?
            .collect()
        })
    }

    /// One alert and its text, where that is still kept.
    pub fn show(&self, seq: i64) -> Result<Option<Shown>, QueueError> {
        let _held = self.hold()?;
        let found = self.ask(|db| {
            let text = if has_texts(db)? { TEXT } else { "a.body" };
            db.query_row(
                &format!("SELECT {LISTED}, {text} FROM alert a WHERE seq = ?1"),
                [seq],
                |row| Ok((listed(row)?, row.get::<_, Option<Vec<u8>>>(11)?)),
            )
            .optional()
        })?;
        let Some((row, body)) = found else { return Ok(None) };
        Ok(Some((row, body.map(|packed| unpack(seq, &packed)).transpose()?)))
    }
}

fn listed(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        seq: row.get(0)?,
        uuid: Uuid::from_bytes(row.get(1)?),
        received_us: row.get(2)?,
        level: row.get(3)?,
        rule: row.get(4)?,
        agent: row.get(5)?,
        door: row.get(6)?,
        why: row.get(7)?,
        iris_id: row.get(8)?,
        attempts: row.get(9)?,
        destination: DestinationId::from_bytes(row.get(10)?),
    })
}
