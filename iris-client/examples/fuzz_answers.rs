//! Mutates recorded answers of a real IRIS for some minutes and checks what must hold for any answer at all: no panic, and
//! neither our key nor a word of an alert in an error.
//!
//! `cargo run --release -p iris-client --example fuzz_answers -- [MINUTES] [SEED]`; ends with 1 and writes the input to
//! `fuzz-failure-<SEED>.bin` when something does not hold. `fuzz/` holds the same check for libFuzzer.

#![allow(clippy::unwrap_used, reason = "a failed check is meant to end it")]
#![expect(clippy::print_stdout, reason = "it reports to whoever started it")]

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use iris_client::fuzzing::read_any_answer;
use serde_json::Value;

const SECRET: &str = "SesameSesameSesame";
/// Stands for a word of an alert.
const CANARY: &str = "qz7hunter7zq";

const PIECES: [&str; 32] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\\",
    ",",
    ":",
    "null",
    "1e400",
    "-0.0",
    "12345678901234567890",
    "\\ud800",
    "\\u0000",
    "\\ud83d\\ude00",
    "\0",
    "\n",
    "\\n",
    "'",
    "{'",
    "': ['",
    "']}",
    "[SQL: ",
    "DETAIL:  Key (",
    "(psycopg2.errors.",
    "\"status\": \"success\", ",
    "\"data\": {",
    "not found",
    SECRET,
    CANARY,
    "'qz7hunter7zq'",
    "Alert qz7hunter7zq not found",
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let minutes: f64 = arguments.next().and_then(|minutes| minutes.parse().ok()).unwrap_or(1.0);
    let seed: u64 = arguments.next().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let seeds = seeds();
    println!("{} recorded answers", seeds.len());

    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let (started, limit) = (Instant::now(), Duration::from_secs_f64(minutes * 60.0));
    let (mut runs, mut read, mut slowest) = (0_u64, 0_u64, Duration::ZERO);
    while started.elapsed() < limit {
        let (status, body) = mutated(&seeds, &mut random);
        let is_json = random.below(8) > 0;
        let began = Instant::now();
        let Ok(was_read) = catch_unwind(AssertUnwindSafe(|| check(status, is_json, &body))) else {
            let file = format!("fuzz-failure-{seed}.bin");
            std::fs::write(&file, &body).unwrap();
            println!("run {runs} (status {status}, JSON {is_json}) does not hold; the body is in {file}");
            return ExitCode::FAILURE;
        };
        slowest = slowest.max(began.elapsed());
        runs += 1;
        read += u64::from(was_read);
    }
    println!(
        "{runs} answers in {:.1} minutes, {read} of them read as data, slowest {slowest:?}, nothing failed",
        started.elapsed().as_secs_f64() / 60.0
    );
    ExitCode::SUCCESS
}

/// Status and body of every recording.
fn seeds() -> Vec<(u16, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/contract");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    let mut seeds = Vec::new();
    for file in files {
        let recording: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let response = &recording["response"];
        let body = match (&response["body"], &response["body_raw"]) {
            (Value::Null, Value::String(raw)) => raw.clone().into_bytes(),
            (Value::Null, _) => continue,
            (body, _) => body.to_string().into_bytes(),
        };
        let status = response["status"].as_u64().and_then(|status| status.try_into().ok());
        seeds.push((status.unwrap_or(200), body));
    }
    seeds
}

/// Checks what must hold for any answer, and says whether it was read as data.
fn check(status: u16, is_json: bool, body: &[u8]) -> bool {
    let Err(error) = read_any_answer(status, is_json, body, SECRET) else {
        return true;
    };
    let said = format!("{error} {error:?}");
    assert!(!said.contains(SECRET) && !said.contains(CANARY), "{said}");
    let _ = (
        error.is_retryable(),
        error.may_have_been_stored(),
        error.is_configuration(),
        error.suggests_stale_ids(),
        error.retry_after(),
    );
    false
}

fn mutated(seeds: &[(u16, Vec<u8>)], random: &mut Random) -> (u16, Vec<u8>) {
    const STATUSES: [u16; 14] = [200, 201, 204, 302, 400, 401, 403, 404, 405, 409, 413, 429, 500, 502];
    let (status, mut bytes) = seeds[random.below(seeds.len())].clone();
    let status = if random.below(3) == 0 {
        STATUSES[random.below(STATUSES.len())]
    } else {
        status
    };
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len() + 1);
        let end = (at + random.below(40)).min(bytes.len());
        let piece = PIECES[random.below(PIECES.len())].bytes();
        match random.below(7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 => drop(bytes.drain(at..end)),
            2 | 3 => drop(bytes.splice(at..at, piece)),
            4 => drop(bytes.splice(at..end, piece)),
            5 => bytes.truncate(at),
            // Where the words are: after the key that carries them.
            _ => {
                let key = b"\"message\":\"";
                if let Some(found) = bytes.windows(key.len()).position(|window| window == key) {
                    let place = found + key.len();
                    drop(bytes.splice(place..place, piece));
                }
            }
        }
    }
    (status, bytes)
}

/// xorshift64*: the same inputs for the same seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap_or(0) % limit.max(1)
    }
}
