//! What no triager may close: code raises a verdict, and never lowers one.

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::{
    Disposition, Evidence, Fact,
    rules::{Opinion, is_command},
    safe::regex,
};

/// Which floors hold. The default is what we recommend; each may be switched off by who answers for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own in the settings file"
)]
pub struct FloorSettings {
    /// An alert with text that addresses an automated reader is never closed. On by default.
    pub suspected_injection: bool,
    /// An alert of a rule of this level or above is never closed; 12 by default, `None` for no such floor.
    pub level: Option<u8>,
    /// An alert of one of these techniques, by the rule or by the triager, is never closed. `T1003` covers `T1003.001` too.
    pub techniques: Vec<String>,
    /// A success after failures is never closed. On by default.
    pub success_after_failures: bool,
    /// What [`crate::RuleTriager`] calls a true positive is never closed. On by default.
    pub rule_triager: bool,
    /// An alert with a hostile signal of [`crate::RuleTriager`], though other signals outweigh it, is never closed. On by default.
    pub hostile_signal: bool,
    /// An alert with markup, terminal controls or imitated labels, which no signal calls ordinary, is never closed. On by default.
    pub doubtful_text: bool,
    /// An alert whose command line was shortened is never closed: nobody has read the rest. On by default.
    pub cut_command: bool,
}

impl Default for FloorSettings {
    fn default() -> Self {
        Self {
            suspected_injection: true,
            level: Some(12),
            techniques: ["T1003", "T1490", "T1562", "T1070", "T1505.003", "T1136"]
                .map(str::to_owned)
                .to_vec(),
            success_after_failures: true,
            rule_triager: true,
            hostile_signal: true,
            doubtful_text: true,
            cut_command: true,
        }
    }
}

/// What raised a verdict, or would have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Floor {
    /// Text in the alert addresses an automated reader.
    SuspectedInjection,
    /// The rule's level.
    Level(u8),
    /// A technique that is never harmless enough to close unseen.
    Technique(String),
    /// A success after failures.
    SuccessAfterFailures,
    /// The triager without a model calls it a true positive.
    RuleTriager,
    /// The triager without a model sees this hostile signal.
    HostileSignal(&'static str),
    /// Text that a viewer might render or a reader mistake, in an alert that nothing speaks for.
    DoubtfulText,
    /// A command line of which only head and tail were read.
    CutCommand,
}

impl Floor {
    /// Returns its short name, such as `level`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SuspectedInjection => "suspected_injection",
            Self::Level(_) => "level",
            Self::Technique(_) => "technique",
            Self::SuccessAfterFailures => "success_after_failures",
            Self::RuleTriager => "rule_triager",
            Self::HostileSignal(_) => "hostile_signal",
            Self::DoubtfulText => "doubtful_text",
            Self::CutCommand => "cut_command",
        }
    }
}

impl std::fmt::Display for Floor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SuspectedInjection => f.write_str("suspected injection"),
            Self::Level(level) => write!(f, "rule level {level}"),
            Self::Technique(id) => write!(f, "technique {id}"),
            Self::SuccessAfterFailures => f.write_str("success after failures"),
            Self::RuleTriager => f.write_str("true positive without a model"),
            Self::HostileSignal(signal) => write!(f, "hostile signal {signal}"),
            Self::DoubtfulText => f.write_str("doubtful text"),
            Self::CutCommand => f.write_str("shortened command line"),
        }
    }
}

/// Returns every floor that this alert stands on, whatever a triager says of it.
///
/// `techniques` are those of the rule and of the triager; `suspected` says that an injection flag is set.
pub(crate) fn standing(
    evidence: &Evidence,
    techniques: &[&str],
    suspected: bool,
    opinion: &Opinion,
    settings: &FloorSettings,
) -> Vec<Floor> {
    let mut floors = Vec::new();
    if settings.suspected_injection && suspected {
        floors.push(Floor::SuspectedInjection);
    }
    if let (Some(least), Some(level)) = (settings.level, evidence.level)
        && level >= least
    {
        floors.push(Floor::Level(level));
    }
    if let Some(id) = techniques
        .iter()
        .find(|id| settings.techniques.iter().any(|floor| covers(floor, id)))
    {
        floors.push(Floor::Technique((*id).to_owned()));
    }
    if settings.success_after_failures && is_success_after_failures(evidence) {
        floors.push(Floor::SuccessAfterFailures);
    }
    if settings.rule_triager && opinion.disposition == Disposition::TruePositive {
        floors.push(Floor::RuleTriager);
    } else if settings.hostile_signal
        && let Some(signal) = opinion.worst_signal()
    {
        floors.push(Floor::HostileSignal(signal));
    }
    // Honest logs hold markup too: alone it decides nothing, but it must not be what tips an unclear alert.
    let unclear = opinion.disposition == Disposition::NeedsInvestigation;
    if settings.doubtful_text && !suspected && unclear && !evidence.flags.is_empty() {
        floors.push(Floor::DoubtfulText);
    }
    if settings.cut_command && evidence.facts.iter().chain(&evidence.rest).any(is_cut_command) {
        floors.push(Floor::CutCommand);
    }
    floors
}

fn covers(floor: &str, id: &str) -> bool {
    id.strip_prefix(floor)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The redactor names what it cut; whoever writes the same words into a command line only keeps the alert open.
fn is_cut_command(fact: &Fact) -> bool {
    fact.value.contains("[cut ") && is_command(&fact.path)
}

fn is_success_after_failures(evidence: &Evidence) -> bool {
    static TITLE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)\b(?:fail\w*|brute.?force|invalid|incorrect|wrong|rejected|denied|attempts?)\b.{0,80}\b(?:followed by|then|before|prior to|preced\w+|end(?:ed|ing) (?:in|with))\b.{0,40}\b(?:success|succe(?:ed|ss)|accepted|logged (?:in|on))|\b(?:success\w*|succeed\w*|accepted)\b.{0,60}\b(?:after|following|follows|preceded by|despite)\b.{0,60}\b(?:fail|brute|multiple|many|several|repeated|attempt|invalid|incorrect|wrong|denied)|\b(?:log(?:ged|in)|logon)\b.{0,40}\b(?:after|following)\b.{0,40}\b(?:fail|brute|multiple|repeated)",
        )
    });
    TITLE.is_match(&evidence.title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_technique_covers_its_sub_techniques_and_no_neighbour() {
        assert!(covers("T1003", "T1003"));
        assert!(covers("T1003", "T1003.001"));
        assert!(covers("T1505.003", "T1505.003"));
        assert!(!covers("T1505.003", "T1505"));
        assert!(!covers("T1003", "T10031"));
    }

    #[test]
    fn a_success_after_failures_is_read_from_the_title() {
        let title = |text: &str| Evidence {
            title: text.to_owned(),
            ..Evidence::default()
        };
        for text in [
            "Multiple authentication failures followed by a success.",
            "Successful login after multiple failed attempts",
            "User logged in after brute force",
            "VPN login succeeded following repeated failures",
            "Wrong passwords, then the logon succeeds",
            "Invalid user names before a password was accepted",
        ] {
            assert!(is_success_after_failures(&title(text)), "{text}");
        }
        for text in [
            "sshd: authentication success.",
            "Multiple Windows Logon Failures",
            "Login session opened.",
            "The service succeeds after a restart",
            "Policy accepted following a review",
        ] {
            assert!(!is_success_after_failures(&title(text)), "{text}");
        }
    }
}
