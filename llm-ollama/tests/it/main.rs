//! The whole crate over real sockets: recorded answers of real servers, and faults that no server would record.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail where they stand")]

mod conformance;
mod faults;
#[cfg(feature = "openai")]
mod gateways;
#[cfg(feature = "openai")]
mod openai;
mod probe;
mod proxies;
mod questions;
mod reach;
mod replay;
mod server;
mod silence;
mod spans;
mod tls;
