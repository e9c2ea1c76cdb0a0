//! A third-party triager: one trait and a `main` around the stock worker.

use triage_core::{About, Call, Draft, Evidence, FactId, Meta, Redacted, TriageError, Triager};

struct Acme;

#[async_trait::async_trait]
impl Triager for Acme {
    fn about(&self) -> About {
        About::new("acme-rules", "1.0")
    }

    async fn triage(&self, evidence: &Redacted<Evidence>, _: &Call) -> Result<Draft, TriageError> {
        let hit = evidence.facts.iter().find(|fact| fact.value.contains("whoami"));
        let verdict = hit.map_or("benign_positive", |_| "needs_investigation");
        let answer = serde_json::json!({ "verdict": verdict, "verdict_confidence": "low", "severity": "low", "mitre": [], "questions": [],
            "evidence": [{ "field": hit.map_or(FactId(1), |fact| fact.id), "shows": "what the Acme rules look at" }], "next_steps": ["Ask the user"],
            "if_benign": "an administrator at work", "if_malicious": "discovery after a break-in", "summary": "Judged by the Acme rules." });
        Ok(Draft::new(answer.to_string(), Meta::default()))
    }
}

fn main() -> std::process::ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    wazuh_iris::worker::main_with(&arguments, std::sync::Arc::new(Acme)).into()
}
