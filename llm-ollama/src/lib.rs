#![doc = include_str!("../README.md")]

mod address;
mod answer;
mod ask;
mod builder;
mod card;
mod cause;
mod chat;
mod client;
mod complaint;
mod failure;
mod http;
mod inventory;
mod lines;
mod ollama;
mod reading;
mod setback;
mod slots;
mod telemetry;
mod timeouts;
mod transcript;
mod version;

#[cfg(feature = "openai")]
pub mod openai;
pub mod probe;

pub use builder::{DEFAULT_MODEL, OllamaBuilder};
pub use card::ModelCard;
pub use chat::{ChatAnswer, ChatRequest};
pub use client::OllamaClient;
pub use inventory::Loaded;
pub use ollama::Ollama;
pub use timeouts::Timeouts;
