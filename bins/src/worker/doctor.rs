//! Checks what the worker needs; each line is ok, warn or fail, with what to do.

use std::sync::Arc;
use std::time::Duration;

use iris_client::{AlertFilter, IrisClient, Permission};
use triage_core::{Health, Triager};

use super::setup::{self, SetupError};
use crate::findings::Findings;
use crate::settings::{Settings, TriagerChoice};
use crate::terminal::{Failure, say};
use crate::way::{self, Named};

/// Time that a check may take.
const CHECK: Duration = Duration::from_secs(20);
/// Where the worker is told of IRIS.
const AS_TOLD: Named = Named {
    address: "IRIS_BASE_URL (iris.base_url)",
    key: "IRIS_BEARER (iris.bearer)",
    pin: "iris.fingerprint (WAZUH_IRIS_IRIS_FINGERPRINT)",
};

/// Runs all checks and prints them; the error says how many failed. The triager is of the `stock`, or a person's own.
pub(super) async fn run(
    settings: &Settings,
    found: Result<Arc<dyn Triager>, SetupError>,
    stock: bool,
    json: bool,
) -> Result<(), Failure> {
    let mut findings = Findings::default();
    findings.settings(settings);
    let mend = if stock {
        how_to_mend(settings.worker.triager)
    } else {
        "that is a triager of your own: its `health` says so"
    };
    if let Err(error) = setup::check(settings) {
        unset(
            "settings",
            &error,
            "the worker ends with 78 until they are corrected",
            &mut findings,
        );
    }
    match found {
        Ok(found) => triager(found.as_ref(), mend, &mut findings).await,
        Err(error) => unset("triager", &error, mend, &mut findings),
    }
    match setup::iris(settings, 1) {
        Ok(iris) if way::is_open(&iris, &settings.iris, &AS_TOLD, &mut findings).await => {
            account(&iris, &mut findings).await;
            queue(&iris, &settings.tags.pending, &mut findings).await;
        }
        Ok(_) => {}
        Err(error) => unset("iris", &error, "correct the settings iris.*", &mut findings),
    }
    say(&if json {
        findings.to_json_lines()
    } else {
        findings.to_string()
    })?;
    match findings.failed() {
        0 => Ok(()),
        1 => Err(Failure::failed("one check failed")),
        n => Err(Failure::failed(format!("{n} checks failed"))),
    }
}

async fn triager(triager: &dyn Triager, mend: &str, findings: &mut Findings) {
    let name = triager.about().name;
    match tokio::time::timeout(CHECK, triager.health()).await {
        Ok(Health::Ready) => findings.ok("triager", format!("{name} is ready")),
        Ok(Health::Cold) => findings.ok("triager", format!("{name} answers; its model is not loaded yet")),
        Ok(Health::Down(why) | Health::Misconfigured(why)) => findings.fail("triager", why, mend),
        Err(_) => {
            let message = format!("{name} did not answer within {} s", CHECK.as_secs());
            findings.fail("triager", message, mend);
        }
    }
    if triager.about().remote {
        findings.warn(
            "triager",
            format!("{name} is not on this machine or network: evidence leaves the house"),
            "where it may not, set worker.triager to one that stays; `ai-worker explain` shows what would leave",
        );
    }
}

fn how_to_mend(triager: TriagerChoice) -> &'static str {
    match triager {
        TriagerChoice::Ollama => {
            "mend that where Ollama runs, or set OLLAMA_URL (ollama.url) and OLLAMA_MODEL (ollama.model) to what is there"
        }
        TriagerChoice::OpenAi => {
            "mend that where the server runs, or set openai.url, openai.model and openai.key to what is there"
        }
        TriagerChoice::Command => {
            "run command.program with command.arguments by hand: its first line must be {\"v\":[1]}; docs/writing-a-triager.md"
        }
        TriagerChoice::Rules => "the rules need nothing: please report this",
    }
}

/// Says what keeps something from being tried at all.
fn unset(check: &'static str, error: &SetupError, mend: &str, findings: &mut Findings) {
    let error = error.to_string();
    let (message, fix) = error.split_once("\nhint: ").unwrap_or((&error, mend));
    findings.fail(check, message, fix);
}

async fn account(iris: &IrisClient, findings: &mut Findings) {
    for (permission, what) in [
        (Permission::AlertsRead, "read alerts"),
        (Permission::AlertsWrite, "change alerts"),
    ] {
        match iris.has_permission(permission).await {
            Ok(true) => findings.ok("account", format!("may {what}")),
            Ok(false) => findings.fail(
                "account",
                format!("may not {what}"),
                format!(
                    "in IRIS: give a group of the account the permission {}",
                    permission.name()
                ),
            ),
            Err(error) => findings.fail("account", format!("cannot ask: {error}"), "run doctor again"),
        }
    }
    let any = AlertFilter::default().per_page(1).fields(&["alert_id"]);
    if matches!(iris.alerts().filter(&any).await, Ok(page) if page.total == 0) {
        // IRIS hides the alerts of a customer from an account without it, and says nothing.
        findings.warn(
            "account",
            "sees no alert at all",
            "if there are any, add their customer to it in IRIS: Advanced → Access control → the account → Customers",
        );
    }
}

async fn queue(iris: &IrisClient, pending: &str, findings: &mut Findings) {
    let filter = AlertFilter::default().tag(pending).per_page(1).fields(&["alert_id"]);
    match iris.alerts().filter(&filter).await {
        Ok(page) => findings.ok("queue", format!("{} alerts carry {pending}", page.total)),
        Err(error) => findings.fail(
            "queue",
            error.to_string(),
            "run doctor again; if it stays so, the lines above or the log of IRIS (docker logs of its app) say why",
        ),
    }
}
