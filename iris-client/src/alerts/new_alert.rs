//! An alert to be made, as a value.

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::CustomerId;

/// An alert to be made. It serializes to the exact body of the request; `None` and empty lists are left out.
///
/// There is deliberately no alert id here: IRIS would overwrite the alert of that id and answer 200.
///
/// ```
/// use iris_client::{CustomerId, NewAlert, NewIoc};
/// use uuid::Uuid;
///
/// let alert = NewAlert::new("sshd: brute force", 5, 2, CustomerId(1))
///     .uuid(Uuid::nil())
///     .source("Wazuh")
///     .tags("wazuh,ai-pending")
///     .ioc(NewIoc::new("203.0.113.9", 79).tlp(2));
/// let body = serde_json::to_value(&alert).unwrap();
/// assert_eq!(body["alert_customer_id"], 1);
/// assert_eq!(body["alert_iocs"][0]["ioc_type_id"], 79);
/// assert!(body.get("alert_id").is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewAlert {
    /// What happened; the first thing an analyst reads. More than about 2,690 bytes are refused by an index of IRIS.
    #[serde(rename = "alert_title")]
    pub title: String,
    /// Severity, as an id of this server; see [`crate::Catalog::severity`].
    #[serde(rename = "alert_severity_id")]
    pub severity_id: i64,
    /// Status, as an id of this server; see [`crate::Catalog::status`].
    #[serde(rename = "alert_status_id")]
    pub status_id: i64,
    /// Whose alert it is.
    #[serde(rename = "alert_customer_id")]
    pub customer: CustomerId,
    /// Our own key: unique on the server, so that an alert which is sent twice is stored once.
    #[serde(rename = "alert_uuid", skip_serializing_if = "Option::is_none")]
    pub uuid: Option<Uuid>,
    /// Plain text; the UI shows line breaks.
    #[serde(rename = "alert_description", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What product raised it.
    #[serde(rename = "alert_source", skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Id of the alert in that product. Not unique. More than about 2,690 bytes are refused by an index of IRIS.
    #[serde(rename = "alert_source_ref", skip_serializing_if = "Option::is_none")]
    pub source_ref: Option<String>,
    /// Where to see it in that product.
    #[serde(rename = "alert_source_link", skip_serializing_if = "Option::is_none")]
    pub source_link: Option<String>,
    /// The alert as that product wrote it.
    #[serde(rename = "alert_source_content", skip_serializing_if = "Option::is_none")]
    pub source_content: Option<Value>,
    /// What helps to understand it; a flat object is shown as a table.
    #[serde(rename = "alert_context", skip_serializing_if = "Option::is_none")]
    pub context: Option<Value>,
    /// When it happened, ISO 8601 (`2026-11-22T10:00:00.123+0000`); offsets are converted to UTC. Without it: when it is stored.
    #[serde(rename = "alert_source_event_time", skip_serializing_if = "Option::is_none")]
    pub event_time: Option<String>,
    /// Shown as it is, in a fixed-width font.
    #[serde(rename = "alert_note", skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// One comma separated string. Every distinct tag is kept by IRIS for ever.
    #[serde(rename = "alert_tags", skip_serializing_if = "Option::is_none")]
    pub tags: Option<String>,
    /// Classification, as an id of this server.
    #[serde(rename = "alert_classification_id", skip_serializing_if = "Option::is_none")]
    pub classification_id: Option<i64>,
    /// Owner, as a user id of this server.
    #[serde(rename = "alert_owner_id", skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<i64>,
    /// Indicators. IRIS ignores them in an update.
    #[serde(rename = "alert_iocs", skip_serializing_if = "Vec::is_empty")]
    pub iocs: Vec<NewIoc>,
    /// Systems and accounts concerned. IRIS ignores them in an update.
    #[serde(rename = "alert_assets", skip_serializing_if = "Vec::is_empty")]
    pub assets: Vec<NewAsset>,
}

impl NewAlert {
    /// An alert with what IRIS insists on.
    pub fn new(title: impl Into<String>, severity_id: i64, status_id: i64, customer: CustomerId) -> Self {
        Self {
            title: title.into(),
            severity_id,
            status_id,
            customer,
            uuid: None,
            description: None,
            source: None,
            source_ref: None,
            source_link: None,
            source_content: None,
            context: None,
            event_time: None,
            note: None,
            tags: None,
            classification_id: None,
            owner_id: None,
            iocs: Vec::new(),
            assets: Vec::new(),
        }
    }

    /// Sets our own key.
    #[must_use]
    pub fn uuid(mut self, uuid: Uuid) -> Self {
        self.uuid = Some(uuid);
        self
    }

    /// Sets the description.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets what product raised it.
    #[must_use]
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Sets its id in that product.
    #[must_use]
    pub fn source_ref(mut self, source_ref: impl Into<String>) -> Self {
        self.source_ref = Some(source_ref.into());
        self
    }

    /// Sets where to see it in that product.
    #[must_use]
    pub fn source_link(mut self, source_link: impl Into<String>) -> Self {
        self.source_link = Some(source_link.into());
        self
    }

    /// Sets the alert as that product wrote it.
    #[must_use]
    pub fn source_content(mut self, source_content: Value) -> Self {
        self.source_content = Some(source_content);
        self
    }

    /// Sets the context.
    #[must_use]
    pub fn context(mut self, context: Value) -> Self {
        self.context = Some(context);
        self
    }

    /// Sets when it happened, ISO 8601.
    #[must_use]
    pub fn event_time(mut self, event_time: impl Into<String>) -> Self {
        self.event_time = Some(event_time.into());
        self
    }

    /// Sets the note.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// Sets the tags, comma separated.
    #[must_use]
    pub fn tags(mut self, tags: impl Into<String>) -> Self {
        self.tags = Some(tags.into());
        self
    }

    /// Sets the classification.
    #[must_use]
    pub fn classification(mut self, id: i64) -> Self {
        self.classification_id = Some(id);
        self
    }

    /// Sets the owner.
    #[must_use]
    pub fn owner(mut self, id: i64) -> Self {
        self.owner_id = Some(id);
        self
    }

    /// Adds an indicator.
    #[must_use]
    pub fn ioc(mut self, ioc: NewIoc) -> Self {
        self.iocs.push(ioc);
        self
    }

    /// Replaces all indicators.
    #[must_use]
    pub fn iocs(mut self, iocs: Vec<NewIoc>) -> Self {
        self.iocs = iocs;
        self
    }

    /// Adds a system or account concerned.
    #[must_use]
    pub fn asset(mut self, asset: NewAsset) -> Self {
        self.assets.push(asset);
        self
    }

    /// Replaces all systems and accounts concerned.
    #[must_use]
    pub fn assets(mut self, assets: Vec<NewAsset>) -> Self {
        self.assets = assets;
        self
    }
}

/// An indicator of a new alert. The type is not optional: without one IRIS stores the alert and answers 400.
///
/// ```
/// use iris_client::NewIoc;
/// let ioc = NewIoc::new("203.0.113.9", 79).description("source address");
/// assert_eq!(ioc.tlp_id, None);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewIoc {
    /// The indicator; not empty.
    #[serde(rename = "ioc_value")]
    pub value: String,
    /// Its type, as an id of this server; see [`crate::Catalog::ioc_type`].
    #[serde(rename = "ioc_type_id")]
    pub type_id: i64,
    /// Who may know it, as an id of this server.
    #[serde(rename = "ioc_tlp_id", skip_serializing_if = "Option::is_none")]
    pub tlp_id: Option<i64>,
    /// What it is.
    #[serde(rename = "ioc_description", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// One comma separated string of at most 512 characters.
    #[serde(rename = "ioc_tags", skip_serializing_if = "Option::is_none")]
    pub tags: Option<String>,
    /// What enrichment found.
    #[serde(rename = "ioc_enrichment", skip_serializing_if = "Option::is_none")]
    pub enrichment: Option<Value>,
}

impl NewIoc {
    /// An indicator of this type.
    pub fn new(value: impl Into<String>, type_id: i64) -> Self {
        Self {
            value: value.into(),
            type_id,
            tlp_id: None,
            description: None,
            tags: None,
            enrichment: None,
        }
    }

    /// Sets who may know it.
    #[must_use]
    pub fn tlp(mut self, id: i64) -> Self {
        self.tlp_id = Some(id);
        self
    }

    /// Sets what it is.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets its tags, comma separated.
    #[must_use]
    pub fn tags(mut self, tags: impl Into<String>) -> Self {
        self.tags = Some(tags.into());
        self
    }

    /// Sets what enrichment found.
    #[must_use]
    pub fn enrichment(mut self, enrichment: Value) -> Self {
        self.enrichment = Some(enrichment);
        self
    }
}

/// A system or account concerned by a new alert.
///
/// An asset that stands in very many alerts makes reading one of them slow on IRIS 2.4.
///
/// ```
/// use iris_client::NewAsset;
/// let asset = NewAsset::new("web-01", 3).ip("10.0.0.5");
/// assert_eq!(asset.ip.as_deref(), Some("10.0.0.5"));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewAsset {
    /// Its name.
    #[serde(rename = "asset_name")]
    pub name: String,
    /// Its type, as an id of this server; see [`crate::Catalog::asset_type`].
    #[serde(rename = "asset_type_id")]
    pub type_id: i64,
    /// Its address.
    #[serde(rename = "asset_ip", skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// Its domain.
    #[serde(rename = "asset_domain", skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// What it is.
    #[serde(rename = "asset_description", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// One comma separated string.
    #[serde(rename = "asset_tags", skip_serializing_if = "Option::is_none")]
    pub tags: Option<String>,
    /// What enrichment found.
    #[serde(rename = "asset_enrichment", skip_serializing_if = "Option::is_none")]
    pub enrichment: Option<Value>,
}

impl NewAsset {
    /// An asset of this type.
    pub fn new(name: impl Into<String>, type_id: i64) -> Self {
        Self {
            name: name.into(),
            type_id,
            ip: None,
            domain: None,
            description: None,
            tags: None,
            enrichment: None,
        }
    }

    /// Sets its address.
    #[must_use]
    pub fn ip(mut self, ip: impl Into<String>) -> Self {
        self.ip = Some(ip.into());
        self
    }

    /// Sets its domain.
    #[must_use]
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// Sets what it is.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets its tags, comma separated.
    #[must_use]
    pub fn tags(mut self, tags: impl Into<String>) -> Self {
        self.tags = Some(tags.into());
        self
    }

    /// Sets what enrichment found.
    #[must_use]
    pub fn enrichment(mut self, enrichment: Value) -> Self {
        self.enrichment = Some(enrichment);
        self
    }
}
