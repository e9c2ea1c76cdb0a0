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
