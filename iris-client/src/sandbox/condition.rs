//! `custom_conditions` of a filter.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    like::Pattern,
    printed::Cell,
    python::{self, Dict, type_name},
    seed,
    state::State,
    stored::StoredAlert,
    time,
};

/// One condition, checked.
#[derive(Debug)]
pub(super) struct Condition {
    field: Field,
    test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Field {
    Column(String, Type),
    Related(&'static str, String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Int,
    Text,
    Uuid,
    Time,
}

#[derive(Debug)]
enum Test {
    Equal(Value),
    Different(Value),
    In(Vec<Value>),
    NotIn(Vec<Value>),
    Like(Pattern),
}

const COLUMNS: [(&str, Type); 17] = [
    ("alert_id", Type::Int),
    ("alert_uuid", Type::Uuid),
    ("alert_title", Type::Text),
    ("alert_description", Type::Text),
    ("alert_source", Type::Text),
    ("alert_source_ref", Type::Text),
    ("alert_source_link", Type::Text),
    ("alert_severity_id", Type::Int),
    ("alert_status_id", Type::Int),
    ("alert_source_event_time", Type::Time),
    ("alert_creation_time", Type::Time),
    ("alert_note", Type::Text),
    ("alert_tags", Type::Text),
    ("alert_owner_id", Type::Int),
    ("alert_customer_id", Type::Int),
    ("alert_classification_id", Type::Int),
    ("alert_resolution_status_id", Type::Int),
];

/// Columns of an account that IRIS takes out of a filter without a word.
const SECRET_COLUMNS: [&str; 8] = [
    "password",
    "mfa_secrets",
    "webauthn_credentials",
    "api_key",
    "external_id",
    "ctx_case",
    "ctx_human_case",
    "is_service_account",
];

const NO_COLUMN: &str = "Non-in operators on relationships require specifying a related model column, e.g., owner.id or \
                         assets.asset_name.";

/// What IRIS knows and PostgreSQL cannot compare.
const JSON_COLUMNS: [&str; 3] = ["alert_source_content", "alert_context", "modification_history"];

type Columns = &'static [(&'static str, Type)];

/// Relation, model, its columns that the sandbox has, and what they hold.
const RELATIONS: [(&str, &str, Columns); 9] = [
    (
        "owner",
        "User",
        &[
            ("id", Type::Int),
            ("name", Type::Text),
            ("user", Type::Text),
            ("email", Type::Text),
        ],
    ),
    (
        "severity",
        "Severity",
        &[("severity_id", Type::Int), ("severity_name", Type::Text)],
    ),
    (
        "status",
        "AlertStatus",
        &[("status_id", Type::Int), ("status_name", Type::Text)],
    ),
    ("customer", "Client", &[("client_id", Type::Int), ("name", Type::Text)]),
    (
        "resolution_status",
        "AlertResolutionStatus",
        &[
            ("resolution_status_id", Type::Int),
            ("resolution_status_name", Type::Text),
        ],
    ),
    ("cases", "Cases", &[("case_id", Type::Int), ("name", Type::Text)]),
    (
        "comments",
        "Comments",
        &[("comment_id", Type::Int), ("comment_text", Type::Text)],
    ),
    (
        "assets",
        "CaseAssets",
        &[
            ("asset_id", Type::Int),
            ("asset_name", Type::Text),
            ("asset_ip", Type::Text),
            ("asset_type_id", Type::Int),
        ],
    ),
    (
        "iocs",
        "Ioc",
        &[
            ("ioc_id", Type::Int),
            ("ioc_value", Type::Text),
            ("ioc_type_id", Type::Int),
        ],
    ),
];

const FILTERING_ERROR: &str = "Filtering error";

/// Reads the parameter; an error is the `message` of IRIS's answer.
pub(super) fn parse(text: &str) -> Result<Vec<Condition>, String> {
    let value: Value = serde_json::from_str(text).map_err(|_| FILTERING_ERROR.to_owned())?;
    let items = match value {
        Value::Array(items) => items,
        // Keys of an object, characters of a text: both are texts, which have no named places.
        Value::Object(map) if map.is_empty() => Vec::new(),
        Value::Object(_) | Value::String(_) => return Err("string indices must be integers".to_owned()),
        other => return Err(format!("'{}' object is not iterable", type_name(&other))),
    };
    let conditions: Result<Vec<Option<Condition>>, String> = items.iter().map(condition).collect();
    Ok(conditions?.into_iter().flatten().collect())
}

/// One condition; `None` for one that is left out.
fn condition(item: &Value) -> Result<Option<Condition>, String> {
    let map = match item {
        Value::Object(map) => map,
        Value::String(_) | Value::Array(_) => return Err("string indices must be integers".to_owned()),
        other => return Err(format!("'{}' object is not subscriptable", type_name(other))),
    };
    let part = |name: &str| map.get(name).ok_or_else(|| format!("'{name}'"));
    let path = part("field")?.as_str().unwrap_or_default();
    let operator = part("operator")?.as_str().unwrap_or_default();
    let value = part("value")?;
    if path
        .split_once('.')
        .is_some_and(|(relation, column)| is_relation(relation) && SECRET_COLUMNS.contains(&column))
    {
        return Ok(None);
    }
    let (field, kind) = resolve(path)?;
    let test = match operator {
        "eq" => Test::Equal(typed(value, kind)?),
        "not" => Test::Different(typed(value, kind)?),
        "in" => Test::In(all_typed(value, kind)?),
        "not_in" => Test::NotIn(all_typed(value, kind)?),
        "like" if kind == Type::Text => Test::Like(Pattern::containing(&python::text(value, Dict::Plain), true)),
        "like" => return Err(FILTERING_ERROR.to_owned()),
        other => return Err(format!("Unsupported operator: {other}")),
    };
    Ok(Some(Condition { field, test }))
}

fn is_relation(name: &str) -> bool {
    RELATIONS.iter().any(|(relation, _, _)| *relation == name)
}

fn resolve(path: &str) -> Result<(Field, Type), String> {
    let Some((relation, column)) = path.split_once('.') else {
        if JSON_COLUMNS.contains(&path) {
            return Err(FILTERING_ERROR.to_owned());
        }
        if is_relation(path) {
            return Err(NO_COLUMN.to_owned());
        }
        let known = COLUMNS.iter().find(|(name, _)| *name == path);
        let (_, kind) = known.ok_or_else(|| format!("Field '{path}' not found in Alert model"))?;
        return Ok((Field::Column(path.to_owned(), *kind), *kind));
    };
    let known = RELATIONS.iter().find(|(name, _, _)| *name == relation);
    let (name, model, columns) = known.ok_or_else(|| format!("Unknown relationship: {relation}"))?;
    let known = columns.iter().find(|(name, _)| *name == column);
    let (_, kind) = known.ok_or_else(|| format!("Field '{column}' not found in related model '{model}'"))?;
    Ok((Field::Related(name, column.to_owned()), *kind))
}

/// The value as the column would print it, or what PostgreSQL says to a wrong type.
fn typed(value: &Value, kind: Type) -> Result<Value, String> {
    let fits = match (value, kind) {
        (Value::Null, _) => Some(Value::Null),
        (Value::Number(number), Type::Int) => number.as_i64().map(Value::from),
        (Value::String(text), Type::Int) => text.trim().parse::<i64>().ok().map(Value::from),
        (Value::String(text), Type::Text) => Some(Value::from(text.clone())),
        (Value::String(text), Type::Uuid) => Uuid::parse_str(text).ok().map(|uuid| json!(uuid)),
        (Value::String(text), Type::Time) => time::parse_filter(text).map(|at| json!(time::iso(at))),
        _ => None,
    };
    fits.ok_or_else(|| FILTERING_ERROR.to_owned())
}

fn all_typed(value: &Value, kind: Type) -> Result<Vec<Value>, String> {
    match value {
        Value::Array(items) => items.iter().map(|item| typed(item, kind)).collect(),
        other => Err(format!(
            "IN expression list, SELECT construct, or bound parameter object expected, got {}.",
            match other {
                Value::String(text) => python::repr(text),
                other => python::text(other, Dict::Plain),
            }
        )),
    }
}

impl Condition {
    /// The values that this column must equal, if that is what it asks for.
    pub(super) fn equals(&self, column: &str) -> Option<&[Value]> {
        match (&self.field, &self.test) {
            (Field::Column(name, _), Test::Equal(value)) if name == column => Some(std::slice::from_ref(value)),
            (Field::Column(name, _), Test::In(values)) if name == column => Some(values),
            _ => None,
        }
    }

    /// What this column must be like, if that is what it asks for.
    pub(super) fn is_like(&self, column: &str) -> Option<&Pattern> {
        match (&self.field, &self.test) {
            (Field::Column(name, _), Test::Like(pattern)) if name == column => Some(pattern),
            _ => None,
        }
    }
}

/// How many rows of the joined tables an alert stands in, which is how often IRIS counts it; 0 if it is not found.
pub(super) fn rows(conditions: &[Condition], state: &State, alert: &StoredAlert) -> usize {
    let mut joined: Vec<&'static str> = Vec::new();
    for condition in conditions {
        match &condition.field {
            Field::Column(name, _) if !condition.test.holds(Cell::of(alert, name)) => return 0,
            Field::Column(..) => {}
            Field::Related(relation, _) if joined.contains(relation) => {}
            Field::Related(relation, _) => joined.push(relation),
        }
    }
    joined
        .into_iter()
        .map(|relation| matching(conditions, relation, state, alert))
        .product()
}

/// How many rows of one relation hold to all that is asked of it.
fn matching(conditions: &[Condition], wanted: &str, state: &State, alert: &StoredAlert) -> usize {
    let mut fits: Option<Vec<bool>> = None;
    for condition in conditions {
        let Field::Related(relation, column) = &condition.field else {
            continue;
        };
        if *relation != wanted {
            continue;
        }
        let values = related(state, alert, relation, column);
        let holds = values.iter().map(|value| condition.test.holds(Cell::from_value(value)));
        fits = Some(match fits {
            None => holds.collect(),
            Some(fits) => fits.iter().zip(holds).map(|(&so_far, holds)| so_far && holds).collect(),
        });
    }
    fits.unwrap_or_default().into_iter().filter(|&fits| fits).count()
}

impl Test {
    /// As SQL compares: nothing equals null, except where `SQLAlchemy` writes `IS NULL`.
    fn holds(&self, cell: Cell<'_>) -> bool {
        let null = matches!(cell, Cell::Null);
        match self {
            Self::Equal(wanted) => cell.is(wanted),
            Self::Different(wanted) => !cell.is(wanted) && (wanted.is_null() || !null),
            Self::In(wanted) => !null && wanted.iter().any(|wanted| cell.is(wanted)),
            Self::NotIn(wanted) if wanted.is_empty() => true,
            Self::NotIn(wanted) => !null && !wanted.iter().any(|wanted| wanted.is_null() || cell.is(wanted)),
            Self::Like(pattern) => match cell {
                Cell::Text(text) => pattern.matches(text),
                Cell::Null | Cell::Int(_) | Cell::Uuid(_) | Cell::Time(_) | Cell::Json(_) => false,
            },
        }
    }
}

fn related(state: &State, alert: &StoredAlert, relation: &str, column: &str) -> Vec<Value> {
    let row = |row: Option<&seed::Row>| -> Vec<Value> {
        row.map(|row| {
            if column.ends_with("_id") {
                json!(row.0)
            } else {
                json!(row.1)
            }
        })
        .into_iter()
        .collect()
    };
    match relation {
        "severity" => row(seed::row(&seed::SEVERITIES, alert.severity_id)),
        "status" => row(seed::row(&seed::STATUSES, alert.status_id)),
        "resolution_status" => row(alert.resolution_id.and_then(|id| seed::row(&seed::RESOLUTIONS, id))),
        "owner" => {
            let owner = alert.owner_id.and_then(|id| state.users.get(&id));
            owner
                .map(|user| match column {
                    "id" => json!(user.id),
                    "name" => json!(user.name),
                    "email" => json!(user.email),
                    _ => json!(user.login),
                })
                .into_iter()
                .collect()
        }
        "customer" => {
            let customer = state.customers.get(&alert.customer_id);
            customer
                .map(|customer| {
                    if column == "name" {
                        json!(customer.name)
                    } else {
                        json!(customer.id)
                    }
                })
                .into_iter()
                .collect()
        }
        "cases" => {
            let cases = alert.cases.iter().filter_map(|id| state.cases.get(id));
            cases
                .map(|case| {
                    if column == "name" {
                        json!(case.name)
                    } else {
                        json!(case.id)
                    }
                })
                .collect()
        }
        "comments" => {
            let comments = alert.comments.iter();
            comments
                .map(|comment| {
                    if column == "comment_id" {
                        json!(comment.id)
                    } else {
                        json!(comment.text)
                    }
                })
                .collect()
        }
        "assets" => {
            let assets = alert.assets.iter();
            assets
                .map(|asset| match column {
                    "asset_id" => json!(asset.id),
                    "asset_ip" => json!(asset.ip),
                    "asset_type_id" => json!(asset.type_id),
                    _ => json!(asset.name),
                })
                .collect()
        }
        _ => {
            let iocs = alert.iocs.iter();
            iocs.map(|ioc| match column {
                "ioc_id" => json!(ioc.id),
                "ioc_type_id" => json!(ioc.type_id),
                _ => json!(ioc.value),
            })
            .collect()
        }
    }
}
