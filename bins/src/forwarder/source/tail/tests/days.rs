//! Days that come twice, because a clock was set back.

use super::*;

fn write(manager: &mut Manager, lines: usize) {
    (0..lines).for_each(|_| manager.write(10));
    manager.flush();
}

/// The first day is written to once more, and alerts.json leads to the second again.
fn write_to_first_day(manager: &mut Manager) {
    let second = manager.dated();
    manager.day = 1;
    manager.file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(manager.dated())
        .unwrap();
    write(manager, 1);
    manager.day = 2;
    manager.file = OpenOptions::new().append(true).open(second).unwrap();
    write(manager, 1);
}

/// As if what is stored had been stored ten seconds ago, and the first day had been written twenty seconds ago.
fn age(reader: &mut Reader, manager: &Manager) {
    let mut place: Place = serde_json::from_str(reader.stored.as_deref().unwrap()).unwrap();
    place.stored_us -= 10_000_000;
    reader.stored = Some(serde_json::to_string(&place).unwrap());
    reader.tail.place = Some(place);
    let first = manager.folder.path().join("alerts/2026/Jan/ossec-alerts-01.json");
    let first = OpenOptions::new().append(true).open(first).unwrap();
    first.set_modified(SystemTime::now() - Duration::from_secs(20)).unwrap();
}

/// What was handed over, each once: what comes again leaves as `repeated`.
fn each_once(reader: &Reader) -> Vec<String> {
    let mut once: Vec<String> = Vec::new();
    for line in &reader.taken {
        if !once.contains(line) {
            once.push(line.clone());
        }
    }
    once
}

#[test]
fn what_is_written_to_a_day_before_while_nobody_is_reading_is_read() {
    for waits in [false, true] {
        let mut manager = Manager::new();
        let mut reader = Reader::new(&manager, From::Start);
        write(&mut manager, 1);
        reader.drain();
        manager.unlink(true);
        manager.link();
        write(&mut manager, 1);
        reader.drain();
        let limits = |queue_full| Limits {
            min_free_bytes: 0,
            min_free_inodes: 0,
            queue_full,
        };
        if waits {
            limits(true).write(&reader.root).unwrap();
            reader.drain();
        }
        age(&mut reader, &manager);
        reader.drain();
        assert_eq!(reader.taken, manager.written, "waits: {waits}");
        write_to_first_day(&mut manager);
        if waits {
            reader.drain();
            limits(false).write(&reader.root).unwrap();
        } else {
            reader.restart();
        }
        reader.drain();
        let mut read = each_once(&reader);
        read.sort();
        assert_eq!(read, manager.written, "waits: {waits}");
        let taken = reader.taken.len();
        reader.restart();
        reader.drain();
        assert_eq!(reader.taken.len(), taken, "and only once more, waits: {waits}");
        assert_eq!(reader.tail.notes().lost_files, 0);
    }
}

#[test]
fn a_day_that_was_packed_and_begun_anew_is_two_files() {
    for (read_before, restarts) in [(0, true), (2, true), (3, true), (2, false), (3, false)] {
        let mut manager = Manager::new();
        let mut reader = Reader::new(&manager, From::Start);
        write(&mut manager, read_before);
        reader.drain();
        if read_before < 3 {
            write(&mut manager, 3 - read_before);
        }
        manager.unlink(true);
        manager.pack();
        manager.day = 1;
        manager.link_new();
        write(&mut manager, 2);
        manager.packed.clear();
        manager.unlink(true);
        manager.link();
        write(&mut manager, 1);
        for _ in 0..8 {
            if restarts {
                reader.restart();
            }
            reader.poll();
        }
        reader.drain();
        let told = format!("read before: {read_before}, restarts: {restarts}");
        assert_eq!(each_once(&reader), manager.written, "{told}");
        assert_eq!(reader.tail.notes().lost_files, 0);
    }
}

#[test]
fn a_day_that_is_being_packed_is_one_file() {
    let mut manager = Manager::new();
    let mut reader = Reader::new(&manager, From::Start);
    write(&mut manager, 3000);
    let plain = fs::read(manager.dated()).unwrap();
    manager.unlink(true);
    manager.link();
    write(&mut manager, 1);
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&plain).unwrap();
    let packed = packer.finish().unwrap();
    let path = manager.folder.path().join("alerts/2026/Jan/ossec-alerts-01.json.gz");
    for length in [0, 5, 20, packed.len() / 2, packed.len() - 1, packed.len()] {
        fs::write(&path, &packed[..length]).unwrap();
        let listed = dated::list(&manager.alerts()).unwrap();
        assert_eq!(listed.len(), 2, "{length}");
    }
    let first = dated::list(&manager.alerts()).unwrap().remove(0);
    let nowhere = reader.tail.nowhere();
    reader.tail.open = reader.tail.begin(&first, &nowhere, 1).unwrap();
    reader.drain();
    assert_eq!(reader.taken, manager.written);
}
