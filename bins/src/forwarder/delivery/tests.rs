//! What answers mean, from a sandbox and from a server that says what it is told to.

use iris_client::sandbox::{Fault, Sandbox, User};
use iris_client::{Permission, RetryPolicy};
use serde_json::json;
use wiremock::matchers::{body_string_contains, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::forwarder::noise::Window;
use crate::forwarder::queue::FoldReport;
use crate::forwarder::spool::{Destination, DestinationId};
use crate::settings::{Settings, Source};

const ALERT: &[u8] = br#"{"id":"1.2","rule":{"id":"5710","level":10},"agent":{"id":"007","name":"ws-7"}}"#;

fn due(attempts: u32, folded: u64) -> Due {
    let subject = crate::forwarder::noise::Subject::for_test("5710", "007");
    Due {
        seq: 1,
        destination: DestinationId::SETTINGS,
        uuid: Uuid::from_u128(7),
        received_us: 0,
        bytes: ALERT.to_vec(),
        storm: false,
        degraded: false,
        attempts,
        folded: Some(FoldReport {
            count: folded,
            first_us: 0,
            last_us: 0,
            window: Window::led_by(&subject, Duration::from_mins(15)),
        }),
    }
}

fn target(url: &str, key: &str) -> Target {
    let settings = Settings::parse(&Source::default()).unwrap().iris;
    let destination = Destination {
        url: url.to_owned(),
        key: Some(key.to_owned().into()),
        options: String::new(),
    };
    Target::new(&destination, &settings).unwrap()
}

fn mapping(toml: &str) -> Mapping {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("s.toml");
    std::fs::write(&file, toml).unwrap();
    let source = Source::read(Some(&file), &crate::settings::Environment::new()).unwrap();
    Mapping::new(&Settings::parse(&source).unwrap().forward).unwrap()
}

#[tokio::test]
async fn an_alert_that_iris_has_is_delivered_even_if_its_number_cannot_be_asked() {
    let iris = Sandbox::builder().start().await.unwrap();
    let (target, mapping) = (target(&iris.url(), iris.token()), mapping(""));
    let first = deliver(&due(0, 0), &target, &mapping).await;
    assert!(
        matches!(first, Attempt::Delivered { iris_id: Some(_), .. }),
        "{first:?}"
    );
    iris.fault(Fault::server_error().on("/alerts/filter"));
    for attempts in [0, 5, MOST_LOOKS - 1] {
        let again = deliver(&due(attempts, 0), &target, &mapping).await;
        let Attempt::Unnumbered { asked: None, wait, .. } = again else {
            panic!("{again:?}");
        };
        assert_eq!(wait, backoff(attempts));
    }
    let asked_for: Duration = (0..MOST_LOOKS).map(backoff).sum();
    assert!(
        asked_for >= Duration::from_mins(50) && asked_for <= Duration::from_mins(70),
        "{asked_for:?}"
    );
    for attempts in [MOST_LOOKS, 30] {
        let mut due = due(attempts, 0);
        due.degraded = attempts > 20;
        let last = deliver(&due, &target, &mapping).await;
        assert!(matches!(last, Attempt::Delivered { iris_id: None, .. }), "{last:?}");
    }
    assert_eq!(iris.alert_count(), 1);
}

#[tokio::test]
async fn a_pause_that_the_server_asks_for_instead_of_a_number_is_for_all() {
    let iris = Sandbox::builder().start().await.unwrap();
    let (target, mapping) = (target(&iris.url(), iris.token()), mapping(""));
    deliver(&due(0, 0), &target, &mapping).await;
    // Longer than the client waits by itself.
    let asks = Duration::from_mins(10);
    iris.fault(Fault::unavailable(Some(asks)).on("/alerts/filter"));
    let again = deliver(&due(0, 0), &target, &mapping).await;
    let Attempt::Unnumbered { asked, .. } = again else {
        panic!("{again:?}");
    };
    assert_eq!(asked, Some(asks));
}

#[tokio::test]
async fn a_pause_that_the_server_asks_for_when_it_is_asked_what_became_of_an_alert_is_for_all() {
    let refusal = "(psycopg2.errors.UndefinedColumn) column \"x\" of relation \"alerts\" does not exist";
    let iris = that_has_it(400, refusal).await;
    Mock::given(path("/alerts/filter"))
        .respond_with(ResponseTemplate::new(429).insert_header("Retry-After", "600"))
        .with_priority(1)
        .mount(&iris)
        .await;
    let attempt = deliver(&due(0, 0), &target(&iris.uri(), "k"), &mapping("")).await;
    let Attempt::DestinationFailed { wait, reached, .. } = attempt else {
        panic!("{attempt:?}");
    };
    assert_eq!((wait, reached), (Some(Duration::from_mins(10)), false));
}

#[tokio::test]
async fn what_fails_before_the_alert_is_sent_is_not_of_the_alert() {
    for fault in [Fault::server_error(), Fault::login_page(), Fault::close()] {
        let iris = Sandbox::builder().start().await.unwrap();
        iris.fault(fault.clone().on("/manage/severities"));
        let attempt = deliver(&due(0, 0), &target(&iris.url(), iris.token()), &mapping("")).await;
        assert!(
            matches!(attempt, Attempt::DestinationFailed { reached: false, .. }),
            "{fault:?}: {attempt:?}"
        );
    }
}

#[tokio::test]
async fn a_server_that_asks_to_slow_down_has_had_the_alert_and_is_there() {
    let iris = Sandbox::builder().start().await.unwrap();
    let (target, mapping) = (target(&iris.url(), iris.token()), mapping(""));
    let asks = Some(Duration::from_mins(10));
    for (fault, asked, is_asked_more) in [
        (Fault::rate_limited(None), None, true),
        (Fault::rate_limited(asks), asks, false),
        (Fault::unavailable(asks), asks, false),
    ] {
        iris.fault(fault.clone().on("/alerts/add"));
        let attempt = deliver(&due(0, 0), &target, &mapping).await;
        let Attempt::DestinationFailed {
            wait, reached, alive, ..
        } = attempt
        else {
            panic!("{fault:?}: {attempt:?}");
        };
        assert_eq!((wait, reached, alive), (asked, true, is_asked_more), "{fault:?}");
        iris.clear_faults();
    }
}

/// An IRIS that has the alert and answers an add with this.
async fn that_has_it(status: u16, message: &str) -> MockServer {
    that_answers(status, json!({"status": "error", "message": message, "data": []})).await
}

async fn that_answers(status: u16, refusal: serde_json::Value) -> MockServer {
    let server = MockServer::start().await;
    let list = |items: serde_json::Value| {
        ResponseTemplate::new(200).set_body_json(json!({"status": "success", "message": "", "data": items}))
    };
    for (at, items) in [
        (
            "/api/versions",
            json!({"iris_current": "v2.4.20", "api_current": "2.0.5"}),
        ),
        (
            "/manage/severities/list",
            json!(
                ["Medium", "Unspecified", "Informational", "Low", "High", "Critical"]
                    .iter()
                    .zip(1..)
                    .map(|(name, id)| json!({"severity_id": id, "severity_name": name, "severity_description": ""}))
                    .collect::<Vec<_>>()
            ),
        ),
        (
            "/manage/alert-status/list",
            json!([{"status_id": 2, "status_name": "New", "status_description": ""}]),
        ),
        (
            "/manage/ioc-types/list",
            json!([{"type_id": 79, "type_name": "ip-src"}]),
        ),
        (
            "/manage/asset-type/list",
            json!([{"asset_id": 3, "asset_name": "Linux - Server"}]),
        ),
        (
            "/alerts/filter",
            json!({"total": 1, "alerts": [{"alert_id": 12, "alert_uuid": Uuid::from_u128(7)}], "last_page": 1, "current_page": 1, "next_page": null}),
        ),
    ] {
        let mock = Mock::given(method("GET")).and(path(at));
        mock.respond_with(list(items)).mount(&server).await;
    }
    Mock::given(method("POST"))
        .and(path("/alerts/add"))
        .respond_with(ResponseTemplate::new(status).set_body_json(refusal))
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn what_was_refused_and_is_there_tells_of_nothing_that_an_earlier_attempt_may_not_have_told() {
    let refusal = "(psycopg2.errors.UndefinedColumn) column \"x\" of relation \"alerts\" does not exist";
    let iris = that_has_it(400, refusal).await;
    let attempt = deliver(&due(3, 5), &target(&iris.uri(), "k"), &mapping("")).await;
    assert!(
        matches!(
            attempt,
            Attempt::Delivered {
                iris_id: Some(12),
                told: 0
            }
        ),
        "{attempt:?}"
    );
}

#[tokio::test]
async fn a_customer_of_a_rule_that_the_account_has_no_link_to_keeps_its_own_alerts_only() {
    let iris = Sandbox::builder().start().await.unwrap();
    let other = iris.add_customer("Branch office");
    let key = iris.add_user(&User::new("svc").customers(&[CustomerId(1)]));
    let target = target(&iris.url(), &key);
    let rule = mapping(&format!("[[customer]]\nid = {}\nagent_name = [\"ws-*\"]\n", other.0));
    for _ in 0..2 {
        let attempt = deliver(&due(0, 0), &target, &rule).await;
        assert!(matches!(attempt, Attempt::PutOff { .. }), "{attempt:?}");
    }
    let denied = |customer| target.denied_for(customer, Instant::now()).is_some();
    assert!(denied(other) && !denied(CustomerId(1)));
    let attempt = deliver(&due(0, 0), &target, &mapping("")).await;
    assert!(matches!(attempt, Attempt::Delivered { .. }), "{attempt:?}");
}

#[tokio::test]
async fn a_missing_link_to_the_usual_customer_is_no_fault_of_its_alerts() {
    let iris = Sandbox::builder().start().await.unwrap();
    let other = iris.add_customer("Branch office");
    let key = iris.add_user(&User::new("svc").customers(&[other]));
    let target = target(&iris.url(), &key);
    let attempt = deliver(&due(0, 0), &target, &mapping("")).await;
    assert!(
        matches!(
            attempt,
            Attempt::DestinationFailed {
                configuration: true,
                reached: false,
                ..
            }
        ),
        "{attempt:?}"
    );
    let rule = |names: &str| mapping(&format!("[[customer]]\nid = {}\nagent_name = [\"{names}\"]\n", other.0));
    for _ in 0..2 {
        let attempt = deliver(&due(0, 0), &target, &rule("db-*")).await;
        assert!(matches!(attempt, Attempt::PutOff { .. }), "{attempt:?}");
    }
    let attempt = deliver(&due(0, 0), &target, &rule("ws-*")).await;
    assert!(matches!(attempt, Attempt::Delivered { .. }), "{attempt:?}");
}

#[tokio::test]
async fn an_iris_that_fails_with_an_alert_is_asked_whether_it_has_it_and_so_whether_it_is_there() {
    let iris = Sandbox::builder().start().await.unwrap();
    let (target, mapping) = (target(&iris.url(), iris.token()), mapping(""));
    for (fault, is_alive) in [
        (Fault::server_error().on("/alerts/add"), true),
        (Fault::bad_gateway().on("/alerts/add"), true),
        (Fault::close().on("/alerts/add"), true),
        (Fault::login_page().on("/alerts/add"), true),
        (Fault::forbidden().on("/alerts/add"), true),
        (Fault::unauthorized().on("/alerts/add"), true),
        (Fault::login_page().on("/alerts"), false),
        (Fault::unauthorized().on("/alerts"), false),
    ] {
        iris.fault(fault.clone());
        let attempt = deliver(&due(0, 0), &target, &mapping).await;
        let Attempt::DestinationFailed { reached, alive, .. } = attempt else {
            panic!("{fault:?}: {attempt:?}");
        };
        assert_eq!((reached, alive), (true, is_alive), "{fault:?}");
        iris.clear_faults();
    }
    iris.fault(Fault::close().on("/alerts/add").after_commit());
    let attempt = deliver(&due(0, 0), &target, &mapping).await;
    assert!(matches!(attempt, Attempt::Delivered { told: 0, .. }), "{attempt:?}");
    assert_eq!(iris.alert_count(), 1);
}

#[tokio::test]
async fn an_iris_that_fails_with_an_alert_and_does_not_let_the_account_read_alerts_is_there() {
    let iris = Sandbox::builder().start().await.unwrap();
    let key = iris.add_user(&User::new("writer").permissions(&[Permission::AlertsWrite]));
    let target = target(&iris.url(), &key);
    iris.fault(Fault::server_error().on("/alerts/add"));
    let attempt = deliver(&due(0, 0), &target, &mapping("")).await;
    assert!(
        matches!(
            attempt,
            Attempt::DestinationFailed {
                reached: true,
                alive: true,
                ..
            }
        ),
        "{attempt:?}"
    );
}

#[tokio::test]
async fn an_iris_that_an_alert_makes_break_down_for_a_moment_is_asked_again_until_it_is_back() {
    let iris = Sandbox::builder().start().await.unwrap();
    let (target, mapping) = (target(&iris.url(), iris.token()), mapping(""));
    iris.fault(Fault::close().on("/alerts/add"));
    // All that one question does by itself.
    iris.fault(
        Fault::bad_gateway()
            .on("/alerts/filter")
            .times(RetryPolicy::default().attempts),
    );
    let attempt = deliver(&due(0, 0), &target, &mapping).await;
    assert!(
        matches!(
            attempt,
            Attempt::DestinationFailed {
                reached: true,
                alive: true,
                ..
            }
        ),
        "{attempt:?}"
    );
    iris.fault(Fault::server_error());
    let answer = look_for(&target, Uuid::from_u128(7), Duration::from_millis(1500)).await;
    assert_eq!(answer, Answer::Nothing);
}

#[tokio::test]
async fn a_count_that_makes_iris_fail_is_told_from_an_iris_that_is_not_there() {
    let iris = Sandbox::builder().start().await.unwrap();
    let (target, mapping) = (target(&iris.url(), iris.token()), mapping(""));
    let Attempt::Delivered { iris_id: Some(id), .. } = deliver(&due(0, 0), &target, &mapping).await else {
        panic!("a sandbox without faults takes it");
    };
    for (fault, is_alive) in [
        (Fault::server_error().on("/alerts/update"), true),
        (Fault::close().on("/alerts/update"), true),
        (Fault::server_error().on("/alerts/filter"), true),
        (Fault::forbidden().on("/alerts/filter"), true),
        (Fault::server_error(), false),
        (Fault::login_page(), false),
    ] {
        iris.fault(fault.clone());
        let failed = tell(id, &due(0, 3), &target, &mapping).await.unwrap_err();
        assert_eq!((failed.has_reached(), failed.alive), (true, is_alive), "{fault:?}");
        let is_denied = matches!(failed.error, Error::Forbidden { .. });
        assert_eq!(failed.unreadable, is_denied, "{fault:?}");
        iris.clear_faults();
    }
    iris.fault(Fault::unavailable(Some(Duration::from_secs(1))).on("/alerts/update"));
    assert!(!tell(id, &due(0, 3), &target, &mapping).await.unwrap_err().has_reached());
    iris.clear_faults();
    assert_eq!(tell(id, &due(0, 3), &target, &mapping).await.unwrap(), 3);
}

#[tokio::test]
async fn a_count_is_written_into_no_alert_but_that_of_its_id_whatever_number_it_has() {
    let iris = Sandbox::builder().start().await.unwrap();
    let mapping = mapping("");
    let of_customer = |options: &str| {
        let destination = Destination {
            url: iris.url(),
            key: Some(iris.token().to_owned().into()),
            options: options.to_owned(),
        };
        Target::new(&destination, &Settings::parse(&Source::default()).unwrap().iris).unwrap()
    };
    let usual = of_customer("");
    let other = Due {
        uuid: Uuid::from_u128(8),
        ..due(0, 0)
    };
    let Attempt::Delivered { iris_id: Some(id), .. } = deliver(&other, &usual, &mapping).await else {
        panic!("a sandbox without faults takes it");
    };
    let before = iris.alert(AlertId(id)).unwrap();
    let error = tell(id, &due(0, 3), &usual, &mapping).await.unwrap_err().error;
    assert!(matches!(error, Error::NotFound), "{error}");
    assert_eq!(iris.alert(AlertId(id)).unwrap().context, before.context);

    let named = of_customer(&format!("{{\"customer_id\": {}}}", iris.add_customer("b").0));
    let attempt = deliver(&due(0, 0), &usual, &mapping).await;
    let Attempt::Delivered { iris_id: Some(id), .. } = attempt else {
        panic!("{attempt:?}");
    };
    // The settings may have another customer since.
    for target in [usual, named] {
        assert_eq!(tell(id, &due(0, 3), &target, &mapping).await.unwrap(), 3);
    }
}

#[tokio::test]
async fn a_race_that_is_lost_again_and_again_is_no_race() {
    let iris = Sandbox::builder().start().await.unwrap();
    let (target, mapping) = (target(&iris.url(), iris.token()), mapping(""));
    iris.fault(Fault::tag_race().on("/alerts/add"));
    for (attempts, is_race) in [(0, true), (9, true), (10, false), (50, false)] {
        let attempt = deliver(&due(attempts, 0), &target, &mapping).await;
        let Attempt::AlertFailed { doubtful, degrade, .. } = attempt else {
            panic!("{attempts}: {attempt:?}");
        };
        assert_eq!((doubtful, degrade), (!is_race, !is_race), "{attempts}");
    }
    let mut last = due(50, 0);
    last.degraded = true;
    let attempt = deliver(&last, &target, &mapping).await;
    assert!(matches!(attempt, Attempt::Refused { .. }), "{attempt:?}");
}

#[tokio::test]
async fn a_refusal_of_what_comes_from_the_settings_waits_for_a_person() {
    let complaint = json!({"alert_severity_id": ["Not a valid severity."]});
    let iris = that_answers(
        400,
        json!({"status": "error", "message": "Data error", "data": complaint}),
    )
    .await;
    let attempt = deliver(&due(0, 0), &target(&iris.uri(), "k"), &mapping("")).await;
    assert!(
        matches!(
            attempt,
            Attempt::DestinationFailed {
                configuration: true,
                reached: false,
                ..
            }
        ),
        "{attempt:?}"
    );
}

/// An IRIS that refuses alerts by the name of a field: whole ones, or all.
async fn that_names_a_field(of_all: bool) -> MockServer {
    let server = that_answers(
        200,
        json!({"status": "success", "message": "", "data": {"alert_id": 12}}),
    )
    .await;
    let refusal = json!({"status": "error", "message": "{'alert_source_content': ['Unknown field.']}", "data": []});
    let marks = if of_all { "alert_title" } else { "alert_source_content" };
    Mock::given(method("POST"))
        .and(path("/alerts/add"))
        .and(body_string_contains(marks))
        .respond_with(ResponseTemplate::new(400).set_body_json(refusal))
        .with_priority(1)
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn what_iris_names_as_wrong_is_sent_as_plain_text_at_once() {
    for of_all in [false, true] {
        let iris = that_names_a_field(of_all).await;
        let (target, mapping) = (target(&iris.uri(), "k"), mapping(""));
        let (refusal, attempt) = deliver_in_any_form(&due(0, 0), &target, &mapping).await;
        assert!(refusal.is_some());
        match attempt {
            Attempt::Delivered { .. } => assert!(!of_all),
            Attempt::Refused { doubtful, .. } => assert!(of_all && !doubtful),
            other => panic!("{other:?}"),
        }
        let adds = iris.received_requests().await.unwrap();
        let adds = adds.iter().filter(|request| request.url.path() == "/alerts/add");
        assert_eq!(adds.count(), 2);
    }
}
