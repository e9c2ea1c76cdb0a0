//! Workers that start, wait, report and stop.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::crowd::{command, with_alerts};
use crate::ollama::Ollama;
use crate::stage::{Stage, text};

/// Waits for something that another process does; a test that never gets there fails.
pub(crate) async fn until(what: &str, reached: impl Fn() -> bool) {
    let begun = Instant::now();
    while !reached() {
        assert!(begun.elapsed().as_secs() < 90, "{what} was not reached");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// An address that nobody listens on.
pub(crate) fn free_address() -> String {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().to_string()
}

/// What a page of the health server says, state line included; empty while nobody listens.
pub(crate) fn page(address: &str, path: &str) -> String {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Ok(text)
    };
    ask().unwrap_or_default()
}

fn terminate(child: &Child) {
    assert!(
        Command::new("kill")
            .arg(child.id().to_string())
            .status()
            .unwrap()
            .success()
    );
}

fn spawn(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_is_told_to_stop_while_its_model_loads_stops_at_once_and_claims_nothing() {
    let stage = with_alerts(2).await;
    let ollama = Ollama::loading(Duration::from_mins(2)).await;
    let worker = spawn(&mut command(&stage, &ollama, &[]));
    until("the warm-up", || ollama.is_warming()).await;
    let told = Instant::now();
    terminate(&worker);
    let output = tokio::task::spawn_blocking(|| worker.wait_with_output())
        .await
        .unwrap()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert!(told.elapsed().as_secs() < 30, "{:?}", told.elapsed());
    assert!(stage.iris.alerts().iter().all(|alert| alert.has_tag("ai-pending")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_is_told_to_stop_finishes_what_it_has_and_takes_nothing_more() {
    let stage = with_alerts(3).await;
    let ollama = Ollama::after(Duration::from_secs(2)).await;
    let mut command = command(&stage, &ollama, &["--json"]);
    // On a machine that is busy with other things, too.
    command
        .env("AI_WORKER_DEADLINE_SECONDS", "60")
        .env("AI_WORKER_LEASE_SECONDS", "120");
    let worker = spawn(&mut command);
    until("a call", || ollama.total() > 0).await;
    terminate(&worker);
    let output = tokio::task::spawn_blocking(|| worker.wait_with_output())
        .await
        .unwrap()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let tally: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&tally["reviewed"], &tally["lapsed"]),
        (&json!(1), &json!(0)),
        "{tally}"
    );
    let with = |tag: &str| stage.iris.alerts().iter().filter(|alert| alert.has_tag(tag)).count();
    assert_eq!(
        (with("ai-reviewed"), with("ai-pending"), with("ai-processing")),
        (1, 2, 0)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_model_turns_readiness_red_with_the_command_that_pulls_it() {
    let stage = with_alerts(1).await;
    let server = MockServer::start().await;
    let answer = |status: u16, body: Value| ResponseTemplate::new(status).set_body_json(body);
    for (verb, at, response) in [
        ("GET", "/api/version", answer(200, json!({ "version": "0.33.0" }))),
        ("GET", "/api/ps", answer(200, json!({ "models": [] }))),
        ("GET", "/api/tags", answer(200, json!({ "models": [] }))),
        (
            "POST",
            "/api/show",
            answer(404, json!({ "error": "model 'phi4-mini:latest' not found" })),
        ),
        (
            "POST",
            "/api/chat",
            answer(404, json!({ "error": "model 'phi4-mini:latest' not found" })),
        ),
    ] {
        Mock::given(method(verb))
            .and(path(at))
            .respond_with(response)
            .mount(&server)
            .await;
    }
    let health = free_address();
    let mut command = stage.worker_command(&["--triager", "ollama"]);
    command
        .env("OLLAMA_URL", server.uri())
        .env("WAZUH_IRIS_HEALTH_LISTEN", &health);
    let mut worker = spawn(&mut command);
    until("a red light that says what to do", || {
        let ready = page(&health, "/readyz");
        ready.starts_with("HTTP/1.1 503") && ready.contains("ollama pull phi4-mini:latest")
    })
    .await;
    assert!(page(&health, "/healthz").starts_with("HTTP/1.1 200"));
    worker.kill().unwrap();
    worker.wait().unwrap();
    assert!(stage.iris.alerts()[0].has_tag("ai-pending"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alerts_are_triaged_while_the_address_of_the_health_server_is_taken_and_it_is_had_when_it_is_free() {
    let stage = with_alerts(1).await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let health = taken.local_addr().unwrap().to_string();
    let mut command = stage.worker_command(&["--triager", "rules"]);
    let mut worker = spawn(command.env("WAZUH_IRIS_HEALTH_LISTEN", &health));
    until("the triage", || stage.iris.alerts()[0].has_tag("ai-reviewed")).await;
    drop(taken);
    until("a green light", || page(&health, "/readyz").starts_with("HTTP/1.1 200")).await;
    worker.kill().unwrap();
    let said = worker.wait_with_output().unwrap();
    let said = text(&said);
    assert!(
        said.contains(&health) && said.contains("another process has that address"),
        "{said}"
    );
    assert_eq!(said.matches("another process").count(), 1, "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_says_how_long_its_queue_will_take_and_logs_json() {
    let stage = with_alerts(30).await;
    let ollama = Ollama::after(Duration::from_millis(700)).await;
    let health = free_address();
    let mut command = command(&stage, &ollama, &[]);
    command
        .env("WAZUH_IRIS_HEALTH_LISTEN", &health)
        .env("WAZUH_IRIS_LOG_FORMAT", "json");
    let worker = spawn(&mut command);
    until("an estimate", || {
        let ready = page(&health, "/readyz");
        ready.starts_with("HTTP/1.1 200") && ready.contains("queue: ") && ready.contains(" an alert")
    })
    .await;
    let metrics = page(&health, "/metrics");
    for name in [
        "wazuh_iris_worker_queue_seconds",
        "wazuh_iris_worker_asking",
        "wazuh_iris_worker_alerts_total{ending=\"reviewed\"}",
        "wazuh_iris_worker_triager_calls_total{outcome=\"draft\"}",
    ] {
        assert!(metrics.contains(name), "{name} in {metrics}");
    }
    terminate(&worker);
    let output = tokio::task::spawn_blocking(|| worker.wait_with_output())
        .await
        .unwrap()
        .unwrap();
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        assert!(line["level"].is_string() && line["timestamp"].is_string(), "{line}");
    }
    assert!(log.contains("\"queue.waiting\":"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backend_that_fails_for_two_workers_again_and_again_burns_no_alert() {
    let stage = with_alerts(1).await;
    let ollama = Ollama::after(Duration::ZERO).await;
    ollama.fail(true);
    let workers: Vec<Child> = (0..2)
        .map(|_| {
            let mut command = command(&stage, &ollama, &[]);
            command
                .env("AI_WORKER_SETTLE_MS", "700")
                .env("AI_WORKER_DEADLINE_SECONDS", "2")
                .env("AI_WORKER_LEASE_SECONDS", "4")
                .env("OLLAMA_COOLDOWN_SECONDS", "1");
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        })
        .collect();
    // More claims than an alert has lives.
    until("five calls in vain", || ollama.total() >= 5).await;
    ollama.fail(false);
    until("an end", || {
        let alert = stage.iris.alerts().remove(0);
        alert.has_tag("ai-reviewed") || alert.has_tag("ai-failed")
    })
    .await;
    let after = stage.iris.alerts().remove(0);
    for mut worker in workers {
        worker.kill().unwrap();
        worker.wait().unwrap();
    }
    assert!(after.has_tag("ai-reviewed"), "{:?} {:?}", after.tags, after.note);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_scorecard_names_the_attack_that_was_called_benign_first() {
    let stage = Stage::new().await;
    let block = |verdict: &str, model: &str| {
        format!(
            "Analyst: looked at it.\n\n\
             == AI TRIAGE - machine generated, verify before acting ==  [ait:v1:BEGIN:ab12]\n\
             Verdict     {verdict} (confidence high)     Severity  low (rule level 10)\n\
             Summary     Something.\n\
             Made by     ollama 0.1.0 | {model} | 78fad5d182a7 | prompt 0123456789ab | Ollama 0.33.0\n            \
             9 facts of 20 fields, 0 masked, 0 cut | 2026-01-20 09:14Z\n\
             ==                                                                  [ait:v1:END:ab12]"
        )
    };
    let iris = iris_client::IrisClient::builder(&stage.iris.url())
        .token(stage.key().to_owned().into())
        .build()
        .unwrap();
    let resolutions = iris.manage().alert_resolutions().await.unwrap();
    let cases = [
        ("true positive", "False Positive", "5710", "a"),
        ("benign positive", "True Positive Without Impact", "5710", "a"),
        ("false positive", "True Positive With Impact", "31103", "b"),
        ("false positive", "Legitimate", "31103", "b"),
        ("needs investigation", "True Positive With Impact", "31103", "b"),
        ("true positive", "Unknown", "31103", "b"),
        ("true positive", "", "31103", "b"),
    ];
    for (verdict, resolution, rule, model) in cases {
        let new = iris_client::NewAlert::new("Test", 4, 2, iris_client::CustomerId(1))
            .tags(format!("wazuh,rule-{rule},ai-reviewed"))
            .note(block(verdict, model));
        let id = iris.alerts().add(&new).await.unwrap().id;
        let found = resolutions.iter().find(|known| known.name == resolution);
        stage
            .iris
            .edit(id, |alert| alert.resolution_id = found.map(|known| known.id));
    }
    let run = |more: &[&str]| {
        let mut arguments = vec!["scorecard"];
        arguments.extend(more);
        let output = stage.worker_command(&arguments).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let card: Value = serde_json::from_str(&run(&["--json"])).unwrap();
    assert_eq!((&card["finished"], &card["resolved"]), (&json!(7), &json!(5)), "{card}");
    let all = &card["all"];
    assert_eq!(
        [
            &all["agreed"],
            &all["missed"],
            &all["false_alarms"],
            &all["open_attacks"]
        ],
        [&json!(1), &json!(2), &json!(1), &json!(1)],
        "{card}"
    );
    let order: Vec<i64> = card["disagreements"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["alert_id"].as_i64().unwrap())
        .collect();
    assert_eq!(order, [3, 2, 1], "{card}");
    let table = run(&[]);
    println!("{table}");
    assert!(table.contains("alert 3       rule 31103      we: benign"), "{table}");
    let metrics = run(&["--metrics"]);
    assert!(
        metrics.contains("wazuh_iris_scorecard_model_alerts{model=\"b\",outcome=\"missed\"} 1"),
        "{metrics}"
    );
}
