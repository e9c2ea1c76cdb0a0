//! IRIS away, wrong, slow or lying: nothing is lost, nothing is doubled, and the counters add up.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use iris_client::sandbox::{Fault, Sandbox};
use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use serde_json::json;

use crate::stage::{Stage, alert, text};

/// Three alerts are stored, a fault meets their delivery, and each is in IRIS once.
async fn survives(fault: Fault) {
    let stage = Stage::new().await;
    for number in 0..3 {
        assert!(stage.hook(alert(number).to_string().as_bytes()).status.success());
    }
    stage.iris.fault(fault);
    let counters = stage.deliver();
    assert_eq!(counters["delivered"], 3, "{counters}");
    let mut titles: Vec<_> = stage.iris.alerts().into_iter().map(|alert| alert.title).collect();
    titles.sort();
    titles.dedup();
    assert_eq!((titles.len(), stage.iris.alerts().len()), (3, 3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_answer_of_500_is_tried_again() {
    survives(Fault::server_error().on("/alerts/add").times(2)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_proxy_page_is_tried_again() {
    survives(Fault::bad_gateway().on("/alerts/add").times(2)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_answer_torn_after_the_commit_makes_no_second_alert() {
    survives(Fault::torn().on("/alerts/add").once().after_commit()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_connection_closed_after_the_commit_makes_no_second_alert() {
    survives(Fault::close().on("/alerts/add").once().after_commit()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_race_for_a_new_tag_is_tried_again() {
    survives(Fault::tag_race().on("/alerts/add").times(2)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_server_that_asks_to_slow_down_is_obeyed() {
    survives(
        Fault::rate_limited(Some(Duration::from_secs(1)))
            .on("/alerts/add")
            .times(2),
    )
    .await;
}

/// The same, with little patience for an answer.
async fn survives_impatiently(fault: Fault) {
    let stage = Stage::new().await;
    stage.settings("[iris]\ntimeout_seconds = 2\n");
    for number in 0..3 {
        assert!(stage.hook(alert(number).to_string().as_bytes()).status.success());
    }
    stage.iris.fault(fault);
    let counters = stage.deliver();
    assert_eq!(counters["delivered"], 3, "{counters}");
    assert_eq!(stage.iris.alert_count(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_server_that_never_answers_is_tried_again() {
    survives_impatiently(Fault::hang().on("/alerts/add").once()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_server_that_never_answers_after_the_commit_gets_no_second_alert() {
    survives_impatiently(Fault::hang().on("/alerts/add").once().after_commit()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_slow_server_is_waited_for() {
    survives(Fault::latency(Duration::from_millis(700)).on("/alerts/add")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_server_that_says_it_is_down_is_tried_again() {
    survives(
        Fault::unavailable(Some(Duration::from_secs(1)))
            .on("/alerts/add")
            .times(2),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_server_that_listens_no_longer_for_a_while_is_tried_again() {
    survives(Fault::refuse_for(Duration::from_secs(2))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_login_page_in_between_parks_nothing() {
    survives(Fault::login_page().on("/alerts/add").times(2)).await;
}

/// An IRIS with a certificate like the one that it ships with: self-signed, for no name, expired in 2022.
pub(crate) async fn with_the_stock_certificate() -> Sandbox {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, "iriswebapp_nginx");
    params.not_before = date_time_ymd(2021, 12, 9);
    params.not_after = date_time_ymd(2022, 12, 9);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    Sandbox::builder().tls(config).start().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_certificate_that_nobody_trusts_stops_delivery_until_the_line_that_doctor_prints_is_set() {
    let mut stage = Stage::before(with_the_stock_certificate().await);
    assert!(stage.hook(alert(1).to_string().as_bytes()).status.success());
    stage.start_courier();
    stage.until("it waits", |status| status["waiting"] == 1).await;
    stage
        .until("a word in the log", |_| {
            stage.courier_log().contains("certificate of the server is not trusted")
        })
        .await;
    assert_eq!(stage.iris.alert_count(), 0);
    stage.stop_couriers();
    let doctor = stage.custom_iris(&["doctor"]);
    assert_eq!(doctor.status.code(), Some(1), "{}", text(&doctor));
    let printed = text(&doctor);
    let line = printed
        .split("to pin it: iris.")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap();
    stage.settings(&format!("[iris]\n{line}\n"));
    let counters = stage.deliver();
    assert_eq!(counters["delivered"], 1, "{counters}");
    assert_eq!(stage.iris.alert_count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_wrong_key_parks_nothing_and_the_right_one_delivers() {
    let mut stage = Stage::new().await;
    let right = stage.key().to_owned();
    stage.use_key("not-the-key");
    assert!(stage.hook(alert(1).to_string().as_bytes()).status.success());
    stage.start_courier();
    let status = stage
        .until("the refusal", |status| {
            status["waiting"] == 1 && stage.courier_log().contains("does not accept the API key")
        })
        .await;
    assert_eq!(status["parked"], 0);
    // The next call of the hook brings the new key; the destination is the same.
    stage.use_key(&right);
    assert!(stage.hook(alert(2).to_string().as_bytes()).status.success());
    let status = stage.until("both delivered", |status| status["delivered"] == 2).await;
    assert_eq!(status["parked"], 0);
    let log = stage.courier_log();
    assert!(!log.contains("not-the-key") && !log.contains(&right), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_unreachable_iris_keeps_everything_and_is_named_in_the_log() {
    let mut stage = Stage::new().await;
    let right = stage.iris.url();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", socket.local_addr().unwrap());
    drop(socket);
    stage.use_url(&nobody);
    let file = stage.home().join("alerts.json");
    let lines: Vec<String> = (0..5).map(|number| alert(number).to_string()).collect();
    std::fs::write(&file, lines.join("\n")).unwrap();
    assert!(stage.custom_iris(&["replay", file.to_str().unwrap()]).status.success());
    stage.start_courier();
    let stage = &mut stage;
    stage.until("all waiting", |status| status["waiting"] == 5).await;
    stage
        .until("a word in the log", |_| {
            stage.courier_log().contains("no connection to IRIS")
        })
        .await;
    stage.stop_couriers();
    stage.use_url(&right);
    let counters = stage.deliver();
    assert_eq!(counters["delivered"], 5, "{counters}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn doctor_says_what_is_wrong_with_the_key() {
    let mut stage = Stage::new().await;
    stage.use_key("not-the-key");
    let output = stage.custom_iris(&["doctor"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(
        text(&output).contains("does not accept the API key"),
        "{}",
        text(&output)
    );
    assert!(!text(&output).contains("not-the-key"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_courier_killed_again_and_again_delivers_each_alert_once() {
    // More than one batch of the intake.
    const ALERTS: usize = 150;
    let mut stage = Stage::new().await;
    stage.settings("[noise]\nburst_max = 0\n");
    for number in 0..ALERTS as u64 {
        assert!(stage.hook(alert(number).to_string().as_bytes()).status.success());
    }
    // Killed whenever so many have arrived: between intake and unlink, between send and settle, wherever it happens to be.
    for arrived in [1, 17, 60, 99, 131] {
        stage.start_courier();
        while stage.iris.alert_count() < arrived {
            tokio::task::yield_now().await;
        }
        stage.stop_couriers();
    }
    let counters = stage.deliver();
    assert_eq!(
        (&counters["received"], &counters["delivered"]),
        (&ALERTS.into(), &ALERTS.into()),
        "{counters}"
    );
    let mut titles: Vec<_> = stage.iris.alerts().into_iter().map(|alert| alert.title).collect();
    titles.sort();
    titles.dedup();
    assert_eq!((titles.len(), stage.iris.alert_count()), (ALERTS, ALERTS));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_block_with_options_that_cannot_be_read_keeps_no_other_from_delivering() {
    let mut stage = Stage::new().await;
    let options = stage.home().join("custom-iris-1-1.options");
    fs::write(&options, "{\"customer_id\": 2,}\n").unwrap();
    for number in 1..=5 {
        let bytes = alert(number).to_string();
        let broken = stage.hook_command(bytes.as_bytes()).arg(&options).output().unwrap();
        assert!(broken.status.success(), "{}", text(&broken));
        assert!(stage.hook(bytes.as_bytes()).status.success());
    }
    stage.start_courier();
    let counters = stage
        .until("those of the good block are delivered", |status| {
            status["delivered"] == 5
        })
        .await;
    assert_eq!(
        (&counters["waiting"], &counters["repeated"]),
        (&json!(5), &json!(0)),
        "{counters}"
    );
    assert_eq!(stage.iris.alerts().len(), 5);
}
