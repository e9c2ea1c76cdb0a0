//! Handing alerts out for delivery, and writing down what came of it.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::intake::window;
use super::{Queue, QueueError, add, unpack};
use crate::forwarder::door::Door;
use crate::forwarder::noise::{Window, WindowId};
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

/// What has been folded into an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoldReport {
    /// How many.
    pub count: u64,
    /// Time of the first event, in microseconds since 1970.
    pub first_us: i64,
    /// Time of the last event.
    pub last_us: i64,
    /// Level, outcome and distinct values over all.
    pub window: Window,
}

/// A window whose count IRIS has not been told.
#[derive(Debug, Clone)]
pub struct Untold {
    /// The window.
    pub window: WindowId,
    /// Number of its alert in IRIS.
    pub iris_id: i64,
    /// The alert that leads it.
    pub lead: Due,
}

impl Queue {
    /// Hands out alerts that are due, severe ones first, without those already in hand or bound for a closed destination.
    pub fn due(
        &self,
        now_us: i64,
        most: usize,
        in_hand: &BTreeSet<i64>,
        closed: &BTreeSet<DestinationId>,
    ) -> Result<Vec<Due>, QueueError> {
        let mut rows = self.ask(|db| {
            let mut query = db.prepare_cached(
                "SELECT seq, destination, uuid, received_us, body, storm, degraded, attempts FROM alert
                 WHERE door IS NULL AND due_us <= ?1 ORDER BY level DESC, seq",
            )?;
            let mut rows = query.query([now_us])?;
            let mut due = Vec::new();
            while let Some(row) = rows.next()?
                && due.len() < most
            {
                let destination = DestinationId::from_bytes(row.get(1)?);
                if !in_hand.contains(&row.get(0)?) && !closed.contains(&destination) {
                    due.push(due_row(row)?);
                }
            }
            Ok(due)
        })?;
        for row in &mut rows {
            row.bytes = unpack(row.seq, &row.bytes)?;
            row.folded = self.ask(|db| folded_into(db, row.seq))?;
        }
        Ok(rows)
    }

    /// When the next waiting alert is due, in microseconds since 1970.
    pub fn next_due_us(&self) -> Result<Option<i64>, QueueError> {
        self.ask(|db| db.query_row("SELECT min(due_us) FROM alert WHERE door IS NULL", [], |row| row.get(0)))
    }

    /// Writes down what attempts came to, in one transaction.
    pub fn settle(&mut self, settlements: &[(i64, Settlement)], now_us: i64) -> Result<(), QueueError> {
        self.change(|db| {
            for (seq, settlement) in settlements {
                settle_one(db, *seq, settlement, now_us)?;
            }
            Ok(())
        })
    }

    /// Windows whose counts are due in IRIS, and whose alert is there.
    pub fn untold(&self, now_us: i64, most: usize) -> Result<Vec<Untold>, QueueError> {
        let mut untold = self.ask(|db| {
            db.prepare_cached(
                "SELECT a.seq, a.destination, a.uuid, a.received_us, a.body, a.storm, a.degraded, a.attempts, w.id, a.iris_id
                 FROM window w JOIN alert a ON a.seq = w.lead
                 WHERE w.folded > w.told AND w.flush_us <= ?1
                   AND a.iris_id IS NOT NULL AND a.body IS NOT NULL
                 ORDER BY w.flush_us LIMIT ?2",
            )?
            .query_map(params![now_us, most], |row| {
                Ok(Untold { window: WindowId(row.get(8)?), iris_id: row.get(9)?, lead: due_row(row)? })
            })?
            .collect::<rusqlite::Result<Vec<_>>>()
        })?;
        for one in &mut untold {
            one.lead.bytes = unpack(one.lead.seq, &one.lead.bytes)?;
            one.lead.folded = self.ask(|db| folded_into(db, one.lead.seq))?;
        }
        Ok(untold)
    }

    /// Writes down that IRIS was told of so many, or that it could not be told until `flush_us`.
    pub fn told(&mut self, lead: i64, told: Option<u64>, flush_us: i64) -> Result<(), QueueError> {
        self.change(|db| {
            db.prepare_cached("UPDATE window SET flush_us = ?2 WHERE lead = ?1")?
                .execute((lead, flush_us))?;
            told.map_or(Ok(()), |told| tell(db, lead, told))
        })
    }
}

fn due_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Due> {
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

/// All that was folded into the windows that this alert leads, as one report.
fn folded_into(db: &Connection, seq: i64) -> rusqlite::Result<Option<FoldReport>> {
    let mut query = db.prepare_cached(
        "SELECT id, opened_us, length_us, max_level, success, seen, folded, first_us, last_us FROM window
         WHERE lead = ?1 AND folded > 0 ORDER BY id",
    )?;
    let reports = query.query_map([seq], |row| {
        Ok(FoldReport {
            window: window(row)?,
            count: row.get(6)?,
            first_us: row.get(7)?,
            last_us: row.get(8)?,
        })
    })?;
    let mut all: Option<FoldReport> = None;
    for report in reports {
        let report = report?;
        all = Some(match all {
            None => report,
            Some(mut before) => {
                before.count += report.count;
                before.first_us = before.first_us.min(report.first_us);
                before.last_us = before.last_us.max(report.last_us);
                before.window.max_level = before.window.max_level.max(report.window.max_level);
                before
            }
        });
    }
    Ok(all)
}

fn settle_one(db: &Connection, seq: i64, settlement: &Settlement, now_us: i64) -> rusqlite::Result<()> {
    let leave = |door: Door, iris_id: Option<i64>, why: Option<&str>| -> rusqlite::Result<()> {
        let changed = db
            .prepare_cached(
                "UPDATE alert SET door = ?2, iris_id = ?3, why = ?4, settled_us = ?5, attempts = attempts + 1
                 WHERE seq = ?1 AND door IS NULL",
            )?
            .execute(params![seq, door.name(), iris_id, why, now_us])?;
        // Counted only when it has really left just now.
        if changed == 1 { add(db, door.name(), 1) } else { Ok(()) }
    };
    match settlement {
        Settlement::Delivered { iris_id, told } => {
            leave(Door::Delivered, *iris_id, None)?;
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

/// Spreads what IRIS was told over the windows that this alert leads, oldest first.
fn tell(db: &Connection, lead: i64, told: u64) -> rusqlite::Result<()> {
    let mut left = told;
    let windows: Vec<(i64, u64)> = db
        .prepare_cached("SELECT id, folded FROM window WHERE lead = ?1 ORDER BY id")?
        .query_map([lead], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (id, folded) in windows {
        let share = folded.min(left);
        left -= share;
        db.prepare_cached("UPDATE window SET told = max(told, ?2) WHERE id = ?1")?
            .execute((id, share))?;
    }
    Ok(())
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
            db.execute(
                "UPDATE alert SET door = NULL, why = NULL, settled_us = NULL, degraded = 0, attempts = 0, due_us = 0
                 WHERE seq = ?1",
                [seq],
            )?;
            db.execute("UPDATE counter SET count = count - 1 WHERE name = 'parked'", [])?;
            Ok(true)
        })
    }
}
