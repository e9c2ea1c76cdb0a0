//! The command line of ai-worker.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Parser, Subcommand};
use triage_core::testing::EvilTriager;
use triage_core::{AlertFields, Draft, Evidence, Health, Meta, Redactor, Triager, ground};

use super::eval::{self, EvalArgs};
use super::scorecard::{self, ScorecardArgs};
use super::{check, clock, fields, redact, setup};
use crate::home;
use crate::settings::{Settings, TriagerChoice};
use crate::telemetry;
use crate::terminal::{self, Failure, read, say};

/// Adds an AI triage to alerts in DFIR-IRIS that carry the tag ai-pending. It changes notes and tags and nothing else.
#[derive(Debug, Parser)]
#[command(name = "ai-worker", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Ends when no alert is eligible any more.
    #[arg(long)]
    once: bool,
    /// Who judges: ollama, rules, openai or command (obeys too, in eval); wins over the setting worker.triager.
    #[arg(long, global = true)]
    triager: Option<String>,
    /// Prints JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Checks the way to IRIS, the account, and the triager.
    Doctor,
    /// Measures the model behind Ollama on this machine, and says what to set or why not to use it.
    Probe,
    /// Shows exactly what would leave for the triager, for one Wazuh alert (a file, or - for standard input).
    Explain {
        /// The alert.
        alert: PathBuf,
    },
    /// Prints the note that an alert would get; IRIS is not asked.
    Triage {
        /// The alert.
        alert: PathBuf,
    },
    /// Shows what validation makes of a raw model answer, or of every answer in a file of cases.
    CheckAnswer {
        /// The alert that was asked about.
        #[arg(long, required_unless_present = "cases")]
        alert: Option<PathBuf>,
        /// The answer (a file, or - for standard input).
        #[arg(required_unless_present = "cases")]
        answer: Option<PathBuf>,
        /// Cases, one a line: id, fields, context, raw.
        #[arg(long, conflicts_with_all = ["alert", "answer"])]
        cases: Option<PathBuf>,
    },
    /// Prints a text without its secrets (a file, or - for standard input), or the texts of a file of cases.
    Redact {
        /// The text.
        #[arg(default_value = "-")]
        text: PathBuf,
        /// Cases, one a line: id, input, context.
        #[arg(long, conflicts_with = "text")]
        cases: Option<PathBuf>,
    },
    /// Measures a triager on labelled alerts.
    Eval(EvalArgs),
    /// Compares verdicts in notes with what analysts resolved the same alerts as; the costly disagreements first.
    Scorecard(ScorecardArgs),
}

/// Runs the program with the stock triagers; returns the exit code.
pub fn main(arguments: &[OsString]) -> u8 {
    run_with(arguments, None)
}

/// Runs the program with a triager of one's own and these arguments, the program's name first; returns the exit code.
///
/// ```no_run
/// # use triage_core::RuleTriager as Acme;
/// fn main() -> std::process::ExitCode {
///     wazuh_iris::worker::main_with(std::env::args_os(), Acme).into()
/// }
/// ```
pub fn main_with(arguments: impl IntoIterator<Item = OsString>, triager: impl Triager) -> u8 {
    let arguments: Vec<_> = arguments.into_iter().collect();
    run_with(&arguments, Some(Arc::new(triager)))
}

fn run_with(arguments: &[OsString], own: Option<Arc<dyn Triager>>) -> u8 {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return u8::try_from(error.exit_code()).unwrap_or(2);
        }
    };
    let done = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(Failure::failed)
        .and_then(|runtime| runtime.block_on(run(cli, own)));
    terminal::finish(done)
}

async fn run(cli: Cli, mut own: Option<Arc<dyn Triager>>) -> Result<(), Failure> {
    let environment = home::environment();
    let home = home::wazuh_home(&environment, std::env::current_exe().ok().as_deref());
    let mut settings = Settings::load(&home, &environment).map_err(Failure::configuration)?;
    match cli.triager.as_deref() {
        None => {}
        // The double that obeys every payload is for measuring only; it never works on real alerts.
        Some("obeys") if matches!(cli.command, Some(Command::Eval(_))) => own = Some(Arc::new(EvilTriager)),
        Some(word) => {
            settings.worker.triager = TriagerChoice::named(word).ok_or_else(|| {
                Failure::usage(format!(
                    "there is no triager `{word}`\nhint: one of {}",
                    TriagerChoice::WORDS.join(", ")
                ))
            })?;
        }
    }
    match &cli.command {
        // Each says the same in its own way.
        None => telemetry::start(&settings),
        Some(Command::Doctor) => telemetry::start_briefly(&settings),
        Some(_) => {
            telemetry::start_briefly(&settings);
            terminal::warn_of_hidden(&settings);
        }
    }
    let stock = own.is_none();
    let found = || own.map_or_else(|| setup::triager(&settings), Ok);
    match cli.command {
        None => work(&settings, triager(found())?, cli.once, cli.json).await,
        Some(Command::Doctor) => super::doctor::run(&settings, found(), stock, cli.json).await,
        Some(Command::Probe) if stock => super::probe::run(&settings, cli.json).await,
        Some(Command::Probe) => Err(Failure::usage("probe measures the stock triagers only")),
        Some(Command::Explain { alert }) => {
            let evidence = redacted(&settings, triager(found())?.about().remote, &alert)?;
            let asked =
                triage_core::prompt::Prompt::new(&evidence, &triage_core::prompt::PromptSettings::default(), "0000");
            if cli.json {
                let shown = serde_json::json!({ "evidence": *evidence, "system": asked.system, "user": asked.user, "schema": asked.schema });
                return say(&shown.to_string());
            }
            say(&format!(
                "--- system\n{}\n--- user\n{}\n--- schema\n{}",
                asked.system, asked.user, asked.schema
            ))
        }
        Some(Command::Triage { alert }) => {
            let triager = triager(found())?;
            let reviewer = setup::reviewer(&settings, Arc::clone(&triager)).map_err(Failure::configuration)?;
            let subject = fields::Subject {
                fields: read_fields(&alert, &reviewer.redactor)?,
                ..fields::Subject::default()
            };
            if let Health::Down(why) | Health::Misconfigured(why) = triager.health().await {
                return Err(Failure::failed(format!("the triager is not ready: {why}")));
            }
            triager.warm_up().await.map_err(Failure::failed)?;
            let deadline = clock::now() + settings.worker.deadline;
            let review = reviewer.review(&subject, deadline).await.map_err(Failure::failed)?;
            say(&triage_core::note::merge(None, &review.block))
        }
        Some(Command::CheckAnswer { cases: Some(cases), .. }) => check::cases(&cases, cli.json),
        Some(Command::CheckAnswer { alert, answer, .. }) => {
            let (Some(alert), Some(answer)) = (alert, answer) else {
                return Err(Failure::usage("an alert and an answer are needed, or --cases"));
            };
            check_answer(&settings, &alert, &answer, cli.json)
        }
        Some(Command::Redact { text, cases }) => {
            let redactor = setup::redactor(&settings, false).map_err(Failure::configuration)?;
            match cases {
                Some(cases) => redact::cases(&redactor, &cases, cli.json),
                None => redact::one(&redactor, &text, cli.json),
            }
        }
        Some(Command::Eval(args)) => eval::run(&settings, triager(found())?, &args, cli.json).await,
        Some(Command::Scorecard(args)) => scorecard::run(&settings, &args, cli.json).await,
    }
}

async fn work(settings: &Settings, triager: Arc<dyn Triager>, once: bool, json: bool) -> Result<(), Failure> {
    let about = triager.about();
    let (app, identity) = setup::worker(settings, triager).map_err(Failure::configuration)?;
    tracing::info!(
        worker.id = identity.id.as_str(),
        triager = about.name,
        "ai-worker {} starts",
        identity.id.as_str()
    );
    app.board.serve_when_free(settings.health_listen).await;
    let tally = app.run(once).await.map_err(Failure::failed)?;
    if json {
        return say(&serde_json::to_string(&tally).unwrap_or_default());
    }
    if once {
        return say(&format!(
            "reviewed {}, failed {}, completed {}, left {}, lapsed {}",
            tally.reviewed, tally.failed, tally.completed, tally.left, tally.lapsed
        ));
    }
    Ok(())
}

/// A command that needs a triager does nothing without one.
fn triager(found: Result<Arc<dyn Triager>, setup::SetupError>) -> Result<Arc<dyn Triager>, Failure> {
    found.map_err(Failure::configuration)
}

fn check_answer(settings: &Settings, alert: &Path, answer: &Path, json: bool) -> Result<(), Failure> {
    let evidence = redacted(settings, false, alert)?;
    let answer = String::from_utf8_lossy(&read(answer)?).into_owned();
    let outcome = ground(
        &Draft::new(answer, Meta::default()),
        &evidence,
        &setup::policy(settings),
    );
    let (word, verdict, details) = match &outcome {
        triage_core::Outcome::Accepted(verdict) => ("accepted", Some(verdict), Vec::new()),
        triage_core::Outcome::Repaired(verdict, repairs) => (
            "repaired",
            Some(verdict),
            repairs.iter().map(ToString::to_string).collect(),
        ),
        triage_core::Outcome::Rejected(rejection) => ("rejected", None, vec![rejection.to_string()]),
    };
    if json {
        let shown = serde_json::json!({
            "outcome": word,
            "details": details,
            "verdict": verdict,
        });
        return say(&shown.to_string());
    }
    say(word)?;
    for detail in details {
        say(&format!("  {detail}"))?;
    }
    match verdict {
        Some(verdict) => say(&serde_json::to_string_pretty(verdict).unwrap_or_default()),
        None => Ok(()),
    }
}

fn redacted(settings: &Settings, remote: bool, alert: &Path) -> Result<triage_core::Redacted<Evidence>, Failure> {
    let redactor = setup::redactor(settings, remote).map_err(Failure::configuration)?;
    let fields = read_fields(alert, &redactor)?;
    redactor.redact(Evidence::from_fields(&fields)).map_err(Failure::failed)
}

fn read_fields(path: &Path, redactor: &Redactor) -> Result<AlertFields, Failure> {
    let bytes = read(path)?;
    let alert = wazuh_model::Alert::from_slice(bytes.trim_ascii()).map_err(Failure::failed)?;
    Ok(fields::of_wazuh(&alert, None, redactor))
}
