//! Eight worker processes and two hundred alerts: each is asked about once, whoever dies, edits or goes away meanwhile.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use iris_client::sandbox::{Fault, StoredAlert};
use iris_client::{AlertId, CustomerId, IrisClient, NewAlert};
use serde_json::Value;

use crate::ollama::Ollama;
use crate::stage::{Stage, alert};

const WORKERS: usize = 8;
const ALERTS: u64 = 200;

/// Alerts that were delivered before, of all severities.
pub(crate) async fn with_alerts(count: u64) -> Stage {
    let stage = Stage::new().await;
    let iris = IrisClient::builder(&stage.iris.url())
        .token(stage.key().to_owned().into())
        .build()
        .unwrap();
    let catalog = iris.catalog();
    let status = catalog.status("New").await.unwrap();
    let mut severities = Vec::new();
    for name in ["Low", "Medium", "High", "Critical"] {
        severities.push(catalog.severity(name).await.unwrap());
    }
    for number in 0..count {
        let severity = severities[usize::try_from(number).unwrap() % severities.len()];
        let new = NewAlert::new(format!("Test rule {number}"), severity, status, CustomerId(1))
            .source_content(alert(number))
            .tags(format!("wazuh,rule-{},ai-pending", 200_000 + number));
        iris.alerts().add(&new).await.unwrap();
    }
    stage
}

/// A worker with short intervals.
pub(crate) fn command(stage: &Stage, ollama: &Ollama, arguments: &[&str]) -> Command {
    let mut command = stage.worker_command(arguments);
    command
        .args(["--triager", "ollama"])
        .env("OLLAMA_URL", ollama.url())
        .env("AI_WORKER_SETTLE_MS", "1000")
        .env("AI_WORKER_DEADLINE_SECONDS", "8")
        .env("AI_WORKER_LEASE_SECONDS", "16")
        .env("AI_WORKER_POLL_SECONDS", "1");
    command
}

fn blocks(alert: &StoredAlert) -> usize {
    alert.note.as_deref().unwrap_or_default().matches(":BEGIN:").count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_workers_ask_about_each_of_two_hundred_alerts_exactly_once() {
    let stage = with_alerts(ALERTS).await;
    let ollama = Ollama::between(Duration::from_millis(50), Duration::from_millis(500)).await;
    let begun = Instant::now();
    let before = stage.iris.request_count();
    let workers: Vec<Child> = (0..WORKERS)
        .map(|_| {
            let mut command = command(&stage, &ollama, &["--once", "--json"]);
            // On a machine that is busy with other things, too.
            command
                .env_remove("AI_WORKER_POLL_SECONDS")
                .env("AI_WORKER_DEADLINE_SECONDS", "60")
                .env("AI_WORKER_LEASE_SECONDS", "120");
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let (mut reviewed, mut each, mut logs) = (0, Vec::new(), String::new());
    for worker in workers {
        let output = tokio::task::spawn_blocking(|| worker.wait_with_output())
            .await
            .unwrap()
            .unwrap();
        logs.push_str(&String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{logs}");
        let tally: Value = serde_json::from_slice(&output.stdout).unwrap();
        reviewed += tally["reviewed"].as_u64().unwrap();
        each.push(tally["reviewed"].as_u64().unwrap());
    }
    let requests = stage.iris.request_count() - before;
    let asked = stage.iris.requests();
    let updates = asked
        .iter()
        .filter(|request| request.path.starts_with("/alerts/update/"))
        .count();
    println!(
        "{ALERTS} alerts, {WORKERS} workers {each:?}, {} calls, {requests} requests to IRIS, of these {updates} updates, {:.1} s",
        ollama.total(),
        begun.elapsed().as_secs_f32()
    );
    let twice: Vec<_> = ollama.calls().into_iter().filter(|(_, calls)| *calls != 1).collect();
    assert!(twice.is_empty(), "asked about more than once: {twice:?}\n{logs}");
    assert_eq!((u64::from(ollama.total()), reviewed), (ALERTS, ALERTS), "{logs}");
    for alert in stage.iris.alerts() {
        assert!(alert.has_tag("ai-reviewed"), "{:?}", alert.tags);
        assert_eq!((blocks(&alert), alert.owner_id), (1, None), "{:?}", alert.note);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_die_an_analyst_works_and_iris_goes_away_and_nothing_is_lost() {
    let stage = with_alerts(ALERTS).await;
    let ollama = Ollama::between(Duration::from_millis(50), Duration::from_millis(500)).await;
    let log = stage.home().join("workers.log");
    let start = || {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&log)
            .unwrap();
        let mut command = command(&stage, &ollama, &[]);
        command.stdout(Stdio::null()).stderr(log).spawn().unwrap()
    };
    let mut workers: Vec<Child> = (0..WORKERS).map(|_| start()).collect();
    let begun = Instant::now();
    let mut edited: Vec<AlertId> = Vec::new();
    let (mut killed, mut away) = (0, false);
    loop {
        let alerts = stage.iris.alerts();
        let done = alerts.iter().filter(|alert| is_done(alert)).count();
        // The analyst works on every third alert just when a worker has claimed it: the next write to it is a settle away.
        for alert in &alerts {
            let claimed = alert.has_tag("ai-processing") && alert.id.0 % 3 == 0;
            if claimed && !edited.contains(&alert.id) {
                assert!(stage.iris.edit(alert.id, |alert| {
                    alert.note = Some(format!("Called the user about {}.", alert.id));
                    alert.owner_id = (alert.id.0 % 2 == 0).then_some(1);
                    alert.tags = Some(format!("{},seen-by-ann", alert.tags.clone().unwrap_or_default()));
                }));
                edited.push(alert.id);
            }
        }
        // A worker dies whenever so many more are done, whatever it does at that moment.
        if killed < 5 && done >= 15 + 30 * killed {
            let which = killed * 3 % WORKERS;
            workers[which].kill().unwrap();
            workers[which].wait().unwrap();
            workers[which] = start();
            killed += 1;
        }
        if !away && done >= 80 {
            away = true;
            stage.iris.fault(Fault::refuse_for(Duration::from_secs(2)));
        }
        if done == alerts.len() {
            break;
        }
        assert!(
            begun.elapsed().as_secs() < 150,
            "{done} done\n{}",
            std::fs::read_to_string(&log).unwrap_or_default()
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let took = begun.elapsed();
    for worker in &mut workers {
        let asked = Command::new("kill").arg(worker.id().to_string()).status().unwrap();
        assert!(asked.success());
    }
    for mut worker in workers {
        assert!(worker.wait().unwrap().success());
    }
    let calls = ollama.calls();
    println!(
        "{ALERTS} alerts, {WORKERS} workers, {killed} killed, IRIS away for 2 s, {} edited: {} calls, {:.1} s",
        edited.len(),
        ollama.total(),
        took.as_secs_f32()
    );
    assert!(
        killed == 5 && away && edited.len() > 40,
        "{killed} {away} {}",
        edited.len()
    );
    assert_eq!(calls.len() as u64, ALERTS);
    for alert in stage.iris.alerts() {
        assert_eq!(blocks(&alert), 1, "{:?}", alert.note);
        let own = ["ai-pending", "ai-processing"].iter().any(|tag| alert.has_tag(tag));
        assert!(!own, "{:?}", alert.tags);
        if !edited.contains(&alert.id) {
            assert_eq!(alert.owner_id, None);
            continue;
        }
        let note = alert.note.clone().unwrap();
        assert!(
            note.starts_with(&format!("Called the user about {}.\n", alert.id)),
            "{note}"
        );
        assert!(alert.has_tag("seen-by-ann"), "{:?}", alert.tags);
        assert_eq!(alert.owner_id, (alert.id.0 % 2 == 0).then_some(1));
    }
}

fn is_done(alert: &StoredAlert) -> bool {
    alert.has_tag("ai-reviewed") || alert.has_tag("ai-failed")
}
