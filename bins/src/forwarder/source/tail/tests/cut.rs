//! A file that is emptied while it is being read, and what was read ahead of it.

use std::os::unix::fs::symlink;

use super::*;

/// How much is read at once.
const CHUNK: usize = 1 << 16;

fn write(manager: &mut Manager, lines: usize) {
    (0..lines).for_each(|_| manager.write(10));
    manager.flush();
}

/// Everything that is there, where every transaction fails so many times before it succeeds.
fn drain_refused(reader: &mut Reader, times: usize) {
    loop {
        for _ in 0..times {
            let batch = reader.tail.next().unwrap();
            reader.tail.again(batch);
        }
        reader.poll();
        if !reader.tail.has_more() {
            return;
        }
    }
}

/// The lines that stand whole in the first chunk, and the beginning of the one behind them.
fn in_the_first_chunk(manager: &Manager) -> (usize, String) {
    let mut room = CHUNK;
    for (number, line) in manager.written.iter().enumerate() {
        if line.len() + 1 > room {
            return (number, line[..room].to_owned());
        }
        room -= line.len() + 1;
    }
    unreachable!("more than a chunk is written")
}

#[test]
fn what_was_read_ahead_of_a_file_that_is_emptied_is_handed_over_line_by_line() {
    for (refused, copied) in [(0, false), (2, false), (0, true), (2, true)] {
        let mut manager = Manager::new();
        let mut reader = Reader::new(&manager, From::Start);
        write(&mut manager, 3000);
        reader.poll();
        assert_eq!(reader.taken.len(), BATCH);
        if copied {
            manager.copy_and_truncate();
        } else {
            manager.truncate();
        }
        drain_refused(&mut reader, refused);
        if copied {
            write(&mut manager, 1);
            drain_refused(&mut reader, refused);
            assert_eq!(reader.taken, manager.written, "refused: {refused}");
            assert_eq!(reader.tail.notes().lost_files, 0);
            continue;
        }
        let (whole, half) = in_the_first_chunk(&manager);
        assert!(whole > BATCH && !half.is_empty());
        assert_eq!(reader.taken, manager.written[..whole], "refused: {refused}");
        write(&mut manager, 1);
        drain_refused(&mut reader, refused);
        assert_eq!(reader.taken[whole..], [half, manager.written[3000].clone()]);
    }
}

#[test]
fn what_was_read_ahead_comes_in_batches_however_short_its_lines_are() {
    let mut manager = Manager::new();
    let mut reader = Reader::new(&manager, From::Start);
    manager.held = b"{}\n".repeat(30_000);
    manager.flush();
    reader.poll();
    manager.truncate();
    while reader.taken.len() < CHUNK / 3 {
        let before = reader.taken.len();
        reader.poll();
        assert!((1..=BATCH).contains(&(reader.taken.len() - before)));
    }
    assert!(reader.taken.iter().all(|line| line == "{}"));
}

#[test]
fn half_a_line_that_is_too_long_for_a_checkpoint_is_handed_over() {
    let mut manager = Manager::new();
    let mut reader = Reader::new(&manager, From::Start);
    write(&mut manager, 1);
    manager.write(2 << 20);
    let length = manager.held.len();
    reader.drain();
    manager.file.set_len(0).unwrap();
    drain_refused(&mut reader, 1);
    assert_eq!(reader.taken.len(), 2);
    assert_eq!(reader.taken[1].len() + length, manager.written[1].len() + 1);
    manager.flush();
    reader.drain();
    assert_eq!(reader.taken[1..].concat(), manager.written[1], "none of it is lost");
}

#[test]
fn half_a_line_stays_in_hand_until_the_file_that_was_cut_can_be_opened() {
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
        manager.file.set_len(0).unwrap();
        let folder = manager.folder.path();
        let (year, aside) = (folder.join("alerts/2026"), folder.join("aside"));
        if dated {
            fs::rename(&year, &aside).unwrap();
            symlink(&year, &year).unwrap();
            for _ in 0..3 {
                assert!(reader.tail.next().is_err(), "it says why it waits");
            }
            fs::remove_file(&year).unwrap();
            fs::rename(&aside, &year).unwrap();
        } else {
            fs::rename(manager.alerts(), &aside).unwrap();
            reader.drain();
            fs::rename(&aside, manager.alerts()).unwrap();
        }
        reader.drain();
        reader.restart();
        manager.flush();
        reader.drain();
        assert_eq!(reader.taken, manager.written, "dated: {dated}");
    }
}
