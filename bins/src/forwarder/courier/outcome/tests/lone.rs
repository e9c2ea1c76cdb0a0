//! One bad alert on a quiet manager: it says nothing of IRIS, least of all one that was parked before.

use super::*;

fn named() -> Attempt {
    Attempt::Refused {
        error: "alert_title is wrong".to_owned(),
        doubtful: false,
    }
}

impl Desk {
    fn is_well(&self) -> bool {
        self.is_open() && !self.road.breaker.is_failing()
    }
}

#[test]
fn an_alert_that_is_refused_alone_does_not_make_iris_look_away_and_two_do() {
    for (before, attempt) in [
        (0, named()),
        (1, named()),
        (1, refused(true)),
        (1, refused_in_every_form()),
    ] {
        let mut desk = Desk::new();
        (0..before).for_each(|seq| desk.pass(100 + seq));
        for _ in 0..3 {
            let again = match &attempt {
                Attempt::AlertFailed { .. } => refused(true),
                Attempt::Refused { doubtful: true, .. } => refused_in_every_form(),
                _ => named(),
            };
            let settlement = desk.report(1, true, again);
            assert!(matches!(settlement, Settlement::Again { .. }), "{settlement:?}");
            assert!(desk.is_well(), "{before} {attempt:?}");
            desk.later(Duration::from_secs(30));
        }
        desk.report(2, true, refused_in_every_form());
        assert!(!desk.is_well(), "two say that it may be IRIS");
    }
    // Where IRIS was not seen to take any, and does not say what is wrong, it may be IRIS.
    let mut desk = Desk::new();
    desk.report(1, false, refused(true));
    assert!(!desk.is_well());
}

#[test]
fn what_was_parked_and_is_put_back_says_nothing_of_iris_however_many_it_is() {
    for attempt in [named, refused_in_every_form, failed_alive] {
        let mut desk = Desk::new();
        (1..6).for_each(|seq| desk.road.trials.put_back(seq));
        for seq in 1..6 {
            let settlement = desk.report(seq, false, attempt());
            assert!(!matches!(settlement, Settlement::Delivered { .. }));
            assert!(desk.is_well(), "{settlement:?}");
        }
        // Others do as before, and what was put back does not say that IRIS is well either.
        desk.report(10, false, failed_alive());
        desk.until_open();
        desk.report(1, false, attempt());
        assert!(desk.road.breaker.is_failing());
        desk.pass(11);
        assert!(desk.is_well());
    }
}

#[test]
fn what_is_put_back_finds_out_as_little_of_an_iris_that_is_away_as_any_other() {
    let key = || Attempt::DestinationFailed {
        error: "the key is refused".to_owned(),
        wait: None,
        configuration: true,
        reached: true,
        alive: true,
    };
    for attempt in [|| failed(None), || failed(Some(30)), key] {
        let mut desk = Desk::new();
        desk.road.trials.put_back(1);
        desk.report(1, false, attempt());
        assert!(!desk.is_well());
    }
    // Once IRIS answers again, it is not away any more.
    let mut desk = Desk::new();
    desk.road.trials.put_back(1);
    desk.report(1, false, failed(None));
    desk.until_open();
    desk.report(1, false, refused_in_every_form());
    assert!(desk.is_well());
}

#[test]
fn a_way_that_was_closed_because_of_one_alert_is_open_when_that_is_given_up() {
    let mut desk = Desk::new();
    desk.pass(100);
    let mut degraded = false;
    loop {
        match desk.report(1, degraded, failed_alive()) {
            Settlement::Again { degraded: form, .. } => degraded = form,
            Settlement::Parked { .. } => break,
            Settlement::Delivered { .. } => panic!("delivered"),
        }
        desk.later(Duration::from_mins(30));
    }
    assert!(desk.is_well());
}
