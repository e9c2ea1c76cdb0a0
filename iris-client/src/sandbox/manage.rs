//! Lists, accounts, groups and customers: `/manage/…`, `/user/…`, `/api/…`.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    auth::Caller,
    exchange::{Answer, Request},
    like::Pattern,
    printed::PrintedIocType,
    schema::integer,
    seed::{self, Row},
    state::{State, UserRow},
};
use crate::Permission;

pub(super) fn versions() -> Answer {
    Answer::success(
        "",
        json!({"iris_current": "v2.4.20", "api_min": "2.0.4", "api_current": "2.0.5"}),
    )
}

pub(super) fn whoami(state: &State, caller: &Caller) -> Answer {
    let user = state.users.get(&caller.id);
    Answer::success(
        "",
        user.map_or(Value::Null, |user| {
            json!({
                "user_id": user.id,
                "user_uuid": user.uuid,
                "user_name": user.name,
                "user_login": user.login,
                "user_email": user.email,
                "has_deletion_confirmation": false,
                "has_mini_sidebar": false,
                "is_service_account": user.service_account,
                "mfa_secrets": null,
                "webauthn_credentials": [],
                "mfa_setup_complete": false,
            })
        }),
    )
}

pub(super) fn has_permission(caller: &Caller, request: &Request) -> Result<Answer, Answer> {
    let data = request.json()?;
    let bits = data.get("permission_value").and_then(integer).unwrap_or_default();
    if caller.has_bits(u32::try_from(bits).unwrap_or_default()) {
        return Ok(Answer::done("User has permission"));
    }
    Err(Answer::refused(403, "User does not have permission"))
}

pub(super) fn list(rows: &[Row], prefix: &str) -> Answer {
    Answer::success("", rows.iter().map(|row| print_row(row, prefix)).collect::<Value>())
}

pub(super) fn search(rows: &[Row], prefix: &str, what: &str, request: &Request) -> Result<Answer, Answer> {
    let data = request.json()?;
    let name = data.get(format!("{prefix}_name")).and_then(Value::as_str);
    let name = name.ok_or_else(|| Answer::error(format!("Invalid {what}. Got None")))?;
    let exact = data.get("exact_match").and_then(Value::as_bool).unwrap_or_default();
    let pattern = Pattern::containing(name, true);
    let fits = |row: &&Row| {
        if exact {
            row.1.eq_ignore_ascii_case(name)
        } else {
            pattern.matches(row.1)
        }
    };
    let found: Vec<_> = rows.iter().filter(fits).map(|row| print_row(row, prefix)).collect();
    if found.is_empty() {
        return Err(Answer::error(format!("No {what} found")));
    }
    Ok(Answer::success("", Value::from(found)))
}

pub(super) fn ioc_types() -> Answer {
    let ids = 1..=i64::try_from(seed::IOC_TYPES.len()).unwrap_or_default();
    Answer::success("", ids.map(PrintedIocType::of).collect::<Vec<_>>())
}

pub(super) fn asset_types() -> Answer {
    let types = seed::ASSET_TYPES
        .iter()
        .zip(1..)
        .map(|((name, description, icon), id)| {
            json!({
                "asset_name": name,
                "asset_description": description,
                "asset_id": id,
                "asset_icon_compromised": format!("ioc_{icon}"),
                "asset_icon_not_compromised": icon,
                "asset_icon_compromised_path": format!("/static/assets/img/graph/ioc_{icon}"),
                "asset_icon_not_compromised_path": format!("/static/assets/img/graph/{icon}"),
            })
        });
    Answer::success("", types.collect::<Value>())
}

pub(super) fn classifications(state: &State) -> Answer {
    let ids = 1..=i64::try_from(seed::CLASSIFICATIONS.len()).unwrap_or_default();
    Answer::success("", ids.map(|id| state.print_classification(id)).collect::<Vec<_>>())
}

pub(super) fn tlps() -> Answer {
    let colors = ["danger", "warning", "success", "black", "warning"];
    let rows = seed::TLPS
        .iter()
        .zip(colors)
        .zip(1..)
        .map(|((name, color), id)| json!({"registry": null, "tlp_bscolor": color, "tlp_id": id, "tlp_name": name}));
    Answer::success("", rows.collect::<Value>())
}

pub(super) fn customers(state: &State) -> Answer {
    let customers = state.customers.values().map(|customer| {
        json!({
            "customer_name": customer.name,
            "customer_id": customer.id,
            "customer_uuid": customer.uuid,
            "customer_description": customer.description,
            "customer_sla": customer.sla,
            "custom_attributes": customer.attributes,
        })
    });
    Answer::success("", customers.collect::<Value>())
}

pub(super) fn add_customer(state: &mut State, request: &Request) -> Result<Answer, Answer> {
    let data = request.json()?;
    let name = data.get("customer_name").and_then(Value::as_str);
    let name = name.ok_or_else(|| {
        let complaint = json!({"customer_name": ["Missing data for required field."]});
        Answer::envelope(400, "error", "Error validating the data", complaint)
    })?;
    let part = |name: &str| data.get(name).cloned().unwrap_or_default();
    let id = state.add_customer(
        name,
        part("customer_description"),
        part("customer_sla"),
        part("custom_attributes"),
    );
    Ok(Answer::success("Added successfully", state.print_customer(id)))
}

pub(super) fn add_group(state: &mut State, request: &Request) -> Result<Answer, Answer> {
    let data = request.json()?;
    let text = |name: &str| data.get(name).and_then(Value::as_str).unwrap_or_default();
    let bits = numbers(&data, "group_permissions").unwrap_or_default();
    let mask = bits
        .iter()
        .filter_map(|&bit| u32::try_from(bit).ok())
        .fold(0, |mask, bit| mask | bit);
    let id = state.add_group(text("group_name"), text("group_description"), mask);
    let group = &state.groups[&id];
    Ok(Answer::success(
        "",
        json!({
            "group_name": group.name,
            "group_description": group.description,
            "group_auto_follow_access_level": 0,
            "group_permissions": group.permissions,
            "group_id": group.id,
            "group_uuid": group.uuid,
            "group_auto_follow": false,
        }),
    ))
}

pub(super) fn add_user(state: &mut State, request: &Request) -> Result<Answer, Answer> {
    let data = request.json()?;
    let text = |name: &str| data.get(name).and_then(Value::as_str).unwrap_or_default();
    let service = data
        .get("user_is_service_account")
        .and_then(Value::as_bool)
        .unwrap_or_default();
    let key = new_key();
    let id = state.add_user(text("user_name"), text("user_login"), text("user_email"), &key, service);
    let user = &state.users[&id];
    Ok(Answer::success(
        "user created",
        json!({
            "user_name": user.name,
            "user_login": user.login,
            "user_email": user.email,
            "user_is_service_account": user.service_account,
            "id": user.id,
            "uuid": user.uuid,
            "active": user.active,
            "external_id": null,
            "in_dark_mode": null,
            "has_mini_sidebar": false,
            "has_deletion_confirmation": false,
            "mfa_secrets": null,
            "webauthn_credentials": [],
            "mfa_setup_complete": false,
            "user_api_key": key,
        }),
    ))
}

/// `POST /manage/users/<id>/groups/update`. IRIS answers with what was before.
pub(super) fn set_groups(state: &mut State, request: &Request, id: i64) -> Result<Answer, Answer> {
    let data = request.json()?;
    let groups = numbers(&data, "groups_membership").filter(|groups| !groups.is_empty());
    let groups = groups.ok_or_else(|| Answer::error("Invalid request"))?;
    let printed = print_full(state, id)?;
    if let Some(user) = state.users.get_mut(&id) {
        user.groups = groups.into_iter().collect();
    }
    Ok(Answer::success("User groups updated", printed))
}

/// `POST /manage/users/<id>/customers/update`. IRIS answers with what was before.
pub(super) fn set_customers(state: &mut State, request: &Request, id: i64) -> Result<Answer, Answer> {
    let data = request.json()?;
    let customers = numbers(&data, "customers_membership").filter(|customers| !customers.is_empty());
    let customers = customers.ok_or_else(|| Answer::error("Invalid request"))?;
    let printed = print_full(state, id)?;
    if let Some(user) = state.users.get_mut(&id) {
        user.customers = customers.into_iter().collect();
    }
    Ok(Answer::success("User customers updated", printed))
}

/// A key such as IRIS makes: 86 characters that are safe in an address.
pub(super) fn new_key() -> String {
    let parts: Vec<_> = (0..3).map(|_| Uuid::new_v4().simple().to_string()).collect();
    parts.concat()[..86].to_owned()
}

fn print_full(state: &State, id: i64) -> Result<Value, Answer> {
    let user = state.users.get(&id).ok_or_else(|| Answer::error("Invalid user ID"))?;
    let groups = user.groups.iter().filter_map(|id| state.groups.get(id));
    let groups = groups.map(|group| json!({"group_name": group.name, "group_id": group.id, "group_uuid": group.uuid}));
    let customers = user.customers.iter().filter_map(|id| state.customers.get(id));
    let customers = customers.map(
        |customer| json!({"customer_name": customer.name, "customer_id": customer.id, "client_uuid": customer.uuid}),
    );
    Ok(json!({
        "user_id": user.id,
        "user_uuid": user.uuid,
        "user_name": user.name,
        "user_login": user.login,
        "user_email": user.email,
        "user_active": user.active,
        "user_is_service_account": user.service_account,
        "user_groups": groups.collect::<Vec<_>>(),
        "user_organisations": [{"org_name": "Default Org", "org_id": 1, "org_uuid": state.users[&1].uuid, "is_primary_org": true}],
        "user_permissions": print_permissions(state, user),
        "user_cases_access": [],
        "user_customers": customers.collect::<Vec<_>>(),
        "user_primary_organisation_id": 1,
    }))
}

fn print_permissions(state: &State, user: &UserRow) -> Value {
    let known = [
        Permission::StandardUser,
        Permission::ServerAdministrator,
        Permission::AlertsRead,
        Permission::AlertsWrite,
        Permission::AlertsDelete,
        Permission::SearchAcrossCases,
        Permission::CustomersRead,
        Permission::CustomersWrite,
    ];
    let mut out = Map::new();
    for permission in known {
        let groups = user.groups.iter().filter_map(|id| state.groups.get(id));
        let from: Vec<_> = groups
            .filter(|group| group.permissions & permission.value() != 0)
            .map(|group| group.name.clone())
            .collect();
        if !from.is_empty() {
            let entry = json!({"name": permission.name(), "value": permission.value(), "inherited_from": from});
            out.insert(permission.value().to_string(), entry);
        }
    }
    Value::Object(out)
}

fn print_row(row: &Row, prefix: &str) -> Value {
    json!({
        format!("{prefix}_id"): row.0,
        format!("{prefix}_name"): row.1,
        format!("{prefix}_description"): row.2,
    })
}

fn numbers(data: &Value, name: &str) -> Option<Vec<i64>> {
    data.get(name)?
        .as_array()
        .map(|items| items.iter().filter_map(integer).collect())
}
