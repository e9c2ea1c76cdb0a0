//! What both command lines share: input, output, and failures with exit codes.

use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;

use crate::settings::Settings;

/// The largest input that a subcommand reads from a pipe, in bytes.
const LARGEST: u64 = 64 << 20;

/// What failed, with the exit code: 1 failed, 2 usage, 75 already running, 78 configuration.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: u8,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn failed(message: impl std::fmt::Display) -> Self {
        Self {
            code: 1,
            message: message.to_string(),
        }
    }

    pub(crate) fn usage(message: impl std::fmt::Display) -> Self {
        Self {
            code: 2,
            message: message.to_string(),
        }
    }

    pub(crate) fn configuration(message: impl std::fmt::Display) -> Self {
        Self {
            code: 78,
            message: message.to_string(),
        }
    }
}

/// Says a failure on standard error and gives its exit code.
pub(crate) fn finish(done: Result<(), Failure>) -> u8 {
    match done {
        Ok(()) => 0,
        Err(failure) => {
            let _ = writeln!(io::stderr(), "error: {}", failure.message);
            failure.code
        }
    }
}

/// Says on standard error where there may be settings that do not count.
pub(crate) fn warn_of_hidden(settings: &Settings) {
    for place in &settings.hidden {
        warn(&format!(
            "a settings file may be there, and does not count, because this user cannot look: {place}"
        ));
    }
}

/// Says something on standard error that is no failure.
pub(crate) fn warn(what: &str) {
    let _ = writeln!(io::stderr(), "warning: {what}");
}

/// Says something for people beside what is printed.
pub(crate) fn note(what: &str) {
    let _ = writeln!(io::stderr(), "note: {what}");
}

/// Prints for people and programs; a reader that has gone is no failure.
pub(crate) fn say(text: &str) -> Result<(), Failure> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::failed(format!("cannot print: {error}")))
        }
        _ => Ok(()),
    }
}

/// Reads a file, or standard input where the path is `-`.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let done = if path == Path::new("-") {
        io::stdin().take(LARGEST).read_to_end(&mut bytes).map(|_| ())
    } else {
        std::fs::read(path).map(|read| bytes = read)
    };
    done.map_err(|error| Failure::failed(format!("cannot read {}: {error}", path.display())))?;
    Ok(bytes)
}

/// Text of an alert on a terminal: an escape sequence in it must not reach the terminal.
pub(crate) fn for_terminal(text: &str) -> String {
    if !io::stdout().is_terminal() {
        return text.to_owned();
    }
    text.chars()
        .map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c })
        .collect()
}
