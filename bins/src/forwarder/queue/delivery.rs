//! Handing alerts out for delivery, and writing down what came of it.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::counts::{FoldReport, folded_into, tell};
use super::schema::TEXT;
use super::{Lane, NEVER, Queue, QueueError, Tally, unpack};
use crate::forwarder::door::Door;
use crate::forwarder::spool::DestinationId;

/// An alert whose time has come.
#[derive(Debug, Clone)]
pub struct Due {
    /// Its number.
    pub seq: i64,
    /// Where it is to go.
    pub destination: DestinationId,
    /// The id that IRIS will know it by.
    pub uuid: Uuid,
    /// When it came, in microseconds since 1970.
    pub received_us: i64,
    /// The bytes as they came.
    pub bytes: Vec<u8>,
    /// Whether it stands for a storm.
    pub storm: bool,
    /// Whether IRIS refused it whole.
    pub degraded: bool,
    /// How often it was tried.
    pub attempts: u32,
    /// What has been folded into it meanwhile.
    pub folded: Option<FoldReport>,
}

/// What an attempt came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// IRIS has it, under this number where it said so.
    Delivered {
        /// Number in IRIS.
        iris_id: Option<i64>,
        /// How many folded alerts the IRIS alert told of.
        told: u64,
    },
    /// Try again at this time, in microseconds since 1970.
    Again {
        /// When.
        due_us: i64,
        /// Why, without any text of the alert.
        error: String,
        /// In the degraded form from now on.
        degraded: bool,
        /// Whether the failure was this alert's own, and counts.
        counts: bool,
    },
    /// IRIS refuses it in every form.
    Parked {
        /// Why, without any text of the alert.
        error: String,
    },
}

/// An alert that may be sent now.
#[derive(Debug, Clone, Copy)]
pub struct Ready {
    /// Its place among the ready ones: smaller is more urgent.
    pub line: u8,
    /// Its number.
    pub seq: i64,
}

/// Alerts of one lane in their order: in an index whole, so that passing over any of them costs nothing of its text.
pub(super) const IN_LINE: &str = "
    SELECT seq, line FROM alert WHERE door IS NULL AND due_us = 0 AND destination = ?1 AND line BETWEEN ?2 AND ?3
    ORDER BY line, turn";

/// Longer than any alert is put off, in microseconds.
pub(crate) const LONGEST_WAIT_US: i64 = 1_800_000_000;

/// Whether the wait until this time is over; what seems to be put off for longer than any is was so under another clock.
pub(crate) fn is_over(due_us: i64, now_us: i64) -> bool {
    due_us <= now_us || due_us > now_us.saturating_add(LONGEST_WAIT_US)
}

impl Queue {
    /// Alerts of one lane for one destination in their order, without those that somebody has in hand.
    pub fn ready(
        &self,
        destination: DestinationId,
        lane: Lane,
        most: usize,
        in_hand: &BTreeSet<i64>,
    ) -> Result<Vec<Ready>, QueueError> {
        self.ask(|db| {
            let mut query = db.prepare_cached(IN_LINE)?;
            let mut rows = query.query(params![
                destination.as_bytes(),
                lane.lines().start(),
                lane.lines().end()
            ])?;
            let mut ready = Vec::new();
            while ready.len() < most
                && let Some(row) = rows.next()?
            {
                let seq = row.get(0)?;
                if !in_hand.contains(&seq) {
                    ready.push(Ready { line: row.get(1)?, seq });
                }
            }
            Ok(ready)
        })
    }

    /// The line of the most urgent alert for a destination that nobody has in hand.
    pub fn most_urgent(&self, destination: DestinationId, in_hand: &BTreeSet<i64>) -> Result<Option<u8>, QueueError> {
        self.ask(|db| {
            let mut query = db.prepare_cached(
                "SELECT seq, line FROM alert WHERE door IS NULL AND due_us = 0 AND destination = ?1 ORDER BY line, turn",
            )?;
            let mut rows = query.query([destination.as_bytes()])?;
            while let Some(row) = rows.next()? {
                if !in_hand.contains(&row.get(0)?) {
                    return row.get(1).map(Some);
                }
            }
            Ok(None)
        })
    }

    /// Reads and unpacks an alert, with what has been folded into it meanwhile.
    pub fn unpack(&self, seq: i64) -> Result<Due, QueueError> {
        let mut due = self.ask(|db| {
            db.prepare_cached(&format!(
                "SELECT seq, destination, uuid, received_us, {TEXT}, storm, degraded, attempts FROM alert a WHERE seq = ?1"
            ))?
            .query_row([seq], due_row)
        })?;
        due.bytes = unpack(due.seq, &due.bytes)?;
        due.folded = self.ask(|db| folded_into(db, due.seq))?;
        Ok(due)
    }

    /// Destinations that something is ready for.
    pub fn ready_destinations(&self) -> Result<Vec<DestinationId>, QueueError> {
        self.ask(|db| {
            // One look into the index for each, not one for every alert.
            let mut next = db.prepare_cached(
                "SELECT destination FROM alert WHERE door IS NULL AND due_us = 0 AND destination > ?1
                 ORDER BY destination LIMIT 1",
            )?;
            let mut found: Vec<[u8; 16]> = Vec::new();
            loop {
                let last = found.last().map_or(&[][..], |last| &last[..]);
                match next.query_row([last], |row| row.get(0)).optional()? {
                    Some(next) => found.push(next),
                    None => return Ok(found.into_iter().map(DestinationId::from_bytes).collect()),
                }
            }
        })
    }

    /// When the next alert that was put off is due, in microseconds since 1970.
    pub fn next_due_us(&self) -> Result<Option<i64>, QueueError> {
        self.ask(|db| {
            db.prepare_cached("SELECT min(due_us) FROM alert WHERE door IS NULL AND due_us > 0")?
                .query_row([], |row| row.get(0))
        })
    }

    /// Puts alerts whose wait is over back in line; says whether there were any.
    pub fn call_back(&mut self, now_us: i64) -> Result<bool, QueueError> {
        self.change(|db| {
            let mut changed = 0;
            // As `is_over` says.
            for over in ["due_us <= ?1".to_owned(), format!("due_us > ?1 + {LONGEST_WAIT_US}")] {
                changed += db
                    .prepare_cached(&format!(
                        "UPDATE alert SET due_us = 0 WHERE door IS NULL AND due_us > 0 AND {over}"
                    ))?
                    .execute([now_us])?;
            }
            Ok(changed > 0)
        })
    }

    /// Makes backlog of what is live, was taken in up to this number, and still waits.
    pub fn age(&mut self, up_to: i64) -> Result<(), QueueError> {
        let destinations = self.ready_destinations()?;
        self.change(|db| {
            for destination in destinations {
                for line in Lane::Live.lines() {
                    db.prepare_cached(
                        "UPDATE alert SET line = line + 32, turn = -seq
                         WHERE door IS NULL AND due_us = 0 AND destination = ?1 AND line = ?2 AND turn <= ?3",
                    )?
                    .execute(params![destination.as_bytes(), line, up_to])?;
                }
            }
            Ok(())
        })
    }

    /// The number of the alert that was taken in last.
    pub fn last_seq(&self) -> Result<i64, QueueError> {
        self.ask(|db| {
            db.prepare_cached("SELECT coalesce(max(seq), 0) FROM alert")?
                .query_row([], |row| row.get(0))
        })
    }

    /// The number of the last alert that came before this time, in microseconds since 1970, or none that waits.
    pub fn last_waiting_before(&self, time_us: i64) -> Result<Option<i64>, QueueError> {
        self.ask(|db| {
            db.query_row(
                "SELECT max(seq) FROM alert WHERE door IS NULL AND due_us = 0 AND line < 32 AND received_us < ?1",
                [time_us],
                |row| row.get(0),
            )
        })
    }

    /// Whether any alert waits.
    pub fn waits(&self) -> Result<bool, QueueError> {
        self.ask(|db| {
            db.prepare_cached("SELECT count > 0 FROM counter WHERE name = 'waiting'")?
                .query_row([], |row| row.get(0))
                .optional()
                .map(Option::unwrap_or_default)
        })
    }

    /// How many alerts wait for a destination.
    pub fn waiting_for(&self, destination: DestinationId) -> Result<u64, QueueError> {
        self.ask(|db| {
            db.prepare_cached("SELECT count(*) FROM alert WHERE door IS NULL AND destination = ?1")?
                .query_row([destination.as_bytes()], |row| row.get(0))
        })
    }

    /// Writes down what attempts came to, in one transaction.
    pub fn settle(&mut self, settlements: &[(i64, Settlement)], now_us: i64, flush_us: i64) -> Result<(), QueueError> {
        self.change(|db| {
            let mut tally = Tally::default();
            for (seq, settlement) in settlements {
                settle_one(db, *seq, settlement, now_us, flush_us, &mut tally)?;
            }
            tally.write(db)
        })
    }
}

pub(super) fn due_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Due> {
    Ok(Due {
        seq: row.get(0)?,
        destination: DestinationId::from_bytes(row.get(1)?),
        uuid: Uuid::from_bytes(row.get(2)?),
        received_us: row.get(3)?,
        bytes: row.get::<_, Option<Vec<u8>>>(4)?.unwrap_or_default(),
        storm: row.get(5)?,
        degraded: row.get(6)?,
        attempts: row.get(7)?,
        folded: None,
    })
}

fn settle_one(
    db: &Connection,
    seq: i64,
    settlement: &Settlement,
    now_us: i64,
    flush_us: i64,
    tally: &mut Tally,
) -> rusqlite::Result<()> {
    let mut leave = |door: Door, iris_id: Option<i64>, why: Option<&str>| -> rusqlite::Result<()> {
        let changed = db
            .prepare_cached(
                "UPDATE alert SET door = ?2, iris_id = ?3, why = ?4, settled_us = ?5, attempts = attempts + 1
                 WHERE seq = ?1 AND door IS NULL",
            )?
            .execute(params![seq, door.name(), iris_id, why, now_us])?;
        // Counted only when it has really left just now.
        if changed == 1 {
            tally.add(door.name(), 1);
            tally.add("waiting", -1);
        }
        Ok(())
    };
    match settlement {
        Settlement::Delivered { iris_id, told } => {
            leave(Door::Delivered, *iris_id, None)?;
            if iris_id.is_none() {
                // Without its number nothing can be counted in it: what comes next of its kind becomes an alert of its own.
                let untold: u64 = db
                    .prepare_cached(
                        "SELECT coalesce(sum(folded - told), 0) FROM window WHERE lead = ?1 AND folded > told",
                    )?
                    .query_row([seq], |row| row.get(0))?;
                db.prepare_cached("UPDATE window SET open = 0, told = folded WHERE lead = ?1")?
                    .execute([seq])?;
                tracing::warn!(
                    entry = seq,
                    untold,
                    "IRIS has entry {seq}, and does not say under which number: {untold} repeats of it are told nowhere, and the next \
                     is an alert of its own; the account needs the right to read alerts"
                );
            } else {
                // From now on there is something to count in; a window that has closed meanwhile tells at once. What is counted later finds
                // out by itself.
                db.prepare_cached(
                    "UPDATE window SET flush_us = ?2 + iif(open = 1, ?3, 0) WHERE lead = ?1 AND folded > 0 AND flush_us = ?4",
                )?
                .execute([seq, now_us, flush_us, NEVER])?;
            }
            tell(db, seq, *told)
        }
        Settlement::Parked { error } => {
            // What comes next of its kind must not be counted in an alert that IRIS does not have.
            db.prepare_cached("UPDATE window SET open = 0 WHERE lead = ?1")?
                .execute([seq])?;
            leave(Door::Parked, None, Some(error))
        }
        Settlement::Again {
            due_us,
            error,
            degraded,
            counts,
        } => {
            db.prepare_cached(
                "UPDATE alert SET due_us = ?2, last_error = ?3, degraded = ?4, attempts = attempts + ?5
                 WHERE seq = ?1 AND door IS NULL",
            )?
            .execute(params![seq, due_us, error, degraded, counts])?;
            Ok(())
        }
    }
}

impl Queue {
    /// Puts a parked alert back in line, whole again; false when it is not parked or its text has expired.
    pub fn retry(&mut self, seq: i64) -> Result<bool, QueueError> {
        self.change(|db| {
            let there: Option<i64> = db
                .query_row(
                    "SELECT seq FROM alert WHERE seq = ?1 AND door = 'parked' AND body IS NOT NULL",
                    [seq],
                    |row| row.get(0),
                )
                .optional()?;
            if there.is_none() {
                return Ok(false);
            }
            // A person asked for it, and waits.
            db.execute(
                "UPDATE alert SET door = NULL, why = NULL, settled_us = NULL, degraded = 0, attempts = 0, due_us = 0,
                                  line = ?2, turn = seq
                 WHERE seq = ?1",
                params![seq, Lane::Live.lines().start()],
            )?;
            let mut tally = Tally::default();
            tally.add(Door::Parked.name(), -1);
            tally.add("waiting", 1);
            tally.write(db)?;
            Ok(true)
        })
    }
}
