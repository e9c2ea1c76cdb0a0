//! Model check of the claim protocol, with every counter-example that it finds.
//!
//! `cargo run --release -p triage-core --example check_claims` runs all, some of them for minutes; names after `--` run
//! those alone (`-- N1 S1`), `quick` those of the tests. It ends with 1 if anything comes out otherwise than it says.
#![expect(clippy::print_stdout, reason = "it is what the program is for")]

#[path = "../tests/claim_model/mod.rs"]
mod claim_model;

use std::process::ExitCode;
use std::time::Instant;

use claim_model::{ALIVE, ClaimModel, LARGE, Outcome, QUICK, Setup, check, explore, group};

fn main() -> ExitCode {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let quick = names.iter().any(|name| name == "quick");
    let wanted = |setup: &&Setup| names.is_empty() || names.iter().any(|name| name == setup.name);
    println!("{}", Outcome::HEAD);
    let mut good = true;
    let mut ways = Vec::new();
    for setup in QUICK
        .iter()
        .filter(|setup| quick || wanted(setup))
        .chain(LARGE.iter().filter(wanted))
    {
        let started = Instant::now();
        let outcome = check(*setup);
        println!("{} {:.1} s |", outcome.line(), started.elapsed().as_secs_f32());
        good &= outcome.is_as_expected();
        if !outcome.counter_example.is_empty() {
            ways.push(outcome);
        }
    }
    println!("\n* the search ended with its counter-examples; otherwise every state within the bounds was visited\n");
    println!("| Run  | States      | Dead ends | What happens |\n|------|-------------|-----------|--------------|");
    for setup in ALIVE.iter().filter(|setup| quick || wanted(setup)) {
        let reach = explore(&ClaimModel::new(*setup));
        println!(
            "| {:<4} | {:>11} | {:>9} | {} |",
            setup.name,
            group(reach.states),
            reach.dead_ends,
            setup.shows
        );
        good &= reach.dead_ends == 0;
    }
    for outcome in ways {
        println!("\n{}: {}", outcome.setup.name, outcome.setup.shows);
        for (index, step) in outcome.counter_example.iter().enumerate() {
            println!("{:>4}. {step}", index + 1);
        }
    }
    ExitCode::from(u8::from(!good))
}
