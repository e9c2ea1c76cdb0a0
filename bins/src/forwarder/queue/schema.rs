//! The tables of `queue.db`.

use rusqlite::Connection;

const VERSION: i64 = 1;

/// One writer, a log that is synced at every commit, and a wait for a reader that `spool status` may be.
const PRAGMAS: &str = "
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA busy_timeout = 5000;
    PRAGMA temp_store = MEMORY;
";

const TABLES: &str = "
CREATE TABLE alert (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Name in the spool: a file that was taken in and not yet unlinked when the courier died is known by it.
    name TEXT NOT NULL UNIQUE,
    destination BLOB NOT NULL,
    uuid BLOB NOT NULL,
    received_us INTEGER NOT NULL,
    level INTEGER NOT NULL,
    rule TEXT,
    agent TEXT,
    -- NULL while it waits.
    door TEXT,
    why TEXT,
    window INTEGER REFERENCES window(id) ON DELETE SET NULL,
    storm INTEGER NOT NULL DEFAULT 0,
    -- 0 whole, 1 as little as IRIS may accept.
    degraded INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    due_us INTEGER NOT NULL DEFAULT 0,
    last_error TEXT,
    iris_id INTEGER,
    settled_us INTEGER,
    -- zstd; NULL when it has expired or need not be kept.
    body BLOB
) STRICT;
CREATE INDEX alert_waiting ON alert(level DESC, seq) WHERE door IS NULL;
CREATE INDEX alert_due ON alert(due_us) WHERE door IS NULL;
CREATE INDEX alert_uuid ON alert(uuid, destination);
CREATE INDEX alert_settled ON alert(settled_us) WHERE door IS NOT NULL;
CREATE INDEX alert_window ON alert(window) WHERE window IS NOT NULL;
CREATE INDEX alert_text ON alert(settled_us) WHERE body IS NOT NULL AND door IS NOT NULL;
CREATE INDEX alert_parked ON alert(seq) WHERE door = 'parked';

CREATE TABLE window (
    id INTEGER PRIMARY KEY,
    destination BLOB NOT NULL,
    -- 'repeats' by fingerprint, 'storm' by rule and agent.
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    lead INTEGER NOT NULL,
    opened_us INTEGER NOT NULL,
    length_us INTEGER NOT NULL,
    -- When it closes on the wall clock, whatever times its events carry.
    closes_us INTEGER NOT NULL,
    max_level INTEGER NOT NULL,
    success INTEGER NOT NULL,
    -- JSON: name to list of values.
    seen TEXT NOT NULL,
    folded INTEGER NOT NULL DEFAULT 0,
    -- How many of them IRIS has been told of.
    told INTEGER NOT NULL DEFAULT 0,
    first_us INTEGER NOT NULL,
    last_us INTEGER NOT NULL,
    flush_us INTEGER NOT NULL,
    open INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE UNIQUE INDEX window_open ON window(destination, kind, key) WHERE open = 1;
CREATE INDEX window_untold ON window(flush_us) WHERE folded > told;
CREATE INDEX window_lead ON window(lead);

CREATE TABLE pair (
    destination BLOB NOT NULL,
    -- Rule and agent.
    key TEXT NOT NULL,
    arrival_us INTEGER,
    last_us INTEGER NOT NULL,
    PRIMARY KEY (destination, key)
) STRICT, WITHOUT ROWID;

-- One row per way out, one for 'received'; changed only in the transaction that moves the alert.
CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Per rule of the gate or the allowlist.
CREATE TABLE reason (
    door TEXT NOT NULL,
    why TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (door, why)
) STRICT, WITHOUT ROWID;
";

/// Where each source goes on; made where an older program has not.
const CHECKPOINTS: &str = "
CREATE TABLE IF NOT EXISTS checkpoint (
    source TEXT PRIMARY KEY,
    state TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

/// Prepares a connection, and makes the tables where there are none.
pub(super) fn prepare(db: &mut Connection) -> rusqlite::Result<()> {
    db.execute_batch(PRAGMAS)?;
    let change = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version: i64 = change.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version == 0 {
        change.execute_batch(TABLES)?;
        change.pragma_update(None, "user_version", VERSION)?;
    }
    change.execute_batch(CHECKPOINTS)?;
    change.commit()
}
