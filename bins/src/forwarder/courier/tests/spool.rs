//! What lies in the spool and stays there.

use super::*;
use crate::forwarder::source::Source as _;
use crate::forwarder::spool::Entry;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_entry_that_cannot_be_removed_keeps_neither_a_courier_that_a_hook_started_nor_a_one_off_run() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = drain(&folder, [delivered(1), told(1, 1)]);
    courier.drain = None;
    let entry = Entry::new(DestinationId::SETTINGS, b"{}".to_vec());
    courier.spool.put_all(&[entry]).unwrap();
    courier.last_work = Instant::now().checked_sub(IDLE).unwrap();
    assert!(!courier.may_leave(Stay::WhileNeeded).unwrap(), "it is to be taken in");
    let batch = courier.sources.inbox.next().unwrap();
    // Something else takes its name.
    let path = courier.spool.inbox().join(&batch.alerts[0].name);
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    courier.sources.inbox.taken(batch);
    for _ in 0..2 {
        courier.take_in();
        assert!(!courier.took_in);
        let why = courier.not_ready(Instant::now()).unwrap();
        assert!(why.contains("cannot be removed"), "{why}");
        courier.sources.inbox.announced();
    }
    assert!(courier.may_leave(Stay::WhileNeeded).unwrap());
    let drain = courier.drain.insert(Drain::default());
    drain.may_end(true, Instant::now().checked_sub(Duration::from_mins(1)).unwrap());
    assert!(courier.may_leave(Stay::UntilDrained).unwrap());
    let left = courier.drain.take().unwrap().left.unwrap();
    assert!(
        left.contains("cannot be removed, though taken in") && !left.contains("alert waits"),
        "{left}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_nobody_can_take_keeps_a_courier_that_a_hook_started_and_gives_it_rest() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = drain(&folder, [delivered(1), told(1, 1)]);
    courier.drain = None;
    std::fs::create_dir(courier.spool.inbox().join("0")).unwrap();
    courier.take_in();
    courier.last_work = Instant::now().checked_sub(IDLE).unwrap();
    assert!(!courier.may_leave(Stay::WhileNeeded).unwrap());
    assert!(courier.sources.inbox.is_due(), "it looks again with its office");
    assert!(courier.pause().unwrap() > GATHER);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn who_is_told_to_end_starts_another_for_what_has_just_come_and_for_no_backlog() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = courier(&folder);
    assert!(courier.queue.counters().unwrap().waiting > 0);
    assert!(!courier.just_took_in() && !courier.is_counted_on(false));
    let entry = Entry::new(DestinationId::SETTINGS, br#"{"rule":{"level":9}}"#.to_vec());
    courier.spool.put_all(&[entry]).unwrap();
    assert!(courier.is_counted_on(false));
    courier.take_in();
    assert!(!courier.is_counted_on(false) && courier.just_took_in());
    assert!(courier.is_counted_on(true));
    courier.last_taken_in = Instant::now().checked_sub(Duration::from_secs(2));
    assert!(!courier.just_took_in());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_ring_is_made_when_there_is_nothing_else_to_do_or_has_been_something_for_long() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = courier(&folder);
    let has_ring = || folder.path().join("ring/pages").exists();
    courier.make_ring(Duration::MAX).unwrap();
    assert!(!has_ring(), "alerts wait in the queue");
    courier.ring_due = Some(Instant::now());
    courier.make_ring(Duration::ZERO).unwrap();
    assert!(has_ring());
    std::fs::remove_file(folder.path().join("ring/pages")).unwrap();
    courier.make_ring(Duration::MAX).unwrap();
    assert!(!has_ring(), "once");
    let folder = tempfile::tempdir().unwrap();
    let mut courier = drain(&folder, [delivered(1), told(1, 1)]);
    courier.make_ring(Duration::ZERO).unwrap();
    assert!(!folder.path().join("ring/pages").exists());
    courier.make_ring(Duration::from_secs(2)).unwrap();
    assert!(folder.path().join("ring/pages").exists());
}

#[test]
fn only_what_comes_in_a_stream_waits_for_others() {
    assert_eq!(gathers(GATHER), Duration::ZERO, "by itself");
    assert_eq!(gathers(Duration::from_millis(1)), GATHER, "at most so long");
}
