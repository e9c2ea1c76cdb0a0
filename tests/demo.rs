//! The whole street on one machine, with the real executables and an IRIS in this process.
//!
//! `cargo run --release --example demo` builds the executables, starts the sandbox, calls `custom-iris` as integratord would for
//! every bundled alert, lets the courier deliver and an `ai-worker` triage (by rules, or by a model when `OLLAMA_URL` is set),
//! and shows what went where. `-- --once` ends by itself, `-- --json` prints one line with the counters.

#![expect(clippy::print_stdout, reason = "it is a program that shows something")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use iris_client::sandbox::Sandbox;
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// One alert of each kind, labelled by hand; the same file that the triage is measured with.
const ALERTS: &str = include_str!("fixtures/labelled_alerts.jsonl");

/// How often the noisy alert comes again, to show folding.
const REPEATS: usize = 6;

const SETTINGS: &str = r#"
[noise]
flush_seconds = 1

[[allow]]
id = "backup-lists-shadow-copies"
reason = "the nightly backup lists shadow copies before it starts"
owner = "demo"
expires = 2099-01-01
max_level = 9
[allow.match]
"rule.id" = "100211"
"agent.name" = "SRV-BKP-01"
"#;

struct Executables {
    hook: PathBuf,
    worker: PathBuf,
}

struct Options {
    once: bool,
    json: bool,
}

fn main() -> Result<()> {
    let mut options = Options {
        once: false,
        json: false,
    };
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--once" => options.once = true,
            "--json" => options.json = true,
            other => {
                return Err(
                    format!("there is no option {other}; --once ends by itself, --json prints one line").into(),
                );
            }
        }
    }
    say("building the executables (release) ...");
    let executables = build()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(run(&executables, &options))
}

async fn run(executables: &Executables, options: &Options) -> Result<()> {
    let iris = Sandbox::builder().start().await?;
    let home = tempfile::tempdir()?;
    let stage = Stage::build(home.path(), executables, &iris)?;
    say(&format!("an IRIS is running at {}", iris.url()));

    let mut courier = stage.courier()?;
    let alerts = alerts()?;
    for (number, alert) in alerts.iter().enumerate() {
        stage.call_hook(number, alert)?;
        progress("called the hook", number + 1, alerts.len());
    }
    let counters = stage.settled(alerts.len() as u64).await?;
    say("the courier has settled everything; the worker begins");
    let tally = stage.triage()?;
    stop(&mut courier)?;

    let line = summary(&counters, &tally)?;
    if options.json {
        println!("{line}");
    } else {
        show(&iris, &alerts, &counters, &tally);
    }
    if !options.once {
        say(&format!(
            "\nsee what an analyst sees: {}\nCtrl-C ends the demo",
            iris.url()
        ));
        tokio::signal::ctrl_c().await?;
    }
    Ok(())
}

/// Builds the executables with the cargo that runs this example: Cargo does not build them for an example.
fn build() -> Result<Executables> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "build",
            "--release",
            "-p",
            "wazuh-iris",
            "--bins",
            // With this example in the selection, features are the ones that it was built with: nothing is compiled twice.
            "--example",
            "demo",
            "--message-format",
            "json-render-diagnostics",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err("the executables do not build".into());
    }
    let mut found = BTreeMap::new();
    for message in output.stdout.split(|byte| *byte == b'\n') {
        let Ok(message) = serde_json::from_slice::<Value>(message) else {
            continue;
        };
        if let (Some(name), Some(path)) = (message["target"]["name"].as_str(), message["executable"].as_str()) {
            found.insert(name.to_owned(), PathBuf::from(path));
        }
    }
    let mut take = |name: &str| found.remove(name).ok_or_else(|| format!("cargo built no {name}"));
    Ok(Executables {
        hook: take("custom-iris")?,
        worker: take("ai-worker")?,
    })
}

/// The bundled alerts, then the first of them again, then one that comes more and more often.
fn alerts() -> Result<Vec<Value>> {
    let mut alerts = Vec::new();
    for line in ALERTS.lines() {
        alerts.push(serde_json::from_str::<Value>(line)?["alert"].take());
    }
    alerts.push(alerts[0].clone());
    let noisy = alerts.iter().find(|alert| alert["rule"]["id"] == "60204").cloned();
    let noisy = noisy.ok_or("the bundled alerts hold no brute force")?;
    let began: jiff::Timestamp = noisy["timestamp"].as_str().unwrap_or_default().parse()?;
    for number in 1..=REPEATS {
        let mut again = noisy.clone();
        let time = began + Duration::from_secs(20 * number as u64);
        again["timestamp"] = json!(time.strftime("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string());
        again["id"] = json!(format!("{}.{}", time.as_second(), 700_000 + number));
        alerts.push(again);
    }
    Ok(alerts)
}

/// A Wazuh folder with our hook in it.
struct Stage {
    home: PathBuf,
    hook: PathBuf,
    worker: PathBuf,
    url: String,
    key: String,
}

impl Stage {
    fn build(home: &Path, executables: &Executables, iris: &Sandbox) -> Result<Self> {
        for folder in ["integrations", "logs", "etc", "tmp"] {
            fs::create_dir(home.join(folder))?;
        }
        let hook = home.join("integrations/custom-iris");
        fs::copy(&executables.hook, &hook)?;
        fs::write(home.join("etc/wazuh-iris.toml"), SETTINGS)?;
        Ok(Self {
            home: home.to_owned(),
            hook,
            worker: executables.worker.clone(),
            url: iris.url(),
            key: iris.token().to_owned(),
        })
    }

    /// Nothing of the user's own settings reaches the demo, but for a model to ask.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if ["WAZUH_", "IRIS_", "AI_"].iter().any(|prefix| text.starts_with(prefix)) {
                command.env_remove(&name);
            }
        }
        command
            .env("WAZUH_HOME", &self.home)
            .env("WAZUH_IRIS_COURIER", "external")
            .stdin(Stdio::null());
        command
    }

    fn courier(&self) -> Result<Child> {
        let log = fs::File::create(self.home.join("logs/courier.log"))?;
        Ok(self
            .command(&self.hook)
            .arg("deliver")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?)
    }

    /// Calls the hook with the arguments of Wazuh 4.8 to 4.14.
    fn call_hook(&self, number: usize, alert: &Value) -> Result<()> {
        let file = self.home.join(format!("tmp/custom-iris-{number}.alert"));
        fs::write(&file, format!("{alert}\n"))?;
        let output = self
            .command(&self.hook)
            .arg0("integrations")
            .arg(&file)
            .args([&self.key, &format!("{}/alerts/add", self.url.trim_end_matches('/'))])
            .args(["", "", "10", "3", "> /dev/null 2>&1"])
            .output()?;
        // integratord removes its file as soon as the hook has ended.
        fs::remove_file(&file)?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!(
            "the hook ended with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        )
        .into())
    }

    /// Waits until every alert has left by a door.
    async fn settled(&self, received: u64) -> Result<Value> {
        let begun = std::time::Instant::now();
        loop {
            let output = self.command(&self.hook).args(["spool", "status", "--json"]).output()?;
            if let Ok(status) = serde_json::from_slice::<Value>(&output.stdout) {
                let waiting = status["waiting"].as_u64();
                let taken = status["received"].as_u64().unwrap_or(0);
                progress(
                    "settled",
                    usize::try_from(taken - waiting.unwrap_or(taken)).unwrap_or(0),
                    usize::try_from(received)?,
                );
                if taken == received && waiting == Some(0) {
                    return Ok(status);
                }
            }
            if begun.elapsed() > Duration::from_mins(2) {
                let log = fs::read_to_string(self.home.join("logs/courier.log")).unwrap_or_default();
                return Err(format!("the courier does not settle; its log:\n{log}").into());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Runs the worker until nothing is left to do.
    fn triage(&self) -> Result<Value> {
        let by_model = std::env::var_os("OLLAMA_URL").is_some();
        let mut command = self.command(&self.worker);
        command
            .args([
                "--once",
                "--json",
                "--triager",
                if by_model { "ollama" } else { "rules" },
            ])
            .env("IRIS_BASE_URL", &self.url)
            .env("IRIS_BEARER", &self.key)
            .env("AI_WORKER_SETTLE_MS", "2000")
            .stderr(Stdio::inherit());
        command.env(
            "WAZUH_IRIS_LOG_FILTER",
            if by_model {
                "info"
            } else {
                "warn,wazuh_iris::worker::claiming=error"
            },
        );
        let output = command.output()?;
        if !output.status.success() {
            return Err(format!("the worker ended with {}", output.status).into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

fn stop(courier: &mut Child) -> Result<()> {
    if let Some(pid) = rustix::process::Pid::from_raw(i32::try_from(courier.id())?) {
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
    }
    courier.wait()?;
    Ok(())
}

/// The counters of both processes in one line, after a look whether they add up.
fn summary(counters: &Value, tally: &Value) -> Result<String> {
    let of = |from: &Value, name: &str| from[name].as_u64().ok_or_else(|| format!("no count named {name}"));
    let mut line = serde_json::Map::new();
    for name in [
        "received",
        "delivered",
        "folded",
        "allowlisted",
        "gated",
        "repeated",
        "parked",
    ] {
        line.insert(name.to_owned(), json!(of(counters, name)?));
    }
    for name in ["reviewed", "failed"] {
        line.insert(name.to_owned(), json!(of(tally, name)?));
    }
    let line = Value::Object(line);
    let out: u64 = ["delivered", "folded", "allowlisted", "gated", "repeated", "parked"]
        .iter()
        .map(|name| line[name].as_u64().unwrap_or(0))
        .sum();
    let triaged = of(&line, "reviewed")? + of(&line, "failed")?;
    if of(&line, "received")? != out || of(&line, "delivered")? != triaged {
        return Err(format!("the counters do not add up: {line}").into());
    }
    Ok(line.to_string())
}

/// What went where, and one finished note.
fn show(iris: &Sandbox, sent: &[Value], counters: &Value, tally: &Value) {
    println!("\n  id  tags                                                     alert");
    let mut alerts = iris.alerts();
    alerts.sort_by_key(|alert| alert.id);
    for alert in &alerts {
        let tags: Vec<&str> = alert
            .tag_list()
            .filter(|tag| tag.starts_with("ai-") || tag.starts_with("rule-"))
            .collect();
        let folded = alert.context["folded"].as_u64();
        let folded = folded.map_or_else(String::new, |count| format!(" (+{count} folded)"));
        let title: String = alert.title.chars().take(90).collect();
        println!("{:>4}  {:<55}  {title}{folded}", alert.id, tags.join(" "));
    }
    println!("\n{} alerts were handed to the hook", sent.len());
    for name in [
        "received",
        "delivered",
        "folded",
        "allowlisted",
        "gated",
        "repeated",
        "parked",
    ] {
        println!("  {name:<12} {:>4}", counters[name]);
    }
    println!("of the delivered ones");
    for name in ["reviewed", "failed"] {
        println!("  {name:<12} {:>4}", tally[name]);
    }
    // The note of an attack tells more than the note of a log-in.
    let best = alerts.iter().filter(|alert| alert.note.is_some()).max_by_key(|alert| {
        let note = alert.note.as_deref().unwrap_or_default();
        (note.contains("true positive"), note.contains("decoded"), note.len())
    });
    if let Some((alert, note)) = best.and_then(|alert| Some((alert, alert.note.as_deref()?))) {
        println!("\nthe note of alert {}:\n\n{note}", alert.id);
    }
}

/// Progress goes to standard error, so that standard output holds the result only.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

fn progress(what: &str, done: usize, all: usize) {
    if io::stderr().is_terminal() {
        let end = if done == all { "\n" } else { "" };
        let _ = write!(io::stderr(), "\r{what} {done} of {all}{end}");
    } else if done == all {
        say(&format!("{what} {done} of {all}"));
    }
}
