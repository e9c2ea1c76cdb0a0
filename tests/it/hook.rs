//! What integratord sees of the hook: its exit code, its last line of output, and when it lets go.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::stage::{Stage, alert, text};

fn last_line(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr)
        .lines()
        .last()
        .unwrap_or_default()
        .to_owned()
}

/// The key must not stand in anything that the hook says or keeps, but for the one file that is made for it.
fn assert_key_is_kept(stage: &Stage, output: &Output) {
    assert!(!text(output).contains(stage.key()), "{}", text(output));
    let log = fs::read_to_string(stage.home().join("logs/integrations.log")).unwrap_or_default();
    assert!(!log.contains(stage.key()), "{log}");
    for file in fs::read_dir(stage.state().join("new")).into_iter().flatten().flatten() {
        let bytes = fs::read(file.path()).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains(stage.key()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_stored_alert_ends_with_0_and_silence() {
    let stage = Stage::new().await;
    let output = stage.hook(alert(1).to_string().as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(
        output.stdout.is_empty() && output.stderr.is_empty(),
        "{}",
        text(&output)
    );
    assert_eq!(fs::read_dir(stage.state().join("new")).unwrap().count(), 1);
    assert_key_is_kept(&stage, &output);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_loader_that_was_called_by_name_puts_no_word_of_its_own_among_the_arguments() {
    const LOADER: &str = "/lib64/ld-linux-x86-64.so.2";
    let stage = Stage::new().await;
    let call = stage.hook_command(alert(1).to_string().as_bytes());
    let verified = Command::new(LOADER).arg("--verify").arg(call.get_program()).status();
    if !verified.is_ok_and(|status| status.success()) {
        println!("skipped: there is no {LOADER}, or the program needs none");
        return;
    }
    let mut through = stage.command(Path::new(LOADER));
    through.arg(call.get_program()).args(call.get_args());
    let output = through.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let counters = stage.deliver();
    assert_eq!(counters["delivered"], 1, "{counters}");
    let mut asked = stage.command(Path::new(LOADER));
    let asked = asked
        .arg(call.get_program())
        .args(["spool", "status", "--json"])
        .output()
        .unwrap();
    let told: serde_json::Value = serde_json::from_slice(&asked.stdout).unwrap();
    assert_eq!(told["received"], 1, "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_is_no_json_alert_ends_with_7_and_is_stored_all_the_same() {
    let stage = Stage::new().await;
    for (bytes, word) in [
        (&b""[..], "the alert file is empty"),
        (
            b"alertdate='Mon Nov 23 2026'\nruleid='5710'\n",
            "<alert_format>json</alert_format>",
        ),
        (b"{\"rule\":", "not one JSON object"),
        (b"[1]", "not one JSON object"),
        (b"\x00\x01\xff", "not one JSON object"),
    ] {
        let output = stage.hook(bytes);
        assert_eq!(output.status.code(), Some(7), "{}", text(&output));
        assert!(last_line(&output).contains(word), "{}", text(&output));
        assert_key_is_kept(&stage, &output);
    }
    let counters = stage.deliver();
    assert_eq!(counters["delivered"], 5, "{counters}");
    assert!(
        stage
            .iris
            .alerts()
            .iter()
            .all(|alert| alert.has_tag("wazuh-unparsed") && alert.has_tag("ai-pending"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_missing_file_ends_with_6_and_too_few_arguments_with_2() {
    let stage = Stage::new().await;
    let program = stage.home().join("integrations/custom-iris");
    let missing = stage
        .command(&program)
        .args(["/nowhere/x.alert", "k", "u"])
        .output()
        .unwrap();
    assert_eq!(missing.status.code(), Some(6));
    assert!(last_line(&missing).contains("/nowhere/x.alert"), "{}", text(&missing));
    let unnamed = stage.command(&program).args(["", "k", "u"]).output().unwrap();
    assert_eq!(unnamed.status.code(), Some(6));
    assert!(last_line(&unnamed).contains("/tmp full"), "{}", text(&unnamed));
    let few = stage.command(&program).args(["/tmp/x.alert", "k"]).output().unwrap();
    assert_eq!(few.status.code(), Some(2));
    assert!(last_line(&few).contains("usage"), "{}", text(&few));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn arguments_out_of_order_put_the_key_nowhere() {
    let stage = Stage::new().await;
    let program = stage.home().join("integrations/custom-iris");
    let file = stage.home().join("a.alert");
    fs::write(&file, alert(1).to_string()).unwrap();
    let (key, url, file) = (stage.key(), stage.iris.url(), file.to_str().unwrap().to_owned());
    for arguments in [[key, &url, &file], [key, &file, &url]] {
        let output = stage.command(&program).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(6), "{}", text(&output));
        assert!(last_line(&output).contains("ALERT_FILE API_KEY"), "{}", text(&output));
        assert_key_is_kept(&stage, &output);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn options_that_cannot_be_read_are_nobodys_guess_and_leave_a_line_in_the_log() {
    let stage = Stage::new().await;
    let options = stage.home().join("custom-iris-1-2.options");
    fs::write(&options, "{\"tags\": [\"of-the-block\"]}\n").unwrap();
    for number in [1, 2] {
        let mut hook = stage.hook_command(alert(number).to_string().as_bytes());
        let output = hook.arg(&options).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output));
        let _ = fs::remove_file(&options);
    }
    let log = fs::read_to_string(stage.home().join("logs/integrations.log")).unwrap();
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(
        log.contains("custom-iris-1-2.options") && !log.contains(stage.key()),
        "{log}"
    );
    stage.deliver();
    let alerts = stage.iris.alerts();
    assert_eq!(alerts.len(), 2);
    let of_the_block = alerts.iter().filter(|alert| alert.has_tag("of-the-block"));
    assert_eq!(of_the_block.count(), 1, "the other may be of another block");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_alert_that_cannot_be_stored_ends_with_1_and_says_what_to_do() {
    let stage = Stage::new().await;
    // A file where the state directory should be: a mode would not stop a test that runs as root.
    fs::write(stage.state(), "").unwrap();
    let output = stage.hook(alert(1).to_string().as_bytes());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(last_line(&output).contains("NOT stored"), "{}", text(&output));
    assert!(last_line(&output).contains("custom-iris install"), "{}", text(&output));
    assert!(!text(&output).contains(stage.key()));
    let log = fs::read_to_string(stage.home().join("logs/integrations.log")).unwrap();
    assert!(log.contains("NOT stored"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_disk_with_too_little_room_stores_nothing_and_says_the_numbers() {
    let stage = Stage::new().await;
    fs::create_dir(stage.state()).unwrap();
    fs::write(stage.state().join("limits"), format!("{} 0 0\n", u64::MAX)).unwrap();
    let output = stage.hook(alert(1).to_string().as_bytes());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(last_line(&output).contains("MiB must stay free"), "{}", text(&output));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_hook_starts_one_courier_and_lets_go_of_its_pipe() {
    let stage = Stage::new().await;
    for number in 0..4 {
        // `output` returns when every holder of the pipe has closed it: a courier that kept it would hang the test.
        let output = stage
            .hook_command(alert(number).to_string().as_bytes())
            .env("WAZUH_IRIS_COURIER", "auto")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    }
    stage.until("four delivered", |status| status["delivered"] == 4).await;
    let couriers = stop_couriers_of(&stage);
    assert_eq!(couriers.len(), 1, "one courier per state directory");
    assert_eq!(stage.iris.alerts().len(), 4);
}

/// Stops couriers that hooks have started; says which.
pub(crate) fn stop_couriers_of(stage: &Stage) -> Vec<i32> {
    let couriers = couriers_of(stage);
    for pid in &couriers {
        let pid = rustix::process::Pid::from_raw(*pid).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    }
    couriers
}

/// Processes that work in the state directory of a stage.
fn couriers_of(stage: &Stage) -> Vec<i32> {
    let needle = stage.state().display().to_string();
    let mut found = Vec::new();
    for process in fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = process.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let environment = fs::read(process.path().join("environ")).unwrap_or_default();
        let command = fs::read(process.path().join("cmdline")).unwrap_or_default();
        let of_ours = String::from_utf8_lossy(&environment).contains(&needle);
        if of_ours && String::from_utf8_lossy(&command).contains("deliver") {
            found.push(pid);
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_full_queue_turns_alerts_away_until_the_courier_that_the_hook_wakes_has_made_room() {
    let stage = Stage::new().await;
    assert!(stage.hook(alert(1).to_string().as_bytes()).status.success());
    fs::write(stage.state().join("limits"), "0 0 1\n").unwrap();
    let mut refused = stage.hook_command(alert(2).to_string().as_bytes());
    let refused = refused.env("WAZUH_IRIS_COURIER", "auto").output().unwrap();
    assert_eq!(refused.status.code(), Some(1), "{}", text(&refused));
    assert!(last_line(&refused).contains("spool.max_bytes"), "{}", text(&refused));
    stage
        .until("the first delivered", |status| status["delivered"] == 1)
        .await;
    stage
        .until("room again", |_| {
            stage.hook(alert(2).to_string().as_bytes()).status.success()
        })
        .await;
    stage.until("both delivered", |status| status["delivered"] == 2).await;
    stop_couriers_of(&stage);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_second_empty_file_is_not_taken_for_the_first_one_again() {
    let stage = Stage::new().await;
    for _ in 0..2 {
        assert_eq!(stage.hook(b"").status.code(), Some(7));
    }
    assert_eq!(stage.deliver()["delivered"], 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_second_courier_ends_with_75() {
    let mut stage = Stage::new().await;
    stage.hook(alert(1).to_string().as_bytes());
    stage.start_courier();
    stage.until("one delivered", |status| status["delivered"] == 1).await;
    let second = stage.custom_iris(&["deliver"]);
    assert_eq!(second.status.code(), Some(75), "{}", text(&second));
    let first = stage.status()["courier_pid"].to_string();
    assert!(
        text(&second).contains(&format!("(process {first})")),
        "{}",
        text(&second)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_bad_setting_ends_with_78_and_names_what_to_write() {
    let stage = Stage::new().await;
    stage.settings("[forward]\nmin_level = \"high\"\n");
    let output = stage.custom_iris(&["deliver", "--once"]);
    assert_eq!(output.status.code(), Some(78), "{}", text(&output));
    assert!(
        text(&output).contains("`forward.min_level` is `high`, which is not a whole number"),
        "{}",
        text(&output)
    );
    stage.settings("[[allow]]\nid = \"x\"\n");
    let output = stage.custom_iris(&["deliver", "--once"]);
    assert_eq!(output.status.code(), Some(78), "{}", text(&output));
    assert!(text(&output).contains("allowlist rule `x`"), "{}", text(&output));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_courier_that_cannot_run_is_not_started_again_for_each_alert() {
    let stage = Stage::new().await;
    stage.settings("[forward]\nmin_level = \"high\"\n");
    let begun = std::time::Instant::now();
    for number in 0..10 {
        let mut hook = stage.hook_command(alert(number).to_string().as_bytes());
        let output = hook.env("WAZUH_IRIS_COURIER", "auto").output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    }
    let most = usize::try_from(begun.elapsed().as_secs()).unwrap() + 1;
    let log = stage.state().join("courier.log");
    let said = || {
        fs::read_to_string(&log)
            .unwrap_or_default()
            .matches("forward.min_level")
            .count()
    };
    stage.until("the reason in the log", |_| said() > 0).await;
    assert!(said() <= most, "{} couriers in {most} s", said());
}
