//! The techniques that a model may choose from.

use crate::{Evidence, grounding::rule_techniques, mitre::technique_name, rules};

const MAX: usize = 25;

/// What is usual for a group of rules; Wazuh's own ids are thin and partly wrong.
const BY_GROUP: [(&str, &[&str]); 22] = [
    (
        "sysmon",
        &[
            "T1059.001",
            "T1059.003",
            "T1105",
            "T1055",
            "T1218",
            "T1003.001",
            "T1547.001",
            "T1033",
            "T1087.002",
            "T1069.002",
            "T1204.002",
        ],
    ),
    ("powershell", &["T1059.001", "T1105", "T1027", "T1140"]),
    (
        "windows",
        &["T1059.001", "T1053.005", "T1543.003", "T1112", "T1078", "T1070.001"],
    ),
    (
        "authentication_fail",
        &["T1110.001", "T1110.003", "T1078", "T1021.001", "T1021.004"],
    ),
    (
        "authentication_success",
        &["T1078", "T1021.001", "T1021.004", "T1078.004", "T1572"],
    ),
    ("adduser", &["T1136.001", "T1136.002", "T1098"]),
    ("group_changed", &["T1098", "T1078.002"]),
    ("account_changed", &["T1098", "T1136.001", "T1136.002"]),
    ("sudo", &["T1548.003", "T1078.003", "T1003.008"]),
    ("sshd", &["T1110.001", "T1021.004", "T1078", "T1098.004"]),
    ("syslog", &["T1059.004", "T1053.003", "T1078.003", "T1040", "T1543.002"]),
    ("audit", &["T1059.004", "T1105", "T1548.001", "T1070.003", "T1222.002"]),
    (
        "syscheck",
        &[
            "T1505.003",
            "T1554",
            "T1565.001",
            "T1098.004",
            "T1574.006",
            "T1053.003",
            "T1547.001",
            "T1486",
        ],
    ),
    ("rootcheck", &["T1014", "T1564.001"]),
    ("web", &["T1190", "T1595.002", "T1083", "T1110.001", "T1505.003"]),
    ("attack", &["T1190", "T1059", "T1110"]),
    (
        "aws",
        &[
            "T1562.008",
            "T1098.001",
            "T1078.004",
            "T1098.003",
            "T1530",
            "T1580",
            "T1136.003",
        ],
    ),
    (
        "office365",
        &["T1078.004", "T1564.008", "T1114.003", "T1098.003", "T1566"],
    ),
    ("docker", &["T1609", "T1611", "T1610", "T1552.001"]),
    ("ids", &["T1071.001", "T1046", "T1190", "T1572", "T1048"]),
    ("vulnerability", &["T1190", "T1195.002"]),
    ("virustotal", &["T1204.002", "T1105"]),
];
/// For alerts of which nothing is known; also because an enum of nothing is refused by servers.
const ALWAYS: [&str; 5] = ["T1059", "T1078", "T1105", "T1190", "T1110"];

/// Returns ids that exist, best known first, at least five and at most 25.
pub(super) fn candidates(evidence: &Evidence) -> Vec<String> {
    let mut ids = rule_techniques(evidence);
    for fact in &evidence.facts {
        // Sysmon's own configuration names techniques in the rule name.
        let named = fact
            .value
            .split([',', ' '])
            .filter_map(|part| part.split_once("technique_id=").map(|(_, id)| id));
        ids.extend(named.map(str::to_owned));
    }
    ids.extend(rules::opinion(evidence).techniques().into_iter().map(str::to_owned));
    for (part, usual) in BY_GROUP {
        if evidence.groups.iter().any(|group| group.to_lowercase().contains(part)) {
            ids.extend(usual.iter().map(|id| (*id).to_owned()));
        }
    }
    let mut kept: Vec<String> = Vec::new();
    for id in ids.into_iter().chain(ALWAYS.map(str::to_owned)) {
        if kept.len() < MAX && technique_name(&id).is_some() && !kept.contains(&id) {
            kept.push(id);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_technique_of_the_map_exists() {
        for id in BY_GROUP.iter().flat_map(|(_, ids)| ids.iter()).chain(&ALWAYS) {
            assert!(technique_name(id).is_some(), "{id}");
        }
    }

    #[test]
    fn there_are_always_some_and_never_too_many() {
        let none = candidates(&Evidence::default());
        assert_eq!(none, ALWAYS);
        let groups = BY_GROUP.iter().map(|(group, _)| (*group).to_owned()).collect();
        let all = Evidence {
            groups,
            mitre: vec!["T1574.002".into(), "T1531".into()],
            ..Evidence::default()
        };
        let all = candidates(&all);
        assert_eq!(all.len(), MAX);
        assert_eq!(all[0], "T1531");
    }
}
