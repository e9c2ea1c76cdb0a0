//! Asks the questions that measure a model.

use std::fmt;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;
use triage_core::{TriageError, TriageErrorKind, Triager};

use crate::chat::{ChatAnswer, ChatRequest};
use crate::ollama::Ollama;
use crate::probe::advice::{advise, number, refusals, remarks};
use crate::probe::report::{CaseReport, ProbeReport, SchemaUse};

/// A form that no model fills in by itself, in an order that is not the alphabet's.
const FORM: &str = r#"{"type":"object","properties":{"zulu":{"type":"string","enum":["kilo"]},"alpha":{"type":"integer","minimum":41,"maximum":43}},"required":["zulu","alpha"],"additionalProperties":false}"#;
/// Long enough that its reading can be measured, short enough for any context.
const PARAGRAPH: &str = "A process was started on a host. Its parent is a shell. The user has logged on an hour ago from an \
    address inside the network. The command line asks for the name of the user and for the groups that the user is in. ";
const PARAGRAPHS: usize = 12;

/// One question of a probe, and what tells a good answer from a bad one.
pub struct Case<'a> {
    name: String,
    request: ChatRequest,
    check: Box<Check<'a>>,
}

/// Says what the answer's verdict is, or, in words without the answer's, what is wrong with it.
type Check<'a> = dyn Fn(&ChatAnswer) -> Result<String, String> + Send + Sync + 'a;

impl<'a> Case<'a> {
    /// A question with this check, which says what the answer's verdict is, or, in words without the answer's, what is wrong.
    pub fn new(
        name: impl Into<String>,
        request: ChatRequest,
        check: impl Fn(&ChatAnswer) -> Result<String, String> + Send + Sync + 'a,
    ) -> Self {
        Self {
            name: name.into(),
            request,
            check: Box::new(check),
        }
    }
}

impl fmt::Debug for Case<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case")
            .field("name", &self.name)
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

/// Measures the model of a triager with these questions, and says what to set or why not to use it. `nonce` is a text that no
/// probe had before, so that the server has read nothing of the first prompt.
///
/// Takes as long as a handful of alerts, and a load of the model.
pub async fn probe(ollama: &Ollama, cases: &[Case<'_>], nonce: &str) -> ProbeReport {
    let client = ollama.client();
    let mut report = ProbeReport {
        model: client.model().to_owned(),
        context_asked: client.setup().options.num_ctx,
        ..ProbeReport::default()
    };
    if let Err(error) = measure(ollama, cases, nonce, &mut report).await {
        report.refusals.push(error.message);
        return report;
    }
    report.advice = advise(&report, client.setup().concurrency);
    report.refusals = refusals(&report, client.setup().timeouts.whole.as_secs_f64());
    report.remarks.extend(remarks(&report));
    report
}

/// Fills in the report; fails when nothing can be measured at all.
async fn measure(
    ollama: &Ollama,
    cases: &[Case<'_>],
    nonce: &str,
    report: &mut ProbeReport,
) -> Result<(), TriageError> {
    let client = ollama.client();
    let known = client.known().await?;
    report.card = Some((*known.card).clone());
    report.digest.clone_from(&known.digest);
    report.server = known.version.as_ref().map(|version| version.text().to_owned());
    report
        .remarks
        .extend(known.version.as_ref().and_then(crate::version::Version::complaint));

    let started = Instant::now();
    ollama.warm_up().await?;
    report.warm_up_seconds = Some(started.elapsed().as_secs_f64());
    let loaded = client.loaded().await.unwrap_or_default();
    report.context_given = client
        .ours_among(&loaded, &known)
        .await
        .and_then(|ours| ours.context_length);

    let mut written = Written::default();
    reading(ollama, nonce, report, &mut written).await?;
    for case in cases {
        let done = answer(ollama, case, &mut written).await;
        report.generation_speed = speed(Some(written.tokens), Some(written.time));
        if done.kind.is_some_and(|kind| kind == TriageErrorKind::Misconfigured) {
            return Err(TriageError::new(
                TriageErrorKind::Misconfigured,
                done.failure.unwrap_or_default(),
            ));
        }
        report.cases.push(done);
    }
    Ok(())
}

/// Measures how fast a prompt is read, cold and warm, and what becomes of a form.
async fn reading(
    ollama: &Ollama,
    nonce: &str,
    report: &mut ProbeReport,
    written: &mut Written,
) -> Result<(), TriageError> {
    // First, because everything that stands behind it is then unread.
    let system = format!("{nonce}\n{}", PARAGRAPH.repeat(PARAGRAPHS));
    let ask = |user: &str| ChatRequest::new(&system, user, FORM);
    let cold = ollama.client().chat(&ask("Say hello in one word.")).await;
    let warm = ollama.client().chat(&ask("Say good night in one word.")).await;
    for answered in [&cold, &warm] {
        match answered {
            Ok(answer) => written.add(answer),
            // Prose in place of a form: that is what is to be found out here.
            Err(error) if error.kind == TriageErrorKind::BadOutput => {}
            Err(error) => return Err(TriageError::new(error.kind, error.message.clone())),
        }
    }
    report.schema = Some(cold.as_ref().map_or(SchemaUse::Ignored, |answer| form_of(&answer.text)));
    let (Ok(cold), Ok(warm)) = (cold, warm) else {
        return Ok(());
    };
    let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
    report.cold_prompt_seconds = seconds(cold.meta.prompt);
    report.warm_prompt_seconds = seconds(warm.meta.prompt);
    report.cold_prompt_speed = speed(cold.meta.prompt_tokens, cold.meta.prompt);
    report.prefix_reuse = report
        .cold_prompt_seconds
        .zip(report.warm_prompt_seconds)
        .map(|(cold, warm)| cold / warm.max(1e-6));
    Ok(())
}

async fn answer(ollama: &Ollama, case: &Case<'_>, written: &mut Written) -> CaseReport {
    let started = Instant::now();
    let answered = ollama.client().chat(&case.request).await;
    let seconds = started.elapsed().as_secs_f64();
    let mut report = CaseReport {
        name: case.name.clone(),
        seconds,
        ..CaseReport::default()
    };
    match answered {
        Ok(answer) => {
            written.add(&answer);
            report.prompt_tokens = answer.meta.prompt_tokens;
            report.output_tokens = answer.meta.output_tokens;
            match (case.check)(&answer) {
                Ok(verdict) => report.verdict = Some(verdict),
                Err(why) => report.failure = Some(why),
            }
        }
        Err(error) => {
            report.failure = Some(error.message);
            report.kind = Some(error.kind);
        }
    }
    report
}

/// Says what became of the form.
fn form_of(text: &str) -> SchemaUse {
    let Ok(Value::Object(fields)) = serde_json::from_str(text) else {
        return SchemaUse::Ignored;
    };
    let has_form = fields.len() == 2
        && fields.get("zulu").and_then(Value::as_str) == Some("kilo")
        && fields.get("alpha").and_then(Value::as_i64).is_some();
    match fields.keys().next().map(String::as_str) {
        Some("zulu") if has_form => SchemaUse::Honoured,
        Some(_) if has_form => SchemaUse::Sorted,
        _ => SchemaUse::Ignored,
    }
}

fn speed(tokens: Option<u64>, time: Option<Duration>) -> Option<f64> {
    let seconds = time?.as_secs_f64();
    (seconds > 0.0)
        .then(|| number(tokens.unwrap_or(0)) / seconds)
        .filter(|speed| *speed > 0.0)
}

/// What was written in all, and how long that took: short answers weigh little.
#[derive(Debug, Default)]
struct Written {
    tokens: u64,
    time: Duration,
}

impl Written {
    fn add(&mut self, answer: &ChatAnswer) {
        if let (Some(tokens), Some(time)) = (answer.meta.output_tokens, answer.meta.generate) {
            self.tokens += tokens;
            self.time += time;
        }
    }
}
