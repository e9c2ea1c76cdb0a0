//! What IRIS prints of an alert, written straight from what is stored.

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;
use uuid::Uuid;

use super::{
    seed,
    state::{CustomerRow, State, UserRow},
    stored::{StoredAlert, StoredAsset, StoredComment, StoredIoc},
    time::Iso,
};
use crate::AlertId;

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

/// An alert inside of one of its assets is printed without them.
const WITHOUT_ASSETS: [&str; 29] = without(&FIELDS, "assets");

const fn without(fields: &[&'static str; 30], left_out: &str) -> [&'static str; 29] {
    let mut rest = [""; 29];
    let (mut from, mut to) = (0, 0);
    while from < fields.len() {
        if !same(fields[from], left_out) {
            rest[to] = fields[from];
            to += 1;
        }
        from += 1;
    }
    rest
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// Some fields of an alert, which are all known.
pub(super) struct Printed<'a> {
    state: &'a State,
    alert: &'a StoredAlert,
    fields: &'a [&'a str],
}

impl State {
    /// An alert whole.
    pub(super) fn print<'a>(&'a self, alert: &'a StoredAlert) -> Printed<'a> {
        self.print_fields(alert, &FIELDS)
    }

    /// These fields of an alert.
    pub(super) fn print_fields<'a>(&'a self, alert: &'a StoredAlert, fields: &'a [&'a str]) -> Printed<'a> {
        Printed {
            state: self,
            alert,
            fields,
        }
    }

    pub(super) fn print_comment<'a>(&'a self, comment: &'a StoredComment, alert: AlertId) -> PrintedComment<'a> {
        PrintedComment {
            user: self.users.get(&comment.user_id).map(PrintedUser::of),
            comment_id: comment.id,
            comment_uuid: comment.uuid,
            comment_text: comment.text.as_deref(),
            comment_date: Iso(comment.date),
            comment_update_date: Iso(comment.update_date),
            comment_user_id: comment.user_id,
            comment_case_id: (),
            comment_alert_id: alert,
        }
    }

    pub(super) fn print_customer(&self, id: i64) -> Option<PrintedCustomer<'_>> {
        self.customers.get(&id).map(PrintedCustomer::of)
    }

    pub(super) fn print_classification(&self, id: i64) -> PrintedClassification {
        let name = seed::entry(&seed::CLASSIFICATIONS, id).copied().unwrap_or_default();
        PrintedClassification {
            name,
            name_expanded: expanded(name),
            description: name,
            id,
            creation_date: Iso(self.started),
        }
    }
}

impl Serialize for Printed<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(Some(self.fields.len()))?;
        for field in self.fields {
            self.entry(field, &mut map)?;
        }
        map.end()
    }
}

impl Printed<'_> {
    fn entry<M: SerializeMap>(&self, field: &str, map: &mut M) -> Result<(), M::Error> {
        let alert = self.alert;
        match field {
            "severity" => {
                let row = seed::row(&seed::SEVERITIES, alert.severity_id);
                map.serialize_entry(field, &row.map(|row| NamedRow(row, "severity")))
            }
            "status" => {
                let row = seed::row(&seed::STATUSES, alert.status_id);
                map.serialize_entry(field, &row.map(|row| NamedRow(row, "status")))
            }
            "resolution_status" => {
                let row = alert.resolution_id.and_then(|id| seed::row(&seed::RESOLUTIONS, id));
                map.serialize_entry(field, &row.map(|row| NamedRow(row, "resolution_status")))
            }
            "customer" => map.serialize_entry(field, &self.state.print_customer(alert.customer_id)),
            "classification" => {
                let printed = alert.classification_id.map(|id| self.state.print_classification(id));
                map.serialize_entry(field, &printed)
            }
            "owner" => {
                let owner = alert.owner_id.and_then(|id| self.state.users.get(&id));
                map.serialize_entry(field, &owner.map(PrintedUser::of))
            }
            "iocs" => {
                let iocs: Vec<_> = alert.iocs.iter().map(PrintedIoc::of).collect();
                map.serialize_entry(field, &iocs)
            }
            "assets" => {
                let assets: Vec<_> = alert.assets.iter().map(|asset| self.asset(asset)).collect();
                map.serialize_entry(field, &assets)
            }
            "cases" => map.serialize_entry(field, &alert.cases),
            "comments" => {
                let ids: Vec<i64> = alert.comments.iter().map(|comment| comment.id).collect();
                map.serialize_entry(field, &ids)
            }
            column => map.serialize_entry(column, &Cell::of(alert, column)),
        }
    }

    fn asset<'a>(&'a self, asset: &'a StoredAsset) -> PrintedAsset<'a> {
        let (name, description, icon) = seed::entry(&seed::ASSET_TYPES, asset.type_id)
            .copied()
            .unwrap_or_default();
        PrintedAsset {
            asset_name: &asset.name,
            asset_enrichment: &asset.enrichment,
            asset_type: PrintedAssetType {
                asset_name: name,
                asset_description: description,
                asset_icon_compromised: format!("ioc_{icon}"),
                asset_icon_not_compromised: icon,
                asset_id: asset.type_id,
            },
            alerts: [Printed {
                fields: &WITHOUT_ASSETS,
                ..*self
            }],
            analysis_status: (),
            asset_id: asset.id,
            asset_uuid: asset.uuid,
            asset_description: asset.description.as_deref(),
            asset_domain: asset.domain.as_deref(),
            asset_ip: asset.ip.as_deref(),
            asset_info: asset.info.as_deref(),
            asset_compromise_status_id: (),
            asset_type_id: asset.type_id,
            asset_tags: asset.tags.as_deref(),
            case_id: (),
            date_added: (),
            date_update: (),
            user_id: (),
            analysis_status_id: (),
            custom_attributes: (),
            modification_history: (),
        }
    }
}

/// Value of a column.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(untagged)]
pub(super) enum Cell<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Uuid(Uuid),
    Time(Iso),
    Json(&'a Value),
}

impl<'a> Cell<'a> {
    /// Value of this column; null for one that does not exist.
    pub(super) fn of(alert: &'a StoredAlert, column: &str) -> Self {
        let text = |text: &'a Option<String>| text.as_deref().map_or(Self::Null, Self::Text);
        let int = |id: Option<i64>| id.map_or(Self::Null, Self::Int);
        match column {
            "alert_id" => Self::Int(alert.id.0),
            "alert_uuid" => Self::Uuid(alert.uuid),
            "alert_title" => Self::Text(&alert.title),
            "alert_description" => text(&alert.description),
            "alert_source" => text(&alert.source),
            "alert_source_ref" => text(&alert.source_ref),
            "alert_source_link" => text(&alert.source_link),
            "alert_source_content" => Self::Json(&alert.source_content),
            "alert_severity_id" => Self::Int(alert.severity_id),
            "alert_status_id" => Self::Int(alert.status_id),
            "alert_context" => Self::Json(&alert.context),
            "alert_source_event_time" => Self::Time(Iso(alert.event_time)),
            "alert_creation_time" => Self::Time(Iso(alert.creation_time)),
            "alert_note" => text(&alert.note),
            "alert_tags" => text(&alert.tags),
            "alert_owner_id" => int(alert.owner_id),
            "modification_history" => Self::Json(&alert.history),
            "alert_customer_id" => Self::Int(alert.customer_id),
            "alert_classification_id" => int(alert.classification_id),
            "alert_resolution_status_id" => int(alert.resolution_id),
            _ => Self::Null,
        }
    }

    /// A value that was read already.
    pub(super) fn from_value(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::String(text) => Self::Text(text),
            Value::Number(number) => number.as_i64().map_or(Self::Json(value), Self::Int),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => Self::Json(value),
        }
    }

    /// Whether it is printed like this value.
    pub(super) fn is(self, wanted: &Value) -> bool {
        match (self, wanted) {
            (Self::Null, wanted) => wanted.is_null(),
            (Self::Int(id), wanted) => wanted.as_i64() == Some(id),
            (Self::Text(text), wanted) => wanted.as_str() == Some(text),
            (Self::Uuid(uuid), wanted) => {
                wanted.as_str() == Some(uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
            }
            (Self::Time(time), wanted) => wanted.as_str() == Some(&time.to_string()),
            (Self::Json(value), wanted) => value == wanted,
        }
    }

    /// The same as a value of its own.
    pub(super) fn value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Int(id) => id.into(),
            Self::Text(text) => text.into(),
            Self::Uuid(uuid) => uuid.to_string().into(),
            Self::Time(time) => time.to_string().into(),
            Self::Json(value) => value.clone(),
        }
    }
}

/// A row of a list, whose keys carry the name of the list.
struct NamedRow(&'static seed::Row, &'static str);

impl Serialize for NamedRow {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let Self((id, name, description), prefix) = self;
        let mut map = out.serialize_map(Some(3))?;
        map.serialize_entry(&format_args!("{prefix}_id"), id)?;
        map.serialize_entry(&format_args!("{prefix}_name"), name)?;
        map.serialize_entry(&format_args!("{prefix}_description"), description)?;
        map.end()
    }
}

#[derive(Serialize)]
pub(super) struct PrintedComment<'a> {
    user: Option<PrintedUser<'a>>,
    comment_id: i64,
    comment_uuid: Uuid,
    comment_text: Option<&'a str>,
    comment_date: Iso,
    comment_update_date: Iso,
    comment_user_id: i64,
    comment_case_id: (),
    comment_alert_id: AlertId,
}

#[derive(Serialize)]
struct PrintedUser<'a> {
    id: i64,
    user_name: &'a str,
    user_login: &'a str,
    user_email: &'a str,
}

impl<'a> PrintedUser<'a> {
    fn of(user: &'a UserRow) -> Self {
        Self {
            id: user.id,
            user_name: &user.name,
            user_login: &user.login,
            user_email: &user.email,
        }
    }
}

#[derive(Serialize)]
pub(super) struct PrintedCustomer<'a> {
    customer_name: &'a str,
    customer_description: &'a Value,
    customer_sla: &'a Value,
    customer_id: i64,
    client_uuid: Uuid,
    creation_date: Iso,
    last_update_date: Iso,
    custom_attributes: &'a Value,
}

impl<'a> PrintedCustomer<'a> {
    fn of(customer: &'a CustomerRow) -> Self {
        Self {
            customer_name: &customer.name,
            customer_description: &customer.description,
            customer_sla: &customer.sla,
            customer_id: customer.id,
            client_uuid: customer.uuid,
            creation_date: Iso(customer.created),
            last_update_date: Iso(customer.created),
            custom_attributes: &customer.attributes,
        }
    }
}

#[derive(Serialize)]
pub(super) struct PrintedClassification {
    name: &'static str,
    name_expanded: String,
    description: &'static str,
    id: i64,
    creation_date: Iso,
}

#[derive(Serialize)]
struct PrintedIoc<'a> {
    ioc_value: &'a str,
    ioc_enrichment: &'a Value,
    ioc_type: Option<PrintedIocType>,
    ioc_id: i64,
    ioc_uuid: Uuid,
    ioc_type_id: Option<i64>,
    ioc_description: Option<&'a str>,
    ioc_tags: Option<&'a str>,
    user_id: (),
    ioc_misp: (),
    ioc_tlp_id: Option<i64>,
    custom_attributes: (),
    modification_history: (),
}

impl<'a> PrintedIoc<'a> {
    fn of(ioc: &'a StoredIoc) -> Self {
        Self {
            ioc_value: &ioc.value,
            ioc_enrichment: &ioc.enrichment,
            ioc_type: ioc.type_id.map(PrintedIocType::of),
            ioc_id: ioc.id,
            ioc_uuid: ioc.uuid,
            ioc_type_id: ioc.type_id,
            ioc_description: ioc.description.as_deref(),
            ioc_tags: ioc.tags.as_deref(),
            user_id: (),
            ioc_misp: (),
            ioc_tlp_id: ioc.tlp_id,
            custom_attributes: (),
            modification_history: (),
        }
    }
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the names of IRIS")]
pub(super) struct PrintedIocType {
    type_name: &'static str,
    type_description: &'static str,
    type_taxonomy: (),
    type_validation_regex: (),
    type_validation_expect: (),
    type_id: i64,
}

impl PrintedIocType {
    pub(super) fn of(id: i64) -> Self {
        let name = seed::entry(&seed::IOC_TYPES, id).copied().unwrap_or_default();
        Self {
            type_name: name,
            type_description: name,
            type_taxonomy: (),
            type_validation_regex: (),
            type_validation_expect: (),
            type_id: id,
        }
    }
}

#[derive(Serialize)]
struct PrintedAsset<'a> {
    asset_name: &'a str,
    asset_enrichment: &'a Value,
    asset_type: PrintedAssetType,
    alerts: [Printed<'a>; 1],
    analysis_status: (),
    asset_id: i64,
    asset_uuid: Uuid,
    asset_description: Option<&'a str>,
    asset_domain: Option<&'a str>,
    asset_ip: Option<&'a str>,
    asset_info: Option<&'a str>,
    asset_compromise_status_id: (),
    asset_type_id: i64,
    asset_tags: Option<&'a str>,
    case_id: (),
    date_added: (),
    date_update: (),
    user_id: (),
    analysis_status_id: (),
    custom_attributes: (),
    modification_history: (),
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the names of IRIS")]
struct PrintedAssetType {
    asset_name: &'static str,
    asset_description: &'static str,
    asset_icon_compromised: String,
    asset_icon_not_compromised: &'static str,
    asset_id: i64,
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
