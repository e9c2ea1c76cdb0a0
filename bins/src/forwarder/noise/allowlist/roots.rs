//! Names that begin with a backslash and are no paths of files: of tasks, pipes and keys.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{NoExpand, Regex};

use super::fields;

/// Whether names in a field begin at a root of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Roots {
    /// A backslash is that of a drive that is left out.
    None,
    /// But for keys of the registry.
    OfKeys,
    /// Tasks, pipes and files in a share: all of them.
    All,
    /// Shares: what is called `\\*\ADMIN$` is that share, and not the folder that it stands for.
    OfShares,
}

impl Roots {
    pub(super) fn of(path: &str) -> Self {
        let name = path.strip_prefix("data.win.eventdata.").unwrap_or_default();
        if ["taskName", "pipeName", "relativeTargetName"].contains(&name) {
            Self::All
        } else if name == "shareName" {
            Self::OfShares
        } else if fields::is_command(path) || fields::is_prose(path) {
            Self::None
        } else {
            Self::OfKeys
        }
    }

    /// Whether this value does.
    pub(super) fn has(self, value: &str) -> bool {
        match self {
            Self::None | Self::OfShares => false,
            Self::OfKeys => begins_with(value, KEYS),
            Self::All => true,
        }
    }

    /// Whether a pattern, as it is written, is for names that begin there, so that no other name of theirs is meant: `HKLM\SAM` is.
    pub(super) fn are_known_to(self, written: &str, begins_anywhere: bool) -> bool {
        match self {
            Self::None | Self::OfShares => false,
            Self::OfKeys => {
                (begins_anywhere && !names_hive(written))
                    || begins_with(&written.trim_start_matches('^').replace(r"\\", r"\"), KEYS)
            }
            Self::All => true,
        }
    }

    /// Whether names that a pattern is for may be written otherwise.
    pub(super) fn has_other_spellings(self, pattern: &str) -> bool {
        match self {
            Self::All => true,
            Self::OfKeys => pattern.to_ascii_lowercase().contains("controlset"),
            Self::None | Self::OfShares => false,
        }
    }

    /// Other ways to write a name: with the backslash of its root, without it, and without what pipes are in; of a key in the set that is in
    /// use, also by its number.
    pub(super) fn spellings(self, value: &str) -> Vec<String> {
        static IN_USE: LazyLock<Regex> =
            LazyLock::new(|| Regex::new("(?i)currentcontrolset").expect("it is written here"));
        match self {
            Self::None | Self::OfShares => return Vec::new(),
            Self::OfKeys => {
                return match IN_USE.replace_all(value, NoExpand("ControlSet001")) {
                    Cow::Borrowed(_) => Vec::new(),
                    Cow::Owned(numbered) => vec![numbered],
                };
            }
            Self::All => {}
        }
        let name = value.get(PIPES.len()..).filter(|_| begins_with(value, PIPES));
        let name = name.unwrap_or(value).trim_start_matches('\\');
        vec![name.to_owned(), format!(r"\{name}")]
    }

    /// A regular expression in which each set of keys is any of them: the kernel writes `ControlSet001` for `CurrentControlSet`.
    pub(super) fn with_all_sets(self, text: &str) -> Cow<'_, str> {
        static SETS: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"(?i)(?:current)?controlset[0-9]*").expect("it is written here"));
        match self {
            Self::OfKeys => SETS.replace_all(text, NoExpand("(?:Current)?ControlSet[0-9]*")),
            Self::None | Self::All | Self::OfShares => Cow::Borrowed(text),
        }
    }
}

const KEYS: &str = r"\REGISTRY\";
const PIPES: &str = r"\Device\NamedPipe\";

/// Whether a root is named as tools write it, for which the kernel writes another: `HKLM`, `HKEY_USERS`.
fn names_hive(written: &str) -> bool {
    // May be named: `HK(LM|CU)`.
    written.to_ascii_lowercase().contains("hk")
}

fn begins_with(value: &str, head: &str) -> bool {
    value
        .get(..head.len())
        .is_some_and(|begin| begin.eq_ignore_ascii_case(head))
}
