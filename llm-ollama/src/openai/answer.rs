//! One answer as it comes, event by event or whole.

use serde::de::IgnoredAny;
use serde_json::Value;
use triage_core::TriageErrorKind::{BadOutput, Unavailable};
use triage_core::{Meta, TriageError};

use crate::chat::ChatAnswer;
use crate::complaint::is_page;
use crate::failure::{CUT_OFF, Peer, no_use};
use crate::openai::events::{DONE, Events};
use crate::openai::wire::{Choice, Part};
use crate::reading::{LONGEST_LINE, Line, Took};
use crate::transcript::Transcript;

/// What has come of one answer so far.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    said: Transcript,
    events: Events,
    /// The body of a server that does not stream although it was asked to.
    whole: Vec<u8>,
    meta: Meta,
    finish: Option<String>,
    refused: bool,
    /// Events that held words or a reason to end.
    pieces: usize,
    /// Events with the model's name were followed by one without: so an error looks after Ollama has translated it.
    swallowed: bool,
    /// The server said that nothing follows.
    over: bool,
}

impl Answer {
    /// Says whether the model has begun to speak.
    pub(crate) fn has_begun(&self) -> bool {
        !self.said.is_empty() || self.finish.is_some()
    }

    /// Takes one line; `[DONE]` is the end.
    pub(crate) fn take(&mut self, line: Line<'_>, peer: &Peer<'_>) -> Result<Took, TriageError> {
        if is_page(line.bytes) {
            return Err(peer.unreadable(line));
        }
        if !self.whole.is_empty() || line.bytes.trim_ascii_start().starts_with(b"{") {
            self.whole.extend_from_slice(line.bytes);
            self.whole.push(b'\n');
            return if self.whole.len() > LONGEST_LINE {
                Err(no_use("the answer was longer than 1 MiB"))
            } else {
                Ok(Took::Token)
            };
        }
        if self.events.pending() > LONGEST_LINE {
            return Err(no_use("the answer held an event of more than 1 MiB"));
        }
        let Some(event) = self.events.push(line.bytes) else {
            return Ok(Took::Nothing);
        };
        let before = self.pieces;
        self.event(&event, peer)?;
        Ok(match (self.over, self.pieces > before) {
            (true, _) => Took::End,
            (false, true) => Took::Token,
            // Who speaks, what a filter thinks, how many tokens so far: no word of the answer.
            (false, false) => Took::Nothing,
        })
    }

    fn event(&mut self, event: &[u8], peer: &Peer<'_>) -> Result<(), TriageError> {
        if event.trim_ascii() == DONE {
            self.over = true;
            return Ok(());
        }
        let line = Line {
            bytes: event,
            unfinished: false,
        };
        self.part(line, peer)
    }

    /// Takes one JSON object: an event's, or a whole answer.
    fn part(&mut self, line: Line<'_>, peer: &Peer<'_>) -> Result<(), TriageError> {
        // The parser's words quote what it read, so they are dropped.
        let part: Part = serde_json::from_slice(line.bytes).map_err(|_| peer.unreadable(line))?;
        if part.error.is_some() || part.object.as_deref() == Some("error") {
            let event: Value = serde_json::from_slice(line.bytes).unwrap_or_default();
            let private = [peer.private[0], self.said.content(), self.said.thinking()];
            return Err(Peer { private, ..*peer }.broke_off(&event));
        }
        match part.model.filter(|name| !name.is_empty()) {
            Some(name) => self.meta.model = Some(name),
            None => self.swallowed |= self.meta.model.is_some(),
        }
        self.meta.server = part
            .system_fingerprint
            .filter(|print| !print.is_empty())
            .or(self.meta.server.take());
        if let Some(usage) = part.usage {
            self.meta.prompt_tokens = usage.prompt_tokens;
            self.meta.output_tokens = usage.completion_tokens;
        }
        if let Some(timings) = part.timings {
            timings.note(&mut self.meta);
        }
        for choice in part.choices.iter().filter(|choice| choice.index.unwrap_or(0) == 0) {
            self.choice(choice)?;
        }
        Ok(())
    }

    fn choice(&mut self, choice: &Choice) -> Result<(), TriageError> {
        if let Some(said) = choice.delta.as_ref().or(choice.message.as_ref()) {
            self.refused |= said.refusal.as_ref().is_some_and(|words| !words.is_empty());
            let (content, thought) = (said.content(), said.thought());
            self.pieces += usize::from(!content.is_empty() || !thought.is_empty());
            self.said.push(&content, &thought)?;
        }
        // Some servers write an empty reason until there is one.
        if let Some(reason) = choice.finish_reason.as_ref().filter(|reason| !reason.is_empty()) {
            self.finish = Some(reason.clone());
            self.pieces += 1;
        }
        Ok(())
    }

    /// Says what came of it, when nothing more comes.
    pub(crate) fn finish(mut self, peer: &Peer<'_>) -> Result<ChatAnswer, TriageError> {
        if !self.whole.is_empty() {
            let whole = std::mem::take(&mut self.whole);
            let line = Line {
                bytes: &whole,
                unfinished: true,
            };
            self.part(line, peer)?;
            self.over = true;
        }
        // A server may close right after its last word, without the blank line that ends an event; half a word is none.
        let last = self.events.push(b"").unwrap_or_default();
        if last.trim_ascii() == DONE || serde_json::from_slice::<IgnoredAny>(&last).is_ok() {
            self.event(&last, peer)?;
        }
        match (self.over, &self.finish) {
            (true, Some(_)) => {}
            // Where there is an end, an event without a name was a gateway's own, such as a count of tokens.
            _ if self.swallowed => {
                return Err(peer.error(Unavailable, "swallowed an error in the middle of its answer"));
            }
            (true, None) => return Err(no_use("the answer ended without a reason")),
            (false, Some(_)) => return Err(peer.error(Unavailable, "ended the stream before it said [DONE]")),
            (false, None) => {
                let kind = if self.said.is_empty() { Unavailable } else { BadOutput };
                return Err(peer.error(kind, "ended the stream without a reason and without [DONE]"));
            }
        }
        if self.refused {
            return Err(no_use("the model refused to answer"));
        }
        match self.finish.as_deref().unwrap_or_default() {
            "stop" | "eos" | "eos_token" | "stop_sequence" | "end_turn" => {}
            // Its brackets could be closed, and then a verdict would rest on half a thought.
            "length" | "max_tokens" => return Err(no_use(CUT_OFF)),
            "content_filter" => return Err(no_use("the server's filter withheld the answer")),
            _ => return Err(no_use("the answer ended for a reason that is not its end")),
        }
        Ok(ChatAnswer::new(self.said.object()?, self.meta))
    }
}
