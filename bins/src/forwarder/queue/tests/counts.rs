//! What is still to be told, and to whom.

use super::*;

const DAY_US: i64 = 86_400_000_000;

fn destination(number: u8) -> DestinationId {
    DestinationId::from_bytes([number; 16])
}

/// Takes in an alert for a destination, and one repeat of it; gives the number of the first.
fn lead_and_repeat(queue: &mut Queue, destination: DestinationId) -> i64 {
    for _ in 0..2 {
        let arrival = Arrival {
            name: &Uuid::new_v4().to_string(),
            destination,
            same_server: Vec::new(),
            uuid: Uuid::new_v4(),
            received_us: 1,
            subject: Some(subject(1, 10, 0)),
            bytes: b"{}",
        };
        queue.take_in(&[arrival], None, &rules()).unwrap();
    }
    queue.last_seq().unwrap() - 1
}

fn delivered() -> Settlement {
    Settlement::Delivered {
        iris_id: Some(7),
        told: 0,
    }
}

/// How many repeats are given up when IRIS is asked every hour and does not show the alert, from then until then.
fn missed(queue: &mut Queue, lead: i64, from_us: i64, to_us: i64) -> u64 {
    let mut given_up = 0;
    let mut at_us = from_us;
    while at_us <= to_us {
        given_up += queue.missing(lead, at_us, from_us).unwrap();
        at_us += DAY_US / 24;
    }
    given_up
}

#[test]
fn a_count_is_given_up_a_day_after_its_alert_was_first_not_shown_and_not_before() {
    let mut queue = Queue::scratch().unwrap();
    let lead = lead_and_repeat(&mut queue, DestinationId::SETTINGS);
    let now_us = micros(std::time::SystemTime::now());
    close(&mut queue, now_us + DAY_US);
    // IRIS was away for days.
    settle(&mut queue, lead, delivered());
    let first_us = now_us + 5 * DAY_US;
    assert_eq!(missed(&mut queue, lead, first_us, first_us + DAY_US), 0);
    queue.told(lead, None, first_us).unwrap();
    assert_eq!(untold(&queue, i64::MAX).len(), 1);
    assert_eq!(queue.missing(lead, first_us + DAY_US + 1, first_us).unwrap(), 1);
    assert!(untold(&queue, i64::MAX).is_empty());
}

#[test]
fn a_count_that_iris_does_not_take_is_given_up_after_a_day_and_folds_on_until_then() {
    let mut queue = Queue::scratch().unwrap();
    let lead = lead_and_repeat(&mut queue, DestinationId::SETTINGS);
    settle(&mut queue, lead, delivered());
    let now_us = micros(std::time::SystemTime::now());
    for hour in 0..=24 {
        let at_us = now_us + hour * DAY_US / 24;
        assert_eq!(queue.not_taken(lead, at_us, at_us).unwrap(), 0);
        assert_eq!((queue.open_windows().unwrap(), untold(&queue, at_us).len()), (1, 1));
    }
    assert_eq!(queue.not_taken(lead, now_us + DAY_US + 1, now_us).unwrap(), 1);
    assert!(untold(&queue, i64::MAX).is_empty());
    assert_eq!(queue.open_windows().unwrap(), 0, "the next is an alert of its own");
}

#[test]
fn an_alert_that_was_shown_meanwhile_has_a_day_again() {
    let mut queue = Queue::scratch().unwrap();
    let lead = lead_and_repeat(&mut queue, DestinationId::SETTINGS);
    settle(&mut queue, lead, delivered());
    let now_us = micros(std::time::SystemTime::now());
    assert_eq!(missed(&mut queue, lead, now_us, now_us + DAY_US), 0);
    queue.told(lead, Some(0), now_us).unwrap();
    let again_us = now_us + 2 * DAY_US;
    assert_eq!(missed(&mut queue, lead, again_us, again_us + DAY_US), 0);
    assert_eq!(queue.missing(lead, again_us + DAY_US + 1, now_us).unwrap(), 1);
}

#[test]
fn a_clock_that_is_set_forward_is_no_time_that_a_count_has_waited() {
    let mut queue = Queue::scratch().unwrap();
    let lead = lead_and_repeat(&mut queue, DestinationId::SETTINGS);
    settle(&mut queue, lead, delivered());
    let now_us = micros(std::time::SystemTime::now());
    queue.missing(lead, now_us, now_us).unwrap();
    for minute in 0..10 {
        let at_us = now_us + 30 * DAY_US + minute * 60_000_000;
        assert_eq!(queue.missing(lead, at_us, at_us).unwrap(), 0);
    }
}

#[test]
fn counts_of_an_account_that_may_not_read_are_given_up_after_a_day_and_fold_on_until_then() {
    let mut queue = Queue::scratch().unwrap();
    let (one, other) = (destination(1), destination(2));
    for destination in [one, other] {
        let lead = lead_and_repeat(&mut queue, destination);
        settle(&mut queue, lead, delivered());
    }
    let now_us = micros(std::time::SystemTime::now());
    let due_us = now_us + FLUSH_US;
    for hour in 0..=24 {
        assert_eq!(queue.unreadable(one, due_us + hour * DAY_US / 24).unwrap(), 0);
        assert_eq!(queue.open_windows().unwrap(), 2);
    }
    assert_eq!(queue.unreadable(one, due_us + DAY_US + 1).unwrap(), 1);
    assert_eq!(queue.untold_destinations().unwrap(), [other]);
}

#[test]
fn destinations_have_counts_to_tell_once_iris_has_the_alert_that_counts() {
    let mut queue = Queue::scratch().unwrap();
    let leads = [9, 1, 5, 3].map(|number| lead_and_repeat(&mut queue, destination(number)));
    assert!(queue.untold_destinations().unwrap().is_empty());
    for lead in &leads[..3] {
        settle(&mut queue, *lead, delivered());
    }
    assert_eq!(queue.untold_destinations().unwrap(), [1, 5, 9].map(destination));
    queue.told(leads[2], Some(1), 1).unwrap();
    assert_eq!(queue.untold_destinations().unwrap(), [1, 9].map(destination));
}

#[test]
fn a_count_is_told_a_flush_after_its_alert_came_to_iris_whether_it_was_counted_before_or_after_that() {
    let flush_us = i64::try_from(rules().flush_every().as_micros()).unwrap();
    let settled_us = 1_768_900_000_000_000;
    for before in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let mut queue = Queue::open(folder.path()).unwrap();
        let to = DestinationId::SETTINGS;
        if before {
            lead_and_repeat(&mut queue, to);
        } else {
            take(&mut queue, "lead", Uuid::from_u128(1), Some(subject(1, 10, 0)));
        }
        queue.settle(&[(1, delivered())], settled_us, flush_us).unwrap();
        if !before {
            let repeat = take(&mut queue, "repeat", Uuid::from_u128(2), Some(subject(1, 10, 1)));
            assert!(matches!(repeat, Intake::Judged(Decision::Fold(_))), "{repeat:?}");
        }
        assert_eq!(queue.untold_destinations().unwrap(), [to], "{before}");
        let told_at = |us| untold(&queue, us).len();
        assert_eq!(
            (told_at(settled_us + flush_us - 1), told_at(settled_us + flush_us)),
            (0, 1),
            "{before}"
        );
    }
}

#[test]
fn counts_of_every_destination_wait_no_longer_than_a_flush_after_a_clock_was_set_back() {
    let mut queue = Queue::scratch().unwrap();
    let now_us = micros(std::time::SystemTime::now());
    for number in [2, 7] {
        let lead = lead_and_repeat(&mut queue, destination(number));
        settle(&mut queue, lead, delivered());
        queue.told(lead, None, now_us + 9 * DAY_US).unwrap();
    }
    close(&mut queue, now_us);
    for number in [2, 7] {
        assert_eq!(
            queue.untold(destination(number), now_us, 9, |_| false).unwrap().len(),
            1,
            "{number}"
        );
    }
}

#[test]
fn a_destination_is_waited_for_until_its_last_count_is_told_and_nothing_of_it_is_parked() {
    let mut queue = Queue::scratch().unwrap();
    let (one, other) = (destination(1), destination(2));
    let lead = lead_and_repeat(&mut queue, one);
    assert!(queue.waits_for(one).unwrap() && !queue.waits_for(other).unwrap());
    let again = Settlement::Again {
        due_us: i64::MAX,
        error: "HTTP 502".to_owned(),
        degraded: false,
        counts: false,
    };
    settle(&mut queue, lead, again);
    assert!(queue.waits_for(one).unwrap(), "put off");
    settle(&mut queue, lead, delivered());
    assert!(queue.waits_for(one).unwrap(), "a count");
    queue.told(lead, Some(1), 1).unwrap();
    assert!(!queue.waits_for(one).unwrap());
    let parked = lead_and_repeat(&mut queue, other);
    let why = "refused".to_owned();
    settle(&mut queue, parked, Settlement::Parked { error: why });
    queue.told(parked, Some(1), 1).unwrap();
    assert!(queue.waits_for(other).unwrap(), "parked");
}

#[test]
fn the_alert_that_has_waited_longest_is_the_oldest_and_not_the_one_that_is_due_first() {
    let mut queue = Queue::scratch().unwrap();
    for (name, received_us, due_us) in [("late", 500, 10), ("early", 100, 30), ("between", 300, 20)] {
        let arrival = Arrival {
            name,
            destination: DestinationId::SETTINGS,
            same_server: Vec::new(),
            uuid: Uuid::new_v4(),
            received_us,
            subject: None,
            bytes: b"{}",
        };
        queue.take_in(&[arrival], None, &rules()).unwrap();
        let seq = queue.last_seq().unwrap();
        let again = Settlement::Again {
            due_us,
            error: "HTTP 502".to_owned(),
            degraded: false,
            counts: false,
        };
        settle(&mut queue, seq, again);
    }
    assert_eq!(queue.oldest_waiting_us().unwrap(), Some(100));
    settle(&mut queue, 2, delivered());
    assert_eq!(queue.oldest_waiting_us().unwrap(), Some(300));
    queue.call_back(15).unwrap();
    assert_eq!(queue.oldest_waiting_us().unwrap(), Some(300));
}
