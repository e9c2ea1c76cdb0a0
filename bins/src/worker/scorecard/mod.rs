//! `ai-worker scorecard`: what became of verdicts, by the resolutions that analysts gave the same alerts.
//!
//! ```text
//! IRIS ─collect→ Compared ─Score→ per rule, per model ─report→ table, JSON, metrics
//! ```

mod collect;
mod report;
mod score;

use std::time::Duration;

use clap::Args;

use super::setup;
use crate::settings::Settings;
use crate::terminal::{Failure, say};

/// What is compared, and how it is shown.
#[derive(Debug, Args)]
pub(super) struct ScorecardArgs {
    /// Alerts of how many days.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
    /// Disagreements that the table shows; JSON shows all.
    #[arg(long, default_value_t = 20)]
    worst: usize,
    /// Prints metrics in the text form of Prometheus, for a collector that reads files.
    #[arg(long)]
    metrics: bool,
}

/// Compares and prints.
pub(super) async fn run(settings: &Settings, args: &ScorecardArgs, json: bool) -> Result<(), Failure> {
    let iris = setup::iris(settings, 1).map_err(Failure::configuration)?;
    let span = Duration::from_hours(24 * u64::from(args.days));
    let collected = collect::collect(&iris, settings, span).await.map_err(Failure::failed)?;
    let card = score::Scorecard::of(collected);
    say(&if json {
        report::json(&card)
    } else if args.metrics {
        report::metrics(&card)
    } else {
        report::table(&card, args.days, args.worst)
    })
}
