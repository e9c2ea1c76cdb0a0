//! Where alerts go when what is said of their destination changes while a courier is at work.

use iris_client::sandbox::{Fault, Sandbox};
use secrecy::SecretString;

use super::*;
use crate::forwarder::door::Door;
use crate::forwarder::spool::{DestinationId, Entry};

/// A courier between two servers, and the destinations that lead there.
struct Stage {
    courier: Courier,
    here: (Sandbox, Destination),
    there: (Sandbox, Destination),
    /// Of which every alert is.
    id: DestinationId,
    folder: tempfile::TempDir,
}

impl Stage {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::parse(&Source::default()).unwrap();
        let courier = Courier::open(Spool::at(folder.path()), settings).unwrap();
        let (here, there) = (server().await, server().await);
        let id = here.1.remember(folder.path()).unwrap();
        Self {
            courier,
            here,
            there,
            id,
            folder,
        }
    }

    fn one_comes(&mut self, name: &str) {
        self.one_of(name, name);
    }

    fn one_of(&mut self, kind: &str, name: &str) {
        let alert = serde_json::json!({
            "id": name,
            "rule": {"id": kind, "level": 12, "description": kind},
            "agent": {"id": "001", "name": "web"},
            "manager": {"name": "mgr"},
        });
        let entry = Entry::new(self.id, alert.to_string().into_bytes());
        self.courier.spool.put_all(&[entry]).unwrap();
        self.courier.sources.inbox.announced();
        self.courier.take_in();
    }

    /// Another process has the office from now on.
    fn begins_anew(self) -> Self {
        let Self {
            courier,
            here,
            there,
            id,
            folder,
        } = self;
        let settings = courier.settings.clone();
        drop(courier);
        let courier = Courier::open(Spool::at(folder.path()), settings).unwrap();
        Self {
            courier,
            here,
            there,
            id,
            folder,
        }
    }

    fn back_here(&self) {
        // A block names it again: the hook says so before it stores an alert.
        self.here.1.remember(self.folder.path()).unwrap();
    }

    /// Every attempt that is due, to its end; how many alerts are here and there then.
    async fn hand_out(&mut self) -> (usize, usize) {
        // As long as nobody has to be waited for.
        self.courier.hand_out().unwrap();
        while let Some(ended) = self.courier.tasks.join_next_with_id().await {
            self.courier.ended(ended);
        }
        self.courier.write_down().unwrap();
        (self.here.0.alert_count(), self.there.0.alert_count())
    }

    fn move_there(&self) {
        self.there.1.stand_in_for(self.folder.path(), self.id).unwrap();
    }
}

async fn server() -> (Sandbox, Destination) {
    let iris = Sandbox::builder().start().await.unwrap();
    let destination = Destination {
        url: iris.url(),
        key: Some(iris.token().to_owned().into()),
        options: String::new(),
    };
    (iris, destination)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_destination_that_does_well_is_followed_there_and_back() {
    let mut stage = Stage::new().await;
    stage.one_comes("first");
    assert_eq!(stage.hand_out().await, (1, 0));
    stage.move_there();
    stage.one_comes("second");
    assert_eq!(stage.hand_out().await, (1, 1));
    stage.back_here();
    stage.one_comes("third");
    assert_eq!(stage.hand_out().await, (2, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_comes_after_a_move_is_counted_in_no_alert_of_the_place_of_before() {
    let mut stage = Stage::new().await;
    stage.one_of("kind", "first");
    assert_eq!(stage.hand_out().await, (1, 0));
    stage.one_of("kind", "folded");
    assert_eq!(stage.hand_out().await, (1, 0));
    stage.move_there();
    stage.one_of("kind", "second");
    assert_eq!(stage.hand_out().await, (1, 1));
    stage.back_here();
    stage.one_of("kind", "third");
    assert_eq!(stage.hand_out().await, (2, 1));
    // While no courier is at work, too.
    stage.move_there();
    let mut stage = stage.begins_anew();
    stage.one_of("kind", "fourth");
    assert_eq!(stage.hand_out().await, (2, 2));
    let mut stage = stage.begins_anew();
    stage.one_of("kind", "folded, too");
    assert_eq!(stage.hand_out().await, (2, 2));
    assert_eq!(stage.courier.queue.counters().unwrap().of(Door::Folded), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_waited_is_where_it_went_and_counts_nothing_that_comes_back_to_the_place_of_before() {
    let mut stage = Stage::new().await;
    stage.one_of("kind", "first");
    stage.move_there();
    assert_eq!(stage.hand_out().await, (0, 1));
    stage.one_of("kind", "first");
    stage.one_of("kind", "folded");
    assert_eq!(stage.hand_out().await, (0, 1));
    stage.back_here();
    stage.one_of("kind", "second");
    assert_eq!(stage.hand_out().await, (1, 1));
    let counters = stage.courier.queue.counters().unwrap();
    assert_eq!((counters.of(Door::Repeated), counters.of(Door::Folded)), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_only_the_place_of_before_has_is_no_repeat() {
    let mut stage = Stage::new().await;
    stage.one_comes("first");
    assert_eq!(stage.hand_out().await, (1, 0));
    stage.one_comes("first");
    assert_eq!(stage.hand_out().await, (1, 0));
    stage.move_there();
    stage.one_comes("first");
    assert_eq!(stage.hand_out().await, (1, 1));
    stage.one_comes("first");
    assert_eq!(stage.hand_out().await, (1, 1));
    assert_eq!(stage.courier.queue.counters().unwrap().of(Door::Repeated), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn another_address_in_the_settings_is_another_place() {
    let mut stage = Stage::new().await;
    stage.id = DestinationId::SETTINGS;
    let go_to = |stage: &mut Stage, url: String, key: SecretString| {
        let mut settings = stage.courier.settings.clone();
        settings.iris.base_url = Some(url);
        settings.iris.bearer = Some(key);
        stage.courier.go_by(settings);
    };
    let [here, there] = [&stage.here, &stage.there].map(|(iris, _)| (iris.url(), iris.token().to_owned()));
    go_to(&mut stage, here.0.clone(), here.1.clone().into());
    stage.one_of("kind", "first");
    assert_eq!(stage.hand_out().await, (1, 0));
    // Written another way, it is the same.
    go_to(&mut stage, format!("{}/alerts/add", here.0), here.1.into());
    stage.one_of("kind", "folded");
    assert_eq!(stage.hand_out().await, (1, 0));
    go_to(&mut stage, there.0, there.1.into());
    stage.one_of("kind", "second");
    assert_eq!(stage.hand_out().await, (1, 1));
    stage.one_of("kind", "first");
    stage.one_comes("another");
    assert_eq!(
        stage.hand_out().await,
        (1, 2),
        "one of the kind is there and tells of its repeats"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_the_place_of_before_says_late_is_not_said_of_the_new_one() {
    let mut stage = Stage::new().await;
    stage.one_comes("first");
    assert_eq!(stage.hand_out().await, (1, 0));
    stage.here.0.fault(Fault::unavailable(Some(Duration::from_mins(10))));
    stage.one_comes("second");
    stage.courier.hand_out().unwrap();
    assert_eq!(stage.courier.tasks.len(), 1, "it is under way");
    stage.move_there();
    stage.one_comes("third");
    assert_eq!(stage.hand_out().await, (1, 1), "nobody waits for the one under way");
    assert_eq!(stage.hand_out().await, (1, 2), "and that goes there, too");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_place_that_was_not_seen_to_take_any_parks_none() {
    let mut stage = Stage::new().await;
    stage.one_comes("first");
    assert_eq!(stage.hand_out().await, (1, 0));
    let has_taken = |stage: &Stage, count: u64| {
        let known = format!("{:?}", stage.courier.roads[&stage.id].trials);
        assert!(known.contains(&format!("delivered: {count},")), "{known}");
    };
    has_taken(&stage, 1);
    stage.move_there();
    stage.courier.follow(stage.id);
    has_taken(&stage, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_lies_ready_and_what_was_put_off_follow_and_another_key_is_no_move() {
    let mut stage = Stage::new().await;
    let Stage { id, .. } = stage;
    stage.one_comes("put off");
    let report = Report::Alert {
        seq: 1,
        destination: id,
        turned: 0,
        degraded: false,
        was_degraded: false,
        attempt: Attempt::PutOff {
            answered: true,
            error: "the account may not create alerts for customer 7".to_owned(),
            wait: Duration::from_hours(1),
        },
        began: Instant::now(),
        ended: Instant::now(),
        untried: Vec::new(),
    };
    stage.courier.outbox.put(report, true);
    stage.courier.write_down().unwrap();
    stage.one_comes("ready");
    stage.courier.follow(id);
    let target = stage.courier.target(id).unwrap();
    stage.courier.fill(id, Instant::now()).unwrap();
    assert_eq!(stage.courier.in_hand.len(), 1);

    let other_key = Destination {
        key: Some("another".to_owned().into()),
        ..stage.here.1.clone()
    };
    other_key.remember(stage.folder.path()).unwrap();
    stage.courier.follow(id);
    assert!(Arc::ptr_eq(&target, &stage.courier.target(id).unwrap()));
    assert_eq!(stage.courier.in_hand.len(), 1);

    stage.move_there();
    // The time has come to look after those for which nothing lies ready.
    stage.courier.last_way = None;
    assert_eq!(stage.hand_out().await, (0, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_the_place_of_before_takes_late_is_at_the_new_one_too() {
    let mut stage = Stage::new().await;
    stage.one_of("kind", "first");
    stage.courier.hand_out().unwrap();
    assert_eq!(stage.courier.tasks.len(), 1, "it is under way");
    stage.move_there();
    stage.courier.follow(stage.id);
    while stage.here.0.alert_count() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(stage.hand_out().await, (1, 0));
    stage.one_of("kind", "second");
    assert_eq!(
        stage.hand_out().await,
        (1, 1),
        "the first, in which the second is counted"
    );
    let counters = stage.courier.queue.counters().unwrap();
    assert_eq!((counters.of(Door::Delivered), counters.of(Door::Folded)), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn alerts_stay_where_they_came_from_while_it_cannot_be_written_down_where_they_go() {
    let mut stage = Stage::new().await;
    stage.courier.spool.make_ring().unwrap();
    stage.courier.queue.wait_for_nobody();
    let other = rusqlite::Connection::open(stage.folder.path().join("queue.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let received = |stage: &mut Stage| {
        stage.courier.sources.inbox.announced();
        stage.courier.take_in();
        stage.courier.queue.counters().unwrap().received
    };
    for text in ["{}", "[]"] {
        let entry = Entry::new(stage.id, text.as_bytes().to_vec());
        stage.courier.spool.store(&entry).unwrap();
    }
    assert_eq!((received(&mut stage), received(&mut stage)), (0, 0));
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(received(&mut stage), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_the_place_of_before_took_as_plain_text_goes_whole_to_the_new_one() {
    let taken = || Attempt::Delivered {
        iris_id: Some(7),
        told: 0,
    };
    let refused = || Attempt::Refused {
        error: "alert_title is wrong".to_owned(),
        doubtful: false,
    };
    for (was_degraded, attempt) in [(false, taken()), (false, refused()), (true, taken()), (true, refused())] {
        let mut stage = Stage::new().await;
        let id = stage.id;
        stage.one_comes("first");
        stage.courier.follow(id);
        stage.move_there();
        stage.courier.follow(id);
        let report = Report::Alert {
            seq: 1,
            destination: id,
            turned: 0,
            degraded: true,
            was_degraded,
            attempt,
            began: Instant::now(),
            ended: Instant::now(),
            untried: Vec::new(),
        };
        stage.courier.outbox.put(report, true);
        stage.courier.write_down().unwrap();
        assert_eq!(stage.courier.queue.unpack(1).unwrap().degraded, was_degraded);
        assert_eq!(stage.courier.queue.counters().unwrap().waiting, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn repeats_that_the_place_of_before_was_not_told_of_are_counted_once_for_all() {
    let mut stage = Stage::new().await;
    let id = stage.id;
    for kind in ["one", "two"] {
        stage.one_of(kind, &format!("{kind} first"));
        stage.hand_out().await;
        stage.one_of(kind, &format!("{kind} again"));
        stage.one_of(kind, &format!("{kind} and again"));
    }
    stage.move_there();
    let place = stage.courier.route.place(id).unwrap();
    let untold = stage.courier.queue.untold(id, i64::MAX, 10, |_| false).unwrap();
    assert_eq!(stage.courier.queue.leads(id, &place).unwrap(), Some(4));
    assert_eq!(stage.courier.queue.leads(id, &place).unwrap(), None);
    let leads: Vec<i64> = untold.iter().map(|untold| untold.lead.seq).collect();
    assert!(
        leads
            .iter()
            .all(|lead| stage.courier.queue.is_of_before(*lead).unwrap())
    );
    stage.one_of("one", "one there");
    assert_eq!(stage.hand_out().await.1, 1);
    assert!(!stage.courier.queue.is_of_before(7).unwrap());
    // They are told if it leads back in time.
    stage.back_here();
    stage.courier.follow(id);
    assert_eq!(
        stage.courier.queue.untold(id, i64::MAX, 10, |_| false).unwrap().len(),
        2
    );
}
