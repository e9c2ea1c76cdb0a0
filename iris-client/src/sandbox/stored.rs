//! An alert as the sandbox stores it, and as it is printed.

use jiff::civil::DateTime;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{seed, state::State, time};
use crate::AlertId;

/// An alert as the sandbox stores it: what a test looks at, and what it changes with the hand of an analyst.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # use iris_client::{AlertId, CustomerId, IrisClient, NewAlert, NewAsset, NewIoc, sandbox::Sandbox};
/// # let iris = Sandbox::builder().start().await.unwrap();
/// # let client = IrisClient::builder(&iris.url()).token(iris.token().into()).build().unwrap();
/// let alert = NewAlert::new("sshd: brute force", 5, 2, CustomerId(1)).tags("wazuh, ai-pending");
/// let id = client.alerts().add(&alert).await.unwrap().id;
/// iris.edit(id, |alert| alert.owner_id = Some(1));
/// let stored = iris.alert(id).unwrap();
/// assert!(stored.has_tag("ai-pending") && stored.owner_id == Some(1));
/// # });
/// ```
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns of IRIS")]
pub struct StoredAlert {
    pub id: AlertId,
    pub uuid: Uuid,
    pub title: String,
    pub description: Option<String>,
    pub source: Option<String>,
    pub source_ref: Option<String>,
    pub source_link: Option<String>,
    pub source_content: Value,
    pub severity_id: i64,
    pub status_id: i64,
    pub context: Value,
    pub event_time: DateTime,
    pub creation_time: DateTime,
    pub note: Option<String>,
    pub tags: Option<String>,
    pub owner_id: Option<i64>,
    /// Seconds since 1970 to `{user, user_id, action}`; `null` until the first entry.
    pub history: Value,
    pub customer_id: i64,
    pub classification_id: Option<i64>,
    pub resolution_id: Option<i64>,
    pub iocs: Vec<StoredIoc>,
    pub assets: Vec<StoredAsset>,
    /// Cases that it was merged into or escalated to.
    pub cases: Vec<i64>,
    pub comments: Vec<StoredComment>,
}

/// An indicator as the sandbox stores it.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # use iris_client::{AlertId, CustomerId, IrisClient, NewAlert, NewAsset, NewIoc, sandbox::Sandbox};
/// # let iris = Sandbox::builder().start().await.unwrap();
/// # let client = IrisClient::builder(&iris.url()).token(iris.token().into()).build().unwrap();
/// let alert = NewAlert::new("t", 5, 2, CustomerId(1)).ioc(NewIoc::new("203.0.113.9", 79));
/// let id = client.alerts().add(&alert).await.unwrap().id;
/// assert_eq!(iris.alert(id).unwrap().iocs[0].value, "203.0.113.9");
/// # });
/// ```
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns of IRIS")]
pub struct StoredIoc {
    pub id: i64,
    pub uuid: Uuid,
    pub value: String,
    pub type_id: Option<i64>,
    pub tlp_id: Option<i64>,
    pub description: Option<String>,
    pub tags: Option<String>,
    pub enrichment: Value,
}

/// An asset as the sandbox stores it.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # use iris_client::{AlertId, CustomerId, IrisClient, NewAlert, NewAsset, NewIoc, sandbox::Sandbox};
/// # let iris = Sandbox::builder().start().await.unwrap();
/// # let client = IrisClient::builder(&iris.url()).token(iris.token().into()).build().unwrap();
/// let alert = NewAlert::new("t", 5, 2, CustomerId(1)).asset(NewAsset::new("web-01", 3).ip("10.0.0.5"));
/// let id = client.alerts().add(&alert).await.unwrap().id;
/// assert_eq!(iris.alert(id).unwrap().assets[0].ip.as_deref(), Some("10.0.0.5"));
/// # });
/// ```
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns of IRIS")]
pub struct StoredAsset {
    pub id: i64,
    pub uuid: Uuid,
    pub name: String,
    pub type_id: i64,
    pub ip: Option<String>,
    pub domain: Option<String>,
    pub description: Option<String>,
    pub tags: Option<String>,
    pub info: Option<String>,
    pub enrichment: Value,
}

/// A comment as the sandbox stores it.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # use iris_client::{AlertId, CustomerId, IrisClient, NewAlert, NewAsset, NewIoc, sandbox::Sandbox};
/// # let iris = Sandbox::builder().start().await.unwrap();
/// # let client = IrisClient::builder(&iris.url()).token(iris.token().into()).build().unwrap();
/// let id = client.alerts().add(&NewAlert::new("t", 5, 2, CustomerId(1))).await.unwrap().id;
/// client.alerts().comment(id, "**benign**").await.unwrap();
/// assert_eq!(iris.alert(id).unwrap().comments[0].text.as_deref(), Some("**benign**"));
/// # });
/// ```
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns of IRIS")]
pub struct StoredComment {
    pub id: i64,
    pub uuid: Uuid,
    pub text: Option<String>,
    pub date: DateTime,
    pub update_date: DateTime,
    pub user_id: i64,
}

impl StoredAlert {
    /// Reads the tags one by one, trimmed, without the empty ones.
    pub fn tag_list(&self) -> impl Iterator<Item = &str> {
        self.tags
            .as_deref()
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .filter(|tag| !tag.is_empty())
    }

    /// Says whether the alert carries exactly this tag.
    pub fn has_tag(&self, tag: &str) -> bool {
        self.tag_list().any(|own| own == tag)
    }

    /// Notes in the history who did what.
    pub(super) fn remember(&mut self, user: &str, user_id: i64, action: &str) {
        let entry = json!({"user": user, "user_id": user_id, "action": action});
        if !self.history.is_object() {
            self.history = json!({});
        }
        let mut at = time::now();
        if let Some(history) = self.history.as_object_mut() {
            // Two entries of the same microsecond would be one.
            while history.contains_key(&time::epoch(at)) {
                at = at.saturating_add(jiff::SignedDuration::from_micros(1));
            }
            history.insert(time::epoch(at), entry);
        }
    }
}

/// Fields of an alert in the order in which IRIS prints them.
pub(super) const FIELDS: [&str; 30] = [
    "severity",
    "status",
    "customer",
    "classification",
    "owner",
    "iocs",
    "assets",
    "resolution_status",
    "cases",
    "comments",
    "alert_id",
    "alert_uuid",
    "alert_title",
    "alert_description",
    "alert_source",
    "alert_source_ref",
    "alert_source_link",
    "alert_source_content",
    "alert_severity_id",
    "alert_status_id",
    "alert_context",
    "alert_source_event_time",
    "alert_creation_time",
    "alert_note",
    "alert_tags",
    "alert_owner_id",
    "modification_history",
    "alert_customer_id",
    "alert_classification_id",
    "alert_resolution_status_id",
];

impl State {
    /// Prints an alert whole.
    pub(super) fn print(&self, alert: &StoredAlert) -> Value {
        self.print_fields(alert, &FIELDS)
    }

    /// Prints these fields, which are all known.
    pub(super) fn print_fields(&self, alert: &StoredAlert, fields: &[&str]) -> Value {
        let mut out = Map::new();
        for field in fields {
            out.insert((*field).to_owned(), self.print_field(alert, field));
        }
        Value::Object(out)
    }

    fn print_field(&self, alert: &StoredAlert, field: &str) -> Value {
        match field {
            "severity" => named_row(seed::row(&seed::SEVERITIES, alert.severity_id), "severity"),
            "status" => named_row(seed::row(&seed::STATUSES, alert.status_id), "status"),
            "resolution_status" => alert.resolution_id.map_or(Value::Null, |id| {
                named_row(seed::row(&seed::RESOLUTIONS, id), "resolution_status")
            }),
            "customer" => self.print_customer(alert.customer_id),
            "classification" => alert
                .classification_id
                .map_or(Value::Null, |id| self.print_classification(id)),
            "owner" => alert.owner_id.map_or(Value::Null, |id| self.print_user(id)),
            "iocs" => alert.iocs.iter().map(print_ioc).collect(),
            "assets" => alert
                .assets
                .iter()
                .map(|asset| self.print_asset(asset, alert))
                .collect(),
            "cases" => json!(alert.cases),
            "comments" => alert.comments.iter().map(|comment| json!(comment.id)).collect(),
            column => column_value(alert, column),
        }
    }

    pub(super) fn print_comment(&self, comment: &StoredComment, alert: AlertId) -> Value {
        json!({
            "user": self.print_user(comment.user_id),
            "comment_id": comment.id,
            "comment_uuid": comment.uuid,
            "comment_text": comment.text,
            "comment_date": time::iso(comment.date),
            "comment_update_date": time::iso(comment.update_date),
            "comment_user_id": comment.user_id,
            "comment_case_id": null,
            "comment_alert_id": alert,
        })
    }

    pub(super) fn print_classification(&self, id: i64) -> Value {
        let name = seed::entry(&seed::CLASSIFICATIONS, id).copied().unwrap_or_default();
        json!({
            "name": name,
            "name_expanded": expanded(name),
            "description": name,
            "id": id,
            "creation_date": time::iso(self.started),
        })
    }

    fn print_asset(&self, asset: &StoredAsset, alert: &StoredAlert) -> Value {
        let (name, description, icon) = seed::entry(&seed::ASSET_TYPES, asset.type_id)
            .copied()
            .unwrap_or_default();
        let without_assets: Vec<&str> = FIELDS.iter().copied().filter(|&field| field != "assets").collect();
        json!({
            "asset_name": asset.name,
            "asset_enrichment": asset.enrichment,
            "asset_type": {
                "asset_name": name,
                "asset_description": description,
                "asset_icon_compromised": format!("ioc_{icon}"),
                "asset_icon_not_compromised": icon,
                "asset_id": asset.type_id,
            },
            "alerts": [self.print_fields(alert, &without_assets)],
            "analysis_status": null,
            "asset_id": asset.id,
            "asset_uuid": asset.uuid,
            "asset_description": asset.description,
            "asset_domain": asset.domain,
            "asset_ip": asset.ip,
            "asset_info": asset.info,
            "asset_compromise_status_id": null,
            "asset_type_id": asset.type_id,
            "asset_tags": asset.tags,
            "case_id": null,
            "date_added": null,
            "date_update": null,
            "user_id": null,
            "analysis_status_id": null,
            "custom_attributes": null,
            "modification_history": null,
        })
    }
}

/// Value of a column as it is printed; `null` for one that does not exist.
pub(super) fn column_value(alert: &StoredAlert, column: &str) -> Value {
    match column {
        "alert_id" => json!(alert.id),
        "alert_uuid" => json!(alert.uuid),
        "alert_title" => json!(alert.title),
        "alert_description" => json!(alert.description),
        "alert_source" => json!(alert.source),
        "alert_source_ref" => json!(alert.source_ref),
        "alert_source_link" => json!(alert.source_link),
        "alert_source_content" => alert.source_content.clone(),
        "alert_severity_id" => json!(alert.severity_id),
        "alert_status_id" => json!(alert.status_id),
        "alert_context" => alert.context.clone(),
        "alert_source_event_time" => json!(time::iso(alert.event_time)),
        "alert_creation_time" => json!(time::iso(alert.creation_time)),
        "alert_note" => json!(alert.note),
        "alert_tags" => json!(alert.tags),
        "alert_owner_id" => json!(alert.owner_id),
        "modification_history" => alert.history.clone(),
        "alert_customer_id" => json!(alert.customer_id),
        "alert_classification_id" => json!(alert.classification_id),
        "alert_resolution_status_id" => json!(alert.resolution_id),
        _ => Value::Null,
    }
}

/// `abusive-content:harmful-speech` → `Abusive-Content: harmful-speech`.
fn expanded(name: &str) -> String {
    let capital = |word: &str| {
        let mut chars = word.chars();
        chars
            .next()
            .map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
    };
    let (class, value) = name.split_once(':').unwrap_or((name, ""));
    let class: Vec<String> = class.split('-').map(capital).collect();
    format!("{}: {}", class.join("-"), value)
}

fn named_row(row: Option<&seed::Row>, prefix: &str) -> Value {
    let Some((id, name, description)) = row else {
        return Value::Null;
    };
    json!({
        format!("{prefix}_id"): id,
        format!("{prefix}_name"): name,
        format!("{prefix}_description"): description,
    })
}

fn print_ioc(ioc: &StoredIoc) -> Value {
    json!({
        "ioc_value": ioc.value,
        "ioc_enrichment": ioc.enrichment,
        "ioc_type": ioc.type_id.map_or(Value::Null, print_ioc_type),
        "ioc_id": ioc.id,
        "ioc_uuid": ioc.uuid,
        "ioc_type_id": ioc.type_id,
        "ioc_description": ioc.description,
        "ioc_tags": ioc.tags,
        "user_id": null,
        "ioc_misp": null,
        "ioc_tlp_id": ioc.tlp_id,
        "custom_attributes": null,
        "modification_history": null,
    })
}

pub(super) fn print_ioc_type(id: i64) -> Value {
    let name = seed::entry(&seed::IOC_TYPES, id).copied().unwrap_or_default();
    json!({
        "type_name": name,
        "type_description": name,
        "type_taxonomy": null,
        "type_validation_regex": null,
        "type_validation_expect": null,
        "type_id": id,
    })
}
