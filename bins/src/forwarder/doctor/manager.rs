//! What integratord sees: the program, and its blocks in `ossec.conf`.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use iris_client::Url;

use crate::findings::Findings;
use crate::forwarder::ossec_conf::{self, Block, NAME, Unclosed};
use crate::forwarder::place::Place;
use crate::forwarder::spool::{Destination, DestinationId};
use crate::forwarder::target::Options;
use crate::settings::Settings;

/// What to do where something of Wazuh cannot be looked at.
pub(super) const LOOK: &str =
    "run doctor as root, which then works as the wazuh user, and see who may look into that folder";

/// By what alerts come where no hook is called, if the settings say where they then go.
pub(super) fn without_hook(settings: &Settings) -> Option<&'static str> {
    let is_named = settings.iris.base_url.is_some() && settings.iris.bearer.is_some();
    if !is_named {
        None
    } else if settings.tail.enabled {
        Some("tail")
    } else {
        settings.webhook.listen.map(|_| "webhook")
    }
}

/// The program: its name, its mode, its owner, its version. Where alerts come without it, it may be missing. Says whether it may be there.
pub(super) fn hook(place: &Place, other: Option<&str>, findings: &mut Findings) -> bool {
    let folder = place.home.join("integrations");
    let path = folder.join(NAME);
    let shown = path.display();
    let install = "run `custom-iris install` as root on the Wazuh manager";
    let meta = match fs::metadata(&path) {
        Ok(meta) => meta,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let message = format!("{shown} is not there");
            match other {
                None => findings.fail("hook", message, install),
                Some(other) => findings.ok("hook", format!("{message}; alerts come by the {other}")),
            }
            return false;
        }
        Err(error) => {
            findings.fail("hook", format!("{shown} cannot be looked at: {error}"), LOOK);
            return true;
        }
    };
    let as_root = format!("as root: chown root:wazuh {shown} && chmod 0750 {shown}");
    let mode = meta.permissions().mode() & 0o777;
    let group = fs::metadata(&folder).map_or(meta.gid(), |meta| meta.gid());
    let may_run = mode & 0o001 != 0 || (mode & 0o010 != 0 && meta.gid() == group);
    if !meta.is_file() {
        findings.fail("hook", format!("{shown} is not a file"), install);
    } else if mode & 0o022 != 0 || meta.uid() != fs::metadata(&folder).map_or(0, |meta| meta.uid()) {
        // integratord refuses to run what its own user could change, ends the call with 127, and logs the key.
        let message = format!(
            "{shown} (owner uid {}, mode {mode:04o}) can be changed by others than root; integratord refuses to run it",
            meta.uid()
        );
        findings.fail("hook", message, as_root);
    } else if may_run {
        findings.ok("hook", format!("{shown} (owner uid {}, mode {mode:04o})", meta.uid()));
        version(&path, install, findings);
    } else {
        let message = format!("{shown} (mode {mode:04o}) cannot be run by the wazuh user");
        findings.fail("hook", message, as_root);
    }
    true
}

fn version(path: &Path, install: &str, findings: &mut Findings) {
    let this = std::env::current_exe().ok();
    if this.is_some_and(|this| fs::canonicalize(path).is_ok_and(|there| there == this)) {
        return;
    }
    let output = Command::new(path).arg("--version").output();
    let there = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let ours = format!("{NAME} {}", env!("CARGO_PKG_VERSION"));
    if there.is_ok_and(|there| there != ours) {
        findings.warn(
            "hook",
            format!("{} is another version than this program ({ours})", path.display()),
            install,
        );
    }
}

/// What our blocks in `ossec.conf` tell the hook.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// By those that can be used.
    pub(super) usable: Vec<Destination>,
    /// Every destination that one of them names; nothing where the file cannot be read.
    pub(super) named: BTreeSet<DestinationId>,
    /// The file is there and cannot be read.
    pub(super) are_hidden: bool,
}

impl Blocks {
    /// Whether any may call the hook: one whose alerts are of no use does so, too.
    pub(super) fn may_call(&self) -> bool {
        self.are_hidden || !self.named.is_empty()
    }
}

/// Our blocks in `ossec.conf`.
pub(super) fn configuration(place: &Place, settings: &Settings, findings: &mut Findings) -> Blocks {
    let path = place.home.join("etc/ossec.conf");
    let check = "ossec.conf";
    let text = match fs::read(&path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => {
            let fix = match error.kind() {
                io::ErrorKind::NotFound => "run this on the Wazuh manager, or set WAZUH_HOME to its folder",
                _ => LOOK,
            };
            findings.warn(check, format!("{} cannot be read: {error}", path.display()), fix);
            return Blocks {
                are_hidden: error.kind() != io::ErrorKind::NotFound,
                ..Blocks::default()
            };
        }
    };
    for name in ossec_conf::others(&text) {
        findings.warn(
            check,
            format!("the <integration> {name} sends alerts to IRIS too: each comes twice"),
            "take that block out, and restart wazuh-manager",
        );
    }
    if let Some(Unclosed { line }) = ossec_conf::unclosed(&text) {
        findings.fail(
            check,
            format!("line {line} begins a comment that never ends: what follows does not count"),
            "end it with -->, and restart wazuh-manager",
        );
    }
    let blocks = ossec_conf::blocks(&text);
    if blocks.is_empty() {
        let fix = format!(
            "`custom-iris install --write` adds one, then restart wazuh-manager: {}",
            path.display()
        );
        let message = format!("there is no <integration> with <name>{NAME}</name>");
        match without_hook(settings) {
            None => findings.fail(check, message, fix),
            Some("tail") => findings.ok(check, format!("{message}; alerts come by the tail")),
            // Of a manager of Wazuh 4, which has that file, nothing comes that way.
            Some(other) => findings.warn(check, format!("{message}; alerts come by the {other} only"), fix),
        }
    }
    let of = blocks.len();
    let mut found = Blocks::default();
    for (number, Block { destination, json }) in (1..).zip(blocks) {
        let which = format!("block {number} of {of}");
        found.named.insert(destination.id());
        let before = findings.failed();
        if !json {
            let fix = "add <alert_format>json</alert_format> to it and restart wazuh-manager";
            findings.fail(
                check,
                format!("{which} has no <alert_format>json</alert_format>: alerts come as text"),
                fix,
            );
        }
        if destination.url.is_empty() && settings.iris.base_url.is_none() {
            let fix = "add <hook_url>https://IRIS:8443/alerts/add</hook_url>, or set iris.base_url";
            findings.fail(check, format!("{which} does not say where IRIS is"), fix);
        }
        if destination.key.is_none() && settings.iris.bearer.is_none() {
            let fix = "put the key of IRIS's service account into <api_key>, or set iris.bearer";
            findings.fail(check, format!("{which} has no key"), fix);
        }
        match Options::read(&destination.options) {
            Ok(options) => {
                let usual = options.customer_id.unwrap_or(settings.iris.customer);
                if let Some(customer) = unheard_customer(&destination.url, usual) {
                    let message = format!("{which}: `cid` in <hook_url> does not count: alerts go to customer {usual}");
                    let fix = format!("name the customer in <options>: {{\"customer_id\": {customer}}}");
                    findings.warn(check, message, fix);
                }
                if let Err(why) = settings.forward.severity.with(&options.severity) {
                    let fix = "name in <options> every severity that is in the way, such as {\"severity\": {\"High\": 8, \"Critical\": 9}}";
                    let message =
                        format!("{which}: its severities contradict forward.severity and do not count: {why}");
                    findings.warn(check, message, fix);
                }
            }
            Err(error) => findings.fail(
                check,
                format!("{which}: {error}"),
                "see \"Several <integration> blocks\" in docs/deploying.md",
            ),
        }
        if findings.failed() == before {
            findings.ok(
                check,
                format!("{which}: {NAME}, alerts as JSON, address and key are there"),
            );
            found.usable.push(destination);
        }
    }
    found
}

/// The customer that an address asks for, as IRIS's own pages do, if alerts go to another: only the path of an address is used.
fn unheard_customer(url: &str, usual: i64) -> Option<i64> {
    let url = Url::parse(url.trim()).ok()?;
    let (_, customer) = url.query_pairs().find(|(name, _)| name == "cid")?;
    // A path may have been put behind it.
    let digits = customer.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok().filter(|customer| *customer != usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_calls_the_hook_be_it_of_no_use_and_one_that_cannot_be_read_may() {
        let named = Blocks {
            named: std::iter::once(DestinationId::SETTINGS).collect(),
            ..Blocks::default()
        };
        let hidden = Blocks {
            are_hidden: true,
            ..Blocks::default()
        };
        assert!(named.may_call() && hidden.may_call() && !Blocks::default().may_call());
    }

    #[test]
    fn a_customer_in_the_address_is_said_only_where_alerts_go_to_another() {
        for (url, usual, unheard) in [
            ("https://h/alerts/add?cid=3", 1, Some(3)),
            (" https://h/alerts/add?x=y&cid=3#z ", 1, Some(3)),
            ("https://h/?cid=3/alerts/add", 1, Some(3)),
            ("https://h/alerts/add?cid=3", 3, None),
            ("https://h/alerts/add?cid=", 1, None),
            ("https://h/cid=3", 1, None),
            ("", 1, None),
        ] {
            assert_eq!(unheard_customer(url, usual), unheard, "{url}");
        }
    }
}
