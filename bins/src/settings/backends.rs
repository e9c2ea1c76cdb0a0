//! Settings of the triagers.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Map, Value};

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

/// Ollama.
#[derive(Debug, Clone)]
pub struct OllamaSettings {
    /// Address.
    pub url: String,
    /// Model name.
    pub model: String,
    /// Key for a proxy.
    pub bearer: Option<SecretString>,
    /// Certificate authority of a proxy.
    pub ca_file: Option<PathBuf>,
    /// Longest silence between two tokens.
    pub between_tokens: Duration,
    /// Longest wait for the first token.
    pub first_token: Duration,
    /// Context in tokens.
    pub num_ctx: u32,
    /// Longest answer in tokens.
    pub num_predict: u32,
    /// Threads.
    pub num_thread: Option<u32>,
    /// How long the model stays loaded.
    pub keep_alive: Duration,
    /// Calls at once.
    pub concurrency: usize,
    /// Models that may run elsewhere.
    pub allow_remote: Vec<String>,
}

/// How a server is made to answer with the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StructureChoice {
    /// By the schema.
    Schema,
    /// By the schema, as far as the server likes: it is not `strict`.
    Loose,
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
    /// Certificate authority of the server.
    pub ca_file: Option<PathBuf>,
    /// Fields that are added to each request.
    pub extra: Map<String, Value>,
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

pub(super) fn ollama(source: &Source) -> Result<OllamaSettings, SettingsError> {
    Ok(OllamaSettings {
        url: source.text("ollama.url"),
        model: source.text("ollama.model"),
        bearer: source.secret("ollama.bearer"),
        ca_file: source.optional("ollama.ca_file").map(PathBuf::from),
        between_tokens: seconds(source, "ollama.silence_seconds", 1..=86_400)?,
        first_token: seconds(source, "ollama.first_token_seconds", 1..=86_400)?,
        num_ctx: number(source, "ollama.num_ctx", 1024..=1_048_576)?,
        num_predict: number(source, "ollama.num_predict", 100..=100_000)?,
        num_thread: source
            .maybe_number("ollama.num_thread", 1..=1024)?
            .map(|threads| u32::try_from(threads).unwrap_or(u32::MAX)),
        keep_alive: seconds(source, "ollama.keep_alive_seconds", 0..=604_800)?,
        concurrency: number(source, "ollama.concurrency", 1..=64)?,
        allow_remote: source.list("ollama.allow_remote"),
    })
}

pub(super) fn openai(source: &Source) -> Result<OpenAiSettings, SettingsError> {
    Ok(OpenAiSettings {
        url: source.optional("openai.url"),
        model: source.optional("openai.model"),
        key: source.secret("openai.key"),
        ca_file: source.optional("openai.ca_file").map(PathBuf::from),
        extra: extra(source)?,
        remote: source.flag("openai.remote")?,
        structure: match choice(source, "openai.structure", &["schema", "loose", "object", "prompt"])? {
            0 => StructureChoice::Schema,
            1 => StructureChoice::Loose,
            2 => StructureChoice::Object,
            _ => StructureChoice::Prompt,
        },
        reasoning: source.flag("openai.reasoning")?,
        max_tokens: number(source, "openai.max_tokens", 100..=100_000)?,
        between_tokens: seconds(source, "openai.silence_seconds", 1..=86_400)?,
        first_token: seconds(source, "openai.first_token_seconds", 1..=86_400)?,
        concurrency: number(source, "openai.concurrency", 1..=64)?,
    })
}

fn extra(source: &Source) -> Result<Map<String, Value>, SettingsError> {
    let Some(text) = source.optional("openai.extra") else {
        return Ok(Map::new());
    };
    serde_json::from_str(&text).map_err(|_| {
        let hint = r#"write {"chat_template_kwargs":{"enable_thinking":false}}"#.to_owned();
        // A gateway may want a key of its own among them.
        shown_as("…", source.bad("openai.extra", "a JSON object", hint))
    })
}

pub(super) fn command(source: &Source) -> Result<CommandSettings, SettingsError> {
    let environment = source.list("command.environment");
    if let Some(odd) = environment.iter().find(|name| name.contains(['=', '$', ' '])) {
        let hint =
            "write names only, such as ACME_KEY; their values are taken from the worker's environment".to_owned();
        // What stands behind a name is what was to be kept out of the settings.
        let shown = odd
            .split_once('=')
            .map_or_else(|| odd.clone(), |(name, _)| format!("{name}=…"));
        return Err(shown_as(
            &shown,
            source.bad("command.environment", "a list of names", hint),
        ));
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

/// Puts something else in place of a value that may hold a secret.
fn shown_as(shown: &str, mut error: SettingsError) -> SettingsError {
    if let SettingsError::BadValue { value, .. } = &mut error {
        shown.clone_into(value);
    }
    error
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
    fn fields_of_ones_own_are_a_json_object() {
        let given = |text| settings(&[("WAZUH_IRIS_OPENAI_EXTRA", text)]);
        assert_eq!(given(r#"{"top_k":1}"#).unwrap().openai.extra["top_k"], 1);
        assert!(given("").unwrap().openai.extra.is_empty());
        for bad in ["[1]", "top_k=1", "{"] {
            let error = given(bad).unwrap_err().to_string();
            assert!(
                error.contains("OPENAI_EXTRA") && error.contains("JSON object"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_key_is_never_shown_and_a_value_in_place_of_a_name_is_refused() {
        let given = settings(&[("WAZUH_IRIS_OPENAI_KEY", "sk-s3cr3t")]).unwrap();
        assert!(!format!("{given:?}").contains("s3cr3t"));
        let error = settings(&[("WAZUH_IRIS_COMMAND_ENVIRONMENT", "HOME,ACME_KEY=s3cr3t")]).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(
            shown.contains("write names only") && shown.contains("ACME_KEY=…"),
            "{shown}"
        );
        assert!(!shown.contains("s3cr3t"), "{shown}");
        let error = settings(&[("WAZUH_IRIS_OPENAI_EXTRA", r#"{"api_key":"s3cr3t""#)]).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error}");
    }
}
