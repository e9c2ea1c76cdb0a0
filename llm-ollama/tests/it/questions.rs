//! What is sent, and what is made of what a server says about itself.

use std::time::Duration;

use llm_ollama::{ChatRequest, Ollama, OllamaBuilder};
use secrecy::SecretString;
use serde_json::{Value, json};
use triage_core::{Health, TriageErrorKind, Triager};

use crate::server::{Seen, Server, Step, recorded, recording, small, whole};

const SCHEMA: &str = r#"{"type":"object","properties":{"zeta":{"type":"string"},"alpha":{"type":"string"}},"required":["zeta","alpha"]}"#;

fn answers() -> Vec<Step> {
    recorded(&recording("chat_verdict_stream_ok")["response"])
}

fn tiny(server: &Server) -> OllamaBuilder {
    Ollama::builder(&server.url).model("tiny-go")
}

#[tokio::test]
async fn every_call_says_all_that_ollama_would_otherwise_choose() {
    let server = Server::ollama(|_| answers()).await;
    let client = tiny(&server)
        .num_ctx(8192)
        .num_predict(512)
        .seed(11)
        .temperature(0)
        .num_thread(3)
        .keep_alive(Duration::from_millis(90_500))
        .client()
        .unwrap();
    let answer = client
        .chat(&ChatRequest::new("constant", "variable", SCHEMA))
        .await
        .unwrap();
    let sent = &server.asked("/api/chat")[0];
    assert_eq!(
        sent.json(),
        json!({
            "model": "tiny-go",
            "messages": [{"role": "system", "content": "constant"}, {"role": "user", "content": "variable"}],
            "stream": true,
            "format": serde_json::from_str::<Value>(SCHEMA).unwrap(),
            "keep_alive": 91,
            "truncate": false,
            "options": {"num_ctx": 8192, "num_predict": 512, "seed": 11, "temperature": 0.0, "num_thread": 3},
        })
    );
    // Byte for byte: in another order the model would answer before it reasons.
    assert!(String::from_utf8(sent.body.clone()).unwrap().contains(SCHEMA));
    assert_eq!(answer.meta.model.as_deref(), Some("tiny-go"));
    assert_eq!(answer.meta.server.as_deref(), Some("Ollama 0.33.0-rc2+src"));
    assert_eq!(answer.meta.prompt_tokens, Some(95));
    assert_eq!(answer.meta.output_tokens, Some(121));
    // 385,072,978 − 310,005,969 − 4,320,000 − 66,477,999 ns, and nothing of our own.
    assert_eq!(answer.meta.queue.unwrap().as_millis(), 4);
    assert!(answer.meta.digest.is_some());
}

#[tokio::test]
async fn thinking_is_switched_off_only_where_a_model_thinks() {
    for (show, think) in [
        ("show_ok", None),
        ("show_thinking_capability", Some(&Value::Bool(false))),
    ] {
        let server = Server::start(move |seen| match seen.path.as_str() {
            "/api/show" => recorded(&recording(show)["response"]),
            "/api/chat" => answers(),
            path => small(path),
        })
        .await;
        let client = tiny(&server).client().unwrap();
        client.chat(&ChatRequest::new("", "", SCHEMA)).await.unwrap();
        assert_eq!(server.asked("/api/chat")[0].json().get("think"), think, "{show}");
    }
}

#[tokio::test]
async fn the_model_is_looked_up_once_and_again_after_it_went_missing() {
    let server = Server::ollama(|seen| {
        let missing = String::from_utf8_lossy(&seen.body).contains("gone");
        if missing {
            recorded(&recording("chat_model_not_found_404")["response"])
        } else {
            answers()
        }
    })
    .await;
    let client = tiny(&server).client().unwrap();
    for _ in 0..3 {
        client.chat(&ChatRequest::new("", "here", SCHEMA)).await.unwrap();
    }
    assert_eq!(server.asked("/api/show").len(), 1);
    client.chat(&ChatRequest::new("", "gone", SCHEMA)).await.unwrap_err();
    client.chat(&ChatRequest::new("", "here", SCHEMA)).await.unwrap();
    assert_eq!(server.asked("/api/show").len(), 2);
}

#[tokio::test]
async fn a_repair_keeps_everything_before_it_byte_for_byte() {
    let server = Server::ollama(|_| answers()).await;
    let client = tiny(&server).client().unwrap();
    let first = ChatRequest::new("constant", "about the alert", SCHEMA);
    client.chat(&first).await.unwrap();
    client
        .chat(&first.again("Your last answer cited F99, which does not exist."))
        .await
        .unwrap();
    let sent = server.asked("/api/chat");
    let (once, again) = (
        String::from_utf8(sent[0].body.clone()).unwrap(),
        String::from_utf8(sent[1].body.clone()).unwrap(),
    );
    let upto = once.find("about the alert").unwrap() + "about the alert".len();
    assert_eq!(once[..upto], again[..upto]);
    assert!(again[upto..].starts_with(r"\n\nYour last answer cited F99"), "{again}");
    let (once, again) = (sent[0].json(), sent[1].json());
    // The same question, seed and temperature would end the same way; none of these loads the model again.
    assert_ne!(once["options"]["seed"], again["options"]["seed"]);
    for same in ["num_ctx", "num_predict", "num_thread"] {
        assert_eq!(once["options"][same], again["options"][same]);
    }
}

#[tokio::test]
async fn a_warm_up_loads_with_the_very_same_options_and_reads_the_constant_part() {
    let server = Server::ollama(|seen| {
        let messages = seen.json()["messages"].as_array().unwrap().len();
        let name = if messages == 0 {
            "chat_load_only"
        } else {
            "chat_stream_ok"
        };
        recorded(&recording(name)["response"])
    })
    .await;
    let client = tiny(&server)
        .num_ctx(2048)
        .num_predict(99)
        .num_thread(2)
        .client()
        .unwrap();
    client.warm_up("constant", SCHEMA).await.unwrap();
    let _ = client.chat(&ChatRequest::new("constant", "alert", SCHEMA)).await;
    let sent: Vec<Value> = server.asked("/api/chat").iter().map(Seen::json).collect();
    assert_eq!(sent.len(), 3);
    let (load, read, chat) = (&sent[0], &sent[1], &sent[2]);
    assert_eq!(load["messages"], json!([]));
    assert_eq!(
        (&load["options"], &load["keep_alive"]),
        (&chat["options"], &chat["keep_alive"])
    );
    assert_eq!(read["messages"][0], chat["messages"][0]);
    assert_eq!(read["options"]["num_ctx"], chat["options"]["num_ctx"]);
    assert_eq!(read["options"]["num_predict"], 1);
}

#[tokio::test]
async fn a_key_is_sent_and_never_shown() {
    let server = Server::ollama(|_| answers()).await;
    let builder = tiny(&server).bearer(SecretString::from("s3cret-key"));
    assert!(!format!("{builder:?}").contains("s3cret"));
    let ollama = builder.build().unwrap();
    assert!(!format!("{ollama:?}").contains("s3cret"));
    ollama.client().chat(&ChatRequest::new("", "", SCHEMA)).await.unwrap();
    for seen in server.seen.lock().unwrap().iter() {
        assert!(
            seen.head
                .to_ascii_lowercase()
                .contains("authorization: bearer s3cret-key"),
            "{}",
            seen.path
        );
    }
    let error = Ollama::builder("http://gpu.example.com")
        .bearer(SecretString::from("k"))
        .build()
        .unwrap_err();
    assert!(error.message.contains("https"), "{error}");
}

#[tokio::test]
async fn alerts_go_to_a_hosted_model_only_by_a_persons_word() {
    // By its name alone: nothing is asked at all.
    let server = Server::ollama(|_| answers()).await;
    let cloud = Ollama::builder(&server.url).model("gpt-oss:20b-cloud");
    let ollama = cloud.clone().build().unwrap();
    assert!(ollama.about().remote);
    let Health::Misconfigured(what) = ollama.health().await else {
        panic!("a cloud model")
    };
    assert!(what.contains("another host"), "{what}");
    let error = ollama
        .client()
        .chat(&ChatRequest::new("", "", SCHEMA))
        .await
        .unwrap_err();
    assert_eq!(error.kind, TriageErrorKind::Misconfigured);
    assert!(server.asked("/api/chat").is_empty() && server.asked("/api/show").is_empty());

    // By what the server says about an innocent name.
    let server = Server::start(|seen| match seen.path.as_str() {
        "/api/show" => recorded(&recording("derived_show_remote_model")["response"]),
        "/api/chat" => recorded(&recording("derived_chat_remote_model_ok")["response"]),
        path => small(path),
    })
    .await;
    let innocent = Ollama::builder(&server.url).model("assistant");
    let error = innocent
        .clone()
        .client()
        .unwrap()
        .chat(&ChatRequest::new("", "", SCHEMA))
        .await
        .unwrap_err();
    assert_eq!(error.kind, TriageErrorKind::Misconfigured);
    assert!(server.asked("/api/chat").is_empty());

    let allowed = innocent.allow_remote(&["assistant:latest"]).build().unwrap();
    assert!(allowed.about().remote);
    assert_eq!(
        allowed
            .client()
            .chat(&ChatRequest::new("", "", SCHEMA))
            .await
            .unwrap()
            .text,
        "{}"
    );
}

#[tokio::test]
async fn health_tells_cold_from_ready_by_weights_and_context() {
    let ps = |name: &str, digest: &str, context: u32| {
        json!({"models": [{"name": name, "digest": digest, "context_length": context}]}).to_string()
    };
    for (loaded, num_ctx, expected) in [
        (json!({"models": []}).to_string(), 4096, Health::Cold),
        (json!({"models": null}).to_string(), 4096, Health::Cold),
        (ps("tiny-go:latest", "x", 4096), 4096, Health::Ready),
        // Loaded with another context: the first call would load it again.
        (ps("tiny-go:latest", "x", 4096), 2048, Health::Cold),
        // Clamped to what the model was trained for.
        (ps("tiny-go:latest", "x", 8192), 32_768, Health::Ready),
        // Another name for the same weights, says /api/show.
        (ps("alias:latest", "y", 4096), 4096, Health::Ready),
        (ps("stranger:latest", "z", 4096), 4096, Health::Cold),
    ] {
        let shown = loaded.clone();
        let server = Server::start(move |seen| match seen.path.as_str() {
            "/api/ps" => whole(200, "application/json", shown.as_bytes()),
            "/api/show" if String::from_utf8_lossy(&seen.body).contains("stranger") => {
                recorded(&recording("show_thinking_capability")["response"])
            }
            path => small(path),
        })
        .await;
        let ollama = tiny(&server).num_ctx(num_ctx).build().unwrap();
        assert_eq!(ollama.health().await, expected, "{loaded} {num_ctx}");
    }
}

#[tokio::test]
async fn what_a_server_lists_after_a_warm_up_is_ready_however_odd() {
    for listed in [json!([{"name": "tiny-go:latest", "context_length": 4352}]), json!([])] {
        let models = json!({"models": listed}).to_string();
        let server = Server::start(move |seen| match seen.path.as_str() {
            "/api/ps" => whole(200, "application/json", models.as_bytes()),
            "/api/chat" => answers(),
            path => small(path),
        })
        .await;
        let ollama = tiny(&server).build().unwrap();
        assert_eq!(ollama.health().await, Health::Cold, "{listed}");
        ollama.warm_up().await.unwrap();
        assert_eq!(ollama.health().await, Health::Ready, "{listed}");
    }
}

#[tokio::test]
async fn a_proxy_that_hides_the_list_of_loaded_models_is_no_obstacle() {
    for (status, expected) in [(403, "Ready"), (404, "Ready"), (502, "Down")] {
        let server = Server::start(move |seen| match seen.path.as_str() {
            "/api/ps" => whole(status, "text/html", b"<html>no</html>"),
            path => small(path),
        })
        .await;
        let health = format!("{:?}", tiny(&server).build().unwrap().health().await);
        assert!(health.starts_with(expected), "{status}: {health}");
    }
}

#[test]
fn settings_that_cannot_work_are_refused_before_anything_is_sent() {
    let refused = |builder: OllamaBuilder| builder.build().unwrap_err().message;
    let base = || Ollama::builder("http://127.0.0.1:11434/api/generate");
    assert!(refused(base().num_predict(0)).contains("num_predict"));
    assert!(refused(base().num_ctx(512)).contains("num_ctx"));
    assert!(refused(base().temperature(f64::NAN)).contains("temperature"));
    assert!(refused(base().keep_alive(Duration::ZERO)).contains("keep_alive"));
    assert!(refused(base().model(" ")).contains("model"));
    assert!(refused(base().bearer(SecretString::from("a\nb"))).contains("key"));
    assert!(refused(Ollama::builder("")).contains("address"));
    let about = base().concurrency(0).build().unwrap().about();
    assert_eq!(
        (about.name.as_str(), about.remote, about.concurrency),
        ("ollama", false, 1)
    );
    assert!(
        Ollama::builder("https://gpu.example.com")
            .build()
            .unwrap()
            .about()
            .remote
    );
}

#[tokio::test]
async fn a_proxy_of_the_environment_gets_no_alert_for_our_own_network() {
    let server = Server::ollama(|_| answers()).await;
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "questions::in_a_process_with_a_proxy", "--ignored"])
        .env("LLM_OLLAMA_TEST_URL", &server.url);
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        // Nobody listens there.
        child.env(name, "http://127.0.0.1:9");
    }
    let done = tokio::task::spawn_blocking(move || child.output().unwrap())
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && said.contains("1 passed"), "{said}");
    assert_eq!(server.asked("/api/chat").len(), 1);
}

#[tokio::test]
#[ignore = "is run by the test above, in a process of its own"]
async fn in_a_process_with_a_proxy() {
    let url = std::env::var("LLM_OLLAMA_TEST_URL").unwrap();
    let client = Ollama::builder(&url).model("tiny-go").client().unwrap();
    client.chat(&ChatRequest::new("", "", SCHEMA)).await.unwrap();
}
