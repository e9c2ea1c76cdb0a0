//! Keeping the queue small: windows close, texts expire, space is given back.

use std::time::Duration;

use rusqlite::params;

use super::{Queue, QueueError};

/// Rows of one round, so that no round holds the queue for long.
const BATCH: i64 = 2000;

impl Queue {
    /// Closes windows whose time is over on the wall clock, whatever their events say.
    pub fn close_windows(&mut self, now_us: i64) -> Result<(), QueueError> {
        self.change(|db| {
            db.prepare_cached(
                "UPDATE window SET open = 0, flush_us = min(flush_us, closes_us) WHERE open = 1 AND closes_us <= ?1",
            )?
            .execute([now_us])?;
            Ok(())
        })
    }

    /// Forgets the text of what was settled longer ago than `keep`, and its id after ten times as long; says whether there was
    /// more than one round's worth. What is parked stays until a person has looked.
    pub fn expire(&mut self, now_us: i64, keep: Duration) -> Result<bool, QueueError> {
        let keep_us = i64::try_from(keep.as_micros()).unwrap_or(i64::MAX / 16);
        let text_before = now_us.saturating_sub(keep_us);
        // Ids tell a replay from something new, so they outlive the texts; never less than an hour.
        let row_before = now_us.saturating_sub(keep_us.saturating_mul(10).max(3_600_000_000));
        let changed = self.change(|db| {
            let texts = db.execute(
                "UPDATE alert SET body = NULL WHERE seq IN (
                     SELECT a.seq FROM alert a WHERE a.door IS NOT NULL AND a.door <> 'parked' AND a.settled_us < ?1
                       AND a.body IS NOT NULL
                       AND NOT EXISTS (SELECT 1 FROM window w WHERE w.lead = a.seq AND (w.open = 1 OR w.folded > w.told))
                     LIMIT ?2)",
                params![text_before, BATCH],
            )?;
            let rows = db.execute(
                "DELETE FROM alert WHERE seq IN (
                     SELECT a.seq FROM alert a WHERE a.door IS NOT NULL AND a.door <> 'parked' AND a.settled_us < ?1
                       AND NOT EXISTS (SELECT 1 FROM window w WHERE w.lead = a.seq AND (w.open = 1 OR w.folded > w.told))
                     LIMIT ?2)",
                params![row_before, BATCH],
            )?;
            let windows = db.execute(
                "DELETE FROM window WHERE id IN (
                     SELECT id FROM window WHERE open = 0 AND folded <= told AND closes_us < ?1 LIMIT ?2)",
                params![text_before, BATCH],
            )?;
            let pairs = db.execute(
                "DELETE FROM pair WHERE (destination, key) IN (
                     SELECT destination, key FROM pair WHERE last_us < ?1 LIMIT ?2)",
                params![row_before, BATCH],
            )?;
            Ok(texts.max(rows).max(windows).max(pairs))
        })?;
        Ok(i64::try_from(changed).unwrap_or(BATCH) >= BATCH)
    }

    /// Gives free pages back to the file system and empties the log into the database.
    pub fn give_back(&mut self) -> Result<(), QueueError> {
        self.ask(|db| {
            db.execute_batch("PRAGMA incremental_vacuum(2000);")?;
            // A reader may hold the log; then the next round empties it.
            db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        })
    }

    /// How much of the file is in use, in bytes.
    pub fn size(&self) -> Result<u64, QueueError> {
        self.ask(|db| {
            let one = |name: &str| db.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, u64>(0));
            Ok((one("page_count")?.saturating_sub(one("freelist_count")?)).saturating_mul(one("page_size")?))
        })
    }
}
