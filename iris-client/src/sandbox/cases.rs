//! `/alerts/{escalate,merge,unmerge}` and their batches: how alerts become part of a case.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    auth::Caller,
    exchange::{Answer, Request},
    python::is_falsy,
    schema, seed,
    state::{CaseRow, State},
    time,
};

pub(super) fn escalate(state: &mut State, caller: &Caller, request: &Request, id: i64) -> Result<Answer, Answer> {
    let alert = state
        .alerts
        .get(&id)
        .cloned()
        .ok_or_else(|| Answer::error("Alert not found"))?;
    let data = request.json()?;
    if !caller.may_use(alert.customer_id) {
        return Err(Answer::refused(
            403,
            "User not entitled to escalate alerts for the client",
        ));
    }
    // Committed at once; what goes wrong from here on leaves it like that.
    set_status(state, id, "Escalated");
    let case_id = state.next("case");
    let title = text(&data, "case_title").filter(|title| !title.is_empty());
    let name = title.map_or_else(|| format!("[ALERT] {}", alert.title), |title| format!(" {title}"));
    let description = format!(
        "*Alert escalated by {}*\n\n{}### Alert description\n\n{}\n\n### IRIS alert link\n\n\
         [<i class='fa-solid fa-bell'></i> #{id}](/alerts?alert_ids={id})",
        caller.name,
        escalation_note(&data),
        alert.description.as_deref().unwrap_or("None"),
    );
    let case = CaseRow {
        id: case_id,
        uuid: Uuid::new_v4(),
        name: format!("#{case_id} - {name}"),
        description,
        soc_id: id.to_string(),
        customer_id: alert.customer_id,
        classification_id: alert.classification_id,
        severity_id: Some(alert.severity_id),
        state_id: Some(3),
        user_id: caller.id,
        opened: time::now(),
        history: json!({time::epoch(time::now()): {"user": caller.login, "user_id": caller.id, "action": "created"}}),
    };
    state.cases.insert(case_id, case);
    let tags = data.get("case_tags").cloned().unwrap_or_default();
    if !tags.is_string() {
        return Err(Answer::error(schema::no_attribute(&tags, "split")));
    }
    for key in ["iocs_import_list", "assets_import_list"] {
        iterable(&data, key)?;
    }
    if let Some(alert) = state.alerts.get_mut(&id) {
        alert.cases.push(case_id);
    }
    print(state, case_id)
}

pub(super) fn merge(state: &mut State, caller: &Caller, request: &Request, id: i64) -> Result<Answer, Answer> {
    let data = request.json()?;
    let wanted = target(&data)?;
    let customer = state
        .alerts
        .get(&id)
        .ok_or_else(|| Answer::error("Alert not found"))?
        .customer_id;
    let case = case_of(state, wanted)?;
    if !caller.may_use(customer) {
        return Err(Answer::refused(403, "User not entitled to merge alerts for the client"));
    }
    if !caller.may_use(state.cases[&case].customer_id) {
        return Err(Answer::refused(403, "User not entitled to merge alerts for the case"));
    }
    set_status(state, id, "Merged");
    link(state, caller, &data, id, case, &escalation_note(&data))?;
    print(state, case)
}

pub(super) fn unmerge(state: &mut State, caller: &Caller, request: &Request, id: i64) -> Result<Answer, Answer> {
    let data = request.json()?;
    let wanted = target(&data)?;
    let customer = state
        .alerts
        .get(&id)
        .ok_or_else(|| Answer::error("Alert not found"))?
        .customer_id;
    let case = case_of(state, wanted)?;
    if !caller.may_use(customer) {
        return Err(Answer::refused(
            403,
            "User not entitled to unmerge alerts for the client",
        ));
    }
    if !caller.may_use(state.cases[&case].customer_id) {
        return Err(Answer::refused(403, "User not entitled to unmerge alerts for the case"));
    }
    let Some(alert) = state.alerts.get_mut(&id) else {
        return Err(Answer::crash());
    };
    let Some(at) = alert.cases.iter().position(|&own| own == case) else {
        return Err(Answer::error(format!("Case {case} not linked with alert {id}")));
    };
    alert.cases.remove(at);
    // Stands in the answer and is never stored.
    let mut printed = alert.clone();
    printed.remember(&caller.login, caller.id, &format!("Alert unmerged from case #{case}"));
    Ok(Answer::success(
        &format!("Alert {id} unlinked from case {case}"),
        state.print(&printed),
    ))
}

pub(super) fn batch_merge(state: &mut State, caller: &Caller, request: &Request) -> Result<Answer, Answer> {
    let data = request.json()?;
    let wanted = target(&data)?;
    let ids = ids(&data)?;
    let case = case_of(state, wanted)?;
    if !caller.may_use(state.cases[&case].customer_id) {
        return Err(Answer::refused(403, "User not entitled to merge alerts for the case"));
    }
    for id in ids.split(',') {
        let id = python_int(id)?;
        let Some(customer) = state.alerts.get(&id).map(|alert| alert.customer_id) else {
            continue;
        };
        if !caller.may_use(customer) {
            return Err(Answer::refused(403, "User not entitled to merge alerts for the client"));
        }
        set_status(state, id, "Merged");
        link(state, caller, &data, id, case, "")?;
    }
    let note = escalation_note(&data);
    if let Some(case) = state.cases.get_mut(&case) {
        case.description.push_str(&note);
    }
    print(state, case)
}

/// Always fails without a template, after it has changed every status; the sandbox has no templates.
pub(super) fn batch_escalate(state: &mut State, caller: &Caller, request: &Request) -> Result<Answer, Answer> {
    let data = request.json()?;
    let ids = ids(&data)?;
    for id in ids.split(',') {
        let id = python_int(id)?;
        let Some(customer) = state.alerts.get(&id).map(|alert| alert.customer_id) else {
            continue;
        };
        if !caller.may_use(customer) {
            return Err(Answer::refused(
                403,
                "User not entitled to escalate alerts for the client",
            ));
        }
        set_status(state, id, "Merged");
    }
    Err(Answer::error(
        "local variable 'case_template_title_prefix' referenced before assignment",
    ))
}

fn link(state: &mut State, caller: &Caller, data: &Value, id: i64, case: i64, note: &str) -> Result<(), Answer> {
    if state.alerts.get(&id).is_some_and(|alert| alert.cases.contains(&case)) {
        return Ok(());
    }
    for key in ["iocs_import_list", "assets_import_list"] {
        iterable(data, key)?;
    }
    if let Some(row) = state.cases.get_mut(&case) {
        let by = &caller.name;
        let text = format!("\n\n*Alert [#{id}](/alerts?alert_ids={id}) escalated by {by}*\n\n{note}");
        row.description.push_str(&text);
    }
    if let Some(alert) = state.alerts.get_mut(&id) {
        alert.cases.push(case);
    }
    Ok(())
}

fn print(state: &State, case: i64) -> Result<Answer, Answer> {
    let row = state.cases.get(&case).ok_or_else(Answer::crash)?;
    Ok(Answer::success("", State::print_case(row)))
}

fn set_status(state: &mut State, id: i64, status: &str) {
    if let Some(alert) = state.alerts.get_mut(&id) {
        alert.status_id = seed::status_id(status);
    }
}

fn escalation_note(data: &Value) -> String {
    match text(data, "note") {
        Some(note) if !note.is_empty() => format!("\n\n### Escalation note\n\n{note}\n\n"),
        Some(_) | None => String::new(),
    }
}

fn text<'a>(data: &'a Value, key: &str) -> Option<&'a str> {
    data.get(key)?.as_str()
}

fn target(data: &Value) -> Result<&Value, Answer> {
    let wanted = data.get("target_case_id").filter(|id| !id.is_null());
    wanted.ok_or_else(|| Answer::error("No target case id provided"))
}

fn case_of(state: &State, wanted: &Value) -> Result<i64, Answer> {
    let known = schema::integer(wanted).filter(|id| state.cases.contains_key(id));
    known.ok_or_else(|| Answer::error("Target case not found"))
}

fn ids(data: &Value) -> Result<&str, Answer> {
    match data.get("alert_ids") {
        Some(Value::String(ids)) if !ids.is_empty() => Ok(ids),
        Some(other) if !is_falsy(other) => Err(Answer::error(schema::no_attribute(other, "split"))),
        Some(_) | None => Err(Answer::error("No alert ids provided")),
    }
}

fn iterable(data: &Value, key: &str) -> Result<(), Answer> {
    match data.get(key) {
        Some(Value::Array(_)) => Ok(()),
        other => {
            let name = other.map_or("NoneType", super::python::type_name);
            Err(Answer::error(format!("'{name}' object is not iterable")))
        }
    }
}

fn python_int(text: &str) -> Result<i64, Answer> {
    let refused = || {
        Answer::error(format!(
            "invalid literal for int() with base 10: {}",
            super::python::repr(text)
        ))
    };
    text.trim().parse().map_err(|_| refused())
}
