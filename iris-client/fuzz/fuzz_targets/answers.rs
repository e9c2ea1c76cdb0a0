//! Any answer: no panic, and no secret in an error.

#![no_main]

use libfuzzer_sys::fuzz_target;

const SECRET: &str = "SesameSesameSesame";

fuzz_target!(|input: (u16, bool, &[u8])| {
    let (status, is_json, body) = input;
    if let Err(error) = iris_client::fuzzing::read_any_answer(100 + status % 500, is_json, body, SECRET) {
        let said = format!("{error} {error:?}");
        assert!(!said.contains(SECRET));
    }
});
