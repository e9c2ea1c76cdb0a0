//! The form in which IRIS took an alert.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_is_taken_as_plain_text_right_after_it_was_refused_is_known_as_plain_text() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = courier(&folder);
    let report = |degraded, attempt| Report::Alert {
        seq: 1,
        destination: DestinationId::SETTINGS,
        degraded,
        attempt,
        took: Duration::ZERO,
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
