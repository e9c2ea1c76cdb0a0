//! What one call of the hook costs, beside what it is compared with, in one run:
//!
//! ```sh
//! cargo run --release -p wazuh-iris --example bench_hook
//! ```
//!
//! Builds the static executables first (`packaging/build-static`). All programs take turns in short blocks, so that a busy moment
//! of the machine meets each of them. The spool stands in `/var/tmp`, on a real disk, and every stored alert is synced. Not in
//! `target/`: ext4 without a journal looks long for a free inode near where many were freed lately, as every build does.

#![allow(clippy::print_stdout, reason = "a measurement is printed")]

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use clap::Parser;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};
use wazuh_iris::forwarder::launch;
use wazuh_iris::forwarder::spool::Spool;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// An alert as integratord writes it, of a middling size.
const ALERT: &str = include_str!("../../tests/fixtures/labelled_alerts.jsonl");

/// How a Python integration begins: Wazuh's own and the script that this project replaces do the same.
const PYTHON_HOOK: &str = "\
import json, sys
import requests
with open(sys.argv[1]) as file:
    alert = json.load(file)
session = requests.Session()
session.headers['Authorization'] = 'Bearer ' + sys.argv[2]
";

/// Runs of each of the four programs through the stand-in: each comes first, second, third and last equally often.
const ROUNDS: usize = 8;

/// What one call of the hook costs, beside what it is compared with.
#[derive(Debug, Parser)]
struct Options {
    /// Calls of each program; Python, which is slow, gets a twentieth.
    #[arg(long, default_value_t = 600)]
    calls: usize,
    /// A hook that is built already.
    #[arg(long)]
    hook: Option<PathBuf>,
    /// A Python with requests; by default python3.
    #[arg(long)]
    python: Option<PathBuf>,
    /// A stand-in for integratord in Python, called as HARNESS --home DIR --name NAME --once; without it, one of our own.
    #[arg(long)]
    harness: Option<PathBuf>,
    /// Where the spool is made; by default in /var/tmp, or beside the hook where that is memory.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Alerts in each run through the stand-in.
    #[arg(long, default_value_t = 300)]
    alerts: usize,
    /// Runs a program so many times and prints what it cost; what this example starts itself with.
    #[arg(long, hide = true)]
    measure: Option<usize>,
    /// That program and its arguments.
    #[arg(hide = true, trailing_var_arg = true)]
    program: Vec<String>,
}

/// What some calls of one program cost.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Cost {
    wall_us: Vec<f64>,
    cpu_us: f64,
    rss_kib: i64,
}

/// A program that is measured.
struct Contender {
    name: &'static str,
    program: PathBuf,
    arguments: Vec<String>,
    /// Calls in one block.
    block: usize,
    cost: Cost,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let done = match options.measure {
        Some(calls) => measure(calls, &options.program),
        None => bench(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "bench_hook: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bench(options: &Options) -> Result<()> {
    let executables = match &options.hook {
        Some(hook) => hook.parent().ok_or("the hook has no folder")?.to_owned(),
        None => build()?,
    };
    let hook = options.hook.clone().unwrap_or_else(|| executables.join("custom-iris"));
    let place = options.folder.clone().unwrap_or_else(|| on_disk(&executables));
    let folder = tempfile::Builder::new().prefix("bench-hook-").tempdir_in(&place)?;
    let nothing = nothing(folder.path())?;
    let stage = Stage::new(folder.path(), &hook)?;
    println!(
        "hook           {} ({} KiB)",
        hook.display(),
        fs::metadata(&hook)?.len() / 1024
    );
    println!(
        "alert          {} bytes, stored with fdatasync in {}",
        stage.alert_bytes,
        stage.state.display()
    );

    let mut contenders = vec![
        Contender::new("/bin/true", "/bin/true".into(), &[], 20),
        Contender::new("a static program that does nothing", nothing.clone(), &[], 20),
        Contender::new("our hook, one alert stored", hook.clone(), &stage.arguments(), 20),
    ];
    match python(options) {
        Ok(python) => {
            let script = folder.path().join("hook.py");
            fs::write(&script, PYTHON_HOOK)?;
            let mut arguments = vec![script.display().to_string()];
            arguments.extend(stage.arguments());
            contenders.push(Contender::new(
                "a Python hook that imports requests",
                python,
                &arguments,
                1,
            ));
        }
        Err(why) => println!("skipped        the Python hook: {why}"),
    }
    calls(options, &mut contenders, &stage)?;
    rates(options, folder.path(), &hook, &nothing)
}

/// A folder on a disk, away from what builds write and remove.
fn on_disk(executables: &Path) -> PathBuf {
    const TMPFS: i64 = 0x0102_1994;
    let folder = Path::new("/var/tmp");
    match rustix::fs::statfs(folder) {
        Ok(disk) if disk.f_type != TMPFS => folder.to_owned(),
        _ => executables.to_owned(),
    }
}

/// One call at a time, in blocks that take turns.
fn calls(options: &Options, contenders: &mut [Contender], stage: &Stage) -> Result<()> {
    let (mut files, mut pages) = (Cost::default(), Cost::default());
    for block in 0..options.calls.div_ceil(20) {
        for contender in contenders.iter_mut() {
            contender.run(stage)?;
        }
        for number in 0..20 {
            files.wall_us.push(sync_file(stage, block * 20 + number)?);
            pages.wall_us.push(sync_page(stage, number)?);
        }
    }
    let stored = Spool::at(&stage.state).count()?;
    let called = contenders[2].cost.wall_us.len();
    if stored != called {
        return Err(format!("{called} calls of the hook stored {stored} alerts").into());
    }
    let own_kib = own_peak(&contenders[2], stage)?;
    println!(
        "\n{:<38} {:>6} {:>10} {:>10} {:>10} {:>10}",
        "one call", "calls", "median", "p90", "CPU", "peak RSS"
    );
    for contender in contenders.iter() {
        let Cost { wall_us, rss_kib, .. } = &contender.cost;
        println!(
            "{:<38} {:>6} {:>7.3} ms {:>7.3} ms {:>7.3} ms {:>6} KiB",
            contender.name,
            wall_us.len(),
            contender.at(0.5) / 1e3,
            contender.at(0.9) / 1e3,
            contender.cpu_us() / 1e3,
            rss_kib,
        );
    }
    for (name, disk) in [
        ("the disk alone: a page synced", &pages),
        ("the disk alone: a new file synced", &files),
    ] {
        let (median, p90) = (at(&disk.wall_us, 0.5) / 1e3, at(&disk.wall_us, 0.9) / 1e3);
        println!("{name:<38} {:>6} {median:>7.3} ms {p90:>7.3} ms", disk.wall_us.len());
    }
    println!(
        "peak RSS counts the process that starts a program, too. The hook's own, held at its last word: {own_kib} KiB\n"
    );
    let [shell, _, hook, others @ ..] = &*contenders else {
        return Ok(());
    };
    verdict(
        "wall time of the hook / of /bin/true, medians",
        hook.at(0.5) / shell.at(0.5),
        "at most",
        1.0,
    );
    if let [python] = others {
        verdict(
            "CPU of the Python hook / of the hook",
            python.cpu_us() / hook.cpu_us(),
            "at least",
            150.0,
        );
    }
    #[expect(clippy::cast_precision_loss, reason = "a few MiB in KiB")]
    verdict(
        "peak resident memory of the hook, MiB",
        own_kib as f64 / 1024.0,
        "at most",
        4.0,
    );
    Ok(())
}

/// Alerts a second through a caller that works as integratord does: one after the other, each to the end of its output.
fn rates(options: &Options, folder: &Path, hook: &Path, nothing: &Path) -> Result<()> {
    let who = match &options.harness {
        Some(harness) => format!("through {}", harness.display()),
        None => "through a caller that works as integratord does".to_owned(),
    };
    println!("\n{who:<59} {:>12}", "alerts/s");
    let mut homes = Vec::new();
    for (name, program) in [
        ("/bin/true", Path::new("/bin/true")),
        ("a static program that does nothing", nothing),
        ("our hook", hook),
        ("our hook, the courier that it starts at work", hook),
    ] {
        let mut home = Home::new(folder, homes.len(), program, options.alerts)?;
        if homes.len() == 3 {
            home.office = None;
        }
        homes.push((name, home, Duration::ZERO));
    }
    for _ in 0..ROUNDS {
        for (_, home, spent) in &mut homes {
            *spent += match &options.harness {
                Some(harness) => home.through(harness, options)?,
                None => home.serially(options.alerts)?,
            };
        }
        // Each comes first as often as the others: what a caller leaves behind costs those who come later.
        homes.rotate_left(1);
    }
    #[expect(clippy::cast_precision_loss, reason = "a few thousand alerts")]
    let rate = |spent: &Duration| (ROUNDS * options.alerts) as f64 / spent.as_secs_f64();
    homes[3].1.stop_courier()?;
    for (name, _, spent) in &homes {
        println!("{name:<59} {:>12.0}", rate(spent));
    }
    let stored = homes[2].1.stored()?;
    if stored != ROUNDS * options.alerts {
        return Err(format!("{} calls of the hook stored {stored} alerts", ROUNDS * options.alerts).into());
    }
    println!();
    verdict(
        "rate of the hook / of /bin/true",
        rate(&homes[2].2) / rate(&homes[0].2),
        "at least",
        1.0,
    );
    verdict(
        "rate of the hook / of the program that does nothing",
        rate(&homes[2].2) / rate(&homes[1].2),
        "at least",
        0.6,
    );
    Ok(())
}

fn verdict(what: &str, measured: f64, relation: &str, wanted: f64) {
    let met = if relation == "at most" {
        measured <= wanted
    } else {
        measured >= wanted
    };
    println!(
        "{what:<59} {measured:>12.2}   wanted {relation} {wanted:<5} {}",
        if met { "met" } else { "MISSED" }
    );
}

impl Contender {
    fn new(name: &'static str, program: PathBuf, arguments: &[String], block: usize) -> Self {
        Self {
            name,
            program,
            arguments: arguments.to_vec(),
            block,
            cost: Cost::default(),
        }
    }

    /// One block, in a process of its own: only so the system tells the cost of these calls apart from the others'.
    fn run(&mut self, stage: &Stage) -> Result<()> {
        let output = Command::new(std::env::current_exe()?)
            .args(["--measure", &self.block.to_string(), "--"])
            .arg(&self.program)
            .args(&self.arguments)
            .env_clear()
            .env("WAZUH_HOME", &stage.home)
            .output()?;
        if !output.status.success() {
            return Err(format!("{}: {}", self.name, String::from_utf8_lossy(&output.stderr).trim()).into());
        }
        let cost: Cost = serde_json::from_slice(&output.stdout)?;
        self.cost.wall_us.extend(cost.wall_us);
        self.cost.cpu_us += cost.cpu_us;
        self.cost.rss_kib = self.cost.rss_kib.max(cost.rss_kib);
        Ok(())
    }

    fn at(&self, share: f64) -> f64 {
        at(&self.cost.wall_us, share)
    }

    #[expect(clippy::cast_precision_loss, reason = "a few thousand calls")]
    fn cpu_us(&self) -> f64 {
        self.cost.cpu_us / self.cost.wall_us.len() as f64
    }
}

/// The time that a share of some calls stayed below, in microseconds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "an index"
)]
fn at(wall_us: &[f64], share: f64) -> f64 {
    let mut wall = wall_us.to_vec();
    wall.sort_by(f64::total_cmp);
    wall[((wall.len() - 1) as f64 * share) as usize]
}

/// What the disk alone takes for an alert in a file of its own, in microseconds: made, written and synced, without a program to start.
fn sync_file(stage: &Stage, number: usize) -> Result<f64> {
    let path = stage.home.join(format!("synced-{number}"));
    let bytes = vec![b'x'; stage.alert_bytes + 48];
    let began = Instant::now();
    let mut file = fs::File::create_new(&path)?;
    file.write_all(&bytes)?;
    file.sync_data()?;
    drop(file);
    // It stays, as what the hook stores does: ext4 looks long for a free inode where many were freed lately.
    Ok(began.elapsed().as_secs_f64() * 1e6)
}

/// The same for one that is written over what a file has held before.
fn sync_page(stage: &Stage, number: usize) -> Result<f64> {
    const PAGE: usize = 8192;
    let path = stage.home.join("synced-pages");
    if !path.exists() {
        fs::write(&path, vec![0; 20 * PAGE])?;
        fs::File::open(&path)?.sync_all()?;
    }
    let bytes = vec![b'x'; stage.alert_bytes + 64];
    let began = Instant::now();
    let file = fs::File::options().write(true).open(&path)?;
    file.write_all_at(&bytes, (number * PAGE) as u64)?;
    file.sync_data()?;
    drop(file);
    Ok(began.elapsed().as_secs_f64() * 1e6)
}

/// The most memory that a call of the hook has had resident, read while it cannot say its last word: its standard error is full.
fn own_peak(hook: &Contender, stage: &Stage) -> Result<u64> {
    let (mut reader, mut writer) = io::pipe()?;
    rustix::fs::fcntl_setfl(&writer, rustix::fs::OFlags::NONBLOCK)?;
    while writer.write(&[0; 512]).is_ok() {}
    rustix::fs::fcntl_setfl(&writer, rustix::fs::OFlags::empty())?;
    let mut arguments = hook.arguments.clone();
    "debug".clone_into(&mut arguments[3]);
    let before = Spool::at(&stage.state).count()?;
    let mut child = Command::new(&hook.program)
        .args(&arguments)
        .env_clear()
        .env("WAZUH_HOME", &stage.home)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(writer)
        .spawn()?;
    let process = PathBuf::from(format!("/proc/{}", child.id()));
    let peak = loop {
        let status = fs::read_to_string(process.join("status"))?;
        let line = |name: &str| status.lines().find_map(|line| line.strip_prefix(name));
        let asleep = line("State:").is_some_and(|state| state.trim().starts_with('S'));
        // Stored, and asleep: it waits for the pipe.
        if asleep && Spool::at(&stage.state).count()? > before {
            let peak = line("VmHWM:").and_then(|text| text.trim().strip_suffix(" kB"));
            break peak.ok_or("the system does not tell VmHWM")?.trim().parse()?;
        }
        if child.try_wait()?.is_some() {
            return Err("the hook ended although its standard error was full".into());
        }
        std::thread::yield_now();
    };
    io::copy(&mut reader, &mut io::sink())?;
    child.wait()?;
    Ok(peak)
}

/// Runs a program again and again and prints what it cost.
fn measure(calls: usize, program: &[String]) -> Result<()> {
    let [program, arguments @ ..] = program else {
        return Err("no program".into());
    };
    let mut cost = Cost::default();
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit());
    for _ in 0..calls {
        let began = Instant::now();
        let status = command.status()?;
        cost.wall_us.push(began.elapsed().as_secs_f64() * 1e6);
        if !status.success() {
            return Err(format!("{program} ended with {status}").into());
        }
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    #[expect(clippy::cast_precision_loss, reason = "microseconds of a benchmark")]
    let spent = |time: nix::sys::time::TimeVal| (time.tv_sec() * 1_000_000 + time.tv_usec()) as f64;
    cost.cpu_us = spent(usage.user_time()) + spent(usage.system_time());
    cost.rss_kib = usage.max_rss();
    println!("{}", serde_json::to_string(&cost)?);
    Ok(())
}

/// A Wazuh folder with a spool, in which a courier seems to run: the hook goes its whole way and starts none.
struct Stage {
    home: PathBuf,
    state: PathBuf,
    alert: PathBuf,
    alert_bytes: usize,
    _office: Option<launch::Office>,
}

impl Stage {
    fn new(folder: &Path, _hook: &Path) -> Result<Self> {
        let home = folder.join("wazuh");
        let state = home.join("queue/wazuh-iris");
        fs::create_dir_all(&state)?;
        fs::create_dir_all(home.join("logs"))?;
        as_a_courier_leaves(&state)?;
        let alert = folder.join("one.alert");
        let text = alert_line(0);
        fs::write(&alert, &text)?;
        Ok(Self {
            _office: launch::take_office(&state)?,
            home,
            state,
            alert,
            alert_bytes: text.len(),
        })
    }

    fn arguments(&self) -> Vec<String> {
        let alert = self.alert.display().to_string();
        [
            &alert,
            "no-key",
            "https://iris.example:8443/alerts/add",
            "",
            "",
            "10",
            "3",
            "> /dev/null 2>&1",
        ]
        .map(str::to_owned)
        .to_vec()
    }
}

/// Makes what hooks find where a courier runs; none does here, so that it takes nothing away and no time.
fn as_a_courier_leaves(state: &Path) -> Result<()> {
    let spool = Spool::at(state);
    spool.create()?;
    spool.make_ring()?;
    Ok(())
}

/// The alert of the fixtures with this number, with its newline.
fn alert_line(number: usize) -> String {
    let lines: Vec<&str> = ALERT.lines().collect();
    let line: serde_json::Value = serde_json::from_str(lines[number % lines.len()]).unwrap_or_default();
    format!("{}\n", line["alert"])
}

/// A Wazuh folder as integratord works in.
struct Home {
    root: PathBuf,
    /// Held, so that the hook starts no courier.
    office: Option<launch::Office>,
}

impl Home {
    fn new(folder: &Path, number: usize, program: &Path, alerts: usize) -> Result<Self> {
        let root = folder.join(format!("home-{number}"));
        for inner in ["integrations", "logs/alerts", "queue/wazuh-iris"] {
            fs::create_dir_all(root.join(inner))?;
        }
        // By another process: what this one has open for writing cannot be executed while a child of it still holds it.
        let copied = Command::new("cp")
            .arg(program)
            .arg(root.join("integrations/custom-iris"))
            .status()?;
        if !copied.success() {
            return Err("cp failed".into());
        }
        let lines: String = (0..alerts).map(alert_line).collect();
        fs::write(root.join("logs/alerts/alerts.json"), lines)?;
        let state = root.join("queue/wazuh-iris");
        as_a_courier_leaves(&state)?;
        Ok(Self {
            office: launch::take_office(&state)?,
            root,
        })
    }

    /// Ends the courier that the hook has started here.
    fn stop_courier(&self) -> Result<()> {
        let state = self.root.join("queue/wazuh-iris");
        let courier: i32 = fs::read_to_string(state.join("courier.lock"))?.trim().parse()?;
        kill(Pid::from_raw(courier), Signal::SIGTERM)?;
        // It gives up its lock when it has ended.
        fs::File::open(state.join("courier.lock"))?.lock()?;
        Ok(())
    }

    fn stored(&self) -> Result<usize> {
        Ok(Spool::at(self.root.join("queue/wazuh-iris")).count()?)
    }

    fn through(&self, harness: &Path, options: &Options) -> Result<Duration> {
        let python = options.python.clone().unwrap_or_else(|| "python3".into());
        let began = Instant::now();
        let output = Command::new(python)
            .arg(harness)
            .arg("--home")
            .arg(&self.root)
            .args(["--name", "custom-iris", "--once", "--api-key", "no-key"])
            .args(["--hook-url", "https://iris.example:8443/alerts/add"])
            .output()?;
        let spent = began.elapsed();
        let counts: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        if counts["ok"] != options.alerts {
            return Err(format!("the harness says {counts}").into());
        }
        Ok(spent)
    }

    /// As integratord: the alert into a file, the program with one pipe for all its output, its end, the file away.
    fn serially(&self, alerts: usize) -> Result<Duration> {
        let program = self.root.join("integrations/custom-iris");
        let lines: Vec<String> = (0..alerts).map(alert_line).collect();
        let began = Instant::now();
        for (number, line) in lines.iter().enumerate() {
            let file = self.root.join(format!("custom-iris-1795402840-{number}.alert"));
            fs::write(&file, line)?;
            let (mut output, input) = io::pipe()?;
            let mut child = Command::new(&program)
                .arg0("integrations")
                .arg(&file)
                .args([
                    "no-key",
                    "https://iris.example:8443/alerts/add",
                    "",
                    "",
                    "10",
                    "3",
                    "> /dev/null 2>&1",
                ])
                .env_clear()
                .stdin(Stdio::null())
                .stdout(input.try_clone()?)
                .stderr(input)
                .spawn()?;
            let mut said = Vec::new();
            output.read_to_end(&mut said)?;
            if !child.wait()?.success() {
                return Err(String::from_utf8_lossy(&said).into());
            }
            fs::remove_file(&file)?;
        }
        Ok(began.elapsed())
    }
}

/// Builds the static executables; the folder they are in.
fn build() -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("no workspace")?;
    let mut command = Command::new(root.join("packaging/build-static"));
    command
        .args(["--bin", "custom-iris"])
        .current_dir(root)
        .stderr(Stdio::inherit());
    // What `cargo run` says about this example would make build scripts of others run again, each time.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") || text.starts_with("CARGO_PRIMARY_") {
            command.env_remove(&name);
        }
    }
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    match said.lines().last() {
        Some(folder) if output.status.success() => Ok(root.join(folder)),
        _ => Err("the static hook could not be built; what is missing stands above".into()),
    }
}

/// Compiles a program that does nothing, as static as the hook.
fn nothing(folder: &Path) -> Result<PathBuf> {
    let (source, program) = (folder.join("nothing.rs"), folder.join("nothing"));
    fs::write(&source, "fn main() {}\n")?;
    let status = Command::new("rustc")
        .args(["--edition", "2024", "--target", "x86_64-unknown-linux-musl", "-O", "-o"])
        .args([&program, &source])
        .status()?;
    if status.success() {
        Ok(program)
    } else {
        Err("rustc cannot compile for x86_64-unknown-linux-musl".into())
    }
}

/// The interpreter itself: what stands in PATH may be a shell script that looks for it.
fn python(options: &Options) -> std::result::Result<PathBuf, String> {
    let named = options.python.clone().unwrap_or_else(|| "python3".into());
    let output = Command::new(&named)
        .args(["-c", "import sys, requests; print(sys.executable)"])
        .output()
        .map_err(|error| format!("{} cannot be run: {error}", named.display()))?;
    if !output.status.success() {
        return Err(format!(
            "{} has no module requests (pip install requests)",
            named.display()
        ));
    }
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}
