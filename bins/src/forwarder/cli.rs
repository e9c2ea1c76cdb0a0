//! The command line of custom-iris: a call of the hook, or a subcommand.

use std::ffi::{OsStr, OsString};
use std::future::{Future, poll_fn};
use std::path::{Path, PathBuf};
use std::task::Poll;

use clap::{Parser, Subcommand};
use futures_util::FutureExt;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::courier::{Courier, Stay, Watch};
use super::door::Door;
use super::hook::{self, Space};
use super::place::Place;
use super::queue::{Queue, QueueError};
use super::redirect::redirect;
use super::spool::DestinationId;
use super::{allow, explain, replay, report};

use crate::telemetry;
use crate::terminal::{self, Failure, for_terminal, say};

/// Words that are subcommands, and so never the path of an alert file.
const SUBCOMMANDS: &[&str] = &[
    "allow", "deliver", "doctor", "explain", "help", "install", "replay", "settings", "spool",
];

/// Delivers every Wazuh alert to DFIR-IRIS.
///
/// Wazuh's integratord calls it as `custom-iris ALERT_FILE API_KEY HOOK_URL [debug] [OPTIONS_FILE]`: it stores the alert, starts
/// the courier if none runs, and leaves. The options file is a whole path; '' stands for what is left out.
#[derive(Debug, Parser)]
#[command(name = "custom-iris", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the courier: takes in what the hook stored and delivers it to IRIS.
    Deliver {
        /// Ends when everything is settled, and prints the counters; exits 1 when only a person can help what is left.
        #[arg(long)]
        once: bool,
        /// Prints the counters as one line of JSON at the end.
        #[arg(long)]
        json: bool,
        /// Started by the hook: becomes a session of its own and leaves when there is nothing to do.
        #[arg(long, hide = true)]
        self_started: bool,
    },
    /// Puts this program in place as a Wazuh integration, and prints the block for ossec.conf.
    Install {
        /// Writes the block into ossec.conf, keeping a backup.
        #[arg(long)]
        write: bool,
        /// Address of IRIS for the block; where it is left out, the block has a word in its place.
        #[arg(long)]
        url: Option<String>,
        /// Least rule level for the block; 0 sends everything and lets the level gate decide.
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(0..=16))]
        level: u8,
    },
    /// Checks the installation, the way to IRIS, and the account; each line says what to do.
    Doctor {
        /// Prints one JSON object.
        #[arg(long)]
        json: bool,
        /// Creates no test alert in IRIS; the link of account and customer is not proven then.
        #[arg(long)]
        read_only: bool,
    },
    /// Shows what would happen with an alert, and the exact body for IRIS; sends nothing.
    Explain {
        /// A file with one alert, or - for standard input.
        alert: PathBuf,
        /// Prints one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Stores the alerts of files (one JSON object a line) as if the hook had been called for each.
    Replay {
        /// Files such as alerts.json or ossec-alerts-28.json.gz, or - for standard input.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Sends and stores nothing; says what would become of the alerts, were they the first to come.
        #[arg(long)]
        dry_run: bool,
        /// Ends with one line of JSON.
        #[arg(long)]
        json: bool,
    },
    /// Checks allowlist rules before they hide anything.
    Allow {
        #[command(subcommand)]
        command: AllowCommand,
        /// A TOML file with [[allow]] rules, in the place of those in use.
        #[arg(long, global = true)]
        rules: Option<PathBuf>,
        /// Prints one JSON object.
        #[arg(long, global = true)]
        json: bool,
    },
    /// Looks into the queue, and puts back in line or elsewhere what waits there.
    Spool {
        #[command(subcommand)]
        command: Option<SpoolCommand>,
        /// Prints JSON.
        #[arg(long, global = true)]
        json: bool,
    },
    /// Lists every setting with its variable, its default and what it does, as the table of docs/configuration.md.
    Settings,
}

#[derive(Debug, Clone, Subcommand)]
enum AllowCommand {
    /// Reads the rules as the courier would, and warns of what is odd or will expire.
    Check,
    /// Lets the rules decide about old alerts; exits 1 if a rule would drop one that is labelled a true positive.
    Test {
        /// Files such as alerts.json, one alert a line, or lines with `alert` and `label.verdict`; - for standard input.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

#[derive(Debug, Clone, Subcommand)]
enum SpoolCommand {
    /// Counters, what waits, and the busiest rules of the gate and the allowlist.
    Status,
    /// The newest alerts that wait, or that left by a door.
    List {
        /// delivered, folded, allowlisted, gated, repeated or parked; without it, what waits.
        #[arg(long)]
        door: Option<String>,
        /// How many.
        #[arg(long, default_value_t = 50)]
        most: usize,
    },
    /// Puts parked alerts back in line.
    Retry {
        /// Their numbers.
        #[arg(required = true)]
        numbers: Vec<i64>,
    },
    /// Lets what waits for a destination that no block of ossec.conf names any more go where another one leads.
    Move {
        /// The destination that it waits for, as `doctor` names it.
        old: DestinationId,
        /// The one that it is to go to; `settings` for the IRIS of the settings.
        new: DestinationId,
    },
    /// One alert with its text.
    Show {
        /// Its number.
        number: i64,
    },
}

/// Runs what this process was started for; returns the exit code.
pub fn main() -> u8 {
    let called = Space::with(|mut space| {
        let line = hook::arguments(&mut space);
        let words = hook::words(&line);
        let behind = words.get(1..).unwrap_or_default();
        hook::is_call(behind.first().copied(), SUBCOMMANDS).then(|| hook::run(behind, space))
    });
    called.unwrap_or_else(|| subcommand(&std::env::args_os().collect::<Vec<_>>()))
}

/// Runs a subcommand; returns the exit code. The first argument is the program's name.
///
/// Not inlined: what it keeps on the stack would cost the hook a page.
#[inline(never)]
pub fn subcommand(arguments: &[OsString]) -> u8 {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return u8::try_from(error.exit_code()).unwrap_or(2);
        }
    };
    terminal::finish(run(cli.command))
}

fn run(command: Command) -> Result<(), Failure> {
    let place = Place::find();
    // These work in a folder of the wazuh user.
    let mut left_root = false;
    if let Command::Deliver { .. }
    | Command::Doctor { .. }
    | Command::Replay { dry_run: false, .. }
    | Command::Spool { .. } = command
    {
        left_root = place.leave_root()?;
        if !matches!(command, Command::Doctor { .. }) {
            place.is_seen()?;
        }
    }
    match command {
        Command::Deliver {
            once,
            json,
            self_started,
        } => deliver(place, once, json, self_started),
        Command::Install { write, url, level } => super::install::run(&place, write, url.as_deref(), level),
        Command::Doctor { json, read_only } => super::doctor::run(&place, json, read_only),
        Command::Explain { alert, json } => {
            warn_of_newer(&place);
            let settings = place.settings()?;
            let explained = explain::explain(&explain::read_alert(&alert)?, &settings, &place)?;
            say(&if json {
                explained.to_json()
            } else {
                for_terminal(explained.to_string().trim_end())
            })
        }
        Command::Replay {
            files,
            dry_run: true,
            json,
        } => {
            warn_of_newer(&place);
            let settings = place.settings()?;
            let input = replay::Input::open(&files, "replay --dry-run", left_root)?;
            replay::expect_alerts(&files)?;
            let forecast = replay::forecast(input, &settings)?;
            say(&if json { forecast.to_json() } else { forecast.to_string() })
        }
        Command::Replay { files, json, .. } => {
            // The courier that would be started could not take them in.
            made_by_newer(&place).map_or(Ok(()), |error| Err(Failure::failed(error)))?;
            let destination = replay::destination(&place.settings()?, &place.spool)?;
            let mut stored = 0;
            let done = replay::Input::open(&files, "replay", left_root)
                .and_then(|input| replay::expect_alerts(&files).map(|()| input))
                .and_then(|input| replay::replay(input, destination, &place.spool, &mut stored));
            if stored > 0 {
                wake_courier(&place);
            }
            done?;
            say(&if json {
                serde_json::json!({ "stored": stored }).to_string()
            } else {
                format!("stored {stored} alerts in {}", place.spool.root().display())
            })
        }
        Command::Allow { command, rules, json } => {
            let settings = allow::settings(place.settings()?, rules);
            match command {
                AllowCommand::Check => allow::check(&settings, json),
                AllowCommand::Test { files } => allow::test(&settings, &files, json),
            }
        }
        Command::Spool { command, json } => spool(&place, command.unwrap_or(SpoolCommand::Status), json),
        Command::Settings => say(crate::settings::table().trim_end()),
    }
}

fn deliver(place: Place, once: bool, json: bool, self_started: bool) -> Result<(), Failure> {
    if self_started {
        // A session of its own: whatever ends the hook's session does not end the courier.
        let _ = rustix::process::setsid();
    }
    // The loop has this thread, the carriers another: each thread more keeps its own memory for every pattern.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("cannot start: {error}")))?;
    // Before the settings are read: a signal to read them anew that comes before the courier hears it would end the process.
    let early = {
        let _within = runtime.enter();
        signal(SignalKind::hangup()).map_err(|error| Failure::failed(format!("cannot start: {error}")))?
    };
    // Whoever starts a courier can tell it of other settings; nobody knows of one that a hook has started.
    let mut watch = self_started.then(Watch::begin);
    let settings = place.load()?;
    if let Some(watch) = &mut watch {
        watch.also_of(&settings);
    }
    telemetry::start(&settings);
    let stay = match (once, self_started) {
        (true, _) => Stay::UntilDrained,
        (false, true) => Stay::WhileNeeded,
        (false, false) => Stay::Resident,
    };
    let ended = runtime.block_on(async {
        let mut courier = Courier::open(place.spool, settings)?;
        if let Some(watch) = watch {
            courier.watch(watch);
        }
        let mut run = Box::pin(courier.run(stay));
        // It hears signals from its first step on.
        let first = poll_fn(|context| Poll::Ready(run.as_mut().poll(context))).await;
        if let Poll::Ready(ended) = first {
            return ended;
        }
        repeat(early);
        run.await
    });
    let ended = ended.map_err(|error| Failure {
        code: error.code(),
        message: error.to_string(),
    })?;
    if json {
        say(&serde_json::to_string(&ended.counters).unwrap_or_default())?;
    } else if once {
        say(&report::table(&ended.counters))?;
    }
    ended.left.map_or(Ok(()), |left| Err(Failure::failed(left)))
}

/// Sends the signal once more, if it came before the courier heard it.
fn repeat(mut early: Signal) {
    if early.recv().now_or_never().is_some() {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::HUP);
    }
}

fn wake_courier(place: &Place) {
    let mode = place.environment.get("WAZUH_IRIS_COURIER").map(OsStr::new);
    hook::wake_courier(&place.spool, mode, &place.home);
}

fn spool(place: &Place, command: SpoolCommand, json: bool) -> Result<(), Failure> {
    match command {
        SpoolCommand::Status => {
            let root = place.spool.root();
            let queue = look(place)?;
            if queue.is_none() && !json {
                say(&no_courier_yet(root))?;
            }
            let status = report::Status::read(queue.as_ref(), place)?;
            say(&if json { status.to_json() } else { status.to_string() })
        }
        SpoolCommand::List { door, most } => {
            let door = door
                .as_deref()
                .filter(|door| *door != WAITING)
                .map(door_of)
                .transpose()?;
            let Some(queue) = look(place)? else {
                terminal::note(&no_courier_yet(place.spool.root()));
                return Ok(());
            };
            let why = report::Why::of(&queue, place);
            let mut listed = 0;
            for row in queue.list(door, most).map_err(Failure::failed)? {
                let row = why.say(row);
                say(&if json {
                    serde_json::to_string(&row).unwrap_or_default()
                } else {
                    report::row(&row)
                })?;
                listed += 1;
            }
            let counters = queue.counters().map_err(Failure::failed)?;
            let all = door.map_or(counters.waiting, |door| counters.of(door));
            if listed > 0 && all > listed {
                terminal::note(&format!("the newest {listed} of {all}; --most shows more"));
            }
            Ok(())
        }
        SpoolCommand::Retry { numbers } => retry(place, &numbers),
        SpoolCommand::Move { old, new } => {
            let done = redirect(place, &place.settings()?, old, new)?;
            if done.needs_courier() {
                wake_courier(place);
            }
            say(&done.to_string())
        }
        SpoolCommand::Show { number } => {
            let found = match look(place)? {
                Some(queue) => {
                    let why = report::Why::of(&queue, place);
                    let found = queue.show(number).map_err(Failure::failed)?;
                    found.map(|(row, text)| (why.say(row), text))
                }
                None => None,
            };
            let Some((row, text)) = found else {
                return Err(Failure::failed(format!(
                    "there is no alert {number}\nhint: `custom-iris spool list` shows the numbers of what waits, with --door of what left"
                )));
            };
            let text = text.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            if json {
                return say(&serde_json::json!({ "alert": row, "text": text }).to_string());
            }
            say(&report::row(&row))?;
            say(&for_terminal(text.as_deref().unwrap_or("its text is not kept")))
        }
    }
}

/// That there is nothing to look at, and where that was looked for: a command may have another place than the hook.
fn no_courier_yet(root: &Path) -> String {
    let missing = if root.exists() {
        ""
    } else {
        ", which is not there: where the hook was called already, it has another WAZUH_HOME or WAZUH_IRIS_STATE than this command"
    };
    format!("no courier has run yet in {}{missing}", root.display())
}

/// What waits has left by no door.
const WAITING: &str = "waiting";

fn door_of(name: &str) -> Result<Door, Failure> {
    let found = Door::ALL.into_iter().find(|door| door.name() == name);
    found.ok_or_else(|| {
        let names = Door::ALL.map(Door::name).join(", ");
        Failure::usage(format!(
            "there is no door `{name}`\nhint: {names}; or {WAITING}, which is what is listed without a door"
        ))
    })
}

fn retry(place: &Place, numbers: &[i64]) -> Result<(), Failure> {
    let root = place.spool.root();
    // To open it for writing makes one where there is none.
    if look(place)?.is_none() {
        return Err(Failure::failed(format!(
            "there is no queue in {}\nhint: no courier has run yet there; if it should have, see which WAZUH_IRIS_STATE it has",
            root.display()
        )));
    }
    let mut queue = Queue::open(root).map_err(Failure::failed)?;
    let mut left = 0;
    for number in numbers {
        let done = queue.retry(*number).map_err(Failure::failed)?;
        left += usize::from(!done);
        say(&format!(
            "{number}: {}",
            if done {
                "back in line"
            } else {
                "is not parked, or its text has expired"
            }
        ))?;
    }
    drop(queue);
    if left < numbers.len() {
        wake_courier(place);
    }
    if left > 0 {
        return Err(Failure::failed(format!(
            "{left} of {} were not put back\nhint: `custom-iris spool list --door parked` shows those that are parked",
            numbers.len()
        )));
    }
    Ok(())
}

/// That the queue needs a newer program than this one.
fn made_by_newer(place: &Place) -> Option<QueueError> {
    let error = Queue::look(place.spool.root()).err()?;
    matches!(error, QueueError::Newer { .. }).then_some(error)
}

/// Says so where nothing is stored: what the courier does may be something else than what this program would.
fn warn_of_newer(place: &Place) {
    if let Some(error) = made_by_newer(place) {
        terminal::warn(&error.line());
    }
}

/// The queue for reading, where there is one.
fn look(place: &Place) -> Result<Option<Queue>, Failure> {
    Queue::look(place.spool.root()).map_err(Failure::failed)
}
