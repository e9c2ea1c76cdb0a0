//! One alert from the hook to its finished note, and many alerts through every door.

use std::os::unix::fs::PermissionsExt;

use iris_client::CustomerId;
use iris_client::sandbox::User;
use serde_json::json;

use crate::stage::{Stage, alert, labelled, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_alert_becomes_one_iris_alert_and_gets_its_note() {
    let stage = Stage::new().await;
    assert!(stage.hook(alert(7).to_string().as_bytes()).status.success());
    assert_eq!(stage.deliver()["delivered"], 1);

    let before = stage.iris.alerts().remove(0);
    assert!(
        before.title.contains("Test rule 7") && before.title.contains("WS-FIN-042"),
        "{}",
        before.title
    );
    for tag in ["wazuh", "rule-200007", "agent-ws-fin-042", "ai-pending"] {
        assert!(before.has_tag(tag), "{tag}: {:?}", before.tags);
    }
    assert_eq!(before.source_content["id"], "1768899737.7");
    assert_eq!(before.source.as_deref(), Some("Wazuh"));
    assert!(
        before.iocs.iter().any(|ioc| ioc.value == "203.0.113.66"),
        "{:?}",
        before.iocs
    );
    assert!(
        before.assets.iter().any(|asset| asset.name == "WS-FIN-042"),
        "{:?}",
        before.assets
    );

    let tally = stage.triage();
    assert_eq!(tally["reviewed"], 1, "{tally}");
    let after = stage.iris.alerts().remove(0);
    assert!(
        after.has_tag("ai-reviewed") && !after.has_tag("ai-pending") && !after.has_tag("ai-processing"),
        "{:?}",
        after.tags
    );
    assert!(
        after
            .tag_list()
            .all(|tag| !tag.starts_with("ai-claim") && !tag.starts_with("ai-try")),
        "{:?}",
        after.tags
    );
    let note = after.note.expect("a note");
    assert!(triage_core::note::finished_block(&note), "{note}");
    // The worker changes notes and tags and nothing else.
    assert_eq!(after.owner_id, None, "the worker took the alert");
    assert_eq!((after.title, after.description), (before.title, before.description));
    assert_eq!(
        (after.severity_id, after.status_id),
        (before.severity_id, before.status_id)
    );
    assert_eq!(
        (after.source_content, after.context),
        (before.source_content, before.context)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn every_alert_leaves_by_exactly_one_door() {
    let stage = Stage::new().await;
    stage.settings(
        "[[allow]]\nid = \"expected\"\nreason = \"test\"\nowner = \"test\"\nexpires = 2099-01-01\nmax_level = 12\n[allow.match]\n\"rule.id\" = \"200002\"\n",
    );
    let mut low = alert(3);
    low["rule"]["level"] = json!(5);
    let mut again = alert(1);
    again["id"] = json!("1768899799.1");
    again["timestamp"] = json!("2026-01-20T09:03:17.037+0000");
    // Alone; hidden; below the gate; the first again (another event); the very same.
    for one in [alert(1), alert(2), low, again, alert(1)] {
        assert!(stage.hook(one.to_string().as_bytes()).status.success());
    }
    let counters = stage.deliver();
    for door in ["delivered", "folded", "allowlisted", "gated", "repeated"] {
        assert_eq!(counters[door], 1, "{door}: {counters}");
    }
    let alerts = stage.iris.alerts();
    assert_eq!(alerts.len(), 1);
    assert_eq!(
        alerts[0].context["folded"], 1,
        "the count is told in the alert: {}",
        alerts[0].context
    );
    assert_eq!(alerts[0].owner_id, None, "telling the count took the alert");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_alert_read_by_hook_and_replay_is_delivered_once() {
    let stage = Stage::new().await;
    let file = stage.home().join("alerts.json");
    std::fs::write(&file, format!("{}\n", alert(1))).unwrap();
    // The destination of the settings, both times.
    for _ in 0..2 {
        let output = stage.custom_iris(&["replay", file.to_str().unwrap()]);
        assert!(output.status.success(), "{}", text(&output));
    }
    let counters = stage.deliver();
    assert_eq!(
        (&counters["delivered"], &counters["repeated"]),
        (&json!(1), &json!(1)),
        "{counters}"
    );
    assert_eq!(stage.iris.alerts().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn every_kind_of_labelled_alert_is_delivered_and_triaged() {
    let stage = Stage::new().await;
    stage.settings("[forward]\nmin_level = 0\n[noise]\nfold_seconds = 0\nburst_max = 0\n");
    let alerts = labelled();
    for alert in &alerts {
        assert!(stage.hook(alert.to_string().as_bytes()).status.success());
    }
    let counters = stage.deliver();
    assert_eq!(counters["delivered"], alerts.len(), "{counters}");
    let tally = stage.triage();
    let done = tally["reviewed"].as_u64().unwrap() + tally["failed"].as_u64().unwrap();
    assert_eq!(done, alerts.len() as u64, "{tally}");
    for stored in stage.iris.alerts() {
        assert!(
            stored.has_tag("ai-reviewed") || stored.has_tag("ai-failed"),
            "{:?}",
            stored.tags
        );
        assert!(!stored.title.contains(['<', '>', '"']), "{}", stored.title);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn explain_shows_the_decision_and_the_body_and_sends_nothing() {
    let stage = Stage::new().await;
    let file = stage.home().join("one.json");
    std::fs::write(&file, alert(1).to_string()).unwrap();
    let output = stage.custom_iris(&["explain", "--json", file.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output));
    let explained: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(explained["decision"], "forward");
    assert_eq!(explained["body"]["alert_uuid"], explained["uuid"]);
    assert!(explained["body"].get("alert_id").is_none());
    assert!(stage.iris.alerts().is_empty());
    // The body is the one that is really sent.
    stage.hook(alert(1).to_string().as_bytes());
    stage.deliver();
    assert_eq!(stage.iris.alerts()[0].uuid.to_string(), explained["uuid"]);
    assert_eq!(stage.iris.alerts()[0].title, explained["body"]["alert_title"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn explain_shows_no_id_of_what_is_no_alert() {
    let stage = Stage::new().await;
    let file = stage.home().join("one.json");
    std::fs::write(&file, "no alert").unwrap();
    let explain = |arguments: &[&str]| text(&stage.custom_iris(arguments));
    let path = file.to_str().unwrap();
    let json = explain(&["explain", "--json", path]);
    assert!(json.contains("alert_title") && !json.contains("uuid"), "{json}");
    let shown = explain(&["explain", path]);
    assert!(
        shown.contains("uuid      made when it comes") && !shown.contains("alert_uuid"),
        "{shown}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn explain_and_doctor_show_no_password_that_stands_in_an_address() {
    let stage = Stage::new().await;
    let file = stage.home().join("one.json");
    std::fs::write(&file, alert(1).to_string()).unwrap();
    let block = "<integration><name>custom-iris</name><hook_url>https://bob:Dingo88@iris.invalid/alerts/add</hook_url>\
                 <api_key>k</api_key><alert_format>json</alert_format></integration>";
    std::fs::write(
        stage.home().join("etc/ossec.conf"),
        [block, &block.replace("<api_key>k", "<api_key>other")].concat(),
    )
    .unwrap();
    for arguments in [
        &["explain", file.to_str().unwrap()][..],
        &["explain", "--json", file.to_str().unwrap()],
        &["doctor", "--read-only"],
    ] {
        let mut command = stage.command(&stage.home().join("integrations/custom-iris"));
        let shown = text(&command.args(arguments).output().unwrap());
        assert!(shown.contains("user name or password"), "{shown}");
        assert!(!shown.contains("Dingo88"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn explain_shows_the_body_of_each_block_with_its_customer_tags_and_severities() {
    let mut stage = Stage::new().await;
    let other = stage.iris.add_customer("Branch office");
    let key = stage
        .iris
        .add_user(&User::new("svc_both").customers(&[CustomerId(1), other]));
    stage.use_key(&key);
    let file = stage.home().join("one.json");
    std::fs::write(&file, alert(1).to_string()).unwrap();
    let explain = || -> serde_json::Value {
        // As a person runs it, without the address and the key that only ossec.conf knows.
        let mut command = stage.command(&stage.home().join("integrations/custom-iris"));
        let output = command.args(["explain", "--json"]).arg(&file).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let options = format!(
        "{{\"customer_id\": {}, \"tags\": [\"branch\"], \"severity\": {{\"High\": 9, \"Critical\": 10}}}}",
        other.0
    );
    let block = |options: &str| {
        format!(
            "<integration><name>custom-iris</name><hook_url>{}/alerts/add</hook_url><api_key>k</api_key>\
             <alert_format>json</alert_format>{options}</integration>",
            stage.iris.url().trim_end_matches('/')
        )
    };
    let configuration = stage.home().join("etc/ossec.conf");
    std::fs::write(&configuration, block(&format!("<options>{options}</options>"))).unwrap();
    let before = explain();
    assert!(before.get("also").is_none(), "{before}");

    // What was said before the first alert is what is sent.
    let given = stage.home().join("custom iris-1.options");
    std::fs::write(&given, &options).unwrap();
    let mut hook = stage.hook_command(alert(1).to_string().as_bytes());
    assert!(hook.arg(&given).status().unwrap().success());
    stage.deliver();
    let sent = stage.iris.alerts().remove(0);
    let body = &before["body"];
    assert_eq!(sent.uuid.to_string(), before["uuid"]);
    assert_eq!(
        (json!(sent.customer_id), json!(sent.tags), json!(sent.severity_id)),
        (
            body["alert_customer_id"].clone(),
            body["alert_tags"].clone(),
            body["alert_severity_id"].clone()
        )
    );
    assert_eq!(body["alert_customer_id"], other.0);
    // Where ossec.conf cannot be read, what the hook was told says it.
    std::fs::remove_file(&configuration).unwrap();
    assert_eq!(explain()["body"], *body);

    let both = format!("{}{}", block(""), block(&format!("<options>{options}</options>")));
    std::fs::write(&configuration, both).unwrap();
    let two = explain();
    assert_eq!(two["body"]["alert_customer_id"], 1, "{two}");
    assert_eq!(two["also"][0]["body"], *body, "{two}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn two_blocks_for_two_customers_bring_one_alert_to_each_of_them_once() {
    let mut stage = Stage::new().await;
    let other = stage.iris.add_customer("Branch office");
    let key = stage
        .iris
        .add_user(&User::new("svc_both").customers(&[CustomerId(1), other]));
    stage.use_key(&key);
    let options = stage.home().join("custom iris-1.options");
    let block = |says: &str| {
        std::fs::write(&options, says).unwrap();
        let mut hook = stage.hook_command(alert(1).to_string().as_bytes());
        let output = hook.arg(&options).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
    };
    let branch = format!("{{\"customer_id\": {}, \"tags\": [\"branch office\"]}}\n", other.0);
    for says in ["", branch.as_str(), "", branch.as_str()] {
        block(says);
    }
    let counters = stage.deliver();
    assert_eq!(
        (&counters["delivered"], &counters["repeated"]),
        (&json!(2), &json!(2)),
        "{counters}"
    );
    let mut alerts = stage.iris.alerts();
    alerts.sort_by_key(|alert| alert.customer_id);
    let customers: Vec<_> = alerts.iter().map(|alert| alert.customer_id).collect();
    assert_eq!(customers, [1, other.0]);
    assert_ne!(alerts[0].uuid, alerts[1].uuid);
    assert!(
        alerts[1].tag_list().any(|tag| tag.contains("branch")),
        "{:?}",
        alerts[1].tags
    );
    // One file for each block, for its owner only.
    let files: Vec<_> = std::fs::read_dir(stage.state().join("destinations"))
        .unwrap()
        .flatten()
        .collect();
    assert_eq!(files.len(), 2);
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_customer_that_a_rule_chooses_and_one_that_a_block_names_both_have_the_alert() {
    let mut stage = Stage::new().await;
    let other = stage.iris.add_customer("Branch office");
    let key = stage
        .iris
        .add_user(&User::new("svc_both").customers(&[CustomerId(1), other]));
    stage.use_key(&key);
    stage.settings(&format!("[[customer]]\nid = {}\nagent_name = \"*\"\n", other.0));
    let options = stage.home().join("custom iris-1.options");
    for says in [
        String::new(),
        "{\"customer_id\":1}".to_owned(),
        format!("{{\"customer_id\":{}}}", other.0),
    ] {
        std::fs::write(&options, says).unwrap();
        let mut hook = stage.hook_command(alert(1).to_string().as_bytes());
        assert!(hook.arg(&options).output().unwrap().status.success());
    }
    let counters = stage.deliver();
    assert_eq!(
        (&counters["delivered"], &counters["repeated"]),
        (&json!(2), &json!(1)),
        "{counters}"
    );
    let mut customers: Vec<_> = stage.iris.alerts().iter().map(|alert| alert.customer_id).collect();
    customers.sort_unstable();
    assert_eq!(customers, [1, other.0]);
}
