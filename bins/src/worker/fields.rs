//! From an IRIS alert to what a triage may look at: the one place where IRIS, Wazuh and triage meet.

use iris_client::Alert;
use triage_core::AlertFields;

/// What a review is about.
#[derive(Debug, Default)]
pub(super) struct Subject {
    pub(super) fields: AlertFields,
    /// The alert in words for people, where it stands in IRIS.
    pub(super) label: Option<String>,
    /// What it is the same thing as, agent included; `None` for an alert that is not Wazuh's.
    pub(super) fingerprint: Option<String>,
}

/// Takes the Wazuh alert out of the source content; an alert of anybody else is taken by its title and description.
pub(super) fn of(alert: &Alert) -> Subject {
    let wazuh = alert
        .source_content
        .as_ref()
        .filter(|content| content.is_object())
        .and_then(|content| serde_json::to_vec(content).ok())
        .and_then(|bytes| wazuh_model::Alert::from_slice(&bytes).ok())
        .filter(|wazuh| wazuh.rule().id.is_some() || wazuh.rule().description.is_some());
    let fields = match &wazuh {
        Some(wazuh) => of_wazuh(wazuh, alert.title.as_deref()),
        None => of_text(alert),
    };
    Subject {
        fields,
        label: Some(format!("alert #{}", alert.id)),
        fingerprint: wazuh.as_ref().map(fingerprint),
    }
}

/// Some families of alerts are the same thing on all agents; a verdict is not.
fn fingerprint(alert: &wazuh_model::Alert) -> String {
    let agent = alert.agent();
    let part = |part: Option<&String>| part.cloned().unwrap_or_default();
    let id = part(agent.and_then(|agent| agent.id.as_ref()));
    let name = part(agent.and_then(|agent| agent.name.as_ref()));
    format!("{}/{id}/{name}", alert.fingerprint().key)
}

/// The fields of a Wazuh alert.
pub(super) fn of_wazuh(alert: &wazuh_model::Alert, title: Option<&str>) -> AlertFields {
    let rule = alert.rule();
    AlertFields {
        title: rule
            .description
            .clone()
            .or_else(|| title.map(str::to_owned))
            .unwrap_or_default(),
        rule_id: rule.id.clone(),
        level: rule.level,
        groups: rule.groups.clone(),
        mitre: rule.mitre.ids.clone(),
        fields: alert.leaves(),
    }
}

fn of_text(alert: &Alert) -> AlertFields {
    let mut fields = Vec::new();
    let mut put = |path: &str, value: Option<&String>| {
        if let Some(value) = value.filter(|value| !value.trim().is_empty()) {
            fields.push((path.to_owned(), value.clone()));
        }
    };
    put("title", alert.title.as_ref());
    put("source", alert.source.as_ref());
    put("description", alert.description.as_ref());
    AlertFields {
        title: alert.title.clone().unwrap_or_default(),
        fields,
        ..AlertFields::default()
    }
}
