//! What is said of alerts that wait, and of IRIS because of them.

use super::*;
use crate::forwarder::queue::Settlement;

fn refusal() -> Report {
    attempted(Attempt::Refused {
        error: "alert_title is wrong".to_owned(),
        doubtful: false,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_alert_that_was_parked_and_is_put_back_keeps_nothing_from_being_ready() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = courier(&folder);
    let park = Settlement::Parked {
        error: "HTTP 500".to_owned(),
    };
    courier.queue.settle(&[(1, park)], 1, 1).unwrap();
    assert!(!courier.queue.was_parked(1).unwrap(), "it does not wait");
    assert!(courier.queue.retry(1).unwrap());
    let why = |courier: &Courier| courier.queue.show(1).unwrap().unwrap().0.why.unwrap();
    assert_eq!(why(&courier), "put back in line; it was parked before: HTTP 500");
    for _ in 0..3 {
        courier.outbox.put(refusal(), true);
        let fails = attempted(Attempt::DestinationFailed {
            error: "HTTP 500".to_owned(),
            wait: None,
            configuration: false,
            reached: true,
            alive: true,
        });
        courier.outbox.put(fails, true);
        courier.write_down().unwrap();
        assert_eq!(courier.not_ready(Instant::now()), None);
    }
    assert_eq!(why(&courier), "HTTP 500");
    courier
        .queue
        .settle(
            &[(
                1,
                Settlement::Delivered {
                    iris_id: Some(7),
                    told: 0,
                },
            )],
            1,
            1,
        )
        .unwrap();
    assert!(!courier.queue.was_parked(1).unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn why_alerts_wait_is_written_down_for_who_looks_in_and_forgotten_when_they_pass() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = courier(&folder);
    let known = |courier: &Courier| {
        let waits = courier.queue.waits_known().unwrap();
        waits
            .of(DestinationId::SETTINGS)
            .map(|trouble| (trouble.why.clone(), trouble.keeps_all))
    };
    courier.outbox.put(failed(true, false), true);
    courier.write_down().unwrap();
    courier.note_waits();
    assert_eq!(
        known(&courier),
        Some(("IRIS does not accept the API key".to_owned(), true))
    );
    courier.outbox.put(delivered(1), true);
    courier.write_down().unwrap();
    courier.note_waits();
    assert_eq!(known(&courier), None);
}
