//! What `custom-iris spool` prints, and to whom.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::process::{Command, Output};

use serde_json::{Value, json};
use wazuh_iris::forwarder::spool::Spool;

use crate::machine::Disk;
use crate::stage::{Stage, alert, text};

/// A user of this machine that has no part in Wazuh.
const STRANGER: u32 = 65_534;

fn mode(path: &std::path::Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn who_may_not_look_into_the_state_directory_is_told_so_and_given_no_zeros() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root can be another user");
        return;
    }
    let stage = Stage::new().await;
    let program = stage.home().join("integrations/custom-iris");
    for path in [stage.home(), &program] {
        mode(path, 0o755);
    }
    let ask = |arguments: &[&str]| -> Output {
        let mut command = stage.command(&program);
        command.uid(STRANGER).gid(STRANGER).args(arguments).output().unwrap()
    };
    assert!(stage.hook(alert(1).to_string().as_bytes()).status.success());
    stage.deliver();
    let installed = stage.home().join("queue/wazuh-iris");
    for moved in [false, true] {
        if moved {
            // Where this user cannot see that it is there.
            fs::create_dir(stage.home().join("queue")).unwrap();
            mode(&stage.home().join("queue"), 0o700);
            fs::rename(stage.state(), &installed).unwrap();
        }
        for arguments in [
            &["spool", "status", "--json"][..],
            &["spool"],
            &["spool", "list"],
            &["spool", "show", "1"],
        ] {
            let output = ask(arguments);
            assert_eq!(output.status.code(), Some(1), "{arguments:?} {}", text(&output));
            assert!(output.stdout.is_empty(), "{}", text(&output));
            let said = text(&output);
            assert!(said.contains("cannot look at") && said.contains("as root"), "{said}");
        }
        let doctor = ask(&["doctor", "--read-only", "--json"]);
        let found: Value = serde_json::from_slice(&doctor.stdout).unwrap();
        let checks = found["checks"].as_array().unwrap();
        let of_state = |check: &&Value| {
            ["state", "spool", "queue", "courier"]
                .iter()
                .any(|name| check["check"] == *name)
        };
        let well: Vec<_> = checks
            .iter()
            .filter(of_state)
            .filter(|check| check["level"] == "ok")
            .collect();
        assert!(well.is_empty(), "{well:?}");
        assert!(
            checks.iter().filter(of_state).any(|check| check["level"] == "fail"),
            "{found}"
        );
    }
    assert_eq!(stage.status()["delivered"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn root_stores_nothing_behind_a_link_that_the_wazuh_user_laid() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root can be tricked into what only root may do");
        return;
    }
    let stage = Stage::new().await;
    assert!(stage.hook(alert(1).to_string().as_bytes()).status.success());
    stage.deliver();
    Spool::at(stage.state()).make_ring().unwrap();
    let victim = stage.home().join("victim");
    fs::create_dir(&victim).unwrap();
    // What goes into the ring needs no other folder.
    let ring = stage.state().join("ring/pages");
    fs::rename(&ring, stage.home().join("pages")).unwrap();
    for folder in ["new", "destinations", "ring"] {
        let path = stage.state().join(folder);
        chown(stage.state(), Some(STRANGER), Some(STRANGER)).unwrap();
        fs::rename(&path, stage.home().join("aside")).unwrap();
        symlink(&victim, &path).unwrap();
        let output = stage.hook(alert(2).to_string().as_bytes());
        let said = text(&output);
        if folder == "ring" {
            // It is stored elsewhere.
            assert_eq!(output.status.code(), Some(0), "{said}");
        } else {
            assert_eq!(output.status.code(), Some(1), "{said}");
            assert!(
                said.contains("it is a link") && said.contains(path.to_str().unwrap()),
                "{said}"
            );
        }
        assert_eq!(fs::read_dir(&victim).unwrap().count(), 0, "{said}");
        fs::remove_file(&path).unwrap();
        fs::rename(stage.home().join("aside"), &path).unwrap();
    }
    fs::rename(stage.home().join("pages"), &ring).unwrap();
    assert_eq!(stage.hook(alert(2).to_string().as_bytes()).status.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_queue_that_cannot_be_used_is_told_with_what_to_do_and_that_once() {
    let stage = Stage::new().await;
    assert!(stage.hook(alert(1).to_string().as_bytes()).status.success());
    stage.deliver();
    let is_told = |wanted: &str| {
        for arguments in [
            &["spool"][..],
            &["spool", "list"],
            &["spool", "show", "1"],
            &["spool", "retry", "1"],
            &["deliver", "--once"],
        ] {
            let said = text(&stage.custom_iris(arguments));
            assert_eq!(said.matches("hint: ").count(), 1, "{arguments:?} {said}");
            assert!(said.contains(wanted), "{arguments:?} {said}");
        }
        let doctor = stage.custom_iris(&["doctor", "--read-only", "--json"]);
        let found: Value = serde_json::from_slice(&doctor.stdout).unwrap();
        let of_queue = |check: &&Value| check["check"] == "queue" && check["level"] == "fail";
        let check = found["checks"].as_array().unwrap().iter().find(of_queue).unwrap();
        assert!(check["fix"].as_str().unwrap().contains(wanted), "{check}");
    };
    let file = stage.state().join("queue.db");
    let queue = rusqlite::Connection::open(&file).unwrap();
    let version = |version: u32| queue.pragma_update(None, "user_version", version).unwrap();
    let known: u32 = queue.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    version(99);
    is_told("use that one");
    let replayed = stage.custom_iris(&["replay", "/dev/null"]);
    assert_eq!(replayed.status.code(), Some(1), "{}", text(&replayed));
    version(known);
    drop(queue);
    if let Some(disk) = Disk::mount(&stage.home().join("small"), "size=4m") {
        let (state, small) = (stage.state(), stage.home().join("small/state"));
        let copied = Command::new("cp").arg("-a").args([&state, &small]).status();
        assert!(copied.unwrap().success());
        fs::rename(&state, stage.home().join("aside")).unwrap();
        symlink(&small, &state).unwrap();
        disk.remount("ro");
        is_told("writable");
        fs::remove_file(&state).unwrap();
        fs::rename(stage.home().join("aside"), &state).unwrap();
    }
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    is_told("that is a folder: move it aside");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn before_the_first_courier_each_command_answers_what_it_is_asked() {
    let stage = Stage::new().await;
    let ask = |arguments: &[&str]| {
        let output = stage.custom_iris(&[&["spool"], arguments].concat());
        (
            output.status.code(),
            String::from_utf8(output.stdout.clone()).unwrap(),
            text(&output),
        )
    };
    assert_eq!(ask(&["list"]).1, "");
    for arguments in [&["list"][..], &["status"]] {
        let said = ask(arguments).2;
        assert!(
            said.contains("which is not there") && said.contains("WAZUH_HOME"),
            "{said}"
        );
    }
    assert_eq!(ask(&["list", "--json"]).0, Some(0));
    assert_eq!(ask(&["list", "--door", "nowhere"]).0, Some(2));
    let (code, printed, said) = ask(&["show", "7"]);
    assert!(
        code == Some(1) && printed.is_empty() && said.contains("no alert 7"),
        "{said}"
    );
    assert_eq!(ask(&["retry", "7"]).0, Some(1));
    assert!(stage.hook(alert(1).to_string().as_bytes()).status.success());
    fs::write(stage.state().join("corrupt/x"), "").unwrap();
    let status: Value = serde_json::from_str(&ask(&["status", "--json"]).1).unwrap();
    assert_eq!(
        (&status["spooled"], &status["corrupt"]),
        (&json!(1), &json!(1)),
        "{status}"
    );
    let (code, printed, _) = ask(&["status"]);
    assert!(
        code == Some(0) && printed.contains("no courier has run yet"),
        "{printed}"
    );
    assert!(!stage.state().join("queue.db").exists(), "who only looks makes nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_retry_says_by_its_exit_code_what_was_not_put_back() {
    let stage = Stage::new().await;
    for number in [1, 2] {
        assert!(stage.hook(alert(number).to_string().as_bytes()).status.success());
    }
    stage.deliver();
    let queue = rusqlite::Connection::open(stage.state().join("queue.db")).unwrap();
    queue
        .execute_batch("UPDATE alert SET door = 'parked' WHERE seq = 1")
        .unwrap();
    drop(queue);
    let output = stage.custom_iris(&["spool", "retry", "1", "2"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let said = text(&output);
    assert!(
        said.contains("1: back in line") && said.contains("1 of 2 were not put back"),
        "{said}"
    );
    let output = stage.custom_iris(&["spool", "retry", "1"]);
    assert!(text(&output).contains("1 of 1 were not put back"), "{}", text(&output));
}
