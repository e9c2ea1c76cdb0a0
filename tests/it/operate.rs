//! Putting it in place and looking after it: `install` and `doctor`.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown, symlink};
use std::os::unix::process::CommandExt;

use iris_client::sandbox::{Fault, User};
use iris_client::{CustomerId, Permission};
use serde_json::Value;
use wazuh_iris::forwarder::spool::Spool;

use crate::machine::Disk;
use crate::stage::{Stage, alert, program, text};

const OSSEC_CONF: &str = "<ossec_config>\n  <global>\n    <logall>no</logall>\n  </global>\n</ossec_config>\n";

/// A Wazuh folder without our program in it.
fn fresh(stage: &Stage) {
    fs::remove_file(stage.home().join("integrations/custom-iris")).unwrap();
    fs::create_dir(stage.home().join("queue")).unwrap();
    fs::write(stage.home().join("etc/ossec.conf"), OSSEC_CONF).unwrap();
}

fn install(stage: &Stage, arguments: &[&str]) -> String {
    let output = stage
        .command(&program())
        .arg("install")
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    text(&output)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn install_puts_everything_in_place_and_a_second_time_changes_nothing() {
    let stage = Stage::new().await;
    fresh(&stage);
    let configuration = stage.home().join("etc/ossec.conf");
    fs::set_permissions(&configuration, fs::Permissions::from_mode(0o640)).unwrap();

    let printed = install(&stage, &[]);
    assert!(printed.contains("<alert_format>json</alert_format>"), "{printed}");
    for (arguments, address) in [(&[][..], true), (&["--url", "https://iris.example"], false)] {
        let printed = install(&stage, arguments);
        let (said, _) = printed.split_once("<integration>").unwrap();
        assert_eq!(said.contains("https://IRIS:8443"), address, "{said}");
        assert!(said.contains("IRIS_API_KEY"), "{said}");
    }
    assert_eq!(
        fs::read_to_string(&configuration).unwrap(),
        OSSEC_CONF,
        "only --write writes"
    );

    let said = install(
        &stage,
        &["--write", "--url", "https://iris.example:8443", "--level", "7"],
    );
    assert!(said.contains("unchanged") && said.contains("configured"), "{said}");
    let program = fs::metadata(stage.home().join("integrations/custom-iris")).unwrap();
    let folder = fs::metadata(stage.home().join("integrations")).unwrap();
    assert_eq!(program.mode() & 0o777, 0o750);
    assert_eq!((program.uid(), program.gid()), (folder.uid(), folder.gid()));
    assert_eq!(
        fs::metadata(stage.home().join("queue/wazuh-iris")).unwrap().mode() & 0o777,
        0o700
    );
    let written = fs::read_to_string(&configuration).unwrap();
    assert!(
        written.contains("<hook_url>https://iris.example:8443/alerts/add</hook_url>"),
        "{written}"
    );
    assert!(written.contains("<level>7</level>"), "{written}");
    assert_eq!(fs::metadata(&configuration).unwrap().mode() & 0o777, 0o640);
    let backup = stage.home().join("etc/ossec.conf.before-wazuh-iris");
    assert_eq!(fs::read_to_string(backup).unwrap(), OSSEC_CONF);

    let again = install(&stage, &["--write"]);
    assert_eq!(again.matches("unchanged").count(), 2, "{again}");
    assert!(again.contains("next ") && again.contains("IRIS_API_KEY"), "{again}");
    assert!(!again.contains("note "), "{again}");
    let other = install(&stage, &["--write", "--url", "https://other.example"]);
    assert!(
        other.contains("note ") && other.contains("<hook_url>https://other.example"),
        "{other}"
    );
    assert_eq!(fs::read_to_string(&configuration).unwrap(), written);
    let left: Vec<_> = fs::read_dir(stage.home().join("etc"))
        .unwrap()
        .flatten()
        .map(|file| file.file_name())
        .collect();
    assert_eq!(left.len(), 2, "a draft is left: {left:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn install_writes_no_address_and_no_level_that_nothing_can_be_sent_by() {
    let stage = Stage::new().await;
    fresh(&stage);
    let configuration = stage.home().join("etc/ossec.conf");
    for arguments in [
        ["--url", ""],
        ["--url", "iris:8443"],
        ["--url", "https://a b"],
        ["--url", "https://user:hidden@iris"],
        ["--level", "17"],
        ["--level", "-1"],
    ] {
        let mut command = stage.command(&program());
        let output = command.args(["install", "--write"]).args(arguments).output().unwrap();
        let said = text(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(!said.contains("hidden"), "{said}");
        assert_eq!(fs::read_to_string(&configuration).unwrap(), OSSEC_CONF);
        assert!(!stage.home().join("integrations/custom-iris").exists(), "{said}");
    }
    let said = install(&stage, &["--write", "--url", "https://iris.example/?cid=3"]);
    assert!(said.contains("customer_id") && !said.contains("https://IRIS"), "{said}");
    let written = fs::read_to_string(&configuration).unwrap();
    assert!(
        written.contains("<hook_url>https://iris.example/alerts/add</hook_url>"),
        "{written}"
    );

    fs::write(&configuration, OSSEC_CONF).unwrap();
    let said = install(&stage, &["--write"]);
    let next = said.lines().find(|line| line.starts_with("next")).unwrap();
    assert!(
        next.contains("https://IRIS:8443") && next.contains("IRIS_API_KEY"),
        "{said}"
    );
    let written = fs::read_to_string(&configuration).unwrap();
    assert!(
        written.contains("<hook_url>https://IRIS:8443/alerts/add</hook_url>"),
        "{written}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn install_says_that_an_address_without_encryption_is_not_used() {
    let stage = Stage::new().await;
    fresh(&stage);
    let noted = |arguments: &[&str]| install(&stage, arguments).contains("iris.verify_ssl = false");
    for url in ["http://iris.example:8000", "http://192.0.2.1/alerts/add"] {
        assert!(noted(&["--url", url]), "{url}");
    }
    for url in ["http://127.0.0.1:8000", "http://localhost", "https://iris.example"] {
        assert!(!noted(&["--url", url]), "{url}");
    }
    stage.settings("[iris]\nverify_ssl = false\n");
    assert!(!noted(&["--url", "http://iris.example:8000"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn install_upgrades_the_program_and_brings_along_what_hooks_have_stored() {
    let stage = Stage::new().await;
    let program = stage.home().join("integrations/custom-iris");
    assert!(stage.hook(alert(1).to_string().as_bytes()).status.success());
    fs::write(&program, "an older program").unwrap();
    let said = install(&stage, &[]);
    assert!(said.contains("upgraded"), "{said}");
    assert_eq!(fs::read(&program).unwrap(), fs::read(crate::stage::program()).unwrap());
    assert!(!stage.state().exists());
    assert_eq!(stage.deliver()["delivered"], 1);
}

/// Who the wazuh user is in these tests.
const WAZUH: u32 = 65_534;

/// Gives the folders that belong to the wazuh user on a manager to that user; false where this user may not.
fn give_to_wazuh(stage: &Stage, folders: &[&str]) -> bool {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root can be tricked into what only root may do");
        return false;
    }
    fs::set_permissions(stage.home(), fs::Permissions::from_mode(0o755)).unwrap();
    for folder in folders {
        chown(stage.home().join(folder), Some(WAZUH), Some(WAZUH)).unwrap();
    }
    true
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn install_gives_nothing_away_that_a_link_of_the_wazuh_user_shows() {
    let stage = Stage::new().await;
    fresh(&stage);
    if !give_to_wazuh(&stage, &["logs"]) {
        return;
    }
    let victim = stage.home().join("victim");
    fs::create_dir(&victim).unwrap();
    symlink(&victim, stage.state()).unwrap();
    let output = stage.command(&program()).arg("install").output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let said = text(&output);
    assert!(
        said.contains("logs/wazuh-iris") && said.contains("it is a link"),
        "{said}"
    );
    let meta = fs::metadata(&victim).unwrap();
    assert_eq!((meta.uid(), meta.mode() & 0o777), (0, 0o755));
    assert!(!stage.home().join("queue/wazuh-iris").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_root_runs_follows_no_link_in_the_state_directory_and_works_as_its_owner() {
    let stage = Stage::new().await;
    fresh(&stage);
    if !give_to_wazuh(&stage, &["logs"]) {
        return;
    }
    install(&stage, &[]);
    let state = stage.home().join("queue/wazuh-iris");
    let victim = stage.home().join("victim");
    fs::write(&victim, "what only root may write").unwrap();
    fs::set_permissions(&victim, fs::Permissions::from_mode(0o600)).unwrap();
    let refused = text(&stage.custom_iris(&["replay", victim.to_str().unwrap()]));
    assert!(
        refused.contains(&format!("uid {WAZUH}")) && refused.contains("replay - <"),
        "{refused}"
    );
    // A shell of that user could not open it either, and a dry run has left no root.
    let installed = stage.home().join("integrations/custom-iris");
    fs::set_permissions(&installed, fs::Permissions::from_mode(0o755)).unwrap();
    for arguments in [&["replay"][..], &["replay", "--dry-run"]] {
        let mut command = stage.command(&installed);
        command
            .env("IRIS_BASE_URL", stage.iris.url())
            .env("IRIS_BEARER", stage.key());
        let output = command.uid(WAZUH).gid(WAZUH).args(arguments).arg(&victim).output();
        let refused = text(&output.unwrap());
        assert!(
            refused.contains("victim") && !refused.contains("hint: this works"),
            "{refused}"
        );
    }
    let file = stage.home().join("alerts.json");
    fs::write(&file, alert(1).to_string()).unwrap();
    for name in ["courier.lock", "courier.started", "courier.log"] {
        symlink(&victim, state.join(name)).unwrap();
        lchown(state.join(name), Some(WAZUH), Some(WAZUH)).unwrap();
    }
    stage.custom_iris(&["doctor", "--read-only"]);
    stage.custom_iris(&["replay", file.to_str().unwrap()]);
    stage.custom_iris(&["deliver", "--once"]);
    let mut hook = stage.hook_command(alert(2).to_string().as_bytes());
    assert_eq!(hook.env("WAZUH_IRIS_COURIER", "auto").status().unwrap().code(), Some(0));
    assert_eq!(fs::metadata(&victim).unwrap().uid(), 0);
    assert_eq!(fs::read_to_string(&victim).unwrap(), "what only root may write");
    for name in ["courier.lock", "courier.started", "courier.log"] {
        fs::remove_file(state.join(name)).unwrap();
    }
    assert_eq!(stage.deliver()["delivered"], 2);
    for folder in [state.clone(), state.join("new"), state.join("destinations")] {
        for file in fs::read_dir(folder).unwrap().flatten() {
            assert_eq!(file.metadata().unwrap().uid(), WAZUH, "{}", file.path().display());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn install_moves_nothing_away_from_under_a_courier_that_works_there() {
    let mut stage = Stage::new().await;
    assert!(stage.hook(alert(1).to_string().as_bytes()).status.success());
    stage.start_courier();
    stage.until("one delivered", |status| status["delivered"] == 1).await;
    let output = stage.command(&program()).arg("install").output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("a courier works in"), "{}", text(&output));
    stage.stop_couriers();
    install(&stage, &[]);
    assert!(!stage.state().exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn install_leaves_the_state_where_it_is_when_logs_and_queue_are_two_volumes() {
    let stage = Stage::new().await;
    assert!(stage.hook(alert(1).to_string().as_bytes()).status.success());
    let queue = stage.home().join("queue");
    let Some(_disk) = Disk::mount(&queue, "size=1m") else {
        return;
    };
    let said = install(&stage, &[]);
    assert!(said.contains("logs/wazuh-iris"), "{said}");
    assert_eq!(stage.deliver()["delivered"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_file_in_the_place_of_the_state_is_named_with_what_to_do() {
    let stage = Stage::new().await;
    fresh(&stage);
    let state = stage.home().join("queue/wazuh-iris");
    fs::write(&state, "").unwrap();
    let run = |arguments: &[&str]| text(&stage.command(&program()).args(arguments).output().unwrap());
    let said = run(&["install"]);
    assert!(
        said.contains(state.to_str().unwrap()) && said.contains("hint: something else than a folder"),
        "{said}"
    );

    // For who cannot write there, too.
    let file = stage.home().join("alerts.json");
    fs::write(&file, alert(1).to_string()).unwrap();
    let mut replay = stage.command(&program());
    replay
        .env("WAZUH_IRIS_STATE", &state)
        .env("IRIS_BASE_URL", stage.iris.url());
    let said = text(&replay.args(["replay", file.to_str().unwrap()]).output().unwrap());
    let words = [
        "cannot write in",
        state.to_str().unwrap(),
        "0 alerts are stored",
        "custom-iris install",
    ];
    assert!(words.iter().all(|word| said.contains(word)), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn install_away_from_a_manager_says_where_it_belongs() {
    let stage = Stage::new().await;
    let output = stage
        .command(&program())
        .env("WAZUH_HOME", stage.home().join("nowhere"))
        .arg("install")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output).contains("run this on the Wazuh manager"),
        "{}",
        text(&output)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn install_where_there_is_no_ossec_conf_says_so_and_what_to_do() {
    let stage = Stage::new().await;
    fresh(&stage);
    fs::remove_file(stage.home().join("etc/ossec.conf")).unwrap();
    let output = stage.command(&program()).args(["install", "--write"]).output().unwrap();
    let said = text(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("there is no ") && said.contains("without --write"),
        "{said}"
    );
    assert!(!said.contains("as root"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn install_writes_into_no_link_and_behind_no_comment_that_never_ends() {
    let stage = Stage::new().await;
    fresh(&stage);
    let configuration = stage.home().join("etc/ossec.conf");
    let elsewhere = stage.home().join("elsewhere.conf");
    let refused = |says: &[&str]| {
        let output = stage.command(&program()).args(["install", "--write"]).output().unwrap();
        let said = text(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(says.iter().all(|word| said.contains(word)), "{said}");
    };
    fs::rename(&configuration, &elsewhere).unwrap();
    symlink(&elsewhere, &configuration).unwrap();
    refused(&[
        "is a link to",
        elsewhere.to_str().unwrap(),
        "put the block there yourself",
    ]);
    assert!(fs::symlink_metadata(&configuration).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), OSSEC_CONF);
    fs::remove_file(&configuration).unwrap();
    let text = format!("{OSSEC_CONF}<!-- old:\n");
    fs::write(&configuration, &text).unwrap();
    refused(&["line 6 of", "a comment that never ends"]);
    assert_eq!(fs::read_to_string(&configuration).unwrap(), text);
}

pub(crate) fn doctor(stage: &Stage) -> (Option<i32>, Vec<Value>, String) {
    let output = stage.custom_iris(&["doctor", "--json"]);
    let shown = text(&output);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{shown}"));
    assert_eq!(found["ok"], output.status.success(), "{shown}");
    assert!(!shown.contains(stage.key()), "{shown}");
    let checks = found["checks"].as_array().unwrap().clone();
    for check in &checks {
        assert!(check["level"] == "ok" || check["fix"].is_string(), "no fix: {check}");
    }
    (output.status.code(), checks, shown)
}

pub(crate) fn finding<'a>(checks: &'a [Value], name: &str) -> &'a Value {
    checks
        .iter()
        .find(|check| check["check"] == name)
        .unwrap_or_else(|| panic!("no line on {name}: {checks:?}"))
}

/// A stage whose hook is installed as it should be.
pub(crate) async fn installed() -> Stage {
    let stage = Stage::new().await;
    fresh(&stage);
    install(&stage, &["--write", "--url", &stage.iris.url()]);
    put_key(&stage, "IRIS_API_KEY", stage.key());
    stage
}

fn put_key(stage: &Stage, old: &str, new: &str) {
    let configuration = stage.home().join("etc/ossec.conf");
    let text = fs::read_to_string(&configuration).unwrap();
    assert!(text.contains(old), "{text}");
    fs::write(&configuration, text.replace(old, new)).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn doctor_walks_the_whole_way_and_leaves_nothing_behind() {
    let mut stage = installed().await;
    let all = [
        Permission::AlertsRead,
        Permission::AlertsWrite,
        Permission::AlertsDelete,
    ];
    let key = stage.iris.add_user(&User::new("svc_all").permissions(&all));
    put_key(&stage, stage.key(), &key);
    stage.use_key(&key);
    let (code, checks, shown) = doctor(&stage);
    assert_eq!(code, Some(0), "{shown}");
    for name in [
        "hook",
        "ossec.conf",
        "state",
        "disk",
        "spool",
        "queue",
        "rules",
        "dns",
        "tcp",
        "key",
        "permissions",
        "ids",
        "customer",
        "clock",
    ] {
        assert_eq!(finding(&checks, name)["level"], "ok", "{shown}");
    }
    assert_eq!(finding(&checks, "courier")["level"], "warn");
    assert_eq!(finding(&checks, "tls")["level"], "warn", "plain http: {shown}");
    assert!(
        finding(&checks, "customer")["message"]
            .as_str()
            .unwrap()
            .contains("created, found and deleted")
    );
    assert!(stage.iris.alerts().is_empty(), "the test alert is still there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn doctor_asks_the_iris_of_a_block_before_the_first_alert_and_after_a_change_of_its_key() {
    let stage = installed().await;
    let program = stage.home().join("integrations/custom-iris");
    let doctor = |fails: bool, says: &str| {
        let output = stage.command(&program).arg("doctor").output().unwrap();
        let shown = text(&output);
        assert_eq!(output.status.success(), !fails, "{shown}");
        assert!(shown.contains(says) && !shown.contains("settings:"), "{shown}");
        assert!(!shown.contains(stage.key()), "{shown}");
    };
    doctor(false, "answers, and takes the key");
    put_key(&stage, stage.key(), "mistyped");
    doctor(true, "does not accept the API key");

    assert!(stage.hook(alert(1).to_string().as_bytes()).status.success());
    doctor(true, "another key than that in ossec.conf");
    put_key(&stage, "mistyped", stage.key());
    doctor(false, "a test alert is there from an earlier run, and was found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn doctor_says_of_a_block_without_key_that_and_nothing_else() {
    let stage = installed().await;
    put_key(&stage, stage.key(), "IRIS_API_KEY");
    let program = stage.home().join("integrations/custom-iris");
    let shown = text(&stage.command(&program).arg("doctor").output().unwrap());
    assert_eq!(shown.matches("FAIL").count(), 1, "{shown}");
    assert!(shown.contains("block 1 of 1 has no key"), "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn doctor_makes_one_test_alert_where_it_may_not_delete_and_not_one_more_each_time() {
    let stage = installed().await;
    for _ in 0..3 {
        let (code, checks, shown) = doctor(&stage);
        assert_eq!(code, Some(0), "{shown}");
        assert_eq!(finding(&checks, "customer")["level"], "ok", "{shown}");
    }
    assert_eq!(stage.iris.alert_count(), 1);
    let output = stage.custom_iris(&["doctor", "--read-only"]);
    assert!(
        output.status.success() && text(&output).contains("not tried"),
        "{}",
        text(&output)
    );
    assert_eq!(stage.iris.alert_count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn doctor_finds_a_missing_link_to_the_customer_and_a_missing_permission() {
    let mut stage = installed().await;
    let key = stage.iris.add_user(&User::new("svc_unlinked").customers(&[]));
    stage.use_key(&key);
    let (code, checks, shown) = doctor(&stage);
    assert_eq!(code, Some(1), "{shown}");
    assert_eq!(finding(&checks, "customer")["level"], "fail", "{shown}");
    assert!(
        finding(&checks, "customer")["fix"]
            .as_str()
            .unwrap()
            .contains("Customers"),
        "{shown}"
    );

    let other = stage.iris.add_customer("another customer");
    let key = stage.iris.add_user(
        &User::new("svc_other")
            .customers(&[other, CustomerId(1)])
            .permissions(&[Permission::AlertsRead]),
    );
    stage.use_key(&key);
    let (code, checks, shown) = doctor(&stage);
    assert_eq!(code, Some(1), "{shown}");
    assert!(
        checks
            .iter()
            .any(|check| check["check"] == "permissions" && check["level"] == "fail"),
        "{shown}"
    );
    let linked = checks.iter().find(|check| check["check"] == "customer");
    assert!(
        linked.is_none_or(|line| line["level"] == "ok"),
        "what the permission says is said twice: {shown}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn doctor_says_what_is_wrong_on_the_manager() {
    let stage = installed().await;
    let program = stage.home().join("integrations/custom-iris");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o770)).unwrap();
    fs::write(
        stage.home().join("etc/ossec.conf"),
        "<integration><name>custom-iris</name><options>{\"customr\": 1}</options></integration>",
    )
    .unwrap();
    let (code, checks, shown) = doctor(&stage);
    assert_eq!(code, Some(1), "{shown}");
    assert!(
        finding(&checks, "hook")["message"]
            .as_str()
            .unwrap()
            .contains("refuses to run"),
        "{shown}"
    );
    let said: Vec<&str> = checks
        .iter()
        .filter(|check| check["check"] == "ossec.conf" && check["level"] == "fail")
        .filter_map(|check| check["message"].as_str())
        .collect();
    assert!(
        said.iter().any(|message| message.contains("<alert_format>json")),
        "{said:?}"
    );
    assert!(said.iter().any(|message| message.contains("customr")), "{said:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn doctor_tells_what_it_cannot_look_at_from_what_is_not_there() {
    let stage = Stage::new().await;
    let said = || {
        let output = stage.command(&program()).arg("doctor").output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        text(&output)
    };
    // Root may look into every folder, but not into what is none.
    for folder in ["integrations", "etc", "logs"] {
        fs::remove_dir_all(stage.home().join(folder)).unwrap();
    }
    let before = said();
    assert!(
        !before.contains("cannot be looked at") && !before.contains("  settings "),
        "{before}"
    );
    for folder in ["integrations", "etc", "logs"] {
        fs::write(stage.home().join(folder), "").unwrap();
    }
    let after = said();
    assert_eq!(after.matches("cannot be looked at").count(), 2, "{after}");
    assert!(after.contains("  settings "), "{after}");
    // Where install makes the state directory.
    fs::remove_file(stage.home().join("logs")).unwrap();
    fs::write(stage.home().join("queue"), "").unwrap();
    let after = said();
    assert_eq!(after.matches("cannot be looked at").count(), 2, "{after}");
    assert!(
        after.contains("queue/wazuh-iris cannot be looked at") && !after.contains("not there yet"),
        "{after}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn doctor_takes_a_block_for_what_the_hook_is_called_with() {
    let stage = installed().await;
    let options = r#"{"tags":["r&amp;d"]}"#;
    put_key(
        &stage,
        "</hook_url>",
        &format!("</hook_url><options>{options}</options>"),
    );
    let file = stage.home().join("custom-iris-1795402840-7.options");
    fs::write(&file, format!("{options}\n")).unwrap();
    let mut hook = stage.hook_command(alert(1).to_string().as_bytes());
    // integratord names the file where debug would stand, or behind it.
    assert!(hook.arg(&file).output().unwrap().status.success());
    let (code, checks, shown) = doctor(&stage);
    assert_eq!(code, Some(0), "{shown}");
    assert!(checks.iter().all(|check| check["check"] != "destination"), "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn doctor_says_that_stored_alerts_cannot_be_read_however_young_they_are() {
    let stage = installed().await;
    assert!(stage.hook(alert(1).to_string().as_bytes()).status.success());
    let (_, checks, shown) = doctor(&stage);
    assert_eq!(finding(&checks, "spool")["level"], "ok", "{shown}");
    // What is no file cannot be read by root either.
    let inbox = stage.home().join("queue/wazuh-iris/new");
    fs::create_dir(inbox.join("0")).unwrap();
    let (code, checks, shown) = doctor(&stage);
    let spool = finding(&checks, "spool");
    assert_eq!((code, spool["level"].as_str()), (Some(1), Some("fail")), "{shown}");
    assert!(
        spool["message"].as_str().unwrap().contains("of the oldest 2, 1"),
        "{spool}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn doctor_names_what_was_set_aside_and_variables_that_do_not_count() {
    let stage = installed().await;
    let corrupt = stage.home().join("queue/wazuh-iris/corrupt");
    fs::create_dir_all(&corrupt).unwrap();
    fs::write(corrupt.join("1-1-1"), "half an entry").unwrap();
    let mut command = stage.command(&stage.home().join("integrations/custom-iris"));
    command.env("WAZUH_IRIS_FORWARD_MINLEVEL", "3");
    let shown = text(&command.args(["doctor", "--read-only"]).output().unwrap());
    assert!(
        shown.contains("warn  corrupt      1 files") && shown.contains("custom-iris replay"),
        "{shown}"
    );
    assert!(shown.contains("did you mean WAZUH_IRIS_FORWARD_MIN_LEVEL?"), "{shown}");
    // The same variables at the start of what does the work.
    let mut command = stage.command(&stage.home().join("integrations/custom-iris"));
    command.env("WAZUH_IRIS_FORWARD_MINLEVEL", "3");
    let shown = text(&command.args(["deliver", "--once"]).output().unwrap());
    assert!(shown.contains("exit status: 0"), "{shown}");
    assert!(shown.contains("did you mean WAZUH_IRIS_FORWARD_MIN_LEVEL?"), "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn doctor_says_that_the_spool_cannot_be_changed_though_what_lies_there_can_be_read() {
    let stage = installed().await;
    let inbox = stage.home().join("queue/wazuh-iris/new");
    fs::create_dir(&inbox).unwrap();
    if !give_to_wazuh(&stage, &["queue/wazuh-iris", "queue/wazuh-iris/new"]) {
        return;
    }
    let (_, checks, shown) = doctor(&stage);
    assert_eq!(finding(&checks, "spool")["level"], "ok", "{shown}");
    fs::set_permissions(&inbox, fs::Permissions::from_mode(0o555)).unwrap();
    let (code, checks, shown) = doctor(&stage);
    let spool = finding(&checks, "spool");
    assert_eq!((code, spool["level"].as_str()), (Some(1), Some("fail")), "{shown}");
    assert!(
        spool["message"].as_str().unwrap().contains("cannot be changed"),
        "{spool}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn doctor_says_that_a_block_contradicts_the_severities_of_the_settings() {
    let stage = installed().await;
    put_key(
        &stage,
        "</hook_url>",
        "</hook_url><options>{\"severity\": {\"Critical\": 9}}</options>",
    );
    let (_, checks, shown) = doctor(&stage);
    let said = checks.iter().find(|check| {
        let message = check["message"].as_str().unwrap_or_default();
        message.contains("contradict") && message.contains("forward.severity")
    });
    assert!(said.is_some_and(|check| check["level"] == "warn"), "{shown}");
    assert_eq!(
        finding(&checks, "customer")["level"],
        "ok",
        "the rest is looked at: {shown}"
    );
    put_key(&stage, "{\"Critical\": 9}", "{\"High\": 8, \"Critical\": 9}");
    let (code, _, shown) = doctor(&stage);
    assert_eq!(code, Some(0), "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn doctor_says_where_a_customer_that_an_address_names_does_not_count() {
    let stage = installed().await;
    put_key(&stage, "</hook_url>", "?cid=3</hook_url>");
    let (_, checks, shown) = doctor(&stage);
    let said = checks.iter().find(|check| {
        check["message"]
            .as_str()
            .is_some_and(|message| message.contains("`cid`"))
    });
    let said = said.unwrap_or_else(|| panic!("{shown}"));
    assert_eq!(said["level"], "warn", "{shown}");
    assert!(said["fix"].as_str().unwrap().contains("{\"customer_id\": 3}"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn doctor_names_the_link_to_the_customer_only_where_that_is_what_is_missing() {
    let stage = installed().await;
    stage.iris.fault(Fault::server_error().on("/alerts/add"));
    let (code, checks, shown) = doctor(&stage);
    assert_eq!(code, Some(1), "{shown}");
    let customer = finding(&checks, "customer");
    assert_eq!(customer["level"], "fail", "{shown}");
    assert!(!customer["fix"].as_str().unwrap().contains("add customer"), "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn doctor_names_a_host_without_address_and_a_port_without_listener() {
    let mut stage = installed().await;
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", socket.local_addr().unwrap());
    drop(socket);
    stage.use_url(&nobody);
    let (code, checks, shown) = doctor(&stage);
    assert_eq!(code, Some(1), "{shown}");
    assert_eq!(finding(&checks, "tcp")["level"], "fail", "{shown}");
    assert_eq!(finding(&checks, "dns")["level"], "ok", "{shown}");
    stage.use_url("https://no-such-host.invalid");
    let (code, checks, shown) = doctor(&stage);
    assert_eq!(code, Some(1), "{shown}");
    assert_eq!(finding(&checks, "dns")["level"], "fail", "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_block_that_is_edited_leaves_one_destination_and_a_line_on_the_other() {
    let mut stage = installed().await;
    assert!(stage.hook(alert(1).to_string().as_bytes()).status.success());
    let options = stage.home().join("custom iris-1.options");
    fs::write(&options, "{\"tags\":[\"edited\"]}\n").unwrap();
    let mut hook = stage.hook_command(alert(2).to_string().as_bytes());
    assert!(hook.arg(&options).output().unwrap().status.success());
    let configuration = stage.home().join("etc/ossec.conf");
    let text_before = fs::read_to_string(&configuration).unwrap();
    let edited = text_before.replace(
        "</integration>",
        "  <options>{\"tags\":[\"edited\"]}</options>\n  </integration>",
    );
    fs::write(&configuration, edited).unwrap();
    stage.deliver();
    let file = stage.home().join("alerts.json");
    fs::write(&file, alert(3).to_string()).unwrap();
    let program = stage.home().join("integrations/custom-iris");
    let run = |arguments: &[&str]| stage.command(&program).args(arguments).output().unwrap();
    let output = run(&["replay", file.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output));
    stage.deliver();
    let tags: Vec<bool> = stage
        .iris
        .alerts()
        .iter()
        .map(|alert| alert.tags.as_deref().unwrap_or_default().contains("edited"))
        .collect();
    assert_eq!(
        tags.iter().filter(|edited| **edited).count(),
        2,
        "what the edited block brought, and the replay"
    );

    let doctor = |stage: &Stage| {
        text(
            &stage
                .command(&program)
                .args(["doctor", "--read-only"])
                .output()
                .unwrap(),
        )
    };
    let shown = doctor(&stage);
    assert!(
        shown.contains("before it was changed") && !shown.contains("FAIL"),
        "{shown}"
    );
    let obsolete = shown.split("fix: delete ").nth(1).unwrap().lines().next().unwrap();

    // An alert of the block as it was, that the courier has not taken in yet.
    assert!(stage.hook(alert(4).to_string().as_bytes()).status.success());
    let shown = doctor(&stage);
    assert!(
        shown.contains("alerts that are not taken in yet may be for it") && !shown.contains("fix: delete"),
        "{shown}"
    );
    assert_eq!(
        shown.matches("takes the key").count(),
        1,
        "it is asked for nothing: {shown}"
    );
    fs::remove_file(obsolete).unwrap();
    assert!(!doctor(&stage).contains("before it was changed"), "{}", doctor(&stage));
    stage.start_courier();
    let spool = Spool::at(stage.home().join("queue/wazuh-iris"));
    let taken_in = |_: &Value| spool.count().unwrap() == 0;
    stage.until("the alert is taken in", taken_in).await;
    let shown = doctor(&stage);
    assert!(
        shown.contains("1 alerts wait for a destination whose file is gone"),
        "{shown}"
    );
    assert!(shown.contains("<hook_url> and <options> of before"), "{shown}");
    // As it says: a call of the block of before brings the file again.
    assert!(stage.hook(alert(5).to_string().as_bytes()).status.success());
    stage
        .until("both are delivered", |status| status["delivered"] == 5)
        .await;
    assert!(!doctor(&stage).contains("whose file is gone"), "{}", doctor(&stage));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_waits_for_a_block_that_was_wrong_goes_where_the_corrected_one_leads() {
    let mut stage = installed().await;
    let options = stage.home().join("custom iris-1.options");
    fs::write(&options, "{\"tags\": [\"a\"]\n").unwrap();
    let mut hook = stage.hook_command(alert(1).to_string().as_bytes());
    assert!(hook.arg(&options).output().unwrap().status.success());
    // A port where nobody listens.
    let iris = stage.iris.url();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    stage.use_url(&format!("http://{nobody}"));
    assert!(stage.hook(alert(2).to_string().as_bytes()).status.success());
    stage.use_url(&iris);

    let program = stage.home().join("integrations/custom-iris");
    let run = |stage: &Stage, arguments: &[&str]| text(&stage.command(&program).args(arguments).output().unwrap());
    let doctor = |stage: &Stage| run(stage, &["doctor", "--read-only"]);
    stage.start_courier();
    stage
        .until("both wait", |status| status["waiting"] == 2 && status["spooled"] == 0)
        .await;
    let shown = doctor(&stage);
    let said = "1 alerts wait for ";
    assert_eq!(shown.matches(said).count(), 2, "{shown}");
    assert!(!shown.contains("correct the <integration> block"), "{shown}");
    let commands: BTreeSet<&str> = shown
        .split("`custom-iris ")
        .skip(1)
        .filter_map(|rest| rest.split('`').next())
        .filter(|command| command.starts_with("spool move "))
        .collect();
    assert_eq!(commands.len(), 2, "{shown}");
    for command in commands {
        let moved = run(&stage, &command.split(' ').collect::<Vec<_>>());
        assert!(
            moved.contains("go to ") && moved.contains("follows within seconds"),
            "{moved}"
        );
    }
    // The courier is not told: it looks.
    stage
        .until("both are delivered", |status| status["delivered"] == 2)
        .await;
    assert_eq!(stage.iris.alerts().len(), 2);
    assert!(!doctor(&stage).contains(said), "{}", doctor(&stage));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn doctor_fails_on_two_blocks_that_differ_only_in_their_keys() {
    let stage = installed().await;
    let configuration = stage.home().join("etc/ossec.conf");
    let before = fs::read_to_string(&configuration).unwrap();
    let at = before.find("<integration>").unwrap();
    let end = before.find("</integration>").unwrap() + "</integration>".len();
    let second = before[at..end].replace(stage.key(), "another");
    fs::write(
        &configuration,
        format!("{}\n  {second}{}", &before[..end], &before[end..]),
    )
    .unwrap();
    let (code, checks, shown) = doctor(&stage);
    assert_eq!(code, Some(1), "{shown}");
    let finding = finding(&checks, "key");
    assert_eq!(finding["level"], "fail", "{shown}");
    assert!(
        finding["message"].as_str().unwrap().contains("different keys"),
        "{shown}"
    );
    assert!(!shown.contains(stage.key()), "{shown}");
}
