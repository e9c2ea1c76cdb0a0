//! From path to answer: the one list of what the sandbox knows.

use super::{
    alerts,
    auth::Caller,
    cases, comments,
    exchange::{Answer, Request},
    filter, manage, seed, similar,
    state::State,
};
use crate::Permission::{
    self, AlertsDelete, AlertsRead, AlertsWrite, CustomersRead, CustomersWrite, ServerAdministrator,
};

/// Answers a request to the API.
pub(super) fn answer(state: &mut State, request: &Request) -> Answer {
    route(state, request).unwrap_or_else(|answer| answer)
}

#[expect(clippy::too_many_lines, reason = "one list, one look")]
fn route(state: &mut State, request: &Request) -> Result<Answer, Answer> {
    let path = request.path.clone();
    let mut parts = path.split('/').skip(1);
    let segments: [&str; 5] = std::array::from_fn(|_| parts.next().unwrap_or_default());
    // More than the longest path, or a slash at the end, is no path.
    if parts.next().is_some() || (path.ends_with('/') && path.len() > 1) {
        return Err(not_found(request));
    }
    let caller = |state: &State, permission: Option<Permission>| {
        let caller = Caller::of(state, request)?;
        permission.map_or(Ok(()), |permission| caller.require(permission))?;
        Ok::<_, Answer>(caller)
    };
    let anyone = None;
    let get = request.method == "GET" || request.method == "HEAD";
    let post = request.method == "POST";
    let (is_get, is_post) = (|| method(get), || method(post));
    match segments {
        ["api", "ping", "", "", ""] => {
            is_get()?;
            caller(state, anyone)?;
            Ok(signed(Answer::done("pong")))
        }
        ["api", "versions", "", "", ""] => {
            is_get()?;
            caller(state, anyone)?;
            Ok(signed(manage::versions()))
        }
        ["user", "whoami", "", "", ""] => {
            is_get()?;
            let caller = caller(state, anyone)?;
            Ok(signed(manage::whoami(state, &caller)))
        }
        ["user", "has-permission", "", "", ""] => {
            is_post()?;
            let caller = caller(state, anyone)?;
            cookie(manage::has_permission(&caller, request))
        }
        [
            "manage",
            list @ ("severities" | "alert-status" | "alert-resolutions"),
            action @ ("list" | "search"),
            "",
            "",
        ] => {
            if action == "list" {
                is_get()?;
            } else {
                is_post()?;
            }
            caller(state, anyone)?;
            let (rows, prefix, what): (&[seed::Row], _, _) = match list {
                "severities" => (&seed::SEVERITIES, "severity", "severity"),
                "alert-status" => (&seed::STATUSES, "status", "status"),
                _ => (&seed::RESOLUTIONS, "resolution_status", "alert resolution"),
            };
            if action == "list" {
                return Ok(signed(manage::list(rows, prefix)));
            }
            cookie(manage::search(rows, prefix, what, request))
        }
        ["manage", "ioc-types", "list", "", ""] => {
            is_get()?;
            caller(state, anyone)?;
            Ok(signed(manage::ioc_types()))
        }
        ["manage", "asset-type", "list", "", ""] => {
            is_get()?;
            caller(state, anyone)?;
            Ok(signed(manage::asset_types()))
        }
        ["manage", "case-classifications", "list", "", ""] => {
            is_get()?;
            caller(state, anyone)?;
            Ok(signed(manage::classifications(state)))
        }
        ["manage", "tlp", "list", "", ""] => {
            is_get()?;
            caller(state, anyone)?;
            Ok(signed(manage::tlps()))
        }
        ["manage", "case-templates", "list", "", ""] => {
            is_get()?;
            caller(state, anyone)?;
            Ok(signed(Answer::done("")))
        }
        ["manage", "customers", "list", "", ""] => {
            is_get()?;
            caller(state, Some(CustomersRead)).map_err(sign_refusal)?;
            Ok(signed(manage::customers(state)))
        }
        ["manage", "customers", "add", "", ""] => {
            is_post()?;
            caller(state, Some(CustomersWrite)).map_err(sign_refusal)?;
            cookie(manage::add_customer(state, request))
        }
        ["manage", "groups", "add", "", ""] => {
            is_post()?;
            caller(state, Some(ServerAdministrator)).map_err(sign_refusal)?;
            cookie(manage::add_group(state, request))
        }
        ["manage", "users", "add", "", ""] => {
            is_post()?;
            caller(state, Some(ServerAdministrator)).map_err(sign_refusal)?;
            cookie(manage::add_user(state, request))
        }
        ["manage", "users", id, what @ ("groups" | "customers"), "update"] if number(id).is_some() => {
            is_post()?;
            caller(state, Some(ServerAdministrator)).map_err(sign_refusal)?;
            let id = number(id).unwrap_or_default();
            cookie(if what == "groups" {
                manage::set_groups(state, request, id)
            } else {
                manage::set_customers(state, request, id)
            })
        }
        ["alerts", "filter", "", "", ""] => {
            is_get()?;
            let caller = caller(state, Some(AlertsRead)).map_err(sign_refusal)?;
            cookie(filter::filter(state, &caller, request))
        }
        ["alerts", "add", "", "", ""] => {
            is_post()?;
            let caller = caller(state, Some(AlertsWrite)).map_err(sign_refusal)?;
            cookie(alerts::add(state, &caller, request))
        }
        [
            "alerts",
            "batch",
            verb @ ("update" | "delete" | "merge" | "escalate"),
            "",
            "",
        ] => {
            is_post()?;
            let permission = if verb == "delete" { AlertsDelete } else { AlertsWrite };
            let caller = caller(state, Some(permission)).map_err(sign_refusal)?;
            cookie(match verb {
                "update" => alerts::batch_update(state, &caller, request),
                "delete" => alerts::batch_delete(state, &caller, request),
                "merge" => cases::batch_merge(state, &caller, request),
                _ => cases::batch_escalate(state, &caller, request),
            })
        }
        [
            "alerts",
            verb @ ("update" | "delete" | "escalate" | "merge" | "unmerge"),
            id,
            "",
            "",
        ] if number(id).is_some() => {
            is_post()?;
            let permission = if verb == "delete" { AlertsDelete } else { AlertsWrite };
            let caller = caller(state, Some(permission)).map_err(sign_refusal)?;
            let id = number(id).unwrap_or_default();
            cookie(match verb {
                "update" => alerts::update(state, &caller, request, id),
                "delete" => alerts::delete(state, &caller, id),
                "escalate" => cases::escalate(state, &caller, request, id),
                "merge" => cases::merge(state, &caller, request, id),
                _ => cases::unmerge(state, &caller, request, id),
            })
        }
        ["alerts", "similarities", id, "", ""] if number(id).is_some() => {
            is_get()?;
            let caller = caller(state, Some(AlertsRead)).map_err(sign_refusal)?;
            cookie(similar::similarities(
                state,
                &caller,
                request,
                number(id).unwrap_or_default(),
            ))
        }
        ["alerts", id, "", "", ""] if number(id).is_some() => {
            is_get()?;
            let caller = caller(state, Some(AlertsRead)).map_err(sign_refusal)?;
            cookie(alerts::get(state, &caller, number(id).unwrap_or_default()))
        }
        ["alerts", id, "comments", "list", ""] if number(id).is_some() => {
            is_get()?;
            let caller = caller(state, Some(AlertsRead)).map_err(sign_refusal)?;
            cookie(comments::list(state, &caller, number(id).unwrap_or_default()))
        }
        ["alerts", id, "comments", "add", ""] if number(id).is_some() => {
            is_post()?;
            let caller = caller(state, Some(AlertsWrite)).map_err(sign_refusal)?;
            cookie(comments::add(state, &caller, request, number(id).unwrap_or_default()))
        }
        ["alerts", id, "comments", comment, verb @ ("" | "edit" | "delete")]
            if number(id).is_some() && number(comment).is_some() =>
        {
            if verb.is_empty() {
                is_get()?;
            } else {
                is_post()?;
            }
            let permission = if verb.is_empty() { AlertsRead } else { AlertsWrite };
            let caller = caller(state, Some(permission)).map_err(sign_refusal)?;
            let (id, comment) = (number(id).unwrap_or_default(), number(comment).unwrap_or_default());
            cookie(match verb {
                "" => comments::get(state, &caller, id, comment),
                "edit" => comments::edit(state, &caller, request, id, comment),
                _ => comments::delete(state, &caller, id, comment),
            })
        }
        _ => Err(not_found(request)),
    }
}

/// Flask's `<int:…>`.
fn number(segment: &str) -> Option<i64> {
    segment
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| segment.parse().ok())?
}

fn method(fits: bool) -> Result<(), Answer> {
    if fits {
        return Ok(());
    }
    Err(Answer::html(
        405,
        "Method Not Allowed",
        "The method is not allowed for the requested URL.",
    ))
}

fn not_found(request: &Request) -> Answer {
    if request.is_json() {
        return Answer::refused(404, "Resource not found");
    }
    let body = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<title>IRIS -  404 Error  </title>\n</head>\n\
                <h2>SORRY!</h2>\n<h3>The page you’re looking for was not found.</h3>\n</html>\n";
    Answer::page(404, body.to_owned())
}

/// The cookie that every answer to a known account carries, and that a client should not keep.
fn signed(answer: Answer) -> Answer {
    let session = uuid::Uuid::new_v4().simple();
    answer.with_header(
        "set-cookie",
        format!("session={session}; Secure; HttpOnly; Path=/; SameSite=Lax"),
    )
}

fn sign_refusal(answer: Answer) -> Answer {
    if answer.status == 403 { signed(answer) } else { answer }
}

#[expect(clippy::unnecessary_wraps, reason = "the last step of every arm")]
fn cookie(result: Result<Answer, Answer>) -> Result<Answer, Answer> {
    Ok(signed(result.unwrap_or_else(|answer| answer)))
}
