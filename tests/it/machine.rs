//! What a machine does to hook and courier: full and read-only disks, wrong owners, limits, damaged files, too much at once.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use rustix::process::Signal;
use wazuh_iris::forwarder::spool::{Entry, Spool, Taken};

use crate::stage::{Stage, alert, text};

fn last_line(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr)
        .lines()
        .last()
        .unwrap_or_default()
        .to_owned()
}

/// Complete entries and other files in the spool.
fn stored(state: &Path) -> (usize, usize) {
    let spool = Spool::at(state);
    let names = spool.names().unwrap();
    let complete = names
        .iter()
        .filter(|name| matches!(spool.take(name, SystemTime::now()), Ok(Taken::Entry(_))))
        .count();
    let in_ring = spool.count().unwrap() - names.len();
    (complete + in_ring, names.len() - complete)
}

/// A small file system at the state directory; taken away at the end.
pub(crate) struct Disk<'a>(&'a Path);

impl<'a> Disk<'a> {
    pub(crate) fn mount(path: &'a Path, options: &str) -> Option<Self> {
        fs::create_dir_all(path).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(path)
            .output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(path));
        }
        println!("skipped: this user may not mount a small disk");
        None
    }

    pub(crate) fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        let output = Command::new("mount")
            .args(["-o", &options])
            .arg(self.0)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output));
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

/// Calls the hook until it cannot store any more; how many it has stored.
fn until_full(stage: &Stage) -> (u64, Output) {
    for number in 0..500 {
        let mut big = alert(number);
        big["full_log"] = "x".repeat(3000).into();
        let output = stage.hook(big.to_string().as_bytes());
        if !output.status.success() {
            return (number, output);
        }
    }
    panic!("the disk never filled");
}

async fn a_full_disk(options: &str, more: &str) {
    let stage = Stage::new().await;
    let state = stage.state();
    let Some(disk) = Disk::mount(&state, options) else {
        return;
    };
    // The limits that keep a disk from filling are tested elsewhere; here it has filled.
    fs::write(state.join("limits"), "0 0 0\n").unwrap();
    let (acknowledged, refused) = until_full(&stage);
    assert_eq!(refused.status.code(), Some(1), "{}", text(&refused));
    assert!(last_line(&refused).contains("NOT stored"), "{}", text(&refused));
    assert_eq!(
        stored(&state),
        (usize::try_from(acknowledged).unwrap(), 0),
        "stored, and pieces"
    );
    // A courier that cannot write either loses nothing.
    let _ = stage.custom_iris(&["deliver", "--once"]);
    disk.remount(more);
    stage.settings("[spool]\nmin_free_bytes = 0\nmin_free_inodes = 0\n[noise]\nburst_max = 0\n");
    assert!(
        stage.hook(alert(9999).to_string().as_bytes()).status.success(),
        "there is room again"
    );
    let counters = stage.deliver();
    assert_eq!(counters["received"], acknowledged + 1, "{counters}");
    assert_eq!(stage.iris.alert_count() as u64, acknowledged + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_disk_without_bytes_turns_alerts_away_and_loses_none_that_it_took() {
    a_full_disk("size=200k", "size=64m").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_disk_without_inodes_turns_alerts_away_and_loses_none_that_it_took() {
    a_full_disk("size=8m,nr_inodes=24", "size=64m,nr_inodes=2000").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_read_only_disk_is_named() {
    let stage = Stage::new().await;
    let state = stage.state();
    let Some(disk) = Disk::mount(&state, "size=1m") else {
        return;
    };
    Spool::at(&state).create().unwrap();
    fs::write(state.join("limits"), "0 0 0\n").unwrap();
    disk.remount("ro");
    let output = stage.hook(alert(1).to_string().as_bytes());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(
        last_line(&output).contains("Read-only file system"),
        "{}",
        text(&output)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_state_directory_of_another_user_is_named() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root can be another user");
        return;
    }
    let stage = Stage::new().await;
    Spool::at(stage.state()).create().unwrap();
    let open = |path: &Path| fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    open(stage.home());
    let mut command = stage.hook_command(alert(1).to_string().as_bytes());
    let output = command.uid(65_534).gid(65_534).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(last_line(&output).contains("Permission denied"), "{}", text(&output));
    assert!(
        last_line(&output).contains(&stage.state().display().to_string()),
        "{}",
        text(&output)
    );
    assert_eq!(stored(&stage.state()), (0, 0));
}

/// The hook, behind a line of shell that sets limits.
fn limited(stage: &Stage, shell: &str, bytes: &[u8]) -> Output {
    let hook = stage.hook_command(bytes);
    let mut command = Command::new("/bin/sh");
    command.env_clear().args(["-c", &format!("{shell}; exec \"$@\""), "sh"]);
    command.arg(hook.get_program()).args(hook.get_args());
    command.envs(hook.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.output().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_limit_on_file_sizes_is_an_error_and_not_a_signal() {
    let stage = Stage::new().await;
    let mut big = alert(1);
    big["full_log"] = "x".repeat(5000).into();
    // Nothing at all; then a write that is cut short.
    for limit in ["ulimit -f 0", "ulimit -f 1"] {
        let output = limited(&stage, limit, big.to_string().as_bytes());
        assert_eq!(output.status.code(), Some(1), "{limit}: {}", text(&output));
        assert!(last_line(&output).contains("NOT stored"), "{limit}: {}", text(&output));
        assert_eq!(stored(&stage.state()), (0, 0), "{limit}");
    }
    assert!(stage.hook(big.to_string().as_bytes()).status.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn closed_outputs_and_a_pipe_without_reader_change_no_exit_code() {
    let stage = Stage::new().await;
    let one = alert(1).to_string();
    assert_eq!(limited(&stage, "exec 1>&- 2>&-", one.as_bytes()).status.code(), Some(0));
    assert_eq!(
        limited(&stage, "exec 0<&- 1>&- 2>&-", b"no json").status.code(),
        Some(7)
    );
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let mut command = stage.hook_command(b"no json");
    let status = command.stdout(Stdio::null()).stderr(writer).status().unwrap();
    assert_eq!(status.code(), Some(7));
    assert_eq!(stored(&stage.state()).0, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn many_hooks_at_once_store_every_alert() {
    const AT_ONCE: u64 = 16;
    const EACH: u64 = 8;
    let stage = Stage::new().await;
    stage.settings("[noise]\nburst_max = 0\n");
    std::thread::scope(|scope| {
        for lane in 0..AT_ONCE {
            let stage = &stage;
            scope.spawn(move || {
                for number in 0..EACH {
                    let output = stage.hook(alert(lane * EACH + number).to_string().as_bytes());
                    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
                }
            });
        }
    });
    let counters = stage.deliver();
    assert_eq!(counters["delivered"], AT_ONCE * EACH, "{counters}");
    assert_eq!(stage.iris.alert_count() as u64, AT_ONCE * EACH);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_very_large_alert_is_stored_in_bounded_memory() {
    let stage = Stage::new().await;
    let mut large = alert(1);
    large["full_log"] = "x".repeat(12 << 20).into();
    let whole = limited(&stage, "ulimit -v 200000", large.to_string().as_bytes());
    assert_eq!(whole.status.code(), Some(0), "{}", text(&whole));
    // A file with a hole: 220 MB that take no room, of which the beginning is kept.
    let hole = stage.home().join("hole.alert");
    fs::write(&hole, "{\"full_log\":\"").unwrap();
    File::options()
        .write(true)
        .open(&hole)
        .unwrap()
        .set_len(220 << 20)
        .unwrap();
    let mut command = Command::new("/bin/sh");
    command
        .env_clear()
        .env("WAZUH_HOME", stage.home())
        .env("WAZUH_IRIS_COURIER", "external");
    command.args(["-c", "ulimit -v 200000; exec \"$@\"", "sh"]);
    command
        .arg(stage.home().join("integrations/custom-iris"))
        .arg(&hole)
        .args(["k", &stage.iris.url()]);
    let cut = command.output().unwrap();
    assert_eq!(cut.status.code(), Some(7), "{}", text(&cut));
    assert!(last_line(&cut).contains("larger than 16 MiB"), "{}", text(&cut));
    assert_eq!(stored(&stage.state()), (2, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn damaged_files_are_set_aside_and_counted_and_hinder_nothing() {
    let stage = Stage::new().await;
    for number in 0..3 {
        assert!(stage.hook(alert(number).to_string().as_bytes()).status.success());
    }
    let spool = Spool::at(stage.state());
    let names = spool.names().unwrap();
    let whole = fs::read(spool.inbox().join(&names[0])).unwrap();
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let old = SystemTime::now() - Duration::from_mins(10);
    let damaged = [
        ("a-cut", &whole[..30]),
        ("b-flipped", &flipped),
        ("c-foreign", b"what is this?"),
        ("d-empty", b""),
    ];
    for (name, bytes) in damaged {
        let path = spool.inbox().join(name);
        fs::write(&path, bytes).unwrap();
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_modified(old)
            .unwrap();
    }
    let counters = stage.deliver();
    assert_eq!(counters["received"], 3, "{counters}");
    let status = stage.status();
    assert_eq!(status["corrupt"], damaged.len(), "{status}");
    assert_eq!(
        fs::read(spool.corrupt().join("c-foreign")).unwrap(),
        b"what is this?",
        "nothing is deleted"
    );
    assert_eq!(stage.iris.alert_count(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_courier_that_stands_still_hinders_no_hook_and_goes_on_where_it_stood() {
    let mut stage = Stage::new().await;
    assert!(stage.hook(alert(0).to_string().as_bytes()).status.success());
    stage.start_courier();
    stage
        .until("the first delivered", |status| status["delivered"] == 1)
        .await;
    stage.signal(Signal::STOP);
    for number in 1..6 {
        let mut hook = stage.hook_command(alert(number).to_string().as_bytes());
        // It finds the office taken, and starts no second courier.
        let output = hook.env("WAZUH_IRIS_COURIER", "auto").output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    }
    assert_eq!(stored(&stage.state()).0, 5);
    stage.signal(Signal::CONT);
    stage.until("all delivered", |status| status["delivered"] == 6).await;
    assert_eq!(stage.iris.alert_count(), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_entry_of_a_newer_version_is_kept_for_the_courier_that_can_read_it() {
    let stage = Stage::new().await;
    assert!(stage.hook(alert(1).to_string().as_bytes()).status.success());
    let spool = Spool::at(stage.state());
    let name = spool.names().unwrap().remove(0);
    let mut bytes = fs::read(spool.inbox().join(&name)).unwrap();
    bytes[4] = 9;
    assert!(Entry::decode(&bytes).is_err());
    let path = spool.inbox().join("0-newer");
    fs::write(&path, bytes).unwrap();
    let old = SystemTime::now() - Duration::from_mins(10);
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(old)
        .unwrap();
    assert_eq!(stage.deliver()["received"], 1);
    assert!(spool.corrupt().join("0-newer").exists());
}
