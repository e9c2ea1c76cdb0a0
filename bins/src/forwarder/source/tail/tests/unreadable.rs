//! What cannot be opened, or not even looked at.

use std::os::unix::fs::symlink;
use std::sync::mpsc;

use super::*;

#[test]
fn a_folder_that_cannot_be_looked_into_is_not_taken_for_an_unchanged_file() {
    let mut manager = Manager::new();
    let mut reader = Reader::new(&manager, From::Start);
    manager.write(10);
    manager.flush();
    reader.drain();
    manager.write(10);
    manager.unlink(true);
    // As if the folder were closed: the file behind the name cannot be told.
    symlink(manager.alerts(), manager.alerts()).unwrap();
    manager.write(10);
    manager.flush();
    for _ in 0..3 {
        reader.drain();
        assert!(reader.tail.stuck().is_some(), "it says so as long as it lasts");
        assert_eq!(reader.taken, manager.written[..2], "what is there is handed over");
    }
    fs::remove_file(manager.alerts()).unwrap();
    manager.link();
    reader.drain();
    assert_eq!(reader.taken, manager.written);
    assert_eq!(reader.tail.stuck(), None);
}

#[test]
fn a_pipe_in_the_place_of_the_file_holds_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alerts.json");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &path,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    let root = folder.path().to_owned();
    let (said, heard) = mpsc::channel();
    std::thread::spawn(move || {
        let mut reader = Reader::at(path, root, From::Start);
        reader.poll();
        said.send(reader.tail.next().is_err()).unwrap();
    });
    assert_eq!(heard.recv_timeout(Duration::from_secs(20)), Ok(true));
}

#[test]
fn a_dated_file_behind_the_stored_place_that_cannot_be_read_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let alerts = folder.path().join("alerts.json");
    let month = folder.path().join("2026/Nov");
    fs::create_dir_all(&month).unwrap();
    fs::write(&alerts, "").unwrap();
    // Nobody may take that for a file, not even root.
    fs::create_dir(month.join("ossec-alerts-27.json")).unwrap();
    let place = |day: u8| {
        let name = Some(format!("2026/Nov/ossec-alerts-{day}.json"));
        let place = Place {
            name,
            ..Place::default()
        };
        serde_json::to_string(&place).unwrap()
    };
    for day in [26, 27] {
        let error = can_be_read(&alerts, Some(&place(day))).unwrap_err();
        assert!(error.to_string().contains("2026/Nov/ossec-alerts-27.json"), "{error}");
    }
    for checkpoint in [None, Some(&*place(28)), Some("{"), Some("{}")] {
        assert!(can_be_read(&alerts, checkpoint).is_ok(), "{checkpoint:?}");
    }
}
