//! What the sandbox is trusted to do, seen through the client.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use futures_util::{TryStreamExt, future::join_all};
use iris_client::{
    Alert, AlertFilter, AlertId, AlertPatch, CustomerId, Error, Escalation, IrisClient, Merge, NewAlert, NewAsset,
    NewIoc, Op, OwnerChange, Permission, Similarities, Sort,
    sandbox::{Fault, Sandbox, User},
};
use serde_json::{Value, json};
use uuid::Uuid;

fn client(iris: &Sandbox) -> IrisClient {
    IrisClient::builder(&iris.url())
        .token(iris.token().into())
        .build()
        .unwrap()
}

async fn started() -> (Sandbox, IrisClient) {
    let iris = Sandbox::builder().start().await.unwrap();
    let client = client(&iris);
    (iris, client)
}

fn alert(title: &str) -> NewAlert {
    NewAlert::new(title, 4, 2, CustomerId(1))
}

#[tokio::test]
async fn names_become_ids_of_a_fresh_installation() {
    let (iris, client) = started().await;
    let catalog = client.catalog();
    assert_eq!(catalog.severity(" high ").await.unwrap(), 5);
    assert_eq!(catalog.severity("Critical").await.unwrap(), 6);
    assert_eq!(catalog.status("NEW").await.unwrap(), 2);
    assert_eq!(catalog.resolution("false positive").await.unwrap(), 1);
    assert_eq!(catalog.ioc_type("ip-src").await.unwrap(), 79);
    assert_eq!(catalog.ioc_type("sha256").await.unwrap(), 113);
    assert_eq!(catalog.asset_type("Linux - Server").await.unwrap(), 3);
    assert_eq!(catalog.classification("malicious-code:Ransomware").await.unwrap(), 6);
    assert_eq!(catalog.tlp("AMBER").await.unwrap(), 2);
    assert_eq!(iris.request_count(), 7, "one list each");
    catalog.refresh();
    catalog.severity("Low").await.unwrap();
    assert_eq!(iris.request_count(), 8);
    assert_eq!(client.manage().case_templates().await.unwrap(), []);

    let error = catalog.severity("Hihg").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "IRIS has no severity named `Hihg`; did you mean `High`?"
    );
    assert!(matches!(
        catalog.customer("IrisInitialClient").await,
        Err(Error::Forbidden { .. })
    ));
}

#[tokio::test]
async fn an_alert_comes_back_as_it_was_sent() {
    let (iris, client) = started().await;
    let uuid = Uuid::new_v4();
    let new = alert("sshd: brute force")
        .uuid(uuid)
        .description("d")
        .source("Wazuh")
        .source_ref("1.2")
        .source_link("https://wazuh/x")
        .source_content(json!({"rule": {"id": "5712", "nul": "a\u{0}b"}}))
        .context(json!({"rule_id": "5712"}))
        .event_time("2026-11-22T10:11:12.345+0200")
        .note("n")
        .tags("wazuh,ai-pending")
        .ioc(NewIoc::new("203.0.113.9", 79).tlp(2).tags("x"))
        .asset(NewAsset::new("web-01", 3).ip("10.0.0.5"));
    let added = client.alerts().add(&new).await.unwrap();
    let read = client.alerts().get(added.id).await.unwrap();
    for alert in [&added, &read] {
        assert_eq!(alert.uuid, Some(uuid));
        assert_eq!(alert.event_time.as_deref(), Some("2026-11-22T08:11:12.345000"));
        assert_eq!(alert.source_content.as_ref().unwrap()["rule"]["nul"], "a\u{0}b");
        assert_eq!(alert.iocs[0].value.as_deref(), Some("203.0.113.9"));
        assert_eq!(alert.assets[0].ip.as_deref(), Some("10.0.0.5"));
        assert_eq!(alert.owner_id, None);
        assert!(alert.has_tag("ai-pending") && !alert.has_tag("ai"));
    }
    assert_eq!(client.alerts().find_by_uuid(uuid).await.unwrap().unwrap().id, added.id);
    assert_eq!(client.alerts().find_by_uuid(Uuid::new_v4()).await.unwrap(), None);
    assert!(matches!(client.alerts().add(&new).await, Err(Error::AlreadyExists)));
    assert_eq!(iris.alert_count(), 1);
}

#[tokio::test]
async fn an_update_takes_an_unowned_alert_unless_it_says_otherwise() {
    let (iris, client) = started().await;
    let me = client.whoami().await.unwrap().id;
    let alerts = client.alerts();
    let id = alerts.add(&alert("t").tags("a,b")).await.unwrap().id;

    let quiet = AlertPatch::default().note("one").owner(OwnerChange::Unassign);
    assert_eq!(alerts.update(id, &quiet).await.unwrap().owner_id, None);
    assert_eq!(
        alerts
            .update(id, &AlertPatch::default().note("two"))
            .await
            .unwrap()
            .owner_id,
        Some(me)
    );
    alerts.comment(id, "c").await.unwrap();

    // An analyst's hand, and then the same quiet word, which takes the alert away from the analyst.
    assert!(iris.edit(id, |alert| alert.owner_id = Some(1)));
    assert_eq!(
        alerts
            .update(id, &AlertPatch::default().tags("c"))
            .await
            .unwrap()
            .owner_id,
        Some(1)
    );
    assert_eq!(alerts.update(id, &quiet).await.unwrap().owner_id, None);
    let stored = iris.alert(id).unwrap();
    assert_eq!(
        (stored.note.as_deref(), stored.tags.as_deref()),
        (Some("one"), Some("c"))
    );
    assert!(matches!(
        alerts.update(id, &AlertPatch::default()).await,
        Err(Error::Invalid { .. })
    ));
}

#[tokio::test]
async fn a_batch_leaves_the_alerts_of_others_with_them_and_stops_where_iris_refuses() {
    let (iris, client) = started().await;
    let alerts = client.alerts();
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(alerts.add(&alert("t")).await.unwrap().id);
    }
    iris.edit(ids[1], |alert| alert.owner_id = Some(1));
    let error = alerts
        .batch_update(
            &[ids[0], ids[1], AlertId(999), ids[2]],
            &AlertPatch::default().note("b"),
        )
        .await;
    assert!(matches!(error, Err(Error::NotFound)));
    let stored = |iris: &Sandbox| -> Vec<_> {
        let alerts = ids.iter().map(|&id| iris.alert(id).unwrap());
        alerts.map(|alert| (alert.note, alert.owner_id)).collect()
    };
    let me = client.whoami().await.unwrap().id;
    let noted = Some("b".to_owned());
    assert_eq!(
        stored(&iris),
        [(noted.clone(), Some(me)), (noted.clone(), Some(1)), (None, None)]
    );

    // To nobody, in one request.
    let before = iris.request_count();
    let quiet = AlertPatch::default().note("c").owner(OwnerChange::Unassign);
    alerts.batch_update(&ids, &quiet).await.unwrap();
    assert_eq!(iris.request_count(), before + 1);
    assert_eq!(stored(&iris), vec![(Some("c".to_owned()), None); 3]);

    // To somebody, which the batch route of IRIS cannot do with alerts that nobody owns.
    let given = AlertPatch::default().owner(OwnerChange::To(1));
    alerts.batch_update(&ids, &given).await.unwrap();
    assert!(stored(&iris).iter().all(|(_, owner)| *owner == Some(1)));
    alerts.batch_update(&[], &given).await.unwrap();
    assert!(matches!(
        alerts.batch_update(&ids, &AlertPatch::default()).await,
        Err(Error::Invalid { .. })
    ));
}

#[tokio::test]
async fn the_batch_route_itself_gives_all_that_follow_to_the_caller_and_takes_minus_one_for_a_user() {
    let (iris, client) = started().await;
    let alerts = client.alerts();
    let (first, second) = (
        alerts.add(&alert("t")).await.unwrap().id,
        alerts.add(&alert("t")).await.unwrap().id,
    );
    iris.edit(second, |alert| alert.owner_id = Some(1));
    let me = client.whoami().await.unwrap().id;
    let body = json!({"alert_ids": [first, second], "updates": {"alert_note": "b"}});
    client
        .request("POST", "/alerts/batch/update")
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            iris.alert(first).unwrap().owner_id,
            iris.alert(second).unwrap().owner_id
        ),
        (Some(me), Some(me))
    );
    let body = json!({"alert_ids": [first], "updates": {"alert_owner_id": -1}});
    let error = client.request("POST", "/alerts/batch/update").json(&body).send().await;
    assert!(matches!(error, Err(Error::UnknownId { field }) if field == "alert_owner_id"));
}

#[tokio::test]
async fn a_filter_that_empties_is_drained_to_its_end_and_one_that_does_not_ends_as_well() {
    let (iris, client) = started().await;
    let alerts = client.alerts();
    for _ in 0..30 {
        alerts.add(&alert("t").tags("waiting")).await.unwrap();
    }
    let waiting = AlertFilter::default()
        .tag("waiting")
        .fields(&["alert_tags"])
        .per_page(4);
    let done = AlertPatch::default().tags("done").owner(OwnerChange::Unassign);
    let mut handed_out = Vec::new();
    let mut pages = std::pin::pin!(alerts.drain(waiting.clone()));
    while let Some(page) = pages.try_next().await.unwrap() {
        for alert in page {
            // Every third one stays where it is.
            if alert.id.0 % 3 != 0 {
                alerts.update(alert.id, &done).await.unwrap();
            }
            handed_out.push(alert.id.0);
        }
    }
    handed_out.sort_unstable();
    assert_eq!(handed_out, (1..=30).collect::<Vec<_>>());
    assert_eq!(
        iris.alerts().iter().filter(|alert| alert.has_tag("waiting")).count(),
        10
    );
}

#[tokio::test]
async fn filters_find_what_a_real_one_finds() {
    let (_iris, client) = started().await;
    let alerts = client.alerts();
    for (i, tags) in ["ai-pending", "AI-PENDING-2", "ai_pending", "aiXpending", "done"]
        .iter()
        .enumerate()
    {
        let new = alert(&format!("T{i}"))
            .tags(*tags)
            .source_ref(format!("ref{i}"))
            .event_time(format!("2026-11-22T10:00:0{i}"));
        alerts.add(&new).await.unwrap();
    }
    let titles = async |filter: AlertFilter| -> Vec<String> {
        let page = alerts.filter(&filter.fields(&["alert_title"])).await.unwrap();
        page.into_iter().map(|alert| alert.title.unwrap()).collect()
    };
    let all = AlertFilter::default;
    assert_eq!(titles(all().tag("ai-pending")).await, ["T1", "T0"]);
    assert_eq!(titles(all().tag("ai_pending")).await, ["T2"]);
    assert_eq!(
        titles(all().tag("ai").sort(Sort::Asc).per_page(3)).await,
        ["T0", "T1", "T2"]
    );
    assert_eq!(
        titles(all().tag("ai").sort(Sort::Asc).per_page(3).page(2)).await,
        ["T3"]
    );
    assert_eq!(
        titles(all().condition("alert_source_ref", Op::In, vec!["ref1", "ref4"])).await,
        ["T4", "T1"]
    );
    assert_eq!(titles(all().condition("alert_tags", Op::Eq, "done")).await, ["T4"]);
    assert_eq!(
        titles(all().condition("severity.severity_name", Op::Like, "lo").title("t3")).await,
        ["T3"]
    );
    assert_eq!(titles(all().source_ref_contains("REF")).await, Vec::<String>::new());
    assert_eq!(titles(all().ids(&[AlertId(1), AlertId(5)])).await, ["T4", "T0"]);
    assert_eq!(titles(all().ids(&[])).await, Vec::<String>::new());
    let at = |second: u8| format!("2026-11-22T10:00:0{second}Z").parse().unwrap();
    assert_eq!(titles(all().happened_between(at(1), at(2))).await, ["T2", "T1"]);
    assert_eq!(titles(all().unowned().per_page(100)).await.len(), 5);
    assert!(matches!(
        alerts.filter(&all().condition("nope", Op::Eq, 1)).await,
        Err(Error::Invalid { .. })
    ));

    let pages: Vec<_> = alerts.pages(all().per_page(2)).try_collect().await.unwrap();
    let sizes: Vec<_> = pages
        .iter()
        .map(|page| (page.current, page.items.len(), page.total))
        .collect();
    assert_eq!(sizes, [(1, 2, 5), (2, 2, 5), (3, 1, 5)]);
}

#[tokio::test]
async fn comments_cases_and_similar_alerts() {
    let (iris, client) = started().await;
    let alerts = client.alerts();
    let new = alert("t").ioc(NewIoc::new("203.0.113.9", 79));
    let (a, b) = (alerts.add(&new).await.unwrap().id, alerts.add(&new).await.unwrap().id);

    let comment = alerts.comment(a, "**hi**").await.unwrap();
    assert_eq!(comment.author(), Some("svc_wazuh_iris"));
    alerts.edit_comment(a, comment.id, "edited").await.unwrap();
    assert_eq!(alerts.comments(a).await.unwrap()[0].text.as_deref(), Some("edited"));
    alerts.delete_comment(a, comment.id).await.unwrap();
    assert!(matches!(
        alerts.delete_comment(a, comment.id).await,
        Err(Error::Forbidden { .. })
    ));
    assert!(matches!(alerts.comment(a, "a\0b").await, Err(Error::Invalid { .. })));
    assert_eq!(alerts.comments(a).await.unwrap(), []);

    let graph = alerts
        .similarities(a, Similarities::default().open_alerts(true))
        .await
        .unwrap();
    assert_eq!(graph.alerts().collect::<Vec<_>>(), [a, b]);

    let case = alerts
        .escalate(a, &Escalation::default().title("Brute force").note("why"))
        .await
        .unwrap();
    assert_eq!(iris.alert(a).unwrap().cases, [case.id.0]);
    alerts.merge(b, &Merge::into_case(case.id)).await.unwrap();
    alerts.unmerge(b, case.id).await.unwrap();
    assert!(matches!(alerts.unmerge(b, case.id).await, Err(Error::NotFound)));
    assert!(matches!(alerts.delete(a).await, Err(Error::Forbidden { .. })));
}

#[tokio::test]
async fn accounts_see_and_do_what_they_may() {
    let iris = Sandbox::builder()
        .user(User::new("svc_rwd").permissions(&[
            Permission::AlertsRead,
            Permission::AlertsWrite,
            Permission::AlertsDelete,
        ]))
        .start()
        .await
        .unwrap();
    let other = iris.add_customer("TenantB");
    let as_key = |key: String| IrisClient::builder(&iris.url()).token(key.into()).build().unwrap();
    let stranger = as_key(iris.add_user(&User::new("stranger").customers(&[other])));
    let reader = as_key(iris.add_user(&User::new("reader").permissions(&[Permission::AlertsRead])));
    let admin = as_key(iris.admin_token().to_owned());
    let owner = client(&iris);

    let id = owner.alerts().add(&alert("t")).await.unwrap().id;
    assert!(matches!(stranger.alerts().get(id).await, Err(Error::NotFound)));
    assert!(matches!(
        stranger.alerts().add(&alert("t")).await,
        Err(Error::CustomerDenied)
    ));
    assert!(
        stranger
            .alerts()
            .filter(&AlertFilter::default())
            .await
            .unwrap()
            .is_empty()
    );
    assert!(matches!(
        reader.alerts().comment(id, "c").await,
        Err(Error::Forbidden { .. })
    ));
    assert!(reader.has_permission(Permission::AlertsRead).await.unwrap());
    assert!(!reader.has_permission(Permission::AlertsWrite).await.unwrap());
    assert_eq!(admin.catalog().customer("tenantb").await.unwrap(), other.0);
    assert!(matches!(
        as_key("wrong".to_owned()).ping().await,
        Err(Error::Unauthorized)
    ));
    owner.alerts().delete(id).await.unwrap();
    assert_eq!(iris.alert_count(), 0);
}

#[tokio::test]
async fn a_new_tag_that_two_use_at_once_costs_one_of_them_an_error_and_a_retry_passes() {
    let iris = Sandbox::builder()
        .service_time(Duration::from_millis(50))
        .start()
        .await
        .unwrap();
    let client = client(&iris);
    let results = join_all((0..2).map(|_| {
        let client = client.clone();
        async move { client.alerts().add(&alert("t").tags("never-seen")).await }
    }))
    .await;
    let lost: Vec<_> = results
        .iter()
        .filter(|result| matches!(result, Err(Error::Conflict)))
        .collect();
    assert_eq!((lost.len(), iris.alert_count()), (1, 1));
    client.alerts().add(&alert("t").tags("never-seen")).await.unwrap();
    assert_eq!(iris.tags(), ["never-seen"]);
}

#[tokio::test]
async fn who_gives_up_early_gets_the_alert_stored_all_the_same() {
    let iris = Sandbox::builder()
        .service_time(Duration::from_millis(60))
        .start()
        .await
        .unwrap();
    let hasty = IrisClient::builder(&iris.url())
        .token(iris.token().into())
        .call_timeout(Duration::from_millis(20))
        .build()
        .unwrap();
    let new = alert("t").uuid(Uuid::new_v4()).tags("never-seen");
    let error = hasty.alerts().add(&new).await.unwrap_err();
    assert!(matches!(error, Error::Timeout { sent: true }), "{error:?}");
    while iris.alert_count() == 0 {
        tokio::task::yield_now().await;
    }
    let added = client(&iris).alerts().add_once(&new).await.unwrap();
    assert_eq!(added, iris_client::Added::AlreadyThere(AlertId(1)));
}

#[tokio::test]
async fn two_that_append_to_the_same_tags_lose_one_as_on_a_real_server() {
    let iris = Sandbox::builder()
        .service_time(Duration::from_millis(20))
        .start()
        .await
        .unwrap();
    let client = client(&iris);
    let id = client.alerts().add(&alert("t").tags("a,b,c")).await.unwrap().id;
    let append = async |tag: &str| {
        let read: Alert = client.alerts().get(id).await.unwrap();
        let tags = format!("{},{tag}", read.tags.unwrap());
        client
            .alerts()
            .update(id, &AlertPatch::default().tags(tags))
            .await
            .unwrap();
    };
    tokio::join!(append("a"), append("b"));
    assert_eq!(iris.alert(id).unwrap().tag_list().count(), 4);
}

#[tokio::test]
async fn half_a_surrogate_pair_in_one_alert_does_not_hide_the_others() {
    let (iris, client) = started().await;
    client.alerts().add(&alert("good")).await.unwrap();
    let body = r#"{"alert_title":"bad","alert_severity_id":4,"alert_status_id":2,"alert_customer_id":1,"alert_context":{"x":"a\ud800b"}}"#;
    let status = raw_post(&iris, "/alerts/add", body).await;
    assert_eq!(status, 200);
    let page = client
        .alerts()
        .filter(&AlertFilter::default().sort(Sort::Asc))
        .await
        .unwrap();
    let contexts: Vec<_> = page.into_iter().map(|alert| alert.context).collect();
    assert_eq!(contexts, [None, Some(json!({"x": "a\u{fffd}b"}))]);
}

#[tokio::test]
async fn a_body_is_bounded_where_nginx_bounds_it() {
    let (iris, client) = started().await;
    let large = alert("t").source_content(Value::from("x".repeat(8 << 20)));
    client.alerts().add(&large).await.unwrap();
    let too_big = alert("t").source_content(Value::from("x".repeat(101 << 20)));
    assert!(matches!(client.alerts().add(&too_big).await, Err(Error::TooLarge)));
    assert_eq!(iris.alert_count(), 1);
}

#[tokio::test]
async fn faults_and_counts_are_reached_from_outside() {
    let (iris, client) = started().await;
    let status = raw_post(&iris, "/_sandbox/faults", "503:2*1@/api\n500*1@/alerts").await;
    assert_eq!(status, 200);
    assert_eq!(iris.fault_count(), 2);
    assert!(client.alerts().add(&alert("t")).await.is_err());
    iris.clear_faults();
    client.ping().await.unwrap();
    let stats: Value = serde_json::from_str(&raw_get(&iris, "/_sandbox/stats").await).unwrap();
    assert_eq!(stats["per_path"]["POST /alerts/add"], 1);
    assert_eq!(stats["per_status"]["500"], 1);
    assert_eq!(raw_post(&iris, "/_sandbox/faults", "nonsense").await, 400);
    iris.fault(Fault::hang().on("/alerts"));
    client.ping().await.unwrap();
}

#[tokio::test]
async fn the_page_for_people_escapes_everything_and_pages() {
    let (iris, client) = started().await;
    let hostile = "<script>alert('x')</script>\"";
    let new = alert(hostile)
        .tags(format!("a,{hostile}"))
        .note(hostile)
        .description(hostile)
        .context(json!({hostile: hostile}))
        .source_content(json!({"log": hostile}))
        .ioc(NewIoc::new(hostile, 79).description(hostile))
        .asset(NewAsset::new(hostile, 3));
    let id = client.alerts().add(&new).await.unwrap().id;
    client.alerts().comment(id, hostile).await.unwrap();
    for _ in 0..60 {
        client.alerts().add(&alert("later")).await.unwrap();
    }
    for path in ["/", "/?page=2", &format!("/ui/alerts/{id}")] {
        let page = raw_get(&iris, path).await;
        assert!(
            page.starts_with("<!doctype html>") && !page.contains("<script"),
            "{path}"
        );
        assert!(
            !page.contains("src=") && !page.contains("url("),
            "nothing from elsewhere"
        );
    }
    assert!(raw_get(&iris, "/?page=2").await.contains("&lt;script&gt;"));
    assert!(
        !raw_get(&iris, "/").await.contains("&lt;script&gt;"),
        "newest first, fifty a page"
    );
    let detail = raw_get(&iris, &format!("/ui/alerts/{id}")).await;
    for part in [
        "Description",
        "Note",
        "IOCs",
        "Assets",
        "Context",
        "Comments",
        "History",
        "Source content",
    ] {
        assert!(detail.contains(&format!("<h2>{part}</h2>")), "{part}");
    }
    let before = iris.request_count();
    assert!(raw_get(&iris, "/ui/alerts/99999").await.contains("No such alert"));
    assert_eq!(iris.request_count(), before, "pages are no requests to the API");
}

fn http() -> reqwest::Client {
    // Fails where another test was first, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn raw_post(iris: &Sandbox, path: &str, body: &str) -> u16 {
    let call = http()
        .post(format!("{}{path}", iris.url()))
        .bearer_auth(iris.token())
        .header("content-type", "application/json")
        .body(body.to_owned());
    call.send().await.unwrap().status().as_u16()
}

async fn raw_get(iris: &Sandbox, path: &str) -> String {
    let answer = http().get(format!("{}{path}", iris.url())).send().await.unwrap();
    answer.text().await.unwrap()
}
