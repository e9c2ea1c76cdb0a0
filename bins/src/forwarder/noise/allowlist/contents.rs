//! Contents of a file or folder other than its own: `C:\Windows\Tracing:evil.exe` is no file in `C:\Windows`.

mod command;

use std::borrow::Cow;

use super::fields::{self, is_prose};
use super::path::{has_drive, is_key, is_windows, runs_on_windows};
pub(super) use command::has_some;

/// What stands for a colon before contents: no character, so in no value. Of a pattern only a colon that it names fits it.
pub(super) const MARK: char = '\u{FDD2}';

/// Where a value of a field may name contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Contents {
    /// Nowhere: no path of files stands there.
    Nowhere,
    /// Behind each colon: the name of a file stands there, of Windows in any case.
    OfAFileOfWindows,
    /// The same if it looks like one of Windows.
    OfAFile,
    /// Where a path ends in it, in what may be the name of a file or a command, of Windows in any case.
    OfACommandOfWindows,
    /// The same if it looks like one of Windows, and otherwise in fewer places.
    OfACommand,
}

/// Whether what a `not` excludes in a field is looked for in values with their contents and without them. Elsewhere contents are rare, and
/// in doubt what is excluded: events about files tell of those that each download has (`a.pdf:Zone.Identifier`).
pub(super) fn are_compared(path: &str) -> bool {
    let name = path.strip_prefix("data.win.eventdata.");
    matches!(name, Some("targetFilename" | "objectName" | "relativeTargetName"))
}

impl Contents {
    /// Where a value of this field may.
    pub(super) fn of(path: &str) -> Self {
        if is_prose(path) || path.ends_with(".targetObject") {
            Self::Nowhere
        } else if fields::is_file_of_windows(path) || path == "data.win.eventdata.relativeTargetName" {
            Self::OfAFileOfWindows
        } else if fields::is_file(path) {
            Self::OfAFile
        } else if path.starts_with("data.win.") {
            Self::OfACommandOfWindows
        } else {
            Self::OfACommand
        }
    }

    /// The value with the mark for each colon before contents.
    pub(super) fn marked(self, value: &str) -> Cow<'_, str> {
        let mut marked = String::new();
        let mut from = 0;
        for at in self.colons(value) {
            marked.push_str(&value[from..at]);
            marked.push(MARK);
            from = at + 1;
        }
        if from == 0 {
            return Cow::Borrowed(value);
        }
        marked.push_str(&value[from..]);
        Cow::Owned(marked)
    }

    /// Whether the value is another than it looks like.
    pub(super) fn make_another(self, value: &str) -> bool {
        !self.colons(value).is_empty()
    }

    /// The file and its only contents, with no separator in their name and with their kind or without it: `a.pdf:Zone.Identifier`,
    /// `a.pdf:Zone.Identifier:$DATA`.
    pub(super) fn only(self, value: &str) -> Option<(&str, &str)> {
        const KIND: &str = ":$DATA";
        let (at, end) = match self.colons(value)[..] {
            [at] => (at, value.len()),
            [at, kind] if value[kind..].eq_ignore_ascii_case(KIND) => (at, kind),
            _ => return None,
        };
        let contents = &value[at + 1..end];
        (!contents.contains(is_separator)).then_some((&value[..at], contents))
    }

    fn colons(self, value: &str) -> Vec<usize> {
        if !value.bytes().skip(2).any(|byte| byte == b':') {
            return Vec::new();
        }
        let is_one_path = || is_windows(value) && has_drive(value) && !value.contains(char::is_whitespace);
        let of_windows = || self == Self::OfACommandOfWindows || runs_on_windows(value);
        match self {
            Self::OfAFileOfWindows => of_a_file(value),
            Self::OfAFile if is_windows(value) && !is_other_than_a_file(value) => of_a_file(value),
            Self::Nowhere | Self::OfAFile => Vec::new(),
            Self::OfACommandOfWindows | Self::OfACommand if is_one_path() => of_a_file(value),
            Self::OfACommandOfWindows | Self::OfACommand => command::colons(value, of_windows()),
        }
    }
}

/// Whether it is no file of Windows, for all its backslashes: one of Unix, or a key of the registry.
fn is_other_than_a_file(value: &str) -> bool {
    (value.starts_with('/') && !value.starts_with("//")) || is_key(value)
}

/// All colons in the name of a file but those of drives: `C:\a.dll+1|C:\b.dll+2`.
fn of_a_file(value: &str) -> Vec<usize> {
    let of_a_drive = |at: usize| {
        let mut before = value[..at].chars().rev();
        before.next().is_some_and(|c| c.is_ascii_alphabetic())
            && before.next().is_none_or(|c| !c.is_alphanumeric() && c != '_')
            && value[at + 1..].starts_with(is_separator)
    };
    let colons = value.match_indices(':').map(|(at, _)| at);
    colons.filter(|at| *at > 1 && !of_a_drive(*at)).collect()
}

fn is_separator(c: char) -> bool {
    matches!(c, '\\' | '/')
}

/// Whether a letter, and what stands behind it, are a drive and the beginning of a path on it.
fn begins_drive(c: char, after: &str) -> bool {
    let path = after.strip_prefix(':');
    c.is_ascii_alphabetic() && path.is_some_and(|path| path.starts_with(is_separator))
}
