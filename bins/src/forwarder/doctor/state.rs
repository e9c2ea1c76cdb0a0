//! What lies between the hook and IRIS: the state directory, the courier, the queue.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use rustix::fs::Access;
use rustix::io::Errno;

use super::manager::LOOK;
use crate::findings::Findings;
use crate::forwarder::install::wazuh_user;
use crate::forwarder::place::{Place, to_use};
use crate::forwarder::queue::{Queue, QueueError, micros};
use crate::forwarder::spool::{Limits, Room, open_file};
use crate::forwarder::{launch, report};
use crate::settings::Settings;

/// Longest wait in the spool or the queue that is nothing to worry about.
const PATIENCE: Duration = Duration::from_mins(5);

/// Longest look at the pages of the queue; half a gigabyte or more can be read in it.
const LONGEST_CHECK: Duration = Duration::from_secs(5);

/// Entries of the spool that are looked at, the oldest: there may be millions.
const LOOKED_AT: usize = 1000;

/// The state directory: there, writable, private, of the right user, with room. Says whether this user can tell what lies in it.
pub(super) fn directory(place: &Place, findings: &mut Findings) -> bool {
    if let Some((path, error)) = place.hidden() {
        let message = format!(
            "{} cannot be looked at: {error}; where that is the state directory, another one is taken in its place",
            path.display()
        );
        findings.fail("state", message, LOOK);
        return false;
    }
    let root = place.spool.root();
    let shown = root.display();
    let meta = match fs::metadata(root) {
        Ok(meta) => meta,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let fix = "`custom-iris install` makes it; else the first call of the hook does";
            findings.warn("state", format!("{shown} is not there yet"), fix);
            return true;
        }
        Err(error) => {
            findings.fail("state", format!("{shown} cannot be looked at: {error}"), LOOK);
            return false;
        }
    };
    let mode = meta.permissions().mode() & 0o777;
    let user = wazuh_user(&place.home).map(|(uid, _)| uid);
    let stranger = user.filter(|uid| *uid != meta.uid());
    let probe = root.join(format!("doctor-{}", std::process::id()));
    let tried = fs::File::create_new(&probe);
    let _ = fs::remove_file(&probe);
    if let Some(uid) = stranger {
        let message = format!(
            "{shown} belongs to uid {}, and Wazuh runs as uid {uid}: the hook stores nothing",
            meta.uid()
        );
        findings.fail("state", message, format!("as root: chown -R {uid} {shown}"));
    } else if let Err(error) = tried {
        // Whoever runs this may be neither root nor its owner: that says nothing of it.
        let is_stranger =
            error.kind() == io::ErrorKind::PermissionDenied && meta.uid() != rustix::process::geteuid().as_raw();
        let fix = if is_stranger { LOOK } else { to_use(&error) };
        findings.fail("state", format!("{shown} cannot be written: {error}"), fix);
    } else if let Some(stray) = stray(place, meta.uid()) {
        let message = format!("{stray} belongs to another user than {shown}: hook or courier cannot change it");
        findings.fail("state", message, format!("as root: chown -R {} {shown}", meta.uid()));
    } else if mode & 0o077 != 0 {
        let message = format!("{shown} (mode {mode:04o}) is open to other users; alerts and the key lie in it");
        findings.warn("state", message, format!("chmod 0700 {shown}"));
    } else {
        findings.ok("state", format!("{shown} (owner uid {}, mode {mode:04o})", meta.uid()));
    }
    match Limits::read(root).room(root) {
        Room::Enough => findings.ok("disk", "there is room"),
        Room::QueueFull => findings.fail(
            "disk",
            "the queue has reached spool.max_bytes: the hook stores nothing",
            "read the lines on the courier and on IRIS: it empties when IRIS takes alerts again; or raise spool.max_bytes",
        ),
        Room::Bytes { free, least } => findings.fail(
            "disk",
            format!("{} MiB are free at {shown} and {} must be: the hook stores nothing", free >> 20, least.div_ceil(1 << 20)),
            "make room there, or lower spool.min_free_bytes",
        ),
        Room::Inodes { free, least } => findings.fail(
            "disk",
            format!("{free} inodes are free at {shown} and {least} must be: the hook stores nothing"),
            "delete small files there, or lower spool.min_free_inodes",
        ),
    }
    true
}

/// A file in the state directory that another user owns.
fn stray(place: &Place, owner: u32) -> Option<String> {
    let root = place.spool.root();
    let folders = [
        root.to_owned(),
        place.spool.inbox(),
        root.join("ring"),
        root.join("destinations"),
        place.spool.corrupt(),
    ];
    folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten())
        .find(|file| file.metadata().is_ok_and(|meta| meta.uid() != owner))
        .map(|file| file.path().display().to_string())
}

/// Whether the courier runs. Where alerts come by the tail or the webhook only, no hook starts it.
pub(super) fn courier(place: &Place, only: Option<&str>, findings: &mut Findings) {
    let root = place.spool.root();
    let runs = match (root.exists(), only) {
        (false, None) => return,
        (false, Some(_)) => Ok(false),
        (true, _) => launch::is_held(root),
    };
    match (runs, only) {
        (Ok(true), _) => findings.ok("courier", "it runs"),
        (Ok(false), Some(only)) => findings.fail(
            "courier",
            format!("it does not run, so no alert comes by the {only}, and no hook starts it"),
            "systemctl enable --now wazuh-iris-courier, or `custom-iris deliver`",
        ),
        (Ok(false), None) => findings.warn(
            "courier",
            "it does not run",
            "the next alert starts it, unless WAZUH_IRIS_COURIER=external; systemctl start wazuh-iris-courier, or `custom-iris deliver`",
        ),
        (Err(error), _) => findings.fail(
            "courier",
            format!("cannot look for it: {error}"),
            format!("see who owns {}/courier.lock", root.display()),
        ),
    }
}

/// Whether a courier that runs goes by the settings as they are.
pub(super) fn in_force(place: &Place, settings: &Settings, findings: &mut Findings) {
    let root = place.spool.root();
    if !root.exists() || !launch::is_held(root).unwrap_or(false) {
        return;
    }
    let files = settings.file.iter().chain(&settings.noise.allowlist);
    if let Some(file) = written_since(launch::signed(root), files) {
        findings.warn(
            "settings",
            format!("{} was written after the courier has read it: what it said before is in force", file.display()),
            "systemctl reload wazuh-iris-courier, or `kill -HUP` its process; one that a hook has started follows by itself within a \
             quarter of a minute, unless its log says what is wrong with it",
        );
    }
}

/// The first of these files that was written after a time.
fn written_since<'a>(time: Option<SystemTime>, files: impl IntoIterator<Item = &'a PathBuf>) -> Option<&'a PathBuf> {
    let time = time?;
    let is_younger = |file: &&PathBuf| {
        let written = fs::metadata(file).and_then(|meta| meta.modified());
        written.is_ok_and(|written| written > time)
    };
    files.into_iter().find(is_younger)
}

/// What lies in the spool, since when, and whether it can be read.
pub(super) fn spool(place: &Place, findings: &mut Findings) {
    let inbox = place.spool.inbox();
    let fix = |error: Option<&io::Error>| match error {
        Some(error) if error.kind() != io::ErrorKind::PermissionDenied => to_use(error),
        _ => "see the owners of the folder and of the files in it; the line on the state directory, too",
    };
    let names = match place.spool.names() {
        Ok(names) => names,
        Err(error) => {
            let message = format!("{} cannot be listed: {error}", inbox.display());
            return findings.fail("spool", message, fix(Some(&error)));
        }
    };
    let cannot_be_read = |name: &&String| {
        // One that was taken in meanwhile is gone.
        open_file(&inbox.join(name)).is_err_and(|error| error.kind() != io::ErrorKind::NotFound)
    };
    let changes = Access::WRITE_OK | Access::EXEC_OK;
    if let Err(error) = rustix::fs::access(&inbox, changes)
        && error != Errno::NOENT
    {
        let error = io::Error::from(error);
        let message = format!(
            "{} cannot be changed: {error}; what is taken in cannot be removed, and hooks store nothing",
            inbox.display()
        );
        return findings.fail("spool", message, fix(Some(&error)));
    }
    let unreadable = names.iter().take(LOOKED_AT).filter(cannot_be_read).count();
    let stored_at = |name: &String| Some(Duration::from_nanos(name.split('-').next()?.parse().ok()?));
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let ring = match place.spool.in_ring() {
        Ok(ring) => ring,
        Err(error) => {
            return findings.fail(
                "spool",
                error.to_string(),
                "restart the courier: it mends the ring when it starts",
            );
        }
    };
    let oldest = [names.first().and_then(stored_at), ring.since]
        .into_iter()
        .flatten()
        .min();
    let age = oldest.map(|at| now.saturating_sub(at));
    let stored = format!("{} alerts are stored and not taken in", names.len() + ring.entries);
    if unreadable > 0 {
        let of = names.len().min(LOOKED_AT);
        let message = format!("{stored}; of the oldest {of}, {unreadable} cannot be read");
        findings.fail("spool", message, fix(None));
    } else if let Some(age) = age.filter(|age| *age > PATIENCE) {
        findings.warn(
            "spool",
            format!("{stored}, the oldest for {}", span(age)),
            "the courier takes them in: see its line, and its log",
        );
    } else {
        findings.ok("spool", format!("{stored} yet"));
    }
}

/// What the courier could never read, and has set aside.
pub(super) fn corrupt(place: &Place, findings: &mut Findings) {
    let folder = place.spool.corrupt();
    let count = fs::read_dir(&folder).into_iter().flatten().flatten().count();
    if count > 0 {
        findings.warn(
            "corrupt",
            format!("{count} files that can never be read are in {}: their alerts did not go to IRIS", folder.display()),
            "Wazuh's alerts.json has the alerts: `custom-iris replay` those of that day, what IRIS has does not come again; then delete the \
             files",
        );
    }
}

/// What waits, since when, and whether the counters add up.
pub(super) fn queue(place: &Place, findings: &mut Findings) {
    let fix = "read the courier's log (journalctl -u wazuh-iris-courier, or courier.log in the state directory)";
    let queue = match Queue::look(place.spool.root()) {
        Ok(Some(queue)) => queue,
        Ok(None) if launch::is_held(place.spool.root()).unwrap_or(false) => {
            return findings.warn(
                "queue",
                "it is not there, although a courier runs: that is just making it, or somebody has deleted it",
                "run doctor again; if it stays so, restart the courier, and `custom-iris replay` the alerts.json of the days since \
                 something waited in it",
            );
        }
        Ok(None) => return findings.ok("queue", "empty: no courier has run yet"),
        Err(error) => return unusable(&error, fix, findings),
    };
    // First: a count may stand on a page that is whole.
    if let Err(error) = queue.check(LONGEST_CHECK) {
        return unusable(&error, fix, findings);
    }
    let asked = || Ok((queue.counters()?, queue.oldest_waiting_us()?, report::waits(&queue)?));
    let (counters, oldest_us, waits) = match asked() {
        Ok(asked) => asked,
        Err(error) => return unusable(&error, fix, findings),
    };
    let text = report::table(&counters)
        .lines()
        .map(|line| line.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
        .collect::<Vec<_>>()
        .join(", ");
    let waited = oldest_us
        .and_then(|at| u64::try_from(micros(SystemTime::now()).saturating_sub(at)).ok())
        .map(Duration::from_micros);
    if !counters.add_up() {
        findings.fail(
            "queue",
            format!("the counters do not add up: {text}"),
            "please report this",
        );
    } else if let Some(waited) = waited.filter(|waited| *waited > PATIENCE || !waits.is_empty()) {
        let said = [vec![format!("{text}; the oldest waits for {}", span(waited))], waits]
            .concat()
            .join("; ");
        findings.warn("queue", said, fix);
    } else if counters.parked > 0 {
        let fix = "`custom-iris spool list --door parked` says why; `spool retry N` puts one back in line";
        findings.warn("queue", text, fix);
    } else {
        findings.ok("queue", text);
    }
}

/// A queue that cannot be used, with what it says itself about that, or else `fix`.
fn unusable(error: &QueueError, fix: &str, findings: &mut Findings) {
    let text = error.to_string();
    let (message, fix) = text.split_once("\nhint: ").unwrap_or((&text, fix));
    findings.fail("queue", message, fix);
}

/// A length of time for people.
fn span(time: Duration) -> String {
    match time.as_secs() {
        seconds @ ..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds @ 7200..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_were_written_after_they_were_read_are_not_in_force() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let [settings, allowlist, none] = ["settings", "allowlist", "none"].map(|name| root.join(name));
        let written = |path: &PathBuf, seconds: u64| {
            fs::write(path, "").unwrap();
            let file = fs::File::options().write(true).open(path).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
                .unwrap();
        };
        let read = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        written(&settings, 10);
        written(&allowlist, 20);
        let files = [&none, &settings, &allowlist];
        assert_eq!(written_since(read(5), files), Some(&settings));
        assert_eq!(written_since(read(15), files), Some(&allowlist));
        assert_eq!(written_since(read(20), files), None);
        assert_eq!(written_since(None, files), None);
    }
}
