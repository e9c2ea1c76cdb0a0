//! Couriers that are told to end, and who comes after them.

use std::fs;
use std::path::Path;
use std::process::Command;

use iris_client::sandbox::Fault;
use rustix::fs::{CWD, FileType, Mode};
use rustix::process::Signal;

use crate::hook::stop_couriers_of;
use crate::lifecycle::{free_address, page};
use crate::stage::{Stage, alert, text};

/// A call of the hook that starts a courier where none runs.
fn call(stage: &Stage, number: u64, change: impl FnOnce(&mut Command)) {
    let mut hook = stage.hook_command(alert(number).to_string().as_bytes());
    hook.env("WAZUH_IRIS_COURIER", "auto");
    change(&mut hook);
    let output = hook.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_is_stored_while_a_courier_leaves_has_another_one_that_serves_it() {
    let stage = Stage::new().await;
    // Both listen in the same place.
    let health = free_address();
    stage.settings(&format!(
        "[iris]\ntimeout_seconds = 5\n[health]\nlisten = \"{health}\"\n"
    ));
    stage.iris.fault(Fault::hang().on("/alerts/add").once());
    call(&stage, 1, |_| {});
    let is_under_way = |_: &_| {
        stage
            .iris
            .requests()
            .iter()
            .any(|request| request.path.contains("/alerts/add"))
    };
    stage.until("an attempt under way", is_under_way).await;
    let told = stop_couriers_of(&stage);
    assert_eq!(told.len(), 1);
    // It waits for its attempt, and holds the office: this call starts none.
    call(&stage, 2, |_| {});
    stage.until("both delivered", |status| status["delivered"] == 2).await;
    assert!(page(&health, "/healthz").starts_with("HTTP/1.1 200"));
    let after = stop_couriers_of(&stage);
    assert!(after.len() == 1 && after != told, "{told:?} {after:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_courier_that_is_told_to_end_with_nothing_stored_has_no_successor() {
    let stage = Stage::new().await;
    call(&stage, 1, |_| {});
    stage.until("one delivered", |status| status["delivered"] == 1).await;
    assert_eq!(stop_couriers_of(&stage).len(), 1);
    stage.until("the end", |status| status["courier_pid"].is_null()).await;
    let marker = fs::metadata(stage.state().join("courier.started")).unwrap();
    assert_eq!(marker.len(), 0, "another one was started");
    // And the next alert waits for nothing, however short that one's life was.
    call(&stage, 2, |_| {});
    stage.until("the next", |status| status["delivered"] == 2).await;
    stop_couriers_of(&stage);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_pipe_among_the_stored_alerts_keeps_the_courier_neither_from_working_nor_from_ending() {
    let mut stage = Stage::new().await;
    assert!(stage.hook(alert(1).to_string().as_bytes()).status.success());
    rustix::fs::mknodat(CWD, stage.state().join("new/0"), FileType::Fifo, Mode::RWXU, 0).unwrap();
    std::os::unix::fs::symlink("/dev/zero", stage.state().join("new/1")).unwrap();
    stage.start_courier();
    stage
        .until("the alert delivered", |status| status["delivered"] == 1)
        .await;
    stage
        .until("a word on it", |_| {
            stage.courier_log().contains("2 files of the spool cannot be read")
        })
        .await;
    let doctor = text(&stage.custom_iris(&["doctor", "--read-only"]));
    assert!(doctor.contains("of the oldest 2, 2 cannot be read"), "{doctor}");
    stage.signal(Signal::TERM);
    stage.until("the end", |status| status["courier_pid"].is_null()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_courier_that_a_hook_starts_finds_what_the_hook_is_told_by_relative_names() {
    let stage = Stage::new().await;
    fs::write(stage.home().join("own.toml"), "[forward]\nmin_level = 15\n").unwrap();
    call(&stage, 1, |hook| {
        hook.current_dir(stage.home())
            .env("WAZUH_HOME", ".")
            .env("WAZUH_IRIS_CONFIG", Path::new("own.toml"));
    });
    stage.until("a word of the gate", |status| status["gated"] == 1).await;
    stop_couriers_of(&stage);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_courier_that_is_told_to_read_its_settings_anew_while_it_starts_lives_and_does_so() {
    let mut stage = Stage::new().await;
    let file = stage.home().join("etc/wazuh-iris.toml");
    // A pipe holds it up where it reads them.
    rustix::fs::mknodat(CWD, &file, FileType::Fifo, Mode::RWXU, 0).unwrap();
    stage.start_courier();
    let writer = fs::File::options().write(true).open(&file).unwrap();
    stage.reload_courier();
    fs::remove_file(&file).unwrap();
    stage.settings("[forward]\nmin_level = 3\n");
    drop(writer);
    let read_anew = |_: &serde_json::Value| stage.courier_log().contains("settings and rules are read anew");
    stage.until("a reload", read_anew).await;
}
