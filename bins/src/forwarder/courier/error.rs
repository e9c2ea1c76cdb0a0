//! Why the courier does not run, and the rules that it needs to run.

use std::path::{Path, PathBuf};

use crate::forwarder::noise::{Allowlist, Rules};
use crate::forwarder::place::to_use;
use crate::forwarder::queue::QueueError;
use crate::settings::{Settings, position};

/// Why the courier did not run.
#[derive(Debug, thiserror::Error)]
pub enum CourierError {
    /// Another one does.
    #[error("a courier runs already for {path}{}", .pid.map(|pid| format!(" (process {pid})")).unwrap_or_default())]
    AlreadyRunning {
        /// Which directory.
        path: PathBuf,
        /// Its process, where it could be written down.
        pid: Option<u32>,
    },
    /// The state directory cannot be used.
    #[error("cannot use the state directory {path}: {source}\nhint: {}", to_use(source))]
    State {
        /// Which directory.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The system refuses what every process may have.
    #[error("cannot start: {0}")]
    System(std::io::Error),
    /// The queue cannot be opened.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The allowlist cannot be used.
    #[error("{0}")]
    Allowlist(String),
    /// The redactor cannot be used.
    #[error(transparent)]
    Redactor(#[from] triage_core::RedactorError),
}

impl CourierError {
    /// The exit code: 75 already running, 78 configuration, 1 otherwise.
    pub fn code(&self) -> u8 {
        match self {
            Self::AlreadyRunning { .. } => 75,
            Self::Allowlist(_) | Self::Redactor(_) => 78,
            Self::State { .. } | Self::System(_) | Self::Queue(_) => 1,
        }
    }
}

/// Loads the rules of noise reduction from the settings.
pub fn load_rules(settings: &Settings) -> Result<Rules, CourierError> {
    let mut tables = settings.noise.allow.clone();
    let of_the_settings = tables.len();
    let of_file =
        |path: &Path, why: String| CourierError::Allowlist(format!("the allowlist {}: {why}", path.display()));
    if let Some(path) = &settings.noise.allowlist {
        let wrong = |why: String| of_file(path, why);
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        let table: toml::Table = text
            .parse()
            .map_err(|error: toml::de::Error| wrong(not_toml(&text, &error)))?;
        if let Some(key) = table.keys().find(|key| *key != "allow") {
            return Err(wrong(format!(
                "the key `{key}` does not belong here; write [[allow]] rules"
            )));
        }
        match table.get("allow") {
            None => {}
            Some(toml::Value::Array(rules)) if rules.iter().all(toml::Value::is_table) => {
                tables.extend(rules.iter().filter_map(toml::Value::as_table).cloned());
            }
            Some(_) => {
                return Err(wrong(
                    "`allow` is not a list of rules; write [[allow]] before each".to_owned(),
                ));
            }
        }
    }
    let allowlist = Allowlist::read(&tables).map_err(|error| match &settings.noise.allowlist {
        Some(path) if error.at() >= of_the_settings => of_file(path, error.to_string()),
        _ => CourierError::Allowlist(error.to_string()),
    })?;
    Ok(Rules::new(&settings.forward, &settings.noise, allowlist))
}

/// What the parser says of a file, where, and what helps: within double quotes a backslash begins an escape.
fn not_toml(text: &str, error: &toml::de::Error) -> String {
    let mut said = error.message().to_owned() + &position(text, error.span());
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = text.lines().nth(before.matches('\n').count()).unwrap_or_default();
    let bare = line.replace(r"\\", "").replace("\\\"", "");
    let escapes = bare.split('"').skip(1).step_by(2).any(|quoted| quoted.contains('\\'));
    // What ends in a backslash does not end with its quotes: `"D:\"`.
    let goes_on = bare.matches('"').count() % 2 == 1 && line.contains("\\\"");
    if escapes || goes_on {
        said.push_str("\nhint: write paths of Windows in single quotes: 'C:\\Windows\\x.exe'");
    }
    said
}

/// Says what somebody should look at in the allowlist.
pub(super) fn warn(allowlist: &Allowlist) {
    for warning in allowlist.warnings(today()) {
        tracing::warn!("{warning}");
    }
}

/// This day, as expiry dates count it.
pub(crate) fn today() -> jiff::civil::Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("allow.toml");
        std::fs::write(&path, text).unwrap();
        let name = "WAZUH_IRIS_NOISE_ALLOWLIST".to_owned();
        let environment = std::iter::once((name, path.display().to_string())).collect();
        let settings = Settings::load(folder.path(), &environment).unwrap();
        let error = load_rules(&settings).unwrap_err().to_string();
        assert!(error.contains(&path.display().to_string()), "{error}");
        error
    }

    #[test]
    fn what_is_wrong_with_an_allowlist_is_said_with_its_place() {
        let error = refusal("[[allow]]\nid = 'a'\nbad line\n");
        assert!(error.contains("(line 3, column 5)"), "{error}");
        assert!(!error.contains("hint"), "{error}");
        let error = refusal("[[allow]]\nid = 'a'\n[allow.match]\n\"data.file\" = \"C:\\Windows\"\n");
        assert!(error.contains("(line 4, "), "{error}");
        assert!(error.contains(r"in single quotes: 'C:\Windows"), "{error}");
        let error = refusal("[[allow]]\nid = 'a'\n[allow.match]\n\"data.file\" = { prefix = \"D:\\\" }\n");
        assert!(error.contains("in single quotes"), "{error}");
        for fine in [r"C:\\Windows", r#"\"x\""#] {
            let error = refusal(&format!("[[allow]]\nid = \"{fine}\" x\n"));
            assert!(!error.contains("hint"), "{error}");
        }
        let error = refusal("[[allow]]\nid = 'a'\n");
        assert!(error.contains("`reason` is missing"), "{error}");
    }
}
