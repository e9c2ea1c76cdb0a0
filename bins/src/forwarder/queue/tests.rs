//! Counters and windows under any order of arrivals, settlements and crashes.

use std::collections::BTreeSet;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::forwarder::noise::{Allowlist, Decision, Rules, Subject};
use crate::forwarder::spool::DestinationId;
use crate::settings::{Settings, Source};

const FLUSH_US: i64 = 300_000_000;

fn rules() -> Rules {
    let settings = Settings::parse(&Source::default()).unwrap();
    Rules::new(&settings.forward, &settings.noise, Allowlist::default())
}

fn subject(kind: u8, level: u8, second: i64) -> Subject<'static> {
    let mut subject = Subject::for_test(&format!("rule-{}", kind % 3), "001");
    subject.fingerprint = format!("print-{kind}");
    subject.level = level;
    subject.time_us += second * 1_000_000;
    subject
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
    queue.take_in(&[arrival], None, &rules(), FLUSH_US).unwrap().remove(0)
}

fn due(queue: &Queue) -> Vec<Due> {
    queue.due(i64::MAX, 100, &BTreeSet::new(), &BTreeSet::new()).unwrap()
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
    queue
        .settle(
            &[(
                lead.seq,
                Settlement::Delivered {
                    iris_id: Some(7),
                    told: 3,
                },
            )],
            2,
        )
        .unwrap();
    assert!(queue.untold(i64::MAX, 10).unwrap().is_empty());
    take(&mut queue, "later", Uuid::from_u128(99), Some(subject(1, 10, 9)));
    let untold = queue.untold(i64::MAX, 10).unwrap();
    assert_eq!(
        (
            untold.len(),
            untold[0].iris_id,
            untold[0].lead.folded.as_ref().unwrap().count
        ),
        (1, 7, 4)
    );
    queue.told(lead.seq, Some(4), 3).unwrap();
    assert!(queue.untold(i64::MAX, 10).unwrap().is_empty());
}

#[test]
fn a_parked_alert_comes_back_in_line_and_is_counted_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = Queue::open(folder.path()).unwrap();
    take(&mut queue, "a", Uuid::from_u128(1), None);
    let seq = due(&queue).remove(0).seq;
    queue
        .settle(
            &[(
                seq,
                Settlement::Parked {
                    error: "refused".into(),
                },
            )],
            1,
        )
        .unwrap();
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
        queue
            .settle(
                &[(
                    due.seq,
                    Settlement::Delivered {
                        iris_id: Some(due.seq),
                        told: 0,
                    },
                )],
                1,
            )
            .unwrap();
    }
    queue.expire(1_000_000, std::time::Duration::ZERO).unwrap();
    let text = |seq| queue.show(seq).unwrap().and_then(|(_, text)| text);
    assert!(text(1).is_some(), "its count is not told yet");
    assert!(queue.show(2).unwrap().is_none() || text(2).is_none());
    assert!(queue.counters().unwrap().add_up(), "counters outlive what they counted");
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
    queue.settle(&[(seq, parked)], 1).unwrap();
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
    queue.settle(&[(seq, delivered)], 1).unwrap();
    let closed_us = micros(std::time::SystemTime::now()) + 1_000_000_000_000;
    queue.close_windows(closed_us).unwrap();
    assert_eq!(
        queue.untold(closed_us, 10).unwrap().len(),
        1,
        "a closed window tells at once"
    );
    queue.told(seq, None, closed_us + FLUSH_US).unwrap();
    assert!(queue.untold(closed_us, 10).unwrap().is_empty());
    assert_eq!(queue.untold(closed_us + FLUSH_US, 10).unwrap().len(), 1);
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
                    queue.settle(&[(first.seq, settlement.clone()), (first.seq, settlement)], 1).unwrap();
                },
                Event::Fail => if let Some(first) = due(&queue).first() {
                    let again = Settlement::Again { due_us: 0, error: "x".into(), degraded: true, counts: true };
                    queue.settle(&[(first.seq, again)], 1).unwrap();
                },
                Event::Park => if let Some(first) = due(&queue).first() {
                    queue.settle(&[(first.seq, Settlement::Parked { error: "x".into() })], 1).unwrap();
                },
                Event::Told => if let Some(one) = queue.untold(i64::MAX, 1).unwrap().first() {
                    let count = one.lead.folded.as_ref().map(|report| report.count);
                    queue.told(one.lead.seq, count, 1).unwrap();
                },
                Event::CloseWindows => queue.close_windows(i64::MAX).unwrap(),
                Event::Crash => {
                    drop(queue);
                    queue = Queue::open(folder.path()).unwrap();
                }
                Event::ArriveAgain => {}
            }
            let counters = queue.counters().unwrap();
            prop_assert!(counters.add_up(), "{:?}", counters);
            prop_assert_eq!(counters.received, names);
        }
        // Whatever was folded is counted in some alert, told or not.
        let folded = queue.counters().unwrap().folded;
        let counted: u64 = queue.ask(|db| db.query_row("SELECT coalesce(sum(folded), 0) FROM window", [], |row| row.get(0))).unwrap();
        prop_assert_eq!(folded, counted);
    }
}
