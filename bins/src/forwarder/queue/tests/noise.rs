//! Windows, limits and reasons over many alerts.

use super::*;
use crate::forwarder::door::Door;

/// How many alerts of these ages, in seconds, become IRIS alerts of their own.
fn forwarded(queue: &mut Queue, ages_s: impl Iterator<Item = i64>, fingerprint: impl Fn(usize) -> String) -> usize {
    let now_us = micros(std::time::SystemTime::now());
    let mut forwarded = 0;
    for (number, age_s) in ages_s.enumerate() {
        let mut subject = subject(1, 10, 0);
        subject.paced_us = now_us - age_s * 1_000_000;
        subject.fingerprint = fingerprint(number);
        let intake = take(queue, &Uuid::new_v4().to_string(), Uuid::new_v4(), Some(subject));
        forwarded += usize::from(matches!(intake, Intake::Judged(Decision::Forward { .. })));
    }
    forwarded
}

#[test]
fn an_old_file_beside_live_alerts_of_the_same_kind_reopens_nothing() {
    let mut queue = Queue::scratch().unwrap();
    let ages = (0..400).map(|number| number % 2 * 4 * 3600);
    assert_eq!(forwarded(&mut queue, ages, |_| "one".to_owned()), 2, "one in each lane");
    let counters = queue.counters().unwrap();
    assert_eq!((counters.folded, counters.add_up()), (398, true));
}

#[test]
fn limits_hold_whatever_order_the_times_are_in() {
    for step_s in [0, 4 * 3600] {
        let mut queue = Queue::scratch().unwrap();
        let ages = (0..400).map(|number| number % 2 * step_s + 3600);
        // Five of a burst, the one that begins afresh when the clock first goes on, and the storm.
        let forwarded = forwarded(&mut queue, ages, |number| number.to_string());
        assert!((6..=7).contains(&forwarded), "{forwarded}");
    }
}

#[test]
fn the_second_backlog_is_judged_as_it_happened_like_the_first() {
    let mut queue = Queue::scratch().unwrap();
    assert_eq!(
        forwarded(&mut queue, [2400, 960].into_iter(), |n| format!("first {n}")),
        2
    );
    queue
        .db
        .execute(
            "UPDATE pair SET arrival_us = arrival_us - ?1, latest_us = latest_us - ?1, last_us = last_us - ?1",
            [86_400_000_000_i64],
        )
        .unwrap();
    let ages = (0..100).map(|number| 1020 + (100 - number) * 300);
    assert_eq!(forwarded(&mut queue, ages, |n| format!("second {n}")), 100);
}

#[test]
fn a_success_from_an_old_file_leaves_the_failures_of_today_to_the_success_that_follows_them() {
    let mut queue = Queue::scratch().unwrap();
    assert!(goes_out(&mut queue, 600, false), "the first of its rule");
    assert!(!goes_out(&mut queue, 600, false));
    goes_out(&mut queue, 540, true);
    goes_out(&mut queue, 20 * 3600, false);
    assert!(goes_out(&mut queue, 480, false), "after the failure of today");
    assert!(!goes_out(&mut queue, 470, false), "which is forgotten now");
}

#[test]
fn a_success_comes_after_failures_that_are_backlog_by_now() {
    let mut queue = Queue::scratch().unwrap();
    goes_out(&mut queue, 890, false);
    assert!(!goes_out(&mut queue, 880, false));
    goes_out(&mut queue, 905, true);
    assert!(goes_out(&mut queue, 870, false));
}

/// Whether the success or failure of one user, so many seconds ago, becomes an IRIS alert of its own.
fn goes_out(queue: &mut Queue, age_s: i64, failed: bool) -> bool {
    let mut subject = subject(1, if failed { 3 } else { 10 }, 0);
    subject.paced_us = micros(std::time::SystemTime::now()) - age_s * 1_000_000;
    subject.origins = vec!["001|user|admin".to_owned()];
    (subject.failure, subject.success) = (failed, !failed);
    let intake = take(queue, &Uuid::new_v4().to_string(), Uuid::new_v4(), Some(subject));
    matches!(intake, Intake::Judged(Decision::Forward { .. }))
}

#[test]
fn the_lane_of_an_alert_is_that_of_the_time_which_limits_go_by() {
    let now_us = micros(std::time::SystemTime::now());
    let mut queue = Queue::scratch().unwrap();
    for (name, time_us, paced_us) in [("chosen", 0, now_us), ("old", now_us, 0)] {
        let mut subject = subject(1, 15, 0);
        (subject.time_us, subject.paced_us) = (time_us, paced_us);
        take(&mut queue, name, Uuid::new_v4(), Some(subject));
    }
    let lanes = Lane::ALL.map(|lane| {
        let ready = queue.ready(DestinationId::SETTINGS, lane, 9, &BTreeSet::new()).unwrap();
        ready.iter().map(|ready| ready.seq).collect::<Vec<_>>()
    });
    assert_eq!(lanes, [vec![1], vec![2]]);
}

#[test]
fn failures_and_successes_in_turns_are_let_out_once_in_a_window() {
    let mut queue = Queue::scratch().unwrap();
    let mut forwarded = 0;
    for number in 0..400 {
        let mut subject = subject(1, if number % 2 == 0 { 3 } else { 10 }, number / 50);
        subject.fingerprint = format!("print-{}", number % 2);
        subject.origins = vec!["001|source|203.0.113.9".to_owned()];
        (subject.failure, subject.success) = (number % 2 == 0, number % 2 == 1);
        let intake = take(&mut queue, &number.to_string(), Uuid::new_v4(), Some(subject));
        forwarded += usize::from(matches!(intake, Intake::Judged(Decision::Forward { .. })));
    }
    assert_eq!(
        forwarded, 2,
        "the first of its rule, and the first that came into its window"
    );
    let counters = queue.counters().unwrap();
    assert_eq!((counters.gated, counters.folded), (200, 198));
}

#[test]
fn the_rules_of_one_door_are_told_however_busy_the_other_is() {
    let mut queue = Queue::scratch().unwrap();
    for number in 0..6 {
        let low = subject(number, 3, 0);
        take(&mut queue, &number.to_string(), Uuid::new_v4(), Some(low));
    }
    let busiest = queue.reasons(Some(Door::Gated), 2).unwrap();
    assert_eq!(busiest.len(), 2);
    assert!(
        busiest
            .iter()
            .all(|reason| (reason.door.as_str(), reason.count) == ("gated", 2))
    );
    assert!(queue.reasons(Some(Door::Allowlisted), 2).unwrap().is_empty());
    assert_eq!(queue.reasons(None, 10).unwrap().len(), 3);
}
