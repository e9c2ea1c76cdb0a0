//! A file that is copied and cut before anything of it was read.

use super::*;

/// Sets when a file was written last.
fn age(manager: &Manager, name: &str, seconds: u64) {
    let file = File::options().append(true).open(beside(manager, name)).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(seconds))
        .unwrap();
}

/// As if what is stored had been stored ten seconds ago.
fn age_checkpoint(reader: &mut Reader) {
    let mut place: Place = serde_json::from_str(reader.stored.as_deref().unwrap()).unwrap();
    place.begun_us -= 10_000_000;
    reader.stored = Some(serde_json::to_string(&place).unwrap());
}

fn beside(manager: &Manager, name: &str) -> PathBuf {
    manager.folder.path().join("alerts").join(name)
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
        for (name, text) in [
            ("alerts.log", "** Alert 1.2: - syslog\n"),
            ("alerts.json.pos", "{\"file\":\"alerts.json\",\"offset\":4711}\n"),
        ] {
            fs::write(beside(&manager, name), text).unwrap();
            age(&manager, name, 3);
        }
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
    let packed = File::create(beside(&manager, "alerts.json-20260101.gz")).unwrap();
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
    fs::rename(manager.alerts(), beside(&manager, "alerts.json.1")).unwrap();
    age(&manager, "alerts.json.1", 5);
    manager.link();
    age_checkpoint(&mut reader);
    reader.restart();
    reader.drain();
    assert_eq!(reader.taken, manager.written);
}

#[test]
fn every_copy_that_was_made_while_nobody_was_reading_is_read_in_their_order() {
    for read_before in [0, 2] {
        let mut manager = Manager::new();
        let mut reader = Reader::new(&manager, From::Start);
        write(&mut manager, read_before);
        reader.drain();
        if read_before == 0 {
            age_checkpoint(&mut reader);
        }
        let copy = |number: u32| beside(&manager, &format!("alerts.json.{number}"));
        let (one, two, three) = (copy(1), copy(2), copy(3));
        for (moved, seconds) in [(&three, 7), (&two, 5), (&one, 3)] {
            write(&mut manager, 3);
            manager.copy_and_truncate();
            age(&manager, "alerts.json.1", seconds);
            fs::rename(&one, moved).unwrap();
        }
        write(&mut manager, 1);
        for _ in 0..4 {
            reader.restart();
            reader.poll();
        }
        reader.drain();
        assert_eq!(reader.taken, manager.written, "{read_before}");
        assert_eq!(reader.tail.notes().lost_files, 0);
    }
}

#[test]
fn a_file_that_no_rotation_has_named_is_no_copy_even_if_alerts_stand_in_it() {
    let rotated = [
        "alerts.json.1",
        "alerts.json-20261129",
        "alerts.json.2026-11-29T06:00",
        "alerts.json-20261129-1795000000.gz",
        "alerts-20261129.json",
        "alerts.2.json.gz",
    ];
    let others = [
        "alerts-critical.json",
        "alerts.json.filtered",
        "alerts.json.tmp1",
        "alerts-level12.json",
        "alerts-2x.json",
        "alerts1.json",
        "alerts.json-",
        "alerts.json.pos.1",
        "alerts-critical-20261129.json.gz",
    ];
    let named = rotated.map(|name| (name, 1)).into_iter();
    for (name, copies) in named.chain(others.map(|name| (name, 0))) {
        let mut manager = Manager::new();
        let mut reader = Reader::new(&manager, From::Start);
        reader.drain();
        age_checkpoint(&mut reader);
        let line = "{\"timestamp\":\"x\",\"id\":\"beside\"}\n";
        let file = File::create(beside(&manager, name)).unwrap();
        if name.strip_suffix(".gz").is_some() {
            let mut packer = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
            packer.write_all(line.as_bytes()).unwrap();
            packer.finish().unwrap();
        } else {
            (&file).write_all(line.as_bytes()).unwrap();
        }
        age(&manager, name, 5);
        write(&mut manager, 1);
        reader.restart();
        reader.drain();
        assert_eq!(reader.taken.len(), copies + 1, "{name}: {:?}", reader.taken);
        assert_eq!(reader.taken.last(), manager.written.last());
    }
}

#[test]
fn copies_that_grow_are_read_once() {
    let mut manager = Manager::new();
    let mut reader = Reader::new(&manager, From::Start);
    reader.drain();
    age_checkpoint(&mut reader);
    write(&mut manager, 1);
    let copies = ["alerts.json.1", "alerts.json.2"].map(|name| beside(&manager, name));
    for path in &copies {
        fs::copy(manager.alerts(), path).unwrap();
        write(&mut manager, 1);
    }
    age(&manager, "alerts.json.1", 5);
    age(&manager, "alerts.json.2", 4);
    reader.restart();
    for _ in 0..6 {
        reader.poll();
        // The one that was read first, and is younger than the other again.
        let mut grown = File::options().append(true).open(&copies[0]).unwrap();
        grown.write_all(b"{}\n").unwrap();
        age(&manager, "alerts.json.1", 1);
    }
    reader.drain();
    let whole = reader.taken.iter().filter(|line| **line == manager.written[0]);
    assert_eq!(whole.count(), 3, "in both, and in alerts.json: {:?}", reader.taken);
}

#[test]
fn a_copy_that_is_being_packed_is_read_once_and_whole() {
    for read_before in [0, 1, 2000] {
        let mut manager = Manager::new();
        let mut reader = Reader::new(&manager, From::Start);
        write(&mut manager, read_before);
        reader.drain();
        if read_before == 0 {
            age_checkpoint(&mut reader);
        }
        write(&mut manager, 3000);
        manager.copy_and_truncate();
        age(&manager, "alerts.json.1", 5);
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer
            .write_all(&fs::read(beside(&manager, "alerts.json.1")).unwrap())
            .unwrap();
        let packed = packer.finish().unwrap();
        fs::write(beside(&manager, "alerts.json.1.gz"), &packed[..packed.len() * 9 / 10]).unwrap();
        age(&manager, "alerts.json.1.gz", 4);
        write(&mut manager, 1);
        reader.restart();
        reader.drain();
        assert_eq!(reader.taken.len(), manager.written.len(), "{read_before}");
        assert_eq!(reader.taken, manager.written);
        assert_eq!(reader.tail.notes().lost_files, 0);
    }
}

#[test]
fn a_copy_that_cannot_be_opened_is_waited_for_and_what_is_none_is_not() {
    // No right keeps root out; a path that is too long does.
    let folder = tempfile::tempdir().unwrap();
    let mut deep = folder.path().to_owned();
    let wanted = 4095 - "/alerts.json".len();
    while deep.as_os_str().len() + 1 < wanted {
        deep.push("d".repeat((wanted - deep.as_os_str().len() - 1).min(200)));
    }
    fs::create_dir_all(&deep).unwrap();
    let path = deep.join("alerts.json");
    let mut reader = Reader::at(path.clone(), folder.path().to_owned(), From::Start);
    let line = |id: u32| format!("{{\"timestamp\":\"x\",\"id\":\"{id}\"}}");
    fs::write(&path, "").unwrap();
    reader.drain();
    age_checkpoint(&mut reader);
    fs::write(&path, line(2) + "\n").unwrap();
    let handle = File::open(&deep).unwrap();
    let (flags, mode) = (rustix::fs::OFlags::CREATE | rustix::fs::OFlags::WRONLY, 0o600.into());
    for name in ["alerts.json.pos", "alerts.json-20260101"] {
        let file = rustix::fs::openat(&handle, name, flags, mode).unwrap();
        File::from(file).write_all((line(1) + "\n").as_bytes()).unwrap();
    }
    reader.restart();
    for _ in 0..3 {
        let said = reader.tail.next().unwrap_err().to_string();
        assert!(said.contains("alerts.json-20260101") && said.contains("copy"), "{said}");
    }
    rustix::fs::renameat(&handle, "alerts.json-20260101", &handle, "taken-away").unwrap();
    reader.drain();
    assert_eq!(reader.taken, [line(2)]);
}

#[test]
fn a_copy_under_the_inode_of_one_that_was_deleted_is_read() {
    let mut manager = Manager::new();
    let mut reader = Reader::new(&manager, From::Start);
    reader.drain();
    age_checkpoint(&mut reader);
    reader.restart();
    let (one, two) = (beside(&manager, "alerts.json.1"), beside(&manager, "alerts.json.2"));
    write(&mut manager, 2);
    manager.copy_and_truncate();
    age(&manager, "alerts.json.1", 7);
    fs::rename(&one, &two).unwrap();
    write(&mut manager, 2);
    manager.copy_and_truncate();
    age(&manager, "alerts.json.1", 5);
    reader.drain();
    assert_eq!(
        reader.taken, manager.written,
        "it waits at the last copy for the cut file"
    );
    write(&mut manager, 2);
    let inode = fs::metadata(&two).unwrap().ino();
    fs::write(&two, fs::read(manager.alerts()).unwrap()).unwrap();
    assert_eq!(fs::metadata(&two).unwrap().ino(), inode);
    manager.truncate();
    write(&mut manager, 1);
    reader.drain();
    assert_eq!(reader.taken, manager.written);
}

#[test]
fn copies_that_were_made_after_one_that_is_gone_are_read_whether_copied_or_moved() {
    for (dated, moved) in [(true, false), (false, false), (false, true)] {
        let mut manager = Manager::new();
        if !dated {
            fs::remove_file(manager.dated()).unwrap();
        }
        let (one, two) = (beside(&manager, "alerts.json.1"), beside(&manager, "alerts.json.2"));
        let rotate = |manager: &mut Manager, seconds: u64| {
            let _ = fs::rename(&one, &two);
            if moved {
                fs::rename(manager.alerts(), &one).unwrap();
                let new = OpenOptions::new().append(true).create(true).open(manager.alerts());
                manager.file = new.unwrap();
            } else {
                manager.copy_and_truncate();
            }
            age(manager, "alerts.json.1", seconds);
        };
        let mut reader = Reader::new(&manager, From::Start);
        write(&mut manager, 1);
        reader.drain();
        age_checkpoint(&mut reader);
        write(&mut manager, 1);
        rotate(&mut manager, 7);
        write(&mut manager, 2);
        rotate(&mut manager, 5);
        write(&mut manager, 1);
        fs::remove_file(&two).unwrap();
        let lost = manager.written.remove(1);
        assert!(lost.contains("\"2\""));
        reader.restart();
        reader.poll();
        // Killed within the copy.
        reader.restart();
        reader.drain();
        let told = format!("dated: {dated}, moved: {moved}");
        assert_eq!(reader.taken, manager.written, "{told}");
        write(&mut manager, 1);
        reader.drain();
        reader.restart();
        reader.drain();
        assert_eq!(reader.taken, manager.written, "{told}");
    }
}

#[test]
fn files_without_dated_names_that_were_moved_away_one_after_the_other_while_the_tail_waited_are_all_read() {
    let mut manager = Manager::new();
    fs::remove_file(manager.dated()).unwrap();
    let mut reader = Reader::new(&manager, From::Start);
    let limits = |queue_full| Limits {
        min_free_bytes: 0,
        min_free_inodes: 0,
        queue_full,
    };
    write(&mut manager, 1);
    reader.drain();
    limits(true).write(&reader.root).unwrap();
    reader.drain();
    for (number, seconds) in [(3, 9), (2, 6), (1, 3)] {
        write(&mut manager, 2);
        let name = format!("alerts.json.{number}");
        fs::rename(manager.alerts(), beside(&manager, &name)).unwrap();
        age(&manager, &name, seconds);
        manager.file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(manager.alerts())
            .unwrap();
    }
    write(&mut manager, 1);
    reader.drain();
    assert_eq!(reader.taken.len(), 1);
    limits(false).write(&reader.root).unwrap();
    reader.drain();
    assert_eq!(reader.taken, manager.written);
    assert_eq!(reader.tail.notes().lost_files, 0);
}

#[test]
fn a_copy_of_a_file_that_was_read_in_part_is_waited_for_while_it_cannot_be_opened() {
    // No right keeps root out; a path that is too long does.
    let folder = tempfile::tempdir().unwrap();
    let mut deep = folder.path().to_owned();
    let wanted = 4095 - "/alerts.json".len();
    while deep.as_os_str().len() + 1 < wanted {
        deep.push("d".repeat((wanted - deep.as_os_str().len() - 1).min(200)));
    }
    fs::create_dir_all(&deep).unwrap();
    let path = deep.join("alerts.json");
    let mut reader = Reader::at(path.clone(), folder.path().to_owned(), From::Start);
    let line = |id: u32| format!("{{\"timestamp\":\"x\",\"id\":\"{id}\"}}\n");
    fs::write(&path, line(1)).unwrap();
    reader.drain();
    age_checkpoint(&mut reader);
    fs::write(&path, line(3)).unwrap();
    let handle = File::open(&deep).unwrap();
    let (flags, mode) = (rustix::fs::OFlags::CREATE | rustix::fs::OFlags::WRONLY, 0o600.into());
    let copy = rustix::fs::openat(&handle, "alerts.json-20260101", flags, mode).unwrap();
    File::from(copy).write_all((line(1) + &line(2)).as_bytes()).unwrap();
    reader.restart();
    for _ in 0..3 {
        let said = reader.tail.next().unwrap_err().to_string();
        assert!(said.contains("alerts.json-20260101") && said.contains("copy"), "{said}");
    }
    // As short a name can be opened.
    rustix::fs::renameat(&handle, "alerts.json-20260101", &handle, "alerts.json").unwrap();
    reader.drain();
    assert_eq!(
        reader.taken.concat() + "\n",
        [line(1), line(2)].concat().replace("\n{", "{")
    );
    assert_eq!(reader.tail.notes().lost_files, 0);
}
