//! Thousands of alerts made by a real wazuh-analysisd, through the real courier and a real worker.

use std::path::{Path, PathBuf};

use crate::stage::{Stage, text};

/// The corpus beside the repository; it is read in place and is no part of the project.
fn corpus() -> Option<Vec<PathBuf>> {
    let folder = std::env::var_os("WAZUH_IRIS_CORPUS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus/wazuh"),
        PathBuf::from,
    );
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .ok()?
        .flatten()
        .map(|file| file.path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "jsonl"))
        .collect();
    files.sort();
    (!files.is_empty()).then_some(files)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_alert_of_a_real_analysisd_leaves_by_a_door_and_every_delivered_one_is_triaged() {
    let Some(files) = corpus() else {
        println!("skipped: no corpus of real alerts here; set WAZUH_IRIS_CORPUS to a folder of .jsonl files");
        return;
    };
    let stage = Stage::new().await;
    let lines: usize = files
        .iter()
        .map(|file| {
            std::fs::read(file)
                .unwrap()
                .split(|byte| *byte == b'\n')
                .filter(|line| !line.trim_ascii().is_empty())
                .count()
        })
        .sum();
    let mut arguments = vec!["replay"];
    arguments.extend(files.iter().map(|file| file.to_str().unwrap()));
    let replayed = stage.custom_iris(&arguments);
    assert!(replayed.status.success(), "{}", text(&replayed));

    let counters = stage.deliver();
    println!("{counters}");
    assert_eq!(counters["received"], lines);
    assert_eq!(counters["parked"], 0, "{counters}");
    assert_eq!(counters["delivered"], stage.iris.alerts().len());
    assert!(
        stage.iris.alerts().iter().all(|alert| !alert.has_tag("wazuh-unparsed")),
        "an alert of the corpus did not parse"
    );

    let tally = stage.triage();
    println!("{tally}");
    let done = tally["reviewed"].as_u64().unwrap() + tally["failed"].as_u64().unwrap();
    assert_eq!(counters["delivered"], done, "{tally}");
}
