//! What would happen with one alert, and why; nothing is sent and nothing is remembered.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use wazuh_model::Alert;

use super::courier::{load_rules, of_entry};
use super::delivery;
use super::ids::Ids;
use super::mapping::Mapping;
use super::noise::{self, Decision, Memory, Subject};
use super::queue::{Due, micros};
use super::spool::{Destination, DestinationId, Spool};
use super::target::Target;
use crate::settings::{IrisSettings, Settings};
use crate::terminal::Failure;

/// The decision and the body.
#[derive(Debug, Serialize)]
pub(super) struct Explained {
    decision: &'static str,
    why: String,
    uuid: String,
    body: Value,
}

impl Explained {
    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "decision  {}", self.decision)?;
        writeln!(f, "why       {}", self.why)?;
        writeln!(f, "uuid      {}", self.uuid)?;
        writeln!(
            f,
            "body for POST /alerts/add (ids as on a fresh IRIS 2.4; the courier resolves them by name):"
        )?;
        f.write_str(&serde_json::to_string_pretty(&self.body).unwrap_or_default())
    }
}

/// Judges an alert as if it were the first of its kind, and maps it.
pub(super) fn explain(bytes: &[u8], settings: &Settings, spool: &Spool) -> Result<Explained, Failure> {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let rules = load_rules(settings).map_err(|error| Failure::configuration(error.to_string()))?;
    let mapping = Mapping::new(&settings.forward)
        .map_err(|error| Failure::configuration(error.to_string()))?
        .under(Arc::clone(rules.allowlist()));
    let now_us = micros(std::time::SystemTime::now());
    let alert = Alert::from_slice(bytes);
    let (decision, why) = match &alert {
        Ok(alert) => {
            let subject = Subject::of(alert, now_us);
            let (decision, _) = noise::judge(&subject, &Memory::default(), &rules);
            if decision == Decision::Gate && rules.suppresses(&subject) {
                (
                    "gate",
                    "forward.suppress_rules or forward.suppress_agents names its rule or agent".to_owned(),
                )
            } else {
                reason(&decision, &subject, settings)
            }
        }
        Err(error) => ("forward", format!("it is no alert ({error}); it is delivered as text")),
    };
    let uuid = alert.as_ref().map_or_else(|_| of_entry("explain"), Alert::uuid);
    let due = Due {
        seq: 0,
        destination: DestinationId::SETTINGS,
        uuid,
        received_us: now_us,
        bytes: bytes.to_vec(),
        storm: false,
        degraded: false,
        attempts: 0,
        folded: None,
    };
    let target = target(settings, spool)?;
    let body = delivery::body(&due, &target, &mapping, &Ids::of_a_fresh_server());
    let body = serde_json::to_value(&body).map_err(|error| Failure::failed(error.to_string()))?;
    Ok(Explained {
        decision,
        why,
        uuid: uuid.to_string(),
        body,
    })
}

fn reason(decision: &Decision, subject: &Subject<'_>, settings: &Settings) -> (&'static str, String) {
    let level = subject.level;
    let least = settings.forward.min_level;
    match decision {
        Decision::Allow(rule) => ("allow", format!("allowlist rule `{rule}` hides it")),
        Decision::Gate => (
            "gate",
            format!("level {level} is below {least}, and neither ATT&CK nor forward.rules lets it through"),
        ),
        Decision::Fold(_) => ("fold", "it repeats an alert of an open window".to_owned()),
        Decision::Repeat => ("repeat", "its id was seen before".to_owned()),
        Decision::Park(why) => ("park", why.clone()),
        Decision::Forward { .. } if level >= least => ("forward", format!("level {level} is at least {least}")),
        Decision::Forward { .. } if subject.has_mitre => (
            "forward",
            format!("level {level} is below {least}, but its rule names an ATT&CK technique"),
        ),
        Decision::Forward { .. } => (
            "forward",
            format!("level {level} is below {least}, but forward.rules names its rule"),
        ),
    }
}

/// The destination of the settings; where they name none, one that is good enough to show a body.
fn target(settings: &Settings, spool: &Spool) -> Result<Target, Failure> {
    if let Ok(target) = Target::open(spool.root(), DestinationId::SETTINGS, &settings.iris) {
        return Ok(target);
    }
    let nowhere = Destination {
        url: "https://iris.invalid".to_owned(),
        key: Some("none".to_owned().into()),
        options: String::new(),
    };
    let plain = IrisSettings {
        ca_file: None,
        fingerprint: None,
        verify: true,
        ..settings.iris.clone()
    };
    Target::new(&nowhere, &plain).map_err(|error| Failure::configuration(error.to_string()))
}
