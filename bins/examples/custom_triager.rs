//! A third-party triager: one trait and a `main` around the stock worker.

use std::process::ExitCode;
use std::sync::Arc;

use triage_core::{About, Call, Draft, Evidence, Meta, Redacted, TriageError, Triager};

struct Acme;

#[async_trait::async_trait]
impl Triager for Acme {
    fn about(&self) -> About {
        About::new("acme-rules", "1.0")
    }

    async fn triage(&self, evidence: &Redacted<Evidence>, _: &Call) -> Result<Draft, TriageError> {
        let (verdict, fact) = match evidence.facts.iter().find(|fact| fact.value.contains("whoami")) {
            Some(fact) => ("needs_investigation", fact.id.to_string()),
            None => ("benign_positive", "F01".to_owned()),
        };
        let answer = serde_json::json!({
            "evidence": [{ "field": fact, "shows": "what the Acme rules look at" }],
            "if_benign": "an administrator at work", "if_malicious": "discovery after a break-in",
            "mitre": [], "next_steps": ["Ask the user"], "questions": [], "severity": "low",
            "summary": "Judged by the Acme rules.", "verdict": verdict, "verdict_confidence": "low"
        });
        Ok(Draft::new(answer.to_string(), Meta::default()))
    }
}

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    ExitCode::from(wazuh_iris::worker::main_with(&arguments, Arc::new(Acme)))
}
