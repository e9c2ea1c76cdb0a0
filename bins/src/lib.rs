#![doc = include_str!("../README.md")]

pub mod forwarder;
mod health;
pub mod home;
mod server;
pub mod settings;
mod telemetry;
mod terminal;
pub mod worker;
