//! A file that is copied and cut before anything of it was read.

use super::*;

/// Sets when a file was written last.
fn age(manager: &Manager, name: &str, seconds: u64) {
    let path = manager.folder.path().join("alerts").join(name);
    let file = File::options().append(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(seconds))
        .unwrap();
}

/// As if what is stored had been stored ten seconds ago.
fn age_checkpoint(reader: &mut Reader) {
    let mut place: Place = serde_json::from_str(reader.stored.as_deref().unwrap()).unwrap();
    assert_eq!(place.offset, 0);
    place.begun_us -= 10_000_000;
    reader.stored = Some(serde_json::to_string(&place).unwrap());
}

fn write(manager: &mut Manager, lines: usize) {
    (0..lines).for_each(|_| manager.write(10));
    manager.flush();
}

#[test]
fn what_was_written_and_cut_before_anything_was_read_is_read_from_the_copy() {
    for dated in [true, false] {
        let mut manager = Manager::new();
        if !dated {
            fs::remove_file(manager.dated()).unwrap();
        }
        let mut reader = Reader::new(&manager, From::End);
        reader.drain();
        write(&mut manager, 3);
        manager.copy_and_truncate();
        age(&manager, "alerts.json.1", 5);
        write(&mut manager, 1);
        // What is no copy of it lies beside it in every Wazuh.
        fs::write(
            manager.folder.path().join("alerts/alerts.log"),
            "** Alert 1.2: - syslog\n",
        )
        .unwrap();
        age(&manager, "alerts.log", 3);
        age_checkpoint(&mut reader);
        reader.restart();
        reader.poll();
        // Killed within the copy.
        reader.restart();
        reader.drain();
        assert_eq!(reader.taken, manager.written, "dated: {dated}");
        reader.restart();
        reader.drain();
        assert_eq!(reader.taken.len(), 4, "once");
    }
}

#[test]
fn a_packed_copy_is_read_as_well_and_an_older_one_is_not() {
    let mut manager = Manager::new();
    write(&mut manager, 2);
    manager.copy_and_truncate();
    age(&manager, "alerts.json.1", 3600);
    manager.written.clear();
    let mut reader = Reader::new(&manager, From::Start);
    reader.drain();
    assert_eq!(reader.taken, [""; 0]);
    write(&mut manager, 3);
    let packed = File::create(manager.folder.path().join("alerts/alerts.json-20260101.gz")).unwrap();
    let mut packer = flate2::write::GzEncoder::new(packed, flate2::Compression::fast());
    packer.write_all(&fs::read(manager.alerts()).unwrap()).unwrap();
    packer.finish().unwrap();
    age(&manager, "alerts.json-20260101.gz", 5);
    manager.truncate();
    write(&mut manager, 1);
    age_checkpoint(&mut reader);
    reader.restart();
    reader.drain();
    assert_eq!(reader.taken, manager.written);
}

#[test]
fn what_was_moved_away_and_not_copied_is_read_once() {
    let mut manager = Manager::new();
    let mut reader = Reader::new(&manager, From::End);
    reader.drain();
    write(&mut manager, 2);
    fs::rename(manager.alerts(), manager.folder.path().join("alerts/alerts.json.1")).unwrap();
    age(&manager, "alerts.json.1", 5);
    manager.link();
    age_checkpoint(&mut reader);
    reader.restart();
    reader.drain();
    assert_eq!(reader.taken, manager.written);
}
