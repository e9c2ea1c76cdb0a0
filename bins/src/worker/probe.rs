//! Measures the model behind Ollama or an OpenAI-compatible server, and says what to set or why not to use it.

use std::fmt::Write as _;

use llm_ollama::probe::{Advice, CaseReport, ProbeReport, SchemaUse, Subject, canned, probe};
use triage_core::Triager;

use super::{clock, setup};
use crate::settings::{Settings, TriagerChoice};
use crate::terminal::{Failure, for_terminal, say};

/// Probes and prints; the error says that the model is not to be used.
pub(super) async fn run(settings: &Settings, json: bool) -> Result<(), Failure> {
    match settings.worker.triager {
        TriagerChoice::Ollama => {
            let ollama = setup::ollama(settings).map_err(Failure::configuration)?;
            measure(settings, (&ollama).into(), ollama.about().remote, json).await
        }
        TriagerChoice::OpenAi => {
            let openai = setup::openai(settings).map_err(Failure::configuration)?;
            measure(settings, (&openai).into(), openai.about().remote, json).await
        }
        TriagerChoice::Rules | TriagerChoice::Command => Err(Failure::usage(
            "probe measures a model behind Ollama or an OpenAI-compatible server\nhint: ai-worker probe --triager ollama",
        )),
    }
}

async fn measure(settings: &Settings, subject: Subject<'_>, remote: bool, json: bool) -> Result<(), Failure> {
    let redactor = setup::redactor(settings, remote).map_err(Failure::configuration)?;
    let cases = canned(subject, &redactor).map_err(Failure::configuration)?;
    // No server has read a prompt that begins like this.
    let nonce = format!("{} {}", clock::stamp(), uuid::Uuid::new_v4().simple());
    let report = probe(subject, &cases, &nonce).await;
    if json {
        say(&serde_json::to_string(&report).map_err(Failure::failed)?)?;
    } else {
        say(for_terminal(&text(&report)).trim_end())?;
    }
    if report.is_usable() {
        Ok(())
    } else {
        Err(Failure::failed(format!("{} is not to be used here", report.model)))
    }
}

/// The report for people; what is to be set stands last, as it is written in the settings file.
fn text(report: &ProbeReport) -> String {
    let mut out = String::new();
    let mut row = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = writeln!(out, "{name:<15} {value}");
        }
    };
    let card = report.card.clone().unwrap_or_default();
    row(
        "server",
        report.server.as_ref().map(|server| match report.context_asked {
            Some(_) => format!("Ollama {server}"),
            None => server.clone(),
        }),
    );
    let parts = [Some(report.model.clone()), card.parameter_size, card.quantization];
    row(
        "model",
        Some(parts.into_iter().flatten().collect::<Vec<_>>().join(", ")),
    );
    row("digest", report.digest.clone());
    row("capabilities", card.capabilities.map(|words| words.join(", ")));
    row("context", Some(context(report, card.context_length)));
    row("load", report.warm_up_seconds.map(|s| format!("{s:.1} s")));
    let read = report.cold_prompt_seconds.zip(report.cold_prompt_speed);
    row(
        "prompt, cold",
        read.map(|(s, speed)| format!("{}, {speed:.0} tokens/s", time(s))),
    );
    let again = report.warm_prompt_seconds.zip(report.prefix_reuse);
    row(
        "prompt, warm",
        again.map(|(s, times)| format!("{}, {times:.1} times faster", time(s))),
    );
    row(
        "answer",
        report.generation_speed.map(|speed| format!("{speed:.1} tokens/s")),
    );
    row("schema", report.schema.map(|schema| words(schema).to_owned()));
    for case in &report.cases {
        row("alert", Some(of_case(case)));
    }
    for remark in &report.remarks {
        let _ = writeln!(out, "note: {remark}");
    }
    if !report.is_usable() {
        out.push_str("\nDo not use this model here:\n");
        for refusal in &report.refusals {
            let _ = writeln!(out, "- {refusal}");
        }
        return out;
    }
    if let Some(advice) = &report.advice {
        set(&mut out, report, advice);
    }
    out
}

/// Writes what is to be set, as it stands in the settings file.
fn set(out: &mut String, report: &ProbeReport, advice: &Advice) {
    let backend = if report.context_asked.is_some() {
        format!(
            "[ollama]\nnum_ctx = {}\nnum_predict = {}",
            advice.num_ctx, advice.num_predict
        )
    } else {
        let _ = writeln!(
            out,
            "note: give the server a context of {} tokens at least for each call at once",
            advice.num_ctx
        );
        format!("[openai]\nmax_tokens = {}", advice.num_predict)
    };
    let deadline = advice.whole_seconds;
    let _ = write!(
        out,
        "\nThis machine can do {} alerts an hour. Set:\n\n{backend}\nfirst_token_seconds = {}\nsilence_seconds = {}\n\n\
         [worker]\ndeadline_seconds = {deadline}\nlease_seconds = {}\n",
        advice.alerts_per_hour,
        advice.first_token_seconds,
        advice.between_tokens_seconds,
        // In the proportion of the defaults.
        deadline * 8 / 3,
    );
}

fn context(report: &ProbeReport, trained: Option<u64>) -> String {
    let number = |tokens: Option<u64>| tokens.map_or_else(|| "unknown".to_owned(), |tokens| tokens.to_string());
    let asked = report
        .context_asked
        .map(|tokens| format!("asked {tokens}, "))
        .unwrap_or_default();
    format!(
        "{asked}given {}, trained for {}",
        number(report.context_given),
        number(trained)
    )
}

fn time(seconds: f64) -> String {
    if seconds < 1.0 {
        format!("{:.0} ms", seconds * 1000.0)
    } else {
        format!("{seconds:.1} s")
    }
}

fn words(schema: SchemaUse) -> &'static str {
    match schema {
        SchemaUse::Honoured => "honoured",
        SchemaUse::Sorted => "honoured, sorted by name",
        SchemaUse::Ignored => "ignored",
        _ => "unknown",
    }
}

fn of_case(case: &CaseReport) -> String {
    let became = match (&case.failure, &case.verdict) {
        (Some(why), _) => format!("FAIL: {why}"),
        (None, Some(verdict)) => verdict.clone(),
        (None, None) => "answered".to_owned(),
    };
    let tokens = |tokens: Option<u64>| tokens.map_or_else(|| "?".to_owned(), |tokens| tokens.to_string());
    format!(
        "{:<24} {:>6.1} s  {:>5} -> {:>4} tokens  {became}",
        case.name,
        case.seconds,
        tokens(case.prompt_tokens),
        tokens(case.output_tokens)
    )
}
