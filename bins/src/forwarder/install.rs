//! Puts this program where Wazuh's integratord looks for it.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use super::place::Place;
use super::spool::rewrite;
use crate::terminal::{Failure, say};

/// The name under which integratord runs it: custom integrations must begin with `custom-`.
const NAME: &str = "custom-iris";

/// Copies the program, makes the state directory, and prints or writes the block for `ossec.conf`.
pub(super) fn run(place: &Place, write: bool, url: &str, level: u8) -> Result<(), Failure> {
    let home = &place.home;
    let integrations = home.join("integrations");
    let failed = |what: &str, path: &Path, error: io::Error| {
        Failure::failed(format!(
            "cannot {what} {}: {error}\nhint: run this as root on the Wazuh manager",
            path.display()
        ))
    };
    let owner = fs::metadata(&integrations).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::failed(format!(
            "there is no {}\nhint: run this on the Wazuh manager, or set WAZUH_HOME to its folder",
            integrations.display()
        )),
        _ => failed("look at", &integrations, error),
    })?;
    // The folder belongs to root and Wazuh's group: what integratord may run and its user may not change.
    let program = integrations.join(NAME);
    let this = std::env::current_exe().map_err(|error| failed("find", Path::new("this program"), error))?;
    if this != program {
        let bytes = fs::read(&this).map_err(|error| failed("read", &this, error))?;
        rewrite(&program, &bytes).map_err(|error| failed("write", &program, error))?;
    }
    chown(&program, Some(owner.uid()), Some(owner.gid())).map_err(|error| failed("give away", &program, error))?;
    fs::set_permissions(&program, fs::Permissions::from_mode(0o750))
        .map_err(|error| failed("set the mode of", &program, error))?;
    say(&format!(
        "installed   {} (0750, as integratord wants it)",
        program.display()
    ))?;

    let state = home.join("queue/wazuh-iris");
    make_state(home, &state).map_err(|error| failed("make", &state, error))?;
    say(&format!("state       {}", state.display()))?;

    let block = block(url, level);
    let configuration = home.join("etc/ossec.conf");
    if !write {
        return say(&format!(
            "\nadd to {} and restart wazuh-manager:\n\n{block}",
            configuration.display()
        ));
    }
    let text = fs::read_to_string(&configuration).map_err(|error| failed("read", &configuration, error))?;
    let Some(changed) = with_block(&text, &block) else {
        return say(&format!(
            "unchanged   {} has this integration already",
            configuration.display()
        ));
    };
    let backup = configuration.with_extension("conf.before-wazuh-iris");
    fs::copy(&configuration, &backup).map_err(|error| failed("write", &backup, error))?;
    let meta = fs::metadata(&configuration).map_err(|error| failed("look at", &configuration, error))?;
    rewrite(&configuration, changed.as_bytes()).map_err(|error| failed("write", &configuration, error))?;
    chown(&configuration, Some(meta.uid()), Some(meta.gid()))
        .map_err(|error| failed("give away", &configuration, error))?;
    fs::set_permissions(&configuration, meta.permissions())
        .map_err(|error| failed("set the mode of", &configuration, error))?;
    say(&format!(
        "configured  {} (backup: {})",
        configuration.display(),
        backup.display()
    ))?;
    say("next        put the API key in <api_key>, restart wazuh-manager, then run `custom-iris doctor`")
}

/// Makes the state directory for the user that Wazuh runs as: the one that owns its queue.
fn make_state(home: &Path, state: &PathBuf) -> io::Result<()> {
    let user = ["queue/alerts", "queue/sockets", "queue", "logs"]
        .iter()
        .find_map(|place| fs::metadata(home.join(place)).ok().filter(|meta| meta.uid() != 0));
    // What hooks stored before the installation comes along.
    let before = home.join("logs/wazuh-iris");
    if before.is_dir() && !state.exists() {
        fs::create_dir_all(home.join("queue"))?;
        fs::rename(&before, state)?;
    }
    fs::create_dir_all(state)?;
    fs::set_permissions(state, fs::Permissions::from_mode(0o700))?;
    let Some(user) = user else { return Ok(()) };
    chown(state, Some(user.uid()), Some(user.gid()))
}

/// The block for `ossec.conf`.
fn block(url: &str, level: u8) -> String {
    let url = format!(
        "{}/alerts/add",
        url.trim_end_matches('/').trim_end_matches("/alerts/add")
    );
    let level = if level == 0 {
        String::new()
    } else {
        format!("    <level>{level}</level>\n")
    };
    format!(
        "  <integration>\n    <name>{NAME}</name>\n    <hook_url>{}</hook_url>\n    <api_key>IRIS_API_KEY</api_key>\n{level}    \
         <alert_format>json</alert_format>\n  </integration>\n",
        url.replace('&', "&amp;").replace('<', "&lt;")
    )
}

/// The file with the block before its last `</ossec_config>`; `None` when it has one already.
fn with_block(text: &str, block: &str) -> Option<String> {
    if text.contains(&format!("<name>{NAME}</name>")) {
        return None;
    }
    let Some(end) = text.rfind("</ossec_config>") else {
        return Some(format!("{text}\n<ossec_config>\n{block}</ossec_config>\n"));
    };
    Some(format!("{}\n{block}{}", text[..end].trim_end(), &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_goes_in_once_and_before_the_end() {
        let text = "<ossec_config>\n  <global/>\n</ossec_config>\n";
        let block = block("https://iris:8443/", 3);
        let changed = with_block(text, &block).unwrap();
        assert!(
            changed.contains("<hook_url>https://iris:8443/alerts/add</hook_url>"),
            "{changed}"
        );
        assert!(changed.contains("<alert_format>json</alert_format>"));
        assert!(changed.trim_end().ends_with("</ossec_config>"));
        assert_eq!(with_block(&changed, &block), None);
    }
}
