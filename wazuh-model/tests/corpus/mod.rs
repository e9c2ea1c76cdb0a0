//! Alerts to test with: fixtures of this crate, and the corpus of real ones where it is at hand.

#![allow(dead_code, reason = "every test target takes what it needs")]
#![allow(clippy::unwrap_used, reason = "only tests use this")]

use std::path::PathBuf;

use serde_json::Value;

/// Objects of a JSON lines fixture.
pub(crate) fn fixture(name: &str) -> Vec<Value> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name);
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Labelled alerts as (kind, line).
pub(crate) fn labelled() -> Vec<(String, Vec<u8>)> {
    let cases = fixture("labelled_alerts.jsonl");
    cases
        .iter()
        .map(|case| {
            (
                case["kind"].as_str().unwrap().to_owned(),
                case["alert"].to_string().into_bytes(),
            )
        })
        .collect()
}

/// Lines of every file of the corpus of real alerts; empty, with the reason printed, where it is not at hand.
pub(crate) fn real() -> Vec<(String, Vec<u8>)> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let folder =
        std::env::var_os("WAZUH_IRIS_CORPUS").map_or_else(|| here.join("../../shared/corpus/wazuh"), PathBuf::from);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: no corpus at {} (set WAZUH_IRIS_CORPUS)", folder.display());
        return Vec::new();
    };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    let mut lines = Vec::new();
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&file).unwrap();
        lines.extend(
            bytes
                .split(|byte| *byte == b'\n')
                .filter(|line| !line.is_empty())
                .map(|line| (name.clone(), line.to_vec())),
        );
    }
    lines
}

/// All alerts that are at hand.
pub(crate) fn all() -> Vec<(String, Vec<u8>)> {
    let mut all = labelled();
    all.extend(real());
    all
}
