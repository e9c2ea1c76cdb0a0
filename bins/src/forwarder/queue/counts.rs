//! Counts of what was folded: what IRIS has to be told, and what it was told.

use rusqlite::{Connection, OptionalExtension, params};

use super::delivery::{Due, due_row};
use super::intake::window;
use super::schema::TEXT;
use super::{NEVER, Queue, QueueError, unpack};
use crate::forwarder::noise::{Window, WindowId};
use crate::forwarder::spool::DestinationId;

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

/// How long a count waits for an alert that IRIS does not show, in microseconds: it may have been deleted, or the account may have lost
/// the link to its customer for a while. As long where IRIS answers and does not take it.
const GIVEN_UP_US: i64 = 86_400_000_000;
/// How often that must have been so by then.
const GIVEN_UP_MISSES: u32 = 24;

impl Queue {
    /// Windows of a destination whose counts are due in IRIS, without those whose leads are passed over.
    pub fn untold(
        &self,
        destination: DestinationId,
        until_us: i64,
        most: usize,
        passes_over: impl Fn(i64) -> bool,
    ) -> Result<Vec<Untold>, QueueError> {
        let mut untold = self.ask(|db| {
            let mut query = db.prepare_cached(&format!(
                "SELECT a.seq, a.destination, a.uuid, a.received_us, {TEXT}, a.storm, a.degraded, a.attempts, w.id, a.iris_id
                 FROM window w JOIN alert a ON a.seq = w.lead
                 WHERE w.folded > w.told AND w.destination = ?1 AND w.flush_us <= ?2
                   AND a.iris_id IS NOT NULL AND a.body IS NOT NULL
                 ORDER BY w.flush_us"
            ))?;
            let mut rows = query.query(params![destination.as_bytes(), until_us.min(NEVER - 1)])?;
            let mut untold = Vec::new();
            while untold.len() < most
                && let Some(row) = rows.next()?
            {
                if !passes_over(row.get(0)?) {
                    untold.push(Untold { window: WindowId(row.get(8)?), iris_id: row.get(9)?, lead: due_row(row)? });
                }
            }
            Ok(untold)
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
            let mut first =
                db.prepare_cached("SELECT min(flush_us) FROM window WHERE folded > told AND destination = ?1")?;
            let mut found = Vec::new();
            for destination in with_untold(db)? {
                if first.query_row([destination], |row| row.get::<_, i64>(0))? < NEVER {
                    found.push(DestinationId::from_bytes(destination));
                }
            }
            Ok(found)
        })
    }

    /// Writes down that IRIS does not show the alert: nothing more is counted in it, and the next of its kind becomes one of its own.
    /// What is untold is told at `flush_us` if IRIS shows it again by then, and given up when it has not for a day, although it was
    /// asked again and again; says how many were given up just now.
    pub fn missing(&mut self, lead: i64, now_us: i64, flush_us: i64) -> Result<u64, QueueError> {
        self.change(|db| {
            db.prepare_cached("UPDATE window SET open = 0, flush_us = ?2 WHERE lead = ?1")?
                .execute((lead, flush_us))?;
            missed(db, "lead = ?1", lead, now_us)
        })
    }

    /// Writes down that IRIS answers and does not take this count: it is told at `flush_us` if IRIS takes it then, and given up when it has
    /// not for a day, although it was asked again and again; says how many were given up just now. From then on nothing more is counted
    /// in that alert.
    pub fn not_taken(&mut self, lead: i64, now_us: i64, flush_us: i64) -> Result<u64, QueueError> {
        self.change(|db| {
            let given_up = missed(db, "lead = ?1", lead, now_us)?;
            let open = if given_up > 0 { "0" } else { "open" };
            db.prepare_cached(&format!(
                "UPDATE window SET flush_us = ?2, open = {open} WHERE lead = ?1"
            ))?
            .execute((lead, flush_us))?;
            Ok(given_up)
        })
    }

    /// Writes down that the account may not read the alerts of a destination: counts whose time has come wait, and are given up as if
    /// IRIS did not show their alerts; says how many were given up just now.
    pub fn unreadable(&mut self, destination: DestinationId, now_us: i64) -> Result<u64, QueueError> {
        let due = format!("folded > told AND destination = ?1 AND flush_us <= {now_us}");
        self.change(|db| missed(db, &due, destination.as_bytes(), now_us))
    }

    /// Writes down that IRIS was told of so many, or that it could not be told until `flush_us`.
    pub fn told(&mut self, lead: i64, told: Option<u64>, flush_us: i64) -> Result<(), QueueError> {
        self.change(|db| {
            db.prepare_cached(
                "UPDATE window SET flush_us = ?2, missing_us = iif(?3, NULL, missing_us), misses = iif(?3, 0, misses)
                 WHERE lead = ?1",
            )?
            .execute((lead, flush_us, told.is_some()))?;
            told.map_or(Ok(()), |told| tell(db, lead, told))
        })
    }
}

/// Writes down that the alerts of these windows were missed; says how many repeats were given up.
fn missed(db: &Connection, which: &str, of: impl rusqlite::ToSql, now_us: i64) -> rusqlite::Result<u64> {
    // Not after now: a clock may have been set back.
    db.execute(
        &format!("UPDATE window SET missing_us = min(coalesce(missing_us, ?2), ?2), misses = misses + 1 WHERE {which}"),
        params![of, now_us],
    )?;
    let over = format!("{which} AND folded > told AND missing_us < ?2 AND misses >= {GIVEN_UP_MISSES}");
    let over_us = now_us.saturating_sub(GIVEN_UP_US);
    let given_up = db.query_row(
        &format!("SELECT coalesce(sum(folded - told), 0) FROM window WHERE {over}"),
        params![of, over_us],
        |row| row.get(0),
    )?;
    db.execute(
        &format!("UPDATE window SET told = folded WHERE {over}"),
        params![of, over_us],
    )?;
    Ok(given_up)
}

/// The next destination after one, in the order of their ids, that has a count to tell.
pub(super) const NEXT_UNTOLD: &str =
    "SELECT destination FROM window WHERE folded > told AND destination > ?1 ORDER BY destination LIMIT 1";

/// Destinations with a count to tell, now or once IRIS has its alert: one look into the index for each.
pub(super) fn with_untold(db: &Connection) -> rusqlite::Result<Vec<[u8; 16]>> {
    let mut next = db.prepare_cached(NEXT_UNTOLD)?;
    let mut found: Vec<[u8; 16]> = Vec::new();
    loop {
        let last = found.last().map_or(&[][..], |last| &last[..]);
        match next.query_row([last], |row| row.get(0)).optional()? {
            Some(next) => found.push(next),
            None => return Ok(found),
        }
    }
}

/// The windows with repeats that an alert leads.
pub(super) const FOLDED_INTO: &str = "
    SELECT id, opened_us, length_us, max_level, success, seen, folded, first_us, last_us FROM window
    WHERE lead = ?1 AND folded > 0 ORDER BY id";

/// All that was folded into the windows that this alert leads, as one report.
pub(super) fn folded_into(db: &Connection, seq: i64) -> rusqlite::Result<Option<FoldReport>> {
    let mut query = db.prepare_cached(FOLDED_INTO)?;
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

/// Writes down that IRIS was told of so many in all, over the windows that this alert leads.
///
/// IRIS is told one number for all of them. What is new in it goes to whichever has something untold: windows may have grown since
/// the number was read, and no window may pass for told at the expense of another.
pub(super) fn tell(db: &Connection, lead: i64, told: u64) -> rusqlite::Result<()> {
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
