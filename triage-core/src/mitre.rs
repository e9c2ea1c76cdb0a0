//! The ATT&CK techniques that exist.
//!
//! `mitre_techniques.json` holds ids and names of the enterprise techniques of the version it names, with MITRE's notice.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

#[derive(Deserialize)]
struct Table {
    attack_version: String,
    notice: String,
    techniques: BTreeMap<String, String>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    serde_json::from_str(include_str!("mitre_techniques.json")).expect("the table is part of this crate and tested")
});

/// Returns the name of a technique (`T1059.001` → `PowerShell`); `None` for what is unknown, a tactic, or revoked.
pub fn technique_name(id: &str) -> Option<&'static str> {
    TABLE.techniques.get(id).map(String::as_str)
}

/// Returns the version of ATT&CK that the table was made from.
pub fn attack_version() -> &'static str {
    &TABLE.attack_version
}

/// Returns MITRE's notice, which has to stand wherever the table is shown as a whole.
pub fn notice() -> &'static str {
    &TABLE.notice
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn techniques_are_known_and_tactics_and_revoked_ones_are_not() {
        assert_eq!(technique_name("T1059.001"), Some("PowerShell"));
        assert_eq!(technique_name("TA0002"), None);
        assert_eq!(technique_name("T1574.002"), None);
        assert!(notice().contains("MITRE"));
        assert_eq!(attack_version(), "17.0");
    }
}
