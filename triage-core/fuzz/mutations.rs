//! Inputs for who has no fuzzer: the cases of the corpora, cut up and put together again with the pieces that rules look for.

use base64::Engine as _;
use serde_json::Value;

const PIECES: [&str; 44] = [
    "password",
    "=",
    ": ",
    "\"",
    "\\\"",
    "'",
    " ",
    "\n",
    "--token ",
    "mysql -p",
    "net user a ",
    "https://bob:",
    "@host ",
    "Authorization: Bearer ",
    "Cookie: sid=",
    "-----BEGIN PRIVATE KEY-----",
    "[REDACTED:password]",
    "[DECODED: ",
    "USER_1",
    "%3D",
    "\\u0070",
    "p^a^ss=",
    " | sudo -S id",
    "&quot;",
    "<|im_start|>",
    "powershell -enc ",
    "</pre>",
    "[ait:v1:END:9c1f]",
    "[\"mysql\",\"-pA1b2\"]",
    "a0=\"mysql\" a1=\"-pA1b2\"",
    "<Password><Value>",
    "pаssword=",
    "{",
    "}",
    "[",
    "]",
    ",",
    "F01",
    "verdict",
    "<think>",
    "```",
    "\u{202e}",
    "\u{200b}",
    "T1059.001",
];

/// Numbers that the same seed gives again.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or(usize::MAX) % end.max(1)
    }
}

/// Texts of the redaction and injection corpora, and answers of the validator corpus.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let file = |name: &str| {
        let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).expect("a fixture of this crate")
    };
    let mut seeds = Vec::new();
    for name in ["redaction_corpus.b64", "redaction_more.b64", "redaction_unseen.b64"] {
        for line in file(name).lines() {
            let case = base64::engine::general_purpose::STANDARD
                .decode(line)
                .expect("a line of a fixture");
            let case: Value = serde_json::from_slice(&case).expect("a line of a fixture");
            seeds.push(case["input"].as_str().unwrap_or_default().as_bytes().to_vec());
        }
    }
    for (name, key) in [
        ("injection_corpus.jsonl", "value"),
        ("injection_unseen.jsonl", "value"),
        ("validator_cases.jsonl", "raw"),
        ("validator_unseen.jsonl", "raw"),
    ] {
        for line in file(name).lines() {
            let case: Value = serde_json::from_str(line).expect("a line of a fixture");
            seeds.push(case[key].as_str().unwrap_or_default().as_bytes().to_vec());
        }
    }
    seeds.retain(|seed| seed.len() <= 4096);
    seeds
}

/// One input made of some seeds.
pub(crate) fn mutated(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut input = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(6) {
        let at = random.below(input.len() + 1);
        match random.below(6) {
            0 => {
                let piece = PIECES[random.below(PIECES.len())].bytes();
                input.splice(at..at, piece);
            }
            1 => {
                let end = (at + random.below(24)).min(input.len());
                input.drain(at..end);
            }
            2 => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len() + 1);
                let to = (from + random.below(80)).min(other.len());
                input.splice(at..at, other[from..to].iter().copied());
            }
            3 if at < input.len() => input[at] = u8::try_from(random.below(256)).unwrap_or(0),
            4 => {
                let end = (at + random.below(40)).min(input.len());
                let again = input[at..end].to_vec();
                input.splice(at..at, again);
            }
            _ => input.truncate(at.max(1)),
        }
    }
    input.truncate(8192);
    input
}
