//! `GET /alerts/filter`.

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::{
    auth::Caller,
    condition::{self, Condition},
    exchange::{Answer, Request},
    like::Pattern,
    printed::{FIELDS, Printed},
    state::State,
    stored::StoredAlert,
    time,
};

type Test = Box<dyn Fn(&State, &StoredAlert) -> bool>;

pub(super) fn filter(state: &State, caller: &Caller, request: &Request) -> Result<Answer, Answer> {
    let page = request.int_param("page").unwrap_or(1).max(1);
    let per_page = request.int_param("per_page").filter(|&number| number > 0);
    // 10 is what IRIS takes without a word, 20 what its library takes for nonsense.
    let nonsense = request.int_param("per_page").is_some();
    let per_page = per_page.unwrap_or(if nonsense { 20 } else { 10 });
    let mut tests = tests_of(request)?;
    if !caller.is_admin() {
        let customers = caller.customers();
        tests.push(Box::new(move |_, alert| customers.contains(&alert.customer_id)));
    }
    let conditions = conditions_of(request)?;

    let mut candidates = candidates(state, request, &conditions)?;
    // The order of storing, which decides where times are equal: IRIS has no tie-break, and a small table usually gives this.
    candidates.sort_unstable_by_key(|alert| alert.id.0);
    candidates.dedup_by_key(|alert| alert.id.0);
    let mut found: Vec<(&StoredAlert, usize)> = candidates
        .into_iter()
        .filter(|alert| tests.iter().all(|test| test(state, alert)))
        .map(|alert| (alert, condition::rows(&conditions, state, alert)))
        .filter(|(_, rows)| *rows > 0)
        .collect();
    if request.param("sort").unwrap_or("desc") == "desc" {
        found.sort_by_key(|(alert, _)| std::cmp::Reverse(alert.event_time));
    } else {
        found.sort_by_key(|(alert, _)| alert.event_time);
    }
    let total = found.iter().map(|(_, rows)| rows).sum::<usize>();
    let total = i64::try_from(total).unwrap_or(i64::MAX);
    let last = total.div_euclid(per_page) + i64::from(total % per_page != 0);
    let start = usize::try_from((page - 1).saturating_mul(per_page)).unwrap_or(usize::MAX);
    let fields = fields_of(request);
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    // A page is cut out of the joined rows, and an alert that stands in several of them is printed once.
    let rows = found
        .into_iter()
        .flat_map(|(alert, rows)| std::iter::repeat_n(alert, rows))
        .skip(start)
        .take(usize::try_from(per_page).unwrap_or(usize::MAX));
    let mut shown: Vec<&StoredAlert> = rows.collect();
    shown.dedup_by_key(|alert| alert.id.0);
    let alerts: Vec<_> = shown
        .into_iter()
        .map(|alert| state.print_fields(alert, &fields))
        .collect();
    let data = Found {
        total,
        alerts,
        last_page: last,
        current_page: page,
        next_page: (page < last).then_some(page + 1),
    };
    Ok(Answer::success("", data))
}

#[derive(Serialize)]
struct Found<'a> {
    total: i64,
    alerts: Vec<Printed<'a>>,
    last_page: i64,
    current_page: i64,
    next_page: Option<i64>,
}

/// Alerts that may be meant, by tags for certain; all, where nothing is asked for that there is a short way to.
fn candidates<'a>(
    state: &'a State,
    request: &Request,
    conditions: &[Condition],
) -> Result<Vec<&'a StoredAlert>, Answer> {
    let of = |ids: Vec<i64>| -> Vec<&StoredAlert> { ids.iter().filter_map(|id| state.alerts.get(id)).collect() };
    let tags = request.param("alert_tags").map(|text| Pattern::containing(text, true));
    let ids: Vec<i64> = if let Some(ids) = ids_of(request)? {
        ids
    } else if let Some(uuids) = conditions.iter().find_map(|one| one.equals("alert_uuid")) {
        let uuids = uuids.iter().filter_map(|uuid| Uuid::parse_str(uuid.as_str()?).ok());
        uuids.filter_map(|uuid| state.index.uuid(&uuid)).collect()
    } else if let Some(refs) = conditions.iter().find_map(|one| texts(one.equals("alert_source_ref")?)) {
        refs.into_iter().flat_map(|text| state.index.source_ref(text)).collect()
    } else if let Some(tags) = conditions.iter().find_map(|one| texts(one.equals("alert_tags")?)) {
        tags.into_iter().flat_map(|text| state.index.tags(text)).collect()
    } else if let Some(pattern) = conditions.iter().find_map(|one| one.is_like("alert_tags")) {
        state.index.tags_like(pattern).collect()
    } else if let Some(tags) = &tags {
        return Ok(of(state.index.tags_like(tags).collect()));
    } else {
        return Ok(state.alerts.values().collect());
    };
    let mut found = of(ids);
    if let Some(tags) = tags {
        found.retain(|alert| alert.tags.as_deref().is_some_and(|text| tags.matches(text)));
    }
    Ok(found)
}

/// The values, if none of them is null, which no index knows.
fn texts(values: &[Value]) -> Option<Vec<&str>> {
    values.iter().map(Value::as_str).collect()
}

/// The fields that are asked for, or all if one of them is unknown.
fn fields_of(request: &Request) -> Vec<String> {
    let asked = request.param("fields").unwrap_or_default();
    let asked: Vec<&str> = asked
        .split(',')
        .map(str::trim)
        .filter(|field| !field.is_empty())
        .collect();
    if asked.is_empty() || asked.iter().any(|field| !FIELDS.contains(field)) {
        return FIELDS.iter().map(|&field| field.to_owned()).collect();
    }
    asked.into_iter().map(str::to_owned).collect()
}

fn ids_of(request: &Request) -> Result<Option<Vec<i64>>, Answer> {
    let Some(text) = request.param("alert_ids").filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let ids: Result<Vec<i64>, _> = text.split(',').map(|id| id.trim().parse()).collect();
    ids.map(Some).map_err(|_| Answer::error("Invalid alert id"))
}

fn conditions_of(request: &Request) -> Result<Vec<Condition>, Answer> {
    match request.param("custom_conditions").filter(|text| !text.is_empty()) {
        Some(text) => condition::parse(text).map_err(Answer::error),
        None => Ok(Vec::new()),
    }
}

fn tests_of(request: &Request) -> Result<Vec<Test>, Answer> {
    let mut tests: Vec<Test> = Vec::new();
    if let Some((from, to)) = range(request, "creation_start_date", "creation_end_date") {
        tests.push(Box::new(move |_, alert| (from..=to).contains(&alert.creation_time)));
    }
    if let Some((from, to)) = range(request, "source_start_date", "source_end_date") {
        tests.push(Box::new(move |_, alert| (from..=to).contains(&alert.event_time)));
    }
    let mut text = |name: &str, any_case: bool, column: fn(&StoredAlert) -> Option<&str>| {
        if let Some(wanted) = request.param(name) {
            let pattern = Pattern::containing(wanted, any_case);
            tests.push(Box::new(move |_, alert| {
                column(alert).is_some_and(|text| pattern.matches(text))
            }));
        }
    };
    text("alert_title", true, |alert| Some(&alert.title));
    text("alert_description", true, |alert| alert.description.as_deref());
    text("alert_source", true, |alert| alert.source.as_deref());
    text("source_reference", false, |alert| alert.source_ref.as_deref());
    let mut number = |name: &str, column: fn(&StoredAlert) -> Option<i64>| {
        if let Some(wanted) = request.int_param(name) {
            tests.push(Box::new(move |_, alert| column(alert) == Some(wanted)));
        }
    };
    number("alert_status_id", |alert| Some(alert.status_id));
    number("alert_severity_id", |alert| Some(alert.severity_id));
    number("alert_resolution_id", |alert| alert.resolution_id);
    number("alert_classification_id", |alert| alert.classification_id);
    // −1 is nobody.
    number("alert_owner_id", |alert| Some(alert.owner_id.unwrap_or(-1)));
    if let Some(case) = request.int_param("case_id") {
        tests.push(Box::new(move |_, alert| alert.cases.contains(&case)));
    }
    if let Some(customer) = request.param("alert_customer_id") {
        // Not read as a number by IRIS, so that the database refuses what is none.
        let customer: i64 = customer.trim().parse().map_err(|_| Answer::error("Filtering error"))?;
        tests.push(Box::new(move |_, alert| alert.customer_id == customer));
    }
    if let Some(names) = list(request, "alert_assets") {
        tests.push(Box::new(move |_, alert| {
            alert.assets.iter().any(|asset| names.contains(&asset.name))
        }));
    }
    if let Some(values) = list(request, "alert_iocs") {
        tests.push(Box::new(move |_, alert| {
            alert.iocs.iter().any(|ioc| values.contains(&ioc.value))
        }));
    }
    Ok(tests)
}

/// Both ends, or nothing.
fn range(request: &Request, from: &str, to: &str) -> Option<(jiff::civil::DateTime, jiff::civil::DateTime)> {
    let from = time::parse_filter(request.param(from)?)?;
    let to = time::parse_filter(request.param(to)?)?;
    Some((from, to))
}

fn list(request: &Request, name: &str) -> Option<Vec<String>> {
    let text = request.param(name).filter(|text| !text.is_empty())?;
    Some(text.split(',').map(str::to_owned).collect())
}
