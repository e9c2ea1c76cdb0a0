//! From what was measured to what to set, without asking anybody.

use serde::Serialize;

use crate::probe::report::{ProbeReport, SchemaUse};

/// Tokens of a context that are left free for the model's own marks.
const MARGIN: u64 = 128;
/// A context grows in steps, so that two alerts do not ask for two contexts.
const STEP: u64 = 1024;

/// What to set for this model on this machine.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Advice {
    /// `num_ctx`.
    pub num_ctx: u64,
    /// `num_predict`.
    pub num_predict: u64,
    /// Limit for the first token, in seconds.
    pub first_token_seconds: u64,
    /// Limit for silence between tokens, in seconds.
    pub between_tokens_seconds: u64,
    /// Limit for the whole call, in seconds; the worker's deadline must not be shorter.
    pub whole_seconds: u64,
    /// Alerts that this machine can do in an hour, one after the other: a second one at the same time takes its share of the cores.
    pub alerts_per_hour: u64,
}

/// Works out what to set; `None` when no question was answered.
pub(crate) fn advise(report: &ProbeReport, concurrency: usize) -> Option<Advice> {
    let done: Vec<_> = report.cases.iter().filter(|case| case.failure.is_none()).collect();
    let seconds: f64 = report.cases.iter().map(|case| case.seconds).sum();
    let prompt = done.iter().filter_map(|case| case.prompt_tokens).max()?;
    let output = done.iter().filter_map(|case| case.output_tokens).max()?;
    // Half as much again: the longest of a few answers is not the longest of all.
    let num_predict = (output + output / 2).next_multiple_of(50).max(350);
    let trained = report
        .card
        .as_ref()
        .and_then(|card| card.context_length)
        .unwrap_or(u64::MAX);
    // A prompt may be a third longer than the longest of a few.
    let num_ctx = (prompt + prompt / 3 + num_predict + MARGIN)
        .next_multiple_of(STEP)
        .max(2 * STEP)
        .min(trained);
    let calls = concurrency.max(1) as u64;
    let writing = per_token(report.generation_speed, num_predict);
    let reading = per_token(report.cold_prompt_speed, num_ctx.saturating_sub(num_predict));
    let loading = report.warm_up_seconds.unwrap_or(0.0);
    // Loading, one other call on every slot that is in front, and reading a prompt that is not cached; twice, because a host is
    // not always idle.
    let first = 2.0 * (loading + reading + number(calls - 1) * (reading + writing));
    let first_token_seconds = round_up(first, 60).max(120);
    Some(Advice {
        num_ctx,
        num_predict,
        first_token_seconds,
        between_tokens_seconds: round_up(2.0 * per_token(report.generation_speed, 20), 30).max(60),
        whole_seconds: first_token_seconds + round_up(2.0 * writing, 60),
        alerts_per_hour: whole_number(3600.0 * number(report.cases.len() as u64) / seconds.max(0.001)),
    })
}

/// Says why a model is not to be used: it cannot fill in the form, or it cannot do so in time.
pub(crate) fn refusals(report: &ProbeReport, deadline_seconds: f64) -> Vec<String> {
    let mut refusals = Vec::new();
    let late = report.cases.iter().filter(|case| case.is_late()).count();
    if late * 5 > report.cases.len() {
        refusals.push(format!(
            "{late} of {} alerts were not answered within the {deadline_seconds:.0} s that a call may take: take a smaller model, or \
             give it more time",
            report.cases.len(),
        ));
    }
    let failed: Vec<_> = report
        .cases
        .iter()
        .filter(|case| case.failure.is_some() && !case.is_late())
        .collect();
    // One in five may fail: the repair is for that.
    if failed.len() * 5 > report.cases.len() {
        let mut why: Vec<_> = failed
            .iter()
            .map(|case| format!("{}: {}", case.name, case.failure.as_deref().unwrap_or_default()))
            .collect();
        why.sort();
        refusals.push(format!(
            "{} of {} alerts were not answered in the form ({})",
            failed.len(),
            report.cases.len(),
            why.join("; ")
        ));
        if failed.iter().any(|case| case.is_cut_off()) {
            refusals.push("answers were cut off: let them be longer, if the model does not simply ramble".into());
        }
        if report.schema == Some(SchemaUse::Ignored) {
            refusals.push(
                "the server does not hold the model to the form, and the model does not keep it by itself".into(),
            );
        }
    }
    let slowest = slowest(report);
    if late == 0 && slowest > deadline_seconds {
        refusals.push(format!(
            "an alert took {slowest:.0} s, longer than the {deadline_seconds:.0} s that a call may take: take a smaller model"
        ));
    }
    refusals
}

fn slowest(report: &ProbeReport) -> f64 {
    report.cases.iter().map(|case| case.seconds).fold(0.0, f64::max)
}

/// Says what to know although the model may be used.
pub(crate) fn remarks(report: &ProbeReport, deadline_seconds: f64) -> Vec<String> {
    let mut remarks = Vec::new();
    let mut remark = |what: &str| remarks.push(what.to_owned());
    match report.schema {
        Some(SchemaUse::Ignored) => remark("the server ignores schemas: every answer rests on the prompt alone"),
        Some(SchemaUse::Sorted) => {
            remark("the server sorts the form by name: the verdict must not come before its reasons");
        }
        Some(SchemaUse::Honoured) | None => {}
    }
    // What is read in no time is read in no time again.
    let slow = report.cold_prompt_seconds.is_none_or(|seconds| seconds > 0.5);
    if slow && report.prefix_reuse.is_some_and(|times| times < 3.0) {
        remark(
            "the server reads the constant part again for every alert: keep the model loaded, and nobody else on it",
        );
    }
    if let (Some(given), Some(asked)) = (report.context_given, report.context_asked)
        && given < u64::from(asked)
    {
        remark(&format!(
            "the server gives a context of {given} tokens and not of {asked}"
        ));
    }
    let mut answered = report.cases.iter().filter(|case| case.failure.is_none()).peekable();
    if answered.peek().is_some() && answered.all(|case| case.prompt_tokens.is_none() || case.output_tokens.is_none()) {
        remark("the server does not count tokens, so nothing can be said about sizes");
    }
    if slowest(report) * 2.0 > deadline_seconds {
        remark(
            "an alert takes more than half of the time that a call may: a refused answer will not be asked for again",
        );
    }
    if report.card.as_ref().is_some_and(crate::ModelCard::thinks) {
        remark("the model can think; it is told not to, and some models do all the same");
    }
    let odd: Vec<String> = report
        .cases
        .iter()
        .filter(|case| case.odd)
        .map(|case| format!("{} {}", case.name, case.verdict.as_deref().unwrap_or_default()))
        .collect();
    if !odd.is_empty() {
        remarks.push(format!(
            "the model calls {}, which hardly any analyst would: measure it with `ai-worker eval` before it is believed",
            odd.join(", ")
        ));
    }
    let mut verdicts = report.cases.iter().filter_map(|case| case.verdict.as_deref());
    let first = verdicts.next();
    if report.cases.len() >= 3 && verdicts.clone().count() >= 2 && verdicts.all(|verdict| Some(verdict) == first) {
        let what = format!(
            "the model calls everything {}: it fills in the form and does not judge",
            first.unwrap_or_default()
        );
        remarks.push(what);
    }
    remarks
}

fn per_token(speed: Option<f64>, tokens: u64) -> f64 {
    speed
        .filter(|speed| *speed > 0.0)
        .map_or(0.0, |speed| number(tokens) / speed)
}

/// Counts here are small; a huge one is as good as four thousand million.
pub(crate) fn number(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn round_up(seconds: f64, step: u64) -> u64 {
    whole_number(seconds.ceil()).next_multiple_of(step)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before")]
fn whole_number(number: f64) -> u64 {
    if number.is_finite() {
        number.clamp(0.0, 1e9) as u64
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::report::CaseReport;

    fn case(seconds: f64, failure: Option<&str>) -> CaseReport {
        CaseReport {
            name: "login".into(),
            seconds,
            prompt_tokens: Some(1900),
            output_tokens: Some(310),
            failure: failure.map(str::to_owned),
            ..CaseReport::default()
        }
    }

    fn report(cases: Vec<CaseReport>) -> ProbeReport {
        ProbeReport {
            warm_up_seconds: Some(20.0),
            cold_prompt_speed: Some(30.0),
            generation_speed: Some(10.0),
            prefix_reuse: Some(20.0),
            context_asked: Some(4096),
            context_given: Some(4096),
            schema: Some(SchemaUse::Honoured),
            cases,
            ..ProbeReport::default()
        }
    }

    #[test]
    fn advice_leaves_room_for_what_a_few_alerts_did_not_show() {
        let advice = advise(&report(vec![case(40.0, None), case(80.0, None)]), 1).unwrap();
        assert_eq!((advice.num_predict, advice.num_ctx), (500, 4096));
        // 20 s to load and 3,596 tokens at 30 a second, twice, in minutes.
        assert_eq!(advice.first_token_seconds, 300);
        assert_eq!((advice.between_tokens_seconds, advice.whole_seconds), (60, 420));
        assert_eq!(advice.alerts_per_hour, 60);
        let two = advise(&report(vec![case(40.0, None)]), 2).unwrap();
        assert!(two.first_token_seconds > advice.first_token_seconds);
    }

    #[test]
    fn advice_without_an_answer_is_none_and_odd_numbers_do_no_harm() {
        assert_eq!(advise(&report(vec![]), 1), None);
        let mut odd = report(vec![case(0.0, None)]);
        odd.generation_speed = Some(0.0);
        odd.cold_prompt_speed = Some(f64::INFINITY);
        odd.warm_up_seconds = Some(f64::NAN);
        assert!(advise(&odd, 0).unwrap().first_token_seconds >= 120);
    }

    #[test]
    fn one_failure_in_five_is_for_the_repair_and_two_are_a_refusal() {
        let with = |failed: usize| {
            let mut cases = vec![case(1.0, None); 5 - failed];
            cases.extend(vec![case(1.0, Some("no object")); failed]);
            refusals(&report(cases), 900.0)
        };
        assert!(with(1).is_empty());
        assert!(
            with(2)[0].contains("2 of 5") && with(2)[0].contains("login: no object"),
            "{:?}",
            with(2)
        );
        let slow = refusals(&report(vec![case(901.0, None)]), 900.0);
        assert!(slow[0].contains("901 s"), "{slow:?}");
        let cut = refusals(&report(vec![case(1.0, Some(crate::failure::CUT_OFF)); 5]), 900.0);
        assert!(cut[1].contains("let them be longer"), "{cut:?}");
        let late = CaseReport {
            kind: Some(triage_core::TriageErrorKind::Timeout),
            ..case(900.0, Some("did not finish"))
        };
        let slow = refusals(&report(vec![late.clone(), late]), 900.0);
        assert_eq!(slow.len(), 1, "{slow:?}");
        assert!(
            slow[0].contains("2 of 2 alerts were not answered within the 900 s"),
            "{slow:?}"
        );
        let mut countless = case(1.0, None);
        countless.output_tokens = None;
        assert!(remarks(&report(vec![countless]), 900.0)[0].contains("does not count tokens"));
        let half = remarks(&report(vec![case(451.0, None)]), 900.0);
        assert!(half[0].contains("more than half"), "{half:?}");
    }

    #[test]
    fn what_is_odd_but_bearable_is_remarked() {
        assert!(remarks(&report(vec![]), 900.0).is_empty());
        let mut odd = report(vec![]);
        odd.schema = Some(SchemaUse::Sorted);
        odd.prefix_reuse = Some(1.1);
        odd.context_given = Some(2048);
        assert_eq!(remarks(&odd, 900.0).len(), 3);
        let judged = |verdicts: &[&str]| {
            let mut cases = vec![case(1.0, None); verdicts.len()];
            for (case, verdict) in cases.iter_mut().zip(verdicts) {
                case.verdict = Some((*verdict).to_owned());
            }
            remarks(&report(cases), 900.0)
        };
        assert!(judged(&["benign", "attack", "benign"]).is_empty());
        assert!(judged(&["attack"; 5])[0].contains("everything attack"));
        let mut odd = case(1.0, None);
        (odd.odd, odd.verdict) = (true, Some("benign".into()));
        assert!(remarks(&report(vec![odd]), 900.0)[0].contains("calls login benign"));
    }
}
