//! An alert that stands in two files, because the first was cut in the middle of it.

use super::*;

fn write(manager: &mut Manager, lines: usize) {
    (0..lines).for_each(|_| manager.write(10));
    manager.flush();
}

/// Two alerts of which one and a half are in the file when it is copied and cut.
fn cut_in_an_alert(manager: &mut Manager) {
    manager.write(10);
    manager.flush();
    manager.write(200);
    manager.flush_part(80);
    manager.copy_and_truncate();
}

#[test]
fn an_alert_that_is_cut_in_half_is_one_alert() {
    // The name it has, what was read before the cut, and whether anybody was looking then.
    for dated in [true, false] {
        for read_before in [0, 1] {
            for restarted in 0..4 {
                let mut manager = Manager::new();
                if !dated {
                    fs::remove_file(manager.dated()).unwrap();
                }
                let mut reader = Reader::new(&manager, From::Start);
                write(&mut manager, read_before);
                reader.drain();
                if read_before == 0 {
                    reader.tail.open.as_mut().unwrap().place.begun_us -= 10_000_000;
                    reader.tail.waited = true;
                }
                cut_in_an_alert(&mut manager);
                reader.drain();
                let restart = |reader: &mut Reader, at: usize| {
                    if restarted == at && (read_before, at) != (0, 1) {
                        reader.restart();
                        reader.drain();
                    }
                };
                restart(&mut reader, 1);
                manager.flush_part(30);
                reader.drain();
                restart(&mut reader, 2);
                manager.flush_part(30);
                reader.drain();
                restart(&mut reader, 3);
                manager.flush();
                write(&mut manager, 1);
                reader.drain();
                let told = format!("dated: {dated}, read before: {read_before}, restarted: {restarted}");
                assert_eq!(reader.taken, manager.written, "{told}");
                assert_eq!(reader.tail.notes().lost_files, 0, "{told}");
                write(&mut manager, 1);
                reader.restart();
                reader.drain();
                assert_eq!(reader.taken, manager.written, "{told}");
            }
        }
    }
}

#[test]
fn an_alert_that_is_cut_twice_is_one_alert_whichever_transaction_fails() {
    for restarted in [false, true] {
        let mut manager = Manager::new();
        let mut reader = Reader::new(&manager, From::Start);
        write(&mut manager, 1);
        reader.drain();
        cut_in_an_alert(&mut manager);
        let copy = |number: u32| manager.folder.path().join(format!("alerts/alerts.json.{number}"));
        let (one, two) = (copy(1), copy(2));
        fs::rename(&one, &two).unwrap();
        let first = File::options().append(true).open(&two).unwrap();
        first.set_modified(SystemTime::now() - Duration::from_secs(5)).unwrap();
        manager.flush();
        (0..3).for_each(|_| manager.write(100));
        manager.flush_part(300);
        manager.copy_and_truncate();
        manager.flush();
        for _ in 0..12 {
            let batch = reader.tail.next().unwrap();
            reader.tail.again(batch);
            if restarted {
                reader.restart();
            }
            reader.poll();
        }
        assert_eq!(reader.taken, manager.written, "restarted: {restarted}");
        assert_eq!(reader.tail.notes().lost_files, 0);
    }
}

#[test]
fn a_line_that_was_read_in_part_before_the_file_was_cut_without_a_copy_is_whole() {
    let mut manager = Manager::new();
    let mut reader = Reader::new(&manager, From::Start);
    write(&mut manager, 1);
    for newline_only in [false, true] {
        manager.write(200);
        let length = if newline_only { manager.held.len() - 1 } else { 80 };
        manager.flush_part(length);
        reader.drain();
        manager.file.set_len(0).unwrap();
        reader.drain();
        // What is whole waits for no newline.
        let there = manager.written.len() - usize::from(!newline_only);
        assert_eq!(reader.taken, manager.written[..there]);
        reader.restart();
        manager.flush();
        reader.drain();
        assert_eq!(reader.taken, manager.written);
    }
}

#[test]
fn what_stands_before_damage_is_no_half_of_what_stands_in_the_next_file() {
    let mut manager = Manager::new();
    let mut reader = Reader::new(&manager, From::Start);
    write(&mut manager, 1);
    reader.drain();
    (0..5000).for_each(|_| manager.write(200));
    manager.copy_and_truncate();
    let copy = manager.folder.path().join("alerts/alerts.json.1");
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&fs::read(&copy).unwrap()).unwrap();
    let packed = packer.finish().unwrap();
    fs::write(copy.with_extension("1.gz"), &packed[..packed.len() / 2]).unwrap();
    fs::remove_file(&copy).unwrap();
    manager.flush();
    reader.drain();
    assert_eq!(reader.tail.notes().lost_files, 1);
    let halves = |line: &&String| !manager.written.contains(line);
    assert_eq!(
        reader.taken.iter().filter(halves).count(),
        2,
        "one before the damage, one behind the cut"
    );
}

#[test]
fn halves_that_do_not_belong_together_are_two_texts() {
    let mut manager = Manager::new();
    let mut reader = Reader::new(&manager, From::Start);
    write(&mut manager, 1);
    reader.drain();
    cut_in_an_alert(&mut manager);
    // The manager died, and another begins with a whole line.
    let half = String::from_utf8(fs::read(manager.folder.path().join("alerts/alerts.json.1")).unwrap()).unwrap();
    manager.held.clear();
    manager.written.pop();
    manager.written.push(half.lines().last().unwrap().to_owned());
    write(&mut manager, 1);
    reader.drain();
    assert_eq!(reader.taken, manager.written);
    // The other half was never written, and the line behind it does not begin like an alert.
    cut_in_an_alert(&mut manager);
    manager.held = b"no alert\n".to_vec();
    manager.flush();
    reader.drain();
    assert_eq!(reader.taken.len(), manager.written.len() + 1);
    assert_eq!(reader.taken.last().unwrap(), "no alert");
}

#[test]
fn the_rest_of_a_copy_is_handed_over_when_nothing_can_complete_it() {
    let mut manager = Manager::new();
    let mut reader = Reader::new(&manager, From::Start);
    write(&mut manager, 1);
    reader.drain();
    cut_in_an_alert(&mut manager);
    manager.held.clear();
    // The cut file stays empty, and the days go by.
    manager.unlink(true);
    manager.link();
    write(&mut manager, 1);
    reader.drain();
    assert_eq!(reader.taken.len(), manager.written.len());
    assert_eq!(reader.taken[2].len(), 80);
    assert_eq!(reader.taken.last(), manager.written.last());
}

#[test]
fn a_line_that_is_complete_but_for_its_newline_waits_for_nothing() {
    let mut manager = Manager::new();
    let mut reader = Reader::new(&manager, From::Start);
    write(&mut manager, 1);
    reader.drain();
    manager.write(50);
    let whole = manager.held.len() - 1;
    manager.flush_part(whole);
    manager.copy_and_truncate();
    manager.flush();
    reader.drain();
    assert_eq!(reader.taken, manager.written);
}

#[test]
fn half_a_line_in_a_file_that_is_renamed_is_completed_there() {
    for dated in [true, false] {
        let mut manager = Manager::new();
        if !dated {
            fs::remove_file(manager.dated()).unwrap();
        }
        let mut reader = Reader::new(&manager, From::Start);
        write(&mut manager, 1);
        manager.write(200);
        manager.flush_part(80);
        reader.drain();
        fs::rename(manager.alerts(), manager.folder.path().join("alerts/alerts.json.1")).unwrap();
        reader.drain();
        // The writer still has the old one.
        manager.flush_part(40);
        reader.drain();
        reader.restart();
        reader.drain();
        manager.flush();
        fs::write(manager.alerts(), "").unwrap();
        reader.drain();
        manager.file = OpenOptions::new().append(true).open(manager.alerts()).unwrap();
        write(&mut manager, 2);
        reader.drain();
        assert_eq!(reader.taken, manager.written, "dated: {dated}");
    }
}
