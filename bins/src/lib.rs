#![doc = include_str!("../README.md")]

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
