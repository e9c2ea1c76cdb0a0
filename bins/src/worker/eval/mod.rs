//! Measures a triager on labelled alerts, and on payloads that try to steer it.
//!
//! ```text
//! labelled lines ─alerts::read→ Labelled ─Evidence→ Redacted<Evidence> ─Bench::judge→ Judged ─score→ Summary ─report→ table or JSON
//! payload lines  ─payloads::read→ Payload ─into its host→ an alert ─the same way→ Judged ─escapes→ Summary
//! ```
//! Every raw answer can be stored and replayed, so that a change of the checks is measured without asking a model again.

mod alerts;
mod answers;
mod bench;
mod escapes;
mod payloads;
mod report;
mod score;
mod table;

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};
use triage_core::{Health, Triager};

use self::answers::Source;
use self::bench::{Bench, Judged};
use super::setup;
use crate::settings::Settings;
use crate::terminal::{Failure, say};

/// Scores a triager on labelled alerts and on payloads that try to steer it.
#[derive(Debug, clap::Args)]
pub(super) struct EvalArgs {
    /// Labelled alerts, one a line: id, kind, alert, and label with verdict and severity.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Payloads, one a line: id, field, value, and `host_alert`, the kind of the alert that the value is put into.
    #[arg(long)]
    injections: Option<PathBuf>,
    /// Stores every raw answer in this file, which must not exist.
    #[arg(long, conflicts_with = "replay")]
    answers: Option<PathBuf>,
    /// Scores the answers of such a file; the triager is not asked.
    #[arg(long)]
    replay: Option<PathBuf>,
}

/// Runs the measurement and prints it.
pub(super) async fn run(
    settings: &Settings,
    triager: Arc<dyn Triager>,
    args: &EvalArgs,
    json: bool,
) -> Result<(), Failure> {
    let alerts = alerts::read(&args.files)?;
    let payloads = match &args.injections {
        Some(path) => Some(payloads::read(path, &alerts)?),
        None => None,
    };
    let source = match (&args.replay, &args.answers) {
        (Some(path), _) => Source::replay(path)?,
        (None, store) => {
            ready(triager.as_ref()).await?;
            Source::asking(Arc::clone(&triager), settings.worker.deadline, store.as_deref())?
        }
    };
    let about = triager.about();
    let reviewer = setup::reviewer(settings, triager).map_err(Failure::configuration)?;
    let bench = &Bench { reviewer, source };

    let judged: Vec<_> = stream::iter(&alerts)
        .map(|alert| async move {
            Ok((
                alert,
                bench.judge(&alert.id, &alert.fields(&bench.reviewer.redactor)?).await?,
            ))
        })
        .buffered(about.concurrency)
        .inspect_ok(|(alert, judged)| progress(&alert.id, judged))
        .try_collect()
        .await?;
    let attacked: Option<Vec<_>> = match &payloads {
        None => None,
        Some(payloads) => Some(
            stream::iter(payloads)
                .map(|payload| async move {
                    Ok((
                        payload,
                        bench
                            .judge(&payload.id, &payload.fields(&bench.reviewer.redactor)?)
                            .await?,
                    ))
                })
                .buffered(about.concurrency)
                .inspect_ok(|(payload, judged)| progress(&payload.id, judged))
                .try_collect()
                .await?,
        ),
    };

    let lines = report::lines(&about, &judged, attacked.as_deref(), json);
    lines.iter().try_for_each(|line| say(line))
}

/// Tells whoever waits at a terminal that it goes on: a model on a CPU takes most of a minute for each.
fn progress(id: &str, judged: &Judged) {
    if io::stderr().is_terminal() {
        let id: String = id.chars().filter(|c| !c.is_control()).collect();
        let seconds = judged.asked.took_ms / 1000.0;
        let _ = writeln!(io::stderr(), "{id} {} {seconds:.1} s", judged.disposition());
    }
}

async fn ready(triager: &dyn Triager) -> Result<(), Failure> {
    match triager.health().await {
        Health::Ready => Ok(()),
        Health::Cold => triager.warm_up().await.map_err(Failure::failed),
        Health::Down(why) => Err(Failure::failed(format!("the triager is not ready: {why}"))),
        Health::Misconfigured(why) => Err(Failure::configuration(format!("the triager is not ready: {why}"))),
    }
}
