//! `/_sandbox/…`: faults and counts from outside.

use serde_json::json;

use super::{
    exchange::{Answer, Request},
    fault::Fault,
    server::Shared,
};

/// Answers a request to the control path.
pub(super) fn answer(shared: &Shared, request: &Request) -> Option<Answer> {
    let path = request.path.strip_prefix("/_sandbox/")?;
    Some(match (request.method.as_str(), path) {
        ("GET", "stats") => stats(shared),
        ("POST", "faults") => add(shared, request),
        ("DELETE", "faults") => {
            shared.clear_faults();
            Answer::json(200, &json!({"faults": 0}))
        }
        ("GET", "faults") => Answer::json(200, &json!({"faults": shared.faults().len()})),
        (_, _) => Answer::json(
            404,
            &json!({"error": "GET /_sandbox/stats, POST or DELETE /_sandbox/faults (body or ?spec=: one fault per line)"}),
        ),
    })
}

fn stats(shared: &Shared) -> Answer {
    let log = shared.log();
    let state = shared.state();
    let statuses: serde_json::Map<_, _> = log
        .per_status()
        .iter()
        .map(|(status, count)| (status.to_string(), json!(count)))
        .collect();
    Answer::json(
        200,
        &json!({
            "requests": log.total(),
            "per_path": log.per_path(),
            "per_status": statuses,
            "alerts": state.alerts.len(),
            "tags": state.tags.len(),
        }),
    )
}

fn add(shared: &Shared, request: &Request) -> Answer {
    let body = String::from_utf8_lossy(&request.body).into_owned();
    let specs = request.param("spec").unwrap_or(&body);
    let faults: Result<Vec<Fault>, String> = specs
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(str::parse)
        .collect();
    match faults {
        Ok(faults) => {
            for fault in faults {
                shared.fault(fault);
            }
            Answer::json(200, &json!({"faults": shared.faults().len()}))
        }
        Err(error) => Answer::json(400, &json!({"error": error})),
    }
}
