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
        let answer = serde_json::json!({ "evidence": [{ "field": hit.map_or(FactId(1), |fact| fact.id), "shows": "what the Acme rules look at" }],
            "if_benign": "an administrator at work", "if_malicious": "discovery after a break-in", "next_steps": ["Ask the user"], "severity": "low",
            "summary": "Judged by the Acme rules.", "verdict": if hit.is_some() { "needs_investigation" } else { "benign_positive" }, "verdict_confidence": "low", "mitre": [], "questions": [] });
        Ok(Draft::new(answer.to_string(), Meta::default()))
    }
}
fn main() -> std::process::ExitCode {
    wazuh_iris::worker::main_with(std::env::args_os(), Acme).into()
}
