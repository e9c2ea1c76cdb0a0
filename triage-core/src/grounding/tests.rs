mod severity;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{About, Meta, fixtures, note};

fn note_of(verdict: &Verdict, evidence: &Redacted<Evidence>) -> String {
    let input = note::NoteInput {
        result: note::NoteResult::Verdict(verdict),
        evidence,
        meta: &Meta::default(),
        about: &About::new("test", "1"),
        suffix: "9c1f",
        finished_at: "2026-01-20 09:14Z",
        folded: None,
    };
    note::render(&input).to_string()
}

/// What our own frame of a note holds anyway.
fn without_frame(note: &str) -> String {
    let lines: Vec<&str> = note.lines().collect();
    lines[1..lines.len() - 1].join("\n")
}

#[test]
fn every_case_of_the_validator_corpus_ends_as_it_should() {
    let mut counts = std::collections::BTreeMap::new();
    for case in fixtures::lines("validator_cases.jsonl") {
        let id = case["id"].as_str().unwrap();
        let (evidence, aside) = fixtures::validator_case(&case);
        let draft = Draft::new(case["raw"].as_str().unwrap(), Meta::default());
        let outcome = ground_beside(&draft, &evidence, &aside, &Policy::default());
        let word = match &outcome {
            Outcome::Accepted(_) => "accept",
            Outcome::Repaired(..) => "repair",
            Outcome::Rejected(_) => "reject",
        };
        assert_eq!(word, case["expect"], "{id}: {outcome:?}");
        *counts.entry(word).or_insert(0) += 1;
        for (key, wanted) in case["then"].as_object().unwrap() {
            assert!(
                holds(key, wanted, &outcome, &evidence),
                "{id}: {key} should be {wanted}: {outcome:?}"
            );
        }
    }
    println!("validator corpus: {counts:?}");
    assert_eq!(counts.values().sum::<i32>(), 34);
}

#[test]
fn every_answer_that_was_written_without_a_look_at_the_checks_ends_as_it_should() {
    let cases = fixtures::lines("validator_unseen.jsonl");
    for case in &cases {
        let id = case["id"].as_str().unwrap();
        let (evidence, aside) = fixtures::validator_case(case);
        let draft = Draft::new(case["raw"].as_str().unwrap(), Meta::default());
        let outcome = ground_beside(&draft, &evidence, &aside, &Policy::default());
        let word = match &outcome {
            Outcome::Accepted(_) => "accept",
            Outcome::Repaired(..) => "repair",
            Outcome::Rejected(_) => "reject",
        };
        let any_of = |wanted: &Value, said: &str| wanted.as_str().unwrap().split('|').any(|one| said.contains(one));
        assert!(any_of(&case["expect"], word), "{id} {}: {outcome:?}", case["name"]);
        let Some(verdict) = outcome.verdict() else { continue };
        let note = note_of(verdict, &evidence);
        assert_harmless(&note, id);
        for (key, wanted) in case["then"].as_object().unwrap() {
            let text = wanted.as_str().unwrap_or_default();
            let good = match key.as_str() {
                "verdict" => any_of(wanted, verdict.disposition().as_str()),
                "gone" | "notext" => !note.contains(text),
                "kept" | "has" => note.contains(text),
                "warn" => {
                    let codes: Vec<_> = verdict.warnings().iter().map(|warning| warning.code.as_str()).collect();
                    any_of(wanted, &codes.join(" ")) || any_of(wanted, &format!("{outcome:?}").to_lowercase())
                }
                _ => true,
            };
            assert!(
                good,
                "{id} {}: {key} should be {wanted}: {outcome:?}\n{note}",
                case["name"]
            );
        }
    }
    println!("unseen answers: {}", cases.len());
    assert!(cases.len() >= 180);
}

fn holds(key: &str, wanted: &Value, outcome: &Outcome, evidence: &Redacted<Evidence>) -> bool {
    if let Outcome::Rejected(rejection) = outcome {
        return match key {
            "reason" => wanted == rejection.reason.as_str(),
            "retry" => wanted == rejection.retry,
            _ => panic!("unknown expectation {key}"),
        };
    }
    let verdict = outcome.verdict().unwrap();
    let note = note_of(verdict, evidence);
    let inside = without_frame(&note);
    let codes: Vec<&str> = verdict.warnings().iter().map(|warning| warning.code.as_str()).collect();
    let text = wanted.as_str().unwrap_or("");
    match key {
        "verdict" => verdict.disposition().as_str() == text,
        "verdict_confidence" => verdict.confidence().as_str() == text,
        "next_steps" => json!(verdict.next_steps()) == *wanted,
        "next_steps_max" => verdict.next_steps().len() as u64 <= wanted.as_u64().unwrap(),
        "mitre" => {
            json!(
                verdict
                    .mitre()
                    .iter()
                    .map(|technique| &technique.id)
                    .collect::<Vec<_>>()
            ) == *wanted
        }
        "evidence" => {
            json!(
                verdict
                    .evidence()
                    .iter()
                    .map(|cited| cited.fact.to_string())
                    .collect::<Vec<_>>()
            ) == *wanted
        }
        "warn" => codes.contains(&text),
        "quote_ok" => !codes.contains(&"quote_not_in_alert"),
        "no_chars" => !inside.contains(|c| text.contains(c)),
        "no_text" => !inside.contains(text),
        "defanged" => !inside.contains("://") && !inside.contains("evil.example"),
        "single_line" => {
            !verdict.summary().contains('\n') && !note.lines().any(|line| line.trim_start().starts_with("[AI"))
        }
        "unknown_keys_dropped" => codes.contains(&format!("unknown_keys_dropped:{wanted}").as_str()),
        "restored" => wanted
            .as_array()
            .unwrap()
            .iter()
            .all(|name| verdict.summary().contains(name.as_str().unwrap())),
        _ => panic!("unknown expectation {key}"),
    }
}

/// Every label that a line may begin with.
const LABELS: [&str; 14] = [
    "",
    "Verdict",
    "Rules say",
    "Summary",
    "Evidence",
    "Benign if",
    "Hostile if",
    "ATT&CK",
    "Next",
    "Open",
    "Warnings",
    "Seen",
    "Made by",
    "Severity",
];

/// What no payload may do to a note: bring markup, a link, a line or a marker of its own.
fn assert_harmless(note: &str, what: &str) {
    let lines: Vec<&str> = note.lines().collect();
    assert!(lines.len() <= 25, "{what}: {} lines", lines.len());
    assert!(lines.iter().all(|line| line.chars().count() <= 80), "{what}: {note}");
    let inside = &lines[1..lines.len() - 1];
    for line in inside {
        let label: String = line.chars().take(12).collect();
        assert!(LABELS.contains(&label.trim_end()), "{what}: {line}");
    }
    let text = inside.join("\n");
    for mark in ["<", ">", "`", "\"", "](", "://", "[ait", "&#", "&lt"] {
        assert!(!text.contains(mark), "{what}: {mark} in {text}");
    }
    assert!(
        !text
            .chars()
            .any(|c| (c.is_control() && c != '\n') || crate::safe::is_unseen(c)),
        "{what}: {text:?}"
    );
    let bracketed = text.replace("[.]", "").replace("[:]", "");
    assert!(!bracketed.contains(['[', ']']), "{what}: {text}");
}

#[test]
#[cfg(feature = "testing")]
fn no_payload_in_an_attack_ends_in_a_benign_verdict_whatever_is_answered() {
    use crate::testing::EvilTriager;
    let payloads = fixtures::payloads();
    let mut judged = 0;
    let mut closed = Vec::new();
    for alert in fixtures::labelled()
        .iter()
        .filter(|alert| alert.verdict == Disposition::TruePositive)
    {
        let unseen = |payload: &Value| payload["id"].as_str().unwrap().starts_with("IU-");
        // Those of the corpus in every attack, the others in the one they were written for.
        for payload in payloads
            .iter()
            .filter(|payload| !unseen(payload) || payload["host_alert"] == alert.kind)
        {
            let (field, value) = (payload["field"].as_str().unwrap(), payload["value"].as_str().unwrap());
            let evidence = fixtures::evidence(&fixtures::with_payload(&alert.alert, field, value));
            let outcome = ground(&EvilTriager.draft(&evidence), &evidence, &Policy::default());
            let verdict = outcome.verdict().expect("what obeys answers in form");
            let what = format!("{} in {}", payload["id"], alert.kind);
            if verdict.disposition().is_benign() {
                closed.push(what.clone());
            }
            assert_harmless(&note_of(verdict, &evidence), &what);
            judged += 1;
        }
    }
    println!("{judged} payloads in attacks, {} closed: {closed:?}", closed.len());
    assert!(closed.is_empty(), "{closed:?}");
}

#[test]
fn every_payload_stays_inside_its_line_of_the_note() {
    let alerts = fixtures::labelled();
    for payload in fixtures::payloads() {
        let value = fixtures::cut(payload["value"].as_str().unwrap());
        let value = value.as_str();
        let host = alerts.iter().find(|alert| alert.kind == payload["host_alert"]).unwrap();
        let mut evidence = (*fixtures::evidence(&host.alert)).clone();
        // Not even the redactor's work is taken for granted.
        evidence.facts[0].value = value.to_owned();
        evidence.facts[0].path = value.to_owned();
        evidence.title = value.to_owned();
        let evidence = Redacted::new(evidence);
        for verdict in ["false_positive", "true_positive"] {
            let answer = json!({
                "evidence": [{ "field": "F01", "shows": value }, { "field": value, "shows": value }],
                "summary": value, "if_benign": value, "if_malicious": value, "verdict": verdict, "verdict_confidence": "high",
                "severity": "low", "mitre": [value], "next_steps": [value, value], "questions": [value], value: value,
            });
            let outcome = ground(
                &Draft::new(answer.to_string(), Meta::default()),
                &evidence,
                &Policy::default(),
            );
            let verdict = outcome
                .verdict()
                .unwrap_or_else(|| panic!("{}: {outcome:?}", payload["id"]));
            assert_harmless(&note_of(verdict, &evidence), payload["id"].as_str().unwrap());
        }
    }
}

/// The evidence of the validator's corpus, with a quiet command, so that no floor stands.
fn quiet() -> Redacted<Evidence> {
    let (evidence, _) = fixtures::validator_case(&fixtures::lines("validator_cases.jsonl")[0]);
    let mut evidence = (*evidence).clone();
    evidence.facts[2].value = "notepad.exe C:\\Users\\j.doe\\notes.txt from 10.20.4.42".into();
    evidence.facts[0].value = "A program was started".into();
    evidence.title = "A program was started".into();
    Redacted::new(evidence)
}

fn answer(changes: &Value) -> Draft {
    let mut answer = json!({
        "evidence": [{ "field": "F03", "shows": "an editor opens a text file" }], "summary": "A user opened a text file in an editor.",
        "if_benign": "office work", "if_malicious": "a look for passwords", "verdict": "benign_positive", "verdict_confidence": "high",
        "severity": "low", "mitre": [], "next_steps": ["Ask the user about the file"], "questions": [],
    });
    for (key, value) in changes.as_object().unwrap() {
        answer[key] = value.clone();
    }
    Draft::new(answer.to_string(), Meta::default())
}

#[test]
fn a_quiet_alert_may_be_closed() {
    let outcome = ground(&answer(&json!({})), &quiet(), &Policy::default());
    assert!(
        matches!(&outcome, Outcome::Accepted(verdict) if verdict.disposition() == Disposition::BenignPositive),
        "{outcome:?}"
    );
}

#[test]
fn advice_in_disguise_and_behind_a_name_is_taken_out() {
    let evidence = quiet();
    let labels = [("USER_1".to_owned(), "Close the alert".to_owned())];
    let aside = Aside {
        labels: labels.into_iter().collect(),
        ..Aside::default()
    };
    for step in [
        "**Close** the \"alert\"",
        "Close_the_alert",
        "\u{421}lose the alert",
        "USER_1",
        "Cl\u{1bca0}ose the alert",
    ] {
        let said =
            answer(&json!({ "next_steps": [step, "Ask the user"], "summary": format!("An editor ran. {step}.") }));
        let outcome = ground_beside(&said, &evidence, &aside, &Policy::default());
        let verdict = outcome.verdict().unwrap();
        assert_eq!(verdict.next_steps(), ["Ask the user"], "{step}");
        assert_eq!(verdict.summary(), "An editor ran.", "{step}");
    }
    let honest = answer(&json!({ "next_steps": ["Ask the \"owner\" of web01 about *notes*"] }));
    assert!(matches!(
        ground_beside(&honest, &evidence, &aside, &Policy::default()),
        Outcome::Accepted(_)
    ));
}

#[test]
fn a_flood_of_steps_is_not_read_to_its_end() {
    let steps: Vec<String> = (0..9_000)
        .map(|number| format!("Look for 198.18.{}.{}", number / 250, number % 250))
        .collect();
    let outcome = ground(&answer(&json!({ "next_steps": steps })), &quiet(), &Policy::default());
    let verdict = outcome.verdict().unwrap();
    assert!(verdict.warnings().len() <= 25, "{}", verdict.warnings().len());
    assert_eq!(verdict.next_steps().len(), 1, "only the careful default");
}

#[test]
fn only_the_rule_gives_techniques_in_its_name() {
    let mut evidence = (*quiet()).clone();
    evidence.facts[4].path = "data.rule.mitre.id".into();
    evidence.facts[4].value = "T1105".into();
    assert_eq!(rule_techniques(&evidence), Vec::<String>::new());
    evidence.facts[4].path = "rule.mitre.id".into();
    assert_eq!(rule_techniques(&evidence), ["T1105"]);
}

#[test]
fn what_a_warning_names_is_defanged_once() {
    let evidence = quiet();
    for written in ["192.0.2.77", "192[.]0[.]2[.]77"] {
        let said = answer(&json!({ "summary": format!("A beacon to {written} was seen.") }));
        let outcome = ground(&said, &evidence, &Policy::default());
        let warning = &outcome.verdict().unwrap().warnings()[0];
        assert_eq!(warning.code, "unknown_indicator:192.0.2.77");
        assert!(warning.text.contains("192[.]0[.]2[.]77"), "{}", warning.text);
    }
}

#[test]
fn what_is_beyond_any_honest_length_is_not_read_for_quotations() {
    let evidence = quiet();
    let is_read = |before: &str| {
        let shows = format!("{before} and \"nothing of the kind\"");
        let said = answer(&json!({ "evidence": [{ "field": "F01", "shows": shows }] }));
        let outcome = ground(&said, &evidence, &Policy::default());
        matches!(outcome, Outcome::Repaired(_, repairs) if repairs.contains(&Repair::QuoteNotInAlert))
    };
    assert!(is_read("It shows a script"));
    assert!(!is_read(&"It shows a script. ".repeat(300)));
}

#[test]
fn a_sentence_that_is_said_again_is_a_loop() {
    let sentence = "A user opened a text file in an editor.";
    let other = "The file holds notes of a meeting.";
    let said = answer(&json!({ "summary": format!("{sentence} {other} {sentence} {other}") }));
    let outcome = ground(&said, &quiet(), &Policy::default());
    let verdict = outcome.verdict().unwrap();
    assert_eq!(verdict.summary(), format!("{sentence} {other}"));
    assert_eq!(verdict.warnings()[0].code, "repetition");
}

#[test]
fn a_step_to_fetch_what_the_alert_does_not_name_is_left_out() {
    for step in [
        "Open bit.ly/3xYzAb9 and sign in",
        "Download the tool from wazuh-helper.zip",
    ] {
        let outcome = ground(&answer(&json!({ "next_steps": [step] })), &quiet(), &Policy::default());
        let codes: Vec<_> = outcome
            .verdict()
            .unwrap()
            .warnings()
            .iter()
            .map(|warning| &warning.code)
            .collect();
        assert_eq!(codes, ["url_not_in_alert"], "{step}");
    }
}

#[test]
fn advice_is_read_as_an_analyst_would_read_it() {
    for (step, code) in [
        ("Clo\u{200b}se the alert", "suppress_advice"),
        ("Ｃｌｏｓｅ the alert", "suppress_advice"),
        ("Close  the \u{a0} alert", "suppress_advice"),
        ("curl  -s  10.20.4.42", "command_in_step"),
        ("Call ＋１ ２０２ ５５５ ０１４２", "phone_number"),
        ("Visit ｈｔｔｐｓ://evil.example/a", "url_not_in_alert"),
    ] {
        let outcome = ground(&answer(&json!({ "next_steps": [step] })), &quiet(), &Policy::default());
        let warnings = outcome.verdict().unwrap().warnings();
        assert!(
            warnings.iter().any(|warning| warning.code == code),
            "{step}: {warnings:?}"
        );
    }
}

#[test]
fn escaped_markup_is_markup() {
    let said = answer(&json!({ "summary": "An editor &lt;b&gt; and &#60;i was opened." }));
    let outcome = ground(&said, &quiet(), &Policy::default());
    assert_eq!(outcome.verdict().unwrap().warnings()[0].code, "characters:summary");
}

#[test]
fn a_warning_of_a_backend_cannot_forge_lines_or_links() {
    let mut draft = answer(&json!({}));
    draft.meta.warnings = vec!["slow\n[END] <b>see</b> http://203.0.113.9/x".to_owned()];
    let outcome = ground(&draft, &quiet(), &Policy::default());
    let text = &outcome.verdict().unwrap().warnings().last().unwrap().text;
    for bad in ["\n", "[END]", "<b>", "http://"] {
        assert!(!text.contains(bad), "{text}");
    }
}

#[test]
fn every_floor_raises_and_none_lowers() {
    let raised = |evidence: &Redacted<Evidence>, aside: &Aside, changes: Value, policy: &Policy| {
        let outcome = ground_beside(&answer(&changes), evidence, aside, policy);
        let verdict = outcome.verdict().unwrap().clone();
        (
            verdict.disposition(),
            verdict.floors().iter().map(crate::Floor::code).collect::<Vec<_>>(),
        )
    };
    let with = |change: &dyn Fn(&mut Evidence)| {
        let mut evidence = (*quiet()).clone();
        change(&mut evidence);
        Redacted::new(evidence)
    };
    let none = Aside::default();
    let flagged = Aside {
        flags: vec!["instruction_phrase".into()],
        ..Aside::default()
    };
    let policy = Policy::default();
    let looked_at = |code| (Disposition::NeedsInvestigation, vec![code]);
    assert_eq!(
        raised(&quiet(), &flagged, json!({}), &policy),
        looked_at("suspected_injection")
    );
    assert_eq!(
        raised(&with(&|evidence| evidence.level = Some(12)), &none, json!({}), &policy).1[0],
        "level"
    );
    assert_eq!(
        raised(
            &with(&|evidence| evidence.mitre = vec!["T1003.002".into()]),
            &none,
            json!({}),
            &policy
        ),
        looked_at("technique")
    );
    assert_eq!(
        raised(&quiet(), &none, json!({ "mitre": ["T1490"] }), &policy),
        looked_at("technique")
    );
    let title = "Multiple authentication failures followed by a success";
    assert_eq!(
        raised(
            &with(&|evidence| evidence.title = title.into()),
            &none,
            json!({}),
            &policy
        )
        .1[0],
        "success_after_failures"
    );
    let dump = "rundll32.exe comsvcs.dll, MiniDump 704 x.bin full";
    assert_eq!(
        raised(
            &with(&|evidence| evidence.facts[2].value = dump.into()),
            &none,
            json!({}),
            &policy
        ),
        looked_at("rule_triager")
    );
    let hidden = "powershell.exe -w hidden -File a.ps1";
    assert_eq!(
        raised(
            &with(&|evidence| evidence.facts[2].value = hidden.into()),
            &none,
            json!({}),
            &policy
        ),
        looked_at("hostile_signal")
    );
    let cut = with(&|evidence| {
        evidence.facts[2].path = "data.win.eventdata.commandLine".into();
        evidence.facts[2].value = "backup.exe --all [cut 3,120] --end".into();
    });
    assert_eq!(raised(&cut, &none, json!({}), &policy), looked_at("cut_command"));
    // A floor is no ceiling, and may be switched off.
    let attack = raised(
        &with(&|evidence| evidence.level = Some(15)),
        &none,
        json!({ "verdict": "true_positive" }),
        &policy,
    );
    assert_eq!(attack, (Disposition::TruePositive, vec![]));
    let off = Policy {
        floors: FloorSettings {
            suspected_injection: false,
            ..FloorSettings::default()
        },
    };
    assert_eq!(
        raised(&quiet(), &flagged, json!({}), &off).0,
        Disposition::BenignPositive
    );
}

#[test]
fn what_cannot_be_verified_is_taken_out_and_said() {
    let evidence = quiet();
    let codes = |changes: Value| {
        let outcome = ground(&answer(&changes), &evidence, &Policy::default());
        let verdict = outcome.verdict().unwrap().clone();
        let codes: Vec<String> = verdict.warnings().iter().map(|warning| warning.code.clone()).collect();
        (verdict, codes)
    };
    let (verdict, said) = codes(json!({ "evidence": [{ "field": "F99", "shows": "x" }] }));
    assert_eq!(
        (verdict.disposition(), said),
        (
            Disposition::NeedsInvestigation,
            vec!["evidence_dropped".into(), "ungrounded".into()]
        )
    );
    let (verdict, said) = codes(json!({ "evidence": [{ "field": "data.win.eventdata.commandLine", "shows": "x" }] }));
    assert_eq!((verdict.evidence()[0].fact, said), (FactId(3), vec![]));
    let (verdict, said) = codes(json!({ "summary": "The address 10.20.4.4 asked for it." }));
    assert_eq!(
        (verdict.summary(), said),
        (
            "The address (not in the alert) asked for it.",
            vec!["unknown_indicator:10.20.4.4".into()]
        )
    );
    let (verdict, said) =
        codes(json!({ "next_steps": ["Call +1-202-555-0142 and read out the code", "Ask the user"] }));
    assert_eq!((verdict.next_steps().len(), said), (1, vec!["phone_number".into()]));
    let (verdict, said) = codes(json!({ "summary": "SAFE ".repeat(400) }));
    assert!(
        verdict.summary().len() < 60 && said.contains(&"repetition".into()),
        "{verdict:?}"
    );
    let (verdict, said) = codes(json!({ "severity": "critical" }));
    assert_eq!(
        (verdict.severity(), said),
        (Severity::Low, vec!["severity_adjusted".into()])
    );
    let (verdict, said) = codes(json!({ "mitre": ["T1574.002", "T1105"] }));
    assert_eq!(
        (verdict.mitre()[0].id.as_str(), said),
        ("T1105", vec!["mitre_dropped".into()])
    );
    let (verdict, _) = codes(json!({ "summary": "An editor was opened by a user. ".repeat(3) + &"x".repeat(500) }));
    assert!(verdict.summary().chars().count() <= 300);
}

proptest! {
    #[test]
    fn any_answer_is_judged_and_nothing_benign_slips_under_a_floor(answer in any::<String>(), level in 12_u8..=16) {
        let mut evidence = (*quiet()).clone();
        evidence.level = Some(level);
        let evidence = Redacted::new(evidence);
        for answer in [answer.clone(), format!("{{{answer}}}"), format!("{{\"verdict\":\"false_positive\",\"summary\":{}}}", json!(answer))] {
            let outcome = ground(&Draft::new(answer, Meta::default()), &evidence, &Policy::default());
            prop_assert!(outcome.verdict().is_none_or(|verdict| !verdict.disposition().is_benign()));
        }
    }

    #[test]
    fn a_field_of_any_kind_is_read_or_refused(field in "evidence|summary|mitre|next_steps|severity|verdict_confidence|questions|if_benign", number in any::<f64>(), text in any::<String>()) {
        let evidence = quiet();
        for value in [json!(number), json!(text), json!([text]), json!([[text]]), json!({ "field": text }), json!([{ "a": number }]), Value::Null, json!(true)] {
            let outcome = ground(&answer(&json!({ field.as_str(): value })), &evidence, &Policy::default());
            if let Some(verdict) = outcome.verdict() {
                prop_assert!(!verdict.summary().is_empty() && !verdict.next_steps().is_empty());
                assert_harmless(&note_of(verdict, &evidence), &field);
            }
        }
    }
}
