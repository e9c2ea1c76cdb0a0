//! Puts this program where Wazuh's integratord looks for it.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, chown, fchown};
use std::path::{Path, PathBuf};

use super::launch;
use super::ossec_conf::{
    NAME, NO_ADDRESS, PLACEHOLDER, Unclosed, block, hook_url, is_in_the_clear, others, with_block,
};
use super::place::Place;
use super::spool::{open_file, open_folder};
use crate::home::installed_state;
use crate::terminal::{Failure, say};

/// Copies the program, makes the state directory, and prints or writes the block for `ossec.conf`. Run again, it brings all of
/// that up to date and changes nothing else.
pub(super) fn run(place: &Place, write: bool, url: Option<&str>, level: u8) -> Result<(), Failure> {
    let home = &place.home;
    let hook_url = match url {
        Some(url) => hook_url(url).map_err(|error| Failure::usage(format!("--url: {error}")))?,
        None => format!("{NO_ADDRESS}/alerts/add"),
    };
    let program = home.join("integrations").join(NAME);
    install_program(home, &program)?;
    let state = make_state(home)?;
    say(&format!("state       {}", state.display()))?;
    let configuration = home.join("etc/ossec.conf");
    let block = block(&hook_url, level);
    if url.is_some_and(|url| url.contains('?')) {
        say(
            "note        what follows `?` in --url does not count and is left out; name a customer in <options>: {\"customer_id\": 3}",
        )?;
    }
    // What the courier will go by, as far as that is known here.
    let verify = place.load().map_or(true, |settings| settings.iris.verify);
    if verify && is_in_the_clear(&hook_url) {
        say(
            "note        --url begins with http://, which sends the key and every alert in the clear: nothing is sent there unless \
             iris.verify_ssl = false; write https://",
        )?;
    }
    let missing = match url {
        None => format!("the address of IRIS in place of {NO_ADDRESS}, and the API key in place of {PLACEHOLDER}"),
        Some(_) => format!("the API key in place of {PLACEHOLDER}"),
    };
    if write {
        write_block(&configuration, &block, &missing)
    } else {
        say(&format!(
            "\nadd this to {}, put {missing}, and restart wazuh-manager:\n\n{block}",
            configuration.display()
        ))
    }
}

fn failed(what: &str, path: &Path, error: &io::Error) -> Failure {
    let hint = match error.kind() {
        io::ErrorKind::PermissionDenied if !rustix::process::geteuid().is_root() => {
            "\nhint: run this as root on the Wazuh manager"
        }
        io::ErrorKind::NotADirectory => {
            "\nhint: something else than a folder stands there: see what it is, move it aside, and run this again"
        }
        io::ErrorKind::ResourceBusy => {
            "\nhint: it is mounted from elsewhere and cannot be replaced here; change it there"
        }
        _ => "",
    };
    Failure::failed(format!("cannot {what} {}: {error}{hint}", path.display()))
}

fn install_program(home: &Path, program: &Path) -> Result<(), Failure> {
    let integrations = home.join("integrations");
    let owner = fs::metadata(&integrations).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::failed(format!(
            "there is no {}\nhint: run this on the Wazuh manager, or set WAZUH_HOME to its folder",
            integrations.display()
        )),
        _ => failed("look at", &integrations, &error),
    })?;
    // The folder belongs to root and Wazuh's group: what integratord may run and its user may not change.
    let as_integratord_wants = Look {
        uid: owner.uid(),
        gid: owner.gid(),
        mode: 0o750,
    };
    let this = std::env::current_exe().map_err(|error| failed("find", Path::new("this program"), &error))?;
    let bytes = fs::read(&this).map_err(|error| failed("read", &this, &error))?;
    let before = fs::read(program).ok();
    let same = before.as_ref() == Some(&bytes);
    if same {
        as_integratord_wants
            .give_to(program)
            .map_err(|error| failed("set owner and mode of", program, &error))?;
    } else {
        replace(program, &bytes, &as_integratord_wants).map_err(|error| failed("write", program, &error))?;
    }
    let done = match before {
        None => "installed",
        Some(_) if same => "unchanged",
        Some(_) => "upgraded",
    };
    say(&format!(
        "{done:<11} {} (0750, as integratord wants it)",
        program.display()
    ))?;
    if done == "upgraded" {
        say(
            "            a courier that runs keeps the old program until it ends: systemctl restart wazuh-iris-courier, or",
        )?;
        say(
            "            kill -TERM the process that `custom-iris spool status --json` names; the next alert starts it anew",
        )?;
    }
    Ok(())
}

fn write_block(configuration: &Path, block: &str, missing: &str) -> Result<(), Failure> {
    // Text and mode of one file: Wazuh's user may lay another one there at any moment, and must not come to read what root reads.
    let read = || {
        let (mut file, meta) = open_file(configuration)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        Ok((text, meta))
    };
    // To be replaced at once and for good, it would become a file here, and what the link shows would stay as it was.
    if let Ok(target) = fs::read_link(configuration) {
        return Err(Failure::failed(format!(
            "{} is a link to {}\nhint: put the block there yourself; without --write this prints it",
            configuration.display(),
            target.display()
        )));
    }
    let (text, meta) = read().map_err(|error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Failure::failed(format!(
            "there is no {}\nhint: without --write this prints the block; put it where this manager has its settings",
            configuration.display()
        )),
        _ => failed("read", configuration, &error),
    })?;
    for name in others(&String::from_utf8_lossy(&text)) {
        say(&format!(
            "note        the <integration> {name} sends alerts to IRIS too: take it out, or each comes twice"
        ))?;
    }
    let changed = with_block(&text, block).map_err(|Unclosed { line }| {
        Failure::failed(format!(
            "line {line} of {} begins a comment that never ends\nhint: end it with -->; Wazuh does not start with it",
            configuration.display()
        ))
    })?;
    let Some(changed) = changed else {
        say(&format!(
            "unchanged   {} has this integration already",
            configuration.display()
        ))?;
        let text = String::from_utf8_lossy(&text);
        let address = block.lines().map(str::trim).find(|line| line.starts_with("<hook_url>"));
        if let Some(address) = address.filter(|address| !address.contains(NO_ADDRESS) && !text.contains(address)) {
            say(&format!(
                "note        no block there has {address}: where alerts are to go there, write it into the block"
            ))?;
        }
        let left: Vec<_> = [NO_ADDRESS, PLACEHOLDER]
            .into_iter()
            .filter(|placeholder| text.contains(placeholder))
            .collect();
        if !left.is_empty() {
            say(&format!(
                "next        put what you have in place of {}, restart wazuh-manager, then run `custom-iris doctor`",
                left.join(" and ")
            ))?;
        }
        return Ok(());
    };
    let look = Look {
        uid: meta.uid(),
        gid: meta.gid(),
        mode: meta.mode() & 0o7777,
    };
    let backup = backup_of(configuration);
    replace(&backup, &text, &look).map_err(|error| failed("write", &backup, &error))?;
    replace(configuration, &changed, &look).map_err(|error| failed("write", configuration, &error))?;
    say(&format!(
        "configured  {} (backup: {})",
        configuration.display(),
        backup.display()
    ))?;
    say(&format!(
        "next        put {missing}, restart wazuh-manager, then run `custom-iris doctor`"
    ))
}

/// A name that no earlier backup has.
fn backup_of(configuration: &Path) -> PathBuf {
    let first = configuration.with_extension("conf.before-wazuh-iris");
    if !first.exists() {
        return first;
    }
    let numbered = |number: u32| configuration.with_extension(format!("conf.before-wazuh-iris.{number}"));
    (2..=9999).map(numbered).find(|path| !path.exists()).unwrap_or(first)
}

/// Owner and mode that a file is to have.
struct Look {
    uid: u32,
    gid: u32,
    mode: u32,
}

impl Look {
    fn give_to(&self, path: &Path) -> io::Result<()> {
        chown(path, Some(self.uid), Some(self.gid))?;
        fs::set_permissions(path, fs::Permissions::from_mode(self.mode))
    }
}

/// Replaces a file at once and for good. It has its owner and mode before it has its name: a program that integratord may not run
/// for a moment ends with 127, and then the key stands in ossec.log.
fn replace(path: &Path, bytes: &[u8], look: &Look) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let draft = folder.join(format!(".wazuh-iris-draft-{}", std::process::id()));
    let _ = fs::remove_file(&draft);
    let write = || {
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(&draft)?;
        file.write_all(bytes)?;
        fchown(&file, Some(look.uid), Some(look.gid))?;
        file.set_permissions(fs::Permissions::from_mode(look.mode))?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        File::open(folder)?.sync_all()
    };
    write().inspect_err(|_| {
        let _ = fs::remove_file(&draft);
    })
}

/// The user that Wazuh runs as: the one that owns its queue.
pub(super) fn wazuh_user(home: &Path) -> Option<(u32, u32)> {
    ["queue/alerts", "queue/sockets", "queue", "logs"]
        .iter()
        .find_map(|place| fs::metadata(home.join(place)).ok().filter(|meta| meta.uid() != 0))
        .map(|meta| (meta.uid(), meta.gid()))
}

/// Makes the state directory for the user that Wazuh runs as; says where it is.
fn make_state(home: &Path) -> Result<PathBuf, Failure> {
    let state = installed_state(home);
    let before = home.join("logs/wazuh-iris");
    let state = if state.exists() || fs::symlink_metadata(&before).is_err() {
        state
    } else {
        bring_along(before, state)?
    };
    let make = || {
        if fs::symlink_metadata(&state).is_err() {
            fs::create_dir_all(&state)?;
        }
        let folder = open_folder(&state)?;
        folder.set_permissions(fs::Permissions::from_mode(0o700))?;
        let Some((uid, gid)) = wazuh_user(home) else {
            return Ok(());
        };
        fchown(&folder, Some(uid), Some(gid))
    };
    make().map_err(|error| failed("make", &state, &error))?;
    Ok(state)
}

/// Moves what hooks stored before the installation to where it belongs; says where it is then.
fn bring_along(before: PathBuf, state: PathBuf) -> Result<PathBuf, Failure> {
    let moved = || -> io::Result<bool> {
        drop(open_folder(&before)?);
        if let Some(queue) = state.parent() {
            fs::create_dir_all(queue)?;
        }
        // A courier that works there would look in vain for what comes to the new place.
        let Some(_office) = launch::take_office(&before)? else {
            return Ok(false);
        };
        fs::rename(&before, &state)?;
        Ok(true)
    };
    match moved() {
        Ok(true) => Ok(state),
        Ok(false) => Err(Failure::failed(format!(
            "a courier works in {}, which is to become {}\nhint: end it (kill -TERM the process `custom-iris deliver`), then run this again",
            before.display(),
            state.display()
        ))),
        // Two volumes, as in Wazuh's containers: hooks go on where they are.
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => Ok(before),
        Err(error) => Err(failed("move", &before, &error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_has_the_hint_that_belongs_to_it() {
        let said = |kind: io::ErrorKind| failed("write", Path::new("/x"), &kind.into()).message;
        assert!(!said(io::ErrorKind::StorageFull).contains("hint"));
        assert!(said(io::ErrorKind::ResourceBusy).contains("mounted"));
        let is_root = rustix::process::geteuid().is_root();
        assert_eq!(said(io::ErrorKind::PermissionDenied).contains("as root"), !is_root);
    }
}
