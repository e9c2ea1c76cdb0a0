//! `doctor` where alerts come by other ways than the hook, and where not all can be known.

use std::fs;
use std::net::TcpListener;

use iris_client::Permission;
use iris_client::sandbox::User;
use serde_json::Value;

use crate::operate::{doctor, finding, installed};
use crate::stage::{Stage, program, text};

/// Runs it where no hook is installed and no block is written; its exit code and lines.
fn without_hook(stage: &Stage) -> (Option<i32>, Vec<Value>, String) {
    let mut command = stage.command(&program());
    command
        .env("IRIS_BASE_URL", stage.iris.url())
        .env("IRIS_BEARER", stage.key());
    let output = command.args(["doctor", "--json"]).output().unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output)));
    (
        output.status.code(),
        found["checks"].as_array().unwrap().clone(),
        text(&output),
    )
}

fn message<'a>(checks: &'a [Value], name: &str) -> &'a str {
    finding(checks, name)["message"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_second_test_alert_is_none_and_the_clock_is_known_all_the_same() {
    let mut stage = installed().await;
    let may = [Permission::AlertsRead, Permission::AlertsWrite];
    let key = stage.iris.add_user(&User::new("svc_two").permissions(&may));
    stage.use_key(&key);
    fs::write(stage.home().join("etc/ossec.conf"), "<ossec_config></ossec_config>").unwrap();
    stage.settings("[tail]\nenabled = true\n");
    for (customer, clock) in [
        ("a test alert was created and found;", "the clock of IRIS is 0 s"),
        (
            "a test alert is there from an earlier run, and was found;",
            "the clock of IRIS, or of a proxy in front of it, is ",
        ),
    ] {
        let (_, checks, shown) = doctor(&stage);
        let failed = checks.iter().filter(|check| check["level"] == "fail");
        assert!(failed.eq([finding(&checks, "courier")]), "none runs: {shown}");
        assert!(message(&checks, "customer").contains(customer), "{shown}");
        assert!(message(&checks, "clock").starts_with(clock), "{shown}");
        assert_eq!(finding(&checks, "clock")["level"], "ok", "{shown}");
    }
    let shown = text(&stage.custom_iris(&["doctor", "--read-only"]));
    assert!(shown.contains("the clock of IRIS, or of a proxy"), "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_the_tail_reads_is_looked_at_and_no_block_is_missed_where_it_brings_the_alerts() {
    let mut stage = Stage::new().await;
    let folder = stage.home().join("logs/alerts");
    fs::write(stage.home().join("etc/ossec.conf"), "<ossec_config></ossec_config>").unwrap();
    let (code, checks, shown) = doctor(&stage);
    assert_eq!(
        (code, &finding(&checks, "ossec.conf")["level"]),
        (Some(1), &"fail".into()),
        "{shown}"
    );
    assert!(checks.iter().all(|check| check["check"] != "tail"), "{shown}");

    stage.settings("[tail]\nenabled = true\n");
    let (code, checks, shown) = doctor(&stage);
    assert_eq!(finding(&checks, "tail")["level"], "warn", "nothing is there: {shown}");
    assert_eq!(
        (code, &finding(&checks, "ossec.conf")["level"]),
        (Some(1), &"ok".into()),
        "{shown}"
    );
    let courier = finding(&checks, "courier");
    assert_eq!(courier["level"], "fail", "nobody reads: {shown}");
    assert!(
        courier["fix"].as_str().unwrap().starts_with("systemctl enable"),
        "{shown}"
    );
    stage.start_courier();
    stage
        .until("a courier that runs", |_| {
            let (_, checks, _) = doctor(&stage);
            finding(&checks, "courier")["level"] == "ok"
        })
        .await;
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("alerts.json"), "").unwrap();
    let (code, checks, shown) = doctor(&stage);
    assert_eq!(
        (code, &finding(&checks, "tail")["level"]),
        (Some(0), &"ok".into()),
        "{shown}"
    );
    let (code, checks, shown) = without_hook(&stage);
    assert_eq!(
        (code, &finding(&checks, "hook")["level"]),
        (Some(0), &"ok".into()),
        "{shown}"
    );
    // Nobody may take that for a file, not even root.
    fs::remove_file(folder.join("alerts.json")).unwrap();
    fs::create_dir(folder.join("alerts.json")).unwrap();
    let (code, checks, shown) = doctor(&stage);
    assert_eq!(
        (code, &finding(&checks, "tail")["level"]),
        (Some(1), &"fail".into()),
        "{shown}"
    );
    // Where nobody says where IRIS is, the block has to.
    fs::remove_dir(folder.join("alerts.json")).unwrap();
    let mut command = stage.command(&stage.home().join("integrations/custom-iris"));
    let shown = text(&command.arg("doctor").output().unwrap());
    assert!(
        shown.contains("FAIL  ossec.conf   there is no <integration>"),
        "{shown}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_courier_that_runs_is_asked_whether_it_listens_where_the_settings_say() {
    let mut stage = Stage::new().await;
    let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let token = stage.home().join("token");
    fs::write(&token, "a-token-of-some-length").unwrap();
    let settings = |webhook: &str, health: &str| {
        format!(
            "health.listen = \"{health}\"\n[webhook]\nlisten = \"{webhook}\"\ntoken_file = \"{}\"\n",
            token.display()
        )
    };
    let (webhook, health) = (free().to_string(), free().to_string());
    fs::create_dir_all(stage.home().join("logs/alerts/alerts.json")).unwrap();
    let with_tail = format!("{}[tail]\nenabled = true\n", settings(&webhook, &health));
    stage.settings(&with_tail);
    let (hook, aside) = (
        stage.home().join("integrations/custom-iris"),
        stage.home().join("aside"),
    );
    fs::rename(&hook, &aside).unwrap();
    let (code, checks, shown) = without_hook(&stage);
    assert_eq!(
        (code, &finding(&checks, "hook")["level"]),
        (Some(1), &"ok".into()),
        "{shown}"
    );
    assert!(message(&checks, "courier").contains("by the tail"), "{shown}");
    assert!(
        checks.iter().all(|check| check["check"] != "webhook"),
        "no courier runs: {shown}"
    );

    fs::rename(&aside, &hook).unwrap();
    stage.start_courier();
    let both = |level: &str| {
        let (_, checks, _) = without_hook(&stage);
        let is_so = |name: &str| {
            checks
                .iter()
                .any(|check| check["check"] == name && check["level"] == level)
        };
        is_so("webhook") && is_so("health")
    };
    stage.until("a courier that listens", |_| both("ok")).await;
    // It works, and says there what it cannot read.
    stage
        .until("a courier that says what it cannot read", |_| {
            let (_, checks, _) = without_hook(&stage);
            let ready = checks
                .iter()
                .find(|check| check["check"] == "ready" && check["level"] == "warn");
            ready.is_some_and(|ready| ready["message"].as_str().unwrap().contains("alerts.json"))
        })
        .await;

    let nobody = free().to_string();
    stage.settings(&settings(&nobody, &nobody));
    let (code, checks, shown) = without_hook(&stage);
    assert_eq!(
        (code, &finding(&checks, "webhook")["level"]),
        (Some(1), &"fail".into()),
        "{shown}"
    );
    assert_eq!(finding(&checks, "health")["level"], "warn", "{shown}");
    // Busy, or not ours: it takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = (silent.local_addr().unwrap().to_string(), silent);
    stage.settings(&settings(&silent.0, &silent.0));
    let (_, checks, shown) = without_hook(&stage);
    for name in ["webhook", "health"] {
        assert_eq!(finding(&checks, name)["level"], "warn", "{shown}");
        assert!(message(&checks, name).contains("does not answer now"), "{shown}");
    }
    // Another program, which knows neither path.
    let iris = stage.iris.url();
    let other = iris.trim_start_matches("http://").trim_end_matches('/');
    stage.settings(&settings(other, other));
    let (_, checks, shown) = without_hook(&stage);
    for name in ["webhook", "health"] {
        assert!(message(&checks, name).starts_with("another program"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn settings_that_cannot_be_read_are_a_line_and_the_rest_is_looked_at() {
    let stage = installed().await;
    stage.settings("[x");
    let (code, checks, shown) = doctor(&stage);
    assert_eq!(code, Some(78), "{shown}");
    assert_eq!(finding(&checks, "settings")["level"], "fail", "{shown}");
    for name in ["hook", "state", "spool", "queue"] {
        assert_eq!(finding(&checks, name)["level"], "ok", "{shown}");
    }
    assert!(checks.iter().all(|check| check["check"] != "dns"), "{shown}");
}
