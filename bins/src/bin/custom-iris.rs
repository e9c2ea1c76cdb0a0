//! custom-iris: stores what Wazuh's integratord hands over, and delivers it to DFIR-IRIS.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(wazuh_iris::forwarder::main())
}
