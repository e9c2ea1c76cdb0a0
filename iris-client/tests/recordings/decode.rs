//! Serves every recorded answer to the client, which has to make sense of it.

use iris_client::{
    AlertFilter, AlertId, AlertPatch, CaseId, CommentId, CustomerId, Error, Escalation, IrisClient, Merge, NewAlert,
    OwnerChange, Permission, Result, RetryPolicy, Similarities,
};
use serde_json::Value;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

use crate::fixture::Recording;

/// What the typed call for a path made of an answer.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// What it read, in words that are compared with the recording.
    Read(Value),
    Failed(Error),
}

/// Lets the client make the call of a recording and gives it the recorded answer. `None` where nothing was answered.
pub(crate) async fn outcome(recording: &Recording) -> Option<Outcome> {
    let status = recording.response.status?;
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(status).set_body_raw(recording.answered(), &recording.content_type());
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let client = IrisClient::builder(&server.uri())
        .token("sesame-key".into())
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    Some(match call(&client, recording).await {
        Ok(read) => Outcome::Read(read),
        Err(error) => Outcome::Failed(error),
    })
}

async fn call(client: &IrisClient, recording: &Recording) -> Result<Value> {
    let request = &recording.request;
    let parts: Vec<&str> = request.path.split('/').skip(1).collect();
    let id = |part: &str| part.parse().map(AlertId).unwrap();
    let comment = |part: &str| part.parse().map(CommentId).unwrap();
    let alerts = client.alerts();
    let new = NewAlert::new("t", 4, 2, CustomerId(1));
    let patch = AlertPatch::default().note("n");
    let quiet = patch.clone().owner(OwnerChange::Unassign);
    match parts[..] {
        ["api", "ping"] => client.ping().await.map(|()| Value::Null),
        ["api", "versions"] => json(client.versions().await),
        ["user", "whoami"] => json(client.whoami().await),
        ["user", "has-permission"] => json(client.has_permission(Permission::AlertsWrite).await),
        ["manage", "severities", "list"] => json(client.manage().severities().await),
        ["manage", "alert-status", "list"] => json(client.manage().alert_statuses().await),
        ["manage", "alert-resolutions", "list"] => json(client.manage().alert_resolutions().await),
        ["manage", "customers", "list"] => json(client.manage().customers().await),
        ["alerts", "add"] if request.method == "POST" => json(alerts.add(&new).await),
        ["alerts", "filter"] => json(alerts.filter(&AlertFilter::default()).await.map(|page| page.items)),
        ["alerts", "batch", "update"] => alerts.batch_update(&[AlertId(1)], &quiet).await.map(|()| Value::Null),
        ["alerts", "batch", "delete"] => alerts.batch_delete(&[AlertId(1)]).await.map(|()| Value::Null),
        ["alerts", "update", alert] => json(alerts.update(id(alert), &patch).await),
        ["alerts", "delete", alert] => alerts.delete(id(alert)).await.map(|()| Value::Null),
        ["alerts", "escalate", alert] => json(alerts.escalate(id(alert), &Escalation::default()).await),
        ["alerts", "merge", alert] => json(alerts.merge(id(alert), &Merge::into_case(CaseId(1))).await),
        ["alerts", "unmerge", alert] => json(alerts.unmerge(id(alert), CaseId(1)).await),
        ["alerts", "similarities", alert] => json(alerts.similarities(id(alert), Similarities::default()).await),
        ["alerts", alert, "comments", "list"] => json(alerts.comments(id(alert)).await),
        ["alerts", alert, "comments", "add"] => json(alerts.comment(id(alert), "c").await),
        ["alerts", alert, "comments", one, "edit"] => json(alerts.edit_comment(id(alert), comment(one), "c").await),
        ["alerts", alert, "comments", one, "delete"] => alerts
            .delete_comment(id(alert), comment(one))
            .await
            .map(|()| Value::Null),
        ["alerts", alert] if alert.parse::<i64>().is_ok() => json(alerts.get(id(alert)).await),
        _ => client
            .request(&request.method, &request.path)
            .send()
            .await
            .map(|mut body| body["data"].take()),
    }
}

fn json<T: serde::Serialize>(result: Result<T>) -> Result<Value> {
    result.map(|read| serde_json::to_value(read).unwrap())
}

/// Everything that IRIS said must be found again in what was read, wherever it went.
fn lost(theirs: &Value, ours: &Value) -> Option<String> {
    match theirs {
        Value::Object(map) => map.iter().find_map(|(key, value)| {
            let kept = ours.get(key);
            match (value, kept) {
                // Fields without a value may be left out.
                (Value::Null, None | Some(Value::Null)) => None,
                (Value::Array(items), None) if items.is_empty() => None,
                (value, Some(kept)) => lost(value, kept),
                (_, None) => Some(key.clone()),
            }
        }),
        Value::Array(items) => {
            let kept = ours.as_array().map_or(&[][..], Vec::as_slice);
            if kept.len() != items.len() {
                return Some(format!("{} of {} entries", kept.len(), items.len()));
            }
            items.iter().zip(kept).find_map(|(theirs, ours)| lost(theirs, ours))
        }
        scalar if scalar == ours => None,
        scalar => Some(scalar.to_string()),
    }
}

#[tokio::test]
async fn the_client_decodes_every_recorded_answer_and_loses_nothing() {
    assert_eq!(decode_all().await, (226, 1));
}

/// How many answers were decoded, and how many recordings hold none. Panics where something was lost.
pub(crate) async fn decode_all() -> (usize, usize) {
    let mut decoded = 0;
    let mut without_answer = 0;
    for recording in Recording::all() {
        let Some(outcome) = outcome(&recording).await else {
            without_answer += 1;
            continue;
        };
        let status = recording.response.status.unwrap();
        match outcome {
            Outcome::Read(read) => {
                // "No" to a question is an answer, too.
                assert!(status == 200 || recording.no() == 28, "{}", recording.file);
                let mut data = recording.response.body.clone().unwrap()["data"].take();
                if recording.request.path == "/alerts/filter" {
                    data = data["alerts"].take();
                }
                let listed = recording.request.path.ends_with("/list") && recording.request.path.starts_with("/manage");
                let bare = matches!(
                    recording.request.path.rsplit('/').next(),
                    Some("ping" | "has-permission" | "delete")
                ) || recording.request.path.contains("/batch/")
                    || recording.request.path.starts_with("/alerts/delete");
                if !listed && !bare {
                    assert_eq!(lost(&data, &read), None, "{}", recording.file);
                }
                if listed {
                    let named = read.as_array().unwrap();
                    assert_eq!(named.len(), data.as_array().unwrap().len(), "{}", recording.file);
                    assert!(
                        named.iter().all(|one| one["id"].is_i64() && one["name"].is_string()),
                        "{}",
                        recording.file
                    );
                }
            }
            Outcome::Failed(error) => assert_ne!(status, 200, "{}: {error}", recording.file),
        }
        decoded += 1;
    }
    (decoded, without_answer)
}
