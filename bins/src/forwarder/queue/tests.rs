//! Counters and windows under any order of arrivals, settlements and crashes.

use std::collections::BTreeSet;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::forwarder::noise::{Allowlist, Decision, Rules, Subject};
use crate::forwarder::spool::DestinationId;
use crate::settings::{Settings, Source};

mod appeal;
mod counts;
mod noise;

const FLUSH_US: i64 = 300_000_000;

fn rules() -> Rules {
    let settings = Settings::parse(&Source::default()).unwrap();
    Rules::new(&settings.forward, &settings.noise, Allowlist::default())
}

fn subject(kind: u8, level: u8, second: i64) -> Subject<'static> {
    let mut subject = Subject::for_test(&format!("rule-{}", kind % 3), "001");
    subject.fingerprint = format!("print-{kind}");
    subject.level = level;
    subject.later(second)
}

fn take(queue: &mut Queue, name: &str, uuid: Uuid, subject: Option<Subject<'static>>) -> Intake {
    let arrival = Arrival {
        name,
        destination: DestinationId::SETTINGS,
        same_server: Vec::new(),
        uuid,
        received_us: 1,
        subject,
        bytes: b"{}",
    };
    queue.take_in(&[arrival], None, &rules()).unwrap().remove(0)
}

fn due(queue: &Queue) -> Vec<Due> {
    [Lane::Live, Lane::Backlog]
        .into_iter()
        .flat_map(|lane| {
            queue
                .ready(DestinationId::SETTINGS, lane, 100, &BTreeSet::new())
                .unwrap()
        })
        .map(|ready| queue.unpack(ready.seq).unwrap())
        .collect()
}

#[test]
fn damage_is_found_wherever_it_is_and_its_message_says_how_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("queue.db");
    let mut queue = Queue::open(folder.path()).unwrap();
    for number in 0..50_u8 {
        take(&mut queue, &number.to_string(), Uuid::from_bytes([number; 16]), None);
    }
    drop(queue);
    let whole = std::fs::read(&file).unwrap();
    let look = || Queue::look(folder.path()).unwrap().unwrap();
    let longest = std::time::Duration::from_mins(1);
    look().check(longest).unwrap();
    look().check(std::time::Duration::ZERO).unwrap();
    for at in [0, 2 * 4096, whole.len() - 4096] {
        let mut damaged = whole.clone();
        damaged[at..at + 4096].fill(0xa7);
        std::fs::write(&file, damaged).unwrap();
        let said = look().check(longest).unwrap_err().to_string();
        assert!(
            said.contains("queue.db") && said.contains("\nhint: stop the courier, move"),
            "{said}"
        );
        assert_eq!(said.lines().count(), 2, "{said}");
    }
}

fn settle(queue: &mut Queue, seq: i64, settlement: Settlement) {
    queue.settle(&[(seq, settlement)], 1, FLUSH_US).unwrap();
}

fn close(queue: &mut Queue, now_us: i64) {
    queue.close_windows(now_us, rules().storm_window(), FLUSH_US).unwrap();
}

fn untold(queue: &Queue, until_us: i64) -> Vec<Untold> {
    queue.untold(DestinationId::SETTINGS, until_us, 10, |_| false).unwrap()
}

#[test]
fn an_open_queue_keeps_its_lock_so_that_nobody_else_is_the_last_to_close_it() {
    use std::os::unix::fs::MetadataExt;
    let folder = tempfile::tempdir().unwrap();
    let is_locked = || {
        let inode = std::fs::metadata(folder.path().join("queue.db")).unwrap().ino();
        let (owner, file) = (std::process::id().to_string(), format!(":{inode}"));
        let locks = std::fs::read_to_string("/proc/locks").unwrap();
        locks.lines().any(|lock| {
            let fields: Vec<&str> = lock.split_whitespace().collect();
            fields.get(4) == Some(&owner.as_str()) && fields.get(5).is_some_and(|of| of.ends_with(&file))
        })
    };
    for when in ["made", "opened again"] {
        let mut queue = Queue::open(folder.path()).unwrap();
        assert!(is_locked(), "{when}");
        take(&mut queue, when, Uuid::from_u128(1), None);
        assert!(is_locked(), "{when}, after a change");
        drop(queue);
        assert!(!is_locked(), "{when} and closed");
    }
}

#[test]
fn what_was_taken_in_before_a_crash_is_known_and_not_counted_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = Queue::open(folder.path()).unwrap();
    take(&mut queue, "a", Uuid::from_u128(1), Some(subject(1, 10, 0)));
    drop(queue);
    let mut queue = Queue::open(folder.path()).unwrap();
    assert_eq!(
        take(&mut queue, "a", Uuid::from_u128(1), Some(subject(1, 10, 0))),
        Intake::Known
    );
    let counters = queue.counters().unwrap();
    assert_eq!((counters.received, counters.waiting), (1, 1));
}

#[test]
fn a_count_that_iris_was_told_is_not_told_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = Queue::open(folder.path()).unwrap();
    for number in 0..4_u8 {
        take(
            &mut queue,
            &number.to_string(),
            Uuid::from_u128(number.into()),
            Some(subject(1, 10, number.into())),
        );
    }
    let lead = due(&queue).remove(0);
    assert_eq!(
        lead.folded.as_ref().map(|report| report.count),
        Some(3),
        "what was folded before delivery is told with it"
    );
    settle(
        &mut queue,
        lead.seq,
        Settlement::Delivered {
            iris_id: Some(7),
            told: 3,
        },
    );
    assert!(untold(&queue, i64::MAX).is_empty());
    take(&mut queue, "later", Uuid::from_u128(99), Some(subject(1, 10, 9)));
    let left = untold(&queue, i64::MAX);
    assert_eq!(
        (left.len(), left[0].iris_id, left[0].lead.folded.as_ref().unwrap().count),
        (1, 7, 4)
    );
    queue.told(lead.seq, Some(4), 3).unwrap();
    assert!(untold(&queue, i64::MAX).is_empty());
}

#[test]
fn a_parked_alert_comes_back_in_line_and_is_counted_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = Queue::open(folder.path()).unwrap();
    take(&mut queue, "a", Uuid::from_u128(1), None);
    let seq = due(&queue).remove(0).seq;
    settle(
        &mut queue,
        seq,
        Settlement::Parked {
            error: "refused".into(),
        },
    );
    assert_eq!(queue.counters().unwrap().parked, 1);
    assert!(queue.retry(seq).unwrap() && !queue.retry(seq).unwrap());
    let counters = queue.counters().unwrap();
    assert_eq!((counters.parked, counters.waiting), (0, 1));
    assert!(counters.add_up());
}

#[test]
fn a_settled_alert_loses_its_text_in_time_but_not_the_one_that_counts_go_to() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = Queue::open(folder.path()).unwrap();
    take(&mut queue, "lead", Uuid::from_u128(1), Some(subject(1, 10, 0)));
    take(&mut queue, "alone", Uuid::from_u128(2), None);
    take(&mut queue, "repeat", Uuid::from_u128(3), Some(subject(1, 10, 1)));
    for due in due(&queue) {
        settle(
            &mut queue,
            due.seq,
            Settlement::Delivered {
                iris_id: Some(due.seq),
                told: 0,
            },
        );
    }
    queue.expire(1_000_000, std::time::Duration::ZERO).unwrap();
    let text = |seq| queue.show(seq).unwrap().and_then(|(_, text)| text);
    assert!(text(1).is_some(), "its count is not told yet");
    assert!(queue.show(2).unwrap().is_none() || text(2).is_none());
    let kept: Vec<i64> = queue
        .ask(|db| {
            db.prepare("SELECT seq FROM text")?
                .query_map([], |row| row.get(0))?
                .collect()
        })
        .unwrap();
    assert!(!kept.contains(&2), "and no text is left of what is forgotten: {kept:?}");
    assert!(queue.counters().unwrap().add_up(), "counters outlive what they counted");
}

#[test]
fn a_clock_that_is_behind_forgets_nothing_and_what_was_settled_ahead_goes_where_room_is_short() {
    let mut queue = Queue::scratch().unwrap();
    take(&mut queue, "alone", Uuid::from_u128(1), None);
    let now_us = 1_768_900_000_000_000;
    let delivered = Settlement::Delivered {
        iris_id: Some(7),
        told: 0,
    };
    queue.settle(&[(1, delivered)], now_us, FLUSH_US).unwrap();
    let keep = std::time::Duration::from_hours(24);
    let has_text = |queue: &Queue| queue.show(1).unwrap().is_some_and(|(_, text)| text.is_some());
    // As after a start without a battery, and right again.
    for clock_us in [0, now_us + 1] {
        queue.expire(clock_us, keep).unwrap();
        assert!(has_text(&queue), "{clock_us}");
    }
    let year_us = 365 * 86_400_000_000;
    assert!(!queue.make_room(now_us - year_us).unwrap(), "there is no more");
    assert!(!has_text(&queue));
}

#[test]
fn a_parked_alert_leads_nothing_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = Queue::open(folder.path()).unwrap();
    take(&mut queue, "lead", Uuid::from_u128(1), Some(subject(1, 10, 0)));
    let seq = due(&queue).remove(0).seq;
    let parked = Settlement::Parked {
        error: "refused".into(),
    };
    settle(&mut queue, seq, parked);
    let next = take(&mut queue, "next", Uuid::from_u128(2), Some(subject(1, 10, 1)));
    assert!(matches!(next, Intake::Judged(Decision::Forward { .. })), "{next:?}");
}

#[test]
fn a_count_that_cannot_be_told_waits_for_its_next_flush_even_when_its_window_has_closed() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = Queue::open(folder.path()).unwrap();
    take(&mut queue, "lead", Uuid::from_u128(1), Some(subject(1, 10, 0)));
    take(&mut queue, "repeat", Uuid::from_u128(2), Some(subject(1, 10, 1)));
    let seq = due(&queue).remove(0).seq;
    let delivered = Settlement::Delivered {
        iris_id: Some(7),
        told: 0,
    };
    settle(&mut queue, seq, delivered);
    let closed_us = micros(std::time::SystemTime::now()) + 1_000_000_000_000;
    close(&mut queue, closed_us);
    assert_eq!(untold(&queue, closed_us).len(), 1, "a closed window tells at once");
    queue.told(seq, None, closed_us + FLUSH_US).unwrap();
    assert!(untold(&queue, closed_us).is_empty());
    assert_eq!(untold(&queue, closed_us + FLUSH_US).len(), 1);
}

#[test]
fn what_the_gate_kept_back_is_judged_anew_when_it_comes_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = Queue::open(folder.path()).unwrap();
    for name in ["first", "again"] {
        let taken = take(&mut queue, name, Uuid::from_u128(1), Some(subject(1, 3, 0)));
        assert_eq!(taken, Intake::Judged(Decision::Gate), "{name}");
    }
    assert_eq!(queue.counters().unwrap().gated, 2);
}

#[test]
fn counts_of_two_windows_of_one_alert_are_never_told_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = Queue::open(folder.path()).unwrap();
    take(&mut queue, "lead", Uuid::from_u128(1), Some(subject(1, 10, 0)));
    let lead = due(&queue).remove(0).seq;
    let delivered = Settlement::Delivered {
        iris_id: Some(7),
        told: 0,
    };
    settle(&mut queue, lead, delivered);
    // The first alert leads the window of its repeats, and as the one over the limit the storm's as well.
    let grow = |queue: &Queue, id: i64| {
        queue
            .ask(|db| db.execute(super::intake::GROW, (id, 0, FLUSH_US, super::NEVER)))
            .unwrap()
    };
    queue
        .ask(|db| {
            db.execute_batch(
                "INSERT INTO window SELECT 2, destination, 'storm', 'x', lead, opened_us, length_us, closes_us, max_level, success, seen,
                        0, 0, first_us, last_us, flush_us, 1, NULL, 0 FROM window WHERE id = 1",
            )
        })
        .unwrap();
    let mut truth = 0;
    for (folds, during) in [
        (vec![2, 2, 2], vec![]),
        (vec![1, 1], vec![1]),
        (vec![], vec![2]),
        (vec![1], vec![2, 1]),
    ] {
        for id in folds {
            truth += grow(&queue, id);
        }
        let count = untold(&queue, i64::MAX)[0].lead.folded.as_ref().unwrap().count;
        assert_eq!(count, truth as u64);
        // More is folded while IRIS is told.
        for id in during {
            truth += grow(&queue, id);
        }
        queue.told(lead, Some(count), 2).unwrap();
        let told: u64 = queue
            .ask(|db| db.query_row("SELECT sum(told) FROM window", [], |row| row.get(0)))
            .unwrap();
        assert_eq!(told, count, "what was told, and no more");
        assert_eq!(untold(&queue, i64::MAX).is_empty(), told == truth as u64);
    }
}

#[test]
fn the_next_of_a_kind_whose_iris_alert_is_not_shown_becomes_one_of_its_own_and_the_count_waits_for_a_day() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = Queue::open(folder.path()).unwrap();
    take(&mut queue, "lead", Uuid::from_u128(1), Some(subject(1, 10, 0)));
    take(&mut queue, "repeat", Uuid::from_u128(2), Some(subject(1, 10, 1)));
    let seq = due(&queue).remove(0).seq;
    let delivered = Settlement::Delivered {
        iris_id: Some(7),
        told: 0,
    };
    settle(&mut queue, seq, delivered);
    let now_us = micros(std::time::SystemTime::now());
    assert_eq!(queue.missing(seq, now_us, now_us + FLUSH_US).unwrap(), 0);
    assert!(untold(&queue, now_us).is_empty());
    assert_eq!(untold(&queue, now_us + FLUSH_US).len(), 1, "it may be shown again");
    let next = take(&mut queue, "next", Uuid::from_u128(3), Some(subject(1, 10, 2)));
    assert!(matches!(next, Intake::Judged(Decision::Forward { .. })), "{next:?}");
    let late_us = now_us + 2 * 86_400_000_000;
    let given_up: u64 = (0..24).map(|_| queue.missing(seq, late_us, late_us).unwrap()).sum();
    assert_eq!(given_up, 1, "the one repeat");
    assert!(untold(&queue, i64::MAX).is_empty());
}

#[test]
fn the_live_lane_goes_by_level_and_age_and_the_backlog_by_level_and_youth() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = Queue::open(folder.path()).unwrap();
    let now_us = micros(std::time::SystemTime::now());
    let at = |kind: u8, level: u8, age_s: i64| {
        let mut subject = subject(kind, level, 0);
        subject.fingerprint = format!("{kind}");
        subject.rule = Some(kind.to_string());
        subject.time_us = now_us - age_s * 1_000_000;
        subject.paced_us = subject.time_us;
        subject
    };
    for (kind, level, age_s) in [
        (1, 9, 10),
        (2, 9, 5),
        (3, 14, 1),
        (4, 9, 7200),
        (5, 14, 9000),
        (6, 9, 3600),
    ] {
        take(
            &mut queue,
            &kind.to_string(),
            Uuid::from_u128(kind.into()),
            Some(at(kind, level, age_s)),
        );
    }
    let order = |queue: &Queue, lane| -> Vec<i64> {
        queue
            .ready(DestinationId::SETTINGS, lane, 10, &BTreeSet::new())
            .unwrap()
            .iter()
            .map(|ready| ready.seq)
            .collect()
    };
    assert_eq!(order(&queue, Lane::Live), [3, 1, 2]);
    assert_eq!(order(&queue, Lane::Backlog), [5, 6, 4]);
    // A quarter of an hour later the first two are no longer live.
    queue.age(2).unwrap();
    assert_eq!(order(&queue, Lane::Live), [3]);
    assert_eq!(order(&queue, Lane::Backlog), [5, 6, 4, 2, 1]);
    assert_eq!(queue.depths().unwrap(), [(Lane::Live, 1), (Lane::Backlog, 5)]);
}

#[test]
fn a_wait_set_by_a_clock_that_was_wrong_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = Queue::open(folder.path()).unwrap();
    let (day, now) = (86_400_000_000, 1_768_900_000_000_000);
    for (number, due_us) in [(1, now + 1_000_000), (2, now + day), (3, now - day)] {
        take(&mut queue, &number.to_string(), Uuid::from_u128(number), None);
        let again = Settlement::Again {
            due_us,
            error: "x".into(),
            degraded: false,
            counts: true,
        };
        settle(&mut queue, i64::try_from(number).unwrap(), again);
    }
    assert!(due(&queue).is_empty());
    queue.call_back(now).unwrap();
    let mut back: Vec<i64> = due(&queue).iter().map(|due| due.seq).collect();
    back.sort_unstable();
    assert_eq!(back, [2, 3], "the clock was set back by a day after the second one's");
}

#[test]
fn a_window_opened_under_a_clock_that_was_ahead_does_not_stay_open() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = Queue::open(folder.path()).unwrap();
    take(&mut queue, "lead", Uuid::from_u128(1), Some(subject(1, 10, 0)));
    let now = micros(std::time::SystemTime::now());
    close(&mut queue, now);
    assert_eq!(queue.open_windows().unwrap(), 1);
    // By an hour: four windows long.
    close(&mut queue, now - 3_600_000_000);
    assert_eq!(queue.open_windows().unwrap(), 0);
}

#[test]
fn a_count_put_off_under_a_clock_that_was_ahead_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = Queue::open(folder.path()).unwrap();
    take(&mut queue, "lead", Uuid::from_u128(1), Some(subject(1, 10, 0)));
    take(&mut queue, "repeat", Uuid::from_u128(2), Some(subject(1, 10, 1)));
    let now = micros(std::time::SystemTime::now());
    let delivered = Settlement::Delivered {
        iris_id: Some(7),
        told: 0,
    };
    queue.settle(&[(1, delivered)], now, FLUSH_US).unwrap();
    close(&mut queue, now);
    assert!(untold(&queue, now).is_empty());
    close(&mut queue, now - 3_600_000_000);
    assert_eq!(untold(&queue, now - 3_600_000_000).len(), 1);
}

#[test]
fn what_repeats_an_alert_that_iris_has_under_a_number_unknown_becomes_an_alert_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = Queue::open(folder.path()).unwrap();
    take(&mut queue, "lead", Uuid::from_u128(1), Some(subject(1, 10, 0)));
    take(&mut queue, "repeat", Uuid::from_u128(2), Some(subject(1, 10, 1)));
    let delivered = Settlement::Delivered { iris_id: None, told: 0 };
    settle(&mut queue, 1, delivered);
    assert_eq!(queue.open_windows().unwrap(), 0);
    let next = take(&mut queue, "next", Uuid::from_u128(3), Some(subject(1, 10, 2)));
    assert!(matches!(next, Intake::Judged(Decision::Forward { .. })), "{next:?}");
    assert!(queue.counters().unwrap().add_up());
}

#[test]
fn a_count_is_told_although_the_text_of_its_alert_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = Queue::open(folder.path()).unwrap();
    take(&mut queue, "lead", Uuid::from_u128(1), Some(subject(1, 10, 0)));
    take(&mut queue, "repeat", Uuid::from_u128(2), Some(subject(1, 10, 1)));
    let delivered = Settlement::Delivered {
        iris_id: Some(7),
        told: 0,
    };
    settle(&mut queue, 1, delivered);
    queue
        .ask(|db| db.execute("UPDATE text SET packed = x'0011' WHERE seq = 1", []))
        .unwrap();
    let untold = untold(&queue, i64::MAX);
    assert_eq!(untold[0].lead.folded.as_ref().unwrap().count, 1);
    assert!(untold[0].lead.bytes.is_empty());
}

#[test]
fn an_alert_that_leads_two_windows_tells_what_both_have_seen() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = Queue::open(folder.path()).unwrap();
    take(&mut queue, "lead", Uuid::from_u128(1), Some(subject(1, 10, 0)));
    queue
        .ask(|db| {
            db.execute_batch(
                r#"UPDATE window SET folded = 2, seen = '{"user":["ann"]}';
                   INSERT INTO window SELECT 2, destination, 'storm', 'x', lead, opened_us, length_us, closes_us, 13, 1,
                          '{"user":["bob"],"agent":["002"]}', 3, 0, first_us, last_us, flush_us, 1, NULL, 0 FROM window WHERE id = 1"#,
            )
        })
        .unwrap();
    let report = due(&queue).remove(0).folded.unwrap();
    assert_eq!(
        (report.count, report.window.max_level, report.window.success),
        (5, 13, true)
    );
    let seen: Vec<_> = report
        .window
        .distinct
        .iter()
        .map(|(name, set)| (name, set.len()))
        .collect();
    assert_eq!(seen, [("agent", 1), ("user", 2)]);
}

#[test]
fn too_many_windows_close_early_and_tell_their_counts() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = Queue::open(folder.path()).unwrap();
    for number in 0..30_u8 {
        let mut one = subject(0, 10, 0);
        one.fingerprint = format!("print-{number}");
        one.rule = Some(number.to_string());
        take(
            &mut queue,
            &format!("lead-{number}"),
            Uuid::from_u128(number.into()),
            Some(one.clone()),
        );
        take(
            &mut queue,
            &format!("repeat-{number}"),
            Uuid::from_u128(100 + u128::from(number)),
            Some(one),
        );
    }
    let now_us = micros(std::time::SystemTime::now());
    for due in due(&queue) {
        let delivered = Settlement::Delivered {
            iris_id: Some(due.seq),
            told: 0,
        };
        queue.settle(&[(due.seq, delivered)], now_us, FLUSH_US).unwrap();
    }
    assert!(untold(&queue, now_us).is_empty(), "their flush is not due");
    assert_eq!(queue.bound(now_us, 0, 20, 10).unwrap(), 12);
    assert_eq!(queue.open_windows().unwrap(), 18);
    assert_eq!(
        queue
            .untold(DestinationId::SETTINGS, now_us, 100, |_| false)
            .unwrap()
            .len(),
        12
    );
    let keys: i64 = queue
        .ask(|db| db.query_row("SELECT count(*) FROM pair", [], |row| row.get(0)))
        .unwrap();
    assert!(keys <= 10, "{keys}");
}

#[test]
fn a_queue_that_was_large_gives_its_space_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = Queue::open(folder.path()).unwrap();
    assert!(!queue.is_hollow().unwrap());
    queue
        .ask(|db| {
            db.execute_batch(
                "CREATE TABLE filler (body BLOB);
                 WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
                 INSERT INTO filler SELECT zeroblob(4000) FROM n;
                 DROP TABLE filler;",
            )
        })
        .unwrap();
    let size = || std::fs::metadata(folder.path().join("queue.db")).unwrap().len();
    assert!(queue.is_hollow().unwrap());
    // As the courier does it: a little at a time.
    while queue.is_hollow().unwrap() {
        let before = size();
        queue.give_back().unwrap();
        assert!(size() < before || before < 1 << 20, "{before}");
    }
    assert!(size() < 8 << 20, "{}", size());
}

/// What may happen to a queue.
#[derive(Debug, Clone)]
enum Event {
    Arrive {
        kind: u8,
        level: u8,
        second: i64,
        uuid: u8,
    },
    ArriveUnread {
        uuid: u8,
    },
    /// The same name again: a spool file that was not unlinked when the courier died.
    ArriveAgain,
    Deliver,
    Fail,
    Park,
    Told,
    CloseWindows,
    Crash,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => (0_u8..6, 0_u8..17, 0_i64..2000, any::<u8>())
            .prop_map(|(kind, level, second, uuid)| Event::Arrive { kind, level, second, uuid }),
        1 => any::<u8>().prop_map(|uuid| Event::ArriveUnread { uuid }),
        1 => Just(Event::ArriveAgain),
        3 => Just(Event::Deliver),
        1 => Just(Event::Fail),
        1 => Just(Event::Park),
        1 => Just(Event::Told),
        1 => Just(Event::CloseWindows),
        1 => Just(Event::Crash),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn counters_add_up_after_any_history(events in proptest::collection::vec(event(), 1..60)) {
        let folder = tempfile::tempdir().unwrap();
        let mut queue = Queue::open(folder.path()).unwrap();
        let (mut names, mut iris) = (0, 0);
        for event in events {
            match event {
                Event::Arrive { kind, level, second, uuid } => {
                    names += 1;
                    take(&mut queue, &names.to_string(), Uuid::from_u128(uuid.into()), Some(subject(kind, level, second)));
                }
                Event::ArriveUnread { uuid } => {
                    names += 1;
                    take(&mut queue, &names.to_string(), Uuid::from_u128(u128::from(uuid) << 64), None);
                }
                Event::ArriveAgain if names > 0 => {
                    prop_assert_eq!(take(&mut queue, &names.to_string(), Uuid::nil(), None), Intake::Known);
                }
                Event::Deliver => if let Some(first) = due(&queue).first() {
                    iris += 1;
                    let told = first.folded.as_ref().map_or(0, |report| report.count);
                    let settlement = Settlement::Delivered { iris_id: Some(iris), told };
                    // Reported twice, counted once.
                    queue.settle(&[(first.seq, settlement.clone()), (first.seq, settlement)], 1, FLUSH_US).unwrap();
                },
                Event::Fail => if let Some(first) = due(&queue).first() {
                    let again = Settlement::Again { due_us: 0, error: "x".into(), degraded: true, counts: true };
                    settle(&mut queue, first.seq, again);
                },
                Event::Park => if let Some(first) = due(&queue).first() {
                    settle(&mut queue, first.seq, Settlement::Parked { error: "x".into() });
                },
                Event::Told => if let Some(one) = untold(&queue, i64::MAX).first() {
                    let count = one.lead.folded.as_ref().map(|report| report.count);
                    queue.told(one.lead.seq, count, 1).unwrap();
                },
                Event::CloseWindows => close(&mut queue, i64::MAX),
                Event::Crash => {
                    drop(queue);
                    queue = Queue::open(folder.path()).unwrap();
                }
                Event::ArriveAgain => {}
            }
            let counters = queue.counters().unwrap();
            prop_assert!(counters.add_up(), "{:?}", counters);
            prop_assert_eq!(counters.received, names);
            let waiting: u64 = queue
                .ask(|db| db.query_row("SELECT count(*) FROM alert WHERE door IS NULL", [], |row| row.get(0)))
                .unwrap();
            prop_assert_eq!(counters.waiting, waiting);
            let overtold: bool = queue
                .ask(|db| db.query_row("SELECT count(*) > 0 FROM window WHERE told > folded", [], |row| row.get(0)))
                .unwrap();
            prop_assert!(!overtold);
        }
        // Whatever was folded is counted in some alert, told or not.
        let folded = queue.counters().unwrap().folded;
        let counted: u64 = queue.ask(|db| db.query_row("SELECT coalesce(sum(folded), 0) FROM window", [], |row| row.get(0))).unwrap();
        prop_assert_eq!(folded, counted);
    }
}

#[test]
fn a_queue_that_is_just_being_made_is_none_yet_and_one_whose_tables_are_gone_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("queue.db");
    let look = || Queue::look(folder.path()).unwrap();
    std::fs::write(&file, "").unwrap();
    assert!(look().is_none(), "an empty file");
    let before = SystemTime::now() - Duration::from_mins(1);
    let age = std::fs::File::options()
        .write(true)
        .open(&file)
        .and_then(|file| file.set_modified(before));
    assert!(age.is_ok());
    let emptied = Queue::look(folder.path()).unwrap_err().to_string();
    assert!(emptied.contains("custom-iris replay"), "nobody makes it: {emptied}");
    let office = crate::forwarder::launch::take_office(folder.path()).unwrap();
    assert!(look().is_none(), "a courier is there");
    drop(office);
    let db = rusqlite::Connection::open(&file).unwrap();
    db.execute_batch("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;")
        .unwrap();
    assert!(look().is_none(), "one that is prepared for tables");
    let queue = Queue::open(folder.path()).unwrap();
    assert_eq!(look().unwrap().counters().unwrap().received, 0);
    drop(queue);
    db.execute_batch("PRAGMA foreign_keys = OFF; DROP TABLE alert; DROP TABLE window; DROP TABLE counter;")
        .unwrap();
    assert!(look().unwrap().counters().is_err(), "its tables are gone");
}

#[test]
fn a_queue_of_a_newer_program_is_looked_into_by_none_that_is_older() {
    let folder = tempfile::tempdir().unwrap();
    drop(Queue::open(folder.path()).unwrap());
    let file = folder.path().join("queue.db");
    let db = Connection::open(&file).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    drop(db);
    let before = std::fs::read(&file).unwrap();
    for error in [
        Queue::look(folder.path()).map(drop).unwrap_err(),
        Queue::open(folder.path()).map(drop).unwrap_err(),
    ] {
        let said = error.to_string();
        assert!(
            said.contains("made by a newer program") && said.contains("\nhint: use that one"),
            "{said}"
        );
        assert!(!error.line().contains('\n'), "{}", error.line());
    }
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn a_queue_that_cannot_be_made_leaves_no_file_that_looks_emptied() {
    let folder = tempfile::tempdir().unwrap();
    // As where there is no room for what SQLite writes first.
    let in_the_way = folder.path().join("queue.db-journal");
    std::fs::create_dir(&in_the_way).unwrap();
    assert!(Queue::open(folder.path()).is_err());
    assert!(Queue::look(folder.path()).unwrap().is_none());
    assert!(!folder.path().join("queue.db").exists());
    std::fs::remove_dir(&in_the_way).unwrap();
    assert!(Queue::open(folder.path()).is_ok());
    // What is there already stays.
    let file = std::fs::File::create(folder.path().join("queue.db")).unwrap();
    drop(file);
    std::fs::create_dir(&in_the_way).unwrap();
    assert!(Queue::open(folder.path()).is_err());
    assert!(folder.path().join("queue.db").exists());
}
