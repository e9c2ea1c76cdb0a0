//! What would happen with one alert, and why; nothing is sent and nothing is remembered.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use wazuh_model::Alert;

use super::courier::{load_rules, of_entry};
use super::delivery;
use super::ids::Ids;
use super::mapping::Mapping;
use super::noise::{self, Decision, Memory, Subject};
use super::ossec_conf;
use super::place::Place;
use super::queue::{Due, micros};
use super::replay::Foreign;
use super::source::{Route, is_whole};
use super::spool::{Destination, DestinationId};
use super::target::{Target, shown};
use crate::settings::{IrisSettings, Settings};
use crate::terminal::{self, Failure, read};

/// The decision and the body, or the bodies where several `<integration>` blocks make different ones.
#[derive(Debug, Serialize)]
pub(super) struct Explained {
    decision: &'static str,
    why: String,
    #[serde(flatten)]
    first: Sent,
    /// The others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<Sent>,
}

/// What one destination would get.
#[derive(Debug, Serialize)]
struct Sent {
    destination: String,
    /// Nothing where it is made only when it comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    uuid: Option<String>,
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
        for sent in std::iter::once(&self.first).chain(&self.also) {
            writeln!(f, "to        {}", sent.destination)?;
            let uuid = sent.uuid.as_deref();
            writeln!(
                f,
                "uuid      {}",
                uuid.unwrap_or("made when it comes: what is no alert says nothing of its own to make it from")
            )?;
            writeln!(
                f,
                "body for POST /alerts/add (ids as on a fresh IRIS 2.4; the courier resolves them by name):"
            )?;
            writeln!(f, "{}", serde_json::to_string_pretty(&sent.body).unwrap_or_default())?;
        }
        Ok(())
    }
}

/// Reads the file of an alert, where it is one that can be read: what is packed is no alert in another form.
pub(super) fn read_alert(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = read(path)?;
    match Foreign::of(&bytes) {
        None => {
            if holds_several(&bytes) {
                terminal::warn(
                    "this holds several alerts, one a line, and is taken as one text, as from the hook: give the line of one, such as \
                     `sed -n 1p FILE | custom-iris explain -`",
                );
            }
            Ok(bytes)
        }
        Some(foreign) => Err(Failure::failed(format!(
            "cannot read {}: {}",
            path.display(),
            foreign.refused(path, "explain")
        ))),
    }
}

/// Whether the first two lines are an alert each.
fn holds_several(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let mut next_is_whole = || lines.find(|line| !line.is_empty()).is_some_and(is_whole);
    next_is_whole() && next_is_whole()
}

/// Judges an alert as if it were the first of its kind, and maps it.
pub(super) fn explain(bytes: &[u8], settings: &Settings, place: &Place) -> Result<Explained, Failure> {
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
    let mut sent: Vec<Sent> = Vec::new();
    for destination in destinations(settings, place) {
        let target = target(&destination, settings)?;
        let body = delivery::body(&due, &target, &mapping, &Ids::of_a_fresh_server());
        let uuid = alert.is_ok().then(|| body.uuid.unwrap_or(uuid).to_string());
        let mut body = serde_json::to_value(&body).map_err(|error| Failure::failed(error.to_string()))?;
        if let (None, Some(fields)) = (&uuid, body.as_object_mut()) {
            fields.remove("alert_uuid");
        }
        let of = Some(destination.url).filter(|url| !url.is_empty());
        let of = of.or_else(|| settings.iris.base_url.clone());
        let of = of.map_or_else(|| "an IRIS that nobody has named yet".to_owned(), |url| shown(&url));
        // Blocks that differ in address or key only make one body.
        match sent.iter_mut().find(|other| other.body == body) {
            Some(other) if other.destination.split(", ").any(|there| there == of) => {}
            Some(other) => {
                other.destination.push_str(", ");
                other.destination.push_str(&of);
            }
            None => sent.push(Sent {
                destination: of,
                uuid,
                body,
            }),
        }
    }
    let mut sent = sent.into_iter();
    let first = sent
        .next()
        .ok_or_else(|| Failure::failed("there is no destination".to_owned()))?;
    Ok(Explained {
        decision,
        why,
        first,
        also: sent.collect(),
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
        Decision::Forward { .. } if !subject.is_read => (
            "forward",
            format!("the level of its rule cannot be read, and counts as {level}"),
        ),
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

/// Where alerts go: as the blocks in `ossec.conf` say, or else as the hook was told; and where those go that no hook brings.
fn destinations(settings: &Settings, place: &Place) -> Vec<Destination> {
    let root = place.spool.root();
    let mut route = Route::new(root.to_owned(), settings);
    let file = std::fs::read(&settings.ossec_conf).unwrap_or_default();
    let blocks = ossec_conf::blocks(&String::from_utf8_lossy(&file)).into_iter();
    let mut all: Vec<Destination> = blocks.map(|block| block.destination).collect();
    if all.is_empty() {
        let mut known = DestinationId::known(root);
        known.retain(|id| route.is_current(*id));
        all.extend(known.into_iter().filter_map(|id| Destination::recall(root, id).ok()));
    }
    let named = settings.iris.base_url.is_some();
    if all.is_empty() || (named && route.own() == DestinationId::SETTINGS) {
        all.push(Destination {
            url: String::new(),
            key: None,
            options: String::new(),
        });
    }
    all
}

/// A target that makes the same bodies: neither the address nor the key nor a certificate is in them, and any may be missing yet.
fn target(destination: &Destination, settings: &Settings) -> Result<Target, Failure> {
    let nowhere = Destination {
        url: "https://iris.invalid".to_owned(),
        key: Some("none".to_owned().into()),
        options: destination.options.clone(),
    };
    let plain = IrisSettings {
        ca_file: None,
        fingerprint: None,
        verify: true,
        ..settings.iris.clone()
    };
    Target::new(&nowhere, &plain).map_err(|error| Failure::configuration(error.to_string()))
}
