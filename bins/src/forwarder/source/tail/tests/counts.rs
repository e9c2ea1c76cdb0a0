//! What is counted, and how often.

use super::*;

fn write(manager: &mut Manager, lines: usize) {
    (0..lines).for_each(|_| manager.write(10));
    manager.flush();
}

/// One look whose transaction fails so many times before it succeeds.
fn poll_refused(reader: &mut Reader, times: usize) {
    for _ in 0..times {
        let batch = reader.tail.next().unwrap();
        reader.tail.again(batch);
    }
    reader.poll();
}

#[test]
fn a_file_that_was_read_to_its_end_and_then_cut_is_not_lost() {
    for copied in [false, true] {
        let mut manager = Manager::new();
        let mut reader = Reader::new(&manager, From::Start);
        write(&mut manager, 1);
        reader.drain();
        if copied {
            fs::copy(manager.alerts(), manager.folder.path().join("alerts/alerts.json.1")).unwrap();
        }
        write(&mut manager, 1);
        reader.drain();
        manager.truncate();
        write(&mut manager, 1);
        reader.drain();
        assert_eq!(reader.taken, manager.written, "copied: {copied}");
        assert_eq!(reader.tail.notes().lost_files, 0, "copied: {copied}");
    }
}

#[test]
fn a_file_that_was_written_and_cut_while_the_tail_waited_is_lost_once() {
    for refused in [0, 2] {
        let mut manager = Manager::new();
        let mut reader = Reader::new(&manager, From::Start);
        write(&mut manager, 1);
        reader.drain();
        let limits = |queue_full| Limits {
            min_free_bytes: 0,
            min_free_inodes: 0,
            queue_full,
        };
        limits(true).write(&reader.root).unwrap();
        write(&mut manager, 1);
        reader.drain();
        manager.truncate();
        write(&mut manager, 1);
        limits(false).write(&reader.root).unwrap();
        (0..5).for_each(|_| poll_refused(&mut reader, refused));
        assert_eq!(reader.taken.last(), manager.written.last());
        assert_eq!(reader.tail.notes().lost_files, 1, "refused: {refused}");
    }
}

#[test]
fn lines_that_are_cut_are_counted_once_however_many_transactions_fail() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alerts.json");
    let long = "x".repeat(LONGEST + 1) + "\n";
    fs::write(&path, &long).unwrap();
    let mut reader = Reader::at(path.clone(), folder.path().to_owned(), From::Start);
    poll_refused(&mut reader, 2);
    assert_eq!(reader.tail.notes().cut, 1);
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(long.as_bytes()).unwrap();
    reader.drain();
    assert_eq!(reader.tail.notes().cut, 2);
}

#[test]
fn a_damaged_packed_file_is_counted_once_however_many_transactions_fail() {
    let mut manager = Manager::new();
    let mut reader = Reader::new(&manager, From::Start);
    write(&mut manager, 1);
    reader.drain();
    (0..50).for_each(|_| manager.write(100));
    manager.unlink(true);
    manager.link();
    write(&mut manager, 1);
    manager.pack();
    let packed = manager.folder.path().join("alerts/2026/Jan/ossec-alerts-01.json.gz");
    let bytes = fs::read(&packed).unwrap();
    fs::write(&packed, &bytes[..bytes.len() - 4]).unwrap();
    reader.restart();
    (0..5).for_each(|_| poll_refused(&mut reader, 3));
    assert_eq!(reader.taken, manager.written);
    assert_eq!(reader.tail.notes().lost_files, 1);
}

#[test]
fn zeros_behind_a_packed_file_are_no_damage() {
    let mut manager = Manager::new();
    let mut reader = Reader::new(&manager, From::Start);
    write(&mut manager, 1);
    reader.drain();
    write(&mut manager, 5);
    manager.unlink(true);
    manager.link();
    write(&mut manager, 1);
    manager.pack();
    let packed = manager.folder.path().join("alerts/2026/Jan/ossec-alerts-01.json.gz");
    let mut file = OpenOptions::new().append(true).open(packed).unwrap();
    file.write_all(&[0; 512]).unwrap();
    reader.restart();
    reader.drain();
    assert_eq!(reader.taken, manager.written);
    assert_eq!(reader.tail.notes().lost_files, 0);
}
