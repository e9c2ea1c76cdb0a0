//! What a model has said so far, and when enough is enough.

use triage_core::TriageError;

use crate::answer::object_in;
use crate::failure::no_use;

/// A verdict has a few kilobytes; a thought may have more.
const LONGEST_TEXT: usize = 256 * 1024;
/// Ollama itself gives up after 30 equal tokens, but only on one of its two paths.
const STUCK_AFTER: u32 = 100;

/// The text of one answer as it grows.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    content: String,
    thinking: String,
    last_piece: String,
    repeats: u32,
}

impl Transcript {
    /// Takes the next token of the answer and of the thought before it.
    pub(crate) fn push(&mut self, content: &str, thinking: &str) -> Result<(), TriageError> {
        self.content.push_str(content);
        self.thinking.push_str(thinking);
        if self.content.len() + self.thinking.len() > LONGEST_TEXT {
            return Err(no_use("the answer was longer than 256 KiB"));
        }
        let piece = if content.is_empty() { thinking } else { content };
        if piece.is_empty() {
            return Ok(());
        }
        if piece.trim() == self.last_piece {
            self.repeats += 1;
        } else {
            piece.trim().clone_into(&mut self.last_piece);
            self.repeats = 0;
        }
        if self.repeats >= STUCK_AFTER {
            return Err(no_use("the model repeated one token without end"));
        }
        Ok(())
    }

    pub(crate) fn content(&self) -> &str {
        &self.content
    }

    pub(crate) fn thinking(&self) -> &str {
        &self.thinking
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.content.is_empty() && self.thinking.is_empty()
    }

    /// Gives the one JSON object in it.
    pub(crate) fn object(&self) -> Result<String, TriageError> {
        object_in(&self.content, &self.thinking).map_err(|why| no_use(why.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_token_without_end_is_stopped_and_a_rich_answer_is_not() {
        let mut stuck = Transcript::default();
        let stopped = (0..1000).position(|n| stuck.push(if n % 2 == 0 { " alert" } else { "alert\n" }, "").is_err());
        assert_eq!(stopped, Some(100));
        let mut rich = Transcript::default();
        for n in 0..1000 {
            rich.push(if n % 2 == 0 { "1" } else { "," }, "").unwrap();
        }
    }

    #[test]
    fn an_endless_answer_is_stopped() {
        let mut endless = Transcript::default();
        let mut taken = 0;
        while endless.push(&taken.to_string().repeat(100), "").is_ok() {
            taken += 1;
        }
        assert!(taken < 3000, "{taken}");
    }
}
