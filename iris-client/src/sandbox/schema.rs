//! What IRIS takes from a body: marshmallow's checks, in its order and its words.

use serde_json::{Map, Value};
use uuid::Uuid;

use jiff::civil::DateTime;

use super::{
    python::{is_falsy, repr, type_name},
    seed,
    state::State,
    stored::{StoredAlert, StoredAsset, StoredIoc},
    time,
};
use crate::AlertId;

/// A complaint in the words of IRIS: the `message` of its answer.
pub(super) type Complaint = String;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// An object of something related.
    Nested,
    /// A list of something related.
    Related,
    Int,
    Uuid,
    Text,
    Json,
    Time,
}

/// Name, kind, whether it must be there, whether it may be null.
const FIELDS: [(&str, Kind, bool, bool); 30] = [
    ("severity", Kind::Nested, false, false),
    ("status", Kind::Nested, false, false),
    ("customer", Kind::Nested, false, false),
    ("classification", Kind::Nested, false, false),
    ("owner", Kind::Nested, false, false),
    ("iocs", Kind::Nested, false, false),
    ("assets", Kind::Nested, false, false),
    ("resolution_status", Kind::Nested, false, false),
    ("cases", Kind::Related, false, false),
    ("comments", Kind::Related, false, false),
    ("alert_id", Kind::Int, false, false),
    ("alert_uuid", Kind::Uuid, false, false),
    ("alert_title", Kind::Text, true, false),
    ("alert_description", Kind::Text, false, true),
    ("alert_source", Kind::Text, false, true),
    ("alert_source_ref", Kind::Text, false, true),
    ("alert_source_link", Kind::Text, false, true),
    ("alert_source_content", Kind::Json, false, true),
    ("alert_severity_id", Kind::Int, true, false),
    ("alert_status_id", Kind::Int, true, false),
    ("alert_context", Kind::Json, false, true),
    ("alert_source_event_time", Kind::Time, false, false),
    ("alert_creation_time", Kind::Time, false, false),
    ("alert_note", Kind::Text, false, true),
    ("alert_tags", Kind::Text, false, true),
    ("alert_owner_id", Kind::Int, false, true),
    ("modification_history", Kind::Json, false, true),
    ("alert_customer_id", Kind::Int, true, false),
    ("alert_classification_id", Kind::Int, false, true),
    ("alert_resolution_status_id", Kind::Int, false, true),
];

/// A value that passed the checks.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Loaded {
    Null,
    Int(i64),
    Uuid(Uuid),
    Text(String),
    Json(Value),
    Time(DateTime),
    Ids(Vec<i64>),
}

/// What a body changes, by column.
pub(super) type Changes = Vec<(&'static str, Loaded)>;

/// Checks a body; `partial` for an update. Tags are remembered first, even if the rest fails.
pub(super) fn load(state: &mut State, data: &Map<String, Value>, partial: bool) -> Result<Changes, Complaint> {
    remember_tags(state, data.get("alert_tags"))?;
    let mut changes = Vec::new();
    let mut complaints = Vec::new();
    for (name, kind, required, nullable) in FIELDS {
        match (data.get(name), kind) {
            (None, _) if required && !partial => complaints.push((name, "Missing data for required field.")),
            (None, _) => {}
            (Some(Value::Null), _) if nullable => changes.push((name, Loaded::Null)),
            (Some(Value::Null), _) => complaints.push((name, "Field may not be null.")),
            (Some(value), kind) => match value_of(value, kind) {
                Ok(Some(loaded)) => changes.push((name, loaded)),
                Ok(None) => {}
                Err(complaint) => complaints.push((name, complaint)),
            },
        }
    }
    if complaints.is_empty() {
        return Ok(changes);
    }
    let parts: Vec<_> = complaints
        .iter()
        .map(|(name, text)| format!("'{name}': ['{text}']"))
        .collect();
    Err(format!("{{{}}}", parts.join(", ")))
}

fn value_of(value: &Value, kind: Kind) -> Result<Option<Loaded>, &'static str> {
    match kind {
        Kind::Int => integer(value)
            .map(|id| Some(Loaded::Int(id)))
            .ok_or("Not a valid integer."),
        Kind::Text => match value {
            Value::String(text) => Ok(Some(Loaded::Text(text.clone()))),
            _ => Err("Not a valid string."),
        },
        Kind::Uuid => {
            let uuid = value.as_str().and_then(|text| Uuid::parse_str(text).ok());
            uuid.map(|uuid| Some(Loaded::Uuid(uuid))).ok_or("Not a valid UUID.")
        }
        Kind::Time => {
            let time = value.as_str().and_then(time::parse_event);
            time.map(|time| Some(Loaded::Time(time))).ok_or("Not a valid datetime.")
        }
        Kind::Json => Ok(Some(Loaded::Json(value.clone()))),
        Kind::Related => match value {
            Value::Array(items) => Ok(Some(Loaded::Ids(items.iter().filter_map(integer).collect()))),
            _ => Err("Not a valid list."),
        },
        // IRIS would write through to the related row; nobody should, and the sandbox does not.
        Kind::Nested => Ok(None),
    }
}

/// What marshmallow takes as an integer.
pub(super) fn integer(value: &Value) -> Option<i64> {
    match value {
        #[expect(clippy::cast_possible_truncation, reason = "Python's int() cuts off, too")]
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|float| float as i64)),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn remember_tags(state: &mut State, tags: Option<&Value>) -> Result<(), Complaint> {
    match tags {
        Some(Value::String(text)) if !text.is_empty() => {
            for tag in text.split(',') {
                state.tags.insert(tag.trim().to_owned());
            }
            Ok(())
        }
        Some(other) if !is_falsy(other) => Err(no_attribute(other, "split")),
        Some(_) | None => Ok(()),
    }
}

/// `AttributeError`.
pub(super) fn no_attribute(value: &Value, attribute: &str) -> Complaint {
    format!("'{}' object has no attribute '{attribute}'", type_name(value))
}

/// Applies what passed the checks. `cases` is left to the caller, who knows which exist.
pub(super) fn apply(alert: &mut StoredAlert, changes: Changes) {
    for (column, value) in changes {
        match (column, value) {
            ("alert_id", Loaded::Int(id)) => alert.id = AlertId(id),
            ("alert_uuid", Loaded::Uuid(uuid)) => alert.uuid = uuid,
            ("alert_title", Loaded::Text(text)) => alert.title = text,
            ("alert_description", value) => alert.description = text(value),
            ("alert_source", value) => alert.source = text(value),
            ("alert_source_ref", value) => alert.source_ref = text(value),
            ("alert_source_link", value) => alert.source_link = text(value),
            ("alert_source_content", value) => alert.source_content = json(value),
            ("alert_severity_id", Loaded::Int(id)) => alert.severity_id = id,
            ("alert_status_id", Loaded::Int(id)) => alert.status_id = id,
            ("alert_context", value) => alert.context = json(value),
            ("alert_source_event_time", Loaded::Time(at)) => alert.event_time = at,
            ("alert_creation_time", Loaded::Time(at)) => alert.creation_time = at,
            ("alert_note", value) => alert.note = text(value),
            ("alert_tags", value) => alert.tags = text(value),
            ("alert_owner_id", value) => alert.owner_id = int(&value),
            ("modification_history", value) => alert.history = json(value),
            ("alert_customer_id", Loaded::Int(id)) => alert.customer_id = id,
            ("alert_classification_id", value) => alert.classification_id = int(&value),
            ("alert_resolution_status_id", value) => alert.resolution_id = int(&value),
            ("cases", Loaded::Ids(ids)) => alert.cases = ids,
            (_, _) => {}
        }
    }
}

fn text(value: Loaded) -> Option<String> {
    match value {
        Loaded::Text(text) => Some(text),
        Loaded::Null | Loaded::Int(_) | Loaded::Uuid(_) | Loaded::Json(_) | Loaded::Time(_) | Loaded::Ids(_) => None,
    }
}

fn int(value: &Loaded) -> Option<i64> {
    match value {
        Loaded::Int(id) => Some(*id),
        Loaded::Null | Loaded::Text(_) | Loaded::Uuid(_) | Loaded::Json(_) | Loaded::Time(_) | Loaded::Ids(_) => None,
    }
}

fn json(value: Loaded) -> Value {
    match value {
        Loaded::Json(value) => value,
        Loaded::Null | Loaded::Int(_) | Loaded::Text(_) | Loaded::Uuid(_) | Loaded::Time(_) | Loaded::Ids(_) => {
            Value::Null
        }
    }
}

/// Checks `alert_iocs`.
pub(super) fn load_iocs(state: &mut State, list: &Value) -> Result<Vec<StoredIoc>, Complaint> {
    let items = items_of(list)?;
    for item in &items {
        if let Some(id) = item.get("ioc_type_id").filter(|id| !is_falsy(id)) {
            let known = integer(id).is_some_and(|id| seed::entry(&seed::IOC_TYPES, id).is_some());
            if !known {
                return Err("{'ioc_type_id': ['Invalid IOC type ID']}".to_owned());
            }
        }
        remember_tags(state, item.get("ioc_tags"))?;
    }
    let mut complaints = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let complaint = match item.get("ioc_value") {
            None => Some("Missing data for required field."),
            Some(Value::Null) => Some("Field may not be null."),
            Some(Value::String(text)) if text.is_empty() => Some("Shorter than minimum length 1."),
            Some(Value::String(_)) => None,
            Some(_) => Some("Not a valid string."),
        };
        if let Some(complaint) = complaint {
            complaints.push(format!("{index}: {{'ioc_value': ['{complaint}']}}"));
        } else if optional_text(item, "ioc_tags").is_some_and(|tags| tags.chars().count() > 512) {
            complaints.push(format!("{index}: {{'ioc_tags': ['Longer than maximum length 512.']}}"));
        }
    }
    if !complaints.is_empty() {
        return Err(format!("{{{}}}", complaints.join(", ")));
    }
    Ok(items.into_iter().map(|item| ioc(state, item)).collect())
}

fn ioc(state: &mut State, item: &Map<String, Value>) -> StoredIoc {
    StoredIoc {
        id: state.next("ioc"),
        uuid: Uuid::new_v4(),
        value: optional_text(item, "ioc_value").unwrap_or_default(),
        type_id: item.get("ioc_type_id").and_then(integer),
        tlp_id: item.get("ioc_tlp_id").and_then(integer),
        description: optional_text(item, "ioc_description"),
        tags: optional_text(item, "ioc_tags"),
        enrichment: item.get("ioc_enrichment").cloned().unwrap_or_default(),
    }
}

/// Checks `alert_assets`.
pub(super) fn load_assets(state: &mut State, list: &Value) -> Result<Vec<StoredAsset>, Complaint> {
    let items = items_of(list)?;
    for item in &items {
        match item.get("asset_type_id") {
            None | Some(Value::Null) => {
                return Err("{'asset_type_id': ['Invalid data - non null expected']}".to_owned());
            }
            Some(id) => {
                let known = integer(id).is_some_and(|id| seed::entry(&seed::ASSET_TYPES, id).is_some());
                if !known {
                    return Err("{'asset_type_id': ['Invalid asset type ID']}".to_owned());
                }
            }
        }
        remember_tags(state, item.get("asset_tags"))?;
    }
    let mut complaints = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let complaint = match item.get("asset_name") {
            None => "Missing data for required field.",
            Some(Value::Null) => "Field may not be null.",
            Some(Value::String(_)) => continue,
            Some(_) => "Not a valid string.",
        };
        complaints.push(format!("{index}: {{'asset_name': ['{complaint}']}}"));
    }
    if !complaints.is_empty() {
        return Err(format!("{{{}}}", complaints.join(", ")));
    }
    Ok(items.into_iter().map(|item| asset(state, item)).collect())
}

fn asset(state: &mut State, item: &Map<String, Value>) -> StoredAsset {
    StoredAsset {
        id: state.next("asset"),
        uuid: Uuid::new_v4(),
        name: optional_text(item, "asset_name").unwrap_or_default(),
        type_id: item.get("asset_type_id").and_then(integer).unwrap_or_default(),
        ip: optional_text(item, "asset_ip"),
        domain: optional_text(item, "asset_domain"),
        description: optional_text(item, "asset_description"),
        tags: optional_text(item, "asset_tags"),
        info: optional_text(item, "asset_info"),
        enrichment: item.get("asset_enrichment").cloned().unwrap_or_default(),
    }
}

fn optional_text(item: &Map<String, Value>, name: &str) -> Option<String> {
    item.get(name)?.as_str().map(str::to_owned)
}

/// The objects of a list, complained about as Python's loop over it would.
fn items_of(list: &Value) -> Result<Vec<&Map<String, Value>>, Complaint> {
    let not_object = |value: &Value| no_attribute(value, "get");
    match list {
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_object().ok_or_else(|| not_object(item)))
            .collect(),
        // Both are iterated: characters of a text, keys of an object.
        Value::String(text) if text.is_empty() => Ok(Vec::new()),
        Value::Object(map) if map.is_empty() => Ok(Vec::new()),
        Value::String(_) | Value::Object(_) => Err("'str' object has no attribute 'get'".to_owned()),
        other => Err(format!("'{}' object is not iterable", type_name(other))),
    }
}

/// `KeyError` prints as its key.
pub(super) fn key_error(key: &str) -> Complaint {
    repr(key)
}
