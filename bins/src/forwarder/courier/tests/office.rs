//! Giving up the office, and having it again.

use std::net::{SocketAddr, TcpListener, TcpStream};

use super::*;
use crate::forwarder::spool::Entry;

/// Addresses that nobody listens on.
fn free<const COUNT: usize>() -> [SocketAddr; COUNT] {
    let listeners = [(); COUNT].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap())
}

/// An alert that a hook has stored, and found the office taken.
fn store(courier: &Courier) {
    let entry = Entry::new(DestinationId::SETTINGS, b"{}".to_vec());
    courier.spool.put_all(&[entry]).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn who_has_the_office_next_can_listen_in_the_same_places_and_may_be_started_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = courier(&folder);
    let [health, webhook] = free();
    courier.settings.health_listen = Some(health);
    courier.settings.webhook.listen = Some(webhook);
    courier.settings.webhook.token = Some("t".to_owned().into());
    let started = folder.path().join("courier.started");
    std::fs::write(&started, "1").unwrap();
    courier.listen().await;
    assert!(courier.deaf.first().is_none());
    TcpListener::bind(health).unwrap_err();
    TcpListener::bind(webhook).unwrap_err();
    courier.give_up_office();
    TcpListener::bind(health).unwrap();
    TcpListener::bind(webhook).unwrap();
    assert!(!launch::is_held(folder.path()).unwrap());
    assert_eq!(std::fs::read(&started).unwrap(), b"");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_courier_that_stays_after_all_shows_again_how_it_does() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = drain(&folder, [delivered(1), told(1, 1)]);
    courier.drain = None;
    let [health] = free();
    courier.settings.health_listen = Some(health);
    courier.listen().await;
    store(&courier);
    courier.last_work = Instant::now().checked_sub(IDLE).unwrap();
    assert!(!courier.may_leave(Stay::WhileNeeded).unwrap());
    assert!(launch::is_held(folder.path()).unwrap());
    TcpStream::connect(health).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_one_off_run_that_cannot_have_its_office_again_says_what_it_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = drain(&folder, [delivered(1), told(1, 1)]);
    store(&courier);
    let lock = folder.path().join("courier.lock");
    std::fs::remove_file(&lock).unwrap();
    std::fs::create_dir(&lock).unwrap();
    assert!(courier.may_leave(Stay::UntilDrained).unwrap());
    assert!(courier.office.is_none() && !courier.spool.names().unwrap().is_empty());
    let left = courier.drain.take().unwrap().left.unwrap();
    assert!(left.contains("1 alert waits") && left.contains("office"), "{left}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn places_that_others_have_are_listened_in_as_soon_as_they_are_free() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = courier(&folder);
    let others = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let [health, webhook] = others.each_ref().map(|other| other.local_addr().unwrap());
    courier.settings.health_listen = Some(health);
    courier.settings.webhook.listen = Some(webhook);
    courier.settings.webhook.token = Some("t".to_owned().into());
    courier.listen().await;
    assert!(courier.not_ready(Instant::now()).unwrap().contains("health.listen"));
    // Who waits for findings is needed, and stays.
    assert!(courier.is_needed_by_others());
    drop(others);
    assert!(!courier.is_to_listen_again());
    courier.last_listened = Instant::now().checked_sub(UPKEEP).unwrap();
    assert!(courier.is_to_listen_again());
    courier.listen().await;
    assert_eq!(courier.not_ready(Instant::now()), None);
    TcpStream::connect(health).unwrap();
    TcpStream::connect(webhook).unwrap();
    assert!(!courier.is_to_listen_again());
}
