//! Old files through the street, and what would become of them.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use base64::Engine as _;
use serde_json::{Value, json};

use crate::stage::{Stage, alert, labelled, text};

const DOORS: [&str; 6] = ["forward", "folded", "allowlisted", "gated", "repeated", "parked"];

/// The lines that no alert can be made of, and those that one can.
fn hostile() -> Vec<Vec<u8>> {
    include_str!("../../wazuh-model/tests/fixtures/hostile_lines.jsonl")
        .lines()
        .map(|line| {
            let case: Value = serde_json::from_str(line).unwrap();
            base64::engine::general_purpose::STANDARD
                .decode(case["bytes_b64"].as_str().unwrap())
                .unwrap()
        })
        .collect()
}

/// Runs a dry run that sees no settings and no Wazuh; the one line that it ends with.
fn forecast(files: &[&str], input: &[u8]) -> Value {
    let home = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_custom-iris"))
        .env_clear()
        .env("WAZUH_HOME", home.path())
        .args(["replay", "--dry-run", "--json"])
        .args(files)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may end without reading everything.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(
        fs::read_dir(home.path()).unwrap().count(),
        0,
        "a dry run leaves nothing behind"
    );
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed.lines().count(), 1, "{printed}");
    let forecast: Value = serde_json::from_str(&printed).unwrap();
    let keys: Vec<&str> = forecast.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys[0], "received");
    assert_eq!(keys[1..], DOORS);
    let sum: u64 = DOORS.iter().map(|door| forecast[door].as_u64().unwrap()).sum();
    assert_eq!(forecast["received"], sum, "{forecast}");
    forecast
}

#[test]
fn a_dry_run_counts_every_line_once_and_parks_only_what_is_not_one_json_object() {
    let mut lines = hostile();
    let count = lines.len() + 2;
    lines.push(Vec::new());
    lines.push(alert(1).to_string().into_bytes());
    lines.push(alert(1).to_string().into_bytes());
    let forecast = forecast(&["-"], &lines.join(&b"\n"[..]));
    assert_eq!(forecast["received"], count, "blank lines are none");
    // Truncated, two objects, only NUL bytes, a list, null.
    assert_eq!(forecast["parked"], 5, "{forecast}");
    assert_eq!(forecast["repeated"], 1, "{forecast}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_dry_run_says_what_then_happens() {
    let stage = Stage::new().await;
    let toml = "[[allow]]\nid = \"expected\"\nreason = \"test\"\nowner = \"test\"\nexpires = 2099-01-01\nmax_level = 12\n[allow.match]\n\"rule.id\" = \"200002\"\n";
    stage.settings(toml);
    let mut low = alert(3);
    low["rule"]["level"] = json!(5);
    let mut again = alert(1);
    again["id"] = json!("1768899799.1");
    let mut all: Vec<Value> = labelled();
    all.extend([alert(1), alert(2), low, again, alert(1)]);
    let lines: Vec<String> = all.iter().map(Value::to_string).collect();
    let file = stage.home().join("ossec-alerts-20.json.gz");
    let mut packer = flate2::write::GzEncoder::new(fs::File::create(&file).unwrap(), flate2::Compression::fast());
    packer
        .write_all((lines.join("\n") + "\nno alert\n").as_bytes())
        .unwrap();
    packer.finish().unwrap();

    let output = stage.custom_iris(&["replay", "--dry-run", "--json", file.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output));
    let forecast: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(!stage.state().exists(), "a dry run touches no state");
    assert_eq!(forecast["allowlisted"], 1, "{forecast}");

    let output = stage.custom_iris(&["replay", "--json", file.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output));
    let stored: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(stored["stored"], forecast["received"]);
    let counters = stage.deliver();
    for door in ["folded", "allowlisted", "gated", "repeated"] {
        assert_eq!(counters[door], forecast[door], "{door}: {forecast} {counters}");
    }
    // What is no JSON is delivered as text.
    let delivered = forecast["forward"].as_u64().unwrap() + forecast["parked"].as_u64().unwrap();
    assert_eq!(counters["delivered"], delivered, "{forecast} {counters}");
}

#[test]
fn a_file_that_is_not_there_is_named_and_nothing_is_counted() {
    let home = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_custom-iris"))
        .env_clear()
        .env("WAZUH_HOME", home.path())
        .args(["replay", "--dry-run", "--json", "/nowhere/alerts.json"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        output.stdout.is_empty() && text(&output).contains("/nowhere/alerts.json"),
        "{}",
        text(&output)
    );
}

#[test]
fn a_dry_run_refuses_a_file_without_alerts_as_the_run_itself_does() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("alerts.log");
    fs::write(&file, "** Alert 1768899737.1: - syslog\nRule: 5710 (level 5)\n").unwrap();
    let file = file.to_str().unwrap();
    for arguments in [&["replay", file][..], &["replay", "--dry-run", file]] {
        let output = Command::new(env!("CARGO_BIN_EXE_custom-iris"))
            .env_clear()
            .env("WAZUH_HOME", home.path())
            .env("WAZUH_IRIS_COURIER", "external")
            .env("IRIS_BASE_URL", "https://iris.example")
            .env("IRIS_BEARER", "k")
            .args(arguments)
            .output()
            .unwrap();
        let said = text(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("is a JSON object"), "{said}");
    }
}

#[test]
fn what_is_packed_by_another_program_is_refused_by_whatever_reads_alerts() {
    let home = tempfile::tempdir().unwrap();
    let (good, packed) = (home.path().join("a.json"), home.path().join("b.json.zst"));
    fs::write(&good, alert(1).to_string()).unwrap();
    fs::write(&packed, b"\x28\xb5\x2f\xfd\x04\0\x09\0\0a\n{}\n\0\0").unwrap();
    let (good, packed) = (good.to_str().unwrap(), packed.to_str().unwrap());
    for arguments in [
        &["replay", good, packed][..],
        &["replay", "--dry-run", good, packed],
        &["explain", packed],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_custom-iris"))
            .env_clear()
            .env("WAZUH_HOME", home.path())
            .env("WAZUH_IRIS_COURIER", "external")
            .env("IRIS_BASE_URL", "https://iris.example")
            .env("IRIS_BEARER", "k")
            .args(arguments)
            .output()
            .unwrap();
        let said = text(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        let command = arguments.iter().take_while(|word| **word != good && **word != packed);
        let command = command.copied().collect::<Vec<_>>().join(" ");
        let hint = format!("`zstd -dc {packed} | custom-iris {command} -`");
        assert!(output.stdout.is_empty() && said.contains(&hint), "{said}");
    }
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 2, "nothing is stored");
}

#[test]
fn a_settings_file_that_cannot_be_looked_at_is_named_where_no_address_is_known() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("etc"), "a file where the folder should be").unwrap();
    let file = home.path().join("alerts.json");
    fs::write(&file, alert(1).to_string()).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_custom-iris"))
        .env_clear()
        .env("WAZUH_HOME", home.path())
        .env("WAZUH_IRIS_COURIER", "external")
        .arg("replay")
        .arg(&file)
        .output()
        .unwrap();
    let said = text(&output);
    assert_eq!(output.status.code(), Some(78), "{said}");
    assert!(
        said.contains("iris.base_url") && said.contains("etc/wazuh-iris.toml"),
        "{said}"
    );
}

#[test]
fn a_settings_file_that_cannot_be_looked_at_is_named_by_whatever_goes_by_the_settings() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("etc"), "a file where the folder should be").unwrap();
    let file = home.path().join("alerts.json");
    fs::write(&file, alert(1).to_string()).unwrap();
    let file = file.to_str().unwrap();
    for arguments in [
        &["replay", "--dry-run", file][..],
        &["explain", file],
        &["allow", "check"],
        &["allow", "test", file],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_custom-iris"))
            .env_clear()
            .env("WAZUH_HOME", home.path())
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", text(&output));
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said.matches("etc/wazuh-iris.toml").count(), 1, "{arguments:?}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_stands_before_a_damaged_place_is_delivered_and_told() {
    let stage = Stage::new().await;
    let (plain, broken) = (stage.home().join("a.json"), stage.home().join("b.json.gz"));
    fs::write(&plain, format!("{}\n{}\n", alert(1), alert(2))).unwrap();
    fs::write(&broken, [0x1f, 0x8b, 8, 0, 0]).unwrap();
    let output = stage.custom_iris(&["replay", plain.to_str().unwrap(), broken.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output);
    assert!(
        said.contains("b.json.gz") && said.contains("2 alerts are stored"),
        "{said}"
    );
    assert_eq!(stage.deliver()["delivered"], 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_file_that_is_replayed_again_leaves_as_repeated_whole() {
    let stage = Stage::new().await;
    let file = stage.home().join("a.json");
    let lines = format!("{}\n{}\nno alert\n{}\n\n[1]\n", alert(1), alert(2), alert(3));
    fs::write(&file, lines).unwrap();
    for repeated in [0, 5, 10] {
        let output = stage.custom_iris(&["replay", file.to_str().unwrap()]);
        assert!(output.status.success(), "{}", text(&output));
        let counters = stage.deliver();
        assert_eq!(
            (&counters["delivered"], &counters["repeated"]),
            (&json!(5), &json!(repeated)),
            "{counters}"
        );
    }
    // Two hooks may well have been given the same that is no alert: an empty file each.
    for _ in 0..2 {
        assert_eq!(stage.hook(b"no alert").status.code(), Some(7));
    }
    assert_eq!(stage.deliver()["delivered"], 7);
}
