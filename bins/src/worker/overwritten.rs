//! What an update of ours wrote over in the moment between its read and its write, as far as IRIS's history tells.

use iris_client::Alert;
use serde_json::Value;
use triage_core::workflow::{TagNames, TagSet};

/// Tags that others set or took away, and an owner, which an update wrote over. IRIS says nothing of notes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Overwritten {
    added: Vec<String>,
    removed: Vec<String>,
    pub(super) owner: Option<i64>,
}

impl Overwritten {
    /// Compares what was read before an update with what IRIS found when it carried it out; `None` where both are the same.
    pub(super) fn by(answer: &Alert, read: &TagSet, sent: &TagSet, names: &TagNames) -> Option<Self> {
        let action = last_action(answer)?;
        let found = between(action, "\"alert_tags\" from \"", &format!("\" to \"{sent}\""));
        let owner = between(action, "\"alert_owner_id\" from \"", "\" to \"-1\"");
        let mut over = Self {
            owner: owner.and_then(|owner| owner.parse().ok()),
            ..Self::default()
        };
        if let Some(found) = found.map(TagSet::parse) {
            let foreign = |tag: &&str| !names.owns(tag);
            let only = |one: &TagSet, other: &TagSet| -> Vec<String> {
                let rest = one.iter().filter(foreign).filter(|tag| !other.contains(tag));
                rest.map(str::to_owned).collect()
            };
            (over.added, over.removed) = (only(&found, read), only(read, &found));
        }
        (over != Self::default()).then_some(over)
    }

    /// Does to other tags what had been done to those that were written over.
    pub(super) fn again(&self, tags: &TagSet) -> TagSet {
        let mut tags = tags.clone();
        for tag in &self.removed {
            tags = tags.without(tag);
        }
        for tag in &self.added {
            tags = tags.with(tag);
        }
        tags
    }
}

/// What the newest entry of the history says.
fn last_action(answer: &Alert) -> Option<&str> {
    let seconds = |key: &str| key.parse::<f64>().unwrap_or(0.0);
    let history = answer.history.as_ref()?;
    let newest = history.iter().max_by(|a, b| seconds(a.0).total_cmp(&seconds(b.0)))?;
    newest.1.get("action").and_then(Value::as_str)
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(action: &str, read: &str, sent: &str) -> Option<Overwritten> {
        let history = serde_json::json!({
            "alert_id": 7,
            "modification_history": {
                "1795404491.342327": { "user": "ann", "action": "created" },
                "1795404499.1": { "user": "svc", "action": action },
            },
        });
        let answer: Alert = serde_json::from_value(history).unwrap();
        Overwritten::by(
            &answer,
            &TagSet::parse(read),
            &TagSet::parse(sent),
            &TagNames::default(),
        )
    }

    #[test]
    fn tags_that_came_and_went_in_between_are_found_and_done_again() {
        let action = "updated alert: \"alert_tags\" from \"b,vip,ai-pending\" to \"a,b,ai-reviewed\",\"alert_note\"";
        let over = over(action, "a,b,ai-pending", "a,b,ai-reviewed").unwrap();
        assert_eq!(
            over.again(&TagSet::parse("a,b,ai-reviewed")).to_string(),
            "b,ai-reviewed,vip"
        );
    }

    #[test]
    fn an_owner_who_came_in_between_is_found() {
        let action =
            "updated alert: \"alert_tags\" from \"ai-pending\" to \"x\",\"alert_owner_id\" from \"5\" to \"-1\"";
        assert_eq!(over(action, "ai-pending", "x").unwrap().owner, Some(5));
    }

    #[test]
    fn where_nothing_came_in_between_there_is_nothing_to_do() {
        for action in [
            "updated alert: \"alert_tags\" from \"a,ai-pending\" to \"a,ai-reviewed\"",
            "updated alert: \"alert_tags\" from \"a,ai-processing\" to \"a,ai-reviewed\",\"alert_owner_id\" from \"None\" to \"-1\"",
            "updated alert: \"alert_note\"",
            "updated alert: \"alert_tags\" from \"a,vip\" to \"by somebody else\"",
        ] {
            assert_eq!(over(action, "a,ai-pending", "a,ai-reviewed"), None, "{action}");
        }
    }
}
