//! An alert as IRIS gives it back.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{AlertId, CustomerId};

/// An alert as IRIS gives it back.
///
/// Every field but the id is optional, because a filter may ask for few; fields that are not known here are kept in `extra`.
///
/// ```
/// use iris_client::Alert;
/// let alert: Alert = serde_json::from_str(r#"{"alert_id": 7, "alert_tags": "a, ai-pending,,b", "novel": 1}"#).unwrap();
/// assert_eq!(alert.tag_list().collect::<Vec<_>>(), ["a", "ai-pending", "b"]);
/// assert_eq!(alert.extra["novel"], 1);
/// assert_eq!(alert.title, None);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Number in IRIS.
    #[serde(rename = "alert_id")]
    pub id: AlertId,
    /// Unique key; ours if we chose it.
    #[serde(rename = "alert_uuid", default, skip_serializing_if = "Option::is_none")]
    pub uuid: Option<Uuid>,
    /// Title.
    #[serde(rename = "alert_title", default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Description.
    #[serde(rename = "alert_description", default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Product that raised it.
    #[serde(rename = "alert_source", default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Id in that product.
    #[serde(rename = "alert_source_ref", default, skip_serializing_if = "Option::is_none")]
    pub source_ref: Option<String>,
    /// Where to see it in that product.
    #[serde(rename = "alert_source_link", default, skip_serializing_if = "Option::is_none")]
    pub source_link: Option<String>,
    /// The alert as that product wrote it; `null` reads as `None`.
    #[serde(rename = "alert_source_content", default, skip_serializing_if = "Option::is_none")]
    pub source_content: Option<Value>,
    /// Context; `null` reads as `None`.
    #[serde(rename = "alert_context", default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Value>,
    /// Tags as they are stored: one comma separated string, spaces and empty ones included.
    #[serde(rename = "alert_tags", default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<String>,
    /// Note.
    #[serde(rename = "alert_note", default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Owner, `None` for nobody (or not asked for).
    #[serde(rename = "alert_owner_id", default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<i64>,
    /// Severity, as an id of this server.
    #[serde(rename = "alert_severity_id", default, skip_serializing_if = "Option::is_none")]
    pub severity_id: Option<i64>,
    /// Status, as an id of this server.
    #[serde(rename = "alert_status_id", default, skip_serializing_if = "Option::is_none")]
    pub status_id: Option<i64>,
    /// Customer.
    #[serde(rename = "alert_customer_id", default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<CustomerId>,
    /// Resolution, as an id of this server.
    #[serde(
        rename = "alert_resolution_status_id",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub resolution_id: Option<i64>,
    /// Classification, as an id of this server.
    #[serde(rename = "alert_classification_id", default, skip_serializing_if = "Option::is_none")]
    pub classification_id: Option<i64>,
    /// When it happened: UTC without an offset, `2026-11-22T10:11:12.345000`.
    #[serde(rename = "alert_source_event_time", default, skip_serializing_if = "Option::is_none")]
    pub event_time: Option<String>,
    /// When it was stored: UTC without an offset.
    #[serde(rename = "alert_creation_time", default, skip_serializing_if = "Option::is_none")]
    pub creation_time: Option<String>,
    /// Who changed what; keys are seconds since 1970. `None` after some failures of IRIS.
    #[serde(rename = "modification_history", default, skip_serializing_if = "Option::is_none")]
    pub history: Option<Map<String, Value>>,
    /// Indicators.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    pub iocs: Vec<Ioc>,
    /// Systems and accounts concerned.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    pub assets: Vec<Asset>,
    /// Everything else, as it came.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Alert {
    /// Reads the tags one by one, trimmed, without the empty ones.
    pub fn tag_list(&self) -> impl Iterator<Item = &str> {
        self.tags
            .as_deref()
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .filter(|tag| !tag.is_empty())
    }

    /// Says whether the alert carries exactly this tag, which a filter by tag does not: it finds parts of words, too.
    pub fn has_tag(&self, tag: &str) -> bool {
        self.tag_list().any(|own| own == tag)
    }
}

/// An indicator of an alert.
///
/// ```
/// let ioc: iris_client::Ioc = serde_json::from_str(r#"{"ioc_value": "203.0.113.9", "ioc_type_id": 79}"#).unwrap();
/// assert_eq!(ioc.value.as_deref(), Some("203.0.113.9"));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ioc {
    /// Number in IRIS.
    #[serde(rename = "ioc_id", default, skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// Unique key.
    #[serde(rename = "ioc_uuid", default, skip_serializing_if = "Option::is_none")]
    pub uuid: Option<Uuid>,
    /// The indicator.
    #[serde(rename = "ioc_value", default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Type, as an id of this server.
    #[serde(rename = "ioc_type_id", default, skip_serializing_if = "Option::is_none")]
    pub type_id: Option<i64>,
    /// Who may know it, as an id of this server.
    #[serde(rename = "ioc_tlp_id", default, skip_serializing_if = "Option::is_none")]
    pub tlp_id: Option<i64>,
    /// What it is.
    #[serde(rename = "ioc_description", default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// One comma separated string.
    #[serde(rename = "ioc_tags", default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<String>,
    /// Everything else, as it came.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A system or account concerned by an alert.
///
/// ```
/// let asset: iris_client::Asset = serde_json::from_str(r#"{"asset_name": "web-01", "asset_type_id": 3}"#).unwrap();
/// assert_eq!(asset.type_id, Some(3));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asset {
    /// Number in IRIS.
    #[serde(rename = "asset_id", default, skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// Unique key.
    #[serde(rename = "asset_uuid", default, skip_serializing_if = "Option::is_none")]
    pub uuid: Option<Uuid>,
    /// Name.
    #[serde(rename = "asset_name", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Type, as an id of this server.
    #[serde(rename = "asset_type_id", default, skip_serializing_if = "Option::is_none")]
    pub type_id: Option<i64>,
    /// Address.
    #[serde(rename = "asset_ip", default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// Domain.
    #[serde(rename = "asset_domain", default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// What it is.
    #[serde(rename = "asset_description", default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// One comma separated string.
    #[serde(rename = "asset_tags", default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<String>,
    /// Everything else, as it came.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

fn null_is_empty<'de, D: Deserializer<'de>, T: Deserialize<'de>>(input: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(input)?.unwrap_or_default())
}
