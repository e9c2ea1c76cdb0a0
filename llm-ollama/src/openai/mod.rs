//! The same question to any server that speaks OpenAI's chat completions: vLLM, llama-server, LM Studio, `LiteLLM`, or a hosted one.
//!
//! ```no_run
//! use llm_ollama::openai::OpenAi;
//! use secrecy::SecretString;
//! use triage_core::Triager;
//!
//! # fn main() -> Result<(), triage_core::TriageError> {
//! let triager = OpenAi::builder("https://llm.example.com/v1")
//!     .model("qwen3-14b-instruct")
//!     .key(SecretString::from(std::env::var("LLM_KEY").unwrap_or_default()))
//!     .build()?;
//! assert!(triager.about().remote, "so evidence carries pseudonyms");
//! # Ok(())
//! # }
//! ```
//!
//! # Guarantees
//! - An answer counts only when the server said why it ended *and* that the stream is over: gateways swallow errors in the middle
//!   of a stream, and what is left looks like a short answer.
//! - [`About::remote`](triage_core::About::remote) is true unless a person says otherwise. The address proves nothing: a gateway
//!   on this host may pass everything on to a hosted model.
//!
//! # Caveats
//! - There is no context size to set and no way to forbid that a prompt is cut. Ollama's own endpoint of this kind cuts the front
//!   of a long prompt and reports errors in the middle of a stream as an end: use [`Ollama`](crate::Ollama) for it.

mod answer;
mod builder;
mod client;
mod events;
mod listed;
mod triager;
mod wire;

pub(crate) use listed::Listed;

pub use builder::{OpenAiBuilder, Structure};
pub use client::OpenAiClient;
pub use triager::OpenAi;
