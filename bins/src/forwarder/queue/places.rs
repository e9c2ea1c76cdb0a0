//! Where destinations lead: what a place of before has taken, the one of now does not have.

use std::sync::Arc;
use std::time::SystemTime;

use rusqlite::{Connection, OptionalExtension};

use super::{Queue, QueueError, micros};
use crate::forwarder::spool::DestinationId;

impl Queue {
    /// From now on a destination leads to this place. If that is another one than before, nothing that comes is counted in an alert that
    /// the former place has taken, nor seen in what that has. Says where it is another one how many repeats have not been told to places
    /// of before.
    pub fn leads(&mut self, destination: DestinationId, place: &Arc<str>) -> Result<Option<u64>, QueueError> {
        if self.places.get(&destination) == Some(place) {
            return Ok(None);
        }
        let now_us = micros(SystemTime::now());
        let untold = self.change(|db| {
            let before = stored(db, destination)?;
            if before.as_ref().is_some_and(|(_, before)| **before == **place) {
                return Ok(None);
            }
            // The first that is known of it holds for all that came before.
            let mut since = Since::default();
            if before.is_some() {
                close_taken(db, destination)?;
                since.us = now_us;
                since.seq = db.query_row(
                    "SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'alert'",
                    [],
                    |row| row.get(0),
                )?;
            }
            let Since { seq, us } = since;
            db.prepare_cached("INSERT INTO checkpoint VALUES (?1, ?2) ON CONFLICT (source) DO UPDATE SET state = ?2")?
                .execute((name(destination), format!("{seq} {us} {place}")))?;
            before.map(|_| untold(db, destination)).transpose()
        })?;
        self.places.insert(destination, Arc::clone(place));
        Ok(untold)
    }

    /// Whether an alert that is settled went where its destination led before.
    pub fn is_of_before(&self, seq: i64) -> Result<bool, QueueError> {
        self.ask(|db| {
            let alert: Option<([u8; 16], i64)> = db
                .prepare_cached("SELECT destination, settled_us FROM alert WHERE seq = ?1 AND settled_us IS NOT NULL")?
                .query_row([seq], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            alert.map_or(Ok(false), |(destination, settled_us)| {
                Ok(!since(db, DestinationId::from_bytes(destination))?.holds(seq, settled_us))
            })
        })
    }
}

/// Since when a destination leads where it does.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Since {
    /// The first alert that came then.
    seq: i64,
    /// In microseconds since 1970.
    us: i64,
}

impl Since {
    /// Whether an alert went there: it came since then, or was settled, by a clock that may have been set meanwhile.
    pub(super) fn holds(self, seq: i64, settled_us: i64) -> bool {
        seq >= self.seq || settled_us >= self.us
    }
}

/// Since when a destination leads where it does.
pub(super) fn since(db: &Connection, destination: DestinationId) -> rusqlite::Result<Since> {
    Ok(stored(db, destination)?.map_or(Since::default(), |(since, _)| since))
}

fn stored(db: &Connection, destination: DestinationId) -> rusqlite::Result<Option<(Since, String)>> {
    let state: Option<String> = db
        .prepare_cached("SELECT state FROM checkpoint WHERE source = ?1")?
        .query_row([name(destination)], |row| row.get(0))
        .optional()?;
    Ok(state.and_then(|state| {
        let mut parts = state.splitn(3, ' ');
        let (seq, us) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some((Since { seq, us }, parts.next()?.to_owned()))
    }))
}

/// Under which its place is kept, beside those where sources go on.
fn name(destination: DestinationId) -> String {
    format!("place {destination}")
}

/// How many repeats are counted in alerts that are out, and were not told there.
fn untold(db: &Connection, destination: DestinationId) -> rusqlite::Result<u64> {
    db.prepare_cached(
        "SELECT coalesce(sum(folded - told), 0) FROM window
         WHERE destination = ?1 AND folded > told
           AND EXISTS (SELECT 1 FROM alert WHERE seq = lead AND iris_id IS NOT NULL)",
    )?
    .query_row([destination.as_bytes()], |row| row.get(0))
}

/// One that waits goes to the new place, and what repeats it is counted there.
fn close_taken(db: &Connection, destination: DestinationId) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE window SET open = 0
         WHERE destination = ?1 AND open = 1
           AND EXISTS (SELECT 1 FROM alert WHERE seq = lead AND door IS NOT NULL)",
    )?
    .execute([destination.as_bytes()])?;
    Ok(())
}
