//! What noise reduction looks at in an alert.

use wazuh_model::Alert;

/// The few things that decide, taken from an alert once.
#[derive(Debug, Clone)]
pub struct Subject<'a> {
    /// The alert itself, for allowlist rules; `None` in tests.
    pub alert: Option<&'a Alert>,
    /// Rule level; 0 where there is none.
    pub level: u8,
    /// Rule id.
    pub rule: Option<String>,
    /// Agent id, or its name.
    pub agent: String,
    /// Whether the rule names an ATT&CK technique.
    pub has_mitre: bool,
    /// Alerts with the same key are repeats of each other.
    pub fingerprint: String,
    /// Values whose novelty reopens a window.
    pub distinct: Vec<(String, String)>,
    /// Whether it tells of a success, as opposed to a failure.
    pub success: bool,
    /// Its own time, or else the time of its arrival, in microseconds since 1970.
    pub time_us: i64,
}

impl<'a> Subject<'a> {
    /// Looks at an alert that arrived at this time.
    pub fn of(alert: &'a Alert, received_us: i64) -> Self {
        let rule = alert.rule();
        let fingerprint = alert.fingerprint();
        Self {
            alert: Some(alert),
            level: rule.level.unwrap_or(0),
            rule: rule.id.clone(),
            agent: alert
                .agent()
                .and_then(|agent| agent.id.clone().or_else(|| agent.name.clone()))
                .unwrap_or_default(),
            has_mitre: !rule.mitre.ids.is_empty(),
            success: fingerprint.outcome == Some(wazuh_model::Outcome::Success),
            distinct: fingerprint
                .distinct
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
            fingerprint: fingerprint.key,
            time_us: alert.time().map_or(received_us, jiff::Timestamp::as_microsecond),
        }
    }

    /// What bursts are counted by.
    pub fn pair(&self) -> String {
        format!("{}|{}", self.rule.as_deref().unwrap_or("-"), self.agent)
    }

    /// A subject without an alert behind it.
    #[cfg(test)]
    pub(crate) fn for_test(rule: &str, agent: &str) -> Self {
        Self {
            alert: None,
            level: 10,
            rule: Some(rule.to_owned()),
            agent: agent.to_owned(),
            has_mitre: false,
            fingerprint: format!("{rule}|{agent}"),
            distinct: Vec::new(),
            success: false,
            time_us: 1_768_900_000_000_000,
        }
    }
}
