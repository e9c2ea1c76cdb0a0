//! Alerts whose plain text goes right after IRIS has named what is wrong with the whole one.

use super::*;

fn named() -> Attempt {
    Attempt::Refused {
        error: "alert_title is wrong".to_owned(),
        doubtful: false,
    }
}

impl Desk {
    fn report_both(&mut self, seq: i64, plain: Attempt) -> Settlement {
        self.road.outcome_of_both(seq, plain, Duration::ZERO, self.at)
    }
}

#[test]
fn two_first_uses_of_a_tag_at_once_are_no_refusal_of_the_plain_text() {
    let mut desk = Desk::new();
    let settlement = desk.report_both(
        1,
        Attempt::AlertFailed {
            error: "conflict".to_owned(),
            wait: Duration::from_millis(50),
            degrade: true,
            doubtful: false,
        },
    );
    let is_tried_again_whole = matches!(
        settlement,
        Settlement::Again {
            degraded: false,
            counts: true,
            ..
        }
    );
    assert!(is_tried_again_whole, "{settlement:?}");
    desk.pass(2);
    let first = desk.report_both(1, named());
    assert!(matches!(first, Settlement::Again { degraded: false, .. }), "{first:?}");
}

#[test]
fn what_iris_named_of_the_whole_one_counts_although_it_does_not_say_what_is_wrong_with_the_plain_text() {
    let mut desk = Desk::new();
    let first = desk.report_both(1, refused_in_every_form());
    assert!(matches!(first, Settlement::Again { degraded: false, .. }), "{first:?}");
    desk.pass(2);
    let second = desk.report_both(1, refused_in_every_form());
    assert!(matches!(second, Settlement::Parked { .. }), "{second:?}");
}

#[test]
fn one_that_is_taken_as_plain_text_after_that_was_refused_clears_the_others() {
    for is_plain_refused in [false, true] {
        let mut desk = Desk::new();
        desk.report_both(2, named());
        if is_plain_refused {
            desk.report_both(1, named());
        }
        let whole = Attempt::AlertFailed {
            error: "alert_title is wrong".to_owned(),
            wait: Duration::ZERO,
            degrade: true,
            doubtful: false,
        };
        desk.report(1, false, whole);
        let taken = Attempt::Delivered {
            iris_id: Some(1),
            told: 0,
        };
        desk.report(1, true, taken);
        (7..10).for_each(|seq| desk.pass(seq));
        let again = desk.report_both(2, named());
        let is_parked = matches!(again, Settlement::Parked { .. });
        assert_eq!(is_parked, !is_plain_refused, "{again:?}");
    }
}
