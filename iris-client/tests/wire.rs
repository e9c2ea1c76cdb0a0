//! What goes over the wire and what is made of it, with canned answers.

#![allow(clippy::unwrap_used, reason = "tests")]

use iris_client::{
    Added, AlertFilter, AlertId, AlertPatch, ApiVersion, CommentId, CustomerId, Error, IrisClient, NewAlert,
    OwnerChange, Result, RetryPolicy, Sort,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{any, body_json, method, path, query_param},
};

fn client(server: &MockServer, version: ApiVersion) -> IrisClient {
    IrisClient::builder(&server.uri())
        .token("sesame".into())
        .retry(RetryPolicy::never())
        .api_version(version)
        .build()
        .unwrap()
}

async fn answering(status: u16, body: Value) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(status).set_body_json(body))
        .mount(&server)
        .await;
    server
}

async fn raw(status: u16, kind: &str, body: &str) -> MockServer {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(status).set_body_raw(body, kind);
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

fn header(request: &Request, name: &str) -> Option<String> {
    request
        .headers
        .get(name)
        .map(|value| value.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn every_request_carries_the_key_and_no_cookie() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200)
        .set_body_json(json!({"status": "success", "message": "pong", "data": []}))
        .insert_header("set-cookie", "session=x; Path=/");
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let client = client(&server, ApiVersion::V2);
    for _ in 0..2 {
        client.ping().await.unwrap();
    }
    for request in server.received_requests().await.unwrap() {
        assert_eq!(header(&request, "authorization").as_deref(), Some("Bearer sesame"));
        assert_eq!(header(&request, "content-type").as_deref(), Some("application/json"));
        assert_eq!(header(&request, "cookie"), None);
        assert_eq!(request.url.query(), None);
    }
}

#[tokio::test]
async fn an_error_is_read_to_a_mebibyte_only_and_says_what_its_beginning_says() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
        let head = b"HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n";
        stream.write_all(head).await.unwrap();
        // For as long as anybody reads.
        while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
    };
    let client = IrisClient::builder(&url)
        .token("sesame".into())
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    let (error, ()) = tokio::join!(client.ping(), server);
    assert!(
        matches!(error, Err(Error::Unavailable { status: 502, .. })),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_alert_that_iris_3_stored_before_it_denied_the_customer_is_found() {
    let uuid = uuid::Uuid::from_u128(7);
    let server = MockServer::start().await;
    let denied = json!({"status": "error", "message": "User not entitled to create alerts for the client", "data": []});
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(403).set_body_json(denied))
        .mount(&server)
        .await;
    let found = json!({"total": 1, "data": [{"alert_id": 7, "alert_uuid": uuid}], "current_page": 1, "last_page": 1, "next_page": null});
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(found))
        .mount(&server)
        .await;
    let alert = NewAlert::new("t", 4, 2, CustomerId(1)).uuid(uuid);
    let added = client(&server, ApiVersion::V3).alerts().add_once(&alert).await;
    assert_eq!(added.unwrap(), Added::AlreadyThere(AlertId(7)));
}

#[tokio::test]
async fn a_path_in_the_base_url_and_a_customer_are_kept() {
    let server = MockServer::start().await;
    Mock::given(path("/iris/alerts/filter"))
        .and(query_param("cid", "3"))
        .and(query_param("alert_tags", "a b&c"))
        .respond_with(
            ResponseTemplate::new(200).set_body_json(json!({"status": "success", "data": {"total": 0, "alerts": []}})),
        )
        .mount(&server)
        .await;
    let client = IrisClient::builder(&format!("{}/iris/alerts/add", server.uri()))
        .token("sesame".into())
        .customer(CustomerId(3))
        .build()
        .unwrap();
    assert!(
        client
            .alerts()
            .filter(&AlertFilter::default().tag("a b&c"))
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn an_empty_list_of_ids_asks_nobody() {
    let server = MockServer::start().await;
    let found = client(&server, ApiVersion::V2)
        .alerts()
        .filter(&AlertFilter::default().ids(&[]))
        .await
        .unwrap();
    assert!(found.is_empty());
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn unknown_fields_and_unknown_names_survive() {
    let alert = json!({"alert_id": 1, "alert_severity_id": 77, "novel": {"a": [1]}, "iocs": null, "assets": [{"asset_name": "h", "x": 1}]});
    let server = answering(200, json!({"status": "success", "message": "", "data": alert})).await;
    let read = client(&server, ApiVersion::V2).alerts().get(AlertId(1)).await.unwrap();
    assert_eq!(read.extra["novel"], json!({"a": [1]}));
    assert_eq!(read.severity_id, Some(77));
    assert_eq!(read.assets[0].extra["x"], 1);
    let back = serde_json::to_value(&read).unwrap();
    assert_eq!(back["assets"], alert["assets"]);
}

#[tokio::test]
async fn what_is_not_iris_says_what_to_look_at() {
    for (status, kind, body, hint) in [
        (200, "text/html", "<html>login</html>", "login page"),
        (200, "application/json", r#"{"hello": "world"}"#, "another web site"),
        (200, "application/json", "[]", "another web site"),
        (301, "text/html", "", "redirects"),
        (404, "text/html", "<html></html>", "base URL"),
        (
            404,
            "application/json",
            r#"{"status":"error","message":"Resource not found","data":[]}"#,
            "base URL",
        ),
        (403, "text/html", "<html>blocked</html>", "proxy"),
        (407, "text/html", "", "proxy"),
        (
            400,
            "text/html",
            "The plain HTTP request was sent to HTTPS port",
            "https",
        ),
    ] {
        let server = raw(status, kind, body).await;
        let error = client(&server, ApiVersion::V2)
            .alerts()
            .get(AlertId(1))
            .await
            .unwrap_err();
        let Error::NotIris { hint: said, .. } = &error else {
            panic!("{status} {body}: {error:?}")
        };
        assert!(said.contains(hint), "{status} {body}: {said}");
        assert!(error.is_configuration() && !error.is_retryable());
    }
}

#[tokio::test]
async fn a_body_that_ends_too_soon_is_torn_and_not_another_site() {
    let server = raw(
        200,
        "application/json",
        r#"{"status":"success","message":"","data":{"alert_id":"#,
    )
    .await;
    let error = client(&server, ApiVersion::V2)
        .alerts()
        .get(AlertId(1))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Torn { status: 200 }), "{error:?}");
    assert!(error.is_retryable() && error.may_have_been_stored());
}

#[tokio::test]
async fn an_answer_of_another_shape_is_not_taken_for_a_passing_failure() {
    let server = answering(200, json!({"status": "success", "data": {"alert_id": "seven"}})).await;
    let error = client(&server, ApiVersion::V2)
        .alerts()
        .get(AlertId(1))
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::NotIris { status: 200, .. }) && !error.is_retryable(),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_server_that_repeats_our_key_or_an_alert_is_not_quoted() {
    let message = "strange: sesame 'Failed password for root from 10.0.0.1'\nTraceback";
    let server = answering(400, json!({"status": "error", "message": message, "data": []})).await;
    let error = client(&server, ApiVersion::V2).ping().await.unwrap_err();
    assert_eq!(error.to_string(), "IRIS answered 400: … '…'");
    assert!(!format!("{error:?}").contains("sesame"));
}

#[tokio::test]
async fn the_raw_request_reaches_what_has_no_type() {
    let server = answering(200, json!({"status": "success", "data": {"tags": [1]}})).await;
    let client = client(&server, ApiVersion::V2);
    let body = client
        .request("POST", "/manage/x")
        .query("page", 2)
        .json(&json!({"a": 1}))
        .send()
        .await
        .unwrap();
    assert_eq!(body["data"]["tags"][0], 1);
    let sent = &server.received_requests().await.unwrap()[0];
    assert_eq!((sent.method.as_str(), sent.url.query()), ("POST", Some("page=2")));
    assert!(
        client
            .request("two words", "/x")
            .send()
            .await
            .unwrap_err()
            .is_configuration()
    );
}

#[tokio::test]
async fn the_version_of_the_server_decides_about_the_routes() {
    for (told, version) in [
        ("v2.4.20", ApiVersion::V2),
        ("v2.5.0-beta.1", ApiVersion::V2),
        ("v3.0.0-beta.2", ApiVersion::V3),
        ("nightly", ApiVersion::V2),
    ] {
        let server = answering(
            200,
            json!({"status": "success", "data": {"iris_current": told, "api_current": "2.0.5"}}),
        )
        .await;
        let client = client(&server, ApiVersion::V2);
        let clone = client.clone();
        assert_eq!(client.detect_version().await.unwrap(), version, "{told}");
        assert_eq!(clone.api_version(), version, "clones know it, too");
    }
}

#[tokio::test]
async fn iris_3_is_spoken_to_in_its_own_routes() {
    let server = MockServer::start().await;
    let alert = json!({"alert_id": 7, "alert_title": "t"});
    let reply = |status: u16, body: &Value| ResponseTemplate::new(status).set_body_json(body);
    let comment = json!({"comment_id": 1, "comment_text": "c"});
    for (verb, route, answer) in [
        ("POST", "/api/v2/alerts", reply(201, &alert)),
        ("GET", "/api/v2/alerts/7", reply(200, &alert)),
        ("PUT", "/api/v2/alerts/7", reply(200, &alert)),
        ("DELETE", "/api/v2/alerts/7", ResponseTemplate::new(204)),
        ("POST", "/api/v2/alerts/7/comments", reply(201, &comment)),
        ("DELETE", "/api/v2/alerts/7/comments/1", ResponseTemplate::new(204)),
        ("GET", "/api/v2/alerts/8", ResponseTemplate::new(404)),
    ] {
        Mock::given(method(verb))
            .and(path(route))
            .respond_with(answer)
            .mount(&server)
            .await;
    }
    let page = |data: Value, next: Value| json!({"total": 2, "data": data, "last_page": 2, "current_page": 1, "next_page": next});
    Mock::given(path("/api/v2/alerts"))
        .and(query_param("sort", "desc"))
        .respond_with(reply(200, &page(json!([alert]), json!(null))))
        .mount(&server)
        .await;
    for (number, next) in [("1", json!(2)), ("2", json!(null))] {
        Mock::given(path("/api/v2/alerts/7/comments"))
            .and(query_param("page", number))
            .respond_with(reply(200, &page(json!([comment]), next)))
            .mount(&server)
            .await;
    }
    let client = client(&server, ApiVersion::V3);
    let alerts = client.alerts();
    assert_eq!(
        alerts.add(&NewAlert::new("t", 4, 2, CustomerId(1))).await.unwrap().id,
        AlertId(7)
    );
    assert_eq!(alerts.get(AlertId(7)).await.unwrap().title.as_deref(), Some("t"));
    alerts
        .update(AlertId(7), &AlertPatch::default().note("n"))
        .await
        .unwrap();
    assert_eq!(alerts.filter(&AlertFilter::default()).await.unwrap().items.len(), 1);
    assert_eq!(alerts.comment(AlertId(7), "c").await.unwrap().id, CommentId(1));
    assert_eq!(alerts.comments(AlertId(7)).await.unwrap().len(), 2);
    alerts.delete_comment(AlertId(7), CommentId(1)).await.unwrap();
    alerts.delete(AlertId(7)).await.unwrap();
    assert!(matches!(alerts.get(AlertId(8)).await, Err(Error::NotFound)));
    assert_eq!(
        client.request("GET", "/api/v2/alerts/7").send().await.unwrap()["alert_id"],
        7
    );
    let wrong = answering(
        404,
        json!({"status": "error", "message": "Resource not found", "data": []}),
    )
    .await;
    let error = self::client(&wrong, ApiVersion::V3).alerts().get(AlertId(7)).await;
    assert!(
        matches!(error, Err(Error::NotIris { .. })),
        "a server without these routes: {error:?}"
    );
}

#[tokio::test]
async fn failures_of_iris_3_are_told_apart() {
    async fn add(status: u16, body: Value) -> Result<iris_client::Alert> {
        let server = answering(status, body).await;
        client(&server, ApiVersion::V3)
            .alerts()
            .add(&NewAlert::new("t", 4, 2, CustomerId(1)))
            .await
    }
    let invalid = add(
        400,
        json!({"message": "Data error", "data": {"alert_title": ["Missing data for required field."]}}),
    )
    .await;
    let Err(Error::Invalid { fields, .. }) = invalid else {
        panic!("{invalid:?}")
    };
    assert_eq!(fields["alert_title"], ["Missing data for required field."]);
    let duplicate =
        "(psycopg2.errors.UniqueViolation) duplicate key value violates unique constraint \"alerts_alert_uuid_key\"";
    assert!(matches!(
        add(500, json!({"message": duplicate})).await,
        Err(Error::AlreadyExists)
    ));
    let opaque = add(500, json!({"message": "Internal Server Error"})).await;
    assert!(
        matches!(&opaque, Err(error) if error.may_have_been_stored()),
        "{opaque:?}"
    );
    assert!(matches!(
        add(403, json!({"message": "Permission denied"})).await,
        Err(Error::Forbidden { .. })
    ));
}

#[tokio::test]
async fn add_once_looks_when_iris_3_hides_a_duplicate_in_a_500() {
    let uuid = uuid::Uuid::new_v4();
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(500).set_body_string("oops"))
        .mount(&server)
        .await;
    let found = json!({"total": 1, "data": [{"alert_id": 9, "alert_uuid": uuid}], "last_page": 1, "current_page": 1, "next_page": null});
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(found))
        .mount(&server)
        .await;
    let new = NewAlert::new("t", 4, 2, CustomerId(1)).uuid(uuid);
    let added = client(&server, ApiVersion::V3).alerts().add_once(&new).await.unwrap();
    assert_eq!(added.id(), AlertId(9));
}

#[tokio::test]
async fn an_old_server_that_ignores_the_question_is_not_believed() {
    let other = json!({"alert_id": 1, "alert_uuid": uuid::Uuid::new_v4()});
    let server = answering(
        200,
        json!({"status": "success", "data": {"total": 1, "alerts": [other]}}),
    )
    .await;
    let found = client(&server, ApiVersion::V2)
        .alerts()
        .find_by_uuid(uuid::Uuid::new_v4())
        .await
        .unwrap();
    assert_eq!(found, None);
}

#[tokio::test]
async fn bodies_hold_what_was_said_and_nothing_else() {
    let server = MockServer::start().await;
    let exact = json!({"alert_owner_id": -1, "alert_note": "n", "alert_tags": "a,b"});
    Mock::given(body_json(exact))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"status": "success", "data": {"alert_id": 1}})))
        .mount(&server)
        .await;
    let patch = AlertPatch::default().note("n").tags("a,b").owner(OwnerChange::Unassign);
    client(&server, ApiVersion::V2)
        .alerts()
        .update(AlertId(1), &patch)
        .await
        .unwrap();
    let new = serde_json::to_value(NewAlert::new("t", 4, 2, CustomerId(1))).unwrap();
    let names: Vec<_> = new.as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        names,
        [
            "alert_title",
            "alert_severity_id",
            "alert_status_id",
            "alert_customer_id"
        ]
    );
}

#[tokio::test]
async fn pages_end_even_if_the_server_always_names_a_next_one() {
    use futures_util::TryStreamExt;
    let endless = json!({"total": 9, "alerts": [{"alert_id": 1}], "last_page": 9, "current_page": 3, "next_page": 3});
    let server = answering(200, json!({"status": "success", "data": endless})).await;
    let client = client(&server, ApiVersion::V2);
    let pages: Vec<_> = client
        .alerts()
        .pages(AlertFilter::default().sort(Sort::Asc))
        .try_collect()
        .await
        .unwrap();
    assert_eq!(pages.len(), 1);
}

#[tokio::test]
async fn a_tag_named_like_the_key_of_alerts_does_not_make_a_race_look_like_success() {
    // An agent's name may become a tag, so an attacker may choose what stands in DETAIL.
    let message = "(psycopg2.errors.UniqueViolation) duplicate key value violates unique constraint \"tags_tag_title_key\"\n\
                   DETAIL:  Key (tag_title)=(agent-alerts_alert_uuid_key) already exists.\n\n[SQL: INSERT INTO tags ...]";
    let server = answering(400, json!({"status": "error", "message": message, "data": []})).await;
    let alert = NewAlert::new("a", 1, 2, CustomerId(1));
    let error = client(&server, ApiVersion::V2).alerts().add(&alert).await.unwrap_err();
    assert!(matches!(error, Error::Conflict), "{error:?}");
}

#[tokio::test]
async fn what_changes_something_is_answered_with_no_more_than_that() {
    let endless = format!("{}{{}}", " ".repeat(17 << 20));
    let server = raw(200, "application/json", &endless).await;
    let client = client(&server, ApiVersion::V2);
    let error = client
        .alerts()
        .update(AlertId(1), &AlertPatch::default().note("x"))
        .await;
    assert!(
        matches!(&error, Err(Error::NotIris { hint, .. }) if hint.ends_with("larger than any of IRIS's")),
        "{error:?}"
    );
}
