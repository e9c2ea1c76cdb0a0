#![doc = include_str!("../README.md")]

#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

mod findings;
pub mod forwarder;
mod health;
pub mod home;
mod server;
pub mod settings;
mod telemetry;
mod terminal;
mod way;
pub mod worker;
