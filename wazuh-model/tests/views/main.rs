//! One alert of each family, and what its view says.

#![allow(clippy::unwrap_used, reason = "only tests")]
#![allow(clippy::too_many_lines, reason = "tables of alerts")]

#[path = "../corpus/mod.rs"]
mod corpus;
mod families;
mod finding;
mod windows;

use serde_json::Value;
use wazuh_model::Alert;

fn alert(value: &Value) -> Alert {
    Alert::from_slice(value.to_string().as_bytes()).unwrap()
}

fn labelled(kind: &str) -> Alert {
    let found = corpus::labelled().into_iter().find(|(name, _)| name == kind);
    Alert::from_slice(&found.unwrap().1).unwrap()
}
