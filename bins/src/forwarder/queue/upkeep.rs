//! Keeping the queue small: windows close, texts expire, space is given back.

use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

use super::counts::with_untold;
use super::{NEVER, Queue, QueueError};

/// Rows of one round, so that no round holds the queue for long.
const BATCH: i64 = 2000;
/// How long pages are given back in one round.
const GIVE_BACK: Duration = Duration::from_millis(200);
/// Free pages that are kept for what comes next.
const HOLLOW_PAGES: u64 = 1024;
/// How much a clock may be set back without notice, in microseconds.
const SLACK_US: i64 = 60_000_000;

/// Windows that closed before a time, have told their counts, and go.
pub(super) const WINDOWS_THAT_ARE_OVER: &str = "
    SELECT w.id FROM window w WHERE w.open = 0 AND w.folded <= w.told AND w.closes_us < ?1
      -- The alert that it counts in is told one number for all its windows: they go together.
      AND NOT EXISTS (SELECT 1 FROM window o WHERE o.lead = w.lead AND (o.open = 1 OR o.folded > o.told))
    LIMIT ?2";

impl Queue {
    /// Closes windows whose time is over on the wall clock, whatever their events say. None is open for longer than `longest`, and no
    /// count waits for longer than `flush_us`: what seems to was so under a clock that was set back since.
    pub fn close_windows(&mut self, now_us: i64, longest: Duration, flush_us: i64) -> Result<(), QueueError> {
        let longest_us = i64::try_from(longest.as_micros()).unwrap_or(i64::MAX);
        let late_us = |wait_us: i64| now_us.saturating_add(wait_us).saturating_add(SLACK_US);
        self.change(|db| {
            for (over, at_us) in [("closes_us <= ?3", now_us), ("closes_us > ?3", late_us(longest_us))] {
                db.prepare_cached(&format!(
                    "UPDATE window SET open = 0, flush_us = iif(flush_us = ?2, ?2, min(flush_us, ?1)) WHERE open = 1 AND {over}"
                ))?
                .execute([now_us, NEVER, at_us])?;
            }
            for destination in with_untold(db)? {
                db.prepare_cached(
                    "UPDATE window SET flush_us = ?1
                     WHERE folded > told AND destination = ?4 AND flush_us > ?3 AND flush_us < ?2",
                )?
                .execute(params![now_us, NEVER, late_us(flush_us), destination])?;
            }
            Ok(())
        })
    }

    /// Keeps what noise reduction remembers bounded: the windows that would close first are closed and tell their counts, and what
    /// has not been seen for longest, or not since `forget_us`, is forgotten. Says how many windows were closed.
    pub fn bound(
        &mut self,
        now_us: i64,
        forget_us: i64,
        most_windows: u64,
        most_keys: u64,
    ) -> Result<usize, QueueError> {
        self.change(|db| {
            let open: u64 = db
                .prepare_cached("SELECT count(*) FROM window WHERE open = 1")?
                .query_row([], |row| row.get(0))?;
            let closed = if open > most_windows {
                // A tenth more, so that this is not done for every new one.
                let surplus = open - most_windows + most_windows / 10;
                db.prepare_cached(
                    "UPDATE window SET open = 0, flush_us = iif(flush_us = ?2, ?2, min(flush_us, ?1)) WHERE id IN (
                         SELECT id FROM window WHERE open = 1 ORDER BY closes_us LIMIT ?3)",
                )?
                .execute(params![now_us, NEVER, surplus])?
            } else {
                0
            };
            for (table, age) in [("pair", "last_us"), ("failure", "at_us")] {
                db.prepare_cached(&format!("DELETE FROM {table} WHERE {age} < ?1"))?
                    .execute([forget_us])?;
                let keys: u64 = db
                    .prepare_cached(&format!("SELECT count(*) FROM {table}"))?
                    .query_row([], |row| row.get(0))?;
                if keys > most_keys {
                    db.prepare_cached(&format!(
                        "DELETE FROM {table} WHERE (destination, key) IN (
                             SELECT destination, key FROM {table} ORDER BY {age} LIMIT ?1)"
                    ))?
                    .execute([keys - most_keys + most_keys / 10])?;
                }
            }
            Ok(closed)
        })
    }

    /// Forgets the text of what was settled longer ago than `keep`, and its id after ten times as long; says whether there was
    /// more than one round's worth. What is parked stays until a person has looked. What seems to be settled later than now stays until
    /// then: it may be the clock of now that is wrong.
    pub fn expire(&mut self, now_us: i64, keep: Duration) -> Result<bool, QueueError> {
        let keep_us = i64::try_from(keep.as_micros()).unwrap_or(i64::MAX / 16);
        let text_before = now_us.saturating_sub(keep_us);
        // Ids tell a replay from something new, so they outlive the texts; never less than an hour.
        let row_before = now_us.saturating_sub(keep_us.saturating_mul(10).max(3_600_000_000));
        let changed = self.change(|db| {
            let alerts = forget(db, '<', text_before, row_before)?;
            let windows = db.execute(
                &format!("DELETE FROM window WHERE id IN ({WINDOWS_THAT_ARE_OVER})"),
                params![text_before, BATCH],
            )?;
            Ok(alerts.max(windows))
        })?;
        Ok(is_batch(changed))
    }

    /// Forgets whatever is settled, where room is short: texts, ids of more than an hour ago, and both of what seems to be settled later
    /// than now, which might stay for years. Says as `expire` does whether there is more.
    pub fn make_room(&mut self, now_us: i64) -> Result<bool, QueueError> {
        let has_more = self.expire(now_us, Duration::ZERO)?;
        let ahead = now_us.saturating_add(SLACK_US);
        Ok(is_batch(self.change(|db| forget(db, '>', ahead, ahead))?) || has_more)
    }

    /// Gives free pages back to the file system, as many as can be in a short time, and empties the log into the database.
    pub fn give_back(&mut self) -> Result<(), QueueError> {
        let began = Instant::now();
        self.ask(|db| {
            while pragma(db, "freelist_count")? > 0 && began.elapsed() < GIVE_BACK {
                // Each step frees one page.
                let mut vacuum = db.prepare(&format!("PRAGMA incremental_vacuum({BATCH})"))?;
                let mut rows = vacuum.query([])?;
                while rows.next()?.is_some() {}
            }
            // A reader may hold the log; then the next round empties it.
            db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        })
    }

    /// Whether so much of the file is free that what comes next will not need it soon.
    pub fn is_hollow(&self) -> Result<bool, QueueError> {
        self.ask(|db| {
            let (free, all) = (pragma(db, "freelist_count")?, pragma(db, "page_count")?);
            Ok(free > HOLLOW_PAGES && free > all / 4)
        })
    }

    /// How much of the file is in use, in bytes.
    pub fn size(&self) -> Result<u64, QueueError> {
        self.ask(|db| {
            let used = pragma(db, "page_count")?.saturating_sub(pragma(db, "freelist_count")?);
            Ok(used.saturating_mul(pragma(db, "page_size")?))
        })
    }
}

/// Forgets texts and rows of alerts that were settled before or after these times; says how many of either.
fn forget(db: &Connection, side: char, text_us: i64, row_us: i64) -> rusqlite::Result<usize> {
    let of = |text: &str| {
        format!(
            "SELECT a.seq FROM alert a WHERE a.door IS NOT NULL AND a.door <> 'parked' AND a.settled_us {side} ?1 {text}
               AND NOT EXISTS (SELECT 1 FROM window w WHERE w.lead = a.seq AND (w.open = 1 OR w.folded > w.told))
             LIMIT ?2"
        )
    };
    let with_text = of("AND a.body IS NOT NULL");
    let old: Vec<i64> = db
        .prepare(&with_text)?
        .query_map([text_us, BATCH], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for seq in &old {
        db.prepare_cached("DELETE FROM text WHERE seq = ?1")?.execute([seq])?;
        db.prepare_cached("UPDATE alert SET body = NULL WHERE seq = ?1")?
            .execute([seq])?;
    }
    let rows = db.execute(&format!("DELETE FROM alert WHERE seq IN ({})", of("")), [row_us, BATCH])?;
    Ok(old.len().max(rows))
}

fn is_batch(changed: usize) -> bool {
    i64::try_from(changed).unwrap_or(BATCH) >= BATCH
}

fn pragma(db: &Connection, name: &str) -> rusqlite::Result<u64> {
    db.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0))
}
