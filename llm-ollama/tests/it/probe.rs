//! The probe against scripted servers: a good model, one that writes prose, and none at all.

use llm_ollama::probe::{Case, SchemaUse, canned, probe};
use llm_ollama::{ChatRequest, Ollama, Timeouts};
use serde_json::{Value, json};
use triage_core::{Redactor, RedactorSettings};

use crate::conformance::fill;
use crate::server::{Seen, Server, Step, recorded, recording, streamed};

const SCHEMA: &str = r#"{"type":"object","properties":{"verdict":{"type":"string"}},"required":["verdict"]}"#;

fn cases() -> Vec<Case<'static>> {
    ["logon", "malware", "scan", "usb", "sudo"]
        .map(|name| {
            let request = ChatRequest::new("You triage alerts.", format!("alert: {name}"), SCHEMA);
            Case::new(name, request, |answer| {
                let fields: Value = serde_json::from_str(&answer.text).map_err(|_| "not JSON".to_owned())?;
                fields["verdict"]
                    .as_str()
                    .map(str::to_owned)
                    .ok_or("no verdict".to_owned())
            })
        })
        .into()
}

fn done(text: &str, prompt: u64, reading_ms: u64) -> Vec<Step> {
    let content = json!({"message": {"content": text}, "done": false}).to_string();
    let last = json!({"message": {"content": ""}, "done": true, "done_reason": "stop", "prompt_eval_count": prompt,
        "prompt_eval_duration": reading_ms * 1_000_000, "eval_count": 50, "eval_duration": 5_000_000_000_u64})
    .to_string();
    streamed(&[&content, &last])
}

/// Answers in the form; a system text that was read before is read in no time.
fn good(seen: &Seen) -> Vec<Step> {
    let asked = seen.json();
    let messages = asked["messages"].as_array().unwrap();
    let Some(user) = messages.get(1).and_then(|message| message["content"].as_str()) else {
        return recorded(&recording("chat_load_only")["response"]);
    };
    match user {
        "Say hello in one word." => done(r#"{"zulu":"kilo","alpha":42}"#, 600, 20_000),
        "Say good night in one word." => done(r#"{"zulu":"kilo","alpha":41}"#, 600, 400),
        _ => done(r#"{"verdict":"false_positive"}"#, 900, 800),
    }
}

#[tokio::test]
async fn a_good_model_gets_advice() {
    let server = Server::ollama(good).await;
    let ollama = Ollama::builder(&server.url).model("tiny-go").build().unwrap();
    let report = probe(&ollama, &cases(), "8f3a").await;
    assert!(report.is_usable(), "{:?}", report.refusals);
    assert_eq!(report.server.as_deref(), Some("0.33.0-rc2+src"));
    assert_eq!(report.schema, Some(SchemaUse::Honoured));
    assert_eq!(
        (report.cold_prompt_speed, report.generation_speed),
        (Some(30.0), Some(10.0))
    );
    assert!((report.prefix_reuse.unwrap() - 50.0).abs() < 1e-9);
    assert_eq!(report.context_given, Some(4096));
    assert_eq!(report.cases.len(), 5);
    assert!(report.cases.iter().all(|case| case.failure.is_none()));
    let advice = report.advice.as_ref().unwrap();
    assert_eq!((advice.num_ctx, advice.num_predict), (2048, 350));
    // The first prompt starts with what no server has read.
    let cold = server
        .asked("/api/chat")
        .into_iter()
        .find(|seen| String::from_utf8_lossy(&seen.body).contains("hello"));
    assert!(
        cold.unwrap().json()["messages"][0]["content"]
            .as_str()
            .unwrap()
            .starts_with("8f3a")
    );
    // People read it, and machines do.
    let text = serde_json::to_value(&report).unwrap();
    assert_eq!(text["schema"], "honoured");
    assert_eq!(text["cases"][0]["kind"], Value::Null);
    assert_eq!(text["advice"]["num_ctx"], 2048);
}

#[tokio::test]
async fn a_model_that_writes_prose_is_refused_with_reasons() {
    let server = Server::ollama(|seen| {
        if seen.json()["messages"] == json!([]) {
            good(seen)
        } else {
            done("Certainly! All is well.", 900, 800)
        }
    })
    .await;
    let ollama = Ollama::builder(&server.url).model("tiny-go").build().unwrap();
    let report = probe(&ollama, &cases(), "8f3a").await;
    assert!(!report.is_usable());
    assert_eq!(report.schema, Some(SchemaUse::Ignored));
    assert!(report.refusals[0].contains("5 of 5"), "{:?}", report.refusals);
    assert!(report.refusals[0].contains("no JSON object"), "{:?}", report.refusals);
    assert_eq!(report.advice, None);
    assert!(!serde_json::to_string(&report).unwrap().contains("Certainly"));
}

#[tokio::test]
async fn a_model_that_is_missing_is_refused_with_what_to_run() {
    let server = Server::start(|seen| match seen.path.as_str() {
        "/api/show" => recorded(&recording("show_not_found")["response"]),
        path => crate::server::small(path),
    })
    .await;
    let ollama = Ollama::builder(&server.url).model("phi4-mini").build().unwrap();
    let report = probe(&ollama, &cases(), "8f3a").await;
    assert!(
        report.refusals[0].contains("ollama pull phi4-mini"),
        "{:?}",
        report.refusals
    );
    assert!(report.cases.is_empty());
}

#[tokio::test]
async fn a_server_that_sorts_the_form_is_noticed() {
    let server = Server::ollama(|seen| {
        if String::from_utf8_lossy(&seen.body).contains("hello") {
            done(r#"{"alpha":42,"zulu":"kilo"}"#, 600, 20_000)
        } else {
            good(seen)
        }
    })
    .await;
    let ollama = Ollama::builder(&server.url).model("tiny-go").build().unwrap();
    let report = probe(&ollama, &cases(), "8f3a").await;
    assert_eq!(report.schema, Some(SchemaUse::Sorted));
    assert!(report.is_usable() && report.remarks.iter().any(|remark| remark.contains("sorts")));
}

#[tokio::test]
async fn the_canned_alerts_go_the_whole_way_and_show_a_model_that_does_not_judge() {
    let server = Server::ollama(|seen| {
        let asked = seen.json();
        if asked["messages"] == json!([]) {
            return good(seen);
        }
        done(&fill(&asked["format"]).to_string(), 1900, 800)
    })
    .await;
    let ollama = Ollama::builder(&server.url).model("tiny-go").build().unwrap();
    let redactor = Redactor::new(RedactorSettings::default()).unwrap();
    let report = probe(&ollama, &canned(&ollama, &redactor).unwrap(), "8f3a").await;
    assert!(report.is_usable(), "{:?}", report.refusals);
    assert_eq!(report.cases.len(), 5);
    assert!(
        report.cases.iter().all(|case| case.verdict.is_some()),
        "{:?}",
        report.cases
    );
    assert!(
        report.remarks.iter().any(|remark| remark.contains("does not judge")),
        "{:?}",
        report.remarks
    );
    // It says `true_positive` to everything, and that of two alerts that leave no doubt.
    let odd: Vec<&str> = report
        .cases
        .iter()
        .filter(|case| case.odd)
        .map(|case| case.name.as_str())
        .collect();
    assert_eq!(odd, ["package_update", "sudo_by_an_administrator"]);
    assert!(
        report
            .remarks
            .iter()
            .any(|remark| remark.contains("hardly any analyst")),
        "{:?}",
        report.remarks
    );
    let advice = report.advice.unwrap();
    assert_eq!((advice.num_ctx, advice.num_predict), (3072, 350));
    // Each of them was a prompt as real alerts make it.
    let asked = server.asked("/api/chat");
    let questions = asked
        .iter()
        .filter(|seen| String::from_utf8_lossy(&seen.body).contains("Judge this alert."));
    assert_eq!(questions.count(), 5);
}

#[tokio::test]
async fn a_model_that_is_too_slow_is_refused_before_all_have_been_waited_for() {
    let mut server = Server::ollama(|seen| {
        if String::from_utf8_lossy(&seen.body).contains("alert: ") {
            vec![Step::AwaitClose]
        } else {
            good(seen)
        }
    })
    .await;
    let timeouts = Timeouts {
        whole: std::time::Duration::from_millis(300),
        ..Timeouts::default()
    };
    let ollama = Ollama::builder(&server.url)
        .model("tiny-go")
        .timeouts(timeouts)
        .build()
        .unwrap();
    let report = probe(&ollama, &cases(), "8f3a").await;
    assert!(!report.is_usable());
    assert!(
        report.refusals[0].contains("2 of 2 alerts were not answered within"),
        "{:?}",
        report.refusals
    );
    assert_eq!((report.refusals.len(), report.cases.len()), (1, 2));
    for _ in 0..2 {
        assert_eq!(server.closed.recv().await.unwrap(), "/api/chat");
    }
}

#[tokio::test]
async fn a_server_that_dies_meanwhile_is_named_and_the_model_is_not() {
    let server = Server::ollama(|seen| {
        if String::from_utf8_lossy(&seen.body).contains("alert: scan") {
            vec![Step::Reset]
        } else {
            good(seen)
        }
    })
    .await;
    let ollama = Ollama::builder(&server.url).model("tiny-go").build().unwrap();
    let report = probe(&ollama, &cases(), "8f3a").await;
    assert!(
        report.refusals[0].starts_with("Ollama broke the connection at http://"),
        "{:?}",
        report.refusals
    );
    assert_eq!(report.refusals.len(), 1);
    assert_eq!((report.cases.len(), report.advice), (2, None));
}

#[tokio::test]
async fn a_model_that_fills_in_nonsense_is_refused_with_what_is_wrong() {
    let server = Server::ollama(|seen| {
        let asked = seen.json();
        match asked["messages"][1]["content"].as_str() {
            Some(user) if user.starts_with("Say") => good(seen),
            Some(_) => done(
                r#"{"verdict":"nonsense-canary","evidence":[{"field":"F99","shows":"x"}]}"#,
                1900,
                800,
            ),
            None => good(seen),
        }
    })
    .await;
    let ollama = Ollama::builder(&server.url).model("tiny-go").build().unwrap();
    let redactor = Redactor::new(RedactorSettings::default()).unwrap();
    let report = probe(&ollama, &canned(&ollama, &redactor).unwrap(), "8f3a").await;
    assert_eq!(report.schema, Some(SchemaUse::Honoured));
    assert!(
        report.refusals[0].contains("5 of 5 alerts were not answered in the form"),
        "{:?}",
        report.refusals
    );
    assert!(!serde_json::to_string(&report).unwrap().contains("nonsense-canary"));
}

#[tokio::test]
async fn a_model_that_runs_elsewhere_is_refused_before_it_is_asked() {
    let server = Server::ollama(good).await;
    let ollama = Ollama::builder(&server.url)
        .model("gpt-oss:120b-cloud")
        .build()
        .unwrap();
    let report = probe(&ollama, &cases(), "8f3a").await;
    assert!(report.refusals[0].contains("another host"), "{:?}", report.refusals);
    assert!(server.asked("/api/chat").is_empty());
}

#[cfg(feature = "openai")]
mod openai {
    use llm_ollama::openai::OpenAi;

    use super::*;
    use crate::openai::{STOP, says, sse};
    use crate::server::whole;

    /// A server that fills in every form; llama-server tells more than others.
    async fn server(tells: bool) -> Server {
        Server::start(move |seen| match seen.path.as_str() {
            "/v1/models" if tells => whole(
                200,
                "application/json",
                br#"{"data":[{"id":"m","owned_by":"llamacpp","meta":{"n_ctx_train":8192,"n_params":3800000000}}]}"#,
            ),
            "/props" if tells => whole(
                200,
                "application/json",
                br#"{"default_generation_settings":{"n_ctx":4096}}"#,
            ),
            "/v1/chat/completions" => {
                let asked = seen.json();
                let user = asked["messages"][1]["content"].as_str().unwrap();
                let text = if user.starts_with("Say") {
                    r#"{"zulu":"kilo","alpha":42}"#.to_owned()
                } else {
                    fill(&asked["response_format"]["json_schema"]["schema"]).to_string()
                };
                let reading = if user.contains("good night") { 400.0 } else { 20_000.0 };
                let mut last =
                    json!({"model": "m", "choices": [], "usage": {"prompt_tokens": 600, "completion_tokens": 50}});
                if tells {
                    last["timings"] = json!({"prompt_ms": reading, "predicted_ms": 5000.0});
                }
                sse(&[&says(&text), STOP, &last.to_string(), "[DONE]"])
            }
            _ => whole(404, "text/plain", b"nothing here"),
        })
        .await
    }

    #[tokio::test]
    async fn a_model_behind_an_openai_compatible_server_is_measured_too() {
        let redactor = Redactor::new(RedactorSettings::default()).unwrap();
        let told = server(true).await;
        let openai = OpenAi::builder(&told.url).model("m").build().unwrap();
        let report = probe(&openai, &canned(&openai, &redactor).unwrap(), "8f3a").await;
        assert!(report.is_usable(), "{:?}", report.refusals);
        assert_eq!(report.schema, Some(SchemaUse::Honoured));
        assert_eq!(
            (report.cold_prompt_speed, report.generation_speed),
            (Some(30.0), Some(10.0))
        );
        assert!((report.prefix_reuse.unwrap() - 50.0).abs() < 1e-9);
        assert_eq!(
            (report.server.as_deref(), report.context_given),
            (Some("llamacpp"), Some(4096))
        );
        let card = report.card.unwrap();
        assert_eq!(
            (card.context_length, card.parameter_size.as_deref()),
            (Some(8192), Some("3.8B"))
        );
        assert_eq!(report.cases.len(), 5);
        assert!(report.advice.is_some());

        // A server that tells nothing is measured from here.
        let silent = server(false).await;
        let openai = OpenAi::builder(&silent.url).model("m").build().unwrap();
        let report = probe(&openai, &canned(&openai, &redactor).unwrap(), "8f3a").await;
        assert!(report.is_usable(), "{:?}", report.refusals);
        assert!(report.cold_prompt_speed.is_some() && report.prefix_reuse.is_some());
        assert_eq!((report.server, report.context_given), (None, None));
    }
}
