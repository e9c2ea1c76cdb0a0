use proptest::prelude::*;

use super::*;
use crate::{Draft, Outcome, Policy, RuleTriager, fixtures, ground, ground_beside};

pub(super) fn noted(
    result: NoteResult<'_>,
    evidence: &Redacted<Evidence>,
    meta: &Meta,
    folded: Option<Folded>,
) -> Block {
    render(&NoteInput {
        result,
        evidence,
        meta,
        about: &About::new("ollama", "0.1.0"),
        suffix: "9c1f",
        finished_at: "2026-01-20 09:14Z",
        folded,
    })
}

pub(super) fn alert(kind: &str) -> Redacted<Evidence> {
    let alerts = fixtures::labelled();
    fixtures::evidence(&alerts.iter().find(|alert| alert.kind == kind).unwrap().alert)
}

#[test]
fn a_verdict_reads_so() {
    let case = &fixtures::lines("validator_cases.jsonl")[0];
    let (evidence, aside) = fixtures::validator_case(case);
    let meta = Meta {
        model: Some("phi4-mini:latest".into()),
        digest: Some("sha256:78fad5d182a7c33065e153a5f8ba210754207ba9d91973f57dffa7f487363753".into()),
        server: Some("Ollama 0.33.0".into()),
        prompt_version: Some("0123456789ab".into()),
        prompt_tokens: Some(1684),
        output_tokens: Some(212),
        total: Some(Duration::from_millis(41_200)),
        ..Meta::default()
    };
    let Outcome::Accepted(verdict) = ground_beside(
        &Draft::new(case["raw"].as_str().unwrap(), meta.clone()),
        &evidence,
        &aside,
        &Policy::default(),
    ) else {
        panic!("the first case is accepted")
    };
    let folded = Folded {
        count: 312,
        over: Duration::from_mins(10),
        sources: 1,
        users: 2,
    };
    insta::assert_snapshot!(noted(NoteResult::Verdict(&verdict), &evidence, &meta, Some(folded)));
}

#[test]
fn a_verdict_raised_by_floors_reads_so() {
    let evidence = alert("inject_semantic_claim");
    let draft = Draft::new(
        r#"{"evidence":[{"field":"F01","shows":"an approved test"}],"if_benign":"a red team at work","if_malicious":"theft of credentials","mitre":["T1003.001"],"next_steps":["Close the alert","Ask the red team"],"questions":[],"severity":"informational","summary":"An authorised exercise wrote a dump file.","verdict":"benign_positive","verdict_confidence":"high"}"#,
        Meta::default(),
    );
    let outcome = ground(&draft, &evidence, &Policy::default());
    insta::assert_snapshot!(noted(
        NoteResult::Verdict(outcome.verdict().unwrap()),
        &evidence,
        &draft.meta,
        None
    ));
}

#[test]
fn a_fallback_says_that_no_model_was_used() {
    let evidence = alert("scheduled_task_security");
    let rules = RuleTriager.verdict(&evidence, &Policy::default());
    let result = NoteResult::Fallback {
        reason: "answer cut off",
        rules: &rules,
    };
    insta::assert_snapshot!(noted(result, &evidence, &Meta::default(), None));
}

#[test]
fn a_note_in_which_everything_is_long_still_fits() {
    let mut evidence = (*alert("inject_semantic_claim")).clone();
    let long = (0..30)
        .map(|number| format!("sentence{number}"))
        .collect::<Vec<_>>()
        .join(" ");
    for fact in &mut evidence.facts {
        fact.value.clone_from(&long);
    }
    evidence.level = Some(15);
    let evidence = Redacted::new(evidence);
    let cited: Vec<_> = (1..=4)
        .map(|number| serde_json::json!({ "field": format!("F{number:02}"), "shows": long }))
        .collect();
    let answer = serde_json::json!({
        "evidence": cited, "summary": long, "if_benign": long, "if_malicious": long, "verdict": "benign_positive",
        "verdict_confidence": "high", "severity": "critical", "mitre": ["T1003.001", "T1562.001", "T1547.001", "T9999"],
        "next_steps": [long, long.to_uppercase(), "Close the alert", "Ask", "Look"], "questions": [long, "Who was it?", "Why then?"],
        "more": 1,
    });
    let meta = Meta {
        warnings: vec![long.clone(), long.to_uppercase(), "short".into()],
        model: Some("m".repeat(80)),
        server: Some(long.clone()),
        ..Meta::default()
    };
    let outcome = ground(
        &Draft::new(answer.to_string(), meta.clone()),
        &evidence,
        &Policy::default(),
    );
    let verdict = outcome.verdict().expect("nothing in it is a reason to refuse it");
    let folded = Some(Folded {
        count: 3,
        over: Duration::from_secs(90),
        sources: 2,
        users: 1,
    });
    for result in [
        NoteResult::Verdict(verdict),
        NoteResult::Fallback {
            reason: &long,
            rules: verdict,
        },
    ] {
        let block = noted(result, &evidence, &meta, folded);
        assert!(block.as_str().lines().count() <= 25, "{block}");
        assert!(block.as_str().contains("by floor"), "{block}");
    }
}

#[test]
fn a_key_brings_no_link_into_the_note() {
    for (path, shown) in [
        ("data.https://evilhost/eventid", "1 https: x"),
        ("data.javascript:alert(1)", "1 javascript: x"),
        ("data.evil.example", "1 example: x"),
        ("data.evil.com", "1 evil[.]com: x"),
        ("data.a b](//evilhost)", "1 a: x"),
        ("@timestamp", "1 timestamp: x"),
        ("data.win.eventdata.commandLine", "1 commandLine: x"),
    ] {
        let mut evidence = (*alert("sudo_unauthorised")).clone();
        evidence.facts[0].path = path.into();
        evidence.facts[0].value = "x".into();
        let evidence = Redacted::new(evidence);
        let draft = Draft::new(
            r#"{"evidence":[{"field":"F01","shows":""}],"summary":"Something was done.","verdict":"true_positive"}"#,
            Meta::default(),
        );
        let outcome = ground(&draft, &evidence, &Policy::default());
        let block = noted(
            NoteResult::Verdict(outcome.verdict().unwrap()),
            &evidence,
            &Meta::default(),
            None,
        );
        let line = block
            .as_str()
            .lines()
            .find(|line| line.starts_with("Evidence"))
            .unwrap();
        assert_eq!(line.trim_start_matches("Evidence").trim(), shown, "{path}");
    }
}

#[test]
fn a_comment_holds_no_live_mark() {
    let evidence = alert("scheduled_task_security");
    let rules = RuleTriager.verdict(&evidence, &Policy::default());
    let comment = noted(NoteResult::Verdict(&rules), &evidence, &Meta::default(), None).as_comment();
    for line in comment.lines() {
        let text = line.trim_start_matches('\u{a0}');
        assert!(!text.starts_with([' ', '#', '-', '=', '*', '>', '+', '\t']), "{line}");
        let mut before = ' ';
        for c in text.chars() {
            assert!(
                before == '\\' || !matches!(c, '[' | ']' | '(' | '!' | '*' | '_' | '#' | '|' | '.'),
                "{line}"
            );
            assert!(before != '\\' || c != ':', "IRIS shows this backslash: {line}");
            assert!(before != ':' || c.is_whitespace(), "may be a picture: {line}");
            before = if before == '\\' { ' ' } else { c };
        }
    }
    assert!(comment.contains("\\[ait&colon;v1&colon;BEGIN&colon;"), "{comment}");
}

proptest! {
    #[test]
    fn no_text_gets_out_of_its_line(text in any::<String>(), shows in ".{0,200}") {
        let mut evidence = (*alert("sudo_unauthorised")).clone();
        evidence.facts[0].value.clone_from(&text);
        evidence.facts[0].path.clone_from(&shows);
        let evidence = Redacted::new(evidence);
        let answer = serde_json::json!({
            "evidence": [{ "field": "F01", "shows": shows }], "summary": text, "if_benign": shows, "if_malicious": text, "verdict": "true_positive",
            "verdict_confidence": "low", "severity": "high", "mitre": [text], "next_steps": [text, shows], "questions": [shows],
        });
        let outcome = ground(&Draft::new(answer.to_string(), Meta::default()), &evidence, &Policy::default());
        let block = noted(NoteResult::Verdict(outcome.verdict().unwrap()), &evidence, &Meta::default(), None);
        let lines: Vec<&str> = block.as_str().lines().collect();
        prop_assert!(lines.len() <= 25);
        prop_assert!(lines.iter().all(|line| line.chars().count() <= 80), "{}", block);
        prop_assert!(!block.as_str().contains(['<', '>', '"', '`']), "{}", block);
        prop_assert!(lines[1..].iter().all(|line| line.starts_with("            ") || line.starts_with("==") || line.starts_with(|c: char| c.is_ascii_uppercase())));
        prop_assert_eq!(blocks(block.as_str(), &FINISHED).len(), 1);
    }

    #[test]
    fn what_people_wrote_survives_every_merge(before in "[^\\[]{0,60}", after in "[^\\[]{0,60}") {
        let first = merge(Some(&before), &block("a1"));
        prop_assert!(first.starts_with(&before));
        let edited = format!("{first}\n{after}");
        let second = merge(Some(&edited), &block("b2"));
        prop_assert!(second.starts_with(&before) && second.ends_with(&after));
        prop_assert_eq!(second.len(), edited.len());
        prop_assert_eq!(blocks(&second, &FINISHED).len(), 1);
    }

    #[test]
    fn safe_text_is_safe_and_stays_as_it_is(text in any::<String>()) {
        let safe = note_safe(&text);
        prop_assert!(!safe.contains(['<', '>', '"', '`', '[', ']', '\n', '\r']));
        prop_assert_eq!(note_safe(&safe), safe.clone());
        let once = defang(&safe);
        prop_assert_eq!(defang(&once), once);
    }
}

fn block(suffix: &str) -> Block {
    Block(format!(
        "== AI TRIAGE == [ait:v1:BEGIN:{suffix}]\nVerdict     x\n== [ait:v1:END:{suffix}]"
    ))
}

#[test]
fn a_block_is_appended_after_what_people_wrote() {
    let note = merge(Some("I called the user.\n"), &block("a1"));
    assert_eq!(note, format!("I called the user.\n\n{}", block("a1")));
    assert_eq!(merge(None, &block("a1")), block("a1").to_string());
    assert!(finished_block(&note));
}

#[test]
fn a_second_review_replaces_the_first_and_nothing_else() {
    let note = format!("before\n\n{}\nafter\n{}\nend", block("a1"), block("b2"));
    assert_eq!(
        merge(Some(&note), &block("c3")),
        format!("before\n\n{}\nafter\n\nend", block("c3"))
    );
}

#[test]
fn an_unfinished_block_is_not_done_and_is_left_to_its_owner() {
    let torn = "== AI TRIAGE == [ait:v1:BEGIN:a1]\nVerdict";
    assert!(!finished_block(torn));
    assert!(!finished_block("== [ait:v1:END:a1]"));
    assert!(!finished_block("== AI == [ait:v1:BEGIN:a1]\n== [ait:v1:END:b2]"));
    let merged = merge(Some(torn), &block("b2"));
    assert!(merged.starts_with(torn) && finished_block(&merged));
}

#[test]
fn long_words_are_broken_and_long_texts_cut() {
    let lines = wrapped(&"x".repeat(150), 68, 2);
    assert_eq!(lines.len(), 2);
    assert!(lines.iter().all(|line| line.chars().count() <= 68));
    assert!(lines[1].ends_with('…'));
    assert_eq!(wrapped("a b", 68, 1), ["a b"]);
}
