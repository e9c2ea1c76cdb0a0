//! What is asked and written for nearly every alert that comes in.

use rusqlite::{CachedStatement, Connection};

/// What became of the alerts with an id.
pub(super) const SENT: &str = "
    SELECT destination, seq, settled_us, door IS NULL OR door = 'parked' FROM alert
    WHERE substr(uuid, 1, 6) = substr(?1, 1, 6) AND uuid = ?1 AND (door IS NULL OR door NOT IN ('gated', 'allowlisted'))";

/// The open window of a destination, a kind and a key.
pub(super) const OPEN_WINDOW: &str = "
    SELECT id, opened_us, length_us, max_level, success, seen FROM window
    WHERE substr(key, 1, 8) = substr(?3, 1, 8) AND destination = ?1 AND kind = ?2 AND key = ?3 AND open = 1";

/// Closes it, and has it tell its count at the next flush.
pub(super) const CLOSE_WINDOW: &str = "
    UPDATE window SET open = 0, flush_us = iif(flush_us = ?5, ?5, ?4)
    WHERE substr(key, 1, 8) = substr(?3, 1, 8) AND destination = ?1 AND kind = ?2 AND key = ?3 AND open = 1";

/// The statements of one batch, each looked up once and not again for every alert. What few alerts need is prepared where it is used.
pub(super) struct Desk<'db> {
    pub(super) db: &'db Connection,
    /// Whether an arrival is known by its name.
    pub(super) named: CachedStatement<'db>,
    /// Where an alert with this id has gone. What a rule of ours kept from IRIS is judged anew when it comes again: the rule may have been
    /// put right.
    pub(super) sent: CachedStatement<'db>,
    /// What is remembered of a pair.
    pub(super) pair: CachedStatement<'db>,
    /// The open window of a key.
    pub(super) window: CachedStatement<'db>,
    /// Stores an alert.
    pub(super) store: CachedStatement<'db>,
    /// Stores its text.
    pub(super) text: CachedStatement<'db>,
    /// Remembers a pair.
    pub(super) remember: CachedStatement<'db>,
    /// Opens a window.
    pub(super) open: CachedStatement<'db>,
}

impl<'db> Desk<'db> {
    pub(super) fn of(db: &'db Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            db,
            named: db.prepare_cached("SELECT 1 FROM alert WHERE name = ?1")?,
            sent: db.prepare_cached(SENT)?,
            pair: db.prepare_cached(
                "SELECT arrival_us, latest_us, last_us FROM pair WHERE destination = ?1 AND key = ?2",
            )?,
            window: db.prepare_cached(OPEN_WINDOW)?,
            store: db.prepare_cached(
                "INSERT INTO alert (seq, name, destination, uuid, received_us, level, rule, agent, door, why, window, storm,
                                    settled_us, body, line, turn)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
            )?,
            // A row that somebody deleted by hand may have left its text. Not `OR REPLACE`, for which SQLite keeps a journal of its own.
            text: db.prepare_cached(
                "INSERT INTO text (seq, packed) VALUES (?1, ?2) ON CONFLICT (seq) DO UPDATE SET packed = ?2",
            )?,
            remember: db.prepare_cached(
                "INSERT INTO pair (destination, key, arrival_us, latest_us, last_us) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (destination, key) DO UPDATE SET
                     arrival_us = coalesce(?3, arrival_us), latest_us = coalesce(?4, latest_us), last_us = ?5",
            )?,
            open: db.prepare_cached(
                "INSERT INTO window (destination, kind, key, lead, opened_us, length_us, closes_us, max_level, success, seen,
                                     first_us, last_us, flush_us)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?12, ?12, ?11)",
            )?,
        })
    }
}
