//! What makes an alert itself, however it was read.

use memchr::memmem;
use serde_json::json;
use uuid::Uuid;

use crate::rule::owned;
use crate::{Alert, Generation, json, text};

/// Namespace of [`Alert::uuid`]. Documented so that others can compute the same id: the UUID of version 5 of the name
/// `wazuh-iris.alert` in RFC 9562's DNS namespace.
pub const ALERT_NAMESPACE: Uuid = Uuid::from_u128(0x35e30e68_57b9_5f69_ac4e_ecd0998fca9e);

/// Longest [`Alert::source_ref`], in bytes.
const MAX_SOURCE_REF: usize = 200;

pub(crate) fn uuid(alert: &Alert) -> Uuid {
    // integratord's strings end at a NUL: whoever reads the raw line has to see the alert as it will be re-serialised.
    if let Some(cut) = as_integratord_keeps_it(alert) {
        return of(&cut);
    }
    of(alert)
}

fn of(alert: &Alert) -> Uuid {
    let name = key(alert).unwrap_or_else(|| json::canonical(alert.body()));
    Uuid::new_v5(&ALERT_NAMESPACE, name.as_bytes())
}

pub(crate) fn source_ref(alert: &Alert) -> String {
    if let Some(cut) = as_integratord_keeps_it(alert) {
        return reference(&cut);
    }
    reference(alert)
}

fn reference(alert: &Alert) -> String {
    let agent = alert
        .agent()
        .and_then(|agent| agent.id.as_deref().or(agent.name.as_deref()));
    let agentless = || alert.text_of("agentless.host");
    let id = alert
        .id()
        .map_or_else(|| of(alert).simple().to_string()[..8].to_owned(), str::to_owned);
    let parts = [node(alert).unwrap_or("-"), agent.or_else(agentless).unwrap_or("-"), &id];
    let line: String = parts
        .join("/")
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    text::cut(&line, MAX_SOURCE_REF).to_owned()
}

/// The JSON list of what identifies an alert, if it is all there.
fn key(alert: &Alert) -> Option<String> {
    let body = alert.body();
    let timestamp = match alert.generation() {
        Generation::Four => owned(&body["timestamp"]).or_else(|| owned(&body["@timestamp"])),
        // A finding's `timestamp` is the event's, and whoever makes up the name of a finding does not know it.
        Generation::Five => owned(&body["@timestamp"]),
    }?;
    let parts = [node(alert)?, alert.id()?, &timestamp, alert.rule().id.as_deref()?];
    Some(json::canonical(&json!(parts)))
}

fn as_integratord_keeps_it(alert: &Alert) -> Option<Alert> {
    memmem::find(alert.original(), b"\\u0000")?;
    let cut = json::read_as_integratord(alert.original())?;
    Alert::from_slice(cut.to_string().as_bytes()).ok()
}

fn node(alert: &Alert) -> Option<&str> {
    alert
        .cluster_node()
        .or_else(|| alert.manager())
        .or_else(|| alert.text_of("wazuh.cluster.name"))
}
