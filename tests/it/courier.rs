//! The courier under load, under an outage, and under orders.

use std::time::Duration;

use iris_client::CustomerId;
use iris_client::sandbox::{Fault, User};
use serde_json::{Value, json};

use crate::lifecycle::{free_address, page};
use crate::stage::{Stage, alert, text};

fn store(stage: &Stage, alerts: impl IntoIterator<Item = Value>) {
    let file = stage.home().join("alerts.json");
    let lines: Vec<String> = alerts.into_iter().map(|alert| alert.to_string()).collect();
    std::fs::write(&file, lines.join("\n")).unwrap();
    let output = stage.custom_iris(&["replay", file.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output));
}

/// Another file each time, of one rule on a few agents.
fn flood(number: u64) -> Value {
    let mut alert = alert(number);
    alert["rule"]["id"] = json!("550");
    alert["rule"]["description"] = json!("Integrity checksum changed.");
    alert["agent"]["id"] = json!(format!("{:03}", number % 3));
    alert["data"] = json!({});
    alert["syscheck"] = json!({"path": format!("/srv/share-{number}/f"), "event": "modified"});
    alert
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_flood_of_one_rule_is_folded_with_true_counts() {
    const ALERTS: u64 = 2000;
    let stage = Stage::new().await;
    store(&stage, (0..ALERTS).map(flood));
    let counters = stage.deliver();
    assert_eq!(counters["received"], ALERTS, "{counters}");
    let alerts = stage.iris.alerts();
    // Five for each agent, and one storm alert for the rule.
    assert_eq!((alerts.len(), &counters["delivered"]), (16, &json!(16)), "{counters}");
    let storms: Vec<_> = alerts.iter().filter(|alert| alert.has_tag("wazuh-storm")).collect();
    assert_eq!(storms.len(), 1);
    let told: u64 = alerts.iter().filter_map(|alert| alert.context["folded"].as_u64()).sum();
    assert_eq!(json!(told), counters["folded"], "what IRIS was told");
    assert!(
        storms[0].context["folded_agent"].as_str().unwrap().contains("002"),
        "{}",
        storms[0].context
    );
    assert!(storms[0].context.to_string().len() <= 1024);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn after_an_outage_what_happens_now_goes_before_what_waited() {
    let mut stage = Stage::new().await;
    stage.settings("[noise]\nburst_max = 0\n[iris]\nconcurrency = 1\n");
    let now = jiff::Timestamp::now();
    let at = |number: u64, level: u8, ago: Duration| {
        let mut alert = alert(number);
        alert["rule"]["level"] = json!(level);
        let time = now - jiff::SignedDuration::try_from(ago).unwrap();
        alert["timestamp"] = json!(time.strftime("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string());
        alert
    };
    let url = stage.iris.url();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    stage.use_url(&format!("http://{}", socket.local_addr().unwrap()));
    drop(socket);
    // Three days of an outage, the last ones the newest; then today's.
    store(
        &stage,
        (0..60).map(|number| at(number, 10, Duration::from_hours(72 - number))),
    );
    store(&stage, (100..140).map(|number| at(number, 9, Duration::from_mins(1))));
    store(&stage, [at(200, 14, Duration::from_secs(1))]);
    stage.start_courier();
    stage.until("all waiting", |status| status["waiting"] == 101).await;
    stage.stop_couriers();
    stage.use_url(&url);
    stage.deliver();
    let order: Vec<u64> = stage
        .iris
        .alerts()
        .iter()
        .map(|alert| alert.title.split(' ').nth(3).unwrap().parse().unwrap())
        .collect();
    assert_eq!(order.len(), 101);
    assert!(order[..2].contains(&200), "today's critical alert first: {order:?}");
    let live = order[..50]
        .iter()
        .filter(|number| (100..=200).contains(*number))
        .count();
    assert!(
        (33..=37).contains(&live),
        "seven turns of ten are live ones': {live} {order:?}"
    );
    let backlog: Vec<_> = order.iter().filter(|number| **number < 60).copied().collect();
    assert!(
        backlog.is_sorted_by(|a, b| a > b),
        "of the backlog the newest first: {backlog:?}"
    );
    let today: Vec<_> = order
        .iter()
        .filter(|number| (100..140).contains(*number))
        .copied()
        .collect();
    assert!(today.is_sorted(), "live ones as they came: {today:?}");
}

const RULE: &str = "[[allow]]\nid = \"expected\"\nreason = \"test\"\nowner = \"test\"\nexpires = 2099-01-01\nmax_level = 12\n[allow.match]\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn bad_rules_at_a_reload_leave_the_old_ones_in_force_and_good_ones_come_in() {
    let mut stage = Stage::new().await;
    stage.settings(&format!("{RULE}\"rule.id\" = \"200001\"\n"));
    stage.start_courier();
    assert!(stage.hook(alert(1).to_string().as_bytes()).status.success());
    stage.until("the rule", |status| status["allowlisted"] == 1).await;

    stage.settings(&format!("{RULE}\"data.url\" = \"/x\"\n"));
    stage.reload_courier();
    stage
        .until("the refusal", |_| stage.courier_log().contains("the old ones stay"))
        .await;
    let mut again = alert(1);
    again["id"] = json!("1768899737.77");
    assert!(stage.hook(again.to_string().as_bytes()).status.success());
    stage.until("the old rule", |status| status["allowlisted"] == 2).await;

    stage.settings(&format!("{RULE}\"rule.id\" = \"200002\"\n"));
    stage.reload_courier();
    stage
        .until("the reload", |_| stage.courier_log().contains("read anew"))
        .await;
    for number in [1, 2] {
        let mut one = alert(number);
        one["id"] = json!(format!("1768899737.{}", 80 + number));
        assert!(stage.hook(one.to_string().as_bytes()).status.success());
    }
    let status = stage
        .until("the new rule", |status| {
            status["allowlisted"] == 3 && status["delivered"] == 1
        })
        .await;
    assert!(status["courier_pid"].as_u64().unwrap() > 0, "{status}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_status_is_one_line_with_what_scripts_read_first() {
    let stage = Stage::new().await;
    let keys = "courier_pid waiting received delivered folded allowlisted gated repeated parked";
    let check = |when: &str| {
        let output = stage.custom_iris(&["spool", "status", "--json"]);
        let line = String::from_utf8(output.stdout).unwrap();
        assert_eq!(line.lines().count(), 1, "{when}");
        let status: serde_json::Map<String, Value> = serde_json::from_str(&line).unwrap();
        let first: Vec<&str> = status.keys().map(String::as_str).take(9).collect();
        assert_eq!(first.join(" "), keys, "{when}: {line}");
        assert!(status["courier_pid"].is_null(), "{when}: {line}");
    };
    check("before any courier");
    stage.hook(alert(1).to_string().as_bytes());
    stage.deliver();
    check("after one has left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_rule_that_would_hide_a_true_positive_is_refused_by_its_test() {
    let stage = Stage::new().await;
    let rules = stage.home().join("rules.toml");
    let file = stage.home().join("labelled.jsonl");
    let line = |number: u64, verdict: &str| json!({"alert": alert(number), "label": {"verdict": verdict}}).to_string();
    let mut severe = alert(1);
    severe["rule"]["level"] = json!(13);
    let mut doubtful = alert(3);
    doubtful["data"]["file"] = json!(r"C:\Tools\a .\x.exe");
    std::fs::write(
        &file,
        [
            line(1, "benign"),
            line(2, "true_positive"),
            severe.to_string(),
            doubtful.to_string(),
            "no alert".to_owned(),
        ]
        .join("\n"),
    )
    .unwrap();
    let test = |conditions: &str| {
        std::fs::write(&rules, format!("{RULE}{conditions}")).unwrap();
        stage.custom_iris(&[
            "allow",
            "test",
            "--json",
            "--rules",
            rules.to_str().unwrap(),
            file.to_str().unwrap(),
        ])
    };
    let output = test("\"rule.id\" = \"200001\"\n");
    assert!(output.status.success(), "{}", text(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&report["read"], &report["not_alerts"], &report["hidden"]),
        (&json!(5), &json!(1), &json!(1)),
        "{report}"
    );
    assert_eq!(report["rules"][0]["too_severe"], 1, "{report}");
    assert_eq!(report["rules"][0]["in_doubt"], 0, "{report}");
    let output = test("\"rule.id\" = \"200003\"\n\"data.file\" = { glob = 'C:\\Tools\\**' }\n");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&report["hidden"], &report["rules"][0]["in_doubt"]),
        (&json!(0), &json!(1)),
        "{report}"
    );
    let output = test("\"rule.id\" = \"200002\"\n");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("true positive"), "{}", text(&output));
    // A rule that cannot be used is a matter of configuration.
    std::fs::write(&rules, format!("{RULE}\"data.url\" = \"/x\"\n")).unwrap();
    let output = stage.custom_iris(&["allow", "check", "--rules", rules.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(78), "{}", text(&output));
}

#[test]
fn the_shipped_allowlist_of_the_original_can_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/allowlist.example.toml");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_custom-iris"))
        .env_clear()
        .env("WAZUH_HOME", folder.path())
        .args(["allow", "check", "--json", "--rules", rules])
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output)));
    assert!(report["rules"].as_u64().unwrap() >= 15, "{report}");
    assert!(!report["warnings"].to_string().contains("did you mean"), "{report}");
}

/// A fault that every alert meets keeps all of them, parks none, and is over when it is over.
async fn keeps_everything(fault: Fault, said: &str) {
    let mut stage = Stage::new().await;
    for number in 0..4 {
        assert!(stage.hook(alert(number).to_string().as_bytes()).status.success());
    }
    stage.iris.fault(fault);
    stage.start_courier();
    let status = stage
        .until(said, |status| {
            status["waiting"] == 4 && stage.courier_log().contains(said)
        })
        .await;
    assert_eq!(status["parked"], 0);
    let log = stage.courier_log();
    assert!(!log.contains(stage.key()), "{log}");
    stage.stop_couriers();
    stage.iris.clear_faults();
    let counters = stage.deliver();
    assert_eq!(
        (&counters["delivered"], stage.iris.alert_count()),
        (&json!(4), 4),
        "{counters}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_login_page_keeps_everything() {
    keeps_everything(Fault::login_page(), "until somebody acts").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_redirect_keeps_everything() {
    keeps_everything(Fault::redirect(), "until somebody acts").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_missing_permission_keeps_everything() {
    keeps_everything(Fault::forbidden(), "until somebody acts").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_expired_key_keeps_everything() {
    keeps_everything(Fault::unauthorized().on("/alerts/add"), "until somebody acts").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_absurd_wish_to_wait_keeps_everything() {
    let century = Duration::from_hours(24 * 365 * 100);
    keeps_everything(Fault::unavailable(Some(century)).on("/alerts/add"), "at the moment").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_account_without_the_customer_keeps_everything() {
    let mut stage = Stage::new().await;
    let right = stage.key().to_owned();
    let stranger = stage.iris.add_user(&User::new("stranger").customers(&[]));
    stage.use_key(&stranger);
    for number in 0..4 {
        assert!(stage.hook(alert(number).to_string().as_bytes()).status.success());
    }
    stage.start_courier();
    let status = stage
        .until("the refusal", |status| {
            status["waiting"] == 4 && stage.courier_log().contains("until somebody acts")
        })
        .await;
    assert_eq!(status["parked"], 0);
    stage.use_key(&right);
    assert!(stage.hook(alert(9).to_string().as_bytes()).status.success());
    stage.stop_couriers();
    let counters = stage.deliver();
    assert_eq!(
        (&counters["delivered"], stage.iris.alert_count()),
        (&json!(5), 5),
        "{counters}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_one_off_run_ends_when_what_waits_waits_for_a_person_and_the_next_one_delivers_it() {
    let mut stage = Stage::new().await;
    let branch = stage.iris.add_customer("Branch office");
    let key = stage.iris.add_user(&User::new("svc").customers(&[CustomerId(1)]));
    let right = stage
        .iris
        .add_user(&User::new("both").customers(&[CustomerId(1), branch]));
    stage.use_key(&key);
    stage.settings(&format!("[[customer]]\nid = {}\nagent_name = [\"br-*\"]\n", branch.0));
    for number in 0..6 {
        let mut alert = alert(number);
        if number % 2 == 0 {
            alert["agent"]["name"] = json!("br-7");
        }
        assert!(stage.hook(alert.to_string().as_bytes()).status.success());
    }
    let output = stage.custom_iris(&["deliver", "--once", "--json"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let counters: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&counters["delivered"], &counters["waiting"]), (&json!(3), &json!(3)));
    let said = text(&output);
    let last = said.lines().last().unwrap();
    assert!(
        last.starts_with("error: 3 alerts wait") && last.contains(&format!("customer {}", branch.0)),
        "{said}"
    );
    // The hook brings the key of an account that is linked to both.
    stage.use_key(&right);
    assert!(stage.hook(alert(9).to_string().as_bytes()).status.success());
    let counters = stage.deliver();
    assert_eq!(
        (&counters["delivered"], stage.iris.alert_count()),
        (&json!(7), 7),
        "{counters}"
    );
}

/// So many alerts that something does not stand, the most severe and the oldest of all, keep no other from IRIS.
async fn bad_ones_block_nothing(number: u64, fault: Fault) {
    let mut stage = Stage::new().await;
    stage.settings("[iris]\ntimeout_seconds = 2\n[noise]\nburst_max = 0\n");
    for number in 0..number {
        let mut bad = alert(number);
        bad["rule"]["level"] = json!(15);
        bad["rule"]["description"] = json!(format!("Not to be stood {number}"));
        assert!(stage.hook(bad.to_string().as_bytes()).status.success());
    }
    for number in number..number + 40 {
        assert!(stage.hook(alert(number).to_string().as_bytes()).status.success());
    }
    stage.iris.fault(fault.on("/alerts/add").holding("Not to be stood"));
    stage.start_courier();
    let status = stage.until("forty delivered", |status| status["delivered"] == 40).await;
    assert_eq!(
        (&status["waiting"], &status["parked"]),
        (&json!(number), &json!(0)),
        "{status}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn six_alerts_that_make_iris_fail_block_no_other() {
    bad_ones_block_nothing(6, Fault::server_error()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn six_alerts_that_something_in_front_of_iris_forbids_block_no_other() {
    bad_ones_block_nothing(6, Fault::forbidden()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn alerts_that_iris_never_answers_block_no_other() {
    bad_ones_block_nothing(3, Fault::hang()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn alerts_to_which_the_server_asks_for_a_pause_each_time_block_no_other() {
    bad_ones_block_nothing(1, Fault::unavailable(Some(Duration::from_secs(5)))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_count_that_always_makes_iris_fail_does_not_keep_a_one_off_run_and_is_told_by_the_next() {
    let stage = Stage::new().await;
    assert!(stage.hook(alert(1).to_string().as_bytes()).status.success());
    stage.deliver();
    let mut again = alert(1);
    again["id"] = json!("1768899799.9");
    again["timestamp"] = json!("2026-01-20T09:03:17.037+0000");
    assert!(stage.hook(again.to_string().as_bytes()).status.success());
    stage.iris.fault(Fault::server_error().on("/alerts/update"));
    let counters = stage.deliver();
    assert_eq!(
        (&counters["delivered"], &counters["folded"]),
        (&json!(1), &json!(1)),
        "{counters}"
    );
    assert_eq!(stage.iris.alerts()[0].context["folded"], Value::Null);
    stage.iris.clear_faults();
    stage.deliver();
    assert_eq!(stage.iris.alerts()[0].context["folded"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_queue_that_cannot_be_written_turns_readiness_red_until_it_can() {
    let mut stage = Stage::new().await;
    let health = free_address();
    stage.settings(&format!("[health]\nlisten = \"{health}\"\n"));
    stage.start_courier();
    stage
        .until("green", |_| page(&health, "/readyz").starts_with("HTTP/1.1 200"))
        .await;
    let other = rusqlite::Connection::open(stage.state().join("queue.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(stage.hook(alert(1).to_string().as_bytes()).status.success());
    stage
        .until("red", |_| {
            let ready = page(&health, "/readyz");
            ready.starts_with("HTTP/1.1 503") && ready.contains("locked")
        })
        .await;
    other.execute_batch("ROLLBACK").unwrap();
    drop(other);
    stage
        .until("green again", |status| {
            status["delivered"] == 1 && page(&health, "/readyz").starts_with("HTTP/1.1 200")
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn alerts_do_not_wait_for_an_address_that_is_taken_and_it_is_listened_on_when_it_is_free() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let health = format!("[health]\nlisten = \"{address}\"\n");
    let webhook = format!(
        "[webhook]\nlisten = \"{address}\"\ntoken = \"{}\"\n",
        "t0ken-".repeat(4)
    );
    let mut stages = Vec::new();
    for settings in [health, webhook] {
        let mut stage = Stage::new().await;
        stage.settings(&settings);
        stage.hook(alert(1).to_string().as_bytes());
        assert_eq!(stage.deliver()["delivered"], 1);
        stage.start_courier();
        stage.hook(alert(2).to_string().as_bytes());
        stage.until("delivered", |status| status["delivered"] == 2).await;
        let said = stage.courier_log();
        assert!(
            said.contains(".listen") && said.contains("another process") && !said.contains("as root"),
            "{said}"
        );
        stages.push(stage);
    }
    stages.truncate(1);
    drop(taken);
    let address = address.to_string();
    let shows = |_: &Value| {
        std::net::TcpStream::connect(&address).is_ok() && page(&address, "/readyz").starts_with("HTTP/1.1 200")
    };
    stages[0].until("listening and green", shows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_courier_that_a_hook_has_started_goes_by_settings_that_are_written_later() {
    let stage = Stage::new().await;
    stage.settings("[forward]\nmin_level = 15\n");
    let mut hook = stage.hook_command(alert(0).to_string().as_bytes());
    assert!(hook.env("WAZUH_IRIS_COURIER", "auto").status().unwrap().success());
    stage.until("gated", |status| status["gated"] == 1).await;
    // Bad ones change nothing, and the next that are good count.
    stage.settings("[forward]\nmin_level = \n");
    let log = || std::fs::read_to_string(stage.state().join("courier.log")).unwrap_or_default();
    stage
        .until("refused", |_| log().contains("the settings cannot be read"))
        .await;
    stage.settings("[forward]\nmin_level = 3\n");
    let number = std::cell::Cell::new(1);
    stage
        .until("gone by", |status| {
            stage.hook(alert(number.replace(number.get() + 1)).to_string().as_bytes());
            status["delivered"] != 0
        })
        .await;
    assert_eq!(log().matches("the settings cannot be read").count(), 1, "{}", log());
    assert_eq!(crate::hook::stop_couriers_of(&stage).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_a_person_puts_back_in_line_is_delivered_without_waiting_for_the_next_alert() {
    let stage = Stage::new().await;
    stage.hook(alert(1).to_string().as_bytes());
    stage.deliver();
    let queue = rusqlite::Connection::open(stage.state().join("queue.db")).unwrap();
    queue
        .execute_batch(
            "UPDATE alert SET door = 'parked'; UPDATE counter SET count = 0 WHERE name = 'delivered';
             INSERT INTO counter VALUES ('parked', 1) ON CONFLICT (name) DO UPDATE SET count = 1;",
        )
        .unwrap();
    drop(queue);
    let mut retry = stage.command(&stage.home().join("integrations/custom-iris"));
    let output = retry
        .env("WAZUH_IRIS_COURIER", "auto")
        .args(["spool", "retry", "1"])
        .output()
        .unwrap();
    assert!(text(&output).contains("back in line"), "{}", text(&output));
    stage
        .until("delivered again", |status| {
            status["delivered"] == 1 && status["waiting"] == 0
        })
        .await;
    assert_eq!(crate::hook::stop_couriers_of(&stage).len(), 1);
}
