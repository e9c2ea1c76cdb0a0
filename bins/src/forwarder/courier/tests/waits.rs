//! What is said of alerts that wait.

use super::*;

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
