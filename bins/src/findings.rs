//! What the checks of a `doctor` found; each line is ok, warn or fail, with what to do.

use std::fmt;

use serde::Serialize;

use crate::settings::Settings;

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Ok,
    Warn,
    Fail,
}

/// One line.
#[derive(Debug, Serialize)]
struct Finding {
    level: Level,
    check: &'static str,
    message: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

/// All lines.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<Finding>);

impl Findings {
    pub(crate) fn ok(&mut self, check: &'static str, message: impl Into<String>) {
        self.add(Level::Ok, check, message.into(), None);
    }

    pub(crate) fn warn(&mut self, check: &'static str, message: impl Into<String>, fix: impl Into<String>) {
        self.add(Level::Warn, check, message.into(), Some(fix.into()));
    }

    pub(crate) fn fail(&mut self, check: &'static str, message: impl Into<String>, fix: impl Into<String>) {
        self.add(Level::Fail, check, message.into(), Some(fix.into()));
    }

    /// What may be in settings that this user cannot see, and what in those that it sees does not count.
    pub(crate) fn settings(&mut self, settings: &Settings) {
        for hidden in &settings.hidden {
            self.warn(
                "settings",
                format!("a file may be there, and does not count, because this user cannot look: {hidden}"),
                "let the user that this program runs as look into that folder, or name the file by WAZUH_IRIS_CONFIG",
            );
        }
        for line in &settings.unknown {
            self.warn(
                "settings",
                line,
                "correct it, or take it out of the settings or the environment",
            );
        }
    }

    fn add(&mut self, level: Level, check: &'static str, message: String, fix: Option<String>) {
        self.0.push(Finding {
            level,
            check,
            message,
            fix,
        });
    }

    /// How many checks failed.
    pub(crate) fn failed(&self) -> usize {
        self.0.iter().filter(|finding| finding.level == Level::Fail).count()
    }

    /// One line of JSON.
    pub(crate) fn to_json(&self) -> String {
        serde_json::json!({ "ok": self.failed() == 0, "checks": self.0 }).to_string()
    }

    /// One line of JSON for each check.
    pub(crate) fn to_json_lines(&self) -> String {
        let lines = self.0.iter().map(|finding| serde_json::json!(finding).to_string());
        lines.collect::<Vec<_>>().join("\n")
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, finding) in self.0.iter().enumerate() {
            let word = match finding.level {
                Level::Ok => "ok  ",
                Level::Warn => "warn",
                Level::Fail => "FAIL",
            };
            let end = if number == 0 { "" } else { "\n" };
            write!(f, "{end}{word}  {:<12} {}", finding.check, finding.message)?;
            if let Some(fix) = &finding.fix {
                write!(f, "\n{:19}fix: {fix}", "")?;
            }
        }
        Ok(())
    }
}
