//! What the worker costs besides its triager: time, processor time and requests to IRIS for each alert, beside the bare triager.
//!
//! `cargo run --release -p wazuh-iris --example bench_worker [ALERTS]`. IRIS is the in-process one and listens on loopback; the worker
//! is a process of its own; the triager is the rule set, with and without a wait that stands for a model.
#![expect(clippy::print_stdout, reason = "it is what the program is for")]

use std::error::Error;
use std::ffi::OsString;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use iris_client::sandbox::Sandbox;
use iris_client::{CustomerId, IrisClient, NewAlert};
use serde_json::{Value, json};
use triage_core::{
    About, AlertFields, Call, Draft, Evidence, Policy, Redacted, Redactor, RedactorSettings, RuleTriager, TriageError,
    Triager, ground,
};

/// How long claims settle in this measurement; the time that an alert takes from claim to result holds one settle and an eighth.
const SETTLE: Duration = Duration::from_secs(1);
/// How many alerts the triager takes at once.
const SLOTS: usize = 4;

/// The rule set, as if it took a while.
struct Paced(Duration);

#[async_trait::async_trait]
impl Triager for Paced {
    fn about(&self) -> About {
        About::new("paced", "1").concurrency(SLOTS)
    }

    async fn triage(&self, evidence: &Redacted<Evidence>, call: &Call) -> Result<Draft, TriageError> {
        tokio::time::sleep(self.0).await;
        RuleTriager.triage(evidence, call).await
    }
}

/// As the executables have it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    // The worker, started below.
    if let Some(wait) = std::env::var("BENCH_WAIT_MS").ok().and_then(|text| text.parse().ok()) {
        let triager = Paced(Duration::from_millis(wait));
        return wazuh_iris::worker::main_with(arguments, Arc::new(triager)).into();
    }
    let alerts = arguments
        .get(1)
        .and_then(|text| text.to_str()?.parse().ok())
        .unwrap_or(200);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    match runtime.block_on(measure(alerts)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(alerts: u64) -> Result<(), Box<dyn Error>> {
    let redactor = Redactor::new(RedactorSettings::default())?;
    println!("{alerts} alerts, {SLOTS} at once, settle {} ms\n", SETTLE.as_millis());
    println!(
        "| triager | bare, a call | worker, wall an alert | besides the triager | worker, processor an alert | requests an alert | of these updates |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for wait in [0, 50, 500] {
        let wait = Duration::from_millis(wait);
        let bare = bare(&redactor, wait, alerts.min(if wait.is_zero() { 200 } else { 20 })).await?;
        let run = run(alerts, wait).await?;
        #[expect(clippy::cast_precision_loss, reason = "counts of alerts")]
        let per = |time: Duration| time.as_secs_f64() * 1000.0 / alerts as f64;
        // At best the triager's slots are busy all the time, and one settle passes at the end.
        let ideal = bare * u32::try_from(alerts.div_ceil(SLOTS as u64))? + SETTLE * 9 / 8;
        #[expect(clippy::cast_precision_loss, reason = "counts of requests")]
        let each = |count: u64| count as f64 / alerts as f64;
        println!(
            "| rules, and {} ms | {:.2} ms | {:.2} ms | {:.2} ms | {:.2} ms | {:.2} | {:.2} |",
            wait.as_millis(),
            bare.as_secs_f64() * 1000.0,
            per(run.wall),
            per(run.wall.saturating_sub(ideal)),
            per(run.processor),
            each(run.requests),
            each(run.updates)
        );
    }
    println!("\nbare: redaction, the call, and the check of its answer, one after the other, in this process");
    println!("besides the triager: wall time less what a triager that is never idle takes, and one settle");
    Ok(())
}

/// The triager without a worker.
async fn bare(redactor: &Redactor, wait: Duration, calls: u64) -> Result<Duration, Box<dyn Error>> {
    let triager = Paced(wait);
    let begun = Instant::now();
    for number in 0..calls {
        let alert = wazuh_model::Alert::from_slice(alert(number).to_string().as_bytes())?;
        let rule = alert.rule();
        let fields = AlertFields {
            title: rule.description.clone().unwrap_or_default(),
            rule_id: rule.id.clone(),
            level: rule.level,
            groups: rule.groups.clone(),
            mitre: rule.mitre.ids.clone(),
            fields: alert.leaves(),
        };
        let evidence = redactor.redact(Evidence::from_fields(&fields))?;
        let draft = triager.triage(&evidence, &Call::default()).await?;
        ground(&draft, &evidence, &Policy::default());
    }
    Ok(begun.elapsed() / u32::try_from(calls)?)
}

/// What a drain took.
struct Run {
    wall: Duration,
    processor: Duration,
    requests: u64,
    updates: u64,
}

/// A worker process that drains so many alerts.
async fn run(alerts: u64, wait: Duration) -> Result<Run, Box<dyn Error>> {
    let iris = Sandbox::builder().start().await?;
    let client = IrisClient::builder(&iris.url())
        .token(iris.token().to_owned().into())
        .build()?;
    let (high, new) = (
        client.catalog().severity("high").await?,
        client.catalog().status("New").await?,
    );
    for number in 0..alerts {
        let alert = NewAlert::new(format!("Test rule {number}"), high, new, CustomerId(1))
            .source_content(alert(number))
            .tags(format!("wazuh,rule-{},ai-pending", 200_000 + number));
        client.alerts().add(&alert).await?;
    }
    let before = iris.request_count();
    let begun = Instant::now();
    let mut worker = Command::new(std::env::current_exe()?)
        .args(["--once", "--json"])
        .env("BENCH_WAIT_MS", wait.as_millis().to_string())
        .env("IRIS_BASE_URL", iris.url())
        .env("IRIS_BEARER", iris.token())
        .env("AI_WORKER_SETTLE_MS", SETTLE.as_millis().to_string())
        .env("AI_WORKER_PAGE_SIZE", "100")
        .env("WAZUH_IRIS_LOG_FILTER", "error")
        .stdout(Stdio::piped())
        .spawn()?;
    // The time of a process that has ended is gone with it: the last look before that counts.
    let mut processor = Duration::ZERO;
    let status = loop {
        processor = processor_time(worker.id()).unwrap_or(processor);
        if let Some(status) = worker.try_wait()? {
            break status;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    let wall = begun.elapsed();
    let reviewed = iris
        .alerts()
        .iter()
        .filter(|alert| alert.has_tag("ai-reviewed"))
        .count();
    if !status.success() || reviewed as u64 != alerts {
        return Err(format!("the worker ended with {status} after {reviewed} alerts").into());
    }
    let requests = iris.request_count() - before;
    let updates = iris
        .requests()
        .iter()
        .filter(|request| request.path.starts_with("/alerts/update/"))
        .count() as u64;
    Ok(Run {
        wall,
        processor,
        requests,
        updates,
    })
}

/// User and system time of a process, in the kernel's hundredths of a second.
fn processor_time(process: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks: u64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Some(Duration::from_millis(ticks * 10))
}

fn alert(number: u64) -> Value {
    json!({
        "timestamp": "2026-01-20T09:02:17.037+0000",
        "rule": { "level": 10, "description": format!("Test rule {number}"), "id": (200_000 + number).to_string(), "groups": ["test"] },
        "agent": { "id": "005", "name": "WS-FIN-042", "ip": "10.20.4.42" },
        "manager": { "name": "wazuh-mgr" },
        "id": format!("1768899737.{number}"),
        "decoder": { "name": "json" },
        "data": { "srcip": "203.0.113.66", "dstuser": format!("user{number}"), "command": "powershell.exe -w hidden -c whoami" },
        "location": "/var/log/test.log",
    })
}
