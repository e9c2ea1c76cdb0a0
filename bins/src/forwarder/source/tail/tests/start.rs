//! Where a tail begins that has never run.

use std::os::unix::fs::symlink;

use super::*;

fn write(manager: &mut Manager, lines: usize) {
    (0..lines).for_each(|_| manager.write(10));
    manager.flush();
}

fn queue_full(root: &Path, queue_full: bool) {
    let limits = Limits {
        min_free_bytes: 0,
        min_free_inodes: 0,
        queue_full,
    };
    limits.write(root).unwrap();
}

/// The first batch is not taken in, or it is; and the courier goes on, or is started anew.
const FIRST: [(bool, bool); 3] = [(false, false), (false, true), (true, false)];

fn first_look(reader: &mut Reader, refused: bool, restarted: bool) {
    if refused {
        let batch = reader.tail.next().unwrap();
        reader.tail.again(batch);
    } else {
        reader.poll();
    }
    if restarted {
        reader.restart();
    }
}

#[test]
fn what_is_written_while_there_is_no_room_at_the_first_look_waits() {
    for (refused, restarted) in FIRST {
        let mut manager = Manager::new();
        let mut reader = Reader::new(&manager, From::End);
        queue_full(&reader.root, true);
        write(&mut manager, 1);
        first_look(&mut reader, refused, restarted);
        write(&mut manager, 2);
        reader.drain();
        assert!(reader.taken.is_empty() && reader.tail.notes().paused);
        queue_full(&reader.root, false);
        write(&mut manager, 1);
        reader.drain();
        assert_eq!(reader.taken, manager.written[1..], "{refused} {restarted}");
    }
}

#[test]
fn what_is_written_while_the_file_cannot_be_read_at_the_first_look_waits() {
    for (refused, restarted) in FIRST {
        for (rotated, packed) in [(false, false), (true, false), (true, true)] {
            let mut manager = Manager::new();
            let mut reader = Reader::new(&manager, From::End);
            write(&mut manager, 2);
            manager.write(10);
            manager.flush_part(70);
            let (year, aside) = (
                manager.folder.path().join("alerts/2026"),
                manager.folder.path().join("aside"),
            );
            fs::rename(&year, &aside).unwrap();
            symlink(&year, &year).unwrap();
            first_look(&mut reader, refused, restarted);
            manager.flush();
            write(&mut manager, 2);
            if refused {
                reader.poll();
            }
            assert!(reader.tail.next().is_err(), "it says why it waits");
            fs::remove_file(&year).unwrap();
            fs::rename(&aside, &year).unwrap();
            if rotated {
                manager.unlink(true);
                manager.link();
            }
            if packed {
                manager.pack();
            }
            write(&mut manager, 1);
            reader.drain();
            // A packed file is another one: it is read whole.
            let begun = if packed { 0 } else { 2 };
            assert_eq!(
                reader.taken,
                manager.written[begun..],
                "refused: {refused}, restarted: {restarted}, rotated: {rotated}, packed: {packed}"
            );
        }
    }
}

#[test]
fn a_file_that_cannot_even_be_looked_at_is_read_from_its_beginning() {
    let mut manager = Manager::new();
    let mut reader = Reader::new(&manager, From::End);
    write(&mut manager, 1);
    // Its day was not written since.
    manager
        .file
        .set_modified(SystemTime::now() - Duration::from_secs(9))
        .unwrap();
    fs::remove_file(manager.alerts()).unwrap();
    symlink(manager.alerts(), manager.alerts()).unwrap();
    reader.poll();
    for _ in 0..2 {
        assert!(reader.tail.next().is_err(), "it says why it waits");
    }
    reader.restart();
    write(&mut manager, 1);
    fs::remove_file(manager.alerts()).unwrap();
    manager.link();
    reader.drain();
    assert_eq!(reader.taken, manager.written);
}

#[test]
fn a_file_that_is_cut_while_it_cannot_be_read_is_read_from_its_beginning() {
    let mut manager = Manager::new();
    let mut reader = Reader::new(&manager, From::End);
    write(&mut manager, 3);
    let (year, aside) = (
        manager.folder.path().join("alerts/2026"),
        manager.folder.path().join("aside"),
    );
    fs::rename(&year, &aside).unwrap();
    symlink(&year, &year).unwrap();
    reader.poll();
    manager.truncate();
    write(&mut manager, 1);
    fs::remove_file(&year).unwrap();
    fs::rename(&aside, &year).unwrap();
    reader.drain();
    assert_eq!(reader.taken, manager.written[3..]);
}

#[test]
fn days_that_were_written_since_a_first_look_at_nothing_are_all_read() {
    let mut manager = Manager::new();
    let mut reader = Reader::new(&manager, From::End);
    // A day before the first look is none of them.
    write(&mut manager, 1);
    let before = File::options().append(true).open(manager.dated()).unwrap();
    before.set_modified(SystemTime::now() - Duration::from_secs(9)).unwrap();
    manager.unlink(true);
    fs::remove_file(manager.dated()).unwrap();
    reader.poll();
    reader.restart();
    manager.link_new();
    write(&mut manager, 1);
    for packed in [false, true] {
        manager.unlink(true);
        manager.link();
        write(&mut manager, 1);
        if packed {
            manager.packed.pop_front();
            manager.pack();
        }
    }
    reader.drain();
    assert_eq!(reader.taken, manager.written[1..]);
    assert_eq!(reader.tail.notes().lost_files, 0);
}

#[test]
fn a_day_that_is_stamped_by_a_clock_a_tick_behind_is_written_since_the_first_look() {
    let mut manager = Manager::new();
    fs::remove_file(manager.dated()).unwrap();
    fs::remove_file(manager.alerts()).unwrap();
    let mut reader = Reader::new(&manager, From::End);
    reader.poll();
    let place: Place = serde_json::from_str(reader.stored.as_deref().unwrap()).unwrap();
    manager.link_new();
    write(&mut manager, 1);
    // A hundred ticks a second are the fewest.
    let stamp = place.begun_blank().unwrap() - Duration::from_millis(10);
    manager.file.set_modified(stamp).unwrap();
    manager.unlink(true);
    manager.link();
    write(&mut manager, 1);
    reader.drain();
    assert_eq!(reader.taken, manager.written);
    assert_eq!(reader.tail.notes().lost_files, 0);
}

#[test]
fn a_place_that_an_earlier_version_has_stored_is_gone_on_from() {
    let mut manager = Manager::new();
    let mut reader = Reader::new(&manager, From::Start);
    write(&mut manager, 2);
    reader.drain();
    let mut place: serde_json::Value = serde_json::from_str(reader.stored.as_deref().unwrap()).unwrap();
    let known = [
        "device", "inode", "name", "is_copy", "offset", "first", "marker", "sequence", "begun_us",
    ];
    place
        .as_object_mut()
        .unwrap()
        .retain(|key, _| known.contains(&key.as_str()));
    assert_eq!(place.as_object().unwrap().len(), known.len());
    reader.stored = Some(place.to_string());
    reader.restart();
    write(&mut manager, 1);
    reader.drain();
    assert_eq!(reader.taken, manager.written);
}
