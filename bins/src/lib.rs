#![doc = include_str!("../README.md")]

/// The tests have that of the system, which they can count.
#[cfg(not(test))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod findings;
pub mod forwarder;
mod health;
pub mod home;
mod server;
pub mod settings;
mod short_path;
mod telemetry;
mod terminal;
mod way;
pub mod worker;
