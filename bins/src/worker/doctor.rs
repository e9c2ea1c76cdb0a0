//! Checks what the worker needs; each line is ok, warn or fail, with what to do.

use std::time::Duration;

use iris_client::{AlertFilter, Permission};
use serde_json::json;
use triage_core::{Health, Triager};

use super::setup;
use crate::settings::Settings;
use crate::terminal::{Failure, say};

/// Time that a check may take.
const CHECK: Duration = Duration::from_secs(20);

/// Runs all checks and prints them; the error says how many failed.
pub(super) async fn run(settings: &Settings, triager: &dyn Triager, json: bool) -> Result<(), Failure> {
    let mut findings: Vec<(&str, &str, String)> = Vec::new();
    let about = triager.about();
    findings.push(match tokio::time::timeout(CHECK, triager.health()).await {
        Ok(Health::Ready) => ("ok", "triager", format!("{} is ready", about.name)),
        Ok(Health::Cold) => (
            "ok",
            "triager",
            format!("{} answers; its model is not loaded yet", about.name),
        ),
        Ok(Health::Down(why) | Health::Misconfigured(why)) => ("fail", "triager", why),
        Err(_) => (
            "fail",
            "triager",
            format!("{} did not answer within {} s", about.name, CHECK.as_secs()),
        ),
    });
    if about.remote {
        findings.push((
            "warn",
            "triager",
            format!(
                "{} is not on this machine or network: evidence leaves the house",
                about.name
            ),
        ));
    }
    match setup::iris(settings, 1) {
        Err(error) => findings.push(("fail", "iris", error.to_string())),
        Ok(iris) => {
            if let Err(error) = iris.ping().await {
                findings.push(("fail", "iris", format!("{}: {error}", iris.base_url())));
            } else {
                findings.push(("ok", "iris", format!("{} answers, and takes the key", iris.base_url())));
                for (permission, what) in [
                    (Permission::AlertsRead, "read alerts"),
                    (Permission::AlertsWrite, "change alerts"),
                ] {
                    findings.push(match iris.has_permission(permission).await {
                        Ok(true) => ("ok", "account", format!("may {what}")),
                        Ok(false) => (
                            "fail",
                            "account",
                            format!("may not {what}; give its group the permission in IRIS"),
                        ),
                        Err(error) => ("fail", "account", error.to_string()),
                    });
                }
                let pending = AlertFilter::default()
                    .tag(&settings.tags.pending)
                    .per_page(1)
                    .fields(&["alert_id"]);
                let any = AlertFilter::default().per_page(1).fields(&["alert_id"]);
                if matches!(iris.alerts().filter(&any).await, Ok(page) if page.total == 0) {
                    // IRIS hides the alerts of a customer from an account without it, and says nothing.
                    let message = "sees no alert at all; if there are any, add their customer to it in IRIS: Advanced → \
                                   Access control → the account → Customers";
                    findings.push(("warn", "account", message.to_owned()));
                }
                findings.push(match iris.alerts().filter(&pending).await {
                    Ok(page) => (
                        "ok",
                        "queue",
                        format!("{} alerts carry {}", page.total, settings.tags.pending),
                    ),
                    Err(error) => ("fail", "queue", error.to_string()),
                });
            }
        }
    }
    for (level, check, message) in &findings {
        let line = if json {
            json!({ "level": level, "check": check, "message": message }).to_string()
        } else {
            format!(
                "{:<4}  {check:<9} {message}",
                if *level == "fail" { "FAIL" } else { level }
            )
        };
        say(&line)?;
    }
    match findings.iter().filter(|(level, ..)| *level == "fail").count() {
        0 => Ok(()),
        n => Err(Failure::failed(format!("{n} of {} checks failed", findings.len()))),
    }
}
