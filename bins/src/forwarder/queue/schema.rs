//! The tables of `queue.db`.

use rusqlite::Connection;
use rusqlite::config::DbConfig;

/// What makes of each version the next one; an empty file has version 0.
const STEPS: [&str; VERSION as usize] = [TABLES, CHECKPOINTS, LANES, PACES, LOOKS, MISSES, TEXTS, PAGES];

/// The version that they lead to.
pub(super) const VERSION: u32 = 8;

/// One writer, a log that is synced at every commit, and a wait for a reader that `spool status` may be. The log may grow to 16 MiB
/// before it goes into the file: the same pages change again and again, and each goes once.
const PRAGMAS: &str = "
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA busy_timeout = 5000;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -2000;
    PRAGMA wal_autocheckpoint = 4000;
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
    -- 'repeats' by fingerprint, 'storm' by rule.
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
    -- Rule and agent; since version 8 agent and rule.
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

/// Where each source goes on.
const CHECKPOINTS: &str = "
CREATE TABLE IF NOT EXISTS checkpoint (
    source TEXT PRIMARY KEY,
    state TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

/// Two lanes, so that what one is handed next costs the same whatever waits behind it.
const LANES: &str = "
-- 0 to 31 live, 32 to 63 backlog; within each the most severe first. Of one line the smallest turn is next.
ALTER TABLE alert ADD COLUMN line INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alert ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
DROP INDEX alert_waiting;
DROP INDEX alert_due;
-- What waits over an upgrade is backlog.
UPDATE alert SET line = 63 - min(level, 31), turn = -seq WHERE door IS NULL;
CREATE INDEX alert_ready ON alert(destination, line, turn) WHERE door IS NULL AND due_us = 0;
CREATE INDEX alert_deferred ON alert(due_us) WHERE door IS NULL AND due_us > 0;
-- Counted like the doors: counting rows would take longer the longer the queue is.
INSERT INTO counter SELECT 'waiting', count(*) FROM alert WHERE door IS NULL;
CREATE INDEX window_closing ON window(closes_us) WHERE open = 1;
DROP INDEX window_untold;
CREATE INDEX window_untold ON window(destination, flush_us) WHERE folded > told;
-- Nothing is told before IRIS has the alert that counts.
UPDATE window SET flush_us = 9223372036854775807 WHERE lead IN (SELECT seq FROM alert WHERE iris_id IS NULL);
-- Storms are led by rule, over all agents.
UPDATE window SET open = 0 WHERE kind = 'storm' AND open = 1;
-- Whom failures came from, and when: a success after them is news.
CREATE TABLE failure (
    destination BLOB NOT NULL,
    key TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    PRIMARY KEY (destination, key)
) STRICT, WITHOUT ROWID;
";

/// Limits have a clock of their own.
const PACES: &str = "
ALTER TABLE pair ADD COLUMN latest_us INTEGER;
";

/// What is asked every few seconds is looked up, however much waits or is remembered.
const LOOKS: &str = "
CREATE INDEX alert_put_off ON alert(received_us) WHERE door IS NULL AND due_us > 0;
CREATE INDEX window_over ON window(closes_us) WHERE open = 0 AND folded <= told;
-- When IRIS first did not show the alert that counts.
ALTER TABLE window ADD COLUMN missing_us INTEGER;
";

/// How often IRIS did not show the alert that counts: a clock that was set forward is no time that has passed.
const MISSES: &str = "
ALTER TABLE window ADD COLUMN misses INTEGER NOT NULL DEFAULT 0;
";

/// Texts stand apart: what becomes of an alert is written without them, thirty to a page and not two.
const TEXTS: &str = "
-- `alert.body` is empty for a text that stands here. What an older version took in keeps its own there.
CREATE TABLE text (
    seq INTEGER PRIMARY KEY REFERENCES alert(seq) ON DELETE CASCADE,
    packed BLOB NOT NULL
) STRICT;
";

/// A page that one alert changes is read and written whole, so what alerts that come together change stands together. An index by random
/// keys has the beginning of each, many to a page; whoever looks compares the whole key in the row.
const PAGES: &str = "
DROP INDEX alert_uuid;
CREATE INDEX alert_uuid ON alert(substr(uuid, 1, 6));
DROP INDEX window_open;
CREATE INDEX window_open ON window(substr(key, 1, 8)) WHERE open = 1;
-- Few alerts have repeats, and all are asked for theirs.
CREATE INDEX window_grown ON window(lead) WHERE folded > 0;
-- By agent and rule, not by rule and agent: what comes together is mostly of one agent.
-- With a sign before them at first: the new name of one may be the old one of another.
UPDATE OR REPLACE pair
SET key = char(1) || substr(key, instr(key, '|') + 1, length(key) - instr(key, '|') - 8)
       || '|' || substr(key, 1, instr(key, '|') - 1) || '|backlog'
WHERE key GLOB '*|*|backlog' AND substr(key, 1, 1) <> '*';
UPDATE OR REPLACE pair
SET key = char(1) || substr(key, instr(key, '|') + 1) || '|' || substr(key, 1, instr(key, '|') - 1)
WHERE key GLOB '*|*' AND key NOT GLOB '*|backlog' AND substr(key, 1, 1) NOT IN ('*', char(1));
UPDATE OR REPLACE pair SET key = substr(key, 2) WHERE substr(key, 1, 1) = char(1);
";

/// The text of an alert `a`, packed; NULL where it is not kept.
pub(super) const TEXT: &str = "iif(a.body = x'', (SELECT packed FROM text WHERE text.seq = a.seq), a.body)";

/// Whether texts stand apart: in a queue that no courier of this version has opened they do not yet.
pub(super) fn has_texts(db: &Connection) -> rusqlite::Result<bool> {
    db.query_row(
        "SELECT count(*) > 0 FROM sqlite_schema WHERE name = 'text'",
        [],
        |row| row.get(0),
    )
}

/// What became of the tables of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tables {
    /// There were none.
    Made,
    /// They have the version of this program.
    There,
    /// A newer program has brought them to this version; they are as they were.
    Newer(u32),
}

/// Prepares a connection, and brings the tables to the version of this program.
pub(super) fn prepare(db: &mut Connection) -> rusqlite::Result<Tables> {
    if let Some(version) = newer(db) {
        return Ok(Tables::Newer(version));
    }
    db.execute_batch(PRAGMAS)?;
    // More than are ever run in one round; by default the least used of seventeen would be parsed again each time.
    db.set_prepared_statement_cache_capacity(64);
    // Else SQLite plans a statement anew whenever one of its parameters changes that a partial index might have something to do with.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    let change = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version: usize = change.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let Some(steps) = STEPS.get(version..) else {
        return Ok(Tables::Newer(u32::try_from(version).unwrap_or(u32::MAX)));
    };
    for step in steps {
        change.execute_batch(step)?;
    }
    if !steps.is_empty() {
        change.pragma_update(None, "user_version", VERSION)?;
    }
    change.commit()?;
    Ok(if version == 0 { Tables::Made } else { Tables::There })
}

/// The version of a file that a newer program has written.
pub(super) fn newer(db: &Connection) -> Option<u32> {
    // What cannot be read is there; the next question says why it cannot be.
    let version = db.query_row("PRAGMA user_version", [], |row| row.get(0)).ok()?;
    (version > VERSION).then_some(version)
}

/// Whether this is a file in which no tables were ever made. The version is written with them, so one whose tables are gone has it still.
pub(super) fn is_unmade(db: &Connection) -> bool {
    let query = "SELECT user_version, (SELECT count(*) FROM sqlite_schema) FROM pragma_user_version";
    // What cannot be read is there; the next question says why it cannot be.
    db.query_row(query, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .is_ok_and(|(version, tables): (i64, i64)| (version, tables) == (0, 0))
}

#[cfg(test)]
mod tests {
    use super::super::{Queue, pack};
    use super::*;

    #[test]
    fn a_queue_of_the_first_version_keeps_its_alerts_and_their_order() {
        let mut db = Connection::open_in_memory().unwrap();
        db.execute_batch(TABLES).unwrap();
        for (level, door) in [(5, "NULL"), (12, "NULL"), (9, "'gated'")] {
            let row = format!(
                "INSERT INTO alert (name, destination, uuid, received_us, level, door, body)
                 VALUES ('{level}', zeroblob(16), randomblob(16), 1, {level}, {door}, x'00')"
            );
            db.execute_batch(&row).unwrap();
        }
        db.pragma_update(None, "user_version", 1).unwrap();
        prepare(&mut db).unwrap();
        let ready: Vec<i64> = db
            .prepare("SELECT level FROM alert WHERE door IS NULL AND due_us = 0 ORDER BY destination, line, turn")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(ready, [12, 5]);
        let waiting: i64 = db
            .query_row("SELECT count FROM counter WHERE name = 'waiting'", [], |row| row.get(0))
            .unwrap();
        assert_eq!(waiting, 2);
        // A second start changes nothing.
        prepare(&mut db).unwrap();
    }

    #[test]
    fn a_text_that_an_older_version_took_in_is_read_before_and_after_the_upgrade() {
        let folder = tempfile::tempdir().unwrap();
        let db = Connection::open(folder.path().join("queue.db")).unwrap();
        for step in STEPS.iter().take_while(|step| **step != TEXTS) {
            db.execute_batch(step).unwrap();
        }
        db.pragma_update(None, "user_version", 6).unwrap();
        db.execute(
            "INSERT INTO alert (name, destination, uuid, received_us, level, body) VALUES ('a', zeroblob(16), randomblob(16), 1, 9, ?1)",
            [pack(b"{}").unwrap()],
        )
        .unwrap();
        drop(db);
        let shown = |queue: &Queue| queue.show(1).unwrap().and_then(|(_, text)| text);
        let before = Queue::look(folder.path()).unwrap().unwrap();
        assert_eq!(shown(&before).as_deref(), Some(&b"{}"[..]));
        drop(before);
        let after = Queue::open(folder.path()).unwrap();
        assert_eq!(shown(&after).as_deref(), Some(&b"{}"[..]));
        assert_eq!(after.unpack(1).unwrap().bytes, b"{}");
    }

    #[test]
    fn a_pair_that_an_older_version_remembers_is_found_under_its_name_of_now() {
        let mut db = Connection::open_in_memory().unwrap();
        for step in STEPS.iter().take_while(|step| **step != PAGES) {
            db.execute_batch(step).unwrap();
        }
        db.pragma_update(None, "user_version", 7).unwrap();
        let names = [
            ("5710|001", "001|5710"),
            ("5710|a|b|backlog", "a|b|5710|backlog"),
            ("5710|5715", "5715|5710"),
            ("5715|5710", "5710|5715"),
            ("5715|web|BACKLOG", "web|BACKLOG|5715"),
            ("-|", "|-"),
            ("-||backlog", "|-|backlog"),
            ("*", "*"),
            ("*|backlog", "*|backlog"),
            ("*5710", "*5710"),
            ("*5710|backlog", "*5710|backlog"),
        ];
        for (number, (before, _)) in (0_i64..).zip(names) {
            db.execute("INSERT INTO pair VALUES (zeroblob(16), ?1, ?2, 2, 3)", (before, number))
                .unwrap();
        }
        prepare(&mut db).unwrap();
        let mut query = db.prepare("SELECT key FROM pair ORDER BY arrival_us").unwrap();
        let now: Vec<String> = query
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(now, names.map(|(_, now)| now));
    }

    #[test]
    fn pairs_that_would_have_one_name_hold_no_upgrade_up() {
        let mut db = Connection::open_in_memory().unwrap();
        for step in STEPS.iter().take_while(|step| **step != PAGES) {
            db.execute_batch(step).unwrap();
        }
        db.pragma_update(None, "user_version", 7).unwrap();
        // What SQLite cuts off a text ends at a NUL.
        for key in [
            "5710|a\0x",
            "5710|a\0y",
            "5710|a|backlog\0x",
            "5710|a|backlog\0y",
            "backlog|001|5710",
            "5710|001|backlog",
        ] {
            db.execute("INSERT INTO pair VALUES (zeroblob(16), ?1, 1, 2, 3)", [key])
                .unwrap();
        }
        prepare(&mut db).unwrap();
        let mut query = db.prepare("SELECT key FROM pair ORDER BY key").unwrap();
        let now: Vec<String> = query
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(now, ["001|5710|backlog", "a|5710", "a|5710|backlog"]);
    }

    #[test]
    fn what_is_asked_often_is_looked_up() {
        let mut db = Connection::open_in_memory().unwrap();
        prepare(&mut db).unwrap();
        for (query, index) in [
            (
                super::super::delivery::IN_LINE,
                "USING INDEX alert_ready (destination=? AND line>? AND line<?)",
            ),
            (super::super::report::OLDEST_PUT_OFF, "USING INDEX alert_put_off"),
            (
                super::super::upkeep::WINDOWS_THAT_ARE_OVER,
                "USING INDEX window_over (closes_us<?)",
            ),
            (
                super::super::counts::NEXT_UNTOLD,
                "USING INDEX window_untold (destination>?)",
            ),
            (super::super::desk::SENT, "USING INDEX alert_uuid (<expr>=?)"),
            (super::super::desk::OPEN_WINDOW, "USING INDEX window_open (<expr>=?)"),
            (super::super::desk::CLOSE_WINDOW, "USING INDEX window_open (<expr>=?)"),
            (super::super::counts::FOLDED_INTO, "USING INDEX window_grown (lead=?)"),
        ] {
            let mut question = db.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
            let parameters = vec![0; question.parameter_count()];
            let plan: Vec<String> = question
                .query_map(rusqlite::params_from_iter(parameters), |row| row.get(3))
                .unwrap()
                .map(Result::unwrap)
                .collect();
            let plan = plan.join(", ");
            assert!(plan.contains(index) && !plan.contains("SCAN"), "{query}: {plan}");
        }
    }

    #[test]
    fn a_queue_of_a_newer_version_is_left_alone() {
        let mut db = Connection::open_in_memory().unwrap();
        db.pragma_update(None, "user_version", 99).unwrap();
        assert_eq!(prepare(&mut db).unwrap(), Tables::Newer(99));
        let version: u32 = db.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        assert_eq!(version, 99);
    }
}
