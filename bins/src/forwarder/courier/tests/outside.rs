//! Alerts that cannot be taken in: readiness is red, and a one-off run says so.

use super::*;

#[test]
fn a_one_off_run_waits_a_minute_for_what_cannot_be_taken_in() {
    let mut drain = Drain::default();
    let now = Instant::now();
    assert!(drain.may_end(false, now));
    assert!(!drain.may_end(true, now));
    assert!(drain.may_end(false, now + Duration::from_mins(2)));
    let later = now + Duration::from_mins(3);
    assert!(!drain.may_end(true, later));
    assert!(drain.may_end(true, later + Duration::from_mins(1)));
}

/// What a one-off run says that has done its work and waited long enough for what is wrong.
fn left_after_a_minute(courier: &mut Courier) -> Option<String> {
    courier.outbox.put(delivered(1), true);
    courier.outbox.put(told(1, 1), true);
    courier.write_down().unwrap();
    courier.drain = Some(Drain::default());
    // As its loop does.
    courier.take_in();
    while courier.took_in {
        assert!(!courier.may_leave(Stay::UntilDrained).unwrap());
        courier.take_in();
    }
    if !courier.may_leave(Stay::UntilDrained).unwrap() {
        let a_minute_ago = Instant::now().checked_sub(Duration::from_mins(1)).unwrap();
        courier.drain.as_mut().unwrap().may_end(false, a_minute_ago);
        courier.drain.as_mut().unwrap().may_end(true, a_minute_ago);
        assert!(courier.may_leave(Stay::UntilDrained).unwrap());
    }
    courier.drain.take().unwrap().left
}

/// A courier that reads this file, or what is in its place.
fn tailing(folder: &tempfile::TempDir, base_url: Option<&str>) -> Courier {
    let path = folder.path().join("alerts.json");
    let url = base_url.map_or(String::new(), |url| {
        format!("[iris]\nbase_url = \"{url}\"\nbearer = \"k\"\n")
    });
    let toml = format!("{url}[tail]\nenabled = true\nfrom = \"start\"\npath = {path:?}\n");
    std::fs::write(folder.path().join("s.toml"), toml).unwrap();
    let file = folder.path().join("s.toml");
    let source = Source::read(Some(&file), &crate::settings::Environment::new()).unwrap();
    let mut courier = courier(folder);
    courier.settings = Settings::parse(&source).unwrap();
    courier.sources.tail = open_tail(&courier.settings, &courier.spool, &courier.queue).unwrap();
    courier
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_one_off_run_that_could_not_take_all_in_says_so() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(left_after_a_minute(&mut courier(&folder)), None);
    // What is no folder cannot be listed.
    let folder = tempfile::tempdir().unwrap();
    let mut blind = courier(&folder);
    std::fs::remove_dir_all(blind.spool.inbox()).unwrap();
    std::fs::write(blind.spool.inbox(), "").unwrap();
    let left = left_after_a_minute(&mut blind).unwrap();
    assert!(left.contains("not empty") && left.contains("cannot list"), "{left}");
    // The courier has it open, and nobody else can.
    let folder = tempfile::tempdir().unwrap();
    let mut alone = courier(&folder);
    alone.spool.make_ring().unwrap();
    alone.take_in();
    let (pages, elsewhere) = (alone.spool.ring().join("pages"), folder.path().join("elsewhere"));
    std::fs::rename(&pages, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &pages).unwrap();
    let left = left_after_a_minute(&mut alone).unwrap();
    assert!(left.contains("cannot read") && left.contains("ring"), "{left}");
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("alerts.json")).unwrap();
    let left = left_after_a_minute(&mut tailing(&folder, Some("https://iris"))).unwrap();
    assert!(left.contains("alerts.json"), "{left}");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("alerts.json"), "{}\n").unwrap();
    let mut full = tailing(&folder, Some("https://iris"));
    full.settings.spool.min_free_bytes = u64::MAX;
    full.upkeep();
    let left = left_after_a_minute(&mut full).unwrap();
    assert!(left.contains("room"), "{left}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn it_is_not_ready_while_there_is_no_room_or_the_tail_waits() {
    let folder = tempfile::tempdir().unwrap();
    let mut full = courier(&folder);
    full.upkeep();
    assert_eq!(full.not_ready(Instant::now()), None);
    full.settings.spool.min_free_bytes = u64::MAX;
    full.last_upkeep = None;
    // On a full disk the queue cannot be looked after either.
    let other = rusqlite::Connection::open(folder.path().join("queue.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    full.queue.wait_for_nobody();
    full.upkeep();
    let why = full.not_ready(Instant::now()).unwrap();
    assert!(why.contains("spool.min_free_bytes"), "{why}");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("alerts.json"), "{}\n").unwrap();
    for url in [None, Some("https://iris")] {
        let mut courier = tailing(&folder, url);
        courier.take_in();
        let why = courier.not_ready(Instant::now());
        assert_eq!(why.is_some(), url.is_none(), "{why:?}");
        assert!(why.is_none_or(|why| why.contains("where IRIS is")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn it_is_not_ready_while_a_source_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = courier(&folder);
    let inbox = courier.spool.inbox();
    // What is no folder cannot be listed by root either.
    std::fs::remove_dir_all(&inbox).unwrap();
    std::fs::write(&inbox, "").unwrap();
    for _ in 0..2 {
        courier.take_in();
        let why = courier.not_ready(Instant::now()).unwrap();
        assert!(
            why.contains("cannot be read") && why.contains(inbox.to_str().unwrap()),
            "{why}"
        );
    }
    std::fs::remove_file(&inbox).unwrap();
    courier.spool.create().unwrap();
    let entry = crate::forwarder::spool::Entry::new(DestinationId::SETTINGS, b"{}".to_vec());
    courier.spool.put_all(&[entry]).unwrap();
    courier.sources.inbox.announced();
    courier.take_in();
    assert_eq!(courier.not_ready(Instant::now()), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn it_is_not_ready_while_an_entry_cannot_be_read_and_takes_the_others_in() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = courier(&folder);
    // What is no file cannot be read by root either.
    let unreadable = courier.spool.inbox().join("0");
    std::fs::create_dir(&unreadable).unwrap();
    for received in 3..6 {
        let entry = crate::forwarder::spool::Entry::new(DestinationId::SETTINGS, b"{}".to_vec());
        courier.spool.put_all(&[entry]).unwrap();
        courier.sources.inbox.announced();
        courier.take_in();
        let why = courier.not_ready(Instant::now()).unwrap();
        assert!(why.contains("cannot be read") && why.contains("\"0\""), "{why}");
        assert_eq!(courier.queue.counters().unwrap().received, received);
    }
    std::fs::remove_dir(&unreadable).unwrap();
    courier.sources.inbox.announced();
    courier.take_in();
    assert_eq!(courier.not_ready(Instant::now()), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn why_nothing_can_be_done_is_said_once_and_not_at_every_round() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = courier(&folder);
    let log = folder.path().join("log");
    let file = std::fs::File::create(&log).unwrap();
    let logs = tracing_subscriber::fmt().with_ansi(false).with_writer(Arc::new(file));
    let _logs = tracing::subscriber::set_default(logs.finish());
    let full = || CourierError::System(std::io::ErrorKind::StorageFull.into());
    let lines = || std::fs::read_to_string(&log).unwrap().lines().count();
    for _ in 0..3 {
        assert_eq!(courier.cannot_work(&full()), RETRY);
    }
    assert_eq!(lines(), 1);
    courier.cannot_work(&CourierError::System(std::io::ErrorKind::QuotaExceeded.into()));
    assert_eq!(lines(), 2);
    courier.halted.passed(0);
    courier.cannot_work(&CourierError::System(std::io::ErrorKind::QuotaExceeded.into()));
    assert_eq!(lines(), 3, "it has come back");
}
