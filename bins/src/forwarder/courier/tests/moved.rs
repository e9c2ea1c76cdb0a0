//! Where alerts go when what is said of their destination changes while a courier is at work.

use iris_client::sandbox::Sandbox;

use super::*;
use crate::forwarder::spool::DestinationId;

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
        let arrival = Arrival {
            name,
            destination: self.id,
            same_server: Vec::new(),
            uuid: Uuid::new_v5(&Uuid::nil(), name.as_bytes()),
            received_us: micros(SystemTime::now()),
            subject: Some(Subject::for_test(kind, "001")),
            bytes: br#"{"rule":{"id":"1"}}"#,
        };
        let courier = &mut self.courier;
        courier.queue.take_in(&[arrival], None, &courier.rules).unwrap();
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
    // A block names it again: the hook says so before it stores an alert.
    stage.here.1.remember(stage.folder.path()).unwrap();
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
    stage.courier.follow(stage.id);
    stage.one_of("kind", "second");
    assert_eq!(stage.hand_out().await, (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_lies_ready_and_what_was_put_off_follow_and_another_key_is_no_move() {
    let mut stage = Stage::new().await;
    let Stage { id, .. } = stage;
    stage.one_comes("put off");
    let report = Report::Alert {
        seq: 1,
        destination: id,
        degraded: false,
        keeps_form: false,
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
