//! A tail that does not know where its alerts go.

use super::*;
use crate::forwarder::spool::{Destination, Spool};

/// A tail where neither the settings nor a hook have said where IRIS is.
fn unnamed(manager: &Manager, checkpoint: Option<&str>) -> Tail {
    let root = manager.folder.path().join("state");
    let settings = Settings::parse(&crate::settings::Source::default()).unwrap();
    let route = Route::new(root.clone(), &settings);
    Tail::new(manager.alerts(), root, From::End, route, checkpoint)
}

/// As the hook does when it is called.
fn name(manager: &Manager) -> DestinationId {
    let root = manager.folder.path().join("state");
    Spool::at(&root).create().unwrap();
    let block = Destination {
        url: "https://iris.example/alerts/add".to_owned(),
        key: Some("k".to_owned().into()),
        options: String::new(),
    };
    block.remember(&root).unwrap()
}

fn write(manager: &mut Manager, lines: usize) {
    (0..lines).for_each(|_| manager.write(10));
    manager.flush();
}

/// Everything that the tail finds until it has nothing more.
fn drain(tail: &mut Tail) -> Vec<String> {
    drain_refused(tail, 0)
}

/// The same, where every transaction fails so many times before it succeeds.
fn drain_refused(tail: &mut Tail, times: usize) -> Vec<String> {
    let mut taken = Vec::new();
    loop {
        for _ in 0..times {
            let batch = tail.next().unwrap();
            tail.again(batch);
        }
        let batch = tail.next().unwrap();
        let alerts = batch.alerts.iter().map(|alert| alert.bytes.clone());
        taken.extend(alerts.map(|bytes| String::from_utf8(bytes).unwrap()));
        tail.taken(batch);
        if !tail.has_more() {
            return taken;
        }
    }
}

#[test]
fn alerts_wait_at_the_checkpoint_until_somebody_has_said_where_iris_is() {
    let mut manager = Manager::new();
    manager.write(10);
    manager.flush();
    let mut tail = unnamed(&manager, None);
    let batch = tail.next().unwrap();
    let checkpoint = batch.checkpoint.as_ref().map(|checkpoint| checkpoint.state.clone());
    assert!(batch.alerts.is_empty());
    tail.taken(batch);
    manager.write(10);
    manager.flush();
    for _ in 0..2 {
        let batch = tail.next().unwrap();
        assert!(batch.is_empty() && !tail.has_more());
        assert!(tail.notes().paused && tail.notes().behind > 0);
        tail.taken(batch);
        tail = unnamed(&manager, checkpoint.as_deref());
    }
    // The days go by meanwhile.
    assert!(tail.next().unwrap().is_empty());
    manager.unlink(true);
    manager.link();
    manager.write(10);
    manager.flush();
    assert!(tail.next().unwrap().is_empty());
    let block = name(&manager);
    let mut taken = Vec::new();
    for _ in 0..3 {
        let batch = tail.next().unwrap();
        for alert in &batch.alerts {
            assert_eq!(alert.destination, block);
            taken.push(String::from_utf8(alert.bytes.clone()).unwrap());
        }
        tail.taken(batch);
    }
    assert_eq!(taken, manager.written[1..]);
    assert!(!tail.notes().paused);
}

#[test]
fn what_was_copied_and_cut_while_the_tail_waited_is_read_from_the_copy() {
    for (dated, deleted) in [(true, false), (false, false), (false, true)] {
        let mut manager = Manager::new();
        if !dated {
            fs::remove_file(manager.dated()).unwrap();
        }
        let mut tail = unnamed(&manager, None);
        assert_eq!(drain(&mut tail), [""; 0]);
        // The clock of files goes in steps.
        tail.open.as_mut().unwrap().place.begun_us -= 10_000_000;
        write(&mut manager, 3);
        assert_eq!(drain(&mut tail), [""; 0]);
        manager.copy_and_truncate();
        write(&mut manager, 2);
        assert_eq!(drain(&mut tail), [""; 0]);
        if deleted {
            fs::remove_file(manager.alerts()).unwrap();
            manager.link_new();
            write(&mut manager, 1);
        }
        name(&manager);
        assert_eq!(drain(&mut tail), manager.written, "dated: {dated}, deleted: {deleted}");
        assert_eq!(tail.notes().lost_files, 0);
        write(&mut manager, 1);
        assert_eq!(drain(&mut tail), manager.written[manager.written.len() - 1..], "once");
    }
}

#[test]
fn what_was_copied_and_cut_while_there_was_no_room_is_read_from_the_copy() {
    let mut manager = Manager::new();
    name(&manager);
    let root = manager.folder.path().join("state");
    let mut tail = unnamed(&manager, None);
    assert_eq!(drain(&mut tail), [""; 0]);
    tail.open.as_mut().unwrap().place.begun_us -= 10_000_000;
    let queue_full = |queue_full| {
        let limits = Limits {
            min_free_bytes: 0,
            min_free_inodes: 0,
            queue_full,
        };
        limits.write(&root).unwrap();
    };
    queue_full(true);
    write(&mut manager, 3);
    assert_eq!(drain(&mut tail), [""; 0]);
    manager.copy_and_truncate();
    write(&mut manager, 2);
    assert_eq!(drain(&mut tail), [""; 0]);
    assert!(tail.notes().paused);
    queue_full(false);
    assert_eq!(drain(&mut tail), manager.written);
}

#[test]
fn transactions_that_fail_cost_neither_a_copy_nor_a_file_that_only_the_tail_still_holds() {
    for refused in 0..3 {
        for (dated, deleted) in [(true, false), (false, false), (false, true)] {
            let mut manager = Manager::new();
            if !dated {
                fs::remove_file(manager.dated()).unwrap();
            }
            let mut tail = unnamed(&manager, None);
            assert_eq!(drain(&mut tail), [""; 0]);
            tail.open.as_mut().unwrap().place.begun_us -= 10_000_000;
            let copy = |number: u32| manager.folder.path().join(format!("alerts/alerts.json.{number}"));
            let (one, two) = (copy(1), copy(2));
            write(&mut manager, 2);
            manager.copy_and_truncate();
            fs::rename(&one, &two).unwrap();
            let first = File::options().append(true).open(&two).unwrap();
            first.set_modified(SystemTime::now() - Duration::from_secs(5)).unwrap();
            write(&mut manager, 2);
            manager.copy_and_truncate();
            write(&mut manager, 1);
            assert_eq!(drain(&mut tail), [""; 0]);
            if deleted {
                fs::remove_file(manager.alerts()).unwrap();
                manager.link_new();
                write(&mut manager, 1);
            }
            name(&manager);
            let taken = drain_refused(&mut tail, refused);
            assert_eq!(
                taken, manager.written,
                "refused: {refused}, dated: {dated}, deleted: {deleted}"
            );
            assert_eq!(tail.notes().lost_files, 0);
        }
    }
}

#[test]
fn a_transaction_that_fails_costs_no_file_that_was_deleted_meanwhile() {
    let mut manager = Manager::new();
    name(&manager);
    fs::remove_file(manager.dated()).unwrap();
    let mut tail = unnamed(&manager, None);
    write(&mut manager, 1);
    assert_eq!(drain(&mut tail).len(), 0);
    write(&mut manager, 2);
    fs::remove_file(manager.alerts()).unwrap();
    manager.link_new();
    write(&mut manager, 1);
    assert_eq!(drain_refused(&mut tail, 2), manager.written[1..]);
    assert_eq!(tail.notes().lost_files, 0);
}
