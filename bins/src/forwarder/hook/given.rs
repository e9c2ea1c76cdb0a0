//! What the system gives a process: its arguments, its environment, the path of its executable. `std::env` hands out copies on the heap.

use std::borrow::Cow;
use std::env;
use std::ffi::{CStr, OsStr};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{CWD, readlinkat_raw};
use smallvec::SmallVec;

use super::space::Space;
use crate::forwarder::spool::open_to_read;
use crate::short_path::ShortPath;

/// More than the system keeps of either, in bytes.
const LARGEST: u64 = 64 << 20;

/// The arguments, the program's name first. integratord gives nine.
pub(crate) type Words<'a> = SmallVec<[&'a OsStr; 12]>;

/// The arguments of this process, each with a zero byte behind it.
pub(crate) fn arguments<'a>(space: &mut Space<'a>) -> Cow<'a, [u8]> {
    match line(space) {
        Ok(line) if is_of_integratord(&line) => line,
        _ => Cow::Owned(
            env::args_os()
                .flat_map(|word| [word.as_bytes(), &[0]].concat())
                .collect(),
        ),
    }
}

/// What the system says that this process was started with.
pub(super) fn line<'a>(space: &mut Space<'a>) -> io::Result<Cow<'a, [u8]>> {
    read("/proc/self/cmdline", space)
}

/// Whether they are those that integratord gives. Where something runs the program (a loader that was called by name, an emulator of
/// another processor), the system's list begins with more words than the program is given, and none of those is an alert.
pub(super) fn is_of_integratord(line: &[u8]) -> bool {
    let is_alert = |word: &[u8]| word.starts_with(b"/") && word.ends_with(b".alert");
    // Whoever wrote over them may leave them without the last zero byte.
    line.ends_with(&[0]) && line.split(|byte| *byte == 0).nth(1).is_some_and(is_alert)
}

/// Splits such arguments.
pub(crate) fn words(line: &[u8]) -> Words<'_> {
    let words = line.strip_suffix(&[0]).map(|line| line.split(|byte| *byte == 0));
    words.into_iter().flatten().map(OsStr::from_bytes).collect()
}

/// The environment of this process.
pub(super) struct Environment<'a>(Option<Cow<'a, [u8]>>);

impl<'a> Environment<'a> {
    /// As it was when the process started.
    pub(super) fn read(space: &mut Space<'a>) -> Self {
        Self(read("/proc/self/environ", space).ok())
    }

    /// What stands there under this name.
    pub(super) fn get(&self, name: &str) -> Option<Cow<'_, OsStr>> {
        let Some(all) = &self.0 else {
            return env::var_os(name).map(Cow::Owned);
        };
        let mut rest = &all[..];
        // The library looks for the zero byte eight at a time.
        while let Ok(one) = CStr::from_bytes_until_nul(rest) {
            let one = one.to_bytes();
            let value = one
                .strip_prefix(name.as_bytes())
                .and_then(|value| value.strip_prefix(b"="));
            if let Some(value) = value {
                return Some(Cow::Borrowed(OsStr::from_bytes(value)));
            }
            rest = &rest[one.len() + 1..];
        }
        None
    }
}

/// The path of the executable, where the system tells it.
pub(super) fn executable() -> Option<ShortPath> {
    let mut path = [0; 512];
    match readlinkat_raw(CWD, "/proc/self/exe", &mut path) {
        // What fills it may be longer.
        Ok(length) if length < path.len() => Some(ShortPath::of(OsStr::from_bytes(&path[..length]))),
        _ => env::current_exe().ok().map(ShortPath::of),
    }
}

fn read<'a>(path: &str, space: &mut Space<'a>) -> io::Result<Cow<'a, [u8]>> {
    space.read(open_to_read(Path::new(path))?, LARGEST, || 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_the_library_says() {
        Space::with(|mut space| {
            for line in [arguments(&mut space), line(&mut space).unwrap()] {
                assert_eq!(words(&line).to_vec(), env::args_os().collect::<Vec<_>>());
            }
            let environment = Environment::read(&mut space);
            // Set before the process was started, by cargo.
            for name in ["CARGO_MANIFEST_DIR", "PATH", "THIS_IS_NOT_SET"] {
                assert_eq!(environment.get(name).map(Cow::into_owned), env::var_os(name), "{name}");
            }
            assert_eq!(*executable().unwrap(), *env::current_exe().unwrap());
        });
    }

    #[test]
    fn what_an_emulator_or_a_loader_adds_is_not_taken_for_arguments() {
        let called = |line: &str| is_of_integratord(line.replace(' ', "\0").as_bytes());
        let ours = "/var/ossec/integrations/custom-iris";
        assert!(called(&format!(
            "{ours} /tmp/custom-iris-1-2.alert key https://iris/alerts/add   10 3 "
        )));
        assert!(called(
            "integrations /tmp/custom-iris-1-2.alert key https://iris/alerts/add   10 3 "
        ));
        for before in ["/lib64/ld-linux-x86-64.so.2", "/rosetta/rosetta", ours, "qemu-x86_64"] {
            assert!(
                !called(&format!(
                    "{before} {ours} /tmp/custom-iris-1-2.alert key https://iris/ "
                )),
                "{before}"
            );
            assert!(
                !called(&format!(
                    "{before} integrations /tmp/custom-iris-1-2.alert key https://iris/ "
                )),
                "{before}"
            );
        }
        assert!(
            !called(&format!("{ours} /tmp/custom-iris-1-2.alert key https://iris/")),
            "cut"
        );
        assert!(!called(&format!("{ours} deliver ")) && !called("") && !called(" "));
    }

    #[test]
    fn empty_words_are_words() {
        let split = |line: &[u8]| {
            words(line)
                .iter()
                .map(|word| word.to_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            split(b"custom-iris\0/tmp/a\0\0u\0\0"),
            ["custom-iris", "/tmp/a", "", "u", ""]
        );
        assert_eq!(split(b"custom-iris\0"), ["custom-iris"]);
        assert_eq!(split(b"\0"), [""]);
        assert!(split(b"").is_empty());
    }
}
