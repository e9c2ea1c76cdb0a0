//! Files that are taken away under a courier.

use super::*;

/// Looks as often as it takes to be certain.
fn look(courier: &mut Courier) -> Option<std::path::PathBuf> {
    courier.look_at_files();
    courier.look_at_files();
    courier.uprooted.clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_courier_whose_queue_was_moved_gives_back_what_waits_and_leaves_the_next_one_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = courier(&folder);
    assert_eq!(look(&mut courier), None);
    let queue = folder.path().join("queue.db");
    std::fs::rename(&queue, folder.path().join("aside")).unwrap();
    courier.look_at_files();
    assert_eq!(courier.uprooted, None, "one look may be a slip");
    assert_eq!(look(&mut courier), Some(queue.clone()));
    let error = courier.end_uprooted(queue).unwrap_err();
    assert!(
        matches!(
            error,
            CourierError::Uprooted {
                back: 1,
                lost: None,
                ..
            }
        ),
        "{error}"
    );
    // Another one has begun by the time that this one is closed.
    let next = Queue::open(folder.path()).unwrap();
    let log = folder.path().join("queue.db-wal");
    assert!(log.exists());
    drop(courier);
    assert!(log.exists(), "it is of the next one");
    drop(next);
    assert_eq!(Spool::at(folder.path()).count().unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_courier_whose_lock_alone_is_gone_leaves_its_queue_to_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = courier(&folder);
    let lock = folder.path().join("courier.lock");
    std::fs::remove_file(&lock).unwrap();
    assert_eq!(look(&mut courier), Some(lock.clone()));
    let error = courier.end_uprooted(lock).unwrap_err();
    assert!(
        matches!(
            error,
            CourierError::Uprooted {
                back: 0,
                lost: None,
                ..
            }
        ),
        "{error}"
    );
    drop(courier);
    assert_eq!(
        Queue::look(folder.path()).unwrap().unwrap().counters().unwrap().waiting,
        1
    );
}
