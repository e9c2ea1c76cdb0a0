//! Handing alerts out for delivery, and writing down what came of it.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::intake::window;
use super::{Lane, NEVER, Queue, QueueError, Tally, unpack};
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

/// An alert that may be sent now, still packed.
#[derive(Debug)]
pub struct Ready {
    /// Its place among the ready ones: smaller is more urgent.
    pub line: u8,
    due: Due,
}

impl Ready {
    /// Its number.
    pub fn seq(&self) -> i64 {
        self.due.seq
    }
}

/// Most packed bytes of one look; at least one alert of any size.
const MOST_PACKED: usize = 1 << 20;

/// How long after its window a count waits for an alert that IRIS does not show, in microseconds: it may have been deleted, or the
/// account may have lost the link to its customer for a while.
const GIVEN_UP_US: i64 = 86_400_000_000;

/// The longest that an alert is put off, in microseconds.
const LONGEST_WAIT_US: i64 = 600_000_000;

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
            let mut query = db.prepare_cached(
                "SELECT seq, destination, uuid, received_us, body, storm, degraded, attempts, line FROM alert
                 WHERE door IS NULL AND due_us = 0 AND destination = ?1 AND line BETWEEN ?2 AND ?3 ORDER BY line, turn",
            )?;
            let mut rows = query.query(params![
                destination.as_bytes(),
                lane.lines().start(),
                lane.lines().end()
            ])?;
            let mut ready = Vec::new();
            let mut bytes = 0;
            while ready.len() < most
                && bytes < MOST_PACKED
                && let Some(row) = rows.next()?
            {
                if !in_hand.contains(&row.get(0)?) {
                    let due = due_row(row)?;
                    bytes += due.bytes.len();
                    ready.push(Ready { line: row.get(8)?, due });
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

    /// Unpacks an alert, with what has been folded into it meanwhile.
    pub fn unpack(&self, ready: Ready) -> Result<Due, QueueError> {
        let mut due = ready.due;
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

    /// Puts alerts whose wait is over back in line.
    pub fn call_back(&mut self, now_us: i64) -> Result<(), QueueError> {
        self.change(|db| {
            // As `is_over` says.
            for over in ["due_us <= ?1".to_owned(), format!("due_us > ?1 + {LONGEST_WAIT_US}")] {
                db.prepare_cached(&format!(
                    "UPDATE alert SET due_us = 0 WHERE door IS NULL AND due_us > 0 AND {over}"
                ))?
                .execute([now_us])?;
            }
            Ok(())
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

    /// Windows of a destination whose counts are due in IRIS.
    pub fn untold(&self, destination: DestinationId, until_us: i64, most: usize) -> Result<Vec<Untold>, QueueError> {
        let mut untold = self.ask(|db| {
            db.prepare_cached(
                "SELECT a.seq, a.destination, a.uuid, a.received_us, a.body, a.storm, a.degraded, a.attempts, w.id, a.iris_id
                 FROM window w JOIN alert a ON a.seq = w.lead
                 WHERE w.folded > w.told AND w.destination = ?1 AND w.flush_us <= ?2
                   AND a.iris_id IS NOT NULL AND a.body IS NOT NULL
                 ORDER BY w.flush_us LIMIT ?3",
            )?
            .query_map(params![destination.as_bytes(), until_us.min(NEVER - 1), most], |row| {
                Ok(Untold { window: WindowId(row.get(8)?), iris_id: row.get(9)?, lead: due_row(row)? })
            })?
            .collect::<rusqlite::Result<Vec<_>>>()
        })?;
        for one in &mut untold {
            // The count does not need the text, and one that is damaged must not stop the others.
            one.lead.bytes = unpack(one.lead.seq, &one.lead.bytes).unwrap_or_else(|error| {
                tracing::error!(entry = one.lead.seq, %error, "the repeats of entry {} are told without its own text", one.lead.seq);
                Vec::new()
            });
            one.lead.folded = self.ask(|db| folded_into(db, one.lead.seq))?;
        }
        Ok(untold)
    }

    /// Destinations with counts that IRIS was not told of yet.
    pub fn untold_destinations(&self) -> Result<Vec<DestinationId>, QueueError> {
        self.ask(|db| {
            db.prepare_cached("SELECT DISTINCT destination FROM window WHERE folded > told AND flush_us < ?1")?
                .query_map([NEVER], |row| row.get(0).map(DestinationId::from_bytes))?
                .collect()
        })
    }

    /// Writes down that IRIS does not show the alert: nothing more is counted in it, and the next of its kind becomes one of its own.
    /// What is untold is told at `flush_us` if IRIS shows it again by then, and given up a day after its window would have closed;
    /// says how many were given up just now.
    pub fn missing(&mut self, lead: i64, now_us: i64, flush_us: i64) -> Result<u64, QueueError> {
        self.change(|db| {
            let given_up = db
                .prepare_cached(
                    "SELECT coalesce(sum(folded - told), 0) FROM window WHERE lead = ?1 AND folded > told AND closes_us < ?2",
                )?
                .query_row((lead, now_us.saturating_sub(GIVEN_UP_US)), |row| row.get(0))?;
            db.prepare_cached(
                "UPDATE window SET open = 0, flush_us = ?3, told = iif(closes_us < ?2, folded, told) WHERE lead = ?1",
            )?
            .execute((lead, now_us.saturating_sub(GIVEN_UP_US), flush_us))?;
            Ok(given_up)
        })
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
                before.window.absorb(&report.window);
                before
            }
        });
    }
    Ok(all)
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
                // From now on there is something to count in; a window that has closed meanwhile tells at once.
                db.prepare_cached(
                    "UPDATE window SET flush_us = ?2 + iif(open = 1, ?3, 0) WHERE lead = ?1 AND flush_us = ?4",
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

/// Writes down that IRIS was told of so many in all, over the windows that this alert leads.
///
/// IRIS is told one number for all of them. What is new in it goes to whichever has something untold: windows may have grown since
/// the number was read, and no window may pass for told at the expense of another.
fn tell(db: &Connection, lead: i64, told: u64) -> rusqlite::Result<()> {
    if told == 0 {
        return Ok(());
    }
    let windows: Vec<(i64, u64, u64)> = db
        .prepare_cached("SELECT id, folded, told FROM window WHERE lead = ?1 ORDER BY id")?
        .query_map([lead], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let before: u64 = windows.iter().map(|(_, _, told)| told).sum();
    let mut new = told.saturating_sub(before);
    for (id, folded, told) in windows {
        let share = folded.saturating_sub(told).min(new);
        if share > 0 {
            new -= share;
            db.prepare_cached("UPDATE window SET told = told + ?2 WHERE id = ?1")?
                .execute((id, share))?;
        }
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
