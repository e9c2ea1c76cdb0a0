//! What the client makes of everything that can go wrong between it and IRIS.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use iris_client::{
    Added, Alert, CustomerId, Error, IrisClient, NewAlert, Result, RetryPolicy,
    sandbox::{Fault, Sandbox},
};
use uuid::Uuid;

const SHORT: Duration = Duration::from_millis(300);

async fn sandbox() -> Sandbox {
    Sandbox::builder().start().await.unwrap()
}

fn client(iris: &Sandbox) -> IrisClient {
    let quick = RetryPolicy {
        attempts: 3,
        base: Duration::from_millis(1),
        cap: Duration::from_secs(1),
    };
    IrisClient::builder(&iris.url())
        .token(iris.token().into())
        .call_timeout(SHORT)
        .retry(quick)
        .build()
        .unwrap()
}

fn alert() -> NewAlert {
    NewAlert::new("t", 4, 2, CustomerId(1)).uuid(Uuid::new_v4())
}

async fn add_during(iris: &Sandbox, fault: Fault) -> Result<Alert> {
    iris.fault(fault);
    client(iris).alerts().add(&alert()).await
}

#[tokio::test]
async fn every_fault_is_told_apart_and_says_what_may_have_been_stored() {
    type Check = fn(&Error) -> bool;
    let wait = Duration::from_secs(7);
    let table: [(Fault, Check, bool); 17] = [
        (
            Fault::latency(Duration::from_secs(20)),
            |e| matches!(e, Error::Timeout { sent: true }),
            false,
        ),
        (Fault::hang(), |e| matches!(e, Error::Timeout { sent: true }), false),
        (
            Fault::hang().after_commit(),
            |e| matches!(e, Error::Timeout { sent: true }),
            true,
        ),
        (
            Fault::close(),
            |e| matches!(e, Error::Network { sent: true, .. }),
            false,
        ),
        (
            Fault::close().after_commit(),
            |e| matches!(e, Error::Network { sent: true, .. }),
            true,
        ),
        (
            Fault::rate_limited(None),
            |e| matches!(e, Error::RateLimited { retry_after: None }),
            false,
        ),
        (
            Fault::rate_limited(Some(wait)),
            |e| matches!(e, Error::RateLimited { .. }) && e.retry_after() == Some(Duration::from_secs(7)),
            false,
        ),
        (
            Fault::unavailable(Some(wait)),
            |e| matches!(e, Error::Unavailable { status: 503, .. }) && e.retry_after() == Some(Duration::from_secs(7)),
            false,
        ),
        (
            Fault::server_error(),
            |e| {
                matches!(
                    e,
                    Error::Unavailable {
                        status: 500,
                        retry_after: None
                    }
                )
            },
            false,
        ),
        (
            Fault::server_error().after_commit(),
            |e| matches!(e, Error::Unavailable { status: 500, .. }),
            true,
        ),
        (
            Fault::bad_gateway(),
            |e| matches!(e, Error::Unavailable { status: 502, .. }),
            false,
        ),
        (Fault::torn(), |e| matches!(e, Error::Torn { status: 200 }), true),
        (
            Fault::wrong_content_type(),
            |e| matches!(e, Error::NotIris { status: 200, .. }),
            true,
        ),
        (
            Fault::slow_body(Duration::from_secs(20)),
            |e| matches!(e, Error::Timeout { sent: true }),
            true,
        ),
        (
            Fault::login_page(),
            |e| matches!(e, Error::NotIris { status: 200, .. }) && e.is_configuration(),
            false,
        ),
        (
            Fault::redirect(),
            |e| matches!(e, Error::NotIris { status: 302, .. }) && e.is_configuration(),
            false,
        ),
        (Fault::unauthorized(), |e| matches!(e, Error::Unauthorized), false),
    ];
    for (fault, fits, stored) in table {
        let iris = sandbox().await;
        let error = add_during(&iris, fault.clone()).await.unwrap_err();
        assert!(fits(&error), "{fault:?}: {error:?}");
        assert_eq!(iris.alert_count() == 1, stored, "{fault:?}");
        assert!(!stored || error.may_have_been_stored(), "{fault:?}: {error:?}");
        assert_eq!(iris.request_count().max(1), 1, "a write is sent once: {fault:?}");
    }
}

#[tokio::test]
async fn a_tag_race_is_a_conflict_and_passes() {
    let iris = sandbox().await;
    let error = add_during(&iris, Fault::tag_race().once()).await.unwrap_err();
    assert!(matches!(error, Error::Conflict) && error.is_retryable() && !error.may_have_been_stored());
    client(&iris).alerts().add(&alert()).await.unwrap();
}

#[tokio::test]
async fn nobody_listening_means_not_sent() {
    let iris = sandbox().await;
    let address = iris.url();
    let client = client(&iris);
    iris.shutdown();
    let error = client.alerts().add(&alert()).await.unwrap_err();
    assert!(matches!(error, Error::Network { sent: false, .. }), "{error:?}");
    assert!(error.is_retryable() && !error.may_have_been_stored());
    assert!(
        !format!("{error} {error:?}").contains(&address),
        "an address may hold a password: {error:?}"
    );
}

#[tokio::test]
async fn a_refusing_server_comes_back_at_the_same_address() {
    let iris = sandbox().await;
    let client = client(&iris);
    iris.fault(Fault::refuse());
    while client.alerts().add(&alert()).await.is_ok() {}
    let stored = iris.alert_count();
    iris.clear_faults();
    while client.ping().await.is_err() {}
    assert_eq!(iris.alert_count(), stored);
}

#[tokio::test]
async fn reads_are_sent_again_and_writes_are_not() {
    let iris = sandbox().await;
    let client = client(&iris);
    iris.fault(Fault::bad_gateway().times(2));
    client.ping().await.unwrap();
    assert_eq!(iris.request_count(), 3);

    iris.fault(Fault::bad_gateway().times(1));
    assert!(client.alerts().add(&alert()).await.is_err());
    assert_eq!(iris.request_count(), 4);

    iris.fault(Fault::bad_gateway());
    assert!(client.ping().await.is_err());
    assert_eq!(iris.request_count(), 7, "three attempts, then the error");
}

#[tokio::test]
async fn a_longer_wish_than_the_policy_allows_ends_the_call_at_once() {
    let iris = sandbox().await;
    iris.fault(Fault::rate_limited(Some(Duration::from_hours(1))).on("/api"));
    let error = client(&iris).ping().await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_hours(1)));
    assert_eq!(iris.request_count(), 1);
}

#[tokio::test]
async fn an_alert_is_stored_once_however_the_answer_was_lost() {
    for fault in [
        Fault::close().after_commit(),
        Fault::server_error().after_commit(),
        Fault::bad_gateway().after_commit(),
        Fault::torn(),
        Fault::wrong_content_type(),
    ] {
        let iris = sandbox().await;
        let client = client(&iris);
        iris.fault(fault.clone().on("/alerts/add"));
        let new = alert();
        let added = client.alerts().add_once(&new).await.unwrap();
        assert!(matches!(added, Added::AlreadyThere(_)), "{fault:?}");
        iris.clear_faults();
        let again = client.alerts().add_once(&new).await.unwrap();
        assert_eq!(again, Added::AlreadyThere(added.id()), "{fault:?}");
        assert_eq!(iris.alert_count(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn add_once_says_when_nothing_was_stored() {
    let iris = sandbox().await;
    let client = client(&iris);
    iris.fault(Fault::server_error().on("/alerts/add").once());
    let new = alert();
    assert!(client.alerts().add_once(&new).await.unwrap_err().is_retryable());
    assert!(matches!(client.alerts().add_once(&new).await.unwrap(), Added::New(_)));
    let unkeyed = NewAlert::new("t", 4, 2, CustomerId(1));
    assert!(client.alerts().add_once(&unkeyed).await.unwrap_err().is_configuration());
}

#[tokio::test]
async fn a_call_that_waits_for_its_place_too_long_was_not_sent() {
    let iris = sandbox().await;
    let client = IrisClient::builder(&iris.url())
        .token(iris.token().into())
        .max_concurrency(1)
        .call_timeout(SHORT)
        .build()
        .unwrap();
    let slow = IrisClient::clone(&client);
    iris.fault(Fault::hang().once());
    let hanging = tokio::spawn(async move { slow.alerts().add(&alert()).await });
    // The first one holds the only place from its first poll on.
    while iris.fault_count() > 0 {
        tokio::task::yield_now().await;
    }
    let new = alert();
    let error = client.alerts().add(&new).await;
    let first = hanging.await.unwrap();
    assert!(matches!(first, Err(Error::Timeout { sent: true })), "{first:?}");
    // It may have got the place just in time; what it may not do is claim to have sent when it did not.
    match error {
        Err(Error::Timeout { sent: false }) => assert_eq!(iris.alert_count(), 0),
        other => assert_eq!(other.is_ok(), iris.alert_count() == 1),
    }
}

#[tokio::test]
async fn no_more_requests_are_under_way_than_allowed() {
    let iris = Sandbox::builder()
        .service_time(Duration::from_millis(20))
        .start()
        .await
        .unwrap();
    let client = IrisClient::builder(&iris.url())
        .token(iris.token().into())
        .max_concurrency(2)
        .build()
        .unwrap();
    let adds = (0..12).map(|_| {
        let client = client.clone();
        async move { client.alerts().add(&alert()).await }
    });
    let results = futures_util::future::join_all(adds).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(iris.most_at_once(), 2);
}

#[tokio::test]
async fn a_connection_that_the_server_closed_in_silence_is_not_used_again() {
    let iris = Sandbox::builder()
        .keep_alive(Duration::from_millis(50))
        .start()
        .await
        .unwrap();
    let client = IrisClient::builder(&iris.url())
        .token(iris.token().into())
        .retry(RetryPolicy::never())
        .pool_idle_timeout(Duration::from_millis(10))
        .build()
        .unwrap();
    for _ in 0..3 {
        client.alerts().add(&alert()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(70)).await;
    }
    assert_eq!(iris.alert_count(), 3);
}
