//! What the courier writes down, and keeps when it cannot.

mod forms;
mod moved;
mod office;
mod outside;
mod shelf;
mod spool;
mod waits;

use std::sync::Arc;

use uuid::Uuid;

use super::outgoing::Report;
use super::*;
use crate::forwarder::delivery::{Attempt, NotTold};
use crate::forwarder::noise::Subject;
use crate::forwarder::pace::Pace;
use crate::forwarder::queue::Arrival;
use crate::forwarder::spool::Destination;
use crate::forwarder::target::Target;
use crate::settings::Source;

/// A courier in a folder of its own that has taken in an alert and one repeat of it, the alert being number 1.
fn courier(folder: &tempfile::TempDir) -> Courier {
    let settings = Settings::parse(&Source::default()).unwrap();
    let mut courier = Courier::open(Spool::at(folder.path()), settings).unwrap();
    let arrivals = ["lead", "repeat"].map(|name| Arrival {
        name,
        destination: DestinationId::SETTINGS,
        same_server: Vec::new(),
        uuid: Uuid::new_v5(&Uuid::nil(), name.as_bytes()),
        received_us: micros(SystemTime::now()),
        subject: Some(Subject::for_test("5710", "001")),
        bytes: b"{}",
    });
    courier.queue.take_in(&arrivals, None, &courier.rules).unwrap();
    courier
}

fn delivered(seq: i64) -> Report {
    Report::Alert {
        seq,
        destination: DestinationId::SETTINGS,
        turned: 0,
        degraded: false,
        was_degraded: false,
        attempt: Attempt::Delivered {
            iris_id: Some(7),
            told: 0,
        },
        began: Instant::now(),
        ended: Instant::now(),
        untried: Vec::new(),
    }
}

fn told(lead: i64, told: u64) -> Report {
    Report::Told {
        lead,
        destination: DestinationId::SETTINGS,
        turned: 0,
        told: Ok(told),
    }
}

/// How many windows have a count that IRIS was not told of.
fn untold(courier: &Courier) -> usize {
    let untold = courier.queue.untold(DestinationId::SETTINGS, i64::MAX, 9, |_| false);
    untold.unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_is_delivered_while_more_is_under_way_is_written_down_together() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = courier(&folder);
    let far = Instant::now() + Duration::from_mins(1);
    courier.outbox.put_all([delivered(1)], false);
    courier.outbox.set_since(far);
    assert!(courier.is_to_write_down(), "nothing else is under way");
    courier.tasks.spawn(std::future::pending());
    assert!(!courier.is_to_write_down());
    courier
        .outbox
        .set_since(Instant::now().checked_sub(Duration::from_mins(1)).unwrap());
    assert!(courier.is_to_write_down(), "it has waited long enough");
    courier.outbox.set_since(far);
    courier.unsettled.push((1, Settlement::Parked { error: String::new() }));
    assert!(courier.is_to_write_down(), "what could not be written down");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_count_that_was_told_while_the_queue_was_locked_is_written_down_when_it_is_free() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = courier(&folder);
    let outbox = Arc::clone(&courier.outbox);
    outbox.put(delivered(1), true);
    courier.write_down().unwrap();
    assert_eq!(untold(&courier), 1);

    let other = rusqlite::Connection::open(folder.path().join("queue.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    courier.queue.wait_for_nobody();
    courier.telling.insert(1);
    courier
        .roads
        .entry(DestinationId::SETTINGS)
        .or_insert_with(|| Road::new(4))
        .telling = 1;
    outbox.put(told(1, 1), true);
    courier.write_down().unwrap_err();
    assert!(courier.telling.contains(&1), "it must not be told once more meanwhile");
    assert!(!courier.may_leave(Stay::UntilDrained).unwrap());

    other.execute_batch("ROLLBACK").unwrap();
    courier.write_down().unwrap();
    assert_eq!(untold(&courier), 0);
    assert!(courier.telling.is_empty());
    assert_eq!(courier.roads[&DestinationId::SETTINGS].telling, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_count_whose_alert_iris_does_not_show_for_a_while_is_told_when_it_does() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = courier(&folder);
    let outbox = Arc::clone(&courier.outbox);
    outbox.put(delivered(1), true);
    let missing = || Report::Told {
        lead: 1,
        destination: DestinationId::SETTINGS,
        turned: 0,
        told: Err(NotTold {
            error: iris_client::Error::NotFound,
            alive: false,
            unreadable: false,
        }),
    };
    outbox.put(missing(), true);
    courier.write_down().unwrap();
    assert_eq!(untold(&courier), 1);
    assert!(
        courier.may_leave(Stay::UntilDrained).unwrap(),
        "a drain does not wait for it"
    );
    outbox.put(told(1, 1), true);
    courier.write_down().unwrap();
    assert_eq!(untold(&courier), 0);
}

/// IRIS fails when it is told the count of alert number 1.
fn failed_to_tell(status: u16, retry_after: Option<Duration>, alive: bool) -> Report {
    Report::Told {
        lead: 1,
        destination: DestinationId::SETTINGS,
        turned: 0,
        told: Err(NotTold {
            error: iris_client::Error::Unavailable { status, retry_after },
            alive,
            unreadable: false,
        }),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_count_that_always_makes_iris_fail_holds_up_neither_alerts_nor_a_drain() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = courier(&folder);
    let outbox = Arc::clone(&courier.outbox);
    outbox.put(delivered(1), true);
    courier.write_down().unwrap();
    let misses = |folder: &tempfile::TempDir| {
        let db = rusqlite::Connection::open(folder.path().join("queue.db")).unwrap();
        let misses = db.query_row("SELECT misses FROM window", [], |row| row.get::<_, i64>(0));
        misses.unwrap()
    };
    for tries in 0..5 {
        assert!(!courier.untellable.contains(&1), "after {tries} tries");
        assert_eq!(misses(&folder), tries, "each counts towards giving it up");
        outbox.put(failed_to_tell(500, None, true), true);
        courier.write_down().unwrap();
        let breaker = &courier.roads[&DestinationId::SETTINGS].breaker;
        assert_eq!(breaker.allows(Instant::now(), 4), 4, "others go on");
    }
    assert!(courier.may_leave(Stay::UntilDrained).unwrap());
    assert_eq!(untold(&courier), 1, "nothing is lost");
    assert_eq!(courier.queue.counters().unwrap().folded, 1);
    outbox.put(told(1, 1), true);
    courier.write_down().unwrap();
    assert_eq!(untold(&courier), 0);
    assert!(courier.untellable.is_empty() && courier.tell_failures.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn counts_that_a_person_can_help_or_that_all_fail_are_not_given_up() {
    let not_taken = |lead, error| Report::Told {
        lead,
        destination: DestinationId::SETTINGS,
        turned: 0,
        told: Err(NotTold {
            error,
            alive: true,
            unreadable: false,
        }),
    };
    let unavailable = || iris_client::Error::Unavailable {
        status: 500,
        retry_after: None,
    };
    let misses = |folder: &tempfile::TempDir| {
        let db = rusqlite::Connection::open(folder.path().join("queue.db")).unwrap();
        let misses = db.query_row("SELECT misses FROM window WHERE lead = 1", [], |row| {
            row.get::<_, i64>(0)
        });
        misses.unwrap()
    };
    for (others, error, is_own) in [
        (0, iris_client::Error::CustomerDenied, false),
        (0, unavailable(), true),
        (9, unavailable(), false),
        (9, iris_client::Error::TooLarge, false),
        (0, iris_client::Error::TooLarge, true),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut courier = courier(&folder);
        courier.outbox.put(delivered(1), true);
        courier.write_down().unwrap();
        for other in 0..others {
            courier.outbox.put(not_taken(100 + other, unavailable()), true);
        }
        let text = error.to_string();
        courier.outbox.put(not_taken(1, error), true);
        courier.write_down().unwrap();
        assert_eq!(misses(&folder), i64::from(is_own), "{text}, {others} others");
    }
}

/// A second alert and a repeat of it, IRIS having taken the alert; its number is 3.
fn take_in_another(courier: &mut Courier) {
    another_waits(courier);
    courier.outbox.put(delivered(3), true);
    courier.write_down().unwrap();
}

/// A second alert and a repeat of it.
fn another_waits(courier: &mut Courier) {
    let arrivals = ["another", "its repeat"].map(|name| Arrival {
        name,
        destination: DestinationId::SETTINGS,
        same_server: Vec::new(),
        uuid: Uuid::new_v5(&Uuid::nil(), name.as_bytes()),
        received_us: micros(SystemTime::now()),
        subject: Some(Subject::for_test("5712", "002")),
        bytes: b"{}",
    });
    courier.queue.take_in(&arrivals, None, &courier.rules).unwrap();
}

/// An IRIS at an address where nobody listens.
fn target(settings: &Settings) -> Arc<Target> {
    let destination = Destination {
        url: "https://127.0.0.1:1".to_owned(),
        key: Some("k".into()),
        options: String::new(),
    };
    Arc::new(Target::new(&destination, &settings.iris).unwrap())
}

/// Whom IRIS is being told of when one call at a time is allowed, all counts being due.
fn begin_to_tell(courier: &mut Courier) -> Vec<i64> {
    let road = courier.roads.get_mut(&DestinationId::SETTINGS).unwrap();
    road.pace = Pace::new(1);
    road.target = Some(target(&courier.settings));
    courier.tell_counts(micros(SystemTime::now()), i64::MAX - 1).unwrap();
    courier.telling.iter().copied().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_count_that_is_first_in_line_and_not_to_be_tried_keeps_no_other_from_being_told() {
    for tries in [4, 9] {
        let folder = tempfile::tempdir().unwrap();
        let mut courier = courier(&folder);
        courier.settings.noise.flush_every = Duration::ZERO;
        courier.outbox.put(delivered(1), true);
        courier.write_down().unwrap();
        for _ in 0..tries {
            courier.outbox.put(failed_to_tell(500, None, true), true);
            courier.write_down().unwrap();
        }
        take_in_another(&mut courier);
        let first = courier.queue.untold(DestinationId::SETTINGS, i64::MAX, 1, |_| false);
        assert_eq!(first.unwrap()[0].lead.seq, 1);
        assert_eq!(begin_to_tell(&mut courier), [3], "after {tries} tries");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn nothing_is_remembered_of_a_count_that_was_given_up() {
    use telling::Telling;

    for telling in [Telling::Missing, Telling::NotTaken] {
        let folder = tempfile::tempdir().unwrap();
        let mut courier = courier(&folder);
        let outbox = Arc::clone(&courier.outbox);
        outbox.put(delivered(1), true);
        outbox.put(failed_to_tell(500, None, true), true);
        courier.write_down().unwrap();
        let now_us = micros(SystemTime::now());
        courier.untellable.insert(1);
        for hour in 0..=24 {
            assert_eq!((courier.untellable.len(), courier.tell_failures.len()), (1, 1));
            courier
                .write_telling(1, DestinationId::SETTINGS, telling, now_us + hour * 3_600_000_000)
                .unwrap();
        }
        assert_eq!(untold(&courier), 0);
        assert!(courier.untellable.is_empty() && courier.tell_failures.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_account_that_may_not_read_alerts_is_asked_ever_less_often_and_keeps_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = courier(&folder);
    courier.settings.noise.flush_every = Duration::ZERO;
    courier.outbox.put(delivered(1), true);
    courier.write_down().unwrap();
    take_in_another(&mut courier);
    let denied = |lead| Report::Told {
        lead,
        destination: DestinationId::SETTINGS,
        turned: 0,
        told: Err(NotTold {
            error: iris_client::Error::CustomerDenied,
            alive: true,
            unreadable: true,
        }),
    };
    courier.outbox.put(denied(1), true);
    courier.write_down().unwrap();
    let road = &courier.roads[&DestinationId::SETTINGS];
    assert!(!road.breaker.is_failing() && road.unreadable.is_some());
    assert!(courier.untellable.is_empty() && courier.tell_failures.is_empty());
    assert!(begin_to_tell(&mut courier).is_empty(), "not the other one either");
    assert_eq!(untold(&courier), 2);
    // What was under way at the same moment says the same, once.
    courier.outbox.put(denied(3), true);
    courier.outbox.put(denied(1), true);
    courier.write_down().unwrap();
    let db = rusqlite::Connection::open(folder.path().join("queue.db")).unwrap();
    let misses = "SELECT max(misses) FROM window";
    assert_eq!(db.query_row(misses, [], |row| row.get::<_, i64>(0)).unwrap(), 1);
    courier.drain = Some(Drain::default());
    assert!(courier.may_leave(Stay::UntilDrained).unwrap());
    let left = courier.drain.take().unwrap().left.unwrap();
    assert!(
        left.starts_with("counts of folded alerts wait") && left.contains("alerts_read"),
        "{left}"
    );
    courier.outbox.put(told(1, 1), true);
    courier.write_down().unwrap();
    assert_eq!(begin_to_tell(&mut courier), [3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_count_is_not_the_reason_where_iris_is_not_there_or_asks_for_a_pause() {
    for report in [
        || failed_to_tell(502, None, false),
        || failed_to_tell(503, Some(Duration::from_secs(1)), true),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut courier = courier(&folder);
        let outbox = Arc::clone(&courier.outbox);
        outbox.put(delivered(1), true);
        courier.write_down().unwrap();
        for _ in 0..20 {
            outbox.put(report(), true);
            courier.write_down().unwrap();
        }
        assert!(courier.untellable.is_empty());
        assert!(courier.roads[&DestinationId::SETTINGS].breaker.is_failing());
        assert!(!courier.may_leave(Stay::UntilDrained).unwrap(), "it is waited for");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_was_put_off_by_the_last_courier_is_tried_at_once_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = courier(&folder);
    let again = Settlement::Again {
        due_us: micros(SystemTime::now()) + 300_000_000,
        error: "HTTP 502".to_owned(),
        degraded: false,
        counts: false,
    };
    first.queue.settle(&[(1, again)], 1, 1).unwrap();
    assert!(first.queue.ready_destinations().unwrap().is_empty());
    drop(first);
    let settings = Settings::parse(&Source::default()).unwrap();
    let next = Courier::open(Spool::at(folder.path()), settings).unwrap();
    assert_eq!(next.queue.ready_destinations().unwrap(), [DestinationId::SETTINGS]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_one_off_run_asks_for_the_number_of_an_alert_that_iris_has_for_a_minute() {
    for (is_drain, seconds, is_over) in [(false, 64, false), (true, 32, false), (true, 64, true)] {
        let folder = tempfile::tempdir().unwrap();
        let mut courier = courier(&folder);
        courier.drain = is_drain.then(Drain::default);
        let unnumbered = attempted(Attempt::Unnumbered {
            error: "HTTP 500".to_owned(),
            wait: Duration::from_secs(seconds),
            asked: None,
        });
        courier.outbox.put(unnumbered, true);
        courier.write_down().unwrap();
        assert_eq!(courier.queue.counters().unwrap().delivered, u64::from(is_over));
    }
}

/// What became of alert number 1.
fn attempted(attempt: Attempt) -> Report {
    Report::Alert {
        seq: 1,
        destination: DestinationId::SETTINGS,
        turned: 0,
        degraded: false,
        was_degraded: false,
        attempt,
        began: Instant::now(),
        ended: Instant::now(),
        untried: Vec::new(),
    }
}

fn failed(configuration: bool, reached: bool) -> Report {
    attempted(Attempt::DestinationFailed {
        error: "IRIS does not accept the API key".to_owned(),
        wait: None,
        configuration,
        reached,
        alive: false,
    })
}

/// A courier of a one-off run, after these reports.
fn drain(folder: &tempfile::TempDir, reports: impl IntoIterator<Item = Report>) -> Courier {
    let mut courier = courier(folder);
    courier.drain = Some(Drain::default());
    for report in reports {
        courier.outbox.put(report, true);
        courier.write_down().unwrap();
    }
    courier
}

fn denied() -> Report {
    attempted(Attempt::PutOff {
        answered: true,
        error: "the account may not create alerts for customer 7".to_owned(),
        wait: Duration::from_mins(1),
    })
}

fn refused() -> Report {
    attempted(Attempt::Refused {
        error: "IRIS refuses the request".to_owned(),
        doubtful: true,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_one_off_run_leaves_what_waits_for_a_person_and_says_so_and_a_resident_courier_stays() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = drain(&folder, [denied()]);
    assert!(courier.may_leave(Stay::UntilDrained).unwrap());
    let left = courier.drain.take().unwrap().left.unwrap();
    assert!(
        left.starts_with(
            "1 alert waits until somebody acts: the account may not create alerts for customer 7 (link it"
        ),
        "{left}"
    );
    courier.outbox.put(denied(), true);
    courier.write_down().unwrap();
    assert!(!courier.may_leave(Stay::WhileNeeded).unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_one_off_run_waits_a_minute_for_a_person_and_for_an_iris_that_is_away_longer() {
    let minutes = |minutes| Instant::now() + Duration::from_mins(minutes);
    let folder = tempfile::tempdir().unwrap();
    let courier = drain(&folder, [failed(true, false)]);
    assert_eq!(courier.left(minutes(0)).unwrap().line(), None);
    let left = courier.left(minutes(1)).unwrap().line().unwrap();
    assert!(
        left.contains("1 alert waits") && left.contains("custom-iris doctor"),
        "{left}"
    );
    drop(courier);
    let folder = tempfile::tempdir().unwrap();
    let courier = drain(&folder, (0..20).map(|_| failed(false, true)));
    assert_eq!(courier.left(minutes(10_000)).unwrap().line(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_one_off_run_says_how_what_waits_for_a_block_of_before_gets_to_the_one_of_now() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = drain(&folder, []);
    let destination = |options: &str| Destination {
        url: "https://iris:8443".to_owned(),
        key: Some("k".to_owned().into()),
        options: options.to_owned(),
    };
    let old = destination("{").remember(folder.path()).unwrap();
    let arrival = Arrival {
        name: "old",
        destination: old,
        same_server: Vec::new(),
        uuid: Uuid::nil(),
        received_us: micros(SystemTime::now()),
        subject: Some(Subject::for_test("5710", "001")),
        bytes: b"{}",
    };
    courier.queue.take_in(&[arrival], None, &courier.rules).unwrap();
    assert!(courier.target(old).is_none(), "its options cannot be read");
    let block = |options| {
        format!(
            "<integration><name>custom-iris</name><hook_url>https://iris:8443</hook_url><api_key>k</api_key><options>{options}</options></integration>"
        )
    };
    courier.settings.ossec_conf = folder.path().join("ossec.conf");
    let line = |courier: &mut Courier, blocks: &str| {
        std::fs::write(&courier.settings.ossec_conf, blocks).unwrap();
        courier.route = Route::new(folder.path().to_owned(), &courier.settings);
        let in_an_hour = Instant::now() + Duration::from_hours(1);
        courier.left(in_an_hour).unwrap().line().unwrap()
    };
    let command = format!("`custom-iris spool move {old} NEW`");
    assert!(
        !line(&mut courier, &block("{")).contains(&command),
        "it is to be corrected"
    );
    let corrected = line(&mut courier, &block("{}"));
    assert!(corrected.contains(&command), "{corrected}");
    destination("{}").stand_in_for(folder.path(), old).unwrap();
    let moved = line(&mut courier, &block("{}"));
    assert!(!moved.contains(&command) && !moved.contains("again brings"), "{moved}");
    let other_key = block("{}").replace("<api_key>k<", "<api_key>k2<");
    let rotated = line(&mut courier, &other_key);
    assert!(rotated.contains("again brings it the key"), "{rotated}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_one_off_run_does_not_leave_for_what_is_forbidden_before_every_alert_had_its_turn() {
    let forbidden = |seq| Report::Alert {
        seq,
        destination: DestinationId::SETTINGS,
        turned: 0,
        degraded: false,
        was_degraded: false,
        attempt: Attempt::DestinationFailed {
            error: "HTTP 403".to_owned(),
            wait: None,
            configuration: true,
            reached: true,
            alive: true,
        },
        began: Instant::now(),
        ended: Instant::now(),
        untried: Vec::new(),
    };
    let minutes = |minutes| Instant::now() + Duration::from_mins(minutes);
    let folder = tempfile::tempdir().unwrap();
    let mut courier = drain(&folder, []);
    another_waits(&mut courier);
    courier.outbox.put(forbidden(1), true);
    courier.write_down().unwrap();
    assert_eq!(courier.left(minutes(2)).unwrap().line(), None, "number 3 may pass");
    let line = |courier: &Courier, minute| courier.left(minutes(minute)).unwrap().line();
    assert!(line(&courier, 31).unwrap().contains("2 alerts wait"));
    courier.outbox.put(forbidden(3), true);
    courier.write_down().unwrap();
    assert_eq!(line(&courier, 0), None);
    assert!(line(&courier, 1).unwrap().contains("2 alerts wait"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_one_off_run_leaves_an_iris_that_answers_and_takes_nothing() {
    let in_an_hour = || Instant::now() + Duration::from_hours(1);
    for (reports, waits) in [
        (vec![refused(), refused()], true),
        ((0..9).map(|_| refused()).collect(), false),
        // It went away, which it may come back from.
        ((0..9).map(|_| refused()).chain([failed(false, true)]).collect(), true),
        ((0..9).map(|_| refused()).chain([failed(false, false)]).collect(), true),
        // It took one.
        ((0..9).map(|_| refused()).chain([delivered(100)]).collect(), true),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let courier = drain(&folder, reports);
        assert_eq!(courier.left(Instant::now()).unwrap().line(), None);
        assert_eq!(courier.left(in_an_hour()).unwrap().line().is_none(), waits);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_want_of_inodes_or_of_room_that_others_took_leaves_what_is_settled_known() {
    for (bytes, inodes) in [(0, u64::MAX), (u64::MAX, 0)] {
        let folder = tempfile::tempdir().unwrap();
        let mut courier = courier(&folder);
        (
            courier.settings.spool.min_free_bytes,
            courier.settings.spool.min_free_inodes,
        ) = (bytes, inodes);
        Arc::clone(&courier.outbox).put(delivered(1), true);
        Arc::clone(&courier.outbox).put(told(1, 1), true);
        courier.write_down().unwrap();
        courier.upkeep();
        let texts = [1, 2].map(|seq| courier.queue.show(seq).unwrap().unwrap().1);
        assert!(texts.iter().all(Option::is_some), "{bytes} bytes, {inodes} inodes");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn it_is_not_ready_again_before_what_could_not_be_taken_in_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = courier(&folder);
    let entry = crate::forwarder::spool::Entry::new(DestinationId::SETTINGS, b"{}".to_vec());
    courier.spool.put_all(&[entry]).unwrap();
    let other = rusqlite::Connection::open(folder.path().join("queue.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    courier.queue.wait_for_nobody();
    courier.take_in();
    assert!(courier.troubles.first().is_some());
    // Nobody announced anything, so the inbox does not look.
    courier.take_in();
    assert!(courier.troubles.first().is_some());
    other.execute_batch("ROLLBACK").unwrap();
    courier.sources.inbox.announced();
    courier.take_in();
    assert_eq!(courier.troubles.first(), None);
    assert_eq!(courier.queue.counters().unwrap().received, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn it_is_not_ready_while_alerts_of_a_customer_wait_for_a_person() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = courier(&folder);
    let rule = "[[customer]]\nid = 7\nagent_name = [\"ws-*\"]\n";
    std::fs::write(folder.path().join("s.toml"), rule).unwrap();
    let source = Source::read(
        Some(&folder.path().join("s.toml")),
        &crate::settings::Environment::new(),
    )
    .unwrap();
    courier.settings = Settings::parse(&source).unwrap();
    let target = target(&courier.settings);
    let mut road = Road::new(4);
    road.target = Some(Arc::clone(&target));
    courier.roads.insert(DestinationId::SETTINGS, road);
    let state = |now| {
        let needs = courier.needs_a_person(&courier.roads[&DestinationId::SETTINGS], now);
        (courier.not_ready(now), needs)
    };
    let now = Instant::now();
    assert_eq!(state(now), (None, false));
    for customer in [target.customer(), iris_client::CustomerId(7)] {
        let again = now + target.deny(customer, now);
        // Also while the next alert is on its way there.
        for at in [now, again + Duration::from_secs(5)] {
            let (why, needs) = state(at);
            let why = why.unwrap();
            assert!(why.contains(&format!("customer {}", customer.0)) && needs, "{why}");
        }
        // Nobody has asked any more.
        assert_eq!(state(again + Duration::from_hours(1)), (None, false));
        target.allow(customer);
        assert_eq!(state(now), (None, false));
    }
}
