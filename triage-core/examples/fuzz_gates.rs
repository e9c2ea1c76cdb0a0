//! Mutates the cases of the corpora for some minutes and checks what must hold at the two gates, whatever comes.
//!
//! `cargo run --release -p triage-core --example fuzz_gates -- [MINUTES] [SEED]`; ends with 1 and writes the input to
//! `fuzz-failure-<SEED>.bin` when something does not hold. The targets in `fuzz/` check the same with coverage.

#![allow(clippy::print_stdout, reason = "it reports to whoever started it")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::{Duration, Instant};

#[path = "../fuzz/checks.rs"]
mod checks;
#[path = "../fuzz/mutations.rs"]
mod mutations;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let minutes: f64 = arguments.next().and_then(|minutes| minutes.parse().ok()).unwrap_or(1.0);
    let seed: u64 = arguments.next().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let seeds = mutations::seeds();
    let mut random = mutations::Random::new(seed);
    let (started, limit) = (Instant::now(), Duration::from_secs_f64(minutes * 60.0));
    let mut runs = 0_u64;
    while started.elapsed() < limit {
        let input = mutations::mutated(&seeds, &mut random);
        let held = catch_unwind(AssertUnwindSafe(|| {
            checks::redacted_text(&input);
            checks::grounded_answer(&input);
        }));
        if held.is_err() {
            let file = format!("fuzz-failure-{seed}.bin");
            match std::fs::write(&file, &input) {
                Ok(()) => println!("run {runs} does not hold; the input is in {file}"),
                Err(error) => println!("run {runs} does not hold, and {file} cannot be written: {error}"),
            }
            return ExitCode::FAILURE;
        }
        runs += 1;
    }
    println!(
        "{runs} inputs from {} seeds in {:.1} minutes, nothing failed",
        seeds.len(),
        started.elapsed().as_secs_f64() / 60.0
    );
    ExitCode::SUCCESS
}
