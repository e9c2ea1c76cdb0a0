//! custom-iris: stores what Wazuh's integratord hands over, and delivers it to DFIR-IRIS.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    ExitCode::from(wazuh_iris::forwarder::main(&arguments))
}
