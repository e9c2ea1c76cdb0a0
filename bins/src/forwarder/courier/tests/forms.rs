//! The form in which IRIS took an alert, and when it did.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_is_taken_as_plain_text_right_after_it_was_refused_is_known_as_plain_text() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = courier(&folder);
    let report = |degraded, attempt| Report::Alert {
        seq: 1,
        destination: DestinationId::SETTINGS,
        turned: 0,
        degraded,
        was_degraded: degraded,
        attempt,
        began: Instant::now(),
        ended: Instant::now(),
        untried: Vec::new(),
    };
    let refusal = Attempt::AlertFailed {
        error: "alert_source_content is wrong".to_owned(),
        wait: Duration::ZERO,
        degrade: true,
        doubtful: false,
    };
    let taken = Attempt::Delivered {
        iris_id: Some(7),
        told: 0,
    };
    courier
        .outbox
        .put_all([report(false, refusal), report(true, taken)], true);
    courier.write_down().unwrap();
    assert_eq!(courier.queue.counters().unwrap().delivered, 1);
    let untold = courier.queue.untold(DestinationId::SETTINGS, i64::MAX, 1, |_| false);
    assert!(untold.unwrap()[0].lead.degraded, "its count goes with plain text, too");
    assert!(!courier.roads[&DestinationId::SETTINGS].breaker.is_failing());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_was_sent_after_a_refusal_has_passed_by_it_however_late_both_are_judged() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = courier(&folder);
    let since = Instant::now().checked_sub(Duration::from_mins(1)).unwrap();
    let report = |seq, began, ended, attempt| Report::Alert {
        seq,
        destination: DestinationId::SETTINGS,
        turned: 0,
        degraded: seq == 1,
        was_degraded: seq == 1,
        attempt,
        began: since + Duration::from_secs(began),
        ended: since + Duration::from_secs(ended),
        untried: Vec::new(),
    };
    let refusal = || Attempt::Refused {
        error: "alert_title is wrong".to_owned(),
        doubtful: false,
    };
    let taken = Attempt::Delivered {
        iris_id: Some(7),
        told: 0,
    };
    courier
        .outbox
        .put_all([report(1, 0, 1, refusal()), report(9, 2, 3, taken)], true);
    courier.write_down().unwrap();
    courier.outbox.put(report(1, 4, 5, refusal()), true);
    courier.write_down().unwrap();
    assert_eq!(courier.queue.counters().unwrap().parked, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_is_refused_in_both_forms_stays_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = courier(&folder);
    let report = Report::Alert {
        seq: 1,
        destination: DestinationId::SETTINGS,
        turned: 0,
        degraded: true,
        was_degraded: false,
        attempt: Attempt::Refused {
            error: "alert_title is wrong".to_owned(),
            doubtful: false,
        },
        began: Instant::now(),
        ended: Instant::now(),
        untried: Vec::new(),
    };
    courier.outbox.put(report, true);
    courier.write_down().unwrap();
    assert!(!courier.queue.unpack(1).unwrap().degraded);
}
