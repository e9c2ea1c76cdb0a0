//! From an IRIS alert to what a triage may look at: the one place where IRIS, Wazuh and triage meet.

use iris_client::Alert;
use triage_core::{AlertFields, Redactor};

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
pub(super) fn of(alert: &Alert, redactor: &Redactor) -> Subject {
    let wazuh = alert
        .source_content
        .as_ref()
        .filter(|content| content.is_object())
        .and_then(|content| serde_json::to_vec(content).ok())
        .and_then(|bytes| wazuh_model::Alert::from_slice(&bytes).ok())
        .filter(|wazuh| wazuh.rule().id.is_some() || wazuh.rule().description.is_some());
    let fields = match &wazuh {
        Some(wazuh) => of_wazuh(wazuh, alert.title.as_deref(), redactor),
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

/// The fields of a Wazuh alert. What only the structure gives away, such as the words of a command, is masked here; the rest is
/// masked as text.
pub(super) fn of_wazuh(alert: &wazuh_model::Alert, title: Option<&str>, redactor: &Redactor) -> AlertFields {
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
        fields: leaves(alert, redactor),
    }
}

fn leaves(alert: &wazuh_model::Alert, redactor: &Redactor) -> Vec<(String, String)> {
    let mut value = alert.value().clone();
    if redactor.redact_neighbours(&mut value) == 0 {
        return alert.leaves();
    }
    // What was read and printed is read again; an alert that could not be would show nothing rather than a secret.
    wazuh_model::Alert::from_slice(value.to_string().as_bytes())
        .map(|masked| masked.leaves())
        .unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use triage_core::RedactorSettings;

    use super::*;

    #[test]
    fn a_secret_that_only_its_neighbours_give_away_is_no_fact() {
        let redactor = Redactor::new(RedactorSettings::default()).unwrap();
        for data in [
            r#"{"cmd":["curl","-u","bob:Dingo88xY","http://h/"]}"#,
            r#"{"cmd":["sshpass","-p","Dingo88xY","ssh","h"]}"#,
            r#"{"cmd":["psql","--password","Dingo88xY","-c","select 1"]}"#,
            r#"{"cmd":["net","use","\\\\h\\s","Dingo88xY"]}"#,
            r#"{"pairs":[{"name":"DB_PASSWORD","value":"Dingo88xY"},{"name":"TZ","value":"UTC"}]}"#,
        ] {
            let line = format!(r#"{{"rule":{{"id":"1","level":3,"description":"d"}},"data":{data}}}"#);
            let alert = wazuh_model::Alert::from_slice(line.as_bytes()).unwrap();
            let fields = of_wazuh(&alert, None, &redactor).fields;
            assert!(
                fields.iter().all(|(_, text)| !text.contains("Dingo88xY")) && fields.len() >= 4,
                "{fields:?}"
            );
        }
    }
}
