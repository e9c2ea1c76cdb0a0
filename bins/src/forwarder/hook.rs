//! What integratord starts, once per alert and one at a time: stores the alert durably and leaves.
//!
//! No runtime, no TLS, no database, no settings file, nothing that decides: whatever is handed over is stored, and judged later by
//! the courier, where a bad rule cannot lose it.
//!
//! Nor anything on the heap, in a call that has nothing to complain of: what is read lies in pages of its own, paths and names on the stack.

mod given;
mod object;
mod options;
mod space;

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use nix::sys::signal::{SigSet, Signal};
use secrecy::SecretString;
use serde::de::IgnoredAny;

use super::launch;
use super::spool::{Entry, Key, Limits, Room, Spool, Told, open_own, open_to_read};
use crate::home;
use crate::short_path::ShortPath;
use given::Environment;
pub(super) use given::{arguments, words};
pub(super) use space::Space;

/// The largest alert that is stored whole, in bytes; Wazuh's own limit for an integration is 64 KiB.
pub const LARGEST: u64 = 16 << 20;

/// Size at which the log of Wazuh's integrations is set aside once, in bytes.
const LARGEST_LOG: u64 = 20 << 20;

/// What integratord hands over, by position. Positions differ between Wazuh versions behind the third; extras are ignored.
#[derive(Debug)]
struct Call<'a> {
    alert: &'a Path,
    key: Option<Key<'a>>,
    url: Cow<'a, str>,
    debug: bool,
    options: Option<&'a Path>,
}

/// How a call ended; the numbers are those of Wazuh's own integrations where they have one.
#[derive(Debug)]
pub enum Outcome {
    /// Stored.
    Stored,
    /// Stored, but it is not a JSON alert; the courier delivers it as text.
    StoredButNotAnAlert(NotAnAlert),
    /// Called wrongly.
    Usage,
    /// There is no alert file.
    NoFile(PathBuf, io::Error),
    /// Not stored, because the disk or the queue is too full.
    NoRoom(String),
    /// Could not be stored.
    NotStored(String),
}

/// Why the content is not an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAnAlert {
    /// Nothing in it.
    Empty,
    /// What integratord writes without `<alert_format>json</alert_format>`.
    IntegratordText,
    /// Not one JSON object.
    NotJson,
    /// Larger than what is stored.
    TooLarge,
}

impl Outcome {
    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::Stored => 0,
            Self::NotStored(_) | Self::NoRoom(_) => 1,
            Self::Usage => 2,
            Self::NoFile(..) => 6,
            Self::StoredButNotAnAlert(_) => 7,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stored => f.write_str("stored"),
            Self::StoredButNotAnAlert(NotAnAlert::Empty) => {
                f.write_str("the alert file is empty; stored as it is. Is /tmp full on the Wazuh manager?")
            }
            Self::StoredButNotAnAlert(NotAnAlert::IntegratordText) => f.write_str(
                "the alert is in integratord's text form; stored as it is. Add <alert_format>json</alert_format> to this \
                 <integration> in ossec.conf and restart wazuh-manager",
            ),
            Self::StoredButNotAnAlert(NotAnAlert::NotJson) => {
                f.write_str("the alert file is not one JSON object; stored as it is and delivered as text")
            }
            Self::StoredButNotAnAlert(NotAnAlert::TooLarge) => {
                write!(f, "the alert is larger than {} MiB; its beginning is stored and delivered as text", LARGEST >> 20)
            }
            Self::Usage => f.write_str(
                "usage: custom-iris ALERT_FILE API_KEY HOOK_URL [debug] [OPTIONS_FILE], as Wazuh's integratord calls it (OPTIONS_FILE is a \
                 whole path, and '' stands for what is left out), or custom-iris --help",
            ),
            Self::NoFile(path, _) if path.as_os_str().is_empty() => {
                write!(f, "no alert file was given; integratord could not write one. Is /tmp full on the Wazuh manager? {IN_WAZUH}")
            }
            Self::NoFile(path, error) => write!(f, "cannot read the alert file {}: {error}; {IN_WAZUH}", shown(path)),
            Self::NotStored(why) | Self::NoRoom(why) => write!(f, "the alert is NOT stored: {why}; {IN_WAZUH}"),
        }
    }
}

/// A path for people. Where arguments are out of order, what stands in its place may be the key; integratord gives whole paths.
fn shown(path: &Path) -> Cow<'_, str> {
    if path.as_os_str().as_bytes().starts_with(b"/") {
        path.to_string_lossy()
    } else {
        "(not shown, as it is no whole path and may be a key: the arguments are ALERT_FILE API_KEY HOOK_URL)".into()
    }
}

impl<'a> Call<'a> {
    /// Reads the arguments behind the program's name; `None` when there are too few.
    fn parse(arguments: &[&'a OsStr]) -> Option<Self> {
        let [alert, key, ..] = *arguments else {
            return None;
        };
        // integratord splits its command line at spaces, so a key with a space in it shifts what follows. A piece of the key must not
        // be taken for the address, which is shown.
        let is_address = |value: &&OsStr| {
            let bytes = value.as_bytes().trim_ascii_start();
            bytes.starts_with(b"https://") || bytes.starts_with(b"http://")
        };
        let at = 2 + arguments[2..].iter().position(is_address).unwrap_or(0);
        let url = *arguments.get(at)?;
        let key = match (key.to_str(), &arguments[2..at]) {
            (Some(""), []) => None,
            (Some(key), []) => Some(Key::Given(key)),
            (_, pieces) => Some(Key::Copied(joined(key, pieces))),
        };
        let rest = &arguments[at + 1..];
        // integratord's name for it ends so wherever it stands; what a person calls it by hand, only its place and its whole path tell.
        // A piece of a key or an address may stand there too, where spaces shift what integratord gives.
        let is_path = |value: &&OsStr| value.as_bytes().starts_with(b"/");
        let is_number = |value: &&OsStr| !value.is_empty() && value.as_bytes().iter().all(u8::is_ascii_digit);
        let by_hand = match rest {
            [only] => Some(only),
            [word, second] | [word, second, _] if !is_path(word) => Some(second),
            [word, second, numbers @ ..]
                if (word.is_empty() || *word == "debug") && numbers.len() == 2 && numbers.iter().all(is_number) =>
            {
                Some(second)
            }
            _ => None,
        };
        let options = rest
            .iter()
            .find(|value| value.as_bytes().ends_with(b"options"))
            .or_else(|| by_hand.filter(|value| (url.is_empty() || is_address(&url)) && is_path(value)));
        Some(Self {
            alert: Path::new(alert),
            key,
            url: String::from_utf8_lossy(url.as_bytes().trim_ascii()),
            debug: rest.first().is_some_and(|value| *value == "debug"),
            options: options.map(|path| Path::new(*path)),
        })
    }
}

/// A key with spaces in it, or one that is no text.
#[cold]
#[inline(never)]
fn joined(key: &OsStr, pieces: &[&OsStr]) -> SecretString {
    let mut key = key.to_string_lossy().into_owned();
    for piece in pieces {
        key.push(' ');
        key.push_str(&piece.to_string_lossy());
    }
    key.into()
}

/// Runs one call to its end, of these arguments behind the program's name: stores, wakes a courier, and says what happened on standard
/// error and in Wazuh's log.
pub(super) fn run(arguments: &[&OsStr], space: Space<'_>) -> u8 {
    // A panic must not print what is in memory.
    std::panic::set_hook(Box::new(|_| {}));
    // Nor may it look like a signal to integratord, which then logs the command line with the key.
    std::panic::catch_unwind(AssertUnwindSafe(|| call(arguments, space))).unwrap_or_else(|_| {
        let outcome = Outcome::NotStored("an error in custom-iris itself; please report it".to_owned());
        let _ = writeln!(io::stderr(), "custom-iris: {outcome}");
        outcome.code()
    })
}

fn call(arguments: &[&OsStr], mut space: Space<'_>) -> u8 {
    survive_limits();
    // integratord waits until everybody has closed its pipe, and its open alerts.json would share its offset with us.
    close_fds::set_fds_cloexec(3, &[]);
    let environment = Environment::read(&mut space);
    let wazuh = home::wazuh_home_of(environment.get("WAZUH_HOME").as_deref(), given::executable);
    let Some(call) = Call::parse(arguments) else {
        return finish(&Outcome::Usage, false, &wazuh);
    };
    let state = home::state_dir_of(environment.get("WAZUH_IRIS_STATE").as_deref(), &wazuh);
    let spool = Spool::at(absolute(state));
    let outcome = store(&call, &spool, &mut space, &|line| log(&wazuh, line));
    // A full queue needs a courier more than any other: only that can empty it.
    if matches!(
        outcome,
        Outcome::Stored | Outcome::StoredButNotAnAlert(_) | Outcome::NoRoom(_)
    ) {
        wake_courier(&spool, environment.get("WAZUH_IRIS_COURIER").as_deref(), &wazuh);
    }
    finish(&outcome, call.debug, &wazuh)
}

/// A path that means the same in every working directory.
fn absolute(path: ShortPath) -> ShortPath {
    if path.as_os_str().as_bytes().starts_with(b"/") {
        return path;
    }
    std::path::absolute(&path).map_or(path, ShortPath::of)
}

/// Makes the system's limits on file size and CPU time come as errors, where they would kill. A courier that is started keeps this.
fn survive_limits() {
    let deadly = SigSet::from_iter([Signal::SIGXFSZ, Signal::SIGXCPU]);
    let _ = deadly.thread_block();
}

/// Stores the alert of a call; `log` takes what is to be said although it is stored.
fn store(call: &Call<'_>, spool: &Spool, space: &mut Space<'_>, log: &dyn Fn(&str)) -> Outcome {
    let alert = match read(call.alert, space) {
        Ok(read) => read,
        Err(error) if error.kind() == io::ErrorKind::OutOfMemory => {
            return Outcome::NotStored("there is not enough memory to read it".to_owned());
        }
        Err(error) => return Outcome::NoFile(call.alert.to_owned(), error),
    };
    match Limits::read(spool.root()).room(spool.root()) {
        Room::Enough => {}
        room => return Outcome::NoRoom(no_room(room, spool.root())),
    }
    let options = call.options.map(|path| options::of(path, space, log));
    let destination = Told {
        url: &call.url,
        key: call.key.as_ref().map(Key::expose),
        options: options.as_deref().unwrap_or_default(),
    };
    let remembered = destination.remember(spool.root()).or_else(|_| {
        // The first call of all: the folders are not there yet.
        spool.create()?;
        destination.remember(spool.root())
    });
    let id = match remembered {
        Ok(id) => id,
        Err(error) => return Outcome::NotStored(cannot_write(&error, spool.root())),
    };
    let (bytes, cut) = trimmed(&alert);
    let problem = if cut {
        Some(NotAnAlert::TooLarge)
    } else {
        not_an_alert(bytes)
    };
    let entry = Entry::new(id, bytes).not_an_alert(problem.is_some()).cut(cut);
    match spool.store(&entry) {
        Ok(()) => problem.map_or(Outcome::Stored, Outcome::StoredButNotAnAlert),
        Err(error) => Outcome::NotStored(cannot_write(&error, spool.root())),
    }
}

/// One byte more than is stored shows that there is more.
fn read<'a>(path: &Path, space: &mut Space<'a>) -> io::Result<Cow<'a, [u8]>> {
    if path.as_os_str().is_empty() {
        return Err(io::ErrorKind::NotFound.into());
    }
    let file = open_to_read(path)?;
    space.read(&file, LARGEST + 1, || file.metadata().map_or(0, |meta| meta.len()))
}

/// The alert of what was read, and whether there is more of it.
fn trimmed(bytes: &[u8]) -> (&[u8], bool) {
    let largest = usize::try_from(LARGEST).unwrap_or(usize::MAX);
    let stored = &bytes[..bytes.len().min(largest)];
    // integratord ends the line; the newline is not part of the alert.
    (stored.strip_suffix(b"\n").unwrap_or(stored), bytes.len() > largest)
}

/// Looks whether the bytes are one JSON object, leniently and without building it: strings are not checked, depth is not limited.
fn not_an_alert(bytes: &[u8]) -> Option<NotAnAlert> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes).trim_ascii();
    if bytes.is_empty() {
        return Some(NotAnAlert::Empty);
    }
    if bytes.starts_with(b"alertdate='") {
        return Some(NotAnAlert::IntegratordText);
    }
    let is_object = object::is_surely_one(bytes) || is_object(bytes);
    (!is_object).then_some(NotAnAlert::NotJson)
}

#[cold]
#[inline(never)]
fn is_object(bytes: &[u8]) -> bool {
    bytes[0] == b'{' && serde_json::from_slice::<IgnoredAny>(bytes).is_ok()
}

/// Says what there is too little of, with the setting that says so.
pub(super) fn no_room(room: Room, root: &Path) -> String {
    let root = root.display();
    match room {
        Room::Enough => String::new(),
        Room::Bytes { free, least } => {
            let (free, least) = (free >> 20, least.div_ceil(1 << 20));
            format!(
                "only {free} MiB are free at {root}, and {least} MiB must stay free (spool.min_free_bytes): make room there"
            )
        }
        Room::Inodes { free, least } => {
            format!(
                "only {free} inodes are free at {root}, and {least} must stay free (spool.min_free_inodes): make room there by deleting \
                 small files"
            )
        }
        Room::QueueFull => format!("the queue in {root} has reached spool.max_bytes; see `custom-iris spool status`"),
    }
}

/// Where an alert is that could not be stored.
const IN_WAZUH: &str = "Wazuh's alerts.json has the alert: `custom-iris replay` brings it";

/// Says why, and what to do about just that, in one line: integratord logs no more.
#[cold]
pub(super) fn cannot_write(error: &io::Error, root: &Path) -> String {
    let what_to_do = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "Make room there",
        io::ErrorKind::ReadOnlyFilesystem => "Mount it writable",
        // Our own words, which say what to do.
        io::ErrorKind::Other => return format!("cannot write in {}: {error}", root.display()),
        io::ErrorKind::FileTooLarge => "Raise the limit on file sizes of wazuh-manager (ulimit -f, LimitFSIZE)",
        _ => "Run `custom-iris install` as root, or set WAZUH_IRIS_STATE to a directory that the wazuh user may write",
    };
    format!("cannot write in {}: {error}. {what_to_do}", root.display())
}

/// Starts a courier if none runs. The alert is safe already, so a failure is only logged.
pub(super) fn wake_courier(spool: &Spool, mode: Option<&OsStr>, wazuh: &Path) {
    if mode.is_some_and(|mode| mode == "external") {
        return;
    }
    if let Err(error) = launch::courier_if_none(spool.root()) {
        log(
            wazuh,
            &format!("cannot start the courier: {error}; the alert is stored and waits"),
        );
    }
}

/// Says the outcome where people look: the last line of output is the only one that integratord logs.
fn finish(outcome: &Outcome, debug: bool, wazuh: &Path) -> u8 {
    let code = outcome.code();
    if code != 0 || debug {
        let text = outcome.to_string();
        // The pipe may be closed; `eprintln!` would panic then.
        let _ = writeln!(io::stderr(), "custom-iris: {text}");
        log(wazuh, &text);
    }
    code
}

fn log(wazuh: &Path, text: &str) {
    let line = format!(
        "{} custom-iris: {text}\n",
        jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ")
    );
    let path = home::integrations_log(wazuh);
    // Nothing else rotates it, and a hook that fails says so at every alert.
    if fs::metadata(&path).is_ok_and(|meta| meta.len() > LARGEST_LOG) {
        let _ = fs::rename(&path, path.with_extension("log.1"));
    }
    if let Ok(mut file) = open_own(&path, 0o640, true) {
        let _ = file.write_all(line.as_bytes());
    }
}

/// Whether these arguments are a call of the hook rather than a subcommand.
pub fn is_call(first: Option<&OsStr>, subcommands: &[&str]) -> bool {
    let Some(first) = first else { return false };
    let Some(word) = first.to_str() else { return true };
    !(word.starts_with('-') || subcommands.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::super::spool::Taken;
    use super::*;

    fn call(path: &Path) -> Call<'_> {
        let arguments = [
            path.as_os_str(),
            OsStr::new("key"),
            OsStr::new("https://iris:8443/alerts/add"),
        ];
        Call::parse(&arguments).unwrap()
    }

    fn store(call: &Call<'_>, spool: &Spool) -> Outcome {
        Space::with(|mut space| super::store(call, spool, &mut space, &|_| {}))
    }

    #[test]
    fn every_generation_of_integratord_is_understood() {
        fn parse<'a>(words: &[&'a str]) -> Option<Call<'a>> {
            Call::parse(&words.iter().map(|word| OsStr::new(*word)).collect::<Vec<_>>())
        }
        let now = parse(&[
            "/tmp/a.alert",
            "k",
            "u",
            "",
            "/tmp/a-1--5.options",
            "10",
            "3",
            "> /dev/null 2>&1",
        ])
        .unwrap();
        assert_eq!(now.options, Some(Path::new("/tmp/a-1--5.options")));
        assert!(!now.debug);
        let debug = parse(&["/tmp/a.alert", "", "", "debug", "", "10", "3"]).unwrap();
        assert!(debug.debug && debug.key.is_none() && debug.url.is_empty() && debug.options.is_none());
        let old = parse(&["/tmp/a.alert", "k", "u", " > /dev/null 2>&1"]).unwrap();
        assert!(old.options.is_none());
        assert!(parse(&["/tmp/a.alert", "k"]).is_none());
        // By hand: a file of any name, with or without the word before it.
        for words in [
            &["", "/tmp/my.json"][..],
            &["debug", "/tmp/my.json", "10"],
            &["", "/tmp/my.json", "10", "3"],
            &["/tmp/my.json"],
        ] {
            let named = parse(&[&["/tmp/a.alert", "k", "https://iris/alerts/add"], words].concat()).unwrap();
            assert_eq!(named.options, Some(Path::new("/tmp/my.json")), "{words:?}");
        }
        // What is left out is empty.
        let empty = parse(&["/tmp/a.alert", "", "", "", "/tmp/my.json"]).unwrap();
        assert_eq!(empty.options, Some(Path::new("/tmp/my.json")));
        // A piece of a key or an address is no such file: spaces in either, before what integratord adds.
        for arguments in [
            &["https://iris", "/alerts/add", "", "", "10", "3"][..],
            &["https://iris", "/alerts", "/add", "", "", "10", "3"],
            &["https://iris", "/alerts", "/add", ""],
            &["https://iris", "", "/alerts/add", "", ""],
            &["https://iris", "alerts", "/add", "", "", "10", "3"],
            &["two", "/three", "/four", "https://iris/alerts/add", "", "", "10", "3"],
            &["two", "/three", "/four", "iris/alerts/add", "", "", "10", "3"],
            &["two", "/three", "/four"],
            &["iris/alerts/add", "/add"],
        ] {
            let cut = parse(&[&["/tmp/a.alert", "k"], arguments].concat()).unwrap();
            assert_eq!(cut.options, None, "{arguments:?}");
        }
        let shifted = parse(&[
            "/tmp/a.alert",
            "two",
            "words",
            "https://iris/alerts/add",
            "debug",
            "/tmp/a.options",
            "10",
        ])
        .unwrap();
        assert_eq!(shifted.url, "https://iris/alerts/add");
        assert_eq!(shifted.key.unwrap().expose(), "two words");
        assert!(shifted.debug && shifted.options.is_some());
    }

    #[test]
    fn what_is_not_an_alert_is_stored_all_the_same_and_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::at(folder.path().join("state"));
        let path = folder.path().join("alert");
        for (text, expected) in [
            ("", NotAnAlert::Empty),
            (
                "alertdate='2026 Nov 23 00:00:00'\nalertlocation='x'\n",
                NotAnAlert::IntegratordText,
            ),
            ("{\"id\": 1", NotAnAlert::NotJson),
            ("[1,2]", NotAnAlert::NotJson),
            ("{} {}", NotAnAlert::NotJson),
        ] {
            std::fs::write(&path, text).unwrap();
            let outcome = store(&call(&path), &spool);
            assert!(
                matches!(outcome, Outcome::StoredButNotAnAlert(why) if why == expected),
                "{text}: {outcome:?}"
            );
            assert_eq!(outcome.code(), 7);
        }
        assert_eq!(spool.names().unwrap().len(), 5);
    }

    #[test]
    fn hostile_but_valid_json_is_an_alert() {
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(900), "]".repeat(900));
        let invalid = b"{\"user\":\"\xff\xfe\"}".to_vec();
        for bytes in [
            deep.into_bytes(),
            invalid,
            br#"{"a":"\ud800"}"#.to_vec(),
            b"\xef\xbb\xbf{}".to_vec(),
        ] {
            assert_eq!(not_an_alert(&bytes), None, "{}", String::from_utf8_lossy(&bytes));
        }
    }

    #[test]
    fn a_call_beside_a_courier_asks_no_allocator_for_anything() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::at(folder.path());
        spool.create().unwrap();
        spool.make_ring().unwrap();
        Limits::default().write(folder.path()).unwrap();
        let _courier = launch::take_office(folder.path()).unwrap();
        let (path, options) = (folder.path().join("alert"), folder.path().join("a.options"));
        std::fs::write(&options, "{\"customer_id\": 2}\n").unwrap();
        let words = [
            path.as_os_str(),
            OsStr::new("a-key-of-iris"),
            OsStr::new("https://iris:8443/alerts/add"),
            OsStr::new(""),
            options.as_os_str(),
            OsStr::new("10"),
            OsStr::new("3"),
        ];
        let line = words
            .iter()
            .flat_map(|word| [word.as_bytes(), &[0]].concat())
            .collect::<Vec<_>>();
        let stored = || {
            Space::with(|mut space| {
                let is_told = given::line(&mut space).is_ok_and(|line| !given::is_of_integratord(&line));
                let words = given::words(&line);
                let environment = Environment::read(&mut space);
                let told = is_told && environment.get("PATH").is_some() && given::executable().is_some();
                let call = Call::parse(&words).unwrap();
                let outcome = super::store(&call, &spool, &mut space, &|_| {});
                wake_courier(&spool, None, folder.path());
                told && matches!(outcome, Outcome::Stored) && finish(&outcome, false, folder.path()) == 0
            })
        };
        let one = allocation_counter::measure(|| drop(std::hint::black_box(Box::new(1))));
        assert_eq!(one.count_total, 1, "what it asks for is counted");
        let mut alerts = 0;
        for line in include_str!("../../../tests/fixtures/labelled_alerts.jsonl").lines() {
            std::fs::write(&path, format!("{line}\n")).unwrap();
            // The first one of all writes its destination down.
            alerts += u64::from(stored());
            for has_ring in [true, false] {
                let (ring, aside) = (spool.ring().join("pages"), folder.path().join("aside"));
                if !has_ring {
                    std::fs::rename(&ring, &aside).unwrap();
                }
                let asked = allocation_counter::measure(|| alerts += u64::from(stored()));
                assert_eq!(asked.count_total, 0, "{has_ring}: {line}");
                if !has_ring {
                    std::fs::rename(&aside, &ring).unwrap();
                }
            }
        }
        assert_eq!(spool.count().unwrap() as u64, alerts);
        assert!(alerts > 100);
    }

    #[test]
    fn what_is_larger_than_its_space_is_stored_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::at(folder.path().join("state"));
        let path = folder.path().join("alert");
        for length in [100, (128 << 10) - 9, 128 << 10, 300 << 10, 16 << 20, (16 << 20) + 1] {
            let text = format!("{{\"a\":\"{}\"}}", "x".repeat(length - 8));
            std::fs::write(&path, &text).unwrap();
            let outcome = store(&call(&path), &spool);
            let name = spool.names().unwrap().pop();
            let stored = match name {
                Some(name) => match spool.take(&name, std::time::SystemTime::now()).unwrap() {
                    Taken::Entry(entry) => {
                        spool.remove(&name).unwrap();
                        entry
                    }
                    other => panic!("{length}: {other:?}"),
                },
                None => panic!("{length}: {outcome:?}"),
            };
            let is_cut = length > 16 << 20;
            assert_eq!(
                (stored.is_cut(), outcome.code()),
                (is_cut, if is_cut { 7 } else { 0 }),
                "{length}"
            );
            assert!(text.as_bytes()[..length.min(16 << 20)] == *stored.bytes(), "{length}");
        }
    }

    #[test]
    fn a_missing_file_and_a_missing_name_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::at(folder.path());
        let missing = store(&call(&folder.path().join("none")), &spool);
        assert_eq!(missing.code(), 6);
        assert!(missing.to_string().contains("cannot read the alert file"));
        let unnamed = store(&call(Path::new("")), &spool);
        assert_eq!(unnamed.code(), 6);
        assert!(unnamed.to_string().contains("/tmp full"));
    }

    #[test]
    fn what_cannot_be_written_is_said_in_one_line_with_what_to_do_about_just_that() {
        use nix::errno::Errno::{EACCES, EDQUOT, EFBIG, ENOSPC, EROFS};
        let said = |error: nix::errno::Errno| cannot_write(&error.into(), Path::new("/state"));
        for (error, advice) in [
            (ENOSPC, "Make room there"),
            (EDQUOT, "Make room there"),
            (EROFS, "Mount it writable"),
            (EFBIG, "limit on file sizes"),
            (EACCES, "custom-iris install"),
        ] {
            let line = said(error);
            assert!(line.contains("/state") && line.contains(advice), "{line}");
            assert_eq!(line.contains("custom-iris install"), error == EACCES, "{line}");
            assert!(!line.contains('\n'), "{line}");
        }
    }

    #[test]
    fn no_message_of_any_outcome_holds_the_key() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("state"), "").unwrap();
        let path = folder.path().join("alert");
        std::fs::write(&path, "{}").unwrap();
        let words = [path.as_os_str(), OsStr::new("S3CR3T"), OsStr::new("u")];
        let call = Call::parse(&words).unwrap();
        let outcome = store(&call, &Spool::at(folder.path().join("state")));
        assert_eq!(outcome.code(), 1);
        assert!(!format!("{outcome} {outcome:?} {call:?}").contains("S3CR3T"));
        assert!(
            outcome.to_string().ends_with("`custom-iris replay` brings it"),
            "{outcome}"
        );
    }
}
