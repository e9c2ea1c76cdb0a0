//! A Wazuh folder with our hook in it, an IRIS, and a way to run things between them.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use iris_client::sandbox::Sandbox;
use serde_json::{Value, json};

/// The six doors and what is left.
pub(crate) const DOORS: [&str; 7] = [
    "delivered",
    "folded",
    "allowlisted",
    "gated",
    "repeated",
    "parked",
    "waiting",
];

pub(crate) struct Stage {
    pub(crate) iris: Sandbox,
    home: tempfile::TempDir,
    url: String,
    key: String,
    couriers: Vec<Child>,
    calls: AtomicU32,
}

/// The program under test: what Cargo has built, or what `WAZUH_IRIS_TEST_PROGRAM` names, such as a static executable.
pub(crate) fn program() -> PathBuf {
    let named = std::env::var_os("WAZUH_IRIS_TEST_PROGRAM");
    named.map_or_else(|| env!("CARGO_BIN_EXE_custom-iris").into(), PathBuf::from)
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::before(Sandbox::builder().start().await.unwrap())
    }

    pub(crate) fn before(iris: Sandbox) -> Self {
        let home = tempfile::tempdir().unwrap();
        for folder in ["integrations", "logs", "etc"] {
            fs::create_dir(home.path().join(folder)).unwrap();
        }
        // By another process: a file that this one has open for writing is inherited by whatever a test beside it starts at that
        // moment, and cannot be executed as long as that runs.
        let copied = Command::new("cp")
            .arg(program())
            .arg(home.path().join("integrations/custom-iris"))
            .status();
        assert!(copied.unwrap().success());
        let (url, key) = (iris.url(), iris.token().to_owned());
        Self {
            iris,
            home,
            url,
            key,
            couriers: Vec::new(),
            calls: AtomicU32::new(0),
        }
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.home().join("logs/wazuh-iris")
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    pub(crate) fn use_key(&mut self, key: &str) {
        key.clone_into(&mut self.key);
    }

    pub(crate) fn use_url(&mut self, url: &str) {
        url.clone_into(&mut self.url);
    }

    pub(crate) fn settings(&self, toml: &str) {
        fs::write(self.home().join("etc/wazuh-iris.toml"), toml).unwrap();
    }

    /// A command that sees nothing of the settings of whoever runs the tests.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("WAZUH_HOME", self.home())
            .env("WAZUH_IRIS_COURIER", "external")
            .env("TMPDIR", self.home())
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn custom_iris(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(&self.home().join("integrations/custom-iris"));
        command
            .env("IRIS_BASE_URL", &self.url)
            .env("IRIS_BEARER", &self.key)
            .args(arguments)
            .output()
            .unwrap()
    }

    /// Calls the hook as integratord of Wazuh 4.8 to 4.14 does.
    pub(crate) fn hook(&self, alert: &[u8]) -> Output {
        self.hook_command(alert).output().unwrap()
    }

    pub(crate) fn hook_command(&self, alert: &[u8]) -> Command {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let file = self.home().join(format!("custom-iris-1795402840-{number}.alert"));
        fs::write(&file, alert).unwrap();
        let mut command = self.command(&self.home().join("integrations/custom-iris"));
        command
            .arg0("integrations")
            .arg(file)
            .args([&self.key, &format!("{}/alerts/add", self.url.trim_end_matches('/'))])
            .args(["", "", "10", "3", "> /dev/null 2>&1"]);
        command
    }

    /// Runs the courier until everything is settled; the counters, checked to add up.
    pub(crate) fn deliver(&self) -> Value {
        let output = self.custom_iris(&["deliver", "--once", "--json"]);
        assert!(output.status.success(), "{}", text(&output));
        let counters: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_adds_up(&counters);
        assert_eq!(counters["waiting"], 0, "{counters}");
        counters
    }

    /// Starts a courier that stays; it is stopped with the stage.
    pub(crate) fn start_courier(&mut self) {
        let log = fs::File::create(self.home().join("courier.log")).unwrap();
        let mut command = self.command(&self.home().join("integrations/custom-iris"));
        command.env("IRIS_BASE_URL", &self.url).env("IRIS_BEARER", &self.key);
        self.couriers.push(
            command
                .arg("deliver")
                .stdout(Stdio::null())
                .stderr(log)
                .spawn()
                .unwrap(),
        );
    }

    /// Sends a signal to the courier that stays.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        for courier in &self.couriers {
            let pid = rustix::process::Pid::from_child(courier);
            rustix::process::kill_process(pid, signal).unwrap();
        }
    }

    /// Tells the couriers that stay to read their settings again.
    pub(crate) fn reload_courier(&self) {
        for courier in &self.couriers {
            rustix::process::kill_process(rustix::process::Pid::from_child(courier), rustix::process::Signal::HUP)
                .unwrap();
        }
    }

    pub(crate) fn stop_couriers(&mut self) {
        for mut courier in self.couriers.drain(..) {
            let _ = courier.kill();
            let _ = courier.wait();
        }
    }

    pub(crate) fn status(&self) -> Value {
        let output = self.custom_iris(&["spool", "status", "--json"]);
        serde_json::from_slice(&output.stdout).unwrap_or(json!({}))
    }

    /// What the courier that stays has logged.
    pub(crate) fn courier_log(&self) -> String {
        fs::read_to_string(self.home().join("courier.log")).unwrap_or_default()
    }

    /// Waits for the courier to bring the counters into a state; a test that never gets there fails.
    pub(crate) async fn until(&self, what: &str, reached: impl Fn(&Value) -> bool) -> Value {
        let begun = std::time::Instant::now();
        loop {
            let status = self.status();
            if reached(&status) {
                assert_adds_up(&status);
                return status;
            }
            assert!(
                begun.elapsed().as_secs() < 60,
                "{what} was not reached: {status}\n{}",
                self.courier_log()
            );
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    pub(crate) fn worker_command(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(Path::new(env!("CARGO_BIN_EXE_ai-worker")));
        command
            .env("IRIS_BASE_URL", &self.url)
            .env("IRIS_BEARER", &self.key)
            .env("AI_WORKER_SETTLE_MS", "2000")
            .args(arguments);
        command
    }

    /// Lets a worker without a model drain what is pending.
    pub(crate) fn triage(&self) -> Value {
        let output = self
            .worker_command(&["--once", "--json", "--triager", "rules"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output));
        // Shown when the test fails.
        println!("{}", text(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.stop_couriers();
    }
}

/// received = delivered + folded + allowlisted + gated + repeated + parked + waiting.
pub(crate) fn assert_adds_up(counters: &Value) {
    let out: u64 = DOORS.iter().map(|door| counters[door].as_u64().unwrap_or(0)).sum();
    assert_eq!(counters["received"].as_u64().unwrap_or(0), out, "{counters}");
}

pub(crate) fn text(output: &Output) -> String {
    format!(
        "{}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// An alert of level 10, one of many that are not repeats of each other.
pub(crate) fn alert(number: u64) -> Value {
    json!({
        "timestamp": "2026-01-20T09:02:17.037+0000",
        "rule": { "level": 10, "description": format!("Test rule {number}"), "id": (200_000 + number).to_string(), "groups": ["test"] },
        "agent": { "id": "005", "name": "WS-FIN-042", "ip": "10.20.4.42" },
        "manager": { "name": "wazuh-mgr" },
        "id": format!("1768899737.{number}"),
        "decoder": { "name": "json" },
        "data": { "srcip": "203.0.113.66", "dstuser": format!("user{number}") },
        "location": "/var/log/test.log",
    })
}

/// The labelled alerts, one of each kind.
pub(crate) fn labelled() -> Vec<Value> {
    include_str!("../fixtures/labelled_alerts.jsonl")
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["alert"].take())
        .collect()
}
