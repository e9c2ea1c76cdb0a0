//! What noise reduction looks at in an alert.

use serde_json::Value;
use triage_core::FlagScanner;
use wazuh_model::{Alert, Band, Generation, Outcome, Rule};

use super::appeal::{Appeal, each_string, is_log};

/// Most users and sources of one alert that a later success is compared with.
const MOST_ORIGINS: usize = 4;

/// How much later than a success the failure may be written that it came after, in microseconds: events come a little out of order.
const DISORDER_US: i64 = 60_000_000;

/// The few things that decide, taken from an alert once.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an answer of its own about one alert"
)]
pub struct Subject<'a> {
    /// The alert itself, for allowlist rules; `None` in tests.
    pub alert: Option<&'a Alert>,
    /// Rule level, as [`level`] counts it.
    pub level: u8,
    /// Not so where it has a rule whose level nobody can read, or none that anybody can: that is no reason to hide it.
    pub is_read: bool,
    /// Rule id.
    pub rule: Option<String>,
    /// Agent id, or its name.
    pub agent: String,
    /// Whether the rule names an ATT&CK technique.
    pub has_mitre: bool,
    /// Alerts with the same key are repeats of each other.
    pub fingerprint: String,
    /// Whether what has the same fingerprint is surely a repeat of it.
    pub is_certain: bool,
    /// Values whose novelty reopens a window.
    pub distinct: Vec<(String, String)>,
    /// Whether it tells of a success, as opposed to a failure.
    pub success: bool,
    /// Whom a failure came from or was meant for, and so whose success after it is news; as keys, with the agent.
    pub origins: Vec<String>,
    /// Whether it tells of a failure.
    pub failure: bool,
    /// When it came, in microseconds since 1970.
    pub received_us: i64,
    /// Its own time, or else the time of its arrival, in microseconds since 1970.
    pub time_us: i64,
    /// The time that windows and limits go by. Never after its arrival; and not the time of a finding of Wazuh 5, which whoever
    /// causes the event may choose.
    pub paced_us: i64,
}

impl<'a> Subject<'a> {
    /// Looks at an alert that arrived at this time.
    pub fn of(alert: &'a Alert, received_us: i64) -> Self {
        let rule = alert.rule();
        let fingerprint = alert.fingerprint();
        let agent = alert
            .agent()
            .and_then(|agent| agent.id.clone().or_else(|| agent.name.clone()))
            .unwrap_or_default();
        let origins = origins(&agent, &fingerprint);
        let time_us = alert.time().map_or(received_us, jiff::Timestamp::as_microsecond);
        Self {
            alert: Some(alert),
            level: level(alert),
            is_read: rule.level.is_some() || !has_rule(alert),
            rule: rule.id.clone(),
            agent,
            has_mitre: !rule.mitre.ids.is_empty(),
            success: fingerprint.outcome == Some(Outcome::Success),
            failure: fingerprint.outcome == Some(Outcome::Failure),
            origins,
            received_us,
            is_certain: fingerprint.is_certain(),
            distinct: fingerprint
                .distinct
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
            fingerprint: fingerprint.key,
            time_us,
            paced_us: match alert.generation() {
                Generation::Four => time_us.min(received_us),
                Generation::Five => received_us,
            },
        }
    }

    /// The latest time of a failure that this one may have come after: a success from an old file is none after those of today.
    pub fn latest_failure_us(&self) -> i64 {
        self.paced_us.saturating_add(DISORDER_US)
    }

    /// Which agent it is of and, where it tells of a success or a failure, from which source: what the key says of a repeat, a storm
    /// has to be told.
    pub fn place(&self) -> Vec<(String, String)> {
        let mut place = vec![("agent".to_owned(), self.agent.clone())];
        let sources = self.origins.iter().filter_map(|origin| {
            let (name, source) = origin.strip_prefix(&self.agent)?.strip_prefix('|')?.split_once('|')?;
            (name == "source").then(|| (name.to_owned(), source.to_owned()))
        });
        place.extend(sources);
        place
    }

    /// What bursts are counted by. The agent first: alerts that come together are mostly of one, and so are their pairs in the queue.
    pub fn pair(&self) -> String {
        format!("{}|{}", self.agent, self.rule.as_deref().unwrap_or("-"))
    }

    /// What storms are told by.
    pub fn storm(&self) -> &str {
        self.rule.as_deref().unwrap_or("-")
    }

    /// What in it speaks to whoever reads it, as a few digits that are the same for the same words; `None` where nothing does. Costs more
    /// than anything else here.
    pub fn appeal(&self, scanner: &FlagScanner) -> Option<String> {
        // The rule's own words are Wazuh's; its description may hold fields of the event.
        let ours = |path: &str| path.starts_with("rule.") && path != "rule.description";
        let mut appeal = Appeal::default();
        self.alert?.any_leaf(|path, text| {
            let mut look = |text: &str| {
                if scanner.is_suspicious(text) {
                    appeal.add(text);
                }
            };
            let is_looked_at = ours(path) || (is_log(path) && each_string(text, &mut look));
            if !is_looked_at {
                look(text);
            }
            false
        });
        appeal.digits()
    }

    /// A subject without an alert behind it.
    #[cfg(test)]
    pub(crate) fn for_test(rule: &str, agent: &str) -> Self {
        Self {
            alert: None,
            level: 10,
            is_read: true,
            rule: Some(rule.to_owned()),
            agent: agent.to_owned(),
            has_mitre: false,
            fingerprint: format!("{rule}|{agent}"),
            is_certain: true,
            distinct: Vec::new(),
            success: false,
            failure: false,
            origins: Vec::new(),
            received_us: 0,
            time_us: 1_768_900_000_000_000,
            paced_us: 1_768_900_000_000_000,
        }
    }

    /// The same so many seconds later.
    #[cfg(test)]
    pub(crate) fn later(mut self, seconds: i64) -> Self {
        self.time_us += seconds * 1_000_000;
        self.paced_us += seconds * 1_000_000;
        self
    }
}

/// The level that an alert counts as: that of its rule, and a medium one where it cannot be read. 0 without a rule.
pub fn level(alert: &Alert) -> u8 {
    let unread = || if has_rule(alert) { Band::Medium.level() } else { 0 };
    alert.rule().level.unwrap_or_else(unread)
}

fn has_rule(alert: &Alert) -> bool {
    // Whatever stands there, even what nobody can read as a rule or a level: that is no reason to hide the alert.
    let at = |path| alert.get(path).is_some_and(|value| !is_empty(value));
    let is_rule = match alert.generation() {
        // The event's own `rule` is none of a finding of Wazuh 5.
        Generation::Five => at("wazuh.rule"),
        Generation::Four => at("rule") || at("wazuh.rule"),
    };
    is_rule || *alert.rule() != Rule::default() || alert.get("rule.level").is_some()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn origins(agent: &str, fingerprint: &wazuh_model::Fingerprint) -> Vec<String> {
    if fingerprint.outcome.is_none() {
        return Vec::new();
    }
    let mut origins: Vec<String> = fingerprint
        .parts
        .iter()
        .chain(&fingerprint.distinct)
        .filter(|(_, value)| value != "∅")
        .filter_map(|(name, value)| {
            // Who is tried and who then acts is one account.
            let name = match *name {
                "source" => "source",
                "user" | "target_user" => "user",
                _ => return None,
            };
            Some(format!("{agent}|{name}|{value}"))
        })
        .collect();
    // However many accounts an alert names, it has one source.
    let of_source = format!("{agent}|source|");
    origins.sort_by_key(|origin| !origin.starts_with(&of_source));
    origins.truncate(MOST_ORIGINS);
    origins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_was_tried_is_whoever_then_acts() {
        let origins = |user: &str, group: &str| {
            let text = format!(
                r#"{{"rule":{{"id":"1","groups":["{group}"]}},"agent":{{"id":"001"}},"data":{{"srcip":"203.0.113.9","{user}":"root"}}}}"#
            );
            let alert = Alert::from_slice(text.as_bytes()).unwrap();
            Subject::of(&alert, 0).origins
        };
        let tried = origins("dstuser", "authentication_failed");
        assert_eq!(tried, ["001|source|203.0.113.9", "001|user|root"]);
        assert_eq!(tried, origins("srcuser", "authentication_success"));
    }

    #[test]
    fn many_accounts_in_one_alert_do_not_hide_where_it_came_from() {
        let text = r#"{"rule":{"id":"1","groups":["x"]},"agent":{"id":"001"},"full_log":"x","data":{"outcome":"failure","items":[{"srcuser":"a"},{"srcuser":"b"},{"srcuser":"c"},{"srcuser":"d"}],"srcip":"203.0.113.9"}}"#;
        let alert = Alert::from_slice(text.as_bytes()).unwrap();
        let origins = Subject::of(&alert, 0).origins;
        assert_eq!(origins[..2], ["001|source|203.0.113.9", "001|user|a"]);
        assert_eq!(origins.len(), MOST_ORIGINS);
    }

    #[test]
    fn limits_go_by_the_time_that_the_manager_wrote_and_not_by_one_that_the_event_brought() {
        let paced = |text: &str| {
            let alert = Alert::from_slice(text.as_bytes()).unwrap();
            Subject::of(&alert, 1_768_900_000_000_000).paced_us
        };
        let rule = r#""rule":{"id":"1","level":9}"#;
        let at = |time: &str| format!(r#"{{"timestamp":"{time}",{rule}}}"#);
        assert_eq!(paced(&at("2026-01-20T09:02:17.037+0000")), 1_768_899_737_037_000);
        assert_eq!(paced(&at("2031-01-20T09:02:17.037+0000")), 1_768_900_000_000_000);
        let finding = r#"{"@timestamp":"2026-01-20T09:02:17.037Z","wazuh":{"rule":{"id":"u","level":"high"}}}"#;
        assert_eq!(paced(finding), 1_768_900_000_000_000);
    }
}
