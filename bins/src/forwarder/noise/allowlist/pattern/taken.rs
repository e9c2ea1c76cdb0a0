//! What the stars and question marks of a glob for commands took: no variable in the name of a file, and behind that no path without a separator.

use std::ops::Range;

use regex::Captures;

use super::super::path::has_drive;
use super::super::shell::has_name_between;

/// The stars of a pattern, in their order, each of them a group.
#[derive(Debug)]
pub(super) struct Stars {
    places: Vec<Place>,
    /// In arguments of Windows a drive begins a path.
    on_windows: bool,
    readers: Vec<Reader>,
}

/// Where a star stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In the name of the program, so that whatever arguments follow are meant: `**\defrag.exe*`.
    Program,
    /// In the name of another file.
    Path,
    Elsewhere,
}

/// Who reads a command, as far as the pattern says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    Cmd,
    PowerShell,
    ShellOfUnix,
    /// Windows, for a service or a value of the registry.
    Windows,
}

impl Reader {
    /// All that do: a shell may run another. Where none does, what a program is given stays as it is.
    fn of(field: &str, pattern: &str, on_windows: bool) -> Vec<Self> {
        let pattern = pattern.to_ascii_lowercase();
        let words = pattern.split(|c: char| c.is_whitespace() || "\"'`&|;<>()=,{}".contains(c));
        let mut readers: Vec<Self> = words.filter_map(Self::called).collect();
        if !on_windows {
            readers.push(Self::ShellOfUnix);
        }
        let field = field.rsplit('.').next().unwrap_or_default();
        if ["imagePath", "serviceFileName", "details"].contains(&field) {
            readers.push(Self::Windows);
        }
        readers
    }

    /// The shell whose program, or whose script, a word names. Between `cmd` and its first switch there need be no blank.
    fn called(word: &str) -> Option<Self> {
        let path = word.rsplit('\\').next()?;
        [path.split('/').next()?, path.rsplit('/').next()?]
            .iter()
            .find_map(|name| {
                let name = name.trim_matches(['*', '?']);
                match name.strip_suffix(".exe").unwrap_or(name) {
                    "cmd" | "%comspec%" => Some(Self::Cmd),
                    "powershell" | "pwsh" | "pwsh-preview" => Some(Self::PowerShell),
                    "sh" | "bash" | "dash" | "ksh" | "zsh" => Some(Self::ShellOfUnix),
                    script => matches!(script.rsplit_once('.'), Some((_, "bat" | "cmd"))).then_some(Self::Cmd),
                }
            })
    }
}

impl Stars {
    pub(super) fn of(field: &str, pattern: &str, on_windows: bool) -> Self {
        Self {
            places: Vec::new(),
            on_windows,
            readers: Reader::of(field, pattern, on_windows),
        }
    }

    /// Adds one behind this part of the pattern.
    pub(super) fn add(&mut self, before: &str) {
        let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
        // The value of a switch, `/out:C:\x\*`, and none such as `/t:*`.
        let path = word.trim_start_matches(['/', '"', '\'']);
        let is_in_path =
            !word.contains("://") && (path.contains(['\\', '/']) || (!self.on_windows && word.contains('/')));
        self.places.push(match (is_in_path, is_program(before)) {
            (false, _) => Place::Elsewhere,
            (true, true) => Place::Program,
            (true, false) => Place::Path,
        });
    }

    /// Whether each took no more than it may, of a value that fits.
    pub(super) fn took_what_they_may(&self, groups: &Captures<'_>) -> bool {
        let taken = self.places.iter().zip(groups.iter().skip(1));
        taken
            .filter_map(|(place, group)| Some((*place, group?)))
            .all(|(place, group)| {
                let is_in_variable = place != Place::Elsewhere
                    && self.readers.contains(&Reader::Cmd)
                    && has_sign_of_a_pair(&groups[0], &group.range());
                !is_in_variable && !self.takes_too_much(place, group.as_str())
            })
    }

    fn takes_too_much(&self, place: Place, text: &str) -> bool {
        // There it is one wherever it stands.
        if self.readers.contains(&Reader::Cmd) && has_name_between(text, '%') {
            return true;
        }
        if place == Place::Elsewhere {
            return false;
        }
        let name = text.split(char::is_whitespace).next().unwrap_or_default();
        let arguments = text[name.len()..].split_whitespace();
        self.has_variable(name)
            || (place == Place::Path && arguments.into_iter().any(|argument| self.is_path(argument)))
    }

    /// Whether the name of a file, so far as a star took it, has a variable in it.
    fn has_variable(&self, name: &str) -> bool {
        let begins_name = |c: char| c.is_alphanumeric() || c == '_';
        let has_dollar = || {
            name.match_indices('$')
                .any(|(at, _)| name[at + 1..].starts_with(begins_name))
        };
        self.readers.iter().any(|reader| match reader {
            Reader::Cmd => has_name_between(name, '!'),
            Reader::PowerShell | Reader::ShellOfUnix => has_dollar(),
            Reader::Windows => has_name_between(name, '%'),
        })
    }

    /// Whether an argument is a path that needs no separator (`..`, `~root`, `D:Finance`), or a variable for one, also once a shell has
    /// taken quotes and carets out of it.
    fn is_path(&self, argument: &str) -> bool {
        const CONSTANTS: [&str; 3] = ["$true", "$false", "$null"];
        let argument = argument.replace(['"', '\'', '^'], "");
        let has_homes = [Reader::PowerShell, Reader::ShellOfUnix]
            .iter()
            .any(|reader| self.readers.contains(reader));
        let is_variable = || {
            let is_constant = |constant: &&str| argument.eq_ignore_ascii_case(constant);
            argument.len() > 1 && argument.starts_with('$') && !CONSTANTS.iter().any(is_constant)
        };
        argument == ".."
            || (has_homes && (argument.starts_with('~') || is_variable()))
            || (self.on_windows && has_drive(&argument))
    }
}

/// Whether a `%` within this range of a command has something between it and the one before or behind it: `cmd` takes whatever stands there
/// for the name of a variable.
fn has_sign_of_a_pair(command: &str, range: &Range<usize>) -> bool {
    let signs: Vec<usize> = command.match_indices('%').map(|(at, _)| at).collect();
    signs.windows(2).any(|pair| match pair {
        [from, to] => to - from > 1 && (range.contains(from) || range.contains(to)),
        _ => false,
    })
}

/// Whether a command, so far as it is written, goes no further than its program.
fn is_program(command: &str) -> bool {
    let command = command.trim_start();
    let rest = match command.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').map_or("", |(_, rest)| rest),
        None => command,
    };
    !rest.contains(char::is_whitespace)
}
