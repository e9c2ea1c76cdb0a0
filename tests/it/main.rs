//! The executables from the outside: real processes, a real file system, and an IRIS that behaves as the recordings do.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on has failed, and says why"
)]

mod backends;
mod commands;
mod corpus;
mod courier;
mod crash;
mod crowd;
mod doctor;
mod faults;
mod handover;
mod hook;
mod lifecycle;
mod listing;
mod machine;
mod mapping;
mod models;
mod ollama;
mod operate;
mod replay;
mod said;
mod stage;
mod strace;
mod street;
mod tail;
mod webhook;
mod worker;
