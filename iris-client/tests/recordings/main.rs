//! Holds the client and the sandbox to recordings of a real DFIR-IRIS 2.4.20 in `fixtures/contract`.

#![allow(clippy::unwrap_used, reason = "tests")]

mod compare;
mod decode;
mod errors;
mod fixture;
mod replay;

use fixture::Recording;

#[test]
fn there_are_recordings_and_every_one_can_be_read() {
    assert_eq!(Recording::all().len(), 227);
}
