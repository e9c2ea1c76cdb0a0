//! Checks an installation from the hook to IRIS; every line is ok, warn or fail, with what to do.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use iris_client::{Error, IrisClient, Permission};
use serde::Serialize;

use super::place::Place;
use super::queue::Queue;
use super::spool::{Destination, DestinationId, Limits, Room};
use super::target::Target;
use super::{courier, launch, report};
use crate::settings::Settings;
use crate::terminal::{Failure, say};

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Ok,
    Warn,
    Fail,
}

/// One line.
#[derive(Debug, Serialize)]
struct Finding {
    level: Level,
    check: &'static str,
    message: String,
}

#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn ok(&mut self, check: &'static str, message: impl Into<String>) {
        self.0.push(Finding {
            level: Level::Ok,
            check,
            message: message.into(),
        });
    }

    fn warn(&mut self, check: &'static str, message: impl Into<String>) {
        self.0.push(Finding {
            level: Level::Warn,
            check,
            message: message.into(),
        });
    }

    fn fail(&mut self, check: &'static str, message: impl Into<String>) {
        self.0.push(Finding {
            level: Level::Fail,
            check,
            message: message.into(),
        });
    }
}

/// Runs all checks and prints them; fails when one failed.
pub(super) fn run(place: &Place, json: bool) -> Result<(), Failure> {
    let settings = place.settings()?;
    let mut findings = Findings::default();
    hook(place, &mut findings);
    configuration(place, &mut findings);
    state(place, &mut findings);
    match courier::load_rules(&settings) {
        Ok(_) => findings.ok("rules", "the gate and the allowlist can be used"),
        Err(error) => findings.fail("rules", error.to_string()),
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("cannot start: {error}")))?;
    runtime.block_on(iris(place, &settings, &mut findings));
    let failed = findings.0.iter().filter(|finding| finding.level == Level::Fail).count();
    if json {
        say(&serde_json::to_string(&findings.0).unwrap_or_default())?;
    } else {
        for finding in &findings.0 {
            let word = match finding.level {
                Level::Ok => "ok  ",
                Level::Warn => "warn",
                Level::Fail => "FAIL",
            };
            say(&format!("{word}  {:<13} {}", finding.check, finding.message))?;
        }
    }
    match failed {
        0 => Ok(()),
        1 => Err(Failure::failed("one check failed")),
        n => Err(Failure::failed(format!("{n} checks failed"))),
    }
}

fn hook(place: &Place, findings: &mut Findings) {
    let path = place.home.join("integrations/custom-iris");
    let Ok(meta) = fs::metadata(&path) else {
        return findings.warn(
            "hook",
            format!(
                "{} is not there; run `custom-iris install` on the Wazuh manager",
                path.display()
            ),
        );
    };
    let mode = meta.permissions().mode() & 0o777;
    if mode & 0o110 == 0 {
        findings.fail("hook", format!("{} cannot be run; chmod 0750 it", path.display()));
    } else if mode & 0o022 != 0 || meta.uid() != 0 {
        // integratord refuses to run what its own user could change.
        findings.fail(
            "hook",
            format!(
                "{} can be written by others than root, and integratord refuses that; chown root and chmod 0750 it",
                path.display()
            ),
        );
    } else {
        findings.ok("hook", path.display().to_string());
    }
}

fn configuration(place: &Place, findings: &mut Findings) {
    let path = place.home.join("etc/ossec.conf");
    let Ok(text) = fs::read_to_string(&path) else {
        return findings.warn(
            "ossec.conf",
            format!(
                "{} cannot be read; run this as root on the Wazuh manager",
                path.display()
            ),
        );
    };
    let blocks: Vec<&str> = text
        .split("<integration>")
        .skip(1)
        .filter_map(|rest| rest.split("</integration>").next())
        .filter(|block| block.contains("<name>custom-iris</name>"))
        .collect();
    if blocks.is_empty() {
        return findings.fail(
            "ossec.conf",
            "it has no <integration> named custom-iris; `custom-iris install` prints one",
        );
    }
    for block in blocks {
        let words: String = block.split_whitespace().collect();
        if words.contains("<alert_format>json") {
            findings.ok("ossec.conf", "custom-iris with <alert_format>json</alert_format>");
        } else {
            findings.fail(
                "ossec.conf",
                "<alert_format>json</alert_format> is missing from the custom-iris block; alerts come as text",
            );
        }
    }
}

fn state(place: &Place, findings: &mut Findings) {
    let root = place.spool.root();
    let Ok(meta) = fs::metadata(root) else {
        return findings.warn(
            "state",
            format!(
                "{} is not there yet; the first call of the hook makes it",
                root.display()
            ),
        );
    };
    let probe = root.join(format!("doctor-{}", std::process::id()));
    match fs::File::create_new(&probe) {
        Ok(_) => {
            let _ = fs::remove_file(&probe);
            findings.ok("state", format!("{} (owner uid {})", root.display(), meta.uid()));
        }
        Err(error) => findings.fail("state", format!("{} cannot be written: {error}", root.display())),
    }
    match Limits::read(root).room(root) {
        Room::Enough => findings.ok("disk", "there is room"),
        room => findings.fail("disk", format!("too little room, the hook stores nothing: {room:?}")),
    }
    match launch::take_office(root) {
        Ok(None) => findings.ok("courier", "it runs"),
        Ok(Some(_)) => findings.warn(
            "courier",
            "it does not run; the hook starts it with the next alert, or start `custom-iris deliver`",
        ),
        Err(error) => findings.fail("courier", format!("cannot look for it: {error}")),
    }
    match Queue::look(root) {
        Ok(Some(queue)) => match queue.counters() {
            Ok(counters) if counters.add_up() => {
                let parked = counters.parked;
                let text = report::table(&counters)
                    .lines()
                    .map(|line| line.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
                    .collect::<Vec<_>>()
                    .join(", ");
                if parked > 0 {
                    findings.warn("queue", text);
                } else {
                    findings.ok("queue", text);
                }
            }
            Ok(_) => findings.fail("queue", "the counters do not add up; please report this"),
            Err(error) => findings.fail("queue", error.to_string()),
        },
        Ok(None) => findings.ok("queue", "empty: no courier has run yet"),
        Err(error) => findings.fail("queue", error.to_string()),
    }
}

/// Every destination that the hook was told of, and the one of the settings.
async fn iris(place: &Place, settings: &Settings, findings: &mut Findings) {
    let root = place.spool.root();
    let mut destinations = Vec::new();
    for id in DestinationId::known(root) {
        destinations.extend(Destination::recall(root, id));
    }
    if settings.iris.base_url.is_some() || destinations.is_empty() {
        destinations.extend(Destination::recall(root, DestinationId::SETTINGS));
    }
    for destination in destinations {
        match Target::new(&destination, &settings.iris) {
            Ok(target) => account(&target, findings).await,
            Err(error) => findings.fail("iris", error.to_string()),
        }
    }
}

async fn account(target: &Target, findings: &mut Findings) {
    let client = target.client();
    let address = client.base_url().to_string();
    match client.ping().await {
        Ok(()) => findings.ok("iris", format!("{address} answers, and takes the key")),
        Err(Error::Certificate { reason, fingerprint }) => {
            let pin = fingerprint.map_or_else(String::new, |pin| {
                format!("; if it is the right server, pin it: iris.fingerprint = \"{pin}\"")
            });
            return findings.fail(
                "iris",
                format!("{address}: its certificate is not trusted: {reason}{pin}"),
            );
        }
        Err(error) => return findings.fail("iris", format!("{address}: {error}")),
    }
    permission(client, Permission::AlertsWrite, "create alerts", true, findings).await;
    permission(
        client,
        Permission::AlertsRead,
        "read alerts (counts of folded alerts need it)",
        false,
        findings,
    )
    .await;
    match target.ids().await {
        Ok(_) => findings.ok("names", "severities, status, IOC and asset types are known"),
        Err(error) => findings.fail("names", error.to_string()),
    }
}

async fn permission(client: &IrisClient, permission: Permission, what: &str, needed: bool, findings: &mut Findings) {
    match client.has_permission(permission).await {
        Ok(true) => findings.ok("account", format!("may {what}")),
        Ok(false) if needed => findings.fail(
            "account",
            format!("may not {what}; give its group the permission in IRIS"),
        ),
        Ok(false) => findings.warn("account", format!("may not {what}")),
        Err(error) => findings.fail("account", error.to_string()),
    }
}
