//! What the checks found.

use std::fmt;

use serde::Serialize;

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
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    pub(super) fn ok(&mut self, check: &'static str, message: impl Into<String>) {
        self.add(Level::Ok, check, message.into(), None);
    }

    pub(super) fn warn(&mut self, check: &'static str, message: impl Into<String>, fix: impl Into<String>) {
        self.add(Level::Warn, check, message.into(), Some(fix.into()));
    }

    pub(super) fn fail(&mut self, check: &'static str, message: impl Into<String>, fix: impl Into<String>) {
        self.add(Level::Fail, check, message.into(), Some(fix.into()));
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
    pub(super) fn failed(&self) -> usize {
        self.0.iter().filter(|finding| finding.level == Level::Fail).count()
    }

    /// One line of JSON.
    pub(super) fn to_json(&self) -> String {
        serde_json::json!({ "ok": self.failed() == 0, "checks": self.0 }).to_string()
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
