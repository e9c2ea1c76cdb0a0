//! Prints what each hostile shape costs, and how that grows with its size.
//!
//! `cargo run --release -p wazuh-model --example cost -- [MIB]` reads every shape at MIB (4 unless told) and at a quarter of it.

#![allow(clippy::print_stdout, reason = "it reports to whoever started it")]

use std::time::Duration;

#[path = "../tests/shapes/mod.rs"]
mod shapes;

fn main() {
    let mib: usize = std::env::args().nth(1).and_then(|mib| mib.parse().ok()).unwrap_or(4);
    println!("{:>9} {:>9} {:>6}  shape", "ns/byte", "at 1/4", "growth");
    for (name, shape) in shapes::all() {
        let [small, large] = [mib << 18, mib << 20].map(|size| {
            let bytes = shape(size);
            cost(&bytes).as_secs_f64() * 1e9 / f64::from(u32::try_from(bytes.len()).unwrap_or(u32::MAX))
        });
        println!("{large:>9.1} {small:>9.1} {:>6.2}  {name}", large / small);
    }
}

/// The least of three times, on this thread's own clock.
fn cost(bytes: &[u8]) -> Duration {
    let once = || {
        let before = shapes::time_on_a_processor().unwrap_or_default();
        shapes::everything(bytes);
        shapes::time_on_a_processor().unwrap_or_default().saturating_sub(before)
    };
    (0..3).map(|_| once()).min().unwrap_or_default()
}
