//! Turns evidence into the question that a model is asked.

use std::hash::{BuildHasher, RandomState};

use triage_core::{Call, Draft, Evidence, Prompt, PromptSettings, Redacted};

use crate::chat::{ChatAnswer, ChatRequest};

/// Writes questions.
#[derive(Debug, Default)]
pub(crate) struct Asker {
    settings: PromptSettings,
    key: RandomState,
}

impl Asker {
    pub(crate) fn new(settings: PromptSettings) -> Self {
        Self {
            settings,
            key: RandomState::new(),
        }
    }

    /// The question about one alert, and what was wrong with the last answer.
    pub(crate) fn request(&self, evidence: &Redacted<Evidence>, call: &Call) -> ChatRequest {
        let prompt = self.prompt(evidence);
        let again = call.repair.as_ref().map(|reason| prompt.repair_message(reason));
        let request = ChatRequest::new(prompt.system, prompt.user, prompt.schema).within(call.budget);
        match again {
            Some(words) => request.again(&words),
            None => request,
        }
    }

    /// Says how an answer to [`Self::request`] was made.
    pub(crate) fn draft(&self, evidence: &Redacted<Evidence>, answer: ChatAnswer) -> Draft {
        let ChatAnswer { text, mut meta, .. } = answer;
        meta.prompt_version = Some(Prompt::version().to_owned());
        let left_out = self.prompt(evidence).left_out;
        if left_out > 0 {
            meta.warnings.push(format!("{left_out} facts did not fit the prompt"));
        }
        Draft::new(text, meta)
    }

    fn prompt(&self, evidence: &Redacted<Evidence>) -> Prompt {
        Prompt::new(evidence, &self.settings, &self.block_id(evidence))
    }

    /// Names the block of facts. Nobody who writes an alert can guess it, because the key is this process's own; and a repair has
    /// the same one, so that the server need not read the alert a second time.
    fn block_id(&self, evidence: &Evidence) -> String {
        let facts: Vec<_> = evidence.facts.iter().map(|fact| (&fact.path, &fact.value)).collect();
        format!(
            "{:016x}",
            self.key.hash_one((&evidence.title, &evidence.rule_id, facts))
        )
    }
}
