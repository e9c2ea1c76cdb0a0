//! What ai-worker says to whoever runs it by hand: settings that do not count, its doctor, and a program's last words.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::faults::with_the_stock_certificate;
use crate::stage::{Stage, alert, text};

/// A worker without a model.
fn worker(stage: &Stage, arguments: &[&str]) -> Command {
    let mut command = stage.worker_command(arguments);
    command.args(["--triager", "rules"]);
    command
}

/// What doctor found, each with a fix where it is not well.
fn found(output: &Output) -> Vec<Value> {
    let lines = String::from_utf8_lossy(&output.stdout);
    let found: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for check in &found {
        let has_fix = check["fix"].as_str().is_some_and(|fix| !fix.is_empty());
        assert!(check["level"] == "ok" || has_fix, "no fix: {check}");
    }
    let fails = found.iter().any(|check| check["level"] == "fail");
    assert_eq!(output.status.success(), !fails, "{}", text(output));
    found
}

fn has(found: &[Value], level: &str, check: &str, words: &str) -> bool {
    found
        .iter()
        .any(|line| line["level"] == level && line["check"] == check && line.to_string().contains(words))
}

fn nobody() -> String {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", socket.local_addr().unwrap())
}

fn file(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_settings_file_that_cannot_be_looked_at_is_named_by_all_that_goes_by_the_settings() {
    let stage = Stage::new().await;
    let one = file(stage.home(), "one.json", &alert(1).to_string());
    // Whoever runs the tests: a folder that is a link to itself cannot be looked into.
    fs::remove_dir(stage.home().join("etc")).unwrap();
    symlink("etc", stage.home().join("etc")).unwrap();
    let place = stage.home().join("etc/wazuh-iris.toml").display().to_string();
    for arguments in [
        &["--once"][..],
        &["doctor"],
        &["explain", &one],
        &["triage", &one],
        &["redact", &one],
        &["scorecard"],
    ] {
        let output = worker(&stage, arguments).output().unwrap();
        let shown = text(&output);
        assert!(output.status.success(), "{shown}");
        let lines: Vec<_> = shown.lines().filter(|line| line.contains(&place)).collect();
        assert_eq!(lines.len(), 1, "{arguments:?}: {shown}");
        assert!(lines[0].to_lowercase().contains("warn"), "{arguments:?}: {shown}");
    }
    let doctor = worker(&stage, &["doctor", "--json"]).output().unwrap();
    assert!(has(&found(&doctor), "warn", "settings", &place), "{}", text(&doctor));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn doctor_names_settings_that_do_not_count() {
    let stage = Stage::new().await;
    let doctor = |name: &str, value: &str| {
        let output = worker(&stage, &["doctor", "--json"]).env(name, value).output().unwrap();
        (found(&output), text(&output))
    };
    for (name, value) in [
        ("AI_WORKER_POLL_SECOND", "5"),
        ("WAZUH_IRIS_WORKER_FLOORLEVEL", "3"),
        ("WAZUH_IRIS_LOG_FILTER", "warning"),
    ] {
        let (found, shown) = doctor(name, value);
        assert!(has(&found, "warn", "settings", name), "{shown}");
    }
    let (found, shown) = doctor("AI_TAG_REVIEWED", "ai-pending");
    assert!(has(&found, "fail", "settings", "same tag"), "{shown}");
    let (found, shown) = doctor("WAZUH_IRIS_LOG_FILTER", "warn");
    assert!(!found.iter().any(|line| line["check"] == "settings"), "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn doctor_shows_the_certificate_and_how_to_pin_it() {
    let stage = Stage::before(with_the_stock_certificate().await);
    let doctor = |name: &str, value: &str| {
        let output = worker(&stage, &["doctor", "--json"]).env(name, value).output().unwrap();
        (found(&output), text(&output))
    };
    let (off, shown) = doctor("IRIS_VERIFY_SSL", "false");
    assert!(has(&off, "warn", "tls", "verification is OFF"), "{shown}");
    let (trusted, shown) = doctor("IRIS_VERIFY_SSL", "true");
    assert!(has(&trusted, "fail", "tls", "WAZUH_IRIS_IRIS_FINGERPRINT"), "{shown}");
    let line = trusted.iter().find(|line| line["check"] == "tls").unwrap();
    let (_, pin) = line["message"]
        .as_str()
        .unwrap()
        .rsplit_once("iris.fingerprint = ")
        .unwrap();
    let (pinned, shown) = doctor("WAZUH_IRIS_IRIS_FINGERPRINT", pin.trim_matches('"'));
    assert!(has(&pinned, "ok", "tls", "a pin decides"), "{shown}");
    assert!(has(&pinned, "ok", "key", "takes the key"), "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn each_failure_of_doctor_comes_with_what_to_do() {
    let stage = Stage::new().await;
    let doctor = |triager: &str, environment: &[(&str, &str)]| {
        let mut command = stage.worker_command(&["doctor", "--json", "--triager", triager]);
        let output = command.envs(environment.iter().copied()).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", text(&output));
        (found(&output), text(&output))
    };
    let away = nobody();
    for (triager, name, value, check, words) in [
        ("rules", "IRIS_BEARER", "wrong", "key", "IRIS_BEARER"),
        ("rules", "IRIS_BEARER", "", "iris", "IRIS_BEARER"),
        ("rules", "IRIS_BASE_URL", &*away, "tcp", "does IRIS run"),
        (
            "rules",
            "IRIS_BASE_URL",
            "https://nosuch.invalid",
            "dns",
            "IRIS_BASE_URL",
        ),
        ("rules", "IRIS_BASE_URL", "", "iris", "IRIS_BASE_URL"),
        ("ollama", "OLLAMA_URL", &away, "triager", "OLLAMA_URL"),
        ("ollama", "OLLAMA_URL", "ftp://nosuch.invalid", "triager", "OLLAMA_URL"),
        (
            "openai",
            "WAZUH_IRIS_OPENAI_KEY",
            "none",
            "triager",
            "WAZUH_IRIS_OPENAI_URL",
        ),
        (
            "command",
            "WAZUH_IRIS_COMMAND_PROGRAM",
            "/no/such",
            "triager",
            "command.program",
        ),
    ] {
        let (found, shown) = doctor(triager, &[(name, value)]);
        let fix = found.iter().find(|line| line["level"] == "fail").unwrap();
        assert!(
            fix["check"] == check && fix["fix"].as_str().unwrap().contains(words),
            "{name}={value}: {shown}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_last_words_of_a_program_are_shown_by_each_command_that_asks_it() {
    let stage = Stage::new().await;
    let one = file(stage.home(), "one.json", &alert(1).to_string());
    let labelled = serde_json::json!({
        "id": "a", "kind": "x", "alert": alert(1), "label": { "verdict": "false_positive", "severity": "low" },
    });
    let labelled = file(stage.home(), "labelled.jsonl", &labelled.to_string());
    let bad = file(stage.home(), "bad", "echo 'no module named acme' >&2; exit 1\n");
    for arguments in [&["triage", &one][..], &["doctor"], &["eval", &labelled], &["--once"]] {
        let output = stage
            .worker_command(arguments)
            .args(["--triager", "command"])
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("WAZUH_IRIS_COMMAND_PROGRAM", "sh")
            .env("WAZUH_IRIS_COMMAND_ARGUMENTS", &bad)
            .output()
            .unwrap();
        let shown = text(&output);
        assert!(!output.status.success() && shown.contains("is in the log"), "{shown}");
        assert!(
            shown.contains("the command says: no module named acme"),
            "{arguments:?}: {shown}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_program_that_dies_of_the_question_is_named_while_it_is_tried_again() {
    let stage = Stage::new().await;
    let one = file(stage.home(), "one.json", &alert(1).to_string());
    let bad = file(
        stage.home(),
        "bad",
        "echo '{\"v\":[1]}'; read -r line; echo 'it is too much' >&2; exit 1\n",
    );
    let mut worker = stage
        .worker_command(&["triage", &one, "--triager", "command"])
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("WAZUH_IRIS_COMMAND_PROGRAM", "sh")
        .env("WAZUH_IRIS_COMMAND_ARGUMENTS", &bad)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    // Long before its deadline.
    for line in BufReader::new(worker.stderr.take().unwrap()).lines() {
        said.push_str(&line.unwrap());
        if said.contains("it is asked again") {
            break;
        }
    }
    worker.kill().unwrap();
    worker.wait().unwrap();
    for words in [
        "the command says: it is too much",
        "it is asked again",
        "the command ended without an answer",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}
