//! Measures the courier against the sandbox over loopback: alerts a second, processor time and memory, from spools of 1,000, 10,000 and
//! 100,000, from an `alerts.json`, and in a flood of one rule; beside them a bare keep-alive POST loop, which is what loopback and
//! sandbox give.
//!
//! `cargo run --release -p wazuh-iris --example bench_courier [-- [--courier PROGRAM] [BACKLOG…]]`
//!
//! Sandbox and courier run in processes of their own (this program, started again), so that each one's time is its own. The courier is
//! the one that `custom-iris deliver --once` runs, with its default settings except for the level gate; `--courier` takes that of another
//! executable, such as the static one that `packaging/build-static` makes.

#![expect(clippy::print_stdout, reason = "it is a program for people")]

use std::error::Error;
use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use iris_client::sandbox::Sandbox;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use serde_json::{Value, json};
use wazuh_iris::forwarder::delivery;
use wazuh_iris::forwarder::ids::Ids;
use wazuh_iris::forwarder::mapping::Mapping;
use wazuh_iris::forwarder::queue::Due;
use wazuh_iris::forwarder::spool::{Destination, DestinationId, Entry, Spool};
use wazuh_iris::forwarder::target::Target;
use wazuh_iris::settings::{Settings, Source};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// One alert of each kind that Wazuh makes.
const LABELLED: &str = include_str!("../../tests/fixtures/labelled_alerts.jsonl");

/// As the executables have it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("sandbox") => sandbox(),
        Some("courier") => courier(arguments.get(1).map(String::as_str)),
        Some("--courier") => match arguments.as_slice() {
            [_, program, backlogs @ ..] => measure(Some(program), backlogs),
            _ => Err("--courier needs the path of a custom-iris".into()),
        },
        _ => measure(None, &arguments),
    }
}

/// A backlog that is delivered in less than a second tells of the machine's moment as much as of the courier: it is measured five times.
const SHORT: u64 = 2_000;

fn measure(program: Option<&String>, backlogs: &[String]) -> Outcome<()> {
    let backlogs: Vec<u64> = if backlogs.is_empty() {
        vec![1_000, 10_000, 100_000]
    } else {
        backlogs.iter().map(|text| text.parse()).collect::<Result<_, _>>()?
    };
    let kinds = kinds()?;
    println!(
        "{:<34} {:>9} {:>12} {:>10} {:>11}",
        "", "alerts/s", "CPU/alert", "peak RSS", "of the loop"
    );
    // A machine's speed changes from minute to minute: each row has a loop of its own, run right before it.
    let beside = || post_loop(&kinds, 4, 4_000);
    for connections in [1, 4] {
        let rate = post_loop(&kinds, connections, 4_000)?;
        println!(
            "bare POST loop, {connections} connection{:<9} {rate:>9.0}",
            if connections > 1 { "s" } else { "" }
        );
    }
    for backlog in backlogs {
        let (mut runs, beside) = (Vec::new(), beside()?);
        for _ in 0..if backlog <= SHORT { 5 } else { 1 } {
            let run = run(program, backlog, From::Spool, |number| one_of_each(&kinds, number))?;
            run.check(backlog, "delivered", backlog)?;
            runs.push(run);
        }
        print_median(&format!("courier, {backlog} in the spool"), runs, backlog, beside);
    }
    let (lines, rate) = (20_000, beside()?);
    let tail = run(program, lines, From::Tail, |number| one_of_each(&kinds, number))?;
    tail.check(lines, "delivered", lines)?;
    tail.print(&format!("courier, {lines} in alerts.json"), lines, rate);
    let (flood, rate) = (100_000, beside()?);
    let run = run(program, flood, From::Spool, |number| of_one_rule(&kinds[0], number))?;
    let told: u64 = run.told;
    run.print(&format!("flood of one rule, {flood}"), flood, rate);
    println!(
        "    {} delivered + {} folded = {} received; the alerts in IRIS tell of {told} folded ones",
        run.counters["delivered"], run.counters["folded"], run.counters["received"]
    );
    run.check(flood, "folded", told)
}

/// What one courier did.
struct Run {
    counters: Value,
    wall: Duration,
    cpu: Duration,
    resident_kib: u64,
    /// Folded alerts that the alerts in IRIS tell of.
    told: u64,
}

impl Run {
    fn cpu_ms_each(&self, alerts: u64) -> f64 {
        self.cpu.as_secs_f64() * 1e3 / f64::from(u32::try_from(alerts).unwrap_or(u32::MAX))
    }

    /// Prints the run, and its rate as a part of what the bare loop had beside it.
    fn print(&self, what: &str, alerts: u64, beside: f64) {
        let rate = f64::from(u32::try_from(alerts).unwrap_or(u32::MAX)) / self.wall.as_secs_f64();
        println!(
            "{what:<34} {rate:>9.0} {:>9.3} ms {:>6.1} MiB {:>11.2}",
            self.cpu_ms_each(alerts),
            f64::from(u32::try_from(self.resident_kib).unwrap_or(u32::MAX)) / 1024.0,
            rate / beside,
        );
    }

    fn check(&self, received: u64, door: &str, expected: u64) -> Outcome<()> {
        if self.counters["received"] == received && self.counters[door] == expected {
            return Ok(());
        }
        Err(format!("the counters are wrong: {}", self.counters).into())
    }
}

/// Where a courier gets its alerts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    Spool,
    Tail,
}

/// Prints the run whose processor time is the middle one, and between what the others were.
fn print_median(what: &str, mut runs: Vec<Run>, alerts: u64, beside: f64) {
    runs.sort_by_key(|run| run.cpu);
    runs[runs.len() / 2].print(what, alerts, beside);
    if let [first, .., last] = runs.as_slice() {
        println!(
            "    the middle one of {}, from {:.3} to {:.3} ms",
            runs.len(),
            first.cpu_ms_each(alerts),
            last.cpu_ms_each(alerts)
        );
    }
}

/// Fills a spool or an alerts.json, then lets a courier drain it into a fresh sandbox.
fn run(program: Option<&String>, alerts: u64, from: From, alert: impl Fn(u64) -> Vec<u8>) -> Outcome<Run> {
    let home = tempfile::tempdir()?;
    let spool = Spool::at(home.path().join("state"));
    spool.create()?;
    let file = home.path().join("alerts.json");
    let mut lines = BufWriter::new(File::create(&file)?);
    for number in 0..alerts {
        match from {
            From::Spool => {
                spool.put(&Entry::new(DestinationId::SETTINGS, alert(number)))?;
            }
            From::Tail => {
                lines.write_all(&alert(number))?;
                lines.write_all(b"\n")?;
            }
        }
    }
    lines.flush()?;
    let (mut iris, url, key) = start_sandbox()?;
    let begun = Instant::now();
    let output = Command::new(std::env::current_exe()?)
        .arg("courier")
        .args(program)
        .env_clear()
        .env("WAZUH_HOME", home.path())
        .env("WAZUH_IRIS_STATE", spool.root())
        .env("IRIS_BASE_URL", &url)
        .env("IRIS_BEARER", &key)
        .env("WAZUH_IRIS_FORWARD_MIN_LEVEL", "0")
        .env("WAZUH_IRIS_TAIL_ENABLED", (from == From::Tail).to_string())
        .env("WAZUH_IRIS_TAIL_PATH", &file)
        .env("WAZUH_IRIS_TAIL_FROM", "start")
        .stderr(Stdio::inherit())
        .output()?;
    let wall = begun.elapsed();
    let text = String::from_utf8(output.stdout)?;
    let mut lines = text.lines();
    let counters = serde_json::from_str(lines.next().ok_or("the courier said nothing")?)?;
    let usage: Value = serde_json::from_str(lines.next().ok_or("the courier did not end")?)?;
    let told = told(&url, &key)?;
    iris.kill()?;
    iris.wait()?;
    Ok(Run {
        counters,
        wall,
        cpu: Duration::from_millis(usage["cpu_ms"].as_u64().unwrap_or(0)),
        resident_kib: usage["resident_kib"].as_u64().unwrap_or(0),
        told,
    })
}

/// The role of the courier: the real one, and what it has used at its end.
fn courier(program: Option<&str>) -> Outcome<()> {
    if let Some(program) = program {
        return courier_of(program);
    }
    let arguments = ["custom-iris", "deliver", "--once", "--json"].map(OsString::from);
    let code = wazuh_iris::forwarder::subcommand(&arguments);
    if code != 0 {
        return Err(format!("the courier ended with {code}").into());
    }
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // Behind the name in brackets; utime and stime are the 14th and 15th field, in hundredths of a second.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_ascii_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap_or("0");
    let resident: u64 = peak.trim().trim_end_matches("kB").trim().parse()?;
    println!("{}", json!({"cpu_ms": ticks * 10, "resident_kib": resident}));
    Ok(())
}

/// The same of another executable.
fn courier_of(program: &str) -> Outcome<()> {
    let status = Command::new(program).args(["deliver", "--once", "--json"]).status()?;
    if !status.success() {
        return Err(format!("{program} ended with {status}").into());
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let spent = |time: TimeVal| time.tv_sec() * 1000 + time.tv_usec() / 1000;
    let cpu_ms = spent(usage.user_time()) + spent(usage.system_time());
    println!("{}", json!({"cpu_ms": cpu_ms, "resident_kib": usage.max_rss()}));
    Ok(())
}

/// The role of IRIS: says where it is, and stays until it is killed.
fn sandbox() -> Outcome<()> {
    let iris = Sandbox::builder().start_blocking()?;
    println!("{}\n{}", iris.url(), iris.token());
    loop {
        std::thread::park();
    }
}

fn start_sandbox() -> Outcome<(Child, String, String)> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg("sandbox")
        .stdout(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
    let mut line = || {
        lines
            .next()
            .ok_or("the sandbox did not start")?
            .map_err(Box::<dyn Error>::from)
    };
    let (url, key) = (line()?, line()?);
    Ok((child, url, key))
}

fn kinds() -> Outcome<Vec<Value>> {
    LABELLED
        .lines()
        .map(|line| Ok(serde_json::from_str::<Value>(line)?["alert"].take()))
        .collect()
}

/// Of every kind in turn, each on an agent of its own: nothing is folded, and every one is mapped whole. Its log line is like no
/// other's, as log lines are.
fn one_of_each(kinds: &[Value], number: u64) -> Vec<u8> {
    let at = usize::try_from(number).unwrap_or(0) % kinds.len();
    let mut alert = kinds[at].clone();
    if let Some(Value::String(line)) = alert.get_mut("full_log") {
        *line = format!("{line} [{number}]");
    }
    alert["id"] = json!(format!("1768899737.{number}"));
    alert["agent"]["id"] = json!(format!("{number:06}"));
    alert["agent"]["name"] = json!(format!("host-{number:06}"));
    alert.to_string().into_bytes()
}

/// One rule on one agent, each alert about another file.
fn of_one_rule(kind: &Value, number: u64) -> Vec<u8> {
    let mut alert = kind.clone();
    alert["id"] = json!(format!("1768899737.{number}"));
    alert["syscheck"] = json!({"path": format!("/srv/share/{number}.locked"), "event": "modified"});
    alert.to_string().into_bytes()
}

/// Sends bodies that were mapped beforehand, as fast as so many connections take them.
fn post_loop(kinds: &[Value], connections: u64, alerts: u64) -> Outcome<f64> {
    let (mut iris, url, key) = start_sandbox()?;
    let address = url.trim_start_matches("http://").to_owned();
    let share = alerts / connections;
    let bodies: Vec<Vec<Vec<u8>>> = (0..connections)
        .map(|at| {
            (at * share..(at + 1) * share)
                .map(|number| request(kinds, number, &address, &key))
                .collect()
        })
        .collect::<Outcome<_>>()?;
    let begun = Instant::now();
    std::thread::scope(|scope| -> Outcome<()> {
        let loops: Vec<_> = bodies
            .iter()
            .map(|bodies| scope.spawn(|| post_all(&address, bodies).map_err(|error| error.to_string())))
            .collect();
        for one in loops {
            one.join().map_err(|_| "a loop broke off")??;
        }
        Ok(())
    })?;
    let wall = begun.elapsed();
    iris.kill()?;
    iris.wait()?;
    let alerts = u32::try_from(share * connections)?;
    Ok(f64::from(alerts) / wall.as_secs_f64())
}

fn post_all(address: &str, requests: &[Vec<u8>]) -> Outcome<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    for request in requests {
        stream.write_all(request)?;
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if !line.starts_with("HTTP/1.1 200") {
            return Err(format!("the sandbox answered {line}").into());
        }
        let mut length = 0;
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
        }
        reader.by_ref().take(length).read_to_end(&mut Vec::new())?;
    }
    Ok(())
}

fn request(kinds: &[Value], number: u64, address: &str, key: &str) -> Outcome<Vec<u8>> {
    thread_local! {
        static MAPPED: Outcome<(Mapping, Target)> = mapped();
    }
    let bytes = one_of_each(kinds, number);
    let due = Due {
        seq: 0,
        destination: DestinationId::SETTINGS,
        uuid: wazuh_model::Alert::from_slice(&bytes)?.uuid(),
        received_us: 0,
        bytes,
        storm: false,
        degraded: false,
        attempts: 0,
        folded: None,
    };
    let body = MAPPED.with(|mapped| match mapped {
        Ok((mapping, target)) => {
            let body = delivery::body(&due, target, mapping, &Ids::of_a_fresh_server());
            serde_json::to_vec(&body).map_err(|error| error.to_string())
        }
        Err(error) => Err(error.to_string()),
    })?;
    let mut request = format!(
        "POST /alerts/add HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend(body);
    Ok(request)
}

fn mapped() -> Outcome<(Mapping, Target)> {
    let settings = Settings::parse(&Source::default())?;
    let destination = Destination {
        url: "http://127.0.0.1:9".to_owned(),
        key: Some("key".to_owned().into()),
        options: String::new(),
    };
    Ok((
        Mapping::new(&settings.forward)?,
        Target::new(&destination, &settings.iris)?,
    ))
}

/// Adds up what the alerts in IRIS say was folded into them.
fn told(url: &str, key: &str) -> Outcome<u64> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let iris = iris_client::IrisClient::builder(url)
            .token(key.to_owned().into())
            .build()?;
        let filter = iris_client::AlertFilter::default()
            .fields(&["alert_id", "alert_context"])
            .per_page(1000);
        let page = iris.alerts().filter(&filter).await?;
        Ok(page
            .items
            .iter()
            .filter_map(|alert| alert.context.as_ref()?["folded"].as_u64())
            .sum())
    })
}
