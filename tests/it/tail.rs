//! alerts.json as a source, with the executables and their signals.

use std::fs::{self, OpenOptions};
use std::io::Write;

use serde_json::json;

use crate::stage::{Stage, alert};

const TAIL: &str =
    "[tail]\nenabled = true\nfrom = \"start\"\n[forward]\nmin_level = 0\n[noise]\nfold_seconds = 0\nburst_max = 0\n";

fn append(stage: &Stage, numbers: std::ops::Range<u64>) {
    let folder = stage.home().join("logs/alerts");
    fs::create_dir_all(&folder).unwrap();
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(folder.join("alerts.json"))
        .unwrap();
    for number in numbers {
        file.write_all(format!("{}\n", alert(number)).as_bytes()).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_hook_and_tail_bring_both_is_delivered_once_and_leaves_as_repeated_the_second_time() {
    let stage = Stage::new().await;
    stage.settings(TAIL);
    for number in 0..3 {
        assert!(stage.hook(alert(number).to_string().as_bytes()).status.success());
    }
    append(&stage, 0..5);
    let counters = stage.deliver();
    assert_eq!(
        (&counters["delivered"], &counters["repeated"]),
        (&json!(5), &json!(3)),
        "{counters}"
    );
    assert_eq!(stage.iris.alerts().len(), 5);
    // What comes later by the other way too.
    assert!(stage.hook(alert(4).to_string().as_bytes()).status.success());
    append(&stage, 5..6);
    let counters = stage.deliver();
    assert_eq!(
        (&counters["delivered"], &counters["repeated"]),
        (&json!(6), &json!(4)),
        "{counters}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_the_tail_has_delivered_leaves_as_repeated_when_its_file_is_replayed_whatever_its_lines_are() {
    let stage = Stage::new().await;
    stage.settings(TAIL);
    append(&stage, 0..2);
    let file = stage.home().join("logs/alerts/alerts.json");
    let (half, whole) = (alert(2).to_string()[..120].to_owned(), alert(3));
    let mut lines = OpenOptions::new().append(true).open(&file).unwrap();
    write!(lines, "{half}{whole}\n  garbage line \r\n\n{}{}\n", alert(4), alert(5)).unwrap();
    let delivered = json!(7);
    assert_eq!(stage.deliver()["delivered"], delivered);
    let output = stage.custom_iris(&["replay", "--json", file.to_str().unwrap()]);
    assert!(output.status.success(), "{}", crate::stage::text(&output));
    let counters = stage.deliver();
    assert_eq!(
        (&counters["delivered"], &counters["repeated"]),
        (&delivered, &delivered),
        "{counters}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn couriers_killed_again_and_again_over_rotations_deliver_every_line_of_the_file_once() {
    let mut stage = Stage::new().await;
    stage.settings(TAIL);
    let folder = stage.home().join("logs/alerts");
    let dated = folder.join("2026/Jan");
    fs::create_dir_all(&dated).unwrap();
    let current = folder.join("alerts.json");
    let mut delivered = 0;
    for day in 1..=3_u64 {
        let path = dated.join(format!("ossec-alerts-0{day}.json"));
        fs::write(&path, "").unwrap();
        let _ = fs::remove_file(&current);
        fs::hard_link(&path, &current).unwrap();
        for round in 0..2 {
            stage.start_courier();
            append(&stage, (day * 100 + round * 30)..(day * 100 + round * 30 + 30));
            delivered += 30;
            let least = delivered - 15;
            stage
                .until("half of what was written", |status| {
                    status["received"].as_u64().unwrap_or(0) >= least
                })
                .await;
            stage.stop_couriers();
        }
    }
    let counters = stage.deliver();
    assert_eq!(
        (&counters["received"], &counters["delivered"]),
        (&json!(delivered), &json!(delivered)),
        "{counters}"
    );
    let mut ids: Vec<String> = stage
        .iris
        .alerts()
        .iter()
        .map(|alert| alert.source_content["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len() as u64, delivered);
}
