//! The triagers beside Ollama, and the probe: programs of one's own, an OpenAI-compatible server, a scripted Ollama.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use triage_core::testing::{conformance, evidence};
use triage_core::{Call, Health, RuleTriager, TriageError, TriageErrorKind, Triager};
use wazuh_iris::worker::CommandTriager;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::stage::{Stage, alert, text};

pub(crate) const ANSWER: &str = r#"{"evidence":[{"field":"F01","shows":"what the script looks at"}],"if_benign":"an administrator at work","if_malicious":"discovery after a break-in","mitre":[],"next_steps":["Ask the user"],"questions":[],"severity":"low","summary":"Judged by a script.","verdict":"needs_investigation","verdict_confidence":"low"}"#;
const HELLO: &str = r#"echo '{"v":[1],"name":"script","version":"7"}'"#;
/// Reads a question and finds its id.
const READ: &str = r#"read -r line || exit 0; id=${line#*\"id\":}; id=${id%%,*}"#;

/// A child that says hello and does this with every question; `$id` is the question's.
fn child(with_each: &str) -> CommandTriager {
    script(&format!("{HELLO}; while true; do {READ}; {with_each}; done"))
}

fn script(text: &str) -> CommandTriager {
    CommandTriager::new("sh").arguments(&["-c", text])
}

fn answers() -> String {
    format!("printf '%s\\n' '{{\"id\":'$id',\"answer\":{ANSWER}}}'")
}

async fn fails(triager: &CommandTriager) -> TriageError {
    triager.triage(&evidence(), &Call::default()).await.unwrap_err()
}

/// Waits for something that another process does; a test that never gets there fails.
async fn until(what: &str, reached: impl Fn() -> bool) {
    let begun = Instant::now();
    while !reached() {
        assert!(begun.elapsed().as_secs() < 60, "{what} was not reached");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn lines(file: &Path) -> Vec<String> {
    fs::read_to_string(file)
        .unwrap_or_default()
        .lines()
        .map(str::to_owned)
        .collect()
}

/// Python as the child would find it, or why the test cannot be run.
fn python() -> Option<PathBuf> {
    let mut asked = std::process::Command::new("python3");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there = asked.arg("-c").arg("").env_clear().env("PATH", path).status();
    if !there.is_ok_and(|status| status.success()) {
        println!("skipped: there is no python3 in PATH");
        return None;
    }
    Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/plugin.py"))
}

#[tokio::test]
async fn rules_and_commands_conform() {
    assert_eq!(conformance(&RuleTriager).await, Vec::<String>::new());
    for children in [1, 3] {
        let command = child(&answers()).children(children);
        assert_eq!(conformance(&command).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn the_python_example_conforms() {
    let Some(plugin) = python() else { return };
    for children in [1, 2] {
        let command = CommandTriager::new(&plugin).children(children);
        assert_eq!(conformance(&command).await, Vec::<String>::new());
    }
}

#[test]
fn the_guide_shows_the_examples_as_they_are() {
    let guide = include_str!("../../docs/writing-a-triager.md");
    let rust = include_str!("../../bins/examples/custom_triager.rs");
    assert!(rust.lines().count() <= 20, "more than 20 lines");
    let (_, shown) = rust.split_once('\n').unwrap();
    assert!(guide.contains(shown));
    assert!(guide.contains(include_str!("../../bins/examples/plugin.py")));
}

/// Builds the Rust example where this test was built; nothing is to be done when all tests are.
fn custom_triager() -> PathBuf {
    let folder = std::env::current_exe().unwrap();
    let folder = folder.parent().and_then(Path::parent).unwrap();
    let mut cargo = std::process::Command::new(env!("CARGO"));
    cargo
        .args([
            "build",
            "--quiet",
            "--package",
            "wazuh-iris",
            "--example",
            "custom_triager",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .arg("--target-dir")
        .arg(folder.parent().unwrap());
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    assert!(cargo.status().unwrap().success());
    folder.join("examples/custom_triager")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_rust_example_triages_an_alert_of_iris() {
    let program = custom_triager();
    let stage = pending().await;
    let mut worker = stage.worker_command(&["--once"]);
    let mut own = std::process::Command::new(program);
    own.args(worker.get_args()).env_clear();
    for (name, value) in worker.get_envs() {
        own.env(name, value.unwrap_or_default());
    }
    worker = own;
    let output = worker.output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let stored = stage.iris.alerts().remove(0);
    assert!(stored.has_tag("ai-reviewed"), "{:?}\n{}", stored.tags, text(&output));
    let note = stored.note.unwrap();
    assert!(
        note.contains("acme-rules") && note.contains("Judged by the Acme rules"),
        "{note}"
    );
}

#[tokio::test]
async fn a_draft_says_which_program_made_it() {
    let draft = child(&answers()).triage(&evidence(), &Call::default()).await.unwrap();
    assert_eq!(draft.answer, ANSWER);
    assert_eq!(draft.meta.server.as_deref(), Some("script 7"));
    assert!(draft.meta.total.is_some());
}

#[tokio::test]
async fn a_question_is_one_line_with_evidence_schema_and_deadline() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("asked");
    let command = child(&format!("printf '%s\\n' \"$line\" >>{}; {}", file.display(), answers()));
    let call = Call::within(Duration::from_mins(5)).repairing("it cited F99");
    command.triage(&evidence(), &call).await.unwrap();
    let asked: Vec<Value> = lines(&file)
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(asked.len(), 1);
    let asked = &asked[0];
    assert_eq!(asked["evidence"], serde_json::to_value(evidence()).unwrap());
    assert_eq!(
        asked["schema"]["properties"]["evidence"]["items"]["properties"]["field"]["enum"][0],
        "F01"
    );
    let left = asked["deadline_ms"].as_u64().unwrap();
    assert!((200_000..=300_000).contains(&left), "{left}");
    assert_eq!(asked["repair"], "it cited F99");
    assert!(asked["user"].as_str().unwrap().contains("F01|"));
}

#[tokio::test]
async fn a_failure_is_data_and_its_message_shows_nothing_of_the_alert() {
    let says = r#"echo '{"id":'$id',"error":{"kind":"busy","message":"canary-7f3a91 of ws-042 waits","retry_after_seconds":9}}'"#;
    let error = fails(&child(says)).await;
    assert_eq!(error.kind, TriageErrorKind::Busy);
    assert_eq!(error.retry_after, Some(Duration::from_secs(9)));
    assert_eq!(error.to_string(), "the command says: * of * waits");
}

#[tokio::test]
async fn a_child_that_needs_a_person_is_not_asked_again_and_shows_in_health() {
    let says = r#"echo '{"id":'$id',"error":{"kind":"misconfigured","message":"set ACME_KEY"}}'"#;
    let command = child(says);
    assert_eq!(command.health().await, Health::Ready);
    assert_eq!(fails(&command).await.kind, TriageErrorKind::Misconfigured);
    let why = "the command says: set ACME_KEY".to_owned();
    assert_eq!(command.health().await, Health::Misconfigured(why));
}

#[tokio::test]
async fn a_child_sees_path_and_what_is_named_and_nothing_else() {
    let says = r#"seen=$(env | cut -d= -f1 | grep -vE '^(PWD|OLDPWD|SHLVL|_)$' | sort | tr '\n' ' '); echo '{"id":'$id',"error":{"kind":"busy","message":"'$seen $ACME_MODE'"}}'"#;
    let command = child(&says.replace("'$seen $ACME_MODE'", "'\"$seen $ACME_MODE\"'"))
        .variable("ACME_MODE", "quick".to_owned().into());
    assert!(
        std::env::var_os("CARGO_MANIFEST_DIR").is_some(),
        "there is something to hide"
    );
    assert_eq!(
        fails(&command).await.to_string(),
        "the command says: ACME_MODE PATH  quick"
    );
}

#[tokio::test]
async fn what_does_not_keep_to_the_protocol_is_replaced_and_never_quoted() {
    let folder = tempfile::tempdir().unwrap();
    let broken = [
        ("echo Traceback: $line", TriageErrorKind::Unavailable),
        (
            "printf '%s\\n' '{\"id\":999,\"answer\":{}}'",
            TriageErrorKind::Unavailable,
        ),
        ("echo '{\"id\":'$id'}'", TriageErrorKind::Unavailable),
        ("exit 3", TriageErrorKind::Unavailable),
        ("printf half; exit", TriageErrorKind::Unavailable),
        ("head -c 100000000 /dev/zero | tr '\\0' a", TriageErrorKind::BadOutput),
        // It runs on, and can never answer.
        ("exec 1>&-; sleep 1000", TriageErrorKind::Unavailable),
        // It is gone, and what it started holds its pipes open.
        ("sleep 1000 & exit 0", TriageErrorKind::Unavailable),
        ("kill -9 $$", TriageErrorKind::Unavailable),
    ];
    for (number, (what, kind)) in broken.into_iter().enumerate() {
        let once = folder.path().join(number.to_string());
        let once = once.display();
        // The first child does it; the one that takes its place answers.
        let command = child(&format!(
            "if [ ! -e {once} ]; then touch {once}; {what}; else {}; fi",
            answers()
        ));
        let error = fails(&command).await;
        assert_eq!(error.kind, kind, "{what}");
        assert!(!error.to_string().contains("canary"), "{error}");
        command.triage(&evidence(), &Call::default()).await.unwrap();
    }
}

#[tokio::test]
async fn what_a_child_wrote_before_its_end_counts_although_its_pipes_stay_open() {
    let last = script(&format!("{HELLO}; {READ}; sleep 1000 & {}", answers()));
    last.triage(&evidence(), &Call::default()).await.unwrap();
}

#[tokio::test]
async fn a_program_that_keeps_failing_is_started_again_after_longer_and_longer_pauses() {
    let folder = tempfile::tempdir().unwrap();
    for (number, what) in [
        "exit 1",
        "echo Welcome; sleep 1000",
        "echo '{\"v\":[1]}'; read -r line; exit 1",
    ]
    .iter()
    .enumerate()
    {
        let started = folder.path().join(number.to_string());
        let command = script(&format!("echo $$ >>{}; {what}", started.display()));
        let mut last = None;
        for _ in 0..20 {
            last = Some(fails(&command).await);
        }
        // At once the first time; the pause after the second failure is a second, and these calls take less.
        let starts = lines(&started).len();
        assert!((2..=4).contains(&starts), "{what}: {starts}");
        let last = last.unwrap();
        assert!(
            last.retry_after.is_some_and(|wait| wait <= Duration::from_secs(4)),
            "{last:?}"
        );
        assert!(
            last.message.contains("times in a row; it is started again in"),
            "{last}"
        );
        assert!(!matches!(command.health().await, Health::Ready));
    }
}

#[tokio::test]
async fn a_flood_on_standard_error_harms_nothing() {
    let command = child(&format!(
        "head -c 20000000 /dev/zero | tr '\\0' e >&2; yes canary-7f3a91 | head -n 100000 >&2; {}",
        answers()
    ));
    for _ in 0..2 {
        command.triage(&evidence(), &Call::default()).await.unwrap();
    }
}

#[tokio::test]
async fn waiting_for_a_child_that_is_at_work_is_not_the_alerts_fault() {
    let folder = tempfile::tempdir().unwrap();
    let asked = folder.path().join("asked");
    let command = child(&format!("touch {}; sleep 1000", asked.display()));
    let (evidence, long) = (evidence(), Call::default());
    let first = command.triage(&evidence, &long);
    tokio::pin!(first);
    tokio::select! {
        _ = &mut first => panic!("it never answers"),
        () = until("the question", || asked.exists()) => {}
    }
    let short = Call::within(Duration::from_millis(50));
    let error = command.triage(&evidence, &short).await.unwrap_err();
    assert_eq!(error.kind, TriageErrorKind::Busy);
}

#[tokio::test]
async fn a_child_that_ends_between_two_alerts_harms_neither() {
    let folder = tempfile::tempdir().unwrap();
    let started = folder.path().join("started");
    let command = script(&format!(
        "echo $$ >>{}; {HELLO}; {READ}; {}",
        started.display(),
        answers()
    ));
    for _ in 0..4 {
        command.triage(&evidence(), &Call::default()).await.unwrap();
    }
    assert_eq!(lines(&started).len(), 4);
}

#[tokio::test]
async fn health_is_a_handshake_with_a_child_that_is_then_used() {
    let folder = tempfile::tempdir().unwrap();
    let started = folder.path().join("started");
    let command = script(&format!(
        "echo $$ >>{}; {HELLO}; while true; do {READ}; {}; done",
        started.display(),
        answers()
    ));
    assert_eq!(command.health().await, Health::Ready);
    command.triage(&evidence(), &Call::default()).await.unwrap();
    assert_eq!(command.health().await, Health::Ready);
    assert_eq!(lines(&started).len(), 1);

    let misconfigured = [
        CommandTriager::new("/nonexistent/plugin"),
        CommandTriager::new(folder.path()),
        script("echo Welcome; sleep 1000"),
        script("echo '{\"v\":[2]}'; sleep 1000"),
        script("head -c 400000 /dev/zero; sleep 1000"),
    ];
    for command in misconfigured {
        let health = command.health().await;
        assert!(matches!(health, Health::Misconfigured(_)), "{health:?}");
    }
    let silent = script("sleep 1000").start_limit(Duration::from_millis(50));
    for command in [script("exit 1"), silent] {
        let health = command.health().await;
        assert!(matches!(health, Health::Down(_)), "{health:?}");
    }
}

#[tokio::test]
async fn as_many_children_run_at_once_as_are_set() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().display();
    // Nobody answers before both have been asked.
    let command = child(&format!(
        "touch {here}/$$; while [ $(ls {here} | wc -l) -lt 2 ]; do sleep 0.02; done; {}",
        answers()
    ));
    let command = command.children(2);
    let (evidence, call) = (evidence(), Call::within(Duration::from_mins(1)));
    let (one, two) = tokio::join!(command.triage(&evidence, &call), command.triage(&evidence, &call));
    one.unwrap();
    two.unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[tokio::test]
async fn a_deadline_kills_the_child_and_all_that_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let started = folder.path().join("started");
    let hangs = child(&format!("sleep 1000 & echo $$ $! >>{}; wait", started.display()));
    let processes = || -> Vec<String> {
        let all: Vec<_> = lines(&started)
            .iter()
            .flat_map(|line| line.split(' ').map(str::to_owned).collect::<Vec<_>>())
            .collect();
        all
    };
    // One that has ended is gone, or waits for its parent to look at it.
    let runs = |id: &String| fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| !stat.contains(") Z "));
    let (evidence, call) = (evidence(), Call::default());
    {
        let asked = hangs.triage(&evidence, &call);
        tokio::select! {
            _ = asked => panic!("it never answers"),
            () = until("the question", || processes().len() == 2) => {}
        }
    }
    until("the end of both", || !processes().iter().any(runs)).await;

    let late = hangs.triage(&evidence, &Call::within(Duration::from_millis(500))).await;
    assert_eq!(late.unwrap_err().kind, TriageErrorKind::Timeout);
    until("the end of all", || !processes().iter().any(runs)).await;
}

pub(crate) async fn pending() -> Stage {
    let stage = Stage::new().await;
    assert!(stage.hook(alert(0).to_string().as_bytes()).status.success());
    assert_eq!(stage.deliver()["delivered"], 1);
    stage
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_command_triages_and_its_standard_error_is_logged_without_the_alert() {
    let stage = pending().await;
    let program = stage.home().join("plugin");
    let text_of = format!(
        "#!/bin/sh\necho starting >&2; {HELLO}; while true; do {READ}; echo \"I was asked: $line\" >&2; {}; done\n",
        answers()
    );
    let text_of = text_of.replace("echo starting >&2", "echo starting with $ACME_KEY >&2");
    fs::write(&program, text_of).unwrap();
    stage.settings("[command]\nprogram = \"sh\"\nremote = false\nenvironment = [\"ACME_KEY\"]\n");
    let output = stage
        .worker_command(&["--once", "--triager", "command"])
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("WAZUH_IRIS_COMMAND_ARGUMENTS", &program)
        .env("ACME_KEY", "acme-0123456789")
        .output()
        .unwrap();
    let shown = text(&output);
    assert!(output.status.success(), "{shown}");
    let stored = stage.iris.alerts().remove(0);
    assert!(stored.has_tag("ai-reviewed"), "{:?}\n{shown}", stored.tags);
    let note = stored.note.unwrap();
    assert!(note.contains("script 7"), "{note}");
    assert!(shown.contains("the command says: starting with *"), "{shown}");
    assert!(shown.contains("the command says: I was asked:"), "{shown}");
    for word in ["203.0.113.66", "WS-FIN-042", "user0", "acme-0123"] {
        assert!(!shown.contains(word), "{word} is in the log: {shown}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_python_example_triages_an_alert_of_iris() {
    let Some(plugin) = python() else { return };
    let stage = pending().await;
    let output = stage
        .worker_command(&["--once", "--triager", "command"])
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("WAZUH_IRIS_COMMAND_PROGRAM", plugin)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let stored = stage.iris.alerts().remove(0);
    assert!(stored.has_tag("ai-reviewed"), "{:?}\n{}", stored.tags, text(&output));
    assert!(stored.note.unwrap().contains("acme-rules 1.0"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_triager_that_lacks_its_settings_ends_with_78_and_names_them() {
    let stage = Stage::new().await;
    for (triager, name) in [
        ("openai", "WAZUH_IRIS_OPENAI_URL"),
        ("command", "WAZUH_IRIS_COMMAND_PROGRAM"),
    ] {
        let output = stage
            .worker_command(&["--once", "--triager", triager])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(78), "{}", text(&output));
        assert!(text(&output).contains(name), "{}", text(&output));
    }
    let output = stage.worker_command(&["--once", "--triager", "gpt"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("rules, openai, command"), "{}", text(&output));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_openai_compatible_server_is_asked_with_its_key_and_with_pseudonyms() {
    for (remote, name_is_shown) in [("true", false), ("false", true)] {
        let server = openai().await;
        let stage = pending().await;
        let output = stage
            .worker_command(&["--once", "--triager", "openai"])
            .env("WAZUH_IRIS_OPENAI_URL", format!("{}/v1", server.uri()))
            .env("WAZUH_IRIS_OPENAI_MODEL", "m")
            .env("WAZUH_IRIS_OPENAI_KEY", "sk-of-the-test")
            .env("WAZUH_IRIS_OPENAI_REMOTE", remote)
            .output()
            .unwrap();
        let shown = text(&output);
        assert!(output.status.success(), "{shown}");
        assert!(!shown.contains("sk-of-the-test"), "{shown}");
        let stored = stage.iris.alerts().remove(0);
        assert!(stored.has_tag("ai-reviewed"), "{:?}\n{shown}", stored.tags);
        let asked = server.received_requests().await.unwrap();
        let bodies: String = asked
            .iter()
            .map(|one| String::from_utf8_lossy(&one.body).into_owned())
            .collect();
        assert!(bodies.contains("Judge this alert"), "{bodies}");
        assert_eq!(bodies.contains("WS-FIN-042"), name_is_shown, "remote = {remote}");
    }
}

/// A server with one model, which answers whoever has the key.
async fn openai() -> MockServer {
    let server = MockServer::start().await;
    let says = |delta: Value, end: Value| json!({"model": "m", "choices": [{"delta": delta, "finish_reason": end}]});
    let stream = format!(
        "data: {}\n\ndata: {}\n\ndata: [DONE]\n\n",
        says(json!({ "content": ANSWER }), Value::Null),
        says(json!({}), json!("stop"))
    )
    .replace(
        "data: [DONE]",
        "data: {\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":600,\"completion_tokens\":50}}\n\ndata: [DONE]",
    );
    let models =
        ResponseTemplate::new(200).set_body_json(json!({"object": "list", "data": [{"id": "m", "object": "model"}]}));
    let list = Mock::given(method("GET")).and(path("/v1/models"));
    list.respond_with(models).mount(&server).await;
    let chat = Mock::given(method("POST")).and(path("/v1/chat/completions"));
    let chat = chat.and(header("authorization", "Bearer sk-of-the-test"));
    let answer = ResponseTemplate::new(200).set_body_raw(stream, "text/event-stream");
    chat.respond_with(answer).mount(&server).await;
    server
}

/// An Ollama that says this to each question, reading 30 tokens a second and writing 10.
async fn ollama(says: impl Fn(&Value) -> String + Send + Sync + 'static) -> MockServer {
    ollama_after(Duration::ZERO, says).await
}

/// The same, but questions are answered so much later.
async fn ollama_after(delay: Duration, says: impl Fn(&Value) -> String + Send + Sync + 'static) -> MockServer {
    let server = MockServer::start().await;
    let fixed = |verb: &str, place: &str, body: Value| {
        let mock = Mock::given(method(verb)).and(path(place));
        mock.respond_with(ResponseTemplate::new(200).set_body_json(body))
            .mount(&server)
    };
    let details = json!({"family": "llama", "parameter_size": "4.0B", "quantization_level": "Q4_K_M"});
    let listed = json!({"models": [{"name": "m:latest", "model": "m:latest", "digest": "6fcf960b79bb", "details": details, "context_length": 4096}]});
    fixed("GET", "/api/version", json!({ "version": "0.33.0" })).await;
    fixed("GET", "/api/tags", listed.clone()).await;
    fixed("GET", "/api/ps", listed).await;
    let card = json!({"template": "{{ .Prompt }}", "capabilities": ["completion"], "details": details, "model_info": {"llama.context_length": 8192}});
    fixed("POST", "/api/show", card).await;
    let chat = Mock::given(method("POST")).and(path("/api/chat"));
    let answer = move |request: &Request| {
        let asked: Value = request.body_json().unwrap();
        let line = json!({
            "model": "m:latest", "message": {"role": "assistant", "content": says(&asked)}, "done": true, "done_reason": "stop",
            "prompt_eval_count": 600, "prompt_eval_duration": 20_000_000_000_u64, "eval_count": 50, "eval_duration": 5_000_000_000_u64
        });
        // Loading and warming up is not what is slow.
        let delay = if asked["messages"][1]["content"].as_str().is_some_and(|user| user != ".") {
            delay
        } else {
            Duration::ZERO
        };
        ResponseTemplate::new(200)
            .set_delay(delay)
            .set_body_raw(format!("{line}\n"), "application/x-ndjson")
    };
    chat.respond_with(answer).mount(&server).await;
    server
}

fn probe(stage: &Stage, server: &MockServer, arguments: &[&str]) -> std::process::Output {
    stage
        .worker_command(arguments)
        .env("OLLAMA_URL", server.uri())
        .env("OLLAMA_MODEL", "m")
        .output()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_probe_says_what_to_set() {
    let server = ollama(|asked| match asked["messages"][1]["content"].as_str() {
        Some(user) if user.starts_with("Say") => r#"{"zulu":"kilo","alpha":42}"#.to_owned(),
        _ => ANSWER.to_owned(),
    })
    .await;
    let stage = Stage::new().await;
    let output = probe(&stage, &server, &["probe", "--json"]);
    assert!(output.status.success(), "{}", text(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["schema"], "honoured");
    assert_eq!(
        (&report["cold_prompt_speed"], &report["generation_speed"]),
        (&json!(30.0), &json!(10.0))
    );
    assert_eq!(report["cases"].as_array().unwrap().len(), 5);
    assert_eq!(report["refusals"], json!([]));

    let output = probe(&stage, &server, &["probe"]);
    let shown = text(&output);
    assert!(output.status.success(), "{shown}");
    for line in [
        "server          Ollama 0.33.0",
        "prompt, cold    20.0 s, 30 tokens/s",
        "answer          10.0 tokens/s",
        "schema          honoured",
    ] {
        assert!(shown.contains(line), "{line} is missing: {shown}");
    }
    assert!(shown.contains("ssh_brute_force"), "{shown}");
    // What it says to set can be set, as it stands there.
    let (_, advice) = shown.split_once("Set:\n\n").unwrap();
    assert!(
        advice.contains(&format!("num_ctx = {}\n", report["advice"]["num_ctx"])),
        "{shown}"
    );
    stage.settings(advice);
    assert!(probe(&stage, &server, &["probe", "--json"]).status.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_probe_refuses_a_model_that_writes_prose_and_does_not_repeat_it() {
    let server = ollama(|_| "Certainly! All is well.".to_owned()).await;
    let stage = Stage::new().await;
    for arguments in [&["probe"][..], &["probe", "--json"][..]] {
        let output = probe(&stage, &server, arguments);
        let shown = text(&output);
        assert_eq!(output.status.code(), Some(1), "{shown}");
        assert!(shown.contains("5 of 5 alerts were not answered in the form"), "{shown}");
        assert!(shown.contains("error: m is not to be used here"), "{shown}");
        assert!(!shown.contains("Certainly") && !shown.contains("Set:"), "{shown}");
    }
    let output = stage.worker_command(&["probe", "--triager", "rules"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
}

/// What an Ollama answers that does not have the model.
async fn without_models() -> MockServer {
    let server = MockServer::start().await;
    let missing = ResponseTemplate::new(404).set_body_json(json!({"error": "model 'm' not found"}));
    let show = Mock::given(method("POST")).and(path("/api/show"));
    show.respond_with(missing).mount(&server).await;
    server
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_probe_says_why_a_model_is_not_to_be_used() {
    let stage = Stage::new().await;
    let empty = without_models().await;
    let ignores = |asked: &Value| match asked["messages"][1]["content"].as_str() {
        Some(user) if user.starts_with("Say") => r#"{"zulu":"kilo","alpha":42}"#.to_owned(),
        _ => r#"{"verdict":"maybe"}"#.to_owned(),
    };
    let cannot = ollama(ignores).await;
    let fine = ollama(|_| ANSWER.to_owned()).await;
    let slow = ollama_after(Duration::from_mins(10), |_| ANSWER.to_owned()).await;
    for (server, model, deadline, why) in [
        (&empty, "m", "900", "run `ollama pull m`"),
        (&fine, "gpt-oss:20b-cloud", "900", "another host"),
        (&cannot, "m", "900", "5 of 5 alerts were not answered in the form"),
        (&slow, "m", "1", "did not finish within 1 s"),
    ] {
        for arguments in [&["probe"][..], &["probe", "--json"][..]] {
            let output = stage
                .worker_command(arguments)
                .env("OLLAMA_URL", server.uri())
                .env("OLLAMA_MODEL", model)
                .env("AI_WORKER_DEADLINE_SECONDS", deadline)
                .output()
                .unwrap();
            let shown = text(&output);
            assert_eq!(output.status.code(), Some(1), "{why}: {shown}");
            assert!(shown.contains(why), "{why}: {shown}");
            assert!(!shown.contains("Set:"), "{shown}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_probe_measures_an_openai_compatible_server_too() {
    let server = openai().await;
    let stage = Stage::new().await;
    let output = stage
        .worker_command(&["probe", "--triager", "openai"])
        .env("WAZUH_IRIS_OPENAI_URL", server.uri())
        .env("WAZUH_IRIS_OPENAI_MODEL", "m")
        .env("WAZUH_IRIS_OPENAI_KEY", "sk-of-the-test")
        .output()
        .unwrap();
    let shown = text(&output);
    assert!(output.status.success(), "{shown}");
    // This one answers everything with a verdict, so the form of the probe is ignored, and every alert's is not.
    for line in ["schema          ignored", "ssh_brute_force", "[openai]\nmax_tokens = "] {
        assert!(shown.contains(line), "{line} is missing: {shown}");
    }
    assert!(
        !shown.contains("[ollama]") && !shown.contains("sk-of-the-test"),
        "{shown}"
    );
}
