//! Any answer of a model: see `grounded_answer`.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../checks.rs"]
mod checks;

fuzz_target!(|bytes: &[u8]| checks::grounded_answer(bytes));
