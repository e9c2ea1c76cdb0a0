//! A Triager that asks a local model through Ollama
