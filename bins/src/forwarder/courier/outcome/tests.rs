//! Outages, upgrades and single alerts that IRIS does not take, on a clock of their own.

mod company;
mod forms;
mod history;

use std::collections::BTreeSet;

use super::*;

/// A road on a clock of its own.
struct Desk {
    road: Road,
    at: Moment,
}

impl Desk {
    fn new() -> Self {
        let at = Moment {
            now: Instant::now(),
            now_us: 1_768_900_000_000_000,
            random: 1.0,
        };
        Self { road: Road::new(4), at }
    }

    fn later(&mut self, by: Duration) {
        self.at.now += by;
        self.at.now_us += i64::try_from(by.as_micros()).unwrap();
    }

    fn report(&mut self, seq: i64, degraded: bool, attempt: Attempt) -> Settlement {
        self.road.outcome(seq, degraded, attempt, Duration::ZERO, self.at)
    }

    fn pass(&mut self, seq: i64) {
        let delivered = Attempt::Delivered {
            iris_id: Some(seq),
            told: 0,
        };
        self.report(seq, false, delivered);
    }

    fn is_open(&self) -> bool {
        self.road.breaker.allows(self.at.now, 4) > 0
    }

    /// Waits until the destination may be tried again.
    fn until_open(&mut self) {
        if let Some(until) = self.road.breaker.closed_until(self.at.now) {
            self.later(until - self.at.now);
        }
    }
}

fn failed(wait: Option<u64>) -> Attempt {
    Attempt::DestinationFailed {
        error: "HTTP 502".to_owned(),
        wait: wait.map(Duration::from_secs),
        configuration: false,
        reached: true,
        alive: false,
    }
}

/// IRIS fails with the alert, and answers another question right after.
fn failed_alive() -> Attempt {
    let mut attempt = failed(None);
    if let Attempt::DestinationFailed { alive, .. } = &mut attempt {
        *alive = true;
    }
    attempt
}

fn refused(degrade: bool) -> Attempt {
    Attempt::AlertFailed {
        error: "HTTP 400".to_owned(),
        wait: Duration::ZERO,
        degrade,
        doubtful: true,
    }
}

fn refused_in_every_form() -> Attempt {
    Attempt::Refused {
        error: "HTTP 400".to_owned(),
        doubtful: true,
    }
}

fn is_charged(settlement: &Settlement) -> bool {
    match settlement {
        Settlement::Again { counts, degraded, .. } => *counts || *degraded,
        Settlement::Parked { .. } | Settlement::Delivered { .. } => true,
    }
}

#[test]
fn a_long_outage_after_one_success_charges_no_alert_more_than_once() {
    let mut desk = Desk::new();
    for seq in 1..=4 {
        desk.report(seq, false, failed(None));
    }
    desk.until_open();
    desk.pass(9);
    let mut charged = 0;
    for _ in 0..200 {
        for seq in 1..=4 {
            let settlement = desk.report(seq, false, failed(None));
            charged += usize::from(is_charged(&settlement));
            assert!(!matches!(settlement, Settlement::Parked { .. }));
        }
        desk.until_open();
    }
    assert!(charged <= 4, "{charged}");
}

#[test]
fn a_server_that_fails_three_times_of_four_with_whatever_comes_parks_nothing() {
    let mut desk = Desk::new();
    let mut waiting: Vec<i64> = (0..5).collect();
    for call in 0..2000 {
        let seq = waiting.remove(0);
        if call % 4 == 0 {
            desk.pass(seq);
            waiting.push(10_000 + call);
        } else {
            let settlement = desk.report(seq, true, failed(None));
            assert!(matches!(settlement, Settlement::Again { .. }), "{call}");
            waiting.push(seq);
        }
        desk.later(Duration::from_secs(20));
    }
}

#[test]
fn an_alert_that_makes_iris_fail_while_others_pass_blocks_nothing_and_ends_parked() {
    let mut desk = Desk::new();
    let (mut degraded, mut tries) = (false, 0);
    loop {
        tries += 1;
        assert!(tries < 30);
        let settlement = desk.report(1, degraded, failed(None));
        if tries > 1 {
            assert!(desk.is_open(), "the others go on");
        }
        match settlement {
            Settlement::Again { degraded: form, .. } => degraded = form,
            Settlement::Parked { .. } => break,
            Settlement::Delivered { .. } => panic!("{settlement:?}"),
        }
        desk.until_open();
        desk.pass(100 + i64::from(tries));
    }
    assert!(degraded, "as plain text first");
    // With nothing to compare it with it is neither charged nor does it close the way.
    desk.report(2, false, failed(None));
    desk.until_open();
    desk.pass(200);
    assert!(is_charged(&desk.report(2, false, failed(None))));
    assert!(!is_charged(&desk.report(2, false, failed(None))) && desk.is_open());
    // Unless another one fails as well.
    desk.report(3, false, failed(None));
    desk.until_open();
    desk.report(2, false, failed(None));
    assert!(!desk.is_open());
}

/// What becomes of an alert that is tried alone for days, as soon as it may be; when it became plain text, and when it was parked.
fn alone_for_days(desk: &mut Desk, attempt: fn() -> Attempt) -> (Option<Duration>, Option<Duration>) {
    let began = desk.at.now;
    let (mut degraded, mut plain) = (false, None);
    while desk.at.now - began < Duration::from_hours(72) {
        let Settlement::Again {
            due_us, degraded: form, ..
        } = desk.report(1, degraded, attempt())
        else {
            return (plain, Some(desk.at.now - began));
        };
        if form && !degraded {
            plain = Some(desk.at.now - began);
        }
        degraded = form;
        let wait = due_us.saturating_sub(desk.at.now_us).max(0);
        desk.later(Duration::from_micros(wait.unsigned_abs()));
        desk.until_open();
    }
    (plain, None)
}

#[test]
fn the_last_one_in_line_that_makes_iris_fail_is_tried_as_plain_text_late_and_parked_after_a_day() {
    // Whether it was seen to fail while others passed, or not.
    for others in [0, 2] {
        let mut desk = Desk::new();
        desk.pass(100);
        for other in 0..others {
            desk.report(1, false, failed_alive());
            desk.until_open();
            desk.pass(101 + other);
        }
        let (plain, parked) = alone_for_days(&mut desk, failed_alive);
        let (plain, parked) = (plain.unwrap(), parked.unwrap());
        assert!(plain >= Duration::from_mins(10), "{plain:?}");
        assert!(plain <= Duration::from_mins(20), "{plain:?}");
        // An IRIS whose database takes nothing is put right within a day.
        assert!(parked >= plain + Duration::from_hours(24), "{plain:?} {parked:?}");
        assert!(parked <= Duration::from_hours(25), "{parked:?}");
    }
}

#[test]
fn an_alert_alone_is_not_charged_for_an_iris_that_answers_nothing_or_has_never_taken_any() {
    let mut desk = Desk::new();
    desk.pass(100);
    assert_eq!(alone_for_days(&mut desk, || failed(None)), (None, None));
    let mut desk = Desk::new();
    assert_eq!(alone_for_days(&mut desk, failed_alive), (None, None));
    // Nor is one of two.
    let mut desk = Desk::new();
    desk.pass(100);
    for round in 0..200 {
        assert!(!is_charged(&desk.report(round % 2, false, failed_alive())));
        desk.later(Duration::from_mins(5));
    }
}

#[test]
fn a_time_that_the_server_names_is_kept_and_who_was_told_it_goes_behind_the_others() {
    let mut desk = Desk::new();
    let behind = |desk: &Desk, settlement| match settlement {
        Settlement::Again { due_us, .. } => due_us - desk.at.now_us,
        other => panic!("{other:?}"),
    };
    let settlement = desk.report(1, false, failed(Some(120)));
    assert!(!is_charged(&settlement));
    assert!(behind(&desk, settlement) > 120_000_000);
    desk.until_open();
    desk.pass(2);
    let settlement = desk.report(1, false, failed(Some(120)));
    assert!(
        behind(&desk, settlement) >= 180_000_000,
        "the others have as long to pass as one that fails by itself leaves them"
    );
    desk.later(Duration::from_secs(119));
    assert!(!desk.is_open());
}

#[test]
fn an_iris_that_refuses_every_alert_alike_parks_none_and_changes_the_form_of_none() {
    for before in [0, 3] {
        let mut desk = Desk::new();
        for seq in 0..before {
            desk.pass(100 + seq);
        }
        // Whoever is due goes, the first in line that was not tried before, as the courier does it.
        let mut due_us = [0_i64; 5];
        let mut tried = BTreeSet::new();
        for round in 0..100 {
            let due = |seq: &usize| due_us[*seq] <= desk.at.now_us;
            let is_new = |seq: &usize| !desk.road.trials.tried().contains(&i64::try_from(*seq).unwrap());
            let first = (0..due_us.len()).find(|seq| due(seq) && is_new(seq));
            let Some(first) = first.or_else(|| (0..due_us.len()).find(due)) else {
                desk.later(Duration::from_secs(1));
                continue;
            };
            tried.insert(first);
            let attempt = if round % 2 == 0 {
                refused(true)
            } else {
                refused_in_every_form()
            };
            let settlement = desk.report(i64::try_from(first).unwrap(), false, attempt);
            assert!(!is_charged(&settlement) && !desk.is_open(), "{settlement:?}");
            if let Settlement::Again { due_us: due, .. } = settlement {
                due_us[first] = due;
            }
            desk.until_open();
        }
        assert_eq!(tried.len(), due_us.len(), "every one has its turn");
    }
}

#[test]
fn an_alert_that_is_refused_while_others_pass_is_sent_as_plain_text_and_then_parked() {
    let mut desk = Desk::new();
    assert!(!is_charged(&desk.report(1, false, refused(true))));
    desk.until_open();
    desk.pass(2);
    let settlement = desk.report(1, false, refused(true));
    assert!(
        matches!(settlement, Settlement::Again { degraded: true, .. }),
        "{settlement:?}"
    );
    assert!(desk.is_open());
    let mut passed = 0;
    loop {
        let settlement = desk.report(1, true, refused_in_every_form());
        assert!(desk.is_open(), "the others go on");
        let due_us = match settlement {
            Settlement::Again { due_us, .. } => due_us,
            Settlement::Parked { .. } => break,
            Settlement::Delivered { .. } => panic!("{settlement:?}"),
        };
        assert!(due_us - desk.at.now_us <= 4_000_000);
        passed += 1;
        desk.pass(10 + passed);
    }
    assert_eq!(passed, 2, "not by what passed before its plain text was refused alone");
}

#[test]
fn what_was_on_its_way_when_an_alert_was_not_taken_has_not_passed_by_it() {
    for attempt in [|| refused(true), failed_alive] {
        let mut desk = Desk::new();
        desk.report(1, false, attempt());
        desk.later(Duration::from_secs(3));
        for seq in 2..5 {
            let delivered = Attempt::Delivered {
                iris_id: Some(seq),
                told: 0,
            };
            desk.road
                .outcome(seq, false, delivered, Duration::from_secs(4), desk.at);
        }
        assert!(!is_charged(&desk.report(1, false, attempt())));
        desk.later(Duration::from_secs(3));
        desk.pass(5);
        assert!(is_charged(&desk.report(1, false, attempt())));
    }
}

#[test]
fn a_short_recovery_between_two_outages_in_the_words_of_a_refusal_parks_nothing_and_opens_nothing() {
    let mut desk = Desk::new();
    for seq in 1..=3 {
        desk.report(seq, false, refused(true));
        desk.until_open();
    }
    desk.pass(9);
    for _ in 0..20 {
        for seq in 1..=3 {
            let settlement = desk.report(seq, true, refused_in_every_form());
            assert!(matches!(settlement, Settlement::Again { .. }), "{settlement:?}");
        }
        assert!(!desk.is_open(), "nothing has passed since");
        desk.until_open();
    }
}

#[test]
fn one_that_is_taken_in_the_form_in_which_it_was_refused_clears_all_others() {
    let mut desk = Desk::new();
    for round in 0..10 {
        desk.report(1, true, refused_in_every_form());
        desk.report(2, false, refused(true));
        desk.until_open();
        // Two that come meanwhile, and one from before.
        desk.pass(100 + round);
        desk.pass(200 + round);
        desk.pass(2);
        let settlement = desk.report(1, true, refused_in_every_form());
        assert!(
            matches!(settlement, Settlement::Again { .. }),
            "{round}: {settlement:?}"
        );
        desk.until_open();
    }
}

#[test]
fn the_last_ones_in_line_are_parked_soon_if_others_passed_by_each_of_them() {
    let mut desk = Desk::new();
    let mut waiting = vec![(1, false), (2, false)];
    for (seq, _) in &waiting {
        desk.report(*seq, false, refused(true));
    }
    desk.until_open();
    (10..15).for_each(|seq| desk.pass(seq));
    let began = desk.at.now;
    while let Some((seq, degraded)) = waiting.pop() {
        let attempt = if degraded {
            refused_in_every_form()
        } else {
            refused(true)
        };
        match desk.report(seq, degraded, attempt) {
            Settlement::Again { degraded, due_us, .. } => {
                let wait = u64::try_from(due_us - desk.at.now_us).unwrap();
                waiting.insert(0, (seq, degraded));
                desk.later(Duration::from_micros(wait));
            }
            Settlement::Parked { .. } => {}
            Settlement::Delivered { .. } => panic!("{seq}"),
        }
        assert!(desk.at.now - began < Duration::from_mins(2));
    }
    assert!(desk.at.now - began > Duration::from_secs(10));
}

#[test]
fn the_last_one_in_line_is_tried_as_plain_text_and_parked_late_though_none_is_left_to_compare_it_with() {
    let mut desk = Desk::new();
    desk.pass(2);
    let mut tries = 0;
    while !is_charged(&desk.report(1, false, refused(true))) {
        tries += 1;
        assert!(tries < 10);
        desk.until_open();
    }
    assert!(tries >= 5);
    let began = desk.at.now;
    while !matches!(desk.report(1, true, refused_in_every_form()), Settlement::Parked { .. }) {
        desk.later(Duration::from_mins(1));
        assert!(desk.at.now - began < Duration::from_mins(20));
    }
    assert!(desk.at.now - began > Duration::from_mins(8));
}

#[test]
fn what_is_refused_whole_and_then_as_plain_text_is_parked_at_once_if_others_passed_in_between() {
    let mut desk = Desk::new();
    let whole = Attempt::AlertFailed {
        error: "alert_title is wrong".to_owned(),
        wait: Duration::ZERO,
        degrade: true,
        doubtful: false,
    };
    let settlement = desk.report(1, false, whole);
    assert!(
        matches!(settlement, Settlement::Again { degraded: true, .. }),
        "{settlement:?}"
    );
    assert!(desk.is_open());
    desk.pass(2);
    let settlement = desk.report(1, true, refused_in_every_form());
    assert!(matches!(settlement, Settlement::Parked { .. }), "{settlement:?}");
}

#[test]
fn an_alert_alone_of_which_iris_names_what_is_wrong_is_parked_soon_and_many_of_them_never() {
    let refusal = || Attempt::Refused {
        error: "alert_title is wrong".to_owned(),
        doubtful: false,
    };
    let mut desk = Desk::new();
    desk.pass(100);
    let began = desk.at.now;
    while !matches!(desk.report(1, true, refusal()), Settlement::Parked { .. }) {
        desk.until_open();
        assert!(desk.at.now - began < Duration::from_mins(2));
    }
    let mut desk = Desk::new();
    desk.pass(100);
    for round in 0..100 {
        let settlement = desk.report(round % 3, true, refusal());
        assert!(matches!(settlement, Settlement::Again { .. }), "{settlement:?}");
        desk.until_open();
    }
}

#[test]
fn a_courier_that_has_seen_iris_take_nothing_parks_nothing_even_if_iris_names_what_is_wrong() {
    let mut desk = Desk::new();
    let whole = || Attempt::AlertFailed {
        error: "alert_source_content: unknown field".to_owned(),
        wait: Duration::ZERO,
        degrade: true,
        doubtful: false,
    };
    let plain = || Attempt::Refused {
        error: "alert_source_content: unknown field".to_owned(),
        doubtful: false,
    };
    desk.report(1, false, whole());
    assert_eq!(alone_for_days(&mut desk, plain).1, None);
}

#[test]
fn an_alert_whose_delivery_breaks_off_again_and_again_is_parked() {
    let mut desk = Desk::new();
    for _ in 0..5 {
        let settlement = desk.road.broke_off(1, desk.at);
        assert!(
            matches!(settlement, Settlement::Again { degraded: true, .. }),
            "{settlement:?}"
        );
    }
    let settlement = desk.road.broke_off(1, desk.at);
    assert!(matches!(settlement, Settlement::Parked { .. }), "{settlement:?}");
    assert!(desk.is_open());
}

#[test]
fn what_is_taken_after_iris_failed_with_it_speaks_for_the_others_too() {
    for form in [false, true] {
        let mut desk = Desk::new();
        desk.report(1, false, failed_alive());
        desk.until_open();
        desk.pass(10);
        assert!(is_charged(&desk.report(1, false, failed_alive())));
        desk.report(2, form, failed_alive());
        desk.until_open();
        // As it was, or as plain text, which IRIS may well stand.
        desk.pass(2);
        desk.pass(11);
        assert_eq!(is_charged(&desk.report(1, false, failed_alive())), form);
        assert!(desk.is_open(), "it is known, and IRIS is there");
    }
}

#[test]
fn a_number_that_iris_does_not_say_closes_nothing_but_where_it_asks_for_a_pause() {
    let unnumbered = |asked: Option<u64>| Attempt::Unnumbered {
        error: "HTTP 503".to_owned(),
        wait: Duration::from_secs(2),
        asked: asked.map(Duration::from_secs),
    };
    let mut desk = Desk::new();
    desk.report(2, false, failed_alive());
    desk.until_open();
    for (asked, waits) in [(None, 2), (Some(40), 42)] {
        let settlement = desk.report(1, false, unnumbered(asked));
        let Settlement::Again {
            due_us, counts: true, ..
        } = settlement
        else {
            panic!("{settlement:?}");
        };
        assert_eq!(due_us - desk.at.now_us, waits * 1_000_000);
        assert!(desk.road.breaker.is_failing(), "it is not well because of this");
        assert_eq!(desk.is_open(), asked.is_none());
    }
}

#[test]
fn an_alert_of_a_customer_that_is_denied_closes_nothing_and_shows_that_iris_is_there() {
    let mut desk = Desk::new();
    desk.report(2, false, failed(None));
    desk.until_open();
    assert!(desk.road.breaker.is_failing());
    let denied = Attempt::PutOff {
        answered: true,
        error: "customer 7".to_owned(),
        wait: Duration::from_mins(4),
    };
    let settlement = desk.report(1, false, denied);
    assert!(!is_charged(&settlement) && desk.is_open(), "{settlement:?}");
    assert!(!desk.road.breaker.is_failing());
    let Settlement::Again { due_us, .. } = settlement else {
        panic!("{settlement:?}");
    };
    assert!(
        due_us - desk.at.now_us > 240_000_000,
        "it waits until its reason is over"
    );
}

#[test]
fn of_alerts_that_come_one_at_a_time_to_an_iris_that_refuses_all_at_most_one_is_parked() {
    let mut desk = Desk::new();
    desk.pass(1);
    let mut parked = Vec::new();
    for seq in 2..12 {
        let mut degraded = false;
        for _ in 0..40 {
            let attempt = if degraded {
                Attempt::Refused {
                    error: "HTTP 400".to_owned(),
                    doubtful: false,
                }
            } else {
                Attempt::AlertFailed {
                    error: "HTTP 400".to_owned(),
                    wait: Duration::ZERO,
                    degrade: true,
                    doubtful: false,
                }
            };
            match desk.report(seq, degraded, attempt) {
                Settlement::Parked { .. } => {
                    parked.push(seq);
                    break;
                }
                Settlement::Again { degraded: form, .. } => degraded = form,
                Settlement::Delivered { .. } => panic!("delivered"),
            }
            desk.later(Duration::from_secs(35));
        }
    }
    assert_eq!(parked, [2]);
    // Others pass: now the next is found out by that, or alone again.
    for seq in 20..40 {
        desk.pass(seq);
    }
    let settlement = desk.report(
        3,
        true,
        Attempt::Refused {
            error: "HTTP 400".to_owned(),
            doubtful: false,
        },
    );
    assert!(matches!(settlement, Settlement::Parked { .. }), "{settlement:?}");
}

#[test]
fn nothing_is_put_off_for_longer_than_a_wait_is_believed() {
    use crate::forwarder::queue::LONGEST_WAIT_US;
    use crate::forwarder::target::DENIED_MOST;

    let longest = [DENIED_MOST, Duration::from_secs(256)].map(|wait| i64::try_from(wait.as_micros()).unwrap());
    for wait_us in longest
        .into_iter()
        .chain([MOST_PAUSE_US, MOST_CLOSED_US + 9 * OWN_ERROR_US])
    {
        assert!(wait_us + 10 * NEXT_US < LONGEST_WAIT_US, "{wait_us}");
    }
}
