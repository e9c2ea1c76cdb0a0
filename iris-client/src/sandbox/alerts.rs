//! `/alerts/…`: add, read, update, delete.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    auth::Caller,
    exchange::{Answer, Request},
    postgres,
    printed::{Cell, FIELDS},
    python::{self, Dict, is_falsy},
    schema::{self, Changes, Loaded},
    state::State,
    stored::StoredAlert,
    time,
};
use crate::AlertId;

pub(super) fn add(state: &mut State, caller: &Caller, request: &Request) -> Result<Answer, Answer> {
    let mut data = match body_of(request)? {
        Value::Object(map) => map,
        Value::Array(_) => return Err(Answer::error("pop expected at most 1 argument, got 2")),
        other => return Err(Answer::error(schema::no_attribute(&other, "pop"))),
    };
    let iocs = data.shift_remove("alert_iocs").unwrap_or_else(|| json!([]));
    let assets = data.shift_remove("alert_assets").unwrap_or_else(|| json!([]));
    let loaded_iocs = schema::load_iocs(state, &iocs).map_err(Answer::error)?;
    let loaded_assets = schema::load_assets(state, &assets).map_err(Answer::error)?;
    let changes = schema::load(state, &data, false).map_err(Answer::error)?;

    // An id in the body makes this an update of that alert, whoever it belongs to.
    let asked = number(&changes, "alert_id");
    let existing = asked.and_then(|id| state.alerts.get(&id).cloned());
    let is_new = existing.is_none();
    let mut alert = existing.unwrap_or_else(blank);
    schema::apply(&mut alert, changes);
    if !caller.may_use(alert.customer_id) {
        return Err(Answer::error("User not entitled to create alerts for the client"));
    }
    alert.creation_time = time::now();
    alert.cases.retain(|case| state.cases.contains_key(case));
    alert.iocs = loaded_iocs;
    alert.assets = loaded_assets;
    if let Some(message) = postgres::refusal(state, &alert, is_new) {
        return Err(Answer::error(message));
    }
    if is_new {
        // The number that `refusal` spent.
        alert.id = asked.map_or_else(|| AlertId(state.last("alert")), AlertId);
    }
    let id = alert.id;
    let printed = iocs.as_array().map_or(&[][..], Vec::as_slice);
    // What fails from here on fails after the commit.
    if let Some(missing) = missing_key(printed) {
        store(state, alert);
        return Err(Answer::error(schema::key_error(missing)));
    }
    alert.remember(&caller.login, caller.id, "Alert created");
    state.similar.learn(&alert);
    let answer = Answer::success("", state.print(&alert));
    store(state, alert);
    tracing::debug!(alert.id = %id, "stored alert {id}");
    Ok(answer)
}

pub(super) fn get(state: &State, caller: &Caller, id: i64) -> Result<Answer, Answer> {
    let alert = visible(state, caller, id).ok_or_else(|| Answer::error("Alert not found"))?;
    let mut printed = json!(state.print(alert));
    printed["related_alerts"] = state.similar.related(alert);
    Ok(Answer::success("", printed))
}

pub(super) fn update(state: &mut State, caller: &Caller, request: &Request, id: i64) -> Result<Answer, Answer> {
    let data = body_of(request)?;
    let alert = state
        .alerts
        .get(&id)
        .cloned()
        .ok_or_else(|| Answer::error("Alert not found"))?;
    if !caller.may_use(alert.customer_id) {
        return Err(Answer::refused(
            403,
            "User not entitled to update alerts for the client",
        ));
    }
    let Value::Object(data) = data else {
        return Err(Answer::error(schema::no_attribute(&data, "items")));
    };
    let differences: Vec<_> = data
        .iter()
        .filter_map(|(key, value)| difference(state, &alert, key, value))
        .collect();
    let changes = schema::load(state, &data, true).map_err(Answer::error)?;
    let mut changed = alert.clone();
    schema::apply(&mut changed, changes);
    changed.cases.retain(|case| state.cases.contains_key(case));
    let asked = data.get("alert_owner_id").filter(|owner| !owner.is_null());
    if asked.is_none() && changed.owner_id.is_none() {
        changed.owner_id = Some(caller.id);
    }
    if asked.is_some_and(|owner| *owner == json!(-1) || *owner == json!("-1")) {
        changed.owner_id = None;
    }
    if let Some(message) = postgres::refusal(state, &changed, false) {
        return Err(Answer::error(message));
    }
    if changed.id != alert.id && state.alerts.contains_key(&changed.id.0) {
        return Err(Answer::error(format!(
            "(psycopg2.errors.UniqueViolation) duplicate key value violates unique constraint \"alerts_pkey\"\n\
             DETAIL:  Key (alert_id)=({}) already exists.\n\n[SQL: UPDATE alerts SET alert_id=%(alert_id)s]",
            changed.id
        )));
    }
    let action = if differences.is_empty() {
        "updated alert".to_owned()
    } else {
        format!("updated alert: {}", differences.join(","))
    };
    changed.remember(&caller.login, caller.id, &action);
    let answer = Answer::success("", state.print(&changed));
    replace(state, &alert, changed);
    Ok(answer)
}

pub(super) fn batch_update(state: &mut State, caller: &Caller, request: &Request) -> Result<Answer, Answer> {
    // What is no object breaks outside of IRIS's own handling.
    let Value::Object(data) = body_of(request)? else {
        return Err(Answer::crash());
    };
    let mut updates = match data.get("updates") {
        None => Map::new(),
        Some(Value::Object(updates)) => updates.clone(),
        Some(_) => return Err(Answer::crash()),
    };
    if updates.get("alert_tags").is_none_or(is_falsy) {
        updates.shift_remove("alert_tags");
    }
    let ids = match data.get("alert_ids") {
        Some(ids) if !is_falsy(ids) => ids.as_array().cloned().ok_or_else(Answer::crash)?,
        Some(_) | None => return Err(Answer::error("No alert IDs provided")),
    };
    for id in ids {
        let found = schema::integer(&id).and_then(|id| state.alerts.get(&id).cloned());
        let alert = found.ok_or_else(|| Answer::error(format!("Alert with ID {id} not found")))?;
        let differences: Vec<_> = updates
            .iter()
            .filter(|(key, value)| Cell::of(&alert, key).value() != **value)
            .map(|(key, _)| format!("\"{key}\""))
            .collect();
        if !caller.may_use(alert.customer_id) {
            return Err(Answer::refused(
                403,
                "User not entitled to update alerts for the client",
            ));
        }
        // The same object is used for all that follow, so they all get this owner.
        if alert.owner_id.is_none() {
            updates.insert("alert_owner_id".to_owned(), caller.id.into());
        }
        if data
            .get("alert_owner_id")
            .is_some_and(|owner| *owner == json!(-1) || *owner == json!("-1"))
        {
            updates.insert("alert_owner_id".to_owned(), Value::Null);
        }
        let changes = schema::load(state, &updates, true).map_err(Answer::error)?;
        let mut changed = alert.clone();
        schema::apply(&mut changed, changes);
        if let Some(message) = postgres::refusal(state, &changed, false) {
            return Err(Answer::error(message));
        }
        if !differences.is_empty() {
            changed.remember(
                &caller.login,
                caller.id,
                &format!("updated alert: {}", differences.join(",")),
            );
        }
        replace(state, &alert, changed);
    }
    Ok(Answer::done("Batch update successful"))
}

pub(super) fn delete(state: &mut State, caller: &Caller, id: i64) -> Result<Answer, Answer> {
    let alert = state.alerts.get(&id).ok_or_else(|| Answer::error("Alert not found"))?;
    if !caller.may_use(alert.customer_id) {
        return Err(Answer::refused(
            403,
            "User not entitled to delete alerts for the client",
        ));
    }
    state.remove_alert(id);
    Ok(Answer::success("", json!({"alert_id": id})))
}

pub(super) fn batch_delete(state: &mut State, caller: &Caller, request: &Request) -> Result<Answer, Answer> {
    let data = body_of(request)?;
    let ids = match data.get("alert_ids") {
        Some(ids) if !is_falsy(ids) => ids.as_array().cloned().ok_or_else(Answer::crash)?,
        Some(_) | None => return Err(Answer::error("No alert IDs provided")),
    };
    let mut found = Vec::new();
    for id in ids {
        let number = schema::integer(&id).unwrap_or_default();
        let alert = state.alerts.get(&number);
        let alert = alert.ok_or_else(|| Answer::error(format!("Alert with ID {id} not found")))?;
        if !caller.may_use(alert.customer_id) {
            return Err(Answer::refused(
                403,
                "User not entitled to delete alerts for the client",
            ));
        }
        found.push(number);
    }
    for id in found {
        state.remove_alert(id);
    }
    Ok(Answer::done("Batch delete successful"))
}

/// The body, unless it says nothing.
pub(super) fn body_of(request: &Request) -> Result<Value, Answer> {
    let data = request.json()?;
    if is_falsy(&data) {
        return Err(Answer::error("No JSON data provided"));
    }
    Ok(data)
}

fn visible<'a>(state: &'a State, caller: &Caller, id: i64) -> Option<&'a StoredAlert> {
    state.alerts.get(&id).filter(|alert| caller.may_use(alert.customer_id))
}

pub(super) fn store(state: &mut State, alert: StoredAlert) {
    if let Some(old) = state.alerts.get(&alert.id.0) {
        state.index.forget(old);
    }
    state.index.learn(&alert);
    state.alerts.insert(alert.id.0, alert);
}

fn replace(state: &mut State, old: &StoredAlert, new: StoredAlert) {
    state.index.forget(old);
    state.alerts.remove(&old.id.0);
    store(state, new);
}

fn blank() -> StoredAlert {
    StoredAlert {
        id: AlertId(0),
        uuid: Uuid::new_v4(),
        title: String::new(),
        description: None,
        source: None,
        source_ref: None,
        source_link: None,
        source_content: Value::Null,
        severity_id: 0,
        status_id: 0,
        context: Value::Null,
        event_time: time::now(),
        creation_time: time::now(),
        note: None,
        tags: None,
        owner_id: None,
        history: Value::Null,
        customer_id: 0,
        classification_id: None,
        resolution_id: None,
        iocs: Vec::new(),
        assets: Vec::new(),
        cases: Vec::new(),
        comments: Vec::new(),
    }
}

fn number(changes: &Changes, column: &str) -> Option<i64> {
    changes.iter().find_map(|(name, value)| match value {
        Loaded::Int(id) if *name == column => Some(*id),
        _ => None,
    })
}

/// The similarity cache reads these keys without asking whether they are there.
fn missing_key(iocs: &[Value]) -> Option<&'static str> {
    iocs.iter()
        .find(|ioc| ioc.get("ioc_type_id").is_none())
        .map(|_| "ioc_type_id")
}

/// How the history describes a change: `"alert_tags" from "a" to "b"`.
fn difference(state: &State, alert: &StoredAlert, key: &str, value: &Value) -> Option<String> {
    let old = if FIELDS.contains(&key) {
        match key {
            "alert_uuid" => {
                return Some(format!(
                    "\"{key}\" from \"{}\" to \"{}\"",
                    alert.uuid,
                    python::text(value, Dict::Plain)
                ));
            }
            "alert_source_event_time" => Value::String(time::spaced(alert.event_time)),
            "alert_creation_time" => Value::String(time::spaced(alert.creation_time)),
            column if column.starts_with("alert_") || column == "modification_history" => {
                Cell::of(alert, column).value()
            }
            related => json!(state.print_fields(alert, &[related]))[related].take(),
        }
    } else {
        Value::Null
    };
    // Whole numbers are compared as text, so that 4 and "4" are the same.
    let same =
        old == *value || (old.is_i64() || value.is_i64()) && scalar(&old) == scalar(value) && scalar(&old).is_some();
    if same {
        return None;
    }
    if matches!(key, "alert_content" | "alert_note") {
        return Some(format!("\"{key}\""));
    }
    let (old, new) = (python::text(&old, Dict::Ordered), python::text(value, Dict::Plain));
    Some(format!("\"{key}\" from \"{old}\" to \"{new}\""))
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
