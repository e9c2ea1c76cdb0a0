//! What a hostile alert may cost, as work that can be counted and not as time.

#![allow(clippy::unwrap_used, reason = "tests")]

use wazuh_model::{Alert, OwnNetworks};

#[test]
fn a_path_of_a_thousand_empty_names_says_nothing_and_is_not_looked_at() {
    let items = vec!["1"; 20_000].join(",");
    let line = format!(r#"{{"data":{{"{}":["203.0.113.9",{items},[]]}}}}"#, ".".repeat(1000));
    let alert = Alert::from_slice(line.as_bytes()).unwrap();
    assert!(alert.indicators(&OwnNetworks::none()).is_empty());
    let _ = (alert.actors().users.len(), alert.fingerprint().key.len());
}
