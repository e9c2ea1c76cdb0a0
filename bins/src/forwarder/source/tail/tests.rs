//! analysisd and monitord as they treat their files, and a tail that is killed anywhere.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::Write;

use proptest::prelude::*;

use super::*;
use crate::forwarder::source::lines::LONGEST;
use crate::forwarder::spool::Limits;
use crate::settings::Settings;

mod copies;
mod counts;
mod cut;
mod days;
mod halves;
mod start;
mod unreadable;
mod waiting;

fn route(root: &Path) -> Route {
    let mut settings = Settings::parse(&crate::settings::Source::default()).unwrap();
    settings.iris.base_url = Some("https://iris.example".to_owned());
    Route::new(root.to_owned(), &settings)
}

/// What writes alerts.json.
struct Manager {
    folder: tempfile::TempDir,
    /// What stdio holds back.
    held: Vec<u8>,
    file: File,
    day: u32,
    rotation: u32,
    packed: VecDeque<PathBuf>,
    number: u64,
    written: Vec<String>,
}

impl Manager {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("alerts/2026/Jan")).unwrap();
        fs::create_dir(folder.path().join("state")).unwrap();
        let path = folder.path().join("alerts/2026/Jan/ossec-alerts-01.json");
        let file = OpenOptions::new().append(true).create(true).open(&path).unwrap();
        fs::hard_link(&path, folder.path().join("alerts/alerts.json")).unwrap();
        Self {
            folder,
            held: Vec::new(),
            file,
            day: 1,
            rotation: 0,
            packed: VecDeque::new(),
            number: 0,
            written: Vec::new(),
        }
    }

    fn alerts(&self) -> PathBuf {
        self.folder.path().join("alerts/alerts.json")
    }

    fn dated(&self) -> PathBuf {
        let name = match self.rotation {
            0 => format!("ossec-alerts-{:02}.json", self.day),
            rotation => format!("ossec-alerts-{:02}-{rotation:03}.json", self.day),
        };
        self.folder.path().join("alerts/2026/Jan").join(name)
    }

    /// One alert through a buffer of 4 KiB, so that files end in the middle of lines.
    fn write(&mut self, length: usize) {
        self.number += 1;
        let line = format!(
            "{{\"timestamp\":\"2026-01-20T09:02:17.037+0000\",\"id\":\"{}\",\"full_log\":\"{}\"}}",
            self.number,
            "x".repeat(length)
        );
        self.held.extend_from_slice(line.as_bytes());
        self.held.push(b'\n');
        self.written.push(line);
        while self.held.len() >= 4096 {
            let rest = self.held.split_off(4096);
            self.file.write_all(&self.held).unwrap();
            self.held = rest;
        }
    }

    fn flush(&mut self) {
        self.file.write_all(&self.held).unwrap();
        self.held.clear();
    }

    /// The first of what stdio holds back: half an alert, say.
    fn flush_part(&mut self, length: usize) {
        let rest = self.held.split_off(length);
        self.file.write_all(&self.held).unwrap();
        self.held = rest;
    }

    /// Closes the file and unlinks the name; `link` ends the moment without alerts.json.
    fn unlink(&mut self, new_day: bool) {
        self.flush();
        let old = self.dated();
        // An empty file is taken away.
        if fs::metadata(&old).is_ok_and(|meta| meta.len() == 0) {
            let _ = fs::remove_file(&old);
        } else {
            self.packed.push_back(old);
        }
        if new_day {
            self.day += 1;
            self.rotation = 0;
        } else {
            self.rotation += 1;
        }
        self.file = OpenOptions::new().append(true).create(true).open(self.dated()).unwrap();
        let _ = fs::remove_file(self.alerts());
    }

    fn link(&mut self) {
        if !self.alerts().exists() {
            fs::hard_link(self.dated(), self.alerts()).unwrap();
        }
    }

    /// Begins a file anew where there is none.
    fn link_new(&mut self) {
        self.file = OpenOptions::new().append(true).create(true).open(self.dated()).unwrap();
        self.link();
    }

    /// monitord packs what it has finished with.
    fn pack(&mut self) {
        let Some(path) = self.packed.pop_front() else { return };
        let Ok(bytes) = fs::read(&path) else { return };
        let target = File::create(format!("{}.gz", path.display())).unwrap();
        let mut packer = flate2::write::GzEncoder::new(target, flate2::Compression::fast());
        packer.write_all(&bytes).unwrap();
        packer.finish().unwrap();
        fs::remove_file(path).unwrap();
    }

    fn truncate(&mut self) {
        self.flush();
        self.file.set_len(0).unwrap();
    }

    /// What logrotate does with `copytruncate`, wherever the writer is.
    fn copy_and_truncate(&mut self) {
        fs::copy(self.alerts(), self.folder.path().join("alerts/alerts.json.1")).unwrap();
        self.file.set_len(0).unwrap();
    }
}

/// A tail, and what is stored of it.
struct Reader {
    tail: Tail,
    stored: Option<String>,
    taken: Vec<String>,
    names: std::collections::BTreeSet<String>,
    path: PathBuf,
    root: PathBuf,
}

impl Reader {
    fn new(manager: &Manager, from: From) -> Self {
        Self::at(manager.alerts(), manager.folder.path().join("state"), from)
    }

    fn at(path: PathBuf, root: PathBuf, from: From) -> Self {
        let route = route(&root);
        Self {
            tail: Tail::new(path.clone(), root.clone(), from, route, None),
            stored: None,
            taken: Vec::new(),
            names: std::collections::BTreeSet::new(),
            path,
            root,
        }
    }

    fn restart(&mut self) {
        let route = route(&self.root);
        self.tail = Tail::new(
            self.path.clone(),
            self.root.clone(),
            From::End,
            route,
            self.stored.as_deref(),
        );
    }

    fn store(&mut self, batch: &Batch) {
        for alert in &batch.alerts {
            assert!(self.names.insert(alert.name.clone()), "the name {} twice", alert.name);
            self.taken.push(String::from_utf8_lossy(&alert.bytes).into_owned());
        }
        if let Some(checkpoint) = &batch.checkpoint {
            self.stored = Some(checkpoint.state.clone());
        }
    }

    fn poll(&mut self) {
        let batch = self.tail.next().unwrap();
        self.store(&batch);
        self.tail.taken(batch);
    }

    fn drain(&mut self) {
        // A switch of files may show nothing for a moment.
        for _ in 0..4 {
            self.poll();
            while self.tail.has_more() {
                self.poll();
            }
        }
    }
}

/// What may happen.
#[derive(Debug, Clone)]
enum Event {
    Write {
        lines: usize,
        length: usize,
    },
    Flush,
    Rotate {
        new_day: bool,
        look_between: bool,
    },
    Pack,
    Truncate,
    CopyAndTruncate {
        length: usize,
    },
    Poll,
    Drain,
    /// Killed before the transaction; the tail begins anew.
    KilledBefore,
    /// Killed behind the transaction.
    KilledBehind,
    /// The transaction fails.
    Refused,
    Restart,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        8 => (1_usize..40, 0_usize..600).prop_map(|(lines, length)| Event::Write { lines, length }),
        1 => (1_usize..3, 60_000_usize..140_000).prop_map(|(lines, length)| Event::Write { lines, length }),
        3 => Just(Event::Flush),
        3 => (any::<bool>(), any::<bool>()).prop_map(|(new_day, look_between)| Event::Rotate { new_day, look_between }),
        3 => Just(Event::Pack),
        1 => Just(Event::Truncate),
        1 => (0_usize..5000).prop_map(|length| Event::CopyAndTruncate { length }),
        4 => Just(Event::Poll),
        1 => Just(Event::Drain),
        2 => Just(Event::KilledBefore),
        2 => Just(Event::KilledBehind),
        1 => Just(Event::Refused),
        2 => Just(Event::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_alert_is_missed_and_none_comes_twice_whatever_happens_to_file_and_reader(
        events in proptest::collection::vec(event(), 1..50)
    ) {
        let mut manager = Manager::new();
        let mut reader = Reader::new(&manager, From::Start);
        reader.poll();
        let mut truncated = 0;
        for event in events {
            match event {
                Event::Write { lines, length } => (0..lines).for_each(|_| manager.write(length)),
                Event::Flush => manager.flush(),
                Event::Rotate { new_day, look_between } => {
                    manager.unlink(new_day);
                    if look_between {
                        reader.poll();
                    }
                    manager.link();
                }
                Event::Pack => manager.pack(),
                Event::Truncate => {
                    // What is not read by then is gone for everybody.
                    manager.flush();
                    reader.drain();
                    manager.truncate();
                    truncated += 1;
                }
                Event::CopyAndTruncate { length } => {
                    // One copy at a time: the next one takes the place of this one. A file of which nothing was read cannot be
                    // recognised under another name.
                    manager.write(100);
                    manager.flush();
                    reader.drain();
                    manager.write(length);
                    manager.copy_and_truncate();
                }
                Event::Poll => reader.poll(),
                Event::Drain => reader.drain(),
                Event::KilledBefore => {
                    let _ = reader.tail.next().unwrap();
                    reader.restart();
                }
                Event::KilledBehind => {
                    let batch = reader.tail.next().unwrap();
                    reader.store(&batch);
                    reader.restart();
                }
                Event::Refused => {
                    let batch = reader.tail.next().unwrap();
                    reader.tail.again(batch);
                }
                Event::Restart => reader.restart(),
            }
        }
        manager.flush();
        reader.drain();
        prop_assert!(truncated > 0 || reader.tail.notes().lost_files == 0);
        prop_assert_eq!(&reader.taken, &manager.written);
    }
}

#[test]
fn a_restart_at_every_byte_of_a_growing_file_finds_every_line_once() {
    let whole: &[u8] =
        b"{\"id\":\"1\"}\n\n{\"id\":\"2\",\"u\":\"\xff\xfe\"}\n{\"id\":\"\xc3\xa9\"}\n\0\0{\"id\":\"4\"}\n";
    let expected = [
        "{\"id\":\"1\"}",
        "{\"id\":\"2\",\"u\":\"\u{fffd}\u{fffd}\"}",
        "{\"id\":\"é\"}",
        "\0\0{\"id\":\"4\"}",
    ];
    for at in 0..=whole.len() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alerts.json");
        fs::write(&path, &whole[..at]).unwrap();
        let mut reader = Reader::at(path.clone(), folder.path().to_owned(), From::Start);
        reader.drain();
        reader.restart();
        reader.drain();
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        for byte in &whole[at..] {
            file.write_all(&[*byte]).unwrap();
            reader.poll();
        }
        reader.restart();
        reader.drain();
        assert_eq!(reader.taken, expected, "restarted at byte {at}");
    }
}

#[test]
fn the_first_run_begins_at_the_end_and_every_later_one_where_it_was_left() {
    let mut manager = Manager::new();
    manager.write(10);
    manager.flush();
    manager.file.write_all(b"{\"id\":\"half").unwrap();
    let mut reader = Reader::new(&manager, From::End);
    reader.drain();
    assert!(reader.taken.is_empty());
    reader.restart();
    manager.file.write_all(b"\"}\n").unwrap();
    reader.drain();
    assert_eq!(
        reader.taken,
        ["{\"id\":\"half\"}"],
        "a line that was begun before is whole"
    );
}

#[test]
fn a_file_that_is_not_there_at_the_first_run_is_read_from_its_beginning_even_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alerts.json");
    let mut reader = Reader::at(path.clone(), folder.path().to_owned(), From::End);
    reader.poll();
    reader.restart();
    fs::write(&path, "{\"id\":\"1\"}\n").unwrap();
    reader.drain();
    assert_eq!(reader.taken, ["{\"id\":\"1\"}"]);
}

#[test]
fn a_week_of_rotations_while_down_is_read_in_order_from_packed_and_plain_files() {
    let mut manager = Manager::new();
    (0..50).for_each(|_| manager.write(200));
    manager.flush();
    let mut reader = Reader::new(&manager, From::Start);
    reader.poll();
    (0..30).for_each(|_| manager.write(200));
    for day in 0..7 {
        manager.unlink(day % 3 != 0);
        manager.link();
        (0..20).for_each(|_| manager.write(300));
    }
    (0..5).for_each(|_| manager.pack());
    manager.flush();
    reader.restart();
    reader.drain();
    assert_eq!(reader.taken, manager.written);
    assert_eq!(reader.tail.notes().lost_files, 0);
}

#[test]
fn another_file_under_the_same_inode_is_not_taken_for_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alerts.json");
    let line = |id: u32| format!("{{\"id\":\"{id}\",\"pad\":\"{}\"}}\n", "x".repeat(100));
    fs::write(&path, line(1) + &line(2)).unwrap();
    let mut reader = Reader::at(path.clone(), folder.path().to_owned(), From::Start);
    reader.drain();
    // The same inode, the same length, another first line: what a reused inode looks like.
    let file = OpenOptions::new().write(true).truncate(true).open(&path).unwrap();
    (&file).write_all((line(3) + &line(4) + &line(5)).as_bytes()).unwrap();
    reader.restart();
    reader.drain();
    let ids: Vec<&str> = reader.taken.iter().map(|line| &line[7..8]).collect();
    assert_eq!(ids, ["1", "2", "3", "4", "5"]);
}

#[test]
fn a_file_that_is_deleted_and_made_anew_is_read_to_its_end_and_then_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alerts.json");
    fs::write(&path, "{\"id\":\"1\"}\n").unwrap();
    let mut reader = Reader::at(path.clone(), folder.path().to_owned(), From::Start);
    reader.drain();
    let mut old = OpenOptions::new().append(true).open(&path).unwrap();
    fs::remove_file(&path).unwrap();
    old.write_all(b"{\"id\":\"2\"}\n").unwrap();
    reader.poll();
    fs::write(&path, "").unwrap();
    reader.drain();
    // The new one is empty: its writer has not moved on.
    old.write_all(b"{\"id\":\"3\"}\n").unwrap();
    reader.drain();
    fs::write(&path, "{\"id\":\"4\"}\n").unwrap();
    reader.drain();
    assert_eq!(
        reader.taken,
        ["1", "2", "3", "4"].map(|id| format!("{{\"id\":\"{id}\"}}"))
    );
}

#[test]
fn half_an_alert_of_a_manager_that_died_does_not_hide_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alerts.json");
    let alert = r#"{"timestamp":"2026-01-20T09:02:17.037+0000","id":"2"}"#;
    let nested = r#"{"timestamp":"2026-01-20T09:02:17.037+0000","id":"3","data":{"timestamp":"x"}}"#;
    let told = r#"{"timestamp":"2026-01-20T09:02:17.037+0000","id":"4","data":[{"timestamp":"x"},{"timestamp":"y"}]}"#;
    let many = r#",{"timestamp":"x"}"#.repeat(40);
    let many = format!(r#"{{"timestamp":"2026-01-20T09:02:17.037+0000","id":"5","data":[{{}}{many}]}}"#);
    let half = "{\"timestamp\":\"2026-01-20T09:02:1";
    fs::write(
        &path,
        format!("{half}{alert}\n{nested}\n{half}{nested}\n{half}{told}\n{half}{many}\n"),
    )
    .unwrap();
    let mut reader = Reader::at(path, folder.path().to_owned(), From::Start);
    reader.drain();
    assert_eq!(
        reader.taken,
        [half, alert, nested, half, nested, half, told, half, &many]
    );
}

#[test]
fn a_line_above_the_cap_is_cut_and_counted_and_its_successor_is_found_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alerts.json");
    let mut file = File::create(&path).unwrap();
    file.write_all(&vec![b'x'; LONGEST + 70_000]).unwrap();
    let mut reader = Reader::at(path, folder.path().to_owned(), From::Start);
    reader.drain();
    assert!(reader.taken.is_empty(), "it is not complete");
    file.write_all(b"tail\n{\"id\":\"2\"}\n").unwrap();
    reader.drain();
    assert_eq!(reader.tail.notes().cut, 1);
    assert_eq!(reader.taken[0].len(), LONGEST);
    reader.restart();
    file.write_all(b"{\"id\":\"3\"}\n").unwrap();
    reader.drain();
    assert_eq!(reader.taken[1..], ["{\"id\":\"2\"}", "{\"id\":\"3\"}"]);
}

#[test]
fn the_tail_waits_at_its_place_while_there_is_no_room() {
    let mut manager = Manager::new();
    let mut reader = Reader::new(&manager, From::Start);
    let full = Limits {
        queue_full: true,
        ..Limits::default()
    };
    full.write(&reader.root).unwrap();
    manager.write(10);
    manager.flush();
    reader.drain();
    assert!(reader.taken.is_empty() && reader.tail.notes().paused);
    let room = Limits {
        min_free_bytes: 0,
        min_free_inodes: 0,
        queue_full: false,
    };
    room.write(&reader.root).unwrap();
    reader.drain();
    assert_eq!(reader.taken, manager.written);
    assert!(!reader.tail.notes().paused);
}

#[test]
fn a_damaged_packed_file_does_not_hold_up_what_comes_behind_it() {
    let mut manager = Manager::new();
    manager.write(10);
    let mut reader = Reader::new(&manager, From::Start);
    reader.poll();
    manager.unlink(true);
    manager.link();
    manager.write(5000);
    manager.unlink(true);
    manager.link();
    manager.write(20);
    manager.flush();
    manager.pack();
    manager.pack();
    let packed = manager.folder.path().join("alerts/2026/Jan/ossec-alerts-02.json.gz");
    let bytes = fs::read(&packed).unwrap();
    fs::write(&packed, &bytes[..bytes.len() / 2]).unwrap();
    reader.restart();
    reader.drain();
    assert_eq!(reader.taken.last(), manager.written.last());
    assert_eq!(reader.taken.first(), manager.written.first());
    assert_eq!(reader.tail.notes().lost_files, 1);
}

#[test]
fn a_damaged_packed_file_with_nothing_behind_it_is_counted_once() {
    let mut manager = Manager::new();
    manager.write(5000);
    manager.unlink(true);
    manager.pack();
    let packed = manager.folder.path().join("alerts/2026/Jan/ossec-alerts-01.json.gz");
    let bytes = fs::read(&packed).unwrap();
    fs::write(&packed, &bytes[..bytes.len() / 2]).unwrap();
    fs::remove_file(manager.dated()).unwrap();
    let mut reader = Reader::new(&manager, From::Start);
    let dated = dated::list(&manager.alerts()).unwrap();
    let nowhere = reader.tail.nowhere();
    reader.tail.open = reader.tail.begin(&dated[0], &nowhere, 1).unwrap();
    reader.drain();
    assert_eq!(reader.tail.notes().lost_files, 1);
    manager.link_new();
    manager.write(10);
    manager.flush();
    reader.drain();
    assert_eq!(
        reader.taken.last(),
        manager.written.last(),
        "and it goes on with what comes then"
    );
    assert_eq!(reader.tail.notes().lost_files, 1);
}

#[test]
fn what_was_looked_through_in_vain_is_not_looked_through_again_until_something_changes() {
    let mut manager = Manager::new();
    manager.write(10);
    manager.flush();
    let mut reader = Reader::new(&manager, From::Start);
    reader.drain();
    let aside = manager.folder.path().join("aside");
    fs::rename(manager.dated(), &aside).unwrap();
    fs::remove_file(manager.alerts()).unwrap();
    reader.restart();
    reader.drain();
    // As if it had been there, and was looked into.
    let copy = manager.folder.path().join("alerts/alerts.json.1");
    fs::copy(&aside, &copy).unwrap();
    let place = reader.tail.place.clone().unwrap();
    let dated = dated::list(&manager.alerts()).unwrap();
    reader.tail.in_vain = Some(search::Sight::new(reader.tail.sight(&place, &dated)));
    reader.drain();
    assert!(reader.tail.open.is_none());
    manager.write(10);
    manager.flush();
    fs::copy(&aside, &copy).unwrap();
    reader.drain();
    assert_eq!(reader.taken, manager.written);
}

#[test]
fn what_was_read_before_an_error_is_handed_over_however_often_the_error_comes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alerts.json");
    fs::write(&path, "{\"id\":\"1\"}\n").unwrap();
    let mut reader = Reader::at(path.clone(), folder.path().to_owned(), From::Start);
    reader.drain();
    let mut old = OpenOptions::new().append(true).open(&path).unwrap();
    fs::remove_file(&path).unwrap();
    old.write_all(b"{\"id\":\"2\"}\n").unwrap();
    // What cannot be opened stands in its place.
    fs::create_dir(&path).unwrap();
    let mut said = 0;
    for _ in 0..4 {
        match reader.tail.next() {
            Ok(batch) => {
                reader.store(&batch);
                reader.tail.taken(batch);
            }
            Err(_) => said += 1,
        }
    }
    assert_eq!(said, 3, "as long as it lasts");
    old.write_all(b"{\"id\":\"3\"}\n").unwrap();
    fs::remove_dir(&path).unwrap();
    fs::write(&path, "{\"id\":\"4\"}\n").unwrap();
    reader.drain();
    assert_eq!(
        reader.taken,
        ["1", "2", "3", "4"].map(|id| format!("{{\"id\":\"{id}\"}}"))
    );
    assert_eq!(reader.tail.notes().lost_files, 0);
}

#[test]
fn a_folder_that_cannot_be_listed_for_a_moment_hides_no_file() {
    let mut manager = Manager::new();
    manager.write(10);
    manager.flush();
    let mut reader = Reader::new(&manager, From::Start);
    reader.drain();
    for _ in 0..2 {
        manager.unlink(true);
        manager.link();
        manager.write(10);
        manager.flush();
    }
    let (year, aside) = (
        manager.folder.path().join("alerts/2026"),
        manager.folder.path().join("aside"),
    );
    fs::rename(&year, &aside).unwrap();
    std::os::unix::fs::symlink(&year, &year).unwrap();
    for _ in 0..3 {
        assert!(reader.tail.next().is_err(), "it goes on as long as it does");
    }
    fs::remove_file(&year).unwrap();
    fs::rename(&aside, &year).unwrap();
    reader.drain();
    assert_eq!(reader.taken, manager.written);
}

#[test]
fn while_nothing_is_there_nothing_is_lost() {
    let mut manager = Manager::new();
    manager.write(10);
    manager.flush();
    let mut reader = Reader::new(&manager, From::Start);
    reader.drain();
    manager.write(10);
    manager.flush();
    // As if the file system were not mounted yet.
    let (alerts, aside) = (
        manager.folder.path().join("alerts"),
        manager.folder.path().join("aside"),
    );
    fs::rename(&alerts, &aside).unwrap();
    reader.restart();
    reader.drain();
    assert_eq!(reader.tail.notes().lost_files, 0);
    fs::rename(&aside, &alerts).unwrap();
    reader.drain();
    assert_eq!(reader.taken, manager.written);
}

#[test]
fn a_bystander_that_cannot_be_opened_holds_nothing_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alerts.json");
    fs::write(&path, "{\"id\":\"1\"}\n").unwrap();
    let mut reader = Reader::at(path.clone(), folder.path().to_owned(), From::Start);
    reader.drain();
    let broken = folder.path().join("2026/Jan/ossec-alerts-01.json");
    fs::create_dir_all(broken.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(&broken, &broken).unwrap();
    fs::write(&path, "{\"id\":\"2\",\"other\":1}\n").unwrap();
    reader.restart();
    reader.drain();
    assert_eq!(reader.taken.len(), 2);
}

#[test]
fn lines_behind_a_damaged_checkpoint_have_names_that_were_never_given() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alerts.json");
    fs::write(&path, "{\"id\":\"1\"}\n").unwrap();
    let mut reader = Reader::at(path.clone(), folder.path().to_owned(), From::Start);
    reader.drain();
    reader.stored = Some("damaged".to_owned());
    // What was written while it was down is read, and what was read before once more: that leaves as `repeated`.
    fs::write(&path, "{\"id\":\"1\"}\n{\"id\":\"1a\"}\n").unwrap();
    reader.restart();
    reader.drain();
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(b"{\"id\":\"2\"}\n").unwrap();
    // The names are compared where they are stored.
    reader.drain();
    assert_eq!(
        reader.taken,
        ["1", "1", "1a", "2"].map(|id| format!("{{\"id\":\"{id}\"}}"))
    );
}

#[test]
fn what_is_in_the_way_names_the_file_that_it_is_about() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alerts.json");
    let root = folder.path().to_owned();
    let tail = Tail::new(path.clone(), root.clone(), From::Start, route(&root), None);
    let dated = folder.path().join("2026/Nov/ossec-alerts-28.json");
    std::fs::create_dir_all(&dated).unwrap();
    let error = Stream::open(&dated, false).unwrap_err().to_string();
    assert!(error.starts_with(&*dated.to_string_lossy()), "{error}");
    assert_eq!(tail.with_place(&error), error);
    assert_eq!(tail.with_place("no room"), format!("{}: no room", path.display()));
}
