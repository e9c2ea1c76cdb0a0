//! ai-worker: adds an AI triage to alerts in DFIR-IRIS.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    ExitCode::from(wazuh_iris::worker::main(&arguments))
}
