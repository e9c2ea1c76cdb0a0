//! What is said of alerts that wait, and where that cannot be told.

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

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn it_is_not_ready_from_one_look_to_the_next_while_nobody_can_count_what_waits() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = courier(&folder);
    courier.settings.health_listen = Some("127.0.0.1:9".parse().unwrap());
    let other = rusqlite::Connection::open(folder.path().join("queue.db")).unwrap();
    for (rename, is_ready) in [
        ("ALTER TABLE counter RENAME TO aside", false),
        ("ALTER TABLE aside RENAME TO counter", true),
    ] {
        other.execute_batch(rename).unwrap();
        courier.post(micros(SystemTime::now()));
        let why = courier.not_ready(Instant::now());
        assert_eq!(why.is_none(), is_ready, "{why:?}");
    }
}
