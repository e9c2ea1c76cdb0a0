//! Settings of the triagers beside Ollama.

use std::time::Duration;

use secrecy::SecretString;

use super::{Source, choice, number, seconds};
use crate::settings::SettingsError;

/// Who judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TriagerChoice {
    /// A model behind Ollama.
    Ollama,
    /// The rule-based triager, no model.
    Rules,
    /// A model behind a server that speaks OpenAI's chat completions.
    OpenAi,
    /// A program of one's own.
    Command,
}

impl TriagerChoice {
    /// The words of the setting and of `--triager`, in the order of `Self::ALL`.
    pub const WORDS: &'static [&'static str] = &["ollama", "rules", "openai", "command"];
    const ALL: [Self; 4] = [Self::Ollama, Self::Rules, Self::OpenAi, Self::Command];

    /// Finds a choice by its word.
    pub fn named(word: &str) -> Option<Self> {
        let place = Self::WORDS.iter().position(|known| *known == word)?;
        Some(Self::ALL[place])
    }

    /// Returns its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ollama => "ollama",
            Self::Rules => "rules",
            Self::OpenAi => "openai",
            Self::Command => "command",
        }
    }

    pub(super) fn parse(source: &Source) -> Result<Self, SettingsError> {
        choice(source, "worker.triager", Self::WORDS).map(|place| Self::ALL[place])
    }
}

/// How a server is made to answer with the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StructureChoice {
    /// By the schema.
    Schema,
    /// By "answer in JSON"; the form stands in the prompt.
    Object,
    /// By the prompt alone.
    Prompt,
}

/// A server that speaks OpenAI's chat completions.
#[derive(Debug, Clone)]
pub struct OpenAiSettings {
    /// Address, when the settings give one.
    pub url: Option<String>,
    /// Model name, when the settings give one.
    pub model: Option<String>,
    /// Key.
    pub key: Option<SecretString>,
    /// Whether evidence leaves the house.
    pub remote: bool,
    /// How it is made to answer with the form.
    pub structure: StructureChoice,
    /// Whether the model is one that reasons, and takes no temperature.
    pub reasoning: bool,
    /// Longest answer in tokens.
    pub max_tokens: u32,
    /// Longest silence between two tokens.
    pub between_tokens: Duration,
    /// Longest wait for the first token.
    pub first_token: Duration,
    /// Calls at once.
    pub concurrency: usize,
}

/// A program of one's own.
#[derive(Debug, Clone)]
pub struct CommandSettings {
    /// The program, when the settings give one.
    pub program: Option<String>,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Variables that it sees beside `PATH`, by name.
    pub environment: Vec<String>,
    /// Whether it sends evidence out of the house.
    pub remote: bool,
    /// How many of it run at once.
    pub children: usize,
    /// Longest wait for its first line.
    pub start: Duration,
}

pub(super) fn openai(source: &Source) -> Result<OpenAiSettings, SettingsError> {
    Ok(OpenAiSettings {
        url: source.optional("openai.url"),
        model: source.optional("openai.model"),
        key: source.secret("openai.key"),
        remote: source.flag("openai.remote")?,
        structure: match choice(source, "openai.structure", &["schema", "object", "prompt"])? {
            0 => StructureChoice::Schema,
            1 => StructureChoice::Object,
            _ => StructureChoice::Prompt,
        },
        reasoning: source.flag("openai.reasoning")?,
        max_tokens: number(source, "openai.max_tokens", 100..=100_000)?,
        between_tokens: seconds(source, "openai.silence_seconds", 1..=86_400)?,
        first_token: seconds(source, "openai.first_token_seconds", 1..=86_400)?,
        concurrency: number(source, "openai.concurrency", 1..=64)?,
    })
}

pub(super) fn command(source: &Source) -> Result<CommandSettings, SettingsError> {
    let environment = source.list("command.environment");
    if environment.iter().any(|name| name.contains(['=', '$', ' '])) {
        let hint =
            "write names only, such as ACME_KEY; their values are taken from the worker's environment".to_owned();
        return Err(source.bad("command.environment", "a list of names", hint));
    }
    Ok(CommandSettings {
        program: source.optional("command.program"),
        arguments: source.list("command.arguments"),
        environment,
        remote: source.flag("command.remote")?,
        children: number(source, "command.children", 1..=64)?,
        start: seconds(source, "command.start_seconds", 1..=3600)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Environment, Settings};

    fn settings(pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let environment: Environment = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Settings::parse(&Source::read(None, &environment)?)
    }

    #[test]
    fn every_word_names_its_own_triager() {
        for word in TriagerChoice::WORDS {
            assert_eq!(TriagerChoice::named(word).unwrap().word(), *word);
            let chosen = settings(&[("AI_WORKER_TRIAGER", word)]).unwrap();
            assert_eq!(chosen.worker.triager.word(), *word);
        }
        let error = settings(&[("AI_WORKER_TRIAGER", "gpt")]).unwrap_err();
        assert!(error.to_string().contains("ollama, rules, openai, command"), "{error}");
    }

    #[test]
    fn evidence_is_taken_to_leave_the_house_unless_a_person_says_otherwise() {
        let stock = settings(&[]).unwrap();
        assert!(stock.openai.remote && stock.command.remote);
        let told = settings(&[
            ("WAZUH_IRIS_OPENAI_REMOTE", "false"),
            ("WAZUH_IRIS_COMMAND_REMOTE", "false"),
        ]);
        let told = told.unwrap();
        assert!(!told.openai.remote && !told.command.remote);
    }

    #[test]
    fn a_key_is_never_shown_and_a_value_in_place_of_a_name_is_refused() {
        let given = settings(&[("WAZUH_IRIS_OPENAI_KEY", "sk-s3cr3t")]).unwrap();
        assert!(!format!("{given:?}").contains("s3cr3t"));
        let error = settings(&[("WAZUH_IRIS_COMMAND_ENVIRONMENT", "ACME_MODE=fast")]).unwrap_err();
        assert!(error.to_string().contains("write names only"), "{error}");
    }
}
