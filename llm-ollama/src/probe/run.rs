//! Asks the questions that measure a model.

use std::fmt;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;
use triage_core::{TriageError, TriageErrorKind};

use crate::chat::{ChatAnswer, ChatRequest};
use crate::probe::advice::{advise, number, refusals, remarks};
use crate::probe::report::{CaseReport, ProbeReport, SchemaUse};
use crate::probe::subject::Subject;

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
    odd: &'static [&'static str],
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
            odd: &[],
        }
    }

    /// Names the verdicts that hardly any analyst would give.
    #[must_use]
    pub fn oddly(mut self, verdicts: &'static [&'static str]) -> Self {
        self.odd = verdicts;
        self
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

/// Late answers after which no more are waited for.
const MOST_LATE: usize = 2;

/// Measures the model of a triager with these questions, and says what to set or why not to use it. `nonce` is a text that no
/// probe had before, so that the server has read nothing of the first prompt.
///
/// Takes as long as a handful of alerts, and a load of the model.
pub async fn probe<'a>(subject: impl Into<Subject<'a>>, cases: &[Case<'_>], nonce: &str) -> ProbeReport {
    let subject = subject.into();
    let mut report = ProbeReport {
        model: subject.model().to_owned(),
        context_asked: subject.context_asked(),
        ..ProbeReport::default()
    };
    if let Err(error) = measure(subject, cases, nonce, &mut report).await {
        report.refusals.push(error.message);
        return report;
    }
    let deadline = subject.limit().as_secs_f64();
    report.advice = advise(&report, subject.triager().about().concurrency);
    report.refusals = refusals(&report, deadline);
    report.remarks.extend(remarks(&report, deadline));
    report
}

/// Fills in the report; fails when nothing can be measured at all.
async fn measure(
    subject: Subject<'_>,
    cases: &[Case<'_>],
    nonce: &str,
    report: &mut ProbeReport,
) -> Result<(), TriageError> {
    let identity = subject.identify().await?;
    report.card = identity.card;
    report.digest = identity.digest;
    report.server = identity.server;
    report.remarks.extend(identity.complaint);

    let started = Instant::now();
    subject.triager().warm_up().await?;
    report.warm_up_seconds = Some(started.elapsed().as_secs_f64());
    report.context_given = subject.context_given().await;

    let mut written = Written::default();
    reading(subject, nonce, report, &mut written).await?;
    for case in cases {
        let done = answer(subject, case, &mut written).await;
        report.generation_speed = speed(Some(written.tokens), Some(written.time));
        let servers = [
            TriageErrorKind::Misconfigured,
            TriageErrorKind::Unavailable,
            TriageErrorKind::Busy,
        ];
        if let Some(kind) = done.kind.filter(|kind| servers.contains(kind)) {
            // It says nothing about the model.
            return Err(TriageError::new(kind, done.failure.unwrap_or_default()));
        }
        report.cases.push(done);
        // Each of them takes as long as a call may.
        if report.cases.iter().filter(|case| case.is_late()).count() >= MOST_LATE {
            break;
        }
    }
    Ok(())
}

/// Measures how fast a prompt is read, cold and warm, and what becomes of a form.
async fn reading(
    subject: Subject<'_>,
    nonce: &str,
    report: &mut ProbeReport,
    written: &mut Written,
) -> Result<(), TriageError> {
    // First, because everything that stands behind it is then unread.
    let system = format!("{nonce}\n{}", PARAGRAPH.repeat(PARAGRAPHS));
    let ask = |user: &str| ChatRequest::new(&system, user, FORM);
    let cold = subject.chat(&ask("Say hello in one word.")).await;
    let warm = subject.chat(&ask("Say good night in one word.")).await;
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
    // Many servers do not say how long they read; from here, it is the wait for the first token.
    let read = |answer: &ChatAnswer| answer.meta.prompt.or(answer.first_token);
    let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
    report.cold_prompt_seconds = seconds(read(&cold));
    report.warm_prompt_seconds = seconds(read(&warm));
    report.cold_prompt_speed = speed(cold.meta.prompt_tokens, read(&cold));
    report.server = report.server.take().or(cold.meta.server);
    report.prefix_reuse = report
        .cold_prompt_seconds
        .zip(report.warm_prompt_seconds)
        .map(|(cold, warm)| cold / warm.max(1e-6));
    Ok(())
}

async fn answer(subject: Subject<'_>, case: &Case<'_>, written: &mut Written) -> CaseReport {
    let started = Instant::now();
    let answered = subject.chat(&case.request).await;
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
                Ok(verdict) => {
                    report.odd = case.odd.contains(&verdict.as_str());
                    report.verdict = Some(verdict);
                }
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
        let meta = &answer.meta;
        let seen = || {
            let asked = meta.total?.checked_sub(meta.queue.unwrap_or_default())?;
            asked.checked_sub(answer.first_token?)
        };
        if let (Some(tokens), Some(time)) = (meta.output_tokens, meta.generate.or_else(seen)) {
            self.tokens += tokens;
            self.time += time;
        }
    }
}
