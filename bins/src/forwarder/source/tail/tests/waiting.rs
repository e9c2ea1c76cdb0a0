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
    let root = manager.folder.path().join("state");
    Spool::at(&root).create().unwrap();
    let block = Destination {
        url: "https://iris.example/alerts/add".to_owned(),
        key: Some("k".to_owned().into()),
        options: String::new(),
    };
    let block = block.remember(&root).unwrap();
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
