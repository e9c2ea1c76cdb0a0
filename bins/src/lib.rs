#![doc = include_str!("../README.md")]

pub mod forwarder;
pub mod home;
pub mod settings;
mod telemetry;
mod terminal;
pub mod worker;
