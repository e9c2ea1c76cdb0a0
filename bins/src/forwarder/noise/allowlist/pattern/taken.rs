//! What the stars of a glob for commands took: no variable in the name of a file, and behind that no path without a separator.

use regex::Captures;

use super::super::path::has_drive;
use super::super::shell::has_name_between;

/// The stars of a pattern, in their order, each of them a group.
#[derive(Debug)]
pub(super) struct Stars {
    /// Whether each stands in the name of a file.
    are_in_paths: Vec<bool>,
    /// In arguments of Windows a drive begins a path.
    on_windows: bool,
    reader: Reader,
}

/// Who reads a command, as far as the pattern says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    Cmd,
    PowerShell,
    ShellOfUnix,
    /// A program, without a shell.
    Itself,
}

impl Reader {
    fn of(pattern: &str, on_windows: bool) -> Self {
        let pattern = pattern.to_ascii_lowercase();
        let names = |names: &[&str]| {
            let mut words = pattern.split(|c: char| !c.is_alphanumeric());
            words.any(|word| names.contains(&word))
        };
        if names(&["powershell", "pwsh"]) {
            Self::PowerShell
        } else if names(&["cmd"]) {
            Self::Cmd
        } else if !on_windows || names(&["sh", "bash", "dash", "ksh", "zsh"]) {
            Self::ShellOfUnix
        } else {
            Self::Itself
        }
    }
}

impl Stars {
    pub(super) fn of(pattern: &str, on_windows: bool) -> Self {
        Self {
            are_in_paths: Vec::new(),
            on_windows,
            reader: Reader::of(pattern, on_windows),
        }
    }

    /// Adds one behind this part of the pattern.
    pub(super) fn add(&mut self, before: &str) {
        let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
        // The value of a switch, `/out:C:\x\*`, and none such as `/t:*`.
        let path = word.trim_start_matches(['/', '"', '\'']);
        let is_in_path =
            !word.contains("://") && (path.contains(['\\', '/']) || (!self.on_windows && word.contains('/')));
        self.are_in_paths.push(is_in_path);
    }

    /// Whether each took no more than it may, of a value that fits.
    pub(super) fn took_what_they_may(&self, groups: &Captures<'_>) -> bool {
        let taken = self.are_in_paths.iter().zip(groups.iter().skip(1));
        taken
            .filter_map(|(is_in_path, group)| Some((*is_in_path, group?.as_str())))
            .all(|(is_in_path, text)| !self.takes_too_much(is_in_path, text))
    }

    fn takes_too_much(&self, is_in_path: bool, text: &str) -> bool {
        // There it is one wherever it stands.
        if self.reader == Reader::Cmd && has_name_between(text, '%') {
            return true;
        }
        if !is_in_path {
            return false;
        }
        let name = text.split(char::is_whitespace).next().unwrap_or_default();
        let arguments = text[name.len()..].split_whitespace();
        self.has_variable(name) || arguments.into_iter().any(|argument| self.is_path(argument))
    }

    /// Whether the name of a file, so far as a star took it, has a variable in it.
    fn has_variable(&self, name: &str) -> bool {
        let begins_name = |c: char| c.is_alphanumeric() || c == '_';
        let has_dollar = || {
            name.match_indices('$')
                .any(|(at, _)| name[at + 1..].starts_with(begins_name))
        };
        match self.reader {
            Reader::Cmd => has_name_between(name, '!'),
            Reader::PowerShell | Reader::ShellOfUnix => has_dollar(),
            Reader::Itself => has_name_between(name, '%'),
        }
    }

    /// Whether an argument is a path that needs no separator: `..`, `~root`, `D:Finance`.
    fn is_path(&self, argument: &str) -> bool {
        let argument = argument.trim_matches(['"', '\'']);
        let has_homes = matches!(self.reader, Reader::PowerShell | Reader::ShellOfUnix);
        argument == ".." || (has_homes && argument.starts_with('~')) || (self.on_windows && has_drive(argument))
    }
}
