//! Many workers, one alert, once; and a triager that is not there.

use std::process::Stdio;
use std::time::Duration;

use iris_client::sandbox::{Fault, User};
use serde_json::{Value, json};

use crate::ollama::Ollama;
use crate::stage::{Stage, alert, text};

async fn with_alerts(count: u64) -> Stage {
    let stage = Stage::new().await;
    for number in 0..count {
        assert!(stage.hook(alert(number).to_string().as_bytes()).status.success());
    }
    assert_eq!(stage.deliver()["delivered"], count);
    stage
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_workers_share_the_alerts_without_doing_one_twice() {
    let stage = with_alerts(24).await;
    let workers: Vec<_> = (0..3)
        .map(|_| {
            let mut command = stage.worker_command(&["--once", "--json", "--triager", "rules"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let (mut reviewed, mut completed) = (0, 0);
    for worker in workers {
        let output = worker.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
        let tally: Value = serde_json::from_slice(&output.stdout).unwrap();
        reviewed += tally["reviewed"].as_u64().unwrap();
        completed += tally["completed"].as_u64().unwrap();
    }
    assert_eq!(completed, 0, "nothing is worked on that was finished before");
    // A worker may leave while another still holds claims, so the sum is what counts.
    assert_eq!(reviewed, 24, "each alert is reviewed by exactly one worker");
    for alert in stage.iris.alerts() {
        assert!(alert.has_tag("ai-reviewed"), "{:?}", alert.tags);
        let note = alert.note.unwrap();
        assert_eq!(note.matches("BEGIN:").count(), 1, "one block in the note: {note}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_reviewed_alert_costs_at_most_six_requests() {
    let stage = with_alerts(12).await;
    let before = stage.iris.request_count();
    assert_eq!(stage.triage()["reviewed"], 12);
    let requests = stage.iris.request_count() - before;
    assert!(requests <= 6 * 12, "{requests} requests for 12 alerts");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_an_analyst_wrote_and_owns_survives() {
    let stage = with_alerts(1).await;
    let id = stage.iris.alerts()[0].id;
    stage.iris.edit(id, |alert| {
        alert.note = Some("Called the user.\nWaiting for an answer.".to_owned());
        alert.owner_id = Some(1);
        alert.tags = Some(format!("{},my-tag", alert.tags.clone().unwrap_or_default()));
    });
    assert_eq!(stage.triage()["reviewed"], 1);
    let after = stage.iris.alerts().remove(0);
    assert_eq!(after.owner_id, Some(1));
    assert!(after.has_tag("my-tag"), "{:?}", after.tags);
    let note = after.note.unwrap();
    assert!(
        note.starts_with("Called the user.\nWaiting for an answer.\n\n"),
        "{note}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn any_alert_with_the_tag_is_triaged_whoever_made_it() {
    let stage = Stage::new().await;
    let client = iris_client::IrisClient::builder(&stage.iris.url())
        .token(stage.key().to_owned().into())
        .build()
        .unwrap();
    let by_hand = iris_client::NewAlert::new("Phishing mail reported by a user", 4, 2, iris_client::CustomerId(1))
        .description("The mail links to hxxp://203.0.113.9/login and asks for a password")
        .tags("phishing,ai-pending");
    client.alerts().add(&by_hand).await.unwrap();
    assert_eq!(stage.triage()["reviewed"], 1);
    assert!(stage.iris.alerts()[0].has_tag("phishing"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_tag_that_only_looks_like_ours_is_left_alone() {
    let stage = with_alerts(1).await;
    let id = stage.iris.alerts()[0].id;
    stage
        .iris
        .edit(id, |alert| alert.tags = Some("not-ai-pending-2,AI-PENDING".to_owned()));
    assert_eq!(stage.triage()["reviewed"], 0);
    assert_eq!(
        stage.iris.alerts()[0].tags.as_deref(),
        Some("not-ai-pending-2,AI-PENDING")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_missing_triager_claims_nothing_and_says_so() {
    let stage = with_alerts(1).await;
    let before = stage.iris.alerts()[0].tags.clone();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", socket.local_addr().unwrap());
    drop(socket);
    let output = stage
        .worker_command(&["--once", "--triager", "ollama"])
        .env("OLLAMA_URL", nobody)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("the triager is not ready"), "{}", text(&output));
    assert_eq!(stage.iris.alerts()[0].tags, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn doctor_warns_of_an_account_that_sees_no_alert() {
    let mut stage = with_alerts(1).await;
    let linked = stage
        .worker_command(&["doctor", "--triager", "rules"])
        .output()
        .unwrap();
    assert!(
        linked.status.success() && !text(&linked).contains("Customers"),
        "{}",
        text(&linked)
    );
    let key = stage.iris.add_user(&User::new("svc_unlinked").customers(&[]));
    stage.use_key(&key);
    let unlinked = stage
        .worker_command(&["doctor", "--triager", "rules"])
        .output()
        .unwrap();
    assert!(
        text(&unlinked).contains("warn  account      sees no alert at all"),
        "{}",
        text(&unlinked)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_drain_that_iris_refuses_ends_with_an_error_and_few_requests() {
    let stage = with_alerts(2).await;
    stage.iris.fault(Fault::forbidden().on("/alerts/update"));
    let before = stage.iris.request_count();
    let output = stage
        .worker_command(&["--once", "--triager", "rules"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("IRIS refuses this"), "{}", text(&output));
    let requests = stage.iris.request_count() - before;
    assert!(requests <= 12, "{requests} requests");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_drain_gives_an_alert_up_that_cannot_be_claimed_and_says_so() {
    let stage = with_alerts(1).await;
    stage.iris.fault(Fault::tag_race().on("/alerts/update"));
    let before = stage.iris.request_count();
    let output = stage
        .worker_command(&["--once", "--triager", "rules"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(
        text(&output).contains("1 alerts were not finished"),
        "{}",
        text(&output)
    );
    let requests = stage.iris.request_count() - before;
    assert!(requests <= 40, "{requests} requests");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_claim_is_confirmed_although_iris_fails_for_a_moment() {
    let stage = with_alerts(1).await;
    // Two lists, by either tag, and the read before the claim pass; the next read is the confirming one.
    stage
        .iris
        .fault(Fault::unavailable(None).on("/alerts/filter").skip(3).times(3));
    assert_eq!(stage.triage()["reviewed"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_result_whose_answer_is_lost_counts_as_written() {
    let stage = with_alerts(1).await;
    stage
        .iris
        .fault(Fault::close().on("/alerts/update").skip(1).once().after_commit());
    let tally = stage.triage();
    assert_eq!(
        (&tally["reviewed"], &tally["completed"]),
        (&json!(1), &json!(0)),
        "{tally}"
    );
    assert!(stage.iris.alerts()[0].has_tag("ai-reviewed"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_missing_setting_ends_with_78_and_names_the_variable() {
    let stage = Stage::new().await;
    let mut command = stage.worker_command(&["--once", "--triager", "rules"]);
    let output = command.env_remove("IRIS_BEARER").output().unwrap();
    assert_eq!(output.status.code(), Some(78), "{}", text(&output));
    assert!(text(&output).contains("set IRIS_BEARER"), "{}", text(&output));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_model_is_asked_and_its_answer_is_checked() {
    let stage = with_alerts(1).await;
    let ollama = Ollama::after(Duration::ZERO).await;
    let output = stage
        .worker_command(&["--once", "--json", "--triager", "ollama"])
        .env("OLLAMA_URL", format!("{}/api/generate", ollama.url()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let stored = stage.iris.alerts().remove(0);
    assert!(stored.has_tag("ai-reviewed"), "{:?}\n{}", stored.tags, text(&output));
    let note = stored.note.unwrap();
    assert!(note.contains("phi4-mini"), "{note}");
    assert!(
        !note.contains("T9999") && !note.contains("198.51.100.77"),
        "what does not exist was written: {note}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_result_may_be_a_comment_and_is_written_once() {
    let stage = with_alerts(1).await;
    stage.settings("[worker]\nresult = \"comment\"\n");
    assert_eq!(stage.triage()["reviewed"], 1);
    let after = stage.iris.alerts().remove(0);
    assert_eq!((after.note, after.comments.len(), after.owner_id), (None, 1, None));
    // The tags are lost, as when an analyst saves an old dialog: the comment says that it is done.
    stage
        .iris
        .edit(after.id, |alert| alert.tags = Some("ai-pending".to_owned()));
    let tally = stage.triage();
    assert_eq!(
        (&tally["reviewed"], &tally["completed"]),
        (&json!(0), &json!(1)),
        "{tally}"
    );
    assert_eq!(stage.iris.alerts()[0].comments.len(), 1);
    assert!(stage.iris.alerts()[0].has_tag("ai-reviewed"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_analyst_does_while_the_model_answers_survives() {
    for takes_it in [true, false] {
        let stage = with_alerts(1).await;
        let id = stage.iris.alerts()[0].id;
        let ollama = Ollama::after(Duration::from_secs(4)).await;
        let mut command = stage.worker_command(&["--once", "--json", "--triager", "ollama"]);
        let worker = command
            .env("OLLAMA_URL", ollama.url())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let begun = std::time::Instant::now();
        while !stage.iris.alerts()[0].has_tag("ai-processing") {
            assert!(begun.elapsed().as_secs() < 30, "nothing was claimed");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        stage.iris.edit(id, |alert| {
            alert.note = Some("Called the user.".to_owned());
            alert.owner_id = takes_it.then_some(1);
            alert.tags = Some(format!("{},my-tag", alert.tags.clone().unwrap_or_default()));
        });
        let output = tokio::task::spawn_blocking(|| worker.wait_with_output())
            .await
            .unwrap()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output));
        let after = stage.iris.alerts().remove(0);
        assert_eq!(after.owner_id, takes_it.then_some(1));
        assert!(
            after.has_tag("my-tag") && after.has_tag("ai-reviewed"),
            "{:?}",
            after.tags
        );
        let note = after.note.unwrap();
        assert!(note.starts_with("Called the user.\n\n"), "{note}");
        assert_eq!(note.matches("BEGIN:").count(), 1, "{note}");
    }
}
