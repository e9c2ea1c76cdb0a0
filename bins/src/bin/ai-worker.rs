//! ai-worker: adds an AI triage to alerts in DFIR-IRIS.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    ExitCode::from(wazuh_iris::worker::main(&arguments))
}
