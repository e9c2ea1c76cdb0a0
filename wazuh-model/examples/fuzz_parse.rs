//! Mutates real and hostile alerts for some minutes and checks what must hold for any bytes at all.
//!
//! `cargo run --release -p wazuh-model --example fuzz_parse -- [MINUTES] [SEED]`; ends with 1 and writes the input to
//! `fuzz-failure-<SEED>.bin` when something does not hold.

#![allow(clippy::unwrap_used, reason = "a failed check is meant to end it")]
#![allow(clippy::print_stdout, reason = "it reports to whoever started it")]

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::Value;
use wazuh_model::{Alert, Generation, OwnNetworks, ParseError};

#[path = "../tests/corpus/mod.rs"]
mod corpus;
#[path = "../tests/shapes/mod.rs"]
mod shapes;

/// Pieces that parsers and readers stumble over.
const PIECES: [&[u8]; 52] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\",
    b",",
    b":",
    b"null",
    b"true",
    b"1e400",
    b"-0.0",
    b"12345678901234567890",
    b"\\ud800",
    b"\\udc00",
    b"\\u0000",
    b"\\ud83d\\ude00",
    b"\xff",
    b"\xed\xa0\x80",
    b"\xc3",
    b"\0",
    b"\xef\xbb\xbf",
    b"\n",
    b"\"rule\":{\"level\":3},",
    b"\"rule\":[],",
    b"\"id\":\"1.2\",",
    b"\"agent\":null,",
    b"\"data\":{\"win\":{\"eventdata\":{\"image\":\"C:\\\\\\\\a\\\\\"}}},",
    b"\"wazuh\":{\"rule\":{}},",
    b"\"_source\":{},",
    b"::ffff:1.2.3.4",
    b"http://[::1",
    b"://",
    b"%eth0",
    b"0x",
    b"\"hashes\":\"MD5=\",",
    b"\"a.b.c\":1,",
    b"@",
    b"\xe2\x80\xae",
    b"alertdate='",
    b"hxxp[:]//a[.]example/",
    b"http%3A%2F%2Fa.example%2F",
    b"http://0x7f.1/",
    b"http://\xd0\xbf.\xd1\x80\xd1\x84/",
    b"${jndi:ldap://a.example/}",
    b"() { :;}; http://a.example/",
    b" from 203.0.113.9 port 22",
    b"rhost=",
    b"file:_C:;",
    b"\"srcip\":\"::ffff:203.0.113.9\",",
    b"\"queryName\":\"A.example.\",",
    b"\"sender\":\"A@b.example\",",
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let minutes: f64 = arguments.next().and_then(|minutes| minutes.parse().ok()).unwrap_or(1.0);
    let seed: u64 = arguments.next().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let seeds = seeds();
    println!(
        "{} seeds of {} bytes",
        seeds.len(),
        seeds.iter().map(Vec::len).sum::<usize>()
    );

    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let (started, limit) = (Instant::now(), Duration::from_secs_f64(minutes * 60.0));
    let (mut runs, mut alerts, mut dearest) = (0_u64, 0_u64, Duration::ZERO);
    while started.elapsed() < limit {
        let input = mutated(&seeds, &mut random);
        let before = shapes::time_on_a_processor().unwrap_or_default();
        let checked = catch_unwind(AssertUnwindSafe(|| check(&input)));
        let cost = shapes::time_on_a_processor().unwrap_or_default().saturating_sub(before);
        let Some(parsed) = checked.ok().filter(|_| cost <= most(input.len())) else {
            let file = format!("fuzz-failure-{seed}.bin");
            std::fs::write(&file, &input).unwrap();
            println!("run {runs} does not hold or took {cost:?}; the input is in {file}");
            return ExitCode::FAILURE;
        };
        dearest = dearest.max(cost);
        runs += 1;
        alerts += u64::from(parsed);
    }
    println!(
        "{runs} inputs in {:.1} minutes, {alerts} of them alerts, the dearest took {dearest:?} of a processor, nothing failed",
        started.elapsed().as_secs_f64() / 60.0
    );
    ExitCode::SUCCESS
}

/// The most that all checks of an input of so many bytes may take, on this thread's own clock, which ticks every few milliseconds.
fn most(bytes: usize) -> Duration {
    Duration::from_millis(100) + Duration::from_micros(8) * u32::try_from(bytes).unwrap_or(u32::MAX)
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = corpus::all().into_iter().map(|(_, line)| line).collect();
    for case in corpus::fixture("hostile_lines.jsonl") {
        let text = case["bytes_b64"].as_str().unwrap();
        seeds.push(base64::engine::general_purpose::STANDARD.decode(text).unwrap());
    }
    seeds.extend(shapes::all().into_iter().map(|(_, shape)| shape(30_000)));
    seeds
}

/// Checks what must hold for any bytes, and says whether they were an alert.
fn check(input: &[u8]) -> bool {
    let clean = serde_json::from_slice::<Value>(input);
    let alert = match Alert::from_slice(input) {
        Ok(alert) => alert,
        Err(error) => {
            assert!(
                !clean.is_ok_and(|value| value.is_object()),
                "what serde_json reads, we read: {error}"
            );
            if let ParseError::NotJson { offset, .. } = error {
                assert!(offset <= input.len());
            }
            return false;
        }
    };
    assert_eq!(alert.original(), input);

    let printed = serde_json::to_vec(alert.value()).unwrap();
    let again = Alert::from_slice(&printed).unwrap();
    assert_eq!(again.value(), alert.value(), "a value is read as it was printed");
    let escaped_nul = |bytes: &[u8]| bytes.windows(6).any(|bytes| bytes == b"\\u0000");
    if !escaped_nul(input) && !escaped_nul(&printed) {
        assert_eq!(
            again.uuid(),
            alert.uuid(),
            "an identity does not hang on how the alert is printed"
        );
    }
    assert_eq!(alert.uuid(), alert.clone().uuid());

    let source = alert.source_ref();
    assert!(source.len() <= 200 && !source.chars().any(char::is_control));

    let leaves = alert.leaves();
    assert!(leaves.iter().all(|(path, _)| path.len() < 1_100));
    for (path, _) in leaves.iter().take(50).filter(|(path, _)| !path.ends_with('…')) {
        // In a finding the names of the envelope lead to the envelope, whatever the event has under them.
        let leads = alert.text(path).is_some() || alert.generation() == Generation::Five;
        assert!(leads, "a path of a leaf leads to text");
    }

    let indicators = alert.indicators(&OwnNetworks::none());
    let distinct: HashSet<_> = indicators
        .iter()
        .map(|one| (one.kind.iris_type_name(), &one.value))
        .collect();
    assert_eq!(distinct.len(), indicators.len(), "no indicator twice");
    assert!(
        indicators
            .iter()
            .all(|one| one.scope.is_none_or(wazuh_model::Scope::is_foreign))
    );

    let fingerprint = alert.fingerprint();
    assert_eq!(fingerprint.key.len(), 16);
    assert_eq!(fingerprint, alert.fingerprint());
    let _ = (
        alert.actors(),
        alert.assets(),
        alert.view(),
        alert.time(),
        alert.timestamp(),
    );
    let _ = (
        alert.manager(),
        alert.cluster_node(),
        alert.location(),
        alert.decoder(),
        alert.full_log(),
    );
    true
}

fn mutated(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = seeds[random.below(seeds.len())].clone();
    // Long lines make few runs; most of what they hold is the same again.
    if bytes.len() > 20_000 && random.below(10) > 0 {
        bytes.clone_from(&seeds[random.below(seeds.len())]);
    }
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len() + 1);
        let end = (at + random.below(40)).min(bytes.len());
        match random.below(9) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 if at < bytes.len() => bytes[at] = random.byte(),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let piece = PIECES[random.below(PIECES.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
            4 => {
                let piece = PIECES[random.below(PIECES.len())];
                bytes.splice(at..end, piece.iter().copied());
            }
            5 => {
                let copy = bytes[at..end].to_vec();
                let times = 1 + random.below(3);
                bytes.splice(at..at, copy.repeat(times));
            }
            6 => bytes.truncate(at),
            7 => {
                // Behind a comma or a brace a piece is more likely to fit.
                let spot = bytes[at..].iter().position(|byte| matches!(byte, b'{' | b','));
                let piece = PIECES[23 + random.below(7)];
                let at = spot.map_or(at, |spot| at + spot + 1);
                bytes.splice(at..at, piece.iter().copied());
            }
            _ => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len() + 1);
                let to = (from + random.below(300)).min(other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
        }
    }
    bytes
}

/// Random enough, and the same for the same seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 16).unwrap() % bound
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[3]
    }
}
