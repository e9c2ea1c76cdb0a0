//! Taking alerts in: judged, counted and stored in one transaction.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::desk::{CLOSE_WINDOW, Desk};
use super::places;
use super::{Lane, NEVER, Queue, QueueError, Tally, micros, pack};
use crate::forwarder::door::Door;
use crate::forwarder::noise::{self, Consequences, Decision, Distinct, Memory, Pace, Rules, Subject, Window, WindowId};
use crate::forwarder::spool::DestinationId;

/// An alert on its way in.
#[derive(Debug)]
pub struct Arrival<'a> {
    /// Its name in the source it comes from: the same name twice is the same arrival, after a crash.
    pub name: &'a str,
    /// Where it is to go.
    pub destination: DestinationId,
    /// Every destination on the same IRIS, where its id is unique.
    pub same_server: Vec<DestinationId>,
    /// The id that IRIS will know it by.
    pub uuid: Uuid,
    /// When it came, in microseconds since 1970.
    pub received_us: i64,
    /// What noise reduction looks at; `None` for what is not an alert, which is always forwarded.
    pub subject: Option<Subject<'a>>,
    /// The bytes as they came.
    pub bytes: &'a [u8],
}

/// Where a source goes on after a restart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which source.
    pub source: &'static str,
    /// The place, in the source's own form.
    pub state: String,
}

/// What became of an arrival.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intake {
    /// Judged like this.
    Judged(Decision),
    /// It had been taken in before the courier died; nothing was counted.
    Known,
}

/// A batch that is being taken in; nothing of it is durable yet.
pub(in crate::forwarder) struct Taking<'t> {
    desk: Desk<'t>,
    /// The next number.
    seq: i64,
    rules: &'t Rules,
    now_us: i64,
    tally: Tally,
}

impl Taking<'_> {
    /// Judges an arrival and stores what is to be known of it.
    pub(in crate::forwarder) fn take(&mut self, arrival: &Arrival<'_>) -> rusqlite::Result<Intake> {
        let intake = take_one(
            &mut self.desk,
            self.seq,
            arrival,
            self.rules,
            self.now_us,
            &mut self.tally,
        )?;
        self.seq += i64::from(intake != Intake::Known);
        Ok(intake)
    }
}

impl Queue {
    /// Takes a batch in, with the place where its source goes on. When this returns, every arrival is durable and its source may
    /// forget it.
    pub fn take_in(
        &mut self,
        arrivals: &[Arrival<'_>],
        checkpoint: Option<&Checkpoint>,
        rules: &Rules,
    ) -> Result<Vec<Intake>, QueueError> {
        self.take_in_all(checkpoint, rules, |taking| {
            arrivals.iter().map(|arrival| taking.take(arrival)).collect()
        })
    }

    /// The same for arrivals that are made one after another: each is taken in while what it is made of is at hand, and then gone.
    pub(in crate::forwarder) fn take_in_all<T>(
        &mut self,
        checkpoint: Option<&Checkpoint>,
        rules: &Rules,
        all: impl FnOnce(&mut Taking<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, QueueError> {
        let now_us = micros(std::time::SystemTime::now());
        self.change(|db| {
            // Numbers are given in this order and never again.
            let seq = db
                .prepare_cached("SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'alert'")?
                .query_row([], |row| row.get(0))?;
            let mut taking = Taking {
                desk: Desk::of(db)?,
                seq,
                rules,
                now_us,
                tally: Tally::default(),
            };
            let taken = all(&mut taking)?;
            taking.tally.write(db)?;
            checkpoint.map_or(Ok(()), |checkpoint| note(db, checkpoint))?;
            Ok(taken)
        })
    }

    /// Writes down where something goes on that brings no alerts.
    pub fn note(&mut self, checkpoint: &Checkpoint) -> Result<(), QueueError> {
        self.change(|db| note(db, checkpoint))
    }

    /// Reads where a source goes on; `None` when it has never stored that.
    pub fn checkpoint(&self, source: &str) -> Result<Option<String>, QueueError> {
        self.ask(|db| {
            db.query_row("SELECT state FROM checkpoint WHERE source = ?1", [source], |row| {
                row.get(0)
            })
            .optional()
        })
    }
}

fn note(db: &Connection, checkpoint: &Checkpoint) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO checkpoint VALUES (?1, ?2) ON CONFLICT (source) DO UPDATE SET state = ?2")?
        .execute((checkpoint.source, &checkpoint.state))?;
    Ok(())
}

fn take_one(
    desk: &mut Desk<'_>,
    seq: i64,
    arrival: &Arrival<'_>,
    rules: &Rules,
    now_us: i64,
    tally: &mut Tally,
) -> rusqlite::Result<Intake> {
    if desk.named.exists([arrival.name])? {
        return Ok(Intake::Known);
    }
    let memory = recall(desk, arrival, now_us)?;
    let (decision, consequences) = match &arrival.subject {
        Some(subject) => noise::judge(subject, &memory, rules),
        None if memory.seen => (Decision::Repeat, Consequences::default()),
        None => (Decision::Forward { storm: false }, Consequences::default()),
    };
    tally.add("received", 1);
    insert(desk, seq, arrival, &decision, now_us, tally)?;
    if let Some(subject) = &arrival.subject {
        remember(
            desk,
            arrival,
            subject,
            seq,
            &memory,
            &decision,
            &consequences,
            rules,
            now_us,
        )?;
    }
    Ok(Intake::Judged(decision))
}

fn recall(desk: &mut Desk<'_>, arrival: &Arrival<'_>, now_us: i64) -> rusqlite::Result<Memory> {
    let destination = arrival.destination.as_bytes();
    let seen = is_there(desk, arrival)?;
    let Some(subject) = arrival.subject.as_ref().filter(|_| !seen) else {
        return Ok(Memory {
            seen,
            ..Memory::default()
        });
    };
    let lane = Lane::of(subject.paced_us, now_us);
    let pair = known(desk, destination, &lane.key(&subject.pair()))?;
    let failed_us = if subject.success {
        last_failure(desk.db, destination, subject)?
    } else {
        None
    };
    let overall = known(desk, destination, &lane.key(OVERALL))?;
    let rule = known(desk, destination, &lane.key(&of_rule(subject)))?;
    // What an old file has shown is no news any more, nor what was seen today when an old file is read.
    let known_pair = pair.is_some() || known(desk, destination, &lane.other().key(&subject.pair()))?.is_some();
    Ok(Memory {
        seen,
        repeats: open_window(desk, destination, "repeats", &lane.key(&subject.fingerprint))?,
        storm: open_window(desk, destination, "storm", &lane.key(subject.storm()))?,
        known_pair,
        pace: pair.and_then(Known::pace),
        overall: overall.and_then(Known::pace),
        rule_us: rule.and_then(|rule| rule.arrival),
        failed_us,
        now_us,
    })
}

/// Whether its IRIS has it, or will.
fn is_there(desk: &mut Desk<'_>, arrival: &Arrival<'_>) -> rusqlite::Result<bool> {
    let mut rows = desk.sent.query([arrival.uuid.as_bytes()])?;
    while let Some(row) = rows.next()? {
        let to = DestinationId::from_bytes(row.get(0)?);
        let (seq, settled_us): (i64, Option<i64>) = (row.get(1)?, row.get(2)?);
        let goes_where_it_leads: bool = row.get(3)?;
        let is_same = to == arrival.destination || arrival.same_server.contains(&to);
        if is_same && (goes_where_it_leads || places::since(desk.db, to)?.holds(seq, settled_us.unwrap_or(0))) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The key of the overall limit; of a rule and an agent it would have a bar.
const OVERALL: &str = "*";

/// The key of a rule over all agents.
fn of_rule(subject: &Subject<'_>) -> String {
    format!("*{}", subject.storm())
}

/// What is remembered of a key, in microseconds since 1970.
struct Known {
    arrival: Option<i64>,
    latest: Option<i64>,
    seen: i64,
}

impl Known {
    fn pace(self) -> Option<Pace> {
        Some(Pace {
            arrival_us: self.arrival?,
            latest_us: self.latest?,
            seen_us: self.seen,
        })
    }
}

fn known(desk: &mut Desk<'_>, destination: &[u8; 16], key: &str) -> rusqlite::Result<Option<Known>> {
    desk.pair
        .query_row(params![destination, key], |row| {
            Ok(Known {
                arrival: row.get(0)?,
                latest: row.get(1)?,
                seen: row.get(2)?,
            })
        })
        .optional()
}

fn last_failure(db: &Connection, destination: &[u8; 16], subject: &Subject<'_>) -> rusqlite::Result<Option<i64>> {
    let mut last = None;
    for key in failures_before(subject) {
        let at: Option<i64> = db
            .prepare_cached("SELECT at_us FROM failure WHERE destination = ?1 AND key = ?2 AND at_us <= ?3")?
            .query_row(params![destination, key, subject.latest_failure_us()], |row| row.get(0))
            .optional()?;
        last = last.max(at);
    }
    Ok(last)
}

/// Where the failures stand that a success may come after: one that is live may have followed some that are backlog by now.
fn failures_before(subject: &Subject<'_>) -> impl Iterator<Item = String> {
    subject
        .origins
        .iter()
        .flat_map(|origin| Lane::ALL.map(|lane| lane.key(origin)))
}

fn open_window(desk: &mut Desk<'_>, destination: &[u8; 16], kind: &str, key: &str) -> rusqlite::Result<Option<Window>> {
    desk.window
        .query_row(params![destination, kind, key], window)
        .optional()
}

/// Of a window's successes: one came after failures and went out although it was open.
const LET_OUT: u8 = 2;

fn success(window: &Window) -> u8 {
    if window.let_out { LET_OUT } else { window.success.into() }
}

pub(super) fn window(row: &rusqlite::Row<'_>) -> rusqlite::Result<Window> {
    let seen: String = row.get(5)?;
    Ok(Window {
        id: WindowId(row.get(0)?),
        opened_us: row.get(1)?,
        length_us: row.get(2)?,
        max_level: row.get(3)?,
        success: row.get::<_, u8>(4)? > 0,
        let_out: row.get::<_, u8>(4)? == LET_OUT,
        // What cannot be read any more is forgotten: the window then reopens once too often, never too seldom.
        distinct: serde_json::from_str(&seen).unwrap_or_default(),
    })
}

fn insert(
    desk: &mut Desk<'_>,
    seq: i64,
    arrival: &Arrival<'_>,
    decision: &Decision,
    now_us: i64,
    tally: &mut Tally,
) -> rusqlite::Result<()> {
    let (door, why, window, storm) = match decision {
        Decision::Forward { storm } => (None, None, None, *storm),
        Decision::Fold(window) => (Some(Door::Folded), None, Some(window.0), false),
        Decision::Allow(rule) => (Some(Door::Allowlisted), Some(rule.clone()), None, false),
        Decision::Gate => {
            let rule = arrival.subject.as_ref().and_then(|subject| subject.rule.clone());
            (
                Some(Door::Gated),
                Some(rule.unwrap_or_else(|| "-".to_owned())),
                None,
                false,
            )
        }
        Decision::Repeat => (Some(Door::Repeated), None, None, false),
        Decision::Park(why) => (Some(Door::Parked), Some(why.clone()), None, false),
    };
    // The text of what is gated or repeated is in Wazuh's own log, or in the queue already.
    let text = match decision {
        Decision::Gate | Decision::Repeat => None,
        Decision::Forward { .. } | Decision::Fold(_) | Decision::Allow(_) | Decision::Park(_) => {
            Some(pack(arrival.bytes)?)
        }
    };
    let subject = arrival.subject.as_ref();
    // What is not an alert may be anything: it goes with the severe ones.
    let level = subject.map_or(12, |subject| subject.level);
    let lane = Lane::of(subject.map_or(arrival.received_us, |subject| subject.paced_us), now_us);
    desk.store.execute(params![
        seq,
        arrival.name,
        arrival.destination.as_bytes(),
        arrival.uuid.as_bytes(),
        arrival.received_us,
        level,
        subject.and_then(|subject| subject.rule.as_deref()),
        subject.map(|subject| subject.agent.as_str()),
        door.map(Door::name),
        why,
        window,
        storm,
        door.map(|_| now_us),
        text.is_some().then_some(&[][..]),
        lane.line(level),
        lane.turn(seq),
    ])?;
    if let Some(text) = text {
        desk.text.execute(params![seq, text])?;
    }
    tally.add(door.map_or("waiting", Door::name), 1);
    if let Some(door) = door.filter(|door| matches!(door, Door::Allowlisted | Door::Gated))
        && let Some(why) = why
    {
        desk.db
            .prepare_cached(
                "INSERT INTO reason VALUES (?1, ?2, 1) ON CONFLICT (door, why) DO UPDATE SET count = count + 1",
            )?
            .execute((door.name(), why))?;
    }
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "one transaction's worth of facts, used once")]
fn remember(
    desk: &mut Desk<'_>,
    arrival: &Arrival<'_>,
    subject: &Subject<'_>,
    seq: i64,
    memory: &Memory,
    decision: &Decision,
    consequences: &Consequences,
    rules: &Rules,
    now_us: i64,
) -> rusqlite::Result<()> {
    let destination = arrival.destination.as_bytes();
    let lane = Lane::of(subject.paced_us, now_us);
    match decision {
        Decision::Fold(id) => {
            let storm = memory.storm.as_ref().is_some_and(|storm| storm.id == *id);
            fold(desk.db, *id, subject, storm, rules.flush_every())?;
        }
        Decision::Forward { .. } => {
            let of = |pace: Pace| (Some(pace.arrival_us), Some(pace.latest_us));
            let overall = consequences.overall.map(|pace| (OVERALL.to_owned(), of(pace)));
            let pair = (subject.pair(), consequences.pace.map_or((None, None), of));
            let rule = (of_rule(subject), (Some(subject.paced_us), None));
            for (key, (arrival_us, latest_us)) in [pair, rule].into_iter().chain(overall) {
                desk.remember
                    .execute(params![destination, lane.key(&key), arrival_us, latest_us, now_us])?;
            }
        }
        Decision::Allow(_) | Decision::Gate | Decision::Repeat | Decision::Park(_) => {}
    }
    // Whatever became of it, also below the gate: the success that follows may be above it.
    if subject.failure && !matches!(decision, Decision::Repeat) {
        for origin in &subject.origins {
            desk.db
                .prepare_cached(
                    "INSERT INTO failure VALUES (?1, ?2, ?3)
                 ON CONFLICT (destination, key) DO UPDATE SET at_us = max(at_us, ?3)",
                )?
                .execute(params![destination, lane.key(origin), subject.paced_us])?;
        }
    }
    if consequences.forget_failures {
        for key in failures_before(subject) {
            desk.db
                .prepare_cached("DELETE FROM failure WHERE destination = ?1 AND key = ?2 AND at_us <= ?3")?
                .execute(params![destination, key, subject.latest_failure_us()])?;
        }
    }
    let mut window = Window::led_by(subject, rules.fold_window());
    window.take_appeal(consequences.appeal.as_deref());
    if consequences.open_repeats {
        let key = lane.key(&subject.fingerprint);
        if memory.repeats.is_some() {
            close(desk.db, destination, "repeats", &key, now_us)?;
        }
        open(
            desk,
            destination,
            "repeats",
            &key,
            seq,
            &window,
            subject.time_us,
            now_us,
        )?;
    }
    if consequences.open_storm {
        window = Window::led_by(subject, rules.storm_window());
        window.let_out = consequences.let_out;
        window.take_appeal(consequences.appeal.as_deref());
        window.distinct.take(&subject.place());
        let key = lane.key(subject.storm());
        if memory.storm.is_some() {
            close(desk.db, destination, "storm", &key, now_us)?;
        }
        open(desk, destination, "storm", &key, seq, &window, subject.time_us, now_us)?;
    }
    if let Some(id) = consequences.widen {
        widen(desk.db, id, subject, false, consequences)?;
    }
    if let Some(id) = consequences.widen_storm {
        widen(desk.db, id, subject, true, consequences)?;
    }
    Ok(())
}

/// One open window per key: the one before is closed by its successor, and tells its count at the next flush.
fn close(db: &Connection, destination: &[u8; 16], kind: &str, key: &str, now_us: i64) -> rusqlite::Result<()> {
    db.prepare_cached(CLOSE_WINDOW)?
        .execute(params![destination, kind, key, now_us, NEVER])?;
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "one row")]
fn open(
    desk: &mut Desk<'_>,
    destination: &[u8; 16],
    kind: &str,
    key: &str,
    lead: i64,
    window: &Window,
    time_us: i64,
    now_us: i64,
) -> rusqlite::Result<()> {
    desk.open.execute(params![
        destination,
        kind,
        key,
        lead,
        window.opened_us,
        window.length_us,
        now_us.saturating_add(window.length_us),
        window.max_level,
        success(window),
        to_json(&window.distinct),
        NEVER,
        time_us,
    ])?;
    Ok(())
}

/// Counts one more in a window. Most windows stay empty, so nothing is written into them when their alert has got to IRIS: what is counted
/// looks whether it has, and is told at the time that was due then.
pub(super) const GROW: &str = "
    UPDATE window SET folded = folded + 1, first_us = min(first_us, ?2), last_us = max(last_us, ?2), flush_us = iif(
        flush_us = ?4,
        coalesce((SELECT settled_us + ?3 FROM alert WHERE seq = lead AND iris_id IS NOT NULL), ?4),
        flush_us)
    WHERE id = ?1";

fn fold(
    db: &Connection,
    id: WindowId,
    subject: &Subject<'_>,
    storm: bool,
    flush_every: Duration,
) -> rusqlite::Result<()> {
    let flush_us = i64::try_from(flush_every.as_micros()).unwrap_or(i64::MAX / 4);
    db.prepare_cached(GROW)?
        .execute(params![id.0, subject.time_us, flush_us, NEVER])?;
    widen(db, id, subject, storm, &Consequences::default())
}

fn widen(
    db: &Connection,
    id: WindowId,
    subject: &Subject<'_>,
    storm: bool,
    consequences: &Consequences,
) -> rusqlite::Result<()> {
    let mut there: Window = db
        .prepare_cached("SELECT id, opened_us, length_us, max_level, success, seen FROM window WHERE id = ?1")?
        .query_row([id.0], window)?;
    let before = there.clone();
    there.widen(subject);
    there.let_out |= consequences.let_out;
    there.take_appeal(consequences.appeal.as_deref());
    if storm {
        there.distinct.take(&subject.place());
    }
    if there != before {
        db.prepare_cached("UPDATE window SET max_level = ?2, success = ?3, seen = ?4 WHERE id = ?1")?
            .execute(params![
                id.0,
                there.max_level,
                success(&there),
                to_json(&there.distinct)
            ])?;
    }
    Ok(())
}

fn to_json(distinct: &Distinct) -> String {
    serde_json::to_string(distinct).unwrap_or_else(|_| "{}".to_owned())
}
