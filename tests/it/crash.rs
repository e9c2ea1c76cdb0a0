//! Killed at any system call, failed at any system call: what was acknowledged is in IRIS once.
//!
//! `WAZUH_IRIS_CRASH_POINTS` says at how many system calls the courier is killed: a number, or `all`, which takes some ten
//! minutes. The hook is always killed at all of its own.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use iris_client::sandbox::StoredAlert;
use serde_json::{Value, json};
use wazuh_iris::forwarder::spool::{Destination, Entry, Spool, Taken};

use crate::stage::{Stage, alert, assert_adds_up, text};
use crate::strace::{Point, Strace};

/// System calls at which the courier is killed when nothing else is asked for.
const SAMPLE: usize = 120;

/// What lies in a spool: complete entries, and pieces in files.
fn look(state: &Path) -> (usize, usize) {
    let spool = Spool::at(state);
    let names = spool.names().unwrap();
    let (mut complete, mut pieces) = (spool.count().unwrap() - names.len(), 0);
    for name in names {
        match spool.take(&name, SystemTime::now()).unwrap() {
            Taken::Entry(_) => complete += 1,
            Taken::Unfinished => pieces += 1,
            other => panic!("{other:?}"),
        }
    }
    (complete, pieces)
}

/// Moves what a hook left in a state directory of its own into that of the stage.
fn gather(from: &Path, stage: &Stage) {
    Spool::at(stage.state()).create().unwrap();
    for folder in ["new", "destinations"] {
        for file in fs::read_dir(from.join(folder)).into_iter().flatten().flatten() {
            fs::rename(file.path(), stage.state().join(folder).join(file.file_name())).unwrap();
        }
    }
    // What a kill leaves beside an alert must not hinder the next call.
    let _ = fs::remove_dir_all(from);
}

fn number_of(alert: &StoredAlert) -> u64 {
    let id = alert.source_content["id"].as_str().unwrap();
    id.split_once('.').unwrap().1.parse().unwrap()
}

/// How often each alert stands in IRIS, by its number.
fn in_iris(stage: &Stage) -> BTreeMap<u64, usize> {
    let mut count = BTreeMap::new();
    for alert in stage.iris.alerts() {
        *count.entry(number_of(&alert)).or_default() += 1;
    }
    count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_hook_killed_at_any_system_call_loses_nothing_that_it_acknowledged() {
    let Some(strace) = Strace::find() else { return };
    let stage = Stage::new().await;
    let own = stage.home().join("own-state");
    let mut number = 0;
    let mut acknowledged = Vec::new();
    let (mut points, mut pieces, mut killed) = (0, 0, 0);
    for first_call in [true, false] {
        let prepare = || {
            if !first_call {
                let spool = Spool::at(&own);
                spool.create().unwrap();
                destination(&stage).remember(&own).unwrap();
            }
        };
        let hook = |number| {
            let mut command = stage.hook_command(alert(number).to_string().as_bytes());
            command.env("WAZUH_IRIS_STATE", &own);
            command
        };
        prepare();
        number += 1;
        let all = strace.points(&hook(number), &stage.home().join("strace.log"));
        acknowledged.push(number);
        gather(&own, &stage);
        points += all.len();
        for point in all {
            number += 1;
            prepare();
            let output = strace.killed_at(&point, &hook(number)).output().unwrap();
            let (complete, left) = if own.exists() { look(&own) } else { (0, 0) };
            match output.status.code() {
                Some(0) => {
                    assert_eq!((complete, left), (1, 0), "{point:?}");
                    acknowledged.push(number);
                }
                Some(_) => panic!("{point:?}: {}", text(&output)),
                None => {
                    assert!(complete + left <= 1, "{point:?}");
                    killed += 1;
                }
            }
            pieces += left;
            gather(&own, &stage);
        }
    }
    let counters = stage.deliver();
    let there = in_iris(&stage);
    for number in &acknowledged {
        assert_eq!(there.get(number), Some(&1), "alert {number}");
    }
    assert!(there.values().all(|count| *count == 1), "{there:?}");
    assert_eq!(counters["received"], there.len(), "{counters}");
    println!(
        "hook: killed at {points} system calls of two runs; {} acknowledged, {} more were stored all the same, {pieces} pieces",
        acknowledged.len(),
        there.len() - acknowledged.len()
    );
    assert!(
        points > 60 && killed == points,
        "killed {killed} times at {points} points"
    );
}

/// With the ring that a courier has made: all calls write into the same one, each behind what the killed ones have left.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_hook_killed_at_any_system_call_beside_a_ring_loses_nothing_that_it_acknowledged() {
    let Some(strace) = Strace::find() else { return };
    let stage = Stage::new().await;
    let spool = Spool::at(stage.state());
    spool.create().unwrap();
    spool.make_ring().unwrap();
    destination(&stage).remember(&stage.state()).unwrap();
    // Of two pages, so that there is something between them.
    let text = |number| {
        let mut alert = alert(number);
        alert["data"]["padding"] = json!("x".repeat(5000));
        alert.to_string()
    };
    let mut number = 1;
    let all = strace.points(
        &stage.hook_command(text(1).as_bytes()),
        &stage.home().join("strace.log"),
    );
    let mut acknowledged = vec![1];
    for point in &all {
        number += 1;
        let before = look(&stage.state()).0;
        let output = strace
            .killed_at(point, &stage.hook_command(text(number).as_bytes()))
            .output()
            .unwrap();
        let stored = look(&stage.state()).0 - before;
        match output.status.code() {
            Some(0) => {
                assert_eq!(stored, 1, "{point:?}");
                acknowledged.push(number);
            }
            Some(_) => panic!("{point:?}: {}", crate::stage::text(&output)),
            None => assert!(stored <= 1, "{point:?}"),
        }
    }
    assert!(spool.names().unwrap().is_empty(), "all of them went by the ring");
    let complete = look(&stage.state()).0;
    let counters = stage.deliver();
    let there = in_iris(&stage);
    for number in &acknowledged {
        assert_eq!(there.get(number), Some(&1), "alert {number}");
    }
    assert!(there.values().all(|count| *count == 1), "{there:?}");
    assert_eq!(
        (there.len(), &counters["received"]),
        (complete, &json!(complete)),
        "{counters}"
    );
    let pieces = fs::read_dir(spool.corrupt()).unwrap().count();
    println!(
        "hook beside a ring: killed at {} system calls; {complete} were stored, {pieces} pieces are kept",
        all.len()
    );
    assert!(all.len() > 40 && pieces >= 1 && complete > 5);
}

/// An ext4 in a file, mounted; taken away at the end.
struct Image {
    at: std::path::PathBuf,
}

impl Image {
    fn mount(image: &Path, at: &Path) -> Option<Self> {
        fs::create_dir_all(at).unwrap();
        let mounted = Command::new("mount").args(["-o", "loop"]).arg(image).arg(at).output();
        mounted
            .is_ok_and(|output| output.status.success())
            .then(|| Self { at: at.to_owned() })
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.at).status();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_power_cut_right_after_a_call_loses_nothing_that_it_acknowledged() {
    cut_the_power(32 << 20, 8, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_power_cut_right_after_a_call_loses_nothing_that_went_into_the_ring() {
    cut_the_power(192 << 20, 4, true).await;
}

async fn cut_the_power(size: u64, calls: u64, has_ring: bool) {
    let stage = Stage::new().await;
    let (image, copy) = (stage.home().join("disk"), stage.home().join("disk-after-the-cut"));
    File::create(&image).unwrap().set_len(size).unwrap();
    let made = Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&image).output();
    let disk = made
        .is_ok_and(|output| output.status.success())
        .then(|| Image::mount(&image, &stage.state()));
    let Some(Some(_disk)) = disk else {
        println!("skipped: this user may not make and mount a disk");
        return;
    };
    // Synced, so that the first call finds it and nothing else: it has to make its folders.
    fs::write(stage.state().join("limits"), "0 0 0\n").unwrap();
    rustix::fs::syncfs(File::open(stage.state()).unwrap()).unwrap();
    let spool = Spool::at(stage.state());
    if has_ring {
        spool.create().unwrap();
        spool.make_ring().unwrap();
    }
    for number in 1..=calls {
        assert_eq!(stage.hook(alert(number).to_string().as_bytes()).status.code(), Some(0));
        // What has reached the disk by now is what is there after the power has come back.
        fs::copy(&image, &copy).unwrap();
        let after = stage.home().join("after");
        let mounted = Image::mount(&copy, &after).unwrap();
        assert_eq!(
            look(&after),
            (usize::try_from(number).unwrap(), 0),
            "after call {number}"
        );
        drop(mounted);
    }
    assert_eq!(spool.names().unwrap().is_empty(), has_ring);
    assert_eq!(stage.deliver()["received"], calls);
}

/// What the hook may be told by the system at the calls with which it writes.
const ERRORS: [&str; 5] = ["ENOSPC", "EIO", "EDQUOT", "EMFILE", "EACCES"];
const WRITE_SIDE: [&str; 16] = [
    "openat",
    "open",
    "mkdir",
    "mkdirat",
    "write",
    "writev",
    "pread64",
    "pwrite64",
    "pwritev",
    "fdatasync",
    "fsync",
    "close",
    "rename",
    "renameat",
    "fchown",
    "flock",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_hook_whose_system_calls_fail_has_stored_the_alert_or_says_that_it_has_not() {
    let Some(strace) = Strace::find() else { return };
    let stage = Stage::new().await;
    let own = stage.home().join("own-state");
    let (mut tried, mut stored) = (0, 0);
    for (first_call, has_ring) in [(true, false), (false, false), (false, true)] {
        let hook = || {
            let _ = fs::remove_dir_all(&own);
            if !first_call {
                let spool = Spool::at(&own);
                spool.create().unwrap();
                destination(&stage).remember(&own).unwrap();
                if has_ring {
                    spool.make_ring().unwrap();
                }
            }
            let mut command = stage.hook_command(alert(1).to_string().as_bytes());
            command.env("WAZUH_IRIS_STATE", &own);
            command
        };
        let all = strace.points(&hook(), &stage.home().join("strace.log"));
        // What comes before is the loader's and the run-time's, not ours.
        let ours = all.iter().position(|point| point.name == "close_range").unwrap_or(0);
        for point in all[ours..]
            .iter()
            .filter(|point| WRITE_SIDE.contains(&point.name.as_str()))
        {
            for error in ERRORS {
                let output = strace.failing_at(point, error, &hook()).output().unwrap();
                let complete = if own.exists() { look(&own).0 } else { 0 };
                assert_honest(&output, complete, &format!("{point:?} {error}"), stage.key());
                tried += 1;
                stored += complete;
            }
        }
    }
    println!("hook: {tried} failing system calls; {stored} stored all the same, the others said why not");
    assert!(tried > 100, "strace saw too little: {tried}");
}

fn assert_honest(output: &Output, complete: usize, what: &str, key: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().last().unwrap_or_default();
    match output.status.code() {
        Some(0) => assert_eq!(complete, 1, "{what}: acknowledged and not stored"),
        Some(1 | 6) => {
            assert!(last.starts_with("custom-iris: ") && last.len() > 30, "{what}: {said}");
            assert_eq!(complete, 0, "{what}: stored, and said not to be");
        }
        _ => panic!("{what}: {}", text(output)),
    }
    assert!(!said.contains(key), "{what}: {said}");
}

fn destination(stage: &Stage) -> Destination {
    Destination {
        url: format!("{}/alerts/add", stage.iris.url().trim_end_matches('/')),
        key: Some(stage.key().to_owned().into()),
        options: String::new(),
    }
}

/// Alerts that leave by every door but two, and what the counters must say of them.
fn fill(stage: &Stage) -> Value {
    let state = stage.state();
    let _ = fs::remove_dir_all(&state);
    let spool = Spool::at(&state);
    spool.create().unwrap();
    let destination = destination(stage).remember(&state).unwrap();
    let mut low = alert(5);
    low["rule"]["level"] = json!(5);
    let mut again = alert(1);
    again["id"] = json!("1768899799.9");
    again["timestamp"] = json!("2026-01-20T09:03:17.037+0000");
    let mut texts: Vec<String> = [alert(1), alert(2), alert(3), low, again, alert(2)]
        .iter()
        .map(Value::to_string)
        .collect();
    texts.push("not an alert".to_owned());
    for text in texts {
        spool.put(&Entry::new(destination, text.into_bytes())).unwrap();
    }
    json!({ "received": 7, "delivered": 4, "folded": 1, "gated": 1, "repeated": 1, "allowlisted": 0, "parked": 0, "waiting": 0 })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_courier_killed_at_any_system_call_delivers_every_alert_once() {
    let Some(strace) = Strace::find() else { return };
    let stage = Stage::new().await;
    let courier = || {
        let mut command = stage.command(&stage.home().join("integrations/custom-iris"));
        command.args(["deliver", "--once", "--json"]);
        command
    };
    fill(&stage);
    let all = strace.points(&courier(), &stage.home().join("strace.log"));
    let wanted = match std::env::var("WAZUH_IRIS_CRASH_POINTS").as_deref() {
        Ok("all") => all.len(),
        Ok(number) => number.parse().unwrap(),
        Err(_) => SAMPLE,
    };
    let mut killed = 0;
    let sample: Vec<&Point> = all.iter().step_by(all.len().div_ceil(wanted.max(1)).max(1)).collect();
    for point in &sample {
        stage.iris.reset_alerts();
        let expected = fill(&stage);
        let output = within_a_minute(&mut strace.killed_at(point, &courier()));
        killed += usize::from(output.status.code().is_none());
        // Whoever comes next finishes the work.
        let counters = stage.deliver();
        assert_adds_up(&counters);
        for (door, count) in expected.as_object().unwrap() {
            assert_eq!(&counters[door], count, "{door} after {point:?}: {counters}");
        }
        let mut titles: Vec<_> = stage.iris.alerts().into_iter().map(|alert| alert.title).collect();
        titles.sort();
        titles.dedup();
        assert_eq!(
            (titles.len(), stage.iris.alert_count()),
            (4, 4),
            "{point:?}: {titles:?}"
        );
    }
    println!(
        "courier: killed at {} of the {} system calls of a run, {killed} times before its end",
        sample.len(),
        all.len()
    );
    assert!(
        killed * 2 > sample.len(),
        "too few runs were killed: {killed} of {}",
        sample.len()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_courier_that_is_refused_announcements_delivers_all_the_same() {
    let Some(strace) = Strace::find() else { return };
    let stage = Stage::new().await;
    let expected = fill(&stage);
    let mut courier = stage.command(&stage.home().join("integrations/custom-iris"));
    courier.args(["deliver", "--once", "--json"]);
    let point = Point {
        name: "inotify_init1".to_owned(),
        number: 1,
    };
    let output = within_a_minute(&mut strace.failing_at(&point, "EMFILE", &courier));
    assert!(output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("not announced"), "{}", text(&output));
    let counters: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(counters["delivered"], expected["delivered"], "{counters}");
}

/// A run that hangs is a failure, not a test that never ends.
fn within_a_minute(command: &mut Command) -> Output {
    let mut child = command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let begun = std::time::Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < Duration::from_mins(1), "it hangs");
        std::thread::park_timeout(Duration::from_millis(5));
    }
    child.wait_with_output().unwrap()
}
