//! What lies ready, and what makes it go back into the queue.

use super::*;

/// Another live alert of this level and size waits.
fn one_comes(courier: &mut Courier, level: u8, bytes: usize) {
    let name = Uuid::new_v4();
    let now_us = micros(SystemTime::now());
    let mut subject = Subject::for_test(&name.to_string(), "003");
    (subject.level, subject.time_us, subject.paced_us) = (level, now_us, now_us);
    let arrival = Arrival {
        name: &name.to_string(),
        destination: DestinationId::SETTINGS,
        same_server: Vec::new(),
        uuid: name,
        received_us: now_us,
        subject: Some(subject),
        bytes: &vec![b' '; bytes],
    };
    courier.queue.take_in(&[arrival], None, &courier.rules).unwrap();
}

fn road(courier: &mut Courier) -> &mut Road {
    let road = courier.roads.entry(DestinationId::SETTINGS);
    road.or_insert_with(|| Road::new(4))
}

fn fill(courier: &mut Courier) -> usize {
    road(courier);
    courier.fill(DestinationId::SETTINGS, Instant::now()).unwrap();
    road(courier).shelf.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_shelf_holds_no_more_bytes_however_often_it_is_filled() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = courier(&folder);
    (0..9).for_each(|_| one_comes(&mut courier, 10, 900_000));
    let lengths: Vec<usize> = (0..5).map(|_| fill(&mut courier)).collect();
    // And the small one that was there before.
    assert_eq!(lengths, [4; 5]);
    for seq in road(&mut courier).shelf.clear() {
        courier.in_hand.remove(&seq);
    }
    assert_eq!(fill(&mut courier), 4, "nothing of it is left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_pause_that_the_server_asks_for_when_it_is_told_a_count_is_for_what_lies_ready_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = courier(&folder);
    courier.outbox.put(delivered(1), true);
    courier.write_down().unwrap();
    (0..9).for_each(|_| one_comes(&mut courier, 10, 2));
    assert_eq!(fill(&mut courier), 9);
    let pause = Some(Duration::from_secs(20));
    courier.outbox.put(failed_to_tell(503, pause, true), true);
    courier.write_down().unwrap();
    courier.hand_out().unwrap();
    assert_eq!(road(&mut courier).shelf.len(), 0);
    assert!(courier.in_hand.is_empty() && courier.tasks.is_empty());
    assert_eq!(courier.queue.counters().unwrap().waiting, 9);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_comes_back_into_line_goes_before_what_lies_ready_and_is_less_urgent() {
    let folder = tempfile::tempdir().unwrap();
    let mut courier = courier(&folder);
    one_comes(&mut courier, 15, 2);
    let severe = courier.queue.last_seq().unwrap();
    (0..9).for_each(|_| one_comes(&mut courier, 5, 2));
    let due_us = micros(SystemTime::now()) + 5_000_000;
    for is_parked in [false, true] {
        let error = "HTTP 400".to_owned();
        let settlement = if is_parked {
            Settlement::Parked { error }
        } else {
            Settlement::Again {
                due_us,
                error,
                degraded: false,
                counts: false,
            }
        };
        courier.queue.settle(&[(severe, settlement)], 1, 1).unwrap();
        fill(&mut courier);
        assert!(!courier.in_hand.contains(&severe));
        courier.fresh = false;
        if is_parked {
            // By another process.
            assert!(Queue::open(folder.path()).unwrap().retry(severe).unwrap());
            courier.last_way = Instant::now().checked_sub(Duration::from_secs(2));
        } else {
            courier.last_way = Some(Instant::now());
        }
        courier.line_up(due_us).unwrap();
        assert!(courier.fresh, "put back by a person: {is_parked}");
        courier.make_way(DestinationId::SETTINGS).unwrap();
        assert_eq!(road(&mut courier).shelf.len(), 0);
        fill(&mut courier);
        assert!(courier.in_hand.remove(&severe));
        for seq in road(&mut courier).shelf.clear() {
            courier.in_hand.remove(&seq);
        }
    }
}
